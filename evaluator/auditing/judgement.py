"""Printed scores judged: each row of a filled table recomputed under a policy, and called wrong only when that is certain.

What could be read, rounded or meant in another way is undecidable; an agreement needs only one reading that gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from evaluator.auditing.doubts import REVERSED, bad, counted, doubt, rising
from evaluator.auditing.recomputed import (
    HALF,
    Reached,
    Verdict,
    Word,
    blank,
    figure,
    number,
    plain,
    reach,
    rounded,
    shown,
)
from evaluator.figures import decimal, half_up, percent
from evaluator.intake.forms import FilledRow
from evaluator.policy import Policy
from evaluator.quantities.quantity import NeedsState, Sign, Target, Unreadable, read_target
from evaluator.quantities.reading import Amount, Deadline, read

_STATES = {
    "达成": "达成", "全部达成": "达成", "基本达成": "达成", "全部或基本达成": "达成",
    "部分达成并具有一定效果": "部分达成并具有一定效果", "部分达成且具有一定效果": "部分达成并具有一定效果",
    "未达成且效果较差": "未达成且效果较差",
}  # fmt: skip
_SHARE = re.compile(r"(.*?)(?:\((\d+(?:\.\d+)?)%\))?")
_ON_TIME = re.compile(
    "(?:已|均|均已|全部)?(?:按时|按期|如期|准时|提前|按计划)(?:全部)?(?:完成|拨付|发放|支付|竣工|验收|建成|到位|报送|上报|印发|开工)?"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A row's verdict, with what the defects need to know: its reading when certain, and a sign that seems reversed."""

    verdict: Verdict
    reached: Reached | None = None
    reversed: bool = False


def judge(row: FilledRow, policy: Policy, year: int | None) -> Judged:
    """A row that has its own points and its own score."""
    made, points = _judge(row, policy, year), number(row.points)
    verdict, score = made.verdict, number(row.score)
    if verdict.verdict != "undecidable" or verdict.printed is None or score is None or points is None or points <= 0:
        return made
    if score <= points or rounded(points, verdict.printed, policy.rounding.step):
        return made
    return Judged(
        replace(verdict, verdict="differ", reason=f"得分高于分值 {row.points}；{verdict.reason}"), made.reached
    )


def _judge(row: FilledRow, policy: Policy, year: int | None) -> Judged:
    printed, points = figure(row.score), number(row.points)

    def open_(why: str, reached: Reached | None = None) -> Judged:
        return Judged(Verdict("undecidable", printed, None, why), reached, why.startswith(REVERSED))

    if printed is None:
        return open_("没有得分" if blank(row.score) else f"得分“{row.score}”不是一个数")
    if points is None or points <= 0:
        return open_("没有分值" if blank(row.points) else f"分值“{row.points}”不是正数")
    if blank(row.target) or row.target is None:
        return open_("没有指标值")
    if row.actual is None or blank(row.actual):
        return open_("没有实际完成值")
    try:
        target = read_target(row.target)
        reached = reach(target, row.actual, points, policy, year)
    except Unreadable as error:
        return _unclear(row, error, printed, points, policy, year) or open_(_why(error))
    if rounded(reached.exact, printed, policy.rounding.step, points):
        return Judged(Verdict("agree", printed, half_up(reached.exact, 2), _told(row, reached)), reached)
    if target.kind not in ("数值", "区间"):
        return _answered(row, target, reached, printed, points, policy)
    return _wrong(row, reached, printed, points)


def _wrong(row: FilledRow, reached: Reached, printed: str, points: Fraction) -> Judged:
    """A score that is not the computed one: wrong, unless something speaks for it."""
    if why := doubt(row, reached, printed, points):
        return Judged(Verdict("undecidable", printed, None, why), reached, why.startswith(REVERSED))
    return Judged(Verdict("differ", printed, half_up(reached.exact, 2), _told(row, reached)), reached)


def _told(row: FilledRow, reached: Reached) -> str:
    """The formula, and before it that the target is met."""
    return (f"“{row.actual}”达到“{row.target}”：" if reached.met else "") + reached.formula


def _why(error: Unreadable) -> str:
    return error.reason + (f"；可读作：{' / '.join(error.choices)}" if error.choices else "")


def _answered(
    row: FilledRow, target: Target, reached: Reached, printed: str, points: Fraction, policy: Policy
) -> Judged:
    """A deadline, an answer or a sentence whose score is not all or nothing."""
    score = Fraction(printed)
    if reached.met and _same(row) and _in_band(score, points, policy, "达成"):
        return Judged(Verdict("agree", printed, None, "与指标值同文，得分在“达成”一档内"), reached)
    certain = target.kind == "是否" or (
        isinstance(target.content, Deadline) and (target.content.moment.before or plain(target.text)[:1] == "≤")
    )
    if not reached.met and score == points and certain:
        why = f"“{row.actual}”没有达到“{row.target}”，不能得满分：{reached.formula}"
        return Judged(Verdict("differ", printed, half_up(reached.exact, 2), why), reached)
    return Judged(Verdict("undecidable", printed, None, f"{target.kind}类指标不得满分时没有统一算法"), None)


def _same(row: FilledRow) -> bool:
    return plain(row.target or "") == plain(row.actual or "")


def _in_band(score: Fraction, points: Fraction, policy: Policy, state: str) -> bool:
    band = policy.qualitative.band(state)
    return band.start <= score / points <= band.to


