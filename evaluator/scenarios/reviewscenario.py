"""Review scenarios: rows of a filled table, what a person states of them, and what a review scale must make of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field, WithJsonSchema

from evaluator.auditing.reviewed import TableReview, review_table
from evaluator.errors import EvaluatorError
from evaluator.figures import decimal, points
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.model import Code, Points, Words, Written, Year
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


def see(one: ReviewScenario, scales: Mapping[str, ReviewScale]) -> ReviewOutcome:
    """Run one scenario."""
    scale, expect = scales.get(one.scale), one.expect
    if scale is None:
        return ReviewOutcome((f"没有复核扣分标准“{one.scale}”",))
    table = FilledTable(id="示例", year=one.year, indicators=one.rows, note=one.note or None)
    more = [RowGround(str(said.row), said.clause, str(said.same_as or ""), said.where) for said in one.stated]
    try:
        made = review_table(table, scale, one.step, more)
    except EvaluatorError as error:
        codes = [problem.code for problem in error.problems]
        return ReviewOutcome(() if expect.refused in codes else (f"不应拒绝：{error}",))
    held = {f"{row.index + 1}/{shown.ground.id}" for row in made.rows for shown in row.shown}
    held |= {f"{said.row}/{said.clause}" for said in one.stated}
    failures = tuple(_failures(expect, made, held, scale))
    fired = {name.partition("/")[2] for name in held}
    silent = {name.rpartition("/")[2] for name in expect.silent}
    return ReviewOutcome(
        failures, frozenset((scale.id, name) for name in fired), frozenset((scale.id, name) for name in silent)
    )


def _failures(expect: ReviewExpect, made: TableReview, held: set[str], scale: ReviewScale) -> Iterator[str]:
    if expect.refused is not None:
        yield f"应以 {expect.refused} 拒绝，却得出了复核得分"
    known = held | {name.partition("/")[2] for name in held}
    looks = {f"{doubt.index + 1}/{one.ground.id}" for one in made.open for doubt in one.doubts}
    named = [*expect.fires, *expect.silent, *expect.doubts]
    yield from (f"没有条款 {name}" for name in named if scale.of(re.sub("^[0-9]+/", "", name)) is None)
    told = "、".join(sorted(held)) or "无"
    yield from (f"应有依据 {name}，实有 {told}" for name in expect.fires if name not in known)
    yield from (f"不应有依据 {name}" for name in expect.silent if name in known)
    yield from (
        f"应疑似 {name}，实有 {'、'.join(sorted(looks)) or '无'}" for name in expect.doubts if name not in looks
    )
    for number, wanted in expect.scores.items():
        had = made.rows[number - 1].review if 0 < number <= len(made.rows) else None
        if had != (None if wanted is None else Fraction(wanted, 100)):
            yield f"第 {number} 行复核得分应为 {_told(wanted)}，实为 {'无' if had is None else decimal(had)}"
    if expect.total is not None and made.total != Fraction(expect.total, 100):
        yield f"复核总分应为 {_told(expect.total)}，实为 {'无' if made.total is None else decimal(made.total)}"


def _told(wanted: int | None) -> str:
    return "无" if wanted is None else points(wanted)
