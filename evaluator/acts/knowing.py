"""What was read of a workspace is known until a file of it changes: rules, and results as they can be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

from evaluator.acts.acting import Sitting
from evaluator.actuals.resultfiles import Results, read_actuals
from evaluator.errors import Problem
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.opening import open_rulebook

Signature = tuple[tuple[str, int, int, int], ...]


class KnownSitting(Sitting):
    """A sitting that reads the rules anew only when a file of theirs has changed."""

    __slots__ = ()

    def rulebook(self, *, every_year: bool = False) -> Rulebook:
        """See `Sitting.rulebook`."""
        space = self.space
        folders = tuple(dict.fromkeys((space.rules, space.shared)))
        return _rulebook(space.rules, space.shared, self.year, self.unit, every_year, signature(folders))

    def read(self, rulebook: Rulebook) -> tuple[Results, list[Problem]]:
        """See `Sitting.read`."""
        space = self.space
        results, problems = _results(self, signature(dict.fromkeys((space.rules, space.shared, space.actuals))))
        return results, list(problems)


@lru_cache(maxsize=8)
def _results(at: KnownSitting, seen: Signature) -> tuple[Results, tuple[Problem, ...]]:
    results, problems = read_actuals(at.space.actuals, at.rulebook())
    return results, tuple(problems)


@lru_cache(maxsize=64)
def _rulebook(
    rules: Path, shared: Path, year: int | None, unit: str | None, every_year: bool, seen: Signature
) -> Rulebook:
    return open_rulebook(rules, shared, year, unit, every_year=every_year)


def signature(folders: Iterable[Path]) -> Signature:
    """What tells whether a file in some folders has changed: every file with its size, time and number on the disk."""
    return tuple(sorted(chain.from_iterable(_states(str(folder)) for folder in folders)))


def _states(place: str) -> Iterator[tuple[str, int, int, int]]:
    """Every regular file at or below a place, and what tells it from another."""
    try:
        info = os.stat(place)  # noqa: PTH116  a Path for each of some hundred files costs more than all the rest
        if stat.S_ISREG(info.st_mode):
            yield place, info.st_mtime_ns, info.st_size, info.st_ino
        elif stat.S_ISDIR(info.st_mode):
            with os.scandir(place) as entries:
                below = [entry.path for entry in entries if not entry.is_symlink() or entry.is_file()]
            yield from chain.from_iterable(map(_states, below))
    except OSError:  # gone meanwhile, or not to be looked at: whoever reads it says so
        return
