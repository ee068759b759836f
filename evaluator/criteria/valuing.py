"""The value of a formula, exact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.tree import Expression, Name, Number, Operation


def valued(value: Expression, where: Mapping[str, Expression], known: Mapping[str, Fraction]) -> Fraction:
    """The value of a formula; `where` defines names, `known` are the others. Raises Refusal (Q409) for a zero divisor."""
    match value:
        case Number(value=number):
            return number
        case Name(name=name):
            return known[name] if name in known else valued(where[name], where, known)
        case Operation(sign=sign, left=left, right=right):
            first, second = valued(left, where, known), valued(right, where, known)
            match sign:
                case "+":
                    return first + second
                case "-":
                    return first - second
                case "×":
                    return first * second
                case "至多":
                    return min(first, second)
            if second == 0:
                called = f"“{right.name}”" if isinstance(right, Name) else "除数"
                raise Refusal("Q409", f"{called}是0，不能作除数", 0, "核对数据")
            return first / second
