"""What the scales of a policy promise, proved by the ends of their straight lines; see `proofs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from evaluator.figures import percent, points
from evaluator.policies.policychecks import FULL
from evaluator.policy import OverFulfilment, Policy, ShareLines

Claim = tuple[str, str, str, bool]


class LineEnds(NamedTuple):
    """A line by its start (`open`: not on it itself), the share there, and the share it runs to."""

    start: Fraction
    first: Fraction
    last: Fraction
    open: bool = False


def _ends(scale: ShareLines) -> list[LineEnds]:
    """Each line as its start, the share there, and the share it runs to at its end."""
    return [
        LineEnds(segment.start, segment.share, segment.share if segment.to is None else segment.to, bool(segment.open))
        for segment in scale.segments
    ]


def category_claims(policy: Policy) -> Iterator[Claim]:
    """What each scale of categories promises, told with their names; and that no category has two."""
    assert policy.category_scales is not None
    named = [category for scale in policy.category_scales.scales for category in scale.categories]
    twice = sorted({category for category in named if named.count(category) > 1})
    yield "once", "每个一级指标只有一个得分比例", "；".join(twice) or "、".join(named), not twice
    for scale in policy.category_scales.scales:
        for promise, says, evidence, holds in scale_claims(policy, "category_scales", scale):
            yield promise, f"{'、'.join(scale.categories)}：{says}", evidence, holds


def scale_claims(policy: Policy, name: str, scale: ShareLines) -> Iterator[Claim]:
    """What one scale promises; `name` is its clause."""
    lines = _ends(scale)
    starts = [line.start for line in lines]
    shown = "、".join(percent(start, 4) for start in starts)
    closed = scale.segments[-1].to is not None
    yield (
        "no_gap",
        "无空档：从 0% 起，末段没有上限，每个完成率都有得分比例",
        f"各段起点 {shown}" + ("；末段写了终点而没有下一段" if closed else ""),
        starts[0] == 0 and not lines[0].open and not closed,
    )
    clash = [f"{percent(b, 4)} 不大于前一段的 {percent(a, 4)}" for a, b in pairwise(starts) if a >= b]
    yield (
        "no_overlap",
        "无重叠：各段起点依次增大，每个完成率只在一段内",
        "；".join(clash) or f"各段起点 {shown}",
        not clash,
    )
    shares = [share for line in lines for share in (line.first, line.last)]
    low, high = min(shares), max(shares)
    yield (
        "bounded",
        "得分有界：得分比例在 0% 与 100% 之间，得分在 0 与分值之间",
        f"各段两端最低 {percent(low, 4)}，最高 {percent(high, 4)}",
        low >= 0 and high <= 1,
    )
    yield _full(lines)
    yield _monotone(policy, name, lines)
    if name == "binary":
        idle = [
            percent(start, 4) for start, end in zip(starts, [*starts[1:], None], strict=True) if not _meets(start, end)
        ]
        yield (
            "reachable",
            "各段都能到达：完成率只有 0%（没有做到）和 100%（做到）两种",
            f"到不了的段：自 {'、'.join(idle)} 起" if idle else f"各段起点 {shown}",
            not idle,
        )


def _meets(start: Fraction, end: Fraction | None) -> bool:
    """Whether 0 or 1 lies on the line from `start` (included) to `end`; an empty line is an overlap, told there."""
    return (end is not None and end <= start) or any(start <= rate and (end is None or rate < end) for rate in (0, 1))


def _full(lines: Sequence[LineEnds]) -> Claim:
    share = _share_at(lines, FULL)
    return (
        "full_at_target",
        "达到指标值（完成率 100%）得满分",
        f"完成率 100% 处得分比例 {percent(share, 4)}",
        share == 1,
    )


def _share_at(lines: Sequence[LineEnds], at: Fraction) -> Fraction:
    """The share at one attainment, also of scales that no rule book would load (an overlap: the last line counts)."""
    index = max(
        (i for i, line in enumerate(lines) if line.start < at or (line.start == at and not line.open)), default=0
    )
    start, first, last, _ = lines[index]
    end = lines[index + 1][0] if index + 1 < len(lines) else start
    return first if end <= start else first + (last - first) * (at - start) / (end - start)


def _monotone(policy: Policy, name: str, lines: Sequence[LineEnds]) -> Claim:
    """No fall before the declared peak: where points are first deducted, else 100%; what falls later is told."""
    over = policy.over_fulfilment
    first = over.deductions[0].start if over.deductions else over.deduct_from
    declared = first if name in ("quantitative", "category_scales") else None
    peak = declared or FULL
    falls = list(_falls(lines))
    early = [at for at, *_ in falls if at < peak]
    drops = [f"完成率 {_between(at, end)} 由 {percent(a, 4)} 降为 {percent(b, 4)}" for at, end, a, b in falls]
    if declared is not None:
        drops.append(f"{deducted(over)}（“≥”“>”类指标）")
    where = f"扣分的起点 {percent(peak, 4)}" if declared is not None else f" {percent(peak, 4)}"
    evidence = "；".join([_shown(lines), *drops])
    return "monotone", f"完成率越高得分越高（或相等），至少到{where}", evidence, not early


def deducted(over: OverFulfilment) -> str:
    """What is deducted from where on."""
    if not over.deductions:
        return f"完成率 {percent(over.deduct_from or FULL, 4)} 起扣 {points(over.deduct_points or 0)} 分"
    return "，".join(
        f"完成率{'超过' if step.open else ''} {percent(step.start, 4)} {'' if step.open else '起'}扣 {points(step.points)} 分"
        for step in over.deductions
    )


def _shown(lines: Sequence[LineEnds]) -> str:
    """Every line by its two ends: 0%—100%：0%→100%，100% 起：100%."""
    parts = [
        f"{percent(line.start, 4)}—{percent(end.start, 4)}：{_run(line.first, line.last)}"
        for line, end in pairwise(lines)
    ]
    last = lines[-1]
    begins = f"超过 {percent(last.start, 4)}" if last.open else f"{percent(last.start, 4)} 起"
    return "，".join([*parts, f"{begins}：{_run(last.first, last.last)}"])


def _run(first: Fraction, last: Fraction) -> str:
    return percent(first, 4) if first == last else f"{percent(first, 4)}→{percent(last, 4)}"


def _falls(
    lines: Sequence[LineEnds],
) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Where a scale falls: (from, to, share before, share after); a jump has both ends the same."""
    for index, (start, first, last, _) in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        if last < first:
            yield start, following[0] if following else start, first, last
        if following and following[1] < last:
            yield following[0], following[0], last, following[1]


def _between(start: Fraction, end: Fraction) -> str:
    return f"{percent(start, 4)} 处" if start == end else f"{percent(start, 4)}—{percent(end, 4)}"
