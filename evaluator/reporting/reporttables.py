"""The tables of a self-evaluation report: what stands in their columns, and the rows that an evaluation has for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from evaluator.figures import points, wan
from evaluator.following.advice import advise
from evaluator.model import EXECUTION, Department, Project
from evaluator.pages import UNKNOWN, Grid, Look, ruled
from evaluator.reporting.report import EMPTY, rate_of, short_name, shown_wan
from evaluator.results import Evaluation, Row, TableScore

TableName = Literal[
    "projects", "overall", "achieved", "deviations", "findings", "evidence", "measures", "duties", "advice"
]
Column = tuple[str, float, Look]  # what it is called, how wide it is, how its cells look
Rows = Sequence[Sequence[str]]
SHORTFALLS: tuple[Column, ...] = (
    ("项目", 30, "text"), ("指标", 26, "text"), ("指标值", 14, "label"), ("实际完成值", 16, "label"),
    ("分值", 8, "points"), ("得分", 8, "points"),
)  # fmt: skip


def table_of(name: TableName, evaluation: Evaluation) -> Grid | None:
    """A table by its name in the outline; None where the year has nothing for it."""
    columns, rows_of = TABLES[name]
    rows = rows_of(evaluation)
    return None if rows is None else _grid(columns, rows)


def shortfalls(rows: Iterable[tuple[TableScore, Row]]) -> Grid:
    """Rows that did not reach their targets."""
    return _grid(SHORTFALLS, [
        (short_name(table), row.indicator.name, row.indicator.target, EMPTY if row.missing else row.actual_shown,
         points(row.points), points(row.earned))
        for table, row in rows
    ])  # fmt: skip


def rows_short(evaluation: Evaluation) -> list[tuple[TableScore, Row]]:
    """The rows of all tables that lost points."""
    return [(table, row) for table in evaluation.tables for row in table.all_rows if row.lost]


def _grid(columns: Sequence[Column], rows: Rows) -> Grid:
    heads, widths, looks = zip(*columns, strict=True)
    return ruled(widths, heads, rows, looks)


def _projects(evaluation: Evaluation) -> Rows:
    return [
        (
            short_name(table), wan(table.money.initial), shown_wan(table.money.adjusted), shown_wan(table.money.executed),
            rate_of(table.money), points(table.score), table.grade,
        )
        for table in evaluation.projects
    ]  # fmt: skip


def _overall(evaluation: Evaluation) -> Rows | None:
    own = evaluation.department.own.table if evaluation.department else None
    if not isinstance(own, Department):
        return None
    names = {table.code: short_name(table) for table in evaluation.projects}
    return [(goal.id, goal.title, "、".join(names.get(code, code) for code in goal.projects)) for goal in own.overall]


def _achieved(evaluation: Evaluation) -> Rows:
    return [
        (
            short_name(table), "；".join(table.table.goals) if isinstance(table.table, Project) else "",
            (table.actuals.achieved if table.actuals else "") or EMPTY,
        )
        for table in evaluation.projects
    ]  # fmt: skip


def _deviations(evaluation: Evaluation) -> Rows | None:
    return [
        (short_name(table), row.indicator.name, points(row.lost), *_explained(table, row))
        for table, row in rows_short(evaluation)
    ] or None


def _explained(table: TableScore, row: Row) -> tuple[str, str]:
    """The cause and the remedy; — where the execution rate is high enough that none is due."""
    rate = table.money.rate
    due = row.indicator.id != EXECUTION or rate is None or rate < table.policy.execution.reason_below
    return row.result.cause or (EMPTY if due else UNKNOWN), row.result.remedy or (EMPTY if due else UNKNOWN)


def _findings(evaluation: Evaluation) -> Rows | None:
    """The findings but for 提示, and for duties, which have a table of their own; a table's name stands before its first."""
    rows = []
    for table in evaluation.tables:
        reported = [
            finding for finding in table.findings if finding.severity != "提示" and "duty" not in finding.rule.when
        ]
        rows += [
            ("" if at else short_name(table), f"{finding.rule.id} {finding.severity}", finding.says, finding.remedy)
            for at, finding in enumerate(reported)
        ]
    return rows or None


