"""Indicators that are functions of money: `(全年预算数 - 全年执行数) / 全年预算数`, read, checked and computed exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Literal

GRAMMAR = r"""
    ?sum: product
        | sum "+" product -> add
        | sum ("-" | "−" | "－") product -> subtract
    ?product: term
        | product ("×" | "*") term -> multiply
        | product ("÷" | "/") term -> divide
    ?term: NAME -> amount
        | NUMBER -> number
        | ("(" | "（") sum (")" | "）")
    NAME: "年初预算数" | "全年预算数" | "全年执行数"
    NUMBER: /\d{1,9}(\.\d{1,4})?/
    %ignore " "
"""


@dataclass(frozen=True, slots=True)
class FormulaValue:
    """An exact number and its power of money: 1 is an amount (in the unit of the amounts given), 0 a ratio."""

    number: Fraction
    power: int


class FormulaError(ValueError):
    """The formula cannot be read, mixes amounts with ratios, or divides by zero."""


def compute(formula: str, amounts: dict[str, Fraction]) -> FormulaValue:
    """Compute a formula from amounts keyed 年初预算数, 全年预算数, 全年执行数; raises FormulaError."""
    return _value(_parse(formula), amounts)


def kind_of(formula: str) -> Literal["比率", "金额"]:
    """Say whether a formula gives a ratio or an amount; raises FormulaError when it gives neither."""
    distinct = {"年初预算数": Fraction(7), "全年预算数": Fraction(11), "全年执行数": Fraction(5)}
    power = compute(formula, distinct).power
    if power not in (0, 1):
        raise FormulaError("公式的结果应是金额或比率")
    return "金额" if power else "比率"


@cache
def _parse(formula: str) -> Any:
    from lark import Lark
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    if len(formula) > 200:
        raise FormulaError("公式过长")
    try:
        return Lark(GRAMMAR, start="sum", parser="lalr").parse(formula)
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise FormulaError("公式在末尾处无法识别：没有写完") from None
        raise FormulaError(f"公式第 {error.column} 个字符处无法识别") from None


def _value(tree: Any, amounts: dict[str, Fraction]) -> FormulaValue:
    if tree.data == "amount":
        return FormulaValue(amounts[str(tree.children[0])], 1)
    if tree.data == "number":
        return FormulaValue(Fraction(str(tree.children[0])), 0)
    left, right = (_value(child, amounts) for child in tree.children)
    match tree.data:
        case "multiply":
            return FormulaValue(left.number * right.number, left.power + right.power)
        case "divide":
            if right.number == 0:
                raise FormulaError("除数为零")
            return FormulaValue(left.number / right.number, left.power - right.power)
    if left.power != right.power:
        raise FormulaError("金额与比率不能相加减")
    sign = 1 if tree.data == "add" else -1
    return FormulaValue(left.number + sign * right.number, left.power)
