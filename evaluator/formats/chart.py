"""Charts as drawings (SVG) of the values as they are printed; they read well in grey, and their words stay words."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape
from itertools import groupby
from typing import Literal, NamedTuple

from evaluator.formats import printable
from evaluator.formats.typesetting import typeset
from evaluator.pages import Chart

NAMESPACE = "http://www.w3.org/2000/svg"
ELSEWHERE = "SimSun, Songti SC, Noto Serif CJK SC, serif"  # for a browser, which has not the fonts of reports/fonts
FONT, BOLD = f"Ziping Song, {ELSEWHERE}", f"Ziping Title, {ELSEWHERE}"
INK, SOFT, HAIR = "#1a1a1a", "#5c6066", "#d9d9d9"
FILLS = ("#2f5d8a", "#a9bfd4", "#5f6b76", "#d3b98a", "#7fa3c7", "#1a1a1a")
STROKES = ("#2f5d8a", "#b0651a", "#4a4a4a", "#7fa3c7", "#7a5c99", "#1a1a1a")
DASHES = ("none", "6,3", "2,2", "8,3,2,3", "1,3", "12,3")
POINTS = (  # of the series: circle, square, triangle, diamond, cross, triangle on its head
    "M3.5,0A3.5,3.5,0,1,1,-3.5,0A3.5,3.5,0,1,1,3.5,0Z",
    "M-3.2,-3.2h6.4v6.4h-6.4Z",
    "M0,-4L4,3.2H-4Z",
    "M0,-4.4L4.4,0L0,4.4L-4.4,0Z",
    "M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6Z",
    "M0,4L4,-3.2H-4Z",
)
# Pixels: a plot's width, one bar, one line of a label, a plot of lines; letters; what lies around and between.
WIDTH, BAR, LINE, HEIGHT = 520, 15, 13, 180
SIZE, LARGE, SMALL = 11, 13, 10
EDGE, NEAR, DROP = 8, 5, 4  # DROP: from the middle of a line of letters down to where they stand
GAPS = {"bars": 14, "lines": 26}  # above the plot: lines may have a value there
SAMPLE, APART = 24, 16  # in the legend: a piece of a line, and the room between two names
MOST_TICKS = 8
LABEL, TITLE = 16, 40  # characters in a line of a category's label, and of the title

Anchor = Literal["start", "middle", "end"]


class Letters(NamedTuple):
    """A line of letters: where it stands (x, y in pixels from the plot's upper left corner) and how."""

    text: str
    x: float
    y: float
    anchor: Anchor = "middle"
    size: int = SIZE
    colour: str = INK
    bold: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Where it begins and ends, at most: no font is asked, since the reader's may be another."""
        wide = sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.6 for c in self.text) * self.size
        start = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return start, start + wide

    def svg(self) -> str:
        """As an element; what the whole drawing has in common is not repeated."""
        own = {
            "text-anchor": (self.anchor, "middle"),
            "font-size": (self.size, SIZE),
            "fill": (self.colour, INK),
            "font-family": (BOLD if self.bold else FONT, FONT),
        }
        more = "".join(f' {name}="{value}"' for name, (value, usual) in own.items() if value != usual)
        return f'<text x="{_px(self.x)}" y="{_px(self.y)}"{more}>{escape(self.text)}</text>'


Mark = Letters | str  # letters, or an element that lies inside the plot


def chart_svg(chart: Chart) -> str:
    """The chart as SVG that needs nothing beside it; every value is printed exactly as given."""
    scale = _Scale(chart)
    plot, high, low = _bars(chart, scale) if chart.kind == "bars" else _runs(chart, scale)
    above, top = _above(chart)
    marks = [*above, *plot]
    ends = [end for mark in marks if isinstance(mark, Letters) for end in mark.ends]
    left, right = math.ceil(max(0, -min(ends))) + EDGE, math.ceil(max(WIDTH, *ends)) + EDGE
    wide, tall = left + right, math.ceil(top + high + low) + 2 * EDGE
    drawn = "\n".join(mark.svg() if isinstance(mark, Letters) else mark for mark in marks)
    letters = f'font-family="{FONT}" font-size="{SIZE}" fill="{INK}" text-anchor="middle"'
    return (
        f'<svg xmlns="{NAMESPACE}" width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}" role="img">'
        f'<title>{escape(printable(chart.title))}</title><rect width="{wide}" height="{tall}" fill="white"/>\n'
        f'<g transform="translate({left},{top + EDGE})" {letters}>\n{drawn}\n</g></svg>'
    )


