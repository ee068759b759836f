"""A workspace as a person at work sees it: its units and years, and a unit's year with what is left to do.

What is wrong in one table's results is told of that table and closes no other: it is scored as if nothing were filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

from evaluator.acts.acting import Sitting
from evaluator.acts.entering import CellDraft, Values, read_drafts, values_of
from evaluator.acts.knowing import KnownSitting, Signature, signature
from evaluator.acts.submitting import hindrances
from evaluator.actuals.evidence import load_evidence
from evaluator.comparing.changes import ValueChange
from evaluator.documents.faults import Scope
from evaluator.errors import ActualsProblems, EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.explain import Sentence, explain_row, origin
from evaluator.factsheets.lastyear import NOT_FILLED, Before, earlier_facts, last_year
from evaluator.figures import called, points
from evaluator.files.snapshot import take_text
from evaluator.find import the_one
from evaluator.following.rectification import load_rectification
from evaluator.kept import Memory
from evaluator.model import Actuals, Indicator, Project, Table, code_of
from evaluator.pages import Document
from evaluator.preparation import prepare, tables_of
from evaluator.records.chronicle import Event, chronicle
from evaluator.records.delivery import ATTACHMENT, FORM, document_of
from evaluator.records.ledger import Ledger
from evaluator.records.reissuing import History, history_of
from evaluator.records.workflow import (
    Correction,
    Remark,
    UnitStanding,
    corrections_of,
    current,
    last_submission,
    remarks_of,
)
from evaluator.reporting.export import EvaluationJson, as_json
from evaluator.reporting.forms import bound_together
from evaluator.reporting.layouts import Layout, choose_layout, layouts_of
from evaluator.reporting.report import form as printed
from evaluator.results import Attached, Evaluation, Row, TableScore
from evaluator.rowreading import QUALITATIVE
from evaluator.rulebook.book import Rulebook, read_rulebook
from evaluator.workspace.office import office_of
from evaluator.workspace.places import Workspace, product

__all__ = ["KnownSitting", "called"]
T = TypeVar("T")
_SURVEYING = Lock()
READ = ("rules", "actuals", "evidence", "office", "rectification", "drafts")  # what a survey rests on, and the ledger


@dataclass(frozen=True, slots=True)
class UnitYear:
    """A unit's year there are goal tables of."""

    year: int
    code: str
    name: str
    projects: int


@dataclass(frozen=True, slots=True)
class TableView:
    """A goal table at work: how it came out, its values and drafts, and what is wrong in its file.

    `filled` of `wanted` cells have a value: results and amounts that are not computed. `before` are the target and the result
    that rows had the year before ('' for none).
    """

    score: TableScore
    values: Values
    drafts: tuple[CellDraft, ...]
    wrong: tuple[Problem, ...]
    filled: int
    wanted: int
    before: Mapping[str, tuple[str, str]]

    @property
    def left(self) -> int:
        """How many cells are still empty."""
        return self.wanted - self.filled


@dataclass(frozen=True, slots=True)
class Survey:
    """A unit's year: its tables in the order of their source, where it stands, and what is to be attended to.

    `hindering` keeps it from being submitted; `wrong` belongs to no single table.
    """

    rulebook: Rulebook
    evaluation: Evaluation
    tables: tuple[TableView, ...]
    wrong: tuple[Problem, ...]
    standing: UnitStanding
    submitted: bool
    events: tuple[Event, ...]
    remarks: tuple[Remark, ...]
    open: tuple[Remark, ...]
    hindering: Mapping[str, Sequence[str]]
    revision: int

    def table(self, code: str) -> TableView:
        """A table by its code; raises UsageProblem (U205)."""
        known = [f"{view.score.code} {view.score.name}" for view in self.tables]
        return the_one([view for view in self.tables if view.score.code == code], code, "项目", known)


def units(space: Workspace) -> list[UnitYear]:
    """Every unit and year there are goal tables of, the latest year first; faulty files are left out."""
    return _units(space, signature([space.rules]))


@lru_cache(maxsize=4)
def _units(space: Workspace, seen: Signature) -> list[UnitYear]:
    rulebook, _ = read_rulebook(space.rules, space.shared)
    keys = sorted({(-table.year, table.unit.code) for table in rulebook.tables})
    return [_unit(rulebook, -year, code) for year, code in keys]


def _unit(rulebook: Rulebook, year: int, code: str) -> UnitYear:
    tables = [table for table in rulebook.tables if (table.year, table.unit.code) == (year, code)]
    return UnitYear(year, code, tables[0].unit.name, sum(isinstance(table, Project) for table in tables))


def survey(at: Sitting) -> Survey:
    """A unit's year as it stands now; raises RuleProblems where its rules cannot be used."""
    root = at.space.root
    with _SURVEYING:  # several who ask at once get one answer, of what there is when their turn comes
        seen = signature([*(root / name for name in READ), at.ledger, at.space.shared])
        return _survey(KnownSitting(at.space, at.year, at.unit, at.policy, at.out), seen)


