"""What people write: rule files and results, as pydantic models that know the line they came from.

Units: money is whole 分 (int), points are hundredths (int), shares and ratios are exact fractions. No float enters.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)  # fmt: skip

from evaluator.documents.formerly import basis_now, renamed, rule_now
from evaluator.documents.nestedweights import weighed
from evaluator.documents.scalars import added_up
from evaluator.documents.written import (
    TEXT,
    Code,
    Flag,
    GradeName,
    Levels,
    Line,
    Name,
    Points,
    Share,
    Words,
    Written,
    Year,
    told,
)
from evaluator.errors import Severity
from evaluator.figures import decimal
from evaluator.quantities.quantity import Target, read_money, read_target
from evaluator.quantities.signs import GivenSign

EXECUTION = "预算执行率"  # the row that scores spending; every policy allocates points to it
ITEM_GOALS = "分项绩效目标"  # the category of a department's own goals

Fund = Literal["fiscal", "carried", "special", "own", "other"]
FUNDS: dict[Fund, str] = {  # where a project's money comes from (资金来源)
    "fiscal": "当年财政拨款",
    "carried": "上年结转资金",
    "special": "财政专户管理资金",
    "own": "单位资金",
    "other": "其他资金",
}
Part = Literal["basic", "projects"]
PARTS: dict[Part, str] = {"basic": "基本支出", "projects": "项目支出"}  # what a department's money is spent on

State = Literal["达成", "部分达成并具有一定效果", "未达成且效果较差"]


Fen = Annotated[
    int, BeforeValidator(lambda value: read_money(str(value))), told("金额；不写单位为万元", type=TEXT, minimum=0)
]


# ---- projects and departments ------------------------------------------------------------------------------------


class Source(Written, title="来源"):
    """The document a rule file was taken from (来源文件), and the line its table starts at where it has lines."""

    document: Words = Field(title="来源文件")
    line: int | None = Field(None, ge=1, title="表格起始行")


class Provenance(Written, title="出处"):
    """Where each field stands in the imported document; written and kept by `ziping import`, no part of the content.

    A field is named by its path (indicators.数量1.target) and told as eight digits of a fingerprint and a place.
    """

    document: Words = Field(title="来源文件")
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(title="文件的SHA-256")
    fields: dict[str, Words] = Field({}, title="各字段的指纹和位置")


class UnitRef(Written, title="预算单位"):
    """The spending unit (预算单位) and the authority it belongs to (主管部门)."""

    code: Code = Field(title="单位编码")
    name: Name = Field(title="单位名称")
    authority: Name | None = Field(None, title="主管部门")


class Budget(Written, title="年初预算数"):
    """The initial budget (年初预算数) in 分; its funds (FUNDS), those not written being none, add up to `total`."""

    total: Fen = Field(title="预算数")
    fiscal: Fen = Field(title="财政资金")
    carried: Fen | None = Field(None, title="上年结转资金")
    special: Fen | None = Field(None, title="财政专户管理资金")
    own: Fen | None = Field(None, title="单位资金")
    other: Fen = Field(title="其他资金")

    @property
    def funded(self) -> int:
        """What its funds add up to."""
        return sum(getattr(self, fund) or 0 for fund in FUNDS)


class OwnBudget(Written, title="部门年初预算数"):
    """A department's own initial budget in 分: 基本支出 and 项目支出 (PARTS) add up to `total`."""

    total: Fen = Field(title="预算数")
    basic: Fen = Field(title="基本支出")
    projects: Fen = Field(title="项目支出")


