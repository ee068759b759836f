"""What a page sets, by its geometry only: characters gathered into lines of text, and ruled lines into tables.

Coordinates grow to the right and downwards. A rectangle of a grid with no line between it and the next belongs to the same
cell; what hangs together without being a rectangle is cut into rows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from evaluator.intake.readers.runs import leveled

_TOKEN = re.compile(r"[!-~]+|.")
SMALL, RAISED = 0.8, 0.25  # of the height of a line: what is raised is no higher, and ends so far above its foot
_CLOSING = "，。、；：！？）】》”’,.;:!?)]%"


@dataclass(frozen=True, slots=True)
class Char:
    """A character and the box it stands in; y grows downwards."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text, from where to where it runs, and how high it is."""

    text: str
    x0: float
    x1: float
    y: float
    height: float


def lines_of(chars: list[Char]) -> list[TextLine]:
    """The lines that characters stand in, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: char.y0 + char.y1):
        middle = (char.y0 + char.y1) / 2
        first = rows[-1][0] if rows else None
        if first and abs(middle - (first.y0 + first.y1) / 2) < 0.5 * max(first.y1 - first.y0, char.y1 - char.y0, 1.0):
            rows[-1].append(char)
        else:
            rows.append([char])
    lines = []
    for row in rows:
        row.sort(key=lambda char: char.x0)
        raised = _raised(row)
        text = ""
        for at, char in enumerate(row):
            gap = (char.x0 - row[at - 1].x1) / (char.y1 - char.y0) if at else 0.0
            words = text[-1:].isascii() and char.text.isascii()
            text += " " if gap > (0.25 if words else 1.0) and not text.endswith(" ") else ""
            text += leveled(char.text, "raised") if at in raised else char.text
        solid = [char for char in row if not char.text.isspace()]
        if solid:
            height = max(char.y1 - char.y0 for char in solid)
            lines.append(TextLine(text.strip(), solid[0].x0, solid[-1].x1, min(c.y0 for c in solid), height))
    return lines


def _raised(row: list[Char]) -> set[int]:
    """Which characters of a line are smaller than the rest and stand well above its foot: exponents and note marks."""
    height = max(char.y1 - char.y0 for char in row)
    foot = max((char.y1 for char in row if char.y1 - char.y0 > SMALL * height), default=0.0)
    return {
        at
        for at, char in enumerate(row)
        if char.y1 - char.y0 <= SMALL * height and char.y1 < foot - RAISED * height and not char.text.isspace()
    }


def solid_end(line: TextLine) -> float:
    """Where a line ends, without a closing mark that may hang over the margin."""
    return line.x1 - (line.height if line.text.endswith(tuple(_CLOSING)) else 0.0)


def goes_on(line: TextLine, following: TextLine, right: float) -> bool:
    """Whether a line ends only because the first word of the following one did not fit before `right`."""
    if not (token := _TOKEN.match(following.text)):
        return False
    word = token[0]
    if following.text[len(word) : len(word) + 1] in tuple(_CLOSING):
        word += "，"  # closing marks never begin a line
    em = min(following.height, following.x1 - following.x0 + 1.0)
    needs = sum(0.55 if ord(char) < 128 else 1.0 for char in word) * em
    return right - line.x1 < needs + 0.3 * em


def glued(before: str, after: str) -> str:
    """Two parts of a broken line as one, with a space only between words of letters."""
    apart = before[-1:].isascii() and before[-1:].isalpha() and after[:1].isascii() and after[:1].isalpha()
    return before + (" " if apart else "") + after


def text_in(lines: list[TextLine], left: float, right: float) -> str:
    """The text of a cell: lines joined where they only wrap."""
    if not lines:
        return ""
    inset = max(min(line.x0 for line in lines) - left, 0.0)
    longest = max(solid_end(line) for line in lines)
    text = lines[0].text
    for line, following in pairwise(lines):
        edge = max(right - min(inset, 8.0), longest)
        text = glued(text, following.text) if goes_on(line, following, edge) else f"{text}\n{following.text}"
    return text


# ---- tables as ruled lines draw them ----


NEAR = 3.0  # points within which lines are one, or touch
MOST = 20_000  # rectangles of a grid
Spot = tuple[int, int]  # the row and column of one


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: where it lies across its direction, and from where to where it runs."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A ruled table: its column and row boundaries, and its cells as (row, column, height, width)."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[tuple[int, int, int, int], ...]

    def find(self, x: float, y: float) -> tuple[int, int] | None:
        """The row and column of the rectangle that holds a point, or None outside the table."""
        row, column = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
        return (row, column) if 0 <= row < len(self.ys) - 1 and 0 <= column < len(self.xs) - 1 else None


def grids(level: Iterable[Rule], upright: Iterable[Rule]) -> list[RuledTable]:
    """The tables that level and upright rules draw, from top to bottom; frames of a single cell are none."""
    across, down = _joined(level), _joined(upright)
    tables = (_grid(hs, vs) for hs, vs in _touching(across, down))
    return sorted((grid for grid in tables if len(grid.cells) > 1), key=lambda grid: (grid.ys[0], grid.xs[0]))


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """The rules with those that touch on one line joined into one."""
    lanes: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if lanes and rule.at - lanes[-1][0].at <= NEAR:
            lanes[-1].append(rule)
        else:
            lanes.append([rule])
    joined: list[Rule] = []
    for lane in lanes:
        at = sum(rule.at for rule in lane) / len(lane)
        spans: list[tuple[float, float]] = []
        for rule in sorted(lane, key=lambda rule: rule.start):
            touches = spans and rule.start <= spans[-1][1] + NEAR
            start, end = spans.pop() if touches else (rule.start, rule.end)
            spans.append((start, max(end, rule.end)))
        joined += [Rule(at, start, end) for start, end in spans if end - start > NEAR]
    return joined


def _touching(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that touch one another, directly or through others."""
    groups = []
    left = set(range(len(down)))
    rest = set(range(len(across)))
    while rest:
        queue, hs, vs = [rest.pop()], [], []
        while queue:
            level = across[queue.pop()]
            hs.append(level)
            for index in [i for i in left if _meet(level, down[i])]:
                left.discard(index)
                vs.append(down[index])
                met = [i for i in rest if _meet(across[i], down[index])]
                rest.difference_update(met)
                queue += met
        if len(hs) > 1 and vs:
            groups.append((hs, vs))
    return groups


