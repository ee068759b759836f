"""Review scores (复核) beside self scores: each row with the reviewer's value, grounds and deduction, and what they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from evaluator import acts
from evaluator.web.desk import names_of, owner
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import GivenResponse, Visit, path_of, refused

if TYPE_CHECKING:
    from evaluator.acts.surveying import UnitYear

LONGEST = 4000


def overview(visit: Visit) -> Response:
    """Every table of a unit's year: self score, review score, deviation, grade and main cause; what is to be looked at."""
    unit = visit.unit()
    year = acts.rechecking.look(visit.at(unit)).found
    survey = visit.survey(unit)
    return visit.page(
        "rechecks.html",
        title=f"复核 {unit.name}",
        unit=unit,
        survey=survey,
        year=year,
        names=names_of(survey),
        signed=acts.restating.signed,
        said=visit.said(),
        jobs=[job for job in visit.bench.jobs.mine(owner(unit)) if job.title == WRITING][:2],
    )


def page(visit: Visit) -> Response:
    """A table with self and review side by side, and a form for each row where who looks at it may review."""
    unit = visit.unit()
    code = visit.request.path_params["code"]
    survey = visit.survey(unit)
    score = survey.table(code).score
    year = acts.rechecking.look(visit.at(unit)).found
    table = year.tables.get(code)
    return visit.page(
        "recheck.html",
        title=f"复核 {score.name}",
        unit=unit,
        survey=survey,
        score=score,
        table=table,
        rows=acts.restating.stated_rows(visit.at(unit), survey, score, table),
        may_state=visit.may("recheck") and acts.submitting.may("review", survey.standing.stage),
        said=visit.said(),
    )


def state(visit: Visit) -> Response:
    """What a reviewer states of a row, written and recorded; only what differs from what the page showed is said."""
    unit = visit.unit()
    code, row = visit.request.path_params["code"], visit.form.get("row", "")
    values: dict[str, Any] = {}
    was: dict[str, str] = {}
    for name in acts.rechecking.TITLES:
        text = visit.form.get(name, "").strip()[:LONGEST]
        if name in acts.restating.LISTS:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            values |= {name: lines} if lines else {}
        elif text and text != visit.form.get(f"was_{name}", ""):
            values[name] = text
            was[name] = visit.form.get(f"was_{name}", "")
    if not values:
        raise refused("没有改动", remedy="要去掉写过的，撤回这一行")
    restated = acts.rechecking.state(visit.at(unit), visit.name, code, row, values, was)
    return _done(visit, unit, code, restated)


def withdraw(visit: Visit) -> Response:
    """What was stated of a row is taken back, for a reason: it counts as the unit scored it again."""
    unit = visit.unit()
    code, row, reason = visit.request.path_params["code"], visit.form.get("row", ""), visit.form.get("reason", "")
    restated = acts.rechecking.withdraw(visit.at(unit), visit.name, code, row, reason.strip()[:LONGEST])
    return _done(visit, unit, code, restated)


def _done(visit: Visit, unit: UnitYear, code: str, restated: Any) -> Response:
    now = acts.restating.scores_said(restated)
    return visit.go(path_of(unit, code, more="recheck"), f"{now}已记入台账第 {restated.entry.seq} 条")


def form(visit: Visit) -> Response:
    """The review form of a table as it is printed, or the summary of the unit."""
    unit = visit.unit()
    document = acts.rechecking.preview(visit.at(unit), visit.asked("code"))
    suffix = ".pdf" if visit.asked("as") == "pdf" else ".html"
    return GivenResponse(acts.carrying.as_file(document, suffix), inline=True)


WRITING = "写出复核表"


def write(visit: Visit) -> Response:
    """The review forms and their summary are written and recorded, beside the pages."""
    unit = visit.unit()
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        sitting = replace(at, tell=job.tell, working=job.working, progress=job.progress)
        _, written, entry = acts.rechecking.write(sitting, (".xlsx", ".pdf"))
        kept = f"，记入台账第 {entry.seq} 条" if entry else ""
        return {
            "says": f"复核表 {len(written)} 个{kept}",
            "given": [acts.carrying.of_written(file) for file in written],
        }

    job = visit.bench.jobs.start(WRITING, owner(unit), work)
    return visit.go(path_of(unit, more=f"work/{job.id}"))


DOORS = (
    Door("GET", f"{UNIT}/recheck", "see", overview),
    Door("POST", f"{UNIT}/recheck/write", "recheck", write),
    Door("GET", f"{UNIT}/recheck/form", "see", form),
    Door("GET", f"{TABLE}/recheck", "see", page),
    Door("POST", f"{TABLE}/recheck", "recheck", state),
    Door("POST", f"{TABLE}/recheck/withdraw", "recheck", withdraw),
)
