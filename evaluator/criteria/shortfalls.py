"""How many units a value is short of what it should be, over it, or off it: counted from the sentence's number or the target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from evaluator.criteria.amounts import comparable, size_of
from evaluator.criteria.cutting import pattern
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.holding import hold
from evaluator.criteria.measuring import Scope
from evaluator.criteria.situation import term_readings
from evaluator.criteria.tiers import by_part, tier_of
from evaluator.criteria.tree import Award, Change, Edge, Extra, Fixed, Interval, PerUnit
from evaluator.quantities.numerals import write_number
from evaluator.quantities.units import Quantity

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Base:
    """What is counted from, and whether it is the target."""

    number: Quantity | None
    target: bool

    @classmethod
    def of(cls, scope: Scope, rule: Change | Extra, per: PerUnit) -> Base:
        """The number a change counts from: in its own condition, in the award that gives the most, or the target."""
        if tier := tier_of(scope.tree, rule, scope.situation.wanted):
            near = tier.near if by_part(scope, tier) else tier.first[0]
            return cls(scope.aim(per.way), True) if near is None else cls(_number(near, tier.band, per, scope), False)
        own = _standard([band for band in rule.when if isinstance(band, Interval)], per, scope)
        said = own or _standard(_best(scope), per, scope)
        aim = scope.situation.aim(per.way)
        several = len(scope.measures) > 1
        if said is None:
            return cls(scope.aim(per.way), True)
        if own is not None or aim is None or several or not comparable(said, aim) or size_of(said) == size_of(aim):
            return cls(said, False)
        asks = f"句中是{said}，指标值是{aim}，从哪个算起"
        sentence = scope.term("base", asks, term_readings("base")) == "sentence"
        return cls(said, False) if sentence else cls(aim, True)


def _best(scope: Scope) -> list[Interval]:
    awards = [r for r in scope.tree.rules if isinstance(r, Award) and r.gets != Fixed(ZERO)]
    return [band for award in awards[:1] for band in award.when if isinstance(band, Interval)]


def _standard(bands: list[Interval], per: PerUnit, scope: Scope) -> Quantity | None:
    """The number of a band that a unit short or over counts from; a share of the target as so much of it."""
    for band in bands:
        end = (band.low or band.high) if per.way in ("short", "off") else (band.high or band.low)
        if end is not None and (number := _number(end, band, per, scope)) is not None:
            return number
    return None


def _number(end: Edge, band: Interval, per: PerUnit, scope: Scope) -> Quantity | None:
    """An end of a band in the measure of the value; None where it is no number of it."""
    number, value = end.number, scope.value(band.name)
    relative = number.unit.kind == "比率" and value.unit.kind != "比率" and number.number != 0
    if band.of == "target" or (band.of == "value" and relative):
        aim = scope.aim(per.way)
        return Quantity(aim.number * size_of(number), aim.unit)
    if band.of == "value":
        return Quantity(number.number, value.unit) if number.unit.bare else number
    return None


def _within(scope: Scope, rule: Change | Extra, per: PerUnit, value: Quantity) -> Quantity:
    """The value as far as its tier goes, where each tier counts its own part."""
    tier = tier_of(scope.tree, rule, scope.situation.wanted)
    if tier is None or tier.far is None or not by_part(scope, tier):
        return value
    far = _number(tier.far, tier.band, per, scope)
    past = far is not None and hold(scope, (tier.past(tier.far),)) == "yes"
    return Quantity(far.to(value.unit), value.unit) if past and far is not None else value


def per_unit(scope: Scope, rule: Change | Extra, per: PerUnit) -> tuple[Fraction, str] | None:
    """How many units a value is short, over or off, and what is told of it; None where the two cannot be set in such units."""
    name = next((band.name for band in rule.when if isinstance(band, Interval)), "")
    if per.way == "each":
        value = scope.value(name)
        if value.unit.kind != per.size.unit.kind:
            return None
        return scope.stepped(size_of(value) / size_of(per.size)), f"完成{value}"
    counted = per.size.unit.kind not in ("比率", "百分点")
    if counted and not _fits(scope, per):
        return None
    value = scope.value(name)
    base = Base.of(scope, rule, per)
    if base.number is None or not comparable(value, base.number):
        return None
    if base.target and any(re.search(pattern("before"), words) for words in (per.about, *scope.facts)):
        return None  # 与去年持平扣0.1分，每高…加扣: counted from last year's value, which is not in the row
    _refuse_against_sign(scope, rule, per, base)
    less = base.number.number * (base.number.unit.size if value.unit.kind == base.number.unit.kind else 1)
    reached = _within(scope, rule, per, value)
    more = reached.number * (value.unit.size if value.unit.kind == base.number.unit.kind else 1)
    over = more - less
    far = {
        "short": -over,
        "over": over,
        "off": over if scope.situation.at_most else -over if scope.situation.at_least else abs(over),
    }[per.way]
    word = "超" if over > 0 else "少"
    if far <= 0:
        return ZERO, ""
    number = _in_units(scope, per, far, less, base.number, value)
    if number is None:
        return None
    whole = f"完成值{value}" if reached == value else f"完成值{value}（本段至{reached}）"
    account = f"{'指标值' if base.target else '标准'}{base.number}，{whole}，{word}{_shown(far, value, base.number)}"
    return scope.stepped(number), account


def _shown(far: Fraction, value: Quantity, base: Quantity) -> str:
    unit = base.unit if not base.unit.bare else value.unit
    size = unit.size if value.unit.kind == base.unit.kind else 1
    text = write_number(far / size)
    name = "个百分点" if unit.kind == "比率" and unit.name == "%" else str(unit)
    return f"{text}{name}"


def _fits(scope: Scope, per: PerUnit) -> bool:
    """Whether the row is measured in the unit that is counted."""
    aim, value = scope.situation.aim(per.way), scope.situation.value
    if len(scope.measures) > 1:
        return True
    unit = per.size.unit
    sides = [quantity.unit for quantity in (aim, value) if quantity is not None]
    return bool(sides) and all(side.kind == unit.kind or (side.bare and unit.size == 1) for side in sides)


def _by_unit(scope: Scope) -> bool:
    asks = "写了百分之几，又写了几个单位，按哪一种计"
    return scope.term("size", asks, term_readings("size")) == "unit"


def _in_units(
    scope: Scope, per: PerUnit, far: Fraction, whole: Fraction, base: Quantity, value: Quantity
) -> Fraction | None:
    size = per.size
    if per.either is not None and _by_unit(scope):
        return far / per.either
    if size.unit.kind not in ("比率", "百分点"):
        if size.unit.kind == value.unit.kind == base.unit.kind:
            return far / size_of(size)
        return far / size.number
    share = size.number / 100 if size.unit.kind == "百分点" else size_of(size)
    rate = base.unit.kind == "比率"
    bare = base.unit.bare and value.unit.bare
    points = far / share if rate else far / size.number
    if rate and size.unit.kind == "百分点":
        return points
    relative = far / (whole * share) if whole else None
    if not rate and not bare:
        if relative is None:
            raise Refusal("Q409", "指标值是0，算不出百分之几", 0, "写明每多多少扣几分")
        return relative
    if relative == points:
        return points
    asks = f"“{size}”是百分点，还是{base}的百分之几"
    if relative is None or scope.term("pct", asks, term_readings("pct")) == "points":
        return points
    return relative


def _refuse_against_sign(scope: Scope, rule: Change | Extra, per: PerUnit, base: Base) -> None:
    """Refuse what takes for being on the good side of the target, or gives for the bad one."""
    if not base.target:
        return
    taking = rule.by < 0 or (isinstance(rule, Change) and rule.judged is not None)
    bad = "short" if scope.situation.at_least else "over" if scope.situation.at_most else ""
    both = {r.per.way for r in scope.tree.rules if isinstance(r, Change) and isinstance(r.per, PerUnit)} >= {
        "short",
        "over",
    }
    if not bad or both or per.way == "off":
        return
    if taking != (per.way == bad):
        word = {"short": "少", "over": "超"}[per.way]
        verb = "扣分" if taking else "加分"
        says = f"指标值是“{scope.situation.target}”，句中“每{word}{per.size}”却{verb}，方向相反"
        raise Refusal("Q407", says, 0, "核对比较符和评分标准")
