"""Reports as workbooks: the national form on the first sheet, what stands behind it on the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluator.formats.grid import Book, Grid
from evaluator.printed import FindingLine, Form, ProjectLine, Summary

COLUMNS = (4.8, 17.5, 17.5, 21.5, 13.5, 16, 9, 9.5, 37.5)  # of the form: 绩效指标 … 偏差原因分析及改进措施
HEADS = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施")
SIGNATURES = (("填表人：", 0, 3), ("联系电话：", 3, 2), ("填表日期：", 5, 2), ("单位（盖章）：", 7, 2))
PLOTS = (("得分", 6, "0", "#7FA3C7"), ("预算执行率", 5, "0%", "#B9C7D6"))  # title, column, axis format, colour


def form_xlsx(form: Form) -> bytes:
    """The self-evaluation form, its explanations (得分说明) and its findings (问题清单)."""
    book = Book(f"{form.title} {form.name} {form.year}", form.stamp)
    grid = book.grid("自评表", COLUMNS)
    grid.compact = True
    _top(grid, form.title, form.year, 3, 1)
    _basics(grid, form)
    _indicators(grid, form)
    _signatures(grid)
    _explanations(book, form)
    _findings(book, form.findings)
    return book.save()


def summary_xlsx(summary: Summary) -> bytes:
    """The unit's summary with charts, its goals and measures, and every finding."""
    book = Book(f"{summary.title} {summary.year}", summary.stamp)
    _projects(book, summary)
    _goals_and_measures(book, summary)
    grid = _findings(book, summary.findings, with_table=True)
    grid.row += 1
    _unverified(grid, summary.unverified)
    return book.save()


# ---- the form ----------------------------------------------------------------------------------------------------


def _top(grid: Grid, title: str, year: str, left: int, right: int) -> None:
    """Title, year, 单位：万元 over the `right` columns, and the mark of made-up data over the `left` ones."""
    middle = len(grid.widths) - left - right
    grid.wide(title, "title")
    grid.put(0, grid.book.stamp.illustrative, "sample", across=left)
    grid.put(left, f"（{year}年度）", "center", across=middle)
    grid.put(left + middle, "单位：万元", "right", across=right)
    grid.row += 1


def _basics(grid: Grid, form: Form) -> None:
    name, code, money = form.labels
    for left, right in (
        ((name, form.name), (code, form.code)),
        (("主管部门", form.authority), ("实施单位", form.unit)),
    ):
        grid.put(0, left[0], "head", across=3)
        grid.put(3, left[1], "text", across=3)
        grid.put(6, right[0], "head", across=2)
        grid.put(8, right[1], "text")
        grid.row += 1
    grid.put(0, _stacked(money), "head", down=len(form.money) + 1)
    grid.put(1, "", "head", across=2)
    for column, head in enumerate(("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"), 3):
        grid.put(column, head, "head")
    grid.row += 1
    for row in form.money:
        grid.put(1, row.label, "text", across=2)
        for column, text in enumerate((row.initial, row.adjusted, row.executed), 3):
            grid.number(column, text, "money")
        grid.number(6, row.points, "points")
        grid.number(7, row.rate, "rate")
        grid.number(8, row.earned, "points")
        grid.row += 1
    grid.put(0, _stacked("年度总体目标"), "head", down=2)
    for column, head, text in ((1, "预期目标", "\n".join(form.goals)), (5, "实际完成情况", form.achieved)):
        grid.put(column, head, "head", across=4)
        grid.put(column, text, "top", across=4, below=1)
    grid.row += 2


def _indicators(grid: Grid, form: Form) -> None:
    grid.sheet.repeat_rows(grid.row)
    grid.put(0, _stacked("绩效指标"), "head", down=1 + sum(category.span for category in form.categories))
    for column, head in enumerate(HEADS, 1):
        grid.put(column, head, "head")
    grid.row += 1
    for category in form.categories:
        grid.put(1, category.label, "head", down=category.span)
        for dimension in category.dimensions:
            grid.put(2, dimension.name, "label", down=len(dimension.rows))
            for row in dimension.rows:
                grid.put(3, row.name, "text")
                grid.put(4, row.target, "label")
                grid.put(5, row.actual, "label")
                grid.number(6, row.points, "points")
                grid.number(7, row.earned, "points")
                grid.put(8, row.remark, "text")
                grid.row += 1
    grid.put(0, "总　分", "head", across=6)
    grid.number(6, form.whole, "total")
    grid.number(7, form.score, "total")
    grid.put(8, "\n".join(form.verdict), "bold")
    grid.row += 1
    grid.put(0, "备注", "head")
    grid.put(1, "\n".join(form.notes), "text", across=8)
    grid.row += 1


def _stacked(label: str) -> str:
    """A label for the narrow first column, two characters to a line."""
    return "\n".join(label[start : start + 2] for start in range(0, len(label), 2))


def _signatures(grid: Grid) -> None:
    for label, column, across in SIGNATURES:
        grid.put(column, label, "plain", across=across)
    grid.high(30)
    grid.row += 1


# ---- what stands behind it ---------------------------------------------------------------------------------------


def _explanations(book: Book, form: Form) -> None:
    grid = book.grid("得分说明", (17, 20, 18, 25, 42, 17, 19, 8))
    grid.wide(f"得分说明　{form.name}", "heading")
    grid.wide(form.source)
    heads = ("指标", "指标值", "实际完成值", "得分计算", "适用条款", "距下一步", "佐证材料", "问题")
    _heads(grid, heads)
    for row in form.explained:
        cells = (
            "\n".join(filter(None, (row.id, row.name))), row.target, row.actual, row.formula, "\n".join(row.clauses),
            row.next, row.evidence, row.findings,
        )  # fmt: skip
        grid.line(*((text, "text") for text in cells))
    grid.put(0, "合计", "head")
    grid.put(1, form.addition, "bold", across=len(heads) - 1)
    grid.row += 2
    _unverified(grid, form.unverified)


