"""Grades on arrays: one number for each grade of each policy, with its word, its fact, and what a limit makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.texts import TextColumn
from evaluator.factsheets.factsheet import grade_fact
from evaluator.findings.conditions import FactPattern
from evaluator.policy import Policy


class Standings:
    """The grades of some policies, those of each in its order and one after another; 不评级 is one where a policy has none."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.marks = [(policy, word) for policy in policies for word in policy.grades.words]
        self.first = np.cumsum([0, *(len(policy.grades.words) for policy in policies)])[:-1]
        self.words = [word for _, word in self.marks]
        self.facts = [grade_fact(policy, "", word) for policy, word in self.marks]
        self.rectified = np.array([policy.rectifies(word) for policy, word in self.marks], dtype=bool)

    def limited(self, grades: Any, cap: str) -> Any:
        """Grades, none of them better than a limit allows."""
        places = {(policy.id, word): number for number, (policy, word) in enumerate(self.marks)}
        after = [places[policy.id, policy.grades.limited(word, (cap,))] for policy, word in self.marks]
        return np.array(after, dtype=np.int32)[grades]

    def holding(self, grades: Any, clause: FactPattern) -> Any:
        """Which grades pass a clause on grades; 不评级 passes none."""
        return np.array([fact is not None and clause.holds(fact) for fact in self.facts], dtype=bool)[grades]

    def shown(self, grades: Any, field: str) -> pa.Array:
        """A field of the facts of grades, as people read it."""
        told = ["" if fact is None else fact.shown(field) for fact in self.facts]
        return pa.array(told, pa.string()).take(pa.array(grades))

    def text(self, grades: Any) -> TextColumn:
        """The words of grades."""
        known = words_of(policy for policy, _ in self.marks)
        return TextColumn(np.array([known.index(word) for word in self.words], dtype=np.int32)[grades], known)


def words_of(policies: Iterable[Policy]) -> list[str]:
    """Every word for a grade that some policy has, in the order of policies and grades."""
    return list(dict.fromkeys(word for policy in policies for word in policy.grades.words))
