"""Projects rolled up: units from arrays, counties and provinces from units; means weighted by budget, in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evaluator.batch.astext import as_texts
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.scored import ScoredPart
from evaluator.batch.standings import words_of
from evaluator.batch.texts import TextColumn, blank, coded, joint, text_of
from evaluator.batch.writing import decimals, texts
from evaluator.policy import Grades
from evaluator.rulebook.book import Rulebook

HALF = 32  # bits: sums of money times score are kept in two halves, which cannot overflow
PLACE = ("province", "county", "unit_code", "unit")


def units_of(scored: ScoredPart, grade: Any, words: Sequence[str]) -> dict[str, Any]:
    """One row a unit's year: projects by grade (all `words` there are), the sum of budgets, and of budgets times scores."""
    columns, starts = scored.columns, scored.starts
    key, first = joint(columns["unit_code"].take(starts).key, coded(scored.year[starts]))
    adjusted, initial = scored.money["adjusted"], scored.money["initial"]
    weight = np.where(adjusted == UNKNOWN, initial, adjusted)
    high, low = weight >> HALF, weight & (2**HALF - 1)

    def sums(values: Any) -> pa.Array:
        out = np.zeros(len(first), dtype=np.int64)
        np.add.at(out, key, values)
        return pa.array(out)

    own = scored.standings.words
    policies = TextColumn(scored.policy, [one.id for one in scored.policies])
    return {
        **{name: texts(columns[name], starts[first]) for name in PLACE},
        "year": pa.array(scored.year[starts[first]]),
        "policy": texts(policies, first),
        "projects": sums(np.ones(len(key), np.int64)),
        **{
            word: sums(np.isin(grade, [n for n, had in enumerate(own) if had == word]).astype(np.int64))
            for word in words
        },
        "weight_high": sums(high),
        "weight_low": sums(low),
        "high": sums(high * scored.score),
        "low": sums(low * scored.score),
    }


def departments(sources: Iterable[Path], rulebook: Rulebook) -> Iterator[pa.Table]:
    """Units as they were scored, part by part, then counties and provinces. Memory: the counties and provinces.

    A mean is graded by the policy of the unit's first project; of a county or province, where all its units share one.
    """
    words = words_of(rulebook.policies.values())
    summed = ("projects", *words, "weight_high", "weight_low", "high", "low")
    above: dict[tuple[str, int, str, str], _Place] = {}
    for source in sources:
        units = pq.read_table(source)
        text = {name: text_of(as_texts(units.column(name))[0]) for name in (*PLACE, "policy")}
        year, sums = units.column("year").to_numpy(), [units.column(name).to_numpy().astype(object) for name in summed]
        named = (["单位"] * len(year), year, *(text[name] for name in PLACE))
        grades = [rulebook.policies[one].grades for one in text["policy"].words]
        yield _table(named, sums, words, [grades[code] for code in text["policy"].codes])
        for level, names in (("县", ("province", "county")), ("省", ("province",))):
            key, first = joint(coded(year), *(text[name].key for name in names))
            totals = np.zeros((len(summed), len(first)), dtype=object)
            for total, values in zip(totals, sums, strict=True):
                np.add.at(total, key, values)
            places = []
            for row in first.tolist():
                county = text["county"].at(row) if level == "县" else ""
                places.append(above.setdefault((level, int(year[row]), text["province"].at(row), county), _Place()))
            for place, had in zip(places, totals.T, strict=True):
                place.sums = place.sums + had
            for row in joint(coded(key), text["policy"].key)[1].tolist():
                places[key[row]].policies.add(text["policy"].at(row))
    kept = {name: above[name] for name in sorted(above) if (name[3] if name[0] == "县" else name[2])}
    levels, years, provinces, counties = zip(*kept, strict=True) if kept else [()] * 4
    none = blank(len(kept))
    text_columns = [_plain(names) for names in (provinces, counties)]
    yield _table(
        (list(levels), np.array(years, dtype=np.int64), *text_columns, none, none),
        list(np.array([place.sums for place in kept.values()], dtype=object).reshape(-1, len(summed)).T),
        words,
        [_shared(rulebook.policies[one].grades for one in sorted(place.policies)) for place in kept.values()],
    )


@dataclass(slots=True)
class _Place:
    """A county or province: its sums so far and the policies met in it."""

    sums: Any = 0
    policies: set[str] = field(default_factory=set)


def _plain(names: Iterable[str]) -> TextColumn:
    return text_of(pa.array(names, pa.string()).dictionary_encode())


def _shared(grades: Iterable[Grades]) -> Grades | None:
    """The grade bands that all of these are; None when they differ."""
    first, *others = grades
    same = all([(b.grade, b.start) for b in one.bands] == [(b.grade, b.start) for b in first.bands] for one in others)
    return first if same else None


def _table(named: tuple[Any, ...], sums: list[Any], words: list[str], grades: list[Grades | None]) -> pa.Table:
    """Rows with their budget, weighted mean (half up) and its grade; `sums` as Python ints, in their order, `words` of grades."""
    level, year, *places = named
    projects, *by_grade, weight_high, weight_low, high, low = sums
    weight, weighted = (weight_high << HALF) + weight_low, (high << HALF) + low
    whole = np.where(weight > 0, weight, 1)
    mean = np.where(weight > 0, (2 * weighted + whole) // (2 * whole), 0)
    told = [one.of(int(score)) if one else "" for one, score in zip(grades, mean, strict=True)]
    return pa.table(
        {
            "level": pa.array(level, pa.string()),
            "year": pa.array(year, pa.int16()),
            **{name: texts(text).cast(pa.string()) for name, text in zip(PLACE, places, strict=True)},
            "projects": pa.array(projects, pa.int64()),
            "adjusted": decimals(weight, 6, digits=18),
            "mean": decimals(mean, 2),
            "grade": pa.array(told, pa.string()),
            **{name: pa.array(each, pa.int64()) for name, each in zip(words, by_grade, strict=True)},
        }
    )
