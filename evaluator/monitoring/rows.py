"""One report read: each project's money and rows beside their targets as scoring reads them, and a colour for each.

Shares, ratios and attainments are exact fractions; money is 分.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from evaluator.comparators import COMPARATORS, Comparator, Direction
from evaluator.figures import execution_rate
from evaluator.model import Actuals, Indicator, Project, Result, Spending
from evaluator.monitoring.points import IndicatorPoint, MonitoringPoint
from evaluator.monitoring.rules import ATTENTION, Colour, Likelihood, MonitoringPolicy, planned_share
from evaluator.policy import Policy
from evaluator.preparation import prepare
from evaluator.quantities.curves import Curve
from evaluator.quantities.days import calendar_day
from evaluator.quantities.quantity import NeedsState, Unreadable, set_beside
from evaluator.quantities.reading import Deadline
from evaluator.rowreading import QUALITATIVE, Reading
from evaluator.rulebook.book import Rulebook

HITTING: tuple[Direction, ...] = ("exact", "within")  # where too much is too much
Plan = Sequence[tuple[date, Fraction]]  # days and cumulative shares


@dataclass(frozen=True, slots=True)
class MoneyStanding:
    """Money as at one day: the budget in force, executed (None: not reported), planned share (None: no plan)."""

    day: date
    budget: int
    executed: int | None
    planned: Fraction | None

    @property
    def rate(self) -> Fraction | None:
        """The execution rate as at the day."""
        return execution_rate(self.executed, self.budget)

    @property
    def ratio(self) -> Fraction | None:
        """The executed share ÷ the planned share, None when there is nothing to compare."""
        return self.rate / self.planned if self.rate is not None and self.planned else None

    @property
    def deviation(self) -> Fraction | None:
        """The executed share less the planned share."""
        return None if self.rate is None or self.planned is None else self.rate - self.planned


@dataclass(frozen=True, slots=True)
class Progress:
    """One indicator so far: attainment (完成率) as scoring reads it, and `ratio`, what its colour is taken from.

    `grows` when the value can only grow this year, `falls` when it can only fall; `computed` where that makes sure
    what the year will bring, the budget staying as it is, else 有可能.
    """

    indicator: Indicator
    reported: IndicatorPoint
    shown: str
    value: Fraction | None
    attainment: Fraction | None
    ratio: Fraction | None
    met: bool
    grows: bool
    falls: bool
    colour: Colour | None
    computed: Likelihood
    overdue: bool = False
    passed: bool = False  # its deadline lies between the report and the date asked for: nothing is known of it
    goal: Fraction | None = None  # of a cumulative value the unit reports: how much of its target is done, at most all


def money_standing(project: Project, points: Sequence[MonitoringPoint], planned: Fraction | None) -> MoneyStanding:
    """A project's money at the last of some reports; an adjusted budget stays in force until the next adjustment."""
    adjusted = [fen for point in points if (fen := point.of(project.code).adjusted) is not None]
    budget = adjusted[-1] if adjusted else project.budget.total
    return MoneyStanding(points[-1].day, budget, points[-1].of(project.code).executed, planned)


def read_rows(
    rulebook: Rulebook,
    projects: Sequence[Project],
    points: Sequence[MonitoringPoint],
    policy: MonitoringPolicy,
    plans: Mapping[str, Plan],
    as_of: date,
) -> dict[str, tuple[MoneyStanding, tuple[Progress, ...]]]:
    """Money and rows of every project at the last of some reports, read as a year's results are read; `as_of` is the day
    by which a deadline counts as passed."""
    point, given = points[-1], {}
    moneys = {}
    for project in projects:
        plan = plans[project.code]
        planned = planned_share(plan, point.day, project.year, policy.interpolation.between) if plan else None
        moneys[project.code] = money = money_standing(project, points, planned)
        reported = point.of(project.code).indicators
        results = {row.id: _result(row, reported.get(row.id), project.year) for row in project.indicators}
        spending = Spending.model_construct(adjusted=money.budget, executed=money.executed, cause="", remedy="")
        given[project.year, project.code] = Actuals.model_construct(
            code=project.code, year=project.year, spending=spending, results=results
        )
    read = {}
    for prepared in prepare(rulebook, [_without_criteria(project) for project in projects], given, None):
        table, scoring = prepared.table, prepared.policy
        if isinstance(table, Project):
            money = moneys[table.code]
            rows = (
                _progress(reading, point, table, scoring, policy, money, as_of) for reading in prepared.readings[1:]
            )
            read[str(table.code)] = money, tuple(rows)
    return read


def _without_criteria(project: Project) -> Project:
    """A project whose rows are looked at by attainment alone: no points are given in the middle of a year."""
    if not any(row.criterion is not None for row in project.indicators):
        return project
    rows = [row.model_copy(update={"criterion": None, "reads": {}}) for row in project.indicators]
    return project.model_copy(update={"indicators": rows})


def _result(row: Indicator, reported: IndicatorPoint | None, year: int) -> Result:
    """The value so far as a result, where it can be set beside its target; words beside a phrase stay words."""
    value = reported.value if reported else None
    target = row.read
    if value and target.kind in QUALITATIVE:
        try:
            set_beside(target, value, year=year)
        except NeedsState:
            value = None
        except Unreadable:
            pass  # told when all results are read
    result = Result.model_construct(actual=value, state=None, share=None, evidence=[], cause="", remedy="")
    result._where = reported.where if reported else None
    return result


