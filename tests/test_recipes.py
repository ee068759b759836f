"""The recipes of CONTRIBUTING, followed to the letter: their examples are put into a copy of the tree, and their commands run.

An example is a fenced block with `at=FILE`, put above the line that begins with `above="…"`, else at the end of the file (a new
one where there is none). Commands are those of a block ```console try: a line that ends in `# 1` returns 1, and what stands
below a command is in what it prints.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEPT = ("evaluator", "rules", "actuals", "office", "monitoring", "scenarios", "reports", "tests", "benchmarks")
BLOCK = re.compile(r"^(?P<indent> *)```(?P<head>[^\n]+)\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)
ZIPING = "from evaluator.cli import main; main()"


@dataclass(frozen=True)
class Recipe:
    """What a section of CONTRIBUTING puts where, and what it runs."""

    put: tuple[tuple[str, str, str], ...]  # file, the line it stands above ('' for the end), text
    run: tuple[list[str], ...]  # a command, and what is in what it prints


def recipes() -> dict[str, Recipe]:
    """The sections with examples, by their headings."""
    made = {}
    for section in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        put: list[tuple[str, str, str]] = []
        run: list[list[str]] = []
        for block in BLOCK.finditer(section):
            body = re.sub(f"^{block['indent']}", "", block["body"], flags=re.M)
            if at := re.search(r"at=(\S+)", block["head"]):
                above = re.search(r'above="(.+?)"$', block["head"])
                put.append((at[1], above[1].replace('\\"', '"') if above else "", body))
            elif block["head"] == "console try":
                for line in body.splitlines():
                    if line.startswith("$ "):
                        run.append([line.removeprefix("$ ")])
                    else:
                        run[-1].append(line)
        if put:
            made[section.partition("\n")[0]] = Recipe(tuple(put), tuple(run))
    return made


RECIPES = recipes()


def followed(recipe: Recipe, folder: Path) -> None:
    """A copy of the tree with the examples of a recipe."""
    for name in KEPT:
        ignored = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc", "offices", "samples")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored, symlinks=True)
    for name, above, text in recipe.put:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if above:
            (at,) = re.finditer(rf"^ *{re.escape(above)}", before, re.M)
            indent = " " * (len(at[0]) - len(at[0].lstrip()))
            placed = "".join(f"{indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))
            apart = "\n\n" if text.startswith("@") else ""
            path.write_text(before[: at.start()] + placed + apart + before[at.start() :], encoding="utf-8")
        else:
            path.write_text(before + text, encoding="utf-8")


def command(line: str) -> list[str]:
    program, *arguments = line.split()
    return [sys.executable, *(["-c", ZIPING] if program == "ziping" else []), *arguments]


def test_there_is_a_recipe_with_an_example_for_what_others_add():
    assert all(recipe.run for recipe in RECIPES.values())
    assert len(RECIPES) == 4


@pytest.mark.parametrize("name", RECIPES, ids=["comparator", "policy", "finding", "format"])
def test_a_recipe_followed_to_the_letter_works(name: str, tmp_path: Path):
    recipe = RECIPES[name]
    followed(recipe, tmp_path)
    quiet = {**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
    for line, *printed in recipe.run:
        wanted = re.search(r" # ([0-9])$", line)
        words = command(line[: wanted.start()] if wanted else line)
        ran = subprocess.run(words, cwd=tmp_path, env=quiet, capture_output=True, text=True, check=False)
        told = f"{line}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
        assert ran.returncode == (int(wanted[1]) if wanted else 0), told
        assert [one for one in printed if one not in ran.stdout] == [], told
