"""Numbers compared: a value with a band, a value with what it should be in units of what is counted, a day with its deadline."""

from __future__ import annotations

from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.situation import Situation
from evaluator.criteria.tree import Edge, Interval, PerUnit
from evaluator.quantities.days import calendar_day
from evaluator.quantities.deadlines import last_of
from evaluator.quantities.numerals import Unreadable
from evaluator.quantities.reading import Deadline, read
from evaluator.quantities.units import Quantity

ZERO = Fraction(0)


def size_of(number: Quantity) -> Fraction:
    """A quantity in the first unit of its kind."""
    return number.number * number.unit.size


def compared(band: Interval, value: Quantity, aim: Quantity | None, rate: str) -> str:
    """Whether a value lies in a band: yes, no, or edge where it lies on an end of which nothing is said."""
    result = "yes"
    for end, low in ((band.low, True), (band.high, False)):
        if end is None:
            continue
        now = _at(end, low, *_sides(band, end, value, aim, rate))
        if now == "no":
            return "no"
        result = "edge" if now == "edge" else result
    return result


def _at(end: Edge, low: bool, value: Fraction, bound: Fraction) -> str:
    if value == bound:
        return "edge" if end.closed is None else "yes" if end.closed else "no"
    return "yes" if (value > bound) == low else "no"


def _sides(band: Interval, end: Edge, value: Quantity, aim: Quantity | None, rate: str) -> tuple[Fraction, Fraction]:
    """What is compared with an end, and the end, both in one measure."""
    number = end.number
    percent = number.unit.kind == "比率"
    relative = (
        band.of != "value"
        or rate == "target"
        or (percent and value.unit.kind != "比率" and number.number != 0 and not bare_zero(value))
    )
    if not relative:
        if value.unit.kind == number.unit.kind:
            return size_of(value), size_of(number)
        if number.number == 0 or number.unit.bare or value.unit.bare:
            return value.number, number.number
        raise Refusal("Q410", f"完成值{value}与“{number}”不是同类单位", 0, f"用“{number.unit}”填写的数")
    if aim is None or not comparable(value, aim):
        raise Refusal(
            "Q410", f"完成值{value}不能与指标值相比，得不出“{number}”所说的比率", 0, "指标值和完成值写成同一单位的数"
        )
    share = size_of(number) if percent else number.number
    whole = aim.number * (aim.unit.size if value.unit.kind == aim.unit.kind else 1)
    actual = value.number * (value.unit.size if value.unit.kind == aim.unit.kind else 1)
    match band.of:
        case "over":
            return actual - whole, share * whole
        case "short":
            return whole - actual, share * whole
    return actual, share * whole


def bare_zero(value: Quantity) -> bool:
    """Whether a value is 0 without a unit, which may be a count and a rate alike."""
    return value.number == 0 and value.unit.bare


def comparable(value: Quantity, aim: Quantity) -> bool:
    """Whether two quantities are of one kind, or one lacks its unit."""
    return value.unit.kind == aim.unit.kind or value.unit.bare or aim.unit.bare


# ---- late --------------------------------------------------------------------------------------------------------


def late_by(situation: Situation, per: PerUnit) -> tuple[Fraction, str] | None:
    """How many units of time something is late: days exactly, months by the calendar; None where dates do not tell."""
    if situation.wanted is not None and situation.value is not None:
        aim, value = situation.wanted.low, situation.value
        if aim.unit.kind == value.unit.kind == per.size.unit.kind:
            far = size_of(value) - size_of(aim)
            return (max(far, ZERO) / size_of(per.size), f"应为{aim}，实为{value}")
        return None
    try:
        due, done = read(situation.target), read(situation.actual or "")
    except Unreadable:
        return None
    if not isinstance(due, Deadline) or not isinstance(done, Deadline) or due.moment.through or done.moment.through:
        return None
    if len(due.moment.limits()) > 1 or (due.moment.year == 0) != (done.moment.year == 0):
        return None
    limit = calendar_day(due.moment.within(2001).limits()[0])
    day = calendar_day(done.moment.within(2001).last)
    exact = done.moment.first == done.moment.last
    dates = f"应于{due.moment}，实于{done.moment}"
    if day <= limit:
        return ZERO, dates
    if per.size.unit.kind == "时长" and exact:
        return Fraction((day - limit).days * 86400) / size_of(per.size), dates
    if per.size.unit.kind == "月数" and not exact and limit.day == last_of(limit.year, limit.month):
        months = (day.year - limit.year) * 12 + day.month - limit.month
        return Fraction(months) / (per.size.number * per.size.unit.size), dates
    return None
