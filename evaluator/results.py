"""What the engine makes: frozen results that hold all an explanation, a report or an auditor needs. Nothing is computed here.

Points, scores and caps are hundredths; money is 分; attainment and rates are exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from evaluator.comparators import as_read
from evaluator.figures import execution_rate
from evaluator.files.snapshot import Snapshot
from evaluator.findings.inference import Finding
from evaluator.model import (
    Actuals,
    Indicator,
    MeasureResult,
    Project,
    Result,
    Table,
    code_of,
)
from evaluator.policies.beyondrows import effects_of
from evaluator.policy import UNGRADED, Clause, Policy

if TYPE_CHECKING:
    from evaluator.criteria.earning import Earned

ROW_KINDS = (
    "outcome",
    "indicator",
    "relation",
    "link",
    "twin",
    "earlier",
    "reviewed",
)  # kinds of facts that are about one row


@dataclass(frozen=True, slots=True)
class Money:
    """A table's year in 分: initial (年初预算数), adjusted (全年预算数), executed (全年执行数); None when not given."""

    initial: int
    adjusted: int | None
    executed: int | None

    @property
    def rate(self) -> Fraction | None:
        """The execution rate (预算执行率) of the year."""
        return execution_rate(self.executed, self.adjusted)


@dataclass(frozen=True, slots=True)
class Row:
    """One scored row: the rule, the result, how both were read (in `unit`), and what came of it.

    `scale` and `segment` say which line of which policy clause turned attainment into points; with points in `own` the row's
    own criterion did.
    """

    indicator: Indicator
    result: Result
    comparator: str
    target: Fraction
    high: Fraction
    actual: Fraction | None
    unit: str
    actual_shown: str
    notes: tuple[str, ...]
    computed: bool
    points: int
    scale: str
    segment: int
    attainment: Fraction | None
    met: bool
    over: bool
    deducted: int
    rounded: bool
    earned: int
    own: Earned | None = None
    inapplicable: str = ""  # why it does not apply (不适用)
    gained: int = 0  # points taken over from rows that do not apply, in `points` already

    @property
    def written(self) -> int:
        """The points it was to have, whatever it took over or gave away, in hundredths."""
        return self.points - self.gained

    @property
    def spoken(self) -> int:
        """The points that its own criterion speaks of, in hundredths."""
        return self.indicator.spoken_of(self.written)

    @property
    def by_criterion(self) -> bool:
        """Whether its points are those of its own criterion."""
        return self.own is not None and self.own.points is not None

    @property
    def missing(self) -> bool:
        """Whether no result was filled in."""
        return self.actual is None and not self.inapplicable

    @property
    def word(self) -> str:
        """The word of comparison as people read it."""
        return as_read(self.comparator)

    @property
    def lost(self) -> int:
        """Points not earned, in hundredths; nothing is lost where the row does not apply."""
        return 0 if self.inapplicable else self.points - self.earned

    @property
    def full(self) -> bool:
        """Whether it earned all its points; one that does not apply has none to earn."""
        return self.lost == 0


@dataclass(frozen=True, slots=True)
class Attached:
    """A file behind one row (佐证材料): where it lies, its SHA-256 when it was attached, and the state it is in now."""

    indicator: str
    title: str
    file: str
    digest: str
    state: Literal["完好", "缺失", "已改动"]


