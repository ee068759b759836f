"""A row's points as an exact step function of its actual: every value at which they change, and none is sampled.

The function is recovered from scoring itself. Between breakpoints (targets and the ends of segments carried over to the
actual) attainment is a straight line in the actual or in 1 ÷ actual; three exact values tell which, and one more row of
scoring stands for each breakpoint. Rounding makes steps of it: the first value of each is solved for, not searched.
Actuals are counted in grains: whole people, 分, millionths of a per cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil, floor
from typing import Protocol

from evaluator.errors import Problem, UsageProblem
from evaluator.scoring import Case, lines_of, score

ZERO, ONE, TWO = Fraction(0), Fraction(1), Fraction(2)


@dataclass(frozen=True, slots=True)
class Step:
    """From `first` to `last` grains (None: without end) a row earns the same (hundredths); `reached` is at `first`."""

    first: int
    last: int | None
    earned: int
    reached: Fraction


@dataclass(frozen=True, slots=True)
class ActualForm:
    """base + slope × actual, or base + slope ÷ actual where `inverse`."""

    base: Fraction
    slope: Fraction
    inverse: bool = False

    def at(self, actual: Fraction) -> Fraction:
        """What it is at an actual value."""
        return self.base + (self.slope / actual if self.inverse else self.slope * actual)

    def where(self, value: Fraction) -> Fraction:
        """The actual at which it is `value`; not where it is the same everywhere."""
        return self.slope / (value - self.base) if self.inverse else (value - self.base) / self.slope


@dataclass(frozen=True, slots=True)
class AttainmentPiece:
    """An open interval of actuals on which attainment has one form, on one line of the scale."""

    low: Fraction | None
    high: Fraction | None
    reached: ActualForm
    line: tuple[Fraction, Fraction]  # intercept and slope of the share
    deducted: int
    case: Case

    def points(self, actual: Fraction | None) -> Fraction:
        """Points before rounding; None is the limit far away."""
        reached = self.reached.base if actual is None else self.reached.at(actual)
        return max(self.case.points * (self.line[0] + self.line[1] * reached) - self.deducted, ZERO)

    @property
    def flat(self) -> bool:
        """Whether the points are the same everywhere on it."""
        return self.reached.slope == 0 or self.line[1] == 0 or self.case.points == 0

    @property
    def bent(self) -> bool:
        """Whether the points are no straight line in the actual."""
        return self.reached.inverse

    @property
    def course(self) -> tuple[object, ...]:
        """What tells one course from another: the same points, or the same line."""
        if self.flat:
            return (self.points(self.low if self.high is None else self.high),)
        return self.reached, self.line, self.deducted

    def where(self, worth: Fraction) -> Fraction:
        """The actual at which the points before rounding are `worth`, wherever that is on the line; not when flat."""
        return self.reached.where(((worth + self.deducted) / self.case.points - self.line[0]) / self.line[1])

    def per_unit(self, actual: Fraction) -> Fraction:
        """Hundredths of a point one unit more of the actual brings, at the margin."""
        change = -self.reached.slope / actual**2 if self.reached.inverse else self.reached.slope
        return self.case.points * self.line[1] * change


@dataclass(frozen=True, slots=True)
class OwnPiece:
    """An open interval of numbers on which the points of a row's own criterion (hundredths) are a straight line, what the policy
    deducts beside it taken."""

    low: Fraction | None
    high: Fraction | None
    reached: ActualForm
    earned: ActualForm

    def points(self, actual: Fraction | None) -> Fraction:
        """Points before rounding; far away they are the same everywhere."""
        return self.earned.base if actual is None else self.earned.at(actual)

    @property
    def flat(self) -> bool:
        """Whether the points are the same everywhere on it."""
        return self.earned.slope == 0

    @property
    def bent(self) -> bool:
        """Whether the points are no straight line in the number: they always are one."""
        return False

    @property
    def course(self) -> tuple[object, ...]:
        """What tells one course from another."""
        return (self.earned,)

    def where(self, worth: Fraction) -> Fraction:
        """The number at which the points before rounding are `worth`; not when flat."""
        return self.earned.where(worth)

    def per_unit(self, actual: Fraction) -> Fraction:
        """Hundredths of a point one unit more brings, wherever on the piece."""
        return self.earned.slope


Piece = AttainmentPiece | OwnPiece


class RowCourse(Protocol):
    """How a row's points go with its actual: `case` has its target and points, `target` the number aimed at in the row's unit."""

    @property
    def case(self) -> Case:
        """The row as scoring takes it, without an actual."""

    @property
    def target(self) -> Fraction:
        """The number aimed at."""

    def at(self, actual: Fraction) -> Case:
        """The row with an actual, as scoring takes it."""

    def cut(self, extra: Iterable[Fraction] = ()) -> Sequence[Piece]:
        """The pieces in order, without gap but for their ends; `extra` are attainments to stop at as well."""


@dataclass(frozen=True, slots=True)
class ScaleCourse:
    """The course of a row that its policy's scale gives points by attainment."""

    case: Case

    @property
    def target(self) -> Fraction:
        """The number aimed at."""
        return self.case.target

    def at(self, actual: Fraction) -> Case:
        """The row with an actual, as scoring takes it."""
        return replace(self.case, actual=actual)

    def cut(self, extra: Iterable[Fraction] = ()) -> list[AttainmentPiece]:
        """The pieces between breakpoints, the first and last without end."""
        return attainment_pieces(self.case, extra)


