"""The server of a workbench: bound to this machine, found again by a second start, stopped from its page.

While it runs, a folder in the workspace that only its owner may enter says where it is and how one comes in.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import ssl
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.files.publish import write_raw
from evaluator.files.snapshot import Refused, regular, take_anew
from evaluator.workspace.places import Workspace

NAME = ".ziping-serve"  # the folder that says where the server of a workspace is
ENDING = 20.0  # seconds that what runs beside the server has to come to an end
PORT, TRIED = 8629, 20  # the port it is found at where nothing else is, and how many after it are tried
HOST = "127.0.0.1"
SHORT = 4096
SHORTEST = 10  # characters of a password
_NAMED = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True)
class Running:
    """A running server: its port, and the token that opens it."""

    port: int
    token: str

    host: str = ""  # the name others reach it by, over TLS; '' on this machine alone

    @property
    def address(self) -> str:
        """The address that opens it; over the network the password does, and no token stands in it."""
        if self.host:
            return f"https://{self.host}:{self.port}/enter"
        return f"http://{HOST}:{self.port}/enter?token={self.token}"


@dataclass(frozen=True, slots=True)
class LanAccess:
    """Where others reach a workbench: the name or address of this machine, its certificate and key (PEM), the password."""

    host: str
    cert: Path
    key: Path
    password: str

    def checked(self) -> ssl.SSLContext:
        """What TLS is made from; raises UsageProblem (U402) for anything that would leave the workbench open."""
        if not _NAMED.fullmatch(self.host) or self.host in ("0.0.0.0", "0"):
            raise _open_to_all("--host 要写别人找到这台机器的地址或名字", "如 192.168.1.20，不是 0.0.0.0")
        if len(self.password) < SHORTEST:
            raise _open_to_all(f"口令太短：{len(self.password)} 个字", f"至少 {SHORTEST} 个字")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(regular_path(self.cert), regular_path(self.key), lambda: "")
        except (OSError, ValueError, Refused):
            raise _open_to_all(
                "证书或私钥读不了，或不是一对", "PEM 格式的证书（--cert）和没有口令的私钥（--key）"
            ) from None
        return context


def regular_path(path: Path) -> Path:
    """A path that leads to a regular file; raises Refused."""
    regular(path)
    return path


def _open_to_all(says: str, allowed: str) -> UsageProblem:
    return UsageProblem([Problem("U402", says, None, allowed, remedy="只在本机上用，就不写 --host")])


def found(space: Workspace) -> Running | None:
    """The server that runs for a workspace; None where there is none, or it has died."""
    try:
        saved = json.loads(take_anew(space.root / NAME / "server.json", SHORT))
        running = Running(int(saved["port"]), str(saved["token"]))
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
    network: LanAccess | None = None,
) -> None:
    """Serve a workspace until it is stopped; `say` hears the address first. A second start finds the first.

    Others on the `network` come in with a password, over TLS. Raises UsageProblem (U383) when the port is taken, or what the
    workbench is made of is not installed, and U402.
    """
    if network:
        network.checked()
    elif running := found(space):
        say(running.address)
        _open(running.address, browser)
        return
    try:
        import uvicorn

        from evaluator.web.app import LOCAL, Served, create_app
        from evaluator.web.security import Password
    except ImportError as error:
        raise UsageProblem(
            [Problem("U383", f"没有装工作台要用的 {error.name}", None, "", remedy='pip install "ziping[web]"')]
        ) from None
    host = network.host if network else ""
    with _bound(port, host or HOST) as listening:
        running = Running(listening.getsockname()[1], secrets.token_urlsafe(32), host)
        server: uvicorn.Server

        def stop() -> None:
            server.should_exit = True

        served = Served(
            str(running.port),
            frozenset({host.lower()}) if host else LOCAL,
            bool(network),
            Password(network.password) if network else None,
        )
        app = create_app(space, running.token, read_only=read_only, served=served, stop=stop, out=out)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, date_header=False, lifespan="off",
            timeout_graceful_shutdown=5, ws="none",
            ssl_certfile=network.cert if network else None, ssl_keyfile=network.key if network else None,
        )  # fmt: skip
        server = uvicorn.Server(config)
        with nullcontext() if network else _told(space, running):
            say(running.address)
            _open(running.address, browser)
            warming = threading.Timer(0.5, _warm, (space, out or space.root / "out"))  # the first page goes first
            warming.daemon = True
            warming.start()
            try:
                server.run(sockets=[listening])
            finally:
                warming.cancel()
                warming.join(ENDING)  # a thread in a library's own code when the interpreter ends makes it abort


@contextmanager
def _bound(port: int | None, host: str) -> Iterator[socket.socket]:
    """A socket of a host on the port asked for, or on the usual one, or the next that is free."""
    wanted = [port] if port is not None else [*range(PORT, PORT + TRIED), 0]
    for number in wanted:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":  # there it would let two listen at once
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(128)
        except (OSError, OverflowError, UnicodeError):
            listening.close()
            continue
        with listening:
            yield listening
        return
    raise UsageProblem(
        [
            Problem(
                "U383",
                f"{host} 的端口 {port or PORT} 用不了：已被占用，不许用，或这台机器没有这个地址",
                None,
                "1024—65535 中没有占用的，或不写 --port",
            )
        ]
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
