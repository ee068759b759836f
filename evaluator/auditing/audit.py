"""Filled tables checked (ziping audit): rows, execution and total recomputed under a policy, and every other defect told.

A verdict is about all admissible readings of the table: `agree` where one consistent reading gives the printed figure,
`differ` where none does, `undecidable` with the readings that disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from evaluator.auditing.allotted import allot
from evaluator.auditing.defect import Defect
from evaluator.auditing.defects import defects
from evaluator.auditing.execution import judge_execution
from evaluator.auditing.judgement import Judged, judge_unscored
from evaluator.auditing.recomputed import Verdict, number
from evaluator.auditing.shared import judge_rows, tidy
from evaluator.auditing.totals import judge_total
from evaluator.errors import Problem, UsageProblem, nearest_of_place
from evaluator.intake.filled.formdata import FilledTable
from evaluator.policies.policychecks import NATIONAL, covers
from evaluator.policy import Policy


@dataclass(frozen=True, slots=True)
class Audited:
    """One filled table, checked under one policy; `chosen` when the policy was the one that fits best."""

    table: FilledTable
    policy: Policy
    chosen: bool
    rows: tuple[Judged, ...]
    execution: Judged
    total: Judged
    defects: tuple[Defect, ...]

    @property
    def verdicts(self) -> list[Verdict]:
        """Of the rows and the execution."""
        return [*(row.verdict for row in self.rows), self.execution.verdict]

    @property
    def clean(self) -> bool:
        """Whether nothing differs and no defect stands."""
        return not self.defects and all(one.verdict != "differ" for one in (*self.verdicts, self.total.verdict))


def audit(tables: Iterable[FilledTable], policies: dict[str, Policy], named: str | None = None) -> list[Audited]:
    """Check tables under the policy named, or each under the one that fits it best; raises UsageProblem (U311)."""
    if named is not None and named not in policies:
        known = sorted(policies)
        raise UsageProblem(
            [Problem("U311", f"没有评分办法“{named}”", None, "、".join(known), nearest_of_place(named, known))]
        )
    chosen = [policies[name] for name in ([named] if named is not None else sorted(policies))]
    return [_checked(_weighed(table), chosen, named is None) for table in tables]


def _weighed(table: FilledTable) -> FilledTable:
    """A table whose points are printed as weights (20%), with the points these are of a hundred."""
    rows = [
        row.model_copy(update={"points": row.points.rstrip("%％")}) if row.points and row.points[-1] in "%％" else row
        for row in table.indicators
    ]
    return table.model_copy(update={"indicators": rows})


def _checked(table: FilledTable, policies: Sequence[Policy], chosen: bool) -> Audited:
    """A table under the policies that fit it best: what they disagree about is undecidable."""
    admitted = _admissible(table, policies)
    trials = [_tried(table, policy) for policy in admitted]
    most = max(_fit(one) for one in trials)
    fitting = sorted((one for one in trials if _fit(one) == most), key=_preferred, reverse=True)
    best = fitting[0]
    rows = tuple(
        _agreed(best.rows[index], [(one.policy, one.rows[index]) for one in fitting]) for index in range(len(best.rows))
    )
    execution = _agreed(best.execution, [(one.policy, one.execution) for one in fitting])
    total = _agreed(best.total, [(one.policy, one.total) for one in fitting])
    found = tuple(defects(table, rows, execution, total, best.policy, admitted))
    return Audited(table, best.policy, chosen, rows, execution, total, found)


# ---- under one policy --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Trial:
    """The verdicts of a table under one policy."""

    policy: Policy
    rows: list[Judged]
    execution: Judged
    total: Judged


def _tried(table: FilledTable, policy: Policy) -> _Trial:
    """Rows made ready and judged, with the points that follow where none are printed; then execution and total."""
    cells = [tidy(row) for row in table.indicators]
    if not table.scored:
        judge_alone = partial(judge_unscored, policy=policy, year=table.year)
        rows = [judge_alone(row) for row in cells]
    else:
        given = allot(table, cells, policy)
        rows = [
            one
            if not allotted.how
            else replace(
                one, verdict=_explained(one.verdict, allotted.how, allotted.open), points=number(allotted.row.points)
            )
            for one, allotted in zip(judge_rows(table, [each.row for each in given], policy), given, strict=True)
        ]
    return _Trial(policy, rows, judge_execution(table, policy), judge_total(table, rows, policy))


def _explained(verdict: Verdict, how: str, open_: tuple[str, ...]) -> Verdict:
    """A verdict with how its points follow, or undecidable where they can fall in more than one way."""
    if open_:
        return replace(verdict, verdict="undecidable", computed=None, reason=how, readings=open_)
    return replace(verdict, reason=verdict.reason + how)


# ---- the policies a table admits ---------------------------------------------------------------------------------


def _admissible(table: FilledTable, policies: Sequence[Policy]) -> Sequence[Policy]:
    """The policies in force in the table's year that allot the printed execution points; all of them where none is left."""
    points = number(table.execution.points) if table.execution else None
    able = [policy for policy in policies if table.year is None or covers(policy, table.year)] or policies
    alike = [policy for policy in able if points is not None and points * 100 == policy.allocation.execution]
    return alike or able


def _fit(one: _Trial) -> tuple[int, int]:
    """How well a policy fits: most agrees, then least differs."""
    words = [each.verdict.verdict for each in (*one.rows, one.execution, one.total)]
    return words.count("agree"), -words.count("differ")


def _preferred(one: _Trial) -> tuple[bool, int]:
    """Which of two that fit alike is told: the national one, then the latest."""
    return one.policy.in_force.region == NATIONAL, one.policy.in_force.start


def _agreed(best: Judged, others: Sequence[tuple[Policy, Judged]]) -> Judged:
    """A verdict that holds whichever of the policies that fit the table was scored under."""
    if len({one.verdict.verdict for _, one in others}) == 1:
        return best
    told = {one.verdict.reason: f"按“{policy.title}”：{one.verdict.reason}" for policy, one in others}
    reason = "各评分办法的结论不同，从表上看不出用的是哪一个"
    verdict = Verdict("undecidable", best.verdict.printed, None, reason, tuple(told.values()))
    return replace(best, verdict=verdict, coarse="")
