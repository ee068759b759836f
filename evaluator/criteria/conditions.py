"""When something is got or taken: the pieces before it as bands of a value, the target met or not, or facts in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from evaluator.criteria.cutting import Amount, Bounds, Piece, any_of, pattern, vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.tree import Band, Condition, End, Fact, Lost, Met, Of, Otherwise
from evaluator.quantities.units import WORDS as UNITS
from evaluator.quantities.units import Quantity

_ENDS = " ,;。:()、!?|“”\""
_AND = re.compile("[且并和及、与]|并且|而且|同时|以及|或|及其")
_TAIL = re.compile(r"(?:的(?:情况|项目|单位|部门|县\(区\))?|时|者|则|可|可以|范围|期间|之间|之间的)+$")
_LEAD = re.compile(r"^(?:如果|若|如|凡|对于|对|其中|则|但|并且|且|而|并|以上情况|只要|因)")
_REACHED = re.compile(r"(?:完成|达到|达|控制在|为|是|实现|在|占|评价为|高达|保持在|到达|完成率达到?|目标|应|要|须|需|比例|的|:|,)+$")
_SIGN_BEFORE = re.compile(
    "(?P<sign>不低于|不少于|大于等于|大于或等于|高于或等于|不超过|不高于|不大于|小于等于|小于或等于|高于|大于|超过|低于|少于|小于|不足)(?P<of>.{0,6}?的?)$"
)


def clauses(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces between two stops, one run after another."""
    run: list[Piece] = []
    for piece in pieces:
        if piece.kind == "stop":
            if run:
                yield run
            run = []
        else:
            run.append(piece)
    if run:
        yield run


def source(text: str, pieces: Sequence[Piece], end: int) -> str:
    """What stands in the text from the first of these pieces up to a place."""
    return text[pieces[0].at : end].strip(_ENDS) if pieces else ""


def conditions(text: str, pieces: Sequence[Piece], end: int) -> tuple[Condition, ...]:
    """What the pieces up to a place say of when; facts that stand together are one. Raises Refusal for doubtful words."""
    found: list[Condition] = []
    started: int | None = None
    runs = list(clauses(pieces))
    banded = any(_bands(text, run) for run in runs)

    def close(at: int) -> None:
        nonlocal started
        if started is not None:
            if words := bare(text[started:at]):
                found.append(Fact(known(words, started)))
            started = None

    for number, run in enumerate(runs):
        upto = runs[number + 1][0].at if number + 1 < len(runs) else end
        words = bare(text[run[0].at : upto])
        made: list[Condition] = []
        if skipped(words, banded):
            close(run[0].at)
            continue
        if run[0].kind == "lost_so_many":
            made = [Lost(run[0].value)]
        elif run[0].kind == "otherwise":
            made = [Otherwise()]
        elif reached := of_target(words):
            made = [reached]
        elif bands := _bands(text, run):
            made = [*bands, *_beside(text, run, upto)]
        if made:
            close(run[0].at)
            found += made
        elif started is None:
            started = run[0].at
    close(end)
    return tuple(found)


def measured(text: str, pieces: Sequence[Piece], end: int) -> tuple[list[Condition], list[Condition]]:
    """The bands among the conditions, and the others."""
    found = conditions(text, pieces, end)
    return [one for one in found if isinstance(one, Band)], [one for one in found if not isinstance(one, Band)]


def facts_of(text: str, pieces: Sequence[Piece], end: int) -> str:
    """All that stands before, as words; without what only tells how it is checked."""
    runs = [run for run in clauses(pieces)]
    while runs and skipped(bare(source(text, runs[0], runs[1][0].at if len(runs) > 1 else end)), False):
        runs.pop(0)
    return known(bare(text[runs[0][0].at : end]), runs[0][0].at) if runs else ""


def bare(words: str) -> str:
    """Words without stops and particles at their ends."""
    before = None
    while before != words:
        before = words
        words = _TAIL.sub("", words.strip(_ENDS))
    return words


def known(words: str, at: int) -> str:
    """The words themselves; raises Refusal where they hold something doubtful."""
    for doubtful in vocabulary()["doubtful"]:
        if found := re.search(doubtful, words):
            raise Refusal("Q405", f"看不准“{found[0]}”怎样影响得分", at + found.start(), "改写成几分、几档")
    return words


def skipped(words: str, banded: bool) -> bool:
    """Whether a clause only tells how something is checked, or names the grade before its band."""
    return not words or bool(re.fullmatch(pattern("notes"), words)) or (banded and words in vocabulary()["labels"])


# ---- the target itself -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _target() -> re.Pattern[str]:
    own, met, unmet = pattern("own"), pattern("met"), pattern("unmet")
    over, short = pattern("own_over"), pattern("own_short")
    name = "(?P<name>[^,;。]{0,24}?)"
    return re.compile(
        f"(?P<met>{met})(?P<of1>{own})?|{name}(?P<met2>达到|完成|实现|达|符合){own}|"
        f"(?P<unmet>{unmet})(?:{own})?|(?P<name2>[^,;。]{{0,24}}?)(?P<unmet2>未达到|未完成|未实现|不达|达不到|没有完成|没有达到){own}|"
        f"(?P<name3>[^,;。]{{0,24}}?)(?P<atmost>(?:不|未)(?:{over})|(?:小于|低于)或?等于|控制在|在)(?P<of2>{own})(?P<in>(?:以内|之内|范围内|内)?)|"
        f"(?P<name4>[^,;。]{{0,24}}?)(?P<atleast>不(?:{short})|(?:大于|高于)或?等于){own}|"
        f"(?P<name5>[^,;。]{{0,24}}?)(?P<over>{over}){own}|(?P<name6>[^,;。]{{0,24}}?)(?P<short>{short}){own}"
    )


