"""Headings of filled self-evaluation tables, in the words of forms.yaml: indicator columns, money columns and rows, labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from evaluator.documents import read_document
from evaluator.errors import nearest
from evaluator.intake import headings
from evaluator.intake.document import Table
from evaluator.intake.grids import (
    NATURES,
    Column,
    Found,
    Row,
    continues,
    distinct,
    flat,
    holds_signs,
    laid_over,
    texts,
    under,
    unread_of,
)
from evaluator.intake.headings import plain

LEVELS = ("level1", "level2", "level3")
_LABELS = {"name": "project_name", "code": "code"}  # the fields of goal tables that forms have too
_COLUMNS = {
    "category": "level1", "dimension": "level2", "indicator": "level3", "target": "target", "nature": "nature",
    "measure": "measure", "points": "points", **dict.fromkeys(("description", "basis", "long_target", "unused"), "unused"),
}  # fmt: skip
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


@dataclass(frozen=True)
class FormWords:
    """The words of forms.yaml, each list turned round: word -> field."""

    labels: dict[str, str]
    totals: frozenset[str]
    ends: frozenset[str]
    expected: frozenset[str]
    achieved: frozenset[str]
    money: dict[str, str]
    rows: tuple[tuple[str, re.Pattern[str]], ...]
    columns: dict[str, str]


@lru_cache(maxsize=1)
def words() -> FormWords:
    """The words, read when first needed."""
    data, _ = read_document(Path(__file__).with_name("forms.yaml"))

    def turned(name: str) -> dict[str, str]:
        return {plain(word): field for field, listed in data[name].items() for word in listed}

    def listed(name: str) -> frozenset[str]:
        return frozenset(map(plain, data[name]))

    rows = tuple((one["row"], re.compile(one["has"])) for one in data["rows"])
    shared = headings.words()
    labels = {word: _LABELS[field] for word, field in shared.labels.items() if field in _LABELS}
    columns = {word: _COLUMNS[field] for word, field in shared.columns.items() if field in _COLUMNS}
    return FormWords(
        labels | turned("labels"), listed("totals"), listed("ends"), listed("expected"), listed("achieved"),
        turned("money"), rows, columns | turned("columns"),
    )  # fmt: skip


def column(text: str) -> str:
    """The field of a column of the indicators, or ''; any heading that asks for causes is the deviation note."""
    word = plain(text)
    if found := words().columns.get(word):
        return found
    return "deviation_note" if len(word) <= 30 and re.search(r"(?:偏差|未完成|差异|扣分|偏离).*原因", word) else ""


def money_row(text: str) -> str:
    """Which row of the money block a label names, or ''."""
    word = plain(text)
    return next((row for row, has in words().rows if len(word) <= 30 and has.search(word)), "")


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
    return words().labels.get(word) or ("total_score" if word in words().totals else "")


def known(text: str) -> bool:
    """Whether a text is a heading of some part of a filled table."""
    word, lists = plain(text), words()
    return bool(label(text) or column(text)) or word in lists.money or word in lists.expected | lists.achieved


# ---- heads -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """The heading rows of the indicators: the column of each field, how many rows they take, the width of their table.

    `starts` are the columns at which its cells begin, so that a table which goes on without the grid lines of the upper
    part is understood too.
    """

    fields: dict[str, int]
    depth: int
    width: int
    starts: tuple[int, ...]
    seen: tuple[str, ...]
    unread: tuple[str, ...] = ()  # headings nobody knows, of columns with contents

    def fitted(self, table: Table) -> Head | None:
        """The same head over a table that goes on with its rows, or None when the columns cannot be the same."""
        width = len(table.rows[0])
        if width == self.width:
            return self
        starts = laid_over(self.starts, table)
        if starts is None:
            return None
        fields = {name: starts[self.starts.index(column)] for name, column in self.fields.items()}
        return replace(self, fields=fields, width=width, starts=starts)

    def found(self, name: str, row: Row) -> Found | None:
        """What stands in a row in the column of a field; None when it is blank."""
        at = self.fields[name]
        return under(row, Column(at, next((start for start in self.starts if start > at), self.width), name))

    @property
    def outside(self) -> list[int]:
        """The columns left of all fields, from the nearest on, where the names of blocks stand (年度绩效目标1)."""
        return [start for start in reversed(self.starts) if start < min(self.fields.values())]

    @property
    def levels(self) -> int:
        """How many level columns there are."""
        return sum(level in self.fields for level in LEVELS)

    @property
    def filled(self) -> bool:
        """Whether results or scores stand under it."""
        return bool({"actual", "score"} & self.fields.keys())

    @property
    def whole(self) -> bool:
        """Whether it has all that rows need."""
        return "level3" in self.fields and bool({"target", "adjusted"} & self.fields.keys()) and self.filled


def head_of(table: Table, at: int) -> Head | None:
    """The head of indicators that begins at this row, in one or two rows; None when there is none."""
    rows = table.rows
    two = at + 1 < len(rows) and _continues(rows[at], rows[at + 1])
    last, below = rows[at + two], rows[at + 1 + two :]
    fields: dict[str, int] = {}
    for place, cell in distinct(last):
        field = column(cell.text) or column(rows[at][place].text)
        if field == "points":
            field = _worth(rows, at + two, place)
        if field == "nature" or (not field and len(fields) > 1 and holds_signs(below, place)):
            field = next((name for name in NATURES if name not in fields), "")
        if field:
            fields.setdefault(field, place)
    if "level3" not in fields and LEVELS[0] in fields:
        standing = [place for place, cell in distinct(last) if headings.standin(cell.text) and place > fields["level1"]]
        fields |= {"level3": standing[0]} if standing else {}
    seen = tuple(dict.fromkeys(flat(text)[:30] for row in rows[at : at + 1 + two] for text in texts(row)))
    taken = {place for place, cell in distinct(last) if column(cell.text) or place in fields.values()}
    unread = unread_of(rows[at : at + 1 + two], below, taken, lambda text: known(text) or headings.known(text))
    head = Head(fields, 1 + two, len(last), tuple(place for place, _ in distinct(last)), seen, unread)
    named = head.levels >= 2 or (
        "level3" in fields and len({"target", "actual", "points", "score"} & fields.keys()) > 1
    )
    return head if named else None


def _worth(rows: Sequence[Row], at: int, place: int) -> str:
    """Whose points a column has: those of the level right before it where its names end there, else the indicator's."""
    beside = [column(cell.text) or column(rows[at - 1][c].text if at else "") for c, cell in distinct(rows[at])]
    starts = [c for c, _ in distinct(rows[at])]
    number = starts.index(place)
    before, after = beside[number - 1] if number else "", beside[number + 1 :]
    return f"{before}_points" if before in LEVELS[:2] and set(LEVELS) & set(after) else "points"


