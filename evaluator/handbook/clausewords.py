"""What a clause says, in plain Chinese sentences with all its figures, made from the declaration the engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from evaluator.comparators import AT_MOST, COMPARATORS, EQUAL
from evaluator.figures import decimal, percent
from evaluator.model import EXECUTION
from evaluator.policies.bases import cited
from evaluator.policy import Policy, Portion, Scale, same_grade

MET, NOT_MET = Fraction(1), Fraction(0)


def says(policy: Policy, name: str) -> tuple[str, ...]:
    """The sentences of one effective clause (`name` as in policy.CLAUSES), in the order they apply."""
    return tuple(WORDS[name](policy))


def marks(hundredths: int) -> str:
    """Points in a sentence, without trailing zeros: 1250 is "12.5 分"."""
    return f"{decimal(Fraction(hundredths, 100))} 分"


def rate(ratio: Fraction) -> str:
    """A ratio of a rule file, exactly: they have at most four decimals."""
    return percent(ratio, 4)


def segment_span(scale: Scale, index: int) -> str:
    """Which attainments a segment is for: `完成率 0%（含）—100%`, `完成率 100% 及以上`."""
    start = f"完成率 {rate(scale.segments[index].start)}"
    if index + 1 == len(scale.segments):
        return f"{start} 及以上"
    return f"{start}（含）—{rate(scale.segments[index + 1].start)}"


def portion_name(portion: Portion) -> str:
    """The categories that share some points."""
    return "、".join(portion.categories)


def _allocation(policy: Policy) -> Iterator[str]:
    portions = policy.allocation.portions
    told = (f"{portion_name(one)}{'合计' if len(one.categories) > 1 else ''} {marks(one.points)}" for one in portions)
    yield f"总分 {marks(sum(one.points for one in portions))}：{'，'.join(told)}。"


def _segments(scale: Scale) -> Iterator[str]:
    for index, segment in enumerate(scale.segments):
        flat = segment.to is None or segment.to == segment.share
        share = rate(segment.share) if flat else f"{rate(segment.share)}—{rate(segment.to or NOT_MET)}，按比例"
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
        yield f"完成率从 {rate(turn.start)} 起得分比例不足 100% 的，按得分比例计分，不是满分。"


def _over_fulfilment(policy: Policy) -> Iterator[str]:
    over = policy.over_fulfilment
    yield f"“不低于”“高于”类指标完成率达到 {rate(over.reason_from)} 的，须说明原因。"
    if over.deduct_from is None or over.deduct_points is None:
        yield "超额完成不扣分。"
    else:
        taken = marks(over.deduct_points)
        yield f"完成率达到 {rate(over.deduct_from)} 的，视为指标值设定明显偏低，扣 {taken}，扣到 0 分为止。"


def _qualitative(policy: Policy) -> Iterator[str]:
    for band in policy.qualitative.bands:
        end = "含" if band.to == 1 else "不含"
        yield f"{band.state}：得分值的 {rate(band.start)}（含）—{rate(band.to)}（{end}）。"
    yield "档内比例由评定人写明，不能不写。"


def _binary(policy: Policy) -> Iterator[str]:
    done, not_done = (rate(policy.binary.share_at(at)) for at in (MET, NOT_MET))
    yield f"期限类、是否类指标，按期或做到的（完成率 100%）得分值的 {done}；没有的（完成率 0%）得 {not_done}。"
    if len(policy.binary.segments) > 2:
        yield from _segments(policy.binary)


def _execution(policy: Policy) -> Iterator[str]:
    yield "预算执行率 = 全年执行数 ÷ 全年预算数；下面的完成率就是预算执行率，得分不超过分值。"
    yield from _segments(policy.execution)
    yield f"预算执行率低于 {rate(policy.execution.reason_below)} 的，须说明原因。"


def _caps(policy: Policy) -> Iterator[str]:
    if not policy.caps.execution:
        yield "总分不因预算执行率封顶。"
        return
    for cap in policy.caps.execution:
        yield f"预算执行率低于 {rate(cap.below)} 的，总分不超过 {marks(cap.total)}。"
    yield "同时符合几条的，取最低的；没有填金额的，按执行率 0% 封顶。"


def _grades(policy: Policy) -> Iterator[str]:
    if not policy.grades.bands:
        yield "不评级：只有总分，没有等级。"
    end = "100 分（含）"
    for band in policy.grades.bands:
        yield f"{band.grade}：{marks(band.start)}（含）—{end}。"
        end = f"{marks(band.start)}（不含）"


def _grade_ends(policy: Policy) -> Iterator[str]:
    lines = "，".join(f"{marks(band.start)}为{band.grade}" for band in policy.grades.bands if band.start)
    if not lines:
        yield "没有分数线。"
        return
    yield f"总分恰好在分数线上的，归入上一等级：{lines}。"


def _rounding(policy: Policy) -> Iterator[str]:
    yield f"每个指标的得分四舍五入到 {marks(policy.rounding.step)}，只舍入一次；不得满分的，不因舍入超过分值。"


def _reasons(policy: Policy) -> Iterator[str]:
    yield f"得分低于分值的指标（{EXECUTION}在内），须写明偏差原因和改进措施。"


def _use_of_results(policy: Policy) -> Iterator[str]:
    if not policy.grades.bands:
        yield "不评级，结果应用不按等级。"
        return
    rectified = "、".join(word for word in policy.grades.words if policy.rectifies(word))
    yield f"等级为{rectified}的，须整改。" if rectified else "没有因等级须整改的。"
    for one in policy.use_of_results.advice:
        words = "、".join(word for word in policy.grades.words if any(same_grade(named, word) for named in one.grades))
        if words:
            held = ("，上年度也须整改的" * one.repeated) + ("，有整改逾期的" * one.overdue)
            yield f"等级为{words}{held or '的'}：{one.advice}。{one.says}（{cited(one)}）。"


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
}


def chain(policy: Policy, policies: dict[str, Policy]) -> Sequence[Policy]:
    """A policy and what it extends, one after another, as far as these are known."""
    made = [policy]
    while (parent := policies.get(made[-1].extends or "")) is not None:
        made.append(parent)
    return made


def written_in(policy: Policy, name: str, policies: dict[str, Policy]) -> Policy:
    """The policy whose file an effective clause stands in: itself, or the one it was taken from."""
    where = getattr(policy, name).where
    return [one for one in chain(policy, policies) if getattr(one, name).where == where][-1]
