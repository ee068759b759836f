"""A whole batch: plan the parts, do those that are not done, in processes of this machine or of a cluster, roll up.

What is done is known by one small file a part, written last: a killed run goes on where it was, and the same input
always makes the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluator import __version__
from evaluator.batch.cluster import Cluster
from evaluator.batch.columns import FIELDS_FROM
from evaluator.batch.part import do_part, rules_at
from evaluator.batch.rollup import departments
from evaluator.batch.sources import Piece, find_files, parts_of, pieces_of
from evaluator.batch.staging import BadLine
from evaluator.batch.writing import write_csv, write_json, write_parquet
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.files import LONGEST, take
from evaluator.findings.conditions import Ready
from evaluator.plain import problem_json
from evaluator.publish import whole

PART_ROWS = 250_000
TABLES = ("rows", "projects", "findings")
Done = Callable[[int, int, Mapping[str, Any]], None]  # rows done, rows in all, what the last part came to


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run came to: counts, the finding rules that could not be judged here and why, and where everything is."""

    out: Path
    rows: int
    scored: int
    rejects: int
    projects: int
    findings: int
    parts: int
    again: int  # parts that an earlier run had done
    seconds: float
    unjudged: dict[str, str]
    notes: list[dict[str, str]]  # what was left out or read otherwise than it stands

    def as_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        return {"out": str(self.out), **self.counts(), "again": self.again, "seconds": self.seconds}

    def counts(self) -> dict[str, Any]:
        """What depends on nothing but the input and the rules."""
        apart = ("out", "again", "seconds")
        return {name: getattr(self, name) for name in self.__slots__ if name not in apart}


def run_batch(
    inputs: list[Path],
    out: Path,
    rules: Path,
    *,
    workers: int = 1,
    cluster: Cluster | None = None,
    part_rows: int = PART_ROWS,
    csv: bool = True,
    text: bool = True,
    keep: bool = False,
    done: Done | None = None,
) -> Batch:
    """Score the tables in `inputs` into `out`; goes on with what an earlier run of the same left undone.

    The workers of a `cluster` see the same files; `keep` leaves the rewritten CSV files and
    workbooks (`clear` takes them away), which `recheck` reads again. Raises UsageProblem (U501, U506 to U509), and
    ActualsProblems with every file that cannot be read (U502 to U505, U510, U514, A118, A119).
    """
    began = time.perf_counter()
    plan = _plan(inputs, out, rules, part_rows, text, keep)
    parts: list[dict[str, Any]] = plan["parts"]
    finished = {path.stem: json.loads(take(path)) for path in sorted((out / "done").glob("part-*.json"))}
    todo = [one for one in parts if f"part-{one['number']:05}" not in finished]
    counts = list(finished.values())
    whole, past = sum(_size(one) for one in parts), sum(one["rows"] for one in counts)
    asked = (str(rules), str(out), text)
    coming = cluster.each(lambda one: do_part(one, *asked), todo) if cluster else _here(todo, asked, workers)
    for one in coming:
        counts.append(one)
        past += one["rows"]
        if done:
            done(past, whole, one)
    rulebook, ready, _ = rules_at(str(rules))
    _departments(out, rulebook)
    bad = plan["bad"]
    if bad:
        write_parquet(out / "rejects", len(parts), _bad_lines(bad))
    if csv:
        for table in (*TABLES, "departments", "rejects"):
            if sources := sorted((out / table).glob("part-*.parquet")):
                write_csv(out / f"{table}.csv", sources, workers)
    made = Batch(
        out,
        rows=sum(one["rows"] for one in counts) + len(bad),
        rejects=sum(one["rejects"] for one in counts) + len(bad),
        parts=len(parts),
        again=len(finished),
        seconds=round(time.perf_counter() - began, 1),
        unjudged=_unjudged(counts, ready),
        notes=plan["notes"],
        **{name: sum(one[name] for one in counts) for name in ("scored", "projects", "findings")},
    )
    assert made.rows == made.scored + made.rejects, "rows in must be rows out and rejects"
    write_json(out / "batch.json", made.counts() | {"rules": rulebook.digest, "version": __version__})
    if not keep:
        clear(out)
    return made


def clear(out: Path) -> None:
    """Take away the rewritten CSV files and workbooks."""
    shutil.rmtree(out / "staging", ignore_errors=True)


NEEDS = {
    "link": "部门整体绩效目标",
    "measure": "部门整体绩效目标",
    "attachment": "登记的佐证材料文件",
    "duty": "整改台账",
}


