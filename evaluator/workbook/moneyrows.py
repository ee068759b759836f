"""The parts of the money in the clerk's workbook: a project's funds, a department's 基本支出 and 项目支出, each a row."""

from __future__ import annotations

from evaluator.model import AMOUNTS, Spending
from evaluator.rulebook.funds import shares_of
from evaluator.workbook.inputrows import GoalSheet
from evaluator.workbook.inputs import EMPTY, SHARES, key
from evaluator.workbook.protected import LARGEST_WAN, between

COLUMNS = {"adjusted": "target", "executed": "actual"}  # where the two amounts of a row are typed
SAYS = {"adjusted": "年初预算加减追加、调减后的数", "executed": "截至12月31日实际支出的数"}


def amount_cell(page: GoalSheet, field: str, fen: int | None, of: str = "") -> None:
    """A yellow cell for an amount of the year in 万元, of the total or of the part that is named."""
    sheet, column = page.sheet, COLUMNS[field]
    sheet.amount(column, fen, "wan")
    only = f"其中{of}，没有的留空；" if of else ""
    title = f"{AMOUNTS[field]}（万元）"
    sheet.ask(column, title, f"{only}{SAYS[field]}，单位：万元，二到六位小数。", between(0, LARGEST_WAN))


def share_rows(page: GoalSheet, spending: Spending, adjusted: str, executed: str) -> None:
    """A row for each part below the total, whose cells are named, and whether the parts add up to it."""
    sheet, shares = page.sheet, shares_of(page.table, spending)
    if not shares:
        return
    sheet.fields(key(page.code, "栏", SHARES), {"initial": "name", **COLUMNS})
    first, last = sheet.row + 1, sheet.row + len(shares)
    checks = [_sum(AMOUNTS[field], total, sheet.cell(column), first, last)
              for (field, column), total in zip(COLUMNS.items(), (adjusted, executed), strict=True)]  # fmt: skip
    for number, (name, share) in enumerate(shares.items()):
        page.key(SHARES, name)
        sheet.put("category", ("其中：" if not number else "　　") + share.title, "text", to="dimension")
        if share.initial is None:
            sheet.nothing("name")
        else:
            sheet.amount("name", share.initial, "computed wan")
        for field in COLUMNS:
            amount_cell(page, field, getattr(share, field), share.title)
        a, e = sheet.cell("target"), sheet.cell("actual")
        sheet.formula("state", f'IF(AND(ISNUMBER({a}),ISNUMBER({e}),{a}>0),{e}/{a},"{EMPTY}")', "computed percent")
        sheet.nothing("points", "unit", "share", "preview", "evidence")
        sheet.put("cause", "", "text", to="remedy")
        if number < len(checks):
            sheet.formula("cause", checks[number], "text")
        sheet.row += 1


def _sum(title: str, total: str, cell: str, first: int, last: int) -> str:
    """The words, by formula, on whether a column adds up; none while nothing stands in it."""
    letter = "".join(char for char in cell if char.isalpha())
    span = f"${letter}${first}:${letter}${last}"
    same = f'IF(ROUND(SUM({span})*1000000,0)=ROUND({total}*1000000,0),"{title}各项相加与总数相同",'
    return f'IF(OR(COUNT({span})=0,NOT(ISNUMBER({total}))),"",{same}"{title}各项相加是"&ROUND(SUM({span}),6)&"，与总数不同"))'
