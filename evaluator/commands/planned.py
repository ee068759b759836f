"""Forecasts, goals sought, slopes and alternatives as text for a terminal, and goals sought as sentences and plain data."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from evaluator.commands.console import columns, sentences_text
from evaluator.explain import Sentence
from evaluator.figures import decimal, percent, points, wan
from evaluator.planning import attained, forecast, sensitivity, whatif
from evaluator.planning.attainability import Attainable
from evaluator.planning.cheapest import Change
from evaluator.planning.dials import NO_CAP
from evaluator.planning.forecast import Forecast
from evaluator.planning.goalseek import Sought
from evaluator.planning.sensitivity import Lever
from evaluator.planning.whatif import WhatIf
from evaluator.results import Evaluation, TableScore

SAMPLE = "示例数据，不是该单位的实际情况\n\n"


def _sample(tables: Iterable[TableScore]) -> str:
    """What is said first of results made up for a demonstration."""
    return SAMPLE if any(table.actuals and table.actuals.illustrative for table in tables) else ""


def forecast_text(found: Sequence[Forecast], whole: bool) -> str:
    """The range of each project; of one the rows at both ends and the assumptions."""
    if not whole:
        told = "用 ziping forecast 项目编码 查看各行、假定和两端怎样得到\n"
        return _sample(one.present for one in found) + columns(forecast.overview(found), right=(2, 3, 5)) + "\n" + told
    out = io.StringIO()
    out.write(_sample(one.present for one in found))
    for one in found:
        out.write(sentences_text(list(forecast.says(one))) + "\n")
        out.write(columns(forecast.rows(one), right=(5, 7, 8)))
    return out.getvalue()


# ---- goals -------------------------------------------------------------------------------------------------------


def goal_text(found: Sequence[Sought], proofs: Mapping[str, Attainable]) -> str:
    """Each project: the changes, or the proof that none do."""
    out = io.StringIO()
    out.write(_sample(one.present for one in found))
    for one in found:
        out.write(sentences_text(list(says(one))))
        if not one.reached:
            out.write("\n" + _limits(one))
            if one.present.code in proofs:
                out.write("\n" + _proof(proofs[one.present.code]))
        out.write("\n")
    return out.getvalue()


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


def change_says(change: Change) -> str:
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


def _moved(change: Change, moved: Fraction) -> tuple[str, str]:
    dial = change.dial
    if dial.kind == "金额":
        return wan(int(abs(moved))), "万元"
    amount = abs(moved * dial.scales[0].grain)
    if dial.kind == "比例":
        return decimal(amount * 100), "个百分点"
    unit = dial.readings[0].pair.unit
    return decimal(amount), "个百分点" if unit == "%" else unit


def _limits(one: Sought) -> str:
    """What every row can earn at most: the proof, row by row; the rows that follow from money stand together."""
    rows, certain = {row.indicator.id: row for row in one.present.all_rows}, one.standing.certain
    head = ["行", "目前得分", "最多可得", "分值", "依据"]
    lines = [
        [rows[name].indicator.name, points(earned), points(earned), points(rows[name].points), "已经确定"]
        for name, earned in certain.items()
    ]
    for dial in one.standing.dials:
        worth = sum(case.points for case in dial.cases)
        why, most = f"{dial.shown(one.best[dial.id])} 时", dial.turn(one.best[dial.id]).earned
        name = dial.name
        if dial.kind == "金额":
            name = "、".join(reading.indicator.name for reading in dial.readings)
            low, high = dial.turns[0].first, dial.turns[-1].last or 0
            why += f"；全年执行数 {wan(low)} 至 {wan(high)} 万元共有 {len(dial.turns)} 档，逐档比较"
        lines.append([name, points(dial.earned), points(most), points(worth), why])
    cap = (
        one.standing.cap if one.standing.money is None else one.standing.money.turn(one.best[one.standing.money.id]).cap
    )
    if cap < NO_CAP:
        lines.append(["按执行率封顶", "", points(cap), "", "这时的预算执行率"])
    lines.append(["总分", points(one.present.score), points(one.most), "", ""])
    return columns([head, *lines], right=(1, 2, 3))


def _proof(one: Attainable) -> str:
    """The proof over every spending, whatever the other rows come to."""
    highest = points((one.luck or one.best).total)
    told = f"即使与金额无关的各行都得满分，0 至 {wan(one.budget)} 万元的每一分执行数都不超过 {highest}"
    if one.luck:
        told += (
            f"（其中逐行四舍五入多出 {points(one.luck.total - one.best.total)}，舍入前最高 {points(one.best.total)}）"
        )
    wide = range(len(one.coupled) + 6)
    return f"{told}：\n" + columns(attained.proof(one), right=list(wide))


def goal_json(found: Sequence[Sought], proofs: Mapping[str, Attainable]) -> list[dict[str, Any]]:
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


# ---- slopes and alternatives -------------------------------------------------------------------------------------


def sensitivity_text(present: Evaluation, found: Mapping[str, Sequence[Lever]]) -> str:
    """A table per project: what one unit more of each result is worth."""
    out = io.StringIO()
    out.write(_sample(present.projects))
    for table in present.projects:
        if table.code in found:
            out.write(f"{table.name}（{table.code}） {points(table.score)}（{table.grade}）\n")
            out.write(columns(sensitivity.rows(found[table.code]), right=(2, 3, 4)) + "\n")
    out.write("“约”是目前这一点上的变化率；得分按档舍入，“最近一档”是再得分最少要做到的\n")
    return out.getvalue()


def whatif_text(made: WhatIf) -> str:
    """Every table that any alternative moves, side by side; then what else changes."""
    out = io.StringIO()
    present = made.present
    note = "（示例数据，不是该单位的实际情况）" if present.illustrative else ""
    out.write(f"{present.unit} {present.year} 年度{note}，金额单位：万元\n")
    for table in made.tables:
        lines = whatif.side_by_side(made, table)
        out.write(f"\n{table.name}（{table.code}）\n" + columns(lines))
        out.writelines(f"  {name}：{says}\n" for name, says in whatif.notes(made, table))
    for name, _, moves in made.sides:
        out.write(f"\n{name}：{moves.summary}" + "".join(f"；{one}" for one in moves.notes))
    return out.getvalue() + "\n"
