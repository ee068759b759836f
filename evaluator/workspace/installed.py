"""What is installed here: the versions that a report of a fault has to say, and the machine."""

from __future__ import annotations

import os
import platform
import sqlite3
import struct
from importlib import metadata

LIBRARIES = (
    "durable-rules",
    "pydantic",
    "pandas",
    "typst",
    "fastapi",
)  # what concludes, reads, sums, prints and serves


def version_of(name: str) -> str:
    """The version of a library, '' where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def machine() -> str:
    """The system, its processor and its C library, as wheels are chosen by them."""
    libc = " ".join(platform.libc_ver()).strip()
    return "，".join(filter(None, [platform.system(), platform.machine(), f"{8 * struct.calcsize('P')} 位", libc]))


def versions(ours: str, executor: str) -> list[str]:
    """What a report of a fault has to say, a line each: our version, the machine, what concludes and the libraries."""
    return [
        f"ziping {ours}",
        f"Python {platform.python_version()}，SQLite {sqlite3.sqlite_version}，{machine()}",
        f"执行器 {executor}，" + "，".join(f"{name} {version_of(name) or '没有装'}" for name in LIBRARIES),
    ]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
