"""A year as it stands on a day (绩效运行监控), as text for a terminal."""

from __future__ import annotations

from evaluator.commands import console
from evaluator.commands.openable import told
from evaluator.figures import wan
from evaluator.monitoring.monitor import Monitored
from evaluator.monitoring.watchforms import TITLE, UNSEEN, clauses_of, counted, deviation, headlines, rate, warnings


def monitored_text(made: Monitored) -> str:
    """The unit at a glance, what is due, and what has to be explained."""
    sample = "（示例数据，不是该单位的实际情况）" if made.illustrative else ""
    head = ["项目编码", "项目", "预算数", "执行数", "执行率", "计划进度", "偏差", "资金", "指标", "状态", "上次"]
    rows = [
        [
            one.project.code, one.project.name, wan(one.money.budget),
            "—" if one.money.executed is None else wan(one.money.executed), rate(one.money.rate),
            rate(one.money.planned), deviation(one.money), one.money_colour or UNSEEN, counted(one.rows),
            one.colour or UNSEEN, one.before or "—",
        ]
        for one in made.projects
    ]  # fmt: skip
    lines = [
        f"{made.unit} {made.year} 年{TITLE}{sample}，监控日期 {made.as_of}，数据截至 {made.day}；金额单位：万元",
        "",
    ]
    lines += [console.columns([head, *rows], right=(2, 3, 4, 5, 6)).rstrip("\n"), "", *headlines(made)]
    if urgent := list(warnings(made)):
        lines += ["", "预警：", *(f"  {one}" for one in urgent)]
    if made.found:
        lines += ["", "需要说明的问题：", *(f"  {told(problem)}" for problem in made.found)]
    clauses = clauses_of(made)
    unread = sum(not checked for checked in clauses.values())
    lines += [
        "",
        f"监控办法 {made.policy.id} 的 {len(clauses)} 条（没有见过原文的 {unread} 条）：",
        *(f"  {one}" for one in clauses),
    ]
    return "\n".join(lines) + "\n"
