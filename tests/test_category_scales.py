"""Scales of categories, ends that are not included and deductions by steps: the same in every product."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evaluator.actuals.resultfiles import read_actuals
from evaluator.auditing.judgement import judge_row
from evaluator.comparing.impact import _why
from evaluator.evaluation import evaluate
from evaluator.explain import explain_row
from evaluator.handbook.clausewords import clause_says
from evaluator.intake.filled.formdata import FilledRow
from evaluator.planning.steps import Grains, ScaleCourse, steps_of
from evaluator.preparation import tables_of
from evaluator.reporting.export import as_json
from evaluator.scoring import Case, scored_cases
from evaluator.workbook.template import template_xlsx
from tests import test_template
from tests.oracle import found_policies
from tests.test_batch import as_rulebook, odd_rows

POLICY = found_policies()["category-scales"]
ENDS = [  # actual beside ≥100人 of 10 points: as 产出指标, 满意度指标, 效益指标
    (59, 590, 0, 0),
    (60, 600, 600, 0),
    (69, 690, 690, 0),
    (70, 700, 700, 700),
    (100, 1000, 1000, 1000),
    (129, 1000, 1000, 1000),
    (130, 900, 900, 900),
    (131, 900, 900, 0),
    (150, 900, 900, 0),
    (151, 800, 800, 0),
]
CATEGORIES = ("产出指标", "满意度指标", "效益指标")


def case_of(category: str, actual: int | None, target: str = "≥") -> Case:
    scale = POLICY.scale_for(category, "quantitative")
    given = None if actual is None else Fraction(actual)
    return Case(0, target, given, Fraction(100), Fraction(100), 1000, POLICY, scale)


@pytest.mark.parametrize("at", range(3))
def test_every_end_lies_where_it_is_said_to(at: int):
    scored = scored_cases([case_of(CATEGORIES[at], actual) for actual, *_ in ENDS])
    assert [row.earned for row in scored] == [due[at] for _, *due in ENDS]


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("sign", ["≥", "≤", "="])
def test_the_steps_of_planning_are_those_of_the_grid(category: str, sign: str):
    grid = [row.earned for row in scored_cases([case_of(category, actual, sign) for actual in range(301)])]
    steps = steps_of(ScaleCourse(case_of(category, None, sign)), Grains(Fraction(1)), 0, 300)
    assert [step.earned for step in steps for _ in range(step.first, (step.last or 0) + 1)] == grid


def test_only_numbers_of_the_category_are_under_its_scale():
    assert POLICY.scale_for("满意度指标", "quantitative") == "category 1"
    assert POLICY.scale_for("满意度指标", "binary") == "binary"
    assert POLICY.scale_for("满意度指标", "qualitative") == "qualitative"
    assert POLICY.scale_for("预算执行率", "execution") == "execution"
    assert found_policies()["cn-2020-10"].scale_for("满意度指标", "quantitative") == "quantitative"


def test_a_row_is_explained_and_exported_under_its_own_scale():
    plain = {
        "policy": POLICY.id,
        "sign": "",
        "state": "",
        "share": "",
        "formula": "",
        "criterion": "",
        "data": "",
        "reads": "",
    }
    row = odd_rows(3)[0] | plain | {"initial": "100", "adjusted": "100", "executed": "100"}
    rows = [
        row | {"indicator": "1", "points": "60.00", "target": "≥100人", "actual": "151人", "category": "产出指标"},
        row | {"indicator": "2", "points": "20.00", "target": "≥90%", "actual": "81%", "category": "满意度指标"},
        row | {"indicator": "3", "points": "10.00", "target": "≥100人", "actual": "131人", "category": "效益指标"},
    ]
    rules, actuals = as_rulebook(rows)
    evaluation = evaluate(rules, actuals, unit=row["unit_code"], year=int(row["year"]))
    (table,) = evaluation.projects
    assert [scored.earned for scored in table.rows] == [5800, 1800, 0]
    said = [dict(explain_row(scored, table)) for scored in table.rows]
    clauses = [[says for label, says in explain_row(scored, table) if label == "适用条款"] for scored in table.rows]
    assert said[0]["得分"].startswith("60.00 × 100% − 2.00 = 58.00")
    assert clauses[1][0].startswith("分类的得分比例（")
    assert "满意度指标，完成率 60%（含）—100%：得分值的 60%—100%，按比例" in clauses[1][0]
    assert "效益指标，完成率超过 130%：得分值的 0%" in clauses[2][0]
    assert "category_scales" in [clause["clause"] for clause in as_json(evaluation)["projects"][0]["clauses"]]


def test_the_rule_book_says_which_ends_count():
    assert "完成率超过 130%：得分值的 0%。" in clause_says(POLICY, "category_scales")
    assert "完成率 100%（含）—130%（含）：得分值的 100%。" in clause_says(POLICY, "category_scales")
    assert "完成率超过 150%的，扣 2 分。" in clause_says(POLICY, "over_fulfilment")


@pytest.mark.parametrize(
    ("level1", "score", "verdict"),
    [
        ("满意度指标", "0", "agree"),
        ("产出指标", "5.9", "agree"),
        ("满意度指标", "5.9", "differ"),
        ("产出指标", "0", "differ"),
    ],
)
def test_an_audit_takes_the_scale_of_the_category(level1: str, score: str, verdict: str):
    row = FilledRow(level1=level1, level2="甲", level3="人数", target="≥100人", actual="59人", points="10", score=score)
    assert judge_row(row, POLICY, 2024).verdict.verdict == verdict


def test_the_previews_of_a_workbook_are_the_engines(tmp_path: Path):
    """Each actual in each category, typed in and recalculated by another program."""
    worth = [9000 // len(ENDS) + (1 if n % 2 else -1) * n for n in range(len(ENDS))]
    worth[-1] += 9000 - sum(worth)
    rows = [(f"指标{n}", "≥100人", points) for n, points in enumerate(worth)]
    rules = test_template.workspace(tmp_path, {f"P{n}": (POLICY.id, rows) for n in range(3)})
    for n, category in enumerate(CATEGORIES):
        path = tmp_path / "rules" / "projects" / "2024" / "600001" / f"P{n}.yaml"
        path.write_text(path.read_text("utf-8").replace("category: 产出指标", f"category: {category}"), "utf-8")
    rules = test_template.load_rulebook(tmp_path / "rules", test_template.SHARED)
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables_of(rules, None, None), {}, 1)))
    for n in range(3):
        at = test_template.places(test_template.sheet_of(book, f"P{n}"))
        at["资金", "", "adjusted"].value, at["资金", "", "executed"].value = 100, 100
        for number, (actual, *_) in enumerate(ENDS, 1):
            at["指标", f"行{number}", "actual"].value = actual
    read, problems = read_actuals(test_template.saved(book, tmp_path / "actuals" / "a.xlsx").parent, rules)
    assert problems == []
    evaluation = evaluate(rules, read, executor="frame")
    computed = test_template.recalculated(book, tmp_path)
    for table in evaluation.tables:
        sheet = test_template.sheet_of(computed, table.code)
        column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "得分预览")
        at = test_template.places(sheet)
        for row in table.rows:
            value = sheet.cell(at["指标", row.indicator.id, "actual"].row, column).value
            assert round(value * 100) == row.earned, (table.code, row.indicator.id)
    assert len({table.score for table in evaluation.tables}) == 3


def test_an_impact_says_that_a_category_has_its_scale_or_has_it_no_more():
    plain = {"sign": "", "state": "", "share": "", "formula": "", "criterion": "", "data": "", "reads": ""}
    row = odd_rows(3)[0] | plain | {"initial": "100", "adjusted": "100", "executed": "100", "points": "90.00"}
    row |= {"indicator": "1", "target": "≥100人", "actual": "59人", "category": "满意度指标", "policy": "cn-2020-10"}
    rules, actuals = as_rulebook([row])
    sides = {name: evaluate(rules, actuals, policy=name) for name in ("cn-2020-10", POLICY.id)}
    tables = [evaluation.projects[0] for evaluation in sides.values()]
    there, back = (list(_why(a.rows[0], b.rows[0], a, b)) for a, b in (tables, tables[::-1]))
    assert any("条款不同：分类的得分比例" in says for says in there)
    assert "不再按分类的得分比例计分" in back
