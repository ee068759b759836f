"""On every table with written verdicts (published, and 示例数据) the audit says what a careful person would, and why not more."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.auditing.audit import Audited, audit
from evaluator.figures import half_up
from evaluator.intake.filled.formdata import FilledTable
from evaluator.rulebook.book import read_policies
from tests.verdicts import Expected, expected, inline

ROOT = Path(__file__).parents[1]
POLICIES = read_policies([ROOT / "rules"]).policies
TABLES = {one.table.id: one for one in (*expected("published"), *expected("made-up"), *inline())}


def codes(made: Audited) -> set[str]:
    return {defect.code for defect in made.defects}


@pytest.mark.parametrize("right", TABLES.values(), ids=TABLES)
def test_each_verdict_is_a_careful_persons(right: Expected) -> None:
    [made] = audit([right.table], POLICIES)
    assert tuple(row.verdict.verdict for row in made.rows) == right.rows, [row.verdict for row in made.rows]
    for wanted, judged in ((right.execution, made.execution), (right.total, made.total)):
        assert wanted in (None, judged.verdict.verdict), judged.verdict
    assert right.defects <= codes(made)
    assert codes(made) == right.defects or not right.whole


@pytest.mark.parametrize("right", TABLES.values(), ids=TABLES)
def test_what_is_undecidable_lists_the_readings_that_disagree(right: Expected) -> None:
    [made] = audit([right.table], POLICIES)
    for verdict in (*made.verdicts, made.total.verdict):
        assert (len(set(verdict.readings)) >= 2) == (verdict.verdict == "undecidable"), verdict


def test_the_tables_cover_every_verdict_and_most_defects() -> None:
    words = [word for one in TABLES.values() for word in one.rows]
    assert len(TABLES) >= 110
    assert all(words.count(word) > 40 for word in ("agree", "differ", "undecidable"))
    assert len({code for one in TABLES.values() for code in one.defects}) >= 30


# ---- whatever the numbers ----------------------------------------------------------------------------------------

NAMES = ["群众满意度", "培训次数", "投诉次数", "总成本", "处置时长", "某指标"]
ROW = st.tuples(
    st.sampled_from(NAMES), st.sampled_from("≥≤="), st.integers(1, 300), st.integers(1, 400), st.integers(1, 60),
    st.sampled_from(["%", "人", "万元", "小时", ""]), st.sampled_from([0, 1, 2]), st.booleans(),
)  # fmt: skip


def by_the_rule(sign: str, aim: int, done: int, points: int) -> Fraction:
    """The score of the national rule: full when met, else points × the ratio."""
    ratio = Fraction(aim, done) if sign == "≤" else Fraction(done, aim)
    return points * min(ratio, Fraction(1))


@given(st.lists(ROW, min_size=1, max_size=5))
def test_no_office_that_rounds_is_called_wrong(rows: list[tuple[str, str, int, int, int, str, int, bool]]) -> None:
    made, scores = [], []
    for name, sign, aim, done, points, unit, places, whole in rows:
        exact = by_the_rule(sign, aim, done, points)
        score = half_up(exact, places or 2)
        scores.append(Fraction(score))
        shown = str(scores[-1]) if whole and places != 1 and scores[-1].denominator == 1 else score  # 6.00 printed as 6
        made.append(
            {
                "level3": name,
                "target": f"{sign}{aim}{unit}",
                "actual": f"{done}{unit}",
                "points": points,
                "score": shown,
            }
        )
    total = half_up(sum(scores, Fraction(0)), 2)
    table = FilledTable(id="t", indicators=made, total_score=total, rows_complete=True)
    [judged] = audit([table], POLICIES)
    assert {row.verdict.verdict for row in judged.rows} == {"agree"}
    assert judged.total.verdict.verdict != "differ" or Fraction(total) > 100
    assert not {"reversed-sign", "score-above-points", "rounded"} & codes(judged)


@given(ROW, st.integers(0, 2))
def test_a_score_rounded_more_coarsely_differs_and_says_so(
    cells: tuple[str, str, int, int, int, str, int, bool], how: int
) -> None:
    name, sign, aim, done, points, unit, *_ = cells
    exact = by_the_rule(sign, aim, done, points)
    score = [half_up(exact, 0), str(int(exact)), half_up(exact * 2, 0)][how]
    score = score if how < 2 else half_up(Fraction(score) / 2, 1)
    row = {"level3": name, "target": f"{sign}{aim}{unit}", "actual": f"{done}{unit}", "points": points, "score": score}
    [judged] = audit([FilledTable(id="t", indicators=[row])], POLICIES, "cn-2020-10")
    right = Fraction(half_up(exact, len(score.partition(".")[2]) or 2)) == Fraction(score)
    assert right == (judged.rows[0].verdict.verdict == "agree") or judged.rows[0].verdict.verdict == "undecidable"
    assert right or judged.rows[0].verdict.verdict == "undecidable" or "rounded" in codes(judged)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 60))
def test_an_unmet_count_is_full_only_where_hundredths_make_it_so(aim: int, done: int, points: int) -> None:
    row = {"level3": "培训人数", "target": f"≥{aim}人", "actual": f"{done}人", "points": points, "score": points}
    [judged] = audit([FilledTable(id="t", indicators=[row])], POLICIES)
    full = Fraction(half_up(by_the_rule("≥", aim, done, points), 2)) == points
    assert judged.rows[0].verdict.verdict == ("agree" if full else "differ")


@given(ROW, st.integers(1, 6), st.sampled_from(["", "目标偏低，扣分"]))
def test_points_taken_for_far_over_fulfilment_are_left_to_the_assessor(
    cells: tuple[str, str, int, int, int, str, int, bool], off: int, note: str
) -> None:
    name, _, aim, _, points, unit, *_ = cells
    row = {
        "level3": name,
        "target": f"≥{aim}{unit}",
        "actual": f"{2 * aim}{unit}",
        "points": points + off,
        "score": points,
    }
    [judged] = audit([FilledTable(id="t", indicators=[row | {"deviation_note": note}])], POLICIES)
    assert judged.rows[0].verdict.verdict != "differ"
