"""Nested weights (分层权重): level 1 in points of the total, level 2 in hundreds inside it, level 3 inside level 2."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.documents.nestedweights import weighed
from evaluator.errors import RuleProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.explain import explain_row
from evaluator.following.carryover import carry
from evaluator.formats import render
from evaluator.handbook.goalchapters import projects_chapter
from evaluator.kept import Memory
from evaluator.model import Actuals, Indicator, Result
from evaluator.pages import Grid
from evaluator.planning.forecast import forecast
from evaluator.reporting.export import as_json
from evaluator.reporting.forms import form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.report import explained, form
from evaluator.results import Money
from evaluator.rowreading import read_row
from evaluator.rulebook.book import load_rulebook, read_rulebook
from evaluator.workspace.places import Workspace
from tests.test_template import SHARED

PRODUCT = Path(__file__).parents[1]
POLICY = """id: weighed
title: 没有单独一行预算执行率的办法（例子）
in_force: {from: 2020, region: 示例}
extends: cn-2020-10
allocation:
  document: 例子
  known: 未见
  portions:
    - {categories: [预算执行率], points: 0}
    - {categories: [预算绩效], points: 50}
    - {categories: [项目产出], points: 50}
"""
PROJECT = """code: P1
name: 示例项目
year: 2024
policy: weighed
unit: {code: '1', name: 示例单位}
source: {document: 示例数据}
budget: {total: 100, fiscal: 100, other: 0}
plan: {12月底: 100%}
goals: [示例]
weights:
  预算绩效: {weight: 50, within: {预算管理: 75, 财务管理: 25}}
  项目产出: {weight: 50, within: {产出数量: 100}}
indicators:
  - {id: 甲, category: 预算绩效, dimension: 预算管理, name: 预算执行进度（7月）, target: ≥40%, weight: 7}
  - {id: 乙, category: 预算绩效, dimension: 预算管理, name: 预算执行进度（11月）, target: ≥80.21%, weight: 68}
  - {id: 丙, category: 预算绩效, dimension: 财务管理, name: 用款计划差错率, target: ≤5%, weight: 25}
  - {id: 丁, category: 项目产出, dimension: 产出数量, name: 网络覆盖率, target: ≥100%, weight: 33.33}
  - {id: 戊, category: 项目产出, dimension: 产出数量, name: 接入单位, target: ≥10家, weight: 66.67}
