"""How long from leaving a cell to the new score in the page, in a browser on this machine: python -m benchmarks.web [cells].

示例数据: the six projects of the sample, in a workspace of their own.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from evaluator.workspace.initiate import copy_sample
from tests.web.conftest import TABLE
from tests.web.served import CHROMIUM, Bridge, serving

LEAVE = """([value]) => new Promise(done => {
  const input = document.querySelector('.in[data-row="数量1"][data-field="actual"] input');
  const place = document.querySelector('[data-k="数量1|{row.earned}"]'), before = place.textContent;
  input.focus(); input.value = value;
  const began = performance.now();
  new MutationObserver((_, watch) => { if (place.textContent !== before) { watch.disconnect(); done(performance.now() - began); } })
    .observe(place, {childList: true, characterData: true, subtree: true});
  input.blur();
})"""


def told(name: str, times: list[float]) -> None:
    """One line: how often, and how long it took."""
    listed = sorted(times)
    print(
        f"{name}：{len(listed)} 次，中位 {statistics.median(listed):.0f} 毫秒，p95 {listed[int(len(listed) * 0.95) - 1]:.0f} 毫秒"
    )


def main(count: int) -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    print(
        f"{platform.machine()}，{os.cpu_count()} 核，负载 {os.getloadavg()[0]:.1f}，Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "示例"
        list(copy_sample(root))
        began = time.perf_counter()
        with serving(root) as (_, address):
            person = Bridge(address)
            person.client.get("/")
            print(f"从启动到第一页：{(time.perf_counter() - began) * 1000:.0f} 毫秒")
            person.client.get("/2023/629001/row")
            print(f"从启动到概览里的分数：{(time.perf_counter() - began) * 1000:.0f} 毫秒")
            posts = []
            for number in range(count):
                began = time.perf_counter()
                assert person.type(TABLE, "数量1", {"actual": f"{30 + number % 28}人"}).status_code == 200
                posts.append((time.perf_counter() - began) * 1000)
            told("一次存入，从请求到应答", posts[3:])
            with sync_playwright() as started:
                browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                page = browser.new_page()
                page.goto(address)
                page.wait_for_url("**/who**")
                page.fill("input[name=name]", "张三")
                page.click("button.main")
                page.goto(address.split("/enter")[0] + TABLE)
                times = [page.evaluate(LEAVE, [f"{30 + number % 27}人"]) for number in range(count)]
                told("离开格子到页面上的新得分", times[3:])
                browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
