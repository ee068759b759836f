"""Who may do what, and what is let in at all: sessions, the table of permissions, Host and Origin, sizes, headers.

Every request passes here before anything else is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

ROLES = {"clerk": "经办", "reviewer": "审核", "auditor": "审计", "keeper": "管理"}
EVERYBODY = frozenset(ROLES)
PERMITTED: dict[str, frozenset[str]] = {  # an act -> the roles that may do it
    "enter": EVERYBODY,
    "found": frozenset({"clerk", "keeper"}),
    "see": EVERYBODY,
    "verify": EVERYBODY,
    "audit": EVERYBODY,
    "rules": EVERYBODY,
    "export": EVERYBODY,
    "fill": frozenset({"clerk"}),
    "attach": frozenset({"clerk"}),
    "import": frozenset({"clerk"}),
    "draft": frozenset({"clerk", "keeper"}),
    "issue": frozenset({"clerk"}),
    "submit": frozenset({"clerk"}),
    "reply": frozenset({"clerk"}),
    "return": frozenset({"reviewer"}),
    "remark": frozenset({"reviewer"}),
    "recheck": frozenset({"reviewer"}),
    "accept": frozenset({"reviewer"}),
    "office": frozenset({"clerk", "keeper"}),
    "keep": frozenset({"keeper"}),
    "parcels": EVERYBODY,
    "receive": frozenset({"reviewer"}),
    "answer": frozenset({"reviewer"}),
    "take": frozenset({"clerk"}),
    "stop": frozenset({"clerk", "keeper"}),
}
READING = frozenset(
    {"enter", "see", "verify", "audit", "rules", "export", "parcels", "stop"}
)  # acts that change no workspace
CHANGING = frozenset(PERMITTED) - READING
LARGEST = 21_000_000  # bytes of a request: an upload of 20 MB with what is around it
ROOMY = {"/parcels/in": 210_000_000, "/parcels/answer": 210_000_000, "/keep/restore": 620_000_000}  # of whole packages
TRIES, WITHIN = 20, 60.0  # wrong tokens that are looked at within so many seconds
POSTS = 600  # posts of one session within the same time
IDLE = 12 * 3600.0  # seconds after which a session that was not used ends
SESSIONS = 200
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # with none a form would say that it comes from nowhere
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[0-9a-z.-]{1,253})(?::([0-9]{1,5}))?", re.IGNORECASE)
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def may(roles: frozenset[str], act: str, read_only: bool = False) -> bool:
    """Whether somebody with these roles may do an act; nobody changes a workspace that is only read."""
    return not (read_only and act in CHANGING) and bool(PERMITTED[act] & roles)


# ---- sessions ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Visitor:
    """Somebody at a browser: a name that was typed and proves nothing, roles, and what was said in this sitting.

    `reasons` by unit and year; `findings` last shown of a table, to tell what came and what went; `basket` holds what was
    uploaded and waits to be taken in.
    """

    csrf: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    used: float = 0.0
    reasons: dict[tuple[str, int], str] = field(default_factory=dict)
    findings: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)
    basket: dict[str, Any] = field(default_factory=dict)
    posts: deque[float] = field(default_factory=deque)


class Password:
    """A password that lets in over the network: kept as scrypt makes it (RFC 7914), never itself."""

    def __init__(self, said: str) -> None:
        self._salt = secrets.token_bytes(16)
        self._kept = self._made(said)

    def _made(self, said: str) -> bytes:
        text = unicodedata.normalize("NFKC", said).encode(errors="surrogatepass")
        return hashlib.scrypt(text, salt=self._salt, n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32)

    def is_said(self, said: str) -> bool:
        """Whether this is the password."""
        return len(said) <= 200 and hmac.compare_digest(self._made(said), self._kept)


class Sessions:
    """The sessions of a running server, which its token opens; all end with it."""

    def __init__(
        self, token: str, clock: Callable[[], float] = time.monotonic, password: Password | None = None
    ) -> None:
        self._token, self._clock, self._password = token, clock, password
        self._open: dict[str, Visitor] = {}
        self._wrong: dict[str, deque[float]] = {}  # by the address that tried

    def enter(self, token: str, whence: str = "", posted: bool = False) -> str | None:
        """A new session for who has the token, or `posted` the password where there is one (no address ever has it).

        None for anybody else, and for an address after too many tries, whatever it says then.
        """
        now = self._clock()
        for address in [origin for origin, tries in self._wrong.items() if not _full(tries, now, 1)]:
            del self._wrong[address]
        wrong = self._wrong.setdefault(whence, deque())
        if _full(wrong, now, TRIES) or len(self._wrong) > SESSIONS:
            return None
        if not self.is_token(token) and not (posted and self._password and self._password.is_said(token)):
            wrong.append(now)
            return None
        if len(self._open) >= SESSIONS:
            del self._open[min(self._open, key=lambda sid: self._open[sid].used)]
        sid = secrets.token_urlsafe(32)
        self._open[sid] = Visitor(secrets.token_urlsafe(32), used=self._clock())
        return sid

    def is_token(self, token: str) -> bool:
        """Whether this is the token of the running server."""
        return hmac.compare_digest(token.encode(errors="surrogateescape"), self._token.encode())

    def of(self, sid: str) -> Visitor | None:
        """Whose session it is, None where there is none or it was left too long."""
        visitor = self._open.get(sid)
        if visitor is None or self._clock() - visitor.used > IDLE:
            self._open.pop(sid, None)
            return None
        visitor.used = self._clock()
        return visitor

    def too_many(self, visitor: Visitor) -> bool:
        """Count a post; whether there were too many of late."""
        if _full(visitor.posts, self._clock(), POSTS):
            return True
        visitor.posts.append(self._clock())
        return False


def _full(times: deque[float], now: float, most: int) -> bool:
    while times and now - times[0] > WITHIN:
        times.popleft()
    return len(times) >= most


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, told in the same time wherever they differ."""
    return hmac.compare_digest(given.encode(errors="surrogateescape"), wanted.encode())


