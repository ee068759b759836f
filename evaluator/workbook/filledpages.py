"""What a template workbook is, before any of its rows is read: its hidden sheet, its sheets by what they are of, and each cell as
the text it certainly means, or the problem or question it raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from evaluator.comparators import AT_LEAST
from evaluator.documents.loading import Sequence, Text, placed
from evaluator.errors import Problem, Where
from evaluator.figures import decimal
from evaluator.intake.readers import noted
from evaluator.intake.readers.cellreader import Workbook, Worksheet, hidden_sheet
from evaluator.intake.readers.cells import ShownCell
from evaluator.intake.readers.numberformats import DIGITS
from evaluator.quantities.numerals import write_number
from evaluator.workbook.inputs import EMPTY, GUIDE, META, SCHEMA, SHEET, TITLES, TYPED, TypedNumber, doubtful, key

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
        rows: dict[int, list[int]] = {}
        for row, column in sorted(self.sheet.cells):
            rows.setdefault(row + 1, []).append(column + 1)
        return list(rows.items())

    def where(self, row: int = 0, column: int = 0) -> Where:
        """The place of a cell, or of the sheet."""
        cell = self.sheet.address(row - 1, column - 1) if row else ""
        return Where(self.path, sheet=self.title, cell=cell)

    @property
    def errors(self) -> int:
        """How many errors the sheet has so far."""
        return sum(problem.severity == "错误" for problem in self.problems)

    def tell(self, code: str, says: str, where: Where, allowed: str = "", remedy: str = "") -> None:
        """Add an error."""
        self.problems.append(Problem(code, says, where, allowed, remedy=remedy))

    def note(self, code: str, says: str, where: Where, remedy: str = "") -> None:
        """Add a note, which stops nothing."""
        self.problems.append(Problem(code, says, where, severity="提示", remedy=remedy))

    def shown(self, row: int, column: int) -> str:
        """What a cell shows, as text; what a formula came to where that is known."""
        return self.cell(row, column).text.strip()

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
        """The pieces of evidence in a cell, one to a line."""
        text = self.text("evidence", row, column)
        if text is None:
            return None
        lines = Sequence(placed(line.strip(), text.where) for line in text.splitlines() if line.strip())
        lines.where = text.where
        return lines

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


AGAIN = "重新运行 ziping template 写出填报表，把填好的内容搬过去"


@dataclass(frozen=True, slots=True)
class Meta:
    """The hidden sheet: unit, year, rules, the day of a report during the year (else empty), and by key the fingerprint and
    the locked fields each row showed."""

    unit: str
    name: str
    year: int
    rules: str
    day: str
    rows: dict[str, tuple[str, dict[str, str]]]

    @property
    def codes(self) -> list[str]:
        """The goal tables, one to a sheet."""
        return [name.split("|")[0] for name in self.rows if name.split("|")[1] == SHEET]


def unusable(says: str, shown: str, remedy: str = AGAIN) -> Problem:
    """The problem of a file that is no workbook of the kind that is read here."""
    return Problem("A401", says, Where(shown), "ziping template 写出的填报表", remedy=remedy)


def lost(meta: Meta, code: str, shown: str) -> Problem:
    """The problem of a goal table whose sheet is not there, or hidden."""
    name = meta.rows[key(code, SHEET)][1].get("name", "")
    says = f"“{name}”（{code}）的工作表没有了，或被隐藏了"
    return Problem("A405", says, Where(shown), "不删除、不隐藏工作表；没有填的项目留空", remedy=AGAIN)


def added(names: Iterable[str], shown: str) -> Problem:
    """The note on goal tables that the rules gained after the workbook was made."""
    says = f"规则中后来增加的 {'、'.join(names)} 不在这份填报表中"
    return Problem("A404", says, Where(shown), severity="提示", remedy=AGAIN)


def meta_of(book: Workbook) -> Meta | str:
    """The hidden sheet of a workbook that has one, or what is wrong with it."""
    sheet = book.read(next(sheet for sheet in book.sheets if sheet.title == META), whole=True)
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sheet.cells.items():
        rows.setdefault(row, {})[column] = cell.text
    lines = [[row.get(column, "") for column in range(max(row) + 1)] for _, row in sorted(rows.items())]
    head = {line[0]: line[1] for line in lines if len(line) > 1 and line[0] != "row"}
    if head.get("schema") != SCHEMA:
        return f"填报表的版式版本是“{head.get('schema', '')}”，本工具只读版本 {SCHEMA}"
    if not {"unit", "name", "year", "rules"} <= head.keys() or not head["year"].isdecimal():
        return "填报表隐藏的说明页不完整"
    shown = {}
    for line in lines:
        if line[0] == "row" and len(line) > 2 and line[1].count("|") >= 2:
            fields = dict(zip(line[3::2], line[4::2], strict=False))
            shown[line[1]] = (line[2], {name: text for name, text in fields.items() if name})
    if not any("name" in fields for _, fields in shown.values()):
        return "填报表隐藏的说明页没有列出任何项目"
    return Meta(head["unit"], head["name"], int(head["year"]), head["rules"], head.get("day", ""), shown)


def pages_of(
    book: Workbook, path: str, meta: Meta, titles: dict[str, str], problems: list[Problem]
) -> dict[str, FilledSheet]:
    """The sheets by the code of what they are of, however they are called now."""
    pages: dict[str, FilledSheet] = {}
    for listed in book.sheets:
        if listed.title == META:
            continue
        if listed.hidden:
            book.notes.append(hidden_sheet(listed.title))
            continue
        page = FilledSheet(path, book.read(listed, whole=True), titles=titles)
        if (name := page.shown(1, 1)) == GUIDE:
            continue
        code, kind = (*name.split("|"), "", "")[:2]
        if kind != SHEET or code not in meta.codes:
            if page.sheet.cells:
                page.note("A416", f"工作表“{page.title}”不是填报表原有的，没有读取", page.where())
        elif code in pages:
            says = f"与工作表“{pages[code].title}”是同一个项目（{code}）"
            page.tell("A406", says, page.where(), "每个项目一张工作表", "删去多余的一张")
        else:
            page.problems += (note for note in noted(page.sheet.notes, path) if note.severity == "警告")
            pages[code] = page
            continue
        problems += page.problems
    return pages
