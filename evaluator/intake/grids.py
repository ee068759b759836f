"""Reading a table by its headings: which columns a heading row names, which cells of a row are distinct, what is whose value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluator.intake import headings
from evaluator.intake.document import Cell, Place, Table

Row = Sequence[Cell]

BELOW = {"goals", "long_goals"}  # whose content may stand under the label, not only beside it
MONEY = {"total", "fiscal", "other"}
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_FIGURE = re.compile(r"[-\d.,，．%％\s]*\d[-\d.,，．%％\s]*(?:亿元|万元|千元|元)?")


@dataclass(frozen=True, slots=True)
class Found:
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


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an indicator part: (column, field) pairs, how many heading rows it takes, and for which time it is."""

    fields: tuple[tuple[int, str], ...]
    depth: int
    horizon: str
    seen: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """The fields that have a column."""
        return {field for _, field in self.fields}


def is_figure(text: str) -> bool:
    """Whether a text is an amount or a share, readable or not."""
    return len(text) < 60 and _FIGURE.fullmatch(text.strip()) is not None


def distinct(row: Row) -> Iterator[tuple[int, Cell]]:
    """The cells of a row with their first column, a merged cell once."""
    last: Cell | None = None
    for column, cell in enumerate(row):
        if cell is not last:
            yield column, cell
        last = cell


def texts(row: Row) -> list[str]:
    """The texts of a row that are not blank, a merged cell once."""
    return [cell.text for _, cell in distinct(row) if cell.text.strip()]


def columns_of(table: Table, at: int) -> Columns | None:
    """The columns named by the heading row at this index (and a second one below it), or None when it is none."""
    rows = table.rows
    first = [(column, cell, headings.column(cell.text)) for column, cell in distinct(rows[at])]
    named = {field for _, _, field in first}
    if len(named & {"category", "dimension", "indicator"}) < 2 and not {"indicator", "target"} <= named:
        return None
    depth = 2 if at + 1 < len(rows) and _continues(rows[at], rows[at + 1]) else 1
    under = rows[at + depth - 1]
    fields = []
    for column, cell in distinct(under):
        field = headings.column(cell.text) or headings.column(rows[at][column].text)
        if field:
            fields.append((column, field))
    horizon = next(
        (h for _, cell, _ in first if (h := headings.horizon(cell.text)) and not headings.column(cell.text)), ""
    )
    if (
        not horizon
    ):  # 年度目标 merged down the left of the block is a label too; its rows tell that it is no project goal
        horizon = next((headings.horizon(cell.text) for _, cell, _ in first[:1]), "")
        fields = [pair for pair in fields if not (horizon and pair[0] == 0)]
    seen = tuple(text for row in rows[at : at + depth] for text in texts(row))
    return _one_target(table, at, Columns(tuple(fields), depth, horizon, tuple(dict.fromkeys(seen))))


def _continues(above: Row, row: Row) -> bool:
    """Whether a row is the second row of headings: every cell is a heading or reaches down from above, one is new."""
    new = [cell for column, cell in distinct(row) if cell is not above[column] and cell.text.strip()]
    return bool(new) and all(headings.column(cell.text) for cell in new)


def _one_target(table: Table, at: int, columns: Columns) -> Columns:
    """Where 中期 and 年度 stand side by side, only the columns of the year; unchanged when there is one target column."""
    targets = [column for column, field in columns.fields if field == "target"]
    if len(targets) < 2:
        return columns
    times = [_time_above(table, at, column) for column in targets]
    if times.count("year") != 1:
        return Columns(columns.fields, columns.depth, "unclear", columns.seen)
    mine = targets[times.index("year")]
    start = max((column + 1 for column in targets if column < mine), default=0)
    shared = min(targets)
    kept = tuple(
        (column, field)
        for column, field in columns.fields
        if start <= column <= mine or (field == "category" and column < shared) or column > max(targets)
    )
    return Columns(kept, columns.depth, "year", columns.seen)


def _time_above(table: Table, at: int, column: int) -> str:
    """The nearest 年度 or 中期 above a column."""
    above = (headings.horizon(table.rows[r][column].text) for r in range(at - 1, -1, -1))
    return next((time for time in above if time), "")


def of_long_term(table: Table, at: int, column: int) -> bool:
    """Whether an amount stands under 中期资金总额 or its like, not under the total of the year."""
    above = (headings.plain(table.rows[r][column].text) for r in range(at - 1, max(at - 4, -1), -1))
    return bool(re.match("中期|长期|实施期|项目总", next((word for word in above if "总" in word), "")))


def value_of(field: str, table: Table, at: int, column: int, width: int) -> Cell | None:
    """The cell that holds a label's content: beside it, or under it for goals, money and planned shares."""
    row = table.rows[at]
    label = row[column]
    beside = row[column + width] if column + width < len(row) else None
    if beside is not None and headings.known(beside.text):
        beside = None
    under = next((r[column] for r in table.rows[at + 1 : at + 2] if r[column] is not label), None)
    if under is not None and (not under.text.strip() or headings.known(under.text)):
        under = None
    if field.startswith("plan:") or field in MONEY:
        if under is not None and not is_figure(under.text):
            under = None
        first, second = (under, beside) if field.startswith("plan:") else (beside, under)
        return second if first is None or (second is not None and not first.text.strip()) else first
    if beside is not None and (beside.text.strip() or field not in BELOW):
        return beside
    return under if field in BELOW else beside
