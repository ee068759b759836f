"""Tables as ruled lines draw them: from lines on a page to grids whose cells may be merged. Geometry only.

Coordinates grow to the right and downwards. A rectangle of a grid with no line between it and the next belongs to the same
cell; what hangs together without being a rectangle is cut into rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

NEAR = 3.0  # points within which lines are one, or touch
MOST = 20_000  # rectangles of a grid


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
    found = (_grid(hs, vs) for hs, vs in _touching(across, down))
    return sorted((grid for grid in found if len(grid.cells) > 1), key=lambda grid: (grid.ys[0], grid.xs[0]))


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Rules that lie on one line and touch, as one."""
    lanes: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda one: one.at):
        if lanes and rule.at - lanes[-1][0].at <= NEAR:
            lanes[-1].append(rule)
        else:
            lanes.append([rule])
    made = []
    for lane in lanes:
        at = sum(rule.at for rule in lane) / len(lane)
        start = end = None
        for rule in sorted(lane, key=lambda one: one.start):
            if start is None or end is None or rule.start > end + NEAR:
                if start is not None and end is not None:
                    made.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            else:
                end = max(end, rule.end)
        if start is not None and end is not None:
            made.append(Rule(at, start, end))
    return [rule for rule in made if rule.end - rule.start > NEAR]


def _touching(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that touch one another, directly or through others."""
    made = []
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
            made.append((hs, vs))
    return made


def _meet(level: Rule, upright: Rule) -> bool:
    return (
        level.start - NEAR <= upright.at <= level.end + NEAR and upright.start - NEAR <= level.at <= upright.end + NEAR
    )


def _edges(rules: list[Rule], crossing: list[Rule]) -> tuple[float, ...]:
    """The boundaries that rules draw, with the ends of those that cross them where a table is open at its side."""
    ends = [min(rule.start for rule in crossing), max(rule.end for rule in crossing)]
    made: list[float] = []
    for at in sorted([rule.at for rule in rules] + ends):
        if not made or at - made[-1] > 2 * NEAR:
            made.append(at)
    return tuple(made)


def _grid(hs: list[Rule], vs: list[Rule]) -> RuledTable:
    xs, ys = _edges(vs, hs), _edges(hs, vs)
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 1 or high < 1 or wide * high > MOST:
        return RuledTable(xs, ys, ())
    right = [[_drawn(vs, xs[c + 1], (ys[r] + ys[r + 1]) / 2) for c in range(wide)] for r in range(high)]
    below = [[_drawn(hs, ys[r + 1], (xs[c] + xs[c + 1]) / 2) for c in range(wide)] for r in range(high)]
    seen: set[tuple[int, int]] = set()
    cells: list[tuple[int, int, int, int]] = []
    for start in ((r, c) for r in range(high) for c in range(wide)):
        if start in seen:
            continue
        part, queue = {start}, [start]
        while queue:
            r, c = queue.pop()
            near = []
            if c + 1 < wide and not right[r][c]:
                near.append((r, c + 1))
            if c and not right[r][c - 1]:
                near.append((r, c - 1))
            if r + 1 < high and not below[r][c]:
                near.append((r + 1, c))
            if r and not below[r - 1][c]:
                near.append((r - 1, c))
            queue += [one for one in near if one not in part]
            part.update(near)
        seen |= part
        cells += _cut(part)
    return RuledTable(xs, ys, tuple(sorted(cells)))


def _cut(part: set[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    """A part as one cell when it is a rectangle, else as the runs of its rows."""
    rows, columns = [r for r, _ in part], [c for _, c in part]
    top, left = min(rows), min(columns)
    high, wide = max(rows) - top + 1, max(columns) - left + 1
    if len(part) == high * wide:
        return [(top, left, high, wide)]
    made: list[tuple[int, int, int, int]] = []
    for r, c in sorted(part):
        if made and made[-1][0] == r and made[-1][1] + made[-1][3] == c:
            row, column, _, width = made.pop()
            made.append((row, column, 1, width + 1))
        else:
            made.append((r, c, 1, 1))
    return made


def _drawn(rules: list[Rule], at: float, across: float) -> bool:
    return any(abs(rule.at - at) <= 2 * NEAR and rule.start - NEAR <= across <= rule.end + NEAR for rule in rules)
