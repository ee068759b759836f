"""The planner's commands: ziping attain, forecast, goal-seek, sensitivity, what-if. Nothing they do changes a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands.asking import Both, Opened, Output

One = Annotated[str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则全部")]
Open = Annotated[
    list[str] | None, typer.Option("--open", help="已填而仍会变动的指标（编号或名称）；可写多次。没有填的总算未定")
]
Settled = Annotated[bool, typer.Option("--settled", help="资金已决算：全年预算数和全年执行数不再变动")]


def attain(code: One = None, *, at: Opened) -> Both:
    """每个项目最高可得多少分、怎样得到，附证明；指出不能同时做到的目标和“少支出反而多得分”。有则返回码为 1。"""
    from evaluator.commands import planned

    made = acts.foreseeing.attain(at, code)
    return Output(planned.attain_text(made.found, code is not None), made.as_json, made.attend)


def forecast(code: One = None, open: Open = None, settled: Settled = False, *, at: Opened) -> Both:
    """年终得分的范围：哪些已经确定，哪些未定，最低和最高各是多少、怎样得到，依据哪些假定。精确推算，不抽样。"""
    from evaluator.commands import planned

    made = acts.foreseeing.forecast(at, code, open or (), settled)
    return Output(planned.forecast_text(made.found, code is not None), made.as_json)


def goal_seek(
    code: One = None,
    grade: Annotated[str | None, typer.Option("--grade", help="要达到的等级，如 优、良、中")] = None,
    score: Annotated[str | None, typer.Option("--score", help="要达到的总分，如 90")] = None,
    open: Open = None,
    everything: Annotated[bool, typer.Option("--all", help="已填的也都可改，已执行的金额也算可改（如果重来）")] = False,
    settled: Settled = False,
    *,
    at: Opened,
) -> Both:
    """达到一个等级或得分，未定的结果最少要改变什么；达不到的，给出证明。有达不到的返回码为 1。"""
    from evaluator.commands import planned

    made = acts.foreseeing.goal_seek(at, code, grade, score, open or (), settled, everything)
    return Output(planned.goal_text(*made.found), made.as_json, made.attend)


def sensitivity(code: One = None, *, at: Opened) -> Both:
    """每个指标多完成一个单位值多少分，到何处为止，还可得多少分；由金额计算的指标与预算执行率合在一起。"""
    from evaluator.commands import planned

    made = acts.foreseeing.slopes(at, code)
    return Output(planned.sensitivity_text(*made.found), made.as_json)


def what_if(
    file: Annotated[Path | None, typer.Argument(metavar="[方案文件]", help="写明各个方案的 YAML 文件")] = None,
    words: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "--as",
            help="--set 项目.指标=值（可写多次），以 --as 名称 结束一个方案；金额写 项目.全年执行数=450",
        ),
    ] = None,
    *,
    at: Opened,
) -> Both:
    """如果某些结果、金额或评分办法不同，得多少分：各个方案与现在并列，逐行比较，列出增减的问题。不改动任何文件。"""
    from evaluator.commands import planned

    made = acts.foreseeing.what_if(at, file, words or ())
    return Output(planned.whatif_text(made.found), made.as_json)
