"""The clerk's workbook of a report during the year (监控填报表): what an earlier report of the day says is filled in, what the
last one before it said stands beside it, locked. The same content gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evaluator.figures import percent, wan
from evaluator.formats.grid import Book
from evaluator.model import Indicator, Project
from evaluator.monitoring.points import DutyDone, IndicatorPoint, MonitoringPoint, ProjectPoint
from evaluator.monitoring.rows import standing
from evaluator.monitoring.rules import LIKELIHOODS, Promise
from evaluator.rulebook.book import Rulebook
from evaluator.workbook.guide import steps
from evaluator.workbook.inputrows import typed, unit_of
from evaluator.workbook.inputs import (
    DUTIES,
    DUTY_SHEET,
    EMPTY,
    FIELDS,
    PLAIN,
    PROGRESS,
    REPORT,
    REPORT_SHEET,
    SCHEMA,
    SHEET,
    SPENT,
    WATCHED_HEADS,
    entry_of,
    fingerprint,
    key,
    watched,
)
from evaluator.workbook.protected import LARGEST_WAN, YES_NO, ProtectedSheet, between, hide, sheet_name, stamp_of

TITLE = "监控填报表"
WIDTHS: dict[str, float] = {
    "dimension": 11, "name": 21, "target": 13, "last": 15, "value": 15, "unit": 9, "cumulative": 9, "forecast": 15,
    "cause": 24, "measure": 24, "likelihood": 11, "told": 30,
}  # fmt: skip
DUTY_WIDTHS: dict[str, float] = {"name": 44, "due": 14, "last": 40, "done": 16, "note": 50}
MONEY_HEADS = ("项目资金", "年初预算数", "现行全年预算数", "上次执行数", "截至目前执行数", "", "执行率", "调整后的全年预算数", "支出偏差原因", "改进措施", "实现可能性", "上次说明")  # fmt: skip
STEPS = (
    "只填浅黄色的单元格；其他单元格是规则文件和以前各次监控数据中已有的内容，已锁定，改了也不算数。",
    "每个项目一张表。金额和完成值都填年初至今的累计数，金额单位万元；预算没有调整的，“调整后的全年预算数”不填。",
    "完成值和全年预计按“单位”一列只填数，如 60；百分比的单元格带百分号输入，如 96.5%。指标值是文字的，写目前的情况。",
    "“是否累计数”：年初为零、只增不减的（如累计服务人数、累计支付率）选“是”，与计划进度比；其余选“否”，与全年指标值比。",
    "注明“由金额计算”的行不填完成值，按金额自动得出；有偏差的，仍写原因、措施和实现可能性。",
    "还没有数值的（如年底才考核的），完成值留空，选“实现可能性”。支出或指标落后、或选“完全不可能”的，写偏差原因和改进措施。",
    "“上次”各列是上一次监控所填，供对照。",
    "不要插入、删除行，也不要删除工作表；工作表可以改名，行可以调整高度。最好直接填数，不填公式。",
    "填完后保存（.xlsx，文件名不限），放进工作区的 {folder}，运行 ziping check 和 ziping monitor --as-of {day}。同一天的数据只放一份。",
)
ASKED = {
    "cause": ("偏差原因", "落后于计划的，写明原因；没有偏差的可以不写。"),
    "measure": ("改进措施", "落后于计划的，写明怎样改进、由谁在什么时候完成。"),
}


@dataclass(frozen=True, slots=True)
class ReportedRows:
    """What was reported: for the day itself (empty where nothing yet) and before it, the oldest first."""

    now: MonitoringPoint | None
    before: tuple[MonitoringPoint, ...]

    @property
    def last(self) -> MonitoringPoint | None:
        """The last report before the day."""
        return self.before[-1] if self.before else None


@dataclass(frozen=True, slots=True)
class ListedProject:
    """Where the first sheet finds what it lists of a project."""

    name: str
    code: str
    budget: str
    executed: str
    rate: str
    missing: str


def monitor_xlsx(
    rulebook: Rulebook,
    projects: Sequence[Project],
    duties: Sequence[tuple[Promise, date]],
    told: ReportedRows,
    day: date,
    revision: int,
) -> bytes:
    """The workbook of a report as at a day, of one unit's projects of a year and its duties."""
    unit, year = projects[0].unit, projects[0].year
    book = Book(
        f"{unit.name} {year} {TITLE} {day}", stamp_of(rulebook, revision, bool(told.now and told.now.illustrative))
    )
    first = ProtectedSheet(book, "填写说明", {"a": 6, "b": 34, "c": 30, "d": 15, "e": 15, "f": 15, "g": 12, "h": 16})
    head = {"schema": SCHEMA, "unit": unit.code, "name": unit.name, "year": str(year), "rules": rulebook.digest}
    lines = [[label, text] for label, text in (head | {"day": str(day)}).items()]
    lines += [
        _line(key(REPORT_SHEET, SHEET), {"name": "填写说明"}),
        _line(key(REPORT_SHEET, REPORT), {"day": str(day)}),
    ]
    listed = []
    for number, project in enumerate(projects, 1):
        listed.append(
            _project(ProtectedSheet(book, sheet_name(f"{number} {project.name}"), WIDTHS), project, told, day)
        )
        budget = wan(_budget(project, told))
        for name, fields in watched(project).items():
            lines.append(_line(name, fields, {"budget": budget} if name == key(project.code, SPENT) else {}))
    if duties:
        _duties(ProtectedSheet(book, DUTY_SHEET, DUTY_WIDTHS), duties, told, day)
        lines.append(_line(key(DUTY_SHEET, SHEET), {"name": DUTY_SHEET}))
        lines += [_line(key(DUTY_SHEET, DUTIES, duty.id), _due(duty, due)) for duty, due in duties]
    _guide(first, unit.name, f"monitoring/{year}/{unit.code}/", told, day, listed)
    hide(book, lines)
    return book.save()


