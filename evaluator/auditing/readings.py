"""The readings of a row: every way it can be meant, with the score each gives.

A sure reading is one the office may have used throughout (its way with a target without sign, with a bare number under a
target in per cent); a possible one needs something the table does not show (points taken off at discretion, a sign printed
the wrong way round).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from evaluator.auditing.bycriterion import by_criterion
from evaluator.auditing.meanings import RowReading
from evaluator.auditing.naming import LASTING, bad, costs, counts_things, directions, rising, sized
from evaluator.auditing.recomputed import Reached, coarser, decimals_of, in_unit_of, is_blank, plain, reach, rounded
from evaluator.auditing.words import (
    done_on_time,
    falls_short,
    kept,
    repeats_target,
    same_words,
    stated_state,
    with_year,
)
from evaluator.comparators import AT_LEAST, AT_MOST, DOWNWARD, EQUAL, STRICT, UPWARD
from evaluator.figures import decimal, half_up
from evaluator.intake.filled.formdata import FilledRow, unreadable
from evaluator.policy import Band, Policy
from evaluator.quantities.quantity import NeedsState, Pair, Target, Unreadable, read_target
from evaluator.quantities.reading import Amount, Deadline, read
from evaluator.scoring import beside_criterion

FAR = Fraction(6, 5)  # from here on a deduction for a target set too low is possible
_NONE = Fraction(0)
_MEASURED = {"", "金额", "比率", "百分点", "长度", "面积", "体积", "重量", "时长"}  # printed rounded
_WHOLE = {"%": 100, "‰": 1000, "‱": 10000}
_TAKEN = re.compile("扣|酌情|减分|调减")
_UP, _DOWN = "不低于", "不高于"


def readings(row: FilledRow, points: Fraction, printed: str, policy: Policy, year: int | None) -> list[RowReading]:
    """The readings of a row with points, the likeliest first; what no number decides has at least two.

    A row that prints its own scoring standard is read by it, unless the policy accepts none; what the policy still deducts
    for over-fulfilment is deducted.
    """
    if policy.takes_criteria and (own := by_criterion(row, points, year)):
        due = _due(row, points, policy, year)
        return [_less(reading, due) for reading in own] if due else own
    if is_blank(row.target) or row.target is None:
        return _open("没有指标值", points)
    if row.actual is None or is_blank(row.actual):
        return _open("没有实际完成值", points)
    if unreadable(row.target) or unreadable(row.actual):
        return _open("指标值或实际完成值读不出", points)
    actual, year = with_year(row.target, row.actual, year)
    try:
        target = read_target(row.target)
        reached = reach(target, actual, points, policy, year, row.level1 or "")
    except Unreadable as error:
        return _unclear(row, actual, error, points, printed, policy, year)
    if target.kind not in ("数值", "区间"):
        return list(_answered(row, actual, target, reached, points, policy, year))
    return list(_numbers(row, reached, points, printed))


def _due(row: FilledRow, points: Fraction, policy: Policy, year: int | None) -> Fraction:
    """What a policy deducts for over-fulfilment beside a row's own standard; 0 where its target is not compared."""
    if not policy.deducts_beside or row.target is None or row.actual is None:
        return _NONE
    try:
        actual, year = with_year(row.target, row.actual, year)
        reached = reach(read_target(row.target), actual, points, policy, year, row.level1 or "")
    except Unreadable:
        return _NONE
    due, _ = beside_criterion(policy, reached.pair.comparator, "", reached.attainment)
    return Fraction(due, 100)


def _less(reading: RowReading, due: Fraction) -> RowReading:
    """A reading with what is deducted besides."""
    low, high = (max(end - due, min(end, _NONE)) for end in (reading.low, reading.high))
    return replace(reading, says=f"{reading.says}；按办法扣超额的分 {half_up(due, 2)}", low=low, high=high)


def exactly(reached: Reached, row: FilledRow, *, sure: bool = True, way: str = "", says: str = "") -> RowReading:
    """The reading that gives a recomputed score."""
    met = f"“{row.actual}”达到“{row.target}”：" if reached.met else ""
    return RowReading(says or met + reached.formula, reached.exact, reached.exact, sure, way=way, reached=reached)


