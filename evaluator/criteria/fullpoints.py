"""The full points (满分) a sentence may mean by the points it states."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from evaluator.criteria.tree import Award, Change, Criterion, Fixed, Formula, Full, InProportion, Judged, Share

ZERO = Fraction(0)


def stated_points(tree: Criterion) -> Iterator[Fraction]:
    """The full points a sentence may mean by the points it states, the likeliest first."""
    if tree.points is not None:
        yield tree.points
    if tree.parts:
        parts = [next(iter(stated_points(part)), None) for part in tree.parts]
        if all(one is not None for one in parts):
            yield sum((one for one in parts if one is not None), ZERO)
        return
    awards = [r for r in tree.rules if isinstance(r, Award) and not isinstance(r.gets, InProportion)]
    if any(isinstance(one, Change) and (one.by < 0 or one.judged) for one in tree.rules):
        awards = [
            one for one in awards if not isinstance(one.gets, Judged)
        ]  # 未按制度实施的在2分内给分: not the full points
    if any(
        isinstance(one.gets, Full | Share | Formula) or (isinstance(one.gets, Judged) and one.gets.share)
        for one in awards
    ):
        return
    tops = [
        one.gets.points if isinstance(one.gets, Fixed) else one.gets.high
        for one in awards
        if isinstance(one.gets, Fixed | Judged)
    ]
    known = [one for one in tops if one is not None and one != 0]
    if known:
        best = max(known)
        yield best
        if len(known) > 1:
            yield sum(known, ZERO)
        if isinstance(tree.most_gained, Fixed):
            yield best + tree.most_gained.points
    if tree.most is not None:
        yield tree.most
