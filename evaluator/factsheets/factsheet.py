"""What is known of a scored table, as facts for the finding rules: the project, its rows, targets, conflicts and clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
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
from evaluator.factsheets.outliers import free_rows, unit_facts
from evaluator.factsheets.relations import link_fact, relation_facts, row_fields, twin_facts
from evaluator.factsheets.resultwords import evidence_fields, execution_fields, goal_fields, reason_fields
from evaluator.factsheets.targetfacts import filled, indicator_facts, small_base, table_fact
from evaluator.factsheets.unittables import UnitTables
from evaluator.factsheets.wording import Wording, worded
from evaluator.figures import points, wan
from evaluator.findings.emptywords import says_nothing, speaking
from evaluator.findings.facts import Fact
from evaluator.findings.fields import Value
from evaluator.model import Department, Project
from evaluator.policies.bases import counted
from evaluator.policy import CLAUSES, CUTS, OWN_SCALES, UNGRADED, Clause, Policy
from evaluator.quantities.surveyed import of_survey
from evaluator.results import Duty, Row, TableScore

PART = re.compile(
    "(合格|满意|覆盖|及时|知晓|达标|出勤|通过|准确|优良|成活|及格)[率度]|(无害化|污水|垃圾)处理率|资源化利用率"
)  # parts of a whole, at most 100%
SEVERAL = 6  # rows short of their targets without a reason, from which it is the form that has no place for one


def clauses_of(
    policy: Policy, rows: Sequence[Row], total: int, cap: int | None, score: int, grade: str
) -> dict[str, Clause]:
    """The clauses a table's score really relied on, by id, in the order of the policy file."""
    given = [row for row in rows if row.actual is not None and not row.by_criterion]
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
        "not_applicable": any(row.inapplicable for row in rows),
        "category_scales": any(row.scale in OWN_SCALES for row in given),
        "own_criteria": any(row.by_criterion for row in rows),
    }
    return {name: clause for name, clause in policy.clauses.items() if used[name]}


def grade_fact(policy: Policy, project: str, grade: str) -> Fact | None:
    """What a grade means under its policy; None where there is none (不评级)."""
    words = policy.grades.words
    if grade == UNGRADED:
        return None
    advice = list(dict.fromkeys(recommended.advice for recommended in policy.advised(grade)))
    return Fact(
        "grade", project, "1",
        grade=grade,
        rectify=policy.rectifies(grade),
        lowest=grade == words[-1],
        cut=bool(set(CUTS) & set(advice)),
        advice="、".join(advice) or "未写",
    )  # fmt: skip


def facts_of(table: TableScore, unit: UnitTables) -> Iterator[Fact]:
    """Every fact about one table; `unit` are the tables it stands among, for targets that repeat from project to project."""
    wording = [worded(row.indicator) for row in table.rows]
    yield _project(table, unit.begun)
    copies = unit.copied(table.table) if isinstance(table.table, Project) else {}
    if isinstance(table.table, Project):
        yield table_fact(table, table.table, wording, copies, unit.planned)
    yield from _outcomes(table, wording)
    yield from indicator_facts(table, wording, copies)
    if isinstance(table.table, Project):
        yield from relation_facts(table)
    yield from twin_facts(table, unit)
    places = {row.indicator.id: place for place, row in enumerate(table.rows, 1)}
    conflicts = conflicts_of(table.table, table.money) if isinstance(table.table, Project) else ()
    for number, conflict in enumerate(conflicts, 1):
        yield Fact("conflict", table.code, str(number), **asdict(conflict))
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
        for item in table.table.items:
            if item.project in unit.by_code:
                yield link_fact(table.code, item, unit.by_code[item.project], places.get(item.id, 0))
        yield from _measures(table, table.table)
    for duty in table.duties:
        yield _duty(table, duty)
    if table.code == unit.host:
        yield from unit_facts(table.code, unit.tables)


