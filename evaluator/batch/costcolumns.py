"""Cost targets that are only the project's budget again, in columns: the facts of `factsheets.costs`, asked once per distinct text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import joint
from evaluator.factsheets.costs import COST, SUMMED, WHOLE, Cost, cost_of, is_budget
from evaluator.figures import wan
from evaluator.model import Indicator

TEXTS = ("category", "dimension", "name", "target", "sign")


class Costs:
    """Which rows repeat the budget of their project: those that are all of it, and the first of those that add up to it."""

    def __init__(self, scored: ScoredPart) -> None:
        columns, project = scored.columns, scored.project
        key, first = joint(*(columns[name].key for name in TEXTS))
        read = [_cost(*(columns[name].at(row) for name in TEXTS)) or (0, 1) for row in first.tolist()]
        fen, step = np.array(read, dtype=np.int64).reshape(-1, 2).T[:, key]
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

    def told(self, at: Any) -> pa.Array:
        """How some rows repeat it; '' for those that do not."""
        given = zip(
            self.repeats[at].tolist(),
            self.whole[at].tolist(),
            self.count[at].tolist(),
            self.total[at].tolist(),
            strict=True,
        )
        return pa.array([_says(*one) for one in given], pa.string())


def _says(repeats: bool, whole: bool, count: int, total: int) -> str:
    return WHOLE if whole else SUMMED.format(others=count - 1, total=wan(total)) if repeats else ""


def _cost(category: str, dimension: str, name: str, target: str, sign: Any) -> Cost | None:
    if COST not in category + dimension:
        return None
    return cost_of(
        Indicator.model_construct(
            id="",
            category=category,
            dimension=dimension,
            name=name,
            target=target,
            sign=sign or None,
            points=0,
            line=None,
        )
    )
