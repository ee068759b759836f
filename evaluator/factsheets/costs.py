"""Cost targets that are only the project's budget again: one row that is all of it, or rows that add up to it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any
from unicodedata import normalize

from evaluator.comparators import AT_MOST, EQUAL
from evaluator.figures import wan
from evaluator.model import Indicator, Project
from evaluator.quantities.quantity import Target, Unreadable
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS, read_unit
from evaluator.results import TableScore

COST = "成本"
NEAR = 100  # a rounding of the budget differs by a hundredth of it at most
LARGEST = 10**16  # 分; beyond it nothing is compared
WHOLE, SUMMED = "就是项目的预算数", "与另外 {others} 个成本指标合计 {total} 万元，就是项目的预算数"
_IN_NAME = re.compile(r"\(?(?:单位[::])?((?:万|亿)?元)\)?$")

Cost = tuple[int, int]  # a cost in 分, and the step it is written in


def cost_of(row: Indicator) -> Cost | None:
    """What a cost target allows, in 分, and how finely it is written (≤202.6万元 in steps of 0.1万元); None for any other."""
    if not is_cost(row.category, row.dimension):
        return None
    try:
        return allowed(row.read, unit_in(row.name))
    except Unreadable:
        return None


def is_cost(category: str, dimension: str) -> bool:
    """Whether a row stands under costs."""
    return COST in category + dimension


def unit_in(name: str) -> str:
    """The unit of money at the end of a name (采购成本（万元）); '' where there is none."""
    written = _IN_NAME.search(normalize("NFKC", name).strip())
    return written[1] if written else ""


def allowed(target: Target, named: str) -> Cost | None:
    """What a target allows, in 分, and its step; `named` is the unit in the name of the row."""
    content = target.content
    if not isinstance(content, Amount) or content.high is not None or target.sign not in (AT_MOST, EQUAL, None):
        return None
    unit = content.low.unit
    if unit.kind == "" and unit.size == 1 and named:
        unit = read_unit(named) or unit
    if unit.kind != "金额":
        return None
    size = unit.size / WORDS["元"].size * 100
    number = content.low.number
    places = next((places for places in range(7) if (number * 10**places).denominator == 1), 7)
    fen, step = number * size, Fraction(1, 10**places) * size
    return (int(fen), max(1, int(step))) if fen.denominator == 1 and 0 < fen < LARGEST else None


def is_budget(fen: Any, step: Any, budget: Any) -> Any:
    """Whether an amount is the budget, or the budget rounded to the step the amount is written in; of arrays, which are."""
    apart = abs(budget - fen)
    return (budget > 0) & (fen > 0) & ((apart == 0) | ((2 * apart <= step) & (apart <= budget // NEAR)))


def budget_told(table: TableScore, row: Indicator) -> str:
    """How a cost target repeats the project's budget; '' where it does not. Of rows that add up to it the first says so."""
    if not isinstance(table.table, Project) or (own := cost_of(row)) is None:
        return ""
    budget = table.table.budget.total
    if is_budget(*own, budget):
        return WHOLE
    costs = [(other.indicator.id, cost) for other in table.rows if (cost := cost_of(other.indicator))]
    if len(costs) < 2 or costs[0][0] != row.id or any(is_budget(*cost, budget) for _, cost in costs):
        return ""
    total = sum(fen for _, (fen, _) in costs)
    return SUMMED.format(others=len(costs) - 1, total=wan(total)) if total == budget else ""
