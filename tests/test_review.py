"""The review scale: what grounds leave of a score, whatever their order; what a table alone shows; the file, its proofs, the command."""

from __future__ import annotations

import json
import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from evaluator.auditing.reviewed import review_table
from evaluator.documents.validation import read_model
from evaluator.errors import ReviewProblems, RuleProblems, UsageProblem
from evaluator.handbook.coverage import Coverage
from evaluator.handbook.reviews import reviews_chapter
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.intake.filled.formloading import load_filled, read_several
from evaluator.reviewing.applying import Reviewed, ReviewedRow, RowGround, review
from evaluator.reviewing.proving import prove_scale
from evaluator.reviewing.scale import Ground, ReviewScale, load_review_scale, read_review_scales
from evaluator.scenarios.reviewscenario import ReviewFile, ReviewScenario, see
from tests.test_cli import ziping  # noqa: F401

ROOT = Path(__file__).parents[1]
FILE = ROOT / "rules/reviews/county-2026.yaml"
CASES = ROOT / "scenarios/reviews/county-2026.yaml"
TABLE = ROOT / "tests/fixtures/reviews/table.yaml"
SCALE = load_review_scale([ROOT / "rules"], "county-2026")
DEDUCTS = ["no_evidence", "unrelated", "unverifiable", "mostly_unverifiable", "partly_unverifiable", "no_survey", "partly_late", "misplaced"]  # fmt: skip
KINDS = frozenset(("满意度", "期限"))


# ---- grounds applied ---------------------------------------------------------------------------------------------


def oracle(scale: ReviewScale, rows: list[ReviewedRow], stated: list[RowGround], step: int) -> list[Decimal]:
    """The same in decimals and by passes: kept shares row by row, then every repeated row against every other."""
    left = []
    for row in rows:
        cuts = [100 - int(one.keeps * 100) for one in scale.grounds if one.keeps is not None
                and any((each.row, each.clause) == (row.row, one.id) for each in stated)]  # fmt: skip
        cut = max(cuts, default=0) if scale.several.takes == "最大一项" else min(sum(cuts), 100)
        score = Decimal(row.score.numerator) / Decimal(row.score.denominator)
        size = Decimal(step) / 100
        exact = score * (100 - cut) / 100
        rounded = (exact / size).quantize(Decimal(1), ROUND_HALF_UP) * size
        left.append(score if not cut else min(rounded, score))
    same = [{number} for number in range(len(rows))]
    names = [row.row for row in rows]
    for _ in rows:
        for one in stated:
            if one.same_as:
                pair = same[names.index(one.row)] | same[names.index(one.same_as)]
                for number in pair:
                    same[number] = same[number] | pair
    return [
        worth if all((left[other], -other) <= (worth, -number) for other in same[number]) else Decimal(0)
        for number, worth in enumerate(left)
    ]


@st.composite
def reviews(draw: st.DrawFn) -> tuple[list[ReviewedRow], list[RowGround], int]:
    """Rows with scores of up to three decimals, and grounds stated of them."""
    scores = draw(st.lists(st.integers(0, 100_000), min_size=1, max_size=6))
    rows = [ReviewedRow(f"行{n}", Fraction(score, 1000), KINDS) for n, score in enumerate(scores)]
    names = st.sampled_from([row.row for row in rows])
    stated = draw(st.lists(st.builds(RowGround, names, st.sampled_from([*DEDUCTS, "over_fulfilled"])), max_size=8))
    if len(rows) > 1:
        pairs = st.tuples(names, names).filter(lambda pair: pair[0] != pair[1])
        stated += [RowGround(one, "repeated", other) for one, other in draw(st.lists(pairs, max_size=4))]
    return rows, stated, draw(st.sampled_from([1, 10, 50, 100]))


SUMMED = SCALE.model_copy(update={"several": SCALE.several.model_copy(update={"takes": "累加"})})
SCALES = st.sampled_from([SCALE, SUMMED])


def total(made: tuple[Reviewed, ...]) -> Fraction:
    return sum((one.review for one in made), Fraction(0))


@given(SCALES, reviews())
def test_a_review_is_what_the_oracle_says(scale: ReviewScale, case: Any):
    rows, stated, step = case
    assert [one.review for one in review(scale, rows, stated, step)] == [
        Fraction(one) for one in oracle(scale, rows, stated, step)
    ]


