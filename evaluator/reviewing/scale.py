"""How a self-evaluation is reviewed, as data: a review scale (复核扣分标准) of grounds under rules/reviews, with its checks.

A scale is no part of a scoring policy: it takes off from a score that stands, and changing it must not change that score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, Name, Ratio, Share, Words, Written
from evaluator.errors import Problem, RuleProblems, UsageProblem, nearest_of_place
from evaluator.figures import percent
from evaluator.policies.twice import again
from evaluator.policy import Clause, InForce
from evaluator.workspace.places import product

Does = Literal["扣分", "只计一次", "不扣分"]
Applies = Literal["各类", "满意度", "期限"]
Shown = Literal["满意度无数据", "指标重复", "部分逾期", "层级不符", "超额完成"]  # what a table alone can show
SHOWN: tuple[Shown, ...] = get_args(Shown)
ONCE: Shown = "指标重复"
OVER: Shown = "超额完成"


class Ground(Clause, title="复核条款"):
    """One ground (复核依据) a reviewer may state of a row, and what it does to the row's score.

    `keeps` is the share of the score that is left (0% takes it all); `shown_by_table` is the sign by which a filled table
    shows the ground without anybody's word, absent where a person must state it.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(title="条款代号")
    title: Name = Field(title="名称")
    says: Name = Field(title="复核意见中的依据")
    does: Does = Field(title="怎样处理")
    keeps: Share | None = Field(None, title="保留得分的比例")
    applies: Applies = Field(title="可用于哪些指标")
    shown_by_table: Shown | None = Field(None, title="表上能看出的迹象")
    above: Ratio | None = Field(None, title="完成率高于")

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Self:
        wrong = {
            "扣分的写明保留得分的比例（keeps），其余的不写": (self.does == "扣分") != (self.keeps is not None),
            f"“{ONCE}”与“只计一次”同用": (self.shown_by_table == ONCE) != (self.does == "只计一次"),
            f"“{OVER}”写明完成率（above），其余的不写": (self.shown_by_table == OVER) != (self.above is not None),
        }
        if faults := [says for says, at_fault in wrong.items() if at_fault]:
            raise PydanticCustomError("R152", "{says}", {"says": f"“{self.title}”没有写全：{'；'.join(faults)}"})
        return self

    @property
    def share(self) -> Fraction:
        """The share of a row's score it leaves by itself; a row that counts once, or is not touched, keeps all."""
        return Fraction(1) if self.keeps is None else self.keeps

    @property
    def effect(self) -> str:
        """What the ground does to a score, in words: 不得分, 扣 60%, 只计一次, 不扣分."""
        if self.keeps is None:
            return self.does
        return "不得分" if self.keeps == 0 else f"扣 {percent(1 - self.keeps, 4)}"


class Several(Clause, title="一行有几条时"):
    """How several grounds of one row meet: the largest deduction alone, or their sum; never below 0."""

    takes: Literal["最大一项", "累加"] = Field(title="取最大一项，或累加到 0 为止")

    def share(self, shares: Sequence[Fraction]) -> Fraction:
        """The share of a score that several grounds together leave."""
        if self.takes == "最大一项":
            return min(shares, default=Fraction(1))
        return max(1 - sum((1 - share for share in shares), Fraction(0)), Fraction(0))


class LowerGrade(Clause, title="评定等级低于自评"):
    """What a score counts for where finance grades lower than the unit itself: by so many steps, the first being one."""

    title: ClassVar[str] = "评定等级低于自评"

    of: Literal["自评得分", "复核得分"] = Field(title="哪个得分")
    keeps: list[Share] = Field(min_length=1, max_length=20, title="低一级、低两级……各按多少计")

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if any(later > sooner for sooner, later in pairwise(self.keeps)):
            raise PydanticCustomError("R152", "{says}", {"says": f"“{self.title}”没有写对：低得越多，计的比例不能越高"})
        return self


def _distinct(grounds: list[Ground]) -> list[Ground]:
    ids = Counter(f"条款代号“{ground.id}”" for ground in grounds)
    signs = Counter(f"表上的迹象“{ground.shown_by_table}”" for ground in grounds if ground.shown_by_table)
    if twice := [name for names in (ids, signs) for name in sorted(names) if names[name] > 1]:
        raise PydanticCustomError("R151", "{says}", {"says": f"{'、'.join(twice)}写了两次"})
    return grounds


class ReviewScale(Written, title="复核扣分标准"):
    """What is taken off a self-evaluation, and on which grounds."""

    id: Code = Field(title="编号")
    title: Words = Field(title="名称")
    in_force: InForce = Field(title="适用范围")
    note: Words = Field("", title="说明")
    several: Several = Field(title="一行有几条时")
    grounds: Annotated[list[Ground], Field(max_length=100), AfterValidator(_distinct)] = Field(
        title="复核条款；没有的写 []"
    )
    lower_grade: LowerGrade | None = Field(None, title="评定等级低于自评")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.grounds and self.lower_grade is None:
            raise PydanticCustomError("R152", "{says}", {"says": f"“{self.title}”没有写全：一条复核条款也没有"})
        return self

    def of(self, clause: str) -> Ground | None:
        """The ground of an id, None when there is none."""
        return next((ground for ground in self.grounds if ground.id == clause), None)

    def shown_by(self, sign: str) -> Ground | None:
        """The ground that a sign on the table shows, None when the scale has none."""
        return next((ground for ground in self.grounds if ground.shown_by_table == sign), None)


# ---- loading -----------------------------------------------------------------------------------------------------


def load_review_scale(folders: Sequence[Path], named: str) -> ReviewScale:
    """The scale named, from these rules/ folders; raises RuleProblems (R101 to R103, R151 to R153), UsageProblem (U312)."""
    scales, problems = read_review_scales(folders)
    if problems:
        raise RuleProblems(problems)
    if named not in scales:
        known = sorted(scales)
        raise UsageProblem(
            [Problem("U312", f"没有复核扣分标准“{named}”", None, "、".join(known), nearest_of_place(named, known))]
        )
    return scales[named]


def read_review_scales(folders: Sequence[Path]) -> tuple[dict[str, ReviewScale], list[Problem]]:
    """Every review scale of these rules/ folders by id, and every problem (R101 to R103, R151 to R153)."""
    problems: list[Problem] = []
    scales: dict[str, ReviewScale] = {}
    at: dict[str, Path] = {}
    for path in (path for folder in folders for path in sorted((folder / "reviews").glob("*.y*ml"))):
        scale, faults = read_model(ReviewScale, path, f"rules/reviews/{path.name}")
        problems += faults
        first = scales.get(scale.id) if scale else None
        apart = scale is not None and at.get(scale.id, path.parent) != path.parent
        if scale and first and not (apart and first.model_dump() == scale.model_dump()):
            own_first = apart and path.is_relative_to(product())  # as the command of a review asks for them
            places = (scale.where, first.where) if own_first else (first.where, scale.where)
            problems.append(again("R153", f"复核扣分标准“{scale.id}”", *places, apart))
        if scale:
            at.setdefault(scale.id, path.parent)
            scales.setdefault(scale.id, scale)
    return scales, problems
