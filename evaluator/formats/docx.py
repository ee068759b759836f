"""Word documents as offices print them: A4, Chinese fonts, table heads on every page, links inside the document.

Small helpers over python-docx; the same content gives the same bytes. Every text is made printable and stays text.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from evaluator.formats import printable

BODY, HEADS, LATIN = "仿宋", "黑体", "Times New Roman"
STYLES = {  # style: font of Chinese text, size in points, bold, space before and after in points
    "Normal": (BODY, 10.5, False, 0, 4),
    "Title": (HEADS, 22, True, 0, 12),
    "Heading 1": (HEADS, 16, True, 0, 8),
    "Heading 2": (HEADS, 13, True, 12, 4),
    "Heading 3": (HEADS, 11, True, 10, 3),
}
FIXED = datetime(2020, 1, 1)  # the date of every document: when one was made is no part of its content
MARGIN = 20  # mm
PALE = "BFBFBF"
WORD_ART = (  # how word processors draw a line of words as a shape
    "sum #0 0 10800", "prod #0 2 1", "sum 21600 0 @1", "sum 0 0 @2", "sum 21600 0 @3", "if @0 @3 0", "if @0 21600 @1",
    "if @0 0 @2", "if @0 @4 21600", "mid @5 @6", "mid @8 @5", "mid @7 @8", "mid @6 @7", "sum @6 0 @5",
)  # fmt: skip

Piece = tuple[str, str]  # a text, and the anchor it leads to or ""


def blank(title: str, *, landscape: bool = False) -> Any:
    """An empty A4 document with its fonts and properties set."""
    document = Document()
    for name, (font, size, bold, before, after) in STYLES.items():
        style: Any = document.styles[name]
        set_font(style, font)
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), bold, RGBColor(0, 0, 0)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        for border in style.element.findall(".//" + qn("w:pBdr")):
            border.getparent().remove(border)
    orient(document.sections[0], landscape=landscape)
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments, core.language = printable(title), "", "", "", "zh-CN"
    core.created = core.modified = core.last_printed = FIXED
    core.revision = 1
    return document


def orient(section: Any, *, landscape: bool) -> None:
    """A section on A4 paper, upright or lying."""
    wide, high = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = wide, high
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)


def set_font(style_or_run: Any, chinese: str, latin: str = LATIN) -> None:
    """Name the fonts of Chinese and of other text."""
    fonts = style_or_run.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]  # the template's themes would win over the names
    for kind, font in (("ascii", latin), ("hAnsi", latin), ("eastAsia", chinese), ("cs", latin)):
        fonts.set(qn(f"w:{kind}"), font)


def element(name: str, /, **attributes: str) -> Any:
    """An element of the word namespace with its attributes."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def repeat_head(row: Any) -> None:
    """Print a row (a CT_Row) again at the top of each page its table runs over."""
    row.get_or_add_trPr().append(element("tblHeader"))


def keep_whole(row: Any) -> None:
    """Never break a row (a CT_Row) over two pages."""
    row.get_or_add_trPr().append(element("cantSplit"))


def shade(cell: Any, fill: str = "F2F2F2") -> None:
    """Give a cell (a CT_Tc) a background."""
    cell.get_or_add_tcPr().append(element("shd", val="clear", color="auto", fill=fill))


def field(paragraph: Any, code: str) -> None:
    """A field that the word processor fills in, such as PAGE."""
    for kind in ("begin", "", "end"):
        run = paragraph.add_run()
        if kind:
            run._r.append(element("fldChar", fldCharType=kind))
        else:
            text = element("instrText")
            text.text = code
            run._r.append(text)


def footer(section: Any, said: str) -> None:
    """What stands at the foot of every page: what is said, and the page's number."""
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(printable(said) + "　第 ")
    field(paragraph, "PAGE")
    paragraph.add_run(" 页，共 ")
    field(paragraph, "NUMPAGES")
    paragraph.add_run(" 页")
    for run in paragraph.runs:
        run.font.size = Pt(8)


def watermark(paragraph: Any, text: str) -> None:
    """Large pale words across every page whose header this paragraph stands in, behind what is printed there."""
    place = (
        "position:absolute;width:420pt;height:140pt;rotation:315;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    spaces = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    shape = (
        f'<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        f'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas>{"".join(map(_equation, WORD_ART))}</v:formulas>'
        f'<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="draft" o:spid="_x0000_s2049" type="#_x0000_t136" style="{place}" o:allowincell="f" '
        f'fillcolor="#{PALE}" stroked="f"><v:fill opacity=".6"/>'
        f'<v:textpath style="font-family:&quot;{HEADS}&quot;;font-size:1pt" string="{text}"/></v:shape>'
    )
    run = parse_xml(f"<w:r {nsdecls('w')}><w:pict {spaces}>{shape}</w:pict></w:r>")
    paragraph._p.append(run)


