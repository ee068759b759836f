"""Finding rules that do nothing: never true, waiting in vain, said twice, limits that limit nothing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.documents.loading import parse_document
from evaluator.errors import Problem
from evaluator.evaluation import evaluate
from evaluator.factsheets.factsheet import facts_of
from evaluator.factsheets.unittables import UnitTables
from evaluator.findings.facts import FACTS, Fact
from evaluator.findings.inference import conclude
from evaluator.findings.rulechecks import HOLDS, NOTHING, RANGES, check_rules
from evaluator.model import Actuals, FindingRule, Indicator, Result, Spending
from evaluator.quantities.reading import Amount
from evaluator.rulebook.book import FindingFile, Rulebook, load_rulebook, read_rulebook
from tests import oracle

ROOT = Path(__file__).parents[1]
POLICIES = list(oracle.found_policies().values())


def entry(id: str, when: str, **changes: str) -> str:
    fields = {
        "id": id, "title": "示例", "about": "result", "severity": "警告", "when": when, "say": "说", "remedy": "改",
        "basis": "{document: 示例, known: 未见}",
    } | changes  # fmt: skip
    return "  - " + "\n    ".join(f"{key}: {value}" for key, value in fields.items()) + "\n"


def rules_of(*entries: str) -> list[FindingRule]:
    document, problems = parse_document("findings:\n" + "".join(entries), "a.yaml")
    assert problems == []
    return FindingFile.model_validate(document).findings


def told(*entries: str) -> list[Problem]:
    return check_rules(rules_of(*entries), POLICIES)


# ---- never true --------------------------------------------------------------------------------------------------

NEVER = [
    ("{outcome: {missing: true, met: true}}", "met"),
    ("{outcome: {attainment: {gte: 60%}, missing: true}}", "attainment"),
    ("{outcome: {missing: true, attainment: {lt: 60%}}}", "attainment"),
    ("{outcome: {over: true, comparator: ≤}}", "comparator"),
    ("{outcome: {above_equal: true, met: true}}", "met"),
    ("{outcome: {beyond: true, perfect: true}}", "perfect"),
    ("{outcome: {survey: true, evidence: false}}", "evidence"),
    ("{project: {budget_given: false, execution_rate: {lt: 60%}}}", "execution_rate"),
    ("{project: {budget_zero: true, spent: 超出}}", "spent"),
    ("{indicator: {numeric: false, sign_written: false}}", "numeric"),
    ("{project: {score: {gte: 100.01}}}", "score"),
    ("{project: {score: {lt: 0}}}", "score"),
    ("{project: {rows_missing: {lt: 0}}}", "rows_missing"),
    ("{project: {}, outcome: {attainment: {lt: 0%}}}", "attainment"),
]


@pytest.mark.parametrize(("when", "field"), NEVER)
def test_a_rule_that_can_never_be_true_is_told_at_the_field(when: str, field: str):
    (problem,) = told(entry("F901", when))
    assert (problem.code, problem.severity) == ("P317", "警告")
    text = "findings:\n" + entry("F901", when)
    index = text.index(f"{field}:")
    assert problem.where is not None and problem.where.line == text.count("\n", 0, index) + 1
    assert problem.where.column == index - text.rfind("\n", 0, index)
    assert f".{field}（" in problem.says


@pytest.mark.parametrize(
    "when",
    [
        "{outcome: {missing: true, met: false}}",
        "{outcome: {missing: true, full: true}}",  # a row of no points
        "{outcome: {missing: false, attainment: {lt: 60%}}}",
        "{outcome: {over: true, comparator: ≥}}",
        "{outcome: {met: true, attainment: {lt: 100%}}}",  # 达成（80%）
        "{project: {score: {gte: 100}}}",
        "{project: {score: {lt: 0.01}}}",
        "{outcome: {missing: true}, project: {rows_missing: {gte: 1}}}",
        "{project: {budget_given: true, execution_rate: {gte: 200%}}}",
    ],
)
def test_a_rule_that_can_be_true_is_not(when: str):
    assert told(entry("F901", when)) == []


def value(fact: Fact, name: str) -> Any:
    return fact.fields.get(name)


def results(random: Random, row: Indicator) -> Result:
    """Some result, or none, that fits an indicator."""
    target = row.read
    shared: dict[str, Any] = {
        "evidence": random.choice([[], ["满意度调查问卷（示例）"], ["示例登记表"]]),
        "cause": random.choice(["", "示例原因"]),
    }
    if row.formula or random.random() < 0.25:
        return Result(**shared)
    if isinstance(target.content, Amount):
        unit = target.content.low.unit
        number = target.content.low.number * random.choice([0, 1, 1, 2]) + random.choice([0, 1, 3, -1])
        return Result(actual=f"{max(int(number), 0)}{unit.name}", **shared)
    state, share = random.choice([("达成", "80%"), ("达成", "100%"), ("未达成且效果较差", "0%")])
    return Result.model_validate({"state": state, "share": share, **shared})


def worlds(random: Random, book: Rulebook) -> Iterator[Fact]:
    """Every fact of the sample's projects with other signs, points and results, under some policy."""
    projects, actuals = {}, {}
    for key, project in book.projects.items():
        rows = []
        for row in project.indicators:
            numeric = isinstance(row.read.content, Amount)
            sign = random.choice(["≥", "≤", "=", ">", "<"]) if numeric and not row.formula else ""
            target = sign + row.target.lstrip("≥≤=") if sign else row.target
            rows.append(row.model_copy(update={"target": target, "sign": None if sign else row.sign}))
        worth = random.choice([[row.points for row in rows], [0, 9_000, *[0] * (len(rows) - 2)]])
        rows = [row.model_copy(update={"points": points}) for row, points in zip(rows, worth, strict=True)]
        projects[key] = project.model_copy(update={"indicators": rows})
        money = {
            name: random.choice([None, 0, 100, 1_000_000, 9_000_000_00, 9 * 10**12])
            for name in ("adjusted", "executed")
        }
        actuals[key] = Actuals(
            code=project.code, year=project.year, spending=Spending.model_construct(**money, cause="", remedy=""),
            results={row.id: results(random, row) for row in rows} if random.random() < 0.8 else {},
        )  # fmt: skip
    made = Rulebook(book.policies, projects, {}, (), "")
    evaluation = evaluate(made, actuals, policy=random.choice(["cn-2020-10", "execution-caps", "linear-at-most"]))
    unit = UnitTables(evaluation.projects)
    for table in evaluation.projects:
        yield from facts_of(table, unit)


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_no_fact_of_an_evaluation_is_one_that_is_declared_impossible(book: Rulebook, seed: int):
    for fact in worlds(Random(seed), book):
        for (kind, name, has), others in HOLDS.items():
            if fact.kind == kind and value(fact, name) == has:
                for other, possible in others.items():
                    assert (value(fact, other) is None) if possible == NOTHING else value(fact, other) in possible, fact
        for (kind, name), (low, high) in RANGES.items():
            number = value(fact, name) if fact.kind == kind else None
            assert number is None or (number >= low and (high is None or number <= high)), fact


