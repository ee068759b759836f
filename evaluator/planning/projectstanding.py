"""What can still change in one project: its open rows and its money, each with every step its points can take.

A row without a result is open; one with a result is certain unless it is named open. The money spent so far is a floor
and the adjusted budget a ceiling; the execution row and every indicator computed from money move together with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.errors import Problem, UsageProblem, nearest
from evaluator.figures import FEN_PER_WAN
from evaluator.findings.conditions import make_ready
from evaluator.findings.facts import SCALE
from evaluator.model import Actuals, Project, Result, Spending
from evaluator.planning.dials import PLAIN, Dial, Openness, cap_at, entry_of, free_dial, money_dial, standing_dial
from evaluator.planning.ownpoints import refuse_inapplicable, refuse_outside
from evaluator.preparation import Prepared, prepare, tables_of
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import score


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
                budget = int(dial.courses[0].target * FEN_PER_WAN)
                spending = spending.model_copy(update={"adjusted": budget, "executed": values[dial.id]})
                for reading in dial.readings[1:]:  # a computed value that was entered by hand would now be wrong
                    if old := results.get(reading.indicator.id):
                        results[reading.indicator.id] = old.model_copy(update={"actual": None})
            else:
                old = results.get(dial.id, Result())
                results[dial.id] = old.model_copy(update=entry_of(dial, values[dial.id], self.prepared.policy))
        return self.given.model_copy(update={"results": results, "spending": spending})


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
        money = money_dial(now, empty, full, earned, opened, extra)
        dials.append(money)
    problems: list[Problem] = []
    for reading in now.readings[1:]:
        row = reading.indicator
        named = opened.everything or row.id in opened.rows or row.name in opened.rows
        if row.formula is None and (reading.missing or named):
            try:
                dials.append(free_dial(reading, now, earned[row.id], opened, extra))
            except UsageProblem as refused:
                if opened.standing:
                    dials.append(standing_dial(reading, earned[row.id]))
                else:
                    problems += refused.problems
    if problems:
        raise UsageProblem(problems)
    moving = {reading.indicator.id for dial in dials for reading in dial.readings}
    assert isinstance(now.table, Project)
    given = now.actuals or Actuals(code=now.table.code, year=now.table.year)
    cap = cap_at(now, now.money.rate)
    return ProjectStanding(
        now, given, {i: got for i, got in earned.items() if i not in moving}, tuple(dials), cap, money
    )
