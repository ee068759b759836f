"""A cause and a remedy that stand word for word behind several rows of a unit, in columns: the facts `repeat` of `outliers`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.columnar import Kind, told, words
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import coded, joint
from evaluator.factsheets.outliers import SHOWN, worded
from evaluator.model import EXECUTION


def repeats(scored: ScoredPart, unit: Any, host: Any, place: Any, several: Any) -> Kind:
    """The kind repeat: `unit` of each project, the `host` project of each unit, the `place` of each project in its unit."""
    said, pair, worded = _sayings(scored)
    at = np.flatnonzero(worded & several[unit[said.project]])
    at = at[np.lexsort((said.row[at], place[said.project[at]]))]
    key, first = joint(coded(unit[said.project[at]]), coded(pair[at]))
    sizes = np.bincount(key, minlength=len(first))
    frame = pd.DataFrame({"key": key, "project": said.project[at]}).drop_duplicates()
    projects = np.bincount(frame["key"].to_numpy(), minlength=len(first))
    groups = np.flatnonzero(sizes > 1)
    of_unit = unit[said.project[at[first[groups]]]]
    number = pd.Series(of_unit).groupby(of_unit).cumcount().to_numpy() + 1
    order, begins = at[np.argsort(key, kind="stable")], np.cumsum(sizes) - sizes

    def listed(which: Any) -> pa.Array:
        """The first rows of each group and how many there are, as `told_some` tells them."""
        size, begin = sizes[groups[which]], begins[groups[which]]
        rows = []
        for nth in range(min(SHOWN, int(size.max(initial=0)))):
            one = said.rows_at(order[begin + np.minimum(nth, size - 1)])
            rows.append(pc.if_else(pa.array(nth < size), one, None))
        more = pc.if_else(pa.array(size > SHOWN), told(lambda count: f"等{count}项", size)(slice(None)), "")
        return pc.binary_join_element_wise(pc.binary_join_element_wise(*rows, "、", null_handling="skip"), more, "")

    return Kind(
        host[of_unit],
        told(str, number),
        makers={"rows": partial(np.multiply, sizes[groups], 10**6), "projects": partial(np.multiply, projects[groups], 10**6)},
        shown={
            "rows": told(str, sizes[groups]), "projects": told(str, projects[groups]), "shown": listed,
            "words": lambda which: said.words_at(at[first[groups[which]]]),
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sayings:
    """Every cause with its remedy: those of the execution rows (`row` below zero), then those of the indicators."""

    scored: ScoredPart
    project: Any
    row: Any

    def words_at(self, at: Any) -> pa.Array:
        """The cause and the remedy."""
        told = [self._either(at, one, f"execution_{one}") for one in ("cause", "remedy")]
        return pc.binary_join_element_wise(*told, "；")

    def rows_at(self, at: Any) -> pa.Array:
        """Whose they are."""
        title = words(self.scored.columns["project"])(self._line(at))
        return pc.binary_join_element_wise(title, self._either(at, "name"), "的")

    def _line(self, at: Any) -> Any:
        return np.where(self.row[at] >= 0, self.row[at], self.scored.starts[self.project[at]])

    def _either(self, at: Any, of_row: str, of_execution: str = "") -> pa.Array:
        columns, line = self.scored.columns, self._line(at)
        other = words(columns[of_execution])(line) if of_execution else EXECUTION
        return pc.if_else(pa.array(self.row[at] >= 0), words(columns[of_row])(line), other)


def _sayings(scored: ScoredPart) -> tuple[_Sayings, Any, Any]:
    """Every cause with its remedy, a number for each distinct pair, and whether both say something."""
    named: dict[str, int] = {}

    def bare(word: str) -> int:
        return named.setdefault(re.sub(r"[\W_]", "", word), len(named))

    cause, remedy = (
        np.concatenate([scored.columns[f"execution_{name}"].each(bare, np.int64)[scored.starts], scored.columns[name].each(bare, np.int64)])
        for name in ("cause", "remedy")
    )  # fmt: skip
    wordy = np.array([worded(text) for text in named])
    row = np.concatenate([np.full(scored.size, -1), np.arange(len(scored.project))])
    project = np.concatenate([np.arange(scored.size), scored.project])
    pair, _ = joint(coded(cause), coded(remedy))
    return _Sayings(scored, project, row), pair, wordy[cause] & wordy[remedy]
