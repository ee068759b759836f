"""Changed files and what the ledger says of them are one step: both, or neither, whatever happens in between.

    the intent is written -> the new contents beside their files -> the entry -> every file into its place -> the intent goes

Who is killed on the way leaves the intent. The next who writes finishes what is recorded, or all there was to write, and
undoes anything else; who only reads tells of it. All of it is done by one who holds the folder (lock.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.files.lock import folders, holder, locked
from evaluator.files.publish import beside, settle, unwritable, write_raw
from evaluator.files.snapshot import Refused, digest_now, forget, sha256, take_anew

NAME = ".ziping-intent"
NEITHER = "；没有记入台账，文件也没有改动"
Known = Callable[[str], bool]  # the digest of an entry -> whether the ledger has it


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file to be written: its new bytes, and the SHA-256 of what was seen there (None: nothing was)."""

    path: Path
    data: bytes
    before: str | None = None


def change(path: Path, data: bytes, seen: bytes | None = None) -> FileChange:
    """A file to be written over what was `seen`, or a new one."""
    return FileChange(path, data, None if seen is None else sha256(seen))


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """The entry that belongs to some changes: its digest, what adds it to the ledger, and whether the ledger has one."""

    digest: str
    add: Callable[[], object]
    known: Known


@dataclass(frozen=True, slots=True)
class _Step:
    """One file of an intent: where it is to be, where its new content lies, and the SHA-256 of what was and what is to be there."""

    path: str
    fresh: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class _Intent:
    doing: str
    entry: str  # the digest of the entry that belongs to it; '' for none
    steps: tuple[_Step, ...]


def commit(root: Path, doing: str, changes: Sequence[FileChange], recorded: JournalEntry | None = None) -> None:
    """Write files and record them, all or nothing; `doing` says of what kind of act that is.

    Raises UsageProblem: U443 a file is no longer as it was seen, U444 an earlier act has to be finished first, U102 no room;
    and what `recorded.add` raises. Nothing has changed then.
    """
    with locked(root, doing):
        if (root / NAME).exists():
            raise UsageProblem([_unfinished(root)])
        if moved := [file.path for file in changes if digest_now(file.path) != file.before]:
            raise UsageProblem([_moved(path) for path in moved])
        steps = tuple(
            _Step(_from_root(root, file.path), beside(file.path).name, file.before, sha256(file.data))
            for file in changes
        )
        alone = (
            len(changes) == 1 and not recorded
        )  # it takes its place in one step, and needs no intent when the power goes
        intent = _Intent(doing, recorded.digest if recorded else "", steps)
        new_folders: list[Path] = []
        stopped: BaseException | None = None
        try:
            if changes:
                said = json.dumps(asdict(intent), ensure_ascii=False).encode(errors="surrogateescape")
                write_raw(root / NAME, said, durable=not alone)
                _settle(root, not alone)
            for step, file in zip(steps, changes, strict=True):
                new_folders += folders(file.path.parent)
                write_raw(file.path.with_name(step.fresh), file.data)
            if recorded:
                recorded.add()
        except BaseException as error:
            known = _known(recorded) if recorded else False  # it may be there although the way back was cut off
            if known is None:  # whoever comes next finishes or undoes it
                raise
            if not known:
                _undo(root, intent, new_folders)
                raise _neither(root, error) from error.__cause__
            stopped = error
        try:
            left = _finish(root, intent, not alone)
        except OSError as error:
            says = f"“{error.filename or root}”还没有换上新的内容（{error.strerror}）{'，台账已经记下' if recorded else ''}"
            raise UsageProblem([Problem("U446", says, remedy="下一次写入的操作会接着做完，如 ziping run")]) from None
    if left:
        raise UsageProblem([_moved(path, done=bool(recorded)) for path in left])
    if stopped and not isinstance(stopped, Exception):
        raise stopped


def resume(root: Path, known: Known) -> Problem | None:
    """Finish or undo what was left half done; what became of it, None when there was nothing. Only for who holds the folder."""
    if not (root / NAME).exists():
        return None
    intent = _read(root)
    whole = all(digest_now(path) == step.after for step, path in _places(root, intent))
    if known(intent.entry) if intent.entry else (bool(intent.steps) and whole):
        left = _finish(root, intent)
        more = "".join(f"；“{path}”后来又改过，没有动" for path in left)
        return Problem("U445", f"上一次“{intent.doing}”没有做完就停了，已经接着做完{more}", severity="提示")
    _undo(root, intent, [])
    says = f"上一次“{intent.doing}”没有做完就停了，什么也没有记下，已经撤销"
    return Problem("U445", says, severity="提示", remedy="需要的再做一次")


