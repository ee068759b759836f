"""Files that are never overwritten: the same content stays as it is, new content becomes the next version (_v02)."""

from __future__ import annotations

import errno
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files.snapshot import forget, sha256, take

NUMBERED = re.compile(r"_v(\d{2,})$")  # how the name of a file ends before its suffix
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # what a file system without hard links says
FRESH = ".ziping-"  # how the name of what is being written begins
NOTHING_TO_DO = (errno.EINVAL, errno.EROFS, errno.ENOTSUP, errno.EACCES)  # of a file system that has no such step
FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))  # what a disk without room says
Progress = Callable[[list[Any], str], Iterable[Any]]  # the things of a long work and what is done -> the same things
Render = Callable[[int], bytes]  # a version number -> the file's bytes


@dataclass(frozen=True, slots=True)
class Published:
    """One file, whether this run wrote it or found it there already, and what its maker has to say of it."""

    path: Path
    version: int
    new: bool
    noted: tuple[Problem, ...] = ()
    digest: str = ""  # SHA-256 of what was written


@dataclass(frozen=True, slots=True)
class FileToWrite:
    """One file of a set before it is written: where, its bytes, and what its maker has to say of it."""

    path: Path
    data: bytes
    noted: tuple[Problem, ...] = ()

    @property
    def there(self) -> bool:
        """Whether it is written already."""
        return self.path.exists() and take(self.path) == self.data

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return sha256(self.data)

    def published(self, number: int) -> Published:
        """The file as it is told of once it is written."""
        return Published(self.path, number, not self.there, self.noted, self.digest)


def plainly(listed: list[Any], doing: str) -> Iterable[Any]:
    """The things of a long work without a bar."""
    return listed


def publish(folder: Path, stem: str, renders: Mapping[str, Render]) -> list[Published]:
    """Write the formats of one report (`.xlsx`: render, …) as `stem_vNN.suffix`, all with one version number.

    When every format equals the latest version on disk nothing is written; otherwise all get the next number.
    """
    return write_set(*numbered(folder, stem, renders))


def numbered(folder: Path, stem: str, renders: Mapping[str, Render]) -> tuple[list[FileToWrite], int]:
    """The files that `publish` writes, and their version number."""
    latest = _latest(folder, stem, renders)
    if latest:
        files = _rendered(folder, stem, renders, latest)
        if all(file.there for file in files):
            return files, latest
    return _rendered(folder, stem, renders, latest + 1), latest + 1


def _rendered(folder: Path, stem: str, renders: Mapping[str, Render], number: int) -> list[FileToWrite]:
    return [FileToWrite(folder / f"{stem}_v{number:02}{suffix}", render(number)) for suffix, render in renders.items()]


def _latest(folder: Path, stem: str, renders: Mapping[str, Render]) -> int:
    pattern = re.compile(re.escape(stem) + r"_v(\d{2,})")
    names = (pattern.fullmatch(path.stem) for path in folder.glob("*") if path.suffix in renders)
    return max((int(match[1]) for match in names if match), default=0)


def settled_set(
    render_set: Callable[[int], list[FileToWrite]], number: int, recorded: Mapping[str, str] | None = None
) -> tuple[list[FileToWrite], int]:
    """The files of a set, all under one number, which `made` puts into their names, and that number.

    Where a file of such a name has other bytes, in its folder or among those `recorded` (name: SHA-256), the whole set
    takes the next number that none of its files has anywhere.
    """
    known = recorded or {}
    sheets = render_set(number)
    while any(_clashes(sheet, known) for sheet in sheets):
        number = max(number, _highest(sheets, known)) + 1
        sheets = render_set(number)
    return sheets, number


def write_set(sheets: Iterable[FileToWrite], number: int) -> list[Published]:
    """Write files under the names they have; raises UsageProblem (U103) when one is there with other bytes."""
    written = []
    for sheet in sheets:
        written.append(sheet.published(number))
        if written[-1].new:
            write_new(sheet.path, sheet.data)
    return written


def _clashes(sheet: FileToWrite, recorded: Mapping[str, str]) -> bool:
    return (sheet.path.exists() and not sheet.there) or recorded.get(sheet.path.name, sheet.digest) != sheet.digest


def _highest(sheets: Iterable[FileToWrite], recorded: Mapping[str, str]) -> int:
    """The highest number that a file of one of these names, whatever its number and suffix, has."""
    named = {(sheet.path.parent, NUMBERED.sub("", sheet.path.stem)) for sheet in sheets}
    stems = {stem for _, stem in named}
    names = [Path(name) for name in recorded]
    names += [path for folder in {folder for folder, _ in named} for path in folder.glob("*")]
    numbers = [(match, path.stem[: match.start()]) for path in names if (match := NUMBERED.search(path.stem))]
    return max((int(match[1]) for match, stem in numbers if stem in stems), default=0)


def write_new(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and never over another one; raises UsageProblem (U102, U103)."""
    fresh = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path.parent, error) from None
    try:
        write_raw(fresh, data)
        into_place(fresh, path)
    except FileExistsError:
        raise UsageProblem([Problem("U103", f"“{path}”已存在，不覆盖")]) from None
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        with suppress(OSError):
            fresh.unlink()
    forget(path)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what takes the place of `path` at the end, whole or not at all; raises UsageProblem (U102)."""
    fresh = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        _synced(fresh)
        fresh.replace(path)
        settle(path.parent)
    except BaseException as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from None
        raise


def unwritable(path: Path, error: OSError, more: str = "") -> UsageProblem:
    """What to say of a place that cannot be written to (U102), and `more` of what that means."""
    says = f"无法写入“{path}”（{error.strerror or error}）"
    return UsageProblem([Problem("U102", says + more, remedy="腾出空间后重做一次" if error.errno in FULL else "")])


def beside(path: Path) -> Path:
    """A name in the folder of a file that nothing else has, now or later: two may write at once, and one may die."""
    return path.with_name(f"{FRESH}{secrets.token_hex(8)}")


def write_raw(path: Path, data: bytes, durable: bool = True) -> None:
    """Write a file that is not there yet, down to the disk where it is to be `durable`; raises OSError, and leaves nothing then."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        path.chmod(0o644)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def into_place(finished: Path, path: Path) -> None:
    """Give a finished file its name, never another's; raises FileExistsError and OSError."""
    try:
        path.hardlink_to(finished)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        path.touch(exist_ok=False)
        try:
            finished.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise
    settle(path.parent)


def settle(folder: Path) -> None:
    """Have the names in a folder on the disk too, where the system can."""
    if os.name == "posix":
        _synced(folder)


def _synced(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in NOTHING_TO_DO:
            raise


def safe_name(text: str) -> str:
    """A part of a file name: no separators, control characters or leading dots, at most 60 characters."""
    seen = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))  # what a reader would see
    kept = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', "-", seen).strip(" .-_")
    return kept[:60] or "未命名"
