"""What a filled table shows by itself against its scores: signs that need nobody's word, and what only looks like one.

A sign is told only where the text of the table leaves no other reading; what may be one is left to the reviewer as a doubt.
The words stand in reviewwords.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from evaluator.auditing.recomputed import is_blank, plain
from evaluator.comparators import UPWARD
from evaluator.documents.vocabulary import lists, one_of
from evaluator.factsheets.wording import output_money
from evaluator.factsheets.wordlists import bare_name, has
from evaluator.figures import percent
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.quantities.deadlines import Moment, in_time
from evaluator.quantities.pieces import cut
from evaluator.quantities.quantity import Target, Unreadable, read_target, set_beside
from evaluator.quantities.reading import Amount, Deadline, read
from evaluator.reviewing.scale import ONCE, OVER, Applies, ReviewScale, Shown

_WORDS = Path(__file__).with_name("reviewwords.yaml")
COMMON = 10  # a count below this is met by several indicators of one table by chance
_NUMBER = re.compile("[0-9]|百分之|[一二三四五六七八九十]成")
_MONTHS = re.compile("[0-9一二三四五六七八九十]+月")
_DIVIDE = re.compile("[,，;；。、\n]")


@dataclass(frozen=True, slots=True)
class Sign:
    """What the table shows of one row (counted from 0): the sign, why, and of a repeated indicator the row it repeats.

    `certain` is False of what only looks like the sign.
    """

    index: int
    sign: Shown
    says: str
    same_as: int | None = None
    certain: bool = True


def _words() -> dict[str, Any]:
    return lists(_WORDS)


def _any(name: str) -> str:
    return one_of(_words()[name]).pattern


def kinds(row: FilledRow) -> frozenset[Applies]:
    """What kinds of indicator a row is, for grounds that apply to some only."""
    kinds_of: set[Applies] = set()
    if "满意" in (row.level2 or "") + (row.level3 or "") or (row.level1 or "").strip().startswith("满意度"):
        kinds_of.add("满意度")
    target = _target(row)
    if "时效" in (row.level2 or "") or (target and target.kind == "期限") or has("deadline", row.level3 or ""):
        kinds_of.add("期限")
    return frozenset(kinds_of)


def signs(table: FilledTable, scale: ReviewScale) -> list[Sign]:
    """Every sign on a table that the scale has a ground for, row by row, in the order of the scale's grounds."""
    order = [ground.shown_by_table for ground in scale.grounds]
    shown = [sign for index, row in enumerate(table.indicators) for sign in _of_row(table, index, row, scale)]
    shown += _repeats(table.indicators)
    wanted = [sign for sign in shown if sign.sign in order]
    return sorted(wanted, key=lambda sign: (sign.index, order.index(sign.sign), not sign.certain))


def _of_row(table: FilledTable, index: int, row: FilledRow, scale: ReviewScale) -> Iterator[Sign]:
    kind = kinds(row)
    if "满意度" in kind and (says := _no_data(table, row)):
        yield Sign(index, "满意度无数据", says)
    if "期限" in kind:
        yield from (Sign(index, "部分逾期", says, certain=certain) for says, certain in _late(table, row))
    if says := _misfit(row):
        yield Sign(index, "层级不符", says)
    over = scale.shown_by(OVER)
    if over and over.above is not None and (says := _over(table, row, over.above)):
        yield Sign(index, OVER, says)


def _target(row: FilledRow) -> Target | None:
    try:
        return read_target(row.target or "")
    except Unreadable:
        return None


# ---- satisfaction without data -----------------------------------------------------------------------------------


def _no_data(table: FilledTable, row: FilledRow) -> str:
    """Why a satisfaction has no data on the table; '' where a number or a survey is named, or the cell may only be unread."""
    own = plain(f"{row.actual or ''} {row.deviation_note or ''}")
    if _NUMBER.search(own) or re.search(_any("survey"), own) or any(_of_satisfaction(text) for text in _prose(table)):
        return ""
    if not is_blank(row.actual):
        return f"实际完成值“{row.actual}”没有数，备注也没有"
    unread = table.transcription == "run-text" or (row.actual is None and not row.places)
    return "" if unread else "没有实际完成值，备注也没有数"


