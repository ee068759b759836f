"""Charts: exact labels, marks as long as their values, nothing from outside, the same picture everywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import cycle, pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from evaluator.formats import printable
from evaluator.formats.chart import LABEL, chart_png, chart_svg, whole_ticks
from evaluator.pages import Chart, Series
from evaluator.reporting import charts
from evaluator.results import Evaluation
from tests.documents import HOSTILE, UNPRINTABLE, chart, elsewhere
from tests.oracle import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def said(svg: str) -> list[str]:
    """The texts of a drawing, each line of a label on its own."""
    found = etree.fromstring(svg.encode()).iter(f"{SVG}text", f"{SVG}tspan")
    return [each.text for each in found if each.text]


def lines(svg: str) -> list[str]:
    """The outlines of a drawing's lines, one for each series."""
    return [path.get("d") for path in etree.fromstring(svg.encode()).iter(f"{SVG}path") if path.get("class") == "line"]


def bars(svg: str) -> list[float]:
    """How long each bar is drawn."""
    return [
        float(rect.get("width"))
        for rect in etree.fromstring(svg.encode()).iter(f"{SVG}rect")
        if rect.get("class") == "bar"
    ]


@settings(max_examples=20)
@given(st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=6))
def test_labels_are_the_values_and_bars_are_as_long(values: list[Decimal]) -> None:
    names = tuple(f"项目{number}" for number in range(len(values)))
    svg = chart_svg(Chart("金额", "bars", names, (Series("金额", tuple(values)),), "万元", max(values)))
    texts = said(svg)
    assert all(f"{value:f}" in texts for value in values)
    most = whole_ticks(0, float(max(values)))[-1]
    assert bars(svg) == pytest.approx([520 * float(value) / most for value in values], abs=0.01)


def test_values_are_printed_as_given() -> None:
    made = replace(chart(), series=(Series("得分", (Decimal("87.50"), Decimal("90.1"), Decimal("1E+2"))),))
    assert {"87.50", "90.1", "100"} <= set(said(chart_svg(made)))
    assert {"87.50%", "90.1%", "100%"} <= set(said(chart_svg(replace(made, unit="%"))))


def test_equal_numbers_of_other_digits_are_other_charts() -> None:
    one, two = (Chart("分", "bars", ("甲",), (Series("分", (Decimal(text),)),), "分") for text in ("9.0", "9.00"))
    assert one == two
    assert ("9.0" in said(chart_svg(one)), "9.00" in said(chart_svg(two))) == (True, True)


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_nothing_comes_from_outside(kind: str) -> None:
    svg = chart_svg(chart(kind))
    assert set(re.findall(r"\w+://[^\s\"'<>]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|image|use|style|foreignObject)|href|url\(|@import", svg)


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_names_stay_apart_and_are_texts(kind: str) -> None:
    texts = said(chart_svg(chart(kind)))
    assert texts.count("<同名>") == 2
    assert {"得分", "分值"} <= set(texts)
    assert "".join(chart().categories[0][start : start + LABEL] for start in (0, LABEL)) in "".join(texts)


@pytest.mark.parametrize("text", [*HOSTILE, UNPRINTABLE, "", "datum.label", "']; throw 1; ['"])
def test_hostile_names_stay_texts(text: str) -> None:
    made = Chart(text, "bars", (text, "乙"), (Series(text, (Decimal(1), None)), Series("二", (None, None))), text)
    svg = chart_svg(made)
    assert etree.fromstring(svg.encode()).find(f"{SVG}title").text == (printable(text) or None)
    written = "".join(said(svg))
    words = printable(text).split()
    assert all(written.count(word) >= 3 for word in words if len(word) < LABEL)
    assert chart_png(made, 1).startswith(b"\x89PNG")


def test_a_missing_value_leaves_a_gap() -> None:
    def strokes(middle: Decimal | None) -> list[int]:
        series = Series("实际", (Decimal(1), Decimal(2), middle, Decimal(3), Decimal(4)))
        svg = chart_svg(Chart("进度", "lines", tuple("甲乙丙丁戊"), (series,), "%"))
        return [path.count("M") for path in lines(svg)]

    assert strokes(Decimal(2)) == [1]
    assert strokes(None) == [2]


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_empty_charts_are_drawn(kind: str) -> None:
    for made in (Chart("", kind, (), (), "分"), Chart("空", kind, ("甲",), (Series("一", (None,)),), "%", Decimal(0))):  # type: ignore[arg-type]
        assert chart_png(made, 1).startswith(b"\x89PNG")


def test_categories_keep_their_order_where_a_value_is_missing() -> None:
    missing = Chart("分", "bars", ("甲", "乙", "丙"), (Series("分", (None, Decimal(2), Decimal(1))),), "分")
    drawn = etree.fromstring(chart_svg(missing).encode())
    high = {text.text: float(text.get("y")) for text in drawn.iter(f"{SVG}text")}
    assert high["甲"] < high["乙"] < high["丙"]


def test_a_bar_below_zero_goes_the_other_way_and_its_value_stands_beside_zero() -> None:
    chart = Chart("结余", "bars", ("甲", "乙"), (Series("结余", (Decimal("-20.5"), Decimal(80))),), "万元")
    drawn = etree.fromstring(chart_svg(chart).encode())
    (less, more) = (rect for rect in drawn.iter(f"{SVG}rect") if rect.get("class") == "bar")
    assert float(less.get("x")) + float(less.get("width")) == pytest.approx(float(more.get("x")))
    (label,) = (text for text in drawn.iter(f"{SVG}text") if text.text == "-20.5")
    assert (label.get("text-anchor"), float(label.get("x")) > float(more.get("x"))) == ("start", True)


@settings(max_examples=20)
@given(st.lists(st.text("项目W㎡ i", max_size=60), min_size=1, max_size=7), st.sampled_from(["bars", "lines"]))
def test_everything_lies_inside_the_drawing(names: list[str], kind: Literal["bars", "lines"]) -> None:
    """Where the letters stand, and the size of the drawing; the names' own widths are the reader's fonts'."""
    series = tuple(Series(name, tuple(Decimal(-10 * place) for place in range(len(names)))) for name in names)
    drawn = etree.fromstring(chart_svg(Chart("金额", kind, tuple(names), series, "万元")).encode())
    wide, tall = float(drawn.get("width")), float(drawn.get("height"))
    (plot,) = drawn.findall(f"{SVG}g")
    left, top = (float(number) for number in re.findall(r"[\d.]+", plot.get("transform")))
    for text in plot.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) + left <= wide
        assert 0 <= float(text.get("y")) + top <= tall


