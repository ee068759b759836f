"""What stands out when a unit's projects are seen together, in columns: the facts of `outliers`, on each unit's last project."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from evaluator.batch.columnar import Kind, Ratio, words
from evaluator.batch.pairs import PARTS, ops
from evaluator.batch.repeats import repeats
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, joint, where_asked
from evaluator.comparators import AT_LEAST, AT_MOST
from evaluator.factsheets.outliers import SHARED, told_some
from evaluator.figures import decimal
from evaluator.quantities.quantity import read_target

WHOLE_SCORE = 10_000
EITHER = (AT_LEAST, AT_MOST)


def unit_kinds(scored: ScoredPart) -> list[Kind]:
    """The kinds unit, copy and repeat; a unit's year with a single project has none of them."""
    columns, starts = scored.columns, scored.starts
    unit, _ = joint(columns["unit_code"].take(starts).key, coded(scored.year[starts]))
    order = np.lexsort((columns["project_code"].take(starts).ranks(), unit))  # projects by code inside each unit
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    last = np.flatnonzero(np.diff(unit[order], append=-1))
    host = order[last]  # of each unit
    several = np.bincount(unit) > 1
    return [
        _units(scored, unit, host, several),
        _copies(scored, unit, host, place),
        repeats(scored, unit, host, place, several),
    ]


def _units(scored: ScoredPart, unit: Any, host: Any, several: Any) -> Kind:
    columns, read, missing = scored.columns, scored.read, scored.rows.missing
    size, of_row = len(host), unit[scored.project]
    percent = read.unit == read.units.get("%", -1)
    asked = columns["category"].each(lambda w: "满意" in w) | columns["name"].each(lambda w: "满意" in w)
    satisfied = asked & ~scored.rows.left & np.where(missing, columns["target"].each(lambda w: "%" in w), percent)
    full = satisfied & ~missing & percent & (read.value == 100 * PARTS)
    free, equal = free_and_equal(scored)

    def count(mask: Any, among: Any = of_row) -> Any:
        return np.bincount(among[mask], minlength=size)

    projects = np.bincount(unit, minlength=size)
    with_satisfied = np.zeros(scored.size, dtype=bool)
    with_satisfied[scored.project[satisfied]] = True
    at = np.flatnonzero(several)
    fields = {
        "projects": Ratio(projects),
        "all_full": count(scored.score == WHOLE_SCORE, unit) == projects,
        "satisfied_projects": Ratio(count(with_satisfied, unit)),
        "satisfied_rows": Ratio(count(satisfied)),
        "all_satisfied": (count(satisfied) > 0) & (count(full) == count(satisfied)),
        "free_rows": Ratio(count(free)),
        "all_equal": (count(free) > 0) & (count(equal) == count(free)),
    }
    return Kind(
        "unit",
        host[at],
        words(columns["unit_code"].take(scored.starts[host[at]])),
        {name: Ratio(field.num[at]) if isinstance(field, Ratio) else field[at] for name, field in fields.items()},
    )


def free_and_equal(scored: ScoredPart) -> tuple[Any, Any]:
    """The rows whose number could have come out on either side of the target, and those of them that just met it."""
    read, missing = scored.read, scored.rows.missing
    percent = read.unit == read.units.get("%", -1)
    word = np.isin(scored.rows.op, ops(EITHER))
    free = word & ~(percent & read.whole) & (read.target != 0) & ~missing
    free |= word & where_asked(missing, scored.texts("target", "sign"), _free_either)
    free &= ~scored.columns["formula"].given() & ~scored.rows.left
    return free, free & ~missing & read.just


def _free_either(target: str, sign: str) -> bool:
    """Whether a target is one number with the sign ≥ or ≤."""
    read = read_target(target, sign or None)
    return read.kind == "数值" and read.sign in EITHER


def _copies(scored: ScoredPart, unit: Any, host: Any, place: Any) -> Kind:
    """Pairs of a unit's projects with the same uncommon value under the same name in at least two rows."""
    read, rows = scored.read, scored.rows
    name = scored.columns["name"].changed(lambda word: re.sub(r"\s", "", word))
    whole = (read.value >= 0) & (read.value * 2 % PARTS == 0)
    fine = list(read.finer)
    halves = np.array([(2 * value).denominator == 1 for value in fine] or [False])
    whole |= (read.value < 0) & halves[np.minimum(-1 - np.minimum(read.value, -1), len(halves) - 1)]
    uncommon = ~rows.missing & ~read.computed & ~whole & ~read.just
    at = np.flatnonzero(uncommon)
    at = at[np.lexsort((at, place[scored.project[at]]))]
    value, _ = pd.factorize(read.value[at])
    key, _ = joint(*map(coded, (unit[scored.project[at]], name.codes[at], read.unit[at], value)))
    frame = pd.DataFrame({"key": key, "project": scored.project[at], "row": at}).drop_duplicates(["key", "project"])
    frame = frame[frame["key"].map(frame["key"].value_counts()).between(2, SHARED)]
    both = frame.merge(frame, on="key")
    both = both[place[both["project_x"]] < place[both["project_y"]]]
    pairs: dict[tuple[int, int], list[int]] = {}
    for first, other, row in zip(
        both["project_x"].tolist(), both["project_y"].tolist(), both["row_x"].tolist(), strict=True
    ):
        pairs.setdefault((first, other), []).append(row)
    copies = [(first, other, shared) for (first, other), shared in pairs.items() if len(shared) > 1]
    units, titles = list(read.units), scored.columns["project"]
    shown = [
        told_some([f"{name.at(row)}{decimal(read.value_of(row))}{units[read.unit[row]]}" for row in shared])
        for _, _, shared in copies
    ]
    codes = scored.columns["project_code"]
    first, second = (np.array([each[i] for each in copies], dtype=np.int64) for i in (0, 1))
    ids = [f"{codes.at(scored.starts[first])}+{codes.at(scored.starts[two])}" for first, two, _ in copies]
    every = np.arange(len(copies), dtype=np.int32)
    return Kind(
        "copy",
        host[unit[first]] if copies else first,
        words(TextColumn(every, ids)),
        {
            "first": titles.take(scored.starts[first]),
            "second": titles.take(scored.starts[second]),
            "rows": Ratio(np.array([len(shared) for _, _, shared in copies], dtype=np.int64)),
            "shown": TextColumn(every, shown),
        },
    )
