"""Charts as pictures, drawn by Vega-Lite (vl-convert) from the values as they are printed; they read well in grey."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from html import escape
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.formats import printable
from evaluator.pages import Chart
from evaluator.workspace.places import product

VEGA_LITE = "5.20"  # every vl-convert named in pyproject.toml has it
ELSEWHERE = "SimSun, Songti SC, Noto Serif CJK SC, serif"  # for a browser, which has not the fonts of reports/fonts
FONT, BOLD = f"Ziping Song, {ELSEWHERE}", f"Ziping Title, {ELSEWHERE}"
INK, SOFT, HAIR = "#1a1a1a", "#5c6066", "#d9d9d9"
FILLS = ("#2f5d8a", "#a9bfd4", "#5f6b76", "#d3b98a", "#7fa3c7", "#1a1a1a")
STROKES = ("#2f5d8a", "#b0651a", "#4a4a4a", "#7fa3c7", "#7a5c99", "#1a1a1a")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (1, 3), (12, 3))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
WIDTH, BAR, LINE, HEIGHT = 520, 15, 13, 180  # pixels: a plot's width, one bar, one line of a label, a plot of lines
MOST_TICKS = 8
LABEL, TITLE = 16, 40  # characters in a line of a category's label, and of the title


def chart_svg(chart: Chart) -> str:
    """The chart as SVG that needs nothing beside it; every value is printed exactly as given."""
    drawn = _drawn(json.dumps(specification(chart)))
    return drawn.replace(">", f' role="img"><title>{escape(printable(chart.title))}</title>', 1)


def chart_png(chart: Chart, scale: float = 3) -> bytes:
    """The chart as PNG, `scale` pixels to each pixel of the SVG."""
    return bytes(_converter().svg_to_png(chart_svg(chart), scale=scale))


def specification(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite specification of a chart: positions are numbers, whatever is read is text."""
    values = list(_values(chart))
    fonts = {
        "labelFontSize": 11,
        "titleFontSize": 11,
        "labelColor": INK,
        "titleColor": SOFT,
        "titleFontWeight": "normal",
    }
    return {
        "title": {"text": _lines(chart.title, TITLE), "subtitle": f"单位：{printable(chart.unit)}", "offset": 10},
        "width": WIDTH,
        "background": "white",
        "padding": 6,
        "data": {"values": values},
        "config": {
            "aria": False,
            "font": FONT,
            "view": {"stroke": None},
            "title": {"font": BOLD, "fontSize": 13, "fontWeight": "normal", "color": INK, "subtitleFont": FONT, "subtitleFontSize": 10, "subtitleColor": SOFT},
            "axis": fonts | {"gridColor": HAIR, "domainColor": SOFT, "tickColor": SOFT, "labelPadding": 5},
            "legend": {"labelFontSize": 11, "labelColor": INK, "orient": "top", "labelLimit": 0},
        },
    } | (_bars if chart.kind == "bars" else _runs)(chart, _amount(chart, values))  # fmt: skip


def _values(chart: Chart) -> Iterator[dict[str, Any]]:
    """Every value with its label, and whether it is the greatest of its category: the label then goes above it."""
    sign = "%" if chart.unit == "%" else ""
    for place in range(len(chart.categories)):
        most = max((each.values[place] or 0 for each in chart.series), default=0)
        for number, series in enumerate(chart.series):
            value = series.values[place]
            at = {"category": place, "series": number, "above": value == most}
            yield at | (
                {"value": None, "label": ""} if value is None else {"value": float(value), "label": f"{value:f}{sign}"}
            )


def _bars(chart: Chart, amount: dict[str, Any]) -> dict[str, Any]:
    """Bars lie along the categories, the first at the top; their values stand at the ends."""
    tallest = max((len(_lines(name, LABEL)) for name in chart.categories), default=1)
    step = max((len(chart.series) + 0.45) * BAR, tallest * LINE + 6)
    lying = {"x": amount, "y": _categories(chart, True, paddingInner=0.25, paddingOuter=0.15)}
    offset = {"yOffset": {"field": "series", "type": "ordinal", "scale": {"domain": list(range(len(chart.series)))}}}
    label = {"mark": {"type": "text", "align": "left", "dx": 4, "color": INK}, "encoding": {"text": {"field": "label"}}}
    return {
        "height": step * max(len(chart.categories), 1),
        "encoding": lying | offset,
        "layer": [{"mark": "bar", "encoding": {"color": _legend(chart, FILLS)}}, label],
    }


