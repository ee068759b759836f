"""What went wrong, said so that a person can mend it: problems as values, and the errors that carry them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

Severity = Literal["错误", "警告", "提示"]
LONGEST_WORD = 200  # characters; what is longer was not misspelt
MOST = 1_000  # problems that are told of one document
SEVERITIES: tuple[Severity, ...] = ("错误", "警告", "提示")


def one_line(text: str) -> str:
    """A text as one line of a terminal: line breaks and tabs as blanks, no controls and nothing unseen (bidi marks)."""
    if text.isprintable():
        return text
    return "".join(_SHOWN.get(unicodedata.category(char), char) if char not in "\n\r\t" else " " for char in text)


_SHOWN = {"Cc": "", "Cf": "", "Cs": "", "Zl": " ", "Zp": " "}


@dataclass(frozen=True, slots=True)
class Where:
    """A place a person can go to: `file:line:col`, or `workbook!sheet!cell` (lines and columns count from 1)."""

    path: str
    line: int = 0
    column: int = 0
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        if self.sheet:
            return f"{self.path}!{self.sheet}" + (f"!{self.cell}" if self.cell else "")
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: a stable code, what, where, what is allowed, the nearest match, and what to do about it."""

    code: str
    says: str
    where: Where | None = None
    allowed: str = ""
    nearest: str = ""
    severity: Severity = "错误"
    remedy: str = ""

    @property
    def message(self) -> str:
        """What is wrong and what to do about it, without place and code."""
        parts = {"允许": self.allowed, "最接近的是": self.nearest, "处理": self.remedy}
        return self.says + "".join(f"；{label}：{text}" for label, text in parts.items() if text)

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        return one_line(f"{head}{self.severity} {self.code} {self.message}")


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the allowed word closest to `word`, or an empty string when none is close."""
    if len(word) > LONGEST_WORD:
        return ""
    return next(iter(difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.5)), "")


PROVINCES = frozenset(
    [
        "anhui",
        "beijing",
        "chongqing",
        "fujian",
        "gansu",
        "guangdong",
        "guangxi",
        "guizhou",
        "hainan",
        "hebei",
        "heilongjiang",
        "henan",
        "hongkong",
        "hubei",
        "hunan",
        "jiangsu",
        "jiangxi",
        "jilin",
        "liaoning",
        "macau",
        "neimenggu",
        "ningxia",
        "qinghai",
        "shaanxi",
        "shandong",
        "shanghai",
        "shanxi",
        "sichuan",
        "taiwan",
        "tianjin",
        "xinjiang",
        "xizang",
        "yunnan",
        "zhejiang",
    ]
)


def nearest_of_place(word: str, allowed: Iterable[str]) -> str:
    """As `nearest`, for ids that may begin with a province (hubei-2020-3): one province is never suggested for another."""
    place = word.lower().partition("-")[0]
    return nearest(word, [name for name in allowed if place not in PROVINCES or name.partition("-")[0] == place])


def foremost(problems: Iterable[Problem], code: str, where: Where | None) -> list[Problem]:
    """The first so many problems of a document, and that there are more; `code` says so."""
    kept = list(islice(problems, MOST + 1))
    return kept if len(kept) <= MOST else [*kept[:MOST], Problem(code, f"问题过多，只列出前 {MOST} 处", where)]


class EvaluatorError(Exception):
    """Any error a user can mend; `exit_code` is what the command line returns for it."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[EvaluatorError], tuple[tuple[Problem, ...]]]:
        """As another process gets it: with its problems, not with their text."""
        return type(self), (self.problems,)


class RuleProblems(EvaluatorError):
    """The rule files cannot be used as they stand."""


class ActualsProblems(EvaluatorError):
    """The results cannot be read as they stand; nothing of them has been used."""


class ReviewProblems(EvaluatorError):
    """The grounds stated in a review cannot be applied as they stand; nothing of them has been used."""


class UsageProblem(EvaluatorError):
    """The command was asked for something that is not there, or that makes no sense."""

    exit_code = 2


class InferenceFailed(EvaluatorError):
    """The rule executor itself failed; no finding of this run can be relied on."""

    exit_code = 4
