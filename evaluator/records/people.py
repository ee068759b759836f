"""Whose hand it was: a name as it is kept, and when two names are one person's.

A name is what somebody typed, and proves nothing; a signature (signing.py) does.
"""

from __future__ import annotations

import re
import unicodedata

from evaluator.errors import Problem, UsageProblem

# Unicode's Default_Ignorable_Code_Point: what a reader does not see
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def person(name: str) -> str:
    """What tells people apart: letters and digits alone, so that 张 三, 张　三 and 张三 are one."""
    seen = UNSEEN.sub("", unicodedata.normalize("NFKC", UNSEEN.sub("", name)))
    return "".join(char for char in seen if unicodedata.category(char)[0] in "LMN").casefold()


def name_of(text: str) -> str:
    """A name as it is kept: as it was typed, without what a reader does not see; raises UsageProblem (U371)."""
    if not person(text):
        raise UsageProblem([Problem("U371", "没有写姓名：只有空白或看不见的字符", None, "--by 姓名")])
    shown = "".join(" " if unicodedata.category(char)[0] in "ZC" else char for char in UNSEEN.sub("", text))
    return " ".join(shown.split())
