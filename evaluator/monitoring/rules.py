"""How a year is monitored (绩效运行监控), as data: a policy of colours under rules/monitoring, and a unit's duties of a year.

A monitoring policy is no part of a scoring policy: it is issued apart, and changing a colour must not change a score.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field

from evaluator.documents.faults import Whose, said_of, sorted_out
from evaluator.documents.loading import Mapping, read_document
from evaluator.documents.validation import as_model, read_model
from evaluator.documents.written import Code, Name, Ratio, Words, Written, Year
from evaluator.errors import Problem, RuleProblems, UsageProblem, nearest_of_place
from evaluator.model import Source
from evaluator.policies.bases import check_bases
from evaluator.policies.policychecks import NATIONAL
from evaluator.policies.twice import again, same_document
from evaluator.policy import Clause, InForce
from evaluator.quantities.days import last_day
from evaluator.quantities.quantity import Unreadable
from evaluator.rulebook.book import with_parents

Colour = Literal["红", "黄", "绿", "蓝"]
COLOURS: tuple[Colour, ...] = ("红", "黄", "绿", "蓝")
ATTENTION: tuple[Colour, ...] = ("红", "黄")
Likelihood = Literal["确定能", "有可能", "完全不可能"]
LIKELIHOODS: tuple[Likelihood, ...] = ("确定能", "有可能", "完全不可能")


# ---- the policy --------------------------------------------------------------------------------------------------


class Interpolation(Clause, title="两期之间的计划进度"):
    """The planned share between two plan dates: 直线 by days from the start of the year, 阶梯 that of the last date passed."""

    between: Literal["直线", "阶梯"] = Field(title="两期之间：直线 按天数，阶梯 取已过的一期")
    before: Colour = Field(title="计划进度为零时的颜色")


class ColourBand(Written, title="一档颜色"):
    """A colour, from a ratio on (included)."""

    colour: Colour = Field(title="颜色")
    start: Ratio = Field(alias="from", title="起点（含）")


class Ladder(Clause, title="按进度的颜色"):
    """Colours by a ratio, lowest first."""

    bands: list[ColourBand] = Field(min_length=1, title="各档")

    def of(self, ratio: Fraction) -> Colour:
        """The colour of a ratio; below zero it is that of zero."""
        return [band for band in self.bands if band.start <= max(ratio, Fraction(0))][-1].colour


class Exact(Ladder, title="“等于”类和区间指标"):
    """Colours below the target as on a ladder, and one for what lies above it."""

    above: Colour = Field(title="超过指标值时的颜色")


class Limit(Clause, title="“不高于”类指标"):
    """One colour within the limit, one beyond it."""

    within: Colour = Field(title="没有超过时的颜色")
    beyond: Colour = Field(title="超过时的颜色")


class Due(Clause, title="期限类、是否类指标"):
    """Colours of what is due: done, done late, not done and the day has passed, still waiting."""

    done: Colour = Field(title="已按期完成")
    late: Colour = Field(title="完成但已逾期")
    overdue: Colour = Field(title="逾期没有完成")
    waiting: Colour = Field(title="没有到期")


class LikelihoodColours(Clause, title="没有数值可比的指标"):
    """Colours by the likelihood that the unit states (实现可能性)."""

    certain: Colour = Field(alias="确定能", title="确定能")
    possible: Colour = Field(alias="有可能", title="有可能")
    impossible: Colour = Field(alias="完全不可能", title="完全不可能")

    def of(self, likelihood: Likelihood) -> Colour:
        """The colour of a likelihood."""
        return {"确定能": self.certain, "有可能": self.possible, "完全不可能": self.impossible}[likelihood]


class Whole(Clause, title="项目的颜色"):
    """A project shows the worst colour of its money and its indicators; `order` has the worst first."""

    order: list[Colour] = Field(title="由坏到好的次序")

    def worst(self, colours: Sequence[Colour | None]) -> Colour | None:
        """The worst of the colours there are, None when there is none."""
        return min((colour for colour in colours if colour), key=self.order.index, default=None)


class Pace(Clause, title="支出进度预警"):
    """The least share of the budget spent by dates of the year; below that of the last date passed is a warning."""

    periods: dict[Name, Ratio] = Field(min_length=1, title="到这些日期，执行率不低于（如 4月底: 25%）")
    colour: Colour = Field(title="低于时的颜色")

    def asked(self, day: date, year: int) -> tuple[str, Fraction] | None:
        """The last period whose date has come by a day, and its share; None before the first."""
        passed = [(period, share) for period, share in self.periods.items() if last_day(period, year) <= day]
        return passed[-1] if passed else None


class Gap(Clause, title="目标与资金的差距"):
    """How far what was done and what was spent may lie apart, in percentage points."""

    over: Ratio = Field(title="相差超过（百分点）")
    colour: Colour = Field(title="超过时的颜色")


class Notice(Clause, title="到期提醒"):
    """How many days before its date a thing is told as due soon."""

    days: int = Field(ge=0, le=366, title="提前天数")


class MonitoringPolicy(Written, title="监控办法"):
    """How money and indicators are coloured during the year."""

    id: Code = Field(title="编号")
    title: Words = Field(title="名称")
    in_force: InForce = Field(title="适用范围")
    extends: Code | None = Field(None, title="沿用的办法")
    note: Words = Field("", title="说明")
    interpolation: Interpolation = Field(title="两期之间的计划进度")
    money: Ladder = Field(title="资金：执行进度 ÷ 计划进度")
    pace: Pace | None = Field(None, title="资金：到各日期的最低执行率")
    gap: Gap | None = Field(None, title="目标完成与资金执行的差距")
    at_least: Ladder = Field(title="“不低于”类指标：完成进度")
    equal: Exact = Field(title="“等于”类和区间指标")
    at_most: Limit = Field(title="“不高于”类指标")
    deadline: Due = Field(title="期限类、是否类指标")
    stated: LikelihoodColours = Field(title="没有数值可比的指标")
    project: Whole = Field(title="项目的颜色")
    notice: Notice = Field(title="到期提醒")

    @property
    def clauses(self) -> dict[str, Clause]:
        """Every clause by its Chinese name, in order."""
        fields = type(self).model_fields.items()
        return {str(f.title): clause for name, f in fields if isinstance(clause := getattr(self, name), Clause)}


KEYS = {"id", "title", "in_force", "extends", "note"}  # keys of a monitoring policy's file that are not clauses


# ---- the duties of a unit's year ---------------------------------------------------------------------------------


class Promise(Written, title="年度事项"):
    """Something the goal document promises by a day of the year, and the line where it does."""

    id: Name = Field(max_length=40, title="编号")
    title: Name = Field(title="事项")
    due: Name = Field(title="期限，如 6月底")
    source: Source = Field(title="出处")


class DutyFile(Written, title="年度事项表"):
    """What one unit has to do in one year besides its projects."""

    unit: Code = Field(title="单位编码")
    year: Year = Field(title="年度")
    duties: list[Promise] = Field(min_length=1, title="事项")


# ---- loading -----------------------------------------------------------------------------------------------------


def load_monitoring_policy(folders: Sequence[Path], year: int, named: str | None = None) -> MonitoringPolicy:
    """The policy named, or the one in force: that of the first of these rules/ folders that has one, a national one before
    those of one place.

    Raises RuleProblems with everything wrong in any of them (R101 to R103, R106, R107, M101 to M103, M108), UsageProblem (M104).
    """
    by_folder, problems = read_monitoring_policies(folders)
    if errors := [problem for problem in problems if problem.severity == "错误"]:
        raise RuleProblems(errors)
    known = {policy.id: policy for policies in by_folder for policy in policies}
    if named is not None and named in known:
        return known[named]
    chosen: list[MonitoringPolicy] = []
    for policies in by_folder:
        in_force = [policy for policy in policies if policy.in_force.start <= year <= (policy.in_force.to or year)]
        chosen += sorted(in_force, key=lambda p: (p.in_force.region == NATIONAL, p.in_force.start, p.id))[-1:]
    if named is not None or not chosen:
        says = f"没有监控办法“{named}”" if named else f"{year} 年没有在用的监控办法"
        raise UsageProblem(
            [Problem("M104", says, None, "、".join(sorted(known)), nearest_of_place(named or "", known))]
        )
    return chosen[0]


def read_monitoring_policies(folders: Sequence[Path]) -> tuple[list[list[MonitoringPolicy]], list[Problem]]:
    """The monitoring policies of each of these rules/ folders, and every problem (R101 to R103, R106, R107, R144, R145, M101 to
    M103, M108)."""
    problems: list[Problem] = []
    documents: dict[str, Mapping] = {}
    by_folder: list[list[MonitoringPolicy]] = []
    placed: list[list[Mapping]] = []
    for folder in folders:
        placed.append([])
        for path in sorted((folder / "monitoring").glob("*.y*ml")):
            document, wrong = read_document(path, f"rules/monitoring/{path.name}")
            problems += wrong
            if wrong or not isinstance(document, Mapping):
                problems += [] if wrong else as_model(MonitoringPolicy, document)[1]
                continue
            name = str(document.get("id"))
            if first := documents.get(name):
                apart = all(first is not other for other in placed[-1])  # the workspace's folder comes first
                if apart and same_document(first, document):
                    continue
                places = (document.where, first.where) if apart else (first.where, document.where)
                problems.append(again("M103", f"监控办法“{name}”", *places, apart))
            documents.setdefault(name, document)
            placed[-1].append(document)
    for here in placed:
        by_folder.append([])
        for document in here:
            if (merged := with_parents(document, documents, KEYS, problems, "监控办法")) is None:
                continue
            policy, wrong = as_model(MonitoringPolicy, merged)
            if policy is not None:
                wrong = [*wrong, *_check(policy), *check_bases(policy)]
                by_folder[-1].append(policy)
            problems += [problem for problem in wrong if problem not in problems]
    return by_folder, problems


def _check(policy: MonitoringPolicy) -> Iterator[Problem]:
    for ladder in (policy.money, policy.at_least, policy.equal):
        starts = [band.start for band in ladder.bands]
        if starts[0] != 0 or starts != sorted(set(starts)):
            yield Problem("M101", "各档颜色应从 0% 起，由低到高，不重复", ladder.where)
    if policy.pace:
        try:
            plan_days(policy.pace.periods, policy.in_force.start)
        except Unreadable as error:
            yield Problem("M108", f"支出进度预警的日期不能用：{error.reason}", policy.pace.where, error.allowed)
    if sorted(policy.project.order) != sorted(COLOURS):
        yield Problem("M102", "由坏到好的次序要把四种颜色各写一次", policy.project.where, "、".join(COLOURS))


def load_duties(rules: Path, year: int, unit: str) -> list[tuple[Promise, date]]:
    """The duties of a unit's year with the day each is due, by day; raises RuleProblems (R101 to R103, M105 to M107)."""
    whose: dict[str, frozenset[Whose]] = {}
    by_unit, problems = read_duties(rules, year, unit, whose)
    if own := sorted_out(problems, whose, (year, unit))[0]:
        raise RuleProblems(own)
    return by_unit.get(unit, [])


