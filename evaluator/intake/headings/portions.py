"""Points written behind a name: 产出指标(50分), 年度绩效目标1（40分）, 数量指标（权重20%）, 完成率（10.00分）."""

from __future__ import annotations

import re
from fractions import Fraction
from unicodedata import normalize

from evaluator.quantities.numerals import Unreadable, read_number

LONGEST = 500  # characters of a name
_NUMBER = r"(?P<points>\d+(?:[.．]\d+)?)"
_ASKED = r"(?:分值|权重|占比|比重)"
_SAID = rf"(?:(?:{_ASKED}|满分|共|计|合计)?\s*[:：为占]?\s*{_NUMBER}\s*分|{_ASKED}\s*[:：为占]?\s*(?P<share>\d+(?:[.．]\d+)?)\s*[%％])"
_BRACKETS = re.compile(rf"(?P<name>.+?)\s*[(（\[【［]\s*{_SAID}\s*[)）\]】］]\s*(?P<rest>[:：].*)?", re.S)
_BARE = re.compile(
    rf"(?P<name>.*?(?:指标|满意度|产出|效益|成本|目标\s*[(（]?[\d一二三四五六七八九十]{{0,2}}[)）]?))[\s:：]*(?<!\d){_NUMBER}\s*分"
)
_BLOCK = re.compile(r"(?:年度|项目|长期|总体){0,2}绩效目标\s*[(（]?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?!\d)")
_GOAL = re.compile(rf"(?P<name>{_BLOCK.pattern}[^(（]*)[(（]\s*{_NUMBER}\s*%?\s*[)）]\s*(?P<rest>[:：].*)?", re.S)
_MARKED = re.compile("成绩|得分|评分|分数|打分|考分|测评|考核分")  # what such a name measures is itself told in 分


def portion(text: str) -> tuple[str, str | None]:
    """The name of a level or a goal block, and the points printed behind it: 产出指标(50分) is 产出指标 and 50.

    A share is told as the points it is of a hundred (权重40% is 40). What may be no points, as in （100分制） or （≥60分）, stays in
    the name; so does what is more than a hundred.
    """
    found = (
        (_BRACKETS.fullmatch(text) or _BARE.fullmatch(text) or _GOAL.fullmatch(text)) if len(text) < LONGEST else None
    )
    points = _points(found) if found else None
    if found is None or points is None:
        return text, None
    return found["name"].strip() + (found.groupdict().get("rest") or ""), points


def own_portion(name: str, target: str | None) -> str | None:
    """The points that stand in brackets behind the name of an indicator, or None.

    A number that may be the target or the scale of what is measured (考试成绩（60分）) is none.
    """
    found = _BRACKETS.fullmatch(name) if len(name) < LONGEST else None
    points = _points(found) if found else None
    if found is None or points is None or found["rest"] or _MARKED.search(found["name"]) or "满分" in name:
        return None
    said = re.findall(r"\d+(?:\.\d+)?(?=\s*分)", target or "")
    return None if points in said else points


def is_goal(text: str) -> bool:
    """Whether a text names one of several goals by its number: 年度绩效目标1（40分）."""
    return len(text) < LONGEST and _BLOCK.match(text) is not None


def is_block(text: str) -> bool:
    """Whether a text names a block of indicators that may have points of its own: 年度绩效目标1, 绩效指标（90分）."""
    return is_goal(text) or portion(text)[1] is not None


def _points(found: re.Match[str]) -> str | None:
    """The points of a match, as printed; None for a number of points that no part of a table has."""
    told = normalize("NFKC", found["points"] or found.groupdict().get("share") or "")
    try:
        return told if 0 < read_number(told) <= Fraction(100) else None
    except Unreadable:
        return None
