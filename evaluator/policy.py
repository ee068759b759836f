"""A policy (评分办法): issued clauses that turn attainment into points, points into a grade.

A policy file is an issued document: `extends` one parent and replaces whole clauses, never parts. Each clause names its
document, its article where known, and whether its text was checked (`verified`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from evaluator.model import EXECUTION, Basis, Code, GradeName, Points, Ratio, Share, State, Words, Written


class Clause(Basis):
    """One clause (条款) with its origin."""


class Portion(Written):
    """Points given to some level-1 categories together."""

    categories: list[Words] = Field(min_length=1)
    points: Points


class Allocation(Clause):
    """How 100 points are split over execution and the level-1 categories (分值分配)."""

    portions: list[Portion]

    @property
    def execution(self) -> int:
        """Points of the execution row, in hundredths."""
        return next(p.points for p in self.portions if p.categories == [EXECUTION])


class Segment(Written):
    """From this attainment on: `share` of the points, rising in a straight line to `to` at the next segment."""

    start: Ratio = Field(alias="from")
    share: Share
    to: Share | None = None


class Scale(Clause):
    """A piecewise straight line from attainment (完成率) to a share of the points."""

    segments: list[Segment] = Field(min_length=1)

    def share_at(self, attainment: Fraction) -> Fraction:
        """The exact share of the points at one attainment (the arrays in scoring.py do the same for many)."""
        index = max(i for i, segment in enumerate(self.segments) if segment.start <= max(attainment, Fraction(0)))
        intercept, slope = self.line(index)
        return intercept + slope * max(attainment, Fraction(0))

    def line(self, index: int) -> tuple[Fraction, Fraction]:
        """Intercept and slope of one segment: share = intercept + slope × attainment."""
        segment = self.segments[index]
        if segment.to is None:
            return segment.share, Fraction(0)
        slope = (segment.to - segment.share) / (self.segments[index + 1].start - segment.start)
        return segment.share - slope * segment.start, slope


class AtMost(Clause):
    """How attainment is measured when a ≤ target is exceeded: target ÷ actual, or 1 − (actual − target) ÷ target."""

    attainment: Literal["比值", "线性"]


class Equality(Clause):
    """What an actual above an = target means: `full`, or `flagged` (full points and a finding)."""

    above: Literal["full", "flagged"]


class OverFulfilment(Clause):
    """When an actual far above its target needs a reason, and what is deducted for a target set too low."""

    reason_from: Ratio
    deduct_from: Ratio | None = None
    deduct_points: Points | None = None


class Band(Written):
    """The share of the points open to the assessor for one state: from (included) to `to` (excluded unless 100%)."""

    state: State
    start: Share = Field(alias="from")
    to: Share


class Qualitative(Clause):
    """The bands of a qualitative indicator (定性指标)."""

    bands: list[Band]

    def band(self, state: str) -> Band:
        return next(band for band in self.bands if band.state == state)

    def holds(self, state: str, share: Fraction) -> bool:
        band = self.band(state)
        return band.start <= share < band.to or (share == band.to == 1)


class Execution(Scale):
    """How the execution rate (executed ÷ adjusted budget) earns its points, and below which rate a reason is due."""

    reason_below: Ratio


class Cap(Written):
    """The highest total still possible when the execution rate is below `below`."""

    below: Ratio
    total: Points


class Caps(Clause):
    """Execution caps on the total; the lowest that applies wins. No caps: an empty list."""

    execution: list[Cap]


class GradeBand(Written):
    """A grade and the total (hundredths) it starts at."""

    grade: GradeName
    start: Points = Field(alias="from")


class Grades(Clause):
    """Grades by total score, best first."""

    bands: list[GradeBand]

    def of(self, total: int) -> GradeName:
        return next(band.grade for band in self.bands if total >= band.start)


class Rounding(Clause):
    """The step (hundredths of a point) each row is rounded half up to, once."""

    step: Points = Field(gt=0)


class Origin(Written):
    """When a policy is in force (years, both included) and where."""

    start: int = Field(alias="from", ge=2000, le=2100)
    to: int | None = None
    region: Words


class Policy(Written):
    """All effective clauses of one policy, its parent's included."""

    id: Code
    title: Words
    in_force: Origin
    extends: Code | None = None
    note: Words = ""
    allocation: Allocation
    quantitative: Scale
    at_most: AtMost
    equality: Equality
    over_fulfilment: OverFulfilment
    qualitative: Qualitative
    binary: Scale
    execution: Execution
    caps: Caps
    grades: Grades
    grade_ends: Clause
    rounding: Rounding
    reasons: Clause
    use_of_results: Clause
