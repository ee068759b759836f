"""Single values as people write them in a file, read exactly; each raises ValueError with what should stand there."""

from __future__ import annotations

import re
from fractions import Fraction


def hundredths(value: object) -> int:
    """Points as whole hundredths: 12.50 is 1250."""
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text):
        raise ValueError("分值应为不超过两位小数的非负数，如 12.50")
    return int(Fraction(text) * 100)


def ratio(value: object) -> Fraction:
    """A percentage as an exact ratio: 85% is 17/20."""
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,4})?%", text):
        raise ValueError("比例应写成百分数，如 85%")
    return Fraction(text[:-1]) / 100


def flag(value: object) -> bool:
    """True or false, written in either case."""
    if str(value) not in ("true", "True", "false", "False"):
        raise ValueError("应为 true 或 false")
    return str(value) in ("true", "True")


def distinct(ranks: list[str]) -> list[str]:
    """Grades that are each written once."""
    words = [word.strip() for rank in ranks for word in rank.split("/")]
    if len(set(words)) < len(words) or not all(words):
        raise ValueError("等级由高到低逐个写出，不重复；同一级的不同叫法用“/”隔开，如 优秀/优")
    return ranks
