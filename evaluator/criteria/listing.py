"""What a sentence lists: points in turn for bands or things, steps of a series, asides in brackets."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from evaluator.criteria.cutting import Piece, pattern
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.occasions import bare, facts_of, known
from evaluator.criteria.tree import Award, Change, Claim, Condition, Count, Edge, Fixed, Interval, Met, PerUnit, Rule
from evaluator.quantities.numerals import write_han
from evaluator.quantities.units import WORDS as UNITS
from evaluator.quantities.units import Quantity, Unit


def without_asides(pieces: list[Piece]) -> list[Piece]:
    """The pieces without what stands in brackets right after something got or taken and says no points itself."""
    kept: list[Piece] = []
    skipping = False
    for place, piece in enumerate(pieces):
        if not skipping and piece.kind == "words" and piece.text[0] in "(（" and kept and kept[-1].kind in _EFFECTS:
            inside = _inside(pieces[place:])
            skipping = bool(inside) and not any(segment.kind in _EFFECTS for segment in inside)
        if not skipping:
            kept.append(piece)
        elif ")" in piece.text:
            skipping = False
            rest = piece.text[piece.text.index(")") + 1 :]
            if rest:
                kept.append(Piece("words", rest, piece.at + piece.text.index(")") + 1))
    return kept


def _inside(pieces: list[Piece]) -> list[Piece]:
    """The pieces up to the one with the closing bracket; none where there is none."""
    end = next((place for place, piece in enumerate(pieces) if ")" in piece.text), None)
    return [] if end is None else pieces[: end + 1]


_EFFECTS = (
    "got",
    "full",
    "nothing",
    "share",
    "lost",
    "gained",
    "outside",
    "judged",
    "judged_lost",
    "proportion",
    "taken",
)


def each_whole(band: Interval) -> list[Interval]:
    """1-5名 as five bands of one number each."""
    if band.low is None or band.high is None or band.low == band.high:
        return []
    low, high = band.low.number, band.high.number
    if low.number.denominator != 1 or high.number.denominator != 1 or not 0 < high.number - low.number < 50:
        return []
    ends = [Edge(Quantity(Fraction(n), high.unit), True) for n in range(int(low.number), int(high.number) + 1)]
    return [replace(band, low=end, high=end) for end in ends]


def step(rule: Rule) -> tuple[Fraction, Fraction] | None:
    """The share of the target (per cent) and the points of one step of a series."""
    if not isinstance(rule, Award) or not isinstance(rule.gets, Fixed) or len(rule.when) != 1:
        return None
    match rule.when[0]:
        case Met(yes=True):
            return Fraction(100), rule.gets.points
        case Interval(low=Edge(number=number)) if number.unit.kind == "比率":
            return number.number, rule.gets.points
    return None


def series(rules: list[Rule], piece: Piece) -> tuple[list[Rule], dict[str, str]]:
    """完成目标得10分，完成90%得9分，完成80%得8分，依次类推; 签约1亿元得1分，2亿元得2分，以此类推: by equal steps; raises Refusal (Q404) otherwise."""
    known = [rule for rule in map(step, rules) if rule]
    if len(known) == len(rules) > 2:
        (most, best), (second, less), (third, least), *_ = known
        size, fall = most - second, best - less
        if size > 0 < fall and second - third == size and less - least == fall:
            change = Change(-fall, PerUnit("short", Quantity(size, UNITS["%"])))
            return [rules[0], change], {"pct": "target"}
    pairs = [point for point in map(_point, rules) if point is not None]
    if len(pairs) == len(rules) > 1:
        (first, best), *_ = pairs
        size = first.number * first.unit.size
        if all(number.number * number.unit.size * best == size * score for number, score in pairs):
            return [Change(best, PerUnit("each", first))], {}
    raise Refusal("Q404", f"“{piece.text}”之前的各档不成等差，看不出怎样类推", piece.at, "逐档写明")


def _point(rule: Rule) -> tuple[Quantity, Fraction] | None:
    """The one value and its points of an award (签约1亿元得1分)."""
    if not isinstance(rule, Award) or not isinstance(rule.gets, Fixed) or len(rule.when) != 1:
        return None
    band = rule.when[0]
    return (
        (band.low.number, rule.gets.points)
        if isinstance(band, Interval) and band.low and band.low == band.high
        else None
    )


def ranks_to(count: int, way: str) -> list[Condition]:
    """The first so many ranks (从高到低的名次), one band each."""
    ends = [Edge(Quantity(Fraction(n), Unit("名", "人", Fraction(1))), True) for n in range(1, count + 1)]
    return [Interval(end, end, "value", f"{way}的名次") for end in ends]


def listed(text: str, pre: list[Piece], count: int, end: int) -> list[Count]:
    """国家、省级、市级媒体报道1次分别得3分、2分、1分: as many things counted as points; none where they are not listed so."""
    each = max((place for place, segment in enumerate(pre) if segment.kind == "each"), default=-1)
    run = [segment for segment in pre[each + 1 :] if segment.kind not in ("in_turn", "stop")]
    numbers = [segment for segment in run if segment.kind == "amount"]
    if len(numbers) != 1 or not numbers[0].value.unit or any(segment.kind == "band" for segment in run):
        return []
    piece = numbers[0]
    words = bare(text[run[0].at : piece.at]).split("、")
    if len(words) != count or any("第" in word for word in words):
        return []
    after = bare(text[piece.at + len(piece.text) : run[-1].at + len(run[-1].text)]) if run[-1] is not piece else ""
    return [
        Count(piece.value.unit, known(word, piece.at), piece.value.number, "", known(after, piece.at)) for word in words
    ]


def cases_of(text: str, pre: list[Piece], count: int, end: int) -> list[Claim]:
    """达成、部分达成、未达成三档: as many cases in words; raises Refusal (Q404) where there are not so many."""
    start = pre[-1].at if pre else end
    words = facts_of(text, [piece for piece in pre if piece.kind != "in_turn"], start).rstrip(",分别")
    words = re.sub("^(?:分为|设|划分为)", "", words)
    cases = re.sub("(?:[一二三四五]|[0-9])[档种类级](?:情形|情况)?$", "", words).split("、") if words else []
    if not cases:
        cases = [f"第{write_han(number)}档" for number in range(1, count + 1)]
    if len(cases) != count:
        raise Refusal("Q404", f"有{count}个区间，前面读出{len(cases)}种情形，对不上", end, "逐档写明")
    return [Claim(bare(case)) for case in cases]


def _in_a_row(numbers: set[Fraction]) -> bool:
    """Whether these are 1, 2, … without a gap: 发生1起扣2分，3起以上不得分 is for each, as nothing is said of two."""
    numbers = numbers - {Fraction(0)}
    return len(numbers) > 1 and numbers == set(map(Fraction, range(1, len(numbers) + 1)))


def raised_in(pieces: list[Piece]) -> frozenset[str]:
    """The units of which more than a first number gives more: 开展1次得2分，每增加1次加1分."""
    runs = zip(pieces, pieces[1:], pieces[2:], strict=False)
    return frozenset(
        amount.value.unit
        for each, verb, amount in runs
        if each.kind == "each"
        and verb.text.startswith(("增", "再增"))
        and amount.kind == "amount"
        and amount.value.unit
    )


def tiers_of(pieces: list[Piece]) -> frozenset[str]:
    """The units that stand with several numbers and without 每: 一次扣1分，两次扣3分，三次以上不得分."""
    seen: dict[str, set[Fraction]] = {}
    each = False
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if piece.kind == "each":
            each = True
        elif piece.kind in _EFFECTS or (piece.kind == "stop" and piece.text in "。;"):
            each = False
        elif (
            before is not None
            and before.kind == "words"
            and re.search(f"(?:{pattern('short')}|{pattern('over')}|第)$", before.text)
        ):
            pass  # 少1次扣2分 is for each, 第一季度 a date
        elif piece.kind in ("amount", "band") and not each:
            ends = (
                [piece.value]
                if piece.kind == "amount"
                else [e.number for e in (piece.value.low, piece.value.high) if e]
            )
            for end in ends:
                unit = end.unit if isinstance(end.unit, str) else end.unit.name
                if f"{unit}元" in seen:
                    unit = f"{unit}元"  # 1亿元, 2亿
                seen.setdefault(unit, set()).add(end.number)
    units = frozenset(unit for unit, numbers in seen.items() if unit and _in_a_row(numbers))
    return units | {unit.removesuffix("元") for unit in units if unit.endswith("元")}
