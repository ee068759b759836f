"""Long work (出具, 导入, 核对台账): done beside the pages, with how far it has come; it can be left and come back to."""

from __future__ import annotations

import itertools
import secrets
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from evaluator.errors import EvaluatorError, Problem

KEPT = 50  # jobs that are remembered


@dataclass(slots=True)
class Job:
    """A piece of work: what it is, what it is at, and how it ended: with something, or with problems."""

    id: str
    title: str
    owner: str
    step: str = "等候"
    done: bool = False
    found: Any = None
    problems: tuple[Problem, ...] = ()
    notes: list[Problem] = field(default_factory=list)

    def tell(self, notes: Iterable[Problem]) -> None:
        """Hear notes as they come up."""
        self.notes.extend(notes)

    @contextmanager
    def working(self, doing: str) -> Iterator[None]:
        """Something is being done."""
        self.step = doing
        yield

    def progress(self, listed: list[Any], doing: str) -> Iterable[Any]:
        """The things of a long work, each told as it is begun."""
        for number, piece in enumerate(listed, 1):
            self.step = f"{doing} {number}/{len(listed)}"
            yield piece


class Jobs:
    """The work of a running server; one piece of a kind for a unit's year at a time."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, title: str, owner: str, work: Callable[[Job], Any]) -> Job:
        """Begin a piece of work, or find the same one under way."""
        with self._lock:
            for job in self._jobs.values():
                if (job.title, job.owner) == (title, owner) and not job.done:
                    return job
            job = Job(secrets.token_urlsafe(9), title, owner)
            self._jobs[job.id] = job
            for old in list(itertools.islice((j.id for j in self._jobs.values() if j.done), len(self._jobs) - KEPT if len(self._jobs) > KEPT else 0)):  # fmt: skip
                del self._jobs[old]
        threading.Thread(target=_run, args=(job, work), daemon=True, name=title).start()
        return job

    def of(self, ident: str) -> Job | None:
        """A piece of work by its id."""
        return self._jobs.get(ident)

    def mine(self, owner: str) -> list[Job]:
        """What was begun for a unit's year, the last first."""
        return [job for job in reversed(self._jobs.values()) if job.owner == owner]


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.found = work(job)
    except EvaluatorError as error:
        job.problems = error.problems
    except Exception:
        traceback.print_exc()
        job.problems = (
            Problem(
                "W500",
                "程序出错，这件事没有做成",
                None,
                "",
                "",
                "错误",
                "重做一次；还不行，把服务窗口里的记录发给维护人",
            ),
        )
    finally:
        job.done = True
