"""A criterion of values alone as pieces between its ends: constant, straight, or in whole steps; taken from the scoring itself.

What no such pieces say exactly (counts, facts, formulas, points an assessor states, 目标值÷完成值) has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.situation import Query, Situation
from evaluator.criteria.soundness import ends_of
from evaluator.criteria.standard import Standard
from evaluator.criteria.tree import (
    Award,
    Change,
    Count,
    Criterion,
    Fixed,
    Full,
    InProportion,
    Interval,
    Met,
    Otherwise,
    Percentage,
    terms_of,
)
from evaluator.criteria.undecided import comes_whole, found
from evaluator.quantities.units import Quantity

Line = tuple[Fraction, Fraction]  # what it is at 0, and how much more for each unit


@dataclass(frozen=True, slots=True)
class CriterionPiece:
    """The points from `low` on (the number itself only where `at`) up to the next piece: a line; less `by` for each whole or
    started unit of `units`, a line too."""

    low: Fraction
    at: bool
    line: Line
    by: Fraction = Fraction(0)
    units: Line = (Fraction(0), Fraction(0))
    started: bool = False

    def value(self, x: Fraction) -> Fraction:
        """The points at a value, before they are bounded."""
        number = self.units[0] + self.units[1] * x
        whole = -(-number.numerator // number.denominator) if self.started else number.numerator // number.denominator
        return self.line[0] + self.line[1] * x - self.by * max(whole, 0)


@dataclass(frozen=True, slots=True)
class CriterionPieces:
    """All pieces, the lowest first, and whether points below 0 count as 0 and those above the points of the row as these.

    They hold for numbers from 0 on; with `before`, which holds below the first of them, for all.
    """

    pieces: tuple[CriterionPiece, ...]
    floor: bool
    cap: bool
    whole: bool = False  # whether it holds for whole numbers only: nothing is said of half a person
    before: CriterionPiece | None = None

    def at(self, x: Fraction) -> CriterionPiece:
        """The piece a value is on."""
        here = [piece for piece in self.pieces if piece.low < x or (piece.at and piece.low == x)]
        piece = here[-1] if here else self.before
        assert piece is not None, x
        return piece

    def value(self, x: Fraction, points: Fraction) -> Fraction:
        """The points at a value."""
        value = self.at(x).value(x)
        value = max(value, Fraction(0)) if self.floor else value
        return min(value, points) if self.cap else value


def pieces_of(
    standard: Standard, target: str, points: Fraction, sign: Any = None, negative: bool = False
) -> CriterionPieces | None:
    """The pieces of a criterion in the unit of its target, for numbers below 0 too where `negative`.

    None where values alone do not decide, or no pieces say it exactly.
    """
    aim = Situation(target, sign=sign).aim()
    if aim is None or not _plain(standard) or any(True for _ in standard.asks(target, points, sign)):
        return None
    if standard.inputs(target, points, sign):
        return None
    try:
        return _cut(standard.tree, aim, target, points, sign, negative)
    except _Unsaid:
        return None


def open_at_ends(standard: Standard, target: str, points: Fraction, sign: Any = None) -> Query | None:
    """What a criterion leaves open for some value, if not for the worked ones around its target."""
    aim = Situation(target, sign=sign).aim()
    if aim is None:
        return None
    for end in ends_of(standard.tree, aim):
        situation = Situation(target, str(aim), points, sign=sign, computed=Quantity(end, aim.unit))
        try:
            asks = found(standard.tree, situation).asks
        except Refusal:
            continue
        if settles := [ask.question for ask in asks if ask.question.settles]:
            return settles[0]
    return None


class _Unsaid(Exception):
    """No piece says it."""


def _plain(standard: Standard) -> bool:
    tree = standard.tree
    whens = [rule.when for rule in tree.rules if isinstance(rule, Award | Change)]
    steps = [rule for rule in tree.rules if isinstance(rule, Change) and rule.per is not None]
    return (
        not (tree.parts or tree.most_gained or tree.most_lost or standard.vetoes)
        and all(isinstance(rule, Award | Change) for rule in tree.rules)
        and all(isinstance(condition, Interval | Met | Otherwise) for when in whens for condition in when)
        and all(
            isinstance(rule.gets, Full | Fixed | Percentage | InProportion)
            for rule in tree.rules
            if isinstance(rule, Award)
        )
        and all(isinstance(rule.per, Count) or rule.per.way in ("short", "over", "each") for rule in steps if rule.per)
        and (len(steps) < 2 or tree.term("step") in (None, "proportion"))
    )


def _cut(tree: Criterion, aim: Quantity, target: str, points: Fraction, sign: Any, negative: bool) -> CriterionPieces:
    def scored(criterion: Criterion) -> Callable[[Fraction], Fraction]:
        def at(x: Fraction) -> Fraction:
            situation = Situation(target, str(aim), points, sign=sign, computed=Quantity(x, aim.unit))
            try:
                earned = found(criterion, situation).earned
            except Refusal:
                raise _Unsaid from None
            if earned is None or earned.points is None:
                raise _Unsaid
            return earned.points

        return at

    terms = dict(tree.terms)
    whole = "step" not in terms and comes_whole(aim)
    tree = replace(tree, terms=terms_of(terms | {"step": "proportion"})) if whole else tree
    exact = scored(tree)
    high = Situation(target, sign=sign).aim("over") or aim
    loose = replace(tree, most=None, terms=terms_of(dict(tree.terms) | {"floor": "none", "cap": "none"}))
    ends = sorted({end for end in (Fraction(0), aim.number, high.number, *ends_of(tree, aim)) if negative or end >= 0})
    pieces: list[CriterionPiece] = []
    for low, top in [*pairwise(ends), (ends[-1], None)]:
        pieces.append(CriterionPiece(low, True, (exact(low), Fraction(0))))
        far = (top - low) / 4 if top is not None else max(abs(low), Fraction(1))
        inside = [low + far * n for n in (1, 2, 3)]
        pieces.append(_between(loose, low, inside, scored))
    capped = terms.get("cap") == "points" or tree.most == points
    below = [ends[0] - n * max(abs(ends[0]), Fraction(1)) for n in range(1, 7)] if negative else []
    before = _between(loose, ends[0], below[:3], scored) if negative else None
    curve = CriterionPieces(tuple(_joined(pieces)), terms.get("floor") == "0", capped, whole, before)
    if any(curve.value(x, points) != exact(x) for x in below):
        raise _Unsaid
    for low, top in [*pairwise(ends), (ends[-1], None)]:
        far = (top - low) / 7 if top is not None else max(abs(low), Fraction(1)) * Fraction(9, 7)
        if any(curve.value(x, points) != exact(x) for x in (low, *(low + far * n for n in range(1, 7)))):
            raise _Unsaid
    return curve


def _joined(pieces: list[CriterionPiece]) -> list[CriterionPiece]:
    """The pieces without those that say the same as the one before, and a number with the piece above it where they agree."""
    kept: list[CriterionPiece] = []
    for piece in pieces:
        agrees = bool(kept) and kept[-1].value(piece.low) == piece.value(piece.low)
        if agrees if piece.at else (kept and _alike(kept[-1], piece)):
            continue
        if kept and kept[-1].at and kept[-1].low == piece.low and kept[-1].value(piece.low) == piece.value(piece.low):
            piece = replace(kept.pop(), line=piece.line, by=piece.by, units=piece.units, started=piece.started)  # noqa: PLW2901
        kept.append(piece)
    return kept


def _alike(piece: CriterionPiece, other: CriterionPiece) -> bool:
    return replace(piece, low=other.low, at=other.at) == other


def _between(
    tree: Criterion,
    low: Fraction,
    inside: list[Fraction],
    scored: Callable[[Criterion], Callable[[Fraction], Fraction]],
) -> CriterionPiece:
    """The piece above an end."""
    step = tree.term("step")
    stepped = [rule for rule in tree.rules if isinstance(rule, Change) and rule.per is not None]
    if step in (None, "proportion") or not stepped:
        return CriterionPiece(low, False, _line(scored(tree), inside))
    smooth = replace(tree, terms=terms_of(dict(tree.terms) | {"step": "proportion"}))
    (change,) = stepped
    twice = replace(
        smooth,
        rules=tuple(replace(rule, by=2 * rule.by) if rule is change else rule for rule in smooth.rules),
    )
    once, double = _line(scored(smooth), inside), _line(scored(twice), inside)
    start: Line = (2 * once[0] - double[0], 2 * once[1] - double[1])
    taken: Line = (once[0] - double[0], once[1] - double[1])
    if not any(taken):
        return CriterionPiece(low, False, once)
    by = -change.by if not change.share else Fraction(0)
    if not by:
        raise _Unsaid
    return CriterionPiece(low, False, start, by, (taken[0] / by, taken[1] / by), step == "started")


def _line(value: Callable[[Fraction], Fraction], inside: list[Fraction]) -> Line:
    """The line through the values of a straight function; raises _Unsaid where it is not straight."""
    first, second, third = inside
    low, middle, top = value(first), value(second), value(third)
    if middle - low != top - middle:
        raise _Unsaid
    slope = (middle - low) / (second - first)
    return low - slope * first, slope


def numbers_of(pieces: CriterionPieces) -> Iterator[Fraction]:
    """Every number in the pieces."""
    for piece in pieces.pieces:
        yield from (piece.low, *piece.line, piece.by, *piece.units)
