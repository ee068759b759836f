"""Finding rules made ready to run: `when` read into exact tests, checked against the vocabulary of facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from evaluator.errors import Problem, Where, nearest
from evaluator.findings.facts import (
    CHAINED,
    FACTS,
    LARGEST,
    ONE_PER_PROJECT,
    PLACEHOLDER,
    SCALE,
    Fact,
    millionths,
    show,
)
from evaluator.findings.fields import CALLED, Field
from evaluator.model import FindingRule

SIGNS = {"lt": "<", "gte": "≥", "is": ""}
NEED_RESULTS = ("outcome", "attachment", "grade", "measure", "duty", "unit", "copy", "repeat")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?%?")


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one field against a value encoded as `Fact.encoded` does; an absent field holds no test."""

    field: str
    op: Literal["lt", "gte", "is"]
    value: int | str

    def holds(self, fact: Fact) -> bool:
        """Whether the fact passes (the executors do the same, many at a time)."""
        if self.op == "is":
            return fact.fields.get(self.field) == self.value  # of a label or a flag, and False is 0
        had = fact.encoded(self.field)
        if had is None:
            return False
        assert isinstance(had, int) and isinstance(self.value, int)
        return had < self.value if self.op == "lt" else had >= self.value

    def shown(self, declared: Field) -> str:
        """The test as people read it, as in `<60%`."""
        value: Any = self.value
        if declared.type == "flag":
            value = bool(value)
        shown = show(declared, value if isinstance(value, (bool, str)) else Fraction(value, SCALE))
        return SIGNS[self.op] + shown.removesuffix(".00")


@dataclass(frozen=True, slots=True)
class FactPattern:
    """What one fact of a kind has to be."""

    kind: str
    tests: tuple[Test, ...]

    def holds(self, fact: Fact) -> bool:
        """Whether a fact is of this kind and passes every test."""
        if fact.kind != self.kind:
            return False
        for test in self.tests:  # noqa: SIM110 (asked of every fact of every project: a generator costs more)
            if not test.holds(fact):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Ready:
    """A finding rule ready to run; equal when the same facts fire it."""

    id: str
    salience: int
    clauses: tuple[FactPattern, ...]
    rule: FindingRule = field(compare=False)

    @property
    def chained(self) -> bool:
        """Whether it waits for a grade or a finding (stratum 1)."""
        return any(clause.kind in CHAINED for clause in self.clauses)


def make_ready(rules: Iterable[FindingRule]) -> tuple[Ready, ...]:
    """Read rules that `check_finding_rules` finds nothing wrong with, in the order of their ids."""
    ready = (Ready(rule.id, rule.salience, tuple(_clauses(rule, [], ())), rule) for rule in rules)
    return tuple(sorted(ready, key=lambda each: each.id))


def check_finding_rules(rules: Sequence[FindingRule]) -> list[Problem]:
    """Everything wrong with finding rules as the vocabulary sees them (codes P301 to P311), with its place."""
    problems: list[Problem] = []
    ids = tuple(rule.id for rule in rules)
    first: dict[str, FindingRule] = {}
    for rule in rules:
        if rule.id in first:
            seen = f"，先见于 {first[rule.id].where}" if first[rule.id].where else ""
            problems.append(Problem("P309", f"问题规则编号 {rule.id} 重复{seen}", rule.where, "每个编号只用一次"))
        first.setdefault(rule.id, rule)
        clauses = list(_clauses(rule, problems, ids))
        if rule.caps and any(kind in CHAINED for kind in rule.when):
            says = f"规则 {rule.id} 由等级或其他问题引出，不能再限制等级"
            problems.append(Problem("P310", says, rule.where, "去掉 caps，或不用 grade、finding"))
        if rule.about == "target":
            problems += _needs_no_result(rule, clauses)
        if rule.together:
            problems += _names_no_rows(rule)
        for part in ("say", "remedy"):
            problems += _placeholders(rule, part)
    return problems


def _clauses(rule: FindingRule, problems: list[Problem], ids: Sequence[str]) -> Iterator[FactPattern]:
    for kind, wanted in rule.when.items():
        if kind not in FACTS:
            at = key_place(rule.when, kind, rule)
            allowed, near = "、".join(FACTS), nearest(kind, FACTS)
            problems.append(Problem("P301", f"规则 {rule.id}：没有“{kind}”这类事实", at, allowed, near))
            continue
        tests: list[Test] = []
        for name, condition in wanted.items():
            at = key_place(wanted, name, rule)
            declared = FACTS[kind].get(name)
            if declared is None:
                says = f"规则 {rule.id}：{kind} 没有“{name}”这个字段"
                allowed = "、".join(FACTS[kind])
                problems.append(Problem("P302", says, at, allowed, nearest(name, FACTS[kind])))
            elif declared.type == "text":
                says = f"规则 {rule.id}：{kind}.{name} 是文字，只能用在 say 和 remedy 中"
                testable = (known for known, each in FACTS[kind].items() if each.type != "text")
                problems.append(Problem("P303", says, at, "、".join(testable)))
            else:
                labels = ids if (kind, name) == ("finding", "rule") else declared.labels
                asked = TestedField(name, declared, labels, f"规则 {rule.id}：{kind}.{name}（{declared.chinese}）", at)
                tests += (
                    asked.bounds(condition, problems)
                    if declared.type == "number"
                    else asked.equals(condition, problems)
                )
        yield FactPattern(kind, tuple(tests))


