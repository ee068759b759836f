"""What is known of a scored table, as facts for the finding rules: the project, its rows, targets, conflicts and clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from evaluator.comparators import COMPARATORS, STRICT, directed
from evaluator.factsheets.magnitudes import (
    NUMBERS,
    UNKNOWN,
    Size,
    adjusted_told,
    apart,
    money_sizes,
    money_told,
    size_of,
)
from evaluator.factsheets.moneygoals import conflicts_of
from evaluator.factsheets.outliers import free_rows, host_of, unit_facts
from evaluator.factsheets.relations import called, copied, relation_facts, twin_facts
from evaluator.factsheets.targetfacts import filled, indicator_fact, link_fact, misprinted, small_base, table_fact
from evaluator.figures import wan
from evaluator.findings.emptywords import aside, says_nothing, told, unsaid
from evaluator.findings.facts import Fact
from evaluator.findings.remedywords import tells_measure
from evaluator.model import Department, Project
from evaluator.policies.bases import counted
from evaluator.policy import CLAUSES, CUTS, UNGRADED, Clause, Policy
from evaluator.results import Duty, Row, TableScore

SEVERAL = 6  # rows short of their targets without a reason, from which it is the form that has no place for one
SURVEY = re.compile("问卷|调查|走访|测评|访谈|回访|评议")
NO_SURVEY = re.compile("(未|没有?)(做|开展|进行|组织|发放|收回)|无(问卷|调查)")
PART = re.compile(
    "(合格|满意|覆盖|及时|知晓|达标|出勤|通过|准确|优良|成活|及格)[率度]|(无害化|污水|垃圾)处理率|资源化利用率"
)  # parts of a whole, at most 100%


def clauses_of(
    policy: Policy, rows: Sequence[Row], total: int, cap: int | None, score: int, grade: str
) -> dict[str, Clause]:
    """The clauses a table's score really relied on, by id, in the order of the policy file."""
    given = [row for row in rows if not row.missing and not row.by_criterion]
    missed = {clause for row in given if not row.met for clause in COMPARATORS[row.comparator].clauses[1:]}
    used = {
        "allocation": True,
        "quantitative": any(row.scale == "quantitative" for row in given),
        "at_most": "at_most" in missed,
        "equality": "equality" in missed,
        "over_fulfilment": any(row.over or row.deducted for row in rows),
        "qualitative": any(row.comparator in directed("stated") for row in given),
        "binary": any(row.comparator in directed("done") for row in given),
        "execution": True,
        "caps": cap is not None and cap < total,
        "grades": True,
        "grade_ends": any(score == band.start for band in policy.grades.bands if band.start),
        "rounding": any(row.rounded for row in rows),
        "reasons": any(row.lost for row in rows),
        "use_of_results": policy.rectifies(grade),
    }
    return {name: getattr(policy, name) for name in CLAUSES if used[name]}


def grade_fact(policy: Policy, project: str, grade: str) -> Fact | None:
    """What a grade means under its policy; None where there is none (不评级)."""
    words = policy.grades.words
    if grade == UNGRADED:
        return None
    advice = list(dict.fromkeys(one.advice for one in policy.advised(grade)))
    return Fact(
        "grade", project, "1",
        grade=grade,
        rectify=policy.rectifies(grade),
        lowest=grade == words[-1],
        cut=bool(set(CUTS) & set(advice)),
        advice="、".join(advice) or "未写",
    )  # fmt: skip


