"""Year over year (逐年对比): each indicator of a unit through its years, and what its targets did beside its results.

Rows of two years are the same indicator when project code and name agree, or project code and id with one name inside the
other. Targets are set beside each other only where sign and kind of unit agree; exact numbers throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from evaluator.comparators import DOWNWARD, UPWARD
from evaluator.documents.faults import NOTHING
from evaluator.errors import Problem, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.factsheets.lastyear import Moved, matched, moved, written
from evaluator.figures import percent, points
from evaluator.model import Actuals
from evaluator.results import Row, TableScore
from evaluator.rulebook.book import Rulebook

FAR = Fraction(1, 5)  # how far beyond the target is far beyond it
LONG = 3  # years without change that are many
Mark = Moved | Literal["连年超额", "超额未调", "指标消失", "指标新增", "项目消失", "项目新增"]


@dataclass(frozen=True, slots=True)
class YearStanding:
    """One indicator in one year, as printed; None or 未填 where there is no result."""

    year: int
    id: str
    target: str
    actual: str
    attainment: str | None
    points: str
    earned: str | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What stands out in an indicator's years (or a project's, when `indicator` is empty), with its figures."""

    mark: Mark
    code: str
    project: str
    indicator: str
    says: str


@dataclass(frozen=True, slots=True)
class Course:
    """One indicator of one table through the years."""

    code: str
    project: str
    name: str
    years: tuple[YearStanding, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A unit's years side by side."""

    unit: str
    years: tuple[int, ...]
    courses: tuple[Course, ...]
    noted: tuple[Noted, ...]
    illustrative: bool


def trend(rulebook: Rulebook, actuals: Mapping[tuple[int, str], Actuals], unit: str | None = None) -> Trend:
    """Every year of one unit; raises UsageProblem (U204, Z301) when there is none or the unit is not clear, and what evaluating a year raises."""
    units = sorted({table.unit.code for table in rulebook.tables})
    if not units:
        raise UsageProblem([NOTHING])
    chosen = units[0] if unit is None and len(units) == 1 else unit
    if chosen not in units:
        says = f"没有单位“{unit}”" if unit else f"有 {len(units)} 个单位，请用 --unit 指定"
        raise UsageProblem([Problem("Z301", says, None, "、".join(units))])
    years = sorted({table.year for table in rulebook.tables if table.unit.code == chosen})
    scored = [evaluate(rulebook, actuals, year=year, unit=chosen) for year in years]
    courses: list[Course] = []
    noted: list[Noted] = []
    for code in dict.fromkeys(table.code for evaluation in reversed(scored) for table in evaluation.tables):
        tables = [table for evaluation in scored for table in evaluation.tables if table.code == code]
        noted += _projects(tables, years)
        for chain in _chains(tables):
            courses.append(_course(chain))
            noted += _noted(chain, tables)
    illustrative = any(evaluation.illustrative for evaluation in scored)
    return Trend(scored[-1].unit, tuple(years), tuple(courses), tuple(noted), illustrative)


# ---- one indicator through the years -----------------------------------------------------------------------------


def _chains(tables: Sequence[TableScore]) -> list[list[tuple[TableScore, Row]]]:
    """The rows of a table's years, each indicator a chain; a chain that has ended is not taken up again."""
    chains: list[list[tuple[TableScore, Row]]] = []
    before: list[list[tuple[TableScore, Row]]] = []
    for table in tables:
        follows = matched([chain[-1][1].indicator for chain in before], [row.indicator for row in table.rows])
        now: list[list[tuple[TableScore, Row]]] = []
        for number, row in enumerate(table.rows):
            chain = before[follows[number]] if number in follows else []
            if not chain:
                chains.append(chain)
            chain.append((table, row))
            now.append(chain)
        before = now
    return chains


def _course(chain: Sequence[tuple[TableScore, Row]]) -> Course:
    table, last = chain[-1]
    return Course(table.code, table.name, last.indicator.name, tuple(_standing(*each) for each in chain))


def _standing(table: TableScore, row: Row) -> YearStanding:
    return YearStanding(
        year=table.table.year,
        id=row.indicator.id,
        target=written(row.indicator),
        actual="未填" if row.missing else row.actual_shown,
        attainment=None if row.attainment is None else percent(row.attainment),
        points=points(row.points),
        earned=points(row.earned) if table.actuals else None,
    )


# ---- what stands out ---------------------------------------------------------------------------------------------


def _projects(tables: Sequence[TableScore], years: Sequence[int]) -> Iterator[Noted]:
    has = [table.table.year for table in tables]
    code, name = tables[-1].code, tables[-1].name
    for before, after in pairwise(years):
        if before in has and after not in has:
            yield Noted("项目消失", code, name, "", f"{before} 年有，{after} 年没有")
        if before not in has and after in has:
            yield Noted("项目新增", code, name, "", f"{before} 年没有，{after} 年新增")


def _noted(chain: Sequence[tuple[TableScore, Row]], tables: Sequence[TableScore]) -> Iterator[Noted]:
    table, last = chain[-1]

    def noted(mark: Mark, says: str) -> Noted:
        return Noted(mark, table.code, table.name, last.indicator.name, says)

    years = [each.table.year for each in tables]
    first, final = chain[0][0].table.year, table.table.year
    if first > years[0]:
        without = years[years.index(first) - 1]
        yield noted("指标新增", f"{without} 年没有，{first} 年新增：{written(chain[0][1].indicator)}")
    by_year = [(each.table.year, row) for each, row in chain]
    for (year, before), (following, after) in pairwise(by_year):
        if mark := moved(before.indicator, after.indicator):
            said = f"{year} 年 {written(before.indicator)} → {following} 年 {written(after.indicator)}"
            yield noted(mark, said if before.missing else f"{said}（{year} 年完成 {before.actual_shown}）")
    known = [(year, row) for year, row in by_year if row.actual is not None]
    if len(known) > 1 and all(exceeds(row, FAR) for _, row in known):
        figures = "，".join(f"{year} 年 {written(row.indicator)} 完成 {row.actual_shown}" for year, row in known)
        yield noted("连年超额", f"{len(known)} 年都比指标值好 {percent(FAR)} 以上：{figures}")
    yield from (noted("超额未调", says) for says in _unmoved(chain))
    if final < years[-1]:
        after_it = years[years.index(final) + 1]
        yield noted("指标消失", f"{final} 年 {written(last.indicator)}，{after_it} 年的目标表中没有")


def exceeds(row: Row, by: Fraction) -> bool:
    """Whether a result is better than its target, by at least this part of it (0: better at all)."""
    if row.actual is None or row.target <= 0 or row.word not in UPWARD + DOWNWARD:
        return False
    beyond = row.actual - row.target if row.word in UPWARD else row.target - row.actual
    return beyond > 0 and beyond >= by * row.target


def _unmoved(chain: Sequence[tuple[TableScore, Row]]) -> Iterator[str]:
    """The last years through which a target stayed while every result (two at least) was better than it."""
    run = [chain[-1]]
    for link in reversed(chain[:-1]):
        if moved(link[1].indicator, run[0][1].indicator) is not None:
            break
        run.insert(0, link)
    known = [(table.table.year, row) for table, row in run if row.actual is not None]
    if len(run) >= LONG and len(known) > 1 and all(exceeds(row, Fraction(0)) for _, row in known):
        figures = "，".join(f"{year} 年完成 {row.actual_shown}" for year, row in known)
        span = f"{run[0][0].table.year}—{run[-1][0].table.year} 年"
        yield f"{span}都是 {written(run[0][1].indicator)}，每年都超过：{figures}"
