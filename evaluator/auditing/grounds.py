"""What a filled table shows by itself against its scores: signs that need nobody's word, and what only looks like one.

A sign is told only where the text of the table leaves no other reading; what may be one is left to the reviewer as a doubt.
The words stand in reviewwords.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from evaluator.auditing.recomputed import blank, plain
from evaluator.comparators import UPWARD
from evaluator.documents.loading import read_document
from evaluator.factsheets.targetfacts import bare_name
from evaluator.factsheets.wording import output_money
from evaluator.factsheets.wordlists import has
from evaluator.figures import percent
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.quantities.deadlines import Moment, in_time
from evaluator.quantities.pieces import cut
from evaluator.quantities.quantity import Target, Unreadable, read_target, set_beside
from evaluator.quantities.reading import Amount, Deadline, read
from evaluator.reviewing.scale import ONCE, OVER, Applies, ReviewScale, Shown

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


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    data, _ = read_document(Path(__file__).with_name("reviewwords.yaml"))
    return dict(data)


def _any(name: str) -> str:
    return "|".join(re.escape(str(word)) for word in _words()[name])


def kinds(row: FilledRow) -> frozenset[Applies]:
    """What kinds of indicator a row is, for grounds that apply to some only."""
    made: set[Applies] = set()
    if "满意" in (row.level2 or "") + (row.level3 or "") or (row.level1 or "").strip().startswith("满意度"):
        made.add("满意度")
    target = _target(row)
    if "时效" in (row.level2 or "") or (target and target.kind == "期限") or has("deadline", row.level3 or ""):
        made.add("期限")
    return frozenset(made)


def signs(table: FilledTable, scale: ReviewScale) -> list[Sign]:
    """Every sign on a table that the scale has a ground for, row by row, in the order of the scale's grounds."""
    order = [ground.shown_by_table for ground in scale.grounds]
    found = [one for index, row in enumerate(table.indicators) for one in _of_row(table, index, row, scale)]
    found += _repeats(table.indicators)
    wanted = [one for one in found if one.sign in order]
    return sorted(wanted, key=lambda one: (one.index, order.index(one.sign), not one.certain))


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
    if not blank(row.actual):
        return f"实际完成值“{row.actual}”没有数，备注也没有"
    unread = table.transcription == "run-text" or (row.actual is None and not row.places)
    return "" if unread else "没有实际完成值，备注也没有数"


def _prose(table: FilledTable) -> list[str]:
    told = [table.note, table.conclusion, table.problems, table.measures, table.remark]
    return [text for text in [*told, table.goals.achieved if table.goals else None] if text]


def _of_satisfaction(text: str) -> bool:
    """Whether a text elsewhere on the table gives a number for a satisfaction, or says how it was asked."""
    parts = re.split("[。；;\n]", plain(text))
    return any("满意" in part and (_NUMBER.search(part) or re.search(_any("survey"), part)) for part in parts)


# ---- repeated indicators -----------------------------------------------------------------------------------------


def _repeats(rows: Sequence[FilledRow]) -> Iterator[Sign]:
    """Rows that are one indicator: the same name and target, as in the goal table; and rows that only may be one."""
    told: set[int] = set()
    for first, second in combinations(range(len(rows)), 2):
        one, other = rows[first], rows[second]
        if second in told or other.merged.keys() & {"level3", "target"}:
            continue
        named = bare_name(plain(one.level3 or "")), bare_name(plain(other.level3 or ""))
        aims, same = (_aim(one), _aim(other)), named[0] == named[1] != ""
        if same and aims[0] == aims[1] != "":
            told.add(second)
            yield Sign(second, ONCE, f"与第 {first + 1} 行名称、指标值相同", first)
        elif same and one.level2 == other.level2:
            yield Sign(second, ONCE, f"与第 {first + 1} 行名称相同，指标值不同", first, certain=False)
        elif aims[0] == aims[1] and _telling(one) and _level(one) == _level(other) and _alike(one, other):
            says = f"与第 {first + 1} 行指标值、实际完成值相同，名称不同"
            yield Sign(second, ONCE, says, first, certain=False)


def _aim(row: FilledRow) -> str:
    """A target in one form, however it is written; '' where there is none."""
    target = _target(row)
    return str(target) if target else re.sub(r"\s", "", plain(row.target or ""))


def _alike(one: FilledRow, other: FilledRow) -> bool:
    return not blank(one.actual) and plain(one.actual or "") == plain(other.actual or "")


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
    timely = [part for part in parts if part not in late and _on_time(part)]
    if late and timely:
        both = all(any(_counts(part) for part in each) for each in (late, timely))
        yield f"实际完成值“{row.actual}”有按期的，也有逾期的", both and not allowed
    elif (found := _by_date(table, row, actual)) is not None:
        yield f"实际完成值“{row.actual}”的几个日期对“{row.target}”，有的逾期", found and not allowed
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
    found = re.search(_any(words), part)
    return bool(found) and not re.search(
        f"(?:{_any('never')}|0[个项起次批处]?).{{0,4}}$", part[: found.start() if found else 0]
    )


def _on_time(part: str) -> bool:
    found = re.search(_any("on_time"), part)
    return bool(found) and not re.search(f"(?:{_any('never')})$", part[: found.start() if found else 0])


def _by_date(table: FilledTable, row: FilledRow, actual: str) -> bool | None:
    """Whether several dates of an actual, each beside its own or the one deadline, are partly late: certain, or only
    possible (False); None where they are not."""
    due, given = _moments(row.target or ""), _moments(actual)
    if len(given) < 2 or not due or len(due) not in (1, len(given)):
        return None
    single = len(due) == 1
    kept = [
        in_time(wanted.within(table.year or 0), found.within(table.year or 0))
        for (wanted, _), (found, _) in zip(due * len(given) if single else due, given, strict=True)
        if bool(wanted.year or table.year) == bool(found.year or table.year)
    ]
    if len(kept) < len(given) or {False} not in kept:
        return None
    tasks = [re.findall(_any("done"), task) for _, task in given]
    ordered = all(
        [one.first for one, _ in stretch] == sorted(one.first for one, _ in stretch) for stretch in (due, given)
    )
    alike = len({tuple(words) for words in tasks}) == 1 and all(tasks) if single else ordered
    if {True} not in kept:
        return None
    return bool(alike and all(one in ({True}, {False}) for one in kept))


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
