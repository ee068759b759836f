"""Files that are never overwritten: the same content stays as it is, new content becomes the next version (_v02)."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files import take

NUMBERED = re.compile(r"_v(\d{2,})$")  # how the name of a file ends before its suffix
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # what a file system without hard links says
Progress = Callable[[list[Any], str], Iterable[Any]]  # the things of a long work and what is done -> the same things
Render = Callable[[int], bytes]  # a version number -> the file's bytes


@dataclass(frozen=True, slots=True)
class Published:
    """One file, whether this run wrote it or found it there already, and what its maker has to say of it."""

    path: Path
    version: int
    new: bool
    noted: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of a set before it is written: where, its bytes, and what its maker has to say of it."""

    path: Path
    data: bytes
    noted: tuple[Problem, ...] = ()


def plainly(listed: list[Any], doing: str) -> Iterable[Any]:
    """The things of a long work without a bar."""
    return listed


def publish(folder: Path, stem: str, renders: Mapping[str, Render]) -> list[Published]:
    """Write the formats of one report (`.xlsx`: render, …) as `stem_vNN.suffix`, all with one version number.

    When every format equals the latest version on disk nothing is written; otherwise all get the next number.
    """
    latest = _latest(folder, stem, renders)
    if latest:
        paths = {suffix: folder / f"{stem}_v{latest:02}{suffix}" for suffix in renders}
        if all(path.exists() and take(path) == renders[suffix](latest) for suffix, path in paths.items()):
            return [Published(path, latest, False) for path in paths.values()]
    number = latest + 1
    made = {suffix: render(number) for suffix, render in renders.items()}  # all of them before any is written
    written = []
    for suffix, data in made.items():
        path = folder / f"{stem}_v{number:02}{suffix}"
        write_new(path, data)
        written.append(Published(path, number, True))
    return written


def _latest(folder: Path, stem: str, renders: Mapping[str, Render]) -> int:
    pattern = re.compile(re.escape(stem) + r"_v(\d{2,})")
    found = (pattern.fullmatch(path.stem) for path in folder.glob("*") if path.suffix in renders)
    return max((int(match[1]) for match in found if match), default=0)


def publish_set(
    made: Callable[[int], list[Sheet]], number: int, recorded: Mapping[str, str] | None = None
) -> list[Published]:
    """Write the files of a set, all under one number, which `made` puts into their names; what is there already stays.

    Where a file of such a name has other bytes, in its folder or among those `recorded` (name: SHA-256), the whole set
    takes the next number that none of its files has anywhere.
    """
    known = recorded or {}
    sheets = made(number)
    while any(_clashes(sheet, known) for sheet in sheets):
        number = max(number, _highest(sheets, known)) + 1
        sheets = made(number)
    return write_set(sheets, number)


def write_set(sheets: Iterable[Sheet], number: int) -> list[Published]:
    """Write files under the names they have; raises UsageProblem (U103) when one is there with other bytes."""
    written = []
    for sheet in sheets:
        new = not (sheet.path.exists() and take(sheet.path) == sheet.data)
        if new:
            write_new(sheet.path, sheet.data)
        written.append(Published(sheet.path, number, new, sheet.noted))
    return written


def _clashes(sheet: Sheet, recorded: Mapping[str, str]) -> bool:
    digest = hashlib.sha256(sheet.data).hexdigest()
    there = sheet.path.exists() and take(sheet.path) != sheet.data
    return there or recorded.get(sheet.path.name, digest) != digest


def _highest(sheets: Iterable[Sheet], recorded: Mapping[str, str]) -> int:
    """The highest number that a file of one of these names, whatever its number and suffix, has."""
    named = {(sheet.path.parent, NUMBERED.sub("", sheet.path.stem)) for sheet in sheets}
    stems = {stem for _, stem in named}
    names = [Path(name) for name in recorded]
    names += [path for folder in {folder for folder, _ in named} for path in folder.glob("*")]
    found = [(match, path.stem[: match.start()]) for path in names if (match := NUMBERED.search(path.stem))]
    return max((int(match[1]) for match, stem in found if stem in stems), default=0)


def write_new(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and never over another one; raises UsageProblem (U102, U103)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".ziping-")
    except OSError as error:
        raise UsageProblem([Problem("U102", f"无法写入“{path.parent}”（{error.strerror}）")]) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        _into_place(Path(name), path)
    except FileExistsError:
        raise UsageProblem([Problem("U103", f"“{path}”已存在，不覆盖")]) from None
    except OSError as error:
        raise UsageProblem([Problem("U102", f"无法写入“{path}”（{error.strerror}）")]) from None
    finally:
        with suppress(OSError):
            Path(name).unlink()


def replace_whole(path: Path, data: bytes) -> None:
    """Put new content in place of a file's, whole or not at all; the one writer over a file, for what a person asked to update."""
    fresh = path.with_name(f".ziping-{os.getpid()}-{path.name}")
    write_new(fresh, data)
    try:
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise UsageProblem([Problem("U102", f"无法写入“{path}”（{error.strerror}）")]) from None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what takes the place of `path` at the end, whole or not at all; raises UsageProblem (U102)."""
    fresh = path.with_name(f".{path.stem}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield fresh
        fresh.replace(path)
    except BaseException as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageProblem([Problem("U102", f"无法写入“{path}”（{error.strerror or error}）")]) from None
        raise


def _into_place(made: Path, path: Path) -> None:
    """Give a finished file its name, never another's; raises FileExistsError."""
    try:
        path.hardlink_to(made)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        path.touch(exist_ok=False)
        try:
            made.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def safe_name(text: str) -> str:
    """A part of a file name: no separators, control characters or leading dots, at most 60 characters."""
    seen = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cs"))  # what a reader would see
    kept = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', "-", seen).strip(" .-_")
    return kept[:60] or "未命名"
