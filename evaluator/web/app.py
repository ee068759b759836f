"""The workbench as an application: the only place where routes, security and templates meet."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from evaluator.errors import EvaluatorError, Problem
from evaluator.web import (
    desk,
    dutydesk,
    fill,
    firstday,
    goaldesk,
    inspect,
    keep,
    outgoing,
    parcels,
    recheckdesk,
    review,
    searching,
    security,
    watchdesk,
)
from evaluator.web.doors import Door
from evaluator.web.visits import HERE, Bench, Upload, Visit, environment, hidden, plain, read_json
from evaluator.workspace.places import Workspace

LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
DOORS: tuple[Door, ...] = (
    *firstday.DOORS,
    *desk.DOORS,
    *goaldesk.DOORS,
    *fill.DOORS,
    *dutydesk.DOORS,
    *watchdesk.DOORS,
    *outgoing.DOORS,
    *review.DOORS,
    *recheckdesk.DOORS,
    *keep.DOORS,
    *parcels.DOORS,
    *searching.DOORS,
    *inspect.DOORS,
)
BEFORE_FOUNDED = frozenset(
    {"enter", "found", "stop", "rules", "audit", "parcels", "receive"}
)  # what needs no workspace
FIELDS, FILES = 2_000, 20  # fields and files of one form


@dataclass(frozen=True, slots=True)
class Served:
    """Where a workbench is served: the port, the names it answers to, whether behind TLS, and with which password."""

    port: str = ""
    hosts: frozenset[str] = LOCAL
    secure: bool = False
    password: security.Password | None = None


def create_app(
    space: Workspace,
    token: str,
    *,
    read_only: bool = False,
    served: Served | None = None,
    stop: Callable[[], None] | None = None,
    out: Path | None = None,
) -> Any:
    """The application for a workspace; `token` opens it, `stop` ends its server."""
    where = served or Served()
    cookie = f"ziping{where.port}"
    bench = Bench(
        space,
        out or space.root / "out",
        security.Sessions(token, password=where.password),
        read_only,
        cookie,
        where.secure,
        stop=stop,
    )
    app = Starlette(routes=list(_routes(bench)), exception_handlers={HTTPException: _not_there, Exception: _broken})
    app.state.bench = bench
    return security.Guard(app, where.hosts, where.port, "https" if where.secure else "http")


def _routes(bench: Bench) -> Iterator[Any]:
    yield Route("/enter", _entering(bench), methods=["GET", "POST"])
    yield Route("/alive", _alive(bench))
    yield Mount("/static", _Vendored(directory=HERE / "static"))
    for door in DOORS:
        yield Route(door.path, _endpoint(bench, door), methods=[door.method])
    yield Mount("/api", _Later(bench))


class _Vendored(StaticFiles):
    """What ships with the program may be kept by a browser."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """The file, good for an hour."""
        response = super().file_response(*args, **more)
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response


class _Later:
    """The interface for programs, put together when it is first asked for."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from evaluator.web.api import create_api

            self._app = create_api(self._bench)
        await self._app(scope, receive, send)


# ---- the way in ----------------------------------------------------------------------------------------------------


def _entering(bench: Bench) -> Callable[[Request], Any]:
    """With the token of the running server one comes in; the page goes on by itself, since a redirect would lose the cookie."""

    async def enter(request: Request) -> Response:
        token = request.query_params.get("token", "")
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=5)
            token = str(form.get("token", ""))
        whence = request.client.host if request.client else ""
        sid = await run_in_threadpool(bench.sessions.enter, token, whence, request.method == "POST") if token else None
        if sid is None:
            return _outside(request, 401 if token else 200, bool(token))
        page = HTMLResponse(environment().get_template("entered.html").render())
        page.set_cookie(bench.cookie, sid, httponly=True, samesite="strict", secure=bench.secure, path="/")
        return page

    return enter


