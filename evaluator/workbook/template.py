"""The clerk's workbook (自评填报表): one unit and year, everything known filled and locked, inputs in light yellow.

The same content gives the same bytes. No macro, no link, no password; scores shown are previews (preview.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evaluator.figures import percent, points
from evaluator.formats.grid import Book
from evaluator.inapplicable import WORD
from evaluator.model import Actuals, Department, MeasureResult, Project, Spending, Table, code_of
from evaluator.policy import UNGRADED
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.scoring import WHOLE
from evaluator.workbook import hints
from evaluator.workbook.guide import ListedTable, guide
from evaluator.workbook.hints import kept_words, words_from
from evaluator.workbook.inputrows import (
    AMOUNT_CELLS,
    LINES,
    GoalSheet,
    amount_cell,
    attention,
    cells,
    indicator_row,
    reasons,
    red,
    share_rows,
    written,
)
from evaluator.workbook.inputs import (
    BASICS,
    COLUMNS,
    EMPTY,
    GOALS,
    GUIDE,
    HEADS,
    MEASURES,
    MONEY,
    REMARK,
    ROWS,
    SCHEMA,
    SHEET,
    fingerprint,
    key,
    shown,
)
from evaluator.workbook.preview import HELPERS, WAITING, Cells, execution
from evaluator.workbook.protected import DONE, YES_NO, ProtectedSheet, hide, sheet_name, stamp_of

WIDTHS = {
    "category": 9, "dimension": 11, "name": 19, "target": 12, "points": 7, "actual": 13, "unit": 8, "state": 14,
    "share": 8.5, "preview": 8.5, "evidence": 22, "cause": 22, "remedy": 22, "hint": 60,
}  # fmt: skip
MONEY_HEADS = ("项目资金", "", "年初预算数", "全年预算数", "分值", "全年执行数", "", "执行率", "", "得分预览", "", "偏差原因", "改进措施", "核对提示")  # fmt: skip
PREVIEW = "得分预览只供填报时参考，与本工具的算法一致到 0.01 分；不能由公式确定的显示“待评分”。以本工具评分后印出的得分为准，等级还可能受问题清单限制。"
LEAVING_OUT = (
    f"本年度用不上的指标，实际完成值填“{WORD}”，并在偏差原因中写明为什么；没有做、没有做成的，照实填写，不填“{WORD}”。"
)
MONEY_HIGH = 54  # room for two amounts read in two ways
LISTED = 20  # the row of the guide where the list of goal tables starts, from 0


def template_xlsx(
    rulebook: Rulebook, tables: Sequence[Table], actuals: Mapping[tuple[int, str], Actuals], revision: int
) -> bytes:
    """The workbook of these goal tables (one unit and year), with the results there are."""
    unit, year = tables[0].unit, tables[0].year
    made_up = any(results.illustrative for table in tables if (results := actuals.get((year, code_of(table)))))
    book = Book(f"{unit.name} {year} 自评填报表", stamp_of(rulebook, revision, made_up))
    first = ProtectedSheet(book, "填写说明", {"a": 6, "b": 34, "c": 30, "d": 15, "e": 15, "f": 12, "g": 12, "h": 12})
    first.key(GUIDE)
    listed: list[ListedTable] = []
    projects = sum(isinstance(table, Project) for table in tables)
    head = _head(rulebook, tables)
    says = {rule.id: rule for rule in rulebook.findings}
    words = words_from(len(head) + sum(len(shown(table)) for table in tables))
    for index, table in enumerate(tables, 1):
        policy = rulebook.policy_for(table)
        called = f"{index} {table.name}" if isinstance(table, Project) else "部门整体"
        sheet = ProtectedSheet(book, sheet_name(called), WIDTHS, (*HELPERS, *hints.COLUMNS))
        page = GoalSheet(sheet, table, policy, actuals.get((year, code_of(table))), says, words)
        listed.append(_table(page, projects, LISTED))
    guide(first, unit.name, year, listed, LISTED)
    _meta(book, head, tables)
    return book.save()


def _table(page: GoalSheet, projects: int, first: int) -> ListedTable:
    """One sheet: heading, money, goals, indicators or item goals with previews, total, measures."""
    sheet, table = page.sheet, page.table
    name = table.name if isinstance(table, Project) else f"{table.unit.name}部门整体"
    page.line(("category", f"{name}　自评填报表", "title", "remedy"), kind=SHEET)
    page.line(("category", f"（{table.year}年度）", "center", "evidence"), ("cause", "单位：万元", "right", "remedy"))
    _basics(page, name)
    money = _money(page, projects, first)
    achieved = _goals(page)
    page.key()
    sheet.sheet.repeat_rows(sheet.row)
    sheet.heads(HEADS)
    sheet.fields(key(page.code, "栏", ROWS), {field: field for field in COLUMNS[ROWS]})
    start, rows = sheet.row, indicators_of(table)
    if page.policy.not_applicable is not None and page.policy.not_applicable.shares:
        letter = _letter(sheet.cell("actual"))
        page.answers = f"{letter}${start + 1}:{letter}${start + len(rows)}"
    for row in rows:
        indicator_row(page, row)
    listed = _total(page, money, start, name, achieved)
    if isinstance(table, Department):
        _measures(page, table)
    _remark(page)
    page.line(("category", PREVIEW, "plain", "remedy"))
    if page.policy.leaves_out:
        page.line(("category", LEAVING_OUT, "plain", "remedy"))
    sheet.sheet.freeze_panes(0, sheet.at["target"])
    sheet.end("remedy")
    return listed


def _basics(page: GoalSheet, name: str) -> None:
    sheet, table, project = page.sheet, page.table, isinstance(page.table, Project)
    sheet.fields(key(page.code, "栏", BASICS), {"illustrative": "remedy"})
    sheet.choose("remedy", "是否示例数据", "真实的完成情况填“否”；为演示而编的填“是”，印出的报表会注明。", YES_NO)
    page.line(
        ("category", "项目名称" if project else "部门名称", "head", "dimension"),
        ("name", name, "text", "actual"),
        ("unit", "项目编码" if project else "单位编码", "head", "state"),
        ("share", page.code, "text", "evidence"),
        ("cause", "是否示例数据（演示用）", "head"),
        ("remedy", YES_NO[not (page.given and page.given.illustrative)], "choice"),
        kind=BASICS,
    )
    page.line(
        ("category", "实施单位", "head", "dimension"),
        ("name", table.unit.name, "text", "actual"),
        ("unit", "评分办法", "head", "state"),
        ("share", f"{page.policy.title}（{page.policy.id}）", "text", "remedy"),
    )


def _money(page: GoalSheet, projects: int, first: int) -> Cells:
    """The money row and its parts: typed where there is a budget, else added up from the list on the guide sheet."""
    sheet, table = page.sheet, page.table
    spending = page.given.spending if page.given else Spending()
    reasoned = {"cause": "cause", "remedy": "remedy"}
    page.key()
    sheet.heads(MONEY_HEADS)
    sheet.fields(
        key(page.code, "栏", MONEY), {"initial": "name", **AMOUNT_CELLS, **reasoned} if table.budget else reasoned
    )
    page.key(MONEY)
    sheet.put("category", "年度资金总额" + ("" if table.budget else "（各项目合计）"), "text", to="dimension")
    if table.budget:
        sheet.amount("name", table.budget.total, "computed wan")
        for field in AMOUNT_CELLS:
            amount_cell(page, field, getattr(spending, field))
    else:
        sheet.put("name", EMPTY, "none")
        for column, letter in (("target", "E"), ("actual", "F")):
            span = f"'填写说明'!${letter}${first + 1}:${letter}${first + projects}"
            sheet.formula(
                column, f'IF(AND({projects}>0,COUNT({span})={projects}),ROUND(SUM({span}),6),"")', "computed wan"
            )
    at = cells(page, sheet.cell("target"), sheet.cell("actual"))
    formulas = execution(at, page.policy.allocation.execution, page.policy)
    sheet.number("points", page.policy.allocation.execution / 100, "points")
    sheet.formula("state", f'IF(OR({at.n}="",{at.t}=""),"{EMPTY}",{at.n}/{at.t})', "computed percent")
    sheet.nothing("unit", "share", "evidence")
    written(page, formulas)
    initial = table.budget.total if isinstance(table, Project) else 0
    hint = hints.money(page.says, initial, at.adjusted, at.executed, sheet.cell("said"))
    reasons(page, spending.cause, spending.remedy, hint)
    attention(page, f'AND({at.adjusted}<>"",{at.executed}<>"")', "target", "actual")
    sheet.high(MONEY_HIGH)
    sheet.row += 1
    share_rows(page, spending, at.adjusted, at.executed)
    if isinstance(table, Project) and table.plan:
        plan = "　".join(f"{when} {percent(share)}" for when, share in table.plan.items())
        page.line(("category", "资金支出计划（累计）", "text", "dimension"), ("name", plan, "text", "remedy"))
    page.money = at
    return at


def _goals(page: GoalSheet) -> str:
    """The goals and the cell for what came of them; returns the cell that tells whether it says something."""
    sheet, table = page.sheet, page.table
    goals = table.goals if isinstance(table, Project) else [table.goal]
    page.line(("category", "年度总体目标：预期目标", "text", "dimension"), ("name", "\n".join(goals), "text", "remedy"))
    sheet.fields(key(page.code, "栏", GOALS), {"achieved": "name"})
    page.key(GOALS)
    sheet.put("category", "年度总体目标：实际完成情况", "text", to="dimension")
    says = "对照左上方的预期目标，写全年实际完成了什么；没有完成的写明。"
    sheet.words("name", page.given.achieved if page.given else "", "实际完成情况", says, to="remedy")
    sheet.high(48)
    cell, kind = sheet.cell("name"), sheet.cell("said")
    sheet.formula("said", hints.spoken(cell, page.words))
    hint = hints.achieved(page.says, cell, kind, (page.money.adjusted, page.money.executed))
    sheet.formula("hint", hint, "hint")
    red(page, "name", f'{sheet.cell("hint")}<>""')
    sheet.row += 1
    return kind


def _remark(page: GoalSheet) -> None:
    sheet = page.sheet
    sheet.fields(key(page.code, "栏", REMARK), {"remark": "name"})
    sheet.ask("name", "备注", "照原样印在自评表的备注栏；没有要说明的留空。")
    remark = page.given.remark if page.given else ""
    page.line(("category", "备注（没有可不填）", "text", "dimension"), ("name", remark, "words", "remedy"), kind=REMARK)


def _total(page: GoalSheet, money: Cells, start: int, name: str, achieved: str) -> ListedTable:
    """The total with its caps, the grade by score, and how much is still missing."""
    sheet, policy, count = page.sheet, page.policy, page.sheet.row - start
    page.key()
    spent = _letter(sheet.cell("preview")) + re.sub(r"\D", "", money.n)

    def down(field: str) -> str:
        letter = _letter(sheet.cell(field))
        return f"{letter}${start + 1}:{letter}${start + count}"

    rows = down("preview")
    whole, known = f"ROUND(SUM({rows})+{spent},2)", f"COUNT({rows})+COUNT({spent})"
    if policy.leaves_out and not page.answers:
        left, step = f'ROUND(SUMIF({rows},"{WORD}",{down("points")})*100,0)', policy.rounding.step
        above, rest = f"ROUND((SUM({rows})+{spent})*100,0)", f"({WHOLE}-{left})"
        rescaled = f"INT((2*{above}*{WHOLE}+{rest}*{step})/(2*{rest}*{step}))*{step}/100"
        whole = f"IF({left}=0,{whole},IF({left}={WHOLE},{WAITING},{rescaled}))"
        known += f'+COUNTIF({rows},"{WORD}")'
    capped = [
        f"IF({money.n}*{cap.below.denominator}<{cap.below.numerator}*{money.t},{cap.total}/100,100)"
        for cap in policy.caps.execution
    ]
    if capped:
        lowest = min(cap.total for cap in policy.caps.execution)
        whole = f'MIN({whole},IF(OR({money.n}="",{money.t}=""),{lowest}/100,MIN({",".join(capped)})))'
    notes = [*(["不适用的已折算"] if WORD in whole else []), *(["已按执行率封顶"] if capped else [])]
    sheet.put("category", "总分预览" + (f"（{'，'.join(notes)}）" if notes else ""), "head", to="target")
    sheet.formula("points", f"ROUND(SUM({down('points')}),2)+{points(policy.allocation.execution)}", "total")
    sheet.put("actual", "", "head", to="share")
    sheet.formula("preview", f'IF({known}={count + 1},{whole},"待评分")', "preview")
    total = sheet.cell("preview")
    grade = f'"{UNGRADED}"'
    for band in reversed(policy.grades.bands):
        grade = f'IF(ROUND({total}*100,0)>={band.start},"{band.grade}",{grade})'
    empty = f'SUMPRODUCT(({down("actual")}="")*(({down("state")}="")+({down("state")}="{EMPTY}")))'
    if page.table.budget:
        empty += f'+IF({money.adjusted}="",1,0)+IF({money.executed}="",1,0)'
    empty += f"+IF({achieved}<2,1,0)"
    sheet.put("evidence", "等级预览（只按总分）", "head")
    sheet.formula("cause", f'IF(ISNUMBER({total}),{grade},"待评分")', "label")
    sheet.formula("remedy", f'IF({empty}=0,"已填完","还有"&({empty})&"处没有填")', "label")
    quoted = "'" + sheet.name + "'!"
    listed = ListedTable(
        name=name,
        code=page.code,
        adjusted=quoted + money.adjusted,
        executed=quoted + money.executed,
        preview=quoted + total,
        grade=quoted + sheet.cell("cause"),
        missing=quoted + sheet.cell("remedy"),
    )
    sheet.row += 1
    return listed


def _letter(cell: str) -> str:
    """The column of a reference: $G of $G12."""
    return re.sub(r"\d", "", cell)


def _measures(page: GoalSheet, department: Department) -> None:
    sheet = page.sheet
    done = page.given.measures if page.given else {}
    page.line(
        ("category", "工作保障措施", "head", "dimension"),
        ("name", "内容", "head", "unit"),
        ("state", "落实程度", "head", "preview"),
        ("evidence", "佐证材料", "head"),
        ("cause", "说明", "head", "remedy"),
    )
    sheet.fields(
        key(page.code, "栏", MEASURES), {"name": "category", "state": "state", "evidence": "evidence", "note": "cause"}
    )
    for measure in department.measures:
        given: MeasureResult | None = done.get(measure.id)
        sheet.choose("state", "落实程度", "已落实、部分落实或未落实。", DONE)
        sheet.ask("evidence", "佐证材料", LINES)
        page.line(
            ("category", measure.title, "label", "dimension"),
            ("name", measure.text, "text", "unit"),
            ("state", given.state if given else "", "choice", "preview"),
            ("evidence", "\n".join(given.evidence) if given else "", "words"),
            ("cause", given.note if given else "", "words", "remedy"),
            kind=MEASURES,
            name=measure.id,
        )


def _head(rulebook: Rulebook, tables: Sequence[Table]) -> dict[str, str]:
    """What the hidden sheet says of the whole workbook."""
    unit = tables[0].unit
    return {
        "schema": SCHEMA,
        "unit": unit.code,
        "name": unit.name,
        "year": str(tables[0].year),
        "rules": rulebook.digest,
        "policies": " ".join(sorted({rulebook.policy_for(table).id for table in tables})),
    }


def _meta(book: Book, head: Mapping[str, str], tables: Sequence[Table]) -> None:
    """The hidden sheet: what this workbook is of, the words that say nothing, and what each row showed when it was made."""
    lines = [[label, text] for label, text in head.items()]
    for table in tables:
        for name, fields in shown(table).items():
            lines.append(["row", name, fingerprint(fields), *(part for pair in fields.items() for part in pair)])
    lines += [["word", word] for word in kept_words()]
    hide(book, lines)
