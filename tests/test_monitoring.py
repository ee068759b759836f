"""Monitoring: the plan between its dates, colours at their bounds, what is certain, what is due, the files and the ledger."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.errors import ActualsProblems, EvaluatorError, RuleProblems, UsageProblem
from evaluator.figures import wan
from evaluator.formats import render
from evaluator.model import Project
from evaluator.monitoring.monitor import Monitored, Watched, monitor
from evaluator.monitoring.points import MonitoringPoint, load_points
from evaluator.monitoring.rules import (
    COLOURS,
    LIKELIHOODS,
    MonitoringPolicy,
    Promise,
    load_duties,
    load_monitoring_policy,
    plan_days,
    planned_share,
)
from evaluator.monitoring.watchdata import as_json
from evaluator.monitoring.watchforms import chart, monitoring_document, rate
from evaluator.policies.bases import cited
from evaluator.preparation import tables_of
from evaluator.quantities.days import day_of, last_day
from evaluator.quantities.quantity import Unreadable
from evaluator.records.ledger import Ledger
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook
from tests.documents import HOSTILE, LONG, UNPRINTABLE, bare, elsewhere, texts

ROOT = Path(__file__).parents[1]
POLICY = load_monitoring_policy([ROOT / "rules"], 2023)
DATES = (date(2023, 3, 31), date(2023, 6, 30), date(2023, 10, 31))
SLOW, DEFEATED = "13028124P00499610001T", "13028124P00508210001R"
CODE = "XM001"


def sample_projects(book: Rulebook) -> list[Project]:
    return [table for table in tables_of(book, 2023, "629001") if isinstance(table, Project)]


def watched_sample(book: Rulebook, as_of: date, **more: Any) -> Monitored:
    projects, duties = sample_projects(book), load_duties(ROOT / "rules", 2023, "629001")
    points = load_points(ROOT / "monitoring", projects, [duty for duty, _ in duties], as_of)
    return monitor(book, projects, duties, points, more.pop("policy", POLICY), as_of, **more)


def project(rows: list[dict[str, str]], plan: dict[str, str] | None = None, year: int = 2023) -> Project:
    """A project of 100 万元 with these indicators (示例数据)."""
    usual = {"3月底": "25%", "6月底": "50%", "10月底": "75%", "12月底": "100%"}
    whole = {"category": "产出指标", "dimension": "数量指标", "name": "示例指标", "points": "10"}
    indicators = [{"id": f"甲{number}", **whole, **row} for number, row in enumerate(rows, 1)]
    return Project.model_validate(
        {
            "code": CODE, "name": "示例项目", "year": year, "unit": {"code": "000000", "name": "示例单位"},
            "source": {"document": "示例", "line": 7}, "budget": {"total": "100", "fiscal": "100", "other": "0"},
            "plan": usual if plan is None else plan, "goals": [], "indicators": indicators,
        }
    )  # fmt: skip


def point(day: date, year: int = 2023, **told: Any) -> MonitoringPoint:
    content = {"unit": "000000", "year": year, "date": str(day), "projects": {CODE: told}}
    return MonitoringPoint.model_validate(content)


def watch(book: Rulebook, made: Project, *points: MonitoringPoint, as_of: date | None = None, **more: Any) -> Monitored:
    return monitor(
        book, [made], more.pop("duties", []), points, more.pop("policy", POLICY), as_of or points[-1].day, **more
    )


def only(book: Rulebook, target: str, day: date = DATES[1], executed: str = "50", **row: Any) -> Watched:
    """A project with one indicator, half of its money spent, watched on a day."""
    extra = {name: row.pop(name) for name in ("formula", "sign") if name in row}
    told = point(day, executed=executed, indicators={"甲1": row})
    return watch(book, project([{"target": target, **extra}]), told).projects[0]


def codes(made: Monitored | Watched) -> set[str]:
    return {problem.code for problem in made.found}


# ---- the plan between its dates ----------------------------------------------------------------------------------

years = st.integers(2000, 2099)
modes = st.sampled_from(["直线", "阶梯"])


@st.composite
def plans(draw: st.DrawFn) -> tuple[int, list[tuple[date, Fraction]]]:
    year = draw(years)
    months = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=6)))
    shares = sorted(draw(st.lists(st.integers(0, 100), min_size=len(months), max_size=len(months))))
    shares[-1] = 100
    written = {f"{month}月底": Fraction(share, 100) for month, share in zip(months, shares, strict=True)}
    return year, plan_days(written, year)


@given(plans(), modes)
def test_the_plan_is_met_exactly_on_its_dates_and_never_falls(plan: tuple[int, list[tuple[date, Fraction]]], mode: str):
    year, days = plan
    for day, share in days:
        assert planned_share(days, day, year, mode) == share
    course = [planned_share(days, date(year, 1, 1) + timedelta(n), year, mode) for n in range(-40, 400)]
    assert course == sorted(course)
    assert course[0] == 0 and course[-1] == 1


@given(plans(), st.integers(0, 364))
def test_a_step_is_never_above_the_straight_line_and_says_only_what_is_written(
    plan: tuple[int, list[tuple[date, Fraction]]], number: int
):
    year, days = plan
    day = date(year, 1, 1) + timedelta(number)
    step = planned_share(days, day, year, "阶梯")
    assert step <= planned_share(days, day, year, "直线")
    assert step in {Fraction(0), *(share for _, share in days)}


def test_a_straight_line_goes_by_days_and_knows_leap_years():
    days = plan_days({"2月底": Fraction(1, 2), "12月底": Fraction(1)}, 2024)
    assert days[0][0] == date(2024, 2, 29)
    assert planned_share(days, date(2024, 2, 1), 2024, "直线") == Fraction(1, 2) * Fraction(32, 60)
    assert plan_days({"2月底": Fraction(1)}, 2023)[0][0] == date(2023, 2, 28)
    assert plan_days({"2月底": Fraction(1)}, 2100)[0][0] == date(2100, 2, 28)


def test_periods_that_are_no_dates_or_not_in_order_are_told(book: Rulebook):
    for plan in ({"开工时": "100%"}, {"6月底": "50%", "3月底": "100%"}, {"全年": "100%"}):
        with pytest.raises(RuleProblems) as raised:
            watch(book, project([{"target": "≥1人"}], plan), point(DATES[0], executed="1"))
        assert [problem.code for problem in raised.value.problems] == ["M201"]


@pytest.mark.parametrize(
    "text", ["2023-06-30", "2023/6/30", "2023.6.30", "2023年6月30日", "２０２３-06-30", "2023年6月底", " 2023-6-30 "]
)
def test_a_day_is_read_however_it_is_written(text: str):
    assert day_of(text) == date(2023, 6, 30)


@pytest.mark.parametrize(
    "text",
    ["6月30日", "2023年6月", "2023-02-29", "2023-13-01", "20230630", "2023年6月30日前", "昨天", "", "全年", "≥5"],
)
def test_what_is_no_certain_day_is_refused(text: str):
    with pytest.raises(Unreadable):
        day_of(text)


def test_29_february_is_a_day_of_leap_years_only():
    assert day_of("2024-02-29") == date(2024, 2, 29) == last_day("2月底", 2024)
    assert last_day("2月底", 2023) == date(2023, 2, 28)


# ---- colours -----------------------------------------------------------------------------------------------------


def money_colour(book: Rulebook, fen: int, day: date = DATES[1], policy: MonitoringPolicy = POLICY) -> str | None:
    told = point(day, executed=wan(fen))
    return watch(book, project([{"target": "≥1人"}]), told, policy=policy).projects[0].money_colour


@pytest.mark.parametrize(
    ("share", "colour"), [(0, "红"), (60, "黄"), (80, "绿"), (100, "绿"), (120, "绿"), (200, "绿")]
)
def test_money_changes_colour_exactly_at_its_bounds(book: Rulebook, share: int, colour: str):
    half = 50_000_000  # 分: what the plan wants by the end of June
    exactly = half * share // 100
    assert money_colour(book, exactly) == colour
    if share in (60, 80):
        assert money_colour(book, exactly - 1) == {"黄": "红", "绿": "黄"}[colour]
        shown = rate(Fraction(exactly - 1, half))
        assert shown != f"{share}.00%", "a share just below a bound never reads as the bound"


@given(st.integers(0, 200_000_000))
def test_the_colour_of_money_is_that_of_the_ratio(fen: int):
    ratio = Fraction(fen, 50_000_000)
    expected = "红" if ratio < Fraction(6, 10) else "黄" if ratio < Fraction(8, 10) else "绿"
    assert POLICY.money.of(ratio) == expected


@pytest.mark.parametrize(
    ("value", "colour"),
    [("599人", "红"), ("600人", "黄"), ("799人", "黄"), ("800人", "绿"), ("1199人", "绿"), ("1200人", "蓝")],
)
def test_at_least_rows_change_colour_exactly_at_their_bounds(book: Rulebook, value: str, colour: str):
    assert only(book, "≥1000人", value=value).rows[0].colour == colour


@pytest.mark.parametrize(
    ("value", "colour"),
    [("299人", "红"), ("300人", "黄"), ("399人", "黄"), ("400人", "绿"), ("600人", "蓝"), ("599人", "绿")],
)
def test_a_cumulative_row_is_compared_with_the_planned_share(book: Rulebook, value: str, colour: str):
    assert only(book, "≥1000人", value=value, cumulative="true").rows[0].colour == colour


@pytest.mark.parametrize(
    ("target", "value", "colour"),
    [
        ("≤5%", "5%", "绿"), ("≤5%", "5.01%", "红"), ("≤30万元", "0万元", "绿"), ("<5次", "5次", "红"), ("<5次", "4次", "绿"),
        ("=10个", "10个", "绿"), ("=10个", "11个", "黄"), ("=10个", "8个", "绿"), ("=10个", "7个", "黄"), ("=10个", "5个", "红"),
        ("10-20次", "10次", "绿"), ("10-20次", "20次", "绿"), ("10-20次", "21次", "黄"), ("10-20次", "5次", "红"),
        ("6月20日前完成", "6月19日", "绿"), ("6月20日前完成", "6月21日", "红"), ("通过", "已通过", "绿"),
    ],
)  # fmt: skip
def test_every_kind_of_row_has_its_colour(book: Rulebook, target: str, value: str, colour: str):
    assert only(book, target, value=value).rows[0].colour == colour


@pytest.mark.parametrize("likelihood", [*LIKELIHOODS, None])
@pytest.mark.parametrize(("target", "value"), [("有所提升", "走访正常开展"), ("≥95%", None), ("通过", "未通过")])
def test_without_a_number_the_colour_is_what_the_unit_states(
    book: Rulebook, target: str, value: str | None, likelihood: str | None
):
    row = {name: told for name, told in (("value", value), ("likelihood", likelihood)) if told}
    made = only(book, target, **row)
    expected = {"确定能": "绿", "有可能": "黄", "完全不可能": "红", None: None}[likelihood]
    assert made.rows[0].colour == expected
    assert ("M221" in codes(made)) == (likelihood is None)


@pytest.mark.parametrize(("day", "colour"), [(date(2023, 6, 20), "绿"), (date(2023, 6, 21), "红")])
def test_a_deadline_without_a_value_is_overdue_only_after_its_day(book: Rulebook, day: date, colour: str):
    made = only(book, "6月20日前完成", day)
    assert made.rows[0].colour == colour
    assert any(item.overdue for item in made.items) == (colour == "红")


def test_an_ambiguous_deadline_is_overdue_only_by_its_latest_reading(book: Rulebook):
    assert only(book, "9月前完成", date(2023, 9, 10)).rows[0].colour == "绿"
    assert only(book, "9月前完成", date(2023, 10, 1)).rows[0].colour == "红"


@given(st.lists(st.sampled_from([*COLOURS, None]), max_size=8))
def test_the_worst_colour_is_the_first_in_order(colours: list[Any]):
    known = [colour for colour in ("红", "黄", "绿", "蓝") if colour in colours]
    assert POLICY.project.worst(colours) == (known[0] if known else None)


@given(
    st.permutations([("≥100人", "59人"), ("≥100人", "70人"), ("≥100人", "100人"), ("≤5次", "5次")]), st.integers(1, 4)
)
def test_a_project_shows_its_worst_colour(book: Rulebook, rows: list[tuple[str, str]], count: int):
    told = {f"甲{n}": {"value": value} for n, (_, value) in enumerate(rows[:count], 1)}
    made = watch(
        book, project([{"target": t} for t, _ in rows[:count]]), point(DATES[1], executed="50", indicators=told)
    )
    colours = {row.colour for row in made.projects[0].rows}
    expected = next(colour for colour in ("红", "黄", "绿") if colour in colours | {"绿"})
    assert made.colour == made.projects[0].colour == expected
    assert made.attention == (expected != "绿")


# ---- before, between and after the plan's dates ------------------------------------------------------------------


def with_mode(mode: str) -> MonitoringPolicy:
    return POLICY.model_copy(update={"interpolation": POLICY.interpolation.model_copy(update={"between": mode})})


def test_before_the_first_date_nothing_is_wanted_under_steps_and_something_under_a_straight_line(book: Rulebook):
    early = date(2023, 2, 28)
    assert money_colour(book, 0, early, with_mode("阶梯")) == "绿"
    assert money_colour(book, 0, early, with_mode("直线")) == "红"


def test_between_two_dates_the_policy_decides(book: Rulebook):
    day, fen = date(2023, 9, 30), 50_000_000
    assert money_colour(book, fen, day, with_mode("阶梯")) == "绿"
    assert money_colour(book, fen, day, with_mode("直线")) == "黄"  # 50% of a planned 68.7%


def test_after_the_last_date_the_whole_budget_was_planned(book: Rulebook):
    told = point(date(2024, 1, 20), executed="100")
    made = watch(book, project([{"target": "≥1人"}]), told).projects[0]
    assert made.money.planned == 1 and made.money.ratio == 1
    assert {item.state for item in made.items} == {"已达到"}


def test_a_project_without_a_plan_has_no_colour_for_its_money(book: Rulebook):
    made = watch(book, project([{"target": "≥1人"}], {}), point(DATES[0], executed="0")).projects[0]
    assert made.money_colour is None and made.money.planned is None
    assert "M216" in codes(made)
    for likelihood, colour in (("确定能", "绿"), (None, None)):
        row = {"value": "1人", "cumulative": "true"} | ({"likelihood": likelihood} if likelihood else {})
        told = point(DATES[0], executed="0", indicators={"甲1": row})
        whole = watch(book, project([{"target": "≥100人"}], {}), told)
        assert whole.projects[0].rows[0].colour == colour
        assert whole.money.planned is None and chart(whole, whole.projects).series[0].values == (None,)


def test_an_adjusted_budget_stays_in_force(book: Rulebook):
    told = [
        point(DATES[0], executed="20"),
        point(DATES[1], executed="40", adjusted="80"),
        point(DATES[2], executed="60"),
    ]
    made = watch(book, project([{"target": "≥1人"}]), *told).projects[0]
    assert [money.budget for money in made.course] == [100_000_000, 80_000_000, 80_000_000]
    assert made.money.rate == Fraction(3, 4)
    assert [made.budget_at(day) for day in (date(2023, 1, 1), DATES[0], DATES[1], date(2023, 12, 31))] == [
        100_000_000, 100_000_000, 80_000_000, 80_000_000,
    ]  # fmt: skip


# ---- what is certain, and what contradicts it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "row", "computed"),
    [
        ("≥100人", {"value": "100人", "cumulative": "true"}, "确定能"),
        ("≥100人", {"value": "99人", "cumulative": "true"}, "有可能"),
        ("≥100人", {"value": "100人"}, "有可能"),  # people may leave again
        ("≤5次", {"value": "6次", "cumulative": "true"}, "完全不可能"),
        ("≤5次", {"value": "5次", "cumulative": "true"}, "有可能"),
        ("≤5%", {"value": "6%"}, "有可能"),  # a rate may come back
        ("=10个", {"value": "11个", "cumulative": "true"}, "完全不可能"),
        ("10-20次", {"value": "21次", "cumulative": "true"}, "完全不可能"),
        ("6月20日前完成", {"value": "6月19日"}, "确定能"),
        ("6月20日前完成", {"value": "6月21日"}, "完全不可能"),
        ("≥50万元", {"formula": "全年执行数"}, "确定能"),
        ("≥51万元", {"formula": "全年执行数"}, "有可能"),
        ("≤49万元", {"formula": "全年执行数"}, "完全不可能"),
        ("≥51%", {"formula": "(全年预算数 - 全年执行数) / 全年预算数"}, "完全不可能"),
        ("≥50%", {"formula": "(全年预算数 - 全年执行数) / 全年预算数"}, "有可能"),
        ("≤50%", {"formula": "(全年预算数 - 全年执行数) / 全年预算数"}, "确定能"),
    ],
)
def test_only_what_is_certain_is_computed(book: Rulebook, target: str, row: dict[str, str], computed: str):
    for likelihood in LIKELIHOODS:
        made = only(book, target, **row, likelihood=likelihood)
        assert made.rows[0].computed == computed
        assert ("M218" in codes(made)) == (computed not in ("有可能", likelihood))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"value": "50人"}, True),
        ({"value": "50人", "cause": "原因"}, True),
        ({"value": "50人", "cause": "原因", "measure": "措施"}, False),
        ({"value": "100人"}, False),
        ({"value": "100人", "likelihood": "完全不可能"}, True),
    ],
)
def test_what_is_red_or_impossible_needs_a_cause_and_a_measure(book: Rulebook, row: dict[str, str], expected: bool):
    assert ("M219" in codes(only(book, "≥100人", **row))) == expected


def test_money_that_is_short_needs_a_cause_and_a_measure(book: Rulebook):
    made = project([{"target": "≥1人"}])
    assert "M217" in codes(watch(book, made, point(DATES[1], executed="10")))
    assert "M217" not in codes(watch(book, made, point(DATES[1], executed="10", cause="原因", measure="措施")))
    assert "M217" not in codes(watch(book, made, point(DATES[1], executed="40")))
    empty = watch(book, made, point(DATES[1], executed="10", cause="同上", measure="/"))
    (told,) = [one.says for one in empty.projects[0].found if one.code == "M217"]
    assert told.endswith("没有写明偏差原因和改进措施（原因写作“同上”，不是原因；措施写作“/”，不是措施）")


def test_cumulative_figures_that_fall_are_told(book: Rulebook):
    made = project([{"target": "≥100人"}])

    def told(day: date, executed: str, value: str) -> MonitoringPoint:
        return point(day, executed=executed, indicators={"甲1": {"value": value, "cumulative": "true"}})

    fallen = watch(book, made, told(DATES[0], "30", "30人"), told(DATES[1], "29", "29人"))
    assert {"M215", "M220"} <= codes(fallen)
    same = watch(book, made, told(DATES[0], "30", "30人"), told(DATES[1], "30", "30人"))
    assert not {"M215", "M220"} & codes(same)


def test_spending_beyond_the_budget_and_missing_figures_are_told(book: Rulebook):
    made = project([{"target": "≥1人"}])
    assert "M214" in codes(watch(book, made, point(DATES[0], executed="100.01")))
    assert "M214" not in codes(watch(book, made, point(DATES[0], executed="100")))
    assert "M213" in codes(watch(book, made, point(DATES[0])))
    empty = MonitoringPoint.model_validate({"unit": "000000", "year": 2023, "date": "2023-03-31"})
    assert codes(watch(book, made, empty)) == {"M212"}
    assert watch(book, made, empty).money.rate is None


def test_a_report_older_than_a_plan_date_is_told(book: Rulebook):
    made, told = project([{"target": "≥1人"}]), point(DATES[1], executed="50")
    assert "M211" not in codes(watch(book, made, told, as_of=DATES[2]))
    late = watch(book, made, told, as_of=DATES[2] + timedelta(1))
    assert "M211" in codes(late) and late.attention
    assert late.projects[0].money.planned == Fraction(1, 2), "compared with the plan of the report's own day"


# ---- what is due -------------------------------------------------------------------------------------------------

DUTY = Promise.model_validate(
    {"id": "代编", "title": "细化", "due": "6月底", "source": {"document": "示例", "line": 40}}
)


@pytest.mark.parametrize(
    ("reported", "as_of", "done", "state"),
    [
        (date(2023, 3, 31), date(2023, 3, 31), None, "未到期"),
        (date(2023, 3, 31), date(2023, 5, 30), None, "未到期"),
        (date(2023, 3, 31), date(2023, 5, 31), None, "即将到期"),
        (date(2023, 6, 30), date(2023, 6, 30), None, "即将到期"),
        (date(2023, 6, 30), date(2023, 7, 1), None, "已到期，待填报"),
        (date(2023, 7, 1), date(2023, 7, 1), None, "逾期"),
        (date(2023, 7, 1), date(2023, 7, 1), date(2023, 6, 30), "已完成"),
        (date(2023, 7, 1), date(2023, 7, 1), date(2023, 7, 1), "逾期完成"),
    ],
)
def test_a_duty_is_due_soon_overdue_or_done(book: Rulebook, reported: date, as_of: date, done: date | None, state: str):
    told = MonitoringPoint.model_validate(
        {"unit": "000000", "year": 2023, "date": str(reported), "duties": {"代编": {"done": str(done)}} if done else {}}
    )
    made = watch(book, project([{"target": "≥1人"}]), told, as_of=as_of, duties=[(DUTY, date(2023, 6, 30))])
    (item,) = [item for item in made.items if item.kind == "事项"]
    assert (item.state, item.line, item.overdue) == (state, 40, state == "逾期")


def test_the_days_of_notice_can_be_asked_for(book: Rulebook):
    made, told = project([{"target": "≥1人"}]), point(DATES[0], executed="25")
    soon = [watch(book, made, told, notice=days).projects[0].items[1].state for days in (90, 91)]
    assert soon == ["未到期", "即将到期"]


def test_periods_reached_late_are_told_apart(book: Rulebook):
    told = [point(DATES[0], executed="24.99"), point(DATES[1], executed="50"), point(DATES[2], executed="74.99")]
    states = [item.state for item in watch(book, project([{"target": "≥1人"}]), *told).projects[0].items]
    assert states == ["到期后达到", "已达到", "未达到", "未到期"]


def test_the_duties_of_the_sample_stand_where_they_are_said_to(book: Rulebook):
    ((duty, due),) = load_duties(ROOT / "rules", 2023, "629001")
    lines = (ROOT / "rules/projects/2023/629001/source/goals.txt").read_text(encoding="utf-8").split("\n")
    assert due == date(2023, 6, 30)
    assert duty.source.line and duty.title in lines[duty.source.line - 1]
    assert load_duties(ROOT / "rules", 2022, "629001") == []


# ---- the sample --------------------------------------------------------------------------------------------------


def test_the_sample_leads_up_to_the_year_end(book: Rulebook):
    made = watched_sample(book, date(2023, 12, 31))
    actuals = load_actuals(ROOT / "actuals", book)
    assert made.illustrative and made.days == DATES
    for one in made.projects:
        spending = actuals[2023, one.project.code].spending
        course = [money.executed or 0 for money in one.course]
        assert course == sorted(course) and course[-1] <= (spending.executed or 0)
        assert one.money.budget == spending.adjusted
    assert not {"M214", "M215", "M218", "M219", "M217", "M220"} & codes(made)


def test_a_value_is_read_as_scoring_reads_it(book: Rulebook, sample: Evaluation):
    """The year's results, reported as at 31 December, have the attainments that scoring gives them."""
    projects = sample_projects(book)
    told = {
        table.code: {
            "executed": wan(table.money.executed or 0),
            "adjusted": wan(table.money.adjusted or 0),
            "indicators": {
                row.indicator.id: {"value": row.result.actual, "likelihood": "确定能"}
                for row in table.rows
                if row.result.actual
            },
        }
        for table in sample.projects
    }
    content = {"unit": "629001", "year": 2023, "date": "2023-12-31", "projects": told}
    made = monitor(book, projects, [], [MonitoringPoint.model_validate(content)], POLICY, date(2023, 12, 31))
    for watched, scored in zip(made.projects, sample.projects, strict=True):
        assert watched.money.rate == scored.money.rate == watched.money.ratio
        for row, other in zip(watched.rows, scored.rows, strict=True):
            if other.scale != "qualitative":
                assert (row.attainment, row.met) == (other.attainment, other.met)
                assert row.ratio == row.attainment


