"""Between two machines without a server: what a unit hands in opens at the reviewer's, and what he says goes back as a file.

Every digest is computed anew, and the scores of what was submitted are computed anew, before a byte is written. Nothing is
written over but what came the same way before and was not touched since; what was there stays in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from evaluator.acts.acting import Act, Sitting
from evaluator.acts.submitting import not_own
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values
from evaluator.errors import Problem, UsageProblem
from evaluator.files.bundle import bundled, safe_path, unbundled
from evaluator.files.journal import FileChange, JournalEntry, commit
from evaluator.files.publish import Published, publish, safe_name
from evaluator.files.snapshot import sha256, take
from evaluator.records.exchange import (
    REVIEWERS,
    UNITS,
    SentYear,
    as_it_was,
    identity,
    otherwise,
    read_sent,
    refused,
    sent_files,
    taken,
    unknown,
    unsaid,
)
from evaluator.records.ledger import KINDS, Entry, Ledger
from evaluator.records.people import name_of
from evaluator.records.reruns import check_run, run_of
from evaluator.records.workflow import of_unit, standing_of
from evaluator.rescoring.statements import ReviewStatement
from evaluator.workspace.office import office_of
from evaluator.workspace.places import Workspace, product

PARTS = (
    "rules",
    "actuals",
    "evidence",
    "rectification",
)  # of a unit's files, by their first folder; and its own layouts
LARGEST = 200_000_000  # bytes of a package


@dataclass(frozen=True, slots=True)
class Received:
    """What was taken in: whose, how many entries and files, and what is to be noted (another version of the program)."""

    unit: str
    year: int
    entries: int
    files: int
    notes: tuple[Problem, ...] = ()


def sent_of(at: Sitting, ledger: Ledger, unit: str, year: int) -> dict[str, bytes]:
    """What is sent of a unit's year, by the names in a bundle."""
    entries = of_unit(ledger.entries(), unit, year)
    folder = at.space.reviews / str(year) / unit
    reviews = {path.name: take(path) for path in sorted(folder.glob("*.yaml"))}
    office = at.space.office / str(year) / f"{unit}.yaml"
    return sent_files(ledger, entries, reviews, take(office) if office.is_file() else None)


def answer(at: Sitting) -> Published:
    """Write what reviewers said of a unit's year into a file for the unit; raises UsageProblem (U399) when that is nothing."""
    with at.acting("写意见文件") as act:
        unit, year = at.key(at.rulebook())
        entries = of_unit(act.ledger.entries(), unit, year)
        if not any(entry.kind in REVIEWERS for entry in entries):
            raise UsageProblem([Problem("U399", "还没有意见、复核或审核结果，没有可写的")])
        data = bundled(sent_of(at, act.ledger, unit, year))
        name = f"{safe_name(entries[0].payload.get('unit') or unit)}_{year}_审核意见"
        (written,) = publish(at.out, name, {".zip": lambda _: data})
    return written


# ---- the reviewer's side -----------------------------------------------------------------------------------------


def receive(at: Sitting, by: str, data: bytes) -> Received:
    """Take in what a unit handed in: its files and entries. Raises UsageProblem.

    U391 the bundle is broken, U395 it is no such package, not submitted, or its scores do not come out, U396 the unit has not
    taken in what was said of it here, U397 a file here is another one.
    """
    sent = _read(data)
    run = standing_of(sent.entries).submitted
    if run is None:
        raise refused("里的自评还没有报送", "单位先报送，再打包")
    notes = _sound(sent, run)
    with at.acting("收报送材料") as act:
        mine = of_unit(act.ledger.entries(), sent.unit, sent.year)
        new = unknown(mine, sent.entries)
        _only(new, UNITS, "意见文件由单位收下")
        if said := unsaid(mine, sent.entries):
            says = f"{KINDS[said[0].kind]}（台账第 {said[0].seq} 条，{said[0].payload.get('by', '')}）"
            raise UsageProblem(
                [
                    Problem(
                        "U396",
                        f"这个包里没有这里的{says}：单位还没有收下意见文件",
                        remedy="请单位先收下意见文件，再报送、打包",
                    )
                ]
            )
        known = _known(mine)
        wanted = {**dict(_unit_files(sent, run)), **dict(_printed(sent))}
        changes = list(_changes(at.space, wanted, known))
        changes += _office(at.space, sent)
        return _take_in(at, act, by, sent, new, mine, changes, data, notes)


