"""A book apart from any format: chapters of entries whose texts lead to one another by anchors.

A format renders any book: it lays out, escapes and links, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `leads` is the anchor it links to, or empty."""

    text: str
    leads: str = ""


Text = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    text: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what is said under each."""

    rows: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are relative, one for each head."""

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of a file as they stand there, with what they show."""

    label: str
    text: str


Block = Paragraph | Facts | Table | Snippet


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a reader looks up: its anchor, its title, a short word beside it (编号, 程度), and entries under it."""

    anchor: str
    title: str
    beside: tuple[str, ...]
    blocks: tuple[Block, ...]
    parts: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: what it is about, and its entries."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A book: title, what the first page says of it, its chapters, and what stands at the foot of every page."""

    title: str
    about: Facts
    chapters: tuple[Chapter, ...]
    stamp: str


def plain(text: str) -> Text:
    """A text that leads nowhere."""
    return (Piece(text),)


def link(text: str, leads: str) -> Text:
    """A text that leads to an anchor."""
    return (Piece(text, leads),)


def joined(texts: list[Text], between: str = "、", none: str = "—") -> Text:
    """Texts one after another, or what is said when there are none."""
    made: list[Piece] = []
    for number, text in enumerate(texts):
        made += ([Piece(between)] if number else []) + list(text)
    return tuple(made) or plain(none)


def entries(book: Book) -> Iterator[Entry]:
    """Every entry of a book, those under others after them."""
    for chapter in book.chapters:
        for entry in chapter.entries:
            yield from _with_parts(entry)


def _with_parts(entry: Entry) -> Iterator[Entry]:
    yield entry
    for part in entry.parts:
        yield from _with_parts(part)
