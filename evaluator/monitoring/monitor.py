"""Where a unit's year stands at a date: money against the spending plan, indicators against their targets, what is due.

All figures are those of the last report up to the date, compared with the plan of that report's day; only what is due and
overdue is told as of the date asked for. Shares and ratios are exact fractions, money is 分.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain
from typing import Literal

from evaluator.errors import Problem, RuleProblems
from evaluator.figures import decimal, percent, wan
from evaluator.files.digests import digest_of
from evaluator.findings.emptywords import aside, says_nothing, unsaid
from evaluator.model import Project
from evaluator.monitoring.points import IndicatorPoint, MonitoringPoint, ProjectPoint
from evaluator.monitoring.rows import MoneyStanding, Plan, Progress, limits_of, read_rows
from evaluator.monitoring.rules import ATTENTION, Colour, MonitoringPolicy, Promise, plan_days, planned_share
from evaluator.quantities.quantity import Unreadable
from evaluator.rulebook.book import Rulebook


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something due on a day, the line of the goal document that says so, and its state as of the date asked for."""

    kind: Literal["事项", "计划", "期限"]
    day: date
    code: str  # the project's, empty for the unit
    what: str
    line: int | None
    state: str

    @property
    def overdue(self) -> bool:
        """Whether its day has passed and it is not done."""
        return self.state == "逾期"


@dataclass(frozen=True, slots=True)
class Watched:
    """One project: its money now (the last of `course`) and at every report before, its rows, and the colours.

    `before` is the colour at the report before, None at the first; `behind` the period, and the share spending should have
    reached by it, where the policy's pace was not kept; `apart` the rows that are further from the money than its gap allows.
    """

    project: Project
    reported: ProjectPoint
    course: tuple[MoneyStanding, ...]
    money_colour: Colour | None
    rows: tuple[Progress, ...]
    colour: Colour | None
    before: Colour | None
    plan: Plan
    items: tuple[DueItem, ...]
    found: tuple[Problem, ...]
    behind: tuple[str, Fraction] | None = None
    apart: tuple[Progress, ...] = ()

    @property
    def money(self) -> MoneyStanding:
        """How the money stands at the date."""
        return self.course[-1]

    def budget_at(self, day: date) -> int:
        """The budget in force on a day, in 分."""
        return [self.project.budget.total, *(money.budget for money in self.course if money.day <= day)][-1]


@dataclass(frozen=True, slots=True)
class Monitored:
    """A unit's year as of a date, from its reports up to then (`days`); `digests` name what it came from."""

    unit: str
    unit_code: str
    year: int
    as_of: date
    days: tuple[date, ...]
    policy: MonitoringPolicy
    projects: tuple[Watched, ...]
    money: MoneyStanding
    colour: Colour | None
    items: tuple[DueItem, ...]
    found: tuple[Problem, ...]
    illustrative: bool
    digests: dict[str, str]

    @property
    def day(self) -> date:
        """The day all figures are of: that of the last report."""
        return self.days[-1]

    @property
    def attention(self) -> bool:
        """Whether anything is red, yellow or overdue, or has to be explained."""
        return (
            self.colour in ATTENTION
            or any(item.overdue for item in self.items)
            or any(problem.severity != "提示" for problem in self.found)
        )


