"""A year's results from a workspace: YAML files, CSV tables and workbooks, each value knowing where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from evaluator.documents import Mapping, Text
from evaluator.errors import ActualsProblems, Problem, Where, nearest
from evaluator.intake.sheets import Line, read_sheets
from evaluator.model import EXECUTION, Actuals, Table
from evaluator.rulebook import Rulebook, indicators_of
from evaluator.validation import as_model, read_model

YAML, TABLES = (".yaml", ".yml"), (".csv", ".xlsx")
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


def load_actuals(folder: Path, rulebook: Rulebook) -> dict[tuple[int, str], Actuals]:
    """Every result under a folder (or of one file), by (year, code); raises ActualsProblems with all there are."""
    actuals, problems = read_actuals(folder, rulebook)
    if problems:
        raise ActualsProblems(problems)
    return actuals


def read_actuals(folder: Path, rulebook: Rulebook) -> tuple[dict[tuple[int, str], Actuals], list[Problem]]:
    """Read what can be read, and every problem; each table's results stand in one place only."""
    problems: list[Problem] = []
    actuals: dict[tuple[int, str], Actuals] = {}
    paths = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    for path in paths:
        if path.name.startswith(("~$", ".")) or not path.is_file():
            continue
        shown = path.relative_to(folder.parent).as_posix()
        read: list[Actuals] = []
        if path.suffix.lower() in YAML:
            one, found = read_model(Actuals, path, shown)
            read = [one] if one else []
        elif path.suffix.lower() in TABLES:
            read, found = _read_table(path, shown, rulebook)
        else:
            continue
        problems += found
        for one in read:
            key = (one.year, one.code)
            if key in actuals:
                says = f"{one.year} 年“{one.code}”的结果重复，先见于 {actuals[key].where}"
                problems.append(Problem("A109", says, one.where, "每个项目的结果只放在一处"))
            else:
                actuals[key] = one
                problems += _known(one, rulebook)
    return actuals, problems


def _known(one: Actuals, rulebook: Rulebook) -> Iterator[Problem]:
    tables: dict[tuple[int, str], Table] = {**rulebook.projects, **rulebook.departments}
    if (one.year, one.code) not in tables:
        codes = sorted(code for year, code in tables if year == one.year)
        says = f"{one.year} 年的规则中没有“{one.code}”"
        yield Problem("A111", says, one.where, "", nearest(one.code, codes))


def _read_table(path: Path, shown: str, rulebook: Rulebook) -> tuple[list[Actuals], list[Problem]]:
    """Results from the rows of a table with headings (any order; see HEADINGS)."""
    sheets, problems = read_sheets(path, shown)
    if problems:
        return [], problems
    documents: dict[tuple[str, str], Mapping] = {}
    headed = False
    for sheet in sheets:
        header = next((i for i, line in enumerate(sheet) if "code" in _columns(line).values()), None)
        if header is None:
            continue
        headed = True
        columns = _columns(sheet[header])
        for line in sheet[header + 1 :]:
            row = {columns[i]: cell for i, cell in enumerate(line) if i in columns and cell is not None}
            if row:
                problems += _add(row, documents, rulebook, Where(shown))
    if not headed:
        allowed = "、".join(names[0] for names in HEADINGS.values())
        problems.append(Problem("A112", "没有找到含“项目编码”的表头", Where(shown), allowed))
    if problems:
        return [], problems
    made = [as_model(Actuals, document) for document in documents.values()]
    return [one for one, _ in made if one], list(chain.from_iterable(found for _, found in made))


def _columns(line: Line) -> dict[int, str]:
    titles = {title: name for name, headings in HEADINGS.items() for title in headings}
    bare = {i: cell.replace(" ", "").replace("(", "（").replace(")", "）") for i, cell in enumerate(line) if cell}
    return {i: titles[title] for i, title in bare.items() if title in titles}


def _add(
    row: dict[str, Text], documents: dict[tuple[str, str], Mapping], rulebook: Rulebook, file: Where
) -> Iterator[Problem]:
    """Put one row into the document of its table."""
    first = next(iter(row.values()))
    if "code" not in row:
        yield Problem("A113", "这一行没有项目编码", first.where)
        return
    years = sorted({year for year, code in (*rulebook.projects, *rulebook.departments) if code == row["code"]})
    year = row.get("year") or _placed(str(years[-1] if years else ""), row["code"].where)
    document = documents.setdefault((str(year), str(row["code"])), _mapping(row["code"].where))
    _set(document, "code", row["code"])
    _set(document, "year", year)
    for name in ("illustrative", "achieved"):
        if name in row:
            flags = {"是": "true", "否": "false"}
            _set(document, name, _placed(flags.get(row[name], row[name]), row[name].where))
    indicator = row.get("indicator")
    if indicator is None or indicator == EXECUTION:
        spending = document.setdefault("spending", _mapping(first.where))
        document.keys_at.setdefault("spending", first.where)
        for name in (*SPENDING, "cause", "remedy"):
            if name in row:
                _set(spending, name, row[name])
        return
    table = rulebook.projects.get((int(year) if year.isdigit() else 0, row["code"])) or rulebook.departments.get(
        (int(year) if year.isdigit() else 0, row["code"])
    )
    name = _id_of(str(indicator), table)
    results = document.setdefault("results", _mapping(first.where))
    document.keys_at.setdefault("results", first.where)
    if name in results:
        yield Problem("A110", f"指标“{indicator}”的结果重复，先见于 {results[name].where}", indicator.where)
        return
    result = _mapping(indicator.where)
    for field in RESULT:
        if field == "evidence" and field in row:
            parts = [part.strip() for part in row[field].replace("；", ";").replace("\n", ";").split(";")]
            _set(result, field, [_placed(part, row[field].where) for part in parts if part])
        elif field in row:
            _set(result, field, row[field])
    _set(results, name, result)


def _id_of(written: str, table: Table | None) -> str:
    """An indicator is named by its id, or by its name where that is unique."""
    rows = indicators_of(table) if table else []
    named = [row.id for row in rows if row.name == written]
    return named[0] if len(named) == 1 and written not in [row.id for row in rows] else written


def _mapping(where: Where) -> Mapping:
    made = Mapping()
    made.where, made.keys_at = where, {}
    return made


def _set(mapping: Mapping, key: str, value: object) -> None:
    mapping[key] = value
    mapping.keys_at[key] = getattr(value, "where", mapping.where)


def _placed(value: str, where: Where) -> Text:
    text = Text(value)
    text.where = where
    return text
