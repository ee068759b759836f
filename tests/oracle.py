"""A second opinion: every score worked out again in plain fractions and loops, and generated rows to ask it about.

Written from the scoring rules as issued, not from the engine: nothing of scoring.py or comparators.py is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from evaluator.findings.facts import Fact
from evaluator.policy import OverFulfilment, Policy, ShareLines
from evaluator.rulebook.book import Rulebook, load_rulebook

ROOT = Path(__file__).parents[1]
MORE: dict[
    str, Callable[[Fraction, Fraction, Fraction], tuple[Fraction, bool]]
] = {}  # words that were added: see CONTRIBUTING
WORDS = ("≥", ">", "≤", "<", "≤线性", "<线性", "=", "区间", "期限", "是否", "定性", *MORE)
CLAUSE_OF = {"期限": "binary", "是否": "binary", "定性": "qualitative"}  # the clause a word is scored under, else 定量
STATES = ("达成", "部分达成并具有一定效果", "未达成且效果较差")
GRADE_NAMES = ("优", "良", "中", "差")
GRADE_SETS = (GRADE_NAMES, ("优秀", "良好", "合格", "不合格"), ("A", "B+", "C"), ("通过", "不通过"), ())  # () 不评级


@cache
def rulebook() -> Rulebook:
    """The rules as they stand in this repository."""
    return load_rulebook(ROOT / "rules")


@cache
def found_policies() -> dict[str, Policy]:
    """Every policy under rules/, by id."""
    return rulebook().policies


# ---- one row -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row to be scored: numbers in one unit (actual None when missing), points in hundredths."""

    word: str
    actual: Fraction | None
    target: Fraction
    high: Fraction
    points: int
    policy: Policy
    scale: str

    def __repr__(self) -> str:
        figures = f"{self.word!r}, actual={self.actual}, target={self.target}, high={self.high}, points={self.points}"
        return f"Line({figures}, policy={self.policy.id}, scale={self.scale})"


@dataclass(frozen=True)
class Scored:
    """What came of a row; `exact` is what it earned before the one rounding, in hundredths."""

    attainment: Fraction
    met: bool
    deducted: bool
    exact: Fraction
    earned: int


def ratio(part: Fraction, whole: Fraction) -> Fraction:
    """part ÷ whole, nothing where that is negative or has no meaning."""
    return max(part / whole, Fraction(0)) if whole > 0 else Fraction(0)


def attainment(word: str, actual: Fraction, target: Fraction, high: Fraction) -> tuple[Fraction, bool]:
    """How far the target was reached (完成率), and whether it was met."""
    full = Fraction(1)
    if word in ("≥", ">", "期限", "是否"):
        met = actual > target if word == ">" else actual >= target
        if met and target <= 0:
            return full, True
        return ratio(actual, target), met
    if word in ("≤", "<", "≤线性", "<线性"):
        met = actual <= target if word[0] == "≤" else actual < target
        if met:
            return full, True
        if word.endswith("线性"):
            return (max(1 - (actual - target) / target, Fraction(0)) if target > 0 else Fraction(0)), False
        return ratio(target, actual), False
    if word == "=":
        if target <= 0:
            return Fraction(actual <= 0 if target == 0 else actual >= target), actual == target
        return ratio(actual, target), actual == target
    if word == "区间":
        if actual < target:
            return ratio(actual, target), False
        return (full, True) if actual <= high else (ratio(high, actual), False)
    if word in MORE:
        return MORE[word](actual, target, high)
    assert word == "定性"
    return max(actual, Fraction(0)), actual >= target


def scale_of(line: Line) -> ShareLines:
    """The scale a row is under: that of its category where the policy has one, or a clause."""
    return _scale_of(line.policy, line.scale)


def scale_under(policy: Policy, category: str) -> ShareLines:
    """The scale of numbers of a category."""
    return _scale_of(policy, scale_named(policy, category))


def _scale_of(policy: Policy, name: str) -> ShareLines:
    kind, _, number = name.partition(" ")
    if kind != "category":
        return getattr(policy, name)  # type: ignore[no-any-return]
    own = policy.category_scales.scales if policy.category_scales else []
    return own[int(number) - 1] if int(number) <= len(own) else policy.quantitative


def scale_named(policy: Policy, category: str) -> str:
    """The scale of numbers of a category, as `Line.scale` names it."""
    own = policy.category_scales.scales if policy.category_scales else []
    mine = (number for number, scale in enumerate(own, 1) if category in scale.categories)
    return f"category {number}" if (number := next(mine, 0)) else "quantitative"


def begun(start: Any, reached: Fraction) -> bool:
    """Whether a segment or a step holds at an attainment: from its start on, or only beyond it."""
    return reached >= start.start and not (start.open and reached == start.start)


