"""The one door to pdfium, run as a process of its own: a PDF on standard input, a line of JSON for each page out.

A page's characters and ruled lines, in points from its upper left corner as displayed, become lines of text and tables.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import degrees
from typing import Any

from evaluator.intake.guard import BROKEN, LARGE, LOCKED, Refused, fence
from evaluator.intake.readers.lines import Char, lines_of, text_in
from evaluator.intake.readers.ruled import NEAR, Rule, RuledTable, grids

PAGES = 2_000
DEEPEST = 8  # forms within forms
OBJECTS, CHARS = 100_000, 200_000  # of a page
MOST = 0.9  # of the characters of a page, from which it is turned as they stand
SIGNS = 1_000_000  # characters and rules of all pages
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
_UNCHANGED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass
class PdfPage:
    """What a page shows: its size, its characters, its level and upright rules, and whether it shows an image."""

    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    level: list[Rule] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)
    image: bool = False


def open_pdf(raw: bytes) -> Any:
    """Open a PDF that needs no password."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Refused(LOCKED, "PDF 设有打开密码", "去掉密码后另存，或打印为新的 PDF") from error
        if error.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise Refused(LOCKED, "PDF 的加密方式不受支持", "打印为新的 PDF") from error
        raise Refused(BROKEN, "PDF 已损坏或不完整", "重新生成或重新传送文件") from error


def page_of(document: Any, number: int) -> PdfPage:
    """Read one page; a page that cannot be opened is a refusal."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Refused(BROKEN, f"PDF 第 {number + 1} 页已损坏", "重新生成文件") from error
    text = page.get_textpage()
    turned = page.get_rotation()
    upright = _upright(text, turned)
    wide, high = page.get_size()
    made = PdfPage(wide, high) if (upright - turned) % 180 == 0 else PdfPage(high, wide)
    turn = _turning(page, upright)
    _objects(page.raw, turn, made)
    _chars(text, turn, made)
    text.close()
    page.close()
    return made


def _upright(text: Any, turned: int) -> int:
    """How far a page must be turned (clockwise, in degrees) for its text to stand upright, however it is displayed."""
    import pypdfium2.raw as c

    count = min(c.FPDFText_CountChars(text.raw), CHARS)
    angles = Counter(round(degrees(c.FPDFText_GetCharAngle(text.raw, at)) / 90) * 90 % 360 for at in range(count))
    angle, most = next(iter(angles.most_common(1)), (turned, 0))
    return angle if most > MOST * count else turned


def _turning(page: Any, turned: int) -> Callable[[float, float], Point]:
    """From a page's own coordinates to points from its upper left corner once it is turned so far."""
    left, bottom, right, top = page.get_bbox()
    match turned:
        case 90:
            return lambda x, y: (y - bottom, x - left)
        case 180:
            return lambda x, y: (right - x, y - bottom)
        case 270:
            return lambda x, y: (top - y, right - x)
    return lambda x, y: (x - left, top - y)


def _chars(text: Any, turn: Callable[[float, float], Point], made: PdfPage) -> None:
    import pypdfium2.raw as c

    count = c.FPDFText_CountChars(text.raw)
    if count > CHARS:
        raise Refused(LARGE, "PDF 一页的文字过多", f"至多 {CHARS} 个字")
    box = c.FS_RECTF()
    for at in range(count):
        code = c.FPDFText_GetUnicode(text.raw, at)
        if code == 32 and c.FPDFText_IsGenerated(text.raw, at):
            continue
        if code < 32 or code in (0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 or not code:
            continue
        if not c.FPDFText_GetLooseCharBox(text.raw, at, box):
            continue
        (ax, ay), (bx, by) = turn(box.left, box.bottom), turn(box.right, box.top)
        if ax != bx and ay != by:
            made.chars.append(Char(chr(code), min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)))


def _objects(page: Any, turn: Callable[[float, float], Point], made: PdfPage) -> None:
    import pypdfium2.raw as c

    seen = 0

    def walk(count: int, get: Callable[[Any, int], Any], owner: Any, around: Matrix, depth: int) -> None:
        nonlocal seen
        for at in range(count):
            seen += 1
            if seen > OBJECTS:
                raise Refused(LARGE, "PDF 一页的图形过多", f"至多 {OBJECTS} 个")
            one = get(owner, at)
            kind = c.FPDFPageObj_GetType(one)
            if kind == c.FPDF_PAGEOBJ_IMAGE:
                made.image = True
            elif kind == c.FPDF_PAGEOBJ_PATH:
                _path(one, _times(_matrix(one), around), turn, made)
            elif kind == c.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
                inner = _times(_matrix(one), around)
                walk(c.FPDFFormObj_CountObjects(one), c.FPDFFormObj_GetObject, one, inner, depth + 1)

    walk(c.FPDFPage_CountObjects(page), c.FPDFPage_GetObject, page, _UNCHANGED, 0)


