"""Printed documents for tests: every kind of block, hostile texts, and grids merged at random."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import get_args

from hypothesis import strategies as st

from evaluator.pages import Boxed, Cell, Chart, Document, Grid, Line, Section, Series, Stamp, placed

ROOT = Path(__file__).parents[1]
STAMP = Stamp("ziping 0", "v01", "0123456789ab", "ba9876543210", "示例数据，非该单位实际情况")
HOSTILE = (
    "#set page(width: 1cm)", "$ x^2 $", "*粗* _斜_ `码` @引 <标签>", "= 标题", "- 项\n+ 项", "\\u{41} // 注释 /* 注 */",
    "]#panic()[", "<script>alert(1)</script>", "]]>&amp;<w:p/>", "{{7*7}}", "=1+1", '"引号"与\'单引号\'', "…——“”‘’",
)  # fmt: skip
UNPRINTABLE = "a\x00b\x07c\x1bd\u202ee\ufffff\ud800g"
LONG = "很长的原因说明，" * 250
NOISE = re.compile("[\\s\u200b\ufffe\x02-]")  # what is lost or added where lines are broken
ALPHABET = "绩效目标自评表一二三（）《》“”，。：；、≥≤%—…　abcXYZ0189 #$*_`\\/<>[]{}()=+@&'\"~^|!?.,;:\n"


def bare(text: str) -> str:
    """A text without what breaking lines changes."""
    return NOISE.sub("", text)


def chart(kind: str = "bars") -> Chart:
    """Scores and points of three projects, two of one name; 示例数据."""
    values = (Decimal("87.50"), None, Decimal("100"))
    return Chart(
        "各项目得分与分值",
        "lines" if kind == "lines" else "bars",
        ("办公用房装修资金及物业服务保障经费项目", "<同名>", "<同名>"),
        (Series("得分", values), Series("分值", (Decimal("100.00"), Decimal("90.10"), Decimal(60)))),
        "分",
        Decimal(100),
    )


def form() -> Grid:
    """A grid as forms have it: merged down and across, and a head in its middle that is printed again on each page."""
    top = (
        (Cell("自评表", "title", across=4),),
        (Cell("名称", "head"), Cell("某项目", across=3)),
        (Cell("金额", "head", down=2), Cell("预算", "head"), Cell("执行", "head"), Cell("得分", "head")),
        (Cell("457.46", "money"), Cell("—", "money"), Cell("9.65", "points")),
    )
    head = ((Cell("绩效\n指标", "head", down=61), Cell("一级", "head"), Cell("指标值", "head"), Cell("说明", "head")),)
    rows = tuple((Cell(f"指标{number}"), Cell(f"≥{number}人", "label"), Cell("")) for number in range(60))
    return Grid(
        (4, 20, 20, 30),
        (*top, *head, *rows, (Cell("总分", "head", across=2), Cell("97.73", "total", across=2))),
        (4, 4),
    )


def document() -> Document:
    """A section of every kind."""
    hostile = Grid((1, 3), tuple((Cell(str(number), "count"), Cell(text)) for number, text in enumerate(HOSTILE)))
    lines = tuple(Line(text) for text in HOSTILE)
    return Document(
        "自评表 #1 <示例>",
        STAMP,
        (
            Section("表", (Line("项目支出绩效自评表", "title"), form()), compact=True),
            Section("文", (Line("说明", "heading"), *lines, hostile, Line("注", "note")), landscape=False),
            Section("图", (Line("图表", "subheading"), chart(), chart("lines"))),
        ),
    )


def with_cells(*texts: str) -> Document:
    """One narrow column of texts beside a wide one."""
    return Document("表", STAMP, (Section("表", (Grid((1, 9), tuple((Cell(text), Cell(text)) for text in texts)),)),))


def texts(printed: Document) -> Iterator[str]:
    """Every text of a document but those of its charts."""
    for section in printed.sections:
        for block in section.blocks:
            if isinstance(block, Line):
                yield block.text
            elif isinstance(block, Grid):
                yield from (cell.text for _, _, cell in placed(block))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """A grid of any cells that tile it, a part of its rows repeated or none."""
    wide, high = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    covered: set[tuple[int, int]] = set()
    rows: list[tuple[Cell, ...]] = []
    for row in range(high):
        cells = []
        for column in range(wide):
            if (row, column) in covered:
                continue
            free = next((n for n in range(1, wide - column) if (row, column + n) in covered), wide - column)
            across, down = draw(st.integers(1, free)), draw(st.integers(1, high - row))
            covered |= {(row + j, column + i) for i in range(across) for j in range(down)}
            text = draw(st.text(ALPHABET, max_size=30))
            cells.append(Cell(text, draw(st.sampled_from(get_args(Boxed))), across, down))
        rows.append(tuple(cells))
    first = draw(st.integers(0, high - 1))
    repeat = draw(st.sampled_from((None, (first, draw(st.integers(first, high - 1))))))
    return Grid(tuple(draw(st.lists(st.integers(1, 40), min_size=wide, max_size=wide))), tuple(rows), repeat)


def elsewhere(code: str) -> bytes:
    """What another process prints, with another hash seed and time zone."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; from tests.documents import *; sys.stdout.buffer.write({code})"],
        cwd=ROOT, capture_output=True, check=False, env={"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LANG": "C"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout
