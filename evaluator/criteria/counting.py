"""每少1人, 每超1个百分点, 每发现一处, 缺一项: so often as a quantity or a count goes into what fell short or happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from evaluator.criteria.cutting import COUNTERS, Bounds, Figure, Piece, any_of, pattern, vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.occasions import TIMES, bare, conditions, facts_of, known, source
from evaluator.criteria.tree import Claim, Condition, Count, PerUnit, Way
from evaluator.quantities.units import UNIT_PATTERN, Quantity, read_unit

_UNIT = re.compile(f"(?P<unit>(?:人|户|月|件)次|{UNIT_PATTERN}|{COUNTERS})(?P<after>.*)")
_OWN_ABOUT = re.compile("从[^,;。]{1,16}中$")
# 每超过目标值5%或增加1单位
_EITHER = re.compile(
    r"(?:或者?|\()(?:增加|降低|减少|提高|下降|超过|低于|高于)?([0-9]+(?:\.[0-9]+)?)个?单位\)?,?(?:在[^,;。]*基础上)?"
)
_MEASURED = ("金额", "比率", "百分点", "长度", "面积", "体积", "重量", "时长", "月数", "工作日")
_SPREAD = ("金额", "长度", "面积", "体积", "重量")
WAYS: tuple[Way, ...] = ("short", "over", "off", "late")


@dataclass(frozen=True, slots=True)
class Preface:
    """What stands before 每: conditions; words that name what is measured or counted are no conditions."""

    conditions: tuple[Condition, ...]


def per_of(text: str, pre: Sequence[Piece], kind: str) -> tuple[PerUnit | Count, Preface] | None:
    """What points are given for each of, and what stands before; None where they are given once.

    `kind` is that of the piece after (got, lost, gained). Raises Refusal (Q403) where 每 has no unit.
    """
    each = max((place for place, piece in enumerate(pre) if piece.kind == "each"), default=None)
    if each is not None and not any(piece.kind == "stop" and piece.text in "。;" for piece in pre[each:]):
        tail = _trimmed(pre[each + 1 :])
        numbers = [piece for piece in tail if piece.kind in ("amount", "band")]
        lead = text[tail[0].at : numbers[0].at] if numbers else ""
        if lead in TIMES or (not numbers and not _counted(tail, kind)):
            return None  # 每月按时上报 is no count
        return _each(text, pre, each, tail)
    return _implied(text, pre, kind)


def _trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    kept = list(pieces)
    while kept and kept[-1].kind == "stop":
        kept.pop()
    return kept


def _counted(tail: Sequence[Piece], kind: str) -> bool:
    """Whether 每 stands before a unit that counts things (每项), or nothing that could be one; 每月上报 is neither."""
    counter = _UNIT.fullmatch("".join(piece.text for piece in tail))
    if counter is None:
        return kind != "got"
    return counter["unit"] not in TIMES or (kind != "got" and not counter["after"])


def _each(text: str, pre: Sequence[Piece], each: int, tail: list[Piece]) -> tuple[PerUnit | Count, Preface]:
    at = pre[each].at
    end = tail[-1].at + len(tail[-1].text) if tail else at + 1
    numbers = [place for place, piece in enumerate(tail) if piece.kind in ("amount", "band")]
    if not numbers:
        counter = _UNIT.fullmatch(bare(text[at + 1 : end]))
        if counter is None:
            raise Refusal("Q403", f"“{text[at:end]}”没有写明每多少", at, "写明数和单位，如 每少1人、每发现1处")
        about = facts_of(text, pre[:each], at)
        after = known(bare(counter["after"]), at)
        return Count(counter["unit"], "", Fraction(1), about, after), Preface(())
    place = numbers[0]
    verb = text[at + 1 : tail[place].at]
    amount, sign = _amount(tail[place])
    verb = verb + sign
    after = bare(text[tail[place].at + len(tail[place].text) : end])
    after = _OWN_ABOUT.sub("", after)
    if (other := _EITHER.fullmatch(after)) and amount.unit == "%":
        per, before = _of(text, pre[:each], at, verb, amount, "")
        return (replace(per, either=Fraction(other[1])) if isinstance(per, PerUnit) else per), before
    if re.search(f"或[^,;]*[0-9]|[0-9](?:%|{UNIT_PATTERN})", after):
        raise Refusal("Q403", f"“{text[at:end]}”里不止一个数，看不出每多少", at, "只写一个，如 每低5个百分点")
    return _of(text, pre[:each], at, verb, amount, after)


def _amount(piece: Piece) -> tuple[Figure, str]:
    """The number after 每, and the sign word before it (低于5%)."""
    if piece.kind == "amount":
        return piece.value, ""
    bounds: Bounds = piece.value
    end = bounds.low or bounds.high
    if end is None or not bounds.sign or (bounds.low and bounds.high):
        raise Refusal("Q403", f"看不出“每{piece.text}”是每多少", piece.at, "如 每少1人")
    return Figure(end.number.number, end.number.unit.name), bounds.sign


def _of(
    text: str, before: Sequence[Piece], at: int, verb: str, amount: Figure, after: str
) -> tuple[PerUnit | Count, Preface]:
    if not amount.unit:
        raise Refusal("Q403", f"“{text[at : at + 12]}”没有写单位", at, "写明单位，如 每增加10个百分点")
    if amount.number <= 0:
        raise Refusal("Q403", f"“{text[at : at + 12]}”不是大于0的数", at, "如 每少1人")
    unit = read_unit(amount.unit)
    way = way_of(verb)
    if way in ("short", "over") and (several := _several(source(text, before, at))):
        return Count(amount.unit, bare(verb), amount.number, several, known(after, at)), Preface(())
    if way is None and not verb and unit is not None and unit.kind in _SPREAD:
        way = "each"
    if way == "late" and (unit is None or unit.kind not in ("时长", "月数", "工作日")):
        way = None  # 迟报1次
    plain = way in ("short", "over", "off") and (not after or unit_counts(amount.unit))
    if way is None or unit is None or (after and not plain):
        about = facts_of(text, before, at)
        return Count(amount.unit, known(bare(verb), at), amount.number, about, known(after, at)), Preface(())
    when = conditions(text, before, at)
    about = ",".join(condition.words for condition in when if isinstance(condition, Claim))
    return PerUnit(way, Quantity(amount.number, unit), about, known(after, at)), Preface(
        tuple(condition for condition in when if not isinstance(condition, Claim))
    )


def _several(words: str) -> str:
    """培训、检查次数分别不少于4次、6次: several values each with its own target, so that a person counts what is short; "" otherwise."""
    return bare(words) if "分别" in words and words.count("、") >= 2 else ""


def unit_counts(word: str) -> bool:
    """Whether a unit counts things (个, 项, 名) and is no measure."""
    unit = read_unit(word)
    return unit is not None and unit.kind not in _MEASURED


@lru_cache(maxsize=1024)
def way_of(verb: str) -> Way | None:
    """The way of a verb, with the words for the target after it: 低于达标线 is short; None for any other word."""
    for way in WAYS:
        doing = f"|{any_of(vocabulary()[way])}{pattern('doing')}" if way in ("short", "over") else ""
        if re.fullmatch(f"(?:{any_of(vocabulary()[way])}(?:{pattern('own')})?的?{doing})", verb):
            return way
    return None


def _implied(text: str, pre: Sequence[Piece], kind: str) -> tuple[PerUnit | Count, Preface] | None:
    """缺一项扣2分, 发现一次扣3分, 下降1个百分点扣1分: one of something, without 每."""
    kept = _trimmed(pre)
    start = max((place for place, segment in enumerate(kept) if segment.kind == "stop"), default=-1) + 1
    last = kept[start:]
    numbers = [segment for segment in last if segment.kind in ("amount", "band")]
    if not numbers or numbers[-1].kind != "amount" or numbers[-1].value.number != 1:
        return None
    piece = numbers[-1]
    if len(numbers) > 1 and piece is not last[-1]:
        return None
    amount: Figure = piece.value
    if not amount.unit or amount.unit == "%":
        return None
    words = text[last[0].at : piece.at]
    end = last[-1].at + len(last[-1].text)
    after = bare(text[piece.at + len(piece.text) : end])
    for way in WAYS:
        ending = re.search(f"(?:{any_of(vocabulary()[way])})$", words)
        if re.search("(?:缺|短|漏)少$", words):
            break  # 缺少一项 is a thing missing
        if ending and (not after or unit_counts(amount.unit)):
            cut = until(last, last[0].at + ending.start())
            return _of(text, [*kept[:start], *cut], last[0].at + ending.start(), ending[0], amount, after)
    event = re.search(f"{pattern('event')}$", words)
    verb = event[0] if event else ""
    cut = until(last, last[0].at + len(words) - len(verb))
    before = [*kept[:start], *cut]
    about = facts_of(text, before, piece.at - len(verb)) if before else ""
    return Count(amount.unit, verb, amount.number, about, known(after, piece.at)), Preface(())


def until(run: Sequence[Piece], end: int) -> list[Piece]:
    """The pieces before a place, the last one cut there."""
    return [
        piece
        if piece.at + len(piece.text) <= end
        else Piece(piece.kind, piece.text[: end - piece.at], piece.at, piece.value)
        for piece in run
        if piece.at < end
    ]
