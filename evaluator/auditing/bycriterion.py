"""The readings of a row that prints its own scoring standard (评分标准): its score by that sentence, and what the sentence leaves open.

A score is right only where the sentence can be read, the row is all it needs, and nothing is open that changes the points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from evaluator.auditing.meanings import RowReading
from evaluator.auditing.recomputed import is_blank, number
from evaluator.figures import decimal
from evaluator.intake.filled.formdata import FilledRow
from evaluator.quantities.numerals import Unreadable

_NONE = Fraction(0)


def by_criterion(row: FilledRow, points: Fraction, year: int | None) -> list[RowReading]:
    """The readings of a row under its own standard; none where it prints none."""
    if row.criterion is None or is_blank(row.criterion):
        return []
    spoken = number(row.printed_points)  # a criterion speaks of the points the table prints, whatever they come to
    if not spoken or spoken == points:
        return list(_readings(row, row.criterion, points, year))
    readings = _readings(row, row.criterion, spoken, year)
    return [_converted(reading, points / spoken, f"，折合 {decimal(points)} 分制") for reading in readings]


def _converted(reading: RowReading, share: Fraction, how: str) -> RowReading:
    return replace(reading, says=reading.says + how, low=reading.low * share, high=reading.high * share)


def _readings(row: FilledRow, text: str, points: Fraction, year: int | None) -> Iterator[RowReading]:
    from evaluator.criteria.faulty import Refusal
    from evaluator.criteria.saying import written
    from evaluator.criteria.sentences import read
    from evaluator.criteria.situation import Situation
    from evaluator.criteria.undecided import outcomes

    try:
        tree = read(text)
        ends, inputs = outcomes(tree, Situation(row.target or "", row.actual, points, year=year))
    except (Refusal, Unreadable) as error:
        yield from _open(f"评分标准“{text[:60]}”不能照它重算（{_why(error)}）", points)
        return
    says = f"按评分标准“{written(tree)}”"
    scores = {earned.points for _, earned in ends if earned.points is not None}
    if len(scores) == 1 and not inputs and len(scores) == len({earned.points for _, earned in ends}):
        yield _exactly(f"{says}：{ends[0][1].says}", scores.pop(), sure=True)
        return
    for meant, earned in ends:
        if earned.points is not None:
            yield _exactly(f"{says}，{'，'.join(meant)}：{earned.says}", earned.points, sure=False)
    if inputs or not scores:
        yield from _open(f"{says}，表上没有写：{inputs[0].asks}" if inputs else f"{says}，它不给本行的分", points)


def _why(error: Exception) -> str:
    return str(getattr(error, "says", error))


def _exactly(says: str, points: Fraction, sure: bool) -> RowReading:
    return RowReading(f"{says}（{decimal(points, 4)}）" if sure else says, points, points, sure)


def _open(why: str, points: Fraction) -> Iterator[RowReading]:
    yield RowReading(f"{why}；得满分", points, points, sure=False)
    yield RowReading(f"{why}；扣了分", _NONE, points, sure=False, open=True)
