"""Grounds applied to scores: what a review leaves of each row, exactly, whatever the order the grounds are stated in.

A row keeps the share that its grounds together leave, rounded half up once to the policy's step and never above the score
it had. Rows that are one indicator repeated count once: the one that keeps most does, the first of several, and the others
are 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.errors import Problem, ReviewProblems, Where, nearest
from evaluator.figures import half_up
from evaluator.reviewing.scale import Applies, ReviewScale

NOTHING, ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A row as it comes to the review: its name, its score in points, and what kinds of indicator it is."""

    row: str
    score: Fraction
    kinds: frozenset[Applies] = frozenset()


@dataclass(frozen=True, slots=True)
class RowGround:
    """A ground stated of a row; of a repeated indicator also the row it repeats."""

    row: str
    clause: str
    same_as: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row after the review: the score it had, what is left of it, the share kept, and the row that counts in its place."""

    row: str
    score: Fraction
    review: Fraction
    share: Fraction
    counted_as: str = ""


def review(
    scale: ReviewScale, rows: Sequence[ReviewedRow], stated: Iterable[RowGround], step: int
) -> tuple[Reviewed, ...]:
    """The rows, reviewed; `step` is what a score is rounded to, in hundredths of a point.

    Raises ReviewProblems (V101 to V105) with everything that cannot be applied.
    """
    listed = list(stated)
    if problems := list(_check(scale, rows, listed)):
        raise ReviewProblems(problems)
    made = {one.row: _kept(scale, one, {each.clause for each in listed if each.row == one.row}, step) for one in rows}
    for group in _repeated([one.row for one in rows], listed):
        counts = max(group, key=lambda row: made[row].review)  # the first of several
        for row in group:
            if row != counts:
                made[row] = Reviewed(row, made[row].score, NOTHING, NOTHING, counts)
    return tuple(made.values())


def _kept(scale: ReviewScale, one: ReviewedRow, clauses: set[str], step: int) -> Reviewed:
    share = scale.several.share([ground.share for ground in scale.grounds if ground.id in clauses])
    if share == ALL:
        return Reviewed(one.row, one.score, one.score, ALL)
    size = Fraction(step, 100)
    left = Fraction(half_up(one.score * share / size, 0)) * size
    return Reviewed(one.row, one.score, min(left, one.score), share)


def _repeated(rows: Sequence[str], stated: Iterable[RowGround]) -> list[list[str]]:
    """The groups of rows that are one indicator, each in the order of the rows; who repeats whom does not matter."""
    group = {row: {row} for row in rows}
    for one in stated:
        if one.same_as:
            joined = group[one.row] | group[one.same_as]
            group |= dict.fromkeys(joined, joined)
    several = {frozenset(members) for members in group.values() if len(members) > 1}
    return sorted(
        ([row for row in rows if row in members] for members in several), key=lambda made: rows.index(made[0])
    )


def _check(scale: ReviewScale, rows: Sequence[ReviewedRow], stated: Iterable[RowGround]) -> Iterator[Problem]:
    kinds = {one.row: one.kinds for one in rows}
    for row in (one.row for one in rows if one.score < 0):
        yield Problem("V105", f"“{row}”的得分是负数，不能复核", None, remedy="先更正得分")
    for one in stated:
        ground = scale.of(one.clause)
        if ground is None:
            known = [each.id for each in scale.grounds]
            says = f"复核扣分标准“{scale.id}”没有条款“{one.clause}”"
            yield Problem("V101", says, one.where, "、".join(known), nearest(one.clause, known))
        for row in (one.row, *([one.same_as] if one.same_as else [])):
            if row not in kinds:
                yield Problem("V102", f"没有指标“{row}”", one.where, "、".join(kinds), nearest(row, kinds))
        if ground is None or one.row not in kinds:
            continue
        if ground.applies != "各类" and ground.applies not in kinds[one.row]:
            says = f"“{ground.title}”只用于{ground.applies}类指标，“{one.row}”不是"
            yield Problem("V103", says, one.where)
        if (ground.does == "只计一次") != bool(one.same_as) or one.same_as == one.row:
            says = f"“{ground.title}”" + (
                "须写明与哪一个指标重复" if ground.does == "只计一次" else "不写与哪个指标重复"
            )
            yield Problem("V104", says, one.where, "另一个指标" if ground.does == "只计一次" else "")
