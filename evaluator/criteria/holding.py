"""Whether conditions hold: values in bands, the target met, facts a person says; values first, so that little is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from evaluator.criteria.amounts import bare_zero, compared, late_by, size_of
from evaluator.criteria.cutting import pattern
from evaluator.criteria.measuring import COMPLETION, REST, Scope, same, shown
from evaluator.criteria.situation import Query, Situation, term_readings
from evaluator.criteria.tree import Award, Change, Claim, Condition, Count, Fixed, Interval, Met, Otherwise, PerUnit
from evaluator.quantities.reading import Deadline
from evaluator.quantities.units import Quantity

ZERO = Fraction(0)
_YES_NO = (("no", "否"), ("yes", "是"))


def by_words(when: tuple[Condition, ...], scope: Scope) -> bool:
    """Whether a person says that these conditions hold, and no value."""
    return bool(when) and all(
        isinstance(condition, Claim | Otherwise) or (isinstance(condition, Met) and scope.situation.met is None)
        for condition in when
    )


def hold(scope: Scope, when: Sequence[Condition]) -> str:
    """Whether all conditions hold: yes, no, or edge where a value lies on an end that may belong to either side.

    Values come first, so that no fact is asked about that does not matter.
    """
    result = "yes"
    for condition in sorted(when, key=lambda c: isinstance(c, Claim | Met)):
        now = _holds(scope, condition)
        if now == "no":
            return "no"
        result = "edge" if now == "edge" else result
    return result


def _holds(scope: Scope, condition: Condition) -> str:
    match condition:
        case Interval():
            if (late := _by_day(scope, condition)) is not None:
                return "yes" if late else "no"
            if (counted := _counted(scope, condition) or _late(scope, condition)) is not None:
                return compared(replace(condition, name=""), counted, None, "value")
            of = condition.of
            value = _as_rate(scope, condition) or scope.value(condition.name)
            needs = of != "value" or _relative(scope, condition, value)
            aim = scope.aim() if needs else scope.situation.aim()
            return compared(condition, value, aim, _rate(scope, condition, value, aim))
        case Met(yes=yes):
            return "yes" if met(scope) == yes else "no"
        case Claim(words=words):
            return "yes" if fact(scope, words) else "no"
        case Otherwise():
            others = [r for r in scope.tree.rules if isinstance(r, Award) and r.when not in REST]
            return "no" if any(hold(scope, r.when) != "no" for r in others) else "yes"
    return "no"


def _by_day(scope: Scope, band: Interval) -> bool | None:
    """Whether a day is within its deadline, or past it, as a band of the target itself says (超过规定时间); None for any other."""
    aimed, ends = scope.situation.aimed, [end for end in (band.low, band.high) if end is not None]
    if aimed is None or not isinstance(aimed.content, Deadline) or band.of != "target" or band.name or len(ends) != 1:
        return None
    known = scope.situation.met
    return None if known is None or size_of(ends[0].number) != 1 else known == (band.high is not None)


def _as_rate(scope: Scope, band: Interval) -> Quantity | None:
    """A rate that is neither the value nor its share of the target (偏差率), as a person gives it; None for any other."""
    called = next((name for place, name in scope.measures if place == scope.place and same(name, band.name)), "")
    value = scope.situation.value
    if (
        len(scope.measures) > 1
        or value is None
        or "value" in scope.situation.answers
        or not _relative(scope, band, value)
    ):
        return None
    if (
        band.of != "value"
        or not called
        or (re.search(pattern("completion"), called) and not re.search(pattern("deviation"), called))
    ):
        return None
    text = scope.situation.ask(Query("NAME", "value", f"“{called}”是多少", (), "完成值"))
    return Situation("", text).value


def _counted(scope: Scope, band: Interval) -> Quantity | None:
    """The count a band is about (发现两次以上), where the sentence counts the same."""
    end = band.low or band.high
    counts = [r for r in scope.tree.rules if isinstance(r, Change) and isinstance(r.per, Count)]
    same = [r for r in counts if isinstance(r.per, Count) and end and r.per.unit == end.number.unit.name]
    if len(same) != 1 or not isinstance(same[0].per, Count) or end is None:
        return None
    return Quantity(scope.count(same[0].per), end.number.unit)


def _late(scope: Scope, band: Interval) -> Quantity | None:
    """How late the row is, where a band is about that (延期超过30天) and the days tell."""
    end = band.low or band.high
    if end is None or not re.fullmatch(pattern("late"), band.name) or "value" in scope.situation.answers:
        return None
    unit = Quantity(Fraction(1), end.number.unit)
    late = late_by(scope.situation, PerUnit("late", unit)) if unit.unit.kind in ("时长", "月数") else None
    return Quantity(late[0], unit.unit) if late else None


def _relative(scope: Scope, band: Interval, value: Quantity) -> bool:
    """Whether a band in per cent is about the share of the target, the value itself being no rate."""
    end = band.low or band.high
    return (
        end is not None
        and end.number.unit.kind == "比率"
        and value.unit.kind != "比率"
        and end.number.number != 0
        and not bare_zero(value)
    )


def _rate(scope: Scope, band: Interval, value: Quantity, aim: Quantity | None) -> str:
    """Whether 完成率 is the value, or its share of a target that is a rate itscope."""
    end = band.low or band.high
    called = next((name for place, name in scope.measures if place == scope.place and same(name, band.name)), "")
    named = any(word in called for word in COMPLETION)
    ends = [
        e
        for r in scope.tree.rules
        if isinstance(r, Award)
        for b in r.when
        if isinstance(b, Interval)
        for e in (b.low, b.high)
    ]
    if any(e is not None and e.number == aim for e in ends):
        return "value"  # 目标达成率达到50% beside a target of 50%
    if band.of != "value" or not named or aim is None or end is None or end.number.unit.kind != "比率":
        return "value"
    if aim.unit.kind != "比率" or value.unit.kind != "比率" or aim.number * aim.unit.size == 1:
        return "value"
    return scope.term("rate", "句中的完成率是完成值本身，还是完成值与指标值之比", term_readings("rate"))


def met(scope: Scope) -> bool:
    """Whether the target is met; asked where no value tells."""
    alone = len(scope.root.parts) < 2 or not scope.place
    known = scope.situation.met if alone else None
    if known is None and alone:
        known = scope.situation.said if not scope.facts else None
        known = _by_direction(scope) if known is None else known
    if "met" in scope.situation.answers or known is None:
        key = f"met{scope.place}" if scope.place else "met"
        return scope.situation.yes(Query("FACT", key, "达到指标值没有", _YES_NO, "是否", "达到指标值：{}"))
    return known


def _by_direction(scope: Scope) -> bool | None:
    """Whether a target without a sign is met, where the sentence takes for one direction only; None otherwise."""
    row = scope.situation
    other = {"short": "over", "over": "short"}
    counted = [(r.per.way, r.by) for r in scope.tree.rules if isinstance(r, Change) and isinstance(r.per, PerUnit)]
    ways = {way if by < 0 else other.get(way, way) for way, by in counted}
    aim, value = row.aim(), row.value
    if len(ways & {"short", "over"}) != 1 or aim is None or value is None or row.wanted is None or row.wanted.high:
        return None
    if row.wanted.sign is not None or value.unit.kind != aim.unit.kind:
        return None
    return (size_of(value) >= size_of(aim)) if "short" in ways else (size_of(value) <= size_of(aim))


def fact(scope: Scope, words: str) -> bool:
    """Whether words hold, as a person says; the actual itself where it is the one yes or no of the sentence."""
    key = "fact" if len(scope.facts) < 2 else f"fact{scope.facts.index(words) + 1}"
    alone = len(scope.facts) == 1 and key not in scope.situation.answers and not scope.counts and _good(scope, words)
    if alone and (known := scope.situation.said) is not None:
        return known
    return scope.situation.yes(Query("FACT", key, f"“{words}”是否属实", _YES_NO, "是否", f"{words}：{{}}"))


def _good(scope: Scope, words: str) -> bool:
    """Whether a fact gives points: only then 是 surely says that it holds."""
    zero = Fixed(ZERO)
    giving = [
        r for r in scope.tree.rules if (isinstance(r, Award) and r.gets != zero) or (isinstance(r, Change) and r.by > 0)
    ]
    return any(condition == Claim(words) for rule in giving for condition in rule.when)


def alternative(scope: Scope, named: Sequence[Award], other: Award | None) -> Award | None:
    """The one award of several whose words hold."""
    actual = (scope.situation.actual or "").strip()
    if actual and (same := [award for award in named if shown(award.when) == actual]):
        return same[0]
    if all(isinstance(c, Met) for award in named for c in award.when):
        return next((award for award in named if hold(scope, award.when) == "yes"), other)
    readings = [(str(n), shown(award.when)) for n, award in enumerate(named, 1)]
    readings.append(("0", shown(other.when) if other else "以上都不是"))
    key = f"state{scope.place}" if scope.place else "state"
    answer = scope.situation.ask(Query("JUDGE", key, "属于哪一种情形", tuple(readings), "情形"))
    return other if answer == "0" else named[int(answer) - 1]


def hold_change(scope: Scope, rule: Change) -> str:
    """Whether the conditions of a change hold; an end that is not said counts as held."""
    own = (Met(False),) if isinstance(rule.per, PerUnit) and rule.by < 0 else ()  # the shortfall itself tells
    return "no" if hold(scope, [condition for condition in rule.when if condition not in own]) == "no" else "yes"
