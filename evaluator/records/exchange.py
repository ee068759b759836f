"""A unit's year as it goes from one machine to another without a server: its entries of the ledger, with all they keep.

    4_往来/台账条目.jsonl     every entry of the unit's year, as it stands in the sender's ledger
    4_往来/内容/<digest>      the contents that the entries keep
    4_往来/复核/<table>.yaml  the statements of reviewers
    4_往来/单位信息.yaml      the office file

An entry is known again by its digest, or by that of the entry it was taken from (`origin`): so the same may come twice, and go
back and forth. What was taken in keeps the time and the digest it had.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files.bundle import safe_path
from evaluator.files.snapshot import sha256
from evaluator.records.archive import KEYS
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, bytes_of, canonical, digest_of_entry
from evaluator.records.shapes import malformed, misfit

FOLDER = "4_往来"
ENTRIES, BLOBS, REVIEWS, OFFICE = (
    f"{FOLDER}/台账条目.jsonl",
    f"{FOLDER}/内容/",
    f"{FOLDER}/复核/",
    f"{FOLDER}/单位信息.yaml",
)
UNITS = ("run", "correction", "submit", "reply", "evidence", "monitor", "duties", "closing")  # what a unit records
REVIEWERS = ("return", "remark", "accept", "review", "rescore")  # and what a reviewer does
HERE = ("blobs", "files", "run", "supersedes", "origin")  # of an entry, what is another thing in another ledger
LEADING = ("submit", "reply", "return", "remark", "accept")  # what the other side must know before it goes on


@dataclass(frozen=True, slots=True)
class SentYear:
    """What came: the entries of one unit's year, the contents by digest, statements by table, and the office file."""

    unit: str
    year: int
    entries: tuple[Entry, ...]
    blobs: Mapping[str, bytes]
    reviews: Mapping[str, bytes]
    office: bytes | None
    files: Mapping[str, bytes]

    def content(self, digest: str) -> bytes:
        """A content by its digest; raises UsageProblem (U395) where it did not come along."""
        if digest not in self.blobs:
            raise refused(f"少了内容 {digest[:12]}")
        return self.blobs[digest]


def refused(says: str, remedy: str = "请对方重新打包，原样传来") -> UsageProblem:
    """A package that cannot be used (U395)."""
    return UsageProblem([Problem("U395", f"这个包{says}", remedy=remedy)])


def identity(entry: Entry) -> str:
    """By what an entry is known on every machine: the digest it had where it was first recorded."""
    origin = entry.payload.get("origin")
    return str(origin["digest"]) if isinstance(origin, dict) and "digest" in origin else entry.digest


def sent_files(
    ledger: Ledger, entries: Sequence[Entry], reviews: Mapping[str, bytes], office: bytes | None
) -> dict[str, bytes]:
    """The files of an exchange by their names in the bundle."""
    lines = "".join(f"{canonical(asdict(entry))}\n" for entry in entries)
    wanted = sorted({digest for entry in entries for digest in entry.payload.get("blobs", ())})
    files = {ENTRIES: lines.encode()} | {f"{BLOBS}{digest}": ledger.blob(digest) for digest in wanted}
    files |= {f"{REVIEWS}{name}": data for name, data in reviews.items()}
    return files | ({OFFICE: office} if office is not None else {})


def read_sent(files: Mapping[str, bytes]) -> SentYear:
    """An exchange as it came in a bundle; every digest is computed anew. Raises UsageProblem (U395)."""
    if ENTRIES not in files:
        raise refused("里没有台账条目", "请对方用“打包报送”“写意见文件”打的包")
    entries = tuple(_entries(files[ENTRIES]))
    about = {(str(entry.payload.get("unit_code")), entry.payload.get("year")) for entry in entries}
    unit, year = next(iter(about), ("", None))
    if len(about) != 1 or not isinstance(year, int) or not safe_path(unit) or "/" in unit:
        raise refused("不是一个单位一个年度的")
    blobs = {name.removeprefix(BLOBS): data for name, data in files.items() if name.startswith(BLOBS)}
    if wrong := next((digest for digest, data in blobs.items() if sha256(data) != digest), None):
        raise refused(f"里的内容 {wrong[:12]} 与摘要不符")
    missing = {digest for entry in entries for digest in entry.payload.get("blobs", ())} - blobs.keys()
    if missing:
        raise refused(f"少了内容 {min(missing)[:12]}")
    reviews = {name.removeprefix(REVIEWS): data for name, data in files.items() if name.startswith(REVIEWS)}
    return SentYear(unit, year, entries, blobs, reviews, files.get(OFFICE), files)


