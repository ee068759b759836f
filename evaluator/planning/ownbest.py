"""What a row with a criterion of its own can come to at best: the result, wherever it lies."""

from __future__ import annotations

from evaluator.errors import UsageProblem
from evaluator.model import Result
from evaluator.planning.dials import Openness, entry_of, free_dial
from evaluator.planning.forecast import extreme_value
from evaluator.preparation import Prepared
from evaluator.scenarios.scenario import all_met


def best_by_criterion(prepared: Prepared) -> dict[str, Result]:
    """For each row that its own criterion scores by one thing alone, the result that earns most; of several the nearest to the
    target. Rows that hang on more, or on money, have none.
    """
    met, best = all_met(prepared.table), {}
    for reading in prepared.readings[1:]:
        row = reading.indicator
        if row.criterion is None or row.formula is not None:
            continue
        try:
            dial = free_dial(reading, prepared, 0, Openness(everything=True), ())
        except UsageProblem:
            continue
        best[row.id] = met[row.id].model_copy(update=entry_of(dial, extreme_value(dial, True), prepared.policy))
    return best