def test_reports_name_their_schema():
    for path in sorted((ROOT / "monitoring").rglob("*.yaml")):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert found and (path.parent / found[1]).resolve() == ROOT / "rules/schema/monitoring-point.schema.json"


def test_a_warning_of_the_sample_is_acted_on(book: Rulebook):
    colours = [next(o for o in watched_sample(book, day).projects if o.project.code == SLOW) for day in DATES]
    assert [(one.before, one.money_colour, one.colour) for one in colours] == [
        (None, "绿", "绿"), ("绿", "红", "红"), ("红", "绿", "绿"),
    ]  # fmt: skip
    assert colours[1].money.ratio == Fraction(96, 334) * 2 < Fraction(6, 10)
    assert colours[1].reported.cause and colours[1].reported.measure
    assert colours[2].money.budget == 320_000_000


def test_a_self_defeating_target_is_certain_to_fail_from_the_first_report(book: Rulebook):
    one = next(one for one in watched_sample(book, DATES[0]).projects if one.project.code == DEFEATED)
    saving = next(row for row in one.rows if row.indicator.id == "成本1")
    assert (saving.falls, saving.met, saving.computed) == (True, False, "完全不可能")


def test_the_unit_is_the_sum_of_its_projects(book: Rulebook):
    made = watched_sample(book, DATES[1])
    assert made.money.executed == sum(one.money.executed or 0 for one in made.projects)
    assert made.money.budget == 995_210_000
    drawn = chart(made, made.projects)
    assert drawn.categories == ("3月31日", "6月30日", "10月31日", "12月31日")
    assert [str(value) for value in drawn.series[0].values] == ["248.80", "497.61", "746.41", "995.21"]
    assert drawn.series[1].values[2:] == (None, None)


