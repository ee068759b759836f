"""A worksheet laid out as a printed page: bordered cells, merged ranges, rows as high as their Chinese text needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any

from evaluator.formats import printable
from evaluator.formats.looks import RED, STYLES, Style
from evaluator.formats.packed import of_no_system
from evaluator.pages import Stamp

LINE, PADDING, TALLEST = 13.8, 3.7, 409.0  # points; a row cannot be higher than Excel allows
MOST_LINES = int((TALLEST - PADDING) / LINE)
LONGEST = 32_767  # characters in a cell
KEPT = 8192  # texts and words whose measures are remembered: forms of one year say much the same
NUMBER = re.compile(r"\+?(-?\d{1,15}(?:\.\d{1,6})?)(%?)")
WIDE, NARROW = 13.4, 7.4  # pixels of a Chinese character, and of a Latin one
MARGIN, INDENT = 6, 9  # pixels of a cell's inner margins together, and of one indent
PAGE = (783.0, 519.0)  # A4 landscape inside the margins, in points
SQUEEZE = 0.79  # how much smaller for one page at most
LEAST = 7.5  # points (六号): nothing on a form is printed smaller, to have it on one page
FOOT = 225  # characters of a workbook's footer beside the page number (255 with it); of a longer one the middle is left out
ABOVE = 36.0  # points: room for the word that a draft has above each page
WORD = re.compile(r"\n|[“‘（《〔【]*(?:[!-~]+|.)[，。、；：！？”’）》〕】…]*", re.DOTALL)

BASE = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}
BOX = BASE | {"border": 1}
# What only a cell on a screen has: the digits of a figure, and a colour for what is said aside.
MORE: dict[str, dict[str, str]] = {
    "note": {"font_color": "#5C6066"},
    "points": {"num_format": "0.00"},
    "total": {"num_format": "0.00"},
    "money": {"num_format": "0.00####"},
    "rate": {"num_format": "0.00%"},
    "count": {"num_format": "0"},
    "change": {"num_format": "0.00"},
}


def _look(style: Style) -> dict[str, Any]:
    """A look as the properties of a spreadsheet's cell."""
    given = {
        "border": int(style.boxed),
        "bold": style.bold,
        "indent": int(style.indent),
        "align": style.align if style.boxed or style.align != "left" else "",
        "valign": "top" if style.top else "",
        "font_color": f"#{RED}" if style.red else "",
        "bg_color": f"#{style.ground}" if style.ground else "",
    }
    return BASE | {"font_size": style.size} | {name: value for name, value in given.items() if value}


LOOKS = {name: _look(style) | MORE.get(name, {}) for name, style in STYLES.items()}


def pixels(*widths: float) -> float:
    """The width of some columns on the screen."""
    return sum(width * 7 + 5 for width in widths)


@lru_cache(maxsize=KEPT)
def breaks(text: str, room: float) -> tuple[int, ...]:
    """Where each printed line of a text ends in `room` pixels, wrapped as a spreadsheet does."""
    ends: list[int] = []
    used = 0.0
    for start, word, size in _words(text, room):
        if word == "\n" or (used and used + size > room):
            ends.append(start + (word == "\n"))
            used = 0.0
        used += 0.0 if word == "\n" else size
    return (*ends, len(text))


def _words(text: str, room: float) -> Iterator[tuple[int, str, float]]:
    """What a line is not broken inside of, unless it is wider than the line, and how wide it is."""
    for match in WORD.finditer(text):
        word = match.group()
        size = _size(word)
        if size <= room:
            yield match.start(), word, size
        else:
            yield from ((start, sign, _size(sign)) for start, sign in enumerate(word, match.start()))


@lru_cache(maxsize=KEPT)
def _size(word: str) -> float:
    return sum(WIDE if unicodedata.east_asian_width(sign) in "WFA" else NARROW for sign in word)


class Book:
    """A workbook in memory whose bytes depend on its content alone."""

    def __init__(self, title: str, stamp: Stamp, foot: str = "") -> None:
        import xlsxwriter

        self._bytes = BytesIO()
        as_text = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self.workbook: Any = xlsxwriter.Workbook(self._bytes, {"in_memory": True, **as_text})
        self.workbook.set_properties({"title": printable(title), "author": "ziping", "created": datetime(2000, 1, 1)})
        self.stamp, self.foot = stamp, printable(foot or stamp.says)
        self._formats: dict[str, Any] = {}
        self._grids: list[SheetGrid] = []

    def grid(self, name: str, widths: Sequence[float], landscape: bool = True) -> SheetGrid:
        """A new sheet with these column widths."""
        self._grids.append(SheetGrid(self, name, widths, landscape))
        return self._grids[-1]

    def look(self, name: str) -> Any:
        """The format of a name of LOOKS, made once a workbook."""
        if name not in self._formats:
            self._formats[name] = self.workbook.add_format(LOOKS[name])
        return self._formats[name]

    def save(self) -> bytes:
        """The workbook as bytes."""
        for grid in self._grids:
            grid.finish()
        self.workbook.close()
        return of_no_system(self._bytes.getvalue())


