"""The first day: an empty folder, a page that asks, a goal document, the first form; and what is double-clicked to get there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from evaluator.web.app import Served, create_app
from evaluator.workspace.places import Workspace
from tests.web.conftest import TOKEN, UNIT, Person
from tests.web.served import ROOT, Bridge, until

GOALS = ROOT / "rules/projects/2023/629001/source/goals.txt"
START = ROOT / "supply/start"
OFFICE = {"name": "遵化市文化路街道办事处本级", "unit": "629001", "year": "2023", "authority": ""}


def person(folder: Path, *roles: str, **more: Any) -> Person:
    return Person(
        create_app(Workspace(folder, False), TOKEN, served=Served("8629"), **more), "张三", *(roles or ("clerk",))
    )


def test_an_empty_folder_asks_for_the_office_and_leads_to_the_first_form(tmp_path: Path):
    folder = tmp_path / "还没有" / "的目录"
    clerk = person(folder)
    for path in ("/", "/import", "/worklist", UNIT, "/search?q=x"):
        assert clerk.get(path).headers["location"] == "/first", path
    wrong = clerk.post("/first", OFFICE | {"year": "23", "unit": "六/二"})
    assert wrong.status_code == 422 and wrong.text.count("aria-invalid") == 2 and not folder.exists()
    assert OFFICE["name"] in wrong.text  # what was right need not be typed again
    begun = clerk.post("/first", OFFICE, files={"file": ("goals.txt", GOALS.read_bytes())})
    assert begun.headers["location"] == "/import"
    assert (folder / "office/2023/629001.yaml").is_file()
    job = clerk.client.app.app.state.bench.jobs.mine("import")[0]
    until(lambda: job.done, 60)
    assert job.problems == () and job.found["next"] == ("/questions", "答复 1 处")
    page = clerk.get("/questions").text
    key = page.split('name="c_')[1].split('"')[0]
    on = clerk.post("/questions", {f"c_{key}": "≥"})
    assert on.headers["location"].startswith(f"{UNIT}p/") and clerk.get(on.headers["location"]).status_code == 200
    assert clerk.post("/first", OFFICE).status_code == 422  # once there is a workspace nothing is begun again


def test_the_sample_is_one_button_away_and_a_folder_with_something_in_it_is_left_alone(tmp_path: Path):
    clerk = person(tmp_path)
    assert clerk.post("/first/sample").headers["location"] == "/"
    assert clerk.get(UNIT).status_code == 200
    other = tmp_path / "别的"
    other.mkdir()
    (other / "照片.jpg").write_bytes(b"x")
    refused = person(other).post("/first/sample")
    assert (
        refused.status_code == 422
        and "不是空目录" in refused.text
        and [path.name for path in other.iterdir()] == ["照片.jpg"]
    )


def test_who_only_reads_or_reviews_begins_nothing(tmp_path: Path):
    assert person(tmp_path, read_only=True).post("/first/sample").status_code == 403
    assert person(tmp_path, "auditor").post("/first/sample").status_code == 403
    assert list(tmp_path.iterdir()) == []


def test_the_start_script_for_windows_is_what_its_shell_reads_in_every_code_page():
    raw = (START / "start.cmd").read_bytes()
    assert raw.isascii() and raw.count(b"\n") == raw.count(b"\r\n") == len(raw.splitlines())
    assert b"chcp 65001" in raw and b'serve "%SPACE%"' in raw and b"start-help.txt" in raw
    labels = {line[1:] for line in raw.split(b"\r\n") if line.startswith(b":")}
    assert {line.split()[-1] for line in raw.split(b"\r\n") if b"goto" in line} == labels


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_the_start_script_opens_the_page_of_an_empty_folder_and_a_second_start_finds_it(tmp_path: Path):
    shutil.copytree(START, tmp_path / "包 里", ignore=shutil.ignore_patterns("workspace"))
    script = tmp_path / "包 里" / "start.sh"
    program = tmp_path / "bin" / "ziping"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from evaluator.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    lacking = subprocess.run([script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert lacking.returncode == 1 and "没有找到工作台的程序" in lacking.stderr
    words = [script, script.parent / "workspace", "--no-open"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            again = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=60)
            assert again.stdout.strip() == address
            bridge = Bridge(address)
            assert bridge.client.get("/").headers["location"] == "/first"
            bridge.client.post("/stop", data={"csrf": bridge.csrf})
            assert process.wait(20) == 0
        finally:
            process.kill()