"""


def written(tmp_path: Path, project: str = PROJECT) -> Path:
    for name, text in (("policies/weighed.yaml", POLICY), ("projects/2024/1/P1.yaml", project)):
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "rules"


def test_level_three_comes_to_points_of_the_total(tmp_path: Path):
    rules = load_rulebook(written(tmp_path), SHARED)
    (project,) = rules.projects.values()
    assert [row.points for row in project.indicators] == [350, 3400, 1250, 1667, 3333]
    assert project.weighed(project.indicators[0]) == "50 × 75/100 × 7/75"
    evaluation = evaluate(rules, {}, year=2024)
    (table,) = evaluation.tables
    assert as_json(evaluation)["projects"][0]["rows"][0]["weighed"] == "50 × 75/100 × 7/75"
    assert "分值 3.50（50 × 75/100 × 7/75）" in dict(explain_row(table.rows[0], table))["得分"]
    assert "（50 × 75/100 × 7/75）" in " ".join(explained(table.rows[0], table))
    assert "（50 × 75/100 × 7/75）" in str(projects_chapter(rules, [project]))


@pytest.mark.parametrize(
    ("there", "instead", "says"),
    [
        ("预算管理: 75, 财务管理: 25", "预算管理: 75, 财务管理: 24", "各二级分值合计 99.00，不是 100"),
        ("weight: 7}", "weight: 8}", "“预算绩效/预算管理”内各三级分值合计 76.00，不是 75.00"),
        (", weight: 7}", "}", "没有写 weight"),
        ("weight: 7}", "weight: 7, points: 3.5}", "不另写 points"),
        ("dimension: 预算管理, name: 预算执行进度（7月）", "dimension: 预算, name: 预算执行进度（7月）", "在 weights 里没有"),
    ],
)  # fmt: skip
def test_weights_that_do_not_add_up_are_told_at_the_table(tmp_path: Path, there: str, instead: str, says: str):
    assert there in PROJECT
    with pytest.raises(RuleProblems) as raised:
        load_rulebook(written(tmp_path, PROJECT.replace(there, instead)), SHARED)
    assert [problem.code for problem in raised.value.problems][:1] == ["R168"]
    assert says in raised.value.problems[0].says


def test_level_one_has_to_add_up_to_the_total_as_points_have(tmp_path: Path):
    _, problems = read_rulebook(
        written(tmp_path, PROJECT.replace("项目产出: {weight: 50", "项目产出: {weight: 40")), SHARED
    )
    assert "R105" in [problem.code for problem in problems]


def test_weights_without_levels_are_told(tmp_path: Path):
    lines = [line for line in PROJECT.splitlines() if not line.startswith(("weights:", "  预算绩效:", "  项目产出:"))]
    with pytest.raises(RuleProblems) as raised:
        load_rulebook(written(tmp_path, "\n".join(lines) + "\n"), SHARED)
    assert "没有写 weights" in raised.value.problems[0].says


@pytest.mark.parametrize("instead", ["{weight: 50}", "{weight: 五十, within: {预算管理: 75}}", "[50]", "50"])
def test_what_is_no_weight_is_told_of_its_own_field(tmp_path: Path, instead: str):
    text = PROJECT.replace("{weight: 50, within: {预算管理: 75, 财务管理: 25}}", instead)
    _, problems = read_rulebook(written(tmp_path, text), SHARED)
    assert any("预算绩效" in problem.says or "weight" in problem.says for problem in problems), problems


@st.composite
def parts(draw: st.DrawFn, whole: int) -> list[int]:
    cuts = sorted(draw(st.lists(st.integers(0, whole), max_size=4)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, whole], strict=True)]


@given(st.integers(0, 10_000), st.data())
def test_every_level_adds_up_and_no_row_is_a_hundredth_away_from_exact(weight: int, data: Any):
    within = data.draw(parts(10_000))
    rows, inside = [], {}
    for two, part in enumerate(within):
        inside[f"二{two}"] = f"{part / 100:.2f}"
        rows += [
            {"category": "一", "dimension": f"二{two}", "name": "三", "weight": f"{own / 100:.2f}"}
            for own in data.draw(parts(part))
        ]
    value = {"weights": {"一": {"weight": f"{weight / 100:.2f}", "within": inside}}, "indicators": rows}
    got = weighed(value)["indicators"]
    assert all("points" not in row for row in rows), "what was written stays as it was"
    assert sum(Fraction(row["points"]) for row in got) == Fraction(weight, 100)
    for row in got:
        exact = Fraction(weight, 100) * Fraction(row["weight"]) / 100
        assert abs(Fraction(row["points"]) - exact) < Fraction(2, 100)


# weights as sixteen published tables of one department have them (level 2 of 25: 示例数据), and what each comes to
SIXTEEN = [
    (50, 75, "7", "3.50"), (50, 75, "8", "4.00"), (50, 75, "5", "2.50"), (50, 75, "25", "12.50"),
    (50, 25, "7", "3.50"), (50, 25, "13", "6.50"), (25, 60, "10", "2.50"), (25, 60, "15", "3.75"), (25, 100, "5", "1.25"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "third", "worth"), SIXTEEN)
def test_published_tables_come_to_points_of_the_total(first: int, second: int, third: str, worth: str):
    """示例数据 beside the figure that was published: one row for what else is in the level."""
    rest = Fraction(second) - Fraction(third)
    other = {"另": 100 - second} if second < 100 else {}
    rows = [("二", third), *([("二", str(rest))] if rest else []), *([("另", str(100 - second))] if other else [])]
    indicators = [
        {"category": "一", "dimension": two, "name": f"三{at}", "weight": own} for at, (two, own) in enumerate(rows)
    ]
    got = weighed({"weights": {"一": {"weight": first, "within": {"二": second, **other}}}, "indicators": indicators})
    assert got["indicators"][0]["points"] == worth
    assert Fraction(worth) == Fraction(first) * Fraction(second, 100) * Fraction(third) / second


def test_the_form_prints_the_weights_and_what_they_come_to(tmp_path: Path):
    rules = load_rulebook(written(tmp_path), SHARED)
    evaluation = evaluate(rules, {}, year=2024)
    sheet = form(evaluation.tables[0], evaluation)
    document = form_document(sheet, layouts_of()["nested"])
    (grid,) = [block for block in document.sections[0].blocks if isinstance(block, Grid)]
    texts = [[cell.text for cell in row] for row in grid.rows]
    assert next(row[-13:-5] for row in texts if "预算执行进度（7月）" in row) == [
        "预算绩效",
        "50",
        "预算管理",
        "75",
        "预算执行进度（7月）",
        "≥40%",
        "%",
        "7",
    ]
    assert next(row for row in texts if "网络覆盖率" in row)[-3] == "16.67"
    for suffix in (".docx", ".xlsx", ".html", ".pdf"):
        assert render(suffix, document)


def test_weights_are_carried_over_to_the_next_year(tmp_path: Path):
    written(tmp_path / "今年")
    carry(Workspace(tmp_path / "今年", sample=False), tmp_path / "明年")
    new = load_rulebook(tmp_path / "明年" / "rules", SHARED).projects[2025, "P1"]
    assert [row.points for row in new.indicators] == [350, 3400, 1250, 1667, 3333]
    assert new.weighed(new.indicators[0]) == "50 × 75/100 × 7/75"


def test_what_is_kept_of_an_evaluation_follows_a_changed_weight(tmp_path: Path):
    before = load_rulebook(written(tmp_path / "甲"), SHARED)
    after = load_rulebook(
        written(tmp_path / "乙", PROJECT.replace("weight: 7}", "weight: 8}").replace("68}", "67}")), SHARED
    )
    (code,) = {project.code for project in before.projects.values()}
    results = {name: Result(actual=text) for name, text in {"甲": "39%", "乙": "80.21%", "丙": "6%"}.items()}
    actuals = {(2024, code): Actuals(code=code, year=2024, results=results)}
    kept = Memory()
    for rules in (before, after, before):
        again, fresh = evaluate(rules, actuals, year=2024, kept=kept), evaluate(rules, actuals, year=2024)
        assert [row.earned for row in again.tables[0].rows] == [row.earned for row in fresh.tables[0].rows]
        assert again.digests == fresh.digests


@given(st.integers(1, 100), st.integers(0, 30))
@settings(max_examples=30)
def test_a_criterion_speaks_of_the_points_in_the_table_and_its_points_are_converted(weight: int, beyond: int):
    policy = load_rulebook(PRODUCT / "rules").policies["nested-weights"]
    row = Indicator(
        id="甲", category="预算绩效", dimension="预算管理", name="差错率", target="≤5%", points="10",
        weight=str(weight), criterion="每超过1个百分点扣2分，扣完为止",
    )  # fmt: skip
    reading = read_row(row, Result(actual=f"{5 + beyond}%"), 1000, Money(None, None, None), policy, 2024)
    assert reading.case(0, policy).own == Fraction(1000 * max(weight - 2 * beyond, 0), weight)


def test_the_explanation_shows_how_a_criterions_points_are_converted(tmp_path: Path):
    criterion = "target: ≤5%, weight: 25, criterion: 每超过1个百分点扣2分，扣完为止, reads: {step: full}}"
    rules = load_rulebook(written(tmp_path, PROJECT.replace("target: ≤5%, weight: 25}", criterion)), SHARED)
    results = {"丙": Result(actual="6%")}
    evaluation = evaluate(rules, {(2024, "P1"): Actuals(code="P1", year=2024, results=results)}, year=2024)
    row = evaluation.tables[0].rows[2]
    assert row.earned == 1150
    assert (
        "12.50 × 23 ÷ 25.00 = 11.50；分值 12.50（50 × 25/100 × 25/25）"
        in dict(explain_row(row, evaluation.tables[0]))["得分"]
    )


def test_planning_leaves_alone_a_row_whose_criterion_speaks_of_other_points_than_it_has(tmp_path: Path):
    criterion = "target: ≤5%, weight: 25, criterion: 每超过1个百分点扣2分，扣完为止, reads: {step: full}}"
    rules = load_rulebook(written(tmp_path, PROJECT.replace("target: ≤5%, weight: 25}", criterion)), SHARED)
    actuals = {(2024, "P1"): Actuals(code="P1", year=2024, results={"甲": Result(actual="39%")})}
    with pytest.raises(UsageProblem) as raised:
        forecast(rules, actuals, year=2024)
    assert [problem.code for problem in raised.value.problems] == ["U378"]
    assert "分层权重折合" in raised.value.problems[0].says
