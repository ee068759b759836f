"""An illustrative street office whose goal table uses every way of scoring (示例数据): imported, answered once, scored and audited by hand."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

from docx import Document

from evaluator.actuals.resultfiles import load_actuals
from evaluator.auditing.audit import audit
from evaluator.evaluation import evaluate
from evaluator.figures import half_up
from evaluator.intake.filled.formdata import ExecutionRow, FilledRow, FilledTable
from evaluator.rulebook.book import load_rulebook
from tests.conftest import ROOT
from tests.fixtures.standards.make_goals import HEAD, NAME, OFFICE, ROWS
from tests.test_cli import Ziping, ziping  # noqa: F401

CODE = "388001P24B01"
BY_HAND = {  # of each method; the figures are worked out in docs/criteria.md
    "每少多少扣分": "4", "按数累加法": "5", "逐项给分": "4", "采集数据": "4.75", "缺项扣分法": "4", "是否评分法": "5", "每迟多少扣分": "4",
    "分阶段": "4.6", "比率分值法": "4.75", "每超多少扣分": "3", "指标值是0": "5", "超过界限不得分": "10", "分级评分法": "8", "满意值赋分法": "8",
}  # fmt: skip


def test_the_document_is_the_one_that_is_drawn():
    table = Document(str(OFFICE / NAME)).tables[0]
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    drawn = [row + [""] * (8 - len(row)) for row in [*HEAD, *(row for _, row in ROWS)]]
    assert texts == drawn
    assert [method for method, _ in ROWS] == list(BY_HAND)


def test_every_method_scores_as_by_hand_and_is_audited_so(tmp_path: Path, ziping: Ziping):  # noqa: F811
    space = tmp_path / "示例办"
    assert ziping("init", space, "--unit", "388001", "--name", "示例街道办事处", "--year", "2024", "--empty").code == 0
    assert ziping("import", OFFICE / NAME, "--into", space).out.count("D316") == 1
    assert ziping("answer", space, "--set", f"{CODE}.reads.step=不足一个单位的按一个单位计").code == 0
    shutil.copy(OFFICE / "评分标准.yaml", space / "actuals" / "2024" / "388001" / f"{CODE}.yaml")
    assert ziping("check", space).code == 0
    rulebook = load_rulebook(space / "rules", ROOT / "rules")
    (table,) = evaluate(rulebook, load_actuals(space / "actuals", rulebook), executor="frame").projects
    assert {method: Fraction(row.earned, 100) for (method, _), row in zip(ROWS, table.rows, strict=True)} == {
        method: Fraction(points) for method, points in BY_HAND.items()
    }
    assert table.score == 8410
    shown = [row.actual_shown for row in table.rows]
    assert shown[2] == "制度健全：是；台账完整：是；专人负责：否" and shown[4] == "缺1项"
    cells = [
        FilledRow(level1=row.indicator.category, level2=row.indicator.dimension, level3=row.indicator.name, target=row.indicator.target,
                  actual=row.actual_shown, points=half_up(Fraction(row.points, 100), 2), score=half_up(Fraction(row.earned, 100), 2),
                  criterion=str(row.indicator.criterion), deviation_note="示例原因")
        for row in table.rows
    ]  # fmt: skip
    filled = FilledTable(
        id="示例", year=2024, indicators=cells, execution=ExecutionRow(points="10", rate="100%", score="10")
    )
    (audited,) = audit([filled], {table.policy.id: table.policy})
    verdicts = {method: row.verdict.verdict for (method, _), row in zip(ROWS, audited.rows, strict=True)}
    asked = {
        "逐项给分",
        "采集数据",
        "缺项扣分法",
        "分阶段",
        "每超多少扣分",
    }  # a person's answer, or the rounding, is not on the table
    assert {method for method, verdict in verdicts.items() if verdict == "undecidable"} == asked
    assert all(verdict == "agree" for method, verdict in verdicts.items() if method not in asked)
    foreseen_where_little_is_filled_in(space, ziping)


LITTLE = """code: 388001P24B01
year: 2024
illustrative: true
spending: {adjusted: 120, executed: 100}
achieved: 示例
results:
  数量3: {given: {fact1: 是, fact2: 是, fact3: 否}, cause: 没有专人, remedy: 明确专人}
  质量1: {given: {data1: 57, data2: 60}, cause: 三人未通过, remedy: 补考}
"""


def foreseen_where_little_is_filled_in(space: Path, ziping: Ziping):  # noqa: F811
    """What hangs on one thing alone is foreseen, sought and weighed; the two rows that do not stand as they are."""
    (space / "actuals" / "2024" / "388001" / f"{CODE}.yaml").write_text(LITTLE, encoding="utf-8")
    asked = ziping("forecast", "--workspace", space)
    assert (asked.code, "U378" in asked.err, "reads: rate" in asked.err) == (2, True, True)
    rules = space / "rules" / "projects" / "2024" / "388001" / f"{CODE}.yaml"
    rules.write_text(rules.read_text("utf-8").replace("  step: 不足", "  rate: target\n  step: 不足", 1), "utf-8")
    (range_,) = json.loads(ziping("forecast", "--workspace", space, "-f", "json").out)
    assert (range_["lowest"]["score"], range_["highest"]["score"]) == ("17.08", "98.75")
    assert range_["highest"]["witness"]["质量2"] == "缺0项" and range_["lowest"]["witness"]["时效1"] == "迟了5个月"
    (answer,) = json.loads(ziping("goal-seek", "--grade", "优", "--workspace", space, "-f", "json").out)
    assert answer["reached"] and answer["result"]["score"] == "90.00"
    (levers,) = json.loads(ziping("sensitivity", "--workspace", space, "-f", "json").out)
    assert [row["id"] for row in levers["rows"] if row["to_gain"] is None] == ["数量3", "质量1"]