def _alive(bench: Bench) -> Callable[[Request], Any]:
    """Whether a server of this token runs here: asked by a second start."""

    async def alive(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return PlainTextResponse("ziping" if bench.sessions.is_token(given) else "", 200)

    return alive


def _outside(request: Request, status: int = 401, wrong: bool = False) -> Response:
    """The page of who is not let in; one that came from elsewhere (a mail) loads itself anew, and brings its cookie then."""
    again = request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site"
    template = environment().get_template("outside.html")
    network = request.url.scheme == "https"
    return HTMLResponse(template.render(again=again, wrong=wrong, network=network), 200 if again else status)


# ---- one request ---------------------------------------------------------------------------------------------------


def _endpoint(bench: Bench, door: Door) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        visitor = bench.sessions.of(request.cookies.get(bench.cookie, ""))
        if visitor is None:
            return _outside(request) if not door.data else plain({"outside": True}, 401)
        visit = Visit(bench, request, visitor)
        if door.method == "POST":
            refused = await _received(visit, door)
            if refused:
                return refused
        if door.act != "enter" and not visitor.roles:
            return visit.go("/who")
        if door.act not in BEFORE_FOUNDED and not bench.founded:
            return visit.go("/first" if visit.may("found") else "/parcels")
        if not visit.may(door.act) and door.act != "enter":
            return _told(visit, door, 403, [_not_permitted(visit, door.act)])
        try:
            response: Response = await run_in_threadpool(door.answer, visit)
        except EvaluatorError as error:
            status = (
                404 if {"U204", "U205", "U385", "U398", "W404"} >= {problem.code for problem in error.problems} else 422
            )
            return _told(visit, door, status, list(error.problems))
        return response

    return answer


async def _received(visit: Visit, door: Door) -> Response | None:
    """What was posted, put into the visit; an answer where it is not let in."""
    request, visitor = visit.request, visit.visitor
    kind = request.headers.get("content-type", "")
    token = request.headers.get("x-csrf", "")
    try:
        if kind.startswith("application/json"):
            visit.data = read_json(await request.body())
        else:
            form = await request.form(max_files=FILES, max_fields=FIELDS, max_part_size=security.LARGEST)
            texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            token = token or texts.pop("csrf", "")
            visit.form = texts
            visit.files = [
                Upload(value.filename or "文件", await value.read())
                for _, value in form.multi_items()
                if isinstance(value, UploadFile) and value.filename
            ]
    except EvaluatorError as error:
        return _told(visit, door, 422, list(error.problems))
    except (ClientDisconnect, HTTPException):
        return PlainTextResponse("发来的内容过大或不完整", 413)
    if not security.same(token, visitor.csrf):
        return _told(visit, door, 403, [Problem("W403", "这一页已经过时，刷新后再做一次")])
    if visit.bench.sessions.too_many(visitor):
        return _told(visit, door, 429, [Problem("W429", "请求过于频繁，稍等再做")])
    return None


def _not_permitted(visit: Visit, act: str) -> Problem:
    if visit.bench.read_only and act in security.CHANGING:
        return Problem("W403", "这个工作台是只读的：不能改动工作区", None, "", remedy="不加 --read-only 再启动")
    who = "、".join(security.ROLES[role] for role in security.ROLES if role in security.PERMITTED[act])
    return Problem("W403", f"这件事由{who}做", None, "", remedy="在右上角改身份")


def _told(visit: Visit, door: Door, status: int, problems: list[Problem]) -> Response:
    """What is wrong, as a page or as plain data."""
    shown = [hidden(problem, visit.bench) for problem in problems]
    if door.data:
        listed = [{"code": p.code, "says": p.says, "allowed": p.allowed, "remedy": p.remedy, "where": str(p.where or "")} for p in shown]  # fmt: skip
        return plain({"problems": listed}, status)
    template = "problems_part.html" if visit.request.headers.get("hx-request") else "problems.html"
    return visit.page(template, status, problems=shown)


async def _not_there(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    says = {404: "没有这一页", 405: "不能这样打开这一页"}.get(status, "这个请求不能处理")
    return HTMLResponse(environment().get_template("plain.html").render(says=says, number=""), status)


async def _broken(request: Request, error: Exception) -> Response:
    """A fault of ours: told without what is inside; the log has it under the number of the request."""
    number = request.scope.get("request_id", "")
    print(f"请求 {number} {request.method} {request.url.path}", file=sys.stderr)
    traceback.print_exception(error)
    says = "程序出错，没有做成；已经存好的不受影响"
    return HTMLResponse(environment().get_template("plain.html").render(says=says, number=number), 500)
