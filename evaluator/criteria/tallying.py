"""How often something counts: things a person counts, units short, over or late, points in proportion, points an assessor states."""

from __future__ import annotations

from fractions import Fraction

from evaluator.criteria.amounts import late_by, size_of
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.formulas import compute
from evaluator.criteria.measuring import COUNTS, Scope, is_judged, said, shown
from evaluator.criteria.shortfalls import per_unit
from evaluator.criteria.situation import Query, term_readings
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Count,
    Extra,
    Fixed,
    Formula,
    Full,
    InProportion,
    Interval,
    Percentage,
    PerUnit,
)
from evaluator.quantities.units import Quantity

ZERO = Fraction(0)


def gets(award: Award, scope: Scope, full: Fraction, steps: list[str]) -> Fraction:
    """What an award gives of the full points."""
    match award.gets:
        case Full():
            return full
        case Fixed(points=points):
            return points * scope.scale
        case Percentage(share=share):
            return share * full
        case Assessed() as judged:
            return judged_points(scope, judged, award, full)
        case Formula() as formula:
            points, account = compute(formula, scope, full)
            steps.append(account)
            return points
        case InProportion(taken=taken):
            beyond = any(
                isinstance(band, Interval) and band.low and band.of in ("target", "over") for band in award.when
            )
            return proportion(scope, taken, full, steps, taken and beyond)


def times(scope: Scope, rule: Change | Extra) -> tuple[Fraction, str]:
    """How many times a change counts, and what is told of it."""
    per = rule.per
    assert per is not None
    if isinstance(per, Count):
        number = scope.count(per, rule.by > 0)
        return scope.stepped(number / per.number), f"{per.about}{per.verb}{per.after}{said(number)}{per.unit}"
    if per.way == "late":
        late = late_by(scope.situation, per)
        return (scope.stepped(late[0]), late[1]) if late else _units_given(scope, per)
    return per_unit(scope, rule, per) or _units_given(scope, per)


def _units_given(scope: Scope, per: PerUnit) -> tuple[Fraction, str]:
    """So many units short, over or late, as a person gives them."""
    word = {"short": "少了", "over": "超了", "off": "差了", "late": "迟了", "each": "共有"}[per.way]
    trees = (scope.root, *scope.root.parts)
    same = [
        r.per
        for tree in trees
        for r in tree.rules
        if isinstance(r, Change | Extra) and isinstance(r.per, PerUnit) and r.per.way == per.way
    ]
    key = per.way if len(same) < 2 else f"{per.way}{same.index(per) + 1}"
    asks = f"{per.about}{word}多少{per.size.unit}{per.after}"
    number = scope.situation.number(
        Query("COUNT", key, asks, COUNTS, "数", f"{per.about}{word}{{}}{per.size.unit}{per.after}")
    )
    return scope.stepped(number / per.size.number), f"{per.about}{word}{said(number)}{per.size.unit}"


def proportion(scope: Scope, taken: bool, full: Fraction, steps: list[str], beyond: bool = False) -> Fraction:
    """The points in proportion to how far the target is reached; under an upper bound, asked which proportion is meant.

    `beyond`: what is taken is the share by which the target was passed (超过计划时间的，按超过的比例扣分).
    """
    value, aim = scope.value(), _aim(scope)
    if not aim.number:
        raise Refusal("Q409", "指标值是0，不能按比例得分", 0, "写明每多多少扣几分")
    if value.unit.kind != aim.unit.kind and (
        not (value.unit.bare or aim.unit.bare) or "比率" in (value.unit.kind, aim.unit.kind)
    ):
        raise Refusal("Q410", f"完成值{value}与{aim}不是同类单位", 0, f"用“{aim.unit}”填写的数")
    rate, formula = size_of(value) / size_of(aim), f"{value} ÷ {aim}"
    if (scope.situation.at_most or beyond) and rate != 1:
        asked = "指标值是上限，按比例怎样算"
        settled = scope.tree.term("ratio") is None and taken
        match "linear" if settled else scope.term("ratio", asked, term_readings("ratio")):
            case "inverse" if value.number > 0:
                rate, formula = min(1 / rate, Fraction(1)), f"{aim} ÷ {value}"
            case "linear" | "inverse":
                rate, formula = min(2 - rate, Fraction(1)), f"[1 − ({value} − {aim}) ÷ {aim}]"
        formula = formula if rate != 1 else "1"
    elif taken and rate > 1:
        rate, formula = Fraction(1), "1"
    steps.append(f"按比例：{said(full)} × {formula} = {said(full * rate)}分")
    return full * rate


def _aim(scope: Scope) -> Quantity:
    """The number the proportion is of: the target, or the one the sentence itself sets; asked where the two differ."""
    own, aim = _standard(scope), scope.situation.aim()
    if own is None or aim is None or len(scope.measures) > 1:
        return own if own is not None and aim is None else scope.aim()
    if own.unit.kind != aim.unit.kind or size_of(own) == size_of(aim):
        return aim
    asks = f"句中是{own}，指标值是{aim}，与哪个相比"
    return own if scope.term("base", asks, term_readings("base")) == "sentence" else aim


def _standard(scope: Scope) -> Quantity | None:
    """The number the sentence itself sets for the full points."""
    for rule in scope.tree.rules:
        if isinstance(rule, Award) and isinstance(rule.gets, Full):
            end = next(
                (band.low or band.high for band in rule.when if isinstance(band, Interval) and band.of == "value"), None
            )
            if end is not None:
                return end.number
    return None


def judged_points(scope: Scope, judged: Assessed, rule: Award | Change, full: Fraction) -> Fraction:
    """The points an assessor states within the bounds that are printed."""
    scale = full if judged.share else scope.scale
    high = judged.high * scale if judged.high is not None else full
    low = judged.low * scale
    every = [r for tree in (scope.root, *scope.root.parts) for r in tree.rules if is_judged(r)]
    key = "judge" if len(every) < 2 else f"judge{every.index(rule) + 1}"
    verb = "得" if isinstance(rule, Award) else "扣"
    words = shown(rule.when) or "本项"
    examples = tuple((said(fromkey), f"{verb}{said(fromkey)}分") for fromkey in dict.fromkeys((low, high)))
    asks = f"{words}：评价人认定{verb}几分（{said(low)}至{said(high)}分），写明理由和依据"
    points = scope.situation.number(Query("JUDGE", key, asks, examples, "分数", f"{words}：认定{verb}{{}}分"))
    if not low <= points <= high:
        raise Refusal(
            "Q411", f"“{key}={said(points)}”不在{said(low)}至{said(high)}分之间", 0, f"{said(low)}至{said(high)}分"
        )
    return points
