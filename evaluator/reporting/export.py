"""An Evaluation as JSON: numbers as decimal strings, keys stable, the same bytes for the same inputs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NotRequired

from typing_extensions import TypedDict

from evaluator.errors import Problem
from evaluator.explain import formula, weighed_says
from evaluator.figures import decimal, half_up, points, wan
from evaluator.files.plain import problem_json
from evaluator.findings.inference import Finding
from evaluator.policies.bases import BasisJson, basis_json
from evaluator.policy import CLAUSES
from evaluator.results import DepartmentScore, Evaluation, Row, TableScore


class FindingJson(TypedDict):
    """One finding: its rule, severity, subject (an indicator id or the table's code) and what to do."""

    rule: str
    severity: str
    subject: str
    says: str
    remedy: str
    facts: list[str]


class CriterionJson(TypedDict):
    """A row's own criterion: as the office wrote it, as read, how its points came about, points outside the row."""

    text: str
    reads: str
    says: str
    outside: str


class NotApplicableRowJson(TypedDict):
    """Why a row does not apply, and the points it was to have; of a row that takes over such points its reason is empty."""

    reason: str
    points: str


class NotApplicableJson(TypedDict):
    """What follows for a total where rows do not apply: their points, how they are counted, the total if they earned nothing."""

    points: str
    effect: str
    without: str
    total: str


class RowJson(TypedDict):
    """One indicator row; `attainment` is a ratio (1.016949), null when the actual is missing. `data` are its data items."""

    id: str
    category: str
    dimension: str
    name: str
    target: str
    actual: str | None
    comparator: str
    attainment: str | None
    met: bool
    points: str
    earned: str
    formula: str
    computed: bool
    evidence: list[str]
    cause: str
    remedy: str
    criterion: NotRequired[CriterionJson]
    data: NotRequired[dict[str, str]]
    not_applicable: NotRequired[NotApplicableRowJson]
    weighed: NotRequired[str]  # how its points come from nested weights: 50 × 75/100 × 7/75


class ExecutionJson(TypedDict):
    """The execution row; money in 万元, `rate` a ratio (0.9647)."""

    initial: str
    adjusted: str | None
    executed: str | None
    rate: str | None
    points: str
    earned: str
    formula: str


class ClauseJson(BasisJson):
    """A clause relied on, with its origin."""

    clause: str
    title: str


class AttachedJson(TypedDict):
    """An evidence file behind a row, and the state it is in now (完好, 缺失, 已改动)."""

    indicator: str
    title: str
    file: str
    sha256: str
    state: str


class TableJson(TypedDict):
    """One goal table."""

    code: str
    name: str
    policy: str
    score: str
    grade: str
    cap: str | None
    draft: bool
    outside: NotRequired[str]  # what criteria take outside their rows, as far as the policy counts it
    execution: ExecutionJson
    rows: list[RowJson]
    findings: list[FindingJson]
    clauses: list[ClauseJson]
    attached: list[AttachedJson]
    not_applicable: NotRequired[NotApplicableJson]


class MeasureJson(TypedDict):
    """One management measure; `state` is null when nothing was reported."""

    id: str
    title: str
    state: str | None
    evidence: list[str]


class DepartmentJson(TypedDict):
    """The department: its own table, the budget-weighted mean of its projects, grades, goals and measures."""

    own: TableJson
    mean: str
    mean_grade: str
    grades: dict[str, int]
    overall: list[dict[str, Any]]
    measures: list[MeasureJson]


class EvaluationJson(TypedDict):
    """What `ziping score --format json` prints."""

    unit: str
    unit_code: str
    year: int
    illustrative: bool
    projects: list[TableJson]
    department: DepartmentJson | None
    digests: dict[str, str]
    notes: NotRequired[list[dict[str, Any]]]


def as_json(evaluation: Evaluation, notes: Sequence[Problem] = ()) -> EvaluationJson:
    """The evaluation as plain data (schema: rules/schema/evaluation.schema.json).

    `notes`, on what was left out when the results were read, are there where there are any.
    """
    exported: EvaluationJson = {
        "unit": evaluation.unit,
        "unit_code": evaluation.unit_code,
        "year": evaluation.year,
        "illustrative": evaluation.illustrative,
        "projects": [_table(table) for table in evaluation.projects],
        "department": _department(evaluation.department) if evaluation.department else None,
        "digests": evaluation.digests,
    }
    if notes:
        exported["notes"] = [problem_json(note) for note in notes]
    return exported


def _table(table: TableScore) -> TableJson:
    money, execution = table.money, table.execution
    exported: TableJson = {
        "code": table.code,
        "name": table.name,
        "policy": table.policy.id,
        "score": points(table.score),
        "grade": table.grade,
        "cap": None if table.cap is None else points(table.cap),
        "draft": table.unfilled,
        "execution": {
            "initial": wan(money.initial),
            "adjusted": None if money.adjusted is None else wan(money.adjusted),
            "executed": None if money.executed is None else wan(money.executed),
            "rate": _ratio(money.rate),
            "points": points(execution.points),
            "earned": points(execution.earned),
            "formula": formula(execution, table.policy),
        },
        "rows": [_row(row, table) for row in table.rows],
        "findings": [finding_json(finding) for finding in table.findings],
        "clauses": [
            {"clause": name, "title": CLAUSES[name], **basis_json(clause)} for name, clause in table.clauses.items()
        ],
        "attached": [
            {
                "indicator": file.indicator,
                "title": file.title,
                "file": file.file,
                "sha256": file.digest,
                "state": file.state,
            }
            for file in table.attached
        ],
    }
    if table.outside:
        exported["outside"] = points(table.outside)
    if table.plain is not None and (clause := table.policy.not_applicable) is not None:
        exported["not_applicable"] = {
            "points": points(table.left_out),
            "effect": clause.effect,
            "without": points(table.plain),
            "total": points(table.total),
        }
    return exported


def _ratio(ratio: Fraction | None) -> str | None:
    return None if ratio is None else decimal(ratio, 6)


def _row(row: Row, table: TableScore) -> RowJson:
    row_json: RowJson = {
        "id": row.indicator.id,
        "category": row.indicator.category,
        "dimension": row.indicator.dimension,
        "name": row.indicator.name,
        "target": row.indicator.target,
        "actual": None if row.missing else row.actual_shown,
        "comparator": row.comparator,
        "attainment": _ratio(row.attainment),
        "met": row.met,
        "points": points(row.points),
        "earned": points(row.earned),
        "formula": formula(row, table.policy),
        "computed": row.computed,
        "evidence": list(row.result.evidence),
        "cause": row.result.cause,
        "remedy": row.result.remedy,
    }
    if row.indicator.criterion is not None:
        row_json["criterion"] = _criterion(row)
    if row.indicator.data:
        row_json["data"] = dict(row.result.data)
    if row.inapplicable or row.gained:
        row_json["not_applicable"] = {"reason": row.inapplicable, "points": points(row.written)}
    if weighed := weighed_says(row, table):
        row_json["weighed"] = weighed
    return row_json


def _criterion(row: Row) -> CriterionJson:
    from evaluator.criteria.standard import standard

    own = standard(row.indicator.criterion or "", row.indicator.reads)
    says, outside = (row.own.says, row.own.outside) if row.own else ("", Fraction(0))
    return {"text": own.text, "reads": own.reads, "says": says, "outside": half_up(outside, 2)}


def finding_json(finding: Finding) -> FindingJson:
    """One finding as plain data."""
    return {
        "rule": finding.rule.id,
        "severity": finding.severity,
        "subject": finding.subject,
        "says": finding.says,
        "remedy": finding.remedy,
        "facts": list(finding.facts),
    }


def _department(department: DepartmentScore) -> DepartmentJson:
    table: Any = department.own.table
    return {
        "own": _table(department.own),
        "mean": points(department.mean),
        "mean_grade": department.mean_grade,
        "grades": {str(grade): count for grade, count in department.grades.items()},
        "overall": [{"id": goal.id, "title": goal.title, "projects": list(goal.projects)} for goal in table.overall],
        "measures": [
            {
                "id": measure.id,
                "title": measure.title,
                "state": done.state if (done := department.measures[measure.id]) else None,
                "evidence": list(done.evidence) if done else [],
            }
            for measure in table.measures
        ],
    }
