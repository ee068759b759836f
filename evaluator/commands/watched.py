"""A year as it stands on a day (绩效运行监控), as text for a terminal."""

from __future__ import annotations

from evaluator.commands import console
from evaluator.commands.openable import printed
from evaluator.figures import wan
from evaluator.monitoring.monitor import Monitored
from evaluator.monitoring.watchforms import (
    TITLE,
    UNSEEN,
    clauses_watched,
    colours_counted,
    deviation,
    headlines,
    rate,
    warnings,
)


def monitored_text(monitored: Monitored) -> str:
    """The unit at a glance, what is due, and what has to be explained."""
    sample = "（示例数据，不是该单位的实际情况）" if monitored.illustrative else ""
    head = ["项目编码", "项目", "预算数", "执行数", "执行率", "计划进度", "偏差", "资金", "指标", "状态", "上次"]
    rows = [
        [
            project.project.code, project.project.name, wan(project.money.budget),
            "—" if project.money.executed is None else wan(project.money.executed), rate(project.money.rate),
            rate(project.money.planned), deviation(project.money), project.money_colour or UNSEEN, colours_counted(project.rows),
            project.colour or UNSEEN, project.before or "—",
        ]
        for project in monitored.projects
    ]  # fmt: skip
    lines = [
        f"{monitored.unit} {monitored.year} 年{TITLE}{sample}，监控日期 {monitored.as_of}，数据截至 {monitored.day}；金额单位：万元",
        "",
    ]
    lines += [console.columns([head, *rows], right=(2, 3, 4, 5, 6)).rstrip("\n"), "", *headlines(monitored)]
    if urgent := list(warnings(monitored)):
        lines += ["", "预警：", *(f"  {warning}" for warning in urgent)]
    if monitored.found:
        lines += ["", "需要说明的问题：", *(f"  {printed(problem)}" for problem in monitored.found)]
    clauses = clauses_watched(monitored)
    unread = sum(not checked for checked in clauses.values())
    lines += [
        "",
        f"监控办法 {monitored.policy.id} 的 {len(clauses)} 条（没有见过原文的 {unread} 条）：",
        *(f"  {clause}" for clause in clauses),
    ]
    return "\n".join(lines) + "\n"
