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
    left = {
        row.row: _kept(scale, row, {ground.clause for ground in listed if ground.row == row.row}, step) for row in rows
    }
    for group in _repeated(list(left), listed):
        counts = max(group, key=lambda name: left[name].review)  # the first of several
        for name in group:
            if name != counts:
                left[name] = Reviewed(name, left[name].score, NOTHING, NOTHING, counts)
    return tuple(left.values())


def _kept(scale: ReviewScale, row: ReviewedRow, clauses: set[str], step: int) -> Reviewed:
    share = scale.several.share([ground.share for ground in scale.grounds if ground.id in clauses])
    if share == ALL:
        return Reviewed(row.row, row.score, row.score, ALL)
    size = Fraction(step, 100)
    left = Fraction(half_up(row.score * share / size, 0)) * size
    return Reviewed(row.row, row.score, min(left, row.score), share)


def _repeated(rows: Sequence[str], stated: Iterable[RowGround]) -> list[list[str]]:
    """The groups of rows that are one indicator, each in the order of the rows; who repeats whom does not matter."""
    group = {row: {row} for row in rows}
    for ground in stated:
        if ground.same_as:
            joined = group[ground.row] | group[ground.same_as]
            group |= dict.fromkeys(joined, joined)
    several = {frozenset(members) for members in group.values() if len(members) > 1}
    return sorted(
        ([row for row in rows if row in members] for members in several), key=lambda members: rows.index(members[0])
    )


def _check(scale: ReviewScale, rows: Sequence[ReviewedRow], stated: Iterable[RowGround]) -> Iterator[Problem]:
    kinds = {row.row: row.kinds for row in rows}
    for row in rows:
        if row.score < 0:
            yield Problem("V105", f"“{row.row}”的得分是负数，不能复核", None, remedy="先更正得分")
    for use in stated:
        ground = scale.of(use.clause)
        if ground is None:
            known = [clause.id for clause in scale.grounds]
            says = f"复核扣分标准“{scale.id}”没有条款“{use.clause}”"
            yield Problem("V101", says, use.where, "、".join(known), nearest(use.clause, known))
        for name in (use.row, use.same_as):
            if name and name not in kinds:
                yield Problem("V102", f"没有指标“{name}”", use.where, "、".join(kinds), nearest(name, kinds))
        if ground is None or use.row not in kinds:
            continue
        if ground.applies != "各类" and ground.applies not in kinds[use.row]:
            says = f"“{ground.title}”只用于{ground.applies}类指标，“{use.row}”不是"
            yield Problem("V103", says, use.where)
        once = ground.does == "只计一次"
        if once != bool(use.same_as) or use.same_as == use.row:
            says = f"“{ground.title}”{'须写明与哪一个指标重复' if once else '不写与哪个指标重复'}"
            yield Problem("V104", says, use.where, "另一个指标" if once else "")
