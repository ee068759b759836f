"""What a clause says, in plain Chinese sentences with all its figures, made from the declaration the engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from evaluator.comparators import AT_MOST, COMPARATORS, EQUAL
from evaluator.figures import decimal, percent
from evaluator.inapplicable import WORD
from evaluator.model import EXECUTION
from evaluator.policies.bases import cited
from evaluator.policies.beyondrows import limits_in_words
from evaluator.policy import Deduction, Policy, Portion, Segment, ShareLines, same_grade

MET, NOT_MET = Fraction(1), Fraction(0)


def clause_says(policy: Policy, name: str) -> tuple[str, ...]:
    """The sentences of one effective clause (`name` as in policy.CLAUSES), in the order they apply."""
    return tuple(WORDS[name](policy))


def points_words(hundredths: int) -> str:
    """Points in a sentence, without trailing zeros: 1250 is "12.5 分"."""
    return f"{decimal(Fraction(hundredths, 100))} 分"


def exact_rate(ratio: Fraction) -> str:
    """A ratio of a rule file, exactly: they have at most four decimals."""
    return percent(ratio, 4)


def segment_span(scale: ShareLines, index: int) -> str:
    """Which attainments a segment is for: `完成率 0%（含）—100%`, `完成率 100% 及以上`, `完成率超过 130%`."""
    segment = scale.segments[index]
    if index + 1 == len(scale.segments):
        return from_on(segment)
    following = scale.segments[index + 1]
    begins = f"完成率 {exact_rate(segment.start)}（{'不含' if segment.open else '含'}）"
    return f"{begins}—{exact_rate(following.start)}{'（含）' if following.open else ''}"


def from_on(start: Segment | Deduction) -> str:
    """From where on a segment or a step holds."""
    rate = exact_rate(start.start)
    return f"完成率超过 {rate}" if start.open else f"完成率 {rate} 及以上"


def portion_name(portion: Portion) -> str:
    """The categories that share some points."""
    return "、".join(portion.categories)


def _allocation(policy: Policy) -> Iterator[str]:
    portions = policy.allocation.portions
    parts = (
        f"{portion_name(part)}{'合计' if len(part.categories) > 1 else ''} {points_words(part.points)}"
        for part in portions
    )
    yield f"总分 {points_words(sum(part.points for part in portions))}：{'，'.join(parts)}。"


def _segments(scale: ShareLines) -> Iterator[str]:
    for index, segment in enumerate(scale.segments):
        flat = segment.to is None or segment.to == segment.share
        share = (
            exact_rate(segment.share)
            if flat
            else f"{exact_rate(segment.share)}—{exact_rate(segment.to or NOT_MET)}，按比例"
        )
        yield f"{segment_span(scale, index)}：得分值的 {share}。"


def _quantitative(policy: Policy) -> Iterator[str]:
    yield "指标值是数值或区间的，由完成率（完成值与指标值之比）得分；得分不超过分值。"
    yield from _segments(policy.quantitative)


def _at_most(policy: Policy) -> Iterator[str]:
    word = policy.counted(AT_MOST)
    formula = COMPARATORS[word].formula.format(actual="完成值", target="指标值")
    yield f"“不高于”“低于”类指标达到指标值要求的，完成率为 100%；超出的，完成率 = {formula}。"
    if word != AT_MOST:
        yield "完成值达到指标值两倍及以上的，完成率为 0%。"


def _equality(policy: Policy) -> Iterator[str]:
    formula = COMPARATORS[EQUAL].formula.format(actual="完成值", target="指标值")
    yield f"“等于”类指标恰好等于指标值的，为达到；低于指标值的，完成率 = {formula}。"
    yield "高于指标值的，" + ("得满分，并提示核对。" if policy.equality.above == "flagged" else "得满分。")
    if turn := policy.quantitative.falling():
        yield f"完成率从 {exact_rate(turn.start)} 起得分比例不足 100% 的，按得分比例计分，不是满分。"
    for scale in policy.category_scales.scales if policy.category_scales else ():
        if turn := scale.falling():
            yield f"{'、'.join(scale.categories)}，{from_on(turn)}而得分比例不足 100% 的，也按得分比例计分，不是满分。"


def _over_fulfilment(policy: Policy) -> Iterator[str]:
    over = policy.over_fulfilment
    yield f"“不低于”“高于”类指标完成率达到 {exact_rate(over.reason_from)} 的，须说明原因。"
    if over.deductions:
        for step in over.deductions:
            yield f"{from_on(step)}的，扣 {points_words(step.points)}。"
        yield "同时符合几档的，取最后一档，不累加；扣到 0 分为止。"
    elif over.deduct_from is None or over.deduct_points is None:
        yield "超额完成不扣分。"
    else:
        taken = points_words(over.deduct_points)
        yield f"完成率达到 {exact_rate(over.deduct_from)} 的，视为指标值设定明显偏低，扣 {taken}，扣到 0 分为止。"


def _qualitative(policy: Policy) -> Iterator[str]:
    for band in policy.qualitative.bands:
        end = "含" if band.to == 1 else "不含"
        yield f"{band.state}：得分值的 {exact_rate(band.start)}（含）—{exact_rate(band.to)}（{end}）。"
    yield "档内比例由评定人写明，不能不写。"


def _binary(policy: Policy) -> Iterator[str]:
    done, not_done = (exact_rate(policy.binary.share_at(at)) for at in (MET, NOT_MET))
    yield f"期限类、是否类指标，按期或做到的（完成率 100%）得分值的 {done}；没有的（完成率 0%）得 {not_done}。"
    if len(policy.binary.segments) > 2:
        yield from _segments(policy.binary)


def _execution(policy: Policy) -> Iterator[str]:
    yield "预算执行率 = 全年执行数 ÷ 全年预算数；下面的完成率就是预算执行率，得分不超过分值。"
    yield from _segments(policy.execution)
    yield f"预算执行率低于 {exact_rate(policy.execution.reason_below)} 的，须说明原因。"


def _caps(policy: Policy) -> Iterator[str]:
    if not policy.caps.execution:
        yield "总分不因预算执行率封顶。"
        return
    for cap in policy.caps.execution:
        yield f"预算执行率低于 {exact_rate(cap.below)} 的，总分不超过 {points_words(cap.total)}。"
    yield "同时符合几条的，取最低的；没有填金额的，按执行率 0% 封顶。"


def _grades(policy: Policy) -> Iterator[str]:
    if not policy.grades.bands:
        yield "不评级：只有总分，没有等级。"
    end = "100 分（含）"
    for band in policy.grades.bands:
        yield f"{band.grade}：{points_words(band.start)}（含）—{end}。"
        end = f"{points_words(band.start)}（不含）"


def _grade_ends(policy: Policy) -> Iterator[str]:
    lines = "，".join(f"{points_words(band.start)}为{band.grade}" for band in policy.grades.bands if band.start)
    yield f"总分恰好在分数线上的，归入上一等级：{lines}。" if lines else "没有分数线。"


def _rounding(policy: Policy) -> Iterator[str]:
    yield f"每个指标的得分四舍五入到 {points_words(policy.rounding.step)}，只舍入一次；不得满分的，不因舍入超过分值。"


def _reasons(policy: Policy) -> Iterator[str]:
    yield f"得分低于分值的指标（{EXECUTION}在内），须写明偏差原因和改进措施。"


def _use_of_results(policy: Policy) -> Iterator[str]:
    if not policy.grades.bands:
        yield "不评级，结果应用不按等级。"
        return
    rectified = "、".join(word for word in policy.grades.words if policy.rectifies(word))
    yield f"等级为{rectified}的，须整改。" if rectified else "没有因等级须整改的。"
    for advice in policy.use_of_results.advice:
        named = [word for word in policy.grades.words if any(same_grade(grade, word) for grade in advice.grades)]
        if named:
            held = ("，上年度也须整改的" * advice.repeated) + ("，有整改逾期的" * advice.overdue)
            yield f"等级为{'、'.join(named)}{held or '的'}：{advice.advice}。{advice.says}（{cited(advice)}）。"


def _not_applicable(policy: Policy) -> Iterator[str]:
    clause = policy.not_applicable
    assert clause is not None
    if clause.effect == "不接受":
        yield f"完成值不能写“{WORD}”。"
        return
    yield f"完成值写“{WORD}”并写明原因的指标，不计分，也不算没有完成。"
    if clause.effect == "折算":
        yield "总分 = 其余各行得分（预算执行率在内）÷（100 − 不适用的分值）× 100，四舍五入一次；按执行率封顶的，折算以后再封顶。"
        return
    level = clause.effect.removesuffix("内分摊")
    yield f"它的分值按分值比例分给同一{level}的其他指标（各取两位小数，余数大的先进一），各行按分得以后的分值计分。"
    if level == "二级指标":
        yield "同一二级指标没有其他指标的，分给同一一级指标的；也没有的，不能写不适用。"
    else:
        yield "同一一级指标没有其他指标的，不能写不适用。"


def _category_scales(policy: Policy) -> Iterator[str]:
    clause = policy.category_scales
    assert clause is not None
    for scale in clause.scales:
        yield f"{'、'.join(scale.categories)}：指标值是数值或区间的，不按定量指标计分，按下面的得分比例；得分不超过分值。"
        yield from _segments(scale)


def _own_criteria(policy: Policy) -> Iterator[str]:
    assert policy.own_criteria is not None
    if policy.own_criteria.replaces == "不接受":
        yield "指标不能写自己的评分标准，各行都按本办法计分。"
        return
    yield "写了评分标准的指标按它的评分标准计分，不按本办法的得分比例。"
    if policy.own_criteria.replaces == "得分比例":
        yield "超额完成的条款对它照样起作用：须说明原因的须说明，扣分在评分标准的得分里扣，扣到 0 分为止。"
    else:
        yield "超额完成的条款对它也不起作用。"
    yield from limits_in_words(policy)


WORDS: dict[str, Callable[[Policy], Iterator[str]]] = {
    "allocation": _allocation,
    "quantitative": _quantitative,
    "at_most": _at_most,
    "equality": _equality,
    "over_fulfilment": _over_fulfilment,
    "qualitative": _qualitative,
    "binary": _binary,
    "execution": _execution,
    "caps": _caps,
    "grades": _grades,
    "grade_ends": _grade_ends,
    "rounding": _rounding,
    "reasons": _reasons,
    "use_of_results": _use_of_results,
    "not_applicable": _not_applicable,
    "category_scales": _category_scales,
    "own_criteria": _own_criteria,
}


def chain(policy: Policy, policies: dict[str, Policy]) -> Sequence[Policy]:
    """A policy and what it extends, one after another, as far as these are known."""
    line = [policy]
    while (parent := policies.get(line[-1].extends or "")) is not None:
        line.append(parent)
    return line


def written_in(policy: Policy, name: str, policies: dict[str, Policy]) -> Policy:
    """The policy whose file an effective clause stands in: itself, or the one it was taken from."""
    where = policy.clauses[name].where
    having = (above for above in chain(policy, policies) if name in above.clauses)
    return [above for above in having if above.clauses[name].where == where][-1]
