"""A unit's scored tables side by side: what each of them is compared with, worked out once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from evaluator.factsheets.outliers import host_of
from evaluator.factsheets.structure import same_goals
from evaluator.model import Project
from evaluator.results import TableScore

OUTPUT = "产出指标"
ALIKE = 2  # output rows that stand word for word in projects before: one alone may well be the same thing to do


class UnitTables:
    """The tables of one unit's year, its department's own too."""

    def __init__(self, tables: Iterable[TableScore]) -> None:
        self.tables = tuple(tables)

    @cached_property
    def by_code(self) -> dict[str, TableScore]:
        """The tables by their code."""
        return {table.code: table for table in self.tables}

    @cached_property
    def projects(self) -> dict[str, Project]:
        """The goal tables of the projects, in the order of their codes."""
        projects = [table.table for table in self.tables if isinstance(table.table, Project)]
        return {project.code: project for project in sorted(projects, key=lambda project: project.code)}

    @cached_property
    def host(self) -> str:
        """The code of the table on which findings about the whole unit stand."""
        return host_of(self.tables)

    @cached_property
    def begun(self) -> bool:
        """Whether anything was filled in of any table."""
        return any(table.actuals for table in self.tables)

    @cached_property
    def planned(self) -> bool:
        """Whether the unit's form has a place for a plan: some project has one, or there is but one to tell by."""
        return len(self.projects) < 2 or any(project.plan for project in self.projects.values())

    @cached_property
    def twins(self) -> dict[str, list[str]]:
        """The codes of projects whose goals stood before (by code), word for word, and those they stood under."""
        return dict(same_goals([(code, "；".join(project.goals)) for code, project in self.projects.items()]))

    @cached_property
    def _first(self) -> dict[tuple[str, str], Project]:
        """The first project that has each output row, by name and target."""
        first: dict[tuple[str, str], Project] = {}
        for project in self.projects.values():
            for row in project.indicators:
                if row.category == OUTPUT:
                    first.setdefault((row.name, row.target), project)
        return first

    def copied(self, project: Project) -> dict[str, Project]:
        """The output rows of a project, by id, that stand word for word in one before it (by code), and the first such.

        Fewer than ALIKE are none.
        """
        rows = [row for row in project.indicators if row.category == OUTPUT]
        sources = {row.id: self._first.get((row.name, row.target), project) for row in rows}
        copies = {id: source for id, source in sources.items() if source.code != project.code}
        return copies if len(copies) >= ALIKE else {}
