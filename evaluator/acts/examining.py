"""Whether this machine and this installation can do the work: each thing looked at, how it stands, and the remedy."""

from __future__ import annotations

import platform
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Literal

from evaluator.acts.acting import Sitting, View
from evaluator.errors import EvaluatorError
from evaluator.files.lock import locks_work
from evaluator.findings import rete
from evaluator.records.ledger import Ledger, now
from evaluator.workspace.installed import machine, version_of
from evaluator.workspace.places import product

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 35, 0)
FONTS = ("ZipingSong.otf", "ZipingTitle.otf", "ZipingRare.otf")
EXTRAS = {
    "web": ("fastapi", "工作台（ziping serve）打不开"),
    "sign": ("cryptography", "不能签名（ziping sign、keygen）"),
    "batch": ("pyarrow", "不能批量评分（ziping batch）"),
}
SCARCE, LITTLE = 200_000_000, 1_000_000_000  # bytes free: too few to issue a set of forms; soon too few
SUMS = "SHA256SUMS"  # of an offline bundle, two folders above the environment made from it
BORN = 2024  # this program is no older
AGAIN = "重新安装（离线包：删去其中的 program-… 文件夹，重新解压）"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing looked at: what, how it stands, what was seen, and what to do where it is not well."""

    name: str
    state: Literal["正常", "注意", "问题"]
    says: str
    remedy: str = ""


def doctor(at: Sitting, folder: Path) -> View[list[Observation]]:
    """Look at this machine, this installation, and the folder one works in; to attend to where something is wrong."""
    seen = [
        *_python(),
        *_libraries(),
        *_executor(),
        *_fonts(),
        *_installed(),
        *_bundle(Path(sys.prefix).parents[1]),
        *_folder(folder),
        *_database(at.space.ledger),
        *_clock(at.space.ledger),
    ]
    wrong = any(observation.state == "问题" for observation in seen)
    return View(seen, lambda: [asdict(each) for each in seen], wrong)


def _python() -> Iterator[Observation]:
    says = f"{platform.python_version()}（{machine()}）"
    if sys.version_info < OLDEST_PYTHON:
        yield Observation("Python", "问题", says, "装 Python 3.11 或更新的")
    else:
        yield Observation("Python", "正常", says)


def _libraries() -> Iterator[Observation]:
    """Every library the product is declared to need, and at least the version declared; extras that are not there."""
    try:
        declared = [line for line in metadata.requires("ziping") or () if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        yield Observation("依赖", "问题", "ziping 没有装好，查不到它要用什么", AGAIN)
        return
    wrong = []
    for line in declared:
        if "sys_platform" in line and "python_version" in line:  # durable_rules, where it works: said under 执行器
            continue
        name, least = re.match(r"([\w.-]+)[^>]*(?:>=([\w.]+))?", line).groups()  # type: ignore[union-attr]
        there = version_of(name)
        if not there:
            wrong.append(f"没有装 {name}")
        elif least and _numbers(there) < _numbers(least):
            wrong.append(f"{name} {there}，要 {least} 或更新")
    yield (
        Observation("依赖", "问题", "；".join(wrong), AGAIN)
        if wrong
        else Observation("依赖", "正常", f"{len(declared)} 个都装好了")
    )
    for extra, (name, means) in EXTRAS.items():
        if not version_of(name):
            yield Observation("依赖", "注意", f"没有装 {name}：{means}", f'pip install "ziping[{extra}]"')


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def _executor() -> Iterator[Observation]:
    if rete.available():
        yield Observation("执行器", "正常", "rete（durable_rules）")
    else:
        yield Observation("执行器", "正常", "frame：此处没有 durable_rules，结果相同")


def _fonts() -> Iterator[Observation]:
    folder = product() / "reports" / "fonts"
    lacking = [name for name in FONTS if not (folder / name).is_file() or (folder / name).read_bytes()[:4] != b"OTTO"]
    if lacking:
        yield Observation("字体", "问题", f"PDF 用的字体缺失或损坏：{'、'.join(lacking)}", AGAIN)
    else:
        yield Observation("字体", "正常", "PDF 用自带的字体，不用系统的")


def _installed() -> Iterator[Observation]:
    """Whether the files of the installation are as they were packed."""
    packed = [file for file in metadata.files("ziping") or () if file.hash] if version_of("ziping") else []
    changed = [str(file) for file in packed if _base64(Path(str(file.locate()))) != file.hash.value]  # type: ignore[union-attr]
    if changed:
        yield Observation("程序文件", "问题", f"与装上时不同：{_some(changed)}", AGAIN)
    elif not any(file.parts[0] == "evaluator" for file in packed):
        yield Observation("程序文件", "正常", "由源码运行，不核对")
    else:
        yield Observation("程序文件", "正常", f"{len(packed)} 个文件与装上时相同")


def _base64(path: Path) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(sha256(path.read_bytes()).digest()).decode().rstrip("=") if path.is_file() else ""


def _bundle(folder: Path) -> Iterator[Observation]:
    """Whether the files of an offline bundle are those of its list."""
    if not (folder / SUMS).is_file():
        return
    listed = [line.split(maxsplit=1) for line in (folder / SUMS).read_text("utf-8").splitlines() if line.strip()]
    changed = [
        name
        for digest, name in listed
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()).hexdigest() != digest
    ]
    if changed:
        yield Observation("离线包", "问题", f"缺失或与 {SUMS} 不同：{_some(changed)}", "重新解压离线包")
    else:
        yield Observation("离线包", "正常", f"{len(listed)} 个文件与 {SUMS} 相同")


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:3]) + (f" 等 {len(names)} 个" if len(names) > 3 else "")


def _folder(folder: Path) -> Iterator[Observation]:
    """Whether one may write in the folder, whether it can be locked, and whether there is room."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Observation(
            "权限", "问题", f"不能在“{folder}”里写（{error.strerror}）", "换一个位置，或请管理员给写的权限"
        )
    else:
        yield Observation("权限", "正常", f"能在“{folder}”里写")
        if not locks_work(folder):
            yield Observation(
                "权限", "注意", f"“{folder}”不能加锁（网络文件夹）：一次只能一个人用", "尽量放在本机的盘上"
            )
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    says = f"剩余 {free / 1_000_000_000:.1f} GB"
    if free < SCARCE:
        yield Observation("磁盘", "问题", says, "腾出至少 1 GB")
    elif free < LITTLE:
        yield Observation("磁盘", "注意", says, "腾出至少 1 GB")
    else:
        yield Observation("磁盘", "正常", says)


