"""An evaluation becomes files: forms, a summary, the result as JSON and a manifest; versioned, none overwritten."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

from evaluator.export import as_json
from evaluator.files import digest_of_file
from evaluator.formats.fonts import boxes
from evaluator.model import Project
from evaluator.office import Office
from evaluator.pages import Document
from evaluator.plain import dumps
from evaluator.publish import Progress, Published, Render, plainly, publish, safe_name
from evaluator.records.revisions import Told, changes_section
from evaluator.reporting.forms import form_document
from evaluator.reporting.layouts import Layout, choose, layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import form as printed
from evaluator.reporting.selfreport import read_outline, report_document
from evaluator.results import Evaluation, TableScore
from evaluator.workspace import product

USUAL = (".xlsx", ".html")  # what is written when nothing else is asked for; .docx and .pdf take as long again


def deliver(
    evaluation: Evaluation,
    folder: Path,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    changes: Mapping[str, Told] | None = None,
    progress: Progress = plainly,
    own: Path | None = None,
    office: Mapping[str, Any] | None = None,
) -> list[Published]:
    """Write every form, the summary, the report and the result; returns what was written or found unchanged.

    `form` names the layout of the projects' forms; None takes that of each one's policy. `changes` is what a reissue
    says of each table (revisions.py); `own` the folder of the office's own layouts, `office` who signs (an Office as plain data). Raises UsageProblem (U331) and
    RuleProblems (a layout that cannot be used).
    """
    about = Office.model_validate(office) if office else None
    written = deliver_forms(evaluation, evaluation.tables, folder, suffixes, form, changes, progress, own, about)
    head = f"{safe_name(evaluation.unit)}_{evaluation.year}"
    if evaluation.department:
        made = cache(lambda number: summary_document(evaluation, number))
        written += issue(folder, f"{head}_部门汇总", made, suffixes)
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    told = cache(lambda number: report_document(evaluation, outline, number))
    written += issue(folder, f"{head}_绩效自评报告", told, suffixes)
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
        "python-docx",
        "pyyaml",
        "ruamel.yaml",
        "typst",
        "vl-convert-python",
        "xlsxwriter",
    )
    return {
        "unit_code": evaluation.unit_code,
        "year": evaluation.year,
        "policies": sorted({table.policy.id for table in evaluation.tables}),
        "executor": evaluation.executor,
        "digests": evaluation.digests,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in libraries}},
        "files": {one.path.name: digest_of_file(one.path) for one in written},
    }


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def layouts_for(tables: Sequence[TableScore], wanted: str | None, own: Path | None = None) -> list[Layout]:
    """The layout of each table: the form asked for, else its policy's own; raises RuleProblems and UsageProblem (U331)."""
    known = layouts_of(own)
    return [
        choose(known, "项目" if isinstance(table.table, Project) else "部门", table.policy.id, wanted)
        for table in tables
    ]


def deliver_forms(
    evaluation: Evaluation,
    tables: Sequence[TableScore],
    folder: Path,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    changes: Mapping[str, Told] | None = None,
    progress: Progress = plainly,
    own: Path | None = None,
    office: Office | None = None,
) -> list[Published]:
    """Write the forms of some tables, each in its layout, in some formats (.xlsx, .html, .docx, .pdf), as `deliver` does."""
    written: list[Published] = []
    for table, layout in progress(list(zip(tables, layouts_for(tables, form, own), strict=True)), "写出自评表"):
        stem = f"{safe_name(evaluation.unit)}_{safe_name(table.code)}_{evaluation.year}_绩效自评表"
        made = cache(partial(_document, table, layout, evaluation, (changes or {}).get(table.code), office))
        written += issue(folder, stem, made, suffixes)
    return written


def _document(
    table: TableScore, layout: Layout, evaluation: Evaluation, told: Told | None, office: Office | None, number: int
) -> Document:
    """The form; of a reissue with its page of changes right after it."""
    made = form_document(printed(table, evaluation, number, office), layout)
    if told is None:
        return made
    first, *rest = made.sections
    return replace(made, sections=(first, changes_section(told, number), *rest))


def issue(folder: Path, stem: str, made: Callable[[int], Document], suffixes: Sequence[str]) -> list[Published]:
    """Write the document of each version number in some formats, each file with the characters it could not print (U332)."""
    written = publish(folder, stem, {suffix: _render(suffix, made) for suffix in suffixes})
    return [replace(one, noted=boxes(made(one.version), one.path)) for one in written]


def _render(suffix: str, made: Callable[[int], Document]) -> Render:
    return lambda number: render(suffix, made(number))


def render(suffix: str, document: Document) -> bytes:
    """The document in the format of a suffix; each format's library is imported when first needed."""
    match suffix:
        case ".xlsx":
            from evaluator.formats.xlsx import render as write
        case ".html":
            from evaluator.formats.html import render as write
        case ".docx":
            from evaluator.formats.word import render as write
        case ".pdf":
            from evaluator.formats.pdf import render as write
        case _:
            raise ValueError(f"no format has the suffix {suffix}")
    return write(document)
