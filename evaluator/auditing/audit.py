"""Filled tables checked (ziping audit): rows, execution and total recomputed under a policy, and every other defect told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from evaluator.auditing.defects import Defect, defects
from evaluator.auditing.judgement import Judged
from evaluator.auditing.recomputed import HALF, Verdict, blank, decimals, figure, number, plain, rounded
from evaluator.auditing.spent import printed_rate, spent, told_rate
from evaluator.auditing.together import judge_rows, ready
from evaluator.errors import Problem, UsageProblem, nearest_of_place
from evaluator.figures import decimal, half_up, percent
from evaluator.intake.forms import FilledTable
from evaluator.policy import Policy
from evaluator.policychecks import NATIONAL


@dataclass(frozen=True, slots=True)
class Audited:
    """One filled table, checked under one policy; `chosen` when the policy was the one that fits best."""

    table: FilledTable
    policy: Policy
    chosen: bool
    rows: tuple[Judged, ...]
    execution: Verdict
    total: Verdict
    defects: tuple[Defect, ...]

    @property
    def verdicts(self) -> list[Verdict]:
        """Of the rows and the execution."""
        return [*(row.verdict for row in self.rows), self.execution]

    @property
    def clean(self) -> bool:
        """Whether nothing differs and no defect stands."""
        return not self.defects and all(one.verdict != "differ" for one in (*self.verdicts, self.total))


def audit(tables: Iterable[FilledTable], policies: dict[str, Policy], named: str | None = None) -> list[Audited]:
    """Check tables under the policy named, or each under the one that fits it best; raises UsageProblem (U311)."""
    if named is not None and named not in policies:
        known = sorted(policies)
        raise UsageProblem(
            [Problem("U311", f"没有评分办法“{named}”", None, "、".join(known), nearest_of_place(named, known))]
        )
    chosen = [policies[name] for name in ([named] if named is not None else sorted(policies))]
    return [_checked(table, chosen, named is None) for table in tables]


@dataclass(frozen=True, slots=True)
class _Trial:
    """The verdicts of a table under one policy."""

    policy: Policy
    rows: list[Judged]
    execution: Verdict
    total: Verdict


def _checked(table: FilledTable, policies: Sequence[Policy], chosen: bool) -> Audited:
    """A table under the policy that fits best; what another one would call right is not called wrong."""
    trials, cells = [], ready(table)
    for policy in policies:
        rows = judge_rows(table, cells, policy)
        trials.append(_Trial(policy, rows, judge_execution(table, policy), judge_total(table, rows, policy)))
    best = max(trials, key=lambda one: _fit(table, one))
    rows = [
        replace(row, verdict=_softened(row.verdict, [(one.policy, one.rows[index].verdict) for one in trials]))
        for index, row in enumerate(best.rows)
    ]
    execution = _softened(best.execution, [(one.policy, one.execution) for one in trials])
    total = _softened(best.total, [(one.policy, one.total) for one in trials])
    found = tuple(defects(table, rows, total, best.policy))
    return Audited(table, best.policy, chosen, tuple(rows), execution, total, found)


def _fit(table: FilledTable, one: _Trial) -> tuple[int, int, bool, bool, int]:
    """How well a policy fits: most agrees and least differs; in a tie the one that allots the printed execution points,
    then the national one."""
    words = [one.execution.verdict, *(row.verdict.verdict for row in one.rows)]
    wrong = [*words, one.total.verdict].count("differ")
    allotted = number(table.execution.points) if table.execution else None
    alike = allotted is not None and allotted * 100 == one.policy.allocation.execution
    return words.count("agree"), -wrong, alike, one.policy.in_force.region == NATIONAL, one.policy.in_force.start


def _softened(verdict: Verdict, others: Iterable[tuple[Policy, Verdict]]) -> Verdict:
    """A verdict that holds whichever of the policies the table was scored under."""
    right = next((policy for policy, other in others if other.verdict == "agree"), None)
    if verdict.verdict != "differ" or right is None:
        return verdict
    return replace(verdict, verdict="undecidable", reason=f"{verdict.reason}；按“{right.title}”则一致")


def judge_execution(table: FilledTable, policy: Policy) -> Verdict:
    """The execution score: points × rate, the rate from the amounts, or as printed where an amount is missing."""
    row = table.execution
    if row is None:
        return Verdict("undecidable", None, None, "没有预算执行的得分")
    printed, points = figure(row.score), number(row.points)
    if printed is None or points is None or points <= 0:
        missing = "得分" if printed is None else "分值"
        return Verdict("undecidable", printed, None, f"预算执行没有可读的{missing}")
    money, said = spent(table), printed_rate(row.rate)
    if money is None and said is None:
        return Verdict("undecidable", printed, None, "缺全年预算数、全年执行数或执行率")
    rate = money.rate if money else said.rate if said else Fraction(0)
    exact = points * min(policy.execution.share_at(rate), Fraction(1))
    computed, score = half_up(exact, 2), Fraction(printed)
    told = f"{decimal(points, 2)} × {told_rate(money) if money else percent(rate)} = {decimal(exact, 4)}"
    told += "，不超过分值" if rate > 1 else ""
    fiscal = spent(table, "fiscal_row")
    wide = (
        [points * min(policy.execution.share_at(end), Fraction(1)) for end in (money.low, money.high)] if money else []
    )
    if rounded(exact, printed, policy.rounding.step, points):
        return Verdict("agree", printed, computed, told)
    if abs(score - exact) <= HALF and score != points:
        return Verdict("undecidable", printed, computed, f"{told}；相差不到取整的幅度")
    if fiscal and rounded(points * min(policy.execution.share_at(fiscal.rate), Fraction(1)), printed):
        return Verdict("undecidable", printed, computed, f"{told}；与财政拨款的执行率 {percent(fiscal.rate)} 相符")
    if money and (not Fraction(1, 1000) < money.rate < 2 or wide[0] - HALF <= score <= wide[1] + HALF):
        return Verdict("undecidable", printed, computed, f"{told}；金额的单位或精度不足以判定")
    return Verdict("differ", printed, computed, told)


def judge_total(table: FilledTable, rows: Sequence[Judged], policy: Policy) -> Verdict:
    """The total: the sum of the printed scores, or the cap that the execution rate sets."""
    printed = figure(table.total_score)
    execution = table.execution
    texts = [row.score for row in table.indicators if row.score is not None]
    texts += [execution.score] if execution and execution.score is not None else []
    scores = [number(text) for text in texts]
    if printed is None:
        return Verdict("undecidable", None, None, "没有总分" if blank(table.total_score) else "总分不是一个数")
    known = [score for score in scores if score is not None]
    alone = [row for row in table.indicators if row.score is None and not row.merged.keys() & {"score", "points"}]
    if len(known) < len(scores) or not known or (alone and any(row.points for row in alone)):
        return Verdict("undecidable", printed, None, "有的得分没有填或读不出")
    total = sum(known, Fraction(0))
    told = f"{' + '.join(decimal(score) for score in known)} = {decimal(total)}"
    computed = decimal(total)
    money = spent(table)
    caps = [Fraction(cap.total, 100) for cap in policy.caps.execution if money and money.rate < cap.below]
    capped = min([*caps, total])
    shown = Fraction(half_up(total, len(printed.partition(".")[2])))
    if Fraction(printed) in (shown, capped):
        note = f"，按执行率封顶 {decimal(capped)}" if capped < total and Fraction(printed) == capped else ""
        return Verdict("agree", printed, decimal(capped) if note else computed, told + note)
    if not capped < total and _may_be(printed, total, table, rows):
        return Verdict("undecidable", printed, computed, f"{told}；可能由取整以前的得分相加，或末位截去")
    worth = [number(row.points) for row in table.indicators if row.points is not None]
    own = None if None in worth else sum(value for value in worth if value is not None)
    spending = number(execution.points) if execution else None
    whole = own == 100 if execution is None else own is not None and spending is not None and own + spending == 100
    whole = whole or bool(table.rows_complete and own != 100 and execution and execution.score is not None)
    if table.rows_complete is False or not whole or alone or (execution and execution.score is None):
        return Verdict("undecidable", printed, computed, f"{told}；不能断定各行齐全")
    if caps and Fraction(printed) < total:
        return Verdict("differ", printed, decimal(capped), f"{told}，按执行率封顶 {decimal(capped)}")
    return Verdict("differ", printed, computed, told)


def _may_be(printed: str, total: Fraction, table: FilledTable, rows: Sequence[Judged]) -> bool:
    """Whether a printed total may be the sum of the scores before they were rounded, or the sum cut at its decimals."""
    value, places = Fraction(printed), len(printed.partition(".")[2])
    texts = [row.score for row in table.indicators if row.score] + [(table.execution and table.execution.score) or ""]
    unrounded = sum((HALF / 10 ** decimals(text) for text in texts if "." in text), Fraction(0))
    exact = sum(
        one.reached.exact - (number(row.score) or 0)
        for row, one in zip(table.indicators, rows, strict=True)
        if one.reached and one.verdict.verdict == "agree" and row.score
    )
    cut = Fraction(int(total * 10**places), 10**places)
    return (
        abs(value - total) <= unrounded
        or value == Fraction(half_up(total + exact, places))
        or (places > 0 and value == cut)
    )


# ---- told --------------------------------------------------------------------------------------------------------


def as_json(made: Sequence[Audited]) -> dict[str, Any]:
    """The audit as plain data; rows count from 0 as printed, figures are decimal strings or null."""

    def told(one: Verdict) -> dict[str, Any]:
        return {"verdict": one.verdict, "printed": one.printed, "computed": one.computed, "reason": one.reason}

    return {
        "tables": [
            {
                "id": one.table.id,
                "policy": one.policy.id,
                "rows": [{"index": index, **told(row.verdict)} for index, row in enumerate(one.rows)],
                "execution": told(one.execution),
                "total": told(one.total),
                "defects": [{"code": d.code, "subject": d.subject, "says": d.says} for d in one.defects],
            }
            for one in made
        ]
    }


def lines(one: Audited) -> list[list[str]]:
    """A table's rows, execution and total as cells: name, target, actual, points, printed, computed, verdict, reason."""
    words = {"agree": "一致", "differ": "不一致", "undecidable": "无法判定"}

    def cells(*head: str | None, verdict: Verdict) -> list[str]:
        figures = [*head, verdict.printed, verdict.computed]
        cut = [_short(text) if text else "—" for text in figures]
        return [*cut, words[verdict.verdict], verdict.reason]

    made = [
        cells(row.level3, row.target, row.actual, row.points, verdict=judged.verdict)
        for row, judged in zip(one.table.indicators, one.rows, strict=True)
    ]
    execution = one.table.execution
    rate, points = (execution.rate, execution.points) if execution else (None, None)
    made.append(cells("预算执行率", None, rate, points, verdict=one.execution))
    return [*made, cells("总分", None, None, None, verdict=one.total)]


def _short(text: str) -> str:
    short = re.sub(r"\s+", " ", plain(text))
    return short if len(short) <= 16 else short[:15] + "…"
