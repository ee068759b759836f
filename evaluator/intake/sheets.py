"""Tables of results from CSV and xlsx, as rows of texts that know their line or cell; nothing is computed or guessed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from evaluator.documents import Text
from evaluator.errors import Problem, Where
from evaluator.intake.csvs import ENCODINGS, dialect_of, records
from evaluator.intake.guard import DECLARED, LARGE, Package, Refused, take

LARGEST = 20_000_000  # bytes of a file, and of any part of a workbook
PARTS = 2_000  # parts of a workbook
UNPACKED = 100_000_000  # bytes of all parts together
ROWS, COLUMNS, CELLS = 100_000, 200, 500_000
LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # parts of a number format that are shown as they stand

Line = list[Text | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as a person sees it: its title ('' in a CSV) and its rows of placed texts, empty cells None.

    The text of a cell merged over several rows stands in each of them, as one and the same object.
    """

    title: str
    rows: list[Line]


def read_sheets(path: Path, shown_as: str) -> tuple[list[Sheet], list[Problem]]:
    """The tables of a .csv or .xlsx file, and what was noticed in reading them.

    A percent cell (0.95 shown as 95%) becomes the text 95%. Problems A201 to A206 say why a file is not read.
    """
    where = Where(shown_as)
    try:
        size = path.stat().st_size
    except OSError as error:
        return [], [Problem("A201", f"文件无法打开（{error.strerror}）", where)]
    if size > LARGEST:
        return [], [Problem("A202", f"文件过大（{size} 字节）", where, f"至多 {LARGEST} 字节")]
    return _csv(path, shown_as) if path.suffix.lower() == ".csv" else _xlsx(path, shown_as)


def _csv(path: Path, shown: str) -> tuple[list[Sheet], list[Problem]]:
    if (dialect := dialect_of(path)) is None:
        return [], [Problem("A203", "文字编码无法识别", Where(shown), ENCODINGS)]
    lines: list[Line] = []
    line = 1
    try:
        for record in records(path, dialect):
            line = record.line  # a cell may hold several lines: its row is told at the first
            lines.append([_text(cell, Where(shown, line, column)) for column, cell in enumerate(record.cells, 1)])
            if len(lines) > ROWS:
                return [], [Problem("A202", "行数过多", Where(shown, line), f"至多 {ROWS} 行")]
    except csv.Error as error:
        return [], [Problem("A204", f"不是有效的 CSV：{error}", Where(shown, line))]
    return [Sheet("", lines)], []


def _xlsx(path: Path, shown: str) -> tuple[list[Sheet], list[Problem]]:
    from openpyxl import load_workbook

    if problem := unsafe(path, shown):
        return [], [problem]
    try:
        written, cached = load_workbook(path), load_workbook(path, data_only=True)
    except Exception as error:  # openpyxl raises many kinds for a broken workbook; all mean the same to a clerk
        return [], [Problem("A204", f"工作簿无法读取：{type(error).__name__}", Where(shown), "重新另存为 .xlsx")]
    problems: list[Problem] = []
    sheets = []
    for sheet in written.worksheets:
        high, wide = sheet.max_row or 0, sheet.max_column or 0
        if high > ROWS or wide > COLUMNS or high * wide > CELLS:
            says = f"工作表过大（{high} 行 {wide} 列，空白而有格式的行列也算在内）"
            allowed = f"至多 {ROWS} 行 {COLUMNS} 列，共 {CELLS} 格；删去多余的行列"
            problems.append(Problem("A202", says, Where(shown, sheet=sheet.title), allowed))
            continue
        values = cached[sheet.title]
        rows = zip(sheet.iter_rows(), values.iter_rows(), strict=True)
        sheets.append(Sheet(sheet.title, [list(_cells(row, known, shown, problems)) for row, known in rows]))
    return sheets, problems


def _cells(row: Any, known: Any, shown: str, problems: list[Problem]) -> Iterator[Text | None]:
    for cell, value in zip(row, known, strict=True):
        where = Where(shown, sheet=cell.parent.title, cell=cell.coordinate)
        if cell.data_type == "f" and value.value is None:
            problems.append(Problem("A205", "公式没有计算结果", where, "在 Excel 中打开并保存，或填写数值"))
        if value.data_type == "e":
            problems.append(Problem("A206", f"单元格是错误值 {value.value}", where, "填写数值"))
            yield None
            continue
        yield _text(plain(value.value, value.number_format or ""), where)


def plain(value: Any, number_format: str) -> str:
    """A cell's value as a clerk sees it: percent cells as 95%, dates as 2023年6月30日, numbers without float noise."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime() | date():
            return f"{value.year}年{value.month}月{value.day}日"
        case int() | float():
            number = Decimal(repr(value))
            if "%" in LITERAL.sub("", number_format):
                return f"{(number * 100).normalize():f}%"
            return f"{number.normalize():f}"
    return str(value)


def _text(value: str, where: Where) -> Text | None:
    if not value.strip():
        return None
    text = Text(value.strip())
    text.where = where
    return text


def unsafe(path: Path, shown: str) -> Problem | None:
    """A reason not to open a workbook: not a zip, encrypted, too large inside, or with a document type declaration."""
    try:
        if _merged(Package(take(path, LARGEST), PARTS, UNPACKED)) > CELLS:
            return Problem("A202", "合并的单元格过多", Where(shown), f"至多 {CELLS} 格")
    except Refused as refused:
        if refused.code in (LARGE, DECLARED):
            return Problem("A202" if refused.code == LARGE else "A204", refused.says, Where(shown), refused.allowed)
        says = "不是 .xlsx 工作簿（可能是旧版 .xls、已加密或已损坏）"
        return Problem("A204", says, Where(shown), "在 Excel 中另存为 .xlsx，不设密码")
    return None


def _merged(package: Package) -> int:
    """How many cells the merges of a workbook cover: openpyxl makes an object of each, however many."""
    from lxml import etree
    from openpyxl.utils import range_boundaries

    covered = 0
    for part in package.marked:
        try:
            for element, source in package.events(part, ("row", "mergeCell")):
                if ref := element.get("ref"):
                    left, top, right, bottom = range_boundaries(ref)
                    covered += (right - left + 1) * (bottom - top + 1)
                source.release(element)
        except (etree.XMLSyntaxError, ValueError, TypeError):  # openpyxl says what is wrong with it
            continue
    return covered
