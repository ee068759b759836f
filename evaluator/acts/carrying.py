"""What comes as bytes and goes as bytes: uploads looked at by what is in them, evidence, workbooks and issued files given back.

A name that somebody else gave a file is never a path: it is made a safe one, and files are looked up by what is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from evaluator.acts.acting import Sitting
from evaluator.acts.entering import Entered, RowEntry, Values, enter, values_of
from evaluator.acts.surveying import Survey
from evaluator.acts.watching import workbook
from evaluator.actuals.resultfiles import read_actuals
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where
from evaluator.files.journal import FileChange
from evaluator.files.publish import Published, safe_name, write_new
from evaluator.files.snapshot import sha256, take
from evaluator.formats import render
from evaluator.model import Actuals, code_of
from evaluator.pages import Document
from evaluator.preparation import prepare, tables_of
from evaluator.records.ledger import Ledger
from evaluator.records.reissuing import history_of
from evaluator.records.reruns import File
from evaluator.results import TableScore

LARGEST = 20_000_000  # bytes of an upload
BEGINS = {  # how files begin that may stand behind a result, and what they are
    b"%PDF-": "pdf",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "ole",
}
SUFFIXES = {
    "pdf": (".pdf",),
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg"),
    "zip": (".docx", ".xlsx", ".pptx", ".ofd", ".wps", ".et", ".zip"),
    "ole": (".doc", ".xls", ".ppt", ".wps", ".et"),
    "text": (".txt", ".csv"),
}
SHOWN = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}  # what a browser may show inside a page
ALLOWED = "PDF、PNG、JPEG，Word、Excel、WPS、OFD 文件，文本；不超过 20 MB"


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file to be given to somebody: its name, its bytes, and its kind where a browser may show it."""

    name: str
    data: bytes
    media: str = ""


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value of an uploaded file that differs from what is there."""

    code: str
    row: str
    field: str
    now: str
    new: str


@dataclass(frozen=True, slots=True)
class FilledUpload:
    """What an uploaded workbook or table of results says otherwise than the workspace, and what in it cannot be read."""

    name: str
    data: bytes
    values: tuple[FoundValue, ...]
    wrong: tuple[Problem, ...]
    notes: tuple[Problem, ...]


# ---- what is sent -------------------------------------------------------------------------------------------------


def kind_in(data: bytes) -> str:
    """What a file is by how it begins; 'text' where it is readable text, '' for anything else."""
    if known := next((kind for begin, kind in BEGINS.items() if data.startswith(begin)), ""):
        return known
    try:
        return "" if b"\0" in data else "text" if data.decode() else ""
    except UnicodeDecodeError:
        try:
            return "text" if data.decode("gb18030") else ""
        except UnicodeDecodeError:
            return ""


@contextmanager
def received_evidence(files: Sequence[tuple[str, bytes]]) -> Iterator[list[Path]]:
    """Files that were sent as evidence, as `received` has them.

    Refuses (U381) what is too large, or is not what its name says, or of no kind that stands behind a result.
    """
    for name, data in files:
        _sound(name, data)
    with received(files) as paths:
        yield paths


def _sound(name: str, data: bytes) -> None:
    kind, suffix = kind_in(data), PurePosixPath(name).suffix.lower()
    if len(data) > LARGEST or suffix not in SUFFIXES.get(kind, ()):
        what = f"有 {len(data)} 字节" if len(data) > LARGEST else f"不是可以作佐证的文件，或内容与后缀“{suffix}”不符"
        raise UsageProblem([Problem("U381", f"“{safe_name(name)}”{what}", None, ALLOWED)])


@contextmanager
def received(files: Sequence[tuple[str, bytes]]) -> Iterator[list[Path]]:
    """Files that were sent, in a folder of their own that goes again; each under a safe name, alone in its folder."""
    with TemporaryDirectory(prefix="ziping-") as folder:
        paths = []
        for number, (name, data) in enumerate(files):
            bare = re.split(r"[/\\]", name)[-1]
            suffix = re.search(r"\.[0-9A-Za-z]{1,8}$", bare)
            stem = safe_name(bare.removesuffix(suffix[0])) if suffix else safe_name(bare)
            path = Path(folder) / str(number) / f"{stem or '文件'}{suffix[0].lower() if suffix else ''}"
            write_new(path, data)
            paths.append(path)
        yield paths


def read_filled(at: Sitting, survey: Survey, name: str, data: bytes) -> FilledUpload:
    """Read a filled workbook (or a table of results) beside what the workspace has; nothing is written.

    What it leaves blank takes nothing away.
    """
    given: list[FoundValue] = []
    with received([(name, data)]) as (path,):
        results, problems = read_actuals(path, survey.rulebook)
        shown = [_named(problem, path, name) for problem in problems]
    tables = {code_of(view.score.table): view for view in survey.tables}
    for (year, code), actuals in results.items():
        view = tables.get(code)
        if view is None or year != survey.evaluation.year:
            says = f"“{code}”（{year} 年）不是这个单位这一年度的项目，没有采用"
            shown.append(Problem("U384", says, actuals.where and replace(actuals.where, path=name), severity="警告"))
            continue
        alike = _read_alike(at, survey, view.score, actuals)
        new = values_of(view.score.table, actuals)
        given += [v for v in _different(code, view.values, new) if not (v.field == "actual" and v.row in alike)]
    wrong = tuple(problem for problem in shown if problem.severity == "错误")
    return FilledUpload(
        name, data, tuple(given), wrong, tuple(problem for problem in shown if problem.severity != "错误")
    )


def _read_alike(at: Sitting, survey: Survey, score: TableScore, given: Actuals) -> set[str]:
    """The rows whose results are the same number, however they are written (96% and 96.0%)."""
    try:
        (prepared,) = prepare(survey.rulebook, [score.table], {(given.year, given.code): given}, at.policy)
    except ActualsProblems:
        return set()
    new = {reading.indicator.id: None if reading.missing else reading.pair.actual for reading in prepared.readings}
    return {row.indicator.id for row in score.rows if row.actual is not None and row.actual == new[row.indicator.id]}


def _named(problem: Problem, path: Path, name: str) -> Problem:
    where = problem.where
    return replace(problem, where=replace(where, path=name)) if where and where.path.endswith(path.name) else problem


def _different(code: str, now: Values, new: Values) -> Iterator[FoundValue]:
    for row, fields in new.items():
        for field, given in fields.items():
            there = now.get(row, {}).get(field, "")
            text = (
                "\n".join(dict.fromkeys([*there.splitlines(), *given.splitlines()])) if field == "evidence" else given
            )
            if text and text != there:
                yield FoundValue(code, row, field, there, text)


def take_in(at: Sitting, by: str, upload: FilledUpload, reason: str = "") -> dict[str, Entered]:
    """Write the values of an uploaded file into the results, table by table, and keep the file under workbooks/.

    What has meanwhile got another value is told as a clash, and of its table nothing is written.
    """
    entered: dict[str, Entered] = {}
    for code in dict.fromkeys(value.code for value in upload.values):
        rows: dict[str, list[FoundValue]] = {}
        for value in upload.values:
            if value.code == code:
                rows.setdefault(value.row, []).append(value)
        entries = [
            RowEntry(row, {v.field: v.new for v in values}, {v.field: v.now for v in values})
            for row, values in rows.items()
        ]
        entered[code] = enter(at, by, code, entries, reason)
        if entered[code].unsaid:
            return entered
    with at.acting("留存填报表") as act:
        unit, year = at.key(at.rulebook())
        suffix = PurePosixPath(upload.name).suffix.lower()
        stem = f"{sha256(upload.data)[:8]}_{safe_name(PurePosixPath(upload.name).stem)}"
        path = at.space.root / "workbooks" / str(year) / unit / f"{stem}{suffix if suffix in ('.xlsx', '.csv') else ''}"
        act.commit([] if path.exists() else [FileChange(path, upload.data)])
    return entered


# ---- what is given back -------------------------------------------------------------------------------------------


def evidence(at: Sitting, score: TableScore, digest: str) -> GivenFile:
    """A file behind a row of a table, by its digest; raises UsageProblem (U385, and U382 where it is no longer what it was)."""
    for material in score.attached:
        if material.digest == digest:
            if material.state != "完好":
                says = f"佐证材料“{material.title}”{material.state}"
                raise UsageProblem([Problem("U382", says, None, "", remedy="找回登记时的文件，或重新登记")])
            root = at.space.evidence / str(score.table.year) / score.table.unit.code
            data = take(root / PurePosixPath(material.file), 200_000_000)
            suffix = PurePosixPath(material.file).suffix
            return GivenFile(f"{safe_name(material.title)}{suffix}", data, SHOWN.get(kind_in(data), ""))
    raise UsageProblem([Problem("U385", "没有这份佐证材料")])


def empty_workbook(at: Sitting, blank: bool = False) -> GivenFile:
    """The workbook of results to be filled in elsewhere."""
    with TemporaryDirectory(prefix="ziping-") as folder:
        (written,) = workbook(replace(at, out=Path(folder)), blank)
        return GivenFile(written.path.name, take(written.path))


def as_file(document: Document, suffix: str) -> GivenFile:
    """A document in a format."""
    media = {".pdf": "application/pdf", ".html": "text/html; charset=utf-8"}.get(suffix, "")
    return GivenFile(f"{safe_name(document.title)}{suffix}", render(suffix, document), media)


def issued(at: Sitting) -> list[File]:
    """Every file of the last revision that was issued, each name once."""
    tables = tables_of(at.rulebook(), at.year, at.unit)
    with Ledger(at.ledger) as ledger:
        history = history_of(ledger, tables[0].unit.code, tables[0].year)
        return list({file.name: file for file in history.files(history.revision)}.values()) if history.last else []


def issued_file(at: Sitting, name: str) -> GivenFile:
    """An issued file by its name; raises UsageProblem (U385 none of that name, U386 gone or changed since)."""
    for file in issued(at):
        if file.name == name:
            path = at.ledger.parent / file.path
            data = take(path) if path.is_file() else b""
            if sha256(data) != file.sha256:
                raise UsageProblem([Problem("U386", f"“{name}”{'写出以后被改过' if data else '不见了'}", Where(name))])
            media = {".pdf": "application/pdf", ".html": "text/html; charset=utf-8"}.get(path.suffix, "")
            return GivenFile(name, data, media)
    raise UsageProblem([Problem("U385", "没有这个文件")])


def of_written(file: Published) -> GivenFile:
    """A file that was just written."""
    media = {".pdf": "application/pdf"}.get(file.path.suffix, "")
    return GivenFile(file.path.name, take(file.path, 200_000_000), media)


def under_names(problems: Sequence[Problem], names: Mapping[str, str]) -> list[Problem]:
    """Problems of files that were sent, under the names they were sent by."""
    return [
        replace(
            problem,
            where=replace(problem.where, path=names.get(problem.where.path, PurePosixPath(problem.where.path).name)),
        )
        if problem.where
        else problem
        for problem in problems
    ]
