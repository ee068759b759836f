"""Targets beside results, table by table: what scoring needs of every row, or every reason why a result cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.comparators import AT_LEAST
from evaluator.documents.faults import choose
from evaluator.errors import ActualsProblems, Problem, nearest
from evaluator.figures import FEN_PER_WAN
from evaluator.model import (
    EXECUTION,
    FUNDS,
    PARTS,
    Actuals,
    Department,
    Indicator,
    Project,
    Result,
    Spending,
    Table,
    code_of,
)
from evaluator.policies.allocation import allocate, applied
from evaluator.policy import Policy
from evaluator.quantities.quantity import Pair, Unreadable
from evaluator.results import Money
from evaluator.rowreading import Reading, read_row
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.scoring import rounded

SPENDING = Indicator.model_construct(
    id=EXECUTION, category=EXECUTION, dimension=EXECUTION, name=EXECUTION, description="全年执行数 ÷ 全年预算数",
    target="全年预算数", sign=AT_LEAST, points=0, formula=None, basis="", line=None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A table with its policy, money and readings (the execution row first)."""

    table: Table
    policy: Policy
    actuals: Actuals | None
    money: Money
    readings: tuple[Reading, ...]

    @property
    def left_out(self) -> int:
        """Points of rows that do not apply and go to no other row, in hundredths."""
        return sum(one.points for one in self.readings if one.inapplicable)

    @property
    def outside(self) -> int:
        """Points that criteria add (above 0) or take outside their rows, in hundredths."""
        return sum(
            rounded(reading.own.outside * 100, self.policy) for reading in self.readings if reading.own is not None
        )

    @property
    def effects(self) -> frozenset[str]:
        """What criteria do to the grade or the total of the whole."""
        return frozenset(
            effect for reading in self.readings if reading.own is not None for effect in reading.own.effects
        )


def tables_of(rulebook: Rulebook, year: int | None, unit: str | None) -> list[Table]:
    """One unit's goal tables of one year, projects in the order of their source; the latest year and the only unit
    when not named. Raises UsageProblem (U204) naming what there is."""
    tables = rulebook.tables
    chosen = choose(((table.year, table.unit.code) for table in tables), year, unit)
    mine = [table for table in tables if (table.year, table.unit.code) == chosen]
    return sorted(mine, key=lambda table: (isinstance(table, Department), table.source.line or 0, code_of(table)))


def prepare(
    rulebook: Rulebook, tables: Sequence[Table], actuals: Mapping[tuple[int, str], Actuals], policy: str | None
) -> list[Prepared]:
    """Read every result under its target; raises ActualsProblems with all that cannot be read."""
    problems: list[Problem] = []
    prepared = []
    projects = [table for table in tables if isinstance(table, Project)]
    moneys = [money for project in projects if (money := _money(project, actuals.get((project.year, project.code))))]
    for table in tables:
        own, chosen = rulebook.policy_for(table), rulebook.policy_for(table, policy)
        given = actuals.get((table.year, code_of(table)))
        money = _money(table, given) or _sum(moneys)
        rows = indicators_of(table)
        points = [row.points for row in rows]
        if chosen.allocation.portions != own.allocation.portions:
            points = allocate(rows, chosen.allocation)
        problems += _strangers(given, rows)
        problems += _misplaced(table, given.spending) if given else []
        readings = [_spending(money, chosen, given)]
        for row, worth in zip(rows, points, strict=True):
            result = given.results.get(row.id, Result()) if given else Result()
            try:
                readings.append(read_row(row, result, worth, money, chosen, table.year))
            except Unreadable as error:
                says = f"{code_of(table)} {row.id}“{row.name}”：{error.reason}"
                options = error.allowed or "、".join(error.choices)
                problems.append(Problem(error.code, says, result.where, options))
        try:
            if len(readings) == len(rows) + 1:
                readings = _without_inapplicable(readings, chosen)
        except Unreadable as error:
            where = given.where if given else None
            problems.append(Problem(error.code, f"{code_of(table)} {error.reason}", where, error.allowed))
        prepared.append(Prepared(table, chosen, given, money, tuple(readings)))
    if problems:
        raise ActualsProblems(problems)
    return prepared


def _without_inapplicable(readings: list[Reading], policy: Policy) -> list[Reading]:
    """The rows with the points that the policy gives them where some do not apply; raises Unreadable (A137)."""
    execution, *rows = readings
    left = [at for at, one in enumerate(rows) if one.inapplicable]
    if not left or policy.not_applicable is None:
        return readings
    points = applied([one.indicator for one in rows], [one.points for one in rows], left, policy.not_applicable)
    return [execution, *(one.taking(worth) for one, worth in zip(rows, points, strict=True))]


def _money(table: Table, given: Actuals | None) -> Money | None:
    """A table's own money; None for a department without a budget of its own."""
    spending = given.spending if given else Spending()
    return Money(table.budget.total, spending.adjusted, spending.executed) if table.budget else None


def _misplaced(table: Table, spending: Spending) -> Iterator[Problem]:
    """Amounts that a table of this kind does not have."""
    if isinstance(table, Project):
        if spending.parts:
            yield Problem(
                "A134", "项目的金额按资金来源分，不分基本支出和项目支出", spending.where, "、".join(FUNDS.values())
            )
        return
    if table.budget is None and (spending.parts or (spending.adjusted, spending.executed) != (None, None)):
        says = "部门整体的全年预算数和全年执行数由各项目合计，不另填"
        allowed = "只填偏差原因和改进措施；部门有自己的预算的，先在部门绩效目标中写明年初预算数"
        yield Problem("A117", says, spending.where, allowed)
    if spending.funds:
        yield Problem(
            "A134", "部门整体的金额分基本支出和项目支出，不按资金来源分", spending.where, "、".join(PARTS.values())
        )


def _sum(moneys: Sequence[Money]) -> Money:
    """A department's money is its projects' together; unknown when one of them is."""

    def total(amounts: Iterable[int | None]) -> int | None:
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known and len(known) == len(moneys) else None

    return Money(
        sum(money.initial for money in moneys),
        total(money.adjusted for money in moneys),
        total(money.executed for money in moneys),
    )


def _strangers(given: Actuals | None, rows: Sequence[Indicator]) -> Iterator[Problem]:
    known = [row.id for row in rows]
    for name, result in (given.results if given else {}).items():
        if name not in known:
            says = f"{given.code if given else ''} 没有指标“{name}”"
            yield Problem("A101", says, result.where, "、".join(known), nearest(name, known))


def _spending(money: Money, policy: Policy, given: Actuals | None) -> Reading:
    spending = given.spending if given else None
    result = Result(cause=spending.cause, remedy=spending.remedy) if spending else Result()
    known = money.rate is not None
    pair = Pair(
        comparator=AT_LEAST,
        actual=Fraction(money.executed or 0, FEN_PER_WAN),
        target=Fraction(money.adjusted or 0, FEN_PER_WAN),
        high=None,
        unit="万元",
        actual_shown="",
        notes=(),
    )
    return Reading(SPENDING, result, pair, not known, False, "execution", policy.allocation.execution)
