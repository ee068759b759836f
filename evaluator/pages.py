"""A document apart from any format: sections of lines, grids, charts and topics, every string as it will be read.

What a document says is decided before, by whoever builds it; a format is one function, Document -> bytes, and renders any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

UNKNOWN = "—"  # not known, and never made up
ILLUSTRATIVE = "示例数据，非该单位实际情况"
NUMBERS = "一二三四五六七八九十"  # of the chapters of a book
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
Printed = Literal[Boxed, Plain]  # the looks that the layout of a form may ask for
Look = Literal[Printed, "change", "term", "told", "code", "contents"]


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an anchor of the same document."""

    text: str
    leads: str


Text = str | Link | tuple[str | Link, ...]


def pieces(text: Text) -> tuple[str | Link, ...]:
    """A text as the pieces it is put together from."""
    return text if isinstance(text, tuple) else (text,)


def words(text: Text) -> str:
    """What a text says, without where it leads."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces(text))


def joined(texts: Iterable[Text], between: str = "、", none: str = UNKNOWN) -> Text:
    """Texts one after another, or what is said when there are none."""
    parts = [piece for text in texts for piece in (between, *pieces(text))]
    return tuple(parts[1:]) or none


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a printed page says of its origin: tool, revision (版次), digests; and whether it is made-up data.

    `paper` is the code (台账码) by which the paper is a witness of the ledger; empty where it is in none.
    """

    tool: str
    revision: str
    rules: str
    actuals: str
    illustrative: str
    paper: str = ""

    @property
    def says(self) -> str:
        """The stamp as one line of text."""
        return f"{self.tool}　版次 {self.revision}　规则摘要 {self.rules}　完成情况摘要 {self.actuals}"

    def foot(self, unit: str, year: int | str) -> str:
        """What stands at the foot of a page that a unit hands in, without anything of the tool."""
        return f"{unit}　{year}年度　{self.revision}"


@cache
def _tool() -> str:
    """This tool and its version, which is looked up on the disk."""
    try:
        return f"ziping {version('ziping')}"
    except PackageNotFoundError:
        return "ziping"


def stamped(revision: str, rules: str, actuals: str, illustrative: bool) -> Stamp:
    """The stamp of this version of the tool, with the digests as far as they are printed."""
    return Stamp(_tool(), revision, rules[:12], actuals[:12], ILLUSTRATIVE if illustrative else "")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid, merged over `across` columns and `down` rows.

    A boxed look has a border; a plain one (title, right …) has none. Of points, total, money, rate and count the text is
    a figure (`12.50`, `95.00%`) that a workbook keeps as a number, or words (—, 未填写) that stay words; a change is a
    figure with its sign. Red, yellow, green and blue are the colours of a warning, on the ground of the cell: its word says
    the same where paper is grey. A term has beside it what is told of it, or the code (lines of a file) that shows it.
    `key` says what stands here, for who fills it in on a screen: the row it is of, and the words of the layout.
    """

    text: Text = ""
    look: Look = "text"
    across: int = 1
    down: int = 1
    key: tuple[str, str] | None = None


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
    """A paragraph or a heading, or a line of the contents; links lead to its anchor where it has one."""

    text: Text
    look: Literal[Plain, "contents"] = "plain"
    anchor: str = ""


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
class Topic:
    """One thing a reader looks up: its anchor, its title, a short word beside it (编号, 程度), and topics under it."""

    anchor: str
    title: str
    beside: tuple[str, ...]
    blocks: tuple[Block, ...]
    parts: tuple[Topic, ...] = ()


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
    anchor: str = ""
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its title (for the file's properties and the browser's tab), what the footer says, and its sections.

    The footer says `short`, or the whole stamp where that is empty. One with a `front` is a book: what its first page says
    of it, then the contents, then its sections as chapters, whose anchors and topics lead to one another.
    """

    title: str
    stamp: Stamp
    sections: tuple[Section, ...]
    short: str = ""
    front: tuple[Block, ...] = ()

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


