"""The auditor's commands: ziping attain, prove, impact, audit, rules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import (
    FINDINGS,
    AnyPlace,
    AnyPlaceOption,
    As,
    Format,
    PlaceOption,
    PolicyName,
    Sample,
    UnitCode,
    Year,
    results_of,
    rulebook_of,
    say,
    standing,
)
from evaluator.commands.places import called
from evaluator.commands.working import progress, working

if TYPE_CHECKING:
    from evaluator.pages import Document
    from evaluator.workspace import Workspace

FULL = 10_000  # 100 points, in hundredths


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


def attain(
    code: Annotated[str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则全部")] = None,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """每个项目最高可得多少分、怎样得到，附证明；指出不能同时做到的目标和“少支出反而多得分”。有则返回码为 1。"""
    from evaluator.commands import console
    from evaluator.find import find_among
    from evaluator.plain import dumps
    from evaluator.planning import attained
    from evaluator.planning.attainability import attainable

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    with working("求最高得分"):
        found = attainable(rulebook, actuals, year=year, unit=unit, policy=policy)
    if code is not None:
        wanted = find_among([one.witness for one in found], code)
        found = [one for one in found if one.witness is wanted]
    text = dumps(attained.as_json(found)) if format is Format.json else console.attain_text(found, code is not None)
    typer.echo(text, nl=False)
    if any(one.best.total < FULL or one.reversal for one in found):
        raise typer.Exit(FINDINGS)


def prove(
    policy: Annotated[
        str | None, typer.Argument(metavar="[评分办法]", help="评分办法或复核扣分标准的编号；不写则全部")
    ] = None,
    workspace: AnyPlaceOption = None,
    format: As = Format.text,
) -> None:
    """证明评分办法无空档、无重叠、得分有界、不早降，复核扣分标准有界、各条起作用，逐条列出数据；有不成立的返回码为 1。"""
    from evaluator.commands import console
    from evaluator.errors import RuleProblems
    from evaluator.plain import dumps
    from evaluator.proofs import as_json, prove_all
    from evaluator.reviewing.proving import prove_scale
    from evaluator.rulebook import read_rulebook

    space = standing(workspace)
    with working("证明"):
        rulebook, problems = read_rulebook(space.rules, space.shared)
        others = [(scale, prove_scale(scale)) for _, scale in sorted(rulebook.reviews.items())]
        proved = prove_all(rulebook.policies, policy, others)
    typer.echo(dumps(as_json(proved)) if format is Format.json else console.proofs_text(proved), nl=False)
    if not all(statement.holds for _, statements in proved for statement in statements):
        raise typer.Exit(FINDINGS)
    if unread := [
        p
        for p in problems
        if p.severity == "错误" and p.where and ("/policies/" in p.where.path or "/reviews/" in p.where.path)
    ]:
        raise RuleProblems(unread)


def impact(
    before: Annotated[str, typer.Argument(metavar="前", help="评分办法编号、工作区、rules 目录、rev:修订号或完成情况")],
    after: Annotated[str, typer.Argument(metavar="后", help="同上")],
    workspace: AnyPlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: Annotated[ImpactFormat, typer.Option("--format", "-f", help="输出格式")] = ImpactFormat.text,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到这个文件（不覆盖）；xlsx 须写")] = None,
) -> None:
    """比较两个评分办法、两版规则或两份完成情况：哪些项目的得分、等级变动，为什么，大的在前。"""
    from evaluator.commands import console
    from evaluator.comparing.impact import as_json
    from evaluator.comparing.impact import impact as compare
    from evaluator.comparing.movement import impact_document
    from evaluator.comparing.versions import two_sides
    from evaluator.formats import render
    from evaluator.plain import dumps, notes_json
    from evaluator.publish import write_new

    if format is ImpactFormat.xlsx and out is None:
        raise typer.BadParameter("xlsx 须写到文件：--out 文件.xlsx", param_hint="--out")
    compared = _compared(workspace, (before, after))
    with working("评分"):
        sides = two_sides(compared, before, after, year=year, unit=unit, policy=policy)
    notes = list(dict.fromkeys(note for side in sides for note in side.notes))
    say(notes)
    made = compare(*sides)
    told = {
        ImpactFormat.text: lambda: console.impact_text(made).encode(),
        ImpactFormat.json: lambda: dumps(as_json(made) | notes_json(notes)).encode(),
        ImpactFormat.html: lambda: render(".html", impact_document(made)),
        ImpactFormat.xlsx: lambda: render(".xlsx", impact_document(made)),
    }[format]()
    if out is None:
        typer.echo(told.decode(), nl=False)
    else:
        write_new(out, told)
        typer.echo(f"写出 {out}：{made.summary}")


def _compared(workspace: Path | None, named: tuple[str, str]) -> Workspace:
    """The workspace a comparison is made in; where there is none, two whole workspaces need none, and two policies the sample."""
    from evaluator.rulebook import read_policies
    from evaluator.workspace import find_workspace, is_workspace, open_workspace, sample_workspace

    if space := find_workspace(workspace):
        return space
    sample = sample_workspace()
    if set(named) <= read_policies([sample.rules]).policies.keys():
        typer.echo("当前目录不是工作区：用内置的示例项目比较（示例数据）", err=True)
        return sample
    if all(is_workspace(Path(one)) and (Path(one) / "actuals").is_dir() for one in named):
        return sample
    return open_workspace(None, "ziping impact … -w {}")


def audit(
    tables: Annotated[
        list[Path], typer.Argument(metavar="自评表...", help="填好的自评表：xlsx、docx、html、pdf，或转录的 yaml、json")
    ],
    workspace: AnyPlaceOption = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="评分办法编号；不写则取最相符的，并写明是哪一个")
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(
            "--review", help="复核扣分标准编号（rules/reviews），如 county-2026；列出表上看得出的扣分依据和复核得分"
        ),
    ] = None,
    format: As = Format.text,
) -> None:
    """核对别处填好的自评表：逐行重算得分，一致、不一致或无法判定，并列出其他毛病；有不一致或毛病的返回码为 1。

    没有把握的一律写“无法判定”和理由，不把对的说成错的。一个文件读不了，其余的照样核对。返回码：0 没有问题；1 有；2 用法；3 有文件读不了。
    """
    from evaluator.auditing.audit import audit as check
    from evaluator.auditing.review import as_json as review_json
    from evaluator.auditing.review import review_table
    from evaluator.auditing.telling import as_json
    from evaluator.commands import console
    from evaluator.intake.document import DocumentProblems
    from evaluator.intake.filled.loading import read_several
    from evaluator.plain import dumps, notes_json
    from evaluator.reviewing.scale import load_review_scale
    from evaluator.rulebook import read_policies

    space = standing(workspace)
    scale = load_review_scale(space.rule_folders, review) if review else None
    policies = read_policies([space.shared, space.rules]).policies
    called(tables)
    found, unread, notes = read_several(progress(tables, "读取"))
    with working("核对"):
        made = check(found, policies, policy)
        reviewed = [review_table(one.table, scale, one.policy.rounding.step) for one in made] if scale else []
    say(notes)
    told = as_json(made) | notes_json(notes)
    for table, one in zip(told["tables"], reviewed, strict=False):
        table["review"] = review_json(one)
    typer.echo(dumps(told) if format is Format.json else console.audit_text(made, reviewed), nl=False)
    if unread:
        raise DocumentProblems(unread)
    if not all(one.clean for one in made) or any(one.lowered for one in reviewed):
        raise typer.Exit(FINDINGS)


def rules(
    workspace: AnyPlace = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="输出目录，或 .html、.docx、.pdf 文件；已有文件不覆盖")
    ] = Path("out"),
    to: Annotated[list[BookFormat] | None, typer.Option("--to", help="格式；可写多次，不写则 html 和 docx")] = None,
    year: Annotated[int | None, typer.Option(help="只写这一年度的目标表；不写则全部")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="只写这个单位的目标表；不写则全部")] = None,
) -> None:
    """写出规则手册：评分办法、目标表、问题规则、比较方式、复核扣分标准、诊断、名词和情景覆盖，可离线查阅和打印。"""
    from evaluator.checking.catalogue import read_catalogue
    from evaluator.commands import console
    from evaluator.handbook.book import BOOK, chosen, handbook
    from evaluator.handbook.coverage import measure, runs_of
    from evaluator.handbook.glossary import read_glossary
    from evaluator.publish import write_set
    from evaluator.records.delivery import issued, sheet_of
    from evaluator.rulebook import load_rulebook
    from evaluator.workspace import bare_workspace, find_workspace

    wanted = [f".{one.value}" for one in dict.fromkeys(to or (BookFormat.html, BookFormat.docx))]
    alone = out.suffix if out.suffix[1:] in list(BookFormat) else ""
    if alone and to and wanted != [alone]:
        raise typer.BadParameter(f"--out 是 {alone} 文件，--to 不能是别的格式", param_hint="--to")
    space = find_workspace(workspace) or bare_workspace()
    rulebook = load_rulebook(space.rules, space.shared)
    chosen(rulebook, year, unit)  # what is not there is told before the scenarios run
    pages, terms = read_catalogue(space.shared, rulebook.findings), read_glossary(space.shared)
    with working("运行情景"):
        made = measure(runs_of(space, rulebook), rulebook)[1]

    def book(revision: int) -> Document:
        return handbook(rulebook, pages, terms, made, revision, year=year, unit=unit)

    with working("写出规则手册"):
        sheets, revision = ([sheet_of(book(1), out)], 1) if alone else issued(out, BOOK, book, wanted)
    written = write_set(sheets, revision)
    typer.echo(console.written_text(written), nl=False)
    if console.noted(written):
        raise typer.Exit(FINDINGS)


def cover(paths: list[Path] | None, workspace: Path | None, format: str) -> None:
    """What `ziping scenario --coverage` does: run scenarios, tell what none of them reaches (then the exit code is 1)."""
    from evaluator.commands import console
    from evaluator.handbook.coverage import as_json, measure, runs_of, told
    from evaluator.plain import dumps
    from evaluator.rulebook import load_rulebook

    if format == "junit":
        raise typer.BadParameter("--coverage 只有 text 和 json 两种格式", param_hint="--format")
    space = standing(workspace)
    with working("运行情景"):
        rulebook = load_rulebook(space.rules, space.shared)
        outcomes, made = measure([(paths, rulebook)] if paths else runs_of(space, rulebook), rulebook)
    text = dumps(as_json(made)) if format == "json" else console.scenarios(outcomes, format) + told(made)
    typer.echo(text, nl=False)
    if made.uncovered or made.passed < made.run:
        raise typer.Exit(FINDINGS)
