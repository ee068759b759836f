"""Filled tables with the verdicts a careful person wrote down for them: read for the tests and the benchmark alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.documents.loading import read_document
from evaluator.intake.filled.formdata import FilledTable
from evaluator.intake.filled.formloading import load_filled

FIXTURES = Path(__file__).parent / "fixtures"
FILES = {
    "published": ("verdicts/published.yaml", "filled/published.yaml"),
    "made-up": ("verdicts/made-up.yaml",),
}  # the expectations of a group stand in verdicts/<group>.expected.yaml


@dataclass(frozen=True, slots=True)
class Expected:
    """One table and its right outcome: a verdict per row; of execution and total where these are to be judged; defects
    that must be told, and whether no other may be."""

    table: FilledTable
    rows: tuple[str, ...]
    execution: str | None
    total: str | None
    defects: frozenset[str]
    whole: bool = False


def _plain(path: Path) -> Any:
    data, problems = read_document(path)
    assert not problems, problems
    return data


def expected(group: str) -> Iterator[Expected]:
    """The tables of a group (published, made-up): `agree` where nothing is said."""
    told = dict(_plain(FIXTURES / "verdicts" / f"{group}.expected.yaml"))
    for name in FILES[group]:
        for table in load_filled(FIXTURES / name):
            right = told.pop(table.id)
            rows = dict(right.get("rows", {}))
            verdicts = tuple(rows.pop(row.level3 or "", "agree") for row in table.indicators)
            assert not rows, (table.id, rows)
            scored = table.execution is not None and table.execution.score is not None
            yield Expected(
                table,
                verdicts,
                right.get("execution", "agree" if scored else None),
                right.get("total", None if table.total_score is None else "agree"),
                frozenset(right.get("defects", ())),
            )
    assert not told, list(told)


def inline() -> Iterator[Expected]:
    """The made-up tables whose verdicts stand within them (fixtures/audit): every verdict and every defect is told."""
    for path in sorted((FIXTURES / "audit").glob("*.yaml")):
        for case in _plain(path)["cases"]:
            right, rows = case.pop("expect"), tuple(row.pop("verdict") for row in case["indicators"])
            table = FilledTable.model_validate(case)
            yield Expected(table, rows, right["execution"], right["total"], frozenset(right["defects"]), True)
