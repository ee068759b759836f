"""A year's results from a workspace: YAML files, CSV tables and workbooks, each value knowing where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from evaluator.documents import Mapping, Text
from evaluator.errors import ActualsProblems, Problem, Where, nearest
from evaluator.intake.placed import mapping, placed, put
from evaluator.intake.readers.workbook import Workbook
from evaluator.intake.sheets import Line, Sheet, read_sheets, sheets_of, with_workbook
from evaluator.intake.template import is_template, read_template
from evaluator.model import EXECUTION, Actuals, Table
from evaluator.rulebook import Rulebook, indicators_of
from evaluator.validation import as_model, read_model

YAML = (".yaml", ".yml")
REFUSED = (".xls", ".xlsm", ".xlsb", ".et", ".ods", ".numbers")  # tables we do not read, and do not pass over either
HEADINGS = {  # column -> the headings it is recognised by
    "code": ("项目编码", "编码"),
    "year": ("年度", "年份"),
    "indicator": ("指标编号", "指标", "三级指标", "指标名称"),
    "actual": ("实际完成值", "完成值"),
    "state": ("达成程度", "完成等级", "等级"),
    "share": ("比例", "档内比例"),
    "evidence": ("佐证材料",),
    "cause": ("偏差原因", "偏差原因分析"),
    "remedy": ("改进措施",),
    "adjusted": ("全年预算数", "全年预算数（万元）"),
    "executed": ("全年执行数", "全年执行数（万元）"),
    "illustrative": ("示例数据",),
    "achieved": ("实际完成情况",),
}
SPENDING = ("adjusted", "executed")
RESULT = ("actual", "state", "share", "evidence", "cause", "remedy")


class Results(dict[tuple[int, str], Actuals]):
    """Results by (year, code), with notes on what was left out or doubtful in the files they were read from."""

    def __init__(self, actuals: dict[tuple[int, str], Actuals], notes: Iterable[Problem] = ()) -> None:
        super().__init__(actuals)
        self.notes = tuple(notes)


def load_actuals(folder: Path, rulebook: Rulebook) -> Results:
    """Every result under a folder (or of one file); raises ActualsProblems with all errors there are."""
    actuals, problems = read_actuals(folder, rulebook)
    if errors := [problem for problem in problems if problem.severity == "错误"]:
        raise ActualsProblems(errors)
    return Results(actuals, problems)


def read_actuals(folder: Path, rulebook: Rulebook) -> tuple[dict[tuple[int, str], Actuals], list[Problem]]:
    """Read what can be read, and every problem; each table's results stand in one place only."""
    problems: list[Problem] = []
    actuals: dict[tuple[int, str], Actuals] = {}
    templates: set[str] = set()  # the workbooks that ziping template wrote
    paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder] * folder.exists()
    for path in paths:
        if path.name.startswith(("~$", ".")) or path.is_dir():
            continue
        shown = path.relative_to(folder.parent).as_posix()
        read: list[Actuals] = []
        if path.suffix.lower() in YAML:
            one, found = read_model(Actuals, path, shown)
            read = [one] if one else []
        elif path.suffix.lower() == ".xlsx":
            read, found = with_workbook(path, shown, partial(_read_workbook, shown, rulebook, templates))
        elif path.suffix.lower() == ".csv":
            read, found = _read_table(*read_sheets(path, shown), shown, rulebook)
        elif path.suffix.lower() in REFUSED:
            found = [Problem("A204", f"不读取 {path.suffix} 格式的表", Where(shown), "另存为 .xlsx 或 .csv")]
        elif path == folder:  # a person named it
            found = [Problem("A204", "不是完成情况的文件", Where(shown), "、".join((*YAML, ".csv", ".xlsx")))]
        else:
            continue
        problems += found
        for one in read:
            key = (one.year, one.code)
            if key in actuals and {_file(one), _file(actuals[key])} <= templates:
                problems.append(_both(actuals[key], one))
            elif key in actuals:
                says = f"{one.year} 年“{one.code}”的结果重复，先见于 {actuals[key].where}"
                problems.append(Problem("A109", says, one.where, "每个项目的结果只放在一处"))
            else:
                actuals[key] = one
                problems += _known(one, rulebook)
    return actuals, problems


def _read_workbook(
    shown: str, rulebook: Rulebook, templates: set[str], book: Workbook
) -> tuple[list[Actuals], list[Problem]]:
    """Results from a workbook: one that ziping template wrote, which is added to `templates`, or one with headings."""
    if is_template(book):
        templates.add(shown)
        return read_template(book, shown, rulebook)
    return _read_table(*sheets_of(book, shown), shown, rulebook)


def _file(one: Actuals) -> str:
    return one.where.path if one.where else ""


def _both(first: Actuals, second: Actuals) -> Problem:
    """Two template workbooks filled in for one goal table: fine where they say the same."""
    before, after = first.model_dump(), second.model_dump()
    if before == after:
        says = f"“{second.code}”在 {_file(first)} 中也填了，内容相同，只取一份"
        return Problem("A417", says, second.where, severity="提示")
    changed = [str(Actuals.model_fields[name].title) for name in after if before[name] != after[name]]
    says = f"“{second.code}”在 {first.where} 中也填了，内容不同（{'、'.join(changed)}）"
    return Problem("A415", says, second.where, "同一单位只留一份填好的填报表，或每个项目只在一份里填")


