"""Web pages, and the pages that Word, Excel and web systems export: paragraphs and tables with their spans resolved.

Scripts, styles, comments and what is not displayed are dropped; nothing is fetched. Text wraps as a browser shows it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from evaluator.intake.guard import BROKEN, ENCODING, HELD, LARGE, Refused
from evaluator.intake.readers.blocks import COLUMNS, POSITIONS, Blocks, Piece

_DROPPED = {"script", "style", "head", "template", "noscript", "iframe", "object", "svg", "select", "button", "title"}
_BLOCKS = set(
    re.findall(
        r"\w+",
        "html body div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption tr td th thead tbody tfoot center form hr pre"
        " section article header footer main nav aside figure figcaption blockquote address fieldset legend details summary",
    )
)
QUADRATIC = 400_000_000  # comparisons of attributes
WORK = 1_000_000  # elements of tables, those of nested ones once for each table around them
_DEEPEST = 250  # levels of nesting
_HIDDEN = re.compile(r"display\s*:\s*none", re.I)
_QUOTED = re.compile(rb"""\"[^"]*\"|'[^']*'""")
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_WIDE = "\u2e80-\u9fff\uff00-\uffef\u3000-\u303f"
_WRAP = re.compile(rf"(?<=[{_WIDE}])[ \t\r]*\n\s*(?=[{_WIDE}])")


def read(raw: bytes, blocks: Blocks) -> None:
    """Read a web page into blocks."""
    from lxml import etree

    if raw.count(b"<") + raw.count(b"=") > HELD:
        raise Refused(LARGE, "网页内容过多", f"标记和属性合计至多 {HELD} 个")
    if sum(map(_attributes, raw.split(b"<"))) > QUADRATIC:
        raise Refused(LARGE, "网页中一个标记的属性过多")
    text = decode(raw).replace("\0", "")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if any(
        entry.type_name in ("ERR_INTERNAL_ERROR", "ERR_NO_MEMORY", "ERR_RESOURCE_LIMIT") for entry in parser.error_log
    ):
        raise Refused(LARGE, "网页嵌套过深或内容过多，无法完整读取")
    if root is None:
        raise Refused(BROKEN, "网页中没有内容")
    page = _Page(blocks)
    page.walk(root, 0)
    page.flush()


def _attributes(tag: bytes) -> int:
    """How long libxml2 may take over the attributes of a tag: it compares each with all before it."""
    if len(tag) < 500:
        return 0
    bare = _QUOTED.sub(b"=", tag)
    return int((len(bare.split()) + bare.count(b"/") + bare.count(b"=")) ** 2)


def decode(raw: bytes) -> str:
    """The text of a page by its byte order mark, else by what it says of itself, else UTF-8, else GB18030."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    said = _CHARSET.search(raw[:4_096])
    name = said[1].decode("ascii", "replace").lower() if said else ""
    name = "gb18030" if name in ("gb2312", "gbk", "x-gbk", "gb_2312-80") else name
    for encoding in (name, "utf-8", "gb18030"):
        try:
            if encoding and codecs.lookup(encoding)._is_text_encoding:
                return raw.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    raise Refused(ENCODING, "网页的文字编码无法识别", "UTF-8 或 GB18030")


class _Page:
    """A page being walked: the text of the paragraph in the making, and where blocks go."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.told: list[str] = []
        self.work = 0

    def flush(self) -> None:
        """End the paragraph."""
        self.blocks.paragraph(_collapse("".join(self.told)))
        self.told.clear()

    def walk(self, element: Any, depth: int) -> None:
        """Take what stands in an element."""
        if depth > _DEEPEST:
            raise Refused(LARGE, "网页嵌套过深", f"至多 {_DEEPEST} 层")
        name = _shown(element)
        if name == "table":
            self.flush()
            self.table(element, depth)
        elif name in ("br", "input"):
            self.told.append(_mark(element))
        elif name:
            block = name in _BLOCKS
            if block:
                self.flush()
            self.told.append(element.text or "")
            for child in element:
                self.walk(child, depth + 1)
                self.told.append(child.tail or "")
            if block:
                self.flush()

    def table(self, table: Any, depth: int) -> None:
        """Add a table, then the tables nested in it."""
        self.work += sum(1 for _ in table.iter())  # what is nested is read once for each table around it
        if self.work > WORK:
            raise Refused(LARGE, "网页中的表格层层嵌套，内容过多", f"各层合计至多 {WORK} 个标记")
        cells = [cell for row in _rows(table) for cell in row if cell.tag in ("td", "th")]
        if len(cells) == 1:  # a frame around a page's content, not a table
            self.walk(cells[0], depth + 1)
            return
        nested: list[Any] = []
        pieces = list(_pieces(table, nested, depth))
        for caption in (c for c in table if c.tag == "caption" and _shown(c)):
            self.blocks.paragraph(_text(caption, [], depth))
        self.blocks.table(pieces)
        for inner in nested:
            self.table(inner, depth)


