"""The ledger (台账): what was done, entry after entry, each bound to the one before it by SHA-256; only ever added to.

One SQLite file holds it all, without a journal beside it once an entry is in, so that a copied file is complete.
Triggers refuse changes and gaps; whoever goes round them breaks the chain, which `ziping verify` finds.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.files.lock import locked, locks_work
from evaluator.files.snapshot import Refused, regular, sha256
from evaluator.records.shapes import WHEN, malformed

KINDS = {
    "run": "评分",
    "correction": "更正",
    "submit": "报送",
    "return": "退回",
    "remark": "审核意见",
    "reply": "回复",
    "accept": "审核通过",
    "receive": "收下",
    "review": "复核",
    "rescore": "复核评分",
    "evidence": "佐证",
    "monitor": "监控",
    "duties": "整改列入",
    "closing": "整改销号",
    "signature": "签名",
    "keeping": "保管",
    "stamp": "时间戳",
}
FIRST = "0" * 64  # what the first entry names as the one before it
HEADER = 100  # bytes every SQLite file has
CONTENT = 300_000_000  # bytes of a content that is kept
PATIENCE = 30  # seconds to wait for another process that is writing
APPLICATION, VERSION = 0x5A504C31, 1  # how the file says that it is a ledger, and of which make
SCHEMA = {
    "entries": """CREATE TABLE entries(
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, payload TEXT NOT NULL,
  previous TEXT NOT NULL, digest TEXT NOT NULL) STRICT""",
    "blobs": "CREATE TABLE blobs(digest TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "entries_follow": f"""CREATE TRIGGER entries_follow BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
  OR NEW.previous <> coalesce((SELECT digest FROM entries ORDER BY seq DESC LIMIT 1), '{FIRST}')
BEGIN SELECT RAISE(ABORT, '台账只能接着最后一条追加'); END""",
    "blobs_once": """CREATE TRIGGER blobs_once BEFORE INSERT ON blobs
WHEN EXISTS(SELECT 1 FROM blobs WHERE digest = NEW.digest)
BEGIN SELECT RAISE(ABORT, '台账中的内容不能替换'); END""",
} | {
    f"{table}_no_{action.lower()}": f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table}\n"
    "BEGIN SELECT RAISE(ABORT, '台账只能追加，不能修改或删除'); END"
    for table in ("entries", "blobs")
    for action in ("UPDATE", "DELETE")
}
Clock = Callable[[], datetime]


class LedgerProblem(EvaluatorError):
    """The file is no ledger (L101), or one that is damaged (L102)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its number from 1 without gaps, its kind (see KINDS), UTC time to the second, and what was done.

    `digest` is the SHA-256 of the canonical JSON of [seq, kind, time, payload, previous]; `previous` is the digest of
    the entry before. payload["blobs"] lists the contents that were kept with it.
    """

    seq: int
    kind: str
    time: str
    payload: dict[str, Any]
    previous: str
    digest: str


Row = tuple[Any, Any, Any, Any, Any, Any]  # an entry as it stands in the file, payload as text, all unchecked


def now() -> datetime:
    """The time of the machine, in UTC."""
    return datetime.now(UTC)


def canonical(content: Any) -> str:
    """JSON with sorted keys and nothing to spare: equal text for equal content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _exact(written: str) -> Any:
    raise ValueError(f"no float enters the ledger: {written}")


def digest_of_entry(seq: int, kind: str, time: str, payload: Mapping[str, Any], previous: str) -> str:
    """The digest that an entry must have."""
    return sha256(bytes_of(seq, kind, time, payload, previous))


def bytes_of(seq: int, kind: str, time: str, payload: Mapping[str, Any], previous: str) -> bytes:
    """What an entry is the digest of, and what is stamped."""
    return canonical([seq, kind, time, payload, previous]).encode(errors="surrogatepass")


