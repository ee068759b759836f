"""A row judged: its printed score agrees when a sure reading gives it, differs when no reading does, else it is undecidable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile

from evaluator.auditing.meanings import RowReading
from evaluator.auditing.readings import readings
from evaluator.auditing.recomputed import Reached, Verdict, coarser, figure, is_blank, number, rounded
from evaluator.figures import half_up, percent
from evaluator.inapplicable import WORD, said
from evaluator.intake.filled.formdata import FilledRow
from evaluator.policy import Policy


@dataclass(frozen=True, slots=True)
class Judged:
    """A row's verdict, with what the defects need to know.

    Its reading where one holds, a sign that seems reversed, the coarser rounding that gives the printed score; `ways` are the
    meanings of a target without sign that give it, `open_ways` whether others were possible.
    """

    verdict: Verdict
    reached: Reached | None = None
    reversed: bool = False
    coarse: str = ""
    ways: frozenset[str] = frozenset()
    open_ways: bool = False
    points: Fraction | None = None  # where they are not printed but follow from the table
    unmet: bool = False  # in a form that gives no scores


@dataclass(frozen=True, slots=True)
class Defect:
    """Something certainly wrong: its code, what it is about (an indicator, or a part of the table) and what is wrong."""

    code: str
    subject: str
    says: str


def judge_row(row: FilledRow, policy: Policy, year: int | None) -> Judged:
    """A row that has its own points and its own score."""
    printed, points = figure(row.score), number(row.points)
    if said(row.actual) and policy.leaves_out:
        return _inapplicable(row.score, printed)
    if printed is None:
        why = "没有得分" if is_blank(row.score) else f"得分“{row.score}”不是一个数"
        return Judged(Verdict("undecidable", None, None, why, _unscored(row, points, policy, year)))
    if Fraction(printed) < 0:
        return Judged(Verdict("differ", printed, None, "得分为负"))
    if points is None or points <= 0:
        why = "没有分值" if is_blank(row.points) else f"分值“{row.points}”不是正数"
        return Judged(
            Verdict("undecidable", printed, None, why, (f"分值是 {printed}，得了满分", f"分值高于 {printed}，扣了分"))
        )
    return judged(readings(row, points, printed, policy, year), printed, row.points, policy)


def _inapplicable(score: str | None, printed: str | None) -> Judged:
    """A row that does not apply, under a policy that says what follows: it has no score."""
    if printed is None or number(score) == 0:
        return Judged(Verdict("agree", printed, None, f"“{WORD}”，不计分"))
    return Judged(Verdict("differ", printed, "0.00", f"写了“{WORD}”，又得 {printed} 分"))


def judge_unscored(row: FilledRow, policy: Policy, year: int | None) -> Judged:
    """A row of a form that gives no scores: whether its target was reached."""
    row = row.model_copy(update={"criterion": None})  # whether the target was reached, and no score
    sure = [reading for reading in readings(row, Fraction(1), "0", policy, year) if reading.sure]
    met = [reading.low == 1 for reading in sure if reading.low == reading.high]
    target, actual = row.target, row.actual
    if sure and len(met) == len(sure) and all(met):
        return Judged(Verdict("agree", None, None, f"“{actual}”达到“{target}”；表上不计分"), sure[0].reached)
    if len(met) < len(sure) and all(reading.high == 1 for reading in sure):
        return Judged(Verdict("agree", None, None, f"“{actual}”与指标值同文；表上不计分"), sure[0].reached)
    ways = ("达到了指标值", "没有达到指标值")
    if sure and len(met) == len(sure) and not any(met):
        share = percent(sure[0].low)
        why = f"“{actual}”没有达到“{target}”（{share}）；表上不计分"
        ways = (f"按完成比例，得分值的 {share}", "扣多少分由评价人定")
        return Judged(Verdict("undecidable", None, None, why, ways), sure[0].reached, unmet=True)
    why = (
        "没有指标值"
        if is_blank(target)
        else "没有实际完成值"
        if is_blank(actual)
        else f"“{actual}”是否达到“{target}”由评价人定"
    )
    return Judged(Verdict("undecidable", None, None, f"{why}；表上不计分", ways))


def judged(likely: Sequence[RowReading], printed: str, worth: str | None, policy: Policy) -> Judged:
    """A printed score beside the readings of its row, which is worth so many points (a number above 0)."""
    points = number(worth) or Fraction(0)
    if Fraction(printed) > points and not rounded(points, printed, policy.rounding.step):
        first = _beside(likely[:1], printed, points, policy)
        reason = f"得分高于分值 {worth}；{first.verdict.reason}"
        return replace(first, verdict=replace(first.verdict, verdict="differ", readings=(), reason=reason), coarse="")
    return _beside(likely, printed, points, policy)


def _beside(likely: Sequence[RowReading], printed: str, points: Fraction, policy: Policy) -> Judged:
    """A printed score beside these readings: given by a sure one, by none, or by one that is only possible."""
    sure = [reading for reading in likely if reading.sure]
    given = [reading for reading in likely if reading.gives(printed, points, policy.rounding.step)]
    held = next((reading for reading in given if reading.sure), None)
    ways = frozenset(reading.way for reading in given if reading.way)
    open_ways = len({reading.way for reading in sure}) > 1
    if held is not None:
        return Judged(Verdict("agree", printed, _figure(held), held.says), held.reached, ways=ways, open_ways=open_ways)
    likeliest = (sure or list(likely))[0]
    if not given:
        how = next(
            (way for reading in sure if reading.low == reading.high and (way := coarser(reading.low, printed))), ""
        )
        reason = likeliest.says if likeliest.low == likeliest.high else str(likeliest)
        reason += f"；印作 {printed} 是{how}" if how else ""
        reached = likeliest.reached
        return Judged(Verdict("differ", printed, _figure(likeliest), reason), reached, coarse=how, open_ways=open_ways)
    listed = [*sure, *(reading for reading in given if reading not in sure)]
    listed += [reading for reading in likely if reading not in listed][: max(0, 2 - len(listed))]
    why = _common([reading.says for reading in listed]) or given[0].says
    said = tuple(dict.fromkeys(map(str, listed)))
    return Judged(
        Verdict("undecidable", printed, None, why, said), likeliest.reached, any(reading.reverses for reading in given)
    )


def _common(says: Sequence[str]) -> str:
    """What readings say alike before they part (没有实际完成值)."""
    parts = zip(*(text.split("；") for text in says), strict=False)
    return "；".join(each[0] for each in takewhile(lambda each: len(set(each)) == 1, parts))


def _figure(reading: RowReading) -> str | None:
    return half_up(reading.low, 2) if reading.low == reading.high else None


def _unscored(row: FilledRow, points: Fraction | None, policy: Policy, year: int | None) -> tuple[str, ...]:
    """What a blank score can mean."""
    left = "不计分，或与别的行合并计分"
    if points is None or points <= 0:
        return "得分漏填", left
    due = next((reading for reading in readings(row, points, "0", policy, year) if reading.sure), None)
    return (f"得分漏填，按{due}" if due else "得分漏填"), left
