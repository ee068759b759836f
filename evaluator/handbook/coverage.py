"""What the scenarios reach of a rulebook, point by point, and what no scenario reaches.

Only scenarios that pass count, each with every table it was scored as (before and after a correction); a row without an
actual reaches nothing. A point is reached when, on some table scored under its policy,

- allocation: a row of one of the portion's categories was scored (the execution row always is);
- quantitative, binary, execution: a row was scored on that segment;
- category_scales: a row of one of the categories was scored on that segment;
- at_most: a ≤ or < target was exceeded (≥ 指标值 for <); equality: an = target was not reached, or exceeded;
- over_fulfilment: a row needed a reason; a row lost points for a target set too low (only where the policy deducts), by each step;
- qualitative: a row was judged in that state;
- caps: the cap lowered the total; grades: the score alone gave the grade (no finding's limit);
- grade_ends: the score stood on that line; rounding: a row was really rounded; reasons: a row lost points;
- use_of_results: the table's grade was that one, which calls for rectification; the advice was given.

A clause is asked of the policy that writes it, not again of those that take it over; those that speak of grades are asked
wherever the grades are written.

A comparator's points are a row met and a row with an actual that was not; a finding rule's are a table it fired on, and
a scenario that names it as `silent` (which is how a case that nearly fires is written). So are those of a ground of a
review scale, in the review scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evaluator.comparators import COMPARATORS
from evaluator.following.advice import advice_for
from evaluator.handbook.clausewords import exact_rate, from_on, points_words, portion_name, segment_span
from evaluator.model import EXECUTION
from evaluator.policy import CLAUSES, OWN_SCALES, Advice, Deduction, OverFulfilment, Policy, reaches
from evaluator.results import Row, TableScore
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.scenarios.scenario import Outcome, read_scenarios, run_paths
from evaluator.scenarios.scenariofile import Expect, Scenario
from evaluator.workspace.places import Workspace, product

COMPARING, JUDGING = "比较方式", "问题规则"  # groups beside the policies
OF_GRADES = ("grade_ends", "use_of_results")
FIRED, NOT_FIRED = "触发", "该不触发时没有触发"


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """One thing there is to reach: in which group (the id of a policy or a review scale, 比较方式, 问题规则), which clause, word or rule
    (`item`, its name in `title`), what of it, and how many passing scenarios reach it."""

    group: str
    item: str
    title: str
    says: str
    scenarios: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every point of a rulebook in its order, and how many scenarios passed of how many that were run."""

    points: tuple[CoveragePoint, ...]
    passed: int
    run: int

    @property
    def uncovered(self) -> tuple[CoveragePoint, ...]:
        """The points no scenario reaches."""
        return tuple(point for point in self.points if not point.scenarios)

    def of(self, group: str, item: str) -> tuple[CoveragePoint, ...]:
        """The points of one clause, word or rule."""
        return tuple(point for point in self.points if (point.group, point.item) == (group, item))


Run = tuple[Sequence[Path], Rulebook]  # files and folders of scenarios, and the rulebook they speak of


def scenario_runs(space: Workspace, rulebook: Rulebook) -> list[Run]:
    """All scenarios in force in a workspace: its own, and the product's, which speak of the product's projects."""
    own = space.root / "scenarios"
    runs: list[Run] = [([own], rulebook)] if own.is_dir() else []
    if not space.sample:
        runs.append(([product() / "scenarios"], load_rulebook(product() / "rules")))
    return runs


def measure(runs: Iterable[Run], rulebook: Rulebook) -> tuple[list[Outcome], Coverage]:
    """Run scenarios and tell what they reach of a rulebook; raises as `run_paths` does."""
    seen: list[tuple[Outcome, set[str]]] = []
    for paths, speaks_of in runs:
        files = [file for path in paths for file in read_scenarios(path)[0]]
        silent = {str(scenario.where): _silent(scenario) for file in files for scenario in file.scenarios}
        seen += [(outcome, silent.get(str(outcome.where), set())) for outcome in run_paths(paths, speaks_of)]
    return [outcome for outcome, _ in seen], coverage(rulebook, seen)


