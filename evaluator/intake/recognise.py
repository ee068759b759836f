"""Goal tables in a document: one pass over its blocks, driven by headings; joins tables that are split, leaves out what is not asked.

A project begins at a title, a project code or a name that is not the one at hand. What is not understood is reported
(D201 to D206), never passed over: the headings seen, and the known one nearest to each that is not known.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evaluator.errors import Problem
from evaluator.intake import headings
from evaluator.intake.document import Cell, Document, DocumentProblems, Paragraph, Place, Table
from evaluator.intake.formwords import column as filled_column
from evaluator.intake.formwords import words as filled_words
from evaluator.intake.gathering import Projects
from evaluator.intake.goaltable import Money, Recognised, hint
from evaluator.intake.grids import (
    MONEY,
    NATURES,
    Columns,
    Found,
    columns_of,
    distinct,
    flat,
    is_figure,
    of_long_term,
    texts,
    under,
    unnumbered,
    value_of,
)  # fmt: skip
from evaluator.intake.titles import is_title
from evaluator.model import FUNDS

PROJECT = ("code", "name", "unit", "authority", "year", "total", "executed", "asked", *FUNDS, "purpose", "goals")
APART = ("code", "name", "unit", "total")  # of which another one in a list of projects begins another project
SUM = re.compile(r"(?:.*(?:合|总|小)计|.{0,12}汇总)")
GRADES = ("优", "良", "中", "差")
PROJECTS, INDICATORS = 5_000, 1_000  # of a document, of a project; more is no goal table
STRANGE = 50  # tables that are looked at for what they may have meant to be


def recognise(document: Document) -> Recognised:
    """The goal tables of a document, in order, with problems for what looks like one and is not understood."""
    reading = _Reading(document)
    for block in document.blocks:
        if isinstance(block, Paragraph):
            reading.paragraph(Found(block.text, block.place))
        else:
            reading.table(block)
    reading.finish()
    return reading.made


def _money_heads(row: tuple[Cell, ...]) -> dict[int, Cell]:
    """The columns of budget and spending in the money head of a 绩效运行监控表, which names the months of the spending; or {}."""
    words = filled_words().money
    cells = {
        at: cell
        for at, cell in distinct(row)
        if words.get(headings.period(cell.text)[2]) in ("initial", "full_year", "executed")
    }
    timed = any(headings.period(cell.text)[0] for cell in cells.values())
    return cells if timed and len(cells) > 1 else {}


class _Reading(Projects):
    """The pass over a document: the columns that its next rows stand under, and what governs the labels beside them."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.columns: Columns | None = None
        self.width = 0
        self.horizon = self.govern = ""
        self.levels: dict[str, Found] = {}
        self.strange = 0
        self.due: list[str] = []  # labels at the foot of a page whose contents stand on the next

    def begin(self) -> None:
        """Start another project, under headings of its own."""
        super().begin()
        self.columns, self.levels, self.horizon, self.govern, self.due = None, {}, "", "", []

    # ---- tables ----

    def table(self, table: Table) -> None:
        """Every row of a table: a heading row, an indicator row under one, or labels with their contents."""
        table = unnumbered(table)
        at, used, fresh = 0, self._goes_over(table), True
        taken: set[int] = set()
        money_at: dict[int, Cell] = {}
        while at < len(table.rows):
            row = table.rows[at]
            if not texts(row):
                at += 1
                continue
            if fresh and self._goes_on(row):
                at, used = at + 1, True
            elif columns := columns_of(table, at):
                at, money_at, self.due = at + columns.depth, {}, []
                used |= self._head(table, at - columns.depth, columns)
            elif heads := _money_heads(row):
                money_at, used, at = heads, True, at + 1
                self.now.money = next(filter(None, map(headings.money_unit, texts(row))), self.now.money)
            elif money_at and self._spending(row, money_at):
                at += 1
            elif self.columns and self._is_indicator(row, fresh):
                self._indicator(row, fresh)
                at, used = at + 1, True
            else:
                self.columns, self.due = None, []
                if row[0].text.strip():
                    self.govern = headings.group(row[0].text)
                used |= self._labels(table, at, taken)
                at += 1
            fresh = False
        if used:
            self.made.used.add(table.place.table)
        else:
            self._unknown(table)

    def _spending(self, row: tuple[Cell, ...], heads: dict[int, Cell]) -> bool:
        """Take the row of the year's total under the money head of a 绩效运行监控表; False when the row is none of its rows."""
        kind = next((name for text in texts(row)[:3] if (name := headings.label(text)) in MONEY), "")
        figures = {at: row[at] for at in heads if is_figure(row[at].text)}
        if kind not in ("", "total") or not figures or (not kind and any(map(headings.known, texts(row)[1:]))):
            return bool(kind)
        for at, cell in figures.items():
            name, label = filled_words().money[headings.period(heads[at].text)[2]], heads[at].text
            self.adopt()
            found = Found(cell.text, cell.place)
            self.now.amounts.append(Money(name, flat(label), found, headings.money_unit(label)))
        return True

    def _goes_over(self, table: Table) -> bool:
        """Lay the columns at hand over a table of another grid; True when it has indicators that cannot be told, reported."""
        width = len(table.rows[0])
        if self.columns is None or self.title is not None or (width == self.width and not self._moved(table)):
            return False
        columns = self.columns.fitted(table)
        if columns is not None:
            self.columns, self.width = columns, width
            return False
        self.columns = None
        for at, row in enumerate(table.rows):
            told = texts(row)
            if columns_of(table, at) or any(headings.known(text) or is_title(text) for text in told[:2]):
                return False
            if len(told) > 3:
                says = f"表{table.place.table}接在指标后面而栏数不同，其中的指标没有读"
                self.problem("D210", says, table.place, "续表与前表栏数相同，或重复栏目名称")
                return True
        return False

    def _moved(self, table: Table) -> bool:
        """Whether a table of as many columns as before has its cells elsewhere: as many in its first row, none where they were."""
        assert self.columns
        found = [tuple(at for at, _ in distinct(row)) for row in table.rows]
        return len(found[0]) == len(self.columns.starts) and self.columns.starts not in found

    def _goes_on(self, row: tuple[Cell, ...]) -> bool:
        """Whether the first row of a table holds what the labels at the foot of the page before ask for; takes it then."""
        cells = [cell for _, cell in distinct(row) if cell.text.strip()]
        due, self.due = self.due, []
        if self.title is not None or not due:
            return False
        if all(name.startswith("plan:") for name in due):
            if len(cells) != len(due) or not all(is_figure(cell.text) for cell in cells):
                return False
            for name, cell in zip(due, cells, strict=True):
                self.now.plan[name.removeprefix("plan:")] = Found(cell.text, cell.place)
            return True
        have = self.now.fields.get(due[-1])
        if due[-1] not in ("goals", "purpose") or have is None or len(cells) != 1 or headings.known(cells[0].text):
            return False
        if row[0].text.strip() and row[-1] is not row[0]:
            return False
        self.now.fields[due[-1]] = Found(f"{have.text}\n{cells[0].text}", have.place)
        return True

    def _head(self, table: Table, at: int, columns: Columns) -> bool:
        """Take a heading row, or refuse it with what it has; True when it was understood as the head of indicators."""
        names = columns.names
        self.columns, self.width, self.levels = None, len(table.rows[0]), {}
        if self.title is not None:
            self.begin()
        self.now.seen = columns.seen
        heads = "、".join(flat(text)[:20] for text in columns.seen)
        if not columns.progress and (
            results := [flat(text) for text in columns.seen if filled_column(text) in ("score", "actual")]
        ):
            says = f"这是填好的自评表（有“{results[0]}”栏），不是绩效目标表"
            self.problem("D204", says, table.place, "批复的绩效目标表；自评结果写进 actuals/")
        elif columns.horizon == "unclear":
            self.problem(
                "D205",
                f"有几栏指标值，分不清哪一栏是年度的：{heads}",
                table.place,
                "在各栏上方写明“年度目标”“中期目标”",
            )
        elif not names & {"target", *GRADES} or "indicator" not in names:
            lack = "指标值" if "indicator" in names else "三级指标"
            self.problem("D202", f"指标表没有“{lack}”一栏，看到的栏目是：{heads}", table.place, "", hint(columns.seen))
        else:
            self.columns = replace(columns, horizon=columns.horizon or self.horizon)
            for heading in columns.unread:
                self._unread(heading, names, table.rows[at][0].place)
        return True

    def _unread(self, heading: str, names: set[str], place: Place) -> None:
        """Report a column with contents whose heading is not known: an error where it may be one that is wanted."""
        near = headings.closest(heading)
        wanted = near and headings.column(near) not in {*names, "unused"}
        says = f"“{heading}”一栏填了内容，栏目名称没有认出，这一栏没有取用"
        self.problem("D208", says, place, "", near, "错误" if wanted else "警告")

    def _is_indicator(self, row: tuple[Cell, ...], fresh: bool) -> bool:
        """Whether a row under headings is an indicator: its first mapped cell that is not blank is no label."""
        assert self.columns
        if len(row) != self.width or (fresh and self.title is not None):
            return False
        first = next((row[c.at] for c in self.columns.fields if row[c.at].text.strip()), None)
        leading = row[0]
        if is_title(flat(leading.text)) or (headings.horizon(leading.text) and len(texts(row)) == 1):
            return False
        return first is not None and not headings.known(first.text) and not (headings.label(leading.text))

    def _indicator(self, row: tuple[Cell, ...], fresh: bool) -> None:
        """Take an indicator row; blank levels are those above, a row without a name goes on with the one before."""
        assert self.columns
        here: dict[str, Found] = {}
        for column in self.columns.fields:
            if column.name not in here and (found := under(row, column)):
                here[column.name] = found
        if here.keys() & set(PROJECT) and not self._of_project(here):
            return
        first = here.get("category") or here.get("dimension") or here.get("indicator")
        if first and "target" not in here and SUM.fullmatch(first.flat):
            return  # the sum of the points
        if self.columns.horizon == "long":
            self.now.left_out += "indicator" in here
            return
        self.adopt()
        last = self.now.rows[-1] if self.now.rows else None
        said = {"target", *GRADES} & here.keys()
        torn = fresh and "category" not in here and "dimension" not in here and not said
        if last is not None and ("indicator" not in here or torn) and not said:
            for name in here.keys() - {"category", "dimension"}:
                last[name] = (
                    Found(last[name].text + "\n" + here[name].text, last[name].place) if name in last else here[name]
                )
            return
        if not here.keys() - {"category", "dimension", *NATURES, "measure", "points"}:
            return  # an unused row of the form
        if "category" in here and here["category"] is not self.levels.get("category"):
            same = "category" in self.levels and here["category"].flat == self.levels["category"].flat
            self.levels = self.levels if same else {}
        if len(self.now.rows) == INDICATORS or len(self.made.tables) == PROJECTS:
            says = f"项目多于 {PROJECTS} 个，或一个项目的指标多于 {INDICATORS} 个"
            place = next(iter(here.values())).place
            raise DocumentProblems([Problem("D207", says, self.made.document.where(place), "分成几个文件导入")])
        self.now.monitored = self.columns.progress
        self.levels |= {name: here[name] for name in ("category", "dimension") if name in here}
        self.now.rows.append(self.levels | here)

    def _of_project(self, here: dict[str, Found]) -> bool:
        """Take the project fields of a row in a list of many projects out of it; False when the row is a sum of projects.

        Another code, name, unit or total begins another project, under the same columns.
        """
        assert self.columns
        mine = {name: here.pop(name) for name in PROJECT if name in here}
        called = mine.get("name") or mine.get("code")
        if (not here and called is None) or (called and SUM.fullmatch(called.flat)):
            told = "、".join(found.flat[:30] for found in mine.values())
            self.problem(
                "D209", f"“{told}”是合计，不是项目，没有取用", next(iter(mine.values())).place, severity="提示"
            )
            return False
        have = self.now.fields
        if any(name in mine and name in have and mine[name].flat != have[name].flat for name in APART):
            columns = self.columns
            self.begin()
            self.columns = columns
        titles = {column.name: column.heading for column in self.columns.fields}
        for name, found in mine.items():
            before = self.now.fields.get(name)
            if before is None:
                self.keep(name, found, titles[name])
            elif name in ("goals", "purpose") and found.flat not in map(flat, before.text.split("\n")):
                self.now.fields[name] = Found(f"{before.text}\n{found.text}", before.place)
        return True

    # ---- labels and their contents ----

    def _labels(self, table: Table, at: int, taken: set[int]) -> bool:
        """Take the labels of one row with their contents; returns whether there were any."""
        cells = list(distinct(table.rows[at]))
        found_any, alone = False, len(texts(table.rows[at])) == 1
        for place_in_row, (column, cell) in enumerate(cells):
            if id(cell) in taken or not cell.text.strip():
                continue
            if time := headings.horizon(cell.text):
                self.horizon = time
            name, told = headings.label(cell.text), cell.text
            split = None if name else re.match(r"\s*([^:：\n]{2,12})[:：]\s*(\S.*)", told, re.S)
            if split and (inline := headings.label(split[1])) and not headings.money_unit(told):
                self.put(inline, Found(split[2], cell.place), split[1])
                found_any = True
            elif name and not (name == "unit" and headings.money_unit(told)):
                after = cells[place_in_row + 1][0] if place_in_row + 1 < len(cells) else len(table.rows[at])
                value = value_of(name, table, at, column, after - column)
                found_any = True
                self.due.append(name)
                if value is not None and id(value) not in taken:
                    taken.add(id(value))
                    if name in MONEY and of_long_term(table, at, column):
                        continue
                    self.put(name, Found(value.text, value.place), told)
            elif headings.group(told):
                found_any = True
                self.now.money = self.now.money or headings.money_unit(told)
            elif headings.known(told):
                found_any = True
                after_cell = cells[place_in_row + 1][1] if place_in_row + 1 < len(cells) else None
                if after_cell is not None and not headings.known(after_cell.text):
                    taken.add(id(after_cell))
            elif self._amount(told, cells[place_in_row + 1 : place_in_row + 2], taken):
                found_any = True
            elif not self.unit_or_money(Found(told, cell.place)):
                found_any |= self._left_over(Found(told, cell.place), alone)
        return found_any

    def _amount(self, label: str, beside: list[tuple[int, Cell]], taken: set[int]) -> bool:
        """Keep an amount whose label is not known, for the case that no budget is found; False when it is none."""
        if not beside or not 2 < len(label) <= 40 or is_figure(label) or not self.now.fields or self.now.rows:
            return False
        value = beside[0][1]
        if not is_figure(value.text) or not (
            headings.money_unit(label) or value.text.strip().endswith(("元", "万", "亿"))
        ):
            return False
        taken.add(id(value))
        found = Found(value.text, value.place)
        self.now.amounts.append(Money("asked", flat(label), found, headings.money_unit(label)))
        return True

    def _left_over(self, found: Found, alone: bool) -> bool:
        """A text without a label: the title, the purpose of the money, or nothing that is asked for."""
        if alone and len(found.flat) < 60:
            self.years(found)
        if alone and is_title(found.flat):
            self.titled(found)
            return True
        if self.govern == "money" and len(found.flat) > 8:
            self.put("purpose", found)
            self.due.append("purpose")
            return True
        return False

    def _unknown(self, table: Table) -> None:
        """Report a table none of whose headings is known, where some come near."""
        seen = [text for row in table.rows[:4] for text in texts(row) if len(text) <= headings.LONGEST]
        self.strange += 1
        if self.strange <= STRANGE and len(seen) > 2 and (near := hint(tuple(seen))):
            told = "、".join(flat(text) for text in seen[:8])
            self.problem("D206", f"没有认出的表，看到的是：{told}", table.place, "", near)
