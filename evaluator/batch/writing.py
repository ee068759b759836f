"""Results as Parquet and CSV: exact decimals, whole files or none."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from evaluator.actuals.csvs import CONTROLS, RUNS, harmless
from evaluator.batch.columns import OUTPUT
from evaluator.batch.texts import TextColumn
from evaluator.files.plain import dumps
from evaluator.files.publish import whole

BOM = b"\xef\xbb\xbf"
# the first bytes of texts that a spreadsheet might run: signs, ' and blanks, and of their full-width forms and other blanks
FIRST = np.zeros(256, dtype=bool)
FIRST[[*range(0x21), *b"=+-@'\x7f", 0xC2, 0xE1, 0xE2, 0xE3, 0xEF]] = True
# columns that are smaller without a dictionary: zstd sees their texts in order
MOSTLY_NEW = ("unit_code", "unit", "project_code", "project", "says")


def decimals(values: Any, places: int, missing: Any = None, digits: int = 9) -> pa.Array:
    """Whole numbers as decimals with so many places, exactly: 1250 with 2 is 12.50; null where `missing`."""
    whole = np.ascontiguousarray(values, dtype=np.int64)
    both = np.empty((len(whole), 2), dtype=np.int64)
    both[:, 0], both[:, 1] = whole, whole >> 63
    # booleans of arrow are packed as its validity maps are
    valid = None if missing is None else pa.array(~missing).buffers()[1]
    kind = pa.decimal128(digits, places)
    return pa.Array.from_buffers(kind, len(whole), [valid, pa.py_buffer(both)])


def trimmed(values: Any, places: int) -> pa.Array:
    """The same as texts without zeros at the end: 1250 with 2 is 12.5."""
    return pc.replace_substring_regex(decimals(values, places, digits=18).cast(pa.string()), r"\.?0+$", "")


def texts(column: TextColumn, rows: Any = slice(None)) -> pa.DictionaryArray:
    """A column of texts, as a dictionary."""
    codes = np.ascontiguousarray(column.codes[rows], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), column.array)


def write_parquet(folder: Path, number: int, columns: Mapping[str, Any] | pa.Table) -> Path:
    """One part of a result, put in place when it is whole; returns its file."""
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    repeated = [name for name in table.column_names if name not in MOSTLY_NEW]
    path = folder / f"part-{number:05}.parquet"
    with whole(path) as fresh:
        pq.write_table(
            table, fresh, compression="zstd", compression_level=1, use_dictionary=repeated,
            store_decimal_as_integer=True, write_statistics=False,
        )  # fmt: skip
    return path


def write_csv(path: Path, sources: list[Path], threads: int = 1) -> None:
    """Parquet files of one result as a CSV with Chinese headings, for Excel; as many in memory as there are threads."""
    with whole(path) as fresh, fresh.open("wb") as stream, ThreadPoolExecutor(threads) as pool:
        names = pq.read_schema(sources[0]).names
        stream.write(BOM + (",".join(OUTPUT.get(name, name) for name in names) + "\r\n").encode())
        for start in range(0, len(sources), threads):
            for lines in pool.map(_csv_of, sources[start : start + threads]):
                stream.write(lines)


def _csv_of(source: Path) -> pa.Buffer:
    return csv_lines(pq.read_table(source, use_threads=False))


def csv_lines(table: pa.Table) -> pa.Buffer:
    """The rows of a table as CSV, without headings."""
    plain = [pa.string() if pa.types.is_dictionary(one.type) else one.type for one in table.schema]
    table = table.cast(pa.schema(list(zip(table.column_names, plain, strict=True))))
    for place, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            table = table.set_column(place, table.column_names[place], _harmless(column))
    lines = pa.BufferOutputStream()
    pacsv.write_csv(table, lines, pacsv.WriteOptions(include_header=False, quoting_style="needed"))
    return lines.getvalue()


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as `harmless` makes them; only those with a byte that could matter are looked at."""
    chunks = [_harmless_of(chunk) for chunk in column.chunks]
    return pa.chunked_array(chunks, pa.string())


def _harmless_of(texts: pa.Array) -> pa.Array:
    """One array of texts; whole control bytes are looked for in all of them at once, what runs at the beginning of each."""
    lengths = np.asarray(pc.fill_null(pc.binary_length(texts), 0))
    buffer = texts.buffers()[2]
    if buffer is None or not lengths.any():
        return texts
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    whole = np.frombuffer(buffer, np.uint8)
    told = whole[offsets[0] : offsets[-1]]
    doubtful = np.zeros(len(texts), dtype=bool)
    given = np.flatnonzero(lengths)
    doubtful[given] = FIRST[whole[offsets[:-1][given]]]
    patterns = [RUNS]
    if told.min() < 0x20 or (told == 0x7F).any() or (told == 0xC2).any():  # C1 controls begin with C2
        doubtful[given] = True
        patterns.append(CONTROLS)
    at = np.flatnonzero(doubtful)
    subset = texts.take(pa.array(at))
    at = at[np.logical_or.reduce([np.asarray(pc.match_substring_regex(subset, one)) for one in patterns])]
    if not len(at):
        return texts
    mask = np.zeros(len(texts), dtype=bool)
    mask[at] = True
    made = [harmless(text) for text in texts.take(pa.array(at)).to_pylist()]
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(made, pa.string()))


def write_json(path: Path, content: Any) -> None:
    """A small file, put in place when it is whole."""
    with whole(path) as fresh:
        fresh.write_text(dumps(content), encoding="utf-8")
