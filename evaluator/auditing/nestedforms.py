"""A filled table with weights on three levels (分层权重): its rows with the points of the total that these come to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pydantic_core import PydanticCustomError

from evaluator.auditing.recomputed import number
from evaluator.documents.nestedweights import weighed
from evaluator.figures import decimal
from evaluator.intake.filled.formdata import FilledRow, FilledTable

HUNDRED = Fraction(100)


def converted(table: FilledTable) -> FilledTable:
    """The table with its points converted, and what they were as `printed_points`; as it is where its points are no weights.

    They are weights where level 2 adds up to 100 inside each level 1, level 3 to its level 2, and level 1 with the execution
    points to 100; not where a score is more than its row would then be worth: such scores are in the table's own points.
    """
    worth = _points(table)
    if worth is None or any(_beyond(row, points) for row, points in zip(table.indicators, worth, strict=True)):
        return table
    levels: dict[tuple[str | None, str | None], Fraction] = {}
    for row, points in zip(table.indicators, worth, strict=True):
        levels[row.level1, row.level2] = levels.get((row.level1, row.level2), Fraction(0)) + points
    rows = [
        row.model_copy(
            update={
                "points": decimal(points),
                "printed_points": row.points,
                "level2_points": row.level2_points and decimal(levels[row.level1, row.level2]),
            }
        )
        for row, points in zip(table.indicators, worth, strict=True)
    ]
    return table.model_copy(update={"indicators": rows})


def _points(table: FilledTable) -> list[Fraction] | None:
    """The points that the weights of a table come to, row by row; None where they are none."""
    levels = _levels(table.indicators)
    execution = (number(table.execution.points) if table.execution else None) or Fraction(0)
    if levels is None or sum(weight for weight, _ in levels.values()) + execution != HUNDRED:
        return None
    if all(weight == HUNDRED for weight, _ in levels.values()):
        return None  # one level 1 that is the whole: its points are points
    value = {
        "weights": {
            name: {"weight": decimal(weight), "within": {below: decimal(part) for below, part in within.items()}}
            for name, (weight, within) in levels.items()
        },
        "indicators": [
            {
                "category": row.level1,
                "dimension": row.level2,
                "name": row.level3,
                "weight": decimal(number(row.points) or Fraction(0)),
            }
            for row in table.indicators
        ],
    }
    try:
        return [Fraction(row["points"]) for row in weighed(value)["indicators"]]
    except PydanticCustomError:
        return None


def _levels(rows: Sequence[FilledRow]) -> dict[str, tuple[Fraction, dict[str, Fraction]]] | None:
    """Each level 1 with its weight and the points of its level 2; None where one of them, or the points of a row, is not printed."""
    first: dict[str, Fraction] = {}
    second: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        if row.level1 is None or row.level2 is None or number(row.points) is None:
            return None
        within = second.setdefault(row.level1, {})
        if (weight := number(row.level1_points)) is not None:
            first.setdefault(row.level1, weight)
        if (part := number(row.level2_points)) is not None:
            within.setdefault(row.level2, part)
    pairs = {(row.level1, row.level2) for row in rows if row.level1 and row.level2}
    whole = first.keys() == second.keys() and all(below in second[name] for name, below in pairs)
    return {name: (first[name], second[name]) for name in first} if whole and first else None


def _beyond(row: FilledRow, points: Fraction) -> bool:
    score = number(row.score)
    return score is not None and score > points
