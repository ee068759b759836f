"""The site of the documentation: every page there, every link leads somewhere, nothing from a network, and the search finds."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

pytest.importorskip("markdown_it")

from supply import site
from tests.oracle import ROOT


class Seen(HTMLParser):
    """The anchors of a page, what it links to, what it loads, and whether anything in it runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given["id"]} if "id" in given else set()
        self.leads += [given["href"]] if tag == "a" else []
        self.loads += [given[name] for name in ("src", "href") if name in given and tag != "a"]
        self.inline += [name for name in given if name.startswith("on")]
        self.inline += ["script"] if tag == "script" and "src" not in given else []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    (out / "old.html").write_text("of an older version")
    assert site.write(out) == len(list(out.glob("*.html")))
    return out


@pytest.fixture(scope="module")
def seen(made: Path) -> dict[str, Seen]:
    return {path.name: Seen(path.read_text("utf-8")) for path in made.glob("*.html")}


def test_every_guide_is_a_page() -> None:
    sources = {source for chapter in site.CHAPTERS.values() for source in chapter.values()}
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= sources
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "rules/CHANGELOG.md"} <= sources


def test_every_link_leads_somewhere(made: Path, seen: dict[str, Seen]) -> None:
    for name, page in seen.items():
        for lead in page.leads:
            if re.match("https?:", lead):
                continue
            path, _, anchor = unquote(lead).partition("#")
            assert not path or path in seen, (name, lead)
            assert not anchor or anchor in seen[path or name].anchors, (name, lead)


def test_nothing_comes_from_a_network_and_nothing_runs_inline(made: Path, seen: dict[str, Seen]) -> None:
    for name, page in seen.items():
        assert all((made / unquote(load)).is_file() for load in page.loads), (name, page.loads)
        assert not page.inline or name == site.BOOK, (name, page.inline)  # the book's own is allowed by its digest


def test_every_entry_of_the_search_is_where_it_says(made: Path, seen: dict[str, Seen]) -> None:
    found = json.loads((made / "entries.js").read_text("utf-8").removeprefix("window.entries = ").removesuffix(";\n"))
    assert len(found) > 500
    for leads, *_ in found:
        path, _, anchor = leads.partition("#")
        assert anchor in seen[path].anchors, leads


def test_the_text_of_a_guide_cannot_become_markup(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# <b>一</b>\n\n<script>x</script> [二](javascript:x) [三](b.md) `<i>`\n", "utf-8")
    page = site.page_of("a", "a.md", {"a.md": "a.html"}, tmp_path)
    shown = Seen(page.body)
    assert not shown.inline and not shown.leads and "三" in page.body and "&lt;script&gt;" in page.body


def test_headings_alike_have_anchors_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 题\n\n## 例 子\n\n甲\n\n## 例 子\n\n乙\n丙 d\ne\n", "utf-8")
    page = site.page_of("a", "a.md", {}, tmp_path)
    assert [part.anchor for part in page.parts] == ["题", "例-子", "例-子-1"]
    assert "乙丙 d\ne" in page.body.replace("<br />", "")


def test_the_search_finds_in_a_browser_opened_from_the_disk(made: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="没有 playwright，没有试网页里的查找")
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("没有 chromium，没有试网页里的查找")
    with sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((made / "index.html").as_uri())
        page.keyboard.press("/")
        page.keyboard.type("R105")
        first = page.locator("#results a").first
        assert "分值合计不是 100" in first.inner_text()
        first.click()
        assert page.url.startswith((made / site.BOOK).as_uri())
        page.goto((made / "office.html").as_uri())
        page.fill("#search", "没有的词没有的词")
        assert page.locator("#results").inner_text() == "没有找到"
        page.keyboard.press("Escape")
        assert page.locator("#results").is_hidden()
        browser.close()
