"""Points that are not printed row by row: found from the sums of a block, a level or the whole table.

Where the rows that are alike have scores that add up to their points together, each lost nothing; where they do not, the one
row whose score is no allotted number is the one that did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, product
from math import prod

from evaluator.auditing.readings import readings, surely_met
from evaluator.auditing.recomputed import number, rounded
from evaluator.figures import decimal, half_up
from evaluator.intake.filled.formdata import GROUPS, FilledRow, FilledTable
from evaluator.policy import Policy

_TRIES = 4096  # combinations of points worth looking through
_GRAINS = (Fraction(5), Fraction(1), Fraction(1, 2))  # how points are allotted, the usual way first
_FULL = "（没有印分值；各行得分合计等于分值合计，分值即得分）"


@dataclass(frozen=True, slots=True)
class Allotted:
    """A row with its points, and how these follow; the ways they can fall where several rows may have lost some."""

    row: FilledRow
    how: str = ""
    open: tuple[str, ...] = ()


def allot(table: FilledTable, rows: Sequence[FilledRow], policy: Policy) -> list[Allotted]:
    """The rows with the points that follow from the sums of their table."""
    allotted = [Allotted(row) for row in rows]
    for members, worth, of in shares(table):
        scores = [number(rows[index].score) for index in members]
        if not worth or worth < 0 or any(score is None for score in scores):
            continue
        known = [score for score in scores if score is not None]
        lost = worth - sum(known, Fraction(0))
        if lost and (implied := _solved(rows, members, known, worth, policy, table.year)):
            for index, points in zip(members, implied, strict=True):
                row = rows[index].model_copy(update={"points": decimal(points)})
                allotted[index] = Allotted(row, f"（没有印分值；{of}，由得分和完成程度推得各行分值，合计相符）")
        elif lost == 0:
            for index in members:
                allotted[index] = Allotted(rows[index].model_copy(update={"points": rows[index].score}), _FULL)
        elif lost > 0 and all(surely_met(rows[index], policy, table.year) for index in members):
            for index, lacking in zip(members, _short(rows, members, known, lost, of), strict=True):
                allotted[index] = lacking
    return allotted


def _solved(
    rows: Sequence[FilledRow],
    members: Sequence[int],
    scores: Sequence[Fraction],
    worth: Fraction,
    policy: Policy,
    year: int | None,
) -> tuple[Fraction, ...] | None:
    """The only points that explain every score of rows together worth so much; None where there are none, or several."""
    able = [_implied(rows[index], score, policy, year) for index, score in zip(members, scores, strict=True)]
    if any(not each for each in able) or prod(len(each) for each in able) > _TRIES:
        return None
    solutions = {points for points in product(*able) if sum(points, Fraction(0)) == worth}
    return solutions.pop() if len(solutions) == 1 else None


def _implied(row: FilledRow, score: Fraction, policy: Policy, year: int | None) -> set[Fraction]:
    """The whole or half points of which a row can have earned its printed score."""
    implied: set[Fraction] = set()
    if row.criterion is not None:
        return implied  # its own standard scores by its points, which are not known
    for reading in readings(row, Fraction(1), "0", policy, year):
        if reading.sure and reading.low == reading.high > 0:
            points = score if reading.low == 1 else Fraction(half_up(score / reading.low * 2, 0)) / 2
            implied |= {points} if rounded(points * reading.low, row.score or "") else set()
    return implied


def _short(
    rows: Sequence[FilledRow], members: Sequence[int], scores: Sequence[Fraction], lost: Fraction, of: str
) -> Iterator[Allotted]:
    """Rows that all reached their targets and yet lack some points together: which one lost them.

    The one whose score with them, and everyone else's without, are all fives, else all whole, else all halves.
    """
    culprits = next((able for grain in _GRAINS if (able := _fitting(members, scores, lost, grain))), list(members))
    for index, score in zip(members, scores, strict=True):
        row, due = rows[index], decimal(score + lost)
        if culprits == [index]:
            how = f"（没有印分值；{of}，各行都达到指标值，少的 {decimal(lost)} 分在这一行，分值是 {due}）"
            yield Allotted(row.model_copy(update={"points": due}), how)
        elif len(culprits) == 1:
            how = f"（没有印分值；{of}，少的 {decimal(lost)} 分不在这一行，分值即得分）"
            yield Allotted(row.model_copy(update={"points": row.score}), how)
        elif index in culprits:
            ways = (f"分值是 {decimal(score)}，得了满分", f"分值是 {due}，少得 {decimal(lost)} 分")
            yield Allotted(row, f"{of}，各行都达到指标值而合计少 {decimal(lost)} 分，不知少在哪一行", ways)
        else:
            yield Allotted(row.model_copy(update={"points": row.score}), _FULL)


def _fitting(members: Sequence[int], scores: Sequence[Fraction], lost: Fraction, grain: Fraction) -> list[int]:
    """The rows that can have lost the points so that all points are multiples of a grain."""
    whole = [(score / grain).denominator == 1 for score in scores]
    return [
        index
        for at, index in enumerate(members)
        if ((scores[at] + lost) / grain).denominator == 1 and all(whole[:at] + whole[at + 1 :])
    ]


def headings(rows: Sequence[FilledRow]) -> Iterator[tuple[str, list[int], Fraction | None]]:
    """The blocks and levels that print one number of points: their titles, their rows, the points (None: not a number)."""
    for name in GROUPS:
        for title, run in groupby(range(len(rows)), key=lambda index: getattr(rows[index], name)):
            members = list(run)
            printed = {getattr(rows[index], f"{name}_points") for index in members} - {None}
            if title and len(printed) == 1:
                yield title, members, number(printed.pop())


def shares(table: FilledTable) -> Iterator[tuple[list[int], Fraction | None, str]]:
    """Rows that print no points, with the points they have together: of their block or level, or else what the rest of the table leaves."""
    rows = table.indicators
    if table.rows_complete is False or any(row.merged.keys() & {"points", "score"} for row in rows):
        return
    done: set[int] = set()
    for title, members, worth in headings(rows):
        if not done & set(members) and all(rows[index].points is None for index in members):
            done |= set(members)
            yield members, worth, f"“{title}”共 {decimal(worth or Fraction(0))} 分"
    left = [index for index, row in enumerate(rows) if row.points is None and index not in done]
    known = [number(row.points) for row in rows if row.points is not None]
    spending = number(table.execution.points) if table.execution else None
    if left and not done and spending is not None and None not in known:
        worth = 100 - spending - sum((points for points in known if points), Fraction(0))
        yield left, worth, f"{'各行' if len(left) == len(rows) else '没有印分值的各行'}共 {decimal(worth)} 分"
