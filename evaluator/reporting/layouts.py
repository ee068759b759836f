"""Layouts of the self-evaluation form (自评表版式): data under reports/forms, one file per form, no Python for a new one.

A layout has columns and rows of cells, from left to right; a place covered from above has no cell of its own. A cell has

    text    what stands there; `{form.name}` and the like are filled in, values never read as templates
    look    head, label, text, top, bold, points, total, money, rate … (pages.py); without a border plain, right, sample …
    across  how many columns it takes
    down    how many rows, or `money`, `funds`, `parts`, `indicators`: down to the last of those rows
    ticks   a kind of project (项目类别 …): the choice in the text that a project's `kinds` names has its box ticked

and a row may say

    each    money: one row for the total and each fund of the national form (`{row.label}` …); funds: the funds a province keeps
            apart, without the total; parts: a department's 基本支出 and 项目支出; indicators: one row per indicator (`{row.target}`
            …; a cell with `merge: category` or `merge: dimension` is merged over the rows of one level)
    repeat  true: a heading printed again on each page
    high    how many millimetres at least, to sign or stamp in

Outside them `{total.initial}`, `{fiscal.…}`, `{carried.…}`, `{other.…}`, `{special.…}`, `{own.…}`, `{basic.…}` and `{projects.…}`
name single sums. WORDS below is the whole vocabulary, with REVIEW for a form of a review (复核); anything else in braces is
a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, Flag, Name, Words, Written
from evaluator.errors import Problem, RuleProblems, UsageProblem, nearest, nearest_of_place
from evaluator.model import Basis
from evaluator.pages import Printed
from evaluator.workspace.places import product

Each = Literal["money", "funds", "parts", "indicators"]
EACH: tuple[Each, ...] = get_args(Each)
SUMS = ("total", "fiscal", "carried", "other", "special", "own", "basic", "projects")  # single sums that a layout names
Of = Literal["项目", "部门", "复核"]
KINDS: dict[Of, str] = {
    "项目": "national",
    "部门": "department",
    "复核": "review",
}  # where a policy has none of its own
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

ROW = {  # of money
    "label": "资金或支出的名称",
    "initial": "年初预算数",
    "adjusted": "全年预算数",
    "executed": "全年执行数",
    "points": "分值",
    "rate": "执行率",
    "earned": "得分",
}
WORDS: dict[str, dict[str, str]] = {
    "form": {
        "name": "项目（或单位）名称",
        "code": "项目（或单位）编码",
        "authority": "主管部门",
        "unit": "实施单位",
        "filler": "填表人",
        "phone": "联系电话",
        "date": "填表日期",
        "head": "单位负责人",
        "reviewer": "审核人",
        "year": "年度",
        "under": "评分办法的名称；评分办法是本版式所属的时为空",
        "sample": "示例数据的标记，实际数据为空",
        "goals": "预期目标",
        "achieved": "实际完成情况",
        "process": "项目实施内容及过程概述",
        "spending": "预算执行率的分值",
        "others": "全部指标的分值",
        "points": "总分值",
        "score": "总得分",
        "grade": "等级；不评级的为“不评级”",
        "graded": "写在句子里的等级，如“等级良”“不评级”",
        "verdict": "等级（不评级的不写），以及封顶、限等级的原因",
        "lowered": "封顶、限等级的原因",
        "causes": "各指标偏差原因",
        "remedies": "各指标改进措施",
        "remark": "单位写的备注",
        "notes": "单位写的备注，和预算执行率的偏差原因、改进措施",
        "rules": "版式自带的计分说明（只在所属评分办法下印出）",
    },
    **dict.fromkeys((*SUMS, "money", "funds", "parts"), ROW),
    "indicators": {
        "category": "一级指标",
        "category_points": "一级指标的分值",
        "category_weight": "分层权重的一级权重；没有的为空",
        "dimension": "二级指标",
        "dimension_points": "分层权重的二级分值；没有的为空",
        "name": "三级指标",
        "target": "年度指标值",
        "criterion": "本行的评分标准，照录原文；没有的为空",
        "sign": "指标性质（比较符或类别）",
        "value": "指标值（不含比较符和单位）",
        "unit": "度量单位",
        "actual": "实际完成值",
        "number": "实际完成值（与度量单位相同的单位不再写）",
        "weight": "分层权重的三级分值；没有的为空",
        "points": "分值（有分层权重的，是折合总分的分值）",
        "earned": "得分",
        "data": "采集数据项：名称和所填的数；没有的为空",
        "remark": "偏差原因和改进措施",
        "cause": "偏差原因",
    },
}

_REVIEWED = {"earned": "自评得分", "reviewed_actual": "复核完成值", "reviewed": "复核得分", "deviation": "复核得分减自评得分",
             "note": "扣分依据、偏差原因、依据的材料"}  # fmt: skip
REVIEW: dict[str, dict[str, str]] = {  # what a form of a review may say besides
    "form": {
        "reviewed": "复核得分",
        "own_grade": "自评等级；不评级的不写",
        "reviewed_grade": "复核等级；不评级的不写",
        "deviation": "复核得分减自评得分",
        "counted": "财政评定的等级低于自评时计入的得分和依据",
        "opinion": "主要偏差原因",
        "reviewers": "复核人",
        "submitted": "所复核的自评表的版次",
    },
    "execution": {"name": "预算执行率", "target": "指标值", "unit": "度量单位", "points": "分值", "actual": "自评的执行率",
                  **_REVIEWED},
    "indicators": _REVIEWED,
}  # fmt: skip


def _rows_down(value: object) -> object:
    text = str(value)
    if text in EACH:
        return text
    if re.fullmatch(r"[1-9]\d?", text):
        return int(text)
    raise ValueError("应为行数（1—99），或 money、funds、parts、indicators")


Down = Annotated[
    int | str,
    BeforeValidator(_rows_down),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 99}, {"enum": list(EACH)}]}),
]


class LayoutCell(Written, title="格子"):
    """One cell of a layout."""

    text: Words = Field("", title="文字；{form.name} 等换成内容")
    look: Printed = Field("text", title="样子")
    across: int = Field(1, ge=1, le=30, title="横跨几栏")
    down: Down = Field(1, title="竖跨几行，或跨到 money、funds、parts、indicators 的最后一行")
    merge: Literal["category", "dimension"] | None = Field(None, title="同一级指标的各行合并")
    ticks: Name | None = Field(None, title="按项目的哪一类打勾；文字中写“选项 □”")


class LayoutRow(Written, title="一行"):
    """A row, or with `each` one row for each of some things."""

    each: Each | None = Field(
        None, title="逐项重复：money 资金，funds 分开列的资金来源，parts 基本支出和项目支出，indicators 指标"
    )
    repeat: Flag = Field(False, title="换页时重复印出")
    high: int = Field(0, ge=0, le=100, title="至少多高（毫米），供签字、盖章")
    cells: list[LayoutCell] = Field(min_length=1, title="从左到右的格子")


class LayoutNote(Basis, title="计分说明"):
    """A note on scoring that the form itself carries, with its document."""

    says: Words = Field(title="说明")


class Layout(Written, title="自评表版式"):
    """The layout of one form."""

    id: Code = Field(title="版式编号")
    title: Name = Field(title="表名")
    source: Basis = Field(title="版式的来源")
    table: Of = Field(title="用于项目、部门整体，还是复核")
    policies: list[Code] = Field([], title="默认使用本版式的评分办法")
    landscape: Flag = Field(True, title="横向纸张")
    columns: list[Annotated[int, Field(ge=1, le=1000)]] = Field(min_length=1, max_length=30, title="各栏的宽度（比例）")
    rows: list[LayoutRow] = Field(min_length=1, title="各行")
    notes: list[LayoutNote] = Field([], title="计分说明")

    def made_for(self, *policies: str) -> bool:
        """Whether the form is meant for one of these: a policy or the one it extends; a form of no policy is for all."""
        return not self.policies or not set(policies).isdisjoint(self.policies)

    def notes_under(self, *policies: str) -> Iterator[str]:
        """What the form says on scoring, which is true only under its own policies."""
        if self.made_for(*policies):
            yield from (note.says for note in self.notes)


def layouts_of(own: Path | None = None) -> dict[str, Layout]:
    """The layouts of an office, in the folder `own`, and those of the product; raises what `read_layouts` does."""
    folders = [product() / "reports" / "forms", *([own] if own else [])]
    return read_layouts(*dict.fromkeys(folder.resolve() for folder in folders))


def read_layouts(*folders: Path) -> dict[str, Layout]:
    """The layouts in these folders, by id; those of the last folder first, so that a policy's layout is that one's.

    Raises RuleProblems with everything that is wrong in any of them (R101 to R103, P341 to P345).
    """
    layouts: dict[str, Layout] = {}
    problems: list[Problem] = []
    for path in (path for folder in reversed(folders) for path in sorted(folder.glob("*.yaml"))):
        layout, wrong = read_model(Layout, path, f"reports/forms/{path.name}")
        problems += wrong
        if layout is None:
            continue
        problems += check_layout(layout)
        if layout.id in layouts:
            problems.append(Problem("P344", f"版式 {layout.id} 重复，先见于 {layouts[layout.id].where}", layout.where))
        layouts.setdefault(layout.id, layout)
    if problems:
        raise RuleProblems(problems)
    return layouts


def words_of(layout: Layout) -> dict[str, dict[str, str]]:
    """The vocabulary of a layout."""
    if layout.table != "复核":
        return WORDS
    return {group: WORDS.get(group, {}) | REVIEW.get(group, {}) for group in [*WORDS, *REVIEW]}


def choose_layout(layouts: Mapping[str, Layout], kind: Of, policy: str, wanted: str | None) -> Layout:
    """The layout asked for, else the policy's own, else the national one; a department's table keeps its own.

    Raises UsageProblem (U331) for a form that is not there or is not for projects.
    """
    offered = [name for name, layout in layouts.items() if layout.table == "项目"]
    if wanted is not None and wanted not in offered:
        says = f"没有项目自评表版式“{wanted}”"
        instead = "没有本省的版式时用 national，或在工作区的 reports/forms 里写一个"
        raise UsageProblem(
            [Problem("U331", says, None, "、".join(offered), nearest_of_place(wanted, offered), remedy=instead)]
        )
    if wanted is not None and kind == "项目":
        return layouts[wanted]
    own = (layout for layout in layouts.values() if layout.table == kind and policy in layout.policies)
    return next(own, layouts[KINDS[kind]])


def check_layout(layout: Layout) -> list[Problem]:
    """What is wrong in a layout beyond its shape: placeholders, and cells that do not fill the columns."""
    return [*_placeholders(layout), *_spans(layout), *_repeated(layout)]


def _repeated(layout: Layout) -> Iterator[Problem]:
    """The heading printed again on each page is one run of single rows."""
    numbers = [number for number, row in enumerate(layout.rows) if row.repeat]
    for before, number in zip([None, *numbers], numbers, strict=False):
        if layout.rows[number].each or (before is not None and before != number - 1):
            yield Problem("P345", "repeat 只能写在连着的几行标题上，不能写在有 each 的行上", layout.rows[number].where)


def _placeholders(layout: Layout) -> Iterator[Problem]:
    words = words_of(layout)
    single = [f"{group}.{name}" for group, names in words.items() if group not in EACH for name in names]
    for row in layout.rows:
        known = [*single, *(f"row.{name}" for name in words[row.each])] if row.each else single
        for cell in row.cells:
            for word in PLACEHOLDER.findall(cell.text):
                if word not in known:
                    rows = "" if row.each or not word.startswith("row.") else "；{row.…} 只能用在写了 each 的行里"
                    near = nearest(word, known)
                    listed = "、".join(f"{{{likely}}}" for likely in _likely(word, known))
                    yield Problem(
                        "P341", f"不认识的占位符“{{{word}}}”{rows}", cell.where, listed, f"{{{near}}}" if near else ""
                    )


def _likely(word: str, known: Iterable[str]) -> list[str]:
    """The words of the same group, or every group's."""
    group = word.partition(".")[0] + "."
    return [name for name in known if name.startswith(group)] or list(known)


