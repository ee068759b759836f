"""Filled tables with weights on three levels: audited on the points these come to. 示例数据 throughout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluator.auditing.audit import audit
from evaluator.evaluation import evaluate
from evaluator.formats import render
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.intake.filled.formloading import load_filled
from evaluator.model import Actuals, Result, Spending
from evaluator.reporting.forms import form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.report import form
from evaluator.rulebook.book import load_rulebook
from tests.test_nested_weights import PRODUCT, PROJECT
from tests.test_template import SHARED

POLICIES = load_rulebook(PRODUCT / "rules").policies


def judged(table: FilledTable) -> list[str]:
    (audited,) = audit([table], POLICIES, "nested-weights")
    return [row.verdict.verdict for row in audited.rows]


def printed(tmp_path: Path, suffix: str) -> FilledTable:
    path = tmp_path / "rules/projects/2024/1/P1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(PROJECT.replace("policy: weighed", "policy: nested-weights"), encoding="utf-8")
    rules = load_rulebook(tmp_path / "rules", SHARED)
    values = {"甲": "39.99%", "乙": "80.21%", "丙": "5%", "丁": "100%", "戊": "12家"}
    results = {name: Result(actual=text, cause="示例原因", remedy="示例措施") for name, text in values.items()}
    money = Spending(adjusted=10000_00, executed=9000_00)
    actuals = Actuals(code="P1", year=2024, illustrative=True, results=results, spending=money)
    evaluation = evaluate(rules, {(2024, "P1"): actuals}, year=2024)
    document = form_document(form(evaluation.tables[0], evaluation), layouts_of()["nested"])
    filled = tmp_path / f"自评表{suffix}"
    filled.write_bytes(render(suffix, document))
    (table,) = load_filled(filled)
    return table


@pytest.mark.parametrize("suffix", [".xlsx", ".docx", ".html", ".pdf"])
def test_a_printed_form_agrees_with_itself_and_a_changed_score_does_not(tmp_path: Path, suffix: str):
    table = printed(tmp_path, suffix)
    assert judged(table) == ["agree"] * 5
    rows = [
        row.model_copy(update={"score": "3.40"}) if "7月" in (row.level3 or "") else row for row in table.indicators
    ]
    assert judged(table.model_copy(update={"indicators": rows}))[0] == "differ"


def test_the_points_of_each_level_are_those_that_were_converted(tmp_path: Path):
    (audited,) = audit([printed(tmp_path, ".xlsx")], POLICIES, "nested-weights")
    assert [(row.points, row.printed_points) for row in audited.table.indicators][:2] == [("3.5", "7"), ("34", "68")]
    assert not [defect for defect in audited.defects if "分值" in defect.says]


def plain(points: list[str], scores: list[str], levels: list[tuple[str, str]]) -> FilledTable:
    rows = [
        FilledRow(
            level1=f"一{at // 2}", level1_points=levels[at][0], level2=f"二{at}", level2_points=levels[at][1], level3=f"三{at}",
            target="≥10人", actual="10人", points=points[at], score=scores[at],
        )
        for at in range(len(points))
    ]  # fmt: skip
    return FilledTable(id="甲", indicators=rows, execution=None)


LEVELS = [("60", "50"), ("60", "50"), ("40", "70"), ("40", "30")]


@pytest.mark.parametrize(
    ("points", "scores", "levels", "first"),
    [
        (["50", "50", "70", "30"], ["30", "30", "28", "12"], LEVELS, "30"),  # weights, scores of the total
        (["50", "50", "70", "30"], ["50", "50", "70", "30"], LEVELS, "50"),  # scores in the table's own points
        (
            ["30", "30", "28", "12"],
            ["30", "30", "28", "12"],
            [("60", "30"), ("60", "30"), ("40", "28"), ("40", "12")],
            "30",
        ),
        (["50", "49", "70", "30"], ["30", "30", "28", "12"], LEVELS, "50"),  # does not add up
    ],
)
def test_points_are_weights_only_where_every_level_adds_up(points: Any, scores: Any, levels: Any, first: str):
    (audited,) = audit([plain(points, scores, levels)], POLICIES, "nested-weights")
    assert audited.table.indicators[0].points == first
    assert (audited.table.indicators[0].printed_points is not None) == (
        points[0] == "50" and scores[0] == "30" and points[1] == "50"
    )


@pytest.mark.parametrize(("score", "verdict"), [("27.60", "agree"), ("30.00", "differ"), ("28.00", "differ")])
def test_a_printed_criterion_speaks_of_the_points_in_the_table(score: str, verdict: str):
    """50 points in the table less 2 × 2 are 46; of 30 points 27.60."""
    table = plain(["50", "50", "70", "30"], [score, "30", "28", "12"], LEVELS)
    first = table.indicators[0].model_copy(update={"criterion": "每少1人扣2分，扣完为止", "actual": "8人"})
    assert judged(table.model_copy(update={"indicators": [first, *table.indicators[1:]]}))[0] == verdict