def _prose(table: FilledTable) -> list[str]:
    texts = [table.note, table.conclusion, table.problems, table.measures, table.remark]
    return [text for text in [*texts, table.goals.achieved if table.goals else None] if text]


def _of_satisfaction(text: str) -> bool:
    """Whether a text elsewhere on the table gives a number for a satisfaction, or says how it was asked."""
    parts = re.split("[。；;\n]", plain(text))
    return any("满意" in part and (_NUMBER.search(part) or re.search(_any("survey"), part)) for part in parts)


# ---- repeated indicators -----------------------------------------------------------------------------------------


def _repeats(rows: Sequence[FilledRow]) -> Iterator[Sign]:
    """Rows that are one indicator: the same name and target, as in the goal table; and rows that only may be one."""
    repeated: set[int] = set()
    for first, second in combinations(range(len(rows)), 2):
        row, other = rows[first], rows[second]
        if second in repeated or other.merged.keys() & {"level3", "target"}:
            continue
        named = bare_name(plain(row.level3 or "")), bare_name(plain(other.level3 or ""))
        aims, same = (_aim(row), _aim(other)), named[0] == named[1] != ""
        if same and aims[0] == aims[1] != "":
            repeated.add(second)
            yield Sign(second, ONCE, f"与第 {first + 1} 行名称、指标值相同", first)
        elif same and row.level2 == other.level2:
            yield Sign(second, ONCE, f"与第 {first + 1} 行名称相同，指标值不同", first, certain=False)
        elif aims[0] == aims[1] and _telling(row) and _level(row) == _level(other) and _alike(row, other):
            says = f"与第 {first + 1} 行指标值、实际完成值相同，名称不同"
            yield Sign(second, ONCE, says, first, certain=False)


def _aim(row: FilledRow) -> str:
    """A target in one form, however it is written; '' where there is none."""
    target = _target(row)
    return str(target) if target else re.sub(r"\s", "", plain(row.target or ""))


def _alike(row: FilledRow, other: FilledRow) -> bool:
    return not is_blank(row.actual) and plain(row.actual or "") == plain(other.actual or "")


def _level(row: FilledRow) -> tuple[str, str]:
    return plain(row.level1 or ""), plain(row.level2 or "")


def _telling(row: FilledRow) -> bool:
    """Whether a target is one that two indicators hardly share: a count of some size, no rate."""
    target = _target(row)
    amount = target.content if target else None
    return isinstance(amount, Amount) and amount.low.unit.kind != "比率" and amount.low.number >= COMMON


# ---- partly late -------------------------------------------------------------------------------------------------


def _late(table: FilledTable, row: FilledRow) -> Iterator[tuple[str, bool]]:
    """Whether a part of what was due came late, and whether that is certain."""
    actual, note = plain(row.actual or ""), plain(row.deviation_note or "")
    allowed = bool(re.search(_any("approved"), actual + note))
    if _partly(actual, "late"):
        yield f"实际完成值“{row.actual}”写明部分逾期", not allowed
        return
    parts = _DIVIDE.split(actual)
    late = [part for part in parts if _says(part, "late")]
    timely = [part for part in parts if part not in late and _not_denied(part, "on_time", f"{_any('never')}$")]
    if late and timely:
        both = all(any(_counts(part) for part in each) for each in (late, timely))
        yield f"实际完成值“{row.actual}”有按期的，也有逾期的", both and not allowed
    elif (certain := _by_date(table, row, actual)) is not None:
        yield f"实际完成值“{row.actual}”的几个日期对“{row.target}”，有的逾期", certain and not allowed
    elif _partly(actual, "slow"):
        yield f"实际完成值“{row.actual}”写有部分延迟", False
    elif _partly(note, "late") or _partly(note, "slow"):
        yield f"备注“{row.deviation_note}”写有部分逾期", False


def _partly(text: str, words: str) -> bool:
    """Whether a text says of a part of it that it was late."""
    said = re.compile(f"(?:{_any('part')}).*(?:{_any(words)})")
    return any(said.search(part) and _says(part, words) for part in _DIVIDE.split(text))