def test_nobody_has_read_where_the_numbers_of_the_policy_come_from_and_every_report_says_so(book: Rulebook):
    made = watched_sample(book, DATES[1])
    assert all(not clause.checked for clause in POLICY.clauses.values())
    printed = list(texts(monitoring_document(made)))
    for title, clause in POLICY.clauses.items():
        assert f"· {title}：{cited(clause)}" in printed
    assert len(as_json(made)["clauses"]) == len(POLICY.clauses)


# ---- warnings by month, and of a gap between what was done and what was spent (四川) ------------------------------

SICHUAN = load_monitoring_policy([ROOT / "rules"], 2025, "sichuan-2025-10")


def in_2025(
    book: Rulebook, month: int, day: int, executed: str, *values: tuple[str, str], policy: Any = SICHUAN, **more: Any
) -> Watched:
    """A project of 100 万元 without a plan, watched on a day of 2025; each indicator is its target and its cumulative value."""
    rows = {f"甲{number}": {"value": value, "cumulative": True, **more} for number, (_, value) in enumerate(values, 1)}
    told = point(date(2025, month, day), 2025, executed=executed, indicators=rows)
    made = project([{"target": target} for target, _ in values] or [{"target": "≥1人"}], {}, 2025)
    return watch(book, made, told, policy=policy).projects[0]


