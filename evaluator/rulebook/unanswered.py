"""Open questions: a `?` in a rule file that a person has yet to answer, and the words of the question above it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from evaluator.documents.loading import Mapping, Text, read_document
from evaluator.documents.validation import as_model, named
from evaluator.errors import Problem, Where, foremost
from evaluator.files.snapshot import take_text

Model = TypeVar("Model", bound=BaseModel)
OPEN = "?"
ASKS, CHOOSE, SAID = "问题 ", "；可选：", "原文："  # how an import writes a question above its `?`
BETWEEN = " / "  # of choices
_ASKED = re.compile(rf"{ASKS}(?P<code>[A-Z][0-9]{{3}})：(?P<says>.*?)(?:{CHOOSE}(?P<choices>.*))?", re.S)


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """A `?` by its path (items of a list by their id, else by their number), and the comment lines above it."""

    path: tuple[str, ...]
    where: Where
    told: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path joined by dots."""
        return ".".join(self.path)

    @property
    def code(self) -> str:
        """The code of the question, '' where a person wrote the `?`."""
        return self._question["code"] if self._question else ""

    @property
    def says(self) -> str:
        """The question in words."""
        says: str = self._question["says"] if self._question else "；".join(self.told)
        return says or "还没有答复"

    @property
    def choices(self) -> tuple[str, ...]:
        """The answers that the question names; one that the comment cuts off is none."""
        listed = (self._question["choices"] if self._question else None) or ""
        return tuple(one for one in listed.split(BETWEEN) if one and not one.endswith("…"))

    @property
    def said(self) -> str:
        """What the document says there, with its place; ''."""
        return next((line.removeprefix(SAID) for line in reversed(self.told) if line.startswith(SAID)), "")

    @property
    def _question(self) -> re.Match[str] | None:
        asked = filter(
            None, map(_ASKED.fullmatch, reversed(self.told))
        )  # the nearest: a file begins with comments of its own
        return next(asked, None)


def read_answered(model: type[Model], path: Path, shown_as: str) -> tuple[Model | None, list[Problem], Any]:
    """Read a rule file as `read_model` does; each open `?` is a problem (R120) and the file is no model until answered.

    The document itself is returned too, so that its code is known even when it cannot be used yet.
    """
    document, problems = read_document(path, shown_as)
    if document is None or problems:
        return None, problems, document
    asked = open_questions(model, document, path)
    made, found = as_model(model, document)
    if not asked:
        return made, found, document
    lines = {problem.where.line for problem in asked if problem.where}
    return None, [*asked, *(p for p in found if p.where is None or p.where.line not in lines)], document


def open_questions(model: type[BaseModel], document: Any, path: Path) -> list[Problem]:
    """Each `?` of a document that is alone in its place, with the comment above it."""
    if next(_marks(document, ()), None) is None:
        return []
    asked = asked_in(document, take_text(path))
    return foremost((_open(one, model, document) for one in asked), "Y102", getattr(document, "where", None))


def _open(one: QuestionMark, model: type[BaseModel], document: Any) -> Problem:
    says = f"{named(model, one.path, document)}待答复：{'；'.join(one.told) or '还没有答复'}"
    return Problem("R120", says, one.where, "ziping answer 逐个答复，或把“?”改成答复")


def asked_in(document: Any, text: str) -> list[QuestionMark]:
    """The open questions of a document and its text, in order."""
    lines = text.splitlines()
    return [
        QuestionMark(keys, mark.where, _comment_above(lines, mark.where.line)) for keys, mark in _marks(document, ())
    ]


def _marks(document: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Text]]:
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from _marks(value, (*keys, key))
    elif isinstance(document, list):
        for number, item in enumerate(document, 1):
            name = str(item.get("id") or number) if isinstance(item, Mapping) else str(number)
            yield from _marks(item, (*keys, name))
    elif isinstance(document, Text) and document == OPEN:
        yield keys, document


def _comment_above(lines: list[str], line: int) -> tuple[str, ...]:
    """The comment lines that stand right above a line, in order."""
    told: list[str] = []
    for at in range(line - 2, -1, -1):
        text = lines[at]
        if not text.lstrip().startswith("#"):
            break
        told.insert(0, text.strip().lstrip("# "))
    return tuple(told)
