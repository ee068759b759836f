"""When something is got or taken: the pieces before it as bands of a value, the target met or not, or facts in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from evaluator.criteria.cutting import Bounds, Figure, Piece, pattern, vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.tree import Claim, Condition, Edge, Interval, Lost, Met, Of, Otherwise
from evaluator.quantities.units import WORDS as UNITS
from evaluator.quantities.units import Quantity

_ENDS = ' ,;。:.、!?|"'
_TAIL = re.compile(
    r"(?:的|的情况|的单位|的部门|(?<=的)者|(?<!小)(?<!按)(?<!准)(?<!及)时|(?<![否规原准法守])则|(?<!许)可|可以|范围内?|期间|之间)$"
)
_LEAD = re.compile(r"^(?:如果|若|凡|其中:|或者?|则|但是?|并且|且|而|并|只要|则该项工作$)")
_REACHED = re.compile(r"(?:完成|达到|达|控制在|为|是|实现|在|占|保持在|到达|应|要|须|需|的|:|,)+$")
_UPTO = re.compile(r"(?:完成|达到|达|实现|到达|保持在)(?:要?达?到?)?$")
_RATE = re.compile(r"(?:率|度|比|比例|占比|比重|值)$")
_NAMED = re.compile(r"(?:率|度|比例|占比|比重|数|量|额|总值|排名|名次|年均值|均值|性别比)$")
TIMES = ("月", "季度", "年", "天", "日", "周", "季", "半年", "个月")
_CONNECTED = ("并", "且", "同时", "并且", "或", "则", "")
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
    """What the pieces up to a place say of when, all of it at once; raises Refusal for doubtful words."""
    cases = alternatives(text, pieces, end)
    if len(cases) > 1:
        raise Refusal(
            "Q405", f"“{source(text, pieces, end)[:20]}”用“或”连着几种情形", pieces[0].at, "分开写，每种情形各写一句"
        )
    return cases[0]


def alternatives(
    text: str, pieces: Sequence[Piece], end: int, tiers: frozenset[str] = frozenset()
) -> list[tuple[Condition, ...]]:
    """What the pieces up to a place say of when; more than one where bands are joined by 或. Facts side by side are one.

    Of `tiers`, units of which each number is a case of its own, a number alone is one too.
    """
    every: list[list[Condition]] = [[]]
    started: int | None = None
    runs = list(clauses(pieces))
    banded = any(_bands(text, run, tiers) for run in runs)
    name = ""

    def close(at: int) -> None:
        nonlocal started
        if started is not None:
            words = _LEAD.sub("", bare(text[started:at]))
            if words not in _CONNECTED:
                every[-1].append(Claim(known(words, started)))
            started = None

    for number, run in enumerate(runs):
        upto = runs[number + 1][0].at if number + 1 < len(runs) else end
        raw = bare(text[run[0].at : upto])
        words = _LEAD.sub("", raw)
        if skipped(words, banded):
            close(run[0].at)
            continue
        stated: list[Condition] = []
        if run[0].kind == "lost_so_many":
            stated = [Lost(run[0].value)]
        elif run[0].kind == "otherwise":
            stated = [Otherwise()]
        elif reached := of_target(words):
            stated = [reached]
        elif bands := _bands(text, run, tiers):
            counted = run[-1].kind == "words" and any(p.kind == "amount" and p.value.unit in tiers for p in run)
            stated = bands if counted else [*bands, *_beside(text, run, upto)]
            if name and isinstance(stated[0], Interval) and not stated[0].name:
                stated[0] = replace(stated[0], name=name)
                started = None
        if raw.startswith("或") and (every[-1] or (stated and started is not None)):
            close(run[0].at)
            every.append([])
        if stated:
            close(run[0].at)
            first, *others = [[condition] for condition in stated] if _either(run, stated) else [stated]
            every[-1] += first
            every += others  # 低于70%或高于130%
        elif started is None:
            started = run[0].at
        name = words if not stated and _NAMED.search(words) and started == run[0].at else ""
    close(end)
    return [tuple(case) for case in every if case] or [()]


def measured(text: str, pieces: Sequence[Piece], end: int) -> tuple[list[Condition], list[Condition]]:
    """The bands among the conditions, and the others."""
    when = conditions(text, pieces, end)
    bands: list[Condition] = [band for band in when if isinstance(band, Interval)]
    return bands, [other for other in when if not isinstance(other, Interval)]


def facts_of(text: str, pieces: Sequence[Piece], end: int) -> str:
    """All that stands before, as words; without what only tells how it is checked."""
    runs = list(clauses(pieces))
    while runs and skipped(bare(source(text, runs[0], runs[1][0].at if len(runs) > 1 else end)), False):
        runs.pop(0)
    return known(bare(text[runs[0][0].at : end]), runs[0][0].at) if runs else ""


def bare(words: str) -> str:
    """Words without stops and particles at their ends, nor half a pair of brackets."""
    before = None
    while before != words:
        before = words
        words = _TAIL.sub("", words.strip(_ENDS))
        for left, right in ("()", "“”"):
            if words.startswith(right) or (words.startswith(left) and right not in words):
                words = words[1:]
            if words.endswith(left) or (words.endswith(right) and left not in words):
                words = words[:-1]
            if words.startswith(left) and words.endswith(right) and left not in words[1:]:
                words = words[1:-1]
    return words


def known(words: str, at: int) -> str:
    """The words themselves; raises Refusal where they hold something doubtful."""
    for doubtful in (*vocabulary()["doubtful"], "[0-9]%[0-9]"):
        if doubt := re.search(doubtful, words):
            raise Refusal("Q405", f"看不准“{doubt[0]}”怎样影响得分", at + doubt.start(), "改写成几分、几档")
    return words


def skipped(words: str, banded: bool) -> bool:
    """Whether a clause only tells how something is checked, or names the grade before its band."""
    return not words or bool(re.fullmatch(pattern("notes"), words)) or (banded and words in vocabulary()["labels"])


# ---- the target itself -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _target() -> re.Pattern[str]:
    own, met, unmet = pattern("own"), pattern("met"), pattern("unmet")
    over, short = pattern("own_over"), pattern("own_short")
    name = "(?P<name>(?:[^,;。0-9或]{0,23}[^,;。0-9不未没无非难])?)"
    return re.compile(
        f"(?P<unmet>{unmet})(?:{own})?|(?P<name2>[^,;。0-9或]{{0,24}}?)(?P<unmet2>未达到|未完成|未实现|不达|达不到|没有完成|没有达到|不符合){own}|"
        f"(?:完成值)?(?P<equal>=|等于|平)(?P<of3>{own})|"
        f"(?P<met>{met})(?P<of1>{own})?|{name}(?P<met2>达到|完成|实现|符合|达成){own}|"
        f"(?P<name3>(?:[^,;。0-9或]{{0,23}}[^,;。0-9不未没无非])?)(?P<atmost>(?:不|未)(?:{over})|(?:小于|低于)或?等于|控制在|在)(?P<of2>{own})(?P<in>(?:以内|之内|范围内|内)?)|"
        f"(?P<name4>(?:[^,;。0-9或]{{0,23}}[^,;。0-9不未没无非])?)(?P<atleast>不(?:{short})|(?:大于|高于)或?等于){own}|"
        f"(?P<alone>(?:不|未)?(?:{over}|{short}))|"
        f"(?P<name5>(?:[^,;。0-9或]{{0,23}}[^,;。0-9不未没无非])?)(?P<over>{over}){own}|(?P<name6>(?:[^,;。0-9或]{{0,23}}[^,;。0-9不未没无非])?)(?P<short>{short}){own}"
    )


_SAID = {"≤": "不超过", "≥": "不低于", "<": "低于", ">": "超过"}


def of_target(words: str) -> Condition | None:
    """完成, 未达到目标值, 突破控制指标, 在控制数以内: the target met or not, or a side of it; None for any other words."""
    for sign, says in _SAID.items():
        words = words.replace(sign, says)  # 实际支出≤预算数
    if re.fullmatch(f"(?:达到|在)?{pattern('own')}(?:\\(含\\))?及?以上", words):
        return Interval(Edge(Quantity(Fraction(100), UNITS["%"]), True), None, "target")
    reading = _target().fullmatch(words)
    if reading is None:
        return None
    if reading["met"] or reading["met2"]:
        return Met()
    if reading["unmet"] or reading["unmet2"]:
        return Met(False)
    whole = Quantity(Fraction(100), UNITS["%"])
    if alone := reading["alone"]:
        over = bool(re.search(pattern("own_over") + "$", alone))
        good = alone[0] in "不未" and alone not in ("不足", "未达到", "未达")
        end = Edge(whole, good)
        return Interval(None, end, "target") if over == good else Interval(end, None, "target")
    if reading["equal"]:
        return Interval(Edge(whole, True), Edge(whole, True), "target")
    if reading["atmost"]:
        if reading["atmost"] in ("在", "控制在") and not reading["in"]:
            return None
        return Interval(None, Edge(whole, True), "target")
    if reading["atleast"]:
        return Interval(Edge(whole, True), None, "target")
    return (
        Interval(Edge(whole, False), None, "target")
        if reading["over"]
        else Interval(None, Edge(whole, False), "target")
    )


# ---- values ------------------------------------------------------------------------------------------------------


def _bands(text: str, run: Sequence[Piece], tiers: frozenset[str]) -> list[Condition]:
    """The bands of one clause: one value, or several joined by 、和及; the words before say what is measured."""
    places = [place for place, segment in enumerate(run) if segment.kind in ("band", "amount")]
    if not places:
        return []
    first = places[0]
    joined = all(
        run[a + 1].kind == "words" and run[a + 1].text in ("、", "和", "及", "或", "与") and b == a + 2
        for a, b in pairwise(places)
    )
    if len(places) > 1 and joined:
        return [_one(text, run[:first], _like(run[first], run[place])) for place in places]
    if len(places) == 2 and run[first].kind == "band" and run[first].text[-1] in "≤<" and run[places[1]].kind == "band":
        left, right = run[first].value, run[places[1]].value  # 40%≤完成率<50%
        both = Piece("band", run[first].text, run[first].at, Bounds(left.low, right.high))
        return [_one(text, run[first + 1 : places[1]], both)]
    last = places[-1]
    piece = run[last]
    after = bare("".join(segment.text for segment in run[last + 1 :]))
    if last > 1 and run[last - 2].kind == "each" and run[last - 1].text in TIMES:
        return []  # 少于每年一次 is a fact
    tier = piece.kind == "amount" and piece.value.unit in tiers
    if (after and not tier and not _AFTER.fullmatch(after)) or (
        piece.kind == "amount" and not tier and not _is_point(text, run, last)
    ):
        return []
    if any(segment.kind == "each" for segment in run[last - 1 : last]) or (
        re.search("[0-9A-Za-z]%?$", text[run[0].at : piece.at]) and not (piece.kind == "band" and piece.value.sign)
    ):
        raise Refusal(
            "Q402", f"看不懂“{text[run[0].at : piece.at + len(piece.text)]}”的范围", piece.at, "如 90%（含）以上"
        )
    band = _one(text, run[:last], piece)
    if after.startswith(("完成", "达到")) and band.low == band.high:
        band = replace(band, high=None)  # 100%完成
    return [band]


def _either(run: Sequence[Piece], bands: Sequence[Condition]) -> bool:
    """Whether the bands of one clause are joined by 或."""
    places = [place for place, piece in enumerate(run) if piece.kind in ("band", "amount")]
    return (
        len(bands) == len(places) == 2
        and "或" in [piece.text for piece in run[places[0] : places[1]]]
        and all(isinstance(band, Interval) for band in bands)
    )


def _like(first: Piece, other: Piece) -> Piece:
    """超过80%、70%: the sign of the first holds for the others."""
    if other.kind == "band" or first.kind != "band":
        return other
    end = Edge(other.value.quantity, (first.value.low or first.value.high).closed)
    return Piece("band", other.text, other.at, Bounds(end, None) if first.value.low else Bounds(None, end))


def _is_point(text: str, run: Sequence[Piece], place: int) -> bool:
    """Whether a number without a sign is a value to be reached: 完成100%, 不低于总数的20%, and not 35岁 or 第1名."""
    amount: Figure = run[place].value
    before = text[run[0].at : run[place].at]
    if amount.unit in ("月", "日", "号", "年") or (before.endswith("第") and amount.unit.removeprefix("个") in TIMES):
        return False  # 7月完成, 第一季度完成 are dates
    if not amount.unit and not _RATE.search(before):
        return False
    return not before or bool(_REACHED.search(before) or _SIGN_BEFORE.search(before) or _RATE.search(before))


def _one(text: str, before: Sequence[Piece], piece: Piece) -> Interval:
    value = piece.value
    name = text[before[0].at : before[-1].at + len(before[-1].text)] if before else ""
    if isinstance(value, Figure):
        end = Edge(value.quantity, True if value.closed is None else value.closed)
        low, high = (
            (end, None)
            if _UPTO.search(name) or _reached().search(name) or name.startswith(("完成", "达到"))
            else (end, end)
        )
        if sign := _SIGN_BEFORE.search(name):
            word = sign["sign"]
            closed = (word.startswith("不") and word != "不足") or "等于" in word
            bound = Edge(end.number, closed)
            up = word in ("不低于", "不少于") or word.startswith(("高于", "大于", "超过"))
            return _named(name[: sign.start()], Interval(bound, None) if up else Interval(None, bound))
        return _named(name, Interval(low, high))
    return _named(name, Interval(value.low, value.high), value.sign)


@lru_cache(maxsize=1)
def _reached() -> re.Pattern[str]:
    return re.compile(f"(?:完成|达到|达|实现)(?:{pattern('own')})的?$")


@lru_cache(maxsize=1)
def _against() -> re.Pattern[str]:
    return re.compile(
        f"比{pattern('own')}(?:(?P<more>多出?|高出?)|(?P<less>少|低))$|(?:(?P<over>{pattern('own_over')})|(?P<short>{pattern('own_short')}))?(?P<own>{pattern('own')})的?$"
    )


def _named(name: str, band: Interval, sign: str = "") -> Interval:
    """A band with what it measures: the value, its share of the target, or how far over or short of it."""
    plain = _LEAD.sub("", name.strip(_ENDS))
    of: Of = "value"
    if (base := _against().search(plain)) and not _itself(base, plain, sign):
        ends = [end for end in (band.low, band.high) if end]
        if all(end.number.unit.kind == "比率" for end in ends):
            if _OFF.search(plain[: base.start()]):
                raise Refusal(
                    "Q402", f"看不出“{name}”多少从哪一边算", 0, "分开写，如 超过目标值10%以上、低于目标值10%以上"
                )
            of = _of_target(base, ends[0].number.number)
            plain = plain[: base.start()]
    elif re.search(f"{pattern('own')}{_OFF.pattern}", plain):
        raise Refusal("Q402", f"看不出“{name}”多少从哪一边算", 0, "分开写，如 超过目标值10%以上、低于目标值10%以上")
    elif base and not base.start():
        plain = ""  # 标准≥95%, 指标值≥95%
    if of == "over" and band.low is None:
        band = replace(band, low=Edge(Quantity(Fraction(0), UNITS["%"]), False))
    if of == "target" and base and base["short"]:
        band = Interval(None, replace(band.low or band.high, closed=False) if _open(band) else band.low or band.high)  # type: ignore[type-var]
    plain = bare(_REACHED.sub("", _LEAD.sub("", plain)))
    if re.search("[0-9A-Za-z]%?$", plain) and not sign:
        raise Refusal("Q402", f"看不懂“{name}”后面的范围", 0, "如 90%（含）以上")
    return replace(band, of=of, name=known(plain, 0))


_OFF = re.compile("(?:偏离|偏差|相差|偏出|差距|差|与)$")


def _itself(base: re.Match[str], plain: str, sign: str) -> bool:
    """Whether the value itself is bounded: 标准不低于95%, 形象进度计划≥100%; and not 目标值的80%."""
    bounded = bool(sign) and not plain.endswith("的") and not base["over"] and not base["short"]
    return bounded and (not base.start() or sign in "≥≤><=")


def _open(band: Interval) -> bool:
    """Whether the one number of a point is to be read as 低于 it."""
    return band.low == band.high


def _of_target(base: re.Match[str], number: Fraction) -> Of:
    """超过目标值30% is by so much, 超过目标值的120% is a share of it; so below it: 低于目标值10%, 低于目标值的85%."""
    if base["more"] or base["less"]:
        return "over" if base["more"] else "short"  # 比目标值多120%: by so much, however much
    if base["over"] and number < 100:
        return "over"
    return "short" if base["short"] and number <= 50 else "target"


_AFTER = re.compile(
    "(?:的?(?:县[(]区[)]|情况|项目|单位|部门|地区|县|完成|企业|人员|比例|部分|数)?|时|者|以?内|之间|范围)*"
)


def _beside(text: str, run: Sequence[Piece], upto: int) -> list[Condition]:
    """Words after a band in its clause are a fact that must hold as well."""
    places = [place for place, piece in enumerate(run) if piece.kind in ("band", "amount")]
    after = run[places[-1] + 1 :]
    if not after:
        return []
    words = bare(text[after[0].at : upto])
    if not words or _AFTER.fullmatch(words):
        return []
    return [Claim(known(words, after[0].at))]
