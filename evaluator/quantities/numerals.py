"""Numbers as people write them: full-width digits, thousands separators, Chinese numerals; exact, never a float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

from evaluator.comparators import MARKS


class Unreadable(ValueError):
    """A text that cannot be read for certain: why, what would be accepted, and the possible readings of a question."""

    def __init__(self, code: str, reason: str, allowed: str = "", choices: tuple[str, ...] = ()) -> None:
        self.code, self.reason, self.allowed, self.choices = code, reason, allowed, choices
        super().__init__(
            reason
            + (f"；可以写：{allowed}" if allowed else "")
            + (f"；请确认是：{' / '.join(choices)}" if choices else "")
        )


Read = TypeVar("Read")


def read_or_none(read: Callable[..., Read], *given: Any, **named: Any) -> Read | None:
    """The text as `read` reads it; None where it cannot be read."""
    try:
        return read(*given, **named)
    except Unreadable:
        return None


LONGEST = 500  # characters of a text
DIGITS = 30  # digits of a number
LARGEST = 10**18

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(\.[0-9]+)?")
_HAN = dict(zip("零一二三四五六七八九", range(10), strict=True))

# written variants of one thing
_VARIANTS = MARKS | {
    "——": "-", "+/-": "±", "+-": "±", "∶": ":", "︰": ":", "⁄": "/",
    "m²": "m2", "m³": "m3", "米²": "m2", "米³": "m3", "公里²": "km2", "千米²": "km2", "厘米²": "cm2", "cm²": "cm2", "–": "-", "—": "-", "−": "-", "―": "-", "〜": "~", "∼": "~",
    "•": "·", "‧": "·", "・": "·", "∙": "·", "⋅": "·", "∕": "/", "∗": "*",
}  # fmt: skip
_VARIANT = re.compile("|".join(map(re.escape, sorted(_VARIANTS, key=len, reverse=True))))


def normalise(text: str) -> str:
    """Bring full-width letters, compatibility forms, sign variants and blanks to one form.

    Superscripts and circled digits stay as they are: `5²` must not become `52`. Raises Unreadable above 500 characters.
    """
    kept = (char for char in text[: LONGEST + 1] if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace())
    plain = "".join(
        char if unicodedata.category(char) == "No" else unicodedata.normalize("NFKC", char) for char in kept
    )
    if len(text) > LONGEST or len(plain) > LONGEST:
        raise Unreadable("Q105", f"文字超过{LONGEST}字", "简短的指标值，如 ≥95%")
    return " ".join(_VARIANT.sub(lambda variant: _VARIANTS[variant[0]], " ".join(plain.split())).split())


def read_number(text: str) -> Fraction:
    """Read digits such as `1,234.5` or `-5`; raises Unreadable for wrong grouping, leading zeros and absurd sizes."""
    if not _NUMBER.fullmatch(text):
        raise Unreadable("Q103", f"“{text[:40]}”不是规范的数", "如 1234.5 或 1,234.5（千分位每三位一个逗号）")
    if sum(char.isdigit() for char in text) > DIGITS:
        raise Unreadable("Q105", f"“{text[:10]}…”的位数超过{DIGITS}位", "核实后的数")
    return within(Fraction(text.replace(",", "")))


def within(number: Fraction) -> Fraction:
    """The number itself; raises Unreadable above 10^18."""
    if abs(number) > LARGEST:
        raise Unreadable("Q105", "数值超过10的18次方", "核实后的数")
    return number


def write_number(number: Fraction) -> str:
    """Write a number in full: `0.95`, `-5`; a fraction without an end as `1/3`."""
    if number.denominator == 1:
        return str(number.numerator)
    places = 0
    scaled = number
    while scaled.denominator != 1 and places < 60:
        scaled, places = scaled * 10, places + 1
    if scaled.denominator != 1:
        return f"{number.numerator}/{number.denominator}"
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def read_han(text: str) -> Fraction:
    """Read a Chinese numeral such as 二十一, 三百, 一万零五十, 九十五点五; raises Unreadable when irregular."""
    whole, point, decimals = text.replace("两", "二").replace("〇", "零").replace("零十", "零一十").partition("点")
    value = _whole(whole)
    if write_han(value) != (whole[1:] if whole.startswith("一十") else whole):
        raise Unreadable("Q103", f"“{text}”不是规范的中文数字", "阿拉伯数字，如 35")
    digits = "".join(str(_HAN[char]) for char in decimals)
    return within(Fraction(f"{value}.{digits}" if point else value))


def _whole(text: str) -> int:
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _HAN:
            digit = _HAN[char]
        elif char in "十百千":
            section, digit = section + (digit or 1) * 10 ** (1 + "十百千".index(char)), 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return total + section + digit


def write_han(number: int) -> str:
    """Write a whole number below 10^16 as a regular Chinese numeral (10 is 十, 105 is 一百零五)."""
    if number < 10:
        return "零一二三四五六七八九"[number]
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            head, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            first = "一" if 10 <= rest < 20 else ""  # after a larger place ten is 一十
            text = write_han(head) + name + gap + (first + write_han(rest) if rest else "")
            return text.removeprefix("一") if 10 <= number < 20 else text
    raise AssertionError(number)
