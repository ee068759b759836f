"""Words that fill a cell and say nothing: as they are written, however punctuated; and never a sentence that holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.findings.emptywords import aside, empty_words, says_nothing, told, unsaid

MARKS = st.text(st.sampled_from(" /、，。；：—-·…！?()（）“”\n\t123１２"), max_size=6)
SAYING = ["无故障，因雨停工", "没有材料", "招标流标", "同上级部门协调不畅", "见附件，因疫情推迟", "略有超支，因涨价", "无人报名", "1人离职",
          "有人请假", "无法采购", "已全部完成", "加强管理", "暂无场地，借用社区会议室", "budget cut", "没有偏差之外的支出", "否决了两次"]  # fmt: skip
EMPTY = ["", "无", "無", "/", "//", "—", "-", "——", "……", "。", "?", "1", "同上", "同 上", "详见附件", "详见附件1", "见附件二第三条", "见附表中", "暂无", "没有", "略", "N/A",
         "n/a", "NULL", "无。", "（无）", "无；无", "原因：无", "偏差原因：无；改进措施：无", "详见《自评报告》", "无无无", "×××", "Ｎ／Ａ", "无偏差", "没有 改进措施",
         "1.无\n2.无", "参见附件、附表"]  # fmt: skip


@pytest.mark.parametrize("text", EMPTY)
def test_an_empty_word_says_nothing(text: str):
    assert says_nothing(text)


@pytest.mark.parametrize("text", SAYING)
def test_a_sentence_that_holds_one_says_something(text: str):
    assert not says_nothing(text)
    assert unsaid("原因", text) == ""


def test_every_empty_word_says_nothing():
    assert [word for word in empty_words() if not says_nothing(word)] == []


@given(st.sampled_from(empty_words()), MARKS, MARKS)
def test_punctuation_digits_and_width_change_nothing(word: str, before: str, after: str):
    assert says_nothing(f"{before}{word}{after}")
    assert says_nothing(f"{before}{word}；{word}{after}")


@given(st.sampled_from(empty_words()), st.sampled_from(SAYING), MARKS)
def test_beside_a_sentence_an_empty_word_does_no_harm(word: str, saying: str, between: str):
    assert not says_nothing(f"{saying}，{between}{word}")


def test_what_is_told_of_one():
    assert unsaid("原因", " 同上。\n") == "原因写作“同上。”，不是原因"
    assert unsaid("措施", "  ") == ""
    assert aside("", "") == ""
    assert aside(unsaid("原因", "无"), unsaid("措施", "/")) == "（原因写作“无”，不是原因；措施写作“/”，不是措施）"
    assert told(["无", "签到册", "/", "见附件"]) == ["签到册"]
