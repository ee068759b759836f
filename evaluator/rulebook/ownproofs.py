"""What the scoring standards of a goal table's rows promise, proved at every end they name, beside it and between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from evaluator.criteria.faulty import Refusal
from evaluator.figures import decimal
from evaluator.model import Indicator, Project
from evaluator.policies.proofs import Proved, Statement

Claim = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class OwnStandards:
    """The standards of one project's rows, as statements are about them."""

    id: str
    title: str


def prove_standards(projects: Iterable[Project]) -> list[Proved]:
    """Every project with criteria of its own, by its code, with what is proved or refuted of each row."""
    proved: list[Proved] = []
    for project in projects:
        rows = [row for row in project.indicators if row.criterion is not None]
        source = f"原文：{project.source.document}"
        statements = [
            Statement(row.id, promise, says, evidence, holds, "原文", source, row.name)
            for row in rows
            for promise, says, evidence, holds in _claims(row)
        ]
        if statements:
            proved.append((OwnStandards(project.code, f"{project.name}（{project.year}年）各行的评分标准"), statements))
    return proved


def _claims(row: Indicator) -> Iterator[Claim]:
    from evaluator.criteria.measuring import conditions
    from evaluator.criteria.saying import written
    from evaluator.criteria.sentences import read
    from evaluator.criteria.soundness import values_of
    from evaluator.criteria.standard import open_says, standard
    from evaluator.criteria.tree import Interval

    points = Fraction(row.spoken, 100)
    try:
        own = standard(row.criterion or "", row.reads)
        asked = [open_says(ask) for ask in own.asks(row.target, points, row.sign)]
    except Refusal as error:
        yield "read", "评分标准读得懂", f"{error.code} {error.says}", False
        return
    yield "read", "印出的读法再读一遍，意思不变", written(own.tree), read(written(own.tree)) == own.tree
    yield "settled", "没有写明的事都已答复", "；".join(asked) or "没有", not asked
    inputs = own.inputs(row.target, points, row.sign)
    if asked or inputs:
        detail = "；".join(query.asks for query in inputs)
        yield "given", "另要填的，填了才有得分", detail or "没有", True
        return
    values = values_of(own, row.target, points, row.sign)
    if not values.points:
        return
    shown = f"试了 {len(values.points)} 个值：各端点、紧挨着的两侧和中间"
    beyond = [f"完成{value}得{decimal(got, 2)}分" for value, got in values.points if not 0 <= got <= points]
    limit = "（原文写明可以超过或为负的除外）" if not own.bounded else ""
    yield (
        "bounded",
        f"得分在 0 与 {decimal(points, 2)} 之间{limit}",
        "；".join(beyond[:3]) or shown,
        not beyond or not own.bounded,
    )
    if values.aimed is not None:
        own_bands = any(isinstance(condition, Interval) for condition in conditions(own.tree))
        stated = "（原文按自己的档写明）" if own_bands and values.aimed < points else ""
        detail = f"完成{values.aim}得{decimal(values.aimed, 2)}分{stated}"
        yield "full", "达到指标值得满分", detail, values.aimed >= points or own_bands
    yield "monotone", "完成得差的不会得分更高", values.worse or shown, not values.worse
