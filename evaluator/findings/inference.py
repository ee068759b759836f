"""Findings by forward chaining: facts of many projects in, findings and grades out, by one of two equal executors.

Rules only add: plain rules first, then each project's grade (its score and the caps found), then the rules that wait
for a grade or a finding. Neither the order of facts nor that of rules can change what is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from evaluator.errors import SEVERITIES, Problem, RuleProblems, Severity, UsageProblem
from evaluator.findings import frame, rete
from evaluator.findings.conditions import FactPattern, Firing, Ready, Test, check_finding_rules, make_ready, rows_kind
from evaluator.findings.facts import CHAINED, FACTS, KINDS, Fact, GradeOf, fill
from evaluator.kept import Memory
from evaluator.model import FindingRule

Executor = Literal["auto", "rete", "frame"]  # auto: rete wherever durable_rules imports and holds the rules

LAST = Memory()  # rules made ready, whoever asked


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired (问题): in which project, about what, in words, and on which facts (`kind:id`)."""

    rule: FindingRule = field(hash=False)
    project: str
    subject: str
    says: str
    remedy: str
    facts: tuple[str, ...]
    matched: tuple[Fact, ...] = field(default=(), compare=False, repr=False)

    @property
    def severity(self) -> Severity:
        """The severity of its rule."""
        return self.rule.severity

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that a finding about several names, as they stand in the table; none for any other."""
        kind = rows_kind(self.rule) if self.rule.together else ""
        return tuple(fact.id for fact in self.matched if fact.kind == kind)

    @property
    def about(self) -> tuple[str, ...]:
        """What it is about: the rows it names, else its subject."""
        return self.rows or (self.subject,)

    def of(self, rows: Collection[str]) -> Finding:
        """The same finding about only these of its rows."""
        kind = rows_kind(self.rule)
        return self.with_facts(tuple(fact for fact in self.matched if fact.kind != kind or fact.id in rows))

    def with_facts(self, facts: tuple[Fact, ...]) -> Finding:
        """The same finding in words, of these facts."""
        rule, refs = self.rule, tuple(fact.ref for fact in facts)
        return replace(self, says=fill(rule.say, facts), remedy=fill(rule.remedy, facts), facts=refs, matched=facts)


@dataclass(frozen=True, slots=True)
class Conclusions:
    """Findings in canonical order, grades by project, the grade and finding facts asserted, and who found them."""

    findings: tuple[Finding, ...]
    grades: Mapping[str, str]
    asserted: tuple[Fact, ...]
    executor: Literal["rete", "frame"]


def no_grade(project: str, caps: frozenset[str]) -> None:
    """The `grade_of` for goals judged before there are results."""


def conclude(
    facts: Iterable[Fact],
    rules: Sequence[FindingRule],
    grade_of: GradeOf = no_grade,
    executor: Executor = "auto",
) -> Conclusions:
    """Find everything the rules say about the facts, for any number of projects at once.

    `grade_of(project, caps)` is asked once per project, when the plain rules are done; it returns the worst of the
    score's grade and the caps as a fact (see `factsheet.grade_fact`), or None for no grade. Findings come in the order the projects first
    appear in, then by row (what is about no row, or several, first), severity, salience (highest first), rule and subject. Raises RuleProblems for rules that
    cannot be used, UsageProblem when durable_rules is asked for and cannot be had, InferenceFailed when it fails.
    The rules that were asked last are not made ready again.
    """
    given = tuple(rules)
    (ready,) = LAST.each("rules", [given], lambda _: [_ready(given)])
    chosen = _choose(executor, ready)
    by_project: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind in CHAINED:
            raise ValueError(f"{fact.ref}: facts of this kind are asserted by the inference itself")
        by_project.setdefault(fact.project, []).append(fact)
    board = (rete if chosen == "rete" else frame).run(by_project, ready, grade_of)
    order = {project: number for number, project in enumerate(by_project)}
    firings = sorted(board.firings.values(), key=lambda each: _rank(each, order))
    asserted = [board.grades[project] for project in order if project in board.grades]
    grades = {fact.project: str(fact.fields["grade"]) for fact in asserted}
    return Conclusions(
        tuple(_finding(each) for each in firings), grades, (*asserted, *(each.finding for each in firings)), chosen
    )


def _ready(rules: Sequence[FindingRule]) -> tuple[Ready, ...]:
    if problems := check_finding_rules(rules):
        raise RuleProblems(problems)
    return make_ready(rules)


def _choose(executor: Executor, rules: Sequence[Ready]) -> Literal["rete", "frame"]:
    if executor == "frame":
        return "frame"
    if rete.available() and rete.holds(rules):
        return "rete"
    if executor == "rete":
        says = "问题规则太多，durable_rules 装不下" if rete.available() else "此处无法使用 durable_rules"
        raise UsageProblem([Problem("U301", says, None, "auto、frame")])
    return "frame"


def _rank(each: Firing, order: Mapping[str, int]) -> tuple[Any, ...]:
    rule = each.ready.rule
    refs = tuple(fact.ref for fact in each.facts)
    return order[each.project], each.row, SEVERITIES.index(rule.severity), -rule.salience, rule.id, each.subject, refs


def _finding(each: Firing) -> Finding:
    facts = (*each.facts, *(each.because[ref] for ref in sorted(each.because)))
    return Finding(each.ready.rule, each.project, each.subject, "", "", ()).with_facts(facts)


# ---- why a rule did not fire -------------------------------------------------------------------------------------


def why_not(rule: FindingRule, facts: Iterable[Fact]) -> list[str]:
    """Tell, kind by kind, what the nearest fact of one project has and which test it fails, or that the rule fired.

    Give the facts of the project and, for chained rules, what `Conclusions.asserted` has for it.
    """
    (ready,) = make_ready([rule])
    given = [fact for fact in facts if fact.fields.get("rule") != rule.id]
    lines: list[str] = []
    fired = True
    for clause in ready.clauses:
        same = [fact for fact in given if fact.kind == clause.kind]
        if not same:
            lines.append(f"没有“{KINDS[clause.kind]}”（{clause.kind}）这类事实，不满足")
            fired = False
            continue
        holding = [fact for fact in same if clause.holds(fact)]
        fired = fired and bool(holding)
        for fact in holding or [min(same, key=lambda fact: _distance(clause, fact))]:
            lines += [_test_line(fact, test) for test in clause.tests] or [f"{_fact_name(fact)}：存在即可，满足"]
    return [f"规则 {rule.id}“{rule.title}”{'已触发' if fired else '没有触发'}：", *lines]


def _distance(clause: FactPattern, fact: Fact) -> tuple[int, int, str]:
    """How far a fact is from passing: tests failed, then how far off the numbers are."""
    failed = [test for test in clause.tests if not test.holds(fact)]
    off = 0
    for test in failed:
        had = fact.encoded(test.field)
        off += abs(had - test.value) if isinstance(had, int) and isinstance(test.value, int) else 10**15
    return len(failed), off, fact.id


def _test_line(fact: Fact, test: Test) -> str:
    declared = FACTS[fact.kind][test.field]
    answer = "满足" if test.holds(fact) else "不满足"
    asked = test.shown(declared)
    return f"{_fact_name(fact)} {test.field}（{declared.chinese}）={fact.shown(test.field)}：要求 {asked}，{answer}"


def _fact_name(fact: Fact) -> str:
    name = fact.fields.get("name") or fact.fields.get("title") or fact.id
    return f"{fact.kind}“{name}”"
