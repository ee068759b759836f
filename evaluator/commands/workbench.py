"""The command that opens the workbench in a browser: ziping serve."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluator.commands.options import SPACE, some_workspace
from evaluator.errors import Problem, UsageProblem
from evaluator.workspace.places import Workspace, is_vacant, open_workspace

if TYPE_CHECKING:
    from evaluator.web.server import LanAccess


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
    host: Annotated[
        str | None, typer.Option("--host", help="局域网里别人找到这台机器的地址或名字；要有 --cert、--key 和口令")
    ] = None,
    cert: Annotated[Path | None, typer.Option("--cert", help="TLS 证书（PEM），与 --host 一起写")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="证书的私钥（PEM），与 --host 一起写")] = None,
) -> None:
    """工作台：在本机的浏览器里填报、出具、报送、审核、核对。第一行印出带口令的地址，停止以后失效。

    空的或还没有的目录：先在页面上写单位和年度，导入目标。只在本机上（127.0.0.1），除非写 --host 和证书；已经在运行的，印出它的地址。要用 pip install "ziping[web]" 装上网页部分。
    """
    from evaluator.web.server import serve as run

    root = workspace or Path.cwd()
    space = Workspace(root, False) if is_vacant(root) else open_workspace(workspace)
    run(space, _say, port=port, browser=not no_open, read_only=read_only, network=_network(host, cert, key))


def _network(host: str | None, cert: Path | None, key: Path | None) -> LanAccess | None:
    """Where others are let in: only with a certificate, its key and a password, which is asked for, or in ZIPING_PASSWORD."""
    if host is None and cert is None and key is None:
        return None
    if host is None or cert is None or key is None:
        says = "--host、--cert、--key 要一起写：局域网里只用加密的连接"
        raise UsageProblem([Problem("U403", says, remedy="只在本机上用，就都不写")])
    password = os.environ.get("ZIPING_PASSWORD", "")
    if not password and sys.stdin is not None and sys.stdin.isatty():
        password = str(typer.prompt("进入工作台的口令", hide_input=True, confirmation_prompt=True, err=True))
    from evaluator.web.server import LanAccess

    return LanAccess(host, cert, key, password)


def _say(address: str) -> None:
    typer.echo(address)
    sys.stdout.flush()
