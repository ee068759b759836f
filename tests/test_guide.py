"""The guide that a new workspace is given, followed to the letter: from a goal document in Word to a submitted set."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.preparation import tables_of
from evaluator.rulebook.book import load_rulebook
from evaluator.workbook.template import template_xlsx

ROOT = Path(__file__).parents[1]
STEP = re.compile(r"^    \$ (?P<command>ziping .+)\n(?P<printed>(?:    (?!\$ ).*\n)*)", re.MULTILINE)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
UNIT = (
    "--unit",
    "629001",
    "--name",
    "遵化市文化路街道办事处本级",
    "--authority",
    "遵化市文化路街道办事处",
    "--year",
    "2023",
)


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what a guide shows; … stands for what is left out: of a line, or lines where it is alone."""
    parts = re.split(r"(^…\n|…)", shown, flags=re.MULTILINE)
    pattern = "".join({"…\n": r"(?:.*\n)*?", "…": ".*"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None


def answer_in_sheet(space: Path) -> None:
    """What the one question of the document is answered with."""
    book = load_workbook(space / "答复.xlsx")
    book["答复"]["H5"] = "不少于"
    book.save(space / "答复.xlsx")


def fill_in(space: Path) -> None:
    """The workbook with the illustrative results of these projects, and a reason wherever points are lost, put into actuals/."""
    book = load_rulebook(space / "rules", ROOT / "rules")
    told = {"cause": "部分票据不全被退回", "remedy": "改为按季度报销"}
    given = {
        key: one.model_copy(update={"results": {row: done.model_copy(update={k: getattr(done, k) or told[k] for k in told}) for row, done in one.results.items()}})
        for key, one in load_actuals(ROOT / "actuals", book).items()
    }  # fmt: skip
    (space / "actuals" / "填报表.xlsx").write_bytes(template_xlsx(book, tables_of(book, None, None), given, 1))


PERSON: dict[str, Callable[[Path], None]] = {"answer --sheet": answer_in_sheet, "template --out": fill_in}


@pytest.mark.parametrize("empty", [True, False])
def test_the_guide_is_followed_to_the_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: bool) -> None:
    run = CliRunner().invoke
    space = tmp_path / "某办"
    assert run(app, ["init", str(space), *UNIT, *["--empty"] * empty]).exit_code == 0
    monkeypatch.chdir(space)
    shutil.copy(ROOT / "scenarios" / "imports" / "documents" / "goals" / "goals.docx", "绩效目标表.docx")
    guide = (space / "说明.md").read_text("utf-8")
    for removed in re.findall(r"`([^`]+/XM001\.yaml)`", guide):
        Path(removed).unlink()
    steps = list(STEP.finditer(guide))
    assert [step["command"].split()[1] for step in steps] == ["import", "answer", "answer", "answer", "template", "check", "run", "submit", "print"]  # fmt: skip
    for step in steps:
        words = shlex.split(step["command"])[1:]
        if words[0] not in COMMANDS or words == ["answer"]:  # what asks in a terminal is answered in test_answers.py
            continue
        ran = run(app, words)
        assert ran.exit_code in (0, 1), f"{words}\n{ran.output}\n{ran.exception}"
        shown = re.sub(r"^    ", "", step["printed"], flags=re.MULTILINE)
        assert matches(shown, ran.output), f"{step['command']}\n{shown}\n--- printed\n{ran.output}"
        PERSON.get(" ".join(words[:2]), lambda _: None)(space)
