"""What is known of targets before any result exists: one fact per indicator, per goal table and per department link.

What a text means is decided by words that leave no doubt; where there is doubt the field is false or absent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from evaluator.figures import points
from evaluator.findings.facts import Fact
from evaluator.model import EXECUTION, ITEM_GOALS, Indicator, ItemGoal, Project
from evaluator.quantities.names import same_name
from evaluator.quantities.quantity import Target, Unreadable, rate_of
from evaluator.quantities.reading import Amount, Deadline
from evaluator.quantities.targetwords import (
    basis_outdated,
    basis_unrelated,
    measures_nothing,
    own_later_work,
    standard_given,
    wanted_direction,
)
from evaluator.quantities.units import WORDS
from evaluator.results import TableScore

DEADLINE = re.compile("时限|期限|截止|完成时间")
SPENT = re.compile("(审核|支出|拨付|使用|投入).{0,4}(金额|资金|经费)$")
FEW = 3  # rows without a sign, from which it is the form that has no place for one
SMALL = 5  # of things counted
UPWARD, DOWNWARD = ("≥", ">"), ("≤", "<")


def table_fact(table: TableScore, project: Project) -> Fact:
    """What is known of a project's goal table as a whole."""
    off = off_portions(table)
    return Fact(
        "table", table.code, table.code,
        name=table.name,
        basis_column=any(row.indicator.basis.strip() for row in table.rows),
        signs_column=signs_column([sign_written(row.indicator) for row in table.rows]),
        plan_periods=len(project.plan),
        portions_kept=None if off is None else not off,
        portions_shown="；".join(off or ()),
    )  # fmt: skip


def signs_column(written: Sequence[bool | None]) -> bool:
    """Whether a form has a place for signs, by what its rows have: some sign, or too few rows that need one to tell."""
    return True in written or written.count(False) < FEW


def sign_written(row: Indicator) -> bool | None:
    """Whether a number is written with its sign; None where none is needed: for words, and for 100%, which nothing can pass."""
    try:
        target = row.read
    except Unreadable:
        return None
    aim = target.content.low if isinstance(target.content, Amount) else None
    whole = aim is not None and aim.unit.kind == "比率" and aim.to(WORDS["%"]) == 100
    return row.sign is None if target.kind == "数值" and not whole else None


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


def called(id: str, name: str) -> str:
    """A row by its id and its name: 数量1“培训人数”."""
    return f"{id}“{name}”"


def indicator_fact(table: TableScore, row: Indicator, worth: int, others: Sequence[Indicator], place: int = 0) -> Fact:
    """What is known of one target; `worth` are its points in hundredths, `others` the rows of the unit's other tables.

    `place` is where it stands in its table, from 1.
    """
    try:
        target = row.read
    except Unreadable:
        return Fact(
            "indicator", table.code, row.id,
            row=place, called=called(row.id, row.name), indicator=row.id, name=row.name, target=row.target,
        )  # fmt: skip
    aim = target.content.low if isinstance(target.content, Amount) else None
    percent = aim is not None and aim.unit.kind == "比率"
    own_form = row.category == ITEM_GOALS  # a department's form has no column for a basis or a description
    rest = 10_000 - table.policy.allocation.execution
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
        share=Fraction(worth, rest) if rest else None,
        sign_written=sign_written(row),
        numeric=target.kind in ("数值", "区间"),
        restates_name=bare_name(row.name) in (bare_name(row.description), bare_name(row.target)),
        deadline_in_percent=percent and bool(DEADLINE.search(row.name)),
        input_as_output=row.category == "产出指标" and row.dimension != "成本指标" and bool(SPENT.search(row.name)),
        rate_above_100=misprinted(row),
        basis_given=None if own_form else bool(row.basis.strip()),
        basis_outdated=None if own_form else basis_outdated(row.basis, table.table.year),
        basis_unrelated=None if own_form else basis_unrelated(row.basis, row.category + row.name),
        repeated=any((other.name, other.target) == (row.name, row.target) for other in others),
        repeated_here=not own_form and _repeats(table, row),
        sign_against_name=_sign_against_name(row, target),
        standard_given=None if own_form or target.kind != "定性" else standard_given(row.name, row.target, row.description),
        measures_nothing=_measures_nothing(row, target),
        equals_budget=_equals_budget(table, row, target),
        after_year=_after_year(row, target, table.table.year),
    )  # fmt: skip


def misprinted(row: Indicator) -> bool:
    """Whether a target is a share of more than the whole, most likely a slip of the pen."""
    try:
        content = row.read.content
    except Unreadable:
        return False
    return isinstance(content, Amount) and content.low.unit.kind == "比率" and content.low.to(WORDS["%"]) > 100


def small_base(target: Target) -> bool:
    """Whether a target is a count below SMALL: one more is a large part of it."""
    content = target.content
    return isinstance(content, Amount) and content.low.unit.kind not in ("比率", "金额") and content.low.number < SMALL


def link_fact(code: str, item: ItemGoal, project: TableScore, place: int) -> Fact:
    """An item goal of a department, in this place of its table, beside the project it stands for."""
    targets = sorted({row.indicator.target for row in project.rows if "%" in row.indicator.target})
    return Fact(
        "link", code, item.id,
        row=place,
        name_differs=not same_name(item.name, project.name),
        target_differs=bool(targets) and (rate_of(item.target) or item.target) not in {rate_of(one) or one for one in targets},
        item_name=item.name,
        item_target=item.target,
        project_name=project.name,
        project_target="、".join(targets),
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


def _measures_nothing(row: Indicator, target: Target) -> bool:
    if not isinstance(target.content, Amount) or target.content.low.unit.kind != "比率" or row.formula is not None:
        return False
    whole = target.content.low.to(WORDS["%"]) == 100
    return measures_nothing(row.name, target.content.label, row.description, whole)


def _equals_budget(table: TableScore, row: Indicator, target: Target) -> bool:
    """Whether a cost target only repeats the project's budget."""
    if not isinstance(table.table, Project) or not isinstance(target.content, Amount):
        return False
    aim = target.content.low
    cost = "成本" in row.category + row.dimension and target.sign in ("≤", "=") and aim.unit.kind == "金额"
    return cost and aim.to(WORDS["元"]) * 100 == table.table.budget.total > 0


def _after_year(row: Indicator, target: Target, year: int) -> bool:
    """Whether all of a deadline lies after the year, however it is read; closing the year's books may come later."""
    if not isinstance(target.content, Deadline):
        return False
    moment = target.content.moment
    late = moment.year > year and min(moment.limits()) > (year, 12, 31)
    return late and not own_later_work(row.name + target.content.task)
