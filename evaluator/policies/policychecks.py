"""What is wrong or doubtful with policies: what cannot be (错误), what has no effect or does not fit (警告), and what
nobody has checked (提示).

A clause is judged in the file that writes it, not again in every file that inherits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, get_args

from evaluator.documents.validation import place
from evaluator.errors import Problem, nearest
from evaluator.figures import percent, points
from evaluator.model import EXECUTION, ITEM_GOALS, State, Table
from evaluator.policies.bases import counted
from evaluator.policy import UNGRADED, Cap, CategoryScale, Policy, Scale, ShareLines, better_grade, same_grade

NATIONAL = "全国"
WHOLE = 10_000  # 100 points, in hundredths
SCALES = ("quantitative", "binary", "execution")
FULL = Fraction(1)
PROVINCES = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市", "江苏省", "浙江省",
    "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "广西壮族自治区", "海南省", "重庆市",
    "四川省", "贵州省", "云南省", "西藏自治区", "陕西省", "甘肃省", "青海省", "宁夏回族自治区", "新疆维吾尔自治区",
)  # fmt: skip


def check_clauses(policy: Policy) -> Iterator[Problem]:
    """What is wrong with one policy taken alone (R102, R114 to R122, R128, R132)."""
    for name in SCALES:
        scale: Scale = getattr(policy, name)
        faults = list(_check_shape(scale))
        yield from faults
        if not faults and policy.writes(scale):
            yield from _check_course(name, scale)
    yield from _check_categories(policy)
    yield from _check_equality(policy)
    yield from _check_bands(policy)
    yield from _check_grades(policy)
    yield from _check_use(policy)
    yield from _check_limits(policy)
    if policy.writes(policy.caps) and not any(_check_shape(policy.execution)):
        yield from _idle_caps(policy)


# ---- scales ------------------------------------------------------------------------------------------------------


def _check_shape(scale: ShareLines) -> Iterator[Problem]:
    starts = [segment.start for segment in scale.segments]
    if starts[0] != 0 or starts != sorted(set(starts)):
        yield Problem("R114", "各段应从 0% 起，由低到高，不重复", scale.where)
    if scale.segments[0].open:
        yield Problem("R114", "第一段从 0% 起，0% 应含在内，不能写 open", scale.segments[0].where)
    if scale.segments[-1].to is not None:
        yield Problem("R114", "最后一段没有终点，不能写 to", scale.segments[-1].where)


def _check_course(name: str, scale: ShareLines) -> Iterator[Problem]:
    """A scale in order: rising to 100 per cent, full there, and every segment of use."""
    ends = [*(segment.start for segment in scale.segments[1:]), None]
    for segment, end in zip(scale.segments, ends, strict=True):
        if segment.to is not None and segment.to < segment.share and segment.start < FULL:
            says = f"完成率从 {_rate(segment.start)} 升到 {_rate(end)}，得分比例反而从 {_rate(segment.share)} 降到 {_rate(segment.to)}"
            yield Problem("R119", says, segment.where)
        if name == "binary" and not any(segment.start <= rate and (end is None or rate < end) for rate in (0, 1)):
            says = "期限类、是否类指标的完成率只有 0%（没有做到）和 100%（做到）两种"
            yield Problem("R118", f"从 {_rate(segment.start)} 起的一段用不到：{says}", segment.where, severity="警告")
        if name == "execution" and segment.start > FULL:
            says = "预算执行率超过 100% 的，是执行数超过了全年预算数，须先更正"
            yield Problem("R118", f"从 {_rate(segment.start)} 起的一段用不到：{says}", segment.where, severity="警告")
    for before, after in pairwise(scale.segments):
        reached = before.share if before.to is None else before.to
        if after.share < reached and after.start < FULL:
            says = f"完成率到 {_rate(after.start)} 时，得分比例反而从 {_rate(reached)} 降到 {_rate(after.share)}"
            yield Problem("R119", says, after.where)
    if (share := scale.share_at(FULL)) != FULL:
        says = f"达到指标值（完成率 100%）时只得分值的 {_rate(share)}"
        yield Problem("R121", says, scale.where, severity="警告")


def _of_categories(policy: Policy) -> list[CategoryScale]:
    """The scales of categories that the policy writes itself."""
    clause = policy.category_scales
    return list(clause.scales) if clause is not None and policy.writes(clause) else []


def _check_categories(policy: Policy) -> Iterator[Problem]:
    """Scales of categories: each in order, each category once, and one that has points."""
    allotted = {category for portion in policy.allocation.portions for category in portion.categories} - {EXECUTION}
    seen: set[str] = set()
    for scale in _of_categories(policy):
        faults = list(_check_shape(scale))
        yield from faults or _check_course("category_scales", scale)
        for category in scale.categories:
            if category in seen:
                yield Problem("R114", f"“{category}”有两个得分比例，只能写一个", scale.where)
            seen.add(category)
            if category not in allotted and category != ITEM_GOALS:
                says = f"“{category}”的得分比例用不到：分值分配里没有这个一级指标"
                at = nearest(category, allotted)
                yield Problem("R118", says, scale.where, "、".join(sorted(allotted)), at, severity="警告")


def _check_equality(policy: Policy) -> Iterator[Problem]:
    """What goes beyond an = target is full by its own clause, and less by a scale that falls there: the scale is taken."""
    scale = policy.quantitative
    if (
        policy.writes(scale)
        and not any(_check_shape(scale))
        and scale.share_at(FULL) == FULL
        and (turn := scale.falling())
    ):
        says = f"得分比例从完成率 {_rate(turn.start)} 起降低，而“等于”类指标写的是高于指标值得满分；高出这么多的按得分比例计分，不是满分"
        yield Problem("R128", says, turn.where, severity="提示")


def _rate(ratio: Fraction | None) -> str:
    return percent(ratio or Fraction(0), 4)


# ---- bands, grades, limits ---------------------------------------------------------------------------------------


def _check_bands(policy: Policy) -> Iterator[Problem]:
    bands = policy.qualitative.bands
    starts = [band.start for band in bands]
    chained = [band.to for band in bands] == [FULL, *starts[:-1]] and starts[-1:] == [0]
    if not chained or starts != sorted(starts, reverse=True):
        yield Problem("R115", "定性各档应从 100% 到 0% 首尾相接", policy.qualitative.where)
    elif [band.state for band in bands] != list(get_args(State)):
        yield Problem("R115", "定性三档应各写一次，由好到差", policy.qualitative.where, "、".join(get_args(State)))
    elif policy.writes(policy.qualitative):
        for band in bands:
            if band.start == band.to < FULL:
                says = f"“{band.state}”一档用不到：{_rate(band.start)} 到 {_rate(band.to)} 之间没有可填的比例"
                yield Problem("R118", says, band.where, severity="警告")


def _check_grades(policy: Policy) -> Iterator[Problem]:
    bands, at = policy.grades.bands, policy.grades.where
    if not bands:
        return
    starts = [band.start for band in bands]
    if starts != sorted(set(starts), reverse=True) or starts[-1] != 0:
        yield Problem("R115", "等级应由高到低，最后一级从 0 分起；不评级的，bands 写 []", at)
    words = [band.grade for band in bands]
    if len(set(words)) < len(words) or any(better_grade(below, above) for above, below in combinations(words, 2)):
        yield Problem("R115", "等级名称应由好到差，不重复", at, "如 优、良、中、差")
    if UNGRADED in words:
        yield Problem("R115", f"“{UNGRADED}”不是等级", at, "不评级的，bands 写 []")
    for band in bands if policy.writes(policy.grades) else ():
        if band.start > WHOLE:
            says = f"等级“{band.grade}”从 {points(band.start)} 分起，而总分最高 100 分，没有项目能评上"
            yield Problem("R117", says, band.where, severity="警告")


def _check_use(policy: Policy) -> Iterator[Problem]:
    """Grades that the use of results does not speak of, while it speaks of some that are not there (R132)."""
    clause, words = policy.use_of_results, policy.grades.words
    if UNGRADED in words or not (policy.writes(clause) or policy.writes(policy.grades)):
        return
    named = dict.fromkeys([*clause.rectify, *(word for advice in clause.advice for word in advice.grades)])
    strange = [word for word in named if not any(same_grade(word, grade) for grade in words)]
    silent = [word for word in words if not any(same_grade(grade, word) for grade in named)]
    if strange and silent:
        says = f"结果应用说的是“{'、'.join(strange)}”，等级划分里没有；“{'、'.join(silent)}”结果应用没有说到，不会提出整改或建议"
        at = (clause if policy.writes(clause) else policy.grades).where
        remedy = "在 use_of_results 的 rectify 和 advice 中写本办法的等级"
        yield Problem("R132", says, at, "、".join(words), severity="警告", remedy=remedy)


def _check_limits(policy: Policy) -> Iterator[Problem]:
    over = policy.over_fulfilment
    if (over.deduct_from is None) != (over.deduct_points is None):
        yield Problem("R102", "“deduct_from”与“deduct_points”应同时写", over.where)
    if over.deductions and (over.deduct_from is not None or over.deduct_points is not None):
        yield Problem("R102", "“deductions”与“deduct_from”“deduct_points”只写一种", over.where)
    starts = [("须说明原因", over.reason_from), ("扣分", over.deduct_from)]
    for does, limit in [*starts, *(("扣分", step.start) for step in over.deductions or ())]:
        if limit is not None and limit < FULL:
            says = f"超额完成从完成率 {_rate(limit)} 起{does}，而这时还没有达到指标值"
            yield Problem("R122", says, over.where, "不低于 100%")
    for before, after in pairwise(over.deductions or ()):
        if after.start <= before.start:
            yield Problem("R114", "分档扣分的各档应由低到高，不重复", after.where)
        elif after.points <= before.points:
            says = f"完成率超过 {_rate(after.start)} 扣 {points(after.points)} 分，不比前一档的 {points(before.points)} 分多"
            yield Problem("R119", says, after.where)
    if (limit := policy.execution.reason_below) > FULL:
        says = f"预算执行率低于 {_rate(limit)} 须说明原因，全部执行完的也要说明"
        yield Problem("R122", says, policy.execution.where, "不高于 100%")


# ---- caps --------------------------------------------------------------------------------------------------------


def _idle_caps(policy: Policy) -> list[Problem]:
    """Caps that lower no total, whatever the execution rate and the rows; of two equal ones the later."""
    caps = list(policy.caps.execution)
    problems = []
    for cap in reversed(policy.caps.execution):
        others = [other for other in caps if other is not cap]
        if not _lowers(cap, others, policy):
            caps = others
            idle = f"“执行率低于 {_rate(cap.below)}，总分不超过 {points(cap.total)}”从不起作用"
            problems.append(Problem("R116", f"{idle}：{_why(cap, others)}", cap.where, severity="警告"))
    return problems[::-1]


def _lowers(cap: Cap, others: Sequence[Cap], policy: Policy) -> bool:
    """Whether at some rate below its bound a total above it can be had that no other cap takes down as far."""
    scale, step = policy.execution, policy.rounding.step
    edges = {Fraction(0), cap.below, *(other.below for other in others), *(segment.start for segment in scale.segments)}
    worth = policy.allocation.execution
    for start, end in pairwise(sorted(edge for edge in edges if edge <= cap.below)):
        index = max(i for i, segment in enumerate(scale.segments) if segment.start <= start)
        intercept, slope = scale.line(index)
        share = intercept + slope * (end if slope > 0 else start)
        earned = min(worth, -(-worth * share // step) * step)  # at most: rounded up to the step
        other = min((other.total for other in others if other.below > start), default=WHOLE)
        if min(WHOLE - worth + earned, other) > cap.total:
            return True
    return False


def _why(cap: Cap, others: Sequence[Cap]) -> str:
    if cap.below == 0:
        return "执行率不会低于 0%"
    if cap.total >= WHOLE:
        return "总分本来就不超过 100"
    for other in others:
        if other.below >= cap.below and other.total <= cap.total:
            return f"执行率低于 {_rate(other.below)} 时总分已不超过 {points(other.total)}"
    return "执行率这样低时，总分本来就到不了这么高"


# ---- years and regions -------------------------------------------------------------------------------------------


def covers(policy: Policy, year: int) -> bool:
    """Whether a policy is in force in a year."""
    return policy.in_force.start <= year <= (policy.in_force.to or year)


def check_years(policies: Mapping[str, Policy], documents: Mapping[str, Any]) -> Iterator[Problem]:
    """Years in force that cannot be, or do not fit together (R125 to R127); `documents` are the files as written."""
    first: dict[int, Policy] = {}
    for policy in policies.values():
        own = policy.in_force
        if own.to is not None and own.to < own.start:
            says = f"终止年度 {own.to} 早于起始年度 {own.start}，“{policy.id}”在哪一年都不适用"
            yield Problem("R125", says, own.where)
            continue
        parent = policies.get(policy.extends or "")
        if parent and not _within(policy, parent):
            says = f"“{policy.id}”适用于 {_years(policy)}，沿用的“{parent.id}”只适用于 {_years(parent)}"
            at = place(documents[policy.id], ("extends",))
            yield Problem("R127", says, at, severity="警告", remedy="改为沿用当年适用的办法，或写明终止年度")
        if own.region == NATIONAL and (other := first.setdefault(own.start, policy)) is not policy:
            taken = max(policy.id, other.id)
            says = f"“{policy.id}”与“{other.id}”都是全国的办法，都自 {own.start} 年起；没有写明评分办法的表会按编号取“{taken}”"
            yield Problem("R126", says, own.where, severity="警告", remedy="写明不同的起始年度，或改写地区")


def _within(policy: Policy, parent: Policy) -> bool:
    own, outer = policy.in_force, parent.in_force
    return outer.start <= own.start and (outer.to is None or (own.to is not None and own.to <= outer.to))


def _years(policy: Policy) -> str:
    own = policy.in_force
    return f"{own.start} 年起" if own.to is None else f"{own.start}—{own.to} 年"


def check_use(table: Table, policy: Policy) -> Iterator[Problem]:
    """A table that names a policy of other years, or of another province than its unit's name begins with (R124)."""
    if not covers(policy, table.year):
        says = f"这张表是 {table.year} 年的，写明的评分办法“{policy.id}”适用于 {_years(policy)}"
        yield Problem("R124", says, table.where, severity="警告", remedy="改为当年适用的评分办法")
    own, region = _province(table.unit.name), _province(policy.in_force.region)
    if own and region and own != region:
        says = f"单位在{own}，写明的评分办法“{policy.id}”适用于{policy.in_force.region}"
        yield Problem("R124", says, table.where, severity="警告", remedy="改为本地区适用的评分办法")


def _province(text: str) -> str:
    """The province a name begins with, in full (a street called 河南路 is none); empty where it names none."""
    return next((province for province in PROVINCES if text.startswith(province)), "")


def unread(policies: Iterable[Policy], documents: Mapping[str, Any]) -> Iterator[Problem]:
    """That a policy file writes clauses whose text nobody has read (R123): once a file, at the first of them."""
    for policy in policies:
        document = documents[policy.id]
        written = {name: clause for name, clause in policy.clauses.items() if name in document}
        open_ = [name for name, clause in written.items() if not clause.checked]
        if open_:
            says = f"写明的条款 {len(written)} 条，没有见过原文的 {len(open_)} 条：{counted(written[name] for name in open_)}"
            yield Problem("R123", says, document.keys_at[open_[0]], severity="提示")