def _equation(text: str) -> str:
    return f'<v:f eqn="{text}"/>'


def saved(document: Any) -> bytes:
    """The document's bytes, the same on every run: parts in order, each with the same date."""
    raw, out = BytesIO(), BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, FIXED.timetuple()[:6])
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            fixed.writestr(entry, parts.read(name))
    return out.getvalue()


def bookmark(anchor: str) -> str:
    """A name that word processors allow for an anchor of ours (any text, so that it is told by its digest)."""
    return "_" + hashlib.sha256(anchor.encode()).hexdigest()[:24]


class Paper:
    """A document written from top to bottom; links lead to anchors, wherever in the document these come."""

    def __init__(self, title: str, said: str, *, landscape: bool = False) -> None:
        self.document = blank(title, landscape=landscape)
        self.ids = count(1)
        section = self.document.sections[0]
        self.room = section.page_width - section.left_margin - section.right_margin
        footer(section, said)

    def heading(self, text: str, level: int, anchor: str = "", *, apart: bool = False) -> None:
        """A heading (level 0 is the title) with the anchor links lead to; `apart` starts a new page."""
        paragraph = self.document.add_paragraph()
        paragraph._p.style = f"Heading{level}" if level else "Title"  # by id: to look a style up by name is slow
        if level == 0:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.page_break_before = apart
        self.write(paragraph, [(text, "")], anchor)

    def paragraph(self, pieces: Sequence[Piece], *, anchor: str = "", style: str | None = None) -> None:
        """A paragraph of texts, some of them links."""
        self.write(self.document.add_paragraph(style=style), pieces, anchor)

    def write(self, paragraph: Any, pieces: Sequence[Piece], anchor: str = "", *, bold: bool = False) -> None:
        """Put texts, links and an anchor into a paragraph."""
        if anchor:
            number = str(next(self.ids))
            paragraph._p.append(element("bookmarkStart", id=number, name=bookmark(anchor)))
            paragraph._p.append(element("bookmarkEnd", id=number))
        for text, leads in pieces:
            run = paragraph.add_run(printable(text))
            run.bold = bold or None
            if leads:
                link = element("hyperlink", anchor=bookmark(leads), history="1")
                link.append(run._r)
                paragraph._p.append(link)

    def table(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[Sequence[Piece]]],
        widths: Sequence[int],
        *,
        size: float = 9,
        bold: Sequence[int] = (),
        together: bool = False,
    ) -> None:
        """A bordered table; `widths` are shares of the page's width, the head row comes again on every page.

        Without `heads` there is no head row; the cells of the columns `bold` are bold; a table `together` stays on one
        page where it can.
        """
        whole = sum(widths)
        table = self.document.add_table(rows=len(rows) + bool(heads), cols=len(widths))
        table._tbl.tblStyle_val, table.autofit = "TableGrid", False
        columns = [int(self.room * width / whole) for width in widths]
        for grid, wide in zip(table._tbl.tblGrid.gridCol_lst, columns, strict=True):
            grid.w = wide
        filled = ([[[(head, "")] for head in heads]] if heads else []) + [list(row) for row in rows]
        for number, (row, cells) in enumerate(zip(table._tbl.tr_lst, filled, strict=True)):
            head = bool(heads) and number == 0
            keep_whole(row)
            if head:
                repeat_head(row)
            for column, (cell, pieces) in enumerate(zip(row.tc_lst, cells, strict=True)):
                cell.width = columns[column]
                if head:
                    shade(cell)
                paragraph = Paragraph(cell.p_lst[0], table)
                layout = paragraph.paragraph_format
                layout.space_before = layout.space_after = Pt(1)
                layout.keep_with_next = (together and number + 1 < len(filled)) or None
                self.write(paragraph, pieces, bold=head or column in bold)
                for run in paragraph._p.iter(qn("w:r")):
                    properties = run.get_or_add_rPr()
                    properties.append(element("sz", val=str(int(size * 2))))
                    properties.append(element("szCs", val=str(int(size * 2))))
        after = self.document.add_paragraph()
        after.paragraph_format.space_after, after.paragraph_format.line_spacing = Pt(0), Pt(8)

    def save(self) -> bytes:
        """The document's bytes."""
        return saved(self.document)