def breakpoints(case: Case, extra: Iterable[Fraction] = ()) -> list[Fraction]:
    """Every actual at which a row's course can change; `extra` are attainments to stop at as well."""
    starts = [line.start for line in lines_of(case.policy, case.scale)]
    reached = {ZERO, ONE, TWO, *starts, *extra, *(deduction.start for deduction in case.policy.over_fulfilment.steps)}
    actuals = {ZERO}
    for end in (case.target, case.high):
        actuals |= {end * part for share in reached for part in (share, 2 - share)}
        actuals |= {end / share for share in reached if share}
    return sorted(actuals)


def attainment_pieces(case: Case, extra: Iterable[Fraction] = ()) -> list[AttainmentPiece]:
    """The pieces between breakpoints, in order, the first and last without end.

    Raises UsageProblem (U360) where attainment is neither a straight line in the actual nor in 1 ÷ actual.
    """
    ends = breakpoints(case, extra)
    spans: list[tuple[Fraction | None, Fraction | None]] = [(None, ends[0]), *pairwise(ends), (ends[-1], None)]
    samples = [inside(low, high) for low, high in spans]
    scored = score([replace(case, actual=actual) for three in samples for actual in three])
    rows = iter(zip(scored["num"].tolist(), scored["den"].tolist(), scored["segment"].tolist(), strict=True))
    cut = []
    for (low, high), three in zip(spans, samples, strict=True):
        mine = list(islice(rows, 3))
        reached = [Fraction(int(num), int(den)) for num, den, _ in mine]
        lines = {segment for _, _, segment in mine}
        taken = {case.policy.taken(case.comparator, case.scale, share) for share in reached}
        form = form_through(three, reached)
        if form is None or len(lines) > 1 or len(taken) > 1:
            says = f"比较方式“{case.comparator}”的完成率不是完成值的一次函数或反比例函数，不能推算"
            raise UsageProblem([Problem("U360", says)])
        line = lines_of(case.policy, case.scale)[lines.pop()]
        cut.append(AttainmentPiece(low, high, form, (line.intercept, line.slope), taken.pop(), case))
    return cut


def inside(low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction, Fraction]:
    """Three actuals inside a span."""
    if low is None:
        assert high is not None
        return high - 3, high - 2, high - 1
    if high is None:
        return low + 1, low + 2, low + 3
    return low + (high - low) / 4, low + (high - low) / 2, low + (high - low) * 3 / 4


def form_through(at: Sequence[Fraction], values: Sequence[Fraction]) -> ActualForm | None:
    """The form through the first two values that the third is on."""
    for inverse in (False, True):
        x = [1 / actual for actual in at] if inverse else list(at)
        slope = (values[1] - values[0]) / (x[1] - x[0])
        form = ActualForm(values[0] - slope * x[0], slope, inverse)
        if form.at(at[2]) == values[2]:
            return form
    return None


