"""Plain text: what an extraction left of tables (a tab opens a cell, a blank line ends a row), tab-separated and | rows.

A row of an extraction has as many cells as were found; missing ones are added empty on the right, and a cell merged
downwards stands empty in the rows below its first, because the text does not tell it from an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evaluator.intake.document import Place
from evaluator.intake.guard import ENCODING, LARGE, Refused
from evaluator.intake.readers.blocks import POSITIONS, Blocks, CellPiece
from evaluator.intake.readers.pasted import stacked, under_levels

Line = tuple[int, str]
_BOOKMARK = re.compile(r"\[bookmark:[^\[\]\n]{0,200}\]")
_PAGE = re.compile(r"[-—–]\s*\d{1,4}\s*[-—–]|第\s*\d{1,4}\s*页([，,/\s]*共\s*\d{1,4}\s*页)?")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x7f]")
_BREAK = re.compile(r"<br\s{0,9}/?>", re.I)
_QUOTED = 50  # lines a quoted cell may run over
_PIPE = re.compile(r"(?<!\\)\|")


def read(raw: bytes, blocks: Blocks) -> None:
    """Read text into blocks."""
    text = decode(raw)
    if sum(map(text.count, "\n\r\t|")) > 2 * POSITIONS:
        raise Refused(LARGE, "行、制表符和竖线过多", f"合计至多 {2 * POSITIONS} 个")
    lines = list(_without_noise(re.split(r"\r\n|\r|\n", _BOOKMARK.sub("", text))))
    at = 0
    while at < len(lines):
        number, line = lines[at]
        for taker in (_pipe_rows, _tab_rows, _extracted, stacked):
            taken, pieces = taker(lines, at)
            if taken:
                blocks.table(pieces, Place(line=number))
                at += taken
                break
        else:
            blocks.paragraph(line.replace("\t", " "), Place(line=number))
            at += 1


def decode(raw: bytes) -> str:
    """Text by its byte order mark, else UTF-8, else GB18030; anything else is refused with the line that fails."""
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    furthest = 0
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
            continue
        if found := _CONTROL.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise Refused(
                ENCODING, "含有控制字符，不是文本文件或编码无法识别", "UTF-8、GB18030 或带 BOM 的 UTF-16", line=line
            )
        return text
    line = raw.count(b"\n", 0, furthest) + 1
    raise Refused(ENCODING, "文字编码无法识别", "UTF-8、GB18030 或带 BOM 的 UTF-16", line=line)


def _without_noise(lines: list[str]) -> Iterator[Line]:
    """The lines with their numbers, without page numbers: (, 2, ) on three lines, or - 2 - on one."""
    skip = 0
    for index, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        alone = [other.strip() for other in lines[index : index + 3]]
        if len(alone) == 3 and alone[0] in ("(", "（") and alone[1].isdigit() and alone[2] in (")", "）"):
            skip = 2
        elif not _PAGE.fullmatch(alone[0]):
            yield index + 1, line.replace("\f", "")


def _extracted(lines: list[Line], at: int) -> tuple[int, list[CellPiece]]:
    """Rows of an extraction from here: how many lines they take, and their cells."""
    pieces: list[CellPiece] = []
    start, row, column, open_row = at, -1, 0, False
    while at < len(lines):
        number, line = lines[at]
        if line.startswith("\t"):
            if not open_row:
                row, column, open_row = row + 1, 0, True
            for text in line[1:].split("\t"):
                pieces.append(CellPiece(text, row, column, line=number))
                column += 1
        elif line and open_row:
            pieces[-1].text += "\n" + line
        elif not open_row:
            break
        else:
            open_row = False
        at += 1
    return at - start, pieces


def _tab_rows(lines: list[Line], at: int) -> tuple[int, list[CellPiece]]:
    """Rows with several tabbed cells a line: two or more such lines."""
    start, rows = at, []
    while at < len(lines) and lines[at][1].count("\t") > lines[at][1].startswith("\t"):
        number, line = lines[at]
        for _ in range(_QUOTED):
            if line.count('"') % 2 == 0 or not re.search(r'(^|\t)"', line) or at + 1 == len(lines):
                break
            at += 1
            line += "\n" + lines[at][1]
        rows.append((number, line))
        at += 1
    if len(rows) < 2:
        return 0, []
    cells = under_levels([[_unquoted(text) for text in line.split("\t")] for _, line in rows])
    return at - start, [
        CellPiece(text, row, column, line=rows[row][0])
        for row, texts in enumerate(cells)
        for column, text in enumerate(texts)
    ]


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def _pipe_rows(lines: list[Line], at: int) -> tuple[int, list[CellPiece]]:
    """Rows of cells between bars: two or more lines, the rule under a heading left out."""
    start, rows = at, []
    while at < len(lines) and (_rule(lines[at][1]) or len(_PIPE.findall(lines[at][1])) >= 2):
        rows.append(lines[at])
        at += 1
    if len(rows) < 2:
        return 0, []
    kept = [(number, line.strip()) for number, line in rows if not _rule(line)]
    pieces = []
    for row, (number, line) in enumerate(kept):
        for column, text in enumerate(_PIPE.split(line.removeprefix("|").removesuffix("|"))):
            shown = _BREAK.sub("\n", text.replace("\\|", "|"))
            pieces.append(CellPiece(shown, row, column, line=number))
    return at - start, pieces


def _rule(line: str) -> bool:
    return "|" in line and "--" in line and not line.strip("|-: \t")