@lru_cache(maxsize=16)
def _survey(at: Sitting, seen: Signature) -> Survey:
    rulebook = at.rulebook()
    tables = tables_of(rulebook, at.year, at.unit)
    kept = _kept(at.space.root, at.year, at.unit, at.policy)
    given, wrong = _given(at, rulebook, tables, kept)
    elsewhere: list[Problem] = list(wrong.get("", ()))
    attached = _or_none(lambda: _evidence(at.space.evidence, rulebook.scope, signature([at.space.evidence])), elsewhere)
    duties = _or_none(lambda: load_rectification(at.space, rulebook), elsewhere)
    evaluation = evaluate(
        rulebook, given, year=at.year, unit=at.unit, policy=at.policy, attached=attached, duties=duties, kept=kept
    )
    history = _history(at, evaluation)
    before = last_year(rulebook.tables, given, evaluation.year, evaluation.unit_code)
    shown = [
        (score, before, tuple(read_drafts(at.space, score.table)), tuple(wrong.get(score.code, ())))
        for score in evaluation.tables
    ]
    views = tuple(kept.each("view", shown, lambda places: [_view(*shown[place]) for place in places]))
    return Survey(
        rulebook=rulebook,
        evaluation=evaluation,
        tables=views,
        wrong=tuple(elsewhere),
        standing=history.standing if history else UnitStanding(),
        submitted=bool(history and last_submission(history.entries)),
        events=tuple(chronicle(history.entries)) if history else (),
        remarks=tuple(remarks_of(history.entries)) if history else (),
        open=tuple(remark for remark in current(history.entries) if remark.answer is None) if history else (),
        hindering=hindrances(history, evaluation) if history else {},
        revision=history.revision if history else 0,
    )


@lru_cache(maxsize=16)
def _kept(root: Path, year: int | None, unit: str | None, policy: str | None) -> Memory:
    """What was made of a unit's year before: of most of its tables it is what is made of it now."""
    return Memory()


def _history(at: Sitting, evaluation: Evaluation) -> History | None:
    with Ledger(at.ledger) as ledger:
        return history_of(ledger, evaluation.unit_code, evaluation.year)


def _given(
    at: Sitting, rulebook: Rulebook, tables: Sequence[Table], kept: Memory
) -> tuple[dict[tuple[int, str], Actuals], dict[str, list[Problem]]]:
    """The results that can be used, and what is wrong by the code of the table it is of ('' where it is of none alone)."""
    filled, problems = at.read(rulebook)
    files = {actuals.where.path: actuals.code for actuals in filled.values() if actuals.where}
    mine = {code_of(table): table for table in tables}
    wrong: dict[str, list[Problem]] = {}
    for problem in problems:
        path = problem.where.path if problem.where else ""
        code = files.get(path, Path(path).stem)
        own = (tables[0].year, tables[0].unit.code) in filled.whose.get(path, ())
        if problem.severity == "错误" and (code in mine or own):
            wrong.setdefault(code if code in mine else "", []).append(problem)
    of = [(rulebook, table, filled.get((table.year, code))) for code, table in mine.items()]
    unusable = kept.each("given", of, lambda places: [_unusable(*of[place], at.policy) for place in places])
    for code, problems in zip(mine, unusable, strict=True):
        if problems:
            wrong.setdefault(code, []).extend(problems)
    return {key: results for key, results in filled.items() if key[1] not in wrong or key[0] != tables[0].year}, wrong


def _unusable(rulebook: Rulebook, table: Table, given: Actuals | None, policy: str | None) -> list[Problem]:
    """Why the results of a table cannot be used."""
    try:
        prepare(rulebook, [table], {(table.year, code_of(table)): given} if given else {}, policy)
    except ActualsProblems as error:
        return list(error.problems)
    return []


def _or_none(load: Callable[[], T], wrong: list[Problem]) -> T | None:
    """What is loaded; None where it cannot be, with what is wrong in it."""
    try:
        return load()
    except EvaluatorError as error:
        wrong.extend(error.problems)
        return None


def _view(
    score: TableScore, before: Sequence[Before], drafts: tuple[CellDraft, ...], wrong: tuple[Problem, ...]
) -> TableView:
    values = values_of(score.table, score.actuals)
    answered = {row.indicator.id: not row.missing for row in score.rows if row.indicator.formula is None}
    amounts = [bool(values["预算执行率"][name]) for name in ("adjusted", "executed") if name in values["预算执行率"]]
    cells = [*answered.values(), *amounts]
    facts = earlier_facts(score, before)
    earlier = {
        fact.id: (str(fact.fields["last_target"]), str(fact.fields["last_actual"]).replace(NOT_FILLED, ""))
        for fact in facts
    }
    return TableView(score, values, drafts, wrong, sum(cells), len(cells), earlier)


# ---- one table ----------------------------------------------------------------------------------------------------


