"""The commands between clerk and reviewer: ziping submit, return, remark, reply, accept; and what became of it: history, diff."""

from __future__ import annotations

from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import FINDINGS, Both, Filled, Handed, Output
from evaluator.commands.options import AnyBy, By
from evaluator.figures import called


def submit(by: By, at: Handed) -> Output:
    """报送：最近一次评分的结果和文件报给审核人，印出并记下文件的清单。以后的改动都要写理由。

    有错误级问题、没有填的项目、没有回复的意见，或评分以后又改过的，不能报送。
    """
    submitted = acts.submitting.submit(at, by)
    if submitted.entry is None:
        for line in (line for lines in submitted.hindering.values() for line in lines):
            typer.echo(line, err=True)
        counts = "、".join(f"{len(lines)} {kind}" for kind, lines in submitted.hindering.items())
        typer.echo(f"有 {counts}，更正后才能报送", err=True)
        raise typer.Exit(FINDINGS)
    answers = [
        f"{remark.says}\n　回复：{remark.answer.text if remark.answer else ''}\n" for remark in submitted.answered
    ]
    rows = [[file.name, called(file.version), file.sha256] for file in submitted.files]
    done = f"已报送 {called(submitted.revision)}，文件 {len(submitted.files)} 个（台账第 {submitted.entry.seq} 条，{by}）；此后的改动都要写明理由\n"
    return Output("".join(answers) + console.columns([["报送的文件", "版次", "SHA-256"], *rows]) + done)


def return_(
    by: By,
    remark: Annotated[
        list[str],
        typer.Option(
            "--remark", help="退回意见；可写多次；写成 项目编码=意见（或 项目编码/指标编号=意见）只退一个项目"
        ),
    ],
    at: Handed,
) -> Output:
    """退回：审核人写明意见，逐条编号，逐条等待回复；意见和回复留在台账里，并印在重新出具的更正说明上。"""
    entry, remarks = acts.submitting.send_back(at, by, remark)
    head = f"已退回（台账第 {entry.seq} 条，{by}），意见 {len(remark)} 条，逐条回复后再报送：\n"
    return Output(head + "".join(f"{open_remark.says}\n" for open_remark in remarks))


def remark(
    by: By,
    remark: Annotated[
        list[str],
        typer.Option(
            "--remark", help="意见；可写多次；写成 项目编码=意见、项目编码/指标编号=意见 说的是一个项目、一行"
        ),
    ],
    at: Handed,
) -> Output:
    """写审核意见，不退回：逐条编号，单位逐条回复以前不能审核通过；意见和回复留在台账里。"""
    entry, left = acts.submitting.remark(at, by, remark)
    head = f"已写意见 {len(remark)} 条（台账第 {entry.seq} 条，{by}），待回复：\n"
    return Output(head + "".join(f"{open_remark.says}\n" for open_remark in left))


def reply(
    number: Annotated[int | None, typer.Argument(metavar="[意见编号]", help="不写则列出全部意见和回复")] = None,
    answer: Annotated[str, typer.Option("--answer", help="对这条意见的回复")] = "",
    by: AnyBy = None,
    *,
    at: Filled,
) -> Output:
    """回复一条退回意见；不写编号则列出全部意见和回复。再次报送以前可以重新回复，以最后一次为准。"""
    if number is None:
        listed, left = acts.submitting.remarks(at)
        said = [
            (remark.says, remark.answer and f"{remark.answer.text}（{remark.answer.by}，{remark.answer.time[:10]}）")
            for remark in listed
        ]
    else:
        remark, left = acts.submitting.reply(at, by, number, answer)
        said = [(remark.says, f"{answer.strip()}（{by}）")]
    lines = [f"{says}\n　回复：{answered or '（没有回复）'}\n" for says, answered in said]
    more = f"还有 {left} 条意见没有回复" if left else "没有待回复的意见；用 ziping run 重新出具，再报送"
    return Output("".join(lines) + f"{more}\n")


def accept(by: By, at: Handed) -> Output:
    """审核通过：报送的那一版。报送过的人不能审核；报送以后又有改动的，须重新报送。"""
    entry, revision = acts.submitting.accept(at, by)
    return Output(f"审核通过 {called(revision)}（台账第 {entry.seq} 条，{by}）\n")


def history(at: Handed) -> Both:
    """这一年的经过：每次评分、更正、报送、退回、回复、通过，何时、何人、何事；现在到了哪一步，还有哪些意见没有回复。"""
    view = acts.looking.history(at)
    events, lines = view.found
    if not events:
        return Output("台账里还没有记录；运行 ziping run\n", view.as_json)
    head = ["台账", "时间（UTC）", "版次", "事项", "经办", "内容"]
    rows = [[str(event.seq), event.time, event.revision, event.what, event.by, event.says] for event in events]
    return Output("\n".join(lines) + "\n\n" + console.columns([head, *rows]), view.as_json)


def diff(
    before: Annotated[str, typer.Argument(metavar="前", help="版次，如 v01；或 通过、报送、现在")],
    after: Annotated[str, typer.Argument(metavar="后", help="版次，如 v02；或 通过、报送、现在")],
    at: Filled,
) -> Both:
    """两个版次之间：改了哪些值，哪些得分、等级因此变动，为什么。都由台账记下的规则和完成情况重算。"""
    view = acts.looking.differ(at, before, after)
    changes, moves = view.found
    rows = [[c.code, c.subject or "整表", c.field, c.before, c.after] for c in changes]
    sides = moves.before, moves.after
    values = console.columns([["项目编码", "指标", "项", *sides], *rows]) + "\n" if rows else ""
    return Output(values + console.impact_text(moves), view.as_json)
