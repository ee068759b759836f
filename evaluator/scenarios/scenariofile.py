"""What a scenario file may say: a row or a table that is given, and what must follow from it.

A row scenario gives a target and an actual; a table scenario names a project or a department of the rulebook, or writes one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from evaluator.documents.written import Code, Flag, GradeName, Name, Points, Share, Words, Written
from evaluator.model import Fen, MeasureResult, OwnBudget, Result, State
from evaluator.quantities.signs import GivenSign
from evaluator.rescoring.statements import TableStatements
from evaluator.results import DutyState
from evaluator.scenarios.restated import ExpectReview

FileState = Literal["完好", "缺失", "已改动"]
ACHIEVED = "示例目标全部完成"  # what a scenario has in 实际完成情况 where it says nothing of it
Attainment = Annotated[str, Field(pattern=r"^\d{1,40}(/[1-9]\d{0,39}|(\.\d{1,2})?%)$")]


class ScenarioMoney(Written, title="资金执行"):
    """The spending of a scenario; the initial budget where nothing is said."""

    adjusted: Fen | None = Field(None, title="全年预算数（万元）；不写为年初预算数")
    executed: Fen | None = Field(None, title="全年执行数（万元）；不写为年初预算数")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")


class Changed(Written, title="改写的指标"):
    """What stands otherwise in one row of a project's table, or in one item of a department's (OF_ITEM)."""

    category: Words | None = Field(None, title="一级指标")
    dimension: Words | None = Field(None, title="二级指标")
    name: Words | None = Field(None, title="三级指标")
    description: Words | None = Field(None, title="绩效指标描述")
    points: Points | None = Field(None, title="分值")
    basis: Words | None = Field(None, title="指标值确定依据")
    indicator: Words | None = Field(None, title="部门分项：指标名称")
    purpose: Words | None = Field(None, title="部门分项：用途")
    goal: Words | None = Field(None, title="部门分项：绩效目标")


OF_ITEM = ("indicator", "purpose", "goal")
AsWritten = Annotated[
    Any, WithJsonSchema({"type": "object"})
]  # kept with its places, to be read as a project's file is


class Earlier(Written, title="上年的指标"):
    """What a row of the table was the year before, and what it came to."""

    target: Words | None = Field(None, title="上年指标值；不写则与本年相同")
    actual: Words | None = Field(None, title="上年实际完成值；不写则没有填")


class Owed(Written, title="整改事项"):
    """A duty of rectification of the table's unit, as it stands."""

    year: int | None = Field(None, title="评价年度；不写为本年度")
    rule: Words = Field("F101", title="问题编号")
    state: DutyState = Field("未整改", title="状态")
    owner: Words = Field("示例责任人", title="责任人")
    due: Words = Field("2024-06-30", title="完成时限")
    evidence: list[Words] = Field([], title="整改佐证")
    overdue: Flag | None = Field(None, title="已逾期；不写为没有核对日期")


