"""Two quantities in units of one kind: a unit that one lacks is lent by the other, or asked about where that is not certain."""

from __future__ import annotations

from fractions import Fraction

from evaluator.quantities.numerals import Unreadable, write_number
from evaluator.quantities.units import CONVERTIBLE, Quantity, Unit, is_either, plain_part, read_unit


def in_one_unit(given: Quantity, aim: Quantity) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """An actual and the number aimed at in units of one kind, where they are or certainly mean to be, and notes on that.

    Raises Unreadable (Q201 to Q204) otherwise.
    """
    match given.unit.kind, aim.unit.kind:
        case mine, other if mine == other:
            if given.unit.bare and given.unit != aim.unit:
                _ask_if_far(given, given, aim)
            return given, aim, ()
        case _ if is_either(aim.unit, given.unit):
            lent = Quantity(given.number, aim.unit)
            return lent, aim, (f"“{given}”按指标单位“{aim.unit}”读作“{lent}”",)
        case _ if is_either(given.unit, aim.unit):
            says = f"指标值的单位是“{aim.unit}”，看不出“{given}”中有多少是“{aim.unit}”"
            raise Unreadable("Q202", says, "", (f"{write_number(given.number)}{aim.unit}",))
        case mine, _ if mine.startswith("/") and _per_the_same(given.unit, aim.unit):
            lent = Quantity(given.number, aim.unit)
            _ask_if_far(given, lent, aim)
            return lent, aim, (f"“{given}”未写明计量的是什么，按指标单位“{aim.unit}”读作“{lent}”",)
        case _, other if other.startswith("/") and _per_the_same(aim.unit, given.unit):
            lent = Quantity(aim.number, given.unit)
            _ask_if_far(aim, lent, given)
            return given, lent, (f"指标值“{aim}”未写明计量的是什么，按实际完成值的单位读作“{lent}”",)
        case "", "比率":
            return _rate(given, aim), aim, ()
        case "比率", "":
            raise Unreadable(
                "Q203", f"指标值“{aim}”没有单位，实际完成值是“{given}”", "", (f"{aim}{given.unit}", str(aim))
            )
        case "", _:
            lent = _lend(given, aim.unit)
            _ask_if_far(given, lent, aim)
            return lent, aim, (f"“{given}”未写单位，按指标单位“{aim.unit}”读作“{lent}”",)
        case _, "":
            lent = _lend(aim, given.unit)
            _ask_if_far(aim, lent, given)
            return given, lent, (f"指标值“{aim}”未写单位，按实际完成值的单位读作“{lent}”",)
        case ("人", "人次") | ("人次", "人"):
            says = f"指标值的单位是“{aim.unit}”，实际完成值的单位是“{given.unit}”，两者不能换算"
            raise Unreadable("Q202", says, "", (f"{write_number(given.number)}{aim.unit}", str(given)))
    given.to(aim.unit)  # raises, naming both units
    raise AssertionError


def _per_the_same(bare: Unit, unit: Unit) -> bool:
    """Whether both are so much a 株, and only the one says what: /株, 元/株."""
    return bare.name == "/" + unit.name.partition("/")[2] and not unit.kind.startswith("/")


def _lend(bare: Quantity, unit: Unit) -> Quantity:
    """A quantity without a unit, in the unit of its neighbour; 200万 beside 元 or 万元 is 200万元."""
    if not bare.unit.name:
        return Quantity(bare.number, unit)
    return Quantity(bare.number, read_unit(bare.unit.name + plain_part(unit)) or unit)


def _rate(given: Quantity, aim: Quantity) -> Quantity:
    """A bare number beside a rate is a question: 0.95 may be 95% or 0.95%. Zero is zero either way."""
    number = given.number * given.unit.size
    if number == 0:
        return Quantity(number, aim.unit)
    asked = (str(Quantity(number, aim.unit)), str(Quantity(number / aim.unit.size, aim.unit)))
    raise Unreadable("Q203", f"指标值是比率，实际完成值“{given}”没有写“{aim.unit}”", "", asked)


def _ask_if_far(bare: Quantity, lent: Quantity, other: Quantity) -> None:
    """Ask about a lent unit that comes in sizes (元, 万元) when it puts the two a thousandfold apart."""
    mine, theirs, unit = abs(lent.number * lent.unit.size), abs(other.number * other.unit.size), lent.unit
    base = plain_part(unit)
    sized = len(CONVERTIBLE.get(unit.kind.split("/")[0], ())) > 1 or {unit.name, other.unit.name} != {base}
    if sized and mine and theirs and not Fraction(1, 1000) < mine / theirs < 1000:
        number = write_number(bare.number)
        asked = tuple(dict.fromkeys((f"{number}{base}", f"{number}万{base}", str(lent))))
        raise Unreadable("Q204", f"“{bare}”没有写单位，按“{lent}”读与“{other}”相差千倍以上", "写明单位", asked)
