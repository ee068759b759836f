"""What the README and the pages of docs/ show is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from evaluator.cli import app
from tests.readme import ENGLISH, GLOSSARY, PAGES, README, ROOT, Block, blocks, glossary, prints, walk

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
SHOWN = {page: blocks(text) for page, text in TEXTS.items()}
ALONE = [(page, block) for page, listed in SHOWN.items() for block in listed if not block.walks]
WALKED = [page for page, listed in SHOWN.items() if any(block.walks for block in listed)]


def named(page: Path, block: Block | None = None) -> str:
    """What a test is called: the page and the command, without the words pytest would escape."""
    words = block.command.split() if block else []
    return " ".join([page.stem, *(word for word in words if word.isascii())])


def linked(page: Path) -> list[Path]:
    """The files a page links to."""
    return [(page.parent / one).resolve() for one in re.findall(r"\]\(([^)#]+)", TEXTS[page]) if "://" not in one]


def test_the_pages_show_commands() -> None:
    assert len(ALONE) >= 14
    assert {page.stem for page in WALKED} >= {"README", "clerk", "year"}
    assert sum(block.walks for listed in SHOWN.values() for block in listed) >= 28


@pytest.mark.parametrize(("page", "block"), ALONE, ids=[named(*shown) for shown in ALONE])
def test_a_page_prints_what_the_command_prints(page: Path, block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert prints(block) == block.printed, page.name


@pytest.mark.parametrize("page", WALKED, ids=named)
def test_a_walk_goes_as_its_page_tells_it(page: Path) -> None:
    for block, printed in walk(SHOWN[page]):
        assert printed == block.printed, block.command


def test_every_command_is_in_the_readme() -> None:
    for command in [*app.registered_commands, *app.registered_groups]:
        name = command.name or (command.callback.__name__ if command.callback else command.typer_instance.info.name)
        assert f"`ziping {name} " in TEXTS[README]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_a_page_links_to_is_there(page: Path) -> None:
    assert [one for one in linked(page) if not one.exists()] == []


def test_the_readme_links_to_every_page() -> None:
    assert {page for page in PAGES if page != README} <= set(linked(README))


QUOTING = [page for page in PAGES if "```yaml" in TEXTS[page]]


@pytest.mark.parametrize("page", QUOTING, ids=named)
def test_what_a_page_quotes_stands_in_a_rule_file_or_a_result(page: Path) -> None:
    files = [path.read_text("utf-8") for name in ("rules", "actuals") for path in (ROOT / name).rglob("*.yaml")]
    for one in re.findall(r"```yaml\n(.*?)```", TEXTS[page], re.DOTALL):
        assert any(indent(one, " " * deep) in text for text in files for deep in (0, 2)), one


def test_the_page_of_terms_is_the_glossary() -> None:
    assert TEXTS[GLOSSARY] == glossary()


def test_the_python_of_the_english_readme_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", TEXTS[ENGLISH], re.DOTALL)
    exec(compile(code, "README.en.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_the_english_readme_is_one_page_and_names_the_same_commands() -> None:
    assert len(TEXTS[ENGLISH].splitlines()) <= 90
    commands = {
        line.split("#")[0].strip()
        for page in (README, ENGLISH)
        for line in TEXTS[page].splitlines()
        if line.startswith("$ make")
    }
    assert commands == {"$ make run", "$ make test", "$ make serve"}