def _evidence(evaluation: Evaluation) -> Rows | None:
    """What stands behind each row: as named by the unit, and as files with their digests."""
    rows = []
    for table in evaluation.tables:
        for row in table.rows:
            named = [(text, UNKNOWN) for text in row.result.evidence]
            files = [file for file in table.attached if file.indicator == row.indicator.id]
            named += [(file.title, f"{file.digest[:12]} {file.state}") for file in files]
            rows += [(short_name(table), row.indicator.name, *each) for each in named]
    return rows or None


# ---- what follows ------------------------------------------------------------------------------------------------


def _measures(evaluation: Evaluation) -> Rows | None:
    """The management measures (工作保障措施) as a checklist; None without a department."""
    department = evaluation.department
    if department is None or not isinstance(department.own.table, Department):
        return None
    rows = []
    for measure in department.own.table.measures:
        done = department.measures.get(measure.id)
        said = (done.state, "、".join(done.evidence) or UNKNOWN, done.note) if done else (EMPTY, UNKNOWN, "")
        rows.append((measure.id, measure.title, *said))
    return rows or None


def _duties(evaluation: Evaluation) -> Rows | None:
    """The duties of rectification of this year and those of last year still open; None when there are none."""
    return [
        (
            short_name(table), f"{duty.year} {duty.id}", duty.says, duty.owner or EMPTY, duty.due or EMPTY,
            duty.state + ("（逾期）" if duty.overdue else ""), "、".join(duty.evidence) or UNKNOWN,
        )
        for table in evaluation.tables
        for duty in table.duties
        if duty.open or duty.year == evaluation.year
    ] or None  # fmt: skip


def _advice(evaluation: Evaluation) -> Rows | None:
    """Advice for the next budget by the policy's clause, with its reasons and how each is known."""
    return [
        (
            advice.name, advice.grade, advice.advice, advice.says, "；".join(advice.reasons),
            advice.source + (f"。{advice.note}" if advice.note else ""),
        )
        for advice in advise(evaluation)
    ] or None  # fmt: skip


TABLES: dict[TableName, tuple[tuple[Column, ...], Callable[[Evaluation], Rows | None]]] = {
    "projects": ((
        ("项目", 34, "text"), ("年初预算数", 13, "money"), ("全年预算数", 13, "money"), ("全年执行数", 13, "money"),
        ("执行率", 11, "rate"), ("得分", 9, "points"), ("等级", 7, "label"),
    ), _projects),
    "overall": ((("编号", 12, "label"), ("总体目标", 48, "text"), ("支撑项目", 40, "text")), _overall),
    "achieved": ((("项目", 26, "text"), ("预期目标", 37, "text"), ("实际完成情况", 37, "text")), _achieved),
    "deviations": ((
        ("项目", 22, "text"), ("指标", 20, "text"), ("扣分", 8, "points"), ("偏差原因", 25, "text"), ("改进措施", 25, "text"),
    ), _deviations),
    "findings": ((
        ("项目", 22, "text"), ("编号", 12, "label"), ("自评发现的问题", 36, "text"), ("处理", 30, "text"),
    ), _findings),
    "evidence": ((
        ("项目", 27, "text"), ("指标", 25, "text"), ("佐证材料", 32, "text"), ("文件摘要和现状", 16, "label"),
    ), _evidence),
    "measures": ((
        ("编号", 10, "label"), ("措施", 26, "text"), ("落实程度", 12, "label"), ("佐证材料", 28, "text"), ("说明", 24, "text"),
    ), _measures),
    "duties": ((
        ("项目", 16, "text"), ("年度和编号", 12, "label"), ("问题", 28, "text"), ("责任人", 10, "label"),
        ("完成时限", 11, "label"), ("状态", 10, "label"), ("整改佐证", 13, "text"),
    ), _duties),
    "advice": ((
        ("项目", 20, "text"), ("等级", 7, "label"), ("建议", 8, "label"), ("依据的条款", 21, "text"), ("理由", 26, "text"),
        ("文件", 18, "text"),
    ), _advice),
}  # fmt: skip