def facts_of(table: TableScore, tables: Sequence[TableScore]) -> Iterator[Fact]:
    """Every fact about one table; `tables` are the unit's, for targets that repeat from project to project."""
    yield _project(table, any(one.actuals for one in tables))
    if isinstance(table.table, Project):
        yield table_fact(table, table.table, tables)
    reasons = _reasons_column(table)
    for place, row in enumerate(table.rows, 1):
        yield _outcome(table, row, place, reasons)
    others = [row for _, rows in copied(table, tables) for row in rows] if isinstance(table.table, Project) else []
    for place, row in enumerate(table.rows, 1):
        yield indicator_fact(table, row.indicator, row.points, others, place)
    if isinstance(table.table, Project):
        yield from relation_facts(table)
    yield from twin_facts(table, tables)
    places = {row.indicator.id: place for place, row in enumerate(table.rows, 1)}
    for number, conflict in enumerate(conflicts_of(table), 1):
        yield Fact(
            "conflict", table.code, str(number),
            kind=conflict.kind, first=conflict.first, second=conflict.second, says=conflict.says,
        )  # fmt: skip
    for name, clause in table.clauses.items():
        document = clause.document + (clause.article or "")
        yield Fact(
            "clause", table.code, name,
            clause=name, title=CLAUSES[name], document=document, known=clause.known, checked=clause.checked,
        )  # fmt: skip
    for file in table.attached:
        yield Fact(
            "attachment", table.code, f"{file.indicator} {file.title}（{file.digest[:8]}）",
            row=places.get(file.indicator, 0), indicator=file.indicator, title=file.title, file=file.file, state=file.state,
        )  # fmt: skip
    if isinstance(table.table, Department):
        by_code = {other.code: other for other in tables}
        for item in table.table.items:
            if item.project in by_code:
                yield link_fact(table.code, item, by_code[item.project], places.get(item.id, 0))
        yield from _measures(table, table.table)
    for duty in table.duties:
        yield _duty(table, duty)
    if table.code == host_of(tables):
        yield from unit_facts(table.code, tables)


def _measures(table: TableScore, department: Department) -> Iterator[Fact]:
    """How far each management measure has come; nothing is known before any result was given."""
    for measure in department.measures if table.actuals else ():
        assert table.actuals is not None
        done = table.actuals.measures.get(measure.id)
        yield Fact(
            "measure", table.code, measure.id,
            title=measure.title,
            state=done.state if done else "未填",
            evidence=bool(done and told(done.evidence)),
            note=not says_nothing(done.note if done else ""),
        )  # fmt: skip


def _duty(table: TableScore, duty: Duty) -> Fact:
    return Fact(
        "duty", table.code, duty.id if duty.year == table.table.year else f"{duty.year}/{duty.id}",
        says=duty.says,
        project=duty.project,
        year=str(duty.year),
        state=duty.state,
        open=duty.open,
        last_year=duty.year < table.table.year,
        overdue=duty.overdue,
        owner=not says_nothing(duty.owner),
        due=bool(duty.due),
        evidence=bool(told(duty.evidence)),
        owner_shown=duty.owner or "未定责任人",
        due_shown=duty.due or "未定",
    )  # fmt: skip


def _project(table: TableScore, begun: bool) -> Fact:
    free = free_rows(table)
    money, spending = table.money, table.execution.result
    known = money.adjusted is not None and money.executed is not None
    own = bool(table.table.budget)  # else a department's amounts are its projects' together
    fen = (money.initial, *(UNKNOWN if amount is None else amount for amount in (money.adjusted, money.executed)))
    large, small, far = money_sizes(*fen)
    achieved = table.actuals.achieved if table.actuals else ""
    return Fact(
        "project", table.code, table.code,
        code=table.code,
        name=table.name,
        year=str(table.table.year),
        score=Fraction(table.score, 100),
        execution_rate=money.rate,
        budget_given=known if own else None,
        budget_zero=money.adjusted == 0,
        execution_low=money.rate is not None and money.rate < table.policy.execution.reason_below,
        execution_explained=not says_nothing(spending.cause) and _measure(spending.cause, spending.remedy),
        execution_cause=not says_nothing(spending.cause),
        cause_unsaid=aside(unsaid("原因", spending.cause)),
        execution_unsaid=aside(unsaid("原因", spending.cause), unsaid("措施", spending.remedy)),
        adjusted=None if money.adjusted is None else _against(money.adjusted, money.initial, ("调减", "未调", "调增")),
        cut=Fraction(max(money.initial - money.adjusted, 0), money.initial) if money.adjusted is not None and money.initial else None,
        adjusted_far=own and far,
        adjusted_told=adjusted_told(*fen[:2]),
        magnitude="千倍以上" if own and large else "千分之一以下" if own and small else "相当",
        magnitude_told=money_told(*fen),
        spent=_against(money.executed or 0, money.adjusted or 0, ("不足", "恰好", "超出")) if known and money.adjusted else None,
        rows_all_full=all(row.full for row in table.rows),
        capped=table.cap is not None and table.cap < table.total,
        rows_missing=sum(row.missing for row in table.rows),
        unread=len(table.unread),
        unread_told=counted(table.unread.values()),
        filled=filled(table),
        begun=begun,
        complete=filled(table) and not table.unfilled,
        goals=bool(table.table.goals if isinstance(table.table, Project) else table.table.overall),
        free_rows=len(free),
        equal_share=Fraction(sum(row.actual == row.target for row in free), len(free)) if free else None,
        achieved=not says_nothing(achieved),
        achieved_unsaid=aside(unsaid("完成情况", achieved)),
        initial_shown=wan(money.initial),
        adjusted_shown="未填" if money.adjusted is None else wan(money.adjusted),
        executed_shown="未填" if money.executed is None else wan(money.executed),
    )  # fmt: skip


