"""Where two honest readers differ (docs/rules.md): each row of that table is proved by what the engine does."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from evaluator.monitoring.rules import Likelihood
from evaluator.rulebook.book import Rulebook
from evaluator.scenarios.scenario import run_paths
from evaluator.scoring import Case, score
from tests.test_monitoring import DATES, codes, point, project, watch

ROOT = Path(__file__).parents[1]
SECTION = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").split("## 两种读法都说得通的地方")[1]
ROWS = [line.split("|")[1].strip() for line in SECTION.splitlines() if line.startswith("| ")][1:]
HERE = {  # the rows proved below, and not by a scenario
    "得分的位数是 0.1 时什么是满分": "test_full_marks_are_the_points_whatever_the_step",
    "计划进度取哪一天的": "test_planned_progress_is_of_the_day_of_the_data",
    "期限没有到，又填了实现可能性": "test_over_a_waiting_deadline_the_worse_of_the_two_holds",
    "期限已过而没有以后的数据": "test_a_deadline_passed_and_not_filled_in_is_not_green",
}


def test_every_row_is_proved_by_scenarios_that_hold_or_by_a_test_here(book: Rulebook):
    outcomes = run_paths([ROOT / "scenarios" / "readings.yaml"], book)
    assert [outcome.failures for outcome in outcomes if outcome.failures] == []
    proved = [outcome.name.split("：")[0] for outcome in outcomes]
    assert set(proved) | set(HERE) == set(ROWS)
    assert all(proved.count(row) >= 2 for row in set(proved)), "one on either side"
    assert all(name in globals() for name in HERE.values())
    assert len(ROWS) == 11


@pytest.mark.parametrize(
    ("points", "actual", "earned"),
    [(1255, 100, 1255), (1255, 120, 1255), (1255, 99, 1240), (1250, 99, 1240), (1255, 9999, 1255), (1257, 0, 0)],
)
def test_full_marks_are_the_points_whatever_the_step(book: Rulebook, points: int, actual: int, earned: int):
    policy = book.policies["cn-2020-10"]
    step = policy.model_copy(update={"rounding": policy.rounding.model_copy(update={"step": 10})})
    case = Case(0, "≥", Fraction(actual), Fraction(100), Fraction(100), points, step, "quantitative")
    assert int(score([case])["earned"][0]) == earned


def test_a_step_never_gives_more_than_the_points(book: Rulebook):
    policy = book.policies["cn-2020-10"]
    step = policy.model_copy(update={"rounding": policy.rounding.model_copy(update={"step": 10})})
    cases = [
        Case(0, "≥", Fraction(actual), Fraction(1000), Fraction(1000), 1257, step, "quantitative")
        for actual in range(1001)
    ]
    earned = [int(one) for one in score(cases)["earned"]]
    assert max(earned) == 1257 and all(one % 10 == 0 for one in earned if one != 1257)


def test_planned_progress_is_of_the_day_of_the_data(book: Rulebook):
    made, told = project([{"target": "≥1人"}]), point(DATES[1], executed="50")
    for days in (0, 1, 150):
        money = watch(book, made, told, as_of=DATES[1] + timedelta(days)).projects[0].money
        assert (money.planned, money.ratio) == (Fraction(1, 2), 1)
    assert "M211" in codes(watch(book, made, told, as_of=DATES[2] + timedelta(1)))


@pytest.mark.parametrize(
    ("likelihood", "colour"), [(None, "绿"), ("确定能", "绿"), ("有可能", "黄"), ("完全不可能", "红")]
)
def test_over_a_waiting_deadline_the_worse_of_the_two_holds(book: Rulebook, likelihood: Likelihood | None, colour: str):
    row = {"likelihood": likelihood} if likelihood else {}
    told = point(date(2023, 6, 1), executed="50", indicators={"甲1": row})
    assert watch(book, project([{"target": "6月20日前完成"}]), told).projects[0].rows[0].colour == colour


@pytest.mark.parametrize(
    ("likelihood", "colour"), [(None, None), ("确定能", None), ("有可能", "黄"), ("完全不可能", "红")]
)
def test_a_deadline_passed_and_not_filled_in_is_not_green(
    book: Rulebook, likelihood: Likelihood | None, colour: str | None
):
    """The report is of 1 June, the deadline 20 June: on the day itself it is green, from the next day nobody knows."""
    made = project([{"target": "6月20日前完成"}])
    row = {"likelihood": likelihood} if likelihood else {}
    told = point(date(2023, 6, 1), executed="50", indicators={"甲1": row})
    nearly = watch(book, made, told, as_of=date(2023, 6, 20))
    assert nearly.projects[0].rows[0].colour == (colour or "绿") and "M222" not in codes(nearly)
    passed = watch(book, made, told, as_of=date(2023, 6, 21))
    assert passed.projects[0].rows[0].colour == colour
    assert "M222" in codes(passed) and "M221" not in codes(passed) and passed.attention
    (item,) = [item for item in passed.items if item.kind == "期限"]
    assert item.state == "已到期，待填报"
    later = point(date(2023, 7, 1), executed="50", indicators={"甲1": {}})
    assert watch(book, made, told, later).projects[0].rows[0].colour == "红"
    done = point(date(2023, 6, 1), executed="50", indicators={"甲1": {"value": "5月30日"}})
    assert watch(book, made, done, as_of=date(2023, 6, 21)).projects[0].rows[0].colour == "绿"


def test_the_colour_at_an_earlier_report_stays_what_it_was(book: Rulebook):
    """`before` is judged by its own day: a deadline that passed since was still waiting then."""
    made, first = project([{"target": "6月20日前完成"}]), point(date(2023, 6, 1), executed="50")
    second = point(date(2023, 6, 10), executed="50")
    assert watch(book, made, first, second, as_of=date(2023, 7, 1)).projects[0].before == "绿"
