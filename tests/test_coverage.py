"""What the scenarios reach: nothing is left out in this repository, and what is taken away is missed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.cli import app
from evaluator.comparators import COMPARATORS
from evaluator.handbook.coverage import (
    COMPARING,
    FIRED,
    JUDGING,
    NOT_FIRED,
    Coverage,
    CoveragePoint,
    coverage,
    measure,
    scenario_runs,
    uncovered_text,
)
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.scenarios.scenario import Outcome, read_scenarios
from evaluator.workspace.places import Workspace

ROOT = Path(__file__).parents[1]
HOME = ROOT / "scenarios"
HEAD = "about: 示例\nscenarios:\n"


@cache
def book() -> Rulebook:
    return load_rulebook(ROOT / "rules")


@cache
def seen() -> tuple[tuple[Path, Outcome, frozenset[str]], ...]:
    """Every scenario of the repository, its file, its outcome, and the rules it expects to be silent."""
    made = []
    for path in sorted(HOME.rglob("*.yaml")):
        if path.parent.name == "imports":
            continue
        outcomes, _ = measure([([path], book())], book())
        if path.parent.name == "reviews":
            made += [(path, outcome, frozenset()) for outcome in outcomes]
            continue
        scenarios = [one for file in read_scenarios(path)[0] for one in file.scenarios]
        for scenario, outcome in zip(scenarios, outcomes, strict=True):
            expects = [scenario.expect, *([scenario.then.expect] if scenario.then else [])]
            silent = frozenset(one.partition("/")[0] for expect in expects for one in expect.silent)
            made.append((path, outcome, silent))
    return tuple(made)


@cache
def covered(without: str = "") -> Coverage:
    """The coverage by all files but one."""
    kept = [(outcome, set(silent)) for path, outcome, silent in seen() if path.relative_to(HOME).as_posix() != without]
    return coverage(book(), kept)


def uncovered(made: Coverage) -> set[tuple[str, str, str]]:
    return {(point.group, point.item, point.says) for point in made.uncovered}


def measured(tmp_path: Path, text: str) -> Coverage:
    path = tmp_path / "a.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return measure([([path], book())], book())[1]


def reached(made: Coverage, group: str, item: str) -> Mapping[str, int]:
    return {point.says: point.scenarios for point in made.of(group, item) if point.scenarios}


# ---- this repository ---------------------------------------------------------------------------------------------


def test_nothing_of_the_repository_is_left_uncovered():
    made = covered()
    assert uncovered_text(made).count("\n") == 1, uncovered_text(made)
    assert made.passed == made.run == len(seen())


def test_every_clause_word_and_rule_has_its_points():
    made = covered()
    for policy in book().policies.values():
        for name in policy.clauses:
            points = made.of(policy.id, name)
            own = policy.writes(getattr(policy, name)) or (
                name in ("grade_ends", "use_of_results") and policy.writes(policy.grades)
            )
            empty = (name == "caps" and not policy.caps.execution) or (
                name == "own_criteria" and not policy.takes_criteria  # what is refused has no row
            )
            ungraded = name in ("grade_ends", "use_of_results") and not policy.grades.bands
            assert bool(points) == own or empty or ungraded, (policy.id, name)
            if own and name in ("quantitative", "binary", "execution"):
                assert len(points) == len(getattr(policy, name).segments)
            if own and name in ("qualitative", "grades"):
                assert len(points) == max(len(getattr(policy, name).bands), 1)  # 不评级 is one
            if own and name == "caps":
                assert len(points) == len(policy.caps.execution)
    assert {point.item for point in made.points if point.group == COMPARING} == COMPARATORS.keys()
    assert {point.item for point in made.points if point.group == JUDGING} == {rule.id for rule in book().findings}
    for scale in book().reviews.values():
        assert {point.item for point in made.points if point.group == scale.id} == {one.id for one in scale.grounds}
    keys = [(point.group, point.item, point.says) for point in made.points]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("file", "group"),
    [
        ("policies/execution-caps.yaml", "execution-caps"),
        ("policies/sichuan-2025-5.yaml", "sichuan-2025-5"),
        ("policies/cn-2021-101.yaml", "cn-2021-101"),
    ],
)
def test_without_a_policys_file_only_that_policy_and_its_own_words_are_missed(file: str, group: str):
    missed = uncovered(covered(file))
    assert missed
    assert {one[0] for one in missed} == {group}


@pytest.mark.parametrize("rule", ["F104", "F205", "F301"])
def test_without_a_rules_file_that_rule_is_missed_if_no_other_file_names_it(rule: str):
    elsewhere = [(o, s) for path, o, s in seen() if path.name != f"{rule}.yaml"]
    fired = any(f.rule.id == rule for o, _ in elsewhere for table in o.tables for f in table.findings)
    silent = any(rule in s for _, s in elsewhere)
    wanted = set() if fired else {(JUDGING, rule, "触发")}
    wanted |= set() if silent else {(JUDGING, rule, "该不触发时没有触发")}
    assert uncovered(covered(f"findings/{rule}.yaml")) == wanted


def test_without_the_reviews_file_every_ground_of_the_scale_is_missed_and_nothing_else():
    missed = uncovered(covered("reviews/county-2026.yaml"))
    scale = book().reviews["county-2026"]
    assert missed == {(scale.id, one.id, says) for one in scale.grounds for says in (FIRED, NOT_FIRED)}


def test_without_any_scenario_everything_is_missed():
    made = coverage(book(), [])
    assert made.uncovered == made.points and made.run == 0


@settings(max_examples=15)
@given(st.sets(st.integers(0, 700)))
def test_more_scenarios_never_reach_less(numbers: set[int]):
    """Property: leaving scenarios out takes from the counts and never adds; the counts of two halves add up."""
    listed = [(outcome, set(silent)) for _, outcome, silent in seen()]
    some = [one for number, one in enumerate(listed) if number in numbers]
    rest = [one for number, one in enumerate(listed) if number not in numbers]
    parts = zip(coverage(book(), some).points, coverage(book(), rest).points, covered().points, strict=True)
    assert all(a.scenarios + b.scenarios == whole.scenarios for a, b, whole in parts)


# ---- what reaching means -----------------------------------------------------------------------------------------


def test_a_row_reaches_its_segment_its_word_and_nothing_beside(tmp_path: Path):
    made = measured(tmp_path, "  - {name: 甲, given: {target: ≥60人, actual: 30人}, expect: {earned: 6.25}}\n")
    assert reached(made, "cn-2020-10", "quantitative") == {"完成率 0%（含）—100%": 1}
    assert reached(made, "cn-2020-10", "execution") == {"完成率 100% 及以上": 1}
    assert reached(made, "cn-2020-10", "binary") == reached(made, "cn-2020-10", "at_most") == {}
    assert reached(made, "cn-2020-10", "grades") == {"差": 1}
    assert reached(made, COMPARING, "≥") == {"达到": 1, "没有达到": 1}  # the execution row, and this one
    assert not any(point.scenarios for point in made.points if point.group == "hubei-2020-3")


def test_a_row_without_an_actual_reaches_nothing_but_its_findings(tmp_path: Path):
    made = measured(tmp_path, "  - {name: 甲, given: {target: ≥60人}, expect: {missing: true}}\n")
    assert reached(made, "cn-2020-10", "quantitative") == {}
    assert reached(made, JUDGING, "F104") == {"触发": 1}


def test_a_scenario_that_fails_reaches_nothing(tmp_path: Path):
    made = measured(tmp_path, "  - {name: 甲, given: {target: ≥60人, actual: 30人}, expect: {earned: 6.26}}\n")
    assert (made.run, made.passed) == (1, 0)
    assert made.uncovered == made.points


def test_being_silent_must_be_expected_to_count(tmp_path: Path):
    quiet = measured(tmp_path, "  - {name: 甲, given: {target: ≥60人, actual: 60人}, expect: {met: true}}\n")
    asked = measured(
        tmp_path, "  - {name: 甲, given: {target: ≥60人, actual: 60人}, expect: {met: true, silent: [F104/1]}}\n"
    )
    assert reached(quiet, JUDGING, "F104") == {}
    assert reached(asked, JUDGING, "F104") == {"该不触发时没有触发": 1}


def test_a_correction_reaches_too_and_a_scenario_counts_once(tmp_path: Path):
    text = (
        "  - name: 甲\n    given: {target: ≥60人, actual: 30人}\n    expect: {met: false}\n"
        "    then: {results: {'1': {actual: 60人}}, expect: {met: true}}\n"
    )
    made = measured(tmp_path, text)
    assert reached(made, "cn-2020-10", "quantitative") == {"完成率 0%（含）—100%": 1, "完成率 100% 及以上": 1}
    assert reached(made, "cn-2020-10", "execution") == {"完成率 100% 及以上": 1}


@pytest.mark.parametrize(
    ("given", "clause", "says"),
    [
        ("target: =60人, actual: 61人", "equality", "高于指标值"),
        ("target: =60人, actual: 59人", "equality", "低于指标值"),
        ("target: =60人, actual: 60人", "equality", ""),
        ("target: ≤60人, actual: 61人", "at_most", "超出指标值"),
        ("target: ≤60人, actual: 60人", "at_most", ""),
        ("target: <60人, actual: 60人", "at_most", "超出指标值"),
        ("target: ≥10人, actual: 13人", "over_fulfilment", "达到 130%，须说明原因"),
        ("target: ≥100人, actual: 129人", "over_fulfilment", ""),
        ("target: ≥10人, actual: 13人, policy: execution-caps", "over_fulfilment", "扣 2 分"),
        ("target: ≥1人, actual: 1人, points: 90, policy: execution-caps, spending: {executed: 79}", "caps",
         "执行率低于 80%，不超过 89 分"),
        ("target: ≥1人, actual: 1人, points: 90, policy: execution-caps, spending: {executed: 80}", "caps", ""),
        ("target: ≥9000人, actual: 8000人, points: 90", "grade_ends", "总分恰为 90 分"),
        ("target: ≥9000人, actual: 7999人, points: 90", "grade_ends", ""),
    ],
)  # fmt: skip
def test_clauses_are_reached_at_their_edges(tmp_path: Path, given: str, clause: str, says: str):
    made = measured(tmp_path, f"  - {{name: 甲, given: {{{given}}}, expect: {{missing: false}}}}\n")
    policy = "execution-caps" if "execution-caps" in given else "cn-2020-10"
    found = reached(made, policy, clause)
    assert (says in found) if says else found == {}


def test_an_office_is_measured_by_its_own_scenarios_and_the_products(tmp_path: Path):
    own = tmp_path / "scenarios"
    own.mkdir()
    runs = scenario_runs(Workspace(tmp_path, sample=False), book())
    assert [paths for paths, _ in runs] == [[own], [ROOT / "scenarios"]]
    assert [paths for paths, _ in scenario_runs(Workspace(ROOT, sample=True), book())] == [[ROOT / "scenarios"]]


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_tells_what_is_missed_and_returns_1(tmp_path: Path):
    shutil.copy(HOME / "policies" / "linear-at-most.yaml", tmp_path / "a.yaml")
    ran = CliRunner().invoke(app, ["scenario", "--coverage", str(tmp_path / "a.yaml")])
    assert ran.exit_code == 1
    assert "没有情景走到：hubei-2020-3 分值分配（allocation）：产出指标 40 分" in ran.output
    assert "没有情景走到：linear-at-most" not in ran.output
    ran = CliRunner().invoke(app, ["scenario", "--coverage", "--format", "json", str(tmp_path / "a.yaml")])
    made = json.loads(ran.stdout)
    assert made["uncovered"] == sum(not point["scenarios"] for point in made["points"]) > 0
    refused = CliRunner().invoke(app, ["scenario", "--coverage", "--format", "junit"])
    assert refused.exit_code == 2


def test_all_covered_is_told_and_is_0():
    made = Coverage((CoveragePoint("甲", "caps", "封顶", "一档", 2),), 1, 1)
    assert uncovered_text(made) == "规则共 1 处，情景走到 1 处，没有走到 0 处\n"
