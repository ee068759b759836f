"""Who changes a folder keeps others out, on any disk; who has died is succeeded, by one alone."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from evaluator.errors import UsageProblem
from evaluator.files import lock
from evaluator.files.lock import NAME, holder, locked
from tests.interposed import library

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="forks as on POSIX")
DEAD = "import os, sys; from evaluator.files.lock import locked\nfrom pathlib import Path\nwith locked(Path(sys.argv[1]), '评分'): os._exit(9)"


def count(root: Path, times: int) -> None:
    """What two at once would do wrong: read, wait, write one more."""
    for _ in range(times):
        with locked(root, "数数"):
            path = root / "n"
            number = int(path.read_text()) if path.exists() else 0
            time.sleep(0.0005)
            path.write_text(str(number + 1))


def died(root: Path) -> bytes:
    """The lock that somebody left who died."""
    subprocess.run([sys.executable, "-c", DEAD, str(root)], check=False)
    return (root / NAME).read_bytes()


@POSIX
@pytest.mark.parametrize("links", [True, False])
def test_processes_and_threads_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool):
    if not links:  # as on a share that has no hard links

        def refused(path: Path, other: Path) -> None:
            raise OSError(errno.EPERM, "no links", str(path))

        monkeypatch.setattr(Path, "hardlink_to", refused)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=count, args=(tmp_path, 25)) for _ in range(3)]
    workers += [threading.Thread(target=count, args=(tmp_path, 25)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert (tmp_path / "n").read_text() == "150"
    assert [path.name for path in tmp_path.iterdir()] == ["n"]


@POSIX
def test_one_alone_succeeds_the_dead(tmp_path: Path):
    """The dead lock is there for all of them, again and again; none takes away a new one."""
    left = died(tmp_path)

    def plant() -> None:
        count(tmp_path, 10)

    for _ in range(10):
        (tmp_path / NAME).write_bytes(left)
        threads = [threading.Thread(target=plant) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert (tmp_path / "n").read_text() == "400"
    assert [path.name for path in tmp_path.iterdir()] == ["n"]


def test_one_who_lives_is_waited_for_and_then_told(tmp_path: Path):
    told: list[str] = []

    def other() -> None:
        try:
            with locked(tmp_path, "更正", patience=0.1):
                told.append("in")
        except UsageProblem as error:
            told.append(str(error.problems[0]))

    with locked(tmp_path, "评分"), locked(tmp_path, "评分"):
        assert f"进程 {os.getpid()}" in holder(tmp_path)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert "U441" in told[0] and "评分" in told[0] and "什么也没有改动" in told[0]
    assert holder(tmp_path) == ""


def test_one_on_another_machine_is_never_succeeded(tmp_path: Path):
    (tmp_path / NAME).write_text(json.dumps({"host": "另一台/x", "pid": 1, "born": "", "since": "", "doing": "评分"}))
    with pytest.raises(UsageProblem) as raised, locked(tmp_path, "更正", patience=0.05):
        pass
    assert "另一台" in str(raised.value) and f"删去 {tmp_path / NAME}" in str(raised.value)


@pytest.mark.parametrize("torn", [b"", b'{"host": "a', b"[1]"])
def test_a_lock_that_says_nothing_is_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bytes):
    monkeypatch.setattr(lock, "TORN", 0.05)
    (tmp_path / NAME).write_bytes(torn)
    with locked(tmp_path, "更正", patience=5):
        assert (tmp_path / NAME).read_bytes() != torn


@POSIX
def test_a_later_process_of_the_same_number_is_another(tmp_path: Path):
    said = json.loads(died(tmp_path))
    (tmp_path / NAME).write_text(json.dumps(said | {"pid": os.getpid()}))
    with locked(tmp_path, "更正", patience=0.5):
        pass


def test_a_folder_made_for_the_lock_goes_with_it(tmp_path: Path):
    with locked(tmp_path / "a" / "b", "评分"):
        pass
    assert list(tmp_path.iterdir()) == []


# ---- folders whose own locks do not work -------------------------------------------------------------------------

ACTS = """
import sys
from pathlib import Path
from evaluator.files.lock import locks_work
from evaluator.acts.acting import acting
root = Path(sys.argv[1])
assert not locks_work(root), "the locks work after all"
for _ in range(10):
    with acting(root / "台账.sqlite", "更正") as act:
        number = act.ledger.head().payload["n"] if act.ledger.head() else 0
        act.record("run", {"n": number + 1})
"""


@POSIX
def test_a_network_folder_without_locks_keeps_a_ledger(tmp_path: Path):
    environment = os.environ | {"LD_PRELOAD": library(), "NO_LOCKS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    running = [
        subprocess.Popen([sys.executable, "-c", ACTS, str(tmp_path)], env=environment, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for one in running:
        assert one.communicate()[1] == b"" and one.returncode == 0
    from evaluator.records.ledger import Ledger, breaks

    with Ledger(tmp_path / "台账.sqlite") as ledger:
        assert [entry.payload["n"] for entry in ledger.entries()] == list(range(1, 31))
        assert list(breaks(ledger.rows())) == []