def monitor(
    rulebook: Rulebook,
    projects: Sequence[Project],
    duties: Sequence[tuple[Promise, date]],
    points: Sequence[MonitoringPoint],
    policy: MonitoringPolicy,
    as_of: date,
    notice: int | None = None,
) -> Monitored:
    """Watch one unit's year from its reports (oldest first, at least one, none later than `as_of`).

    `notice` are the days ahead in which a thing is due soon, the policy's when None. Raises RuleProblems (M201) for a
    spending plan whose periods are no dates, ActualsProblems for a value that cannot be read.
    """
    plans = _plans(projects)
    ahead = as_of + timedelta(days=policy.notice.days if notice is None else notice)
    watched: dict[str, Watched] = {}
    for at, point in enumerate(points):
        now = as_of if point is points[-1] else point.day
        read = read_rows(rulebook, projects, points[: at + 1], policy, plans, now)
        for project in projects:
            money, rows = read[project.code]
            watched[project.code] = _watched(
                project, point, money, rows, policy, plans[project.code], watched.get(project.code), (as_of, ahead)
            )
    projects_now = tuple(watched.values())
    items = [*_duties(duties, points, as_of, ahead), *chain.from_iterable(one.items for one in projects_now)]
    told = {
        "policy": policy,
        "duties": [duty for duty, _ in duties],
        "points": [p.model_dump(mode="json") for p in points],
    }
    return Monitored(
        unit=projects[0].unit.name,
        unit_code=projects[0].unit.code,
        year=projects[0].year,
        as_of=as_of,
        days=tuple(point.day for point in points),
        policy=policy,
        projects=projects_now,
        money=together([one.money for one in projects_now]),
        colour=policy.project.worst([one.colour for one in projects_now]),
        items=tuple(sorted(items, key=lambda item: item.day)),
        found=(*_stale(projects_now, points[-1], as_of), *chain.from_iterable(one.found for one in projects_now)),
        illustrative=any(point.illustrative for point in points),
        digests={"rules": rulebook.digest, "monitoring": digest_of(told)},
    )


def together(moneys: Sequence[MoneyStanding]) -> MoneyStanding:
    """Several projects' money of one day as one: the planned share is that of all their budgets, None where one has no plan."""
    budget = sum(money.budget for money in moneys)
    known = [money.executed for money in moneys if money.executed is not None]
    shares = [money.planned for money in moneys if money.planned is not None]
    executed = sum(known) if len(known) == len(moneys) else None
    planned = None
    if budget and len(shares) == len(moneys):
        wanted = (money.budget * share for money, share in zip(moneys, shares, strict=True))
        planned = sum(wanted, Fraction(0)) / budget
    return MoneyStanding(moneys[0].day, budget, executed, planned)


def planned_by(watched: Sequence[Watched], day: date, between: str) -> Fraction | None:
    """What these projects together were to have spent by a day, in 分, of the budgets then; None where one has no plan."""
    if not all(one.plan for one in watched):
        return None
    shares = (planned_share(one.plan, day, one.project.year, between) * one.budget_at(day) for one in watched)
    return sum(shares, Fraction(0))


def _plans(projects: Sequence[Project]) -> Mapping[str, Plan]:
    plans, problems = {}, []
    for project in projects:
        try:
            plans[project.code] = plan_days(project.plan, project.year)
        except Unreadable as error:
            says = f"{project.name}的资金支出计划不能用来监控：{error.reason}"
            problems.append(Problem("M201", says, project.where, error.allowed))
    if problems:
        raise RuleProblems(problems)
    return plans


def _watched(
    project: Project, point: MonitoringPoint, money: MoneyStanding, rows: tuple[Progress, ...], policy: MonitoringPolicy,
    plan: Plan, before: Watched | None, times: tuple[date, date],
) -> Watched:  # fmt: skip
    reported = point.projects.get(project.code)
    course = (*(before.course if before else ()), money)
    colour: Colour | None = None
    if money.ratio is not None:
        colour = policy.money.of(money.ratio)
    elif money.executed is not None and money.planned == 0:
        colour = policy.interpolation.before
    behind, apart = _behind(policy, project, money), _apart(policy, money, rows)
    if behind and policy.pace:
        colour = policy.project.worst([colour, policy.pace.colour])
    wide = policy.gap.colour if apart and policy.gap else None
    found = [*_found(project, reported, money, colour, rows, before, point)] if reported else [*_absent(project, point)]
    found += _warned(project, reported, money, behind, apart, policy)
    return Watched(
        project=project,
        reported=reported or ProjectPoint(),
        course=course,
        money_colour=colour,
        rows=rows,
        colour=policy.project.worst([colour, wide, *(row.colour for row in rows)]),
        before=before.colour if before else None,
        plan=plan,
        items=(*_periods(project, plan, course, *times), *_deadlines(project, rows, money.day, *times)),
        found=tuple(found),
        behind=behind,
        apart=apart,
    )


