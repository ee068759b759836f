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
from evaluator.monitoring.points import IndicatorPoint, MonitoringPoint, ProjectPoint
from evaluator.monitoring.rules import ATTENTION, Colour, Likelihood, MonitoringPolicy, planned_share
from evaluator.policy import Policy
from evaluator.preparation import QUALITATIVE, Reading, prepare
from evaluator.quantities.curves import Curve
from evaluator.quantities.days import calendar_day
from evaluator.quantities.quantity import NeedsState, Unreadable, set_beside
from evaluator.quantities.reading import Deadline
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


def standing(project: Project, points: Sequence[MonitoringPoint], planned: Fraction | None) -> MoneyStanding:
    """A project's money at the last of some reports; an adjusted budget stays in force until the next adjustment."""
    reports = [one for point in points if (one := point.projects.get(project.code))]
    adjusted = [one.adjusted for one in reports if one.adjusted is not None]
    mine = points[-1].projects.get(project.code, ProjectPoint())
    budget = adjusted[-1] if adjusted else project.budget.total
    return MoneyStanding(points[-1].day, budget, mine.executed, planned)


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
        moneys[project.code] = money = standing(project, points, planned)
        reported = point.projects.get(project.code, ProjectPoint())
        results = {row.id: _result(row, reported.indicators.get(row.id), project.year) for row in project.indicators}
        spending = Spending.model_construct(adjusted=money.budget, executed=money.executed, cause="", remedy="")
        made = Actuals.model_construct(code=project.code, year=project.year, spending=spending, results=results)
        given[project.year, project.code] = made
    return {
        str(one.table.code): (
            moneys[one.table.code],
            tuple(
                _progress(reading, point, one.table, one.policy, policy, moneys[one.table.code], as_of)
                for reading in one.readings[1:]
            ),
        )
        for one in prepare(rulebook, [_without_criteria(project) for project in projects], given, None)
        if isinstance(one.table, Project)
    }


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
    made = Result.model_construct(actual=value, state=None, share=None, evidence=[], cause="", remedy="")
    made._where = reported.where if reported else None
    return made


def _progress(
    reading: Reading,
    point: MonitoringPoint,
    project: Project,
    scoring: Policy,
    policy: MonitoringPolicy,
    money: MoneyStanding,
    as_of: date,
) -> Progress:
    reported = point.projects.get(project.code, ProjectPoint()).indicators.get(reading.indicator.id, IndicatorPoint())
    shown = reading.pair.actual_shown or reported.value or ""
    rises, falls = _course(reading, project, money) if reading.computed else (reported.cumulative, False)
    if reading.missing:
        return _without(reading, reported, shown, (point.day, as_of), policy, project.year)
    one, pair = COMPARATORS[reading.case(0, scoring).comparator], reading.pair
    attainment, done = one.attained(pair.actual, pair.target, pair.high)
    above = not done and pair.actual > (pair.target if pair.high is None else pair.high)
    ratio: Fraction | None = attainment
    if rises and (one.direction == "up" or (one.direction in HITTING and not above)):
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
        colour=_colour(one, done, above, ratio, reported, policy, money.planned == 0),
        computed=_sure(one, done, above, rises, falls),
        goal=min(attainment, Fraction(1))
        if reported.cumulative and not reading.computed and one.direction in ("up", *HITTING)
        else None,
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
    one: Comparator, met: bool, above: bool, ratio: Fraction | None, reported: IndicatorPoint, policy: MonitoringPolicy,
    early: bool,
) -> Colour | None:  # fmt: skip
    """The colour of a row with a value; `early` while the plan wants nothing yet."""
    if one.direction == "down":
        return policy.at_most.within if met else policy.at_most.beyond
    if one.word == "期限":
        return policy.deadline.done if met else policy.deadline.late
    if one.direction not in ("up", *HITTING):  # 是否
        return policy.deadline.done if met else _stated(reported, policy)
    if above and one.direction in HITTING:
        return policy.equal.above
    ladder = policy.at_least if one.direction == "up" else policy.equal
    if ratio is None:
        return policy.interpolation.before if early else _stated(reported, policy)
    return ladder.of(ratio)


def _stated(reported: IndicatorPoint, policy: MonitoringPolicy) -> Colour | None:
    return policy.stated.of(reported.likelihood) if reported.likelihood else None


def _sure(one: Comparator, met: bool, above: bool, rises: bool, falls: bool) -> Likelihood:
    """What the year will bring, where a value that only grows or only falls has already decided it."""
    late = one.word == "期限"
    if {"up": (rises, falls), "down": (falls, rises)}.get(one.direction, (late, late))[not met]:
        return "确定能" if met else "完全不可能"
    past = one.direction in HITTING and ((above and rises) or (not above and not met and falls))
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
    return Progress(
        reading.indicator, reported, shown, None, None, None, False, False, False, colour, "有可能", overdue, passed
    )  # fmt: skip


def limits_of(row: Indicator, year: int) -> list[date]:
    """The last day allowed of a deadline under each way to read it, the latest last; none of another target."""
    content = row.read.content
    if not isinstance(content, Deadline):
        return []
    return sorted(calendar_day(limit) for limit in content.moment.within(year).limits())
