"""Forecasts: every step of a row is where the oracle has it, and no way the year can end lies outside the range."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator import policy as policies
from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import UsageProblem
from evaluator.evaluation import evaluate
from evaluator.figures import points
from evaluator.model import Actuals, Budget, Indicator, Project, Result, Source, Spending, UnitRef
from evaluator.planning.dials import Openness
from evaluator.planning.forecast import Forecast, extreme, forecast, says
from evaluator.planning.projectstanding import standings
from evaluator.planning.sensitivity import sensitivity
from evaluator.planning.sensitivity import worth as worth_of
from evaluator.planning.steps import Grains, ScaleCourse, steps_of
from evaluator.policy import Policy
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import Case
from tests import oracle
from tests.conftest import ROOT
from tests.oracle import Line, any_policy
from tests.test_cli import Ziping, ziping  # noqa: F401

YEAR = 2023
COMMUNITY, DAILY, LABOUR = "13028124P00507410001X", "13028124P00508210001R", "13028124P00499410001F"
FORMULAS = (
    "全年执行数 / 全年预算数",
    "(全年预算数 - 全年执行数) / 全年预算数",
    "全年执行数",
    "全年预算数 / 年初预算数",
)
Written = tuple[str | None, str, int]  # formula, target, points


def table(budget: int, rows: Sequence[Written], policy: Policy) -> Project:
    """A project of these rows."""
    made = [
        Indicator.model_construct(
            id=f"行{number}", category="产出指标", dimension="数量指标", name=f"第{number}行", description="",
            target=target, sign=None, points=worth, formula=formula, basis="", line=None,
        )
        for number, (formula, target, worth) in enumerate(rows)
    ]  # fmt: skip
    return Project.model_construct(
        code="P1", name="示例项目", year=YEAR, unit=UnitRef(code="0", name="示例单位"), policy=policy.id,
        source=Source(document="示例", line=1), plan={}, goals=[], purpose="", provenance=None,
        budget=Budget.model_construct(total=budget, fiscal=budget, other=0), indicators=made,
    )  # fmt: skip


def book_of(one: Project, policy: Policy, findings: tuple = ()) -> Rulebook:
    return Rulebook({policy.id: policy}, {(one.year, one.code): one}, {}, findings, "0")


def filled(budget: int | None, spent: int | None, results: dict[str, str]) -> dict[tuple[int, str], Actuals]:
    money = Spending.model_construct(adjusted=budget, executed=spent, cause="", remedy="")
    made = Actuals(code="P1", year=YEAR, results={name: Result(actual=value) for name, value in results.items()})
    return {(YEAR, "P1"): made.model_copy(update={"spending": money})}


@st.composite
def written(draw: st.DrawFn, formulas: bool = True) -> Written:
    worth = draw(st.sampled_from([1250, 1000, 333, 2249]))
    if formulas and draw(st.booleans()):
        formula = draw(st.sampled_from(FORMULAS))
        number = draw(st.integers(1, 130))
        target = f"{number / 100:.2f}元" if formula == "全年执行数" else f"{number}%"
        return formula, draw(st.sampled_from(["≥", "≤", "=", ">", "<"])) + target, worth
    return None, draw(st.sampled_from(["≥", "≤", "=", ">", "<"])) + f"{draw(st.integers(1, 6))}人", worth


def earned_of(row: Written, actual: Fraction, policy: Policy) -> int:
    """A counted row by the oracle."""
    number, sign = Fraction(row[1][1:-1]), row[1][0]
    word = f"{sign}线性" if policy.at_most.attainment == "线性" and sign in "≤<" else sign
    return oracle.scored(
        Line(word, actual, number, number, row[2], policy, oracle.scale_named(policy, "产出指标"))
    ).earned


def money_of(rows: Sequence[Written], budget: int, spent: int, policy: Policy) -> int:
    """The execution row and every row computed from money, by the oracle."""
    lines = [
        Line("≥", Fraction(spent), Fraction(budget), Fraction(budget), policy.allocation.execution, policy, "execution")
    ]
    for formula, target, worth in rows:
        if formula is None:
            continue
        sign, number = target[0], Fraction(target[1:-1])
        value = {
            FORMULAS[0]: Fraction(spent * 100, budget), FORMULAS[1]: Fraction((budget - spent) * 100, budget),
            FORMULAS[2]: Fraction(spent, 100), FORMULAS[3]: Fraction(100),
        }[formula]  # fmt: skip
        word = f"{sign}线性" if policy.at_most.attainment == "线性" and sign in "≤<" else sign
        lines.append(Line(word, value, number, number, worth, policy, oracle.scale_named(policy, "产出指标")))
    return sum(oracle.scored(line).earned for line in lines)


# ---- steps -------------------------------------------------------------------------------------------------------


def turning(step: int) -> Policy:
    """Points rounded to `step` (hundredths), over a scale that bends at 90% of the target and falls from 150% on."""
    written = [
        ("0%", "0%", "90%"),
        ("90%", "90%", "100%"),
        ("100%", "100%", None),
        ("150%", "100%", "50%"),
        ("400%", "50%", None),
    ]
    segments = [{"from": start, "share": share} | ({"to": to} if to else {}) for start, share, to in written]
    national = oracle.found_policies()["cn-2020-10"]
    quantitative = policies.Scale.model_validate({**oracle.BASIS, "segments": segments})
    rounding = national.rounding.model_copy(update={"step": step})
    return national.model_copy(update={"id": f"turning-{step}", "quantitative": quantitative, "rounding": rounding})


@settings(max_examples=300)
@given(
    oracle.lines(extreme=False, missing=False),
    st.sampled_from([1, 7, 100, 10**4]),
    st.integers(0, 10**9),
    st.booleans(),
)
@example(Line("=", Fraction(0), Fraction(1), Fraction(1), 256, turning(100), "quantitative"), 1, 0, False)
def test_every_step_is_where_the_oracle_has_it(line: Line, grains: int, seed: int, falling: bool):
    """On both sides of every change, and anywhere between; along a value that rises with the grains or falls."""
    case = Case(0, line.word, None, line.target, line.high, line.points, line.policy, line.scale)
    unit = abs(line.target) or Fraction(1)
    if line.word in ("期限", "是否"):
        scale, low, high = Grains(Fraction(1)), 0, 1
    elif line.word == "定性":
        scale, low, high = Grains(Fraction(1, grains)), 0, grains
    else:
        step = Fraction(1, 10 * grains) * unit
        scale, low, high = Grains(-step if falling else step, unit * 7 if falling else Fraction(0)), 0, 70 * grains
    made = steps_of(ScaleCourse(case), scale, low, high)
    assert made[0].first == low
    assert made[-1].last == high
    assert all(before.last is not None and before.last + 1 == after.first for before, after in pairwise(made))
    at = {0: made[0]} | {one.first: one for one in made} | {one.last or 0: one for one in made}
    for number in range(20):
        somewhere = low + (seed * (number + 1) * 7919) % (high - low + 1)
        at[somewhere] = next(one for one in made if one.first <= somewhere <= (one.last or 0))
    for n, one in list(at.items())[:400]:
        told = oracle.scored(Line(**{**line_fields(line), "actual": scale.actual(n)}))
        assert told.earned == one.earned, (n, scale.actual(n))


@pytest.mark.parametrize("points", [256, 333, 220, 99, 1250])
@pytest.mark.parametrize("step", [10, 100, 300])
@pytest.mark.parametrize("word", ["=", "≥", "≤", "≤线性"])
def test_full_points_are_a_step_even_where_they_are_no_multiple_of_the_rounding(word: str, step: int, points: int):
    """From the last multiple below them to full points and back, along a value that rises and one that falls."""
    line = Line(word, Fraction(0), Fraction(1), Fraction(1), points, turning(step), "quantitative")
    case = Case(0, word, None, line.target, line.high, points, line.policy, line.scale)
    for scale in (Grains(Fraction(1, 50)), Grains(Fraction(-1, 50), Fraction(4))):
        made = steps_of(ScaleCourse(case), scale, 0, 200)
        at = {n: one.earned for one in made for n in range(one.first, (one.last or 0) + 1)}
        due = {n: oracle.scored(Line(**{**line_fields(line), "actual": scale.actual(n)})).earned for n in range(201)}
        assert at == due


def line_fields(line: Line) -> dict[str, object]:
    return {name: getattr(line, name) for name in ("word", "actual", "target", "high", "points", "policy", "scale")}


@settings(max_examples=60)
@given(oracle.lines(words=("≥", "≤", "≤线性", "=", "区间"), extreme=False, missing=False))
def test_without_an_end_the_last_step_holds_for_ever(line: Line):
    case = Case(0, line.word, None, line.target, line.high, line.points, line.policy, line.scale)
    last = steps_of(ScaleCourse(case), Grains(Fraction(1)), 0, None)[-1]
    assert last.last is None
    for far in (last.first, last.first + 1, last.first * 1000 + 10**9):
        assert oracle.scored(Line(**{**line_fields(line), "actual": Fraction(far)})).earned == last.earned


# ---- the range ---------------------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(
    st.integers(1, 40), st.lists(written(), min_size=1, max_size=4), any_policy(),
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=4, max_size=4), st.integers(0, 40), st.booleans(),
)  # fmt: skip
def test_no_way_the_year_can_end_lies_outside_the_range(
    budget: int, rows: list[Written], policy: Policy, so_far: list[int | None], spent: int, settled: bool
):
    spent = min(spent, budget)
    one = table(budget, rows, policy)
    free = [(f"行{n}", row, so_far[n]) for n, row in enumerate(rows) if row[0] is None]
    actuals = filled(budget, spent, {name: f"{value}人" for name, _, value in free if value is not None})
    (found,) = forecast(book_of(one, policy), actuals, opened=Openness(settled=settled))
    least, most = 0, 0
    for _, row, value in free:
        each = [earned_of(row, Fraction(n), policy) for n in (range(300) if value is None else [value])]
        least, most = least + min(each), most + max(each)
    ends = []
    for at in [spent] if settled else range(spent, budget + 1):
        money = money_of(rows, budget, at, policy)
        ends += [oracle.capped(total + money, Fraction(at, budget), policy) for total in (least, most)]
    assert found.low.total == found.low.table.score <= min(ends)
    assert found.high.total == found.high.table.score == max(ends)
    if all(row[1][0] not in "≤<" or value is not None for _, row, value in free):  # ≤ falls for ever
        assert found.low.total == min(ends) or oracle.scale_under(policy, "产出指标").segments[-1].share < 1
    if settled and all(value is not None for _, _, value in free):
        assert found.certain


@settings(max_examples=25)
@given(data=st.data())
def test_random_completions_of_the_sample_lie_inside(data: st.DataObject, book: Rulebook):
    """Rows taken out of the sample year, and put back with anything: the main path agrees with both ends."""
    given_ = load_actuals(ROOT / "actuals", book)
    code = data.draw(st.sampled_from(sorted(code for _, code in given_ if code.startswith("1302"))))
    whole = given_[YEAR, code]
    out = data.draw(st.lists(st.sampled_from(sorted(whole.results)), unique=True, max_size=4))
    left = {name: result for name, result in whole.results.items() if name not in out}
    actuals = {**given_, (YEAR, code): whole.model_copy(update={"results": left})}
    policy = data.draw(st.sampled_from([None, "execution-caps", "linear-at-most"]))
    found = next(one for one in forecast(book, actuals, policy=policy) if one.present.code == code)
    values = {}
    for dial in found.standing.dials:
        top = dial.turns[-1].last
        low = dial.turns[0].first
        values[dial.id] = data.draw(st.integers(low, low + 2 * int(dial.aim) if top is None else top))
    completed = {**actuals, (YEAR, code): found.standing.completed(values)}
    made = next(t for t in evaluate(book, completed, policy=policy).projects if t.code == code)
    assert found.low.total <= made.score <= found.high.total


def of(found: list[Forecast], code: str) -> Forecast:
    return next(one for one in found if one.present.code == code)


def test_the_six_projects_with_nothing_known_reach_what_attain_says(book: Rulebook):
    found = forecast(book, {})
    tops = {one.present.code: points(one.high.total) for one in found}
    assert (tops.pop(COMMUNITY), tops.pop(DAILY)) == ("90.50", "87.51")  # one hundredth of it is rounding
    assert set(tops.values()) == {"100.00"}
    assert of(found, COMMUNITY).high.values["预算执行率"] == 4_500_000  # 5% of 90 万元


def test_the_money_spent_so_far_is_a_floor(book: Rulebook):
    found = of(forecast(book, load_actuals(ROOT / "actuals", book)), COMMUNITY)
    assert (points(found.low.total), points(found.high.total)) == ("78.31", "79.37")
    assert found.low.table.money.executed == 90_000_000
    assert any("已执行的不会减少" in said for label, said in says(found) if label == "假定")
    settled = forecast(book, load_actuals(ROOT / "actuals", book), opened=Openness(settled=True))
    assert all(one.certain and one.low.total == one.present.score for one in settled)


def test_a_count_named_open_can_only_grow_and_a_rate_goes_either_way(book: Rulebook):
    actuals = load_actuals(ROOT / "actuals", book)
    opened = Openness(rows=("数量1", "单位人员满意度"), settled=True)
    found = of(forecast(book, actuals, opened=opened), LABOUR)
    rows = {row.indicator.id: row.earned for row in found.low.table.all_rows}
    assert (rows["数量1"], rows["满意度1"]) == (1208, 0)
    assert {row.indicator.id: row.earned for row in found.high.table.all_rows}["数量1"] == 1250


def test_a_row_that_is_not_there_cannot_be_opened(book: Rulebook):
    with pytest.raises(UsageProblem, match=r"U362 .*数量9.*最接近的是：数量"):
        standings(book, {}, opened=Openness(rows=("数量9",)))


def test_a_formula_that_is_no_straight_line_is_refused(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    one = table(100, [("全年预算数 / 全年执行数", "≥95%", 1000)], policy)
    with pytest.raises(UsageProblem, match="U361"):
        forecast(book_of(one, policy), {})


def test_a_target_without_a_sign_is_refused(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    with pytest.raises(UsageProblem, match="U363"):
        forecast(book_of(table(100, [(None, "5人", 1000)], policy), policy), {})


def test_no_budget_leaves_nothing_to_spend(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    (found,) = forecast(book_of(table(0, [(None, "≥5人", 9000)], policy), policy), {})
    assert (found.low.total, found.high.total, found.standing.money) == (0, 9000, None)


def test_extremes_are_those_of_the_forecast(book: Rulebook):
    (standing, *_) = standings(book, {})
    assert extreme(standing, True)[1] == 10_000


# ---- slopes ------------------------------------------------------------------------------------------------------


def test_a_slope_is_the_difference_one_unit_makes(book: Rulebook):
    levers = {one.dial.id: one for one in sensitivity(book, load_actuals(ROOT / "actuals", book))[COMMUNITY]}
    assert levers["时效1"].slope == Fraction(1250, 98)  # hundredths a percentage point
    assert worth_of(levers["时效1"]) == "每增加 1 个百分点 +0.1276"
    assert levers["时效1"].kink == ("98%", 1250)
    assert (levers["数量1"].direction, levers["数量1"].to_gain) == (0, 0)
    money = levers["预算执行率"]  # 10 points lost over 90 万元, 12.5 ÷ 95% gained
    assert (money.direction, money.slope) == (-1, Fraction(125_000, 95 * 90) - Fraction(1000, 90))
    assert money.kink == ("4.50 万元", 1300)


def test_a_hyperbola_has_its_slope_at_the_margin(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    one = table(100, [(None, "≤4人", 1000)], policy)
    (money, row) = sensitivity(book_of(one, policy), filled(100, 100, {"行0": "8人"}))["P1"]
    assert (row.direction, row.slope, row.bent) == (-1, Fraction(1000 * 4, 64), True)
    assert (row.kink, row.step) == (("4人", 1000), ("7人", 71))
    assert money.to_gain == 0


# ---- the commands ------------------------------------------------------------------------------------------------


def test_the_command_prints_the_range_and_the_assumptions(ziping: Ziping):  # noqa: F811
    whole = ziping("forecast", "劳务")
    assert whole.code == 0
    assert "97.73—98.08（优）" in whole.out
    assert "预算资金完成率由金额计算" in whole.out
    told = json.loads(ziping("forecast", "--format", "json").out)
    assert [one["highest"]["score"] for one in told] == ["100.00", "98.08", "97.00", "87.50", "98.34", "79.37"]
    assert told[1]["highest"]["witness"] == {"预算执行率": "457.46 万元"}


def test_the_slopes_are_printed(ziping: Ziping):  # noqa: F811
    ran = ziping("sensitivity", "社区工作")
    assert ran.code == 0
    assert "每减少 1 万元 +0.0351" in ran.out
    told = json.loads(ziping("sensitivity", "社区工作", "-f", "json").out)
    assert {row["id"]: row["points_per_unit"] for row in told[0]["rows"]}["时效1"] == "25/196"


def test_an_unknown_project_is_told(ziping: Ziping):  # noqa: F811
    for command in ("forecast", "sensitivity"):
        ran = ziping(command, "没有这个")
        assert ran.code == 2
        assert "U205" in ran.err
