"""A year goes out: its revision (版次) is decided from the ledger, the set is written under it, and the run is recorded.

What prints the same, made by the same program, has the same revision wherever and in whatever formats it is written;
anything else has the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import Problem
from evaluator.figures import UNRECORDED, called
from evaluator.files import reading
from evaluator.formats import USUAL
from evaluator.model import Actuals
from evaluator.office import office_of
from evaluator.publish import Progress, Published, plainly
from evaluator.records.acting import acting
from evaluator.records.beside import beside
from evaluator.records.delivery import deliver_forms, layouts_for, prepared_set
from evaluator.records.ledger import Clock, Entry, Ledger, now
from evaluator.records.paper import printed_code
from evaluator.records.recording import described, ledger_of, record_run
from evaluator.records.reissuing import History, changes_since, history_of
from evaluator.records.workflow import only_program
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook import Rulebook
from evaluator.workspace import Workspace


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


def asked(
    space: Workspace,
    history: History,
    evaluation: Evaluation,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    form_only: bool = False,
) -> dict[str, Any]:
    """The keywords of a delivery as the ledger keeps them: formats, layout, what changed, who signs."""
    office = office_of(space.office, evaluation.year, evaluation.unit_code)
    options: dict[str, Any] = {"suffixes": list(suffixes), "form": form, "changes": changes_since(history, evaluation)}
    options |= {"form_only": True} if form_only else {}
    return options | ({"office": office.model_dump(mode="json", exclude_none=True)} if office else {})


def issue_set(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    evaluation: Evaluation,
    out: Path,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    progress: Progress = plainly,
    clock: Clock = now,
    form_only: bool = False,
) -> Issued:
    """Write and record a year's set, all or nothing.

    Raises what `changes_since`, `prepared_set` and `record_run` raise.
    """
    with acting(ledger_of(space, out), "评分", clock), reading(evaluation.files):
        history, options, told = _prepared(space, rulebook, actuals, evaluation, out, suffixes, form, form_only)
        wanted = history.revision_of(told[0]) or history.revision + 1
        asked_for = options | {"progress": progress, "own": space.forms, "revision": wanted}
        sheets, revision = prepared_set(evaluation, out, **asked_for, recorded=history.recorded())
        written = [one.published(revision) for one in sheets]
        entry = record_run(space, told, written, clock, sheets)
        with Ledger(ledger_of(space, out)) as ledger:
            history = history_of(ledger, evaluation.unit_code, evaluation.year)
            lines = beside(ledger, history.standing, history.revisions)
    return Issued(written, revision, entry, history.standing.stage, lines, list(_skipped(wanted, revision)))


def _skipped(wanted: int, revision: int) -> Iterator[Problem]:
    if revision != wanted:
        says = f"版次 {called(wanted)} 的文件已有而内容不同，没有覆盖；整套用下一个没有用过的版次 {called(revision)}"
        yield Problem("U377", says, severity="提示", remedy="用 ziping verify 看原来的文件是否被改过")


def stale(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    evaluation: Evaluation,
    history: History,
) -> str:
    """Why the last run did not print what would be printed now, with its own formats and layout; empty where it did."""
    if history.last is None:
        return "还没有评过分"
    options = history.last.payload["options"]["deliver"]
    now = {name: value for name, value in options.items() if name != "office"} | asked(
        space, history, evaluation, options.get("suffixes", USUAL), options.get("form")
    )
    payload = described(space, rulebook, actuals, evaluation, now)[0]
    if history.prints(payload):
        return ""
    later = {one.kind for one in history.entries if one.seq > history.last.seq}
    if only_program(history.last.payload, payload) and not later & {"correction", "return", "reply"}:
        return "上次评分用的是另一版程序，现在的程序印出的内容不同（填报的内容没有改动）"
    return "上次评分以后，规则、完成情况、单位信息、版式或对意见的回复又改过"


def issue_forms(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    evaluation: Evaluation,
    tables: Sequence[TableScore],
    out: Path,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    progress: Progress = plainly,
    form_only: bool = False,
) -> list[Published]:
    """Write single forms: those of the last run's set under its revision, others marked as in no ledger."""
    history, options, told = _prepared(space, rulebook, actuals, evaluation, out, suffixes, form, form_only)
    if (revision := history.revision_of(told[0]) or UNRECORDED) == UNRECORDED:
        options.pop("paper", None)
    return deliver_forms(evaluation, tables, out, **options, progress=progress, own=space.forms, revision=revision)


def _prepared(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    evaluation: Evaluation,
    out: Path,
    suffixes: Sequence[str],
    form: str | None,
    form_only: bool,
) -> tuple[History, dict[str, Any], tuple[dict[str, Any], dict[str, bytes]]]:
    """The year's history, what the delivery is asked for, and what a run says of itself before its files (`described`)."""
    layouts_for(evaluation.tables, form, space.forms)  # an unfit layout is told before anything else is read
    with Ledger(ledger_of(space, out)) as ledger:
        history = history_of(ledger, evaluation.unit_code, evaluation.year)
        options = asked(space, history, evaluation, suffixes, form, form_only)
        payload, kept = described(space, rulebook, actuals, evaluation, options)
        if paper := printed_code(history, payload, ledger.head()):
            options["paper"] = payload["options"]["deliver"]["paper"] = paper
    return history, options, (payload, kept)