def _continues(above: Row, row: Row) -> bool:
    """Whether a row is the second row of a head, and there are headings above it."""
    return sum(bool(column(text)) for text in texts(above)) > 1 and continues(above, row, column)


def closest(heading: str) -> tuple[str, str]:
    """The heading of an indicator column nearest to one that is not known, and its field; or two blanks."""
    near = nearest(plain(heading), words().columns)
    return near, words().columns.get(near, "")


def money_head(row: Row) -> dict[str, int]:
    """The columns of the head of the money block, or {} when the row is none or has the figures beside their names."""
    cells = [cell.text.strip() for _, cell in distinct(row)]
    if any(plain(one) in words().money and FIGURE.fullmatch(next_one) for one, next_one in pairwise(cells)):
        return {}
    fields: dict[str, int] = {}
    rank: dict[str, int] = {}
    order = list(words().money)
    for place, cell in distinct(row):
        if field := words().money.get(plain(cell.text)):
            at = order.index(plain(cell.text))
            if at < rank.get(field, len(order)):  # 年度预算数 may head the names of the rows, beside 调整后预算数
                fields[field], rank[field] = place, at
        elif words().columns.get(plain(cell.text)) in LEVELS or label(cell.text) == "project_name":
            return {}
    return fields if len(MONEY & fields.keys()) >= 2 and {"executed", "rate"} & fields.keys() else {}
