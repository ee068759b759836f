"""What a report prints, and nothing else: frozen, every figure a string as it will be read.

`report.py` fills these in, the formats lay them out.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluator.errors import Severity

UNKNOWN = "—"  # not known, and never made up


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a printed page says of its origin: tool, revision (版次), digests; and whether it is made-up data.

    `paper` is the code (台账码) by which the paper is a witness of the ledger; empty where it is in none.
    """

    tool: str
    revision: str
    rules: str
    actuals: str
    illustrative: str
    paper: str = ""

    @property
    def says(self) -> str:
        """The stamp as one line of text."""
        return f"{self.tool}　版次 {self.revision}　规则摘要 {self.rules}　完成情况摘要 {self.actuals}"

    def foot(self, unit: str, year: int | str) -> str:
        """What stands at the foot of a page that a unit hands in, without anything of the tool."""
        return f"{unit}　{year}年度　{self.revision}"


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One row of money (项目资金): the total, or a part of it."""

    label: str
    initial: str
    adjusted: str = UNKNOWN
    executed: str = UNKNOWN
    points: str = UNKNOWN
    rate: str = UNKNOWN
    earned: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class FormRow:
    """One indicator (三级指标); `remark` is 偏差原因分析及改进措施, `cause` the first of them alone.

    `sign`, `value` and `unit` are the target taken apart (指标性质, 指标值, 度量单位) where it is one number; `number` is the
    actual as it stands beside that unit, which is not said twice.
    """

    name: str
    target: str
    sign: str
    value: str
    unit: str
    actual: str
    number: str
    points: str
    earned: str
    remark: str
    cause: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A level-2 indicator with its rows."""

    name: str
    rows: tuple[FormRow, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A level-1 indicator and its points."""

    name: str
    points: str
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """How one row's points came about."""

    id: str
    name: str
    target: str
    actual: str
    formula: str
    clauses: tuple[str, ...]
    next: str
    evidence: str
    findings: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding (问题) for a list."""

    table: str
    rule: str
    severity: Severity
    subject: str
    says: str
    remedy: str
    basis: str


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause relied on, with how it is known; `checked` where its text was read."""

    says: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Signers:
    """Who filled in and signs a form, and when (填表人, 联系电话, 填表日期, 单位负责人, 审核人); blank where it is written by hand."""

    filler: str = ""
    phone: str = ""
    date: str = ""
    head: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What any layout of the self-evaluation form (自评表) can say, and what stands behind its figures.

    `remark` is what the office wrote for 备注, `notes` that and its word on spending; `about` is ours, for the attachment.
    """

    year: str
    policy: str  # its id: layouts print the notes of their own policy only
    parent: str  # the id of the policy that it extends, or empty
    method: str  # its title
    name: str
    code: str
    authority: str
    unit: str
    people: Signers
    money: tuple[MoneyRow, ...]  # the total, 当年财政拨款, 上年结转资金, 其他资金
    funds: tuple[MoneyRow, ...]  # 财政资金, 财政专户管理资金, 单位资金, 其他资金
    parts: tuple[MoneyRow, ...]  # 基本支出, 项目支出
    goals: tuple[str, ...]
    achieved: str
    process: str
    kinds: tuple[tuple[str, str], ...]
    categories: tuple[Category, ...]
    spending: str  # the points of the execution row
    others: str  # the points of all indicators
    whole: str
    score: str
    grade: str
    verdict: tuple[str, ...]
    causes: tuple[str, ...]
    remedies: tuple[str, ...]
    remark: str
    notes: tuple[str, ...]
    about: tuple[str, ...]
    source: str
    explained: tuple[Explained, ...]
    addition: str
    findings: tuple[FindingLine, ...]
    remarks: tuple[str, ...]  # on the form itself
    clauses: tuple[ClauseLine, ...]
    draft: bool
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """One project in the summary table, or their sum; `counts` are findings by severity."""

    code: str
    name: str
    initial: str
    adjusted: str
    executed: str
    rate: str
    score: str
    grade: str
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoalLine:
    """An overall goal (总体绩效目标) with the projects that serve it, each with its score and grade."""

    id: str
    title: str
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A management measure (工作保障措施) with its state and evidence."""

    id: str
    title: str
    text: str
    state: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A unit's year: its projects side by side, the department's own table, goals, measures and findings."""

    title: str
    year: str
    unit: str
    code: str
    severities: tuple[str, ...]
    projects: tuple[ProjectLine, ...]
    total: ProjectLine
    own: ProjectLine | None
    grades: tuple[tuple[str, str], ...]
    headlines: tuple[str, ...]
    goal: str
    goals: tuple[GoalLine, ...]
    measures: tuple[MeasureLine, ...]
    findings: tuple[FindingLine, ...]
    clauses: tuple[ClauseLine, ...]
    stamp: Stamp