def _behind(policy: MonitoringPolicy, project: Project, money: MoneyStanding) -> tuple[str, Fraction] | None:
    asked = policy.pace.asked(money.day, project.year) if policy.pace else None
    return asked if asked and money.rate is not None and money.rate < asked[1] else None


def _apart(policy: MonitoringPolicy, money: MoneyStanding, rows: Sequence[Progress]) -> tuple[Progress, ...]:
    """The rows whose work done and the money spent lie further apart than the policy allows."""
    if policy.gap is None or money.rate is None:
        return ()
    return tuple(row for row in rows if row.goal is not None and abs(row.goal - money.rate) > policy.gap.over)


# ---- what is due -------------------------------------------------------------------------------------------------


def _ahead(due: date, day: date, as_of: date, ahead: date) -> str:
    """The state of what is not known to be done: overdue only where a report later than its day says so."""
    if due < day:
        return "逾期"
    if due < as_of:
        return "已到期，待填报"
    return "即将到期" if due <= ahead else "未到期"


def _duties(
    duties: Sequence[tuple[Promise, date]], points: Sequence[MonitoringPoint], as_of: date, ahead: date
) -> Iterator[DueItem]:
    done = {name: one.done for point in points for name, one in point.duties.items()}
    for duty, due in duties:
        state = _ahead(due, points[-1].day, as_of, ahead)
        if duty.id in done:
            state = "已完成" if done[duty.id] <= due else "逾期完成"
        yield DueItem("事项", due, "", duty.title, duty.source.line, state)


def _periods(
    project: Project, plan: Plan, course: Sequence[MoneyStanding], as_of: date, ahead: date
) -> Iterator[DueItem]:
    """The periods of the spending plan; how far behind a period is, its colour says, so that none is overdue."""
    now = course[-1].day
    for (due, share), period in zip(plan, project.plan, strict=True):
        reached = [money.day for money in course if money.rate is not None and money.rate >= share]
        missed = any(money.day == due and money.rate is not None and money.rate < share for money in course)
        if reached:
            state = "到期后达到" if missed else "已达到"
        else:
            state = "未达到" if due <= now else _ahead(due, now, as_of, ahead)
        yield DueItem(
            "计划", due, project.code, f"资金支出计划：{period}累计 {percent(share)}", project.source.line, state
        )


def _deadlines(project: Project, rows: Sequence[Progress], day: date, as_of: date, ahead: date) -> Iterator[DueItem]:
    for row in rows:
        if limits := limits_of(row.indicator, project.year):
            state = _ahead(limits[-1], day, as_of, ahead)
            if row.attainment is not None:
                state = "已完成" if row.met else "逾期完成"
            what = f"{row.indicator.name}：{row.indicator.target}"
            yield DueItem("期限", limits[-1], project.code, what, row.indicator.line, state)


# ---- what does not hold together ---------------------------------------------------------------------------------


def _stale(watched: Sequence[Watched], point: MonitoringPoint, as_of: date) -> Iterator[Problem]:
    passed = sorted({day for one in watched for day, _ in one.plan if point.day < day < as_of})
    if passed:
        days = "、".join(map(str, passed))
        says = f"计划的日期 {days} 已过，最近的监控数据截至 {point.day}；以下状态是截至 {point.day} 的"
        yield Problem("M211", says, point.where, severity="警告", remedy=f"填报截至 {passed[-1]} 的数据")


def _absent(project: Project, point: MonitoringPoint) -> Iterator[Problem]:
    says = f"{project.name}没有截至 {point.day} 的数据"
    yield Problem("M212", says, point.where, severity="警告", remedy="填报执行数和各指标完成值")


