"""A document as people see it: paragraphs and tables of cells in order, each knowing where it stands. No format's detail.

Readers (text, docx, xlsx, pdf, html) make these; recognition of goal tables sees nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluator.errors import EvaluatorError, Where
from evaluator.files.plain import INVISIBLE

_UNSEEN = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]|[{INVISIBLE}]")


class DocumentProblems(EvaluatorError):
    """The document cannot be read; nothing has been written."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a document; all count from 1, 0 when the format has no such thing.

    `line` for text, `page` for PDF, `sheet` and `cell` (B4) for workbooks; `table`, `row`, `column` inside a table, where
    `table` counts through the whole document; `paragraph` counts paragraphs outside tables.
    """

    page: int = 0
    paragraph: int = 0
    line: int = 0
    table: int = 0
    row: int = 0
    column: int = 0
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        if self.sheet:
            return f"工作表“{self.sheet}”{self.cell}"
        parts = {"页": self.page, "段": self.paragraph, "表": self.table, "行": self.row, "列": self.column}
        told = "".join(
            f"第{number}{unit}" if unit != "表" else f"表{number}" for unit, number in parts.items() if number
        )
        return told + (f"（文本第{self.line}行）" if self.line else "")


@dataclass(frozen=True, slots=True)
class TableCell:
    """The text of a cell, lines kept; a merged cell stands in every grid position it covers, as one and the same object."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular grid of cells, rows by columns, with a nested table's text inside its cell and itself a later block."""

    place: Place
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph outside tables."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document: its file name, kind (text, docx, xlsx, pdf, html), the SHA-256 of its bytes, and its blocks in order."""

    name: str
    kind: str
    digest: str
    blocks: tuple[Paragraph | Table, ...]

    def tables(self) -> Iterator[Table]:
        """The tables, in order."""
        return (block for block in self.blocks if isinstance(block, Table))

    def where(self, place: Place) -> Where:
        """A place as problems name it: file:line for text, file!sheet!cell for workbooks, else file!place."""
        if place.sheet or place.line:
            return Where(self.name, place.line, sheet=place.sheet, cell=place.cell)
        return Where(self.name, sheet=str(place))


Row = Sequence[TableCell]


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text of the document and where it stands."""

    text: str
    place: Place

    @property
    def flat(self) -> str:
        """The text on one line: lines that a cell broke are joined, with a blank only between Latin words."""
        return flat(self.text)


def flat(text: str) -> str:
    """Lines joined into one, blanks as one; characters that no report could carry are left out."""
    if _UNSEEN.search(text):
        text = _UNSEEN.sub("", text)
    told = ""
    for line in re.split(r"[\n\r\v\f]+", text):
        part = re.sub(r"[ \t\xa0\u3000]+", " ", line).strip()
        gap = " " if told and part and told[-1].isascii() and part[0].isascii() and told[-1].isalnum() else ""
        told += gap + part
    return told


def distinct(row: Row) -> Iterator[tuple[int, TableCell]]:
    """The cells of a row with their first column, a merged cell once."""
    last: TableCell | None = None
    for column, cell in enumerate(row):
        if cell is not last:
            yield column, cell
        last = cell


def texts(row: Row) -> list[str]:
    """The texts of a row that are not blank, a merged cell once."""
    return [cell.text for _, cell in distinct(row) if cell.text.strip()]
