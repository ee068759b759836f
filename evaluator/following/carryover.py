"""A new year's workspace carried over from the last one: its goal tables again, under the new year; results stay behind.

The years there were come along as they are (rules, results, monitoring, the register of rectification), so that the new targets can be
set beside the old ones. Who fills in and signs (the office file) is taken over, without its date and its statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evaluator.documents.faults import NOTHING
from evaluator.documents.yamltext import apply, end_of, with_values
from evaluator.errors import Problem, UsageProblem, Where
from evaluator.figures import points
from evaluator.files.publish import write_new
from evaluator.files.snapshot import take, take_text
from evaluator.model import Project, Table, code_of
from evaluator.rulebook.book import Rulebook, indicators_of, load_rulebook
from evaluator.workspace.initiate import Founded, office_text
from evaluator.workspace.office import load_offices
from evaluator.workspace.places import Workspace

HISTORY = ("rules/projects", "actuals", "office", "monitoring", "rectification")
OF_ONE_YEAR = ("date", "statements")  # of an office file: what is written anew each year
OWN = (
    "rules/policies",
    "rules/findings",
    "rules/monitoring",
    "rules/glossary.yaml",
)  # of a workspace that is not the product itself


@dataclass(frozen=True, slots=True)
class Carried:
    """What was made: the new year and its files, how many came along as they are, and every target of the new year."""

    year: int
    before: int
    files: tuple[Path, ...]
    history: int
    targets: tuple[tuple[str, str, str, str, str, str], ...]  # code, project, id, name, target, points


def carry(source: Workspace, folder: Path, before: int | None = None, year: int | None = None) -> Carried:
    """Make the workspace of the year after `before` (the latest one there is).

    Raises UsageProblem (U204, Z201 to Z204) and writes nothing over anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem([Problem("Z203", f"“{folder}”已存在且不是空目录", None, "一个新的目录")])
    files, carried = next_year(source, before, year)
    history = 0
    for path in _history(source):
        write_new(folder / path.relative_to(source.root), take(path))
        history += 1
    for name, text in files.items():
        write_new(folder / name, text.encode())
    return replace(carried, files=tuple(folder / path for path in carried.files), history=history)


def next_year(
    source: Workspace, before: int | None = None, year: int | None = None, unit: str | None = None
) -> tuple[dict[str, str], Carried]:
    """The files of the year after `before` by their names, of one unit or of all; raises as `carry` does, and writes nothing."""
    rulebook = load_rulebook(source.rules, source.shared)
    mine = [table for table in rulebook.tables if unit in (None, table.unit.code)]
    years = sorted({table.year for table in mine})
    if not years:
        raise UsageProblem([NOTHING])
    before = before or max(years)
    if before not in years:
        known = "、".join(map(str, years))
        raise UsageProblem([Problem("Z201", f"“{source.root}”没有 {before} 年度的规则文件", None, known)])
    year = year or before + 1
    if year <= before or year > 2100 or year in years:
        says = f"{year} 年度已有规则文件" if year in years else f"{year} 年度不在 {before} 年度之后"
        raise UsageProblem([Problem("Z202", says, None, f"{before + 1} 等还没有的年度")])
    tables = [table for table in mine if table.year == before]
    files = {_renamed(table, year): _again(source, table, year) for table in tables}
    offices = dict(_offices(source, tables, year))
    carried = Carried(year, before, tuple(map(Path, files)), 0, tuple(_targets(rulebook, before, unit)))
    return {**files, **offices}, carried


def _history(source: Workspace) -> Iterator[Path]:
    """What comes along as it is; of the product's own rules only those of a year's unit, since the others hold anyway."""
    for part in (*HISTORY, *OWN):
        place = source.root / part
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            of_a_year = part in HISTORY or path.parent.name.isdigit()
            if path.is_file() and not path.name.startswith((".", "~$")) and (of_a_year or not source.sample):
                yield path


def _renamed(table: Table, year: int) -> str:
    """Where the new rule file lies: under its year and unit, with the name it had."""
    assert table.where is not None
    return f"rules/projects/{year}/{table.unit.code}/{Path(table.where.path).name}"


def _again(source: Workspace, table: Table, year: int) -> str:
    """A goal table's file for another year: what it says of where it stands in a document is left out."""
    assert table.where is not None
    text = take_text(source.root / table.where.path)
    noted = f"{table.source.document}（沿用 {table.year} 年度，指标值待重新确定）"
    return _changed(text, table.where, ("provenance",), {("year",): str(year), ("source", "document"): noted})


def _offices(source: Workspace, tables: Iterable[Table], year: int) -> Iterator[tuple[str, str]]:
    """The office files of another year; of a unit that has none, with what its goal tables say of it."""
    offices = load_offices(source.office)
    for unit, table in {table.unit.code: table for table in tables}.items():
        name, before = f"office/{year}/{unit}.yaml", offices.get((table.year, unit))
        if (year, unit) in offices:  # it comes along as it is
            continue
        if before is None or before.where is None:
            yield name, office_text(Founded(unit, table.unit.name, table.unit.authority or "", str(year)))
            continue
        text = take_text(source.root / before.where.path)
        yield name, _changed(text, before.where, OF_ONE_YEAR, {("year",): str(year)})


def _changed(text: str, where: Where, dropped: Iterable[str], values: Mapping[tuple[str, ...], str]) -> str:
    """A file's text without these keys and with these values; raises UsageProblem (Z204) where that is not certain."""
    from ruamel.yaml import YAML

    text = text if text.endswith("\n") else text + "\n"
    root = YAML(typ="safe", pure=True).compose(text)
    gone = [(key.start_mark.index, end_of(text, value), "") for key, value in root.value if key.value in dropped]
    changed = None if gone and root.flow_style else with_values(apply(text, gone), values)
    if changed is None:
        says = f"“{where.path}”的写法不能由命令沿用"
        raise UsageProblem([Problem("Z204", says, where, "每项各占一行，不用花括号")])
    return changed


def _targets(rulebook: Rulebook, year: int, unit: str | None) -> Iterator[tuple[str, str, str, str, str, str]]:
    for table in rulebook.tables:
        if table.year == year and unit in (None, table.unit.code):
            name = table.name if isinstance(table, Project) else f"{table.unit.name}部门整体"
            for row in indicators_of(table):
                target = f"{row.sign or ''}{row.target}"
                yield code_of(table), name, row.id, row.name, target, points(row.points)