def test_what_is_declared_of_facts_is_in_the_vocabulary_and_every_case_occurs(book: Rulebook):
    facts = [fact for seed in range(60) for fact in worlds(Random(seed), book)]
    for kind, name, has in HOLDS:
        assert name in FACTS[kind]
        assert set(HOLDS[kind, name, has]) <= set(FACTS[kind])
        assert any(fact.kind == kind and value(fact, name) == has for fact in facts) or name == "sign_written", name
    assert all(FACTS[kind][name].type == "number" for kind, name in RANGES)


# ---- waiting for a finding ---------------------------------------------------------------------------------------

MISSING = "{outcome: {missing: true}}"


def codes(*entries: str) -> list[tuple[str, str]]:
    return [(problem.code, problem.says.split("：")[0][3:7]) for problem in told(*entries)]


def test_a_rule_that_waits_in_vain_is_told():
    assert codes(entry("F901", MISSING), entry("F902", "{finding: {rule: F901}}")) == []
    assert codes(entry("F901", MISSING), entry("F902", "{finding: {severity: 错误}}")) == [("P318", "F902")]
    assert codes(entry("F901", MISSING), entry("F902", "{finding: {about: target}}")) == [("P318", "F902")]
    assert codes(entry("F902", "{finding: {rule: F902}}")) == [("P318", "F902")]
    assert codes(entry("F902", "{finding: {severity: 警告}}"), entry("F901", MISSING)) == []


def test_a_rule_that_waits_for_one_that_can_never_be_true_is_told():
    never = entry("F901", "{outcome: {missing: true, met: true}}")
    assert codes(never, entry("F902", "{finding: {rule: F901}}")) == [("P317", "F901"), ("P318", "F902")]


