"""What can still change in one project: its open rows and its money, each with every step its points can take.

A row without a result is open; one with a result is certain unless it is named open. The money spent so far is a floor
and the adjusted budget a ceiling; the execution row and every indicator computed from money move together with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

from evaluator.errors import Problem, UsageProblem, nearest
from evaluator.figures import FEN_PER_WAN, wan
from evaluator.findings.conditions import make_ready
from evaluator.findings.facts import SCALE
from evaluator.model import Actuals, Indicator, Project, Result, Spending
from evaluator.planning.ownpoints import refuse_inapplicable, refuse_open, refuse_outside
from evaluator.planning.steps import Grains, Step, breakpoints, steps_of
from evaluator.preparation import SPENDING, Prepared, prepare, tables_of
from evaluator.quantities.curves import Curve
from evaluator.quantities.dataitems import needs_money
from evaluator.quantities.formula import compute
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import COUNTING, Quantity
from evaluator.rowreading import BINARY, Reading
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import Case, score

MILLIONTHS = 10**6
NO_CAP = 10_000
MEASURED = {
    "倍", "分", "度", "千瓦时", "千瓦", "兆瓦", "美元", "欧元", "港元", "吨公里", "分贝", "°C", "学分"
}  # fmt: skip
WHOLE = {"人", *COUNTING.split()} - MEASURED
Kind = Literal["金额", "数值", "比例", "是否"]


@dataclass(frozen=True, slots=True)
class Openness:
    """What may still change: rows without a result and the money; `rows` (ids or names) as well, or `everything`.

    With `settled` the money of the year is final. With `everything` neither counts nor money have a floor.
    """

    rows: tuple[str, ...] = ()
    everything: bool = False
    settled: bool = False


PLAIN = Openness()


@dataclass(frozen=True, slots=True)
class Turn:
    """From `first` to `last` grains the rows of a dial earn `each` (hundredths) and the total is capped at `cap`."""

    first: int
    last: int | None
    each: tuple[int, ...]
    reached: tuple[Fraction, ...]
    cap: int = NO_CAP

    @property
    def earned(self) -> int:
        """Points earned on this turn by all its rows, in hundredths."""
        return sum(self.each)

    def nearest(self, grains: int) -> int:
        """The value on this turn nearest to another."""
        return max(self.first, grains if self.last is None else min(grains, self.last))


@dataclass(frozen=True, slots=True)
class Dial:
    """One thing that can change, counted in grains: where it stands (None: no result yet), and all it can come to."""

    kind: Kind
    readings: tuple[Reading, ...]
    cases: tuple[Case, ...]
    scales: tuple[Grains, ...]
    now: Fraction | None
    earned: int
    turns: tuple[Turn, ...]
    whole: bool = False
    floored: bool = False

    @property
    def id(self) -> str:
        """The id of its indicator."""
        return self.readings[0].indicator.id

    @property
    def name(self) -> str:
        """What it is called: the indicator, or 全年执行数 for money."""
        return "全年执行数" if self.kind == "金额" else self.readings[0].indicator.name

    @property
    def most(self) -> int:
        """The most points it can earn, in hundredths."""
        return max(turn.earned for turn in self.turns)

    @property
    def fixed(self) -> bool:
        """Whether there is one value alone that it can come to."""
        return self.turns[0].first == self.turns[-1].last

    @property
    def aim(self) -> Fraction:
        """What a change is measured by, in grains: the target, the budget, or the whole share."""
        if self.kind in ("比例", "是否"):
            return Fraction(MILLIONTHS if self.kind == "比例" else 1)
        return abs(self.cases[0].target / self.scales[0].grain) or 1 / abs(self.scales[0].grain)

    def turn(self, grains: int) -> Turn:
        """The turn a value is on."""
        return self.turns[bisect_right(self.turns, grains, key=lambda turn: turn.first) - 1]

    def shown(self, grains: int | Fraction) -> str:
        """A value as people write it, in the unit of the target."""
        actual = self.scales[0].actual(grains)
        if self.kind == "金额":
            return f"{wan(int(actual * FEN_PER_WAN))} 万元"
        if self.kind == "比例":
            return f"比例 {Quantity(actual * 100)}%"
        if self.kind == "是否":
            return "做到" if actual else "没有做到"
        content = self.readings[0].indicator.read.content
        assert isinstance(content, Amount)
        return str(replace(content.low, number=actual))


@dataclass(frozen=True, slots=True)
class ProjectStanding:
    """A project as it stands: what is certain (row id: earned), what is open, and the cap its execution sets now."""

    prepared: Prepared
    given: Actuals
    certain: Mapping[str, int]
    dials: tuple[Dial, ...]
    cap: int
    money: Dial | None

    @property
    def project(self) -> Project:
        """The project whose standing this is."""
        assert isinstance(self.prepared.table, Project)
        return self.prepared.table

    def completed(self, values: Mapping[str, int]) -> Actuals:
        """The results with these values (by the id of a dial, in grains) in place of what is there."""
        results, spending = dict(self.given.results), self.given.spending
        for dial in self.dials:
            if dial.id not in values:
                continue
            if dial.kind == "金额":
                budget = int(dial.cases[0].target * FEN_PER_WAN)
                spending = spending.model_copy(update={"adjusted": budget, "executed": values[dial.id]})
                for reading in dial.readings[1:]:  # a computed value that was entered by hand would now be wrong
                    if old := results.get(reading.indicator.id):
                        results[reading.indicator.id] = old.model_copy(update={"actual": None})
            else:
                old = results.get(dial.id, Result())
                results[dial.id] = old.model_copy(update=_entry(dial, values[dial.id], self.prepared))
        return self.given.model_copy(update={"results": results, "spending": spending})


def _entry(dial: Dial, grains: int, prepared: Prepared) -> dict[str, Any]:
    if dial.kind == "数值":
        return {"actual": dial.shown(grains), "state": None, "share": None}
    share = dial.scales[0].actual(grains)
    qualitative = prepared.policy.qualitative
    state = next(band.state for band in qualitative.bands if qualitative.holds(band.state, share))
    return {"actual": None, "state": state, "share": share}


def standings(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
    opened: Openness = PLAIN,
) -> list[ProjectStanding]:
    """Each of a unit's projects as it stands, in the order of their source.

    Raises UsageProblem (U360, U361 for what cannot be worked out exactly, U362 for a row to open that is not there).
    """
    projects = [table for table in tables_of(rulebook, year, unit) if isinstance(table, Project)]
    _known(projects, opened)
    now = prepare(rulebook, projects, actuals, policy)
    empty, full = (prepare(rulebook, projects, _spent(now, part), policy) for part in (0, 1))
    extra = thresholds(rulebook)
    return [_standing(*three, opened, extra) for three in zip(now, empty, full, strict=True)]


def thresholds(rulebook: Rulebook) -> set[Fraction]:
    """The attainments at which a finding rule that limits grades begins or ceases to fire."""
    ready = make_ready([rule for rule in rulebook.findings if rule.caps])
    tests = [test for rule in ready for clause in rule.clauses if clause.kind == "outcome" for test in clause.tests]
    return {Fraction(t.value, SCALE) for t in tests if t.field == "attainment" and isinstance(t.value, int)}


def _known(projects: Sequence[Project], opened: Openness) -> None:
    known = {word: None for project in projects for row in project.indicators for word in (row.id, row.name)}
    if strange := [word for word in opened.rows if word not in known]:
        allowed = "、".join(dict.fromkeys(row.id for project in projects for row in project.indicators))
        raise UsageProblem(
            Problem("U362", f"没有指标“{word}”，不能算作未定", None, allowed, nearest(word, known)) for word in strange
        )


def _spent(now: Sequence[Prepared], part: int) -> dict[tuple[int, str], Actuals]:
    """Results that say no more than how much of each budget was spent: nothing (0) or all (1)."""
    given = {}
    for money, table in ((prepared.money, prepared.table) for prepared in now):
        assert isinstance(table, Project)
        budget = money.initial if money.adjusted is None else money.adjusted
        spending = Spending.model_construct(adjusted=budget, executed=budget * part, cause="", remedy="")
        given[table.year, table.code] = Actuals(code=table.code, year=table.year).model_copy(
            update={"spending": spending}
        )
    return given


def _standing(
    now: Prepared, empty: Prepared, full: Prepared, opened: Openness, extra: set[Fraction]
) -> ProjectStanding:
    unsigned = [
        reading.indicator for reading in now.readings[1:] if reading.missing and reading.pair.comparator == "数值"
    ]
    if unsigned:
        says = "“{}”（{}）的指标值“{}”没有比较符，不能推算"
        raise UsageProblem(
            Problem("U363", says.format(row.name, row.id, row.target), row.where, "在规则文件中给出 sign")
            for row in unsigned
        )
    refuse_outside(now)
    refuse_inapplicable(now)
    scored = score([reading.case(0, now.policy) for reading in now.readings])["earned"].tolist()
    earned = {reading.indicator.id: int(got) for reading, got in zip(now.readings, scored, strict=True)}
    dials: list[Dial] = []
    money = None
    if not opened.settled and (full.money.adjusted or 0) > 0:
        money = _money(now, empty, full, earned, opened, extra)
        dials.append(money)
    for reading in now.readings[1:]:
        row = reading.indicator
        named = opened.everything or row.id in opened.rows or row.name in opened.rows
        if row.formula is None and (reading.missing or named):
            refuse_open([reading])
            dials.append(_free(reading, now, earned[row.id], opened, extra))
    moving = {reading.indicator.id for dial in dials for reading in dial.readings}
    assert isinstance(now.table, Project)
    given = now.actuals or Actuals(code=now.table.code, year=now.table.year)
    cap = _cap(now, now.money.rate)
    return ProjectStanding(
        now, given, {i: got for i, got in earned.items() if i not in moving}, tuple(dials), cap, money
    )


def _cap(prepared: Prepared, rate: Fraction | None) -> int:
    return min((cap.total for cap in prepared.policy.caps.execution if (rate or 0) < cap.below), default=NO_CAP)


def _money(
    now: Prepared, empty: Prepared, full: Prepared, earned: Mapping[str, int], opened: Openness, extra: set[Fraction]
) -> Dial:
    """The spending, with every row that follows from it."""
    refuse_open(
        reading
        for reading in full.readings[1:]
        if reading.indicator.formula or needs_money(reading.indicator.of_data or "")
    )
    budget, spent = full.money.adjusted or 0, now.money.executed
    low, high = (0 if opened.everything else spent or 0), max(budget, spent or 0)
    chosen = [(SPENDING, empty.readings[0], full.readings[0])]
    for nothing, everything in zip(empty.readings[1:], full.readings[1:], strict=True):
        if everything.indicator.formula is not None:
            chosen.append((everything.indicator, nothing, everything))
    scales, cases, tracks = [], [], []
    fixed = {"年初预算数": Fraction(now.money.initial, 100), "全年预算数": Fraction(budget, 100)}
    for row, nothing, everything in chosen:
        if row.formula and not Curve.of(row.formula, fixed).straight:
            says = f"“{row.name}”的公式 {row.formula} 不是全年执行数的一次函数，不能推算"
            raise UsageProblem([Problem("U361", says, row.where, "如 全年执行数 / 全年预算数")])
        if row.formula and _turns_at_zero(row, fixed, high):
            says = f"“{row.name}”（{row.formula}）的指标值“{row.target}”在零的两边都算，得分不是全年执行数的一次函数，不能推算"
            raise UsageProblem([Problem("U361", says, row.where, "区间，如 -3%-3%")])
        case = everything.case(0, now.policy)
        grain = (everything.pair.actual - nothing.pair.actual) / budget
        scales.append(Grains(grain, nothing.pair.actual))
        cases.append(case)
        tracks.append(steps_of(case, scales[-1], low, high, extra) if grain else _constant(case, low, high))
    bounds = [ceil(cap.below * budget) for cap in now.policy.caps.execution]
    starts = sorted(
        {low, *(step.first for track in tracks for step in track), *(b for b in bounds if low <= b <= high)}
    )
    turns = []
    for start, following in zip(starts, [*starts[1:], high + 1], strict=True):
        at = [track[bisect_right(track, start, key=lambda step: step.first) - 1] for track in tracks]
        each, reached = tuple(step.earned for step in at), tuple(step.reached for step in at)
        turns.append(Turn(start, following - 1, each, reached, _cap(now, Fraction(start, budget))))
    readings = tuple(everything for _, _, everything in chosen)
    mine = sum(earned[reading.indicator.id] for reading in readings)
    here = None if spent is None or now.money.rate is None else Fraction(spent)
    return Dial("金额", readings, tuple(cases), tuple(scales), here, mine, tuple(turns), True, not opened.everything)


def _turns_at_zero(row: Indicator, fixed: Mapping[str, Fraction], high: int) -> bool:
    """Whether a value of which only the distance from nothing counts (±3%) passes nothing between no spending and `high`."""
    content = row.read.content
    if not isinstance(content, Amount) or not content.either_way:
        return False
    ends = (compute(row.formula or "", {**fixed, "全年执行数": Fraction(spent, 100)}).number for spent in (0, high))
    return len({end < 0 for end in ends if end}) > 1


def _constant(case: Case, low: int, high: int) -> list[Step]:
    (row,) = score([case]).to_dict("records")
    return [Step(low, high, int(row["earned"]), Fraction(int(row["num"]), int(row["den"])))]


def _free(reading: Reading, now: Prepared, earned: int, opened: Openness, extra: Iterable[Fraction]) -> Dial:
    """One row that is reported, not computed."""
    row, policy = reading.indicator, now.policy
    content = row.read.content
    here = None if reading.missing else reading.pair.actual
    if not isinstance(content, Amount):
        done = reading.result.state is None and (row.read.kind in BINARY or reading.pair.comparator in BINARY)
        best = policy.qualitative.bands[0].start
        case = Case(0, "定性", None, best, Fraction(1), reading.points, policy, "qualitative")
        scale = Grains(Fraction(1) if done else Fraction(1, MILLIONTHS))
        steps = steps_of(case, scale, 0, int(1 / scale.grain), extra)
        at = None if here is None else scale.grains(here)
        return Dial("是否" if done else "比例", (reading,), (case,), (scale,), at, earned, _turns(steps), done)
    case = _aimed(reading, content, now)
    unit = content.low.unit
    whole = (
        unit.kind in WHOLE and unit.size == 1 and {case.target.denominator, (here or case.target).denominator} == {1}
    )
    scale = Grains(Fraction(1) if whole else Fraction(1, MILLIONTHS))
    at = None if here is None else scale.grains(here)
    floored = whole and at is not None and not opened.everything
    low = 0
    if floored:
        low = int(at or 0)
    elif case.target < 0 or (case.target == 0 and unit.can_be_negative) or (at or 0) < 0:
        low = min(floor(scale.grains(breakpoints(case, extra)[0])) - 1, floor(at or 0))
    steps = steps_of(case, scale, low, None, extra)
    return Dial("数值", (reading,), (case,), (scale,), at, earned, _turns(steps), whole, floored)


def _aimed(reading: Reading, content: Amount, now: Prepared) -> Case:
    """The case of a row with its target in the target's own unit, whether there is a result or not."""
    high = None if content.high is None else content.high.to(content.low.unit)
    pair = replace(reading.pair, target=content.low.number, high=high)
    return replace(reading, pair=pair).case(0, now.policy)


def _turns(steps: Iterable[Step]) -> tuple[Turn, ...]:
    return tuple(Turn(step.first, step.last, (step.earned,), (step.reached,)) for step in steps)
