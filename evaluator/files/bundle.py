"""A zip whose first part lists the SHA-256 of all the others: what is handed from one machine to another, or kept as a backup.

    摘要清单.txt     one line a part: digest, two blanks, name

The same parts give the same bytes. What comes back is taken whole, every part as it is listed, or refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from evaluator.errors import Problem, UsageProblem
from evaluator.files.snapshot import sha256

DIGESTS = "摘要清单.txt"
FIXED = (2020, 1, 1, 0, 0, 0)  # the date of everything in it: when it was packed is no part of its content
PARTS, UNPACKED = 20_000, 600_000_000  # parts of a bundle, and bytes of all together
DEEP, NAMED = 12, 240  # folders of a part, and bytes of one name in its path
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')


def bundled(files: Mapping[str, bytes]) -> bytes:
    """Files by their names in the bundle, as one zip with the list of their digests."""
    lines = (f"{sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {DIGESTS: "".join(lines).encode(), **dict(sorted(files.items()))}.items():
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, data)
    return out.getvalue()


def unbundled(data: bytes) -> dict[str, bytes]:
    """The files of a bundle by name; raises UsageProblem (U391) where it is none, or a part is not what is listed."""
    try:
        files = dict(_parts(data))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _refused("不是这个程序打的包，或没有传完整") from None
    listed = files.pop(DIGESTS, b"")
    try:
        lines = [line.split("  ", 1) for line in listed.decode().splitlines()]
        known = {name: digest for digest, name in lines}
    except (UnicodeDecodeError, ValueError):
        raise _refused(f"{DIGESTS}读不了") from None
    if not known or len(known) != len(lines):
        raise _refused(f"里面没有{DIGESTS}，或清单有重复")
    stray = sorted(files.keys() ^ known.keys())
    changed = [name for name, content in files.items() if known.get(name) != sha256(content)]
    if stray or changed:
        says = f"“{(stray or changed)[0]}”{'与清单对不上' if stray else '打包以后被改过'}"
        raise _refused(says)
    return files


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.count(b"PK\1\2") > PARTS:  # counted before zipfile makes an object of each
        raise _refused(f"里面的文件过多，至多 {PARTS} 个")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > UNPACKED:
            raise _refused(f"解开以后过大，至多 {UNPACKED // 1_000_000} MB")
        seen: set[str] = set()
        for entry in entries:
            if not safe_path(entry.filename) or entry.filename.casefold() in seen or entry.flag_bits & 1:
                raise _refused(f"里面有不能解开的文件名：{entry.filename[:60]!r}")
            seen.add(entry.filename.casefold())
            yield entry.filename, archive.read(entry)


def safe_path(name: str) -> bool:
    """Whether a name leads to a file below the folder it is unpacked into, on every system."""
    parts = name.split("/")
    return len(parts) <= DEEP and all(
        part.strip(" .") and not part.endswith((" ", ".")) and not _FORBIDDEN.search(part)
        and not _RESERVED.fullmatch(part) and len(part.encode(errors="surrogatepass")) <= NAMED
        for part in parts
    )  # fmt: skip


def _refused(says: str) -> UsageProblem:
    return UsageProblem([Problem("U391", f"这个包{says}", remedy="请对方重新打包，原样传来")])
