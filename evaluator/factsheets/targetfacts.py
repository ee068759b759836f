"""What is known of targets before any result exists: one fact per indicator, per goal table and per department link.

What a text means is decided by words that leave no doubt; where there is doubt the field is false or absent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from evaluator.comparators import DOWNWARD, UPWARD
from evaluator.factsheets.basiswords import basis_fields
from evaluator.factsheets.costs import budget_told
from evaluator.factsheets.relations import row_fields, table_lacks
from evaluator.factsheets.structure import heads_in
from evaluator.factsheets.wording import Wording, for_staff
from evaluator.factsheets.wordlists import bare_name
from evaluator.figures import points
from evaluator.findings.facts import Fact
from evaluator.findings.fields import Value
from evaluator.model import EXECUTION, ITEM_GOALS, Project
from evaluator.policy import Policy
from evaluator.quantities.quantity import Target
from evaluator.quantities.reading import Amount, Deadline
from evaluator.quantities.targetwords import own_later_work, wanted_direction
from evaluator.results import TableScore

FEW = 3  # rows without a sign, from which it is the form that has no place for one
SMALL = 5  # of things counted


def table_fact(
    table: TableScore,
    project: Project,
    worded: Sequence[Wording | None],
    copies: Mapping[str, Project],
    planned: bool,
) -> Fact:
    """What is known of a project's goal table as a whole; `planned` says whether the unit's form has a place for a plan.

    `worded` is how its rows are worded, `copies` from which projects they are copied.

    The plan of a year that is filled in is past: its periods are not known then.
    """
    sums: Counter[str] = Counter()
    for row in table.rows:
        sums[row.indicator.category] += row.written
    heads = heads_in(project)
    return Fact(
        "table", table.code, table.code,
        name=table.name,
        basis_column=any(row.indicator.basis.strip() for row in table.rows),
        signs_column=signs_column([sign_written(said) for said in worded if said]),
        plan_periods=len(project.plan) if planned and not filled(table) else None,
        **portions_kept(table.policy, sums),
        execution_counted=table.policy.allocation.execution > 0,
        **table_lacks(table, project),
        repeated_in="、".join(f"“{name}”" for _, name in sorted({(other.code, other.name) for other in copies.values()})),
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


def portions_kept(policy: Policy, sums: Mapping[str, int]) -> dict[str, Value]:
    """Whether the points of a table (by category, in hundredths) are those of its policy's portions, as fields of its fact.

    Nothing is settled when a category stands in no portion, or when a portion has no row and its points go elsewhere.
    """
    portions = [portion for portion in policy.allocation.portions if portion.categories != [EXECUTION]]
    settled = all(any(category in sums for category in portion.categories) for portion in portions)
    if not settled or set(sums) - {category for portion in portions for category in portion.categories}:
        return {"portions_kept": None, "portions_shown": ""}
    had = [sum(sums.get(category, 0) for category in portion.categories) for portion in portions]
    off = [
        f"{'、'.join(portion.categories)}合计 {points(mine)} 分，应为 {points(portion.points)} 分"
        for portion, mine in zip(portions, had, strict=True)
        if mine != portion.points
    ]
    return {"portions_kept": not off, "portions_shown": "；".join(off)}


def indicator_facts(
    table: TableScore, worded: Sequence[Wording | None], copies: Mapping[str, Project]
) -> Iterator[Fact]:
    """What is known of each target, given how the rows are worded, and from which projects they are copied."""
    project = isinstance(table.table, Project)
    rest = 10_000 - table.policy.allocation.execution
    rows = [scored.indicator for scored in table.rows]
    above: dict[tuple[str, str, str | None], set[str]] = defaultdict(set)
    for place, (row, said) in enumerate(zip(rows, worded, strict=True), 1):
        first = row_fields("indicator", row, place)
        same = above[bare_name(row.name), row.target, row.sign]
        repeated = says_it_again(same, beyond_name(row.name, row.description))
        if said is None:
            yield Fact("indicator", table.code, row.id, **first)
            continue
        whole_budget, wording = budget_told(table, row), worded_fields(said, table.table.year)
        yield Fact(
            "indicator", table.code, row.id,
            **first,
            **wording | {"own_people": wording["own_people"] and not for_staff(table.name)},
            **basis_fields(table.table.year, row.category, row.dimension, row.name, row.basis),
            description=row.description,
            basis=row.basis,
            category=row.category,
            dimension=row.dimension,
            points=Fraction(row.points, 100),
            share=Fraction(row.points, rest) if rest and row.points < rest else None,  # a single row is no share
            repeated=row.id in copies,
            repeated_here=project and repeated,
            equals_budget=bool(whole_budget),
            budget_told=whole_budget,
        )  # fmt: skip


def worded_fields(said: Wording, year: int) -> dict[str, Value]:
    """What the texts of a row alone decide in a table of this year, as fields of its fact."""
    return {
        "sign_written": sign_written(said),
        "numeric": said.target.kind in ("数值", "区间"),
        "restates_name": said.restates,
        "rate_above_100": said.above_whole,
        "sign_against_name": _sign_against_name(said) or said.at_most_done,
        "after_year": _after_year(said, year),
        "deadline_in_percent": said.percent is not None and bool(said.deadline_told),
        "deadline_unclear": bool(said.deadline_told),
        "deadline_told": said.deadline_told,
        "input_as_output": said.input_as_output,
        "standard_given": None if said.row.category == ITEM_GOALS else said.standard_given,
        "measures_nothing": said.measures_nothing,
        "empty": bool(said.empty_told),
        "empty_told": said.empty_told,
        "unit_unfit": bool(said.unit_told),
        "unit_told": said.unit_told,
        "mark_left": said.mark_left,
        "repeats_execution": said.repeats_execution,
        "answers_yes": said.answers_yes,
        "rate_as_quantity": said.rate_as_quantity,
        "misplaced": bool(said.misplaced_told),
        "misplaced_told": said.misplaced_told,
        "no_group": said.no_group,
        "own_people": said.own_people,
        "against_sense": bool(said.sense_told),
        "sense_told": said.sense_told,
    }


def sign_written(said: Wording) -> bool | None:
    """Whether a number is written with its sign; None where none is needed: for words, and for 100%, which nothing can pass."""
    return said.row.sign is None if said.target.kind == "数值" and said.percent != 100 else None


def _sign_against_name(said: Wording) -> bool:
    if said.amount is None or said.target.sign is None:
        return False
    beside, kind = said.row.description + said.amount.label, said.amount.low.unit.kind
    wanted = wanted_direction(said.row.name, beside, kind, "成本" in said.level)
    return said.target.sign in {"小": UPWARD, "大": DOWNWARD, None: ()}[wanted]


def _after_year(said: Wording, year: int) -> bool:
    """Whether all of a deadline lies after the year, however it is read; closing the year's books may come later."""
    content = said.target.content
    if not isinstance(content, Deadline):
        return False
    late = content.moment.year > year and min(content.moment.limits()) > (year, 12, 31)
    return late and not own_later_work(said.row.name + content.task)


def small_base(target: Target) -> bool:
    """Whether a target is a count below SMALL: one more is a large part of it."""
    content = target.content
    return isinstance(content, Amount) and content.low.unit.kind not in ("比率", "金额") and content.low.number < SMALL


def says_it_again(above: set[str], more: str) -> bool:
    """Whether a row says what one above it says that has its name, target and sign: no two descriptions tell them apart.

    `above` is what those rows say beyond their names; what this one says is put there too.
    """
    again = bool(above) and (not more or not above.isdisjoint({more, ""}))
    above.add(more)
    return again


def beyond_name(name: str, description: str) -> str:
    """What a description says that its name does not; '' where it only repeats it."""
    said = bare_name(description)
    return "" if said == bare_name(name) else said
