"""What is not filled in of a year's results, told once a project: nothing at all, or which cells of it."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.emptywords import aside, says_nothing, unsaid
from evaluator.errors import Problem
from evaluator.factsheets.factsheet import filled
from evaluator.model import Project
from evaluator.results import Evaluation, TableScore

SHOWN = 6  # cells named in a sentence
HOW = "用 ziping template 写出填报表，填好放进 actuals/；已经填了的，核对项目编码和年度"


def not_filled(evaluation: Evaluation) -> Iterator[Problem]:
    """A problem for each project, and the department, that has no results (F119) or only some of them (F104).

    Where no table of the unit has any, the year has not begun to be filled in, which is no error.
    """
    begun = any(filled(table) for table in evaluation.tables)
    for table in evaluation.tables:
        called = f"项目 {table.name} " if isinstance(table.table, Project) else table.name
        if not filled(table):
            says = f"{called}没有完成情况：{evaluation.year} 年应填的一项也没有填"
            yield Problem("F119", says, table.table.where, severity="错误" if begun else "提示", remedy=HOW)
        elif cells := list(_blank(table)):
            more = "等" if len(cells) > SHOWN else ""
            says = f"{called}有 {len(cells)} 处没有填：{'、'.join(cells[:SHOWN])}{more}"
            where = table.actuals.where if table.actuals else None
            yield Problem("F104", says, where or table.table.where, remedy="补填；确未开展的，填写实际情况并说明原因")


def _blank(table: TableScore) -> Iterator[str]:
    """The cells of a table that wait for something."""
    amounts = {"全年预算数": table.money.adjusted, "全年执行数": table.money.executed}
    yield from (name for name, fen in amounts.items() if fen is None and isinstance(table.table, Project))
    achieved = table.actuals.achieved if table.actuals else ""
    if says_nothing(achieved):
        yield "年度总体目标实际完成情况" + aside(unsaid("完成情况", achieved))
    yield from (
        f"{row.indicator.id}“{row.indicator.name}”"
        for row in table.rows
        if row.missing and row.indicator.formula is None
    )
