"""The one door through which a file is read: a regular file, opened without waiting, of a size that is told before it is read.

A pipe, a device, a socket or a folder is no file here, whatever it is called and whatever links lead to it; what is opened is
looked at again, so that nothing can be put in its place in between.

Whatever is read while a Snapshot is open is kept in it, and read once: what was scored is what is told and recorded.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, TypeVar

from evaluator.errors import EvaluatorError, Problem, Where

LARGEST = 50_000_000  # bytes of a file that is held whole
LONGEST = 1_000_000_000  # bytes of a file that is read through for its digest
STEP = 1 << 20  # bytes read at a time
OPEN, LARGE, ENCODING = "D101", "D102", "D109"
QUIETLY = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))


class Refused(EvaluatorError):
    """A file, or a place in it, that is not read: the problem's code, what is wrong and what is allowed.

    Whoever reads a file for a person says it under the name that person knows; `path` is what is told where nobody does.
    """

    def __init__(
        self,
        code: str,
        says: str,
        allowed: str = "",
        *,
        line: int = 0,
        sheet: str = "",
        cell: str = "",
        path: str = "",
    ) -> None:
        self.code, self.says, self.allowed = code, says, allowed
        self.line, self.sheet, self.cell = line, sheet, cell
        where = Where(path, line, sheet=sheet, cell=cell) if path or sheet else None
        super().__init__([Problem(code, says, where, allowed)])

    def __reduce__(self) -> tuple[type[EvaluatorError], tuple[tuple[Problem, ...]]]:
        """As another process gets it: what is told, not what a reader would have made of it."""
        return EvaluatorError, (self.problems,)


class Snapshot:
    """Files as they were when they were first read: their bytes by absolute path, and the SHA-256 of others (None: not there)."""

    def __init__(self) -> None:
        self.held: dict[Path, bytes] = {}
        self.digests: dict[Path, str | None] = {}

    def add(self, other: Snapshot) -> None:
        """Take in what another has seen of files that this one has not."""
        self.held = other.held | self.held
        self.digests = other.digests | self.digests

    def below(self, folder: Path) -> dict[str, bytes]:
        """The files that were read under a folder, by their path from there, in order."""
        root = _key(folder)
        return {one.relative_to(root).as_posix(): self.held[one] for one in sorted(self.held) if root in one.parents}

    @property
    def digest(self) -> str:
        """One SHA-256 of all that was read: which files there were, and what was in them."""
        seen = {path: hashlib.sha256(data).hexdigest() for path, data in self.held.items()}
        lines = (f"{digest} {path}\n" for path, digest in sorted({**self.digests, **seen}.items()))
        return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


Key = TypeVar("Key")
Value = TypeVar("Value")


class Loaded(dict[Key, Value]):
    """What was loaded from files, with those files as they were then."""

    def __init__(self, content: Mapping[Key, Value] | Iterable[tuple[Key, Value]] = (), files: Snapshot | None = None):
        super().__init__(content)
        self.files = files or Snapshot()


_open: ContextVar[Snapshot | None] = ContextVar("open snapshot", default=None)


@contextmanager
def reading(*before: Snapshot) -> Iterator[Snapshot]:
    """Read every file once until the block ends, beginning with what was seen before; one inside another is that other."""
    snapshot = _open.get()
    token = None if snapshot else _open.set(snapshot := Snapshot())
    assert snapshot is not None
    try:
        for one in before:
            snapshot.add(one)
        yield snapshot
    finally:
        if token:
            _open.reset(token)


def forget(path: Path) -> None:
    """What was read of a file no longer holds: this program has written it."""
    if snapshot := _open.get():
        snapshot.held.pop(_key(path), None)
        snapshot.digests.pop(_key(path), None)


def _key(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  as it is named: a link keeps its place


def take(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file that is not too large, as a snapshot that is open has them; raises Refused (D101, D102)."""
    if (snapshot := _open.get()) is None:
        return take_anew(path, largest)
    raw = snapshot.held.get(_key(path))
    if raw is None:
        raw = snapshot.held[_key(path)] = take_anew(path, largest)
    if len(raw) > largest:
        raise _large(path, len(raw), largest)
    return raw


