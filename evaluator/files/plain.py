"""Plain data and its JSON text: what programs read, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from evaluator.errors import Problem, one_line


def dumps(content: Any) -> str:
    """JSON text for people and programs: Chinese as it is, two spaces, a newline at the end."""
    return _ACTED_UPON.sub(_escaped, json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


# characters that nobody sees, as a class of a pattern: zero widths, byte order marks, soft hyphens, bidi controls, fillers
INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# what JSON leaves as it is and a terminal would act upon: the unseen, C1 controls, line separators
_ACTED_UPON = re.compile(f"[\x7f-\x9f\u2028\u2029{INVISIBLE}]")
# colours, and what a progress bar needs: a return to the start of the line, the cursor hidden, the line cleared
_OURS = re.compile(r"\A\r?(?:\x1b\[\?25[lh])?|\x1b\[(?:[0-9;]*m|\?25[lh]|K)")


def seen(text: str) -> str:
    """A text without the characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def for_terminal(text: str) -> str:
    """A text of many lines without what a terminal would act upon, apart from the colours and bars of our own."""
    if text.replace("\n", "").isprintable():
        return text
    lines, ours = _OURS.split(text), _OURS.findall(text)
    plain = ("\n".join(one_line(line) for line in part.split("\n")) for part in lines)
    return "".join(one + other for one, other in zip_longest(plain, ours, fillvalue=""))


class Terminal(io.TextIOWrapper):
    """A stream of text to a person: whatever a name holds, it cannot steer the terminal."""

    def write(self, text: str) -> int:
        """Write the text without what a terminal would act upon."""
        super().write(for_terminal(text))
        return len(text)


def problem_json(problem: Problem) -> dict[str, str]:
    """One problem as plain data."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "where": str(problem.where or ""),
        "says": problem.says,
        "allowed": problem.allowed,
        "nearest": problem.nearest,
        "remedy": problem.remedy,
    }


def notes_json(notes: Iterable[Problem]) -> dict[str, list[dict[str, str]]]:
    """Notes as `notes` of plain data, which is there only where there are any."""
    told = [problem_json(note) for note in notes]
    return {"notes": told} if told else {}