def _database(ledger: Path) -> Iterator[Observation]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Observation("数据库", "问题", f"SQLite {version} 太旧", "换用较新的 Python（它带着 SQLite）")
    if not ledger.exists():
        yield Observation("数据库", "正常", f"SQLite {version}；还没有台账")
        return
    try:
        with Ledger(ledger) as records:
            wrong = records.altered()
    except EvaluatorError as error:
        wrong = [problem.says for problem in error.problems]
    if wrong:
        yield Observation("数据库", "问题", "；".join(wrong), "ziping verify 逐条核对，从备份恢复")
    else:
        yield Observation("数据库", "正常", f"SQLite {version}；台账的文件完好")


def _clock(ledger: Path) -> Iterator[Observation]:
    """Whether the clock can be right: not before this program was, nor before the last entry of the ledger."""
    time = now()
    try:
        with Ledger(ledger) as records:
            entries = records.entries() if ledger.exists() else []
    except EvaluatorError:
        entries = []
    last = max((datetime.fromisoformat(entry.time) for entry in entries), default=time)
    says = f"现在是 {time.astimezone():%Y-%m-%d %H:%M}"
    if time.year < BORN:
        yield Observation("时钟", "问题", says, "把系统的日期和时间调对")
    elif time < last:
        than = f"，比台账里最近的一条（{last.astimezone():%Y-%m-%d %H:%M}）还早"
        yield Observation("时钟", "问题", says + than, "把系统的日期和时间调对")
    else:
        yield Observation("时钟", "正常", says)
