"""How far criteria act outside their rows under a policy: what they take of the total, within its bound, and a 一票否决."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from evaluator.figures import decimal
from evaluator.policy import Policy

VETOES = {"总分为0": "zero", "等级为最低一级": "worst"}  # what a policy may say of a veto, as criteria say it


def outside_of(policy: Policy, given: Iterable[int]) -> int:
    """Points that criteria take (below 0) outside their rows, in hundredths, together as the policy counts them."""
    outside, clause = sum(given), policy.own_criteria
    return outside if clause is None or clause.most_taken is None else max(outside, -clause.most_taken)


def effects_of(policy: Policy, effects: frozenset[str]) -> frozenset[str]:
    """What a veto does to the whole under the policy, where criteria say that one came about: zero, worst or nothing."""
    clause = policy.own_criteria
    if clause is None or clause.veto == "照评分标准" or not effects:
        return effects
    return frozenset({VETOES[clause.veto]} if clause.veto in VETOES else ())


def limits_in_words(policy: Policy) -> Iterator[str]:
    """What the policy says of points outside rows and of a veto, a sentence each."""
    clause = policy.own_criteria
    if clause is None:
        return
    if clause.most_taken is not None:
        yield f"评分标准在各行以外的追加扣除，合计以 {decimal(Fraction(clause.most_taken, 100))} 分为限。"
    if clause.veto != "照评分标准":
        yield f"{veto_in_words(policy)}。"


def veto_in_words(policy: Policy) -> str:
    """What the policy says of a veto; '' where that is left to criteria."""
    veto = policy.own_criteria.veto if policy.own_criteria else "照评分标准"
    if veto == "照评分标准":
        return ""
    if veto == "不起作用":
        return "评分标准写的一票否决，对总分和等级不起作用"
    return f"评分标准写的一票否决发生了的，{veto}"