def read_duties(
    rules: Path, year: int, unit: str | None = None, whose: dict[str, frozenset[Whose]] | None = None
) -> tuple[dict[str, list[tuple[Promise, date]]], list[Problem]]:
    """The duties of every unit's year, or of one's, by day, and every problem (R101 to R103, M105 to M107).

    `whose` is filled with whose each file is, by its path.
    """
    problems: list[Problem] = []
    by_unit: dict[str, list[tuple[Promise, date]]] = {}
    for path in sorted((rules / "monitoring" / str(year)).glob("*.y*ml")):
        shown = f"rules/monitoring/{year}/{path.name}"
        file, wrong = read_model(DutyFile, path, shown)
        problems += wrong
        if whose is not None:
            whose[shown] = said_of(path, *((file.year, file.unit) if file else (None, None)))
        if file is None:
            continue
        if (str(file.year), file.unit) != (path.parent.name, path.stem):
            says = f"文件放在 {path.parent.name}/{path.stem}，里面写的是 {file.year} 年 {file.unit}"
            problems.append(Problem("M105", says, file.where, "年度/单位编码.yaml"))
        elif unit in (None, file.unit):
            dated: dict[str, tuple[Promise, date]] = {}
            problems += _dated(file, dated)
            by_unit[file.unit] = sorted(dated.values(), key=lambda pair: (pair[1], pair[0].id))
    return by_unit, problems


