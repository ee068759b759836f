"""Targets beside results, in one unit: what scoring needs of every row, or every reason why a result cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluator.comparators import AT_LEAST, COMPARATORS
from evaluator.criteria.faulty import Refusal
from evaluator.documents.faults import choose
from evaluator.errors import ActualsProblems, Problem, nearest
from evaluator.figures import FEN_PER_WAN, decimal, percent
from evaluator.model import (
    EXECUTION,
    FUNDS,
    PARTS,
    Actuals,
    Department,
    Indicator,
    Project,
    Result,
    Spending,
    Table,
    code_of,
)
from evaluator.policies.allocation import allocate
from evaluator.policy import Policy
from evaluator.quantities.dataitems import read_items, value_of
from evaluator.quantities.formula import MONEY, FormulaError, compute
from evaluator.quantities.given import stated
from evaluator.quantities.quantity import (
    NeedsState,
    Pair,
    Quantity,
    Target,
    Unreadable,
    beside,
    set_beside,
)
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS
from evaluator.results import Money
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.scoring import Case, rounded

if TYPE_CHECKING:
    from evaluator.criteria.earning import Earned
    from evaluator.criteria.situation import Situation

QUALITATIVE = ("定性", "期限", "是否", "复合", "分档")  # kinds of target that may be judged by a stated share
BINARY = ("期限", "是否")
SPENDING = Indicator.model_construct(
    id=EXECUTION, category=EXECUTION, dimension=EXECUTION, name=EXECUTION, description="全年执行数 ÷ 全年预算数",
    target="全年预算数", sign=AT_LEAST, points=0, formula=None, basis="", line=None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One row as read: the rule, the result, and both numbers in one unit (actual None when missing)."""

    indicator: Indicator
    result: Result
    pair: Pair
    missing: bool
    computed: bool
    scale: str
    points: int
    own: Earned | None = None  # what the row's own criterion gives

    def case(self, table: int, policy: Policy) -> Case:
        """The row as scoring takes it."""
        pair = self.pair
        high = pair.target if pair.high is None else pair.high
        actual = None if self.missing else pair.actual
        own = self.own.points * 100 if self.own is not None and self.own.points is not None else None
        word = policy.counted(pair.comparator)
        return Case(table, word, actual, pair.target, high, self.points, policy, self.scale, own)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table with its policy, money and readings (the execution row first)."""

    table: Table
    policy: Policy
    actuals: Actuals | None
    money: Money
    readings: tuple[Reading, ...]

    @property
    def outside(self) -> int:
        """Points that criteria add (above 0) or take outside their rows, in hundredths."""
        return sum(rounded(one.own.outside * 100, self.policy) for one in self.readings if one.own is not None)

    @property
    def effects(self) -> frozenset[str]:
        """What criteria do to the grade or the total of the whole."""
        return frozenset(effect for one in self.readings if one.own is not None for effect in one.own.effects)


def tables_of(rulebook: Rulebook, year: int | None, unit: str | None) -> list[Table]:
    """One unit's goal tables of one year, projects in the order of their source; the latest year and the only unit
    when not named. Raises UsageProblem (U204) naming what there is."""
    tables = rulebook.tables
    chosen = choose(((table.year, table.unit.code) for table in tables), year, unit)
    mine = [table for table in tables if (table.year, table.unit.code) == chosen]
    return sorted(mine, key=lambda table: (isinstance(table, Department), table.source.line or 0, code_of(table)))


def prepare(
    rulebook: Rulebook, tables: Sequence[Table], actuals: Mapping[tuple[int, str], Actuals], policy: str | None
) -> list[Prepared]:
    """Read every result under its target; raises ActualsProblems with all that cannot be read."""
    problems: list[Problem] = []
    prepared = []
    projects = [table for table in tables if isinstance(table, Project)]
    moneys = [money for one in projects if (money := _money(one, actuals.get((one.year, one.code))))]
    for table in tables:
        own, chosen = rulebook.policy_for(table), rulebook.policy_for(table, policy)
        given = actuals.get((table.year, code_of(table)))
        money = _money(table, given) or _sum(moneys)
        rows = indicators_of(table)
        points = [row.points for row in rows]
        if chosen.allocation.portions != own.allocation.portions:
            points = allocate(rows, chosen.allocation)
        problems += _strangers(given, rows)
        problems += _misplaced(table, given.spending) if given else []
        readings = [_spending(money, chosen, given)]
        for row, worth in zip(rows, points, strict=True):
            result = given.results.get(row.id, Result()) if given else Result()
            try:
                readings.append(read_row(row, result, worth, money, chosen, table.year))
            except Unreadable as error:
                says = f"{code_of(table)} {row.id}“{row.name}”：{error.reason}"
                options = error.allowed or "、".join(error.choices)
                problems.append(Problem(error.code, says, result.where, options))
        prepared.append(Prepared(table, chosen, given, money, tuple(readings)))
    if problems:
        raise ActualsProblems(problems)
    return prepared


def _money(table: Table, given: Actuals | None) -> Money | None:
    """A table's own money; None for a department without a budget of its own."""
    spending = given.spending if given else Spending()
    return Money(table.budget.total, spending.adjusted, spending.executed) if table.budget else None


