"""How a printed score may be rounded: half up at the decimals it is printed with, at hundredths where it shows none."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from evaluator.auditing.recomputed import HALF
from evaluator.figures import half_up


def rounded(exact: Fraction, printed: str, step: int = 1, points: Fraction | None = None) -> bool:
    """Whether a printed score is the exact one, rounded half up.

    At the decimals printed, or at 0.01 where none is printed; or at the policy's own step (hundredths) where that is coarser,
    never above the row's points.
    """
    value, places = Fraction(printed), len(printed.partition(".")[2])
    if Fraction(half_up(exact, min(places, 12) or 2)) == value:
        return True
    own = Fraction(half_up(exact * 100 / step, 0)) * step / 100
    return value == own or (points is not None and value == points < own)


def coarser(exact: Fraction, printed: str) -> str:
    """In which coarser way a printed score that is not rounded so comes from the exact one; '' where none does."""
    value = Fraction(printed)
    return next((how for how, score in _ways(exact) if score == value), "")


def _ways(exact: Fraction) -> Iterator[tuple[str, Fraction]]:
    yield "四舍五入到整数", Fraction(half_up(exact, 0))
    yield "四舍五入到一位小数", Fraction(half_up(exact, 1))
    yield "取到 0.5", Fraction(half_up(exact / HALF, 0)) * HALF
    for places, how in ((0, "截去小数"), (1, "截到一位小数"), (2, "截到两位小数")):
        yield how, Fraction(int(exact * 10**places), 10**places)