def _content(kind: str, payload: Mapping[str, Any], blobs: Mapping[str, bytes]) -> dict[str, Any]:
    """A payload as it will be read back; refused where it would not be."""
    if kind not in KINDS or any(sha256(data) != digest for digest, data in blobs.items()):
        raise ValueError("an unknown kind of entry, or a blob under another's digest")
    content: dict[str, Any] = json.loads(
        canonical({**payload, **({"blobs": sorted(blobs)} if blobs else {})}), parse_float=_exact
    )
    try:
        canonical(content).encode()
    except UnicodeEncodeError:
        raise UsageProblem([Problem("U414", "文件名或文字中有不能保存的字符，没有记入台账")]) from None
    return content


def create(db: sqlite3.Connection) -> None:
    """Make the tables and triggers of a new ledger, inside the transaction that is open."""
    for statement in SCHEMA.values():
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {VERSION}")


def insert(db: sqlite3.Connection, entry: Entry, blobs: Mapping[str, bytes]) -> None:
    """Put an entry and its blobs in, inside the transaction that is open; a blob that is there already stays."""
    for digest, data in sorted(blobs.items()):
        if not db.execute("SELECT 1 FROM blobs WHERE digest = ?", (digest,)).fetchone():
            db.execute("INSERT INTO blobs(digest, data) VALUES (?, ?)", (digest, zlib.compress(data, 9)))
    db.execute(
        "INSERT INTO entries(seq, kind, time, payload, previous, digest) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.seq, entry.kind, entry.time, canonical(entry.payload), entry.previous, entry.digest),
    )


def breaks(rows: Iterable[Row], after: Entry | None = None) -> Iterator[tuple[int, str]]:
    """Where a chain (or what follows an entry) does not hold: the number of each entry that breaks it, and why."""
    previous, expected = (after.digest, after.seq + 1) if after else (FIRST, 1)
    for seq, kind, time, text, before, digest in rows:
        number = seq if type(seq) is int else expected
        if type(seq) is not int or seq != expected:
            yield expected, f"第 {expected} 条缺失（其后是第 {seq} 条）"
        payload, wrong = None, ""
        try:
            payload = json.loads(text, parse_float=_exact, parse_constant=_exact)
            fine = isinstance(payload, dict) and canonical(payload) == text
            fine = fine and kind in KINDS and digest == digest_of_entry(seq, kind, time, payload, before)
            wrong = malformed(seq, kind, time, payload, before, digest) if fine else ""
        except (ValueError, TypeError, RecursionError):
            fine = False
        if not fine:
            yield number, f"第 {number} 条的内容与它的摘要不符：写入以后被改过"
        elif wrong:
            yield number, f"第 {number} 条不是台账的一条：{wrong}"
        if before != previous and seq == expected:
            yield number, f"第 {number} 条接不上前一条：前一条的摘要不是它记下的那个"
        previous, expected = digest, number + 1


def entry_of(row: Row) -> Entry:
    """A row as an entry; raises LedgerProblem when its payload cannot be read."""
    seq, kind, time, text, previous, digest = row
    try:
        payload = json.loads(text, parse_float=_exact, parse_constant=_exact)
        wrong = malformed(seq, kind, time, payload, previous, digest)
    except (ValueError, TypeError, RecursionError):
        wrong = "读不了"
    if wrong:
        raise LedgerProblem([damaged(f"台账第 {seq} 条：{wrong}")]) from None
    return Entry(seq, kind, time, payload, previous, digest)


def damaged(says: str) -> Problem:
    """What to say of a ledger that cannot be read as it stands."""
    return Problem("L102", says, remedy="用 ziping verify 看哪一条不成立；用备份恢复")


