"""A unit's rows beside those of the year before: which are the same, and targets that were lowered or are below what was done.

Only what both years have in one unit and under the same sign is compared; exact numbers throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evaluator.comparators import DOWNWARD, UPWARD
from evaluator.factsheets.relations import row_fields
from evaluator.findings.facts import Fact
from evaluator.model import Actuals, Indicator, Project
from evaluator.quantities.quantity import Quantity, Unreadable, set_beside
from evaluator.quantities.reading import Amount
from evaluator.quantities.samething import same_name
from evaluator.results import TableScore

Moved = Literal["指标值降低", "指标值提高", "指标值改写"]
NOT_FILLED = "没有填"
SLACK = Fraction(95, 100)  # of what was done last year: a target no lower than this keeps up with it


@dataclass(frozen=True, slots=True)
class Before:
    """A project of the year before, and its results where there are any."""

    table: Project
    actuals: Actuals | None


def matched(before: Sequence[Indicator], after: Sequence[Indicator]) -> dict[int, int]:
    """Which row of the year before each row is: by id and name, then by a name that is the only one, then by id."""
    pairs: dict[int, int] = {}

    def pair(fits: Any) -> None:
        for new, row in enumerate(after):
            same = [old for old, other in enumerate(before) if old not in pairs.values() and fits(other, row)]
            if new not in pairs and len(same) == 1:
                pairs[new] = same[0]

    pair(lambda row, other: (row.id, row.name) == (other.id, other.name))
    pair(lambda row, other: row.name == other.name)
    pair(lambda row, other: row.id == other.id and same_name(row.name, other.name))
    return pairs


def moved(before: Indicator, after: Indicator) -> Moved | None:
    """How a target moved: lowered or raised where the two can be compared, else only written otherwise; None: it did not."""
    earlier, other = _amount(before), _amount(after)
    if earlier is None or other is None:
        return None if written(before) == written(after) else "指标值改写"
    (sign, old), (other_sign, new) = earlier, other
    if sign != other_sign or old.low.unit.kind != new.low.unit.kind or old.label != new.label:
        return "指标值改写"
    difference = new.low.to(old.low.unit) - old.low.number
    if difference == 0:
        return None
    if sign not in UPWARD + DOWNWARD:
        return "指标值改写"
    return "指标值降低" if (difference < 0) == (sign in UPWARD) else "指标值提高"


def written(row: Indicator) -> str:
    """The target as written, with the sign that the rule file gives where the document had none."""
    return f"{row.sign or ''}{row.target}"


def _amount(row: Indicator) -> tuple[str, Amount] | None:
    """The sign and amount of a target that is one number; None for any other."""
    try:
        target = row.read
    except Unreadable:
        return None
    if target.kind != "数值" or target.sign is None or not isinstance(target.content, Amount):
        return None
    return target.sign, target.content


# ---- as facts ----------------------------------------------------------------------------------------------------


def last_year(tables: Iterable[Any], given: Mapping[tuple[int, str], Actuals], year: int, unit: str) -> list[Before]:
    """The projects that a unit had in the year before this one, with their results."""
    mine = [
        table for table in tables if isinstance(table, Project) and (table.year, table.unit.code) == (year - 1, unit)
    ]
    return [Before(table, given.get((table.year, table.code))) for table in mine]


def earlier_facts(table: TableScore, before: Sequence[Before]) -> Iterator[Fact]:
    """One fact for each row of a project that its table of the year before (the same code, or the only one of the name) had."""
    same = [project for project in before if project.table.code == table.code]
    same = same or [project for project in before if project.table.name == table.name]
    if len(same) != 1 or not isinstance(table.table, Project):
        return
    rows, old = [row.indicator for row in table.rows], same[0].table.indicators
    for new, at in matched(old, rows).items():
        row, first = rows[new], old[at]
        done = _done(first, row, same[0].actuals)
        below = done is not None and _below(row, done[0])
        yield Fact(
            "earlier", table.code, row.id,
            **row_fields("earlier", row, new + 1) | {"target": written(row)},
            last_target=written(first),
            last_actual=done[1] if done else NOT_FILLED,
            below=below,
            lowered=moved(first, row) == "指标值降低" and not _budget(row),
        )  # fmt: skip


def _done(first: Indicator, row: Indicator, actuals: Actuals | None) -> tuple[Fraction, str] | None:
    """What a row came to last year, in the unit of this year's target, and as it was written; None where nothing says."""
    result = actuals.results.get(first.id) if actuals else None
    old, new = _amount(first), _amount(row)
    if result is None or not result.actual or first.formula is not None or old is None or new is None:
        return None
    try:
        pair = set_beside(first.read, result.actual)
        return Quantity(pair.actual, old[1].low.unit).to(new[1].low.unit), pair.actual_shown
    except Unreadable:
        return None


def _below(row: Indicator, done: Fraction) -> bool:
    """Whether a target asks for plainly less than was done.

    Nothing is said of what is to stay small, and of satisfaction, which no one can promise to raise.
    """
    amount = _amount(row)
    return (
        amount is not None
        and "满意" not in row.category + row.name
        and amount[0] in UPWARD
        and amount[1].low.number < SLACK * done
    )


def _budget(row: Indicator) -> bool:
    """Whether a target is a limit on money, which moves with the budget."""
    amount = _amount(row)
    return amount is not None and amount[0] in DOWNWARD and amount[1].low.unit.kind.startswith("金额")
