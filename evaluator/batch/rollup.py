"""Projects rolled up: units from arrays, counties and provinces from units; means weighted by budget, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evaluator.batch.checks import UNKNOWN
from evaluator.batch.readings import Text
from evaluator.batch.scored import Scored
from evaluator.batch.writing import decimals, texts
from evaluator.facts import GRADES
from evaluator.policy import Grades
from evaluator.rulebook import Rulebook

HALF = 32  # bits: sums of money times score are kept in two halves, which cannot overflow
SUMS = ("projects", *GRADES, "weight_high", "weight_low", "high", "low")


def units_of(scored: Scored, grade: Any) -> dict[str, Any]:
    """One row a unit's year: projects by grade, the sum of budgets, and of budgets times scores."""
    columns, starts = scored.columns, scored.starts
    unit = columns["unit_code"].codes[starts].astype(np.int64) * 200 + scored.year[starts] - 2000
    key, distinct = pd.factorize(unit)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    adjusted, initial = scored.money["adjusted"], scored.money["initial"]
    weight = np.where(adjusted == UNKNOWN, initial, adjusted)
    high, low = weight >> HALF, weight & (2**HALF - 1)

    def sums(values: Any) -> pa.Array:
        out = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(out, key, values)
        return pa.array(out)

    policies = Text(scored.policy, [one.id for one in scored.policies])
    return {
        **{name: texts(columns[name], starts[first]) for name in ("province", "county", "unit_code", "unit")},
        "year": pa.array(scored.year[starts[first]]),
        "policy": texts(policies, first),
        "projects": sums(np.ones(len(key), np.int64)),
        **{name: sums((grade == number).astype(np.int64)) for number, name in enumerate(GRADES)},
        "weight_high": sums(high),
        "weight_low": sums(low),
        "high": sums(high * scored.score),
        "low": sums(low * scored.score),
    }


def departments(sources: Iterable[Path], rulebook: Rulebook) -> Iterator[pa.Table]:
    """Units as they were scored, part by part, then counties and provinces. Memory: the counties and provinces.

    A mean is graded by the policy of the unit's first project; of a county or province, where all its units share one.
    """
    above: dict[tuple[str, ...], list[Any]] = {}
    for source in sources:
        units = pq.read_table(source).to_pylist()
        made = []
        for one in units:
            sums = [one[name] for name in SUMS]
            made.append(_row("单位", one["year"], one["province"], one["county"], one["unit_code"], one["unit"], sums, {one["policy"]}, rulebook))  # fmt: skip
            for level, place in (("县", (one["province"], one["county"])), ("省", (one["province"], ""))):
                if place[level == "县"]:
                    held = above.setdefault((level, str(one["year"]), *place), [[0] * len(SUMS), set()])
                    held[0] = [old + new for old, new in zip(held[0], sums, strict=True)]
                    held[1].add(one["policy"])
        yield _table(made)
    yield _table(
        [
            _row(level, int(year), province, county, "", "", sums, policies, rulebook)
            for (level, year, province, county), (sums, policies) in sorted(above.items())
        ]
    )


def _row(
    level: str, year: int, province: str, county: str, code: str, unit: str, sums: list[int], policies: set[str], rulebook: Rulebook
) -> dict[str, Any]:  # fmt: skip
    projects, *grades, weight_high, weight_low, high, low = sums
    weight = (weight_high << HALF) + weight_low
    weighted = (high << HALF) + low
    mean = (2 * weighted + weight) // (2 * weight) if weight else 0
    scales = {_named(rulebook.policies[one].grades) for one in policies}
    grade = rulebook.policies[min(policies)].grades.of(mean) if len(scales) == 1 else ""
    return {
        "level": level, "year": year, "province": province, "county": county, "unit_code": code, "unit": unit,
        "projects": projects, "adjusted": weight, "mean": mean, "grade": grade, **dict(zip(GRADES, grades, strict=True)),
    }  # fmt: skip


def _named(grades: Grades) -> tuple[tuple[str, int], ...]:
    return tuple((band.grade, band.start) for band in grades.bands)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    names = (
        "level",
        "year",
        "province",
        "county",
        "unit_code",
        "unit",
        "projects",
        "adjusted",
        "mean",
        "grade",
        *GRADES,
    )
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in names}
    made = pa.table(columns)
    for name, places, digits in (("adjusted", 6, 18), ("mean", 2, 9)):
        exact = decimals(np.array(columns[name], dtype=np.int64), places, None, digits)
        made = made.set_column(made.column_names.index(name), name, exact)
    return made.cast(_SCHEMA)


_SCHEMA = pa.schema(
    [("level", pa.string()), ("year", pa.int16()), *((one, pa.string()) for one in ("province", "county", "unit_code", "unit")),
     ("projects", pa.int64()), ("adjusted", pa.decimal128(18, 6)), ("mean", pa.decimal128(9, 2)), ("grade", pa.string()),
     *((one, pa.int64()) for one in GRADES)]
)  # fmt: skip