@given(SCALES, reviews(), st.randoms(use_true_random=False))
def test_scores_are_bounded_and_no_order_or_repetition_of_grounds_matters(
    scale: ReviewScale, case: Any, shuffled: random.Random
):
    rows, stated, step = case
    made = review(scale, rows, stated, step)
    assert all(0 <= one.review <= one.score == row.score for one, row in zip(made, rows, strict=True))
    again = [*stated, *stated[:2]]
    shuffled.shuffle(again)
    turned = [RowGround(one.same_as, one.clause, one.row) if one.same_as else one for one in again]
    assert review(scale, rows, turned, step) == made


@given(SCALES, reviews())
def test_one_ground_more_never_raises_a_total(scale: ReviewScale, case: Any):
    rows, stated, step = case
    totals = [total(review(scale, rows, stated[:count], step)) for count in range(len(stated) + 1)]
    assert totals == sorted(totals, reverse=True)


@given(reviews(), st.permutations(range(6)))
def test_a_repeated_indicator_counts_once_in_total(case: Any, order: list[int]):
    """Whoever is said to repeat whom, all rows being one indicator, the total is the best row's."""
    rows, stated, step = case
    chain = [row for number in order for row in rows[number : number + 1]]
    linked = [RowGround(one.row, "repeated", other.row) for one, other in pairwise(chain)]
    plain = [one for one in stated if not one.same_as]
    alone = review(SCALE, rows, plain, step)
    made = review(SCALE, rows, [*plain, *linked], step)
    assert total(made) == max(one.review for one in alone)
    assert sum(one.counted_as == "" for one in made) == 1


@given(reviews())
def test_what_is_not_deducted_leaves_everything(case: Any):
    rows, _, step = case
    assert total(review(SCALE, rows, [RowGround(row.row, "over_fulfilled") for row in rows], step)) == sum(
        row.score for row in rows
    )


def test_the_larger_deduction_or_their_sum():
    row, both = (
        [ReviewedRow("a", Fraction(10))],
        [RowGround("a", "mostly_unverifiable"), RowGround("a", "partly_unverifiable")],
    )
    assert review(SCALE, row, both, 1)[0].review == 4
    assert review(SUMMED, row, both, 1)[0].review == 1
    assert review(SUMMED, row, [*both, RowGround("a", "unverifiable")], 1)[0].review == 0


def test_rounding_is_half_up_once_and_never_above_the_score():
    def left(score: str, clause: str, step: int = 1) -> Fraction:
        return review(SCALE, [ReviewedRow("a", Fraction(score))], [RowGround("a", clause)], step)[0].review

    assert left("9.35", "partly_unverifiable") == Fraction("6.55")  # 6.545
    assert left("8.333", "over_fulfilled") == Fraction("8.333")
    assert left("0.5", "partly_unverifiable", 100) == 0
    assert left("0.9", "partly_unverifiable", 100) == Fraction("0.9")  # 0.63 would be 1


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (RowGround("a", "no_evidenc"), "V101"),
        (RowGround("b", "no_evidence"), "V102"),
        (RowGround("a", "repeated", "b"), "V102"),
        (RowGround("a", "no_survey"), "V103"),
        (RowGround("a", "repeated"), "V104"),
        (RowGround("a", "repeated", "a"), "V104"),
        (RowGround("a", "no_evidence", "a"), "V104"),
    ],
)
def test_what_cannot_be_applied_is_refused(stated: RowGround, code: str):
    with pytest.raises(ReviewProblems) as raised:
        review(SCALE, [ReviewedRow("a", Fraction(10)), ReviewedRow("c", Fraction(-1))], [stated], 1)
    assert [one.code for one in raised.value.problems] == ["V105", code]


# ---- what a table shows ------------------------------------------------------------------------------------------


def shown(table: FilledTable) -> set[tuple[int, str]]:
    made = review_table(table, SCALE, 1)
    return {(row.index, one.ground.id) for row in made.rows for one in row.shown}


