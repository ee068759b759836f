"""What the README and the pages of docs/ show, printed again by the commands.

`python -m tests.readme` puts their present output in place. A block that begins with `$ ziping` (or `$ cp`, which prints nothing) holds what the command
prints. In its first line `head=14` shows the first 14 lines and an ellipsis (`tail=3` the last 3), and `walk` runs it,
after the walks before it on the same page, in a folder of that page's own.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from evaluator.cli import app
from evaluator.errors import EvaluatorError
from evaluator.handbook.glossary import read_glossary

ROOT = Path(__file__).parent.parent
README, ENGLISH = ROOT / "README.md", ROOT / "README.en.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
PAGES = [README, ENGLISH, *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```console(?P<info>[^\n]*)\n\$ (?P<command>(?:ziping|cp) .+)\n(?P<printed>(?:.*\n)*?)```")
VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2024-01-20T09:00:00Z"),
    (re.compile(r"(?<=最后一条 )[0-9a-f]{12}"), "…"),
    (re.compile(r"(?<=[果单]摘要 )[0-9a-f]{12}"), "…"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "…"),
    (re.compile(r"(?<=[号钥] )[0-9a-f]{12,16}\b"), "…"),
    (re.compile(r"(?<=条（)[0-9a-f]{12}(?=）)"), "…"),
    (re.compile(r"(?<=，)\d{4}-\d\d-\d\d(?=）$)", re.MULTILINE), "2024-01-20"),
)


@dataclass(frozen=True)
class Block:
    """One command of a page and what is shown under it."""

    info: str
    command: str
    printed: str

    @property
    def walks(self) -> bool:
        return "walk" in self.info.split()


def blocks(text: str) -> list[Block]:
    """Every command of a page, in order."""
    return [Block(match["info"], match["command"], match["printed"]) for match in BLOCK.finditer(text)]


def prints(block: Block) -> str:
    """What the command prints here and now, as a page shows it."""
    if block.command.startswith("cp "):
        shutil.copy(*shlex.split(block.command)[1:])
        return ""
    result = CliRunner().invoke(app, shlex.split(block.command)[1:])
    told = result.output
    if isinstance(result.exception, EvaluatorError):
        told += f"{result.exception}\n"
    elif result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    for pattern, shown in VARIES:
        told = pattern.sub(shown, told)
    lines = told.strip("\n").splitlines()
    if head := re.search(r"head=(\d+)", block.info):
        lines = [*lines[: int(head[1])], "…"] if len(lines) > int(head[1]) else lines
    if tail := re.search(r"tail=(\d+)", block.info):
        lines = ["…", *lines[-int(tail[1]) :]] if len(lines) > int(tail[1]) else lines
    return "".join(f"{line}\n" for line in lines)


def walk(listed: list[Block]) -> Iterator[tuple[Block, str]]:
    """The walks of one page in order, in one new folder."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("问卷原件.pdf").write_bytes(b"%PDF-1.4 sample")
        for office in ("office", "nextyear"):
            for path in (ROOT / "scenarios" / "imports" / "documents" / office).iterdir():
                shutil.copy(path, path.name)
        for block in listed:
            if block.walks:
                yield block, prints(block)


def renewed(text: str) -> str:
    """A page with what its commands print now."""
    listed = blocks(text)
    walked = (printed for _, printed in list(walk(listed)))
    with chdir(ROOT):
        shown = iter([next(walked) if block.walks else prints(block) for block in listed])

    def fresh(match: re.Match[str]) -> str:
        return f"```console{match['info']}\n$ {match['command']}\n{next(shown)}```"

    return BLOCK.sub(fresh, text)


def glossary() -> str:
    """The page of terms in both languages, from the glossary that the rule book prints."""
    rows = [f"| {term.term} | {term.english} | {term.means} |" for term in read_glossary(ROOT / "rules")]
    about = (
        "由 `rules/glossary.yaml` 生成（`make generated`）；代码里用的就是这些英文词。（[回到 README](../README.md)）"
    )
    return "\n".join(["# 名词：中文和英文", "", about, "", "| 名词 | English | 意思 |", "|---|---|---|", *rows, ""])


def main() -> None:
    """Write every page that shows a command with what its commands print now."""
    os.environ["COLUMNS"] = "100"
    GLOSSARY.write_text(glossary(), encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if blocks(text):
            page.write_text(renewed(text), encoding="utf-8")


if __name__ == "__main__":
    main()
