"""What a file may be before anything reads it: size, zip and XML bounds, and a fenced process for what cannot be bounded.

Every refusal is a `Refused`; whoever reads a file turns it into a coded problem at one place.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import signal
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from evaluator.files.snapshot import ENCODING, LARGE, LARGEST, OPEN, Refused, take

__all__ = ["ENCODING", "LARGE", "LARGEST", "OPEN", "Refused", "take"]  # who reads documents asks here alone

PARTS = 5_000  # parts of a zip archive
UNPACKED = 300_000_000  # bytes of all parts together
PART = 150_000_000  # bytes of one XML part
RATIO, RATIO_FROM = 300, 30_000_000  # a part this many times larger than packed is a bomb, once it is this large
ELEMENTS, EVENTS = 2_000_000, 300_000  # XML elements of a file, and those that a reader looks at one by one
HELD = 3_000_000  # tags and attributes held in memory at one time
MEMORY, SECONDS = 450_000_000, 7  # bytes and seconds of processor time the fenced process may use
TOLD = 100_000_000  # bytes it may tell
SPENT = [
    -getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)
]  # how it ends when its time is spent
WIDE = 0xFFFFFFFF  # what a part of a zip archive says of its size when it is told elsewhere
SAID = re.compile(r"""\ufeff?<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)""")
NAMED = {"utf-8": ("utf-8", "utf8", "us-ascii", "ascii"), "utf-16": ("utf-16", "utf-16le", "utf-16be")}
XML_ENCODINGS, RESAVE = "UTF-8 或 UTF-16", "在 Word、Excel 或 WPS 中另存后再导入"
SETTINGS: dict[str, Any] = {
    "encoding": "utf-8", "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False,
    "remove_comments": True, "remove_pis": True,  # a text that one of them stands in is one text
}  # fmt: skip

KIND, UNSUPPORTED, LOCKED, BROKEN, DECLARED, SCANNED, UNCOMPUTED, EMPTY = (
    f"D{number}" for number in (103, 104, 105, 106, 107, 108, 110, 111)
)


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
            _in_order(raw, entries, self.archive.start_dir)
            self.marked: list[str] = []  # the parts that are XML, by what they begin with
            for entry in entries:
                with self.archive.open(entry) as stream:
                    head = stream.read(4_000)
                if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"<":
                    self.marked.append(entry.filename)
                    encoding_of(head)
                    _declares(head)
        self.names = set(self.archive.NameToInfo)

    def xml(self, name: str) -> Any:
        """The root element of a small XML part (relations, styles, names); an empty element when there is no such part."""
        from lxml import etree

        if name not in self.names:
            return etree.Element("none")
        parser = etree.XMLParser(**SETTINGS)
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
        with archive_errors(), self.archive.open(name) as stream:
            source = Metered(stream, self)
            found = etree.iterparse(source, events=("end",), tag=["{*}" + tag for tag in tags], **SETTINGS)
            for _, element in found:
                self.told += 1
                if self.told > EVENTS:
                    raise Refused(LARGE, f"内容过多（{name[:80]}）", f"至多 {EVENTS} 段")
                yield element, source


class Metered:
    """An XML part of a package as UTF-8, which refuses to be read beyond its bounds."""

    def __init__(self, stream: IO[bytes], package: Package) -> None:
        self.stream, self.package = stream, package
        self.bytes, self.held, self.tail = 0, 0, b""
        self.decoder: codecs.IncrementalDecoder | None = None

    def read(self, size: int = 65_536) -> bytes:
        """The next bytes, counted and looked through."""
        with archive_errors():
            chunk = self.stream.read(size)
        self.bytes += len(chunk)
        if not self.decoder:
            self.decoder = codecs.getincrementaldecoder(encoding_of(chunk))()
        try:
            chunk = self.decoder.decode(chunk, not chunk).encode()
        except UnicodeError as error:
            raise Refused(ENCODING, "XML 部件的文字编码有误", XML_ENCODINGS) from error
        marks = chunk.count(b"<") + chunk.count(b"=")
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


def encoding_of(head: bytes) -> str:
    """The encoding of an XML part by its first bytes, UTF-8 or UTF-16, which what it says of itself must agree with.

    In any other encoding the bytes that the guard looks through are not the text that the parser would see.
    """
    if head.startswith((b"\xff\xfe\0\0", b"\0\0")):
        raise Refused(ENCODING, "XML 部件的文字编码是 UTF-32，拒绝读取", XML_ENCODINGS)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        family = encoding = "utf-16"
    elif head.startswith((b"<\0", b"\0<")):
        family, encoding = "utf-16", "utf-16-le" if head[0] else "utf-16-be"
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b""):
        family, encoding = "utf-8", "utf-8-sig"
    else:
        raise Refused(BROKEN, "XML 部件不以标记开头", RESAVE)
    said = SAID.match(head[:400].decode(encoding, "replace"))
    if said and said[1].lower() not in NAMED[family]:
        raise Refused(ENCODING, f"XML 部件说它的文字编码是 {said[1][:40]!r}，拒绝读取", XML_ENCODINGS)
    return encoding


def _in_order(raw: bytes, entries: list[zipfile.ZipInfo], end: int) -> None:
    """The parts stand one after another from the first byte, each once, and each says of itself what the directory says."""
    seen: set[str] = set()
    past = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        name = entry.filename.replace("\\", "/").casefold()
        head = raw[entry.header_offset :][:30]
        if name in seen or entry.orig_filename != entry.filename:
            raise Refused(BROKEN, f"压缩包内名称重复或有误（{entry.filename[:80]!r}），拒绝读取", RESAVE)
        if entry.header_offset < past or len(head) < 30 or (not seen and entry.header_offset):
            raise Refused(BROKEN, f"压缩包内部件相互重叠（{entry.filename[:80]!r}），拒绝读取", RESAVE)
        flags, method, packed, size, named, extra = struct.unpack("<6xHH8xLLHH", head)
        stated = (method, packed, size) if not flags & 8 and WIDE not in (packed, size) else (method,)
        if stated != (entry.compress_type, entry.compress_size, entry.file_size)[: len(stated)]:
            raise Refused(BROKEN, f"压缩包的目录与部件不符（{entry.filename[:80]!r}），拒绝读取", RESAVE)
        seen.add(name)
        past = entry.header_offset + 30 + named + extra + entry.compress_size
    if past > end:
        raise Refused(BROKEN, "压缩包内部件相互重叠，拒绝读取", RESAVE)


def _allowed(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(BROKEN, f"压缩方式不受支持（{entry.filename[:80]!r}）", RESAVE)
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
    """The lines a module run as a process of its own prints about `raw`, within bounds of work and memory.

    A C library that hangs, swells or crashes on a hostile file takes only that process with it. What is bounded is the
    processor time, not the time of day: on a busy machine the same file is read as on an idle one.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONIOENCODING": "utf-8"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", module]
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
    assert child.stdin and child.stdout
    try:
        try:
            child.stdin.write(raw)
            child.stdin.close()
        except OSError:  # the process is gone already; its exit code says why
            pass
        told = 0
        for line in child.stdout:
            if (told := told + len(line)) > TOLD:
                raise Refused(LARGE, "内容过多", "拆分文件后再导入")
            yield line.decode()
        code = child.wait()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    if code in SPENT:
        raise Refused(LARGE, "文件内容异常复杂，无法读取", "打印为新的 PDF 后再导入")
    if code:
        raise Refused(BROKEN, "文件已损坏，或读取它需要的内存过多", "重新生成文件后再导入")


def fence() -> None:
    """Bound the memory and the processor time of this process, where the system can (Windows cannot: there counts alone bound)."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        allowed = resource.getrlimit(what)[1]
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (bound, bound))
