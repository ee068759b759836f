"""Review scenarios: rows of a filled table, what a person states of them, and what a review scale must make of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field, WithJsonSchema

from evaluator.auditing.reviewed import TableReview, review_table
from evaluator.documents.written import Code, Points, Words, Written, Year
from evaluator.errors import EvaluatorError
from evaluator.figures import decimal, points
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.reviewing.applying import RowGround
from evaluator.reviewing.scale import ReviewScale

_CELL = {"type": ["string", "number", "null"]}
_SHAPES: dict[str, dict[str, object]] = {"merged": {"type": "object"}, "places": {"type": "object"}}
Row = Annotated[  # an editor allows a cell to be written as a number
    FilledRow,
    WithJsonSchema({
        "type": "object",
        "title": "绩效指标",
        "properties": {
            name: {"title": str(field.title)} | _SHAPES.get(name, _CELL) for name, field in FilledRow.model_fields.items()
        },
        "additionalProperties": False,
    }),
]  # fmt: skip
Number = Annotated[int, Field(ge=1, le=1_000)]


class StatedGround(Written, title="复核人写明的依据"):
    """A ground stated of a row by its number."""

    row: Number = Field(title="第几行")
    clause: Words = Field(title="条款代号")
    same_as: Number | None = Field(None, title="与第几行重复")


class ReviewExpect(Written, title="应有的复核结果"):
    """What must come of a review; what is not said is not checked. A ground is `clause`, or `row/clause`."""

    refused: Words | None = Field(None, title="以此编号拒绝")
    fires: list[Words] = Field([], title="表上看出或写明的条款")
    silent: list[Words] = Field([], title="没有成立的条款")
    doubts: list[Words] = Field([], title="只是疑似的条款")
    scores: dict[int, Points | None] = Field({}, title="各行的复核得分，null 为不能确定")
    total: Points | None = Field(None, title="复核总分")


class ReviewScenario(Written, title="复核情景"):
    """Rows as they stand on a filled table, and grounds a person states of them."""

    name: Words = Field(title="情景名称")
    scale: Code = Field(title="复核扣分标准")
    year: Year = Field(2026, title="年度")
    rows: list[Row] = Field(min_length=1, title="自评表的各行")
    note: Words = Field("", title="表上的备注")
    stated: list[StatedGround] = Field([], title="复核人写明的依据")
    step: Points = Field(1, title="得分舍入到")
    expect: ReviewExpect = Field(title="应有的复核结果")


class ReviewFile(Written, title="复核情景文件"):
    """A file of review scenarios about one thing."""

    about: Words = Field(title="说的是什么")
    reviews: list[ReviewScenario] = Field(min_length=1, title="情景")


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """What came of one review scenario: its failures, and the grounds of the scale that held, and that were to be silent."""

    failures: tuple[str, ...]
    fired: frozenset[tuple[str, str]] = frozenset()
    silent: frozenset[tuple[str, str]] = frozenset()


def see(scenario: ReviewScenario, scales: Mapping[str, ReviewScale]) -> ReviewOutcome:
    """Run one scenario."""
    scale, expect = scales.get(scenario.scale), scenario.expect
    if scale is None:
        return ReviewOutcome((f"没有复核扣分标准“{scenario.scale}”",))
    table = FilledTable(id="示例", year=scenario.year, indicators=scenario.rows, note=scenario.note or None)
    more = [RowGround(str(said.row), said.clause, str(said.same_as or ""), said.where) for said in scenario.stated]
    try:
        review = review_table(table, scale, scenario.step, more)
    except EvaluatorError as error:
        codes = [problem.code for problem in error.problems]
        return ReviewOutcome(() if expect.refused in codes else (f"不应拒绝：{error}",))
    held = {f"{row.index + 1}/{shown.ground.id}" for row in review.rows for shown in row.shown}
    held |= {f"{said.row}/{said.clause}" for said in scenario.stated}
    failures = tuple(_failures(expect, review, held, scale))
    fired = frozenset((scale.id, name.partition("/")[2]) for name in held)
    silent = frozenset((scale.id, name.rpartition("/")[2]) for name in expect.silent)
    return ReviewOutcome(failures, fired, silent)


def _failures(expect: ReviewExpect, review: TableReview, held: set[str], scale: ReviewScale) -> Iterator[str]:
    if expect.refused is not None:
        yield f"应以 {expect.refused} 拒绝，却得出了复核得分"
    known = held | {name.partition("/")[2] for name in held}
    looks = {f"{doubt.index + 1}/{asked.ground.id}" for asked in review.open for doubt in asked.doubts}
    named = [*expect.fires, *expect.silent, *expect.doubts]
    has, seems = ("、".join(sorted(names)) or "无" for names in (held, looks))
    yield from (f"没有条款 {name}" for name in named if scale.of(re.sub("^[0-9]+/", "", name)) is None)
    yield from (f"应有依据 {name}，实有 {has}" for name in expect.fires if name not in known)
    yield from (f"不应有依据 {name}" for name in expect.silent if name in known)
    yield from (f"应疑似 {name}，实有 {seems}" for name in expect.doubts if name not in looks)
    left = {number: row.review for number, row in enumerate(review.rows, 1)}
    scores = [(f"第 {number} 行复核得分", wanted, left.get(number)) for number, wanted in expect.scores.items()]
    if expect.total is not None:
        scores.append(("复核总分", expect.total, review.total))
    for what, wanted, had in scores:
        if had != (None if wanted is None else Fraction(wanted, 100)):
            right = "无" if wanted is None else points(wanted)
            yield f"{what}应为 {right}，实为 {'无' if had is None else decimal(had)}"
