"""What a policy says of rows with a criterion of their own: replaced, over-fulfilment kept, or refused, in every product."""

from __future__ import annotations

import io
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluator.adding import addition, effects_on
from evaluator.auditing.readings import readings
from evaluator.batch.pairs import Reader
from evaluator.explain import explain_row
from evaluator.handbook.clausewords import clause_says
from evaluator.intake.filled.formdata import FilledRow
from evaluator.model import Indicator, Result
from evaluator.policies.beyondrows import outside_of
from evaluator.policies.proofs import prove
from evaluator.preparation import tables_of
from evaluator.quantities.numerals import Unreadable
from evaluator.results import Money, TableScore
from evaluator.rowreading import read_row
from evaluator.rulebook.book import load_rulebook, read_rulebook
from evaluator.scenarios.scenario import read_scenarios, run_scenario
from evaluator.scoring import of_criterion, scored_cases
from evaluator.workbook.template import template_xlsx
from tests.oracle import ROOT, found_policies

BESIDE, REFUSED, USUAL = (found_policies()[name] for name in ("criteria-and-excess", "criteria-refused", "cn-2020-10"))
SHARE = "达到指标值得满分，未达到指标值按比例得分"
NOTHING = "完成率70%以下不得分，70%及以上按比例得分，最高得满分，＞130%不得分"
NO_MONEY = Money(0, None, None)


def row_of(criterion: str, target: str = "≥100人") -> Indicator:
    return Indicator.model_construct(
        id="数量1", category="产出指标", dimension="数量指标", name="人数", description="", target=target, sign=None,
        points=1000, criterion=criterion, reads={}, data={}, basis="", line=None, formula=None, of_data=None,
    )  # fmt: skip


def earned(policy, criterion: str, actual: str, target: str = "≥100人"):
    result = Result.model_construct(actual=actual, state=None, share=None, cause="", remedy="", evidence=[])
    reading = read_row(row_of(criterion, target), result, 1000, NO_MONEY, policy, 2023)
    return scored_cases([reading.case(0, policy)])[0]


@pytest.mark.parametrize("criterion", [SHARE, NOTHING])
def test_what_the_policy_deducts_is_taken_from_what_the_criterion_gives_and_never_below_nothing(criterion: str):
    for people in range(0, 200, 7):
        own = earned(USUAL, criterion, f"{people}人")
        beside = earned(BESIDE, criterion, f"{people}人")
        due = 100 if people >= 150 else 0
        assert beside.earned == max(own.earned - due, 0) == own.earned - beside.deducted
        assert (own.deducted, own.over) == (0, False)
        assert beside.over == (people >= 130)


def test_only_targets_that_ask_for_more_are_deducted_from():
    assert earned(BESIDE, "达到指标值得满分，未达到指标值不得分", "20人", "≤100人").earned == 1000


def test_a_share_of_a_hundredth_is_deducted_exactly_and_rounded_once():
    assert of_criterion(Fraction(2001, 2), 100, BESIDE) == (901, 100, True)
    assert of_criterion(Fraction(1, 3), 100, BESIDE) == (0, 0, False)
    assert of_criterion(Fraction(-50), 100, BESIDE) == (-50, 0, False)


@pytest.mark.parametrize("criterion", [SHARE, NOTHING])
def test_the_batch_reads_the_same(criterion: str):
    reader = Reader({BESIDE.id: BESIDE, REFUSED.id: REFUSED})
    for people in (99, 100, 129, 130, 149, 150, 151):
        alone = earned(BESIDE, criterion, f"{people}人")
        texts = ("2023", "≥100人", "", f"{people}人", "", "", "产出指标", criterion, "10", "")
        row = reader.kept(BESIDE.id, *texts)
        assert (row.own, row.deducted, row.rounded) == (alone.earned, alone.deducted > 0, alone.rounded)
        assert reader.kept(REFUSED.id, *texts)[0] == "Q418"


def test_a_policy_that_accepts_no_criteria_refuses_them_whatever_is_filled_in():
    for actual in ("90人", ""):
        with pytest.raises(Unreadable) as error:
            earned(REFUSED, SHARE, actual)
        assert error.value.code == "Q418" and SHARE in error.value.reason


