"""What is known of a scored part, as facts in columns: the same facts as `factsheet` makes of one table.

What a text means is asked of `factsheet` and `targetfacts` themselves, once per distinct combination of texts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from evaluator.batch.columnar import Kind, Shown, flags, hundredths, millionths, rates, told, words
from evaluator.batch.columnar import money as money_shown
from evaluator.batch.columns import FIELDS_FROM
from evaluator.batch.kernel import DEDUCTED, MET, OVER, ROUNDED
from evaluator.batch.pairs import OPS, SCALES, ops
from evaluator.batch.relationcolumns import filled, relation_kind
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.scored import WHOLE, Rows, ScoredPart, below
from evaluator.batch.targets import called_as, form_columns, indicator_kind, plan_of, table_kind
from evaluator.batch.texts import TextColumn, joint
from evaluator.batch.together import free_and_equal, unit_kinds
from evaluator.comparators import DOWNWARD, STRICT, directed
from evaluator.factsheets.factsheet import NO_SURVEY, PART, SEVERAL, SURVEY, lacking
from evaluator.factsheets.magnitudes import FAR, NUMBERS, Size, adjusted_told, money_sizes, money_told, size_of
from evaluator.factsheets.moneygoals import conflicts_of
from evaluator.factsheets.targetfacts import small_base
from evaluator.findings.emptywords import aside, says_nothing, unsaid
from evaluator.findings.emptywords import told as written
from evaluator.findings.remedywords import tells_measure
from evaluator.model import Known, Project
from evaluator.policies.bases import tally
from evaluator.policy import CLAUSES
from evaluator.preparation import SPENDING
from evaluator.quantities.quantity import read_target

COMPARED = TextColumn(np.zeros(0, np.int32), list(dict.fromkeys(word for _, word in OPS)))
SIZES = ["相当", "单位不同", "相差千倍"]
WORD_OF = np.array([COMPARED.words.index(word) for _, word in OPS], dtype=np.int32)
CENT = 10_000  # millionths in a hundredth
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
    """The facts of a part by kind; fields that need an input column the file does not have are absent."""
    used = _used(scored)
    kinds = {
        "project": _project(scored, used),
        "table": table_kind(scored),
        "outcome": _outcome(scored),
        "indicator": indicator_kind(scored),
        "relation": relation_kind(scored, called_as(scored.columns)),
        "clause": _clause(scored, used),
        "conflict": _conflict(scored),
        **unit_kinds(scored),
    }
    kinds["table"].makers |= form_columns(scored, kinds["indicator"])
    kinds["outcome"].makers["misprint"] = kinds["indicator"].makers["rate_above_100"]
    for column, needing in FIELDS_FROM.items():
        for kind, fields in needing if column not in present else ():
            for name in fields:
                kinds[kind].makers.pop(name, None)
    return kinds


def _coded(column: TextColumn) -> Any:
    return lambda: column


def says(column: TextColumn) -> Any:
    """Which rows of a column say something."""
    return column.each(lambda word: not says_nothing(word))


def measures(column: TextColumn) -> Any:
    """Which causes of a column hold a measure."""
    return column.each(tells_measure)


def hollow(columns: Mapping[str, TextColumn]) -> Shown:
    """What stands in cells and says nothing, by what it is called, as `aside` tells it."""

    def show(at: Any) -> pa.Array:
        told = [
            aside(*map(unsaid, columns, texts))
            for texts in zip(*(words(c)(at).to_pylist() for c in columns.values()), strict=True)
        ]
        return pa.array(told, pa.string())

    return show


def _project(scored: ScoredPart, used: Any) -> Kind:
    unread, unread_told = _unread(scored, used)
    money, at, starts = scored.money, np.arange(scored.size), scored.starts
    initial, adjusted, executed = (money[name] for name in ("initial", "adjusted", "executed"))
    known, rate = (adjusted != UNKNOWN) & (executed != UNKNOWN), scored.rate_known
    free, equal = (np.add.reduceat(one.astype(np.int64), starts) for one in free_and_equal(scored))
    cut, has_initial = np.maximum(initial - adjusted, 0), (initial > 0) & (adjusted != UNKNOWN)
    columns = scored.columns
    full = scored.rows.earned == scored.rows.points
    low = np.zeros(scored.size, dtype=bool)
    for number, policy in enumerate(scored.policies):
        low |= (scored.policy == number) & rate & below(executed, adjusted, policy.execution.reason_below)
    cause, remedy, achieved = (columns[one].take(starts) for one in ("execution_cause", "execution_remedy", "achieved"))
    large, small, far = money_sizes(initial, adjusted, executed)
    size = TextColumn(np.where(large, 1, np.where(small, 2, 0)).astype(np.int32), ["相当", "千倍以上", "千分之一以下"])
    unfilled = np.logical_or.reduceat(scored.rows.missing & ~scored.columns["formula"].given(), starts)
    everything = np.ones(
        scored.size, dtype=bool
    )  # a batch is of results, and of goals where their outcome has a column

    def amounts(tell: Any, *given: Any) -> Shown:
        """What is told of the amounts of some projects."""
        return lambda at: pa.array(
            [tell(*map(int, each)) for each in zip(*(one[at] for one in given), strict=True)], pa.string()
        )

    def against(one: Any, other: Any, has: Any, labels: tuple[str, str, str]) -> TextColumn:
        sign = np.sign(one - other).astype(np.int32) + 1
        return TextColumn(np.where(has, sign, 3).astype(np.int32), [*labels, ""])

    code, name = columns["project_code"].take(starts), columns["project"].take(starts)
    top, bottom = np.where(rate, executed, 0), np.where(rate, adjusted, 1)
    return Kind(
        at,
        words(code),
        True,
        makers={
            "score": lambda: scored.score * CENT,
            "execution_rate": lambda: millionths(top, bottom, rate),
            "magnitude": _coded(size),
            "adjusted": _coded(against(adjusted, initial, adjusted != UNKNOWN, ("调减", "未调", "调增"))),
            "spent": _coded(against(executed, adjusted, known & (adjusted > 0), ("不足", "恰好", "超出"))),
            "cut": lambda: millionths(np.where(has_initial, cut, 0), np.where(has_initial, initial, 1), has_initial),
            "free_rows": lambda: free * 10**6,
            "equal_share": lambda: millionths(equal, np.maximum(free, 1), free > 0),
            "rows_missing": lambda: np.add.reduceat(scored.rows.missing.astype(np.int64), starts) * 10**6,
            "unread": lambda: unread.astype(np.int64) * 10**6,
            **flags({
                "budget_given": known, "budget_zero": adjusted == 0, "execution_low": low,
                "begun": everything, "goals": everything,
                "complete": known & ~unfilled,
                "execution_explained": says(cause) & (says(remedy) | measures(cause)), "execution_cause": says(cause), "achieved": says(achieved),
                "adjusted_far": far, "filled": filled(scored), "capped": (scored.cap < WHOLE) & (scored.cap < scored.total),
                "rows_all_full": np.logical_and.reduceat(full, starts),
            }),
        },
        shown={
            "code": words(code), "name": words(name), "year": told(str, scored.year[starts]),
            "score": hundredths(scored.score), "execution_rate": rates(top, bottom, rate),
            "initial_shown": money_shown(initial, UNKNOWN), "adjusted_shown": money_shown(adjusted, UNKNOWN, "未填"),
            "executed_shown": money_shown(executed, UNKNOWN, "未填"),
            "magnitude_told": amounts(money_told, initial, adjusted, executed),
            "adjusted_told": amounts(adjusted_told, initial, adjusted), "achieved_unsaid": hollow({"完成情况": achieved}),
            "execution_unsaid": hollow({"原因": cause, "措施": remedy}), "cause_unsaid": hollow({"原因": cause}),
            "cut": rates(np.where(has_initial, cut, 0), np.where(has_initial, initial, 1), has_initial),
            "free_rows": told(str, free), "equal_share": rates(equal, np.maximum(free, 1), free > 0),
            "unread": told(str, unread), "unread_told": unread_told,
            "rows_missing": told(str, np.add.reduceat(scored.rows.missing.astype(np.int64), starts)),
        },
    )  # fmt: skip


def _outcome(scored: ScoredPart) -> Kind:
    columns, rows, read = scored.columns, scored.rows, scored.read
    given = ~rows.missing
    name, category = columns["name"], columns["category"]

    def is_flag(bit: int) -> Any:
        return (rows.flags & bit) > 0

    surveyed = columns["evidence"].each(lambda told: any(SURVEY.search(one) and not NO_SURVEY.search(one) for one in lines_of(told)))  # fmt: skip
    flagged = np.array([policy.equality.above == "flagged" for policy in scored.policies])[scored.policy][
        scored.project
    ]
    above = given & np.isin(rows.op, ops(directed("exact"))) & np.asarray(rows.num > rows.den, bool)
    full = rows.earned == rows.points
    strict = np.isin(rows.op, ops(STRICT))
    whole = full & (rows.points > 0) & np.asarray(rows.num == rows.den, bool)
    edge = strict & given & ~is_flag(MET) & whole
    satisfied = category.each(lambda w: "满意" in w) | name.each(lambda w: "满意" in w)
    beyond = (read.perfect == 2) & given & (satisfied | name.each(lambda word: bool(PART.search(word))))
    over = is_flag(OVER)
    cause, remedy = says(columns["cause"]), says(columns["remedy"]) | measures(columns["cause"])
    without = TextColumn(
        2 * cause.astype(np.int32) + remedy, [lacking(one, other) for one in (False, True) for other in (False, True)]
    )
    starts = scored.starts
    wanting = np.add.reduceat((given & ~full).astype(np.int64), starts)
    reasons = np.logical_or.reduceat(cause | remedy, starts) | (wanting < SEVERAL)
    sizes = _sizes(scored, given & ~beyond & ~read.computed)
    size = np.zeros(len(given), dtype=np.int32)
    size[list(sizes)] = [1 if one.unit else 2 for one in sizes.values()]
    lost = rows.points - rows.earned
    compared = WORD_OF[rows.op]

    return Kind(
        scored.project,
        words(columns["indicator"]),
        makers={
            "row": lambda: scored.places * 10**6,
            "category": _coded(category),
            "comparator": _coded(TextColumn(compared, COMPARED.words)),
            "magnitude": _coded(TextColumn(size, SIZES)),
            "attainment": lambda: millionths(rows.num, rows.den, given),
            "points": lambda: rows.points.astype(np.int64) * CENT,
            "earned": lambda: rows.earned.astype(np.int64) * CENT,
            "lost": lambda: lost.astype(np.int64) * CENT,
            **flags({
                "met": is_flag(MET), "missing": rows.missing, "full": full, "cause": cause,
                "remedy": remedy, "reasons_column": reasons[scored.project], "small_base": _small(scored, over), "evidence": columns["evidence"].each(lambda w: bool(written(lines_of(w)))),
                "survey": surveyed,
                "satisfaction": satisfied,
                "perfect": (read.perfect == 1) & given, "beyond": beyond, "over": over, "above_equal": above & flagged,
                "computed": read.computed, "deducted": is_flag(DEDUCTED), "edge": edge,
                "rounded_up": full & is_flag(ROUNDED) & given,
            }),
        },
        shown={
            "row": told(str, scored.places), "called": called_as(columns),
            "indicator": words(columns["indicator"]), "name": words(name), "target": words(columns["target"]),
            "category": words(category), "comparator": words(TextColumn(compared, COMPARED.words)), "actual": read.shown_at,
            "attainment": rates(rows.num, rows.den, given), "points": hundredths(rows.points),
            "earned": hundredths(rows.earned), "lost": hundredths(lost),
            "lacking": words(without), "unsaid": hollow({"原因": columns["cause"], "措施": columns["remedy"]}),
            "cause_unsaid": hollow({"原因": columns["cause"]}), "remedy_unsaid": hollow({"措施": columns["remedy"]}),
            "evidence_unsaid": lambda at: pa.array(
                [aside(*(unsaid("佐证材料", one) for one in lines_of(cell))) for cell in words(columns["evidence"])(at).to_pylist()], pa.string()
            ),
            "magnitude_told": lambda at: pa.array([sizes[row].told if row in sizes else "" for row in at.tolist()], pa.string()),
        },
    )  # fmt: skip


def _small(scored: ScoredPart, over: Any) -> Any:
    """Which of the rows far above their targets count a few things only; asked once for each distinct target."""
    out, rows = np.zeros(len(over), dtype=bool), np.flatnonzero(over)
    target, sign = (scored.columns[name].take(rows) for name in ("target", "sign"))
    key, first = joint(target.key, sign.key)
    told = [small_base(read_target(target.at(row), sign.at(row) or None)) for row in first.tolist()]
    out[rows] = np.array(told, dtype=bool)[key]
    return out


def _sizes(scored: ScoredPart, asked: Any) -> dict[int, Size]:
    """The rows whose value is a thousandfold apart from its target, by number; the few that may be are looked at one by one."""
    columns, read, rows = scored.columns, scored.read, scored.rows
    actual, aim = read.actual, read.target
    may = asked & np.isin(rows.op, ops(NUMBERS)) & (aim > 0) & (actual > 0)
    may &= (actual // FAR >= aim) | (actual <= aim // FAR)
    may[[row for row in read.big if asked[row]]] = True
    found = {}
    for row in np.flatnonzero(may).tolist():
        target = read_target(columns["target"].at(row), columns["sign"].at(row) or None)
        if size := size_of(target, columns["actual"].at(row), int(scored.year[row])):
            found[row] = size
    return found


def lines_of(text: str) -> list[str]:
    """A cell of evidence as its parts."""
    return [part.strip() for part in text.replace("；", ";").replace("\n", ";").split(";") if part.strip()]


def _used(scored: ScoredPart) -> Any:
    """Which clauses (in the order of CLAUSES) each project's score relied on: `factsheet.clauses_of`, on arrays."""
    rows, execution, starts = scored.rows, scored.execution, scored.starts
    given = ~rows.missing

    def some(mask: Any) -> Any:
        return np.logical_or.reduceat(np.asarray(mask, bool), starts)

    def flag(which: Rows, bit: int) -> Any:
        return (which.flags & bit) > 0

    missed = given & ~flag(rows, MET)
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
        "over_fulfilment": some(flag(rows, OVER) | flag(rows, DEDUCTED)),
        "qualitative": some(np.isin(rows.op, ops(directed("stated"))) & given),
        "binary": some(np.isin(rows.op, ops(directed("done"))) & given),
        "execution": everything,
        "caps": (scored.cap < WHOLE) & (scored.cap < scored.total),
        "grades": everything,
        "grade_ends": ends,
        "rounding": some(flag(rows, ROUNDED)) | flag(execution, ROUNDED),
        "reasons": some(rows.earned != rows.points) | (execution.earned != execution.points),
        "use_of_results": scored.standings.rectified[scored.grade],
    }
    return np.stack([used[name] for name in CLAUSES], axis=1)


