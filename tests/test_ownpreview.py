"""Rows scored by their own criterion in the clerk's workbook: the preview is the engine's score, recalculated by another program."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluator.actuals.resultfiles import read_actuals
from evaluator.criteria.piecewise import pieces_of
from evaluator.criteria.situation import Situation
from evaluator.criteria.standard import standard
from evaluator.criteria.undecided import found
from evaluator.evaluation import evaluate
from evaluator.preparation import tables_of
from evaluator.quantities.units import WORDS, Quantity
from evaluator.rulebook.book import load_rulebook
from evaluator.workbook.template import template_xlsx
from tests.test_template import SHARED, places, recalculated, saved, sheet_of

SIMPLE: list[tuple[str, str, dict[str, str], list[float]]] = [
    ("≥59人", "每少1人扣0.3分，扣完为止", {}, [59, 57, 54, 0, 80]),
    ("≥95%", "每降低1个百分点扣0.2分，扣完为止", {"step": "proportion"}, [0.95, 0.935, 0.91, 0.5, 1]),
    ("≥95%", "每降低2个百分点扣0.5分，扣完为止", {"step": "started"}, [0.95, 0.935, 0.93, 0.9299, 0.1]),
    ("≤20万元", "每超1万元扣0.5分，扣完为止", {"step": "full"}, [20, 20.5, 21, 22.9999, 30, 3]),
    ("≥90%", "90%（含）以上得满分，80%（含）—90%得80%，80%以下不得分", {}, [0.9, 0.8999, 0.8, 0.7999]),
    ("≥100人", "完成得满分，未完成不得分", {}, [100, 99, 130]),
    ("≥100人", "完成率低于70%不得分，70%及以上按比例得分，最高得满分", {}, [69, 70, 83, 100, 120]),
    ("≥100人", "完成率＜70%不得分，＞130%不得分", {}, [69, 70, 130, 131]),
    ("≤20万元", "未达到指标值按比例得分", {"ratio": "linear", "floor": "0", "cap": "points"}, [20, 24, 33, 45, 5]),
    ("≤0起", "每发生1起扣0.7分，扣完为止", {}, [0, 1, 2, 3]),
]
FINE = [  # a spreadsheet could not hold all of it exactly
    ("≥80%", "完成率低于60%不得分，60%及以上按比例得分，最高得满分", {"rate": "target"}, [0.47]),
    ("≥5场", "每完成1场得2分，最高10分", {}, [4]),
    (
        "≥95%",
        "95%以上得满分；80%-95%每少1个百分点扣0.2分；80%以下每少1个百分点扣0.5分，扣完为止",
        {"tier": "part", "step": "proportion"},
        [0.9],
    ),
    (
        "≥95%",
        "95%以上得满分；80%-95%每少1个百分点扣0.2分；80%以下每少1个百分点扣0.5分，扣完为止",
        {"tier": "whole", "step": "proportion", "end": "upper"},
        [0.9],
    ),
]
ASKED = [  # no formula says these, or says them exactly
    ("≥95%", "每发现一处不合规扣1分，扣完为止", {}),
    ("≤20万元", "未达到指标值按比例得分", {"ratio": "inverse"}),
    ("≥95%", "每降低1个百分点扣0.2分，扣完为止", {}),
    ("≥80%", "完成率低于60%不得分，60%及以上按比例得分，最高得满分", {}),
]


def test_previews_of_criteria_are_the_engines_points(tmp_path: Path):
    rows = [(target, text, reads, value) for target, text, reads, values in SIMPLE for value in values]
    worth = [9_000 // len(rows)] * len(rows)
    worth[-1] += 9_000 - sum(worth)
    folder = tmp_path / "rules" / "projects" / "2024" / "600001"
    folder.mkdir(parents=True)
    lines = ["code: P1", "name: 示例项目", "year: 2024", "policy: cn-2020-10", "unit: {code: '600001', name: 示例单位}",
             "source: {document: 示例数据}", "budget: {total: 100, fiscal: 100, other: 0}", "plan: {12月底: 100%}",
             "goals: [示例]", "indicators:"]  # fmt: skip
    for number, ((target, text, reads, _), points) in enumerate(zip(rows, worth, strict=True), 1):
        answers = "{" + ", ".join(f"{key}: '{answer}'" for key, answer in reads.items()) + "}"
        lines += [f"  - id: 行{number}", "    category: 产出指标", "    dimension: 数量指标", f"    name: 示例{number}",
                  f"    target: '{target}'", f"    points: {points // 100}.{points % 100:02}", f"    criterion: {text}",
                  f"    reads: {answers}"]  # fmt: skip
    (folder / "P1.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rules = load_rulebook(tmp_path / "rules", SHARED)
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables_of(rules, None, None), {}, 1)))
    at = places(sheet_of(book, "P1"))
    at["资金", "", "adjusted"].value = at["资金", "", "executed"].value = 100
    for number, (*_, value) in enumerate(rows, 1):
        at["指标", f"行{number}", "actual"].value = value
    read, problems = read_actuals(saved(book, tmp_path / "actuals" / "a.xlsx").parent, rules)
    assert problems == []
    (table,) = evaluate(rules, read, executor="frame").tables
    sheet = sheet_of(recalculated(book, tmp_path), "P1")
    column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "得分预览")
    for row in table.rows:
        shown = sheet.cell(at["指标", row.indicator.id, "actual"].row, column).value
        case = (row.indicator.target, row.indicator.criterion, row.actual_shown, row.points)
        assert isinstance(shown, int | float), (*case, shown)
        assert round(shown * 100) == row.earned, (*case, shown, row.earned)


@pytest.mark.parametrize(("target", "text", "reads"), ASKED)
def test_what_pieces_do_not_say_has_none(target: str, text: str, reads: dict[str, str]):
    assert pieces_of(standard(text, reads), target, Fraction(10)) is None


@given(st.sampled_from([*SIMPLE, *FINE]), st.fractions(0, 200, max_denominator=60))
def test_pieces_are_the_scoring_itself(row: tuple[str, str, dict[str, str], list[float]], number: Fraction):
    target, text, reads, _ = row
    own = standard(text, reads)
    pieces = pieces_of(own, target, Fraction(10))
    assert pieces is not None
    aim = Situation(target).aim()
    assert aim is not None
    x = Fraction(int(number)) if pieces.whole else number
    value = Quantity(x, WORDS["%"] if aim.unit.name == "%" else aim.unit)
    earned = found(own.tree, Situation(target, str(aim), Fraction(10), computed=value)).earned
    assert earned is not None and earned.points == pieces.value(x, Fraction(10))
