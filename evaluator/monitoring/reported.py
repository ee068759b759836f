"""A filled workbook of a report during the year (监控填报表) as the document that YAML would have, or every problem at its cell.

It is written by `ziping template --monitor` and known, like the year-end one, by its hidden sheet and the hidden keys of its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evaluator.documents.loading import Mapping
from evaluator.documents.placed import mapping, placed, put, within
from evaluator.errors import Problem, Where
from evaluator.intake.readers import noted
from evaluator.intake.readers.cellreader import Workbook
from evaluator.model import Indicator, Project
from evaluator.workbook.filledcells import FilledSheet
from evaluator.workbook.filledpages import Meta, added, lost, meta_of, pages_of, unusable
from evaluator.workbook.inputs import (
    COLUMNS,
    DUTIES,
    DUTY_SHEET,
    EMPTY,
    LOCKED,
    PROGRESS,
    REPORT,
    SPENT,
    WATCHED_TITLES,
    entry_of,
    fingerprint,
    key,
    watched,
)
from evaluator.workbook.returned import FLAGS, SheetPass, is_template


def read_filled(
    shown: str, projects: Sequence[Project], duties: Sequence[str], waiting: Collection[str], book: Workbook
) -> tuple[list[Mapping], list[Problem]]:
    """The document of a report (of its unit, year and day alone, where it is of another unit or year), and all problems (A401 to
    A420); none where there is an error among them.

    `projects` are those of one unit and year, `duties` the ids of its duties, `waiting` the codes of projects that cannot be
    used yet.
    """
    meta = meta_of(book) if is_template(book) else "这个工作簿不是监控填报表"
    if isinstance(meta, str):
        remedy = "已有的绩效运行监控表用 ziping import 读成草稿；填报表重新写出，把填好的内容搬过去"
        return [], [unusable(meta, shown, remedy)]
    if not meta.day:
        return [], [unusable(f"这是 {meta.year} 年的自评填报表，不是监控填报表", shown, "移到 actuals/")]
    document = mapping(Where(shown))
    _head(document, meta, document.where)
    if (meta.year, meta.unit) != (projects[0].year, projects[0].unit.code):
        return [document], []  # of which no more is asked than that it lies in the wrong place
    problems: list[Problem] = []
    pages = pages_of(book, shown, meta, WATCHED_TITLES, problems)
    tables = {project.code: project for project in projects}
    for code in meta.codes:
        if code in waiting:
            continue
        if code not in pages:
            problems.append(lost(meta, code, shown))
            continue
        _page(pages[code], code, tables.get(code), meta, document)
        problems += pages[code].problems
    asked = [*tables, *(key(DUTY_SHEET, DUTIES, duty) for duty in duties)]
    if fresh := [name.split("|")[-1] for name in asked if name not in meta.codes and name not in meta.rows]:
        problems.append(added(fresh, shown))
    wrong = any(problem.severity == "错误" for problem in problems)
    return [] if wrong else [document], [*problems, *noted(book.notes, shown)]


def _head(document: Mapping, meta: Meta, where: Where) -> None:
    """Say of which unit, year and day a report is."""
    for field, text in (("unit", meta.unit), ("year", str(meta.year)), ("date", meta.day)):
        put(document, field, placed(text, where))


def _page(page: FilledSheet, code: str, project: Project | None, meta: Meta, document: Mapping) -> None:
    """Put what one sheet says where a report has it: on the report itself, under its duties or under a project."""
    reading = SheetPass(page, code, project, meta, project is None or _same(project, meta))
    if not reading.current:
        reading.news()
    indicators = {row.id: row for row in project.indicators} if project else {}
    told = mapping(page.where())
    rows, columns = reading.rows()
    said = False
    for name, at in rows.items():
        _, kind, ident = name.split("|", 2)
        if reading.torn(name, at, columns, COLUMNS[kind]):
            continue
        reading.locked(name, at, columns[kind])
        found = _fields(page, at, columns[kind], indicators.get(ident), meta.year)
        if kind == REPORT:
            document.where = page.where(at, columns[kind]["day"])
            _head(document, meta, document.where)
            if "illustrative" in found:
                put(document, "illustrative", found["illustrative"])
            continue
        answered = [text for field, text in found.items() if field != "cumulative"]  # which alone says nothing
        if not answered:
            continue
        said = True
        found.where = answered[0].where
        reading.changed(name, found)
        if kind == SPENT:
            for field, value in found.items():
                put(told, field, value)
        else:
            put(within(told, "indicators", found.where) if kind == PROGRESS else told, ident, found)
    if not said:
        return
    if code == DUTY_SHEET:
        put(document, "duties", told)
    elif project is None:
        says = f"规则中已没有“{code}”，这张工作表却填了内容"
        page.tell("A403", says, page.where(), "清空这张工作表，或核对项目编码")
    else:
        put(within(document, "projects", document.where), code, told)


def _same(project: Project, meta: Meta) -> bool:
    """Whether the rules still say of this project what the workbook shows."""
    mine = {name: row[0] for name, row in meta.rows.items() if name.split("|")[0] == project.code}
    return mine == {name: fingerprint(fields) for name, fields in watched(project).items()}


def _fields(page: FilledSheet, at: int, columns: dict[str, int], row: Indicator | None, year: int) -> Mapping:
    """The filled fields of a row; of a row that money gives, the value is not asked."""
    found = mapping(page.where(at, 2))
    entry = entry_of(row, year) if row else None
    for field, column in columns.items():
        if field in LOCKED:
            continue
        if field in ("value", "cumulative") and row is not None and row.formula is not None:
            if (shown := page.shown(at, column)) not in ("", EMPTY):
                says = f"“{row.name}”由金额计算，锁定的“{page.titles[field]}”填了“{shown[:30]}”"
                page.tell("A410", says, page.where(at, column), "清空这一格，由金额计算")
            continue
        if page.hides(at, column) or (text := page.text(field, at, column, entry)) is None:
            continue
        if field not in ("cumulative", "illustrative"):
            put(found, field, text)
        elif text not in FLAGS:
            says = f"“{page.titles[field]}”填的是“{text[:30]}”"
            page.tell("R103", says, text.where, "、".join(FLAGS))
        elif FLAGS[text] == "true":
            put(found, field, placed("true", text.where))
    return found
