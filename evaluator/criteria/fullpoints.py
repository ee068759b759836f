"""The full points (满分) a sentence may mean by the points it states."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Claim,
    Criterion,
    Fixed,
    Formula,
    Full,
    InProportion,
    Met,
    Percentage,
)

ZERO = Fraction(0)


def stated_points(tree: Criterion) -> Iterator[Fraction]:
    """The full points a sentence may mean by the points it states, the likeliest first."""
    if tree.points is not None:
        yield tree.points
    if tree.parts:
        parts = [next(iter(stated_points(part)), None) for part in tree.parts]
        if all(points is not None for points in parts):
            yield sum((points for points in parts if points is not None), ZERO)
        yield from most_of_parts(tree)
        return
    awards = [r for r in tree.rules if isinstance(r, Award) and not isinstance(r.gets, InProportion)]
    if any(isinstance(rule, Change) and (rule.by < 0 or rule.judged) for rule in tree.rules):
        awards = [
            award for award in awards if not isinstance(award.gets, Assessed)
        ]  # 未按制度实施的在2分内给分: not the full points
    if any(
        isinstance(award.gets, Full | Percentage | Formula) or (isinstance(award.gets, Assessed) and award.gets.share)
        for award in awards
    ):
        return
    tops = [
        award.gets.points if isinstance(award.gets, Fixed) else award.gets.high
        for award in awards
        if isinstance(award.gets, Fixed | Assessed)
    ]
    known = [top for top in tops if top is not None and top != 0]
    if known:
        best = max(known)
        yield best
        if len(known) > 1:
            yield sum(known, ZERO)
        if isinstance(tree.most_gained, Fixed):
            yield best + tree.most_gained.points
    if tree.most is not None:
        yield tree.most


def most_of_parts(tree: Criterion) -> list[Fraction]:
    """The most that one part gives, where each part is no more than one fact with its points; empty otherwise."""
    singles = [part.rules[0] for part in tree.parts if len(part.rules) == 1 and not part.most]
    awards = [
        single
        for single in singles
        if isinstance(single, Award) and all(isinstance(c, Claim | Met) for c in single.when)
    ]
    points = [award.gets.points for award in awards if isinstance(award.gets, Fixed)]
    zeros = all(isinstance(rule, Award) and rule.gets == Fixed(ZERO) for rule in tree.rules)
    if len(points) < 2 or len(points) != len(tree.parts) or not zeros:
        return []
    return [max(points)] if max(points) != sum(points, ZERO) else []
