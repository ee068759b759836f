"""What to do after a run, as commands that can be copied."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evaluator import acts
from evaluator.commands.openable import here
from evaluator.workspace.places import product

if TYPE_CHECKING:
    from evaluator.acts.acting import Sitting
    from evaluator.findings.inference import Finding
    from evaluator.results import Evaluation, TableScore

MANY = 3  # corrections that are written out
FLAGS = ("actual", "cause", "remedy", "evidence")  # what a finding may say is not written
EMPTY = '""'
SPECIAL = re.compile(r"[\s'\"$`\\|&;<>()*?!#~]")


def command(*words: str) -> str:
    """A command line that can be copied; only what a shell would misread is quoted, and "" is to be filled in."""
    return " ".join(_quoted(word) if not word or SPECIAL.search(word) else word for word in words)


def _quoted(word: str) -> str:
    return shlex.quote(word) if re.search(r'["$`\\]', word) else f'"{word}"'


def after_run(evaluation: Evaluation, stage: str, at: Sitting) -> str:
    """The next step: what has to be mended, then another run; or submission; or, once it is submitted, its history.

    Of the sample, which is nobody's: a copy of it to try things on.
    """
    if at.named == product():  # asked for by --sample
        return f"下一步：\n  {command('ziping', 'init', '演示', '--sample')}\n"
    place = [at.named.as_posix()] if at.named else []
    kept = ["--out", at.out.as_posix()] if at.out != Path("out") else []
    errors = [(t, f) for t in evaluation.tables for f in t.findings if f.severity == "错误"]
    place_of_ledger = [*place, *(kept if at.space.sample else [])]
    if errors:
        lines = [*_mending(errors, place), command("ziping", "run", *place, *kept)]
    elif acts.submitting.may("submit", stage):
        lines = [command("ziping", "submit", *place_of_ledger, "--by", "")]
    else:
        lines = [command("ziping", "history", *place_of_ledger)]
    return f"下一步{'（引号里填上内容）' if any(EMPTY in line for line in lines) else ''}：\n" + "".join(
        f"  {line}\n" for line in lines
    )


def _mending(errors: Sequence[tuple[TableScore, Finding]], place: Sequence[str]) -> list[str]:
    """Where the errors are mended: by commands where results stand in text files, else in the file they stand in."""
    lacking: dict[tuple[str, str], set[str]] = {}
    todo: dict[str, None] = {}
    for table, finding in errors:
        where = table.actuals.where if table.actuals else None
        if (
            where
            and where.path.endswith((".yaml", ".yml"))
            and (flags := _flags(finding))
            and (rows := finding.rows or tuple(filter(None, [table.row_of(finding)])))
        ):
            for row in rows:
                lacking.setdefault((table.code, row), set()).update(flags)
        else:
            todo[
                f"打开 {here(where.path)}，更正上面的错误，保存" if where else command("ziping", "template", *place)
            ] = None
    whose = ["-w", *place] if place else []
    made = [
        command("ziping", "correct", code, row, *(word for flag in FLAGS if flag in flags for word in (f"--{flag}", "")), "--reason", "", "--by", "", *whose)
        for (code, row), flags in list(lacking.items())[:MANY]
    ]  # fmt: skip
    return [*made, *todo]


def _flags(finding: Finding) -> set[str]:
    """What a finding about a result says is not written."""
    tests = finding.rule.when.get("outcome", {})
    lost = "full" in tests  # a row that lost points needs both a cause and a remedy
    lacking = {
        name for fact in finding.matched for name in FLAGS if fact.kind == "outcome" and fact.fields.get(name) is False
    }
    return {name for name in FLAGS if tests.get(name) in (False, "false") or (lost and name in lacking)} | (
        {"actual"} if tests.get("missing") in (True, "true") else set()
    )
