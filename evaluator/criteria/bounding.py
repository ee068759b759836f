"""What bounds the rules before it: 最高10分, 加分不超过2分, 本项加减不超过3分; or says of each of them that it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from evaluator.criteria.tree import Assessed, Award, Change, Claim, Fixed, Full, Rule

Bound = Full | Fixed | Fraction | None


def bounds_said(kind: str, number: Fraction | None, rules: Sequence[Rule]) -> dict[str, Bound]:
    """Which of most, most_gained and most_lost a bound sets; 最高 below what an award gives bounds what is added to it."""
    bound = Full() if number is None else Fixed(number)
    fixed = [rule.gets.points for rule in rules if isinstance(rule, Award) and isinstance(rule.gets, Fixed)]
    gained = any(isinstance(rule, Change) and rule.by > 0 for rule in rules)
    lost = any(isinstance(rule, Change) and rule.by < 0 for rule in rules)
    match kind:
        case "most" if fixed and number is not None and number < max(fixed) and gained:
            return {"most_gained": bound, "most_lost": bound if lost else None}
        case "most":
            return {"most": number}
        case "most_lost" | "most_gained":
            return {kind: bound}
    return {"most_gained": bound, "most_lost": bound}


def each_judged(rules: Sequence[Rule]) -> list[Rule]:
    """组织（5分）、效果（5分），结果按平均值得分: each of the facts is judged up to its points; none where there are others."""
    judged = [
        Award(rule.when, Assessed(Fraction(0), rule.gets.points))
        for rule in rules
        if isinstance(rule, Award) and isinstance(rule.gets, Fixed) and all(isinstance(c, Claim) for c in rule.when)
    ]
    return list(judged) if len(judged) == len(rules) else []


def takes(rule: Rule) -> bool:
    """Whether a rule deducts points."""
    return isinstance(rule, Change) and rule.by < 0
