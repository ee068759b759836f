"""One thing that can still change: a row that is open, or the money with the rows that follow from it, and every step it can take."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import FEN_PER_WAN, wan
from evaluator.model import Indicator
from evaluator.planning.owncourse import OwnCourse, course_of, may_be_negative
from evaluator.planning.ownpoints import unplanned
from evaluator.planning.steps import Grains, RowCourse, ScaleCourse, Step, steps_of
from evaluator.policy import Policy
from evaluator.preparation import SPENDING, Prepared
from evaluator.quantities.curves import Curve
from evaluator.quantities.dataitems import needs_money
from evaluator.quantities.formula import compute
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import COUNTING, Quantity
from evaluator.rowreading import BINARY, Reading
from evaluator.scoring import Case, score

if TYPE_CHECKING:
    from evaluator.planning.ownchoices import OwnChoice

MILLIONTHS = 10**6
NO_CAP = 10_000
MEASURED = {
    "倍", "分", "度", "千瓦时", "千瓦", "兆瓦", "美元", "欧元", "港元", "吨公里", "分贝", "°C", "学分"
}  # fmt: skip
WHOLE = {"人", *COUNTING.split()} - MEASURED
Kind = Literal["金额", "数值", "比例", "是否", "情形"]


@dataclass(frozen=True, slots=True)
class Openness:
    """What may still change: rows without a result and the money; `rows` (ids or names) as well, or `everything`.

    With `settled` the money of the year is final. With `everything` neither counts nor money have a floor. With `standing`
    a row whose points hang on more than one thing is taken as it stands, where it is refused otherwise.
    """

    rows: tuple[str, ...] = ()
    everything: bool = False
    settled: bool = False
    standing: bool = False


PLAIN = Openness()


@dataclass(frozen=True, slots=True)
class Turn:
    """From `first` to `last` grains the rows of a dial earn `each` (hundredths) and the total is capped at `cap`."""

    first: int
    last: int | None
    each: tuple[int, ...]
    reached: tuple[Fraction, ...]
    cap: int = NO_CAP

    @property
    def earned(self) -> int:
        """Points earned on this turn by all its rows, in hundredths."""
        return sum(self.each)

    def nearest(self, grains: int) -> int:
        """The value on this turn nearest to another."""
        return max(self.first, grains if self.last is None else min(grains, self.last))


@dataclass(frozen=True, slots=True)
class Dial:
    """One thing that can change, counted in grains: where it stands (None: no result yet), and all it can come to.

    Of a row that words decide (情形) the grains number its `choices`, and it has no course.
    """

    kind: Kind
    readings: tuple[Reading, ...]
    courses: tuple[RowCourse, ...]
    scales: tuple[Grains, ...]
    now: Fraction | None
    earned: int
    turns: tuple[Turn, ...]
    whole: bool = False
    floored: bool = False
    choices: tuple[OwnChoice, ...] = ()

    @property
    def id(self) -> str:
        """The id of its indicator."""
        return self.readings[0].indicator.id

    @property
    def name(self) -> str:
        """What it is called: the indicator, or 全年执行数 for money."""
        return "全年执行数" if self.kind == "金额" else self.readings[0].indicator.name

    @property
    def most(self) -> int:
        """The most points it can earn, in hundredths."""
        return max(turn.earned for turn in self.turns)

    @property
    def fixed(self) -> bool:
        """Whether there is one value alone that it can come to."""
        return self.turns[0].first == self.turns[-1].last

    @property
    def stands(self) -> bool:
        """Whether it is taken as it stands, and nothing said of what it may come to."""
        return len(self.choices) == 1

    @property
    def aim(self) -> Fraction:
        """What a change is measured by, in grains: the target, the budget, or the whole share."""
        if self.kind in ("比例", "是否"):
            return Fraction(MILLIONTHS if self.kind == "比例" else 1)
        if self.choices:
            return Fraction(max(len(self.choices) - 1, 1))
        return abs(self.courses[0].target / self.scales[0].grain) or 1 / abs(self.scales[0].grain)

    def turn(self, grains: int) -> Turn:
        """The turn a value is on."""
        return self.turns[bisect_right(self.turns, grains, key=lambda turn: turn.first) - 1]

    @property
    def points(self) -> int:
        """The points its rows have, in hundredths."""
        return sum(reading.points for reading in self.readings)

    def reached(self, values: Sequence[Fraction | int], row: int = 0) -> list[Fraction]:
        """The attainment of one of its rows at some values."""
        if self.choices:
            return [self.choices[int(value)].reached for value in values]
        course, scale = self.courses[row], self.scales[row]
        scored = score([course.at(scale.actual(value)) for value in values])
        return [Fraction(int(n), int(d)) for n, d in zip(scored["num"].tolist(), scored["den"].tolist(), strict=True)]

    def shown(self, grains: int | Fraction) -> str:
        """A value as people write it, in the unit of the target."""
        if self.choices:
            return self.choices[int(grains)].says
        actual = self.scales[0].actual(grains)
        if self.kind == "金额":
            return f"{wan(int(actual * FEN_PER_WAN))} 万元"
        if self.kind == "比例":
            return f"比例 {Quantity(actual * 100)}%"
        if self.kind == "是否":
            return "做到" if actual else "没有做到"
        content = self.readings[0].indicator.read.content
        assert isinstance(content, Amount)
        return str(replace(content.low, number=actual))


def entry_of(dial: Dial, grains: int, policy: Policy) -> dict[str, Any]:
    """What a result says where a dial stands at a value."""
    if dial.choices:
        return dial.choices[grains].entry
    if dial.kind == "数值":  # data items beside a value would have to make the same value
        return {"actual": dial.shown(grains), "state": None, "share": None, "data": {}}
    share = dial.scales[0].actual(grains)
    state = next(band.state for band in policy.qualitative.bands if policy.qualitative.holds(band.state, share))
    return {"actual": None, "state": state, "share": share}


def cap_at(prepared: Prepared, rate: Fraction | None) -> int:
    """The most the total can be at an execution rate."""
    return min((cap.total for cap in prepared.policy.caps.execution if (rate or 0) < cap.below), default=NO_CAP)


def money_dial(
    now: Prepared, empty: Prepared, full: Prepared, earned: Mapping[str, int], opened: Openness, extra: set[Fraction]
) -> Dial:
    """The spending, with every row that follows from it."""
    of_both = [row for reading in full.readings if needs_money((row := reading.indicator).of_data or "")]
    if of_both:
        raise unplanned(of_both[0], "由采集数据和金额一起计算")
    budget, spent = full.money.adjusted or 0, now.money.executed
    low, high = (0 if opened.everything else spent or 0), max(budget, spent or 0)
    chosen = [(SPENDING, empty.readings[0], full.readings[0])]
    for nothing, everything in zip(empty.readings[1:], full.readings[1:], strict=True):
        if everything.indicator.formula is not None:
            chosen.append((everything.indicator, nothing, everything))
    scales, courses, tracks = [], [], []
    fixed = {"年初预算数": Fraction(now.money.initial, 100), "全年预算数": Fraction(budget, 100)}
    for row, nothing, everything in chosen:
        if row.formula and not Curve.of(row.formula, fixed).straight:
            says = f"“{row.name}”的公式 {row.formula} 不是全年执行数的一次函数，不能推算"
            raise UsageProblem([Problem("U361", says, row.where, "如 全年执行数 / 全年预算数")])
        if row.formula and _turns_at_zero(row, fixed, high):
            says = f"“{row.name}”（{row.formula}）的指标值“{row.target}”在零的两边都算，得分不是全年执行数的一次函数，不能推算"
            raise UsageProblem([Problem("U361", says, row.where, "区间，如 -3%-3%")])
        course = money_course(everything, min(everything.pair.actual, nothing.pair.actual), now.policy)
        grain = (everything.pair.actual - nothing.pair.actual) / budget
        scales.append(Grains(grain, nothing.pair.actual))
        courses.append(course)
        still = everything.case(0, now.policy)
        tracks.append(steps_of(course, scales[-1], low, high, extra) if grain else _constant(still, low, high))
    bounds = [ceil(cap.below * budget) for cap in now.policy.caps.execution]
    starts = sorted(
        {low, *(step.first for track in tracks for step in track), *(b for b in bounds if low <= b <= high)}
    )
    turns = []
    for start, following in zip(starts, [*starts[1:], high + 1], strict=True):
        at = [track[bisect_right(track, start, key=lambda step: step.first) - 1] for track in tracks]
        each, reached = tuple(step.earned for step in at), tuple(step.reached for step in at)
        turns.append(Turn(start, following - 1, each, reached, cap_at(now, Fraction(start, budget))))
    readings = tuple(everything for _, _, everything in chosen)
    mine = sum(earned[reading.indicator.id] for reading in readings)
    here = None if spent is None or now.money.rate is None else Fraction(spent)
    return Dial("金额", readings, tuple(courses), tuple(scales), here, mine, tuple(turns), True, not opened.everything)


def money_course(reading: Reading, least: Fraction, policy: Policy) -> RowCourse:
    """The course of a row that follows from the spending and comes to no less than `least`; raises UsageProblem (U378) where its
    own criterion says nothing of what it may come to."""
    row = reading.indicator
    content = row.read.content if row.criterion is not None else None
    if not isinstance(content, Amount):
        return ScaleCourse(reading.case(0, policy))
    return course_of(reading, content, policy, least)


def _turns_at_zero(row: Indicator, fixed: Mapping[str, Fraction], high: int) -> bool:
    """Whether a value of which only the distance from nothing counts (±3%) passes nothing between no spending and `high`."""
    content = row.read.content
    if not isinstance(content, Amount) or not content.either_way:
        return False
    ends = (compute(row.formula or "", {**fixed, "全年执行数": Fraction(spent, 100)}).number for spent in (0, high))
    return len({end < 0 for end in ends if end}) > 1


def _constant(case: Case, low: int, high: int) -> list[Step]:
    (row,) = score([case]).to_dict("records")
    return [Step(low, high, int(row["earned"]), Fraction(int(row["num"]), int(row["den"])))]


def free_dial(reading: Reading, now: Prepared, earned: int, opened: Openness, extra: Iterable[Fraction]) -> Dial:
    """One row that is reported, not computed; raises UsageProblem (U378) where its points hang on more than one thing."""
    row, policy = reading.indicator, now.policy
    content = row.read.content
    if row.criterion is not None and reading.spoken != reading.points:
        raise unplanned(row, "的评分标准说的是表上的分，本行的分值是由分层权重折合的")
    if row.criterion is not None and not isinstance(content, Amount):
        from evaluator.planning.ownchoices import choices_of

        choices, at = choices_of(reading, now)
        turns = tuple(Turn(n, n, (choice.earned,), (choice.reached,)) for n, choice in enumerate(choices))
        now_at = None if at is None else Fraction(at)
        return Dial("情形", (reading,), (), (), now_at, earned, turns, True, choices=choices)
    here = None if reading.missing else reading.pair.actual
    if not isinstance(content, Amount):
        done = reading.result.state is None and (row.read.kind in BINARY or reading.pair.comparator in BINARY)
        best = policy.qualitative.bands[0].start
        stated = ScaleCourse(Case(0, "定性", None, best, Fraction(1), reading.points, policy, "qualitative"))
        scale = Grains(Fraction(1) if done else Fraction(1, MILLIONTHS))
        steps = steps_of(stated, scale, 0, int(1 / scale.grain), extra)
        stands = None if here is None else scale.grains(here)
        return Dial("是否" if done else "比例", (reading,), (stated,), (scale,), stands, earned, _turns(steps), done)
    course = course_of(reading, content, policy)
    aim, unit = course.target, content.low.unit
    whole = unit.kind in WHOLE and unit.size == 1 and {aim.denominator, (here or aim).denominator} == {1}
    whole = whole or (isinstance(course, OwnCourse) and course.pieces.whole)
    scale = Grains(Fraction(1) if whole else Fraction(1, MILLIONTHS))
    stands = None if here is None else scale.grains(here)
    floored = whole and stands is not None and not opened.everything
    low = 0
    if floored:
        low = int(stands or 0)
    elif may_be_negative(reading, content) and (first := course.cut(extra)[0].high) is not None:
        low = min(floor(scale.grains(first)) - 1, floor(stands or 0))
    steps = steps_of(course, scale, low, None, extra)
    return Dial("数值", (reading,), (course,), (scale,), stands, earned, _turns(steps), whole, floored)


def standing_dial(reading: Reading, earned: int) -> Dial:
    """A row that is taken as it stands."""
    from evaluator.planning.ownchoices import OwnChoice

    now = OwnChoice(reading.pair.actual_shown, {}, earned, Fraction(0))
    turns = (Turn(0, 0, (earned,), (now.reached,)),)
    at = None if reading.missing else Fraction(0)
    return Dial("情形", (reading,), (), (), at, earned, turns, True, choices=(now,))


def _turns(steps: Iterable[Step]) -> tuple[Turn, ...]:
    return tuple(Turn(step.first, step.last, (step.earned,), (step.reached,)) for step in steps)
