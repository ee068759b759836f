"""An evaluation becomes files: forms, a summary, the result as JSON and a manifest; versioned, none overwritten."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from evaluator.export import as_json
from evaluator.formats.html import form_html, summary_html
from evaluator.formats.xlsx import form_xlsx, summary_xlsx
from evaluator.plain import dumps
from evaluator.publish import Progress, Published, Render, plainly, publish, safe_name
from evaluator.report import form, summary
from evaluator.results import Evaluation, TableScore

SUFFIXES = (".xlsx", ".html")


def deliver(evaluation: Evaluation, folder: Path, progress: Progress = plainly) -> list[Published]:
    """Write every form, the department's summary and the result; returns what was written or found unchanged."""
    written = deliver_forms(evaluation, evaluation.tables, folder, SUFFIXES, progress)
    head = f"{safe_name(evaluation.unit)}_{evaluation.year}"
    if evaluation.department:
        summaries: dict[str, Render] = {
            ".xlsx": lambda number: summary_xlsx(summary(evaluation, number)),
            ".html": lambda number: summary_html(summary(evaluation, number)),
        }
        written += publish(folder, f"{head}_部门汇总", summaries)
    result = dumps(as_json(evaluation)).encode()
    written += publish(folder, f"{head}_评价结果", {".json": lambda number: result})
    manifest = dumps(_manifest(evaluation, written)).encode()
    return [*written, *publish(folder, f"{head}_运行清单", {".json": lambda number: manifest})]


def _manifest(evaluation: Evaluation, written: Sequence[Published]) -> dict[str, Any]:
    """What was run on what, by which versions, and the SHA-256 of every file it gave."""
    libraries = (
        "ziping",
        "durable-rules",
        "jinja2",
        "lark",
        "numpy",
        "pandas",
        "pydantic",
        "ruamel.yaml",
        "xlsxwriter",
    )
    return {
        "unit_code": evaluation.unit_code,
        "year": evaluation.year,
        "policies": sorted({table.policy.id for table in evaluation.tables}),
        "executor": evaluation.executor,
        "digests": evaluation.digests,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in libraries}},
        "files": {one.path.name: hashlib.sha256(one.path.read_bytes()).hexdigest() for one in written},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def deliver_forms(
    evaluation: Evaluation,
    tables: Sequence[TableScore],
    folder: Path,
    suffixes: Sequence[str],
    progress: Progress = plainly,
) -> list[Published]:
    """Write the forms of some tables in some formats (.xlsx, .html)."""
    written: list[Published] = []
    for table in progress(list(tables), "写出自评表"):
        stem = f"{safe_name(evaluation.unit)}_{safe_name(table.code)}_{evaluation.year}_绩效自评表"
        written += publish(folder, stem, {suffix: _render(table, evaluation, suffix) for suffix in suffixes})
    return written


def _render(table: TableScore, evaluation: Evaluation, suffix: str) -> Render:
    write = {".xlsx": form_xlsx, ".html": form_html}[suffix]
    return lambda number: write(form(table, evaluation, number))
