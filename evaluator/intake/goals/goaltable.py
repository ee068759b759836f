"""What recognition finds: one project's goal table as it stands in the document, and all of a document's together."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from evaluator.errors import Problem, Where
from evaluator.intake.document import Place, PlacedText, SourceDocument, flat, texts
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.scanning import tables_seen
from evaluator.intake.readers.pasted import PASTE, PASTED, is_pasted


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """An amount of the upper part: the field its label stands for, the label, the amount and the unit of money they name."""

    name: str
    label: str
    found: PlacedText
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
        """Where it begins."""
        found = self.title or self.fields.get("code") or self.fields.get("name")
        return found.place if found else next(iter(self.rows[0].values())).place

    @property
    def called(self) -> str:
        """What to call it when speaking to a person."""
        told = self.fields.get("name") or self.fields.get("code") or self.title
        return told.flat[:60] if told else "（没有名称的项目）"


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
