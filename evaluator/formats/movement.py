"""The movement between two evaluations as a workbook: every table first, then every row that moved."""

from __future__ import annotations

from evaluator.comparing.impact import Impact, Trace
from evaluator.formats.grid import Book, Grid
from evaluator.printed import Stamp

HEADS = ("项目编码", "项目名称", "前得分", "后得分", "变动", "前等级", "后等级", "前封顶", "后封顶", "其他变动")
ROWS = ("项目", "指标", "变动", "变动原因", "前：得分计算", "前：适用条款", "后：得分计算", "后：适用条款")
ILLUSTRATIVE = "示例数据，非该单位实际情况"


def impact_xlsx(impact: Impact) -> bytes:
    """A summary of the tables (变动汇总) and the rows that moved with both traces (变动明细)."""
    stamp = Stamp("ziping", "比较", impact.rules, impact.actuals, ILLUSTRATIVE if impact.illustrative else "")
    book = Book(f"{impact.unit} {impact.year} 得分变动", stamp)
    _tables(book.grid("变动汇总", (29, 33, 10, 10, 10, 8, 8, 10, 10, 46)), impact)
    _rows(book.grid("变动明细", (22, 22, 9, 26, 30, 28, 30, 28)), impact)
    return book.save()


def _top(grid: Grid, title: str, impact: Impact) -> None:
    grid.wide(f"{impact.unit} {impact.year} 年度{title}", "title")
    for said in (f"前：{impact.before}", f"后：{impact.after}", impact.summary, *impact.notes):
        grid.wide(said)
    grid.row += 1


def _heads(grid: Grid, heads: tuple[str, ...]) -> None:
    grid.sheet.repeat_rows(grid.row)
    grid.line(*((head, "head") for head in heads))
    grid.sheet.freeze_panes(grid.row, 0)


def _tables(grid: Grid, impact: Impact) -> None:
    _top(grid, "得分变动", impact)
    _heads(grid, HEADS)
    for table in impact.tables:
        sides = (table.before, table.after)
        scores = [(side.score if side else "—", "points") for side in sides]
        grades = [(side.grade if side else "—", "label") for side in sides]
        caps = [(side.cap if side else "—", "points") for side in sides]
        grid.line(
            (table.code, "text"), (table.name, "text"), *scores, (table.change.removeprefix("+"), "points"),
            *grades, *caps, ("\n".join(table.notes), "text"),
        )  # fmt: skip


def _rows(grid: Grid, impact: Impact) -> None:
    _top(grid, "变动的行", impact)
    _heads(grid, ROWS)
    for table in impact.moved:
        for row in table.rows:
            traces = [(text, "text") for trace in (row.before, row.after) for text in _trace(trace)]
            grid.line(
                (table.name, "text"), (row.called, "text"), (row.change.removeprefix("+"), "points"),
                ("\n".join(row.why), "text"), *traces,
            )  # fmt: skip
    if not impact.moved:
        grid.wide("没有变动。", "text")


def _trace(trace: Trace | None) -> tuple[str, str]:
    return (trace.formula, "\n".join(trace.clauses)) if trace else ("—", "—")