def chart_png(chart: Chart, scale: float = 3) -> bytes:
    """The chart as PNG, `scale` pixels to each pixel of the SVG."""
    return typeset("picture", chart_svg(chart), "png", scale)


class _Scale:
    """The axis of the values, from 0 (or the least) to `most`, or to the greatest where that is more."""

    def __init__(self, chart: Chart) -> None:
        known = [float(value) for series in chart.series for value in series.values if value is not None]
        self.ticks = whole_ticks(min([0.0, *known]), max([float(chart.most or 0), *known]))
        self.sign = "%" if chart.unit == "%" else ""

    def along(self, value: Decimal | float, length: float) -> float:
        """How far from the axis's beginning a value lies, where the whole axis is `length`."""
        first, last = self.ticks[0], self.ticks[-1]
        return (float(value) - first) / (last - first) * length

    def label(self, value: Decimal) -> str:
        """A value as it is printed beside its mark."""
        return f"{value:f}{self.sign}"


def _above(chart: Chart) -> tuple[list[Mark], int]:
    """Title, unit and legend, which stand above the plot, and how high they are; one series alone needs no legend."""
    title = [(line, LARGE, INK, True) for line in _lines(chart.title, TITLE)]
    subtitle = (f"单位：{' '.join(printable(chart.unit).split())}", SMALL, SOFT, False)
    legend = list(_legend(chart)) if len(chart.series) > 1 else []
    rows = max((row for row, _, _ in legend), default=-1) + 1
    top = len(title) * (LARGE + 3) + SMALL + 4 + rows * (LINE + 5) + GAPS[chart.kind]
    marks: list[Mark] = []
    y = -float(top)
    for text, size, colour, bold in (*title, subtitle):
        marks.append(Letters(text, WIDTH / 2, y + size, "middle", size, colour, bold))
        y += size + 3
    for row, sample, name in legend:
        middle = y + (row + 0.5) * (LINE + 5) + 2
        marks.append(f'<g transform="translate(0,{_px(middle)})">{sample}</g>')
        marks.append(name._replace(y=middle + DROP))
    return marks, top


def _legend(chart: Chart) -> Iterator[tuple[int, str, Letters]]:
    """For each series the row it stands in, its sample and its name; a row is as wide as the plot."""
    row, x = 0, 0.0
    for number, series in enumerate(chart.series):
        wide = BAR if chart.kind == "bars" else SAMPLE
        name = Letters(" ".join(printable(series.name).split()), x + wide + NEAR, 0, "start")
        if x and name.ends[1] > WIDTH:
            row, x = row + 1, 0.0
            name = name._replace(x=x + wide + NEAR)
        if chart.kind == "bars":
            sample = f'<rect x="{_px(x)}" y="-5" width="{wide - 4}" height="10" fill="{_look(FILLS, number)}"/>'
        else:
            sample = _line(number, f"M{_px(x)},0h{wide}") + _point(number, x + wide / 2, 0)
        yield row, sample, name
        x = name.ends[1] + APART


def _bars(chart: Chart, scale: _Scale) -> tuple[list[Mark], float, float]:
    """Bars lie along the categories, the first at the top; their values stand at the ends (of one below 0: at 0).

    The plot's marks, its height, and what lies below it.
    """
    names = [_lines(name, LABEL) for name in chart.categories]
    step = max((len(chart.series) + 0.45) * BAR, max(map(len, names), default=1) * LINE + 6)
    high = step * max(len(names), 1)
    zero = scale.along(0, WIDTH)
    marks: list[Mark] = []
    for tick in scale.ticks:
        x = scale.along(tick, WIDTH)
        marks += [_rule(x, 0, x, high + NEAR, HAIR), Letters(f"{tick}{scale.sign}", x, high + NEAR + SIZE)]
    for place, lines in enumerate(names):
        middle = step * (place + 0.5)
        marks += _stacked(lines, -NEAR, middle - (len(lines) - 1) * LINE / 2 + DROP, "end")
        for number, series in enumerate(chart.series):
            value = series.values[place]
            if value is None:
                continue
            y, end = middle + (number - len(chart.series) / 2) * BAR, scale.along(value, WIDTH)
            size = f'x="{_px(min(zero, end))}" y="{_px(y)}" width="{_px(abs(end - zero))}" height="{BAR}"'
            marks.append(f'<rect class="bar" {size} fill="{_look(FILLS, number)}"/>')
            marks.append(Letters(scale.label(value), max(zero, end) + NEAR, y + BAR / 2 + DROP, "start"))
    marks += [_rule(0, high, WIDTH, high, SOFT), _rule(zero, 0, zero, high, SOFT)]
    return marks, high, NEAR + SIZE + 3


