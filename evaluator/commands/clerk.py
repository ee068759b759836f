"""The clerk's commands: ziping template, monitor, import, correct, evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Filled, Output, Sitting
from evaluator.commands.openable import called
from evaluator.commands.options import AnyBy, To, UnitCode, suffixes
from evaluator.commands.working import progress
from evaluator.intake.document import DocumentProblems
from evaluator.workspace.places import open_workspace

Project = Annotated[str, typer.Argument(metavar="项目", help="项目编码（可只写开头或结尾）、名称的一部分，或单位编码")]
PARTED = "（万元）；其中一项写成 当年财政拨款=60，可写多次"


def template(
    at: Annotated[Sitting, "place sample out year unit"],
    blank: Annotated[bool, typer.Option("--blank", help="不带已有的完成情况")] = False,
    monitor: Annotated[
        str | None, typer.Option("--monitor", help="写出截至这一日的监控填报表，如 2024-06-30、2024年6月30日")
    ] = None,
) -> Output:
    """写出自评填报表（xlsx）：已知的都填好并锁定，只填浅黄色单元格；填好放进 actuals/ 就能读。

    加 --monitor 日期：写出年中的监控填报表，带着当天已报的和上次所报的；填好放进 monitoring/年度/单位编码/。
    """
    if monitor is None:
        return Output(console.written_text(acts.watching.workbook(at, blank)))
    return Output(console.written_text(acts.watching.report_workbook(at, monitor, blank)))


def monitor(
    as_of: Annotated[str, typer.Option("--as-of", help="监控日期，如 2023-06-30、2023年6月30日")],
    at: Annotated[Sitting, "place sample out"],
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
) -> Both:
    """绩效运行监控：截至某日，支出对照资金支出计划，指标对照指标值，哪些将到期、已逾期；写出绩效运行监控表。

    数据在 monitoring/年度/单位/（日期.yaml，或 ziping template --monitor 写出、填好的 xlsx），用监控日期及以前最近的一份；颜色和界限在 rules/monitoring。

    返回码：0 没有要处理的；1 有红、黄、逾期，或有要说明的问题；2 用法；3 文件读不了。
    """
    from evaluator.commands.watched import monitored_text

    at = replace(at, year=year, unit=unit)
    seen = acts.watching.monitor(at, as_of, suffixes(to), policy, within, record)
    made, written, entry = seen.found
    kept = f"已记入台账第 {entry.seq} 条\n" if entry else ""
    noted = console.noted_json(written)
    text = monitored_text(made) + console.written_text(written) + kept
    return Output(text, lambda: seen.as_json() | {"noted": noted}, seen.attend or bool(noted))


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
) -> Both:
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
    if into is None and not dry_run:  # or a folder of workspaces would become one itself
        open_workspace(None, f"ziping import {documents[0]} --into {{}}")
    called(documents)
    made = acts.drafting.import_documents(
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
    unread = DocumentProblems(made.unread) if made.unread else None
    return Output(console.import_text(made), lambda: acts.drafting.import_json(made), not made.clean, unread=unread)


def correct(
    code: Annotated[
        str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则记下文件中已改的全部内容")
    ] = None,
    indicator: Annotated[
        str | None, typer.Argument(metavar="[指标]", help="指标编号或名称；预算执行率改预算数、执行数")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="更正理由")] = "",
    by: AnyBy = None,
    actual: Annotated[str | None, typer.Option(help="实际完成值")] = None,
    state: Annotated[str | None, typer.Option(help="达成程度")] = None,
    share: Annotated[str | None, typer.Option(help="档内比例，如 70%")] = None,
    adjusted: Annotated[list[str] | None, typer.Option(help=f"全年预算数{PARTED}")] = None,
    executed: Annotated[list[str] | None, typer.Option(help=f"全年执行数{PARTED}")] = None,
    cause: Annotated[str | None, typer.Option(help="偏差原因")] = None,
    remedy: Annotated[str | None, typer.Option(help="改进措施")] = None,
    evidence: Annotated[list[str] | None, typer.Option(help="补充的佐证材料；可写多次")] = None,
    *,
    at: Filled,
) -> Output:
    """更正一个值并记入台账：谁、何时、哪个值、从多少到多少、为什么。

    写项目、指标和新的值：改完成情况文件并记录。都不写：文件（如填报的工作簿）已经改好，把与上次评分的全部不同记下。
    """
    given = {"actual": actual, "state": state, "share": share, "adjusted": adjusted, "executed": executed,
             "cause": cause, "remedy": remedy, "evidence": evidence}  # fmt: skip
    values = {name: value for name, value in given.items() if value}
    changes = acts.correcting.correct(at, by, reason, code, indicator, values)
    lines = [f"{one.code} {one.subject} {one.field}：{one.before} → {one.after}\n" for one in changes]
    done = f"更正 {len(changes)} 处，已记入台账（{by}：{reason}）；用 ziping run 重新出具\n"
    return Output("".join(lines) + done)


def evidence(
    code: Project,
    indicator: Annotated[str, typer.Argument(metavar="指标", help="指标编号或名称")],
    files: Annotated[list[Path], typer.Argument(metavar="文件...", help="佐证材料；复制进工作区")],
    title: Annotated[str, typer.Option("--title", help="材料名称；不写则用文件名")] = "",
    by: AnyBy = None,
    *,
    at: Filled,
) -> Output:
    """把佐证材料复制进工作区，以 SHA-256 与一个指标绑定；以后缺失或改动都会被发现。"""
    row, table, added = acts.correcting.attach(at, code, indicator, files, title, by or "")
    of = f"{table.name} {row.indicator.id}"
    return Output(
        "".join(
            f"{'已登记' if one.new else '早已登记'} {of}：{one.title}（{one.path}，{one.digest[:12]}）\n"
            for one in added
        )
    )
