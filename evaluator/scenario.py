"""Scenarios: what must follow from what is given. YAML files under scenarios/, run by `ziping scenario` and by the tests.

A row scenario gives a target and an actual; a table scenario names a project of the rulebook and changes its results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from evaluator.errors import EvaluatorError, Problem, RuleProblems, UsageProblem, Where
from evaluator.evaluation import evaluate
from evaluator.figures import percent, points
from evaluator.model import (
    Actuals, Budget, Code, Fen, Flag, GradeName, Indicator, Points, Project, Result, Source, Spending, Table, UnitRef,
    Words, Written,
)  # fmt: skip
from evaluator.quantity import Sign
from evaluator.reading import Amount
from evaluator.results import Row, TableScore
from evaluator.rulebook import Rulebook, indicators_of
from evaluator.validation import read_model

SURVEY = "满意度调查问卷"


class Money(Written):
    """The spending of a scenario; the initial budget where nothing is said."""

    adjusted: Fen | None = None
    executed: Fen | None = None
    cause: Words = ""
    remedy: Words = ""


class Given(Written):
    """Either `target` (one row) or `project` (a table of the rulebook); `all_met` fills what is not said."""

    policy: Code | None = None
    target: Words | None = None
    sign: Sign | None = None
    name: Words = "示例指标"
    description: Words = ""
    basis: Words = "示例依据"
    category: Words = "产出指标"
    points: Points = 1250
    actual: Words | None = None
    state: Words | None = None
    share: Words | None = None
    evidence: list[Words] = []
    cause: Words = ""
    remedy: Words = ""
    project: Code | None = None
    year: int = 2023
    all_met: Flag = True
    without: list[Words] = []
    spending: Money = Money()
    no_spending: Flag = False
    results: dict[str, Result] = {}

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.target is None) == (self.project is None):
            raise ValueError("target 与 project 应写且只写一个")
        return self


class ExpectRow(Written):
    """What must come of one row; what is not said is not checked."""

    met: Flag | None = None
    missing: Flag | None = None
    attainment: Words | None = None
    earned: Points | None = None


class Expect(ExpectRow):
    """What must come of the scenario: of its row, its table, its findings, or the problem that refuses it."""

    problem: Words | None = None
    score: Points | None = None
    grade: GradeName | None = None
    rows: dict[str, ExpectRow] = {}
    fires: list[Words] = []
    silent: list[Words] = []


class Then(Written):
    """A correction: these results instead, and what must follow."""

    results: dict[str, Result] = {}
    spending: Money | None = None
    expect: Expect


class Scenario(Written):
    """One scenario."""

    name: Words
    given: Given
    expect: Expect
    then: Then | None = None


class ScenarioFile(Written):
    """A file of scenarios about one thing."""

    about: Words
    scenarios: list[Scenario]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went; `failures` says what was expected and what came instead."""

    about: str
    name: str
    where: Where | None
    failures: tuple[str, ...]


def read_scenarios(folder: Path) -> tuple[list[ScenarioFile], list[Problem]]:
    """Every scenario file of a folder (or one file), and every problem in them."""
    files, problems = [], []
    for path in sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]:
        file, found = read_model(ScenarioFile, path, path.relative_to(folder.parent).as_posix())
        problems += found
        files += [file] if file else []
    return files, problems


def run_scenario(scenario: Scenario, rulebook: Rulebook, about: str = "") -> Outcome:
    """Run one scenario, and its correction if it has one."""
    given = scenario.given
    failures = list(_failures(given, given.results, given.spending, scenario.expect, rulebook))
    if scenario.then:
        results, spending = {**given.results, **scenario.then.results}, scenario.then.spending or given.spending
        failures += [f"更正后：{f}" for f in _failures(given, results, spending, scenario.then.expect, rulebook)]
    return Outcome(about, scenario.name, scenario.where, tuple(failures))