def test_a_provinces_monitoring_is_used_only_when_named():
    assert load_monitoring_policy([ROOT / "rules"], 2025).id == "practice"
    assert (SICHUAN.id, SICHUAN.money, SICHUAN.project) == ("sichuan-2025-10", POLICY.money, POLICY.project)
    assert POLICY.pace is None and POLICY.gap is None
    assert SICHUAN.pace and SICHUAN.gap and {SICHUAN.pace.known, SICHUAN.gap.known} == {"转引"}


@pytest.mark.parametrize(
    ("month", "day", "executed", "behind"),
    [
        (4, 29, "0", None),  # before the first date nothing is asked
        (4, 30, "24.99", "4月底"), (4, 30, "25", None),
        (6, 29, "25", None), (6, 30, "39.99", "6月底"), (6, 30, "40", None),
        (7, 31, "39.99", "6月底"), (7, 31, "40", None),
        (8, 31, "59.99", "8月底"), (8, 31, "60", None),
        (10, 31, "79.99", "10月底"), (10, 31, "80", None), (12, 31, "79.99", "10月底"),
    ],
)  # fmt: skip
def test_spending_below_the_share_of_the_last_date_is_a_warning(
    book: Rulebook, month: int, day: int, executed: str, behind: str | None
):
    made = in_2025(book, month, day, executed)
    assert (made.behind and made.behind[0], made.money_colour) == (behind, "黄" if behind else None)
    assert ("M223" in codes(made)) == (behind is not None)
    usual = in_2025(book, month, day, executed, policy=POLICY)
    assert (usual.behind, usual.money_colour, codes(usual) & {"M223", "M224"}) == (None, None, set())


