"""The one vocabulary of headings: what columns and labels are called, in goal tables, in filled forms and in both (headings.yaml)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluator.documents.loading import read_document
from evaluator.files.plain import seen

LONGEST = 30  # characters of a heading; anything longer is content
COMMON, GOALS, FILLED = "common", "goals", "filled"
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\d{1,2}[.、](?!\d))")


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """A heading brought to one form: no blanks, numbering, brackets, 其中 or colon; full-width letters made plain."""
    if len(text) > 4 * LONGEST:
        return ""
    told = re.sub(r"\s+", "", unicodedata.normalize("NFKC", seen(text)))
    told = _BRACKETS.sub("", told)
    return _NUMBERING.sub("", told).removeprefix("其中:").strip(":*")


@lru_cache(maxsize=1)
def _vocabulary() -> Any:
    return read_document(Path(__file__).with_name("headings.yaml"))[0]


def part(kind: str, name: str) -> Any:
    """One part of the vocabulary as it is written: `kind` is COMMON, GOALS or FILLED, `name` the part (levels, formulas …)."""
    return _vocabulary()[kind][name]


@lru_cache(maxsize=32)
def fields(kind: str, name: str) -> dict[str, str]:
    """Heading → field, in a part of the vocabulary: what is common to all tables, and what this kind has besides or means otherwise."""
    parts = (_vocabulary()[one].get(name, {}) for one in (COMMON, kind))
    return {plain(word): field for one in parts for field, words in one.items() for word in words}


@lru_cache(maxsize=32)
def words(kind: str, name: str) -> frozenset[str]:
    """The headings of a part that is one list."""
    return frozenset(map(plain, part(kind, name)))