class Indicator(Written, title="绩效指标"):
    """One row of a goal table (绩效指标). `target` is verbatim; `sign` is given where the document has none.

    `scale` are the grades a target such as 良好以上 is read on, the highest first, where the usual ones do not hold.
    `criterion` scores the row in place of the policy; `reads` settles what it leaves open. A `formula` over `data` (each with
    its unit) is kept in `of_data`, so that `formula` is always one of money.
    """

    id: Name = Field(max_length=20, title="指标编号")
    category: Name = Field(title="一级指标")
    dimension: Name = Field(title="二级指标")
    name: Name = Field(title="三级指标")
    description: Words = Field("", title="绩效指标描述")
    target: Words = Field(title="指标值（照录原文）")
    sign: GivenSign | None = Field(None, title="比较符（原文没有时写明）")
    scale: Levels | None = Field(None, title="等级（由高到低）")
    points: Points = Field(title="分值")
    weight: Points | None = Field(None, title="三级分值（写了 weights 的，points 由它换算，不写）")
    criterion: Words | dict[str, Any] | None = Field(None, title="评分标准（照录原文，或写成数据）")
    reads: dict[str, Words] = Field({}, title="读法：评分标准没有写明的事，各取哪一种")
    formula: Words | None = Field(None, title="由金额或采集数据项计算的公式")
    data: dict[Name, Words] = Field({}, title="采集数据项：名称和单位")
    of_data: Words | None = Field(None, title="由采集数据项计算的公式（写在 formula 即可）")
    basis: Words = Field("", title="指标值确定依据")
    line: int | None = Field(None, title="来源文件行号")

    @staticmethod
    def _now(value: Any) -> Any:
        """A formula beside data items is one over them."""
        return renamed(value, "formula", "of_data") if isinstance(value, dict) and value.get("data") else value

    @property
    def spoken(self) -> int:
        """The points its criterion speaks of, in hundredths."""
        return self.spoken_of(self.points)

    def spoken_of(self, points: int) -> int:
        """What its criterion speaks of where it was written to have so many points: those in the table, whatever they come to."""
        return points if self.weight is None else self.weight

    @property
    def read(self) -> Target:
        """The target as read; raises Unreadable when it cannot be."""
        return read_target(self.target, self.sign, tuple(self.scale) if self.scale else None)


class LevelWeight(Written, title="一级权重"):
    """The weight of a level-1 category in points of the total, and the points of its level 2, which add up to 100."""

    weight: Points = Field(title="一级权重")
    within: dict[Name, Points] = Field(min_length=1, title="二级指标的分值")


class Project(Written, title="项目绩效目标表"):
    """A goal table (绩效目标表) of one project and year; its points and the execution points add up to 100."""

    code: Code = Field(title="项目编码")
    name: Name = Field(title="项目名称")
    year: Year = Field(title="年度")
    unit: UnitRef = Field(title="预算单位")
    policy: Code | None = Field(None, title="评分办法")
    example: Flag | None = Field(None, title="样例：还没有改写成单位自己的项目")
    source: Source = Field(title="来源")
    budget: Budget = Field(title="年初预算数（万元）")
    purpose: Words = Field("", title="资金用途")
    plan: dict[str, Share] = Field(title="资金支出计划（累计）")
    goals: list[Words] = Field(title="绩效目标")
    kinds: dict[Name, Name] = Field({}, title="表上打勾的项：项目类别、项目属性、项目类型 → 选中的一项")
    reads: dict[str, Words] = Field({}, title="全表的读法：几行的评分标准都没有写明的事，各取哪一种")
    weights: dict[Name, LevelWeight] = Field({}, title="分层权重：各一级指标的权重")
    indicators: list[Indicator] = Field(min_length=1, title="绩效指标")
    _now = staticmethod(weighed)
    provenance: Provenance | None = Field(None, exclude=True, title="出处")

    def weighed(self, row: Indicator) -> str:
        """How a row's points come from nested weights, as `50 × 75/100 × 7/75`; '' where they are written."""
        if row.weight is None or (level := self.weights.get(row.category)) is None:
            return ""
        two, whole = level.within[row.dimension], decimal(Fraction(level.weight, 100))
        inner = f"{decimal(Fraction(row.weight, 100))}/{decimal(Fraction(two, 100))}"
        return f"{whole} × {decimal(Fraction(two, 100))}/100 × {inner}"


