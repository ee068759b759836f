"""The one reader of workbooks: each cell as a person sees it, in one pass over a sheet, within bounds of memory.

What a sheet hides (itself, a row, a column) is left out and told of; a number is read under its format, raised and
struck-out text by its look. Nothing is computed, run or followed.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from evaluator.errors import Problem, Severity, Where
from evaluator.intake.guard import BROKEN, LARGE, Package, Refused
from evaluator.intake.readers.blocks import letters
from evaluator.intake.readers.cells import Runs, ShownCell, WorkbookStrings, content, index, runs_of, unescaped
from evaluator.intake.readers.runs import PLAIN, struck_out, told

SHEETS = 1_000
ROWS, COLUMNS = 100_000, 500  # as far as a sheet is filled
CELLS = 300_000  # that hold something, of a workbook
CHARACTERS = 20_000_000  # of a workbook
MANY = 20  # struck-out texts of a sheet that are told one by one
COVERED = 5_000_000  # cells that merges cover
WIDEST = 16_384  # columns of a sheet
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


EMPTY, ERROR = ShownCell(""), ShownCell("", error=True)


@dataclass(frozen=True, slots=True)
class SheetListing:
    """A worksheet as the workbook lists it."""

    title: str
    part: str
    hidden: bool


@dataclass
class Worksheet:
    """A sheet: cells by row and column, merges (height, width) by their upper left corner, both counted from 0 over what is seen.

    Hidden rows and columns, which are listed by their real numbers, do not count unless the sheet is read `whole`; `address`
    tells where a position really stands. Notes name the sheet, not the file.
    """

    title: str
    whole: bool = False
    cells: dict[tuple[int, int], ShownCell] = field(default_factory=dict)
    merges: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)

    def address(self, row: int, column: int) -> str:
        """The address of a position: B4."""
        if not self.whole:
            row, column = _real(row, self.hidden_rows), _real(column, self.hidden_columns)
        return f"{letters(column)}{row + 1}"

    def hides(self, row: int, column: int) -> bool:
        """Whether a position of a sheet read whole stands in a hidden row or column."""
        return _among(row, self.hidden_rows) or _among(column, self.hidden_columns)

    def where(self, row: int, column: int, path: str = "") -> Where:
        """The place of a position, its file to be named by whoever knows it."""
        return Where(path, 0, 0, self.title, self.address(row, column))


class Workbook:
    """A workbook opened for reading: its sheets in order, and notes on what is left out; raises Refused."""

    def __init__(self, raw: bytes) -> None:
        self.package = Package(raw)
        self.notes: list[Problem] = []
        book = self.package.xml("xl/workbook.xml")
        names = self.package.names
        if any(name.endswith("vbaProject.bin") for name in names):
            self.notes.append(Problem("D121", "工作簿含有宏，未运行也未读取"))
        if any(name.startswith("xl/externalLinks/") for name in names):
            self.notes.append(Problem("D122", "工作簿链接了外部文件，未打开", None, "公式只取已保存的结果"))
        if any(self._boxed(name) for name in sorted(names) if re.fullmatch(r"xl/drawings/drawing[0-9]+\.xml", name)):
            self.notes.append(Problem("D124", "工作簿有文本框，其中文字未读取", None, "把文字移到单元格中"))
        self.sheets = list(self._listed(book))
        if len(self.sheets) > SHEETS:
            raise Refused(LARGE, f"工作表过多（{len(self.sheets)} 张）", f"至多 {SHEETS} 张")
        self.held = self.characters = 0  # cells and their characters, of all sheets read so far
        since_1904 = any(one.get("date1904") in ("1", "true") for one in book.iter("{*}workbookPr"))
        self.values = WorkbookStrings(self.package, since_1904)

    def visible(self) -> Iterator[Worksheet]:
        """The sheets a person sees, each with its notes; a hidden one is noted in the book."""
        for one in self.sheets:
            if one.hidden:
                self.notes.append(hidden_sheet(one.title))
            else:
                yield self.read(one)

    def read(self, listed: SheetListing, *, whole: bool = False) -> Worksheet:
        """One sheet, without its hidden rows and columns unless it is read whole."""
        return _Filling(self, Worksheet(listed.title, whole)).run(self.package, listed.part)

    def room(self, text: str, sheet: str) -> None:
        """Count one more cell; refuse what is more than a workbook may hold."""
        self.held += 1
        self.characters += len(text)
        if self.held > CELLS or self.characters > CHARACTERS:
            says = f"至多 {CELLS} 个单元格，文字至多 {CHARACTERS} 个"
            raise Refused(LARGE, "工作簿内容过多", says, sheet=sheet)

    def _listed(self, book: Any) -> Iterator[SheetListing]:
        targets = {one.get("Id"): one for one in self.package.xml("xl/_rels/workbook.xml.rels")}
        for sheet in book.iter("{*}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            relation = targets.get(key)
            if relation is None or not str(relation.get("Type", "")).endswith("/worksheet"):
                continue  # a chart or dialog sheet
            target = str(relation.get("Target", ""))
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            yield SheetListing(str(sheet.get("name") or "")[:100], part, sheet.get("state", "visible") != "visible")

    def _boxed(self, part: str) -> bool:
        return any(str(text.text or "").strip() for text in self.package.xml(part).iter("{*}t"))


def hidden_sheet(title: str) -> Problem:
    """The note on a sheet that is left out because it is hidden."""
    return Problem("D127", "隐藏的工作表未读取", Where("", sheet=title), "需要时取消隐藏后再读", severity="警告")


class _Filling:
    """One sheet being read: its cells by their real rows and columns first, then without what is hidden."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.book, self.values, self.sheet = book, book.values, sheet
        self.found: dict[tuple[int, int], ShownCell] = {}
        self.struck: dict[tuple[int, int], str] = {}
        self.merges: list[tuple[int, int, int, int]] = []
        self.rows: set[int] = set()
        self.columns = bytearray(WIDEST)
        self.zeros, self.covered = True, 0

    def run(self, package: Package, part: str) -> Worksheet:
        """Read the part."""
        last = -1
        for element, source in package.events(part, ("row", "mergeCell", "col", "sheetView")):
            match str(element.tag).rpartition("}")[2]:
                case "row":
                    last = self._row(element, last + 1)
                    source.release(element)
                case "mergeCell":
                    first, _, end = str(element.get("ref") or "").partition(":")
                    (top, left), (bottom, right) = _address(first), _address(end or first)
                    self._merge(top, left, max(top, bottom), max(left, right))
                case "col" if _on(element, "hidden") or element.get("width") in ("0", "0.0"):
                    low, high = (index(element.get(name) or "") for name in ("min", "max"))
                    if 0 < low <= high:
                        self.columns[low - 1 : min(high, WIDEST)] = b"\1" * (min(high, WIDEST) - low + 1)
                case "sheetView":
                    self.zeros = element.get("showZeros") not in ("0", "false")
        self._settle()
        return self.sheet

    def _row(self, element: Any, expected: int) -> int:
        said = element.get("r")
        row = index(said) - 1 if said else expected
        if _on(element, "hidden") or element.get("ht") in ("0", "0.0"):
            self.rows.add(row)
        column = -1
        for cell in element.iterchildren("{*}c"):
            at = cell.get("r")
            if not len(cell):  # blank
                column += not at
                continue
            row, column = _address(at) if at else (row, column + 1)
            one, struck = self._cell(cell)
            if struck:
                self.book.room(struck, self.sheet.title)
                self.struck[row, column] = struck
            if one.text.strip() or one.doubt or one.stale:
                self._keep(row, column, one)
        return row

    def _merge(self, top: int, left: int, bottom: int, right: int) -> None:
        self.merges.append((top, left, bottom, right))
        self.covered += (bottom - top + 1) * (right - left + 1)
        if self.covered > COVERED:
            raise Refused(LARGE, "合并的单元格过多", f"合计至多 {COVERED} 格", sheet=self.sheet.title)

    def _keep(self, row: int, column: int, one: ShownCell) -> None:
        sheet = self.sheet.title
        if not (0 <= row < ROWS and column < COLUMNS):
            says = f"工作表过大（内容到 {letters(column)}{row + 1}）"
            raise Refused(LARGE, says, f"至多 {ROWS} 行 {COLUMNS} 列", sheet=sheet)
        if (row, column) in self.found:
            raise Refused(
                BROKEN, "同一个单元格写了两次", "在 Excel 中另存", sheet=sheet, cell=f"{letters(column)}{row + 1}"
            )
        self.book.room(one.text, sheet)
        self.found[row, column] = one

    def _cell(self, cell: Any) -> tuple[ShownCell, str]:
        """A cell as shown, and what in it was struck out."""
        stored, formula = "", False
        runs: Runs | None = None
        for child in cell:
            match str(child.tag).rpartition("}")[2]:
                case "v":
                    stored = content(child)
                case "f":
                    formula = True
                case "is":
                    runs = runs_of(child)
        kind, (form, look) = cell.get("t") or "n", self.values.style(cell.get("s") or "")
        if formula and not stored and kind != "str":
            return ShownCell("", formula=True, stale=True), ""
        if kind in ("n", "d") and stored:
            one = self.values.number(stored, form) if kind == "n" else ShownCell(stored)
            if one.number == 0 and not self.zeros and one.bare:
                one = replace(one, text="", doubt="工作表设为不显示零值")
            runs = one.text
        elif kind == "b" and stored:
            one = ShownCell("是" if stored == "1" else "否")
            runs = one.text
        else:
            one = ERROR if kind == "e" else EMPTY
            runs = runs if runs is not None else self.values.string(stored) if kind == "s" else unescaped(stored)
        struck: list[str] = []
        if look is PLAIN and isinstance(runs, str):
            text = runs
            if one is EMPTY and not formula:
                return ShownCell(text), ""
        else:
            pieces = [(runs, look)] if isinstance(runs, str) else [(said, own or look) for said, own in runs]
            text = told(pieces, struck.append)
        if not formula and text == one.text:
            return one, "".join(struck)
        doubt = one.doubt if not struck or text else ""
        bare = one.bare and text == one.text
        return replace(one, text=text, formula=formula, bare=bare, doubt=doubt), "".join(struck)

    def _settle(self) -> None:
        """Leave out what is hidden, move the rest together, and note what cells cannot say themselves."""
        sheet = self.sheet
        sheet.hidden_rows = sorted(self.rows)
        sheet.hidden_columns = [at for at, hidden in enumerate(self.columns) if hidden]
        rows, columns = ([], []) if sheet.whole else (sheet.hidden_rows, sheet.hidden_columns)
        for top, left, bottom, right in self.merges:
            seen = _seen(top, bottom, rows), _seen(left, right, columns)
            if not all(seen):
                continue
            corner = (_real(seen[0][0], rows), _real(seen[1][0], columns))
            if corner != (top, left) and (top, left) in self.found:  # a merged cell is seen as long as any of it is
                self.found.setdefault(corner, self.found.pop((top, left)))
            sheet.merges[seen[0][0], seen[1][0]] = (len(seen[0]), len(seen[1]))
        lost: set[tuple[int, int]] = set()
        for (row, column), one in self.found.items():
            if _among(row, rows) or _among(column, columns):
                lost.add((row, column))
            else:
                sheet.cells[row - bisect_left(rows, row), column - bisect_left(columns, column)] = one
        self._note("D128", "隐藏的行或列中的内容没有读取", lost, "需要时取消隐藏（或清除筛选）后再读")
        gone = [(at, text) for at, text in sorted(self.struck.items()) if at not in lost]
        for (row, column), text in gone[:MANY]:
            sheet.notes.append(struck_out(text, Where("", sheet=sheet.title, cell=f"{letters(column)}{row + 1}")))
        self._note("D130", "还有划去的文字没有读取", {at for at, _ in gone[MANY:]}, "没有作废的，取消删除线")
        finer = {at for at, one in self.found.items() if one.rounded and at not in lost}
        self._note("D132", "单元格显示的小数位数少于存的数，按存的数读", finer, "", "提示")

    def _note(self, code: str, says: str, at: set[tuple[int, int]], allowed: str, severity: Severity = "警告") -> None:
        if at:
            row, column = min(at)
            where = Where("", sheet=self.sheet.title, cell=f"{letters(column)}{row + 1}")
            many = f"（共 {len(at)} 格）" if len(at) > 1 else ""
            self.sheet.notes.append(Problem(code, says + many, where, allowed, severity=severity))


def _among(number: int, hidden: list[int]) -> bool:
    at = bisect_left(hidden, number)
    return at < len(hidden) and hidden[at] == number


def _real(position: int, hidden: list[int]) -> int:
    """The real number of a row or column that is seen at a position."""
    real = position
    while hidden and (moved := position + bisect_right(hidden, real)) != real:
        real = moved
    return real


def _seen(first: int, last: int, hidden: list[int]) -> range:
    """The positions that a stretch of rows or columns takes among those seen."""
    start = first - bisect_left(hidden, first)
    return range(start, last + 1 - bisect_right(hidden, last))


def _on(element: Any, name: str) -> bool:
    return element.get(name) in ("1", "true")


def _address(text: str) -> tuple[int, int]:
    """The row and column (from 0) of an address."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise ValueError("address")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1
