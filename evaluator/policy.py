"""A policy (评分办法): issued clauses that turn attainment into points, points into a grade.

A policy file is an issued document: `extends` one parent and replaces whole clauses, never parts. Each clause names its
document, its article where known, and how it is `known`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile
from typing import Literal, get_args

from pydantic import Field

from evaluator.comparators import AT_MOST, EQUAL, UPWARD, linear_form
from evaluator.documents.written import Code, Flag, GradeName, Points, Ratio, Share, Words, Written
from evaluator.model import EXECUTION, Basis, State
from evaluator.quantities.levels import Level, declared

OWN_SCALES = tuple(f"category {number}" for number in range(1, 9))  # the names of scales of categories, in their order
MOST_DEDUCTIONS = 4
UNGRADED = "不评级"  # what stands for the grade where a policy has none
CUTS = ("压减", "取消", "暂停")  # advice that takes money away


class Clause(Basis, title="条款"):
    """One clause (条款) with its origin."""


class Portion(Written, title="一份分值"):
    """Points given to some level-1 categories together."""

    categories: list[Words] = Field(min_length=1, title="一级指标")
    points: Points = Field(title="分值")


class Allocation(Clause, title="分值分配"):
    """How 100 points are split over execution and the level-1 categories (分值分配)."""

    portions: list[Portion] = Field(title="各份分值")

    @property
    def execution(self) -> int:
        """Points of the execution row, in hundredths (0 where a faulty policy has no such portion)."""
        return next((p.points for p in self.portions if p.categories == [EXECUTION]), 0)


class Segment(Written, title="一段"):
    """From this attainment on (`open`: only above it): `share` of the points, rising in a straight line to `to` at the next
    segment."""

    start: Ratio = Field(alias="from", title="起点（完成率）")
    open: Flag | None = Field(None, title="起点不含在内，超过才算")
    share: Share = Field(title="起点的得分比例")
    to: Share | None = Field(None, title="到下一段起点时的得分比例")


class ShareLines(Written, title="得分比例"):
    """A piecewise straight line from attainment (完成率) to a share of the points."""

    segments: list[Segment] = Field(min_length=1, title="各段")

    def index_at(self, attainment: Fraction) -> int:
        """The place of the segment that an attainment lies on."""
        reached = max(attainment, Fraction(0))
        return max(i for i, segment in enumerate(self.segments) if reaches(segment, reached))

    def share_at(self, attainment: Fraction) -> Fraction:
        """The exact share of the points at one attainment (the arrays in scoring.py do the same for many)."""
        intercept, slope = self.line(self.index_at(attainment))
        return intercept + slope * max(attainment, Fraction(0))

    def falling(self) -> Segment | None:
        """The first segment from the target (100%) on that does not give full points throughout; None where all do."""
        beyond = (segment for segment in self.segments if segment.start >= 1)
        return next(
            (segment for segment in beyond if segment.share < 1 or (segment.to is not None and segment.to < 1)), None
        )

    def line(self, index: int) -> tuple[Fraction, Fraction]:
        """Intercept and slope of one segment: share = intercept + slope × attainment."""
        segment = self.segments[index]
        if segment.to is None:
            return segment.share, Fraction(0)
        slope = (segment.to - segment.share) / (self.segments[index + 1].start - segment.start)
        return segment.share - slope * segment.start, slope


class Scale(ShareLines, Clause, title="得分比例"):
    """A clause that gives points by attainment."""


class CategoryScale(ShareLines, title="一类指标的得分比例"):
    """The scale of the numbers of some level-1 categories, in place of the usual one."""

    categories: list[Words] = Field(min_length=1, title="一级指标")


class CategoryScales(Clause, title="分类的得分比例"):
    """Categories whose numbers earn their points by a scale of their own (满意度、重点履职、管理)."""

    scales: list[CategoryScale] = Field(min_length=1, max_length=len(OWN_SCALES), title="各类")


class AtMost(Clause, title="“不高于”类指标"):
    """How attainment is measured when a ≤ target is exceeded: target ÷ actual, or 1 − (actual − target) ÷ target."""

    attainment: Literal["比值", "线性"] = Field(title="完成率的算法")


class Equality(Clause, title="“等于”类指标"):
    """What an actual above an = target means: `full`, or `flagged` (full points and a finding)."""

    above: Literal["full", "flagged"] = Field(title="超过时：full 满分，flagged 满分并提示")


class Deduction(Written, title="一档扣分"):
    """What is deducted from this attainment on (`open`: only above it), up to the next step."""

    start: Ratio = Field(alias="from", title="起点（完成率）")
    open: Flag | None = Field(None, title="起点不含在内，超过才算")
    points: Points = Field(title="扣分")


class OverFulfilment(Clause, title="超额完成"):
    """When an actual far above its target needs a reason, and what is deducted for a target set too low: once, or by steps of
    which the last that is reached counts."""

    reason_from: Ratio = Field(title="须说明原因的完成率")
    deduct_from: Ratio | None = Field(None, title="扣分的完成率")
    deduct_points: Points | None = Field(None, title="扣分")
    deductions: list[Deduction] | None = Field(None, min_length=1, max_length=MOST_DEDUCTIONS, title="分档扣分")

    @property
    def steps(self) -> tuple[Deduction, ...]:
        """What is deducted, from the least attainment on, however it is written."""
        if self.deductions:
            return tuple(self.deductions)
        if self.deduct_from is None or self.deduct_points is None:
            return ()
        return (Deduction.model_construct(start=self.deduct_from, open=None, points=self.deduct_points),)


class Band(Written, title="一档"):
    """The share of the points open to the assessor for one state: from (included) to `to` (excluded unless 100%)."""

    state: State = Field(title="达成程度")
    start: Share = Field(alias="from", title="下限（含）")
    to: Share = Field(title="上限")


class Qualitative(Clause, title="定性指标分档"):
    """The bands of a qualitative indicator (定性指标)."""

    bands: list[Band] = Field(title="各档")

    def band(self, state: str) -> Band:
        """The band of a state."""
        return next(band for band in self.bands if band.state == state)

    def holds(self, state: str, share: Fraction) -> bool:
        """Whether a share lies in the band of a state; the lower end belongs to it, and 100% to the highest."""
        band = self.band(state)
        return band.start <= share < band.to or (share == band.to == 1)


class Execution(Scale, title="预算执行率"):
    """How the execution rate (executed ÷ adjusted budget) earns its points, and below which rate a reason is due."""

    reason_below: Ratio = Field(title="低于此须说明原因")


class Cap(Written, title="封顶"):
    """The highest total still possible when the execution rate is below `below`."""

    below: Ratio = Field(title="执行率低于")
    total: Points = Field(title="总分不超过")


class Caps(Clause, title="按执行率封顶"):
    """Execution caps on the total; the lowest that applies wins. No caps: an empty list."""

    execution: list[Cap] = Field(title="各档")


class GradeBand(Written, title="等级"):
    """A grade and the total (hundredths) it starts at."""

    grade: GradeName = Field(title="等级")
    start: Points = Field(alias="from", title="起始分（含）")


class Grades(Clause, title="等级划分"):
    """Grades by total score, best first, in whatever words the document has; no bands where it does not grade (不评级)."""

    bands: list[GradeBand] = Field(title="各级；不评级的写 []")

    @property
    def words(self) -> tuple[str, ...]:
        """The words for its grades, best first; 不评级 alone where it has none."""
        return tuple(band.grade for band in self.bands) or (UNGRADED,)

    def of(self, total: int) -> str:
        """The grade of a total in hundredths."""
        return next((band.grade for band in self.bands if total >= band.start), UNGRADED)

    def best(self, cap: str) -> str | None:
        """The best grade that is no better than a word of the usual scales (良 of 优秀、良好、合格 is 良好); None where that is
        not known."""
        if cap in self.words:
            return cap
        better = takewhile(lambda word: better_grade(word, cap), self.words)
        first = next(iter(self.words[len(tuple(better)) :]), None)
        return first if first is not None and _against(cap, AT_MOST, first) else None

    def limited(self, grade: str, caps: Iterable[str]) -> str:
        """The worst of a grade and the best grades still allowed; a cap that is no grade of these limits nothing."""
        return max((grade, *filter(None, map(self.best, caps))), key=self.words.index)


def reaches(start: Segment | Deduction, attainment: Fraction) -> bool:
    """Whether an attainment lies on or beyond the start of a segment or a step; beyond, where that is open."""
    return attainment > start.start if start.open else attainment >= start.start


def clause_of(scale: str) -> str:
    """The name of the clause that a scale stands in."""
    return "category_scales" if scale in OWN_SCALES else scale


def same_grade(word: str, grade: str) -> bool:
    """Whether two words are one grade: the same, or the same rank of a usual scale (中 and 中等)."""
    return word == grade or _against(word, EQUAL, grade)


def better_grade(word: str, grade: str) -> bool:
    """Whether a word ranks above another, as far as the usual scales know both."""
    return _against(word, "<", grade)


@lru_cache(maxsize=1024)
def _against(word: str, sign: str, grade: str) -> bool:
    """Whether `grade` is at most, below or the same as a word, in every usual scale that has both."""
    return Level(word, sign, declared()).met_by(grade) is True


class Rounding(Clause, title="得分舍入"):
    """The step (hundredths of a point) each row is rounded half up to, once."""

    step: Points = Field(gt=0, title="舍入到")


class Advice(Basis, title="下年度预算建议"):
    """What is advised for the next budget of a project of these grades, and how that reads."""

    advice: Literal["优先保障", "保障", "保留", "压减", "取消", "暂停"] = Field(title="建议")
    grades: list[GradeName] = Field(min_length=1, title="等级")
    repeated: Flag = Field(False, title="只在上年度也须整改时")
    overdue: Flag = Field(False, title="只在有整改逾期时")
    says: Words = Field(title="说法")


class UseOfResults(Clause, title="结果应用"):
    """How results bear on the next budget: which grades call for rectification, and the first advice that fits."""

    rectify: list[GradeName] = Field(["中", "差"], title="须整改的等级")
    advice: list[Advice] = Field([], title="下年度预算建议，由上到下取第一条符合的")


class InapplicableRows(Clause, title="不适用"):
    """What follows for the total where rows are said not to apply (不适用): the rest is taken for the whole (折算), or their
    points go to the other rows of their level (one of whose level 2 none is left, to those of level 1); 不接受: refused."""

    effect: Literal["折算", "二级指标内分摊", "一级指标内分摊", "不接受"] = Field(title="不适用的分值怎样算")

    @property
    def shares(self) -> bool:
        """Whether the points of such rows go to others."""
        return self.effect.endswith("分摊")


class OwnCriteria(Clause, title="本行自己的评分标准"):
    """What a row's own criterion takes the place of, or that none is accepted; how far it acts outside its row."""

    replaces: Literal["得分比例和超额扣分", "得分比例", "不接受"] = Field(title="代替哪些条款")
    most_taken: Points | None = Field(None, title="各行以外的追加扣除，合计至多几分；不写则不限")
    veto: Literal["照评分标准", "总分为0", "等级为最低一级", "不起作用"] = Field("照评分标准", title="一票否决怎样算")


