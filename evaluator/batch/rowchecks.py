"""What has to hold of rows and projects before they are scored: the checks of rule files, on columns of texts.

A bad row is rejected with its reason, and with it the other rows of its project: a project that lacks a row would be
scored wrongly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import TypeAdapter, ValidationError

from evaluator.batch.columns import INPUT, OF_PROJECT, WRONG
from evaluator.batch.pairs import SIGNS, Rejected
from evaluator.batch.texts import TextColumn, joint
from evaluator.batch.writing import parts_of
from evaluator.documents.written import Code, Name, Points, Share, Year
from evaluator.errors import UsageProblem
from evaluator.figures import points as shown_points
from evaluator.model import State
from evaluator.quantities.quantity import Unreadable, read_money
from evaluator.quantities.signs import ALLOWED
from evaluator.rulebook.book import Rulebook

MONEY = ("initial", "adjusted", "executed")
PLAIN_MONEY = (
    (r"^[0-9]{1,9}(\.[0-9]{1,6})?$", "", 6),
    (r"^[0-9]{1,13}(\.[0-9]{1,2})?元$", "元", 2),
)  # and places of 分
UNKNOWN = -1  # an amount that was not given


def _allowed(kind: Any, says: str, blank: bool = False) -> Callable[[str], str]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(word: str) -> str:
        if blank and not word:
            return ""
        try:
            adapter.validate_python(word)
        except ValidationError:
            return says
        return ""

    return check


CHECKS: dict[str, Callable[[str], str]] = {
    "year": _allowed(Year, "应为 2000 至 2100 的年份"),
    "unit_code": _allowed(Code, "应为至多 40 个字母、数字、下划线、点或短横"),
    "project_code": _allowed(Code, "应为至多 40 个字母、数字、下划线、点或短横"),
    "project": _allowed(Name, "应为 1 至 200 个字"),
    "indicator": lambda word: "" if 0 < len(word) <= 20 else "应为 1 至 20 个字",
    "category": _allowed(Name, "应为 1 至 200 个字"),
    "dimension": _allowed(Name, "应为 1 至 200 个字"),
    "name": _allowed(Name, "应为 1 至 200 个字"),
    "points": _allowed(Points, "应为不超过两位小数的非负数"),
    "sign": lambda word: "" if (word or None) in SIGNS else f"应为 {ALLOWED}",
    "state": lambda word: "" if not word or word in get_args(State) else f"应为 {'、'.join(get_args(State))} 之一",
    "share": _allowed(Share, "应为不超过 100% 的百分数，如 85%", blank=True),
}

PLAINLY_GOOD = dict.fromkeys(("unit_code", "project_code"), "^[0-9A-Za-z]{1,40}$") | {"project": "^.{1,60}$"}


def _doubtful(name: str, column: TextColumn) -> list[int]:
    """The words of a column that need a closer look: of codes and names, those that are not plainly good."""
    if name not in PLAINLY_GOOD:
        return list(range(len(column.array)))
    good = pc.match_substring_regex(column.array, PLAINLY_GOOD[name])
    return np.flatnonzero(~np.asarray(good)).tolist()


def check_rows(columns: Mapping[str, TextColumn], rejects: dict[int, Rejected]) -> None:
    """Reject rows with a cell that cannot be used (I501), first those that its reader could not tell."""
    wrong = columns[WRONG]
    rejects.update((row, ("I501", wrong.at(row))) for row in np.flatnonzero(wrong.given()).tolist())
    for name, check in CHECKS.items():
        column = columns[name]
        unfit = {code: says for code in _doubtful(name, column) if (says := check(column.words[code]))}
        for row in np.flatnonzero(np.isin(column.codes, list(unfit))).tolist() if unfit else ():
            word, says = column.at(row), unfit[column.codes[row]]
            rejects.setdefault(row, ("I501", f"{INPUT[name].headings[0]}“{word[:40]}”不能用：{says}"))


def policies_of(columns: Mapping[str, TextColumn], rulebook: Rulebook, rejects: dict[int, Rejected]) -> TextColumn:
    """The id of the policy of every row: the one written, or the national one in force in the year (I502 where none)."""
    years, written = columns["year"], columns["policy"]
    key, rows = joint(years.key, written.key)
    words: list[str] = []
    for number, row in enumerate(rows.tolist()):
        year, word = years.at(row), written.at(row)
        says = name = ""
        try:
            asked: Any = SimpleNamespace(policy=word or None, year=int(year) if year.isdigit() else 0, where=None)
            name = rulebook.policy_for(asked).id
        except UsageProblem as error:
            says = error.problems[0].message
        words.append(name)
        if says:
            rejects.update((at, ("I502", says)) for at in np.flatnonzero(key == number).tolist() if at not in rejects)
    return TextColumn(key.astype(np.int32), words)


def money_of(column: TextColumn) -> tuple[Any, dict[int, str]]:
    """The amount in 分 of every distinct word, UNKNOWN where blank; and for words that are no amount, why."""
    texts = column.array
    fen = np.full(len(texts), UNKNOWN, dtype=np.int64)
    read = np.zeros(len(texts), dtype=bool)
    for pattern, unit, places in PLAIN_MONEY:
        plain = np.asarray(pc.match_substring_regex(texts, pattern))
        amounts = (
            pc.replace_substring(texts.filter(pa.array(plain)), unit, "") if unit else texts.filter(pa.array(plain))
        )
        fen[plain] = parts_of(amounts.cast(pa.decimal128(18, places)))
        read |= plain
        if read.all():
            break
    wrong: dict[int, str] = {}
    for code in np.flatnonzero(~read).tolist():
        if word := texts[code].as_py():
            try:
                fen[code] = read_money(word)
            except Unreadable as error:
                wrong[code] = str(error)
    return fen, wrong


def check_projects(
    columns: Mapping[str, TextColumn],
    starts: Any,
    project: Any,
    points: Any,
    execution: Any,
    rejects: dict[int, Rejected],
) -> dict[str, Any]:
    """Reject projects whose rows do not fit together; returns their amounts by name.

    I503 cells that differ from row to row, I504 an amount that cannot be read or a missing budget, I505 an indicator
    twice, I506 points that do not add up to 100.
    """
    for name in OF_PROJECT:
        column = columns[name]
        if len(column.array) == 1:
            continue
        differ = column.codes != column.codes[starts][project]
        if name in MONEY and differ.any():  # 100 and 100.00 are one amount
            fen, wrong = money_of(column)
            differ &= (fen[column.codes] != fen[column.codes[starts]][project]) | np.isin(column.codes, list(wrong))
        for row in np.flatnonzero(differ).tolist():
            says = f"{INPUT[name].headings[0]}与项目的第一行不一致：“{column.at(row)[:40]}”"
            rejects.setdefault(row, ("I503", says))
    moneys = {}
    for name in MONEY:
        fen, wrong = money_of(columns[name])
        codes = columns[name].codes[starts]
        moneys[name] = fen[codes]
        for code, says in wrong.items():
            for place in np.flatnonzero(codes == code).tolist():
                rejects.setdefault(int(starts[place]), ("I504", f"{INPUT[name].headings[0]}：{says}"))
    for place in np.flatnonzero(moneys["initial"] == UNKNOWN).tolist():
        rejects.setdefault(int(starts[place]), ("I504", "没有年初预算数"))
    ids = columns["indicator"]
    twice = pd.Series(project * len(ids.array) + ids.codes).duplicated()
    for row in np.flatnonzero(twice.to_numpy()).tolist():
        rejects.setdefault(row, ("I505", f"指标编号“{ids.at(row)}”在项目中重复"))
    whole = np.add.reduceat(points, starts) + execution if len(starts) else np.zeros(0)
    for place in np.flatnonzero(whole != 10_000).tolist():
        rows, part = int(whole[place] - execution[place]), int(execution[place])
        says = f"分值合计 {shown_points(int(whole[place]))}，不是 100（指标 {shown_points(rows)}，预算执行率 {shown_points(part)}）"
        rejects.setdefault(int(starts[place]), ("I506", says))
    return moneys


def withhold(project: Any, place: Callable[[int, int], str], rejects: dict[int, Rejected]) -> Any:
    """Reject the rest of every project with a rejected row (I507); returns which rows are left.

    `place` tells where a row stands, beside another.
    """
    if not rejects:
        return np.ones(len(project), dtype=bool)
    first: dict[int, int] = {}
    for row in sorted(rejects):
        first.setdefault(int(project[row]), row)
    lost = np.isin(project, list(first))
    for row in np.flatnonzero(lost).tolist():
        if row not in rejects:
            rejects[row] = ("I507", f"同一项目的{place(first[int(project[row])], row)}不能用，整个项目不评分")
    return ~lost
