"""Filled tables recomputed: printed figures as numbers, an actual under its target as an exact score, and how that is rounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from evaluator.comparators import COMPARATORS
from evaluator.figures import decimal, half_up, percent
from evaluator.policy import Policy
from evaluator.quantities.numerals import normalise, read_number
from evaluator.quantities.quantity import Pair, Target, Unreadable, set_beside
from evaluator.quantities.reading import Amount
from evaluator.rowreading import surely_not_over

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure judged: the printed one, the recomputed one (None when there is none), why, and the readings that disagree."""

    verdict: Literal["agree", "differ", "undecidable"]
    printed: str | None
    computed: str | None
    reason: str
    readings: tuple[str, ...] = ()  # of what is undecidable: the ways it can be meant, at least two


@dataclass(frozen=True, slots=True)
class Reached:
    """A row as read: its pair, how far it was reached, the exact score, the formula."""

    pair: Pair
    attainment: Fraction
    met: bool
    exact: Fraction
    formula: str
    kind: str  # of the target's unit
    taken: Fraction = Fraction(0)  # what the policy takes off for a target set too low


@lru_cache(maxsize=65536)
def figure(text: str | None) -> str | None:
    """The digits of a printed figure, None when it is not certainly one number."""
    if text is None:
        return None
    try:
        digits = normalise(text).replace(" ", "").removesuffix("分")
        read_number(digits)
    except Unreadable:
        return None
    return digits.replace(",", "")


@lru_cache(maxsize=65536)
def number(text: str | None) -> Fraction | None:
    """A printed figure as a number."""
    digits = figure(text)
    return None if digits is None else Fraction(digits)


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """A text in one form, however long."""
    try:
        return normalise(text)
    except Unreadable:
        return " ".join(text.split())


def decimals_of(text: str) -> int:
    """The digits after the point of the first number in a text."""
    match = re.search(r"[0-9]\.([0-9]+)", plain(text))
    return len(match[1]) if match else 0


def is_blank(text: str | None) -> bool:
    """Whether a cell says nothing."""
    return text is None or not re.sub(r"[-/\\_.·*— ]", "", plain(text))


def reach(target: Target, actual: str, points: Fraction, policy: Policy, year: int | None, category: str) -> Reached:
    """Score an actual under its target exactly, as a row of its level-1 category; raises Unreadable where that is not certain."""
    pair = set_beside(target, actual, year=year)
    surely_not_over(pair, actual, policy, category)
    comparator = COMPARATORS[policy.counted(pair.comparator)]
    attainment, met = comparator.attained(pair.actual, pair.target, pair.high)
    numeric = comparator.direction != "done"
    share = policy.course(policy.scale_for(category, "quantitative") if numeric else "binary").share_at(attainment)
    taken = min(Fraction(policy.taken(pair.comparator, comparator.scale, attainment), 100), points * share)
    exact = min(points * share, points) - taken
    says = f"{decimal(points, 2)} × {percent(share)}"
    if numeric and share == attainment < 1 and comparator.direction != "within":
        inner = comparator.formula.format(actual=in_unit_of(pair.actual, pair), target=in_unit_of(pair.target, pair))
        says = f"{decimal(points, 2)} × {inner if ' − ' not in inner else f'（{inner}）'}"
    says += f" − {decimal(taken, 2)}" if taken else ""
    kind = target.content.low.unit.kind if isinstance(target.content, Amount) else ""
    return Reached(pair, attainment, met, exact, f"{says} = {decimal(exact, 4)}", kind, taken)


def in_unit_of(value: Fraction, pair: Pair) -> str:
    """A number in the unit of its pair."""
    return decimal(value) + pair.unit


# ---- how a printed score may be rounded --------------------------------------------------------------------------


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