# ---- what is let in ------------------------------------------------------------------------------------------------


def host_of(text: str) -> tuple[str, str] | None:
    """The name and port that a Host header says, None where it says no such thing."""
    match = _HOST.fullmatch(text)
    return (match[1].lower(), match[2] or "") if match else None


class Guard:
    """Lets in what is asked of this server by its own pages: Host, Origin and size are looked at, headers are added.

    `hosts` are the names it answers to (with the port it listens on). A request of a bridge (`/api` with the token) has no
    Origin; all others that could change something must have ours.
    """

    def __init__(self, app: Any, hosts: frozenset[str], port: str, scheme: str = "http") -> None:
        self.app, self.hosts, self.port, self.scheme = app, hosts, port, scheme

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        scope["request_id"] = secrets.token_hex(4)
        answer = _with_headers(send, scope["request_id"])
        if says := self._refused(scope, headers):
            await _refuse(answer, *says)
            return
        await self.app(scope, _bounded(receive, ROOMY.get(scope["path"], LARGEST)), answer)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = host_of(headers.get("host", ""))
        names = sum(name == b"host" for name, _ in scope["headers"])
        if names != 1 or host is None or host[0] not in self.hosts or host[1] != self.port:
            return 421, "不是这台机器上的工作台地址"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > ROOMY.get(scope["path"], LARGEST):
            return 413, "发来的内容过大"
        if scope["method"] not in UNSAFE:
            return None
        origin = headers.get("origin")
        bridge = scope["path"].startswith("/api/") and "authorization" in headers and origin is None
        if not bridge and origin not in self._origins():
            return 403, "请求不是从工作台的页面发出的"
        if headers.get("sec-fetch-site", "same-origin") != "same-origin" and not bridge:
            return 403, "请求不是从工作台的页面发出的"
        return None

    def _origins(self) -> set[str]:
        port = f":{self.port}" if self.port else ""
        return {f"{self.scheme}://{host}{port}" for host in self.hosts}


def _bounded(receive: Receive, most: int) -> Receive:
    """What is received, up to `most` bytes; what says no size may not be larger either."""
    got = 0

    async def limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            return {"type": "http.disconnect"}
        return message

    return limited


def _with_headers(send: Send, number: str) -> Send:
    """Every answer carries the headers, unless it says one of them itself (a document of its own does)."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            had = {name.lower() for name, _ in message["headers"]}
            more = [
                (name.encode(), value.encode()) for name, value in HEADERS.items() if name.lower().encode() not in had
            ]
            message["headers"] = [*message["headers"], *more, (b"X-Request-Id", number.encode())]
        await send(message)

    return answer


async def _refuse(send: Send, status: int, says: str) -> None:
    head = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": says.encode()})