def _unjudged(counts: Iterable[Mapping[str, Any]], rules: Iterable[Ready]) -> dict[str, str]:
    """The finding rules that were not judged, with what it would need: a table, files or a column of the input."""
    absent = {name for one in counts for name in one["absent"]}
    columns = {f"{kind}.{name}": column for column, needing in FIELDS_FROM.items() if column in absent for kind, names in needing for name in names}  # fmt: skip
    told = {rule: fact for one in counts for rule, fact in one.get("unknown", {}).items()}
    for rule, fact in told.items():
        told[rule] = f"没有“{columns[fact]}”栏" if fact in columns else NEEDS.get(fact, f"批量评分不看 {fact}")
    if "plan" in absent:
        told |= {one.id: "没有“plan”栏" for one in rules if any(t.value == "与预算执行" for c in one.clauses for t in c.tests)}  # fmt: skip
    return dict(sorted(told.items()))


def _plan(inputs: list[Path], out: Path, rules: Path, part_rows: int, text: bool, keep: bool) -> dict[str, Any]:
    """The parts of this input, or those that an earlier run of the same planned."""
    files = find_files(inputs)
    rulebook = rules_at(str(rules))[0]
    told = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    job = hashlib.sha256(repr((told, rulebook.digest, part_rows, text, __version__)).encode()).hexdigest()
    at = out / "plan.json"
    if at.exists():
        plan: dict[str, Any] = json.loads(take(at, LONGEST))
        if plan["job"] != job:
            says = f"“{out}”里是另一次批量评分的结果（输入、规则或选项不同）"
            raise UsageProblem([Problem("U506", says, None, "另选一个输出目录，或先删去这个目录")])
        staged = [one for one in plan["parts"] if not Path(one["piece"]["path"]).exists()]
        whole = len(list((out / "done").glob("part-*.json"))) == len(plan["parts"])
        if not staged or (whole and not keep):
            return plan
    elif out.exists() and any(path.name != "staging" for path in out.iterdir()):
        raise UsageProblem([Problem("U507", f"输出目录“{out}”不是空的", None, "一个空的或新的目录")])
    bad: list[BadLine] = []
    pieces: list[Piece] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    for path in files:
        try:
            pieces += pieces_of(path, out / "staging", part_rows, bad, notes)
        except ActualsProblems as error:
            problems += error.problems
    if problems:
        raise ActualsProblems(problems)
    plan = {"job": job, "parts": [part.as_json() for part in parts_of(pieces)], "bad": [(b.file, b.row, b.reason) for b in bad], "notes": [problem_json(note) for note in notes]}  # fmt: skip
    write_json(at, plan)
    return json.loads(take(at, LONGEST))  # type: ignore[no-any-return]


def _size(part: Mapping[str, Any]) -> int:
    return int(part["piece"]["rows"])


def _here(todo: list[dict[str, Any]], asked: tuple[str, str, bool], workers: int) -> Iterator[dict[str, Any]]:
    if workers == 1 or len(todo) < 2:
        yield from (do_part(one, *asked) for one in todo)
        return
    count = min(workers, len(todo))
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        for future in as_completed([pool.submit(do_part, one, *asked) for one in todo]):
            yield future.result()
    except BrokenProcessPool:
        says = "一个工作进程被终止（多半是内存不够）；已完成的部分已保存"
        raise UsageProblem([Problem("U508", says, None, "再运行一次同样的命令，从断处继续；或减小 --part-rows、--workers")]) from None  # fmt: skip
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # while they end, what they have done is rolled up


def _end_with_parent() -> None:
    """In a worker: end when the process that started it does, even where it was killed."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _departments(out: Path, rulebook: Any) -> None:
    made = departments(sorted((out / "units").glob("part-*.parquet")), rulebook)
    if (first := next(made, None)) is None:
        return
    with (
        whole(out / "departments" / "part-00000.parquet") as fresh,
        pq.ParquetWriter(fresh, first.schema) as writer,
    ):
        for table in chain([first], made):
            writer.write_table(table)


def _bad_lines(bad: Iterable[tuple[str, int, str]]) -> pa.Table:
    files, rows, reasons = zip(*bad, strict=True)
    none = pa.array([""] * len(files))
    named = dict.fromkeys(("year", "unit_code", "project_code", "indicator"), none)
    codes = pa.array(["I508"] * len(files))
    return pa.table({"file": files, "sheet": none, "row": rows, **named, "code": codes, "reason": reasons})
