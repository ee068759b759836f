"""Nested weights (分层权重) of a goal table as points: read when its file is, so that whatever comes after knows points only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import PydanticCustomError

from evaluator.documents.formerly import like
from evaluator.documents.scalars import hundredths
from evaluator.figures import points, split

WHOLE = 10_000  # what level 2 adds up to inside its level 1, in hundredths
Levels = dict[str, tuple[int, dict[str, int]]]  # level 1 -> its weight, and the points of each level 2 in it


def weighed(value: Any) -> Any:
    """A project as written, its indicators with the points (`points`) that their weights (`weight`) come to.

    A level-1 weight, in points of the total, is split over level 2 in proportion to what these have (100 together), and each
    part over level 3, by largest remainder, so that both levels add up. Raises a problem (R168) where weights do not add up,
    or some are missing; what is no number is left to be told of its own field.
    """
    if not isinstance(value, dict) or not isinstance(rows := value.get("indicators"), list):
        return value
    if not all(isinstance(row, dict) for row in rows):
        return value
    weights = value.get("weights")
    if not weights and not any("weight" in row for row in rows):
        return value
    try:
        levels = _levels(weights or {})
        own = [hundredths(row["weight"]) if "weight" in row else None for row in rows]
    except (ValueError, TypeError, AttributeError, KeyError):
        return _as_given(value, rows)
    if faults := list(_faults(levels, rows, own)):
        remedy = "一级权重是总分中的分，二级分值在一级内合计 100，三级分值（weight）合计为它的二级分值"
        raise PydanticCustomError("R168", "{says}", {"says": "；".join(faults), "remedy": remedy})
    renewed = like(value)
    renewed["indicators"] = _with_points(rows, _points(levels, rows, own))
    return renewed


def _as_given(value: Any, rows: list[Any]) -> Any:
    """A project whose weights are told of their own fields: that points are wanting too is not told beside."""
    renewed = like(value)
    renewed["indicators"] = [_with(row, "0") if "weight" in row else row for row in rows]
    return renewed


def _with_points(rows: list[Any], worth: dict[int, int]) -> list[Any]:
    """The indicators with their points, at the places where they were written."""
    return [_with(row, points(worth[place])) for place, row in enumerate(rows)]


def _with(row: Any, worth: str) -> Any:
    current = like(row)
    current["points"] = worth
    if "weight" in current.keys_at:
        current.keys_at["points"] = current.keys_at["weight"]
    return current


def _levels(weights: Any) -> Levels:
    return {
        str(name): (hundredths(level["weight"]), {str(two): hundredths(part) for two, part in level["within"].items()})
        for name, level in weights.items()
    }


def _faults(levels: Levels, rows: list[Any], own: list[int | None]) -> Iterator[str]:
    """What does not add up or is missing."""
    if not levels:
        yield "写了 weight，没有写 weights（一级权重和二级分值）"
        return
    placed: dict[tuple[str, str], list[int]] = {}
    for row, weight in zip(rows, own, strict=True):
        level, called = (str(row.get("category")), str(row.get("dimension"))), f"“{row.get('name')}”"
        if weight is None or "points" in row:
            yield f"{called}{'没有写 weight' if weight is None else '写了 weight，分值由它换算，不另写 points'}"
        if level[1] not in levels.get(level[0], (0, {}))[1]:
            yield f"{called}的“{level[0]}/{level[1]}”在 weights 里没有"
        placed.setdefault(level, []).append(weight or 0)
    for first, (_, within) in levels.items():
        if (total := sum(within.values())) != WHOLE:
            yield f"“{first}”内各二级分值合计 {points(total)}，不是 100"
        for two, part in within.items():
            if (total := sum(placed.get((first, two), []))) != part:
                yield f"“{first}/{two}”内各三级分值合计 {points(total)}，不是 {points(part)}"


def _points(levels: Levels, rows: list[Any], own: list[int | None]) -> dict[int, int]:
    """The points of each row, by its place."""
    worth: dict[int, int] = {}
    for first, (weight, within) in levels.items():
        for two, part in zip(within, split(weight, list(within.values())), strict=True):
            mine = [at for at, row in enumerate(rows) if (str(row["category"]), str(row["dimension"])) == (first, two)]
            worth.update(zip(mine, split(part, [own[at] or 0 for at in mine]), strict=True) if mine else ())
    return worth
