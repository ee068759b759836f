"""What everybody sees: who one is, the units and where each stands, a unit's year, its history; and how the server is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import UNIT, Door
from evaluator.web.security import ROLES
from evaluator.web.visits import Visit, hidden, nowhere, refused

if TYPE_CHECKING:
    from evaluator.acts.surveying import Survey


def who(visit: Visit) -> Response:
    """The page that asks for a name and roles."""
    return visit.page("who.html", back=_back(visit.asked("back")))


def said_who(visit: Visit) -> Response:
    """A name and roles were given; in a workspace that is only read there is nothing to sign."""
    from evaluator.records.people import name_of

    roles = frozenset(role for role in ROLES if visit.form.get(f"role_{role}"))
    name = visit.form.get("name", "").strip()
    if not roles:
        raise refused("还没有选身份", "、".join(ROLES.values()))
    if not visit.bench.read_only or name:
        name = name_of(name[:50])
    visit.visitor.name, visit.visitor.roles = name, roles
    return visit.go(_back(visit.form.get("back", "")))


def _back(address: str) -> str:
    """A page of ours to go back to."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def overview(visit: Visit) -> Response:
    """The frame of the overview, at once; the units follow."""
    return visit.page("overview.html", title="概览", said=visit.said(), root=visit.bench.space.root.resolve().name)


def units(visit: Visit) -> Response:
    """The units as rows that load themselves."""
    return visit.page("units_part.html", units=acts.surveying.units(visit.bench.space))


def unit_row(visit: Visit) -> Response:
    """A unit's year in one line: where it stands and what is left."""
    unit = visit.unit()
    return visit.page("unit_row.html", unit=unit, survey=visit.survey(unit), next_of=next_of)


def unit_page(visit: Visit) -> Response:
    """A unit's year: its tables with score, grade, what is left; its stage, and what may be done next."""
    unit = visit.unit()
    survey = visit.survey(unit)
    return visit.page(
        "unit.html",
        title=f"{unit.name} {unit.year}",
        unit=unit,
        survey=survey,
        said=visit.said(),
        wrong=[hidden(problem, visit.bench) for problem in survey.wrong],
        next=next_of(visit, survey),
        ready=acts.submitting.may("submit", survey.standing.stage) or survey.standing.changed,
        jobs=visit.bench.jobs.mine(owner(unit))[:5],
        files=acts.carrying.issued(visit.at(unit)),
    )


def owner(unit: Any) -> str:
    """Whose a piece of work is."""
    return f"{unit.year}/{unit.code}"


def names_of(survey: Survey) -> dict[str, str]:
    """The tables of a unit's year by code: their names."""
    return {view.score.code: view.score.name for view in survey.tables}


def next_of(visit: Visit, survey: Any) -> str:
    """What comes next in a unit's year: one sentence."""
    left = sum(view.left for view in survey.tables)
    stage, standing = survey.standing.stage, survey.standing
    if stage == "已报送":
        return "已报送，等待审核" if not standing.changed else "报送以后又有改动：重新出具，再报送"
    if stage == "已通过":
        return "已通过审核"
    if left:
        return f"还有 {left} 处没有填"
    if survey.open:
        return f"有 {len(survey.open)} 条退回意见没有回复"
    if survey.hindering:
        return "有错误级问题，改正后报送"
    if standing.now is None or standing.unissued:
        return "填齐了：出具自评表"
    return "核对打印稿，然后报送"


def history(visit: Visit) -> Response:
    """Everything the ledger has of the year."""
    unit = visit.unit()
    survey = visit.survey(unit)
    return visit.page("history.html", title=f"经过 {unit.name}", unit=unit, survey=survey)


def diff(visit: Visit) -> Response:
    """What two revisions differ in."""
    unit = visit.unit()
    before, after = visit.request.path_params["before"], visit.request.path_params["after"]
    changes, impact = acts.looking.differ(visit.at(unit), before, after).found
    return visit.page(
        "diff.html",
        title=f"{before} → {after}",
        unit=unit,
        names=names_of(visit.survey(unit)),
        before=before,
        after=after,
        changes=changes,
        impact=impact,
    )


def job(visit: Visit) -> Response:
    """How far a piece of work has come; it asks again by itself until it is done."""
    work = visit.bench.jobs.of(visit.request.path_params["job"])
    if work is None:
        raise nowhere("没有这件事，或已经过去很久")
    problems = [hidden(problem, visit.bench) for problem in (*work.problems, *work.notes)]
    return visit.page("job_part.html", job=work, problems=problems)


def stop(visit: Visit) -> Response:
    """The server is stopped; what is saved is saved."""
    if visit.bench.stop is None:
        raise refused("这个工作台不能在页面上停止")
    visit.bench.stop()
    return visit.page("plain.html", says="工作台已停止。填好的都已存入工作区，可以关上这个窗口。", number="")


DOORS = (
    Door("GET", "/who", "enter", who),
    Door("POST", "/who", "enter", said_who),
    Door("GET", "/", "see", overview),
    Door("GET", "/part/units", "see", units),
    Door("GET", "/job/{job}", "see", job),
    Door("POST", "/stop", "stop", stop),
    Door("GET", f"{UNIT}/", "see", unit_page),
    Door("GET", f"{UNIT}/row", "see", unit_row),
    Door("GET", f"{UNIT}/history", "see", history),
    Door("GET", UNIT + "/diff/{before}/{after}", "see", diff),
)
