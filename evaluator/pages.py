"""A printed document apart from any format: sections of lines, grids and charts, every string as it will be read.

What a document says is decided before (`report.py`, `forms.py`); each format renders any document with one function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from evaluator.printed import Stamp

Boxed = Literal[
    "head",
    "label",
    "text",
    "top",
    "bold",
    "bad",
    "points",
    "total",
    "money",
    "rate",
    "count",
    "red",
    "yellow",
    "green",
    "blue",
]
Plain = Literal["title", "heading", "subheading", "plain", "center", "right", "sample", "note"]
Look = Literal[Boxed, Plain]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid, merged over `across` columns and `down` rows.

    A boxed look has a border; a plain one (title, right …) has none. Of points, total, money, rate and count the text is
    a figure (`12.50`, `95.00%`) that a workbook keeps as a number, or words (—, 未填写) that stay words. Red, yellow, green
    and blue are the colours of a warning, on the ground of the cell: its word says the same where paper is grey.
    """

    text: str = ""
    look: Look = "text"
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: relative column widths, and rows of the cells that start in them, from left to right.

    A place covered by a cell from above or from the left has no cell of its own; every other place has one. `repeat` are
    the first and the last row (from 0) printed again at the top of each page, up to the row `tail`, which begins what does
    not stand under them. `least` is how high each row is at least,
    in millimetres (0: as its text needs), for what is written or stamped on paper; empty where no row asks for more.
    """

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    repeat: tuple[int, int] | None = None
    least: tuple[float, ...] = ()
    tail: int | None = None

    def least_of(self, row: int) -> float:
        """How high a row is at least, in millimetres."""
        return self.least[row] if self.least else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or a heading."""

    text: str
    look: Plain = "plain"


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one series of a chart, None where there is none."""

    name: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: bars lie along the categories, lines run over them; `unit` is 分, % or 万元, `most` the end of the axis."""

    title: str
    kind: Literal["bars", "lines"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    most: Decimal | None = None


Block = Line | Grid | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a document: a sheet of a workbook, a run of pages elsewhere.

    `compact` asks for one page if it fits at a size that can be read (formats.printing.LEAST); a `draft` says so across
    each page.
    """

    name: str
    blocks: tuple[Block, ...]
    landscape: bool = True
    compact: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its title (for the file's properties and the browser's tab), what the footer says, and its sections.

    The footer says `short`, or the whole stamp where that is empty.
    """

    title: str
    stamp: Stamp
    sections: tuple[Section, ...]
    short: str = ""

    @property
    def foot(self) -> str:
        """What stands at the foot of every page beside its number."""
        code = f"　台账码 {self.stamp.paper}" if self.stamp.paper else ""
        return (self.short or self.stamp.says) + code

    @property
    def draft(self) -> bool:
        """Whether any of its sections is a draft."""
        return any(section.draft for section in self.sections)


def drafted(document: Document, draft: bool) -> Document:
    """The document, a draft throughout or none."""
    return replace(document, sections=tuple(replace(section, draft=draft) for section in document.sections))


def witnessed(document: Document, paper: str | None) -> Document:
    """The document with the code (台账码) of the ledger at the foot of its pages, where it has one."""
    return replace(document, stamp=replace(document.stamp, paper=paper)) if paper else document


def ruled(widths: Sequence[float], heads: Sequence[str], rows: Iterable[Sequence[str]], looks: Sequence[Look]) -> Grid:
    """A plain table: one line of heads, printed again on each page, and rows of one cell a column."""
    body = (tuple(Cell(text, look) for text, look in zip(row, looks, strict=True)) for row in rows)
    return Grid(tuple(widths), (tuple(Cell(head, "head") for head in heads), *body), (0, 0))


def placed(grid: Grid) -> Iterator[tuple[int, int, Cell]]:
    """Each cell with the row and column (from 0) it starts at; raises ValueError when cells do not tile the grid."""
    wide = len(grid.widths)
    covered: set[tuple[int, int]] = set()
    for row, cells in enumerate(grid.rows):
        waiting = list(cells)
        for column in range(wide):
            if (row, column) in covered:
                continue
            if not waiting:
                raise ValueError(f"row {row} has no cell for column {column}")
            cell = waiting.pop(0)
            places = {(row + down, column + across) for down in range(cell.down) for across in range(cell.across)}
            if places & covered or column + cell.across > wide or row + cell.down > len(grid.rows):
                raise ValueError(f"the cell at row {row}, column {column} does not fit")
            covered |= places
            yield row, column, cell
        if waiting:
            raise ValueError(f"row {row} has {len(waiting)} cells too many")
