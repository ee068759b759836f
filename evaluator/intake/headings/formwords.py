"""Headings of filled self-evaluation tables: indicator columns, money columns and rows, labels."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from evaluator.intake.document import Row, distinct, flat
from evaluator.intake.headings.indicatorheads import LEVELS
from evaluator.intake.headings.lexicon import FILLED, LONGEST, fields, part, plain, words

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
    if found := fields(FILLED, "columns").get(word):
        return "unused" if found in part(FILLED, "ignored") else found
    return "deviation_note" if len(word) <= LONGEST and re.search(r"(?:偏差|未完成|差异|扣分|偏离).*原因", word) else ""


def money_row(text: str) -> str:
    """Which row of the money block a label names, or ''."""
    word = plain(text)
    return next((row for row, has in part(FILLED, "rows").items() if len(word) <= LONGEST and re.search(has, word)), "")


def money_unit(text: str) -> str:
    """The unit of money that a heading or a line above the table names, or ''."""
    found = _UNIT.search(flat(text)) if len(text) < 100 else None
    return (found[1] or found[2]) if found else ""


def year_of(text: str) -> int | None:
    """The year that a title or a line under it names (2022年度), or None."""
    found = _YEAR.search(unicodedata.normalize("NFKC", flat(text))) if len(text) < 100 else None
    return int(found[1]) if found else None


def is_title(text: str) -> bool:
    """Whether a text is the title of a filled table."""
    return len(text) < 80 and bool(_TITLE.search(flat(text))) and not text.rstrip().endswith(("。", "；", "，"))


def points_in(text: str) -> str:
    """The points that a heading names: 分值（10分）, 预算执行情况（20分）; or ''."""
    found = _POINTS.search(flat(text)) if len(text) < 100 else None
    return found[1] if found else ""


def grade_of(text: str) -> str:
    """The grade that a cell holds, alone (优, 自评等级：良) or as the one box that is ticked (优□ 良☑ 中□ 差□); or ''."""
    said = text.strip()
    if len(said) < 60 and _BOXES.fullmatch(said):
        before = re.search(rf"{_BOX}|{_GRADE}", re.sub(".*[:：]", "", said))
        ticked = _TICKED[before is None or not re.match(_BOX, before[0])].findall(said)
        return str(ticked[0]) if len(ticked) == 1 else ""
    found = _GRADED.fullmatch(said)
    return found[1] if found else ""


def inline(text: str) -> tuple[str, str]:
    """The field and content of a text that has both (总分：98分), or two blanks."""
    found = _SPLIT.fullmatch(text) if len(text) < 2_000 else None
    field = label(found[1]) if found else ""
    return (field, found[2].strip()) if found and field else ("", "")


def label(text: str) -> str:
    """The field that a label stands for, or ''; the name of the total row is one."""
    word = plain(text)
    return fields(FILLED, "labels").get(word) or ("total_score" if word in words(FILLED, "totals") else "")


def known(text: str) -> bool:
    """Whether a text is a heading of some part of a filled table."""
    lists = (fields(FILLED, "money"), words(FILLED, "expected"), words(FILLED, "achieved"))
    return bool(label(text) or column(text)) or any(plain(text) in one for one in lists)


def money_head(row: Row) -> dict[str, int]:
    """The columns of the head of the money block, or {} when the row is none or has the figures beside their names."""
    money = fields(FILLED, "money")
    cells = [cell.text.strip() for _, cell in distinct(row)]
    if any(plain(one) in money and FIGURE.fullmatch(next_one) for one, next_one in pairwise(cells)):
        return {}
    order = list(money)
    ranked: dict[str, list[tuple[int, int]]] = {}
    for place, cell in distinct(row):
        if (word := plain(cell.text)) in money:
            ranked.setdefault(money[word], []).append((order.index(word), place))
        elif column(cell.text) in LEVELS or label(cell.text) == "name":
            return {}
    # 年度预算数 may head the names of the rows, beside 调整后预算数
    found = {field: min(places)[1] for field, places in ranked.items()}
    return found if len(MONEY & found.keys()) >= 2 and {"executed", "rate"} & found.keys() else {}
