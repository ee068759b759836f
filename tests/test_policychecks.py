"""Policies that can be read and yet cannot be meant: no effect, years that do not fit, clauses nobody has checked."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.errors import Problem
from evaluator.handbook import clausewords
from evaluator.policies.bases import counted
from evaluator.policies.policychecks import check_clauses
from evaluator.policy import Policy
from evaluator.rulebook.book import load_rulebook, read_rulebook
from evaluator.scoring import Case, score
from tests import oracle

ROOT = Path(__file__).parents[1]
NATIONAL = (ROOT / "rules" / "policies" / "cn-2020-10.yaml").read_text(encoding="utf-8")
CHILD = """\
id: child
title: 示例变体
in_force: {from: 2020, region: 变体}
extends: cn-2020-10
"""
BASIS = "document: 示例, known: 原文, seen: 示例"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules" / "policies").mkdir(parents=True)
    (tmp_path / "rules" / "policies" / "a-cn.yaml").write_text(NATIONAL, encoding="utf-8")
    return tmp_path / "rules"


def child(rules: Path, text: str) -> list[Problem]:
    """What is told of a policy beside the national one, but for the notes."""
    (rules / "policies" / "child.yaml").write_text(text, encoding="utf-8")
    return [problem for problem in read_rulebook(rules)[1] if problem.severity != "提示"]


def at(text: str, snippet: str) -> str:
    index = text.index(snippet)
    return f"rules/policies/child.yaml:{text.count(chr(10), 0, index) + 1}:{index - text.rfind(chr(10), 0, index)}"


def scale(*segments: str, more: str = "") -> str:
    return f"{{{BASIS}, {more}segments: [{', '.join('{' + segment + '}' for segment in segments)}]}}"


def caps(*written: tuple[str, str]) -> str:
    return f"caps: {{{BASIS}, execution: [{', '.join(f'{{below: {b}, total: {t}}}' for b, t in written)}]}}"


RISE, END = "from: 0%, share: 0%, to: 100%", "from: 100%, share: 100%"
RATE = "reason_below: 90%, "
GOOD, SOME, BAD = "state: 达成", "state: 部分达成并具有一定效果", "state: 未达成且效果较差"


def bands(upper: str, lower: str) -> str:
    parts = (f"{GOOD}, from: {upper}, to: 100%", f"{SOME}, from: {lower}, to: {upper}", f"{BAD}, from: 0%, to: {lower}")
    return f"qualitative: {{{BASIS}, bands: [{', '.join('{' + part + '}' for part in parts)}]}}"


def of(categories: str, *segments: str) -> str:
    parts = ", ".join("{" + part + "}" for part in segments)
    return f"category_scales: {{{BASIS}, scales: [{{categories: [{categories}], segments: [{parts}]}}]}}"


def steps(*parts: str) -> str:
    return f"over_fulfilment: {{{BASIS}, reason_from: 130%, deductions: [{', '.join('{' + part + '}' for part in parts)}]}}"


DOUBTED = [  # code, severity, clause, where it is told, what it says
    ("R116", "警告", caps(("80%", "89"), ("70%", "89")), "{below: 70%", "低于 80% 时总分已不超过 89.00"),
    ("R116", "警告", caps(("80%", "89"), ("70%", "95")), "{below: 70%", "低于 80% 时总分已不超过 89.00"),
    ("R116", "警告", caps(("60%", "100")), "{below: 60%", "总分本来就不超过 100"),
    ("R116", "警告", caps(("60%", "96")), "{below: 60%", "到不了这么高"),
    ("R116", "警告", caps(("0%", "59")), "{below: 0%", "不会低于 0%"),
    ("R117", "警告", f"grades: {{{BASIS}, bands: [{{grade: 优, from: 100.01}}, {{grade: 差, from: 0}}]}}", "{grade: 优", "没有项目能评上"),
    ("R118", "警告", "binary: " + scale("from: 0%, share: 0%", "from: 50%, share: 50%", END), "{from: 50%", "用不到"),
    ("R118", "警告", "binary: " + scale("from: 0%, share: 0%", END, "from: 101%, share: 100%"), "{from: 101%", "用不到"),
    ("R118", "警告", "execution: " + scale(RISE, END, "from: 110%, share: 100%", more=RATE), "{from: 110%", "超过了全年预算数"),
    ("R118", "警告", bands("80%", "80%"), "{state: 部分", "没有可填的比例"),
    ("R119", "错误", "quantitative: " + scale("from: 0%, share: 60%, to: 50%", END), "{from: 0%", "从 60% 降到 50%"),
    ("R119", "错误", "quantitative: " + scale("from: 0%, share: 60%", "from: 99%, share: 59%", END), "{from: 99%", "从 60% 降到 59%"),
    ("R121", "警告", "quantitative: " + scale("from: 0%, share: 0%, to: 90%", "from: 100%, share: 99.99%"), "{document", "只得分值的 99.99%"),
    ("R122", "错误", f"over_fulfilment: {{{BASIS}, reason_from: 99.99%}}", "{document", "须说明原因"),
    ("R122", "错误", f"over_fulfilment: {{{BASIS}, reason_from: 130%, deduct_from: 13%, deduct_points: 2}}", "{document", "扣分"),
    ("R122", "错误", "execution: " + scale(RISE, END, more="reason_below: 100.01%, "), "{document", "全部执行完"),
    ("R115", "错误", bands("50%", "70%"), "{document", "首尾相接"),
    ("R114", "错误", of("满意度指标", "from: 0%, open: true, share: 0%, to: 100%", END), "{from: 0%", "不能写 open"),
    ("R114", "错误", of("满意度指标", RISE, "from: 100%, share: 100%, to: 100%"), "{from: 100%", "不能写 to"),
    ("R114", "错误", of("满意度指标, 满意度指标", RISE, END), "{categories", "有两个得分比例"),
    ("R118", "警告", of("满意度", RISE, END), "{categories", "分值分配里没有这个一级指标"),
    ("R119", "错误", of("满意度指标", "from: 0%, share: 60%, to: 50%", END), "{from: 0%", "从 60% 降到 50%"),
    ("R121", "警告", of("满意度指标", "from: 0%, share: 0%, to: 100%", "from: 100%, open: true, share: 90%").replace("to: 100%", "to: 99%"), "{categories", "只得分值的 99%"),
    ("R122", "错误", steps("from: 99%, points: 1"), "{document", "扣分"),
    ("R114", "错误", steps("from: 150%, points: 1", "from: 130%, points: 2"), "{from: 130%", "由低到高"),
    ("R119", "错误", steps("from: 130%, points: 1", "from: 150%, points: 1"), "{from: 150%", "不比前一档"),
]  # fmt: skip
IN_ORDER = [
    of(
        "满意度指标, 效益指标",
        "from: 0%, share: 0%",
        "from: 70%, share: 70%, to: 100%",
        END,
        "from: 130%, open: true, share: 0%",
    ),
    of("分项绩效目标", RISE, END),
    steps("from: 100%, open: true, points: 1", "from: 150%, points: 1.01"),
    caps(("80%", "89"), ("70%", "88.99")),
    caps(("70%", "79"), ("80%", "89")),
    caps(("60%", "95.99")),  # 90 of the rows and 6 of the execution rate can be had below 60 per cent
    caps(("120%", "99")),
    caps(("0.01%", "89.99")),
    f"grades: {{{BASIS}, bands: [{{grade: 优, from: 100}}, {{grade: 差, from: 0}}]}}",
    "quantitative: " + scale(RISE, END, "from: 130%, share: 90%"),
    "quantitative: " + scale(RISE, "from: 100%, share: 100%, to: 50%", "from: 200%, share: 50%"),
    "quantitative: " + scale("from: 0%, share: 60%", "from: 99%, share: 60%", END),
    "execution: " + scale("from: 0%, share: 0%", "from: 90%, share: 100%", "from: 100%, share: 100%", more=RATE),
    "binary: " + scale("from: 0%, share: 0%", "from: 90%, share: 100%"),
    bands("100%", "60%"),
    f"over_fulfilment: {{{BASIS}, reason_from: 100%}}",
    "execution: " + scale(RISE, END, more="reason_below: 100%, "),
]


@pytest.mark.parametrize(("code", "severity", "clause", "snippet", "says"), DOUBTED)
def test_what_cannot_be_meant_is_told_at_its_place(
    rules: Path, code: str, severity: str, clause: str, snippet: str, says: str
):
    text = CHILD + clause + "\n"
    (problem,) = child(rules, text)
    assert (problem.code, problem.severity, str(problem.where)) == (code, severity, at(text, snippet))
    assert says in problem.says


@pytest.mark.parametrize("clause", IN_ORDER)
def test_what_can_be_meant_is_not(rules: Path, clause: str):
    assert child(rules, CHILD + clause + "\n") == []


@pytest.mark.parametrize(
    ("segments", "snippet", "turn"),
    [
        ((RISE, END, "from: 130%, share: 90%"), "{from: 130%", "130%"),
        ((RISE, "from: 100%, share: 100%, to: 50%", "from: 200%, share: 50%"), "{from: 100%", "100%"),
        ((RISE, END, "from: 130%, share: 100%", "from: 150%, share: 100%, to: 0%", "from: 300%, share: 0%"), "{from: 150%", "150%"),
        ((RISE, END, "from: 130%, share: 100%"), None, None),
        ((RISE, END), None, None),
    ],
)  # fmt: skip
def test_full_points_above_an_equal_target_and_a_scale_that_falls_there_are_told(
    rules: Path, segments: tuple[str, ...], snippet: str | None, turn: str | None
):
    """The note says what scoring does: up to the turn such a row is full, and beyond it the share counts."""
    text = CHILD + "quantitative: " + scale(*segments) + "\n"
    (rules / "policies" / "child.yaml").write_text(text, encoding="utf-8")
    told = [problem for problem in read_rulebook(rules)[1] if problem.code == "R128"]
    assert [(one.severity, str(one.where)) for one in told] == ([("提示", at(text, snippet))] if snippet else [])
    assert all(f"从完成率 {turn} 起" in one.says for one in told)
    policy = load_rulebook(rules).policies["child"]
    assert any(f"从 {turn} 起" in said for said in clausewords.clause_says(policy, "equality")) == bool(turn)
    aim = Fraction(100)
    beyond = [Fraction(number) for number in range(100, 401)]
    rows = score([Case(0, "=", actual, aim, aim, 1000, policy, "quantitative") for actual in beyond])
    short = [actual for actual, earned in zip(beyond, rows["earned"], strict=True) if earned < 1000]
    assert bool(short) == bool(turn)
    assert all(actual / 100 >= Fraction(str(turn)[:-1]) / 100 for actual in short)


def test_of_two_equal_caps_the_later_is_told(rules: Path):
    text = CHILD + caps(("70%", "79"), ("70.00%", "79.00")) + "\n"
    (problem,) = child(rules, text)
    assert str(problem.where) == at(text, "{below: 70.00%")


def test_a_clause_is_told_in_the_file_that_writes_it_only(rules: Path):
    text = CHILD + caps(("60%", "100")) + "\n"
    (rules / "policies" / "zz.yaml").write_text(CHILD.replace("id: child", "id: zz").replace("cn-2020-10", "child"))
    assert [str(problem.where) for problem in child(rules, text)] == [at(text, "{below")]


def test_a_warning_stops_nothing(rules: Path):
    assert child(rules, CHILD + caps(("60%", "100")) + "\n")
    assert "child" in load_rulebook(rules).policies


# ---- caps against every rate -------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.integers(0, 10**9))
def test_a_cap_is_idle_only_where_taking_it_away_changes_no_total(seed: int):
    """At every edge, just below it and between two, the best total is the same with and without the caps told."""
    policy = Policy.model_validate(oracle.document(Random(seed)))
    caps = policy.caps.execution
    told = [problem for problem in check_clauses(policy) if problem.code == "R116"]
    if not told:
        return
    left = list(caps)
    for problem in told:  # made by code, so without a place: known by what it says
        left.remove(
            next(cap for cap in left if f"低于 {_rate(cap.below)}，总分不超过 {_points(cap.total)}”" in problem.says)
        )
    small = Fraction(1, 10**9)
    edges = {cap.below for cap in caps} | {segment.start for segment in policy.execution.segments}
    for rate in sorted({edge + shift for edge in edges for shift in (-small, 0, small)} | {Fraction(1, 3)}):
        best = 9_000 + oracle.round_half_up(
            1_000 * oracle.share(policy.execution, max(rate, Fraction(0))), policy.rounding.step
        )
        kept = min([cap.total for cap in left if rate < cap.below], default=10_000)
        full = min([cap.total for cap in caps if rate < cap.below], default=10_000)
        assert min(best, 10_000, kept) == min(best, 10_000, full), (rate, told)


def _rate(ratio: Fraction) -> str:
    from evaluator.figures import percent

    return percent(ratio, 4)


def _points(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


@settings(max_examples=50)
@given(st.integers(0, 10**9))
def test_no_policy_a_person_could_write_is_called_wrong(seed: int):
    policy = Policy.model_validate(oracle.document(Random(seed)))
    assert [problem for problem in check_clauses(policy) if problem.severity == "错误"] == []
    assert {problem.code for problem in check_clauses(policy)} <= {"R116", "R118", "R128"}


# ---- years and regions -------------------------------------------------------------------------------------------


def dated(years: str, region: str = "变体") -> str:
    return CHILD.replace("{from: 2020, region: 变体}", f"{{{years}, region: {region}}}")


@pytest.mark.parametrize(
    ("code", "severity", "text", "snippet"),
    [
        ("R125", "错误", dated("from: 2022, to: 2021"), "{from"),
        ("R126", "警告", dated("from: 2020", "全国"), "{from"),
        ("R126", "警告", dated("from: 2020, to: 2020", "全国"), "{from"),
        ("R127", "警告", dated("from: 2019"), "cn-2020-10"),
        ("R127", "警告", dated("from: 2018, to: 2019"), "cn-2020-10"),
    ],
)
def test_years_that_do_not_fit_are_told(rules: Path, code: str, severity: str, text: str, snippet: str):
    (problem,) = child(rules, text)
    assert (problem.code, problem.severity, str(problem.where)) == (code, severity, at(text, snippet))


@pytest.mark.parametrize(
    "text",
    [
        dated("from: 2021, to: 2021"),
        dated("from: 2021", "全国"),
        dated("from: 2020", "湖北省"),
        dated("from: 2020, to: 2020"),
    ],
)
def test_years_that_fit_are_not(rules: Path, text: str):
    assert child(rules, text) == []


def test_the_choice_between_two_national_policies_is_named_as_it_is_made(rules: Path):
    (problem,) = child(rules, dated("from: 2020", "全国"))
    assert "取“cn-2020-10”" in problem.says
    (problem,) = child(rules, dated("from: 2020", "全国").replace("id: child", "id: zz"))
    assert "取“zz”" in problem.says


def test_a_parent_that_ended_is_told(rules: Path):
    path = rules / "policies" / "a-cn.yaml"
    path.write_text(
        NATIONAL.replace("{from: 2020, region: 全国}", "{from: 2020, to: 2022, region: 全国}"), encoding="utf-8"
    )
    assert [problem.code for problem in child(rules, CHILD)] == ["R127"]
    assert child(rules, dated("from: 2020, to: 2022")) == []


PROJECT = "rules/projects/2023/629001/13028124P00507410001X.yaml"


@pytest.mark.parametrize(
    ("policy", "year", "unit", "says"),
    [
        ("cn-2020-10", "2019", "示例市示例局", "2020 年起"),
        ("hubei-2020-3", "2023", "河北省示例市示例局", "单位在河北省"),
        ("hubei-2020-3", "2023", "湖北省示例市示例局", ""),
        ("hubei-2020-3", "2023", "示例市示例局", ""),  # a unit whose province is not told may be anywhere
        ("hubei-2020-3", "2023", "河南路街道办事处", ""),  # a street
        ("execution-caps", "2023", "河北省示例市示例局", ""),
        ("cn-2020-10", "2023", "河北省示例市示例局", ""),
    ],
)
def test_a_table_under_a_policy_of_other_years_or_places_is_told(
    tmp_path: Path, policy: str, year: str, unit: str, says: str
):
    text = (ROOT / PROJECT).read_text(encoding="utf-8")
    text = text.replace("year: 2023", f"year: {year}\npolicy: {policy}").replace("遵化市文化路街道办事处本级", unit)
    text = text.replace("points: 12.50", "points: 10.00") if policy == "hubei-2020-3" else text
    path = tmp_path / PROJECT
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "rules" / "policies", tmp_path / "rules" / "policies")
    told = [problem for problem in read_rulebook(tmp_path / "rules")[1] if problem.code != "R123"]
    assert [(problem.code, problem.severity) for problem in told] == ([("R124", "警告")] if says else [])
    assert all(says in problem.says for problem in told)


# ---- clauses nobody has checked ----------------------------------------------------------------------------------


def test_clauses_nobody_has_read_are_told_once_a_file_at_the_first_of_them(rules: Path):
    (rules / "policies" / "child.yaml").write_text(
        CHILD + "rounding: {document: 示例, known: 未见, step: 0.1}\n", encoding="utf-8"
    )
    told = [problem for problem in read_rulebook(rules)[1] if problem.code == "R123"]
    assert {problem.severity for problem in told} == {"提示"}
    first = NATIONAL[: NATIONAL.index("allocation:")].count("\n") + 1
    assert [str(problem.where) for problem in told] == [
        f"rules/policies/a-cn.yaml:{first}:1",
        "rules/policies/child.yaml:5:1",
    ]
    assert told[1].says == "写明的条款 1 条，没有见过原文的 1 条：未见 1 条"


def test_what_nobody_has_read_of_the_products_clauses_is_told_by_its_own_check_only(rules: Path):
    assert [problem for problem in read_rulebook(rules, ROOT / "rules")[1] if "a-cn" not in str(problem.where)] == []


def test_the_products_policies_have_notes_only_and_each_is_true():
    rulebook, problems = read_rulebook(ROOT / "rules")
    assert {problem.code for problem in problems} == {"R123"}
    for policy in rulebook.policies.values():
        own = [clause for clause in policy.clauses.values() if clause.where.path == policy.where.path]
        (says,) = (p.says for p in problems if p.where and policy.where and p.where.path == policy.where.path)
        unread = [clause for clause in own if not clause.checked]
        assert says == f"写明的条款 {len(own)} 条，没有见过原文的 {len(unread)} 条：{counted(unread)}"
