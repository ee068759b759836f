"""Targets that are functions of money, and whether they can hold together: exact intervals of what may be spent.

A formula is a straight line in spending once the budget is fixed, so the spending that meets a target is an interval;
two targets exclude each other when their intervals do not meet. Full spending (the plan's last step, 100%) is one more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal

from evaluator.comparators import EQUAL, UPWARD
from evaluator.figures import decimal
from evaluator.model import Indicator, Project
from evaluator.quantities.formula import FormulaError, compute
from evaluator.quantities.quantity import Target
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS, Quantity
from evaluator.results import TableScore

PLAN = "资金支出计划（年底 100%）与预算执行率"


@dataclass(frozen=True, slots=True)
class Demand:
    """A target and the spending (元) that meets it: from `low` to `high`, None for no bound."""

    name: str
    low: Fraction | None
    high: Fraction | None

    def says(self) -> str:
        """The demand in a sentence, in 万元."""
        if self.low is not None and self.high is not None:
            return f"要求全年执行数在 {_wan(self.low)} 与 {_wan(self.high)} 万元之间"
        if self.low is not None:
            return f"要求全年执行数不低于 {_wan(self.low)} 万元"
        return f"要求全年执行数不高于 {_wan(self.high or Fraction(0))} 万元"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two demands on spending that no amount meets."""

    first: str
    second: str
    says: str
    kind: Literal["指标之间", "与预算执行"]


def conflicts_of(table: TableScore) -> Iterator[Conflict]:
    """Every pair of a project's money targets that exclude each other; with the adjusted budget, or the initial one."""
    if not isinstance(table.table, Project):
        return
    money = table.money
    budget = Fraction(money.adjusted or money.initial, 100)
    demands = [d for row in table.table.indicators if (d := demand_of(row, Fraction(money.initial, 100), budget))]
    full = [Demand(PLAN, budget, None)] if list(table.table.plan.values())[-1:] == [Fraction(1)] else []
    for first, second in combinations([*demands, *full], 2):
        low = max((d.low for d in (first, second) if d.low is not None), default=None)
        high = min((d.high for d in (first, second) if d.high is not None), default=None)
        if low is not None and high is not None and low > high:
            says = f"“{first.name}”{first.says()}，“{second.name}”{second.says()}"
            yield Conflict(first.name, second.name, says, "与预算执行" if second.name == PLAN else "指标之间")


def demand_of(row: Indicator, initial: Fraction, budget: Fraction) -> Demand | None:
    """What a money target asks of spending, in 元; None when it does not depend on spending or is no plain bound."""
    if row.formula is None or budget == 0:
        return None
    target = row.read
    try:
        at_zero, at_half, at_full = (_value(row.formula, initial, budget, budget * part / 2) for part in range(3))
    except FormulaError:
        return None
    slope = (at_full - at_zero) / budget
    if slope == 0 or at_half - at_zero != at_full - at_half or (target.kind == "数值" and target.sign is None):
        return None
    ends = [None if end is None else (end - at_zero) / slope for end in _ends(target)]
    return Demand(f"{row.name} {row.target}", *(ends if slope > 0 else reversed(ends)))


def _value(formula: str, initial: Fraction, budget: Fraction, spent: Fraction) -> Fraction:
    return compute(formula, {"年初预算数": initial, "全年预算数": budget, "全年执行数": spent}).number


def _ends(target: Target) -> tuple[Fraction | None, Fraction | None]:
    """From where to where a value meets the target, as a ratio or in 元; None for no bound."""
    wanted = target.content
    assert isinstance(wanted, Amount)
    low = _plain(wanted.low)
    if wanted.high is not None:
        return low, _plain(wanted.high)
    if wanted.either_way:
        return -low, low
    if target.sign == EQUAL:
        return low, low
    return (low, None) if target.sign in UPWARD else (None, low)


def _plain(aim: Quantity) -> Fraction:
    return aim.to(WORDS["%"]) / 100 if aim.unit.kind == "比率" else aim.to(WORDS["元"])


def _wan(amount: Fraction) -> str:
    return decimal(amount / 10_000, 6)
