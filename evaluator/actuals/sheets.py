"""Tables of results from CSV and xlsx, as rows of texts that know their line or cell; nothing is computed or guessed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from evaluator.actuals.csvs import ENCODINGS, dialect_of, records
from evaluator.documents.loading import Text
from evaluator.documents.placed import placed
from evaluator.errors import Problem, Where
from evaluator.intake.document import DocumentProblems
from evaluator.intake.guard import ENCODING, KIND, LARGE, OPEN, Refused
from evaluator.intake.readers import made_from, noted
from evaluator.intake.readers.cellreader import CELLS, COLUMNS, ROWS, Workbook, Worksheet
from evaluator.intake.readers.cells import ShownCell
from evaluator.intake.readers.kinds import kind_of

LARGEST = 20_000_000  # bytes of a file
_CODES = {OPEN: "A201", LARGE: "A202", ENCODING: "A203"}  # all others are A204: not a table that is read

Line = list[Text | None]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table as a person sees it: its title ('' in a CSV) and its rows of placed texts, empty cells None.

    The text of a cell merged over several rows stands in each of them, as one and the same object.
    """

    title: str
    rows: list[Line]


def read_sheets(path: Path, shown_as: str) -> tuple[list[PlacedTable], list[Problem]]:
    """The tables of a .csv or .xlsx file, and what was noticed in reading them.

    A cell is the text it shows: 0.95 shown as 95% is 95%. Errors A201 to A207 say why a file or a cell is not read; notes
    (D121 to D132) say what was left out.
    """
    if path.suffix.lower() == ".csv":
        return _taken(path, shown_as, lambda raw: _csv(path, shown_as))
    return with_workbook(path, shown_as, lambda book: sheets_of(book, shown_as))


def with_workbook(
    path: Path, shown: str, use: Callable[[Workbook], tuple[list[Made], list[Problem]]]
) -> tuple[list[Made], list[Problem]]:
    """What `use` makes of a workbook that can be read; else the reason (A201 to A204)."""

    def book(raw: bytes) -> tuple[list[Made], list[Problem]]:
        if kind_of(raw, path.suffix.lower()) != "xlsx":
            raise Refused(KIND, "不是 .xlsx 工作簿", "在 Excel 中另存为 .xlsx")
        return use(Workbook(raw))

    return _taken(path, shown, book)


def _taken(
    path: Path, shown: str, use: Callable[[bytes], tuple[list[Made], list[Problem]]]
) -> tuple[list[Made], list[Problem]]:
    try:
        return made_from(path, shown, use, LARGEST)
    except DocumentProblems as error:
        return [], [replace(one, code=_CODES.get(one.code, "A204")) for one in error.problems]


def sheets_of(book: Workbook, shown: str) -> tuple[list[PlacedTable], list[Problem]]:
    """The visible sheets of a workbook, what its cells lack, and notes on what was left out."""
    sheets, problems = list[PlacedTable](), list[Problem]()
    for sheet in book.visible():
        sheets.append(PlacedTable(sheet.title, _rows(sheet, shown)))
        for (row, column), cell in sorted(sheet.cells.items()):
            if cell.stale or cell.error or cell.doubt:
                problems.append(_lacking(cell, sheet.where(row, column, shown)))
        problems += noted(sheet.notes, shown)
    return sheets, [*problems, *noted(book.notes, shown)]


def _lacking(cell: ShownCell, where: Where) -> Problem:
    """Why a cell cannot be read: a formula without a result, an error, a number that is not shown as it is kept."""
    if cell.stale:
        return Problem("A205", "公式没有计算结果", where, "在 Excel 中打开并保存，或填写数值")
    if cell.error:
        return Problem("A206", f"单元格是错误值 {cell.text}", where, "填写数值")
    return Problem("A207", f"不能按显示的读：{cell.doubt}", where, "设为文本或常规格式，重新填写")


def _rows(sheet: Worksheet, shown: str) -> list[Line]:
    rows: list[Line] = []
    below = {at: height for at, (height, _) in sheet.merges.items() if height > 1}
    held = 0
    for (row, column), cell in sorted(sheet.cells.items()):
        if cell.stale or cell.error or cell.doubt or not (said := cell.text.strip()):
            continue
        text = placed(said, sheet.where(row, column, shown))
        for covered in range(row, min(row + below.get((row, column), 1), ROWS)):
            rows += [[] for _ in range(covered + 1 - len(rows))]
            line = rows[covered]
            held += max(column + 1 - len(line), 0)
            if held > 10 * CELLS:
                raise Refused(LARGE, "工作表过大或合并的单元格过多", f"至多 {10 * CELLS} 格", sheet=sheet.title)
            line += [None] * (column + 1 - len(line))
            line[column] = text if covered == row or line[column] is None else line[column]
    return rows


def _csv(path: Path, shown: str) -> tuple[list[PlacedTable], list[Problem]]:
    if (dialect := dialect_of(path)) is None:
        return [], [Problem("A203", "文字编码无法识别", Where(shown), ENCODINGS)]
    lines: list[Line] = []
    line = 1
    held = 0
    try:
        for record in records(path, dialect):
            line = record.line  # a cell may hold several lines: its row is told at the first
            held += len(record.cells)
            if len(lines) == ROWS or len(record.cells) > COLUMNS or held > CELLS:
                allowed = f"至多 {ROWS} 行 {COLUMNS} 列，共 {CELLS} 格"
                return [], [Problem("A202", "内容过多", Where(shown, line), allowed)]
            places = ((cell.strip(), Where(shown, line, column)) for column, cell in enumerate(record.cells, 1))
            lines.append([placed(said, where) if said else None for said, where in places])
    except csv.Error as error:
        return [], [Problem("A204", f"不是有效的 CSV：{error}", Where(shown, line))]
    return [PlacedTable("", lines)], []
