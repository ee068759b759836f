"""Rows that do not apply (不适用) in a part: the points of the others, and what each project's total comes to, on arrays.

As `allocation.applied` and `scoring.rescaled` have it of one table; only projects with such rows are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.pairs import Read, Rejected
from evaluator.batch.texts import TextColumn
from evaluator.factsheets.factsheet import told_inapplicable, told_raised
from evaluator.policies.allocation import WHOLE, applied
from evaluator.policy import Policy
from evaluator.quantities.numerals import Unreadable


def counted_points(
    columns: Mapping[str, TextColumn], starts: Any, project: Any, points: Any, read: Read, policies: Sequence[Policy | None],
    rejects: dict[int, Rejected],
) -> Any:  # fmt: skip
    """The points (hundredths) each row counts for; projects whose rows cannot do without those that do not apply are rejected
    (A137). `policies` are those of the projects."""
    counted = points.copy()
    ends = [*starts[1:].tolist(), len(points)]
    for place in np.unique(project[read.reason > 0]).tolist():
        first, last = int(starts[place]), ends[place]
        policy, rows = policies[place], range(first, last)
        if policy is None or policy.not_applicable is None or any(row in rejects for row in rows):
            continue
        named: list[Any] = [
            SimpleNamespace(**{name: columns[name].at(row) for name in ("category", "dimension", "name")})
            for row in rows
        ]
        left = [row - first for row in rows if read.reason[row]]
        try:
            counted[first:last] = applied(named, points[first:last].tolist(), left, policy.not_applicable)
        except Unreadable as error:
            rejects.setdefault(first + left[0], (error.code, error.reason + f"；允许：{error.allowed}"))
    return counted


def rescaled(total: Any, left_out: Any, step: Any) -> Any:
    """Totals (hundredths) taken for the whole where so many points do not apply, rounded half up to `step`, once."""
    rest = WHOLE - left_out
    return np.where(left_out > 0, (2 * total * WHOLE + rest * step) // (2 * rest * step) * step, total)


def inapplicable_fields(scored: Any) -> dict[str, Any]:
    """Of projects: their rows that do not apply and what follows for the total; unknown of those that have none."""
    from evaluator.batch.columnar import Ratio

    read, starts = scored.read, scored.starts
    count = np.add.reduceat(scored.rows.left.astype(np.int64), starts)
    has = count > 0
    written = np.add.reduceat(np.where(scored.rows.left, scored.written, 0).astype(np.int64), starts)
    rows: dict[int, list[int]] = {}
    for row in np.flatnonzero(scored.rows.left).tolist():
        rows.setdefault(int(scored.project[row]), []).append(row)

    def told(place: int) -> str:
        columns = scored.columns
        return told_inapplicable([
            (columns["indicator"].at(row), columns["name"].at(row), int(scored.written[row]), read.reasons[read.reason[row]])
            for row in rows.get(place, ())
        ])  # fmt: skip

    def raised(place: int) -> str:
        figures = (int(amounts[place]) for amounts in (scored.plain, written, scored.total))
        return told_raised(scored.policies[int(scored.policy[place])], *figures) if has[place] else ""

    return {
        "inapplicable": Ratio(count, 1, has),
        "inapplicable_told": lambda at: pa.array([told(place) for place in at.tolist()], pa.string()),
        "raised": Ratio(scored.total - scored.plain, 100, has),
        "raised_told": lambda at: pa.array([raised(place) for place in at.tolist()], pa.string()),
    }
