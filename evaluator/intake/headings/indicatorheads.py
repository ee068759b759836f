"""The head of indicators in a table: which columns its heading rows name, in the words of one kind of table; and what stands under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace

from evaluator.intake.document import PlacedText, Row, Table, distinct, flat, texts
from evaluator.intake.headings.lexicon import COMMON, LONGEST, plain, words
from evaluator.intake.headings.targetcolumns import is_mark
from evaluator.quantities.signs import read_sign

LEVELS = ("category", "dimension", "indicator")
LEVEL_POINTS = (
    "category_points",
    "dimension_points",
)  # of the columns that hold the points of a level, not of an indicator
NATURES = ("nature", "nature2", "nature3", "nature4")  # of the columns that hold signs and natures, in their order
SAMPLE = 200  # rows below a heading that tell what its column holds


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of one kind of table, and the codes of what is told of them.

    `column` and `below` tell the field of a heading in the first and in a second row, '' for none; `known` whether a text is a
    heading of any part; `closest` the known one nearest to a text; `heads` whether the fields of the first row, and those of
    both, are those of indicators; `begins` whether a row begins something else; `spare` the fields that are not wanted.
    """

    column: Callable[[str], str]
    below: Callable[[str], str]
    known: Callable[[str], bool]
    closest: Callable[[str], str]
    heads: Callable[[Set[str], Set[str]], bool]
    begins: Callable[[Row], bool]
    spare: Set[str]
    unread: str
    torn: str