def test_the_pace_never_betters_a_colour_and_asks_for_a_cause(book: Rulebook):
    red = watch(
        book, project([{"target": "≥1人"}], year=2025), point(date(2025, 6, 30), 2025, executed="10"), policy=SICHUAN
    )
    assert red.projects[0].money_colour == "红" and {"M217", "M223"} <= codes(red)
    (told,) = (problem for problem in red.found if problem.code == "M223")
    assert told.says == "示例项目的执行率 10%，低于到6月底应达到的 40%"


@pytest.mark.parametrize(
    ("executed", "value", "apart"),
    [("50", "60人", False), ("50", "60.1人", True), ("50", "40人", False), ("50", "39.9人", True),
     ("90", "200人", False), ("89.99", "200人", True)],  # what is done beyond the target is all of it, not more
)  # fmt: skip
def test_work_and_money_more_than_ten_points_apart_is_a_warning(book: Rulebook, executed: str, value: str, apart: bool):
    made = in_2025(book, 4, 30, executed, ("≥100人", value))
    assert ([row.indicator.id for row in made.apart], "M224" in codes(made)) == (["甲1"] * apart, apart)
    assert not apart or made.colour in ("黄", "红")
    assert in_2025(book, 4, 30, executed, ("≥100人", value), policy=POLICY).apart == ()


