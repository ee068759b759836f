"""An audit told: as plain data, and as the cells of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from evaluator.auditing.audit import Audited
from evaluator.auditing.recomputed import Verdict, plain


def as_json(made: Sequence[Audited]) -> dict[str, Any]:
    """The audit as plain data; rows count from 0 as printed, figures are decimal strings or null."""

    def told(one: Verdict) -> dict[str, Any]:
        given = {"verdict": one.verdict, "printed": one.printed, "computed": one.computed, "reason": one.reason}
        return given | ({"readings": list(one.readings)} if one.verdict == "undecidable" else {})

    return {
        "tables": [
            {
                "id": one.table.id,
                "policy": one.policy.id,
                "rows": [{"index": index, **told(row.verdict)} for index, row in enumerate(one.rows)],
                "execution": told(one.execution.verdict),
                "total": told(one.total.verdict),
                "defects": [{"code": d.code, "subject": d.subject, "says": d.says} for d in one.defects],
            }
            for one in made
        ]
    }


def lines(one: Audited) -> list[list[str]]:
    """A table's rows, execution and total as cells: name, target, actual, points, printed, computed, verdict, reason."""
    words = {"agree": "一致", "differ": "不一致", "undecidable": "无法判定"}

    def cells(*head: str | None, verdict: Verdict) -> list[str]:
        figures = [*head, verdict.printed, verdict.computed]
        cut = [_short(text) if text else "—" for text in figures]
        return [*cut, words[verdict.verdict], verdict.reason]

    made = [
        cells(row.level3, row.target, row.actual, row.points, verdict=judged.verdict)
        for row, judged in zip(one.table.indicators, one.rows, strict=True)
    ]
    execution = one.table.execution
    rate, points = (execution.rate, execution.points) if execution else (None, None)
    made.append(cells("预算执行率", None, rate, points, verdict=one.execution.verdict))
    return [*made, cells("总分", None, None, None, verdict=one.total.verdict)]


def undecided(one: Audited) -> list[str]:
    """What cannot be decided, each with the readings that disagree; nothing of what the table does not print at all."""
    named = [
        (row.level3 or row.level2 or "（未写名称）", judged)
        for row, judged in zip(one.table.indicators, one.rows, strict=True)
    ]
    named += [("预算执行率", one.execution), ("总分", one.total)]
    return [
        f"无法判定 {_short(name)}：{' ／ '.join(one.removeprefix(judged.verdict.reason + '；') for one in judged.verdict.readings)}"
        for name, judged in named
        if judged.verdict.verdict == "undecidable" and judged.verdict.printed is not None
    ]


def _short(text: str) -> str:
    short = re.sub(r"\s+", " ", plain(text))
    return short if len(short) <= 16 else short[:15] + "…"
