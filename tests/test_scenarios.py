"""Every scenario passes; every rule, word, policy clause and grade has one that reaches it; and the runner can fail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from evaluator.cli import app
from evaluator.comparators import COMPARATORS
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import RuleProblems, UsageProblem
from evaluator.factsheets.factsheet import facts_of, grade_fact
from evaluator.factsheets.unittables import UnitTables
from evaluator.findings.conditions import Ready, make_ready
from evaluator.findings.facts import Fact
from evaluator.model import FindingRule
from evaluator.rescoring.reviewfacts import review_facts
from evaluator.results import Row, TableScore
from evaluator.rulebook.book import load_rulebook
from evaluator.scenarios.scenario import KINDS, Outcome, read_scenarios, run_paths, run_scenario
from evaluator.scenarios.scenariofile import Expect, Scenario, ScenarioFile

ROOT = Path(__file__).parents[1]
HOME = ROOT / "scenarios"
SCHEMA = ROOT / "rules" / "schema" / "scenarios.schema.json"
PATHS = sorted(
    path for path in HOME.rglob("*.yaml") if path.parent.name not in KINDS and "documents" not in path.parts
)  # those have tests of their own
FILES = {path: read_scenarios(path)[0] for path in PATHS}
SCENARIOS = [(path, one) for path, files in FILES.items() for file in files for one in file.scenarios]
BOOK = load_rulebook(ROOT / "rules")
SPOKEN = {word: f"{comparator.attain.__name__.replace('_', '-')}.yaml" for word, comparator in COMPARATORS.items()}


def place(path: Path, scenario: Scenario) -> str:
    return f"{path.relative_to(HOME).as_posix()}:{scenario.where.line if scenario.where else 0}"


@dataclass(frozen=True)
class Ran:
    """A scenario, its outcome, and what was expected of each table it was scored as."""

    path: Path
    scenario: Scenario
    outcome: Outcome

    def stages(self) -> Iterator[tuple[Expect, TableScore]]:
        yield from ((expect, table) for expect, table, _ in self.units())

    def reviews(self) -> Iterator[list[Fact]]:
        """The facts of each table's review, none where it has none."""
        yield from (list(review_facts(one)) if one else [] for one in self.outcome.reviews)

    def units(self) -> Iterator[tuple[Expect, TableScore, tuple[TableScore, ...]]]:
        """With the unit's other tables."""
        expects = [self.scenario.expect, *([self.scenario.then.expect] if self.scenario.then else [])]
        scored = [one for one in expects if one.problem is None]
        yield from zip(scored, self.outcome.tables, self.outcome.beside, strict=True)


@cache
def outcome(number: int) -> Outcome:
    return run_scenario(SCENARIOS[number][1], BOOK)


@pytest.fixture(scope="module")
def ran() -> list[Ran]:
    return [Ran(path, one, outcome(number)) for number, (path, one) in enumerate(SCENARIOS)]


@pytest.fixture(scope="module")
def tables(ran: list[Ran]) -> list[TableScore]:
    return [table for one in ran for table in one.outcome.tables]


@pytest.fixture(scope="module")
def rows(tables: list[TableScore]) -> list[tuple[str, Row]]:
    """Every row that was scored, with its policy."""
    return [(table.policy.id, row) for table in tables for row in table.all_rows if not row.missing]


# ---- the files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=[place(*one) for one in SCENARIOS])
def test_scenario(number: int) -> None:
    assert not outcome(number).failures, f"{outcome(number).name}：" + "；".join(outcome(number).failures)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(HOME).as_posix())
def test_every_file_reads_names_its_schema_and_says_its_data_are_made_up(path: Path) -> None:
    assert read_scenarios(path)[1] == []
    first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    schema = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert schema and (path.parent / schema[1]).resolve() == SCHEMA
    assert second.startswith("# 示例数据")
    names = [one.name for file in FILES[path] for one in file.scenarios]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(HOME).as_posix())
def test_every_file_is_good_to_an_editor(path: Path) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(document)] == []


# ---- what they cover ---------------------------------------------------------------------------------------------


def named(wanted: list[str], rule: FindingRule) -> list[str]:
    """The subjects (empty for none) under which a rule is expected."""
    return [one.partition("/")[2] for one in wanted if one.partition("/")[0] == rule.id]


def away(ready: Ready, facts: list[Fact], subject: str) -> int:
    """How many conditions keep a rule from firing on its nearest facts; a kind that is not there is one."""
    off = 0
    for clause in ready.clauses:
        same = [fact for fact in facts if fact.kind == clause.kind]
        if subject and clause.kind not in ("project", "grade", "finding"):
            same = [fact for fact in same if fact.id == subject]
        off += min((sum(not test.holds(fact) for test in clause.tests) for fact in same), default=1)
    return off