class OverallGoal(Written, title="总体绩效目标"):
    """One of a department's overall goals (总体绩效目标) and the projects that serve it."""

    id: Name = Field(title="编号")
    title: Name = Field(title="目标")
    line: int | None = Field(None, title="来源文件行号")
    projects: list[Code] = Field(title="支撑项目")


class ItemGoal(Written, title="分项绩效目标"):
    """One of a department's item goals (分项绩效目标), scored in its own table; without `project` it is the department's alone."""

    id: Name = Field(title="编号")
    name: Name = Field(title="名称")
    purpose: Words = Field(title="用途")
    goal: Words = Field(title="绩效目标")
    indicator: Name = Field(title="指标名称")
    target: Words = Field(title="指标值（照录原文）")
    sign: GivenSign | None = Field(None, title="比较符（原文没有时写明）")
    scale: Levels | None = Field(None, title="等级（由高到低）")
    points: Points = Field(title="分值")
    criterion: Words | dict[str, Any] | None = Field(None, title="评分标准（照录原文，或写成数据）")
    reads: dict[str, Words] = Field({}, title="读法：评分标准没有写明的事，各取哪一种")
    project: Code | None = Field(None, title="对应项目编码")
    line: int | None = Field(None, title="来源文件行号")


class Measure(Written, title="工作保障措施"):
    """One management measure (工作保障措施), kept as a checklist with evidence."""

    id: Name = Field(title="编号")
    title: Name = Field(title="措施")
    text: Words = Field(title="内容")
    line: int | None = Field(None, title="来源文件行号")


class Department(Written, title="部门整体绩效目标"):
    """A department's goals for one year (部门整体绩效目标); without `budget` its money is its projects' together."""

    unit: UnitRef = Field(title="预算单位")
    year: Year = Field(title="年度")
    policy: Code | None = Field(None, title="评分办法")
    source: Source = Field(title="来源")
    budget: OwnBudget | None = Field(None, title="部门年初预算数（万元）；不写则为各项目合计")
    goal: Words = Field(title="总体目标")
    overall: list[OverallGoal] = Field(title="总体绩效目标")
    items: list[ItemGoal] = Field(title="分项绩效目标")
    measures: list[Measure] = Field(title="工作保障措施")
    provenance: Provenance | None = Field(None, exclude=True, title="出处")


Table = Project | Department  # whatever is scored: a goal table


def code_of(table: Table) -> str:
    """What a table is filed under: the project code, or a department's unit code."""
    return table.code if isinstance(table, Project) else table.unit.code


# ---- results -----------------------------------------------------------------------------------------------------


class Result(Written, title="完成情况"):
    """What was achieved on one indicator: a value as text, or a state with its share, and what stands behind it."""

    actual: Words | None = Field(None, title="实际完成值")
    state: State | None = Field(None, title="达成程度")
    share: Share | None = Field(None, title="档内比例")
    data: dict[Name, Words] = Field({}, title="采集数据")
    given: dict[str, Words] = Field({}, title="要填的事：评分标准所问的数、是否、认定的分")
    evidence: list[Line] = Field([], title="佐证材料")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")


class Amounts(Written, title="金额"):
    """The money of the year in 分 that came from one fund (FUNDS), or went into one part (PARTS)."""

    adjusted: Fen | None = Field(None, title="全年预算数（万元）")
    executed: Fen | None = Field(None, title="全年执行数（万元）")


AMOUNTS = {"adjusted": "全年预算数", "executed": "全年执行数"}


def _added_up(parts: dict[str, Amounts], info: ValidationInfo) -> dict[str, Amounts]:
    return added_up(parts, info.data, AMOUNTS)


