"""What a template workbook is, before any of its rows is read: its hidden sheet, and its sheets by what they are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evaluator.errors import Problem, Where
from evaluator.intake.readers import noted
from evaluator.intake.readers.cellreader import Workbook, Worksheet, hidden_sheet
from evaluator.workbook.filledcells import FilledSheet
from evaluator.workbook.inputs import GUIDE, META, SCHEMA, SHEET, key

AGAIN = "重新运行 ziping template 写出填报表，把填好的内容搬过去"


@dataclass(frozen=True, slots=True)
class Meta:
    """The hidden sheet: unit, year, rules, the day of a report during the year (else empty), and by key the fingerprint and
    the locked fields each row showed."""

    unit: str
    name: str
    year: int
    rules: str
    day: str
    rows: dict[str, tuple[str, dict[str, str]]]

    @property
    def codes(self) -> list[str]:
        """The goal tables, one to a sheet."""
        return [name.split("|")[0] for name in self.rows if name.split("|")[1] == SHEET]


def unusable(says: str, shown: str, remedy: str = AGAIN) -> Problem:
    """That a file is no workbook of the kind that is read here."""
    return Problem("A401", says, Where(shown), "ziping template 写出的填报表", remedy=remedy)


def lost(meta: Meta, code: str, shown: str) -> Problem:
    """That the sheet of a goal table is not there, or not to be seen."""
    name = meta.rows[key(code, SHEET)][1].get("name", "")
    says = f"“{name}”（{code}）的工作表没有了，或被隐藏了"
    return Problem("A405", says, Where(shown), "不删除、不隐藏工作表；没有填的项目留空", remedy=AGAIN)


def added(names: Iterable[str], shown: str) -> Problem:
    """That the rules have what they had not when the workbook was made."""
    says = f"规则中后来增加的 {'、'.join(names)} 不在这份填报表中"
    return Problem("A404", says, Where(shown), severity="提示", remedy=AGAIN)


def meta_of(book: Workbook) -> Meta | str:
    """The hidden sheet of a workbook that has one, or what is wrong with it."""
    return _meta(book.read(next(sheet for sheet in book.sheets if sheet.title == META), whole=True))


def _meta(sheet: Worksheet) -> Meta | str:
    """The hidden sheet, or what is wrong with it."""
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sheet.cells.items():
        rows.setdefault(row, {})[column] = cell.text
    lines = [[row.get(column, "") for column in range(max(row) + 1)] for _, row in sorted(rows.items())]
    head = {line[0]: line[1] for line in lines if len(line) > 1 and line[0] != "row"}
    if head.get("schema") != SCHEMA:
        return f"填报表的版式版本是“{head.get('schema', '')}”，本工具只读版本 {SCHEMA}"
    if not {"unit", "name", "year", "rules"} <= head.keys() or not head["year"].isdecimal():
        return "填报表隐藏的说明页不完整"
    told = {}
    for line in lines:
        if line[0] == "row" and len(line) > 2 and line[1].count("|") >= 2:
            fields = dict(zip(line[3::2], line[4::2], strict=False))
            told[line[1]] = (line[2], {name: text for name, text in fields.items() if name})
    if not any("name" in fields for _, fields in told.values()):
        return "填报表隐藏的说明页没有列出任何项目"
    return Meta(head["unit"], head["name"], int(head["year"]), head["rules"], head.get("day", ""), told)


def pages_of(
    book: Workbook, path: str, meta: Meta, titles: dict[str, str], problems: list[Problem]
) -> dict[str, FilledSheet]:
    """The sheets by the code of what they are of, however they are called now."""
    pages: dict[str, FilledSheet] = {}
    for listed in book.sheets:
        if listed.title == META:
            continue
        if listed.hidden:
            book.notes.append(hidden_sheet(listed.title))
            continue
        page = FilledSheet(path, book.read(listed, whole=True), titles=titles)
        if (name := page.shown(1, 1)) == GUIDE:
            continue
        code, kind = (*name.split("|"), "", "")[:2]
        if kind != SHEET or code not in meta.codes:
            if page.sheet.cells:
                page.note("A416", f"工作表“{page.title}”不是填报表原有的，没有读取", page.where())
        elif code in pages:
            says = f"与工作表“{pages[code].title}”是同一个项目（{code}）"
            page.tell("A406", says, page.where(), "每个项目一张工作表", "删去多余的一张")
        else:
            page.problems += (one for one in noted(page.sheet.notes, path) if one.severity == "警告")
            pages[code] = page
            continue
        problems += page.problems
    return pages
