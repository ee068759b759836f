"""The ledger only grows: nothing in it can be changed unseen, and what was reported as recorded survives kills and full disks."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import EvaluatorError, UsageProblem
from evaluator.records import ledger as module
from evaluator.records.archive import back_up, export_lines, import_lines
from evaluator.records.ledger import (
    FIRST,
    KINDS,
    SCHEMA,
    Ledger,
    LedgerProblem,
    breaks,
    digest_of_entry,
    entry_of,
    sha256,
)

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # properties need no disk to be true
START = datetime(2024, 1, 31, 8, tzinfo=UTC)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="kills and limits as on POSIX")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
payloads = st.dictionaries(texts.filter(lambda key: key != "blobs"), plain, max_size=4)
additions = st.tuples(st.sampled_from(sorted(KINDS)), payloads, st.lists(st.binary(max_size=40), max_size=2))


def ticking() -> Any:
    moments = iter(range(10**6))
    return lambda: START + timedelta(seconds=next(moments))


def filled(path: Path, added: Sequence[tuple[str, dict[str, Any], list[bytes]]]) -> None:
    with Ledger(path, ticking()) as ledger:
        for kind, payload, blobs in added:
            ledger.append(kind, payload, {sha256(data): data for data in blobs})


SAMPLE: list[tuple[str, dict[str, Any], list[bytes]]] = [
    ("run", {"unit": "示例单位", "year": 2023}, [b"rules", b"actuals"]),
    ("submit", {"by": "张三"}, []),
    ("return", {"reason": "佐证不全"}, [b"rules"]),
    ("correction", {"reason": "录入错误"}, [b"letter"]),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    filled(tmp_path / "台账.sqlite", SAMPLE)
    return tmp_path / "台账.sqlite"


@contextmanager
def foreign(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection, with none of our settings."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        yield db


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Someone who drops the triggers and puts them back."""
    with foreign(path) as db:
        db.execute("BEGIN")
        guards = [name for name, sql in SCHEMA.items() if "TRIGGER" in sql]
        for name in guards:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for name in guards:
            db.execute(SCHEMA[name])
        db.execute("COMMIT")


def state(path: Path) -> tuple[list[Any], dict[str, bytes]]:
    with Ledger(path) as ledger:
        return ledger.rows(), {digest: ledger.blob(digest) for digest in ledger.blobs()}


def state_of(db: sqlite3.Connection, seq: int) -> Any:
    return db.execute("SELECT seq, kind, time, payload, previous, digest FROM entries WHERE seq = ?", (seq,)).fetchone()


def faults(path: Path) -> list[str]:
    with Ledger(path) as ledger:
        return [*ledger.altered(), *(says for _, says in breaks(ledger.rows()))]


def code_of(raised: pytest.ExceptionInfo[EvaluatorError]) -> str:
    return raised.value.problems[0].code


# ---- what goes in comes out --------------------------------------------------------------------------------------


@given(st.lists(additions, max_size=6))
def test_what_is_appended_is_read_back_and_the_chain_holds(added: list[tuple[str, dict[str, Any], list[bytes]]]):
    with TemporaryDirectory(dir=MEMORY) as folder:
        place = Path(folder) / "new" / "台账.sqlite"
        filled(place, added)
        with Ledger(place) as ledger:
            entries = ledger.entries()
            assert [(e.seq, e.kind) for e in entries] == [(i, kind) for i, (kind, _, _) in enumerate(added, 1)]
            for entry, (_, payload, blobs) in zip(entries, added, strict=True):
                assert {k: v for k, v in entry.payload.items() if k != "blobs"} == payload
                assert all(ledger.blob(sha256(data)) == data for data in blobs)
                assert entry.payload.get("blobs", []) == sorted({sha256(data) for data in blobs})
            assert ledger.head() == (entries[-1] if entries else None)
            assert list(breaks(ledger.rows())) == [] == ledger.altered()
            assert ledger.entries("run") == [entry for entry in entries if entry.kind == "run"]


def test_a_digest_is_what_the_documentation_says(path: Path):
    """Recomputed here without the module, as an auditor would."""
    before = FIRST
    with Ledger(path) as ledger:
        for e in ledger.entries():
            text = json.dumps(
                [e.seq, e.kind, e.time, e.payload, before], ensure_ascii=False, sort_keys=True, separators=(",", ":")
            )
            assert e.digest == hashlib.sha256(text.encode()).hexdigest()
            assert e.previous == before
            before = e.digest
        assert ledger.entries()[0].time == "2024-01-31T08:00:00Z"


