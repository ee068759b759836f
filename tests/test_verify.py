"""What a ledger says is checked: every run runs again, files and evidence are what they were, and an old copy is found out."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.acts.acting import Sitting
from evaluator.acts.issuing import ScoredYear, issue_set
from evaluator.actuals.evidence import evidence_added, load_evidence
from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.files.journal import commit
from evaluator.files.snapshot import sha256
from evaluator.records import recording, signing
from evaluator.records.delivery import deliver
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, digest_of_entry
from evaluator.records.reruns import rebuilt
from evaluator.records.verification import Irregularity, Signed, Verified, verify
from evaluator.rulebook.book import load_rulebook
from evaluator.workspace.places import Workspace, open_workspace, product
from tests.test_ledger import MEMORY, SAMPLE, code_of, filled, foreign, state, unguarded

CORRECTED = "13028124P00507410001X"  # the project whose results the second run has otherwise
UNIT = ("629001", 2023)


def clock() -> datetime:
    return datetime(2024, 2, 1, tzinfo=UTC)


def ran(root: Path, policy: str | None = None, out: str = "out") -> Entry | None:
    """What `ziping run` does."""
    space = open_workspace(root)
    rulebook = load_rulebook(space.rules, space.shared)
    actuals = load_actuals(space.actuals, rulebook)
    attached = load_evidence(space.evidence)
    evaluation = evaluate(rulebook, actuals, attached=attached, policy=policy, executor="frame")
    return issue_set(Sitting(space, out=root / out), ScoredYear(rulebook, actuals, evaluation), clock=clock).entry


def correct(root: Path, before: str = "97.0%", after: str = "90.0%") -> None:
    path = next((root / "actuals").rglob(f"{CORRECTED}.yaml"))
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def evidence(root: Path) -> Path:
    """The file behind one row, attached if it is not yet."""
    attached = root.rglob("*验收单.pdf")
    if path := next(attached, None):
        return path
    with TemporaryDirectory() as folder:
        (Path(folder) / "验收单.pdf").write_bytes(b"%PDF example")
        key = (UNIT[1], UNIT[0], CORRECTED)
        added, changes = evidence_added(root / "evidence", key, "数量1", [Path(folder) / "验收单.pdf"], "")
        commit(root, "登记佐证", changes)
        return added[0].path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace (示例数据) that was run, corrected and run again; a copy of its ledger after the first run is kept."""
    root = tmp_path_factory.mktemp("工作区") / "单位"
    for code in (CORRECTED, "13028124P00508210001R"):
        for path in (f"rules/projects/2023/629001/{code}.yaml", f"actuals/2023/629001/{code}.yaml"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product() / path, root / path)
    evidence(root)
    assert ran(root)
    shutil.copy(root / "台账.sqlite", root / "旧.sqlite")
    correct(root)
    assert ran(root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "单位"))


def told(made: Verified, severity: str = "错误") -> list[tuple[int, str]]:
    """What was found, but for codes on paper that no longer follow: of these test_witnesses.py tells."""
    return [
        (one.seq, one.problem.code)
        for one in made.found
        if one.problem.severity == severity and one.problem.code != "L211"
    ]


def ledger(root: Path) -> Path:
    return root / "台账.sqlite"


def rechained(path: Path, change: Callable[[int, dict[str, Any]], dict[str, Any]]) -> None:
    """A forger with all the time there is: payloads changed, triggers got round, and the whole chain computed anew."""
    with Ledger(path) as old:
        entries = old.entries()
    previous = entries[0].previous
    with unguarded(path) as db:
        for e in entries:
            payload = change(e.seq, json.loads(json.dumps(e.payload)))
            digest = digest_of_entry(e.seq, e.kind, e.time, payload, previous)
            text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            values = (text, previous, digest, e.seq)
            db.execute("UPDATE entries SET payload = ?, previous = ?, digest = ? WHERE seq = ?", values)
            previous = digest


def forget(root: Path) -> None:
    """Take away what is remembered outside the ledger."""
    for path in (root / "out").glob("*台账*"):
        path.unlink()


# ---- recording ---------------------------------------------------------------------------------------------------


