"""What a policy promises, proved by its endpoints: each statement with the clause, the figures and whether it holds.

A scale is made of straight lines, so what holds at both ends of a line holds on it; nothing is sampled. The rule book
refuses some of these mistakes when it is loaded; here every promise is shown with its figures, for any Policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, Protocol, get_args

from evaluator.errors import Problem, UsageProblem, nearest_of_place
from evaluator.figures import percent, points
from evaluator.model import EXECUTION, Known, State
from evaluator.policies.bases import cited
from evaluator.policies.beyondrows import effects_of, outside_of, veto_in_words
from evaluator.policies.policychecks import SCALES, WHOLE
from evaluator.policies.scaleproofs import Claim, category_claims, deducted, scale_claims
from evaluator.policy import CLAUSES, Policy, better_grade


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing proved or refuted of a policy: `promise` is its stable name, `evidence` the figures it rests on.

    `known` is how its clause is known, `source` that in words with the document.
    """

    clause: str
    promise: str
    says: str
    evidence: str
    holds: bool
    known: Known
    source: str
    title: str  # the Chinese name of its clause


def prove(policy: Policy) -> list[Statement]:
    """Every statement about one policy, in the order of its clauses."""
    statements: list[Statement] = []
    for name, clause in policy.clauses.items():
        for promise, says, evidence, holds in _claims(policy, name):
            statements.append(
                Statement(name, promise, says, evidence, holds, clause.known, cited(clause), CLAUSES[name])
            )
    return statements


class Titled(Protocol):
    """What statements are about: a policy, or another scale that is issued with an id and a title."""

    @property
    def id(self) -> str: ...  # noqa: D102

    @property
    def title(self) -> str: ...  # noqa: D102


Proved = tuple[Titled, list[Statement]]


def prove_all(policies: Mapping[str, Policy], named: str | None = None, others: Sequence[Proved] = ()) -> list[Proved]:
    """Every policy and then `others`, or the one named, with its statements; raises UsageProblem (U306) when there is none."""
    known = {*policies, *(other.id for other, _ in others)}
    if named is not None and named not in known:
        says = f"没有评分办法“{named}”"
        raise UsageProblem([Problem("U306", says, None, "、".join(sorted(known)), nearest_of_place(named, known))])
    proved: list[Proved] = [
        (policy, prove(policy)) for name, policy in sorted(policies.items()) if named in (None, name)
    ]
    return proved + [pair for pair in others if named in (None, pair[0].id)]


def proofs_json(proved: Sequence[Proved]) -> list[dict[str, Any]]:
    """The statements as plain data."""
    return [
        {
            "policy": policy.id,
            "title": policy.title,
            "holds": all(statement.holds for statement in statements),
            "statements": [asdict(statement) for statement in statements],
        }
        for policy, statements in proved
    ]


def _claims(policy: Policy, name: str) -> Iterator[Claim]:
    if name in SCALES:
        yield from scale_claims(policy, name, getattr(policy, name))
        return
    parts = {
        "allocation": _allocation, "qualitative": _bands, "over_fulfilment": _deduction,
        "caps": _caps, "grades": _grades, "rounding": _rounding, "not_applicable": _not_applicable,
        "category_scales": category_claims, "own_criteria": _own_criteria,
    }  # fmt: skip
    if name in parts:
        yield from parts[name](policy)


# ---- the other clauses -------------------------------------------------------------------------------------------


def _allocation(policy: Policy) -> Iterator[Claim]:
    portions = policy.allocation.portions
    sums = " + ".join(points(portion.points) for portion in portions)
    total = sum(portion.points for portion in portions)
    yield "adds_up", "分值合计 100，总分在 0 与 100 之间", f"{sums} = {points(total)}", total == WHOLE
    named = [category for portion in portions for category in portion.categories]
    twice = sorted({category for category in named if named.count(category) > 1})
    alone = [portion.categories for portion in portions].count([EXECUTION]) == 1
    wrong = [f"“{category}”分配了两次" for category in twice] + ([] if alone else [f"“{EXECUTION}”没有单独一份"])
    yield "once", "每个一级指标只分配一次，预算执行率单独一份", "；".join(wrong) or "、".join(named), not wrong