def _line(name: str, fields: dict[str, str], besides: dict[str, str] | None = None) -> list[str]:
    """What the hidden sheet keeps of a row: its key, the print of what the rules say of it, and all it shows locked."""
    pairs = fields | (besides or {})
    return ["row", name, fingerprint(fields), *(part for pair in pairs.items() for part in pair)]


def _guide(
    sheet: ProtectedSheet, unit: str, folder: str, told: ReportedRows, day: date, listed: Sequence[ListedProject]
) -> None:
    """The first sheet: how to fill the workbook in, the day, whether the data are made up, and how far each project is."""
    plain = key(REPORT_SHEET, PLAIN)
    sheet.key(key(REPORT_SHEET, SHEET))
    steps(
        sheet, f"{unit}　{day.year}年绩效{TITLE}", tuple(step.format(folder=folder, day=day) for step in STEPS), plain
    )
    sheet.row += 1
    sheet.fields(key(REPORT_SHEET, FIELDS, REPORT), {"day": "c", "illustrative": "h"})
    sheet.key(key(REPORT_SHEET, REPORT))
    sheet.put("a", "数据截至日期", "head", to="b")
    sheet.put("c", str(day), "label")
    sheet.put("d", f"上次：{told.last.day if told.last else '没有'}", "label", to="e")
    sheet.put("f", "是否示例数据（演示用）", "head", to="g")
    sheet.put("h", YES_NO[not (told.now and told.now.illustrative)], "choice")
    sheet.choose("h", "是否示例数据", "真实的情况填“否”；为演示而编的填“是”，印出的监控表会注明。", YES_NO)
    sheet.next(plain)
    sheet.put("a", "填报进度（自动更新）", "heading", to="f")
    sheet.put("g", "单位：万元", "right", to="h")
    sheet.next(plain)
    heads = ("序号", "项目", "编码", "全年预算数", "上次执行数", "截至目前执行数", "执行率", "填报情况")
    for column, head in zip("abcdefgh", heads, strict=True):
        sheet.put(column, head, "head")
    for number, one in enumerate(listed, 1):
        sheet.next(plain)
        sheet.put("a", str(number), "label")
        sheet.put("b", one.name, "text")
        sheet.put("c", one.code, "text")
        sheet.formula("d", one.budget, "computed wan")
        before = told.last.projects.get(one.code) if told.last else None
        sheet.amount("e", before.executed if before else None, "computed wan")
        sheet.formula("f", f'IF({one.executed}="","",{one.executed})', "computed wan")
        sheet.formula("g", one.rate, "computed percent")
        sheet.formula("h", one.missing, "label")
    sheet.row += 1
    sheet.end()


def _budget(project: Project, told: ReportedRows) -> int:
    """The budget in force before this report, in 分."""
    return standing(project, told.before, None).budget if told.before else project.budget.total


