"""Impact: what moves between two evaluations of one unit's year, largest first, each movement with both traces.

The two may differ in their policy, their rules or their results: each is evaluated on the main path, and here only set
beside the other. A movement is explained by the two formulas and the clauses of each, as explain.py tells them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from evaluator.comparing.versions import Side
from evaluator.errors import Problem
from evaluator.explain import clause_title, clauses_for, formula
from evaluator.figures import decimal, percent, points, wan
from evaluator.model import EXECUTION
from evaluator.policy import CLAUSES, OWN_SCALES, Clause, clause_of
from evaluator.results import DepartmentScore, Evaluation, Row, TableScore

NONE = "—"
LEFT = "这一方算不出这一行，也就算不出总分和等级；其余各行照常比较"
BLIND = "项目加权平均没有比较：有的表在一方算不出总分"
Unfit = Mapping[tuple[str, str], Problem]  # as versions.Side has them


@dataclass(frozen=True, slots=True)
class Trace:
    """One row on one side: target, actual, points, what was earned and how, under which clauses."""

    target: str
    actual: str
    points: str
    earned: str
    formula: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowMove:
    """A row whose earned points moved; `why` names what differs between its sides."""

    id: str
    name: str
    change: str
    why: tuple[str, ...]
    before: Trace | None
    after: Trace | None

    @property
    def called(self) -> str:
        """Its id, with its name where that says more."""
        return self.id if self.id == self.name else f"{self.id} {self.name}"


@dataclass(frozen=True, slots=True)
class TableStanding:
    """A table on one side."""

    policy: str
    score: str
    grade: str
    rate: str
    cap: str


@dataclass(frozen=True, slots=True)
class TableMove:
    """One table on both sides, with the rows that moved, largest first, and what else changed."""

    code: str
    name: str
    change: str
    before: TableStanding | None
    after: TableStanding | None
    rows: tuple[RowMove, ...]
    notes: tuple[str, ...]
    unfit: tuple[str, ...] = ()  # the rows one side could not score; that side then has no score and no grade

    @property
    def moved(self) -> bool:
        """Whether anything about the table differs."""
        return bool(self.rows or self.notes or self.before is None or self.after is None or self.change != "0.00")

    @property
    def grades(self) -> str:
        """The grade, or the two it moved between: 良 → 优."""
        return " → ".join(dict.fromkeys(side.grade for side in (self.before, self.after) if side))


@dataclass(frozen=True, slots=True)
class Impact:
    """Two evaluations side by side; the tables in order of how far they moved."""

    unit: str
    year: int
    before: str
    after: str
    tables: tuple[TableMove, ...]
    notes: tuple[str, ...]
    rules: str  # the digests, both where they differ
    actuals: str
    illustrative: bool

    @property
    def moved(self) -> tuple[TableMove, ...]:
        """The tables that differ."""
        return tuple(table for table in self.tables if table.moved)

    @property
    def summary(self) -> str:
        """How many tables and rows moved, and how many grades."""
        if not self.moved:
            return f"{len(self.tables)} 张表都没有变动"
        rows = sum(len(table.rows) for table in self.moved)
        known = [table for table in self.moved if not table.unfit]
        up, down = (sum(table.change.startswith(sign) for table in known) for sign in "+-")
        regraded = sum(bool(t.before and t.after and t.before.grade != t.after.grade) for t in known)
        open_ = sum(len(table.unfit) for table in self.tables)
        more = f"；不能比较的行 {open_} 行" if open_ else ""
        moved = f"{up} 张得分升高、{down} 张降低，{regraded} 张等级变动"
        return f"{len(self.tables)} 张表中 {moved}；变动的行 {rows} 行{more}"


def impact(first: Side, second: Side) -> Impact:
    """Set two evaluated sides of the same unit and year beside each other."""
    a, b = first.evaluation, second.evaluation
    before, after = ({table.code: table for table in each.tables} for each in (a, b))
    unfit = {**first.unfit, **second.unfit}
    blind = {code for code, _ in unfit}
    codes = list(dict.fromkeys([*before, *after]))
    pairs = [(before.get(code), after.get(code)) for code in codes]
    pairs.sort(key=lambda pair: -abs(_score(pair[1]) - _score(pair[0])))  # stable: otherwise the order of the source
    pairs.sort(key=lambda pair: not blind.isdisjoint(table.code for table in pair if table))
    return Impact(
        unit=a.unit,
        year=a.year,
        before=first.says,
        after=second.says,
        tables=tuple(_table(*pair, first.unfit, second.unfit) for pair in pairs),
        notes=(BLIND,) if a.department and b.department and unfit else tuple(_department(a.department, b.department)),
        rules=_digests(a, b, "rules"),
        actuals=_digests(a, b, "actuals"),
        illustrative=a.illustrative or b.illustrative,
    )


def as_json(impact: Impact) -> dict[str, Any]:
    """The impact as plain data: points as decimal strings, keys stable."""
    return asdict(impact) | {"summary": impact.summary, "moved": len(impact.moved)}


def _digests(a: Evaluation, b: Evaluation, name: str) -> str:
    return " → ".join(dict.fromkeys(each.digests[name][:12] for each in (a, b)))


def _score(table: TableScore | None) -> int:
    return table.score if table else 0


def _signed(hundredths: int) -> str:
    return f"+{points(hundredths)}" if hundredths > 0 else points(hundredths)


def _department(before: DepartmentScore | None, after: DepartmentScore | None) -> Iterator[str]:
    if before and after and (before.mean, before.mean_grade) != (after.mean, after.mean_grade):
        was, now = (f"{points(side.mean)}（{side.mean_grade}）" for side in (before, after))
        yield f"项目加权平均 {was}→ {now}，{_signed(after.mean - before.mean)}"


def _table(before: TableScore | None, after: TableScore | None, *unfit: Unfit) -> TableMove:
    known = after or before
    assert known is not None
    blind = [[row for code, row in each if code == known.code] for each in unfit]
    rows = tuple(row for each in blind for row in each)
    move = TableMove(
        code=known.code,
        name=known.name,
        change=NONE if rows else _signed(_score(after) - _score(before)),
        before=_standing(before, blind[0]) if before else None,
        after=_standing(after, blind[1]) if after else None,
        rows=tuple(row for row in _rows(before, after) if row.id not in rows) if before and after else (),
        notes=tuple(_notes(before, after)) if before and after else (f"只在{'后' if after else '前'}一方中有",),
    )
    if not rows:
        return move
    reasons = (
        f"{side}一方：{each[known.code, row].message}"
        for side, each, own in zip("前后", unfit, blind, strict=True)
        for row in own
    )
    return replace(move, notes=(*reasons, LEFT), unfit=rows)


def _standing(table: TableScore, blind: Sequence[str] = ()) -> TableStanding:
    rate = NONE if table.money.rate is None else percent(table.money.rate)
    score, grade = (NONE, NONE) if blind else (points(table.score), table.grade)
    return TableStanding(table.policy.id, score, grade, rate, NONE if table.cap is None else points(table.cap))


def _notes(before: TableScore, after: TableScore) -> Iterator[str]:
    """What changed beside the rows: caps, the grade, findings that came or went."""
    a, b = _standing(before), _standing(after)
    if a.cap != b.cap:
        yield f"执行率封顶 {a.cap} → {b.cap}"
    if a.grade != b.grade:
        by = "、".join(sorted({f.rule.id for f in after.limiting}))
        limited = f"（因问题 {by}）" if by else ""
        yield f"等级 {a.grade} → {b.grade}{limited}"
    had, has = (Counter((f.rule.id, about) for f in table.findings for about in f.about) for table in (before, after))
    for label, gone in (("新增问题", has - had), ("消除问题", had - has)):
        if gone:
            yield f"{label} {'、'.join(f'{rule}（{CLAUSES.get(subject, subject)}）' for rule, subject in sorted(gone))}"


def _rows(before: TableScore, after: TableScore) -> Iterator[RowMove]:
    old, new = ({row.indicator.id: row for row in table.all_rows} for table in (before, after))
    pairs = [(old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])]
    moved = [(a, b) for a, b in pairs if a is None or b is None or a.earned != b.earned]
    for a, b in sorted(moved, key=lambda pair: -abs(_earned(pair[1]) - _earned(pair[0]))):
        row = b or a
        assert row is not None
        yield RowMove(
            id=row.indicator.id,
            name=row.indicator.name,
            change=_signed(_earned(b) - _earned(a)),
            why=tuple(_why(a, b, before, after)) if a and b else (f"只在{'后' if b else '前'}一方中有",),
            before=_trace(a, before) if a and before else None,
            after=_trace(b, after) if b and after else None,
        )


def _earned(row: Row | None) -> int:
    return row.earned if row else 0


def _trace(row: Row, table: TableScore) -> Trace:
    clauses = tuple(clause_title(name, clause) for name, clause in clauses_for(row, table))
    target, explained = row.indicator.target, formula(row, table.policy)
    return Trace(target, _actual(row, table), points(row.points), points(row.earned), explained, clauses)


def _actual(row: Row, table: TableScore) -> str:
    if row.missing:
        return "未填"
    if row.indicator.id == EXECUTION:
        return f"{wan(table.money.executed or 0)}÷{wan(table.money.adjusted or 0)} 万元"
    return row.actual_shown


def _why(a: Row, b: Row, before: TableScore, after: TableScore) -> Iterator[str]:
    """What the two sides of a row differ in, from which its points follow."""
    figures = (
        ("分值", points(a.points), points(b.points)),
        ("指标值", a.indicator.target, b.indicator.target),
        ("比较符", a.comparator, b.comparator),
        ("公式", _formula(a), _formula(b)),
        ("评分标准", _criterion(a), _criterion(b)),
        ("实际完成值", _actual(a, before), _actual(b, after)),
        ("完成率", _attainment(a.attainment), _attainment(b.attainment)),
    )
    for label, old, new in figures:
        if old != new:
            yield f"{label} {old} → {new}"
    had = before.policy.clauses
    changed = [name for name, clause in clauses_for(b, after) if name not in had or _rules(clause) != _rules(had[name])]
    if changed:
        yield f"条款不同：{'、'.join(clause_title(name, getattr(after.policy, name)) for name in changed)}"
    if a.scale in OWN_SCALES and b.scale not in OWN_SCALES:
        yield f"不再按{CLAUSES[clause_of(a.scale)]}计分"
    if a.deducted != b.deducted:
        yield f"超额扣分 {points(a.deducted)} → {points(b.deducted)}"


def _formula(row: Row) -> str:
    return row.indicator.formula or row.indicator.of_data or NONE


def _criterion(row: Row) -> str:
    """The row's own criterion as it is read."""
    indicator = row.indicator
    if indicator.criterion is None:
        return NONE
    from evaluator.criteria.standard import standard

    return standard(indicator.criterion, indicator.reads).reads


def _rules(clause: Clause) -> dict[str, Any]:
    """What a clause lays down, without how it is known."""
    return clause.model_dump(exclude={"known", "seen", "note"})


def _attainment(reached: Fraction | None) -> str:
    return NONE if reached is None else f"{decimal(reached * 100, 2)}%"
