"""What `ziping check` does: rules and results read with every problem, and every finding that can be drawn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from evaluator.actuals.evidence import read_evidence
from evaluator.actuals.resultfiles import read_actuals
from evaluator.checking.catalogue import DiagnosticPage, read_catalogue
from evaluator.checking.judging import PlacedFinding, findings_joined, judge_unit
from evaluator.checking.mending import Mended, mend_all
from evaluator.checking.restatedchecks import judge_reviews
from evaluator.checking.subjects import Subject, subjects_of
from evaluator.checking.waivers import Waived, apply_waivers, read_waivers
from evaluator.documents.faults import NOTHING
from evaluator.errors import SEVERITIES, Problem, RuleProblems, UsageProblem, Where
from evaluator.following.rectification import duties_of, read_rectification
from evaluator.model import Department, Project
from evaluator.monitoring.checks import check_monitoring
from evaluator.policies.bases import check_bases
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.selfreport import read_outline, statement_problems
from evaluator.rescoring.statements import read_statements
from evaluator.rulebook.book import Rulebook, read_rulebook
from evaluator.workspace.office import read_offices, without_projects
from evaluator.workspace.places import Workspace, product

Goals = TypeVar("Goals", Project, Department)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the problems that count, worst first; the waived ones; how much was looked at."""

    problems: tuple[Problem, ...]
    waived: tuple[Waived, ...]
    counts: dict[str, int]
    pages: dict[str, DiagnosticPage]
    files: dict[str, Path]  # where the files that places name stand on disk
    subjects: dict[Problem, Subject] = field(default_factory=dict)  # what each is about, where that is known
    also: dict[Problem, tuple[Where, ...]] = field(default_factory=dict)  # the places of its other rows

    @property
    def unreadable(self) -> bool:
        """Whether a file could not be read at all."""
        return any(problem.code.startswith(("Y", "A20")) for problem in self.problems)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to attend to."""
        return all(problem.severity == "提示" for problem in self.problems)

    def mended(self) -> list[Mended]:
        """What can be mended with certainty, file by file; nothing is written yet."""
        return mend_all(self.problems, self.files)


def check_workspace(space: Workspace) -> Checked:
    """Every problem of a workspace: policies, goal tables, finding rules, results, rectification, reviews, monitoring, layouts.

    Whatever is wrong in one place, everything that does not rest on it is told too. Raises UsageProblem (U204) where there
    is nothing at all yet.
    """
    rulebook, problems = read_rulebook(space.rules, space.shared)
    results, amiss = read_actuals(space.actuals, rulebook)
    attached, wrong = read_evidence(space.evidence)
    registers, owed = read_rectification(space.rectification, rulebook)
    statements, misstated = read_statements(space.reviews, rulebook)
    offices, unread = read_offices(space.office)
    problems += unread + ([] if rulebook.waiting else list(without_projects(offices, rulebook.tables)))
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    problems += [problem for office in offices.values() for problem in statement_problems(office, outline)]
    problems += [*amiss, *wrong, *owed, *misstated, *check_monitoring(space, rulebook)]
    try:
        problems += check_bases(list(layouts_of(space.forms).values()))
    except RuleProblems as error:
        problems += error.problems
    if not (rulebook.tables or rulebook.waiting or problems):
        raise UsageProblem([NOTHING])
    usable = _usable(rulebook, problems)
    duties = {key: duties_of(register, register.as_of) for key, register in registers.items()}
    whole = not rulebook.waiting and len(usable.tables) == len(rulebook.tables)
    findings: dict[Problem, PlacedFinding] = {}
    for year, unit in sorted({(table.year, table.unit.code) for table in usable.tables}):
        drawn, unreadable = judge_unit(usable, results, attached, duties, year, unit, whole)
        problems += [problem for problem in unreadable if problem not in problems]
        findings |= {finding.problem: finding for finding in drawn}
        if not misstated:
            drawn, unreadable = judge_reviews(usable, results, statements, year, unit, attached=attached, duties=duties)
            problems += unreadable
            findings |= {finding.problem: finding for finding in drawn}
    files = dict(_files(space))
    pages = read_catalogue(space.shared, rulebook.findings)
    waivers = [waiver for shown, path in files.items() for waiver in read_waivers(path, shown)]
    known = {*pages, *(rule.id for rule in rulebook.findings)}
    kept, waived = apply_waivers([*problems, *findings], waivers, known)
    left = findings_joined(findings[problem] for problem in kept if problem in findings)
    kept = [*(problem for problem in kept if problem not in findings), *(finding.problem for finding, _ in left)]
    subjects = subjects_of(rulebook, results, kept, (finding for finding, _ in left))
    counts = {
        "policies": len(rulebook.policies),
        "projects": len(rulebook.projects),
        "indicators": sum(len(project.indicators) for project in rulebook.projects.values()),
        "rules": len(rulebook.findings),
        "results": sum(len(given.results) for given in results.values()),
    }
    also = {finding.problem: others for finding, others in left if others}
    return Checked(tuple(sorted(kept, key=_rank)), tuple(waived), counts, pages, files, subjects, also)


def _rank(problem: Problem) -> tuple[object, ...]:
    at = problem.where
    place = (at.path, at.line, at.sheet, at.cell, at.column) if at else ("", 0, "", "", 0)
    return SEVERITIES.index(problem.severity), *place, problem.code, problem.says


def _files(space: Workspace) -> Iterator[tuple[str, Path]]:
    """Every text file a place can name, by the path it is named with; the workspace's own win over the product's."""
    shared = ("rules/policies", "rules/findings", "rules/monitoring", "rules/reviews")
    for root, folders in (
        (space.shared.parent, shared),
        (space.root, (*shared, "rules/projects", "actuals", "office", "monitoring", "reviews", "reports/forms")),
    ):
        for folder in folders:
            for path in sorted((root / folder).rglob("*.y*ml")):
                yield path.relative_to(root).as_posix(), path


def _usable(rulebook: Rulebook, problems: list[Problem]) -> Rulebook:
    """The goal tables that can be scored as they stand: none while a policy or finding rule is wrong (told already)."""
    wrong = {problem.where.path for problem in problems if problem.where and problem.severity == "错误"}
    if any("/policies/" in path or "/findings/" in path for path in wrong):
        return replace(rulebook, projects={}, departments={})
    unread = {problem.where.path for problem in problems if problem.where and problem.code in ("R108", "R109")}

    def read(tables: dict[tuple[int, str], Goals]) -> dict[tuple[int, str], Goals]:
        return {key: table for key, table in tables.items() if table.where and table.where.path not in unread}

    return replace(rulebook, projects=read(rulebook.projects), departments=read(rulebook.departments))