def test_rules_that_wait_for_each_other_are_told_and_those_a_third_sets_off_are_not():
    circle = [entry("F901", "{finding: {rule: F902}}"), entry("F902", "{finding: {rule: F901}}")]
    assert codes(*circle) == [("P319", "F901"), ("P319", "F902")]
    after = entry("F903", "{finding: {rule: F901}, project: {}}")
    assert codes(*circle, after) == [("P319", "F901"), ("P319", "F902"), ("P318", "F903")]
    open_ = [entry("F901", "{finding: {severity: 警告}}"), entry("F902", "{finding: {rule: F901}}")]
    assert codes(*open_) == [("P319", "F901"), ("P319", "F902")]
    assert codes(*open_, entry("F904", MISSING)) == []


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=7, max_size=7))
def test_a_chain_fires_when_the_engine_says_so(waits: list[int]):
    """Rules told never fire, and every other rule does, on facts that set off each rule that waits for none."""
    entries = [
        entry(f"F9{n:02}", f"{{finding: {{rule: F9{wait - 1:02}}}}}" if wait else f"{{outcome: {{lost: {{gte: 0.{n + 1:02}}}}}}}")
        for n, wait in enumerate(waits)
    ]  # fmt: skip
    rules = rules_of(*entries)
    fired = {
        f.rule.id for f in conclude([Fact("outcome", "示例", "1", lost=Fraction(5))], rules, executor="frame").findings
    }
    vain = {problem.says.split(" ")[1] for problem in check_rules(rules, POLICIES) if problem.code in ("P318", "P319")}
    assert vain == {rule.id for rule in rules} - fired


# ---- said twice, and limits --------------------------------------------------------------------------------------


def test_rules_with_the_same_conditions_are_told_once_each():
    first = entry("F901", "{outcome: {full: false, missing: false}, project: {}}")
    same = entry("F902", "{project: {}, outcome: {missing: false, full: false}}")
    assert codes(first, same) == [("P320", "F902")]
    assert codes(first, entry("F902", "{outcome: {full: false, missing: false}}")) == []
    lower = entry("F903", "{project: {score: {lt: 0.6}}}")
    assert codes(lower, entry("F904", "{project: {score: {lt: 60%}}}")) == [("P320", "F904")]
    assert codes(lower, entry("F904", "{project: {score: {lt: 60}}}")) == []


@pytest.mark.parametrize(
    ("when", "caps", "idle"),
    [
        ("{outcome: {met: false}}", "优", True),
        ("{outcome: {met: false}}", "良", False),
        ("{project: {score: {lt: 90}}}", "良", True),
        ("{project: {score: {lt: 90.01}}}", "良", False),
        ("{project: {score: {lt: 80}}, outcome: {met: false}}", "中", True),
        ("{project: {score: {lt: 80.01}}}", "中", False),
        ("{project: {score: {gte: 90}}}", "良", False),
        ("{project: {score: {lt: 60}}}", "差", True),
    ],
)
def test_a_limit_that_limits_nothing_is_told(when: str, caps: str, idle: bool):
    assert [problem.code for problem in told(entry("F901", when, caps=caps))] == (["P321"] if idle else [])


def test_one_policy_with_other_grades_makes_a_limit_count():
    rules = rules_of(entry("F901", "{project: {score: {lt: 90}}}", caps="良"))
    (national,) = (policy for policy in POLICIES if policy.id == "cn-2020-10")
    lower = [
        band.model_copy(update={"start": band.start - 1_000 if band.start else 0}) for band in national.grades.bands
    ]
    other = national.model_copy(update={"grades": national.grades.model_copy(update={"bands": lower})})
    assert [problem.code for problem in check_rules(rules, [national])] == ["P321"]
    assert check_rules(rules, [national, other]) == []
    assert check_rules(rules, []) == []


def test_warnings_stop_nothing_and_the_products_rules_have_none(tmp_path: Path):
    assert check_rules(load_rulebook(ROOT / "rules").findings, POLICIES) == []
    (tmp_path / "rules" / "findings").mkdir(parents=True)
    path = tmp_path / "rules" / "findings" / "a.yaml"
    path.write_text("findings:\n" + entry("F901", "{outcome: {missing: true, met: true}}"), encoding="utf-8")
    assert [problem.code for problem in read_rulebook(tmp_path / "rules")[1]] == ["P317"]
    assert [rule.id for rule in load_rulebook(tmp_path / "rules").findings] == ["F901"]