def _possible(says: str, low: Fraction, high: Fraction, *, open_: bool = False, reverses: bool = False) -> RowReading:
    return RowReading(says, low, high, False, open_, reverses=reverses)


def _open(why: str, points: Fraction) -> list[RowReading]:
    """What no cell of the row decides: the target was reached, or it was not."""
    return [
        _possible(f"{why}；达到了指标值", points, points),
        _possible(f"{why}；没有达到", _NONE, points, open_=True),
    ]


def banded(band: Band, points: Fraction, says: str = "", *, sure: bool = True) -> RowReading:
    """The reading of a state: anything within its band."""
    ends = points * band.start, points * band.to
    return RowReading(says or f"按“{band.state}”评定", *ends, sure, band.to < 1)


# ---- numbers -----------------------------------------------------------------------------------------------------


def _numbers(
    row: FilledRow, reached: Reached, points: Fraction, printed: str, way: str = "", says: str = ""
) -> Iterator[RowReading]:
    """An actual under its target, and what may stand for another score; `way` is how a target without sign is meant."""
    pair, exact = reached.pair, reached.exact
    even = pair.comparator in STRICT and pair.actual == pair.target
    if even:
        yield _possible(f"“{pair.comparator}”含等于，{pair.actual_shown}达到", points, points)
        yield _possible(f"“{pair.comparator}”不含等于，{pair.actual_shown}没有达到", _NONE, points, open_=True)
        return
    yield exactly(reached, row, way=way, says=says)
    if reached.taken:
        yield _possible("超额有正当理由，不扣分", exact + reached.taken, exact + reached.taken)
    if exact and _TAKEN.search(row.deviation_note or ""):
        yield _possible("备注写明另行扣分，是否恰当由评价人定", _NONE, exact, open_=True)
    if pair.comparator == EQUAL and pair.actual > pair.target:
        yield _possible("超过“等于”类指标值，由评价人扣分", _NONE, points, open_=True)
    if pair.high is not None and pair.actual > pair.high:
        yield _possible("超过区间的上限，由评价人扣分", _NONE, points)
    if reached.met and _far(pair) and not _turned(pair, points, printed):
        yield _possible("明显好于指标值，按偏离度扣分（没有统一数值）", _NONE, points, open_=True)
    if pair.target <= 0 and pair.actual != pair.target:
        ceiling = pair.comparator in DOWNWARD or bad(row)
        yield _possible("指标值不大于0，算不出完成率", _NONE, points, open_=ceiling)
    ends = None if coarser(exact, printed) else _precision(row, reached, points)
    if ends and (not reached.met or pair.actual == pair.target):
        yield RowReading("实际完成值是四舍五入后印出的", *ends, sure=False, exact=True)
    if not reached.met and not way:
        yield from _excused(row, reached, points)


def _excused(row: FilledRow, reached: Reached, points: Fraction) -> Iterator[RowReading]:
    """What may stand for an unmet target that was given its full points, or other points."""
    pair = reached.pair
    word, size = pair.comparator, sized(reached.kind)
    rate = reached.kind == "比率"
    if 0 < reached.attainment * 1000 < 1:
        yield _possible(f"实际完成值“{row.actual}”漏写单位（相差千倍以上）", points, points)
    if rate and rising(row) and pair.target > _WHOLE.get(pair.unit, pair.target):
        yield _possible(f"指标值“{row.target}”超过100%，疑印错", _NONE, points)
    if word in DOWNWARD and pair.target > 0 and pair.actual > 0:
        yield _possible("按“指标值÷完成值”算", *[points * pair.target / pair.actual] * 2)
        yield _possible("按“1−超出的比例”算", *[points * max(2 - pair.actual / pair.target, _NONE)] * 2)
    if rate and word in (*UPWARD, EQUAL) and pair.actual * 50 <= pair.target <= pair.actual * 100:
        yield _possible(f"实际完成值“{row.actual}”的百分号误写", points, points)
    if word in DOWNWARD and pair.target and not (bad(row) or size or costs(row)):
        clear = counts_things(row, reached.kind) or rising(row)
        yield _possible(f"“{word}”疑为“{AT_LEAST}”印反，“{row.actual}”达到", points, points, reverses=clear)
    if word in UPWARD and bad(row):
        yield _possible(f"“{word}”疑为“{AT_MOST}”印反，“{row.actual}”达到", points, points, reverses=True)
    spare = size and (costs(row) or "时效" in (row.level2 or "") or bool(LASTING.search(row.level3 or "")))
    spare = spare or (size and word == EQUAL and not row.level2)
    if word in (*UPWARD, EQUAL) and pair.target and (spare or bad(row) or "成本控制" in (row.level3 or "")):
        yield _possible("少用钱、少用时不扣分", points, points)