def test_the_same_additions_at_the_same_times_give_the_same_digests(tmp_path: Path, path: Path):
    filled(tmp_path / "again.sqlite", SAMPLE)
    assert state(tmp_path / "again.sqlite") == state(path)


def test_reading_makes_no_file(tmp_path: Path):
    with Ledger(tmp_path / "台账.sqlite") as ledger:
        assert ledger.entries() == []
        assert ledger.head() is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_beside_the_file_so_that_a_copy_is_whole(path: Path):
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_only_plain_exact_content_is_taken(path: Path):
    before = state(path)
    with Ledger(path) as ledger:
        for bad in ({"kind": "gossip"}, {"payload": {"score": 0.5}}, {"blobs": {"0" * 64: b"x"}}):
            given: dict[str, Any] = {"kind": "run", "payload": {}, **bad}
            with pytest.raises(ValueError, match=r"."):
                ledger.append(given["kind"], given["payload"], given.get("blobs"))
        with pytest.raises(UsageProblem) as raised:
            ledger.append("run", {"path": "\udce4"})
        assert code_of(raised) == "U414"
    assert state(path) == before


def test_looking_and_appending_is_one_step(path: Path):
    """What fails inside leaves nothing, not even what was appended before it."""
    before = state(path)
    with pytest.raises(ZeroDivisionError), Ledger(path) as ledger, ledger.transaction():
        ledger.append("submit", {})
        raise ZeroDivisionError
    assert state(path) == before


def test_an_entry_is_on_the_disk_when_it_is_in_and_nothing_is_replaced_on_our_own_connection(path: Path):
    with Ledger(path) as ledger, ledger.transaction() as db:
        told = [
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "recursive_triggers")
        ]
    assert told == ["delete", 3, 1]  # 3: EXTRA


def test_what_fails_inside_a_step_of_a_step_leaves_the_outer_one_to_decide(path: Path):
    with Ledger(path) as ledger:
        with ledger.transaction():
            ledger.append("submit", {"by": "张三"})
            with pytest.raises(ZeroDivisionError), ledger.transaction():
                raise ZeroDivisionError
            ledger.append("return", {"by": "李四"})
        assert [entry.kind for entry in ledger.entries()][-2:] == ["submit", "return"]
    assert faults(path) == []


# ---- nothing can be changed --------------------------------------------------------------------------------------

REFUSED = [
    "UPDATE entries SET payload = '{}'",
    "UPDATE OR REPLACE entries SET seq = 1 WHERE seq = 2",
    "DELETE FROM entries WHERE seq = 4",
    "DELETE FROM entries",
    "INSERT OR REPLACE INTO entries SELECT seq, kind, time, '{}', previous, digest FROM entries WHERE seq = 2",
    "REPLACE INTO entries SELECT seq, kind, time, '{}', previous, digest FROM entries WHERE seq = 4",
    "INSERT INTO entries SELECT 6, kind, time, payload, digest, '' FROM entries WHERE seq = 4",
    "INSERT INTO entries SELECT 5, kind, time, payload, previous, '' FROM entries WHERE seq = 4",
    "INSERT INTO entries SELECT 0, kind, time, payload, digest, '' FROM entries WHERE seq = 4",
    "INSERT INTO entries SELECT 2, kind, time, payload, previous, digest FROM entries WHERE seq = 2"
    " ON CONFLICT(seq) DO UPDATE SET payload = '{}'",
    "UPDATE blobs SET data = x'00'",
    "DELETE FROM blobs",
    "INSERT OR REPLACE INTO blobs SELECT digest, x'00' FROM blobs",
]


@pytest.mark.parametrize("statement", REFUSED)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_changing_statements_are_refused_on_any_connection(path: Path, statement: str, recursive: str):
    before = state(path)
    with foreign(path) as db:
        db.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="台账"):
            db.execute(statement)
    assert state(path) == before


def test_a_row_that_follows_is_not_refused(path: Path):
    """The near miss: the guards let through what append itself does."""
    with foreign(path) as db:
        db.execute("INSERT INTO entries SELECT 5, kind, time, payload, digest, '' FROM entries WHERE seq = 4")
    assert [seq for seq, _ in breaks(state(path)[0])] == [5]


