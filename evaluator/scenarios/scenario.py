"""Scenarios: what must follow from what is given. YAML files under scenarios/, run by `ziping scenario` and by the tests.

A row scenario gives a target and an actual. A table scenario names a project or a department of the rulebook, or writes a
project: all its targets are met, but for what is said otherwise, and one of the rulebook is scored among its unit's other tables, whose targets are met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TypeVar

from evaluator.comparators import DOWNWARD, STRICT, UPWARD
from evaluator.documents.validation import as_model, read_model
from evaluator.errors import EvaluatorError, Problem, RuleProblems, UsageProblem, Where
from evaluator.evaluation import evaluate
from evaluator.figures import half_up, percent, points
from evaluator.following.advice import NO_ADVICE, advice_for
from evaluator.model import (
    Actuals,
    Budget,
    Department,
    Indicator,
    MeasureResult,
    Project,
    Result,
    Source,
    Spending,
    Table,
    UnitRef,
    code_of,
)  # fmt: skip
from evaluator.policy import Policy
from evaluator.preparation import tables_of
from evaluator.quantities.quantity import Unreadable
from evaluator.quantities.reading import Amount
from evaluator.rescoring.rescored import RescoredTable
from evaluator.results import Attached, Duty, Row, TableScore
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.scenarios.importscenario import ImportFile, import_failures
from evaluator.scenarios.restated import review_failures, reviewed_again, with_review
from evaluator.scenarios.reviewscenario import ReviewFile, ReviewOutcome, see
from evaluator.scenarios.scenariofile import (
    ACHIEVED,
    Expect,
    ExpectRow,
    Given,
    Scenario,
    ScenarioFile,
    ScenarioMoney,
)

SURVEY = "满意度调查问卷"
ROW = "1"  # the id of the only row of a row scenario
DOCUMENTS = "documents"  # the folder of what scenarios of imports read; results may be among it
KINDS = ("imports", "reviews")  # the folders of scenarios that are not of rows and tables
OfKind = TypeVar("OfKind", ImportFile, ReviewFile)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went: `failures` says what was expected and what came instead, `tables` what it was scored as,
    `beside` the unit's other tables with each of them; `seen` what a review scenario showed of its scale; `reviews` what became of each table in review."""

    about: str
    name: str
    where: Where | None
    failures: tuple[str, ...]
    tables: tuple[TableScore, ...] = ()
    beside: tuple[tuple[TableScore, ...], ...] = ()
    seen: ReviewOutcome | None = None
    reviews: tuple[RescoredTable | None, ...] = ()


def read_scenarios(folder: Path) -> tuple[list[ScenarioFile], list[Problem]]:
    """Every scenario file of a folder (or one file), and every problem in them; import and review scenarios apart."""
    files, problems = [], []
    for path in _paths(folder):
        file, wrong = read_model(ScenarioFile, path, path.relative_to(folder.parent).as_posix())
        problems += wrong
        files += [file] if file else []
    return files, problems


def run_paths(paths: Sequence[Path], rulebook: Rulebook) -> list[Outcome]:
    """Run every scenario of some files and folders; raises UsageProblem or RuleProblems when any cannot be read."""
    if absent := [path for path in paths if not path.exists()]:
        raise UsageProblem(Problem("U104", f"没有“{path}”") for path in absent)
    read = [read_scenarios(path) for path in paths]
    if problems := [problem for _, wrong in read for problem in wrong]:
        raise RuleProblems(problems)
    files = [file for some, _ in read for file in some]
    outcomes = [run_scenario(scenario, rulebook, file.about) for file in files for scenario in file.scenarios]
    for path, imports in _files(paths, "imports", ImportFile):
        for scenario in imports.imports:
            failures = import_failures(scenario, path.parent)
            outcomes.append(Outcome(imports.about, scenario.name, scenario.where, failures))
    for _, reviews in _files(paths, "reviews", ReviewFile):
        for review in reviews.reviews:
            seen = see(review, rulebook.reviews)
            outcomes.append(Outcome(reviews.about, review.name, review.where, seen.failures, seen=seen))
    return outcomes


def _paths(folder: Path, kind: str = "") -> list[Path]:
    """The scenario files of a folder, or one file; those in folders called imports and reviews are kinds of their own."""
    listed = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    paths = [path for path in listed if path.resolve().parent.parent.name != DOCUMENTS]
    own = {path: path.resolve().parent.name for path in paths}
    return [path for path in paths if (own[path] if own[path] in KINDS else "") == kind]


def _files(folders: Sequence[Path], kind: str, model: type[OfKind]) -> Iterator[tuple[Path, OfKind]]:
    """The scenario files of another kind in some folders (or files); raises RuleProblems when one cannot be read."""
    for folder in folders:
        for path in _paths(folder, kind):
            file, problems = read_model(model, path, path.relative_to(folder.parent).as_posix())
            if file is None:
                raise RuleProblems(problems)
            yield path, file


