"""How one indicator is worded: tables of names as offices write them, and what must hold whatever the name."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.documents.loading import read_document
from evaluator.factsheets.wording import Wording, for_staff
from evaluator.factsheets.wordlists import bare, bounds, lists, only
from evaluator.model import Indicator
from evaluator.rulebook.book import load_rulebook
from tests.measured import OFFICES
from tests.test_batch import BLANK, batch, differences, expected, told

ROOT = Path(__file__).parents[1]
words = st.text(st.sampled_from("街道居民培训设备道路河湖"), min_size=1, max_size=8)


def worded(
    name: str, target: str, place: str = "产出指标/质量指标", description: str = "", formula: str | None = None
) -> Wording:
    """A row in its category and dimension."""
    category, _, dimension = place.partition("/")
    row = Indicator.model_construct(
        id="1", category=category, dimension=dimension, name=name, description=description, target=target, sign=None, points=0,
        formula=formula, basis="", line=None,
    )  # fmt: skip
    return Wording(row, row.read)


QUANTITY, QUALITY, TIME, COST = (f"产出指标/{one}指标" for one in ("数量", "质量", "时效", "成本"))
BENEFIT, SATISFIED = "效益指标/社会效益指标", "满意度指标/服务对象满意度指标"


def test_every_list_is_of_words_and_no_word_stands_twice_in_one():
    for name, one in lists().items():
        if isinstance(one, (list, tuple)) and name != "misplaced":
            texts = [str(word) for word in one]
            assert all(texts), name
            assert len(set(texts)) == len(texts), (name, [text for text in texts if texts.count(text) > 1])
    assert all(str(one["measure"]) in ("rate", "count", "money", "words", "any") for one in lists()["misplaced"])
    assert bounds() == sorted(set(bounds())) and bounds()[-1] == 100


@given(st.lists(st.sampled_from(["符合", "法律", "法规", "法律法规", "规定", "，", "甲"]), max_size=9))
def test_only_is_some_way_to_part_a_text_into_words(parts: list[str]):
    text = "".join(parts)
    plain = text.replace("，", "")
    known = {str(word) for name in ("conform", "conformed") for word in lists()[name]}

    def parted(rest: str) -> bool:
        return not rest or any(rest.startswith(word) and parted(rest[len(word) :]) for word in known)

    assert only(text, "conform", "conformed") == (bool(plain) and parted(plain))


def test_words_that_can_be_parted_in_many_ways_are_asked_in_no_time():
    assert not only("符合" + "法律法规" * 1000 + "甲", "conform", "conformed")
    assert bare("甲" + "%()" * 60 + "乙") == "甲" + "%()" * 60 + "乙"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("指标1：培训人数", "培训人数"), ("★★★其中:受益户数", "其中:受益户数"), ("改造户数（≥**户）", "改造户数"), ("满意度%", "满意度"), ("满意度（%）", "满意度"),
        ("2、培训人数", "培训人数"), ("（3）培训人数", "培训人数"), ("2022年培训人数", "2022年培训人数"), ("1.5米以上道路", "1.5米以上道路"),
        ("指标", "指标"), ("（名称看不清）", ""), ("培训 人数", "培训人数"), ("指标10培训人数", "培训人数"),
    ],
)  # fmt: skip
def test_a_name_without_what_stands_around_it(name: str, left: str):
    assert bare(name) == left


# ---- in per cent -------------------------------------------------------------------------------------------------

DEEDS = [
    "完成年度资料上报", "审核各项宣传事务开支", "保障社区正常运转", "监测数据必须合格", "资金使用效率", "办公用品质量", "目标控制程度", "先进成果的产生率",
    "学生受益情况", "按时完成", "病虫害防治效果", "政策执行到位", "是否全部纳入统筹",
]  # fmt: skip
SHARES = [
    "验收合格率", "群众满意度", "计划生育家庭占比", "道路硬化覆盖面", "费用报销及时性", "工程进度", "全部资料上报", "森林覆盖率", "满意程度", "灌溉用水效率",
    "优良水体比例", "任务完成情况", "控制在预算以内", "建设项目成本控制率",
]  # fmt: skip


@pytest.mark.parametrize(("names", "nothing"), [(DEEDS, True), (SHARES, False)], ids=["deeds", "shares"])
def test_a_deed_or_a_quality_in_per_cent_measures_nothing(names: list[str], nothing: bool):
    assert {name: worded(name, "100%").measures_nothing for name in names} == dict.fromkeys(names, nothing)


@given(
    st.sampled_from(DEEDS[:4]), words, st.sampled_from(["率", "比例", "占比", "及时性", "覆盖面", "进度", "达标情况"])
)
def test_a_deed_measures_nothing_until_a_share_is_named(deed: str, thing: str, share: str):
    assert worded(deed, "≥95%").measures_nothing
    assert not worded(deed + thing + share, "≥95%").measures_nothing
    assert not worded(deed, "≥95%", description=f"已办{thing}占全部{thing}的比例").measures_nothing
    assert not worded(deed, "≥95%", formula="全年执行数 / 全年预算数").measures_nothing
    assert not worded(deed, "≥95件").measures_nothing


@pytest.mark.parametrize(
    ("target", "nothing"), [("≥10%", False), ("≥60%", False), ("≥61%", True), ("=100%", True), ("≥10万元", False)]
)
def test_a_change_in_per_cent_is_a_measure_while_it_is_small(target: str, nothing: bool):
    assert worded("提高公共服务水平", target).measures_nothing is nothing


def test_a_rate_lowered_by_all_of_it_cannot_be_read():
    assert worded("减少国有资产闲置率", "≥100%").measures_nothing
    assert not worded("减少国有资产闲置率", "≥5%").measures_nothing
    assert not worded("减少国有资产闲置率", "≤5%").measures_nothing


EXECUTION = [
    "预算执行率",
    "预算资金完成率",
    "经费支出完成率",
    "项目资金支付率",
    "专项资金使用率",
    "年度预算支出进度",
    "资金支付",
]
OTHERWISE = [
    "资金拨付及时率", "经费使用合规率", "资金到位率", "税收收入预算完成率", "预算编制完成率", "公用经费节约率", "采购预算执行率", "改造任务完成率", "绩效目标完成率",
    "工程资金项目完成率",
]  # fmt: skip


@pytest.mark.parametrize(("names", "same"), [(EXECUTION, True), (OTHERWISE, False)], ids=["execution", "otherwise"])
def test_a_rate_that_is_the_execution_of_the_budget(names: list[str], same: bool):
    assert {name: worded(name, "≥95%").repeats_execution for name in names} == dict.fromkeys(names, same)
    assert not any(worded(name, "≥95万元").repeats_execution for name in names)


# ---- units, marks, money -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "told_"),
    [
        ("验收合格率", "≥95", True), ("绿化面积", "≥200", True), ("项目总成本", "≤20", True), ("完成采购并支付资金", "=100", True), ("服务范围", "≥65", True),
        ("是否达到行业标准", "≥12.5", True), ("家庭医生签约率", "≥2400人", True), ("受益人数", "≥95%", True), ("优良天数", "≥80%", True),
        ("改造户数", "≥200", False), ("药品抽验品种", "≥3", False), ("举办培训班", "≥2", False), ("完成水价改革项目", "≥1", False), ("完成年度任务", "≥1", False),
        ("绿化面积（亩）", "≥200", False), ("巡查频率", "≥4次", False), ("受益人数", "≥95人", False),
        ("就业人数增长", "≥5%", False), ("优良天数比例", "≥80%", False), ("项目总成本", "≤20万", False), ("满意度得分", "≥90", False), ("药占比", "≤30%", False),
        ("消费价格指数", "≤103", False), ("检测效率", "≥20份", False), ("补贴标准", "≥530元", False),
    ],
)  # fmt: skip
def test_a_unit_that_is_missing_or_is_none_of_what_the_name_says(name: str, target: str, told_: bool):
    assert bool(worded(name, target).unit_told) is told_


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("公猪舍（≥**平方米）", True), ("消毒机（≥台）", True), ("受益人口数≥**人", True), ("标准（＜**元/户）", True), ("改造户数（××户）", True), ("面积(xx亩)", True),
        ("空气质量指数≤100的天数", False), ("PM2.5浓度(< 35)", False), ("改造户数（户）", False), ("2×24小时值守", False), ("maxxum 设备", False), ("★培训人数", False),
    ],
)  # fmt: skip
def test_what_was_left_in_a_name(name: str, left: bool):
    assert worded(name, "≥1个").mark_left is left


@pytest.mark.parametrize(
    ("name", "target", "place", "spent"),
    [
        ("卫片执法补助经费", "=72890元", QUANTITY, True), ("工程资金金额", "≤120万元", QUANTITY, True), ("资金支付", "≥58万元", QUANTITY, True),
        ("审核金额", "≥20万元", QUANTITY, True), ("发放补贴金额", "≥30万元", QUANTITY, True), ("资金支付", "=100%", QUANTITY, False),
        ("招商引资金额", "≥2亿元", QUANTITY, False), ("追缴资金", "≥30万元", QUANTITY, False), ("人均补助标准", "≥800元", QUANTITY, False),
        ("项目总成本", "≤20万元", COST, False), ("审核金额", "≥20万元", BENEFIT, False), ("审核事项", "≥20件", QUANTITY, False),
    ],
)  # fmt: skip
def test_money_that_is_no_output(name: str, target: str, place: str, spent: bool):
    assert worded(name, target, place).input_as_output is spent


# ---- in words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "description", "given_"),
    [
        ("公共服务水平提升情况", "有所提升", "公共服务水平提升情况", False),
        ("公共服务水平", "明显改善", "", False),
        ("公共服务水平", "有所提升", "提高工作效率", False),
        ("公共服务水平", "有所提升", "与上年相比投诉减少", True),
        ("公共服务水平", "有所提升", "问卷调查", True),
        ("群众满意率", "有所提升", "", True),
        ("居民收入", "持续增加并改善", "", True),
        ("内部管理", "财务制度健全,严格执行制度", "", True),
        ("公用经费标准", "符合相关文件要求", "", False),
        ("公用经费标准", "符合《示例规范》第三条", "", True),
        ("费用结算", "及时", "", False),
        ("费用结算及时率", "及时", "", True),
        ("宣传", "全覆盖", "", True),
        ("制度建设", "逐步提高", "按《示例办法》评定", True),
        ("信访", "明显改善", "全年０起", True),
        ("对文化传承的影响", "长远", "", False),
        ("工程质量", "优良中低差", "", False),
        ("生活质量", "高", "", False),
        ("补助发放", "已完成", "", False),
        ("审计报告", "已完成", "", True),
        ("经费审批", "严格执行相关制度", "", True),
        ("群众就医负担", "有效", "", False),
        ("设备配备", "按照政府采购规定执行", "", True),
        ("租金水平", "保障无", "", False),
    ],
)
def test_a_standard_is_looked_for_in_all_that_is_written(name: str, target: str, description: str, given_: bool):
    assert worded(name, target, BENEFIT, description).standard_given is given_


@given(st.text(max_size=30), st.sampled_from(["有所提升", "效果明显", "长期", "及时", "高"]))
def test_a_number_or_a_survey_is_always_a_standard(text: str, target: str):
    assert worded("服务", target, BENEFIT, text + "满意度").standard_given
    assert worded("服务", target, BENEFIT, "3次" + text).standard_given


@pytest.mark.parametrize(
    ("name", "target", "empty"),
    [
        ("改善养老服务基础条件", "改善条件", True), ("可持续", "可持续", True), ("2020年", "2020年", True), ("100万", "≤100万", True), ("指标3", "≥6次", True),
        ("使师生有社会认可的办学环境", "社会认可的办学环境", True), ("降低疾病的发生", "有效降低疾病的发生", True), ("促进社会和谐", "促进社会和谐。", True),
        ("补助资格合规性", "合规", False), ("改善养老服务条件", "新增十张床位", False), ("覆盖", "全覆盖", False), ("培训人数", "≥100人", False), ("指标3:讲座", "≥6次", False),
        ("2020年讲座", "2020年6月前", False), ("公共服务水平", "有所提升", False),
    ],
)  # fmt: skip
def test_a_target_that_says_no_more_than_the_name(name: str, target: str, empty: bool):
    assert bool(worded(name, target).empty_told) is empty


@given(words)
def test_a_name_again_is_never_a_target(name: str):
    assert worded("提升" + name, "提升" + name, BENEFIT).empty_told
    assert not worded("提升" + name, "≥3个", BENEFIT).empty_told


# ---- in time -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "place", "unclear"),
    [
        ("完成时限", "≥95%", TIME, True), ("完成时限", "≥95%", QUALITY, True), ("按时缴纳税费", "≥1年", TIME, True), ("完成时间", "全年", TIME, True),
        ("项目实施", "1-12月", TIME, True), ("项目实施时间", "2023年", TIME, True), ("补助发放", "12个月", TIME, True), ("完成时间", "本年度", TIME, True),
        ("完成时间", "12月底前", TIME, False), ("完成时间", "2023年6月", TIME, False), ("项目工期", "12个月", TIME, False), ("质保期", "≥1年", TIME, False),
        ("租赁期限", "1年", TIME, False), ("办结时限", "≤5个工作日", TIME, False), ("期限内完成率", "≥95%", TIME, False), ("开放时间", "全年", TIME, False),
        ("设备使用", "≥5年", "效益指标/可持续影响指标", False), ("完成时间", "6月底前", QUALITY, False), ("补助发放", "1个月", TIME, False),
    ],
)  # fmt: skip
def test_what_should_be_a_day(name: str, target: str, place: str, unclear: bool):
    assert bool(worded(name, target, place).deadline_told) is unclear


# ---- where it stands, who is satisfied, common sense -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "place", "misplaced"),
    [
        ("抽检完成率", "=100%", QUALITY, True), ("低保标准", "≥530元/人·月", QUALITY, True),
        ("不良反应报告数", "≥150", QUALITY, True), ("监测完成率", "≥90%", TIME, True), ("会计核算率", "=100%", COST, True),
        ("对文化传承的影响", "长远", "成本指标/社会成本指标", True), ("资料整编审核", "≥98%", SATISFIED, True), ("群体性事件发生数", "≤1起", SATISFIED, True),
        ("资金结余率", "≤5%", "效益指标/经济效益指标", True),
        ("接种人数", "≥90人", QUANTITY, False), ("抽检合格率", "=100%", QUALITY, False), ("差错数", "≤3起", QUALITY, False), ("获奖数量", "≥3个", QUALITY, False),
        ("问题整改完成率", "100%", QUALITY, False), ("按期完成率", "≥90%", TIME, False), ("当年到位率", "≥90%", TIME, False), ("成本节约率", "≥5%", COST, False),
        ("预算控制率", "≤100%", COST, False), ("对环境的负面影响", "无", "成本指标/生态环境成本指标", False), ("是否超出定额标准", "否", COST, False),
        ("群众投诉次数", "≤3次", SATISFIED, False), ("对工作是否认同", "是", SATISFIED, False), ("资金收益率", "≥5%", "效益指标/经济效益指标", False),
        ("就业率", "≥80%", BENEFIT, False), ("预算执行率", "≥95%", COST, False), ("覆盖率", "≥95%", "分项目标/", False),
    ],
)  # fmt: skip
def test_a_row_under_a_dimension_it_does_not_belong_to(name: str, target: str, place: str, misplaced: bool):
    assert bool(worded(name, target, place).misplaced_told) is misplaced


@pytest.mark.parametrize(
    ("name", "target", "place", "rate"),
    [
        ("疫苗接种率", "≥90%", QUANTITY, True), ("卫生监督开展率", "≥95%", "产出指标/产出数量", True), ("良种占比", "≥90%", QUANTITY, True),
        ("疫苗接种人数", "≥90人", QUANTITY, False), ("疫苗接种人数", "≥90%", QUANTITY, False), ("预算执行率", "≥90%", QUANTITY, False),
        ("疫苗接种率", "≥90%", QUALITY, False), ("疫苗接种率", "≥90%", "效益指标/数量指标", False), ("疫苗接种率", "≥90人", QUANTITY, False),
    ],
)  # fmt: skip
def test_a_rate_among_the_quantities(name: str, target: str, place: str, rate: bool):
    assert worded(name, target, place).rate_as_quantity is rate


@pytest.mark.parametrize(
    ("name", "description", "nobody", "own"),
    [
        ("服务对象满意度", "", True, False), ("满意度（%）", "", True, False), ("服务对象满意度", "问卷调查得出的满意度", True, False), ("指标1：服务对象满意率", "", True, False),
        ("服务对象满意度", "参训农户的满意度", False, False), ("受益群众满意度", "", False, False), ("使用人员满意度", "", False, False), ("家长满意度", "", False, False),
        ("聘用人员满意度", "", False, True), ("本单位职工满意度", "", False, True), ("职工满意度", "", False, True), ("企业职工满意度", "", False, False),
        ("上级主管部门满意度", "", False, True), ("税务局对我单位纳税的满意度", "", False, True), ("纳税人对税务局的满意度", "", False, False),
        ("群众对本单位服务的满意度", "", False, False), ("企业对财政局办事的满意度", "", False, False),
    ],
)  # fmt: skip
def test_who_is_satisfied(name: str, description: str, nobody: bool, own: bool):
    said = worded(name, "≥95%", SATISFIED, description)
    assert (said.no_group, said.own_people) == (nobody, own)


@pytest.mark.parametrize(
    ("project", "staff"),
    [("劳务派遣服务经费", True), ("制装项目专项经费", True), ("社区服务群众支出", False), ("图书馆免费开放", False)],
)
def test_money_for_the_offices_own_people(project: str, staff: bool):
    assert for_staff(project) is staff


@pytest.mark.parametrize(
    ("name", "target", "odd"),
    [
        ("政策知晓率", "=100%", True), ("群众满意度", "≥100%", True), ("群众满意度", "100%", True), ("考核合格率", "≥50%", True), ("拨付及时率", "≥59.9%", True),
        ("预算完成率", "≥79%", True), ("政策知晓率", "≥99%", False), ("群众满意度", "≤100%", False), ("考核合格率", "≥60%", False), ("考核不合格率", "≤5%", False),
        ("合格率提高", "≥5%", False), ("预算完成率", "≥80%", False), ("森林覆盖率", "≥30%", False), ("工程完成率", "≥40%", False), ("开箱率", "≥50%", False),
    ],
)  # fmt: skip
def test_values_nobody_would_set(name: str, target: str, odd: bool):
    assert bool(worded(name, target).sense_told) is odd


@pytest.mark.parametrize(
    ("name", "target", "place", "few"),
    [
        ("开展示范村建设数量", "≤4", QUANTITY, True), ("培训人数", "≤100人", QUANTITY, True), ("改造户数", "<20户", QUANTITY, True),
        ("服务用车采购数量", "≤4台", QUANTITY, False), ("举办会议次数", "≤4次", QUANTITY, False), ("改造户数", "≥20户", QUANTITY, False),
        ("整改问题数", "≤4个", QUANTITY, False), ("培训时间", "≤4天", QUANTITY, False), ("培训事故起数", "≤0起", QUANTITY, False), ("科目调整次数", "≤10次", QUANTITY, False),
    ],
)  # fmt: skip
def test_what_is_to_be_done_at_most_so_often(name: str, target: str, place: str, few: bool):
    assert worded(name, target, place).at_most_done is few


@given(
    words,
    st.sampled_from(["≥95%", "≥3个", "有所提升", "12月底前", "是", "≤10万元", "≥1年", "=100"]),
    st.sampled_from([QUANTITY, QUALITY, TIME, COST, BENEFIT, SATISFIED]),
)
def test_only_one_thing_is_said_of_a_target_in_per_cent(name: str, target: str, place: str):
    said = worded(name, target, place)
    whole = [
        said.measures_nothing,
        said.repeats_execution,
        bool(said.unit_told),
        bool(said.deadline_told),
        bool(said.empty_told),
    ]
    assert said.percent is None or sum(whole) < 2


# ---- a batch says the same ---------------------------------------------------------------------------------------


def offices() -> list[dict[str, str]]:
    """The goal tables of the real projects as rows of a batch."""
    rows = []
    for path in sorted((OFFICES / "rules" / "projects").rglob("*.yaml")):
        data: Any = read_document(path)[0]
        for row in data["indicators"]:
            rows.append(
                BLANK | {
                    "province": "示例省", "county": "示例县", "unit_code": str(data["unit"]["code"]), "unit": str(data["unit"]["name"]),
                    "year": str(data["year"]), "project_code": str(data["code"]), "project": str(data["name"]), "initial": str(data["budget"]["total"]),
                    "adjusted": "1", "executed": "1", "indicator": str(row["id"]), "category": str(row["category"]), "dimension": str(row["dimension"]),
                    "name": str(row["name"]), "target": str(row["target"]), "sign": str(row.get("sign", "")), "points": str(row["points"]),
                    "description": str(row.get("description", "")), "actual": "",
                }
            )  # fmt: skip
    return rows


OWN = {"F303", "F304", "F310", "F311", "F312", "F318", *(f"F3{number}" for number in range(22, 32))}


def test_a_batch_says_of_the_real_projects_what_score_says(tmp_path: Path):
    rows = offices()
    made = told(batch(rows, tmp_path))
    assert differences(expected(rows, "frame"), made) == {}
    assert {rule for key, value in made.items() if "问题" in key for rule, _, _ in value} >= OWN  # type: ignore[attr-defined]


ODD_NAMES = [
    *DEEDS[:6],
    *SHARES[:4],
    *EXECUTION[:3],
    "群众满意度",
    "聘用人员满意度",
    "服务对象满意度",
    "减少闲置率",
    "总成本（万元）",
    "20",
    "指标1",
    "受益人数（≥**人）",
    "完成时限",
]
ODD_TARGETS = [
    f"{sign}{number}{unit}" for sign in ("≥", "≤", "=") for number in ("0", "30", "59.9", "60", "61", "79", "80", "99", "100", "101") for unit in ("%", "人", "", "万元")
] + ["≥1年", "≥12个月", "=360天", "全年", "及时", "已完成", "是", "有所提升"]  # fmt: skip
PLACES = [QUANTITY, QUALITY, TIME, COST, BENEFIT, SATISFIED]


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_says_of_numbers_around_the_bounds_what_score_says(seed: int, tmp_path: Path):
    random = Random(seed)
    rows = []
    for number in range(60):
        for place in range(1, 6):
            category, dimension = random.choice(PLACES).split("/")
            rows.append(
                BLANK | {
                    "province": "示例省", "county": "示例县", "unit_code": f"U{number // 6}", "unit": "示例单位", "year": "2023", "project_code": f"P{number}",
                    "project": f"示例{('项目', '工资')[number % 2]}{number}", "initial": ("60", "100", "160")[number % 3], "adjusted": "1", "executed": "1",
                    "indicator": str(place), "category": category, "dimension": dimension, "name": random.choice(ODD_NAMES),
                    "description": random.choice(["", "", "受益农户占全部农户的比例"]), "target": random.choice(ODD_TARGETS), "points": "18.00", "actual": "",
                }
            )  # fmt: skip
    made = told(batch(rows, tmp_path))
    assert differences(expected(rows, "frame"), made) == {}


def test_the_rules_speak_of_what_is_due_this_year():
    mine = [rule for rule in load_rulebook(ROOT / "rules").findings if rule.id in OWN]
    assert len(mine) == len(OWN)
    assert [rule.id for rule in mine if not (rule.remedy.startswith("本年度") and "下年度" in rule.remedy)] == []