class Spending(Written, title="资金执行"):
    """The money of the year in 分: adjusted budget (全年预算数) and executed (全年执行数).

    Of them a project's `funds` and a department's `parts`, which add up to them: those not written are none.
    """

    adjusted: Fen | None = Field(None, title="全年预算数（万元）")
    executed: Fen | None = Field(None, title="全年执行数（万元）")
    funds: Annotated[dict[Fund, Amounts], AfterValidator(_added_up)] = Field({}, title="项目：其中各项资金来源")
    parts: Annotated[dict[Part, Amounts], AfterValidator(_added_up)] = Field({}, title="部门：其中基本支出、项目支出")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")


class MeasureResult(Written, title="措施落实情况"):
    """How far one management measure has come."""

    state: Literal["已落实", "部分落实", "未落实"] = Field(title="落实程度")
    evidence: list[Line] = Field([], title="佐证材料")
    note: Words = Field("", title="说明")


class Actuals(Written, title="年度完成情况"):
    """The results of one project (or of the department, by its unit code) for one year."""

    code: Code = Field(title="项目编码（部门整体填单位编码）")
    year: Year = Field(title="年度")
    illustrative: Flag = Field(False, title="示例数据")
    spending: Spending = Field(Spending(), title="资金执行")
    achieved: Words = Field("", title="年度总体目标实际完成情况")
    process: Words = Field("", title="项目实施内容及过程概述")
    remark: Words = Field("", title="备注")
    results: dict[str, Result] = Field({}, max_length=1_000, title="各指标完成情况")
    measures: dict[str, MeasureResult] = Field({}, max_length=1_000, title="措施落实情况")


# ---- finding rules -----------------------------------------------------------------------------------------------

Known = Literal["原文", "转引", "表样", "系统", "做法", "未见"]


class Basis(Written, title="依据"):
    """The document a rule is said to stand in, its article where known, and how the rule is known (see bases.py).

    `seen` says where the text was read (原文), quoted (转引), or the rule seen in forms (表样) or running (系统).
    """

    document: Words = Field(title="文件（文号或名称）")
    article: Words | None = Field(None, title="条款")
    known: Known = Field(title="怎样得知（读过、引用、见于表样或系统、做法、未见）")
    seen: Words = Field("", title="见于何处（原文、引用它的文件、表样、系统）")
    note: Words = Field("", title="说明")
    _now = staticmethod(basis_now)

    @property
    def checked(self) -> bool:
        """Whether the text of the document itself was read."""
        return self.known == "原文"


def _as_written(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """Validate, but keep the mapping as it was read: its keys know their lines."""
    validate(value)
    return value


class FindingRule(Written, title="问题规则"):
    """A finding rule (问题规则): when these facts of one project stand together, say this.

    `when` maps a kind of fact to tests of its fields: a label (equality) or {lt: n} / {gte: n} / both. Facts are joined
    on the project; at most three kinds. `caps` is the best grade still allowed; `together` makes one finding of all rows.
    """

    id: Annotated[str, Field(pattern=r"^F\d{3}$")] = Field(title="编号")
    title: Name = Field(title="名称")
    about: Literal["target", "result"] = Field(title="针对：target 目标，result 结果")
    severity: Severity = Field(title="严重程度")
    salience: int = Field(default=0, ge=-100, le=100, title="排列次序（大者在前）")
    when: Annotated[dict[str, dict[str, Any]], Field(min_length=1, max_length=3), WrapValidator(_as_written)] = Field(
        title="触发条件"
    )
    say: Words = Field(title="说法")
    remedy: Words = Field(title="处理办法")
    basis: Basis = Field(title="依据")
    caps: GradeName | None = Field(None, title="等级不高于")
    together: Flag = Field(False, title="一个项目的几行合成一处，列出各行")
    told: Literal["报送", "附件"] | None = Field(None, title="只在哪里说：报送时，或自评表附件里；不写则处处都说")
    _now = staticmethod(rule_now)