def _bands(policy: Policy) -> Iterator[Claim]:
    bands = policy.qualitative.bands
    shown = "，".join(f"{band.state} {percent(band.start, 4)}—{percent(band.to, 4)}" for band in bands)
    ordered = sorted(bands, key=lambda band: (band.to, band.start), reverse=True)
    edges = [*((above.start, below.to) for above, below in pairwise(ordered))]
    gaps = [f"{percent(low, 4)}—{percent(high, 4)}" for high, low in edges if low < high]
    top, bottom = ordered[0].to, ordered[-1].start
    gaps += [f"{percent(top, 4)}—100%"] if top < 1 else []
    gaps += [f"0%—{percent(bottom, 4)}"] if bottom > 0 else []
    yield "no_gap", "无空档：各档首尾相接，覆盖 0% 到 100%", f"空档 {'、'.join(gaps)}" if gaps else shown, not gaps
    both = [f"{percent(high, 4)}—{percent(low, 4)}" for high, low in edges if low > high]
    yield "no_overlap", "无重叠：每个比例只属于一档", f"重叠 {'、'.join(both)}" if both else shown, not both
    ends = [end for band in bands for end in (band.start, band.to)]
    yield (
        "bounded",
        "得分有界：各档在 0% 与 100% 之间，得分在 0 与分值之间",
        f"最低 {percent(min(ends), 4)}，最高 {percent(max(ends), 4)}",
        min(ends) >= 0 and max(ends) <= 1,
    )
    empty = [band.state for band in bands if band.start >= band.to]
    yield "reachable", "各档都能到达：上限高于下限", f"到不了的档：{'、'.join(empty)}" if empty else shown, not empty
    states = [band.state for band in bands]
    starts = [band.start for band in bands]
    best_first = states == list(get_args(State)) and starts == sorted(starts, reverse=True)
    yield "ordered", "三种达成程度各一档，越好的比例越高", " > ".join(states), best_first


def _deduction(policy: Policy) -> Iterator[Claim]:
    over = policy.over_fulfilment
    if not over.deductions and over.deduct_from is None and over.deduct_points is None:
        yield (
            "deduction",
            "超额完成不扣分",
            f"完成率 {percent(over.reason_from, 4)} 起须说明原因",
            over.reason_from >= 1,
        )
        return
    if over.deductions:
        late = all(step.start > 1 or (step.start == 1 and step.open) for step in over.deductions)
        says = "扣分的起点高于 100%，恰好达到指标值的不扣；扣后不低于 0"
        yield "deduction", says, deducted(over), late and over.reason_from >= 1
        rising = all(a.start < b.start and a.points < b.points for a, b in pairwise(over.deductions))
        yield "ordered", "各档由低到高，超得越多扣得越多，取最后一档", deducted(over), rising
        return
    paired = over.deduct_from is not None and over.deduct_points is not None
    shown = f"完成率 {percent(over.deduct_from, 4)} 起" if over.deduct_from is not None else "没有写扣分的完成率"
    shown += (
        f"扣 {points(over.deduct_points)} 分，扣到 0 为止" if over.deduct_points is not None else "，没有写扣多少分"
    )
    later = over.deduct_from is not None and over.deduct_from > 1 and over.reason_from >= 1
    yield "deduction", "扣分的起点高于 100%，恰好达到指标值的不扣；扣后不低于 0", shown, paired and later


def _caps(policy: Policy) -> Iterator[Claim]:
    caps = policy.caps.execution
    if not caps:
        yield "ordered", "没有封顶，总分不因执行率而受限", "0 档", True
        return
    shown = "，".join(f"低于 {percent(cap.below, 4)} 不超过 {points(cap.total)}" for cap in caps)
    ordered = sorted(caps, key=lambda cap: cap.below, reverse=True)
    wrong = [
        f"低于 {percent(b.below, 4)} 的封顶 {points(b.total)} 不严于低于 {percent(a.below, 4)} 的 {points(a.total)}"
        for a, b in pairwise(ordered)
        if a.below == b.below or b.total >= a.total
    ]
    yield "ordered", "执行率越低封顶越低，每一档都起作用", "；".join(wrong) or shown, not wrong
    high = max(cap.total for cap in caps)
    yield "bounded", "封顶在 0 与 100 之间", f"最高 {points(high)}", high <= WHOLE


