"""What is known of targets before any result exists: one fact per indicator, per goal table and per department link.

What a text means is decided by words that leave no doubt; where there is doubt the field is false or absent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from evaluator.comparators import DOWNWARD, UPWARD
from evaluator.factsheets.basiswords import basis_outdated, basis_unrelated
from evaluator.factsheets.costs import budget_told
from evaluator.factsheets.relations import called, copied, link_fields, table_lacks
from evaluator.factsheets.structure import heads_in
from evaluator.factsheets.wording import Wording, for_staff
from evaluator.figures import points
from evaluator.findings.facts import Fact
from evaluator.model import EXECUTION, ITEM_GOALS, Indicator, ItemGoal, Project
from evaluator.quantities.names import same_name
from evaluator.quantities.quantity import Target, Unreadable
from evaluator.quantities.reading import Amount, Deadline
from evaluator.quantities.targetwords import own_later_work, wanted_direction
from evaluator.results import TableScore

FEW = 3  # rows without a sign, from which it is the form that has no place for one
SMALL = 5  # of things counted


def table_fact(table: TableScore, project: Project, tables: Sequence[TableScore]) -> Fact:
    """What is known of a project's goal table as a whole; `tables` are the unit's.

    A plan that none of a unit's several projects has is a column its form does not have, and one of a year that is filled
    in is past: its periods are not known then.
    """
    off, lacks, heads = off_portions(table), table_lacks(table, project), heads_in(project)
    projects = [one.table for one in tables if isinstance(one.table, Project)]
    planned = (len(projects) < 2 or any(one.plan for one in projects)) and not filled(table)
    return Fact(
        "table", table.code, table.code,
        name=table.name,
        basis_column=any(row.indicator.basis.strip() for row in table.rows),
        signs_column=signs_column([sign_written(row.indicator) for row in table.rows]),
        plan_periods=len(project.plan) if planned else None,
        portions_kept=None if off is None else not off,
        portions_shown="；".join(off or ()),
        lacks_effects="效益指标" in lacks,
        lacks_satisfaction=lacks == ("满意度指标",),
        lacks_shown="、".join(lacks),
        repeated_in="、".join(f"“{one.name}”" for one, _ in copied(table, tables)),
        heads_differ=bool(heads),
        heads_shown=heads,
    )  # fmt: skip


def filled(table: TableScore) -> bool:
    """Whether anything was filled in of the year: an amount of the project's own, or the result of a row."""
    own = bool(table.table.budget) and (table.money.adjusted, table.money.executed) != (None, None)
    return own or any(not (row.missing or row.computed) for row in table.rows)


def signs_column(written: Sequence[bool | None]) -> bool:
    """Whether a form has a place for signs, by what its rows have: some sign, or too few rows that need one to tell."""
    return True in written or written.count(False) < FEW


def sign_written(row: Indicator) -> bool | None:
    """Whether a number is written with its sign; None where none is needed: for words, and for 100%, which nothing can pass."""
    try:
        target = row.read
    except Unreadable:
        return None
    return row.sign is None if target.kind == "数值" and Wording(row, target).percent != 100 else None


def off_portions(table: TableScore) -> list[str] | None:
    """The portions of the policy whose rows add up to other points; None where the policy does not settle them.

    Nothing is settled when a category stands in no portion, or when a portion has no row and its points go elsewhere.
    """
    portions = [portion for portion in table.policy.allocation.portions if portion.categories != [EXECUTION]]
    sums = dict.fromkeys((row.indicator.category for row in table.rows), 0)
    for row in table.rows:
        sums[row.indicator.category] += row.points
    settled = all(any(category in sums for category in portion.categories) for portion in portions)
    if not settled or set(sums) - {category for portion in portions for category in portion.categories}:
        return None
    had = [sum(sums.get(category, 0) for category in portion.categories) for portion in portions]
    return [
        f"{'、'.join(portion.categories)}合计 {points(mine)} 分，应为 {points(portion.points)} 分"
        for portion, mine in zip(portions, had, strict=True)
        if mine != portion.points
    ]


