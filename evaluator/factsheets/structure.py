"""What the shape of a goal table says: a kind of indicator it lacks, one thing counted twice, parts that do not agree.

What is the same and what is certain is decided by the words of structure.yaml; where there is doubt nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

from evaluator.documents.vocabulary import lists, one_of
from evaluator.findings.fields import Value
from evaluator.model import ItemGoal, Project
from evaluator.policy import Policy
from evaluator.quantities.samething import SHORTEST, aim_of, bare, same_name

WORDS = Path(__file__).with_suffix(".yaml")
GOAL = 8  # characters from which goals say enough to be compared
SHOWN = 30  # characters of goals that are quoted


def _lists() -> dict[str, Any]:
    return lists(WORDS)


def _words(name: str) -> re.Pattern[str]:
    return one_of(_lists()[name])


# ---- kinds of indicators that are not there ----------------------------------------------------------------------


@lru_cache(maxsize=65536)
def serves(category: str, dimension: str, name: str) -> tuple[bool, bool]:
    """Whether a row is one of effects (效益), and whether it is one of satisfaction (满意度)."""
    satisfied = bool(_words("satisfaction").search(category + dimension + name))
    return bool(_words("benefit").search(category + dimension)), satisfied


def lacking(policy: Policy, categories: Iterable[str], effects: bool, satisfied: bool, whole: bool) -> dict[str, Value]:
    """Which of 效益 and 满意度 a table lacks though its policy gives points to them, as fields of its fact.

    A table of which only one category is there may be an extract: that is told only of a `whole` form, one that has more
    than rows (a plan, a basis, a description).
    """
    there = set(categories)
    settled = (len(there) > 1 or whole) and not any(_words("frame").search(category) for category in there)
    no_effects = settled and not effects and _gives(policy, "benefit", there)
    no_satisfaction = settled and not satisfied and _gives(policy, "satisfaction", there)
    return {
        "lacks_effects": no_effects,
        "lacks_satisfaction": no_satisfaction and not no_effects,
        "lacks_shown": "、".join(["效益指标"] * no_effects + ["满意度指标"] * no_satisfaction),
    }


def _gives(policy: Policy, words: str, there: Set[str]) -> bool:
    """Whether a policy gives points to a kind of indicator that no category of the table may have taken instead."""
    mine = [
        portion
        for portion in policy.allocation.portions
        if any(_words(words).search(name) for name in portion.categories)
    ]
    return any(portion.points and not there & set(portion.categories) for portion in mine)


# ---- where a row stands ------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def fitting_level(dimension: str, name: str, target: str, description: str) -> str:
    """The kind of effects that a row plainly is about where it stands under another; '' where it may stand there."""
    said = name + target + description
    if (level := level_of(dimension)) is None or one_of(level["own"]).search(said):
        return ""
    fits = [str(other) for other, words in level["other"].items() if one_of(words).search(said)]
    return fits[0] if len(fits) == 1 else ""


def level_of(dimension: str) -> dict[str, Any] | None:
    """The words of the kind of effects that a dimension is plainly of; None where it is of none, or of several."""
    levels = (level for level in _lists()["levels"] if str(level["under"]) in dimension)
    return next((level for level in levels if not one_of(level["not_under"]).search(dimension)), None)


def off_purpose(name: str, project: Project) -> tuple[str, str] | None:
    """The field a row is about and the one its project is about, where they are plainly two; None where they may be one."""
    about = " ".join([project.name, project.purpose, *project.goals])
    own = fields_of(about)
    if len(own) != 1 or _words("general").search(about):
        return None
    mine = fields_of(name)
    rest = set().union(*(fields_of(row.name + row.description) for row in project.indicators if row.name != name))
    if len(mine) != 1 or mine & (own | rest):
        return None
    return next(iter(mine)), next(iter(own))


@lru_cache(maxsize=65536)
def fields_of(text: str) -> frozenset[str]:
    """The fields of public work that a text has words of."""
    return frozenset(str(name) for name, words in _lists()["fields"].items() if one_of(words).search(text))


# ---- parts that do not agree -------------------------------------------------------------------------------------

_HEADS = re.compile(r"(?P<number>[0-9]+)(?:余)?(?:名|人|位|户|家|个|所|辆)(?P<noun>[一-龥]{2,12})")
_CUT = re.compile("的|和|及|与|等|按|用|享|发|进|参|工资|补|经费|保险")


def heads_of(texts: Iterable[str], rows: Iterable[tuple[str, str, str | None]] = ()) -> list[tuple[str, Fraction]]:
    """How many of whom texts speak of (59名劳务派遣人员), and rows by name, target and sign (劳务派遣人员数 ≥59人)."""
    heads = []
    for text in texts:
        for match in _HEADS.finditer(re.sub(r"\s", "", normalize("NFKC", text))):
            noun = _CUT.split(match["noun"])[0]
            if len(noun) >= SHORTEST and noun not in _lists()["plain_people"]:
                heads.append((noun, Fraction(match["number"])))
    for name, target, sign in rows:
        noun = re.sub(r"人?数量?$", "", bare(name))
        aim = aim_of(target, sign)
        if len(noun) >= SHORTEST and noun not in _lists()["plain_people"] and aim and len(aim) == 3 and aim[1] == "人":
            heads.append((noun, aim[2]))
    return heads


def heads_differ(heads: Sequence[tuple[str, Fraction]], other: Sequence[tuple[str, Fraction]]) -> str:
    """The first number of whom two parts say differently, as both say it; '' where there is none."""
    for noun, number in heads:
        alike = [(name, count) for name, count in other if same_name(noun, name)]
        if alike and all(count != number for _, count in alike) and not _agrees(heads, alike):
            name, count = alike[0]
            return f"“{noun}”一处是 {number}，“{name}”另一处是 {count}"
    return ""


def _agrees(heads: Sequence[tuple[str, Fraction]], alike: Sequence[tuple[str, Fraction]]) -> bool:
    """Whether the part says one of the other's numbers of the same as well."""
    return any(count == number and same_name(noun, name) for noun, number in heads for name, count in alike)


