"""What a project can reach, told: the figures as a table, the sentences that follow from them, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.explain import Sentence, formula
from evaluator.figures import points, wan
from evaluator.planning.reachable import Attainable, SpendingPoint


def overview(proved: Sequence[Attainable]) -> list[list[str]]:
    """A line per project: the highest total, and the spending it takes."""
    head = ["项目编码", "项目", "全年预算数", "最高可得分", "等级", "全年执行数", "执行率"]
    lines = [head]
    for project in proved:
        table, best = project.witness, project.best
        reached = [points(best.total), table.grade_by_score, wan(best.spent), project.rate(best)]
        lines.append([table.code, table.name, wan(project.budget), *reached])
    return lines


def turning_points(project: Attainable) -> list[list[str]]:
    """Where the points of a coupled row change their course: each row's points, and the total."""
    capped = any(point.cap < 10_000 for point in project.turns)
    names = [row.id for row in project.coupled]
    head = ["全年执行数", "执行率", *names, "其余各行", *(["封顶"] if capped else []), "总分", ""]
    return [head, *(_turn(project, point, capped) for point in project.turns)]


def _turn(project: Attainable, point: SpendingPoint, capped: bool) -> list[str]:
    cap = ["—" if point.cap == 10_000 else points(point.cap)] if capped else []
    note = "最高" if point is project.best else ""
    figures = [points(earned) for earned in (*point.earned, project.free)]
    return [wan(point.spent), project.rate(point), *figures, *cap, points(point.total), note]


def proof(project: Attainable) -> list[list[str]]:
    """The spans that together hold every spending: what no row, and no total, exceeds in each."""
    head = ["全年执行数自", "至", *(f"{row.id}至多" for row in project.coupled), "其余各行", "合计至多"]
    lines = [[wan(s.low), wan(s.high), *map(points, (*s.at_most, project.free, s.total))] for s in project.proof]
    return [head, *lines]


def says(project: Attainable) -> Iterator[Sentence]:
    """What follows from the figures: the highest total, what binds, what excludes each other, what is perverse."""
    table, best = project.witness, project.best
    yield "项目", f"{table.name}（{table.code}），{table.policy.title}（{table.policy.id}）"
    yield "最高可得分", f"{points(best.total)}（{table.grade_by_score}），全年执行数 {_spent(project, best)}时达到"
    if project.luck:
        more, top = points(project.luck.total - best.total), points(project.luck.total)
        yield (
            "",
            f"逐行四舍五入可再多出 {more}：全年执行数 {_spent(project, project.luck)}时为 {top}；没有任何执行数更高",
        )
    how = "各取最高" if project.short else "都达到指标值"
    yield "取得办法", f"与金额无关的各行{how}，得 {points(project.free)}{_short(project)}；与金额有关的各行："
    for row in table.all_rows:
        if row.indicator.id in {coupled.id for coupled in project.coupled}:
            target = f" {row.indicator.target}" if row.indicator.formula else ""
            yield "", f"{row.indicator.name}{target}：{formula(row, table.policy)}"
    for conflict in project.conflicts:
        yield "不能同时做到", conflict.says
    if project.reversal:
        less, more_spent = project.reversal
        whole = "全部支出" if more_spent.spent == project.budget else f"支出 {_spent(project, more_spent)}"
        pairs = zip(project.coupled, less.earned, more_spent.earned, strict=True)
        lost = "、".join(f"“{row.name}”由 {points(a)} 降为 {points(b)}" for row, a, b in pairs if a > b)
        totals = f"只支出 {_spent(project, less)}得 {points(less.total)}，{whole}得 {points(more_spent.total)}，"
        fewer = f"多支出反而少得 {points(less.total - more_spent.total)}" + (f"（{lost}）" if lost else "")
        yield "少支出反而多得", totals + fewer


def _short(project: Attainable) -> str:
    """The rows that their own criterion never gives all their points, and what it gives at most."""
    rows = {row.indicator.id: row for row in project.witness.rows}
    most = [f"“{short.name}”按评分标准最多得 {points(rows[short.id].earned)}" for short in project.short]
    return f"（{'、'.join(most)}）" if most else ""


def _spent(project: Attainable, point: SpendingPoint) -> str:
    return f"{wan(point.spent)} 万元（{project.rate(point)}）"


def as_json(proved: Sequence[Attainable]) -> list[dict[str, Any]]:
    """The same as plain data: money in 万元, points as decimal strings."""
    return [
        {
            "code": project.witness.code,
            "name": project.witness.name,
            "policy": project.witness.policy.id,
            "budget": wan(project.budget),
            "highest": points(project.best.total),
            "highest_with_rounding": points((project.luck or project.best).total),
            "grade": project.witness.grade_by_score,
            "spent": wan(project.best.spent),
            "rows": [
                {"id": row.indicator.id, "target": row.indicator.target, "actual": row.actual_shown,
                 "points": points(row.points), "earned": points(row.earned), "formula": formula(row, project.witness.policy)}
                for row in project.witness.all_rows
            ],
            "coupled": [row.id for row in project.coupled],
            "turning_points": [_point(project, point) for point in project.turns],
            "proof": [
                {"from": wan(span.low), "to": wan(span.high), "at_most": _named(project, span.at_most), "total": points(span.total)}
                for span in project.proof
            ],
            "conflicts": [{"first": c.first, "second": c.second, "says": c.says} for c in project.conflicts],
            "spending_less_scores_more": [_point(project, point) for point in project.reversal or ()],
        }
        for project in proved
    ]  # fmt: skip


def _point(project: Attainable, point: SpendingPoint) -> dict[str, Any]:
    return {
        "spent": wan(point.spent),
        "rate": project.rate(point),
        "earned": _named(project, point.earned),
        "total": points(point.total),
    }


def _named(project: Attainable, earned: Sequence[int]) -> dict[str, str]:
    return {row.id: points(each) for row, each in zip(project.coupled, earned, strict=True)}
