"""The word lists of wording.yaml, asked by what they are for: words anywhere in a text, at its end or at its start."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

from evaluator.documents import vocabulary

_MARKS = re.compile(r"^(?:[^\w(]|_)*(?:(?:三级)?指标[0-9]{1,2}[:、.)]?|\(?[0-9]{1,2}\)?[:、.)](?![0-9]))?")
_BEHIND = re.compile(r"(?:\([^()]*\)|[^\w(]|[_(])++$")


def lists() -> dict[str, Any]:
    """Everything of wording.yaml by name."""
    return vocabulary.lists(Path(__file__).with_name("wording.yaml"))


def bound(name: str) -> int:
    """A bound in per cent."""
    return int(lists()[name])


def bounds() -> list[int]:
    """Every bound in per cent at which a target is judged otherwise, rising; the last is the whole."""
    return sorted({bound(name) for name in ("change_most", "rate_low", "budget_low")} | {100})


@lru_cache(maxsize=256)
def _any(name: str, before: str, behind: str) -> re.Pattern[str]:
    return re.compile(before + vocabulary.one_of(lists()[name], behind).pattern)


def has(name: str, *texts: str) -> bool:
    """Whether one of the texts has a word of the list."""
    return any(_any(name, "", "").search(text) for text in texts)


def ends(name: str, text: str) -> bool:
    """Whether a text ends in a word of the list."""
    return bool(_any(name, "", "$").search(text))


def starts(name: str, text: str) -> bool:
    """Whether a text begins with a word of the list."""
    return bool(_any(name, "^", "").search(text))


def only(text: str, *names: str) -> bool:
    """Whether a text is nothing but words of the lists, one after another, and punctuation between them."""
    text, words = re.sub(r"[\W_]", "", text), _together(names)
    sizes = range(1, max(map(len, words)) + 1)
    reached = {0}  # every way to part it at once: a pattern would try them one after another
    for start in range(len(text)):
        if start in reached:
            reached |= {start + size for size in sizes if text[start : start + size] in words}
    return bool(text) and len(text) in reached


@lru_cache(maxsize=16)
def _together(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(str(word) for name in names for word in lists()[name])


def without_praise(text: str) -> str:
    """A text without the words of praise it begins with (有效降低…: 降低…)."""
    while found := _any("praise", "^", "").match(text):
        if len(text) - found.end() < 3:
            break
        text = text[found.end() :]
    return text


@lru_cache(maxsize=65536)
def bare(name: str) -> str:
    """A name without what stands around it (指标1：, ★, a unit in brackets, %); '' where nothing is left."""
    plain = re.sub(r"\s", "", normalize("NFKC", name))
    return _BEHIND.sub("", _MARKS.sub("", plain))
