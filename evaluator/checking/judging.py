"""The findings of a unit's year as a check tells them: those of `ziping score`, each at its place, without what was not read.

Where a part of the results cannot be read, the findings that rest on it are not drawn: those of its row, and those of the
table's total and grade. All others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from evaluator.actuals.resultfiles import Results
from evaluator.errors import ActualsProblems, EvaluatorError, Problem, Where
from evaluator.evaluation import evaluate
from evaluator.findings.facts import PLACEHOLDER
from evaluator.findings.inference import Finding
from evaluator.intake.partly import ACHIEVED, ANYWHERE, Row
from evaluator.model import EXECUTION, Actuals, Department, FindingRule, Spending, Table, code_of
from evaluator.results import Attached, Duty, Evaluation, TableScore
from evaluator.rulebook.book import Rulebook, indicators_of

Key = tuple[int, str]
TOTALS = {
    "score",
    "capped",
    "rows_all_full",
    "rows_missing",
    "unread",
    "unread_told",
}  # what rests on all rows of a project
NAMES = {"code", "name", "year", "filled"}  # fields of a project that rest on no one result


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding as a problem at its place, with the table (year, code) and the row it is about ('' for the table).

    One about several rows is told once a row, as each may be waived or unread; `joined` makes it one again.
    """

    problem: Problem
    table: Key
    row: str
    finding: Finding


def judge(
    rulebook: Rulebook,
    results: Results,
    attached: Mapping[Key, tuple[Attached, ...]],
    duties: Mapping[Key, tuple[Duty, ...]],
    year: int,
    unit: str,
    whole: bool = True,
) -> tuple[list[PlacedFinding], list[Problem]]:
    """Every finding that stands, and the problems met in reading results under their targets.

    Not `whole` are rules of which some goal tables cannot be used: what rests on all of a unit's projects is not told then.
    """
    tables = [table for table in rulebook.tables if (table.year, table.unit.code) == (year, unit)]
    begun = any((year, code_of(table)) in results or _touched(table, results) for table in tables)
    evaluation, unread, problems = _evaluated(rulebook, results, attached, duties, year, unit)
    if evaluation is None:
        return [], problems
    if not begun and ANYWHERE not in unread:
        problems.append(_nothing(evaluation))
    left = {table.code: _left(table, unread) for table in evaluation.tables}
    if evaluation.department and (not whole or any(EXECUTION in rows for rows in left.values())):
        left[evaluation.department.own.code].add(EXECUTION)  # its money is the projects' together
    told = []
    for table in evaluation.tables:
        for finding in (one for whole in table.findings for one in _each(whole)):
            row = _row(finding, table)
            if (begun or finding.rule.about == "target" or "duty" in finding.rule.when) and _stands(
                finding.rule, row, left[table.code], not whole or any(left.values())
            ):
                where = _where(finding.rule, row, table, results.places)
                one = Problem(finding.rule.id, finding.says, where, "", "", finding.severity, finding.remedy)
                told.append(PlacedFinding(one, (year, table.code), row, finding))
    return told, problems


def _each(finding: Finding) -> list[Finding]:
    return [finding.of([row]) for row in finding.rows] or [finding]


def joined(told: Iterable[PlacedFinding]) -> list[tuple[PlacedFinding, tuple[Where, ...]]]:
    """Findings about several rows of a table as one again, at the first row's place; and the places of the other rows."""
    alike: dict[tuple[object, ...], list[PlacedFinding]] = {}
    for one in told:
        key = (one.table, one.problem.code) if one.finding.rule.together else (one.table, one.problem)
        alike.setdefault(key, []).append(one)
    return [_joined(list(one)) for one in alike.values()]


def _joined(group: list[PlacedFinding]) -> tuple[PlacedFinding, tuple[Where, ...]]:
    first = group[0]
    if len(group) == 1:
        return first, ()
    matched = tuple(dict.fromkeys(fact for one in group for fact in one.finding.matched))
    whole = first.finding.with_facts(matched)
    problem = replace(first.problem, says=whole.says, remedy=whole.remedy)
    others = dict.fromkeys(one.problem.where for one in group[1:] if one.problem.where)
    return PlacedFinding(problem, first.table, "", whole), tuple(others)


def _touched(table: Table, results: Results) -> bool:
    key = table.year, code_of(table)
    return any(row[:2] == key for row in (*results.unread, *results.places))


def _nothing(evaluation: Evaluation) -> Problem:
    """A unit's year whose results nobody has begun to fill in: told once, not row by row."""
    projects = evaluation.projects
    names = "、".join(table.name for table in projects[:5]) + (" 等" if len(projects) > 5 else "")
    says = f"{evaluation.unit} {evaluation.year} 年度的 {len(projects)} 个项目都没有完成情况（{names}），只核对了目标"
    where = evaluation.tables[0].table.where
    return Problem("A123", says, where, severity="警告", remedy="用 ziping template 写出填报表，填好后放进 actuals/")