def _unclear(
    row: FilledRow, error: Unreadable, printed: str, points: Fraction, policy: Policy, year: int | None
) -> Judged | None:
    """A row that does not decide itself: by its stated state, its identical words, or a reading that gives the score."""
    score, target, actual = Fraction(printed), row.target or "", row.actual or ""
    if isinstance(error, NeedsState) and (stated := _stated(actual)):
        found = _in_words(*stated, printed, points, policy)
        if error.code == "Q301" or found.verdict.verdict == "agree":
            return found
    if _same(row) and _in_band(score, points, policy, "达成"):
        return Judged(Verdict("agree", printed, None, "与指标值同文，得分在“达成”一档内"))
    if score == points and (surely_met(row, policy, year) or (error.code == "Q302" and _ON_TIME.fullmatch(actual))):
        return Judged(Verdict("agree", printed, half_up(points, 2), f"“{actual}”达到“{target}”"))
    readings = list(_readings(row, points, policy, year, error))
    for reading in sorted(readings, key=lambda one: abs(one.exact - score)):
        if rounded(reading.exact, printed, policy.rounding.step, points):
            says = f"按“{reading.pair.comparator}{shown(reading.pair.target, reading.pair)}”、“{reading.pair.actual_shown}”读：{reading.formula}"
            return Judged(Verdict("agree", printed, half_up(reading.exact, 2), says))
    if error.code != "Q205":
        return None
    told = bad(row) or rising(row)
    if (
        told and len({(one.exact, one.met) for one in readings}) == 1 and not readings[0].met
    ):  # wrong whichever is meant
        return replace(_wrong(row, readings[0], printed, points), reached=None)
    return Judged(Verdict("undecidable", printed, None, f"方向不明：{error.reason}"))


def surely_met(row: FilledRow, policy: Policy, year: int | None) -> bool:
    """Whether the target is certainly reached, whatever the points: also by a bound or a range (95%以上, 92%-95%)."""
    target, actual = row.target or "", row.actual or ""
    try:
        aim = read_target(target)
        try:
            return reach(aim, actual, Fraction(1), policy, year).met
        except Unreadable:
            given = read(actual)
            if not isinstance(given, Amount) or given.label or not isinstance(aim.content, Amount):
                return False
            ends = [given.low, given.high or given.low]
            ways = {"≥": "≥>", ">": "≥>", "≤": "≤<", "<": "≤<", None: "≥>≤<" if given.high else "", "=": ""}[given.sign]
            return (
                aim.sign is not None
                and aim.sign in ways
                and all(reach(aim, str(end), Fraction(1), policy, year).met for end in ends)
            )
    except Unreadable:
        return not blank(row.target) and not blank(row.actual) and _same(row)


def _stated(actual: str) -> tuple[str, str | None] | None:
    """The state an assessor wrote in the words of the form, and the share beside it."""
    found = _SHARE.fullmatch(re.sub("年度|预期|绩效|指标|目标|[ ,;。]", "", plain(actual)))
    return (_STATES[found[1]], found[2]) if found and found[1] in _STATES else None


def _in_words(state: str, share: str | None, printed: str, points: Fraction, policy: Policy) -> Judged:
    """A qualitative row: inside the band of its state, or exactly at the share that was stated."""
    band = policy.qualitative.band(state)
    span = f"“{state}”得分值的 {percent(band.start)}—{percent(band.to)}"
    if share is not None:
        exact = points * Fraction(share) / 100
        word: Word = "agree" if rounded(exact, printed, policy.rounding.step, points) else "differ"
        if word == "differ" and abs(Fraction(printed) - exact) <= HALF:
            return Judged(Verdict("undecidable", printed, None, f"与算得的 {half_up(exact, 2)} 相差不到取整的幅度"))
        return Judged(
            Verdict(word, printed, half_up(exact, 2), f"{decimal(points, 2)} × {share}% = {decimal(exact, 4)}")
        )
    inside = _in_band(Fraction(printed), points, policy, state)
    if not inside and any(rounded(points * end, printed) for end in (band.start, band.to)):
        return Judged(Verdict("undecidable", printed, None, f"{span}，得分在档界上取整"))
    return Judged(Verdict("agree" if inside else "differ", printed, None, span))


def _readings(
    row: FilledRow, points: Fraction, policy: Policy, year: int | None, error: Unreadable
) -> Iterator[Reached]:
    """Every reading that a question leaves open and that makes sense."""
    text, actual = row.target or "", row.actual or ""
    try:
        target = read_target(text)
    except Unreadable:
        return
    targets = [target]
    if isinstance(target.content, Amount) and target.kind == "数值" and target.sign is None:
        targets = [read_target(text, sign) for sign in _signs(row, target.content)]
    tries: list[tuple[Target, str]] = []
    for one in targets:
        tries.append((one, actual))
        for choice in error.choices if error.code != "Q205" else ():
            tries.append((one, choice))
            try:
                tries.append((read_target(choice, one.sign), actual))
            except Unreadable:
                continue
    for one, given in tries:
        try:
            found = reach(one, given, points, policy, year)
        except Unreadable:
            continue
        if error.code != "Q203" or found.attainment <= 10:  # 60 beside ≥95% is not 6000%
            yield found


def _signs(row: FilledRow, wanted: Amount) -> tuple[Sign, ...]:
    """The signs that a target without one can mean."""
    if wanted.either_way:
        return ("≤",)
    if wanted.low.number == 0 and bad(row):
        return ("≤", "=")
    up = rising(row) if wanted.low.unit.kind == "比率" else counted(row, wanted.low.unit.kind)
    return ("≥", "=") if up else ("≥", "≤", "=")
