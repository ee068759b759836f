"""The course of a row with a criterion of its own: its exact pieces, cut wherever its points or its attainment turn.

Where the pieces of the criterion end, where each further unit counts, where the points come to 0, to those of the row or to
what the policy deducts beside it, and where attainment turns; between two such numbers one line is taken from the scoring itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil, floor
from typing import TYPE_CHECKING

from evaluator.criteria.faulty import Refusal
from evaluator.model import Indicator
from evaluator.planning.ownpoints import unplanned
from evaluator.planning.steps import ActualForm, OwnPiece, RowCourse, ScaleCourse, breakpoints, form_through, inside
from evaluator.policy import Policy
from evaluator.quantities.dataitems import needs_money
from evaluator.quantities.reading import Amount
from evaluator.rowreading import Reading
from evaluator.scoring import Case, beside_criterion, score

if TYPE_CHECKING:
    from evaluator.criteria.piecewise import CriterionPiece, CriterionPieces

MOST_UNITS = 20_000  # further units that count in one piece; more are not walked along


@dataclass(frozen=True, slots=True)
class OwnCourse:
    """A row by its criterion: `case` without points of its own yet."""

    row: Indicator
    case: Case
    pieces: CriterionPieces

    @property
    def target(self) -> Fraction:
        """The number aimed at."""
        return self.case.target

    def at(self, actual: Fraction) -> Case:
        """The row with a number, as scoring takes it."""
        own = self.pieces.value(actual, Fraction(self.case.points, 100)) * 100
        return replace(self.case, actual=actual, own=own)

    def cut(self, extra: Iterable[Fraction] = ()) -> list[OwnPiece]:
        """The pieces in order, without end where they go on; raises UsageProblem (U378) where not all are straight, or they leave
        the points of the row."""
        spans = self._spans(self._ends(list(extra)))
        samples = [inside(low, high) for low, high in spans]
        cases = [self.at(number) for three in samples for number in three]
        scored = score(cases)
        shares = list(map(Fraction, scored["num"].tolist(), scored["den"].tolist()))
        rows = iter([(share, before_rounding(case, share)) for case, share in zip(cases, shares, strict=True)])
        cut = []
        for (low, high), three in zip(spans, samples, strict=True):
            reached, earned = zip(*islice(rows, 3), strict=True)
            attained, points = form_through(three, reached), form_through(three, earned)
            if attained is None or points is None or points.inverse:
                raise unplanned(self.row, "的得分或完成率不是完成值的一次函数")
            if any(not 0 <= at <= self.case.points for at in earned) or (None in (low, high) and points.slope):
                raise unplanned(self.row, "的得分可能是负分，或超过本行分值")
            cut.append(OwnPiece(low, high, attained, points))
        return cut

    def _spans(self, ends: Iterable[Fraction]) -> list[tuple[Fraction | None, Fraction | None]]:
        """What lies between ends: from 0 on, or from nothing on where numbers below 0 are said something of."""
        kept = sorted(end for end in ends if self.pieces.before or end >= 0)
        spans: list[tuple[Fraction | None, Fraction | None]] = [*pairwise(kept), (kept[-1], None)]
        return [(None, kept[0]), *spans] if self.pieces.before else spans

    def _ends(self, extra: Sequence[Fraction]) -> set[Fraction]:
        """Every number at which something may turn."""
        deducted = (Fraction(step.points) for step in self.case.policy.over_fulfilment.steps)
        worths = {Fraction(0), Fraction(self.case.points), *deducted}
        ends = {Fraction(0), *breakpoints(self.case, extra), *(piece.low for piece in self.pieces.pieces)}
        lows = [piece.low for piece in self.pieces.pieces]
        for piece, high in zip(self.pieces.pieces, [*lows[1:], None], strict=True):
            ends |= set(self._further_units(piece, piece.low, high))
        if self.pieces.before:
            ends |= set(self._further_units(self.pieces.before, None, lows[0]))
        for low, top in self._spans(ends):
            line = self._line(*inside(low, top)[:2])
            if line.slope:
                ends |= {line.where(worth / 100) for worth in worths}
        return ends

    def _line(self, number: Fraction, other: Fraction) -> ActualForm:
        """The line through two numbers of one piece, its points not bounded yet."""
        piece = self.pieces.at(number)
        slope = (piece.value(other) - piece.value(number)) / (other - number)
        return ActualForm(piece.value(number) - slope * number, slope)

    def _further_units(self, piece: CriterionPiece, low: Fraction | None, high: Fraction | None) -> Iterable[Fraction]:
        """Every number on a piece at which one unit more, or less, is counted, as far as that changes anything."""
        at_zero, each = piece.units
        if not piece.by or not each:
            return []
        units = [at_zero + each * end for end in (low, high) if end is not None]
        if (high is None and each > 0) or (low is None and each < 0):  # ever more of them
            bound = self.pieces.floor if piece.by > 0 else self.pieces.cap
            if piece.line[1] or not bound:
                raise unplanned(self.row, "的得分可能是负分，或超过本行分值")
            worth = Fraction(0) if piece.by > 0 else Fraction(self.case.points, 100)
            units.append(max((piece.line[0] - worth) / piece.by, *units) + 1)
        least, most = max(min(units), Fraction(0)) if len(units) > 1 else Fraction(0), max(units)
        if most - least > MOST_UNITS:
            raise unplanned(self.row, f"的计扣单位太细（超过{MOST_UNITS}个），不逐个推算")
        return [(n - at_zero) / each for n in range(ceil(least), floor(most) + 1)]


def place_on(cut: Sequence[OwnPiece], number: Fraction) -> tuple[int, bool]:
    """Which piece a number is on, and whether it is the end below it, which is a course of its own."""
    lows = [piece.low for piece in cut if piece.low is not None]
    at = bisect_right(lows, number) - 1
    return at, at >= 0 and lows[at] == number


def before_rounding(case: Case, reached: Fraction) -> Fraction:
    """What a row with points of its own earns before it is rounded (hundredths), what the policy deducts beside them taken."""
    assert case.own is not None
    due, _ = beside_criterion(case.policy, case.comparator, case.scale, reached)
    return case.own - min(Fraction(due), max(case.own, Fraction(0)))


def course_of(reading: Reading, content: Amount, policy: Policy, least: Fraction | None = None) -> RowCourse:
    """The course of a row that aims at a number and comes to no less than `least`; raises UsageProblem (U378) where its points
    depend on more than that."""
    row = reading.indicator
    if row.of_data is not None and needs_money(row.of_data):
        raise unplanned(row, "由采集数据和金额一起计算")
    return (
        ScaleCourse(aimed(reading, content, policy)) if row.criterion is None else _own(reading, content, policy, least)
    )


def may_be_negative(reading: Reading, content: Amount) -> bool:
    """Whether numbers below 0 are to be reckoned with: where a row aims at one, is at one, or aims at nothing of what can be."""
    aim = content.low
    here = Fraction(0) if reading.missing else reading.pair.actual
    return aim.number < 0 or here < 0 or (aim.number == 0 and aim.unit.can_be_negative)


def _own(reading: Reading, content: Amount, policy: Policy, least: Fraction | None) -> OwnCourse:
    from evaluator.criteria.piecewise import open_at_ends, pieces_of
    from evaluator.criteria.standard import standard

    row, points = reading.indicator, Fraction(reading.points, 100)
    if content.either_way:
        raise unplanned(row, "的得分按它自己的评分标准计算，指标值在零的两边都算")
    try:
        own = standard(row.criterion or "", row.reads)
        if inputs := own.inputs(row.target, points, row.sign):
            raise unplanned(row, f"的得分还要看：{'；'.join(query.asks for query in inputs)}")
        if asks := list(own.asks(row.target, points, row.sign)):
            raise unplanned(
                row, f"的评分标准有一件事没有答复：{asks[0].question.asks}（reads: {asks[0].question.key}）"
            )
        if query := open_at_ends(own, row.target, points, row.sign):
            raise unplanned(row, f"的评分标准有一件事没有答复：{query.asks}（reads: {query.key}）")
        negative = may_be_negative(reading, content) if least is None else least < 0
        pieces = pieces_of(own, row.target, points, row.sign, negative)
    except Refusal as error:
        raise unplanned(row, f"的评分标准用不上：{error.says}") from None
    if pieces is None:
        raise unplanned(row, "的得分按它自己的评分标准计算，不是完成值的分段一次函数")
    return OwnCourse(row, replace(aimed(reading, content, policy), own=None), pieces)


def aimed(reading: Reading, content: Amount, policy: Policy) -> Case:
    """The case of a row with its target in the target's own unit, whether there is a result or not."""
    high = None if content.high is None else content.high.to(content.low.unit)
    return replace(reading, pair=replace(reading.pair, target=content.low.number, high=high)).case(0, policy)
