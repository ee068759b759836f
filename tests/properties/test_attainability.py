"""The highest total found is the highest there is: beside every single spending of small budgets, by the oracle."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from evaluator.errors import UsageProblem
from evaluator.model import Budget, Indicator, Project, Source, UnitRef
from evaluator.planning.attainability import attainable
from evaluator.policy import Policy
from evaluator.quantities.curves import Curve
from evaluator.quantities.formula import FormulaError, compute, kind_of
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS
from evaluator.rulebook.book import Rulebook
from tests import oracle
from tests.oracle import Line, any_policy, found_policies

FORMULAS = (
    "全年执行数",
    "全年预算数 - 全年执行数",
    "(全年预算数 - 全年执行数) / 全年预算数",
    "全年执行数 / 全年预算数",
    "全年预算数 / 全年执行数",
    "全年执行数 / (年初预算数 + 全年执行数)",
    "(全年预算数 + 全年执行数) / (全年执行数 + 年初预算数 * 2)",
    "(全年执行数 - 年初预算数 / 2) / 年初预算数",
    "1 - 全年执行数 * 全年执行数 / (全年预算数 * 全年预算数)",
    "全年预算数 / 年初预算数",
    "1 / (全年预算数 - 全年执行数) * 年初预算数",
)


def project(budget: int, rows: list[tuple[str, str, int]], policy: Policy) -> Project:
    """A project of one free row and these money rows: formula, target, points."""
    free = 10_000 - policy.allocation.execution - sum(points for _, _, points in rows)
    made = [
        Indicator.model_construct(
            id=f"行{number}", category="产出指标", dimension="成本指标", name=f"行{number}", description="",
            target=target, sign=None, points=points, formula=formula, basis="", line=None,
        )
        for number, (formula, target, points) in enumerate([("", "≥59人", free), *rows])
    ]  # fmt: skip
    made[0] = made[0].model_copy(update={"formula": None})
    return Project.model_construct(
        code="P1", name="项目", year=2023, unit=UnitRef(code="0", name="单位"), policy=policy.id,
        source=Source(document="示例", line=1), plan={}, goals=[], purpose="", provenance=None,
        budget=Budget.model_construct(total=budget, fiscal=budget, other=0), indicators=made,
    )  # fmt: skip


def book(one: Project, policy: Policy) -> Rulebook:
    return Rulebook({policy.id: policy}, {(one.year, one.code): one}, {}, (), "0")


def by_hand(one: Project, policy: Policy, budget: int, spent: int) -> int:
    """The total at one spending, worked out by the oracle."""
    rate = Fraction(spent, budget) if budget else None
    execution = policy.allocation.execution
    amount = Fraction(spent) if budget else None
    lines = [Line("≥", amount, Fraction(budget), Fraction(budget), execution, policy, "execution")]
    amounts = {
        "年初预算数": Fraction(one.budget.total, 100), "全年预算数": Fraction(budget, 100), "全年执行数": Fraction(spent, 100)
    }  # fmt: skip
    full = 0
    for row in one.indicators:
        if row.formula is None:
            full += row.points
            continue
        target = row.read
        assert isinstance(target.content, Amount)
        aim = target.content.low
        try:
            measure = compute(row.formula, amounts)
            size = measure.number / WORDS["万元"].size if measure.power and aim.unit.name == "万元" else measure.number
            value = size if measure.power else size * 100
        except FormulaError:
            value = None
        if target.content.either_way and value is not None:
            value = abs(value)
        if target.content.high is not None:
            line = Line(
                "区间",
                value,
                aim.number,
                target.content.high.number,
                row.points,
                policy,
                oracle.scale_named(policy, row.category),
            )
            lines.append(line)
            continue
        linear = policy.at_most.attainment == "线性" and target.sign in ("≤", "<")
        word = f"{target.sign}线性" if linear else str(target.sign)
        lines.append(
            Line(word, value, aim.number, aim.number, row.points, policy, oracle.scale_named(policy, row.category))
        )
    return oracle.capped(full + sum(oracle.scored(line).earned for line in lines), rate, policy)


@st.composite
def money_rows(draw: st.DrawFn) -> tuple[str, str, int]:
    formula = draw(st.sampled_from(FORMULAS))
    sign = draw(st.sampled_from(["≥", ">", "≤", "<", "="]))
    number = draw(st.integers(0, 260))
    wanted = draw(st.sampled_from(["one", "one", "range", "either way"]))
    if wanted == "one":
        target = f"{sign}{number}%" if kind_of(formula) == "比率" else f"{sign}{number / 100:.2f}元"
    elif wanted == "range":
        high = number + draw(st.integers(0, 60))
        money = kind_of(formula) == "金额"
        target = f"{number / 100:.2f}元-{high / 100:.2f}元" if money else f"{number}%-{high}%"
    else:
        target = f"±{number}%以内" if kind_of(formula) == "比率" else f"±{number / 100:.2f}元以内"
    return formula, target, draw(st.sampled_from([1250, 1000, 1, 333, 2999]))


@settings(max_examples=250)
@given(st.integers(0, 160), st.lists(money_rows(), max_size=3), any_policy())
@example(1, [], found_policies()["cn-2020-10"])
@example(
    100, [("全年预算数 - 全年执行数", "≥1.00元", 1000)], found_policies()["cn-2020-10"]
)  # the two rows add up to 10
@example(100, [("全年执行数 / 全年预算数", "40%-60%", 4500)], found_policies()["cn-2020-10"])
@example(100, [("(全年执行数 - 年初预算数 / 2) / 年初预算数", "±3%以内", 4500)], found_policies()["cn-2020-10"])
@example(90, [("(全年预算数 - 全年执行数) / 全年预算数", "≥95%", 1250)], found_policies()["execution-caps"])
def test_no_spending_scores_more_and_the_best_one_does(budget: int, rows: list[tuple[str, str, int]], policy: Policy):
    assume(sum(points for _, _, points in rows) + policy.allocation.execution <= 10_000)
    one = project(budget, rows, policy)
    try:
        found = attainable(book(one, policy), {})[0]
    except UsageProblem as refused:  # a row without full points at its target: said, and nothing claimed
        assert {problem.code for problem in refused.problems} <= {"U302", "U303"}
        return
    totals = [by_hand(one, policy, budget, spent) for spent in range(budget + 1)]
    top = found.luck or found.best
    assert top.total == max(totals)
    assert totals[found.best.spent] == found.best.total == found.witness.score
    assert all(totals[point.spent] == point.total for point in found.turns)
    if found.luck:
        assert found.luck.total - found.best.total <= policy.rounding.step * len(found.coupled)
    covered = sorted(spent for span in found.proof for spent in range(span.low, span.high + 1))
    assert sorted(set(covered)) == list(range(budget + 1))
    for span in found.proof:
        assert span.total <= top.total
        assert max(totals[span.low : span.high + 1]) <= span.total
    if found.reversal:
        less, more = found.reversal
        assert less.spent < more.spent
        assert totals[less.spent] > totals[more.spent]


@settings(max_examples=100)
@given(st.integers(1, 120), st.sampled_from(FORMULAS))
def test_a_curve_called_monotone_only_rises_or_only_falls(budget: int, formula: str):
    fixed = {"年初预算数": Fraction(budget, 50), "全年预算数": Fraction(budget, 100)}
    values = []
    for spent in range(budget + 1):
        try:
            values.append(compute(formula, {**fixed, "全年执行数": Fraction(spent, 100)}).number)
        except FormulaError:
            assert spent in (0, budget)
    assert Curve.of(formula, fixed).monotone(fixed["全年预算数"])
    assert values in (sorted(values), sorted(values, reverse=True))


@given(st.integers(1, 100), st.integers(1, 99))
def test_a_curve_that_turns_or_breaks_inside_is_not_called_monotone(budget: int, part: int):
    fixed = {"年初预算数": Fraction(budget * part, 100), "全年预算数": Fraction(budget)}
    for formula in (
        "全年执行数 * (全年预算数 - 全年执行数) / 全年预算数",
        "全年预算数 / (全年执行数 - 年初预算数)",
        "1 / (1 / (全年执行数 - 年初预算数)) / 全年预算数",
    ):
        assert not Curve.of(formula, fixed).monotone(Fraction(budget)), formula


@pytest.mark.parametrize(("budget", "top"), [(10_000_000, 9_001), (9_999_900, 9_000)])
def test_the_sum_of_opposite_rows_is_searched_to_the_last_fen(budget: int, top: int):
    """Execution and saving add up to 10 before rounding: only a half, which some budgets can be spent to, gives more."""
    policy = found_policies()["cn-2020-10"]
    one = project(budget, [("(全年预算数 - 全年执行数) / 全年预算数", "≥100%", 1000)], policy)
    found = attainable(book(one, policy), {})[0]
    assert (found.best.exact, found.best.spent) == (9_000, budget)
    assert (found.luck or found.best).total == top
