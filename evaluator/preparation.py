"""Targets beside results, table by table: what scoring needs of every row, or every reason why a result cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.comparators import AT_LEAST
from evaluator.documents.faults import choose
from evaluator.errors import ActualsProblems, Problem, nearest
from evaluator.figures import FEN_PER_WAN
from evaluator.kept import Memory
from evaluator.model import (
    EXECUTION,
    Actuals,
    Department,
    Indicator,
    Project,
    Result,
    Table,
    code_of,
)
from evaluator.policies.allocation import allocate, applied
from evaluator.policies.beyondrows import effects_of, outside_of
from evaluator.policy import Policy
from evaluator.quantities.quantity import Pair, Unreadable
from evaluator.results import Money
from evaluator.rowreading import Reading, read_row
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.rulebook.funds import misplaced, money_of, moneys_together
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
        return sum(reading.points for reading in self.readings if reading.inapplicable)

    @property
    def outside(self) -> int:
        """Points that criteria add (above 0) or take outside their rows, in hundredths, as the policy counts them."""
        owns = [reading.own for reading in self.readings if reading.own is not None]
        return outside_of(self.policy, (rounded(own.outside * 100, self.policy) for own in owns))

    @property
    def effects(self) -> frozenset[str]:
        """What criteria do to the grade or the total of the whole, as the policy counts it."""
        owns = [reading.own for reading in self.readings if reading.own is not None]
        return effects_of(self.policy, frozenset(effect for own in owns for effect in own.effects))


def tables_of(rulebook: Rulebook, year: int | None, unit: str | None) -> list[Table]:
    """One unit's goal tables of one year, projects in the order of their source; the latest year and the only unit
    when not named. Raises UsageProblem (U204) naming what there is."""
    tables = rulebook.tables
    chosen = choose(((table.year, table.unit.code) for table in tables), year, unit)
    mine = [table for table in tables if (table.year, table.unit.code) == chosen]
    return sorted(mine, key=lambda table: (isinstance(table, Department), table.source.line or 0, code_of(table)))


def prepare(
    rulebook: Rulebook,
    tables: Sequence[Table],
    actuals: Mapping[tuple[int, str], Actuals],
    policy: str | None,
    kept: Memory | None = None,
) -> list[Prepared]:
    """Read every result under its target; raises ActualsProblems with all that cannot be read.

    What was `kept` of the same tables is read again only where its results have changed.
    """
    projects = [table for table in tables if isinstance(table, Project)]
    given = [actuals.get((table.year, code_of(table))) for table in tables]
    moneys = [money for project in projects if (money := money_of(project, actuals.get((project.year, project.code))))]
    together = moneys_together(moneys)
    of = [
        (table, rulebook.policy_for(table), rulebook.policy_for(table, policy), mine, money_of(table, mine) or together)
        for table, mine in zip(tables, given, strict=True)
    ]

    def make(places: list[int]) -> list[Prepared]:
        problems: list[Problem] = []
        prepared = [_prepared(*of[place], problems) for place in places]
        if problems:
            raise ActualsProblems(problems)
        return prepared

    return (kept or Memory()).each("prepare", of, make)


def _prepared(
    table: Table, own: Policy, chosen: Policy, given: Actuals | None, money: Money, problems: list[Problem]
) -> Prepared:
    """A table as read; what cannot be read is added to the problems."""
    rows = indicators_of(table)
    points = [row.points for row in rows]
    if chosen.allocation.portions != own.allocation.portions:
        points = allocate(rows, chosen.allocation)
    problems += _strangers(given, rows)
    problems += misplaced(table, given.spending) if given else []
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
    return Prepared(table, chosen, given, money, tuple(readings))


def _without_inapplicable(readings: list[Reading], policy: Policy) -> list[Reading]:
    """The rows with the points that the policy gives them where some do not apply; raises Unreadable (A137)."""
    execution, *rows = readings
    left = [at for at, row in enumerate(rows) if row.inapplicable]
    if not left or policy.not_applicable is None:
        return readings
    points = applied([row.indicator for row in rows], [row.points for row in rows], left, policy.not_applicable)
    return [execution, *(row.taking(worth) for row, worth in zip(rows, points, strict=True))]


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
