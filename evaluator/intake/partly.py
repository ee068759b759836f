"""Results of which a part cannot be used: the rest is kept, so that a check can tell what is wrong with it all the same.

Scoring refuses such results whole (load_actuals); only a check looks at what was left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from evaluator.documents.loading import Mapping, decoded, mapping
from evaluator.documents.validation import validated
from evaluator.errors import Problem, Where
from evaluator.model import EXECUTION, Actuals

Row = tuple[int, str, str]  # year, code of the goal table, and indicator, measure, 预算执行率 or ACHIEVED
ACHIEVED = "年度总体目标实际完成情况"
Spot = tuple[str, int]  # a line of a table: its sheet and number
YEAR = re.compile(r"[0-9]{4}")
ANYWHERE = (0, "", "")  # something was not read, and nobody knows what it was about
RESULTS = ("results", "measures")
PARTS = {"spending": EXECUTION, "achieved": ACHIEVED}  # the parts that are one row


@dataclass(slots=True)
class PartlyRead:
    """What was read of some results, the rows that were not, and where each row stands.

    In `unread` the row '' of a table stands for each row of it that has no result here: it may be in what was not read.
    """

    actuals: list[Actuals] = field(default_factory=list)
    unread: set[Row] = field(default_factory=set)
    places: dict[Row, Where] = field(default_factory=dict)

    def add(self, other: PartlyRead) -> None:
        """Take in what was read of another part."""
        self.actuals += other.actuals
        self.unread |= other.unread
        self.places |= other.places


def part_of(document: Mapping, unread: Collection[str] = ()) -> tuple[PartlyRead, list[Problem]]:
    """The results in a document of one table without the rows that cannot be used; `unread` are those left out before."""
    actuals, refused = validated(Actuals, document)
    problems = [problem for _, problem in refused]
    wrong = {loc[:2] if loc and loc[0] in RESULTS else loc[:1] for loc, _ in refused}
    if wrong and isinstance(document, Mapping):
        actuals = validated(Actuals, _without(document, wrong))[0]
    if actuals is None:
        return PartlyRead(unread={whole(document)}), problems
    rows = {_row(loc) for loc in wrong} | set(unread)
    key = actuals.year, actuals.code
    places = {(*key, name): where for name, where in _places(document)}
    return PartlyRead([actuals], {(*key, row) for row in rows}, places), problems


@lru_cache(maxsize=4096)
def part_of_yaml(raw: bytes, shown: str) -> tuple[PartlyRead, tuple[Problem, ...]]:
    """The results that a YAML file says, read once as long as it says the same; nobody changes them."""
    document, problems = decoded(raw, shown)
    if document is None or problems:
        return PartlyRead(unread={whole(document)}), tuple(problems)
    part, problems = part_of(with_nothing(document))
    return part, tuple(problems)


def with_nothing(document: Any) -> Any:
    """A file of results in which a key without a value, where rows or fields belong, holds none."""
    for name in ("spending", "results", "measures") if isinstance(document, Mapping) else ():
        held = document.get(name, "")
        if held is None:
            document[name] = mapping(document.keys_at[name])
        elif isinstance(held, Mapping) and name != "spending":
            for row in [row for row, value in held.items() if value is None]:
                held[row] = mapping(held.keys_at[row])
            for result in held.values():
                _without_nothing(result)
    return document


def _without_nothing(result: Any) -> None:
    """Data items and answers that were taken away again are not there."""
    for name in ("data", "given") if isinstance(result, Mapping) else ():
        named = result.get(name, "")
        if named is None:
            result[name] = mapping(result.keys_at[name])
        elif isinstance(named, Mapping):
            for key in [key for key, value in named.items() if value is None]:
                del named[key]


def whole(document: object) -> Row:
    """All rows of the table that a document says it is about; ANYWHERE when it does not say."""
    code, year = (document.get(name) for name in ("code", "year")) if isinstance(document, Mapping) else ("", "")
    if isinstance(code, str) and isinstance(year, str) and YEAR.fullmatch(year):
        return int(year), code, ""
    return ANYWHERE


def spot(where: Where) -> Spot:
    """The line of a table that a place is on."""
    return where.sheet, where.line or int("0" + "".join(filter(str.isdigit, where.cell)))


def cut(document: Mapping, wrong: Set[Spot], sheets: Set[str]) -> tuple[set[str], set[Spot]]:
    """Take the rows out of a table's document that stand on wrong lines or sheets; returns them, and the lines met."""
    met: set[Spot] = set()

    def lost(value: object) -> bool:
        spots = set(_spots(value))
        met.update(spots & wrong)
        return bool(spots & wrong) or any(sheet in sheets for sheet, _ in spots)

    parts = [name for name in PARTS if name in document and lost(document[name])]
    results = document.get("results", {})
    rows = [name for name, result in results.items() if lost(result)]
    for name in parts:
        del document[name]
    for name in rows:
        del results[name]
    return {*rows, *(_row((name,)) for name in parts)}, met


def _spots(value: object) -> Iterator[Spot]:
    """The lines that a value, and whatever is in it, stands on."""
    if (at := getattr(value, "where", None)) is not None:
        yield spot(at)
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _spots(inside)


def _row(loc: tuple[str | int, ...]) -> str:
    return str(loc[1]) if len(loc) == 2 else PARTS.get("".join(map(str, loc)), "")


def _places(document: Mapping) -> Iterator[tuple[str, Where]]:
    """Where the rows of a table's results begin."""
    for name, row in PARTS.items():
        if name in document:
            yield row, document.keys_at[name]
    for rows in RESULTS:
        if isinstance(document.get(rows), Mapping):
            yield from document[rows].keys_at.items()


def _without(document: Mapping, ways: Collection[tuple[str | int, ...]]) -> Mapping:
    """A copy of a document without what stands at the end of these ways of one or two keys."""
    copy = Mapping()
    copy.where, copy.keys_at = document.where, document.keys_at
    for key, value in document.items():
        inside = {way[1:] for way in ways if way[:1] == (key,)}
        if () not in inside:
            copy[key] = _without(value, inside) if inside and isinstance(value, Mapping) else value
    return copy
