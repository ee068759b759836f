"""A rulebook opened for one unit's year: what is wrong in the goal tables of others is told, and closes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from evaluator.documents.faults import Scope, choose, sorted_out
from evaluator.errors import Problem, RuleProblems
from evaluator.model import code_of
from evaluator.rulebook.book import Rulebook, digest_of_rules, read_rulebook


def open_rulebook(
    rules: Path,
    shared: Path | None = None,
    year: int | None = None,
    unit: str | None = None,
    *,
    every_year: bool = False,
) -> Rulebook:
    """The rulebook for one unit's year (or all its years) without the faulty goal tables of others, which are its notes.

    Raises RuleProblems with the errors of its own, of policies and of rules, and UsageProblem (U204) as `choose` does.
    """
    rulebook, problems = read_rulebook(rules, shared)
    errors = [problem for problem in problems if problem.severity == "错误"]
    _refuse(sorted_out(errors, rulebook.whose)[0])
    faulty = {problem.where.path for problem in errors if problem.where}
    there = {(one.year, one.unit.code) for one in rulebook.tables}
    there |= {(of, code) for path in faulty for of, code in rulebook.whose[path] if of and code}
    units = {code for _, code in there}
    scope: Scope | None = None
    if there and not every_year:
        scope = choose(there, year, unit)
    elif unit or len(units) == 1:
        scope = None, unit or next(iter(units))
    own, notes = sorted_out(errors, rulebook.whose, *([scope] if scope else []))
    _refuse(own)
    return replace(_without(rulebook, faulty), scope=scope, notes=tuple(notes))


def open_rules(rules: Path, shared: Path | None = None) -> Rulebook:
    """Policies and finding rules, for what is in no workspace: faulty goal tables close nothing, and are not in it."""
    rulebook, problems = read_rulebook(rules, shared)
    errors = [problem for problem in problems if problem.severity == "错误"]
    own, notes = sorted_out(errors, rulebook.whose)
    _refuse(own)
    return replace(_without(rulebook, {one.where.path for one in errors if one.where}), notes=tuple(notes))


def _refuse(errors: Iterable[Problem]) -> None:
    if found := list(errors):
        raise RuleProblems(found)


def _without(rulebook: Rulebook, faulty: set[str]) -> Rulebook:
    """A rulebook without the goal tables of these files, which wait to be mended."""
    out = {code_of(one) for one in rulebook.tables if one.where and one.where.path in faulty}
    projects = {key: one for key, one in rulebook.projects.items() if not (one.where and one.where.path in faulty)}
    departments = {
        key: one for key, one in rulebook.departments.items() if not (one.where and one.where.path in faulty)
    }
    digest = digest_of_rules(rulebook.policies, projects, departments, rulebook.findings)
    waiting = rulebook.waiting | out
    return replace(rulebook, projects=projects, departments=departments, digest=digest, waiting=waiting)
