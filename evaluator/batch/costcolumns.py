"""Cost targets that are only the project's budget again, in columns: the facts of `factsheets.costs`, asked once per distinct text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import each_of
from evaluator.factsheets.costs import SUMMED, WHOLE, Cost, allowed, is_budget, is_cost, unit_in
from evaluator.figures import wan
from evaluator.quantities.quantity import Unreadable, read_target


class Costs:
    """Which rows repeat the budget of their project: those that are all of it, and the first of those that add up to it."""

    def __init__(self, scored: ScoredPart) -> None:
        project = scored.project
        kinds, under = each_of(scored.texts("category", "dimension"), is_cost)
        at = np.flatnonzero(np.array(under, dtype=bool)[kinds])
        unit = scored.columns["name"].changed(unit_in)
        texts = [column.take(at) for column in (*scored.texts("target", "sign"), unit)]
        key, read = each_of(texts, _cost)
        fen, step = np.zeros(len(project), dtype=np.int64), np.ones(len(project), dtype=np.int64)
        fen[at], step[at] = np.array(read, dtype=np.int64).reshape(-1, 2).T[:, key]
        budget = scored.money["initial"][project]
        self.whole = is_budget(fen, step, budget)
        costs = np.flatnonzero(fen > 0)
        self.count = np.bincount(project[costs], minlength=scored.size)[project]
        self.total = np.zeros(scored.size, dtype=np.int64)
        np.add.at(self.total, project[costs], fen[costs])
        some = np.zeros(scored.size, dtype=bool)
        some[project[self.whole]] = True
        opens = np.zeros(len(project), dtype=bool)
        opens[costs[np.unique(project[costs], return_index=True)[1]]] = True
        self.total = self.total[project]
        self.repeats = self.whole | (opens & (self.count > 1) & ~some[project] & (self.total == budget))

    def says(self, at: Any) -> pa.Array:
        """How some rows repeat it; '' for those that do not."""
        given = zip(
            self.repeats[at].tolist(),
            self.whole[at].tolist(),
            self.count[at].tolist(),
            self.total[at].tolist(),
            strict=True,
        )
        return pa.array([_repeated_as(*row) for row in given], pa.string())


def _repeated_as(repeats: bool, whole: bool, count: int, total: int) -> str:
    return WHOLE if whole else SUMMED.format(others=count - 1, total=wan(total)) if repeats else ""


@lru_cache(maxsize=65536)
def _cost(target: str, sign: str, unit: str) -> Cost:
    """What `cost_of` says of a cost with this target and this unit in its name; nothing, in steps of 1, where it says nothing."""
    try:
        return allowed(read_target(target, sign or None), unit) or (0, 1)
    except Unreadable:
        return 0, 1
