"""What a unit reported during the year (监控数据) in monitoring/<year>/<unit>/: one file for each date, <YYYY-MM-DD>.yaml or a
filled workbook of any name.

Amounts and cumulative values are those from the start of the year to the date; money is in 分, written in 万元.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path

from pydantic import Field

from evaluator.actuals.sheets import with_workbook
from evaluator.documents.loading import Mapping
from evaluator.documents.validation import as_model, read_model
from evaluator.documents.written import Code, Flag, Words, Written, Year
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where, nearest
from evaluator.model import Fen, Project
from evaluator.monitoring.reported import read_filled
from evaluator.monitoring.rules import Likelihood, Promise
from evaluator.quantities.days import Day

FILES = "monitoring/年度/单位编码/年-月-日.yaml，或 ziping template --monitor 写出、填好的 .xlsx"


class IndicatorPoint(Written, title="指标进展"):
    """One indicator so far; `cumulative` says that its value only grows over the year and starts from nothing."""

    value: Words | None = Field(None, title="截至目前完成值")
    cumulative: Flag = Field(False, title="累计数（年初为零、只增不减），与计划进度比")
    forecast: Words = Field("", title="全年预计")
    cause: Words = Field("", title="偏差原因")
    measure: Words = Field("", title="改进措施")
    likelihood: Likelihood | None = Field(None, title="实现可能性")


class ProjectPoint(Written, title="项目进展"):
    """One project so far; `adjusted` is the budget after an adjustment, in force from this date on."""

    executed: Fen | None = Field(None, title="截至目前执行数（万元）")
    adjusted: Fen | None = Field(None, title="调整后的全年预算数（万元），没有调整不写")
    cause: Words = Field("", title="支出偏差原因")
    measure: Words = Field("", title="支出改进措施")
    likelihood: Likelihood | None = Field(None, title="全年支出计划实现可能性")
    indicators: dict[str, IndicatorPoint] = Field({}, max_length=1_000, title="各指标进展")


class DutyDone(Written, title="年度事项完成情况"):
    """That a duty of the year is done, and when."""

    done: Day = Field(title="完成日期")
    note: Words = Field("", title="说明")


class MonitoringPoint(Written, title="监控数据"):
    """What one unit reported as at one date."""

    unit: Code = Field(title="单位编码")
    year: Year = Field(title="年度")
    day: Day = Field(alias="date", title="数据截至日期")
    illustrative: Flag = Field(False, title="示例数据")
    projects: dict[str, ProjectPoint] = Field({}, max_length=5_000, title="各项目进展")
    duties: dict[str, DutyDone] = Field({}, max_length=1_000, title="年度事项完成情况")

    def of(self, project: str) -> ProjectPoint:
        """What it says of a project, by its code; one that says nothing where there is none."""
        return self.projects.get(project) or ProjectPoint()


class Points(list[MonitoringPoint]):
    """Reports, oldest first, with notes on what was left out or doubtful in the workbooks they were read from."""

    notes: tuple[Problem, ...] = ()


def load_points(folder: Path, projects: Sequence[Project], duties: Sequence[Promise], until: date) -> Points:
    """A unit's reports up to a date, oldest first; `folder` is that of all monitoring data.

    Raises ActualsProblems with all that is wrong in any of the unit's files (R101 to R103, M111 to M116, A201 to A204,
    A401 to A420), and UsageProblem (M117) when there is none so early.
    """
    points, problems = read_points(folder, projects, duties)
    if errors := [problem for problem in problems if problem.severity == "错误"]:
        raise ActualsProblems(errors)
    early = Points(point for point in points if point.day <= until)
    early.notes = tuple(problems)
    if not early:
        year, unit = projects[0].year, projects[0].unit.code
        known = "、".join(str(point.day) for point in points) or f"先按 {FILES} 填报"
        raise UsageProblem([Problem("M117", f"{until} 及以前没有 {year} 年 {unit} 的监控数据", None, known)])
    return early


def read_points(
    folder: Path, projects: Sequence[Project], duties: Sequence[Promise], waiting: Collection[str] = ()
) -> tuple[list[MonitoringPoint], list[Problem]]:
    """A unit's reports, oldest first, and every problem in its files (R101 to R103, M111 to M116, A201 to A204, A401 to A420).

    `waiting` are the codes of projects that are there and cannot be used yet.
    """
    year, unit = projects[0].year, projects[0].unit.code
    problems: list[Problem] = []
    points: list[MonitoringPoint] = []
    for path in sorted((folder / str(year) / unit).glob("*")):
        if path.name.startswith((".", "~$")) or path.is_dir():
            continue
        shown = f"{folder.name}/{year}/{unit}/{path.name}"
        if path.suffix in (".yaml", ".yml"):
            point, wrong = read_model(MonitoringPoint, path, shown)
        elif path.suffix.lower() == ".xlsx":
            point, wrong = _filled(path, shown, projects, duties, waiting)
        else:
            point, wrong = None, [Problem("M111", f"不读取 {path.suffix or '没有后缀'} 的文件", Where(shown), FILES)]
        problems += wrong
        if point is not None:
            problems += _check(point, path, projects, duties, waiting)
            points.append(point)
    points.sort(key=lambda point: point.day)
    for first, second in pairwise(points):
        if first.day == second.day:
            problems.append(Problem("M112", f"{second.day} 的监控数据重复，先见于 {first.where}", second.where))
    return points, problems


def _filled(
    path: Path, shown: str, projects: Sequence[Project], duties: Sequence[Promise], waiting: Collection[str]
) -> tuple[MonitoringPoint | None, list[Problem]]:
    """A report from a filled workbook; none where anything in it is wrong."""
    use = partial(read_filled, shown, projects, [duty.id for duty in duties], waiting)
    documents: list[Mapping]
    documents, problems = with_workbook(path, shown, use)
    if not documents:
        return None, problems
    point, wrong = as_model(MonitoringPoint, documents[0])
    return point, [*problems, *wrong]


def _check(
    point: MonitoringPoint, path: Path, projects: Sequence[Project], duties: Sequence[Promise], waiting: Collection[str]
) -> Iterator[Problem]:
    year, unit = projects[0].year, projects[0].unit.code
    named = path.stem if path.suffix.lower() != ".xlsx" else str(point.day)  # a workbook may have any name
    if (point.year, point.unit, str(point.day)) != (year, unit, named):
        says = f"文件在 {year}/{unit}/{path.name}，里面写的是 {point.year} 年 {point.unit} {point.day}"
        yield Problem("M113", says, point.where, FILES)
    by_code = {project.code: project for project in projects}
    for code, reported in point.projects.items():
        if code in waiting:
            continue
        if code not in by_code:
            yield Problem("M114", f"没有项目“{code}”", reported.where, "、".join(by_code), nearest(code, by_code))
            continue
        known = [row.id for row in by_code[code].indicators]
        for name, row in reported.indicators.items():
            if name not in known:
                yield Problem("M115", f"{code} 没有指标“{name}”", row.where, "、".join(known), nearest(name, known))
    ids = [duty.id for duty in duties]
    for name, done in point.duties.items():
        if name not in ids:
            yield Problem("M116", f"没有年度事项“{name}”", done.where, "、".join(ids), nearest(name, ids))
        elif done.done > point.day:
            yield Problem("M116", f"“{name}”的完成日期 {done.done} 晚于数据截至日期 {point.day}", done.where)
