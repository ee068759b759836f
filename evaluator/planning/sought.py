"""Goals sought as sentences and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from evaluator.explain import Sentence
from evaluator.figures import decimal, percent, points, wan
from evaluator.planning import attained
from evaluator.planning.attainability import Attainable
from evaluator.planning.cheapest import DialChange
from evaluator.planning.goalseek import Sought


def says(one: Sought) -> Iterator[Sentence]:
    """What was sought and found, a sentence each."""
    goal = f"{points(one.goal)} 分" + (f"（{one.grade}）" if one.grade else "")
    yield "项目", f"{one.present.name}（{one.present.code}），目前 {points(one.present.score)}（{one.present.grade}）"
    if one.table is one.present:
        yield "结论", f"目前已经达到 {goal}"
    elif one.table is not None:
        yield "结论", f"改变 {len(one.changes)} 项可达到 {goal}：得 {points(one.table.score)}（{one.table.grade}）"
        for change in one.changes:
            yield "改变", change_says(change)
        total = sum((change.size for change in one.changes), Fraction(0))
        least = "没有更少的项数；项数相同的，没有更小的改变" if one.sure else "可能还有更小的改变"
        yield (
            "最小",
            f"{least}（相对于指标值、预算数或全部比例的改变合计 {percent(total, 4)}，逐项按得分的每一档精确比较）",
        )
    elif one.most < one.goal:
        yield "结论", f"达不到 {goal}：未定的各项不论怎样，总分最高 {points(one.most)}"
    else:
        yield "结论", f"{'达不到' if one.sure else '没有找到达到的办法，但不能证明没有：'} {goal}".replace("： ", "：")
        yield "总分", f"总分最高可到 {points(one.most)}，但等级因问题受限："
        for blocked in one.blocked:
            yield "问题", blocked


def change_says(change: DialChange) -> str:
    """One change: “满意度”从 93.5% 提高到 95%（+1.5 个百分点，+0.16 分）."""
    dial, gained = change.dial, f"{'+' if change.gained >= 0 else ''}{points(change.gained)} 分"
    after = dial.shown(change.after)
    if change.before is None:
        return (
            f"“{dial.name}”做到 {after}（目前未填，{gained}）"
            if dial.kind != "是否"
            else f"“{dial.name}”{after}（{gained}）"
        )
    moved = change.after - change.before
    if dial.kind == "是否":
        return f"“{dial.name}”由{dial.shown(change.before)}改为{after}（{gained}）"
    size, unit = _moved(change, moved)
    words = ("提高", "降低") if unit == "个百分点" else ("增加", "减少")
    verb = words[moved < 0]
    sign = "+" if moved > 0 else "−"
    return f"“{dial.name}”从 {dial.shown(change.before)} {verb}到 {after}（{sign}{size} {unit}，{gained}）"


def _moved(change: DialChange, moved: Fraction) -> tuple[str, str]:
    dial = change.dial
    if dial.kind == "金额":
        return wan(int(abs(moved))), "万元"
    amount = abs(moved * dial.scales[0].grain)
    if dial.kind == "比例":
        return decimal(amount * 100), "个百分点"
    unit = dial.readings[0].pair.unit
    return decimal(amount), "个百分点" if unit == "%" else unit


def as_json(found: Sequence[Sought], proofs: Mapping[str, Attainable]) -> list[dict[str, Any]]:
    """The same as plain data; relative sizes are exact fractions."""
    return [
        {
            "code": one.present.code,
            "name": one.present.name,
            "goal": points(one.goal),
            "grade": one.grade,
            "present": {"score": points(one.present.score), "grade": one.present.grade},
            "reached": one.reached,
            "certain": one.sure,
            "changes": [
                {
                    "id": change.dial.id,
                    "name": change.dial.name,
                    "before": None if change.before is None else change.dial.shown(change.before),
                    "after": change.dial.shown(change.after),
                    "gained": points(change.gained),
                    "relative": str(change.size),
                    "says": change_says(change),
                }
                for change in one.changes
            ],
            "result": None if one.table is None else {"score": points(one.table.score), "grade": one.table.grade},
            "most": points(one.most),
            "blocked": list(one.blocked),
            "proof": attained.as_json([proofs[one.present.code]])[0]["proof"] if one.present.code in proofs else [],
        }
        for one in found
    ]
