"""Actuals beside rules, as arrays of integers, become points: exact, rounded half up once a row, one path for one or many.

Every quantity of a row is scaled to integers in one unit, so attainment is num ÷ den. Points are hundredths. Arrays are
int64 while a bound over the largest values holds, and Python ints otherwise: the same code, the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evaluator.comparators import COMPARATORS, UPWARD, Array, whole_numbers
from evaluator.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

WHOLE = 10_000  # hundredths
LARGEST_POINTS = WHOLE


@dataclass(frozen=True, slots=True)
class Case:
    """One row ready to be scored: actual (None when missing), target and high in one unit, points in hundredths.

    `scale` names what of the policy turns attainment into points: quantitative, qualitative, binary, execution, or the scale
    of a category (see `Policy.course`);
    `own` are the exact points (hundredths) that the row's own criterion gives in place of all clauses.
    """

    table: int
    comparator: str
    actual: Fraction | None
    target: Fraction
    high: Fraction
    points: int
    policy: Policy
    scale: str
    own: Fraction | None = None


class ScaleLine(NamedTuple):
    """A straight line of a scale, from `start` on (`open`: only above it): share = intercept + slope × attainment."""

    start: Fraction
    intercept: Fraction
    slope: Fraction
    open: bool = False


IDENTITY = (ScaleLine(Fraction(0), Fraction(0), Fraction(1)), ScaleLine(Fraction(1), Fraction(1), Fraction(0)))


def lines_of(policy: Policy, scale: str) -> Sequence[ScaleLine]:
    """A scale as straight lines; a qualitative share is taken as stated."""
    if scale == "qualitative":
        return IDENTITY
    course = policy.course(scale)
    return [ScaleLine(part.start, *course.line(index), bool(part.open)) for index, part in enumerate(course.segments)]


def common_of(lines: Sequence[ScaleLine]) -> int:
    """The common denominator of intercepts and slopes."""
    return lcm(*(part.denominator for line in lines for part in (line.intercept, line.slope)))


class ScoredCase(NamedTuple):
    """A row as it came out, in Python's own numbers: the columns of `score`."""

    table: int
    points: int
    given: bool
    num: int
    den: int
    met: bool
    segment: int
    over: bool
    deducted: int
    rounded: bool
    earned: int


def score(cases: Sequence[Case]) -> pd.DataFrame:
    """Score rows: columns table, points, given, num, den, met, segment, over, deducted, rounded, earned (hundredths)."""
    import pandas as pd

    return pd.DataFrame(_columns(cases))


def scored_cases(cases: Sequence[Case]) -> list[ScoredCase]:
    """`score` for a few rows, one by one."""
    return list(map(ScoredCase._make, zip(*(column.tolist() for column in _columns(cases).values()), strict=True)))


def _columns(cases: Sequence[Case]) -> dict[str, Array]:
    numbers = [whole_numbers(case.actual or Fraction(0), case.target, case.high) for case in cases]
    dtype = _dtype(cases, numbers)
    actual, target, high = (_array([row[i] for row in numbers], dtype) for i in range(3))
    size = len(cases)
    out: dict[str, Any] = {
        "table": np.array([case.table for case in cases], dtype=np.int64),
        "points": np.array([case.points for case in cases], dtype=dtype),
        "given": np.array([case.actual is not None for case in cases], dtype=bool),
        "num": np.zeros(size, dtype=dtype),
        "den": np.ones(size, dtype=dtype),
        "met": np.zeros(size, dtype=bool),
        "segment": np.zeros(size, dtype=np.int64),
        "over": np.zeros(size, dtype=bool),
        "deducted": np.zeros(size, dtype=dtype),
        "rounded": np.zeros(size, dtype=bool),
        "earned": np.zeros(size, dtype=dtype),
    }
    words = np.array([case.comparator for case in cases], dtype=object)
    for word in sorted(set(words)):
        at = np.flatnonzero((words == word) & out["given"])
        num, den, met = COMPARATORS[word].attain(actual[at], target[at], high[at])
        out["num"][at], out["den"][at], out["met"][at] = num, den, met
    clauses = [None if case.own is not None else (case.policy.id, case.scale) for case in cases]
    policies = {case.policy.id: case.policy for case in cases}
    for key in sorted({clause for clause in clauses if clause is not None}):
        chosen = np.fromiter((clause == key for clause in clauses), dtype=bool, count=size)
        apply_clause(out, np.flatnonzero(chosen & out["given"]), words, policies[key[0]], key[1])
    for row, case in enumerate(cases):
        if case.own is not None and case.actual is not None:
            reached = Fraction(int(out["num"][row]), int(out["den"][row]))
            due, out["over"][row] = beside_criterion(case.policy, case.comparator, case.scale, reached)
            earned = of_criterion(case.own, due, case.policy)
            out["earned"][row], out["deducted"][row], out["rounded"][row] = earned
    return out


def beside_criterion(policy: Policy, word: str, scale: str, attainment: Fraction) -> tuple[int, bool]:
    """What a policy deducts (hundredths) for over-fulfilment where a row has a criterion of its own, and whether a reason is due."""
    if not policy.deducts_beside or word not in UPWARD:
        return 0, False
    return policy.taken(word, scale, attainment), attainment >= policy.over_fulfilment.reason_from


def of_criterion(own: Fraction, due: int, policy: Policy) -> tuple[int, int, bool]:
    """What a row earns (hundredths) by its criterion's points less what is `due`, what of that is deducted, and whether what
    is left was rounded; nothing is deducted below 0."""
    taken = min(Fraction(due), max(own, Fraction(0)))
    earned = rounded(own - taken, policy)
    return earned, (2 * taken.numerator + taken.denominator) // (2 * taken.denominator), earned != own - taken


