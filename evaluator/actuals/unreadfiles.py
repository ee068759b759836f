"""Files among the results that are not read, or that have lost what they are read by: each is named, with what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evaluator.errors import Problem, Severity, Where
from evaluator.workbook.inputs import BASICS, FIELDS, GOALS, GUIDE, MEASURES, MONEY, PLAIN, ROWS, SHEET

READ = (".yaml", ".yml", ".csv", ".xlsx")
TABLES = (".xls", ".xlsm", ".xlsb", ".xltx", ".et", ".ods", ".numbers")  # may well be the results themselves
FORMS = (".docx", ".doc", ".wps", ".rtf", ".odt", ".pdf", ".ofd", ".html", ".htm", ".mht", ".txt", ".tsv", ".json", ".zip", ".rar", ".7z")  # fmt: skip
FILL = "完成情况填在 ziping template 写出的填报表里，以 .xlsx 放进来；填好的 Word、PDF 自评表用 ziping audit 核对；佐证材料用 ziping evidence 登记"
_KINDS = "|".join((SHEET, FIELDS, PLAIN, BASICS, MONEY, GOALS, ROWS, MEASURES))
_KEY = re.compile(rf"{re.escape(GUIDE)}|[0-9A-Za-z_.-]{{1,40}}\|({_KINDS})\|")


def not_read(suffix: str, where: Where, named: bool) -> Problem:
    """Why a file is not read, by its suffix; `named` when a person named this very file as results."""
    suffix = suffix.lower()
    if suffix in TABLES:
        return Problem("A204", f"不读取 {suffix} 格式的表", where, "另存为 .xlsx 或 .csv")
    if named:
        return Problem("A204", "不是完成情况的文件", where, "、".join(READ))
    severity: Severity = "警告" if suffix in FORMS else "提示"
    says = f"没有读：{suffix + ' 文件' if suffix else '没有扩展名的文件'}不作为完成情况读取"
    return Problem("A122", says, where, "、".join(READ), severity=severity, remedy=FILL)


def torn(first: Iterable[str], where: Where) -> Problem | None:
    """What to do with a sheet that was saved or copied out of a template workbook; `first` are the texts of its first column."""
    if not any(_KEY.match(text) for text in first):
        return None
    saved = "另存成的 CSV" if where.path.lower().endswith(".csv") else "里复制出来的工作表"
    says = f"这是填报表{saved}，隐藏的说明页没有了，不知道各格是什么"
    remedy = "在 Excel 或 WPS 中打开原来的填报表，另存为 .xlsx 放进来；原来的没有了，运行 ziping template 重新写出"
    return Problem("A421", says, where, "ziping template 写出的填报表（.xlsx）", remedy=remedy)
