"""Tiers of one rate: 完成率100%-130%之间每超1个百分点加0.2分，130%以上每超1个百分点加0.1分; 80%-100%每少1个百分点扣0.2分.

Each tier is counted from its near end. Beyond the first, either each counts the part that lies in it, or the one that is reached
counts all from where the first begins: what the sentence does not say is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.holding import hold, hold_change
from evaluator.criteria.measuring import Scope, shown
from evaluator.criteria.situation import term_readings
from evaluator.criteria.tree import Change, Criterion, Edge, Extra, Interval, PerUnit
from evaluator.quantities.reading import Amount


@dataclass(frozen=True, slots=True)
class RateTier:
    """A tier: its band, the end it is counted from (None: the target), the far end, and both of the first tier."""

    band: Interval
    near: Edge | None
    far: Edge | None
    first: tuple[Edge | None, Edge | None]
    over: bool

    def past(self, end: Edge) -> Interval:
        """What lies on the far side of an end, the end itself not."""
        apart = replace(end, closed=False)
        return replace(self.band, low=apart if self.over else None, high=None if self.over else apart)


def tier_of(tree: Criterion, rule: Change | Extra, wanted: Amount | None = None) -> RateTier | None:
    """The tier a change is counted in; None where its band is a standard, as the range that is `wanted`, and no tier."""
    if not isinstance(rule, Change) or not isinstance(rule.per, PerUnit) or rule.per.way not in ("short", "over"):
        return None
    over = rule.per.way == "over"
    mine = _band(rule)
    peers = list(_peers(tree, rule, mine)) if mine is not None else []
    if mine is None or not any(band.low and band.high for band in peers) or _is(mine, wanted):
        return None
    ends = {band: (band.low, band.high) if over else (band.high, band.low) for band in peers}
    first = min(peers, key=lambda band: _order(ends[band][0], over))
    return RateTier(mine, *ends[mine], ends[first], over)


def _is(band: Interval, wanted: Amount | None) -> bool:
    if wanted is None or wanted.high is None or band.low is None or band.high is None:
        return False
    return (band.low.number.number, band.high.number.number) == (wanted.low.number, wanted.high.number)


def _peers(tree: Criterion, rule: Change, mine: Interval) -> Iterator[Interval]:
    """The bands of the changes that go the same way."""
    for other in tree.rules:
        band = _band(other) if isinstance(other, Change) and _goes(other) == _goes(rule) else None
        if band is not None and (band.name, band.of) == (mine.name, mine.of):
            yield band


def _goes(rule: Change) -> tuple[str, bool]:
    """Which way a change counts, and whether it adds."""
    return rule.per.way if isinstance(rule.per, PerUnit) else "", rule.by > 0


def _band(rule: Change) -> Interval | None:
    bands = [condition for condition in rule.when if isinstance(condition, Interval)]
    return bands[0] if len(bands) == 1 else None


def _order(end: Edge | None, over: bool) -> tuple[bool, object]:
    """The nearest first; one that begins at the target before all others."""
    if end is None:
        return False, 0
    return True, end.number.number if over else -end.number.number


def by_part(scope: Scope, tier: RateTier) -> bool:
    """Whether each tier counts its own part; no matter within the first, and asked beyond it."""
    far = tier.first[1]
    if far is None or hold(scope, (tier.past(far),)) == "no":
        return True
    return scope.term("tier", "几段各有各的加扣分，超出一段的怎样算", term_readings("tier")) == "part"


def change_holds(scope: Scope, rule: Change) -> bool:
    """Whether a change is to be counted; of a tier by part wherever its near end is passed."""
    tier = tier_of(scope.tree, rule, scope.situation.wanted)
    if tier is None:
        return hold_change(scope, rule) == "yes"
    if not by_part(scope, tier):
        if hold(scope, (tier.band,)) == "edge":
            raise Refusal("Q406", f"完成值在“{shown((tier.band,))}”的交界处，看不出归哪一段", 0, "写明含或不含")
        return hold_change(scope, rule) == "yes"
    rest = tuple(condition for condition in rule.when if condition is not tier.band)
    passed = tier.near is None or hold(scope, (tier.past(tier.near),)) != "no"
    return passed and hold_change(scope, replace(rule, when=rest)) == "yes"