def test_only_cumulative_work_is_set_against_money(book: Rulebook):
    assert not in_2025(book, 4, 30, "50", ("≥100人", "5人"), cumulative=False).apart  # not a sum over the year
    assert not in_2025(book, 4, 30, "50", ("≤100人", "5人")).apart  # a limit, no work done
    assert not in_2025(book, 4, 30, "50", ("有所提升", "逐步提升")).apart
    two = in_2025(book, 4, 30, "50", ("≥100人", "5人"), ("≥10次", "5次"))
    assert [row.indicator.id for row in two.apart] == ["甲1"]
    (told,) = (problem for problem in two.found if problem.code == "M224")
    assert told.says == "示例项目的目标完成与资金执行相差超过 10 个百分点：执行率 50%，“示例指标”完成 5%"


def test_the_warnings_are_printed_with_their_source(book: Rulebook):
    told = point(date(2025, 6, 30), 2025, executed="10", indicators={"甲1": {"value": "90人", "cumulative": True}})
    made = watch(book, project([{"target": "≥100人"}], year=2025), told, policy=SICHUAN)
    printed = "\n".join(texts(monitoring_document(made)))
    assert "执行率 10.00% 低于到6月底的 40%" in printed and "示例指标完成 90.00%" in printed
    assert "执行率低于 4月底 25%、6月底 40%、8月底 60%、10月底 80% 的黄" in printed
    assert "据称出自川财绩〔2025〕10号，原文未见；转引自一份摘编" in printed
    (one,) = as_json(made)["projects"]
    assert (one["behind"], one["apart"]) == ({"by": "6月底", "least": "40%"}, ["甲1"])