def indicator_fact(table: TableScore, row: Indicator, worth: int, others: Sequence[Indicator], place: int = 0) -> Fact:
    """What is known of one target; `worth` are its points in hundredths, `others` the rows that it repeats if it is one of them.

    `place` is where it stands in its table, from 1.
    """
    try:
        target = row.read
    except Unreadable:
        return Fact(
            "indicator", table.code, row.id,
            row=place, called=called(row.id, row.name), indicator=row.id, name=row.name, target=row.target,
        )  # fmt: skip
    said = Wording(row, target)
    own_form = row.category == ITEM_GOALS  # a department's form has no column for a basis or a description
    rest = 10_000 - table.policy.allocation.execution
    whole_budget = "" if own_form else budget_told(table, row)
    return Fact(
        "indicator", table.code, row.id,
        row=place,
        called=called(row.id, row.name),
        indicator=row.id,
        name=row.name,
        target=row.target,
        description=row.description,
        basis=row.basis,
        category=row.category,
        dimension=row.dimension,
        points=Fraction(row.points, 100),
        share=Fraction(worth, rest) if rest and worth < rest else None,  # a single row is no share
        sign_written=sign_written(row),
        numeric=target.kind in ("数值", "区间"),
        restates_name=said.restates,
        rate_above_100=said.above_whole,
        basis_given=None if own_form else bool(row.basis.strip()),
        basis_outdated=None if own_form else basis_outdated(row.basis, table.table.year),
        basis_unrelated=None if own_form else basis_unrelated(row.basis, row.category + row.dimension + row.name),
        repeated=any((other.name, other.target) == (row.name, row.target) for other in others),
        repeated_here=not own_form and _repeats(table, row),
        sign_against_name=_sign_against_name(row, target) or said.at_most_done,
        after_year=_after_year(row, target, table.table.year),
        deadline_in_percent=said.percent is not None and bool(said.deadline_told),
        deadline_unclear=bool(said.deadline_told),
        deadline_told=said.deadline_told,
        input_as_output=said.input_as_output,
        standard_given=None if own_form else said.standard_given,
        measures_nothing=said.measures_nothing,
        empty=bool(said.empty_told),
        empty_told=said.empty_told,
        unit_unfit=bool(said.unit_told),
        unit_told=said.unit_told,
        mark_left=said.mark_left,
        repeats_execution=said.repeats_execution,
        answers_yes=said.answers_yes,
        rate_as_quantity=said.rate_as_quantity,
        misplaced=bool(said.misplaced_told),
        misplaced_told=said.misplaced_told,
        no_group=said.no_group,
        own_people=said.own_people and not for_staff(table.name),
        against_sense=bool(said.sense_told),
        sense_told=said.sense_told,
        equals_budget=bool(whole_budget),
        budget_told=whole_budget,
    )  # fmt: skip


def misprinted(row: Indicator) -> bool:
    """Whether a target is a share of more than the whole, most likely a slip of the pen."""
    try:
        return Wording(row, row.read).above_whole
    except Unreadable:
        return False


def small_base(target: Target) -> bool:
    """Whether a target is a count below SMALL: one more is a large part of it."""
    content = target.content
    return isinstance(content, Amount) and content.low.unit.kind not in ("比率", "金额") and content.low.number < SMALL


def link_fact(code: str, item: ItemGoal, project: TableScore, place: int) -> Fact:
    """An item goal of a department, in this place of its table, beside the project it stands for."""
    return Fact(
        "link", code, item.id,
        row=place,
        name_differs=not same_name(item.name, project.name),
        item_name=item.name,
        item_target=item.target,
        project_name=project.name,
        **link_fields(item, project),
    )  # fmt: skip


def bare_name(text: str) -> str:
    """A name without punctuation and without 情况 at its end: what two names are compared by."""
    return re.sub(r"[\W_]+|情况$", "", text)


def _repeats(table: TableScore, row: Indicator) -> bool:
    """Whether a row above says the same; two that are described differently may well be two things."""
    above = itertools.takewhile(lambda other: other.id != row.id, (other.indicator for other in table.rows))
    return any(says_the_same(other, row) for other in above)


def says_the_same(one: Indicator, other: Indicator) -> bool:
    """Whether two rows have the same name, target and sign, and no two descriptions that tell them apart."""
    described = {bare_name(one.description), bare_name(other.description)} - {"", bare_name(other.name)}
    said = [(bare_name(each.name), each.target, each.sign) for each in (one, other)]
    return said[0] == said[1] and len(described) < 2


def _sign_against_name(row: Indicator, target: Target) -> bool:
    if not isinstance(target.content, Amount) or target.sign is None:
        return False
    beside, kind = row.description + target.content.label, target.content.low.unit.kind
    wanted = wanted_direction(row.name, beside, kind, "成本" in row.category + row.dimension)
    return (wanted == "小" and target.sign in UPWARD) or (wanted == "大" and target.sign in DOWNWARD)


def _after_year(row: Indicator, target: Target, year: int) -> bool:
    """Whether all of a deadline lies after the year, however it is read; closing the year's books may come later."""
    if not isinstance(target.content, Deadline):
        return False
    moment = target.content.moment
    late = moment.year > year and min(moment.limits()) > (year, 12, 31)
    return late and not own_later_work(row.name + target.content.task)
