"""What `ziping check` does: rules and results read with every problem, and the findings that targets alone give."""

from __future__ import annotations

from evaluator.errors import EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.intake.actuals import read_actuals
from evaluator.rulebook import read_rulebook
from evaluator.workspace import Workspace


def check_workspace(space: Workspace) -> tuple[list[Problem], dict[str, int]]:
    """Every problem of a workspace, and how much was looked at (policies, projects, indicators, results, rules)."""
    rulebook, problems = read_rulebook(space.rules, space.shared)
    actuals, found = read_actuals(space.actuals, rulebook)
    problems += found
    for year, unit in sorted({(t.year, t.unit.code) for t in rulebook.tables}):
        try:
            evaluation = evaluate(rulebook, actuals, year=year, unit=unit)
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
