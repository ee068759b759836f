"""Printed scores judged: each row of a filled table recomputed under a policy, and called wrong only when that is certain.

What could be read, rounded or meant in another way is undecidable; an agreement needs only one reading that gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluator.figures import decimal, half_up, percent
from evaluator.intake.forms import FilledRow
from evaluator.policy import Policy
from evaluator.quantity import NeedsState, Pair, Target, Unreadable, read_target
from evaluator.reading import Amount, Deadline
from evaluator.recomputed import (
    HALF,
    Reached,
    Verdict,
    Word,
    blank,
    decimals,
    figure,
    number,
    plain,
    reach,
    rounded,
    shown,
)

FAR = Fraction(6, 5)  # from here on a deduction for a target set too low is possible
STATED = re.compile(r"(达成|部分达成并具有一定效果|未达成且效果较差)(?:\((\d+(?:\.\d+)?)%\))?")
_UNITS = {"金额", "时长", "月数", "工作日"}  # less of it is better, whatever the name
_BAD = re.compile(
    "成本|费用|支出|投诉|事故|违规|违纪|违法|差错|误差|偏差|错误|死亡|伤亡|发病|流失|失业|逾期|超支|延误|故障|能耗|排放|污染|信访|纠纷|发案|退货|缺陷|损耗"
)
_GOOD = re.compile("节约|节省|达标|下降|降低|减少|控制|化解|处理|办结|整改|完成")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row's verdict, with what the defects need to know: its reading when certain, and a sign that seems reversed."""

    verdict: Verdict
    reached: Reached | None = None
    reversed: bool = False


# ---- a row by itself ---------------------------------------------------------------------------------------------


def judge(row: FilledRow, policy: Policy, year: int | None) -> Judged:
    """A row that has its own points and its own score."""
    printed, points = figure(row.score), number(row.points)

    def open_(why: str, reached: Reached | None = None, back: bool = False) -> Judged:
        return Judged(Verdict("undecidable", printed, None, why), reached, back)

    def agree(why: str, exact: Fraction | None = None, reached: Reached | None = None) -> Judged:
        return Judged(Verdict("agree", printed, None if exact is None else half_up(exact, 2), why), reached)

    if printed is None:
        return open_("没有得分" if blank(row.score) else f"得分“{row.score}”不是一个数")
    if points is None or points <= 0:
        return open_("没有分值" if blank(row.points) else f"分值“{row.points}”不是正数")
    if blank(row.target) or row.target is None:
        return open_("没有指标值")
    if row.actual is None or blank(row.actual):
        return open_("没有实际完成值")
    score = Fraction(printed)
    try:
        target = read_target(row.target)
        reached = reach(target, row.actual, points, policy, year)
    except Unreadable as error:
        return _unclear(row, error, printed, points, policy, year) or open_(_why(error))
    if rounded(reached.exact, printed, policy.rounding.step):
        return agree(_told(row, reached), reached.exact, reached)
    if target.kind not in ("数值", "区间"):
        return _answered(row, target, reached, printed, points, policy)
    if target.sign is None and target.kind == "数值":
        return open_("方向不明：指标值没有比较符", None)
    if why := _doubt(row, target, reached, score, points, policy):
        return open_(why, reached, why.startswith("方向可疑"))
    return Judged(Verdict("differ", printed, half_up(reached.exact, 2), _told(row, reached)), reached)


def _told(row: FilledRow, reached: Reached) -> str:
    """The formula, and before it that the target is met."""
    return (f"“{row.actual}”达到“{row.target}”：" if reached.met else "") + reached.formula


def _why(error: Unreadable) -> str:
    return error.reason + (f"；可读作：{' / '.join(error.choices)}" if error.choices else "")


def _doubt(row: FilledRow, target: Target, reached: Reached, score: Fraction, points: Fraction, policy: Policy) -> str:
    """Why a score that is not the computed one may still be right; '' when nothing speaks for it."""
    pair, exact = reached.pair, reached.exact
    full, word = score == points, pair.comparator
    if word == "=" and pair.actual > pair.target:
        return "超过“等于”类指标值，是否扣分由评价人定"
    if word == "区间" and pair.high is not None and pair.actual > pair.high:
        return "超过区间的上限，是否扣分由评价人定"
    if score < points and reached.met and _far(pair):
        return "明显好于指标值，可按偏离度扣分，没有统一数值"
    if pair.target <= 0 and not (word in ("≤", "<") and full):
        return "指标值不大于0，算不出完成率"
    if reached.met:
        return ""
    if word in ("≤", "<") and score in _variants(pair, points):
        return "与另一种“不高于”算法相符"
    name, group = row.level3 or "", row.level2 or ""
    bad = bool(_BAD.search(name)) and not _GOOD.search(name)
    spare = reached.kind in _UNITS and ("成本" in group or "时效" in group)
    if full and word in ("≤", "<") and not (bad or spare or reached.kind in _UNITS or "成本" in group):
        return f"方向可疑：实际完成值“{row.actual}”高于“{row.target}”却得满分，疑应为“≥”"
    if full and word in ("≥", ">") and bad:
        return f"方向可疑：实际完成值“{row.actual}”低于“{row.target}”却得满分，疑应为“≤”"
    if full and word in ("≥", ">", "=") and (bad or spare):
        return "少用钱、少用时是否扣分由评价人定"
    places = decimals(row.actual or "")
    slack = points * HALF / 10**places / abs(pair.target) if places and pair.target else Fraction(0)
    if abs(score - exact) <= max(HALF, slack):
        return f"与算得的 {half_up(exact, 2)} 相差不到取整的幅度"
    return ""