def test_values_beyond_the_end_of_the_axis_are_drawn_in_full() -> None:
    series = Series("执行率", (Decimal(150), Decimal(75)))
    assert bars(chart_svg(Chart("率", "bars", ("甲", "乙"), (series,), "%", Decimal(100)))) == pytest.approx([520, 260])


def test_the_same_picture_in_another_process() -> None:
    code = "__import__('evaluator.formats.chart').formats.chart.{}(chart('lines')){}"
    assert elsewhere(code.format("chart_svg", ".encode()")) == chart_svg(chart("lines")).encode()
    assert elsewhere(code.format("chart_png", "")) == chart_png(chart("lines"))


@given(least=st.integers(-(10**9), 0), span=st.integers(0, 10**12))
def test_an_axis_has_few_whole_numbers_that_hold_every_value(least: int, span: int) -> None:
    """In hundredths, as figures are printed."""
    least, most = least / 100, (least + span) / 100
    ticks = whole_ticks(least, most)
    assert 2 <= len(ticks) <= 8
    assert len({after - before for before, after in pairwise(ticks)}) == 1
    assert ticks[0] <= least
    assert ticks[-1] >= most


@pytest.mark.parametrize("most", ["0.4", "1", "4"])
def test_labels_of_an_axis_are_whole(most: str) -> None:
    chart = Chart("项目等级", "bars", ("优", "良"), (Series("项目数", (Decimal(most), Decimal(0))),), "个")
    axis = [text for text in said(chart_svg(chart)) if re.fullmatch(r"[\d.]+", text)]
    assert [text for text in axis if "." in text] == [most] * ("." in most)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, 4_000_000_000))
from evaluator.cli import main
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="addresses are limited on Linux")
def test_a_limit_of_addresses_changes_no_file(tmp_path: Path) -> None:
    words = ["run", "--sample", "--to", "pdf", "--to", "docx", "--out", str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 1
    assert {path.suffix for path in (tmp_path / "out").glob("*_v01.*")} >= {".pdf", ".docx"}


def test_a_chart_of_many_projects_has_those_that_matter_and_says_so(sample: Evaluation):
    many = [
        replace(
            table, score=number * 10, money=replace(table.money, adjusted=(number + 1) * 1_000_000, executed=number)
        )
        for number, table in zip(range(200), cycle(sample.projects), strict=False)
    ]
    evaluation = replace(sample, projects=tuple(many))
    lowest, largest = charts.scores(evaluation), charts.budgets(evaluation)
    assert lowest.title == "得分：最低的 30 个，其余见表" and largest is not None
    assert largest.title == "预算与执行（万元）：预算最大的 30 个，其余见表"
    assert [*lowest.series[0].values] == [Decimal(number) / 10 for number in range(30)]
    assert len(largest.categories) == 30 and largest.series[0].values == tuple(Decimal(fen) for fen in range(171, 201))
    assert charts.scores(replace(sample, projects=tuple(many[:30]))).title == "得分"
