"""A year watched while it runs (绩效运行监控), and the workbooks in which a unit reports: at its end, and by a day in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from evaluator.acts.acting import Act, Sitting, View, acting
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.files.journal import FileChange
from evaluator.files.publish import Published, publish, safe_name
from evaluator.formats import USUAL
from evaluator.model import Project
from evaluator.monitoring.monitor import Monitored
from evaluator.monitoring.monitor import monitor as watched
from evaluator.monitoring.points import load_points, read_points
from evaluator.monitoring.rules import Promise, load_duties, load_monitoring_policy
from evaluator.monitoring.watchbook import TITLE as WORKBOOK
from evaluator.monitoring.watchbook import ReportedRows, monitor_xlsx
from evaluator.monitoring.watchdata import as_json
from evaluator.monitoring.watchforms import TITLE, monitoring_document
from evaluator.preparation import tables_of
from evaluator.quantities.days import day_of
from evaluator.quantities.numerals import Unreadable
from evaluator.records.delivery import issued
from evaluator.records.ledger import Entry
from evaluator.records.recording import engine, recorded_files
from evaluator.rulebook.book import Rulebook
from evaluator.workbook.template import template_xlsx
from evaluator.workspace.office import office_of
from evaluator.workspace.places import LEDGER


def monitor(
    at: Sitting,
    as_of: str,
    suffixes: Sequence[str] = USUAL,
    policy: str | None = None,
    within: int | None = None,
    record: bool | None = None,
) -> View[tuple[Monitored, list[Published], Entry | None]]:
    """Compare the year with its plans on a day and write the table into `at.out`; with the entry about it, if it is new.

    It is recorded where there is a ledger, or as `record` says. Raises UsageProblem (M301, M302) and what is wrong in the
    rules, the policy of monitoring and the reports.
    """
    wanted = at.ledger.exists() if record is None else record
    with acting(
        at.ledger if wanted else at.out / LEDGER, "监控", tell=at.tell
    ) as act:  # only files where nothing is recorded
        rulebook, day, projects, duties = of_day(at, as_of)
        chosen = load_monitoring_policy(at.space.rule_folders, projects[0].year, policy)
        points = load_points(at.space.root / "monitoring", projects, [duty for duty, _ in duties], day)
        at.tell(points.notes)
        with at.working("推算"):
            monitored = watched(rulebook, projects, duties, points, chosen, day, within)
        office = office_of(at.space.office, monitored.year, monitored.unit_code)
        stem = f"{safe_name(monitored.unit)}_{monitored.year}_{TITLE}_{monitored.as_of}"
        with at.working("写出绩效运行监控表"):
            sheets, number = issued(
                at.out, stem, lambda number: monitoring_document(monitored, number, office), suffixes
            )
        written = [sheet.published(number) for sheet in sheets]
        files = [FileChange(sheet.path, sheet.data) for sheet in sheets if not sheet.there]
        payload = _payload(act, monitored, written) if wanted else None
        entry = act.record("monitor", payload, files) if payload else None
        if not payload:
            act.commit(files)
    return View((monitored, written, entry), partial(as_json, monitored), monitored.attention)


def workbook(at: Sitting, blank: bool = False) -> list[Published]:
    """Write the workbook of results (自评填报表) into `at.out`; `blank` leaves out those that are there."""
    rulebook = at.rulebook()
    tables = tables_of(rulebook, at.year, at.unit)
    actuals = {} if blank else at.results(rulebook)
    stem = f"{safe_name(tables[0].unit.name)}_{tables[0].year}_自评填报表"
    with at.working("写出填报表"):
        return publish(at.out, stem, {".xlsx": lambda number: template_xlsx(rulebook, tables, actuals, number)})


def report_workbook(at: Sitting, as_of: str, blank: bool = False) -> list[Published]:
    """Write the workbook of a report during the year into `at.out`.

    `blank` leaves out what the day's own report says, and what is wrong in any other.
    """
    rulebook, day, projects, duties = of_day(at, as_of)
    points, problems = read_points(
        at.space.root / "monitoring", projects, [duty for duty, _ in duties], rulebook.waiting
    )
    if not blank and (errors := [problem for problem in problems if problem.severity == "错误"]):
        raise ActualsProblems(errors)
    at.tell(problems)
    now = next((point for point in points if point.day == day and not blank), None)
    had = ReportedRows(now, tuple(point for point in points if point.day < day))
    stem = f"{safe_name(projects[0].unit.name)}_{projects[0].year}_{WORKBOOK}_{day}"
    with at.working("写出监控填报表"):
        return publish(
            at.out, stem, {".xlsx": lambda number: monitor_xlsx(rulebook, projects, duties, had, day, number)}
        )


def of_day(at: Sitting, as_of: str) -> tuple[Rulebook, date, list[Project], list[tuple[Promise, date]]]:
    """The projects and duties of a unit's year that a day asked for is of; raises UsageProblem (M301, M302)."""
    try:
        day = day_of(as_of)
    except Unreadable as error:
        raise UsageProblem([Problem("M301", f"监控日期：{error.reason}", None, error.allowed)]) from None
    year = at.year or day.year
    rulebook = replace(at, year=year).rulebook()
    tables = tables_of(rulebook, year, at.unit)
    projects = [table for table in tables if isinstance(table, Project)]
    if not projects:
        raise UsageProblem([Problem("M302", f"{tables[0].unit.name} {tables[0].year} 年没有项目，没有什么可监控")])
    return rulebook, day, projects, load_duties(at.space.rules, projects[0].year, projects[0].unit.code)


def _payload(act: Act, monitored: Monitored, written: Sequence[Published]) -> dict[str, Any] | None:
    """The colours of a date as the ledger keeps them; None when the last entry for that date says the same."""
    payload = {
        "unit": monitored.unit,
        "unit_code": monitored.unit_code,
        "year": monitored.year,
        "as_of": str(monitored.as_of),
        "reported": str(monitored.day),
        "policy": monitored.policy.id,
        "illustrative": monitored.illustrative,
        "colours": {project.project.code: project.colour for project in monitored.projects},
        "overdue": [item.what for item in monitored.items if item.overdue],
        "engine": engine(),
        "digests": monitored.digests,
        "files": recorded_files(written, act.root),
    }
    key = (monitored.unit_code, monitored.year, str(monitored.as_of))
    mine = [
        entry
        for entry in act.ledger.entries("monitor")
        if tuple(entry.payload[k] for k in ("unit_code", "year", "as_of")) == key
    ]
    return None if mine and mine[-1].payload == payload else payload