# ---- files that cannot be used -----------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace with the sample's projects, duties and reports; policies are the product's."""
    for name in ("rules/projects", "rules/monitoring/2023", "actuals", "monitoring"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def colours(office: Path) -> Path:
    """The office's own copy of the policy of colours."""
    return Path(shutil.copy(ROOT / "rules/monitoring/practice.yaml", office / "rules/monitoring/practice.yaml"))


def edited(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def load(office: Path, book: Rulebook, until: date = DATES[2]) -> list[MonitoringPoint]:
    return load_points(
        office / "monitoring", sample_projects(book), [DUTY.model_copy(update={"id": "细化代编预算"})], until
    )


def test_every_problem_of_the_reports_is_told_at_once_with_its_place(office: Path, book: Rulebook):
    folder = office / "monitoring/2023/629001"
    edited(
        folder / "2023-03-31.yaml",
        ("13028124P00499410001F:", "13028124P00499410001E:"),
        ("4.60\n    likelihood: 确定能\n    indicators:\n      数量1", "4.60\n    indicators:\n      数量9"),
    )
    edited(
        folder / "2023-06-30.yaml", ("date: 2023-06-30", "date: 2023-06-29"), ("done: 2023-06-20", "done: 2023-07-20")
    )
    edited(
        folder / "2023-10-31.yaml", ("likelihood: 有可能", "likelihood: 大概能"), ("executed: 368.50", "executed: 三百")
    )
    (folder / "7月.xls").write_bytes(b"")
    with pytest.raises(ActualsProblems) as raised:
        load(office, book)
    found = raised.value.problems
    assert [p.code for p in found] == ["M114", "M115", "M113", "M116", "R103", "R103", "M111"]
    assert found[0].nearest == "13028124P00499410001F"
    assert all(p.where and p.where.path.startswith("monitoring/2023/629001/") for p in found)
    assert all(p.where and p.where.line for p in found[:6])


def test_two_reports_of_one_day_and_none_so_early(office: Path, book: Rulebook):
    folder = office / "monitoring/2023/629001"
    with pytest.raises(UsageProblem) as raised:
        load(office, book, date(2023, 3, 30))
    assert raised.value.problems[0].code == "M117" and "2023-03-31" in raised.value.problems[0].allowed
    shutil.copy(folder / "2023-03-31.yaml", folder / "2023-03-31.yml")
    with pytest.raises(ActualsProblems) as again:
        load(office, book)
    assert [p.code for p in again.value.problems] == ["M112"]


def test_a_value_that_cannot_be_read_names_its_line(office: Path, book: Rulebook):
    edited(office / "monitoring/2023/629001/2023-03-31.yaml", ("value: 59人", "value: 五十来人"))
    points = load(office, book, DATES[0])
    with pytest.raises(ActualsProblems) as raised:
        monitor(book, sample_projects(book), [], points, POLICY, DATES[0])
    (problem,) = raised.value.problems
    assert problem.code == "Q206" and problem.where and problem.where.line > 10


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("{colour: 红, from: 0%}", "{colour: 红, from: 5%}"), "M101"),
        (("{colour: 绿, from: 80%}", "{colour: 绿, from: 50%}"), "M101"),
        (("[红, 黄, 绿, 蓝]", "[红, 黄, 绿]"), "M102"),
        (("between: 阶梯", "between: 曲线"), "R103"),
        (("known: 做法", "knew: 做法"), "R101"),
        (("id: practice", "id: practice\nextends: nobody"), "R106"),
        (("id: practice", "id: practice\nextends: practice"), "R107"),
        (
            ("notice:", "pace: {document: 示例, known: 做法, periods: {6月底: 1%, 4月底: 2%}, colour: 黄}\nnotice:"),
            "M108",
        ),
        (("notice:", "pace: {document: 示例, known: 做法, periods: {年中: 1%}, colour: 黄}\nnotice:"), "M108"),
        (("notice:", "gap: {document: 示例, known: 做法, over: 10, colour: 黄}\nnotice:"), "R103"),
    ],
)
def test_a_policy_that_cannot_be_used_is_told(office: Path, colours: Path, change: tuple[str, str], code: str):
    edited(colours, change)
    with pytest.raises(RuleProblems) as raised:
        load_monitoring_policy([office / "rules"], 2023)
    assert code in {problem.code for problem in raised.value.problems}
    assert all(problem.where and problem.where.line for problem in raised.value.problems)


def test_policies_are_chosen_by_name_folder_and_year(office: Path, colours: Path):
    other = Path(shutil.copy(colours, office / "rules/monitoring/own.yaml"))
    with pytest.raises(RuleProblems) as raised:
        load_monitoring_policy([office / "rules"], 2023)
    assert [problem.code for problem in raised.value.problems] == ["M103"]
    colours.unlink()
    edited(other, ("id: practice", "id: own"), ("from: 2020", "from: 2021"))
    folders = [office / "rules", ROOT / "rules"]
    assert load_monitoring_policy(folders, 2023).id == "own"
    assert load_monitoring_policy(folders, 2020).id == "practice"
    assert load_monitoring_policy(folders, 2023, "practice").id == "practice"
    for year, name in ((2019, None), (2023, "prectice")):
        with pytest.raises(UsageProblem) as usage:
            load_monitoring_policy(folders, year, name)
        assert usage.value.problems[0].code == "M104"


def test_a_wrong_day_of_another_unit_does_not_stand_in_the_way(office: Path):
    folder = office / "rules" / "monitoring" / "2023"
    text = (ROOT / "rules" / "monitoring" / "2023" / "629001.yaml").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "629001.yaml").write_text(text, encoding="utf-8")
    other = text.replace('"629001"', '"629002"').replace("due: 6月底", "due: 年中")
    (folder / "629002.yaml").write_text(other, encoding="utf-8")
    assert [duty.id for duty, _ in load_duties(office / "rules", 2023, "629001")] == ["细化代编预算"]
    with pytest.raises(RuleProblems, match="M107"):
        load_duties(office / "rules", 2023, "629002")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("year: 2023", "year: 2024"), "M105"),
        (("due: 6月底", "due: 尽快"), "M107"),
        (
            (
                "  - id: 细化代编预算",
                "  - {id: 细化代编预算, title: 另, due: 6月底, source: {document: 示例}}\n  - id: 细化代编预算",
            ),
            "M106",
        ),
    ],
)
def test_duties_that_cannot_be_used_are_told(office: Path, change: tuple[str, str], code: str):
    edited(office / "rules/monitoring/2023/629001.yaml", change)
    with pytest.raises(RuleProblems) as raised:
        load_duties(office / "rules", 2023, "629001")
    assert [problem.code for problem in raised.value.problems] == [code]


def test_codes_of_monitoring_are_told_by_one_module_each():
    where: dict[str, set[str]] = {}
    for path in sorted((ROOT / "evaluator").rglob("*.py")):
        for code in re.findall(r'"(M\d{3})"', path.read_text(encoding="utf-8")):
            where.setdefault(code, set()).add(path.stem)
    assert where and all(len(names) == 1 for names in where.values()), where


# ---- the command -------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["monitor", *arguments])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes for the end of June, in every format."""
    out = tmp_path_factory.mktemp("out")
    formats = [part for name in ("xlsx", "html", "docx", "pdf") for part in ("--to", name)]
    ran = run(str(ROOT), "--as-of", "2023年6月30日", "--out", str(out), *formats)
    assert ran.exit_code == 1, ran.output
    return out


def test_the_command_writes_every_format_under_its_name_and_twice_the_same(files: Path):
    stem = "遵化市文化路街道办事处本级_2023_绩效运行监控表_2023-06-30_v01"
    names = {f"{stem}.{name}" for name in ("xlsx", "html", "docx", "pdf")}
    assert {path.name for path in files.iterdir()} == names
    again = run(str(ROOT), "--as-of", "2023-06-30", "--out", str(files), "--to", "xlsx", "--to", "pdf")
    assert "没有写出新的版本" in again.output
    assert {path.name for path in files.iterdir()} == names


