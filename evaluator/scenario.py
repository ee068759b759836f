"""Scenarios: what must follow from what is given. YAML files under scenarios/, run by `ziping scenario` and by the tests.

A row scenario gives a target and an actual. A table scenario names a project or a department of the rulebook: all its
targets are met, but for what is said otherwise, and it is scored among its unit's other tables, whose targets are met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from evaluator.errors import EvaluatorError, Problem, RuleProblems, UsageProblem, Where
from evaluator.evaluation import evaluate
from evaluator.figures import percent, points
from evaluator.importscenario import ImportFile, import_failures
from evaluator.model import (
    Actuals,
    Attached,
    Budget,
    Code,
    Department,
    Fen,
    Flag,
    GradeName,
    Indicator,
    Points,
    Project,
    Result,
    Share,
    Source,
    Spending,
    State,
    Table,
    UnitRef,
    Words,
    Written,
    code_of,
)  # fmt: skip
from evaluator.preparation import tables_of
from evaluator.quantity import Sign, Unreadable
from evaluator.reading import Amount
from evaluator.results import Row, TableScore
from evaluator.rulebook import Rulebook, indicators_of
from evaluator.validation import read_model

SURVEY = "满意度调查问卷"
FileState = Literal["完好", "缺失", "已改动"]
ROW = "1"  # the id of the only row of a row scenario
BEYOND = {">": 1, "<": -1}  # what a target that is not met at itself takes
Attainment = Annotated[str, Field(pattern=r"^\d{1,40}(/[1-9]\d{0,39}|(\.\d{1,2})?%)$")]


class Money(Written, title="资金执行"):
    """The spending of a scenario; the initial budget where nothing is said."""

    adjusted: Fen | None = Field(None, title="全年预算数（万元）；不写为年初预算数")
    executed: Fen | None = Field(None, title="全年执行数（万元）；不写为年初预算数")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")


class Changed(Written, title="改写的指标"):
    """What stands otherwise in one row of a project's table."""

    category: Words | None = Field(None, title="一级指标")
    dimension: Words | None = Field(None, title="二级指标")
    name: Words | None = Field(None, title="三级指标")
    description: Words | None = Field(None, title="绩效指标描述")
    points: Points | None = Field(None, title="分值")
    basis: Words | None = Field(None, title="指标值确定依据")


