"""A money formula as a function of spending computes what the formula computes, and is called straight or monotone only where it is."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluator.quantities.curves import Curve
from evaluator.quantities.formula import FormulaError, compute

NUMBERS = st.integers(-5, 5).map(Fraction)
POLYNOMIALS = st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)
CURVES = st.builds(Curve, POLYNOMIALS, POLYNOMIALS)
OPERATIONS = (operator.add, operator.sub, operator.mul, operator.truediv)


def value(polynomial: tuple[Fraction, ...], at: Fraction) -> Fraction:
    """A polynomial's value, by Horner's rule."""
    found = Fraction(0)
    for coefficient in reversed(polynomial):
        found = found * at + coefficient
    return found


def of(curve: Curve, at: Fraction) -> Fraction | None:
    """A curve's value; None at a pole."""
    below = value(curve.below, at)
    return value(curve.above, at) / below if below else None


@given(st.sampled_from(OPERATIONS), CURVES, CURVES, st.fractions(-3, 3, max_denominator=7))
def test_curves_are_computed_with_like_numbers(do: Callable[[Any, Any], Any], one: Curve, two: Curve, at: Fraction):
    left, right = of(one, at), of(two, at)
    assume(left is not None and right is not None and not (do is operator.truediv and right == 0))
    assert of(do(one, two), at) == do(left, right)


@given(st.sampled_from(OPERATIONS), CURVES, NUMBERS, st.fractions(-3, 3, max_denominator=7))
def test_a_number_stands_on_either_side_of_a_curve(do: Callable[[Any, Any], Any], one: Curve, number: Fraction, at: Fraction):  # fmt: skip
    known = of(one, at)
    assume(known is not None)
    assert of(do(one, number), at) == do(known, number) if number or do is not operator.truediv else True
    if known or do is not operator.truediv:
        assert of(do(number, one), at) == do(number, known)


def test_a_number_minus_a_curve_is_not_the_curve_minus_the_number():
    spent = Curve((Fraction(0), Fraction(1)))
    assert (of(10 - spent, Fraction(3)), of(spent - 10, Fraction(3))) == (7, -7)
    assert (of(10 / spent, Fraction(4)), of(spent / 10, Fraction(4))) == (Fraction(5, 2), Fraction(2, 5))
    assert (of(10 + spent, Fraction(3)), of(10 * spent, Fraction(3))) == (13, 30)


def test_a_curve_equals_zero_where_it_is_nothing_throughout_and_equals_nothing_else():
    nothing, one, spent = Curve((Fraction(0), Fraction(0))), Curve((Fraction(1),)), Curve((Fraction(0), Fraction(1)))
    assert nothing == 0
    assert nothing != 1
    assert spent != 0
    assert one != 1
    assert Curve((Fraction(0),), (Fraction(2), Fraction(1))) == 0


FORMULAS = (
    "全年执行数", "全年执行数 / 全年预算数", "(全年预算数 - 全年执行数) / 全年预算数", "年初预算数 / (全年执行数 - 年初预算数)",
    "全年执行数 * (全年预算数 - 全年执行数) / 全年预算数", "1 / (1 / (全年执行数 - 年初预算数)) / 全年预算数", "0.5 * 全年执行数 - 3 * 年初预算数",
    "全年执行数 / (全年预算数 - 全年预算数)", "(全年执行数 - 年初预算数) / (全年执行数 + 年初预算数)", "全年执行数 / (2 * 全年执行数)",
)  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_a_curve_is_its_formula_at_every_spending(formula: str, initial: int, budget: int, spent: int):
    fixed = {"年初预算数": Fraction(initial), "全年预算数": Fraction(budget)}
    try:
        wanted = compute(formula, {**fixed, "全年执行数": Fraction(spent)}).number
    except FormulaError:
        wanted = None
    assert of(Curve.of(formula, fixed), Fraction(spent)) == wanted


def test_what_can_never_be_computed_is_nothing_over_nothing():
    never = Curve.of("全年执行数 / 全年预算数", {"年初预算数": Fraction(1), "全年预算数": Fraction(0)})
    assert (never.above, never.below) == ((0,), (0,)) and never == 0


