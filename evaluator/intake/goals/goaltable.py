"""One project's goal table as it stands in the document, all of a document's together, and how they are gathered from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from evaluator.errors import Problem, Where
from evaluator.intake.document import Place, PlacedText, SourceDocument, flat, texts
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.goalwords import MONEY, is_title, is_yearly, unit_of
from evaluator.intake.headings.lexicon import plain
from evaluator.intake.headings.scanning import Fold, tables_seen
from evaluator.intake.readers.pasted import PASTE, PASTED, is_pasted


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """An amount of the upper part: the field its label stands for, the label, the amount and the unit of money they name."""

    name: str
    label: str
    said: PlacedText
    unit: str


@dataclass(slots=True)
class GoalTable:
    """One project as it stands in the document: its fields, plan and indicator rows, each text with its place."""

    title: PlacedText | None = None
    fields: dict[str, PlacedText] = field(default_factory=dict)
    plan: dict[str, PlacedText] = field(default_factory=dict)
    rows: list[dict[str, PlacedText]] = field(default_factory=list)
    amounts: list[StatedAmount] = field(default_factory=list)
    money: str = ""  # the unit of money named in or above the table
    year: int | None = None  # the year that its own title names
    unit: tuple[PlacedText, str, str] | None = None  # the unit line above it: place, code, name
    seen: tuple[str, ...] = ()  # the headings of its indicator part
    monitored: str = ""  # the heading of the progress column, in a 绩效运行监控表
    left_out: int = 0  # indicators of 长期 or 中期 goals

    @property
    def start(self) -> Place:
        """Where the table begins in its document."""
        first = self.title or self.fields.get("code") or self.fields.get("name")
        return first.place if first else next(iter(self.rows[0].values())).place

    @property
    def called(self) -> str:
        """The name that people are told the project by: its own, its code or the title."""
        name = self.fields.get("name") or self.fields.get("code") or self.title
        return name.flat[:60] if name else "（没有名称的项目）"


@dataclass(slots=True)
class Recognised:
    """The goal tables of a document, the years it names, and what was not understood or not used."""

    document: SourceDocument
    tables: list[GoalTable] = field(default_factory=list)
    years: dict[int, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    used: set[int] = field(default_factory=set)  # numbers of the tables taken


def hint(seen: tuple[str, ...]) -> str:
    """For headings that are not known, the known ones nearest to them."""
    strange = [text for text in seen[:30] if not goalwords.known(text)]
    return "、".join(f"{flat(text)}→{near}" for text in strange[:6] if (near := goalwords.closest(text)))


def saw(document: SourceDocument) -> Problem:
    """The refusal of a document without any goal table: what it has instead."""
    if is_pasted(document):
        return Problem("D201", f"没有找到绩效目标表；{PASTED}", Where(document.name), PASTE)
    seen = tables_seen(document, 3, 8)
    says = "没有找到绩效目标表" + (f"；{seen}" if seen else "，文件里没有表格")
    tables = islice(document.tables(), 3)
    near = hint(tuple(text for table in tables for row in table.rows[:6] for text in texts(row)))
    return Problem("D201", says, Where(document.name), "含项目名称、一级、二级、三级指标和指标值的表", near)


class Projects(Fold):
    """The project at hand, those before it, and what has been seen above the next."""

    def __init__(self, document: SourceDocument) -> None:
        super().__init__(document)
        self.recognised = Recognised(document, problems=self.problems)
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
            self.recognised.tables.append(self.now)
        elif self.now.fields.keys() & {"code", "name"} and len(self.now.fields) > 2:
            says = f"“{self.now.called}”有项目信息而没有找到绩效指标"
            self.problem("D203", says, self.now.start, "含一级、二级、三级指标和指标值各栏的表")

    def put(self, name: str, text: PlacedText, label: str = "") -> None:
        """Keep a project field; a code, name or a second upper part after the indicators begins another project."""
        have = self.now.fields.get(name)
        other = have is not None and flat(have.text) != text.flat
        if self.title is not None or (other and (name in ("code", "name") or self.now.rows)):
            self.begin()
        self.adopt()
        if name.startswith("plan:"):
            self.now.plan.setdefault(name.removeprefix("plan:"), text)
        else:
            self.keep(name, text, label)

    def keep(self, name: str, text: PlacedText, label: str) -> None:
        """Keep a field of the project at hand: the first one told, and every amount with what its label says."""
        if name == "authority" and text.flat:
            self.now.fields[name] = text  # the last told is the nearest: 省级, 市级, 县级
        self.now.fields.setdefault(name, text)
        if name == "year" and (years := goalwords.year_of(text.flat) or goalwords.year_of(f"{text.flat}年")):
            self.now.year = years[0]
        if name in MONEY:
            self.keep_amount(name, text, label)

    def keep_amount(self, name: str, text: PlacedText, label: str) -> None:
        """Keep an amount of the project at hand with what its label says of it."""
        self.now.amounts.append(StatedAmount(name, flat(label), text, goalwords.money_unit(label)))

    def adopt(self) -> None:
        """The unit, the year and the unit of money that stand above a project hold for it."""
        self.now.money = self.now.money or self.money
        self.now.unit = self.now.unit or self.unit
        self.now.year = self.now.year or self.year

    def line(self, text: PlacedText) -> None:
        """A title, a unit, a year or a unit of money; anything else is prose."""
        if is_title(text.flat):
            self.titled(text)
        self.unit_or_money(text)
        self.years(text)

    def years(self, text: PlacedText) -> None:
        """Keep the years that a text names; that of a title, or one that stands alone, is that of what follows."""
        start = text.flat[:200]
        years = goalwords.year_of(start)
        for year in years:
            self.recognised.years.setdefault(year, text.place)
        if len(set(years)) == 1 and is_yearly(start):
            self.year = years[0]

    def titled(self, text: PlacedText) -> None:
        """Keep a title, unless it is the one at hand told anew (续表)."""
        mine = self.title or self.now.title
        again = mine is not None and re.sub(r"[（(]?续表?\d*[)）]?", "", text.flat) == mine.flat
        if not again and "续" not in text.flat[-6:]:
            self.title = text

    def unit_or_money(self, text: PlacedText) -> bool:
        """Keep the unit or the unit of money that a line names; False when it names none."""
        line = text.flat
        if not is_title(line) and (unit := unit_of(line)):
            self.unit = (text, *unit)
            return True
        if len(line) < 30 and (money := goalwords.money_unit(line)) and ("单位" in line or plain(line) == "金额"):
            self.money = money
            return True
        return False
