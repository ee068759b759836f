"""What a problem is about: the goal table and the row of it, found by the place the problem is told at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluator.actuals.resultfiles import Results
from evaluator.checking.judging import PlacedFinding
from evaluator.errors import Problem, Where
from evaluator.intake.partly import spot
from evaluator.model import EXECUTION, Department, Table, code_of
from evaluator.rulebook.book import Rulebook, indicators_of

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A goal table and a row of it (both empty when none is meant): in words, and where it stands among the others."""

    table: str = ""
    row: str = ""
    name: str = ""
    order: tuple[int, int] = (-1, -1)


def subjects_of(
    rulebook: Rulebook, results: Results, problems: Iterable[Problem], told: Iterable[PlacedFinding]
) -> dict[Problem, Subject]:
    """What each problem is about; one in a file that belongs to no table is left out."""
    tables: dict[Key, tuple[int, Table]] = {
        (table.year, code_of(table)): (at, table) for at, table in enumerate(rulebook.tables)
    }
    lines: dict[tuple[str, str], list[tuple[int, Key, str]]] = {}
    for key, (_, table) in tables.items():
        for where, row in ((table.where, ""), *((one.where, one.id) for one in indicators_of(table))):
            if where:
                lines.setdefault((where.path, ""), []).append((spot(where)[1], key, row))
    for (year, code, row), where in results.places.items():
        lines.setdefault((where.path, where.sheet), []).append((spot(where)[1], (year, code), row))
    for listed in lines.values():
        listed.sort()
    found = {problem: _at(problem.where, lines) for problem in problems if problem.where}
    found |= {one.problem: (one.table, one.row) for one in told}
    return {problem: _subject(*about, tables) for problem, about in found.items() if about and about[0] in tables}


def _at(where: Where, lines: Mapping[tuple[str, str], list[tuple[int, Key, str]]]) -> tuple[Key, str] | None:
    """The table and row at a place: in a text the row that begins above it, in a sheet the row on its line, or the sheet."""
    listed = lines.get((where.path, where.sheet), [])
    if not listed:
        return None
    number = spot(where)[1]
    tables = {key for _, key, _ in listed}
    if where.path.endswith((".yaml", ".yml")):
        at = bisect_right([line for line, _, _ in listed], number)
        return listed[at - 1][1:] if at else (listed[0][1], "")
    here = [(key, row) for line, key, row in listed if line == number]
    return here[0] if here else (next(iter(tables)), "") if len(tables) == 1 else None


def _subject(key: Key, row: str, tables: Mapping[Key, tuple[int, Table]]) -> Subject:
    at, table = tables[key]
    name = f"{table.unit.name}部门整体" if isinstance(table, Department) else table.name
    rows = {EXECUTION: ""} | {one.id: one.name for one in indicators_of(table)}
    rows |= {one.id: one.title for one in table.measures} if isinstance(table, Department) else {}
    order = list(rows).index(row) if row in rows else -1
    return Subject(f"{name}（{key[1]}，{key[0]} 年度）", row, rows.get(row, ""), (at, order))
