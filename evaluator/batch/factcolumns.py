"""What is known of a scored part, as facts in columns: the same facts as `factsheet` makes of one table.

What a text means is asked of `factsheet` and `targetfacts` themselves, once per distinct combination of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from evaluator.batch.columnar import Kind, Ratio, Shown, asked, words
from evaluator.batch.columnar import money as money_shown
from evaluator.batch.columns import FIELDS_FROM
from evaluator.batch.kernel import DEDUCTED, MET, OVER, ROUNDED
from evaluator.batch.leftrows import inapplicable_fields
from evaluator.batch.namedcells import names_in
from evaluator.batch.pairs import OPS, SCALES, ops
from evaluator.batch.relationcolumns import copies, filled, relation_kind, row_fields
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.scored import Rows, ScoredPart, below
from evaluator.batch.targets import indicator_kind, plan_of, table_kind
from evaluator.batch.texts import TextColumn, where_asked
from evaluator.batch.together import free_and_equal, unit_kinds
from evaluator.comparators import DOWNWARD, STRICT, directed
from evaluator.factsheets.factsheet import PART, SEVERAL
from evaluator.factsheets.magnitudes import FAR, NUMBERS, Size, adjusted_told, money_sizes, money_told, size_of
from evaluator.factsheets.moneygoals import conflicts_of
from evaluator.factsheets.resultwords import evidence_fields, execution_fields, goal_fields, reason_fields
from evaluator.factsheets.targetfacts import small_base
from evaluator.findings.facts import FACTS
from evaluator.findings.fields import Value
from evaluator.model import Known, Project
from evaluator.policies.bases import tally
from evaluator.policy import CLAUSES, OWN_SCALES, Clause
from evaluator.preparation import SPENDING
from evaluator.quantities.quantity import read_target
from evaluator.quantities.surveyed import of_survey
from evaluator.results import Money

COMPARED = list(dict.fromkeys(word for _, word in OPS))
WORD_OF = np.array([COMPARED.index(word) for _, word in OPS], dtype=np.int32)
NOT_MADE = {  # the kinds and fields that no batch has, and why: rules that ask for them are told as not judged
    "attachment": "成批的表里没有佐证材料的文件",
    "measure": "成批的表只有项目，没有部门的工作保障措施",
    "duty": "成批的表里没有整改的登记",
    "link": "成批的表只有项目，没有部门的分项绩效目标",
    "twin": "成批的表只有项目，没有部门的分项绩效目标",
    "earlier": "成批的表是一年的，上年的目标和完成值不在里面",
    "review": "成批的表里没有复核人写明的完成值和扣分",
    "reviewed": "成批的表里没有复核人写明的完成值和扣分",
    "table.heads_differ": "用途、绩效目标两段文字不在成批的表里",
    "table.heads_shown": "用途、绩效目标两段文字不在成批的表里",
    "relation.off_purpose": "项目用途不在成批的表里",
    "relation.off_field": "项目用途不在成批的表里",
    "relation.own_field": "项目用途不在成批的表里",
}


def kinds_of(scored: ScoredPart, present: Collection[str]) -> dict[str, Kind]:
    """The facts of a part by kind; what needs an input column the file does not have is unknown."""
    copied, whose = copies(scored)
    used, indicator = _used(scored), indicator_kind(scored, copied)
    kinds = [
        _project(scored, used),
        table_kind(scored, indicator, whose),
        _outcome(scored, indicator),
        indicator,
        relation_kind(scored),
        _clause(scored, used),
        _conflict(scored),
        *unit_kinds(scored),
    ]
    known = {kind.name: kind for kind in kinds}
    for column, needing in FIELDS_FROM.items():
        for name, fields in needing if column not in present else ():
            known[name].unknown.update(fields)
    return known


def _flag(which: Rows, bit: int) -> Any:
    return (which.flags & bit) > 0


def _compared(column: Any, other: Any, known: Any, name: str) -> TextColumn:
    """A label of projects that says whether one amount is less than another, the same or more."""
    sign = np.sign(column - other).astype(np.int32) + 1
    return TextColumn(np.where(known, sign, 3).astype(np.int32), [*FACTS["project"][name].labels, ""])


def _project(scored: ScoredPart, used: Any) -> Kind:
    starts, columns, missing = scored.starts, scored.columns, scored.rows.missing & ~scored.rows.left
    initial, adjusted, executed = money = [scored.money[name] for name in ("initial", "adjusted", "executed")]
    known, rate = (adjusted != UNKNOWN) & (executed != UNKNOWN), ~scored.execution.missing
    free, equal = (np.add.reduceat(rows.astype(np.int64), starts) for rows in free_and_equal(scored))
    has_initial = (initial > 0) & (adjusted != UNKNOWN)
    low = np.zeros(scored.size, dtype=bool)
    for number, policy in enumerate(scored.policies):
        low |= (scored.policy == number) & rate & below(executed, adjusted, policy.execution.reason_below)
    large, small, far = money_sizes(*money)
    size = np.where(large, 1, np.where(small, 2, 0)).astype(np.int32)
    everything = np.ones(scored.size, dtype=bool)
    code, name, cause, remedy, achieved = (
        columns[each].take(starts)
        for each in ("project_code", "project", "execution_cause", "execution_remedy", "achieved")
    )

    def amounts(tell: Any, *given: Any) -> Shown:
        """What is told of the amounts of some projects."""
        return lambda at: pa.array(
            [tell(*map(int, each)) for each in zip(*(amount[at] for amount in given), strict=True)], pa.string()
        )

    return Kind(
        "project",
        np.arange(scored.size),
        words(code),
        {
            **asked("project", execution_fields, [cause, remedy]),
            **asked("project", goal_fields, [achieved]),
            **_unread(scored, used),
            "code": code,
            "name": name,
            "year": columns["year"].take(starts),
            "score": Ratio(scored.score, 100),
            "execution_rate": Ratio(scored.execution.num, scored.execution.den, rate),
            "budget_given": known,
            "budget_zero": adjusted == 0,
            "execution_low": low,
            "adjusted": _compared(adjusted, initial, adjusted != UNKNOWN, "adjusted"),
            "cut": Ratio(np.where(has_initial, np.maximum(initial - adjusted, 0), 0), np.where(has_initial, initial, 1), has_initial),
            "adjusted_far": far,
            "adjusted_told": amounts(adjusted_told, initial, adjusted),
            "magnitude": TextColumn(size, [*FACTS["project"]["magnitude"].labels]),
            "magnitude_told": amounts(money_told, *money),
            "spent": _compared(executed, adjusted, rate, "spent"),
            "rows_all_full": np.logical_and.reduceat((scored.rows.earned == scored.rows.points) | scored.rows.left, starts),
            "capped": scored.cap < scored.total,
            "rows_missing": Ratio(np.add.reduceat(missing.astype(np.int64), starts)),
            **inapplicable_fields(scored),
            "filled": filled(scored),
            "begun": everything,  # a batch is of results, and of goals where their outcome has a column
            "complete": known & ~np.logical_or.reduceat(missing & ~columns["formula"].given(), starts),
            "goals": everything,
            "free_rows": Ratio(free),
            "equal_share": Ratio(equal, np.maximum(free, 1), free > 0),
            "initial_shown": money_shown(initial, UNKNOWN),
            "adjusted_shown": money_shown(adjusted, UNKNOWN, "未填"),
            "executed_shown": money_shown(executed, UNKNOWN, "未填"),
        },
    )  # fmt: skip


def _outcome(scored: ScoredPart, indicator: Kind) -> Kind:
    columns, rows, read = scored.columns, scored.rows, scored.read
    given, full, just = ~rows.missing, rows.earned == rows.points, np.asarray(rows.num == rows.den, bool)
    name, category = columns["name"], columns["category"]
    flagged = np.array([policy.equality.above == "flagged" for policy in scored.policies])[scored.policy]
    above = given & np.isin(rows.op, ops(directed("exact"))) & np.asarray(rows.num > rows.den, bool)
    strict = np.isin(rows.op, ops(STRICT))
    satisfied = category.each(lambda word: "满意" in word) | name.each(lambda word: "满意" in word)
    beyond = (read.perfect == 2) & given & (satisfied | name.each(lambda word: bool(PART.search(word))))
    reasons = asked("outcome", reason_fields, scored.texts("cause", "remedy"))
    wanting = np.add.reduceat((given & ~full).astype(np.int64), scored.starts)
    written = np.logical_or.reduceat(reasons["cause"] | reasons["remedy"], scored.starts) > 0
    sizes = _sizes(scored, given & ~beyond & ~read.computed)
    size = np.zeros(len(given), dtype=np.int32)
    size[list(sizes)] = [1 if apart.unit else 2 for apart in sizes.values()]
    return Kind(
        "outcome",
        scored.project,
        words(columns["indicator"]),
        {
            **row_fields("outcome", scored),
            **reasons,
            **asked("outcome", _evidence, scored.texts("evidence")),
            "actual": read.shown_at,
            "category": category,
            "comparator": TextColumn(WORD_OF[rows.op], COMPARED),
            "attainment": Ratio(rows.num, rows.den, given),
            "points": Ratio(rows.points, 100),
            "earned": Ratio(rows.earned, 100),
            "lost": Ratio(rows.points - rows.earned, 100),
            "met": _flag(rows, MET),
            "missing": rows.missing,
            "full": full,
            "reasons_column": (written | (wanting < SEVERAL))[scored.project],
            "satisfaction": satisfied,
            "surveyed": satisfied & columns["data"].each(_surveyed),
            "perfect": (read.perfect == 1) & given,
            "misprint": indicator.fields["rate_above_100"],
            "small_base": lambda: where_asked(_flag(rows, OVER), scored.texts("target", "sign"), _small),
            "beyond": beyond,
            "magnitude": TextColumn(size, [*FACTS["outcome"]["magnitude"].labels]),
            "magnitude_told": lambda at: pa.array([sizes[row].says if row in sizes else "" for row in at.tolist()], pa.string()),
            "over": _flag(rows, OVER),
            "above_equal": above & flagged[scored.project],
            "computed": read.computed,
            "deducted": _flag(rows, DEDUCTED),
            "edge": strict & given & ~_flag(rows, MET) & full & (rows.points > 0) & just,
            "rounded_up": full & _flag(rows, ROUNDED) & given,
        },
        there=~rows.left,
    )  # fmt: skip


def _small(target: str, sign: str) -> bool:
    return small_base(read_target(target, sign or None))


def _sizes(scored: ScoredPart, asked: Any) -> dict[int, Size]:
    """The rows whose value is a thousandfold apart from its target, by number; the few that may be are looked at one by one."""
    columns, read, rows = scored.columns, scored.read, scored.rows
    actual, aim = read.actual, read.target
    may = asked & np.isin(rows.op, ops(NUMBERS)) & (aim > 0) & (actual > 0)
    may &= (actual // FAR >= aim) | (actual <= aim // FAR)
    may[[row for row in read.big if asked[row]]] = True
    sizes = {}
    for row in np.flatnonzero(may).tolist():
        target = read_target(columns["target"].at(row), columns["sign"].at(row) or None)
        if size := size_of(target, columns["actual"].at(row), int(scored.year[row])):
            sizes[row] = size
    return sizes


def lines_of(text: str) -> list[str]:
    """A cell of evidence as its parts."""
    return [part.strip() for part in text.replace("；", ";").replace("\n", ";").split(";") if part.strip()]


def _surveyed(cell: str) -> bool:
    return of_survey(names_in(cell))


def _evidence(cell: str) -> dict[str, Value]:
    return evidence_fields(lines_of(cell))


def _used(scored: ScoredPart) -> Any:
    """Which clauses (in the order of CLAUSES) each project's score relied on: `factsheet.clauses_of`, on arrays."""
    rows, execution = scored.rows, scored.execution
    given = ~rows.missing & ~np.asarray(rows.own)  # a criterion of its own takes the place of the clauses
    missed = given & ~_flag(rows, MET)

    def some(mask: Any) -> Any:
        return np.logical_or.reduceat(np.asarray(mask, bool), scored.starts)

    everything = np.ones(scored.size, dtype=bool)
    ends = np.zeros(scored.size, dtype=bool)
    for number, policy in enumerate(scored.policies):
        starting = [band.start for band in policy.grades.bands if band.start]
        ends |= (scored.policy == number) & np.isin(scored.score, starting)
    used = {
        "allocation": everything,
        "quantitative": some((rows.scale == SCALES.index("quantitative")) & given),
        "at_most": some(missed & np.isin(rows.op, ops(DOWNWARD))),
        "equality": some(missed & np.isin(rows.op, ops(directed("exact")))),
        "over_fulfilment": some(_flag(rows, OVER) | _flag(rows, DEDUCTED)),
        "qualitative": some(np.isin(rows.op, ops(directed("stated"))) & given),
        "binary": some(np.isin(rows.op, ops(directed("done"))) & given),
        "execution": everything,
        "caps": scored.cap < scored.total,
        "grades": everything,
        "grade_ends": ends,
        "rounding": some(_flag(rows, ROUNDED)) | _flag(execution, ROUNDED),
        "reasons": some((rows.earned != rows.points) & ~rows.left) | (execution.earned != execution.points),
        "use_of_results": scored.standings.rectified[scored.grade],
        "not_applicable": some(rows.left),
        "own_criteria": some(rows.own) & np.array([bool(p.own_criteria) for p in scored.policies])[scored.policy],
        "category_scales": some((rows.scale >= SCALES.index(OWN_SCALES[0])) & given),
    }
    return np.stack([used[name] for name in CLAUSES], axis=1)


