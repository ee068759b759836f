"""Workbooks: one pass over each visible sheet gives values, merges and formulas together, within bounds of memory.

A sheet is cut at blank rows, so that what stands apart becomes a block of its own: a region where no row has two texts is
prose (a paragraph a row), and so are the rows above a table that hold one text only (its title). The rest is a table, its
blank columns at both sides left out. Cells tell their address. Hidden sheets are not read; hidden rows and columns are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from typing import Any

from evaluator.errors import Problem, Where
from evaluator.intake.document import Place
from evaluator.intake.guard import LARGE, UNCOMPUTED, Package, Refused
from evaluator.intake.readers.blocks import COLUMNS, POSITIONS, ROWS, Blocks, Piece, letters
from evaluator.intake.sheets import plain

SHEETS = 1_000
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DECIMALS = re.compile(r'(?:[#0,]*0)\.(0{1,8})(?![0#%E])')  # fmt: skip


@dataclass
class _Sheet:
    """A sheet being read: texts by row and column (from 0), merges by their upper left corner."""

    title: str
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    uncomputed: list[str] = field(default_factory=list)
    hidden: int = 0


def read(raw: bytes, blocks: Blocks) -> None:
    """Read a workbook into blocks."""
    package = Package(raw)
    book = package.xml("xl/workbook.xml")
    if any(name.endswith("vbaProject.bin") for name in package.names):
        blocks.note(Problem("D121", "工作簿含有宏，未运行也未读取"))
    if any(name.startswith("xl/externalLinks/") for name in package.names):
        blocks.note(Problem("D122", "工作簿链接了外部文件，未打开", None, "公式只取已保存的结果"))
    since_1904 = any(one.get("date1904") in ("1", "true") for one in book.iter("{*}workbookPr"))
    values = _Values(package, since_1904)
    uncomputed: list[tuple[str, str]] = []
    sheets = list(_sheets(package, book, blocks))
    if len(sheets) > SHEETS:
        raise Refused(LARGE, f"工作表过多（{len(sheets)} 张）", f"至多 {SHEETS} 张")
    for title, part in sheets:
        sheet = _Sheet(title)
        _fill(sheet, package, part, values)
        if sheet.hidden:
            blocks.note(Problem("D128", "工作表有隐藏的行或列，已一并读取", Where("", sheet=title)))
        uncomputed += [(title, cell) for cell in sheet.uncomputed]
        _tell(sheet, blocks)
    if uncomputed:
        title, cell = uncomputed[0]
        others = f"（共 {len(uncomputed)} 处）" if len(uncomputed) > 1 else ""
        advice = "在 Excel 或 WPS 中打开并保存，或改填数值"
        raise Refused(UNCOMPUTED, f"公式没有计算结果{others}", advice, sheet=title, cell=cell)


def _sheets(package: Package, book: Any, blocks: Blocks) -> Iterator[tuple[str, str]]:
    """The title and part of each visible worksheet."""
    targets = {one.get("Id"): one for one in package.xml("xl/_rels/workbook.xml.rels")}
    for sheet in book.iter("{*}sheet"):
        title = str(sheet.get("name") or "")[:100]
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        relation = targets.get(key)
        if relation is None or not str(relation.get("Type", "")).endswith("/worksheet"):
            continue  # a chart or dialog sheet
        if sheet.get("state", "visible") != "visible":
            blocks.note(Problem("D127", "隐藏的工作表未读取", Where("", sheet=title), "需要时取消隐藏后再导入"))
            continue
        target = str(relation.get("Target", ""))
        yield title, target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


class _Values:
    """What turns a stored value into the text a clerk sees: shared strings, number formats, the start of dates."""

    def __init__(self, package: Package, since_1904: bool) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        self.epoch = MAC_EPOCH if since_1904 else WINDOWS_EPOCH
        self.strings: list[str] = []
        if "xl/sharedStrings.xml" in package.names:
            for item, source in package.events("xl/sharedStrings.xml", ("si",)):
                self.strings.append(_rich(item))
                source.release(item)
        self.formats: list[str] = []
        styles = package.xml("xl/styles.xml")
        own = {one.get("numFmtId"): str(one.get("formatCode") or "")[:255] for one in styles.iter("{*}numFmt")}
        for one in styles.iterfind("{*}cellXfs/{*}xf"):
            number = one.get("numFmtId") or "0"
            self.formats.append(own.get(number) or BUILTIN_FORMATS.get(_index(number), "General"))

    def text(self, kind: str, stored: str, style: str) -> str:
        """A stored value of a kind (t attribute) and style as text."""
        if kind == "s":
            at = _index(stored)
            return self.strings[at] if 0 <= at < len(self.strings) else ""
        if kind == "b":
            return plain(stored == "1", "")
        if kind in ("str", "inlineStr", "e"):
            return _unescaped(stored)
        at = _index(style or "0")
        return self._number(stored, self.formats[at] if 0 <= at < len(self.formats) else "General")

    def _number(self, stored: str, number_format: str) -> str:
        from openpyxl.styles.numbers import is_date_format
        from openpyxl.utils.datetime import from_excel

        try:
            value = int(stored) if stored.isdecimal() and len(stored) < 16 else float(stored)
        except ValueError:
            return stored
        if not isfinite(value):
            return stored
        if is_date_format(number_format[:255]):
            try:
                made = from_excel(value, self.epoch)
            except (ValueError, OverflowError):
                return stored
            return plain(made, "") if isinstance(made, date | datetime) else str(made)
        text = plain(value, number_format)
        decimals = _DECIMALS.search(number_format[:255])
        if decimals and "%" not in number_format:  # 83 shown as 83.00; never rounded
            whole, _, part = text.partition(".")
            text = f"{whole}.{part.ljust(len(decimals[1]), '0')}"
        return text


def _index(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _rich(item: Any) -> str:
    """The text of a string item, without phonetic guides."""
    told = [str(t.text or "") for t in item.iter("{*}t") if not str(t.getparent().tag).endswith("}rPh")]
    return _unescaped("".join(told))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\r\n", "\n").replace("\r", "\n")


def _address(text: str) -> tuple[int, int]:
    """The row and column (from 0) of an address, within bounds."""
    found = _ADDRESS.fullmatch(text.replace("$", ""))
    if not found:
        raise ValueError("address")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _fill(sheet: _Sheet, package: Package, part: str, values: _Values) -> None:
    """Read one sheet's cells and merges."""
    last_row = -1
    for element, source in package.events(part, ("row", "mergeCell", "col")):
        name = str(element.tag).rpartition("}")[2]
        if name == "row":
            last_row = _row(element, last_row + 1, sheet, values)
        elif name == "mergeCell":
            first, _, last = str(element.get("ref") or "").partition(":")
            (top, left), (bottom, right) = _address(first), _address(last or first)
            sheet.merges[top, left] = (bottom - top + 1, right - left + 1)
        elif name == "col" and element.get("hidden") in ("1", "true"):
            sheet.hidden += 1
        if name == "row":
            source.release(element)


