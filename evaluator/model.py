"""What people write: rule files and results, as pydantic models that know the line they came from.

Units: money is whole 分 (int), points are hundredths (int), shares and ratios are exact fractions. No float enters.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from evaluator.errors import Severity, Where
from evaluator.quantity import Sign, Target, read_money, read_target

EXECUTION = "预算执行率"  # the row that scores spending; every policy allocates points to it
ITEM_GOALS = "分项绩效目标"  # the category of a department's own goals

State = Literal["达成", "部分达成并具有一定效果", "未达成且效果较差"]
GradeName = Literal["优", "良", "中", "差"]


def _hundredths(value: object) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", text):
        raise ValueError("分值应为不超过两位小数的非负数，如 12.50")
    return int(Fraction(text) * 100)


def _ratio(value: object) -> Fraction:
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,4})?%", text):
        raise ValueError("比例应写成百分数，如 85%")
    return Fraction(text[:-1]) / 100


def _flag(value: object) -> bool:
    if str(value) in ("true", "True"):
        return True
    if str(value) in ("false", "False"):
        return False
    raise ValueError("应为 true 或 false")


Points = Annotated[int, BeforeValidator(_hundredths)]
Ratio = Annotated[Fraction, BeforeValidator(_ratio)]
Share = Annotated[Fraction, BeforeValidator(_ratio), Field(ge=0, le=1)]
Fen = Annotated[int, BeforeValidator(lambda value: read_money(str(value)))]
Flag = Annotated[bool, BeforeValidator(_flag)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]{0,39}$")]
Words = Annotated[str, Field(max_length=4000)]


class Written(BaseModel):
    """Something a person wrote in a file; `where` is its place, or None when it was made by code."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    _where: Where | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        made = build(value)
        if where := getattr(value, "where", None):
            made._where = where
        return made

    @property
    def where(self) -> Where | None:
        return self._where


# ---- projects and departments ------------------------------------------------------------------------------------


class Source(Written):
    """The document a rule file was taken from (来源文件), and the line its table starts at."""

    document: Words
    line: int = Field(ge=1)


class UnitRef(Written):
    """The spending unit (预算单位)."""

    code: Code
    name: Words


class Budget(Written):
    """The initial budget (年初预算数) in 分; `fiscal` and `other` add up to `total`."""

    total: Fen
    fiscal: Fen
    other: Fen


class Indicator(Written):
    """One row of a goal table (绩效指标). `target` is verbatim; `sign` is given where the document has none."""

    id: Words = Field(min_length=1, max_length=20)
    category: Words
    dimension: Words
    name: Words
    description: Words = ""
    target: Words
    sign: Sign | None = None
    points: Points
    formula: Words | None = None
    basis: Words = ""
    line: int | None = None

    @property
    def read(self) -> Target:
        """The target as read; raises Unreadable when it cannot be."""
        return read_target(self.target, self.sign)


class Project(Written):
    """A goal table (绩效目标表) of one project and year; its points and the execution points add up to 100."""

    code: Code
    name: Words
    year: int = Field(ge=2000, le=2100)
    unit: UnitRef
    policy: Code | None = None
    source: Source
    budget: Budget
    purpose: Words = ""
    plan: dict[str, Share]
    goals: list[Words]
    indicators: list[Indicator] = Field(min_length=1)


class OverallGoal(Written):
    """One of a department's overall goals (总体绩效目标) and the projects that serve it."""

    id: Words
    title: Words
    line: int
    projects: list[Code]


class ItemGoal(Written):
    """One of a department's item goals (分项绩效目标): a goal with one target, scored in the department's own table."""

    id: Words
    name: Words
    purpose: Words
    goal: Words
    indicator: Words
    target: Words
    sign: Sign | None = None
    points: Points
    project: Code
    line: int


class Measure(Written):
    """One management measure (工作保障措施), kept as a checklist with evidence."""

    id: Words
    title: Words
    text: Words
    line: int


class Department(Written):
    """A department's goals for one year (部门整体绩效目标)."""

    unit: UnitRef
    year: int = Field(ge=2000, le=2100)
    policy: Code | None = None
    source: Source
    goal: Words
    overall: list[OverallGoal]
    items: list[ItemGoal]
    measures: list[Measure]


# ---- results -----------------------------------------------------------------------------------------------------


class Result(Written):
    """What was achieved on one indicator: a value as text, or a state with its share, and what stands behind it."""

    actual: Words | None = None
    state: State | None = None
    share: Share | None = None
    evidence: list[Words] = []
    cause: Words = ""
    remedy: Words = ""


class Spending(Written):
    """The money of the year in 分: adjusted budget (全年预算数) and executed (全年执行数)."""

    adjusted: Fen | None = None
    executed: Fen | None = None
    cause: Words = ""
    remedy: Words = ""


class MeasureResult(Written):
    """How far one management measure has come."""

    state: Literal["已落实", "部分落实", "未落实"]
    evidence: list[Words] = []
    note: Words = ""


class Actuals(Written):
    """The results of one project (or of the department, by its unit code) for one year."""

    code: Code
    year: int = Field(ge=2000, le=2100)
    illustrative: Flag = False
    spending: Spending = Spending()
    achieved: Words = ""
    results: dict[str, Result] = {}
    measures: dict[str, MeasureResult] = {}


# ---- finding rules -----------------------------------------------------------------------------------------------


class Basis(Written):
    """Where a rule comes from: document (文号 or name), article where known, and whether the text was checked."""

    document: Words
    article: Words | None = None
    verified: Flag
    note: Words = ""


def _as_written(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """Validate, but keep the mapping as it was read: its keys know their lines."""
    validate(value)
    return value


class FindingRule(Written):
    """A finding rule (问题规则): when these facts of one project stand together, say this.

    `when` maps a kind of fact to tests of its fields: a label (equality) or {lt: n} / {gte: n} / both. Facts are joined
    on the project; at most three kinds. `caps` is the best grade still allowed.
    """

    id: Annotated[str, Field(pattern=r"^F\d{3}$")]
    title: Words
    about: Literal["target", "result"]
    severity: Severity
    salience: int = Field(default=0, ge=-100, le=100)
    when: Annotated[dict[str, dict[str, Any]], Field(min_length=1, max_length=3), WrapValidator(_as_written)]
    say: Words
    remedy: Words
    basis: Basis
    caps: GradeName | None = None
