"""The command line: ziping run, score, explain, check, scenario, target, report, init, import, attain, prove, impact, audit.

Exit codes: 0 clean, 1 findings to attend to, 2 usage, 3 unreadable input, 4 internal error.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands import (
    aloud,
    answering,
    auditor,
    batcher,
    checker,
    clerk,
    desk,
    followup,
    founder,
    keeper,
    planner,
    printer,
    review,
    watcher,
    witness,
)
from evaluator.commands.exits import exit_code_of
from evaluator.commands.options import (
    FINDINGS,
    AnyPlaceOption,
    As,
    Format,
    Out,
    Place,
    PlaceOption,
    PolicyName,
    Sample,
    UnitCode,
    Values,
    Year,
    act_in,
    evaluated,
    results_of,
    rulebook_of,
    say,
    standing,
)
from evaluator.commands.places import in_text, relative_to
from evaluator.commands.working import progress, working

if TYPE_CHECKING:
    from evaluator.errors import Problem
    from evaluator.results import Evaluation

INTERRUPTED = 130

app = typer.Typer(
    name="ziping",
    help="自评：年终绩效自评的评分规则引擎。规则是数据，得分可解释、可复核、可重发。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class ScenarioFormat(StrEnum):
    """How scenario results are printed."""

    text = "text"
    json = "json"
    junit = "junit"


class ReportFormat(StrEnum):
    """The formats a report is written in."""

    xlsx = "xlsx"
    html = "html"
    docx = "docx"
    pdf = "pdf"


class ExecutorName(StrEnum):
    """Which executor draws the findings; both draw the same."""

    auto = "auto"
    rete = "rete"
    frame = "frame"


How = Annotated[ExecutorName, typer.Option("--executor", help="推理执行器")]
To = Annotated[list[ReportFormat] | None, typer.Option("--to", help="格式；可写多次，不写则 xlsx 和 html")]
Only = Annotated[bool, typer.Option("--form-only", help="只出自评表，不出附件（得分说明、问题清单、更正说明）")]
Form = Annotated[
    str | None,
    typer.Option(
        "--form", help="项目自评表的版式：national、hubei、yunnan、sichuan 等（reports/forms）；不写则依评分办法"
    ),
]


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="显示版本")] = False) -> None:
    """Print the version when asked."""
    relative_to(())
    if show:
        from evaluator import __version__

        typer.echo(f"ziping {__version__}")
        raise typer.Exit


@app.command()
def run(
    workspace: Place = None,
    sample: Sample = False,
    out: Out = Path("out"),
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    executor: How = ExecutorName.auto,
    to: To = None,
    form: Form = None,
    form_only: Only = False,
    format: As = Format.text,
) -> None:
    """评分并写出全部自评表、部门汇总（xlsx、html，或 docx、pdf）和评价结果（json）。"""
    from evaluator.commands import console
    from evaluator.commands.nextstep import after_run
    from evaluator.export import as_json
    from evaluator.plain import dumps
    from evaluator.records.issuing import issue_set

    with act_in(workspace, out, "评分") as (space, _):
        rulebook, _ = rulebook_of(workspace, year, unit)
        actuals = results_of(space, rulebook)
        evaluation = evaluated(rulebook, space, year, unit, policy, executor.value, actuals)
        with working("写出成果"):
            made = issue_set(
                space, rulebook, actuals, evaluation, out, _suffixes(to), form, progress, form_only=form_only
            )
    if format is Format.json:
        told = {**as_json(evaluation, (*rulebook.notes, *actuals.notes)), "noted": console.noted_json(made.written)}
        typer.echo(dumps(told | {"revision": made.revision, "stage": made.stage}), nl=False)
    else:
        typer.echo(console.evaluation_text(evaluation), nl=False)
        typer.echo(console.written_text(made.written) + console.drafts_text(evaluation.tables), nl=False)
        typer.echo(console.issued_text(made), nl=False)
        typer.echo(after_run(evaluation, made.stage, space, workspace, out), nl=False)
    say(made.notes)
    _end(evaluation, console.noted(made.written))


@app.command()
def score(
    workspace: Place = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    executor: How = ExecutorName.auto,
    rule_file: Annotated[
        list[Path] | None,
        typer.Option("--rule-file", help="试用 Python 写的问题规则（运行这个文件）；只用这一次，不记入台账"),
    ] = None,
    format: As = Format.text,
) -> None:
    """只评分，结果印在屏幕上。"""
    from evaluator.commands import console
    from evaluator.export import as_json
    from evaluator.plain import dumps
    from evaluator.rulebook import with_findings

    rulebook, space = rulebook_of(workspace, year, unit)
    for path in rule_file or ():
        from evaluator.findings.engine import rules_in

        rulebook = with_findings(rulebook, rules_in(path))
    actuals = results_of(space, rulebook)
    evaluation = evaluated(rulebook, space, year, unit, policy, executor.value, actuals)
    text = (
        dumps(as_json(evaluation, (*rulebook.notes, *actuals.notes)))
        if format is Format.json
        else console.evaluation_text(evaluation)
    )
    typer.echo(text, nl=False)
    _end(evaluation)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="项目", help="项目编码（可只写开头或结尾）、名称的一部分，或单位编码")],
    indicator: Annotated[str | None, typer.Argument(metavar="[指标]", help="指标编号或名称")] = None,
    why_not: Annotated[str | None, typer.Option("--why-not", help="问题规则编号：为什么（没有）触发")] = None,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """用句子说明一个项目或一个指标的得分：规则、目标、完成值、条款、公式、问题。"""
    from evaluator.commands import console
    from evaluator.explain import explain_row, explain_table, why_rule
    from evaluator.find import find_row, find_rule, find_table
    from evaluator.plain import dumps

    rulebook, space = rulebook_of(workspace, year, unit)
    evaluation = evaluated(rulebook, space, year, unit, policy)
    table = find_table(evaluation, code)
    if why_not is not None:
        sentences = why_rule(find_rule(rulebook, why_not), table, evaluation)
    elif indicator is not None:
        sentences = list(explain_row(find_row(table, indicator), table))
    else:
        sentences = list(explain_table(table))
    if format is Format.json:
        typer.echo(dumps([{"label": label, "says": says} for label, says in sentences]), nl=False)
    else:
        typer.echo(console.sentences_text([(label, in_text(says)) for label, says in sentences]), nl=False)


@app.command()
def scenario(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[情景文件或目录]...", help="不写则运行工作区的 scenarios/；工作区没有则运行内置的全部情景"
        ),
    ] = None,
    workspace: AnyPlaceOption = None,
    covering: Annotated[
        bool, typer.Option("--coverage", help="列出没有情景走到的条款、比较方式和问题规则；有则返回码为 1")
    ] = False,
    format: Annotated[ScenarioFormat, typer.Option("--format", "-f", help="输出格式")] = ScenarioFormat.text,
) -> None:
    """运行情景（given / expect），核对规则是否仍得出应有的结果。"""
    from evaluator.commands import console
    from evaluator.rulebook import load_rulebook
    from evaluator.scenarios.scenario import run_paths
    from evaluator.workspace import sample_workspace

    if covering:
        auditor.cover(paths, workspace, format.value)
        return
    space = standing(workspace)
    if not paths and not (space.root / "scenarios").is_dir():
        space = sample_workspace()  # the product's scenarios speak of the product's own projects
    rulebook = load_rulebook(space.rules, space.shared)
    with working("运行情景"):
        outcomes = run_paths(paths or [space.root / "scenarios"], rulebook)
    typer.echo(console.scenarios(outcomes, format.value), nl=False)
    if any(outcome.failures for outcome in outcomes):
        raise typer.Exit(FINDINGS)


@app.command()
def report(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[项目]...", help="项目编码；不写则全部")] = None,
    out: Out = Path("out"),
    to: To = None,
    form: Form = None,
    form_only: Only = False,
    workspace: PlaceOption = None,
    sample: Sample = False,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
) -> None:
    """写出指定项目的自评表：与最近一次评分相同的用它的版次，否则标明未记台账。"""
    from evaluator.commands import console
    from evaluator.find import find_table
    from evaluator.records.issuing import issue_forms

    rulebook, space = rulebook_of(workspace, year, unit)
    actuals = results_of(space, rulebook)
    evaluation = evaluated(rulebook, space, year, unit, policy, actuals=actuals)
    tables = [find_table(evaluation, code) for code in codes] if codes else list(evaluation.tables)
    written = issue_forms(
        space, rulebook, actuals, evaluation, tables, out, _suffixes(to), form, progress, form_only=form_only
    )
    typer.echo(console.written_text(written) + console.drafts_text(tables), nl=False)
    if console.noted(written):
        raise typer.Exit(FINDINGS)


for command in (
    checker.check,
    answering.answer,
    auditor.attain,
    auditor.prove,
    auditor.impact,
    auditor.audit,
    auditor.rules,
    clerk.template,
    watcher.monitor,
    founder.init,
):
    app.command()(command)
for step in (desk.correct, desk.evidence, review.submit, review.reply, review.accept, desk.history, desk.diff):
    app.command()(step)
app.command(cls=Values)(aloud.target)
app.command()(batcher.batch)
app.command("import")(clerk.import_)
app.command("print")(printer.print_)
app.command("return")(review.return_)
app.command()(followup.advice)
app.command()(followup.trend)
app.add_typer(followup.app)
for name, planning in planner.COMMANDS.items():
    app.command(name)(planning)
for keeping in (keeper.verify, keeper.sign, keeper.keygen):
    app.command()(keeping)
for witnessing in (witness.head, witness.stamp, witness.pin, witness.copy):
    keeper.app.command()(witnessing)
app.add_typer(keeper.app)


def _suffixes(to: list[ReportFormat] | None) -> list[str]:
    return [f".{one.value}" for one in dict.fromkeys(to or (ReportFormat.xlsx, ReportFormat.html))]


def _end(evaluation: Evaluation, noted: Sequence[Problem] = ()) -> None:
    """Exit with 1 when a finding of a reviewer's concern stands or a file was not printed whole, so that a script can tell."""
    if noted or any(finding.severity != "提示" for table in evaluation.tables for finding in table.findings):
        raise typer.Exit(FINDINGS)


def main() -> None:
    """Run the command line; a user's mistake is told in a sentence, never as a traceback."""
    from evaluator.plain import Terminal

    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and stream is getattr(sys, f"__{name}__"):
            lines = {"line_buffering": stream.line_buffering, "write_through": stream.write_through}
            setattr(sys, name, Terminal(stream.detach(), encoding="utf-8", errors="replace", **lines))
    signal.signal(signal.SIGINT, _interrupted)
    code = exit_code_of(app)
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads on, or there is no room: told already, and not to be told again at the end
        sys.stdout = None
    sys.exit(code)


def _interrupted(*_: object) -> None:
    """End when asked to (Ctrl-C): what is open is closed, and what is half written goes."""
    raise SystemExit(INTERRUPTED)