def _runs(chart: Chart, amount: dict[str, Any]) -> dict[str, Any]:
    """Lines run over the categories from left to right; each series has its own dash and point, so grey will do."""
    colour = {"color": _legend(chart, STROKES)}
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": colour | {"strokeDash": _legend(chart, DASHES)}}
    mark = {"type": "point", "filled": True, "size": 45, "opacity": 1}
    above, below = (
        {
            "transform": [{"filter": f"{which}datum.above"}],
            "mark": {"type": "text", "dy": shift, "color": INK},
            "encoding": {"text": {"field": "label"}},
        }
        for which, shift in (("", -10), ("!", 12))
    )
    return {
        "height": HEIGHT,
        "encoding": {"x": _categories(chart, False), "y": amount},
        "layer": [line, {"mark": mark, "encoding": colour | {"shape": _legend(chart, SHAPES)}}, above, below],
    }


def _amount(chart: Chart, values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The axis of the values, from 0 (or the least) to `most`, or to the greatest where that is more."""
    known = [each["value"] for each in values if each["value"] is not None]
    ticks = whole_ticks(min([0.0, *known]), max([float(chart.most or 0), *known]))
    sign = "%" if chart.unit == "%" else ""
    return {
        "field": "value",
        "type": "quantitative",
        "stack": None,
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False},
        "axis": {"title": None, "labelExpr": f"datum.label + '{sign}'", "values": ticks, "format": "d"},
    }


def whole_ticks(least: float, most: float) -> list[int]:
    """At most eight whole numbers with one step (1, 2, 5, 10, 20 …) between them, that hold both ends."""
    steps = (lead * 10**tens for tens in range(20) for lead in (1, 2, 5))
    for step in steps:
        first, last = math.floor(least / step), max(math.ceil(most / step), math.floor(least / step) + 1)
        if last - first < MOST_TICKS:
            return [number * step for number in range(first, last + 1)]
    return [math.floor(least), math.ceil(most)]


def _categories(chart: Chart, lying: bool, **scale: float) -> dict[str, Any]:
    """The axis of the categories: places by number, so that two of one name stay two; long names take several lines."""
    lines = [_lines(name, LABEL) for name in chart.categories]
    names = json.dumps(lines)
    axis: dict[str, Any] = {
        "title": None,
        "labelExpr": f"{names}[datum.value]",
        "labelLimit": 0,
        "labelAngle": 0,
        "grid": False,
        "ticks": False,
    }
    if lying:  # the middle of the lines, not the first of them, belongs beside the bar
        raised = [
            {"test": f"length({names}[datum.value]) == {count}", "value": -LINE * (count - 1) / 2}
            for count in sorted({len(each) for each in lines} - {1})
        ]
        axis |= {"labelLineHeight": LINE, "labelOffset": {"condition": raised, "value": 0}}
    domain = {"domain": list(range(len(chart.categories)))}  # in the order given, missing values or not
    return {"field": "category", "type": "ordinal", "sort": None, "scale": domain | scale, "axis": axis}


def _legend(chart: Chart, looks: Sequence[Any]) -> dict[str, Any]:
    """What tells the series apart; one series alone needs no legend."""
    several = range(len(chart.series))
    names = json.dumps([printable(series.name) for series in chart.series])
    legend = {"title": None, "labelExpr": f"{names}[datum.value]"} if len(chart.series) > 1 else None
    scale = {"domain": list(several), "range": [looks[number % len(looks)] for number in several]}
    return {"field": "series", "type": "ordinal", "scale": scale, "legend": legend}


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(printable(text), width) or [""]


@lru_cache(maxsize=64)
def _drawn(spec: str) -> str:
    """The drawing of a specification: a page and a printed file show the same one."""
    drawn = _beside(spec) if _limited() else _here(spec)
    return drawn.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "", 1)


def _here(spec: str) -> str:
    drawn: str = _converter().vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    return drawn


def _beside(spec: str) -> str:
    """The drawing made by a process of its own, which alone ends where the limit leaves it too little; raises U337."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONUTF8": "1"}
    made = subprocess.run([sys.executable, "-m", __name__], input=spec.encode(), capture_output=True, env=environment, check=False)  # fmt: skip
    if made.returncode:
        says = "画不出图：本机限制了一个进程的地址空间（ulimit -v），画图的引擎要预留 64 GB 地址（只是地址，不占内存）"
        remedy = "先运行 ulimit -v unlimited（服务单元里是 LimitAS=infinity，限制内存改用 cgroup）；或只出没有图的格式（--to xlsx）"
        raise UsageProblem([Problem("U337", says, remedy=remedy)])
    return made.stdout.decode()


def _limited() -> bool:
    """Whether this process may take only so many addresses: V8 reserves many, and ends the process where it cannot."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


@cache
def _converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(product() / "reports" / "fonts"))
    return vl_convert


def _draw_for_another() -> None:
    """Draw the specification on standard input; a limit that may be lifted by whoever it binds is lifted."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.stdout.buffer.write(_here(sys.stdin.buffer.read().decode()).encode())


if __name__ == "__main__":
    _draw_for_another()
