"""Finding rules that can be read and yet do nothing: never true, waiting for what never comes, said twice, idle caps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from evaluator.comparators import STRICT, UPWARD, directed
from evaluator.errors import Problem, nearest
from evaluator.figures import points
from evaluator.findings.conditions import FactPattern, Ready, Test, key_place, make_ready
from evaluator.findings.facts import FACTS, SCALE, Fact, show
from evaluator.model import FindingRule
from evaluator.policy import Policy

# Numbers of facts and the least and the most they can be (None: no end).
RANGES: dict[tuple[str, str], tuple[int, int | None]] = {
    ("project", "score"): (0, 100),
    ("project", "execution_rate"): (0, None),
    ("project", "rows_missing"): (0, None),
    ("project", "cut"): (0, 1),
    ("project", "free_rows"): (0, None),
    ("project", "equal_share"): (0, 1),
    ("outcome", "attainment"): (0, None),
    ("outcome", "points"): (0, 100),
    ("outcome", "earned"): (0, 100),
    ("outcome", "lost"): (0, 100),
    ("indicator", "points"): (0, 100),
}
NOTHING: tuple[str | bool, ...] = ()  # the field is absent, and no test of it holds
# What one label or flag of a fact makes of its other fields: the values they can still have.
HOLDS: dict[tuple[str, str, str | bool | None], dict[str, tuple[str | bool, ...]]] = {
    ("outcome", "missing", True): {
        "attainment": NOTHING,
        "magnitude": ("相当",),
        **dict.fromkeys(
            (
                "met",
                "over",
                "perfect",
                "beyond",
                "small_base",
                "above_equal",
                "computed",
                "deducted",
                "edge",
                "rounded_up",
            ),
            (False,),
        ),
    },
    ("outcome", "over", True): {"comparator": UPWARD},
    ("outcome", "deducted", True): {"comparator": UPWARD},
    ("outcome", "edge", True): {"comparator": STRICT, "met": (False,), "full": (True,), "deducted": (False,)},
    ("outcome", "above_equal", True): {"comparator": directed("exact"), "met": (False,)},
    ("outcome", "beyond", True): {"perfect": (False,), "magnitude": ("相当",)},
    ("outcome", "survey", True): {"evidence": (True,)},
    ("project", "budget_given", False): {"execution_rate": NOTHING, "spent": NOTHING, "execution_low": (False,)},
    ("project", "filled", False): {
        "complete": (False,),
        "budget_given": (False,),
        "execution_rate": NOTHING,
        "magnitude": ("相当",),
    },
    ("project", "magnitude", "千倍以上"): {"adjusted_far": (False,), "filled": (True,)},
    ("project", "magnitude", "千分之一以下"): {"adjusted_far": (False,), "filled": (True,)},
    ("project", "budget_zero", True): {"execution_rate": NOTHING, "spent": NOTHING, "execution_low": (False,)},
    ("indicator", "sign_written", False): {"numeric": (True,)},
}


def check_rules(rules: Sequence[FindingRule], policies: Iterable[Policy]) -> list[Problem]:
    """What has no effect (P317 to P322), of rules that `check_finding_rules` finds nothing wrong with."""
    ready, book = [make_ready([rule])[0] for rule in rules], list(policies)
    problems: list[Problem] = []
    never: set[str] = set()
    for one in ready:
        found = [problem for clause in one.clauses for problem in _contradictions(one.rule, clause)]
        found += _no_such_grade(one, book)
        if found:
            problems += found
            never.add(one.id)
    problems += _waiting(ready, never)
    problems += _repeated(ready)
    for one in ready:
        if one.rule.caps and one.id not in never and (says := _idle(one, book)):
            problems.append(Problem("P321", f"规则 {one.id}：{says}", one.rule.where, severity="警告"))
    problems += (problem for policy in book for problem in _unlimited(policy, rules))
    return problems


# ---- never true --------------------------------------------------------------------------------------------------


def _contradictions(rule: FindingRule, clause: FactPattern) -> Iterator[Problem]:
    kind = clause.kind
    for test in clause.tests:
        told = f"规则 {rule.id} 永远不会成立：{_named(kind, test.field)}"
        at = key_place(rule.when[kind], test.field, rule)
        if says := _out_of_range(kind, test):
            yield Problem("P317", told + says, at, severity="警告")
        for other in clause.tests:
            possible = HOLDS.get((kind, other.field, _value(kind, other)), {}).get(test.field)
            if possible is not None and _value(kind, test) not in possible:
                given = f"{_named(kind, other.field)}为“{other.shown(FACTS[kind][other.field])}”时"
                can = "、".join(show(FACTS[kind][test.field], value) for value in possible)
                says = f"{given}只能是“{can}”" if can else f"{given}没有值"
                yield Problem("P317", f"{told}在{says}", at, severity="警告")


def _no_such_grade(one: Ready, policies: Sequence[Policy]) -> Iterator[Problem]:
    """A grade asked for that no policy has."""
    known = list(dict.fromkeys(band.grade for policy in policies for band in policy.grades.bands))
    for test in (test for clause in one.clauses if clause.kind == "grade" for test in clause.tests):
        if test.field == "grade" and known and test.value not in known:
            says = f"规则 {one.id} 永远不会成立：没有一个评分办法有等级“{test.value}”"
            at = key_place(one.rule.when["grade"], "grade", one.rule)
            yield Problem("P317", says, at, "、".join(known), nearest(str(test.value), known), severity="警告")


def _out_of_range(kind: str, test: Test) -> str:
    low, high = RANGES.get((kind, test.field), (None, None))
    declared = FACTS[kind][test.field]
    if test.op == "lt" and low is not None and isinstance(test.value, int) and test.value <= low * SCALE:
        return f"不会小于 {show(declared, low)}"
    if test.op == "gte" and high is not None and isinstance(test.value, int) and test.value > high * SCALE:
        return f"不会大于 {show(declared, high)}"
    return ""


def _value(kind: str, test: Test) -> str | bool | None:
    """The label or flag a test asks for; None for a bound."""
    if test.op != "is":
        return None
    return bool(test.value) if FACTS[kind][test.field].type == "flag" else str(test.value)


def _named(kind: str, field: str) -> str:
    return f"{kind}.{field}（{FACTS[kind][field].chinese}）"


# ---- waiting for a finding ---------------------------------------------------------------------------------------


def _waiting(ready: Sequence[Ready], never: set[str]) -> Iterator[Problem]:
    """Rules that wait for findings which no rule, or no rule that can ever fire, brings."""
    awaited = {one.id: _awaited(one, ready) for one in ready}
    firing: set[str] = set()
    while more := {
        one.id
        for one in ready
        if one.id not in firing | never and (awaited[one.id] is None or firing & set(awaited[one.id] or ()))
    }:
        firing |= more
    for one in ready:
        brought = awaited[one.id]
        if brought is None or one.id in firing | never:
            continue
        at = key_place(one.rule.when, "finding", one.rule)
        if not brought:
            says = "没有别的问题规则会引出它等的问题"
            yield Problem("P318", f"规则 {one.id} 永远不会成立：{says}", at, severity="警告")
        elif one.id in _ahead(one.id, awaited):
            says = f"与 {'、'.join(brought)} 互相等待，谁也不会先成立"
            yield Problem("P319", f"规则 {one.id} 永远不会成立：{says}", at, severity="警告")
        else:
            says = f"它等的 {'、'.join(brought)} 自己不会成立"
            yield Problem("P318", f"规则 {one.id} 永远不会成立：{says}", at, severity="警告")


def _awaited(one: Ready, ready: Iterable[Ready]) -> list[str] | None:
    """The other rules whose finding would do for this one; None when it waits for none. No rule follows on itself."""
    clause = next((clause for clause in one.clauses if clause.kind == "finding"), None)
    if clause is None:
        return None
    return [other.id for other in ready if other.id != one.id and clause.holds(_finding(other.rule))]


def _finding(rule: FindingRule) -> Fact:
    return Fact("finding", "", rule.id, rule=rule.id, severity=rule.severity, about=rule.about, title=rule.title)


def _ahead(id: str, awaited: dict[str, list[str] | None]) -> set[str]:
    """Every rule this one waits for, directly or not."""
    seen: set[str] = set()
    left = list(awaited[id] or ())
    while left:
        following = left.pop()
        if following not in seen:
            seen.add(following)
            left += awaited[following] or ()
    return seen


# ---- said twice, and caps that do nothing ------------------------------------------------------------------------


def _repeated(ready: Iterable[Ready]) -> Iterator[Problem]:
    first: dict[frozenset[tuple[str, frozenset[Test]]], str] = {}
    for one in ready:
        asked = frozenset((clause.kind, frozenset(clause.tests)) for clause in one.clauses)
        if (same := first.setdefault(asked, one.id)) != one.id:
            says = f"规则 {one.id} 的条件与 {same} 完全相同，两条总是一起出现"
            at = key_place(one.rule, "when", one.rule)
            yield Problem("P320", says, at, severity="警告", remedy="合并为一条，或改正条件")


def _idle(one: Ready, policies: Sequence[Policy]) -> str:
    """Why a rule's limit lowers no grade; empty when it can, or where no policy grades."""
    cap = str(one.rule.caps)
    graded = [policy.grades for policy in policies if policy.grades.bands]
    known = [(grades, best) for grades in graded if (best := grades.best(cap))]
    if graded and not known:
        return f"没有一个评分办法有“{cap}”或与它相当的等级，限制等级不起作用"
    better = [grades.bands[: grades.words.index(best)] for grades, best in known]
    if known and not any(better):
        return f"等级不高于“{cap}”等于没有限制"
    tests = [test for clause in one.clauses if clause.kind == "project" for test in clause.tests]
    below = min((int(test.value) for test in tests if (test.field, test.op) == ("score", "lt")), default=None)
    if below is None or not known or any(bands[-1].start * SCALE // 100 < below for bands in better if bands):
        return ""
    told = points(int(Fraction(below * 100, SCALE)))
    return f"只在总分低于 {told} 时成立，而这样的总分本来就评不到比“{cap}”高的等级，限制等级不起作用"


def _unlimited(policy: Policy, rules: Iterable[FindingRule]) -> Iterator[Problem]:
    """A policy with grades of its own that a rule's limit says nothing of: the rule fires there and limits nothing."""
    grades = policy.grades
    if not grades.bands or not policy.writes(grades):
        return
    strange: dict[str, list[str]] = {}
    for rule in rules:
        if rule.caps and grades.best(rule.caps) is None:
            strange.setdefault(rule.caps, []).append(rule.id)
    for cap, ids in strange.items():
        says = f"{'、'.join(grades.words)}中没有与“{cap}”相当的等级，问题规则 {'、'.join(ids)} 限制等级不高于“{cap}”，用这个办法时不起作用"
        yield Problem("P322", f"评分办法 {policy.id}：{says}", grades.where, severity="警告")
