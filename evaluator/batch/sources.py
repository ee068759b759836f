"""Input files become pieces of Parquet, and pieces become parts that can be scored apart from one another.

What is judged together is one unit's year. A unit whose rows lie in several pieces is scored in one of them, which
fetches the rows from the others: so the results cannot depend on how the files are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evaluator.actuals.resultheadings import read_heading
from evaluator.batch.astext import as_texts, unbroken
from evaluator.batch.columns import INPUT, KEYS, LINE, WRONG, folders_of, names_of, no_rows, strange_folders
from evaluator.batch.staging import BadLine, Staged, stage
from evaluator.batch.texts import TextColumn, joint, text_of
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where
from evaluator.files.snapshot import Refused, regular

SUFFIXES = (".parquet", ".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class FilePiece:
    """Row groups of one Parquet file, and where their rows stood: file and sheet as people know it, number before the first."""

    path: str
    groups: tuple[int, ...]
    shown: str
    before: int
    rows: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class BatchPart:
    """What is scored in one go: a piece without the units that are scored elsewhere, and rows fetched from others."""

    number: int
    piece: FilePiece
    leave: tuple[str, ...]
    fetch: tuple[tuple[FilePiece, tuple[str, ...]], ...]

    def as_json(self) -> dict[str, Any]:
        """The part as plain data, as `of` reads it."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> BatchPart:
        """A part from its JSON."""

        def piece(told: dict[str, Any]) -> FilePiece:
            return FilePiece(**{**told, "groups": tuple(told["groups"])})

        fetch = tuple((piece(one), tuple(keys)) for one, keys in data["fetch"])
        return cls(data["number"], piece(data["piece"]), tuple(data["leave"]), fetch)


def find_files(inputs: Iterable[Path]) -> list[Path]:
    """The files named and those in the folders named, in order.

    Raises UsageProblem (U501) when there are none, ActualsProblems (A118) for a folder named after an unknown column.
    """
    found: list[Path] = []
    strange: dict[str, Problem] = {}
    for one in inputs:
        if not one.exists():
            raise UsageProblem([Problem("U501", f"没有“{one}”", None, "Parquet、CSV、xlsx 文件或它们所在的目录")])
        below = sorted(path for path in one.rglob("*") if not path.is_dir()) if one.is_dir() else [one]
        tables = [path for path in below if path.suffix.lower() in SUFFIXES and path.name[0] not in "._~"]
        found += tables
        if one.is_dir():
            strange |= {problem.says: problem for path in tables for problem in strange_folders(path.relative_to(one))}
    if not found:
        raise UsageProblem([Problem("U501", "没有可以评分的文件", None, "Parquet、CSV、xlsx 文件或它们所在的目录")])
    if strange:
        raise ActualsProblems(strange.values())
    return found


def pieces_of(path: Path, staging: Path, rows: int, bad: list[BadLine], notes: list[Problem]) -> Iterator[FilePiece]:
    """A file as pieces of about so many rows; text files are first rewritten as Parquet in the staging folder.

    Raises ActualsProblems (U502 to U505, U510, U514, A118, A119) when it cannot be read.
    """
    try:
        regular(path)
    except Refused as refused:
        raise closed(path, refused) from None
    before = 0
    for staged in [Staged(path)] if path.suffix.lower() == ".parquet" else list(stage(path, staging, bad, notes)):
        for piece in _pieces(path, staged, rows, before):
            yield piece
            before = piece.before + piece.rows


def closed(path: Path, refused: Refused) -> ActualsProblems:
    """What to say of an input that is no file that can be read (U503)."""
    return ActualsProblems([Problem("U503", refused.says, Where(str(path)))])


def _pieces(path: Path, staged: Staged, rows: int, before: int) -> Iterator[FilePiece]:
    try:
        file = pq.ParquetFile(staged.path)
        meta, schema = file.metadata, file.metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        raise ActualsProblems([Problem("U503", f"不是 Parquet 文件（{error}）", Where(str(path)))]) from None
    named = names_of(path, schema.names, _unusable(path, file) if staged.path == path else ())
    nested = [heading.text for place, heading in named.items() if pa.types.is_nested(schema.field(place).type)]
    if nested:
        says = f"“{'”、“'.join(nested)}”一格里有好几个值"
        raise ActualsProblems([Problem("U510", says, Where(str(path)), "一格一个值：文字、数、日期")])
    groups: list[int] = []
    held = 0
    for number in range(meta.num_row_groups):
        size = meta.row_group(number).num_rows
        if groups and held + size > rows:
            yield FilePiece(str(staged.path), tuple(groups), str(path), before, held, staged.sheet)
            before, held, groups = before + held, 0, []
        groups.append(number)
        held += size
    if held:
        yield FilePiece(str(staged.path), tuple(groups), str(path), before, held, staged.sheet)


