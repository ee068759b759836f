"""The workbench's times on this machine: python -m benchmarks.web [cells] [projects …].

From leaving a cell to the new score in a browser; one post; 16 people at one unit; the first page after the start. A machine
that is busy tells more of itself than of the program: so the server's own time (CPU) stands beside each row. 示例数据: the six
projects of the sample, and copies of them up to 50.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluator.workspace.initiate import copy_sample
from tests.web.conftest import CODE, TABLE
from tests.web.served import CHROMIUM, Bridge, serving

PEOPLE, PAUSE, ROUNDS = 16, 3.0, 8  # how many type a value, every how many seconds, how often
UNUSED = 3  # the first ones, while all is being read
LEAVE = """([value]) => new Promise(done => {
  const input = document.querySelector('.in[data-row="数量1"][data-field="actual"] input');
  const place = document.querySelector('[data-k="数量1|{row.earned}"]'), before = place.textContent;
  input.focus(); input.value = value;
  const began = performance.now();
  new MutationObserver((_, watch) => { if (place.textContent !== before) { watch.disconnect(); done(performance.now() - began); } })
    .observe(place, {childList: true, characterData: true, subtree: true});
  input.blur();
})"""


def grown(root: Path, projects: int) -> list[str]:
    """The sample, with copies of its projects under codes of their own until there are so many; returns all codes."""
    list(copy_sample(root))
    rules, actuals = (root / name / "2023/629001" for name in ("rules/projects", "actuals"))
    codes = sorted(path.stem for path in rules.glob("1*.yaml"))
    for number in range(projects - len(codes)):
        source = codes[number % 6]
        code = f"9{number:04}{source[5:]}"
        for folder in (rules, actuals):
            text = (folder / f"{source}.yaml").read_text(encoding="utf-8").replace(source, code)
            text = text.replace("\nname: ", f"\nname: 第{number + 1}个", 1) if folder is rules else text
            (folder / f"{code}.yaml").write_text(text, encoding="utf-8")
        codes.append(code)
    return codes


def used(process: Any) -> float:
    """Milliseconds of a processor that a process has used, where the system tells; else 0."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def told(name: str, times: list[float], process_time: float = 0.0) -> None:
    """One line: how often, how long it took, and the server's own time for one."""
    listed = sorted(times)
    high = listed[max(int(len(listed) * 0.95) - 1, 0)]
    own = f"，服务自用 {process_time / len(listed):.0f}" if process_time else ""
    print(f"{name}：{len(listed)} 次，中位 {statistics.median(listed):.0f} 毫秒，p95 {high:.0f} 毫秒{own}", flush=True)


@contextmanager
def measured(name: str, process: Any) -> Iterator[list[float]]:
    """Times are collected and told, with what the server used meanwhile."""
    times: list[float] = []
    before = used(process)
    yield times
    told(name, times, used(process) - before)


def started() -> None:
    """From the start to the first page, and to the scores on it."""
    with tempfile.TemporaryDirectory() as folder:
        grown(Path(folder) / "示例", 6)
        began = time.perf_counter()
        with serving(Path(folder) / "示例") as (process, address):
            person = Bridge(address)
            person.client.get("/")
            print(f"从启动到第一页：{(time.perf_counter() - began) * 1000:.0f} 毫秒，服务自用 {used(process):.0f}")
            person.client.get("/2023/629001/row")
            print(
                f"从启动到概览里的分数：{(time.perf_counter() - began) * 1000:.0f} 毫秒，服务自用 {used(process):.0f}"
            )


def typed(count: int, projects: int, executor: str) -> None:
    """One person's cells, by plain requests and in a browser; then 16 people."""
    from playwright.sync_api import sync_playwright

    about = f"{projects} 个项目，{executor}"
    with tempfile.TemporaryDirectory() as folder:
        codes = grown(Path(folder) / "示例", projects)
        with serving(Path(folder) / "示例", executor=executor) as (process, address):
            person = Bridge(address)

            def post(who: Bridge, table: str, number: int) -> float:
                began = time.perf_counter()
                assert who.type(table, "数量1", {"actual": f"{30 + number % 27}人"}).status_code == 200
                return (time.perf_counter() - began) * 1000

            for number in range(UNUSED):
                post(person, TABLE, number)
            with measured(f"{about}：一次存入，从请求到应答", process) as times:
                times += [post(person, TABLE, number) for number in range(UNUSED, count)]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                page = browser.new_page()
                page.goto(address)
                page.wait_for_url("**/who**")
                page.fill("input[name=name]", "张三")
                page.click("button.main")
                page.goto(address.split("/enter")[0] + TABLE)
                for number in range(UNUSED):
                    page.evaluate(LEAVE, [f"{20 + number}人"])
                with measured(f"{about}：离开格子到页面上的新得分", process) as times:
                    times += [page.evaluate(LEAVE, [f"{30 + number % 27}人"]) for number in range(UNUSED, count)]
                browser.close()
            tables = [TABLE.replace(CODE, codes[number % len(codes)]) for number in range(PEOPLE)]
            with measured(f"{about}：{PEOPLE} 人同时，每 {PAUSE:.0f} 秒一格", process) as times:

                def work(place: int) -> None:
                    who = Bridge(address, f"第{place}人")
                    time.sleep(PAUSE * place / PEOPLE)
                    for number in range(ROUNDS):
                        began = time.perf_counter()
                        answer = who.type(tables[place], "预算执行率", {"remedy": f"按月核对进度{place}第{number}次"})
                        assert answer.status_code == 200, answer.text
                        times.append((time.perf_counter() - began) * 1000)
                        time.sleep(max(0.0, PAUSE - (time.perf_counter() - began)))

                threads = [threading.Thread(target=work, args=(place,)) for place in range(PEOPLE)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                assert len(times) == PEOPLE * ROUNDS


def main(count: int, sizes: list[int]) -> None:
    """Measure and print."""
    print(
        f"{platform.machine()}，{os.cpu_count()} 核，负载 {os.getloadavg()[0]:.1f}，Python {platform.python_version()}"
    )
    started()
    for projects in sizes:
        for executor in ("rete", "frame"):
            typed(count, projects, executor)
    print(f"量完时的负载 {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    numbers = list(map(int, sys.argv[1:]))
    main(numbers[0] if numbers else 60, numbers[1:] or [6, 50])
