"""The readings of a filled table: words that say it was not done, one meaning in one group, points that follow from sums,
forms without scores, and the policies a table admits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.auditing.audit import Audited, audit
from evaluator.auditing.rounding import coarser, rounded
from evaluator.auditing.words import falls_short, kept
from evaluator.figures import half_up
from evaluator.intake.filled.formdata import FilledTable
from tests.test_audit import NATIONAL, POLICIES, checked, codes, row, verdict


def told(made: Audited) -> list[str]:
    return [one.verdict.verdict for one in made.rows]


# ---- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("及时", "不及时"), ("及时发放", "未及时发放"), ("按时完成", "延期完成"), ("满意", "不满意"), ("规范", "不规范"),
        ("有效改善", "改善不明显"), ("有效促进", "效果不明显"), ("逐步提升", "未开展"), ("提高", "未提高"), ("提高", "有所下降"),
        ("减少污染", "污染增加"), ("有效保障", "保障不力"), ("达到预期", "未达到预期"), ("无事故", "发生事故1起"), ("零投诉", "3起"),
        ("全部完成", "完成90%"), ("良好", "一般"), ("健全", "尚未建立"), ("持续改善", "仍有不足"),
    ],
)  # fmt: skip
def test_words_that_say_it_was_not_done_cannot_have_full_points(target: str, actual: str) -> None:
    assert falls_short(target, actual)
    assert verdict(target, actual, 10, 10) == "differ"
    assert verdict(target, actual, 10, 7) != "agree"


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("显著提升", "有所提升"), ("显著提升", "提升"), ("群众满意", "比较满意"), ("确保安全", "未发生安全事故"), ("不断提高", "逐步提高"),
        ("提升服务水平", "服务水平不断提升"), ("降低成本", "成本明显降低"), ("良好", "优秀"), ("不断完善", "未出现不规范情况"),
        ("减少污染", "环境改善"), ("提高效益", "成本下降"), ("准确", "无偏差"), ("满意", "无不满意"), ("及时", "逾期率0%"), ("持续改善", "显著改善，仍有提升空间"),
        ("未发生安全事故", "全年安全生产365天"), ("未发生安全事故", "巡查12次，未发生事故"), ("无投诉", "有效控制投诉"), ("减少影响", "影响不大"),
        ("零事故", "未开展"), ("规范", "管理不断规范"), ("及时", "无延期"), ("提升服务水平", "投诉减少"), ("保持稳定", "未减少"), ("有效改善", "不断改善，未出现问题"),
        ("提高满意度", "不满意率下降"), ("有效改善", "不断改善"), ("合格", "基本合格"),
    ],
)  # fmt: skip
def test_other_words_are_left_to_the_assessor_or_agree(target: str, actual: str) -> None:
    assert not falls_short(target, actual)
    assert verdict(target, actual, 10, 10) != "differ"


@pytest.mark.parametrize(
    ("target", "actual", "met"),
    [
        ("全覆盖", "100%", True), ("全覆盖", "100.0%", True), ("全覆盖", "98%", False), ("零事故", "0起", True), ("无投诉", "未发生投诉", True),
        ("无投诉", "无", True), ("零事故", "未开展", False), ("无投诉", "没有统计", False), ("零事故", "10起", False), ("未发生安全事故", "无事故", True), ("全部完成", "全部", False),
    ],
)  # fmt: skip
def test_words_that_are_surely_reached(target: str, actual: str, met: bool) -> None:
    assert kept(target, actual) is met


@pytest.mark.parametrize(
    ("target", "actual", "word"),
    [
        ("12月底前", "次年1月15日", "differ"), ("第四季度", "次年第一季度", "differ"), ("2023年10月前", "2023年12月", "differ"),
        ("2023年12月", "2024年1月", "differ"), ("9月前", "11月", "differ"), ("6月30日前", "6月30日", "agree"), ("3月", "4月", "undecidable"),
        ("11月底", "11月30日", "agree"), ("12月底前", "已完成", "undecidable"), ("12月底前", "按时完成", "agree"), ("12月底前", "逾期完成", "differ"),
    ],
)  # fmt: skip
def test_deadlines(target: str, actual: str, word: str) -> None:
    assert verdict(target, actual, 10, 10, level2="时效指标") == word


# ---- numbers -----------------------------------------------------------------------------------------------------


@given(st.fractions(0, 100, max_denominator=997), st.integers(0, 2))
def test_a_score_is_right_at_the_decimals_it_shows_and_only_there(exact: Fraction, places: int) -> None:
    printed = half_up(exact, places)
    assert rounded(exact, half_up(exact, places or 2))
    assert rounded(exact, printed) or coarser(exact, printed)
    assert not rounded(exact + Fraction(1, 10 ** (places or 2)), half_up(exact, places or 2))


@given(st.integers(1, 200), st.integers(1, 400), st.integers(1, 60), st.integers(0, 2))
def test_the_roundings_of_an_actual_are_found_by_trying_them(aim: int, done: int, points: int, places: int) -> None:
    """An oracle: scores of actuals that would be printed so, a hundred of them, are never called wrong where finer than whole."""
    for step in range(-50, 50):
        value = Fraction(done) + Fraction(step, 100)
        if value >= aim:
            continue
        score = half_up(points * value / aim, places or 2)
        assert verdict(f"≥{aim}%", f"{done}%", points, score) != "differ" or coarser(
            Fraction(points * done, aim), score
        )


def test_a_ceiling_kept_and_scored_like_a_floor_differs() -> None:
    assert verdict("100万元", "80万元", 10, 8, level2="成本指标") == "differ"
    assert verdict("≤100万元", "80万元", 10, 8) == "differ"
    assert verdict("400元/人·天", "180元/人·天", 10, 10, level3="培训成本") == "agree"  # a ceiling, by its name
    assert verdict("≤100万元", "50万元", 10, 8) == "undecidable"  # taken off for a target set too high


def test_one_group_has_one_direction() -> None:
    def bare(*cells: tuple[str, str, int, int]) -> Audited:
        return checked(rows=[row(*one, level1="产出指标", level2="数量指标") for one in cells])

    up, down = ("100", "80", 10, 8), ("50", "40", 10, 10)
    assert told(bare(up)) == told(bare(down)) == ["agree"]
    assert told(bare(up, down)) == ["undecidable", "undecidable"]
    assert told(bare(up, down, up)) == ["agree", "undecidable", "agree"]
    assert all(len(one.verdict.readings) > 1 for one in bare(up, down).rows)
    apart = [row(*up, level2="数量指标"), row(*down, level2="质量指标")]
    assert told(checked(rows=apart)) == ["agree", "agree"]


def test_a_row_with_points_of_its_own_is_not_merged_with_the_one_above() -> None:
    above, below = row("≥95%", "95%", 30, 27), row("≥95%", "95%", 10, None)
    made = checked(rows=[above, below, row("≥1次", "1次", 50, 50)])
    assert told(made) == ["differ", "undecidable", "agree"]
    assert {"missing-cause", "score-blank"} <= codes(made)


# ---- points that follow from sums --------------------------------------------------------------------------------


def unpointed(*cells: tuple[str, str, object], worth: int = 80) -> Audited:
    rows = [row(target, actual, None, score, level1="年度目标") for target, actual, score in cells]
    execution = {"points": 100 - worth, "rate": "100%", "score": 100 - worth}
    return checked("hubei-2020-3", rows, execution=execution, rows_complete=True)


def test_the_row_that_lost_the_points_is_found() -> None:
    made = unpointed(("10场", "10场", 10), ("95%", "95%", 9.5), ("20人", "20人", 20), ("100%", "100%", 40))
    assert told(made) == ["agree", "differ", "agree", "agree"]
    assert made.rows[1].verdict.computed == "10.00"
    unsure = unpointed(("10场", "10场", 11), ("5场", "5场", 8), ("20人", "20人", 20), ("100%", "100%", 40))
    assert "differ" not in told(unsure)
    assert told(unsure).count("undecidable") > 1


def test_scores_and_attainments_give_the_points() -> None:
    made = unpointed(("10场", "10场", 10), ("100%", "98%", 9.8), ("20人", "20人", 20), ("100%", "100%", 40))
    assert told(made) == ["agree"] * 4
    full = unpointed(("10场", "5场", 10), ("100%", "100%", 10), ("20人", "20人", 20), ("100%", "100%", 40))
    assert told(full) == ["differ", "agree", "agree", "agree"]


@given(st.lists(st.integers(1, 8), min_size=2, max_size=5), st.data())
def test_one_loss_among_fives_is_always_found(fives: list[int], data: st.DataObject) -> None:
    points = [5 * five for five in fives]
    at = data.draw(st.integers(0, len(points) - 1))
    lost = data.draw(
        st.fractions(Fraction(1, 10), points[at], max_denominator=10).filter(lambda one: (one / 5).denominator > 1)
    )
    scores = [half_up(value - (lost if n == at else 0), 4) for n, value in enumerate(points)]
    made = unpointed(*[("10场", "10场", score) for score in scores], worth=sum(points))
    assert told(made) == ["differ" if n == at else "agree" for n in range(len(points))]


# ---- forms without scores ----------------------------------------------------------------------------------------


def test_a_form_without_scores_says_met_or_not() -> None:
    rows = [
        row("≥95%", "96%", None, None),
        row("≥95%", "90%", None, None),
        row("6次", "150次", None, None),
        row("及时", "及时", None, None),
    ]
    money = {"unit": "万元", "full_year": "811.54", "executed": "811.54"}
    [made] = audit([FilledTable(id="t", indicators=rows, funding=money, execution={"rate": "100%"})], POLICIES)
    assert told(made) == ["agree", "undecidable", "agree", "agree"]
    assert made.rows[1].unmet
    assert codes(made) == {"unmet-without-cause", "over-fulfilment-without-comment"}
    assert made.execution.verdict.verdict == "agree"
    wrong = FilledTable(id="t", indicators=rows, funding=money | {"executed": "400"}, execution={"rate": "68.33%"})
    assert audit([wrong], POLICIES)[0].execution.verdict.verdict == "undecidable"


# ---- the policies a table admits ---------------------------------------------------------------------------------


def test_what_two_policies_that_fit_alike_say_differently_is_undecidable() -> None:
    rows = [row("≤100人", "150人", 10, 5, level3="投诉人数"), row("≤100人", "150人", 10, 6.67, level3="投诉起数")]
    made = checked(None, rows)
    assert told(made) == ["undecidable", "undecidable"]
    assert all(len(one.verdict.readings) > 1 for one in made.rows)
    assert told(checked(None, [*rows, rows[1]])) == ["undecidable", "agree", "agree"]


def test_only_policies_with_the_printed_execution_points_are_tried() -> None:
    rows: list[dict[str, Any]] = [row("有所提升", "部分达成并具有一定效果", 10, 5.5)]
    execution = {"points": 10, "rate": "100%", "score": 10}
    assert told(checked(None, rows, execution=execution)) == ["differ"]
    assert told(checked(None, rows, execution={"points": 20, "rate": "100%", "score": 20})) == ["agree"]


def test_levels_far_from_their_policy_and_grades_that_no_policy_gives() -> None:
    def table(*points: int, **more: Any) -> Audited:
        names = ("产出指标", "效益指标", "满意度指标")
        rows = [row("≥1次", "1次", each, each, level1=name) for each, name in zip(points, names, strict=False)]
        return checked(NATIONAL, rows, execution={"points": 10, "rate": "100%", "score": 10}, total_score="100", **more)

    assert codes(table(50, 30, 10)) == codes(table(60, 30)) == codes(table(90)) == set()
    assert codes(table(20, 70)) == {"level-points"}
    assert codes(table(50, 30, 10, grade="良")) == {"grade-apart"}
    assert codes(table(50, 30, 10, grade="优")) == set()
