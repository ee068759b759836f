"""The target that several columns tell together: a sign, a nature (定量、定性、正向、反向), a number and its measure.

What a column is, its cells say and not its heading: 指标性质 may hold ≥ or 正向, a column without a name may hold the signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.comparators import AT_LEAST, AT_MOST, DOWNWARD, UPWARD
from evaluator.intake.headings.lexicon import COMMON, fields, plain
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.signs import read_sign


@dataclass(frozen=True, slots=True)
class ColumnTarget:
    """A target in one text; `doubt` says why it cannot be taken as it stands, `options` are the readings it may have."""

    text: str
    words: str = ""  # the nature, where it is a word
    doubt: str = ""
    options: tuple[str, ...] = ()


def nature_of(text: str) -> str:
    """Which nature a cell names (定性, 定量, 正向, 反向, or 无 for nothing), whatever word it uses; or ''."""
    return fields(COMMON, "natures").get(plain(text), "")


def is_mark(text: str) -> bool:
    """Whether a cell is a sign or a nature."""
    return bool(read_sign(text) or nature_of(text))


def assembled(value: str, marks: Sequence[str], measure: str) -> ColumnTarget:
    """The target that a number, the cells of sign and nature columns and a measure tell together.

    A sign is put before the number, the measure behind it; a nature is no sign. Columns that contradict one another are doubted.
    """
    signs: list[str] = list(dict.fromkeys(sign for mark in marks if (sign := read_sign(mark))))
    natures = {nature_of(mark) for mark in marks}
    words = next((mark for mark in marks if mark.strip() and nature_of(mark) != "无" and not read_sign(mark)), "")
    measure = "" if nature_of(measure) == "无" or value.endswith(measure) else measure
    digits = re.search(r"\d", value)
    if value and not digits and (signs in ([], ["="]) or "定性" in natures):
        return ColumnTarget(value, words)
    if not value:
        return ColumnTarget(" ".join((*signs, measure)).strip(), words)
    text = value + measure
    own = _own_sign(text)
    if doubt := _doubt(signs, own, natures):
        bare = re.sub(r"^\D+(?=\d)", "", text) if own else text
        told = {*signs, own} - {""}
        return ColumnTarget(
            text, words, doubt, tuple(f"{one}{bare}" for one in (AT_LEAST, AT_MOST, *(told - {AT_LEAST, AT_MOST})))
        )
    written = next((mark.strip() for mark in marks if read_sign(mark)), "")
    return ColumnTarget(text if own else written + text, words)


def _own_sign(text: str) -> str:
    """The sign that the number itself carries, or ''."""
    try:
        return read_target(text).sign or ""
    except Unreadable:
        found = re.match(r"\D{1,6}", text)
        return (read_sign(found[0]) if found else None) or ""


def _doubt(signs: Sequence[str], own: str, natures: set[str]) -> str:
    """What two columns contradict each other in, or ''."""
    told = list(dict.fromkeys([*signs, own] if own else signs))
    if len(told) > 1:
        return f"比较符有两种：{'、'.join(told)}"
    if {"正向", "反向"} <= natures:
        return "一栏写正向，一栏写反向"
    for nature, opposite in (("正向", DOWNWARD), ("反向", UPWARD)):
        if nature in natures and told and told[0] in opposite:
            return f"指标是{nature}的，比较符却是“{told[0]}”"
    return ""
