"""Word documents: paragraphs and tables in body order, straight from the XML, one block at a time.

Kept: insertions, content controls, hyperlinks' text, fields' results, formulas' characters, raised and lowered digits as such.
Dropped: deletions, moved-away text, comments, hidden text and rows, text struck out (with a note), field codes, headers and
footers, text boxes. Automatic list numbers are not text and not made. A vertically merged cell is one cell over its rows.
Macros and links are never run or followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evaluator.errors import Problem
from evaluator.intake.guard import LARGE, Package, Refused
from evaluator.intake.readers.blocks import COLUMNS, Blocks, CellPiece
from evaluator.intake.readers.runs import LEVELS, PLAIN, Level, Look, leveled, struck_out, told

_THROUGH = {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice", "hyperlink"}
_THROUGH |= {"fldSimple", "dir", "bdo", "ruby", "rubyBase"}
_SYMBOLS = {0xB3: "≥", 0xA3: "≤", 0xB1: "±", 0xB0: "°", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xA5: "∞"}
RAISED = 6  # half points from which text counts as raised
DEEPEST = 20  # styles that one is based on
_MARKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def read(raw: bytes, blocks: Blocks) -> None:
    """Read a Word document into blocks."""
    package = Package(raw)
    part = _main_part(package)
    _note_extras(package, part, blocks)
    looks = Looks(package, part)
    for element, source in package.events(part, ("p", "tbl", "altChunk")):
        if not _in_body(element):
            continue
        if _name(element) == "p":
            blocks.paragraph(_paragraph(element, blocks, looks))
        elif _name(element) == "tbl":
            cells = 0
            for table in element.iter("{*}tbl"):  # what is nested is read once for each table around it
                cells += sum(1 for _ in table.iter("{*}tc"))
                blocks.room(cells)
            _table(element, blocks, looks)
        else:
            blocks.note(Problem("D126", "文档嵌入了另一个文件，其内容未读取"))
        source.release(element)


def _main_part(package: Package) -> str:
    for relation in package.xml("_rels/.rels"):
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _note_extras(package: Package, part: str, blocks: Blocks) -> None:
    if any(name.endswith("vbaProject.bin") for name in package.names):
        blocks.note(Problem("D121", "文档含有宏，未运行也未读取"))
    folder, _, name = part.rpartition("/")
    for relation in package.xml(f"{folder}/_rels/{name}.rels"):
        if relation.get("TargetMode") == "External" and not str(relation.get("Type", "")).endswith("/hyperlink"):
            blocks.note(Problem("D122", "文档链接了外部文件，未打开", None, "只读取文档本身"))


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _in_body(element: Any) -> bool:
    """Whether an element stands in the body itself, at most inside content controls, and is not deleted."""
    for above in element.iterancestors():
        name = _name(above)
        if name == "body":
            return True
        if name not in _THROUGH:
            return False
    return False


def _inside(element: Any) -> Iterator[Any]:
    """The children of an element, those of its transparent wrappers in their place."""
    for child in element:
        if _name(child) in _THROUGH:
            yield from _inside(child)
        else:
            yield child


def _child(element: Any, *path: str) -> Any:
    for name in path:
        element = next((child for child in element if _name(child) == name), None)
        if element is None:
            return None
    return element


def _value(element: Any, name: str = "val") -> str:
    """An attribute of an element in any namespace, or an empty string."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _on(element: Any) -> bool:
    """Whether a switch is there and not turned off."""
    return element is not None and _value(element) not in ("0", "false", "off")


def _number(element: Any, default: int) -> int:
    text = _value(element)[:9]
    return int(text) if text.isdecimal() else default


class Looks:
    """How runs look: by their own properties, by their style and the styles that it is based on."""

    def __init__(self, package: Package, part: str) -> None:
        sheet = package.xml(f"{part.rpartition('/')[0]}/styles.xml")
        self.styles = {_value(one, "styleId"): one for one in sheet.iter("{*}style")}

    def of(self, properties: Any, style: str, base: Look = PLAIN) -> Look:
        """The look that properties (rPr, or pPr of a paragraph) give a run whose paragraph gives it `base`."""
        if properties is None:
            return base
        look = self._styled(_value(_child(properties, style)), base)
        return look if style == "pStyle" else _own(properties, look)

    def _styled(self, name: str, base: Look) -> Look:
        chain: list[Any] = []
        while (one := self.styles.get(name)) is not None and one not in chain and len(chain) < DEEPEST:
            chain.append(one)
            name = _value(_child(one, "basedOn"))
        for one in reversed(chain):
            base = _own(_child(one, "rPr"), base)
        return base


def _own(properties: Any, base: Look) -> Look:
    """A look changed by what properties themselves say."""
    level, struck, hidden = base.level, base.struck, base.hidden
    for one in properties if properties is not None else ():
        match _name(one):
            case "vertAlign":
                level = LEVELS.get(_value(one), "")
            case "position" if abs(raised := _half_points(one)) >= RAISED:
                level = "raised" if raised > 0 else "lowered"
            case "strike" | "dstrike":
                struck = _on(one)
            case "vanish":
                hidden = _on(one)
    return Look(level, struck, hidden)