def parts_of(pieces: list[FilePiece]) -> list[BatchPart]:
    """Give every unit's year to one piece; reads only the key columns. Memory: the distinct units.

    Raises ActualsProblems (U504) when there are no rows at all.
    """
    if not pieces:
        raise no_rows()
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
        BatchPart(
            number,
            piece,
            tuple(leave[number]),
            tuple((pieces[other], tuple(keys)) for other, keys in sorted(fetch[number].items())),
        )
        for number, piece in enumerate(pieces)
    ]


def _unusable(path: Path, file: pq.ParquetFile) -> list[Problem]:
    """The filled columns of a Parquet file that cannot be used (A118, A119)."""
    problems = []
    for text in file.schema_arrow.names:
        heading = read_heading(text)
        problem = heading.problem(Where(str(path)))
        if problem is None or (heading.field and heading.field not in INPUT):
            continue
        try:
            if any(_filled(batch.column(0)) for batch in file.iter_batches(columns=[text])):
                problems.append(problem)
        except (pa.ArrowException, OSError):
            problems.append(problem)
    return problems


def _filled(column: pa.Array) -> bool:
    """Whether any cell is given: not null, NaN or blank."""
    column = column.drop_null()
    if pa.types.is_floating(column.type):
        return bool(pc.any(pc.invert(pc.is_nan(column))).as_py())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return bool(pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), "")).as_py())
    return len(column) > 0


def read_piece(piece: FilePiece, wanted: Iterable[str] = tuple(INPUT)) -> pa.Table:
    """The rows of a piece: input columns as dictionaries of texts under their codes, absent ones left out.

    With them LINE where the file has it, and WRONG where rows cannot be used. Raises ActualsProblems (U503) where a column cannot be read.
    """
    file = pq.ParquetFile(piece.path)
    schema, shown = file.schema_arrow, Path(piece.shown)
    named = {
        schema.names[place]: heading
        for place, heading in names_of(shown, schema.names).items()
        if heading.field in wanted
    }
    texts = [column for column in named if pa.types.is_string(schema.field(column).type)]
    file = pq.ParquetFile(piece.path, read_dictionary=texts)
    csv = shown.suffix.lower() == ".csv"
    made: dict[str, Any] = {}
    wrong: dict[int, str] = {}

    def read(column: str) -> pa.ChunkedArray:
        return file.read_row_groups(list(piece.groups), columns=[column], use_threads=False).column(0)

    for column, heading in named.items():  # one after another: only one column is in memory as it was stored
        try:
            made[heading.field], told = as_texts(read(column), heading, csv)
        except (pa.ArrowException, OSError) as error:
            raise ActualsProblems([Problem("U503", f"“{column}”一栏读不出（{error}）", Where(piece.shown))]) from None
        _reject(made[heading.field], told, wrong, f"{INPUT[heading.field].headings[0]}：")
    for field, value in folders_of(shown).items():
        if field in made and field in wanted:
            words = made[field].dictionary.to_pylist()
            told = {
                code: f"{INPUT[field].headings[0]}“{word}”与所在目录的“{value}”不一致"
                for code, word in enumerate(words)
                if word and word.strip() != value
            }
            _reject(made[field], told, wrong)
        elif field in wanted:
            made[field] = pa.DictionaryArray.from_arrays(pa.array(np.zeros(piece.rows, np.int32)), pa.array([value]))
    if LINE in schema.names:
        made[LINE] = read(LINE)
    if WRONG in schema.names:
        wrong |= {row: says for row, says in enumerate(read(WRONG).to_pylist()) if says}
    if wrong:
        made[WRONG] = pa.array([wrong.get(row, "") for row in range(piece.rows)], pa.string()).dictionary_encode()
    return pa.table(made)


def _reject(column: pa.DictionaryArray, told: Mapping[int, str], wrong: dict[int, str], head: str = "") -> None:
    """Put the rows that have one of these words into `wrong`, each with why."""
    if told:
        codes = np.asarray(column.indices.fill_null(-1))
        for row in np.flatnonzero(np.isin(codes, list(told))).tolist():
            wrong.setdefault(row, head + told[codes[row]])


def keys_of(table: pa.Table) -> TextColumn:
    """The unit's year of every row as one text, `2023|110101`."""
    year, unit = (text_of(unbroken(table.column(name))) for name in KEYS)
    key, first = joint(year.key, unit.key)
    return TextColumn(key, [f"{year.at(row)}|{unit.at(row)}" for row in first.tolist()])