class Given(Written, title="给定"):
    """What is given: `target` and what else stands in the row, or `project`, `department` or `written` and what is not met."""

    year: int = Field(2023, title="年度")
    policy: Code | None = Field(None, title="评分办法")
    read: Flag = Field(False, title="评分办法的各条款都读过原文")
    spending: ScenarioMoney = Field(ScenarioMoney(), title="资金执行；不写则预算全部支出")
    no_spending: Flag = Field(False, title="spending 没有写的金额就是没有填")
    achieved: Words = Field(ACHIEVED, title="年度总体目标实际完成情况；不写为已完成")
    review: TableStatements | None = Field(None, title="复核人写明的完成值、扣分；单个指标的编号是 1")

    target: Words | None = Field(None, title="单个指标：指标值")
    sign: GivenSign | None = Field(None, title="比较符（指标值没有时写明）")
    name: Words = Field("示例指标", title="三级指标")
    description: Words = Field("", title="绩效指标描述")
    basis: Words = Field("示例依据", title="指标值确定依据")
    category: Words = Field("产出指标", title="一级指标")
    dimension: Words = Field("示例", title="二级指标")
    points: Points = Field(1250, title="分值")
    criterion: Words | None = Field(None, title="评分标准")
    reads: dict[str, Words] = Field({}, title="评分标准没有写明的事，各取哪一种读法")
    formula: Words | None = Field(None, title="由金额或采集数据项计算的公式")
    data: dict[Name, Words] = Field({}, title="采集数据项：名称和单位")
    actual: Words | None = Field(None, title="实际完成值")
    filled: dict[Name, Words] = Field({}, title="采集数据")
    answers: dict[str, Words] = Field({}, title="评分标准要填的数、是否、认定的分")
    state: State | None = Field(None, title="达成程度")
    share: Share | None = Field(None, title="档内比例")
    evidence: list[Words] = Field([], title="佐证材料")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")
    times: int = Field(1, ge=1, le=40, title="同样的指标共几项：编号 1、2……，名称后加编号")

    project: Code | None = Field(None, title="一个项目：项目编码")
    department: Code | None = Field(None, title="部门整体：单位编码")
    written: AsWritten | None = Field(None, title="照写的项目绩效目标表：与 rules/projects 里的文件一样写，年度随 year")
    budget: OwnBudget | None = Field(None, title="部门自己的年初预算数；不写则为各项目合计")
    all_met: Flag = Field(True, title="没有写的指标都达到")
    without: list[Words] = Field([], title="没有填的指标")
    results: dict[str, Result] = Field({}, title="完成情况")
    targets: dict[str, Words] = Field({}, title="改写的指标值")
    files: dict[str, FileState] = Field({}, title="指标登记的佐证材料文件的现状")
    changed: dict[str, Changed] = Field(
        {}, title="改写的指标：名称、描述、分值、依据；部门的分项：指标名称、用途、绩效目标"
    )
    purpose: Words | None = Field(None, title="改写的资金用途")
    goals: list[Words] | None = Field(None, title="改写的年度总体目标")
    last_year: dict[str, Earlier] = Field({}, title="上年的指标：本单位上年的同一张表里只有这些")
    measures: dict[str, MeasureResult] = Field({}, title="部门的措施落实情况")
    duties: dict[str, Owed] = Field({}, title="这张表的整改事项")
    beside: dict[Code, dict[str, Result]] | None = Field(
        None, title="本单位其他项目：只留这些，写明与恰好达到不同的完成情况；不写则全部，都恰好达到"
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        kinds = [kind for kind in ("target", "project", "department", "written") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError("target、project、department、written 应写且只写一个")
        names = list(type(self).model_fields)
        row, table = names[names.index("target") : names.index("project")], names[names.index("project") :]
        stray = self.model_fields_set & {*(table if kinds == ["target"] else row)}
        if stray:
            raise ValueError(f"写了 {kinds[0]}，就不用 {'、'.join(sorted(stray))}")
        if self.budget and not self.department:
            raise ValueError("budget 只用于部门")
        amounts = self.no_spending or self.spending.model_fields_set & {"adjusted", "executed"}
        if self.department and not self.budget and amounts:
            raise ValueError("没有写 budget 的部门，金额由各项目相加，spending 只写原因和措施")
        of = "项目" if self.department else "部门"
        for changed in self.changed.values():
            if stray := {name for name in changed.model_fields_set if (name in OF_ITEM) != bool(self.department)}:
                raise ValueError(f"changed 中的 {'、'.join(sorted(stray))} 只用于{of}")
        if self.department and (self.purpose is not None or self.goals is not None or self.last_year):
            raise ValueError("purpose、goals、last_year 只用于项目")
        return self


class ExpectRow(Written, title="一个指标应有的结果"):
    """What must come of one row; what is not said is not checked."""

    met: Flag | None = Field(None, title="达到指标值")
    missing: Flag | None = Field(None, title="缺实际完成值")
    attainment: Attainment | None = Field(None, title="完成率：两位小数以内的百分数，或分数")
    earned: Points | None = Field(None, title="得分")
    outside: Words | None = Field(None, title="评分标准在本行以外加减的分，如 -10.00")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("应至少写一项")
        return self


class Expect(ExpectRow, title="应有的结果"):
    """What must come of the scenario: of its row, its table, its findings (`F101`, or `F101/数量1` for what it is
    about), or the problem that refuses it."""

    problem: Words | None = Field(None, title="以此编号拒绝")
    score: Points | None = Field(None, title="总分")
    grade: GradeName | None = Field(None, title="等级；不评级的写 不评级")
    advice: Words | None = Field(None, title="下年度预算建议；没有建议的写 不提")
    rows: dict[str, ExpectRow] = Field({}, title="各指标；预算执行率也是一个")
    fires: list[Words] = Field([], title="应有的问题：编号，或编号/指标编号")
    silent: list[Words] = Field([], title="不应有的问题：编号，或编号/指标编号")
    review: ExpectReview | None = Field(None, title="应有的复核结果")

    @model_validator(mode="after")
    def _refused_or_scored(self) -> Self:
        if self.problem is not None and len(self.model_fields_set) > 1:
            raise ValueError("写了 problem，就没有别的结果")
        return self


class Then(Written, title="更正"):
    """A correction: these results and this spending instead, and what must follow."""

    results: dict[str, Result] = Field({}, title="更正后的完成情况；单个指标的编号是 1")
    spending: ScenarioMoney | None = Field(None, title="更正后的资金执行")
    expect: Expect = Field(title="更正后应有的结果")


class Scenario(Written, title="情景"):
    """One scenario."""

    name: Words = Field(title="情景名称")
    given: Given = Field(title="给定")
    expect: Expect = Field(title="应有的结果")
    then: Then | None = Field(None, title="更正")

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if self.given.target is None:
            for expect in (self.expect, *([self.then.expect] if self.then else [])):
                if stray := expect.model_fields_set & ExpectRow.model_fields.keys():
                    raise ValueError(f"有多个指标，{'、'.join(sorted(stray))} 应写在 rows 中")
        return self


class ScenarioFile(Written, title="情景文件"):
    """A file of scenarios about one thing."""

    about: Words = Field(title="说的是什么")
    scenarios: list[Scenario] = Field(min_length=1, title="情景")
