"""What a file may be before anything reads it: size, zip and XML bounds, and a fenced process for what cannot be bounded.

Every refusal is a `Refused`; whoever reads a file turns it into a coded problem at one place.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

LARGEST = 50_000_000  # bytes of a file
PARTS = 5_000  # parts of a zip archive
UNPACKED = 300_000_000  # bytes of all parts together
PART = 150_000_000  # bytes of one XML part
RATIO, RATIO_FROM = 300, 30_000_000  # a part this many times larger than packed is a bomb, once it is this large
ELEMENTS, EVENTS = 2_000_000, 300_000  # XML elements of a file, and those that a reader looks at one by one
HELD = 3_000_000  # tags and attributes held in memory at one time
MEMORY = 450_000_000  # bytes the fenced process may use
SECONDS, PER_STEP = 3.5, 0.1  # the time the fenced process may take, and more for each step it tells of

OPEN, LARGE, KIND, UNSUPPORTED, LOCKED, BROKEN, DECLARED, SCANNED, ENCODING, UNCOMPUTED, EMPTY = (
    f"D{number}" for number in range(101, 112)
)


class Refused(Exception):
    """A file, or a place in it, that is not read: the problem's code, what is wrong and what is allowed."""

    def __init__(
        self, code: str, says: str, allowed: str = "", *, line: int = 0, sheet: str = "", cell: str = ""
    ) -> None:
        super().__init__(says)
        self.code, self.says, self.allowed = code, says, allowed
        self.line, self.sheet, self.cell = line, sheet, cell


def take(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file that is not too large."""
    try:
        if not path.is_file():
            raise Refused(OPEN, "文件无法打开（不存在，或不是普通文件）")
        with path.open("rb") as stream:
            raw = stream.read(largest + 1)
            size = os.fstat(stream.fileno()).st_size
    except (OSError, ValueError) as error:
        raise Refused(OPEN, f"文件无法打开（{getattr(error, 'strerror', None) or error}）") from error
    if len(raw) > largest:
        raise Refused(LARGE, f"文件过大（{size} 字节）", f"至多 {largest} 字节")
    return raw


@contextmanager
def archive_errors() -> Iterator[None]:
    """Turn what zipfile raises for a broken archive into a refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused(BROKEN, "文件已损坏或不完整（压缩包无法解开）", "重新保存或重新传送文件") from error


class Package:
    """An Office archive whose parts are few and small enough, lie inside it and declare no document type.

    Its XML is read without entities and without the network; `elements` counts those read so far.
    """

    def __init__(self, raw: bytes, parts: int = PARTS, unpacked: int = UNPACKED) -> None:
        self.elements = self.told = 0
        if (listed := raw.count(b"PK\1\2")) > parts:  # counted before zipfile makes an object of each
            raise Refused(LARGE, f"压缩包内部件过多（{listed} 个）", f"至多 {parts} 个")
        with archive_errors():
            self.archive = zipfile.ZipFile(io.BytesIO(raw))
            entries = self.archive.infolist()
            if sum(entry.file_size for entry in entries) > unpacked:
                raise Refused(LARGE, "解压后过大", f"至多 {unpacked} 字节")
            for entry in entries:
                _allowed(entry)
            self.marked: list[str] = []  # the parts that are XML, by what they begin with
            for entry in entries:
                with self.archive.open(entry) as stream:
                    head = stream.read(4_000)
                if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"<":
                    self.marked.append(entry.filename)
                    _declares(head)
        self.names = set(self.archive.NameToInfo)

    def xml(self, name: str) -> Any:
        """The root element of a small XML part (relations, styles, names); an empty element when there is no such part."""
        from lxml import etree

        if name not in self.names:
            return etree.Element("none")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        with archive_errors(), self.archive.open(name) as stream:
            source = Metered(stream, self)
            while chunk := source.read():
                parser.feed(chunk)
        return parser.close()

    def events(self, name: str, tags: tuple[str, ...]) -> Iterator[tuple[Any, Metered]]:
        """The finished elements of a large XML part with these local names, in order, each to be released when done."""
        from lxml import etree

        if name not in self.names:
            raise Refused(BROKEN, f"文件缺少部件 {name[:80]}")
        settings = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
        with archive_errors(), self.archive.open(name) as stream:
            source = Metered(stream, self)
            found = etree.iterparse(source, events=("end",), tag=["{*}" + tag for tag in tags], **settings)
            for _, element in found:
                self.told += 1
                if self.told > EVENTS:
                    raise Refused(LARGE, f"内容过多（{name[:80]}）", f"至多 {EVENTS} 段")
                yield element, source


class Metered:
    """A part of a package that refuses to be read beyond its bounds."""

    def __init__(self, stream: IO[bytes], package: Package) -> None:
        self.stream, self.package = stream, package
        self.bytes, self.held, self.tail = 0, 0, b""

    def read(self, size: int = 65_536) -> bytes:
        """The next bytes, counted and looked through."""
        with archive_errors():
            chunk = self.stream.read(size)
        marks = chunk.count(b"<") + chunk.count(b"=")
        self.bytes += len(chunk)
        self.held += marks
        self.package.elements += chunk.count(b"<") - chunk.count(b"</")
        if self.bytes > PART or self.held > HELD or self.package.elements > ELEMENTS:
            raise Refused(LARGE, "内容过多（文件或其中一段的标记过多）", "拆分文件，或把内容复制到新文件后再导入")
        _declares(self.tail + chunk)
        self.tail = chunk[-40:]
        return chunk

    def release(self, element: Any) -> None:
        """Let go of an element and of all before it, so that memory does not grow with the document."""
        element.clear()
        while (earlier := element.getprevious()) is not None:
            element.getparent().remove(earlier)
        self.held = 0


def _allowed(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name:
        raise Refused(BROKEN, f"压缩包内的名称指向包外（{entry.filename[:80]!r}），拒绝读取")
    if entry.flag_bits & 1:
        raise Refused(LOCKED, "压缩包已加密", "去掉密码后另存")
    if entry.file_size > max(RATIO_FROM, RATIO * entry.compress_size):
        raise Refused(LARGE, f"压缩比异常（{entry.filename[:80]!r}），可能是压缩炸弹")


def _declares(chunk: bytes) -> None:
    plain = chunk.replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise Refused(DECLARED, "XML 含有文档类型声明或实体声明，拒绝读取", "在 Word 或 Excel 中另存后再导入")


def fenced(module: str, raw: bytes) -> Iterator[str]:
    """The lines a module run as a process of its own prints about `raw`, within bounds of time and memory.

    A C library that hangs, swells or crashes on a hostile file takes only that process with it. The process may take
    SECONDS, and PER_STEP more for each line it has printed.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONIOENCODING": "utf-8"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", module]
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
    started, told, late, over = time.monotonic(), 0, threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if time.monotonic() - started > SECONDS + PER_STEP * told:
                late.set()
                child.kill()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert child.stdin and child.stdout
    try:
        try:
            child.stdin.write(raw)
            child.stdin.close()
        except OSError:  # the process is gone already; its exit code says why
            pass
        for line in child.stdout:
            told += 1
            yield line.decode()
        code = child.wait()
    finally:
        over.set()
        child.kill()
        child.wait()
        child.stdout.close()
        watcher.join()
    if late.is_set():
        raise Refused(LARGE, "读取超时，文件内容异常复杂", "打印为新的 PDF 后再导入")
    if code:
        raise Refused(BROKEN, "文件已损坏，或读取它需要的内存过多", "重新生成文件后再导入")


def fence_memory() -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
