"""Vocabularies (YAML files beside the modules that read them) as patterns: words are data, and the longest is tried first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluator.documents.loading import read_document


@lru_cache(maxsize=8)
def lists(path: Path) -> dict[str, Any]:
    """Everything of a vocabulary by name."""
    data, problems = read_document(path)
    assert not problems, problems
    return dict(data)


def one_of(words: Iterable[Any], behind: str = "") -> re.Pattern[str]:
    """A pattern of any of these words; none of no words."""
    return _pattern(tuple(map(str, words)), behind)


@lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...], behind: str) -> re.Pattern[str]:
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(f"(?:{'|'.join(map(re.escape, longest))}){behind}" if words else "(?!)")
