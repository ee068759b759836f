"""The charts of a unit's year: where a picture is quicker to read than the table it is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from evaluator.figures import FEN_PER_WAN, half_up, points, sum_of, wan
from evaluator.model import Project
from evaluator.pages import Chart, Series
from evaluator.policy import UNGRADED
from evaluator.reporting.report import short_name
from evaluator.results import Evaluation, TableScore

HUNDRED = Decimal(100)
SEVERAL = 2  # of this many a chart says more than a sentence
MOST = 30  # bars that are still read on one page


def scores(evaluation: Evaluation) -> Chart:
    """Every project's score; of many, the lowest."""
    tables, which = _fitting(evaluation, lambda table: table.score, "最低")
    values = (Decimal(points(table.score)) for table in tables)
    return Chart(f"得分{which}", "bars", _names(tables), (Series("得分", tuple(values)),), "分", HUNDRED)


def execution_rates(evaluation: Evaluation) -> Chart:
    """Every project's execution rate; of many, the lowest."""
    tables, which = _fitting(evaluation, lambda table: table.money.rate or 0, "最低")
    values = [None if table.money.rate is None else _percent(table.money.rate) for table in tables]
    most = HUNDRED if all(value is None or value <= HUNDRED for value in values) else None
    return Chart(f"预算执行率{which}", "bars", _names(tables), (Series("预算执行率", tuple(values)),), "%", most)


def levels(evaluation: Evaluation) -> Chart:
    """What share of its points each level-1 indicator earned, over all projects."""
    sums = _by_level(evaluation)
    shares = (_percent(Fraction(earned, whole)) if whole else None for whole, earned in sums.values())
    return Chart("各一级指标得分率", "bars", tuple(sums), (Series("得分率", tuple(shares)),), "%", HUNDRED)


def spending_progress(evaluation: Evaluation) -> Chart:
    """The unit's spending plan, cumulative and in 万元, and what was spent by the end of the year."""
    planned: dict[str, Fraction] = {}
    for table in (table.table for table in evaluation.projects):
        if isinstance(table, Project):
            for moment, share in table.plan.items():
                planned[moment] = planned.get(moment, Fraction(0)) + share * table.budget.total
    executed = _wan(sum_of(table.money.executed for table in evaluation.projects))
    spent = [None] * max(len(planned) - 1, 0) + [executed]
    series = (
        Series("计划", tuple(Decimal(half_up(fen / FEN_PER_WAN, 2)) for fen in planned.values())),
        Series("实际执行", tuple(spent[: len(planned)])),
    )
    return Chart("支出进度：计划（累计）与全年执行", "lines", tuple(planned), series, "万元")


def grades(evaluation: Evaluation) -> Chart | None:
    """How many projects have each grade; None where none of them is graded."""
    held = {grade: Decimal(len(tables)) for grade, tables in evaluation.graded.items()}
    if [*held] == [UNGRADED]:
        return None
    most = max(*held.values(), Decimal(5))
    return Chart("项目等级", "bars", tuple(held), (Series("项目数", tuple(held.values())),), "个", most)


# ---- of the report, where they say more than the sentence above them ---------------------------------------------


def budgets(evaluation: Evaluation) -> Chart | None:
    """Budget and spending side by side, where several projects can be compared; of many, the largest."""
    if sum(table.money.executed is not None for table in evaluation.projects) < SEVERAL:
        return None
    tables, which = _fitting(evaluation, lambda table: -(table.money.adjusted or 0), "预算最大")
    moneys = [table.money for table in tables]
    series = (
        Series("全年预算数", tuple(_wan(money.adjusted) for money in moneys)),
        Series("全年执行数", tuple(_wan(money.executed) for money in moneys)),
    )
    return Chart(f"预算与执行（万元）{which}", "bars", _names(tables), series, "万元")


def lost_by_level(evaluation: Evaluation) -> Chart | None:
    """Points and what was earned of them by level-1 indicator, over all projects; None where no point was lost."""
    sums = _by_level(evaluation)
    if all(whole == earned for whole, earned in sums.values()):
        return None
    series = (
        Series("分值", tuple(Decimal(points(whole)) for whole, _ in sums.values())),
        Series("得分", tuple(Decimal(points(earned)) for _, earned in sums.values())),
    )
    return Chart("各级指标的分值与得分（各项目合计）", "bars", tuple(sums), series, "分")


def grades_apart(evaluation: Evaluation) -> Chart | None:
    """How many projects have each grade, where they have not all the same."""
    held = {grade: Decimal(len(tables)) for grade, tables in evaluation.graded.items()}
    if sum(bool(count) for count in held.values()) < SEVERAL:
        return None
    return Chart("项目等级分布（个）", "bars", tuple(held), (Series("项目数", tuple(held.values())),), "个")


# ---- shared ------------------------------------------------------------------------------------------------------


def _by_level(evaluation: Evaluation) -> dict[str, tuple[int, int]]:
    """The points of each level-1 indicator over all projects, and what was earned of them."""
    sums: dict[str, tuple[int, int]] = {}
    for row in (row for table in evaluation.projects for row in table.all_rows):
        whole, earned = sums.get(row.indicator.category, (0, 0))
        sums[row.indicator.category] = whole + row.points, earned + row.earned
    return sums


def _wan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(wan(fen))


def _names(tables: Sequence[TableScore]) -> tuple[str, ...]:
    return tuple(map(short_name, tables))


def _fitting(
    evaluation: Evaluation, worth: Callable[[TableScore], Fraction | int], called: str
) -> tuple[list[TableScore], str]:
    """The projects that a chart has room for on a page, in their order, and which they are; the least by `worth` of more."""
    tables = list(evaluation.projects)
    if len(tables) <= MOST:
        return tables, ""
    places = sorted(range(len(tables)), key=lambda place: worth(tables[place]))[:MOST]
    return [tables[place] for place in sorted(places)], f"：{called}的 {MOST} 个，其余见表"


def _percent(share: Fraction) -> Decimal:
    return Decimal(half_up(share * 100, 2))
