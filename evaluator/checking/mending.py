"""What `ziping check --fix` mends: only what has one certain remedy, proved by reading the mended file again.

- a key misspelt so that the key it must be is missing (R101 with R102);
- a number, per cent or true/false written in other characters (R103: `１２.５`, `95％`, `是`);
- a word of an earlier version that is read as what is written now (R144: `verified`);
- a waiver that waives nothing (C103).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from evaluator.documents.formerly import FLAG, MEANT, PUT, PUT_NOW, document_now
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import Problem, Where
from evaluator.files.journal import FileChange, change
from evaluator.files.snapshot import take
from evaluator.model import Actuals, Department, Project
from evaluator.rulebook.book import FindingFile

FLAGS = {"是": "true", "否": "false", "yes": "true", "no": "false", "true": "true", "false": "false"}
FLAGGED = re.compile(rf"{FLAG}: *(?P<said>[Tt]rue|[Ff]alse)(?=[\s,}}]|$)")
VALUE = re.compile(r"""(?P<quote>["']?)(?P<text>.*?)(?P=quote)(?=\s+#|\s*$)""")
KEY = re.compile(r"[^\s:：]+")


@dataclass(frozen=True, slots=True)
class Edit:
    """`old`, which stands at `where`, becomes `new`; a line left empty is taken out."""

    where: Where
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mended:
    """One file with its certain remedies in place."""

    path: Path
    shown: str
    before: str
    after: str
    fixed: tuple[Problem, ...]

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        return "".join(unified_diff(before, after, self.shown, self.shown, n=1))

    @property
    def change(self) -> FileChange:
        """The mended text in the place of what was seen there."""
        return change(self.path, self.after.encode(), self.before.encode())


def mend(path: Path, shown: str, problems: Sequence[Problem]) -> Mended | None:
    """One file with every certain remedy of its problems applied; None when there is none."""
    before = take(path).decode("utf-8")
    text, fixed = before, []
    # from the end, so that a place stays where it was told until its own turn
    for problem in sorted(problems, key=lambda one: (one.where.line, one.where.column) if one.where else (0, 0), reverse=True):  # fmt: skip
        for edit in _proposed(problem, text.split("\n")):
            tried = _applied(text, edit)
            if tried is not None and _better(text, tried, shown, problem):
                text = tried
                fixed.append(problem)
                break
    return Mended(path, shown, before, text, tuple(reversed(fixed))) if fixed else None


def mend_all(problems: Iterable[Problem], found: dict[str, Path]) -> list[Mended]:
    """Every file that can be mended; `found` tells where the files that places name stand on disk."""
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.where and problem.where.line and problem.where.path in found:
            by_file.setdefault(problem.where.path, []).append(problem)
    tried = (mend(found[shown], shown, mine) for shown, mine in sorted(by_file.items()))
    return [one for one in tried if one]


def _proposed(problem: Problem, lines: Sequence[str]) -> Iterator[Edit]:
    where = problem.where
    if where is None or not 0 < where.line <= len(lines):
        return
    rest = lines[where.line - 1].rstrip("\r")[max(where.column - 1, 0) :]
    if problem.code == "R101" and problem.nearest and (key := KEY.match(rest)):
        yield Edit(where, key.group(), problem.nearest)
    if problem.code == "R103" and (value := VALUE.match(rest)) and value["text"]:
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", value["text"]))
        for new in dict.fromkeys((plain, FLAGS.get(plain.lower(), plain))):
            if new != value["text"]:
                yield Edit(where, value.group(), new)
    if problem.code == "R144" and (flag := FLAGGED.match(rest)):
        yield Edit(where, flag.group(), f"known: {MEANT[flag['said']]}")
        yield Edit(where, flag.group(), f"checked: {flag['said']}")
    if problem.code == "R144" and PUT in rest:
        yield Edit(where, rest, rest.replace(PUT, PUT_NOW))
    if problem.code == "C103":
        yield Edit(where, rest, "")


def _applied(text: str, edit: Edit) -> str | None:
    lines = text.split("\n")
    at, column = edit.where.line - 1, max(edit.where.column - 1, 0)
    line = lines[at]
    if not line.startswith(edit.old, column):
        return None
    lines[at] = (line[:column] + edit.new + line[column + len(edit.old) :]).rstrip(" ")
    if not lines[at].strip():
        del lines[at]
    return "\n".join(lines)


def _better(before: str, after: str, shown: str, problem: Problem) -> bool:
    """Whether the mended text has fewer problems and no new one; of a waiver or an older word, whether it says the same."""
    if problem.code in ("C103", "R144"):
        said, now = (parse_document(text, shown) for text in (before, after))
        return document_now(said[0]) == document_now(now[0]) and said[1] == now[1]
    had, has = (_told(text, shown) for text in (before, after))
    return len(has) < len(had) and set(has) <= set(had)


def _told(text: str, shown: str) -> list[tuple[str, str]]:
    """What is wrong with a text as the kind of file its path says it is, without places."""
    document, problems = parse_document(text, shown)
    if document is not None and not problems:
        problems = as_model(_kind(shown), document)[1]
    return [(problem.code, problem.says) for problem in problems]


def _kind(shown: str) -> Any:
    if "/findings/" in shown:
        return FindingFile
    if shown.startswith("rules/"):
        return Department if shown.endswith("department.yaml") else Project
    return Actuals
