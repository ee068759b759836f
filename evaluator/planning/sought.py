"""Goals sought as sentences and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from evaluator.explain import Sentence
from evaluator.figures import decimal, percent, points, wan
from evaluator.planning import attained
from evaluator.planning.cheapest import DialChange
from evaluator.planning.goalseek import Sought
from evaluator.planning.reachable import Attainable


def says(sought: Sought) -> Iterator[Sentence]:
    """What was sought and found, a sentence each."""
    goal = f"{points(sought.goal)} 分" + (f"（{sought.grade}）" if sought.grade else "")
    yield (
        "项目",
        f"{sought.present.name}（{sought.present.code}），目前 {points(sought.present.score)}（{sought.present.grade}）",
    )
    if sought.table is sought.present:
        yield "结论", f"目前已经达到 {goal}"
    elif sought.table is not None:
        yield (
            "结论",
            f"改变 {len(sought.changes)} 项可达到 {goal}：得 {points(sought.table.score)}（{sought.table.grade}）",
        )
        for change in sought.changes:
            yield "改变", change_says(change)
        total = sum((change.size for change in sought.changes), Fraction(0))
        least = "没有更少的项数；项数相同的，没有更小的改变" if sought.sure else "可能还有更小的改变"
        size = f"相对于指标值、预算数或全部比例的改变合计 {percent(total, 4)}"
        yield "最小", f"{least}（{size}，逐项按得分的每一档精确比较）"
    elif sought.most < sought.goal:
        yield "结论", f"达不到 {goal}：未定的各项不论怎样，总分最高 {points(sought.most)}"
    else:
        yield "结论", f"达不到 {goal}" if sought.sure else f"没有找到达到的办法，但不能证明没有：{goal}"
        yield "总分", f"总分最高可到 {points(sought.most)}，但等级因问题受限："
        for blocked in sought.blocked:
            yield "问题", blocked


def change_says(change: DialChange) -> str:
    """One change: “满意度”从 93.5% 提高到 95%（+1.5 个百分点，+0.16 分）."""
    dial, gained = change.dial, f"{'+' if change.gained >= 0 else ''}{points(change.gained)} 分"
    after = dial.shown(change.after)
    if dial.choices:
        was = "目前未填" if change.before is None else f"原为{dial.shown(change.before)}"
        return f"“{dial.name}”{after}（{was}，{gained}）"
    if change.before is None:
        into = after if dial.kind == "是否" else f"做到 {after}"
        return f"“{dial.name}”{into}（{'' if dial.kind == '是否' else '目前未填，'}{gained}）"
    moved = change.after - change.before
    if dial.kind == "是否":
        return f"“{dial.name}”由{dial.shown(change.before)}改为{after}（{gained}）"
    size, unit = _moved(change, moved)
    sign, verb = ("+", "增加") if moved > 0 else ("−", "减少")
    if unit == "个百分点":
        verb = "提高" if moved > 0 else "降低"
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


def as_json(goals: Sequence[Sought], proofs: Mapping[str, Attainable]) -> list[dict[str, Any]]:
    """The same as plain data; relative sizes are exact fractions."""
    return [
        {
            "code": sought.present.code,
            "name": sought.present.name,
            "goal": points(sought.goal),
            "grade": sought.grade,
            "present": {"score": points(sought.present.score), "grade": sought.present.grade},
            "reached": sought.reached,
            "certain": sought.sure,
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
                for change in sought.changes
            ],
            "result": None
            if sought.table is None
            else {"score": points(sought.table.score), "grade": sought.table.grade},
            "most": points(sought.most),
            "blocked": list(sought.blocked),
            "proof": attained.as_json([proofs[sought.present.code]])[0]["proof"]
            if sought.present.code in proofs
            else [],
        }
        for sought in goals
    ]
