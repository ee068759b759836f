"""Lines of text as a page sets them: characters gathered into lines, and lines that only wrap joined. Geometry only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from evaluator.intake.readers.runs import leveled

_TOKEN = re.compile(r"[!-~]+|.")
SMALL, RAISED = 0.8, 0.25  # of the height of a line: what is raised is no higher, and ends so far above its foot
_CLOSING = "，。、；：！？）】》”’,.;:!?)]%"


@dataclass(frozen=True, slots=True)
class Char:
    """A character and the box it stands in; y grows downwards."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text, from where to where it runs, and how high it is."""

    text: str
    x0: float
    x1: float
    y: float
    height: float


def lines_of(chars: list[Char]) -> list[TextLine]:
    """Characters as lines, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda one: one.y0 + one.y1):
        middle = (char.y0 + char.y1) / 2
        first = rows[-1][0] if rows else None
        if first and abs(middle - (first.y0 + first.y1) / 2) < 0.5 * max(first.y1 - first.y0, char.y1 - char.y0, 1.0):
            rows[-1].append(char)
        else:
            rows.append([char])
    made = []
    for row in rows:
        row.sort(key=lambda one: one.x0)
        raised = _raised(row)
        told = ""
        for at, char in enumerate(row):
            gap = (char.x0 - row[at - 1].x1) / (char.y1 - char.y0) if at else 0.0
            words = told[-1:].isascii() and char.text.isascii()
            told += " " if gap > (0.25 if words else 1.0) and not told.endswith(" ") else ""
            told += leveled(char.text, "raised") if at in raised else char.text
        solid = [char for char in row if not char.text.isspace()]
        if solid:
            height = max(char.y1 - char.y0 for char in solid)
            made.append(TextLine(told.strip(), solid[0].x0, solid[-1].x1, min(c.y0 for c in solid), height))
    return made


def _raised(row: list[Char]) -> set[int]:
    """Which characters of a line are smaller than the rest and stand well above its foot: exponents and note marks."""
    height = max(char.y1 - char.y0 for char in row)
    foot = max((char.y1 for char in row if char.y1 - char.y0 > SMALL * height), default=0.0)
    return {
        at
        for at, char in enumerate(row)
        if char.y1 - char.y0 <= SMALL * height and char.y1 < foot - RAISED * height and not char.text.isspace()
    }


def solid_end(line: TextLine) -> float:
    """Where a line ends, without a closing mark that may hang over the margin."""
    return line.x1 - (line.height if line.text.endswith(tuple(_CLOSING)) else 0.0)


def goes_on(line: TextLine, following: TextLine, right: float) -> bool:
    """Whether a line ends only because the first word of the following one did not fit before `right`."""
    token = _TOKEN.match(following.text)
    if not token:
        return False
    word = token[0]
    if following.text[len(word) : len(word) + 1] in tuple(_CLOSING):
        word += "，"  # closing marks never begin a line
    em = min(following.height, following.x1 - following.x0 + 1.0)
    needs = sum(0.55 if ord(one) < 128 else 1.0 for one in word) * em
    return right - line.x1 < needs + 0.3 * em


def glued(before: str, after: str) -> str:
    """Two parts of a broken line as one, with a space only between words of letters."""
    apart = before[-1:].isascii() and before[-1:].isalpha() and after[:1].isascii() and after[:1].isalpha()
    return before + (" " if apart else "") + after


def text_in(lines: list[TextLine], left: float, right: float) -> str:
    """The text of a cell: lines joined where they only wrap."""
    if not lines:
        return ""
    inset = max(min(line.x0 for line in lines) - left, 0.0)
    longest = max(solid_end(line) for line in lines)
    told = lines[0].text
    for line, following in pairwise(lines):
        edge = max(right - min(inset, 8.0), longest)
        told = glued(told, following.text) if goes_on(line, following, edge) else f"{told}\n{following.text}"
    return told
