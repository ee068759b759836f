"""Reading a table by its headings: which columns a heading row names, which cells of a row are distinct, what is whose value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from evaluator.intake import headings
from evaluator.intake.document import Cell, Place, Table
from evaluator.intake.signs import is_mark
from evaluator.model import FUNDS, PARTS
from evaluator.plain import INVISIBLE
from evaluator.quantities.signs import read_sign

Row = Sequence[Cell]

BELOW = {"goals", "long_goals"}  # whose content may stand under the label, not only beside it
MONEY = {"total", "asked", *FUNDS, *PARTS, "executed"}
NATURES = ("nature", "nature2", "nature3", "nature4")  # of the columns that hold signs and natures, in their order
SAMPLE = 200  # rows below a heading that tell what its column holds
_UNSEEN = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]|[{INVISIBLE}]")
_FIGURE = re.compile(r"[-\d.,，．%％\s]*\d[-\d.,，．%％\s]*(?:亿元|万元|千元|百元|元|万|亿)?")


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
class Column:
    """A column of the indicator part: where it begins, where the next one begins, the field it stands for and its heading."""

    at: int
    to: int
    name: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an indicator part, how many heading rows it takes, and for which time it is.

    `unread` are the columns with contents whose headings are not known.
    """

    fields: tuple[Column, ...]
    depth: int
    horizon: str
    seen: tuple[str, ...]
    unread: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()  # where the cells of the heading row begin

    @property
    def progress(self) -> str:
        """The heading of the column that only a 绩效运行监控表 has, that of the progress before that of the forecast; or ''."""
        told = {column.name: flat(column.heading) for column in self.fields}
        return told.get("progress") or told.get("forecast", "")

    def fitted(self, table: Table) -> Columns | None:
        """The same columns over a table that goes on with the rows, or None when they cannot be the same."""
        starts = laid_over(self.starts, table)
        if starts is None:
            return None
        ends = (*starts[1:], len(table.rows[0]))
        at = dict(zip(self.starts, zip(starts, ends, strict=True), strict=True))
        fields = (replace(column, at=at[column.at][0], to=at[column.at][1]) for column in self.fields)
        return replace(self, fields=tuple(fields), starts=starts)

    @property
    def names(self) -> set[str]:
        """The fields that have a column."""
        return {column.name for column in self.fields}


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


def under(row: Row, column: Column) -> Found | None:
    """What stands in a row under a heading: the cells it reaches over, joined; None when they are blank."""
    inside = [
        cell
        for at, cell in distinct(row[column.at : column.to])
        if cell.text.strip() and (at == 0 or column.to >= len(row) or row[column.to] is not cell)
    ]
    return Found("".join(cell.text for cell in inside), inside[0].place) if inside else None


def laid_over(starts: Sequence[int], table: Table) -> tuple[int, ...] | None:
    """Where as many columns begin in a table of another grid: in all of its rows that have so many cells alike; or None."""
    found = {tuple(at for at, _ in distinct(row)) for row in table.rows}
    fits = {one for one in found if len(one) == len(starts)}
    return fits.pop() if len(fits) == 1 else None


def columns_of(table: Table, at: int) -> Columns | None:
    """The columns named by the heading row at this index (and a second one below it), or None when it is none."""
    rows = table.rows
    first = [(column, cell, headings.column(cell.text)) for column, cell in distinct(rows[at])]
    named = {field for _, _, field in first}
    named |= {"indicator"} if any(headings.standin(cell.text) for _, cell, _ in first) else set()
    if len(named & {"category", "dimension", "indicator"}) < 2 and not {"indicator", "target"} <= named:
        return None
    depth = 2 if at + 1 < len(rows) and continues(rows[at], rows[at + 1], headings.column_below) else 1
    places = [column for column, _ in distinct(rows[at + depth - 1])]
    fields = [
        Column(column, to, _field(rows, at, depth, column), rows[at + depth - 1][column].text)
        for column, to in zip(places, [*places[1:], len(rows[at])], strict=True)
    ]
    fields = _signed(_standing_in(fields, rows[at + depth - 1], rows[at + depth :]), rows[at + depth :])
    horizon = next(
        (h for _, cell, _ in first if (h := headings.horizon(cell.text)) and not headings.column(cell.text)), ""
    )
    if (
        not horizon
    ):  # 年度目标 merged down the left of the block is a label too; its rows tell that it is no project goal
        horizon = next((headings.horizon(cell.text) for _, cell, _ in first[:1]), "")
        fields = [column for column in fields if not (horizon and column.at == 0)]
    seen = tuple(text for row in rows[at : at + depth] for text in texts(row))
    known = tuple(column for column in fields if column.name)
    unread = unread_of(rows[at : at + depth], rows[at + depth :], {column.at for column in known}, headings.known)
    return _one_target(table, at, Columns(known, depth, horizon, tuple(dict.fromkeys(seen)), unread, tuple(places)))


