"""The command line: ziping run, score, explain, check, scenario, target, report, init, import, attain, prove, impact, audit.

Exit codes: 0 clean, 1 findings to attend to, 2 usage, 3 unreadable input, 4 internal error.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator import auditor, checker
from evaluator.options import (
    FINDINGS,
    As,
    Format,
    Out,
    Place,
    PlaceOption,
    PolicyName,
    UnitCode,
    Year,
    rulebook_of,
)

if TYPE_CHECKING:
    from evaluator.results import Evaluation

INTERNAL = 4

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


class ExecutorName(StrEnum):
    """Which executor draws the findings; both draw the same."""

    auto = "auto"
    rete = "rete"
    frame = "frame"


How = Annotated[ExecutorName, typer.Option("--executor", help="推理执行器")]


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="显示版本")] = False) -> None:
    """Print the version when asked."""
    if show:
        from evaluator import __version__

        typer.echo(f"ziping {__version__}")
        raise typer.Exit


@app.command()
def run(
    workspace: Place = None,
    out: Out = Path("out"),
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    executor: How = ExecutorName.auto,
    format: As = Format.text,
) -> None:
    """评分并写出全部自评表、部门汇总（xlsx、html）和评价结果（json）。"""
    from evaluator import console
    from evaluator.delivery import deliver
    from evaluator.export import as_json
    from evaluator.plain import dumps

    evaluation = _evaluate(workspace, year, unit, policy, executor)
    written = deliver(evaluation, out, console.progress)
    if format is Format.json:
        typer.echo(dumps(as_json(evaluation)), nl=False)
    else:
        typer.echo(console.evaluation_text(evaluation), nl=False)
        typer.echo(console.written_text(written), nl=False)
    _end(evaluation)


@app.command()
def score(
    workspace: Place = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    executor: How = ExecutorName.auto,
    format: As = Format.text,
) -> None:
    """只评分，结果印在屏幕上。"""
    from evaluator import console
    from evaluator.export import as_json
    from evaluator.plain import dumps

    evaluation = _evaluate(workspace, year, unit, policy, executor)
    text = dumps(as_json(evaluation)) if format is Format.json else console.evaluation_text(evaluation)
    typer.echo(text, nl=False)
    _end(evaluation)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="项目", help="项目编码（可只写开头或结尾）、名称的一部分，或单位编码")],
    indicator: Annotated[str | None, typer.Argument(metavar="[指标]", help="指标编号或名称")] = None,
    why_not: Annotated[str | None, typer.Option("--why-not", help="问题规则编号：为什么（没有）触发")] = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
    format: As = Format.text,
) -> None:
    """用句子说明一个项目或一个指标的得分：规则、目标、完成值、条款、公式、问题。"""
    from evaluator import console
    from evaluator.explain import explain_row, explain_table, why_rule
    from evaluator.find import find_row, find_rule, find_table
    from evaluator.plain import dumps

    evaluation = _evaluate(workspace, year, unit, policy, ExecutorName.auto)
    table = find_table(evaluation, code)
    if why_not is not None:
        sentences = why_rule(find_rule(rulebook_of(workspace)[0], why_not), table, evaluation)
    elif indicator is not None:
        sentences = list(explain_row(find_row(table, indicator), table))
    else:
        sentences = list(explain_table(table))
    if format is Format.json:
        typer.echo(dumps([{"label": label, "says": says} for label, says in sentences]), nl=False)
    else:
        typer.echo(console.sentences_text(sentences), nl=False)


@app.command()
def scenario(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[情景文件或目录]...", help="不写则运行工作区的 scenarios/；工作区没有则运行内置的全部情景"
        ),
    ] = None,
    workspace: PlaceOption = None,
    format: Annotated[ScenarioFormat, typer.Option("--format", "-f", help="输出格式")] = ScenarioFormat.text,
) -> None:
    """运行情景（given / expect），核对规则是否仍得出应有的结果。"""
    from evaluator import console
    from evaluator.scenario import run_paths
    from evaluator.workspace import open_workspace, product

    if not paths and not (open_workspace(workspace).root / "scenarios").is_dir():
        workspace = product()  # the product's scenarios speak of the product's own projects
    rulebook, space = rulebook_of(workspace)
    outcomes = run_paths(paths or [space.root / "scenarios"], rulebook)
    typer.echo(console.scenarios(outcomes, format.value), nl=False)
    if any(outcome.failures for outcome in outcomes):
        raise typer.Exit(FINDINGS)


@app.command()
def target(
    text: Annotated[str, typer.Argument(metavar="指标值", help="如 ≥59人")],
    actual: Annotated[str | None, typer.Option("--actual", "-a", help="实际完成值，如 60人")] = None,
    sign: Annotated[str | None, typer.Option("--sign", "-s", help="原文没有比较符时给出：≥ > ≤ < =")] = None,
    format: As = Format.text,
) -> None:
    """看一个指标值（和实际完成值）怎样读：达到没有，完成率多少。"""
    from evaluator import console
    from evaluator.plain import dumps
    from evaluator.reader import read_pair

    reading = read_pair(text, actual, sign)
    typer.echo(dumps(reading) if format is Format.json else console.reading_text(reading), nl=False)
    if "problem" in reading:
        raise typer.Exit(FINDINGS)


@app.command()
def report(
    codes: Annotated[list[str] | None, typer.Argument(metavar="[项目]...", help="项目编码；不写则全部")] = None,
    out: Out = Path("out"),
    to: Annotated[list[ReportFormat] | None, typer.Option("--to", help="格式；可写多次，不写则全部")] = None,
    workspace: PlaceOption = None,
    year: Year = None,
    unit: UnitCode = None,
    policy: PolicyName = None,
) -> None:
    """写出指定项目的自评表。"""
    from evaluator import console
    from evaluator.delivery import deliver_forms
    from evaluator.find import find_table

    evaluation = _evaluate(workspace, year, unit, policy, ExecutorName.auto)
    tables = [find_table(evaluation, code) for code in codes] if codes else list(evaluation.tables)
    written = deliver_forms(evaluation, tables, out, [f".{one.value}" for one in to or ReportFormat], console.progress)
    typer.echo(console.written_text(written), nl=False)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="目录", help="新工作区的目录（须不存在或为空）")],
    unit: Annotated[str, typer.Option("--unit", help="单位编码")] = "000000",
    name: Annotated[str, typer.Option("--name", help="单位名称")] = "（填写单位名称）",
    year: Annotated[int, typer.Option("--year", help="年度")] = 2024,
) -> None:
    """为另一个单位建一个新的工作区：可以直接评分的样例和填写说明。"""
    from evaluator.initiate import initiate

    for path in initiate(folder, unit, name, year):
        typer.echo(f"已建 {path}")
    typer.echo(f"下一步：按说明改写 {folder / '说明.md'} 中提到的文件，然后运行 ziping check {folder}")


@app.command("import")
def import_(
    documents: Annotated[
        list[Path], typer.Argument(metavar="文件...", help="绩效目标文件：docx、xlsx、pdf、html、txt")
    ],
    into: Annotated[Path, typer.Option("--into", help="规则文件的目录")] = Path("rules/projects"),
    year: Annotated[int | None, typer.Option(help="年度；文件中只写了一个年度时可不写", min=2000, max=2100)] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="单位编码；文件中写了时可不写")] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="评分办法编号，写进草稿并用来分配分值；不写则用当年在用的办法")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="把来源改了而人没有改过的内容写进已有文件")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不写任何文件")] = False,
    format: As = Format.text,
) -> None:
    """把绩效目标文件变成规则文件草稿，写到 目录/年度/单位/项目编码.yaml，由人核对后使用。

    填好的自评表（有实际完成值和得分）照录成 目录/文件名.filled.yaml，一字不改，供核对。

    拿不准的地方写作“?”，上面注明原因和可选的答复；还有“?”时 ziping check 和评分都不放行。

    已有的文件不覆盖：不加 --update 时一个字也不动，只逐个字段列出文件与来源的不同；加 --update 时只写入来源改了、
    而人没有改过的内容，手工改过的内容、答复和注释都保留，两边都改过的列为冲突，由人决定。

    返回码：0 没有要处理的；1 有问题或差异；2 用法；3 文件读不了。
    """
    from evaluator import console
    from evaluator.intake.importing import as_json, import_documents
    from evaluator.plain import dumps

    made = import_documents(
        documents, into, year=year, unit=unit, policy=policy, update=update, dry=dry_run, progress=console.progress
    )
    typer.echo(dumps(as_json(made)) if format is Format.json else console.import_text(made), nl=False)
    if not made.clean:
        raise typer.Exit(FINDINGS)


for command in (checker.check, auditor.attain, auditor.prove, auditor.impact, auditor.audit):
    app.command()(command)


def _evaluate(
    workspace: Path | None, year: int | None, unit: str | None, policy: str | None, executor: ExecutorName
) -> Evaluation:
    from evaluator.evaluation import evaluate
    from evaluator.intake.actuals import load_actuals

    rulebook, space = rulebook_of(workspace)
    actuals = load_actuals(space.actuals, rulebook)
    how: Any = executor.value
    return evaluate(rulebook, actuals, year=year, unit=unit, policy=policy, executor=how)


def _end(evaluation: Evaluation) -> None:
    """Exit with 1 when a finding of a reviewer's concern stands, so that a script can tell."""
    if any(finding.severity != "提示" for table in evaluation.tables for finding in table.findings):
        raise typer.Exit(FINDINGS)


def main() -> None:
    """Run the command line; a user's mistake is told in a sentence, never as a traceback."""
    from evaluator.errors import EvaluatorError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except EvaluatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        typer.echo(
            f"程序内部错误：{type(error).__name__}: {error}（{Path(where.filename).name}:{where.lineno}）", err=True
        )
        typer.echo("这不是您的输入造成的；请把命令和这行文字发给维护者", err=True)
        sys.exit(INTERNAL)