def _unread(scored: ScoredPart, used: Any) -> tuple[Any, Shown]:
    """How many clauses that a project's score relied on nobody has read, and how these are known."""
    ways = [one for one in get_args(Known) if one != "原文"]
    known = np.array([[getattr(policy, name).known for name in CLAUSES] for policy in scored.policies])[scored.policy]
    counts = np.stack([(used & (known == one)).sum(axis=1) for one in ways], axis=1)
    return counts.sum(axis=1), lambda at: pa.array(
        [tally(dict(zip(ways, row, strict=True))) for row in counts[at].tolist()], pa.string()
    )


def _clause(scored: ScoredPart, used: Any) -> Kind:
    """One fact for each clause that a project's score relied on."""
    names = list(CLAUSES)
    project, clause = np.nonzero(used)
    both = scored.policy[project] * len(names) + clause
    clauses = [getattr(policy, name) for policy in scored.policies for name in names]
    name = words(TextColumn(clause, names))
    checked = np.array([one.checked for one in clauses])[both]
    known = TextColumn(both, [one.known for one in clauses])
    return Kind(
        project,
        name,
        makers={"known": _coded(known), **flags({"checked": checked})},
        shown={
            "clause": name,
            "title": words(TextColumn(clause, [CLAUSES[one] for one in names])),
            "document": words(TextColumn(both, [one.document + (one.article or "") for one in clauses])),
            "known": words(known),
            "checked": told(lambda one: "是" if one else "否", checked),
        },
    )


