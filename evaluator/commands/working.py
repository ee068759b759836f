"""What is being done, on the error stream of a terminal, once it has taken a second; nothing in a pipe or a file."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 1.0  # seconds before anything is shown, and until it is shown anew
CLEAR = "\r\x1b[K"


@dataclass(slots=True)
class _Shown:
    """One thing being done: how far it is, and whether it is over."""

    doing: str
    total: int
    done: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Tell once a second how far it is, while nothing inside it is told."""
        started, shown = time.monotonic(), False
        while not self.over.wait(PATIENCE):
            if _open[-1:] == [self]:
                count = f" {self.done}/{self.total}" if self.total else ""
                sys.stderr.write(f"\r{self.doing}{count}，已用 {time.monotonic() - started:.0f} 秒\x1b[K")
                sys.stderr.flush()
                shown = True
        if shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()


_open: list[_Shown] = []  # what is being done, the innermost last


@contextmanager
def working(doing: str, total: int = 0) -> Iterator[_Shown]:
    """Show what is being done while it lasts; whoever does it may count `done` up to `total`."""
    shown = _Shown(doing, total)
    if not sys.stderr.isatty():
        yield shown
        return
    thread = threading.Thread(target=shown.run, daemon=True)
    _open.append(shown)
    thread.start()
    try:
        yield shown
    finally:
        shown.over.set()
        thread.join()
        if shown in _open:
            _open.remove(shown)


def progress(listed: list[Any], doing: str) -> Iterator[Any]:
    """The same things one by one, counted."""
    with working(doing, len(listed)) as shown:
        for thing in listed:
            yield thing
            shown.done += 1


def stop() -> None:
    """Nothing is being done any more: an error has ended it."""
    for shown in _open[::-1]:
        shown.over.set()
    _open.clear()
