"""Targets and actuals: what is read, what is refused, and what stands beside what."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from evaluator.quantities.quantity import NeedsState, Quantity, Unreadable, read_money, read_target, set_beside
from evaluator.quantities.units import CONVERTIBLE, COUNTING, MULTIPLIERS, read_unit

PAIRS = YAML(typ="safe").load((Path(__file__).parent / "fixtures" / "target_pairs.yaml").read_text("utf-8"))
STRINGS = YAML(typ="safe").load((Path(__file__).parent / "fixtures" / "target_strings.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("text", "expected"), [case for group in STRINGS.values() for case in group.items()])
def test_every_string_reads_as_listed(text: str, expected: list[str | None]) -> None:
    if len(expected) == 1:
        with pytest.raises(Unreadable) as refused:
            read_target(text)
        assert refused.value.code == expected[0]
        assert refused.value.allowed
    else:
        target = read_target(text)
        assert [target.kind, target.sign, str(target)] == expected
        assert target.text == text


@pytest.mark.parametrize(
    ("target", "actual", "comparator", "value", "aim"),
    [
        ("≥59人", "59人", "≥", 59, 59),
        ("≥59人", "60名", "≥", 60, 59),
        ("≥95%", "百分之九十五", "≥", 95, 95),
        ("≥95%", "９５％", "≥", 95, 95),
        ("≥95%", "95百分比", "≥", 95, 95),
        ("≥95%", "达到95%", "≥", 95, 95),
        ("≥95%", "950‰", "≥", 95, 95),
        ("≥95%", "0", "≥", 0, 95),
        ("=100%", "98%", "=", 98, 100),
        ("≤30万元", "107500元", "≤", Fraction("10.75"), 30),
        ("≤30万元", "29", "≤", 29, 30),
        ("≥0.5万亩", "5000亩", "≥", Fraction("0.5"), Fraction("0.5")),
        ("≥1公顷", "15亩", "≥", 1, 1),
        ("≤2小时", "90分钟", "≤", Fraction("1.5"), 2),
        ("≥5公里", "5000米", "≥", 5, 5),
        ("≤1年", "10个月", "≤", Fraction(10, 12), 1),
        ("≥530元/人*月", "6360元/月·人", "≥", 6360, 530),
        ("≥530元/人*月", "6360元/人、年", "≥", 530, 530),
        ("≥150", "160人", "≥", 160, 150),
        ("100%覆盖", "100%", "=", 100, 100),
        ("各1次", "1次", "=", 1, 1),
        ("0次", "无", "=", 0, 0),
        ("≧735人次", "735", "≥", 735, 735),
        ("控制在2小时以内", "2小时", "≤", 2, 2),
        ("年底前", "11月", "期限", 1, 1),
        ("9月前", "7月", "期限", 1, 1),
        ("9月前", "7月15日", "期限", 1, 1),
        ("9月前", "10月", "期限", 0, 1),
        ("9月前", "9月前", "期限", 1, 1),
        ("9月底前", "9月30日", "期限", 1, 1),
        ("2021年12月底", "2021年11月", "期限", 1, 1),
        ("2023年6月30日前", "2023年7月1日", "期限", 0, 1),
        ("≤2023年6月30日", "2023年6月30日", "期限", 1, 1),
        ("第三季度", "8月完成", "期限", 1, 1),
        ("1-12月", "1-12月", "期限", 1, 1),
        ("通过", "已通过", "是否", 1, 1),
        ("通过", "未通过", "是否", 0, 1),
        ("已完成", "完成", "是否", 1, 1),
        ("合格", "不合格", "是否", 0, 1),
        ("是", "否", "是否", 0, 1),
        ("无", "无", "是否", 1, 1),
        ("无", "有", "是否", 0, 1),
        ("无", "0起", "是否", 1, 1),
        ("无", "2起", "是否", 0, 1),
        ("完成1部宣传片,2套方案", "完成1部宣传片,2套方案", "是否", 1, 1),
        ("完成1部宣传片,2套方案", "完成2部宣传片，2套方案", "是否", 1, 1),
        ("培训3次,投诉≤2次", "培训3次,投诉1次", "是否", 1, 1),
    ],
)
def test_beside(target: str, actual: str, comparator: str, value: Fraction, aim: Fraction) -> None:
    pair = set_beside(read_target(target), actual)
    assert (pair.comparator, pair.actual, pair.target, pair.high) == (comparator, value, aim, None)


@pytest.mark.parametrize(
    ("target", "actual", "expected"),
    [(target, actual, expected) for target, actuals in PAIRS.items() for actual, expected in actuals.items()],
)
def test_every_pair_reads_as_listed(target: str, actual: str, expected: list[str]) -> None:
    if expected[0].startswith("Q"):
        with pytest.raises(Unreadable) as asked:
            set_beside(read_target(target), actual, year=2023)
        assert [asked.value.code, *asked.value.choices] == expected
        assert isinstance(asked.value, NeedsState) == (expected[0] in ("Q301", "Q302", "Q303", "Q304"))
    else:
        pair = set_beside(read_target(target), actual, year=2023)
        assert [pair.comparator, pair.actual, pair.target] == [expected[0], *map(Fraction, expected[1:])]


def test_a_range_keeps_both_ends_in_one_unit() -> None:
    pair = set_beside(read_target("500米-1公里"), "0.6公里")
    assert (pair.comparator, pair.actual, pair.target, pair.high, pair.unit) == ("区间", 600, 500, 1000, "米")


def test_a_bare_wan_beside_money_is_money() -> None:
    pair = set_beside(read_target("200万", "≤"), "195.5万元")
    assert (pair.actual, pair.target, pair.unit) == (Fraction("195.5"), 200, "万元")
    assert "200万元" in pair.notes[0]
    pair = set_beside(read_target("≤200万元"), "195.5万")
    assert (pair.actual, pair.actual_shown) == (Fraction("195.5"), "195.5万元")


def test_a_bare_number_takes_the_unit_of_the_target_and_says_so() -> None:
    assert "人次" in set_beside(read_target("≧735人次"), "735").notes[0]


@pytest.mark.parametrize(
    ("target", "actual", "code", "choices"),
    [
        ("≥95%", "95", "Q203", ("95%", "9500%")),
        ("≥95%", "0.95", "Q203", ("0.95%", "95%")),
        ("<0.9‰", "0.5", "Q203", ("0.5‰", "500‰")),
        ("90", "95%", "Q203", ("90%", "90")),
        ("≤30万元", "298000", "Q204", ("298000元", "298000万元")),
        ("≥300000元", "29.8", "Q204", ("29.8元", "29.8万元")),
        ("≥0.5万亩", "5000", "Q204", ("5000亩", "5000万亩")),
        ("≥5000亩", "0.6", "Q204", ("0.6亩", "0.6万亩")),
        ("500米-1公里", "800", "Q204", ("800米", "800公里")),
        ("≥59人", "60人次", "Q202", ("60人", "60人次")),
        ("≥59人次", "60人", "Q202", ("60人次", "60人")),
        ("1人", "2人", "Q205", ("≥1人", "≤1人", "=1人")),
        ("9月前", "9月15日", "Q207", ("8月31日及以前", "9月30日及以前")),
        ("9月前", "9月", "Q207", ("8月31日及以前", "9月30日及以前")),
        ("增长率≥5%", "下降5%", "Q206", ("5%",)),
    ],
)
def test_a_question_names_the_readings(target: str, actual: str, code: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable) as asked:
        set_beside(read_target(target), actual)
    assert (asked.value.code, asked.value.choices) == (code, choices)
    assert all(choice in str(asked.value) for choice in choices)


@pytest.mark.parametrize(
    ("target", "actual", "code"),
    [
        ("≥59人", "95%", "Q201"),
        ("≥5次", "5次/年", "Q201"),
        ("≤5300元/户", "5300元", "Q201"),
        ("≥5个", "5家", "Q201"),
        ("≥5百分点", "5%", "Q201"),
        ("≤30万元", "完成", "Q206"),
        ("≥95%", "无", "Q206"),
        ("下降5%", "-5%", "Q206"),
        ("≥59人", "-5", "Q206"),
        ("≥95%", "未达到95%", "Q104"),
        ("≥95%", "≥95%", "Q209"),
        ("≥95%", "90%-96%", "Q209"),
        ("≥95%", "约95%", "Q106"),
        ("≥95%", " ", "Q208"),
        ("≥95%", "7,00.0,77", "Q103"),
        ("2021年12月底", "11月", "Q207"),
        ("1-12月", "7月", "Q207"),
        ("9月15日前", "9月", "Q207"),
    ],
)
def test_an_actual_that_cannot_stand_beside_its_target(target: str, actual: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        set_beside(read_target(target), actual)
    assert refused.value.code == code
    assert not isinstance(refused.value, NeedsState)


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("有所提升", "有所提升"),
        ("及时", "及时"),
        ("满意", "完成"),
        ("通过", "完成"),
        ("完成", "部分完成"),
        ("通过", "95%"),
        ("优100% 良90% 中85% 差85%", "优"),
        ("9月前", "已完成"),
        ("9月前", "7月未完成"),
        ("9月前", "7月开工"),
        ("完成1部宣传片,2套方案", "完成1部宣传片"),
        ("完成1部宣传片,2套方案", "完成"),
        ("完成2部宣传片,2套方案", "完成1部宣传片,2套方案"),
        ("完成投诉处理,支出5万元", "完成投诉处理,支出6万元"),
        ("投诉0次,上访2次", "投诉3次,上访3次"),
        ("6月份完成宣传片制作;9月份完成文本;11月完成专家评审", "完成"),
    ],
)
def test_the_assessor_decides(target: str, actual: str) -> None:
    with pytest.raises(NeedsState) as asked:
        set_beside(read_target(target), actual)
    assert "部分达成并具有一定效果" in str(asked.value)


def test_the_year_is_filled_in_where_none_was_written() -> None:
    assert set_beside(read_target("2021年12月底"), "11月", year=2021).actual == 1
    assert set_beside(read_target("9月前"), "2024年1月", year=2023).actual == 0


def test_a_sign_given_by_the_rule_file() -> None:
    target = read_target("1人", "≥")
    assert (target.sign, str(target), target.notes) == ("≥", "≥1人", ())
    assert read_target("≥1人", "≥").sign == "≥"
    for text in ("≤1人", "有所提升", "9月前", "80%-90%", "通过", "完成1部宣传片,2套方案"):
        with pytest.raises(Unreadable, match="比较符"):
            read_target(text, "≥")


def test_doubts_are_noted() -> None:
    assert read_target("280%").notes == ("指标值没有比较符", "比率超过100%，疑为识别错误")
    assert read_target("≥95%").notes == ()
    assert "“中”与“差”" in read_target("优100% 良90% 中85% 差85%").notes[0]
    assert read_target("公益性事业").notes


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("10.75", 10_750_000),
        ("10.75万元", 10_750_000),
        ("107500元", 10_750_000),
        ("１０．７５　万元", 10_750_000),
        ("1,234.5", 1_234_500_000),
        ("83.00", 83_000_000),
        ("0", 0),
        ("0.01元", 1),
        ("1亿元", 10**10),
        ("200万", 200_000_000),
    ],
)
def test_money(text: str, fen: int) -> None:
    assert read_money(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", "7,00.0", "7,00.0,77", "-5", "NaN", "inf", "1e5", "0.0000001", "0.001元", "5人", "95%", "1" * 31, "10000000001万万",
     "999999999999万元", "5元/人", "约5万元", "十万", "None", "5分"],
)  # fmt: skip
def test_money_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_money(text)


def test_units_of_one_kind_convert_and_others_do_not() -> None:
    def quantity(text: str) -> Quantity:
        content = read_target(text).content
        return content.low  # type: ignore[union-attr]

    assert quantity("1亿元").to(quantity("1万元").unit) == 10**4
    assert quantity("1平方公里").to(quantity("1亩").unit) == 1500
    assert quantity("1吨").to(quantity("1公斤").unit) == 1000
    assert quantity("1天").to(quantity("1小时").unit) == 24
    with pytest.raises(Unreadable, match=r"“年”.*“天”"):
        quantity("1年").to(quantity("1天").unit)


def test_every_unit_name_reads_back() -> None:
    plain = [words.split("=")[0] for sizes in CONVERTIBLE.values() for words in sizes] + COUNTING.split()
    names = [times + name for times in ("", *MULTIPLIERS) for name in plain] + [
        f"{a}/{b}" for a in plain for b in plain
    ]
    for name in names:
        unit = read_unit(name)
        assert unit
        assert read_unit(unit.name) == unit
    for name in (*plain, *(f"万{name}" for name in plain), *(f"元/{name}" for name in plain if "°" not in name)):
        target = read_target(f"≥5{name}")
        assert read_target(str(target)).content == target.content
        assert target.content.low.unit == read_unit(name)  # type: ignore[union-attr]
