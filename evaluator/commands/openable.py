"""Places as a person in the current folder can open them; in files that are kept they stay relative to the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from evaluator.errors import Problem, Where

# what a place in a workspace looks like inside a sentence: one of its folders, and a file in it
_INSIDE = re.compile(
    r"(?<![\w./\\-])(?:rules|actuals|evidence|rectification|monitoring|office|scenarios|reports)/[^:!；、。“”\n]*?\.(?:ya?ml|xlsx|csv)"
)
_roots: list[Path] = []
_documents: dict[str, str] = {}  # by the name they are told under, what a person called them


def relative_to(roots: Iterable[Path]) -> None:
    """Where places of this command are relative to: its workspace, then the product."""
    _roots[:] = roots
    _documents.clear()


def called(documents: Iterable[Path]) -> None:
    """Documents that this command was given, which are told by their name alone where no two have the same."""
    given = list(dict.fromkeys(documents))
    names = [one.name for one in given]
    _documents.update({one.name: one.as_posix() for one in given if names.count(one.name) == 1})


def opened_at() -> list[str] | None:
    """The workspace of this command as an argument of another ([] for the current folder); None when it opened none."""
    return None if not _roots else [] if _roots[0].resolve() == Path.cwd() else [here(".")]


def here(path: str) -> str:
    """A path of the workspace relative to the current folder; a document as it was given; any other as it is."""
    if path in _documents:
        return _documents[path]
    for root in _roots if path and not Path(path).is_absolute() else ():
        if (root / path).exists():
            try:
                return Path(os.path.relpath(root / path)).as_posix()
            except ValueError:  # on another drive
                return (root / path).as_posix()
    return path


def located(where: Where) -> str:
    """A place as it is printed."""
    return str(replace(where, path=here(where.path)))


def in_text(text: str) -> str:
    """A text with the places in it as they are printed."""
    return _INSIDE.sub(lambda found: here(found[0]), text) if _roots else text


def told(problem: Problem) -> str:
    """A problem as it is printed."""
    where = replace(problem.where, path=here(problem.where.path)) if problem.where else None
    says, allowed, remedy = (in_text(text) for text in (problem.says, problem.allowed, problem.remedy))
    return str(replace(problem, where=where, says=says, allowed=allowed, remedy=remedy))
