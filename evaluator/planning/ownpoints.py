"""Rows that planning cannot foresee: their points hang on more than one thing, act outside the row, or do not apply."""

from __future__ import annotations

from collections.abc import Iterable

from evaluator.errors import Problem, UsageProblem
from evaluator.model import Indicator
from evaluator.preparation import Prepared


def unplanned(row: Indicator, why: str) -> UsageProblem:
    """What is raised (U378) for a row whose points nothing says exactly yet."""
    return UsageProblem([_problem(row, f"“{row.name}”（{row.id}）{why}，不能推算")])


def refuse_outside(prepared: Prepared) -> None:
    """Raise UsageProblem (U378) for rows whose criterion acts outside them, or takes more than they have."""
    says = "“{}”（{}）的评分标准影响本行以外，或得负分，总分不能推算"
    owns = [(reading.indicator, reading.own) for reading in prepared.readings if reading.own is not None]
    if problems := [
        _problem(row, says.format(row.name, row.id))
        for row, own in owns
        if own.outside or own.effects or (own.points or 0) < 0
    ]:
        raise UsageProblem(problems)


def refuse_inapplicable(prepared: Prepared) -> None:
    """Raise UsageProblem (U378) for rows that do not apply: the total is no sum of points then, or these are not what was
    written."""
    says = "“{}”（{}）写了不适用，分值不计或分给别的指标，总分不能推算"
    if problems := [
        Problem(
            "U378",
            says.format(reading.indicator.name, reading.indicator.id),
            reading.result.where,
            "用 ziping what-if 逐个假设",
        )
        for reading in prepared.readings
        if reading.inapplicable
    ]:
        raise UsageProblem(problems)


def refuse_unbounded(rows: Iterable[Indicator]) -> None:
    """Raise UsageProblem (U378) for rows whose criterion may give more than their points, or acts outside them."""
    from evaluator.criteria.standard import standard

    says = "“{}”（{}）的评分标准可以加分，或者影响本行以外，最高可得分无法按满分推算"
    problems = [
        _problem(row, says.format(row.name, row.id))
        for row in rows
        if row.criterion is not None and not standard(row.criterion, row.reads).bounded
    ]
    if problems:
        raise UsageProblem(problems)


def _problem(row: Indicator, says: str) -> Problem:
    return Problem("U378", says, row.at("criterion"), "填好这一行以后再推算；或者用 ziping what-if 逐个假设")