def run_scenario(scenario: Scenario, rulebook: Rulebook, about: str = "") -> Outcome:
    """Run one scenario, and its correction if it has one."""
    given, then = scenario.given, scenario.then
    stages = [("", given.results, given.spending, scenario.expect)]
    if then:
        stages += [("更正后：", given.results | then.results, then.spending or given.spending, then.expect)]
    tables, beside, reviews, failures = [], [], [], []
    for label, results, spending, expect in stages:
        try:
            table, others, review = _score(given, results, spending, rulebook)
        except EvaluatorError as error:
            failed = _refused(error, expect)
        except Unreadable as error:  # a target that a scenario changed
            failed = _refused(EvaluatorError([Problem(error.code, str(error), given.where)]), expect)
        else:
            tables.append(table)
            beside.append(others)
            reviews.append(review)
            failed = chain(
                _failures(given, table, expect, {rule.id for rule in rulebook.findings}),
                review_failures(review, expect.review),
            )
        failures += [label + failure for failure in failed]
    return Outcome(
        about, scenario.name, scenario.where, tuple(failures), tuple(tables), tuple(beside), reviews=tuple(reviews)
    )


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
    advised = fitting.advice if (fitting := advice_for(table)) else NO_ADVICE
    if expect.advice is not None and advised != expect.advice:
        yield f"下年度预算建议应为 {expect.advice}，实为 {advised}"
    findings = [*table.findings, *table.aside]
    about = sorted({f"{finding.rule.id}/{row}" for finding in findings for row in finding.about})
    fired = {*about, *(finding.rule.id for finding in findings)}
    wanted = [*expect.fires, *expect.silent]
    yield from (f"没有问题规则 {name}" for name in wanted if name.partition("/")[0] not in rules)
    yield from (f"应有问题 {name}，实有 {'、'.join(about) or '无'}" for name in expect.fires if name not in fired)
    yield from (f"不应有问题 {name}" for name in expect.silent if name in fired)
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
    if expect.outside is not None:
        outside = half_up(row.own.outside if row.own else Fraction(0), 2)
        if outside != expect.outside:
            yield f"“{name}”在本行以外应加减 {expect.outside} 分，实为 {outside}"
    if expect.attainment is not None:
        wanted, had = expect.attainment, row.attainment
        if had is None or (Fraction(wanted) != had if "/" in wanted else percent(had) != wanted):
            yield f"“{name}”完成率应为 {wanted}，实为 {'无' if had is None else f'{percent(had)}（{had}）'}"


def _score(
    given: Given, results: Mapping[str, Result], spending: ScenarioMoney, rulebook: Rulebook
) -> tuple[TableScore, tuple[TableScore, ...], RescoredTable | None]:
    """Score the table by the same path as everything else, among its unit's other tables, which are all met; and its review."""
    table, filled = _single(given) if given.target is not None else _named(given, rulebook)
    alone = given.target is not None or given.written is not None
    code, unit = code_of(table), [] if alone else tables_of(rulebook, given.year, table.unit.code)
    others = [other for other in unit if code_of(other) != code]
    if given.beside is not None:
        known = {code_of(other): other for other in others}
        if strange := [name for name in given.beside if name not in known]:
            raise EvaluatorError(Problem("S103", f"本单位没有另一张表“{name}”", given.where) for name in strange)
        others = [known[name] for name in given.beside]
    actuals = {}
    for other in others:
        met = all_met(other) | (given.beside or {}).get(code_of(other), {})
        actuals[given.year, code_of(other)] = _actuals(other, met, ScenarioMoney())
    own = (not given.no_spending, given.measures, given.achieved)
    actuals[given.year, code] = _actuals(table, {**filled, **results}, spending, *own)
    tables, past = [table, *others], _last_year(given, table)
    actuals |= {(before.year, before.code): came for before, came in past}
    projects = [each for each in (*tables, *(before for before, _ in past)) if isinstance(each, Project)]
    policies = rulebook.policies
    book = replace(
        rulebook,
        projects={(project.year, project.code): project for project in projects},
        departments={(each.year, each.unit.code): each for each in tables if isinstance(each, Department)},
        policies={name: _read(policy) for name, policy in policies.items()} if given.read else policies,
    )
    files = tuple(Attached(name, "示例材料", f"{name}.pdf", "0" * 64, state) for name, state in given.files.items())
    scored = evaluate(
        book,
        actuals,
        year=given.year,
        unit=table.unit.code,
        policy=given.policy,
        attached={(given.year, code): files},
        duties=_duties(given, table),
    )
    mine = next(score for score in scored.tables if score.code == code)
    review = reviewed_again(given.review, given.policy, book, actuals, scored, code)
    return with_review(mine, review), tuple(score for score in scored.tables if score is not mine), review


