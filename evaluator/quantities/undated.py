"""Deadlines that no single day decides: 每季度末前 comes round again, 月底前 names no month, 9月前 has two last days."""

from __future__ import annotations

import re

from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import Target, read_target
from evaluator.quantities.reading import Composite, Deadline, Phrase

_TIMES = {"半年": 2, "学期": 2, "季": 4, "月": 12}  # how often a period comes round in a year
_EACH = re.compile(
    "(?:每个?|各个?|逐个?|次|当(?!年)|本(?!年))(?P<period>半年|年|学期|季|月|旬|周|星期|日|天)(?:度|份)?"
)
_DUE = "(?:以前|之前|前|底|末|初|上旬|中旬|下旬|[0-9]{1,2}[日号点]|(?:日|天|月|周|季度?|年|时限|期限)(?:以内|之内|内))"
_AGAIN = re.compile(rf"{_EACH.pattern}[^,，;；。、]{{0,12}}?{_DUE}")
_OF_NO_MONTH = re.compile(rf"(?:[0-9]{{1,2}}[日号]|月|季度?|学期|学年)(?:底|末|初|结束|终了)?{_DUE}")
_EVENT = re.compile(
    "(?!较|比|与)[\u4e00-\u9fff]{1,10}(?<![提目当空从先眼面跟超])(?:以前|之前|前)"
    "(?:全部|全面|基本)?(?:完成|发放|支付|拨付|到位|办结|上报|完工|竣工|开展|交付|投入使用)?"
)


def undated(target: Target) -> str:
    """Why the day on which something was done does not always decide a target that is a deadline; '' where it does, or for
    no deadline."""
    match target.content:
        case Deadline(moment) if len(set(moment.limits())) > 1:
            return f"看不出截至{'还是'.join(_days(target.content))}"
        case Phrase() | Composite():
            text = re.sub(r"\s", "", str(target.content))
            if _AGAIN.search(text):
                return "是每期都有的期限，没有一个可以对照的日期"
            if _OF_NO_MONTH.match(text) or _EVENT.fullmatch(text):
                return "是期限，没有写明是哪一天"
    return ""


def dated(target: Target) -> tuple[str, ...]:
    """What such a deadline may be written as so that a result decides it: a day, or how often it comes round in a year."""
    if isinstance(target.content, Deadline):
        return tuple(f"{day}前" for day in _days(target.content) if day[0].isdigit())
    each = _EACH.search(target.text)
    if each and each["period"] == "年":
        once = (target.text.replace(gone, "", 1) for gone in (each[0], each[0][:-1]))
        read = ((text, read_or_none(read_target, text)) for text in once)
        return tuple(text for text, meant in read if meant and meant.kind == "期限")[:1]
    times = _TIMES.get(each["period"], 0) if each else 0
    return ((f"={times}次",) if times else ()) + (("=100%",) if each else ())


def _days(due: Deadline) -> list[str]:
    """The last days a deadline may mean, the year before where it names no year and ends with it."""
    return [
        (f"{year}年" if year > 0 else "上年" if year < 0 else "") + f"{month}月{day}日"
        for year, month, day in due.moment.limits()
    ]
