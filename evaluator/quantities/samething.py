"""Whether two indicators are one thing in other words: their names without the words for doing it and for how much, their targets.

The words stand in samething.yaml; where there is doubt two things are two. And names of one project, as parts of a document write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

from evaluator.comparators import Sign
from evaluator.documents.vocabulary import lists, one_of
from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import read_target
from evaluator.quantities.reading import Amount

_MARKS = re.compile(r"^(?:[^\w(]|_)*(?:(?:三级)?指标[0-9]{1,2}[:、.)]?)?(?:[^\w(]|_)*")
_BLANKS = re.compile(r"\([^()]*[*×]{2,}[^()]*\)|\([≥≤<>=][^()]*\)")
Measure = tuple[str, str, Sign | None]  # a name, its target, and the sign given for it
SHORTEST = 2  # characters that a name must keep to be compared
NAMED = 4  # characters of a name at the end of a longer one that name the same thing (满意度 alone does not)


def _lists() -> dict[str, Any]:
    return lists(Path(__file__).with_suffix(".yaml"))


def _words(name: str) -> re.Pattern[str]:
    return one_of(_lists()[name])


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """A name without the marks before it and the blanks of a form in it (★指标1：…（≥**人）)."""
    return _BLANKS.sub("", _MARKS.sub("", re.sub(r"\s", "", normalize("NFKC", name))))


@lru_cache(maxsize=65536)
def core(name: str) -> str:
    """What a name is about, without the words for doing it and for how much; its characters in a fixed order."""
    text = re.sub(r"[\W_]", "", bare(name))
    for alike in _lists()["same"]:
        text = one_of(alike).sub(str(alike[0]), text)
    for plain in (rf"^(?:{_words('part_of').pattern})", rf"(?:{_words('doing').pattern})率$", _words("doing").pattern):
        text = re.sub(plain, "", text)  # 完成率 says whether it is done, 合格率 how well
    text = re.sub(rf"(?:{_words('amount_ends').pattern})$", "", text)
    return "".join(sorted(text)) if len(text) >= SHORTEST else ""


@lru_cache(maxsize=65536)
def is_part(name: str) -> bool:
    """Whether a row says that it is a part of one above it (其中：…)."""
    return bool(_words("part_of").match(bare(name)))


@lru_cache(maxsize=65536)
def aim_of(target: str, sign: Sign | None) -> tuple[Any, ...] | None:
    """A target as it is compared with another: sign, number and kind of unit, or its words; None where it cannot be read."""
    if (read := read_or_none(read_target, target, sign)) is None:
        return None
    if not isinstance(read.content, Amount):
        return ("", re.sub(r"\s", "", target))
    low, high = read.content.low, read.content.high
    ends = [end.number * end.unit.size for end in (low, high) if end is not None]
    return (read.sign or "", low.unit.kind, *ends)


def same_thing(above: Any, row: Any) -> bool:
    """Whether a row says in other words what one above it says: the same target, and a name about the same.

    Descriptions that differ may tell them apart. A part (其中) with the target of its whole is the whole.
    """
    aim = aim_of(row.target, row.sign)
    if aim is None or aim != aim_of(above.target, above.sign) or _told_apart(above, row):
        return False
    if is_part(row.name) and not is_part(above.name) and above.dimension == row.dimension:
        return aim[0] != "" or len(aim) > 2  # a number, as the whole has it
    return same_core(row.name, above.name)


def same_measure(measure: Measure, other: Measure) -> bool:
    """Whether two parts of a document measure one thing: names about the same, and targets that are one kind of number."""
    aims = [aim_of(target, sign) for _, target, sign in (measure, other)]
    names = sorted((re.sub(r"[\W_]", "", bare(name)) for name, _, _ in (measure, other)), key=len)
    named = same_core(measure[0], other[0]) or (len(names[0]) >= NAMED and names[1].endswith(names[0]))
    return named and None not in aims and len({aim[1] if len(aim) > 2 else "" for aim in aims if aim}) == 1


def same_core(name: str, other: str) -> bool:
    """Whether two names are about the same, apart from the words for doing it and for how much."""
    return bool(core(name)) and core(name) == core(other)


def _told_apart(above: Any, row: Any) -> bool:
    texts = [re.sub(r"[\W_]", "", indicator.description) for indicator in (above, row)]
    names = [re.sub(r"[\W_]", "", indicator.name) for indicator in (above, row)]
    no_more = any(text in name or name in text for text, name in zip(texts, names, strict=True))
    return all(texts) and texts[0] != texts[1] and not no_more


def whole_of(row: Any, above: Sequence[Any]) -> Any | None:
    """The row of which one is a part (其中), where both have points of their own; None where it is none."""
    if not is_part(row.name) or not row.points:
        return None
    wholes = [whole for whole in above if whole.dimension == row.dimension and not is_part(whole.name)]
    return wholes[-1] if wholes and wholes[-1].points else None


def same_name(name: str, other: str) -> bool:
    """Whether one name is the other with words left out (劳务派遣服务经费, 文化路街道劳务派遣服务经费项目)."""
    return _within(name, other) or _within(other, name)


def _within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)
