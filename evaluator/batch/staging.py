"""CSV files and workbooks rewritten as Parquet, all columns as texts under their own headings, with the lines people see."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from evaluator.actuals.csvs import ENCODINGS, Dialect, Record, dialect_of, head_of
from evaluator.actuals.resultheadings import Heading, find_head, read_heading, unusable
from evaluator.actuals.sheets import Line, PlacedTable, read_sheets
from evaluator.batch.columns import INPUT, LINE, WRONG, names_of, no_rows
from evaluator.documents.loading import Text, placed
from evaluator.errors import ActualsProblems, Problem, Where
from evaluator.files.publish import whole

COLUMNS = 1_000  # of a CSV file
STAGED = 250_000  # rows of a group
NEWLINE = 10
BLOCK = 32 << 20  # bytes of a file read at a time
NEEDED = {name for name, column in INPUT.items() if column.needed}
OF_A_ROW = ("indicator", "target", "points", "actual", "share")  # what a merged cell cannot say of several rows


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a text file that could not even be cut into cells."""

    file: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A table rewritten: the Parquet file, and the sheet it was."""

    path: Path
    sheet: str = ""


def stage(path: Path, folder: Path, bad: list[BadLine], notes: list[Problem]) -> Iterator[Staged]:
    """Rewrite a CSV file, or every sheet of a workbook that is a table of indicators; sheets left out go to `notes`.

    Memory: a block of a CSV; a workbook. Raises ActualsProblems (U502, U504, U505, U514, A118, A119 and those of `read_sheets`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{path.stem}-{crc32(str(path.absolute()).encode()):08x}"
    if path.suffix.lower() == ".csv":
        yield _write(path, folder / f"{name}.parquet", "", _csv(path, bad, notes))
        return
    for number, (title, batch) in enumerate(_workbook(path, notes)):
        yield _write(path, folder / f"{name}-{number}.parquet", title, iter([batch]))


def _write(path: Path, parquet: Path, sheet: str, batches: Iterator[pa.RecordBatch]) -> Staged:
    writer: pq.ParquetWriter | None = None
    with whole(parquet) as fresh:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            writer = writer or pq.ParquetWriter(fresh, table.schema)
            writer.write_table(table, row_group_size=STAGED)
        if writer is None:
            raise no_rows(Where(str(path), sheet=sheet))
        writer.close()
    return Staged(parquet, sheet)


# ---- CSV ---------------------------------------------------------------------------------------------------------


def _csv(path: Path, bad: list[BadLine], notes: list[Problem]) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV file in blocks, each with its line."""
    where = Where(str(path))
    if (dialect := dialect_of(path)) is None:
        raise ActualsProblems([Problem("U505", "文字编码无法识别", where, ENCODINGS)])
    try:
        head, after = head_of(path, dialect)
    except csv.Error as error:
        says = f"不是有效的 CSV（{error}），可能是引号没有配对"
        raise ActualsProblems([Problem("U514", says, where)]) from None
    if head is None:
        raise no_rows(where)
    if len(head.cells) > COLUMNS:
        says = f"栏目过多（{len(head.cells)} 栏）"
        raise ActualsProblems([Problem("U514", says, where, f"至多 {COLUMNS} 栏")])
    if after is None:
        names_of(path, head.cells)
        raise no_rows(where)
    line, first = (_placed(path, record) for record in (head, after))
    named = names_of(path, head.cells, unusable(line, [first], where, INPUT))
    wide = len(head.cells)
    beyond = [*head.cells[len(after.cells) :], *after.cells[wide:]]
    if not any(cell.strip() for cell in beyond):
        wide = len(after.cells)
        if wide > len(head.cells):
            says = f"各行末尾比栏名多 {wide - len(head.cells)} 个分隔符“{dialect.delimiter}”，多出的空栏没有读"
            notes.append(Problem("U512", says, Where(str(path), after.line), severity="提示"))
    headings = [read_heading(cell) for cell in (head.cells + [""] * wide)[:wide]]
    named = {place: heading for place, heading in named.items() if place < wide}
    yield from _batches(path, dialect, head, headings, named, bad)


def _batches(
    path: Path, dialect: Dialect, head: Record, headings: list[Heading], named: dict[int, Heading], bad: list[BadLine]
) -> Iterator[pa.RecordBatch]:
    lines = _Lines(str(path), head.last, dialect, bad)
    columns = [f"{place}" for place in range(len(headings))]
    key = next((place for place, heading in named.items() if heading.field == "project_code"), next(iter(named)))
    try:
        with pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(
                encoding=dialect.encoding.removesuffix("-sig"), block_size=BLOCK, use_threads=False,
                column_names=columns, skip_rows=head.last,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=dialect.quoted, ignore_empty_lines=False,
                invalid_row_handler=lines.skip,
            ),
            convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False),
        ) as reader:  # fmt: skip
            for read in reader:
                batch, numbers = read, lines.of(read)
                kept = _filled(batch, key)
                if kept is not None:
                    batch, numbers = batch.take(pa.array(kept)), numbers[kept]
                _used(path, head, headings, batch, numbers)
                if len(batch):
                    texts = {named[place].text: batch.column(place) for place in named}
                    yield pa.record_batch({**texts, LINE: pa.array(numbers)})
    except pa.ArrowException as error:
        raise ActualsProblems([Problem("U514", f"不是有效的 CSV（{error}）", Where(str(path)))]) from None
    lines.end()


class _Lines:
    """The line of every record of a file as an editor counts them; records that are not read are told with theirs."""

    def __init__(self, file: str, before: int, dialect: Dialect, bad: list[BadLine]) -> None:
        self.file, self.dialect, self.bad = file, dialect, bad
        self.before = self.line = before  # lines above the records; lines of the records so far
        self.seen = 0  # records so far
        self.lost: dict[int, Any] = {}  # records that are not read, by number

    def skip(self, record: Any) -> str:
        """What arrow asks about a record with too many or too few cells."""
        self.lost[record.number - self.before] = record
        return "skip"

    def of(self, batch: pa.RecordBatch) -> Any:
        """The lines of the records of the next batch."""
        size = len(batch)
        lost = [number for number in self.lost if number > self.seen]
        numbers = np.arange(self.seen + 1, self.seen + size + len(lost) + 1)
        numbers = numbers[~np.isin(numbers, lost)][:size]
        last = int(numbers[-1]) if size else self.seen
        lines = np.ones(last - self.seen, dtype=np.int64)
        at = numbers - self.seen - 1
        if self.dialect.quoted:
            for column in batch.columns:
                data = column.buffers()[2]
                if data is not None and (np.frombuffer(data, np.uint8) == NEWLINE).any():
                    lines[at] += np.asarray(pc.count_substring(column, "\n"))
        passed = [number for number in lost if number <= last]
        for number in passed:
            lines[number - self.seen - 1] += self.lost[number].text.count("\n")
        first = self.line + 1 + np.cumsum(lines) - lines
        for number in passed:
            self._tell(self.lost.pop(number), int(first[number - self.seen - 1]))
        self.seen, self.line = last, self.line + int(lines.sum())
        return first[at]

    def end(self) -> None:
        """The records after the last one that was read."""
        for number in sorted(self.lost):
            record = self.lost.pop(number)
            self._tell(record, self.line + 1)
            self.line += 1 + record.text.count("\n")

    def _tell(self, record: Any, line: int) -> None:
        says = f"应有 {record.expected_columns} 栏，实有 {record.actual_columns} 栏"
        if inside := record.text.count("\n"):
            says += f"（到第 {line + inside} 行才完，可能是引号没有配对）"
        elif record.actual_columns > record.expected_columns and record.text.rstrip("\r\n").endswith(
            self.dialect.delimiter
        ):
            says += "（行末多了分隔符）"
        self.bad.append(BadLine(self.file, line, f"{says}：{record.text[:80]}"))


def _filled(batch: pa.RecordBatch, key: int) -> Any:
    """Which rows are not blank in every column; None where all are."""
    if not pc.any(pc.equal(pc.utf8_trim_whitespace(batch.column(key)), "")).as_py():
        return None
    blank = np.ones(len(batch), dtype=bool)
    for column in batch.columns:
        blank &= np.asarray(pc.equal(pc.utf8_trim_whitespace(column), ""))
    return np.flatnonzero(~blank)


def _used(path: Path, head: Record, headings: list[Heading], batch: pa.RecordBatch, numbers: Any) -> None:
    """Raise where a column that cannot be used is filled (A118, A119)."""
    problems = []
    for place, heading in enumerate(headings):
        if heading.problem(Where("")) is None or (heading.field and heading.field not in INPUT):
            continue
        filled = np.flatnonzero(np.asarray(pc.not_equal(pc.utf8_trim_whitespace(batch.column(place)), "")))
        if len(filled):
            line = head.line if heading.text else int(numbers[filled[0]])
            problems.append(heading.problem(Where(str(path), line, place + 1)))
    if problems:
        raise ActualsProblems(problem for problem in problems if problem)


def _placed(path: Path, record: Record) -> Line:
    return [
        placed(cell, Where(str(path), record.line, at)) if cell.strip() else None
        for at, cell in enumerate(record.cells, 1)
    ]


# ---- workbooks ---------------------------------------------------------------------------------------------------


def _workbook(path: Path, notes: list[Problem]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Every sheet that is a table of indicators; the others are noted."""
    sheets, found_problems = read_sheets(path, str(path))
    if problems := [problem for problem in found_problems if problem.severity == "错误"]:
        large = "在 Excel 中另存为“CSV UTF-8”再评分"
        raise ActualsProblems(
            replace(problem, allowed=large) if problem.code == "A202" else problem for problem in problems
        )
    notes += found_problems
    tables = []
    for sheet in sheets:
        at = find_head(sheet.rows)
        fields = {read_heading(cell).field for cell in sheet.rows[at] if cell} if at is not None else set()
        if at is not None and ({"target", "actual"} <= fields or 2 * len(fields & NEEDED) >= len(NEEDED)):
            tables.append((sheet, at))
        elif any(any(row) for row in sheet.rows):
            says = f"工作表“{sheet.title}”不是指标表（没有“指标值”“实际完成值”等栏），没有读"
            notes.append(Problem("U513", says, Where(str(path), sheet=sheet.title), severity="警告"))
    if not tables:
        heads = [sheet.rows[at] for sheet in sheets if (at := find_head(sheet.rows)) is not None]
        names_of(path, [cell or "" for cell in heads[0]] if heads else [])  # tells the columns that are missing
    read = []
    for sheet, at in tables:
        try:
            read.append((sheet.title, _sheet(path, sheet, at)))
        except ActualsProblems as error:
            problems += error.problems
    if problems:
        raise ActualsProblems(problems)
    for title, batch in read:
        if len(batch):
            yield title, batch
        else:
            notes.append(
                Problem("U513", f"工作表“{title}”只有栏名，没有行", Where(str(path), sheet=title), severity="警告")
            )


def _sheet(path: Path, sheet: PlacedTable, at: int) -> pa.RecordBatch:
    """The rows of one sheet; of a cell merged over several rows, what it cannot say of each is a reason to reject them."""
    head, body = sheet.rows[at], sheet.rows[at + 1 :]
    where = Where(str(path), sheet=sheet.title)
    named = names_of(path, [cell or "" for cell in head], unusable(head, body, where, INPUT), sheet.title)
    rows: list[tuple[int, Line]] = []
    line = _number(head)
    for row in body:
        if any(row) and not _same(row, rows[-1][1] if rows else head):
            line = max(line + 1, _number(row))
            rows.append((line, row))
    wrong = [""] * len(rows)
    for place, heading in named.items():
        if heading.field in OF_A_ROW:
            for number in range(1, len(rows)):
                cell, above = _at(rows[number][1], place), _at(rows[number - 1][1], place)
                if cell is not None and cell is above:
                    says = (
                        f"“{INPUT[heading.field].headings[0]}”的单元格 {cell.where.cell} 合并在几行上，不知道是哪一行的"
                    )
                    wrong[number - 1] = wrong[number] = says
    columns = {
        heading.text: pa.array([str(_at(row, place) or "") for _, row in rows], pa.string())
        for place, heading in named.items()
    }
    return pa.record_batch(
        {**columns, LINE: pa.array([line for line, _ in rows], pa.int64()), WRONG: pa.array(wrong, pa.string())}
    )


def _at(row: Line, place: int) -> Text | None:
    return row[place] if place < len(row) else None


def _same(row: Line, above: Line) -> bool:
    """Whether a row is the one above, merged over both in every column."""
    return len(row) == len(above) and all(cell is other for cell, other in zip(row, above, strict=True))


def _number(row: Line) -> int:
    """The number of a row: a merged cell stands in its first row, so the largest counts."""
    return max((int(re.sub(r"\D", "", cell.where.cell) or 0) for cell in row if cell is not None), default=0)
