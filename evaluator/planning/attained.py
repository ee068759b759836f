"""What a project can reach, told: the figures as a table, the sentences that follow from them, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.explain import Sentence, formula
from evaluator.figures import points, wan
from evaluator.planning.attainability import Attainable, SpendingPoint


def overview(found: Sequence[Attainable]) -> list[list[str]]:
    """A line per project: the highest total, and the spending it takes."""
    head = ["项目编码", "项目", "全年预算数", "最高可得分", "等级", "全年执行数", "执行率"]
    return [head, *_overview(found)]


def _overview(found: Sequence[Attainable]) -> Iterator[list[str]]:
    for one in found:
        table, best = one.witness, one.best
        yield [
            table.code, table.name, wan(one.budget), points(best.total), table.grade_by_score, wan(best.spent), one.rate(best)
        ]  # fmt: skip


def turning_points(one: Attainable) -> list[list[str]]:
    """Where the points of a coupled row change their course: each row's points, and the total."""
    capped = any(point.cap < 10_000 for point in one.turns)
    names = [row.id for row in one.coupled]
    head = ["全年执行数", "执行率", *names, "其余各行", *(["封顶"] if capped else []), "总分", ""]
    return [head, *(_turn(one, point, capped) for point in one.turns)]


def _turn(one: Attainable, point: SpendingPoint, capped: bool) -> list[str]:
    cap = ["—" if point.cap == 10_000 else points(point.cap)] if capped else []
    note = "最高" if point is one.best else ""
    figures = [points(earned) for earned in (*point.earned, one.free)]
    return [wan(point.spent), one.rate(point), *figures, *cap, points(point.total), note]


def proof(one: Attainable) -> list[list[str]]:
    """The spans that together hold every spending: what no row, and no total, exceeds in each."""
    head = ["全年执行数自", "至", *(f"{row.id}至多" for row in one.coupled), "其余各行", "合计至多"]
    return [
        head,
        *([wan(s.low), wan(s.high), *map(points, s.at_most), points(one.free), points(s.total)] for s in one.proof),
    ]


def says(one: Attainable) -> Iterator[Sentence]:
    """What follows from the figures: the highest total, what binds, what excludes each other, what is perverse."""
    table, best = one.witness, one.best
    yield "项目", f"{table.name}（{table.code}），{table.policy.title}（{table.policy.id}）"
    yield "最高可得分", f"{points(best.total)}（{table.grade_by_score}），全年执行数 {_spent(one, best)}时达到"
    if one.luck:
        more = points(one.luck.total - best.total)
        yield (
            "",
            f"逐行四舍五入可再多出 {more}：全年执行数 {_spent(one, one.luck)}时为 {points(one.luck.total)}；没有任何执行数更高",
        )
    yield "取得办法", f"与金额无关的各行都达到指标值，得 {points(one.free)}；与金额有关的各行："
    for row in table.all_rows:
        if row.indicator.id in {coupled.id for coupled in one.coupled}:
            target = f" {row.indicator.target}" if row.indicator.formula else ""
            yield "", f"{row.indicator.name}{target}：{formula(row, table.policy)}"
    for conflict in one.conflicts:
        yield "不能同时做到", conflict.says
    if one.reversal:
        less, more_spent = one.reversal
        whole = "全部支出" if more_spent.spent == one.budget else f"支出 {_spent(one, more_spent)}"
        pairs = zip(one.coupled, less.earned, more_spent.earned, strict=True)
        lost = "、".join(f"“{row.name}”由 {points(a)} 降为 {points(b)}" for row, a, b in pairs if a > b)
        yield (
            "少支出反而多得",
            f"只支出 {_spent(one, less)}得 {points(less.total)}，{whole}得 {points(more_spent.total)}，"
            f"多支出反而少得 {points(less.total - more_spent.total)}"
            + (f"（{lost}）" if lost else ""),
        )  # fmt: skip


def _spent(one: Attainable, point: SpendingPoint) -> str:
    return f"{wan(point.spent)} 万元（{one.rate(point)}）"


def as_json(found: Sequence[Attainable]) -> list[dict[str, Any]]:
    """The same as plain data: money in 万元, points as decimal strings."""
    return [
        {
            "code": one.witness.code,
            "name": one.witness.name,
            "policy": one.witness.policy.id,
            "budget": wan(one.budget),
            "highest": points(one.best.total),
            "highest_with_rounding": points((one.luck or one.best).total),
            "grade": one.witness.grade_by_score,
            "spent": wan(one.best.spent),
            "rows": [
                {"id": row.indicator.id, "target": row.indicator.target, "actual": row.actual_shown,
                 "points": points(row.points), "earned": points(row.earned), "formula": formula(row, one.witness.policy)}
                for row in one.witness.all_rows
            ],
            "coupled": [row.id for row in one.coupled],
            "turning_points": [_point(one, point) for point in one.turns],
            "proof": [
                {"from": wan(span.low), "to": wan(span.high), "at_most": _named(one, span.at_most), "total": points(span.total)}
                for span in one.proof
            ],
            "conflicts": [{"first": c.first, "second": c.second, "says": c.says} for c in one.conflicts],
            "spending_less_scores_more": [_point(one, point) for point in one.reversal or ()],
        }
        for one in found
    ]  # fmt: skip


def _point(one: Attainable, point: SpendingPoint) -> dict[str, Any]:
    return {
        "spent": wan(point.spent),
        "rate": one.rate(point),
        "earned": _named(one, point.earned),
        "total": points(point.total),
    }


def _named(one: Attainable, earned: Sequence[int]) -> dict[str, str]:
    return {row.id: points(each) for row, each in zip(one.coupled, earned, strict=True)}
