"""Documents as workbooks: a sheet for each section, figures as numbers, charts native to the spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil
from typing import Any

from evaluator.formats.grid import LOOKS, Book, SheetGrid
from evaluator.formats.printing import DRAFT, MILLIMETRE, SCALES
from evaluator.pages import Chart, Document, Grid, Line, Section, bound, placed, words

WIDTHS = {True: 150, False: 100}  # characters across a landscape or an upright page
COMPACT = 142  # characters across a landscape page in type of the usual size
SIGNED = 30  # points: the height of a row to sign in
NEAR_TOP = 6  # a heading in the first rows of a sheet stays in view
CHART, ROW = 520, 20  # pixels: the width of a chart, the height of a row
DATA = "图表数据"
FIGURES = {"%": '0.00"%"', "分": "0.00", "万元": "0.00####"}
COLOURS = ("#7FA3C7", "#2F5D8A", "#B9C7D6", "#5C6066")
FONT = {"name": "宋体", "size": 9}


def render(document: Document) -> bytes:
    """The document as a workbook, the same bytes on every run; raises ValueError when the cells of a grid do not tile it."""
    book = Book(document.title, document.stamp, document.foot)
    charts: list[Chart] = []
    for section in bound(document).sections:
        scales = (scale for scale in SCALES if _words_only(section) and _fits(section, scale, book))
        _laid_out(book, section, charts, next(scales, 1.0))
    if charts:
        _data(book, charts)
    return book.save()


def _words_only(section: Section) -> bool:
    """Whether a section is made smaller to stay on one page: one with charts keeps its width."""
    return section.compact and not any(isinstance(block, Chart) for block in section.blocks)


def _fits(section: Section, scale: float, like: Book) -> bool:
    """Whether a section is one page when it is printed so much smaller; tried on a workbook that is never saved."""
    sheet = _laid_out(Book("", like.stamp, like.foot), section, [], scale)
    sheet.finish()
    return sheet.fits


def _laid_out(book: Book, section: Section, charts: list[Chart], scale: float) -> SheetGrid:
    """The section as a sheet; the smaller its `scale`, the more characters stand across the page."""
    grids = [block for block in section.blocks if isinstance(block, Grid)]
    edges = sorted({edge for grid in grids for edge in _edges(grid)} or {at / 12 for at in range(13)})
    across = COMPACT / scale if _words_only(section) else WIDTHS[section.landscape]
    widths = [(right - left) * across for left, right in pairwise(edges)]
    sheet = book.grid(section.name, widths, section.landscape)
    sheet.compact = section.compact
    if section.draft:
        sheet.draft(DRAFT)
    beside: list[Chart] = []
    for before, block in zip((None, *section.blocks), section.blocks, strict=False):
        if isinstance(block, Chart):
            beside.append(block)
            continue
        _charts(sheet, beside, charts)
        if _apart(before, block):
            sheet.row += 1
        if isinstance(block, Line):
            sheet.wide(words(block.text), block.look)
        else:
            _grid(sheet, block, edges, alone=len(grids) == 1)
    _charts(sheet, beside, charts)
    return sheet


def _edges(grid: Grid) -> list[float]:
    """Where the columns of a grid begin and end, as shares of the page's width."""
    return [round(edge / sum(grid.widths), 4) for edge in accumulate(grid.widths, initial=0.0)]


def _apart(before: Line | Grid | Chart | None, block: Line | Grid) -> bool:
    """Whether an empty row comes before a block: above a heading, and between a table and what is said of it."""
    if isinstance(block, Grid) or before is None:
        return isinstance(before, Grid)
    return block.look in ("heading", "subheading") or (isinstance(before, Grid) and block.look == "plain")


