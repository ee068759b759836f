"""The clauses that rows are scored under, as small tables of whole numbers, and the bound up to which int64 is exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from evaluator.batch.pairs import OPS, SCALES
from evaluator.comparators import COMPARATORS, OF_ACTUAL, OF_TARGET, UPWARD, Array
from evaluator.policy import Policy
from evaluator.scoring import lines_of

ATTAIN = ("", *(word for word, one in COMPARATORS.items() if not one.sides))  # 0: nothing given
LINES = 8  # straight lines of a scale at most; a policy with more is scored by the general path
FIELDS = 9 + 4 * LINES  # and one more: see `table_of`
PLAIN, DOWN, STRICT, EXACT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Key:
    """A clause as rows meet it: policy, scale, the word whose attainment is taken and the word people read."""

    policy: Policy
    scale: str
    attain: str
    word: str

    @property
    def lines(self) -> list[tuple[Fraction, Fraction, Fraction]]:
        """The straight lines of its scale: start, intercept and slope."""
        return list(lines_of(self.policy, self.scale))

    @property
    def common(self) -> int:
        """The common denominator of its intercepts and slopes."""
        return lcm(*(part.denominator for _, *parts in self.lines for part in parts))

    @property
    def watched(self) -> bool:
        """Whether far above the target means something here."""
        return self.word in UPWARD and self.scale != "execution"


def keys_of(policies: list[Policy]) -> list[Key]:
    """Every clause of these policies; the code of a row is its place here plus 1: see `code`."""
    made = []
    for policy in policies:
        for scale in SCALES:
            for attain, word in OPS:
                made.append(Key(policy, scale, policy.counted(attain) if attain == word else attain, word))
    return made


def code(policy: Array, scale: Array, op: Array) -> Array:
    """The code of rows by the numbers of their policy, scale and op; 0 is kept for a missing result."""
    return ((policy.astype(np.int32) * len(SCALES) + scale) * len(OPS) + op + 1).astype(np.int32)


def table_of(keys: list[Key]) -> Array:
    """One row of whole numbers a code (row 0: nothing given), as the compiled kernel reads them:

    attain, lines, common, step, reason num, den, deduct num, den (1 ÷ 0, never reached, where there is none), deduct
    points, then for each line start num, den, intercept, slope (the last two times `common`). The last number is not 0
    where reaching the target is all there is to it (full points from there on, no deduction, attainment a plain ratio):
    PLAIN, with DOWN where lower is better, STRICT where the target itself is not enough, EXACT where nothing else is.
    """
    table = np.zeros((len(keys) + 1, FIELDS + 1), dtype=np.int64)
    for number, key in enumerate(keys, 1):
        lines, common, over = key.lines, key.common, key.policy.over_fulfilment
        deduct = over.deduct_from if key.watched and over.deduct_points is not None else None
        head = [ATTAIN.index(key.attain), len(lines), common, key.policy.rounding.step]
        head += [over.reason_from.numerator, over.reason_from.denominator] if key.watched else [1, 0]
        head += [deduct.numerator, deduct.denominator, over.deduct_points or 0] if deduct else [1, 0, 0]
        for start, intercept, slope in lines[:LINES]:
            head += [start.numerator, start.denominator, int(intercept * common), int(slope * common)]
        table[number, : len(head)] = head
        reached = [line[1:] for line in lines if line[0] >= 1]
        from_target = any(line[0] == 1 for line in lines) and all(
            line == (Fraction(1), Fraction(0)) for line in reached
        )
        one = COMPARATORS[key.attain]
        if from_target and not deduct and one.formula in (OF_TARGET, OF_ACTUAL):
            kind = PLAIN | DOWN * (one.formula == OF_ACTUAL) | STRICT * one.strict
            table[number, -1] = kind | EXACT * (one.direction == "exact")
    return table
