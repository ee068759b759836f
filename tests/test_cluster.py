"""The same batch on a real Dask cluster on loopback: a scheduler, two worker processes, one of them killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")

from benchmarks.province import chunk  # noqa: E402
from evaluator.batch.running import run_batch  # noqa: E402
from tests.oracle import ROOT  # noqa: E402
from tests.test_batch import RULES, differences, told  # noqa: E402


def started(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s",
        "DASK_DISTRIBUTED__ADMIN__LOG_LENGTH": "100",
    }
    log = (folder / f"{command[0]}-{time.monotonic_ns()}.log").open("wb")
    return subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]], stdout=log, stderr=log, env=environment, cwd=folder)  # fmt: skip


def test_a_cluster_makes_what_one_process_makes_and_a_killed_worker_costs_only_time(tmp_path: Path):
    table, _ = chunk(40_000, 21, 0)
    (tmp_path / "in").mkdir()
    pq.write_table(table, tmp_path / "in" / "a.parquet", row_group_size=2_500)
    run_batch([tmp_path / "in"], tmp_path / "one", RULES, csv=False, part_rows=2_500)
    where = tmp_path / "scheduler.json"
    scheduler = started(
        tmp_path, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(where)
    )
    workers = []
    try:
        while not where.exists():
            assert scheduler.poll() is None, "the scheduler ended"
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        command = (
            "worker",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(tmp_path),
        )
        workers = [started(tmp_path, *command) for _ in range(2)]
        killed: list[int] = []

        def kill_one(past: int, whole: int, last: object) -> None:
            if not killed and past * 4 >= whole:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed.append(past)

        made = run_batch(
            [tmp_path / "in"], tmp_path / "many", RULES, csv=False, part_rows=2_500, cluster=address, done=kill_one
        )
        assert killed
        assert killed[0] < made.rows
        assert workers[0].wait(10) == -signal.SIGKILL
        assert made.rows == len(table)
        assert differences(told(tmp_path / "one"), told(tmp_path / "many")) == {}
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait(10)
