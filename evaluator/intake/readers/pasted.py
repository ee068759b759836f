"""Tables that were pasted as text: rows without the cells merged from above, and cells that stand one to a line.

Both are read only where the levels of the indicators (产出指标, 数量指标) make certain which cell is which.
"""

from __future__ import annotations

from evaluator.intake.document import Paragraph, SourceDocument, flat
from evaluator.intake.headings import formwords, goalwords
from evaluator.intake.headings.lexicon import COMMON, part
from evaluator.intake.readers.blocks import CellPiece

PASTED = "看来是从网页或文件里粘贴的文字，表格的栏没有留下，分不清哪些字在哪一栏"
PASTE = "把表格粘贴到 Excel 或 WPS 表格里另存为 .xlsx，或把网页另存为 .html 再导入；粘贴成文本时每格之间要有制表符"
_LOOKED_AT = 2_000  # paragraphs of a text
Line = tuple[int, str]


def _level(text: str) -> int:
    """1 for the name of a level 1, 2 for that of a level 2, else 0."""
    name = goalwords.level(text)[0]
    if name in part(COMMON, "levels"):
        return 1
    return 2 if goalwords.category_of(name) else 0


def under_levels(rows: list[list[str]]) -> list[list[str]]:
    """The rows of a pasted table, cells put back at the left that a level merged from above had left out."""
    head: list[str] = []
    made = []
    for cells in rows:
        row, fields = cells, [goalwords.column(text) for text in cells]
        if "category" in fields and "dimension" in fields[fields.index("category") + 1 :][:1]:
            head, first = row, fields.index("category")
        elif head and len(row) < len(head) and row and not goalwords.known(row[0]):
            left_out = {1: first, 2: first + 1, 0: first + 2}[_level(row[0])]
            if left_out == len(head) - len(row):
                row = [*[""] * left_out, *row]
        made.append(row)
    return made


def stacked(lines: list[Line], at: int) -> tuple[int, list[CellPiece]]:
    """A table whose cells stand one to a line: labels with their contents, then headings, then whole rows.

    Returns how many lines it takes and its cells; none where the width of a row is not certain: every row must begin with a
    level 1 and a level 2 that belongs to it, and no level may stand anywhere else.
    """
    start, pieces, row = at, list[CellPiece](), 0
    while at + 1 < len(lines) and goalwords.label(lines[at][1]) and not goalwords.known(lines[at + 1][1]):
        pieces += [CellPiece(lines[at + n][1], row, n, line=lines[at + n][0]) for n in (0, 1)]
        at, row = at + 2, row + 1
    heads: list[str] = []
    while at + len(heads) < len(lines) and (field := _column(lines[at + len(heads)][1])):
        heads.append(field)
    if heads[:2] != ["category", "dimension"] or not {"indicator", "target"} <= set(heads):
        return 0, []
    width, first = len(heads), at + len(heads)
    while first < len(lines) and _level(lines[first][1]) == 1:
        cells = [text for _, text in lines[first : first + width]]
        category = goalwords.level(cells[0])[0]
        fits = len(cells) == width and goalwords.category_of(goalwords.level(cells[1])[0]) == category
        if not fits or any(_level(text) or not text.strip() for text in cells[2:]):
            return 0, []
        first += width
    if first == at + width or (first < len(lines) and _level(lines[first][1])):
        return 0, []
    pieces += [
        CellPiece(text, row + n // width, n % width, line=number) for n, (number, text) in enumerate(lines[at:first])
    ]
    return first - start, pieces


def _column(text: str) -> str:
    return goalwords.column(text) or (formwords.column(text) and "filled")


def is_pasted(document: SourceDocument) -> bool:
    """Whether a text has the headings of a table in its lines and nothing that tells its columns apart."""
    if document.kind != "text" or next(document.tables(), None):
        return False
    told = "".join(flat(block.text) for block in document.blocks[:_LOOKED_AT] if isinstance(block, Paragraph))
    return "二级指标" in told and "三级指标" in told
