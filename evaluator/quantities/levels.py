"""Grades that have an order (良好以上, ≥A级): words of a declared scale, and whether one is at least another.

The scales stand in levels.yaml; an indicator may declare its own. An order has no ratios: a grade is reached or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evaluator.comparators import AT_LEAST, AT_MOST, COMPARATORS, Sign
from evaluator.documents.loading import read_document
from evaluator.quantities.numerals import normalise
from evaluator.quantities.pieces import SIGN_PATTERN, WEAK, sign_of

Scale = tuple[tuple[str, ...], ...]  # ranks, the highest first; each with the words for it

_BEFORE = (
    "(?P<before>[\u4e00-\u9fff]{0,12}(?:等级|等次|级别|结果|结论|评价|评定|考核|评级|水平|质量|验收|检测|测评|为|:))?"
)
_AFTER = r"(?P<after>\(含\)|及其?|\(含\)及)?(?P<side>以上|以下)?(?:\(含\))?(?:等级|等次|水平|标准)?"
_QUOTES = re.compile('[“”"「」]')
_LEAD = "(?:已|被|均|全部)?(?:评定为|评价为|评为|达到|达|为|获得|获评|获|:)?"


@dataclass(frozen=True, slots=True)
class Level:
    """A rank of a scale, with the sign that says on which side of it is good (None: not said)."""

    word: str
    sign: Sign | None
    scales: tuple[Scale, ...]

    def __str__(self) -> str:
        return f"{self.sign or ''}{self.word}"

    @property
    def words(self) -> list[str]:
        """The first word of every rank of the first scale that has this one, the highest first."""
        return [words[0] for words in next(one for one in self.scales if _rank(one, self.word) is not None)]

    def met_by(self, word: str) -> bool | None:
        """Whether another rank is on the good side; None where no scale has both, or where it is the same but no sign."""
        mine = [(_rank(one, self.word), _rank(one, word)) for one in self.scales]
        told = {
            (theirs > wanted) - (theirs < wanted)
            for wanted, theirs in mine
            if wanted is not None and theirs is not None
        }
        if len(told) != 1:
            return None
        above = -told.pop()  # a rank further down the list is lower
        if self.sign is None:
            return True if above == 0 else None
        return COMPARATORS[self.sign].met(above, 0)


def _rank(scale: Scale, word: str) -> int | None:
    return next((place for place, words in enumerate(scale) if word in words), None)


@lru_cache(maxsize=1)
def declared() -> tuple[Scale, ...]:
    """The scales of levels.yaml."""
    data, _ = read_document(Path(__file__).with_name("levels.yaml"))
    return tuple(scale_of(tuple(ranks)) for ranks in data["levels"])


@lru_cache(maxsize=1024)
def scale_of(ranks: tuple[str, ...]) -> Scale:
    """A scale as it is written: ranks from the highest, words for one rank joined by `/`."""
    return tuple(tuple(normalise(word) for word in rank.split("/")) for rank in ranks)


@lru_cache(maxsize=4096)
def _pattern(scales: tuple[Scale, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = sorted({word for scale in scales for rank in scale for word in rank}, key=lambda word: (-len(word), word))
    any_of = "|".join(map(re.escape, words))
    return (
        re.compile(f"{_BEFORE}(?P<sign>{SIGN_PATTERN})? ?(?P<word>{any_of}){_AFTER}"),
        re.compile(f"{_LEAD}(?P<word>{any_of})(?:等级|等次|水平|标准)?(?:\\([0-9.]+分\\))?"),
    )


def read_level(plain: str, sign: Sign | None, own: Scale | None) -> Level | None:
    """A rank with a sign, written or given; without one only on the indicator's own scale. None for any other text."""
    scales = (own,) if own else declared()
    found = _pattern(scales)[0].fullmatch(_QUOTES.sub("", plain))
    if found is None or (found["after"] and not found["side"]):
        return None
    weak = found["sign"] in WEAK and found["side"]
    signs: set[Sign] = {sign_of(found["sign"])} if found["sign"] and not weak else set()
    signs |= {AT_LEAST if found["side"] == "以上" else AT_MOST} if found["side"] else set()
    if len(signs) > 1 or (not signs and not sign and not own):
        return None
    return Level(found["word"], next(iter(signs), sign), scales)


def word_of(text: str, scales: tuple[Scale, ...]) -> str | None:
    """The rank an actual states (评为优秀), in the word it is written with; None where it states none."""
    found = _pattern(scales)[1].fullmatch(_QUOTES.sub("", text).rstrip("。;,"))
    return found["word"] if found else None