def _progress(
    reading: Reading,
    point: MonitoringPoint,
    project: Project,
    scoring: Policy,
    policy: MonitoringPolicy,
    money: MoneyStanding,
    as_of: date,
) -> Progress:
    reported = point.of(project.code).indicators.get(reading.indicator.id) or IndicatorPoint()
    shown = reading.pair.actual_shown or reported.value or ""
    counted = reported.cumulative and not reading.computed
    rises, falls = _course(reading, project, money) if reading.computed else (counted, False)
    if reading.missing:
        return _without(reading, reported, shown, (point.day, as_of), policy, project.year)
    word, pair = COMPARATORS[reading.case(0, scoring).comparator], reading.pair
    attainment, done = word.attained(pair.actual, pair.target, pair.high)
    above = not done and pair.actual > (pair.target if pair.high is None else pair.high)
    ratio: Fraction | None = attainment
    if rises and (word.direction == "up" or (word.direction in HITTING and not above)):
        if money.planned:
            ratio = attainment / money.planned
        elif not done:
            ratio = None
    return Progress(
        indicator=reading.indicator,
        reported=reported,
        shown=shown,
        value=pair.actual,
        attainment=attainment,
        ratio=ratio,
        met=done,
        grows=rises,
        falls=falls,
        colour=_colour(word, done, above, ratio, reported, policy, money.planned == 0),
        computed=_sure(word, done, above, rises, falls),
        goal=min(attainment, Fraction(1)) if counted and word.direction in ("up", *HITTING) else None,
    )


def _course(reading: Reading, project: Project, money: MoneyStanding) -> tuple[bool, bool]:
    """Whether a row computed from money surely rises, or surely falls, as more of the budget is spent."""
    whole = Fraction(money.budget, 100)
    fixed = {"年初预算数": Fraction(project.budget.total, 100), "全年预算数": whole}
    curve = Curve.of(reading.indicator.formula or "0", fixed)
    if not whole or not curve.monotone(whole):
        return False, False
    start, end = (_at(curve, spent) for spent in (Fraction(0), whole))
    return end > start, end < start


def _at(curve: Curve, spent: Fraction) -> Fraction:
    above, below = (sum(a * spent**n for n, a in enumerate(part)) for part in (curve.above, curve.below))
    return Fraction(above) / below


def _colour(
    comparator: Comparator,
    met: bool,
    above: bool,
    ratio: Fraction | None,
    reported: IndicatorPoint,
    policy: MonitoringPolicy,
    early: bool,
) -> Colour | None:
    """The colour of a row with a value; `early` while the plan wants nothing yet."""
    direction = comparator.direction
    if direction == "down":
        return policy.at_most.within if met else policy.at_most.beyond
    if comparator.word == "期限":
        return policy.deadline.done if met else policy.deadline.late
    if direction not in ("up", *HITTING):  # 是否
        return policy.deadline.done if met else _stated(reported, policy)
    if above and direction in HITTING:
        return policy.equal.above
    ladder = policy.at_least if direction == "up" else policy.equal
    if ratio is None:
        return policy.interpolation.before if early else _stated(reported, policy)
    return ladder.of(ratio)


def _stated(reported: IndicatorPoint, policy: MonitoringPolicy) -> Colour | None:
    return policy.stated.of(reported.likelihood) if reported.likelihood else None


def _sure(comparator: Comparator, met: bool, above: bool, rises: bool, falls: bool) -> Likelihood:
    """What the year will bring, where a value that only grows or only falls has already decided it."""
    late = comparator.word == "期限"
    if {"up": (rises, falls), "down": (falls, rises)}.get(comparator.direction, (late, late))[not met]:
        return "确定能" if met else "完全不可能"
    past = comparator.direction in HITTING and ((above and rises) or (not above and not met and falls))
    return "完全不可能" if past else "有可能"


def _without(
    reading: Reading,
    reported: IndicatorPoint,
    shown: str,
    days: tuple[date, date],
    policy: MonitoringPolicy,
    year: int,
) -> Progress:
    """A row without a value to compare: by its deadline where it has one, else by what the unit states.

    `days` are the report's and the one asked for; where the deadline lies between them, good news before it is no news.
    """
    limits = limits_of(reading.indicator, year)
    overdue, passed = (bool(limits) and day > limits[-1] for day in days)
    passed = passed and not overdue
    colour = _stated(reported, policy)
    if passed:
        colour = colour if colour in ATTENTION else None
    elif limits:
        own = policy.deadline.overdue if overdue else policy.deadline.waiting
        colour = policy.project.worst([own, colour])
    nothing = (None, None, None, False, False, False)  # no value, and so nothing met, growing or falling
    return Progress(reading.indicator, reported, shown, *nothing, colour, "有可能", overdue, passed)


def limits_of(row: Indicator, year: int) -> list[date]:
    """The last day allowed of a deadline under each way to read it, the latest last; none of another target."""
    content = row.read.content
    if not isinstance(content, Deadline):
        return []
    return sorted(calendar_day(limit) for limit in content.moment.within(year).limits())
