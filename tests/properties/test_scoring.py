"""Scores by arrays are the scores of the oracle, and have the shape every policy promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from evaluator import scoring
from evaluator.comparators import COMPARATORS
from evaluator.figures import split
from evaluator.model import EXECUTION, ITEM_GOALS, Indicator
from evaluator.policies.allocation import allocate
from evaluator.policy import Policy
from evaluator.quantities.quantity import read_target, set_beside
from evaluator.scoring import Case, score, totals
from tests import oracle
from tests.oracle import WORDS, Line, any_policy, found_policies, lines

FOUND = found_policies()
NATIONAL = FOUND["cn-2020-10"]
DEDUCTING = FOUND["execution-caps"]


def cases(rows: Sequence[Line], table: int = 0) -> list[Case]:
    return [Case(table, row.word, row.actual, row.target, row.high, row.points, row.policy, row.scale) for row in rows]


def line(word: str, actual: str | None, target: str, *, points: int = 1250, policy: Policy = NATIONAL) -> Line:
    given_ = None if actual is None else Fraction(actual)
    clause = oracle.CLAUSE_OF.get(word, "quantitative")
    high = Fraction(1) if word == "定性" else Fraction(target)
    return Line(word, given_, Fraction(target), high, points, policy, clause)


def earned(row: Line) -> int:
    return int(next(score(cases([row])).itertuples()).earned)


def assert_as_the_oracle(rows: Sequence[Line]) -> None:
    frame = score(cases(rows))
    for row, out in zip(rows, frame.itertuples(), strict=True):
        due = oracle.scored(row)
        assert int(out.earned) == due.earned, row
        assert bool(out.met) == due.met, row
        assert int(out.deducted) == oracle.taken(row), row
        assert bool(out.over) == oracle.overdone(row), row
        assert int(out.segment) == oracle.segment(row), row
        if row.actual is not None:
            assert Fraction(int(out.num), int(out.den)) == due.attainment, row
            assert bool(out.rounded) == (due.earned != due.exact), row


@given(
    st.sampled_from(WORDS),
    st.fractions(0, 3, max_denominator=7),
    st.fractions(0, 3, max_denominator=7),
    st.fractions(0, 3),
)
def test_one_row_is_compared_in_fractions_as_many_are_in_whole_numbers(
    word: str, actual: Fraction, target: Fraction, more: Fraction
):
    """Targets between 0 and 1 too: what is explained and planned compares fractions, what is scored whole numbers."""
    high = Fraction(1) if word == "定性" else target + more
    scale = lcm(actual.denominator, target.denominator, high.denominator)
    attain = COMPARATORS[word].attain
    num, den, met = attain(actual, target, high)
    whole = attain(int(actual * scale), int(target * scale), int(high * scale))
    assert (Fraction(num) / den, met) == (Fraction(whole[0], whole[1]), whole[2])


# ---- the oracle --------------------------------------------------------------------------------------------------


def test_the_oracle_knows_every_word_of_comparison():
    assert set(WORDS) == set(COMPARATORS)


@given(st.lists(lines(), min_size=1, max_size=12))
@example([line("≥", "57", "59"), line("≥", str(10**30), "59"), line("≤", "4", "3"), line("=", "0", "0")])
@example([line("≥", "130", "100", policy=DEDUCTING), line("≥", "1", "3", points=1, policy=DEDUCTING)])
def test_arrays_score_what_the_oracle_scores(rows: list[Line]):
    assert_as_the_oracle(rows)


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=80)
@given(data=st.data())
def test_each_word_scores_what_the_oracle_scores(word: str, data: st.DataObject):
    assert_as_the_oracle(data.draw(st.lists(lines(words=[word]), min_size=1, max_size=4)))


@given(st.lists(lines(extreme=False), min_size=1, max_size=8))
def test_both_paths_agree(rows: list[Line]):
    """The same rows beside one that is far beyond 64 bits are counted in Python ints, and nothing changes."""
    giant = replace(rows[0], word="≥", actual=Fraction(10**40), target=Fraction(1), scale="quantitative")
    slow = score(cases([*rows, giant])).iloc[:-1]
    fast = score(cases(rows))
    assert slow["num"].dtype == object
    for column in fast.columns:
        assert [int(value) for value in fast[column]] == [int(value) for value in slow[column]], column


def test_ordinary_tables_are_scored_in_64_bits():
    assert score(cases([line("≥", "457.46", "59"), line("≤", "19.55", "20")]))["num"].dtype == np.int64


@given(
    st.sampled_from(WORDS[:8]),
    st.integers(10**9, 10**18),
    st.sampled_from(["0.9999", "1.0001", "1.2", "1.200001", "1.3", "10", "99999"]),
    any_policy(),
)
@example("≥", 15 * 10**12, "1.200001", DEDUCTING)
def test_the_border_between_the_paths_is_safe(word: str, size: int, factor: str, policy: Policy):
    """Around the size where 64 bits stop being enough no row overflows: the bound is on the safe side."""
    high = Fraction(size) * 2 if word == "区间" else Fraction(size)
    row = Line(word, Fraction(int(size * Fraction(factor))), Fraction(size), high, 10_000, policy, "quantitative")
    assert_as_the_oracle([row])


@pytest.mark.parametrize("start", ["130.0001%", "999999.9999%"])
@pytest.mark.parametrize("exponent", range(9, 19))
def test_a_finely_written_deduction_does_not_overflow(start: str, exponent: int):
    """`deduct_from` may carry four decimals: comparing with it multiplies by a million or more."""
    clause = DEDUCTING.over_fulfilment.model_copy(update={"deduct_from": Fraction(start[:-1]) / 100})
    policy = DEDUCTING.model_copy(update={"over_fulfilment": clause})
    for lead in (1, 2, 3, 5, 8):
        size = lead * 10**exponent
        row = Line("≥", Fraction(size), Fraction(size // 2), Fraction(0), 1000, policy, "quantitative")
        assert_as_the_oracle([row])


@pytest.mark.parametrize("half", [{"deduct_from": None}, {"deduct_points": None}])
def test_half_a_deduction_deducts_nothing(half: dict[str, None]):
    clause = DEDUCTING.over_fulfilment.model_copy(update=half)
    policy = DEDUCTING.model_copy(update={"over_fulfilment": clause})
    assert_as_the_oracle([line("≥", "200", "100", policy=policy)])
    assert earned(line("≥", "200", "100", policy=policy)) == 1250


@pytest.mark.parametrize("word", ["≥", "≤", "≤线性", "="])
def test_at_the_last_size_that_is_scored_in_64_bits_every_number_fits(word: str):
    """The products as `apply_clause` makes them, in Python ints; and the bound gives away no more than 24 of them."""
    for policy in oracle.stock().values():

        def row(size: int, policy: Policy = policy) -> Line:
            actual = Fraction(-size) if word == "≤线性" else Fraction(size)
            return Line(word, actual, Fraction(size), Fraction(size), 10_000, policy, "quantitative")

        low, high = 1, 2**62
        while high - low > 1:
            middle = (low + high) // 2
            fits = score(cases([row(middle)]))["num"].dtype == np.int64
            low, high = (middle, high) if fits else (low, middle)
        over, lines_ = policy.over_fulfilment, scoring.lines_of(policy, "quantitative")
        num, den = (3 * low, low) if word == "≤线性" else (low, low)
        common = scoring.common_of(lines_)
        whole = den * common
        most = [10_000 * (abs(at.intercept * common) * den + abs(at.slope * common) * num) for at in lines_]
        starts = [*(at.start for at in lines_), over.reason_from, *(step.start for step in over.steps)]
        reached = max(
            2 * max(most) + whole * policy.rounding.step, 2 * whole * policy.rounding.step,
            (2 * max((step.points for step in over.steps), default=0) + 1) * whole, *(max(num * s.denominator, den * s.numerator) for s in starts),
        )  # fmt: skip
        assert reached < 2**62
        assert low == 1 or reached * 2**24 > 2**62


# ---- shape -------------------------------------------------------------------------------------------------------


@given(lines())
def test_a_row_earns_between_nothing_and_its_points(row: Line):
    assert 0 <= earned(row) <= row.points


@given(lines(missing=False))
def test_a_met_row_is_full_up_to_the_peak_unless_points_are_deducted(row: Line):
    assume(row.word != "定性")
    due = oracle.scored(row)
    top = oracle.peak(oracle.scale_of(row))
    assume(due.met and not due.deducted and (top is None or due.attainment <= top))
    assert earned(row) == row.points


@given(lines(words=["≥", ">", "="], extreme=False, missing=False), oracle.amounts(False))
def test_more_is_never_worse_up_to_the_peak(row: Line, other: Fraction):
    assert row.actual is not None
    low, high = (replace(row, actual=actual) for actual in sorted((row.actual, other)))
    ends = [end for end in (oracle.peak(row.policy.quantitative),) if end is not None]
    if row.word != "=":
        ends += [step.start for step in row.policy.over_fulfilment.steps]
    assume(row.scale == "quantitative" and (row.target > 0 or row.word != "="))
    reached = oracle.scored(high).attainment
    assume(all(reached < end for end in ends))
    assert earned(low) <= earned(high)


@given(lines(words=["≤", "<", "≤线性", "<线性"], missing=False), oracle.amounts())
def test_less_is_never_worse_where_less_is_wanted(row: Line, other: Fraction):
    assert row.actual is not None
    low, high = (replace(row, actual=actual) for actual in sorted((row.actual, other)))
    assert earned(low) >= earned(high)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000), any_policy())
def test_a_higher_stated_share_never_earns_less(points: int, one: int, two: int, policy: Policy):
    low, high = (
        Line("定性", Fraction(share, 10_000), Fraction(4, 5), Fraction(1), points, policy, "qualitative")
        for share in sorted((one, two))
    )
    assert earned(low) <= earned(high)


@given(lines(missing=False), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_unit_does_not_matter(row: Line, up: int, down: int):
    """Everything in another unit (元 for 万元, ‰ for %): the same points."""
    assume(row.scale in ("quantitative", "execution") and row.actual is not None)
    size = Fraction(up, down)
    scaled = replace(row, actual=(row.actual or 0) * size, target=row.target * size, high=row.high * size)
    assert earned(scaled) == earned(row)


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.sampled_from("≥≤>"))
def test_yuan_and_ten_thousand_yuan_are_read_to_the_same_score(actual: int, target: int, sign: str):
    def read(wanted: str, done: str) -> int:
        pair = set_beside(read_target(sign + wanted), done)
        row = Line(pair.comparator, pair.actual, pair.target, pair.target, 1250, NATIONAL, "quantitative")
        return earned(row)

    def wan(yuan: int) -> str:
        return f"{yuan // 10_000}.{yuan % 10_000:04}万元"

    scores = {read(one, two) for one in (f"{target}元", wan(target)) for two in (f"{actual}元", wan(actual))}
    assert len(scores) == 1


@given(st.lists(lines(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_order_and_company_do_not_matter(rows: list[Line], random: Any):
    """One row alone, in its table, or in another order: the same result."""
    together = score(cases(rows))
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = score(cases([rows[i] for i in order]))
    for position, index in enumerate(order):
        alone = score(cases([rows[index]])).iloc[0]
        for column in ("num", "den", "met", "segment", "over", "deducted", "rounded", "earned"):
            found = [
                Fraction(int(frame[column]), int(frame["den"])) if column == "num" else int(frame[column])
                for frame in (alone, together.iloc[index], shuffled.iloc[position])
                if column != "den"
            ]
            assert len(set(found)) <= 1, column


# ---- tables ------------------------------------------------------------------------------------------------------

RATES = st.one_of(st.none(), st.integers(0, 15_000).map(lambda n: Fraction(n, 10_000)))


@given(st.lists(st.tuples(st.lists(lines(), min_size=1, max_size=4), RATES, any_policy()), min_size=1, max_size=3))
def test_totals_add_up_and_caps_only_lower(tables: list[tuple[list[Line], Fraction | None, Policy]]):
    policies = [policy for _, _, policy in tables]
    rows = [replace(row, points=row.points % 2_001) for table, _, _ in tables for row in table]
    owners = [number for number, (table, _, _) in enumerate(tables) for _ in table]
    frame = score([replace(case, table=owner) for case, owner in zip(cases(rows), owners, strict=True)])
    sums = totals(frame, [rate for _, rate, _ in tables], policies)
    for number, (_, rate, policy) in enumerate(tables):
        mine = [oracle.scored(row).earned for row, owner in zip(rows, owners, strict=True) if owner == number]
        total, final = int(sums["total"][number]), int(sums["score"][number])
        assert total == sum(mine)
        assert final == oracle.capped(total, rate, policy) <= total
        names = [oracle.grade(points, policy) for points in (total, final)]
        assert names == [policy.grades.of(points) for points in (total, final)]
        assert oracle.place(names[0], policy) <= oracle.place(names[1], policy)


@given(any_policy(), st.integers(0, 10_000), RATES)
def test_a_cap_never_raises_a_score_or_a_grade(policy: Policy, total: int, rate: Fraction | None):
    row = Line("≥", Fraction(1), Fraction(1), Fraction(1), total, policy, "quantitative")
    final = int(totals(score(cases([row])), [rate], [policy])["score"][0])
    assert final <= total
    assert oracle.place(policy.grades.of(total), policy) <= oracle.place(policy.grades.of(final), policy)


def test_the_lowest_cap_wins_and_its_end_is_not_below():
    row = replace(line("≥", "1", "1", points=10_000), policy=DEDUCTING)
    rates = ["0.8", "0.799999", "0.7", "0.699999", "0.6", "0.599999", "0.5", "0.499999", "0"]
    frame = score([case for number in range(len(rates)) for case in cases([row], number)])
    sums = totals(frame, [Fraction(rate) for rate in rates], [DEDUCTING] * len(rates))
    assert list(sums["score"]) == [10_000, 8_900, 8_900, 7_900, 7_900, 6_900, 6_900, 5_900, 5_900]


def test_where_no_cap_applies_the_cap_is_a_hundred_points_and_a_missing_rate_is_none_spent():
    row = replace(line("≥", "1", "1", points=10_000), policy=DEDUCTING)
    frame = score([case for number in range(3) for case in cases([row], number)])
    sums = totals(frame, [Fraction(4, 5), None, None], [DEDUCTING, DEDUCTING, NATIONAL])
    assert list(sums["cap"]) == [10_000, 5_900, 10_000]
    assert list(sums["score"]) == [10_000, 5_900, 10_000]


@pytest.mark.parametrize(("outside", "score"), [(0, 300), (200, 500), (-299, 1), (-300, 0), (-301, 0), (-10_000, 0)])
def test_what_is_taken_outside_the_rows_never_leaves_less_than_nothing(outside: int, score: int):
    rows = pd.DataFrame({"table": [0], "earned": [300]})
    out = next(totals(rows, [Fraction(1)], [NATIONAL], [outside]).itertuples())
    assert (out.total, out.score) == (300 + outside, score)


def test_a_table_without_rows_has_no_points():
    sums = totals(score(cases([line("≥", "1", "2")], 1)), [None, None], [NATIONAL, NATIONAL])
    assert list(sums["total"]) == [0, 625]


def test_a_deduction_is_told_rounded_half_up():
    """2 points of a row that has 0.005, 0.015 or less: what is taken is what it had, and is written as 0.01 or 0.02."""
    rows = [line("≥", "130", "100", points=points, policy=DEDUCTING) for points in (1, 2, 199, 200, 201)]
    assert list(score(cases(rows))["deducted"]) == [1, 2, 199, 200, 200]
    lower = DEDUCTING.quantitative.model_copy(update={"segments": [*DEDUCTING.quantitative.segments[:-1], DEDUCTING.quantitative.segments[-1].model_copy(update={"share": Fraction(1, 2)})]})  # fmt: skip
    halved = DEDUCTING.model_copy(update={"quantitative": lower})
    rows = [line("≥", "130", "100", points=points, policy=halved) for points in (1, 2, 3, 5, 399, 401)]
    assert list(score(cases(rows))["deducted"]) == [1, 1, 2, 3, 200, 200]


@pytest.mark.parametrize(
    ("word", "scale", "attainment", "due"),
    [
        ("≥", "quantitative", "1.3", 200),
        (">", "quantitative", "1.31", 200),
        ("≥", "quantitative", "1.2999", 0),
        ("≤", "quantitative", "1.3", 0),
        ("=", "quantitative", "2", 0),
        ("≥", "execution", "1.3", 0),  # spending is no target that was set too low
    ],
)
def test_what_a_policy_takes_for_a_target_set_too_low(word: str, scale: str, attainment: str, due: int):
    assert DEDUCTING.taken(word, scale, Fraction(attainment)) == due
    assert NATIONAL.taken(word, scale, Fraction(attainment)) == 0


# ---- the figures of the issued rules, one by one -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "actual", "target", "policy", "due"),
    [
        ("≥", "59", "59", "cn-2020-10", 1250),
        ("≥", "60", "59", "cn-2020-10", 1250),
        ("≥", "57", "59", "cn-2020-10", 1208),  # 12.50 × 57 ÷ 59 = 12.0763
        ("≥", "120", "59", "cn-2020-10", 1250),
        ("≥", "120", "59", "execution-caps", 1050),
        ("≥", "76.7", "59", "execution-caps", 1050),  # exactly 1.3 times
        ("≥", "76.69", "59", "execution-caps", 1250),
        ("≥", "0", "59", "cn-2020-10", 0),
        ("≥", "-5", "59", "cn-2020-10", 0),
        ("≥", None, "59", "cn-2020-10", 0),
        ("≤", "20", "20", "cn-2020-10", 1250),
        ("≤", "25", "20", "cn-2020-10", 1000),
        ("≤", "25", "20", "linear-at-most", 938),  # 12.50 × (1 − 5 ÷ 20) = 9.375
        ("≤", "40", "20", "cn-2020-10", 625),
        ("≤", "0", "0", "cn-2020-10", 1250),
        ("≤", "1", "0", "cn-2020-10", 0),
        ("=", "21", "21", "cn-2020-10", 1250),
        ("=", "42", "21", "cn-2020-10", 1250),
        ("=", "42", "21", "execution-caps", 1250),
        ("=", "20", "21", "cn-2020-10", 1190),
        ("=", "0", "0", "cn-2020-10", 1250),
        ("=", "1", "0", "cn-2020-10", 0),
        ("定性", "0.8", "0.8", "cn-2020-10", 1000),
        ("定性", "0.6", "0.8", "cn-2020-10", 750),
        ("定性", "0.5", "0.8", "hubei-2020-3", 625),
        ("期限", "1", "1", "cn-2020-10", 1250),
        ("是否", "0", "1", "cn-2020-10", 0),
    ],
)
def test_the_figures_of_the_rules(word: str, actual: str | None, target: str, policy: str, due: int):
    """`≤` under the linear policy becomes `≤线性` where rows are prepared."""
    linear = word == "≤" and FOUND[policy].at_most.attainment == "线性"
    row = line(word + "线性" if linear else word, actual, target, policy=FOUND[policy])
    assert earned(row) == due == oracle.scored(row).earned


def test_half_a_hundredth_is_rounded_up():
    """12.50 × 3 ÷ 40 is 0.9375, 1.00 × 1 ÷ 200 is 0.005."""
    assert earned(line("≥", "3", "40")) == 94
    assert earned(line("≥", "1", "200", points=100)) == 1
    assert earned(line("≥", "1", "201", points=100)) == 0


@pytest.mark.parametrize(("executed", "due"), [("1", 1000), ("1.5", 1000), ("0.85", 850), ("0", 0)])
def test_spending_above_the_budget_is_full_and_is_no_over_fulfilment(executed: str, due: int):
    """The deduction is for indicators whose target was set too low; the budget is not such a target."""
    for policy in FOUND.values():
        row = Line("≥", Fraction(executed), Fraction(1), Fraction(1), 1000, policy, "execution")
        out = score(cases([row])).iloc[0]
        assert (int(out["earned"]), int(out["deducted"]), bool(out["over"])) == (due, 0, False)


@pytest.mark.parametrize("step", [10, 50, 100, 300])
def test_a_met_row_is_full_even_where_its_points_are_no_multiple_of_the_step(step: int):
    rounding = NATIONAL.rounding.model_copy(update={"step": step})
    policy = NATIONAL.model_copy(update={"rounding": rounding})
    for points in (1, 33, 1_249, 1_250, 1_666, 9_999):
        row = Line("≥", Fraction(1), Fraction(1), Fraction(1), points, policy, "quantitative")
        assert earned(row) == points


# ---- points ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_a_split_adds_up_and_no_part_is_a_hundredth_off(points: int, weights: list[int]):
    parts = split(points, weights)
    assert sum(parts) == points
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(part - Fraction(points * weight, whole)) < 1
        assert part >= 0
    assert parts == oracle.split(points, weights)


def test_thirty_over_seven_gives_the_odd_hundredths_to_the_first():
    assert split(3000, [1] * 7) == [429, 429, 429, 429, 428, 428, 428]
    assert split(3000, [0, 0, 0]) == [1000, 1000, 1000]


CATEGORIES = ["产出指标", "效益指标", "满意度指标"]


def indicator(category: str, points: int, number: int) -> Indicator:
    return Indicator(
        id=f"行{number}", category=category, dimension="数量指标", name=f"行{number}", target="≥1人",
        points=oracle.as_points(points),
    )  # fmt: skip


@given(
    any_policy(),
    st.lists(st.tuples(st.sampled_from(CATEGORIES), st.integers(0, 9_000)), min_size=1, max_size=15),
)
def test_points_add_to_a_hundred_under_every_policy(policy: Policy, rows: list[tuple[str, int]]):
    indicators = [indicator(category, points, number) for number, (category, points) in enumerate(rows)]
    made = allocate(indicators, policy.allocation)
    assert sum(made) + policy.allocation.execution == 10_000
    assert all(points >= 0 for points in made)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_item_goals_share_all_but_the_execution_points(name: str):
    allocation = FOUND[name].allocation
    rows = [indicator(ITEM_GOALS, 1500, number) for number in range(7)]
    made = allocate(rows, allocation)
    assert sum(made) + allocation.execution == 10_000
    assert max(made) - min(made) <= 1


def test_hubei_gives_20_40_40():
    rows = [indicator(category, 1, n) for n, category in enumerate(["产出指标", "效益指标", "满意度指标"])]
    assert allocate(rows, FOUND["hubei-2020-3"].allocation) == [4000, 2000, 2000]
    assert FOUND["hubei-2020-3"].allocation.execution == 2000
    assert [p.points for p in NATIONAL.allocation.portions if p.categories == [EXECUTION]] == [1000]


def test_the_frame_is_made_of_whole_numbers():
    frame = score(cases([line("≥", "57", "59"), line("≥", str(10**25), "59")]))
    for column in ("points", "num", "den", "deducted", "earned"):
        assert all(isinstance(value, (int, np.integer)) for value in frame[column]), column
    assert scoring.whole_numbers(Fraction(1, 3), Fraction(5, 4)) == (4, 15)


def test_cases_and_comparators_are_values():
    case, word = cases([line("≥", "1", "2")])[0], COMPARATORS["≥"]
    assert earned(line("≥", "1", "2")) == 625
    for one, name in ((case, "points"), (word, "says")):
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, 1)
        assert not hasattr(one, "__dict__")


@given(any_policy(), st.integers(0, 20_000).map(lambda n: Fraction(n, 100)))
def test_what_is_below_nothing_is_rounded_as_what_is_above(policy: Policy, exact: Fraction):
    step = policy.rounding.step
    assert scoring.rounded(exact, policy) == (exact / step + Fraction(1, 2)).__floor__() * step
    assert scoring.rounded(-exact, policy) == -scoring.rounded(exact, policy)


@given(any_policy(), st.integers(0, 10_000), st.integers(0, 9_900))
def test_without_rows_that_do_not_apply_the_others_are_taken_for_the_whole(policy: Policy, total: int, left_out: int):
    assert scoring.rescaled(total, 0, policy) == total
    exact = Fraction(total * 10_000, 10_000 - left_out)
    assert scoring.rescaled(total, left_out, policy) == (scoring.rounded(exact, policy) if left_out else total)
    assert scoring.total_of(total, Fraction(1), policy) == scoring.total_of(total, Fraction(1), policy, 0, 0)


def test_tables_rates_and_policies_are_as_many():
    rows = pd.DataFrame({"table": [0], "earned": [300]})
    with pytest.raises(ValueError, match="zip"):
        totals(rows, [Fraction(1), Fraction(1)], [NATIONAL])


def test_one_number_is_held_against_both_ends():
    between = COMPARATORS["区间"]
    assert between.attained(Fraction(45), Fraction(40), Fraction(50)) == (1, True)
    assert [between.attained(Fraction(at), Fraction(40), Fraction(50))[1] for at in (39, 40, 50, 51)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert COMPARATORS["≥"].attained(Fraction(59), Fraction(59), None) == (1, True)


def test_the_numbers_of_examples_can_be_followed_in_ones_head():
    """The rule book shows them: tens, or yes and no; what reaches the target among them where a number can."""
    for word, comparator in COMPARATORS.items():
        shown = comparator.example
        numbers = {*shown.actuals, shown.target, *([shown.high] if getattr(shown, "high", None) is not None else [])}
        if comparator.scale == "binary":
            assert sorted(shown.actuals) == [0, 1] and shown.target == 1, word
        else:
            assert all(number % 10 == 0 for number in numbers), word
            assert len(set(shown.actuals)) == len(shown.actuals) > 1, word
