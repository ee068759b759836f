"""Documents as PDF, set by Typst with the fonts of reports/fonts alone: a bare server prints what a desktop prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from evaluator.formats import printable
from evaluator.formats.chart import chart_svg
from evaluator.formats.looks import RED, STYLES
from evaluator.formats.printing import DRAFT, MARGINS, PAGE, SCALES, CellPlace, parts, room, width_of
from evaluator.formats.typesetting import typeset
from evaluator.pages import Block, Document, Grid, Line, Text, bound, pieces

# What a line is not broken inside of: Latin words, and runs of Chinese punctuation.
UNBROKEN = re.compile("(?:[^\\s\u2e80-\uffef]|[\xa0\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff1f])+")
BREAK = "\u200b"  # a place to break a line at, of no width


def render(document: Document) -> bytes:
    """The document as PDF, A4, the same bytes on every run; what the fonts lack is printed as empty boxes (fonts.boxes tells)."""
    data = {
        "title": printable(document.title),
        "footer": printable(document.foot),
        "mark": printable(document.stamp.illustrative),
        "page": PAGE,
        "margins": MARGINS,
        "red": RED,
        "scales": SCALES,
        "draft": DRAFT,
        "styles": {look: asdict(style) for look, style in STYLES.items()},
        "sections": [
            {
                "landscape": section.landscape,
                "compact": section.compact,
                "draft": section.draft,
                "blocks": [_block(block, room(section.landscape)) for block in section.blocks],
            }
            for section in bound(document).sections
        ],
    }
    return typeset("document", json.dumps(data, ensure_ascii=False), "pdf")


def _block(block: Block, wide: float) -> dict[str, Any]:
    if isinstance(block, Line):
        return {"kind": "line", "look": block.look, "text": _text(block.text, wide, block.look), "anchor": block.anchor}
    if isinstance(block, Grid):
        return {"kind": "grid", "widths": block.widths, "parts": list(_parts(block, wide))}
    return {"kind": "chart", "title": printable(block.title), "svg": chart_svg(block)}


def _parts(grid: Grid, wide: float) -> Iterator[dict[str, Any]]:
    for part in parts(grid, wide):
        waiting = dict(enumerate(part.least))  # how high each row is at least, until a cell of its own sees to it
        least = [waiting.pop(place.row, 0.0) if place.cell.down == 1 else 0.0 for place in part.places]
        placed = zip(part.places, least, strict=True)
        yield {"heads": part.heads, "places": [_place(place, grid, wide, high) for place, high in placed]}


def _place(place: CellPlace, grid: Grid, wide: float, least: float) -> dict[str, Any]:
    cell = place.cell
    return {
        "row": place.row, "column": place.column, "across": cell.across, "down": cell.down,
        "text": _text(cell.text, width_of(place.column, cell, grid, wide), cell.look), "look": cell.look, "least": least, "opened": place.opened, "whole": place.whole,
    }  # fmt: skip


def _text(text: Text, width: float, look: str) -> str | list[Any]:
    """A text with places to break at; where some of it leads to an anchor, its pieces."""
    if isinstance(text, str):
        return breakable(printable(text), width, look)
    return [
        _text(piece, width, look)
        if isinstance(piece, str)
        else {"text": _text(piece.text, width, look), "leads": piece.leads}
        for piece in pieces(text)
    ]


def breakable(text: str, width: float, look: str) -> str:
    """The text with places to break at in words that may be wider than `width` points."""
    most = max(int(width / (STYLES[look].size * 0.65)), 1)

    def opened(match: re.Match[str]) -> str:
        return match.group() if len(match.group()) <= most else BREAK.join(match.group())

    return UNBROKEN.sub(opened, text)