@given(st.data())
def test_any_field_of_any_row_edited_behind_the_triggers_is_found(data: st.DataObject):
    with TemporaryDirectory(dir=MEMORY) as folder:
        place = Path(folder) / "台账.sqlite"
        filled(place, SAMPLE)
        seq = data.draw(st.integers(1, len(SAMPLE)))
        column = data.draw(st.sampled_from(["kind", "time", "payload", "previous", "digest"]))
        with unguarded(place) as db:
            (text,) = db.execute(f"SELECT {column} FROM entries WHERE seq = ?", (seq,)).fetchone()
            at = data.draw(st.integers(0, len(text)))
            with_what = data.draw(st.text('0a "}中', max_size=2))
            changed = text[:at] + with_what + text[at + data.draw(st.integers(0, 2)) :]
            db.execute(f"UPDATE entries SET {column} = ? WHERE seq = ?", (changed, seq))
        found = [number for number, _ in breaks(state(place)[0])]
        assert (changed == text) == (found == [])
        assert not found or found[0] == seq


def test_the_same_content_written_otherwise_is_found(path: Path):
    """Equal as JSON, but not the bytes that were written."""
    with unguarded(path) as db:
        db.execute("UPDATE entries SET payload = replace(payload, ':', ': ') WHERE seq = 2")
    assert [seq for seq, _ in breaks(state(path)[0])] == [2]


def test_an_entry_computed_anew_no_longer_fits_the_next(path: Path):
    """The forger makes entry 2 right in itself; entry 3 still knows what it was."""
    with unguarded(path) as db:
        seq, kind, time_, _, previous, _ = state_of(db, 2)
        digest = digest_of_entry(seq, kind, time_, {"by": "李四"}, previous)
        db.execute("UPDATE entries SET payload = ?, digest = ? WHERE seq = 2", ('{"by":"李四"}', digest))
    ((seq, says),) = breaks(state(path)[0])
    assert seq == 3
    assert "接不上" in says


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_row_taken_out_is_named(path: Path, seq: int):
    with unguarded(path) as db:
        db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    number, says = next(breaks(state(path)[0]))
    assert number == seq
    assert f"第 {seq} 条缺失" in says


def chain(count: int) -> list[Any]:
    """Rows that follow each other, as a ledger holds them."""
    rows, previous = [], FIRST
    for seq in range(1, count + 1):
        digest = digest_of_entry(seq, "run", "2024-01-31T08:00:00Z", {"n": seq}, previous)
        rows.append((seq, "run", "2024-01-31T08:00:00Z", f'{{"n":{seq}}}', previous, digest))
        previous = digest
    return rows


@pytest.mark.parametrize("number", [None, "2", 2.0, "二"])
def test_after_a_row_without_a_number_the_next_is_counted_as_if_it_had_one(number: Any):
    rows = chain(4)
    rows[1] = (number, *rows[1][1:])
    found = list(breaks(rows))
    assert found[0] == (2, f"第 2 条缺失（其后是第 {number} 条）")
    assert {seq for seq, _ in found} == {2}  # 3 and 4 are where they belong
    assert list(breaks(rows[2:], after=entry_of(chain(2)[1]))) == []


def test_after_a_gap_counting_goes_on_from_what_is_there():
    rows = chain(6)
    assert [seq for seq, _ in breaks([rows[0], *rows[3:]])] == [2]
    assert [seq for seq, _ in breaks([rows[0], rows[2], rows[2], rows[5]])] == [2, 4, 4]


def test_rows_that_changed_places_are_found(path: Path):
    with unguarded(path) as db:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            db.execute("UPDATE entries SET seq = ? WHERE seq = ?", (after, before))
    assert next(breaks(state(path)[0]))[0] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER entries_no_update",
        "CREATE TRIGGER more AFTER INSERT ON entries BEGIN SELECT 1; END",
        "CREATE TABLE other(x)",
    ],
)
def test_tables_and_triggers_that_were_changed_are_found(path: Path, statement: str):
    assert faults(path) == []
    with foreign(path) as db:
        db.execute(statement)
    assert len(faults(path)) == 1


def test_a_ledger_says_what_it_is_and_of_which_make(path: Path):
    """Ledgers are kept for years: the numbers by which they are known may not change."""
    with foreign(path) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (0x5A504C31,)
        assert db.execute("PRAGMA user_version").fetchone() == (1,)


# ---- what is no ledger, and what cannot be opened ----------------------------------------------------------------