def _matrix(one: Any) -> Matrix:
    import pypdfium2.raw as c

    made = c.FS_MATRIX()
    return (made.a, made.b, made.c, made.d, made.e, made.f) if c.FPDFPageObj_GetMatrix(one, made) else _UNCHANGED


def _times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _path(path: Any, by: Matrix, turn: Callable[[float, float], Point], made: PdfPage) -> None:
    """Add the rules a path draws: stroked lines along an axis, and filled shapes too thin to be anything else."""
    import pypdfium2.raw as c

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not c.FPDFPath_GetDrawMode(path, fill, stroke) or not (fill.value or stroke.value):
        return
    for points in _outlines(path, by, turn):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if max(xs) - min(xs) <= NEAR or max(ys) - min(ys) <= NEAR:
            _rule((min(xs), min(ys)), (max(xs), max(ys)), made)
        elif stroke.value:
            for first, second in pairwise(points):
                _rule(first, second, made)


def _outlines(path: Any, by: Matrix, turn: Callable[[float, float], Point]) -> Iterator[list[Point]]:
    """The outlines of a path, each as the points it runs through."""
    import pypdfium2.raw as c

    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Point] = []
    for at in range(min(c.FPDFPath_CountSegments(path), 10_000)):
        segment = c.FPDFPath_GetPathSegment(path, at)
        c.FPDFPathSegment_GetPoint(segment, x, y)
        if c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points
            points = []
        points.append(turn(by[0] * x.value + by[2] * y.value + by[4], by[1] * x.value + by[3] * y.value + by[5]))
        if c.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if len(points) > 1:
        yield points


def _rule(first: Point, second: Point, made: PdfPage) -> None:
    (ax, ay), (bx, by) = first, second
    wide, high = abs(ax - bx), abs(ay - by)
    if wide > NEAR >= high:
        made.level.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
    elif high > NEAR >= wide:
        made.upright.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))


def items_of(chars: list[Char], tables: list[RuledTable]) -> list[dict[str, Any]]:
    """The tables of a page and the lines outside them, from top to bottom, as plain data."""
    loose: list[Char] = []
    inside: list[dict[tuple[int, int], list[Char]]] = [{} for _ in tables]
    homes = [
        {
            (r, c): cell
            for cell in grid.cells
            for r in range(cell[0], cell[0] + cell[2])
            for c in range(cell[1], cell[1] + cell[3])
        }
        for grid in tables
    ]
    for char in chars:
        x, y = (char.x0 + char.x1) / 2, (char.y0 + char.y1) / 2
        for grid, held, home in zip(tables, inside, homes, strict=True):
            if spot := grid.find(x, y):
                held.setdefault(home[spot][:2], []).append(char)
                break
        else:
            loose.append(char)
    items: list[tuple[float, dict[str, Any]]] = [
        (line.y, {"line": [line.text, line.x0, line.x1, line.y, line.height]}) for line in lines_of(loose)
    ]
    for grid, held in zip(tables, inside, strict=True):
        pieces = []
        for row, column, height, width in grid.cells:
            text = text_in(lines_of(held.get((row, column), [])), grid.xs[column], grid.xs[column + width])
            pieces.append([text, row, column, height, width])
        if held:
            items.append((grid.ys[0], {"table": pieces}))
    return [item for _, item in sorted(items, key=lambda one: one[0])]


def main() -> None:
    """Print what each page of the PDF on standard input holds, a line of JSON a page."""
    raw = sys.stdin.buffer.read()
    fence()
    try:
        document = open_pdf(raw)
        if (count := len(document)) > PAGES:
            raise Refused(LARGE, f"PDF 页数过多（{count} 页）", f"至多 {PAGES} 页")
        signs = 0
        for number in range(count):
            page = page_of(document, number)
            signs += len(page.chars) + len(page.level) + len(page.upright)
            if signs > SIGNS:
                raise Refused(LARGE, "PDF 内容过多", f"文字和线条合计至多 {SIGNS} 个")
            tables = grids(page.level, page.upright)
            told = {
                "page": number + 1,
                "width": page.width,
                "height": page.height,
                "image": page.image,
                "items": items_of(page.chars, tables),
            }
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    except Refused as refused:
        sys.stdout.write(
            json.dumps({"refused": [refused.code, refused.says, refused.allowed]}, ensure_ascii=False) + "\n"
        )


if __name__ == "__main__":
    main()
