"""A whole batch: plan the parts, do those that are not done, in processes of this machine or of a cluster, roll up.

What is done is known by one small file a part, written last, which says how long the part's files are: a killed run goes
on where it was, what was cut short is done again, and the same input always makes the same files. One run at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
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
from evaluator.batch.kernel import WORTH
from evaluator.batch.part import do_part, marker, rules_at
from evaluator.batch.rollup import departments
from evaluator.batch.sources import BatchPart, FilePiece, closed, find_files, parts_of, pieces_of
from evaluator.batch.staging import BadLine
from evaluator.batch.writing import write_csv, write_json, write_parquet
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.files.lock import NAME, locked
from evaluator.files.plain import problem_json
from evaluator.files.publish import FRESH, whole
from evaluator.files.snapshot import LONGEST, Refused, digest_of_file, take
from evaluator.findings.conditions import Ready

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
    with locked(out, "批量评分", 0):
        began = time.perf_counter()
        for left in out.rglob(f"{FRESH}*"):  # by a run that was killed while it wrote
            if not left.name.startswith(NAME):
                left.unlink(missing_ok=True)
        files = find_files(inputs)
        looks = _looks(files)
        plan = _plan(files, out, rules, part_rows, text, keep)
        parts: list[dict[str, Any]] = plan["parts"]
        finished = _finished(out, plan)
        todo = [part for part in parts if part["number"] not in finished]
        counts = list(finished.values())
        whole, past = sum(part["piece"]["rows"] for part in parts), sum(part["rows"] for part in counts)
        many = bool(cluster) or whole - past > WORTH * min(workers, len(todo))
        asked = (str(rules), str(out), text, plan["job"], many)
        coming = cluster.each(lambda part: do_part(part, *asked), todo) if cluster else _here(todo, asked, workers)
        for part in coming:
            counts.append(part)
            past += part["rows"]
            if done:
                done(past, whole, part)
        if moved := [path for path, look in _looks(files).items() if look != looks[path]]:
            says = f"“{moved[0]}”在评分期间被改过，结果不能用"
            raise UsageProblem([Problem("U515", says, None, remedy="删去输出目录，再评一次")])
        rulebook, ready, _ = rules_at(str(rules))
        _departments(out, rulebook)
        bad = plan["bad"]
        if bad:
            write_parquet(out / "rejects", len(parts), _bad_lines(bad))
        if csv:
            for table in (*TABLES, "departments", "rejects"):
                if sources := sorted((out / table).glob("part-*.parquet")):
                    write_csv(out / f"{table}.csv", sources, workers)
        batch = Batch(
            out,
            rows=sum(part["rows"] for part in counts) + len(bad),
            rejects=sum(part["rejects"] for part in counts) + len(bad),
            parts=len(parts),
            again=len(finished),
            seconds=round(time.perf_counter() - began, 1),
            unjudged=_unjudged(counts, ready),
            notes=plan["notes"],
            **{name: sum(part[name] for part in counts) for name in ("scored", "projects", "findings")},
        )
        assert batch.rows == batch.scored + batch.rejects, "rows in must be rows out and rejects"
        write_json(out / "batch.json", batch.counts() | {"rules": rulebook.digest, "version": __version__})
        if not keep:
            clear(out)
        return batch


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
    absent = {name for counted in counts for name in counted["absent"]}
    columns = {
        f"{kind}.{name}": column
        for column, needing in FIELDS_FROM.items()
        if column in absent
        for kind, names in needing
        for name in names
    }
    unjudged = {rule: fact for counted in counts for rule, fact in counted.get("unknown", {}).items()}
    for rule, fact in unjudged.items():
        unjudged[rule] = f"没有“{columns[fact]}”栏" if fact in columns else NEEDS.get(fact, f"批量评分不看 {fact}")
    if "plan" in absent:
        tests = {ready.id: [test.value for clause in ready.clauses for test in clause.tests] for ready in rules}
        unjudged |= {rule: "没有“plan”栏" for rule, values in tests.items() if "与预算执行" in values}
    return dict(sorted(unjudged.items()))


def _plan(files: list[Path], out: Path, rules: Path, part_rows: int, text: bool, keep: bool) -> dict[str, Any]:
    """The parts of this input, or those that an earlier run of the same planned; a plan that was cut short is made again."""
    rulebook = rules_at(str(rules))[0]
    read = list(zip(map(str, files), _digests(files), strict=True))
    job = hashlib.sha256(repr((read, rulebook.digest, part_rows, text, __version__)).encode()).hexdigest()
    at = out / "plan.json"
    if at.exists():
        plan = _json(at)
        if plan is not None and plan.get("job") != job:
            says = f"“{out}”里是另一次批量评分的结果（输入、规则或选项不同）"
            raise UsageProblem([Problem("U506", says, None, "另选一个输出目录，或先删去这个目录")])
        if plan is not None and _sound(plan):
            staged = all(_length(Path(path)) == size for path, size in plan["staged"].items())
            if staged or (len(_finished(out, plan)) == len(plan["parts"]) and not keep):
                return plan
    elif any(path.name != "staging" and not path.name.startswith(NAME) for path in out.iterdir()):
        raise UsageProblem([Problem("U507", f"输出目录“{out}”不是空的", None, "一个空的或新的目录")])
    bad: list[BadLine] = []
    pieces: list[FilePiece] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    for path in files:
        try:
            pieces += pieces_of(path, out / "staging", part_rows, bad, notes)
        except ActualsProblems as error:
            problems += error.problems
    if problems:
        raise ActualsProblems(problems)
    staged_files = sorted({piece.path for piece in pieces} - set(map(str, files)))
    plan = {
        "job": job,
        "parts": [asdict(part) for part in parts_of(pieces)],
        "bad": [(b.file, b.row, b.reason) for b in bad],
        "notes": [problem_json(note) for note in notes],
        "staged": {path: _length(Path(path)) for path in staged_files},
    }
    write_json(at, plan)
    return plan


def _digests(files: list[Path]) -> list[str]:
    """SHA-256 of every file, several at once; raises ActualsProblems (U503) for what is no file."""

    def digest(path: Path) -> str:
        try:
            return digest_of_file(path, None)
        except Refused as refused:
            raise closed(path, refused) from None

    with ThreadPoolExecutor() as pool:
        return list(pool.map(digest, files))


def _looks(files: list[Path]) -> dict[Path, tuple[int, int]]:
    """The length and time of every file, by which a change while it is read is seen."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _json(path: Path) -> dict[str, Any] | None:
    """A file of a run before; None where it was cut short."""
    try:
        content = json.loads(take(path, LONGEST))
    except (Refused, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _sound(plan: Mapping[str, Any]) -> bool:
    """Whether a plan says all that a plan says."""
    try:
        return all(BatchPart.of(part) for part in plan["parts"]) and {"bad", "notes", "staged"} <= plan.keys()
    except (KeyError, TypeError, ValueError):
        return False


def _finished(out: Path, plan: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """What the parts came to that an earlier run of the same has done, by number: those whose files are all there."""
    finished = {}
    for part in plan["parts"]:
        counted = _json(marker(out, part["number"]))
        if counted and counted.get("job") == plan["job"] and counted.get("part") == part["number"]:
            files = counted.get("files")
            if isinstance(files, dict) and all(_length(out / name) == size for name, size in files.items()):
                finished[part["number"]] = counted
    return finished


def _here(
    todo: list[dict[str, Any]], asked: tuple[str, str, bool, str, bool], workers: int
) -> Iterator[dict[str, Any]]:
    if workers == 1 or len(todo) < 2:
        yield from (do_part(part, *asked) for part in todo)
        return
    count = min(workers, len(todo))
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent)
    try:
        for future in as_completed([pool.submit(do_part, part, *asked) for part in todo]):
            yield future.result()
    except BrokenProcessPool:
        says = "一个工作进程被终止（多半是内存不够）；已完成的部分已保存"
        remedy = "再运行一次同样的命令，从断处继续；或减小 --part-rows、--workers"
        raise UsageProblem([Problem("U508", says, None, remedy)]) from None
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
    tables = departments(sorted((out / "units").glob("part-*.parquet")), rulebook)
    if (first := next(tables, None)) is None:
        return
    with (
        whole(out / "departments" / "part-00000.parquet") as fresh,
        pq.ParquetWriter(fresh, first.schema) as writer,
    ):
        for table in chain([first], tables):
            writer.write_table(table)


def _bad_lines(bad: Iterable[tuple[str, int, str]]) -> pa.Table:
    files, rows, reasons = zip(*bad, strict=True)
    none = pa.array([""] * len(files))
    named = dict.fromkeys(("year", "unit_code", "project_code", "indicator"), none)
    codes = pa.array(["I508"] * len(files))
    return pa.table({"file": files, "sheet": none, "row": rows, **named, "code": codes, "reason": reasons})
