"""The planner's commands: ziping forecast, goal-seek, sensitivity, what-if. Nothing they do changes a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import (
    FINDINGS,
    As,
    Format,
    PlaceOption,
    PolicyName,
    Sample,
    UnitCode,
    Year,
    results_of,
    rulebook_of,
)
from evaluator.commands.working import working

if TYPE_CHECKING:
    from evaluator.planning.dials import Openness

One = Annotated[str | None, typer.Argument(metavar="[项目]", help="项目编码或名称的一部分；不写则全部")]
Open = Annotated[
    list[str] | None, typer.Option("--open", help="已填而仍会变动的指标（编号或名称）；可写多次。没有填的总算未定")
]
Settled = Annotated[bool, typer.Option("--settled", help="资金已决算：全年预算数和全年执行数不再变动")]


def forecast(
    code: One = None,
    open: Open = None,
    settled: Settled = False,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """年终得分的范围：哪些已经确定，哪些未定，最低和最高各是多少、怎样得到，依据哪些假定。精确推算，不抽样。"""
    from evaluator.commands import planned
    from evaluator.find import find_among
    from evaluator.plain import dumps
    from evaluator.planning import forecast as ahead

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    with working("推算"):
        found = ahead.forecast(
            rulebook, actuals, year=year, unit=unit, policy=policy, opened=_openness(open, False, settled)
        )
    if code is not None:
        wanted = find_among([one.present for one in found], code)
        found = [one for one in found if one.present is wanted]
    told = dumps(ahead.as_json(found)) if format is Format.json else planned.forecast_text(found, code is not None)
    typer.echo(told, nl=False)


def goal_seek(
    code: One = None,
    grade: Annotated[str | None, typer.Option("--grade", help="要达到的等级，如 优、良、中")] = None,
    score: Annotated[str | None, typer.Option("--score", help="要达到的总分，如 90")] = None,
    open: Open = None,
    everything: Annotated[bool, typer.Option("--all", help="已填的也都可改，已执行的金额也算可改（如果重来）")] = False,
    settled: Settled = False,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """达到一个等级或得分，未定的结果最少要改变什么；达不到的，给出证明。有达不到的返回码为 1。"""
    from evaluator.commands import planned
    from evaluator.errors import UsageProblem
    from evaluator.plain import dumps
    from evaluator.planning.attainability import attainable
    from evaluator.planning.goalseek import read_score, seek

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    with working("推算"):
        found = seek(
            rulebook, actuals, grade=grade, score=None if score is None else read_score(score), code=code,
            year=year, unit=unit, policy=policy, opened=_openness(open, everything, settled),
        )  # fmt: skip
    missed = {one.present.code: one.goal for one in found if not one.reached}
    proofs = {}
    if missed:
        try:
            with working("求最高得分"):
                reach = attainable(rulebook, actuals, year=year, unit=unit, policy=policy)
        except UsageProblem:  # then it is told row by row alone
            reach = []
        codes = [(one.witness.code, one) for one in reach if one.witness.code in missed]
        proofs = {code: one for code, one in codes if (one.luck or one.best).total < missed[code]}
    told = dumps(planned.goal_json(found, proofs)) if format is Format.json else planned.goal_text(found, proofs)
    typer.echo(told, nl=False)
    if missed:
        raise typer.Exit(FINDINGS)


def sensitivity(
    code: One = None,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """每个指标多完成一个单位值多少分，到何处为止，还可得多少分；由金额计算的指标与预算执行率合在一起。"""
    from evaluator.commands import planned
    from evaluator.evaluation import evaluate
    from evaluator.find import find_among
    from evaluator.plain import dumps
    from evaluator.planning import sensitivity as slopes

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    with working("推算"):
        present = evaluate(rulebook, actuals, year=year, unit=unit, policy=policy)
        found = slopes.sensitivity(rulebook, actuals, year=year, unit=unit, policy=policy)
    if code is not None:
        wanted = find_among(present.projects, code).code
        found = {wanted: found[wanted]}
    told = dumps(slopes.as_json(found)) if format is Format.json else planned.sensitivity_text(present, found)
    typer.echo(told, nl=False)


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
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """如果某些结果、金额或评分办法不同，得多少分：各个方案与现在并列，逐行比较，列出增减的问题。不改动任何文件。"""
    from evaluator.commands import planned
    from evaluator.evaluation import evaluate
    from evaluator.plain import dumps
    from evaluator.planning import whatif

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    with working("推算"):
        present = evaluate(rulebook, actuals, year=year, unit=unit, policy=policy)
        alternatives = whatif.read_alternatives(file) if file else []
        alternatives += whatif.from_words(words or [], present)
        made = whatif.what_if(rulebook, actuals, alternatives, present=present, policy=policy)
    typer.echo(dumps(whatif.as_json(made)) if format is Format.json else planned.whatif_text(made), nl=False)


def _openness(rows: list[str] | None, everything: bool, settled: bool) -> Openness:
    from evaluator.planning.dials import Openness

    return Openness(tuple(rows or ()), everything, settled)


COMMANDS: dict[str, Callable[..., None]] = {
    "forecast": forecast,
    "goal-seek": goal_seek,
    "sensitivity": sensitivity,
    "what-if": what_if,
}