@dataclass(frozen=True, slots=True)
class TestedField:
    """A field that a rule tests; what cannot be read of its condition becomes a problem and no test."""

    name: str
    declared: Field
    labels: Sequence[str]
    says: str
    at: Where | None

    def equals(self, condition: object, problems: list[Problem]) -> list[Test]:
        """Read a label or a flag."""
        flag = self.declared.type == "flag"
        allowed = "true、false" if flag else "、".join(self.labels) or "一个词"
        text = str(condition)
        if condition is None or isinstance(condition, (Mapping, list)):
            problems.append(Problem("P304", f"{self.says}只能问是否等于", self.at, allowed))
        elif flag and text in ("true", "True", "false", "False"):
            return [Test(self.name, "is", int(text in ("true", "True")))]
        elif flag or not isinstance(condition, str):
            problems.append(Problem("P304", f"{self.says}不能是“{text}”", self.at, allowed))
        elif self.labels and text not in self.labels:
            problems.append(Problem("P305", f"{self.says}没有“{text}”", self.at, allowed, nearest(text, self.labels)))
        else:
            return [Test(self.name, "is", text)]
        return []

    def bounds(self, condition: object, problems: list[Problem]) -> list[Test]:
        """Read {lt: n}, {gte: n} or both."""
        if not isinstance(condition, Mapping) or not condition or set(condition) - {"lt", "gte"}:
            says = f"{self.says}是数，只能问小于（lt）和不小于（gte）"
            problems.append(Problem("P304", says, self.at, "{lt: 数}、{gte: 数} 或两者"))
            return []
        tests: dict[str, Test] = {}
        for op, written in sorted(condition.items()):
            text, at = str(written).strip(), getattr(written, "where", self.at)
            value = Fraction(text.rstrip("%")) / (100 if "%" in text else 1) if NUMBER.fullmatch(text) else None
            if value is None:
                problems.append(Problem("P306", f"{self.says}的界限“{text}”不是数", at, "90、0.6 或 60%"))
            elif (value * SCALE).denominator != 1 or abs(value) >= LARGEST:
                allowed = "百万分之一的整数倍，绝对值小于十亿"
                problems.append(Problem("P306", f"{self.says}的界限 {text} 过细或过大", at, allowed))
            else:
                tests[op] = Test(self.name, op, millionths(value))
        if len(tests) == 2 and int(tests["gte"].value) >= int(tests["lt"].value):
            low, high = (tests[op].shown(self.declared) for op in ("gte", "lt"))
            problems.append(Problem("P307", f"{self.says}不可能既 {low} 又 {high}", self.at, "gte 应小于 lt"))
        return list(tests.values())


def _needs_no_result(rule: FindingRule, clauses: Sequence[FactPattern]) -> Iterator[Problem]:
    for clause in clauses:
        if clause.kind in NEED_RESULTS or (clause.kind == "project" and clause.tests):
            says = f"规则 {rule.id} 写明 about: target，却要用到完成情况（{clause.kind}）"
            at = key_place(rule.when, clause.kind, rule)
            yield Problem(
                "P311",
                says,
                at,
                "about: result，或只用 table、indicator、relation、earlier、twin、conflict、link、clause、finding",
            )


def rows_kind(rule: FindingRule) -> str:
    """The kind of the rows that a rule with `together` gathers into one finding; '' when there is not just one."""
    kinds = [kind for kind in rule.when if CALLED in FACTS.get(kind, {})]
    alone = len([kind for kind in rule.when if kind not in ONE_PER_PROJECT]) == 1
    return kinds[0] if kinds and alone else ""


def _names_no_rows(rule: FindingRule) -> Iterator[Problem]:
    """What keeps a rule from telling several rows in one sentence that names them."""
    kind = rows_kind(rule)
    if not kind:
        says = f"规则 {rule.id} 写明 together，when 中的行却不是恰好一类"
        yield Problem(
            "P312", says, key_place(rule, "together", rule), "outcome、indicator 之一，另可有 project、table、grade"
        )
        return
    said = [match[2] for match in PLACEHOLDER.finditer(rule.say) if match[1] == kind]
    if set(said) != {CALLED} or any(match[1] == kind for match in PLACEHOLDER.finditer(rule.remedy)):
        says = f"规则 {rule.id} 写明 together，说法中的行只能（也必须）用 {{{kind}.{CALLED}}} 列出"
        yield Problem("P312", says, getattr(rule.say, "where", rule.where), f"{{{kind}.{CALLED}}}")


