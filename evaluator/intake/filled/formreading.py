"""The pass over a document that finds filled self-evaluation tables: which cell is which figure, told by headings alone.

A form begins at a project name, a money block or a head of indicators that the form at hand has already; it ends with its
sheet. Tables that are split go on under the head of the one before.
"""

from __future__ import annotations

import re

from evaluator.errors import Problem, Severity
from evaluator.intake.document import Place, PlacedText, Row, SourceDocument, Table, TableCell, distinct, flat
from evaluator.intake.filled.formdata import unreadable
from evaluator.intake.filled.formparts import (
    HEADINGS,
    FilledForm,
    goes_on,
    take_block,
    take_goals,
    take_indicator,
    take_money,
)
from evaluator.intake.headings import formwords, goalwords
from evaluator.intake.headings.formwords import FIGURE, inline, is_title, known, label, money_head
from evaluator.intake.headings.indicatorheads import Head, head_of
from evaluator.intake.headings.lexicon import FILLED, fields, plain, words
from evaluator.intake.headings.portions import is_goal, portion
from evaluator.intake.headings.scanning import scan, tell_unread


class FormPass:
    """The pass: the form at hand, the head its next rows stand under, and what has been seen above it."""

    headings = HEADINGS

    def __init__(self, document: SourceDocument) -> None:
        self.document = document
        self.forms: list[FilledForm] = []
        self.problems: list[Problem] = []
        self.form = FilledForm()
        self.title: PlacedText | None = None
        self.loose: dict[str, PlacedText] = {}  # what stands between a title and its table
        self.retold: dict[
            str, PlacedText
        ] = {}  # fields told anew since the last indicator: of another page, or of another form
        self.year: int | None = None
        self.money = ""
        self.head: Head | None = None
        self.last: Row | None = None  # of the indicators
        self.taken: set[int] = set()  # the cells of the table at hand that are the contents of labels
        self.top = False  # whether its first indicator may stand in a cell that began on the page before
        self.goal_tables = self.watched = 0

    def run(self) -> None:
        """Read every block."""
        scan(self.document, self)
        self.begin()

    def sheet(self) -> None:
        """A form ends with its worksheet."""
        self.retold = {}
        self.begin()
        self.title, self.year, self.money, self.loose = None, None, "", {}

    def problem(
        self, code: str, says: str, place: Place, allowed: str = "", nearest: str = "", severity: Severity = "错误"
    ) -> None:
        """Keep a problem."""
        self.problems.append(Problem(code, says, self.document.where(place), allowed, nearest, severity))

    def begin(self) -> None:
        """Close the form at hand and start another."""
        form, self.form = self.form, FilledForm(fields=self.retold)
        self.retold = {}
        self.head = self.last = None
        if form.headed:
            self.forms.append(form)
            if not form.rows:
                self.problem("D505", "自评表没有填写任何指标", form.start, severity="警告")
        elif "name" in form.fields and {"executed", "rate"} & form.funding.get("total", {}).keys():
            says = f"“{form.fields['name'].flat[:60]}”有资金而没有认出绩效指标"
            self.problem("D503", says, form.start, "含三级指标、指标值、实际完成值、得分各栏的表")

    def adopt(self) -> None:
        """What stands above a form holds for it, unless the form says otherwise."""
        form = self.form
        above = self.loose | ({"title": self.title} if self.title else {})
        form.fields = above | form.fields
        form.year, form.money = form.year or self.year, form.money or self.money
        self.title, self.loose = None, {}

    # ---- outside tables ----

    def line(self, found: PlacedText) -> None:
        """A title, what stands between it and the table, a year or a unit of money; all else is prose."""
        if is_title(found.text):
            if self.form.done:
                self.begin()
            self.title, self.loose = found, {}
            self.year = formwords.year_of(found.text) or self.year
            return
        self.above(found)
        if self.title and len(found.text) < 200:
            for part in re.split(r"\s{2,}|\u3000+|\s(?=[\u4e00-\u9fff]{2,8}[:：])", found.text):
                name, content = inline(part)
                if content:
                    self.loose.setdefault(name, PlacedText(content, found.place))
        elif self.form.done:
            name, content = inline(found.text)
            if content and name in ("note", "conclusion", "problems", "measures"):
                self.form.fields.setdefault(name, PlacedText(content, found.place))

    def above(self, found: PlacedText) -> None:
        """A year or a unit of money in a short line."""
        if not (self.form.headed or self.form.funding) or self.title:
            self.year, self.money = (
                formwords.year_of(found.text) or self.year,
                formwords.money_unit(found.text) or self.money,
            )

    # ---- tables ----

    def opened(self, table: Table) -> Table:
        """Begin a table."""
        above = (found.place.page for row in self.form.rows[-1:] for found in row.texts.values())
        self.taken, self.top = set(), any(page < table.place.page for page in above)
        return table

    def closed(self, table: Table, torn: bool) -> None:
        """A form may go on in the next table."""

    def row(self, table: Table, at: int, fresh: bool) -> int:
        """Take the money block, the overall goals, the total, the name of a goal block, an indicator, or labels."""
        row = table.rows[at]
        if columns := money_head(row):
            if self.form.funding or self.form.headed:
                self.begin()
            self.head = None
            self.adopt()
            return take_money(self.form, table, at, columns) - at
        if after := take_goals(self.form, table, at):
            self.head = None
            return after - at
        if (total := self.total_label(row)) is not None:
            self.take_total(table, at, total)
        elif self.is_block(table, at):
            pass
        elif self.head and len(row) == self.head.width and self.is_indicator(row, self.head, fresh):
            self.indicator(table, at, self.head, fresh)
        else:
            self.take_labels(table, at, at == 0)
        return 1

    def headed(self, head: Head, table: Table, at: int) -> None:
        """Take a head of indicators, or say what it lacks."""
        self.head = None
        names, place = head.fields.keys(), table.rows[at][0].place
        if not {"actual", "score"} & names:  # results or scores stand under that of a form
            self.goal_tables += 1
            self.watched += any(goalwords.monitored(text) in ("progress", "forecast") for text in head.seen)
        elif "indicator" not in names or not {"target", "adjusted"} & names:
            lack = "三级指标" if "indicator" not in names else "指标值"
            seen = "、".join(dict.fromkeys(flat(text)[:30] for text in head.seen))
            self.problem("D502", f"指标表没有“{lack}”一栏，看到的栏目是：{seen}", place)
        else:
            if self.form.done or (self.form.headed and self.title and self.year != self.form.year):
                self.begin()
            self.adopt()
            self.head, self.form.headed, self.last = head, True, None
            self.form.heads |= names
            self.form.called |= set(map(plain, head.seen))
            tell_unread(head, place, self)
            if {"target", "adjusted"} <= names:
                self.problem("D506", "有年初和调整后两栏指标值，填了调整后的取调整后的", place, severity="提示")

    # ---- indicators ----

    def is_indicator(self, row: Row, head: Head, fresh: bool) -> bool:
        """Whether a row under a head is an indicator: it does not run over levels and results, nor begin with a label."""
        columns = head.fields
        result = row[(columns.get("score") or columns["actual"]).at]
        leading = next((row[column.at] for column in columns.values() if row[column.at].text.strip()), None)
        if leading is None or row[columns["indicator"].at] is result:
            return False
        first = next(cell for _, cell in distinct(row) if cell.text.strip())
        if {plain(leading.text), plain(first.text)} & words(FILLED, "ends"):
            return False
        return not any(label(cell.text) or inline(cell.text)[0] for cell in (leading, first)) and not (
            fresh and is_title(first.text)
        )

    def is_block(self, table: Table, at: int) -> bool:
        """Take a row that only names the goal block of the rows under it (年度绩效目标2（40分））; False when it is none."""
        row, head = table.rows[at], self.head
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        if self.form.done or not 0 < len(cells) < 3 or at + 1 == len(table.rows):
            return False
        whole = head is not None and len(row) == head.width and row[head.fields["indicator"].at] is cells[0]
        if head is None and (portion(flat(cells[0].text))[1] is None or head_of(table, at + 1, HEADINGS) is None):
            return False
        name = "：".join(flat(cell.text) for cell in cells)  # what the goal is may stand beside its number
        return (whole or is_goal(name)) and take_block(self.form, [TableCell(name, cells[0].place)])

    def indicator(self, table: Table, at: int, head: Head, fresh: bool) -> None:
        """Take an indicator row; at the top of a table it may be the rest of the row before it, or share its cells with it."""
        row, self.retold = table.rows[at], {}
        if fresh and (place := goes_on(self.form, head, row)):
            self.problem("D507", "这一行看来是上一行续到下一页的文字，已接在上一行", place, severity="提示")
            self.last = None
        else:
            above = self.last if at and table.rows[at - 1] is self.last else None
            following = table.rows[at + 1] if self.top and at + 1 < len(table.rows) else None
            self.last = row if take_indicator(self.form, head, row, above, following) else None
        self.top = False

    # ---- total and labels ----

    def total_label(self, row: Row) -> TableCell | None:
        """The cell that says that a row is the total of a form that has indicators, or None."""
        if not self.form.headed or self.form.done:
            return None
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        found = next((cell for cell in cells[:3] if plain(cell.text) in words(FILLED, "totals")), None)
        if found is None and label(cells[0].text) == "total_score":
            found = cells[0]
        return found if (found is not None and len(cells) > 1) or found is cells[0] else None

    def take_total(self, table: Table, at: int, total: TableCell) -> None:
        """Take the total row: points and score under their columns, else in their order; and the grade beside them."""
        row = table.rows[at]
        form, head = self.form, self.head
        cells = [cell for _, cell in distinct(row) if cell is not total and cell.text.strip()]
        self.head, form.done = None, True
        named = [label(cell.text) for cell in cells]
        if any(named):
            if {"total_points", "total_score"} & set(named):
                self.take_labels(table, at, False)
                return
            ends = next(number for number, name in enumerate(named) if name)
            self.taken |= {id(total), *map(id, cells[:ends])}
            self.take_labels(table, at, False)
            cells = cells[:ends]
        figures = [cell for cell in cells if FIGURE.fullmatch(cell.text.strip()) or unreadable(cell.text)]
        told: dict[str, TableCell] = {}
        if head and len(row) == head.width:
            for name in ("score", "points"):
                column = head.fields.get(name)
                if column and row[column.at] in figures and row[column.at] not in told.values():
                    told[name] = row[column.at]
        if len(told) < 2 and len(figures) == 2:  # cells that do not stand under their headings
            told = dict(zip(("points", "score"), figures, strict=True))
        elif len(figures) == 1 and ("得分" in plain(total.text) or not (told or (head and "points" in head.fields))):
            told = {"score": figures[0]}
        elif "score" not in told and (rest := [cell for cell in figures if cell not in told.values()]):
            says = f"总分一行的“{flat(rest[0].text)[:20]}”分不清是分值还是得分，没有取用"
            self.problem("D508", says, rest[0].place, severity="警告")
        for name, cell in told.items():
            form.fields[f"total_{name}"] = PlacedText(cell.text, cell.place)
        for cell in cells:
            if grade := formwords.grade_of(cell.text):
                form.fields["grade"] = PlacedText(grade, cell.place)

    def take_labels(self, table: Table, at: int, first: bool) -> None:
        """Take the labels of a row, each with what stands beside it, under it or in the same cell."""
        cells = list(distinct(table.rows[at]))
        named = [label(cell.text) for _, cell in cells if cell.text.strip()]
        heading = len(named) > 1 and set(named) <= {"total_points", "total_score", "grade"}  # contents stand below
        for number, (c, cell) in enumerate(cells):
            if not cell.text.strip() or id(cell) in self.taken:
                continue
            if number == 0 and is_title(cell.text) and len(named) == 1:
                self.line(PlacedText(cell.text, cell.place))
                continue
            self.above(PlacedText(cell.text, cell.place))
            beside = cells[number + 1][1] if number + 1 < len(cells) else cell
            figure = fields(FILLED, "money").get(plain(cell.text)) if FIGURE.fullmatch(beside.text.strip()) else None
            if figure and not self.form.headed:
                self.form.funding.setdefault("total", {})[figure] = PlacedText(beside.text, beside.place)
                continue
            name, content = inline(cell.text)
            if not name and (name := label(cell.text)):
                below = table.rows[at + 1][c] if at + 1 < len(table.rows) else cell
                value = below if heading or (name == "grade" and beside is cell) else beside
                if value is cell or not value.text.strip() or known(value.text):
                    continue
                self.taken.add(id(value))
                self.put(name, PlacedText(value.text, value.place), first)
            elif content:
                self.put(name, PlacedText(content, cell.place), first)

    def put(self, name: str, found: PlacedText, first: bool) -> None:
        """Keep a field; a name after indicators, or the first row of a table after a total, begins another form."""
        if name == "grade":
            found = PlacedText(formwords.grade_of(found.text) or found.text, found.place)
        have = self.form.fields.get(name)
        same = have is not None and have.flat == found.flat and not self.form.done  # told anew on another page
        another = name == "name" and not same and (self.form.headed or have is not None)
        if another or (first and self.form.done and name in ("code", "authority", "unit")):
            self.retold = {}
            self.begin()
        if self.form.headed and not self.form.done and name in ("name", "code", "authority", "unit"):
            self.retold[name] = found
        self.form.fields.setdefault(name, found)
