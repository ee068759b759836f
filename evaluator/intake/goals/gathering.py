"""The projects of a document in the making: what a title, a unit or a year above a table says, and the fields of each project."""

from __future__ import annotations

import re

from evaluator.errors import Problem, Severity
from evaluator.intake.document import Place, PlacedText, SourceDocument, flat
from evaluator.intake.goals.goaltable import GoalTable, Recognised, StatedAmount
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.goalwords import MONEY
from evaluator.intake.headings.lexicon import plain
from evaluator.intake.headings.titles import is_title, is_yearly, unit_of


class Projects:
    """The project at hand, those before it, and what has been seen above the next."""

    def __init__(self, document: SourceDocument) -> None:
        self.made = Recognised(document)
        self.now = GoalTable()
        self.title: PlacedText | None = None
        self.money = ""
        self.unit: tuple[PlacedText, str, str] | None = None
        self.year: int | None = None

    def begin(self) -> None:
        """Start another project, unless the one at hand is still empty; what precedes a title belongs to the one before."""
        if self.now.fields or self.now.rows or self.now.plan:
            self.close()
            self.now = GoalTable()
        self.now.title, self.title = self.title, None

    def close(self) -> None:
        """Keep the project at hand, or say that it has no indicators."""
        if self.now.rows:
            self.made.tables.append(self.now)
        elif self.now.fields.keys() & {"code", "name"} and len(self.now.fields) > 2:
            says = f"“{self.now.called}”有项目信息而没有找到绩效指标"
            self.problem("D203", says, self.now.start, "含一级、二级、三级指标和指标值各栏的表")

    def put(self, name: str, found: PlacedText, label: str = "") -> None:
        """Keep a project field; a code, name or a second upper part after the indicators begins another project."""
        have = self.now.fields.get(name)
        other = have is not None and flat(have.text) != found.flat
        if self.title is not None or (other and (name in ("code", "name") or self.now.rows)):
            self.begin()
        self.adopt()
        if name.startswith("plan:"):
            self.now.plan.setdefault(name.removeprefix("plan:"), found)
        else:
            self.keep(name, found, label)

    def keep(self, name: str, found: PlacedText, label: str) -> None:
        """Keep a field of the project at hand: the first one told, and every amount with what its label says."""
        if name == "authority" and found.flat:
            self.now.fields[name] = found  # the last told is the nearest: 省级, 市级, 县级
        self.now.fields.setdefault(name, found)
        if name == "year" and (years := goalwords.year_of(found.flat) or goalwords.year_of(f"{found.flat}年")):
            self.now.year = years[0]
        if name in MONEY:
            self.now.amounts.append(StatedAmount(name, flat(label), found, goalwords.money_unit(label)))

    def adopt(self) -> None:
        """The unit, the year and the unit of money that stand above a project hold for it."""
        self.now.money = self.now.money or self.money
        self.now.unit = self.now.unit or self.unit
        self.now.year = self.now.year or self.year

    def problem(
        self, code: str, says: str, place: Place, allowed: str = "", nearest: str = "", severity: Severity = "错误"
    ) -> None:
        """Report what was not understood."""
        where = self.made.document.where(place)
        self.made.problems.append(Problem(code, says, where, allowed, nearest, severity))

    def line(self, found: PlacedText) -> None:
        """A title, a unit, a year or a unit of money; anything else is prose."""
        told = found.flat
        if is_title(told):
            self.titled(found)
        self.unit_or_money(found)
        self.years(found)

    def years(self, found: PlacedText) -> None:
        """Keep the years that a text names; that of a title, or one that stands alone, is that of what follows."""
        told = found.flat[:200]
        years = goalwords.year_of(told)
        for year in years:
            self.made.years.setdefault(year, found.place)
        if len(set(years)) == 1 and is_yearly(told):
            self.year = years[0]

    def titled(self, found: PlacedText) -> None:
        """Keep a title, unless it is the one at hand told anew (续表)."""
        mine = self.title or self.now.title
        again = mine is not None and re.sub(r"[（(]?续表?\d*[)）]?", "", found.flat) == mine.flat
        if not again and "续" not in found.flat[-6:]:
            self.title = found

    def unit_or_money(self, found: PlacedText) -> bool:
        """Keep the unit or the unit of money that a line names; False when it names none."""
        told = found.flat
        if not is_title(told) and (unit := unit_of(told)):
            self.unit = (found, *unit)
            return True
        if len(told) < 30 and (money := goalwords.money_unit(told)) and ("单位" in told or plain(told) == "金额"):
            self.money = money
            return True
        return False
