"""Options that commands share. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperOption

from evaluator.commands.mistyped import Command, path_of
from evaluator.commands.openable import printed, relative_to
from evaluator.errors import Problem, UsageProblem
from evaluator.formats import FORMATS, USUAL
from evaluator.workspace.places import open_workspace, product


class SignedArguments(Command):
    """A command whose arguments may begin with a minus (-0%, -5度): only `-` and a letter, or `--`, is an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put what begins with a minus and is no option behind `--`, unless an option before it takes it."""
        taking = {
            name for param in self.params if isinstance(param, TyperOption) and not param.is_flag for name in param.opts
        }
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


class PrintFormat(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


if TYPE_CHECKING:
    ReportFormat = StrEnum
else:
    ReportFormat = StrEnum("ReportFormat", [(name, name) for name in FORMATS])
To = Annotated[list[ReportFormat] | None, typer.Option("--to", help="格式；可写多次，不写则 xlsx 和 html")]


def suffixes(to: list[ReportFormat] | None) -> list[str]:
    """The ends of the names of the files that are asked for."""
    return [f".{format.value}" for format in dict.fromkeys(to)] if to else list(USUAL)


def some_workspace(ctx: typer.Context, param: typer.CallbackParam, value: Path | None) -> Path | None:
    """The workspace a command is about, or that of the sample when asked for (`Sample`).

    Refused before anything else is done where none is named and the current folder is none: UsageProblem (U101, U111).
    """
    relative_to((product() if ctx.params.get("sample") else value or Path.cwd(), product()))
    if ctx.params.get("sample"):
        if value is not None:
            raise UsageProblem(
                [Problem("U111", f"“{value}”和 --sample 只能写一个", remedy="用自己的工作区时不写 --sample")]
            )
        return product()
    if not ctx.params.get("explain"):
        typed = " ".join(["ziping", *path_of(ctx)]) + (
            " …" if any(option.required for option in ctx.command.params) else ""
        )
        trying = f"{typed} --sample" if any(option.name == "sample" for option in ctx.command.params) else ""
        open_workspace(value, f"{typed} {'{}' if param.param_type_name == 'argument' else '-w {}'}", trying)
    return value


def any_workspace(value: Path | None) -> Path | None:
    """A workspace that need not be there: places are told as they can be opened from here."""
    relative_to((value or Path.cwd(), product()))
    return value


SPACE = "工作区（ziping init 建的目录）；不写则用当前目录"
Place = Annotated[Path | None, typer.Argument(metavar="[工作区]", help=SPACE, callback=some_workspace)]
PlaceOption = Annotated[Path | None, typer.Option("--workspace", "-w", help=SPACE, callback=some_workspace)]
Sample = Annotated[bool, typer.Option("--sample", help="不用工作区，用内置的示例（示例数据）试一试", is_eager=True)]
ANY = "工作区：用它自己的评分办法和规则；不写则用当前目录，当前目录不是工作区则用内置的"
AnyPlace = Annotated[Path | None, typer.Argument(metavar="[工作区]", help=ANY, callback=any_workspace)]
AnyPlaceOption = Annotated[Path | None, typer.Option("--workspace", "-w", help=ANY, callback=any_workspace)]
Out = Annotated[Path, typer.Option("--out", "-o", help="输出目录；已有文件不覆盖，内容有变则另出下一个版次")]
Year = Annotated[int | None, typer.Option(help="年度；不写则取最近一年")]
UnitCode = Annotated[str | None, typer.Option("--unit", help="单位编码；只有一个单位时可不写")]
Kept = Annotated[Path | None, typer.Option("--out", "-o", help="示例工作区的台账所在目录（与 run 的 --out 相同）")]
PolicyName = Annotated[str | None, typer.Option("--policy", help="评分办法编号；不写则用当年在用的办法")]


def _named(name: str | None) -> str | None:
    from evaluator.records.people import name_of

    return None if name is None else name_of(name)


By = Annotated[str, typer.Option("--by", help="经办人或审核人姓名", callback=_named)]
AnyBy = Annotated[str | None, typer.Option("--by", help="经办人姓名", callback=_named)]
As = Annotated[PrintFormat, typer.Option("--format", "-f", help="输出格式")]


def say(notes: Iterable[Problem]) -> None:
    """Notes on what was left out in reading, on the error stream."""
    for note in notes:
        typer.echo(printed(note), err=True)
