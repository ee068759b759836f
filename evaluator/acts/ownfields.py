"""What a row with data items (采集数据项) or a criterion of its own asks to be filled in, each as a field of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.standard import standard
from evaluator.model import Indicator, Result

DATA, GIVEN = "data.", "given."  # how the names of such fields begin


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of a row: its name, what it is called or asks, the unit it is in, and what may be chosen with what each means."""

    name: str
    called: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def own_fields(row: Indicator) -> list[OwnField]:
    """The data items of a row with their units, then what its criterion asks for; none where it cannot be read."""
    items = [OwnField(f"{DATA}{name}", name, unit) for name, unit in row.data.items()]
    return [*items, *_asked(row)] if row.criterion is not None else items


def own_values(row: Indicator, result: Result | None) -> dict[str, str]:
    """What those fields hold; empty where nothing is filled in."""
    held = {f"{DATA}{name}": text for name, text in result.data.items()} if result else {}
    held |= {f"{GIVEN}{name}": text for name, text in result.given.items()} if result else {}
    return {name: held.get(name, "") for name in dict.fromkeys([*(field.name for field in own_fields(row)), *held])}


def _asked(row: Indicator) -> Iterator[OwnField]:
    try:
        inputs = standard(row.criterion or "", row.reads).inputs(row.target, Fraction(row.spoken, 100), row.sign)
    except Refusal:
        return
    for asked in inputs:
        chosen = asked.given in ("是否", "情形")
        yield OwnField(f"{GIVEN}{asked.key}", asked.asks, choices=asked.readings if chosen else ())
