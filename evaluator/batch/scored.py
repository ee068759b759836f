"""A part scored: rows to points, points to totals, caps and grades by score; arrays from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluator.batch.clauses import code, keys_of
from evaluator.batch.kernel import DEDUCTED, MET, OVER, ROUNDED, Kernel, attained
from evaluator.batch.leftrows import rescaled
from evaluator.batch.pairs import NO_OWN, OPS, SCALES, Read
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.standings import Standings
from evaluator.batch.texts import FITS, TextColumn
from evaluator.comparators import AT_LEAST
from evaluator.policy import Policy
from evaluator.scoring import of_criterion

SPENT = OPS.index((AT_LEAST, AT_LEAST))  # how spending is compared with the budget
WHOLE = 10_000  # hundredths: no cap


@dataclass(slots=True)
class Rows:
    """Rows with their outcome: points and earned in hundredths, attainment as num ÷ den, flags as the kernel has them."""

    op: Any
    scale: Any
    points: Any
    missing: Any
    earned: Any
    flags: Any
    num: Any
    den: Any
    own: Any = False  # which rows are scored by a criterion of their own
    left: Any = False  # which do not apply; they are missing too


@dataclass(slots=True)
class ScoredPart:
    """Everything about the projects of one part: texts, amounts (分, UNKNOWN where not given), rows and totals."""

    columns: Mapping[str, TextColumn]
    year: Any
    project: Any
    starts: Any
    money: Mapping[str, Any]
    policies: list[Policy]
    policy: Any  # of each project
    read: Read
    rows: Rows
    execution: Rows
    written: Any  # points as they were before rows that do not apply gave theirs away
    total: Any
    plain: Any  # the total if such rows just earned nothing
    cap: Any
    score: Any
    standings: Standings
    grade: Any  # by score, a number of `standings`

    @property
    def size(self) -> int:
        """How many projects."""
        return len(self.starts)

    def texts(self, *names: str) -> list[TextColumn]:
        """Columns of texts by their names."""
        return [self.columns[name] for name in names]

    @property
    def places(self) -> Any:
        """Where each row stands in its project's table, from 1."""
        return np.arange(len(self.project)) - self.starts[self.project] + 1


def score_part(
    columns: Mapping[str, TextColumn], year: Any, project: Any, starts: Any, money: Mapping[str, Any],
    policies: list[Policy], policy: Any, read: Read, points: Any, counted: Any, many: bool,
) -> ScoredPart:  # fmt: skip
    """Score rows that stand project by project; `policy` is each project's place in `policies`, `counted` the points that rows
    have once those that do not apply gave theirs away; `many` as `kernel_of` takes it."""
    kernel = kernel_of(policies, many)
    rows = _rows(kernel, policies, policy[project], read, points, counted)
    known = (money["adjusted"] > 0) & (money["executed"] != UNKNOWN)
    allotted = np.array([own.allocation.execution for own in policies], dtype=np.int32)[policy]
    execution = _execution(kernel, policy, allotted, money, known)
    total = plain = execution.earned.astype(np.int64) + _added(rows.earned, starts)
    if rows.left.any():
        shares = np.array([bool(own.not_applicable and own.not_applicable.shares) for own in policies])[policy]
        if shares.any():
            alone = _rows(kernel, policies, policy[project], read, points, points).earned
            plain = execution.earned.astype(np.int64) + _added(alone, starts)
        left_out = np.where(shares, 0, _added(np.where(rows.left, counted, 0), starts))
        step = np.array([own.rounding.step for own in policies], dtype=np.int64)[policy]
        total = rescaled(total, left_out, step)
    cap = np.full(len(starts), WHOLE, dtype=np.int64)
    standings = Standings(policies)
    for number, own in enumerate(policies):
        for limit in own.caps.execution:
            low = ~known | below(money["executed"], money["adjusted"], limit.below)
            cap = np.where((policy == number) & low, np.minimum(cap, limit.total), cap)
    score = np.maximum(np.minimum(total, cap), 0)
    grade = standings.first[policy].astype(np.int32)
    for number, own in enumerate(policies):
        for band in own.grades.bands:
            grade += (policy == number) & (score < band.start)
    return ScoredPart(
        columns,
        year,
        project,
        starts,
        money,
        policies,
        policy,
        read,
        rows,
        execution,
        points,
        total,
        plain,
        cap,
        score,
        standings,
        grade,
    )