def _project(sheet: ProtectedSheet, project: Project, told: ReportedRows, day: date) -> ListedProject:
    """One project's sheet: heading, money, spending plan, indicators, how much is missing."""
    code, plain = project.code, key(project.code, PLAIN)
    now = told.now.projects.get(code, ProjectPoint()) if told.now else ProjectPoint()
    last = told.last.projects.get(code, ProjectPoint()) if told.last else ProjectPoint()
    sheet.key(key(code, SHEET))
    sheet.put("dimension", f"{project.name}　绩效{TITLE}", "title", to="told")
    sheet.next(plain)
    before = f"上次 {told.last.day}" if told.last else "此前没有监控数据"
    sheet.put("dimension", f"项目编码：{code}", "plain", to="name")
    sheet.put("target", f"{project.unit.name}　数据截至 {day}　{before}", "center", to="measure")
    sheet.put("likelihood", "单位：万元", "right", to="told")
    sheet.next(plain)
    budget, executed, rate = _money(sheet, project, now, last, _budget(project, told))
    sheet.next(plain)
    if project.plan:
        sheet.put("dimension", "资金支出计划（累计）", "text", to="name")
        plan = "　".join(f"{when} {percent(share)}" for when, share in project.plan.items())
        sheet.put("target", plan, "text", to="told")
        sheet.next(plain)
    for column, head in zip(WIDTHS, WATCHED_HEADS, strict=True):
        sheet.put(column, head, "head")
    sheet.sheet.repeat_rows(sheet.row)
    sheet.row += 1
    sheet.fields(key(code, FIELDS, PROGRESS), {field: field for field in WIDTHS if field != "dimension"})
    top = sheet.row + 1
    for row in project.indicators:
        sheet.key(key(code, PROGRESS, row.id))
        _indicator(sheet, row, project.year, now.indicators.get(row.id), told, code)
        sheet.row += 1
    sheet.key(plain)
    sheet.put("dimension", "填报情况（自动更新）", "head", to="name")
    columns = [sheet.cell(column).rstrip("0123456789") for column in ("value", "likelihood")]
    unsaid = "*".join(f'({letter}${top}:{letter}${sheet.row}="")' for letter in columns)
    empty = f'SUMPRODUCT({unsaid})+IF({executed}="",1,0)' if project.indicators else f'IF({executed}="",1,0)'
    sheet.formula("target", f'IF({empty}=0,"已填完","还有"&({empty})&"处没有填")', "label")
    sheet.put("last", "完成值和实现可能性都空着的，算没有填", "plain", to="told")
    missing = sheet.cell("target")
    sheet.row += 1
    sheet.sheet.freeze_panes(0, sheet.at["target"])
    sheet.end()
    quoted = f"'{sheet.name}'!"
    return ListedProject(project.name, code, quoted + budget, quoted + executed, quoted + rate, quoted + missing)


def _money(
    sheet: ProtectedSheet, project: Project, now: ProjectPoint, last: ProjectPoint, budget: int
) -> tuple[str, str, str]:
    """The row of money; returns the cells of the budget in force, of what was executed and of the rate."""
    for column, head in zip(WIDTHS, MONEY_HEADS, strict=True):
        sheet.put(column, head, "head")
    sheet.row += 1
    at = {"initial": "name", "budget": "target", "executed": "value", "adjusted": "forecast"}
    same = {field: field for field in ("last", "cause", "measure", "likelihood", "told")}
    sheet.fields(key(project.code, FIELDS, SPENT), at | same)
    sheet.key(key(project.code, SPENT))
    sheet.put("dimension", "年度资金总额", "text")
    sheet.amount("name", project.budget.total, "computed wan")
    sheet.amount("target", budget, "computed wan")
    sheet.amount("last", last.executed, "computed wan")
    sheet.nothing("unit")
    for column, amount, title, says in (
        ("value", now.executed, "截至目前执行数", "年初至今实际支出的累计数"),
        ("forecast", now.adjusted, "调整后的全年预算数", "本期预算有追加、调减的，填调整以后的全年数；没有调整不填"),
    ):
        sheet.amount(column, amount, "wan")
        sheet.ask(column, f"{title}（万元）", f"{says}，单位：万元，至多六位小数。", between(0, LARGEST_WAN))
    cells = sheet.cell("target"), sheet.cell("value"), sheet.cell("cumulative")
    force = f'IF({sheet.cell("forecast")}="",{cells[0]},{sheet.cell("forecast")})'
    sheet.formula(
        "cumulative", f'IF(OR({cells[1]}="",{force}=0),"{EMPTY}",ROUND({cells[1]}/{force},4))', "computed percent"
    )
    _reasons(sheet, now, last)
    return cells


