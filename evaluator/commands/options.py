"""Options that commands share, and the workspace they name. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from evaluator.commands.working import working

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evaluator.errors import Problem
    from evaluator.findings.inference import Executor
    from evaluator.intake.actuals import Results
    from evaluator.model import Actuals
    from evaluator.results import Evaluation
    from evaluator.rulebook import Rulebook
    from evaluator.workspace import Workspace

FINDINGS = 1  # what a command returns when there is something to attend to


class Values(TyperCommand):
    """A command whose arguments may begin with a minus (-0%, -5度): only `-` and a letter, or `--`, is an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put what begins with a minus and is no option behind `--`, unless an option before it takes it."""
        taking = {name for one in self.params if isinstance(one, TyperOption) and not one.is_flag for name in one.opts}
        words = iter(args)
        values: list[str] = []
        kept: list[str] = []
        for word in words:
            if word == "--":
                values += words
            elif word in taking:
                kept += [word, *islice(words, 1)]
            elif re.match(r"-+[^A-Za-z-]", word):
                values.append(word)
            else:
                kept.append(word)
        return super().parse_args(ctx, [*kept, *(["--", *values] if values else [])])


class Format(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


Place = Annotated[
    Path | None, typer.Argument(metavar="[工作区]", help="含 rules/ 与 actuals/ 的目录；不写则用当前目录或内置示例")
]
PlaceOption = Annotated[Path | None, typer.Option("--workspace", "-w", help="工作区目录")]
Out = Annotated[Path, typer.Option("--out", "-o", help="输出目录；已有文件不覆盖，内容有变则另出 _v02")]
Year = Annotated[int | None, typer.Option(help="年度；不写则取最近一年")]
UnitCode = Annotated[str | None, typer.Option("--unit", help="单位编码；只有一个单位时可不写")]
PolicyName = Annotated[str | None, typer.Option("--policy", help="评分办法编号；不写则用当年在用的办法")]
As = Annotated[Format, typer.Option("--format", "-f", help="输出格式")]


def opened(workspace: Path | None) -> Workspace:
    """The workspace named, or found; says so when it is the sample."""
    from evaluator.commands.places import relative_to
    from evaluator.workspace import open_workspace, product

    space = open_workspace(workspace)
    relative_to((space.root, product()))
    if space.sample and workspace is None and Path.cwd() != space.root:
        typer.echo("没有指定工作区，用内置的示例工作区", err=True)
    return space


def rulebook_of(workspace: Path | None) -> tuple[Rulebook, Workspace]:
    """The rules of that workspace, and the workspace."""
    from evaluator.rulebook import load_rulebook

    space = opened(workspace)
    with working("读取规则"):
        return load_rulebook(space.rules, space.shared), space


def results_of(space: Workspace, rulebook: Rulebook) -> Results:
    """The results of that workspace; what was left out in reading them is said on the error stream."""
    from evaluator.intake.actuals import load_actuals

    with working("读取完成情况"):
        made = load_actuals(space.actuals, rulebook)
    say(made.notes)
    return made


def say(notes: Iterable[Problem]) -> None:
    """Notes on what was left out in reading, on the error stream."""
    from evaluator.commands.places import told

    for note in notes:
        typer.echo(told(note), err=True)


def evaluated(
    rulebook: Rulebook,
    space: Workspace,
    year: int | None,
    unit: str | None,
    policy: str | None = None,
    executor: Executor = "auto",
    actuals: Mapping[tuple[int, str], Actuals] | None = None,
) -> Evaluation:
    """One unit's year of a workspace with all that belongs to it: results (read unless given), evidence and duties."""
    from evaluator.evaluation import evaluate
    from evaluator.following.rectification import load_rectification
    from evaluator.intake.evidence import load_evidence

    given = results_of(space, rulebook) if actuals is None else actuals
    files, duties = load_evidence(space.evidence), load_rectification(space, rulebook)
    with working("评分"):
        return evaluate(
            rulebook, given, year=year, unit=unit, policy=policy, executor=executor, attached=files, duties=duties
        )
