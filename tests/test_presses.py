"""Documents made into files by several processes: in order, the same bytes, and none lost with a process that dies."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from evaluator.pages import Document, Line, Section
from evaluator.records import presses
from evaluator.records.presses import Job, files_of, job_files
from tests.documents import STAMP


def jobs(count: int) -> list[Job]:
    documents = [
        Document(f"第{n}张", STAMP, (Section("表", (Line(f"示例数据 {n}", "title"),)),), "示例单位")
        for n in range(count)
    ]
    return [
        [(document, Path(f"第{n}张{suffix}")) for suffix in (".xlsx", ".html", ".docx", ".pdf")]
        for n, document in enumerate(documents)
    ]


def test_several_processes_bring_the_same_files_in_the_same_order(monkeypatch: pytest.MonkeyPatch):
    alone = list(files_of(jobs(9), 36))
    monkeypatch.setattr(presses, "MANY", 1)
    monkeypatch.setattr(presses, "processors", lambda: 2)
    assert list(files_of(iter(jobs(9)), 36)) == alone == [job_files(job) for job in jobs(9)]
    assert [file.path.stem for files in alone for file in files][::4] == [f"第{n}张" for n in range(9)]


@pytest.mark.parametrize("dies", [0, 1, 5, 8])
@pytest.mark.parametrize("ahead", [1, 3, 20])
def test_a_process_that_dies_costs_no_file(monkeypatch: pytest.MonkeyPatch, dies: int, ahead: int):
    """Whether it dies while a job waits, or when the next one is given to it."""

    class Pool:
        def __init__(self, *_: Any, **__: Any) -> None:
            self.given = 0

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def shutdown(self, **_: Any) -> None:
            pass

        def submit(self, act: Any, job: Job) -> Future[Any]:
            self.given += 1
            if self.given > dies + 3:
                raise BrokenProcessPool
            future: Future[Any] = Future()
            if self.given > dies:
                future.set_exception(BrokenProcessPool())
            else:
                future.set_result(act(job))
            return future

    monkeypatch.setattr(presses, "MANY", 1)
    monkeypatch.setattr(presses, "AHEAD", ahead)
    monkeypatch.setattr(presses, "processors", lambda: 2)
    monkeypatch.setattr(presses, "ProcessPoolExecutor", Pool)
    assert list(files_of(iter(jobs(9)), 36)) == [job_files(job) for job in jobs(9)]


def test_a_process_that_is_killed_costs_no_file(monkeypatch: pytest.MonkeyPatch):
    """Really killed, as a system short of memory does, once it has brought something."""
    monkeypatch.setattr(presses, "MANY", 1)
    monkeypatch.setattr(presses, "processors", lambda: 2)
    drawn = files_of(iter(jobs(12)), 48)
    brought = [next(drawn)]
    for child in multiprocessing.active_children():
        child.kill()
    assert [*brought, *drawn] == [job_files(job) for job in jobs(12)]
