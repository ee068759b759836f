"""The reviews of a workspace as a check tells them: what is wrong in their files, and what the finding rules say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.checking.judging import PlacedFinding
from evaluator.errors import EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.model import EXECUTION, Actuals, code_of
from evaluator.rescoring.rescored import RescoredTable, rescore
from evaluator.rescoring.reviewfacts import with_findings
from evaluator.rescoring.statements import Key, ReviewStatement
from evaluator.rulebook.book import Rulebook


def judge_reviews(
    rulebook: Rulebook,
    actuals: Mapping[Key, Actuals],
    statements: Mapping[Key, ReviewStatement],
    year: int,
    unit: str,
    **beside: Any,
) -> tuple[list[PlacedFinding], list[Problem]]:
    """What is found of a unit's reviews, each at its statement, and why one cannot be used.

    Nothing is told where the unit's own results cannot be read: that is told of them already.
    """
    mine = {
        key: statements[key]
        for table in rulebook.tables
        if (table.year, table.unit.code) == (year, unit) and (key := (table.year, code_of(table))) in statements
    }
    if not mine:
        return [], []
    try:
        own = evaluate(rulebook, actuals, year=year, unit=unit, executor="frame", **beside)
    except EvaluatorError:
        return [], []
    try:
        review = with_findings(rescore(rulebook, actuals, own, mine, **beside), rulebook.findings)
    except EvaluatorError as error:
        return [], list(error.problems)
    return [
        problem for code, table in review.tables.items() for problem in _placed(table, (year, code), mine[year, code])
    ], []


def _placed(table: RescoredTable, key: Key, statement: ReviewStatement) -> list[PlacedFinding]:
    out = []
    for finding in table.findings:
        row = table.own.row_of(finding) or (EXECUTION if f"reviewed:{EXECUTION}" in finding.facts else "")
        stated = statement.spending if row == EXECUTION else statement.rows.get(row)
        where = (stated.where if stated else None) or statement.where
        problem = Problem(finding.rule.id, finding.says, where, "", "", finding.severity, finding.remedy)
        out.append(PlacedFinding(problem, key, row, finding))
    return out
