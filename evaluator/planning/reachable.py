"""What is known of the highest total of a project: spendings with what they earn, and the spans that prove no other earns more."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from evaluator.factsheets.moneygoals import Conflict
from evaluator.figures import execution_rate, percent
from evaluator.model import Indicator
from evaluator.results import TableScore


@dataclass(frozen=True, slots=True)
class SpendingPoint:
    """One spending (分), what each coupled row earns there, the total after caps, and the line each row is on.

    `exact` is the total before any row is rounded.
    """

    spent: int
    earned: tuple[int, ...]
    cap: int
    total: int
    exact: Fraction
    lines: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the proof: from `low` to `high` (分) no row earns more than `at_most`, nor all together than `total`."""

    low: int
    high: int
    at_most: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Attainable:
    """What one project can reach: the best spending, the turning points, the proof, and the result evaluated."""

    budget: int
    coupled: tuple[Indicator, ...]
    free: int
    best: SpendingPoint
    luck: SpendingPoint | None  # a spending that scores more, by the rounding of rows alone
    turns: tuple[SpendingPoint, ...]
    proof: tuple[Span, ...]
    reversal: tuple[SpendingPoint, SpendingPoint] | None  # spending less scores more, by more than rounding explains
    conflicts: tuple[Conflict, ...]
    witness: TableScore
    short: tuple[Indicator, ...] = ()  # free rows that their own criterion never gives all their points

    def rate(self, point: SpendingPoint) -> str:
        """The execution rate at a point, as people read it."""
        rate = execution_rate(point.spent, self.budget)
        return "—" if rate is None else percent(rate)
