"""Every page of the workbench before axe-core, in a real browser: nothing serious, at the width of a small screen (示例数据)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from evaluator.web.app import DOORS
from evaluator.workspace.initiate import copy_sample
from tests.web.conftest import CODE
from tests.web.served import CHROMIUM, ROOT, serving

playwright = pytest.importorskip("playwright.sync_api", reason="没有装 playwright：不在浏览器里试")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="没有 chromium：不在浏览器里试（ZIPING_CHROMIUM 可写明在哪里）")

AXE = ROOT / "tests/fixtures/axe/axe-4.14.1.min.js"  # of npm's axe-core; its licence (MPL-2.0) lies beside it
ASK = "async () => (await axe.run({resultTypes: ['violations']})).violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html).slice(0, 3)])"
VALUES = {"{year:int}": "2023", "{unit}": "629001", "{code}": CODE, "{chapter}": "policies", "{day}": "2023-09-30"}
ASKED = {"why": "?row=数量1", "rule": "?row=数量1", "search": "?q=群众"}
# files, parts of a page, what asks for an earlier step, and printed forms, in which no script may run (axe neither)
FILES = re.compile(
    r"/file$|/workbook$|/export$|/evidence/|/now$|/job/|/work/|/diff/|/first$|/enter$|/questions$|/workbook/read$|^/part/|/row$|/print$|/preview$|/form$|/changes$|/remarks$|/backup$"
)


def pages() -> list[str]:
    """The addresses of all pages that stand by themselves on the sample."""
    paths = []
    for door in DOORS:
        path = door.path
        for name, value in VALUES.items():
            path = path.replace(name, value)
        if door.method == "GET" and not door.data and not FILES.search(path) and "{" not in path:
            paths.append(path + ASKED.get(path.rsplit("/", 1)[-1], ""))
    return paths


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Somebody with every role at the sample."""
    root: Path = tmp_path_factory.mktemp("axe") / "工作区"
    list(copy_sample(root))
    with serving(root) as (_, address), playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page.goto(address)
        page.wait_for_url("**/who**")
        page.fill("input[name=name]", "张三")
        for role in ("clerk", "reviewer", "auditor", "keeper"):
            page.check(f"input[name=role_{role}]")
        page.click("button.main")
        page.base = address.split("/enter", maxsplit=1)[0]
        yield page
        browser.close()


@pytest.mark.parametrize("path", pages())
def test_axe_finds_nothing_serious(page: Any, path: str):
    answer = page.goto(page.base + path)
    assert answer.status == 200, path
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    serious = [said for said in page.evaluate(ASK) if said[0] in ("serious", "critical")]
    assert serious == []


def test_axe_would_find_a_picture_without_words(page: Any):
    page.goto(page.base + "/")
    page.evaluate("document.body.append(document.createElement('img'))")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert any(rule == "image-alt" for _, rule, _ in page.evaluate(ASK))


@pytest.mark.parametrize("width", [760, 1093, 1366])  # 1093: 1366 at 125%
def test_the_head_of_a_page_is_whole_at_any_width(page: Any, width: int):
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(page.base + "/keep")
    head = page.locator("header.masthead").bounding_box()
    for link in page.locator("header.masthead :is(a, button, input[type=search])").all():
        box = link.bounding_box()
        assert box["height"] < 40 and head["y"] <= box["y"] and box["y"] + box["height"] <= head["y"] + head["height"]
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [760, 1093, 1366])
def test_duties_keep_inside_the_page_with_room_for_what_is_wrong(page: Any, width: int):
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(page.base + "/2023/629001/duties")
    if page.locator("table.duties").count() == 0:
        page.click("text=由错误和警告列入整改")
        page.wait_for_selector("table.duties")
    page.locator("table.duties summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("table.duties td:nth-child(2)").first.bounding_box()["width"] >= 200
    assert page.locator("table.duties input[type=file]").first.bounding_box()["width"] <= 400
