"""Runs of text whose look changes what they mean: raised, lowered and struck out, in every format alike.

A raised 4 is written ⁴, a lowered 2 is ₂, so that 10⁴人 is never 104人 and a note mark never joins a number; what is struck
out is not part of the text and is told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from evaluator.errors import Problem, Where

_RAISED = str.maketrans("0123456789+-−=()（）n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−=()（）", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎₍₎")

Level = Literal["", "raised", "lowered"]
LEVELS: dict[str, Level] = {"superscript": "raised", "subscript": "lowered"}  # as Office files name them


@dataclass(frozen=True, slots=True)
class Look:
    """How a run stands: on the line, raised or lowered; struck out; hidden."""

    level: Level = ""
    struck: bool = False
    hidden: bool = False


PLAIN = Look()


def text_of(runs: Iterable[tuple[str, Look]], strike: Callable[[str], None]) -> str:
    """The text that runs make; `strike` is called with what was struck out and left out."""
    shown = [(text, look) for text, look in runs if not look.hidden]
    if gone := "".join(text for text, look in shown if look.struck).strip():
        strike(gone)
    return "".join(leveled(text, look.level) for text, look in shown if not look.struck)


def leveled(text: str, level: Level) -> str:
    """A text with its digits and signs raised or lowered."""
    return text.translate(_RAISED if level == "raised" else _LOWERED) if level else text


def struck_out(text: str, where: Where | None = None) -> Problem:
    """The note on a text that was struck out."""
    shown = " ".join(text.split())
    says = f"划去的文字“{shown[:40]}{'…' if len(shown) > 40 else ''}”没有读取"
    return Problem("D130", says, where, "没有作废的，取消删除线", severity="警告")
