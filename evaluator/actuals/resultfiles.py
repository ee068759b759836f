"""A year's results from a workspace: YAML files, CSV tables and workbooks, each value knowing where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from collections.abc import Mapping as Map
from functools import partial
from itertools import chain
from operator import is_
from pathlib import Path
from typing import Any

from evaluator.actuals.owners import of_results, owner, units_of
from evaluator.actuals.resultheadings import (
    Contradiction,
    Heading,
    find_head,
    headings_of,
    read_heading,
    unusable,
    visible,
)
from evaluator.actuals.sheets import Line, PlacedTable, read_sheets, sheets_of, with_workbook
from evaluator.actuals.unreadfiles import not_read, torn
from evaluator.documents.faults import EVERYBODY, Whose, sorted_out
from evaluator.documents.loading import LARGEST as YAML_LARGEST
from evaluator.documents.loading import Mapping, Text, mapping, placed, put, read_document, within
from evaluator.errors import ActualsProblems, Problem, Where, nearest
from evaluator.files.snapshot import Loaded, Refused, Snapshot, reading, take
from evaluator.intake.partly import ANYWHERE, PartlyRead, Row, Spot, cut, part_of, part_of_yaml, spot, whole
from evaluator.intake.readers.cellreader import Workbook
from evaluator.model import AMOUNTS, EXECUTION, FUNDS, PARTS, Actuals, Table
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.rulebook.funds import doubts
from evaluator.workbook.returned import FLAGS, is_template, read_template

YAML = (".yaml", ".yml")
FIELDS = {  # what a heading names -> what it is called in a file of results
    "project_code": "code", "year": "year", "indicator": "indicator", "name": "indicator", "actual": "actual", "state": "state",
    "share": "share", "evidence": "evidence", "cause": "cause", "remedy": "remedy", "adjusted": "adjusted", "executed": "executed",
    "illustrative": "illustrative", "achieved": "achieved",
}  # fmt: skip
PARTED = {  # amounts of the parts of a table's money, and where they stand below its spending
    f"{part}_{name}": ("funds" if part in FUNDS else "parts", part, name)
    for part in (*FUNDS, *PARTS)
    for name in AMOUNTS
}
FIELDS |= {name: name for name in PARTED}
USUAL = {name: headings_of(field)[0] for field, name in reversed(FIELDS.items())}
CODES = ("code", "year", "indicator")
SPENDING = tuple(AMOUNTS)
RESULT = ("actual", "state", "share", "evidence", "cause", "remedy")


class Results(Loaded[tuple[int, str], Actuals]):
    """Results by (year, code), with notes on what was left out or doubtful in the files they were read from.

    `unread` are the rows that could not be read, and `places` says where each row stands (see partly.Part); `whose` says
    whose each file is. `left_out` are the notes on faulty files of others.
    """

    def __init__(
        self,
        actuals: dict[tuple[int, str], Actuals],
        notes: Iterable[Problem] = (),
        part: PartlyRead | None = None,
        files: Snapshot | None = None,
        whose: Map[str, frozenset[Whose]] | None = None,
        left_out: Iterable[Problem] = (),
    ) -> None:
        super().__init__(actuals, files)
        self.notes = tuple(notes)
        self.whose = whose or {}
        self.left_out = tuple(left_out)
        self.unread: Set[Row] = part.unread if part else set()
        self.places: dict[Row, Where] = part.places if part else {}


def load_actuals(folder: str | Path, rulebook: Rulebook) -> Results:
    """Every result under a folder (or of one file); raises ActualsProblems with all errors there are.

    For a rulebook that was opened for a unit's year: with all errors in the unit's own files; the faulty files of others
    are told in the notes, and their results are not used.
    """
    actuals, problems = read_actuals(Path(folder), rulebook)
    errors = [problem for problem in problems if problem.severity == "错误"]
    own, notes = sorted_out(errors, actuals.whose, rulebook.scope or EVERYBODY)
    if own:
        raise ActualsProblems(own)
    left = {owner for note in notes if note.where for owner in actuals.whose[note.where.path]}
    used = {key: results for key, results in actuals.items() if (key[0], owner(rulebook, *key)) not in left}
    others = (problem for problem in problems if problem not in errors)
    return Results(used, [*notes, *others], files=actuals.files, whose=actuals.whose, left_out=notes)


def read_actuals(folder: Path, rulebook: Rulebook) -> tuple[Results, list[Problem]]:
    """Read what can be read, and every problem; each table's results stand in one place only."""
    with reading() as files:
        return _read(folder, rulebook, files)


