"""What files made to hurt cost whoever reads them: `python -m benchmarks.hostile` prints a table, and whether a bound is passed.

Every file of tests/fixtures/hostile.py, and paths that are no files, given to each command that takes such a file, in a process
of its own; the row of a file tells the command that took longest. A name or more after it measures those alone.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CPU, MEMORY = 10, 1_000  # the bounds: seconds of processor time, MB
MAIN = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (60, 60)); from evaluator.cli import main; main()"
NEW = ("--unit", "000000", "--name", "示例单位", "--year", "2024")
CODE = re.compile(r"(?:错误|警告|提示) ([A-Z]\d{3})")
PLACES = ("pipe.yaml", "pipe.xlsx", "zero.docx", "zero.yaml", "socket.json", "folder.yaml", "huge.yaml", "huge.pdf")


class Cost(NamedTuple):
    """What one command made of one file."""

    command: str
    code: int
    told: str
    cpu: float
    memory: int


def make(name: str, at: Path) -> None:
    """Put a file or what only looks like one at a path."""
    match name.partition(".")[0]:
        case "pipe":
            os.mkfifo(at)
        case "zero":
            at.symlink_to("/dev/zero")
        case "socket":
            socket.socket(socket.AF_UNIX).bind(str(at))
        case "folder":
            at.mkdir()
        case "huge":
            with at.open("wb") as stream:
                stream.truncate(3_000_000_000)
        case _:
            command = [sys.executable, "-m", "benchmarks.hostile", "--make", name, str(at)]
            subprocess.run(command, check=True, cwd=ROOT)  # apart, since a child's peak counts from its parent's


def commands(path: Path, place: Path) -> dict[str, list[str]]:
    """The commands that take such a file; where they look in a folder for it, it is put there."""
    office, out = place / "office", place / "out"
    taken = {"audit": ["audit", str(path), "-w", str(office)]}
    if path.suffix not in (".yaml", ".json", ".csv"):
        taken["import"] = ["import", str(path), "--into", str(out / "rules"), "--year", "2024"]
    if path.suffix in (".csv", ".xlsx"):
        taken = {"batch": ["batch", str(path), "--out", str(out / "batch")]} | taken
    if path.suffix in (".yaml", ".csv", ".xlsx"):
        taken["score"] = ["score", str(office)]
    if path.suffix == ".yaml":
        taken["check"] = ["check", str(office)]
    return taken


def measure(name: str, place: Path, new: Path) -> Cost:
    """The dearest command for a file, in a copy of a new workspace."""
    office, path = place / "office", place / name
    shutil.copytree(new, office)
    make(name, path)
    costs = []
    for command, words in commands(path, place).items():
        at = {"score": office / "actuals", "check": office / "rules/projects/2024/000000"}.get(command, place) / name
        path.rename(at)
        costs.append(run(command, words, place / "told"))
        at.rename(path)
    if left := [one for one in (place / "out").rglob("*") if one.is_file()]:
        costs.append(Cost("wrote", 0, "、".join(one.name for one in left[:3]), 0, 0))
    return max(costs, key=lambda one: (one.cpu > CPU or one.memory > MEMORY, one.cpu))


def run(command: str, words: list[str], told: Path) -> Cost:
    """Run a command in a process of its own."""
    with told.open("wb") as stream:
        child = subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=told.parent,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    with told.open(encoding="utf-8", errors="replace") as stream:
        codes = list(dict.fromkeys(CODE.findall(stream.read(1_000_000))))
    return Cost(command, child.returncode, " ".join(codes[:3]), used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def main() -> None:
    """Print the table; exit with 1 when a bound is passed or an exit code is none of 0 to 3."""
    if sys.argv[1:2] == ["--make"]:
        from tests.fixtures import hostile

        Path(sys.argv[3]).write_bytes(hostile.CASES[sys.argv[2]][1]())
        return
    listed = "from tests.fixtures import hostile; print(*hostile.CASES, sep='\\n')"
    known = subprocess.run([sys.executable, "-c", listed], check=True, cwd=ROOT, capture_output=True, text=True)
    with tempfile.TemporaryDirectory() as kept:
        new = Path(kept) / "office"
        subprocess.run([sys.executable, "-c", MAIN, "init", str(new), *NEW], check=True, cwd=ROOT, capture_output=True)
        print("| 文件 | 字节 | 最费的命令 | 返回码 | 编码 | CPU | 内存 |\n|---|---:|---|---:|---|---:|---:|")
        wrong = sum(row(name, new) for name in sys.argv[1:] or [*known.stdout.split(), *PLACES])
    print(f"\n{wrong} 个超出 {CPU} 秒 CPU 或 {MEMORY} MB" if wrong else f"\n都在 {CPU} 秒 CPU 和 {MEMORY} MB 之内")
    sys.exit(wrong > 0)


def row(name: str, new: Path) -> bool:
    """Print a row of the table; whether it passes a bound."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        cost = measure(name, place, new)
        size = (place / name).stat().st_size if (place / name).is_file() else 0
    over = cost.cpu > CPU or cost.memory > MEMORY or cost.code not in range(4)
    mark = "**" if over else ""
    told = [name, size, cost.command, cost.code, cost.told, f"{mark}{cost.cpu:.1f} s{mark}", f"{cost.memory} MB"]
    print("|", " | ".join(map(str, told)), "|", flush=True)
    return over


if __name__ == "__main__":
    main()
