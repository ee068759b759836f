"""Two at once: what was scored is what is kept, acts take turns, and a change and its entry are one step whatever happens."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.acts import acting as acts
from evaluator.acts import issuing
from evaluator.acts.acting import acting
from evaluator.errors import UsageProblem
from evaluator.files import journal
from evaluator.files import snapshot as files
from evaluator.files.journal import FileChange, change, commit, resume, unfinished
from evaluator.files.publish import whole, write_new
from evaluator.files.snapshot import sha256
from evaluator.records.ledger import Ledger, breaks
from tests.test_issuing import CODE, RESULTS, ROOT, ROW, Office
from tests.test_ledger import MEMORY

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="forks and kills as on POSIX")
RULES = RESULTS.replace("actuals/", "rules/projects/")
MAIN = [sys.executable, "-c", "from evaluator.cli import main; main()"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    return Office(tmp_path)


def edited(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


# ---- what was scored is what is kept -----------------------------------------------------------------------------

SAVED: dict[str, Callable[[Path], Any]] = {
    "results": lambda root: edited(root / RESULTS, "actual:", "actual: 1 #"),
    "results unreadable": lambda root: (root / RESULTS).write_text("{", encoding="utf-8"),
    "results gone": lambda root: (root / RESULTS).unlink(),
    "a target": lambda root: edited(root / RULES, "≥95%", "≥97%"),
    "a rule file more": lambda root: (root / "rules/findings").mkdir() or (root / "rules/findings/x.yaml").write_text("?"),
    "a register": lambda root: edited(root / "rectification/2023/629001.yaml", 'owner: ""', 'owner: "李四"'),
    "a list of evidence": lambda root: edited(root / "evidence/2023/629001/佐证材料.yaml", "问卷", "别的"),
    "a list of evidence gone": lambda root: (root / "evidence/2023/629001/佐证材料.yaml").unlink(),
    "an office": lambda root: edited(root / "office/2023/629001.yaml", "张三", "李四"),
    "a layout": lambda root: edited(root / "reports/forms/own.yaml", "填表人", "制表人"),
}  # fmt: skip


@pytest.mark.parametrize("what", SAVED)
def test_a_file_saved_between_scoring_and_recording_does_not_enter_the_ledger(
    office: Office, monkeypatch: pytest.MonkeyPatch, what: str
):
    """`verify` accepts the run: it was made of what was read, all of it, and of nothing that was saved meanwhile."""
    root = office.root
    (root / "问卷.txt").write_text("94 分", encoding="utf-8")
    (root / "office/2023").mkdir(parents=True)
    (root / "office/2023/629001.yaml").write_text(
        "year: 2023\nunit: {code: '629001', name: 示例街道}\nfiller: 张三\n", encoding="utf-8"
    )
    (root / "reports/forms").mkdir(parents=True)
    own = (ROOT / "reports/forms/national.yaml").read_text(encoding="utf-8").replace("id: national", "id: own")
    (root / "reports/forms/own.yaml").write_text(own, encoding="utf-8")
    assert office("evidence", CODE, ROW, "问卷.txt", "--by", "张三")[0] == 0
    assert office("rectify", "plan")[0] == 0
    real = issuing.issue_set

    def late(*given: Any, **more: Any) -> Any:
        SAVED[what](root)
        return real(*given, **more)

    monkeypatch.setattr(issuing, "issue_set", late)
    code, told = office("run", "--to", "html", "--form-only", "--form", "own" if what == "a layout" else "national")
    assert code in (0, 1), told
    before = office.entries()[-1].payload["snapshot"]
    with Ledger(root / "台账.sqlite") as ledger:
        for path, digest in before.items():
            assert ledger.blob(digest)
            now = root / path
            if path == (RULES if "target" in what else RESULTS) and now.exists() and what in ("results", "a target"):
                assert sha256(now.read_bytes()) != digest
    found = json.loads(office("verify", "--format", "json")[1])
    wrong = [one["code"] for one in found["found"]]
    assert wrong == (["L207"] if "evidence" in what else []), found  # the index is evidence too, and did change since


def test_no_rule_or_result_is_read_twice(office: Office, monkeypatch: pytest.MonkeyPatch):
    opened: Counter[str] = Counter()
    real = files._stream

    @contextmanager
    def counted(path: Path) -> Iterator[Any]:
        opened[str(Path(path).resolve())] += 1
        with real(path) as stream:
            yield stream

    monkeypatch.setattr(files, "_stream", counted)
    office.run()
    inputs = {path: times for path, times in opened.items() if "/rules/" in path or "/actuals/" in path}
    assert len(inputs) > 5
    assert {path: times for path, times in inputs.items() if times > 1} == {}


def test_a_snapshot_gives_what_was_read_first_and_one_digest(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with files.reading() as seen:
        assert files.take(path) == b"before"
        path.write_bytes(b"after")
        assert files.take(path) == b"before" and files.digest_of_file(path) == sha256(b"before")
        assert files.take_anew(path) == b"after"
        with files.reading() as inner:
            assert inner is seen
        first = seen.digest
        commit(tmp_path, "改", [change(path, b"ours", b"after")])  # what this program writes itself it reads again
        assert files.take(path) == b"ours" and seen.digest != first
    assert files.take(path) == b"ours"


# ---- corrections at once -----------------------------------------------------------------------------------------


def replayed(office: Office) -> str:
    """The value of the row, entry after entry; every entry begins where the one before it ended."""
    changes = [
        one
        for e in office.entries()
        if e.kind == "correction"
        for one in e.payload["changes"]
        if one["field"] == "实际完成值"
    ]
    for earlier, later in itertools.pairwise(changes):
        assert later["before"] == earlier["after"]
    return changes[-1]["after"]


def test_four_corrections_of_one_value_at_once(office: Office):
    """Every one either follows those before it, or is told what they did and changes nothing."""
    office.run()
    running = [
        subprocess.Popen(
            [*MAIN, "correct", CODE, ROW, "--actual", f"{96 + n}%", "--reason", f"理由{n}", "--by", f"甲{n}"],
            cwd=office.root, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for n in range(4)
    ]  # fmt: skip
    said = [(one.communicate()[1], one.returncode) for one in running]
    done = [reason for reason, (_, code) in enumerate(said) if code == 0]
    assert done, said
    assert all(code == 2 and "U447" in told and "更正" in told for told, code in said if code), said
    entries = [entry.payload["reason"] for entry in office.entries() if entry.kind == "correction"]
    assert sorted(entries) == [f"理由{n}" for n in done]
    assert replayed(office) in (office.root / RESULTS).read_text(encoding="utf-8")
    assert office("run", "--to", "html")[0] in (0, 1) and office("verify")[0] == 0


def meanwhile(monkeypatch: pytest.MonkeyPatch, does: Callable[[], Any]) -> None:
    """What another does while the next act waits for its turn."""
    real, waited = acts.locked, []

    @contextmanager
    def waiting(*given: Any) -> Iterator[None]:
        if not waited:
            waited.append(True)
            does()
        with real(*given):
            yield

    monkeypatch.setattr(acts, "locked", waiting)


def test_who_waited_is_told_what_was_changed_meanwhile_and_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.run()
    meanwhile(
        monkeypatch, lambda: office("correct", CODE, ROW, "--actual", "97.5%", "--reason", "重数", "--by", "李四")
    )
    code, told = office("correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三")
    assert code == 2 and "U447" in told and "李四" in told and "→ 97.5%" in told
    assert [entry.payload["by"] for entry in office.entries() if entry.kind == "correction"] == ["李四"]
    assert "97.5%" in (office.root / RESULTS).read_text(encoding="utf-8")
    code, told = office("correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三")
    assert code == 0 and "97.5% → 96%" in told


def test_another_value_changed_meanwhile_is_told_and_stands_in_nobodys_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.run()
    meanwhile(
        monkeypatch, lambda: office("correct", CODE, ROW, "--cause", "两份问卷无效", "--reason", "补写", "--by", "李四")
    )
    code, told = office("correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三")
    assert code == 0 and "提示 U447" in told and "李四" in told
    assert len([entry for entry in office.entries() if entry.kind == "correction"]) == 2


@pytest.mark.parametrize("decides", ["submit", "return", "accept"])
def test_who_decides_looks_again_when_something_came_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch, decides: str
):
    office.run()
    if decides != "submit":
        assert office("submit", "--by", "张三")[0] == 0
    kinds = [entry.kind for entry in office.entries()]
    meanwhile(
        monkeypatch, lambda: office("correct", CODE, ROW, "--actual", "97.5%", "--reason", "重数", "--by", "李四")
    )
    more = ["--remark", "请核对"] if decides == "return" else []
    code, told = office(decides, "--by", "王五", *more)
    assert code == 2 and "U447" in told and "李四" in told
    assert [entry.kind for entry in office.entries()] == [*kinds, "correction"]


def test_a_file_that_another_program_saves_meanwhile_is_not_written_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.run()
    real = acts.commit

    def late(*given: Any) -> None:
        edited(office.root / RESULTS, "actual:", "# 别的程序刚刚保存\n    actual:")
        real(*given)

    monkeypatch.setattr(acts, "commit", late)
    code, told = office("correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三")
    assert code == 2 and "U443" in told and "什么也没有记下" in told
    assert "别的程序刚刚保存" in (office.root / RESULTS).read_text(encoding="utf-8")
    assert [entry.kind for entry in office.entries()] == ["run"]


# ---- any interleaving is some order ------------------------------------------------------------------------------

PROGRAMS = st.lists(  # of each of those at once: which files it reads, and which it then writes
    st.lists(st.tuples(st.sets(st.sampled_from("abc"), min_size=1), st.sets(st.sampled_from("abc"), min_size=1)), min_size=1, max_size=4),
    min_size=2, max_size=4,
)  # fmt: skip


@settings(max_examples=25)
@given(PROGRAMS, st.integers(0, 2**32))
def test_any_interleaving_of_acts_equals_some_order_of_them(programs: list[Any], seed: int):
    """The order of the ledger is one: each act read what those before it left, and the files are what the last left."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        root = Path(folder)
        for name in "abc":
            write_new(root / name, b"0")
        wrong: list[BaseException] = []

        def work(number: int, program: Any) -> None:
            draw = random.Random(seed + number)
            try:
                for reads, writes in program:
                    with acting(root / "台账.sqlite", "改") as act:
                        seen = {name: files.take(root / name) for name in sorted(reads | writes)}
                        value = str(draw.randrange(10**6)).encode()
                        changes = [change(root / name, value, seen[name]) for name in sorted(writes)]
                        read = {name: data.decode() for name, data in seen.items()}
                        act.record(
                            "correction",
                            {"read": read, "wrote": dict.fromkeys(sorted(writes), value.decode())},
                            changes,
                        )
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=one) for one in enumerate(programs)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert wrong == []
        state = dict.fromkeys("abc", "0")
        with Ledger(root / "台账.sqlite") as ledger:
            entries = ledger.entries()
        assert len(entries) == sum(map(len, programs))
        for entry in entries:
            assert entry.payload["read"] == {name: state[name] for name in entry.payload["read"]}
            state |= entry.payload["wrote"]
        assert {name: (root / name).read_text() for name in "abc"} == state
        assert sorted(path.name for path in root.iterdir()) == ["a", "b", "c", "台账.sqlite"]


