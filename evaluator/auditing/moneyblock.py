"""Defects of the money block and the points of a filled table, told only when they are certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from math import ceil

from evaluator.auditing.defect import Defect
from evaluator.auditing.judgement import Judged
from evaluator.auditing.naming import level
from evaluator.auditing.recomputed import HALF, number, plain
from evaluator.auditing.spent import amount, amount_for_rate, printed_rate, spent
from evaluator.factsheets.magnitudes import FAR, UNKNOWN, money_sizes
from evaluator.figures import decimal, half_up, percent
from evaluator.intake.filled.formdata import GROUPS, FilledTable
from evaluator.policy import Policy, same_grade

COLUMNS = {"initial": "年初预算数", "full_year": "全年预算数", "executed": "全年执行数"}
PARTS = {
    "fiscal_row": "财政拨款", "local_row": "地方资金", "carried_row": "上年结转资金", "special_row": "财政专户管理资金", "own_row": "单位资金", "other_row": "其他资金",
}  # fmt: skip
_ADJUSTED = 10  # 特殊情况可适当调整: so many points more or less are no remark (本工具的做法)


# ---- money -------------------------------------------------------------------------------------------------------


def money_defects(table: FilledTable, execution: Judged) -> Iterator[Defect]:
    """What is wrong with the amounts, the rate and the parts of the funds."""
    if amount_for_rate(table):
        yield Defect(
            "rate-is-amount", "预算执行率", f"执行率一栏是金额“{table.execution.rate if table.execution else ''}”"
        )
    else:
        yield from _rate(table, execution)
    yield from _budget(table)
    yield from _parts(table)
    yield from _amounts(table)
    yield from _sums(table)


def _rate(table: FilledTable, execution: Judged) -> Iterator[Defect]:
    """A printed rate that is not that of the amounts."""
    text = table.execution.rate if table.execution else None
    money, said = spent(table) or spent(table, budget="initial"), printed_rate(text)
    fiscal = spent(table, "fiscal_row")
    if money is None or said is None or not Fraction(1, 1000) < money.rate < 2:
        return
    says = f"印作 {text}，应为 {percent(money.rate)}（{decimal(money.executed)} ÷ {decimal(money.full_year)}）"
    if said.near(money.rate) or said.between(money.low, money.high):
        cut = said.places == 0 and not said.bare and Fraction(half_up(money.rate * 100, 2)) != said.rate * 100
        if cut and (execution.verdict.verdict != "agree" or said.rate == 1 > money.rate):
            yield Defect("execution-rounded", "预算执行率", f"执行率取整：{says}")
    elif fiscal and (said.near(fiscal.rate) or said.between(fiscal.low, fiscal.high)):
        return  # the rate of the budget's own money
    elif Fraction(ceil(money.rate * 100 * 10**said.places), 10**said.places) == said.rate * 100:
        yield Defect("execution-rounded-up", "预算执行率", f"执行率向上取整：{says}")
    else:
        yield Defect("execution-rate", "预算执行率", f"执行率与金额不符：{says}")


def _budget(table: FilledTable) -> Iterator[Defect]:
    """Budgets that are missing, passed, or cut to what was spent."""
    funding = table.funding
    read = {name: amount(getattr(funding, name, None)) for name in COLUMNS}
    initial, full, done = (one[0] if one else None for one in read.values())
    shown = [one[0] for one in read.values() if one]
    fiscal = [amount(getattr(funding.fiscal_row, name, None)) for name in COLUMNS] if funding else []
    if shown and not any(shown) and any(one and one[0] for one in fiscal):
        yield Defect("total-row-zero", "年度资金总额", "合计行为零而财政拨款不为零")
    elif full == 0 and done:
        yield Defect("spent-without-budget", "全年预算数", f"预算为零而有支出 {decimal(done)}")
    money = spent(table)
    if money and 1 < money.rate < FAR:
        says = f"执行数超过预算数：{decimal(money.executed)} ÷ {decimal(money.full_year)} = {percent(money.rate)}"
        yield Defect("spent-above-budget", "全年执行数", says)
    if initial is not None and full is not None and full == done and 0 < full < initial:
        says = f"全年预算数由 {decimal(initial)} 调减为 {decimal(full)}，正好等于全年执行数"
        yield Defect("budget-cut-to-spending", "全年预算数", says)


def _parts(table: FilledTable) -> Iterator[Defect]:
    """A part of the funds that is more than their total."""
    funding = table.funding
    for part, called in PARTS.items():
        row = getattr(funding, part, None)
        for name, title in COLUMNS.items():
            mine, whole = amount(getattr(row, name, None)), amount(getattr(funding, name, None))
            if (
                mine
                and whole
                and mine[1] == whole[1]
                and whole[0] > 0
                and mine[0] - whole[0] > _slack(mine[2], whole[2])
            ):
                says = f"{called}大于合计：{title} {decimal(mine[0])}，合计 {decimal(whole[0])}"
                yield Defect("part-above-total", title, says)


def _slack(*places: int) -> Fraction:
    return sum((HALF / 10**one for one in places if one), Fraction(0))


def _sums(table: FilledTable) -> Iterator[Defect]:
    """Funds that are not their total together; certain only where all three of the usual ones are printed with an amount."""
    funding = table.funding
    if funding is None:
        return
    usual, more = (funding.fiscal_row, funding.carried_row, funding.other_row), (funding.special_row, funding.own_row)
    for name, title in COLUMNS.items():
        whole, *parts = (amount(getattr(row, name, None)) for row in (funding, *usual))
        beside = [one for row in more if (one := amount(getattr(row, name, None)))]
        known = [one for one in (whole, *parts, *beside) if one]
        if whole is None or None in parts or len({unit for _, unit, _ in known}) > 1:
            continue
        slack = sum(HALF / 10**places for _, _, places in known)
        three = sum((one[0] for one in parts if one), Fraction(0))
        sums = {three, sum((one[0] for one in beside), three)}  # 其他资金 may hold the others
        if all(abs(whole[0] - one) > slack for one in sums):
            says = f"{title}印作 {decimal(whole[0])}，各项资金相加是 {decimal(max(sums))}"
            yield Defect("funds-sum", title, says)


def _amounts(table: FilledTable) -> Iterator[Defect]:
    """Amounts of one table a thousandfold apart: 元 in one cell and 万元 in another."""
    read = [amount(getattr(table.funding, name, None)) for name in COLUMNS]
    if read[0] is None or len({one[1] for one in read if one}) > 1:
        return
    initial, *year = (UNKNOWN if one is None else int(one[0] * 1_000_000) for one in read)
    large, small, _ = money_sizes(initial, *year)
    for name, figure_, size in zip(("全年预算数", "全年执行数"), read[1:], year, strict=True):
        if figure_ and size > 0 and (size // FAR >= initial if large else small):
            more, less = (name, "年初预算数") if large else ("年初预算数", name)
            times = decimal(Fraction(max(size, initial), min(size, initial)), 2)
            says = f"年初预算数 {decimal(read[0][0])}，{name} {decimal(figure_[0])}，{more}是{less}的 {times} 倍，疑有一处单位不对（如元写在万元的格里）"
            yield Defect("amounts-apart", name, says)


# ---- points, levels, total, grade --------------------------------------------------------------------------------


def sum_defects(table: FilledTable, total: Judged, policies: Sequence[Policy], policy: Policy) -> Iterator[Defect]:
    """Totals, points, points of levels and the grade that do not go together."""
    verdict = total.verdict
    if verdict.verdict == "differ":
        over = "列出的各行合计已超过总分" in verdict.reason
        if over:
            yield Defect("sum-above-total", "总分", f"总分印作 {verdict.printed}，各行合计已超过总分：{verdict.reason}")
        else:
            yield Defect("sum", "总分", f"总分印作 {verdict.printed}，各行合计 {verdict.computed}：{verdict.reason}")
        if total.coarse:
            yield Defect("rounded", "总分", f"总分 {verdict.printed} 是{total.coarse}得来的（取整）")
    yield from _points(table, policy)
    yield from _grade(table, policies)


def _points(table: FilledTable, policy: Policy) -> Iterator[Defect]:
    """Points that do not make a hundred, and levels whose points are not those of their heading or of the policy."""
    own = [number(row.points) for row in table.indicators if row.points is not None]
    spending = number(table.execution.points) if table.execution else None
    if own and None not in own:
        rows = sum((points for points in own if points is not None), Fraction(0))
        both = rows + (spending or 0)
        unknown = any(row.points is None and "points" not in row.merged for row in table.indicators)
        whole = not unknown and spending is not None and table.rows_complete is not False
        if both != 100 and (whole or both > 100):
            yield Defect("points-sum", "分值", f"分值合计 {decimal(both)}，不是 100")
        elif whole and both == 100:
            yield from _allocation(table, policy)
    yield from _headings(table)


def _headings(table: FilledTable) -> Iterator[Defect]:
    """A heading that prints other points than its rows have together."""
    rows = table.indicators
    if table.rows_complete is False:
        return
    for name in GROUPS:
        for title, run in groupby(rows, key=lambda row: getattr(row, name)):
            members = list(run)
            told = {getattr(row, f"{name}_points") for row in members} - {None}
            worth = number(told.pop()) if len(told) == 1 else None
            own = [number(row.points) for row in members if row.points is not None]
            bare = [row for row in members if row.points is None and "points" not in row.merged]
            if title is None or worth is None or not own or None in own or bare:
                continue
            total = sum((points for points in own if points is not None), Fraction(0))
            if total != worth:
                says = f"“{title}”印作 {decimal(worth)} 分，其下各行分值合计 {decimal(total)}"
                yield Defect("level-points", str(title), says)


def _allocation(table: FilledTable, policy: Policy) -> Iterator[Defect]:
    """Levels whose points are far from the policy's, those of a level that the table does not have given to the others."""
    sums: dict[str, Fraction] = {}
    for row in table.indicators:
        sums[level(row.level1)] = sums.get(level(row.level1), Fraction(0)) + (number(row.points) or 0)
    portions = [
        ({level(name) for name in portion.categories}, Fraction(portion.points, 100))
        for portion in policy.allocation.portions
        if any(level(name) for name in portion.categories)
    ]
    if "" in sums or not sums.keys() <= set().union(*(names for names, _ in portions)):
        return
    spare = sum((points for names, points in portions if not names & sums.keys()), Fraction(0))
    spending = number(table.execution.points) if table.execution else None
    if spending is None or spending * 100 != policy.allocation.execution:
        return
    found = []
    for names, points in portions:
        given = sum((sums.get(name, Fraction(0)) for name in names), Fraction(0))
        if given and not points - _ADJUSTED <= given <= points + spare + _ADJUSTED:
            found.append(f"{'、'.join(sorted(names & sums.keys()))} {decimal(given)}（{decimal(points)}）")
    if found:
        says = f"一级指标分值不合{policy.title}：{'，'.join(found)}；括号内是该办法的分值，须说明调整的理由"
        yield Defect("level-points", "一级指标分值", says)


def _grade(table: FilledTable, policies: Sequence[Policy]) -> Iterator[Defect]:
    """A printed grade that no policy gives to the printed total."""
    total, grade = number(table.total_score), plain(table.grade or "").strip()
    graded = [policy for policy in policies if policy.grades.bands]
    words = {band.grade for policy in graded for band in policy.grades.bands}
    if total is None or not 0 <= total <= 100 or not any(same_grade(word, grade) for word in words):
        return
    given = {policy.grades.of(int(total * 100)) for policy in graded}
    if not any(same_grade(word, grade) for word in given):
        says = f"等级与总分不符：总分 {decimal(total)}，印作“{grade}”，应为“{'”或“'.join(sorted(given))}”"
        yield Defect("grade-apart", "等级", says)