def test_a_table_without_a_sign_keeps_its_scores():
    rows = [FilledRow(level1="产出指标", level2="数量指标", level3="培训人数", target="≥100人", actual="100人", points="90", score="90")]  # fmt: skip
    made = review_table(FilledTable(id="a", indicators=rows, total_score="90"), SCALE, 1)
    assert (made.total, made.lowered, shown(FilledTable(id="a", indicators=rows))) == (90, False, set())
    assert {one.ground.id for one in made.open} == {one.id for one in SCALE.grounds if one.does != "不扣分"} - {
        "no_survey",
        "partly_late",
    }


def test_the_total_is_told_only_where_it_is_certain():
    table = load_filled(TABLE)[0]
    assert review_table(table, SCALE, 1).total == 67
    for update in ({"rows_complete": False}, {"execution": table.execution.model_copy(update={"score": None})}):
        assert review_table(table.model_copy(update=update), SCALE, 1).total is None
    capped = review_table(table.model_copy(update={"total_score": "60"}), SCALE, 1)
    assert capped.total == 60
    unread = [row.model_copy(update={"score": "约10"}) if n == 2 else row for n, row in enumerate(table.indicators)]
    assert review_table(table.model_copy(update={"indicators": unread}), SCALE, 1).total is None


def test_a_row_that_repeats_one_without_a_score_of_its_own_is_left_open():
    table = load_filled(TABLE)[0]
    rows = [row.model_copy(update={"score": "—"}) if n == 0 else row for n, row in enumerate(table.indicators)]
    made = review_table(table.model_copy(update={"indicators": rows}), SCALE, 1)
    assert made.rows[5].review is None and made.total is None


def test_published_tables_show_only_what_is_there():
    """Of the published tables kept as examples one row shows a sign: 群众满意度 answered by 完成."""
    tables = read_several(sorted((ROOT / "tests/fixtures/filled").glob("*.yaml")))[0]
    assert {(table.id, *one) for table in tables for one in shown(table)} == {
        ("hb-huangshi-haimian-2022", 7, "no_survey")
    }


@given(st.lists(st.text("满意度≥90%元逾期部分按时6月日0-9无、，12", max_size=12), min_size=5, max_size=5))
def test_no_text_breaks_a_review(texts: list[str]):
    level2, level3, target, actual, note = (text or None for text in texts)
    row = FilledRow(
        level2=level2, level3=level3, target=target, actual=actual, points="10", score="8.5", deviation_note=note
    )
    made = review_table(FilledTable(id="a", year=2026, indicators=[row, row]), SCALE, 1)
    assert made.total is not None and 0 <= made.total <= 17


# ---- the scenarios -------------------------------------------------------------------------------------------------

SCENARIOS, PROBLEMS = read_model(ReviewFile, CASES, CASES.name)


