"""The clauses that rows are scored under, as small tables of whole numbers, and the bound up to which int64 is exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from evaluator.batch.pairs import OPS, SCALES
from evaluator.comparators import COMPARATORS, OF_ACTUAL, OF_TARGET, UPWARD, Array
from evaluator.policy import MOST_DEDUCTIONS, Policy
from evaluator.scoring import ScaleLine, common_of, lines_of

ATTAIN = ("", *(word for word, comparator in COMPARATORS.items() if not comparator.sides))  # 0: nothing given
LINES = 8  # straight lines of a scale at most; a policy with more is scored by the general path
STEPS = 7 + 4 * MOST_DEDUCTIONS  # where the lines begin
FIELDS = STEPS + 5 * LINES  # and one more: see `table_of`
PLAIN, DOWN, STRICT, EXACT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Key:
    """A clause as rows meet it: policy, scale, the word whose attainment is taken and the word people read."""

    policy: Policy
    scale: str
    attain: str
    word: str

    @property
    def lines(self) -> list[ScaleLine]:
        """The straight lines of its scale."""
        return list(lines_of(self.policy, self.scale))

    @property
    def common(self) -> int:
        """The common denominator of its intercepts and slopes."""
        return common_of(self.lines)

    @property
    def watched(self) -> bool:
        """Whether far above the target means something here."""
        return self.word in UPWARD and self.scale != "execution"


def keys_of(policies: list[Policy]) -> list[Key]:
    """Every clause of these policies; the code of a row is its place here plus 1: see `code`."""
    keys = []
    for policy in policies:
        for scale in SCALES:
            for attain, word in OPS:
                keys.append(Key(policy, scale, policy.counted(attain) if attain == word else attain, word))
    return keys


def code(policy: Array, scale: Array, op: Array) -> Array:
    """The code of rows by the numbers of their policy, scale and op; 0 is kept for a missing result."""
    return ((policy.astype(np.int32) * len(SCALES) + scale) * len(OPS) + op + 1).astype(np.int32)


def table_of(keys: list[Key]) -> Array:
    """One row of whole numbers a code (row 0: nothing given), as the compiled kernel reads them:

    attain, lines, common, step, reason num, den (1 ÷ 0, never reached, where nothing is asked), deductions, for each of them
    start num, den, open, points, then for each line start num, den, open, intercept, slope (the last two times `common`). The
    last number is not 0
    where reaching the target is all there is to it (full points from there on, no deduction, attainment a plain ratio):
    PLAIN, with DOWN where lower is better, STRICT where the target itself is not enough, EXACT where nothing else is.
    """
    table = np.zeros((len(keys) + 1, FIELDS + 1), dtype=np.int64)
    for number, key in enumerate(keys, 1):
        lines, common, over = key.lines, key.common, key.policy.over_fulfilment
        steps = over.steps if key.watched else ()
        head = [ATTAIN.index(key.attain), len(lines), common, key.policy.rounding.step]
        head += [over.reason_from.numerator, over.reason_from.denominator] if key.watched else [1, 0]
        head.append(len(steps))
        for step in steps:
            head += [step.start.numerator, step.start.denominator, bool(step.open), step.points]
        table[number, : len(head)] = head
        head = []
        for line in lines[:LINES]:
            intercept, slope = int(line.intercept * common), int(line.slope * common)
            head += [line.start.numerator, line.start.denominator, line.open, intercept, slope]
        table[number, STEPS : STEPS + len(head)] = head
        reached = [line for line in lines if line.start >= 1]
        from_target = any(line.start == 1 and not line.open for line in lines) and all(
            (line.intercept, line.slope) == (Fraction(1), Fraction(0)) for line in reached
        )
        comparator = COMPARATORS[key.attain]
        if from_target and not steps and comparator.formula in (OF_TARGET, OF_ACTUAL):
            kind = PLAIN | DOWN * (comparator.formula == OF_ACTUAL) | STRICT * comparator.strict
            table[number, -1] = kind | EXACT * (comparator.direction == "exact")
    return table
