"""The commands of a score: ziping run, score, explain, report, print; and ziping scenario."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evaluator import acts
from evaluator.commands import console
from evaluator.commands.asking import Both, Opened, Output, Scored, Sitting, Standing
from evaluator.commands.nextstep import after_run
from evaluator.commands.openable import in_text
from evaluator.commands.options import Out, To, suffixes
from evaluator.files.plain import dumps


class ScenarioFormat(StrEnum):
    """How scenario results are printed."""

    text = "text"
    json = "json"
    junit = "junit"


class ExecutorName(StrEnum):
    """Which executor draws the findings; both draw the same."""

    auto = "auto"
    rete = "rete"
    frame = "frame"


How = Annotated[ExecutorName, typer.Option("--executor", help="推理执行器")]
Only = Annotated[bool, typer.Option("--form-only", help="只出自评表，不出附件（得分说明、问题清单、更正说明）")]
Form = Annotated[
    str | None,
    typer.Option(
        "--form", help="项目自评表的版式：national、hubei、yunnan、sichuan 等（reports/forms）；不写则依评分办法"
    ),
]
STEPS = ((1_000_000, "MB"), (1_000, "KB"))


def run(
    at: Annotated[Sitting, "place sample out year unit policy"],
    executor: How = ExecutorName.auto,
    to: To = None,
    form: Form = None,
    form_only: Only = False,
) -> Both:
    """评分并写出全部自评表、部门汇总（xlsx、html，或 docx、pdf）和评价结果（json）。"""
    scored, issued = acts.issuing.issue(at, suffixes(to), form, form_only, executor.value)
    text = [
        console.evaluation_text(scored.evaluation),
        console.written_text(issued.written),
        console.drafts_text(scored.evaluation.tables),
        console.issued_text(issued),
        after_run(scored.evaluation, issued.stage, at),
    ]
    noted = console.noted_json(issued.written)
    more = {"noted": noted, "revision": issued.revision, "stage": issued.stage}
    return Output("".join(text), lambda: {**scored.as_json(), **more}, scored.attend or bool(noted), issued.notes)


def score(
    at: Scored,
    executor: How = ExecutorName.auto,
    rule_file: Annotated[
        list[Path] | None,
        typer.Option("--rule-file", help="试用 Python 写的问题规则（运行这个文件）；只用这一次，不记入台账"),
    ] = None,
) -> Both:
    """只评分，结果印在屏幕上。"""
    scored = acts.issuing.score(at, executor.value, rule_file or ())
    return Output(console.evaluation_text(scored.evaluation), scored.as_json, scored.attend)


def explain(
    code: Annotated[str, typer.Argument(metavar="项目", help="项目编码（可只写开头或结尾）、名称的一部分，或单位编码")],
    indicator: Annotated[str | None, typer.Argument(metavar="[指标]", help="指标编号或名称")] = None,
    why_not: Annotated[str | None, typer.Option("--why-not", help="问题规则编号：为什么（没有）触发")] = None,
    *,
    at: Opened,
) -> Both:
    """用句子说明一个项目或一个指标的得分：规则、目标、完成值、条款、公式、问题。"""
    sentences = acts.looking.explain(at, code, indicator, why_not)
    text = console.sentences_text([(label, in_text(says)) for label, says in sentences])
    return Output(text, lambda: [{"label": label, "says": says} for label, says in sentences])


def scenario(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[情景文件或目录]...", help="不写则运行工作区的 scenarios/；工作区没有则运行内置的全部情景"
        ),
    ] = None,
    *,
    at: Standing,
    covering: Annotated[
        bool, typer.Option("--coverage", help="列出没有情景走到的条款、比较方式和问题规则；有则返回码为 1")
    ] = False,
    format: Annotated[ScenarioFormat, typer.Option("--format", "-f", help="输出格式")] = ScenarioFormat.text,
) -> Output:
    """运行情景（given / expect），核对规则是否仍得出应有的结果。"""
    if not covering:
        outcomes = acts.rulemaking.try_out(at, paths or ())
        return Output(console.scenarios(outcomes, format.value), attend=any(outcome.failures for outcome in outcomes))
    if format is ScenarioFormat.junit:
        raise typer.BadParameter("--coverage 只有 text 和 json 两种格式", param_hint="--format")
    view = acts.rulemaking.cover(at, paths or ())
    as_text = format is ScenarioFormat.text
    outcomes, says = view.found
    text = console.scenarios(outcomes, "text") + says if as_text else dumps(view.as_json())
    return Output(text, attend=view.attend)


def report(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[项目]...", help="项目编码；不写则全部")] = None,
    out: Out = Path("out"),
    to: To = None,
    form: Form = None,
    form_only: Only = False,
    *,
    at: Opened,
) -> Output:
    """写出指定项目的自评表：与最近一次评分相同的用它的版次，否则标明未记台账。"""
    tables, written = acts.issuing.issue_forms(replace(at, out=out), codes or (), suffixes(to), form, form_only)
    return Output(console.written_text(written) + console.drafts_text(tables), attend=bool(console.noted(written)))


def print_(
    at: Annotated[Sitting, "place out year unit"],
    attachments: Annotated[
        bool, typer.Option("--attachments", help="每张表后面附上附件（得分说明、问题清单、更正说明）")
    ] = False,
    packing: Annotated[
        bool, typer.Option("--zip", help="另出一个报送用的压缩包：自评表、佐证材料清单和文件、台账凭据、摘要清单")
    ] = False,
) -> Output:
    """把上次评分的全部自评表装订成一个 PDF：先部门整体，后各项目，页码连排；评分以后又改过的，先运行 ziping run。"""
    run, written, notes = acts.handing.bind(at, attachments, packing)
    sizes = "".join(f"  {file.path.name}：{size(file.path.stat().st_size)}\n" for file in written)
    drafts = console.drafts_text(run.evaluation.tables)
    attend = bool(notes or drafts or console.noted(written))
    return Output(console.written_text(written) + sizes + drafts, attend=attend, notes=notes)


def size(count: int) -> str:
    """A number of bytes as people read it."""
    for step, name in STEPS:
        if count >= step:
            return f"{count / step:.1f} {name}"
    return f"{count} 字节"
