"""Single values as people write them in a file, read exactly; each raises ValueError with what should stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pydantic_core import PydanticCustomError

from evaluator.figures import wan


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


def added_up(parts: dict[str, Any], whole: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """Refuse parts that are all given and are not their total together, or that are more than it (A131)."""
    wrong = []
    for name, title in titles.items():
        total, given = whole.get(name), [getattr(part, name) for part in parts.values()]
        known = sum(amount for amount in given if amount is not None)
        if total is not None and (known > total or (parts and None not in given and known != total)):
            wrong.append(f"{title}各项相加是 {wan(known)} 万元，总数是 {wan(total)} 万元")
    if wrong:
        raise PydanticCustomError(
            "A131", "{says}", {"says": "；".join(wrong), "remedy": "核对各项和总数；改了总数，其中的各项一起改"}
        )
    return parts
