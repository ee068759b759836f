"""PDF: text by its place on the page, tables by their ruled lines, a page at a time; a table over two pages gives two.

pdfium reads the file in a process of its own (`python -m evaluator.intake.readers.pdfium`), since a hostile PDF can hang or
crash whatever reads it. Lines that fill their cell or column go on in the next line; other line ends are kept.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from evaluator.errors import Problem
from evaluator.intake.document import Place
from evaluator.intake.guard import SCANNED, Refused, fenced
from evaluator.intake.readers.blocks import Blocks, CellPiece
from evaluator.intake.readers.lines import TextLine, glued, goes_on, solid_end

MARGIN = 0.06  # the part of a page's height at its top and foot where running heads and feet stand
_PAGE_NUMBER = re.compile(r"[-—–\s·]*\d{1,4}[-—–\s·]*|第\s*\d{1,4}\s*页([，,/\s]*共\s*\d{1,4}\s*页)?")


def read(raw: bytes, blocks: Blocks) -> None:
    """Read a PDF into blocks."""
    pages: list[dict[str, Any]] = []
    for told in fenced("evaluator.intake.readers.pdfium", raw):
        page = json.loads(told)
        if "refused" in page:
            raise Refused(*page["refused"])
        pages.append(page)
    blank = [page["page"] for page in pages if page["image"] and not page["items"]]
    if pages and not any(page["items"] for page in pages):
        raise Refused(SCANNED, "PDF 没有文字层（扫描件或图片）", "先作文字识别（OCR）并校对，或取得 .docx/.xlsx 原件")
    for number in blank:
        blocks.note(Problem("D129", f"第 {number} 页是图片，没有文字层，未读取", None, "核对该页内容"))
    _tell(pages, blocks)


def _tell(pages: list[dict[str, Any]], blocks: Blocks) -> None:
    """Add what the pages hold: lines joined to paragraphs, over page ends too, and tables."""
    margins: dict[int, tuple[float, float]] = {}
    bodies = list(_bodies(pages))
    for page, items in zip(pages, bodies, strict=True):
        lines = [TextLine(*item["line"]) for item in items if "line" in item]
        width = round(page["width"])
        left, right = margins.get(width, (page["width"], 0.0))
        margins[width] = min([left, *(one.x0 for one in lines)]), max([right, *(solid_end(one) for one in lines)])
    open_text, last, began = "", None, 0

    def flush() -> None:
        nonlocal open_text
        blocks.paragraph(open_text, Place(page=began))
        open_text = ""

    for page, items in zip(pages, bodies, strict=True):
        left, right = margins[round(page["width"])]
        for item in items:
            if "table" in item:
                flush()
                last = None
                blocks.table((CellPiece(*piece) for piece in item["table"]), Place(page=page["page"]))
                continue
            line = TextLine(*item["line"])
            level = last is not None and line.x0 < left + line.height / 2
            if last is not None and level and goes_on(last, line, right):
                open_text = glued(open_text, line.text)
            else:
                flush()
                open_text, began = line.text, page["page"]
            last = line
    flush()


def _bodies(pages: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What each page holds without page numbers and running heads and feet (lines in the margin that pages share)."""
    shared = Counter(key for page in pages for key in {_marginal(item, page) for item in page["items"]})
    for page in pages:
        items, ends = page["items"], (0, len(page["items"]) - 1)
        yield [
            item
            for at, item in enumerate(items)
            if not (at in ends and "line" in item and _PAGE_NUMBER.fullmatch(item["line"][0]))
            and not ((key := _marginal(item, page)) and shared[key] > 1)
        ]


def _marginal(item: dict[str, Any], page: dict[str, Any]) -> str:
    """A line in the margin without what changes from page to page; an empty string for anything else."""
    if "table" in item:
        return ""
    line, edge = TextLine(*item["line"]), MARGIN * page["height"]
    inside = edge <= line.y and line.y + line.height <= page["height"] - edge
    return "" if inside else re.sub(r"\d+", "#", line.text)