def _failures(
    given: Given, results: Mapping[str, Result], spending: Money, expect: Expect, rulebook: Rulebook
) -> Iterator[str]:
    try:
        table = _score(given, results, spending, rulebook)
    except EvaluatorError as error:
        codes = [problem.code for problem in error.problems]
        if expect.problem not in codes:
            yield f"不应拒绝：{error}" if expect.problem is None else f"应以 {expect.problem} 拒绝，实为 {codes}"
        return
    if expect.problem is not None:
        yield f"应以 {expect.problem} 拒绝，却得到 {points(table.score)} 分"
        return
    if expect.score is not None and table.score != expect.score:
        yield f"总分应为 {points(expect.score)}，实为 {points(table.score)}"
    if expect.grade is not None and table.grade != expect.grade:
        yield f"等级应为 {expect.grade}，实为 {table.grade}"
    fired = {finding.rule.id for finding in table.findings}
    yield from (f"应有问题 {rule}，实有 {sorted(fired)}" for rule in expect.fires if rule not in fired)
    yield from (f"不应有问题 {rule}" for rule in expect.silent if rule in fired)
    rows = {row.indicator.id: row for row in table.all_rows}
    if given.target is not None:
        yield from _row_failures(table.rows[0], expect)
    for name, wanted in expect.rows.items():
        yield from _row_failures(rows[name], wanted) if name in rows else [f"没有指标“{name}”"]


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
        same = had is not None and (Fraction(wanted) == had if "/" in wanted else percent(had) == wanted)
        if not same:
            yield f"“{name}”完成率应为 {wanted}，实为 {'无' if had is None else percent(had)}"


def _score(given: Given, results: Mapping[str, Result], spending: Money, rulebook: Rulebook) -> TableScore:
    """Score the scenario by the same path as everything else, in a rulebook that holds its table alone."""
    if given.project is None:
        table, code = _single(given), "S1"
        written: dict[str, Any] = {"evidence": given.evidence, "cause": given.cause, "remedy": given.remedy}
        written |= {"actual": given.actual, "state": given.state, "share": given.share}
        filled = {"1": Result.model_validate(written)}
    else:
        code = given.project
        if (given.year, code) not in rulebook.projects:
            raise EvaluatorError([Problem("S101", f"{given.year} 年没有项目“{code}”", given.where)])
        table = rulebook.projects[given.year, code]
        filled = all_met(table) if given.all_met else {}
        filled = {name: result for name, result in filled.items() if name not in given.without} | dict(results)
    initial = table.budget.total
    adjusted = initial if spending.adjusted is None else spending.adjusted
    executed = initial if spending.executed is None else spending.executed
    money = Spending.model_construct(
        adjusted=adjusted, executed=executed, cause=spending.cause, remedy=spending.remedy
    )  # fmt: skip
    actuals = Actuals.model_construct(
        code=code, year=given.year, illustrative=True, achieved="", results=filled, measures={},
        spending=Spending() if given.no_spending else money,
    )  # fmt: skip
    alone = Rulebook(rulebook.policies, {(given.year, code): table}, {}, rulebook.findings, rulebook.digest)
    return evaluate(alone, {(given.year, code): actuals}, policy=given.policy).projects[0]


def _single(given: Given) -> Project:
    """A project of one indicator, for a row scenario."""
    row = Indicator(
        id="1", category=given.category, dimension="示例", name=given.name, description=given.description,
        target=given.target or "", sign=given.sign, points="0", basis=given.basis,
    ).model_copy(update={"points": given.points})  # fmt: skip
    return Project.model_construct(
        code="S1", name="示例项目", year=given.year, unit=UnitRef(code="0", name="示例单位"), policy=given.policy,
        source=Source(document="示例", line=1), budget=Budget(total="100", fiscal="100", other="0"),
        purpose="", plan={}, goals=[], indicators=[row],
    )  # fmt: skip


def all_met(table: Table) -> dict[str, Result]:
    """Results that meet every target of a table exactly, with evidence; rows computed from money are left out."""
    results = {}
    for row in indicators_of(table):
        if row.formula is not None:
            continue
        content = row.read.content
        evidence = [SURVEY if "满意" in row.category + row.name else "示例佐证"]
        if isinstance(content, Amount):
            results[row.id] = Result(actual=str(content.low), evidence=evidence)
        else:
            results[row.id] = Result.model_validate({"state": "达成", "share": "100%", "evidence": evidence})
    return results


def run_paths(paths: Sequence[Path], rulebook: Rulebook) -> list[Outcome]:
    """Run every scenario of some files and folders; raises UsageProblem or RuleProblems when one cannot be read."""
    outcomes = []
    for path in paths:
        if not path.exists():
            raise UsageProblem([Problem("U104", f"没有“{path}”")])
        files, problems = read_scenarios(path)
        if problems:
            raise RuleProblems(problems)
        outcomes += [run_scenario(one, rulebook, file.about) for file in files for one in file.scenarios]
    return outcomes