def _sound(sent: SentYear, run: Entry) -> tuple[Problem, ...]:
    """Score what was submitted anew from what came along; raises UsageProblem (U395), returns what differs by the program."""
    described = run_of(run)
    if described is None:
        raise refused("没有写全一次评分")
    problems = list(check_run(described, sent.content, {}))
    if wrong := [problem for problem in problems if problem.severity == "错误"]:
        raise refused(f"里的规则和完成情况重算不出报送的结果：{wrong[0].says}")
    return tuple(problems)


def _unit_files(sent: SentYear, run: Entry) -> Iterator[tuple[str, bytes]]:
    """The files that the submitted run came from, and the evidence that came along, by their places in a workspace."""
    by_digest = {sha256(data): data for data in sent.files.values()}
    listed = {**run.payload["snapshot"], **run.payload["evidence"]}
    for name, digest in listed.items():
        parts = PurePosixPath(name).parts
        if not safe_path(name) or not (parts[0] in PARTS or name.startswith("reports/forms/")):
            continue
        if parts[:2] in (("rules", "projects"),) or parts[0] in ("actuals", "evidence"):
            whose = parts[3] if parts[0] == "rules" else parts[2] if len(parts) > 3 else sent.unit
            if whose != sent.unit:
                continue
        content = sent.blobs.get(digest) or by_digest.get(digest)
        if content is not None and not _shipped(name, content):
            yield name, content


def _shipped(name: str, content: bytes) -> bool:
    """Whether a file is one that the program has itself."""
    own, shared = product() / name, name.startswith(("rules/", "reports/")) and not name.startswith("rules/projects/")
    return shared and own.is_file() and take(own) == content


def _printed(sent: SentYear) -> Iterator[tuple[str, bytes]]:
    """The forms that came along, by their places in a workspace."""
    for run in (entry for entry in sent.entries if entry.kind == "run"):
        yield from ((file["path"], sent.files[name]) for name, file in _files_here(sent, run))


