"""A unit's year scored again as its reviewers state it: the same engine on their values, then what their grounds leave.

    the unit's results + statements -> evaluate -> shares that grounds leave -> deductions -> totals, caps and grade

The self-evaluation stays what it is; what a reviewer stated nothing of is as the unit scored it. Points are hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evaluator.auditing.grounds import kinds
from evaluator.errors import Problem, ReviewProblems, nearest
from evaluator.evaluation import evaluate
from evaluator.figures import half_up, points
from evaluator.findings.inference import Finding
from evaluator.intake.filled.formdata import FilledRow
from evaluator.model import Actuals
from evaluator.pages import UNKNOWN
from evaluator.reporting.report import EMPTY, rate_of
from evaluator.rescoring.statements import Key, RowStatement, SpendingStatement, TableStatements
from evaluator.results import Evaluation, Row, TableScore
from evaluator.reviewing.applying import Reviewed, ReviewedRow, RowGround, review
from evaluator.reviewing.scale import Ground, LowerGrade, ReviewScale
from evaluator.rulebook.book import Rulebook
from evaluator.scoring import rescaled

LARGEST = 3  # causes that are told of a table


@dataclass(frozen=True, slots=True)
class RescoredRow:
    """A row as the unit scored it (`own`) and as it comes out in review: on the reviewer's value (`then`), what the grounds
    leave of that (`kept`), what is deducted besides, and the review's points.

    `counted_as` is the row that counts in its place, both being one indicator.
    """

    own: Row
    then: Row
    stated: RowStatement | SpendingStatement | None
    grounds: tuple[Ground, ...]
    kept: int
    deducted: int
    earned: int
    counted_as: str = ""

    @property
    def deviation(self) -> int:
        """What the review gives more, or less where it is negative."""
        return self.earned - self.own.earned

    @property
    def restated(self) -> bool:
        """Whether it was scored on another value: one the reviewer stated, or one computed from money that is another."""
        values = ((row.actual, row.target) for row in (self.own, self.then))
        return bool(self.stated and self.stated.values) or len(set(values)) > 1


@dataclass(frozen=True, slots=True)
class CountedScore:
    """What a score counts for, finance having graded so many steps lower than the unit: the clause, its share, the points."""

    clause: LowerGrade
    grade: str
    steps: int
    share: Fraction
    score: int


@dataclass(frozen=True, slots=True)
class RescoredTable:
    """A table reviewed: as the unit scored it, on the reviewer's values, its rows (the execution row first) and its total.

    `score` is the `total` under the policy's caps; `counted` where the grade of finance was stated and is lower.
    """

    own: TableScore
    then: TableScore
    statement: TableStatements
    scale: ReviewScale | None
    rows: tuple[RescoredRow, ...]
    total: int
    score: int
    grade: str
    counted: CountedScore | None
    findings: tuple[Finding, ...] = ()

    @property
    def deviation(self) -> int:
        """What the review gives more than the unit gave itself, or less where it is negative."""
        return self.score - self.own.score

    def values_of(self, row: RescoredRow) -> tuple[str, str]:
        """What stands as a row's value in the self-evaluation, and in review: — where that is the same."""
        if row is self.rows[0]:
            return rate_of(self.own.money), rate_of(self.then.money) if row.restated else UNKNOWN
        own, then = (
            side.actual_shown or (UNKNOWN if side.indicator.formula else EMPTY) for side in (row.own, row.then)
        )
        return own, then if row.restated else UNKNOWN

    @property
    def differing(self) -> list[RescoredRow]:
        """The rows that come out otherwise, the largest differences first."""
        return sorted((row for row in self.rows if row.deviation), key=lambda row: -abs(row.deviation))

    @property
    def causes(self) -> str:
        """The main causes (主要偏差原因): the reviewer's own words, else those of the rows that differ most; '' for none."""
        if self.statement.opinion:
            return self.statement.opinion
        reasons = [(row.own.indicator.name, row.stated.cause) for row in self.differing if row.stated]
        more = f"；另有 {len(reasons) - LARGEST} 行" if len(reasons) > LARGEST else ""
        return "；".join(f"{name}：{cause}" for name, cause in reasons[:LARGEST]) + more


@dataclass(frozen=True, slots=True)
class RescoredYear:
    """A unit's year beside its review: the self-evaluation, the year on the reviewers' values, the tables reviewed by code."""

    own: Evaluation
    then: Evaluation
    tables: Mapping[str, RescoredTable]


def rescore(
    rulebook: Rulebook,
    actuals: Mapping[Key, Actuals],
    own: Evaluation,
    statements: Mapping[Key, TableStatements],
    policy: str | None = None,
    **beside: Any,
) -> RescoredYear:
    """Score a unit's year again as it was reviewed; `beside` are the further keywords its evaluation was given.

    Raises ActualsProblems for values the engine cannot read, ReviewProblems for grounds, grades and deductions that cannot
    be applied (V101 to V105, V205, V208, V209).
    """
    mine = {
        key: statement for key, statement in statements.items() if key in {(t.table.year, t.code) for t in own.tables}
    }
    restated = {
        key: statement.over(actuals.get(key) or Actuals(code=key[1], year=key[0])) for key, statement in mine.items()
    }
    then = evaluate(
        rulebook, {**actuals, **restated}, year=own.year, unit=own.unit_code, policy=policy, executor="frame", **beside
    )
    pairs = zip(own.tables, then.tables, strict=True)
    tables = {
        first.code: _table(first, second, mine[first.table.year, first.code], rulebook.reviews)
        for first, second in pairs
        if (first.table.year, first.code) in mine
    }
    return RescoredYear(own, then, tables)


