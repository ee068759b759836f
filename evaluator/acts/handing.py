"""What a unit hands in of its last run: its forms bound into one PDF, and a zip with forms, evidence, receipt and digests.

Nothing is scored anew: what is printed is what the ledger recorded, and it is refused when anything has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from evaluator.acts.acting import Sitting
from evaluator.acts.exchanging import sent_of
from evaluator.acts.issuing import ScoredYear, stale
from evaluator.actuals.evidence import LARGEST
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files.bundle import bundled
from evaluator.files.plain import dumps
from evaluator.files.publish import FileToWrite, Progress, Published, plainly, safe_name, write_set
from evaluator.files.snapshot import sha256, take
from evaluator.formats import render
from evaluator.pages import UNKNOWN, Document, Line, Look, Section, ruled, witnessed
from evaluator.records.delivery import ATTACHMENT, FORM, documents_of, layouts_for, sheet_of, stem_of
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.recording import RECEIPT, receipt_of
from evaluator.records.reissuing import History, history_of
from evaluator.records.witnesses import kept_code
from evaluator.reporting.forms import bound_together
from evaluator.reporting.report import short_name, stamp_of
from evaluator.results import Attached, Evaluation, TableScore
from evaluator.workspace.office import office_of
from evaluator.workspace.places import Workspace

FORMS, EVIDENCE, KEPT = "1_自评表", "2_佐证材料", "3_台账凭据"


@dataclass(frozen=True, slots=True)
class Printed:
    """One table of a recorded run as it was printed: what its files are called, its form and its attachment."""

    table: TableScore
    stem: str
    form: Document
    attachment: Document


@dataclass(frozen=True, slots=True)
class LastRun:
    """A unit's last run, ready to be printed: the department's form first, then those of the projects."""

    space: Workspace
    evaluation: Evaluation
    entry: Entry
    revision: int
    tables: tuple[Printed, ...]

    @property
    def stem(self) -> str:
        """How the names of its files begin."""
        return f"{safe_name(self.evaluation.unit)}_{self.evaluation.year}"


def recorded(at: Sitting, scored: ScoredYear, history: History) -> LastRun:
    """The last run of a unit's year; raises UsageProblem (U334) when there is none, or what it came from has changed."""
    space, evaluation, entry = at.space, scored.evaluation, history.last
    if (says := stale(at, scored, history)) or entry is None:
        raise UsageProblem([Problem("U334", f"{says}，不能付印", remedy="先运行 ziping run")])
    office = office_of(space.office, evaluation.year, evaluation.unit_code)
    asked = entry.payload["options"]["deliver"]
    own = [evaluation.department.own] if evaluation.department else []
    tables = [*own, *evaluation.projects]
    printed = []
    for table, layout in zip(tables, layouts_for(tables, asked.get("form"), space.forms), strict=True):
        changed = (asked.get("changes") or {}).get(table.code)
        documents = documents_of(table, layout, evaluation, changed, office, history.revision, asked.get("paper"))
        printed.append(Printed(table, stem_of(evaluation, table), documents[FORM], documents[ATTACHMENT]))
    return LastRun(space, evaluation, entry, history.revision, tuple(printed))


def bound_forms(run: LastRun, attachments: bool = False) -> Document:
    """The forms as one document, to be printed through; each followed by its attachment where these are asked for."""
    documents = [
        document for table in run.tables for document in (table.form, table.attachment)[: 2 if attachments else 1]
    ]
    title = f"{run.evaluation.unit}{run.evaluation.year}年度绩效自评表"
    return bound_together(documents, title)


def bind(
    at: Sitting, attachments: bool = False, packing: bool = False
) -> tuple[LastRun, list[Published], list[Problem]]:
    """Write the forms of the last run as one PDF into `at.out`, and a zip to hand in; both raise what `recorded` does.

    Returns the run, the files, and what is wrong with its evidence.
    """
    rulebook = at.rulebook()
    unit, year = at.key(rulebook)
    with Ledger(at.ledger) as ledger:
        history = history_of(ledger, unit, year)
        policy = history.last.payload["options"]["policy"] if history.last else None
        actuals = at.results(rulebook)
        scored = ScoredYear(
            rulebook, actuals, replace(at, year=year, unit=unit, policy=policy).evaluated(rulebook, actuals)
        )
        run = recorded(at, scored, history)
        first = ledger.entries()[0].digest
        exchange = sent_of(at, ledger, unit, year) if packing else {}
    more = "含附件" if attachments else ""
    pdf = bound_path(at.out, run, f"绩效自评表合订{more}", ".pdf")
    forms = bound_forms(run, attachments)
    sheets = [sheet_of(forms, pdf)]
    notes: list[Problem] = []
    if packing:
        data, notes = packed(run, first, attachments, at.progress, exchange)
        sheets.append(_unlike(FileToWrite(bound_path(at.out, run, f"报送材料{more}", ".zip"), data)))
    return run, write_set(sheets, run.revision), notes


def _unlike(file: FileToWrite) -> FileToWrite:
    """A file under a name of its own where another packing has its name: what the ledger says of a revision grows."""
    names = (f"{file.path.stem}{more}{file.path.suffix}" for more in ("", *(f"_{number}" for number in range(2, 1000))))
    files = (replace(file, path=file.path.with_name(name)) for name in names)
    return next((free for free in files if free.there or not free.path.exists()), file)


# ---- the zip -----------------------------------------------------------------------------------------------------


