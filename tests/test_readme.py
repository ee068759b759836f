"""What the README shows is what the commands print."""

from __future__ import annotations

import re

import pytest

from evaluator.cli import app
from tests.readme import README, ROOT, Block, blocks, prints, walk

TEXT = README.read_text(encoding="utf-8")
SHOWN = blocks(TEXT)
ALONE = [block for block in SHOWN if not block.walks]


def test_the_readme_shows_commands() -> None:
    assert len(ALONE) >= 5 and len(SHOWN) - len(ALONE) >= 8


@pytest.mark.parametrize("block", ALONE, ids=[block.command for block in ALONE])
def test_the_readme_prints_what_the_command_prints(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert prints(block) == block.printed


def test_the_walk_goes_as_the_readme_tells_it() -> None:
    for block, printed in walk(SHOWN):
        assert printed == block.printed, block.command


def test_every_command_is_in_the_readme() -> None:
    for command in [*app.registered_commands, *app.registered_groups]:
        name = command.name or (command.callback.__name__ if command.callback else command.typer_instance.info.name)
        assert f"`ziping {name} " in TEXT


def test_every_file_the_readme_links_to_is_there() -> None:
    linked = [one for one in re.findall(r"\]\(([^)#]+)", TEXT) if "://" not in one]
    assert linked and all((ROOT / one).exists() for one in linked)