def of_target(words: str) -> Condition | None:
    """完成, 未达到目标值, 突破控制指标, 在控制数以内: the target met or not, or a side of it; None for any other words."""
    found = _target().fullmatch(words)
    if found is None:
        return None
    if found["met"] or found["met2"]:
        return Met()
    if found["unmet"] or found["unmet2"]:
        return Met(False)
    whole = Quantity(Fraction(100), UNITS["%"])
    if found["atmost"]:
        if found["atmost"] in ("在", "控制在") and not found["in"]:
            return None
        return Band(None, End(whole, True), "target")
    if found["atleast"]:
        return Band(End(whole, True), None, "target")
    return Band(End(whole, False), None, "target") if found["over"] else Band(None, End(whole, False), "target")


# ---- values ------------------------------------------------------------------------------------------------------


def _bands(text: str, run: Sequence[Piece]) -> list[Condition]:
    """The bands of one clause: one value, or several joined by 、和及; the words before say what is measured."""
    places = [place for place, one in enumerate(run) if one.kind in ("band", "amount")]
    if not places:
        return []
    first = places[0]
    joined = all(
        run[a + 1].kind == "words" and run[a + 1].text in ("、", "和", "及", "或", "与") and b == a + 2
        for a, b in zip(places, places[1:], strict=False)
    )
    if len(places) > 1 and joined:
        return [_one(text, run[:first], _like(run[first], run[place])) for place in places]
    if len(places) == 2 and run[first].kind == "band" and run[first].text[-1] in "≤<" and run[places[1]].kind == "band":
        left, right = run[first].value, run[places[1]].value  # 40%≤完成率<50%
        both = Piece("band", run[first].text, run[first].at, Bounds(left.low, right.high))
        return [_one(text, run[first + 1 : places[1]], both)]
    last = places[-1]
    piece = run[last]
    if piece.kind == "amount" and not _is_point(text, run, last):
        return []
    return [_one(text, run[:last], piece)]


def _like(first: Piece, other: Piece) -> Piece:
    """超过80%、70%: the sign of the first holds for the others."""
    if other.kind == "band" or first.kind != "band":
        return other
    end = End(other.value.quantity, (first.value.low or first.value.high).closed)
    return Piece("band", other.text, other.at, Bounds(end, None) if first.value.low else Bounds(None, end))


def _is_point(text: str, run: Sequence[Piece], place: int) -> bool:
    """Whether a number without a sign is a value to be reached: 完成100%, 不低于总数的20%, and not 35岁 or 第1名."""
    amount: Amount = run[place].value
    before = text[run[0].at : run[place].at]
    after = bare("".join(one.text for one in run[place + 1 :]))
    if not amount.unit or after:
        return False
    return not before or bool(_REACHED.search(before) or _SIGN_BEFORE.search(before) or amount.unit == "%")


def _one(text: str, before: Sequence[Piece], piece: Piece) -> Band:
    value = piece.value
    name = text[before[0].at : before[-1].at + len(before[-1].text)] if before else ""
    if isinstance(value, Amount):
        end = End(value.quantity, True if value.closed is None else value.closed)
        low, high = end, end
        if sign := _SIGN_BEFORE.search(name):
            word = sign["sign"]
            closed = word.startswith("不") and word != "不足" or "等于" in word
            up = word in ("高于", "大于", "超过") or (word.startswith("不") and word in ("不低于", "不少于")) or word.startswith(("大于", "高于"))
            low, high = (End(end.number, closed), None) if up else (None, End(end.number, closed))  # type: ignore[assignment]
            name = name[: sign.start()]
        return _named(name, Band(low, high))
    return _named(name, Band(value.low, value.high), value.sign)


@lru_cache(maxsize=1)
def _against() -> re.Pattern[str]:
    return re.compile(f"(?:(?P<over>{pattern('own_over')})|(?P<short>{pattern('own_short')}))?(?P<own>{pattern('own')})的?$")


def _named(name: str, band: Band, sign: str = "") -> Band:
    """A band with what it measures: the value, its share of the target, or how far over or short of it."""
    plain = _LEAD.sub("", name.strip(_ENDS))
    of: Of = "value"
    if found := _against().search(plain):
        percent = all(end is None or end.number.unit.kind == "比率" for end in (band.low, band.high))
        if percent:
            of = "over" if found["over"] else "short" if found["short"] else "target"
            if of == "target" and sign in ("超过", "超出", "高于", "超"):
                pass
            plain = plain[: found.start()]
    plain = bare(_REACHED.sub("", _LEAD.sub("", plain)))
    return replace(band, of=of, name=known(plain, 0))


def _beside(text: str, run: Sequence[Piece], upto: int) -> list[Condition]:
    """Words after a band in its clause are a fact that must hold as well."""
    places = [place for place, one in enumerate(run) if one.kind in ("band", "amount")]
    last = run[places[-1]]
    after = run[places[-1] + 1 :]
    if not after:
        return []
    words = bare(_AND.sub("", text[last.at + len(last.text) : upto], count=0) if False else text[after[0].at : upto])
    words = re.sub("^(?:且|并且|并|和|、)", "", words)
    return [Fact(known(words, after[0].at))] if words else []


__all__ = ["any_of", "bare", "clauses", "conditions", "facts_of", "known", "measured", "of_target", "skipped", "source"]
