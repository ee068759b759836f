"""Figures of another size than what they stand beside: 元 typed for 万元, 5.49元 under ≤5.6万元, 58000000 for 58人.

A thousandfold is where a unit is doubted rather than a year explained; both readings are told, and none is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from evaluator.comparators import DOWNWARD, directed
from evaluator.figures import decimal, half_up, percent, wan
from evaluator.quantities.given import stated
from evaluator.quantities.quantity import Quantity, Target, set_beside
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import Unit, plain_part, read_unit

FAR = 1000  # so many times another figure, a unit is doubted
NEAR = 10  # within so many times of the target, another unit explains a number
UNKNOWN = -1  # an amount that was not given
NUMBERS = directed("up", "down", "exact", "within")  # the words that compare two numbers in one unit
YUAN = 10_000  # 元 in 万元, and 万元 in 亿元
# how both readings are told, here and in the clerk's workbook
LARGE = "{name} {amount} 万元是年初预算数 {initial} 万元的 {times} 倍；若填的是元，应为 {yuan} 万元"
SMALL = "年初预算数 {initial} 万元是{name} {amount} 万元的 {times} 倍"
EITHER = "若年初预算数填的是元，应为 {yuan} 万元；若全年预算数填的是亿元，应为 {hundred_million} 万元"
MORE, PART, LESS = "是年初预算数的 {times} 倍", "只有年初预算数的 {percent}", "年初预算数是它的 {times} 倍"
ABOVE, BELOW, MEANT = "是指标值的 {times} 倍", "指标值是它的 {times} 倍", "；若单位是{unit}，应为{value}"


# ---- money -------------------------------------------------------------------------------------------------------


def money_sizes(initial: Any, adjusted: Any, executed: Any) -> tuple[Any, Any, Any]:
    """Whether an amount of the year is a thousand times the initial budget or more; whether all of them are a thousandth
    or less; and whether, in neither case, the adjusted budget is twice the initial one or more, or half or less.

    Whole 分, UNKNOWN where not given, or arrays of them alike. A budget of zero is no measure; one that was cut to what
    was spent is told apart (F204).
    """
    large = (initial > 0) & ((adjusted // FAR >= initial) | (executed // FAR >= initial))
    small = (adjusted > 0) & (adjusted <= initial // FAR) & (executed <= initial // FAR)
    moved = (initial > 0) & (adjusted > 0) & ((adjusted // 2 >= initial) | (adjusted <= initial // 2))
    cut = (adjusted < initial) & (executed == adjusted)
    return large, small, moved > (large | small | cut)  # for truth values: the one and not the other


def money_told(initial: int, adjusted: int, executed: int) -> str:
    """Both readings of amounts a thousandfold apart from the initial budget; '' where none is."""
    large, small, _ = money_sizes(initial, adjusted, executed)
    named = (("全年预算数", adjusted), ("全年执行数", executed))
    shown = wan(initial)
    if large:
        return "；".join(
            LARGE.format(name=name, amount=wan(fen), initial=shown, times=_times(fen, initial), yuan=_as_yuan(fen))
            for name, fen in named
            if fen // FAR >= initial
        )
    if not small:
        return ""
    told = [
        SMALL.format(name=name, amount=wan(fen), initial=shown, times=_times(initial, fen))
        for name, fen in named
        if fen > 0
    ]
    return "；".join((*told, EITHER.format(yuan=_as_yuan(initial), hundred_million=wan(adjusted * YUAN))))


def adjusted_told(initial: int, adjusted: int) -> str:
    """The adjusted budget beside the initial one: so many times it, or so many per cent of it; '' where one is nothing."""
    if initial <= 0 or adjusted <= 0:
        return ""
    if adjusted >= initial:
        return MORE.format(times=_times(adjusted, initial))
    ratio = Fraction(adjusted, initial)
    return (
        f"只有年初预算数的 {percent(ratio)}" if ratio * 100 >= 1 else f"年初预算数是它的 {_times(initial, adjusted)} 倍"
    )


def _times(large: int, small: int) -> str:
    return decimal(Fraction(large, small), 2)


def _as_yuan(fen: int) -> str:
    """The 万元 of an amount that was typed in 元 where 万元 are asked."""
    head, tail = half_up(Fraction(fen, 1_000_000 * YUAN), 10).split(".")
    return f"{head}.{tail.rstrip('0').ljust(2, '0')}"


# ---- rows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Size:
    """A value a thousandfold apart from its target: whether its unit is what differs, and how that is told."""

    unit: bool
    told: str


def apart(actual: Fraction, low: Fraction, high: Fraction) -> bool:
    """Whether two positive numbers in one unit are a thousandfold apart: the actual and the nearer end of the target."""
    return low > 0 < actual and (actual >= FAR * high or FAR * actual <= low)


@lru_cache(maxsize=4096)
def size_of(target: Target, actual: str, year: int | None) -> Size | None:
    """How a value is a thousandfold apart from a target that is written with a unit; None where it is not, or may well be.

    Zero is no size. Few complaints under a high limit are what was wanted, so a small value under ≤ is doubted only of
    money and of a unit written otherwise than the target's. The pair must be one that can be read.
    """
    wanted = target.content
    if not isinstance(wanted, Amount) or wanted.low.unit.bare:
        return None
    pair = set_beside(target, actual, year=year)
    high = pair.target if pair.high is None else pair.high
    if not apart(pair.actual, pair.target, high):
        return None
    given, aim = stated(wanted, actual).quantity, wanted.low.unit
    given = Quantity(given.number, aim) if not given.unit.name else given
    upward = pair.actual > high
    end, alike = high if upward else pair.target, given.unit.kind == aim.kind
    meant = _meant(given, aim, end) if alike else None
    differs = meant is not None and (given.unit != aim or (upward and plain_part(aim) != aim.name))
    if not (differs or upward) and pair.comparator in DOWNWARD and not aim.kind.startswith("金额"):
        return None
    times = decimal(max(pair.actual / end, end / pair.actual), 2)
    told = (ABOVE if upward else BELOW).format(times=times)
    if alike and given.unit != aim:
        told = f"即{Quantity(given.to(aim), aim)}，{told}"
    if meant:
        read = Quantity(meant.to(aim), aim) if given.unit == aim and meant.unit.size < aim.size else meant
        told += MEANT.format(unit=meant.unit, value=read)
    return Size(differs, told)


def other_units(aim: Unit) -> list[Unit]:
    """The units that a number may have been meant in under a target in this one: itself, 元, 万元, 亿元."""
    times = ("",) if aim.kind == "比率" else ("", "万", "亿")
    made = [aim, *(read_unit(each + plain_part(aim)) for each in times)]
    return [unit for unit in dict.fromkeys(made) if unit and unit.kind == aim.kind]


def _meant(given: Quantity, aim: Unit, end: Fraction) -> Quantity | None:
    """The number in another unit where that brings it within a tenth and ten times of the target: the nearest."""
    tried = [Quantity(given.number, unit) for unit in other_units(aim) if unit != given.unit]
    near = [(max(one.to(aim) / end, end / one.to(aim)), place, one) for place, one in enumerate(tried)]
    return next((one for far, _, one in sorted(near, key=lambda each: each[:2]) if far < NEAR), None)
