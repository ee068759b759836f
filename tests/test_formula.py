"""Formulas of money: read with ordinary precedence, computed exactly, and refused when they mean nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.quantities.formula import FormulaError, FormulaValue, compute, kind_of

MONEY = {"年初预算数": Fraction(120), "全年预算数": Fraction(100), "全年执行数": Fraction(5)}


@pytest.mark.parametrize(
    ("formula", "number", "power"),
    [
        ("(全年预算数 - 全年执行数) / 全年预算数", "0.95", 0),
        ("（全年预算数－全年执行数）÷全年预算数", "0.95", 0),
        ("全年预算数 − 全年执行数", "95", 1),
        ("全年执行数 / 全年预算数", "0.05", 0),
        ("全年执行数", "5", 1),
        ("年初预算数 - 全年预算数 - 全年执行数", "15", 1),
        ("年初预算数 / 全年执行数 / 2", "12", 0),
        ("全年执行数 * 2 + 全年预算数 × 0.5", "60", 1),
        ("(全年执行数)", "5", 1),
        ("1 - 全年执行数 / 全年预算数", "0.95", 0),
        ("2 * (全年预算数 - 全年执行数) / (年初预算数 + 全年预算数 - 全年执行数 * 4)", "0.95", 0),
        ("全年执行数 / 年初预算数", "1/24", 0),
        ("全年执行数 * 全年预算数 / 全年预算数", "5", 1),
        ("0.0001 * 全年执行数", "0.0005", 1),
        ("5", "5", 0),
    ],
)
def test_a_formula_is_computed_exactly(formula: str, number: str, power: int):
    assert compute(formula, MONEY) == FormulaValue(Fraction(number), power)
    assert kind_of(formula) == ("金额" if power else "比率")


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("", "无法识别"),
        ("全年执行", "无法识别"),
        ("全年执行数 全年预算数", "无法识别"),
        ("全年执行数 /", "无法识别"),
        ("(全年执行数", "无法识别"),
        ("全年执行数)", "无法识别"),
        ("-全年执行数", "无法识别"),
        ("全年执行数 ** 2", "无法识别"),
        ("__import__('os')", "无法识别"),
        ("全年执行数 % 3", "无法识别"),
        ("1e9 * 全年执行数", "无法识别"),
        ("0.00001", "无法识别"),
        ("全年执行数 + 1", "不能相加减"),
        ("全年执行数 - 全年执行数 / 全年预算数", "不能相加减"),
        ("1 / (全年预算数 - 全年预算数)", "除数为零"),
        ("全年执行数 / 0", "除数为零"),
        ("全年执行数 * 全年执行数", "金额或比率"),
        ("1 / 全年执行数", "金额或比率"),
        ("(" * 150 + "全年执行数" + ")" * 150, "过长"),
    ],
)
def test_a_formula_that_means_nothing_is_refused(formula: str, says: str):
    with pytest.raises(FormulaError, match=says):
        kind_of(formula)


def test_where_a_formula_breaks_off_is_told_as_a_place():
    with pytest.raises(FormulaError, match="第 6 个字符"):
        kind_of("全年执行数?")
    with pytest.raises(FormulaError, match="末尾"):
        kind_of("全年执行数 /")


def test_brackets_as_deep_as_a_formula_may_be_long():
    deep = "(" * 95 + "全年执行数" + ")" * 95
    assert compute(deep, MONEY).number == 5


def test_a_budget_of_nothing_is_refused_when_it_divides():
    with pytest.raises(FormulaError, match="除数为零"):
        compute("全年执行数 / 全年预算数", {**MONEY, "全年预算数": Fraction(0)})


ATOM = st.one_of(st.sampled_from(sorted(MONEY)), st.integers(0, 999).map(str))
SIGNS = {"+": "+", "-": "-", "×": "*", "*": "*", "÷": "/", "/": "/"}


@settings(max_examples=100)
@given(st.recursive(ATOM, lambda inner: st.tuples(inner, st.sampled_from(sorted(SIGNS)), inner), max_leaves=6))
def test_any_formula_gives_what_python_gives_or_is_refused(tree: object):
    """Written with all its brackets; Python works the same out in fractions."""

    def text(node: object) -> str:
        return node if isinstance(node, str) else f"({text(node[0])} {node[1]} {text(node[2])})"  # type: ignore[index]

    def value(node: object) -> Fraction:
        if isinstance(node, str):
            return MONEY[node] if node in MONEY else Fraction(node)
        left, sign, right = node  # type: ignore[misc]
        one, two = value(left), value(right)
        return {"+": lambda: one + two, "-": lambda: one - two, "*": lambda: one * two, "/": lambda: one / two}[
            SIGNS[sign]
        ]()

    try:
        made = compute(text(tree), MONEY)
    except FormulaError as error:
        assert any(told in str(error) for told in ("不能相加减", "除数为零", "过长"))
    else:
        assert made.number == value(tree)