def test_the_audit_deducts_it_too_and_scores_by_the_policy_where_no_criterion_is_accepted():
    row = FilledRow(
        level1="产出指标", level3="人数", target="≥100人", actual="150人", points="10", score="9", criterion=SHARE
    )
    (reading,) = readings(row, Fraction(10), "9", BESIDE, 2023)
    assert (reading.low, reading.high) == (9, 9) and "按办法扣超额的分 1.00" in reading.says
    (usual,) = readings(row, Fraction(10), "9", USUAL, 2023)
    assert usual.low == 10
    assert not any("评分标准" in each.says for each in readings(row, Fraction(10), "9", REFUSED, 2023))


def test_the_rule_book_and_the_proofs_say_it():
    assert "扣分在评分标准的得分里扣" in "".join(clause_says(BESIDE, "own_criteria"))
    assert clause_says(REFUSED, "own_criteria") == ("指标不能写自己的评分标准，各行都按本办法计分。",)
    assert all(statement.holds for policy in (BESIDE, REFUSED) for statement in prove(policy))


def test_check_tells_the_row_and_the_workbook_leaves_the_points_to_the_system(tmp_path: Path):
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = tmp_path / "rules/projects/2023/629001/13028124P00507410001X.yaml"
    own = "target: ≥237人\n    criterion: 达到指标值得满分，未达到指标值按比例得分"
    path.write_text(path.read_text("utf-8").replace("target: ≥237人", own, 1), "utf-8")
    text, previews = path.read_text("utf-8"), {}
    for policy in (USUAL, BESIDE, REFUSED):
        path.write_text(text.replace("\nindicators:", f"\npolicy: {policy.id}\nindicators:"), "utf-8")
        rulebook, problems = read_rulebook(tmp_path / "rules")
        assert [problem.code for problem in problems if problem.severity == "错误"] == ["R161"] * (policy is REFUSED)
        book = load_workbook(io.BytesIO(template_xlsx(rulebook, tables_of(rulebook, 2023, "629001"), {}, 1)))
        cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        previews[policy.id] = sum("由系统计算" in str(text) for text in cells)
    assert previews == {USUAL.id: 0, BESIDE.id: 1, REFUSED.id: 1}


def bounded(name: str) -> TableScore:
    files, _ = read_scenarios(ROOT / "scenarios" / "policies" / "criteria-bounded.yaml")
    (scenario,) = [scenario for scenario in files[0].scenarios if scenario.name.startswith(name)]
    return run_scenario(scenario, load_rulebook(ROOT / "rules")).tables[0]


def test_what_criteria_take_beyond_the_policys_bound_is_told_and_not_counted():
    table = bounded("各追加扣除 10 分")
    assert table.outside == -1500
    assert list(effects_on(table)) == ["评分标准在各行以外追加扣除 20.00，评分办法以 15.00 为限"]
    assert addition(table) == "10.00 + 40.00 + 40.00 − 15.00（各行以外） = 75.00"
    assert list(effects_on(bounded("各追加扣除 7.5 分"))) == []
    assert dict(explain_row(table.rows[0], table))["本行以外"] == "追加扣除 10.00 分，计入总分，各行合计以 15.00 为限"


def test_a_veto_does_what_the_policy_says_and_that_is_told():
    table = bounded("一票否决发生了")
    assert (table.vetoed, table.effects, table.grade) == ({"zero"}, {"worst"}, "差")
    assert list(effects_on(table)) == ["一票否决发生了；评分办法：评分标准写的一票否决发生了的，等级为最低一级"]
    assert "评分标准写的一票否决发生了的，等级为最低一级。" in clause_says(table.policy, "own_criteria")


@given(st.lists(st.integers(-3000, 0), max_size=6), st.integers(0, 3000))
def test_what_is_taken_outside_rows_never_passes_the_bound(taken: list[int], most: int):
    policy = found_policies()["criteria-bounded"]
    assert policy.own_criteria is not None
    policy = policy.model_copy(update={"own_criteria": policy.own_criteria.model_copy(update={"most_taken": most})})
    assert outside_of(policy, taken) == -min(-sum(taken), most)
    assert outside_of(USUAL, taken) == sum(taken)
