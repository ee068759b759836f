"""What a review scale promises, proved of its clauses: every share is one, every ground can take effect, none hides another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise

from evaluator.figures import percent
from evaluator.policies.bases import cited
from evaluator.policies.proofs import Statement
from evaluator.policy import Clause
from evaluator.reviewing.scale import Ground, LowerGrade, ReviewScale, Shown

Claim = tuple[str, str, str, bool]


def prove_scale(scale: ReviewScale) -> list[Statement]:
    """Every statement about one scale: about how several grounds meet, then about each ground."""
    clauses: list[tuple[str, str, Clause, Iterator[Claim]]] = [
        ("several", "一行有几条时", scale.several, _several(scale))
    ]
    clauses += [(ground.id, ground.title, ground, _ground(ground)) for ground in scale.grounds]
    if lower := scale.lower_grade:
        clauses.append(("lower_grade", lower.title, lower, _lower(lower)))
    return [
        Statement(name, promise, says, shown, holds, clause.known, cited(clause), title)
        for name, title, clause, claims in clauses
        for promise, says, shown, holds in claims
    ]


def _several(scale: ReviewScale) -> Iterator[Claim]:
    """Bounds of any choice of grounds: fewer are kept the more there are, so the ends are none of them and all of them."""
    shares = [ground.share for ground in scale.grounds]
    low, high = scale.several.share(shares), scale.several.share([])
    yield (
        "bounded", "复核得分在 0 与自评得分之间，不论同时有几条",
        f"没有一条时保留 {percent(high, 4)}，各条都有时保留 {percent(low, 4)}", low >= 0 and high == 1,
    )  # fmt: skip
    worse = [
        f"{first.title}、{second.title}"
        for first, second in combinations(scale.grounds, 2)
        if scale.several.share([first.share, second.share]) > min(first.share, second.share)
    ]
    yield (
        "monotone", "多一条不会使复核得分升高",
        f"升高的：{'；'.join(worse)}" if worse else f"{scale.several.takes}：{len(shares)} 条两两相比", not worse,
    )  # fmt: skip


def _ground(ground: Ground) -> Iterator[Claim]:
    match ground.does:
        case "扣分":
            kept = f"保留 {percent(ground.share, 4)}，扣 {percent(1 - ground.share, 4)}"
            yield "bounded", "保留的比例在 0% 与 100% 之间", kept, 0 <= ground.share <= 1
            yield "effective", "单独成立时复核得分确有降低", kept, ground.share < 1
        case "只计一次":
            yield "once", "重复的几行合计只得其中一行的分", "其余各行得 0", ground.share == Fraction(1)
        case "不扣分":
            yield "untouched", "成立时复核得分不变", f"保留 {percent(ground.share, 4)}", ground.share == 1
    yield _reachable(ground)


def _lower(clause: LowerGrade) -> Iterator[Claim]:
    kept = "、".join(f"低 {steps} 级按 {percent(share, 4)}" for steps, share in enumerate(clause.keeps, 1))
    yield "bounded", f"计入的得分在 0 与{clause.of}之间", kept, all(0 <= share <= 1 for share in clause.keeps)
    yield "monotone", "低得越多，计入的越少或相同", kept, all(a >= b for a, b in pairwise(clause.keeps))
    yield "effective", "低一级时确有降低", kept, clause.keeps[0] < 1


REACH: dict[Shown, str] = {"满意度无数据": "满意度", "部分逾期": "期限"}  # signs that only rows of one kind can bear


def _reachable(ground: Ground) -> Claim:
    """A sign on the table must be able to stand on a row the ground applies to; what a person states always is."""
    says = "有指标可用，不会永远不成立"
    if ground.shown_by_table is None:
        return "reachable", says, f"用于{ground.applies}指标，由复核人写明", True
    needs = REACH.get(ground.shown_by_table)
    met = ground.applies == "各类" or needs in (None, ground.applies)
    met = met and not (ground.shown_by_table == "超额完成" and ground.applies == "期限")  # a date has no rate
    return "reachable", says, f"用于{ground.applies}指标，表上的迹象为“{ground.shown_by_table}”", met
