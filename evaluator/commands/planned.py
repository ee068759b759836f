"""The highest scores, forecasts, goals sought, slopes and alternatives as text for a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from evaluator.commands.console import columns, sentences_text
from evaluator.figures import points, wan
from evaluator.planning import attained, forecast, sensitivity, sought, whatif
from evaluator.planning.attainability import Attainable
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


def attain_text(found: Sequence[Attainable], whole: bool) -> str:
    """The highest total of each project; of one project the turning points and the proof as well."""
    out = io.StringIO()
    if not whole:
        out.write(columns(attained.overview(found), right=(2, 3, 5, 6)) + "\n")
    for one in found:
        if whole or one.best.total < 10_000 or one.reversal:
            out.write(sentences_text(list(attained.says(one))) + "\n")
        if whole:
            wide = range(len(one.coupled) + 6)
            out.write("转折点（金额单位：万元；两个转折点之间，各行舍入前的得分只升或只降）：\n")
            out.write(columns(attained.turning_points(one), right=list(wide[:-1])) + "\n")
            highest = points((one.luck or one.best).total)
            out.write(
                f"证明：下列 {len(one.proof)} 段合起来是 0 至 {wan(one.budget)} 万元的每一分，没有一段能超过 {highest}"
                "（每段之内各行得分只升或只降，不会超过两端中较高的）：\n"
            )
            out.write(columns(attained.proof(one), right=list(wide)) + "\n")
    return out.getvalue() + ("" if whole else "用 ziping attain 项目编码 查看转折点和证明；金额单位：万元\n")


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
        out.write(sentences_text(list(sought.says(one))))
        if not one.reached:
            out.write("\n" + _limits(one))
            if one.present.code in proofs:
                out.write("\n" + _proof(proofs[one.present.code]))
        out.write("\n")
    return out.getvalue()


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
