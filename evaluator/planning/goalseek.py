"""The smallest changes in open results that reach a score or a grade, or the proof that none do.

Fewest rows changed first, then the least sum of relative changes (to the target, the budget or the whole share). Every
row's points are a step function (steps.py), so all there is to choose from is finite (cheapest.py); what is found is then
evaluated on the main path, and where a finding holds the grade down, sought once more with its row clear of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from evaluator.errors import Problem, UsageProblem, nearest
from evaluator.evaluation import evaluate
from evaluator.find import find_among
from evaluator.findings.conditions import FactPattern, make_ready
from evaluator.model import Actuals, FindingRule
from evaluator.planning.cheapest import DialChange, cheapest
from evaluator.planning.dials import PLAIN, Openness
from evaluator.planning.forecast import completed, extreme
from evaluator.planning.projectstanding import ProjectStanding, standings
from evaluator.policy import UNGRADED, Policy
from evaluator.results import TableScore
from evaluator.rulebook.book import Rulebook

Values = Mapping[str, Mapping[str, int]]  # by project and dial, in grains
Run = Callable[[Values], dict[str, TableScore]]  # the main path: every project's result with these values put in
STATIC = {"attainment", "category", "comparator", "satisfaction", "computed", "points"}  # what a value alone decides
FIXED = {"table", "indicator", "conflict", "clause", "link"}  # what no result changes


@dataclass(frozen=True, slots=True)
class Sought:
    """What was found for one project: the changes and the result evaluated, or why nothing reaches the goal.

    `most` is the highest total the open rows allow. `blocked` are the findings that keep the grade down whatever is
    changed; `sure` is False where another answer cannot be excluded.
    """

    standing: ProjectStanding
    present: TableScore
    goal: int
    grade: str | None
    most: int
    best: Mapping[str, int]
    changes: tuple[DialChange, ...] = ()
    table: TableScore | None = None
    blocked: tuple[str, ...] = ()
    sure: bool = True

    @property
    def reached(self) -> bool:
        """Whether the goal can be reached."""
        return self.table is not None


@dataclass(slots=True)
class _Demand:
    """What a solution has to keep to beside the total: rows that must be clear of a finding rule."""

    clear: dict[str, list[FactPattern]] = field(default_factory=dict)  # row id -> clauses that must not hold
    sure: bool = True


def seek(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    grade: str | None = None,
    score: int | None = None,
    code: str | None = None,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
    opened: Openness = PLAIN,
) -> list[Sought]:
    """Seek a grade, or a score (hundredths), for each of a unit's projects, or for the one that `code` names.

    Raises UsageProblem (U364 for no goal or two, U366 for a grade there is none of), and what `standings` and `evaluate`
    raise.
    """
    if (grade is None) == (score is None):
        raise UsageProblem([Problem("U364", "要达到的等级和得分，写且只写一个", None, "--grade 优，或 --score 90")])
    listed = standings(rulebook, actuals, year=year, unit=unit, policy=policy, opened=opened)
    alone = replace(rulebook, departments={})

    def run(values: Values) -> dict[str, TableScore]:
        where = listed[0].project
        put = completed(actuals, listed, [values.get(standing.project.code, {}) for standing in listed])
        evaluation = evaluate(alone, put, year=where.year, unit=where.unit.code, policy=policy)
        return {table.code: table for table in evaluation.projects}

    now = run({}) if listed else {}
    only = None if code is None else find_among(list(now.values()), code).code
    return [
        _seek(run, standing, now[standing.project.code], _goal(standing.prepared.policy, grade, score), grade)
        for standing in listed
        if only in (None, standing.project.code)
    ]


def read_score(text: str) -> int:
    """A score as a person writes it, in hundredths; raises UsageProblem (U365)."""
    if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text.strip()) or Fraction(text.strip()) > 100:
        raise UsageProblem([Problem("U365", f"“{text}”不是总分", None, "0 至 100，至多两位小数")])
    return int(Fraction(text.strip()) * 100)


def _goal(policy: Policy, grade: str | None, score: int | None) -> int:
    if score is not None:
        return score
    starts = {band.grade: band.start for band in policy.grades.bands}
    if grade not in starts:
        known = list(starts)
        says = f"评分办法 {policy.id} " + (
            f"没有等级“{grade}”" if known else f"{UNGRADED}，没有等级可以达到；改用 --score"
        )
        raise UsageProblem([Problem("U366", says, None, "、".join(known), nearest(str(grade), known))])
    return starts[grade]


def _seek(run: Run, standing: ProjectStanding, present: TableScore, goal: int, grade: str | None) -> Sought:
    best, most = extreme(standing, True)
    sought = Sought(standing, present, goal, grade, max(most, present.score), best)
    demand, table, changes = _Demand(), present, tuple[DialChange, ...]()
    blocked: dict[str, None] = {}  # in the order they are met, each once
    while table.score < goal or not _reaches(table, table.grade, grade):
        if table.score >= goal:  # a finding holds the grade down
            limits = [
                f
                for f in table.findings
                if f.rule.caps and not _reaches(table, table.policy.grades.best(f.rule.caps), grade)
            ]
            blocked |= {f"{f.rule.id}“{f.rule.title}”：{f.says}": None for f in limits}
            asked = [_demand(demand, finding.rule, finding.facts, goal) for finding in limits]
            if not any(asked):
                fixed = all(set(finding.rule.when) <= FIXED for finding in limits)
                return replace(sought, blocked=tuple(blocked), sure=demand.sure and fixed)
        changes = cheapest(standing, goal, demand.clear)
        if not changes:
            return replace(sought, blocked=tuple(blocked), sure=demand.sure)
        values = {change.dial.id: change.after for change in changes}
        table = run({standing.project.code: values})[standing.project.code]
        assert table.score >= goal, "the main path and the steps differ"
    return replace(sought, changes=changes, table=table, sure=demand.sure)


def _reaches(table: TableScore, grade: str | None, wanted: str | None) -> bool:
    """Whether one of its policy's grades is at least another; what is none of them lowers nothing."""
    words = table.policy.grades.words
    return grade is None or wanted is None or words.index(grade) <= words.index(wanted)


def _demand(demand: _Demand, rule: FindingRule, facts: Sequence[str], goal: int) -> bool:
    """Ask that the rows a finding fired on be clear of it; False where that is asked already or cannot be.

    Nothing is lost by asking where the rule looks at nothing but the row's value and a score the goal is not below.
    """
    (ready,) = make_ready([rule])
    clause = next((part for part in ready.clauses if part.kind == "outcome"), None)
    tests = [test for test in clause.tests if test.field == "attainment"] if clause else []
    asked = False
    for ref in facts:
        kind, _, row = ref.partition(":")
        if kind != "outcome" or clause is None or not tests:
            continue
        only = FactPattern("outcome", tuple(tests))
        if only not in demand.clear.setdefault(row, []):
            demand.clear[row].append(only)
            asked = True
    others = [test for part in ready.clauses if part.kind == "project" for test in part.tests]
    scores = all(
        t.field == "score" and t.op == "gte" and isinstance(t.value, int) and t.value <= goal * 10_000 for t in others
    )
    simple = set(rule.when) <= {"project", "outcome"} and scores and clause is not None
    if asked and not (simple and clause and {test.field for test in clause.tests} <= STATIC):
        demand.sure = False
    return asked
