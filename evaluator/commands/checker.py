"""The command ziping check: problems of a workspace for people and for programs, and the remedies that are certain."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import FINDINGS, Both, Output, Sitting
from evaluator.files.plain import dumps

UNREADABLE = 3


class CheckFormat(StrEnum):
    """How diagnostics are told."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def check(
    at: Annotated[Sitting, "place sample"],
    format: Annotated[CheckFormat, typer.Option("--format", "-f", help="输出格式")] = CheckFormat.text,
    fix: Annotated[bool, typer.Option("--fix", help="改正有确定改法的问题，并列出改了什么")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="只列出 --fix 会改什么，不写文件")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="编号", help="说明一条诊断：查什么、为什么、示例、处理")
    ] = None,
) -> Output:
    """检查规则文件和完成情况：一次列出全部问题，写明文件、行、列。

    警告和提示可以在文件中写明理由免查：在那一行上面写 # 免查 F303：理由。错误不能免查。

    返回码：0 没有问题（或只有提示）；1 有问题；3 有文件读不了。
    """
    if explain is not None:
        return Output(console.page_text(acts.drafting.page(at, explain)))
    beside = format is not CheckFormat.text
    if fix:
        typer.echo(console.mended_text(acts.drafting.mend(at), True), nl=False, err=beside)
    checked = acts.drafting.check(at)
    if diff and not fix:
        typer.echo(console.mended_text(checked.mended(), False), nl=False, err=beside)
    root = "" if at.named is None or at.space.sample else Path(os.path.relpath(at.space.root)).as_posix() + "/"
    text = {
        CheckFormat.text: lambda: console.check_text(checked),
        CheckFormat.json: lambda: console.check_json(checked),
        CheckFormat.sarif: lambda: dumps(acts.drafting.as_sarif(checked, root.removeprefix("./"))),
        CheckFormat.github: lambda: acts.drafting.as_github(checked.problems, checked.pages, root.removeprefix("./")),
    }[format]()
    typer.echo(text, nl=False)
    raise typer.Exit(UNREADABLE if checked.unreadable else 0 if checked.clean else FINDINGS)


def doctor(at: Annotated[Sitting, "anyplace"]) -> Both:
    """体检：Python、依赖、执行器、字体、程序文件、权限、磁盘、数据库、时钟，各是什么样，有毛病的怎样治。有问题的返回码为 1。"""
    view = acts.examining.doctor(at, at.named or Path.cwd())
    lines = [
        f"{each.state}  {each.name}  {each.says}" + f"；处理：{each.remedy}" * bool(each.remedy) for each in view.found
    ]
    return Output("\n".join([*lines, ""]), view.as_json, view.attend)
