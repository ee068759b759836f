"""What a row with a criterion of its own can come to at best: the result, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterable

from evaluator.errors import Problem, UsageProblem
from evaluator.model import Result, code_of
from evaluator.planning.dials import Openness, entry_of, free_dial
from evaluator.planning.forecast import extreme_value
from evaluator.preparation import Prepared
from evaluator.quantities.numerals import Unreadable
from evaluator.rowreading import Reading, read_row
from evaluator.scenarios.scenario import all_met


def best_by_criterion(listed: Iterable[Prepared]) -> dict[str, dict[str, Result]]:
    """For each project and row that its own criterion scores by one thing alone, the result that earns most; of several the
    nearest to the target. Rows computed from money, and those that a met target scores though they hang on more, have none.

    Raises UsageProblem (U378) with all rows of which neither can be said.
    """
    problems: list[Problem] = []
    best: dict[str, dict[str, Result]] = {}
    for prepared in listed:
        met, mine = all_met(prepared.table), best.setdefault(code_of(prepared.table), {})
        own = [reading for reading in prepared.readings[1:] if reading.indicator.criterion is not None]
        for reading in own:
            row = reading.indicator
            if row.formula is not None:
                continue
            try:
                dial = free_dial(reading, prepared, 0, Openness(everything=True), ())
                entry = entry_of(dial, extreme_value(dial, True), prepared.policy)
                mine[row.id] = met[row.id].model_copy(update=entry)
            except UsageProblem as refused:
                if not _scored(reading, met[row.id], prepared):
                    problems += refused.problems
    if problems:
        raise UsageProblem(problems)
    return best


def _scored(reading: Reading, result: Result, prepared: Prepared) -> bool:
    """Whether a result gives a row points."""
    try:
        read_row(reading.indicator, result, reading.points, prepared.money, prepared.policy, prepared.table.year)
    except Unreadable:
        return False
    return True
