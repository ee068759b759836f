"""The pass over a document that finds filled self-evaluation tables: which cell is which figure, told by headings alone.

A form begins at a project name, a money block or a head of indicators that the form at hand has already; it ends with its
sheet. Tables that are split go on under the head of the one before.
"""

from __future__ import annotations

import re

from evaluator.errors import Problem, Severity
from evaluator.intake import headings
from evaluator.intake.document import Cell, Document, Paragraph, Place, Table
from evaluator.intake.formparts import Form, goes_on, take_block, take_goals, take_indicator, take_money
from evaluator.intake.forms import FIGURES, unreadable
from evaluator.intake.formwords import (
    FIGURE,
    Head,
    closest,
    grade_of,
    head_of,
    inline,
    is_title,
    known,
    label,
    money_head,
    money_unit,
    words,
    year_of,
)
from evaluator.intake.grids import Found, Row, distinct, flat, texts
from evaluator.intake.headings import plain
from evaluator.intake.portions import is_goal, portion

WANTED = {*FIGURES, "level1", "level2", "level3", "adjusted", "measure", "nature", "deviation_note"}


class Reading:
    """The pass: the form at hand, the head its next rows stand under, and what has been seen above it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.forms: list[Form] = []
        self.problems: list[Problem] = []
        self.form = Form()
        self.title: Found | None = None
        self.loose: dict[str, Found] = {}  # what stands between a title and its table
        self.retold: dict[
            str, Found
        ] = {}  # fields told anew since the last indicator: of another page, or of another form
        self.year: int | None = None
        self.money = ""
        self.head: Head | None = None
        self.last: Row | None = None
        self.sheet = ""
        self.goal_tables = self.watched = 0

    def run(self) -> None:
        """Read every block."""
        for block in self.document.blocks:
            if block.place.sheet != self.sheet:
                self.retold = {}
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
        form, self.form = self.form, Form(fields=self.retold)
        self.retold = {}
        self.head = self.last = None
        if form.headed:
            self.forms.append(form)
            if not form.rows:
                self.tell("D505", "自评表没有填写任何指标", form.start)
        elif "project_name" in form.fields and {"executed", "rate"} & form.funding.get("total", {}).keys():
            self.tell("D503", f"“{form.fields['project_name'].flat[:60]}”有资金而没有认出绩效指标", form.start,
                      "含三级指标、指标值、实际完成值、得分各栏的表", "错误")  # fmt: skip

    def adopt(self) -> None:
        """What stands above a form holds for it, unless the form says otherwise."""
        form = self.form
        above = self.loose | ({"title": self.title} if self.title else {})
        form.fields = above | form.fields
        form.year, form.money = form.year or self.year, form.money or self.money
        self.title, self.loose = None, {}

    # ---- outside tables ----

    def paragraph(self, found: Found) -> None:
        """A title, what stands between it and the table, a year or a unit of money; all else is prose."""
        if is_title(found.text):
            if self.form.done:
                self.begin()
            self.title, self.loose = found, {}
            self.year = year_of(found.text) or self.year
            return
        self.above(found)
        if self.title and len(found.text) < 200:
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
        if not (self.form.headed or self.form.funding) or self.title:
            self.year, self.money = year_of(found.text) or self.year, money_unit(found.text) or self.money

    # ---- tables ----

    def table(self, table: Table) -> None:
        """Read a table row by row."""
        at, taken, fresh = 0, set[int](), True
        rows = self.form.rows[-1:]  # the next indicator may stand in a cell that began on the page before
        top = any(found.place.page < table.place.page for row in rows for found in row.texts.values())
        if self.head:
            self.fit(table)
        while at < len(table.rows):
            row = table.rows[at]
            if not texts(row):
                at += 1
            elif head := head_of(table, at):
                self.take_head(head, table.rows[at][0].place)
                at += head.depth
            elif columns := money_head(row):
                if self.form.funding or self.form.headed:
                    self.begin()
                self.head = None
                self.adopt()
                at = take_money(self.form, table, at, columns)
            elif after := take_goals(self.form, table, at):
                self.head, at = None, after
            elif (total := self.total_label(row)) is not None:
                self.take_total(table, at, total, taken)
                at += 1
            elif self.is_block(table, at):
                at += 1
            elif self.is_indicator(row, fresh):
                at += 1
                self.indicator(row, fresh, table.rows[at] if top and at < len(table.rows) else None)
                fresh = top = False
                continue
            else:
                self.take_labels(table, at, taken, at == 0)
                at += 1
            fresh, self.last = fresh and not self.head, None

    def fit(self, table: Table) -> None:
        """Lay the head at hand over a table that may go on with its rows, or say that its rows cannot be told."""
        assert self.head
        self.last = None
        if head := self.head.fitted(table):
            self.head = head
            return
        for r, row in enumerate(table.rows):
            told = texts(row)
            if head_of(table, r) or money_head(row) or any(label(text) or is_title(text) for text in told[:2]):
                return
            if len(told) > 3:
                says = f"表{table.place.table}接在指标后面而栏数不同，其中的指标没有读"
                self.tell("D504", says, table.place, "续表与前表栏数相同，或重复栏目名称", "错误")
                return

    def take_head(self, head: Head, place: Place) -> None:
        """Take a head of indicators, or say what it lacks."""
        self.head = None
        seen = "、".join(head.seen)
        if not head.filled:
            self.goal_tables += 1
            self.watched += any(headings.monitored(text) in ("progress", "forecast") for text in head.seen)
        elif not head.whole:
            lack = "三级指标" if "level3" not in head.fields else "指标值"
            self.tell("D502", f"指标表没有“{lack}”一栏，看到的栏目是：{seen}", place, "", "错误")
        else:
            if self.form.done or (self.form.headed and self.title and self.year != self.form.year):
                self.begin()
            self.adopt()
            self.head, self.form.headed, self.last = head, True, None
            self.form.heads |= head.fields.keys()
            self.form.weighed |= "权重" in map(plain, head.seen)
            for heading in head.unread:
                near, field = closest(heading)
                says = f"“{heading}”一栏填了内容，栏目名称没有认出，这一栏没有取用"
                wanted = field in WANTED and field not in head.fields
                where = self.document.where(place)
                self.problems.append(Problem("D512", says, where, "", near, "错误" if wanted else "警告"))
            if {"target", "adjusted"} <= head.fields.keys():
                self.tell("D506", "有年初和调整后两栏指标值，填了调整后的取调整后的", place, severity="提示")

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

    def is_block(self, table: Table, at: int) -> bool:
        """Take a row that only names the goal block of the rows under it (年度绩效目标2（40分））; False when it is none."""
        row, head = table.rows[at], self.head
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        if self.form.done or not 0 < len(cells) < 3 or at + 1 == len(table.rows):
            return False
        whole = head is not None and len(row) == head.width and row[head.fields["level3"]] is cells[0]
        if head is None and (portion(flat(cells[0].text))[1] is None or head_of(table, at + 1) is None):
            return False
        name = "：".join(flat(cell.text) for cell in cells)  # what the goal is may stand beside its number
        return (whole or is_goal(name)) and take_block(self.form, [Cell(name, cells[0].place)])

    def indicator(self, row: Row, fresh: bool, following: Row | None) -> None:
        """Take an indicator row; at the top of a table it may be the rest of the row before it, or share its cells with it."""
        assert self.head
        self.retold = {}
        if fresh and (place := goes_on(self.form, self.head, row)):
            self.tell("D507", "这一行看来是上一行续到下一页的文字，已接在上一行", place, severity="提示")
        else:
            self.last = row if take_indicator(self.form, self.head, row, self.last, following) else None

    # ---- total and labels ----

    def total_label(self, row: Row) -> Cell | None:
        """The cell that says that a row is the total of a form that has indicators, or None."""
        if not self.form.headed or self.form.done:
            return None
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        found = next((cell for cell in cells[:3] if plain(cell.text) in words().totals), None)
        if found is None and label(cells[0].text) == "total_score":
            found = cells[0]
        return found if (found is not None and len(cells) > 1) or found is cells[0] else None

    def take_total(self, table: Table, at: int, total: Cell, taken: set[int]) -> None:
        """Take the total row: points and score under their columns, else in their order; and the grade beside them."""
        row = table.rows[at]
        form, head = self.form, self.head
        cells = [cell for _, cell in distinct(row) if cell is not total and cell.text.strip()]
        self.head, form.done = None, True
        named = [label(cell.text) for cell in cells]
        if any(named):
            if {"total_points", "total_score"} & set(named):
                self.take_labels(table, at, taken, False)
                return
            ends = next(number for number, name in enumerate(named) if name)
            taken |= {id(total), *map(id, cells[:ends])}
            self.take_labels(table, at, taken, False)
            cells = cells[:ends]
        figures = [cell for cell in cells if FIGURE.fullmatch(cell.text.strip()) or unreadable(cell.text)]
        told: dict[str, Cell] = {}
        if head and len(row) == head.width:
            for name in ("score", "points"):
                c = head.fields.get(name)
                if c is not None and row[c] in figures and row[c] not in told.values():
                    told[name] = row[c]
        if len(told) < 2 and len(figures) == 2:  # cells that do not stand under their headings
            told = dict(zip(("points", "score"), figures, strict=True))
        elif len(figures) == 1 and ("得分" in plain(total.text) or not (told or (head and "points" in head.fields))):
            told = {"score": figures[0]}
        elif "score" not in told and (rest := [cell for cell in figures if cell not in told.values()]):
            self.tell("D508", f"总分一行的“{flat(rest[0].text)[:20]}”分不清是分值还是得分，没有取用", rest[0].place)
        for name, cell in told.items():
            form.fields[f"total_{name}"] = Found(cell.text, cell.place)
        for cell in cells:
            if grade := grade_of(cell.text):
                form.fields["grade"] = Found(grade, cell.place)

    def take_labels(self, table: Table, at: int, taken: set[int], first: bool) -> None:
        """Take the labels of a row, each with what stands beside it, under it or in the same cell."""
        cells = list(distinct(table.rows[at]))
        named = [label(cell.text) for _, cell in cells if cell.text.strip()]
        heading = len(named) > 1 and set(named) <= {"total_points", "total_score", "grade"}  # contents stand below
        for number, (c, cell) in enumerate(cells):
            if not cell.text.strip() or id(cell) in taken:
                continue
            if number == 0 and is_title(cell.text) and len(named) == 1:
                self.paragraph(Found(cell.text, cell.place))
                continue
            self.above(Found(cell.text, cell.place))
            beside = cells[number + 1][1] if number + 1 < len(cells) else cell
            figure = words().money.get(plain(cell.text)) if FIGURE.fullmatch(beside.text.strip()) else None
            if figure and not self.form.headed:
                self.form.funding.setdefault("total", {})[figure] = Found(beside.text, beside.place)
                continue
            name, content = inline(cell.text)
            if not name and (name := label(cell.text)):
                below = table.rows[at + 1][c] if at + 1 < len(table.rows) else cell
                value = below if heading or (name == "grade" and beside is cell) else beside
                if value is cell or not value.text.strip() or known(value.text):
                    continue
                taken.add(id(value))
                self.put(name, Found(value.text, value.place), first)
            elif content:
                self.put(name, Found(content, cell.place), first)

    def put(self, name: str, found: Found, first: bool) -> None:
        """Keep a field; a name after indicators, or the first row of a table after a total, begins another form."""
        if name == "grade":
            found = Found(grade_of(found.text) or found.text, found.place)
        have = self.form.fields.get(name)
        same = have is not None and have.flat == found.flat and not self.form.done  # told anew on another page
        another = name == "project_name" and not same and (self.form.headed or have is not None)
        if another or (first and self.form.done and name in ("code", "department", "unit")):
            self.retold = {}
            self.begin()
        if self.form.headed and not self.form.done and name in ("project_name", "code", "department", "unit"):
            self.retold[name] = found
        self.form.fields.setdefault(name, found)
