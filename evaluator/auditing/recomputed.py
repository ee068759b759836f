"""Filled tables recomputed: printed figures as numbers, an actual under its target as an exact score, and usual roundings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np

from evaluator.comparators import COMPARATORS, Array
from evaluator.figures import decimal, half_up, percent
from evaluator.policy import Policy
from evaluator.preparation import surely_not_over
from evaluator.quantities.numerals import normalise, read_number
from evaluator.quantities.quantity import Pair, Target, Unreadable, set_beside
from evaluator.quantities.reading import Amount

Word = Literal["agree", "differ", "undecidable"]

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure judged: the printed one, the recomputed one (None when there is none), and why."""

    verdict: Word
    printed: str | None
    computed: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A row as read: its pair, how far it was reached, the exact score, the formula."""

    pair: Pair
    attainment: Fraction
    met: bool
    exact: Fraction
    formula: str
    kind: str  # of the target's unit


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


def decimals(text: str) -> int:
    """The digits after the point of the first number in a text."""
    found = re.search(r"[0-9]\.([0-9]+)", plain(text))
    return len(found[1]) if found else 0


def blank(text: str | None) -> bool:
    """Whether a cell says nothing."""
    return text is None or not re.sub(r"[-/\\_.·*— ]", "", plain(text))


def rounded(exact: Fraction, printed: str, step: int = 1, points: Fraction | None = None) -> bool:
    """Whether a printed score is the exact one, rounded half up in any usual way, or cut at the decimals it is printed with.

    Rounded to the policy's own step (hundredths) it is never above the row's points.
    """
    value, places = Fraction(printed), len(printed.partition(".")[2])
    if any(Fraction(half_up(exact, digits)) == value for digits in {0, 1, 2, min(places, 12)}):
        return True
    halves, own = (Fraction(half_up(exact / size, 0)) * size for size in (HALF, Fraction(step, 100)))
    if value in (halves, own) or (points is not None and value == points < own):
        return True
    return places > 0 and Fraction(int(exact * 10**places), 10**places) == value


def reach(target: Target, actual: str, points: Fraction, policy: Policy, year: int | None) -> Reached:
    """Score an actual under its target exactly; raises Unreadable where that is not certain."""
    pair = set_beside(target, actual, year=year)
    surely_not_over(pair, actual, policy)
    linear = "线性" if policy.at_most.attainment == "线性" and pair.comparator in ("≤", "<") else ""
    comparator = COMPARATORS[pair.comparator + linear]
    high = pair.target if pair.high is None else pair.high
    num, den, met = comparator.attain(*(_one(value) for value in (pair.actual, pair.target, high)))
    attainment = Fraction(num[0]) / Fraction(den[0])
    numeric = pair.comparator not in ("期限", "是否")
    share = (policy.quantitative if numeric else policy.binary).share_at(attainment)
    over = policy.over_fulfilment
    taken = Fraction(0)
    if pair.comparator in ("≥", ">") and over.deduct_from is not None and attainment >= over.deduct_from:
        taken = min(Fraction(over.deduct_points or 0, 100), points * share)
    exact = min(points * share, points) - taken
    told = f"{decimal(points, 2)} × {percent(share)}"
    if numeric and share == attainment < 1 and pair.comparator != "区间":
        inner = comparator.formula.format(actual=shown(pair.actual, pair), target=shown(pair.target, pair))
        told = f"{decimal(points, 2)} × {inner if ' − ' not in inner else f'（{inner}）'}"
    told += f" − {decimal(taken, 2)}" if taken else ""
    kind = target.content.low.unit.kind if isinstance(target.content, Amount) else ""
    return Reached(pair, attainment, bool(met[0]), exact, f"{told} = {decimal(exact, 4)}", kind)


def _one(value: Fraction) -> Array:
    return np.array([value], dtype=object)


def shown(value: Fraction, pair: Pair) -> str:
    """A number in the unit of its pair."""
    return decimal(value) + pair.unit
