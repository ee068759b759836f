"""A workbench without a server and without a browser: the application on a copy of the sample (示例数据), and people at it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from starlette.testclient import TestClient

from evaluator.web.app import Served, create_app
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.places import open_workspace

TOKEN = "a-token-of-this-test-run"
ORIGIN = "http://127.0.0.1:8629"
UNIT = "/2023/629001/"
CODE = "13028124P00499410001F"
TABLE = f"{UNIT}p/{CODE}"


class Person:
    """Somebody at a browser: signed in under a name, with roles."""

    def __init__(self, app: Any, name: str = "", *roles: str) -> None:
        self.client = TestClient(app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)
        self.client.headers["Origin"] = ORIGIN
        assert self.client.get(f"/enter?token={TOKEN}").status_code == 200
        self.csrf = found(r'name="csrf" content="([^"]+)"', self.client.get("/who").text)
        if roles:
            said = self.post("/who", {"name": name, "back": "/"} | {f"role_{role}": "1" for role in roles})
            assert said.status_code == 303, said.text

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, form: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **(form or {})}, **more)

    def type(
        self, row: str, values: dict[str, str], was: dict[str, str] | None = None, table: str = TABLE, reason: str = ""
    ) -> Any:
        rows = [{"row": row, "values": values, "was": was or {}}]
        return self.client.post(f"{table}/cells", json={"rows": rows, "reason": reason}, headers={"X-CSRF": self.csrf})


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text[:500]
    return match[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace of six projects with illustrative results."""
    folder = tmp_path / "工作区"
    list(copy_sample(folder))
    return folder


@pytest.fixture
def app(root: Path) -> Any:
    return create_app(open_workspace(root), TOKEN, served=Served("8629"))


@pytest.fixture
def enter(app: Any) -> Iterator[Callable[..., Person]]:
    yield lambda name="张三", *roles: Person(app, name, *(roles or ("clerk",)))


@pytest.fixture
def clerk(enter: Callable[..., Person]) -> Person:
    return enter("张三", "clerk")
