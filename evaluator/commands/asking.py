"""A command asks and tells, and does nothing else: here its options become a `Sitting`, and what it gives an exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands.options import (
    AnyPlace,
    AnyPlaceOption,
    As,
    Kept,
    Out,
    Place,
    PlaceOption,
    PolicyName,
    PrintFormat,
    Sample,
    UnitCode,
    Year,
    say,
)
from evaluator.commands.working import progress, working
from evaluator.errors import EvaluatorError, Problem
from evaluator.files.plain import dumps
from evaluator.workspace.places import find_workspace, sample_workspace

if TYPE_CHECKING:
    from evaluator.acts import acting

    Sitting = acting.Sitting
else:
    Sitting = Any

FINDINGS = 1  # what a command returns when there is something to attend to
OPTIONS: dict[str, tuple[str, Any, Any]] = {  # by the words of an `Annotated[Sitting, …]`: name, declaration, default
    "place": ("workspace", Place, None),
    "workspace": ("workspace", PlaceOption, None),
    "anyplace": ("workspace", AnyPlace, None),
    "anyworkspace": ("workspace", AnyPlaceOption, None),
    "sample": ("sample", Sample, False),
    "out": ("out", Out, Path("out")),
    "kept": ("out", Kept, None),
    "year": ("year", Year, None),
    "unit": ("unit", UnitCode, None),
    "policy": ("policy", PolicyName, None),
}


@dataclass(frozen=True, slots=True)
class Output:
    """What a command has to say: text, or plain data where its format is asked for (`Both`); then notes.

    With `attend` there is something to attend to, and the exit code says so; `unread` is raised once all is said.
    """

    text: str
    data: Callable[[], Any] | None = None
    attend: bool = False
    notes: Iterable[Problem] = ()
    unread: EvaluatorError | None = None


Both = Annotated[Output, "format"]
Scored = Annotated[Sitting, "place sample year unit policy"]
Opened = Annotated[Sitting, "workspace sample year unit policy"]
Filled = Annotated[Sitting, "workspace year unit kept"]
Handed = Annotated[Sitting, "place year unit kept"]
Standing = Annotated[Sitting, "anyworkspace"]


def asked(command: Callable[..., Output | None]) -> Callable[..., None]:
    """The function of a command as typer takes it.

    A parameter that is a `Sitting` becomes the options its words name, in its place; a command that gives `Both` has
    --format, as the last. What it gives is printed, and becomes the exit code.
    """
    own = signature(command, eval_str=True)
    parameters: list[Parameter] = []
    sitting = ""
    for one in own.parameters.values():
        if words := _words(one.annotation):
            sitting = one.name
            asks = [OPTIONS[word] for word in words]
        else:
            asks = [(one.name, one.annotation, one.default)]
        parameters += [Parameter(name, Parameter.KEYWORD_ONLY, default=unless, annotation=of) for name, of, unless in asks]  # fmt: skip
    if both := bool(_words(own.return_annotation)):
        parameters.append(Parameter("format", Parameter.KEYWORD_ONLY, default=PrintFormat.text, annotation=As))

    @wraps(command)
    def run(**given: Any) -> None:
        format = given.pop("format") if both else PrintFormat.text
        if sitting:
            mine = {name: given.pop(name) for name in list(given) if name not in own.parameters}
            given[sitting] = _sitting(**mine)
        if told := command(**given):
            show(told, format)

    run.__signature__ = own.replace(parameters=parameters, return_annotation=None)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _words(annotation: Any) -> list[str]:
    """The words beside a type: what a sitting is made of, or that a command has a format."""
    beside = getattr(annotation, "__metadata__", ("",))[0]
    return beside.split() if isinstance(beside, str) else []


def _sitting(workspace: Path | None = None, out: Path | None = None, sample: bool = False, **more: Any) -> Sitting:
    """Who is at work where; the workspace named or stood in, else the product's own, which its option has allowed then."""
    from evaluator.acts.acting import Sitting

    space = find_workspace(workspace) or sample_workspace()
    return Sitting(space, **more, out=out or Path("out"), named=workspace, tell=say, working=working, progress=progress)


def show(told: Output, format: PrintFormat = PrintFormat.text) -> None:
    """Print what a command has to say and end it with its exit code."""
    typer.echo(dumps(told.data()) if told.data and format is PrintFormat.json else told.text, nl=False)
    say(told.notes)
    if told.unread:
        raise told.unread
    if told.attend:
        raise typer.Exit(FINDINGS)
