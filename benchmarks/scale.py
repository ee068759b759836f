"""`make bench`: this engine and its peers on the same input, every total checked; writes the table of docs/scale-bench.md.

Every engine runs in a process of its own below this one, at growing sizes; the best of three runs counts.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import PEERS, grades, job
from benchmarks.province import write

ROOT = Path(__file__).parents[1]
SIZES = (7_000, 70_000, 700_000, 7_000_000)
BASE = "durable_rules"


def measure(name: str, most: int) -> dict[str, Any]:
    """One engine in this process: seconds at each size, peak memory, and totals that are off."""
    make, _, own = PEERS[name]
    told: dict[str, Any] = {"seconds": {}}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for size in (one for one in SIZES if one <= min(own, most)):
        given = job(size)
        run, best, totals = make(given), math.inf, np.zeros(0)
        for _ in range(3):
            began = time.perf_counter()
            totals = run()
            best = min(best, time.perf_counter() - began)
            if best > 5:
                break
        told["seconds"][size] = best
        if len(totals):
            exact = oracle(given)
            whole = np.bincount(given["project"], weights=given["points"]).astype(np.int64)
            off = totals != exact
            flips = grades(totals * 10_000 // whole) != grades(exact * 10_000 // whole)
            told |= {"off": int(off.sum()), "flips": int(flips.sum()), "projects": len(exact)}
    told["memory"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    return told


def oracle(given: dict[str, np.ndarray]) -> np.ndarray:
    """The totals in Python integers of any size (object arrays), apart from the kernel."""
    sign, actual, target, points = (given[name] for name in ("sign", "actual", "target", "points"))
    num, den = np.where(sign == 1, target, actual), np.where(sign == 1, actual, target)
    met = np.where(sign == 1, actual <= target, actual >= target)
    earned = points.copy()
    at = np.flatnonzero(~met)
    top, bottom = num[at].astype(object), den[at].astype(object)
    earned[at] = ((2 * points[at].astype(object) * top + bottom) // (2 * bottom)).astype(np.int64)
    return np.add.reduceat(earned, np.flatnonzero(np.diff(given["project"], prepend=-1)))


def child(*command: str) -> dict[str, Any]:
    """Run this module in a process of its own and read what it prints last."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-m", "benchmarks.scale", *command], capture_output=True, text=True, env=environment, cwd=ROOT, check=False)  # fmt: skip
    if ran.returncode:
        return {"error": (ran.stderr.strip().splitlines() or ["?"])[-1][:80]}
    return json.loads(ran.stdout.strip().splitlines()[-1])  # type: ignore[no-any-return]


def kernels(most: int) -> list[list[str]]:
    """The table of engines."""
    found = {name: child("--one", name, "--most", str(most)) for name in PEERS}
    base = _rate(found[BASE])
    rows = []
    for name, told in found.items():
        if "error" in told:
            rows.append([name, PEERS[name][1], "", "", "", "", told["error"]])
            continue
        seconds = {int(size): value for size, value in told["seconds"].items()}
        sizes = sorted(seconds)
        exponent = math.log(seconds[sizes[-1]] / seconds[sizes[-2]]) / math.log(10) if len(sizes) > 1 else math.nan
        off = f"{told['off']:,} / {told['projects']:,}；等级变 {told['flips']:,}" if "off" in told else "—"
        rate = _rate(told)
        rows.append([name, PEERS[name][1], f"{sizes[-1]:,}", f"{rate:,.0f}", f"{rate / base:,.1f}", "—" if math.isnan(exponent) else f"{exponent:.2f}", f"{told['memory']:,}", off])  # fmt: skip
    return rows


def _rate(told: dict[str, Any]) -> float:
    seconds = {int(size): value for size, value in told.get("seconds", {}).items()}
    return max(seconds) / seconds[max(seconds)] if seconds else math.nan


# ---- end to end --------------------------------------------------------------------------------------------------


