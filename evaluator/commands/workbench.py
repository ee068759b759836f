"""The command that opens the workbench in a browser: ziping serve."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from evaluator.commands.options import Place
from evaluator.workspace.places import open_workspace


def serve(
    workspace: Place = None,
    port: Annotated[
        int | None, typer.Option("--port", help="端口；不写则用 8629，占用时用后面的", min=1, max=65535)
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="不打开浏览器，只印出地址")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="只看：拒绝一切改动工作区的事")] = False,
) -> None:
    """工作台：在本机的浏览器里填报、出具、报送、审核、核对。第一行印出带口令的地址，停止以后失效。

    只在本机上（127.0.0.1）；已经在运行的，印出它的地址。要用 pip install "ziping[web]" 装上网页部分。
    """
    from evaluator.web.server import serve as run

    run(open_workspace(workspace), _say, port=port, browser=not no_open, read_only=read_only)


def _say(address: str) -> None:
    typer.echo(address)
    sys.stdout.flush()
