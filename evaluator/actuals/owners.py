"""Whose results are: of the unit that the goal table of their code and year is of, or of the folder they lie in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from evaluator.documents.faults import Whose, filled, whose_of
from evaluator.intake.partly import ANYWHERE, PartlyRead
from evaluator.rulebook.book import Rulebook


def of_results(folders: Sequence[str], parts: Sequence[PartlyRead], rulebook: Rulebook) -> frozenset[Whose]:
    """Whose a file of results is, by the folders it lies in and by what was read of it."""
    (folder,) = whose_of(folders, None, _units(rulebook))
    keys = {(one.year, one.code) for part in parts for one in part.actuals}
    rows = {row for part in parts for row in part.unread}
    keys |= {row[:2] for row in rows - {ANYWHERE}}
    found = {filled((year, owner(rulebook, year, code)), folder) for year, code in keys}
    if not keys or ANYWHERE in rows:  # something was read of nobody knows what
        found.add(folder)
    return frozenset(found)


def owner(rulebook: Rulebook, year: int, code: str) -> str | None:
    """The code of the unit that a goal table is of, also of one whose own file is faulty; None where nobody says."""
    if table := rulebook.projects.get((year, code)) or rulebook.departments.get((year, code)):
        return table.unit.code
    if code in _units(rulebook):
        return code
    files = [whose for path, whose in rulebook.whose.items() if PurePosixPath(path).stem == code]
    known = {unit for whose in files for of, unit in whose if of in (None, year) and unit}
    return known.pop() if len(known) == 1 else None


def _units(rulebook: Rulebook) -> set[str]:
    """The codes of all units there are goal tables of, faulty or not."""
    told = {unit for whose in rulebook.whose.values() for _, unit in whose if unit}
    return told | {table.unit.code for table in rulebook.tables}