def _measures(table: TableScore, department: Department) -> Iterator[Fact]:
    """How far each management measure has come; nothing is known before any result was given."""
    for measure in department.measures if table.actuals else ():
        assert table.actuals is not None
        done = table.actuals.measures.get(measure.id)
        yield Fact(
            "measure", table.code, measure.id,
            title=measure.title,
            state=done.state if done else "未填",
            evidence=bool(done and speaking(done.evidence)),
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
        evidence=bool(speaking(duty.evidence)),
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
        **execution_fields(spending.cause, spending.remedy),
        adjusted=None if money.adjusted is None else _against(money.adjusted, money.initial, ("调减", "未调", "调增")),
        cut=Fraction(max(money.initial - money.adjusted, 0), money.initial) if money.adjusted is not None and money.initial else None,
        adjusted_far=own and far,
        adjusted_told=adjusted_told(*fen[:2]),
        magnitude="千倍以上" if own and large else "千分之一以下" if own and small else "相当",
        magnitude_told=money_told(*fen),
        spent=_against(money.executed or 0, money.adjusted or 0, ("不足", "恰好", "超出")) if known and money.adjusted else None,
        rows_all_full=all(row.full for row in table.rows),
        capped="caps" in table.clauses,
        rows_missing=sum(row.missing for row in table.rows),
        **inapplicable_fields(table),
        unread=len(table.unread),
        unread_told=counted(table.unread.values()),
        filled=filled(table),
        begun=begun,
        complete=filled(table) and not table.unfilled,
        goals=bool(table.table.goals if isinstance(table.table, Project) else table.table.overall),
        free_rows=len(free),
        equal_share=Fraction(sum(row.actual == row.target for row in free), len(free)) if free else None,
        **goal_fields(table.actuals.achieved if table.actuals else ""),
        initial_shown=wan(money.initial),
        adjusted_shown="未填" if money.adjusted is None else wan(money.adjusted),
        executed_shown="未填" if money.executed is None else wan(money.executed),
    )  # fmt: skip


def inapplicable_fields(table: TableScore) -> dict[str, Value]:
    """Of a project: its rows that do not apply and what follows for the total; nothing where all apply."""
    if table.plain is None:
        return {}
    rows = [(row.indicator, row.written, row.inapplicable) for row in table.inapplicable]
    return {
        "inapplicable": len(rows),
        "inapplicable_told": told_inapplicable([(of.id, of.name, points, why) for of, points, why in rows]),
        "raised": Fraction(table.raised, 100),
        "raised_told": told_raised(table.policy, table.plain, table.left_out, table.total),
    }


def told_inapplicable(rows: Sequence[tuple[str, str, int, str]]) -> str:
    """Rows that do not apply, each by id, name and points (hundredths), with its reason."""
    return "、".join(f"{ident}“{name}”{points(worth)}分（{why}）" for ident, name, worth, why in rows)


def told_raised(policy: Policy, plain: int, left_out: int, total: int) -> str:
    """How a total came to be higher for rows that do not apply."""
    clause = policy.not_applicable
    how = f"分值在{clause.effect.removesuffix('分摊')}分摊" if clause and clause.shares else "其余各行折算成 100 分"
    return f"不适用的共 {points(left_out)} 分，{how}，总分由 {points(plain)} 升为 {points(total)}"


def _against(amount: int, other: int, labels: tuple[str, str, str]) -> str:
    return labels[(amount > other) - (amount < other) + 1]


def _outcomes(table: TableScore, wording: Sequence[Wording | None]) -> Iterator[Fact]:
    """One fact for each row, given how it is worded.

    A form has a place for reasons where some row has one, or too few rows need one to tell.
    """
    reasons = [reason_fields(row.result.cause, row.result.remedy) for row in table.rows]
    written = any(fields["cause"] or fields["remedy"] for fields in reasons)
    column = written or sum(not (row.full or row.missing) for row in table.rows) < SEVERAL
    flagged = table.policy.equality.above == "flagged"
    for place, (row, fields, said) in enumerate(zip(table.rows, reasons, wording, strict=True), 1):
        if row.inapplicable:
            continue
        titles = [file.title for file in table.attached if file.indicator == row.indicator.id]
        satisfaction = "满意" in row.indicator.category + row.indicator.name
        beyond = row.unit == "%" and (row.actual or 0) > 100 and (satisfaction or bool(PART.search(row.indicator.name)))
        size = None if beyond else _size(row, table.table.year)
        attainment = row.attainment or 0
        yield Fact(
            "outcome", table.code, row.indicator.id,
            **row_fields("outcome", row.indicator, place),
            **fields,
            **evidence_fields([*row.result.evidence, *titles]),
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
            reasons_column=column,
            satisfaction=satisfaction,
            surveyed=satisfaction and of_survey(row.indicator.data),
            perfect=row.unit == "%" and row.actual == 100,
            misprint=said is not None and said.above_whole,
            small_base=row.over and not row.missing and small_base(row.indicator.read),
            beyond=beyond,
            magnitude="相当" if size is None else "单位不同" if size.unit else "相差千倍",
            magnitude_told=size.says if size else "",
            over=row.over,
            above_equal=flagged and row.comparator in directed("exact") and attainment > 1,
            computed=row.computed,
            deducted=row.deducted > 0,
            edge=row.word in STRICT and not row.met and row.full and row.points > 0 and attainment == 1,
            rounded_up=row.full and row.rounded and not row.missing,
        )  # fmt: skip


def _size(row: Row, year: int) -> Size | None:
    """How the value typed in a row is a thousandfold apart from its target."""
    typed = row.actual is not None and not row.computed and row.indicator.of_data is None
    if row.word not in NUMBERS or row.actual is None or not typed or not apart(row.actual, row.target, row.high):
        return None
    return size_of(row.indicator.read, row.result.actual or "", year)