def coverage(rulebook: Rulebook, seen: Sequence[tuple[Outcome, set[str]]]) -> Coverage:
    """What outcomes reach of a rulebook, each given with the rules its scenario expects to be silent."""
    passed = [outcome for outcome, _ in seen if not outcome.failures]
    asked = [silent for outcome, silent in seen if not outcome.failures]

    def tables(holds: Holds, under: str = "") -> int:
        scored = ([table for table in outcome.tables if under in ("", table.policy.id)] for outcome in passed)
        return sum(any(map(holds, each)) for each in scored)

    points = [
        CoveragePoint(policy.id, name, CLAUSES[name], says, tables(holds, policy.id))
        for policy in rulebook.policies.values()
        for name in policy.clauses
        if _own(policy, name)
        for says, holds in _points(policy, name)
    ]
    points += [
        CoveragePoint(COMPARING, word, comparator.says, says, tables(_row(comparator=word, met=met)))
        for word, comparator in COMPARATORS.items()
        for says, met in (("达到", True), ("没有达到", False))
    ]
    for rule in sorted(rulebook.findings, key=lambda rule: rule.id):
        silent = sum(rule.id in ids for ids in asked)
        points.append(CoveragePoint(JUDGING, rule.id, rule.title, FIRED, tables(_fired(rule.id))))
        points.append(CoveragePoint(JUDGING, rule.id, rule.title, NOT_FIRED, silent))
    reviewed = [outcome.seen for outcome in passed if outcome.seen]
    for key, ground in {(scale.id, g.id): g for scale in rulebook.reviews.values() for g in scale.grounds}.items():
        points.append(CoveragePoint(*key, ground.title, FIRED, sum(key in review.fired for review in reviewed)))
        points.append(CoveragePoint(*key, ground.title, NOT_FIRED, sum(key in review.silent for review in reviewed)))
    return Coverage(tuple(points), len(passed), len(seen))


def uncovered_text(covered: Coverage) -> str:
    """The uncovered points, a line each, and how many there are."""
    total, left = len(covered.points), covered.uncovered
    lines = [f"没有情景走到：{point.group} {point.title}（{point.item}）：{point.says}\n" for point in left]
    return "".join(lines) + f"规则共 {total} 处，情景走到 {total - len(left)} 处，没有走到 {len(left)} 处\n"


def as_json(covered: Coverage) -> dict[str, Any]:
    """The coverage as plain data."""
    points = [asdict(point) for point in covered.points]
    return {"run": covered.run, "passed": covered.passed, "uncovered": len(covered.uncovered), "points": points}


# ---- what there is to reach --------------------------------------------------------------------------------------

Holds = Callable[[TableScore], bool]
Reached = tuple[str, Holds]


def _rows(holds: Callable[[Row], bool]) -> Holds:
    """Some row that has an actual."""
    return lambda table: any(holds(row) for row in table.all_rows if row.actual is not None)


def _row(**fields: object) -> Holds:
    """Some row that has an actual and these values."""
    return _rows(lambda row: all(getattr(row, name) == value for name, value in fields.items()))


def _table(**fields: object) -> Holds:
    """A table that has these values."""
    return lambda table: all(getattr(table, name) == value for name, value in fields.items())


def _fired(rule: str) -> Holds:
    return lambda table: any(finding.rule.id == rule for finding in (*table.findings, *table.aside))


def _silent(scenario: Scenario) -> set[str]:
    """The rules a scenario expects to be silent, at first or after its correction."""
    expects: list[Expect] = [scenario.expect, *([scenario.then.expect] if scenario.then else [])]
    return {rule.partition("/")[0] for expect in expects for rule in expect.silent}


def _own(policy: Policy, name: str) -> bool:
    """Whether a clause is asked of a policy: it writes it, or writes the grades that the clause speaks of."""
    return policy.writes(getattr(policy, name)) or (name in OF_GRADES and policy.writes(policy.grades))


