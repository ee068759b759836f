"""Input files become pieces of Parquet, and pieces become parts that can be scored apart from one another.

What is judged together is one unit's year. A unit whose rows lie in several pieces is scored in one of them, which
fetches the rows from the others: so the results cannot depend on how the files are cut.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from evaluator.batch.columns import INPUT, KEYS, field_of
from evaluator.batch.text import Text, joint, text_of
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where
from evaluator.files import Refused, regular
from evaluator.intake.sheets import read_sheets
from evaluator.publish import whole

SUFFIXES = (".parquet", ".csv", ".xlsx")
COLUMNS = 1_000  # of a text file
STAGED = 250_000  # rows of a group when text files are rewritten


@dataclass(frozen=True, slots=True)
class Piece:
    """Row groups of one Parquet file, and where their rows stood: file as people know it, number before the first."""

    path: str
    groups: tuple[int, ...]
    shown: str
    before: int
    rows: int


@dataclass(frozen=True, slots=True)
class Part:
    """What is scored in one go: a piece without the units that are scored elsewhere, and rows fetched from others."""

    number: int
    piece: Piece
    leave: tuple[str, ...]
    fetch: tuple[tuple[Piece, tuple[str, ...]], ...]

    def as_json(self) -> dict[str, Any]:
        """The part as plain data, as `of` reads it."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Part:
        """A part from its JSON."""

        def piece(told: dict[str, Any]) -> Piece:
            return Piece(**{**told, "groups": tuple(told["groups"])})

        fetch = tuple((piece(one), tuple(keys)) for one, keys in data["fetch"])
        return cls(data["number"], piece(data["piece"]), tuple(data["leave"]), fetch)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a text file that could not even be cut into cells."""

    file: str
    row: int
    reason: str


def find_files(inputs: Iterable[Path]) -> list[Path]:
    """The files named and those in the folders named, in order; raises UsageProblem (U501) when there are none."""
    found: list[Path] = []
    for one in inputs:
        if not one.exists():
            raise UsageProblem([Problem("U501", f"没有“{one}”", None, "Parquet、CSV、xlsx 文件或它们所在的目录")])
        below = sorted(path for path in one.rglob("*") if not path.is_dir()) if one.is_dir() else [one]
        found += [path for path in below if path.suffix.lower() in SUFFIXES and path.name[0] not in "._~"]
    if not found:
        raise UsageProblem([Problem("U501", "没有可以评分的文件", None, "Parquet、CSV、xlsx 文件或它们所在的目录")])
    return found


def names_of(path: Path, headings: Iterable[str]) -> dict[str, str]:
    """The input columns of a file: heading -> code; raises ActualsProblems (U502) when one is missing or there twice."""
    named: dict[str, str] = {}
    for heading in headings:
        if (name := field_of(heading)) and name in named.values():
            raise ActualsProblems([Problem("U502", f"“{heading}”与另一栏重复", Where(str(path)))])
        if name:
            named[heading] = name
    inherited = {part.partition("=")[0] for part in path.parts if "=" in part}
    missing = [f"{c.name}（{c.headings[0]}）" for c in INPUT.values() if c.needed and c.name not in {*named.values(), *inherited}]  # fmt: skip
    if missing:
        raise ActualsProblems([Problem("U502", f"缺少栏目：{'、'.join(missing)}", Where(str(path)))])
    return named


def pieces_of(path: Path, staging: Path, rows: int, bad: list[BadLine]) -> Iterator[Piece]:
    """A file as pieces of about so many rows; text files are first rewritten as Parquet in the staging folder.

    Raises ActualsProblems (U502 to U505, U510) when it cannot be read.
    """
    try:
        regular(path)
    except Refused as refused:
        raise ActualsProblems([Problem("U503", refused.says, Where(str(path)))]) from None
    parquet = path
    if path.suffix.lower() != ".parquet":
        parquet = staging / f"{path.stem}-{crc32(str(path.absolute()).encode()):08x}.parquet"
        try:
            _stage(path, parquet, bad)
        except (pa.ArrowException, csv.Error) as error:
            raise ActualsProblems([Problem("U503", f"不是有效的表（{error}）", Where(str(path)))]) from None
    try:
        meta = pq.ParquetFile(parquet).metadata
        schema = meta.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        raise ActualsProblems([Problem("U503", f"不是 Parquet 文件（{error}）", Where(str(path)))]) from None
    nested = [heading for heading in names_of(path, schema.names) if pa.types.is_nested(schema.field(heading).type)]
    if nested:
        says = f"“{'”、“'.join(nested)}”一格里有好几个值"
        raise ActualsProblems([Problem("U510", says, Where(str(path)), "一格一个值：文字、数、日期")])
    groups: list[int] = []
    before = held = 0
    for number in range(meta.num_row_groups):
        size = meta.row_group(number).num_rows
        if groups and held + size > rows:
            yield Piece(str(parquet), tuple(groups), str(path), before, held)
            before, held, groups = before + held, 0, []
        groups.append(number)
        held += size
    if held:
        yield Piece(str(parquet), tuple(groups), str(path), before, held)


def parts_of(pieces: list[Piece]) -> list[Part]:
    """Give every unit's year to one piece; reads only the key columns. Memory: the distinct units.

    Raises ActualsProblems (U504) when there are no rows at all.
    """
    if not pieces:
        raise ActualsProblems([Problem("U504", "表中没有行")])
    at: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        for key in keys_of(read_piece(piece, KEYS)).words:
            at.setdefault(key, []).append(number)
    leave: list[list[str]] = [[] for _ in pieces]
    fetch: list[dict[int, list[str]]] = [{} for _ in pieces]
    for key, numbers in at.items():
        owner = numbers[crc32(key.encode()) % len(numbers)]
        for other in (number for number in numbers if number != owner):
            leave[other].append(key)
            fetch[owner].setdefault(other, []).append(key)
    return [
        Part(
            number,
            piece,
            tuple(leave[number]),
            tuple((pieces[other], tuple(keys)) for other, keys in sorted(fetch[number].items())),
        )
        for number, piece in enumerate(pieces)
    ]


def read_piece(piece: Piece, wanted: Iterable[str] = tuple(INPUT)) -> pa.Table:
    """The rows of a piece: input columns as dictionaries of texts under their codes, absent ones left out.

    Raises ActualsProblems (U503) where a column cannot be read.
    """
    file = pq.ParquetFile(piece.path)
    named = names_of(Path(piece.shown), file.schema_arrow.names)
    named = {heading: name for heading, name in named.items() if name in wanted}
    texts = [heading for heading in named if pa.types.is_string(file.schema_arrow.field(heading).type)]
    file = pq.ParquetFile(piece.path, read_dictionary=texts)
    made = {}
    for heading, name in named.items():  # one after another: only one column is in memory as it was stored
        try:
            column = file.read_row_groups(list(piece.groups), columns=[heading], use_threads=False).column(0)
            made[name] = as_texts(column)
        except (pa.ArrowException, OSError) as error:
            raise ActualsProblems([Problem("U503", f"“{heading}”一栏读不出（{error}）", Where(piece.shown))]) from None
    for name, value in (part.split("=", 1) for part in Path(piece.shown).parts if "=" in part):
        if (code := field_of(name)) in wanted and code not in made:
            made[code] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(piece.rows, np.int32)), pa.array([value]))
    return pa.table(made)


def as_texts(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of any plain type as one dictionary of texts; raises ArrowInvalid where a text is not UTF-8."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = unbroken(column)
    words = whole.dictionary.cast(pa.string())
    words.validate(full=True)
    return pa.DictionaryArray.from_arrays(whole.indices.cast(pa.int32()), words)


def unbroken(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of dictionaries as one array; the column's own where it is one already."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.unify_dictionaries().chunks)


def keys_of(table: pa.Table) -> Text:
    """The unit's year of every row as one text, `2023|110101`."""
    year, unit = (text_of(unbroken(table.column(name))) for name in KEYS)
    key, first = joint(year.key, unit.key)
    return Text(key, [f"{year.at(row)}|{unit.at(row)}" for row in first.tolist()])