@pytest.mark.parametrize(
    ("above", "below", "straight"),
    [
        ((1,), (1,), True), ((1, 2), (3,), True), ((1, 2, 0, 0), (3, 0), True), ((0,), (1,), True), ((1, 2, 1), (3,), False), ((1,), (0,), False),
        ((1, 2), (3, 1), False), ((1, 2, 0, 1), (3,), False), ((1, 2), (0, 1), False), ((1, 2), (3, 0, 1), False), ((1,), (0, 0), False),
    ],
)  # fmt: skip
def test_what_is_a_straight_line(above: tuple[int, ...], below: tuple[int, ...], straight: bool):
    assert Curve(tuple(map(Fraction, above)), tuple(map(Fraction, below))).straight is straight


def bernstein(polynomial: tuple[Fraction, ...], width: Fraction) -> list[Fraction]:
    """The coefficients on [0, width], found by solving for a polynomial that takes the same values."""
    top = len(polynomial) - 1
    points = [Fraction(at, max(top, 1)) for at in range(top + 1)]
    rows = [[comb(top, j) * x**j * (1 - x) ** (top - j) for j in range(top + 1)] + [value(polynomial, x * width)] for x in points]  # fmt: skip
    for at in range(top + 1):
        pivot = next(row for row in rows[at:] if row[at])
        rows.remove(pivot)
        rows.insert(at, [number / pivot[at] for number in pivot])
        for other, row in enumerate(rows):
            if other != at:
                rows[other] = [a - row[at] * b for a, b in zip(row, rows[at], strict=True)]
    return [row[-1] for row in rows]


def derived(curve: Curve) -> tuple[Fraction, ...]:
    """The numerator of a curve's slope, coefficient by coefficient, as long as the product of its parts."""
    made = [Fraction(0)] * (len(curve.above) + len(curve.below) - 1 or 1)
    for (i, a), (j, b) in product(enumerate(curve.above), enumerate(curve.below)):
        if i + j:
            made[i + j - 1] += (i - j) * a * b
    while len(made) > 1 and not made[-1]:
        made.pop()
    return tuple(made)


@given(CURVES, st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(4)]))
def test_a_curve_called_monotone_neither_turns_nor_breaks_inside(curve: Curve, width: Fraction):
    """Sound: neither the slope nor the denominator takes two signs. Not timid: one sign of all coefficients is enough."""
    if not any(curve.below):
        assert curve.monotone(width)
        return
    inside = [width * part / 24 for part in range(1, 24)]
    below, slope = ({value(one, at) > 0 for at in inside if value(one, at)} for one in (curve.below, derived(curve)))
    if curve.monotone(width):
        assert len(below) == 1
        assert len(slope) <= 1
        assert all(value(curve.below, at) for at in inside)
    elif len(curve.below) == 1:  # then nothing lengthens the slope's polynomial, and its coefficients are these
        raw = tuple(n * a * curve.below[0] for n, a in enumerate(curve.above))[1:] or (Fraction(0),)
        assert len({number > 0 for number in bernstein(raw, width) if number}) == 2


@pytest.mark.parametrize(
    ("above", "below", "width", "monotone"),
    [
        ((0, 1), (1,), 10, True), ((0, -1), (1,), 10, True), ((5,), (1,), 10, True), ((0, 4, -2), (1,), 1, True), ((0, 4, -2), (1,), 2, False),
        ((1,), (0, 1), 5, True), ((1,), (-5, 1), 5, True), ((1,), (-4, 1), 5, False), ((1, 1), (2, 1), 5, True), ((0, 1), (0,), 5, True),
        ((0, 3, -3, 1), (1,), 2, False), ((0, 12, -6, 1), (1,), 4, False), ((0, 3, 0, 1), (1,), 9, True), ((0, 0, 1), (1, 0, 1), 3, True),
    ],
)  # fmt: skip
def test_what_is_shown_to_be_monotone(above: tuple[int, ...], below: tuple[int, ...], width: int, monotone: bool):
    assert Curve(tuple(map(Fraction, above)), tuple(map(Fraction, below))).monotone(Fraction(width)) is monotone


def test_a_curve_is_a_value():
    made = Curve((Fraction(1),)) + 1
    with pytest.raises(FrozenInstanceError):
        made.above = (Fraction(2),)  # type: ignore[misc]
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)
    assert not hasattr(made, "__dict__")
