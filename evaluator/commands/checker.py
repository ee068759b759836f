"""The command ziping check: problems of a workspace for people and for programs, and the remedies that are certain."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import FINDINGS, Place, Sample, act_in, say, standing
from evaluator.commands.working import working

if TYPE_CHECKING:
    from evaluator.checking.check import Checked

UNREADABLE = 3


class CheckFormat(StrEnum):
    """How diagnostics are told."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def check(
    workspace: Place = None,
    sample: Sample = False,
    format: Annotated[CheckFormat, typer.Option("--format", "-f", help="输出格式")] = CheckFormat.text,
    fix: Annotated[bool, typer.Option("--fix", help="改正有确定改法的问题，并列出改了什么")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="只列出 --fix 会改什么，不写文件")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="编号", help="说明一条诊断：查什么、为什么、示例、处理")
    ] = None,
) -> None:
    """检查规则文件和完成情况：一次列出全部问题，写明文件、行、列。

    警告和提示可以在文件中写明理由免查：在那一行上面写 # 免查 F303：理由。错误不能免查。

    返回码：0 没有问题（或只有提示）；1 有问题；3 有文件读不了。
    """
    from evaluator.checking.catalogue import page_of
    from evaluator.checking.check import check_workspace
    from evaluator.commands import console
    from evaluator.journal import unfinished
    from evaluator.workspace import open_workspace

    if fix and explain is None:
        with act_in(workspace, None, "改正") as (space, act):
            mended = check_workspace(space).mended()
            act.commit([one.change for one in mended])
        typer.echo(console.mended_text(mended, fix), nl=False, err=format is not CheckFormat.text)
    space = standing(workspace) if explain else open_workspace(workspace)
    say(filter(None, [unfinished(space.root)]))
    with working("检查"):
        checked = check_workspace(space)
    if explain is not None:
        typer.echo(console.page_text(page_of(checked.pages, explain)), nl=False)
        return
    if diff and not fix:
        typer.echo(console.mended_text(checked.mended(), fix), nl=False, err=format is not CheckFormat.text)
    root = "" if workspace is None or space.sample else Path(os.path.relpath(space.root)).as_posix() + "/"
    typer.echo(_told(checked, format, root.removeprefix("./")), nl=False)
    raise typer.Exit(UNREADABLE if checked.unreadable else 0 if checked.clean else FINDINGS)


def _told(checked: Checked, format: CheckFormat, prefix: str) -> str:
    from evaluator.checking import sarif
    from evaluator.commands import console
    from evaluator.plain import dumps, problem_json

    match format:
        case CheckFormat.json:
            problems = [problem_json(problem) for problem in checked.problems]
            waived = [problem_json(one.problem) | {"reason": one.reason} for one in checked.waived]
            return dumps({"problems": problems, "waived": waived, **checked.counts})
        case CheckFormat.sarif:
            return dumps(sarif.as_sarif(checked, prefix))
        case CheckFormat.github:
            return sarif.as_github(checked.problems, checked.pages, prefix)
    return console.check_text(checked)
