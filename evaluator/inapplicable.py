"""A row that does not apply (不适用): how a result says so and why.

It is written where the actual is written, its reason beside it as its cause: 不适用, or 不适用：原因 in the same cell.
"""

from __future__ import annotations

import re

from evaluator.findings.emptywords import says_nothing
from evaluator.model import Result
from evaluator.policy import Policy
from evaluator.quantities.numerals import Unreadable

WORD = "不适用"
_SAID = re.compile(
    rf"{WORD}[。.]?|{WORD}\s*(?:[:：,，;；]\s*(?P<why>.+?)|[(（]\s*(?P<within>.+?)\s*[)）])[。.]?", re.DOTALL
)


def said(actual: str | None) -> bool:
    """Whether an actual says that its row does not apply."""
    return actual is not None and _SAID.fullmatch(actual.strip()) is not None


def reason_of(actual: str, cause: str) -> str:
    """Why a row does not apply, as its actual says or else its cause; '' where neither does."""
    match = _SAID.fullmatch(actual.strip())
    given = (match["why"] or match["within"] or "") if match else ""
    return next((" ".join(text.split()) for text in (given, cause) if not says_nothing(text)), "")


def admitted(result: Result, policy: Policy) -> str:
    """The reason of a result that says its row does not apply; raises Unreadable (A135, A136) where the policy takes none,
    or none is given."""
    actual = result.actual or ""
    if not policy.leaves_out:
        says = "不接受" if policy.not_applicable else "没有写明怎样算"
        raise Unreadable(
            "A135",
            f"评分办法“{policy.id}”{says}“{WORD}”的指标",
            "实际完成值；或改用写明不适用怎样算（not_applicable）的办法",
        )
    if not (reason := reason_of(actual, result.cause)):
        raise Unreadable("A136", f"写了“{WORD}”，没有写明原因", f"在偏差原因中写明，或写成“{WORD}：原因”")
    return reason