Piece = tuple[str, str, str, str, str, str]  # of evidence: project, indicator, title, file in the zip, digest, state


def packed(
    run: LastRun,
    first: str,
    attachments: bool = False,
    progress: Progress = plainly,
    exchange: Mapping[str, bytes] | None = None,
) -> tuple[bytes, list[Problem]]:
    """The zip to hand in, the same bytes on every run, and what is wrong with the evidence (U335).

    `exchange` is what a reviewer's workbench takes in (records/exchange.py). `first` is the digest of the ledger's first entry. Raises UsageProblem (U334) when a form comes out otherwise than it was recorded.
    """
    files: dict[str, bytes] = {f"{FORMS}/{run.stem}_{FORM}合订.pdf": render(".pdf", bound_forms(run, attachments))}
    for table in progress(list(run.tables), "装订报送材料"):
        files |= {f"{FORMS}/{name}": data for name, data in _sheets(run, table, attachments)}
    pieces, kept, problems = _evidence(run)
    files |= kept
    listed = evidence_document(run, pieces)
    files |= {f"{EVIDENCE}/佐证材料清单{suffix}": render(suffix, listed) for suffix in (".xlsx", ".pdf")}
    files[f"{KEPT}/{run.stem}_{RECEIPT}.json"] = dumps(receipt_of(run.entry, first)).encode()
    return bundled({**files, **(exchange or {})}), problems


def _sheets(run: LastRun, printed: Printed, attachments: bool) -> Iterator[tuple[str, bytes]]:
    """The workbooks of a table, each as it was recorded."""
    digests = {PurePosixPath(file["path"]).name: file["sha256"] for file in run.entry.payload["files"]}
    for kind, document in ((FORM, printed.form), (ATTACHMENT, printed.attachment))[: 2 if attachments else 1]:
        name, data = f"{printed.stem}_{kind}_{document.stamp.revision}.xlsx", render(".xlsx", document)
        if digests.get(name, sha256(data)) != sha256(data):
            says = f"“{name}”排出来与上次评分时写出的不同（程序或它的部件换过版本），不能付印"
            raise UsageProblem([Problem("U334", says, remedy="先运行 ziping run")])
        yield name, data


def _evidence(run: LastRun) -> tuple[list[Piece], dict[str, bytes], list[Problem]]:
    """The pieces of evidence, the files by their names in the zip, and a warning for each that is not as it was registered."""
    year = run.evaluation.year
    root = run.space.evidence / str(year) / run.evaluation.unit_code
    pieces: list[Piece] = []
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for table in (table.table for table in run.tables):
        behind = [(row.indicator.id, row.indicator.name, row.result.evidence) for row in table.all_rows]
        behind += [(duty.id, f"整改 {duty.id}", []) for duty in table.duties if duty.year == year]
        for ident, about, texts in behind:
            of = short_name(table), about
            pieces += [(*of, text, UNKNOWN, UNKNOWN, "没有附文件") for text in texts]
            for piece in (piece for piece in table.attached if piece.indicator == ident):
                name = UNKNOWN
                if piece.state != "缺失":
                    folder = f"{EVIDENCE}/{safe_name(table.code)}_{safe_name(table.name)}/{safe_name(about)}"
                    name = _free(files, folder, piece)
                    files[name] = take(root / PurePosixPath(piece.file), LARGEST)
                if piece.state != "完好":
                    says = f"{table.name} {about}：佐证材料“{piece.title}”{piece.state}"
                    problems.append(Problem("U335", says, None, "", "", "警告", "找回登记时的文件，或重新登记"))
                within = name.removeprefix(f"{EVIDENCE}/")
                pieces.append((*of, piece.title, within, piece.digest[:16], piece.state))
    return pieces, files, problems


def _free(files: Mapping[str, Any], folder: str, file: Attached) -> str:
    """A name in a folder of the zip that no other file has."""
    stem, suffix = safe_name(file.title), PurePosixPath(file.file).suffix
    names = (f"{folder}/{stem}{more}{suffix}" for more in ("", *(f"_{number}" for number in range(2, len(files) + 3))))
    return next(name for name in names if name.casefold() not in {known.casefold() for known in files})


def evidence_document(run: LastRun, pieces: Sequence[Piece]) -> Document:
    """The list of evidence (佐证材料清单): what stands behind each row, and where it lies in the zip."""
    evaluation = run.evaluation
    title = f"{evaluation.unit}{evaluation.year}年度佐证材料清单"
    rows = [(str(number), *piece) for number, piece in enumerate(pieces, 1)]
    heads = ("序号", "项目", "指标", "佐证材料", "文件", "SHA-256（前16位）", "状态")
    looks: tuple[Look, ...] = ("count", "text", "text", "text", "text", "label", "label")
    block = ruled((5, 22, 22, 26, 38, 16, 9), heads, rows, looks) if rows else Line("没有登记佐证材料。")
    stamp = stamp_of(evaluation, run.revision)
    short = stamp.foot(evaluation.unit, evaluation.year)
    document = Document(title, stamp, (Section("佐证材料清单", (Line(title, "title"), block)),), short)
    return witnessed(document, kept_code(run.entry))


def bound_path(folder: Path, run: LastRun, kind: str, suffix: str) -> Path:
    """Where a bound document goes: with the revision of the set it prints."""
    return folder / f"{run.stem}_{kind}_{called(run.revision)}{suffix}"
