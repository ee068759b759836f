"""The pages of progress during the year (监控): days, a day's projects with their colours, and a project filled in as at a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from evaluator import acts
from evaluator.errors import EvaluatorError
from evaluator.web.doors import UNIT, Door
from evaluator.web.visits import Visit, hidden, path_of, refused

if TYPE_CHECKING:
    from evaluator.acts.noting import ProjectNotes

DAY = UNIT + "/monitor/{day}"
LABELS = {
    "executed": "截至目前执行数（万元）", "adjusted": "调整后的全年预算数（万元）", "value": "截至目前完成值", "cumulative": "累计数",
    "forecast": "全年预计", "likelihood": "实现可能性", "cause": "偏差原因", "measure": "改进措施",
}  # fmt: skip


def days(visit: Visit) -> Response:
    """The days that were noted, and the way to a new one."""
    unit = visit.unit()
    listed = acts.noting.days(visit.at(unit))
    return visit.page("days.html", title="监控", unit=unit, days=listed, said=visit.said())


def new_day(visit: Visit) -> Response:
    """To the page of a day; nothing is written before something is filled in."""
    unit, day = visit.unit(), visit.form.get("day", "").strip()
    known = acts.watching.of_day(visit.at(unit), day)[1]
    return visit.go(path_of(unit, more=f"monitor/{known}"))


def one_day(visit: Visit) -> Response:
    """The projects as at a day, each with its colour."""
    unit, day = visit.unit(), visit.request.path_params["day"]
    _, known, projects, _ = acts.watching.of_day(visit.at(unit), day)
    monitored, problems = acts.noting.looked(visit.at(unit), day)
    shown = [hidden(problem, visit.bench) for problem in problems]
    watched = {seen.project.code: seen for seen in monitored.projects} if monitored else {}
    return visit.page(
        "day.html", title=f"监控 {known}", unit=unit, day=known, projects=projects, watched=watched,
        monitored=monitored, problems=shown, said=visit.said(),
    )  # fmt: skip


def project(visit: Visit) -> Response:
    """A project as at a day, to be filled in."""
    return _form(visit, _noted(visit))


def _noted(visit: Visit) -> ProjectNotes:
    unit, params = visit.unit(), visit.request.path_params
    return acts.noting.noted(visit.at(unit), params["day"], params["code"])


def _form(visit: Visit, noted: ProjectNotes, status: int = 200, problems: Any = (), typed: Any = None) -> Response:
    unit = visit.unit()
    values = {row: {**fields, **(typed or {}).get(row, {})} for row, fields in noted.values.items()}
    return visit.page(
        "noted.html", status, title=f"监控 {noted.day} {noted.project.name}", unit=unit, noted=noted, values=values,
        labels=LABELS, choices=acts.noting.CHOICES, problems=[hidden(problem, visit.bench) for problem in (*noted.wrong, *problems)],
    )  # fmt: skip


def note(visit: Visit) -> Response:
    """What was typed of a project is written; where something cannot be read nothing is, and all stays on the page."""
    unit, noted = visit.unit(), _noted(visit)
    typed: dict[str, dict[str, str]] = {}
    for row, fields in noted.values.items():
        for field in fields:
            unchecked = field == "cumulative" and f"{row}|value" in visit.form
            if f"{row}|{field}" not in visit.form and not unchecked:
                continue
            text = visit.form.get(f"{row}|{field}", "")[:4000].replace("\r\n", "\n")
            typed.setdefault(row, {})[field] = text
    given = {(row, field): text for row, fields in typed.items() for field, text in fields.items()}
    code, day = noted.project.code, str(noted.day)
    try:
        changes = acts.noting.note(visit.at(unit), day, code, given, visit.form.get("seen", ""))
    except EvaluatorError as error:
        return _form(visit, noted, 422, [replace(problem, where=None) for problem in error.problems], typed)
    return visit.go(path_of(unit, more=f"monitor/{noted.day}"), f"{noted.project.name}：已存 {changes} 处")


def issue(visit: Visit) -> Response:
    """The table of a day is written and, where there is a ledger, recorded."""
    unit, day = visit.unit(), visit.request.path_params["day"]
    _, written, entry = acts.watching.monitor(visit.at(unit), day).found
    if not written:
        raise refused("没有写出监控表")
    more = f"，记入台账第 {entry.seq} 条" if entry else ""
    return visit.go(path_of(unit, more=f"monitor/{day}"), f"已写出绩效运行监控表 {len(written)} 个文件{more}")


DOORS = (
    Door("GET", f"{UNIT}/monitor", "see", days),
    Door("POST", f"{UNIT}/monitor", "fill", new_day),
    Door("GET", DAY, "see", one_day),
    Door("POST", f"{DAY}/issue", "issue", issue),
    Door("GET", DAY + "/{code}", "see", project),
    Door("POST", DAY + "/{code}", "fill", note),
)