def _misplaced(table: Table, spending: Spending) -> Iterator[Problem]:
    """Amounts that a table of this kind does not have."""
    if isinstance(table, Project):
        if spending.parts:
            yield Problem(
                "A134", "项目的金额按资金来源分，不分基本支出和项目支出", spending.where, "、".join(FUNDS.values())
            )
        return
    if table.budget is None and (spending.parts or (spending.adjusted, spending.executed) != (None, None)):
        says = "部门整体的全年预算数和全年执行数由各项目合计，不另填"
        allowed = "只填偏差原因和改进措施；部门有自己的预算的，先在部门绩效目标中写明年初预算数"
        yield Problem("A117", says, spending.where, allowed)
    if spending.funds:
        yield Problem(
            "A134", "部门整体的金额分基本支出和项目支出，不按资金来源分", spending.where, "、".join(PARTS.values())
        )


def _sum(moneys: Sequence[Money]) -> Money:
    """A department's money is its projects' together; unknown when one of them is."""

    def total(amounts: Iterable[int | None]) -> int | None:
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known and len(known) == len(moneys) else None

    return Money(
        sum(money.initial for money in moneys),
        total(money.adjusted for money in moneys),
        total(money.executed for money in moneys),
    )


def _strangers(given: Actuals | None, rows: Sequence[Indicator]) -> Iterator[Problem]:
    known = [row.id for row in rows]
    for name, result in (given.results if given else {}).items():
        if name not in known:
            says = f"{given.code if given else ''} 没有指标“{name}”"
            yield Problem("A101", says, result.where, "、".join(known), nearest(name, known))


def _spending(money: Money, policy: Policy, given: Actuals | None) -> Reading:
    spending = given.spending if given else None
    result = Result(cause=spending.cause, remedy=spending.remedy) if spending else Result()
    known = money.rate is not None
    pair = Pair(
        comparator=AT_LEAST,
        actual=Fraction(money.executed or 0, FEN_PER_WAN),
        target=Fraction(money.adjusted or 0, FEN_PER_WAN),
        high=None,
        unit="万元",
        actual_shown="",
        notes=(),
    )
    return Reading(SPENDING, result, pair, not known, False, "execution", policy.allocation.execution)


def read_row(row: Indicator, result: Result, points: int, money: Money, policy: Policy, year: int) -> Reading:
    """One indicator's result under its target; raises Unreadable with what is wrong or what has to be asked."""
    target = row.read
    if row.criterion is not None or row.data:
        return read_own(row, target, result, points, money, policy, year)
    computed = _computed(row, money)
    if computed is not None:
        pair = _beside_computed(target, computed)
        if result.state is not None:
            raise Unreadable("A102", "由金额计算的指标不填达成程度", allowed="留空，或填写与公式一致的数值")
        if result.actual is not None:
            _agrees(row, target, result.actual, computed, pair.actual_shown)
        return Reading(row, result, pair, False, True, "quantitative", points)
    if result.state is not None:
        _undecided(target, result, year)
        return Reading(row, result, _stated(target, result, policy), False, False, "qualitative", points)
    if result.share is not None:
        raise Unreadable(
            "A103", "写了档内比例而没有写达成程度", allowed="、".join(b.state for b in policy.qualitative.bands)
        )
    if result.actual is None or not result.actual.strip():
        scale = (
            "quantitative" if target.kind in ("数值", "区间") else "binary" if target.kind in BINARY else "qualitative"
        )
        word = target.sign or ("定性" if scale == "qualitative" else target.kind)
        pair = Pair(word, Fraction(0), Fraction(1), Fraction(1), "", "", target.notes)
        return Reading(row, result, pair, True, False, scale, points)
    pair = set_beside(target, result.actual, year=year)
    surely_not_over(pair, result.actual, policy)
    return Reading(row, result, pair, False, False, COMPARATORS[pair.comparator].scale, points)


