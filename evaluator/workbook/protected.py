"""A sheet people fill in: locked cells as printed, light yellow cells that take input, a hidden key before each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from evaluator.figures import FEN_PER_WAN, decimal
from evaluator.formats import printable
from evaluator.formats.grid import (
    BOX,
    INDENT,
    LINE,
    LONGEST,
    LOOKS,
    MARGIN,
    PADDING,
    TALLEST,
    Book,
    SheetGrid,
    breaks,
    pixels,
)
from evaluator.model import State
from evaluator.pages import Stamp, stamped
from evaluator.rulebook.book import Rulebook
from evaluator.workbook.inputs import EMPTY, META

YELLOW, GREY, RED = "#FFF8DC", "#F2F2F2", "#F9D7D3"
INPUT = BOX | {"bg_color": YELLOW, "locked": False}
FORMATS: dict[str, dict[str, Any]] = {
    "words": INPUT | {"align": "left", "indent": 1},
    "answer": INPUT | {"align": "left", "indent": 1, "num_format": "@"},
    "origin": BOX | {"align": "left", "indent": 1, "font_size": 8, "font_color": "#808080"},
    "choice": INPUT | {"align": "center"},
    "number": INPUT | {"align": "center", "num_format": "General"},
    "percent": INPUT | {"align": "center", "num_format": "0.00##%"},
    "day": INPUT | {"align": "center", "num_format": "yyyy-mm-dd"},
    "wan": INPUT | {"align": "center", "num_format": "0.00####"},
    "none": BOX | {"align": "center", "bg_color": GREY, "font_color": "#808080"},
    "computed": BOX | {"align": "center", "bg_color": GREY, "num_format": "General"},
    "computed percent": BOX | {"align": "center", "bg_color": GREY, "num_format": "0.00##%"},
    "computed wan": BOX | {"align": "center", "bg_color": GREY, "num_format": "0.00####"},
    "hint": BOX | {"align": "left", "indent": 1, "bg_color": GREY, "font_color": "#C00000"},
    "preview": BOX | {"align": "center", "bg_color": GREY, "num_format": "0.00", "bold": True},
}
STATES: tuple[State, ...] = ("达成", "部分达成并具有一定效果", "未达成且效果较差")
DONE = ("已落实", "部分落实", "未落实")
YES_NO = ("是", "否")
LARGEST_WAN = 10**11  # 10^15 元
KEPT_DIGITS = 15  # what a cell can hold exactly
FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets count days in different ways


class ProtectedSheet:
    """A protected worksheet whose first column holds hidden keys; `row` is the next free row."""

    def __init__(self, book: Book, name: str, widths: dict[str, float], helpers: Sequence[str] = ()) -> None:
        self.book, self.name = book, name
        self.at = {field: column for column, field in enumerate((*widths, *helpers), 1)}
        self.widths = [2.0, *widths.values()]
        self._looks: dict[str, Any] = {}
        self.grid: SheetGrid = book.grid(name, self.widths)
        self.grid.compact = True
        self.sheet = self.grid.sheet
        self.sheet.set_column(0, 0, 2, None, {"hidden": True})
        if helpers:
            self.sheet.set_column(len(self.widths), len(self.widths) + len(helpers) - 1, 8, None, {"hidden": True})
        self.sheet.protect("", {"format_columns": True, "format_rows": True})
        self.row = 0

    def key(self, text: str) -> None:
        """Name the current row."""
        self.sheet.write_string(self.row, 0, text)

    def next(self, key: str = "") -> None:
        """Go to the next row, and name it."""
        self.row += 1
        if key:
            self.key(key)

    def fields(self, key: str, columns: dict[str, str]) -> None:
        """A hidden row that says which field (key of `columns`) stands in which column."""
        self.key(key)
        for field, column in columns.items():
            self.sheet.write_string(self.row, self.at[column], field)
        self.sheet.set_row(self.row, None, None, {"hidden": True})
        self.row += 1

    def cell(self, column: str) -> str:
        """A cell of the current row as a reference that other rows can use."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        made: str = xl_rowcol_to_cell(self.row, self.at[column], col_abs=True)
        return made

    def look(self, name: str) -> Any:
        """A format by its name here, or in the looks of printed pages."""
        if name not in self._looks:
            self._looks[name] = self.book.workbook.add_format(FORMATS.get(name) or LOOKS[name])
        return self._looks[name]

    def put(self, column: str, text: str, look: str, *, to: str = "") -> None:
        """Write text (never a formula) in a column, or merged as far as the column `to`."""
        first, last = self.at[column], self.at[to or column]
        shown = printable(text)[:LONGEST]
        self._high(shown, first, last, look)
        if last > first:
            self.sheet.merge_range(self.row, first, self.row, last, "", self.look(look))
        if shown:
            self.sheet.write_string(self.row, first, shown, self.look(look))
        else:
            self.sheet.write_blank(self.row, first, None, self.look(look))

    def number(self, column: str, value: float, look: str) -> None:
        """Write a number that is shown or typed."""
        self.sheet.write_number(self.row, self.at[column], value, self.look(look))

    def amount(self, column: str, fen: int | None, look: str) -> None:
        """Write money in 万元; as text where a cell could not keep it to the 分."""
        text = "" if fen is None else decimal(Fraction(fen, FEN_PER_WAN))
        if fen is None or len(text.replace(".", "").lstrip("0")) > KEPT_DIGITS:
            self.put(column, text, look)
        else:
            self.number(column, float(text), look)

    def day(self, column: str, day: date | None) -> None:
        """Write a day that is typed; as text where a spreadsheet has no such day."""
        if day is None or day < FIRST_DAY:
            self.put(column, str(day or ""), "day")
        else:
            self.sheet.write_datetime(self.row, self.at[column], day, self.look("day"))

    def formula(self, column: str, formula: str, look: str = "") -> None:
        """Write a formula without a result: every program computes it on opening."""
        self.sheet.write_formula(self.row, self.at[column], "=" + formula, self.look(look) if look else None, "")

    def nothing(self, *columns: str) -> None:
        """Cells of this row that take nothing."""
        for column in columns:
            self.put(column, EMPTY, "none")

    def ask(self, column: str, title: str, says: str, rule: dict[str, Any] | None = None) -> None:
        """Tell the clerk what a cell takes, and refuse or question what does not fit `rule`."""
        told = {"input_title": title[:32], "input_message": says[:255], "ignore_blank": True}
        allowed = {"error_title": title[:32], "error_message": says[:255]} | (rule or {"validate": "any"})
        row, at = self.row, self.at[column]
        self.sheet.data_validation(row, at, row, at, told | allowed)

    def choose(self, column: str, title: str, says: str, words: tuple[str, ...]) -> None:
        """Offer a list."""
        self.ask(column, title, says, {"validate": "list", "source": list(words)})

    def end(self, last: str = "") -> None:
        """Print what was written as far as the column `last`, without the helping columns."""
        self.sheet.print_area(0, 1, max(self.row - 1, 0), self.at[last] if last else len(self.widths) - 1)

    def _high(self, text: str, first: int, last: int, look: str) -> None:
        style = FORMATS.get(look) or LOOKS[look]
        room = pixels(*self.widths[first : last + 1]) - MARGIN - INDENT * style.get("indent", 0)
        lines = len(breaks(text, room))
        self.high(lines * LINE * style["font_size"] / 10 + PADDING)

    def high(self, points: float) -> None:
        """Make the current row at least this high."""
        self.grid.row = self.row
        self.grid.high(min(points, TALLEST))


def sheet_name(text: str) -> str:
    """A text as the name of a sheet: without what Excel forbids, and no longer than it allows."""
    kept = re.sub(r"[\[\]:*?/\\'\x00-\x1f]+", " ", text).strip()
    return kept.encode("utf-16-le")[:60].decode("utf-16-le", "ignore").strip()


def stamp_of(rulebook: Rulebook, revision: int, illustrative: bool) -> Stamp:
    """What every page of a workbook to fill in says of its origin."""
    made = stamped(f"v{revision:02d}", rulebook.digest, EMPTY, illustrative=False)
    return replace(made, illustrative="含示例数据" if illustrative else "")


def hide(book: Book, lines: Sequence[Sequence[str]]) -> None:
    """Write the hidden sheet: what a workbook is of, and what each row showed when it was made."""
    sheet = book.workbook.add_worksheet(META)
    sheet.very_hidden()
    sheet.protect()
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.write_string(row, column, printable(text)[:LONGEST])


def between(low: float, high: float, strict: bool = True) -> dict[str, Any]:
    """A number from low to high; otherwise refused, or (not strict) questioned."""
    kind = "stop" if strict else "warning"
    return {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high, "error_type": kind}