def test_fresh_names_never_collide_and_leftovers_never_block(tmp_path: Path):
    """Two threads replace one file; what a dead process left beside it stays out of the way."""
    path = tmp_path / "a"
    write_new(path, b"")
    for name in (f".ziping-{os.getpid()}-a", ".ziping-a", ".a.tmp"):
        (tmp_path / name).write_bytes(b"left by a dead process")
    wrong: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(50):
                with whole(path) as fresh:
                    fresh.write_bytes(str(number).encode() * 1000)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert len(set(path.read_bytes())) == 1 and len(path.read_bytes()) == 1000


# ---- killed between ----------------------------------------------------------------------------------------------


def written(root: Path, recorded: bool) -> None:
    """One act: a file changed, a file made in a new folder, and an entry about both."""
    with acting(root / "台账.sqlite", "更正") as act:
        changes = [change(root / "a", b"after", files.take(root / "a")), FileChange(root / "new" / "b", b"new")]
        act.record("correction", {"n": 1}, changes) if recorded else act.commit(changes)


def killed_at(number: int, root: Path, recorded: bool) -> bool:
    """Do it in a child that dies before its `number`-th step; whether it died."""
    child = os.fork()
    if child == 0:
        left = number

        def step(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            if event in ("open", "os.link", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect"):
                left -= 1
                if left == 0:
                    os._exit(9)

        sys.addaudithook(step)
        written(root, recorded)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@POSIX
@pytest.mark.parametrize("recorded", [True, False])
def test_killed_at_every_step_entry_and_files_agree_after_the_next_act(tmp_path: Path, recorded: bool):
    halves = []
    for number in range(1, 200):
        root = tmp_path / str(number)
        root.mkdir()
        (root / "a").write_bytes(b"before")
        with Ledger(root / "台账.sqlite") as ledger:
            ledger.append("run", {})
        died = killed_at(number, root, recorded)
        told = unfinished(root)
        assert (told is None) != (root / journal.NAME).exists()
        halves.append(told is not None)
        with acting(root / "台账.sqlite", "核对") as act:
            assert bool(act.notes) == (told is not None)
            kinds = [entry.kind for entry in act.ledger.entries()]
            assert list(breaks(act.ledger.rows())) == []
        state = ((root / "a").read_bytes(), (root / "new" / "b").exists())
        assert state in ((b"before", False), (b"after", True))
        if recorded:
            assert (kinds == ["run", "correction"]) == (state[0] == b"after")
        assert unfinished(root) is None
        assert not [path for path in root.rglob(".ziping-*") if not path.name.startswith(".ziping-lock-")]
        if not died:
            assert state[0] == b"after"
            break
    assert not died and sum(halves) > 5


def test_what_is_half_done_is_told_by_who_reads_and_done_by_who_writes(office: Office, monkeypatch: pytest.MonkeyPatch):
    office.run()
    real = journal._finish

    def stopped(*given: Any) -> Any:
        raise SystemExit(137)

    monkeypatch.setattr(journal, "_finish", stopped)
    with pytest.raises(AssertionError):
        raise AssertionError(office("correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三"))
    monkeypatch.setattr(journal, "_finish", real)
    assert "96%" not in (office.root / RESULTS).read_text(encoding="utf-8")
    for words in (["history"], ["score"], ["check"], ["verify"]):
        assert "警告 U444" in office(*words)[1] and "更正" in office(*words)[1]
    with pytest.raises(UsageProblem, match="U444"):
        commit(office.root, "别的", [FileChange(office.root / "x", b"")])
    code, told = office("run", "--to", "html")
    assert code in (0, 1) and "提示 U445" in told
    assert "actual: 96%" in (office.root / RESULTS).read_text(encoding="utf-8")
    assert office("verify")[0] == 0 and "U444" not in office("verify")[1]


def test_what_a_person_changed_after_the_kill_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a").write_bytes(b"before")
    monkeypatch.setattr(journal, "_finish", lambda *given: sys.exit(137))
    with pytest.raises(SystemExit):
        commit(tmp_path, "更正", [change(tmp_path / "a", b"after", b"before")])
    monkeypatch.undo()
    (tmp_path / "a").write_bytes(b"by hand")
    note = resume(tmp_path, lambda digest: True)
    assert note is not None and "没有动" in note.says
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"by hand")]


