"""Indicators that are functions of money, or of data items: `(全年预算数 - 全年执行数) / 全年预算数`, `合格人数 / 参评人数`, exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any, Literal

from evaluator.quantities.units import Quantity, Unit

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
    NAME: /NAMES/
    NUMBER: /\d{1,9}(\.\d{1,4})?/
    %ignore " "
"""


MONEY = ("年初预算数", "全年预算数", "全年执行数")  # the amounts every table has


@dataclass(frozen=True, slots=True)
class FormulaValue:
    """An exact number and its power of money: 1 is an amount (in the unit of the amounts given), 0 a ratio.

    `kinds` are the powers of the other kinds of units in it, those that cancel left out.
    """

    number: Fraction
    power: int
    kinds: tuple[tuple[str, int], ...] = ()


class FormulaError(ValueError):
    """The formula cannot be read, mixes amounts with ratios, or divides by zero."""


def compute(formula: str, amounts: dict[str, Fraction], items: Mapping[str, Quantity] | None = None) -> FormulaValue:
    """Compute a formula from amounts keyed 年初预算数, 全年预算数, 全年执行数, and from data items; raises FormulaError."""
    values = {name: FormulaValue(number, 1) for name, number in amounts.items()}
    values |= {name: _item(quantity) for name, quantity in (items or {}).items()}
    return _value(_parse(formula, tuple(values)), values)


def of_items(formula: str, units: Mapping[str, Unit]) -> FormulaValue:
    """What a formula over data items gives, as to kinds alone: its number means nothing; raises FormulaError."""
    numbers = dict(zip([*MONEY, *units], map(Fraction, count(101, 7)), strict=False))
    items = {name: Quantity(numbers[name], unit) for name, unit in units.items()}
    return compute(formula, {name: numbers[name] for name in MONEY}, items)


def _item(quantity: Quantity) -> FormulaValue:
    powers = dict(powers_of(quantity.unit))
    money = powers.pop("金额", 0)
    return FormulaValue(quantity.number * quantity.unit.size, money, tuple(sorted(powers.items())))


def powers_of(unit: Unit) -> dict[str, int]:
    """The kinds of unit in a unit, each with its power: 元/人 is 金额 once and 人 once below; a rate is none."""
    above, _, below = unit.kind.partition("/")
    powers: dict[str, int] = {}
    for kind, power in [(above, 1), *((kind, -1) for kind in below.split("·"))]:
        if kind and kind != "比率":
            powers[kind] = powers.get(kind, 0) + power
    return {kind: power for kind, power in powers.items() if power}


def kind_of(formula: str) -> Literal["比率", "金额"]:
    """Say whether a formula gives a ratio or an amount; raises FormulaError when it gives neither."""
    distinct = {"年初预算数": Fraction(7), "全年预算数": Fraction(11), "全年执行数": Fraction(5)}
    power = compute(formula, distinct).power
    if power not in (0, 1):
        raise FormulaError("公式的结果应是金额或比率")
    return "金额" if power else "比率"


@cache
def _parse(formula: str, names: tuple[str, ...]) -> Any:
    from lark import Lark
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    if len(formula) > 200:
        raise FormulaError("公式过长")
    try:
        known = "|".join(
            re.escape(name).replace("/", r"\/") for name in sorted(names, key=lambda word: (-len(word), word))
        )
        return Lark(GRAMMAR.replace("NAMES", known), start="sum", parser="lalr").parse(formula)
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise FormulaError("公式在末尾处无法识别：没有写完") from None
        raise FormulaError(f"公式第 {error.column} 个字符处无法识别") from None


def _value(tree: Any, values: Mapping[str, FormulaValue]) -> FormulaValue:
    if tree.data == "amount":
        return values[str(tree.children[0])]
    if tree.data == "number":
        return FormulaValue(Fraction(str(tree.children[0])), 0)
    left, right = (_value(child, values) for child in tree.children)
    match tree.data:
        case "multiply":
            return FormulaValue(left.number * right.number, left.power + right.power, _kinds(left, right, 1))
        case "divide":
            if right.number == 0:
                raise FormulaError("除数为零")
            return FormulaValue(left.number / right.number, left.power - right.power, _kinds(left, right, -1))
    if left.power != right.power:
        raise FormulaError("金额与比率不能相加减")
    if left.kinds != right.kinds:
        raise FormulaError("不同单位的数不能相加减")
    sign = 1 if tree.data == "add" else -1
    return FormulaValue(left.number + sign * right.number, left.power, left.kinds)


def _kinds(left: FormulaValue, right: FormulaValue, sign: int) -> tuple[tuple[str, int], ...]:
    powers = dict(left.kinds)
    for kind, power in right.kinds:
        powers[kind] = powers.get(kind, 0) + sign * power
    return tuple(sorted((kind, power) for kind, power in powers.items() if power))
