"""Whatever the text: it reads one way or is refused, prints back to what was read, and compares as plain numbers do."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from evaluator.quantities.deadlines import last_of
from evaluator.quantities.numerals import read_han, write_han, write_number
from evaluator.quantities.quantity import Sign, Unreadable, read_money, read_target, set_beside
from evaluator.quantities.units import CONVERTIBLE, COUNTING, read_unit
from tests.work import at_most

SIGNS: dict[Sign, list[str]] = {
    "≥": ["≥", "≧", "⩾", ">=", "=>", "＞＝", "不低于", "不少于", "至少", "达到", "不得低于"],
    ">": [">", "＞", "高于", "大于", "超过"],
    "≤": ["≤", "≦", "<=", "＜＝", "不超过", "不高于", "至多", "控制在", "不得超过"],
    "<": ["<", "＜", "低于", "少于", "小于"],
    "=": ["=", "＝", "═", "等于"],
}
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "\u3000"})

signs = st.sampled_from(sorted(SIGNS))
names = [words.split("=")[0] for sizes in CONVERTIBLE.values() for words in sizes] + COUNTING.split()
units = st.one_of(
    st.sampled_from(names),
    st.sampled_from(names).map(lambda name: f"万{name}"),
    st.tuples(st.sampled_from(names), st.sampled_from(names)).map("/".join),
)
numbers = st.decimals(0, 10**9, places=3).map(lambda number: format(number.normalize(), "f"))
labels = st.text("满意度覆盖率宣传片居委会方案道路", min_size=2, max_size=6)
amounts = st.builds("{}{}{}".format, signs | st.just(""), numbers, units | st.just("")).filter(
    lambda text: not re.match(r"<0(?!\.)", text)  # nothing is below 0
)
days = st.tuples(st.integers(1, 12), st.integers(1, 28))
moments = st.one_of(
    days.map("{0[0]}月{0[1]}日".format),
    st.integers(1, 12).map("{}月".format),
    st.integers(1, 12).map("{}月底前".format),
    st.integers(2000, 2099).map("{}年".format),
    st.builds("{}年{}月前".format, st.integers(2000, 2099), st.integers(1, 12)),
    st.sampled_from(["上半年", "三季度", "第二季度前", "年底前", "全年", "1-12月", "4月中旬", "年内"]),
)
spreads = st.builds(
    "{}±{}{}".format,
    st.sampled_from(["≤", "<", "不超过", "误差≤", ""]),
    numbers.filter(lambda n: n != "0"),
    units | st.just(""),
)
SPANS = ["≥{0}{2}且≤{1}{2}", "{0}{2}≤X≤{1}{2}", "不低于{0}{2},不超过{1}{2}", "{1}{2}≥占比≥{0}{2}", "{0}±{1}{2}"]
spans = st.builds(
    lambda form, one, two, unit: form.format(*sorted((one, two), key=Fraction), unit),
    st.sampled_from(SPANS), numbers, numbers, st.sampled_from(names),
)  # fmt: skip
grades = st.sampled_from(
    ["良好以上", "≥A级", "不低于合格", "≤C级", "达到优秀等级", ">二等奖", "≤预算数", "未超概算", "控制在预算内"]
)
targets = st.one_of(
    amounts,
    spreads,
    spans,
    grades,
    st.builds("{}{}{}".format, labels, signs, numbers),
    st.builds("{}人{}".format, amounts.filter(lambda text: text[-1].isdigit()), labels),
    st.tuples(numbers, numbers, units).map(lambda made: "{}-{}{}".format(*sorted(made[:2], key=Fraction), made[2])),
    moments,
    st.builds("{}{}".format, moments, st.sampled_from(["完成", "全部完成", "完成验收"])),
    st.sampled_from(["通过", "已完成", "未完成", "合格", "不合格", "有", "无", "是", "否", "达标"]),
    labels,
    st.lists(st.builds("{}{}套{}".format, labels, st.integers(1, 99), labels), min_size=2, max_size=4).map(",".join),
    st.lists(st.integers(0, 100), min_size=4, max_size=4).map(lambda made: "优{}% 良{}% 中{}% 差{}%".format(*made)),
)
FRAGMENTS = """
≥ ≤ > < = 不低于 未 达到 超过 控制在 以上 以内 约 左右 5 95 0.5 1,234 7,00 2023 % ‰ 人 人次 万 元 万元 / 人·月 月 日 年 前 底 - ~
至 每 第 百分之 九十五 三 十 半 多 优 完成 宣传片 、 , ; ( ) （含） 上半年 季度 全年 ½ ² A mg/L 无 ± 正负 且 X ≯ (段) 条 级 良好 良好以上 合格 以下 ⁴ ① 余 预算数 : 1:2
24小时 7* 万万 每季度 12个月
"""
fragments = st.lists(st.sampled_from(FRAGMENTS.split()), max_size=12).map("".join)


def reading(text: str) -> object:
    """What a text reads as, or the reason it does not."""
    try:
        return replace(read_target(text), text="")
    except Unreadable as refused:
        assert refused.reason
        assert refused.code.startswith("Q1")
        return refused.code


@given(targets)
def test_what_is_printed_reads_back(text: str) -> None:
    target = read_target(text)
    again = read_target(str(target))
    assert replace(again, text="", notes=()) == replace(target, text="", notes=())
    assert str(again) == str(target)


@given(fragments)
@example("2023年以上")
@example("不低于达到5")
def test_what_is_read_from_fragments_reads_back(text: str) -> None:
    try:
        target = read_target(text)
    except Unreadable:
        return
    again = read_target(str(target))
    assert replace(again, text="", notes=()) == replace(target, text="", notes=())


@settings(deadline=None)
@given(st.text(max_size=600) | fragments, st.text(max_size=60) | fragments)
@example("≥" * 500, "9" * 500)
@example("1-" * 250, "百分之" * 100)
@example("一" * 500, "9月" * 200)
def test_any_text_is_read_or_refused_the_same_way_and_with_little_work(text: str, actual: str) -> None:
    read_target("1人")  # the grammar is built once
    with at_most(3):
        found = reading(text)
    assert reading(text) == found
    for refuses in (lambda: read_money(text), lambda: set_beside(read_target(text), actual)):
        try:
            refuses()
        except Unreadable as refused:
            assert str(refused)


@pytest.mark.parametrize("text", ["<2000年", "< 2000 年", "≤2024年", "≤ 2024 年"])
def test_a_year_or_a_number_of_years_is_asked_alike_however_it_is_spaced(text: str) -> None:
    assert reading(text) == reading(text.replace(" ", ""))


@given(signs, numbers, units, st.data())
def test_sign_variants_are_one_sign(sign: Sign, number: str, unit: str, data: st.DataObject) -> None:
    variant = data.draw(st.sampled_from(SIGNS[sign]))
    assert reading(f"{variant}{number}{unit}") == reading(f"{sign}{number}{unit}")
    assert reading(f" {variant} {number} {unit} ") == reading(f"{sign}{number}{unit}")


@given(targets)
def test_full_width_makes_no_difference(text: str) -> None:
    assert reading(text.translate(FULL_WIDTH)) == reading(text)


@given(st.integers(0, 99999), st.sampled_from(["人", "个", "元", "套", "户", "公里", "%"]))
@example(10, "人")
@example(10010, "人")
def test_chinese_numerals_equal_digits(number: int, unit: str) -> None:
    assert read_han(write_han(number)) == number
    assert reading(f"≥{write_han(number)}{unit}") == reading(f"≥{number}{unit}")


@given(signs, numbers, numbers)
def test_beside_is_plain_comparison(sign: Sign, wanted: str, achieved: str) -> None:
    assume((sign, wanted) != ("<", "0"))
    pair = set_beside(read_target(f"{sign}{wanted}人"), f"{achieved}名")
    assert (pair.comparator, pair.target, pair.actual) == (sign, Fraction(wanted), Fraction(achieved))


@given(st.sampled_from(sorted(CONVERTIBLE)), numbers, numbers, st.data())
def test_conversion_never_changes_a_comparison(kind: str, wanted: str, achieved: str, data: st.DataObject) -> None:
    sizes = {words.split("=")[0]: Fraction(size) for words, size in CONVERTIBLE[kind].items()}
    mine, theirs = data.draw(st.sampled_from(sorted(sizes))), data.draw(st.sampled_from(sorted(sizes)))
    assume(not re.search(r"\b(19|20)..年", f"{wanted}{theirs} {achieved}{mine}"))  # a year, not a stretch of years
    pair = set_beside(read_target(f"≥{wanted}{theirs}"), f"{achieved}{mine}")
    exact, aim = Fraction(achieved) * sizes[mine], Fraction(wanted) * sizes[theirs]
    assert (pair.actual >= pair.target) == (exact >= aim)
    assert aim == 0 or pair.actual / pair.target == exact / aim


@given(numbers, numbers)
def test_wan_yuan_and_yuan_agree(wanted: str, achieved: str) -> None:
    in_yuan = write_number(Fraction(achieved) * 10**4)
    one = set_beside(read_target(f"≤{wanted}万元"), f"{achieved}万元")
    other = set_beside(read_target(f"≤{wanted}万元"), f"{in_yuan}元")
    assert (one.actual, one.target) == (other.actual, other.target)


@given(days, days)
def test_a_deadline_is_kept_up_to_its_last_day(limit: tuple[int, int], done: tuple[int, int]) -> None:
    pair = set_beside(read_target(f"{limit[0]}月底前"), f"{done[0]}月{done[1]}日")
    assert pair.actual == (done <= (limit[0], last_of(0, limit[0])))
    pair = set_beside(read_target("{}月{}日前".format(*limit)), "{}月{}日".format(*done))
    assert pair.actual == (done <= limit)


@given(st.integers(0, 10**13), st.sampled_from(["元", "万元", ""]))
def test_money_is_exact(fen: int, unit: str) -> None:
    places = 2 if unit == "元" else 6
    digits = str(fen).rjust(places + 1, "0")
    assert read_money(f"{digits[:-places]}.{digits[-places:]}{unit}") == fen


@given(numbers, numbers, units)
def test_a_spread_is_the_same_on_either_side(wanted: str, achieved: str, unit: str) -> None:
    assume(not re.search(r"(19|20)..年", f"{wanted}{unit} {achieved}{unit}") and "0" not in (wanted, achieved))
    target = read_target(f"±{wanted}{unit}以内")
    above, below = set_beside(target, f"{achieved}{unit}"), set_beside(target, f"-{achieved}{unit}")
    assert (above.comparator, above.actual, above.target) == (below.comparator, below.actual, below.target)
    assert (above.actual, above.target) == (Fraction(achieved), Fraction(wanted))


@given(st.integers(0, 5000), st.integers(1, 5000), numbers)
def test_a_share_in_two_numbers_is_exact(part: int, whole: int, wanted: str) -> None:
    pair = set_beside(read_target(f"≥{wanted}%"), f"{part}/{whole}")
    assert pair.actual == Fraction(part, whole) * 100
    assert pair.actual_shown == f"{part}/{whole}"


@given(st.integers(1, 10**6), st.integers(1, 10**6), signs, st.sampled_from("余多"))
def test_a_lower_bound_is_taken_only_where_it_decides(bound: int, wanted: int, sign: Sign, word: str) -> None:
    target = read_target(f"{sign}{wanted}人")
    try:
        pair = set_beside(target, f"{bound}{word}人")
    except Unreadable as asked:
        assert asked.code == "Q106"
        assert sign not in ("≥", ">") or bound < wanted or (sign == ">" and bound == wanted)
        return
    assert pair.actual == bound >= wanted
    assert pair.below is not None
    assert bound < pair.below <= 2 * bound


@given(st.integers(1, 400), st.integers(1, 40), st.sampled_from([("月", 12), ("季度", 4), ("半年", 2), ("年", 1)]))
def test_a_total_of_the_year_meets_a_rate_or_is_asked(total: int, rate: int, per: tuple[str, int]) -> None:
    word, times = per
    try:
        pair = set_beside(read_target(f"≥{rate}次/{word}"), f"{total}次")
    except Unreadable as asked:
        assert (asked.code, word != "年", total < rate * times) == ("Q204", True, True)
        return
    assert pair.actual == Fraction(total, times)
    assert word == "年" or pair.actual >= pair.target


@given(st.sampled_from(sorted(set(names))), st.integers(1, 1000))
def test_no_target_asks_for_less_than_its_unit_can_be(unit: str, number: int) -> None:
    known = read_unit(unit)
    assert known is not None
    for text in (f"<0{unit}", f"≤-{number}{unit}", f"=-{number}{unit}", f"-{number + 1}{unit}--{number}{unit}"):
        assert known.can_be_negative or reading(text) == "Q113", text
    assert reading(f"≥-{number}{unit}") not in ("Q113", "Q104")
