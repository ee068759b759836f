"""A batch that goes on: by what its input says, one run at a time, and what was cut short is done again."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from evaluator.batch import writing
from evaluator.batch.running import run_batch
from evaluator.errors import UsageProblem
from evaluator.files.lock import locked
from tests.test_batch import RULES, files, province, write

ROOT = Path(__file__).parents[1]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = write(province(1_000), tmp_path / "in.parquet")
    pq.write_table(pq.read_table(path), path, row_group_size=100)
    return path


def ran(table: Path, out: Path, **more: Any) -> Any:
    return run_batch([table], out, RULES, csv=False, part_rows=100, **more)


def test_another_content_of_the_same_length_and_time_is_another_batch(tmp_path: Path):
    path = tmp_path / "in.csv"
    head = "年度,单位编码,单位名称,项目编码,项目名称,指标编号,一级指标,二级指标,三级指标,分值,指标值,实际完成值,年初预算数,全年预算数,全年执行数"
    path.write_text(f"{head}\n2023,1,甲,1,乙,数量1,产出指标,数量指标,丙,90,≥9人,8人,1,1,1\n", encoding="utf-8")
    look = path.stat()
    run_batch([path], tmp_path / "out", RULES)
    path.write_text(path.read_text(encoding="utf-8").replace("8人", "9人"), encoding="utf-8")
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (look.st_size, look.st_mtime_ns)
    with pytest.raises(UsageProblem, match="U506"):
        run_batch([path], tmp_path / "out", RULES)


def test_the_same_content_of_another_time_goes_on(table: Path, tmp_path: Path):
    ran(table, tmp_path / "out")
    os.utime(table, (1, 1))
    made = ran(table, tmp_path / "out")
    assert made.again == made.parts


def test_an_input_changed_while_it_is_scored_is_told(table: Path, tmp_path: Path):
    def touch(*_: Any) -> None:
        os.utime(table, (1, 1))

    with pytest.raises(UsageProblem, match="U515"):
        ran(table, tmp_path / "out", done=touch)


def test_two_runs_into_one_folder_are_one_at_a_time(table: Path, tmp_path: Path):
    out = tmp_path / "out"
    with locked(out, "批量评分"):
        command = [
            sys.executable,
            "-c",
            "from evaluator.cli import main; main()",
            "batch",
            str(table),
            "--out",
            str(out),
            "-w",
            str(ROOT),
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2 and "U441" in told.stderr and "批量评分" in told.stderr
    assert ran(table, out).scored


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


CUT: dict[str, Callable[[Path], Any]] = {
    "the plan": lambda out: half(out / "plan.json"),
    "the plan is empty": lambda out: (out / "plan.json").write_bytes(b""),
    "the plan says nothing": lambda out: (out / "plan.json").write_text("[]"),
    "a marker": lambda out: half(out / "done/part-00001.json"),
    "a marker is empty": lambda out: (out / "done/part-00001.json").write_bytes(b""),
    "a marker says nothing": lambda out: (out / "done/part-00001.json").write_text("{}"),
    "a part": lambda out: half(out / "rows/part-00001.parquet"),
    "a part is gone": lambda out: (out / "findings/part-00001.parquet").unlink(),
    "the units of a part": lambda out: (out / "units/part-00001.parquet").write_bytes(b""),
    "what a dead run was writing": lambda out: (out / "rows/.ziping-0123456789abcdef").write_bytes(b"half"),
}


@pytest.mark.parametrize("cut", CUT)
def test_what_was_cut_short_is_done_again(table: Path, tmp_path: Path, cut: str):
    out = tmp_path / "out"
    ran(table, out)
    whole = files(out)
    CUT[cut](out)
    made = ran(table, out)
    assert files(out) == whole
    assert made.again == made.parts - (0 if "plan" in cut or "dead" in cut else 1)


def test_what_was_staged_is_staged_again_when_it_was_cut_short(tmp_path: Path):
    path = tmp_path / "in.csv"
    head = "年度,单位编码,单位名称,项目编码,项目名称,指标编号,一级指标,二级指标,三级指标,分值,指标值,实际完成值,年初预算数,全年预算数,全年执行数"
    path.write_text(
        head + "".join(f"\n2023,{n},甲,{n},乙,数量1,产出指标,数量指标,丙,90,≥1人,1人,1,1,1" for n in range(300)),
        "utf-8",
    )
    made = run_batch([path], tmp_path / "out", RULES, keep=True)
    half(next((tmp_path / "out/staging").iterdir()))
    (tmp_path / "out/done/part-00000.json").unlink()
    assert run_batch([path], tmp_path / "out", RULES).scored == made.scored == 300


def test_what_a_marker_speaks_of_is_on_the_disk_before_it(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every part is synced, then given its name, and only then the marker is begun."""
    order: list[tuple[str, Path]] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append(("sync", Path(f"/proc/self/fd/{handle}").readlink())), real(handle))[1])  # fmt: skip
    replaced = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (order.append(("name", to)), replaced(path, to))[1])
    ran(table, tmp_path / "out")
    named = [number for number, (what, to) in enumerate(order) if what == "name"]
    assert len(named) > 20
    for number in named:
        assert order[number - 1][0] == "sync" and order[number - 1][1].parent == order[number][1].parent
        assert order[number + 1] == ("sync", order[number][1].parent)


@pytest.mark.parametrize("at", range(0, 12, 3))
def test_a_full_disk_is_told_and_the_next_run_makes_the_same(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int):  # fmt: skip
    ran(table, tmp_path / "whole")
    left = [at]

    def full(real: Callable[..., Any]) -> Callable[..., Any]:
        def writes(*given: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            left[0] -= 1
            return real(*given, **more)

        return writes

    with monkeypatch.context() as patch:
        patch.setattr(writing.pq, "write_table", full(pq.write_table))
        patch.setattr(writing, "dumps", full(writing.dumps))
        with pytest.raises(UsageProblem, match="U102"):
            ran(table, tmp_path / "out")
    ran(table, tmp_path / "out")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