def read_own(
    row: Indicator, target: Target, result: Result, points: int, money: Money, policy: Policy, year: int
) -> Reading:
    """An indicator with data items, or with a criterion of its own, under its target; raises Unreadable as `read_row` does."""
    from evaluator.criteria.situation import Situation
    from evaluator.criteria.standard import GIVEN, named_in

    named = named_in(result.actual, (*row.data, *GIVEN)) or {}
    data = result.data | {name: text for name, text in named.items() if name in row.data}
    given = result.given | {name: text for name, text in named.items() if name not in row.data}
    items = read_items(row.data, data)
    actual = None if named else result.actual
    result = result.model_copy(update={"data": data, "given": given}) if named else result
    computed = _of_data(row, target, items, money)
    plain = row.model_copy(update={"criterion": None, "data": {}})
    alone = result.model_copy(update={"actual": actual})
    reading: Reading | Unreadable
    try:
        reading = read_row(plain, alone, points, money, policy, year)
        if computed is not None:
            if actual is not None:
                _agrees(row, target, actual, computed, str(computed))
            pair = _beside_computed(target, computed)
            reading = replace(reading, pair=pair, missing=False, scale=COMPARATORS[pair.comparator].scale)
        reading = replace(reading, indicator=row, result=result)
    except Unreadable as error:
        reading = error
    if row.criterion is not None and not (isinstance(reading, Reading) and reading.missing and not given and not items):
        if result.state is not None or result.share is not None:
            raise Unreadable("Q416", "有评分标准的指标不填达成程度", allowed="填实际完成值，或评分标准所问的事")
        situation = Situation(
            row.target, actual, Fraction(points, 100), given, row.sign, tuple(row.scale) if row.scale else None, year,
            computed, items,
        )  # fmt: skip
        reading = _by_criterion(row, result, reading, situation, points, policy)
    if isinstance(reading, Unreadable):
        raise reading
    if lacking := [name for name in row.data if name not in items]:
        note = f"采集数据还没有填：{'、'.join(lacking)}"
        reading = replace(reading, pair=replace(reading.pair, notes=(*reading.pair.notes, note)))
    return reading


def _by_criterion(
    row: Indicator, result: Result, reading: Reading | Unreadable, situation: Situation, points: int, policy: Policy
) -> Reading:
    """A row with the points of its own criterion; where its target cannot be compared, their share stands for attainment."""
    from evaluator.criteria.standard import standard

    try:
        criterion = standard(row.criterion or "", row.reads)
        own = criterion.earn(situation)
    except Refusal as error:
        raise Unreadable(error.code, f"评分标准“{row.criterion}”：{error.says}", error.allowed) from None
    except Unreadable as error:
        wrong = isinstance(reading, Unreadable) and not isinstance(reading, NeedsState)
        raise (reading if wrong and isinstance(reading, Unreadable) else error) from None
    if isinstance(reading, Reading) and not reading.missing:
        return replace(reading, own=own)
    if own.points is None:
        raise reading if isinstance(reading, Unreadable) else Unreadable("Q414", f"“{row.name}”还没有填实际完成值")
    share = min(max(own.points * 100 / points, Fraction(0)), Fraction(1)) if points else Fraction(1)
    shown = situation.actual or criterion.filled(row.target, Fraction(points, 100), row.sign, situation.answers)
    pair = Pair("定性", share, policy.qualitative.bands[0].start, Fraction(1), "", shown or percent(share), ())
    return Reading(row, result, pair, False, False, "qualitative", points, own)


