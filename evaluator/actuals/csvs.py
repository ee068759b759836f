"""CSV as people and programs write it: how a file is to be cut into cells, and texts that no spreadsheet will run."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evaluator.actuals.resultheadings import find_head, read_heading
from evaluator.files.snapshot import opened

DELIMITERS = (",", ";", "\t")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
ENCODINGS = "UTF-8、GB18030，或带 BOM 的 UTF-16"
BLOCK = 1 << 20
LONGEST = 1_000_000  # characters of a line
LOOKED_AT = 30  # records at the top of a file that tell how it is cut
_SEP = re.compile(r'"?sep=(.)"?[,;\t]*\r?\n?', re.IGNORECASE)
_BLANKS = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# what a spreadsheet runs: a text that begins so, also in full-width letters, whatever blanks come first
RUNS = f"^'*[{_BLANKS}]*[=+\\-@\t\r＝＋－＠]"
CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_RUNS, _CONTROLS = re.compile(RUNS), re.compile(CONTROLS)
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?%?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written: encoding, what stands between cells, lines before the first, whether it has quotes."""

    encoding: str
    delimiter: str
    skip: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first and last line as an editor counts them, and its cells."""

    line: int
    last: int
    cells: list[str]


def dialect_of(path: Path) -> Dialect | None:
    """How a file is written; None where its encoding is not known. Memory: a block. Raises Refused."""
    found = _encoding(path)
    if found is None:
        return None
    encoding, quoted = found
    with _text(path, encoding) as stream:
        first = stream.readline(20)
    if told := _SEP.fullmatch(first):
        return Dialect(encoding, told[1], 1, quoted)
    return Dialect(encoding, _delimiter(path, encoding, first), 0, quoted)


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        yield text


def _encoding(path: Path) -> tuple[str, bool] | None:
    """The encoding that the whole file is in, and whether it has a quotation mark."""
    with opened(path) as stream:
        start = stream.read(4)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), "")
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        decoder, quoted = codecs.getincrementaldecoder(encoding)(), False
        with opened(path) as stream:
            try:
                while block := stream.read(BLOCK):
                    decoder.decode(block)
                    quoted = quoted or b'"' in block
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
        return encoding, quoted
    return None


def _delimiter(path: Path, encoding: str, first: str) -> str:
    """What stands between cells: what makes the most known headings of a record near the top, else the most common."""

    def known(delimiter: str) -> int:
        dialect = Dialect(encoding, delimiter, 0, True)
        most = 0
        try:
            for record in islice(records(path, dialect), LOOKED_AT):
                most = max(most, sum(bool(read_heading(cell).field) for cell in record.cells))
        except csv.Error:
            pass
        return most

    return max(DELIMITERS, key=lambda one: (known(one), first.count(one)))


def records(path: Path, dialect: Dialect) -> Iterator[Record]:
    """The records of a file, one after another; raises csv.Error at what is no CSV, and Refused."""
    with _text(path, dialect.encoding) as stream:
        for _ in range(dialect.skip):
            stream.readline()
        reader = csv.reader(_lines(stream), delimiter=dialect.delimiter, strict=True)
        last = 0
        for cells in reader:
            at, last = last + 1, reader.line_num
            yield Record(at + dialect.skip, last + dialect.skip, [restored(cell) for cell in cells])


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    while line := stream.readline(LONGEST + 1):
        if len(line) > LONGEST:
            raise csv.Error(f"一行多于 {LONGEST} 个字")
        yield line


def head_of(path: Path, dialect: Dialect) -> tuple[Record | None, Record | None]:
    """The record of headings of a file and the one after it; raises csv.Error and Refused."""
    top = list(islice(records(path, dialect), LOOKED_AT))
    at = find_head(record.cells for record in top)
    if at is None:
        at = next((i for i, record in enumerate(top) if any(cell.strip() for cell in record.cells)), None)
    if at is None:
        return None, None
    return top[at], next(iter(top[at + 1 :]), None)


def harmless(text: str) -> str:
    """A text as it is written to CSV: one that a spreadsheet would run gets a ' before it, control characters are dropped.

    Numbers stay numbers (-3.2, 95%). `restored` takes the mark away again.
    """
    kept = _CONTROLS.sub("", text)
    return f"'{kept}" if _RUNS.match(kept) and not _PLAIN_NUMBER.fullmatch(kept) else kept


def restored(text: str) -> str:
    """A text as it was before `harmless` marked it."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text
