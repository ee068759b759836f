"""Attainability: the highest total any consistent results can reach, how, and the proof, exact to the 分.

Only rows that are functions of money bind each other: the execution row, indicators with a formula and the execution
caps all follow from one number, the spending, a whole number of 分 from nothing to the adjusted budget. Every other row
is free and gets its full points. Spending is never sampled: while each row stays on one line of its scale its points
only rise or only fall, so no spending between two others can earn a row more than the better of them; a span whose
rows together cannot beat the best total found is done with, any other is halved. What is left covers all there is.
All points come from scoring.py, and the result found is evaluated once more on the main path. A row that its own criterion
scores gets the most that gives, wherever that lies.

Rounding each row may give a hundredth more than the rule means to: between turning points the points before rounding
are convex, so the highest total before rounding lies at a turning point (`best`); what rounding adds is told (`luck`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from evaluator.comparators import COMPARATORS
from evaluator.errors import Problem, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.factsheets.moneygoals import conflicts_of
from evaluator.figures import FEN_PER_WAN, execution_rate
from evaluator.model import Actuals, Indicator, Project, Result, Spending
from evaluator.planning.dials import money_course
from evaluator.planning.ownbest import best_by_criterion
from evaluator.planning.owncourse import OwnCourse, before_rounding, place_on
from evaluator.planning.ownpoints import refuse_unbounded
from evaluator.planning.reachable import Attainable, Span, SpendingPoint
from evaluator.policy import Policy, reaches
from evaluator.preparation import Prepared, prepare, tables_of
from evaluator.quantities.curves import Curve
from evaluator.quantities.formula import FormulaError, compute
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS, Quantity
from evaluator.results import TableScore
from evaluator.rowreading import Reading
from evaluator.rulebook.book import Rulebook
from evaluator.scenarios.scenario import all_met
from evaluator.scoring import Case, lines_of, rounded, score, totals


def attainable(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
) -> list[Attainable]:
    """What each of a unit's projects can reach, in the order of their source.

    The adjusted budget is the one in `actuals`, else the initial one. Raises UsageProblem (U302 for a formula that
    cannot be shown to rise or fall throughout, U303 for a row without full points under this policy, U378 for a criterion
    that has no such bound).
    """
    projects = [table for table in tables_of(rulebook, year, unit) if isinstance(table, Project)]
    if not projects:
        return []
    budgets = {project.code: _budget(project, actuals) for project in projects}
    refuse_unbounded(row for project in projects for row in project.indicators)
    results: dict[str, dict[str, Result]] = {project.code: {} for project in projects}

    def spending(spent: Mapping[str, int]) -> dict[tuple[int, str], Actuals]:
        return {(p.year, p.code): _actuals(p, results[p.code], budgets[p.code], spent[p.code]) for p in projects}

    own = [project for project in projects if any(row.criterion is not None for row in project.indicators)]
    best_own = best_by_criterion(prepare(rulebook, own, spending(budgets), policy))
    for project in projects:
        results[project.code] = all_met(project) | best_own.get(project.code, {})
    prepared = prepare(rulebook, projects, spending(budgets), policy)
    for now in prepared:  # a target that is passed, as > asks, may cost points where reaching it does not
        results[_project(now).code].update(_just_reached(now, best_own.get(_project(now).code, {})))
    prepared = prepare(rulebook, projects, spending(budgets), policy)
    searches = [_Search(now, best_own.get(_project(now).code, {})) for now in prepared]
    for search in searches:
        search.run()
    best = {_project(search.prepared).code: search.best.spent for search in searches}
    alone = replace(rulebook, departments={})
    evaluation = evaluate(alone, spending(best), year=projects[0].year, unit=projects[0].unit.code, policy=policy)
    return [search.proved(table) for search, table in zip(searches, evaluation.projects, strict=True)]


def _project(prepared: Prepared) -> Project:
    assert isinstance(prepared.table, Project)
    return prepared.table


def _budget(project: Project, actuals: Mapping[tuple[int, str], Actuals]) -> int:
    given = actuals.get((project.year, project.code))
    adjusted = given.spending.adjusted if given else None
    return project.budget.total if adjusted is None else adjusted


def _actuals(project: Project, results: dict[str, Result], budget: int, spent: int) -> Actuals:
    money = Spending.model_construct(adjusted=budget, executed=spent, cause="", remedy="")
    return Actuals.model_construct(
        code=project.code, year=project.year, illustrative=True, achieved="", results=results, measures={}, spending=money
    )  # fmt: skip


def _free(prepared: Prepared) -> list[Reading]:
    return [reading for reading in prepared.readings[1:] if reading.indicator.formula is None]


def _just_reached(prepared: Prepared, best: Collection[str]) -> Iterator[tuple[str, Result]]:
    """For each free row without full points, the result that just reaches its target; not for those at their `best` already."""
    for row, _ in _short(prepared):
        content = row.read.content
        if isinstance(content, Amount) and row.id not in best:
            yield row.id, Result(actual=str(content.low))


def _short(prepared: Prepared) -> list[tuple[Indicator, int]]:
    """The free rows that do not get full points, each with how many of them are lacking."""
    free = _free(prepared)
    rows = score([reading.case(0, prepared.policy) for reading in free]) if free else None
    earned = rows["earned"].tolist() if rows is not None else []
    return [(r.indicator, r.points - int(got)) for r, got in zip(free, earned, strict=True) if got != r.points]


def _aim(row: Indicator) -> Amount | None:
    """What a money indicator aims at; None for the execution row, whose target is the budget."""
    if row.formula is None:
        return None
    content = row.read.content
    assert isinstance(content, Amount)
    return content


def _steps_reached(policy: Policy, row: Any) -> int:
    """How many steps of over-fulfilment a row has come to, on its way to where its points turn."""
    return sum(reaches(step, Fraction(int(row["num"]), int(row["den"]))) for step in policy.over_fulfilment.steps)


def _side(case: Case, value: Fraction) -> int:
    """On which side of a range, or of nothing, a value lies: across it the points of a row turn."""
    if COMPARATORS[case.comparator].direction == "within":
        return (value >= case.target) + (value > case.high)
    return int(value < 0)


class _Search:
    """The search over one project's spending: points scored so far, by spending."""

    def __init__(self, prepared: Prepared, best: Collection[str]) -> None:
        self.prepared = prepared
        self.policy: Policy = prepared.policy
        self.budget = prepared.money.adjusted or 0
        self.fixed = {"年初预算数": Fraction(prepared.money.initial, 100), "全年预算数": Fraction(self.budget, 100)}
        lacking = _short(prepared)
        self.short = tuple(row for row, _ in lacking)
        if short := [row for row in self.short if row.id not in best]:
            says = "“{}”（{}）按本办法达到指标值也得不到满分，最高可得分无法按满分推算"
            raise UsageProblem(Problem("U303", says.format(row.name, row.id), row.where) for row in short)
        self.free = sum(reading.points for reading in _free(prepared)) - sum(points for _, points in lacking)
        coupled = [
            prepared.readings[0],
            *(reading for reading in prepared.readings[1:] if reading.indicator.formula is not None),
        ]
        self.rows = tuple(reading.indicator for reading in coupled)
        self.most = tuple(max(r.points, rounded(Fraction(r.points), self.policy)) for r in coupled)
        self.convex = all(self._is_convex(reading) for reading in coupled)
        self.values: list[Callable[[int], Fraction | None]] = [
            lambda spent: Fraction(spent, FEN_PER_WAN) if self.budget else None,
            *(self._value_of(reading.indicator) for reading in coupled[1:]),
        ]
        self.cases = [self._case(reading) for reading in coupled]
        self.own = [self._own(reading, value) for reading, value in zip(coupled, self.values, strict=True)]
        self.cuts = [own.cut() if own else [] for own in self.own]
        self.aside = [bool(aim and aim.either_way) for aim in map(_aim, self.rows)]  # ±3%: how far, on either side
        self.points: dict[int, SpendingPoint] = {}
        self.turns: list[SpendingPoint] = []

    def _curve(self, row: Indicator) -> Curve:
        return Curve.of(row.formula or "", self.fixed)

    def _is_convex(self, reading: Reading) -> bool:
        """Whether a row's points before rounding are surely convex in spending while it stays on one line.

        They are where the value is a straight line in spending, the target positive and the scale never falls: then
        value ÷ target and 1 − excess ÷ target are straight, target ÷ value is convex, and a floor at 0 keeps that.
        """
        if reading.indicator.criterion is not None:  # straight on each of its pieces
            return self._curve(reading.indicator).straight
        rising = all(line.slope >= 0 for line in lines_of(self.policy, reading.scale))
        aim = _aim(reading.indicator)
        return rising and (aim is None or (aim.low.number > 0 and self._curve(reading.indicator).straight))

    # ---- one spending ----

    def _value_of(self, row: Indicator) -> Callable[[int], Fraction | None]:
        """The indicator's value, in its target's unit, as a function of spending; None where it cannot be computed."""
        assert row.formula is not None and isinstance(row.read.content, Amount)
        formula, aim = row.formula, row.read.content.low
        if not self._curve(row).monotone(Fraction(self.budget, 100)):
            says = f"“{row.name}”的公式 {row.formula} 不能证明随支出只升或只降，最高可得分不作推断"
            allowed = "全年执行数只出现一次的公式，如 (全年预算数 - 全年执行数) / 全年预算数"
            raise UsageProblem([Problem("U302", says, row.where, allowed)])

        def value(spent: int) -> Fraction | None:
            try:
                measure = compute(formula, {**self.fixed, "全年执行数": Fraction(spent, 100)})
            except FormulaError:
                return None
            unit, times = ("元", 1) if measure.power else ("%", 100)
            return Quantity(measure.number * times, WORDS[unit]).to(aim.unit)

        return value

    def _case(self, reading: Reading) -> Case:
        """The row as scoring takes it, its target read apart from any result."""
        case, aim = reading.case(0, self.policy), _aim(reading.indicator)
        if aim is None:
            return case
        high = aim.low.number if aim.high is None else aim.high.to(aim.low.unit)
        return replace(case, target=aim.low.number, high=high)

    def _own(self, reading: Reading, value: Callable[[int], Fraction | None]) -> OwnCourse | None:
        """The course of a row with a criterion of its own."""
        ends = [number for number in (value(0), value(self.budget)) if number is not None]
        course = money_course(reading, min(ends, default=Fraction(0)), self.policy)
        return course if isinstance(course, OwnCourse) else None

    def _cases_at(self, number: int, values: Sequence[Fraction | None]) -> Iterator[Case]:
        """Every coupled row at its value, as scoring takes it."""
        for case, own, aside, value in zip(self.cases, self.own, self.aside, values, strict=True):
            if own is not None and value is not None:
                yield replace(own.at(value), table=number)
            else:
                yield replace(case, table=number, actual=abs(value) if aside and value is not None else value, own=None)

    def _line(self, row: Any, at: int, value: Fraction | None) -> object:
        """Which line a coupled row is on at a value; None where it has none."""
        if value is None or not row["given"]:
            return None
        if self.own[at] is not None:
            return place_on(self.cuts[at], value)
        return row["segment"], _steps_reached(self.policy, row), _side(self.cases[at], value)

    def _score(self, spendings: Sequence[int]) -> None:
        values = [[value(spent) for value in self.values] for spent in spendings]
        cases = [list(self._cases_at(number, mine)) for number, mine in enumerate(values)]
        rows = score([case for mine in cases for case in mine])
        rates = [execution_rate(spent, self.budget) for spent in spendings]
        caps = totals(rows, rates, [self.policy] * len(spendings))["cap"].tolist()
        scored: list[Any] = rows[["earned", "segment", "num", "den", "given"]].to_dict("records")
        width = len(self.cases)
        for number, (spent, cap) in enumerate(zip(spendings, caps, strict=True)):
            mine = scored[number * width : (number + 1) * width]
            earned = tuple(int(row["earned"]) for row in mine)
            lines = tuple(self._line(row, at, values[number][at]) for at, row in enumerate(mine))
            exact = sum(
                (self._exact(row, case) for row, case in zip(mine, cases[number], strict=True)), Fraction(self.free)
            )
            total = min(cap, self.free + sum(earned))
            self.points[spent] = SpendingPoint(spent, earned, cap, total, min(exact, Fraction(cap)), lines)
        best = max(self.points.values(), key=lambda point: (point.total, point.spent))
        self.top, self.last = best.total, best.spent

    def _exact(self, row: Any, case: Case) -> Fraction:
        """A row's points before rounding, over the line it is on."""
        if not row["given"]:
            return Fraction(0)
        reached = Fraction(int(row["num"]), int(row["den"]))
        if case.own is not None:
            return before_rounding(case, reached)
        line = lines_of(self.policy, case.scale)[row["segment"]]
        taken = self.policy.taken(case.comparator, case.scale, reached)
        exact: Fraction = case.points * (line.intercept + line.slope * reached) - taken
        return max(exact, Fraction(0))

    # ---- all of them ----

    def run(self) -> None:
        """Find the turning points and the best of them, and what rounding can add between them."""
        self._score(sorted({0, self.budget}))
        self._refine(lambda a, b: (a.lines, a.cap) != (b.lines, b.cap))
        ends, self.turns = self._sorted(), list(self._turns())
        self._refine(lambda a, b: self._at_most(a, b)[1] > self.top)
        if self.convex:
            self.best = max(ends, key=lambda point: (point.exact, point.spent))
        else:  # nothing is known between turning points but from the search: the largest spending that has the most
            self._refine(lambda a, b: b.spent > self.last and self._at_most(a, b)[1] == self.top)
            self.best = self.points[self.last]
        self.turns = sorted({*self.turns, self.best}, key=lambda point: point.spent)

    def _sorted(self) -> list[SpendingPoint]:
        return [self.points[spent] for spent in sorted(self.points)]

    def _refine(self, wanted: Callable[[SpendingPoint, SpendingPoint], bool]) -> None:
        """Score the middle of every span that is wanted, until none is."""
        spans = list(pairwise(self._sorted()))
        while middles := [(a.spent + b.spent) // 2 for a, b in spans if b.spent - a.spent > 1 and wanted(a, b)]:
            self._score(middles)
            spans = list(pairwise(self._sorted()))

    def _at_most(self, a: SpendingPoint, b: SpendingPoint) -> tuple[tuple[int, ...], int]:
        """The most each row, and all together, can earn from `a` to `b`, both included; caps only loosen with spending."""
        rows = zip(a.earned, b.earned, a.lines, b.lines, self.most, strict=True)
        adjacent = b.spent - a.spent <= 1
        most = tuple(max(p, q) if on == to or adjacent else whole for p, q, on, to, whole in rows)
        return most, min(b.cap, self.free + sum(most))

    def _turns(self) -> Iterator[SpendingPoint]:
        """Where a row changes its line: the rounder of the two 分, or both where the total jumps; and both ends."""
        noise = self.policy.rounding.step * len(self.rows)
        shown = {0, self.budget}
        for a, b in pairwise(self._sorted()):
            if (a.lines, a.cap) != (b.lines, b.cap):
                jump = abs(a.total - b.total) > noise
                shown |= {a.spent, b.spent} if jump else {max(a.spent, b.spent, key=_roundness)}
        return (self.points[spent] for spent in sorted(shown))

    def _proof(self) -> Iterator[Span]:
        """The fewest spans, from nothing spent on, in each of which no total is above the best."""
        listed = self._sorted()
        start = 0
        while start < len(listed):
            end = start
            a = listed[start]
            while (
                end + 1 < len(listed) and a.lines == (b := listed[end + 1]).lines and self._at_most(a, b)[1] <= self.top
            ):
                end += 1
            most, total = self._at_most(listed[start], listed[end])
            yield Span(listed[start].spent, listed[end].spent, most, total)
            follows = end + 1 < len(listed) and listed[end + 1].spent == listed[end].spent + 1
            if end + 1 == len(listed):
                return
            start = end + 1 if follows or end == start else end

    def proved(self, witness: TableScore) -> Attainable:
        """The best spending with its proof, and the result as the main path evaluated it."""
        assert witness.score == self.best.total, "the main path and the search differ"
        assert isinstance(witness.table, Project)
        return Attainable(
            budget=self.budget,
            coupled=self.rows,
            free=self.free,
            best=self.best,
            luck=self.points[self.last] if self.top > self.best.total else None,
            turns=tuple(self.turns),
            proof=tuple(self._proof()),
            reversal=self._reversal(),
            conflicts=tuple(conflicts_of(witness.table, witness.money)),
            witness=witness,
            short=self.short,
        )

    def _reversal(self) -> tuple[SpendingPoint, SpendingPoint] | None:
        """Of two turning points, the lesser spending that scores more by most; None within what rounding can do."""
        noise = self.policy.rounding.step * len(self.rows)
        pairs = [(a, b) for n, a in enumerate(self.turns) for b in self.turns[n + 1 :] if a.total - b.total > noise]
        return max(pairs, key=lambda pair: (pair[0].total - pair[1].total, pair[1].spent, pair[0].spent), default=None)


def _roundness(spent: int) -> int:
    """How many zeros an amount ends in: 4.50 万元 reads better than the 分 before it."""
    return len(str(spent)) - len(str(spent).rstrip("0"))