def _meet(level: Rule, upright: Rule) -> bool:
    return (
        level.start - NEAR <= upright.at <= level.end + NEAR and upright.start - NEAR <= level.at <= upright.end + NEAR
    )


def _edges(rules: list[Rule], crossing: list[Rule]) -> tuple[float, ...]:
    """The boundaries that rules draw, with the ends of those that cross them where a table is open at its side."""
    ends = [min(rule.start for rule in crossing), max(rule.end for rule in crossing)]
    edges: list[float] = []
    for at in sorted([rule.at for rule in rules] + ends):
        if not edges or at - edges[-1] > 2 * NEAR:
            edges.append(at)
    return tuple(edges)


def _grid(hs: list[Rule], vs: list[Rule]) -> RuledTable:
    xs, ys = _edges(vs, hs), _edges(hs, vs)
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 1 or high < 1 or wide * high > MOST:
        return RuledTable(xs, ys, ())
    near: dict[Spot, list[Spot]] = {(r, c): [] for r in range(high) for c in range(wide)}
    for r, c in list(near):
        right = (r, c + 1), _drawn(vs, xs[c + 1], (ys[r] + ys[r + 1]) / 2)
        below = (r + 1, c), _drawn(hs, ys[r + 1], (xs[c] + xs[c + 1]) / 2)
        for other, apart in (right, below):
            if other in near and not apart:
                near[r, c].append(other)
                near[other].append((r, c))
    cells: list[tuple[int, int, int, int]] = []
    while near:
        part, queue = set[Spot](), [next(iter(near))]
        while queue:
            spot = queue.pop()
            part.add(spot)
            queue += near.pop(spot, ())
        cells += _cut(part)
    return RuledTable(xs, ys, tuple(sorted(cells)))


def _cut(part: set[Spot]) -> list[tuple[int, int, int, int]]:
    """A part as one cell when it is a rectangle, else as the runs of its rows."""
    rows, columns = [r for r, _ in part], [c for _, c in part]
    top, left = min(rows), min(columns)
    high, wide = max(rows) - top + 1, max(columns) - left + 1
    if len(part) == high * wide:
        return [(top, left, high, wide)]
    cells: list[tuple[int, int, int, int]] = []
    for r, c in sorted(part):
        if cells and cells[-1][0] == r and cells[-1][1] + cells[-1][3] == c:
            row, column, _, width = cells.pop()
            cells.append((row, column, 1, width + 1))
        else:
            cells.append((r, c, 1, 1))
    return cells


def _drawn(rules: list[Rule], at: float, across: float) -> bool:
    return any(abs(rule.at - at) <= 2 * NEAR and rule.start - NEAR <= across <= rule.end + NEAR for rule in rules)