def _of_data(row: Indicator, target: Target, items: Mapping[str, Quantity], money: Money) -> Quantity | None:
    """The value a formula makes of data items; None until all of them (and the money it names) are filled in."""
    if row.of_data is None or not isinstance(target.content, Amount) or items.keys() != row.data.keys():
        return None
    amounts = _amounts(money)
    if any(name in row.of_data for name in MONEY if name not in amounts):
        return None
    return value_of(row.of_data, items, amounts, target.content.low.unit)


def surely_not_over(pair: Pair, actual: str, policy: Policy) -> None:
    """Ask about a lower bound (100余人) that leaves open whether the policy deducts for a target far surpassed."""
    start = policy.over_fulfilment.deduct_from
    if pair.below is not None and start is not None and pair.actual < start * pair.target < pair.below:
        says = f"“{actual}”不是确数，看不出是否超过指标值的 {percent(start)}（超过的要扣分）"
        raise Unreadable("Q106", says, "确数")


def _amounts(money: Money) -> dict[str, Fraction]:
    """The amounts of money that are given, by their names in formulas, in 元."""
    amounts = dict(zip(MONEY, (money.initial, money.adjusted, money.executed), strict=True))
    return {name: Fraction(fen, 100) for name, fen in amounts.items() if fen is not None}


def _computed(row: Indicator, money: Money) -> Quantity | None:
    """The value of an indicator that is a function of money, when the amounts it needs are given."""
    if row.formula is None or money.adjusted is None or money.executed is None:
        return None
    try:
        measure = compute(row.formula, _amounts(money))
    except FormulaError:  # a budget of zero: the row is missing, and the project has a finding
        return None
    return Quantity(measure.number, WORDS["元"]) if measure.power else Quantity(measure.number * 100, WORDS["%"])


def _beside_computed(target: Target, computed: Quantity) -> Pair:
    """A computed value beside its target, exactly, in the target's unit; shown with two decimals."""
    assert isinstance(target.content, Amount)
    aim = target.content.low
    shown = decimal(computed.to(aim.unit), 2) + aim.unit.name
    return replace(beside(target, target.content, aim, computed), actual_shown=shown, notes=target.notes)


def _agrees(row: Indicator, target: Target, entered: str, exact: Quantity, shown: str) -> None:
    """A hand-entered value must be the computed one, rounded to the decimals and in the unit it was entered with."""
    set_beside(target, entered)  # refuses what is not one number in a unit that fits
    aim = target.content
    assert isinstance(aim, Amount)
    written = stated(aim, entered).quantity
    unit = aim.low.unit if written.unit.bare else written.unit
    digits = re.search(r"[.．]([0-9０-９]+)", entered)
    step = Fraction(1, 10 ** len(digits[1])) if digits else Fraction(1)
    if abs(written.number - exact.to(unit)) * 2 > step:
        says = f"填写的“{entered}”与按公式（{row.formula}）由金额算得的 {shown} 不一致"
        raise Unreadable("A105", says, allowed="留空，由金额计算；或更正金额")


def _undecided(target: Target, result: Result, year: int) -> None:
    """A stated share stands where nothing else decides; beside a result that decides by itself it is a contradiction."""
    if result.actual is None or target.kind not in QUALITATIVE:
        return
    try:
        set_beside(target, result.actual, year=year)
    except NeedsState:
        return
    says = f"实际完成值“{result.actual}”已能判定是否达到“{target.text}”，不另填达成程度"
    raise Unreadable("A114", says, allowed="只填实际完成值，或只填达成程度和档内比例")


def _stated(target: Target, result: Result, policy: Policy) -> Pair:
    bands = policy.qualitative.bands
    if target.kind not in QUALITATIVE:
        raise Unreadable("A106", f"指标值“{target.text}”是定量的，应填实际完成值，不填达成程度", allowed="带单位的数值")
    assert result.state is not None
    band = policy.qualitative.band(result.state)
    shown = f"{percent(band.start)}—{percent(band.to)}" + ("" if band.to == 1 else "（不含上限）")
    if result.share is None:
        raise Unreadable("A107", f"“{result.state}”还须写明档内比例", allowed=shown)
    if not policy.qualitative.holds(result.state, result.share):
        raise Unreadable("A108", f"档内比例 {percent(result.share)} 不在“{result.state}”的范围内", allowed=shown)
    told = f"{result.state}（{percent(result.share)}）"
    return Pair("定性", result.share, bands[0].start, Fraction(1), "", told, target.notes)