@pytest.mark.parametrize(("application", "version"), [(-1, 0), (0, -1), (0, 1), (1, 0), (0x5A504C31, 2)])
def test_an_empty_file_of_another_program_is_refused(tmp_path: Path, application: int, version: int):
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as db:
        db.execute(f"PRAGMA application_id = {application}")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
    with pytest.raises(LedgerProblem) as raised, Ledger(tmp_path / "a.sqlite") as ledger:
        ledger.append("run", {})
    assert code_of(raised) == "L101"


@pytest.mark.parametrize("content", [b"just some text, long enough to be read as a header" * 9, b"x"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes):
    (tmp_path / "a.sqlite").write_bytes(content)
    for act in (lambda one: one.entries(), lambda one: one.append("run", {})):
        with pytest.raises(LedgerProblem) as raised, Ledger(tmp_path / "a.sqlite") as ledger:
            act(ledger)
        assert code_of(raised) == "L101"
        assert raised.value.exit_code == 3
    assert (tmp_path / "a.sqlite").read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path):
    with foreign(tmp_path / "b.sqlite") as db:
        db.execute("CREATE TABLE entries(x)")
    with pytest.raises(LedgerProblem) as raised, Ledger(tmp_path / "b.sqlite") as ledger:
        ledger.append("run", {})
    assert code_of(raised) == "L101"


def test_an_empty_file_is_a_ledger_that_was_never_begun(tmp_path: Path):
    (tmp_path / "c.sqlite").touch()
    with Ledger(tmp_path / "c.sqlite") as ledger:
        assert ledger.entries() == []
        assert ledger.append("run", {}).seq == 1


def test_a_folder_in_its_place_is_told(tmp_path: Path):
    with pytest.raises(UsageProblem) as raised, Ledger(tmp_path) as ledger:
        ledger.entries()
    assert code_of(raised) == "U413"


