"""Data items (采集数据项): named quantities a clerk fills in, and the value of an indicator that a formula makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from evaluator.errors import nearest
from evaluator.quantities.formula import MONEY, FormulaError, compute, of_items, powers_of
from evaluator.quantities.numerals import Unreadable, normalise
from evaluator.quantities.reading import Amount, read
from evaluator.quantities.surveyed import contradiction
from evaluator.quantities.units import WORDS, Quantity, Unit, read_unit


def units_of(data: Mapping[str, str]) -> dict[str, Unit]:
    """The unit of each data item; raises FormulaError for a unit nobody knows, or a name that is one of money."""
    units: dict[str, Unit] = {}
    for name, written in data.items():
        try:
            unit = read_unit(normalise(written))
        except Unreadable:
            unit = None
        if unit is None:
            raise FormulaError(f"采集数据项“{name}”的单位“{written}”不认识")
        if name in MONEY:
            raise FormulaError(f"采集数据项不能叫“{name}”：这是金额的名称，金额另填")
        if any(char in name for char in "+-−－×*÷/()（） =；;：:"):
            raise FormulaError(f"采集数据项的名称“{name}”中有运算符或空格")
        units[name] = unit
    return units


def check_items(formula: str | None, data: Mapping[str, str], aim: Unit) -> None:
    """Raise FormulaError where data items or the formula over them cannot be used for a target in the unit `aim`."""
    units = units_of(data)
    if formula is None:
        return
    value = of_items(formula, units)
    kinds = {**dict(value.kinds), **({"金额": value.power} if value.power else {})}
    if kinds not in ({}, powers_of(aim)) or (not kinds and not _plain(aim)):
        raise FormulaError(f"公式的结果与指标值的单位“{aim}”不是同一种量")


def _plain(aim: Unit) -> bool:
    """Whether a number without a unit can be one in this unit."""
    return aim.bare or aim.kind in ("比率", "分", "倍")


def read_items(data: Mapping[str, str], filled: Mapping[str, str]) -> dict[str, Quantity]:
    """The data items as filled in, each in its own unit or one of its kind; raises Unreadable (Q415) for what is none of them."""
    units = units_of(data)
    items: dict[str, Quantity] = {}
    for name, text in filled.items():
        if name not in units:
            raise Unreadable("Q415", f"没有采集数据项“{name}”", "、".join(data), (nearest(name, data),))
        unit, content = units[name], read(normalise(text))
        if (
            not isinstance(content, Amount)
            or content.high is not None
            or content.rough
            or content.sign not in (None, "=")
        ):
            raise Unreadable("Q415", f"采集数据“{name}”填写的“{text}”不是一个数", f"如 96{unit}")
        quantity = content.low
        if not quantity.unit.bare and quantity.unit.kind != unit.kind:
            raise Unreadable("Q415", f"采集数据“{name}”填写的“{text}”与“{unit}”不是同类单位", f"用“{unit}”填写的数")
        if quantity.number < 0 and not unit.can_be_negative:
            raise Unreadable("Q415", f"采集数据“{name}”填写的“{text}”小于0", f"如 96{unit}")
        items[name] = Quantity(quantity.number, unit) if quantity.unit.bare else quantity
    if wrong := contradiction(items):
        raise Unreadable("Q415", f"调查的份数互相矛盾：{wrong}", "核对问卷的发放、回收、有效和满意份数")
    return items


def value_of(formula: str, items: Mapping[str, Quantity], money: Mapping[str, Fraction], aim: Unit) -> Quantity:
    """What a formula makes of data items (and money in 元), in the unit of the target; raises Unreadable (Q409) for a zero divisor."""
    try:
        value = compute(formula, dict(money), items)
    except FormulaError as error:
        shown = "，".join(f"{name}={quantity}" for name, quantity in items.items())
        raise Unreadable("Q409", f"按公式（{formula}）算不出：{error}（{shown}）", "核对采集数据") from None
    if value.power or value.kinds:
        return Quantity(value.number / aim.size, aim)
    return Quantity(value.number * 100, WORDS["%"]) if aim.kind == "比率" else Quantity(value.number, aim)


def needs_money(formula: str) -> bool:
    """Whether a formula over data items names an amount of money too."""
    return any(name in formula for name in MONEY)
