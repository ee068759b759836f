"""A year is scored and goes out: its revision (版次) is decided from the ledger, the set is written, the run is recorded.

What prints the same, made by the same program, has the same revision wherever and in whatever formats it is written;
anything else has the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting, acting
from evaluator.actuals.resultfiles import Results
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import UNRECORDED, called
from evaluator.files.journal import FileChange
from evaluator.files.plain import dumps
from evaluator.files.publish import FileToWrite, Published, safe_name
from evaluator.files.snapshot import reading, sha256, take
from evaluator.find import find_table
from evaluator.findings.engine import rules_in
from evaluator.findings.inference import Executor
from evaluator.formats import USUAL
from evaluator.records.chronicle import beside
from evaluator.records.delivery import Order, deliver_forms, layouts_for, prepared_set
from evaluator.records.ledger import Clock, Entry, Ledger, now
from evaluator.records.recording import (
    RECEIPT,
    described,
    ledger_of,
    made_by,
    printed_of,
    receipt_of,
    recorded_files,
)
from evaluator.records.reissuing import History, changes_since, history_of
from evaluator.records.witnesses import printed_code
from evaluator.records.workflow import of_unit, only_program, revisions
from evaluator.reporting.export import EvaluationJson, as_json
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook, with_findings
from evaluator.workspace.office import office_of
from evaluator.workspace.places import Workspace


@dataclass(frozen=True, slots=True)
class ScoredYear:
    """A year as it came out, with the rules and results it came from."""

    rulebook: Rulebook
    actuals: Results
    evaluation: Evaluation

    @property
    def attend(self) -> bool:
        """Whether a finding of a reviewer's concern stands."""
        return any(finding.severity != "提示" for table in self.evaluation.tables for finding in table.findings)

    def as_json(self) -> EvaluationJson:
        """The result as plain data, with the notes on what was not used."""
        return as_json(self.evaluation, (*self.rulebook.notes, *self.actuals.notes))


@dataclass(frozen=True, slots=True)
class Issued:
    """A set as it was written, its revision, and its new entry in the ledger: None when nothing about it was new.

    `stage` is where the year stands then, `beside` what is accepted beside what is now, where these differ.
    """

    written: list[Published]
    revision: int
    entry: Entry | None
    stage: str
    beside: list[str]
    notes: list[Problem]


def score(at: Sitting, executor: Executor = "auto", rule_files: Sequence[Path] = ()) -> ScoredYear:
    """Score the year, with the finding rules of these Python files too; nothing is written."""
    rulebook = at.rulebook()
    for path in rule_files:
        rulebook = with_findings(rulebook, rules_in(path))
    actuals = at.results(rulebook)
    return ScoredYear(rulebook, actuals, at.evaluated(rulebook, actuals, executor))


def issue(
    at: Sitting,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    form_only: bool = False,
    executor: Executor = "auto",
) -> tuple[ScoredYear, Issued]:
    """Score the year, write its set into `at.out` and record it; see `issue_set`."""
    with at.acting("评分"):
        scored = score(at, executor)
        with at.working("写出成果"):
            return scored, issue_set(at, scored, suffixes, form, form_only)


def issue_set(
    at: Sitting,
    scored: ScoredYear,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    form_only: bool = False,
    clock: Clock = now,
) -> Issued:
    """Write and record a year's set, all or nothing.

    Raises what `changes_since`, `prepared_set` and `record_run` raise.
    """
    evaluation = scored.evaluation
    with acting(at.ledger, "评分", clock), reading(evaluation.files):
        history, options, run = _prepared(at, scored, suffixes, form, form_only)
        wanted = history.revision_of(run[0]) or history.revision + 1
        wished = Order(**options, progress=at.progress, own=at.space.forms)
        sheets, revision = prepared_set(evaluation, at.out, wished, wanted, history.recorded())
        written = [sheet.published(revision) for sheet in sheets]
        entry = record_run(at.space, run, written, clock, sheets)
        with Ledger(at.ledger) as ledger:
            history = history_of(ledger, evaluation.unit_code, evaluation.year)
            lines = beside(ledger, history.standing, history.revisions)
    says = f"版次 {called(wanted)} 的文件已有而内容不同，没有覆盖；整套用下一个没有用过的版次 {called(revision)}"
    skipped = Problem("U377", says, severity="提示", remedy="用 ziping verify 看原来的文件是否被改过")
    return Issued(written, revision, entry, history.standing.stage, lines, [] if revision == wanted else [skipped])


def issue_forms(
    at: Sitting,
    codes: Sequence[str] = (),
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    form_only: bool = False,
) -> tuple[list[TableScore], list[Published]]:
    """Write the forms of some tables (all where none is named) into `at.out`, with no entry about it.

    Those of the last run's set have its revision; others are marked as in no ledger.
    """
    scored = score(at)
    tables = [find_table(scored.evaluation, code) for code in codes] or list(scored.evaluation.tables)
    history, options, run = _prepared(at, scored, suffixes, form, form_only)
    if (revision := history.revision_of(run[0]) or UNRECORDED) == UNRECORDED:
        options.pop("paper", None)
    more = options | {"progress": at.progress, "own": at.space.forms, "revision": revision}
    return tables, deliver_forms(scored.evaluation, tables, at.out, **more)