def _grades(policy: Policy) -> Iterator[Claim]:
    bands = policy.grades.bands
    if not bands:
        yield "no_gap", "不评级：哪个总分都没有等级", "0 级", True
        return
    shown = "，".join(f"{band.grade} {points(band.start)} 起" for band in bands)
    lowest = min(band.start for band in bands)
    yield (
        "no_gap",
        "无空档：最后一级从 0 分起，每个总分都有等级",
        shown if lowest == 0 else f"0—{points(lowest)} 没有等级",
        lowest == 0,
    )
    clash = [
        f"{b.grade} {points(b.start)} 不低于 {a.grade} {points(a.start)}"
        for a, b in pairwise(bands)
        if b.start >= a.start
    ]
    words = [band.grade for band in bands]
    mixed = len(set(words)) < len(words) or any(better_grade(b, a) for a, b in combinations(words, 2))
    wrong = clash + (["等级名称没有由好到差"] if mixed else [])
    yield (
        "no_overlap",
        "无重叠：分数线由高到低，等级由好到差，每个总分只有一个等级",
        "；".join(wrong) or shown,
        not wrong,
    )
    idle = [band.grade for band in bands if band.start > WHOLE]
    yield (
        "reachable",
        "各等级都能到达：分数线不高于 100",
        f"到不了的等级：{'、'.join(idle)}" if idle else shown,
        not idle,
    )


def _rounding(policy: Policy) -> Iterator[Claim]:
    step = policy.rounding.step
    half = Fraction(step, 200)
    yield (
        "rounding",
        "每行只舍入一次，四舍五入，不超过分值",
        f"舍入到 {points(step)}，每行与精确值相差不超过 {half.numerator}/{half.denominator} 分",
        0 < step <= WHOLE,
    )


def _own_criteria(policy: Policy) -> Iterator[Claim]:
    clause = policy.own_criteria
    assert clause is not None
    if clause.most_taken is not None:
        most = clause.most_taken
        shown = f"试了 0、{points(most)} 和它上下一厘、两倍"
        tried = {taken: outside_of(policy, [-taken]) for taken in (0, most - 1, most, most + 1, 2 * most)}
        yield (
            "taken", f"各行以外的追加扣除合计不超过 {points(most)}，不到的照扣", shown,
            all(counted == -min(taken, most) for taken, counted in tried.items() if taken >= 0),
        )  # fmt: skip
    if clause.veto != "照评分标准":
        acts = {effects_of(policy, frozenset({effect})) for effect in ("zero", "worst")}
        yield (
            "veto",
            "评分标准不论怎样写，一票否决都照办法算；没有发生的不起作用",
            veto_in_words(policy),
            (len(acts) == 1 and not effects_of(policy, frozenset())),
        )
    if not policy.deducts_beside:
        yield "replaces", "有评分标准的指标，超额扣分不起作用", clause.replaces, True
        return
    shown = deducted(policy.over_fulfilment) or "超额完成不扣分"
    late = all(step.start > 1 or (step.start == 1 and step.open) for step in policy.over_fulfilment.steps)
    yield "deduction", "评分标准的得分里扣超额的分，恰好达到指标值的不扣；扣后不低于 0", shown, late


def _not_applicable(policy: Policy) -> Iterator[Claim]:
    clause, step = policy.not_applicable, policy.rounding.step
    assert clause is not None
    if clause.effect == "不接受":
        yield "refused", "不适用的指标不接受，总分不受影响", clause.effect, True
    elif clause.shares:
        says = "分摊不改变分值合计：不适用的分值全部分给其他指标，分不出去的拒绝"
        yield "adds_up", says, f"{clause.effect}，按分值比例，余数大的先进 {points(1)}", True
    else:
        full = (2 * WHOLE + step) // (2 * step) * step
        shown = (
            f"其余各行得分不超过 100 − 不适用分，折算后精确值不超过 100；舍入到 {points(step)} 后至多 {points(full)}"
        )
        yield "bounded", "折算后总分在 0 与 100 之间", shown, full <= WHOLE
        yield (
            "full",
            "其余各行都得满分的，折算后是 100 分",
            f"100 舍入到 {points(step)} 是 {points(full)}",
            full == WHOLE,
        )
