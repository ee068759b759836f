"""The server of a workbench: bound to this machine, found again by a second start, stopped from its page.

While it runs, a folder in the workspace that only its owner may enter says where it is and how one comes in.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.files.publish import write_raw
from evaluator.files.snapshot import Refused, take_anew
from evaluator.workspace.places import Workspace

NAME = ".ziping-serve"  # the folder that says where the server of a workspace is
PORT, TRIED = 8629, 20  # the port it is found at where nothing else is, and how many after it are tried
HOST = "127.0.0.1"
SHORT = 4096


@dataclass(frozen=True, slots=True)
class Running:
    """A running server: its port, and the token that opens it."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """The address that opens it."""
        return f"http://{HOST}:{self.port}/enter?token={self.token}"


def found(space: Workspace) -> Running | None:
    """The server that runs for a workspace; None where there is none, or it has died."""
    try:
        told = json.loads(take_anew(space.root / NAME / "server.json", SHORT))
        running = Running(int(told["port"]), str(told["token"]))
    except (Refused, ValueError, KeyError, TypeError):
        return None
    request = urllib.request.Request(
        f"http://{HOST}:{running.port}/alive", headers={"Authorization": f"Bearer {running.token}"}
    )
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=2) as answer:
            return running if answer.read(SHORT) == b"ziping" else None
    except (OSError, urllib.error.URLError, ValueError):
        return None


def serve(
    space: Workspace,
    say: Callable[[str], object],
    *,
    port: int | None = None,
    browser: bool = True,
    read_only: bool = False,
    out: Path | None = None,
) -> None:
    """Serve a workspace until it is stopped; `say` hears the address first. A second start finds the first.

    Raises UsageProblem (U383) when the port is taken, or what the workbench is made of is not installed.
    """
    if running := found(space):
        say(running.address)
        _open(running.address, browser)
        return
    try:
        import uvicorn

        from evaluator.web.app import Served, create_app
    except ImportError as error:
        raise UsageProblem(
            [Problem("U383", f"没有装工作台要用的 {error.name}", None, "", remedy='pip install "ziping[web]"')]
        ) from None
    with _bound(port) as listening:
        running = Running(listening.getsockname()[1], secrets.token_urlsafe(32))
        server: uvicorn.Server

        def stop() -> None:
            server.should_exit = True

        app = create_app(
            space, running.token, read_only=read_only, served=Served(str(running.port)), stop=stop, out=out
        )
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, date_header=False, lifespan="off",
            timeout_graceful_shutdown=5, ws="none",
        )  # fmt: skip
        server = uvicorn.Server(config)
        with _told(space, running):
            say(running.address)
            _open(running.address, browser)
            warming = threading.Timer(0.5, _warm, (space, out or space.root / "out"))  # the first page goes first
            warming.daemon = True
            warming.start()
            server.run(sockets=[listening])


@contextmanager
def _bound(port: int | None) -> Iterator[socket.socket]:
    """A socket on the port asked for, or on the usual one, or the next that is free."""
    wanted = [port] if port is not None else [*range(PORT, PORT + TRIED), 0]
    for number in wanted:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":  # there it would let two listen at once
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
            listening.listen(128)
        except (OSError, OverflowError):
            listening.close()
            continue
        with listening:
            yield listening
        return
    raise UsageProblem(
        [Problem("U383", f"端口 {port} 用不了：已被占用，或不许用", None, "1024—65535 中没有占用的，或不写 --port")]
    )


@contextmanager
def _told(space: Workspace, running: Running) -> Iterator[None]:
    """Say where the server is as long as it runs; where the workspace cannot be written to, a second start finds nothing."""
    folder = space.root / NAME
    path = folder / "server.json"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        path.unlink(missing_ok=True)
        write_raw(path, json.dumps({"port": running.port, "token": running.token}).encode())
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            folder.rmdir()


def _open(address: str, browser: bool) -> None:
    if browser:
        with suppress(webbrowser.Error, OSError):
            webbrowser.open(address)


def _warm(space: Workspace, out: Path) -> None:
    """Make ready what the first page with scores needs, while the person looks at the frame."""
    from evaluator import acts
    from evaluator.web import inplace

    _ = acts.carrying, inplace
    with suppress(EvaluatorError):  # whoever opens the page is told
        for unit in acts.surveying.units(space)[:1]:
            acts.surveying.survey(acts.surveying.KnownSitting(space, unit.year, unit.code, None, out))