def _dated(file: DutyFile, dated: dict[str, tuple[Promise, date]]) -> Iterator[Problem]:
    """Put the duties of a file, each with its day, into `dated`; what cannot be put there is a problem."""
    for duty in file.duties:
        if duty.id in dated:
            yield Problem("M106", f"年度事项“{duty.id}”重复，先见于 {dated[duty.id][0].where}", duty.where)
            continue
        try:
            dated[duty.id] = duty, last_day(duty.due, file.year)
        except Unreadable as error:
            yield Problem("M107", f"“{duty.title}”的期限看不懂：{error.reason}", duty.where, "如 6月底、6月30日")


def plan_days(plan: dict[str, Fraction], year: int) -> list[tuple[date, Fraction]]:
    """A spending plan (资金支出计划) as days and cumulative shares; raises Unreadable for a period that is no date."""
    days = [(last_day(period, year), share) for period, share in plan.items()]
    if any(first >= second for (first, _), (second, _) in pairwise(days)):
        raise Unreadable("Q109", f"各期“{'、'.join(plan)}”不是由前到后", "如 3月底、6月底、10月底、12月底")
    return days


def planned_share(days: Sequence[tuple[date, Fraction]], day: date, year: int, between: str) -> Fraction:
    """The planned share at the end of a day: exactly the plan's on its dates, between them as the policy declares."""
    known = [(date(year - 1, 12, 31), Fraction(0)), *days]
    passed = bisect_right(known, day, key=lambda due: due[0])
    start, share = known[max(passed - 1, 0)]
    if between == "阶梯" or passed in (0, len(known)):
        return share
    end, next_share = known[passed]
    return share + (next_share - share) * Fraction((day - start).days, (end - start).days)
