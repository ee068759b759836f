"""Words of a row judged: the state an assessor wrote, the same words again, done on time, and what says it was not done."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from evaluator.auditing.recomputed import plain
from evaluator.documents import read_document
from evaluator.intake.forms import FilledRow
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
_NEXT = re.compile(r"^(?:次|翌|下一?|第二)年度?(?:的)?(?=[0-9一二三四五六七八九十])")
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
    return isinstance(aim.content, Amount) and (aim.content.low, aim.sign) == (given.low, given.sign)


def stated(actual: str) -> tuple[str, str | None] | None:
    """The state an assessor wrote in the words of the form, and the share beside it."""
    found = _SHARE.fullmatch(re.sub("年度|预期|绩效|指标|目标|[ ,;。]", "", plain(actual)))
    return (_STATES[found[1]], found[2]) if found and found[1] in _STATES else None


def done_on_time(actual: str) -> bool:
    """Whether an actual says that a deadline was kept, without naming a day."""
    return bool(_ON_TIME.fullmatch(actual))


def all_of_it(target: str, actual: str) -> bool:
    """Whether a target in words asks for all, and the actual is 100%."""
    asked = plain(target) in vocabulary()["all"]
    return asked and bool(re.fullmatch(r"100(?:\.0+)?%", plain(actual).replace(" ", "")))


def dated(target: str, actual: str, year: int | None) -> str:
    """An actual with the year that 次年 means, where the target or the table names its own."""
    own = _YEAR.search(plain(target))
    base = int(own[1]) if own else year
    text = plain(actual)
    if base is None or not _NEXT.match(text):
        return actual
    return _NEXT.sub(f"{base + 1}年", text)


def falls_short(target: str, actual: str) -> bool:
    """Whether words say that what a target in words asks for was not done, or not wholly: 不及时, 未开展, 改善不明显."""
    aim, said = plain(target), plain(actual)
    undone, weak, partly = _patterns()
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
    up, down = re.search(_any("rising"), aim), re.search(_any("falling"), aim)
    if (
        up
        and not down
        and re.fullmatch(f".{{0,8}}(?:{_any('falling')}).{{0,4}}", said)
        and not re.search(_any("rising"), said)
    ):
        return True
    if (
        down
        and not up
        and re.fullmatch(f".{{0,8}}(?:{_any('rising')}|反弹).{{0,4}}", said)
        and not re.search(_any("falling"), said)
    ):
        return True
    return bool(undone.match(said) or weak.search(said))
