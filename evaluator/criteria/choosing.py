"""Which of several awards holds: the innermost of nested bands, the one whose end a value lies on, the nearest of a gap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from evaluator.criteria.amounts import compared, size_of
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.fullpoints import stated_points
from evaluator.criteria.holding import hold
from evaluator.criteria.measuring import REST, Scope, shown
from evaluator.criteria.situation import term_readings
from evaluator.criteria.tallying import gets
from evaluator.criteria.tree import Award, Interval

ZERO = Fraction(0)


def choose(scope: Scope, awards: Sequence[Award]) -> Award | None:
    """The one award that holds: the innermost of nested bands; where a value lies on the end two share, asked."""
    every = [(award, hold(scope, award.when)) for award in awards if award.when not in REST]
    sure, edge = [award for award, now in every if now == "yes"], [award for award, now in every if now == "edge"]
    if sure and edge and not any(_at_end(scope, award) for award in sure):
        sure = [*sure, *edge] if _nested([*sure, *edge]) else sure
    elif not sure and len(edge) > 1 and not _nested(edge):
        return _at_both(scope, edge)
    pool = sure or edge
    if len(pool) > 1:
        return _innermost(scope, pool)
    if not pool:
        return next((award for award in awards if award.when in REST), None)
    return pool[0]


def _at_both(scope: Scope, edge: Sequence[Award]) -> Award:
    amounts = sorted(edge, key=lambda award: gets(award, scope, _row(scope), []))
    answer = scope.term("end", f"{scope.shown_value()}正在两档交界处，归哪一档", term_readings("end"))
    return amounts[-1] if answer == "upper" else amounts[0]


def _row(scope: Scope) -> Fraction:
    return scope.situation.points or next(iter(stated_points(scope.tree)), ZERO)


def _at_end(scope: Scope, award: Award) -> bool:
    """Whether the value lies on an end of the band that is said to belong to it."""
    bands = [band for band in award.when if isinstance(band, Interval)]
    opened = [
        replace(
            band,
            low=band.low and replace(band.low, closed=False),
            high=band.high and replace(band.high, closed=False),
        )
        for band in bands
    ]
    return any(hold(scope, (band,)) == "no" for band in opened)


def _innermost(scope: Scope, pool: Sequence[Award]) -> Award:
    if len({(award.gets) for award in pool}) == 1:
        return pool[0]
    bands = [next((c for c in award.when if isinstance(c, Interval)), None) for award in pool]
    if any(band is None for band in bands):
        raise Refusal(
            "Q406", f"“{shown(pool[0].when)}”与“{shown(pool[1].when)}”同时成立，看不出按哪一种", 0, "各种情形不要重叠"
        )
    inner = [
        award
        for award, band in zip(pool, bands, strict=True)
        if all(_inside(band, other) for other in bands if other is not None and band is not None)
    ]
    if len(inner) != 1:
        raise Refusal(
            "Q406", f"“{shown(pool[0].when)}”与“{shown(pool[1].when)}”互相重叠，看不出按哪一档", 0, "各档不要重叠"
        )
    return inner[0]


def neighbours(scope: Scope, awards: Sequence[Award]) -> dict[str, Award]:
    """The bands on either side of a value no band names: by points, the lower and the upper."""
    below: list[tuple[Fraction, Award]] = []
    above: list[tuple[Fraction, Award]] = []
    for award in awards:
        band = next((condition for condition in award.when if isinstance(condition, Interval)), None)
        if (
            band is None
            or hold(scope, [condition for condition in award.when if not isinstance(condition, Interval)]) == "no"
        ):
            continue
        value = scope.value(band.name)
        if band.high is not None and compared(replace(band, low=None), value, scope.situation.aim(), "value") == "no":
            below.append((band.high.number.number * band.high.number.unit.size, award))
        elif band.low is not None and compared(replace(band, high=None), value, scope.situation.aim(), "value") == "no":
            above.append((band.low.number.number * band.low.number.unit.size, award))
    near = [max(below, key=lambda pair: pair[0])[1]] if below else []
    near += [min(above, key=lambda pair: pair[0])[1]] if above else []
    near.sort(key=lambda neighbour: gets(neighbour, scope, _row(scope), []))
    return dict(zip(("lower", "upper"), near, strict=False)) if len(near) > 1 else {"upper": near[0]} if near else {}


def taken_between(scope: Scope, bands: Sequence[Award]) -> Award | None:
    """The band of what is taken that a value between two of them (80%-89%, 90%-95%) belongs to, as answered."""
    near = neighbours(scope, bands)
    if len(near) < 2:
        return None
    asks = f"完成值{scope.shown_value()}哪一档都没有列到"
    return near.get(scope.term("gap", asks, term_readings("gap")))


def readings_among(key: str, options: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The readings of a term among those that can be here."""
    return tuple((reading, says) for reading, says in term_readings(key) if reading in options)


def _nested(awards: Sequence[Award]) -> bool:
    """Whether the bands lie one inside another."""
    bands = [next((c for c in award.when if isinstance(c, Interval)), None) for award in awards]
    return any(all(a is not None and b is not None and _inside(a, b) for b in bands) for a in bands)


def _inside(band: Interval, other: Interval) -> bool:
    """Whether a band lies within another: neither end goes beyond."""
    if band.of != other.of and {band.of, other.of} != {"target", "value"}:
        return band == other
    low = other.low is None or (band.low is not None and size_of(band.low.number) >= size_of(other.low.number))
    high = other.high is None or (band.high is not None and size_of(band.high.number) <= size_of(other.high.number))
    return low and high