def form_of(at: Sitting, survey: Survey, score: TableScore, attachment: bool = False) -> Document:
    """The form of a table as it is printed now, or its attachment."""
    layouts = _layouts(at.space.forms, signature([at.space.forms, product() / "reports" / "forms"]))
    layout = choose_layout(layouts, "项目" if isinstance(score.table, Project) else "部门", score.policy.id, None)
    office = office_of(at.space.office, survey.evaluation.year, survey.evaluation.unit_code)
    return document_of(ATTACHMENT if attachment else FORM, printed(score, survey.evaluation, 0, office), layout)


def forms_of(at: Sitting, survey: Survey) -> Document:
    """All forms of a unit's year as they are printed now, in one document: the unit's own first, then its projects'."""
    tables = sorted((view.score for view in survey.tables), key=lambda score: isinstance(score.table, Project))
    title = f"{survey.evaluation.unit} {survey.evaluation.year} 年度绩效自评表"
    return bound_together([form_of(at, survey, score) for score in tables], title)


@lru_cache(maxsize=4)
def _evidence(folder: Path, scope: Scope | None, seen: Signature) -> Mapping[tuple[int, str], tuple[Attached, ...]]:
    """The evidence there is; no file of it is read through again before something there has changed."""
    return load_evidence(folder, scope)


@lru_cache(maxsize=4)
def _layouts(own: Path, seen: Signature) -> dict[str, Layout]:
    return layouts_of(own)


def kinds_of(row: Row) -> str:
    """How a row's result is given: `computed` from money, a `number`, `words` (a date, yes or no), a `judged` state, or as its
    `own` data items and criterion ask (`ownfields`)."""
    indicator: Indicator = row.indicator
    if indicator.criterion is not None or indicator.data:
        return "own"
    if indicator.formula is not None:
        return "computed"
    kind = indicator.read.kind
    return "number" if kind not in QUALITATIVE else "judged" if kind in ("定性", "分档") else "words"


def row_of(score: TableScore, row: str) -> Row:
    """A row by its id; raises UsageProblem (U205)."""
    known = [candidate.indicator.id for candidate in score.all_rows]
    return the_one([candidate for candidate in score.all_rows if candidate.indicator.id == row], row, "指标", known)


def why(row: Row, score: TableScore) -> list[Sentence]:
    """Sentences on how a row came out, from its target as written to the findings on it."""
    return list(explain_row(row, score))


def origin_of(row: Row, score: TableScore) -> tuple[str, str]:
    """Where a row stands: the file and line of its rule, and the document and place its target was taken from."""
    document, place = origin(row, score)
    return str(row.indicator.where or ""), f"{document} {place}".strip()


def corrections(at: Sitting) -> list[tuple[Correction, tuple[ValueChange, ...]]]:
    """Every correction of a unit's year that the ledger has, with what it changed."""
    unit, year = at.key(at.rulebook())
    with Ledger(at.ledger) as ledger:
        return [
            (correction, correction.changes) for correction in corrections_of(history_of(ledger, unit, year).entries)
        ]


def rule_file(at: Sitting, score: TableScore) -> tuple[str, list[str]]:
    """The rule file a table was read from: its name in the workspace, and its lines."""
    where = score.table.where
    if where is None:
        return "", []
    return where.path, take_text(at.space.rules.parent / where.path).splitlines()


def rules_seen(space: Workspace) -> Signature:
    """What tells whether the rules have changed."""
    return signature(dict.fromkeys((space.rules, space.shared)))


# ---- what a reviewer looks at first --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableRisk:
    """What is worth a reviewer's look in a table: of what kind, and the row it is about ('' for the whole)."""

    code: str
    row: str
    kind: str
    says: str


def risks(survey: Survey) -> list[TableRisk]:
    """Points lost without a cause, results without evidence, targets far surpassed, goals that contradict each other."""
    return [risk for view in survey.tables for risk in _risks(view.score)]


def _risks(score: TableScore) -> Iterator[TableRisk]:
    bound = {file.indicator for file in score.attached}
    for row in score.rows:
        ident, name = row.indicator.id, row.indicator.name
        if row.lost and not row.missing and not row.result.cause:
            yield TableRisk(score.code, ident, "扣分无原因", f"{name}：扣 {points(row.lost)} 分")
        if row.actual is not None and not row.computed and not row.result.evidence and ident not in bound:
            yield TableRisk(score.code, ident, "无佐证", f"{name}：{row.actual_shown}")
        if row.over:
            yield TableRisk(
                score.code, ident, "超额", f"{name}：指标值 {row.indicator.target}，实际 {row.actual_shown}"
            )
    for finding in (*score.findings, *score.aside):
        if any(fact.startswith("conflict:") for fact in finding.facts):
            yield TableRisk(score.code, score.row_of(finding), "目标矛盾", finding.says)


def plain(survey: Survey) -> EvaluationJson:
    """A unit's year as plain data."""
    return as_json(survey.evaluation, survey.rulebook.notes)