def _found(
    project: Project, reported: ProjectPoint, money: MoneyStanding, colour: Colour | None, rows: Sequence[Progress],
    before: Watched | None, point: MonitoringPoint,
) -> Iterator[Problem]:  # fmt: skip
    last = before.money.executed if before else None
    if money.executed is None:
        yield Problem("M213", f"{project.name}没有填截至 {point.day} 的执行数", reported.where, severity="警告")
    elif money.executed > money.budget:
        says = f"{project.name}的执行数 {wan(money.executed)} 万元超过预算数 {wan(money.budget)} 万元"
        yield Problem("M214", says, reported.where, severity="警告", remedy="核对金额；预算有调整的写 adjusted")
    if last is not None and money.executed is not None and money.executed < last:
        says = f"{project.name}的累计执行数 {wan(money.executed)} 万元比上次的 {wan(last)} 万元少"
        yield Problem("M215", says, reported.where, severity="警告", remedy="应填年初至今的累计数；确有退回的写明原因")
    if not project.plan:
        yield Problem("M216", f"{project.name}没有资金支出计划，支出进度无从对照", project.where, severity="提示")
    if colour in ATTENTION and _unexplained(reported):
        says = f"{project.name}支出进度为{colour}，没有写明偏差原因和改进措施{_unsaid(reported)}"
        yield Problem("M217", says, reported.where, severity="警告")
    for row, old in zip(rows, before.rows if before else [None] * len(rows), strict=True):
        yield from _of_row(project, row, old)


def _warned(
    project: Project, reported: ProjectPoint | None, money: MoneyStanding, behind: tuple[str, Fraction] | None,
    apart: Sequence[Progress], policy: MonitoringPolicy,
) -> Iterator[Problem]:  # fmt: skip
    where = reported.where if reported else project.where
    spent = percent(money.rate) if money.rate is not None else ""
    if behind:
        says = f"{project.name}的执行率 {spent}，低于到{behind[0]}应达到的 {percent(behind[1], 4)}"
        yield Problem(
            "M223", says, where, severity="警告", remedy="写明原因和加快支出的措施；年内用不完的，申请调整预算"
        )
    if apart and policy.gap:
        told = "、".join(f"“{row.indicator.name}”完成 {percent(row.goal or Fraction(0))}" for row in apart)
        says = f"{project.name}的目标完成与资金执行相差超过 {decimal(policy.gap.over * 100)} 个百分点：执行率 {spent}，{told}"
        yield Problem("M224", says, where, severity="警告", remedy="核对完成值和金额；属实的写明原因和改进措施")


def _unexplained(reported: ProjectPoint | IndicatorPoint) -> bool:
    return says_nothing(reported.cause) or says_nothing(reported.measure)


def _unsaid(reported: ProjectPoint | IndicatorPoint) -> str:
    return aside(unsaid("原因", reported.cause), unsaid("措施", reported.measure))


def _of_row(project: Project, row: Progress, old: Progress | None) -> Iterator[Problem]:
    told, name = row.reported, f"{project.name}“{row.indicator.name}”（{row.indicator.id}）"
    where = told.where or project.where
    if told.likelihood and row.computed not in ("有可能", told.likelihood):
        says = f"{name}：填的是“{told.likelihood}”，而目前完成值“{row.shown}”对指标值“{row.indicator.target}”已是“{row.computed}”"
        yield Problem("M218", says, where, severity="警告", remedy="核对完成值，或更正实现可能性")
    if (row.colour in ATTENTION or told.likelihood == "完全不可能") and _unexplained(told):
        says = f"{name}：{f'状态为{row.colour}' if row.colour in ATTENTION else '填的是完全不可能'}，没有写明偏差原因和改进措施{_unsaid(told)}"
        yield Problem("M219", says, where, severity="警告")
    if told.cumulative and old and None not in (row.value, old.value) and (row.value or 0) < (old.value or 0):
        says = f"{name}：累计数“{row.shown}”比上次的“{old.shown}”少"
        yield Problem("M220", says, where, severity="警告", remedy="应填年初至今的累计数；不是累计数的不写 cumulative")
    if row.passed:
        says = f"{name}：期限“{row.indicator.target}”已过，没有期限以后的监控数据，是否按期完成无从判断"
        yield Problem("M222", says, where, severity="警告", remedy="填报期限以后的完成情况")
    elif row.colour is None:
        says = f"{name}：没有可以对照的完成值，也没有填实现可能性，状态无从判断"
        yield Problem("M221", says, where, severity="提示")