def due_deduction(over: OverFulfilment, reached: Fraction) -> int | None:
    """What is to be deducted at an attainment; None where nothing is."""
    if over.deductions:
        return max(((step.start, step.points) for step in over.deductions if begun(step, reached)), default=(0, None))[
            1
        ]
    written = over.deduct_from is not None and reached >= over.deduct_from
    return over.deduct_points if written else None


def share(clause: ShareLines, reached: Fraction) -> Fraction:
    """The share of the points at one attainment: flat, or along the straight line to the next segment's start."""
    result = Fraction(0)
    for number, segment in enumerate(clause.segments):
        if not begun(segment, reached):
            break
        result = segment.share
        if segment.to is not None:
            following = clause.segments[number + 1].start
            result += (segment.to - segment.share) * (reached - segment.start) / (following - segment.start)
    return result


def peak(clause: ShareLines) -> Fraction | None:
    """The attainment up to which a scale never falls; None when it never does."""
    last = Fraction(0)
    for segment in clause.segments:
        if segment.share < last:
            return segment.start
        if segment.to is not None and segment.to < segment.share:
            return segment.start
        last = segment.share if segment.to is None else segment.to
    return None


def round_half_up(exact: Fraction, step: int) -> int:
    """The nearest multiple of the step, the upper one when two are as near."""
    lower = exact // step * step
    return int(lower + step if exact - lower >= Fraction(step, 2) else lower)


def scored(line: Line) -> Scored:
    """Score one row."""
    if line.actual is None:
        return Scored(Fraction(0), False, False, Fraction(0), 0)
    reached, met = attainment(line.word, line.actual, line.target, line.high)
    part = reached if line.scale == "qualitative" else share(scale_of(line), reached)
    exact = line.points * part
    deduct = due_deduction(line.policy.over_fulfilment, reached)
    counts = line.scale not in ("execution", "binary", "qualitative") and line.word in ("≥", ">")
    deducted = counts and deduct is not None
    if deducted:
        exact = max(exact - (deduct or 0), Fraction(0))
    step = line.policy.rounding.step
    earned = line.points if exact == line.points else min(round_half_up(exact, step), line.points)
    return Scored(reached, met, deducted, exact, earned)


def taken(line: Line) -> int:
    """What a deduction takes, in hundredths: no more than the row has, rounded half up."""
    if line.actual is None or not scored(line).deducted:
        return 0
    reached = scored(line).attainment
    due = Fraction(due_deduction(line.policy.over_fulfilment, reached) or 0)
    return round_half_up(min(due, line.points * share(scale_of(line), reached)), 1)


def overdone(line: Line) -> bool:
    """Whether a reason is due for an actual far above its target."""
    watched = line.actual is not None and line.word in ("≥", ">") and line.scale != "execution"
    return watched and scored(line).attainment >= line.policy.over_fulfilment.reason_from


def segment(line: Line) -> int:
    """The place of the line that the row's points are read from, the first being 0; a stated share has two: below 1, and 1."""
    if line.actual is None:
        return 0
    reached = scored(line).attainment
    if line.scale == "qualitative":
        return int(reached >= 1)
    return max(at for at, part in enumerate(scale_of(line).segments) if begun(part, reached))


# ---- a table -----------------------------------------------------------------------------------------------------


def capped(total: int, rate: Fraction | None, policy: Policy) -> int:
    """The total after the execution caps; the lowest that applies wins."""
    for cap in policy.caps.execution:
        if (rate or 0) < cap.below and cap.total < total:
            total = cap.total
    return total


def grade(total: int, policy: Policy) -> str:
    """The grade of a total, the lower ends included; 不评级 where a policy has none."""
    reached = [band for band in policy.grades.bands if band.start <= total]
    return max(reached, key=lambda band: band.start).grade if reached else "不评级"


def place(grade: str, policy: Policy) -> int:
    """Where a grade stands in its policy, the best first."""
    return [*(band.grade for band in policy.grades.bands), "不评级"].index(grade)


def worst(grades: Iterable[str]) -> str:
    """The worst of some usual grades (优 when there are none)."""
    return max(grades, key=GRADE_NAMES.index, default=GRADE_NAMES[0])


def graded(project: str, grades: Iterable[str]) -> Fact:
    """The fact of the worst of some usual grades, with what its policy would say of it."""
    grade = worst(grades)
    poor, low = grade in GRADE_NAMES[2:], grade == GRADE_NAMES[-1]
    return Fact("grade", project, "1", grade=grade, rectify=poor, lowest=low, cut=poor, advice="压减")


