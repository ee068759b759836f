"""How time and memory grow with what is given: `make bench` prints it, and this file alone (`--rows`, `--projects` for the largest).

Each command in a process of its own: seconds of the processor (children too) and the peak of the largest process. The exponent
is that between the two largest sizes, what the smallest takes being taken off both: 1 is in proportion. What is given is made by
processes of their own too: a child's peak counts from its parent's. 示例数据 throughout.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = "from evaluator.cli import main; main()"
TABLES = "import sys; from pathlib import Path; from benchmarks.province import write; write(Path(sys.argv[1]), int(sys.argv[2]))"
UNIT = (
    "import sys; from pathlib import Path; from benchmarks.web import grown; grown(Path(sys.argv[1]), int(sys.argv[2]))"
)
GOALS = """
import sys
from pathlib import Path
from tests.fixtures.make_goals import SOURCE
text = SOURCE.read_text(encoding="utf-8")
at = text.index("1.军转家属")
Path(sys.argv[1]).write_text(text[:at] + text[at:] * -(-int(sys.argv[2]) // 6), encoding="utf-8")
"""  # the six projects of the fixtures over and over
ROWS, PROJECTS = (10_000, 100_000, 1_000_000, 10_000_000), (6, 60, 600, 2_000)
MOST = 1.1  # an exponent above this has its reason beside it: see docs/scale.md
HEAD = ["| 做什么 | 大小：处理器秒 / 峰值 MB | 时间的指数 | 内存的指数 |", "|---|---|---:|---:|"]
Spent = tuple[float, float]  # seconds of the processor, MB


def spent(words: Sequence[str | Path | int], program: str = PROGRAM, where: Path = ROOT) -> Spent:
    """What one command takes; findings in what it is given are no failure."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)], cwd=where, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )  # fmt: skip
    assert process.stderr is not None
    says = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), f"{words[0]}: {says[-500:]}"
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def up_to(sizes: Sequence[int], most: int) -> list[int]:
    """The sizes that are not too large, two at least: fewer have no exponent."""
    return [size for number, size in enumerate(sizes) if number < 2 or size <= most]


def exponent(sizes: Sequence[int], figures: Sequence[float]) -> float:
    """By which power a figure grows between the two largest sizes, beyond what the smallest has already."""
    before, after = figures[-2] - figures[0], figures[-1] - figures[0]
    if before <= 0 or after <= 0:
        return 0.0
    return math.log(after / before) / math.log((sizes[-1] - sizes[0]) / (sizes[-2] - sizes[0]))


def line(name: str, sizes: Sequence[int], figures: Sequence[Spent]) -> str:
    """A line of the table."""
    shown = "；".join(
        f"{size:,}：{cpu:.2f} / {memory:,.0f}" for size, (cpu, memory) in zip(sizes, figures, strict=True)
    )
    time, memory = (exponent(sizes, [figure[part] for figure in figures]) for part in (0, 1))
    beyond = " **" if max(time, memory) > MOST else ""
    return f"| {name} | {shown} | {time:.2f}{beyond} | {memory:.2f} |"


def batch(most: int) -> str:
    """`ziping batch` over tables of ever more rows."""
    sizes, figures = up_to(ROWS, most), []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            spent((folder, size), TABLES)
            words = ("batch", folder / "tables", "--out", folder / "out", "--workers", "1", "--no-csv")
            figures.append(spent(words))
    return line("batch（行）", sizes, figures)


def projects(most: int) -> Iterator[str]:
    """What a unit of ever more projects takes."""
    sizes = up_to(PROJECTS, most)
    figures: dict[str, list[Spent]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            root, goals = Path(name) / "工作区", Path(name) / "goals.txt"
            spent((root, size), UNIT)
            spent((goals, size), GOALS)
            for command, words in _commands(root, goals, Path(name)).items():
                figures.setdefault(command, []).append(spent(words, where=root))
    yield from (line(f"{command}（项目）", sizes, told) for command, told in figures.items())


def _commands(root: Path, goals: Path, folder: Path) -> dict[str, Sequence[str | Path]]:
    """The commands, in the order in which one needs the other."""
    return {
        "check": ("check", root),
        "score": ("score", root),
        "run": ("run", root, "--out", root / "out", "--to", "xlsx"),
        "verify": ("verify", root),
        "import": ("import", goals, "--into", folder / "drafts", "--year", "2023"),
    }


def table(rows: int = ROWS[-1], most: int = PROJECTS[-1]) -> list[str]:
    """The lines of the table."""
    return [*HEAD, batch(rows), *projects(most)]


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=ROWS[-1], help="rows of the largest batch")
    asked.add_argument("--projects", type=int, default=PROJECTS[-1], help="projects of the largest unit")
    said = asked.parse_args()
    print("\n".join(table(said.rows, said.projects)))


if __name__ == "__main__":
    main()
