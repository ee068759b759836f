"""A filled table reviewed under a review scale: the grounds it shows by itself, the scores that leaves, what is left to a person.

The scores are those printed on the table; nothing else of the audit is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evaluator.auditing.grounds import Sign, kinds, signs
from evaluator.auditing.recomputed import figure, number
from evaluator.figures import decimal, half_up, percent
from evaluator.intake.filled.formdata import FilledRow, FilledTable
from evaluator.policies.bases import basis_json
from evaluator.reviewing.applying import Reviewed, ReviewedRow, RowGround, review
from evaluator.reviewing.scale import Ground, ReviewScale

JOINED = "合并计分"


@dataclass(frozen=True, slots=True)
class ShownGround:
    """One ground that the table shows of a row."""

    ground: Ground
    sign: Sign


@dataclass(frozen=True, slots=True)
class RowReview:
    """A row under review: its printed score, what is left of it (None where that is not certain, then `why`), its grounds.

    `counted_as` is the row that counts in the place of this one, which is 0: the two are one indicator.
    """

    index: int
    called: str
    printed: str | None
    review: Fraction | None
    why: str
    shown: tuple[ShownGround, ...]
    counted_as: int | None = None

    @property
    def lowered(self) -> bool:
        """Whether a ground takes something off."""
        return any(one.ground.does != "不扣分" for one in self.shown)


@dataclass(frozen=True, slots=True)
class OpenGround:
    """A ground that only a person can state: the rows (from 0) it may apply to, and what on the table looks like it."""

    ground: Ground
    rows: tuple[int, ...]
    doubts: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class TableReview:
    """A table under review; the total is None where it is not certain, and `why` says so."""

    scale: ReviewScale
    rows: tuple[RowReview, ...]
    printed: str | None
    total: Fraction | None
    why: str
    open: tuple[OpenGround, ...]

    @property
    def lowered(self) -> bool:
        """Whether the table shows a ground that takes something off."""
        return any(row.lowered for row in self.rows)


def review_table(table: FilledTable, scale: ReviewScale, step: int, more: Sequence[RowGround] = ()) -> TableReview:
    """A table reviewed by what it shows, and by what a person states more of its rows (by number, from "1").

    `step` is what a score is rounded to, in hundredths of a point. Raises ReviewProblems (V101 to V104) for a statement
    that cannot be applied.
    """
    found = signs(table, scale)
    shown = [
        ShownGround(ground, one)
        for one in found
        if one.certain and (ground := scale.shown_by(one.sign)) and _applies(ground, table.indicators[one.index])
    ]
    own = [_own(table.indicators, index) for index in range(len(table.indicators))]
    scored = {
        index: ReviewedRow(str(index + 1), score, kinds(row))
        for index, (row, (score, _)) in enumerate(zip(table.indicators, own, strict=True))
        if score is not None
    }
    loose = {one.sign.index for one in shown if one.sign.same_as is not None and one.sign.same_as not in scored}
    stated = [
        RowGround(str(one.sign.index + 1), one.ground.id, "" if one.sign.same_as is None else str(one.sign.same_as + 1))
        for one in shown
        if one.sign.index in scored and one.sign.index not in loose
    ]
    made = {int(one.row) - 1: one for one in review(scale, list(scored.values()), [*stated, *more], step)}
    rows = tuple(
        _row(
            index,
            row,
            own[index][1] or ("所重复的一行没有单独的得分" if index in loose else ""),
            None if index in loose else made.get(index),
            tuple(one for one in shown if one.sign.index == index),
        )
        for index, row in enumerate(table.indicators)
    )
    total, why = _total(table, rows)
    doubts = [one for one in found if not one.certain]
    return TableReview(scale, rows, figure(table.total_score), total, why, tuple(_open(table, scale, shown, doubts)))


def _applies(ground: Ground, row: FilledRow) -> bool:
    return ground.applies == "各类" or ground.applies in kinds(row)


def _own(rows: Sequence[FilledRow], index: int) -> tuple[Fraction | None, str]:
    """The score a row has for itself alone, or why it has none."""
    row, score = rows[index], number(rows[index].score)
    below = rows[index + 1] if index + 1 < len(rows) else None
    if "score" in row.merged or (row.score is None and row.points is None):
        return None, JOINED
    if score is None or score < 0:
        return None, "没有得分" if row.score is None else f"得分“{row.score}”不能用"
    joined = below is not None and ("score" in below.merged or (below.score is None and below.points is None))
    return (None, JOINED) if joined else (score, "")


def _row(index: int, row: FilledRow, why: str, made: Reviewed | None, shown: tuple[ShownGround, ...]) -> RowReview:
    called = " ".join((row.level3 or row.level2 or row.target or "（未写名称）").split())
    other = int(made.counted_as) - 1 if made and made.counted_as else None
    return RowReview(index, called, figure(row.score), made.review if made else None, why, shown, other)


def _total(table: FilledTable, rows: Sequence[RowReview]) -> tuple[Fraction | None, str]:
    """The sum of what is left and the execution's printed score, never above the printed total."""
    printed, execution = number(table.total_score), table.execution
    spending = number(execution.score) if execution else Fraction(0)
    if table.rows_complete is False:
        return None, "不能断定各行齐全"
    together = [row for row in rows if row.review is None]
    if any(row.lowered for row in together):
        return None, "有依据的行没有单独的得分，不能逐行扣"
    if not rows or spending is None or any(row.why != JOINED for row in together):
        return None, "有的得分没有填或读不出"
    whole = [number(row.printed) or Fraction(0) for row in together]
    total = sum([*whole, *(row.review for row in rows if row.review is not None)], spending)
    return (total, "") if printed is None else (min(total, printed), "")


