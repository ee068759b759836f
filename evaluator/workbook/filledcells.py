"""One cell of a filled template as the text it certainly means, or the problem or question it raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from evaluator.comparators import AT_LEAST
from evaluator.documents.loading import Sequence, Text
from evaluator.documents.placed import placed
from evaluator.errors import Problem, Where
from evaluator.figures import decimal
from evaluator.intake.readers.cellreader import Worksheet
from evaluator.intake.readers.cells import ShownCell
from evaluator.intake.readers.numberformats import DIGITS
from evaluator.quantities.numerals import write_number
from evaluator.workbook.inputs import EMPTY, TITLES, TYPED, TypedNumber, doubtful

NOTHING = ShownCell("")


@dataclass(slots=True)
class FilledSheet:
    """A worksheet read whole, its rows and columns counted from 1; problems are added to one list."""

    path: str
    sheet: Worksheet
    problems: list[Problem] = field(default_factory=list)
    titles: Mapping[str, str] = field(default_factory=lambda: TITLES)

    @property
    def title(self) -> str:
        """The name of the sheet."""
        return self.sheet.title

    def cell(self, row: int, column: int) -> ShownCell:
        """A cell."""
        return self.sheet.cells.get((row - 1, column - 1), NOTHING)

    def rows(self) -> list[tuple[int, list[int]]]:
        """The rows that hold anything, each with its columns."""
        made: dict[int, list[int]] = {}
        for row, column in sorted(self.sheet.cells):
            made.setdefault(row + 1, []).append(column + 1)
        return list(made.items())

    def where(self, row: int = 0, column: int = 0) -> Where:
        """The place of a cell, or of the sheet."""
        cell = self.sheet.address(row - 1, column - 1) if row else ""
        return Where(self.path, sheet=self.title, cell=cell)

    @property
    def errors(self) -> int:
        """How many errors were told so far."""
        return sum(problem.severity == "错误" for problem in self.problems)

    def tell(self, code: str, says: str, where: Where, allowed: str = "", remedy: str = "") -> None:
        """One more error."""
        self.problems.append(Problem(code, says, where, allowed, remedy=remedy))

    def note(self, code: str, says: str, where: Where, remedy: str = "") -> None:
        """One more note, which stops nothing."""
        self.problems.append(Problem(code, says, where, severity="提示", remedy=remedy))

    def shown(self, row: int, column: int) -> str:
        """What a cell shows, as text; what a formula came to where that is known."""
        return self.cell(row, column).text.strip()

    def is_formula(self, row: int, column: int) -> bool:
        """Whether a cell is computed."""
        return self.cell(row, column).formula

    def hides(self, row: int, column: int) -> bool:
        """Whether a filled cell stands in a hidden row or column, which is an error."""
        if not self.sheet.hides(row - 1, column - 1) or self.shown(row, column) in ("", EMPTY):
            return False
        says = f"填有“{self.shown(row, column)[:30]}”的一格在隐藏的行或列里"
        self.tell("A419", says, self.where(row, column), "取消隐藏（或清除筛选），核对后保存")
        return True

    def text(self, name: str, row: int, column: int, entry: TypedNumber | None = None) -> Text | None:
        """What was filled in under this field; None when nothing was, or when it raised a problem."""
        cell, where = self.cell(row, column), self.where(row, column)
        title = self.titles.get(name, name)
        if cell.stale:
            says = f"“{title}”是公式，文件里没有计算结果"
            self.tell("A412", says, where, "直接填写的值", "用 Excel 或 WPS 打开后另存一次，或直接填写数值")
            return None
        if cell.error:
            self.tell("A414", f"“{title}”是错误值 {cell.text}", where, "直接填写的值")
            return None
        if cell.doubt:
            self.tell("A420", f"“{title}”不能按显示的读：{cell.doubt}", where, "设为常规格式，重新填写")
            return None
        if cell.formula:
            self.note("A413", f"“{title}”是公式，取保存时的计算结果 {cell.text}", where)
        said: str | None = cell.text.strip()
        if said in ("", EMPTY):
            return None
        if cell.number is not None and (cell.bare or cell.percent):
            said = self._number(name, cell, Fraction(cell.number), where, entry)
        return None if said is None else placed(said, where)

    def lines(self, row: int, column: int) -> Sequence | None:
        """Pieces of evidence, one to a line."""
        text = self.text("evidence", row, column)
        if text is None:
            return None
        made = Sequence(placed(line.strip(), text.where) for line in text.splitlines() if line.strip())
        made.where = text.where
        return made

    def _number(
        self, name: str, cell: ShownCell, exact: Fraction, where: Where, entry: TypedNumber | None
    ) -> str | None:
        """A number with the unit its cell stands for; a bare number for a per cent is asked about."""
        rate = name == "share" or (name in TYPED and entry is not None and entry.percent)
        limit = TypedNumber(AT_LEAST, "%", True, False, Fraction(10), Fraction(10)) if name == "share" else entry
        if rate and exact and (not cell.percent or (limit is not None and doubtful(limit, exact))):
            low, high = f"{write_number(exact)}%", f"{write_number(exact * 100)}%"
            says = f"“{self.titles[name]}”应是百分数，单元格里是 {write_number(exact)}"
            self.tell("A411", f"{says}：是 {low} 还是 {high}？", where, f"{low} 或 {high}，带百分号输入")
            return None
        if rate or cell.percent:
            return f"{write_number(exact * 100)}%"
        return write_number(exact) + (entry.unit if name in TYPED and entry is not None else "")


def same(shown: str, stored: str) -> bool:
    """Whether a locked cell still shows what it showed, numbers by their value and texts without blank space."""
    try:
        return decimal(Fraction(shown), DIGITS) == decimal(Fraction(stored), DIGITS)
    except (ValueError, ZeroDivisionError):
        return "".join(shown.split()) == "".join(stored.split())