WAYS = {
    "bare": "只读写：同样的输入读出，同样的结果写入，1 进程",
    "batch2": "ziping batch，2 进程", "polars": "polars（浮点，全部线程）", "batch1": "ziping batch，1 进程",
    "frame": "ziping score（frame，一个单位一次）", "rete": "ziping score（durable_rules，一个单位一次）",
}  # fmt: skip


def end_to_end(rows: int) -> dict[str, list[str]]:
    """Parquet in, Parquet out, with findings: `ziping batch`, the same job in polars, and `score` one unit at a time.

    Then what a partition of so many rows takes in memory, and how well the findings meet the defects put in.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write(folder, rows)
        ways = {how: _whole(how, folder) for how in WAYS}
        lines = [_way(label, ways[how], made) for how, label in WAYS.items()]
        if "cpu" in ways["bare"] and "cpu" in ways["batch1"]:
            times = ways["batch1"]["cpu"] / ways["bare"]["cpu"]
            lines += ["", f"`ziping batch`（1 进程）用的处理器秒是只读写的 {times:.1f} 倍；程序启动、编译内核在内。"]
        memory = _memory_lines(folder)
        quality = _whole("quality", folder).get("rules", [])
    return {
        "whole": lines,
        "memory": memory,
        "quality": [f"| {rule} | {p:,} | {f:,} | {r:.4f} | {c:.4f} |" for rule, p, f, r, c in quality],
    }


def _whole(how: str, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder / "out", ignore_errors=True)
    return child("--whole", how, "--folder", str(folder))


def _way(label: str, told: dict[str, Any], made: int) -> str:
    if "error" in told:
        return f"| {label} | | | | | | {told['error']} |"
    done = told.get("rows", made)
    return f"| {label} | {told['rules']} | {done:,} | {told['seconds']:.1f} | {done / told['seconds']:,.0f} | {told['cpu']:.1f} | {told['memory']:,} |"


def _memory_lines(folder: Path) -> list[str]:
    """The peak of one process by the rows of a partition, and what each further row takes beside its text."""
    peaks = {rows: _whole(f"part{rows}", folder)["memory"] for rows in (250_000, 500_000, 1_000_000)}
    lines = [f"| {rows:,} | {peak:,} |" for rows, peak in peaks.items()]
    least, most = min(peaks), max(peaks)
    each = (peaks[most] - peaks[least]) * 2**20 / (most - least)
    text = _text_of_a_row(folder)
    return [
        *lines,
        "",
        f"每多一行多用 {each:.0f} 字节；一行写成 CSV 是 {text:.0f} 字节，所以一个部分占它文字的 {each / text:.1f} 倍，其余是程序、规则和编译的内核。",
    ]


def _text_of_a_row(folder: Path) -> float:
    """Bytes of a row as CSV."""
    import pyarrow.parquet as pq

    from evaluator.batch.writing import csv_lines

    table = pq.ParquetFile(sorted((folder / "tables").iterdir())[0]).read_row_group(0)
    return csv_lines(table).size / len(table)


def whole(how: str, folder: Path) -> dict[str, Any]:
    """One way through the whole job, in this process and those below it."""
    began = time.perf_counter()
    told: dict[str, Any] = {}
    if how.startswith(("batch", "part")):
        from evaluator.batch.part import rules_at
        from evaluator.batch.running import PART_ROWS, run_batch

        workers, part_rows = (int(how[5:]), PART_ROWS) if how.startswith("batch") else (1, int(how[4:]))
        out, rules = folder / "out", ROOT / "rules"
        made = run_batch([folder / "tables"], out, rules, workers=workers, part_rows=part_rows, csv=False)
        told |= {"rows": made.rows, "rules": len(rules_at(str(rules))[1]) - len(made.unjudged)}
    elif how == "polars":
        from benchmarks.floating import RULES, run

        run(folder / "tables", folder / "out")
        told["rules"] = RULES
    elif how == "quality":
        return quality_of(folder)
    elif how == "bare":
        return bare(folder)
    else:
        told |= one_by_one(folder, how)
    told["seconds"] = time.perf_counter() - began
    while multiprocessing.active_children():  # what they used counts once they have ended
        time.sleep(0.01)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told["memory"] = max(one.ru_maxrss for one in used) // 1024
    told["cpu"] = sum(one.ru_utime + one.ru_stime for one in used)
    return told


def bare(folder: Path) -> dict[str, Any]:
    """Reading what a batch reads and writing what it writes, with the same columns and compression, and nothing between."""
    import pyarrow.parquet as pq

    from evaluator.batch.running import run_batch
    from evaluator.batch.writing import write_parquet

    rows = run_batch([folder / "tables"], folder / "out", ROOT / "rules", workers=1, csv=False).rows
    written = [(path.parent.name, pq.read_table(path)) for path in sorted((folder / "out").glob("*/*.parquet"))]
    used, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for path in sorted((folder / "tables").iterdir()):
        texts = [field.name for field in pq.read_schema(path) if str(field.type) == "string"]
        file = pq.ParquetFile(path, read_dictionary=texts)
        for group in range(file.num_row_groups):
            file.read_row_group(group, use_threads=False)
    for number, (name, table) in enumerate(written):
        (folder / "bare" / name).mkdir(parents=True, exist_ok=True)
        write_parquet(folder / "bare" / name, number, table)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows, "rules": 0, "seconds": time.perf_counter() - began, "memory": after.ru_maxrss // 1024,
        "cpu": after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
    }  # fmt: skip


def one_by_one(folder: Path, executor: str, rows: int = 4_000) -> dict[str, int]:
    """The rows of some units through `evaluate`."""
    import pyarrow.parquet as pq

    from evaluator.batch.columns import INPUT
    from evaluator.batch.sampling import as_rulebook
    from evaluator.evaluation import evaluate
    from tests.oracle import rulebook

    table = pq.ParquetFile(sorted((folder / "tables").iterdir())[0]).read_row_group(0).slice(0, rows).to_pylist()
    units: dict[str, list[dict[str, str]]] = {}
    refused = {
        row["project_code"] for row in table if row["actual"].replace(".", "").isdigit() and "%" in row["target"]
    }
    for row in table:
        if row["project_code"] not in refused and row["project_code"] != table[-1]["project_code"]:
            told = {name: str(row.get(name) or "") for name in INPUT}
            units.setdefault(row["unit_code"], []).append(told)
    how: Any = executor
    for code, mine in units.items():
        book, actuals = as_rulebook(mine, rulebook())
        evaluate(book, actuals, year=2024, unit=code, executor=how)
    return {"rows": sum(map(len, units.values())), "rules": len(rulebook().findings)}


def quality_of(folder: Path) -> dict[str, Any]:
    """Recall and precision of the findings against the defects that were injected."""
    import polars as pl

    from evaluator.batch.running import run_batch

    shutil.rmtree(folder / "out", ignore_errors=True)
    run_batch([folder / "tables"], folder / "out", ROOT / "rules", workers=2, csv=False, text=False)
    truth = pl.read_parquet(folder / "truth" / "truth.parquet").filter(pl.col("rule") != "")
    refused = pl.read_parquet(folder / "out" / "rejects" / "*.parquet")["project_code"].unique()
    truth = truth.filter(~pl.col("project_code").is_in(refused.implode())).with_columns(
        subject=pl.when(pl.col("indicator") == "").then("project_code").otherwise("indicator")
    )
    columns = ["rule", "project_code", "subject", "rows"]
    found = pl.read_parquet(folder / "out" / "findings" / "*.parquet", columns=columns).with_columns(
        pl.all().cast(pl.String)
    )
    named = pl.when(pl.col("rows") == "").then(pl.concat_list("subject")).otherwise(pl.col("rows").str.split("、"))
    found = found.with_columns(subject=named).explode("subject")  # a finding about several rows is one of each
    out = []
    for rule in sorted(truth["rule"].unique()):
        put = truth.filter(pl.col("rule") == rule).select("project_code", "subject").unique()
        had = found.filter(pl.col("rule") == rule).select("project_code", "subject").unique()
        both = len(put.join(had, on=["project_code", "subject"]))
        out.append([rule, len(put), len(had), both / max(len(put), 1), both / max(len(had), 1)])
    return {"rules": out}


def main() -> None:
    """Print the tables and write them into docs/scale-bench.md."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--most", type=int, default=SIZES[-1], help="rows of the largest size")
    told.add_argument("--rows", type=int, default=7_000_000, help="rows end to end")
    told.add_argument("--largest", type=int, default=10_000_000, help="rows of the largest batch of the growth")
    told.add_argument("--projects", type=int, default=2_000, help="projects of the largest unit")
    told.add_argument("--one", default="")
    told.add_argument("--whole", default="")
    told.add_argument("--folder", type=Path)
    asked = told.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one, asked.most)))
        return
    if asked.whole:
        print(json.dumps(whole(asked.whole, asked.folder)))
        return
    from benchmarks import start  # not in the processes that are measured: it brings the workbench

    load = os.getloadavg()[0]
    engines = kernels(asked.most)
    through = end_to_end(asked.rows)
    lines = [
        "# 性能测量", "",
        f"由 `make bench` 写出。机器：{_machine()}；开始时系统负载 {load:.1f}（2 核上另有别的工作时数字偏低）。示例数据，合计逐个与整数算出的结果核对。", "",
        "## 只计分", "", "同样的行：比较符、完成值、指标值、分值 → 得分、项目合计、等级。倍数相对 durable_rules；增长指数 1 为线性；内存是增加的峰值 MB。", "",
        "| 引擎 | 数 | 行 | 行/秒 | 倍数 | 增长指数 | 内存 MB | 合计差一分及以上 |", "|---|---|---:|---:|---:|---:|---:|---:|",
        *(f"| {' | '.join(row)} |" for row in engines), "",
        "## 从文件到文件", "", "Parquet 读入，逐行得分、项目、问题（含说明）写成 Parquet。处理器秒是全部进程用去的，受别的负载影响小；内存是最大的一个进程的峰值 MB。", "",
        "| 做法 | 问题规则 | 行 | 秒 | 行/秒 | 处理器秒 | 内存 MB |", "|---|---:|---:|---:|---:|---:|---:|", *through["whole"], "",
        "## 内存", "", "`ziping batch` 1 进程，同样的输入切成大小不同的部分：", "", "| 一个部分的行 | 峰值 MB |", "|---:|---:|", *through["memory"], "",
        "## 问题的查全与查准", "", "| 规则 | 埋入的缺陷 | 查出 | 查全率 | 查准率 |", "|---|---:|---:|---:|---:|", *through["quality"], "",
        "## 启动、评一个单位、安装", "", "整个进程（连同子进程）的秒数，几次中最小的；示例的六个项目，50 个的是它们的副本。", "", *start.table(), "",
        "## 印 200 个项目", "", "`ziping run`，自评表和附件各一个文件，和自评报告；合计的内存里共用的只算一次。", "", *own("reports"), "",
        "## 增长", "", "每个命令一个进程；指数是最大的两个大小之间的（都减去最小的），1 为成比例。", "", *own("growth", "--rows", asked.largest, "--projects", asked.projects), "",
    ]  # fmt: skip
    text = "\n".join(lines)
    print(text)
    (ROOT / "docs" / "scale-bench.md").write_text(text, encoding="utf-8")


def own(module: str, *words: object) -> list[str]:
    """The table that a module of benchmarks prints in a process of its own: a child's peak of memory counts from its parent's."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
    says = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in says.splitlines() if line.startswith("|")]


def _machine() -> str:
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{names[0] if names else platform.machine()}，{len(names)} 核，{memory} GiB，Python {platform.python_version()}"


if __name__ == "__main__":
    main()
