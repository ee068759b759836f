"""A workbench as people start it: `ziping serve` in a process of its own, and a browser where there is one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("ZIPING_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""


@contextlib.contextmanager
def serving(root: Path, *more: str, executor: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of a workspace on a free port, and the address it printed; killed at the end, however it stands.

    With `executor` "frame" it is a machine on which durable_rules cannot be used.
    """
    without = "import evaluator.findings.rete as rete; rete.available = bool; " if executor == "frame" else ""
    words = [
        sys.executable,
        "-c",
        f"{without}from evaluator.cli import main; main()",
        "serve",
        str(root),
        "--no-open",
        *more,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


class Bridge:
    """Somebody who is signed in to a server without a browser."""

    def __init__(self, address: str, name: str = "张三", *roles: str) -> None:
        base = address.split("/enter", maxsplit=1)[0]
        self.client = httpx2.Client(base_url=base, headers={"Origin": base}, trust_env=False, timeout=60)
        self.client.get(address)
        self.csrf = re.search(r'name="csrf" content="([^"]+)"', self.client.get("/who").text)[1]  # type: ignore[index]
        form = {"csrf": self.csrf, "name": name, "back": "/"} | {f"role_{role}": "1" for role in roles or ("clerk",)}
        self.client.post("/who", data=form)

    def type(self, table: str, row: str, values: dict[str, str], was: dict[str, str] | None = None) -> httpx2.Response:
        rows = [{"row": row, "values": values, "was": was or {}}]
        return self.client.post(f"{table}/cells", json={"rows": rows}, headers={"X-CSRF": self.csrf})


def until(what: Any, seconds: float = 20) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return found
