"""Tables of goals by their headings: the columns that are of the year, row numbers taken out, which cell is a label's content."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import replace
from itertools import takewhile

from evaluator.intake.document import Row, Table, TableCell, distinct, flat, texts
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.goalwords import MONEY, is_figure
from evaluator.intake.headings.indicatorheads import LEVEL_POINTS, LEVELS, Head, Headings
from evaluator.intake.headings.lexicon import GOALS, plain, words
from evaluator.intake.headings.titles import is_title

_BELOW = {"goals", "long_goals"}  # whose content may stand under the label, not only beside it


def _heads(top: Set[str], names: Set[str]) -> bool:
    return len(top & set(LEVELS)) > 1 or {"indicator", "target"} <= top


def _begins(row: Row) -> bool:
    return any(goalwords.known(text) or is_title(text) for text in texts(row)[:2])


HEADINGS = Headings(
    column=goalwords.column,
    below=goalwords.column_below,
    known=goalwords.known,
    closest=goalwords.closest,
    heads=_heads,
    begins=_begins,
    spare={"unused"},
    unread="D208",
    torn="D210",
)


def of_year(head: Head, table: Table, at: int) -> Head:
    """The columns of a head at this row that are for the year; its horizon is unclear where that cannot be told."""
    cells = [cell.text for _, cell in distinct(table.rows[at])]
    horizon = next((h for text in cells if (h := goalwords.horizon(text)) and not goalwords.column(text)), "")
    columns = head.columns
    if "points" not in head.fields:  # those of a level are then all there are, and are asked about
        columns = tuple(replace(one, name="points") if one.name in LEVEL_POINTS else one for one in columns)
    if not horizon and (horizon := goalwords.horizon(cells[0])):
        # 年度目标 merged down the left of the block is a label too; its rows tell that it is no project goal
        columns = tuple(one for one in columns if one.at > 0)
    return _one_target(table, at, replace(head, columns=columns, horizon=horizon))


def _one_target(table: Table, at: int, head: Head) -> Head:
    """Where 中期 and 年度 stand side by side, only the columns of the year; unchanged when there is one target column."""
    targets = [column for column in head.columns if column.name == "target"]
    if len(targets) < 2:
        return head
    times = [goalwords.time_in(column.heading) or _time_above(table, at, column.at) for column in targets]
    if times.count("year") != 1:
        return replace(head, horizon="unclear")
    mine = targets[times.index("year")].at
    start = max((column.at + 1 for column in targets if column.at < mine), default=0)
    shared, last = min(column.at for column in targets), max(column.at for column in targets)
    kept = tuple(
        column
        for column in head.columns
        if start <= column.at <= mine or (column.name == "category" and column.at < shared) or column.at > last
    )
    return replace(head, columns=kept, horizon="year")


def _time_above(table: Table, at: int, column: int) -> str:
    """The nearest 年度 or 中期 above a column."""
    above = (goalwords.horizon(table.rows[r][column].text) for r in range(at - 1, -1, -1))
    return next((time for time in above if time), "")


def unnumbered(table: Table) -> Table:
    """The table with its column of row numbers (行次) given to the one beside it, so that no number passes for a content."""
    named = (
        (at, column)
        for at, row in enumerate(table.rows)
        for column, cell in distinct(row)
        if plain(cell.text) in words(GOALS, "numbering")
    )
    for at, column in named:
        below = (flat(row[column].text) for row in table.rows[at + 1 :])
        run = list(takewhile(lambda text: not text or (text.isdecimal() and len(text) < 6), below))
        told = [int(text) for text in run if text]
        if told and told == list(range(told[0], told[0] + len(told))):
            rows = (_without(row, column) if at <= r <= at + len(run) else row for r, row in enumerate(table.rows))
            return replace(table, rows=tuple(rows))
    return table


def _without(row: Row, column: int) -> tuple[TableCell, ...]:
    """A row whose cell at this column, where it is one of its own, is given to the cell on its left, or right of the first."""
    beside = column - 1 if column else 1
    alone = beside < len(row) and all(
        row[at] is not row[column] for at in (column - 1, column + 1) if 0 <= at < len(row)
    )
    return tuple(row[beside] if at == column and alone else cell for at, cell in enumerate(row))


def of_long_term(table: Table, at: int, column: int) -> bool:
    """Whether an amount stands under 中期资金总额 or its like, not under the total of the year."""
    above = (plain(table.rows[r][column].text) for r in range(at - 1, max(at - 4, -1), -1))
    return bool(re.match("中期|长期|实施期|项目总", next((word for word in above if "总" in word), "")))


def value_of(field: str, table: Table, at: int, column: int, width: int) -> TableCell | None:
    """The cell that holds a label's content: beside it, or under it for goals, money and planned shares."""
    row = table.rows[at]
    label = row[column]
    beside = row[column + width] if column + width < len(row) else None
    if beside is not None and goalwords.known(beside.text):
        beside = None
    under = next((r[column] for r in table.rows[at + 1 : at + 2] if r[column] is not label), None)
    if under is not None and (not under.text.strip() or goalwords.known(under.text)):
        under = None
    if field.startswith("plan:") or field in MONEY:
        if under is not None and not is_figure(under.text):
            under = None
        first, second = (under, beside) if field.startswith("plan:") else (beside, under)
        return second if first is None or (second is not None and not first.text.strip()) else first
    if beside is not None and (beside.text.strip() or field not in _BELOW):
        return beside
    return under if field in _BELOW else beside
