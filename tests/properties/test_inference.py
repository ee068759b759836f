"""Whatever the facts and the rules: both executors find what nested loops over exact numbers find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.findings import rete
from evaluator.findings.conditions import check_finding_rules
from evaluator.findings.facts import Fact
from evaluator.findings.inference import Conclusions, conclude
from evaluator.model import Basis, FindingRule
from tests.oracle import GRADE_NAMES, graded

BASIS = Basis(document="示例", known="未见")
SEVERITIES = ("错误", "警告", "提示")
EXECUTORS = [
    pytest.param("rete", marks=pytest.mark.skipif(not rete.available(), reason="durable_rules 不可用")),
    "frame",
]

# ---- nested loops ------------------------------------------------------------------------------------------------

GradeOf = Callable[[str, frozenset[str]], str | None]
Key = tuple[str, str, tuple[str, ...]]


def holds(fact: Fact, kind: str, wanted: Mapping[str, Any]) -> bool:
    """One fact against one kind's tests as written, on exact numbers."""
    if fact.kind != kind:
        return False
    for name, condition in wanted.items():
        value = fact.fields.get(name)
        if value is None:
            return False
        if isinstance(condition, Mapping):
            assert isinstance(value, (int, Fraction))
            if "lt" in condition and not value < number(condition["lt"]):
                return False
            if "gte" in condition and not value >= number(condition["gte"]):
                return False
        elif (("true" if value else "false") if isinstance(value, bool) else value) != str(condition):
            return False
    return True


def number(text: str) -> Fraction:
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def by_loops(facts: Sequence[Fact], rules: Sequence[FindingRule], grade_of: GradeOf) -> dict[Key, set[str]]:
    """Every finding as (project, rule, facts) with the findings that led to it."""
    found: dict[Key, set[str]] = {}
    for project in {fact.project for fact in facts}:
        here = [fact for fact in facts if fact.project == project]
        for stratum in (False, True):
            if stratum:
                caps = frozenset(r.caps for r in rules if r.caps and any(k[:2] == (project, r.id) for k in found))
                if grade := grade_of(project, caps):
                    here.append(grade)
            while True:
                before = sum(len(because) for because in found.values()) + len(found)
                for rule in rules:
                    if not stratum and {"grade", "finding"} & set(rule.when):
                        continue
                    for match in product(*([f for f in here if holds(f, k, w)] for k, w in rule.when.items())):
                        because = [fact for fact in match if fact.kind == "finding"]
                        if any(fact.fields["rule"] == rule.id for fact in because):
                            continue
                        base = [fact for fact in match if fact.kind != "finding"]
                        if rule.together:  # one finding of all rows that fire it
                            base = [fact for fact in base if fact.kind not in ROWS]
                        key = (project, rule.id, tuple(fact.ref for fact in base))
                        if key not in found:
                            here.append(
                                Fact("finding", project, "/".join([rule.id, *(fact.id for fact in base)]),
                                     rule=rule.id, severity=rule.severity, about=rule.about, title=rule.title)
                            )  # fmt: skip
                        found.setdefault(key, set()).update(fact.ref for fact in because)
                        rows = [fact.ref for fact in match if rule.together and fact.kind in ROWS]
                        found[key].update(rows)
                if before == sum(len(because) for because in found.values()) + len(found):
                    break
    return found


ROWS = ("outcome", "indicator")


def as_loops(conclusions: Conclusions) -> dict[Key, set[str]]:
    found = {}
    for finding in conclusions.findings:
        gathered = ("finding:", *(f"{kind}:" for kind in ROWS if finding.rule.together))
        base = tuple(ref for ref in finding.facts if not ref.startswith(gathered))
        assert (finding.project, finding.rule.id, base) not in found
        found[finding.project, finding.rule.id, base] = {ref for ref in finding.facts if ref.startswith(gathered)}
    return found


# ---- generated facts and rules -----------------------------------------------------------------------------------