@pytest.mark.parametrize("torn", [b"", b'{"doing": "x', b"[]", b'{"doing": 1, "entry": 2, "steps": [{"a": 1}]}'])
def test_an_intent_that_was_cut_off_had_begun_nothing(tmp_path: Path, torn: bytes):
    (tmp_path / journal.NAME).write_bytes(torn)
    assert unfinished(tmp_path) is not None
    assert resume(tmp_path, lambda digest: False) is not None
    assert list(tmp_path.iterdir()) == []


# ---- what can be corrected ---------------------------------------------------------------------------------------

BARE = ["", "# 还没有填\n", "---\n", "{}\n", "code: XM001\nyear: 2024\n", "code: XM001\nyear: 2024\nresults: {}\n",
        "code: XM001\nyear: 2024\nresults:\n  数量1: {}\nspending: {}\n", "code: XM001\nyear: 2024\nresults:\nspending:\n",
        "code: XM001\nyear: 2024\nresults:\n  数量1:\n  质量1:\n"]  # fmt: skip


@pytest.mark.parametrize("text", [None, *BARE])
def test_rows_in_braces_and_empty_files_can_be_corrected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
):
    monkeypatch.chdir(tmp_path)
    office = Office.__new__(Office)
    office.root = tmp_path
    assert office("init", ".", "--unit", "388001", "--name", "示例办", "--year", "2024")[0] == 0
    path = tmp_path / "actuals/2024/388001/XM001.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    words = [
        "--cause",
        "下雨，改期",
        "--remedy",
        "早作安排",
        "--evidence",
        "通知, 一份",
        "--reason",
        "补写",
        "--by",
        "张三",
    ]
    code, told = office("correct", "XM001", "数量1", "--actual", "200人", *words)
    assert code == 0, told
    code, told = office("correct", "XM001", "预算执行率", "--executed", "90", "--reason", "补写", "--by", "张三")
    assert code == 0, told
    made = path.read_text(encoding="utf-8")
    assert "200人" in made and "下雨，改期" in made
    assert [line for line in (text or "").splitlines() if line.startswith("#")] == [
        one for one in made.splitlines() if one.startswith("#") and text
    ]
    assert [len(entry.payload["changes"]) >= 1 for entry in office.entries()] == [True, True]
    assert office("score")[0] in (0, 1)
