"""Whose results are: of the unit that the goal table of their code and year is of, or of the folder they lie in."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import PurePosixPath

from evaluator.documents.faults import Whose, filled, whose_of
from evaluator.intake.partly import ANYWHERE, PartlyRead
from evaluator.rulebook.book import Rulebook


def of_results(
    folders: Sequence[str], parts: Sequence[PartlyRead], rulebook: Rulebook, units: Set[str]
) -> frozenset[Whose]:
    """Whose a file of results is, by the folders it lies in, of these `units`, and by what was read of it."""
    (folder,) = whose_of(folders, None, units)
    keys = {(actuals.year, actuals.code) for part in parts for actuals in part.actuals}
    rows = {row for part in parts for row in part.unread}
    keys |= {row[:2] for row in rows - {ANYWHERE}}
    owners = {filled((year, owner(rulebook, year, code)), folder) for year, code in keys}
    if not keys or ANYWHERE in rows:  # something was read of nobody knows what
        owners.add(folder)
    return frozenset(owners)


def owner(rulebook: Rulebook, year: int, code: str) -> str | None:
    """The code of the unit that a goal table is of, also of one whose own file is faulty; None where nobody says."""
    if table := rulebook.projects.get((year, code)) or rulebook.departments.get((year, code)):
        return table.unit.code
    if code in units_of(rulebook):
        return code
    files = [whose for path, whose in rulebook.whose.items() if PurePosixPath(path).stem == code]
    known = {unit for whose in files for of, unit in whose if of in (None, year) and unit}
    return known.pop() if len(known) == 1 else None


def units_of(rulebook: Rulebook) -> set[str]:
    """The codes of all units there are goal tables of, faulty or not."""
    units = {unit for whose in rulebook.whose.values() for _, unit in whose if unit}
    return units | {table.unit.code for table in rulebook.tables}