def _read(folder: Path, rulebook: Rulebook, files: Snapshot) -> tuple[Results, list[Problem]]:
    problems: list[Problem] = []
    actuals: dict[tuple[int, str], Actuals] = {}
    everything = PartlyRead()
    templates: set[str] = set()  # the workbooks that ziping template wrote
    whose: dict[str, frozenset[Whose]] = {}
    units = units_of(rulebook)
    paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder] * folder.exists()
    for path in paths:
        if path.name.startswith(("~$", ".")) or path.is_dir():
            continue
        shown = path.relative_to(folder.parent).as_posix()
        parts: list[PartlyRead] = []
        if path.suffix.lower() in YAML:
            parts, noticed = _read_yaml(path, shown)
        elif path.suffix.lower() == ".xlsx":
            parts, noticed = with_workbook(path, shown, partial(_read_workbook, shown, rulebook, templates))
        elif path.suffix.lower() == ".csv":
            parts, noticed = _read_csv(path, shown, rulebook)
        else:
            noticed = [not_read(path.suffix, Where(shown), path == folder)]
        if not parts and any(problem.severity == "错误" for problem in noticed):
            parts = [PartlyRead(unread={ANYWHERE})]
        problems += noticed
        whose[shown] = of_results(path.relative_to(folder).parts[:-1], parts, rulebook, units)
        for part in parts:
            everything.unread |= part.unread
            everything.places = part.places | everything.places
        for results in chain.from_iterable(part.actuals for part in parts):
            key = (results.year, results.code)
            if key in actuals and {_file(results), _file(actuals[key])} <= templates:
                problems.append(_both(actuals[key], results))
            elif key in actuals:
                says = f"{results.year} 年“{results.code}”的结果重复，先见于 {actuals[key].where}"
                problems.append(Problem("A109", says, results.where, "每个项目的结果只放在一处"))
            else:
                actuals[key] = results
                strange = list(_known(results, rulebook))
                problems += strange
                everything.unread |= {ANYWHERE} if strange else set()
                table = rulebook.projects.get(key) or rulebook.departments.get(key)
                problems += doubts(table, results) if table else ()
    return Results(actuals, (), everything, files, whose), problems


def _read_yaml(path: Path, shown: str) -> tuple[list[PartlyRead], list[Problem]]:
    """Results from a YAML file of one goal table."""
    try:
        part, problems = part_of_yaml(take(path, YAML_LARGEST), shown)
    except Refused:
        return [PartlyRead(unread={whole(None)})], read_document(path, shown)[1]
    return [part], list(problems)


def _read_workbook(
    shown: str, rulebook: Rulebook, templates: set[str], book: Workbook
) -> tuple[list[PartlyRead], list[Problem]]:
    """Results from a workbook: one that ziping template wrote, which is added to `templates`, or one with headings."""
    if is_template(book):
        templates.add(shown)
        part, problems = read_template(book, shown, rulebook)
        return [part], problems
    parts, problems = _read_table(*sheets_of(book, shown), shown, rulebook)
    if any(problem.code == "A112" for problem in problems):
        sheets = (book.read(sheet, whole=True) for sheet in book.sheets if not sheet.hidden)
        first = (cell.text for sheet in sheets for (_, column), cell in sheet.cells.items() if not column)
        if problem := torn(first, Where(shown)):
            return [], [problem]
    return parts, problems


def _read_csv(path: Path, shown: str, rulebook: Rulebook) -> tuple[list[PartlyRead], list[Problem]]:
    """Results from a CSV file with headings."""
    sheets, problems = read_sheets(path, shown)
    first = (line[0] for sheet in sheets for line in sheet.rows if line and line[0])
    if problem := torn(first, Where(shown)):
        return [], [problem]
    return _read_table(sheets, problems, shown, rulebook)


def _file(results: Actuals) -> str:
    return results.where.path if results.where else ""


def _both(first: Actuals, second: Actuals) -> Problem:
    """Two template workbooks filled in for one goal table: fine where they say the same."""
    before, after = first.model_dump(), second.model_dump()
    if before == after:
        says = f"“{second.code}”在 {_file(first)} 中也填了，内容相同，只取一份"
        return Problem("A417", says, second.where, severity="提示")
    changed = [str(Actuals.model_fields[name].title) for name in after if before[name] != after[name]]
    says = f"“{second.code}”在 {first.where} 中也填了，内容不同（{'、'.join(changed)}）"
    return Problem("A415", says, second.where, "同一单位只留一份填好的填报表，或每个项目只在一份里填")


