"""Rows judged together: those that share a cell or a score, and targets without sign that one group must mean alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from evaluator.auditing.judgement import Judged, judge
from evaluator.auditing.readings import surely_met
from evaluator.auditing.recomputed import Verdict, figure, number, plain
from evaluator.figures import decimal
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.policy import Policy
from evaluator.quantities.units import UNIT_PATTERN

_TURNS = "降减负未不无非约计增超欠差"  # characters of a note in brackets that may change what the number says
_TOGETHER = ("合并计分，分值在各行间怎样分配不明", "合并计分，按各行平均分配")

_BLANK = ("与上面的行合并计分", "没有填写")


def judge_rows(table: FilledTable, rows: Sequence[FilledRow], policy: Policy) -> list[Judged]:
    """Every row, made ready; those that share a cell or a score are judged together."""
    made: list[Judged] = []
    for group in groups(rows):
        members = [rows[index] for index in group]
        found = [judge(row, policy, table.year) for row in members]
        made += found if len(group) == 1 else _together(members, found, policy, table.year)
    return _one_way(table.indicators, made)


def groups(rows: Sequence[FilledRow]) -> list[list[int]]:
    """Rows by the cells they share: merged figures, and rows whose points are not known below one that has them."""
    made: list[list[int]] = []
    for index, row in enumerate(rows):
        joined = bool(row.merged.keys() & {"target", "actual", "points", "score"})
        lacks = bool(made) and row.points is None and rows[made[-1][0]].points is not None
        if made and (joined or lacks):
            made[-1].append(index)
        else:
            made.append([index])
    return made


def tidy(row: FilledRow) -> FilledRow:
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


# ---- one meaning in one group ------------------------------------------------------------------------------------


def _one_way(rows: Sequence[FilledRow], made: list[Judged]) -> list[Judged]:
    """Rows of one level-2 group whose targets without sign were scored both as floors and as ceilings: the fewer of them,
    or all where there are as many, cannot be decided."""
    for _, run in groupby(range(len(rows)), key=lambda index: (rows[index].level1, rows[index].level2)):
        bare = [
            index
            for index in run
            if made[index].open_ways and len(made[index].ways) == 1 and made[index].verdict.verdict == "agree"
        ]
        counts = Counter(next(iter(made[index].ways)) for index in bare)
        if len(counts) < 2:
            continue
        most = max(counts.values())
        settled = (
            {way for way, count in counts.items() if count == most} if list(counts.values()).count(most) == 1 else set()
        )
        for index in bare:
            way = next(iter(made[index].ways))
            if way not in settled:
                made[index] = _contradicted(made[index], way)
    return made


def _contradicted(one: Judged, way: str) -> Judged:
    other = {"不低于": "不高于", "不高于": "不低于"}[way]
    reason = f"同组没有比较符的指标值，有的按“不低于”、有的按“不高于”才与得分相符；{one.verdict.reason}"
    listed = (one.verdict.reason, f"按“{other}”读，与同组别的行相同：不是 {one.verdict.printed}")
    return replace(one, verdict=Verdict("undecidable", one.verdict.printed, None, reason, listed), reached=None)


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
        Judged(replace(one.verdict, reason="分值、得分都是空白", readings=_BLANK))
        if row.points is row.score is None and not row.merged
        else one
        if (one.verdict.verdict == "agree" and not shared) or (own and row.score is None)
        else Judged(Verdict("undecidable", figure(row.score), None, why, _TOGETHER))
        for row, one in zip(rows, alone, strict=True)
    ]
    if missed:
        made[0] = Judged(Verdict("differ", figure(rows[0].score), None, f"合并计分得满分，而{missed}"))
    return made


def _missed(rows: Sequence[FilledRow], policy: Policy, year: int | None) -> str:
    """The part of one merged score that certainly missed its target, were all parts alike."""
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