def _table(
    own: TableScore, then: TableScore, statement: TableStatements, scales: Mapping[str, ReviewScale]
) -> RescoredTable:
    scale = scales.get(statement.scale) if statement.scale else None
    step = then.policy.rounding.step
    kept = {reviewed.row: reviewed for reviewed in _kept(then.rows, statement, scale, step)}
    rows = [_row(own.execution, then.execution, statement.spending, scale, None)]
    rows += [
        _row(mine, again, statement.rows.get(mine.indicator.id), scale, kept.get(mine.indicator.id))
        for mine, again in zip(own.rows, then.rows, strict=True)
    ]
    if problems := list(_beyond(rows)):
        raise ReviewProblems(problems)
    total = _total(then, rows)
    score = max(min(then.score, total), 0)
    held = [then.grade] if then.grade != then.grade_by_score else []
    grades = then.policy.grades
    grade = grades.limited(grades.of(score), held)
    counted = _counted(own, score, statement, scale, step)
    return RescoredTable(own, then, statement, scale, tuple(rows), total, score, grade, counted)


def _total(then: TableScore, rows: Sequence[RescoredRow]) -> int:
    """What the review's points add up to, taken for the whole where rows do not apply and the policy says so."""
    clause = then.policy.not_applicable
    left_out = 0 if clause is None or clause.shares else then.left_out
    return rescaled(sum(row.earned for row in rows), left_out, then.policy) + then.outside


def _kept(rows: Sequence[Row], statement: TableStatements, scale: ReviewScale | None, step: int) -> Iterable[Reviewed]:
    """What the grounds leave of each row; a row below 0 is left alone where nothing is stated of it."""
    if scale is None:
        return ()
    stated = [
        RowGround(name, clause, result.same_as or "" if _once(scale, clause) else "", result.where)
        for name, result in statement.rows.items()
        for clause in result.grounds
    ]
    named = {name for ground in stated for name in (ground.row, ground.same_as)}
    scored = [
        ReviewedRow(row.indicator.id, Fraction(row.earned, 100), kinds(_as_filled(row)))
        for row in rows
        if row.earned >= 0 or row.indicator.id in named
    ]
    return review(scale, scored, stated, step)


def _once(scale: ReviewScale, clause: str) -> bool:
    """Whether a ground is about two rows; one that is not known is refused later."""
    ground = scale.of(clause)
    return ground is None or ground.does == "只计一次"


def _as_filled(row: Row) -> FilledRow:
    """A row as a filled table has it: what kind of indicator it is, is said there."""
    of = row.indicator
    return FilledRow(level1=of.category, level2=of.dimension, level3=of.name, target=of.target)


def _row(
    own: Row,
    then: Row,
    stated: RowStatement | SpendingStatement | None,
    scale: ReviewScale | None,
    reviewed: Reviewed | None,
) -> RescoredRow:
    kept = then.earned if reviewed is None else int(reviewed.review * 100)
    deducted = stated.deduct if stated else 0
    earned = max(kept - deducted, min(kept, 0))
    names = stated.grounds if isinstance(stated, RowStatement) else []
    grounds = tuple(ground for name in names if scale and (ground := scale.of(name)))
    return RescoredRow(own, then, stated, grounds, kept, deducted, earned, reviewed.counted_as if reviewed else "")


def _beyond(rows: Sequence[RescoredRow]) -> Iterator[Problem]:
    """Deductions larger than the points of their rows under the policy in force."""
    for row in rows:
        if row.stated and row.deducted > row.own.points:
            says = f"“{row.own.indicator.name}”只有 {points(row.own.points)} 分，不能另扣 {points(row.deducted)} 分"
            yield Problem("V205", says, row.stated.where, f"至多 {points(row.own.points)}")


def _counted(
    own: TableScore, score: int, statement: TableStatements, scale: ReviewScale | None, step: int
) -> CountedScore | None:
    """What the score counts for, where the grade of finance is stated and lower; raises ReviewProblems (V208, V209)."""
    stated = statement.graded
    if stated is None or scale is None:
        return None
    words, clause = own.policy.grades.words, scale.lower_grade
    if clause is None:
        says = f"复核扣分标准“{scale.id}”没有评定等级低于自评时的条款，用不到财政评定的等级"
        raise ReviewProblems([Problem("V208", says, stated.where, remedy="去掉 graded，或换一个有这一条的标准")])
    if stated.grade not in words or own.grade not in words:
        says = f"评分办法“{own.policy.id}”没有等级“{stated.grade}”"
        raise ReviewProblems([Problem("V208", says, stated.where, "、".join(words), nearest(stated.grade, words))])
    steps = words.index(stated.grade) - words.index(own.grade)
    if steps <= 0:
        return None
    if steps > len(clause.keeps):
        says = f"评定的等级比自评低 {steps} 级，条款只写到低 {len(clause.keeps)} 级"
        raise ReviewProblems([Problem("V209", says, stated.where, remedy="核对评定的等级；条款没有写的不能代定")])
    share = clause.keeps[steps - 1]
    whole = own.score if clause.of == "自评得分" else score
    counts = min(int(half_up(whole * share / step, 0)) * step, whole)
    return CountedScore(clause, stated.grade, steps, share, counts)
