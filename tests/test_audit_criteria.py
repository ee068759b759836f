"""A filled table with a 评分标准 column: each row recomputed by its own sentence; what is open or cannot be read is never called right."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.auditing.audit import Audited, audit
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import Situation
from evaluator.criteria.undecided import found, outcomes
from evaluator.figures import half_up
from evaluator.intake.filled.formdata import ExecutionRow, FilledRow, FilledTable
from tests.oracle import found_policies

POLICIES = {"cn-2020-10": found_policies()["cn-2020-10"]}


def audited(*rows: tuple[str, str, str, str, str]) -> Audited:
    """A table of rows: target, actual, points, score, criterion."""
    cells = [
        FilledRow(
            level1="产出指标",
            level2="数量指标",
            level3=f"示例{number}",
            target=target,
            actual=actual,
            points=points,
            score=score,
            criterion=criterion,
            deviation_note="示例原因",
        )
        for number, (target, actual, points, score, criterion) in enumerate(rows, 1)
    ]
    execution = ExecutionRow(points="10", rate="100%", score="10")
    return audit([FilledTable(id="示例", year=2024, indicators=cells, execution=execution)], POLICIES)[0]


@pytest.mark.parametrize(
    ("target", "actual", "score", "criterion", "verdict"),
    [
        ("≥59人", "57人", "9", "每少1人扣0.5分，扣完为止", "agree"),
        ("≥59人", "57人", "9.66", "每少1人扣0.5分，扣完为止", "differ"),  # what the policy's ratio would give
        ("≥95%", "93.5%", "8.5", "每降低1个百分点扣1分，扣完为止", "undecidable"),  # 8.5, 9 and 8 by three readings
        ("≥95%", "93.5%", "9.5", "每降低1个百分点扣1分，扣完为止", "differ"),  # by none of them
        ("≥95%", "93%", "8", "每降低1个百分点扣1分，扣完为止", "agree"),  # all of them
        ("≥95%", "93%", "8", "由各单位自行制定", "undecidable"),
        (
            "≤0起",
            "0起",
            "10",
            "每发现一处不合规扣1分，扣完为止",
            "undecidable",
        ),  # how many there were is not on the table
        ("≥90%", "85%", "8", "90%（含）以上得10分，80%（含）—90%得8分，80%以下不得分", "agree"),
        ("≥90%", "85%", "10", "90%（含）以上得10分，80%（含）—90%得8分，80%以下不得分", "differ"),
        ("≥90%", "96%", "10", "未达到指标值，按比例记分", "agree"),
        ("≥90%", "81%", "9", "未达到指标值，按比例记分", "agree"),
        ("6月30日前", "7月5日", "7.5", "按时完成得满分，每逾期1天扣0.5分，扣完为止", "agree"),
    ],
)
def test_a_row_is_recomputed_by_its_own_standard(target: str, actual: str, score: str, criterion: str, verdict: str):
    judged = audited((target, actual, "10", score, criterion)).rows[0].verdict
    assert judged.verdict == verdict, judged
    assert "评分标准" in judged.reason or any("评分标准" in reading for reading in judged.readings)
    assert verdict != "undecidable" or len(judged.readings) > 1


def test_the_same_as_above_is_the_standard_of_the_row_above():
    rows = audited(("≥59人", "57人", "10", "9", "每少1人扣0.5分，扣完为止"), ("≥20人", "18人", "10", "9", "同上")).rows
    assert [row.verdict.verdict for row in rows] == ["agree", "agree"]


def test_without_a_standard_the_policy_scores():
    assert audited(("≥100人", "90人", "10", "9", "/")).rows[0].verdict.verdict == "agree"


@given(st.integers(1, 200), st.integers(0, 250), st.sampled_from(["每少2人扣1分", "每少1人扣0.5分，扣完为止"]))
def test_what_is_called_right_is_what_every_reading_gives(aim: int, actual: int, criterion: str):
    situation = Situation(f"≥{aim}人", f"{actual}人", Fraction(10))
    ends, inputs = outcomes(read(criterion), situation)
    points = {earned.points for _, earned in ends}
    assert not inputs and points
    score = half_up(min(one for one in points if one is not None), 2)
    verdict = audited((f"≥{aim}人", f"{actual}人", "10", score, criterion)).rows[0].verdict.verdict
    expected = "agree" if len(points) == 1 else "undecidable"
    assert verdict == expected or (verdict == "differ" and Fraction(score) < 0)
    earned = found(read(criterion), situation).earned
    assert (earned is not None) == (len(points) == 1)
