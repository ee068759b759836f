"""Blocks in the making: paragraphs and tables numbered through a document, tables made rectangular, all within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from evaluator.errors import Problem
from evaluator.files.plain import seen
from evaluator.intake.document import Paragraph, Place, Table, TableCell
from evaluator.intake.guard import LARGE, Refused

POSITIONS = 200_000  # paragraphs and grid positions of a document
COLUMNS, ROWS = 500, 50_000  # of a table
CHARACTERS = 20_000_000  # of a document
NOWHERE = Place()
Address = Callable[[int, int], str]


@dataclass(slots=True)
class CellPiece:
    """A cell on its way into a grid: where its upper left corner stands (from 0) and how far it reaches."""

    text: str
    row: int
    column: int
    height: int = 1
    width: int = 1
    line: int = 0


class Blocks:
    """The blocks of a document as a reader meets them, and the notes it has for the person who imports it."""

    def __init__(self) -> None:
        self.made: list[Paragraph | Table] = []
        self.notes: list[Problem] = []
        self.paragraphs = self.tables = self.positions = self.characters = 0

    def paragraph(self, text: str, place: Place = NOWHERE) -> None:
        """Add a paragraph unless it is blank."""
        if text := tidy(text):
            self.paragraphs += 1
            self._count(1, len(text))
            self.made.append(Paragraph(text, replace(place, paragraph=self.paragraphs)))

    def table(self, pieces: Iterable[CellPiece], place: Place = NOWHERE, address: Address | None = None) -> None:
        """Add a table unless it is blank: pieces fill the positions they cover (the first to claim one keeps it), gaps become empty cells.

        In a worksheet, `address` names the cell of a row and column of the table, counted from 0.
        """
        kept = list(pieces)
        if not any(tidy(piece.text) for piece in kept):
            return
        height = max(p.row for p in kept) + 1  # a merge is cut where no row or column begins that it could cover
        width = max(p.column for p in kept) + 1
        if width > COLUMNS or height > ROWS:
            raise Refused(LARGE, f"表格过大（{height} 行 {width} 列）", f"至多 {ROWS} 行 {COLUMNS} 列")
        self._count(height * width, sum(len(p.text) for p in kept))
        covered = sum(min(p.height, height - p.row) * min(p.width, width - p.column) for p in kept)
        if covered > POSITIONS:
            raise Refused(LARGE, "合并单元格相互重叠或过多")
        self.tables += 1
        place = replace(place, table=self.tables, cell=address(0, 0) if address else "")

        def at(row: int, column: int, line: int = 0) -> Place:
            cell = address(row, column) if address else ""
            return Place(place.page, 0, line, place.table, row + 1, column + 1, place.sheet, cell)

        grid: list[list[TableCell | None]] = [[None] * width for _ in range(height)]
        for piece in kept:
            cell = TableCell(tidy(piece.text), at(piece.row, piece.column, piece.line))
            for row in grid[piece.row : piece.row + piece.height]:
                for column in range(piece.column, min(piece.column + piece.width, width)):
                    if row[column] is None:
                        row[column] = cell
        rows = (tuple(cell or TableCell("", at(r, c)) for c, cell in enumerate(row)) for r, row in enumerate(grid))
        self.made.append(Table(place, tuple(rows)))

    def room(self, positions: int) -> None:
        """Refuse at once what would not fit."""
        if self.positions + positions > POSITIONS:
            raise Refused(LARGE, "内容过多", f"段落和单元格合计至多 {POSITIONS} 个")

    def note(self, problem: Problem) -> None:
        """Keep a note, once."""
        if problem not in self.notes:
            self.notes.append(problem)

    def _count(self, positions: int, characters: int) -> None:
        self.positions += positions
        self.characters += characters
        if self.positions > POSITIONS or self.characters > CHARACTERS:
            raise Refused(LARGE, "内容过多", f"段落和单元格合计至多 {POSITIONS} 个，文字至多 {CHARACTERS} 个")


def tidy(text: str) -> str:
    """Text without blank space at the ends of its lines or blank lines at its ends; odd spaces become plain ones."""
    text = seen(text.replace("\xa0", " "))
    if "\n" not in text:
        return text.strip()
    return "\n".join(line.strip() for line in text.split("\n")).strip("\n")


@lru_cache(maxsize=COLUMNS)
def letters(column: int) -> str:
    """The letters of a worksheet column that counts from 0."""
    told = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        told = chr(65 + rest) + told
    return told