def _spans(layout: Layout) -> Iterator[Problem]:
    """Lay the rows out as they are declared; a repeated row stands for all its rows."""
    wide = len(layout.columns)
    until = [-1] * wide  # the last row that a cell from above covers in each column
    for number, row in enumerate(layout.rows):
        free = [column for column in range(wide) if until[column] < number]
        for cell in row.cells:
            taken = free[: cell.across]
            if len(taken) < cell.across or taken[-1] - taken[0] != cell.across - 1:
                says = f"格子放不下：横跨 {cell.across} 栏，这里没有连着的 {cell.across} 栏空着"
                yield Problem("P342", says, cell.where)
                return
            free = free[cell.across :]
            last = _last(layout, number, cell)
            if last is None or (cell.merge and row.each != "indicators"):
                says = "down 只能跨过不重复的行，或跨到后面写了 each 的行；merge 只用在 each: indicators 的行"
                yield Problem("P343", says, cell.where)
                return
            for column in taken:
                until[column] = last
        if free:
            yield Problem("P342", f"这一行的格子没有填满：少 {len(free)} 栏（共 {wide} 栏）", row.where)
            return


def _last(layout: Layout, number: int, cell: LayoutCell) -> int | None:
    """The declared row a cell reaches down to, None when it cannot."""
    if isinstance(cell.down, str):
        return next((i for i, row in enumerate(layout.rows) if i > number and row.each == cell.down), None)
    last = number + cell.down - 1
    reached = layout.rows[number : last + 1]
    if cell.down > 1 and (len(reached) < cell.down or any(row.each for row in reached)):
        return None
    return last