def _precision(row: FilledRow, reached: Reached, points: Fraction) -> tuple[Fraction, Fraction] | None:
    """Between which scores an actual lies that was itself rounded to be printed; None for what is counted."""
    pair, places = reached.pair, decimals_of(row.actual or "")
    if pair.target <= 0 or not (places or reached.kind in _MEASURED or re.match("[百千万亿]", pair.unit)):
        return None
    written = re.match(r"[0-9]+(?:\.[0-9]+)?", pair.actual_shown)
    number = Fraction(written[0]) if written else _NONE
    scale = abs(pair.actual) / number if number else Fraction(1)  # 450公斤 beside 0.5吨
    half = scale * Fraction(1, 2 * 10**places)
    ends = [max(pair.actual - half, _NONE), pair.actual + half]
    if pair.comparator not in DOWNWARD:
        shares = [end / pair.target for end in ends]
    elif pair.actual > 0 and reached.exact == points * pair.target / pair.actual:
        shares = [pair.target / end for end in ends if end] or [Fraction(1)]
    else:
        shares = [max(2 - end / pair.target, _NONE) for end in ends]
    return points * min(shares), points * min(max(shares), Fraction(1))


def _turned(pair: Pair, points: Fraction, printed: str) -> bool:
    """Whether a ceiling that was kept was scored like a floor that was missed (80万元 of ≤100万元: 80%)."""
    return pair.comparator in DOWNWARD and pair.target > 0 and rounded(points * pair.actual / pair.target, printed)


def _far(pair: Pair) -> bool:
    """Whether an actual is so much better than its target that points may be taken off."""
    if pair.comparator in UPWARD:
        return pair.actual > pair.target and (pair.target <= 0 or pair.actual >= FAR * pair.target)
    return (
        pair.comparator in DOWNWARD
        and pair.actual < pair.target
        and (pair.actual <= 0 or pair.actual * FAR <= pair.target)
    )


# ---- answers, dates, words ---------------------------------------------------------------------------------------


def _answered(
    row: FilledRow, actual: str, target: Target, reached: Reached, points: Fraction, policy: Policy, year: int | None
) -> Iterator[RowReading]:
    """A deadline, an answer or a sentence: all or nothing; in words also within the band of what was reached."""
    certain = target.kind == "是否" or _late(target, actual, year)
    if reached.met:
        yield exactly(reached, row)
        yield banded(policy.qualitative.band("达成"), points, f"“{row.actual}”达到“{row.target}”，按“达成”评定")
        if _TAKEN.search(row.deviation_note or ""):
            yield _possible("备注写明另行扣分，是否恰当由评价人定", _NONE, points, open_=True)
        return
    why = f"“{row.actual}”没有达到“{row.target}”"
    yield exactly(reached, row, sure=certain, says=f"{why}：{reached.formula}")
    yield _possible(f"{why}，做到一部分的分没有统一算法", _NONE, points, open_=True)
    if not certain:
        yield _possible(f"“{row.actual}”算达到“{row.target}”", points, points)


def _late(target: Target, actual: str, year: int | None) -> bool:
    """Whether a deadline that was missed surely was one: 12月底前, or a day of a later year (3月 answered 4月 is not)."""
    if not isinstance(target.content, Deadline):
        return False
    due, done = target.content.moment, read(actual)
    later = isinstance(done, Deadline) and done.moment.year > (due.year or year or done.moment.year)
    return due.before or plain(target.text)[:1] == "≤" or later