def test_a_run_says_what_was_run_on_what(root: Path):
    with Ledger(ledger(root)) as kept:
        first, second = kept.entries()
        rules = kept.blob(first.payload["snapshot"][f"rules/projects/2023/629001/{CORRECTED}.yaml"])
        result = json.loads(kept.blob(second.payload["digests"]["result"]))
    assert rules == (root / "rules" / "projects" / "2023" / "629001" / f"{CORRECTED}.yaml").read_bytes()
    assert (first.payload["supersedes"], second.payload["supersedes"]) == (None, 1)
    assert (first.payload["unit_code"], first.payload["year"]) == UNIT
    assert first.payload["illustrative"] is True
    assert first.payload["policies"] == ["cn-2020-10"]
    assert first.payload["digests"]["rules"] == second.payload["digests"]["rules"] == result["digests"]["rules"]
    assert first.payload["digests"]["actuals"] != second.payload["digests"]["actuals"]
    assert first.time == "2024-02-01T00:00:00Z"
    names = {file["path"] for file in second.payload["files"]}
    assert (
        len(names) == 12
    )  # two formats of two projects' forms and attachments and of the report, the result, the manifest
    assert all((root / name).is_file() for name in names)
    assert any("_v02" in name for name in names)


def test_a_run_that_changes_nothing_adds_nothing(root: Path):
    before = state(ledger(root))
    assert ran(root) is None
    path = next((root / "rules").rglob(f"{CORRECTED}.yaml"))
    path.write_text(path.read_text(encoding="utf-8") + "# 一句注释\n", encoding="utf-8")
    assert ran(root) is None
    assert state(ledger(root)) == before


def test_what_does_change_something_adds_an_entry_that_replaces_the_last(root: Path):
    for number, change in enumerate(
        [
            lambda: correct(root, "90.0%", "91.0%"),
            lambda: evidence(root).write_bytes(b"%PDF other"),
        ],
        3,
    ):
        change()
        entry = ran(root)
        assert entry is not None
        assert (entry.seq, entry.payload["supersedes"]) == (number, number - 1)
    assert ran(root) is None


def test_a_policy_named_on_the_command_is_kept_and_used_again(root: Path):
    entry = ran(root, "hubei-2020-3")
    assert entry is not None
    assert entry.payload["options"]["policy"] == "hubei-2020-3"
    assert told(verify(ledger(root))) == []
    again = ran(root)
    assert again is not None
    assert again.payload["options"]["policy"] is None


def test_a_recorded_run_is_rebuilt_as_it_was(root: Path):
    """With its results and the state its evidence was in, whatever these are now; `ziping diff` relies on it."""
    evidence(root).write_bytes(b"%PDF other")
    ran(root)
    evidence(root).unlink()
    ran(root)
    with Ledger(ledger(root)) as kept:
        made = [rebuilt(kept, entry) for entry in kept.entries()]
        assert [sha256(recording.result_bytes(one)) for one in made] == [
            entry.payload["digests"]["result"] for entry in kept.entries()
        ]
        table = next(i for i, t in enumerate(made[0].tables) if t.code == CORRECTED)
        assert [one.tables[table].attached[0].state for one in made] == ["完好", "完好", "已改动", "缺失"]
        with pytest.raises(LedgerProblem) as raised:
            rebuilt(kept, replace(kept.entries()[0], payload={}))
    assert code_of(raised) == "L306"


def test_a_receipt_that_was_lost_is_put_back(root: Path):
    before = {path.name: path.read_bytes() for path in (root / "out").glob("*台账凭据*")}
    assert len(before) == 2
    forget(root)
    assert ran(root) is None
    (path,) = (root / "out").glob("*台账凭据*")
    assert path.read_bytes() == before[max(before)]


def test_the_samples_ledger_is_in_the_output_folder(tmp_path: Path):
    space = Workspace(product(), True)
    rulebook = load_rulebook(space.rules, space.shared)
    actuals = load_actuals(space.actuals, rulebook)
    evaluation = evaluate(rulebook, actuals, executor="frame")
    assert issue_set(Sitting(space, out=tmp_path / "out"), ScoredYear(rulebook, actuals, evaluation)).entry
    assert (tmp_path / "out" / "台账.sqlite").is_file()
    assert not space.ledger.exists()
    assert verify(tmp_path / "out" / "台账.sqlite").holds


