"""The auditor's commands: ziping prove, impact, audit, rules."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Output, Sitting, Standing
from evaluator.commands.openable import given_documents
from evaluator.errors import RuleProblems
from evaluator.files.plain import dumps
from evaluator.files.publish import write_new
from evaluator.intake.document import DocumentProblems
from evaluator.workspace.places import bare_workspace, find_workspace


class ImpactFormat(StrEnum):
    """How a comparison is told."""

    text = "text"
    json = "json"
    html = "html"
    xlsx = "xlsx"


class BookFormat(StrEnum):
    """The formats the rule book is written in."""

    html = "html"
    docx = "docx"
    pdf = "pdf"


def prove(
    policy: Annotated[
        str | None, typer.Argument(metavar="[评分办法]", help="评分办法、复核扣分标准或项目的编号；不写则全部")
    ] = None,
    *,
    at: Standing,
) -> Both:
    """证明评分办法无空档、无重叠、得分有界、不早降，复核扣分标准有界、各条起作用，各行的评分标准有界、达到即满分，逐条列出数据；有不成立的返回码为 1。"""
    view = acts.rulemaking.prove(at, policy)
    unread = RuleProblems(view.unread) if view.unread and not view.attend else None
    return Output(console.proofs_text(view.found), view.as_json, view.attend, unread=unread)


def impact(
    before: Annotated[str, typer.Argument(metavar="前", help="评分办法编号、工作区、rules 目录、rev:修订号或完成情况")],
    after: Annotated[str, typer.Argument(metavar="后", help="同上")],
    at: Annotated[Sitting, "anyworkspace year unit policy"],
    format: Annotated[ImpactFormat, typer.Option("--format", "-f", help="输出格式")] = ImpactFormat.text,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到这个文件（不覆盖）；xlsx 须写")] = None,
) -> Output:
    """比较两个评分办法、两版规则或两份完成情况：哪些项目的得分、等级变动，为什么，大的在前。"""
    if format is ImpactFormat.xlsx and out is None:
        raise typer.BadParameter("xlsx 须写到文件：--out 文件.xlsx", param_hint="--out")
    space, sample = acts.inspecting.to_compare_in(at.named, (before, after))
    if sample:
        typer.echo("当前目录不是工作区：用内置的示例项目比较（示例数据）", err=True)
    view = acts.inspecting.compare(replace(at, space=space), before, after)
    content = {
        ImpactFormat.text: lambda: console.impact_text(view.found).encode(),
        ImpactFormat.json: lambda: dumps(view.as_json()).encode(),
        ImpactFormat.html: lambda: acts.inspecting.as_file(view.found, ".html"),
        ImpactFormat.xlsx: lambda: acts.inspecting.as_file(view.found, ".xlsx"),
    }[format]()
    if out is None:
        return Output(content.decode())
    write_new(out, content)
    return Output(f"写出 {out}：{view.found.summary}\n")


def audit(
    tables: Annotated[
        list[Path], typer.Argument(metavar="自评表...", help="填好的自评表：xlsx、docx、html、pdf，或转录的 yaml、json")
    ],
    at: Standing,
    policy: Annotated[
        str | None, typer.Option("--policy", help="评分办法编号；不写则取最相符的，并写明是哪一个")
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(
            "--review", help="复核扣分标准编号（rules/reviews），如 county-2026；列出表上看得出的扣分依据和复核得分"
        ),
    ] = None,
) -> Both:
    """核对别处填好的自评表：逐行重算得分，一致、不一致或无法判定，并列出其他毛病；有不一致或毛病的返回码为 1。

    没有把握的一律写“无法判定”和理由，不把对的说成错的。一个文件读不了，其余的照样核对。返回码：0 没有问题；1 有；2 用法；3 有文件读不了。
    """
    given_documents(tables)
    view = acts.inspecting.audit(at, tables, policy, review)
    unread = DocumentProblems(view.unread) if view.unread else None
    return Output(console.audit_text(*view.found), view.as_json, view.attend, unread=unread)


def rules(
    at: Annotated[Sitting, "anyplace"],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="输出目录，或 .html、.docx、.pdf 文件；已有文件不覆盖")
    ] = Path("out"),
    to: Annotated[list[BookFormat] | None, typer.Option("--to", help="格式；可写多次，不写则 html 和 docx")] = None,
    year: Annotated[int | None, typer.Option(help="只写这一年度的目标表；不写则全部")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="只写这个单位的目标表；不写则全部")] = None,
) -> Output:
    """写出规则手册：评分办法、目标表、问题规则、比较方式、复核扣分标准、诊断、名词和情景覆盖，可离线查阅和打印。"""
    wanted = [f".{suffix.value}" for suffix in dict.fromkeys(to or (BookFormat.html, BookFormat.docx))]
    alone = out.suffix if out.suffix[1:] in list(BookFormat) else ""
    if alone and to and wanted != [alone]:
        raise typer.BadParameter(f"--out 是 {alone} 文件，--to 不能是别的格式", param_hint="--to")
    space = find_workspace(at.named) or bare_workspace()
    written = acts.rulemaking.rule_book(replace(at, space=space, out=out, year=year, unit=unit), wanted, bool(alone))
    return Output(console.written_text(written), attend=bool(console.noted(written)))