def rounded(exact: Fraction, policy: Policy) -> int:
    """Exact hundredths rounded half away from zero to the policy's step, once."""
    steps = abs(exact) / policy.rounding.step
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator) * policy.rounding.step
    return -whole if exact < 0 else whole


def rescaled(total: int, left_out: int, policy: Policy) -> int:
    """A total (hundredths) taken for the whole where so many points do not apply: total ÷ (100 − left out) × 100, rounded
    once."""
    return rounded(Fraction(total * WHOLE, WHOLE - left_out), policy) if left_out else total


def apply_clause(out: dict[str, Any], at: Any, words: Any, policy: Policy, scale: str) -> None:
    """Turn attainment into earned points for the rows `at`, under one clause of one policy.

    `out` holds an array a column, as `score` makes them (points and earned in hundredths, attainment as num ÷ den); the
    columns segment, over, deducted, earned and rounded are written. Exact in int64 and in Python ints alike.
    """
    num, den, points = out["num"][at], out["den"][at], out["points"][at]
    lines = lines_of(policy, scale)
    segment = sum(_reached(num, den, line.start, line.open).astype(np.int64) for line in lines) - 1
    common = common_of(lines)
    intercepts = np.array([int(line.intercept * common) for line in lines], dtype=num.dtype)[segment]
    slopes = np.array([int(line.slope * common) for line in lines], dtype=num.dtype)[segment]
    exact, whole = points * (intercepts * den + slopes * num), den * common  # earned = exact ÷ whole, hundredths
    clause = policy.over_fulfilment
    indicators = np.isin(words[at], UPWARD) & (scale != "execution")  # a budget is no target set too low
    excess = indicators & (num * clause.reason_from.denominator >= clause.reason_from.numerator * den)
    if clause.steps:
        due = num * 0
        for deduction in clause.steps:
            due = np.where(_reached(num, den, deduction.start, bool(deduction.open)), deduction.points, due)
        taken = np.where(indicators, np.minimum(due * whole, exact), 0)
        out["deducted"][at] = (2 * taken + whole) // (2 * whole)
        exact = exact - taken
    step = policy.rounding.step
    earned = (2 * exact + whole * step) // (2 * whole * step) * step
    earned = np.where(exact == points * whole, points, np.minimum(earned, points))
    out["segment"][at], out["over"][at] = segment, excess
    out["rounded"][at] = earned * whole != exact
    out["earned"][at] = earned


def _reached(num: Any, den: Any, start: Fraction, beyond: bool) -> Any:
    """Whether num ÷ den lies on or beyond a start; beyond it, where that is open."""
    reached, bound = num * start.denominator, start.numerator * den
    return np.asarray(reached > bound if beyond else reached >= bound, bool)


def totals(
    rows: pd.DataFrame,
    execution: Sequence[Fraction | None],
    policies: Sequence[Policy],
    outside: Sequence[int] | None = None,
    left_out: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Add rows up by table: columns total (before caps), cap (hundredths, 10000 when none) and score.

    `execution` is each table's execution rate (a missing one counts as 0); the lowest cap whose threshold it is below
    applies. `outside` are points added or taken outside the rows; no score is below 0 for them. `left_out` are the points of
    rows that do not apply, where the others are taken for the whole.
    """
    import pandas as pd

    sums = rows.groupby("table", sort=True)["earned"].sum().astype(np.int64)
    earned = sums.reindex(range(len(policies)), fill_value=0).tolist()
    none = [0] * len(policies)
    tables = zip(earned, execution, policies, outside or none, left_out or none, strict=True)
    return pd.DataFrame([total_of(*table) for table in tables], columns=["total", "cap", "score"])


def total_of(
    earned: int, execution: Fraction | None, policy: Policy, outside: int = 0, left_out: int = 0
) -> tuple[int, int, int]:
    """`totals` of one table: its total before caps, the cap, and the score."""
    cap = min((cap.total for cap in policy.caps.execution if (execution or 0) < cap.below), default=10_000)
    total = rescaled(earned, left_out, policy) + outside
    return total, cap, max(min(total, cap), 0)


def _array(numbers: Sequence[int], dtype: type) -> Array:
    return np.array(numbers, dtype=dtype)


def _dtype(cases: Sequence[Case], numbers: Sequence[tuple[int, ...]]) -> type:
    """int64 when no product below can reach 2^62 in the worst case, else object (Python ints)."""
    largest = max((abs(number) for row in numbers for number in row), default=0)
    clauses = {(case.policy.id, case.scale): (case.policy, case.scale) for case in cases if case.own is None}
    return np.int64 if largest <= bound(clauses.values()) else object


def bound(clauses: Iterable[tuple[Policy, str]]) -> int:
    """The largest |actual|, |target| and |high| for which no number of scoring under these clauses can reach 2^62.

    With n = that largest number, num and den are at most 3n (see comparators.py), points at most 10,000:
    2·points·(|intercept|·den + |slope|·num) + whole·step ≤ 6n·points·(Σ) + 3n·common·step, every start compared is at
    most 3n·max(start), and a deduction at most points·3n·common. All of it is linear in n, so one division bounds n.
    """
    worst = 1
    for policy, scale in clauses:
        lines, over = lines_of(policy, scale), policy.over_fulfilment
        common = common_of(lines)
        steepest = max(int((abs(line.intercept) + abs(line.slope)) * common) for line in lines)
        most = max(LARGEST_POINTS, *(deduction.points for deduction in over.steps), 0)
        ends = [*(line.start for line in lines), over.reason_from, *(deduction.start for deduction in over.steps)]
        worst = max(
            worst,
            12 * most * (steepest + common) + 6 * common * policy.rounding.step,
            3 * max(max(end.numerator, end.denominator) for end in ends),
        )
    return 2**62 // worst
