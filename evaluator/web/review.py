"""The reviewer: what waits, what is at risk, what changed since the last version; return with remarks, acceptance."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.errors import EvaluatorError
from evaluator.web.desk import names_of
from evaluator.web.doors import UNIT, Door
from evaluator.web.visits import Visit, hidden, path_of

REMARKS = 100  # of one return
LONGEST = 4000  # characters of a remark


def worklist(visit: Visit) -> Response:
    """Every unit's year that waits for a reviewer, those at most risk first."""
    waiting: list[Any] = []
    others: list[Any] = []
    for unit in acts.surveying.units(visit.bench.space):
        survey = visit.survey(unit)
        line = (unit, survey, acts.surveying.risks(survey))
        (waiting if survey.standing.stage == "已报送" else others).append(line)
    waiting.sort(key=lambda line: -len(line[2]))
    return visit.page("worklist.html", title="待审核", waiting=waiting, others=others)


def review(visit: Visit) -> Response:
    """A unit's year before a reviewer: its stage, what changed, what is at risk, remarks, and what can be done."""
    unit = visit.unit()
    survey = visit.survey(unit)
    runs = [one.revision for one in survey.events if one.what == "报送"]
    compared = list(dict.fromkeys(runs))[-2:]
    return visit.page(
        "review.html",
        title=f"审核 {unit.name}",
        unit=unit,
        survey=survey,
        said=visit.said(),
        risks=acts.surveying.risks(survey),
        names=names_of(survey),
        compared=compared if len(compared) == 2 else [],
        may_return=visit.may("return") and acts.submitting.may("return", survey.standing.stage),
        may_accept=visit.may("accept") and acts.submitting.may("accept", survey.standing.stage),
    )


def changes(visit: Visit) -> Response:
    """What two submitted versions differ in, as a part of the reviewer's page."""
    unit = visit.unit()
    before, after = visit.asked("before"), visit.asked("after")
    try:
        values, made = acts.looking.differ(visit.at(unit), before, after).found
    except EvaluatorError as error:
        return visit.page("problems_part.html", problems=[hidden(one, visit.bench) for one in error.problems])
    return visit.page(
        "changes_part.html",
        changes=values,
        impact=made,
        before=before,
        after=after,
        unit=unit,
        names=names_of(visit.survey(unit)),
    )


def send_back(visit: Visit) -> Response:
    """The year is returned with remarks to projects, or to the unit as a whole; each waits for an answer."""
    unit = visit.unit()
    survey = visit.survey(unit)
    remarks = []
    for view in survey.tables:
        text = visit.form.get(f"remark_{view.score.code}", "").strip()[:LONGEST]
        remarks += [f"{view.score.code}={line.strip()}" for line in text.splitlines() if line.strip()]
    whole = visit.form.get("remark", "").strip()[:LONGEST]
    remarks += [line.strip().replace("=", "＝") for line in whole.splitlines() if line.strip()]
    _, told = acts.submitting.send_back(visit.at(unit), visit.name, remarks[:REMARKS] or [""])
    return visit.go(path_of(unit, more="review"), f"已退回，意见 {len(told)} 条")


def accept(visit: Visit) -> Response:
    """What was submitted is accepted; who submitted it cannot."""
    unit = visit.unit()
    _, revision = acts.submitting.accept(visit.at(unit), visit.name)
    return visit.go(path_of(unit, more="review"), f"审核通过 {acts.surveying.called(revision)}")


DOORS = (
    Door("GET", "/worklist", "see", worklist),
    Door("GET", f"{UNIT}/review", "see", review),
    Door("GET", f"{UNIT}/review/changes", "see", changes),
    Door("POST", f"{UNIT}/return", "return", send_back),
    Door("POST", f"{UNIT}/accept", "accept", accept),
)
