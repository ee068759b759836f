"""Workbooks as documents: each visible sheet cut at blank rows, so that what stands apart becomes a block of its own.

A region where no row has two texts is prose (a paragraph a row), and so are the rows above a table that hold one text only
(its title). The rest is a table, its blank columns at both sides left out. Cells tell their address.
"""

from __future__ import annotations

from evaluator.errors import Problem
from evaluator.intake.document import Place
from evaluator.intake.guard import UNCOMPUTED, Refused
from evaluator.intake.readers.blocks import COLUMNS, Blocks, CellPiece
from evaluator.intake.readers.cellreader import Workbook, Worksheet


def read(raw: bytes, blocks: Blocks) -> None:
    """Read a workbook into blocks."""
    book = Workbook(raw)
    uncomputed: list[tuple[str, str]] = []
    for sheet in book.visible():
        doubts: dict[str, list[tuple[int, int]]] = {}
        for at, cell in sheet.cells.items():
            if cell.stale:
                uncomputed.append((sheet.title, sheet.address(*at)))
            if cell.doubt:
                doubts.setdefault(cell.doubt, []).append(at)
        for doubt, where in doubts.items():
            many = f"（共 {len(where)} 格）" if len(where) > 1 else ""
            says = f"单元格没有按存的数读：{doubt}{many}"
            blocks.note(Problem("D131", says, sheet.where(*min(where)), "改为常规格式后再读", severity="警告"))
        for note in sheet.notes:
            blocks.note(note)
        _tell(sheet, blocks)
    for note in book.notes:
        blocks.note(note)
    if uncomputed:
        title, address = uncomputed[0]
        others = f"（共 {len(uncomputed)} 处）" if len(uncomputed) > 1 else ""
        advice = "在 Excel 或 WPS 中打开并保存，或改填数值"
        raise Refused(UNCOMPUTED, f"公式没有计算结果{others}", advice, sheet=title, cell=address)


def _tell(sheet: Worksheet, blocks: Blocks) -> None:
    """Cut a sheet into regions at blank rows and add them as blocks."""
    rows: dict[int, list[int]] = {}
    for row, column in sorted(at for at, cell in sheet.cells.items() if cell.text.strip()):
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


def _region(sheet: Worksheet, region: list[int], reach: int, rows: dict[int, list[int]], blocks: Blocks) -> None:
    start = next((i for i, row in enumerate(region) if len(rows[row]) > 1), len(region))
    for row in region[:start]:
        column = rows[row][0]
        place = Place(row=row + 1, column=column + 1, sheet=sheet.title, cell=sheet.address(row, column))
        blocks.paragraph(sheet.cells[row, column].text, place)
    if not (kept := region[start:]):
        return
    top, left = kept[0], min(min(rows[row]) for row in kept)
    right = max(column + sheet.merges.get((row, column), (1, 1))[1] - 1 for row in kept for column in rows[row])
    right = min(right, COLUMNS - 1)
    pieces = [
        CellPiece(sheet.cells[row, column].text, row - top, column - left, *sheet.merges.get((row, column), (1, 1)))
        for row in kept
        for column in rows[row]
    ]
    known = {(piece.row, piece.column) for piece in pieces}
    for (row, column), (height, width) in sheet.merges.items():  # blank merged cells are one cell too
        inside = top <= row <= reach and left <= column <= right
        if inside and (row - top, column - left) not in known:
            pieces.append(CellPiece("", row - top, column - left, height, width))
    pieces += [CellPiece("", row - top, right - left) for row in kept]  # where nothing else stands
    blocks.table(pieces, Place(sheet=sheet.title), lambda row, column: sheet.address(top + row, left + column))