class InForce(Written, title="适用范围"):
    """When a policy is in force (years, both included) and where."""

    start: int = Field(alias="from", ge=2000, le=2100, title="起始年度")
    to: int | None = Field(None, title="终止年度")
    region: Words = Field(title="地区")


class Policy(Written, title="评分办法"):
    """All effective clauses of one policy, its parent's included."""

    id: Code = Field(title="编号")
    title: Words = Field(title="名称")
    in_force: InForce = Field(title="适用范围")
    extends: Code | None = Field(None, title="沿用的办法")
    note: Words = Field("", title="说明")
    allocation: Allocation = Field(title="分值分配")
    quantitative: Scale = Field(title="定量指标计分")
    at_most: AtMost = Field(title="“不高于”类指标")
    equality: Equality = Field(title="“等于”类指标")
    over_fulfilment: OverFulfilment = Field(title="超额完成")
    qualitative: Qualitative = Field(title="定性指标分档")
    binary: Scale = Field(title="期限类、是否类指标")
    execution: Execution = Field(title="预算执行率")
    caps: Caps = Field(title="按执行率封顶")
    grades: Grades = Field(title="等级划分")
    grade_ends: Clause = Field(title="等级分数线的归属")
    rounding: Rounding = Field(title="得分舍入")
    reasons: Clause = Field(title="偏差原因和改进措施")
    use_of_results: UseOfResults = Field(title="结果应用")
    not_applicable: InapplicableRows | None = Field(None, title="不适用")
    category_scales: CategoryScales | None = Field(None, title="分类的得分比例")
    own_criteria: OwnCriteria | None = Field(None, title="本行自己的评分标准")

    @property
    def clauses(self) -> dict[str, Clause]:
        """The clauses it has, by their names in CLAUSES and in that order; some policies say nothing of some."""
        return {name: clause for name in CLAUSES if (clause := getattr(self, name)) is not None}

    @property
    def leaves_out(self) -> bool:
        """Whether rows may be said not to apply."""
        return self.not_applicable is not None and self.not_applicable.effect != "不接受"

    @property
    def deducts_beside(self) -> bool:
        """Whether over-fulfilment counts for rows with a criterion of their own too."""
        return self.own_criteria is not None and self.own_criteria.replaces == "得分比例"

    @property
    def takes_criteria(self) -> bool:
        """Whether rows may have a criterion of their own."""
        return self.own_criteria is None or self.own_criteria.replaces != "不接受"

    def writes(self, clause: Clause) -> bool:
        """Whether a clause is written in the policy's own file, not taken over from its parent."""
        return (clause.where and clause.where.path) == (self.where and self.where.path)

    def counted(self, word: str) -> str:
        """The word whose attainment is taken where rows are read under a word: its linear form where the policy says so."""
        return linear_form(word) if self.at_most.attainment == "线性" else word

    def taken(self, word: str, scale: str, attainment: Fraction) -> int:
        """What is deducted (hundredths, of what a row has) for a target set too low; spending is no such target."""
        if word not in UPWARD or scale == "execution":
            return 0
        due = [step.points for step in self.over_fulfilment.steps if reaches(step, attainment)]
        return due[-1] if due else 0

    def scale_for(self, category: str, scale: str) -> str:
        """The name of the scale that rows of a category are scored by where rows of their kind are by `scale`: numbers may have
        one of their category."""
        own = self.category_scales.scales if self.category_scales and scale == "quantitative" else ()
        named = (name for name, mine in zip(OWN_SCALES, own, strict=False) if category in mine.categories)
        return next(named, scale)

    def course(self, scale: str) -> ShareLines:
        """The scale of this name: quantitative, binary, execution, or one of a category (the usual one where there is none)."""
        if scale in OWN_SCALES:
            own, place = self.category_scales, OWN_SCALES.index(scale)
            return own.scales[place] if own and place < len(own.scales) else self.quantitative
        course: ShareLines = getattr(self, scale)
        return course

    def rectifies(self, grade: str) -> bool:
        """Whether a grade calls for rectification."""
        return any(same_grade(word, grade) for word in self.use_of_results.rectify)

    def advised(self, grade: str) -> tuple[Advice, ...]:
        """All that may be advised for a grade, in the order of the clause."""
        return tuple(
            advice for advice in self.use_of_results.advice if any(same_grade(word, grade) for word in advice.grades)
        )


def _is_clause(kind: object) -> bool:
    """Whether a field of a policy holds a clause, or may."""
    return any(isinstance(part, type) and issubclass(part, Clause) for part in (kind, *get_args(kind)))


# the clauses of a policy file with their Chinese names, in order
CLAUSES = {name: str(field.title) for name, field in Policy.model_fields.items() if _is_clause(field.annotation)}
