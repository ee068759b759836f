"""A part scored: rows to points, points to totals, caps and grades by score; arrays from end to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluator.batch.clauses import code, keys_of
from evaluator.batch.kernel import MET, ROUNDED, Kernel, attained
from evaluator.batch.pairs import NO_OWN, OPS, SCALES, Read
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.standings import Standings
from evaluator.batch.texts import FITS, TextColumn
from evaluator.comparators import AT_LEAST
from evaluator.policy import Policy

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
    total: Any
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
    policies: list[Policy], policy: Any, read: Read, points: Any,
) -> ScoredPart:  # fmt: skip
    """Score rows that stand project by project; `policy` is each project's place in `policies`."""
    kernel = kernel_of(policies)
    rows = _rows(kernel, policy[project], read, points)
    known = (money["adjusted"] > 0) & (money["executed"] != UNKNOWN)
    allotted = np.array([own.allocation.execution for own in policies], dtype=np.int32)[policy]
    execution = _execution(kernel, policy, allotted, money, known)
    total = execution.earned.astype(np.int64)
    if len(starts):
        total = total + np.add.reduceat(rows.earned.astype(np.int64), starts)
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
        total,
        cap,
        score,
        standings,
        grade,
    )


def below(part: Any, whole: Any, bound: Any) -> Any:
    """Whether part ÷ whole is below a bound, exactly; in Python ints where int64 could overflow."""
    most = int(max(part.max(initial=0), whole.max(initial=0))) * max(bound.numerator, bound.denominator)
    if most >= FITS:
        part, whole = part.astype(object), whole.astype(object)
    return np.asarray(part * bound.denominator < whole * bound.numerator, dtype=bool)


_KERNELS: dict[tuple[str, ...], Kernel] = {}


def kernel_of(policies: list[Policy]) -> Kernel:
    """The kernel for these policies, made once a process."""
    name = tuple(f"{policy.id} {id(policy)}" for policy in policies)
    if name not in _KERNELS:
        _KERNELS[name] = Kernel(keys_of(policies))
    return _KERNELS[name]


def _rows(kernel: Kernel, policy: Any, read: Read, points: Any) -> Rows:
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
    earned[own] = read.own[own]
    flags[own] = (flags[own] & np.uint8(MET)) | (read.rounded[own] * np.uint8(ROUNDED))
    stated = read.met >= 0
    flags[stated] = (flags[stated] & ~np.uint8(MET)) | read.met[stated].astype(np.uint8)
    return Rows(read.op, read.scale, points, read.missing, earned, flags, num, den, own)


def _execution(kernel: Kernel, policy: Any, points: Any, money: Mapping[str, Any], known: Any) -> Rows:
    scale, op = np.full(len(policy), SCALES.index("execution"), np.int8), np.full(len(policy), SPENT, np.int8)
    codes = np.where(known, code(policy, scale, op), 0)
    actual, target = np.where(known, money["executed"], 0), np.where(known, money["adjusted"], 1)
    earned, flags = kernel.run(codes, points, actual, target)
    return Rows(op, scale, points, ~known, earned, flags, actual, target)