def test_the_scenarios_read_name_their_schema_and_say_their_data_are_made_up():
    assert SCENARIOS is not None and PROBLEMS == []
    first, second, *_ = CASES.read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=../../rules/schema/reviews.schema.json"
    assert second.startswith("# 示例数据")
    schema = json.loads((ROOT / "rules/schema/reviews.schema.json").read_text(encoding="utf-8"))
    document = YAML(typ="safe", pure=True).load(CASES.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
    names = [one.name for one in SCENARIOS.reviews]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("one", SCENARIOS.reviews if SCENARIOS else [], ids=lambda one: one.name)
def test_a_scenario(one: ReviewScenario):
    assert see(one, {SCALE.id: SCALE}).failures == ()


@pytest.mark.parametrize("ground", SCALE.grounds, ids=lambda one: one.id)
def test_every_ground_has_a_scenario_that_fires_and_one_that_nearly_does(ground: Ground):
    seen = [see(one, {SCALE.id: SCALE}) for one in (SCENARIOS.reviews if SCENARIOS else [])]
    key = (SCALE.id, ground.id)
    assert any(key in one.fired for one in seen) and any(key in one.silent for one in seen)


@pytest.mark.parametrize(
    "expect",
    [
        "fires: [no_evidence]", "silent: [misplaced]", "doubts: [1/repeated]", "scores: {1: 5}", "total: 5",
        "refused: V101", "silent: [nothing]",
    ],
)  # fmt: skip
def test_a_scenario_that_is_wrong_fails(tmp_path: Path, expect: str):
    path = tmp_path / "a.yaml"
    rows = "[{level2: 数量指标, level3: 经费, target: =10元, actual: 10元, points: 10, score: 10}]"
    path.write_text(
        f"about: 甲\nreviews:\n  - {{name: 乙, scale: county-2026, rows: {rows}, expect: {{{expect}}}}}\n",
        encoding="utf-8",
    )
    file, _ = read_model(ReviewFile, path, "a.yaml")
    assert file is not None and len(see(file.reviews[0], {SCALE.id: SCALE}).failures) == 1


# ---- the file, its proofs, the command ---------------------------------------------------------------------------


def test_every_ground_says_how_it_is_known_and_is_no_rule():
    assert {one.known for one in SCALE.grounds} == {"做法"}
    assert all(one.seen and not one.checked for one in SCALE.grounds)


def test_every_promise_holds_and_a_broken_scale_is_refuted():
    assert all(one.holds for one in prove_scale(SCALE))
    grounds = {one.id: one for one in SCALE.grounds}
    broken = [
        grounds["unrelated"].model_copy(update={"keeps": Fraction(1)}),
        grounds["partly_late"].model_copy(update={"applies": "满意度"}),
        grounds["misplaced"].model_copy(update={"keeps": Fraction(3, 2)}),
    ]
    failed = {
        (one.clause, one.promise) for one in prove_scale(SCALE.model_copy(update={"grounds": broken})) if not one.holds
    }
    assert failed == {
        ("unrelated", "effective"), ("partly_late", "reachable"), ("misplaced", "bounded"), ("misplaced", "effective"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    keeps: 40%\n", "", "R152"),
        ("    does: 不扣分\n", "    does: 不扣分\n    keeps: 50%\n", "R152"),
        ("    above: 130%\n", "", "R152"),
        ("    shown_by_table: 指标重复\n", "", "R152"),
        ("id: unrelated", "id: no_evidence", "R151"),
        ("    keeps: 40%\n", "    keeps: 140%\n", "R103"),
        ("applies: 期限", "applies: 期间", "R103"),
    ],
)
def test_a_faulty_file_is_told(tmp_path: Path, old: str, new: str, code: str):
    path = tmp_path / "rules/reviews/own.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert [one.code for one in read_review_scales([tmp_path / "rules"])[1]] == [code]


def test_two_scales_of_one_name_and_a_name_that_is_not_there(tmp_path: Path):
    path = tmp_path / "rules/reviews/own.yaml"
    path.parent.mkdir(parents=True)
    text = FILE.read_text(encoding="utf-8")
    path.write_text(text.replace("title: ", "title: 改过的", 1), encoding="utf-8")  # a copy that says the same is none
    with pytest.raises(RuleProblems, match="R153"):
        load_review_scale([tmp_path / "rules", ROOT / "rules"], "county-2026")
    with pytest.raises(UsageProblem, match=r"U312.*最接近的是：county-2026"):
        load_review_scale([ROOT / "rules"], "county-2025")


def test_the_command_tells_the_review_beside_the_audit(ziping: Any):  # noqa: F811
    plain, text = ziping("audit", str(TABLE)), ziping("audit", str(TABLE), "--review", "county-2026")
    assert text.code == 1
    assert text.out.startswith(plain.out.rstrip("\n"))
    assert "做法，不是制度规定" in text.out and "由第 6 行计分" in text.out
    told = ziping("audit", str(TABLE), "--review", "county-2026", "--format", "json").data["tables"][0]["review"]
    assert told["total"] == {"printed": "100", "review": "67.00", "why": ""}
    assert [row["review"] for row in told["rows"]] == ["0.00", "0.00", "10.00", "7.00", "10.00", "30.00", "0.00"]
    assert {one["basis"]["known"] for row in told["rows"] for one in row["grounds"]} == {"做法"}
    assert "review" not in ziping("audit", str(TABLE), "--format", "json").data["tables"][0]
    assert ziping("audit", str(TABLE), "--review", "county-2025").code == 2


def test_the_rule_book_has_a_page_of_each_ground():
    chapter = reviews_chapter({SCALE.id: SCALE}, Coverage((), 0, 0))
    (entry,) = chapter.topics
    assert [part.anchor for part in entry.parts] == [
        *(f"review-county-2026-{one.id}" for one in SCALE.grounds),
        "review-county-2026-proofs",
    ]