def _far(pair: Pair) -> bool:
    """Whether an actual is so much better than its target that points may be taken off."""
    match pair.comparator:
        case "≥" | ">":
            return pair.target <= 0 or pair.actual >= FAR * pair.target
        case "≤" | "<":
            return pair.actual <= 0 or pair.actual * FAR <= pair.target
    return False


def _variants(pair: Pair, points: Fraction) -> set[Fraction]:
    """The scores that the ways of measuring an exceeded ≤ target give, in the usual roundings."""
    if pair.target <= 0 or pair.actual <= 0:
        return set()
    exact = [points * pair.target / pair.actual, points * max(2 - pair.actual / pair.target, Fraction(0))]
    return {Fraction(half_up(value, places)) for value in exact for places in (0, 1, 2)}


def _answered(
    row: FilledRow, target: Target, reached: Reached, printed: str, points: Fraction, policy: Policy
) -> Judged:
    """A deadline, an answer or a sentence whose score is not all or nothing."""
    score = Fraction(printed)
    if reached.met and _same(row) and _in_band(score, points, policy, "达成"):
        return Judged(Verdict("agree", printed, None, "与指标值同文，得分在“达成”一档内"), reached)
    certain = target.kind == "是否" or (isinstance(target.content, Deadline) and target.content.moment.before)
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
    stated = STATED.fullmatch(plain(actual).replace("年度指标", "").replace(" ", ""))
    if stated and isinstance(error, NeedsState):
        return _in_words(stated[1], stated[2], printed, points, policy)
    if _same(row) and _in_band(score, points, policy, "达成"):
        return Judged(Verdict("agree", printed, None, "与指标值同文，得分在“达成”一档内"))
    readings = list(_readings(target, actual, points, policy, year, error))
    for reading in sorted(readings, key=lambda one: abs(one.exact - score)):
        if rounded(reading.exact, printed, policy.rounding.step):
            says = f"按“{reading.pair.comparator}{shown(reading.pair.target, reading.pair)}”、“{reading.pair.actual_shown}”读：{reading.formula}"
            return Judged(Verdict("agree", printed, half_up(reading.exact, 2), says))
    if error.code == "Q205":
        return Judged(Verdict("undecidable", printed, None, f"方向不明：{error.reason}"))
    return None


def _in_words(state: str, share: str | None, printed: str, points: Fraction, policy: Policy) -> Judged:
    """A qualitative row: inside the band of its state, or exactly at the share that was stated."""
    band = policy.qualitative.band(state)
    span = f"“{state}”得分值的 {percent(band.start)}—{percent(band.to)}"
    if share is not None:
        exact = points * Fraction(share) / 100
        word: Word = "agree" if rounded(exact, printed, policy.rounding.step) else "differ"
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
    text: str, actual: str, points: Fraction, policy: Policy, year: int | None, error: Unreadable
) -> Iterator[Reached]:
    """Every reading that a question leaves open."""
    try:
        target = read_target(text)
    except Unreadable:
        return
    targets = [target]
    if isinstance(target.content, Amount) and target.kind == "数值" and target.sign is None:
        targets = [read_target(text, sign) for sign in ("≥", "≤", "=")]
    tries: list[tuple[Target, str]] = []
    for one in targets:
        tries.append((one, actual))
        for choice in error.choices:
            tries.append((one, choice))
            try:
                tries.append((read_target(choice, one.sign), actual))
            except Unreadable:
                continue
    for one, given in tries:
        try:
            yield reach(one, given, points, policy, year)
        except Unreadable:
            continue


# ---- rows together -----------------------------------------------------------------------------------------------


def judge_rows(rows: Sequence[FilledRow], policy: Policy, year: int | None) -> list[Judged]:
    """Every row; those that share a cell or a score are judged together."""
    made: list[Judged] = []
    for group in groups(rows):
        members = [rows[index] for index in group]
        found = [judge(row, policy, year) for row in members]
        if len(group) > 1:
            found = _together(members, found, policy, year)
        made += found
    return made


def groups(rows: Sequence[FilledRow]) -> list[list[int]]:
    """Rows by the cells they share: merged figures, and rows without a score below one that has it."""
    made: list[list[int]] = []
    for index, row in enumerate(rows):
        joined = bool(row.merged.keys() & {"target", "actual", "points", "score"})
        if made and (joined or (row.score is None and rows[made[-1][0]].score is not None)):
            made[-1].append(index)
        else:
            made.append([index])
    return made


def _together(rows: Sequence[FilledRow], alone: list[Judged], policy: Policy, year: int | None) -> list[Judged]:
    """Rows that share cells: only what agrees by itself or with all parts met at full score is decided."""
    points, scores = (
        [number(getattr(row, name)) for row in rows if getattr(row, name)] for name in ("points", "score")
    )
    known = None not in points and None not in scores and points and scores
    full = known and sum(p for p in points if p) == sum(s for s in scores if s)
    if full and all(_met(row, policy, year) for row in rows):
        return [
            Judged(Verdict("agree", figure(row.score), figure(row.points), "合并计分：各项都达到，得满分"), one.reached)
            for row, one in zip(rows, alone, strict=True)
        ]
    shared = any(row.merged.keys() & {"points", "score"} for row in rows)
    own = not shared and all(row.points for row in rows)
    why = "单元格合并，不能逐行判定" if own else "合并计分"
    return [
        one
        if own and (one.verdict.verdict == "agree" or row.score is None)
        else Judged(Verdict("undecidable", figure(row.score), None, why))
        for row, one in zip(rows, alone, strict=True)
    ]


def _met(row: FilledRow, policy: Policy, year: int | None) -> bool:
    """Whether a part is certainly reached, whatever its points."""
    try:
        return reach(read_target(row.target or ""), row.actual or "", Fraction(1), policy, year).met
    except Unreadable:
        return bool(row.target) and bool(row.actual) and not blank(row.actual) and _same(row)
