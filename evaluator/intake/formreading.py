"""The pass over a document that finds filled self-evaluation tables: which cell is which figure, told by headings alone.

A form begins at a project name, a money block or a head of indicators that the form at hand has already; it ends with its
sheet. Tables that are split go on under the head of the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from evaluator.errors import Problem, Severity
from evaluator.intake.document import Cell, Document, Paragraph, Place, Table
from evaluator.intake.formwords import (
    FIGURE,
    GRADE,
    LEVELS,
    Head,
    head_of,
    inline,
    is_title,
    joined,
    known,
    label,
    money_head,
    money_row,
    money_unit,
    plain,
    points_in,
    words,
    year_of,
)
from evaluator.intake.grids import Found, Row, distinct, flat, texts

UNMERGED = {"points", "score"}  # stand in the first row of a merged cell only
_UNUSED = re.compile(r"(?:三级)?指标\s*\d*\s*[:：]?|[.…·\s]+")


@dataclass(slots=True)
class FormRow:
    """One row of the indicators: its texts by field, and the number of the row whose merged cell also covers it."""

    texts: dict[str, Found] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Form:
    """One filled table as it stands in the document."""

    fields: dict[str, Found] = field(default_factory=dict)
    funding: dict[str, dict[str, Found]] = field(default_factory=dict)
    goals: dict[str, Found] = field(default_factory=dict)
    rows: list[FormRow] = field(default_factory=list)
    money: str = ""
    year: int | None = None
    heads: set[str] = field(default_factory=set)  # fields of the indicator columns
    money_heads: set[str] = field(default_factory=set)
    weighed: bool = False  # 权重 and not 分值
    headed: bool = False
    done: bool = False  # its total row has been met

    @property
    def start(self) -> Place:
        """Where it begins."""
        parts = [self.fields, *self.funding.values(), self.goals, *(row.texts for row in self.rows)]
        return next((found.place for part in parts for found in part.values()), Place())


class Reading:
    """The pass: the form at hand, the head its next rows stand under, and what has been seen above it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.forms: list[Form] = []
        self.problems: list[Problem] = []
        self.form = Form()
        self.title: Found | None = None
        self.loose: dict[str, Found] = {}  # what stands between a title and its table
        self.year: int | None = None
        self.money = ""
        self.head: Head | None = None
        self.last: Row | None = None
        self.sheet = ""
        self.goal_tables = 0

    def run(self) -> None:
        """Read every block."""
        for block in self.document.blocks:
            if block.place.sheet != self.sheet:
                self.begin()
                self.sheet, self.title, self.year, self.money, self.loose = block.place.sheet, None, None, "", {}
            if isinstance(block, Paragraph):
                self.paragraph(Found(block.text, block.place))
            else:
                self.table(block)
        self.begin()

    def tell(self, code: str, says: str, place: Place, allowed: str = "", severity: Severity = "警告") -> None:
        """Keep a problem."""
        self.problems.append(Problem(code, says, self.document.where(place), allowed, severity=severity))

    def begin(self) -> None:
        """Close the form at hand and start another."""
        form, self.form = self.form, Form()
        self.head = self.last = None
        if form.headed:
            for name, found in self.loose.items():
                form.fields.setdefault(name, found)
            if self.title:
                form.fields.setdefault("title", self.title)
            form.year, form.money = form.year or self.year, form.money or self.money
            self.forms.append(form)
            self.title, self.loose = None, {}
            if not form.rows:
                self.tell("D505", "自评表没有填写任何指标", form.start)
        elif form.funding and "project_name" in form.fields:
            self.tell("D503", f"“{form.fields['project_name'].flat[:60]}”有资金而没有认出绩效指标", form.start,
                      "含三级指标、指标值、实际完成值、得分各栏的表", "错误")  # fmt: skip

    # ---- outside tables ----

    def paragraph(self, found: Found) -> None:
        """A title, what stands between it and the table, a year or a unit of money; all else is prose."""
        if is_title(found.text):
            if self.form.done:
                self.begin()
            if not self.form.headed:
                self.title, self.loose = found, {}
            self.year = year_of(found.text) or self.year
            return
        self.above(found)
        if self.title and not self.form.headed and len(found.text) < 200:
            for part in re.split(r"\s{2,}|\u3000+|\s(?=[\u4e00-\u9fff]{2,8}[:：])", found.text):
                name, content = inline(part)
                if content:
                    self.loose.setdefault(name, Found(content, found.place))
        elif self.form.done:
            name, content = inline(found.text)
            if content and name in ("note", "conclusion", "problems", "measures"):
                self.form.fields.setdefault(name, Found(content, found.place))

    def above(self, found: Found) -> None:
        """A year or a unit of money in a short line."""
        year, unit = year_of(found.text), money_unit(found.text)
        if self.form.headed or self.form.funding:
            self.form.year = self.form.year or (year if not self.form.rows else None)
        else:
            self.year, self.money = year or self.year, unit or self.money

    # ---- tables ----

    def table(self, table: Table) -> None:
        """Read a table row by row."""
        at, taken, fresh = 0, set[int](), True
        if self.head and not self.form.done and self.odd(table):
            self.tell("D504", f"表{table.place.table}接在指标后面而栏数不同，其中的指标没有读", table.place,
                      "续表与前表栏数相同，或重复栏目名称", "错误")  # fmt: skip
        while at < len(table.rows):
            row = table.rows[at]
            if not texts(row):
                at += 1
            elif head := head_of(table, at):
                self.take_head(head, table.rows[at][0].place)
                at += head.depth
            elif columns := money_head(row):
                at = self.take_money(table, at, columns)
            elif after := self.take_goals(table, at):
                at = after
            elif (total := self.total_label(row)) is not None:
                self.take_total(table, at, total, taken)
                at += 1
            elif self.is_indicator(row, fresh):
                self.take_indicator(row, fresh)
                at += 1
                fresh = False
                continue
            else:
                self.take_labels(table, at, taken, at == 0)
                at += 1
            fresh = fresh and not self.head
            self.last = None if not self.head else self.last

    def odd(self, table: Table) -> bool:
        """Whether a table that may go on with the indicators has another width, and no head of its own."""
        assert self.head
        rows = range(len(table.rows))
        if len(table.rows[0]) == self.head.width or any(head_of(table, r) or money_head(table.rows[r]) for r in rows):
            return False
        first = [text for row in table.rows for text in texts(row)[:1]]
        return len(table.rows[0]) > 3 and not any(known(t) or is_title(t) or plain(t) in words().ends for t in first)

    def take_head(self, head: Head, place: Place) -> None:
        """Take a head of indicators, or say what it lacks."""
        self.head = None
        seen = "、".join(head.seen)
        if not head.filled:
            self.goal_tables += 1
        elif not head.whole:
            lack = "三级指标" if "level3" not in head.fields else "指标值"
            self.tell("D502", f"指标表没有“{lack}”一栏，看到的栏目是：{seen}", place, "", "错误")
        else:
            if self.form.done:
                self.begin()
            self.head, self.form.headed, self.last = head, True, None
            self.form.heads |= head.fields.keys()
            self.form.weighed |= "权重" in map(plain, head.seen)
            if {"target", "adjusted"} <= head.fields.keys():
                self.tell("D506", "有年初和调整后两栏指标值，填了调整后的取调整后的", place, severity="提示")

    # ---- money and goals ----

    def take_money(self, table: Table, at: int, columns: dict[str, int]) -> int:
        """Take the money block from its head; returns the row after it."""
        form = self.form
        if form.funding or form.rows or form.done:
            self.begin()
            form = self.form
        self.head = None
        head = table.rows[at]
        form.money_heads |= columns.keys()
        form.money = next((unit for text in texts(head) if (unit := money_unit(text))), form.money)
        self.points_of_head(head, columns)
        for r in range(at + 1, len(table.rows)):
            row = table.rows[r]
            mapped = {id(row[c]) for c in columns.values()}
            named = [
                cell for c, cell in distinct(row)
                if id(cell) not in mapped and cell is not head[c] and cell.text.strip()
            ]  # fmt: skip
            if head_of(table, r) or money_head(row) or any(known(cell.text) and not money_row(cell.text) for cell in named):
                return r
            figures: dict[str, Found] = {}
            for name, c in columns.items():
                cell = row[c]
                if cell.text.strip() and cell is not head[c] and all(cell.place != f.place for f in figures.values()):
                    figures[name] = Found(cell.text, cell.place)
            kind = next((k for cell in reversed(named) if (k := money_row(cell.text))), "")
            if not kind and not figures and named:
                return r
            if not kind and "total" not in form.funding:
                kind = "total"
            if kind and figures:
                known_row = form.funding.setdefault(kind, {})
                for name, found in figures.items():
                    known_row.setdefault(name, found)
        return len(table.rows)

    def points_of_head(self, head: Row, columns: dict[str, int]) -> None:
        """Keep the points of execution that its headings name, for a form that has no cell for them."""
        cells = [head[c] for name in ("points", "score") if (c := columns.get(name)) is not None]
        group = [cell for _, cell in distinct(head) if "执行" in cell.text and plain(cell.text) not in words().money]
        for cell in [*cells[:1], *group, *cells[1:]]:
            if told := points_in(cell.text):
                self.form.goals.setdefault("execution_points", Found(told, cell.place))

    def take_goals(self, table: Table, at: int) -> int:
        """Take 预期目标 and 实际完成情况 with what stands under or beside them; returns the row after, 0 when it is none."""
        lists = words()
        cells = list(distinct(table.rows[at]))
        found: dict[str, int] = {}
        for number, (_, cell) in enumerate(cells):
            word = plain(cell.text)
            if word in lists.achieved and "expected" in found:
                found.setdefault("achieved", number)
            elif word in lists.expected:
                found["expected"] = number
        if len(found) < 2:
            return 0
        self.head = None
        beside = found["achieved"] - found["expected"] > 1
        if beside:
            for name, number in found.items():
                self.keep_goal(name, cells[number + 1][1] if number + 1 < len(cells) else None)
            return at + 1
        group = table.rows[at][0]
        after = at + 1
        for r in range(at + 1, len(table.rows)):
            row = table.rows[r]
            mine = r == at + 1 or (row[0] is group and found["expected"] > 0)
            if not mine or head_of(table, r) or money_head(row):
                break
            for name, number in found.items():
                self.keep_goal(name, row[cells[number][0]])
            after = r + 1
        return after

    def keep_goal(self, name: str, cell: Cell | None) -> None:
        """Keep or add to the text of a goal."""
        if cell is None or not cell.text.strip() or known(cell.text):
            return
        have = self.form.goals.get(name)
        if have is None or have.place != cell.place:
            text = f"{have.text}\n{cell.text}" if have else cell.text
            self.form.goals[name] = Found(text, have.place if have else cell.place)

    # ---- indicators ----

    def is_indicator(self, row: Row, fresh: bool) -> bool:
        """Whether a row under a head is an indicator: it has the head's width and does not run over levels and results."""
        head = self.head
        if head is None or len(row) != head.width:
            return False
        result = row[head.fields.get("score", head.fields.get("actual", 0))]
        leading = next((row[c] for c in sorted(head.fields.values()) if row[c].text.strip()), None)
        if leading is None or row[head.fields["level3"]] is result:
            return False
        first = next(cell for _, cell in distinct(row) if cell.text.strip())
        words_of_end = {plain(leading.text), plain(first.text)} & words().ends
        starts = (head_cell for head_cell in (leading, first) if label(head_cell.text) or inline(head_cell.text)[0])
        return not words_of_end and next(starts, None) is None and not (fresh and is_title(first.text))

    def take_indicator(self, row: Row, fresh: bool) -> None:
        """Take an indicator row; blank levels are those above, points and scores of a merged cell stay in its first row."""
        assert self.head
        rows, last, here = self.form.rows, self.last, FormRow()
        used: dict[int, str] = {}
        for name, c in sorted(self.head.fields.items(), key=lambda pair: pair[1]):
            cell = row[c]
            twice = used.setdefault(id(cell), name) != name and not (name in LEVELS and used[id(cell)] in LEVELS)
            if name == "unused" or twice or not cell.text.strip():
                continue
            if last is not None and rows and last[c] is cell and name not in LEVELS:
                here.merged[name] = rows[-1].merged.get(name, len(rows))
                if name in UNMERGED:
                    continue
            here.texts[name] = Found(cell.text, cell.place)
        own = here.texts.keys() - {"level1", "level2", "nature", "measure"}
        if "level3" in own and own <= {"level3"} and _UNUSED.fullmatch(here.texts["level3"].flat):
            own = set()
        if not own and not here.merged.keys() & UNMERGED:
            self.levels(here)
            self.last = row
            return  # an unused row of the form
        if fresh and rows and not {"level1", "level2", "points", "score"} & here.texts.keys() and (
            "level3" not in own or own == {"level3"}
        ):  # fmt: skip
            self.go_on(here)
            return
        self.levels(here)
        if "level3" not in here.texts and rows and not own & UNMERGED and (above := rows[-1].texts.get("level3")):
            here.texts["level3"] = above
        self.target(here)
        rows.append(here)
        self.last = row

    def levels(self, here: FormRow) -> None:
        """A blank level is the one above; under another level 1, a blank level 2 stays blank."""
        above = self.form.rows[-1].texts if self.form.rows else {}
        pending = {name: self.form.goals[f"now_{name}"] for name in LEVELS[:2] if f"now_{name}" in self.form.goals}
        above = {name: above[name] for name in LEVELS[:2] if name in above} | pending
        first = here.texts.get("level1")
        same = first is None or ("level1" in above and first.flat == above["level1"].flat)
        for name in LEVELS[:2]:
            if name not in here.texts and name in above and same:
                here.texts[name] = above[name]
        for name in LEVELS[:2]:
            if name in here.texts:
                self.form.goals[f"now_{name}"] = here.texts[name]
            else:
                self.form.goals.pop(f"now_{name}", None)

    def go_on(self, here: FormRow) -> None:
        """Add the rest of a row that a page broke to the row before."""
        row = self.form.rows[-1]
        for name, found in here.texts.items():
            have = row.texts.get(name)
            row.texts[name] = Found(f"{have.text}\n{found.text}", have.place) if have else found
        place = next(iter(here.texts.values())).place
        self.tell("D507", "这一行看来是上一行续到下一页的文字，已接在上一行", place, severity="提示")

    def target(self, here: FormRow) -> None:
        """The target in one text: the adjusted one where there is one; 指标性质, 指标值 and 度量单位 joined."""
        told = here.texts
        parts = [told.pop(name, None) for name in ("nature", "adjusted", "measure")]
        nature, adjusted, measure = parts
        value = adjusted or told.get("target")
        if not any((nature, value, measure)):
            return
        texts_of = [one.flat if one else "" for one in (nature, value, measure)]
        text, word = joined(*texts_of) if nature or measure else (texts_of[1], "")
        place = next(one.place for one in (value, nature, measure) if one)
        if word and nature:
            told["nature"] = nature
        if text:
            told["target"] = Found(text, place)

    # ---- total and labels ----

    def total_label(self, row: Row) -> Cell | None:
        """The cell that says that a row is the total of a form that has indicators, or None."""
        if not self.form.headed or self.form.done:
            return None
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        found = next((cell for cell in cells[:3] if plain(cell.text) in words().totals), None)
        return found if (found is not None and len(cells) > 1) or found is cells[0] else None

    def take_total(self, table: Table, at: int, total: Cell, taken: set[int]) -> None:
        """Take the total row: points and score under their columns, else in their order; and the grade beside them."""
        row = table.rows[at]
        form, head = self.form, self.head
        cells = [cell for _, cell in distinct(row) if cell is not total and cell.text.strip()]
        self.head, form.done = None, True
        if any(label(cell.text) for cell in cells):
            self.take_labels(table, at, taken, False)
            return
        figures = [cell for cell in cells if FIGURE.fullmatch(cell.text.strip())]
        told: dict[str, Cell] = {}
        if head and len(row) == head.width:
            for name in ("score", "points"):
                c = head.fields.get(name)
                if c is not None and row[c] in figures and all(row[c] is not cell for cell in told.values()):
                    told[name] = row[c]
        rest = [cell for cell in figures if all(cell is not one for one in told.values())]
        if not told and len(rest) == 2:
            told = dict(zip(("points", "score"), rest, strict=True))
        elif not told and len(rest) == 1 and (head is None or "points" not in head.fields):
            told = {"score": rest[0]}
        elif rest:
            self.tell("D508", f"总分一行的“{flat(rest[0].text)[:20]}”分不清是分值还是得分，没有取用", rest[0].place)
        for name, cell in told.items():
            form.fields[f"total_{name}"] = Found(cell.text, cell.place)
        for cell in cells:
            if grade := GRADE.fullmatch(cell.text.strip()):
                form.fields["grade"] = Found(grade[1], cell.place)

    def take_labels(self, table: Table, at: int, taken: set[int], first: bool) -> None:
        """Take the labels of a row, each with what stands beside it, under it or in the same cell."""
        cells = list(distinct(table.rows[at]))
        named = [bool(label(cell.text)) for _, cell in cells if cell.text.strip()]
        heading = len(named) > 1 and all(named)
        for number, (c, cell) in enumerate(cells):
            if not cell.text.strip() or id(cell) in taken:
                continue
            if number == 0 and is_title(cell.text) and len(named) == 1:
                self.paragraph(Found(cell.text, cell.place))
                continue
            self.above(Found(cell.text, cell.place))
            name, content = inline(cell.text)
            if not name and (name := label(cell.text)):
                row = table.rows[at + 1] if heading and at + 1 < len(table.rows) else None
                value = row[c] if row else cells[number + 1][1] if number + 1 < len(cells) else None
                if value is None or not value.text.strip() or (known(value.text) and not heading):
                    continue
                taken.add(id(value))
                self.put(name, Found(value.text, value.place), first)
            elif content:
                self.put(name, Found(content, cell.place), first)

    def put(self, name: str, found: Found, first: bool) -> None:
        """Keep a field; a name after indicators, or the first row of a table after a total, begins another form."""
        have = self.form.fields.get(name)
        another = name == "project_name" and (self.form.headed or (have is not None and have.flat != found.flat))
        if another or (first and self.form.done and name in ("code", "department", "unit")):
            self.begin()
        self.form.fields.setdefault(name, found)
