"""What `ziping check` does: rules and results read with every problem, and the findings that targets alone give."""

from __future__ import annotations

from dataclasses import replace

from evaluator.errors import EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.intake.actuals import read_actuals
from evaluator.rulebook import Rulebook, read_rulebook
from evaluator.workspace import Workspace


def check_workspace(space: Workspace) -> tuple[list[Problem], dict[str, int]]:
    """Every problem of a workspace, and how much was looked at (policies, projects, indicators, results, rules)."""
    rulebook, problems = read_rulebook(space.rules, space.shared)
    actuals, found = read_actuals(space.actuals, rulebook)
    problems += found
    usable = _usable(rulebook, problems)
    for year, unit in sorted({(t.year, t.unit.code) for t in usable.tables}):
        try:
            evaluation = evaluate(usable, actuals, year=year, unit=unit)
        except EvaluatorError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            continue
        rows = {
            (table.code, row.indicator.id): row.indicator.where for table in evaluation.tables for row in table.rows
        }
        for table in evaluation.tables:
            for finding in table.findings:
                if finding.rule.about == "target":
                    where = rows.get((table.code, finding.subject), table.table.where)
                    problems.append(Problem(finding.rule.id, finding.says, where, finding.remedy, "", finding.severity))
    counts = {
        "policies": len(rulebook.policies),
        "projects": len(rulebook.projects),
        "indicators": sum(len(project.indicators) for project in rulebook.projects.values()),
        "rules": len(rulebook.findings),
        "results": sum(len(one.results) for one in actuals.values()),
    }
    return problems, counts


def _usable(rulebook: Rulebook, problems: list[Problem]) -> Rulebook:
    """The goal tables that can be scored as they stand: none while a policy or finding rule is wrong (told already)."""
    wrong = {problem.where.path for problem in problems if problem.where and problem.severity == "错误"}
    if any("/policies/" in path or "/findings/" in path for path in wrong):
        return replace(rulebook, projects={}, departments={})
    unread = {problem.where.path for problem in problems if problem.where and problem.code in ("R108", "R109")}
    return replace(
        rulebook,
        projects={key: one for key, one in rulebook.projects.items() if one.where and one.where.path not in unread},
        departments={
            key: one for key, one in rulebook.departments.items() if one.where and one.where.path not in unread
        },
    )