def _last_year(given: Given, table: Table) -> list[tuple[Project, Actuals]]:
    """The table of the year before with its results, where the scenario has one."""
    if not given.last_year or not isinstance(table, Project):
        return []
    known = {row.id: row for row in table.indicators}
    if strange := [name for name in given.last_year if name not in known]:
        raise EvaluatorError(Problem("S102", f"没有指标“{name}”", given.where, "、".join(known)) for name in strange)
    rows, results = [], {}
    for name, earlier in given.last_year.items():
        rows.append(known[name].model_copy(update={"target": earlier.target, "sign": None} if earlier.target else {}))
        if earlier.actual:
            results[name] = Result(actual=earlier.actual)
    before = table.model_copy(update={"year": table.year - 1, "indicators": rows})
    return [(before, _actuals(before, results, ScenarioMoney()))]


def _read(policy: Policy) -> Policy:
    """A policy as it is once the text of every clause has been read."""
    return policy.model_copy(
        update={
            name: clause.model_copy(update={"known": "原文", "seen": "示例"}) for name, clause in policy.clauses.items()
        }
    )


def _duties(given: Given, table: Table) -> dict[tuple[int, str], tuple[Duty, ...]]:
    duties: dict[tuple[int, str], tuple[Duty, ...]] = {}
    for name, owed in given.duties.items():
        key = (owed.year or given.year, table.unit.code)
        state = (owed.rule, "示例问题", owed.owner, owed.due, owed.state, tuple(owed.evidence), owed.overdue)
        duties[key] = (*duties.get(key, ()), Duty(name, key[0], code_of(table), *state))
    return duties


def _single(given: Given) -> tuple[Table, dict[str, Result]]:
    """A project of one indicator, or of several alike, with its result, for a row scenario."""
    row = Indicator.model_construct(
        id=ROW, category=given.category, dimension=given.dimension, name=given.name, description=given.description,
        target=given.target or "", sign=given.sign, points=given.points, basis=given.basis, criterion=given.criterion,
        formula=None if given.data else given.formula, of_data=given.formula if given.data else None,
        reads=given.reads, data=given.data,
        line=None,
    )  # fmt: skip
    numbers = [ROW, *(str(n) for n in range(2, given.times + 1))]
    rows = [row] if given.times == 1 else [row.model_copy(update={"id": n, "name": given.name + n}) for n in numbers]
    table = Project.model_construct(
        code="S1", name="示例项目", year=given.year, unit=UnitRef(code="0", name="示例单位"), policy=given.policy,
        source=Source(document="示例", line=1), budget=Budget(total="100", fiscal="100", other="0"),
        purpose="", plan={}, goals=["示例目标"], indicators=rows,
    )  # fmt: skip
    result = Result.model_construct(
        actual=given.actual, state=given.state, share=given.share, data=given.filled, given=given.answers,
        evidence=given.evidence, cause=given.cause, remedy=given.remedy,
    )  # fmt: skip
    return table, dict.fromkeys(numbers, result)


def _known(given: Given, rulebook: Rulebook) -> Table:
    code = given.project or given.department or ""
    tables: Mapping[tuple[int, str], Table] = rulebook.projects if given.project else rulebook.departments
    if (given.year, code) not in tables:
        raise EvaluatorError([Problem("S101", f"{given.year} 年没有“{code}”的绩效目标表", given.where)])
    return tables[given.year, code]


def _written(given: Given) -> Project:
    """The table that a scenario writes; raises EvaluatorError with what is wrong in it."""
    project, problems = as_model(Project, given.written)
    if project is None:
        raise EvaluatorError(problems)
    return project.model_copy(update={"year": given.year, "policy": given.policy or project.policy})


def _named(given: Given, rulebook: Rulebook) -> tuple[Table, dict[str, Result]]:
    """The table that is named or written, with the targets that are changed, and results that meet them."""
    table = _written(given) if given.written is not None else _known(given, rulebook)
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
        | ({"budget": given.budget} if given.budget else {})
        | {name: text for name in ("purpose", "goals") if (text := getattr(given, name)) is not None}
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
            # one more, or one less, for a target that is not met at itself
            beyond = (content.sign in STRICT and content.sign in UPWARD) - (
                content.sign in STRICT and content.sign in DOWNWARD
            )
            value = replace(content.low, number=content.low.number + beyond)
            results[row.id] = Result(actual=str(value), evidence=evidence)
        elif row.criterion is not None:
            results[row.id] = Result(actual=row.target, evidence=evidence)
        else:
            results[row.id] = Result.model_construct(state="达成", share=Fraction(1), evidence=evidence)
    return results


def _actuals(
    table: Table,
    results: dict[str, Result],
    spending: ScenarioMoney,
    fill: bool = True,
    measures: Mapping[str, MeasureResult] | None = None,
    achieved: str = ACHIEVED,
) -> Actuals:
    """The year's results of a table; the money is the initial budget where it is to be filled in."""
    initial = table.budget.total if fill and table.budget else None
    adjusted, executed = (initial if fen is None else fen for fen in (spending.adjusted, spending.executed))
    money = Spending.model_construct(adjusted=adjusted, executed=executed, cause=spending.cause, remedy=spending.remedy)
    return Actuals.model_construct(
        code=code_of(table), year=table.year, illustrative=True, achieved=achieved, results=results,
        measures=dict(measures or {}), spending=money,
    )  # fmt: skip
