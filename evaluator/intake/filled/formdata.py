"""Filled self-evaluation tables (自评表) as data: every figure the text that was printed, nothing normalised or computed.

One model reads what recognition finds and what people transcribe (`cases:` in YAML or JSON), and is written back in the
same form. None stands for what is empty or could not be read; `places` tells where each figure stands in its document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Self
from unicodedata import category, normalize

from pydantic import BeforeValidator, Field, model_validator

from evaluator.documents.written import Flag, Name, Written, Year
from evaluator.documents.yamlwriting import scalar
from evaluator.intake.headings.formwords import own_portion, portion

FIGURES = ("target", "actual", "points", "score")  # of an indicator, in the order of the form
GROUPS = ("block", "level1", "level2")  # what an indicator stands under, each with points of its own in some forms
POINTS = tuple(f"{group}_points" for group in GROUPS)
_MACHINE = re.compile(
    r"[-+]?(?:1?\.)?#?(?:null|none|nan|nat|inf|infinity|ind|undefined)|<na>|\[object object\]|[#\ufffd]+"
    r"|#(?:ref|value|div/0|num|null|spill|calc|field|blocked|connect|busy|unknown)!|#name\?|#n/a|#getting_data"
)


def visible(text: str) -> str:
    """A text without the characters that no report could carry."""
    return "".join(char for char in text if char in "\n\t" or category(char) not in ("Cc", "Cs"))


def unreadable(text: str | None) -> bool:
    """Whether a cell holds what a machine writes where it has nothing to show (null, NaN, #REF!, ####): neither empty nor told."""
    said = normalize("NFKC", "".join((text or "").split())).lower()
    return _MACHINE.fullmatch(re.sub("(?<=[a-z])[%元分万]+$", "", said)) is not None


def _printed(value: object) -> object:
    if value is None or isinstance(value, dict | list):
        return value
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    if visible(text) != text.replace("\r", ""):
        raise ValueError("文字中有不能显示的控制字符")
    return text.replace("\r\n", "\n").replace("\r", "\n") or None


def _row(value: object) -> object:
    """A row of money that was transcribed as one text and not figure by figure."""
    return value if value is None or isinstance(value, dict | FundingRow) else {"printed": str(value)}


Printed = Annotated[str | None, BeforeValidator(_printed)]
Places = Annotated[dict[str, str], Field(title="各项在文件中的位置")]


class FilledSource(Written, title="来源"):
    """The document a table was read from."""

    document: Printed = Field(None, title="来源文件")
    digest: Printed = Field(None, title="文件的SHA-256")


class FundingRow(Written, title="资金分项"):
    """One of the rows below 年度资金总额, as printed."""

    initial: Printed = Field(None, title="年初预算数")
    full_year: Printed = Field(None, title="全年预算数")
    executed: Printed = Field(None, title="全年执行数")
    points: Printed = Field(None, title="分值")
    rate: Printed = Field(None, title="执行率")
    score: Printed = Field(None, title="得分")
    printed: Printed = Field(None, title="原文")
    places: Places = {}


Row = Annotated[FundingRow | None, BeforeValidator(_row)]


class Funding(Written, title="项目资金"):
    """The money block (项目资金): the row of the year's total, and what it is made of."""

    unit: Printed = Field(None, title="金额单位")
    initial: Printed = Field(None, title="年初预算数")
    full_year: Printed = Field(None, title="全年预算数")
    executed: Printed = Field(None, title="全年执行数")
    fiscal_row: Row = Field(None, title="其中：当年财政拨款")
    carried_row: Row = Field(None, title="上年结转资金")
    special_row: Row = Field(None, title="财政专户管理资金")
    own_row: Row = Field(None, title="单位资金")
    local_row: Row = Field(None, title="地方资金")
    other_row: Row = Field(None, title="其他资金")
    places: Places = {}


class ExecutionRow(Written, title="预算执行"):
    """The row that scores spending."""

    points: Printed = Field(None, title="分值")
    rate: Printed = Field(None, title="执行率")
    score: Printed = Field(None, title="得分")
    note: Printed = Field(None, title="原因")
    places: Places = {}


class Goals(Written, title="年度总体目标"):
    """The year's overall goal and what became of it."""

    expected: Printed = Field(None, title="预期目标")
    achieved: Printed = Field(None, title="实际完成情况")
    places: Places = {}


class FilledRow(Written, title="绩效指标"):
    """One row of the indicators. `merged` names the row (from 1) whose merged cell also covers this one, by figure.

    The text of a merged name, target, actual or note is repeated in each row; merged points and scores stand in the first
    row only, so that a sum counts them once. Points printed behind the name of a block or level (产出指标(50分)) are taken off it;
    those behind the name of the indicator stay in it and are its points where no column prints others.
    """

    block: Printed = Field(None, title="所属绩效目标")
    block_points: Printed = Field(None, title="绩效目标后的分值")
    level1: Printed = Field(None, title="一级指标")
    level1_points: Printed = Field(None, title="一级指标后的分值")
    level2: Printed = Field(None, title="二级指标")
    level2_points: Printed = Field(None, title="二级指标后的分值")
    level3: Printed = Field(None, title="三级指标")
    level3_points: Printed = Field(None, title="三级指标后的分值")
    nature: Printed = Field(None, title="指标性质（定量、定性）")
    target: Printed = Field(None, title="年度指标值")
    actual: Printed = Field(None, title="实际完成值")
    points: Printed = Field(None, title="分值")
    printed_points: Printed = Field(
        None, exclude=True, title="表上的分值（三级各有权重的表，核对时 points 是折合总分的）"
    )
    score: Printed = Field(None, title="得分")
    criterion: Printed = Field(None, title="评分标准")
    deviation_note: Printed = Field(None, title="偏差原因分析及改进措施")
    merged: dict[str, int] = Field({}, title="与第几行合并的单元格")
    places: Places = {}

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Points that stand behind names, as points; what is there already is kept, and a name that says otherwise too."""
        values = self.__dict__  # a frozen model is still in the making here
        for group in GROUPS:
            while values[group] is not None:
                name, points = portion(values[group])
                if points is None or values[f"{group}_points"] not in (None, points):
                    break
                values[group], values[f"{group}_points"] = name, points
        own = own_portion(self.level3 or "", self.target)
        if own is not None and self.level3_points is None:
            values["level3_points"] = own
        if own is not None and self.points is None and "points" not in self.merged:
            values["points"] = own
            values["places"] = self.places | ({"points": self.places["level3"]} if "level3" in self.places else {})
        return self

    def place(self, figure: str = "") -> str:
        """Where a figure of the row stands, or the row itself; '' in a transcription without places."""
        return self.places.get(figure) or next(iter(self.places.values()), "")


class FilledTable(Written, title="自评表"):
    """A filled self-evaluation table (自评表) of one project and year, as printed."""

    id: Name = Field(title="编号")
    source: FilledSource | None = Field(None, title="来源")
    source_url: Printed = Field(None, title="来源网址")
    region: Printed = Field(None, title="地区")
    year: Year | None = Field(None, title="年度")
    form: Printed = Field(None, title="表式")
    title: Printed = Field(None, title="表名")
    page_title: Printed = Field(None, title="网页标题")
    project_name: Printed = Field(None, title="项目名称")
    code: Printed = Field(None, title="项目编码")
    department: Printed = Field(None, title="主管部门")
    unit: Printed = Field(None, title="实施单位")
    funding: Funding | None = Field(None, title="项目资金")
    execution: ExecutionRow | None = Field(None, title="预算执行")
    goals: Goals | None = Field(None, title="年度总体目标")
    indicators: list[FilledRow] = Field([], title="绩效指标")
    total_points: Printed = Field(None, title="分值合计")
    total_score: Printed = Field(None, title="总分")
    grade: Printed = Field(None, title="等级")
    conclusion: Printed = Field(None, title="评价结论")
    problems: Printed = Field(None, title="存在问题、未完成原因")
    measures: Printed = Field(None, title="改进措施")
    note: Printed = Field(None, title="备注")
    rows_complete: Flag | None = Field(None, title="指标行是否齐全")
    remark: Printed = Field(None, title="转录说明")
    transcription: Printed = Field(None, title="转录方式")
    places: Places = {}

    @property
    def scored(self) -> bool:
        """Whether points or a score are printed anywhere in it; a form without scores (转移支付) has none."""
        rows = [getattr(row, name) for row in self.indicators for name in ("points", "score", *POINTS)]
        execution = [self.execution.points, self.execution.score] if self.execution else []
        printed = (text for text in (self.total_points, self.total_score, *execution, *rows) if text)
        return any(char.isdigit() for text in printed for char in text)


class FilledFile(Written, title="自评表文件"):
    """A file of filled tables."""

    cases: list[FilledTable] = Field(title="自评表")


# ---- writing -----------------------------------------------------------------------------------------------------

_NUMBERS = {
    "initial", "full_year", "executed", "points", "score", "rate", "total_points", "total_score", *POINTS, "level3_points",
}  # fmt: skip
_ALWAYS = {  # written as null when there is none, so that a person sees what is missing
    "year", "project_name", "initial", "full_year", "executed", "rate", "level1", "level2", "level3", *FIGURES,
    "deviation_note", "total_score", "grade",
}  # fmt: skip


def filled_yaml(tables: list[FilledTable]) -> str:
    """Tables as a YAML file that reads back as the same tables."""
    lines = ["# 自评表原样：数字是表上印的文字，没有改动和计算；null 是空白或无法辨认", "cases:"]
    for table in tables:
        lines += _mapping(table.model_dump(), 2, "- ")
    return "\n".join(lines if tables else [*lines[:-1], "cases: []"]) + "\n"


def _mapping(data: dict[str, Any], indent: int, first: str = "") -> Iterator[str]:
    """The lines of a mapping at an indent; `first` stands before its first key."""
    lead = " " * (indent - len(first)) + first
    for key, value in data.items():
        if (value is None and key not in _ALWAYS) or value in ({}, []):
            continue
        head, lead = f"{lead}{scalar(key)}:", " " * indent
        if key in ("places", "merged"):
            yield f"{head} {{{', '.join(f'{scalar(name)}: {_within(place)}' for name, place in value.items())}}}"
        elif isinstance(value, dict):
            below = list(_mapping(value, indent + 2))
            yield head if below else f"{head} {{}}"
            yield from below
        elif isinstance(value, list):
            yield head
            for item in value:
                yield from _mapping(item, indent + 2, "- ")
        elif isinstance(value, str):
            yield f"{head} {scalar(value, key in _NUMBERS)}"
        else:
            yield f"{head} {'null' if value is None else str(value).lower()}"


def _within(value: str | int) -> str:
    """A value inside braces."""
    text = scalar(value) if isinstance(value, str) else str(value)
    return json.dumps(value, ensure_ascii=False) if text == value and re.search(r"[,\[\]{}]", text) else text
