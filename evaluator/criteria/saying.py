"""A tree as a sentence, in the words that are read back as the same tree."""

from __future__ import annotations

import re
from fractions import Fraction

from evaluator.criteria.cutting import vocabulary
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Claim,
    Condition,
    Count,
    Criterion,
    Edge,
    Expression,
    Extra,
    Fixed,
    Formula,
    Full,
    Gets,
    InProportion,
    Interval,
    Lost,
    Met,
    Name,
    NotApplicable,
    Number,
    Operation,
    Otherwise,
    Percentage,
    PerUnit,
    Rule,
    Veto,
)
from evaluator.quantities.numerals import write_number
from evaluator.quantities.units import WORDS as UNITS
from evaluator.quantities.units import Quantity

_WAYS = {"short": "少", "over": "超", "off": "差", "late": "延迟", "each": ""}
_OF = {"value": "", "target": "指标值的", "over": "超过指标值", "short": "低于指标值"}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def written(tree: Criterion) -> str:
    """The sentence of a tree; reading it gives the tree again."""
    parts = "；".join(f"{_CIRCLED[number]}{_run(part)}" for number, part in enumerate(tree.parts))
    own = _run(tree)
    if not tree.parts:
        return own
    return f"{own}。{parts}" if own else parts


def _run(tree: Criterion) -> str:
    gains = bool(tree.rules) and all(isinstance(rule, Change) and rule.by > 0 for rule in tree.rules)
    said = ["；".join(_rule(rule, gains) for rule in tree.rules)]
    if tree.points is not None:
        said.append(f"共{write_number(tree.points)}分")
    if tree.most is not None:
        said.append(f"最高{write_number(tree.most)}分")
    said += _limits(tree)
    said += [term_says(key, reading) for key, reading in tree.terms]
    return "，".join(clause for clause in said if clause)


def _limits(tree: Criterion) -> list[str]:
    gained, lost = tree.most_gained, tree.most_lost
    if gained == lost == Full():
        return ["加分和扣分均以分值为限"]
    limits = []
    if isinstance(gained, Fixed):
        limits.append(f"加分不超过{write_number(gained.points)}分")
    if isinstance(lost, Fixed):
        limits.append(f"扣分不超过{write_number(lost.points)}分")
    return limits


def term_says(key: str, reading: str) -> str:
    """How a settled question is said."""
    if key == "typo" and reading.startswith("?"):
        return f"（疑有错字：{reading[1:]}）"
    return str(vocabulary()["terms"][key]["readings"][reading])


def _rule(rule: Rule, gains: bool) -> str:
    match rule:
        case Award(when=when, gets=gets):
            return _joined(conditions_text(when), _gets(gets), when)
        case Change(by=by, per=per, when=when, judged=judged, share=share):
            verb = "扣" if by < 0 or judged else ("得" if gains and per else "加")
            amount = f"分值的{write_number(abs(by) * 100)}%" if share else f"{write_number(abs(by))}分"
            points = f"{verb}{amount}" if judged is None else _taken(judged)
            return (
                "，".join(clause for clause in (conditions_text(when), _per(per) + points if per else "") if clause)
                if per
                else (f"{conditions_text(when)}的，{points}" if when else points)
            )
        case NotApplicable(words=words, gets=gets):
            return f"{words}的，不适用，{_gets(gets)}"
        case Extra(by=by, when=when, per=per):
            points = f"追加扣除{write_number(abs(by))}分"
            if per is None:
                return f"{conditions_text(when)}的，{points}"
            return "，".join(clause for clause in (conditions_text(when), _per(per) + points) if clause)
        case Veto(words=words):
            return words


def _joined(words: str, gets: str, when: tuple[Condition, ...]) -> str:
    if not words:
        return re.sub("^得(?=[0-9]+(?:\\.[0-9]+)?分$)", "基础分", gets)
    if gets.startswith("得分=") or "，得分=" in gets:
        return f"{words}，{gets}"
    if isinstance(when[-1], Claim):
        return f"{words}的，{gets}"
    return words + gets


def _taken(judged: Assessed) -> str:
    if judged.high is None:
        return "酌情扣分"
    if judged.low == 0:
        return f"在{write_number(judged.high)}分内酌情扣分"
    return f"酌情扣{write_number(judged.low)}-{write_number(judged.high)}分"


