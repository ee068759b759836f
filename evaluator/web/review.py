"""The reviewer: what waits, what is at risk, what changed since the last version; remarks, return of projects, acceptance."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.errors import EvaluatorError
from evaluator.web.desk import names_of
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.visits import Visit, hidden, path_of, refused

REMARKS = 100  # of one return
LONGEST = 4000  # characters of a remark
LISTED = 300  # risks on one page


def worklist(visit: Visit) -> Response:
    """Every unit's year that waits for a reviewer, those at most risk first; the others below."""
    waiting: list[Any] = []
    others: list[Any] = []
    for unit in acts.surveying.units(visit.bench.space):
        survey = visit.survey(unit)
        line = (unit, survey, _appraised(visit, unit, survey))
        (waiting if survey.standing.stage == "已报送" else others).append(line)
    waiting.sort(key=lambda line: line[2].weight, reverse=True)
    kinds = acts.appraising.RISKS
    late = any(line[2].due for line in (*waiting, *others))
    return visit.page("worklist.html", title="待审核", waiting=waiting, others=others, kinds=kinds, late=late)


def risky(visit: Visit) -> Response:
    """Everything worth a look, of one kind or of all, over all the units that wait."""
    kind = visit.asked("kind")
    listed = []
    for unit in acts.surveying.units(visit.bench.space):
        survey = visit.survey(unit)
        if survey.standing.stage == "已报送":
            names = names_of(survey)
            listed += [(unit, names, risk) for risk in acts.surveying.risks(survey) if kind in ("", risk.kind)]
    return visit.page(
        "risks.html",
        title="值得看的",
        kind=kind,
        kinds=acts.appraising.RISKS,
        listed=listed[:LISTED],
        more=max(0, len(listed) - LISTED),
    )


def review(visit: Visit) -> Response:
    """A unit's year before a reviewer: its stage, what changed, what is at risk, remarks, and what can be done."""
    unit = visit.unit()
    survey = visit.survey(unit)
    runs = [event.revision for event in survey.events if event.what == "报送"]
    compared = list(dict.fromkeys(runs))[-2:]
    stage = survey.standing.stage
    return visit.page(
        "review.html",
        title=f"审核 {unit.name}",
        unit=unit,
        survey=survey,
        said=visit.said(),
        seen=_appraised(visit, unit, survey),
        names=names_of(survey),
        compared=compared if len(compared) == 2 else [],
        may_return=visit.may("return") and acts.submitting.may("return", stage),
        may_remark=visit.may("remark") and acts.submitting.may("remark", stage),
        may_accept=visit.may("accept") and acts.submitting.may("accept", stage),
    )


def _appraised(visit: Visit, unit: Any, survey: Any) -> Any:
    return acts.appraising.appraise(visit.at(unit), survey, date.today())


def changes(visit: Visit) -> Response:
    """What two submitted versions differ in, as a part of the reviewer's page; changes in what was not returned are marked."""
    unit = visit.unit()
    before, after = visit.asked("before"), visit.asked("after")
    survey = visit.survey(unit)
    try:
        values, impact = acts.looking.differ(visit.at(unit), before, after).found
    except EvaluatorError as error:
        return visit.page("problems_part.html", problems=[hidden(problem, visit.bench) for problem in error.problems])
    return visit.page(
        "changes_part.html",
        changes=values,
        impact=impact,
        before=before,
        after=after,
        unit=unit,
        names=names_of(survey),
        returned=_appraised(visit, unit, survey).returned_before,
    )


def send_back(visit: Visit) -> Response:
    """The year is returned with remarks to projects, or to the unit as a whole; each waits for an answer."""
    unit = visit.unit()
    remarks = _remarks(visit, unit)
    _, returned = acts.submitting.send_back(visit.at(unit), visit.name, remarks or [""])
    return visit.go(path_of(unit, more="review"), f"已退回，意见 {len(returned)} 条")


def remark(visit: Visit) -> Response:
    """Remarks without a return: to the unit, its projects, or (`code`, `row`, `text`) one row; nothing is accepted before answers."""
    unit = visit.unit()
    code, row, text = (visit.form.get(name, "").strip()[:LONGEST] for name in ("code", "row", "text"))
    about = "/".join(part for part in (code, row) if part)
    said = [f"{about}={line}" for line in _lines(text)] if about else _lines(text)
    if not (remarks := [*said, *_remarks(visit, unit)][:REMARKS]):
        raise refused("意见没有内容")
    acts.submitting.remark(visit.at(unit), visit.name, remarks)
    back = path_of(unit, code) + (f"#r-{row}" if row else "") if code else path_of(unit, more="review")
    return visit.go(back, f"已写意见 {len(remarks)} 条，等待单位回复")


def _remarks(visit: Visit, unit: Any) -> list[str]:
    """What was written to the projects and to the unit, one remark a line."""
    remarks = []
    for code in names_of(visit.survey(unit)):
        remarks += [f"{code}={line}" for line in _lines(visit.form.get(f"remark_{code}", ""))]
    return [*remarks, *_lines(visit.form.get("remark", ""))][:REMARKS]


def _lines(text: str) -> list[str]:
    """The lines of a remark to the whole unit; what looks like the name of a project in it is none."""
    return [line.strip().replace("=", "＝") for line in text[:LONGEST].splitlines() if line.strip()]


def of_row(visit: Visit) -> Response:
    """The remarks on a row (or a table) with their answers, and where a reviewer writes one: a part of other pages."""
    unit = visit.unit()
    survey = visit.survey(unit)
    score = survey.table(visit.request.path_params["code"]).score
    row = acts.surveying.row_of(score, visit.asked("row")).indicator.id
    return visit.page(
        "remarks_part.html",
        unit=unit,
        code=score.code,
        row=row,
        remarks=[row_remark for row_remark in survey.remarks if (row_remark.code, row_remark.row) == (score.code, row)],
        survey=survey,
        may_remark=visit.may("remark") and acts.submitting.may("remark", survey.standing.stage),
    )


def accept(visit: Visit) -> Response:
    """What was submitted is accepted; who submitted it cannot."""
    unit = visit.unit()
    _, revision = acts.submitting.accept(visit.at(unit), visit.name)
    return visit.go(path_of(unit, more="review"), f"审核通过 {acts.surveying.called(revision)}")


DOORS = (
    Door("GET", "/worklist", "see", worklist),
    Door("GET", "/worklist/risks", "see", risky),
    Door("GET", f"{UNIT}/review", "see", review),
    Door("GET", f"{UNIT}/review/changes", "see", changes),
    Door("POST", f"{UNIT}/return", "return", send_back),
    Door("POST", f"{UNIT}/remark", "remark", remark),
    Door("GET", f"{TABLE}/remarks", "see", of_row),
    Door("POST", f"{UNIT}/accept", "accept", accept),
)