def _half_points(element: Any) -> int:
    text = _value(element)
    return int(text) if re.fullmatch(r"-?[0-9]{1,4}", text) else 0


def _paragraph(paragraph: Any, blocks: Blocks, looks: Looks) -> str:
    """The text of a paragraph as it stands once every tracked change is accepted."""
    runs: list[tuple[str, Look]] = []
    base = looks.of(_child(paragraph, "pPr"), "pStyle")
    for child in _inside(paragraph):
        match _name(child):
            case "r":
                _run(child, runs, blocks, looks, base)
            case "oMath" | "oMathPara":
                runs += [(leveled(str(text.text or ""), _script(text)), PLAIN) for text in child.iter("{*}t")]
            case "del" | "moveFrom":
                blocks.note(Problem("D123", "文档有未接受的修订，按接受后的内容读取"))
    return told(runs, lambda text: blocks.note(struck_out(text)))


def _script(text: Any) -> Level:
    """Whether a text of a formula is an exponent or an index."""
    for above in text.iterancestors():
        if _name(above) in ("sup", "sub"):
            return "raised" if _name(above) == "sup" else "lowered"
    return ""


def _run(run: Any, runs: list[tuple[str, Look]], blocks: Blocks, looks: Looks, base: Look) -> None:
    if not len(run):
        return
    properties = _child(run, "rPr")
    look = base if properties is None else looks.of(properties, "rStyle", base)
    for child in _inside(run):
        name = _name(child)
        if name == "t":
            runs.append(("".join(child.itertext()), look))
        elif name in _MARKS:
            runs.append((_MARKS[name], look))
        elif name == "sym":
            runs.append((_symbol(child, blocks), look))
        elif name == "r":  # a run inside ruby text
            _run(child, runs, blocks, looks, look)
        elif name in ("drawing", "pict", "object") and any(str(t.text or "").strip() for t in child.iter("{*}t")):
            blocks.note(Problem("D124", "文档有文本框，其中文字未读取", None, "把文字移到正文或表格中"))


def _symbol(element: Any, blocks: Blocks) -> str:
    code = _value(element, "char")[:6]
    number = int(code, 16) & 0xFF if code and not code.strip("0123456789abcdefABCDEF") else 0
    if _value(element, "font").lower() == "symbol" and number in _SYMBOLS:
        return _SYMBOLS[number]
    blocks.note(Problem("D125", "文档有无法识别的符号，读作 \ufffd", None, "用输入法重新输入该符号"))
    return "\ufffd"


def _table(table: Any, blocks: Blocks, looks: Looks) -> None:
    """Add a table, then the tables nested in it."""
    pieces, nested = _pieces(table, blocks, looks)
    blocks.table(pieces)
    for inner in nested:
        _table(inner, blocks, looks)


def _pieces(table: Any, blocks: Blocks, looks: Looks) -> tuple[list[CellPiece], list[Any]]:
    pieces: list[CellPiece] = []
    nested: list[Any] = []
    above: dict[int, CellPiece] = {}  # by grid column, the cell that a merge downwards would continue
    rows = [row for row in _inside(table) if _name(row) == "tr" and _child(row, "trPr", "del") is None]
    if len(seen := [row for row in rows if not _on(_child(row, "trPr", "hidden"))]) < len(rows):
        blocks.note(Problem("D128", "表格有隐藏的行，没有读取", None, "需要时取消隐藏后再读", severity="警告"))
        rows = seen
    for at, row in enumerate(rows):
        column = _number(_child(row, "trPr", "gridBefore"), 0)
        here: dict[int, CellPiece] = {}
        last: CellPiece | None = None
        for cell in (c for c in _inside(row) if _name(c) == "tc" and _child(c, "tcPr", "cellDel") is None):
            width = max(_number(_child(cell, "tcPr", "gridSpan"), 1), 1)
            if column + width > COLUMNS:
                raise Refused(LARGE, "表格过宽", f"至多 {COLUMNS} 列")
            merge, across = _child(cell, "tcPr", "vMerge"), _child(cell, "tcPr", "hMerge")
            if merge is not None and _value(merge) != "restart" and column in above:
                piece = above[column]
                piece.height = at - piece.row + 1
            elif across is not None and _value(across) != "restart" and last is not None:
                piece = last
                piece.width += width
            else:
                text, inner = _cell(cell, blocks, looks)
                nested += inner
                piece = CellPiece(text, at, column, 1, width)
                pieces.append(piece)
            here[column], last = piece, piece
            column += width
        above = here
    return pieces, nested


def _cell(cell: Any, blocks: Blocks, looks: Looks) -> tuple[str, list[Any]]:
    """The text of a cell, that of nested tables included, and those tables."""
    lines: list[str] = []
    nested: list[Any] = []
    for child in _inside(cell):
        if _name(child) == "p":
            lines.append(_paragraph(child, blocks, looks))
        elif _name(child) == "tbl":
            nested.append(child)
            pieces, _ = _pieces(child, blocks, looks)
            rows: dict[int, list[str]] = {}
            for piece in pieces:
                rows.setdefault(piece.row, []).append(piece.text)
            lines += [" ".join(filter(None, texts)) for texts in rows.values()]
    return "\n".join(lines), nested