# ---- results without what cannot be read -------------------------------------------------------------------------


def _evaluated(
    rulebook: Rulebook,
    results: Results,
    attached: Mapping[Key, tuple[Attached, ...]],
    duties: Mapping[Key, tuple[Duty, ...]],
    year: int,
    unit: str,
) -> tuple[Evaluation | None, set[Row], list[Problem]]:
    """The year scored without the results that cannot be read under their targets, and which those are."""
    unread = set(results.unread)
    given: Mapping[Key, Actuals] = results
    problems: list[Problem] = []
    while True:
        try:
            made = evaluate(rulebook, given, year=year, unit=unit, attached=attached, duties=duties)
            return made, unread, problems
        except ActualsProblems as error:
            problems += error.problems
            given, more = _without(given, error.problems, rulebook)
            if not more:
                return None, unread, problems
            unread |= more
        except EvaluatorError as error:
            return None, unread, [*problems, *error.problems]


def _without(
    given: Mapping[Key, Actuals], problems: tuple[Problem, ...], rulebook: Rulebook
) -> tuple[dict[Key, Actuals], set[Row]]:
    """Results without those at the places of these problems, which are returned."""
    wrong = {problem.where for problem in problems if problem.where}
    made, unread = dict(given), set[Row]()
    tables = {(table.year, code_of(table)): table for table in rulebook.tables}
    for key, one in given.items():
        rows = {name for name, result in one.results.items() if result.where in wrong}
        money = one.spending.where in wrong
        if rows or money:
            known = {row.id for row in indicators_of(tables[key])} if key in tables else set()
            spending = Spending(cause=one.spending.cause, remedy=one.spending.remedy) if money else one.spending
            kept = {name: result for name, result in one.results.items() if name not in rows}
            made[key] = one.model_copy(update={"results": kept, "spending": spending})
            # a row under a name that is not known may be any of those that are missing
            unread |= {(*key, name if name in known else "") for name in rows} | (
                {(*key, EXECUTION)} if money else set()
            )
    return made, unread


def _left(table: TableScore, unread: Set[Row]) -> set[str]:
    """The rows of a table that were not read."""
    key, given = (table.table.year, table.code), table.actuals
    left = {row for *whose, row in unread if tuple(whose) == key and row}
    if unread & {(*key, ""), ANYWHERE}:
        done = {*given.results, *given.measures} if given else set()
        rows = {row.indicator.id for row in table.rows if row.missing}
        rows |= {one.id for one in table.table.measures} if isinstance(table.table, Department) else set()
        left |= rows - done
        left |= {EXECUTION} if table.money.rate is None else set()
        left |= {ACHIEVED} if not (given and given.achieved) else set()
    if EXECUTION in left:
        left |= {row.indicator.id for row in table.rows if row.indicator.formula}
    return left


def _stands(rule: FindingRule, row: str, left: Set[str], any_left: bool) -> bool:
    """Whether a finding does not rest on a row that was not read."""
    kinds, used = rule.when.keys(), _used(rule)
    if rule.about == "target":
        return True
    if row in left or ("unit" in kinds and any_left):
        return False
    if not left:
        return True
    if kinds & {"grade", "finding", "clause"} or used & TOTALS:
        return False
    if rule.when.get("project", {}).get("filled") in (False, "false"):
        return False  # what was not read was filled in
    goals = {name for name in used if name.startswith("achieved")}
    return not ((goals and ACHIEVED in left) or (used - goals - NAMES and EXECUTION in left))


def _used(rule: FindingRule) -> set[str]:
    """The fields of the project that a rule tests or tells."""
    told = PLACEHOLDER.findall(rule.say + rule.remedy)
    return {*rule.when.get("project", {}), *(name for kind, name in told if kind == "project")}


# ---- where a finding stands --------------------------------------------------------------------------------------


def _row(finding: Finding, table: TableScore) -> str:
    """The row a finding is about: an indicator, a measure, 预算执行率 or the goals; '' for the table."""
    if row := table.row_of(finding):
        return row
    kinds, used = finding.rule.when.keys(), _used(finding.rule) - NAMES
    if "measure" in kinds:
        return finding.subject
    if kinds != {"project"}:
        return ""
    if any(name.startswith("achieved") for name in used):
        return ACHIEVED
    return EXECUTION if used and not used & TOTALS else ""


def _where(rule: FindingRule, row: str, table: TableScore, places: Mapping[Row, Where]) -> Where | None:
    """The place of the row a finding is about: in the rules for one about targets, else where its result is filled in."""
    written = next((one.indicator.where for one in table.rows if one.indicator.id == row), None) or table.table.where
    if rule.about == "target":
        return written
    key = table.table.year, table.code
    filled = places.get((*key, row)) or places.get((*key, "")) or (table.actuals.where if table.actuals else None)
    return filled or written
