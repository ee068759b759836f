"""The execution score of a filled table: its points × the rate, by the readings of its amounts."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from evaluator.auditing.judgement import Judged, judged
from evaluator.auditing.meanings import RowReading
from evaluator.auditing.recomputed import Verdict, coarser, figure, is_blank, number
from evaluator.auditing.spent import PrintedRate, Spent, amount, amount_for_rate, printed_rate, rate_says, spent
from evaluator.figures import decimal, percent
from evaluator.intake.filled.formdata import FilledTable
from evaluator.policy import Policy


def judge_execution(table: FilledTable, policy: Policy) -> Judged:
    """The execution score; where the form gives none, the printed rate beside its amounts."""
    row = table.execution
    printed, points = (figure(row.score), number(row.points)) if row else (None, None)
    if row is None or (is_blank(row.score) and is_blank(row.points)):
        return Judged(_rate_alone(table))
    if printed is None:
        why = "预算执行没有得分" if is_blank(row.score) else f"预算执行的得分“{row.score}”不是一个数"
        return Judged(Verdict("undecidable", None, None, why, ("得分漏填", "预算执行不计分")))
    if Fraction(printed) < 0:
        return Judged(Verdict("differ", printed, None, "得分为负"))
    if points == 0 and Fraction(printed) == 0:
        return Judged(Verdict("agree", printed, printed, "预算执行的分值是 0，不计分"))
    if points is None or points <= 0:
        ways = (f"分值是 {printed}，得了满分", f"分值高于 {printed}，扣了分")
        return Judged(Verdict("undecidable", printed, None, "预算执行没有可读的分值", ways))
    return judged(list(_readings(table, points, printed, policy)), printed, row.points, policy)


def _rate_alone(table: FilledTable) -> Verdict:
    """A form that does not score its spending: whether the printed rate is that of the amounts."""
    text = table.execution.rate if table.execution else None
    money, said = spent(table) or spent(table, budget="initial"), printed_rate(text)
    if money is None or said is None:
        return Verdict(
            "undecidable", None, None, "没有预算执行的得分", ("表上不对预算执行计分", "计了分而没有印出或读出")
        )
    says = f"不计分；执行率 {rate_says(money)[1:-1]}"
    if said.near(money.rate) or said.between(money.low, money.high):
        return Verdict("agree", None, None, says)
    listed = (f"金额无误，执行率应为 {percent(money.rate)}", f"执行率无误，为 {text}，金额有误")
    return Verdict("undecidable", None, None, f"{says}，印作 {text}", listed)


def _readings(table: FilledTable, points: Fraction, printed: str, policy: Policy) -> Iterator[RowReading]:
    money, said = spent(table), printed_rate(table.execution.rate if table.execution else None)
    if _nothing(table):
        yield from _without_budget(table, points, policy)
    elif money is not None:
        yield from _by_amounts(table, money, said, points, printed, policy)
    else:
        blank_budget = table.funding is not None and is_blank(table.funding.full_year)
        first = spent(table, budget="initial") if blank_budget else None
        if first is not None:
            yield _at(first.rate, points, policy, f"没有全年预算数，按年初预算数：{rate_says(first)}")
        if said is not None and (first is None or not said.near(first.rate)):
            yield _at(said.rate, points, policy, f"按印出的执行率 {percent(said.rate)}", sure=first is None)
        if first is None and said is None:
            why = "执行率一栏是金额" if amount_for_rate(table) else "缺全年预算数、全年执行数或执行率"
            yield RowReading(f"{why}；全部支出", points, points, False)
            yield RowReading(f"{why}；没有全部支出", Fraction(0), points, False, True)


def _by_amounts(
    table: FilledTable, money: Spent, said: PrintedRate | None, points: Fraction, printed: str, policy: Policy
) -> Iterator[RowReading]:
    exact = _share(money.rate, points, policy)
    fit = Fraction(1, 1000) < money.rate < 2 or money.executed == 0
    yield _at(money.rate, points, policy, rate_says(money), sure=fit)
    if not fit:
        yield RowReading("金额的单位不一致", Fraction(0), points, False)
    fiscal = spent(table, "fiscal_row")
    if fiscal and fiscal.rate != money.rate:
        yield _at(fiscal.rate, points, policy, f"按财政拨款：{rate_says(fiscal)}", sure=False)
    if not coarser(exact, printed) and exact != points:
        ends = sorted((_share(money.low, points, policy), _share(money.high, points, policy)))
        yield RowReading("金额是四舍五入后印出的", ends[0], ends[1], sure=False, exact=True)


def _without_budget(table: FilledTable, points: Fraction, policy: Policy) -> Iterator[RowReading]:
    """No budget on the total row: what the fiscal row says, or nothing."""
    fiscal = spent(table, "fiscal_row")
    if fiscal:
        yield _at(fiscal.rate, points, policy, f"合计行漏填，按财政拨款：{rate_says(fiscal)}", sure=False)
    else:
        yield RowReading("预算数漏填，支出等于预算", points, points, False)
    yield RowReading("没有预算，算不出执行率，不得分", Fraction(0), Fraction(0), False)


def _nothing(table: FilledTable) -> bool:
    """Whether the budget is printed as 0."""
    full = amount(table.funding.full_year) if table.funding else None
    return full is not None and full[0] == 0


def _at(rate: Fraction, points: Fraction, policy: Policy, how: str, *, sure: bool = True) -> RowReading:
    exact = _share(rate, points, policy)
    says = f"{decimal(points, 2)} × {how} = {decimal(exact, 4)}" + ("，不超过分值" if rate > 1 else "")
    return RowReading(says, exact, exact, sure)


def _share(rate: Fraction, points: Fraction, policy: Policy) -> Fraction:
    return points * min(policy.execution.share_at(rate), Fraction(1))
