"""Try the bundle of this machine where there is no network: unpacked, started, a sample scored, and a page that answers.

    python -m supply.trial dist

It runs in a network namespace of its own (`unshare`), which has no network but itself. Another machine's bundle is not tried.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

from supply.offline import FOLDER, WHICH

PATIENCE = 300  # seconds for the first start, which makes the environment
ALONE = ("unshare", "--map-root-user", "--net")


def unpack(bundle: Path, folder: Path) -> Path:
    """The folder of a bundle, its scripts as runnable as `unzip` leaves them."""
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(folder)
        for member in packed.infolist():
            (folder / member.filename).chmod(member.external_attr >> 16)
    return folder / FOLDER


@contextmanager
def started(root: Path) -> Iterator[str]:
    """The start script running on a new workspace; gives the address it prints."""
    said = root.parent / "serve.txt"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [root / "start.sh", root / "workspace", "--no-open"], stdout=out, start_new_session=True
        )
    ends = time.monotonic() + PATIENCE
    try:
        while not (lines := said.read_text("utf-8").splitlines()):
            if process.poll() is not None or time.monotonic() > ends:
                raise SystemExit("start.sh 没有印出地址")
            time.sleep(0.5)
        yield lines[0]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def inside(root: Path) -> None:
    """What is tried, in a place without a network; ends with 1 where something is not as it has to be."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    probe = "import socket; socket.create_connection(('pypi.org', 443), 3)"
    if subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).returncode == 0:
        raise SystemExit("这里还有网络，试不出来")
    with started(root) as address:
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        print("工作台：", *re.findall(r"<title>(.*?)</title>", browser.open(address).read().decode()))
    ziping, out = root / (root / WHICH).read_text().strip() / ".venv" / "bin" / "ziping", root.parent / "out"
    scored = _ran(ziping, "run", "--sample", "--to", "pdf", "--out", out)
    os.chdir(root.parent)
    examined = _ran(ziping, "doctor")
    forms = len(list(out.glob("*.pdf")))
    print(f"ziping run：返回码 {scored.returncode}，PDF {forms} 份", examined.stdout, sep="\n")
    if scored.returncode not in (0, 1) or not forms or examined.returncode:
        raise SystemExit(scored.stderr + examined.stderr)


def _ran(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)


def main(folder: str) -> None:
    """Try this machine's bundle of a folder, or say that there is none."""
    ours = f"-linux-{os.uname().machine}-py{sys.version_info.major}.{sys.version_info.minor}.zip"
    bundles = [path for path in Path(folder).glob("*.zip") if path.name.endswith(ours)]
    for bundle in bundles:
        with tempfile.TemporaryDirectory() as name:
            root = unpack(bundle, Path(name))
            tried = subprocess.run([*ALONE, sys.executable, "-m", "supply.trial", "--inside", root], check=False)
        if tried.returncode:
            raise SystemExit(f"{bundle.name}：没有通过")
        print(f"{bundle.name}：在没有网络的地方解压、启动、评分、打开页面，都行")
    if not bundles:
        print("没有这台机器的离线包可试")


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(Path(sys.argv[2]))
    else:
        main(sys.argv[1])