# ---- verifying ---------------------------------------------------------------------------------------------------


def test_an_honest_ledger_holds_and_verifying_writes_nothing(root: Path):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    result = verify(ledger(root))
    assert (result.found, result.holds, result.entries, result.runs) == ((), True, 2, 2)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_it_holds_wherever_the_workspace_is_moved_and_whatever_is_in_force_now(root: Path):
    moved = root.rename(root.with_name("搬走"))
    correct(moved, "90.0%", "12.0%")
    shutil.rmtree(moved / "rules")
    assert verify(ledger(moved)).holds


def test_the_head_is_the_last_entry_and_files_say_what_became_of_them(root: Path):
    result = verify(ledger(root))
    with Ledger(ledger(root)) as there:
        assert result.head == there.head()
    changed, gone = sorted((root / "out").glob("*_v02.xlsx"))[:2]
    changed.write_bytes(b"changed")
    gone.unlink()
    said = {one.problem.code: one.problem for one in verify(ledger(root)).found}
    assert "写出以后被改过" in said["L206"].says and changed.name in said["L206"].says and not said["L206"].remedy
    assert "不见了" in said["L205"].says and gone.name in said["L205"].says and "--out" in said["L205"].remedy


def test_a_published_file_that_changed_or_went_is_named(root: Path):
    html = next((root / "out").glob("*自评表_v01.html"))
    xlsx = next((root / "out").glob("*自评表_v01.xlsx"))
    html.write_bytes(html.read_bytes() + b" ")
    xlsx.rename(root / xlsx.name)
    result = verify(ledger(root))
    assert sorted(told(result)) == [(1, "L205"), (1, "L206")]
    assert any(html.name in one.problem.says for one in result.found)
    assert told(verify(ledger(root), [root])) == [(1, "L206")]


def test_evidence_that_changed_or_went_is_named_until_it_is_run_again(root: Path):
    evidence(root).write_bytes(b"%PDF other")
    assert told(verify(ledger(root))) == [(2, "L207")]
    assert ran(root)
    assert verify(ledger(root)).holds
    evidence(root).unlink()
    assert told(verify(ledger(root))) == [(3, "L207")]


