"""What is still to come of a year: the highest score to be had, its range, what a goal asks for, slopes, alternatives.

Nothing here changes a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting, View
from evaluator.actuals.resultfiles import Results
from evaluator.errors import UsageProblem
from evaluator.evaluation import evaluate
from evaluator.find import find_among
from evaluator.planning import attained, sensitivity, sought, whatif
from evaluator.planning import forecast as ahead
from evaluator.planning.attainability import attainable
from evaluator.planning.dials import Openness
from evaluator.planning.goalseek import Sought, read_score, seek
from evaluator.planning.reachable import Attainable
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook

FULL = 10_000  # 100 points, in hundredths


def attain(at: Sitting, code: str | None = None) -> View[list[Attainable]]:
    """The highest total to be had, with its proof: to attend to where that is not full marks, or less spending earns more."""
    rulebook, actuals, of = _read(at)
    with at.working("求最高得分"):
        projects = attainable(rulebook, actuals, **of)
    if code is not None:
        wanted = find_among([project.witness for project in projects], code)
        projects = [project for project in projects if project.witness is wanted]
    short = any(project.best.total < FULL or project.reversal for project in projects)
    return View(projects, partial(attained.as_json, projects), short)


def forecast(
    at: Sitting, code: str | None = None, rows: Sequence[str] = (), settled: bool = False
) -> View[list[ahead.Forecast]]:
    """The lowest and highest that the year can still come to; `rows` may still change, `settled` money may not."""
    rulebook, actuals, of = _read(at)
    with at.working("推算"):
        forecasts = ahead.forecast(rulebook, actuals, **of, opened=Openness(tuple(rows), False, settled))
    if code is not None:
        wanted = find_among([forecast.present for forecast in forecasts], code)
        forecasts = [forecast for forecast in forecasts if forecast.present is wanted]
    return View(forecasts, partial(ahead.as_json, forecasts))


def goal_seek(
    at: Sitting,
    code: str | None = None,
    grade: str | None = None,
    score: str | None = None,
    rows: Sequence[str] = (),
    settled: bool = False,
    everything: bool = False,
) -> View[tuple[list[Sought], dict[str, Attainable]]]:
    """The least that has to change to reach a grade or a score (`seek`): to attend to where nothing does.

    With the proofs, by code, that it cannot be reached whatever is spent.
    """
    rulebook, actuals, of = _read(at)
    with at.working("推算"):
        goal = None if score is None else read_score(score)
        opened = Openness(tuple(rows), everything, settled)
        goals = seek(rulebook, actuals, grade=grade, score=goal, code=code, **of, opened=opened)
    missed = {goal.present.code: goal.goal for goal in goals if not goal.reached}
    reach: list[Attainable] = []
    if missed:
        try:
            with at.working("求最高得分"):
                reach = attainable(rulebook, actuals, **of)
        except UsageProblem:  # then it is told row by row alone
            reach = []
    known = {project.witness.code: project for project in reach if project.witness.code in missed}
    proofs = {name: project for name, project in known.items() if (project.luck or project.best).total < missed[name]}
    return View((goals, proofs), partial(sought.as_json, goals, proofs), bool(missed))


def slopes(at: Sitting, code: str | None = None) -> View[tuple[Evaluation, Mapping[str, Sequence[sensitivity.Lever]]]]:
    """The year as it stands, and what one unit more of each result is worth, and how far, by project."""
    rulebook, actuals, of = _read(at)
    with at.working("推算"):
        present = evaluate(rulebook, actuals, **of)
        levers = sensitivity.sensitivity(rulebook, actuals, **of)
    if code is not None:
        wanted = find_among(present.projects, code).code
        levers = {wanted: levers[wanted]}
    return View((present, levers), partial(sensitivity.as_json, levers))


def what_if(at: Sitting, file: Path | None = None, words: Sequence[str] = ()) -> View[whatif.WhatIf]:
    """What the year would come to with other values; the alternatives stand in a file, or in words (`from_words`)."""
    rulebook, actuals, of = _read(at)
    with at.working("推算"):
        present = evaluate(rulebook, actuals, **of)
        alternatives = whatif.read_alternatives(file) if file else []
        alternatives += whatif.from_words(words, present)
        compared = whatif.what_if(rulebook, actuals, alternatives, present=present, policy=at.policy)
    return View(compared, partial(whatif.as_json, compared))


def _read(at: Sitting) -> tuple[Rulebook, Results, dict[str, Any]]:
    """The rules, the results, and of whom they are meant."""
    rulebook = at.rulebook()
    return rulebook, at.results(rulebook), {"year": at.year, "unit": at.unit, "policy": at.policy}
