"""One cell of a filled template as the text it certainly means, or the problem or question it raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from evaluator.documents import Sequence, Text
from evaluator.errors import Problem, Where
from evaluator.figures import decimal
from evaluator.intake.placed import placed
from evaluator.intake.sheets import LITERAL, plain
from evaluator.intake.templatewords import EMPTY, TITLES, Entry, doubtful
from evaluator.quantities.numerals import write_number

DIGITS = 15  # what a spreadsheet keeps of a number and shows


@dataclass(slots=True)
class Page:
    """A worksheet read twice, as written and with what its formulas came to; problems are added to one list."""

    path: str
    written: Any
    known: Any
    problems: list[Problem] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The name of the sheet."""
        return str(self.written.title)

    def where(self, row: int = 0, column: int = 0) -> Where:
        """The place of a cell, or of the sheet."""
        cell = self.written.cell(row, column).coordinate if row else ""
        return Where(self.path, sheet=self.title, cell=cell)

    def tell(self, code: str, says: str, where: Where, allowed: str = "", remedy: str = "") -> None:
        """One more error."""
        self.problems.append(Problem(code, says, where, allowed, remedy=remedy))

    def note(self, code: str, says: str, where: Where, remedy: str = "") -> None:
        """One more note, which stops nothing."""
        self.problems.append(Problem(code, says, where, severity="提示", remedy=remedy))

    def shown(self, row: int, column: int) -> str:
        """What a cell shows, as text; what a formula came to where that is known."""
        cell = self.known.cell(row, column)
        return plain(_tidy(cell.value), cell.number_format or "").strip()

    def is_formula(self, row: int, column: int) -> bool:
        """Whether a cell is computed."""
        return bool(self.written.cell(row, column).data_type == "f")

    def text(self, name: str, row: int, column: int, entry: Entry | None = None) -> Text | None:
        """What was filled in under this field; None when nothing was, or when it raised a problem."""
        cell, where = self.known.cell(row, column), self.where(row, column)
        title = TITLES.get(name, name)
        if self.is_formula(row, column):
            if cell.value is None:
                says = f"“{title}”是公式，文件里没有计算结果"
                self.tell("A412", says, where, "直接填写的值", "用 Excel 或 WPS 打开后另存一次，或直接填写数值")
                return None
            self.note("A413", f"“{title}”是公式，取保存时的计算结果 {self.shown(row, column)}", where)
        if cell.data_type == "e":
            self.tell("A414", f"“{title}”是错误值 {cell.value}", where, "直接填写的值")
            return None
        value = _tidy(cell.value)
        bare = plain(value, "").strip()
        if bare in ("", EMPTY):
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            said = self._number(name, value, cell.number_format or "", where, entry)
            return None if said is None else placed(said, where)
        return placed(bare, where)

    def lines(self, row: int, column: int) -> Sequence | None:
        """Pieces of evidence, one to a line."""
        text = self.text("evidence", row, column)
        if text is None:
            return None
        made = Sequence(placed(line.strip(), text.where) for line in text.splitlines() if line.strip())
        made.where = text.where
        return made

    def _number(self, name: str, value: int | float, form: str, where: Where, entry: Entry | None) -> str | None:
        """A number with the unit its cell stands for; a bare number for a per cent is asked about."""
        shown = plain(value, form)
        percent = "%" in LITERAL.sub("", form)
        exact = Fraction(Decimal(repr(value)))
        rate = name == "share" or (name == "actual" and entry is not None and entry.percent)
        limit = Entry("≥", "%", True, False, Fraction(10), Fraction(10)) if name == "share" else entry
        if rate and exact and (not percent or (limit is not None and doubtful(limit, exact))):
            low, high = f"{write_number(exact)}%", f"{write_number(exact * 100)}%"
            says = f"“{TITLES[name]}”应是百分数，单元格里是 {write_number(exact)}"
            self.tell("A411", f"{says}：是 {low} 还是 {high}？", where, f"{low} 或 {high}，带百分号输入")
            return None
        if rate:
            return shown if percent else "0%"
        if name == "actual" and entry is not None and not percent:
            return shown + entry.unit
        return shown


def _tidy(value: Any) -> Any:
    """A number as a spreadsheet shows it, without the noise of binary computing (0.1 + 0.2 is 0.3)."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value


def same(shown: str, stored: str) -> bool:
    """Whether a locked cell still shows what it showed, numbers by their value and texts without blank space."""
    try:
        return decimal(Fraction(shown), DIGITS) == decimal(Fraction(stored), DIGITS)
    except (ValueError, ZeroDivisionError):
        return "".join(shown.split()) == "".join(stored.split())