def listing(columns: Iterable[tuple[str, float]], rows: Iterable[tuple[Cell, ...]]) -> Grid:
    """A list: a heading row, printed again on each page, and its rows."""
    heads, widths = zip(*columns, strict=True)
    return Grid(widths, (tuple(Cell(head, "head") for head in heads), *rows), (0, 0))


def ruled(
    widths: Sequence[float], heads: Sequence[str], rows: Iterable[Sequence[Text]], looks: Look | Sequence[Look] = "text"
) -> Grid:
    """A list whose rows have one cell a column, all of one look or each column of its own."""
    each: Sequence[Look] = [looks] * len(heads) if isinstance(looks, str) else looks
    body = (tuple(Cell(text, look) for text, look in zip(row, each, strict=True)) for row in rows)
    return listing(zip(heads, widths, strict=True), body)


def labelled(rows: Iterable[tuple[str, Text]]) -> Grid:
    """Terms with what is told under each."""
    return Grid((16, 84), tuple((Cell(term, "term"), Cell(text, "told")) for term, text in rows))


def snippet(term: str, code: str) -> Grid:
    """Lines of a file as they stand there, with what they show."""
    return Grid((16, 84), ((Cell(term, "label"), Cell(code, "code")),))


def tabulated(heads: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[Text]]) -> Grid:
    """A list of words, every cell from its top."""
    return ruled(widths, heads, rows, "top")


def chapter(anchor: str, name: str, about: tuple[Block, ...], topics: Iterable[Topic]) -> Section:
    """A chapter of a book: what it is about, and its topics."""
    return Section(name, about, landscape=False, anchor=anchor, topics=tuple(topics))


def bound(document: Document) -> Document:
    """The document as a run of sections without topics: of a book, the first page and then numbered chapters."""
    if not document.front:
        return replace(document, sections=tuple(_flat(section, section.blocks) for section in document.sections))
    titles = [f"{number}、{section.name}" for number, section in zip(NUMBERS, document.sections, strict=False)]
    numbered = list(zip(titles, document.sections, strict=True))
    contents = (
        Line((Link(title, section.anchor), f"（{len(section.topics)}）"), "contents") for title, section in numbered
    )
    first = (Line(document.title, "title"), *document.front, Line("目录", "heading"), *contents)
    chapters = (_flat(section, (Line(title, "title", section.anchor), *section.blocks)) for title, section in numbered)
    return replace(document, sections=(Section("目录", first, landscape=False), *chapters), front=())


def _flat(section: Section, blocks: Sequence[Block]) -> Section:
    return replace(section, blocks=(*blocks, *_under(section.topics, "heading")), topics=())


def _under(topics: Iterable[Topic], look: Plain) -> Iterator[Block]:
    """Topics one after another, each as a heading with what stands under it."""
    for topic in topics:
        yield Line("　".join((topic.title, *topic.beside)), look, topic.anchor)
        yield from topic.blocks
        yield from _under(topic.parts, "subheading")


def anchors(document: Document) -> list[str]:
    """Every anchor of a document, in its order."""
    lines = (block for section in bound(document).sections for block in section.blocks)
    return [line.anchor for line in lines if isinstance(line, Line) and line.anchor]


def placed(grid: Grid) -> Iterator[tuple[int, int, Cell]]:
    """Each cell with the row and column (from 0) it starts at; raises ValueError when cells do not tile the grid."""
    wide, high = len(grid.widths), len(grid.rows)
    covered = [0] * high  # of each row the columns that cells above reach down to, as bits
    for row, cells in enumerate(grid.rows):
        waiting, column = iter(cells), 0
        while column < wide:
            if covered[row] >> column & 1:
                column += 1
                continue
            if (cell := next(waiting, None)) is None:
                raise ValueError(f"row {row} has no cell for column {column}")
            places = ((1 << cell.across) - 1) << column
            if places & covered[row] or column + cell.across > wide or row + cell.down > high:
                raise ValueError(f"the cell at row {row}, column {column} does not fit")
            for below in range(row + 1, row + cell.down):
                covered[below] |= places
            yield row, column, cell
            column += cell.across
        if more := len(list(waiting)):
            raise ValueError(f"row {row} has {more} cells too many")
