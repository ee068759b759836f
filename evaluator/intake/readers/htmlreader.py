"""Web pages, and the pages that Word, Excel and web systems export: paragraphs and tables with their spans resolved.

Scripts, comments and what is not displayed are dropped; nothing is fetched. Text wraps as a browser shows it. Of styles only
what hides, raises, lowers or strikes out is heeded, in an element's own style or that of its class.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from evaluator.intake.guard import BROKEN, ENCODING, HELD, LARGE, Refused
from evaluator.intake.readers.blocks import COLUMNS, POSITIONS, Blocks, CellPiece
from evaluator.intake.readers.runs import PLAIN, Level, Look, struck_out, told

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
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all", re.I)
_STRUCK = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.I)
_LEVEL = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.I)
_TAGS: dict[str, Level] = {"sup": "raised", "sub": "lowered"}
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]*)\}")
_CLASS = re.compile(r"[a-z0-9]*\.([\w-]+)", re.I)
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
    page = _Page(blocks, _Styles(root))
    page.walk(root, 0, PLAIN)
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


class _Styles:
    """What an element looks like, by its name, its own style and the styles of its classes."""

    def __init__(self, root: Any) -> None:
        self.classes: dict[str, str] = {}
        for sheet in root.iter("style"):
            for rule in _RULE.finditer(re.sub(r"/\*.*?\*/|<!--|-->", "", sheet.text or "", flags=re.S)):
                if _HIDDEN.search(rule[2]) or _STRUCK.search(rule[2]) or _LEVEL.search(rule[2]):
                    for name in (found[1] for part in rule[1].split(",") if (found := _CLASS.fullmatch(part.strip()))):
                        self.classes[name] = f"{self.classes.get(name, '')[-2_000:]};{rule[2][:2_000]}"

    def look(self, element: Any, above: Look) -> Look | None:
        """The look of an element that stands in one that looks like `above`; None when it is not displayed."""
        name = element.tag
        if not isinstance(name, str) or name in _DROPPED or "hidden" in element.attrib:
            return None
        classes = (element.get("class") or "").split()[:20] if self.classes else ()
        style = ";".join([*(self.classes.get(one, "") for one in classes), element.get("style") or ""])
        if _HIDDEN.search(style):
            return None
        level = _TAGS.get(name, above.level)
        if said := _LEVEL.search(style):
            level = "raised" if said[1].lower() == "super" else "lowered"
        return Look(level, above.struck or name in ("s", "del", "strike") or bool(_STRUCK.search(style)))


class _Page:
    """A page being walked: the text of the paragraph in the making, and where blocks go."""

    def __init__(self, blocks: Blocks, styles: _Styles) -> None:
        self.blocks, self.styles = blocks, styles
        self.runs: list[tuple[str, Look]] = []
        self.work = 0

    def flush(self) -> None:
        """End the paragraph."""
        self.blocks.paragraph(self.text(self.runs))
        self.runs.clear()

    def text(self, runs: list[tuple[str, Look]]) -> str:
        """The text that runs make, blank space as a browser shows it."""
        return _collapse(told(runs, lambda text: self.blocks.note(struck_out(text))))

    def walk(self, element: Any, depth: int, above: Look) -> None:
        """Take what stands in an element."""
        if depth > _DEEPEST:
            raise Refused(LARGE, "网页嵌套过深", f"至多 {_DEEPEST} 层")
        look = self.styles.look(element, above)
        if look is None:
            return
        name = element.tag
        if name == "table":
            self.flush()
            self.table(element, depth, look)
        elif name in ("br", "input"):
            self.runs.append((_mark(element), look))
        else:
            block = name in _BLOCKS
            if block:
                self.flush()
            self.runs.append((element.text or "", look))
            for child in element:
                self.walk(child, depth + 1, look)
                self.runs.append((child.tail or "", look))
            if block:
                self.flush()

    def table(self, table: Any, depth: int, look: Look) -> None:
        """Add a table, then the tables nested in it."""
        self.work += sum(1 for _ in table.iter())  # what is nested is read once for each table around it
        if self.work > WORK:
            raise Refused(LARGE, "网页中的表格层层嵌套，内容过多", f"各层合计至多 {WORK} 个标记")
        cells = [cell for row, _ in self._rows(table, look) for cell in row if cell.tag in ("td", "th")]
        if len(cells) == 1:  # a frame around a page's content, not a table
            self.walk(cells[0], depth + 1, look)
            return
        nested: list[tuple[Any, Look]] = []
        pieces = list(self._pieces(table, nested, depth, look))
        for caption in (one for one in table if one.tag == "caption"):
            if (inside := self.styles.look(caption, look)) is not None:
                self.blocks.paragraph(self._cell(caption, [], depth, inside))
        self.blocks.table(pieces)
        for inner, inside in nested:
            self.table(inner, depth, inside)

    def _rows(self, table: Any, look: Look) -> Iterator[tuple[Any, Look]]:
        """The rows of a table with their looks, head first and foot last as displayed."""
        sections = [(child, one) for child in table if (one := self.styles.look(child, look)) is not None]
        order = {"thead": 0, "tfoot": 2}
        for section, inside in sorted(sections, key=lambda pair: order.get(pair[0].tag, 1)):
            if section.tag == "tr":
                yield section, inside
                continue
            for row in (child for child in section if child.tag == "tr"):
                if (one := self.styles.look(row, inside)) is not None:
                    yield row, one

    def _pieces(self, table: Any, nested: list[tuple[Any, Look]], depth: int, look: Look) -> Iterator[CellPiece]:
        taken: dict[int, int] = {}  # by column, the first row that is free again
        covered_in_all = 0
        for at, (row, above) in enumerate(self._rows(table, look)):
            column = 0
            for cell in (c for c in row if c.tag in ("td", "th")):
                if (inside := self.styles.look(cell, above)) is None:
                    continue
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
                yield CellPiece(self._cell(cell, nested, depth, inside), at, column, height or 65_534, width)
                column += width

    def _cell(self, cell: Any, nested: list[tuple[Any, Look]], depth: int, look: Look) -> str:
        """The text of a cell, a line for each paragraph; nested tables give their text, the outermost are added to `nested`."""
        runs: list[tuple[str, Look]] = []

        def walk(element: Any, deep: int, look: Look, within: bool = False) -> None:
            if deep > _DEEPEST:
                raise Refused(LARGE, "网页嵌套过深", f"至多 {_DEEPEST} 层")
            name = element.tag
            if name in ("br", "input"):
                runs.append((_mark(element), look))
                return
            block = name in _BLOCKS and element is not cell
            if name == "table" and not within:
                nested.append((element, look))
            runs.append(("\v" if block and name not in ("td", "th") else " " if block else "", look))
            runs.append((element.text or "", look))
            for child in element:
                if (inside := self.styles.look(child, look)) is not None:
                    walk(child, deep + 1, inside, within or name == "table")
                runs.append((child.tail or "", look))
            runs.append(("\v" if block and name not in ("td", "th") else "", look))

        walk(cell, depth, look)
        return re.sub(r"\n{2,}", "\n", self.text(runs)).strip("\n")


def _mark(element: Any) -> str:
    if element.tag == "br":
        return "\v"  # a line break that collapsing keeps
    return str(element.get("value") or "") if (element.get("type") or "text").lower() == "text" else ""


def _span(cell: Any, name: str) -> int:
    """A span; 0, which only rowspan may be, means all rows that follow."""
    said = (cell.get(name) or "").strip()[:6]
    number = int(said) if said.isdecimal() else 1
    return number if number or name == "rowspan" else 1


def _collapse(text: str) -> str:
    """Blank space as a browser shows it: runs become one space, none between Chinese characters where the source wraps."""
    text = re.sub(r"[ \t\r\n\f]+", " ", _WRAP.sub("", text))
    return re.sub(r" ?\v ?", "\n", text)