def _placeholders(rule: FindingRule, part: str) -> Iterator[Problem]:
    text = getattr(rule, part)
    at = getattr(text, "where", rule.where)
    for match in re.finditer(r"\{[^{}]*\}?", text):
        read = PLACEHOLDER.fullmatch(match.group())
        says = f"规则 {rule.id}：{part} 中的 {match.group()} "
        if read is None:
            yield Problem("P308", says + "不是 {类.字段}", at, "{类.字段}，如 {outcome.name}")
        elif read[1] not in rule.when:
            yield Problem("P308", says + "不在 when 之内", at, "、".join(rule.when), nearest(read[1], rule.when))
        elif read[1] in FACTS and read[2] not in FACTS[read[1]]:
            known = FACTS[read[1]]
            yield Problem("P308", f"{says}没有这个字段", at, "、".join(known), nearest(read[2], known))


def key_place(mapping: object, key: str, rule: FindingRule) -> Where | None:
    """The place of a key, as far as the reader of the file kept it."""
    where: Where | None = getattr(mapping, "keys_at", {}).get(key)
    return where or rule.where


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired on these facts, as the fact others chain on, and what was gathered into it.

    That is the findings that led to it (all of them) and, of a rule with `together`, the rows.
    """

    ready: Ready
    base: tuple[Fact, ...]
    finding: Fact
    because: dict[str, Fact]
    rows: dict[str, Fact]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What it fired on but for findings: one fact a kind, then the rows gathered as they stand in the table."""
        return *self.base, *sorted(self.rows.values(), key=lambda fact: (row_of(fact), fact.id))

    @property
    def project(self) -> str:
        """The code of the project the finding is in."""
        return self.finding.project

    @property
    def subject(self) -> str:
        """What the finding is about: the first fact that is not one of its project, else the project."""
        rows = (fact.id for fact in self.base if fact.kind not in ONE_PER_PROJECT)
        return next(rows, self.project)

    @property
    def row(self) -> int | Fraction:
        """Where the one row that it is about stands in the table; 0 for what is about none, or about several."""
        rows = [place for fact in self.facts if (place := row_of(fact))]
        return rows[0] if rows and len(self.rows) < 2 else 0


def row_of(fact: Fact) -> int | Fraction:
    """Where the row that a fact is about stands in its table, from 1; 0 for a fact about none."""
    value = fact.fields.get("row") or 0
    assert isinstance(value, (int, Fraction))
    return value


class Board:
    """Where the executors put what matched; the same rule on the same facts stands there once.

    Of the kind `finding` every match is gathered into one entry, so a chained rule concludes once, and never on itself; so
    are the rows of a rule with `together`.
    """

    def __init__(self) -> None:
        self.firings: dict[tuple[str, str, tuple[str, ...]], Firing] = {}
        self.grades: dict[str, Fact] = {}
        self.capped: dict[str, set[str]] = {}

    def add(self, ready: Ready, project: str, facts: Sequence[Fact]) -> Fact | None:
        """Put a match on the board; return the finding to assert when it is new."""
        because = {fact.ref: fact for fact in facts if fact.kind == "finding"}
        if any(fact.fields["rule"] == ready.id for fact in because.values()):
            return None
        gathered = "finding", *([rows_kind(ready.rule)] if ready.rule.together else [])
        base = tuple(fact for fact in facts if fact.kind not in gathered)
        rows = {fact.ref: fact for fact in facts if fact.kind in gathered[1:]}
        key = (project, ready.id, tuple(fact.ref for fact in base))
        if known := self.firings.get(key):
            known.because.update(because)
            known.rows.update(rows)
            return None
        rule, id = ready.rule, "/".join([ready.id, *(fact.id for fact in base)])
        finding = Fact("finding", project, id, rule=rule.id, severity=rule.severity, about=rule.about, title=rule.title)
        self.firings[key] = Firing(ready, base, finding, because, rows)
        if ready.rule.caps:
            self.capped.setdefault(project, set()).add(ready.rule.caps)
        return finding

    def caps(self, project: str) -> frozenset[str]:
        """The best grades still allowed by what a project has on the board."""
        return frozenset(self.capped.get(project, ()))


def use_of(rule: FindingRule) -> Literal["整改", "建议"] | None:
    """What a rule is for in the use of results (结果应用), by what it asks of the grade: rectification, or the next budget."""
    asked = {name for name, wanted in rule.when.get("grade", {}).items() if str(wanted).lower() == "true"}
    return "整改" if "rectify" in asked else "建议" if "cut" in asked else None
