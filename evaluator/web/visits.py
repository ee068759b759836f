"""A visit: one request of somebody at the workbench, with what a page needs to act and to answer.

Nothing of the engine is imported before a page asks for it, so that the first page is there at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from evaluator import acts
from evaluator.errors import Problem, UsageProblem
from evaluator.web import security
from evaluator.web.jobs import Jobs
from evaluator.workspace.places import Workspace, is_workspace

if TYPE_CHECKING:
    from jinja2 import Environment

    from evaluator.acts.acting import Sitting
    from evaluator.acts.carrying import GivenFile
    from evaluator.acts.surveying import Survey, UnitYear

HERE = Path(__file__).parent


def refused(says: str, allowed: str = "", remedy: str = "") -> UsageProblem:
    """What a page was asked for, or sent, that makes no sense."""
    return UsageProblem([Problem("W422", says, None, allowed, remedy=remedy)])


def nowhere(says: str, remedy: str = "") -> UsageProblem:
    """What a page was asked for that is not there."""
    return UsageProblem([Problem("W404", says, remedy=remedy)])


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sent it: the name it had there, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Who last changed a cell in a page of this server, and when (UTC, to the second)."""

    by: str
    time: str


@dataclass(slots=True)
class Bench:
    """A running workbench: its workspace, who is at it, what is under way, and who changed what since it was started."""

    space: Workspace
    out: Path
    sessions: security.Sessions
    read_only: bool = False
    cookie: str = "ziping"
    secure: bool = False
    stop: Callable[[], None] | None = None
    jobs: Jobs = field(default_factory=Jobs)
    edits: dict[tuple[int, str, str, str], CellEdit] = field(default_factory=dict)  # year, table, row, field
    address: str = ""

    @property
    def founded(self) -> bool:
        """Whether the folder is a workspace by now."""
        return is_workspace(self.space.root)


@dataclass(slots=True)
class Visit:
    """One request: whose, to which bench, and with what fields (`form`), files or plain data (`data`)."""

    bench: Bench
    request: Request
    visitor: security.Visitor
    form: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[Upload] = ()
    data: Any = None

    # ---- who, and what it is about -------------------------------------------------------------------------------

    def may(self, act: str) -> bool:
        """Whether who is here may do an act."""
        return security.may(self.visitor.roles, act, self.bench.read_only)

    @property
    def name(self) -> str:
        """Who acts; raises UsageProblem (W422) where no name was given."""
        if not self.visitor.name:
            raise refused("还没有写姓名", remedy="先在右上角写姓名和身份")
        return self.visitor.name

    def at(self, unit: UnitYear | None = None) -> Sitting:
        """The workspace, and the unit's year meant in it."""
        year, code = (unit.year, unit.code) if unit else (None, None)
        return acts.surveying.KnownSitting(self.bench.space, year, code, None, self.bench.out)

    def unit(self) -> UnitYear:
        """The unit's year that the address names; raises UsageProblem (W404) where there is none."""
        year, code = self.request.path_params["year"], self.request.path_params["unit"]
        for unit_year in acts.surveying.units(self.bench.space):
            if (unit_year.year, unit_year.code) == (year, code):
                return unit_year
        raise nowhere("没有这个单位的这一年度")

    def survey(self, unit: UnitYear) -> Survey:
        """The unit's year as it stands."""
        return acts.surveying.survey(self.at(unit))

    def asked(self, name: str) -> str:
        """What the address says behind its question mark."""
        return self.request.query_params.get(name, "")

    # ---- answers --------------------------------------------------------------------------------------------------

    def page(self, template: str, status: int = 200, **content: Any) -> Response:
        """A page made from a template."""
        return HTMLResponse(self.filled(template, **content), status)

    def filled(self, template: str, **content: Any) -> str:
        """A template as text."""
        common = {"visit": self, "who": self.visitor, "bench": self.bench, "may": self.may, "roles": security.ROLES}
        return environment().get_template(template).render(**common, **content)

    def go(self, address: str, says: str = "") -> Response:
        """Lead to another page, which says what was done."""
        if says:
            self.visitor.basket["said"] = says
        if self.request.headers.get("hx-request"):
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, 303)

    def said(self) -> str:
        """What was done before this page, once."""
        return str(self.visitor.basket.pop("said", ""))


def plain(content: Any, status: int = 200) -> Response:
    """Plain data as JSON."""
    return JSONResponse(content, status)


def path_of(unit: UnitYear, code: str = "", row: str = "", more: str = "") -> str:
    """The address of a unit's year, a table in it, or a row's explanation."""
    table = f"p/{quote(code, safe='')}" if code else ""
    whole = f"/{unit.year}/{quote(unit.code, safe='')}/{table}"
    if row:
        return f"{whole}/why?row={quote(row, safe='')}"
    return f"{whole}{'/' if more and code else ''}{more}"


def attachment(name: str, data: bytes) -> Response:
    """A file to be saved under a name."""
    return Response(data, media_type="application/octet-stream", headers=_disposition("attachment", name))


def _disposition(how: str, name: str) -> dict[str, str]:
    return {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}"}


def shown_as(name: str) -> str:
    """How a file stands inside a page: as an `image`, a `pdf`, or not at all."""
    suffix = name.lower().rpartition(".")[2]
    return "image" if suffix in ("png", "jpg", "jpeg") else "pdf" if suffix == "pdf" else ""


class GivenResponse(Response):
    """A file of the workspace: shown as a document of its own in which nothing can run, or to be saved."""

    def __init__(self, given: GivenFile, inline: bool = False) -> None:
        shown = inline and bool(given.media)
        style = (
            "style-src 'unsafe-inline'; img-src data:; font-src data:; " if given.media.startswith("text/html") else ""
        )
        alone = {
            "Content-Security-Policy": f"sandbox allow-modals; default-src 'none'; {style}frame-ancestors 'self'",
            "X-Frame-Options": "SAMEORIGIN",
        }
        headers = _disposition("inline" if shown else "attachment", given.name) | alone
        super().__init__(given.data, media_type=given.media if shown else "application/octet-stream", headers=headers)


def read_json(raw: bytes) -> Any:
    """Plain data as a page sent it; raises UsageProblem (W422) where it is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise refused("发来的不是 JSON") from None


def hidden(problem: Problem, bench: Bench) -> Problem:
    """A problem without the folders of this machine."""
    roots = sorted({str(bench.space.root), str(bench.space.root.resolve()), str(bench.out)}, key=len, reverse=True)

    def bare(text: str) -> str:
        for root in roots:
            text = (
                text.replace(f"{root}/", "").replace(f"{root}\\", "").replace(root, "工作区") if len(root) > 1 else text
            )
        return text

    where = problem.where and replace(problem.where, path=bare(problem.where.path))
    says, allowed, remedy = bare(problem.says), bare(problem.allowed), bare(problem.remedy)
    return replace(problem, where=where, says=says, allowed=allowed, nearest=bare(problem.nearest), remedy=remedy)


def _cited(basis: Any) -> str:
    """A basis as it is cited."""
    from evaluator.policies.bases import cited

    return cited(basis)


@cache
def environment() -> Environment:
    """Templates: what people wrote is escaped, and never read as a template."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from evaluator.figures import called, percent, points, wan
    from evaluator.formats import printable
    from evaluator.pages import pieces

    renderer = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = {"points": points, "called": called, "wan": wan, "percent": percent, "cited": _cited, "pieces": pieces}
    renderer.globals |= {"path_of": path_of, "shown": shown_as, **shown}
    return renderer
