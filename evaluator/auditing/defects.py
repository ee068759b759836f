"""What else is wrong in a filled table, told only when it is certain; each kind of defect has a stable code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from evaluator.auditing.judgement import Judged
from evaluator.auditing.recomputed import HALF, Verdict, blank, figure, number, plain, rounded
from evaluator.auditing.spent import amount, printed_rate, spent
from evaluator.auditing.together import groups
from evaluator.emptywords import says_nothing
from evaluator.factsheets.magnitudes import FAR, UNKNOWN, Size, money_sizes, size_of
from evaluator.figures import decimal, percent
from evaluator.intake.forms import FilledRow, FilledTable
from evaluator.policy import Policy
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.units import UNIT_PATTERN

_EMPTY = re.compile(rf"[≥≤<>=]\s*(?:{UNIT_PATTERN})?|[≥≤<>=]?\s*[xX×*_]{{2,}}\s*%?")  # a form not filled in


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: its code, what it is about (an indicator, or a part of the table) and what is wrong."""

    code: str
    subject: str
    says: str


def defects(table: FilledTable, rows: Sequence[Judged], total: Verdict, policy: Policy) -> Iterator[Defect]:
    """Every certain defect of a table, its sums and money first, then row by row."""
    cells = table.indicators
    if cells and all(blank(row.actual) and blank(row.score) for row in cells) and not _dim(table):
        yield Defect("unfilled-template", "整张表", "各行都没有实际完成值和得分")
    if total.verdict == "differ":
        yield Defect("sum", "总分", f"总分印作 {total.printed}，应为 {total.computed}：{total.reason}")
    yield from _points(table)
    yield from _money(table)
    yield from _funds(table)
    joined = {index for group in groups(cells) if len(group) > 1 for index in group}
    written = any(not blank(row.actual) for row in cells) and not _dim(table)
    for index, (row, judged) in enumerate(zip(cells, rows, strict=True)):
        yield from _row(row, judged, table, policy, index in joined, written)


def _points(table: FilledTable) -> Iterator[Defect]:
    """Points that do not make a hundred; certain only when every row and the execution show theirs."""
    texts = [row.points for row in table.indicators if row.points is not None]
    execution = table.execution.points if table.execution else None
    own, spending = [number(text) for text in texts], number(execution)
    unknown = [row for row in table.indicators if row.points is None and "points" not in row.merged]
    if not own or None in own or unknown or spending is None or table.rows_complete is False:
        return
    rows = sum((points for points in own if points is not None), Fraction(0))
    if 100 not in (rows, rows + spending):
        yield Defect("points-sum", "分值", f"分值合计 {decimal(rows + spending)}，不是 100")


def _money(table: FilledTable) -> Iterator[Defect]:
    money, said = spent(table), printed_rate(table.execution.rate if table.execution else None)
    fiscal = spent(table, "fiscal_row")
    if fiscal and said and (said.near(fiscal.rate) or said.between(fiscal.low, fiscal.high)):
        said = None  # the rate of the budget's own money
    if money and said and not said.near(money.rate) and not said.between(money.low, money.high):
        scale = 10**said.places
        up = Fraction(ceil(money.rate * 100 * scale), scale) == said.rate * 100
        code, how = ("execution-rounded-up", "，是向上取的整") if up else ("execution-rate", "")
        if up or (Fraction(1, 1000) < money.rate < 2 and min(money.rate, 1) != said.rate):
            says = f"执行率印作 {table.execution.rate if table.execution else ''}，应为 {percent(money.rate)}"
            yield Defect(code, "预算执行率", f"{says}（{decimal(money.executed)} ÷ {decimal(money.full_year)}）{how}")
    yield from _amounts(table)
    funding = table.funding
    initial, full, done = (number(getattr(funding, name, None)) for name in ("initial", "full_year", "executed"))
    if initial is not None and full is not None and full == done and 0 < full < initial:
        says = f"全年预算数由 {decimal(initial)} 调减为 {decimal(full)}，正好等于全年执行数"
        yield Defect("budget-cut-to-spending", "全年预算数", says)


def _funds(table: FilledTable) -> Iterator[Defect]:
    """Funds that are not their total together; certain only where all three of the usual ones are printed with an amount."""
    funding = table.funding
    if funding is None:
        return
    usual, more = (funding.fiscal_row, funding.carried_row, funding.other_row), (funding.special_row, funding.own_row)
    for name, title in {"initial": "年初预算数", "full_year": "全年预算数", "executed": "全年执行数"}.items():
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
    read = [amount(getattr(table.funding, name, None)) for name in ("initial", "full_year", "executed")]
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


def _apart(row: FilledRow, judged: Judged, table: FilledTable) -> Size | None:
    """How the actual of a row is a thousandfold apart from its target, where the verdict has not said so."""
    if judged.reached is None or row.target is None or row.actual is None or judged.verdict.verdict == "undecidable":
        return None
    try:
        return size_of(read_target(row.target), row.actual, table.year)
    except Unreadable:
        return None


def _row(
    row: FilledRow, judged: Judged, table: FilledTable, policy: Policy, joined: bool, written: bool
) -> Iterator[Defect]:
    called = (row.level3 or row.level2 or row.target or "（未写名称）").strip()
    score, points = number(row.score), number(row.points)
    if row.target and _EMPTY.fullmatch(plain(row.target)):
        yield Defect("unfilled-template", called, f"指标值“{row.target}”是没有填写的空表样")
    if judged.reversed:
        yield Defect("reversed-sign", called, judged.verdict.reason)
    reached, reason = judged.reached, policy.over_fulfilment.reason_from
    over = (
        reached and reached.pair.comparator in ("≥", ">") and reached.pair.target > 0 and reached.attainment >= reason
    )
    told = not _silent(row.deviation_note) or _explained(table) or _dim(table)
    size = _apart(row, judged, table)
    if size and (size.unit or not told):
        yield Defect("value-apart", called, f"指标值“{row.target}”，实际完成值“{row.actual}”，{size.told}")
    elif over and reached and not told:
        says = f"实际完成值“{row.actual}”是指标值“{row.target}”的 {percent(reached.attainment)}，没有说明原因"
        yield Defect("over-fulfilment-without-comment", called, says)
    if joined or score is None or points is None or points <= 0:
        return
    if score > points and not rounded(points, figure(row.score) or ""):
        yield Defect("score-above-points", called, f"得分 {row.score} 高于分值 {row.points}")
    if written and score == points and row.target and blank(row.actual):
        yield Defect("empty-actual-full-score", called, f"没有实际完成值，却得满分 {row.score}")
    if score < points and not told:
        yield Defect("missing-cause", called, f"得分 {row.score} 低于分值 {row.points}，没有写偏差原因和改进措施")


def _silent(text: str | None) -> bool:
    return text is None or says_nothing(text)


def _dim(table: FilledTable) -> bool:
    """Whether a table was put together from running text, where what is missing may just not have been found."""
    return table.transcription == "run-text"


def _explained(table: FilledTable) -> bool:
    """Whether causes or measures stand elsewhere on the table."""
    return not all(_silent(text) for text in (table.problems, table.measures, table.note))
