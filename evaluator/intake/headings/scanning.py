"""The one pass over the blocks of a document: what goal tables and filled forms are folded from."""

from __future__ import annotations

from itertools import islice
from typing import Protocol

from evaluator.errors import Severity
from evaluator.intake.document import Paragraph, Place, PlacedText, SourceDocument, Table, flat, texts
from evaluator.intake.headings.indicatorheads import Head, Headings, head_of


class Fold(Protocol):
    """Who listens to a pass: the headings of its kind of table, and the head that the next rows stand under, None for none."""

    headings: Headings
    head: Head | None

    def sheet(self) -> None:
        """Another worksheet begins."""

    def line(self, found: PlacedText) -> None:
        """A paragraph outside tables."""

    def opened(self, table: Table) -> Table:
        """A table begins; returns it as it is to be read."""

    def headed(self, head: Head, table: Table, at: int) -> None:
        """A head of indicators at this row, to be kept as `head` where it is understood."""

    def row(self, table: Table, at: int, fresh: bool) -> int:
        """A row that is no head, `fresh` the first of its table; returns how many rows have been taken with it."""

    def closed(self, table: Table, torn: bool) -> None:
        """A table has ended; `torn` where it was reported that its rows cannot be told."""

    def problem(
        self, code: str, says: str, place: Place, allowed: str = "", nearest: str = "", severity: Severity = "错误"
    ) -> None:
        """Something was not understood."""


def scan(document: SourceDocument, fold: Fold) -> None:
    """Tell the blocks of a document in their order, its tables row by row without the blank ones."""
    sheet = ""
    for block in document.blocks:
        if block.place.sheet != sheet:
            sheet = block.place.sheet
            fold.sheet()
        if isinstance(block, Paragraph):
            fold.line(PlacedText(block.text, block.place))
        else:
            _table(fold.opened(block), fold)


def _table(table: Table, fold: Fold) -> None:
    torn = bool(fold.head and _torn(table, fold.head, fold))
    at, fresh = 0, True
    while at < len(table.rows):
        if not texts(table.rows[at]):
            at += 1
            continue
        if head := head_of(table, at, fold.headings):
            fold.headed(head, table, at)
            at += head.depth
        else:
            at += fold.row(table, at, fresh)
        fresh = False
    fold.closed(table, torn)


def _torn(table: Table, head: Head, fold: Fold) -> bool:
    """Lay the head at hand over a table that may go on with its rows; True for one whose rows cannot be told, reported."""
    width = len(table.rows[0])
    fold.head = head.fitted(table) or (head if width != head.width else None)
    if fold.head and fold.head.width == width:
        return False
    for at, row in enumerate(table.rows):
        if head_of(table, at, fold.headings) or fold.headings.begins(row):
            return False
        if len(texts(row)) > 3:
            says = f"表{table.place.table}接在指标后面而栏数不同，其中的指标没有读"
            fold.problem(fold.headings.torn, says, table.place, "续表与前表栏数相同，或重复栏目名称")
            return True
    return False


def tell_unread(head: Head, place: Place, fold: Fold) -> None:
    """Report the columns with contents whose headings are not known: an error where one may be a column that is wanted."""
    for heading in head.unread:
        near = fold.headings.closest(heading)
        wanted = near and fold.headings.column(near) not in head.fields.keys() | fold.headings.spare
        says = f"“{heading}”一栏填了内容，栏目名称没有认出，这一栏没有取用"
        fold.problem(fold.headings.unread, says, place, "", near, "错误" if wanted else "警告")


def tables_seen(document: SourceDocument, rows: int, cells: int) -> str:
    """What the first tables of a document have in their first rows, where nothing that was looked for is in it; '' without tables."""
    told = []
    for table in islice(document.tables(), 3):
        seen = [flat(text)[:20] for row in table.rows[:rows] for text in texts(row)][:cells]
        told.append(f"表{table.place.table}：{'、'.join(seen)}")
    return f"看到 {sum(1 for _ in document.tables())} 个表，{'；'.join(told)}" if told else ""
