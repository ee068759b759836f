"""The highest scores, forecasts, goals sought, slopes and alternatives as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaluator.commands.console import columns, joined, sentences_text
from evaluator.figures import points, wan
from evaluator.planning import attained, forecast, sensitivity, sought, whatif
from evaluator.planning.dials import NO_CAP
from evaluator.planning.forecast import Forecast
from evaluator.planning.goalseek import Sought
from evaluator.planning.reachable import Attainable
from evaluator.planning.sensitivity import Lever
from evaluator.planning.whatif import WhatIf
from evaluator.results import Evaluation, TableScore

SAMPLE = "示例数据，不是该单位的实际情况\n\n"


def _sample(tables: Iterable[TableScore]) -> str:
    """What is said first of results made up for a demonstration."""
    return SAMPLE if any(table.actuals and table.actuals.illustrative for table in tables) else ""


@joined
def attain_text(projects: Sequence[Attainable], whole: bool) -> Iterator[str]:
    """The highest total of each project; of one project the turning points and the proof as well."""
    if not whole:
        yield columns(attained.overview(projects), right=(2, 3, 5, 6)) + "\n"
    for project in projects:
        if whole or project.best.total < 10_000 or project.reversal:
            yield sentences_text(list(attained.says(project))) + "\n"
        if whole:
            wide = range(len(project.coupled) + 6)
            yield "转折点（金额单位：万元；两个转折点之间，各行舍入前的得分只升或只降）：\n"
            yield columns(attained.turning_points(project), right=list(wide[:-1])) + "\n"
            highest = points((project.luck or project.best).total)
            yield (
                f"证明：下列 {len(project.proof)} 段合起来是 0 至 {wan(project.budget)} 万元的每一分，没有一段能超过 {highest}"
                "（每段之内各行得分只升或只降，不会超过两端中较高的）：\n"
            )
            yield columns(attained.proof(project), right=list(wide)) + "\n"
    if not whole:
        yield "用 ziping attain 项目编码 查看转折点和证明；金额单位：万元\n"


@joined
def forecast_text(forecasts: Sequence[Forecast], whole: bool) -> Iterator[str]:
    """The range of each project; of one the rows at both ends and the assumptions."""
    yield _sample(project.present for project in forecasts)
    if not whole:
        yield columns(forecast.overview(forecasts), right=(2, 3, 5)) + "\n"
        yield "用 ziping forecast 项目编码 查看各行、假定和两端怎样得到\n"
        return
    for project in forecasts:
        yield sentences_text(list(forecast.says(project))) + "\n"
        yield columns(forecast.rows(project), right=(5, 7, 8))


# ---- goals -------------------------------------------------------------------------------------------------------


@joined
def goal_text(goals: Sequence[Sought], proofs: Mapping[str, Attainable]) -> Iterator[str]:
    """Each project: the changes, or the proof that none do."""
    yield _sample(goal.present for goal in goals)
    for goal in goals:
        yield sentences_text(list(sought.says(goal)))
        if not goal.reached:
            yield "\n" + _limits(goal)
            if goal.present.code in proofs:
                yield "\n" + _proof(proofs[goal.present.code])
        yield "\n"


def _limits(goal: Sought) -> str:
    """What every row can earn at most: the proof, row by row; the rows that follow from money stand together."""
    rows, certain = {row.indicator.id: row for row in goal.present.all_rows}, goal.standing.certain
    head = ["行", "目前得分", "最多可得", "分值", "依据"]
    lines = [
        [rows[name].indicator.name, points(earned), points(earned), points(rows[name].points), "已经确定"]
        for name, earned in certain.items()
    ]
    for dial in goal.standing.dials:
        why, most = f"{dial.shown(goal.best[dial.id])} 时", dial.turn(goal.best[dial.id]).earned
        name = dial.name
        if dial.kind == "金额":
            name = "、".join(reading.indicator.name for reading in dial.readings)
            low, high = dial.turns[0].first, dial.turns[-1].last or 0
            why += f"；全年执行数 {wan(low)} 至 {wan(high)} 万元共有 {len(dial.turns)} 档，逐档比较"
        lines.append([name, points(dial.earned), points(most), points(dial.points), why])
    cap = (
        goal.standing.cap
        if goal.standing.money is None
        else goal.standing.money.turn(goal.best[goal.standing.money.id]).cap
    )
    if cap < NO_CAP:
        lines.append(["按执行率封顶", "", points(cap), "", "这时的预算执行率"])
    lines.append(["总分", points(goal.present.score), points(goal.most), "", ""])
    return columns([head, *lines], right=(1, 2, 3))


def _proof(project: Attainable) -> str:
    """The proof over every spending, whatever the other rows come to."""
    highest = points((project.luck or project.best).total)
    says = f"即使与金额无关的各行都得满分，0 至 {wan(project.budget)} 万元的每一分执行数都不超过 {highest}"
    if project.luck:
        says += f"（其中逐行四舍五入多出 {points(project.luck.total - project.best.total)}，舍入前最高 {points(project.best.total)}）"
    wide = range(len(project.coupled) + 6)
    return f"{says}：\n" + columns(attained.proof(project), right=list(wide))


# ---- slopes and alternatives -------------------------------------------------------------------------------------


@joined
def sensitivity_text(present: Evaluation, levers: Mapping[str, Sequence[Lever]]) -> Iterator[str]:
    """A table per project: what one unit more of each result is worth."""
    yield _sample(present.projects)
    for table in present.projects:
        if table.code in levers:
            yield f"{table.name}（{table.code}） {points(table.score)}（{table.grade}）\n"
            yield columns(sensitivity.rows(levers[table.code]), right=(2, 3, 4)) + "\n"
    yield "“约”是目前这一点上的变化率；得分按档舍入，“最近一档”是再得分最少要做到的\n"


@joined
def whatif_text(compared: WhatIf) -> Iterator[str]:
    """Every table that any alternative moves, side by side; then what else changes."""
    present = compared.present
    note = "（示例数据，不是该单位的实际情况）" if present.illustrative else ""
    yield f"{present.unit} {present.year} 年度{note}，金额单位：万元\n"
    for table in compared.tables:
        lines = whatif.side_by_side(compared, table)
        yield f"\n{table.name}（{table.code}）\n" + columns(lines)
        yield from (f"  {name}：{says}\n" for name, says in whatif.notes(compared, table))
    for name, _, moves in compared.sides:
        yield f"\n{name}：{moves.summary}" + "".join(f"；{note}" for note in moves.notes)
    yield "\n"