def _points(policy: Policy, name: str) -> Iterator[Reached]:
    """What there is to reach of one clause."""
    match name:
        case "quantitative" | "binary" | "execution":
            scale = getattr(policy, name)
            for index in range(len(scale.segments)):
                yield segment_span(scale, index), _row(scale=name, segment=index, by_criterion=False)
        case "allocation":
            for portion in policy.allocation.portions:
                yield f"{portion_name(portion)} {points_words(portion.points)}", _scored(portion.categories)
        case "at_most":
            yield "超出指标值", _rows(lambda row: _missed(row, name))
        case "equality":
            yield "低于指标值", _rows(lambda row: _missed(row, name) and not _above(row))
            yield "高于指标值", _rows(lambda row: _missed(row, name) and _above(row))
        case "over_fulfilment":
            over = policy.over_fulfilment
            yield f"达到 {exact_rate(over.reason_from)}，须说明原因", _rows(lambda row: row.over)
            if over.deductions is None and over.deduct_points is not None:
                yield f"扣 {points_words(over.deduct_points)}", _rows(lambda row: row.deducted > 0)
            for step in over.deductions or ():
                yield f"{from_on(step)}，扣 {points_words(step.points)}", _rows(partial(_last_step, over, step))
        case "qualitative":
            for band in policy.qualitative.bands:
                yield band.state, _in_state(band.state)
        case "caps":
            for cap in policy.caps.execution:
                yield f"执行率低于 {exact_rate(cap.below)}，不超过 {points_words(cap.total)}", _capped(cap.total)
        case "grades":
            for word in policy.grades.words:
                yield word, _table(grade_by_score=word)
        case "grade_ends":
            for line in policy.grades.bands:
                if line.start:
                    yield f"总分恰为 {points_words(line.start)}", _table(score=line.start)
        case "rounding":
            yield f"舍入到 {points_words(policy.rounding.step)}", _rows(lambda row: row.rounded)
        case "reasons":
            yield "得分低于分值", _rows(lambda row: row.lost > 0)
        case "category_scales":
            for mine, own in zip(
                OWN_SCALES, policy.category_scales.scales if policy.category_scales else (), strict=False
            ):
                for index in range(len(own.segments)):
                    says = f"{'、'.join(own.categories)}：{segment_span(own, index)}"
                    yield says, _row(scale=mine, segment=index, by_criterion=False)
        case "own_criteria" if policy.deducts_beside:
            yield "评分标准的得分里扣超额的分", _rows(lambda row: row.by_criterion and row.deducted > 0)
        case "own_criteria" if policy.takes_criteria:
            yield "有评分标准的指标", _rows(lambda row: row.by_criterion)
            most = policy.own_criteria.most_taken if policy.own_criteria else None
            if most is not None:
                yield f"追加扣除恰为 {points_words(most)} 的限额", _table(outside=-most)
            if policy.own_criteria and policy.own_criteria.veto != "照评分标准":
                yield "一票否决发生了", lambda table: bool(table.vetoed)
        case "not_applicable":
            yield "有不适用的指标", lambda table: any(row.inapplicable for row in table.rows)
        case "use_of_results":
            for word in policy.grades.words:
                if policy.rectifies(word):
                    yield f"等级为{word}，须整改", _table(grade=word)
            if policy.writes(policy.use_of_results):
                for number, advice in enumerate(policy.use_of_results.advice, 1):
                    yield f"建议{number}（{advice.advice}）", _advised(advice)


def _scored(categories: Sequence[str]) -> Holds:
    if list(categories) == [EXECUTION]:
        return lambda table: True
    return _rows(lambda row: row.indicator.category in categories)


def _last_step(over: OverFulfilment, step: Deduction, row: Row) -> bool:
    """Whether a step is the one by which a row lost points."""
    due = [other for other in over.steps if row.attainment is not None and reaches(other, row.attainment)]
    return row.deducted > 0 and due[-1:] == [step]


def _missed(row: Row, clause: str) -> bool:
    """Whether a row that is not met falls under a clause of its word's direction."""
    return clause in COMPARATORS[row.comparator].clauses and not row.met and not row.by_criterion


def _above(row: Row) -> bool:
    return row.actual is not None and row.actual > row.target


def _in_state(state: str) -> Holds:
    return _rows(lambda row: row.scale == "qualitative" and row.result.state == state)


def _capped(total: int) -> Holds:
    return lambda table: table.cap == total < table.total


def _advised(advice: Advice) -> Holds:
    return lambda table: advice_for(table) == advice
