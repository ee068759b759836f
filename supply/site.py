"""The documentation as one static site: every guide, the rule book with the catalogue of diagnostics, and a search over both.

    python -m supply.site dist/site

It opens from the disk (file://) and asks nothing of a network: pages, one style sheet, one script, and the texts to search as a
script. Chinese is searched as it stands, without being cut into words, which finds every part of every word.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evaluator.acts.acting import Sitting
from evaluator.acts.rulemaking import book
from evaluator.formats import render
from evaluator.pages import Document, Grid, Topic, words
from evaluator.workspace.places import sample_workspace

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent / "site"
BOOK = "rulebook.html"
CHAPTERS: dict[str, dict[str, str]] = {  # what the side shows: chapter, page of the site, file
    "开始": {"index": "README.md", "office": "docs/office.md", "nextyear": "docs/nextyear.md", "othersystem": "docs/othersystem.md", "glossary": "docs/glossary.md", "english": "README.en.md"},
    "填报": {"web": "docs/web.md", "clerk": "docs/clerk.md", "import": "docs/import.md", "year": "docs/year.md", "score": "docs/score.md"},
    "审核与审计": {"review": "docs/review.md", "audit": "docs/audit.md", "ledger": "docs/ledger.md", "rules": "docs/rules.md", "criteria": "docs/criteria.md"},
    "维护": {
        "contributing": "CONTRIBUTING.md", "offline": "supply/README.md", "scale": "docs/scale.md", "scale-bench": "docs/scale-bench.md",
        "benchmarks": "benchmarks/README.md", "changelog": "CHANGELOG.md", "rules-changelog": "rules/CHANGELOG.md",
    },
}  # fmt: skip


@dataclass(slots=True)
class Part:
    """What stands under one heading: its anchor, its title, how deep it is, and its text for the search."""

    anchor: str
    title: str
    level: int
    text: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """One page of the site: its name, the file it is made from, its title, what it shows, and its parts."""

    name: str
    source: str
    title: str
    body: str
    parts: list[Part]


def pages_of(chapters: Mapping[str, Mapping[str, str]] = CHAPTERS, root: Path = ROOT) -> list[Page]:
    """Every page, from its Markdown."""
    names = {source: f"{name}.html" for chapter in chapters.values() for name, source in chapter.items()}
    return [page_of(name, source, names, root) for chapter in chapters.values() for name, source in chapter.items()]


def page_of(name: str, source: str, names: Mapping[str, str], root: Path) -> Page:
    """A page from its Markdown; links to files that are pages lead there, to pictures into pictures/, others are words."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((root / source).read_text("utf-8"))
    parts = _parts(tokens)
    for token in tokens:
        if token.type == "inline":
            token.children = list(_led(token.children or [], source, names))
    body = markdown.renderer.render(tokens, markdown.options, {})
    return Page(name, source, parts[0].title if parts else name, _wide(body), parts)


def _parts(tokens: list[Token]) -> list[Part]:
    """The headings of a page, each given an anchor of its own, with the text below it."""
    parts: list[Part] = []
    taken: set[str] = set()
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and after is not None:
            title = _plain(after)
            anchor = free = slug(title)
            number = 1
            while free in taken:
                free, number = f"{anchor}-{number}", number + 1
            taken.add(free)
            token.attrSet("id", free)
            parts.append(Part(free, title, int(token.tag[1])))
        elif token.type in ("inline", "fence", "code_block") and parts:
            parts[-1].text.append(_plain(token))
    return parts


def slug(title: str) -> str:
    """The anchor of a heading, as GitHub makes it, so that one link holds in both places."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children) if token.children else token.content


def _led(tokens: list[Token], source: str, names: Mapping[str, str]) -> Iterator[Token]:
    """The tokens of a line with their links led to where they are on the site."""
    open_links: list[bool] = []
    for token, before, after in zip(tokens, [None, *tokens], [*tokens[1:], None], strict=False):
        if token.type == "softbreak":  # lines of Chinese go on without a space
            sides = (before.content[-1:] if before else "", after.content[:1] if after else "")
            if not all(side.isascii() and side for side in sides):
                continue
        if token.type == "image":
            token.attrSet("src", f"pictures/{PurePosixPath(str(token.attrGet('src'))).name}")
        elif token.type == "link_open":
            href = str(token.attrGet("href"))
            target = href if re.match(r"https?:|mailto:|#", href) else _leads(href, source, names)
            open_links.append(bool(target))
            if not target:
                continue
            token.attrSet("href", target)
        elif token.type == "link_close" and not open_links.pop():
            continue
        yield token


def _leads(href: str, source: str, names: Mapping[str, str]) -> str:
    """Where a link to a file leads on the site; '' where that file is no page."""
    path, hash, anchor = href.partition("#")
    parts: list[str] = []
    for word in (PurePosixPath(source).parent / path).parts:
        parts = parts[:-1] if word == ".." else [*parts, word]
    page = names.get("/".join(parts), "")
    return f"{page}{hash}{anchor}" if page else ""


def _wide(body: str) -> str:
    return body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def entries(pages: list[Page], rulebook: Document) -> list[list[str]]:
    """What is searched: where it is, the page it is on, its title, its text."""
    found = [
        [f"{page.name}.html#{part.anchor}", page.title, part.title, " ".join(part.text)]
        for page in pages
        for part in page.parts
    ]
    for section in rulebook.sections:
        found += [[f"{BOOK}#{anchor}", section.name, title, text] for anchor, title, text in _topics(section.topics)]
    return found


def _topics(topics: Any) -> Iterator[tuple[str, str, str]]:
    topic: Topic
    for topic in topics:
        cells = [
            words(cell.text)
            for block in topic.blocks
            for row in (block.rows if isinstance(block, Grid) else ((block,),))
            for cell in row
            if hasattr(cell, "text")
        ]
        yield topic.anchor, "　".join((topic.title, *topic.beside)), " ".join(cells)
        yield from _topics(topic.parts)


def write(out: Path) -> int:
    """Write the site into a folder, which is emptied first; returns how many pages there are."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "pictures").mkdir(parents=True)
    pages = pages_of()
    rulebook = book(Sitting(sample_workspace()))
    templates = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    chapters = {chapter: [page for page in pages if page.name in names] for chapter, names in CHAPTERS.items()}
    for page in pages:
        html = templates.get_template("page.html.j2").render(page=page, chapters=chapters, book=BOOK)
        (out / f"{page.name}.html").write_text(html, "utf-8")
    (out / BOOK).write_bytes(render(".html", rulebook))
    found = json.dumps(entries(pages, rulebook), ensure_ascii=False, separators=(",", ":"))
    (out / "entries.js").write_text(f"window.entries = {found};\n", "utf-8")
    for path in (*HERE.glob("*.css"), *HERE.glob("*.js")):
        shutil.copy(path, out / path.name)
    for path in (ROOT / "docs" / "pictures").glob("*.png"):
        shutil.copy(path, out / "pictures" / path.name)
    return len(pages) + 1


def main(out: str) -> None:
    """Write the site and tell how many pages it has."""
    print(f"{out}：{write(Path(out))} 页；打开 {out}/index.html")


if __name__ == "__main__":
    main(sys.argv[1])
