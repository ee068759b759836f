"""Documents made into files, by several processes where they are many: each document goes there whole, its files come back in
the order of the documents, the same bytes as one process makes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from evaluator.files.publish import FileToWrite
from evaluator.formats import render
from evaluator.formats.fonts import boxes
from evaluator.pages import Document
from evaluator.workspace.installed import processors

Job = Sequence[tuple[Document, Path]]  # documents, each with a file it becomes
MANY = 150  # files; fewer are made sooner than other processes start
AHEAD = 3  # jobs for each process that wait to be fetched


def files_of(jobs: Iterable[Job], count: int) -> Iterator[list[FileToWrite]]:
    """The files of each job, in order; `count` is about how many files there will be. A process that dies costs no file: what
    it has not brought is made here."""
    workers = min(processors(), 8)
    if count < MANY or workers < 2:
        yield from map(job_files, jobs)
        return
    listed = iter(jobs)
    waiting: deque[Job] = deque()
    fetched: deque[Future[list[FileToWrite]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            for job in listed:
                waiting.append(job)
                fetched.append(pool.submit(job_files, job))
                if len(waiting) > AHEAD * workers:
                    files = fetched.popleft().result()
                    waiting.popleft()
                    yield files
            while fetched:
                files = fetched.popleft().result()
                waiting.popleft()
                yield files
        except BrokenProcessPool:
            yield from map(job_files, [*waiting])
            yield from map(job_files, listed)
        finally:
            pool.shutdown(cancel_futures=True)  # who stops early waits for no more than what is being printed


def job_files(job: Job) -> list[FileToWrite]:
    """The files of one job, each with the characters it could not print (U332)."""
    return [FileToWrite(path, render(path.suffix, document), boxes(document, path)) for document, path in job]