# ---- text files --------------------------------------------------------------------------------------------------


def _stage(path: Path, parquet: Path, bad: list[BadLine]) -> None:
    """Rewrite a CSV or xlsx file as Parquet, all columns as text, in constant memory."""
    batches = _csv(path, bad) if path.suffix.lower() == ".csv" else _xlsx(path)
    writer: pq.ParquetWriter | None = None
    with whole(parquet) as fresh:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            writer = writer or pq.ParquetWriter(fresh, table.schema)
            writer.write_table(table, row_group_size=STAGED)
        if writer is None:
            raise ActualsProblems([Problem("U504", "表中没有行", Where(str(path)))])
        writer.close()


def _csv(path: Path, bad: list[BadLine]) -> Iterator[pa.RecordBatch]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        head = next(csv.reader(stream), [])
    if len(head) > COLUMNS:
        raise ActualsProblems([Problem("U503", f"栏目过多（{len(head)} 栏）", Where(str(path)), f"至多 {COLUMNS} 栏")])
    names_of(path, head)
    seen = 0

    def skip(line: Any) -> str:
        says = f"应有 {line.expected_columns} 栏，实有 {line.actual_columns} 栏：{line.text[:80]}"
        bad.append(BadLine(str(path), line.number or 0, says))
        return "skip"

    with pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(encoding=encoding, block_size=32 << 20, use_threads=False),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(
            column_types={heading: pa.string() for heading in head}, strings_can_be_null=False
        ),
    ) as reader:
        for batch in reader:
            seen += batch.num_rows
            yield batch


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else GB18030; raises ActualsProblems (U505) when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding) as stream:
                while stream.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return "utf-8" if encoding == "utf-8-sig" else encoding
    raise ActualsProblems([Problem("U505", "文字编码无法识别", Where(str(path)), "UTF-8 或 GB18030")])


def _xlsx(path: Path) -> Iterator[pa.RecordBatch]:
    """The first sheet that has the columns."""
    sheets, problems = read_sheets(path, str(path))
    if problems:
        large = "在 Excel 中另存为“CSV UTF-8”再评分"
        raise ActualsProblems(replace(one, allowed=large) if one.code == "A202" else one for one in problems)
    for rows in (sheet.rows for sheet in sheets):
        for at, head in enumerate(rows[:10]):
            named = [field_of(str(cell)) if cell else "" for cell in head]
            if {"target", "actual"} <= set(named):
                body = [row for row in rows[at + 1 :] if any(row)]
                columns = {
                    name: pa.array([str(row[i] or "") if i < len(row) else "" for row in body], pa.string())
                    for i, name in enumerate(named)
                    if name
                }
                yield pa.record_batch(columns)
                return
    raise ActualsProblems([Problem("U502", "没有找到栏目“指标值”和“实际完成值”", Where(str(path)))])