def _counts(part: str) -> bool:
    """Whether words say how many, or that they are about the rest."""
    return bool(re.search(rf"{_any('part')}|其余|其他|[0-9一二两三四五六七八九十]\s*[\u4e00-\u9fff]", part))


def _says(part: str, words: str) -> bool:
    """Whether a part says late, and not that nothing was late."""
    return _not_denied(part, words, rf"(?:{_any('never')}|0[个项起次批处]?).{{0,4}}$")


def _not_denied(part: str, words: str, denial: str) -> bool:
    """Whether a part has one of these words, and no denial just before it."""
    word = re.search(_any(words), part)
    return word is not None and not re.search(denial, part[: word.start()])


def _by_date(table: FilledTable, row: FilledRow, actual: str) -> bool | None:
    """Whether several dates of an actual, each beside its own or the one deadline, are partly late: certain, or only
    possible (False); None where they are not."""
    due, given = _moments(row.target or ""), _moments(actual)
    if len(given) < 2 or not due or len(due) not in (1, len(given)):
        return None
    single = len(due) == 1
    kept = [
        in_time(wanted.within(table.year or 0), done.within(table.year or 0))
        for (wanted, _), (done, _) in zip(due * len(given) if single else due, given, strict=True)
        if bool(wanted.year or table.year) == bool(done.year or table.year)
    ]
    if len(kept) < len(given) or {False} not in kept:
        return None
    tasks = [re.findall(_any("done"), task) for _, task in given]
    firsts = [[moment.first for moment, _ in stretch] for stretch in (due, given)]
    ordered = all(days == sorted(days) for days in firsts)
    alike = len({tuple(words) for words in tasks}) == 1 and all(tasks) if single else ordered
    if {True} not in kept:
        return None
    return bool(alike and all(answer in ({True}, {False}) for answer in kept))


def _moments(text: str) -> list[tuple[Moment, str]]:
    """The moments of a text, each with the words after it."""
    try:
        content = read(text)
        if isinstance(content, Deadline):
            return [(content.moment, content.task)]
        pieces = cut(plain(text))
    except Unreadable:
        return []
    return [
        (piece, following if isinstance(following, str) else "")
        for piece, following in zip(pieces, [*pieces[1:], ""], strict=True)
        if isinstance(piece, Moment)
    ]


# ---- level 3 that does not fit level 2, and over-fulfilment ------------------------------------------------------


def _misfit(row: FilledRow) -> str:
    """Why a level 3 surely does not belong to its level 2; '' where it may."""
    level2 = plain(row.level2 or "")
    groups = [name for name in _words()["misfits"] if name in level2]
    if len(groups) != 1:
        return ""
    for kind in _words()["misfits"][groups[0]]:
        if shown := _is(row, kind):
            return f"“{row.level2}”下的{shown}：{_words()['because'][kind]}，不是{groups[0]}"
    return ""


def _is(row: FilledRow, kind: str) -> str:
    """How a row is certainly one of money, of a date, or of satisfaction; '' where it is not."""
    name, target = row.level3 or "", _target(row)
    if kind == "满意度":
        return f"“{name.strip()}”" if re.search("满意(?:度|率)", name) else ""
    if target is None:
        return ""
    content = target.content
    if kind == "期限":  # 12月 may be twelve months, and 全年 is no day
        day = isinstance(content, Deadline) and not content.moment.through and not _MONTHS.fullmatch(plain(target.text))
        return f"指标值“{row.target}”是日期" if day else ""
    money = isinstance(content, Amount) and content.low.unit.kind == "金额" and content.low.number > 0
    return f"指标值“{row.target}”是金额" if money and not output_money(name) else ""


def _over(table: FilledTable, row: FilledRow, above: Any) -> str:
    """How far an actual certainly is above its target, beyond this ratio; '' where it is not."""
    try:
        pair = set_beside(read_target(row.target or ""), row.actual or "", year=table.year)
    except Unreadable:
        return ""
    if pair.comparator not in UPWARD or pair.target <= 0 or pair.actual <= above * pair.target:
        return ""
    return f"实际完成值“{row.actual}”是指标值“{row.target}”的 {percent(pair.actual / pair.target)}"
