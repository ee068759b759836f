"""Progress noted during the year (监控数据): what a person fills in of one project as at a day, checked before a byte is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting, moved_on
from evaluator.acts.entering import elsewhere
from evaluator.acts.watching import of_day
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import ActualsProblems, EvaluatorError, Problem, UsageProblem
from evaluator.figures import wan
from evaluator.files.digests import digest_of
from evaluator.files.journal import change
from evaluator.files.snapshot import take, take_text
from evaluator.find import the_one
from evaluator.model import Project
from evaluator.monitoring.monitor import Monitored, monitor
from evaluator.monitoring.points import MonitoringPoint, ProjectPoint, read_points
from evaluator.monitoring.rules import LIKELIHOODS, Promise, load_monitoring_policy
from evaluator.preparation import tables_of
from evaluator.rulebook.book import Rulebook

HEAD = "# yaml-language-server: $schema=../../../rules/schema/monitoring-point.schema.json\n# 金额单位：万元，年初至今累计\n"
MONEY = ("executed", "adjusted", "likelihood", "cause", "measure")
RESULT = ("value", "cumulative", "forecast", "likelihood", "cause", "measure")
TEXTS = ("cause", "measure", "forecast")
CHOICES = {"likelihood": ("", *LIKELIHOODS), "cumulative": ("", "true")}
WHOLE = ""  # the row of what is said of the money
Values = dict[str, dict[str, str]]  # by row and field


@dataclass(frozen=True, slots=True)
class ProjectNotes:
    """A project as at a day: its values as the file has them, a digest of them, and what is wrong in the day's file.

    `rows` are its indicators that are filled in, by id: what each is called, with its target.
    """

    day: date
    project: Project
    values: Values
    rows: Mapping[str, str]
    wrong: tuple[Problem, ...]

    @property
    def seen(self) -> str:
        """What tells whether the values are still those that a person saw."""
        return digest_of(self.values)


def days(at: Sitting) -> list[date]:
    """The days there are reports of, the latest first; faulty files are left out."""
    rulebook = at.rulebook()
    tables = tables_of(rulebook, at.year, at.unit)
    projects = [table for table in tables if isinstance(table, Project)]
    points = read_points(at.space.root / "monitoring", projects, [])[0] if projects else []
    return sorted({point.day for point in points}, reverse=True)


def looked(at: Sitting, as_of: str) -> tuple[Monitored | None, list[Problem]]:
    """The year beside its plans as at a day, from what is noted; None, with why, where that cannot be told yet."""
    try:
        rulebook, day, projects, duties = of_day(at, as_of)
        points, problems = read_points(at.space.root / "monitoring", projects, [duty for duty, _ in duties])
        early = [point for point in points if point.day <= day]
        return (_watched(at, rulebook, projects, duties, early, day) if early else None), problems
    except EvaluatorError as error:
        return None, list(error.problems)


def noted(at: Sitting, as_of: str, code: str) -> ProjectNotes:
    """A project as at a day; raises UsageProblem (M301 no day, U205 no such project)."""
    _, day, projects, duties = of_day(at, as_of)
    project = the_one(
        [project for project in projects if project.code == code], code, "项目", [project.code for project in projects]
    )
    points, problems = read_points(at.space.root / "monitoring", projects, [duty for duty, _ in duties])
    point = next((point for point in points if point.day == day), None)
    rows = {row.id: f"{row.id} {row.name} {row.target}" for row in project.indicators if row.formula is None}
    shown = _shown(at, day, projects[0].unit.code)
    wrong = tuple(
        problem for problem in problems if problem.severity == "错误" and problem.where and problem.where.path == shown
    )
    return ProjectNotes(day, project, _values(point.of(code) if point else ProjectPoint(), rows), rows, wrong)


def note(at: Sitting, as_of: str, code: str, typed: Mapping[tuple[str, str], str], seen: str) -> int:
    """Write values of a project, by row and field, into the day's file, which is made where there is none; how many changed.

    Raises UsageProblem (U447 others have changed them since they were `seen`, U388 the day is in a workbook, M301, U205) and
    ActualsProblems with all that cannot be read; nothing is written then.
    """
    with at.acting("填写监控数据") as act:
        now = noted(at, as_of, code)
        if now.wrong:
            raise ActualsProblems(now.wrong)
        if now.seen != seen:
            raise moved_on("这一页打开以后别人改过这个项目的监控数据，没有存")
        rulebook, day, projects, duties = of_day(at, as_of)
        points, _ = read_points(at.space.root / "monitoring", projects, [duty for duty, _ in duties])
        had = next((point for point in points if point.day == day), None)
        path = at.space.root / _shown(at, day, projects[0].unit.code)
        if had is not None and not path.exists():
            says = f"{day} 的监控数据在“{had.where}”，不在自己的 YAML 文件里"
            raise UsageProblem([elsewhere(says, "把它移出 monitoring/，再在页面上填")])
        changed = {key: text.strip() for key, text in typed.items() if text.strip() != now.values[key[0]][key[1]]}
        if not changed:
            return 0
        before = take_text(path) if path.exists() else _head(projects[0], day, _illustrative(at, rulebook))
        text = with_values(before, {_place(code, *key): _value(key[1], value) for key, value in changed.items()})
        if text is None:
            raise UsageProblem([elsewhere("文件里这一处的写法不能在页面上改", "在文件里改成一行一个值")])
        point = _point(text, path)
        others = [point for point in points if point.day < day]
        _watched(at, rulebook, projects, duties, [*others, _alone(point, code)], day)
        act.commit([change(path, text.encode(), take(path) if path.exists() else None)])
        return len(changed)


def _watched(
    at: Sitting,
    rulebook: Rulebook,
    projects: list[Project],
    duties: list[tuple[Promise, date]],
    points: Sequence[MonitoringPoint],
    day: date,
) -> Monitored:
    policy = load_monitoring_policy(at.space.rule_folders, projects[0].year, None)
    return monitor(rulebook, projects, duties, points, policy, day)


def _alone(point: MonitoringPoint, code: str) -> MonitoringPoint:
    """A report of one project alone: what cannot be read of another keeps nobody from noting this one."""
    return point.model_copy(update={"projects": {code: point.of(code)}})


def _shown(at: Sitting, day: date, unit: str) -> str:
    return f"monitoring/{at.year or day.year}/{unit}/{day}.yaml"


def _head(project: Project, day: date, illustrative: bool) -> str:
    flag = "illustrative: true\n" if illustrative else ""
    return f"{HEAD}unit: {scalar(project.unit.code)}\nyear: {project.year}\ndate: {day}\n{flag}"


def _illustrative(at: Sitting, rulebook: Rulebook) -> bool:
    """Whether the results beside it are made up for show, so that a table of the same workspace says so too."""
    return any(actuals.illustrative for actuals in at.read(rulebook)[0].values())


def _point(text: str, path: Path) -> MonitoringPoint:
    document, problems = parse_document(text, path.name)
    point, faults = (None, problems) if problems else as_model(MonitoringPoint, document)
    if point is None:
        raise ActualsProblems([replace(fault, where=None) for fault in faults])
    return point


def _place(code: str, row: str, field: str) -> tuple[str, ...]:
    return ("projects", code, field) if row == WHOLE else ("projects", code, "indicators", row, field)


def _value(field: str, text: str) -> str | None:
    if field == "cumulative":
        return "true" if text else "false"
    return text or ("" if field in TEXTS else None)


def _values(point: ProjectPoint, rows: Mapping[str, Any]) -> Values:
    """What a report says of a project, as a person reads and types it."""

    def said(of: Any, fields: Sequence[str]) -> dict[str, str]:
        held = {name: getattr(of, name, None) for name in fields}
        money = {name: "" if value is None else wan(value) for name, value in held.items() if name in MONEY[:2]}
        flags = {name: "true" if value else "" for name, value in held.items() if name == "cumulative"}
        return {name: "" if value is None else str(value) for name, value in held.items()} | money | flags

    return {WHOLE: said(point, MONEY), **{row: said(point.indicators.get(row), RESULT) for row in rows}}