def _shown(element: Any) -> str:
    """The name of an element that is displayed, else an empty string."""
    name = element.tag
    if not isinstance(name, str) or name in _DROPPED or "hidden" in element.attrib:
        return ""
    return "" if _HIDDEN.search(element.get("style") or "") else name


def _mark(element: Any) -> str:
    if element.tag == "br":
        return "\v"  # a line break that collapsing keeps
    return str(element.get("value") or "") if (element.get("type") or "text").lower() == "text" else ""


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table, head first and foot last as displayed."""
    sections = [child for child in table if isinstance(child.tag, str) and _shown(child)]
    order = {"thead": 0, "tfoot": 2}
    for section in sorted(sections, key=lambda child: order.get(child.tag, 1)):
        yield from (section,) if section.tag == "tr" else (r for r in section if r.tag == "tr" and _shown(r))


def _pieces(table: Any, nested: list[Any], depth: int) -> Iterator[Piece]:
    taken: dict[int, int] = {}  # by column, the first row that is free again
    covered_in_all = 0
    for at, row in enumerate(_rows(table)):
        column = 0
        for cell in (c for c in row if c.tag in ("td", "th") and _shown(c)):
            while taken.get(column, 0) > at:
                column += 1
            if column >= COLUMNS:
                raise Refused(LARGE, "表格过宽", f"至多 {COLUMNS} 列")
            width, height = min(_span(cell, "colspan"), COLUMNS - column), _span(cell, "rowspan")
            covered_in_all += width
            if covered_in_all > 2 * POSITIONS:
                raise Refused(LARGE, "表格过大", f"至多 {POSITIONS} 个单元格")
            for covered in range(column, column + width):
                taken[covered] = max(taken.get(covered, 0), at + (height or 65_534))
            yield Piece(_text(cell, nested, depth), at, column, height or 65_534, width)
            column += width


def _span(cell: Any, name: str) -> int:
    """A span; 0, which only rowspan may be, means all rows that follow."""
    said = (cell.get(name) or "").strip()[:6]
    number = int(said) if said.isdecimal() else 1
    return number if number or name == "rowspan" else 1


def _text(cell: Any, nested: list[Any], depth: int) -> str:
    """The text of a cell, a line for each paragraph; nested tables give their text, the outermost are added to `nested`."""
    told: list[str] = []

    def walk(element: Any, deep: int, inside: bool = False) -> None:
        if deep > _DEEPEST:
            raise Refused(LARGE, "网页嵌套过深", f"至多 {_DEEPEST} 层")
        name = _shown(element)
        if name in ("br", "input"):
            told.append(_mark(element))
        elif name:
            block = name in _BLOCKS and element is not cell
            if name == "table" and not inside:
                nested.append(element)
            told.append("\v" if block and name not in ("td", "th") else " " if block else "")
            told.append(element.text or "")
            for child in element:
                walk(child, deep + 1, inside or name == "table")
                told.append(child.tail or "")
            told.append("\v" if block and name not in ("td", "th") else "")

    walk(cell, depth)
    return re.sub(r"\n{2,}", "\n", _collapse("".join(told))).strip("\n")


def _collapse(text: str) -> str:
    """Blank space as a browser shows it: runs become one space, none between Chinese characters where the source wraps."""
    text = re.sub(r"[ \t\r\n\f]+", " ", _WRAP.sub("", text))
    return re.sub(r" ?\v ?", "\n", text)