def test_the_same_bytes_come_from_another_process(book: Rulebook):
    code = (
        "(get := __import__('importlib').import_module)('evaluator.records.delivery').render('.xlsx', "
        "get('evaluator.monitoring.watchforms').monitoring_document(get('tests.test_monitoring').watched_sample("
        "get('evaluator.rulebook.book').load_rulebook(ROOT / 'rules'), get('datetime').date(2023, 6, 30))))"
    )
    assert elsewhere(code) == render(".xlsx", monitoring_document(watched_sample(book, DATES[1])))


def test_the_screen_says_what_is_wrong_why_and_what_is_done(tmp_path: Path):
    ran = run(str(ROOT), "--as-of", "2023-06-30", "--out", str(tmp_path))
    for said in ("示例数据", "28.74%", "-21.26", "采购文件多次修改", "7月起每周调度采购进度", "未见文号", "红 2 个"):
        assert said in ran.output, said
    later = run(str(ROOT), "--as-of", "2023-10-31", "--out", str(tmp_path))
    assert "已恢复的：文化路社区服务群众支出（红→绿）" in later.output
    assert "下一个期限：2023-12-31" in later.output


def test_plain_data_has_no_float(tmp_path: Path):
    ran = run(str(ROOT), "--as-of", "2023-06-30", "--out", str(tmp_path), "--format", "json")
    told = json.loads(ran.stdout, parse_float=pytest.fail)
    slow = next(one for one in told["projects"] if one["code"] == SLOW)
    assert (told["as_of"], told["colour"], slow["money"]["ratio"], slow["before"]) == (
        "2023-06-30",
        "红",
        "57.49%",
        "绿",
    )
    assert {item["line"] for item in told["due"]} >= {40, 61}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--as-of", "6月30日"), "M301"),
        (("--as-of", "2023-02-30"), "M301"),
        (("--as-of", "2023-01-01"), "M117"),
        (("--as-of", "2019-06-30"), "U204"),
        (("--as-of", "2023-06-30", "--policy", "none"), "M104"),
    ],
)
def test_what_makes_no_sense_is_a_sentence_and_2(office: Path, arguments: tuple[str, ...], code: str):
    with pytest.raises(EvaluatorError) as raised:
        CliRunner().invoke(app, ["monitor", str(office), *arguments], catch_exceptions=False)
    assert (raised.value.exit_code, raised.value.problems[0].code) == (2, code)


def test_a_year_in_order_ends_with_0(office: Path):
    folder = office / "monitoring/2023/629001"
    for path in sorted(folder.glob("*"))[1:]:
        path.unlink()
    edited(folder / "2023-03-31.yaml", ("executed: 16.00", "executed: 18.20"))
    assert run(str(office), "--as-of", "2023-03-31", "--out", str(office / "out")).exit_code == 0
    assert run(str(office), "--as-of", "2023-07-01", "--out", str(office / "out")).exit_code == 1  # no report since


def entries(office: Path) -> Iterator[dict[str, Any]]:
    with Ledger(office / "台账.sqlite") as ledger:
        yield from (entry.payload for entry in ledger.entries("monitor"))


def test_the_ledger_keeps_every_date_once_and_history_shows_the_colours(office: Path):
    arguments = (str(office), "--out", str(office / "out"))
    assert run(*arguments, "--as-of", "2023-03-31").exit_code == 1
    assert not (office / "台账.sqlite").exists(), "nothing is recorded where there is no ledger"
    run(*arguments, "--as-of", "2023-03-31", "--record")
    run(*arguments, "--as-of", "2023-06-30")
    run(*arguments, "--as-of", "2023-06-30")
    run(*arguments, "--as-of", "2023-10-31", "--no-record")
    kept = list(entries(office))
    assert [(one["as_of"], one["colours"][SLOW]) for one in kept] == [("2023-03-31", "绿"), ("2023-06-30", "红")]
    told = CliRunner().invoke(app, ["history", str(office), "--year", "2023"]).output
    assert "监控" in told and f"{SLOW} 红" in told
    edited(office / "monitoring/2023/629001/2023-06-30.yaml", ("executed: 96.00", "executed: 140.00"))
    run(*arguments, "--as-of", "2023-06-30")
    assert [one["colours"][SLOW] for one in entries(office)] == ["绿", "红", "绿"]
    assert [one["files"][0]["version"] for one in entries(office)] == [1, 1, 2]
    assert CliRunner().invoke(app, ["verify", str(office)]).exit_code == 0


@pytest.mark.parametrize("suffix", [".xlsx", ".html", ".docx", ".pdf"])
def test_hostile_texts_are_printed_and_nothing_more(book: Rulebook, suffix: str):
    rows = [{"target": "≥100人", "name": text, "category": text} for text in HOSTILE[:8]]
    words = [*HOSTILE, LONG, UNPRINTABLE.replace("\ud800", "")]
    told = {
        f"甲{n}": {"value": "50人", "cause": words[n % len(words)][:1000], "measure": words[-n]} for n in range(1, 9)
    }
    hostile = replace(
        watch(book, project(rows), point(DATES[1], executed="10", cause=HOSTILE[0], measure=LONG, indicators=told)),
        unit="<b>单位</b>",
    )
    document = monitoring_document(hostile)
    printed = render(suffix, document)
    assert printed == render(suffix, monitoring_document(hostile))
    if suffix == ".html":
        assert b"<script>alert" not in printed and b"<b>" not in printed
    assert bare(LONG)[:50] in bare("".join(texts(document)))
