"""A ledger leaves its file and comes back: JSON lines that any program can read, and a complete copy."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem, Where
from evaluator.files.publish import write_new
from evaluator.files.snapshot import Refused, sha256, take
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, breaks, canonical, create, insert
from evaluator.records.shapes import malformed, misfit

HEADER = {"ledger": "ziping", "version": 1}
KEYS = {field.name: None for field in fields(Entry)}.keys()  # of the line of an entry, in order
LARGEST = 200_000_000  # bytes of an export that is read


def export_lines(ledger: Ledger, path: Path) -> int:
    """Write every entry, each after the contents it was the first to need (base64); returns how many entries.

    Raises LedgerProblem when the ledger does not hold: what is broken is not passed on.
    """
    rows = ledger.rows()
    if broken := [Problem("L111", says) for _, says in breaks(rows)]:
        raise LedgerProblem(broken)
    entries = ledger.entries()
    write_new(path, "".join(f"{canonical(line)}\n" for line in _lines(ledger, entries)).encode())
    return len(entries)


def _lines(ledger: Ledger, entries: list[Entry]) -> Iterator[dict[str, Any]]:
    yield HEADER
    written: set[str] = set()
    for entry in entries:
        for digest in entry.payload.get("blobs", ()):
            if digest not in written:
                written.add(digest)
                yield {"blob": digest, "data": base64.b64encode(ledger.blob(digest)).decode()}
        yield asdict(entry)


def import_lines(path: Path, into: Path) -> Entry | None:
    """Make a ledger from an export and return its last entry; whole or not at all, never over a file.

    Everything is recomputed: raises LedgerProblem (L112 to L114) with the line when something does not hold.
    """
    last: Entry | None = None
    blobs: dict[str, bytes] = {}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("BEGIN")
        create(db)
        for number, line in _read(path):
            where = Where(path.as_posix(), number)
            if "blob" in line:
                blobs[line["blob"]] = _blob(line, where)
                continue
            entry = _entry(line, where)
            row = (entry.seq, entry.kind, entry.time, canonical(entry.payload), entry.previous, entry.digest)
            wanted = entry.payload.get("blobs", [])
            missing = [digest for digest in wanted if digest not in blobs]
            if broken := [Problem("L114", says, where) for _, says in breaks([row], last)]:
                raise LedgerProblem(broken)
            if missing:
                raise LedgerProblem([Problem("L114", f"第 {entry.seq} 条要的内容 {missing[0][:12]} 不在前面", where)])
            insert(db, entry, {digest: blobs[digest] for digest in wanted})
            last = entry
        db.execute("COMMIT")
        write_new(into, db.serialize())
    return last


def _entry(line: dict[str, Any], where: Where) -> Entry:
    """A line as an entry; raises LedgerProblem (L113) where it is none."""
    strange = line.keys() ^ KEYS
    says = (
        f"键不是 {'、'.join(KEYS)}"
        if strange
        else malformed(*(line[key] for key in KEYS)) or misfit(line["kind"], line["payload"])
    )
    if says:
        raise LedgerProblem([Problem("L113", f"这一行不是台账的一条：{says}", where)])
    return Entry(**line)


def _read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines after the first, which says what the file is."""
    try:
        lines = take(path, LARGEST).splitlines()
    except Refused as refused:
        raise UsageProblem([Problem("U431", f"“{path}”：{refused.says}", None, refused.allowed)]) from None
    for number, raw in enumerate(lines, 1):
        try:
            line = json.loads(raw)
            canonical(line)  # as deep as it can be written again
        except (ValueError, RecursionError):
            line = None
        if not isinstance(line, dict) or (number == 1 and canonical(line) != canonical(HEADER)):
            says = "不是台账的导出文件" if number == 1 else "这一行读不了"
            raise LedgerProblem(
                [Problem("L112", says, Where(path.as_posix(), number), "ziping ledger export 写出的文件")]
            )
        if number > 1:
            yield number, line
    if not lines:
        raise LedgerProblem([Problem("L112", "文件是空的", Where(path.as_posix()), "ziping ledger export 写出的文件")])


def _blob(line: dict[str, Any], where: Where) -> bytes:
    try:
        data = base64.b64decode(line["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        data = b""
    if sha256(data) != line["blob"] or len(line) != 2:
        raise LedgerProblem([Problem("L114", "这一行的内容与它的摘要不符", where)])
    return data


def back_up(ledger: Ledger, path: Path) -> Entry | None:
    """Write a complete copy, never over a file; returns its last entry."""
    head = ledger.head()
    write_new(path, ledger.copied())
    return head


def entries_in(data: bytes) -> int:
    """How many entries a complete copy has; raises LedgerProblem (L111) where it cannot be read, or its chain does not hold."""
    try:
        with closing(sqlite3.connect(":memory:")) as db:
            db.deserialize(data)
            rows = db.execute("SELECT seq, kind, time, payload, previous, digest FROM entries ORDER BY seq").fetchall()
    except (sqlite3.Error, ValueError, OverflowError):
        raise LedgerProblem([Problem("L111", "这一份台账读不了")]) from None
    if broken := [Problem("L111", says) for _, says in breaks(rows)]:
        raise LedgerProblem(broken)
    return len(rows)
