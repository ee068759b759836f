"""Rows scored by their own criterion in planning: attained, foreseen and sought as a search of the whole grid finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator.errors import UsageProblem
from evaluator.evaluation import evaluate
from evaluator.model import Actuals, Budget, Indicator, Project, Result, Source, Spending, UnitRef
from evaluator.planning import attained, sought
from evaluator.planning import forecast as ahead
from evaluator.planning import sensitivity as weighed
from evaluator.planning.attainability import attainable
from evaluator.planning.dials import Openness
from evaluator.planning.forecast import forecast
from evaluator.planning.goalseek import Sought, seek
from evaluator.planning.projectstanding import standings
from evaluator.planning.sensitivity import sensitivity
from evaluator.policy import Policy
from evaluator.rulebook.book import Rulebook
from tests.oracle import found_policies
from tests.test_forecast import book_of

YEAR = 2023
USUAL, BESIDE = (found_policies()[name] for name in ("cn-2020-10", "criteria-and-excess"))
POINTS = Fraction(10)
ALL, SETTLED = Openness(everything=True, settled=True), Openness(settled=True)
By = Callable[[Fraction], Fraction]  # what a criterion gives for a number, by hand


@dataclass(frozen=True)
class Own:
    """A target with its criterion, and the same by hand: points before rounding, and attainment."""

    target: str
    criterion: str
    reads: dict[str, str]
    by: By
    reached: By
    up: bool = True


def least(target: int) -> By:
    return lambda x: x / target


def most(target: int) -> By:
    return lambda x: Fraction(1) if x <= target else Fraction(target) / x


def kept(points: Fraction) -> Fraction:
    return min(max(points, Fraction(0)), POINTS)


def in_bands(x: Fraction) -> Fraction:
    return POINTS if x >= 9 else Fraction(8) if x >= 6 else Fraction(5) if x >= 3 else Fraction(0)


ROWS = [
    Own("≥6人", "每少1人扣1.35分，扣完为止", {}, lambda x: kept(POINTS - Fraction("1.35") * max(6 - x, 0)), least(6)),
    Own("≤4人", "每超1人扣0.7分，扣完为止", {}, lambda x: kept(POINTS - Fraction("0.7") * max(x - 4, 0)), most(4), False),
    Own("≥9人", "9人（含）以上得10分，6人（含）—9人得8分，3人（含）—6人得5分，3人以下不得分", {}, in_bands, least(9)),
    Own("≥7人", "完成率低于60%不得分，60%及以上按比例得分，最高得满分", {},
        lambda x: Fraction(0) if x * 10 < 42 else kept(POINTS * x / 7), least(7)),
    Own("≥5人", "完成率＜70%不得分，＞130%不得分", {},
        lambda x: POINTS if Fraction(7, 2) <= x <= Fraction(13, 2) else Fraction(0), least(5)),
    Own("≥5场", "每完成1场得2分，最高10分", {}, lambda x: kept(2 * x), least(5)),
    Own("=0起", "每发生1起扣3分，扣完为止", {}, lambda x: kept(POINTS - 3 * x), lambda x: Fraction(int(x == 0)), False),
]  # fmt: skip
RATES = [
    Own("≥90%", "每降低2个百分点扣0.5分，扣完为止", {"step": "started"},
        lambda x: kept(POINTS - Fraction(ceil(max(90 - x, 0) / 2), 2)), least(90)),
    Own("≥90%", "每降低2个百分点扣0.5分，扣完为止", {"step": "full"},
        lambda x: kept(POINTS - Fraction(floor(max(90 - x, 0) / 2), 2)), least(90)),
    Own("≤30%", "每超1个百分点扣0.3分，扣完为止", {"step": "proportion"},
        lambda x: kept(POINTS - Fraction("0.3") * max(x - 30, 0)), most(30), False),
    Own("≥80%", "完成率低于60%不得分，60%及以上按比例得分，最高得满分", {"rate": "target"},
        lambda x: Fraction(0) if x < 48 else kept(POINTS * x / 80), least(80)),
    Own("≤20万元", "每超1万元扣1分，扣完为止", {"step": "started"}, lambda x: kept(POINTS - ceil(max(x - 20, 0))), most(20), False),
]  # fmt: skip


def rounded(points: Fraction) -> int:
    """Hundredths, half up, once."""
    return floor(points * 100 + Fraction(1, 2))


def earned(own: Own, x: Fraction, policy: Policy) -> int:
    """A row by hand: under one policy a target passed by half costs one point more."""
    points = own.by(x)
    if policy is BESIDE and own.up and own.target[0] == "≥" and own.reached(x) >= Fraction(3, 2):
        points -= min(Fraction(1), points)
    return rounded(points)


def row_of(number: int, target: str, criterion: str | None, reads: dict[str, str], points: int = 1000, **more: Any):
    fields: dict[str, Any] = {"formula": None, "of_data": None, "data": {}, "category": "产出指标", **more}
    return Indicator.model_construct(
        id=f"行{number}", dimension="数量指标", name=f"第{number}行", description="", target=target, sign=None,
        points=points, criterion=criterion, reads=reads, basis="", line=None, **fields,
    )  # fmt: skip


def table(rows: list[Indicator], policy: Policy, budget: int = 0) -> Project:
    return Project.model_construct(
        code="P1", name="示例项目", year=YEAR, unit=UnitRef(code="0", name="示例单位"), policy=policy.id,
        source=Source(document="示例", line=1), plan={}, goals=[], purpose="", provenance=None,
        budget=Budget.model_construct(total=budget, fiscal=budget, other=0), indicators=rows,
    )  # fmt: skip


def owned(rows: list[Own], policy: Policy) -> Rulebook:
    listed = [row_of(number, own.target, own.criterion, own.reads) for number, own in enumerate(rows)]
    return book_of(table(listed, policy), policy)


def filled(results: dict[str, Result], budget: int = 0, spent: int | None = None) -> dict[tuple[int, str], Actuals]:
    money = Spending.model_construct(adjusted=budget, executed=spent, cause="", remedy="")
    given_ = Actuals(code="P1", year=YEAR).model_copy(update={"results": results, "spending": money})
    return {(YEAR, "P1"): given_}


# ---- one row -----------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.sampled_from([*ROWS, *RATES]), st.sampled_from([USUAL, BESIDE]), st.integers(0, 200 * 10**6))
@example(RATES[3], USUAL, 57 * 10**6)
@example(RATES[0], BESIDE, 88 * 10**6)
def test_every_step_is_what_is_earned_there_and_the_next_begins_where_that_changes(own: Own, policy: Policy, at: int):
    (standing,) = standings(owned([own], policy), filled({}), opened=SETTLED)
    (dial,) = standing.dials
    assert dial.turns[0].first == 0 and dial.turns[-1].last is None
    assert all(first.last == second.first - 1 for first, second in pairwise(dial.turns) if first.last is not None)
    grain = dial.scales[0].grain
    starts = [turn.first for turn in dial.turns] + [turn.last for turn in dial.turns if turn.last is not None]
    numbers = range(40) if dial.whole else [at, *starts[:: max(1, len(starts) // 40)]]
    for number in numbers:
        assert dial.turn(number).earned == earned(own, number * grain, policy), (own.criterion, number)
        assert dial.reached([number]) == [own.reached(number * grain)]


BELOW: list[tuple[str, str, dict[str, str], By]] = [
    ("=0%", "每超1个百分点扣2分，扣完为止", {"step": "started"}, lambda x: kept(POINTS - 2 * ceil(max(x, 0)))),
    ("≥-3%", "每降低1个百分点扣2分，扣完为止", {"step": "full"}, lambda x: kept(POINTS - 2 * floor(max(-3 - x, 0)))),
    ("≥-3%", "每降低1个百分点扣2分，扣完为止", {"step": "proportion"}, lambda x: kept(POINTS - 2 * max(-3 - x, 0))),
    ("≥5%", "每降低2个百分点扣2分，扣完为止", {"step": "proportion"}, lambda x: kept(POINTS - max(5 - x, 0))),
]


@settings(max_examples=20)
@given(st.sampled_from(BELOW), st.integers(-20 * 10**6, 20 * 10**6))
def test_numbers_below_nothing_are_reckoned_with(own: tuple[str, str, dict[str, str], By], at: int):
    target, criterion, reads, by = own
    book = book_of(table([row_of(0, target, criterion, reads)], USUAL), USUAL)
    (standing,) = standings(book, filled({"行0": Result(actual="-2%")}), opened=ALL)
    (dial,) = standing.dials
    grain = dial.scales[0].grain
    for number in (max(at, dial.turns[0].first), *(turn.first for turn in dial.turns[:60])):
        assert dial.turn(number).earned == rounded(by(number * grain)), number
    assert dial.now is not None and dial.turn(int(dial.now)).earned == dial.earned == rounded(by(Fraction(-2)))
    (ranges,) = forecast(book, filled({"行0": Result(actual="-2%")}), opened=ALL)
    assert ranges.low.total == 0 and ranges.high.total == 1000


# ---- several rows ------------------------------------------------------------------------------------------------

WIDE = 22


def cheapest(rows: list[Own], now: list[int | None], policy: Policy, goal: int) -> tuple[int, Fraction] | None:
    """The fewest changes and their least size, by trying all there are."""
    choices = []
    for own, value in zip(rows, now, strict=True):
        aim = Fraction("".join(char for char in own.target if char.isdigit()))
        options = [(0, Fraction(0), 0 if value is None else earned(own, Fraction(value), policy))]
        for number in range(WIDE):
            x = Fraction(number)
            size = min(own.reached(x), Fraction(1)) if value is None else abs(x - value) / (aim or 1)
            if number != value:
                options.append((1, size, earned(own, x, policy)))
        choices.append(options)
    answers = [
        (sum(count for count, _, _ in chosen), sum((size for _, size, _ in chosen), Fraction(0)))
        for chosen in product(*choices)
        if sum(got for _, _, got in chosen) >= goal
    ]
    return min(answers, default=None)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(ROWS), min_size=1, max_size=2), st.sampled_from([USUAL, BESIDE]),
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=2, max_size=2), st.integers(1, 2000),
)  # fmt: skip
def test_what_is_sought_and_foreseen_is_what_the_grid_has(
    rows: list[Own], policy: Policy, so_far: list[int | None], goal: int
):
    now = so_far[: len(rows)]
    book = owned(rows, policy)
    unit = [own.target[-1] for own in rows]
    results = {f"行{n}": Result(actual=f"{v}{unit[n]}") for n, v in enumerate(now) if v is not None}
    (answer,) = seek(book, filled(results), score=goal, opened=ALL)
    wanted = cheapest(rows, now, policy, goal)
    if answer.table is None:
        assert wanted is None
    else:
        size = sum((change.size for change in answer.changes), Fraction(0))
        assert answer.table.score >= goal and (len(answer.changes), size) == wanted
    (ahead_,) = forecast(book, filled(results), opened=ALL)
    ends = [[earned(own, Fraction(n), policy) for n in range(WIDE)] for own in rows]
    assert (ahead_.low.total, ahead_.high.total) == (sum(map(min, ends)), sum(map(max, ends)))


@given(st.sampled_from(ROWS[:2]), st.integers(0, 12))
def test_a_slope_is_the_difference_one_more_makes(own: Own, value: int):
    results = {"行0": Result(actual=f"{value}人")}
    (lever,) = sensitivity(owned([own], USUAL), filled(results))["P1"]
    more, less = (own.by(Fraction(n)) - own.by(Fraction(value)) for n in (value + 1, max(value - 1, 0)))
    assert lever.slope == 100 * max(more, less, 0)


def test_a_row_that_hangs_on_more_than_one_thing_is_weighed_as_it_stands():
    rows = [row_of(0, "制度健全", "①制度健全得4分；②台账完整得6分", {}), row_of(1, "≥6人", ROWS[0].criterion, {})]
    done = filled({"行0": Result(given={"fact1": "是", "fact2": "否"}), "行1": Result(actual="4人")})
    levers = sensitivity(book_of(table(rows, USUAL), USUAL), done)
    listed = weighed.as_json(levers)[0]["rows"]
    assert [(row["earned"], row["to_gain"]) for row in listed] == [("4.00", None), ("7.30", "2.70")]
    assert [line[5] for line in weighed.rows(levers["P1"])[1:]] == ["不推算", "每增加 1 人 +1.35"]


# ---- money -------------------------------------------------------------------------------------------------------

LEFT = "(全年预算数 - 全年执行数) / 全年预算数"
BY_MONEY: list[tuple[str, str, dict[str, str], By]] = [
    ("≤20%", "每超1个百分点扣0.5分，扣完为止", {"step": "proportion"}, lambda x: kept(POINTS - max(x - 20, 0) / 2)),
    ("≤20%", "每超3个百分点扣1分，扣完为止", {"step": "started"}, lambda x: kept(POINTS - ceil(max(x - 20, 0) / 3))),
    ("≥30%", "30%（含）以上得10分，10%（含）—30%得6分，10%以下不得分", {},
     lambda x: POINTS if x >= 30 else Fraction(6) if x >= 10 else Fraction(0)),
]  # fmt: skip
NEVER_FULL = "9人（含）以上得8分，9人以下不得分"


def spendings(own: tuple[str, str, dict[str, str], By], budget: int) -> Iterator[int]:
    """What the execution row and the money left give together for each spending, by hand."""
    execution = USUAL.allocation.execution
    for spent in range(budget + 1):
        rate = Fraction(spent, budget)
        yield rounded(Fraction(execution, 100) * rate) + rounded(own[3](100 - rate * 100))


@settings(max_examples=40)
@given(st.sampled_from(BY_MONEY), st.integers(1, 90), st.integers(0, 90))
def test_no_spending_scores_more_and_each_is_scored_as_planned(
    own: tuple[str, str, dict[str, str], By], budget: int, at: int
):
    target, criterion, reads, _ = own
    rows = [row_of(0, target, criterion, reads, formula=LEFT), row_of(1, "≥9人", NEVER_FULL, {"pts": "sentence"})]
    book = book_of(table(rows, USUAL, budget), USUAL)
    totals = list(spendings(own, budget))
    (reach,) = attainable(book, {})
    assert (reach.luck or reach.best).total == max(totals) + 800
    assert totals[reach.best.spent] + 800 == reach.best.total == reach.witness.score
    assert "最多得 8.00" in dict(attained.says(reach))["取得办法"]
    (foreseen,) = forecast(book, {})
    assert (foreseen.low.total, foreseen.high.total) == (min(totals), max(totals) + 800)
    given_ = filled({}, budget, min(at, budget))
    assert evaluate(book, given_).projects[0].score == totals[min(at, budget)]


# ---- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "criterion", "said", "worth"),
    [
        ("优", "优得满分，良得80%，中得60%，差不得分", ["优", "良", "中", "差"], [1000, 800, 600, 0]),
        ("否", "否得满分，是不得分", ["否", "是"], [1000, 0]),
        (
            "资料齐全",
            "每缺一项扣3分，扣完为止",
            ["缺0项", "缺1项", "缺2项", "缺3项", "缺4项"],
            [1000, 700, 400, 100, 0],
        ),
        (
            "10月底前",
            "按期完成得满分，每延迟1个月扣4分，扣完为止，不足一个单位的按一个单位计",
            ["迟了0个月", "迟了1个月", "迟了2个月", "迟了3个月"],
            [1000, 600, 200, 0],
        ),
    ],
)
def test_what_one_word_or_one_count_decides_is_foreseen(target: str, criterion: str, said: list[str], worth: list[int]):
    book = book_of(table([row_of(0, target, criterion, {})], USUAL), USUAL)
    (standing,) = standings(book, filled({}), opened=SETTLED)
    assert {choice.says: choice.earned for choice in standing.dials[0].choices} == dict(zip(said, worth, strict=True))
    (foreseen,) = forecast(book, filled({}), opened=SETTLED)
    assert (foreseen.low.total, foreseen.high.total) == (0, 1000)
    (answer,) = seek(book, filled({}), score=worth[1] or 1, opened=SETTLED)
    assert answer.table is not None and answer.table.score in worth
    assert ahead.as_json([foreseen])[0]["highest"]["witness"] == {"行0": said[0]}
    (change,) = sought.as_json([answer], {})[0]["changes"]
    assert change["before"] is None and change["after"] in said


def sought_from(count: int, goal: int) -> Sought:
    book = book_of(table([row_of(0, "资料齐全", "每缺一项扣3分，扣完为止", {})], USUAL), USUAL)
    (answer,) = seek(book, filled({"行0": Result(given={"count": str(count)})}), score=goal, opened=ALL)
    return answer


def test_a_count_goes_back_only_as_far_as_it_must():
    assert [sought.change_says(change) for change in sought_from(7, 400).changes] == [
        "“第0行”缺2项（原为缺7项，+4.00 分）"
    ]
    assert sought_from(2, 400).changes == ()


# ---- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "criterion", "more", "says"),
    [
        ("制度健全", "①制度健全得4分；②台账完整得3分；③专人负责得3分", {}, "不止一件事"),
        ("≥95%", "得分=合格人数÷参评人数×分值", {}, "“合格人数”是多少"),
        ("≥95%", "每发现一处不合规扣1分，扣完为止", {}, "还要看"),
        ("≥95%", "每降低1个百分点扣2分，扣完为止", {}, "reads: step"),
        ("≥80%", "完成率低于60%不得分，60%及以上按比例得分，最高得满分", {}, "reads: rate"),
        ("10月底前", "按期完成得满分，每延迟1个月扣1分，扣完为止", {}, "还要看"),
    ],
)
def test_what_hangs_on_more_than_one_number_is_refused_with_the_reason(
    target: str, criterion: str, more: dict[str, Any], says: str
):
    rows = [row_of(0, target, criterion, more.get("reads", {})), row_of(1, "±3%以内", criterion, {})]
    with pytest.raises(UsageProblem) as refused:
        forecast(book_of(table(rows, USUAL), USUAL), filled({}), opened=SETTLED)
    assert [problem.code for problem in refused.value.problems] == ["U378", "U378"]
    assert says in refused.value.problems[0].says


def test_the_highest_score_is_refused_where_a_met_target_does_not_tell_what_a_row_gives():
    facts = row_of(0, "制度健全", "①制度健全得4分；②台账完整得6分", {})
    rates = row_of(1, "≥95%", "得分=合格人数÷参评人数×分值，最高得满分", {})
    with pytest.raises(UsageProblem) as refused:
        attainable(book_of(table([facts, rates], USUAL, 100), USUAL), {})
    assert [problem.code for problem in refused.value.problems] == ["U378", "U378"]