def _entries(data: bytes) -> Iterator[Entry]:
    last = 0
    for raw in data.splitlines():
        try:
            line = json.loads(raw)
            fine = isinstance(line, dict) and line.keys() == KEYS and not malformed(*(line[key] for key in KEYS))
            entry = Entry(**line) if fine else None
        except (ValueError, RecursionError):
            entry = None
        if entry is None or entry.kind not in (*UNITS, *REVIEWERS, "receive") or misfit(entry.kind, entry.payload):
            raise refused("里有读不了的台账条目")
        content = (entry.seq, entry.kind, entry.time, entry.payload, entry.previous)
        if digest_of_entry(*content) != entry.digest or entry.seq <= last:
            raise refused(f"里台账第 {entry.seq} 条与它的摘要不符")
        last = entry.seq
        yield entry


def unknown(mine: Iterable[Entry], sent: Iterable[Entry]) -> list[Entry]:
    """The entries that came and are not here yet, in order; what was said of taking in stays where it was said."""
    here = {identity(entry) for entry in mine}
    return [entry for entry in sent if identity(entry) not in here and entry.kind != "receive"]


def unsaid(mine: Iterable[Entry], sent: Iterable[Entry]) -> list[Entry]:
    """The steps that are here and that the sender did not know of."""
    there = {identity(entry) for entry in sent}
    return [entry for entry in mine if entry.kind in LEADING and identity(entry) not in there]


def taken(
    new: Iterable[Entry], mine: Sequence[Entry], sent: Sequence[Entry], first: int, files_of: Callable[[Entry], Any]
) -> list[tuple[str, dict[str, Any], list[str]]]:
    """The entries to be added, from the number `first` on: kind, payload with its `origin`, and the digests of contents.

    What names another entry by its number names it by the number it has here. `files_of` gives the files of a run here.
    """
    by_identity = {identity(entry): entry.seq for entry in mine}
    numbers = {entry.seq: by_identity.get(identity(entry), 0) for entry in sent}
    out = []
    for seq, entry in enumerate(new, first):
        numbers[entry.seq] = seq
        payload = {name: value for name, value in entry.payload.items() if name != "blobs"}
        for name in ("run", "supersedes"):
            if isinstance(payload.get(name), int):
                payload[name] = numbers.get(payload[name], 0)
        if entry.kind == "run":
            payload["files"] = files_of(entry)
        blobs = set(entry.payload.get("blobs", ()))
        if "origin" not in payload:
            payload["origin"] = {"seq": entry.seq, "digest": entry.digest, "time": entry.time}
            blobs.add(entry.digest)  # the entry itself, as it was: its digest is that of these bytes
        out.append((entry.kind, payload, sorted(blobs)))
    return out


def as_it_was(entry: Entry) -> bytes:
    """What an entry is the digest of: kept beside it where it is taken in."""
    return bytes_of(entry.seq, entry.kind, entry.time, entry.payload, entry.previous)


def otherwise(entries: Iterable[Entry], content: Callable[[str], bytes]) -> Iterator[tuple[int, Problem]]:
    """The entries that were taken in and say another thing than where they came from (L223)."""
    for entry in entries:
        origin = entry.payload.get("origin")
        if not isinstance(origin, dict):
            continue
        try:
            _, kind, time, payload, _ = json.loads(content(str(origin.get("digest"))))
            same = (kind, time) == (entry.kind, origin.get("time")) and _own(payload) == _own(entry.payload)
        except (LedgerProblem, ValueError, TypeError, AttributeError):
            same = False
        if not same:
            yield entry.seq, Problem("L223", f"第 {entry.seq} 条与收来时的原条目不同")


def _own(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in HERE}
