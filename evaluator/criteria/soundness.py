"""Whether a criterion makes sense for a target: probed at every end it names and between them, by the scoring itself.

Faults found: what takes on the good side of the target, bands that overlap or leave a gap, points that no value reaches, more points for a worse value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.measuring import said
from evaluator.criteria.situation import Situation
from evaluator.criteria.standard import Standard
from evaluator.criteria.tree import Award, Change, Criterion, Edge, Interval, PerUnit
from evaluator.criteria.undecided import comes_whole, found
from evaluator.quantities.units import Quantity

FaultKind = Literal["against", "overlap", "gap", "unreached", "worse"]
_FINE = 10_000  # probes are whole ten-thousandths of a unit


@dataclass(frozen=True, slots=True)
class CriterionFault:
    """One fault of a criterion under a target, in a sentence."""

    kind: FaultKind
    says: str


@lru_cache(maxsize=65536)
def faults_of(standard: Standard, target: str, points: Fraction, sign: Any = None) -> tuple[CriterionFault, ...]:
    """The faults of a criterion under a target; none where values alone do not decide the points."""
    return tuple(_faults(standard, target, points, sign))


def _faults(standard: Standard, target: str, points: Fraction, sign: Any) -> Iterator[CriterionFault]:
    row = Situation(target, sign=sign)
    aim = row.aim()
    if aim is None:
        return
    reached: list[tuple[Fraction, Fraction]] = []
    seen: set[str] = set()
    for number in _probes(standard.tree, aim, row.aim("over") or aim):
        value = Quantity(number, aim.unit)
        try:
            result = found(standard.tree, Situation(target, str(value), points, sign=sign))
        except Refusal as error:
            kind = _REFUSED.get(error.code)
            if kind is not None and kind not in seen:
                seen.add(kind)
                yield CriterionFault(kind, error.says if kind == "against" else f"完成{value}时，{error.says}")
            continue
        if any(not question.question.settles for question in result.asks):
            return  # a person's answer decides
        beyond = aim.unit.name == "%" and aim.number <= 100 < number  # 建档率 above 100% is no value
        if any(question.question.code == "GAP" for question in result.asks) and "gap" not in seen and not beyond:
            seen.add("gap")
            yield CriterionFault("gap", f"完成{value}时，哪一档都没有列到")
        if result.earned is not None and result.earned.points is not None:
            reached.append((number, result.earned.points))
    if reached and (most := max(got for _, got in reached)) < points and not seen:
        yield CriterionFault("unreached", f"完成多少都得不到{said(points)}分，最多得{said(most)}分")
    yield from _worse(reached, row, aim)


_REFUSED: dict[str, FaultKind] = {"Q406": "overlap", "Q407": "against"}


@dataclass(frozen=True, slots=True)
class ProbedValues:
    """What a criterion gives at every end it names, beside it and between two of them; at the target itself; and where a worse
    value gives more, in a sentence ('' where none does)."""

    points: tuple[tuple[str, Fraction], ...] = ()
    aim: str = ""
    aimed: Fraction | None = None
    worse: str = ""


def values_of(standard: Standard, target: str, points: Fraction, sign: Any = None) -> ProbedValues:
    """The points of a criterion around a target; nothing where the target is no number, or a person's answer decides."""
    row = Situation(target, sign=sign)
    aim = row.aim()
    if aim is None:
        return ProbedValues()
    reached: list[tuple[Fraction, Fraction]] = []
    for number in _probes(standard.tree, aim, row.aim("over") or aim):
        try:
            result = found(standard.tree, Situation(target, str(Quantity(number, aim.unit)), points, sign=sign))
        except Refusal:
            continue
        if result.earned is not None and result.earned.points is not None:
            reached.append((number, result.earned.points))
    worse = next((fault.says for fault in _worse(reached, row, aim)), "")
    listed = tuple((str(Quantity(number, aim.unit)), got) for number, got in reached)
    met = Situation(target, str(aim), sign=sign).met
    return ProbedValues(listed, str(aim), dict(reached).get(aim.number) if met else None, worse)


def _worse(reached: list[tuple[Fraction, Fraction]], row: Situation, aim: Quantity) -> Iterator[CriterionFault]:
    """More points for a value that is further on the bad side of the target."""
    if not row.at_least and not row.at_most:
        return
    near = [point for point in reached if (point[0] <= aim.number if row.at_least else point[0] >= aim.number)]
    for low, high in pairwise(near):
        worse, better = (low, high) if row.at_least else (high, low)
        if worse[1] > better[1]:
            values = (
                f"完成{Quantity(worse[0], aim.unit)}得{said(worse[1])}分",
                f"完成{Quantity(better[0], aim.unit)}只得{said(better[1])}分",
            )
            yield CriterionFault("worse", f"指标值是“{row.target}”，{values[0]}，{values[1]}")
            return


def _probes(tree: Criterion, aim: Quantity, high: Quantity) -> list[Fraction]:
    """Values around every end: on it, just beside it, between two of them, and far away; in the unit of the target."""
    ends = {Fraction(0), aim.number, high.number, aim.number * 2, aim.number * 10, *ends_of(tree, aim)}
    grain = Fraction(1) if comes_whole(aim) else Fraction(1, 100)
    beside = {end + off for end in ends for off in (-grain, Fraction(0), grain)}
    far = max(beside) * 2
    listed = sorted({*beside, far})
    listed = sorted({*listed, *((a + b) / 2 for a, b in pairwise(listed))})
    whole = 1 if comes_whole(aim) else _FINE
    rounded = sorted({Fraction(int(number * whole), whole) for number in listed})
    return [number for number in rounded if number >= 0 or aim.unit.can_be_negative]


def ends_of(tree: Criterion, aim: Quantity) -> Iterator[Fraction]:
    """The ends a criterion names, in the unit of its target, and one unit on either side of the target."""
    for part in (tree, *tree.parts):
        for rule in part.rules:
            if not isinstance(rule, Award | Change):
                continue
            for band in rule.when:
                if isinstance(band, Interval):
                    for reading in _readings(band, aim):
                        yield from (_in_unit(reading, end, aim) for end in (band.low, band.high) if end is not None)
            if isinstance(rule, Change) and isinstance(rule.per, PerUnit):
                size = rule.per.size
                step = size.to(aim.unit) if size.unit.kind == aim.unit.kind else size.number
                yield from (aim.number - step, aim.number + step)


def _readings(band: Interval, aim: Quantity) -> tuple[Interval, ...]:
    """What a band may be about: 完成率 under a target that is a rate is the value itself, or its share of the target."""
    return (band, replace(band, of="target")) if band.of == "value" and aim.unit.kind == "比率" else (band,)


def _in_unit(band: Interval, end: Edge, aim: Quantity) -> Fraction:
    """The end of a band in the unit of the target."""
    number, unit = end.number.number, end.number.unit
    share = number * unit.size if unit.kind == "比率" else number / 100
    match band.of:
        case "over":
            return aim.number * (1 + share)
        case "short":
            return aim.number * (1 - share)
        case "target":
            return aim.number * share
    if unit.kind == aim.unit.kind:
        return end.number.to(aim.unit)
    return aim.number * share if unit.kind == "比率" else number
