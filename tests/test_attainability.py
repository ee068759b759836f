"""What the six projects can reach, how it is proved and told, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from evaluator.commands.planned import attain_text
from evaluator.errors import UsageProblem
from evaluator.figures import points, wan
from evaluator.model import Actuals, Project, Result, Spending
from evaluator.planning import attained
from evaluator.planning.attainability import Attainable, attainable
from evaluator.rulebook.book import Rulebook
from tests.properties.test_attainability import book as book_of
from tests.properties.test_attainability import project
from tests.test_cli import ziping  # noqa: F401

DAILY, COMMUNITY = "13028124P00508210001R", "13028124P00507410001X"


@pytest.fixture(scope="module")
def found(book: Rulebook) -> dict[str, Attainable]:
    return {one.witness.code: one for one in attainable(book, {})}


def test_the_highest_totals_of_the_six_projects(found: dict[str, Attainable]):
    totals = {code: points(one.best.total) for code, one in found.items()}
    assert len(totals) == 6
    assert (totals.pop(DAILY), totals.pop(COMMUNITY)) == ("87.50", "90.50")
    assert set(totals.values()) == {"100.00"}


def test_project_4_reaches_it_only_by_spending_all(found: dict[str, Attainable]):
    one = found[DAILY]
    assert (wan(one.best.spent), one.rate(one.best)) == ("20.00", "100%")
    assert one.reversal is None
    assert {conflict.kind for conflict in one.conflicts} == {"指标之间", "与预算执行"}


def test_project_4_gets_a_hundredth_more_from_rounding_alone(found: dict[str, Attainable], book: Rulebook):
    """99.96% spent rounds up to full twice while the saving still rounds up to 0.01: told apart from the rule itself."""
    one = found[DAILY]
    assert one.luck is not None
    assert (one.luck.earned, one.luck.total) == ((1000, 1250, 1), 8751)
    assert one.luck.exact < one.best.exact == 8750


def test_project_6_scores_most_at_five_per_cent_spent(found: dict[str, Attainable]):
    one = found[COMMUNITY]
    assert (wan(one.best.spent), one.rate(one.best), one.luck) == ("4.50", "5%", None)
    assert [(wan(p.spent), points(p.total)) for p in one.turns] == [
        ("0.00", "90.00"),
        ("4.50", "90.50"),
        ("90.00", "87.50"),
    ]
    assert one.reversal is not None
    assert [(wan(p.spent), points(p.total)) for p in one.reversal] == [("4.50", "90.50"), ("90.00", "87.50")]
    assert [(row.indicator.id, points(row.earned)) for row in one.witness.all_rows if row.lost] == [
        ("预算执行率", "0.50")
    ]


def test_the_proof_covers_every_spending_and_nothing_in_it_is_higher(found: dict[str, Attainable]):
    for one in found.values():
        top = (one.luck or one.best).total
        assert one.proof[0].low == 0
        assert one.proof[-1].high == one.budget
        for before, after in zip(one.proof, one.proof[1:], strict=False):
            assert after.low in (before.high, before.high + 1)
        for span in one.proof:
            assert span.total == min(10_000, one.free + sum(span.at_most)) <= top


def test_an_adjusted_budget_in_the_actuals_is_the_one_that_counts(book: Rulebook):
    """With the budget raised to 400 万元, 20 万元 is 5% of it: both targets can be met, and execution is what is lost."""
    given = Actuals.model_construct(
        code=DAILY, year=2023, illustrative=False, achieved="", results={}, measures={},
        spending=Spending.model_construct(adjusted=400_000_000, executed=None, cause="", remedy=""),
    )  # fmt: skip
    one = next(o for o in attainable(book, {(2023, DAILY): given}) if o.witness.code == DAILY)
    assert (wan(one.budget), wan(one.best.spent), points(one.best.total)) == ("400.00", "20.00", "90.50")
    assert [conflict.kind for conflict in one.conflicts] == ["与预算执行"]


def test_caps_by_execution_move_the_best_spending(book: Rulebook):
    one = next(o for o in attainable(book, {}, policy="execution-caps") if o.witness.code == COMMUNITY)
    assert (wan(one.best.spent), points(one.best.total)) == ("63.00", "88.45")
    assert one.reversal is not None
    assert points(one.reversal[1].total) == "87.50"


def test_under_hubei_spending_all_is_best_again(book: Rulebook):
    found = {o.witness.code: o for o in attainable(book, {}, policy="hubei-2020-3")}
    assert points(found[COMMUNITY].best.total) == points(found[DAILY].best.total) == "90.00"
    assert all(one.reversal is None for one in found.values())


def test_a_formula_that_turns_is_refused_and_not_sampled(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    one = project(10_000, [("全年执行数 * (全年预算数 - 全年执行数) / 全年预算数", "≥10元", 1000)], policy)
    with pytest.raises(UsageProblem, match=r"U302 .*不能证明随支出只升或只降"):
        attainable(book_of(one, policy), {})


def test_a_policy_without_full_points_at_the_target_is_refused(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    low = policy.quantitative.segments[-1].model_copy(update={"share": Fraction(9, 10)})
    scale = policy.quantitative.model_copy(update={"segments": [policy.quantitative.segments[0], low]})
    broken = policy.model_copy(update={"quantitative": scale})
    with pytest.raises(UsageProblem, match="U303"):
        attainable(book_of(project(10_000, [], broken), broken), {})


def test_a_budget_of_nothing_has_no_execution_to_score(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    one = attainable(book_of(project(0, [("全年执行数 / 全年预算数", "≥95%", 1000)], policy), policy), {})[0]
    assert (one.best.spent, one.best.total, one.rate(one.best)) == (0, 8_000, "—")


def test_the_text_names_what_binds(found: dict[str, Attainable]):
    text = attain_text([found[COMMUNITY]], True)
    assert "只支出 4.50 万元（5%）得 90.50，全部支出得 87.50" in text
    assert "“公用经费节约率”由 12.50 降为 0.00" in text
    assert "转折点" in text and "证明" in text
    whole = attain_text(list(found.values()), False)
    assert "转折点（" not in whole
    assert whole.count("取得办法") == 2


def test_the_json_has_decimal_strings_and_the_proof(found: dict[str, Attainable]):
    told = json.loads(json.dumps(attained.as_json([found[DAILY]])))[0]
    assert (told["highest"], told["highest_with_rounding"], told["spent"]) == ("87.50", "87.51", "20.00")
    assert told["coupled"] == ["预算执行率", "数量1", "成本1"]
    assert told["turning_points"][0]["earned"] == {"预算执行率": "0.00", "数量1": "0.00", "成本1": "12.50"}
    assert all(Fraction(span["total"]) <= Fraction("87.51") for span in told["proof"])


def test_the_command(ziping: Any):  # noqa: F811
    ran = ziping("attain")
    assert ran.code == 1
    assert "87.50" in ran.out and "90.50" in ran.out
    one = ziping("attain", "508210001R", "--format", "json")
    assert [each["code"] for each in one.data] == [DAILY]
    full = ziping("attain", "军转")
    assert full.code == 0
    assert ziping("attain", "没有").code == 2


def test_the_witness_can_be_typed_in(found: dict[str, Attainable]):
    """The result that reaches the highest total is complete: every free row has a result that a person could write."""
    table = found[COMMUNITY].witness
    assert isinstance(table.table, Project) and table.actuals
    written: dict[str, Result] = table.actuals.results
    assert set(written) == {row.id for row in table.table.indicators if row.formula is None}