def _added(amounts: Any, starts: Any) -> Any:
    """Amounts of rows added up project by project."""
    return np.add.reduceat(amounts.astype(np.int64), starts) if len(starts) else np.zeros(0, np.int64)


def below(part: Any, whole: Any, bound: Any) -> Any:
    """Whether part ÷ whole is below a bound, exactly; in Python ints where int64 could overflow."""
    most = int(max(part.max(initial=0), whole.max(initial=0))) * max(bound.numerator, bound.denominator)
    if most >= FITS:
        part, whole = part.astype(object), whole.astype(object)
    return np.asarray(part * bound.denominator < whole * bound.numerator, dtype=bool)


_KERNELS: dict[tuple[object, ...], Kernel] = {}


def kernel_of(policies: list[Policy], many: bool) -> Kernel:
    """The kernel for these policies, made once a process; compiled, where it can be, for `many` rows."""
    name = (many, *(f"{policy.id} {id(policy)}" for policy in policies))
    if name not in _KERNELS:
        _KERNELS[name] = Kernel(keys_of(policies), None if many else False)
    return _KERNELS[name]


def _rows(kernel: Kernel, policies: list[Policy], policy: Any, read: Read, written: Any, points: Any) -> Rows:
    """Rows scored at `points`, which may be more than was `written`."""
    codes = np.where(read.missing, 0, code(policy, read.scale, read.op))
    earned, flags = kernel.run(codes, points, read.actual, read.target)
    num, den = attained(kernel.keys, codes, read.actual, read.target)
    if read.big:
        at = np.array(sorted(read.big))
        values, aims = np.array([read.big[row] for row in at.tolist()], dtype=object).T
        earned[at], flags[at] = kernel.ints(codes[at], points[at], values, aims)
        num, den = num.astype(object), den.astype(object)
        num[at], den[at] = attained(kernel.keys, codes[at], values, aims)
    own = read.own != NO_OWN
    beside = np.array([each.deducts_beside for each in policies], dtype=bool)[policy]
    kept = np.where(beside, MET | OVER, MET).astype(np.uint8)  # of the flags by the clauses, those that still hold
    earned[own] = read.own[own]
    flags[own] = (
        (flags[own] & kept[own]) | (read.rounded[own] * np.uint8(ROUNDED)) | (read.deducted[own] * np.uint8(DEDUCTED))
    )
    for row in np.flatnonzero(own & (points != written) & (written > 0)).tolist():
        exact = read.exact[read.pairs[row]] * int(points[row]) / int(written[row])
        earned[row], less, inexact = of_criterion(exact, int(read.due[row]), policies[int(policy[row])])
        flags[row] = (flags[row] & kept[row]) | (np.uint8(ROUNDED) * inexact) | (np.uint8(DEDUCTED) * (less > 0))
    stated = read.met >= 0
    flags[stated] = (flags[stated] & ~np.uint8(MET)) | read.met[stated].astype(np.uint8)
    return Rows(read.op, read.scale, points, read.missing, earned, flags, num, den, own, read.reason > 0)


def _execution(kernel: Kernel, policy: Any, points: Any, money: Mapping[str, Any], known: Any) -> Rows:
    scale, op = np.full(len(policy), SCALES.index("execution"), np.int8), np.full(len(policy), SPENT, np.int8)
    codes = np.where(known, code(policy, scale, op), 0)
    actual, target = np.where(known, money["executed"], 0), np.where(known, money["adjusted"], 1)
    earned, flags = kernel.run(codes, points, actual, target)
    return Rows(op, scale, points, ~known, earned, flags, actual, target)
