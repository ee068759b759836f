"""Points: how a policy's portions are split over indicators, by largest remainder, so that they always add up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import split
from evaluator.model import EXECUTION, ITEM_GOALS, Indicator
from evaluator.policy import Allocation, InapplicableRows
from evaluator.quantities.numerals import Unreadable

WHOLE = 10_000  # 100 points, in hundredths


def allocate(rows: Sequence[Indicator], allocation: Allocation) -> list[int]:
    """Points for each row under another allocation than its points were written under, in hundredths.

    Inside a portion the written points are the weights. A portion none of whose categories occurs is spread over the
    others; a department's item goals share all but the execution points. Raises UsageProblem (U203) for a category the
    policy gives no points to.
    """
    portions = [portion for portion in allocation.portions if portion.categories != [EXECUTION]]
    rest = sum(portion.points for portion in portions)
    if all(row.category == ITEM_GOALS for row in rows):
        return split(rest, [row.points for row in rows])
    known = [category for portion in portions for category in portion.categories]
    strange = [row for row in rows if row.category not in known]
    if strange:
        says = "评分办法没有给一级指标“{}”分配分值"
        raise UsageProblem(Problem("U203", says.format(row.category), row.where, "、".join(known)) for row in strange)
    members = [[i for i, row in enumerate(rows) if row.category in portion.categories] for portion in portions]
    used = [(portion, inside) for portion, inside in zip(portions, members, strict=True) if inside]
    points = [0] * len(rows)
    for share, (_, inside) in zip(split(rest, [portion.points for portion, _ in used]), used, strict=True):
        for i, part in zip(inside, split(share, [rows[i].points for i in inside]), strict=True):
            points[i] = part
    return points


def applied(
    rows: Sequence[Indicator], points: Sequence[int], left: Collection[int], clause: InapplicableRows
) -> list[int]:
    """The points (hundredths) of rows when those at `left` do not apply: where the clause shares them, theirs go to the others
    of their level in proportion to what these have, by largest remainder; the sum stays.

    Raises Unreadable (A137) where nobody is left to take them, or nothing to take for the whole.
    """
    if not clause.shares:
        if sum(points[at] for at in left) == WHOLE:
            raise Unreadable("A137", "各行都写了“不适用”，没有可以折算的得分", "至少有一行适用")
        return list(points)
    levels: list[Callable[[Indicator], object]] = [lambda row: row.category]
    if clause.effect.startswith("二级"):
        levels.insert(0, lambda row: (row.category, row.dimension))
    given, due = list(points), {at: points[at] for at in left}
    for level in levels:
        for key in dict.fromkeys(level(rows[at]) for at in due):
            giving = [at for at in due if level(rows[at]) == key]
            taking = [at for at, row in enumerate(rows) if at not in left and level(row) == key]
            if taking:
                more = split(sum(due.pop(at) for at in giving), [points[at] for at in taking])
                for at, part in zip(taking, more, strict=True):
                    given[at] += part
    if any(due.values()):
        names = "、".join(f"“{rows[at].name}”" for at in due)
        says = f"{names}写了“不适用”，同一一级指标没有其他指标可以分摊它的分值"
        raise Unreadable("A137", says, "至少有一个适用的指标；或改用按总分折算的办法")
    return [0 if at in left else part for at, part in enumerate(given)]