def split(points: int, weights: Sequence[int]) -> list[int]:
    """Hundredths in proportion to weights (equally when there are none), by largest remainder, the first one first."""
    weights = list(weights) if sum(weights) else [1] * len(weights)
    shares = [Fraction(points * weight, sum(weights)) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    while sum(parts) < points:
        short = [share - part for share, part in zip(shares, parts, strict=True)]
        parts[short.index(max(short))] += 1
    return parts


# ---- generated policies ------------------------------------------------------------------------------------------


def percent(hundredths: int) -> str:
    """A ratio as a policy file writes it, from hundredths of a per cent."""
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def as_points(hundredths: int) -> str:
    """Points as a policy file writes them."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


BASIS = {"document": "示例文件", "known": "未见"}
WAYS = ("原文", "转引", "表样", "系统", "做法", "未见")


def scale(random: Random) -> dict[str, Any]:
    """A scale that never falls up to 100% (full), and beyond it stays full or falls."""
    starts = [0, *sorted(random.sample(range(1, 10_000), random.randrange(4))), 10_000]
    heights = sorted(random.choice((0, random.randrange(10_001))) for _ in range(2 * len(starts) - 2))
    segments: list[dict[str, str]] = []
    for number, start in enumerate(starts[:-1]):
        segment = {"from": percent(start), "share": percent(heights[2 * number])}
        if random.random() < 0.6:
            segment["to"] = percent(heights[2 * number + 1])
        segments.append(segment)
    segments.append({"from": "100%", "share": "100%"})
    if random.random() < 0.25:
        turn, end = sorted(random.sample(range(10_001, 50_000), 2))
        low = percent(random.randrange(10_001))
        segments += [{"from": percent(turn), "share": "100%", "to": low}, {"from": percent(end), "share": low}]
    return {**BASIS, "segments": segments}


def document(random: Random) -> dict[str, Any]:
    """A policy file as a person could write it: scales, bands, caps, deduction, grades and rounding step."""
    upper, lower = sorted(random.sample(range(1, 10_000), 2), reverse=True)
    edges = [10_000, upper, lower, 0]
    words = random.choice((GRADE_NAMES, *GRADE_SETS))
    starts = [*sorted(random.sample(range(1, 10_001), max(len(words), 1) - 1), reverse=True), 0][: len(words)]
    over = {"reason_from": percent(random.randrange(10_000, 30_000))}
    if random.random() < 0.5:
        over["deduct_from"] = random.choice(["130%", "100.01%", "120.0001%", "999.9999%"])
        over["deduct_points"] = as_points(random.choice([0, 1, 200, 333, 1_000, 5_000]))
    caps = [(random.randrange(1, 12_000), random.randrange(10_000)) for _ in range(random.randrange(5))]
    made = {
        "id": f"made-{random.randrange(10**12)}",
        "title": "示例办法",
        "in_force": {"from": "2020", "region": "示例"},
        "allocation": {
            **BASIS,
            "portions": [
                {"categories": ["预算执行率"], "points": "10"},
                {"categories": ["产出指标", "效益指标", "满意度指标"], "points": "90"},
            ],
        },
        "quantitative": scale(random),
        "binary": scale(random),
        "execution": {**scale(random), "reason_below": "90%"},
        "at_most": {**BASIS, "attainment": random.choice(["比值", "线性"])},
        "equality": {**BASIS, "above": random.choice(["full", "flagged"])},
        "over_fulfilment": {**BASIS, **over},
        "qualitative": {
            **BASIS,
            "bands": [
                {"state": state, "from": percent(edges[i + 1]), "to": percent(edges[i])}
                for i, state in enumerate(STATES)
            ],
        },
        "caps": {**BASIS, "execution": [{"below": percent(b), "total": as_points(t)} for b, t in caps]},
        "grades": {
            **BASIS,
            "bands": [{"grade": n, "from": as_points(start)} for n, start in zip(words, starts, strict=True)],
        },
        "grade_ends": BASIS,
        "rounding": {**BASIS, "step": random.choice(["0.01", "0.01", "0.1", "0.05", "0.5", "1", "0.03"])},
        "reasons": BASIS,
        "use_of_results": {**BASIS, "rectify": [*words[-1:]]},
    }
    further(made, random)
    return {name: known(clause, random) if "document" in clause else clause for name, clause in made.items()}


def further(made: dict[str, Any], random: Random) -> None:
    """Let some policies have scales of categories, ends that are not included, and deductions by steps."""
    over, categories = made["over_fulfilment"], ["产出指标", "效益指标", "满意度指标"]
    if random.random() < 0.4:
        starts = sorted(random.sample(range(10_001, 30_000), random.randint(1, 4)))
        taken = sorted(random.sample(range(1, 2_000), len(starts)))
        for name in ("deduct_from", "deduct_points"):
            over.pop(name, None)
        over["deductions"] = [
            {"from": percent(start), "points": as_points(points), **({"open": True} if random.random() < 0.5 else {})}
            for start, points in zip(starts, taken, strict=True)
        ]
    if random.random() < 0.4:
        made["category_scales"] = {**BASIS, "scales": []}
        for names in (categories[:1], categories[1:])[: random.randint(1, 2)]:
            segments = [part for part in scale(random)["segments"] if float(part["from"][:-1]) <= 100]
            for part in segments[1:-1]:
                part.update({"open": "true"} if random.random() < 0.5 else {})
            if random.random() < 0.7:
                segments.append({"from": percent(random.randrange(10_001, 30_000)), "open": "true", "share": "0%"})
            made["category_scales"]["scales"].append({"categories": names, "segments": segments})


def known(clause: Any, random: Random) -> dict[str, str]:
    """A clause known in one way or another."""
    way = random.choice(WAYS)
    return {**clause, "known": way, "seen": "" if way in ("做法", "未见") else "示例通知"}


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Policy files."""
    return st.integers(0, 10**9).map(lambda seed: document(Random(seed)))


def policies() -> st.SearchStrategy[Policy]:
    """Policies made from such files."""
    return documents().map(Policy.model_validate)


@cache
def stock() -> dict[str, Policy]:
    """The policies found in rules/ and sixty made ones, by id."""
    made = [Policy.model_validate(document(Random(seed))) for seed in range(60)]
    return found_policies() | {policy.id: policy for policy in made}


def any_policy() -> st.SearchStrategy[Policy]:
    """A policy found in rules/, or (as often) a made one."""
    found, all_ = sorted(found_policies()), sorted(stock())
    return st.one_of(st.sampled_from(found), st.sampled_from(all_)).map(stock().__getitem__)


# ---- generated rows ----------------------------------------------------------------------------------------------

PLAIN = st.one_of(
    st.integers(0, 400).map(Fraction),
    st.integers(0, 1_000_000).map(lambda n: Fraction(n, 100)),
    st.fractions(0, 1_000, max_denominator=997),
    st.integers(-100, 0).map(Fraction),
)
EXTREME = st.one_of(
    st.integers(10**15, 10**24).map(Fraction),
    st.integers(1, 1_000).map(lambda n: Fraction(n, 10**20)),
    st.integers(-(10**24), -(10**15)).map(Fraction),
    st.integers(10**11, 10**16).map(lambda n: Fraction(n, 100)),
)
FACTORS = ("0", "0.05", "0.5", "0.59999", "0.9", "0.9999", "1", "1.0001", "1.2999", "1.3", "1.30001", "2", "2.5", "10")


def amounts(extreme: bool = True) -> st.SearchStrategy[Fraction]:
    """Numbers from tiny to far beyond what 64 bits hold."""
    return st.one_of(PLAIN, PLAIN, EXTREME) if extreme else PLAIN


@st.composite
def lines(
    draw: st.DrawFn,
    words: Sequence[str] = WORDS,
    under: st.SearchStrategy[Policy] | None = None,
    extreme: bool = True,
    missing: bool = True,
) -> Line:
    """A row of any comparator under any policy: near its target, far from it, or missing."""
    word = draw(st.sampled_from(list(words)))
    policy = draw(under or any_policy())
    points = draw(st.one_of(st.sampled_from([1250, 3000, 1000, 0, 1, 333]), st.integers(0, 10_000)))
    scale = CLAUSE_OF.get(word, "quantitative")
    if word in ("期限", "是否"):
        actual, target, high = Fraction(draw(st.integers(0, 1))), Fraction(1), Fraction(1)
    elif word == "定性":
        actual, target, high = (
            draw(st.integers(0, 10_000).map(lambda n: Fraction(n, 10_000))),
            Fraction(4, 5),
            Fraction(1),
        )
        target = policy.qualitative.bands[0].start
    else:
        target = draw(amounts(extreme))
        near = st.sampled_from(FACTORS).map(lambda factor: target * Fraction(factor))
        actual = draw(st.one_of(near, near, amounts(extreme)))
        high = target + abs(draw(amounts(extreme))) if word == "区间" else target
        if word == "≥" and draw(st.integers(0, 4)) == 0:
            scale = "execution"
        elif policy.category_scales and draw(st.booleans()):
            scale = draw(st.sampled_from(["category 1", "category 2"]))
    given = None if missing and draw(st.integers(0, 11)) == 0 else actual
    return Line(word, given, target, high, points, policy, scale)
