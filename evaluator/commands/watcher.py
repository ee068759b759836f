"""The command that watches a year: ziping monitor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands.options import (
    FINDINGS,
    As,
    Format,
    Out,
    Place,
    Sample,
    To,
    UnitCode,
    rulebook_of,
    say,
    suffixes,
)
from evaluator.commands.working import working

if TYPE_CHECKING:
    from datetime import date

    from evaluator.model import Project
    from evaluator.monitoring.monitor import Monitored
    from evaluator.monitoring.rules import Duty
    from evaluator.publish import Published
    from evaluator.records.acting import Act
    from evaluator.rulebook import Rulebook
    from evaluator.workspace import Workspace


def monitor(
    as_of: Annotated[str, typer.Option("--as-of", help="监控日期，如 2023-06-30、2023年6月30日")],
    workspace: Place = None,
    sample: Sample = False,
    out: Out = Path("out"),
    to: To = None,
    year: Annotated[int | None, typer.Option(help="年度；不写则取监控日期所在的年度")] = None,
    unit: UnitCode = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="监控办法编号（rules/monitoring）；不写则用当年在用的")
    ] = None,
    within: Annotated[
        int | None, typer.Option("--within", help="多少天内到期算“即将到期”；不写则依监控办法", min=0, max=366)
    ] = None,
    record: Annotated[
        bool | None, typer.Option("--record/--no-record", help="记入台账；不写则有台账时记入", show_default=False)
    ] = None,
    format: As = Format.text,
) -> None:
    """绩效运行监控：截至某日，支出对照资金支出计划，指标对照指标值，哪些将到期、已逾期；写出绩效运行监控表。

    数据在 monitoring/年度/单位/（日期.yaml，或 ziping template --monitor 写出、填好的 xlsx），用监控日期及以前最近的一份；颜色和界限在 rules/monitoring。

    返回码：0 没有要处理的；1 有红、黄、逾期，或有要说明的问题；2 用法；3 文件读不了。
    """
    from evaluator.commands import console
    from evaluator.journal import Change
    from evaluator.monitoring.export import as_json
    from evaluator.monitoring.forms import TITLE, monitoring_document
    from evaluator.office import office_of
    from evaluator.plain import dumps
    from evaluator.publish import safe_name
    from evaluator.records.acting import acting
    from evaluator.records.delivery import issued
    from evaluator.records.recording import ledger_of
    from evaluator.workspace import LEDGER, open_workspace

    space = open_workspace(workspace)
    place = ledger_of(space, out)
    wanted = place.exists() if record is None else record
    with acting(place if wanted else out / LEDGER, "监控") as act:  # only files where nothing is recorded
        say(act.notes)
        made = _monitored(workspace, as_of, year, unit, policy, within)
        office = office_of(space.office, made.year, made.unit_code)
        stem = f"{safe_name(made.unit)}_{made.year}_{TITLE}_{made.as_of}"
        with working("写出绩效运行监控表"):
            sheets, number = issued(out, stem, lambda number: monitoring_document(made, number, office), suffixes(to))
        written = [one.published(number) for one in sheets]
        files = [Change(one.path, one.data) for one in sheets if not one.there]
        payload = _payload(act, made, written) if wanted else None
        entry = act.record("monitor", payload, files) if payload else None
        if not payload:
            act.commit(files)
    if format is Format.json:
        typer.echo(dumps(as_json(made) | {"noted": console.noted_json(written)}), nl=False)
    else:
        typer.echo(_text(made), nl=False)
        typer.echo(console.written_text(written), nl=False)
        if entry:
            typer.echo(f"已记入台账第 {entry.seq} 条")
    if made.attention or console.noted(written):
        raise typer.Exit(FINDINGS)


def _monitored(
    workspace: Path | None, as_of: str, year: int | None, unit: str | None, policy: str | None, within: int | None
) -> Monitored:
    from evaluator.monitoring.monitor import monitor as watch
    from evaluator.monitoring.points import load_points
    from evaluator.monitoring.rules import load_monitoring_policy

    rulebook, space, day, projects, duties = unit_at(workspace, as_of, year, unit)
    chosen = load_monitoring_policy(space.rule_folders, projects[0].year, policy)
    points = load_points(space.root / "monitoring", projects, [duty for duty, _ in duties], day)
    say(points.notes)
    with working("推算"):
        return watch(rulebook, projects, duties, points, chosen, day, within)


def unit_at(
    workspace: Path | None, as_of: str, year: int | None, unit: str | None
) -> tuple[Rulebook, Workspace, date, list[Project], list[tuple[Duty, date]]]:
    """The projects and duties of a unit's year that a day asked for is of; raises UsageProblem (M301, M302)."""
    from evaluator.errors import Problem, UsageProblem
    from evaluator.model import Project
    from evaluator.monitoring.rules import load_duties
    from evaluator.preparation import tables_of
    from evaluator.quantities.days import day_of
    from evaluator.quantities.numerals import Unreadable

    try:
        day = day_of(as_of)
    except Unreadable as error:
        raise UsageProblem([Problem("M301", f"监控日期：{error.reason}", None, error.allowed)]) from None
    rulebook, space = rulebook_of(workspace, year or day.year, unit)
    tables = tables_of(rulebook, year or day.year, unit)
    projects = [table for table in tables if isinstance(table, Project)]
    if not projects:
        raise UsageProblem([Problem("M302", f"{tables[0].unit.name} {tables[0].year} 年没有项目，没有什么可监控")])
    return rulebook, space, day, projects, load_duties(space.rules, projects[0].year, projects[0].unit.code)


def _payload(act: Act, made: Monitored, written: Sequence[Published]) -> dict[str, Any] | None:
    """The colours of a date as the ledger keeps them; None when the last entry for that date says the same."""
    from evaluator.records.recording import engine, told

    payload = {
        "unit": made.unit,
        "unit_code": made.unit_code,
        "year": made.year,
        "as_of": str(made.as_of),
        "reported": str(made.day),
        "policy": made.policy.id,
        "illustrative": made.illustrative,
        "colours": {one.project.code: one.colour for one in made.projects},
        "overdue": [item.what for item in made.items if item.overdue],
        "engine": engine(),
        "digests": made.digests,
        "files": [{"path": told(one.path, act.root), "version": one.version, "sha256": one.digest} for one in written],
    }
    key = (made.unit_code, made.year, str(made.as_of))
    mine = [
        one
        for one in act.ledger.entries("monitor")
        if tuple(one.payload[k] for k in ("unit_code", "year", "as_of")) == key
    ]
    return None if mine and mine[-1].payload == payload else payload


def _text(made: Monitored) -> str:
    """The unit at a glance, what is due, and what has to be explained."""
    from evaluator.commands import console
    from evaluator.commands.places import told
    from evaluator.figures import wan
    from evaluator.monitoring.forms import TITLE, UNSEEN, clauses_of, counted, deviation, headlines, rate, warnings

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
