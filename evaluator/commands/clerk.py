"""The clerk's commands: ziping import and template."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import (
    FINDINGS,
    As,
    Format,
    Out,
    Place,
    Sample,
    UnitCode,
    Year,
    results_of,
    rulebook_of,
    say,
)
from evaluator.commands.places import called
from evaluator.commands.working import progress, working

if TYPE_CHECKING:
    from evaluator.publish import Published


def template(
    workspace: Place = None,
    sample: Sample = False,
    out: Out = Path("out"),
    year: Year = None,
    unit: UnitCode = None,
    blank: Annotated[bool, typer.Option("--blank", help="不带已有的完成情况")] = False,
    monitor: Annotated[
        str | None, typer.Option("--monitor", help="写出截至这一日的监控填报表，如 2024-06-30、2024年6月30日")
    ] = None,
) -> None:
    """写出自评填报表（xlsx）：已知的都填好并锁定，只填浅黄色单元格；填好放进 actuals/ 就能读。

    加 --monitor 日期：写出年中的监控填报表，带着当天已报的和上次所报的；填好放进 monitoring/年度/单位编码/。
    """
    from evaluator.commands import console
    from evaluator.formats.template import template_xlsx
    from evaluator.preparation import tables_of
    from evaluator.publish import publish, safe_name

    if monitor is not None:
        typer.echo(console.written_text(_monitor_template(workspace, out, year, unit, monitor, blank)), nl=False)
        return
    rulebook, space = rulebook_of(workspace, year, unit)
    tables = tables_of(rulebook, year, unit)
    actuals = {} if blank else results_of(space, rulebook)
    stem = f"{safe_name(tables[0].unit.name)}_{tables[0].year}_自评填报表"
    with working("写出填报表"):
        written = publish(out, stem, {".xlsx": lambda number: template_xlsx(rulebook, tables, actuals, number)})
    typer.echo(console.written_text(written), nl=False)


def _monitor_template(
    workspace: Path | None, out: Path, year: int | None, unit: str | None, as_of: str, blank: bool
) -> list[Published]:
    """Write the workbook of a report during the year; `blank` leaves out what the day's own report says, and what is wrong
    in any other."""
    from evaluator.commands.watcher import unit_at
    from evaluator.errors import ActualsProblems
    from evaluator.formats.template_monitor import TITLE, Told, monitor_xlsx
    from evaluator.monitoring.points import read_points
    from evaluator.publish import publish, safe_name

    rulebook, space, day, projects, duties = unit_at(workspace, as_of, year, unit)
    points, problems = read_points(space.root / "monitoring", projects, [duty for duty, _ in duties], rulebook.waiting)
    if not blank and (errors := [problem for problem in problems if problem.severity == "错误"]):
        raise ActualsProblems(errors)
    say(problems)
    now = next((point for point in points if point.day == day and not blank), None)
    told = Told(now, tuple(point for point in points if point.day < day))
    stem = f"{safe_name(projects[0].unit.name)}_{projects[0].year}_{TITLE}_{day}"
    with working("写出监控填报表"):
        return publish(out, stem, {".xlsx": lambda number: monitor_xlsx(rulebook, projects, duties, told, day, number)})


def import_(
    documents: Annotated[
        list[Path], typer.Argument(metavar="文件...", help="绩效目标文件：docx、xlsx、pdf、html、txt")
    ],
    into: Annotated[
        Path | None,
        typer.Option("--into", help="工作区（草稿写进它的 rules/projects/），或别的目录；在工作区里可不写"),
    ] = None,
    year: Annotated[int | None, typer.Option(help="年度；文件中只写了一个年度时可不写", min=2000, max=2100)] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="单位编码；文件中写了时可不写")] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", help="主管部门；文件或工作区的单位信息（office/）中写了时可不写")
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="评分办法编号，写进草稿并用来分配分值；不写则用当年在用的办法")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="把来源改了而人没有改过的内容写进已有文件")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不写任何文件")] = False,
    format: As = Format.text,
) -> None:
    """把绩效目标文件变成规则文件草稿，由人核对、答复后使用。

    写到工作区的 rules/projects/年度/单位/项目编码.yaml（--into 工作区），或 目录/年度/单位/项目编码.yaml。
    文件没有写的年度、单位和主管部门，取工作区唯一的单位信息（office/）。

    填好的自评表（有实际完成值和得分）照录成 目录/文件名.filled.yaml，一字不改，供核对。

    绩效运行监控表（有“1—7月执行情况”）读成监控数据的草稿：工作区的 monitoring/年度/单位/日期.yaml。

    拿不准的地方写作“?”，上面注明原因和可选的答复；还有“?”时 ziping check 和评分都不放行。

    已有的文件不覆盖：不加 --update 时一个字也不动，只逐个字段列出文件与来源的不同；加 --update 时只写入来源改了、
    而人没有改过的内容，手工改过的内容、答复和注释都保留，两边都改过的列为冲突，由人决定。

    返回码：0 没有要处理的；1 有问题或差异；2 用法；3 文件读不了。
    """
    from evaluator.commands import console
    from evaluator.intake.document import DocumentProblems
    from evaluator.intake.importing import as_json, import_documents
    from evaluator.plain import dumps
    from evaluator.workspace import open_workspace

    if into is None and not dry_run:  # or a folder of workspaces would become one itself
        open_workspace(None, f"ziping import {documents[0]} --into {{}}")
    called(documents)
    made = import_documents(
        documents,
        into or Path("rules/projects"),
        year=year,
        unit=unit,
        authority=authority,
        policy=policy,
        update=update,
        dry=dry_run,
        progress=progress,
    )
    typer.echo(dumps(as_json(made)) if format is Format.json else console.import_text(made), nl=False)
    if made.unread:
        raise DocumentProblems(made.unread)
    if not made.clean:
        raise typer.Exit(FINDINGS)