def _open(
    table: FilledTable, scale: ReviewScale, shown: Sequence[ShownGround], doubts: Sequence[Sign]
) -> list[OpenGround]:
    told = {(one.ground.id, one.sign.index) for one in shown}
    made = []
    for ground in scale.grounds:
        rows = tuple(
            index
            for index, row in enumerate(table.indicators)
            if _applies(ground, row) and (ground.id, index) not in told
        )
        if rows and ground.does != "不扣分":
            made.append(OpenGround(ground, rows, tuple(one for one in doubts if one.sign == ground.shown_by_table)))
    return made


# ---- told --------------------------------------------------------------------------------------------------------


def as_json(made: TableReview) -> dict[str, Any]:
    """A review as plain data; rows count from 0 as printed, figures are decimal strings or null."""
    scale = made.scale
    return {
        "scale": scale.id,
        "title": scale.title,
        "rows": [
            {
                "index": row.index,
                "printed": row.printed,
                "review": _figure(row.review),
                "why": row.why,
                "counted_as": row.counted_as,
                "grounds": [
                    {**_ground(one.ground), "because": one.sign.says, "same_as": one.sign.same_as} for one in row.shown
                ],
            }
            for row in made.rows
        ],
        "total": {"printed": made.printed, "review": _figure(made.total), "why": made.why},
        "person": [
            {
                **_ground(one.ground),
                "rows": list(one.rows),
                "doubts": [
                    {"index": doubt.index, "says": doubt.says, "same_as": doubt.same_as} for doubt in one.doubts
                ],
            }
            for one in made.open
        ],
    }


def _ground(ground: Ground) -> dict[str, Any]:
    return {
        "clause": ground.id,
        "title": ground.title,
        "says": ground.says,
        "effect": ground.effect,
        "keeps": percent(ground.share, 4) if ground.does == "扣分" else None,
        "basis": basis_json(ground),
    }


def _figure(value: Fraction | None) -> str | None:
    return None if value is None else half_up(value, 2) if (value * 100).denominator == 1 else decimal(value)


def lines(made: TableReview) -> list[list[str]]:
    """The rows with grounds and the total as cells: row, name, printed, review, ground, why."""
    told = [
        [str(row.index + 1), row.called, row.printed or "—", _figure(row.review) or "—", ground, why]
        for row in made.rows
        for ground, why in _reasons(row)
    ]
    return [*told, ["", "总分", made.printed or "—", _figure(made.total) or "—", "", made.why]]


def _reasons(row: RowReview) -> Iterator[tuple[str, str]]:
    """The grounds of a row with what the table shows, and that another row counts in its place."""
    for one in row.shown:
        yield f"{one.ground.title}（{one.ground.effect}）", one.sign.says + (f"；{row.why}" if row.why else "")
    if row.counted_as is not None:
        yield f"由第 {row.counted_as + 1} 行计分", "重复的几行中复核得分最高的一行"


def asked(made: TableReview) -> list[str]:
    """What only a person can state, a line each ground, then what on the table looks like it."""
    out = []
    for one in made.open:
        rows = "各行" if len(one.rows) == len(made.rows) else f"第 {'、'.join(str(index + 1) for index in one.rows)} 行"
        out.append(f"{one.ground.id} {one.ground.title}（{one.ground.effect}）：{rows}")
        out += [f"  疑似：第 {doubt.index + 1} 行“{made.rows[doubt.index].called}”{doubt.says}" for doubt in one.doubts]
    return out
