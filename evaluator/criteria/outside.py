"""Points a criterion gives or takes outside its row: 追加扣除10分, 从总分中扣5分, once or for each."""

from __future__ import annotations

from fractions import Fraction

from evaluator.criteria.holding import hold
from evaluator.criteria.measuring import Scope, said, shown
from evaluator.criteria.tallying import times
from evaluator.criteria.tree import Condition, Extra, Lost


def points_outside(scope: Scope, lost: Fraction, steps: list[str]) -> Fraction:
    """The points outside the row, below 0 where they are taken; `lost` were deducted inside it. What is told goes to `steps`."""
    total = Fraction(0)
    for rule in scope.tree.rules:
        if not isinstance(rule, Extra) or not all(_holds(scope, condition, lost) for condition in rule.when):
            continue
        number, account = times(scope, rule) if rule.per else (Fraction(1), shown(rule.when))
        points = rule.by * number
        if points:
            verb = "另加" if points > 0 else "追加扣除"
            steps.append(f"{account}，本行以外{verb}{said(abs(points))}分")
        total += points
    return total


def _holds(scope: Scope, condition: Condition, lost: Fraction) -> bool:
    return lost >= condition.points if isinstance(condition, Lost) else hold(scope, (condition,)) == "yes"
