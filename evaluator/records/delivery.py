"""An evaluation becomes files: forms, a summary, the result as JSON and a manifest; versioned, none overwritten."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from evaluator.errors import ActualsProblems, Problem
from evaluator.figures import UNRECORDED, called
from evaluator.files.plain import dumps
from evaluator.files.publish import (
    FileToWrite,
    Progress,
    Published,
    numbered,
    plainly,
    publish,
    safe_name,
    settled_set,
    write_set,
)
from evaluator.formats import USUAL, render
from evaluator.formats.fonts import boxes
from evaluator.model import Project
from evaluator.pages import Document, Section, drafted, witnessed
from evaluator.records.presses import Job, files_of, job_files
from evaluator.records.revisions import Reissue, changes_section
from evaluator.reporting.export import as_json
from evaluator.reporting.forms import attachment_document, form_document
from evaluator.reporting.layouts import Layout, choose_layout, layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import Form
from evaluator.reporting.report import form as printed
from evaluator.reporting.selfreport import read_outline, report_document, statement_problems
from evaluator.results import Evaluation, TableScore
from evaluator.workspace.installed import version_of
from evaluator.workspace.office import Office
from evaluator.workspace.places import product


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a delivery: formats, the layout of the projects' forms (None takes that of each one's policy).

    `changes` is what a reissue says of each table (revisions.py); `own` the folder of the office's own layouts, `office` who
    signs (an Office as plain data); `form_only` leaves out the attachments; `paper` is the code at the foot of each page
    (witnesses.py).
    """

    suffixes: Sequence[str] = USUAL
    form: str | None = None
    changes: Mapping[str, Reissue] | None = None
    progress: Progress = plainly
    own: Path | None = None
    office: Mapping[str, Any] | None = None
    form_only: bool = False
    paper: str | None = None

    @property
    def signers(self) -> Office | None:
        """Who signs."""
        return Office.model_validate(self.office) if self.office else None


def deliver(
    evaluation: Evaluation, folder: Path, suffixes: Sequence[str] = USUAL, revision: int = 1, **asked: Any
) -> list[Published]:
    """Write the set that `prepared_set` makes; returns what was written or found unchanged. Raises what that raises."""
    return write_set(*prepared_set(evaluation, folder, Order(suffixes, **asked), revision))


def prepared_set(
    evaluation: Evaluation,
    folder: Path,
    asked: Order,
    revision: int = 1,
    recorded: Mapping[str, str] | None = None,
) -> tuple[list[FileToWrite], int]:
    """Every form, the summary, the report and the result as one set to be written, and its revision.

    `revision` is the number of the set (版次), or the next that is free when a file of such a name, there or `recorded`
    (name: SHA-256), has other bytes. Raises UsageProblem (U331), RuleProblems (an unfit layout) and ActualsProblems (what
    the office wrote under a heading that is not there, U336).
    """
    about = asked.signers
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    if about and (unknown := statement_problems(about, outline)):
        raise ActualsProblems(unknown)
    head = f"{safe_name(evaluation.unit)}_{evaluation.year}"
    draft = any(table.unfilled for table in evaluation.tables)
    layouts = layouts_for(evaluation.tables, asked.form, asked.own)

    def drawn(number: int) -> list[FileToWrite]:
        documents: dict[str, Document] = {}
        if evaluation.department:
            documents[f"{head}_部门汇总"] = drafted(summary_document(evaluation, number), draft)
        documents[f"{head}_绩效自评报告"] = drafted(report_document(evaluation, outline, number, about), draft)
        documents = {stem: witnessed(document, asked.paper) for stem, document in documents.items()}
        data = {"评价结果": as_json(evaluation), "运行清单": _manifest(evaluation, number)}
        # What tells of all projects is drawn first: it needs the most room, and what it leaves the forms are drawn in.
        together = [_job(folder, {stem: document}, asked.suffixes, number) for stem, document in documents.items()]
        drawn_together, forms = _drawn(evaluation, evaluation.tables, layouts, folder, asked, number, together)
        return [
            *forms,
            *drawn_together,
            *(
                FileToWrite(folder / f"{head}_{name}_{called(number)}.json", dumps(content).encode())
                for name, content in data.items()
            ),
        ]

    return settled_set(drawn, revision, recorded)


def _manifest(evaluation: Evaluation, number: int) -> dict[str, Any]:
    """What was run on what, by which versions; the files it gave are in the ledger and its receipt."""
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
        "xlsxwriter",
    )
    return {
        "revision": number,
        "unit_code": evaluation.unit_code,
        "year": evaluation.year,
        "policies": sorted({table.policy.id for table in evaluation.tables}),
        "executor": evaluation.executor,
        "digests": evaluation.digests,
        "versions": {"python": platform.python_version(), **{name: version_of(name) or None for name in libraries}},
    }


def layouts_for(tables: Sequence[TableScore], wanted: str | None, own: Path | None = None) -> list[Layout]:
    """The layout of each table: the form asked for, else its policy's own; raises RuleProblems and UsageProblem (U331)."""
    known = layouts_of(own)
    return [
        choose_layout(known, "项目" if isinstance(table.table, Project) else "部门", table.policy.id, wanted)
        for table in tables
    ]


