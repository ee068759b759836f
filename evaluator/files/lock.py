"""One at a time: who changes a folder (a workspace, the output of a batch) keeps others out until the change is recorded.

A file that is made exclusively says who holds the folder. That works on every disk, network folders too, where the locks of
the system do not. A holder that has died on this machine is succeeded; whether one on another machine has, a person must say.
"""

from __future__ import annotations

import errno
import json
import os
import random
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files.publish import NO_LINKS, unwritable, write_raw
from evaluator.files.snapshot import Refused, take_anew

NAME = ".ziping-lock"
PATIENCE = 60.0  # seconds to wait for another who is at work
SHORT = 4096  # bytes of what says who somebody is
TORN = 2.0  # seconds after which a lock that says nothing was not made by anybody alive
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
_mine = threading.local()  # the locks this thread holds
_turns: dict[tuple[int, Path], threading.Lock] = {}  # who of this process comes next, by process and lock


@contextmanager
def locked(folder: Path, doing: str, patience: float | None = None) -> Iterator[None]:
    """Hold a folder, which is made if need be, until the block ends; within the same thread it may be held again.

    `doing` is what others are told. Raises UsageProblem (U441 held by another for longer than `patience` seconds, U102).
    """
    root = Path(os.path.realpath(folder))
    place, held = root / NAME, _mine.__dict__.setdefault("held", set())
    key = (os.getpid(), place)
    if key in held:
        yield
        return
    ours = _said(doing)
    with _in_turn(place, PATIENCE if patience is None else patience) as left:
        new_folders = _hold(place, ours, left)
        held.add(key)
        try:
            yield
        finally:
            held.discard(key)
            _release(place, ours)
            for new_folder in new_folders:  # a folder that was made for nothing goes again
                with suppress(OSError):
                    new_folder.rmdir()


@contextmanager
def _in_turn(place: Path, patience: float) -> Iterator[float]:
    """Threads of one process take their turns without asking the disk again and again; yields the patience that is left."""
    began, turn = time.monotonic(), _turns.setdefault((os.getpid(), place), threading.Lock())
    mine = turn.acquire(timeout=patience)
    try:
        yield max(patience - (time.monotonic() - began), 0.0)
    finally:
        if mine:
            turn.release()


def holder(folder: Path) -> str:
    """Who is at work in a folder, in words; '' where nobody is, or who it was has died."""
    said = _read(Path(os.path.realpath(folder)) / NAME)
    return "" if said is None or _dead(said) else _in_words(said)


@cache
def locks_work(folder: Path) -> bool:
    """Whether the locks of the system (which SQLite uses) can be had in a folder; True where that cannot be tried."""
    if sys.platform == "win32":
        return True
    import fcntl
    from tempfile import TemporaryFile

    try:
        with TemporaryFile(dir=folder) as probe:
            fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in NO_LOCKS
    return True


def _hold(place: Path, ours: bytes, patience: float) -> list[Path]:
    """Make the lock, as soon as nobody alive has it; returns the folders that were made for it, innermost first."""
    began, new_folders = time.monotonic(), list[Path]()
    while True:
        try:
            new_folders += folders(place.parent)
            _make(place, ours)
            return new_folders
        except FileExistsError:
            pass
        except FileNotFoundError:  # whoever made the folder has taken it away again
            if time.monotonic() - began > patience:
                raise
            continue
        except OSError as error:
            raise unwritable(place.parent, error) from None
        if (said := _read(place)) is None:
            continue
        waited = time.monotonic() - began
        if _dead(said) or (not _parsed(said) and waited > TORN):
            _bury(place, said)
        elif waited > patience:
            raise _busy(place, said)
        else:
            time.sleep(random.uniform(0.01, 0.05))