class SheetGrid:
    """One sheet, A4 and one page wide, filled from the top; `row` is the next free row."""

    def __init__(self, book: Book, name: str, widths: Sequence[float], landscape: bool = True) -> None:
        self.book, self.name, self.widths, self.landscape = book, name, widths, landscape
        self.row = 0
        self.compact = False  # put on one page what would run over by a little
        self.fits = False  # whether it is one page as wide as it is, known at the end
        self.sheet = book.workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.tall = PAGE[landscape]
        self._heights: dict[int, float] = {}
        self._least: dict[int, float] = {}
        self._spans: list[tuple[int, int, float]] = []
        self._cut: list[str] = []
        self._page()

    def _page(self) -> None:
        sheet, foot = self.sheet, self.book.foot
        if len(foot) + foot.count("&") > FOOT:
            foot = f"{foot[:80]}…{foot[-40:]}"
        if self.landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.55)
        sheet.center_horizontally()
        sheet.hide_gridlines(2)
        sheet.set_footer("&L&8" + foot.replace("&", "&&") + "&R&8第 &P 页，共 &N 页", {"margin": 0.25})
        if mark := self._mark():
            sheet.set_header(mark, {"margin": 0.2})

    def _mark(self) -> str:
        """The words above each page that say the data are made up; '' where they are real."""
        said = self.book.stamp.illustrative.replace("&", "&&")
        return f'&R&"宋体,Bold"&10&KB3261E{said}' if said else ""

    def draft(self, word: str) -> None:
        """Say in large pale words above each page that it is a draft."""
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5 + ABOVE / 72, bottom=0.55)
        self.sheet.set_header(f'&C&"黑体,Bold"&36&K8C8C8C{word}{self._mark()}', {"margin": 0.2})
        self.tall -= ABOVE

    def put(self, column: int, text: str, look: str, *, across: int = 1, down: int = 1) -> None:
        """Write text (never a formula) at the current row; text too long for a row goes after the table."""
        row = self.row
        room = pixels(*self.widths[column : column + across]) - MARGIN - INDENT * LOOKS[look].get("indent", 0)
        shown = self._fitted(printable(text), room)
        height = len(breaks(shown, room)) * LINE * LOOKS[look]["font_size"] / BASE["font_size"] + PADDING
        if down == 1:
            self.high(height)
        else:
            self._spans.append((row, down, height))
        form = self.book.look(look)
        if across > 1 or down > 1:
            self.sheet.merge_range(row, column, row + down - 1, column + across - 1, "", form)
        self.sheet.write_string(row, column, shown, form)

    def number(self, column: int, text: str, look: str, *, across: int = 1, down: int = 1) -> None:
        """Write a figure as a number; what is not one (—, 未填写) as text."""
        match = NUMBER.fullmatch(text)
        self.put(column, "" if match else text, look, across=across, down=down)
        if match:
            value = Decimal(match[1]).scaleb(-2 if match[2] else 0)
            self.sheet.write_number(self.row, column, float(value), self.book.look(look))

    def high(self, height: float) -> None:
        """Make the current row at least this high."""
        self._heights[self.row] = max(self._heights.get(self.row, 0.0), height)

    def least(self, height: float) -> None:
        """Have the current row at least this high on paper, however much smaller the sheet is printed."""
        self._least[self.row] = height

    def wide(self, text: str, look: str = "plain") -> None:
        """One row over the whole width."""
        self.put(0, text, look, across=len(self.widths))
        self.row += 1

    def finish(self) -> None:
        """Write what did not fit after the table, then set the heights of the rows."""
        for number, text in enumerate(tuple(self._cut), 1):
            self.wide("", "plain")
            self.wide(f"附文 {number}", "heading")
            ends = breaks(text, pixels(*self.widths) - MARGIN)
            stops = [*ends[MOST_LINES - 2 :: MOST_LINES - 1], len(text)]
            for start, stop in zip([0, *stops], stops, strict=False):
                if part := text[start:stop].strip("\n"):
                    self.wide(part)
        for row, down, height in self._spans:
            spanned = {each: self._heights.get(each, LINE + PADDING) for each in range(row, row + down)}
            if (missing := height - sum(spanned.values())) > 0:
                self._heights |= {each: high + missing / down for each, high in spanned.items()}
        scale = self._scale()
        for row, height in self._least.items():
            self._heights[row] = max(self._heights.get(row, 0.0), height / scale)
        for row, height in self._heights.items():
            self.sheet.set_row(row, min(round(height, 1), TALLEST))

    def _scale(self) -> float:
        """How much smaller the sheet is printed: as wide as the page, and on one page where it asks for it and can be read."""
        scale = min(PAGE[not self.landscape] / (pixels(*self.widths) * 0.75), 1.0)
        self.fits = self._needed(scale) < self.tall
        if not self.compact:
            return scale
        for each in (scale * (1 - (1 - SQUEEZE) * step / 20) for step in range(21)):
            if self._needed(each) < self.tall:
                self.sheet.fit_to_pages(1, 1)
                return each
        return scale

    def _needed(self, scale: float) -> float:
        """How high the sheet is on paper, in points."""
        return sum(max(height * scale, self._least.get(row, 0.0)) for row, height in self._heights.items())

    def _fitted(self, text: str, room: float) -> str:
        """The text, or as much of it as a row can show."""
        ends = breaks(text, room)
        if len(ends) <= MOST_LINES and len(text.encode("utf-16-le")) // 2 <= LONGEST:
            return text
        self._cut.append(text)
        return f"{text[: ends[min(MOST_LINES - 3, len(ends) - 1)]].rstrip()}…（全文见表后附文 {len(self._cut)}）"