@pytest.mark.parametrize("rule", BOOK.findings, ids=lambda rule: rule.id)
def test_every_rule_fires_and_nearly_fires(rule: FindingRule, ran: list[Ran]) -> None:
    path = HOME / "findings" / f"{rule.id}.yaml"
    assert [file.about for file in FILES[path]] == [f"{rule.id} {rule.title}"]
    fires, nearly = 0, []
    (ready,) = make_ready([rule])
    for one in (one for one in ran if one.path == path):
        for (expect, table, beside), review in zip(one.units(), one.reviews(), strict=True):
            fires += bool(named(expect.fires, rule))
            unit = UnitTables([table, *beside])
            facts = [
                *facts_of(table, unit),
                *review,
                *filter(None, [grade_fact(table.policy, table.code, table.grade)]),
            ]
            facts += [
                Fact("finding", table.code, str(n), rule=found.rule.id, severity=found.severity)
                for n, found in enumerate(table.findings)
                if found.rule.id != rule.id
            ]
            nearly += [away(ready, facts, subject) for subject in named(expect.silent, rule)]
    assert fires, "没有触发的情景"
    assert nearly, "没有差一点触发的情景"
    assert 0 not in nearly
    assert 1 in nearly, f"没有只差一个条件的情景：{nearly}"


def test_no_finding_scenario_asks_about_what_is_not_there(ran: list[Ran]) -> None:
    """`silent: [F309/分项9]` would hold for ever."""
    for one in ran:
        for expect, table in one.stages():
            known = {table.code, *table.policy.model_fields_set, *(row.indicator.id for row in table.rows)}
            asked = {subject for about in expect.silent if (subject := about.partition("/")[2])}
            assert asked <= known, place(one.path, one.scenario)


@pytest.mark.parametrize("word", COMPARATORS)
def test_every_comparator_is_met_unmet_missing_and_refused(word: str, ran: list[Ran]) -> None:
    mine = [one for one in ran if one.path == HOME / "comparators" / SPOKEN[word]]
    scored = [row for one in mine for table in one.outcome.tables for row in table.rows if row.comparator == word]
    assert any(row.met for row in scored)
    assert any(not row.met and row.actual is not None for row in scored)
    assert any(one.scenario.expect.missing for one in mine)
    assert any(one.scenario.expect.problem for one in mine)
    if word not in ("期限", "是否"):
        assert any(row.actual == 0 for row in scored)
    if word not in ("期限", "是否", "定性"):
        numbers = [abs(number) for row in scored for number in (row.actual or 0, row.target)]
        assert max(numbers) * 10_000 > 2**63
        assert any(row.target == 0 for row in scored)
        assert any(row.actual is not None and row.actual < 0 for row in scored)


def test_no_comparator_file_is_left_over() -> None:
    assert sorted(path.name for path in (HOME / "comparators").glob("*.yaml")) == sorted(SPOKEN.values())


@pytest.mark.parametrize("policy", sorted(BOOK.policies))
def test_every_segment_and_band_a_policy_writes_itself_is_reached(policy: str, rows: list[tuple[str, Row]]) -> None:
    assert (HOME / "policies" / f"{policy}.yaml").exists()
    clauses, mine = BOOK.policies[policy], [row for name, row in rows if name == policy and not row.by_criterion]
    for scale in ("quantitative", "binary", "execution"):
        if clauses.writes(clause := getattr(clauses, scale)):
            assert {row.segment for row in mine if row.scale == scale} == set(range(len(clause.segments))), scale
    if clauses.writes(clauses.qualitative):
        stated = [row for row in mine if row.scale == "qualitative"]
        assert {row.result.state for row in stated} == {band.state for band in clauses.qualitative.bands}
        assert {row.actual for row in stated} >= {band.start for band in clauses.qualitative.bands if band.start}


@pytest.mark.parametrize("policy", sorted(BOOK.policies))
def test_every_grade_and_cap_a_policy_writes_itself_is_reached_at_its_edge(
    policy: str, tables: list[TableScore]
) -> None:
    clauses, mine = BOOK.policies[policy], [table for table in tables if table.policy.id == policy]
    scores = {table.score for table in mine}
    if clauses.writes(clauses.grades):
        for band in clauses.grades.bands:
            assert not band.start or {band.start, band.start - 1} <= scores, band.grade
        assert {table.grade_by_score for table in mine} == set(clauses.grades.words)
    rates = {table.money.rate for table in mine}
    for cap in clauses.caps.execution if clauses.writes(clauses.caps) else ():
        assert cap.total in {table.score for table in mine if table.cap == cap.total}
        assert {cap.below, cap.below - Fraction(1, 10_000)} <= rates