def _runs(chart: Chart, scale: _Scale) -> tuple[list[Mark], float, float]:
    """Lines run over the categories from left to right; each series has its own dash and point, so grey will do.

    The plot's marks, its height, and what lies below it.
    """
    band = WIDTH / max(len(chart.categories), 1)
    names = [_lines(name, max(min(LABEL, int(band / SIZE)), 2)) for name in chart.categories]

    def at(place: int, value: Decimal | float) -> tuple[float, float]:
        return band * (place + 0.5), HEIGHT - scale.along(value, HEIGHT)

    marks: list[Mark] = []
    for tick in scale.ticks:
        _, y = at(0, tick)
        marks += [_rule(-NEAR, y, WIDTH, y, HAIR), Letters(f"{tick}{scale.sign}", -NEAR - 3, y + DROP, "end")]
    _, zero = at(0, 0)
    marks += [_rule(0, 0, 0, HEIGHT, SOFT), _rule(0, zero, WIDTH, zero, SOFT)]
    for place, lines in enumerate(names):
        marks += _stacked(lines, band * (place + 0.5), HEIGHT + NEAR + SIZE, "middle")
    for number, series in enumerate(chart.series):
        known = groupby(enumerate(series.values), key=lambda pair: pair[1] is not None)
        runs = [[at(place, value) for place, value in run if value is not None] for is_known, run in known if is_known]
        marks.append(_line(number, "".join("M" + "L".join(f"{_px(x)},{_px(y)}" for x, y in run) for run in runs)))
        marks += [_point(number, x, y) for run in runs for x, y in run]
    for place in range(len(names)):
        values = [series.values[place] for series in chart.series]
        greatest = max((value for value in values if value is not None), default=None)
        for value in dict.fromkeys(value for value in values if value is not None):
            x, y = at(place, value)
            marks.append(Letters(scale.label(value), x, y - 7 if value == greatest else y + 16))
    return marks, HEIGHT, NEAR + LINE * max(map(len, names), default=1) + 3


def whole_ticks(least: float, most: float) -> list[int]:
    """At most eight whole numbers with one step (1, 2, 5, 10, 20 …) between them, that hold both ends."""
    for step in (lead * 10**tens for tens in range(20) for lead in (1, 2, 5)):
        first, last = math.floor(least / step), max(math.ceil(most / step), math.floor(least / step) + 1)
        if last - first < MOST_TICKS:
            return [number * step for number in range(first, last + 1)]
    return [math.floor(least), math.ceil(most)]


def _stacked(lines: Iterable[str], x: float, y: float, anchor: Anchor) -> list[Mark]:
    return [Letters(line, x, y + number * LINE, anchor) for number, line in enumerate(lines)]


def _rule(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return f'<path d="M{_px(x)},{_px(y)}L{_px(to_x)},{_px(to_y)}" stroke="{colour}"/>'


def _line(number: int, path: str) -> str:
    dash, colour = _look(DASHES, number), _look(STROKES, number)
    return f'<path class="line" d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'


def _point(number: int, x: float, y: float) -> str:
    return (
        f'<path transform="translate({_px(x)},{_px(y)})" d="{_look(POINTS, number)}" fill="{_look(STROKES, number)}"/>'
    )


def _look(looks: Sequence[str], number: int) -> str:
    return looks[number % len(looks)]


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(printable(text), width) or [""]


def _px(number: float) -> str:
    """Pixels to the hundredth, without the zeros that say nothing."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
