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
class AttainmentPiece:
    """An open interval of actuals on which attainment is base + slope × actual (or ÷ actual), on one line of the scale."""

    low: Fraction | None
    high: Fraction | None
    base: Fraction
    slope: Fraction
    inverse: bool
    line: tuple[Fraction, Fraction]  # intercept and slope of the share
    deducted: int
    case: Case

    def attainment(self, actual: Fraction) -> Fraction:
        """The attainment at an actual value on this piece."""
        return self.base + (self.slope / actual if self.inverse else self.slope * actual)

    def points(self, actual: Fraction | None) -> Fraction:
        """Points before rounding; None is the limit far away."""
        reached = self.base if actual is None else self.attainment(actual)
        return max(self.case.points * (self.line[0] + self.line[1] * reached) - self.deducted, ZERO)

    @property
    def flat(self) -> bool:
        """Whether the points are the same everywhere on it."""
        return self.slope == 0 or self.line[1] == 0 or self.case.points == 0

    def where(self, worth: Fraction) -> Fraction:
        """The actual at which the points before rounding are `worth`, wherever that is on the line; not when flat."""
        reached = ((worth + self.deducted) / self.case.points - self.line[0]) / self.line[1]
        return self.slope / (reached - self.base) if self.inverse else (reached - self.base) / self.slope

    def per_unit(self, actual: Fraction) -> Fraction:
        """Hundredths of a point one unit more of the actual brings, at the margin."""
        change = -self.slope / actual**2 if self.inverse else self.slope
        return self.case.points * self.line[1] * change


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
    samples = [_inside(low, high) for low, high in spans]
    scored = score([replace(case, actual=actual) for three in samples for actual in three])
    rows = iter(zip(scored["num"].tolist(), scored["den"].tolist(), scored["segment"].tolist(), strict=True))
    cut = []
    for (low, high), three in zip(spans, samples, strict=True):
        mine = list(islice(rows, 3))
        reached = [Fraction(int(num), int(den)) for num, den, _ in mine]
        lines = {segment for _, _, segment in mine}
        taken = {case.policy.taken(case.comparator, case.scale, share) for share in reached}
        form = _form(three, reached)
        if form is None or len(lines) > 1 or len(taken) > 1:
            says = f"比较方式“{case.comparator}”的完成率不是完成值的一次函数或反比例函数，不能推算"
            raise UsageProblem([Problem("U360", says)])
        line = lines_of(case.policy, case.scale)[lines.pop()]
        cut.append(AttainmentPiece(low, high, *form, (line.intercept, line.slope), taken.pop(), case))
    return cut


def _inside(low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction, Fraction]:
    """Three actuals inside a span."""
    if low is None:
        assert high is not None
        return high - 3, high - 2, high - 1
    if high is None:
        return low + 1, low + 2, low + 3
    return low + (high - low) / 4, low + (high - low) / 2, low + (high - low) * 3 / 4


def _form(at: Sequence[Fraction], reached: Sequence[Fraction]) -> tuple[Fraction, Fraction, bool] | None:
    """Base, slope and whether over the actual: the line through the first two that the third is on."""
    for inverse in (False, True):
        x = [1 / actual for actual in at] if inverse else list(at)
        slope = (reached[1] - reached[0]) / (x[1] - x[0])
        base = reached[0] - slope * x[0]
        if base + slope * x[2] == reached[2]:
            return base, slope, inverse
    return None


class RoundingSteps:
    """How points before rounding become points, and which least ones become so many."""

    def __init__(self, case: Case) -> None:
        self.step, self.points = case.policy.rounding.step, case.points

    def of(self, exact: Fraction) -> int:
        """Exact points (hundredths) as the row is rounded: half up, once, never above its points."""
        if exact == self.points:
            return self.points
        return min(floor(exact / self.step + Fraction(1, 2)) * self.step, self.points)

    def least(self, earned: int) -> Fraction:
        """The least before rounding that becomes `earned` or more; included."""
        bound = Fraction(-(-earned // self.step) * self.step) - Fraction(self.step, 2)
        return min(bound, Fraction(self.points)) if earned == self.points else bound

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


def steps_of(case: Case, scale: Grains, low: int, high: int | None, extra: Iterable[Fraction] = ()) -> list[Step]:
    """Every step from `low` to `high` grains (both included), in order and without gap."""
    rounding = RoundingSteps(case)
    cut = attainment_pieces(case, extra)
    ends = [piece.low for piece in cut if piece.low is not None]
    exactly = [end for end in ends if scale.grains(end).denominator == 1]
    alone = {int(scale.grains(end)): end for end in exactly}
    inside = {n: end for n, end in alone.items() if n >= low and (high is None or n <= high)}
    starts: list[tuple[int, int, Fraction]] = []
    if inside:
        scored = score([replace(case, actual=end) for end in inside.values()])
        figures = zip(scored["earned"].tolist(), scored["num"].tolist(), scored["den"].tolist(), strict=True)
        starts += [(n, int(e), Fraction(int(num), int(den))) for n, (e, num, den) in zip(inside, figures, strict=True)]
    for piece in cut:
        starts += _starts(piece, scale, low, high, rounding)
    starts.sort(key=lambda start: start[0])
    return [
        Step(first, (following[0] - 1) if following else high, earned, reached)
        for (first, earned, reached), following in zip(starts, [*starts[1:], None], strict=True)
    ]


def _starts(
    piece: AttainmentPiece, scale: Grains, low: int, high: int | None, rounding: RoundingSteps
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
        yield start, here[start], piece.attainment(scale.actual(start))
