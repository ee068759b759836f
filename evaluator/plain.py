"""Plain data and its JSON text: what programs read, the same bytes for the same content."""

from __future__ import annotations

import io
import json
import re
from itertools import zip_longest
from typing import Any

from evaluator.errors import Problem, one_line


def dumps(content: Any) -> str:
    """JSON text for people and programs: Chinese as it is, two spaces, a newline at the end."""
    return _UNSEEN.sub(_escaped, json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


# what JSON leaves as it is and a terminal would act upon: bidi marks and the other unseen, C1 controls, line separators
_UNSEEN = re.compile("[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# colours, and what a progress bar needs: a return to the start of the line, the cursor hidden, the line cleared
_OURS = re.compile(r"\A\r?(?:\x1b\[\?25[lh])?|\x1b\[(?:[0-9;]*m|\?25[lh]|K)")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


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
