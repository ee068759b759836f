"""Waivers (免查): a comment in a file that says which diagnostic does not count at this place, and why.

    # 免查 F303：与财政局商定，本年度以按时完成率考核
    - id: 时效1

A waiver stands on the line it is about, or on a comment line above it. It needs a reason, a known code and something to
waive; an error (错误) cannot be waived. A waiver hides a diagnostic from `ziping check` only, never from a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.errors import Problem, Where, nearest
from evaluator.files.snapshot import Refused, take_text

SPLIT = re.compile(r"[、,，\s]+")
MARK = re.compile(r"(?:^|\s)#\s*免查\s*(?P<codes>[A-Za-z]\d{3}(?:[、,，\s]+[A-Za-z]\d{3})*)?\s*(?:[:：]\s*(?P<reason>.*?))?\s*$")  # fmt: skip
FORM = "# 免查 编号：理由，如 # 免查 F303：与财政局商定，以按时完成率考核"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver: where it is written, the line it is about, its codes and its reason."""

    where: Where
    line: int
    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Waived:
    """A diagnostic that does not count, and why."""

    problem: Problem
    reason: str


def read_waivers(path: Path, shown: str) -> list[Waiver]:
    """Every waiver of one file, in order; a file that cannot be read has none (that is told elsewhere)."""
    try:
        lines = take_text(path).splitlines()
    except Refused:
        return []
    found = []
    for number, line in enumerate(lines, 1):
        if "免查" in line and (match := MARK.search(line)):
            codes = tuple(code.upper() for code in SPLIT.split(match["codes"] or "") if code)
            where = Where(shown, number, line.index("#", match.start()) + 1)
            found.append(Waiver(where, _about(lines, number), codes, match["reason"] or ""))
    return found


def _about(lines: Sequence[str], number: int) -> int:
    """The line a comment is about: its own, or the next one that is not a comment."""
    while number <= len(lines) and lines[number - 1].lstrip().startswith("#"):
        number += 1
    return number


def apply_waivers(
    problems: Iterable[Problem], waivers: Sequence[Waiver], known: Iterable[str]
) -> tuple[list[Problem], list[Waived]]:
    """The problems that count, those of the waivers themselves (C101 to C104) among them, and the waived ones."""
    known = set(known)
    by_place = {(one.where.path, one.line, code): one for one in waivers if one.reason for code in one.codes}
    kept: list[Problem] = []
    waived: list[Waived] = []
    used: set[tuple[Where, str]] = set()
    for problem in problems:
        at = problem.where
        waiver = by_place.get((at.path, at.line, problem.code)) if at else None
        if waiver is None:
            kept.append(problem)
            continue
        used.add((waiver.where, problem.code))
        if problem.severity == "错误":
            kept += [
                problem,
                Problem("C104", f"{problem.code} 是错误，不能免查", waiver.where, "只有警告和提示可以免查"),
            ]
        else:
            waived.append(Waived(problem, waiver.reason))
    for waiver in waivers:
        kept += _faults(waiver, used, known)
    return kept, waived


def _faults(waiver: Waiver, used: set[tuple[Where, str]], known: set[str]) -> Iterator[Problem]:
    if not waiver.codes:
        yield Problem("C102", "免查没有写编号", waiver.where, FORM)
    if not waiver.reason:
        yield Problem("C101", f"免查 {'、'.join(waiver.codes)} 没有写理由，不起作用", waiver.where, FORM, "", "警告")
    for code in waiver.codes:
        if code not in known:
            yield Problem("C102", f"没有诊断 {code}", waiver.where, "", nearest(code, known))
        elif waiver.reason and (waiver.where, code) not in used:
            yield Problem("C103", f"这里没有 {code}，免查多余", waiver.where, "删去这条免查", "", "提示")