def _known(results: Actuals, rulebook: Rulebook) -> Iterator[Problem]:
    tables: dict[tuple[int, str], Table] = {**rulebook.projects, **rulebook.departments}
    if (results.year, results.code) not in tables and results.code not in rulebook.waiting:
        codes = sorted(code for year, code in tables if year == results.year)
        says = f"{results.year} 年的规则中没有“{results.code}”"
        yield Problem("A111", says, results.where, "", nearest(results.code, codes))


def _read_table(
    sheets: list[PlacedTable], problems: list[Problem], shown: str, rulebook: Rulebook
) -> tuple[list[PartlyRead], list[Problem]]:
    """Results from the rows of a table with headings (any order; see resultheadings.yaml), and the problems with those met before."""
    if not sheets:
        return [], problems
    documents: dict[tuple[str, str], Mapping] = {}
    heads: set[Spot] = set()
    headed = False
    for sheet in sheets:
        at = find_head(sheet.rows)
        names = _columns(sheet.rows[at]) if at is not None else {}
        if at is None or "code" not in names.values():
            problems += _left_out(sheet, at, shown)
            continue
        headed = True
        head, body = sheet.rows[at], sheet.rows[at + 1 :]
        heads |= {spot(cell.where) for cell in head if cell}
        problems += _twice(head, names)
        problems += unusable(head, body, Where(shown), FIELDS)
        for row in _rows(head, body, names, problems):
            problems += _add(row, documents, rulebook)
    if not headed:
        allowed = "、".join(title for name, title in USUAL.items() if name not in PARTED)
        problems.append(Problem("A112", "没有找到含“项目编码”的表头", Where(shown), allowed))
    wrong = {spot(problem.where) for problem in problems if problem.where and problem.severity == "错误"}
    torn_sheets = {sheet for sheet, _ in wrong & heads}
    everything = PartlyRead()
    for document in documents.values():
        unread, met = cut(document, wrong, torn_sheets)
        wrong -= met
        part, unusable_rows = part_of(document, unread)
        everything.add(part)
        problems += unusable_rows
    if wrong - heads:  # on a line that holds no result
        everything.unread.add(ANYWHERE)
    return [everything], problems


def _left_out(sheet: PlacedTable, at: int | None, shown: str) -> Iterator[Problem]:
    """A sheet without the headings of results is no table of results; misspelt ones are told."""
    if at is not None:
        yield from unusable(sheet.rows[at], sheet.rows[at + 1 :], Where(shown, sheet=sheet.title), FIELDS)
    if sheet.title and any(any(row) for row in sheet.rows):
        says = f"工作表“{sheet.title}”没有“项目编码”的表头，没有读"
        yield Problem("A120", says, Where(shown, sheet=sheet.title), severity="提示")


def _rows(head: Line, body: list[Line], names: dict[int, str], problems: list[Problem]) -> Iterator[dict[str, Text]]:
    """The rows of a table by field, units of the headings written out; what cannot be used goes to `problems`."""
    texts: dict[int, Text] = {}  # a cell merged over several rows stays one object
    reported: set[int] = set()
    above = head
    for line in body:
        row = {}
        for column, cell in enumerate(line):
            if cell is None or column not in names:
                continue
            name = names[column]
            if (
                name in ("actual", "share")
                and column < len(above)
                and above[column] is cell
                and id(cell) not in reported
            ):
                says = f"“{cell}”一格合并在几行上，不知道是哪个指标的"
                problems.append(Problem("A121", says, cell.where, "取消合并，各行分别填写"))
                reported.add(id(cell))
            if id(cell) not in texts:
                texts[id(cell)] = _used(read_heading(head[column] or ""), name, cell, problems)
            row[name] = texts[id(cell)]
        whole = len(line) == len(above) and all(map(is_, line, above))  # one row, merged over several in every column
        if row and not whole:
            yield row
        above = line


def _used(heading: Heading, name: str, cell: Text, problems: list[Problem]) -> Text:
    """A cell with the unit of its heading; a code without what nobody sees."""
    if name in CODES:
        return placed(visible(cell), cell.where)
    try:
        return placed(heading.cell(cell), cell.where) if heading.unit else cell
    except Contradiction as error:
        problems.append(error.problem(cell.where))
        return cell


