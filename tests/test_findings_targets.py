"""What finding rules say of targets: certain words only, points by every policy, and the same from both executors."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluator.evaluation import evaluate
from evaluator.factsheets.basiswords import basis_outdated, basis_unrelated
from evaluator.factsheets.factsheet import facts_of
from evaluator.factsheets.unittables import UnitTables
from evaluator.findings import rete
from evaluator.findings.facts import Fact
from evaluator.model import EXECUTION, Indicator
from evaluator.policies.allocation import allocate
from evaluator.policy import Policy
from evaluator.quantities.targetwords import (
    own_later_work,
    wanted_direction,
)
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook, load_rulebook
from tests.conftest import ROOT

POLICIES = sorted(load_rulebook(ROOT / "rules").policies)
words = st.text(st.sampled_from("街道居民办公用房培训群众服务年度"), max_size=8)


def changed(sample: Evaluation, number: int, rows: list[dict[str, Any]] | None = None, **fields: Any) -> TableScore:
    """One scored table of the sample with its rows or its project changed."""
    table = sample.projects[number]
    if rows is not None:
        made = [
            replace(
                table.rows[0],
                indicator=table.rows[0].indicator.model_copy(update=row | {"id": str(n)}),
                points=row["points"],
            )
            for n, row in enumerate(rows)
        ]
        table = replace(table, rows=tuple(made))
    policy = fields.pop("policy", table.policy)
    return replace(table, table=table.table.model_copy(update=fields), policy=policy)


def facts(table: TableScore, kind: str) -> list[Fact]:
    return [fact for fact in facts_of(table, UnitTables([table])) if fact.kind == kind]


# ---- which way is better -----------------------------------------------------------------------------------------

SMALL = [
    "群众投诉率",
    "安全事故发生率",
    "差错率",
    "贷款逾期率",
    "学生流失率",
    "产品不合格率",
    "贫困发生率",
    "事故率（%）",
]
LARGE = ["群众满意度", "服务对象满意率", "抽检合格率", "疫苗接种覆盖率", "工程完成率", "拨付及时率", "公用经费节约率"]
NEITHER = [
    "投诉办结率", "事故下降率", "降低事故率", "无事故率", "灭鼠死亡率", "预算资金完成率", "建筑覆盖率", "不满意度", "未完成率", "床位使用率",
    "逾期完成率", "优秀率", "增长率", "经费执行率", "减少投诉率", "", "率", "事故率降低幅度",
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "wanted"), [(SMALL, "小"), (LARGE, "大"), (NEITHER, None)], ids=["small", "large", "neither"]
)
def test_the_better_way_of_a_rate(names: list[str], wanted: str | None):
    assert {name: wanted_direction(name, "", "比率", False) for name in names} == dict.fromkeys(names, wanted)


@pytest.mark.parametrize(
    ("name", "kind", "cost", "wanted"),
    [
        ("人均成本", "金额/人", False, "小"), ("培训费用", "金额", True, "小"), ("培训费用", "金额", False, None),
        ("节约成本", "金额", True, None), ("补助费用", "金额", True, None), ("工程造价", "金额", True, "小"),
        ("补助标准", "金额/人", True, None), ("成本", "比率", True, None), ("平均等候时间", "时长", False, "小"),
        ("投诉办结时限", "工作日", False, "小"), ("缩短审批时间", "工作日", False, None), ("平均无故障时间", "时长", False, None),
        ("培训时间", "时长", False, None), ("安全事故数", "起", False, "小"), ("查处事故起数", "起", False, None),
        ("单位能耗", "千瓦时", False, "小"), ("保障人数", "人", False, None), ("抢修响应时间", "时长", False, "小"),
    ],
)  # fmt: skip
def test_the_better_way_of_other_measures(name: str, kind: str, cost: bool, wanted: str | None):
    assert wanted_direction(name, "", kind, cost) == wanted


@given(words, st.sampled_from(SMALL + LARGE), st.sampled_from(["降低", "较上年减少", "节约", "压缩"]))
def test_words_of_less_leave_the_way_open(before: str, name: str, less: str):
    assert wanted_direction(before + name, less, "比率", False) is None


@given(words, st.sampled_from(SMALL[:-1]))
def test_dealing_with_a_bad_thing_is_not_the_bad_thing(before: str, name: str):
    assert wanted_direction(before + name, "", "比率", False) == "小"
    assert wanted_direction(f"{before}{name}下降幅度", "", "比率", False) is None
    assert wanted_direction(f"降低{before}{name}", "", "比率", False) is None


# ---- what a basis is about ---------------------------------------------------------------------------------------


@given(st.integers(2000, 2099), st.integers(2000, 2099), words.filter(lambda text: "年" not in text))
def test_an_annual_basis_is_outdated_just_when_its_year_is_past(written: int, year: int, between: str):
    for annual in ("工作计划", "工作安排", "部门预算", "预算批复"):
        assert basis_outdated(f"根据{written}年{between}{annual}", year) == (written < year)
        assert not basis_outdated(f"根据{written}年{annual}、{year}年{annual}", year)
        assert not basis_outdated(f"{written}年{annual}执行情况", year)
        assert not basis_outdated(f"{annual}（示例发〔{written}〕8号）", year)


@pytest.mark.parametrize(
    "basis",
    [
        "根据年初工作安排", "乡镇体制文件", "遵机编字【2013】8号", "财预〔2020〕10号", "2021-2023年工作计划", "十四五规划", "",
        "2021年三年行动计划重点工作", "参照2022年工作安排", "2022年底工作安排", "2022年12月印发的工作计划", "2022年印发的工作要点",
        "2022年满意度调查结果", "2021年签订的合同", "2018年办公用房管理办法", "2022年度决算",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_earlier_annual_plan_passes(basis: str):
    assert not basis_outdated(basis, 2023)


DECREE = "遵化市机构编制委员会文件遵机编字【2013】8号关于两个街道办事处机构编制等有关问题的意见"


@pytest.mark.parametrize("basis", [DECREE, "单位“三定”规定", "政府会计制度", "人员编制核定文件"])
def test_satisfaction_does_not_rest_on_staffing_or_accounts(basis: str):
    assert basis_unrelated(basis, "满意度指标群众满意度")
    assert not basis_unrelated(basis, "产出指标保障人数")
    assert not basis_unrelated(f"{basis}；上年满意度调查", "满意度指标群众满意度")


@pytest.mark.parametrize(
    "basis", ["关于编制2023年部门预算的通知", "根据年初工作安排", "乡镇体制文件", "服务标准", "", "合同约定"]
)
def test_other_bases_of_satisfaction_pass(basis: str):
    assert not basis_unrelated(basis, "满意度指标群众满意度")


@pytest.mark.parametrize("task", ["决算报送时间", "绩效自评完成时限", "工程审计", "质保期满验收"])
def test_some_work_is_done_after_the_year(task: str):
    assert own_later_work(task)
    assert not own_later_work("主体工程完成时限")


# ---- points ------------------------------------------------------------------------------------------------------

counts = st.dictionaries(st.sampled_from(["产出指标", "效益指标", "满意度指标"]), st.integers(1, 5), min_size=1)


@pytest.mark.parametrize("name", POLICIES)
@given(shape=counts, weights=st.lists(st.integers(0, 5000), min_size=15, max_size=15))
def test_points_as_a_policy_allots_them_are_never_called_wrong(
    name: str, book: Rulebook, sample: Evaluation, shape: dict[str, int], weights: list[int]
):
    policy = book.policies[name]
    rows = [{"category": category} for category, count in shape.items() for _ in range(count)]
    for row, points in zip(rows, allocate(_indicators(rows, weights), policy.allocation), strict=True):
        row["points"] = points  # type: ignore[assignment]
    (fact,) = facts(changed(sample, 0, rows, policy=policy), "table")
    portions = [set(p.categories) for p in policy.allocation.portions if p.categories != [EXECUTION]]
    settled = all(portion & set(shape) for portion in portions)
    assert fact.fields.get("portions_kept") is (True if settled else None)


def _indicators(rows: list[dict[str, Any]], weights: list[int]) -> list[Indicator]:
    return [
        Indicator.model_construct(id=str(n), category=row["category"], points=weights[n]) for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize("name", POLICIES)
@given(moved=st.integers(1, 1000), first=st.integers(0, 3), second=st.integers(0, 3))
def test_points_moved_from_portion_to_portion_are_told(
    name: str, book: Rulebook, sample: Evaluation, moved: int, first: int, second: int
):
    policy = book.policies[name]
    rows = [{"category": category, "points": 0} for portion in portions_of(policy) for category in portion.categories]
    for row, points in zip(rows, allocate(_indicators(rows, [1] * len(rows)), policy.allocation), strict=True):
        row["points"] = points
    assume(max(first, second) < len(rows))
    assume(first != second and rows[first]["points"] >= moved)
    rows[first]["points"] -= moved  # type: ignore[operator]
    rows[second]["points"] += moved  # type: ignore[operator]
    (fact,) = facts(changed(sample, 0, rows, policy=policy), "table")
    together = any(
        {rows[first]["category"], rows[second]["category"]} <= set(p.categories) for p in portions_of(policy)
    )
    assert fact.fields["portions_kept"] is together
    assert ("应为" in str(fact.fields["portions_shown"])) is not together


def portions_of(policy: Policy) -> list[Any]:
    return [portion for portion in policy.allocation.portions if portion.categories != [EXECUTION]]


def test_a_category_the_policy_does_not_know_settles_nothing(sample: Evaluation):
    shares = {"成本指标": 2000, "产出指标": 4000, "效益指标": 2000, "满意度指标": 1000}
    rows = [{"category": category, "points": points} for category, points in shares.items()]
    (fact,) = facts(changed(sample, 0, rows), "table")
    assert "portions_kept" not in fact.fields


@given(st.integers(0, 9000))
def test_the_share_of_a_row_is_of_what_the_indicators_share(sample: Evaluation, points: int):
    (fact,) = facts(changed(sample, 0, [{"points": points}]), "indicator")
    assert fact.fields.get("share") == (Fraction(points, 9000) if points < 9000 else None)  # one row is no share


# ---- money, time, the same thing twice ---------------------------------------------------------------------------


@pytest.mark.parametrize(("plan", "told"), [({}, True), ({"12月底": 1}, True), ({"6月底": 1, "12月底": 1}, False)])
def test_a_plan_of_one_period_is_told(book: Rulebook, sample: Evaluation, plan: dict[str, int], told: bool):
    key = (2023, sample.projects[0].code)
    project = book.projects[key].model_copy(update={"plan": {when: Fraction(share) for when, share in plan.items()}})
    (one, *_) = evaluate(replace(book, projects={key: project}, departments={}), {}).projects
    assert any(finding.rule.id == "F321" for finding in one.findings) is told


@pytest.mark.parametrize(
    ("target", "dimension", "told"),
    [
        ("≤10.75万元", "成本指标", True), ("=107500元", "成本指标", True), ("≤10.74万元", "成本指标", False),
        ("≤10.8万元", "成本指标", True), ("≤10.7万元", "成本指标", True), ("≤10.6万元", "成本指标", False), ("≤11万元", "成本指标", False), ("10.75万元", "成本指标", True),
        ("≥10.75万元", "成本指标", False), ("≤10.75万元", "数量指标", False), ("≤10.75元", "成本指标", False), ("≤95%", "成本指标", False),
    ],
)  # fmt: skip
def test_a_cost_target_that_is_the_budget(sample: Evaluation, target: str, dimension: str, told: bool):
    row = {"points": 1250, "target": target, "sign": None, "dimension": dimension}
    (fact,) = facts(changed(sample, 0, [row]), "indicator")
    assert fact.fields["equals_budget"] is told


@given(st.integers(2001, 2098), st.sampled_from(["{}年6月底前", "{}年12月31日", "{}年3月前", "{}年3月-5月"]))
def test_a_deadline_is_late_just_when_its_year_is(sample: Evaluation, written: int, form: str):
    row = {"points": 1250, "target": form.format(written), "sign": None, "name": "完成时限"}
    (fact,) = facts(changed(sample, 0, [row]), "indicator")
    assert fact.fields["after_year"] is (written > 2023)


@pytest.mark.parametrize("target", ["2024年1月前", "2023年10月-2024年3月", "12月底前", "2024年前", "全年"])
def test_a_deadline_that_may_lie_in_the_year_passes(sample: Evaluation, target: str):
    (fact,) = facts(changed(sample, 0, [{"points": 1250, "target": target, "sign": None}]), "indicator")
    assert fact.fields["after_year"] is False


same = {"name": "培训场次", "target": "≥3场", "sign": None, "points": 1000}


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, True), ({"dimension": "质量指标"}, True), ({"name": "培训场次。"}, True), ({"description": ""}, True),
        ({"description": "培训场次"}, True), ({"target": "≥4场"}, False), ({"name": "宣讲场次"}, False),
        ({"description": "冬季培训的场次"}, False),
    ],
)  # fmt: skip
def test_the_same_indicator_twice_is_told_once(sample: Evaluation, other: dict[str, Any], told: bool):
    rows = [same | {"description": "夏季培训的场次"}, same | {"description": "夏季培训的场次"} | other]
    first, second = facts(changed(sample, 0, rows), "indicator")
    assert (first.fields["repeated_here"], second.fields["repeated_here"]) == (False, told)


# ---- whole tables ------------------------------------------------------------------------------------------------

# rows of tables published for 2022 by a district, a county and a city: (level 1, level 2, name, target)
PUBLISHED = """
产出指标|数量指标|与委托运营方结算完成率|=100%
产出指标|质量指标|合同结算条款完成率|=100%
产出指标|时效指标|费用结算及时性|及时
效益指标|社会效益指标|与委托运营方合同完成率|=100%
满意度指标|服务对象满意度指标|场馆开放满意度|>=90%
产出指标|数量指标|学生受资助人数|≧735人次
产出指标|质量指标|营养改善计划覆盖率|≧100%
产出指标|成本指标|生均补助标准达标率|═100%
效益指标|经济效益指标|减轻贫困学生家庭经济负担|有效
效益指标|社会效益指标|政策知晓率|═100%
效益指标|可持续影响指标|促进学校教育事业健康发展|≧100%
满意度指标|服务对象满意度指标|家长满意度|≧95%
产出指标|数量指标|完成省级宣传片制作|完成1部宣传片,2套方案
产出指标|质量指标|通过专家评审|通过
产出指标|时效指标|上半年完成宣传片制作|6月份完成宣传片制作;9月份完成文本;11月完成专家评审
产出指标|成本指标|省级宣传片制作费、申报文本编制费|200万
效益指标|经济效益指标|统筹海绵城市项目谋划|统筹海绵城市项目谋划
效益指标|生态效益指标|有利于城市生态、韧性发展|有利于城市生态、韧性发展
满意度指标|满意度指标|群众满意度|满意
"""


def test_of_published_rows_only_those_that_cannot_be_judged_are_told(sample: Evaluation):
    rows = [
        {
            "category": one,
            "dimension": two,
            "name": name,
            "target": target,
            "points": 500,
            "sign": None,
            "description": "",
        }
        for one, two, name, target in (line.split("|") for line in PUBLISHED.split())
    ]
    flags = (
        "sign_against_name", "measures_nothing", "repeated_here", "equals_budget", "after_year", "empty", "unit_unfit", "mark_left",
        "repeats_execution", "answers_yes", "no_group", "own_people", "against_sense", "input_as_output", "deadline_unclear",
    )  # fmt: skip
    told = {
        (fact.fields["name"], flag)
        for fact in facts(changed(sample, 0, rows), "indicator")
        for flag in (*flags, "standard_given")
        if fact.fields.get(flag) is (flag != "standard_given")
    }
    assert told == {
        ("减轻贫困学生家庭经济负担", "standard_given"),
        ("促进学校教育事业健康发展", "measures_nothing"),
        ("费用结算及时性", "standard_given"),
        ("政策知晓率", "against_sense"),
        ("统筹海绵城市项目谋划", "empty"),
        ("有利于城市生态、韧性发展", "empty"),
    }


def test_what_is_told_of_the_sample_targets(sample: Evaluation):
    new = [f"F3{n}" for n in range(10, 22)]
    codes = {table.code: n for n, table in enumerate(sample.projects, 1)}
    told = {(codes.get(f.project, 0), f.rule.id, row) for t in sample.tables for f in t.findings for row in f.about}
    vague = {(n, "F311", "社会效益1") for n in range(1, 7)}
    assert {one for one in told if one[1] in new} == vague | {
        *((n, "F317", row) for n in (1, 2) for row in ("时效1", "成本1", "满意度1")),
        (4, "F312", "质量1"),
        (6, "F312", "质量1"),
    }


@pytest.mark.skipif(not rete.available(), reason="durable_rules 不可用")
def test_both_executors_tell_the_same_of_tables_with_every_fault(book: Rulebook):
    projects = {key: _faulty(project) for key, project in book.projects.items()}
    faulty = replace(book, projects=projects)
    by_rete, by_frame = (evaluate(faulty, {}, executor=executor) for executor in ("rete", "frame"))
    drawn = [
        [(f.rule.id, f.project, f.subject, f.says) for t in one.tables for f in t.findings]
        for one in (by_rete, by_frame)
    ]
    assert drawn[0] == drawn[1]
    assert {f"F3{n}" for n in range(10, 22)} <= {rule for rule, *_ in drawn[0]}


def _faulty(project: Any) -> Any:
    """A project with each fault of its targets at once (示例数据)."""
    one, two, three, four, five, six = project.indicators
    cost = {"name": "项目总成本", "target": f"≤{Fraction(project.budget.total, 100)}元", "formula": None, "sign": None}
    rows = [
        one.model_copy(update={"name": "群众投诉率", "target": "≥5%", "sign": None, "formula": None, "points": 0}),
        two.model_copy(update={"name": "审核各项开支", "description": "", "target": "≥95%", "basis": "2021年工作计划"}),
        three.model_copy(update={"name": "完成时限", "target": "2024年6月底前", "points": 5500}),
        four.model_copy(update=cost),
        five,
        six.model_copy(update={"basis": DECREE}),
        six.model_copy(update={"id": "满意度2", "basis": DECREE}),
    ]
    return project.model_copy(update={"indicators": rows, "plan": {"12月底": Fraction(1)}})