def test_a_result_that_does_not_follow_is_found_even_in_a_chain_computed_anew(root: Path):
    """The first run is given the second's result: everything about the chain is right, but it does not follow."""
    forget(root)
    with Ledger(ledger(root)) as kept:
        first, second = (entry.payload["digests"]["result"] for entry in kept.entries())

    def forged(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        if seq == 1:
            payload["digests"]["result"] = second
            payload["blobs"] = [digest for digest in payload["blobs"] if digest != first] + [second]
        return payload

    rechained(ledger(root), forged)
    with unguarded(ledger(root)) as db:
        db.execute("DELETE FROM blobs WHERE digest = ?", (first,))
    result = verify(ledger(root))
    assert told(result) == [(1, "L304")]
    assert any(CORRECTED in one.problem.says for one in result.found)


def test_rules_that_were_swapped_give_another_score(root: Path):
    forget(root)
    with Ledger(ledger(root)) as kept:
        name = f"rules/projects/2023/629001/{CORRECTED}.yaml"
        was = kept.entries()[0].payload["snapshot"][name]
        other = kept.blob(was).replace("≥95%".encode(), "≥99%".encode())
    swapped = sha256(other)
    assert swapped != was

    def forged(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        payload["snapshot"][name] = swapped
        payload["blobs"] = sorted([digest for digest in payload["blobs"] if digest != was] + [swapped])
        return payload

    rechained(ledger(root), forged)
    with unguarded(ledger(root)) as db:
        import zlib

        db.execute("UPDATE blobs SET digest = ?, data = ? WHERE digest = ?", (swapped, zlib.compress(other), was))
    codes = told(verify(ledger(root)))
    assert {(1, "L304"), (2, "L304")} <= {*codes}
    assert {code for _, code in codes} == {"L304", "L305"}  # the forms would be others too


def another_program(root: Path) -> None:
    """The runs as an earlier program recorded them, before forms had a code at their foot."""
    forget(root)

    def earlier(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        payload["options"]["deliver"].pop("paper", None)
        return payload | {"engine": payload["engine"] | {"code": "another"}}

    rechained(ledger(root), earlier)


def test_files_are_not_made_again_by_another_program(root: Path, monkeypatch: pytest.MonkeyPatch):
    """Layouts may change between versions; the same scores in another JSON are no fault, another score is not checked."""
    another_program(root)
    assert verify(ledger(root)).found == ()
    as_made = recording.result_bytes
    monkeypatch.setattr(
        "evaluator.records.reruns.result_bytes", lambda made: as_made(made).replace(b'"unit":', b'"office":')
    )
    result = verify(ledger(root))
    assert result.holds
    assert told(result, "提示") == [(1, "L304"), (2, "L304")]
    monkeypatch.setattr(
        "evaluator.records.reruns.result_bytes", lambda made: re.sub(rb'"score": "\d+', b'"score": "1', as_made(made))
    )
    result = verify(ledger(root))
    assert told(result, "警告") == [(1, "L304"), (2, "L304")]
    assert {one.problem.severity for one in result.found} == {"警告"}
    assert "程序版本不同" in result.found[0].problem.says


def test_the_same_program_must_make_the_same_files(root: Path, monkeypatch: pytest.MonkeyPatch):
    def otherwise(*given: Any, **named: Any) -> Any:
        written = deliver(*given, **named)
        html = next(one for one in written if one.path.suffix == ".html")
        html.path.write_bytes(b"otherwise")
        return written

    monkeypatch.setattr("evaluator.records.reruns.deliver", otherwise)
    assert told(verify(ledger(root))) == [(1, "L305"), (2, "L305")]


def test_rules_that_todays_program_refuses_are_said_to_be_unchecked_not_wrong(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuses(*_: object) -> Any:
        raise EvaluatorError([])

    monkeypatch.setattr("evaluator.records.reruns.open_rulebook", refuses)
    assert told(verify(ledger(root))) == [(1, "L301"), (2, "L301")]
    another_program(root)
    result = verify(ledger(root))
    assert told(result) == []
    assert told(result, "警告") == [(1, "L302"), (2, "L302")]
    assert not result.holds


@pytest.mark.parametrize("name", ["../escape.yaml", "/tmp/escape.yaml", "rules/../../escape.yaml", "rules\\..\\x.yaml"])
def test_a_recorded_path_cannot_lead_out(root: Path, name: str):
    forget(root)

    def forged(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        payload["snapshot"][name] = payload["digests"]["result"]
        return payload

    rechained(ledger(root), forged)
    result = verify(ledger(root))
    assert [seq for seq, _ in told(result)] == [1, 2]
    assert "不可用" in result.found[0].problem.says


@pytest.mark.parametrize("key", ["files", "snapshot", "options", "digests", "year"])
def test_a_run_that_does_not_say_everything_is_told(root: Path, key: str):
    forget(root)
    rechained(ledger(root), lambda seq, payload: payload if seq == 1 else payload | {key: None})
    assert told(verify(ledger(root))) == [(2, "L204")]


def test_a_run_that_replaces_another_than_the_last_is_told(root: Path):
    forget(root)
    rechained(ledger(root), lambda seq, payload: payload if seq == 1 else payload | {"supersedes": None})
    assert told(verify(ledger(root))) == [(2, "L204")]


@pytest.mark.parametrize(
    ("first", "second", "same", "fine"),
    [(1, 2, False, True), (1, 3, False, True), (2, 2, True, True), (2, 2, False, False), (3, 2, False, False), (3, 2, True, False), (2, None, False, False), (None, 1, False, True), (None, None, False, True)],
)  # fmt: skip
def test_a_revision_goes_up_unless_the_same_is_written_again(
    root: Path, first: int | None, second: int | None, same: bool, fine: bool
):
    forget(root)
    with Ledger(ledger(root)) as there:
        result = there.entries("run")[0].payload["digests"]["result"]

    def forged(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        digests = payload["digests"] | ({"result": result} if same else {})
        revision = first if seq == 1 else second
        kept = {name: said for name, said in payload.items() if name != "revision"}
        return kept | {"digests": digests} | ({} if revision is None else {"revision": revision})

    rechained(ledger(root), forged)
    found = [one for one in verify(ledger(root)).found if "版次" in one.problem.says]
    assert [(one.seq, one.problem.code) for one in found] == ([] if fine else [(2, "L204")])


def test_what_verify_tells_cannot_be_changed(root: Path):
    result = verify(ledger(root))
    for one, name in (
        (result, "runs"),
        (Irregularity(0, Problem("L201", "")), "seq"),
        (Signed(1, "", "", "", 1, False), "seq"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, 9)
        assert not hasattr(one, "__dict__")


def test_the_first_entry_that_does_not_hold_is_named_first(root: Path):
    ran(root, "hubei-2020-3")
    with unguarded(ledger(root)) as db:
        for seq in (3, 2):
            db.execute("UPDATE entries SET time = '2020-01-01T00:00:00Z' WHERE seq = ?", (seq,))
    result = verify(ledger(root))
    assert told(result)[0] == (2, "L202")
    assert result.found[0].problem.says.startswith("第 2 条")


def test_a_content_that_is_gone_changed_or_too_many_is_found(root: Path):
    with Ledger(ledger(root)) as kept:
        gone, changed = kept.entries()[1].payload["digests"]["result"], kept.entries()[0].payload["digests"]["result"]
    with unguarded(ledger(root)) as db:
        db.execute("DELETE FROM blobs WHERE digest = ?", (gone,))
        db.execute("UPDATE blobs SET data = substr(data, 1, 50) WHERE digest = ?", (changed,))
        db.execute("INSERT INTO blobs VALUES ('f', x'00')")
    assert told(verify(ledger(root))) == [(0, "L203"), (1, "L203"), (2, "L203")]


def test_what_is_wrong_with_the_file_itself_is_told_before_its_entries(root: Path):
    with unguarded(ledger(root)) as db:
        db.execute("UPDATE entries SET time = '2020-01-01T00:00:00Z' WHERE seq = 1")
        db.execute("CREATE TABLE other(x)")
    wrong = told(verify(ledger(root)))
    assert wrong[0] == (0, "L201") and (1, "L202") in wrong


def test_a_file_that_breaks_off_is_told_before_everything_else(root: Path):
    content = ledger(root).read_bytes()
    ledger(root).write_bytes(content[: len(content) * 2 // 3 // 4096 * 4096])
    assert {seq for seq, code in told(verify(ledger(root))) if code in ("L102", "L201")} == {0}


# ---- old copies --------------------------------------------------------------------------------------------------


def test_a_ledger_restored_from_an_old_copy_is_found_through_what_is_outside(root: Path):
    shutil.copy(root / "旧.sqlite", ledger(root))
    result = verify(ledger(root))
    assert told(result) == [(2, "L210")]
    assert "旧的副本" in result.found[0].problem.says
    forget(root)
    for path in (root / "out").glob("*_v02*"):
        path.unlink()
    assert verify(ledger(root)).holds  # nothing is left that knows better


def test_a_receipt_of_this_ledger_is_believed_whatever_unit_it_is_about(root: Path):
    """A ledger cut back to before a unit's first run no longer knows that unit; its first entry is still the same."""
    with Ledger(ledger(root)) as there:
        first, last = there.entries()[0].digest, there.head()
    assert last
    for name, seq, digest in (("他", 9, "e" * 64), ("他的", last.seq, last.digest)):
        receipt = {"ledger": {"first": first, "seq": seq, "digest": digest}, "unit_code": "1", "year": 2023}
        (root / "out" / f"{name}单位_2023_台账凭据_v01.json").write_text(json.dumps(receipt))
    assert told(verify(ledger(root))) == [(9, "L210")]


def test_an_emptied_ledger_is_found_by_its_receipts(root: Path):
    with unguarded(ledger(root)) as db:
        db.execute("DELETE FROM entries")
    says = [each.problem.says for each in verify(ledger(root)).found if each.problem.code == "L210"]
    assert says and all("台账只到第 0 条" in text for text in says)


def test_a_ledger_cut_short_is_found(root: Path):
    with unguarded(ledger(root)) as db:
        db.execute("DELETE FROM entries WHERE seq = 2")
    assert (2, "L210") in told(verify(ledger(root)))


def test_an_old_copy_that_was_continued_is_found(root: Path):
    shutil.copy(root / "旧.sqlite", ledger(root))
    correct(root, "90.0%", "80.0%")
    assert ran(root)
    result = verify(ledger(root))
    assert told(result) == [(2, "L210")]
    assert "不是它" in result.found[0].problem.says


def test_another_ledger_for_the_same_unit_is_found(root: Path):
    ledger(root).unlink()
    correct(root, "90.0%", "80.0%")
    assert ran(root)
    assert {code for _, code in told(verify(ledger(root)))} == {"L210"}


def test_receipts_of_other_units_in_the_same_folder_do_not_matter(root: Path):
    """The near miss: two workspaces may write to one folder; and what is no receipt is passed over."""
    receipt = {"ledger": {"first": "f" * 64, "seq": 9, "digest": "e" * 64}, "unit_code": "1", "year": 2023}
    lower = {**receipt, "ledger": {**receipt["ledger"], "first": "0" * 64}}  # type: ignore[dict-item]
    for number, content in enumerate(
        [json.dumps(receipt), json.dumps(lower), "[]", '{"ledger": 1}', "{", '{"ledger": {"seq": "x"}}']
    ):
        (root / "out" / f"别的单位_{number}_台账凭据_v01.json").write_text(content)
    assert verify(ledger(root)).holds
    receipt["unit_code"] = UNIT[0]
    (root / "out" / "本单位_2023_台账凭据_v09.json").write_text(json.dumps(receipt))
    assert told(verify(ledger(root))) == [(9, "L210")]


# ---- bytes -------------------------------------------------------------------------------------------------------


@given(st.data())
def test_a_byte_changed_anywhere_is_found_unless_it_changes_nothing_that_is_recorded(data: st.DataObject):
    """SQLite's file has bytes that mean nothing (free space, counters); everything recorded is covered."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        path = Path(folder) / "台账.sqlite"
        filled(path, [one for one in SAMPLE if one[0] != "run"])
        before, content = state(path), bytearray(path.read_bytes())
        used = [at for at, byte in enumerate(content) if byte]
        at = data.draw(st.sampled_from(used) | st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        try:
            holds = verify(path).holds
        except EvaluatorError as error:
            assert error.problems[0].code in ("L101", "L103")
            return
        if holds:
            assert state(path) == before


def test_every_byte_of_what_is_recorded_counts(tmp_path: Path):
    """Each byte of each payload, digest and time, one after the other."""
    path = tmp_path / "台账.sqlite"
    filled(path, [("submit", {"by": "张三"}, []), ("return", {"reason": "佐证不全"}, [])])
    whole = path.read_bytes()
    for value in {text for row in state(path)[0] for text in row[1:]}:
        raw = value.encode()
        start = whole.find(raw)
        assert start >= 0
        for at in range(start, start + len(raw), 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert not verify(path).holds, value
    path.write_bytes(whole)
    assert verify(path).holds


def test_a_page_of_noise_is_damage_not_a_crash(root: Path):
    content = bytearray(ledger(root).read_bytes())
    content[4096:8192] = os.urandom(4096)
    ledger(root).write_bytes(content)
    assert not verify(ledger(root)).holds


# ---- signatures --------------------------------------------------------------------------------------------------

sign = CliRunner().invoke


def keys(folder: Path, name: str = "key", passphrase: str = "") -> tuple[Path, str]:
    signing.keygen(folder / name, passphrase)
    return folder / name, signing.public_key(folder / f"{name}.pub")


def signs(kept: Ledger, key: Path, passphrase: str, role: str, by: str) -> Entry:
    """What `ziping sign` records."""
    return kept.append("signature", signing.signature(kept, key, passphrase, role, by))


def signed(root: Path, key: Path, role: str = "审核", by: str = "李四") -> Entry:
    with Ledger(ledger(root), clock) as kept:
        return signs(kept, key, "", role, by)


def test_a_signature_says_who_signed_what(root: Path, tmp_path: Path):
    key, public = keys(tmp_path)
    entry = signed(root, key)
    assert (entry.kind, entry.payload["seq"], entry.payload["role"]) == ("signature", 2, "审核")
    result = verify(ledger(root))
    assert [(one.seq, one.by, one.upto, one.known) for one in result.signed] == [(3, "李四", 2, False)]
    result = verify(ledger(root), (), [public])
    assert result.holds
    assert result.signed[0].known
    _, other = keys(tmp_path, "other")
    assert [code for _, code in told(verify(ledger(root), (), [other]))] == ["L208", "L208"]
    assert told(verify(ledger(root), (), [public, other])) == [(4, "L208")]  # the other has not signed


@given(st.data())
def test_a_signature_holds_for_what_was_signed_and_nothing_else(data: st.DataObject):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(bytes([data.draw(st.integers(0, 255))]) * 32)
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    payload: dict[str, Any] = {
        "seq": data.draw(st.integers(1)),
        "digest": "a" * 64,
        "role": "单位",
        "by": data.draw(words),
    }
    payload |= {
        "public_key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(signing.message(payload)).hex(),
    }
    assert signing.valid(payload)
    name = data.draw(st.sampled_from(sorted(payload)))
    value = payload[name]
    payload[name] = (
        value + data.draw(st.integers(1)) if name == "seq" else "0" + value if value[:1] != "0" else "1" + value
    )
    assert not signing.valid(payload)
    del payload[name]
    assert not signing.valid(payload)


def test_a_ledger_changed_after_it_was_signed_no_longer_has_a_signature(root: Path, tmp_path: Path):
    key, public = keys(tmp_path)
    signed(root, key)
    forget(root)
    rechained(ledger(root), lambda seq, payload: payload | {"illustrative": False} if seq == 2 else payload)
    assert told(verify(ledger(root))) == [(3, "L208")]
    assert told(verify(ledger(root), (), [public])) == [(3, "L208"), (4, "L208")]


def test_a_signature_put_under_anothers_name_is_invalid(root: Path, tmp_path: Path):
    signed(root, keys(tmp_path)[0])
    forget(root)
    rechained(ledger(root), lambda seq, payload: payload | {"by": "王五"} if seq == 3 else payload)
    assert told(verify(ledger(root))) == [(3, "L208")]


def test_without_the_library_signatures_are_unchecked_not_wrong(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    key, _ = keys(tmp_path)
    signed(root, key)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    result = verify(ledger(root))
    assert (told(result), told(result, "警告"), result.holds) == ([], [(3, "L209")], False)
    with pytest.raises(UsageProblem, match="ziping\\[sign\\]") as raised:
        signed(root, key)
    assert code_of(raised) == "U421"


def test_keys_are_private_locked_when_asked_and_never_written_over(tmp_path: Path):
    key, _ = keys(tmp_path, passphrase="口令")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert signing.is_locked(key)
    filled(tmp_path / "a.sqlite", SAMPLE)
    for passphrase, fine in (("口令", True), ("别的", False), ("", False)):
        with Ledger(tmp_path / "a.sqlite") as kept:
            if fine:
                signs(kept, key, passphrase, "单位", "张三")
                continue
            with pytest.raises(UsageProblem) as raised:
                signs(kept, key, passphrase, "单位", "张三")
            assert code_of(raised) == "U424"
    before = key.read_bytes()
    with pytest.raises(UsageProblem) as raised:
        signing.keygen(key, "")
    assert code_of(raised) == "U422"
    key.unlink()
    with pytest.raises(UsageProblem) as raised:
        signing.keygen(key, "")
    assert not key.exists(), "the public key is still there"
    assert before


def test_wrong_files_for_keys_and_an_empty_ledger_are_told(tmp_path: Path):
    key, _ = keys(tmp_path)
    (tmp_path / "text").write_text("text")
    for code, act in {
        "U423": lambda: signing.public_key(tmp_path / "text"),
        "U424": lambda: signs(Ledger(tmp_path / "a"), tmp_path / "text", "", "单位", "张三"),
        "U425": lambda: signs(Ledger(tmp_path / "a.sqlite"), key, "", "单位", "张三"),
    }.items():
        with pytest.raises(UsageProblem) as raised:
            act()
        assert code_of(raised) == code
    with pytest.raises(UsageProblem):
        signing.public_key(tmp_path / "nothing")
    with pytest.raises(UsageProblem):
        signing.public_key(key)


# ---- the commands ------------------------------------------------------------------------------------------------


def called(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, EvaluatorError):  # what main() says on the error stream
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_the_command_verify(root: Path, tmp_path: Path):
    code, says = called("verify", root)
    assert (code, says.splitlines()[-1]) == (0, "全部成立")
    code, says = called("verify", ledger(root), "--format", "json")
    assert (code, json.loads(says)["holds"]) == (0, True)
    next((root / "out").glob("*自评表_v01.html")).unlink()
    code, says = called("verify", root)
    assert code == 1
    assert says.startswith("最先不成立的：第 1 条：“out/")
    (tmp_path / "text").write_text("no ledger at all " * 99)
    assert called("verify", tmp_path / "text")[0] == 3
    ledger(root).unlink()
    assert called("verify", root)[0] == 3


def test_the_commands_sign_and_keygen(root: Path, tmp_path: Path):
    assert called("keygen", tmp_path / "k")[0] == 0
    code, says = called("sign", root, "--key", tmp_path / "k", "--role", "单位", "--by", "张三", "--out", root / "out")
    assert (code, "已签到第 2 条，记为第 3 条" in says) == (0, True)
    code, says = called("verify", root, "--public-key", tmp_path / "k.pub")
    assert (code, "张三（单位）签到第 2 条，签名有效" in says) == (0, True)
    assert called("sign", root, "--key", tmp_path / "k", "--role", "局长", "--by", "张三")[0] == 2
    shutil.copy(root / "旧.sqlite", ledger(root))
    for path in (root / "out").glob("*台账凭据*"):
        path.unlink()
    assert told(verify(ledger(root))) == [(3, "L210")]  # the signer's own file knows


def test_the_commands_of_the_ledger(root: Path, tmp_path: Path):
    code, says = called("ledger", "list", root)
    assert code == 0
    assert "评分" in says
    assert "替代第 1 条" in says
    assert [one["seq"] for one in json.loads(called("ledger", "list", root, "--format", "json")[1])] == [1, 2]
    assert called("ledger", "export", tmp_path / "a.jsonl", "-w", root)[0] == 0
    assert called("ledger", "import", tmp_path / "a.jsonl", tmp_path / "b.sqlite")[0] == 0
    assert state(tmp_path / "b.sqlite") == state(ledger(root))
    assert called("ledger", "backup", tmp_path / "c.sqlite", "-w", root)[0] == 0
    assert state(tmp_path / "c.sqlite") == state(ledger(root))
    shutil.copy(tmp_path / "b.sqlite", ledger(root))
    assert called("verify", root)[0] == 0
    assert called("ledger", "import", tmp_path / "nothing", tmp_path / "d.sqlite")[0] == 2


def test_a_damaged_entry_does_not_stop_the_others_from_being_read(root: Path):
    with unguarded(ledger(root)) as db:
        db.execute("UPDATE entries SET payload = 'x' WHERE seq = 1")
    with pytest.raises(LedgerProblem) as raised, Ledger(ledger(root)) as kept:
        kept.entries()
    assert code_of(raised) == "L102"
    with foreign(ledger(root)) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (2,)
    assert told(verify(ledger(root)))[0] == (1, "L202")


def test_a_receipt_of_a_run_is_about_the_entry_as_it_is(root: Path):
    (first, second) = sorted((root / "out").glob("*台账凭据*"))
    with Ledger(ledger(root)) as kept:
        entries = kept.entries()
    for path, entry in ((first, entries[0]), (second, entries[1])):
        assert json.loads(path.read_bytes())["ledger"] == {
            "first": entries[0].digest,
            "seq": entry.seq,
            "digest": entry.digest,
        }