def _conflict(scored: ScoredPart) -> Kind:
    """Money targets that exclude each other; only projects with formulas or a plan of 100% are looked at, one by one."""
    from types import SimpleNamespace as Made

    columns = scored.columns
    formula = np.flatnonzero(columns["formula"].given())
    found: list[tuple[int, str, Any]] = []
    for project in np.unique(scored.project[formula]).tolist():
        rows = [
            SPENDING.model_copy(
                update={"name": columns["name"].at(row), "target": columns["target"].at(row),
                        "sign": columns["sign"].at(row) or None, "formula": columns["formula"].at(row)}
            )
            for row in formula[scored.project[formula] == project].tolist()
        ]  # fmt: skip
        start = int(scored.starts[project])
        shares = plan_of(columns["plan"].at(start))
        known: dict[str, Any] = {"indicators": rows, "plan": dict(enumerate(shares))}
        table = Project.model_construct(**known)
        initial, adjusted = int(scored.money["initial"][project]), int(scored.money["adjusted"][project])
        money = Made(initial=initial, adjusted=None if adjusted == UNKNOWN else adjusted)
        whole: Any = Made(table=table, money=money)
        found += [(project, str(number), one) for number, one in enumerate(conflicts_of(whole), 1)]
    projects = np.array([project for project, _, _ in found], dtype=np.int64)
    at = np.arange(len(found))
    kind = TextColumn(at.astype(np.int32), [one.kind for _, _, one in found])
    labels = TextColumn(
        np.array([0 if one.kind == "指标之间" else 1 for _, _, one in found], np.int32), ["指标之间", "与预算执行"]
    )
    return Kind(
        projects,
        words(TextColumn(at, [number for _, number, _ in found])),
        makers={"kind": _coded(labels)},
        shown={
            "kind": words(kind),
            **{
                name: words(TextColumn(at, [getattr(one, name) for _, _, one in found]))
                for name in ("first", "second", "says")
            },
        },
    )
