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

from evaluator.batch.columns import OUTPUT
from evaluator.batch.text import Text
from evaluator.plain import dumps
from evaluator.publish import whole

BOM = b"\xef\xbb\xbf"
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


def texts(column: Text, rows: Any = slice(None)) -> pa.DictionaryArray:
    """A column of texts, as a dictionary."""
    codes = np.ascontiguousarray(column.codes[rows], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), column.array)


def write_parquet(folder: Path, number: int, columns: Mapping[str, Any] | pa.Table) -> None:
    """One part of a result, put in place when it is whole."""
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    repeated = [name for name in table.column_names if name not in MOSTLY_NEW]
    with whole(folder / f"part-{number:05}.parquet") as fresh:
        pq.write_table(
            table, fresh, compression="zstd", compression_level=1, use_dictionary=repeated,
            store_decimal_as_integer=True, write_statistics=False,
        )  # fmt: skip


def write_csv(path: Path, sources: list[Path], threads: int = 1) -> None:
    """Parquet files of one result as a CSV with Chinese headings, for Excel; as many in memory as there are threads."""
    with whole(path) as fresh, fresh.open("wb") as stream, ThreadPoolExecutor(threads) as pool:
        names = pq.read_schema(sources[0]).names
        stream.write(BOM + (",".join(OUTPUT[name] for name in names) + "\r\n").encode())
        for start in range(0, len(sources), threads):
            for lines in pool.map(_csv_of, sources[start : start + threads]):
                stream.write(lines)


def _csv_of(source: Path) -> pa.Buffer:
    return csv_lines(pq.read_table(source, use_threads=False))


def csv_lines(table: pa.Table) -> pa.Buffer:
    """The rows of a table as CSV, without headings."""
    plain = [pa.string() if pa.types.is_dictionary(one.type) else one.type for one in table.schema]
    table = table.cast(pa.schema(list(zip(table.column_names, plain, strict=True))))
    lines = pa.BufferOutputStream()
    pacsv.write_csv(table, lines, pacsv.WriteOptions(include_header=False, quoting_style="needed"))
    return lines.getvalue()


def write_json(path: Path, content: Any) -> None:
    """A small file, put in place when it is whole."""
    with whole(path) as fresh:
        fresh.write_text(dumps(content), encoding="utf-8")
