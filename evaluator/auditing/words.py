"""Words of a row judged: the state an assessor wrote, the same words again, done on time, and what says it was not done."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from evaluator.auditing.recomputed import plain
from evaluator.comparators import AT_LEAST
from evaluator.documents.loading import read_document
from evaluator.intake.filled.formdata import FilledRow
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
_DEGREE = re.compile(
    "显著|明显|有效|逐步|不断|持续|进一步|大幅度?|有所|基本|较大|较好|稳步|切实|充分|略有|小幅|比上年|较上年|同比|得到|情况|水平"
)
_HEAD = "[^不无未没零]{0,6}?"  # what a statement is about
_BETWEEN = "(?:能够?|有|得到|按时|按期)?(?:全部|完全|有效|明显|及时)?"


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, tuple[str, ...]]:
    """The words of words.yaml by what they tell."""
    told, problems = read_document(Path(__file__).with_name("words.yaml"))
    assert not problems, problems
    return {str(name): tuple(str(word) for word in words) for name, words in told.items()}


def _any(name: str) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(vocabulary()[name], key=len, reverse=True)) + ")"


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
    none = re.fullmatch("(?:无|没有|未发生|未出现|不存在|零|0[\u4e00-\u9fff]{0,2})", said)
    return _said_of(_any("absent"), aim) and (bool(none) or _said_of(_any("absent"), said))


def dated(target: str, actual: str, year: int | None) -> tuple[str, int | None]:
    """An actual with the year that 次年 means, and the year of the table (any, where none is known)."""
    own = _YEAR.search(plain(target))
    text = plain(actual)
    if not _NEXT.match(text):
        return actual, year
    base = int(own[1]) if own else year or 2000
    return _NEXT.sub(f"{base + 1}年", text), year or base


def falls_short(target: str, actual: str) -> bool:
    """Whether words surely say that what a target in words asks for was not done, or not wholly: 不及时, 未开展, 改善不明显.

    Only a short statement as a whole says so; what is said among other things is left to the assessor.
    """
    aim, said = (re.sub("[。;,、 ]+$", "", plain(text)) for text in (target, actual))
    if (asked := word_of(aim, declared())) and (given := word_of(said, declared())):
        return Level(asked, AT_LEAST, declared()).met_by(given) is False
    if aim in vocabulary()["all"]:
        return bool(re.fullmatch(r"(?:完成|覆盖|达到?)?[0-9]{1,2}(?:\.[0-9]+)?%", said)) or _undone(aim, said)
    if _said_of(_any("absent"), aim):
        return bool(
            re.fullmatch(
                rf"{_HEAD}(?:(?:已|共|曾|仍)?(?:发生|出现|存在)[^不无未没零]{{1,10}}|[1-9][0-9]*(?:起|件|次|例|宗)[^不无未没零]{{0,6}})",
                said,
            )
        )
    return _undone(aim, said) or _other_way(aim, said)


def _said_of(absence: str, text: str) -> bool:
    """Whether a text says of something bad that it is absent: 零事故, 未发生安全事故."""
    return bool(re.fullmatch(f"{absence}.{{0,8}}{_any('bad')}.{{0,4}}", text))


def _undone(aim: str, said: str) -> bool:
    """Whether the whole of a short statement denies the target, or says it was late, partly or hardly done."""
    stem = re.escape(_DEGREE.sub("", aim))
    denied = [rf"{_any('negated')}{stem}.{{0,4}}"] if len(stem) > 1 else []
    if not re.search("[不无未没零防]|杜绝|避免|禁止", aim):  # 未发生 is good where nothing may happen
        denied.append(rf"{_any('not_done')}{_BETWEEN}{_any('doing')}.{{0,6}}")
        denied.append(_any("weak"))
    late = rf"{_any('late')}(?!率|数|天数|情况|现象).{{0,6}}"
    return any(re.fullmatch(_HEAD + one, said) for one in (*denied, late, rf"{_any('partly')}.{{0,6}}"))


def _other_way(aim: str, said: str) -> bool:
    """Whether the very thing that was to rise fell, or the other way round: 减少污染 answered by 污染增加."""
    for wanted, other in (("rising", "falling"), ("falling", "growing")):
        found = re.fullmatch(rf"(.{{0,8}}?){_any(other)}(.{{0,4}})", said)
        if found and re.search(_any(wanted), aim) and not re.search(_any(other), aim):
            thing = _DEGREE.sub("", found[1] + found[2])
            object_ = re.sub(_any(wanted), "", _DEGREE.sub("", aim))
            return not thing or (bool(object_) and (thing in object_ or object_ in thing))
    return False