def _gets(gets: Gets) -> str:
    match gets:
        case Full():
            return "得满分"
        case Fixed(points=points):
            return "不得分" if points == 0 else f"得{write_number(points)}分"
        case Percentage(share=share):
            return f"得{write_number(share * 100)}%"
        case InProportion(taken=taken):
            return "按比例扣分" if taken else "按比例得分"
        case Assessed(low=low, high=high, share=True) if high is not None:
            return f"得{write_number(high * 100)}%-{write_number(low * 100)}%"
        case Assessed(low=low, high=high):
            if high is None:
                return "酌情得分"
            return f"得{write_number(low)}-{write_number(high)}分" if low else f"在{write_number(high)}分内酌情得分"
        case Formula(value=value, where=where):
            return "，".join(
                [*(f"{name}={expression(definition)}" for name, definition in where), f"得分={expression(value)}"]
            )


def _per(per: PerUnit | Count) -> str:
    match per:
        case PerUnit(way=way, size=size, about=about, after=after, either=either):
            other = "" if either is None else f"或{write_number(either)}个单位"
            said = f"每{_WAYS[way]}{size}{after}{other}"
            return f"{about}，{said}" if about else said
        case Count(unit=unit, verb=verb, number=number, about=about, after=after):
            said = f"每{verb}{write_number(number)}{unit}{after}"
            return f"{about}，{said}" if about else said


def conditions_text(when: tuple[Condition, ...]) -> str:
    """Conditions as they stand before what is got."""
    return "，".join(map(condition, when))


def condition(occasion: Condition) -> str:
    """One condition in words."""
    match occasion:
        case Interval():
            return _band(occasion)
        case Met(yes=yes):
            return "达到指标值" if yes else "未达到指标值"
        case Claim(words=words):
            return words
        case Otherwise():
            return "否则"
        case Lost(points=points):
            return f"扣满{write_number(points)}分"


def _band(band: Interval) -> str:
    low, high = band.low, band.high
    far = max(end.number.number for end in (low, high) if end is not None)
    lead = band.name + _OF[band.of]
    if (band.of == "over" and far >= 100) or (band.of == "short" and far > 50):
        lead = band.name + {"over": "比指标值多", "short": "比指标值少"}[band.of]
    if band.of == "over" and low == _NONE_OVER and high is not None:
        return f"{lead}{high.number}{_closed(high)}以下"
    if band.of == "target" and not band.name and (side := _whole(band)):
        return side
    if low is not None and low == high:
        return f"{lead}={low.number}" if band.of == "value" else f"{lead}{low.number}"
    if low is not None and high is not None:
        return f"{lead}{low.number}{_closed(low)}-{high.number}{_closed(high)}"
    if low is not None:
        if band.name and band.of == "value" and low.closed is not None:
            return f"{lead}{'≥' if low.closed else '>'}{low.number}"
        return f"{lead}{low.number}{_closed(low)}以上"
    assert high is not None
    if band.name and band.of == "value" and high.closed is not None:
        return f"{lead}{'≤' if high.closed else '<'}{high.number}"
    return f"{lead}{high.number}{_closed(high)}以下"


_NONE_OVER = Edge(Quantity(Fraction(0), UNITS["%"]), False)


def _whole(band: Interval) -> str:
    """A side of the target itself: 不超过指标值, 低于指标值."""
    ends = [(end.number, end.closed) for end in (band.low, band.high) if end is not None]
    if any(number != Quantity(Fraction(100), UNITS["%"]) or closed is None for number, closed in ends):
        return ""
    if len(ends) == 2:
        return "等于指标值" if ends[0] == ends[1] and ends[0][1] else ""
    closed = ends[0][1]
    return ("不低于指标值" if closed else "高于指标值") if band.low else ("不超过指标值" if closed else "低于指标值")


def _closed(end: Edge) -> str:
    return "" if end.closed is None else "（含）" if end.closed else "（不含）"


def expression(value: Expression, inside: int = 0) -> str:
    """A formula as it is written, with brackets only where they are needed."""
    match value:
        case Number(value=number):
            return _plain(number)
        case Name(name=name):
            return name
        case Operation(sign="至多", left=left):
            return f"{expression(left)}(超过100%以100%计算)"
        case Operation(sign=sign, left=left, right=right):
            rank = 1 if sign in "+-" else 2
            text = f"{expression(left, rank)}{sign}{expression(right, rank + 1)}"
            return f"({text})" if rank < inside else text


def _plain(number: Fraction) -> str:
    text = write_number(number)
    return text if "/" not in text else write_number(number * 100) + "%"
