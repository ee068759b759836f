"""The words of comparison: each turns actual and target into met or not, and one attainment (完成率) as num ÷ den.

Actual, target and high are arrays of integers in one unit (int64, or Python ints where int64 could overflow); den > 0.
To add one, write a function like those below, a sentence for it, and a scenario that fires and one that nearly fires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

Array = Any  # a numpy array of int64 or of Python ints
Attainment = tuple[Array, Array, Array]  # num, den, met
Attain = Callable[[Array, Array, Array], Attainment]


@dataclass(frozen=True, slots=True)
class Comparator:
    """One word: how it is said, and the attainment of an unmet row as a formula over {actual} and {target}."""

    word: str
    says: str
    formula: str
    attain: Attain


COMPARATORS: dict[str, Comparator] = {}


def whole_numbers(*numbers: Fraction) -> tuple[int, ...]:
    """The numbers times their common denominator: whole, and in the same proportion."""
    common = lcm(*(number.denominator for number in numbers))
    return tuple(int(number * common) for number in numbers)


def comparator(word: str, says: str, formula: str) -> Callable[[Attain], Attain]:
    """Declare a word of comparison."""

    def declare(attain: Attain) -> Attain:
        COMPARATORS[word] = Comparator(word, says, formula, attain)
        return attain

    return declare


def _ratio(num: Array, den: Array, met: Array) -> Attainment:
    """num ÷ den, not below zero; where den is not positive a row is all or nothing."""
    usable = den > 0
    return np.where(usable, np.maximum(num, 0), np.where(met, 1, 0)), np.where(usable, den, 1), met


def _all_or(met: Array, num: Array, den: Array) -> Attainment:
    """1 where met, else num ÷ den."""
    num, den, _ = _ratio(num, den, met)
    return np.where(met, 1, num), np.where(met, 1, den), met


@comparator("≥", "不低于", "{actual} ÷ {target}")
def at_least(actual: Array, target: Array, high: Array) -> Attainment:
    """Met from the target on; attainment actual ÷ target (seen in published forms; said to be 财预〔2020〕10号)."""
    return _ratio(actual, target, actual >= target)


@comparator(">", "高于", "{actual} ÷ {target}")
def above(actual: Array, target: Array, high: Array) -> Attainment:
    """Met above the target; attainment actual ÷ target."""
    return _ratio(actual, target, actual > target)


@comparator("≤", "不高于", "{target} ÷ {actual}")
def at_most(actual: Array, target: Array, high: Array) -> Attainment:
    """Met up to the target; beyond it attainment target ÷ actual (seen in the notes of the Hubei form; said to be 鄂财绩发〔2020〕3号)."""
    return _all_or(actual <= target, target, actual)


@comparator("<", "低于", "{target} ÷ {actual}")
def below(actual: Array, target: Array, high: Array) -> Attainment:
    """Met below the target; from it on attainment target ÷ actual."""
    return _all_or(actual < target, target, actual)


@comparator("≤线性", "不高于", "1 − ({actual} − {target}) ÷ {target}")
def at_most_linear(actual: Array, target: Array, high: Array) -> Attainment:
    """Met up to the target; beyond it 1 − (actual − target) ÷ target, zero from twice the target (practice)."""
    return _all_or(actual <= target, 2 * target - actual, target)


@comparator("<线性", "低于", "1 − ({actual} − {target}) ÷ {target}")
def below_linear(actual: Array, target: Array, high: Array) -> Attainment:
    """Met below the target; from it on as ≤线性."""
    return _all_or(actual < target, 2 * target - actual, target)


@comparator("=", "等于", "{actual} ÷ {target}")
def equal(actual: Array, target: Array, high: Array) -> Attainment:
    """Met at the target; attainment actual ÷ target (practice). Where no ratio can be formed it is all or nothing:
    a target of 0 is full at 0 or less, one below 0 from the target on."""
    full = np.where(target == 0, actual <= 0, actual >= target)
    num, den, _ = _ratio(actual, target, full)
    return num, den, actual == target


@comparator("区间", "在区间内", "完成值与较近一端之比")
def within(actual: Array, target: Array, high: Array) -> Attainment:
    """Met between target and high, both included; below as ≥ target, above as ≤ high."""
    low_num, low_den, _ = _ratio(actual, target, actual >= target)
    high_num, high_den, met = _all_or(actual <= high, high, actual)
    short = actual < target
    met = met & ~short
    return np.where(short, low_num, high_num), np.where(short, low_den, high_den), met


@comparator("期限", "按期", "{actual} ÷ {target}")
def by_deadline(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is 1 when done in time, else 0; target is 1."""
    return _ratio(actual, target, actual >= target)


@comparator("是否", "做到", "{actual} ÷ {target}")
def yes_or_no(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is 1 for yes, else 0; target is 1."""
    return _ratio(actual, target, actual >= target)


@comparator("定性", "达成程度", "{actual}")
def stated(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is the share the assessor stated; met when it reaches the lower end of the best band (target)."""
    return np.maximum(actual, 0), np.maximum(high, 1), actual >= target
