"""The page of rectification (整改): duties listed from findings, who answers for each and by when, and closed with evidence."""

from __future__ import annotations

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import UNIT, Door
from evaluator.web.visits import Visit, path_of


def duties(visit: Visit) -> Response:
    """The year's duties as they stand today, and those still open of years before."""
    unit = visit.unit()
    standing = acts.duties.standing(visit.at(unit)).found
    return visit.page("duties.html", title="整改", unit=unit, standing=standing, said=visit.said())


def plan(visit: Visit) -> Response:
    """A duty for every finding that calls for action and has none."""
    unit = visit.unit()
    added = acts.duties.plan(visit.at(unit)).added
    return visit.go(path_of(unit, more="duties"), f"列入整改事项 {len(added)} 个" if added else "没有新的整改事项")


def assign(visit: Visit) -> Response:
    """Who answers for a duty, and by when."""
    unit, duty = visit.unit(), visit.form.get("duty", "")
    acts.duties.assign(visit.at(unit), duty, visit.form.get("owner", "")[:200], visit.form.get("due", ""))
    return visit.go(path_of(unit, more="duties"), f"已写入 {duty} 的责任人和时限")


def close(visit: Visit) -> Response:
    """A duty is done: with what shows it, by name and in files, each looked at before anything is written."""
    unit, duty = visit.unit(), visit.form.get("duty", "")
    evidence = visit.form.get("evidence", "")[:4000].splitlines()
    with acts.carrying.received_evidence([(file.name, file.data) for file in visit.files]) as paths:
        closed = acts.duties.close(visit.at(unit), visit.name, duty, evidence, visit.form.get("on", ""), paths)
    return visit.go(path_of(unit, more="duties"), f"{duty} 已销号（{closed.day}），还有 {closed.left} 个没有完成")


DOORS = (
    Door("GET", f"{UNIT}/duties", "see", duties),
    Door("POST", f"{UNIT}/duties/plan", "fill", plan),
    Door("POST", f"{UNIT}/duties/assign", "fill", assign),
    Door("POST", f"{UNIT}/duties/close", "fill", close),
)
