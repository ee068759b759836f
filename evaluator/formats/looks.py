"""How each look of a document is set, in every format: type size, weight, alignment, border, ground."""

from __future__ import annotations

from dataclasses import dataclass, replace

RED = "B3261E"
GROUNDS = {"red": "F4B9B3", "yellow": "FFE699", "green": "C6E0B4", "blue": "BDD7EE"}  # of the cells that warn


@dataclass(frozen=True, slots=True)
class Style:
    """How a look is printed: type size in points, alignment, and a border or none."""

    size: float = 10
    bold: bool = False
    align: str = "left"
    top: bool = False
    red: bool = False
    ground: str = ""
    boxed: bool = False
    indent: bool = False


_BOX = Style(boxed=True)
_FIGURE = replace(_BOX, align="center")
STYLES: dict[str, Style] = {
    "title": Style(18, bold=True, align="center"),
    "heading": Style(12, bold=True),
    "subheading": Style(10.5, bold=True),
    "plain": Style(),
    "center": Style(align="center"),
    "right": Style(align="right"),
    "sample": Style(bold=True, red=True),
    "note": Style(9),
    "contents": Style(),
    "head": replace(_FIGURE, bold=True),
    "label": _FIGURE,
    "text": replace(_BOX, indent=True),
    "top": replace(_BOX, indent=True, top=True),
    "bold": replace(_BOX, indent=True, bold=True),
    "bad": replace(_FIGURE, bold=True, red=True),
    "points": _FIGURE,
    "total": replace(_FIGURE, bold=True),
    "money": _FIGURE,
    "rate": _FIGURE,
    "count": _FIGURE,
    "change": _FIGURE,
    "term": replace(_BOX, indent=True, bold=True),
    "told": replace(_BOX, indent=True),
    "code": replace(_BOX, indent=True),
    **{name: replace(_FIGURE, bold=True, ground=ground) for name, ground in GROUNDS.items()},
}
