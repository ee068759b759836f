"""Rows judged together: those that share a cell or a score, and those whose points follow from what the table adds up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from evaluator.auditing.judgement import Judged, judge, surely_met
from evaluator.auditing.recomputed import Verdict, figure, number, plain
from evaluator.figures import decimal
from evaluator.intake.forms import FilledRow, FilledTable
from evaluator.policy import Policy
from evaluator.quantities.units import UNIT_PATTERN

_TURNS = "降减负未不无非约计增超欠差"  # characters of a note in brackets that may change what the number says
_IMPLIED = "（没有印分值；各行得分合计等于分值合计，分值即得分）"


def ready(table: FilledTable) -> list[FilledRow]:
    """The rows of a table ready to be judged: with the points that follow from its sums, and tidy texts."""
    return [_tidy(row) for row in with_points(table)]


def judge_rows(table: FilledTable, rows: Sequence[FilledRow], policy: Policy) -> list[Judged]:
    """Every row, made ready; those that share a cell or a score are judged together."""
    made: list[Judged] = []
    for group in groups(table.indicators):
        members = [rows[index] for index in group]
        found = [judge(row, policy, table.year) for row in members]
        made += found if len(group) == 1 else _together(members, found, policy, table.year)
    return [
        one
        if own.points == row.points
        else replace(one, verdict=replace(one.verdict, reason=one.verdict.reason + _IMPLIED))
        for one, row, own in zip(made, rows, table.indicators, strict=True)
    ]


def groups(rows: Sequence[FilledRow]) -> list[list[int]]:
    """Rows by the cells they share: merged figures, and rows without points or score below one that has them."""
    made: list[list[int]] = []
    for index, row in enumerate(rows):
        joined = bool(row.merged.keys() & {"target", "actual", "points", "score"})
        lacks = made and any(
            getattr(row, name) is None and getattr(rows[made[-1][0]], name) is not None for name in ("points", "score")
        )
        if made and (joined or lacks):
            made[-1].append(index)
        else:
            made.append([index])
    return made


def _tidy(row: FilledRow) -> FilledRow:
    """A row without full stops after its target and actual, and without a sign before a target in words (=及时)."""
    told = {name: re.sub(r"[。；;，,、\s]+$", "", getattr(row, name) or "") or None for name in ("target", "actual")}
    if told["actual"]:  # 98.5%（问卷调查）
        told["actual"] = re.sub(
            rf"(?<=[0-9%％])\s*[（(](?![^()（）]*[{_TURNS}])[^()（）0-9]+[)）]$", "", told["actual"]
        )
    words = re.fullmatch(r"[=≥] ?([\u4e00-\u9fff]{2,})", plain(told["target"] or ""))
    if (
        words
        and not re.search("[零一二两三四五六七八九十百千万]", words[1])
        and not re.fullmatch(UNIT_PATTERN, words[1])
    ):
        told["target"] = words[1]
    return row.model_copy(update=told)


# ---- points that are not printed ---------------------------------------------------------------------------------


def with_points(table: FilledTable) -> list[FilledRow]:
    """The rows, with their points where these follow: rows whose scores add up to all the points they have together
    lost nothing, so that each has its score for points."""
    rows = list(table.indicators)
    for members, worth in _shares(table):
        scores = [number(rows[index].score) for index in members]
        if worth and None not in scores and sum(score for score in scores if score) == worth:
            for index in members:
                rows[index] = rows[index].model_copy(update={"points": rows[index].score})
    return rows


def _shares(table: FilledTable) -> Iterator[tuple[list[int], Fraction | None]]:
    """Rows that print no points, with the points they have together: the whole table's, or those of their level."""
    rows = table.indicators
    if table.rows_complete is False or any(row.merged.keys() & {"points", "score"} for row in rows):
        return
    spending = number(table.execution.points) if table.execution else None
    if all(row.points is None for row in rows) and spending is not None:
        yield list(range(len(rows))), 100 - spending
    for _, run in groupby(range(len(rows)), key=lambda index: rows[index].level1):
        members = list(run)
        told = {rows[index].level1_points for index in members} - {None}
        if rows[members[0]].level1 and len(told) == 1 and all(rows[index].points is None for index in members):
            yield members, number(told.pop())


# ---- cells over several rows -------------------------------------------------------------------------------------


def _together(rows: Sequence[FilledRow], alone: list[Judged], policy: Policy, year: int | None) -> list[Judged]:
    """Rows that share cells: decided is what agrees by itself, and a full score for all, right or with a part missed."""
    points, scores = (
        [number(getattr(row, name)) for row in rows if getattr(row, name)] for name in ("points", "score")
    )
    known = None not in points and None not in scores and points and scores
    full = known and sum(p for p in points if p) == sum(s for s in scores if s)
    if full and all(surely_met(row, policy, year) for row in rows):
        return [
            one
            if row.score is None and not row.merged  # blank, or merged and not marked so
            else Judged(
                Verdict("agree", figure(row.score), figure(row.points), "合并计分：各项都达到，得满分"), one.reached
            )
            for row, one in zip(rows, alone, strict=True)
        ]
    if full and len(scores) == len(rows) and all(row.merged.keys() == {"points"} for row in rows[1:]):
        return [judge(row.model_copy(update={"points": row.score}), policy, year) for row in rows]
    missed = _missed(rows, policy, year) if full and len(scores) == 1 else ""
    shared = any(row.merged.keys() & {"points", "score"} for row in rows)
    own = not shared and all(row.points for row in rows)
    why = "单元格合并，不能逐行判定" if own else "合并计分"
    made = [
        one
        if (one.verdict.verdict == "agree" and not shared) or (own and row.score is None)
        else Judged(Verdict("undecidable", figure(row.score), None, why))
        for row, one in zip(rows, alone, strict=True)
    ]
    if missed:
        made[0] = Judged(Verdict("differ", figure(rows[0].score), None, f"合并计分得满分，而{missed}"))
    return made


def _missed(rows: Sequence[FilledRow], policy: Policy, year: int | None) -> str:
    """The part of one merged score that certainly missed its target by more than any rounding, were all parts alike."""
    if any(row.merged.keys() & {"points", "score"} != {"points", "score"} for row in rows[1:]):
        return ""
    share = decimal((number(rows[0].points) or Fraction(0)) / len(rows))
    alike = [
        row.model_copy(update={"points": share, "score": share})
        for row in rows
        if not row.merged.keys() & {"target", "actual"}
    ]
    found = [(row, judge(row, policy, year).verdict) for row in alike]
    return next(
        (f"{verdict.reason}（“{row.level3 or row.target}”）" for row, verdict in found if verdict.verdict == "differ"),
        "",
    )