def test_what_policies_write_is_asked_of_somebody() -> None:
    """The two tests above pass over what is taken from a parent; each clause is some policy's own."""
    for name in ("quantitative", "binary", "execution", "qualitative", "grades", "caps"):
        assert any(policy.writes(getattr(policy, name)) for policy in BOOK.policies.values()), name


def test_every_indicator_of_every_project_is_reached(tables: list[TableScore]) -> None:
    reached = {(table.table.year, table.code) for table in tables}
    assert reached >= BOOK.projects.keys() | BOOK.departments.keys()


# ---- the runner can fail -----------------------------------------------------------------------------------------

ROW = {"target": "≥59人", "actual": "58人"}
TABLE = {"project": "13028124P00499410001F"}


def scenario(given: dict[str, Any], expect: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate({"name": "情景", "given": given, "expect": expect, **more})


@pytest.mark.parametrize(
    ("given", "right", "wrong", "says"),
    [
        (ROW, {"met": False}, {"met": True}, "“示例指标”应达到，实未达到"),
        (ROW, {"missing": False}, {"missing": True}, "“示例指标”应缺实际完成值"),
        (ROW, {"attainment": "58/59"}, {"attainment": "59/58"}, "完成率应为 59/58，实为 98.31%（58/59）"),
        (ROW, {"attainment": "98.31%"}, {"attainment": "98.3%"}, "完成率应为 98.3%，实为 98.31%（58/59）"),
        (ROW, {"earned": "12.29"}, {"earned": "12.28"}, "应得 12.28，实得 12.29"),
        (ROW, {"score": "22.29"}, {"score": "22.30"}, "总分应为 22.30，实为 22.29"),
        (ROW, {"grade": "差"}, {"grade": "中"}, "等级应为 中，实为 差"),
        (ROW, {"fires": ["F101"]}, {"fires": ["F104"]}, "应有问题 F104，实有 F101/1"),
        (ROW, {"fires": ["F101/1"]}, {"fires": ["F101/2"]}, "应有问题 F101/2"),
        (ROW, {"silent": ["F104"]}, {"silent": ["F101"]}, "不应有问题 F101"),
        (ROW, {"silent": ["F101/2"]}, {"silent": ["F101/1"]}, "不应有问题 F101/1"),
        (ROW, {"silent": ["F104"]}, {"silent": ["F999"]}, "没有问题规则 F999"),
        (ROW, {"met": False}, {"problem": "Q201"}, "应以 Q201 拒绝，却得到 22.29 分"),
        (ROW | {"actual": "58元"}, {"problem": "Q201"}, {"problem": "Q202"}, "应以 Q202 拒绝，实为 Q201"),
        (ROW | {"actual": "58元"}, {"problem": "Q201"}, {"met": False}, "不应拒绝"),
        (ROW | {"target": "≥"}, {"problem": "Q104"}, {"met": False}, "不应拒绝"),
        (TABLE, {"score": "100.00"}, {"score": "99.99"}, "总分应为 99.99，实为 100.00"),
        (TABLE, {"rows": {"数量1": {"met": True}}}, {"rows": {"数量1": {"met": False}}}, "“保障人数”应未达到"),
        (TABLE, {"rows": {"数量1": {"met": True}}}, {"rows": {"数量9": {"met": True}}}, "没有指标“数量9”"),
        (TABLE | {"targets": {"数量1": "≥"}}, {"problem": "Q104"}, {"score": "100.00"}, "不应拒绝"),
    ],
)
def test_a_wrong_expectation_fails_and_says_why(
    given: dict[str, Any], right: dict[str, Any], wrong: dict[str, Any], says: str
) -> None:
    assert run_scenario(scenario(given, right), BOOK).failures == ()
    (failure,) = run_scenario(scenario(given, wrong), BOOK).failures
    assert says in failure
    later = scenario(given, right, then={"expect": wrong})
    assert run_scenario(later, BOOK).failures == (f"更正后：{failure}",)


@pytest.mark.parametrize(
    ("given", "expect", "says"),
    [
        (ROW, {}, "应至少写一项"),
        (ROW, {"problem": "Q201", "met": True}, "写了 problem，就没有别的结果"),
        ({}, {"met": True}, "应写且只写一个"),
        (ROW | TABLE, {"met": True}, "应写且只写一个"),
        (ROW | {"without": ["数量1"]}, {"met": True}, "就不用 without"),
        (TABLE | {"actual": "1人"}, {"score": "1"}, "就不用 actual"),
        (TABLE, {"met": True}, "met 应写在 rows 中"),
        (TABLE, {"rows": {"数量1": {}}}, "应至少写一项"),
        ({"department": "629001", "spending": {"executed": "1"}}, {"score": "1"}, "由各项目相加"),
        ({"department": "629001", "no_spending": True}, {"score": "1"}, "由各项目相加"),
        (ROW, {"attainment": "1/0"}, "应有的结果的完成率"),
        (ROW | {"share": "101%"}, {"met": True}, "给定的档内比例"),
    ],
)
def test_a_scenario_that_would_check_nothing_is_refused(
    given: dict[str, Any], expect: dict[str, Any], says: str
) -> None:
    made, problems = as_model(Scenario, {"name": "情景", "given": given, "expect": expect})
    assert made is None
    assert says in str(problems[0])


def test_an_unknown_key_is_told_with_its_place_and_the_nearest_match(tmp_path: Path) -> None:
    text = "about: 示例\nscenarios:\n  - name: 甲\n    given: {target: ≥59人, actuel: 59人}\n    expect: {met: true}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text.replace("actuel", "actual").replace("met:", "mett:"), encoding="utf-8")
    with pytest.raises(RuleProblems) as refused:
        run_paths([tmp_path / "a.yaml", tmp_path / "b.yaml"], BOOK)
    told = [(problem.code, str(problem.where), problem.nearest) for problem in refused.value.problems]
    assert [(code, re.sub(r":\d+$", "", where), near) for code, where, near in told] == [
        ("R101", "a.yaml:4", "actual"),
        ("R101", "b.yaml:5", "met"),
    ]
    assert all(re.fullmatch(r"[ab]\.yaml:\d+:\d+", where) for _, where, _ in told)


def test_a_file_without_scenarios_and_a_folder_that_is_not_there_are_refused(tmp_path: Path) -> None:
    document, _ = parse_document("about: 示例\nscenarios: []\n", "a.yaml")
    made, problems = as_model(ScenarioFile, document)
    assert made is None and [problem.code for problem in problems] == ["R103"]
    with pytest.raises(UsageProblem) as refused:
        run_paths([tmp_path / "甲", tmp_path / "乙"], BOOK)
    assert [problem.code for problem in refused.value.problems] == ["U104", "U104"]


# ---- the command -------------------------------------------------------------------------------------------------

THREE = """about: 示例
scenarios:
  - name: 对的
    given: {target: ≥59人, actual: 58人}
    expect: {earned: 12.29}
  - name: 错一处 <&">
    given: {target: ≥59人, actual: 58人}
    expect: {earned: 12.30}
  - name: 错两处
    given: {target: ≥59人, actual: 58人}
    expect: {met: true, earned: 12.30}
"""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.yaml"
    path.write_text(THREE, encoding="utf-8")
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["scenario", "-w", str(ROOT), *arguments])
    return result.exit_code, result.stdout


