"""Goal tables in a document: one pass over its blocks, driven by headings; joins tables that are split, leaves out what is not asked.

A project begins at a title, a project code or a name that is not the one at hand. What is not understood is reported
(D201 to D206), never passed over: the headings seen, and the known one nearest to each that is not known.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evaluator.errors import Problem
from evaluator.intake.document import (
    DocumentProblems,
    PlacedText,
    SourceDocument,
    Table,
    distinct,
    flat,
    texts,
)
from evaluator.intake.goals.goalcolumns import HEADINGS, of_long_term, of_year, unnumbered, value_of
from evaluator.intake.goals.goaltable import Projects, Recognised, hint
from evaluator.intake.headings import formwords, goalwords
from evaluator.intake.headings.goalwords import MONEY, is_figure, is_title
from evaluator.intake.headings.indicatorheads import LEVEL_POINTS, LEVELS, NATURES, Head, carried, under
from evaluator.intake.headings.lexicon import FILLED, LONGEST, fields
from evaluator.intake.headings.scanning import scan, tell_unread
from evaluator.model import FUNDS

PROJECT = ("code", "name", "unit", "authority", "year", "total", "executed", "asked", *FUNDS, "purpose", "goals")
APART = ("code", "name", "unit", "total")  # of which another one in a list of projects begins another project
SUM = re.compile(r"(?:.*(?:合|总|小)计|.{0,12}汇总)")
GRADES = ("优", "良", "中", "差")
PROJECTS, INDICATORS = 5_000, 1_000  # of a document, of a project; more is no goal table
STRANGE = 50  # tables that are looked at for what they may have meant to be


def recognise(document: SourceDocument) -> Recognised:
    """The goal tables of a document, in order, with problems for what looks like one and is not understood."""
    reading = _Reading(document)
    scan(reading)
    reading.close()
    return reading.recognised


def _money_heads(row: tuple[PlacedText, ...]) -> dict[int, PlacedText]:
    """The columns of budget and spending in the money head of a 绩效运行监控表, which names the months of the spending; or {}."""
    cells = {at: cell for at, cell in distinct(row) if _money_field(cell.text) in ("initial", "full_year", "executed")}
    timed = any(goalwords.period(cell.text)[0] for cell in cells.values())
    return cells if timed and len(cells) > 1 else {}


def _progress(head: Head) -> str:
    """The heading of the column that only a 绩效运行监控表 has, that of the progress before that of the forecast; or ''."""
    headings = {column.name: flat(column.heading) for column in head.columns}
    return headings.get("progress") or headings.get("forecast", "")


def _money_field(text: str) -> str:
    """The field that a column of money names, whatever period it begins with; or ''."""
    return fields(FILLED, "money").get(goalwords.period(text)[2], "")


class _Reading(Projects):
    """The pass over a document: the columns that its next rows stand under, and what governs the labels beside them."""

    headings = HEADINGS

    def __init__(self, document: SourceDocument) -> None:
        super().__init__(document)
        self.horizon = self.govern = ""
        self.levels: dict[str, PlacedText] = {}
        self.strange = 0
        self.due: list[str] = []  # labels at the foot of a page whose contents stand on the next
        self.used = False  # whether the table at hand has been understood
        self.taken: set[int] = set()  # its cells that are the contents of labels
        self.money_at: dict[int, PlacedText] = {}  # the columns of its money head

    def begin(self) -> None:
        """Start another project, under headings of its own."""
        super().begin()
        self.head, self.levels, self.horizon, self.govern, self.due = None, {}, "", "", []

    # ---- tables ----

    def opened(self, table: Table) -> Table:
        """Begin a table, without its row numbers; a title above it ends the rows before it."""
        self.used, self.taken, self.money_at = False, set(), {}
        if self.title is not None:
            self.head = None
        return unnumbered(table)

    def closed(self, table: Table, torn: bool) -> None:
        """Count a table as used, or look at what it may have meant to be."""
        if self.used or torn:
            self.recognised.used.add(table.place.table)
        else:
            self._unknown(table)

    def row(self, table: Table, at: int, fresh: bool) -> int:
        """Take a row that goes on from the page before, that is of the money of a 绩效运行监控表, an indicator, or labels."""
        row = table.rows[at]
        if fresh and self._goes_on(row):
            self.used = True
        elif heads := _money_heads(row):
            self.money_at, self.used = heads, True
            self.now.money = next(filter(None, map(goalwords.money_unit, texts(row))), self.now.money)
        elif self.money_at and self._spending(row, self.money_at):
            pass
        elif self.head and len(row) == self.head.width and self._is_indicator(row, self.head):
            self._indicator(row, self.head, fresh)
            self.used = True
        else:
            self.head, self.due = None, []
            if row[0].text.strip():
                self.govern = goalwords.group(row[0].text)
            self.used |= self._labels(table, at)
        return 1

    def _spending(self, row: tuple[PlacedText, ...], heads: dict[int, PlacedText]) -> bool:
        """Take the row of the year's total under the money head of a 绩效运行监控表; False when the row is none of its rows."""
        kind = next((name for text in texts(row)[:3] if (name := goalwords.label(text)) in MONEY), "")
        figures = {at: row[at] for at in heads if is_figure(row[at].text)}
        if kind not in ("", "total") or not figures or (not kind and any(map(goalwords.known, texts(row)[1:]))):
            return bool(kind)
        for at, cell in figures.items():
            self.adopt()
            self.keep_amount(_money_field(heads[at].text), cell, heads[at].text)
        return True

    def _goes_on(self, row: tuple[PlacedText, ...]) -> bool:
        """Whether the first row of a table holds what the labels at the foot of the page before ask for; takes it then."""
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        due, self.due = self.due, []
        if self.title is not None or not due:
            return False
        if all(name.startswith("plan:") for name in due):
            if len(cells) != len(due) or not all(is_figure(cell.text) for cell in cells):
                return False
            for name, cell in zip(due, cells, strict=True):
                self.now.plan[name.removeprefix("plan:")] = cell
            return True
        have = self.now.fields.get(due[-1])
        if due[-1] not in ("goals", "purpose") or have is None or len(cells) != 1 or goalwords.known(cells[0].text):
            return False
        if row[0].text.strip() and row[-1] is not row[0]:
            return False
        self.now.fields[due[-1]] = have.followed(cells[0])
        return True

    def headed(self, head: Head, table: Table, at: int) -> None:
        """Take a heading row, or refuse it with what it has."""
        head = of_year(head, table, at)
        names = head.fields.keys()
        self.head, self.levels, self.money_at, self.due, self.used = None, {}, {}, [], True
        if self.title is not None:
            self.begin()
        self.now.seen = head.seen
        heads = "、".join(flat(text)[:20] for text in head.seen)
        if not _progress(head) and (
            results := [flat(text) for text in head.seen if formwords.column(text) in ("score", "actual")]
        ):
            says = f"这是填好的自评表（有“{results[0]}”栏），不是绩效目标表"
            self.problem("D204", says, table.place, "批复的绩效目标表；自评结果写进 actuals/")
        elif head.horizon == "unclear":
            says = f"有几栏指标值，分不清哪一栏是年度的：{heads}"
            self.problem("D205", says, table.place, "在各栏上方写明“年度目标”“中期目标”")
        elif not names & {"target", *GRADES} or "indicator" not in names:
            lack = "指标值" if "indicator" in names else "三级指标"
            self.problem("D202", f"指标表没有“{lack}”一栏，看到的栏目是：{heads}", table.place, "", hint(head.seen))
        else:
            self.head = replace(head, horizon=head.horizon or self.horizon)
            tell_unread(head, table.rows[at][0].place, self)

    def _is_indicator(self, row: tuple[PlacedText, ...], head: Head) -> bool:
        """Whether a row under headings is an indicator: its first mapped cell that is not blank is no label."""
        first = next((row[column.at] for column in head.columns if row[column.at].text.strip()), None)
        leading = row[0]
        if is_title(flat(leading.text)) or (goalwords.horizon(leading.text) and len(texts(row)) == 1):
            return False
        return first is not None and not goalwords.known(first.text) and not goalwords.label(leading.text)

    def _indicator(self, row: tuple[PlacedText, ...], head: Head, fresh: bool) -> None:
        """Take an indicator row; blank levels are those above, a row without a name goes on with the one before."""
        here: dict[str, PlacedText] = {}
        for column in head.columns:
            if column.name not in here and (text := under(row, column)):
                here[column.name] = text
        if here.keys() & set(PROJECT) and not self._of_project(here, head):
            return
        first = here.get("category") or here.get("dimension") or here.get("indicator")
        if first and "target" not in here and SUM.fullmatch(first.flat):
            return  # the sum of the points
        if head.horizon == "long":
            self.now.left_out += "indicator" in here
            return
        self.adopt()
        last = self.now.rows[-1] if self.now.rows else None
        said = {"target", *GRADES} & here.keys()
        torn = fresh and "category" not in here and "dimension" not in here and not said
        if last is not None and ("indicator" not in here or torn) and not said:
            for name in here.keys() - {"category", "dimension", *LEVEL_POINTS}:
                last[name] = last[name].followed(here[name]) if name in last else here[name]
            return
        if not here.keys() - {"category", "dimension", *NATURES, "measure", "points", *LEVEL_POINTS}:
            return  # an unused row of the form
        if len(self.now.rows) == INDICATORS or len(self.recognised.tables) == PROJECTS:
            says = f"项目多于 {PROJECTS} 个，或一个项目的指标多于 {INDICATORS} 个"
            place = next(iter(here.values())).place
            raise DocumentProblems([Problem("D207", says, self.document.where(place), "分成几个文件导入")])
        self.now.monitored = _progress(head)
        self.levels = carried(self.levels, here, (*LEVELS[:2], *LEVEL_POINTS))
        self.now.rows.append(self.levels | here)

    def _of_project(self, here: dict[str, PlacedText], head: Head) -> bool:
        """Take the project fields of a row in a list of many projects out of it; False when the row is a sum of projects.

        Another code, name, unit or total begins another project, under the same columns.
        """
        mine = {name: here.pop(name) for name in PROJECT if name in here}
        called = mine.get("name") or mine.get("code")
        if (not here and called is None) or (called and SUM.fullmatch(called.flat)):
            sums = "、".join(text.flat[:30] for text in mine.values())
            self.problem(
                "D209", f"“{sums}”是合计，不是项目，没有取用", next(iter(mine.values())).place, severity="提示"
            )
            return False
        have = self.now.fields
        if any(name in mine and name in have and mine[name].flat != have[name].flat for name in APART):
            self.begin()
            self.head = head
        titles = {column.name: column.heading for column in head.columns}
        for name, text in mine.items():
            before = self.now.fields.get(name)
            if before is None:
                self.keep(name, text, titles[name])
            elif name in ("goals", "purpose") and text.flat not in map(flat, before.text.split("\n")):
                self.now.fields[name] = before.followed(text)
        return True

    # ---- labels and their contents ----

    def _labels(self, table: Table, at: int) -> bool:
        """Take the labels of one row with their contents; returns whether there were any."""
        cells = list(distinct(table.rows[at]))
        any_known = False
        for number, (column, cell) in enumerate(cells, 1):
            if id(cell) in self.taken or not cell.text.strip():
                continue
            after, beside = cells[number] if number < len(cells) else (len(table.rows[at]), None)
            known = True
            if time := goalwords.horizon(cell.text):
                self.horizon = time
            name, text = goalwords.label(cell.text), cell.text
            split = None if name else re.match(r"\s*([^:：\n]{2,12})[:：]\s*(\S.*)", text, re.S)
            if split and (inline := goalwords.label(split[1])) and not goalwords.money_unit(text):
                self.put(inline, PlacedText(split[2], cell.place), split[1])
            elif name and not (name == "unit" and goalwords.money_unit(text)):
                value = value_of(name, table, at, column, after - column)
                self.due.append(name)
                if value is not None and id(value) not in self.taken:
                    self.taken.add(id(value))
                    if name not in MONEY or not of_long_term(table, at, column):
                        self.put(name, value, text)
            elif goalwords.group(text):
                self.now.money = self.now.money or goalwords.money_unit(text)
            elif goalwords.known(text):
                if beside is not None and not goalwords.known(beside.text):
                    self.taken.add(id(beside))
            elif not self._amount(text, beside):
                known = not self.unit_or_money(cell) and self._left_over(cell, len(texts(table.rows[at])) == 1)
            any_known |= known
        return any_known

    def _amount(self, label: str, value: PlacedText | None) -> bool:
        """Keep an amount whose label is not known, for the case that no budget is found; False when it is none."""
        if value is None or not 2 < len(label) <= 40 or is_figure(label) or not self.now.fields or self.now.rows:
            return False
        in_money = goalwords.money_unit(label) or value.text.strip().endswith(("元", "万", "亿"))
        if not is_figure(value.text) or not in_money:
            return False
        self.taken.add(id(value))
        self.keep_amount("asked", value, label)
        return True

    def _left_over(self, text: PlacedText, alone: bool) -> bool:
        """A text without a label: the title, the purpose of the money, or nothing that is asked for."""
        if alone and len(text.flat) < 60:
            self.years(text)
        if alone and is_title(text.flat):
            self.titled(text)
            return True
        if self.govern == "money" and len(text.flat) > 8:
            self.put("purpose", text)
            self.due.append("purpose")
            return True
        return False

    def _unknown(self, table: Table) -> None:
        """Report a table none of whose headings is known, where some come near."""
        seen = [text for row in table.rows[:4] for text in texts(row) if len(text) <= LONGEST]
        self.strange += 1
        if self.strange <= STRANGE and len(seen) > 2 and (near := hint(tuple(seen))):
            headings = "、".join(flat(text) for text in seen[:8])
            self.problem("D206", f"没有认出的表，看到的是：{headings}", table.place, "", near)
