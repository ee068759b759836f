"""A unit's year as a summary: its projects side by side, every string as it will be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluator.errors import SEVERITIES
from evaluator.figures import points, sum_of, wan
from evaluator.model import Department
from evaluator.printed import UNKNOWN, FindingLine, GoalLine, MeasureLine, ProjectLine, Summary
from evaluator.reporting.report import (
    EMPTY,
    clause_lines,
    counts_of,
    finding_lines,
    rate_of,
    short_name,
    shown_wan,
    stamp_of,
)
from evaluator.results import DepartmentScore, Evaluation, Money, TableScore, graded


def summary(evaluation: Evaluation, revision: int = 1) -> Summary:
    """The unit's projects together, with the department's goals and measures where it has them."""
    department, tables = evaluation.department, evaluation.tables
    findings = tuple(finding_lines(tables))
    blocking = tuple(line for line in findings if line.severity == "错误")
    own = department.own.table if department else None
    assert own is None or isinstance(own, Department)
    by_code = {table.code: table for table in evaluation.projects}
    return Summary(
        title=f"{evaluation.unit}绩效自评汇总表",
        year=str(evaluation.year),
        unit=evaluation.unit,
        code=evaluation.unit_code,
        severities=SEVERITIES,
        projects=tuple(_project_line(table) for table in evaluation.projects),
        total=_total_line(evaluation, department),
        own=_project_line(department.own) if department else None,
        grades=tuple((grade, str(len(held))) for grade, held in evaluation.graded.items()),
        headlines=tuple(_headlines(evaluation, blocking)),
        goal=own.goal if own else "",
        goals=tuple(
            GoalLine(goal.id, goal.title, tuple(_serves(by_code, code) for code in goal.projects))
            for goal in (own.overall if own else ())
        ),
        measures=tuple(_measures(department)),
        findings=tuple(findings),
        clauses=clause_lines(tables),
        stamp=stamp_of(evaluation, revision),
    )


def _project_line(table: TableScore) -> ProjectLine:
    money = table.money
    return ProjectLine(
        table.code, short_name(table), wan(money.initial), shown_wan(money.adjusted), shown_wan(money.executed), rate_of(money),
        points(table.score), table.grade, counts_of(table.findings),
    )  # fmt: skip


def _total_line(evaluation: Evaluation, department: DepartmentScore | None) -> ProjectLine:
    moneys = [table.money for table in evaluation.projects]
    adjusted, executed = sum_of(money.adjusted for money in moneys), sum_of(money.executed for money in moneys)
    money = Money(sum(money.initial for money in moneys), adjusted, executed)
    return ProjectLine(
        "", "合计（得分按全年预算数加权平均）", wan(money.initial), shown_wan(adjusted), shown_wan(executed), rate_of(money),
        points(department.mean) if department else UNKNOWN, department.mean_grade if department else UNKNOWN,
        counts_of(finding for table in evaluation.projects for finding in table.findings),
    )  # fmt: skip


def _headlines(evaluation: Evaluation, blocking: Sequence[FindingLine]) -> Iterator[str]:
    if department := evaluation.department:
        count = len(evaluation.projects)
        yield f"{count} 个项目按全年预算数加权平均 {points(department.mean)} 分，{graded(department.mean_grade)}"
        yield f"部门整体支出绩效自评 {points(department.own.score)} 分，{graded(department.own.grade)}"
    if blocking:
        yield f"{len({line.table for line in blocking})} 张自评表有错误级问题，更正后才能报送"
    else:
        yield "没有错误级问题，可以报送"


def _serves(by_code: dict[str, TableScore], code: str) -> str:
    table = by_code.get(code)
    return f"{table.name}　{points(table.score)} {table.grade}" if table else f"{code}　{UNKNOWN}"


def _measures(department: DepartmentScore | None) -> Iterator[MeasureLine]:
    own = department.own.table if department else None
    if department is None or not isinstance(own, Department):
        return
    for measure in own.measures:
        done = department.measures.get(measure.id)
        evidence = "、".join(done.evidence) if done else ""
        noted = f"{evidence}（{done.note}）" if done and done.note else evidence
        yield MeasureLine(measure.id, measure.title, measure.text, done.state if done else EMPTY, noted or UNKNOWN)
