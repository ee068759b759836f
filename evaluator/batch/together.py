"""What stands out when a unit's projects are seen together, in columns: the facts of `outliers`, on each unit's last project."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from evaluator.batch.columnar import Kind, flags, told, words
from evaluator.batch.pairs import PARTS, ops
from evaluator.batch.repeats import repeats
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, joint
from evaluator.comparators import AT_LEAST, AT_MOST
from evaluator.factsheets.outliers import SHARED, told_some
from evaluator.figures import decimal
from evaluator.quantities.quantity import read_target

WHOLE_SCORE = 10_000
EITHER = (AT_LEAST, AT_MOST)


def unit_kinds(scored: ScoredPart) -> dict[str, Kind]:
    """The kinds unit, copy and repeat; a unit's year with a single project has none of them."""
    columns, starts = scored.columns, scored.starts
    unit, _ = joint(columns["unit_code"].take(starts).key, coded(scored.year[starts]))
    codes = np.array(columns["project_code"].words, dtype=object)[columns["project_code"].codes[starts]]
    order = np.lexsort((codes.astype(str), unit))  # projects by code inside each unit
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    last = np.flatnonzero(np.diff(unit[order], append=-1))
    host = order[last]  # of each unit
    several = np.bincount(unit) > 1
    return {
        "unit": _units(scored, unit, host, several),
        "copy": _copies(scored, unit, host, place),
        "repeat": repeats(scored, unit, host, place, several),
    }


def _units(scored: ScoredPart, unit: Any, host: Any, several: Any) -> Kind:
    columns, read, missing = scored.columns, scored.read, scored.rows.missing
    size, of_row = len(host), unit[scored.project]
    percent = read.unit == read.units.get("%", -1)
    asked = columns["category"].each(lambda w: "满意" in w) | columns["name"].each(lambda w: "满意" in w)
    satisfied = asked & np.where(missing, columns["target"].each(lambda w: "%" in w), percent)
    full = satisfied & ~missing & percent & (read.value == 100 * PARTS)
    free, equal = free_and_equal(scored)

    def count(mask: Any, among: Any = of_row) -> Any:
        return np.bincount(among[mask], minlength=size)

    projects = np.bincount(unit, minlength=size)
    with_satisfied = np.zeros(scored.size, dtype=bool)
    with_satisfied[scored.project[satisfied]] = True
    counts = {
        "projects": projects,
        "satisfied_projects": count(with_satisfied, unit),
        "satisfied_rows": count(satisfied),
        "free_rows": count(free),
    }
    at = np.flatnonzero(several)
    named = columns["unit_code"].take(scored.starts[host[at]])
    return Kind(
        host[at],
        words(named),
        makers={
            **{name: partial(np.multiply, value[at], 10**6) for name, value in counts.items()},
            **flags({
                "all_full": (count(scored.score == WHOLE_SCORE, unit) == projects)[at],
                "all_satisfied": ((count(satisfied) > 0) & (count(full) == count(satisfied)))[at],
                "all_equal": ((count(free) > 0) & (count(equal) == count(free)))[at],
            }),
        },
        shown={name: told(str, value[at]) for name, value in counts.items()},
    )  # fmt: skip


def free_and_equal(scored: ScoredPart) -> tuple[Any, Any]:
    """The rows whose number could have come out on either side of the target, and those of them that just met it."""
    read, missing = scored.read, scored.rows.missing
    percent = read.unit == read.units.get("%", -1)
    word = np.isin(scored.rows.op, ops(EITHER))
    free = word & ~(percent & read.whole) & (read.target != 0) & ~missing
    free |= missing & word & _plain_number(scored)
    free &= ~scored.columns["formula"].given()
    return free, free & ~missing & read.just


def _plain_number(scored: ScoredPart) -> Any:
    """Rows whose target is one number with the sign ≥ or ≤ (asked only of rows without a result)."""
    out = np.zeros(len(scored.project), dtype=bool)
    rows = np.flatnonzero(scored.rows.missing)
    target, sign = (scored.columns[name].take(rows) for name in ("target", "sign"))
    key, first = joint(target.key, sign.key)
    told: list[Any] = [read_target(target.at(row), sign.at(row) or None) for row in first.tolist()]
    out[rows] = np.array([one.kind == "数值" and one.sign in EITHER for one in told], dtype=bool)[key]
    return out


def _copies(scored: ScoredPart, unit: Any, host: Any, place: Any) -> Kind:
    """Pairs of a unit's projects with the same uncommon value under the same name in at least two rows."""
    read, rows = scored.read, scored.rows
    named: dict[str, int] = {}
    name = scored.columns["name"].each(lambda word: named.setdefault(re.sub(r"\s", "", word), len(named)), np.int64)
    whole = (read.value >= 0) & (read.value * 2 % PARTS == 0)
    fine = list(read.finer)
    halves = np.array([(2 * one).denominator == 1 for one in fine] or [False])
    whole |= (read.value < 0) & halves[np.minimum(-1 - np.minimum(read.value, -1), len(halves) - 1)]
    uncommon = ~rows.missing & ~read.computed & ~whole & ~read.just
    at = np.flatnonzero(uncommon)
    at = at[np.lexsort((at, place[scored.project[at]]))]
    value, _ = pd.factorize(read.value[at])
    key, _ = joint(*map(coded, (unit[scored.project[at]], name[at], read.unit[at], value)))
    frame = pd.DataFrame({"key": key, "project": scored.project[at], "row": at}).drop_duplicates(["key", "project"])
    frame = frame[frame["key"].map(frame["key"].value_counts()).between(2, SHARED)]
    both = frame.merge(frame, on="key")
    both = both[place[both["project_x"]] < place[both["project_y"]]]
    pairs: dict[tuple[int, int], list[int]] = {}
    for one, other, row in zip(
        both["project_x"].tolist(), both["project_y"].tolist(), both["row_x"].tolist(), strict=True
    ):
        pairs.setdefault((one, other), []).append(row)
    found = [(one, other, shared) for (one, other), shared in pairs.items() if len(shared) > 1]
    units = list(read.units)
    names, titles = list(named), scored.columns["project"]
    shown = [told_some([f"{names[name[row]]}{decimal(read.value_of(row))}{units[read.unit[row]]}" for row in shared]) for _, _, shared in found]  # fmt: skip
    codes = scored.columns["project_code"]
    first, second = (np.array([each[i] for each in found], dtype=np.int64) for i in (0, 1))
    ids = [f"{codes.at(scored.starts[one])}+{codes.at(scored.starts[two])}" for one, two, _ in found]
    counts = np.array([len(shared) for _, _, shared in found], dtype=np.int64)
    return Kind(
        host[unit[first]] if found else first,
        _listed(ids),
        makers={"rows": lambda: counts * 10**6},
        shown={
            "first": words(titles.take(scored.starts[first])), "second": words(titles.take(scored.starts[second])),
            "rows": told(str, counts), "shown": _listed(shown),
        },
    )  # fmt: skip


def _listed(texts: list[str]) -> Any:
    return words(TextColumn(np.arange(len(texts)), texts))
