"""What is wrong in the monitoring files of a workspace, seen before anybody asks for a monitoring form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluator.errors import Problem, Where, nearest
from evaluator.model import Project
from evaluator.monitoring.points import FILES, read_points
from evaluator.monitoring.rules import read_duties, read_monitoring_policies
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.places import Workspace


def check_monitoring(space: Workspace, rulebook: Rulebook) -> list[Problem]:
    """Every problem of the policies, the duties of a year and the reports (R101 to R103, M101 to M118)."""
    problems = read_monitoring_policies(space.rule_folders)[1]
    units: dict[tuple[str, str], list[Project]] = {}
    for project in rulebook.projects.values():
        units.setdefault((str(project.year), project.unit.code), []).append(project)
    duties = {}
    for year in sorted({*_names(space.rules / "monitoring"), *(year for year, _ in units)}):
        if year.isdigit():
            duties[year], found = read_duties(space.rules, int(year))
            problems += found
    for year, unit in _reported(space.root / "monitoring"):
        shown = f"monitoring/{year}/{unit}"
        if projects := units.get((year, unit)):
            asked = [duty for duty, _ in duties[year].get(unit, [])]
            problems += read_points(space.root / "monitoring", projects, asked, rulebook.waiting)[1]
        elif not (space.rules / "projects" / year / unit).is_dir():
            known = [f"monitoring/{one}/{other}" for one, other in sorted(units)]
            says = f"“{shown}”对不上任何单位某年的目标表，里面的监控数据没有被读取"
            problems.append(Problem("M118", says, Where(shown), FILES, nearest(shown, known)))
    return problems


def _reported(folder: Path) -> Iterator[tuple[str, str]]:
    for year in _names(folder):
        for unit in _names(folder / year):
            yield year, unit


def _names(folder: Path) -> list[str]:
    """The folders in a folder."""
    return sorted(one.name for one in folder.glob("*") if one.is_dir() and one.name[0] not in "._~")
