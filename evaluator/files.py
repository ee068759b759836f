"""The one door through which a file is read: a regular file, opened without waiting, of a size that is told before it is read.

A pipe, a device, a socket or a folder is no file here, whatever it is called and whatever links lead to it; what is opened is
looked at again, so that nothing can be put in its place in between.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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


def take(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file that is not too large; raises Refused (D101, D102)."""
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size <= largest:
            raw = stream.read(largest + 1)
            if len(raw) <= largest:  # a file may grow, and some tell no size
                return raw
    raise Refused(LARGE, f"文件过大（{max(size, largest + 1)} 字节）", f"至多 {largest} 字节", path=path.as_posix())


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
    """A regular file to be read in pieces; raises Refused (D101)."""
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


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, read in pieces; raises Refused (D101, D102)."""
    whole, read = hashlib.sha256(), 0
    with opened(path) as stream:
        while piece := stream.read(STEP):
            whole.update(piece)
            if (read := read + len(piece)) > LONGEST:
                raise Refused(LARGE, "文件过大", f"至多 {LONGEST} 字节", path=path.as_posix())
    return whole.hexdigest()