def _measure(cause: str, remedy: str) -> bool:
    """Whether a measure is written, in its own column or among the causes."""
    return not says_nothing(remedy) or tells_measure(cause)


def lacking(cause: bool, remedy: bool) -> str:
    """What is not written of a cause and a measure."""
    return "、".join(word for word, given in (("原因", cause), ("措施", remedy)) if not given)


def _against(amount: int, other: int, labels: tuple[str, str, str]) -> str:
    return labels[(amount > other) - (amount < other) + 1]


def _reasons_column(table: TableScore) -> bool:
    """Whether a form has a place for reasons, by what its rows have: some reason, or too few rows that need one to tell."""
    written = any(
        not says_nothing(row.result.cause) or _measure(row.result.cause, row.result.remedy) for row in table.rows
    )
    return written or sum(not (row.full or row.missing) for row in table.rows) < SEVERAL


def _outcome(table: TableScore, row: Row, place: int, reasons: bool) -> Fact:
    evidence = [*row.result.evidence, *(file.title for file in table.attached if file.indicator == row.indicator.id)]
    flagged = table.policy.equality.above == "flagged" and row.attainment is not None
    satisfaction = "满意" in row.indicator.category + row.indicator.name
    beyond = row.unit == "%" and (row.actual or 0) > 100 and (satisfaction or bool(PART.search(row.indicator.name)))
    above = row.comparator in directed("exact") and (row.attainment or 0) > 1
    cause, remedy = row.result.cause, row.result.remedy
    has_cause, has_remedy = not says_nothing(cause), _measure(cause, remedy)
    size = None if beyond else _size(row, table.table.year)
    return Fact(
        "outcome", table.code, row.indicator.id,
        row=place,
        called=called(row.indicator.id, row.indicator.name),
        indicator=row.indicator.id,
        name=row.indicator.name,
        target=row.indicator.target,
        actual=row.actual_shown or "未填",
        category=row.indicator.category,
        comparator=row.word,
        attainment=row.attainment,
        points=Fraction(row.points, 100),
        earned=Fraction(row.earned, 100),
        lost=Fraction(row.lost, 100),
        met=row.met,
        missing=row.missing,
        full=row.full,
        cause=has_cause,
        cause_unsaid=aside(unsaid("原因", cause)),
        remedy=has_remedy,
        remedy_unsaid=aside(unsaid("措施", remedy)),
        reasons_column=reasons,
        lacking=lacking(has_cause, has_remedy),
        unsaid=aside(unsaid("原因", cause), unsaid("措施", remedy)),
        evidence=bool(told(evidence)),
        evidence_unsaid=aside(*(unsaid("佐证材料", one) for one in evidence)),
        survey=any(SURVEY.search(one) and not NO_SURVEY.search(one) for one in evidence),
        satisfaction=satisfaction,
        perfect=row.unit == "%" and row.actual == 100,
        misprint=misprinted(row.indicator),
        small_base=row.over and not row.missing and small_base(row.indicator.read),
        beyond=beyond,
        magnitude="相当" if size is None else "单位不同" if size.unit else "相差千倍",
        magnitude_told=size.told if size else "",
        over=row.over,
        above_equal=flagged and above,
        computed=row.computed,
        deducted=row.deducted > 0,
        edge=row.word in STRICT and not row.met and row.full and row.points > 0 and row.attainment == 1,
        rounded_up=row.full and row.rounded and not row.missing,
    )  # fmt: skip


def _size(row: Row, year: int) -> Size | None:
    """How the value typed in a row is a thousandfold apart from its target."""
    typed = row.actual is not None and not row.computed and row.indicator.of_data is None
    if row.word not in NUMBERS or row.actual is None or not typed or not apart(row.actual, row.target, row.high):
        return None
    return size_of(row.indicator.read, row.result.actual or "", year)
