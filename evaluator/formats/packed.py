"""What a zip says of the machine and the hour it was made, taken out of it: the parts themselves stay as they are packed."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from struct import pack, unpack_from
from zipfile import ZipFile

UNIX = 3  # the system that a zip says it was made on
FIRST = pack("<2H", 0, (2020 - 1980) << 9 | 1 << 5 | 1)  # the first midnight of 2020, as zips tell time


def of_no_system(raw: bytes) -> bytes:
    """A zip that names the same system wherever it was made: Python writes there whether it ran on Windows."""
    content = bytearray(raw)
    for place in _entries(raw):
        content[place + 5] = UNIX
    return bytes(content)


def undated(raw: bytes) -> bytes:
    """A zip that names the same system and the same moment for all its parts, whenever and wherever it was made."""
    content = bytearray(of_no_system(raw))
    for place in _entries(raw):
        (local,) = unpack_from("<L", content, place + 42)
        content[place + 12 : place + 16] = content[local + 10 : local + 14] = FIRST
    return bytes(content)


def _entries(raw: bytes) -> Iterator[int]:
    """Where each entry of a zip's directory begins: 46 bytes and three texts."""
    with ZipFile(BytesIO(raw)) as packed:
        place, count = packed.start_dir, len(packed.infolist())
    for _ in range(count):
        yield place
        place += 46 + sum(unpack_from("<3H", raw, place + 28))
