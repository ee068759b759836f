"""Word documents as offices print them: A4, Chinese fonts, table heads on every page, links inside the document.

Small helpers over python-docx; the same content gives the same bytes. Every text is made printable and stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.part import Part
from docx.opc.pkgwriter import PackageWriter
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.numbering import NumberingPart
from docx.parts.settings import SettingsPart
from docx.parts.styles import StylesPart
from docx.shared import Mm, Pt, RGBColor
from lxml.etree import ProcessingInstruction

from evaluator.formats import printable
from evaluator.formats.packed import undated

BODY, HEADS, LATIN = "仿宋", "黑体", "Times New Roman"
STYLES = {  # style: font of Chinese text, size in points, bold, space before and after in points
    "Normal": (BODY, 10.5, False, 0, 4),
    "Title": (HEADS, 22, True, 0, 12),
    "Heading 1": (HEADS, 16, True, 0, 8),
    "Heading 2": (HEADS, 13, True, 12, 4),
    "Heading 3": (HEADS, 11, True, 10, 3),
}
LEVELS = {"title": 1, "heading": 2, "subheading": 3}  # of the headings that looks are
FIXED = datetime(2020, 1, 1)  # the date of every document: when one was made is no part of its content
MARGIN = 20  # mm
# Of the library's own document: the looks of tables that are kept (the others are most of a file), and what says nothing of ours.
TABLES = [f"@w:styleId='{name}'" for name in ("TableNormal", "TableGrid")]
UNUSED = ("stylesWithEffects", "thumbnail", "customXml")
SAME = (Part, StylesPart, SettingsPart, NumberingPart)  # kinds of parts that no document changes
PALE = "BFBFBF"
ROOM = "table"  # of an instruction in the body, where a table is put in
PLACE = re.compile(rb"<\?table (\d+)\?>")  # no text can look like one: there a < is written &lt;
WORD_ART = (  # how word processors draw a line of words as a shape
    "sum #0 0 10800", "prod #0 2 1", "sum 21600 0 @1", "sum 0 0 @2", "sum 21600 0 @3", "if @0 @3 0", "if @0 21600 @1",
    "if @0 0 @2", "if @0 @4 21600", "mid @5 @6", "mid @8 @5", "mid @7 @8", "mid @6 @7", "sum @6 0 @5",
)  # fmt: skip


def empty_document(title: str, font: str = "") -> Any:
    """An empty A4 document with its fonts and properties set.

    Where a `font` is named, text and headings have it, and no space around them.
    """
    template = _template(font)
    shared = {id(part): part for part in template.parts if type(part) in SAME}
    document = deepcopy(template, shared).main_document_part.document
    document.core_properties.title = printable(title)
    return document


@cache
def _template(font: str) -> Any:
    """The package that empty documents are copied from: reading the library's own takes longer than a copy."""
    document = Document()
    for name, (usual, size, bold, before, after) in STYLES.items():
        style: Any = document.styles[name]
        set_font(style, usual)
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), bold, RGBColor(0, 0, 0)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        for border in style.element.findall(".//" + qn("w:pBdr")):
            border.getparent().remove(border)
        if font and name != "Title":
            set_font(style, font)
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    for style in document.styles.element.xpath(f"w:style[@w:type='table'][not({' or '.join(TABLES)})]"):
        style.getparent().remove(style)
    for owner in (document.part, document.part.package):
        for rel in [rel for rel in owner.rels.values() if rel.reltype.rpartition("/")[2] in UNUSED]:
            del owner.rels[rel.rId]
    orient(document.sections[0], landscape=False)
    core = document.core_properties
    core.title = core.author = core.last_modified_by = core.comments = ""
    core.language = "zh-CN"
    core.created = core.modified = core.last_printed = FIXED
    core.revision = 1
    return document.part.package


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
    node = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        node.set(qn(f"w:{key}"), value)
    return node


def field(paragraph: Any, code: str) -> None:
    """A field that the word processor fills in, such as PAGE."""
    text = element("instrText")
    text.text = code
    for part in (element("fldChar", fldCharType="begin"), text, element("fldChar", fldCharType="end")):
        paragraph.add_run()._r.append(part)


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


def watermark(paragraph: Any, word: str) -> None:
    """Large pale words across every page whose header this paragraph stands in, behind what is printed there."""
    place = (
        "position:absolute;width:420pt;height:140pt;rotation:315;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    equations = "".join(f'<v:f eqn="{text}"/>' for text in WORD_ART)
    spaces = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    shape = (
        f'<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        f'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas>{equations}</v:formulas>'
        f'<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="draft" o:spid="_x0000_s2049" type="#_x0000_t136" style="{place}" o:allowincell="f" '
        f'fillcolor="#{PALE}" stroked="f"><v:fill opacity=".6"/>'
        f'<v:textpath style="font-family:&quot;{HEADS}&quot;;font-size:1pt" string="{word}"/></v:shape>'
    )
    paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:pict {spaces}>{shape}</w:pict></w:r>"))


@dataclass(frozen=True, slots=True)
class _WrittenPart:
    """A part of a package as it is packed."""

    partname: Any
    content_type: str
    rels: Any
    blob: bytes


@cache
def _same(part: Any) -> _WrittenPart:
    """A part that all documents of a template have, as it is packed."""
    return _WrittenPart(part.partname, part.content_type, part.rels, part.blob)


def leave_room(document: Any, number: int) -> None:
    """Leave a place in the body for the `number`-th of the tables that `saved` puts in: a tree of them would need much memory."""
    document.element.body.insert_element_before(ProcessingInstruction(ROOM, str(number)), "w:sectPr")


def saved(document: Any, tables: Sequence[str] = ()) -> bytes:
    """The document's bytes with `tables` where room was left for them, the same on every run: parts in order, each with the same
    date; the document is empty after."""
    out = BytesIO()
    body, package = document.part, document.part.package
    for part in package.parts:
        part.before_marshal()
    whole = PLACE.sub(lambda place: tables[int(place[1])].encode(), body.blob)
    written = [_same(part) if type(part) in SAME else part for part in package.parts if part is not body]
    writer: Any = PackageWriter
    writer.write(out, package.rels, [_WrittenPart(body.partname, body.content_type, body.rels, whole), *written])
    document.element.body.clear()  # its parts hold each other: what is large would stay until a collection
    return undated(out.getvalue())