def _bounded(sheet: _Sheet, row: int, column: int) -> None:
    if column >= COLUMNS or row >= ROWS:
        raise Refused(
            LARGE, f"工作表过大（内容到 {letters(column)}{row + 1}）", f"至多 {ROWS} 行 {COLUMNS} 列", sheet=sheet.title
        )


def _row(element: Any, expected: int, sheet: _Sheet, values: _Values) -> int:
    said = element.get("r")
    row = _index(said) - 1 if said else expected
    if element.get("hidden") in ("1", "true"):
        sheet.hidden += 1
    column = -1
    for cell in element.iterchildren("{*}c"):
        at = cell.get("r")
        if not len(cell):  # blank
            column += not at
            continue
        row, column = _address(at) if at else (row, column + 1)
        stored, formula, inline = "", False, ""
        for child in cell:
            name = str(child.tag).rpartition("}")[2]
            if name == "v":
                stored = child.text or ""
            elif name == "f":
                formula = True
            elif name == "is":
                inline = _rich(child)
        kind = cell.get("t") or "n"
        if formula and not stored and kind != "str":
            sheet.uncomputed.append(at or f"{letters(column)}{row + 1}")
        text = inline or (values.text(kind, stored, cell.get("s") or "") if stored else "")
        if text.strip():
            _bounded(sheet, row, column)
            sheet.texts[row, column] = text
            if len(sheet.texts) > POSITIONS:
                raise Refused(LARGE, "工作表内容过多", f"至多 {POSITIONS} 个单元格", sheet=sheet.title)
    return row


def _tell(sheet: _Sheet, blocks: Blocks) -> None:
    """Cut a sheet into regions at blank rows and add them as blocks."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(sheet.texts):
        rows.setdefault(row, []).append(column)
    region: list[int] = []
    reach = -1  # the last row that what has been met covers
    for row, columns in rows.items():
        if region and row > reach + 1:
            _region(sheet, region, reach, rows, blocks)
            region = []
        region.append(row)
        reach = max([reach, *(row + sheet.merges.get((row, column), (1, 1))[0] - 1 for column in columns)])
    if region:
        _region(sheet, region, reach, rows, blocks)


def _region(sheet: _Sheet, region: list[int], reach: int, rows: dict[int, list[int]], blocks: Blocks) -> None:
    start = next((i for i, row in enumerate(region) if len(rows[row]) > 1), len(region))
    for row in region[:start]:
        column = rows[row][0]
        place = Place(row=row + 1, column=column + 1, sheet=sheet.title, cell=f"{letters(column)}{row + 1}")
        blocks.paragraph(sheet.texts[row, column], place)
    if not (kept := region[start:]):
        return
    top, left = kept[0], min(min(rows[row]) for row in kept)
    right = max(column + sheet.merges.get((row, column), (1, 1))[1] - 1 for row in kept for column in rows[row])
    right = min(right, COLUMNS - 1)
    pieces = [
        Piece(sheet.texts[row, column], row - top, column - left, *sheet.merges.get((row, column), (1, 1)))
        for row in kept
        for column in rows[row]
    ]
    known = {(piece.row, piece.column) for piece in pieces}
    for (row, column), (height, width) in sheet.merges.items():  # blank merged cells are one cell too
        inside = top <= row <= reach and left <= column <= right
        if inside and (row - top, column - left) not in known:
            pieces.append(Piece("", row - top, column - left, height, width))
    pieces += [Piece("", row - top, right - left) for row in kept]  # where nothing else stands
    blocks.table(pieces, Place(sheet=sheet.title), top, left)
