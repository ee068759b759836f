"""The first sheet of the clerk's workbook: how to fill it in, and how far each project has come."""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.workbook.protected import ProtectedSheet

STEPS = (
    "只填浅黄色的单元格；其他单元格是规则文件中已有的内容，已锁定，改了也不算数。",
    "每个项目一张表。先填“全年预算数”“全年执行数”（万元），再逐行填“实际完成值”。",
    "实际完成值按右边印的单位只填数，如 60。百分比的单元格带百分号输入，如 96.5%；粘贴来的 96.5 或 0.965 会被要求核对。",
    "指标值是“有所提升”这类文字的，从下拉框选“达成程度”，再填“档内比例”（单元格提示写明各档范围）。",
    "注明“由金额计算”的行不用填，填好金额后自动得出。",
    "佐证材料一行写一份（Alt+Enter 换行）。没有证明材料的完成值，审核时会被退回。",
    "得分预览低于分值的行，须写“偏差原因”和“改进措施”；没有写的、写作“无”“同上”的变红。金额、完成值与预算、指标值相差千倍的也变红，最右一栏“核对提示”说明缘由。",
    "不要插入、删除行，也不要删除工作表；工作表可以改名，行可以调整高度。没有填的行照样印出，得 0 分。",
    "最好直接填数，不填公式；填了公式的，取保存时的计算结果。",
    "填完后保存（.xlsx），把文件放进工作区的 actuals/ 目录，运行 ziping check 和 ziping run。同一项目的完成情况只放在一处。",
    "得分预览、总分预览、等级预览只供填报时参考，以本工具评分后印出的为准；显示“待评分”的行由本工具评分时判定。",
)


@dataclass(frozen=True, slots=True)
class ListedTable:
    """One goal table in the list: references to its cells on its own sheet."""

    name: str
    code: str
    adjusted: str
    executed: str
    preview: str
    grade: str
    missing: str
    project: bool


def steps(sheet: ProtectedSheet, title: str, told: tuple[str, ...], key: str = "") -> None:
    """Write a title, how to fill the workbook in, and what the colours mean; every row but the first has this key."""
    sheet.put("a", title, "title", to="h")
    sheet.next(key)
    sheet.put("a", "填写说明", "heading", to="h")
    sheet.next(key)
    for number, step in enumerate(told, 1):
        sheet.put("a", str(number), "label")
        sheet.put("b", step, "text", to="h")
        sheet.next(key)
    sheet.put("a", "", "words")
    sheet.put("b", "浅黄色：由您填写", "plain", to="c")
    sheet.next(key)
    sheet.put("a", "", "none")
    sheet.put("b", "灰色：自动计算，或这一行不用填", "plain", to="c")


def guide(sheet: ProtectedSheet, unit: str, year: int, listed: list[ListedTable], first: int) -> None:
    """Write the guide; the list of tables starts at row `first` (from 0), projects first."""
    steps(sheet, f"{unit}　{year}年度绩效自评填报表", STEPS)
    sheet.row = first - 2
    sheet.put("a", "填报进度（自动更新）", "heading", to="f")
    sheet.put("g", "单位：万元", "right", to="h")
    sheet.row += 1
    heads = ("序号", "项目", "编码", "全年预算数", "全年执行数", "得分预览", "等级预览", "填报情况")
    for column, head in zip("abcdefgh", heads, strict=True):
        sheet.put(column, head, "head")
    sheet.row += 1
    for number, one in enumerate(listed, 1):
        sheet.put("a", str(number), "label")
        sheet.put("b", one.name, "text")
        sheet.put("c", one.code, "text")
        for column, ref in (("d", one.adjusted), ("e", one.executed)):
            sheet.formula(column, f'IF({ref}="","",{ref})', "computed wan")
        sheet.formula("f", one.preview, "preview")
        sheet.formula("g", one.grade, "label")
        sheet.formula("h", one.missing, "label")
        sheet.row += 1
    sheet.end()