DutyState = Literal["未整改", "整改中", "已整改"]


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of rectification (整改事项) of one evaluated year as it stands; `due` is written 2024-06-30.

    `overdue` is None where the register names no day to tell it by, or the duty no day it is due.
    """

    id: str
    year: int
    project: str
    rule: str
    says: str
    owner: str
    due: str
    state: DutyState
    evidence: tuple[str, ...]
    overdue: bool | None

    @property
    def open(self) -> bool:
        """Whether it is not yet closed."""
        return self.state != "已整改"


@dataclass(frozen=True, slots=True)
class TableScore:
    """One goal table scored: a project's, or a department's own; `aside` are the findings only told in one place.

    `poor_before`: last year's register has a duty of this project that its grade called for. `outside` are points that
    criteria add or take outside their rows, in `total` already. `plain` is what the total would be if rows that do not apply
    just earned nothing; None where all apply.
    """

    table: Table
    policy: Policy
    actuals: Actuals | None
    money: Money
    execution: Row
    rows: tuple[Row, ...]
    total: int
    cap: int | None
    score: int
    grade_by_score: str
    grade: str
    findings: tuple[Finding, ...]
    clauses: dict[str, Clause]
    attached: tuple[Attached, ...] = ()
    duties: tuple[Duty, ...] = ()
    aside: tuple[Finding, ...] = ()
    poor_before: bool = False
    outside: int = 0
    plain: int | None = None

    @property
    def inapplicable(self) -> tuple[Row, ...]:
        """The rows that do not apply."""
        return tuple(row for row in self.rows if row.inapplicable)

    @property
    def left_out(self) -> int:
        """The points that were to be earned by rows that do not apply, in hundredths."""
        return sum(row.written for row in self.inapplicable)

    @property
    def raised(self) -> int:
        """How much higher the total is for rows that do not apply, in hundredths."""
        return 0 if self.plain is None else self.total - self.plain

    @property
    def effects(self) -> frozenset[str]:
        """What criteria do to the whole, as the policy counts it: zero (总分为0), worst (等级为最低一级)."""
        return effects_of(self.policy, self.vetoed)

    @property
    def vetoed(self) -> frozenset[str]:
        """What criteria say that a veto which came about does to the whole."""
        return frozenset(effect for row in self.rows if row.own for effect in row.own.effects)

    @property
    def code(self) -> str:
        """The code of the project or of the unit."""
        return code_of(self.table)

    @property
    def name(self) -> str:
        """The name as people read it."""
        return self.table.name if isinstance(self.table, Project) else f"{self.table.unit.name}部门整体"

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The execution row, then the indicators."""
        return (self.execution, *self.rows)

    def row_of(self, finding: Finding) -> str:
        """The indicator a finding is about; '' for one about the table, or about several."""
        if finding.rule.together:
            return finding.rows[0] if len(finding.rows) == 1 else ""
        kind, _, ident = next((ref for ref in finding.facts if not ref.startswith("project:")), "").partition(":")
        ids = [row.indicator.id for row in self.rows]
        if kind == "attachment":
            return next((row for row in ids if ident.startswith(f"{row} ")), "")
        return ident if kind in ROW_KINDS and ident in ids else ""

    @property
    def limiting(self) -> tuple[Finding, ...]:
        """The findings that hold its grade below that of its score; none where nothing does."""
        if self.grade == self.grade_by_score:
            return ()
        best = self.policy.grades.best
        return tuple(f for f in self.findings if f.rule.caps and best(f.rule.caps) == self.grade)

    @property
    def unfilled(self) -> bool:
        """Whether a result or an amount of the year is still to be filled in: what is printed of it is a draft (草稿)."""
        amounts = (self.money.adjusted, self.money.executed)
        return None in amounts or any(row.missing and row.indicator.formula is None for row in self.rows)

    @property
    def unread(self) -> dict[str, Clause]:
        """The clauses relied on whose text nobody has read."""
        return {name: clause for name, clause in self.clauses.items() if not clause.checked}


@dataclass(frozen=True, slots=True)
class DepartmentScore:
    """A department: its own table, its projects' budget-weighted mean (hundredths) and grades, its measures."""

    own: TableScore
    mean: int
    mean_grade: str
    grades: dict[str, int]
    measures: dict[str, MeasureResult | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one unit's year came to; `digests` name the rulebook and the actuals it came from, `files` their files."""

    unit: str
    unit_code: str
    year: int
    projects: tuple[TableScore, ...]
    department: DepartmentScore | None
    executor: str
    digests: dict[str, str]
    illustrative: bool
    files: Snapshot = field(default_factory=Snapshot, compare=False, repr=False)

    @property
    def tables(self) -> tuple[TableScore, ...]:
        """Every scored table, the department's own last."""
        return (*self.projects, *([self.department.own] if self.department else []))

    @property
    def graded(self) -> dict[str, tuple[TableScore, ...]]:
        """The projects by their grade: see `by_grade`."""
        return by_grade([*([self.department.own] if self.department else []), *self.projects], self.projects)


def by_grade(tables: Sequence[TableScore], projects: Sequence[TableScore]) -> dict[str, tuple[TableScore, ...]]:
    """Projects by grade: every grade of the first table's policy, best first, then those that others have in other words
    (不评级 among them)."""
    first = [band.grade for band in tables[0].policy.grades.bands]
    given = {table.grade for table in projects}
    others = [word for table in projects for word in table.policy.grades.words if word in given]
    return {word: tuple(p for p in projects if p.grade == word) for word in dict.fromkeys([*first, *others])}


def graded(grade: str) -> str:
    """A grade in a sentence: 等级良, or 不评级."""
    return grade if grade == UNGRADED else f"等级{grade}"
