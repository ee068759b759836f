"""Start-up, one unit's evaluation and the installation, each beside its goal: `make bench` prints it, and this file alone.

Seconds of the whole process (children too), the least of several runs: by the processor, and by the clock. 示例数据: the six
projects of the sample, and copies of them up to 50. Python's own start is part of every command.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from benchmarks.web import grown
from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.findings.inference import Executor
from evaluator.rulebook.book import load_rulebook

ROOT = Path(__file__).parents[1]
TIMES = 5
COMMANDS: tuple[tuple[tuple[str, ...], float], ...] = (  # and the seconds that they may take
    (("--help",), 0.3),
    (("target", "≥59人", "--actual", "60人"), 0.2),
    (("score", "--sample"), 0.6),
    (("run", "--sample", "--out"), 1.5),
)
EVALUATIONS: tuple[tuple[int, Executor, int], ...] = (
    (6, "rete", 20),
    (6, "frame", 10),
    (50, "rete", 130),
    (50, "frame", 60),
)
LARGEST = 350  # MB
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed


def processor(of: int) -> float:
    """Seconds of the processor that this process (RUSAGE_SELF) or its children (RUSAGE_CHILDREN) have used."""
    used = resource.getrusage(of)
    return used.ru_utime + used.ru_stime


def least(act: Callable[[int], object], of: int) -> tuple[float, float]:
    """The least seconds by the processor and by the clock, of several runs."""
    spent: list[tuple[float, float]] = []
    for number in range(TIMES):
        used, began = processor(of), time.perf_counter()
        act(number)
        spent.append((processor(of) - used, time.perf_counter() - began))
    return min(cpu for cpu, _ in spent), min(wall for _, wall in spent)


def commands() -> list[str]:
    """A line for each command."""
    lines = []
    program = [sys.executable, "-c", "from evaluator.cli import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        for words, goal in COMMANDS:

            def run(number: int, words: tuple[str, ...] = words) -> None:
                more = [str(Path(folder) / str(number))] if words[-1] == "--out" else []
                ended = subprocess.run(
                    [*program, *words, *more], cwd=ROOT, env=COMPILED, capture_output=True, check=False
                )
                assert ended.returncode in (0, 1), ended.stderr.decode()

            cpu, wall = least(run, resource.RUSAGE_CHILDREN)
            lines.append(f"| `ziping {' '.join(words)}` | {cpu:.2f} 秒 | {wall:.2f} 秒 | ≤{goal} 秒 |")
    return lines


def evaluations() -> list[str]:
    """A line for each number of projects and each executor."""
    return [
        f"| 评 {count} 个项目（{executor}） | {cpu * 1000:.1f} 毫秒 | {wall * 1000:.1f} 毫秒 | ≤{goal} 毫秒 |"
        for count, executor, goal in EVALUATIONS
        for cpu, wall in [evaluation(count, executor)]
    ]


def evaluation(count: int, executor: Executor) -> tuple[float, float]:
    """The least seconds of one unit's evaluation; rules and results are read before."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "示例"
        grown(root, count)
        rulebook = load_rulebook(root / "rules", ROOT / "rules")
        actuals = load_actuals(root / "actuals", rulebook)
    return least(
        lambda _: evaluate(rulebook, actuals, year=2023, unit="629001", executor=executor), resource.RUSAGE_SELF
    )


def installation() -> list[str]:
    """What requirements/runtime.txt installs here, in MB, and its largest parts."""
    sizes: dict[str, int] = {}
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements/runtime.txt").read_text(), re.MULTILINE):
        try:
            files = distribution(name).files or ()
        except PackageNotFoundError:  # of another platform
            continue
        sizes[name] = sum(path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file())
    largest = sorted(sizes, key=lambda name: -sizes[name])[:4]
    parts = "、".join(f"{name} {sizes[name] / 1e6:.0f}" for name in largest)
    return [f"| 安装（{parts}） | {sum(sizes.values()) / 1e6:.0f} MB | | ≤{LARGEST} MB |"]


def table() -> list[str]:
    """The lines of the table."""
    return ["| 做什么 | 处理器 | 时钟 | 目标 |", "|---|---:|---:|---:|", *commands(), *evaluations(), *installation()]


def main() -> None:
    """Print the table."""
    print(f"负载 {os.getloadavg()[0]:.1f}（2 核上另有别的工作时，秒数偏高；处理器秒受影响小）\n")
    print("\n".join(table()))


if __name__ == "__main__":
    main()