def _indicator(
    sheet: ProtectedSheet, row: Indicator, year: int, given: IndicatorPoint | None, told: ReportedRows, code: str
) -> None:  # fmt: skip
    """One indicator: name, target and what was said last locked, what is asked in yellow."""
    now = given or IndicatorPoint()
    reports = [one for point in told.before if (one := _said(point, code, row))]
    last = (_said(told.last, code, row) if told.last else None) or IndicatorPoint()
    sheet.put("dimension", row.dimension, "label")
    sheet.put("name", row.name, "text")
    sheet.put("target", row.target, "label")
    sheet.put("last", last.value or EMPTY, "none" if not last.value else "label")
    entry = entry_of(row, year) if row.read.kind in ("数值", "区间") else None
    if row.formula is not None:
        sheet.nothing("value", "cumulative")
        sheet.put("unit", "由金额计算", "none")
    else:
        typed(sheet, row, entry, now.value or "", "value", "截至目前完成值")
        sheet.put("unit", unit_of(entry) if entry else EMPTY, "label" if entry else "none")
        known = given or (reports[-1] if reports else now)
        sheet.put("cumulative", YES_NO[not known.cumulative], "choice")
        says = "年初为零、只增不减的累计数选“是”，与计划进度比；其余选“否”，与全年指标值比。"
        sheet.choose("cumulative", "是否累计数", says, YES_NO)
    typed(sheet, row, entry, now.forecast, "forecast", "全年预计")
    _reasons(sheet, now, last)


def _said(point: MonitoringPoint, code: str, row: Indicator) -> IndicatorPoint | None:
    return point.projects.get(code, ProjectPoint()).indicators.get(row.id)


def _reasons(sheet: ProtectedSheet, now: ProjectPoint | IndicatorPoint, last: ProjectPoint | IndicatorPoint) -> None:
    """Cause, measure and likelihood, and beside them what was said of the year the last time."""
    for column, (title, says) in ASKED.items():
        sheet.put(column, getattr(now, column), "words")
        sheet.ask(column, title, says)
    sheet.put("likelihood", now.likelihood or "", "choice")
    sheet.choose("likelihood", "实现可能性", "到年底能不能达到：" + "、".join(LIKELIHOODS) + "。", LIKELIHOODS)
    adjusted = getattr(last, "adjusted", None)
    parts = {
        "预算调整为": f"{wan(adjusted)} 万元" if adjusted is not None else "",
        "全年预计": getattr(last, "forecast", ""),
        "可能性": last.likelihood or "",
        "原因": last.cause,
        "措施": last.measure,
    }
    told = "；".join(f"{name}：{text}" for name, text in parts.items() if text)
    sheet.put("told", told or EMPTY, "text" if told else "none")


def _due(duty: Promise, due: date) -> dict[str, str]:
    """What is shown, locked, of a duty."""
    return {"name": duty.title, "due": str(due)}


def _duties(sheet: ProtectedSheet, duties: Sequence[tuple[Promise, date]], told: ReportedRows, day: date) -> None:
    """The duties of the year: when each was done, with what was said before."""
    plain = key(DUTY_SHEET, PLAIN)
    sheet.key(key(DUTY_SHEET, SHEET))
    sheet.put("name", f"年度事项　绩效{TITLE}", "title", to="note")
    sheet.next(plain)
    sheet.put("name", f"数据截至 {day}；没有完成的留空，以前填过完成日期的不用再填", "plain", to="note")
    sheet.next(plain)
    for column, head in zip(sheet.at, ("事项", "期限", "以前所填", "完成日期", "说明"), strict=True):
        sheet.put(column, head, "head")
    sheet.row += 1
    sheet.fields(key(DUTY_SHEET, FIELDS, DUTIES), {field: field for field in sheet.at})
    before: dict[str, DutyDone] = {}
    for point in told.before:
        before |= point.duties
    now = told.now.duties if told.now else {}
    for duty, due in duties:
        sheet.key(key(DUTY_SHEET, DUTIES, duty.id))
        sheet.put("name", duty.title, "text")
        sheet.put("due", str(due), "label")
        old, done = before.get(duty.id), now.get(duty.id)
        said = f"{old.done} 完成" + (f"；{old.note}" if old.note else "") if old else EMPTY
        sheet.put("last", said, "text" if old else "none")
        sheet.day("done", done.done if done else None)
        says = f"已完成的填完成的日期，如 {day}，不晚于数据截至日期 {day}。"
        rule = {"validate": "date", "criteria": "<=", "value": day, "error_type": "warning"}
        sheet.ask("done", "完成日期", says, rule)
        sheet.put("note", done.note if done else "", "words")
        sheet.ask("note", "说明", "需要说明的情况；没有的不写。")
        sheet.row += 1
    sheet.end()