def test_json_counts_passes_and_failures(three: Path) -> None:
    code, printed = run(str(three), "--format", "json")
    answer = json.loads(printed)
    assert (code, answer["passed"], answer["failed"]) == (1, 1, 2)
    assert [(one["name"], one["where"], len(one["failures"])) for one in answer["scenarios"]] == [
        ("对的", "three.yaml:3:5", 0),
        ('错一处 <&">', "three.yaml:6:5", 1),
        ("错两处", "three.yaml:9:5", 2),
    ]


def test_junit_counts_passes_and_failures(three: Path) -> None:
    code, printed = run(str(three), "--format", "junit")
    suite = ElementTree.fromstring(printed)
    assert (code, suite.attrib["tests"], suite.attrib["failures"]) == (1, "3", "2")
    cases = suite.findall("testcase")
    assert [(case.attrib["name"], len(case.findall("failure"))) for case in cases] == [
        ("对的", 0),
        ('错一处 <&">', 1),
        ("错两处", 2),
    ]
    assert cases[1].findall("failure")[0].text == "three.yaml:6:5: “示例指标”应得 12.30，实得 12.29"


def test_text_names_the_place_of_each_failure(three: Path) -> None:
    code, printed = run(str(three))
    assert code == 1
    assert [line.partition(": ")[0] for line in printed.splitlines()[:-1]] == [
        "three.yaml:6:5",
        *["three.yaml:9:5"] * 2,
    ]
    assert printed.splitlines()[-1] == "情景 3 个，通过 1 个，未通过 2 个"


def test_folders_are_run_whole_and_counted() -> None:
    code, printed = run(str(HOME / "comparators"), str(HOME / "units.yaml"), "--format", "json")
    answer = json.loads(printed)
    count = sum(path == HOME / "units.yaml" or path.parent == HOME / "comparators" for path, _ in SCENARIOS)
    assert (code, answer["passed"], answer["failed"]) == (0, count, 0)
    assert answer["scenarios"][0]["where"].startswith("comparators/")
