"""Filled tables recomputed: printed figures as numbers, and an actual under its target as an exact score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from evaluator.comparators import COMPARATORS
from evaluator.figures import decimal, percent
from evaluator.policy import Policy
from evaluator.preparation import surely_not_over
from evaluator.quantities.numerals import normalise, read_number
from evaluator.quantities.quantity import Pair, Target, Unreadable, set_beside
from evaluator.quantities.reading import Amount

Word = Literal["agree", "differ", "undecidable"]

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure judged: the printed one, the recomputed one (None when there is none), why, and the readings that disagree."""

    verdict: Word
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


def decimals(text: str) -> int:
    """The digits after the point of the first number in a text."""
    found = re.search(r"[0-9]\.([0-9]+)", plain(text))
    return len(found[1]) if found else 0


def blank(text: str | None) -> bool:
    """Whether a cell says nothing."""
    return text is None or not re.sub(r"[-/\\_.·*— ]", "", plain(text))


def reach(target: Target, actual: str, points: Fraction, policy: Policy, year: int | None) -> Reached:
    """Score an actual under its target exactly; raises Unreadable where that is not certain."""
    pair = set_beside(target, actual, year=year)
    surely_not_over(pair, actual, policy)
    comparator = COMPARATORS[policy.counted(pair.comparator)]
    attainment, met = comparator.attained(pair.actual, pair.target, pair.high)
    numeric = comparator.direction != "done"
    share = (policy.quantitative if numeric else policy.binary).share_at(attainment)
    taken = min(Fraction(policy.taken(pair.comparator, comparator.scale, attainment), 100), points * share)
    exact = min(points * share, points) - taken
    told = f"{decimal(points, 2)} × {percent(share)}"
    if numeric and share == attainment < 1 and comparator.direction != "within":
        inner = comparator.formula.format(actual=shown(pair.actual, pair), target=shown(pair.target, pair))
        told = f"{decimal(points, 2)} × {inner if ' − ' not in inner else f'（{inner}）'}"
    told += f" − {decimal(taken, 2)}" if taken else ""
    kind = target.content.low.unit.kind if isinstance(target.content, Amount) else ""
    return Reached(pair, attainment, met, exact, f"{told} = {decimal(exact, 4)}", kind, taken)


def shown(value: Fraction, pair: Pair) -> str:
    """A number in the unit of its pair."""
    return decimal(value) + pair.unit
