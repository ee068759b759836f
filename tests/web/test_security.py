"""Who gets in, and who may do what: every route with every role and every kind of hostile value (示例数据)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from starlette.testclient import TestClient

from evaluator.web import security
from evaluator.web.app import DOORS, Served, create_app
from evaluator.web.doors import Door
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, ORIGIN, TABLE, TOKEN, UNIT, Person

HOSTILE = [
    "..", "../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cwindows", "/etc/passwd", "C:%5cboot.ini", "a" * 3000,
    "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{7*7}}", "%00", "数量1%0d%0aSet-Cookie: x=1", "'; DROP TABLE entries;--",
    "\u202e\u2066", "-1", "999999999999999999999", "%F0%9F%92%A9", "con", "%ff%fe",
]  # fmt: skip
LONG = {("POST", "/coverage")}  # what takes a minute, and takes nothing from who asks


def path_of(door: Door, value: str) -> str:
    """The address of a door with a value in all its places but those of numbers."""
    return re.sub(r"\{\w+\}", lambda _: value, door.path.replace("{year:int}", "2023"))


def harmless(answer: Any, root: Path) -> None:
    """What no answer may be, whatever was asked."""
    assert answer.status_code < 500, answer.text[:300]
    assert "Traceback" not in answer.text and str(root) not in answer.text
    assert "<script>alert" not in answer.text
    if "onerror=alert" in answer.text and answer.headers["content-type"].startswith("text/html"):
        assert not html.fromstring(answer.text).xpath(
            "//@onerror"
        )  # as words it does no harm, as an attribute it would
    head = answer.headers
    assert head["x-content-type-options"] == "nosniff" and "unsafe-inline" not in head[
        "content-security-policy"
    ].replace("style-src 'unsafe-inline'", "")
    assert "x=1" not in head.get("set-cookie", "")


def test_nobody_gets_in_without_the_token(app: Any):
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
    for door in DOORS:
        answer = client.request(door.method, path_of(door, CODE), headers={"Origin": ORIGIN})
        assert answer.status_code == 401 and "629001" not in answer.text, door


@pytest.mark.parametrize("how", ["no csrf", "another's csrf", "no origin", "null origin", "other origin", "cross site"])
def test_what_does_not_come_from_our_own_pages_is_refused(enter: Callable[..., Person], how: str):
    person = enter("张三", *security.ROLES)
    csrf = {"no csrf": "", "another's csrf": enter("李四").csrf}.get(how, person.csrf)
    client = person.client
    origin = {"null origin": "null", "other origin": "http://evil.example", "no origin": None}.get(how, ORIGIN)
    client.headers.pop("Origin")
    headers = ({"Origin": origin} if origin else {}) | ({"Sec-Fetch-Site": "cross-site"} if how == "cross site" else {})
    for door in DOORS:
        if door.method == "POST":
            assert client.post(path_of(door, CODE), data={"csrf": csrf}, headers=headers).status_code == 403, door


@pytest.mark.parametrize("role", security.ROLES)
def test_the_table_of_permissions_is_what_holds(enter: Callable[..., Person], role: str):
    person = enter("王五", role)
    for door in DOORS:
        if door.path == "/who" or ((door.method, door.path) in LONG and role in security.PERMITTED[door.act]):
            continue
        form = {"csrf": person.csrf} if door.method == "POST" else None
        answer = person.client.request(door.method, path_of(door, CODE), data=form)
        assert (answer.status_code == 403) == (role not in security.PERMITTED[door.act]), (door, answer.status_code)


def test_a_workspace_that_is_only_read_is_never_changed(root: Path):
    app = create_app(open_workspace(root), TOKEN, read_only=True, served=Served("8629"))
    person = Person(app, "赵六", *security.ROLES)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for door in DOORS:
        if (door.method, door.path) in LONG:
            continue
        form = {"csrf": person.csrf} if door.method == "POST" else None
        path = path_of(door, "629001").replace("/p/629001", f"/p/{CODE}")
        answer = person.client.request(door.method, path, data=form)
        assert answer.status_code == 403 if door.act in security.CHANGING else answer.status_code < 500, door
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


NAMES = ["code", "text", "actual", "cause", "evidence", "grounds", "scale", "was_actual", "unit", "year", "authority", "kind", "what", "filler", "due", "row", "name", "number", "answer", "remark", f"remark_{CODE}", "reason", "back", "policy", "q", "before", "after", "part", "as", "at", "save"]  # fmt: skip


@pytest.mark.parametrize("value", [*HOSTILE, "\n".join(HOSTILE)], ids=range(len(HOSTILE) + 1))
def test_hostile_values_do_no_harm(enter: Callable[..., Person], root: Path, value: str):
    person = enter("张三", *security.ROLES)
    given = dict.fromkeys(NAMES, value)
    for door in DOORS:
        real = re.sub(
            r"\{(\w+)(:int)?\}", lambda m: {"year": "2023", "unit": "629001", "code": CODE}.get(m[1], "x"), door.path
        )
        for path in dict.fromkeys((path_of(door, value.replace("\n", "%0A")), real)):
            if door.path == "/stop" or (door.method, door.path) in LONG:
                continue
            if door.method == "GET":
                asked = dict.fromkeys(NAMES, value[:400]) | {"q": value, "row": value}  # an address is only so long
                answer = person.client.get(path, params=asked) if path == real else person.client.get(path)
            else:
                answer = person.post(path, given, files={"file": (value[:100], value.encode())})
            harmless(answer, root)
            if answer.status_code == 303:
                assert re.match(r"/(?![/\\\\])", answer.headers["location"]), door
    assert not [path for path in root.rglob("*") if "script" in path.name or ".." in path.name]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"rows": []}', b'{"rows": [1]}', b'{"rows": [{"row": 1, "values": {}, "was": {}}]}',
    b'{"rows": [{"row": "x", "values": {"y": "z"}, "was": {}}]}', b'{"rows": [{"row": "\\u0000", "values": {"actual": "1"}, "was": {}}]}',
    b'{"rows": [{"row": "\xff"}]}', b"[" * 100_000, b'{"rows": ' + b"[" * 50_000])  # fmt: skip
def test_posts_that_are_no_cells_are_refused(clerk: Person, root: Path, body: bytes):
    headers = {"X-CSRF": clerk.csrf, "Content-Type": "application/json"}
    answer = clerk.client.post(f"{TABLE}/cells", content=body, headers=headers)
    assert answer.status_code in (404, 422)
    harmless(answer, root)


TEXTS = [
    "<script>q7z()</script>", "<b>q7z</b>", "\"><i>q7z", "{{7*7}}q7z", "a\u202eq7z", "\ud800", "x" * 5000, "\x00", "=cmd|' /C calc'!A0", "&lt;b>q7z",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_typed_texts_never_become_markup(clerk: Person, text: str):
    body = json.dumps({"rows": [{"row": "数量1", "values": {"cause": text}, "was": {}}]})
    headers = {"X-CSRF": clerk.csrf, "Content-Type": "application/json"}
    answer = clerk.client.post(f"{TABLE}/cells", content=body, headers=headers)
    assert answer.status_code in (200, 422)
    for path in (TABLE, UNIT, f"{TABLE}/why?row=数量1", f"{TABLE}/preview", f"{UNIT}signing", f"{UNIT}review"):
        page = clerk.get(path)
        assert page.status_code == 200
        assert not re.search(r"<(script|b|i)>q7z|49q7z|\u202e", page.text), path


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:8629",
        "127.0.0.1:80",
        "localhost",
        "[::1]",
        "127.0.0.1:8629@evil",
        "",
        "0.0.0.0:8629",
        "127.0.0.1:8629:1",
    ],
)
def test_only_our_own_names_are_answered_to(app: Any, host: str):
    client = TestClient(app, base_url=ORIGIN)
    assert client.get(f"/enter?token={TOKEN}", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8629", "LOCALHOST:8629", "[::1]:8629", "127.0.0.1:8629"])
def test_our_own_names_are_answered_to_however_they_are_written(app: Any, host: str):
    assert TestClient(app, base_url=ORIGIN).get("/enter", headers={"Host": host}).status_code == 200


def test_a_wrong_token_is_looked_at_so_often_and_then_no_more(app: Any):
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
    answers = [client.get(f"/enter?token=wrong{number}") for number in range(security.TRIES + 5)]
    assert {answer.status_code for answer in answers} == {401} and not any(
        "set-cookie" in answer.headers for answer in answers
    )
    assert client.get(f"/enter?token={TOKEN}").status_code == 401  # even the right one has to wait


def test_the_cookie_is_strict_and_no_script_sees_it(app: Any):
    said = TestClient(app, base_url=ORIGIN).get(f"/enter?token={TOKEN}").headers["set-cookie"].lower()
    assert "httponly" in said and "samesite=strict" in said


def test_who_comes_from_a_mail_is_let_in_by_a_page_that_loads_itself(app: Any, clerk: Person):
    strange = TestClient(app, base_url=ORIGIN).get(TABLE, headers={"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh"' in strange.text and CODE not in strange.text


def test_a_request_that_is_too_large_is_refused(clerk: Person):
    big = clerk.client.post(
        f"{TABLE}/evidence",
        data={"csrf": clerk.csrf, "row": "数量1"},
        files={"file": ("a.pdf", b"%PDF-" + b"0" * security.LARGEST)},
    )
    assert big.status_code == 413


def test_every_page_forbids_what_is_inline_and_is_kept_by_nobody(clerk: Person):
    for path in ("/", UNIT, TABLE, f"{UNIT}history", "/audit", "/search?q=x"):
        head, text = clerk.get(path).headers, clerk.get(path).text
        assert head["cache-control"] == "no-store" and "frame-ancestors 'none'" in head["content-security-policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|hx-on|javascript:", text), path


@given(st.binary(max_size=200))
def test_whatever_a_host_header_is_it_is_parsed_or_refused(raw: bytes):
    made = security.host_of(raw.decode("latin-1"))
    assert made is None or made[0] == made[0].lower()


def test_a_session_ends_when_it_is_left_and_a_full_house_lets_the_oldest_go():
    now = [0.0]
    sessions = security.Sessions("t", lambda: now[0])
    first = sessions.enter("t")
    assert first and sessions.of(first)
    now[0] = security.IDLE + 1
    assert sessions.of(first) is None
    many = [sessions.enter("t") for _ in range(security.SESSIONS + 1)]
    assert sum(sessions.of(sid or "") is not None for sid in many) == security.SESSIONS


def test_what_is_posted_changes_the_workspace_by_permission_or_is_known_to_change_nothing():
    posted = {door.path for door in DOORS if door.method == "POST" and door.act in security.READING}
    assert posted == {"/who", "/stop", "/audit", "/coverage", "/{year:int}/{unit}/verify"}
    everything = frozenset(security.ROLES)
    for act in security.PERMITTED:
        assert security.may(everything, act) and security.may(everything, act, True) == (act in security.READING)
