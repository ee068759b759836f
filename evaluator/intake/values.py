"""A draft as a tree of values: what is written, what the document said, where; questions and comments stay beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from evaluator.documents.validation import named
from evaluator.documents.yamltext import Path
from evaluator.errors import Problem, Severity
from evaluator.intake.document import Place, PlacedText, SourceDocument
from evaluator.model import Department, Project
from evaluator.rulebook.unanswered import ASKS, BETWEEN, CHOOSE, OPEN, SAID


@dataclass(slots=True)
class Value:
    """One value of a draft.

    `said` is what the document says, None for a value that does not come from it (points of a policy, a formula by name).
    """

    text: str
    said: str | None = None
    place: Place | None = None
    above: list[str] = field(default_factory=list)
    beside: str = ""
    number: bool = False
    doubt: str = ""  # why it cannot be taken as it stands, known when it was read
    options: tuple[str, ...] = ()  # what it may be then
    doubted: str | None = None  # what would be written, were there no question

    @property
    def mark(self) -> str:
        """A fingerprint of what the document gives for this value."""
        return mark(self.text if self.doubted is None else self.doubted)


Tree = dict[str, Any]  # of Value, Tree and lists of them; the key "#" holds comment lines above a list item


@dataclass(frozen=True, slots=True)
class Question:
    """A question on one value: why it cannot be taken as it stands, and the answers that come to mind."""

    code: str
    path: Path
    says: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.says + (CHOOSE + BETWEEN.join(self.choices) if self.choices else "")


@dataclass(slots=True)
class Draft:
    """A rule file in the making: its tree, the file it belongs in, its questions and what else was noticed."""

    document: SourceDocument
    stem: str
    called: str
    tree: Tree
    start: Place
    head: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    noticed: list[Problem] = field(default_factory=list)
    _values: dict[Path, Value] = field(default_factory=dict)

    def at(self, path: Path) -> Value:
        """The value at a path."""
        if not self._values:
            self._values = leaves(self.tree)
        return self._values[path]

    def words(self, path: Path) -> str:
        """The way to a value in the words people are shown."""
        return named(Project if "indicators" in self.tree else Department, path, as_data(self.tree))

    def notice(self, code: str, says: str, place: Place | None = None, severity: Severity = "提示") -> None:
        """Note a thing that needs no answer but that a person should know."""
        where = self.document.where(place or self.start)
        self.noticed.append(Problem(code, f"{self.called}：{says}", where, severity=severity))

    def ask(self, question: Question) -> None:
        """Open a question: the value becomes `?`, with the question and what the document says above it."""
        value = self.at(question.path)
        if value.doubted is not None:
            return  # asked already
        self.questions.append(question)
        value.above.append(f"{ASKS}{question.code}：{question}")
        if value.said is not None:
            value.above.append(f"{SAID}{value.said or '（空白）'}" + (f"（{value.place}）" if value.place else ""))
        value.doubted, value.text, value.beside, value.number = value.text, OPEN, "", False

    def problem(self, question: Question) -> Problem:
        """A question as it is told on a terminal."""
        value = self.at(question.path)
        says = f"{self.called} {self.words(question.path)}：{question.says}"
        where = self.document.where(value.place or self.start)
        return Problem(question.code, says, where, BETWEEN.join(question.choices), severity="警告")


def mark(text: str) -> str:
    """Eight hexadecimal digits that tell whether a text has changed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def told(found: PlacedText | None, number: bool = False) -> Value:
    """A value as the document says it, on one line; blank when it is not there."""
    if found is None:
        return Value("", None, number=number)
    return Value(found.flat, found.flat, found.place, number=number)


def leaves(tree: Any, path: Path = ()) -> dict[Path, Value]:
    """Every value of a tree by its path; items of a list are named by their id, else by their number from 1."""
    return dict(_leaves(tree, path))


def _leaves(tree: Any, path: Path) -> Iterator[tuple[Path, Value]]:
    if isinstance(tree, Value):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key != "#":
                yield from _leaves(value, (*path, key))
    else:
        for number, item in enumerate(tree, 1):
            yield from _leaves(item, (*path, item["id"].text if isinstance(item, dict) else str(number)))


def as_data(tree: Any) -> Any:
    """The tree as plain mappings, lists and texts: what the written file holds."""
    if isinstance(tree, Value):
        return tree.text
    if isinstance(tree, dict):
        return {key: as_data(value) for key, value in tree.items() if key != "#"}
    return [as_data(item) for item in tree]