@dataclass(frozen=True, slots=True)
class HeadColumn:
    """A column of the indicator part: where it begins, where the next one begins, the field it stands for and its heading."""

    at: int
    to: int
    name: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The heading rows of the indicators: the columns they name, how many rows they take, the width of their table.

    `starts` are the columns at which its cells begin, so that a table which goes on in another grid is understood too.
    """

    columns: tuple[HeadColumn, ...]
    depth: int
    width: int
    starts: tuple[int, ...]
    seen: tuple[str, ...]
    unread: tuple[str, ...] = ()  # headings nobody knows, of columns with contents
    horizon: str = ""  # the time that a goal table is for, where it says so

    @property
    def fields(self) -> dict[str, HeadColumn]:
        """The columns by their fields, from left to right; the first one where several have one field."""
        made: dict[str, HeadColumn] = {}
        for column in self.columns:
            made.setdefault(column.name, column)
        return made

    def fitted(self, table: Table) -> Head | None:
        """The same head over a table that goes on with its rows, or None when the columns cannot be the same."""
        width = len(table.rows[0])
        if width == self.width and not self._moved(table):
            return self
        starts = _laid_over(self.starts, table)
        if starts is None:
            return None
        at = dict(zip(self.starts, zip(starts, (*starts[1:], width), strict=True), strict=True))
        columns = (replace(column, at=at[column.at][0], to=at[column.at][1]) for column in self.columns)
        return replace(self, columns=tuple(columns), width=width, starts=starts)

    def _moved(self, table: Table) -> bool:
        """Whether a table of as many columns has its cells elsewhere: as many in its first row, none where they were."""
        found = [tuple(at for at, _ in distinct(row)) for row in table.rows]
        return len(found[0]) == len(self.starts) and self.starts not in found


def under(row: Row, column: HeadColumn) -> PlacedText | None:
    """What stands in a row under a heading: the cells it reaches over, joined; None when they are blank."""
    inside = [
        cell
        for at, cell in distinct(row[column.at : column.to])
        if cell.text.strip() and (at == 0 or column.to >= len(row) or row[column.to] is not cell)
    ]
    return PlacedText("".join(cell.text for cell in inside), inside[0].place) if inside else None


def _laid_over(starts: Sequence[int], table: Table) -> tuple[int, ...] | None:
    """Where as many columns begin in a table of another grid: in all of its rows that have so many cells alike; or None."""
    found = {tuple(at for at, _ in distinct(row)) for row in table.rows}
    fits = {one for one in found if len(one) == len(starts)}
    return fits.pop() if len(fits) == 1 else None


def head_of(table: Table, at: int, headings: Headings) -> Head | None:
    """The head of indicators that begins at this row, in one or two rows; None when there is none."""
    rows = table.rows
    first = [(headings.column(cell.text), is_standin(cell.text)) for _, cell in distinct(rows[at])]
    if sum(bool(field or stands) for field, stands in first) < 2:
        return None
    two = at + 1 < len(rows) and _continues(rows[at], rows[at + 1], headings.below)
    last, below = rows[at + two], rows[at + 1 + two :]
    starts = tuple(place for place, _ in distinct(last))
    named = [
        HeadColumn(place, to, (headings.below if two else headings.column)(last[place].text) or headings.column(rows[at][place].text), last[place].text)
        for place, to in zip(starts, (*starts[1:], len(last)), strict=True)
    ]  # fmt: skip
    columns = [column for column in _signed(_standing_in(_worth(named), last, below), below) if column.name]
    top = {field for field, _ in first} | ({"indicator"} if any(stands for _, stands in first) else set())
    if not headings.heads(top, {column.name for column in columns}):
        return None
    seen = tuple(dict.fromkeys(text for row in rows[at : at + 1 + two] for text in texts(row)))
    unread = _unread(rows[at : at + 1 + two], below, {column.at for column in columns}, headings.known)
    return Head(tuple(columns), 1 + two, len(last), starts, seen, unread)


def is_standin(text: str) -> bool:
    """Whether a column names the indicators where no column is called 三级指标."""
    return plain(text) in words(COMMON, "standins")


def _continues(above: Row, row: Row, field: Callable[[str], str]) -> bool:
    """Whether a row is the second row of headings: every cell is a heading or reaches down from above, one is new."""
    new = [cell for column, cell in distinct(row) if cell is not above[column] and cell.text.strip()]
    return bool(new) and all(field(cell.text) for cell in new)


def _worth(columns: list[HeadColumn]) -> list[HeadColumn]:
    """The columns with those points told apart that are of the level right before them, its names ending there."""
    made = []
    for number, column in enumerate(columns):
        before = columns[number - 1].name if number else ""
        of_level = column.name == "points" and before in LEVELS[:2]
        of_level = of_level and any(after.name in LEVELS for after in columns[number + 1 :])
        made.append(replace(column, name=f"{before}_points") if of_level else column)
    return made


def _standing_in(columns: list[HeadColumn], head: Row, below: Sequence[Row]) -> list[HeadColumn]:
    """The columns, 绩效指标 and its like taken for 三级指标 where no column is called that and it stands right of a level."""
    if any(column.name == "indicator" for column in columns):
        return columns
    level = next((column.at for column in columns if column.name in LEVELS), None)
    for number, column in enumerate(columns):
        reaches_down = below and below[0][column.at] is head[column.at]
        if is_standin(column.heading) and level is not None and column.at > level and not reaches_down:
            return [*columns[:number], replace(column, name="indicator"), *columns[number + 1 :]]
    return columns


def _signed(columns: list[HeadColumn], below: Sequence[Row]) -> list[HeadColumn]:
    """The columns with those of signs and natures told apart, one without a known heading found by its cells."""
    count = 0
    made = []
    for column in columns:
        signs = column.name == "nature" or (not column.name and _holds_signs(below, column.at))
        made.append(replace(column, name=NATURES[min(count, len(NATURES) - 1)]) if signs else column)
        count += signs
    return made


def _holds_signs(below: Sequence[Row], at: int) -> bool:
    """Whether all that stands in a column are signs and natures, with a sign among them."""
    told = {row[at].text.strip() for row in below[:SAMPLE] if at < len(row)} - {""}
    return len(told) < 20 and any(map(read_sign, told)) and all(map(is_mark, told))


def _unread(
    head: Sequence[Row], below: Sequence[Row], named: set[int], known: Callable[[str], bool]
) -> tuple[str, ...]:
    """The headings nobody knows with contents below them, in the columns that are not among the named ones."""
    unread = []
    for at, cell in distinct(head[-1]):
        told = flat(cell.text)
        if at in named or at < min(named, default=0) or not told or len(told) > LONGEST:
            continue
        if any(known(row[at].text) for row in head):
            continue
        if any(row[at].text.strip() and row[at] is not cell for row in below[:SAMPLE] if at < len(row)):
            unread.append(told)
    return tuple(dict.fromkeys(unread))