def _unverified(grid: Grid, clauses: Sequence[str]) -> None:
    grid.wide("所依据的未核对条款", "heading")
    if not clauses:
        grid.wide("没有。所依据的条款都已核对原文。")
        return
    grid.wide("下列条款的原文没有核对过，报送前请向财政部门确认。")
    for clause in clauses:
        grid.wide(f"· {clause}")


def _findings(book: Book, lines: Sequence[FindingLine], with_table: bool = False) -> Grid:
    front = [("项目", 28.0)] if with_table else []
    columns = [*front, ("编号", 8.0), ("程度", 8.0), ("对象", 24.0), ("问题", 58.0), ("处理建议", 38.0), ("依据", 26.0)]
    grid = book.grid("问题清单", [width for _, width in columns])
    grid.wide("问题清单", "heading")
    first = grid.row
    _heads(grid, [head for head, _ in columns])
    for line in lines:
        severity = "bad" if line.severity == "错误" else "label"
        grid.line(
            *([(line.table, "text")] if with_table else []),
            (line.rule, "label"), (line.severity, severity), (line.subject, "text"),
            (line.says, "text"), (line.remedy, "text"), (line.basis, "text"),
        )  # fmt: skip
    if lines:
        grid.sheet.autofilter(first, 0, grid.row - 1, len(columns) - 1)
    else:
        grid.wide("没有发现问题。", "text")
    grid.wide("依据为“本工具核对规则”的，是本工具自行设置的核对，不是制度规定。")
    return grid


def _heads(grid: Grid, heads: Sequence[str]) -> None:
    """A heading row, repeated on every page and kept in view."""
    grid.sheet.repeat_rows(grid.row)
    grid.line(*((head, "head") for head in heads))
    grid.sheet.freeze_panes(grid.row, 0)


# ---- the summary -------------------------------------------------------------------------------------------------


def _projects(book: Book, summary: Summary) -> None:
    grid = book.grid("汇总", (29, 35, 12, 12, 12, 11, 10, 8, 7, 7, 7))
    _top(grid, summary.title, summary.year, 1, 2)
    heads = (
        "项目编码",
        "项目名称",
        "年初预算数",
        "全年预算数",
        "全年执行数",
        "执行率",
        "得分",
        "等级",
        *summary.severities,
    )
    _heads(grid, heads)
    first = grid.row
    for row in summary.projects:
        _project(grid, row, "text")
    last = grid.row - 1
    _project(grid, summary.total, "bold")
    if summary.own:
        _project(grid, summary.own, "bold")
    grid.row += 1
    grades = "、".join(f"{grade} {count}" for grade, count in summary.grades)
    for said in (*summary.headlines, f"项目等级：{grades}"):
        grid.wide(said)
    grid.row += 1
    for left, (title, column, form, colour) in zip((4, 538), PLOTS, strict=True):
        chart = _bars(book, title, (first, last), column, form, colour)
        chart.set_size({"width": 524, "height": 80 + 30 * len(summary.projects)})
        grid.sheet.insert_chart(grid.row, 0, chart, {"x_offset": left})


def _project(grid: Grid, row: ProjectLine, look: str) -> None:
    money = ((text, "money") for text in (row.initial, row.adjusted, row.executed))
    counts = ((text, "count") for text in row.counts)
    score = ((row.rate, "rate"), (row.score, "points"), (row.grade, "label"))
    grid.line((row.code, look), (row.name, look), *money, *score, *counts)


def _bars(book: Book, title: str, rows: tuple[int, int], column: int, form: str, colour: str) -> Any:
    """A bar chart of one column of the project table, in the table's order."""
    font = {"name": "宋体", "size": 9}
    chart = book.workbook.add_chart({"type": "bar"})
    chart.add_series({
        "name": title,
        "categories": ["汇总", rows[0], 1, rows[1], 1],
        "values": ["汇总", rows[0], column, rows[1], column],
        "fill": {"color": colour},
        "gap": 60,
        "data_labels": {"value": True, "position": "inside_end", "font": font},
    })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"name": "宋体", "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": font, "line": {"color": "#808080"}})
    lines = {"visible": True, "line": {"color": "#D9D9D9"}}
    limit = {"max": 100} if form == "0" else {}
    chart.set_x_axis({"min": 0, "num_format": form, "num_font": font, "major_gridlines": lines} | limit)
    return chart


def _goals_and_measures(book: Book, summary: Summary) -> None:
    grid = book.grid("总体目标与措施", (10, 28, 58, 12, 46))
    grid.wide("总体绩效目标", "heading")
    grid.wide(summary.goal or "没有部门整体绩效目标。")
    for head, column, across in (("编号", 0, 1), ("目标", 1, 2), ("支撑项目及其得分、等级", 3, 2)):
        grid.put(column, head, "head", across=across)
    grid.row += 1
    for goal in summary.goals:
        grid.put(0, goal.id, "label")
        grid.put(1, goal.title, "text", across=2)
        grid.put(3, "\n".join(goal.projects), "text", across=2)
        grid.row += 1
    grid.row += 1
    grid.wide("工作保障措施", "heading")
    grid.line(*((head, "head") for head in ("编号", "措施", "内容", "落实情况", "佐证材料")))
    for measure in summary.measures:
        done = "label" if measure.state == "已落实" else "bad"
        grid.line(
            (measure.id, "label"), (measure.title, "text"), (measure.text, "text"), (measure.state, done),
            (measure.evidence, "text"),
        )  # fmt: skip
