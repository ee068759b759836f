"""Exact numbers as people read them: points 12.50, money 10.75 万元, rates 96.47%; always half up, never through float."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

FEN_PER_WAN = 1_000_000  # 分 in 万元


UNRECORDED = 0  # the revision of what is in no ledger


def called(revision: int) -> str:
    """A revision (版次) as it is printed and stands in file names: v03, and 未记台账 of what is in no ledger."""
    return f"v{revision:02}" if revision != UNRECORDED else "未记台账"


def execution_rate(executed: int | Fraction | None, budget: int | Fraction | None) -> Fraction | None:
    """The execution rate (预算执行率), executed ÷ budget; None where one is not known, or the budget is zero."""
    return Fraction(executed) / budget if executed is not None and budget else None


def half_up(number: Fraction, places: int) -> str:
    """A decimal with `places` digits, half away from zero: half_up(Fraction(5, 1000), 2) is "0.01"."""
    scaled = abs(number) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(whole).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if number < 0 and whole else text


def points(hundredths: int) -> str:
    """Points or a score from hundredths: 1250 is "12.50"."""
    return half_up(Fraction(hundredths, 100), 2)


def percent(ratio: Fraction, places: int = 2) -> str:
    """A ratio in per cent, without trailing zeros: 1/2 is "50%", 0.96467 is "96.47%".

    A rate just below a whole per cent is cut, so that 59.999% never reads as the bound it missed (59.99%).
    """
    text = half_up(ratio * 100, places)
    if places and text.endswith("." + "0" * places) and Fraction(text) > ratio * 100:
        text = half_up(Fraction(text) - Fraction(1, 10**places), places)
    return _trimmed(text) + "%"


def wan(fen: int) -> str:
    """Money in 万元 from 分, at least two decimals and never rounded: 10750000 is "10.75", 38766462 is "38.766462"."""
    text = half_up(Fraction(fen, FEN_PER_WAN), 6)
    head, tail = text.split(".")
    return f"{head}.{tail.rstrip('0').ljust(2, '0')}"


def decimal(number: Fraction, places: int = 6) -> str:
    """A decimal without trailing zeros, at most `places` digits after the point."""
    return _trimmed(half_up(number, places))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def sum_of(amounts: Iterable[int | None]) -> int | None:
    """The sum of amounts, unknown (None) when one of them is."""
    listed = list(amounts)
    known = [amount for amount in listed if amount is not None]
    return sum(known) if len(known) == len(listed) else None


def split(points: int, weights: Sequence[int]) -> list[int]:
    """Split hundredths in proportion to whole weights (equally when all are zero); the parts add up to `points`."""
    weights = list(weights) if any(weights) else [1] * len(weights)
    exact = [Fraction(points * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: points - sum(parts)]:
        parts[i] += 1
    return parts
