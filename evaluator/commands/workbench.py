"""The command that opens the workbench in a browser: ziping serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from evaluator.commands.options import SPACE, some_workspace
from evaluator.workspace.places import Workspace, is_vacant, open_workspace


def _some_or_new(ctx: typer.Context, param: typer.CallbackParam, value: Path | None) -> Path | None:
    """A workspace, or a folder that is empty or not there yet: it becomes one in the page."""
    return value if is_vacant(value or Path.cwd()) else some_workspace(ctx, param, value)


NewPlace = Annotated[
    Path | None,
    typer.Argument(metavar="[工作区]", help=f"{SPACE}；空的或还没有的目录，在页面上建", callback=_some_or_new),
]


def serve(
    workspace: NewPlace = None,
    port: Annotated[
        int | None, typer.Option("--port", help="端口；不写则用 8629，占用时用后面的", min=1, max=65535)
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="不打开浏览器，只印出地址")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="只看：拒绝一切改动工作区的事")] = False,
) -> None:
    """工作台：在本机的浏览器里填报、出具、报送、审核、核对。第一行印出带口令的地址，停止以后失效。

    空的或还没有的目录：先在页面上写单位和年度，导入目标。只在本机上（127.0.0.1）；已经在运行的，印出它的地址。要用 pip install "ziping[web]" 装上网页部分。
    """
    from evaluator.web.server import serve as run

    root = workspace or Path.cwd()
    space = Workspace(root, False) if is_vacant(root) else open_workspace(workspace)
    run(space, _say, port=port, browser=not no_open, read_only=read_only)


def _say(address: str) -> None:
    typer.echo(address)
    sys.stdout.flush()
