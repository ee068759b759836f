"""Open questions: a `?` in a rule file that a person has yet to answer, and the words of the question above it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from evaluator.documents import Mapping, Text, read_document
from evaluator.errors import Problem
from evaluator.files import take_text
from evaluator.validation import as_model, named

Model = TypeVar("Model", bound=BaseModel)
OPEN = "?"


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
    marks = list(_marks(document, ()))
    lines = take_text(path).splitlines() if marks else []
    problems = []
    for keys, mark in marks:
        says = _comment_above(lines, mark.where.line) or "还没有答复"
        name = named(model, keys, document)
        problems.append(Problem("R120", f"{name}待答复：{says}", mark.where, "把“?”改成答复"))
    return problems


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


def _comment_above(lines: list[str], line: int) -> str:
    """The comment lines that stand right above a line, in order, as one sentence."""
    told: list[str] = []
    for at in range(line - 2, -1, -1):
        text = lines[at]
        if not text.lstrip().startswith("#"):
            break
        told.insert(0, text.strip().lstrip("# "))
    return "；".join(told)
