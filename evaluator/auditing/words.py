"""Words of a row judged: the state an assessor wrote, the same words again, done on time, and what says it was not done."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from evaluator.auditing.recomputed import plain
from evaluator.documents import read_document
from evaluator.intake.forms import FilledRow
from evaluator.quantities.levels import Level, declared, word_of
from evaluator.quantities.pieces import SIGN_PATTERN
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.reading import Amount, read

_STATES = {
    "达成": "达成", "全部达成": "达成", "基本达成": "达成", "全部或基本达成": "达成",
    "部分达成并具有一定效果": "部分达成并具有一定效果", "部分达成且具有一定效果": "部分达成并具有一定效果",
    "未达成且效果较差": "未达成且效果较差",
}  # fmt: skip
_SHARE = re.compile(r"(.*?)(?:\((\d+(?:\.\d+)?)%\))?")
_ON_TIME = re.compile(
    "(?:已|均|均已|全部)?(?:按时|按期|如期|准时|提前|按计划)(?:全部)?(?:完成|拨付|发放|支付|竣工|验收|建成|到位|报送|上报|印发|开工)?"
)
_NEXT = re.compile(r"^(?:次|翌|下一?|第二)年度?(?:的)?(?=[0-9一二三四五六七八九十第上下初])")
_YEAR = re.compile(r"([12][0-9]{3})年")


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, tuple[str, ...]]:
    """The words of words.yaml by what they tell."""
    told, problems = read_document(Path(__file__).with_name("words.yaml"))
    assert not problems, problems
    return {str(name): tuple(str(word) for word in words) for name, words in told.items()}


def _any(name: str) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(vocabulary()[name], key=len, reverse=True)) + ")"


@lru_cache(maxsize=1)
def _absence() -> tuple[re.Pattern[str], re.Pattern[str]]:
    absent = re.compile(f"{_any('absent')}.*{_any('bad')}")
    none = re.compile(f"{_any('absent')}(?:.*{_any('bad')})?|0[\u4e00-\u9fff]{{0,2}}$")
    return absent, none


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    undone = re.compile(f"{_any('not_done')}(?:能够?|有|得到|按时|按期)?(?:全部|完全|有效|明显|及时)?{_any('doing')}")
    weak = re.compile(f"(?:{_any('weak')})(?:[,。;].*)?$")
    return undone, weak, re.compile(_any("partly"))


def same(row: FilledRow) -> bool:
    """Whether the actual is the target, word for word."""
    return plain(row.target or "") == plain(row.actual or "") and not repeats(row)


def repeats(row: FilledRow) -> bool:
    """Whether an actual is no number but the bound of its target again, sign and all (≥95% under ≥95%, 95%以上)."""
    actual = plain(row.actual or "")
    try:
        given = read(actual)
        if not isinstance(given, Amount) or given.sign in (None, "=") or given.high:
            return False
        aim = read_target(row.target) if row.target else None
    except Unreadable:
        return False
    if aim is None:
        return bool(re.match(SIGN_PATTERN, actual))
    if not isinstance(aim.content, Amount) or aim.sign not in (None, given.sign):
        return False
    mine, theirs = given.low, aim.content.low
    return mine == theirs or (mine.unit.bare and mine.number == theirs.number)


def stated(actual: str) -> tuple[str, str | None] | None:
    """The state an assessor wrote in the words of the form, and the share beside it."""
    found = _SHARE.fullmatch(re.sub("年度|预期|绩效|指标|目标|[ ,;。]", "", plain(actual)))
    return (_STATES[found[1]], found[2]) if found and found[1] in _STATES else None


def done_on_time(actual: str) -> bool:
    """Whether an actual says that a deadline was kept, without naming a day."""
    return bool(_ON_TIME.fullmatch(actual))


def kept(target: str, actual: str) -> bool:
    """Whether words are surely reached: all of it by 100%, nothing bad by none (零事故 by 0起, 无投诉 by 未发生投诉)."""
    aim, said = plain(target).replace(" ", ""), plain(actual).replace(" ", "")
    if aim in vocabulary()["all"]:
        return bool(re.fullmatch(r"100(?:\.0+)?%", said))
    absent, none = _absence()
    return bool(absent.match(aim)) and bool(none.match(said)) and not re.search("[1-9]", said)


def dated(target: str, actual: str, year: int | None) -> tuple[str, int | None]:
    """An actual with the year that 次年 means, and the year of the table (any, where none is known)."""
    own = _YEAR.search(plain(target))
    text = plain(actual)
    if not _NEXT.match(text):
        return actual, year
    base = int(own[1]) if own else year or 2000
    return _NEXT.sub(f"{base + 1}年", text), year or base


def falls_short(target: str, actual: str) -> bool:
    """Whether words say that what a target in words asks for was not done, or not wholly: 不及时, 未开展, 改善不明显."""
    aim, said = plain(target), plain(actual)
    undone, weak, partly = _patterns()
    if (asked := word_of(aim, declared())) and (given := word_of(said, declared())):
        return Level(asked, "≥", declared()).met_by(given) is False
    absent, none = _absence()
    if absent.match(aim):
        return bool(re.match("(?:已|共|曾|仍)?(?:发生|出现|有|存在)|.*[1-9]", said)) and not none.match(said)
    if aim in vocabulary()["all"] and re.fullmatch(r"(?:完成|覆盖|达到?)?[0-9]{1,2}(?:\.[0-9]+)?%", said):
        return True
    if re.search(_any("late"), said) and not re.search(f"{_any('negated')}{_any('late')}", said):
        return True
    good_without = bool(re.search("[不无未没零防]|杜绝|避免|禁止", aim))  # 未发生 is good where nothing may happen
    if partly.search(said):
        return True
    stem = re.sub("^(?:显著|明显|有效|逐步|不断|持续|进一步|大幅|有所|基本|较大|较好|稳步|切实|充分)+", "", aim)
    if (
        len(stem) > 1
        and re.search(_any("negated") + re.escape(stem), said)
        and not re.search(f"{_any('negated')}{re.escape(stem)}(?:的?(?:率|情况|现象|问题|事件))", said)
    ):
        return True
    if good_without:
        return False
    if _other_way(aim, said):
        return True
    return bool(undone.match(said) or weak.search(said))


def _other_way(aim: str, said: str) -> bool:
    """Whether what was to rise fell, or the other way round."""
    up, down = _any("rising"), _any("falling")
    if re.search(up, aim) and not re.search(down, aim):  # 不满意率下降 is good
        wrong = re.fullmatch(f".{{0,8}}{down}.{{0,4}}", said) and not re.search(
            f"{up}|{_any('negated')}|{_any('bad')}", said
        )
    else:
        wrong = (
            re.search(down, aim) and re.fullmatch(f".{{0,8}}(?:{up}|反弹).{{0,4}}", said) and not re.search(down, said)
        )
    return bool(wrong)