def _files_here(sent: SentYear, run: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    """The files of a run that came along: the name in the bundle, and what is recorded of it here."""
    by_digest = {sha256(data): name for name, data in sent.files.items() if name.startswith("1_")}
    for file in run.payload["files"]:
        if name := by_digest.get(file["sha256"]):
            place = f"received/{sent.year}/{safe_name(sent.unit)}/{PurePosixPath(name).name}"
            yield name, {**file, "path": place}


def _office(space: Workspace, sent: SentYear) -> list[FileChange]:
    """The office file as the unit has it; the day it is due stays as it is set here."""
    if sent.office is None:
        return []
    place = space.office / str(sent.year) / f"{sent.unit}.yaml"
    here = take(place) if place.is_file() else None
    text: str | None = sent.office.decode("utf-8-sig", errors="replace")
    due = office_of(space.office, sent.year, sent.unit)
    if due and due.due and text:
        text = with_values(text, {("due",): due.due.isoformat()}) or text
    fresh = (text or "").encode()
    return [] if here == fresh else [FileChange(place, fresh, None if here is None else sha256(here))]


# ---- the unit's side ---------------------------------------------------------------------------------------------


def take_answer(at: Sitting, by: str, data: bytes) -> Received:
    """Take in what a reviewer said of what was submitted: remarks, return, acceptance, review scores. Raises UsageProblem.

    As `receive` does, and U396 where it is about something else than was submitted last, U372 where who submitted said it.
    """
    sent = _read(data)
    with at.acting("收审核意见") as act:
        mine = of_unit(act.ledger.entries(), sent.unit, sent.year)
        new = unknown(mine, sent.entries)
        _only(new, REVIEWERS, "报送材料由审核人收下")
        ours, theirs = (standing_of(entries).submitted for entries in (mine, sent.entries))
        if ours is None or theirs is None or identity(ours) != identity(theirs):
            raise UsageProblem(
                [Problem("U396", "意见说的不是这里最近一次报送的自评", remedy="把最近报送的材料打包，请审核人再看")]
            )
        if unsaid(mine, sent.entries):
            raise UsageProblem(
                [Problem("U396", "审核人写意见以后，这里又有报送、回复或审核", remedy="重新打包，请审核人再看")]
            )
        for entry in new:
            not_own(mine, str(entry.payload.get("by", "")), KINDS[entry.kind])
        wanted = dict(_statements(sent))
        changes = list(_changes(at.space, wanted, _known(mine)))
        return _take_in(at, act, by, sent, new, mine, changes, data, ())


def _statements(sent: SentYear) -> Iterator[tuple[str, bytes]]:
    """The reviewers' statements by their places in a workspace; raises UsageProblem (U395) for one that cannot be read."""
    for name, data in sent.reviews.items():
        place = f"reviews/{sent.year}/{sent.unit}/{name}"
        document, problems = parse_document(data.decode("utf-8-sig", errors="replace"), place)
        statement = None if problems else as_model(ReviewStatement, document)[0]
        if statement is None or not safe_path(place) or f"{statement.code}.yaml" != name or statement.year != sent.year:
            raise refused(f"里的复核“{name[:60]}”读不了")
        yield place, data


# ---- both --------------------------------------------------------------------------------------------------------


def _read(data: bytes) -> SentYear:
    if len(data) > LARGEST:
        raise refused(f"过大，至多 {LARGEST // 1_000_000} MB")
    sent = read_sent(unbundled(data))
    if forged := next(otherwise(sent.entries, sent.content), None):
        raise refused(f"里的{forged[1].says}")
    return sent


def _only(new: Sequence[Entry], kinds: Sequence[str], remedy: str) -> None:
    if not new:
        raise UsageProblem([Problem("U396", "这个包里没有新的记录，已经收下过")])
    if stray := next((entry for entry in new if entry.kind not in kinds), None):
        raise UsageProblem([Problem("U396", f"这个包里有{KINDS[stray.kind]}的记录，不该由这里收下", remedy=remedy)])


def _known(mine: Sequence[Entry]) -> dict[str, str]:
    """The digest that a file had when it was last taken in, by its place."""
    return {
        path: digest for entry in mine if entry.kind == "receive" for path, digest in entry.payload["files"].items()
    }


def _changes(space: Workspace, wanted: Mapping[str, bytes], known: Mapping[str, str]) -> Iterator[FileChange]:
    """What has to be written; raises UsageProblem (U397) for every file that is another one here."""
    others = []
    for name, data in wanted.items():
        place = space.root / PurePosixPath(name)
        here = take(place) if place.is_file() else None
        if here is None:
            yield FileChange(place, data)
        elif here != data:
            if known.get(name) != sha256(here):
                others.append(
                    Problem("U397", f"“{name}”在这里是另一个内容，没有收下", remedy="这里的不是收来的：移到别处再收")
                )
            yield FileChange(place, data, sha256(here))
    if others:
        raise UsageProblem(others)


def _take_in(
    at: Sitting,
    act: Act,
    by: str,
    sent: SentYear,
    new: Sequence[Entry],
    mine: Sequence[Entry],
    changes: Sequence[FileChange],
    data: bytes,
    notes: tuple[Problem, ...],
) -> Received:
    """Write and record: every entry that is new here, and that it was taken in, by whom."""
    root, ledger = at.space.root, act.ledger
    head = ledger.head()
    first = head.seq + 1 if head else 1
    listed = taken(new, mine, sent.entries, first, lambda run: [file for _, file in _files_here(sent, run)])
    payloads: list[tuple[str, Mapping[str, Any]]] = [
        (kind, {**payload, **({"blobs": sorted(blobs)} if blobs else {})}) for kind, payload, blobs in listed
    ]
    written = {_named(root, file.path): sha256(file.data) for file in changes}
    said = {
        "unit_code": sent.unit, "year": sent.year, "by": name_of(by), "package": sha256(data),
        "entries": list(range(first, first + len(listed))), "files": {**_known(mine), **written},
    }  # fmt: skip
    entries = ledger.chain([*payloads, ("receive", said)])
    blobs = {**sent.blobs, **{entry.digest: as_it_was(entry) for entry in new}}
    whole = JournalEntry(entries[-1].digest, lambda: ledger.add_all(entries, blobs), ledger.has)
    commit(root, act.doing, changes, whole)
    return Received(sent.unit, sent.year, len(listed), len(changes), notes)


def _named(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
