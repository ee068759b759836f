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
        return any(shown_ground.ground.does != "不扣分" for shown_ground in self.shown)


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
    seen = signs(table, scale)
    shown = [
        ShownGround(ground, sign)
        for sign in seen
        if sign.certain and (ground := scale.shown_by(sign.sign)) and _applies(ground, table.indicators[sign.index])
    ]
    own = [_own(table.indicators, index) for index in range(len(table.indicators))]
    scored = {
        index: ReviewedRow(str(index + 1), score, kinds(row))
        for index, (row, (score, _)) in enumerate(zip(table.indicators, own, strict=True))
        if score is not None
    }
    loose = {sign.index for sign in seen if sign.certain and sign.same_as is not None and sign.same_as not in scored}
    stated = [
        RowGround(str(sign.index + 1), ground.id, "" if sign.same_as is None else str(sign.same_as + 1))
        for ground, sign in ((each.ground, each.sign) for each in shown)
        if sign.index in scored and sign.index not in loose
    ]
    left = {int(row.row) - 1: row for row in review(scale, list(scored.values()), [*stated, *more], step)}
    rows = tuple(
        _row(
            index,
            row,
            own[index][1] or ("所重复的一行没有单独的得分" if index in loose else ""),
            None if index in loose else left.get(index),
            tuple(each for each in shown if each.sign.index == index),
        )
        for index, row in enumerate(table.indicators)
    )
    total, why = _total(table, rows)
    doubts = [sign for sign in seen if not sign.certain]
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


def _row(index: int, row: FilledRow, why: str, reviewed: Reviewed | None, shown: tuple[ShownGround, ...]) -> RowReview:
    called = " ".join((row.level3 or row.level2 or row.target or "（未写名称）").split())
    other = int(reviewed.counted_as) - 1 if reviewed and reviewed.counted_as else None
    return RowReview(index, called, figure(row.score), reviewed.review if reviewed else None, why, shown, other)


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
    certain = {(each.ground.id, each.sign.index) for each in shown}
    left = []
    for ground in scale.grounds:
        rows = tuple(
            index
            for index, row in enumerate(table.indicators)
            if _applies(ground, row) and (ground.id, index) not in certain
        )
        if rows and ground.does != "不扣分":
            left.append(OpenGround(ground, rows, tuple(sign for sign in doubts if sign.sign == ground.shown_by_table)))
    return left


# ---- told --------------------------------------------------------------------------------------------------------


def as_json(table: TableReview) -> dict[str, Any]:
    """A review as plain data; rows count from 0 as printed, figures are decimal strings or null."""
    scale = table.scale
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
                    {
                        **_ground(asked_ground.ground),
                        "because": asked_ground.sign.says,
                        "same_as": asked_ground.sign.same_as,
                    }
                    for asked_ground in row.shown
                ],
            }
            for row in table.rows
        ],
        "total": {"printed": table.printed, "review": _figure(table.total), "why": table.why},
        "person": [
            {
                **_ground(asked_ground.ground),
                "rows": list(asked_ground.rows),
                "doubts": [
                    {"index": doubt.index, "says": doubt.says, "same_as": doubt.same_as}
                    for doubt in asked_ground.doubts
                ],
            }
            for asked_ground in table.open
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


def lines(review: TableReview) -> list[list[str]]:
    """The rows with grounds and the total as cells: row, name, printed, review, ground, why."""
    cells = [
        [str(row.index + 1), row.called, row.printed or "—", _figure(row.review) or "—", ground, why]
        for row in review.rows
        for ground, why in _reasons(row)
    ]
    return [*cells, ["", "总分", review.printed or "—", _figure(review.total) or "—", "", review.why]]


def _reasons(row: RowReview) -> Iterator[tuple[str, str]]:
    """The grounds of a row with what the table shows, and that another row counts in its place."""
    for shown_ground in row.shown:
        yield (
            f"{shown_ground.ground.title}（{shown_ground.ground.effect}）",
            shown_ground.sign.says + (f"；{row.why}" if row.why else ""),
        )
    if row.counted_as is not None:
        yield f"由第 {row.counted_as + 1} 行计分", "重复的几行中复核得分最高的一行"


def left_to_person(review: TableReview) -> list[str]:
    """What only a person can state, a line each ground, then what on the table looks like it."""
    out = []
    for open_ground in review.open:
        rows = (
            "各行"
            if len(open_ground.rows) == len(review.rows)
            else f"第 {'、'.join(str(index + 1) for index in open_ground.rows)} 行"
        )
        out.append(f"{open_ground.ground.id} {open_ground.ground.title}（{open_ground.ground.effect}）：{rows}")
        out += [
            f"  疑似：第 {doubt.index + 1} 行“{review.rows[doubt.index].called}”{doubt.says}"
            for doubt in open_ground.doubts
        ]
    return out