class RoundingSteps:
    """How points before rounding become points, and which least ones become so many; those of a criterion (`own`) need not
    stop at the points of the row, which need not be a multiple of the step."""

    def __init__(self, case: Case, own: bool) -> None:
        self.step, self.points = case.policy.rounding.step, None if own else case.points

    def of(self, exact: Fraction) -> int:
        """Exact points (hundredths) as the row is rounded: half up, once, by a scale never above its points."""
        rounded = floor(exact / self.step + Fraction(1, 2)) * self.step
        if self.points is None:
            return rounded
        return self.points if exact == self.points else min(rounded, self.points)

    def least(self, earned: int) -> Fraction:
        """The least before rounding that becomes `earned` or more; included."""
        bound = Fraction(-(-earned // self.step) * self.step) - Fraction(self.step, 2)
        return min(bound, Fraction(self.points)) if self.points is not None and earned == self.points else bound

    def levels(self, low: int, high: int) -> list[int]:
        """What can be earned above `low` up to `high`; full points need not be a multiple of the step."""
        multiples = list(range((low // self.step + 1) * self.step, high + 1, self.step))
        return [*multiples, high] if low < high and high % self.step else multiples


@dataclass(frozen=True, slots=True)
class Grains:
    """How grains are actuals: actual = base + grain × number of grains; grain may be negative, not zero."""

    grain: Fraction
    base: Fraction = ZERO

    def actual(self, grains: int | Fraction) -> Fraction:
        """The actual value of so many grains."""
        return self.base + self.grain * grains

    def grains(self, actual: Fraction) -> Fraction:
        """How many grains an actual value is."""
        return (actual - self.base) / self.grain


def steps_of(
    course: RowCourse, scale: Grains, low: int, high: int | None, extra: Iterable[Fraction] = ()
) -> list[Step]:
    """Every step from `low` to `high` grains (both included), in order and without gap."""
    cut = course.cut(extra)
    rounding = RoundingSteps(course.case, isinstance(cut[0], OwnPiece))
    ends = [piece.low for piece in cut if piece.low is not None]
    exactly = [end for end in ends if scale.grains(end).denominator == 1]
    alone = {int(scale.grains(end)): end for end in exactly}
    inner = {n: end for n, end in alone.items() if n >= low and (high is None or n <= high)}
    starts: list[tuple[int, int, Fraction]] = []
    if inner:
        scored = score([course.at(end) for end in inner.values()])
        figures = zip(scored["earned"].tolist(), scored["num"].tolist(), scored["den"].tolist(), strict=True)
        starts += [(n, int(e), Fraction(int(num), int(den))) for n, (e, num, den) in zip(inner, figures, strict=True)]
    for piece in cut:
        starts += _starts(piece, scale, low, high, rounding)
    starts.sort(key=lambda start: start[0])
    return [
        Step(first, (following[0] - 1) if following else high, earned, reached)
        for (first, earned, reached), following in zip(starts, [*starts[1:], None], strict=True)
    ]


def _starts(
    piece: Piece, scale: Grains, low: int, high: int | None, rounding: RoundingSteps
) -> Iterator[tuple[int, int, Fraction]]:
    """Where steps begin inside one piece, with what is earned there and the attainment."""
    ends = [None if end is None else scale.grains(end) for end in (piece.low, piece.high)]
    left, right = ends if scale.grain > 0 else ends[::-1]
    first = low if left is None else max(low, floor(left) + 1)
    bounds = [end for end in (high, None if right is None else ceil(right) - 1) if end is not None]
    last = min(bounds, default=None)
    if last is not None and last < first:
        return
    begun = rounding.of(piece.points(scale.actual(first)))
    here = {first: begun}
    if not piece.flat and last != first:
        ending = rounding.of(piece.points(None if last is None else scale.actual(last)))
        if last is None and ending > begun and rounding.least(ending) >= piece.points(None):
            ending = max([begun, *(e for e in rounding.levels(begun, ending) if e < ending)])  # never quite reached
        for earned in rounding.levels(begun, ending):
            here[max(first, ceil(scale.grains(piece.where(rounding.least(earned)))))] = earned
        for earned, below in pairwise([*reversed(rounding.levels(ending, begun)), ending]):
            here[max(first, floor(scale.grains(piece.where(rounding.least(earned)))) + 1)] = below
    for start in sorted(here):
        yield start, here[start], piece.reached.at(scale.actual(start))