def heads_in(project: Project) -> str:
    """Where a project's purpose and goals say otherwise how many than its rows, or than each other."""
    rows = [(row.name, row.target, row.sign) for row in project.indicators]
    parts = [heads_of([project.purpose]), heads_of(project.goals), heads_of([], rows)]
    says = (heads_differ(part, other) for at, part in enumerate(parts) for other in parts[at + 1 :])
    return next(filter(None, says), "")


def heads_beside(item: ItemGoal, project: Project) -> str:
    """Where a department's item says otherwise how many than the table of its project."""
    rows = [(row.name, row.target, row.sign) for row in project.indicators]
    own = heads_of([item.purpose, item.goal], [(item.indicator, item.target, item.sign)])
    return heads_differ(own, heads_of([project.purpose, *project.goals], rows))


def purpose_of(project: Project) -> str:
    """What a project's money is for, without the amounts before it; its goals where it does not say."""
    text = project.purpose or "；".join(project.goals)
    at = text.find("主要用于") if "主要用于" in text else text.find("用于")
    return text[max(at, 0) :]


def purposes_differ(item: ItemGoal, project: Project) -> bool:
    """Whether a department's item is for what its project's table has not one word of, both saying enough to tell."""
    own, theirs = _said_for([item.purpose]), _said_for([project.purpose, *project.goals])
    names = _said_for([project.name, item.name])
    return len(own) > 2 and len(theirs) > 2 and not own & theirs and bool(own - names)


def _said_for(texts: Iterable[str]) -> set[str]:
    """The pairs of characters in texts on a purpose, without the words that every purpose has."""
    pieces = (re.split(r"[^一-龥]+", _words("purpose_plain").sub(" ", text)) for text in texts)
    return {
        piece[at : at + 2] for piece in (piece for some in pieces for piece in some) for at in range(len(piece) - 1)
    }


def same_goals(goals: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Of (key, goals) in order: each key whose goals stood before, word for word, and the keys they stood under."""
    seen: dict[str, list[str]] = {}
    for key, text in goals:
        plain = re.sub(r"[\W_]", "", text)
        if len(plain) >= GOAL:
            if before := seen.get(plain):
                yield key, list(before)
            seen.setdefault(plain, []).append(key)
