"""What printed pages (PDF and Word) share: how each look is set, and grids cut where a repeated head begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from evaluator.formats.grid import GROUNDS, LEAST, WIDE, breaks
from evaluator.pages import Cell, Grid, Line, Look, Section, placed, words

PAGE = (297.0, 210.0)  # millimetres: A4, landscape
MARGINS = (12.0, 12.5, 12.0, 13.5)  # millimetres: left, top, right, bottom
RED = "B3261E"
PIXEL, BASE = 0.75, 10  # points: of a pixel, and the type size that widths in pixels are told for
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, LEAST / BASE)  # how far a compact section is made smaller, to stay on one page
PITCH, CLOSE = 1.3, 1.22  # from line to line, in type sizes; and in the cells of tables
PADDING = 2.5  # points above and below the text of a cell
SPACES = {"title": 6, "heading": 9, "subheading": 6}  # points before and after a line; others have 3
MILLIMETRE = 72 / 25.4  # points
DRAFT = "草　稿"  # what stands across each page of a draft
MOST_WHOLE = 18  # lines of a row that is not divided between two pages


@dataclass(frozen=True, slots=True)
class Style:
    """How a look is printed: type size in points, alignment, and a border or none."""

    size: float = 10
    bold: bool = False
    align: str = "left"
    top: bool = False
    red: bool = False
    ground: str = ""
    boxed: bool = False
    indent: bool = False


_BOX = Style(boxed=True)
_FIGURE = replace(_BOX, align="center")
STYLES: dict[str, Style] = {
    "title": Style(18, bold=True, align="center"),
    "heading": Style(12, bold=True),
    "subheading": Style(10.5, bold=True),
    "plain": Style(),
    "center": Style(align="center"),
    "right": Style(align="right"),
    "sample": Style(bold=True, red=True),
    "note": Style(9),
    "contents": Style(),
    "head": replace(_FIGURE, bold=True),
    "label": _FIGURE,
    "text": replace(_BOX, indent=True),
    "top": replace(_BOX, indent=True, top=True),
    "bold": replace(_BOX, indent=True, bold=True),
    "bad": replace(_FIGURE, bold=True, red=True),
    "points": _FIGURE,
    "total": replace(_FIGURE, bold=True),
    "money": _FIGURE,
    "rate": _FIGURE,
    "count": _FIGURE,
    "change": _FIGURE,
    "term": replace(_BOX, indent=True, bold=True),
    "told": replace(_BOX, indent=True),
    "code": replace(_BOX, indent=True),
    **{name: replace(_FIGURE, bold=True, ground=ground) for name, ground in GROUNDS.items()},
}


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell where it starts; where a merged cell was cut in two, the border between its parts is open."""

    row: int
    column: int
    cell: Cell
    opened: str = ""  # "top", "bottom", or both
    whole: bool = True  # short enough to stay on one page


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table of its own: its first `heads` rows are printed again on each page."""

    heads: int
    rows: int
    places: tuple[CellPlace, ...]
    least: tuple[float, ...] = ()  # points: how high each row is at least


def room(landscape: bool) -> float:
    """The width between the margins of a page, in points."""
    return (PAGE[not landscape] - MARGINS[0] - MARGINS[2]) * MILLIMETRE


def parts(grid: Grid, wide: float) -> Iterator[TablePart]:
    """The grid as one table, or as two or three where its repeated head is not at the top or not for all below it.

    `wide` is its width in points.

    A merged cell that runs into or out of the repeated rows is cut there; its text stays with the larger part.
    Raises ValueError when the cells do not tile the grid.
    """
    first, last = grid.repeat or (0, -1)
    tail = len(grid.rows) if grid.tail is None else grid.tail
    cuts = sorted({first, last + 1, tail} & set(range(1, len(grid.rows))))
    pieces = [piece for row, column, cell in placed(grid) for piece in _cut(row, column, cell, cuts)]
    for start, stop in ((0, first), (first, tail), (tail, len(grid.rows))):
        if start < stop:
            heads = last + 1 - start if start == first else 0
            here = (
                CellPlace(row - start, column, cell, opened, _whole(column, cell, grid, wide))
                for row, column, cell, opened in pieces
                if start <= row < stop
            )
            least = (grid.least_of(row) * MILLIMETRE for row in range(start, stop))
            yield TablePart(heads, stop - start, tuple(here), tuple(least))


def _cut(row: int, column: int, cell: Cell, cuts: list[int]) -> Iterator[tuple[int, int, Cell, str]]:
    ends = [row, *(cut for cut in cuts if row < cut < row + cell.down), row + cell.down]
    if len(ends) == 2:
        yield row, column, cell, ""
        return
    spans = list(pairwise(ends))
    largest = max(spans, key=lambda span: span[1] - span[0])
    for start, stop in spans:
        text = cell.text if (start, stop) == largest else ""
        opened = " ".join(["top"] * (start > row) + ["bottom"] * (stop < row + cell.down))
        yield start, column, replace(cell, text=text, down=stop - start), opened


def _whole(column: int, cell: Cell, grid: Grid, wide: float) -> bool:
    return lines(words(cell.text), width_of(column, cell, grid, wide), cell.look) <= MOST_WHOLE


def width_of(column: int, cell: Cell, grid: Grid, wide: float) -> float:
    """The width for the text of a cell, in points, in a grid `wide` points wide."""
    inset = 9 if STYLES[cell.look].indent else 6
    return wide * sum(grid.widths[column : column + cell.across]) / sum(grid.widths) - inset


def fitting(section: Section) -> float:
    """How far a section is made smaller: to what fits on one page, if it asks for it and any scale does."""
    if not section.compact or any(not isinstance(block, Line | Grid) for block in section.blocks):
        return 1.0
    high = (PAGE[section.landscape] - MARGINS[1] - MARGINS[3]) * MILLIMETRE
    return next((scale for scale in SCALES if _height(section, scale) <= high), 1.0)


def _height(section: Section, scale: float) -> float:
    """About how high the section is printed, in points."""
    wide, total = room(section.landscape), 0.0
    for block in section.blocks:
        if isinstance(block, Line):
            pitch = STYLES[block.look].size * scale * PITCH
            total += lines(words(block.text), wide, block.look, scale) * pitch + 2 * SPACES.get(block.look, 3)
        elif isinstance(block, Grid):
            total += sum(sum(_rows(part, block, wide, scale)) for part in parts(block, wide))
    return total


def _rows(part: TablePart, grid: Grid, wide: float, scale: float) -> list[float]:
    """About how high each row is printed; what a merged cell needs more is added to its last row."""
    heights = list(part.least)
    for place in sorted(part.places, key=lambda place: place.row + place.cell.down):
        cell, last = place.cell, place.row + place.cell.down - 1
        count = lines(words(cell.text), width_of(place.column, cell, grid, wide), cell.look, scale)
        needed = count * STYLES[cell.look].size * scale * CLOSE + 2 * PADDING * scale + 0.5
        heights[last] = max(heights[last], needed - sum(heights[place.row : last]))
    return heights


def lines(text: str, width: float, look: Look, scale: float = 1) -> int:
    """About how many lines a text takes in `width` points."""
    pixels = width / PIXEL * BASE / (STYLES[look].size * scale)
    if len(text) * WIDE <= pixels:
        return text.count("\n") + 1
    return len(breaks(text, pixels))
