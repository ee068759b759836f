"""Documents as Word files that a clerk can go on writing in; pages and looks are those of the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt

from evaluator.formats import docx as low
from evaluator.formats import printable, wordbook
from evaluator.formats.chart import chart_png
from evaluator.formats.looks import RED, STYLES
from evaluator.formats.printing import (
    CLOSE,
    DRAFT,
    MARGINS,
    PADDING,
    PITCH,
    SPACES,
    CellPlace,
    TablePart,
    fitting,
    parts,
    room,
)
from evaluator.pages import Block, Document, Grid, Line, Look, Section, bound, words

FONT = "宋体"
SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
ASIDE, INDENT = 3, 4  # points: beside the text of a cell, and before some
DRAWN, NO_LINE = 'w:val="single" w:sz="4" w:space="0" w:color="000000"', 'w:val="nil"'
DETAIL = 3  # pixels of a chart's picture to a pixel of its drawing
TWIP, PIXEL = 20, 0.75  # twips to a point; points to a pixel


def render(document: Document) -> bytes:
    """The document as .docx, A4, the same bytes on every run; its fonts are named, not embedded."""
    if document.front:
        return wordbook.render(document)
    file = low.empty_document(document.title, FONT)
    tables: list[str] = []
    for number, section in enumerate(bound(document).sections or (Section("", ()),)):
        if number:
            file.add_section(WD_SECTION.NEW_PAGE)
            _flat(file.paragraphs[-1])
        page = file.sections[-1]
        low.orient(page, landscape=section.landscape)
        page.left_margin, page.top_margin, page.right_margin, page.bottom_margin = map(Mm, MARGINS)
        page.header_distance = page.footer_distance = Mm(7)
        if not number:  # the sections that follow have the same
            _edges(page, document)
        scale = fitting(section)
        for block in section.blocks:
            _block(file, block, room(section.landscape), scale, tables)
    return low.saved(file, tables)


def _edges(page: Any, document: Document) -> None:
    low.footer(page, document.foot)
    paragraph = page.header.paragraphs[0]
    if document.stamp.illustrative:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _write(paragraph, document.stamp.illustrative, "sample", 1)
    if document.draft:
        low.watermark(paragraph, DRAFT)


def _block(file: Any, block: Block, wide: float, scale: float, tables: list[str]) -> None:
    if isinstance(block, Line):
        level = low.LEVELS.get(block.look)
        paragraph = file.add_heading(level=level) if level else file.add_paragraph()
        paragraph.alignment = SIDES[STYLES[block.look].align]
        _pitch(paragraph, STYLES[block.look].size * scale * PITCH)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(SPACES.get(block.look, 3))
        _write(paragraph, words(block.text), block.look, scale)
    elif isinstance(block, Grid):
        widths = [wide * width / sum(block.widths) for width in block.widths]
        cut = list(parts(block, wide))
        for part in cut:
            low.leave_room(file, len(tables))
            tables.append(_table(part, widths, scale, joined=part is not cut[-1]))
            _flat(file.add_paragraph(), joined=part is not cut[-1])  # without it two tables would grow together
    else:
        picture = chart_png(block, DETAIL)
        natural = int.from_bytes(picture[16:20], "big") / DETAIL * PIXEL  # of a PNG, the width stands there
        shape = file.add_picture(BytesIO(picture), width=Pt(min(natural, wide)))
        shape._inline.docPr.set("descr", printable(block.title))
        file.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER


# ---- tables: written as they stand in the file, since going cell by cell through objects is slow ------------------


def _table(part: TablePart, widths: Sequence[float], scale: float, joined: bool) -> str:
    """A table as it stands in the file; `joined` to the one that follows it, it has no line below and stays on its page."""
    twips = [round(width * TWIP) for width in widths]
    rows: list[list[tuple[CellPlace, bool]]] = [[] for _ in range(part.rows)]
    for place in part.places:
        for down in range(place.cell.down):
            rows[place.row + down].append((place, down > 0))
    margins = "".join(
        f'<w:{side} w:w="{round(points * TWIP)}" w:type="dxa"/>'
        for side, points in (("top", PADDING * scale), ("left", ASIDE), ("bottom", PADDING * scale), ("right", ASIDE))
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    written = [
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/>',
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>',
        f"<w:tblGrid>{columns}</w:tblGrid>",
    ]
    for number, places in enumerate(rows):
        whole = all(place.whole for place, _ in places if place.cell.down == 1)
        least = round(part.least[number] * TWIP)
        high = f'<w:trHeight w:val="{least}" w:hRule="atLeast"/>' if least else ""
        settings = "<w:cantSplit/>" * whole + high + "<w:tblHeader/>" * (number < part.heads)
        written.append(f"<w:tr><w:trPr>{settings}</w:trPr>" if settings else "<w:tr><w:trPr/>")
        for place, continued in sorted(places, key=lambda each: each[0].column):
            wide = sum(twips[place.column : place.column + place.cell.across])
            written.append(_cell(place, continued, wide, scale, joined and number == part.rows - 1))
        written.append("</w:tr>")
    written.append("</w:tbl>")
    return "".join(written)


def _cell(place: CellPlace, continued: bool, wide: int, scale: float, joined: bool) -> str:
    cell, style = place.cell, STYLES[place.cell.look]
    span = f'<w:gridSpan w:val="{cell.across}"/>' if cell.across > 1 else ""
    merge = f'<w:vMerge w:val="{"continue" if continued else "restart"}"/>' if cell.down > 1 else ""
    opened = f"{place.opened} bottom" if joined else place.opened
    borders = "".join(
        f"<w:{side} {DRAWN if style.boxed and side not in opened else NO_LINE}/>"
        for side in ("top", "left", "bottom", "right")
    )
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{style.ground}"/>' if style.ground else ""
    indent = f'<w:ind w:left="{INDENT * TWIP}"/>' if style.indent else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{span}{merge}<w:tcBorders>{borders}</w:tcBorders>'
        f'{ground}<w:vAlign w:val="{"top" if style.top else "center"}"/></w:tcPr>'
        f"<w:p><w:pPr>{'<w:keepNext/>' * joined}"
        f'<w:spacing w:line="{round(style.size * scale * CLOSE * TWIP)}" w:lineRule="exact"/>'
        f'{indent}<w:jc w:val="{style.align}"/></w:pPr>'
        f"{_run(words(cell.text), cell.look, scale) if words(cell.text) and not continued else ''}</w:p></w:tc>"
    )


def _run(text: str, look: Look, scale: float) -> str:
    """A run of text in a look, its lines broken where the text has them; the hint makes quotation marks Chinese ones."""
    style = STYLES[look]
    size = round(style.size * scale * 2)
    words = "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' if line else "" for line in printable(text).split("\n")
    )
    return (
        f'<w:r><w:rPr><w:rFonts w:hint="eastAsia"/><w:b w:val="{int(style.bold)}"/>'
        f'<w:color w:val="{RED if style.red else "000000"}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
        f"{words}</w:r>"
    )


def _write(paragraph: Any, text: str, look: Look, scale: float) -> None:
    paragraph._p.append(parse_xml(_run(text, look, scale).replace("<w:r>", f"<w:r {nsdecls('w')}>", 1)))


def _pitch(paragraph: Any, points: float) -> None:
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(points)


def _flat(paragraph: Any, joined: bool = False) -> None:
    """Make an empty paragraph as good as invisible."""
    _pitch(paragraph, 1)
    paragraph.paragraph_format.keep_with_next = joined or None
