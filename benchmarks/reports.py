"""How long 200 projects take to score and to print in all four formats: `python -m benchmarks.reports` prints it.

The six projects of the sample under new codes, in a workspace of their own; one `ziping run`, nothing left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECTS = 200
FORMATS = ("xlsx", "html", "docx", "pdf")


def workspace(folder: Path, count: int) -> None:
    """A workspace of `count` projects: the sample's, each with a number before its code and name."""
    for part in ("rules/projects", "actuals"):
        sources = sorted(path for path in (ROOT / part / "2023/629001").glob("*.yaml") if path.stem[0].isdigit())
        sources = [path for path in sources if path.stem != "629001"]
        (folder / part / "2023/629001").mkdir(parents=True)
        for number in range(count):
            source = sources[number % len(sources)]
            code = f"{number:03}-{source.stem}"
            text = source.read_text(encoding="utf-8").replace(f"code: {source.stem}", f"code: {code}")
            text = text.replace("\nname: ", f"\nname: {number:03}号", 1)
            (folder / part / "2023/629001" / f"{code}.yaml").write_text(text, encoding="utf-8")


def run(folder: Path, formats: tuple[str, ...]) -> tuple[float, int, int, int, int]:
    """Seconds, files and bytes of one run, and the most that its processes held together and its largest held (MB)."""
    out = folder / ("out_" + "_".join(formats))
    command = [sys.executable, "-c", "from evaluator.cli import main; main()", "run", str(folder), "-o", str(out)]
    began, together = time.perf_counter(), 0
    words = [word for suffix in formats for word in ("--to", suffix)]
    process = subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL)
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        together = max(together, held_by(process.pid))
        time.sleep(0.1)
    took, process.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(ended[1])
    assert process.returncode in (0, 1), process.returncode
    files = [path for path in out.iterdir() if path.suffix != ".json"]
    return took, len(files), sum(path.stat().st_size for path in files), together // 1024, ended[2].ru_maxrss // 1024


def held_by(process: int) -> int:
    """What a process and those below it hold now, in kB: what they share counts once (Linux)."""
    try:
        below = [int(text) for text in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
        rolled = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # ended meanwhile
        return 0
    mine = next((int(line.split()[1]) for line in rolled.splitlines() if line.startswith("Pss:")), 0)
    return mine + sum(map(held_by, below))


def table() -> list[str]:
    """The lines of the table: each format alone, all four, and the largest process."""
    lines = ["| 格式 | 秒 | 文件 | MB | 各进程合计的内存 MB | 最大的进程 MB |", "|---|---:|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as name:
        for formats in (*((one,) for one in FORMATS), FORMATS):
            folder = Path(name) / "_".join(formats)
            workspace(folder, PROJECTS)
            took, files, size, together, largest = run(folder, formats)
            lines.append(
                f"| {'、'.join(formats)} | {took:.1f} | {files:,} | {size / 1e6:.1f} | {together:,} | {largest:,} |"
            )
    return lines


def main() -> None:
    """Print the table."""
    print(f"{PROJECTS} 个项目；负载 {os.getloadavg()[0]:.1f}\n")
    print("\n".join(table()))


if __name__ == "__main__":
    main()
