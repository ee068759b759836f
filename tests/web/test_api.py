"""The interface for programs: the same acts as JSON, with the token, and refused as the pages are (示例数据)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from evaluator.web.app import Served, create_app
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, ORIGIN, TOKEN, Person

FORM = f"/api/2023/629001/{CODE}"


def bridge(app: Any, role: str = "clerk", token: str = TOKEN) -> TestClient:
    """A program that has the token."""
    headers = {"Authorization": f"Bearer {token}", "X-By": quote("预算一体化"), "X-Role": role}
    return TestClient(app, base_url=ORIGIN, headers=headers)


def test_a_program_reads_results_puts_values_and_gets_forms(app: Any, root: Path):
    client = bridge(app)
    assert client.get("/api/units").json() == [{"year": 2023, "unit": "629001", "name": "遵化市文化路街道办事处本级", "projects": 6}]  # fmt: skip
    told = client.get("/api/2023/629001").json()
    assert told["stage"] == "填报中" and len(told["evaluation"]["projects"]) == 6
    assert client.get(f"{FORM}/actuals").json()["values"]["数量1"]["actual"] == "57人"
    rows = {"rows": [{"row": "数量1", "values": {"actual": "59人"}, "was": {"actual": "57人"}}]}
    made = client.put(f"{FORM}/actuals", json=rows)
    assert made.status_code == 200 and made.json()["changes"][0]["after"] == "59人"
    assert client.put(f"{FORM}/actuals", json=rows | {"rows": [{**rows["rows"][0], "values": {"actual": "1人"}}]}).status_code == 409  # fmt: skip
    assert client.get(f"{FORM}/form?format=xlsx").content.startswith(b"PK")
    assert "59人" in client.get(f"{FORM}/form?format=html").text
    unread = client.put(f"{FORM}/actuals", json={"rows": [{"row": "数量1", "values": {"actual": "多"}}]}).json()
    assert unread["changes"] == [] and unread["drafts"][0]["text"] == "多"


@pytest.mark.parametrize(
    ("path", "status"), [("/api/2023/x", 404), (f"/api/1999/629001/{CODE}/actuals", 422), ("/api/2023/629001/x/actuals", 404), (f"{FORM}/form?format=exe", 422)]
)  # fmt: skip
def test_what_is_not_there_is_told(app: Any, path: str, status: int):
    assert bridge(app).get(path).status_code == status


def test_roles_tokens_and_reading_only_hold_here_too(app: Any, root: Path):
    rows = {"rows": [{"row": "数量1", "values": {"actual": "59人"}}]}
    assert bridge(app, token="wrong").get("/api/units").status_code == 401
    assert TestClient(app, base_url=ORIGIN).get("/api/units").status_code == 401
    for role in ("auditor", "reviewer", "nobody"):
        assert bridge(app, role).put(f"{FORM}/actuals", json=rows).status_code == 403
    reading = create_app(open_workspace(root), TOKEN, read_only=True, served=Served("8629"))
    assert bridge(reading).put(f"{FORM}/actuals", json=rows).status_code == 403
    assert bridge(app).put(f"{FORM}/actuals", json=rows, headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_page_that_is_signed_in_reads_and_finds_the_interface_described(clerk: Person):
    assert clerk.get("/api/units").status_code == 200
    page = clerk.get("/api/docs")
    assert page.status_code == 200 and "<script" not in page.text
    paths = clerk.get("/api/openapi.json").json()["paths"]
    assert all(path in page.text for path in paths)
    rows = {"rows": [{"row": "数量1", "values": {"actual": "59人"}}]}
    assert clerk.client.put(f"{FORM}/actuals", json=rows).status_code == 403  # not without what the page knows
    assert clerk.client.put(f"{FORM}/actuals", json=rows, headers={"X-CSRF": clerk.csrf}).status_code == 200


def test_who_submitted_cannot_accept_by_a_program_either(app: Any, root: Path):
    client = bridge(app)
    refused = client.post("/api/2023/629001/submit")
    assert refused.status_code == 422 and refused.json()
    assert bridge(app, "reviewer").post("/api/2023/629001/accept").status_code == 422