def unfinished(root: Path) -> Problem | None:
    """What to tell who only reads: an act was stopped half way, and nobody is at work on it."""
    return _unfinished(root) if (root / NAME).exists() and not holder(root) else None


# ---- steps -------------------------------------------------------------------------------------------------------


def _places(root: Path, intent: _Intent) -> Iterator[tuple[_Step, Path]]:
    """Every step, with where its content is: beside its file, or in its place already."""
    for step in intent.steps:
        fresh = _fresh(root, step)
        yield step, fresh if fresh.exists() else root / step.path


def _fresh(root: Path, step: _Step) -> Path:
    return (root / step.path).with_name(step.fresh)


def _finish(root: Path, intent: _Intent, durable: bool = True) -> list[Path]:
    """Put every file in its place; returns those that somebody has changed meanwhile, which stay as they are."""
    left: list[Path] = []
    for step in intent.steps:
        fresh, path = _fresh(root, step), root / step.path
        if fresh.exists():
            now = digest_now(path)
            if now not in (step.before, step.after) or (now is None and not _new(fresh, path)):
                left.append(path)
            elif now not in (None, step.after):
                fresh.replace(path)
            fresh.unlink(missing_ok=True)
        forget(path)
    with suppress(OSError):  # they are in their places; a full disk may not let us have that certain
        for folder in {(root / step.path).parent for step in intent.steps}:
            settle(folder)
    _end(root, durable)
    return left


def _new(fresh: Path, path: Path) -> bool:
    """Give a new file its name, in which it needs no more room; False where another has taken it."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return False
    except OSError:
        fresh.replace(path)
    return True


def _undo(root: Path, intent: _Intent, new_folders: Iterable[Path]) -> None:
    """Take away what was written beside the files; they themselves have not been touched."""
    with suppress(OSError):
        for step in intent.steps:
            _fresh(root, step).unlink(missing_ok=True)
        _end(root)
    for folder in new_folders:
        with suppress(OSError):
            folder.rmdir()


def _end(root: Path, durable: bool = True) -> None:
    (root / NAME).unlink(missing_ok=True)
    with suppress(OSError):
        _settle(root, durable)


def _settle(root: Path, durable: bool) -> None:
    if durable:
        settle(root)


def _read(root: Path) -> _Intent:
    """What was intended; nothing where the intent itself was cut off, since nothing had been begun then."""
    try:
        intent = json.loads(take_anew(root / NAME).decode(errors="surrogateescape"))
        steps = tuple(_Step(**step) for step in intent["steps"])
        return _Intent(str(intent["doing"]), str(intent["entry"]), steps)
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return _Intent("（看不出是什么）", "", ())


def _from_root(root: Path, path: Path) -> str:
    """A place as it is kept: from the folder, so that both can be moved together."""
    try:
        return os.path.relpath(path.absolute(), root.absolute())
    except ValueError:  # another drive
        return str(path.absolute())


# ---- words -------------------------------------------------------------------------------------------------------


def _known(recorded: JournalEntry) -> bool | None:
    """Whether the ledger has the entry; None where it cannot be asked now."""
    try:
        return recorded.known(recorded.digest)
    except EvaluatorError as error:
        return (
            False if error.problems[0].code == "U411" else None
        )  # no room to roll back: it will be, before it is read


def _neither(root: Path, error: BaseException) -> BaseException:
    """The error that stopped the act, saying that nothing was changed."""
    if isinstance(error, OSError):
        return unwritable(Path(error.filename or root), error, NEITHER)
    if isinstance(error, UsageProblem):
        return UsageProblem(replace(problem, says=f"{problem.says}；文件也没有改动") for problem in error.problems)
    return error


def _moved(path: Path, done: bool = False) -> Problem:
    what = "没有换上新的内容" if done else "什么也没有记下，文件也没有改动"
    return Problem("U443", f"“{path}”刚刚被别人或别的程序改过，{what}", remedy="看过以后重做一次")


def _unfinished(root: Path) -> Problem:
    says = f"“{root}”里上一次“{_read(root).doing}”没有做完就停了"
    return Problem("U444", says, None, "", "", "警告", "下一次写入的操作会先把它做完或撤销，如 ziping run")
