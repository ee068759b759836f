"""The scoring sentences of tests/fixtures/criteria.yaml, and what becomes of each: read, asked, refused, or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import Situation
from evaluator.criteria.undecided import found

SENTENCES = Path(__file__).parent / "fixtures" / "criteria.yaml"


@lru_cache(maxsize=1)
def sentences() -> tuple[dict[str, Any], ...]:
    """Every sentence with what is expected of it."""
    return tuple(yaml.safe_load(SENTENCES.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one worked value: exact, asked, refused or wrong, and what was told."""

    how: str
    told: str


def points_of(sentence: dict[str, Any]) -> Fraction | None:
    """The points of its row."""
    return Fraction(sentence["points"]) if "points" in sentence else None


def refused(sentence: dict[str, Any]) -> Refusal | None:
    """Why it is refused; None where it is read."""
    try:
        read(sentence["text"])
    except Refusal as error:
        return error
    return None


def became(sentence: dict[str, Any], worked: dict[str, Any]) -> Became:
    """What a worked value gives, against what is expected."""
    target, actual = worked.get("target", sentence.get("target", "")), worked.get("actual", "")
    situation = Situation(target, actual, points_of(sentence), worked.get("answers", {}))
    try:
        result = found(read(sentence["text"]), situation)
    except Refusal as error:
        return Became("refused" if worked.get("refused") == error.code else "wrong", f"{error.code} {error.says}")
    if result.earned is None:
        codes = {one.question.code for one in result.asks}
        return Became("asked" if set(worked.get("asks", ["?"])) <= codes else "wrong", f"asks {sorted(codes)}")
    earned = result.earned
    if worked.get("none"):
        return Became("exact" if earned.points is None and earned.effects else "wrong", f"{earned}")
    expected = "earned" in worked and earned.points == Fraction(worked["earned"])
    right = expected and earned.outside == Fraction(worked.get("outside", 0))
    return Became("exact" if right else "wrong", f"{earned.points} {earned.outside} {earned.says}")
