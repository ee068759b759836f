"""An audit told: as plain data, and as the cells of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evaluator.auditing.audit import Audited
from evaluator.auditing.recomputed import Verdict, plain


def as_json(tables: Sequence[Audited]) -> dict[str, Any]:
    """The audit as plain data; rows count from 0 as printed, figures are decimal strings or null."""
    return {
        "tables": [
            {
                "id": audited.table.id,
                "policy": audited.policy.id,
                "rows": [{"index": index, **_verdict(row.verdict)} for index, row in enumerate(audited.rows)],
                "execution": _verdict(audited.execution.verdict),
                "total": _verdict(audited.total.verdict),
                "defects": [asdict(defect) for defect in audited.defects],
            }
            for audited in tables
        ]
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {name: value for name, value in asdict(verdict).items() if name != "readings" or value}


def lines(audited: Audited) -> list[list[str]]:
    """A table's rows, execution and total as cells: name, target, actual, points, printed, computed, verdict, reason."""
    words = {"agree": "一致", "differ": "不一致", "undecidable": "无法判定"}

    def cells(*head: str | None, verdict: Verdict) -> list[str]:
        figures = [*head, verdict.printed, verdict.computed]
        cut = [_short(text) if text else "—" for text in figures]
        return [*cut, words[verdict.verdict], verdict.reason]

    rows = [
        cells(row.level3, row.target, row.actual, row.points, verdict=judged.verdict)
        for row, judged in zip(audited.table.indicators, audited.rows, strict=True)
    ]
    execution = audited.table.execution
    rate, points = (execution.rate, execution.points) if execution else (None, None)
    rows.append(cells("预算执行率", None, rate, points, verdict=audited.execution.verdict))
    return [*rows, cells("总分", None, None, None, verdict=audited.total.verdict)]


def undecided(audited: Audited) -> list[str]:
    """What cannot be decided, each with the readings that disagree; nothing of what the table does not print at all."""
    named = [
        (row.level3 or row.level2 or "（未写名称）", judged)
        for row, judged in zip(audited.table.indicators, audited.rows, strict=True)
    ]
    named += [("预算执行率", audited.execution), ("总分", audited.total)]
    return [
        f"无法判定 {_short(name)}：{' ／ '.join(way.removeprefix(judged.verdict.reason + '；') for way in judged.verdict.readings)}"
        for name, judged in named
        if judged.verdict.verdict == "undecidable" and judged.verdict.printed is not None
    ]


def _short(text: str) -> str:
    short = re.sub(r"\s+", " ", plain(text))
    return short if len(short) <= 16 else short[:15] + "…"
