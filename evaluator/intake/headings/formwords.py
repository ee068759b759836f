"""Headings of filled self-evaluation tables: indicator columns, money columns and rows, labels, the points written behind names."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from itertools import pairwise
from unicodedata import normalize

from evaluator.intake.document import Row, distinct, flat
from evaluator.intake.headings.indicatorheads import LEVELS
from evaluator.intake.headings.lexicon import FILLED, LONGEST, fields, part, plain, words
from evaluator.quantities.numerals import read_number, read_or_none

MONEY = {"initial", "full_year", "executed", "rate"}
FIGURE = re.compile(r"[-－]?\d[\d,，]*(?:[.．]\d+)?\s*[%％‰]?\s*(?:分|亿元|万元|千元|元|万|亿)?")
_GRADE = "优秀|优|良好|良|中等|中|较差|差|不合格|合格|一般"
_GRADED = re.compile(
    rf"(?:.{{0,6}}(?:等级|等次|级别|结果|结论)[:：为])?\s*[“\"]?({_GRADE})[”\"]?\s*(?:[(（][^()（）]{{0,20}}[)）])?"
)
_BOX = r"[□☐○☑√✓✔■☒●]"
_BOXES = re.compile(
    rf"(?:[^:：]{{0,6}}[:：])?(?:\s*{_BOX}\s*(?:{_GRADE})){{2,}}|(?:[^:：]{{0,6}}[:：])?(?:\s*(?:{_GRADE})\s*{_BOX}){{2,}}"
)
_TICKED = re.compile(rf"[☑√✓✔■☒●]\s*({_GRADE})"), re.compile(rf"({_GRADE})\s*[☑√✓✔■☒●]")
_UNIT = re.compile(r"[(（]\s*(?:单位[:：])?(亿元|万元|千元|元)\s*[)）]|单位[:：]\s*(亿元|万元|千元|元)")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*[)）]?\s*年\s*度")
_SPLIT = re.compile(r"\s*([\u4e00-\u9fff()（）]{1,14})\s*[:：]\s*(.*)", re.S)
_TITLE = re.compile(r"自评(?:情况|得分|打分|评分|结果|公开)?表(?!格|述|明)")
_POINTS = re.compile(r"(\d+(?:\.\d+)?)\s*分")


def column(text: str) -> str:
    """The field of a column of the indicators, or ''; any heading that asks for causes is the deviation note."""
    word = plain(text)
    if field := fields(FILLED, "columns").get(word):
        return "unused" if field in part(FILLED, "ignored") else field
    return "deviation_note" if len(word) <= LONGEST and re.search(r"(?:偏差|未完成|差异|扣分|偏离).*原因", word) else ""


def money_row(text: str) -> str:
    """Which row of the money block a label names, or ''."""
    word = plain(text)
    return next((row for row, has in part(FILLED, "rows").items() if len(word) <= LONGEST and re.search(has, word)), "")


def money_unit(text: str) -> str:
    """The unit of money that a heading or a line above the table names, or ''."""
    unit = _UNIT.search(flat(text)) if len(text) < 100 else None
    return (unit[1] or unit[2]) if unit else ""


def year_of(text: str) -> int | None:
    """The year that a title or a line under it names (2022年度), or None."""
    year = _YEAR.search(unicodedata.normalize("NFKC", flat(text))) if len(text) < 100 else None
    return int(year[1]) if year else None


def is_title(text: str) -> bool:
    """Whether a text is the title of a filled table."""
    return len(text) < 80 and bool(_TITLE.search(flat(text))) and not text.rstrip().endswith(("。", "；", "，"))


def points_in(text: str) -> str:
    """The points that a heading names: 分值（10分）, 预算执行情况（20分）; or ''."""
    points = _POINTS.search(flat(text)) if len(text) < 100 else None
    return points[1] if points else ""


def grade_of(text: str) -> str:
    """The grade that a cell holds, alone (优, 自评等级：良) or as the one box that is ticked (优□ 良☑ 中□ 差□); or ''."""
    said = text.strip()
    if len(said) < 60 and _BOXES.fullmatch(said):
        before = re.search(rf"{_BOX}|{_GRADE}", re.sub(".*[:：]", "", said))
        ticked = _TICKED[before is None or not re.match(_BOX, before[0])].findall(said)
        return str(ticked[0]) if len(ticked) == 1 else ""
    grade = _GRADED.fullmatch(said)
    return grade[1] if grade else ""


def inline(text: str) -> tuple[str, str]:
    """The field and content of a text that has both (总分：98分), or two blanks."""
    parts = _SPLIT.fullmatch(text) if len(text) < 2_000 else None
    field = label(parts[1]) if parts else ""
    return (field, parts[2].strip()) if parts and field else ("", "")


def label(text: str) -> str:
    """The field that a label stands for, or ''; the name of the total row is one."""
    word = plain(text)
    return fields(FILLED, "labels").get(word) or ("total_score" if word in words(FILLED, "totals") else "")


def known(text: str) -> bool:
    """Whether a text is a heading of some part of a filled table."""
    lists = (fields(FILLED, "money"), words(FILLED, "expected"), words(FILLED, "achieved"))
    return bool(label(text) or column(text)) or any(plain(text) in headings for headings in lists)


def money_head(row: Row) -> dict[str, int]:
    """The columns of the head of the money block, or {} when the row is none or has the figures beside their names."""
    money = fields(FILLED, "money")
    cells = [cell.text.strip() for _, cell in distinct(row)]
    if any(plain(name) in money and FIGURE.fullmatch(next_one) for name, next_one in pairwise(cells)):
        return {}
    order = list(money)
    ranked: dict[str, list[tuple[int, int]]] = {}
    for place, cell in distinct(row):
        if (word := plain(cell.text)) in money:
            ranked.setdefault(money[word], []).append((order.index(word), place))
        elif column(cell.text) in LEVELS or label(cell.text) == "name":
            return {}
    # 年度预算数 may head the names of the rows, beside 调整后预算数
    columns = {field: min(places)[1] for field, places in ranked.items()}
    return columns if len(MONEY & columns.keys()) >= 2 and {"executed", "rate"} & columns.keys() else {}


# ---- points written behind a name: 产出指标(50分), 年度绩效目标1（40分）, 数量指标（权重20%） ----


NAME = 500  # characters of a name
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
    parts = (_BRACKETS.fullmatch(text) or _BARE.fullmatch(text) or _GOAL.fullmatch(text)) if len(text) < NAME else None
    points = _points(parts) if parts else None
    if parts is None or points is None:
        return text, None
    return parts["name"].strip() + (parts.groupdict().get("rest") or ""), points


def own_portion(name: str, target: str | None) -> str | None:
    """The points that stand in brackets behind the name of an indicator, or None.

    A number that may be the target or the scale of what is measured (考试成绩（60分）) is none.
    """
    parts = _BRACKETS.fullmatch(name) if len(name) < NAME else None
    points = _points(parts) if parts else None
    if parts is None or points is None or parts["rest"] or _MARKED.search(parts["name"]) or "满分" in name:
        return None
    said = re.findall(r"\d+(?:\.\d+)?(?=\s*分)", target or "")
    return None if points in said else points


def is_goal(text: str) -> bool:
    """Whether a text names one of several goals by its number: 年度绩效目标1（40分）."""
    return len(text) < NAME and _BLOCK.match(text) is not None


def is_block(text: str) -> bool:
    """Whether a text names a block of indicators that may have points of its own: 年度绩效目标1, 绩效指标（90分）."""
    return is_goal(text) or portion(text)[1] is not None


def _points(parts: re.Match[str]) -> str | None:
    """The points of a match, as printed; None for a number of points that no part of a table has."""
    points = normalize("NFKC", parts["points"] or parts.groupdict().get("share") or "")
    return points if 0 < (read_or_none(read_number, points) or 0) <= Fraction(100) else None