def _unread(scored: ScoredPart, used: Any) -> dict[str, Any]:
    """How many clauses that a project's score relied on nobody has read, and how these are known."""
    ways = [way for way in get_args(Known) if way != "原文"]
    clauses_known = _flat(scored, lambda clause: clause.known)
    known = np.array(clauses_known).reshape(len(scored.policies), len(CLAUSES))[scored.policy]
    counts = np.stack([(used & (known == way)).sum(axis=1) for way in ways], axis=1)

    def tell(at: Any) -> pa.Array:
        return pa.array([tally(dict(zip(ways, row, strict=True))) for row in counts[at].tolist()], pa.string())

    return {"unread": Ratio(counts.sum(axis=1)), "unread_told": tell}


def _flat(scored: ScoredPart, tell: Callable[[Clause], Any]) -> list[Any]:
    """What is told of every clause of every policy, policy by policy; "" where a policy has no such clause."""
    having = [policy.clauses for policy in scored.policies]
    return [tell(clauses[name]) if name in clauses else "" for clauses in having for name in CLAUSES]


def _clause(scored: ScoredPart, used: Any) -> Kind:
    """One fact for each clause that a project's score relied on."""
    names = list(CLAUSES)
    project, number = np.nonzero(used)
    both = scored.policy[project] * len(names) + number
    name = TextColumn(number, names)
    return Kind(
        "clause",
        project,
        words(name),
        {
            "clause": name,
            "title": TextColumn(number, [CLAUSES[id] for id in names]),
            "document": TextColumn(both, _flat(scored, lambda clause: clause.document + (clause.article or ""))),
            "known": TextColumn(both, _flat(scored, lambda clause: clause.known)),
            "checked": np.array(_flat(scored, lambda clause: clause.checked or ""), dtype=bool)[both],
        },
    )


