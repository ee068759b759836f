"""The movement between two evaluations as a document: every table first, then every row that moved."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.comparing.impact import NONE, Impact, Trace
from evaluator.pages import ILLUSTRATIVE, Cell, Document, Line, Section, Stamp, listing

TABLES = (
    ("项目编码", 29), ("项目名称", 33), ("前得分", 10), ("后得分", 10), ("变动", 10), ("前等级", 8), ("后等级", 8),
    ("前封顶", 10), ("后封顶", 10), ("其他变动", 46),
)  # fmt: skip
ROWS = (
    ("项目", 22), ("指标", 22), ("变动", 9), ("变动原因", 26), ("前：得分计算", 30), ("前：适用条款", 28),
    ("后：得分计算", 30), ("后：适用条款", 28),
)  # fmt: skip


def impact_document(impact: Impact) -> Document:
    """A summary of the tables (变动汇总) and the rows that moved with both traces (变动明细)."""
    stamp = Stamp("ziping", "比较", impact.rules, impact.actuals, ILLUSTRATIVE if impact.illustrative else "")
    rows = tuple(_rows(impact))
    told = (listing(ROWS, rows), *(() if rows else (Line("没有变动。"),)))
    sections = (
        Section("变动汇总", (*_top("得分变动", impact), listing(TABLES, _tables(impact)))),
        Section("变动明细", (*_top("变动的行", impact), *told)),
    )
    return Document(f"{impact.unit} {impact.year} 得分变动", stamp, sections)


def _top(title: str, impact: Impact) -> Iterator[Line]:
    yield Line(f"{impact.unit} {impact.year} 年度{title}", "title")
    if impact.illustrative:
        yield Line(ILLUSTRATIVE, "sample")
    yield from map(Line, (f"前：{impact.before}", f"后：{impact.after}", impact.summary, *impact.notes))


def _tables(impact: Impact) -> Iterator[tuple[Cell, ...]]:
    for table in impact.tables:
        sides = (table.before, table.after)
        yield (
            Cell(table.code), Cell(table.name), *(Cell(side.score if side else NONE, "points") for side in sides),
            Cell(table.change, "change"), *(Cell(side.grade if side else NONE, "label") for side in sides),
            *(Cell(side.cap if side else NONE, "points") for side in sides), Cell("\n".join(table.notes)),
        )  # fmt: skip


def _rows(impact: Impact) -> Iterator[tuple[Cell, ...]]:
    for table in impact.moved:
        for row in table.rows:
            traces = (Cell(text) for trace in (row.before, row.after) for text in _trace(trace))
            yield Cell(table.name), Cell(row.called), Cell(row.change, "change"), Cell("\n".join(row.why)), *traces


def _trace(trace: Trace | None) -> tuple[str, str]:
    return (trace.formula, "\n".join(trace.clauses)) if trace else (NONE, NONE)
