"""Filled tables checked (ziping audit): rows, execution and total recomputed under a policy, and every other defect told.

A verdict is about all admissible readings of the table: `agree` where one consistent reading gives the printed figure,
`differ` where none does, `undecidable` with the readings that disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from evaluator.auditing.allotted import allot
from evaluator.auditing.defects import defects
from evaluator.auditing.execution import judge_execution
from evaluator.auditing.judgement import Defect, Judged, judge_unscored
from evaluator.auditing.nestedforms import converted
from evaluator.auditing.recomputed import Verdict, number
from evaluator.auditing.shared import judge_rows, without_stops
from evaluator.auditing.totals import judge_total
from evaluator.criteria.faulty import DITTO
from evaluator.errors import Problem, UsageProblem, nearest_of_place
from evaluator.intake.filled.formdata import FilledRow, FilledTable
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
    defects: tuple[Defect, ...] = ()

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts on the rows and on the execution."""
        return [*(row.verdict for row in self.rows), self.execution.verdict]

    @property
    def words(self) -> list[str]:
        """What is said of every figure, the total's last: agree, differ or undecidable."""
        return [verdict.verdict for verdict in (*self.verdicts, self.total.verdict)]

    @property
    def clean(self) -> bool:
        """Whether nothing differs and no defect stands."""
        return not self.defects and "differ" not in self.words


def audit(tables: Iterable[FilledTable], policies: dict[str, Policy], named: str | None = None) -> list[Audited]:
    """Check tables under the policy named, or each under the one that fits it best; raises UsageProblem (U311)."""
    if named is not None and named not in policies:
        known = sorted(policies)
        raise UsageProblem(
            [Problem("U311", f"没有评分办法“{named}”", None, "、".join(known), nearest_of_place(named, known))]
        )
    able = [policies[name] for name in ([named] if named is not None else sorted(policies))]
    return [_checked(_weighed(table), able, named is None) for table in tables]


def _weighed(table: FilledTable) -> FilledTable:
    """A table whose points are printed as weights (20%), with the points these are of a hundred."""
    rows = [
        row.model_copy(update={"points": row.points.rstrip("%％")}) if row.points and row.points[-1] in "%％" else row
        for row in table.indicators
    ]
    return converted(table.model_copy(update={"indicators": _standards(rows)}))


def _standards(rows: Iterable[FilledRow]) -> list[FilledRow]:
    """Rows whose scoring standard says 同上 with that of the row above."""
    kept: list[FilledRow] = []
    for row in rows:
        same = row.criterion is not None and row.criterion.strip() in DITTO and kept
        kept.append(row.model_copy(update={"criterion": kept[-1].criterion}) if same else row)
    return kept


def _checked(table: FilledTable, policies: Sequence[Policy], chosen: bool) -> Audited:
    """A table under the policies that fit it best: what they disagree about is undecidable."""
    admitted = _admissible(table, policies)
    trials = [_tried(table, policy, chosen) for policy in admitted]
    most = max(_fit(trial) for trial in trials)
    fitting = sorted((trial for trial in trials if _fit(trial) == most), key=_preferred, reverse=True)
    fit = [trial.policy for trial in fitting]
    rows = tuple(_agreed(alike, fit) for alike in zip(*(trial.rows for trial in fitting), strict=True))
    execution = _agreed([trial.execution for trial in fitting], fit)
    total = _agreed([trial.total for trial in fitting], fit)
    wrong = tuple(defects(table, rows, execution, total, fit[0], admitted))
    return Audited(table, fit[0], chosen, rows, execution, total, wrong)


def _tried(table: FilledTable, policy: Policy, chosen: bool) -> Audited:
    """A table under one policy: rows made ready and judged, with the points that follow where none are printed; then
    execution and total."""
    cells = [without_stops(row) for row in table.indicators]
    if not table.scored:
        judge_alone = partial(judge_unscored, policy=policy, year=table.year)
        rows = [judge_alone(row) for row in cells]
    else:
        given = allot(table, cells, policy)
        rows = [
            judged
            if not allotted.how
            else replace(
                judged,
                verdict=_explained(judged.verdict, allotted.how, allotted.open),
                points=number(allotted.row.points),
            )
            for judged, allotted in zip(judge_rows(table, [each.row for each in given], policy), given, strict=True)
        ]
    return Audited(table, policy, chosen, tuple(rows), judge_execution(table, policy), judge_total(table, rows, policy))


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


def _fit(trial: Audited) -> tuple[int, int]:
    """How well a policy fits: most agrees, then least differs."""
    return trial.words.count("agree"), -trial.words.count("differ")


def _preferred(trial: Audited) -> tuple[bool, int]:
    """Which of the policies that fit alike is taken: the national one, then the latest."""
    return trial.policy.in_force.region == NATIONAL, trial.policy.in_force.start


def _agreed(alike: Sequence[Judged], policies: Sequence[Policy]) -> Judged:
    """A verdict that holds whichever of the policies that fit (the best first) the table was scored under."""
    best, verdicts = alike[0], [judged.verdict for judged in alike]
    if len({verdict.verdict for verdict in verdicts}) == 1:
        return best
    ways = {
        verdict.reason: f"按“{policy.title}”：{verdict.reason}"
        for policy, verdict in zip(policies, verdicts, strict=True)
    }
    reason = "各评分办法的结论不同，从表上看不出用的是哪一个"
    verdict = Verdict("undecidable", best.verdict.printed, None, reason, tuple(ways.values()))
    return replace(best, verdict=verdict, coarse="")