def _conflict(scored: ScoredPart) -> Kind:
    """Money targets that exclude each other; only projects with formulas are looked at, one by one."""
    columns = scored.columns
    formula = np.flatnonzero(columns["formula"].given())
    project: list[int] = []
    number: list[str] = []
    conflicts: list[dict[str, Any]] = []
    for place in np.unique(scored.project[formula]).tolist():
        rows = [
            SPENDING.model_copy(
                update={name: columns[name].at(row) or None for name in ("name", "target", "sign", "formula")}
            )
            for row in formula[scored.project[formula] == place].tolist()
        ]
        known: dict[str, Any] = {
            "indicators": rows,
            "plan": dict(enumerate(plan_of(columns["plan"].at(scored.starts[place])))),
        }
        initial, adjusted = int(scored.money["initial"][place]), int(scored.money["adjusted"][place])
        money = Money(initial, None if adjusted == UNKNOWN else adjusted, None)
        for count, conflict in enumerate(conflicts_of(Project.model_construct(**known), money), 1):
            project.append(place)
            number.append(str(count))
            conflicts.append(asdict(conflict))
    at = np.arange(len(project), dtype=np.int32)
    fields = {
        name: TextColumn(at, [conflict[name] for conflict in conflicts]) for name in ("first", "second", "says", "kind")
    }
    return Kind("conflict", np.array(project, dtype=np.int64), words(TextColumn(at, number)), fields)
