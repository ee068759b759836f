"""The charts of a unit's year: where a picture is quicker to read than the table it is drawn from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from evaluator.figures import half_up, points, sum_of, wan
from evaluator.model import Project
from evaluator.pages import Chart, Series
from evaluator.policy import UNGRADED
from evaluator.reporting.report import short_name
from evaluator.results import Evaluation

HUNDRED = Decimal(100)


def scores(evaluation: Evaluation) -> Chart:
    """Every project's score."""
    values = (Decimal(points(table.score)) for table in evaluation.projects)
    return Chart("得分", "bars", _names(evaluation), (Series("得分", tuple(values)),), "分", HUNDRED)


def rates(evaluation: Evaluation) -> Chart:
    """Every project's execution rate."""
    values = [None if table.money.rate is None else _percent(table.money.rate) for table in evaluation.projects]
    most = HUNDRED if all(value is None or value <= HUNDRED for value in values) else None
    return Chart("预算执行率", "bars", _names(evaluation), (Series("预算执行率", tuple(values)),), "%", most)


def levels(evaluation: Evaluation) -> Chart:
    """What share of its points each level-1 indicator earned, over all projects."""
    sums: dict[str, tuple[int, int]] = {}
    for row in (row for table in evaluation.projects for row in table.all_rows):
        whole, earned = sums.get(row.indicator.category, (0, 0))
        sums[row.indicator.category] = whole + row.points, earned + row.earned
    shares = (_percent(Fraction(earned, whole)) if whole else None for whole, earned in sums.values())
    return Chart("各一级指标得分率", "bars", tuple(sums), (Series("得分率", tuple(shares)),), "%", HUNDRED)


def progress(evaluation: Evaluation) -> Chart:
    """The unit's spending plan, cumulative and in 万元, and what was spent by the end of the year."""
    planned: dict[str, Fraction] = {}
    for table in (table.table for table in evaluation.projects):
        if isinstance(table, Project):
            for moment, share in table.plan.items():
                planned[moment] = planned.get(moment, Fraction(0)) + share * table.budget.total
    executed = sum_of(table.money.executed for table in evaluation.projects)
    spent = [None] * max(len(planned) - 1, 0) + [None if executed is None else Decimal(wan(executed))]
    return Chart(
        "支出进度：计划（累计）与全年执行",
        "lines",
        tuple(planned),
        (
            Series("计划", tuple(Decimal(half_up(fen / 1_000_000, 2)) for fen in planned.values())),
            Series("实际执行", tuple(spent[: len(planned)])),
        ),
        "万元",
    )


def grades(evaluation: Evaluation) -> Chart | None:
    """How many projects have each grade; None where none of them is graded."""
    found = evaluation.graded
    if [*found] == [UNGRADED]:
        return None
    counts = [len(tables) for tables in found.values()]
    return Chart(
        "项目等级",
        "bars",
        tuple(found),
        (Series("项目数", tuple(map(Decimal, counts))),),
        "个",
        Decimal(max(*counts, 5)),
    )


def _names(evaluation: Evaluation) -> tuple[str, ...]:
    return tuple(short_name(table) for table in evaluation.projects)


def _percent(share: Fraction) -> Decimal:
    return Decimal(half_up(share * 100, 2))