def test_a_ledger_that_another_process_holds_is_told(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with foreign(path) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(UsageProblem) as raised, Ledger(path) as ledger:
            ledger.append("submit", {})
        assert code_of(raised) == "U412"
    with Ledger(path) as ledger:
        assert ledger.append("submit", {}).seq == 5


# ---- kills, full disks, company ----------------------------------------------------------------------------------

KILLS = """
import os, random, signal, sys, time
from pathlib import Path
from evaluator.records.ledger import Ledger, breaks
from evaluator.files.snapshot import sha256
random.seed(20240131)
folder, kills = Path(sys.argv[1]), int(sys.argv[2])
inside, total, known = 0, 0, []
for number in range(10 * kills):  # on a busy machine most kills come before or after, so there may be more
    if number >= kills and inside > 10:
        break
    if number % 20 == 0:
        path, known = folder / f"{number}.sqlite", []  # a new one: it may be killed while it is made
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with Ledger(path) as ledger:
            while True:
                data = random.randbytes(random.randrange(9000))
                os.write(writing, ledger.append("run", {"n": data.hex()[:99]}, {sha256(data): data}).digest.encode())
    os.close(writing)
    time.sleep(random.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    inside += Path(f"{path}-journal").exists()
    reported = [told[at:at + 64] for at in range(0, len(told) // 64 * 64, 64)]
    with Ledger(path) as ledger:
        rows = ledger.rows()
        assert list(breaks(rows)) == [], list(breaks(rows))
        assert ledger.altered() == [], ledger.altered()
        digests = [row[5] for row in rows]
        assert digests[:len(known) + len(reported)] == known + reported
        assert len(digests) <= len(known) + len(reported) + 1
        for entry in ledger.entries():
            for digest in entry.payload["blobs"]:
                ledger.blob(digest)
        known, total = digests, total + len(reported)
print(inside, total)
"""


@POSIX
def test_killed_two_hundred_times_at_any_moment():
    """The driver is a process of its own, since it forks; each child appends and reports until it is killed."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        ran = subprocess.run([sys.executable, "-c", KILLS, folder, "200"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    inside, total = map(int, ran.stdout.split())
    assert inside > 10, "too few kills fell inside a transaction to prove anything"
    assert total > 100, "the children hardly recorded anything"


LIMITED = """
import resource, sys
from pathlib import Path
from evaluator.errors import UsageProblem
from evaluator.records.ledger import Ledger
from evaluator.files.snapshot import sha256
path = Path(sys.argv[1])
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with Ledger(path) as ledger:
    for number in range(10**6):
        data = number.to_bytes(4, "big") * 500 + __import__("random").randbytes(3000)
        try:
            print(ledger.append("run", {"n": number}, {sha256(data): data}).digest, flush=True)
        except UsageProblem as error:
            print(error.problems[0].code)
            break
"""


def until_full(path: Path, *limit: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", LIMITED, str(path), *limit], capture_output=True, text=True, check=True)
    return ran.stdout.split()


@POSIX
def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path):
    path = tmp_path / "台账.sqlite"
    *told, code = until_full(path, "150000")
    assert code == "U411"
    assert len(told) > 5
    assert [row[5] for row in state(path)[0]] == told
    assert faults(path) == []
    with Ledger(path) as ledger:  # and it goes on when there is room again
        assert ledger.append("submit", {}).seq == len(told) + 1


@POSIX
def test_a_really_full_disk(tmp_path: Path):
    """On a file system of 300 kB, where one can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount here")
    try:
        path = tmp_path / "台账.sqlite"
        *told, code = until_full(path)
        assert code == "U411"
        assert len(told) > 5
        assert [row[5] for row in state(path)[0]] == told
        assert faults(path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


COMPANY = """
import sys, time
from pathlib import Path
from evaluator.records.ledger import Ledger
time.sleep(max(0, float(sys.argv[3]) - time.time()))
with Ledger(Path(sys.argv[1])) as ledger:
    for number in range(40):
        ledger.append("submit", {"by": sys.argv[2], "n": number})
"""


def test_processes_that_append_at_once_all_get_in(tmp_path: Path):
    path = tmp_path / "台账.sqlite"
    start = str(time.time() + 1)  # all of them have been loaded by then
    running = [subprocess.Popen([sys.executable, "-c", COMPANY, str(path), by, start]) for by in "甲乙丙"]
    assert [one.wait() for one in running] == [0, 0, 0]
    with Ledger(path) as ledger:
        entries = ledger.entries()
    assert faults(path) == []
    assert [entry.seq for entry in entries] == list(range(1, 121))
    for by in "甲乙丙":
        assert [entry.payload["n"] for entry in entries if entry.payload["by"] == by] == list(range(40))


# ---- out of the file and back ------------------------------------------------------------------------------------


@given(st.lists(additions, max_size=5))
def test_export_and_import_are_each_others_reverse(added: list[tuple[str, dict[str, Any], list[bytes]]]):
    with TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        filled(folder / "a.sqlite", added)
        with Ledger(folder / "a.sqlite") as ledger:
            assert export_lines(ledger, folder / "a.jsonl") == len(added)
            head = ledger.head()
        assert import_lines(folder / "a.jsonl", folder / "b.sqlite") == head
        assert state(folder / "b.sqlite") == state(folder / "a.sqlite")
        assert faults(folder / "b.sqlite") == []
        with Ledger(folder / "b.sqlite") as ledger:
            export_lines(ledger, folder / "b.jsonl")
        assert (folder / "b.jsonl").read_bytes() == (folder / "a.jsonl").read_bytes()


def test_an_imported_ledger_can_be_continued_and_is_guarded(path: Path, tmp_path: Path):
    with Ledger(path) as ledger:
        export_lines(ledger, tmp_path / "a.jsonl")
    import_lines(tmp_path / "a.jsonl", tmp_path / "b.sqlite")
    with Ledger(tmp_path / "b.sqlite") as ledger:
        assert ledger.append("accept", {}).seq == 5
    with foreign(tmp_path / "b.sqlite") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM entries")


def exported(path: Path) -> list[str]:
    with Ledger(path) as ledger, TemporaryDirectory() as folder:
        export_lines(ledger, Path(folder) / "a.jsonl")
        return (Path(folder) / "a.jsonl").read_text(encoding="utf-8").splitlines()


def test_an_export_with_any_line_changed_or_missing_makes_no_ledger(path: Path, tmp_path: Path):
    lines = exported(path)
    broken = [lines[:i] + lines[i + 1 :] for i in range(len(lines) - 1)]
    broken += [[*lines[:i], line.replace(old, new, 1), *lines[i + 1 :]]
               for i, line in enumerate(lines)
               for old, new in (('"', ""), ('":"', '":"A'), ("1", "2")) if old in line]  # fmt: skip
    broken += [[*lines[:i], other, *lines[i + 1 :]] for i in range(1, len(lines)) for other in ("[]", "{}", "{", "")]
    for number, changed in enumerate(broken):
        if changed[:-1] == lines[:-1] and changed[-1] == "":
            continue  # a blank at the end is no line
        (tmp_path / "a.jsonl").write_text("\n".join(changed) + "\n", encoding="utf-8")
        with pytest.raises(LedgerProblem) as raised:
            import_lines(tmp_path / "a.jsonl", tmp_path / f"{number}.sqlite")
        assert code_of(raised) in ("L112", "L113", "L114"), changed
        assert raised.value.problems[0].where
        assert not (tmp_path / f"{number}.sqlite").exists()


def test_a_broken_ledger_is_not_exported(path: Path, tmp_path: Path):
    with unguarded(path) as db:
        db.execute("UPDATE entries SET payload = '{}' WHERE seq = 2")
    with Ledger(path) as ledger, pytest.raises(LedgerProblem) as raised:
        export_lines(ledger, tmp_path / "a.jsonl")
    assert code_of(raised) == "L111"
    assert not (tmp_path / "a.jsonl").exists()


def test_a_backup_is_complete_while_another_writes_and_is_never_written_over(path: Path, tmp_path: Path):
    with Ledger(path) as ledger, Ledger(path) as writer:
        head = back_up(ledger, tmp_path / "copy.sqlite")
        writer.append("accept", {})
        assert head is not None
        assert head.seq == 4
        with pytest.raises(UsageProblem) as raised:
            back_up(ledger, tmp_path / "copy.sqlite")
        assert code_of(raised) == "U103"
    assert state(tmp_path / "copy.sqlite")[0] == state(path)[0][:4]
    assert faults(tmp_path / "copy.sqlite") == []


def test_an_import_never_goes_over_a_file(path: Path, tmp_path: Path):
    with Ledger(path) as ledger:
        export_lines(ledger, tmp_path / "a.jsonl")
    with pytest.raises(UsageProblem) as raised:
        import_lines(tmp_path / "a.jsonl", path)
    assert code_of(raised) == "U103"


def test_an_entry_is_a_value(path: Path):
    with Ledger(path) as ledger:
        head = ledger.head()
    assert head
    with pytest.raises(FrozenInstanceError):
        head.seq = 1  # type: ignore[misc]
    assert not hasattr(head, "__dict__")


def test_the_first_entry_follows_64_zeros():
    assert FIRST == "0" * 64


@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
def test_a_chain_that_is_added_as_one_stands_as_one(kinds: list[str]):
    with TemporaryDirectory(dir=MEMORY) as name, Ledger(Path(name) / "台账.sqlite", ticking()) as ledger:
        chain = ledger.chain((kind, {"at": at}) for at, kind in enumerate(kinds))
        assert [entry.seq for entry in chain] == list(range(1, len(kinds) + 1))
        ledger.add_all(chain, {})
        assert ledger.entries() == chain and not list(breaks(ledger.rows()))
        more = ledger.chain([("run", {"at": "more"})] * 2)
        ledger.add_all(more, {})
        assert ledger.entries() == [*chain, *more] and not list(breaks(ledger.rows()))


@pytest.mark.parametrize(
    "packed", [zlib.compress(b"another"), zlib.compress(b"content") + b"x", zlib.compress(b"content")[:-4]]
)
def test_a_content_that_was_exchanged_lengthened_or_cut_is_not_given_out(tmp_path: Path, packed: bytes):
    with Ledger(tmp_path / "台账.sqlite", ticking()) as ledger:
        digest = sha256(b"content")
        ledger.add(ledger.next("run", {}, {digest: b"content"}), {digest: b"content"})
        assert ledger.blob(digest) == b"content"
    with closing(sqlite3.connect(tmp_path / "台账.sqlite")) as db:
        for trigger in [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("UPDATE blobs SET data = ?", (packed,))
        db.commit()
    with Ledger(tmp_path / "台账.sqlite") as ledger, pytest.raises(LedgerProblem, match="被改过"):
        ledger.blob(digest)


def test_an_entry_whose_digest_holds_and_that_is_none_is_told():
    digest = digest_of_entry(1, "run", "明天", {}, FIRST)
    assert [(seq, "不是台账的一条" in says) for seq, says in breaks([(1, "run", "明天", "{}", FIRST, digest)])] == [
        (1, True)
    ]


def test_a_ledger_makes_the_folders_it_lies_in(tmp_path: Path):
    with Ledger(tmp_path / "甲" / "乙" / "台账.sqlite", ticking()) as ledger:
        ledger.append("run", {})
        assert len(ledger.entries()) == 1