BOUNDS = ("0", "60%", "0.6", "0.000001", "90", "-1", "999999999", "89.999999")
CATEGORIES = ("产出指标", "1", "true", "null", "0x10", "", 'a"b', "a\\", "\\u0041", "{", "a\nb", "𠀀", "产出指标 ")
numbers = st.one_of(
    st.builds(
        lambda text, off: number(text) + Fraction(off, 10**9),
        st.sampled_from(BOUNDS),
        st.sampled_from((-1000, -1, 0, 1, 999, 1000)),
    ),
    st.fractions(-10, 10),
    st.sampled_from((10**40, -(10**40), 2**63, 2**53 + 1, Fraction(1, 3))),
)
VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "project": {
        "score": numbers,
        "rows_all_full": st.booleans(),
        "adjusted": st.sampled_from(("调减", "未调", "调增")),
    },
    "outcome": {"attainment": numbers, "met": st.booleans(), "category": st.sampled_from(CATEGORIES)},
    "indicator": {"points": numbers, "repeated": st.booleans(), "dimension": st.sampled_from(CATEGORIES)},
    "clause": {"checked": st.booleans()},
}
IDS = tuple(f"F10{n}" for n in range(6))


@st.composite
def conditions(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "grade":
        return draw(st.sampled_from([{}, *({"grade": grade} for grade in GRADE_NAMES)]))
    if kind == "finding":
        tests = [{"severity": each} for each in SEVERITIES] + [{"rule": each} for each in IDS] + [{"about": "result"}]
        return draw(st.sampled_from([{}, *tests]))
    wanted: dict[str, Any] = {}
    for name, values in VALUES[kind].items():
        if not draw(st.booleans()):
            continue
        if values is numbers:
            ops = draw(st.sampled_from([("lt",), ("gte",), ("lt", "gte")]))
            two = draw(st.lists(st.sampled_from(BOUNDS), min_size=2, max_size=2, unique_by=number))
            wanted[name] = dict(zip(ops, sorted(two, key=number, reverse=True), strict=False))
        else:
            value = draw(values)
            wanted[name] = str(value).lower() if isinstance(value, bool) else value
    return wanted


@st.composite
def rule_sets(draw: st.DrawFn) -> list[FindingRule]:
    rules = []
    for id in IDS[: draw(st.integers(1, len(IDS)))]:
        kinds = draw(st.lists(st.sampled_from((*VALUES, "grade", "finding")), min_size=1, max_size=3, unique=True))
        when = {kind: draw(conditions(kind)) for kind in kinds}
        caps = None if {"grade", "finding"} & set(kinds) else draw(st.sampled_from((None, *GRADE_NAMES)))
        severity = draw(st.sampled_from(SEVERITIES))
        salience = draw(st.integers(-100, 100))
        rows = [kind for kind in kinds if kind in ROWS]
        together = len(rows) == 1 and set(kinds) <= {*rows, "project", "grade"} and draw(st.booleans())
        say = f"说{{{rows[0]}.called}}" if together else "说"
        rules.append(
            FindingRule(id=id, title=id, about="result", severity=severity, salience=salience, when=when,
                        say=say, remedy="改", basis=BASIS, caps=caps, together=together)
        )  # fmt: skip
    known = [rule.id for rule in rules]
    for rule in rules:  # a rule may only name rules that are there
        if rule.when.get("finding", {}).get("rule", IDS[0]) not in known:
            del rule.when["finding"]["rule"]
    assert not check_finding_rules(rules)
    return rules


@st.composite
def fact_sets(draw: st.DrawFn) -> list[Fact]:
    facts = []
    for project in draw(st.lists(st.sampled_from(("甲", "乙", "1", 'x"y')), min_size=1, max_size=3, unique=True)):
        for kind, fields in VALUES.items():
            for n in range(1 if kind == "project" else draw(st.integers(0, 3))):
                values = {name: draw(st.none() | each) for name, each in fields.items()}
                named = {"called": f"第{n}行", "row": draw(st.integers(0, 4))} if kind in ROWS else {}
                facts.append(Fact(kind, project, str(n), **values, **named))
    return facts


@given(fact_sets(), rule_sets())
@settings(deadline=None, max_examples=60)
def test_a_finding_about_several_rows_is_what_it_would_be_row_by_row(
    facts: list[Fact], rules: list[FindingRule]
) -> None:
    """One a project, naming every row that fires its rule and no other; of each row alone it says what it would there."""
    apart = [rule.model_copy(update={"together": False}) for rule in rules]
    one_by_one = conclude(facts, apart, grade_of, "frame").findings
    for whole in conclude(facts, rules, grade_of, "frame").findings:
        if whole.rule.together:
            alone = [f for f in one_by_one if (f.project, f.rule.id) == (whole.project, whole.rule.id)]
            assert sorted(f.subject for f in alone) == sorted(whole.rows) and whole.subject == whole.project
            assert [(f.subject, f.says) for f in alone] == [(row, whole.of([row]).says) for row in whole.rows]
            told = "、".join(f"第{row}行" if len(whole.rows) <= 3 else row for row in whole.rows)
            assert whole.says == f"说{told}"


def grade_of(project: str, caps: frozenset[str]) -> Fact | None:
    """A grade that differs from project to project, and none for one of them."""
    return None if project == "1" else graded(project, [{"甲": "优", "乙": "中"}.get(project, "良"), *caps])


# ---- properties --------------------------------------------------------------------------------------------------


@given(fact_sets(), rule_sets())
@settings(deadline=None, max_examples=150)
def test_both_executors_find_what_nested_loops_find(facts: list[Fact], rules: list[FindingRule]) -> None:
    expected = by_loops(facts, rules, grade_of)
    for executor in ("rete", "frame") if rete.available() else ("frame",):
        conclusions = conclude(facts, rules, grade_of, executor)
        assert as_loops(conclusions) == expected
        caps = {p: frozenset(f.rule.caps for f in conclusions.findings if f.project == p and f.rule.caps)
                for p in {fact.project for fact in facts}}  # fmt: skip
        assert conclusions.grades == {p: fact.fields["grade"] for p in caps if (fact := grade_of(p, caps[p]))}


@pytest.mark.parametrize("executor", EXECUTORS)
@given(facts=fact_sets(), rules=rule_sets(), random=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_neither_order_of_facts_nor_of_rules_matters(
    executor: Any, facts: list[Fact], rules: list[FindingRule], random: Any
) -> None:
    first = conclude(facts, rules, grade_of, executor)
    shuffled, mixed = random.sample(facts, len(facts)), random.sample(rules, len(rules))
    second = conclude(shuffled, mixed, grade_of, executor)
    for project in {fact.project for fact in facts}:
        assert [f for f in first.findings if f.project == project] == [
            f for f in second.findings if f.project == project
        ]
    assert first.grades == second.grades


@pytest.mark.parametrize("executor", EXECUTORS)
@given(facts=fact_sets(), rules=rule_sets())
@settings(deadline=None, max_examples=60)
def test_a_cap_never_raises_a_grade(executor: Any, facts: list[Fact], rules: list[FindingRule]) -> None:
    uncapped = [rule.model_copy(update={"caps": None}) for rule in rules]
    with_caps = conclude(facts, rules, grade_of, executor).grades
    without = conclude(facts, uncapped, grade_of, executor).grades
    assert with_caps.keys() == without.keys()
    assert all(GRADE_NAMES.index(with_caps[p]) >= GRADE_NAMES.index(without[p]) for p in without)


@pytest.mark.parametrize("executor", EXECUTORS)
@given(facts=fact_sets(), rules=rule_sets(), data=st.data())
@settings(deadline=None, max_examples=60)
def test_more_facts_never_remove_a_plain_finding(
    executor: Any, facts: list[Fact], rules: list[FindingRule], data: st.DataObject
) -> None:
    plain = [rule for rule in rules if not {"grade", "finding"} & set(rule.when)]
    some = data.draw(st.lists(st.sampled_from(facts), unique_by=id)) if facts else []
    fewer = keys(conclude(some, plain, grade_of, executor))
    assert fewer <= keys(conclude(facts, plain, grade_of, executor))


def keys(conclusions: Conclusions) -> set[Key]:
    return set(as_loops(conclusions))


@pytest.mark.parametrize("executor", EXECUTORS)
@given(facts=fact_sets(), rules=rule_sets())
@settings(deadline=None, max_examples=60)
def test_projects_do_not_meet(executor: Any, facts: list[Fact], rules: list[FindingRule]) -> None:
    """Many projects at once find what each finds alone."""
    alone: Iterable[Any] = (
        finding
        for project in dict.fromkeys(fact.project for fact in facts)
        for finding in conclude([f for f in facts if f.project == project], rules, grade_of, executor).findings
    )
    assert conclude(facts, rules, grade_of, executor).findings == tuple(alone)
