"""A money formula as an exact function of spending, so that its rise or fall can be proved and need not be sampled."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from math import comb
from typing import Any, cast

from evaluator.quantities.formula import FormulaError, compute

Polynomial = tuple[Fraction, ...]  # coefficients, the constant first
ONE: Polynomial = (Fraction(1),)


def _add(one: Polynomial, two: Polynomial, sign: int = 1) -> Polynomial:
    return tuple(a + sign * b for a, b in zip_longest(one, two, fillvalue=Fraction(0)))


def _times(one: Polynomial, two: Polynomial) -> Polynomial:
    out = [Fraction(0)] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            out[i + j] += a * b
    return tuple(out)


def _slope(one: Polynomial) -> Polynomial:
    return tuple(n * a for n, a in enumerate(one))[1:] or (Fraction(0),)


def _signs(one: Polynomial, width: Fraction) -> set[bool]:
    """The signs of the Bernstein coefficients on [0, width]: where only one occurs, it is the polynomial's inside."""
    top = len(one) - 1
    sums = (sum(Fraction(comb(j, k), comb(top, k)) * one[k] * width**k for k in range(j + 1)) for j in range(top + 1))
    return {value > 0 for value in sums if value}


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One polynomial in spending over another. It can be computed with like a number; no pole is ever cancelled."""

    above: Polynomial
    below: Polynomial = ONE

    @classmethod
    def of(cls, formula: str, fixed: dict[str, Fraction]) -> Curve:
        """A formula with its budgets fixed; a division by zero throughout is the constant 0 over 0."""
        spent = cls((Fraction(0), Fraction(1)))
        try:
            made = compute(formula, {**fixed, "全年执行数": cast(Any, spent)}).number
        except FormulaError:
            return cls((Fraction(0),), (Fraction(0),))
        return _curve(made)

    @property
    def straight(self) -> bool:
        """Whether it is a straight line."""
        return any(self.below) and not any(self.below[1:]) and not any(self.above[2:])

    def monotone(self, width: Fraction) -> bool:
        """Whether it surely never turns on [0, width], and has no pole inside; False where that is not shown.

        It holds where the numerator of the slope and the denominator each have Bernstein coefficients of one sign.
        """
        slope = _add(_times(_slope(self.above), self.below), _times(self.above, _slope(self.below)), -1)
        constant = not any(self.below)  # nothing is ever computed
        return constant or (len(_signs(self.below, width)) == 1 and len(_signs(slope, width)) <= 1)

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return other == 0 and not any(self.above)

    def __add__(self, other: Any, sign: int = 1) -> Curve:
        two = _curve(other)
        return Curve(
            _add(_times(self.above, two.below), _times(two.above, self.below), sign), _times(self.below, two.below)
        )

    def __sub__(self, other: Any) -> Curve:
        return self.__add__(other, -1)

    def __mul__(self, other: Any) -> Curve:
        two = _curve(other)
        return Curve(_times(self.above, two.above), _times(self.below, two.below))

    def __truediv__(self, other: Any) -> Curve:
        two = _curve(other)
        return Curve(_times(self.above, _times(two.below, two.below)), _times(self.below, _times(two.above, two.below)))

    def __radd__(self, other: Any) -> Curve:
        return _curve(other) + self

    def __rsub__(self, other: Any) -> Curve:
        return _curve(other) - self

    __rmul__ = __mul__

    def __rtruediv__(self, other: Any) -> Curve:
        return _curve(other) / self


def _curve(number: Any) -> Curve:
    return number if isinstance(number, Curve) else Curve((Fraction(number),))