def take_anew(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a file as it is now, for who asks whether it has changed; raises Refused (D101, D102)."""
    with _stream(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= largest:
            raw = stream.read(largest + 1)
            if len(raw) <= largest:  # a file may grow, and some tell no size
                return raw
    raise _large(path, max(size, largest + 1), largest)


def _large(path: Path, size: int, largest: int) -> Refused:
    return Refused(LARGE, f"文件过大（{size} 字节）", f"至多 {largest} 字节", path=path.as_posix())


def take_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a UTF-8 file, without a mark at its start; raises Refused (D101, D102, D109)."""
    raw = take(path, largest)
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        allowed = "UTF-8（可带 BOM）"
        raise Refused(ENCODING, "文件不是 UTF-8 编码", allowed, line=line, path=path.as_posix()) from error


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file to be read in pieces; raises Refused (D101, and D102 where it is kept)."""
    if _open.get() is not None:
        yield io.BytesIO(take(path))
        return
    with _stream(path) as stream:
        yield stream


@contextmanager
def _stream(path: Path) -> Iterator[BinaryIO]:
    regular(path)
    try:
        handle = os.open(path, QUIETLY)
    except OSError as error:
        raise _closed(path, error) from error
    with os.fdopen(handle, "rb") as stream:
        _plain(path, os.fstat(handle))
        try:
            yield stream
        except OSError as error:
            raise _closed(path, error) from error


def regular(path: Path) -> os.stat_result:
    """What the system knows of a regular file, for a library that opens files itself; raises Refused (D101)."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise _closed(path, error) from error
    _plain(path, found)
    return found


def _plain(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = "是目录" if stat.S_ISDIR(found.st_mode) else "不是普通文件（是管道、设备或套接字）"
        raise Refused(OPEN, f"文件无法打开（{kind}）", path=path.as_posix())


def _closed(path: Path, error: Exception) -> Refused:
    return Refused(OPEN, f"文件无法打开（{getattr(error, 'strerror', None) or error}）", path=path.as_posix())


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of_file(path: Path, largest: int | None = LONGEST) -> str:
    """SHA-256 of a file, read in pieces, of any size where `largest` is None; raises Refused (D101, D102)."""
    if (snapshot := _open.get()) is None:
        return _digest(path, largest)
    if (held := snapshot.held.get(_key(path))) is not None:
        return hashlib.sha256(held).hexdigest()
    if (known := snapshot.digests.get(_key(path))) is None:
        known = snapshot.digests[_key(path)] = _digest(path, largest)
    return known


def digest_now(path: Path) -> str | None:
    """SHA-256 of a file as it is now, None where there is none; raises Refused (D101, D102)."""
    return _digest(path) if path.exists() else None


def digest_if_there(path: Path) -> str | None:
    """SHA-256 of a file, None where there is none; raises Refused (D101, D102)."""
    snapshot, key = _open.get(), _key(path)
    if snapshot and key not in snapshot.held and key not in snapshot.digests and not path.is_file():
        snapshot.digests[key] = None
    if snapshot and key in snapshot.digests:
        return snapshot.digests[key]
    return digest_of_file(path) if snapshot or path.is_file() else None


def _digest(path: Path, largest: int | None = LONGEST) -> str:
    whole, read = hashlib.sha256(), 0
    with _stream(path) as stream:
        while piece := stream.read(STEP):
            whole.update(piece)
            if (read := read + len(piece)) > (read if largest is None else largest):
                raise Refused(LARGE, "文件过大", f"至多 {largest} 字节", path=path.as_posix())
    return whole.hexdigest()