def _field(rows: Sequence[Row], at: int, depth: int, column: int) -> str:
    last = rows[at + depth - 1][column].text
    return (
        (headings.column_below(last) if depth > 1 else "")
        or headings.column(last)
        or headings.column(rows[at][column].text)
    )


def continues(above: Row, row: Row, field: Callable[[str], str]) -> bool:
    """Whether a row is the second row of headings: every cell is a heading or reaches down from above, one is new."""
    new = [cell for column, cell in distinct(row) if cell is not above[column] and cell.text.strip()]
    return bool(new) and all(field(cell.text) for cell in new)


def _standing_in(fields: list[Column], head: Row, below: Sequence[Row]) -> list[Column]:
    """The columns, 绩效指标 and its like taken for 三级指标 where no column is called that and it stands right of a level."""
    if any(column.name == "indicator" for column in fields):
        return fields
    level = next((column.at for column in fields if column.name in ("category", "dimension")), None)
    for number, column in enumerate(fields):
        reaches_down = below and below[0][column.at] is head[column.at]
        if headings.standin(column.heading) and level is not None and column.at > level and not reaches_down:
            return [*fields[:number], replace(column, name="indicator"), *fields[number + 1 :]]
    return fields


def _signed(fields: list[Column], below: Sequence[Row]) -> list[Column]:
    """The columns with those of signs and natures told apart, one without a known heading found by its cells."""
    count = 0
    made = []
    for column in fields:
        signs = column.name == "nature" or (not column.name and holds_signs(below, column.at))
        made.append(replace(column, name=NATURES[min(count, len(NATURES) - 1)]) if signs else column)
        count += signs
    return made


def holds_signs(below: Sequence[Row], at: int) -> bool:
    """Whether all that stands in a column are signs and natures, with a sign among them."""
    told = {row[at].text.strip() for row in below[:SAMPLE] if at < len(row)} - {""}
    return len(told) < 20 and any(map(read_sign, told)) and all(map(is_mark, told))


def unread_of(
    head: Sequence[Row], below: Sequence[Row], known: set[int], is_known: Callable[[str], bool]
) -> tuple[str, ...]:
    """The headings nobody knows with contents below them, in the columns that are not among the known ones."""
    unread = []
    for at, cell in distinct(head[-1]):
        told = flat(cell.text)
        if (
            at in known
            or at < min(known, default=0)
            or not told
            or len(told) > headings.LONGEST
            or any(is_known(row[at].text) for row in head)
        ):
            continue
        if any(row[at].text.strip() and row[at] is not cell for row in below[:SAMPLE] if at < len(row)):
            unread.append(told)
    return tuple(dict.fromkeys(unread))


def _one_target(table: Table, at: int, columns: Columns) -> Columns:
    """Where 中期 and 年度 stand side by side, only the columns of the year; unchanged when there is one target column."""
    targets = [column for column in columns.fields if column.name == "target"]
    if len(targets) < 2:
        return columns
    times = [headings.time_in(column.heading) or _time_above(table, at, column.at) for column in targets]
    if times.count("year") != 1:
        return replace(columns, horizon="unclear")
    mine = targets[times.index("year")].at
    start = max((column.at + 1 for column in targets if column.at < mine), default=0)
    shared, last = min(column.at for column in targets), max(column.at for column in targets)
    kept = tuple(
        column
        for column in columns.fields
        if start <= column.at <= mine or (column.name == "category" and column.at < shared) or column.at > last
    )
    return replace(columns, fields=kept, horizon="year")


def _time_above(table: Table, at: int, column: int) -> str:
    """The nearest 年度 or 中期 above a column."""
    above = (headings.horizon(table.rows[r][column].text) for r in range(at - 1, -1, -1))
    return next((time for time in above if time), "")


def unnumbered(table: Table) -> Table:
    """The table with its column of row numbers (行次) given to the one beside it, so that no number passes for a content."""
    named = (
        (at, column)
        for at, row in enumerate(table.rows)
        for column, cell in distinct(row)
        if headings.plain(cell.text) in headings.words().numbering
    )
    for at, column in named:
        below = (flat(row[column].text) for row in table.rows[at + 1 :])
        run = list(takewhile(lambda text: not text or (text.isdecimal() and len(text) < 6), below))
        told = [int(text) for text in run if text]
        if told and told == list(range(told[0], told[0] + len(told))):
            rows = (_without(row, column) if at <= r <= at + len(run) else row for r, row in enumerate(table.rows))
            return replace(table, rows=tuple(rows))
    return table


def _without(row: Row, column: int) -> tuple[Cell, ...]:
    """A row whose cell at this column, where it is one of its own, is given to the cell on its left, or right of the first."""
    beside = column - 1 if column else 1
    alone = beside < len(row) and all(
        row[at] is not row[column] for at in (column - 1, column + 1) if 0 <= at < len(row)
    )
    return tuple(row[beside] if at == column and alone else cell for at, cell in enumerate(row))


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
