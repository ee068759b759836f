"""The commands between clerk and reviewer: ziping submit, return, reply, accept."""

from __future__ import annotations

from typing import Annotated

import typer

from evaluator.commands.desk import Kept, ledger_at
from evaluator.commands.options import (
    FINDINGS,
    AnyBy,
    By,
    Place,
    PlaceOption,
    UnitCode,
    Year,
    act_in,
    evaluated,
    results_of,
    rulebook_of,
)


def submit(
    by: By,
    workspace: Place = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """报送：最近一次评分的结果和文件报给审核人，印出并记下文件的清单。以后的改动都要写理由。

    有错误级问题、没有填的项目、没有回复的意见，或评分以后又改过的，不能报送。
    """
    from evaluator.commands import console
    from evaluator.errors import Problem, UsageProblem
    from evaluator.figures import called
    from evaluator.records.issuing import stale
    from evaluator.records.reissuing import history_of
    from evaluator.records.remarks import current
    from evaluator.records.submission import files_to_submit, hindrances
    from evaluator.records.workflow import step

    with act_in(workspace, out, "报送") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        actuals = results_of(space, rulebook)
        evaluation = evaluated(rulebook, space, year, unit, actuals=actuals)
        act.alone(evaluation.unit_code, evaluation.year)
        history = history_of(act.ledger, evaluation.unit_code, evaluation.year)
        if history.last is None:
            raise UsageProblem([Problem("U358", "还没有评过分，不能报送", remedy="先运行 ziping run")])
        if hindering := hindrances(history, evaluation):
            for line in (line for lines in hindering.values() for line in lines):
                typer.echo(line, err=True)
            counts = "、".join(f"{len(lines)} {kind}" for kind, lines in hindering.items())
            typer.echo(f"有 {counts}，更正后才能报送", err=True)
            raise typer.Exit(FINDINGS)
        if says := stale(space, rulebook, actuals, evaluation, history):
            raise UsageProblem([Problem("U358", f"{says}，不能报送", remedy="先运行 ziping run")])
        files = files_to_submit(history, act.root)
        kept = [{"name": one.name, "version": one.version, "sha256": one.sha256} for one in files]
        about = {"run": history.last.seq, "revision": history.revision, "files": kept}
        entry = step(act.ledger, "submit", evaluation.unit_code, evaluation.year, by, **about)
        answered = current(history.entries)
    for remark in answered:
        typer.echo(f"{remark.says}\n　回复：{remark.answer.text if remark.answer else ''}")
    rows = [[one.name, called(one.version), one.sha256] for one in files]
    typer.echo(console.columns([["报送的文件", "版次", "SHA-256"], *rows]), nl=False)
    typer.echo(
        f"已报送 {called(history.revision)}，文件 {len(files)} 个（台账第 {entry.seq} 条，{by}）；此后的改动都要写明理由"
    )


def return_(
    by: By,
    remark: Annotated[list[str], typer.Option("--remark", help="退回意见；可写多次；写成 项目编码=意见 只退一个项目")],
    workspace: Place = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """退回：审核人写明意见，逐条编号，逐条等待回复；意见和回复留在台账里，并印在重新出具的更正说明上。"""
    from evaluator.find import find_table
    from evaluator.records.reissuing import history_of
    from evaluator.records.remarks import current, words
    from evaluator.records.workflow import step

    with act_in(workspace, out, "退回") as (space, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        evaluation = evaluated(rulebook, space, year, unit)
        remarks = []
        for one in remark:
            head, given, text = one.partition("=")
            said = words(text if given else one, "退回意见", "--remark 意见，或 --remark 项目编码=意见")
            remarks.append({"code": find_table(evaluation, head.strip()).code if given else "", "text": said})
        act.alone(evaluation.unit_code, evaluation.year)
        entry = step(act.ledger, "return", evaluation.unit_code, evaluation.year, by, remarks=remarks)
        told = current(history_of(act.ledger, evaluation.unit_code, evaluation.year).entries)
    typer.echo(f"已退回（台账第 {entry.seq} 条，{by}），意见 {len(remarks)} 条，逐条回复后再报送：")
    for each in told:
        typer.echo(each.says)


def reply(
    number: Annotated[int | None, typer.Argument(metavar="[意见编号]", help="不写则列出全部意见和回复")] = None,
    answer: Annotated[str, typer.Option("--answer", help="对这条意见的回复")] = "",
    by: AnyBy = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """回复一条退回意见；不写编号则列出全部意见和回复。再次报送以前可以重新回复，以最后一次为准。"""
    from evaluator.preparation import tables_of
    from evaluator.records.people import name_of
    from evaluator.records.reissuing import history_of
    from evaluator.records.remarks import current, remarks_of
    from evaluator.records.remarks import reply as answered

    if number is None:
        rulebook, space = rulebook_of(workspace, year, unit)
        table = tables_of(rulebook, year, unit)[0]
        with ledger_at(space, out) as ledger:
            entries = history_of(ledger, table.unit.code, table.year).entries
    else:
        with act_in(workspace, out, "回复") as (space, act):
            rulebook, _ = rulebook_of(workspace, year, unit)
            table = tables_of(rulebook, year, unit)[0]
            remark = answered(act.ledger, table.unit.code, table.year, number, answer, by := name_of(by or ""))
            entries = history_of(act.ledger, table.unit.code, table.year).entries
        typer.echo(f"{remark.says}\n　回复：{answer.strip()}（{by}）")
    left = [one for one in current(entries) if one.answer is None]
    if number is None:
        for one in remarks_of(entries):
            said = f"{one.answer.text}（{one.answer.by}，{one.answer.time[:10]}）" if one.answer else "（没有回复）"
            typer.echo(f"{one.says}\n　回复：{said}")
    typer.echo(f"还有 {len(left)} 条意见没有回复" if left else "没有待回复的意见；用 ziping run 重新出具，再报送")


def accept(
    by: By,
    workspace: Place = None,
    year: Year = None,
    unit: UnitCode = None,
    out: Kept = None,
) -> None:
    """审核通过：报送的那一版。报送过的人不能审核；报送以后又有改动的，须重新报送。"""
    from evaluator.figures import called
    from evaluator.preparation import tables_of
    from evaluator.records.reissuing import history_of
    from evaluator.records.workflow import step

    with act_in(workspace, out, "审核通过") as (_, act):
        rulebook, _ = rulebook_of(workspace, year, unit)
        table = tables_of(rulebook, year, unit)[0]
        act.alone(table.unit.code, table.year)
        history = history_of(act.ledger, table.unit.code, table.year)
        run = history.standing.submitted
        about = {"run": run.seq, "revision": history.revisions[run.seq]} if run else {}
        entry = step(act.ledger, "accept", table.unit.code, table.year, by, **about)
    typer.echo(f"审核通过 {called(about.get('revision', 0))}（台账第 {entry.seq} 条，{by}）")
