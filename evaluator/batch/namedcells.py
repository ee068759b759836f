"""Cells of a batch that say several things by name: readings (step=started；扣完为止) and data items (合格人数=96人；参评人数=100人)."""

from __future__ import annotations

from functools import lru_cache

from evaluator.quantities.numerals import Unreadable, normalise
from evaluator.quantities.reading import Amount, read


def readings_in(text: str) -> dict[str, str]:
    """What a cell settles of the row's scoring standard: 事项=读法, or the reading in its own words; raises Unreadable (Q411)."""
    if not text:
        return {}
    from evaluator.criteria.cutting import vocabulary

    terms = vocabulary()["terms"]
    words = {says: (key, str(reading)) for key, term in terms.items() for reading, says in term["readings"].items()}
    settled: dict[str, str] = {}
    for part in _parts(text):
        key, mark, answer = part.partition("=")
        if part in words:
            key, answer = words[part]
        elif not mark or not answer.strip():
            raise Unreadable("Q411", f"读法“{part}”读不出", "、".join(terms))
        settled[key.strip()] = answer.strip()
    return settled


@lru_cache(maxsize=4096)
def items_in(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The data items of a cell: the unit of each, and what is filled in; raises Unreadable (Q415) for what is no number."""
    units: dict[str, str] = {}
    filled: dict[str, str] = {}
    for part in _parts(text):
        name, mark, value = (side.strip() for side in part.partition("="))
        content = read(normalise(value)) if mark and value else None
        if not name or not isinstance(content, Amount):
            raise Unreadable("Q415", f"采集数据“{part}”读不出", "如 合格人数=96人；参评人数=100人")
        units[name], filled[name] = str(content.low.unit), value
    return units, filled


def names_in(text: str) -> list[str]:
    """The names of the data items of a cell, whether or not what is filled in can be read."""
    return [part.partition("=")[0].strip() for part in _parts(text)]


def _parts(text: str) -> list[str]:
    plain = text.replace("＝", "=").replace("：", "=").replace(";", "；").replace("\n", "；")
    return [part.strip() for part in plain.split("；") if part.strip()]