def _unclear(
    row: FilledRow, actual: str, error: Unreadable, points: Fraction, printed: str, policy: Policy, year: int | None
) -> list[RowReading]:
    """A row that does not decide itself: by its stated state, its words, or the readings a question leaves open."""
    target, bands = row.target or "", policy.qualitative
    if isinstance(error, NeedsState) and (said := stated_state(actual)):
        state, share = said
        if share is None:
            reading = banded(bands.band(state), points)
        else:
            score = points * Fraction(share) / 100
            reading = RowReading(f"{decimal(points, 2)} × {share}% = {decimal(score, 4)}", score, score)
        return [reading] if error.code == "Q301" else [reading, *_open(error.reason, points)]
    if same_words(row):
        return [banded(bands.band("达成"), points, "与指标值同文，按“达成”评定")]
    if repeats_target(row):
        return _open(f"实际完成值“{row.actual}”照抄比较符，不是实际数", points)
    if kept(target, actual) or surely_met(row, policy, year) or (error.code == "Q302" and done_on_time(actual)):
        return [RowReading(f"“{actual}”达到“{target}”", points, points)]
    short = falls_short(target, actual)
    if isinstance(error, NeedsState) and (short or error.code == "Q301"):
        open_ = [band for band in bands.bands if not (short and band.to == 1)]
        why = error.reason + ("，没有达到" if short else "")
        return [banded(band, points, f"{why}；按“{band.state}”评定", sure=False) for band in open_]
    choices = list(_choices(row, actual, points, printed, policy, year, error))
    return choices or _open(error.reason, points)


def surely_met(row: FilledRow, policy: Policy, year: int | None) -> bool:
    """Whether the target is certainly reached, whatever the points: also by a bound or a range (98%以上, 92%-95%)."""
    target, actual = row.target or "", row.actual or ""
    try:
        aim = read_target(target)
        try:
            return reach(aim, actual, Fraction(1), policy, year, row.level1 or "").met
        except Unreadable:
            given = read(actual)
            if not isinstance(given, Amount) or given.label or not isinstance(aim.content, Amount):
                return False
            ends = [given.low, given.high or given.low]
            ways = (*UPWARD, *DOWNWARD) if given.high else next((w for w in (UPWARD, DOWNWARD) if given.sign in w), ())
            return (
                aim.sign is not None
                and aim.sign in ways
                and all(reach(aim, str(end), Fraction(1), policy, year, row.level1 or "").met for end in ends)
            )
    except Unreadable:
        return not is_blank(row.target) and not is_blank(row.actual) and same_words(row)


def _choices(
    row: FilledRow, actual: str, points: Fraction, printed: str, policy: Policy, year: int | None, error: Unreadable
) -> Iterator[RowReading]:
    """Every reading that a question leaves open and that makes sense."""
    text = row.target or ""
    try:
        target = read_target(text)
    except Unreadable:
        return
    targets = [target]
    if isinstance(target.content, Amount) and target.kind == "数值" and target.sign is None:
        targets = [read_target(text, sign) for sign in directions(row, target.content)]
    tries: list[tuple[Target, str]] = []
    for aim in targets:
        tries.append((aim, actual))
        for choice in error.choices if error.code != "Q205" else ():
            tries.append((aim, choice))
            try:
                tries.append((read_target(choice, aim.sign), actual))
            except Unreadable:
                continue
    ways = {AT_LEAST: _UP, EQUAL: _UP, AT_MOST: _DOWN} if len(targets) > 1 else {}
    for aim, given in tries:
        try:
            reached = reach(aim, given, points, policy, year, row.level1 or "")
        except Unreadable:
            continue
        if error.code != "Q203" or reached.attainment <= 10:  # 60 beside ≥95% is not 6000%
            pair = reached.pair
            says = f"按“{pair.comparator}{in_unit_of(pair.target, pair)}”、“{pair.actual_shown}”读：{reached.formula}"
            yield from _numbers(row, reached, points, printed, ways.get(aim.sign or "", ""), says)