def _known(one: Actuals, rulebook: Rulebook) -> Iterator[Problem]:
    tables: dict[tuple[int, str], Table] = {**rulebook.projects, **rulebook.departments}
    if (one.year, one.code) not in tables and one.code not in rulebook.waiting:
        codes = sorted(code for year, code in tables if year == one.year)
        says = f"{one.year} 年的规则中没有“{one.code}”"
        yield Problem("A111", says, one.where, "", nearest(one.code, codes))


def _read_table(
    sheets: list[Sheet], problems: list[Problem], shown: str, rulebook: Rulebook
) -> tuple[list[Actuals], list[Problem]]:
    """Results from the rows of a table with headings (any order; see HEADINGS), and the problems with those met before."""
    if any(problem.severity == "错误" for problem in problems):
        return [], problems
    documents: dict[tuple[str, str], Mapping] = {}
    headed = False
    for rows in (sheet.rows for sheet in sheets):
        header = next((i for i, line in enumerate(rows) if "code" in _columns(line).values()), None)
        if header is None:
            continue
        headed = True
        columns = _columns(rows[header])
        problems += _twice(rows[header], columns)
        for line in rows[header + 1 :]:
            row = {columns[i]: cell for i, cell in enumerate(line) if i in columns and cell is not None}
            if row:
                problems += _add(row, documents, rulebook, Where(shown))
    if not headed:
        allowed = "、".join(names[0] for names in HEADINGS.values())
        problems.append(Problem("A112", "没有找到含“项目编码”的表头", Where(shown), allowed))
    if any(problem.severity == "错误" for problem in problems):
        return [], problems
    made = [as_model(Actuals, document) for document in documents.values()]
    return [one for one, _ in made if one], [*problems, *chain.from_iterable(found for _, found in made)]


def _columns(line: Line) -> dict[int, str]:
    """Which column holds what; where indicators stand both by 编号 and by 名称, the 编号 counts."""
    titles = {title: name for name, headings in HEADINGS.items() for title in headings}
    bare = {i: cell.replace(" ", "").replace("(", "（").replace(")", "）") for i, cell in enumerate(line) if cell}
    columns = {i: titles[title] for i, title in bare.items() if title in titles}
    naming = sorted((HEADINGS["indicator"].index(bare[i]), i) for i, name in columns.items() if name == "indicator")
    for _, i in naming[1:]:
        del columns[i]
    return columns


def _twice(line: Line, columns: dict[int, str]) -> Iterator[Problem]:
    """Headings that mean the same column."""
    names = list(columns.values())
    for position, (i, name) in enumerate(columns.items()):
        if name in names[:position] and (cell := line[i]) is not None:
            yield Problem("A116", f"“{HEADINGS[name][0]}”有两列", cell.where, "每项只用一列")


def _add(
    row: dict[str, Text], documents: dict[tuple[str, str], Mapping], rulebook: Rulebook, file: Where
) -> Iterator[Problem]:
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
            flags = {"是": "true", "否": "false"}
            put(document, name, placed(flags.get(row[name], row[name]), row[name].where))
    indicator = row.get("indicator")
    if indicator is None or indicator == EXECUTION:
        if stray := [row[name] for name in ("actual", "state", "share") if name in row]:
            says = f"“{stray[0]}”没有写明是哪个指标的" if indicator is None else "预算执行率由金额计算，不填完成情况"
            yield Problem("A113", says, stray[0].where, "填写指标编号，或删去")
        spending = document.setdefault("spending", mapping(first.where))
        document.keys_at.setdefault("spending", first.where)
        for name in (*SPENDING, "cause", "remedy"):
            if name in row and name in spending:
                says = f"“{HEADINGS[name][0]}”重复，先见于 {spending.keys_at[name]}"
                yield Problem("A110", says, row[name].where)
            elif name in row:
                put(spending, name, row[name])
        return
    if money := [row[name] for name in SPENDING if name in row]:
        says = f"金额“{money[0]}”写在了指标“{indicator}”的一行"
        yield Problem("A115", says, money[0].where, "全年预算数和全年执行数写在没有指标编号的一行")
    table = rulebook.projects.get((int(year) if year.isdigit() else 0, row["code"])) or rulebook.departments.get(
        (int(year) if year.isdigit() else 0, row["code"])
    )
    name = _id_of(str(indicator), table)
    results = document.setdefault("results", mapping(first.where))
    document.keys_at.setdefault("results", first.where)
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


def _id_of(written: str, table: Table | None) -> str:
    """An indicator is named by its id, or by its name where that is unique."""
    rows = indicators_of(table) if table else []
    named = [row.id for row in rows if row.name == written]
    return named[0] if len(named) == 1 and written not in [row.id for row in rows] else written
