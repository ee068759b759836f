"""One row as read: its target beside its result, in one unit, or why the result cannot be read; see `preparation`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from evaluator.comparators import COMPARATORS
from evaluator.criteria.faulty import Refusal
from evaluator.figures import decimal, percent
from evaluator.inapplicable import WORD, admitted, said
from evaluator.model import (
    Indicator,
    Result,
)
from evaluator.policy import OWN_SCALES, Deduction, Policy, Segment
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
from evaluator.scoring import Case

if TYPE_CHECKING:
    from evaluator.criteria.earning import Earned
    from evaluator.criteria.situation import Situation

QUALITATIVE = ("定性", "期限", "是否", "复合", "分档")  # kinds of target that may be judged by a stated share
BINARY = ("期限", "是否")


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
    inapplicable: str = ""  # why it does not apply; then there is no actual either
    gained: int = 0  # points it takes over from rows that do not apply, in `points` already

    def case(self, table: int, policy: Policy) -> Case:
        """The row as scoring takes it."""
        pair = self.pair
        high = pair.target if pair.high is None else pair.high
        actual = None if self.missing else pair.actual
        own = self.own.points * 100 if self.own is not None and self.own.points is not None else None
        if own is not None and (spoken := self.spoken) != self.points:
            own = own * self.points / spoken if spoken else own
        word = policy.counted(pair.comparator)
        return Case(table, word, actual, pair.target, high, self.points, policy, self.scale, own)

    @property
    def spoken(self) -> int:
        """The points that a criterion speaks of: those that were written, whatever they come to."""
        return self.indicator.spoken_of(self.points - self.gained)

    @property
    def alone(self) -> Reading:
        """The row with the points that were written, whatever it takes over."""
        return replace(self, points=self.points - self.gained, gained=0)

    def taking(self, points: int) -> Reading:
        """The row with the points it has once those of rows that do not apply are shared."""
        return replace(self, points=points, gained=points - self.points)


def read_row(row: Indicator, result: Result, points: int, money: Money, policy: Policy, year: int) -> Reading:
    """One indicator's result under its target; raises Unreadable with what is wrong or what has to be asked."""
    reading = _read(row, result, points, money, policy, year)
    own = policy.scale_for(row.category, reading.scale)
    return reading if own == reading.scale else replace(reading, scale=own)


def _read(row: Indicator, result: Result, points: int, money: Money, policy: Policy, year: int) -> Reading:
    """The same, not yet by the scale of its category."""
    target = row.read
    if _is_left_out(row, result, policy):
        nothing = _missing(row, target, result, points)
        return replace(nothing, pair=replace(nothing.pair, actual_shown=WORD), inapplicable=admitted(result, policy))
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
        return _missing(row, target, result, points)
    pair = set_beside(target, result.actual, year=year)
    surely_not_over(pair, result.actual, policy, row.category)
    return Reading(row, result, pair, False, False, COMPARATORS[pair.comparator].scale, points)


def _missing(row: Indicator, target: Target, result: Result, points: int) -> Reading:
    """A row without a result."""
    scale = "quantitative" if target.kind in ("数值", "区间") else "binary" if target.kind in BINARY else "qualitative"
    word = target.sign or ("定性" if scale == "qualitative" else target.kind)
    pair = Pair(word, Fraction(0), Fraction(1), Fraction(1), "", "", target.notes)
    return Reading(row, result, pair, True, False, scale, points)


def _is_left_out(row: Indicator, result: Result, policy: Policy) -> bool:
    """Whether a result says its row does not apply; not where the row's own criterion says what follows then."""
    if not said(result.actual):
        return False
    if row.criterion is not None:
        from evaluator.criteria.standard import standard

        try:
            if standard(row.criterion, row.reads).excepts:
                return False
        except Refusal:  # told when the criterion is applied
            return False
    if result.state is None and result.share is None:
        return True
    if policy.not_applicable is not None:
        raise Unreadable("A138", f"写了“{WORD}”，又写了达成程度", "两者只写一样")
    return False


def read_own(
    row: Indicator, target: Target, result: Result, points: int, money: Money, policy: Policy, year: int
) -> Reading:
    """An indicator with data items, or with a criterion of its own, under its target; raises Unreadable as `read_row` does."""
    from evaluator.criteria.situation import Situation
    from evaluator.criteria.standard import GIVEN, named_in

    if row.criterion is not None and not policy.takes_criteria:
        says = f"评分办法“{policy.id}”不接受指标自己的评分标准，“{row.name}”写了“{row.criterion}”"
        raise Unreadable("Q418", says, "删去评分标准，按办法的得分比例计分；或改用接受评分标准的办法")
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
    if computed is None:
        computed = _of_money(row, target, money)
    if row.criterion is not None and not (isinstance(reading, Reading) and reading.missing and not given and not items):
        if result.state is not None or result.share is not None:
            raise Unreadable("Q416", "有评分标准的指标不填达成程度", allowed="填实际完成值，或评分标准所问的事")
        situation = Situation(
            row.target, actual, Fraction(row.spoken_of(points), 100), given, row.sign, tuple(row.scale) if row.scale else None, year,
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
    whole = situation.points or Fraction(0)
    share = min(max(own.points / whole, Fraction(0)), Fraction(1)) if whole else Fraction(1)
    shown = situation.actual or criterion.filled(row.target, whole, row.sign, situation.answers)
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


def _of_money(row: Indicator, target: Target, money: Money) -> Quantity | None:
    """The value that a formula makes of money, in the unit of the target."""
    value = _computed(row, money)
    if value is None or not isinstance(target.content, Amount):
        return None
    unit = target.content.low.unit
    return Quantity(value.to(unit), unit)


def surely_not_over(pair: Pair, actual: str, policy: Policy, category: str) -> None:
    """Ask about a lower bound (100余人) that leaves open whether the policy deducts for a target far surpassed, or gives less."""
    if pair.below is None:
        return
    turns: list[Segment | Deduction] = list(policy.over_fulfilment.steps)
    scale = policy.scale_for(category, COMPARATORS[pair.comparator].scale)
    if scale in OWN_SCALES:
        turns += [segment for segment in policy.course(scale).segments if segment.start > 1]
    for turn in turns:
        bound = turn.start * pair.target
        if bound >= pair.below or bound < pair.actual or (bound == pair.actual and not turn.open):
            continue
        says = f"“{actual}”不是确数，看不出是否超过指标值的 {percent(turn.start)}（超过的要扣分）"
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
    reached = f"{result.state}（{percent(result.share)}）"
    return Pair("定性", result.share, bands[0].start, Fraction(1), "", reached, target.notes)