def _columns(line: Line) -> dict[int, str]:
    """Which column holds what; where indicators stand both by 编号 and by 名称, the 编号 counts."""
    fields = {i: read_heading(cell).field for i, cell in enumerate(line) if cell}
    if "indicator" in fields.values():
        fields = {i: field for i, field in fields.items() if field != "name"}
    return {i: FIELDS[field] for i, field in fields.items() if field in FIELDS}


def _twice(line: Line, columns: dict[int, str]) -> Iterator[Problem]:
    """Headings that mean the same column."""
    names = list(columns.values())
    for position, (i, name) in enumerate(columns.items()):
        if name in names[:position] and (cell := line[i]) is not None:
            yield Problem("A116", f"“{USUAL[name]}”有两列", cell.where, "每项只用一列")


def _add(row: dict[str, Text], documents: dict[tuple[str, str], Mapping], rulebook: Rulebook) -> Iterator[Problem]:
    """Put one row into the document of its table."""
    first = next(iter(row.values()))
    if "code" not in row:
        yield Problem("A113", "这一行没有项目编码", first.where)
        return
    tables = (*rulebook.projects, *rulebook.departments)
    years = sorted({year for year, code in tables if code == row["code"]})
    if not years and "year" not in row:
        near = nearest(row["code"], sorted({code for _, code in tables}))
        if row["code"] not in rulebook.waiting:
            yield Problem("A111", f"规则中没有“{row['code']}”", row["code"].where, "", near)
        return
    year = row.get("year") or placed(str(years[-1] if years else ""), row["code"].where)
    document = documents.setdefault((str(year), str(row["code"])), mapping(row["code"].where))
    put(document, "code", row["code"])
    put(document, "year", year)
    for name in ("illustrative", "achieved"):
        if name in row:
            put(document, name, placed(FLAGS.get(row[name], row[name]), row[name].where))
    indicator = row.get("indicator")
    if indicator is None or indicator == EXECUTION:
        if stray := [row[name] for name in ("actual", "state", "share") if name in row]:
            says = f"“{stray[0]}”没有写明是哪个指标的" if indicator is None else "预算执行率由金额计算，不填完成情况"
            yield Problem("A113", says, stray[0].where, "填写指标编号，或删去")
        yield from _add_money(row, within(document, "spending", first.where))
        return
    spent = documents[str(year), str(row["code"])].get("spending", {})
    if money := [row[name] for name in (*SPENDING, *PARTED) if name in row and _held(spent, name) is not row[name]]:
        says = f"金额“{money[0]}”写在了指标“{indicator}”的一行"
        yield Problem("A115", says, money[0].where, "全年预算数和全年执行数写在没有指标编号的一行")
    whose = int(year) if year.isdigit() else 0, row["code"]
    department = rulebook.departments.get(whose)
    name = _id_of(str(indicator), rulebook.projects.get(whose) or department)
    measures = [measure.id for measure in department.measures] if department else []
    results = within(document, "measures" if name in measures else "results", first.where)
    if name in results:
        yield Problem("A110", f"指标“{indicator}”的结果重复，先见于 {results[name].where}", indicator.where)
        return
    result = mapping(indicator.where)
    for field in RESULT:
        if field == "evidence" and field in row:
            parts = [part.strip() for part in row[field].replace("；", ";").replace("\n", ";").split(";")]
            put(result, field, [placed(part, row[field].where) for part in parts if part])
        elif field in row:
            put(result, field, row[field])
    put(results, name, result)


def _add_money(row: dict[str, Text], spending: Mapping) -> Iterator[Problem]:
    """Put the amounts of a row, and the reasons given for them, into the spending of its table."""
    for name in (*SPENDING, *PARTED, "cause", "remedy"):
        if name not in row:
            continue
        *way, field = PARTED.get(name, (name,))
        into = spending
        for step in way:
            into = within(into, step, row[name].where)
        if into.get(field) is row[name]:
            continue  # one cell, merged over several rows
        if field in into:
            yield Problem("A110", f"“{USUAL[name]}”重复，先见于 {into.keys_at[field]}", row[name].where)
        else:
            put(into, field, row[name])


def _held(spending: Any, name: str) -> Any:
    """The amount that a table's spending has by the name of its column."""
    for step in PARTED.get(name, (name,)):
        spending = spending.get(step, {})
    return spending


def _id_of(written: str, table: Table | None) -> str:
    """An indicator is named by its id, or by its name where that is unique."""
    rows = indicators_of(table) if table else []
    named = [row.id for row in rows if row.name == written]
    return named[0] if len(named) == 1 and written not in [row.id for row in rows] else written