def stale(at: Sitting, scored: ScoredYear, history: History) -> str:
    """Why the last run did not print what would be printed now, with its own formats and layout; empty where it did."""
    if history.last is None:
        return "还没有评过分"
    options = history.last.payload["options"]["deliver"]
    now = {name: value for name, value in options.items() if name != "office"} | _asked(
        at, history, scored.evaluation, options.get("suffixes", USUAL), options.get("form")
    )
    payload = described(at.space, scored.rulebook, scored.actuals, scored.evaluation, now)[0]
    if history.prints(payload):
        return ""
    later = {entry.kind for entry in history.entries if entry.seq > history.last.seq}
    if only_program(history.last.payload, payload) and not later & {"correction", "return", "reply"}:
        return "上次评分用的是另一版程序，现在的程序印出的内容不同（填报的内容没有改动）"
    return "上次评分以后，规则、完成情况、单位信息、版式或对意见的回复又改过"


def _asked(
    at: Sitting, history: History, evaluation: Evaluation, suffixes: Sequence[str], form: str | None
) -> dict[str, Any]:
    """The keywords of a delivery as the ledger keeps them: formats, layout, what changed, who signs."""
    office = office_of(at.space.office, evaluation.year, evaluation.unit_code)
    options: dict[str, Any] = {"suffixes": list(suffixes), "form": form, "changes": changes_since(history, evaluation)}
    return options | ({"office": office.model_dump(mode="json", exclude_none=True, exclude={"due"})} if office else {})


def _prepared(
    at: Sitting, scored: ScoredYear, suffixes: Sequence[str], form: str | None, form_only: bool
) -> tuple[History, dict[str, Any], tuple[dict[str, Any], dict[str, bytes]]]:
    """The year's history, what the delivery is asked for, and what a run says of itself before its files (`described`)."""
    evaluation = scored.evaluation
    layouts_for(evaluation.tables, form, at.space.forms)  # an unfit layout is told before anything else is read
    with Ledger(at.ledger) as ledger:
        history = history_of(ledger, evaluation.unit_code, evaluation.year)
        options = _asked(at, history, evaluation, suffixes, form) | ({"form_only": True} if form_only else {})
        payload, kept = described(at.space, scored.rulebook, scored.actuals, evaluation, options)
        if paper := printed_code(history, payload, ledger.head()):
            options["paper"] = payload["options"]["deliver"]["paper"] = paper
    return history, options, (payload, kept)


# ---- the entry of a run --------------------------------------------------------------------------------------------


def record_run(
    space: Workspace,
    run: tuple[Mapping[str, Any], Mapping[str, bytes]],
    written: Sequence[Published],
    clock: Clock = now,
    files: Sequence[FileToWrite] = (),
) -> Entry | None:
    """Record a run as it was `described`, with a receipt beside its files; None when the ledger knows all of it.

    `files` are those of `written` that are not there yet: they are written with the entry, all or nothing. Of the sample
    the ledger stands in the output folder. Raises UsageProblem (U416) when another run has meanwhile taken the revision of
    these files, and what `journal.commit` raises.
    """
    place = ledger_of(space, written[0].path.parent)
    payload = {**run[0], "revision": written[0].version, "files": recorded_files(written, place.parent)}
    with acting(place, "评分", clock) as act:
        entries = act.ledger.entries()
        mine = of_unit(entries, payload["unit_code"], payload["year"])
        last = next((entry for entry in reversed(mine) if entry.kind == "run"), None)
        entry = last if last and _known(payload, mine, last) else None
        blobs = {sha256(data): data for data in run[1].values()}
        if new := entry is None:
            entry = act.ledger.next("run", payload | {"supersedes": last.seq if last else None}, blobs)
        receipt = _receipt(written[0].path.parent, entry, entries[0].digest if entries else entry.digest)
        changes = [FileChange(file.path, file.data) for file in (*files, receipt) if not file.there]
        act.commit(changes, entry if new else None, blobs)
    return entry if new else None


def _known(payload: Mapping[str, Any], mine: Sequence[Entry], last: Entry) -> bool:
    """Whether the runs of this revision have recorded all of this one; raises UsageProblem (U416)."""
    numbers = revisions(mine)
    taken = numbers[last.seq]
    alike = printed_of(last.payload) == printed_of(payload) and made_by(last.payload) == made_by(payload)
    if payload["revision"] < taken or (payload["revision"] == taken and not alike):
        says = f"另一次评分刚刚记为版次 {called(taken)}，这一次没有记入台账"
        raise UsageProblem([Problem("U416", says, remedy="再运行一次 ziping run")])
    of_it = [entry for entry in mine if numbers.get(entry.seq) == payload["revision"]]
    files = [
        {(file["path"], file["sha256"]) for file in content["files"]}
        for content in (payload, *(r.payload for r in of_it))
    ]
    return bool(of_it) and files[0] <= set().union(*files[1:]) and last.payload["evidence"] == payload["evidence"]


def _receipt(folder: Path, entry: Entry, first: str) -> FileToWrite:
    """Beside the files of a run, what the ledger says of it; nothing in it but what its entry says."""
    content = entry.payload
    head = f"{safe_name(content['unit'])}_{content['year']}_{RECEIPT}_第{entry.seq}条"
    data = dumps(receipt_of(entry, first)).encode()
    paths = [folder / f"{stem}_{called(content['revision'])}.json" for stem in (head, f"{head}_{entry.digest[:8]}")]
    taken = paths[0].exists() and take(paths[0]) != data  # by a receipt of another ledger
    return FileToWrite(paths[taken], data)
