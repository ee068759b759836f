"""Books as Word documents: chapters on pages of their own, table heads on every page, every cross reference a link."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from evaluator.formats import docx as low
from evaluator.formats import printable
from evaluator.pages import Block, Chart, Document, Grid, Text, bound, pieces

LEVELS = {"title": 1, "heading": 2, "subheading": 3}
SIZE, SMALL = 9, 8  # points: of terms and what is told of them, and of lists


def bookmark(anchor: str) -> str:
    """A name that word processors allow for an anchor of ours (any text, so that it is told by its digest)."""
    return "_" + hashlib.sha256(anchor.encode()).hexdigest()[:24]


def render(document: Document) -> bytes:
    """The whole book; the same book gives the same bytes. Raises ValueError at a chart or a merged cell, which no book has."""
    made = low.blank(document.title)
    low.footer(made.sections[0], document.foot)
    ids = count(1)
    for number, section in enumerate(bound(document).sections):
        for at, block in enumerate(section.blocks):
            _block(made, block, ids, opens=at == 0, first=number == 0)
    return low.saved(made)


def _block(made: Any, block: Block, ids: count[int], *, opens: bool, first: bool) -> None:
    """A block; the one that opens a section is its title, the first of them that of the book, each other on a new page."""
    if isinstance(block, Grid):
        _table(made, block, ids)
    elif isinstance(block, Chart):
        raise ValueError(f"a book has no charts: {block.title}")
    else:
        paragraph = made.add_paragraph()
        if level := LEVELS.get(block.look):
            paragraph._p.style = "Title" if opens and first else f"Heading{level}"  # by id: looking up a name is slow
            if opens and first:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.page_break_before = opens and not first
        _write(paragraph, block.text, ids, block.anchor)


def _write(paragraph: Any, text: Text, ids: count[int], anchor: str = "", *, bold: bool = False) -> None:
    """Put texts, links and an anchor into a paragraph."""
    if anchor:
        number = str(next(ids))
        paragraph._p.append(low.element("bookmarkStart", id=number, name=bookmark(anchor)))
        paragraph._p.append(low.element("bookmarkEnd", id=number))
    for piece in pieces(text):
        run = paragraph.add_run(printable(piece if isinstance(piece, str) else piece.text))
        run.bold = bold or None
        if not isinstance(piece, str):
            link = low.element("hyperlink", anchor=bookmark(piece.leads), history="1")
            link.append(run._r)
            paragraph._p.append(link)


def _table(made: Any, grid: Grid, ids: count[int]) -> None:
    """A bordered table; the head row comes again on every page, and terms stay on one page where they can."""
    section = made.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    table = made.add_table(rows=len(grid.rows), cols=len(grid.widths))
    table._tbl.tblStyle_val, table.autofit = "TableGrid", False
    columns = [int(room * width / sum(grid.widths)) for width in grid.widths]
    for column, wide in zip(table._tbl.tblGrid.gridCol_lst, columns, strict=True):
        column.w = wide
    size = str((SMALL if grid.repeat else SIZE) * 2)
    for number, (row, cells) in enumerate(zip(table._tbl.tr_lst, grid.rows, strict=True)):
        row.get_or_add_trPr().append(low.element("cantSplit"))
        if grid.repeat and number == 0:
            row.get_or_add_trPr().append(low.element("tblHeader"))
        for cell, wide, filled in zip(row.tc_lst, columns, cells, strict=True):
            cell.width = wide
            if filled.look == "head":
                cell.get_or_add_tcPr().append(low.element("shd", val="clear", color="auto", fill="F2F2F2"))
            paragraph = Paragraph(cell.p_lst[0], table)
            layout = paragraph.paragraph_format
            layout.space_before = layout.space_after = Pt(1)
            layout.keep_with_next = (cells[0].look == "term" and number + 1 < len(grid.rows)) or None
            _write(paragraph, filled.text, ids, bold=filled.look in ("head", "term"))
            for run in paragraph._p.iter(qn("w:r")):
                properties = run.get_or_add_rPr()
                properties.append(low.element("sz", val=size))
                properties.append(low.element("szCs", val=size))
    after = made.add_paragraph()
    after.paragraph_format.space_after, after.paragraph_format.line_spacing = Pt(0), Pt(8)