class Ledger:
    """A ledger file; it is made with the first entry. Use it in a `with`.

    Raises LedgerProblem (no ledger, or damaged) and UsageProblem (U411 no room, U412 busy, U413 cannot be opened).
    """

    def __init__(self, path: Path, clock: Clock = now) -> None:
        self.path, self._clock = path, clock
        self._db: sqlite3.Connection | None = None
        self._alone = ExitStack()  # what keeps others out where SQLite cannot

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
        self._alone.close()

    def append(self, kind: str, payload: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> Entry:
        """Add an entry of one of KINDS with the contents that belong to it (keyed by their SHA-256), all or nothing.

        The payload is plain JSON, whole numbers only; when this returns, the entry is on the disk.
        """
        content = _content(kind, payload, blobs or {})
        with self.transaction():
            entry = self._next(kind, content)
            self.add(entry, blobs)
        return entry

    def next(self, kind: str, payload: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> Entry:
        """The entry that `append` would add now: for whoever has to know it before it is in the ledger."""
        return self._next(kind, _content(kind, payload, blobs or {}))

    def _next(self, kind: str, content: dict[str, Any]) -> Entry:
        head = self.head()
        seq, previous = (head.seq + 1, head.digest) if head else (1, FIRST)
        time = self._clock().astimezone(UTC).strftime(WHEN)
        return Entry(seq, kind, time, content, previous, digest_of_entry(seq, kind, time, content, previous))

    def chain(self, listed: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Entry]:
        """The entries that would be added now one after the other: kind and payload, the digests of its contents in it."""
        out: list[Entry] = []
        for kind, payload in listed:
            entry = self._next(kind, _content(kind, payload, {}))
            if out:
                seq, previous = out[-1].seq + 1, out[-1].digest
                digest = digest_of_entry(seq, kind, entry.time, entry.payload, previous)
                entry = Entry(seq, kind, entry.time, entry.payload, previous, digest)
            out.append(entry)
        return out

    def add_all(self, entries: Iterable[Entry], blobs: Mapping[str, bytes]) -> None:
        """Add a chain of entries with the contents they name, all or nothing."""
        with self.transaction():
            for entry in entries:
                self.add(entry, {digest: blobs[digest] for digest in entry.payload.get("blobs", ())})

    def add(self, entry: Entry, blobs: Mapping[str, bytes] | None = None) -> None:
        """Add an entry that was made `next`, all or nothing; refused (U415) when another has come before it."""
        with self.transaction() as db, self._in_words():
            insert(db, entry, dict(blobs or {}))

    def has(self, digest: str) -> bool:
        """Whether there is an entry of this digest."""
        return bool(self._query("SELECT 1 FROM entries WHERE digest = ?", digest))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Keep other processes from writing until the block ends: look, then append, and nothing comes in between."""
        with self._in_words():
            db = self._open()
            nested = db.in_transaction
            if not nested:
                db.execute("BEGIN IMMEDIATE")
        try:
            with self._in_words():
                if not self._made(db):
                    create(db)
            yield db
            with self._in_words():
                if not nested:
                    db.execute("COMMIT")
        except BaseException:
            if not nested and db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Every entry, or those of one kind, oldest first."""
        return [entry_of(row) for row in self.rows() if kind in (None, row[1])]

    def head(self) -> Entry | None:
        """The last entry, None while there is none."""
        rows = self._query("SELECT seq, kind, time, payload, previous, digest FROM entries ORDER BY seq DESC LIMIT 1")
        return entry_of(rows[0]) if rows else None

    def blob(self, digest: str) -> bytes:
        """A content that was kept, by its SHA-256; raises LedgerProblem when it is not there, or not what it was."""
        rows = self._query("SELECT data FROM blobs WHERE digest = ?", digest)
        try:
            unpack = zlib.decompressobj()
            data = unpack.decompress(rows[0][0], CONTENT)
            if unpack.eof and not unpack.unused_data and sha256(data) == digest:
                return data
        except (IndexError, TypeError, zlib.error):
            pass
        says = "被改过" if rows else "不在台账里"
        raise LedgerProblem([damaged(f"内容 {digest[:12]} {says}")])

    def blobs(self) -> list[str]:
        """The digests of all contents that were kept."""
        return [digest for (digest,) in self._query("SELECT digest FROM blobs ORDER BY digest")]

    def rows(self) -> list[Row]:
        """Every entry as it stands in the file, unchecked."""
        return self._query("SELECT seq, kind, time, payload, previous, digest FROM entries ORDER BY seq")

    def altered(self) -> list[str]:
        """What is wrong with the file itself: tables or triggers changed, and what SQLite's own check finds."""
        there = dict(self._query("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"))
        wrong = {name for name in {*SCHEMA, *there} if there.get(name) != SCHEMA.get(name)} if there else set()
        checks = [says for (says,) in self._query("PRAGMA integrity_check") if says != "ok"]
        return [
            *(f"台账的表或触发器“{name}”被改过" for name in sorted(wrong, key=str)),
            *(f"文件损坏：{says}" for says in checks),
        ]

    def copied(self) -> bytes:
        """The whole ledger as one SQLite file, complete even while others write (SQLite's backup)."""
        with self._in_words(), closing(sqlite3.connect(":memory:")) as copy:
            self._open().backup(copy)
            return copy.serialize()

    def _query(self, statement: str, *values: str) -> list[Any]:
        if self._db is None and not self.path.exists():
            return []
        with self._in_words():
            db = self._open()
            return db.execute(statement, values).fetchall() if self._made(db) else []

    def _made(self, db: sqlite3.Connection) -> bool:
        """Whether the tables are there; False in a file that is still empty."""
        application, version = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if (application, version) == (APPLICATION, VERSION):
            return True
        if (application, version) == (0, 0) and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return False
        raise LedgerProblem([Problem("L101", f"“{self.path}”不是台账，或由更新的程序写成", None, "台账.sqlite")])

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and 0 < regular(self.path).st_size < HEADER:  # SQLite would take it for an empty one
                raise LedgerProblem([Problem("L101", f"“{self.path}”不是台账", None, "台账.sqlite")])
            place = self.path.absolute().as_uri()
            if not locks_work(self.path.parent):  # a network folder: one at a time, readers too
                self._alone.enter_context(locked(self.path.parent, "台账"))
                place += "?vfs=unix-none"
            self._db = sqlite3.connect(place, timeout=PATIENCE, isolation_level=None, uri=True)
            self._db.text_factory = lambda raw: raw.decode(errors="surrogateescape")
            for pragma in ("journal_mode = DELETE", "synchronous = EXTRA", "recursive_triggers = ON"):
                self._db.execute(f"PRAGMA {pragma}")
        return self._db

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say in a sentence what SQLite could not do."""
        try:
            yield
        except OSError as error:
            raise UsageProblem([Problem("U413", f"无法打开台账“{self.path}”（{error.strerror}）")]) from None
        except Refused as refused:
            raise UsageProblem([Problem("U413", f"无法打开台账“{self.path}”：{refused.says}")]) from None
        except (sqlite3.Error, UnicodeError) as error:  # a damaged table's very name may be no text
            name = getattr(error, "sqlite_errorname", "")
            raise _as_problem(name, str(error), self.path) from None


def _as_problem(name: str, says: str, path: Path) -> EvaluatorError:
    match re.sub(r"(?<=[A-Z])_[A-Z_]+$", "", name.removeprefix("SQLITE_")):
        case "FULL" | "IOERR":
            says = f"台账写不进去（磁盘已满或不能写）：“{path}”；这一条没有记入，已有的各条不受影响"
            return UsageProblem([Problem("U411", says, remedy="腾出空间后重做一次")])
        case "BUSY" | "LOCKED":
            return UsageProblem([Problem("U412", f"台账正被别的程序占用：“{path}”", remedy="等它结束后重做一次")])
        case "CANTOPEN" | "READONLY" | "PERM" | "AUTH":
            return UsageProblem([Problem("U413", f"无法打开或写入台账“{path}”（{says}）")])
        case "NOTADB":
            return LedgerProblem([Problem("L101", f"“{path}”不是台账", None, "台账.sqlite")])
        case "CONSTRAINT":
            return UsageProblem([Problem("U415", f"台账没有记入：{says}")])
    return LedgerProblem([damaged(f"台账文件已损坏：“{path}”（{says}）")])