def deliver_forms(
    evaluation: Evaluation,
    tables: Sequence[TableScore],
    folder: Path,
    suffixes: Sequence[str] = USUAL,
    form: str | None = None,
    revision: int = UNRECORDED,
    **more: Any,
) -> list[Published]:
    """Write the forms of some tables as `deliver` does, of a set that the ledger knows, or marked as not in it.

    Of each table there are two documents: the official form alone, and unless `form_only` its attachment beside it.
    Raises UsageProblem (U103) when a form of the set is there with other bytes.
    """
    asked = Order(suffixes, form, **more)
    _, sheets = _drawn(evaluation, tables, layouts_for(tables, form, asked.own), folder, asked, revision)
    if revision != UNRECORDED:
        return write_set(sheets, revision)
    return [
        replace(written, noted=tuple(_of_file(note, sheet.path, written.path) for note in sheet.noted))
        for sheet in sheets
        for written in publish(folder, sheet.path.stem, {sheet.path.suffix: partial(_always, sheet.data)})
    ]


def _of_file(note: Problem, drawn: Path, written: Path) -> Problem:
    """A note on a file under the name it was written by."""
    if note.where is None or note.where.path != drawn.as_posix():
        return note
    return replace(note, where=replace(note.where, path=written.as_posix()))


def _always(data: bytes, number: int) -> bytes:
    return data


def _drawn(
    evaluation: Evaluation,
    tables: Sequence[TableScore],
    layouts: Sequence[Layout],
    folder: Path,
    asked: Order,
    number: int,
    together: Sequence[Job] = (),
) -> tuple[list[FileToWrite], list[FileToWrite]]:
    """The files of what tells of all tables `together`, and the forms of some tables, each in its layout, with their attachments."""
    office, changes = asked.signers, asked.changes or {}
    pairs = list(zip(tables, layouts, strict=True))

    def jobs() -> Iterator[Job]:
        yield from together
        for table, layout in asked.progress(pairs, "写出自评表"):
            documents = documents_of(table, layout, evaluation, changes.get(table.code), office, number, asked.paper)
            wanted = dict([*documents.items()][: 1 if asked.form_only else None])
            stem = stem_of(evaluation, table)
            yield _job(
                folder, {f"{stem}_{name}": document for name, document in wanted.items()}, asked.suffixes, number
            )

    drawn = files_of(jobs(), len(pairs) * len(asked.suffixes) * (1 if asked.form_only else 2))
    first = [sheet for files in islice(drawn, len(together)) for sheet in files]
    sheets: list[FileToWrite] = []
    for (table, layout), files in zip(pairs, drawn, strict=True):
        sheets += files
        if mixed := list(_mixed(table, layout)):
            sheets[-1] = replace(sheets[-1], noted=(*sheets[-1].noted, *mixed))
    return first, sheets


FORM, ATTACHMENT = "绩效自评表", "绩效自评表附件"


def stem_of(evaluation: Evaluation, table: TableScore) -> str:
    """How the names of a table's files begin."""
    return f"{safe_name(evaluation.unit)}_{safe_name(table.code)}_{evaluation.year}"


def documents_of(
    table: TableScore,
    layout: Layout,
    evaluation: Evaluation,
    reissue: Reissue | None,
    office: Office | None,
    number: int,
    paper: str | None = None,
) -> dict[str, Document]:
    """What is printed of one table: its form, and its attachment, with the changes of a reissue."""
    filled = printed(table, evaluation, number, office)
    changes = () if reissue is None else (changes_section(reissue, number),)
    return {name: witnessed(document_of(name, filled, layout, changes), paper) for name in (FORM, ATTACHMENT)}


def document_of(name: str, filled: Form, layout: Layout, changes: Sequence[Section] = ()) -> Document:
    """One of what is printed of a table: its form, or its attachment."""
    return form_document(filled, layout) if name == FORM else attachment_document(filled, layout, *changes)


def _job(folder: Path, documents: Mapping[str, Document], suffixes: Sequence[str], number: int) -> Job:
    """Some documents with the files they become: each in all formats."""
    return [
        (document, folder / f"{stem}_{called(number)}{suffix}")
        for stem, document in documents.items()
        for suffix in suffixes
    ]


def sheet_of(document: Document, path: Path) -> FileToWrite:
    """The document as the file of that name, with the characters it could not print (U332)."""
    (sheet,) = job_files([(document, path)])
    return sheet


def _mixed(table: TableScore, layout: Layout) -> Iterator[Problem]:
    """A warning (U333) where a form is printed under another policy than those it belongs to."""
    policy = table.policy
    if not layout.made_for(policy.id, policy.extends or ""):
        own = "、".join(layout.policies)
        says = (
            f"{table.name}：版式 {layout.id} 属于评分办法 {own}，这里按 {policy.id} 计分，表上的分值与该版式的规定不同"
        )
        yield Problem("U333", says, None, f"--policy {own}，或不写 --form", severity="警告")


def issued(
    folder: Path, stem: str, document: Callable[[int], Document], suffixes: Sequence[str]
) -> tuple[list[FileToWrite], int]:
    """The document in some formats as it is to be written, each file with the characters it could not print (U332), and the version."""
    once = cache(document)
    sheets, number = numbered(folder, stem, {suffix: partial(_rendered, once, suffix) for suffix in suffixes})
    return [replace(sheet, noted=boxes(once(number), sheet.path)) for sheet in sheets], number


def _rendered(document: Callable[[int], Document], suffix: str, number: int) -> bytes:
    return render(suffix, document(number))