def _bury(place: Path, said: bytes) -> None:
    """Take away the lock of one who has died. Who does so holds a lock of its own, so that none takes away a new one."""
    guard = place.with_name(f"{place.name}-")
    ours = _said("接替")
    _hold(guard, ours, TORN)
    try:
        if _read(place) == said:
            place.unlink(missing_ok=True)
            for left in place.parent.glob(f"{NAME}-????????????????"):  # made by one who died before it had its name
                left.unlink(missing_ok=True)
    finally:
        _release(guard, ours)


def _make(place: Path, said: bytes) -> None:
    """Put a file in its place with all it says, or raise FileExistsError."""
    fresh = place.with_name(f"{NAME}-{secrets.token_hex(8)}")
    try:
        write_raw(fresh, said, durable=False)  # what is held when the power goes is held no more
        try:
            place.hardlink_to(fresh)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            write_raw(place, said, durable=False)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _release(place: Path, ours: bytes) -> None:
    if _read(place) == ours:
        with suppress(OSError):
            place.unlink()


def _read(place: Path) -> bytes | None:
    """The bytes of a lock; None where there is none."""
    try:
        return take_anew(place, SHORT)
    except Refused as refused:
        if isinstance(refused.__cause__, FileNotFoundError):
            return None
        raise UsageProblem([Problem("U442", f"“{place}”读不了（{refused.says}）", remedy="删去它，再做一次")]) from None


def folders(folder: Path) -> list[Path]:
    """Make a folder with those above it; returns those that were not there, innermost first."""
    missing = [above for above in (folder, *folder.parents) if not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


# ---- who it is ---------------------------------------------------------------------------------------------------


def _said(doing: str) -> bytes:
    pid, since = os.getpid(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ours = {"host": _host(), "pid": pid, "born": _born(pid), "since": since, "doing": doing}
    return json.dumps(ours | {"token": secrets.token_hex(8)}, ensure_ascii=False).encode()


def _parsed(said: bytes) -> dict[str, Any]:
    """Who holds a lock, as it says; empty where it says nothing."""
    try:
        holder_said = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return holder_said if isinstance(holder_said, dict) and isinstance(holder_said.get("pid"), int) else {}


def _dead(said: bytes) -> bool:
    """Whether who made a lock is known to be no more."""
    holder_said = _parsed(said)
    return (
        bool(holder_said)
        and holder_said.get("host") == _host()
        and _born(holder_said["pid"]) != holder_said.get("born")
    )


def _in_words(said: bytes) -> str:
    holder_said = _parsed(said)
    if not holder_said:
        return "（看不出是谁）"
    host = str(holder_said.get("host")).partition("/")[0]
    return f"{host} 上的进程 {holder_said['pid']}（{holder_said.get('doing')}，自 {holder_said.get('since')}）"


def _busy(place: Path, said: bytes) -> UsageProblem:
    away = "" if _parsed(said).get("host") == _host() else f"；那台机器上已经没有 ziping 在运行的，删去 {place}"
    says = f"“{place.parent}”正被占用：{_in_words(said)}；什么也没有改动"
    return UsageProblem([Problem("U441", says, remedy=f"等它结束后重做一次{away}")])


@cache
def _host() -> str:
    """This machine, and on Linux which of its worlds of processes: who is not in ours cannot be seen from here."""
    parts = [socket.gethostname()]
    for place in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        with suppress(Refused):
            parts.append(take_anew(Path(place), SHORT).decode().strip()[:8])
            break
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return "/".join(parts)


def _born(pid: int) -> str:
    """What tells a process from a later one of the same number; '' when there is none."""
    if Path("/proc/self/stat").exists():
        try:
            fields = take_anew(Path(f"/proc/{pid}/stat"), SHORT).rpartition(b")")[2].decode().split()
        except Refused:  # there is no such process
            return ""
        return "" if fields[0] in "ZX" else f"{_boot()} {fields[19]}"
    if sys.platform == "win32":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return "alive" if handle else ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "alive"


@cache
def _boot() -> str:
    with suppress(Refused):
        return take_anew(Path("/proc/sys/kernel/random/boot_id"), SHORT).decode().strip()[:8]
    return ""
