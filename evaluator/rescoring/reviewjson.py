"""A review as plain data: both scores of every table and row, why they differ, and what was found; points are decimal strings."""

from __future__ import annotations

from typing import Any

from evaluator.figures import percent, points
from evaluator.policies.bases import basis_json
from evaluator.reporting.export import finding_json
from evaluator.rescoring.rescored import RescoredRow, RescoredTable, RescoredYear
from evaluator.rescoring.reviewforms import note_of


def as_json(rescored: RescoredYear) -> dict[str, Any]:
    """The review as plain data; `without` are the tables nobody reviewed."""
    own = rescored.own
    return {
        "unit": own.unit, "unit_code": own.unit_code, "year": own.year, "illustrative": own.illustrative,
        "tables": [_table_json(table) for table in rescored.tables.values()],
        "without": [table.code for table in own.tables if table.code not in rescored.tables],
    }  # fmt: skip


def _table_json(table: RescoredTable) -> dict[str, Any]:
    counted = table.counted
    return {
        "code": table.own.code, "name": table.own.name, "scale": table.statement.scale,
        "score": points(table.own.score), "grade": table.own.grade,
        "review": points(table.score), "review_grade": table.grade, "deviation": points(table.deviation),
        "counted": counted and {
            "grade": counted.grade, "steps": counted.steps, "share": percent(counted.share, 4),
            "score": points(counted.score), "basis": basis_json(counted.clause),
        },
        "causes": table.causes,
        "rows": [_row_json(table, row) for row in table.rows],
        "findings": [finding_json(finding) for finding in table.findings],
    }  # fmt: skip


def _row_json(table: RescoredTable, row: RescoredRow) -> dict[str, Any]:
    actual, again = table.values_of(row)
    return {
        "id": row.own.indicator.id, "name": row.own.indicator.name, "points": points(row.own.points),
        "actual": None if row.own.missing else actual, "earned": points(row.own.earned),
        "review_actual": again if row.restated else None, "review": points(row.earned),
        "deviation": points(row.deviation), "note": list(note_of(row)), "by": row.stated.by if row.stated else None,
    }  # fmt: skip
