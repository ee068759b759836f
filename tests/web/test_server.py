"""The server as a process: one for a workspace, killed at any moment without loss, stopped from its page (示例数据)."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import httpx2
import pytest

pytest.importorskip("fastapi")

from evaluator import acts
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, TABLE
from tests.web.served import Bridge, serving, until

KILLS = int(os.environ.get("ZIPING_KILLS", "8"))


def stored(root: Path) -> str:
    at = acts.surveying.KnownSitting(open_workspace(root), 2023, "629001", None, root / "out")
    view = acts.surveying.survey(at).table(CODE)
    assert not view.wrong
    return str(view.values["数量1"]["actual"])


def test_a_second_start_finds_the_first_and_the_page_stops_it(root: Path):
    with serving(root) as (process, address):
        with serving(root) as (second, again):
            assert again == address and second.wait(20) == 0
        person = Bridge(address)
        assert person.client.get("/").status_code == 200
        said = person.client.post("/stop", data={"csrf": person.csrf})
        assert "已停止" in said.text and process.wait(20) == 0
    assert not (root / ".ziping-serve").exists()
    with serving(root) as (_, address), pytest.raises(AssertionError):
        assert httpx2.get(address.split("=")[0] + "=x", trust_env=False).status_code == 200


def test_who_can_read_the_workspace_finds_no_token_of_another(root: Path):
    with serving(root):
        folder = root / ".ziping-serve"
        assert os.name == "nt" or folder.stat().st_mode & 0o077 == 0


def test_killed_at_any_moment_it_has_lost_at_most_what_was_not_yet_answered(root: Path):
    random.seed(20231231)
    known = cut = stored(root)  # cut: what a kill interrupted; begun in the journal, it is done at the next start
    number = 100
    for _ in range(KILLS):
        with serving(root) as (process, address):
            person = Bridge(address)
            threading.Timer(random.uniform(0.05, 1.2), process.kill).start()
            asked = known
            try:
                while process.poll() is None:
                    number += 1
                    asked = f"{number}人"
                    if person.type(TABLE, "数量1", {"actual": asked}, {"actual": known}).status_code == 200:
                        known = asked
            except httpx2.HTTPError:
                pass
            process.wait(20)
        there = stored(root)
        assert there in (known, asked, cut)
        known, cut = there, asked


def test_the_first_page_is_there_before_the_engine(root: Path):
    with serving(root) as (_, address):
        began = time.monotonic()
        person = Bridge(address)
        assert person.client.get("/").status_code == 200
        assert time.monotonic() - began < 10  # the figure itself is measured, not tested
        row = until(lambda: person.client.get("/2023/629001/row").text)
        assert "46/46" in row