def _grid(sheet: SheetGrid, grid: Grid, edges: Sequence[float], alone: bool) -> None:
    own, top = _edges(grid), sheet.row
    for row, column, cell in placed(grid):
        sheet.row = top + row
        left, right = edges.index(own[column]), edges.index(own[column + cell.across])
        write = sheet.number if "num_format" in LOOKS[cell.look] else sheet.put
        write(left, words(cell.text), cell.look, across=right - left, down=cell.down)
        if not any(grid.least) and all(cell.look == "plain" for cell in grid.rows[row]):
            sheet.high(SIGNED)
        if least := grid.least_of(row):
            sheet.least(least * MILLIMETRE)
    sheet.row = top + len(grid.rows)
    if grid.repeat and alone:
        first, last = (top + each for each in grid.repeat)
        sheet.sheet.repeat_rows(first, last)
        if last < NEAR_TOP:
            sheet.sheet.freeze_panes(last + 1, 0)
        listed = [cell for row in grid.rows[grid.repeat[0] :] for cell in row]
        if first == last and all(cell.across == cell.down == 1 for cell in listed):
            sheet.sheet.autofilter(first, 0, sheet.row - 1, len(edges) - 2)


# ---- charts ------------------------------------------------------------------------------------------------------


def _charts(sheet: SheetGrid, beside: list[Chart], charts: list[Chart]) -> None:
    """Put charts side by side, two to a row, and leave that row empty; `charts` numbers those of the whole workbook."""
    while beside:
        pair, beside[:] = beside[:2], beside[2:]
        tall = max(
            80 + 26 * len(chart.categories) * len(chart.series) if chart.kind == "bars" else 260 for chart in pair
        )
        for number, chart in enumerate(pair):
            drawn = _chart(sheet.book, chart, len(charts))
            drawn.set_size({"width": CHART, "height": tall})
            sheet.sheet.insert_chart(sheet.row, 0, drawn, {"x_offset": 4 + number * (CHART + 8), "y_offset": 4})
            charts.append(chart)
        for _ in range(ceil((tall + 12) / ROW)):
            sheet.high(ROW * 0.75)
            sheet.row += 1


def _chart(book: Book, chart: Chart, number: int) -> Any:
    """A chart over its figures on the sheet of data, in their order."""
    figures = FIGURES.get(chart.unit, "0")
    bars = chart.kind == "bars"
    drawn = book.workbook.add_chart({"type": "bar" if bars else "line"})
    last = len(chart.categories)
    left = _column(number)
    for at, series in enumerate(chart.series):
        colour = COLOURS[at % len(COLOURS)]
        drawn.add_series({
            "name": series.name,
            "categories": [DATA, 1, left, last, left],
            "values": [DATA, 1, left + at + 1, last, left + at + 1],
            "data_labels": {
                "value": True, "font": FONT, "num_format": figures,
                "position": "inside_end" if bars else ("above", "below")[at % 2],
            },
            **({"fill": {"color": colour}, "gap": 60} if bars else {
                "line": {"color": colour, "width": 2}, "marker": {"type": "circle", "fill": {"color": colour}},
            }),
        })  # fmt: skip
    heading = FONT | {"size": 11, "bold": True}
    drawn.set_title({"name": f"{chart.title}（{chart.unit}）", "name_font": heading, "overlay": False})
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": FONT})
    numbers: dict[str, Any] = {
        "min": 0,
        "num_format": 'General"%"' if chart.unit == "%" else "General",
        "num_font": FONT,
    }
    numbers |= {"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    if chart.most is not None:
        numbers |= {"max": float(chart.most)} | ({"major_unit": 1} if chart.most < 10 else {})
    names = {"num_font": FONT, "line": {"color": "#808080"}}
    drawn.set_x_axis(numbers if bars else names)
    drawn.set_y_axis(names | {"reverse": True, "crossing": "max"} if bars else numbers)
    drawn.show_hidden_data()
    return drawn


def _column(number: int) -> int:
    """The first column of a chart's figures on the sheet of data."""
    return number * (len(COLOURS) + 2)


def _data(book: Book, charts: Sequence[Chart]) -> None:
    """A hidden sheet with the figures of every chart, as a native chart needs them."""
    sheet = book.grid(DATA, [14] * _column(len(charts)))
    sheet.sheet.hide()
    for number, chart in enumerate(charts):
        left = _column(number)
        columns = [(chart.title, chart.categories), *((series.name, series.values) for series in chart.series)]
        for at, (name, values) in enumerate(columns):
            sheet.row = 0
            sheet.put(left + at, name, "plain")
            for value in values:
                sheet.row += 1
                if isinstance(value, str):
                    sheet.put(left + at, value, "plain")
                elif value is not None:
                    sheet.sheet.write_number(sheet.row, left + at, float(value))