class Given(Written, title="给定"):
    """What is given: `target` and what else stands in the row, or `project` or `department` and what is not met."""

    year: int = Field(2023, title="年度")
    policy: Code | None = Field(None, title="评分办法")
    spending: Money = Field(Money(), title="资金执行；不写则预算全部支出")
    no_spending: Flag = Field(False, title="spending 没有写的金额就是没有填")

    target: Words | None = Field(None, title="单个指标：指标值")
    sign: Sign | None = Field(None, title="比较符（指标值没有时写明）")
    name: Words = Field("示例指标", title="三级指标")
    description: Words = Field("", title="绩效指标描述")
    basis: Words = Field("示例依据", title="指标值确定依据")
    category: Words = Field("产出指标", title="一级指标")
    dimension: Words = Field("示例", title="二级指标")
    points: Points = Field(1250, title="分值")
    formula: Words | None = Field(None, title="由金额计算的公式")
    actual: Words | None = Field(None, title="实际完成值")
    state: State | None = Field(None, title="达成程度")
    share: Share | None = Field(None, title="档内比例")
    evidence: list[Words] = Field([], title="佐证材料")
    cause: Words = Field("", title="偏差原因")
    remedy: Words = Field("", title="改进措施")

    project: Code | None = Field(None, title="一个项目：项目编码")
    department: Code | None = Field(None, title="部门整体：单位编码")
    all_met: Flag = Field(True, title="没有写的指标都达到")
    without: list[Words] = Field([], title="没有填的指标")
    results: dict[str, Result] = Field({}, title="完成情况")
    targets: dict[str, Words] = Field({}, title="改写的指标值")
    files: dict[str, FileState] = Field({}, title="指标登记的佐证材料文件的现状")
    changed: dict[str, Changed] = Field({}, title="改写的指标：名称、描述、分值、依据")

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        kinds = [kind for kind in ("target", "project", "department") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError("target、project、department 应写且只写一个")
        names = list(type(self).model_fields)
        row, table = names[names.index("target") : names.index("project")], names[names.index("project") :]
        stray = self.model_fields_set & {*(table if kinds == ["target"] else row)}
        if stray:
            raise ValueError(f"写了 {kinds[0]}，就不用 {'、'.join(sorted(stray))}")
        if self.department and (self.no_spending or self.spending.model_fields_set & {"adjusted", "executed"}):
            raise ValueError("部门的金额由各项目相加，spending 只写原因和措施")
        if self.department and self.changed:
            raise ValueError("changed 只用于项目")
        return self


class ExpectRow(Written, title="一个指标应有的结果"):
    """What must come of one row; what is not said is not checked."""

    met: Flag | None = Field(None, title="达到指标值")
    missing: Flag | None = Field(None, title="缺实际完成值")
    attainment: Attainment | None = Field(None, title="完成率：两位小数以内的百分数，或分数")
    earned: Points | None = Field(None, title="得分")

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
    grade: GradeName | None = Field(None, title="等级")
    rows: dict[str, ExpectRow] = Field({}, title="各指标；预算执行率也是一个")
    fires: list[Words] = Field([], title="应有的问题：编号，或编号/指标编号")
    silent: list[Words] = Field([], title="不应有的问题：编号，或编号/指标编号")

    @model_validator(mode="after")
    def _refused_or_scored(self) -> Self:
        if self.problem is not None and len(self.model_fields_set) > 1:
            raise ValueError("写了 problem，就没有别的结果")
        return self


class Then(Written, title="更正"):
    """A correction: these results and this spending instead, and what must follow."""

    results: dict[str, Result] = Field({}, title="更正后的完成情况；单个指标的编号是 1")
    spending: Money | None = Field(None, title="更正后的资金执行")
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went: `failures` says what was expected and what came instead, `tables` what it was scored as."""

    about: str
    name: str
    where: Where | None
    failures: tuple[str, ...]
    tables: tuple[TableScore, ...] = ()


def read_scenarios(folder: Path) -> tuple[list[ScenarioFile], list[Problem]]:
    """Every scenario file of a folder (or one file), and every problem in them; import scenarios apart."""
    files, problems = [], []
    for path in _paths(folder, imports=False):
        file, found = read_model(ScenarioFile, path, path.relative_to(folder.parent).as_posix())
        problems += found
        files += [file] if file else []
    return files, problems


def run_paths(paths: Sequence[Path], rulebook: Rulebook) -> list[Outcome]:
    """Run every scenario of some files and folders; raises UsageProblem or RuleProblems when any cannot be read."""
    if absent := [path for path in paths if not path.exists()]:
        raise UsageProblem(Problem("U104", f"没有“{path}”") for path in absent)
    read = [read_scenarios(path) for path in paths]
    if problems := [problem for _, found in read for problem in found]:
        raise RuleProblems(problems)
    outcomes = [
        run_scenario(one, rulebook, file.about) for files, _ in read for file in files for one in file.scenarios
    ]
    return outcomes + [outcome for path in paths for outcome in _run_imports(path)]


def _paths(folder: Path, *, imports: bool) -> list[Path]:
    """The scenario files of a folder, or one file; those in a folder called imports are import scenarios."""
    found = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    return [path for path in found if (path.resolve().parent.name == "imports") == imports]


def _run_imports(folder: Path) -> Iterator[Outcome]:
    """Run the import scenarios of a folder (or one file); raises RuleProblems when one cannot be read."""
    for path in _paths(folder, imports=True):
        file, problems = read_model(ImportFile, path, path.relative_to(folder.parent).as_posix())
        if file is None:
            raise RuleProblems(problems)
        for one in file.imports:
            yield Outcome(file.about, one.name, one.where, import_failures(one, path.parent))


def run_scenario(scenario: Scenario, rulebook: Rulebook, about: str = "") -> Outcome:
    """Run one scenario, and its correction if it has one."""
    given, then = scenario.given, scenario.then
    stages = [("", given.results, given.spending, scenario.expect)]
    if then:
        stages += [("更正后：", given.results | then.results, then.spending or given.spending, then.expect)]
    tables, failures = [], []
    for label, results, spending, expect in stages:
        try:
            table = _score(given, results, spending, rulebook)
        except EvaluatorError as error:
            found = _refused(error, expect)
        except Unreadable as error:  # a target that a scenario changed
            found = _refused(EvaluatorError([Problem(error.code, str(error), given.where)]), expect)
        else:
            tables.append(table)
            found = _failures(given, table, expect, {rule.id for rule in rulebook.findings})
        failures += [label + failure for failure in found]
    return Outcome(about, scenario.name, scenario.where, tuple(failures), tuple(tables))


def _refused(error: EvaluatorError, expect: Expect) -> Iterator[str]:
    codes = [problem.code for problem in error.problems]
    if expect.problem not in codes:
        yield f"不应拒绝：{error}" if expect.problem is None else f"应以 {expect.problem} 拒绝，实为 {'、'.join(codes)}"


def _failures(given: Given, table: TableScore, expect: Expect, rules: set[str]) -> Iterator[str]:
    if expect.problem is not None:
        yield f"应以 {expect.problem} 拒绝，却得到 {points(table.score)} 分"
    if expect.score is not None and table.score != expect.score:
        yield f"总分应为 {points(expect.score)}，实为 {points(table.score)}"
    if expect.grade is not None and table.grade != expect.grade:
        yield f"等级应为 {expect.grade}，实为 {table.grade}"
    about = sorted({f"{finding.rule.id}/{finding.subject}" for finding in table.findings})
    fired = {*about, *(finding.rule.id for finding in table.findings)}
    wanted = [*expect.fires, *expect.silent]
    yield from (f"没有问题规则 {one}" for one in wanted if one.partition("/")[0] not in rules)
    yield from (f"应有问题 {one}，实有 {'、'.join(about) or '无'}" for one in expect.fires if one not in fired)
    yield from (f"不应有问题 {one}" for one in expect.silent if one in fired)
    if given.target is not None:
        yield from _row_failures(table.rows[0], expect)
    rows = {row.indicator.id: row for row in table.all_rows}
    for name, row in expect.rows.items():
        yield from _row_failures(rows[name], row) if name in rows else [f"没有指标“{name}”"]


def _row_failures(row: Row, expect: ExpectRow) -> Iterator[str]:
    name = row.indicator.name
    if expect.met is not None and row.met != expect.met:
        yield f"“{name}”应{'' if expect.met else '未'}达到，实{'' if row.met else '未'}达到"
    if expect.missing is not None and row.missing != expect.missing:
        yield f"“{name}”应{'缺' if expect.missing else '有'}实际完成值"
    if expect.earned is not None and row.earned != expect.earned:
        yield f"“{name}”应得 {points(expect.earned)}，实得 {points(row.earned)}"
    if expect.attainment is not None:
        wanted, had = expect.attainment, row.attainment
        if had is None or (Fraction(wanted) != had if "/" in wanted else percent(had) != wanted):
            yield f"“{name}”完成率应为 {wanted}，实为 {'无' if had is None else f'{percent(had)}（{had}）'}"


def _score(given: Given, results: Mapping[str, Result], spending: Money, rulebook: Rulebook) -> TableScore:
    """Score the table by the same path as everything else, among its unit's other tables, which are all met."""
    table, filled = _single(given) if given.target is not None else _named(given, rulebook)
    code, unit = code_of(table), [] if given.target is not None else tables_of(rulebook, given.year, table.unit.code)
    others = [other for other in unit if code_of(other) != code]
    actuals = {(given.year, code_of(other)): _actuals(other, all_met(other), Money()) for other in others}
    actuals[given.year, code] = _actuals(table, {**filled, **results}, spending, fill=not given.no_spending)
    tables = [table, *others]
    alone = replace(
        rulebook,
        projects={(one.year, one.code): one for one in tables if isinstance(one, Project)},
        departments={(one.year, one.unit.code): one for one in tables if isinstance(one, Department)},
    )
    files = tuple(Attached(name, "示例材料", f"{name}.pdf", "0" * 64, state) for name, state in given.files.items())
    evaluation = evaluate(
        alone, actuals, year=given.year, unit=table.unit.code, policy=given.policy, attached={(given.year, code): files}
    )
    return next(scored for scored in evaluation.tables if scored.code == code)


def _single(given: Given) -> tuple[Table, dict[str, Result]]:
    """A project of one indicator with its result, for a row scenario."""
    row = Indicator.model_construct(
        id=ROW, category=given.category, dimension=given.dimension, name=given.name, description=given.description,
        target=given.target or "", sign=given.sign, points=given.points, formula=given.formula, basis=given.basis,
        line=None,
    )  # fmt: skip
    table = Project.model_construct(
        code="S1", name="示例项目", year=given.year, unit=UnitRef(code="0", name="示例单位"), policy=given.policy,
        source=Source(document="示例", line=1), budget=Budget(total="100", fiscal="100", other="0"),
        purpose="", plan={}, goals=[], indicators=[row],
    )  # fmt: skip
    result = Result.model_construct(
        actual=given.actual, state=given.state, share=given.share,
        evidence=given.evidence, cause=given.cause, remedy=given.remedy,
    )  # fmt: skip
    return table, {ROW: result}


def _named(given: Given, rulebook: Rulebook) -> tuple[Table, dict[str, Result]]:
    """The table of the rulebook that is named, with the targets that are changed, and results that meet them."""
    code = given.project or given.department or ""
    found: Mapping[tuple[int, str], Table] = rulebook.projects if given.project else rulebook.departments
    if (given.year, code) not in found:
        raise EvaluatorError([Problem("S101", f"{given.year} 年没有“{code}”的绩效目标表", given.where)])
    table = found[given.year, code]
    ids = [row.id for row in indicators_of(table)]
    if strange := [name for name in [*given.without, *given.targets, *given.changed] if name not in ids]:
        raise EvaluatorError(Problem("S102", f"没有指标“{name}”", given.where, "、".join(ids)) for name in strange)
    changed: dict[str, dict[str, object]] = {
        name: {"target": target, "sign": None} for name, target in given.targets.items()
    }
    for name, other in given.changed.items():
        changed.setdefault(name, {}).update(other.model_dump(exclude_unset=True))
    part = "indicators" if isinstance(table, Project) else "items"
    table = table.model_copy(
        update={part: [row.model_copy(update=changed.get(row.id)) for row in getattr(table, part)]}
    )
    return table, {name: met for name, met in all_met(table).items() if given.all_met and name not in given.without}


def all_met(table: Table) -> dict[str, Result]:
    """Results that meet every target of a table and no more, with evidence; rows computed from money are left out."""
    results = {}
    for row in indicators_of(table):
        if row.formula is not None:
            continue
        content = row.read.content
        evidence = [SURVEY if "满意" in row.category + row.name else "示例佐证"]
        if isinstance(content, Amount):
            value = replace(content.low, number=content.low.number + BEYOND.get(content.sign or "", 0))
            results[row.id] = Result(actual=str(value), evidence=evidence)
        else:
            results[row.id] = Result.model_construct(state="达成", share=Fraction(1), evidence=evidence)
    return results


def _actuals(table: Table, results: dict[str, Result], spending: Money, fill: bool = True) -> Actuals:
    """The year's results of a table; a project's money is its initial budget where it is to be filled in."""
    initial = table.budget.total if fill and isinstance(table, Project) else None
    adjusted, executed = (initial if fen is None else fen for fen in (spending.adjusted, spending.executed))
    money = Spending.model_construct(
        adjusted=adjusted, executed=executed, cause=spending.cause, remedy=spending.remedy
    )  # fmt: skip
    return Actuals.model_construct(
        code=code_of(table), year=table.year, illustrative=True, achieved="", results=results, measures={}, spending=money
    )  # fmt: skip
