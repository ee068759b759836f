"""What a template workbook and its reader agree on: hidden keys, fields, and the unit a number is typed in.

Column A of a sheet (hidden, locked) holds each row's key `code|kind|id`; a hidden row `code|栏|kind` says which field
stands in which column. Rows may therefore move, columns be widened and sheets be renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from evaluator.figures import points, wan
from evaluator.files.digests import digest_of
from evaluator.model import Indicator, Project, Spending, Table, code_of
from evaluator.quantities.quantity import Target, Unreadable, set_beside
from evaluator.quantities.reading import Amount
from evaluator.rulebook.book import indicators_of
from evaluator.rulebook.funds import shares_of

META, SCHEMA = "_ziping", "1"  # the hidden sheet, and the version of this agreement
SHEET, FIELDS, PLAIN, GUIDE = "表", "栏", "文", "ziping|说明|"  # kinds of rows that hold no result
BASICS, MONEY, SHARES, GOALS, ROWS, MEASURES, REMARK = "基本", "资金", "分项", "目标", "指标", "措施", "备注"
REPORT, SPENT, PROGRESS, DUTIES = "监控", "进度资金", "进度", "事项"  # rows of a report during the year
WATCHED = (REPORT, SPENT, PROGRESS, DUTIES)
REPORT_SHEET, DUTY_SHEET = "说明", "年度事项"  # sheets of such a report that are of no project
EMPTY = "—"  # what a cell shows that takes nothing
LOCKED = {  # shown, and never read back
    "name": "名称",
    "target": "指标值",
    "points": "分值",
    "initial": "年初预算数",
    "day": "数据截至日期",
    "budget": "现行全年预算数",
    "due": "期限",
    "last": "上次所填",
    "told": "上次说明",
    "unit": "单位",
}
YEAR_END = ("cause", "measure", "likelihood", "told")  # what a report says of how the year will end
COLUMNS = {  # the fields of each kind of row; money that is added up has the last two only
    BASICS: {"illustrative"},
    MONEY: {"initial", "adjusted", "executed", "cause", "remedy"},
    SHARES: {"initial", "adjusted", "executed"},
    GOALS: {"achieved"},
    ROWS: {"name", "target", "points", "actual", "state", "share", "evidence", "cause", "remedy"},
    MEASURES: {"name", "state", "evidence", "note"},
    REMARK: {"remark"},
    REPORT: {"day", "illustrative"},
    SPENT: {"initial", "budget", "last", "executed", "adjusted", *YEAR_END},
    PROGRESS: {"name", "target", "last", "value", "unit", "cumulative", "forecast", *YEAR_END},
    DUTIES: {"name", "due", "last", "done", "note"},
}
TITLES = {
    "adjusted": "全年预算数",
    "executed": "全年执行数",
    "achieved": "年度总体目标实际完成情况",
    "remark": "备注",
    "actual": "实际完成值",
    "state": "达成程度",
    "share": "档内比例",
    "evidence": "佐证材料",
    "cause": "偏差原因",
    "remedy": "改进措施",
    "note": "说明",
    "illustrative": "示例数据",
}
HEADS = ["一级指标", "二级指标", "三级指标", "指标值", "分值", "实际完成值", "单位", "达成程度", "档内比例", "得分预览", "佐证材料", "偏差原因", "改进措施", "核对提示"]  # fmt: skip
WATCHED_TITLES = TITLES | {  # of a report during the year
    "executed": "截至目前执行数",
    "adjusted": "调整后的全年预算数",
    "value": "截至目前完成值",
    "cumulative": "是否累计数",
    "forecast": "全年预计",
    "measure": "改进措施",
    "likelihood": "实现可能性",
    "done": "完成日期",
}
WATCHED_HEADS = ("二级指标", "三级指标", "指标值", "上次完成值", "截至目前完成值", "单位", "是否累计数", "全年预计", "偏差原因", "改进措施", "实现可能性", "上次说明")  # fmt: skip
TYPED = ("actual", "value", "forecast")  # where a number stands in the unit of the row


def key(code: str, kind: str, name: str = "") -> str:
    """The hidden key of a row."""
    return f"{code}|{kind}|{name}"


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """How the number of a row is typed: its unit, and low and high of the target in that unit.

    `percent`: the cell has a per cent format, and holds 0.95 for 95%. `negative`: a number below 0 can be read.
    """

    word: str
    unit: str
    percent: bool
    negative: bool
    low: Fraction
    high: Fraction


def entry_of(row: Indicator, year: int) -> TypedNumber | None:
    """How a number is typed under this target; None where words are typed, or where a number would need a question."""
    target = row.read
    if not isinstance(target.content, Amount) or target.content.either_way:
        return None
    unit = target.content.low.unit.name
    try:
        pair = set_beside(target, f"1{unit}", year=year)
    except Unreadable:
        return None
    if pair.actual != 1 or pair.unit != unit:
        return None
    high = pair.target if pair.high is None else pair.high
    return TypedNumber(pair.comparator, unit, unit == "%", _negative(target, unit, year), pair.target, high)


def _negative(target: Target, unit: str, year: int) -> bool:
    try:
        set_beside(target, f"-1{unit}", year=year)
    except Unreadable:
        return False
    return True


def doubtful(entry: TypedNumber, share: Fraction) -> bool:
    """Whether a per cent cell holding this share (95 is shown as 9500%) rather means the bare number.

    So it is taken from ten times the target on, beyond 100%: there the bare number lies nearer to the target.
    """
    return share > 1 and share * 100 > 10 * max(entry.low, entry.high)


def shown(table: Table) -> dict[str, dict[str, str]]:
    """What a template shows, locked, of each row of a goal table, by key."""
    code = code_of(table)
    name = table.name if isinstance(table, Project) else f"{table.unit.name}部门整体"
    rows = {key(code, SHEET): {"name": name}}
    if table.budget:
        rows[key(code, MONEY)] = {"initial": wan(table.budget.total)}
    for part, share in shares_of(table, Spending()).items():
        initial = EMPTY if share.initial is None else wan(share.initial)
        rows[key(code, SHARES, part)] = {"name": share.title, "initial": initial}
    for row in indicators_of(table):
        rows[key(code, ROWS, row.id)] = {"name": row.name, "target": row.target, "points": points(row.points)}
    if not isinstance(table, Project):
        rows |= {key(code, MEASURES, one.id): {"name": one.title} for one in table.measures}
    return rows


def watched(project: Project) -> dict[str, dict[str, str]]:
    """What a workbook of a report during the year shows, locked, of each row of a project, by key; points do not matter in it."""
    rows = shown(project)
    kinds = {SHEET: SHEET, MONEY: SPENT, ROWS: PROGRESS}
    made = {}
    for name, fields in rows.items():
        code, kind, ident = name.split("|", 2)
        if kind in kinds:  # what is spent during the year is not told by its parts
            made[key(code, kinds[kind], ident)] = {field: text for field, text in fields.items() if field != "points"}
    return made


def fingerprint(shown: dict[str, str]) -> str:
    """Sixteen digits that name what a row showed when the template was made."""
    return digest_of(shown)[:16]
