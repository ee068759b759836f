"""From a scoring sentence to its tree: pieces gathered until something is got or taken, and what was gathered says when.

Nothing is guessed: a word that may change direction, number or extent and is not understood refuses the sentence, with its
place. What the sentence leaves open stays open in the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache

from evaluator.criteria.cutting import Piece, cut, normal, vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.folding import Gatherer
from evaluator.criteria.saying import conditions_text
from evaluator.criteria.tree import (
    Award,
    Change,
    Claim,
    Condition,
    Count,
    Criterion,
    Extra,
    Fixed,
    Full,
    InProportion,
    Interval,
    Met,
    Of,
    Otherwise,
    PerUnit,
    Rule,
    terms_of,
)

_POINTS = r"(?:[0-9]+(?:\.[0-9]+)?分|(?:该项|本项|指标)?(?:分值|权重))"
# 预算执行率×8分 and 得分(20分×执行率) say what the points are
_OF = "[\u4e00-\u9fff]{2,14}"
_FORMULA = re.compile(rf"(?<![^,;。])(?=(?:{_OF}[÷/])?{_OF}[×*]{_POINTS}(?:$|[,;。])|{_POINTS}[×*]{_OF}(?:$|[,;。]))")
_IN_BRACKETS = re.compile(r"得分\((?=[^()]*[×*÷/][^()]*\))")
_SILENT = ("words", "stop", "amount", "band", "each", "in_turn", "otherwise", "na", "lost_so_many")


@lru_cache(maxsize=4096)
def read(text: str) -> Criterion:
    """The tree of a sentence; raises Refusal, its place counted in the characters of the text as given."""
    plain, places = normal(text)
    try:
        return _read(plain)
    except Refusal as error:
        at = places[error.at] if error.at < len(places) else len(text)
        near = error.nearest or tuple(get_close_matches(plain, vocabulary()["examples"], 2, 0.2))
        raise Refusal(error.code, error.says, at, error.allowed, near) from None


def _read(plain: str) -> Criterion:
    mended, typos = plain, list[str]()
    for written, same, *left in vocabulary()["same"]:
        changed = re.sub(written, same, mended)
        mended = mended if left and re.search(left[0], changed) else changed
    mended = _FORMULA.sub("得分=", _IN_BRACKETS.sub("得分=(", mended))
    for wrong, right in vocabulary()["typos"].items():
        if "疑有错字" not in plain and (odd := re.search(wrong, mended)):
            typos.append(f"{odd[0]}→{odd.expand(right)}")
            mended = re.sub(wrong, right, mended)
    groups: list[list[Piece]] = [[]]
    for piece in cut(mended):
        if piece.kind == "mark":
            groups.append([])
        else:
            groups[-1].append(piece)
    joined = _told(groups)
    gatherers = [Gatherer(mended, place > 0, len(groups) > 2).of(group) for place, group in enumerate(joined)]
    criterion = _together(gatherers)
    criterion = _settled(criterion if criterion.parts else _halved(criterion))
    if not criterion.rules and not criterion.parts and not criterion.terms:
        raise Refusal("Q401", "没有读出怎样得分", 0, "写明什么情形得几分、扣几分，如 每少1人扣0.5分，扣完为止")
    if typos:
        criterion = replace(criterion, terms=terms_of({**dict(criterion.terms), "typo": "?" + "，".join(typos)}))
    return criterion


def _told(groups: list[list[Piece]]) -> list[list[Piece]]:
    """The groups that say what is got or taken, each with the groups before it that do not."""
    joined: list[list[Piece]] = []
    before: list[Piece] = []
    for group in groups:
        before = [*before, *group]
        if any(piece.kind not in _SILENT for piece in group):
            joined.append(before)
            before = []
    if any(piece.kind != "stop" for piece in before):
        joined.append(before)
    return joined


def _together(gatherers: list[Gatherer]) -> Criterion:
    """Marked groups that each give points are parts; any others are one run of rules."""
    giving = [gatherer for gatherer in gatherers if gatherer.gives]
    if len(giving) > 1 and not _of_one_value(giving):
        rest = [gatherer for gatherer in gatherers if not gatherer.gives]
        outer = _merged(rest)
        return replace(outer, parts=tuple(gatherer.criterion() for gatherer in giving))
    return _merged(gatherers)


def _halved(criterion: Criterion) -> Criterion:
    """达80%记5分，每下降1个百分点扣0.1分；…记5分，每下降…: each award with what is taken from it is a part."""
    runs: list[list[Rule]] = []
    for rule in criterion.rules:
        positive = isinstance(rule, Award) and isinstance(rule.gets, Fixed) and rule.gets.points > 0
        if positive or not runs:
            runs.append([])
        runs[-1].append(rule)
    whole = [
        isinstance(run[0], Award)
        and len(run) > 1
        and all(isinstance(change, Change) and change.by < 0 and change.per for change in run[1:])
        for run in runs
    ]
    if len(runs) < 2 or not all(whole):
        return criterion
    return replace(criterion, rules=(), parts=tuple(Criterion(tuple(run)) for run in runs))


def _settled(criterion: Criterion) -> Criterion:
    """The criterion with 未达到 as the opposite of the one fact that gives points; refused where an award stands for all cases
    beside others."""
    awards = [rule for rule in criterion.rules if isinstance(rule, Award)]
    others = [rule for rule in awards if rule.when and rule.gets not in (Full(), Fixed(Fraction(0)))]
    if others and any(not rule.when for rule in awards):
        raise Refusal("Q406", "有一种算法适用于所有情形，又另写了别的情形", 0, "只写一种算法，或写明各用于什么情形")
    banded = any(isinstance(condition, Interval) for rule in awards for condition in rule.when)
    for rule in awards:
        odd = next(
            (
                condition
                for condition in rule.when
                if isinstance(condition, Claim) and re.search("[0-9]", condition.words) and len(condition.words) < 10
            ),
            None,
        )
        if banded and odd and len(rule.when) == 1:
            raise Refusal("Q402", f"看不懂“{odd.words}”的范围", 0, "如 7-10名、90%（含）以上")
    standards = {
        (end, band.name)
        for rule in awards
        if rule.gets not in (Fixed(Fraction(0)), InProportion(), InProportion(True))
        for band in rule.when
        if isinstance(band, Interval) and band.name
        for end in (band.low,)
    }
    counted = any(isinstance(rule, Change) and isinstance(rule.per, PerUnit) for rule in criterion.rules)
    if counted and len({name for _, name in standards}) > 1 and len(standards) > 2:
        raise Refusal("Q406", "几种情形各有各的标准，看不出每多多少从哪个算起", 0, "每种情形分开写")
    if odd_range := next(_off_a_range(criterion), None):
        says = f"“{odd_range}”之内每偏离多少，看不出从哪一端算起"
        raise Refusal("Q406", says, 0, f"如 {odd_range}得满分，每超1个百分点扣1分，每少1个百分点扣1分")
    if mixed := next((rule for rule in awards if {Met(True), Met(False)} <= set(rule.when)), None):
        raise Refusal(
            "Q406", "同一种情形里既达到又没有达到，看不出指哪个指标值", 0, f"分开写：{len(mixed.when)}个指标值各写一句"
        )
    said = {
        type(condition)
        for rule in awards
        for condition in rule.when
        if not (isinstance(condition, Met) and not condition.yes)
    }
    if Claim in said and not said & {Met, Interval}:
        opposite = (Otherwise(),)
        rules = tuple(
            Award(opposite, r.gets) if isinstance(r, Award) and r.when == (Met(False),) else r for r in criterion.rules
        )
        criterion = replace(criterion, rules=rules)
    criterion = _outside(replace(criterion, rules=tuple(_carried(_upward(list(_once(criterion.rules)))))))
    return replace(criterion, parts=tuple(_settled(part) for part in criterion.parts))


def _once(rules: Sequence[Rule]) -> Iterator[Rule]:
    """每项2分，缺一项扣2分: what is taken for each says the same again, and is not added as well."""
    taken = {
        (-rule.by, rule.per.unit)
        for rule in rules
        if isinstance(rule, Change) and rule.by < 0 and isinstance(rule.per, Count)
    }
    for rule in rules:
        plain = isinstance(rule, Change) and rule.by > 0 and isinstance(rule.per, Count) and not rule.per.verb
        if plain and isinstance(rule, Change) and isinstance(rule.per, Count) and not rule.per.after:
            if (rule.by, rule.per.unit) in taken:
                continue
            if rule.per.unit in {unit for _, unit in taken}:
                says = f"每{rule.per.unit}几分与扣的分数不同，看不出怎样算"
                raise Refusal("Q406", says, 0, "写成一种，如 每缺1项扣2分")
        yield rule


def _upward(rules: Sequence[Rule]) -> Sequence[Rule]:
    """60%得6分，每高5个百分点加0.5分: the one award holds from its number on, or nothing could be added to it."""
    awards = [rule for rule in rules if isinstance(rule, Award) and rule.gets != Fixed(Fraction(0))]
    added = any(
        isinstance(rule, Change) and rule.by > 0 and isinstance(rule.per, PerUnit) and rule.per.way == "over"
        for rule in rules
    )
    if len(awards) != 1 or len(awards[0].when) != 1 or not added:
        return rules
    band = awards[0].when[0]
    if not isinstance(band, Interval) or band.low is None or band.low != band.high:
        return rules
    return [replace(rule, when=(replace(band, high=None),)) if rule is awards[0] else rule for rule in rules]


def _outside(criterion: Criterion) -> Criterion:
    """扣分从总分中扣除: what is taken is taken outside the row."""
    if criterion.term("total") != "outside":
        return criterion
    rules = tuple(
        Extra(rule.by, rule.when, rule.per) if isinstance(rule, Change) and rule.by < 0 and not rule.share else rule
        for rule in criterion.rules
    )
    return replace(criterion, rules=rules, terms=tuple(term for term in criterion.terms if term[0] != "total"))


def _carried(rules: Iterable[Rule]) -> Iterator[Rule]:
    """超过目标值30%以上的扣1分，50%以上的扣2分: what a per cent is of holds for the bands after it that say nothing else."""
    of: Of = "value"
    for rule in rules:
        if not isinstance(rule, Award | Change):
            yield rule
            continue
        when: list[Condition] = []
        for condition in rule.when:
            if isinstance(condition, Interval):
                end = condition.low or condition.high
                carries = (
                    condition.of == "value"
                    and not condition.name
                    and end is not None
                    and end.number.unit.kind == "比率"
                )
                of = of if carries else condition.of
                condition = replace(condition, of=of) if carries else condition  # noqa: PLW2901
            when.append(condition)
        yield replace(rule, when=tuple(when))


def _of_one_value(giving: list[Gatherer]) -> bool:
    """Whether marked groups are bands of one value (①≥95%得10分；②85%≤…<95%得5分), and so no parts."""
    bands = [
        [
            rule.when[0]
            for rule in gatherer.rules
            if isinstance(rule, Award) and len(rule.when) == 1 and isinstance(rule.when[0], Interval)
        ]
        for gatherer in giving
    ]
    if any(len(own) != 1 or len(gatherer.rules) != 1 for own, gatherer in zip(bands, giving, strict=True)):
        return False
    return len({band.name for own in bands for band in own if isinstance(band, Interval)}) == 1


def _merged(gatherers: list[Gatherer]) -> Criterion:
    criterion = Criterion()
    for gatherer in gatherers:
        other = gatherer.criterion()
        criterion = Criterion(
            criterion.rules + other.rules,
            (),
            other.points if criterion.points is None else criterion.points,
            other.most if criterion.most is None else criterion.most,
            criterion.most_gained or other.most_gained,
            criterion.most_lost or other.most_lost,
            terms_of({**dict(criterion.terms), **dict(other.terms)}),
        )
    return criterion


def _off_a_range(criterion: Criterion) -> Iterator[str]:
    """The ranges inside which something is taken for each unit off (合理区间3%-5%，每偏离…)."""
    for rule in criterion.rules:
        if isinstance(rule, Change) and isinstance(rule.per, PerUnit) and rule.per.way == "off":
            yield from (
                conditions_text((band,)) for band in rule.when if isinstance(band, Interval) and band.low and band.high
            )
