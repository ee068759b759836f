"""The auditor's commands: ziping attain, prove, impact, audit."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evaluator.options import FINDINGS, As, Format, PlaceOption, PolicyName, UnitCode, Year, opened, rulebook_of

FULL = 10_000  # 100 points, in hundredths


class ImpactFormat(StrEnum):
    """How a comparison is told."""

    text = "text"
    json = "json"
    html = "html"
    xlsx = "xlsx"


def attain(
    code: Annotated[str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则全部")] = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """每个项目最高可得多少分、怎样得到，附证明；指出不能同时做到的目标和“少支出反而多得分”。有则返回码为 1。"""
    from evaluator import attained, console
    from evaluator.attainability import attainable
    from evaluator.find import find_among
    from evaluator.intake.actuals import load_actuals
    from evaluator.plain import dumps

    rulebook, space = rulebook_of(workspace)
    found = attainable(rulebook, load_actuals(space.actuals, rulebook), year=year, unit=unit, policy=policy)
    if code is not None:
        wanted = find_among([one.witness for one in found], code)
        found = [one for one in found if one.witness is wanted]
    text = dumps(attained.as_json(found)) if format is Format.json else console.attain_text(found, code is not None)
    typer.echo(text, nl=False)
    if any(one.best.total < FULL or one.reversal for one in found):
        raise typer.Exit(FINDINGS)


def prove(
    policy: Annotated[str | None, typer.Argument(metavar="[评分办法]", help="评分办法编号；不写则全部")] = None,
    workspace: PlaceOption = None,
    format: As = Format.text,
) -> None:
    """证明评分办法无空档、无重叠、得分有界、不早降，逐条列出数据；有不成立的返回码为 1。"""
    from evaluator import console
    from evaluator.errors import RuleProblems
    from evaluator.plain import dumps
    from evaluator.proofs import as_json, prove_all
    from evaluator.rulebook import read_rulebook

    space = opened(workspace)
    rulebook, problems = read_rulebook(space.rules, space.shared)
    proved = prove_all(rulebook.policies, policy)
    typer.echo(dumps(as_json(proved)) if format is Format.json else console.proofs_text(proved), nl=False)
    if not all(statement.holds for _, statements in proved for statement in statements):
        raise typer.Exit(FINDINGS)
    if unread := [problem for problem in problems if problem.where and "/policies/" in problem.where.path]:
        raise RuleProblems(unread)


def impact(
    before: Annotated[str, typer.Argument(metavar="前", help="评分办法编号、工作区、rules 目录、rev:修订号或完成情况")],
    after: Annotated[str, typer.Argument(metavar="后", help="同上")],
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: Annotated[ImpactFormat, typer.Option("--format", "-f", help="输出格式")] = ImpactFormat.text,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到这个文件（不覆盖）；xlsx 须写")] = None,
) -> None:
    """比较两个评分办法、两版规则或两份完成情况：哪些项目的得分、等级变动，为什么，大的在前。"""
    from evaluator import console
    from evaluator.formats.html import impact_html
    from evaluator.formats.movement import impact_xlsx
    from evaluator.impact import as_json
    from evaluator.impact import impact as compare
    from evaluator.plain import dumps
    from evaluator.publish import write_new
    from evaluator.versions import two_sides

    if format is ImpactFormat.xlsx and out is None:
        raise typer.BadParameter("xlsx 须写到文件：--out 文件.xlsx", param_hint="--out")
    made = compare(*two_sides(opened(workspace), before, after, year=year, unit=unit, policy=policy))
    told = {
        ImpactFormat.text: lambda: console.impact_text(made).encode(),
        ImpactFormat.json: lambda: dumps(as_json(made)).encode(),
        ImpactFormat.html: lambda: impact_html(made),
        ImpactFormat.xlsx: lambda: impact_xlsx(made),
    }[format]()
    if out is None:
        typer.echo(told.decode(), nl=False)
    else:
        write_new(out, told)
        typer.echo(f"写出 {out}：{made.summary}")


def audit(
    tables: Annotated[
        list[Path], typer.Argument(metavar="自评表...", help="填好的自评表：xlsx、docx、html、pdf，或转录的 yaml、json")
    ],
    workspace: PlaceOption = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="评分办法编号；不写则取最相符的，并写明是哪一个")
    ] = None,
    format: As = Format.text,
) -> None:
    """核对别处填好的自评表：逐行重算得分，一致、不一致或无法判定，并列出其他毛病；有不一致或毛病的返回码为 1。

    没有把握的一律写“无法判定”和理由，不把对的说成错的。返回码：0 没有问题；1 有；2 用法；3 文件读不了。
    """
    from evaluator import console
    from evaluator.audit import as_json
    from evaluator.audit import audit as check
    from evaluator.intake.filled import load_filled
    from evaluator.plain import dumps
    from evaluator.rulebook import read_policies

    space = opened(workspace)
    policies = read_policies([space.shared, space.rules]).policies
    made = check([table for path in tables for table in load_filled(path)], policies, policy)
    typer.echo(dumps(as_json(made)) if format is Format.json else console.audit_text(made), nl=False)
    if not all(one.clean for one in made):
        raise typer.Exit(FINDINGS)
