"""The workbook of a report during the year: what is filled in is read back as if written in YAML, watched alike, and whatever was
done to the workbook is told at its cell. All reports here are 示例数据."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import read_actuals
from evaluator.cli import app
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.model import Project
from evaluator.monitoring.monitor import monitor
from evaluator.monitoring.points import (
    DutyDone,
    IndicatorPoint,
    MonitoringPoint,
    ProjectPoint,
    load_points,
    read_points,
)
from evaluator.monitoring.rules import LIKELIHOODS, load_duties, load_monitoring_policy
from evaluator.monitoring.watchbook import ReportedRows, monitor_xlsx
from evaluator.monitoring.watchdata import as_json
from evaluator.preparation import tables_of
from evaluator.quantities.numerals import write_number
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workbook.inputs import META, TypedNumber, entry_of
from evaluator.workbook.template import template_xlsx
from tests.test_template import places

ROOT = Path(__file__).parents[1]
CODE = "13028124P00499610001T"  # 文化路社区服务群众支出
DUTIES = load_duties(ROOT / "rules", 2023, "629001")
JUNE = date(2023, 6, 30)
Change = Callable[[Any], Any]


@cache
def product() -> Rulebook:
    return load_rulebook(ROOT / "rules")


@cache
def projects() -> list[Project]:
    return [table for table in tables_of(product(), 2023, "629001") if isinstance(table, Project)]


@cache
def sample(until: date = date(2023, 12, 31)) -> tuple[MonitoringPoint, ...]:
    return tuple(load_points(ROOT / "monitoring", projects(), [duty for duty, _ in DUTIES], until))


def made(told: ReportedRows, day: date = JUNE, book: Rulebook | None = None) -> bytes:
    return monitor_xlsx(book or product(), projects(), DUTIES, told, day, 1)


@cache
def blank() -> bytes:
    return made(ReportedRows(None, sample(date(2023, 3, 31))))


def read(tmp: Path, data: bytes, name: str = "六月.xlsx") -> tuple[list[MonitoringPoint], list[Problem]]:
    path = tmp / "monitoring" / "2023" / "629001" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return again(tmp)


def again(tmp: Path, tables: list[Project] | None = None) -> tuple[list[MonitoringPoint], list[Problem]]:
    points, problems = read_points(tmp / "monitoring", tables or projects(), [duty for duty, _ in DUTIES])
    return list(points), problems


def sheet_of(book: Any, code: str = CODE) -> Any:
    return next(sheet for sheet in book.worksheets if str(sheet.cell(1, 1).value).startswith(f"{code}|"))


def put(kind: str, ident: str, field: str, value: Any, code: str = CODE) -> Change:
    def change(book: Any) -> None:
        places(sheet_of(book, code))[kind, ident, field].value = value

    return change


def filled(*changes: Change, data: bytes | None = None) -> bytes:
    book = load_workbook(io.BytesIO(data or blank()))
    for change in changes:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- what is said in YAML is said in the workbook ----------------------------------------------------------------

TEXTS = st.sampled_from(["<b>&", "第一行\n第二行", "5", "1e5", "2023年6月", "'引号"]) | st.text(
    "街道办公室人员减少，已补。AB12", min_size=1, max_size=12
).map(str.strip).filter(bool)
ALL_TEXTS = TEXTS | st.sampled_from(["=1+1", "#N/A", "_x0041_"])  # which openpyxl would write as something else
LIKELY = st.none() | st.sampled_from(LIKELIHOODS)
MONEY = st.none() | st.integers(0, 10**17) | st.integers(0, 10**9)


def numbers_of(entry: TypedNumber | None) -> st.SearchStrategy[str]:
    """Numbers with the unit of a row, where it has one."""
    digits = st.integers(0, 2000 * 10**3).map(lambda n: write_number(Fraction(n, 10**3)))
    return digits.map(lambda text: text + entry.unit) if entry else st.nothing()


@st.composite
def rows(draw: Any, project: Project, texts: st.SearchStrategy[str]) -> dict[str, IndicatorPoint]:
    """Any progress of a project's indicators; those that money gives have no value of their own."""
    maybe, given = st.just("") | texts, {}
    for row in project.indicators:
        values = texts | numbers_of(entry_of(row, project.year))
        told = {"cause": draw(maybe), "measure": draw(maybe), "likelihood": draw(LIKELY)}
        told["forecast"] = draw(st.just("") | values)
        if row.formula is None:
            told |= {"value": draw(st.none() | values), "cumulative": draw(st.booleans())}
        if draw(st.booleans()):
            given[row.id] = IndicatorPoint.model_construct(**told)
    return given


@st.composite
def reports(draw: Any, texts: st.SearchStrategy[str]) -> MonitoringPoint:
    """Any report of at most two projects as at the end of June."""
    maybe, told = st.just("") | texts, {}
    for project in draw(st.lists(st.sampled_from(projects()), max_size=2, unique_by=lambda one: one.code)):
        told[project.code] = ProjectPoint.model_construct(
            executed=draw(MONEY), adjusted=draw(MONEY), cause=draw(maybe), measure=draw(maybe),
            likelihood=draw(LIKELY), indicators=draw(rows(project, texts)),
        )  # fmt: skip
    done = draw(st.dates(date(1900, 1, 1), JUNE))
    duties = {DUTIES[0][0].id: DutyDone.model_construct(done=done, note=draw(maybe))} if draw(st.booleans()) else {}
    return MonitoringPoint.model_construct(
        unit="629001", year=2023, day=JUNE, illustrative=draw(st.booleans()), projects=told, duties=duties
    )


def said(point: MonitoringPoint) -> Any:
    """A report without what says nothing: rows of which at most 累计数 is told, and projects without anything."""
    plain = point.model_dump()
    for code, one in plain["projects"].copy().items():
        given = one["indicators"].items()
        one["indicators"] = {
            name: row for name, row in given if any(row[field] for field in row if field != "cumulative")
        }
        if not any(value not in (None, "", {}) for value in one.values()):
            del plain["projects"][code]
    return plain


@given(reports(ALL_TEXTS), st.sampled_from([0, 1]))
@settings(max_examples=25)
def test_a_report_comes_back_from_its_workbook_as_it_was(
    tmp_path_factory: Any, point: MonitoringPoint, before: int
) -> None:
    points, problems = read(tmp_path_factory.mktemp("w"), made(ReportedRows(point, sample()[:before])))
    assert [str(one) for one in problems if one.severity == "错误"] == []
    assert [said(one) for one in points] == [said(point)]


def typed(point: MonitoringPoint) -> Iterator[Change]:
    """A report as a clerk would type it into the blank workbook: numbers as numbers, days as days."""
    yield put("监控", "", "illustrative", "是" if point.illustrative else "否", "说明")
    for duty, done in point.duties.items():
        when = datetime(*done.done.timetuple()[:3]) if done.done.year > 1901 else str(done.done)
        yield put("事项", duty, "done", when, "年度事项")
        yield put("事项", duty, "note", done.note or None, "年度事项")
    for project in projects():
        one = point.projects.get(project.code, ProjectPoint())
        for field in ("executed", "adjusted", "cause", "measure", "likelihood"):
            value = getattr(one, field)
            if isinstance(value, int):
                text = write_number(Fraction(value, 10**6))
                value = float(text) if len(text) < 15 else text
            yield put("进度资金", "", field, value if value != "" else None, project.code)
        for row in project.indicators:
            told = one.indicators.get(row.id, IndicatorPoint())
            for field in ("value", "forecast", "cause", "measure", "likelihood"):
                if row.formula is None or field != "value":
                    text = getattr(told, field)
                    number = entered(text, entry_of(row, 2023)) if field in ("value", "forecast") else None
                    yield put("进度", row.id, field, text or None if number is None else number, project.code)
            if row.formula is None:
                yield put("进度", row.id, "cumulative", "是" if told.cumulative else "否", project.code)


def entered(text: str | None, entry: TypedNumber | None) -> float | None:
    """A value as the number that stands in its cell; None where it is typed as text."""
    if not text or entry is None or not text.endswith(entry.unit):
        return None
    bare = text.removesuffix(entry.unit)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", bare) or (entry.percent and float(bare) > 100):
        return None
    return float(Fraction(bare) / (100 if entry.percent else 1))


@given(reports(TEXTS))
@settings(max_examples=8)
def test_a_workbook_filled_in_says_what_yaml_says(tmp_path_factory: Any, point: MonitoringPoint) -> None:
    points, problems = read(tmp_path_factory.mktemp("w"), filled(*typed(point)))
    assert [str(one) for one in problems if one.severity == "错误"] == []
    assert [said(one) for one in points] == [said(point)]


def test_the_samples_reports_come_back_and_are_watched_alike(tmp_path: Path) -> None:
    ids, policy = [duty for duty, _ in DUTIES], load_monitoring_policy([ROOT / "rules"], 2023)
    for at, point in enumerate(sample()):
        data = made(ReportedRows(point, sample()[:at]), point.day)
        assert data == made(ReportedRows(point, sample()[:at]), point.day), "the same bytes"
        assert read(tmp_path, data, f"第{at}次.xlsx")[1] == []
    points = load_points(tmp_path / "monitoring", projects(), ids, date(2023, 12, 31))
    mine, due = (monitor(product(), projects(), DUTIES, one, policy, points[-1].day) for one in (points, sample()))
    for one, other in zip(mine.projects, due.projects, strict=True):
        assert (one.colour, one.before, one.money_colour) == (other.colour, other.before, other.money_colour)
        assert [row.colour for row in one.rows] == [row.colour for row in other.rows]
        assert one.course == other.course and one.items == other.items
    assert [problem.code for problem in mine.found] == [problem.code for problem in due.found]
    assert all(p.where is None or p.where.path.startswith(("monitoring/2023", "rules/")) for p in mine.found)
    assert mine.illustrative and as_json(mine).keys() == as_json(due).keys()
    exact = tuple(point.model_copy(update={"projects": numbers(point)}) for point in sample())
    again = monitor(product(), projects(), DUTIES, exact, policy, points[-1].day)
    assert mine.digests == again.digests, "the ledger keeps the digest of what was said, whatever file says it"


def numbers(point: MonitoringPoint) -> dict[str, ProjectPoint]:
    """The projects of a report, 97.0% written as 97%."""

    def plain(text: str | None) -> str | None:
        return re.sub(r"(\.\d*?)0+(?=\D)", lambda m: m[1].rstrip("."), text) if text else text

    return {
        code: one.model_copy(
            update={
                "indicators": {
                    name: row.model_copy(update={"value": plain(row.value), "forecast": plain(row.forecast)})
                    for name, row in one.indicators.items()
                    if row != IndicatorPoint()
                }
            }
        )
        for code, one in point.projects.items()
    }


# ---- the workbook ------------------------------------------------------------------------------------------------


def test_only_yellow_cells_are_unlocked_and_every_sheet_is_protected_without_a_password() -> None:
    book = load_workbook(io.BytesIO(blank()))
    assert book[META].sheet_state == "veryHidden"
    for sheet in book.worksheets:
        assert sheet.protection.sheet and not sheet.protection.password
        for row in sheet.iter_rows():
            for one in row:
                if isinstance(one, Cell) and not one.protection.locked:
                    assert one.fill.fgColor.rgb == "FFFFF8DC", (sheet.title, one.coordinate)


def test_the_last_report_stands_beside_and_the_budget_is_the_one_in_force() -> None:
    later = load_workbook(io.BytesIO(made(ReportedRows(None, sample()), date(2023, 12, 10))))
    cells = places(sheet_of(later))
    assert cells["进度资金", "", "budget"].value == 320, "adjusted in October"
    assert cells["进度资金", "", "initial"].value == 334
    assert cells["进度资金", "", "last"].value == 220
    assert (cells["进度资金", "", "executed"].value, cells["进度资金", "", "adjusted"].value) == (None, None)
    last = sample()[-1].projects[CODE].indicators["数量1"]
    assert cells["进度", "数量1", "last"].value == last.value and cells["进度", "数量1", "value"].value is None
    assert cells["进度", "数量1", "cumulative"].value == "是", "as the last report says"
    assert cells["进度", "质量1", "cumulative"].value == "否"
    assert cells["进度", "成本1", "value"].value == "—" and cells["进度", "成本1", "value"].protection.locked
    first = places(sheet_of(load_workbook(io.BytesIO(made(ReportedRows(None, ()))))))
    assert first["进度资金", "", "budget"].value == 334 and first["进度", "数量1", "last"].value == "—"


def test_a_blank_workbook_reports_nothing_of_any_project(tmp_path: Path) -> None:
    (point,), problems = read(tmp_path, filled())
    assert problems == [] and point.day == JUNE and point.projects == {} and point.duties == {}


def test_sheets_may_be_renamed(tmp_path: Path) -> None:
    def renamed(book: Any) -> None:
        sheet_of(book).title = "改了名"

    (point,), problems = read(tmp_path, filled(put("进度资金", "", "executed", 100), renamed))
    assert problems == [] and point.projects[CODE].executed == 100 * 10**6
    assert str(point.projects[CODE].where).startswith("monitoring/2023/629001/六月.xlsx!改了名")


# ---- what was done to it -----------------------------------------------------------------------------------------


def row_of(book: Any, ident: str = "数量1") -> int:
    return int(places(sheet_of(book))["进度", ident, "value"].row)


def inserted(book: Any) -> None:
    sheet, last = sheet_of(book), row_of(book, "满意度1")
    for merged in [one for one in sheet.merged_cells.ranges if one.min_row > last]:
        sheet.unmerge_cells(str(merged))
    sheet.move_range(f"A{last}:M{sheet.max_row}", rows=1)
    sheet.cell(last, 6).value = "新增指标"


def copied(book: Any) -> None:
    sheet, at = sheet_of(book), row_of(book)
    last = sheet.max_row + 1
    for column in range(1, 14):
        sheet.cell(last, column).value = sheet.cell(at, column).value


def hidden(book: Any) -> None:
    put("进度", "数量1", "value", 152)(book)
    sheet_of(book).row_dimensions[row_of(book)].hidden = True


def renamed(book: Any) -> None:
    (line,) = (line for line in sheet_of(book).iter_rows() if line[0].value == f"{CODE}|栏|进度")
    line[5].value = "valuex"


def no_day(book: Any) -> None:
    put("监控", "", "day", "2023-06-31", "说明")(book)
    for line in book[META].iter_rows():
        for label, cell in pairwise(line):
            cell.value = "2023-06-31" if label.value == "day" else cell.value


def meta(row: str, value: str) -> Change:
    def change(book: Any) -> None:
        (line,) = (line for line in book[META].iter_rows() if line[0].value == row)
        line[1].value = value

    return change


CHANGES: dict[str, tuple[str, str, list[Change]]] = {
    "a row deleted": ("A407", "", [lambda book: sheet_of(book).delete_rows(row_of(book, "满意度1"))]),
    "a row inserted": ("A409", "!F", [inserted]),
    "a row copied": ("A408", "!B", [copied]),
    "a sheet deleted": ("A405", ".xlsx", [lambda book: book.remove(sheet_of(book))]),
    "a sheet copied": ("A406", "Copy", [lambda book: book.copy_worksheet(sheet_of(book))]),
    "a target retyped": ("A410", "!D", [put("进度", "数量1", "target", "≥100人")]),
    "the budget retyped": ("A410", "!D", [put("进度资金", "", "budget", 400)]),
    "the day retyped": ("A410", "填写说明!D", [put("监控", "", "day", "2023-07-31", "说明")]),
    "a computed cell filled": ("A410", "!F", [put("进度", "成本1", "value", 0.5)]),
    "a bare per cent": ("A411", "!F", [put("进度", "质量1", "value", 95)]),
    "a bare per cent foreseen": ("A411", "!I", [put("进度", "质量1", "forecast", 95)]),
    "a formula never computed": ("A412", "!F", [put("进度", "数量1", "value", "=100+52")]),
    "an error value": ("A414", "!F", [put("进度", "数量1", "value", "#DIV/0!")]),
    "a column renamed": ("A418", "!A", [renamed]),
    "a filled row hidden": ("A419", "!F", [hidden]),
    "another version": ("A401", ".xlsx", [meta("schema", "9")]),
    "no day": ("A401", ".xlsx", [meta("day", "")]),
    "a day that is none": ("R103", "填写说明!D", [no_day]),
    "another unit": ("M113", ".xlsx", [meta("unit", "629002")]),
    "another year": ("M113", ".xlsx", [meta("year", "2022")]),
    "an unknown likelihood": ("R103", "!L", [put("进度", "数量1", "likelihood", "大概能")]),
    "neither yes nor no": ("R103", "!H", [put("进度", "数量1", "cumulative", "对")]),
    "money in words": ("R103", "!F", [put("进度资金", "", "executed", "约九十")]),
    "money below nothing": ("R103", "!F", [put("进度资金", "", "executed", -5)]),
    "a duty done without a day": ("R102", "年度事项!", [put("事项", "细化代编预算", "note", "已办", "年度事项")]),
    "a duty done later": (
        "M116", "年度事项!E", [put("事项", "细化代编预算", "done", datetime(2023, 7, 20), "年度事项")]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_done_to_a_workbook_is_told_at_its_place(tmp_path: Path, name: str) -> None:
    code, where, changes = CHANGES[name]
    own = [] if "sheet" in name else [put("进度资金", "", "cause", "示例")]
    points, found = read(tmp_path, filled(*own, *changes))
    wrong = [one for one in found if one.severity == "错误"]
    assert {one.code for one in wrong} == {code}, [str(one) for one in wrong]
    assert any(where in str(one.where) for one in wrong), [str(one.where) for one in wrong]
    assert all(str(one.where).startswith("monitoring/2023/629001/六月.xlsx") for one in wrong)
    assert points == [] or code in ("M113", "M116")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    names = ("a target retyped", "a bare per cent", "neither yes nor no", "a computed cell filled", "the day retyped")
    found = read(tmp_path, filled(*(change for name in names for change in CHANGES[name][2])))[1]
    assert sorted(one.code for one in found) == sorted(CHANGES[name][0] for name in names)


def test_a_sheet_of_another_workbook_and_struck_out_text_are_told(tmp_path: Path) -> None:
    from openpyxl.styles import Font

    def strange(book: Any) -> None:
        other = book.create_sheet("别处")
        other["A1"], other["B2"] = "X0001|表|", "别的项目"
        cell = places(sheet_of(book))["进度资金", "", "cause"]
        cell.value, cell.font = "作废的原因", Font(strike=True)

    (point,), found = read(tmp_path, filled(put("进度资金", "", "executed", 100), strange))
    assert {one.code for one in found} == {"A416", "D130"}
    assert point.projects[CODE].cause == ""
    notes = load_points(tmp_path / "monitoring", projects(), [duty for duty, _ in DUTIES], JUNE).notes
    assert {one.code for one in notes} == {"A416", "D130"}, "said when a form is asked for, too"


def test_a_column_that_was_put_in_is_told_and_no_column_of_ours_is(tmp_path: Path) -> None:
    def strange(book: Any) -> None:
        sheet, at = sheet_of(book), row_of(book)
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.insert_cols(8)
        heads = next(row for row in range(at, 0, -1) if sheet.cell(row, 3).value == "三级指标")
        sheet.cell(heads, 8).value, sheet.cell(at, 8).value = "责任人", "张三（示例）"

    (point,), (note,) = read(tmp_path, filled(put("进度", "数量1", "value", 152), strange))
    assert (note.code, note.severity, "责任人" in note.says) == ("A416", "提示", True)
    assert str(note.where).partition("!")[2].split("!")[1].startswith("H")
    assert point.projects[CODE].indicators["数量1"].value == "152人"


def test_what_was_deleted_is_named_and_a_torn_kind_of_rows_is_told_once(tmp_path: Path) -> None:
    def torn(book: Any) -> None:
        sheet_of(book).delete_rows(int(places(sheet_of(book))["进度资金", "", "executed"].row))
        for line in sheet_of(book).iter_rows():
            if line[0].value == f"{CODE}|栏|进度":
                line[5].value = None

    points, found = read(tmp_path, filled(torn))
    assert points == [] and [one.code for one in found] == ["A407", "A418"]
    assert "进度资金的一行被删去了" in found[0].says
    assert "进度各行的“截至目前完成值”一列被删去了" in found[1].says


def test_one_report_a_day_whatever_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, filled())[1] == []
    folder = tmp_path / "monitoring" / "2023" / "629001"
    shutil.copy(ROOT / "monitoring" / "2023" / "629001" / "2023-06-30.yaml", folder)
    found = again(tmp_path)[1]
    assert [one.code for one in found] == ["M112"]
    assert found[0].where and "六月.xlsx!填写说明!D" in str(found[0].where) and "2023-06-30.yaml" in found[0].says


def test_files_that_are_no_such_workbook_are_told_with_the_remedy(tmp_path: Path) -> None:
    _, (year_end,) = read(tmp_path, template_xlsx(product(), tables_of(product(), 2023, None), {}, 1))
    assert (year_end.code, year_end.remedy) == ("A401", "移到 actuals/")
    plain, out = Workbook(), io.BytesIO()
    plain.active["A1"] = "绩效运行监控表"
    plain.save(out)
    _, (other,) = read(tmp_path, out.getvalue())
    assert other.code == "A401" and "ziping import" in other.remedy
    _, (broken,) = read(tmp_path, b"PK\x03\x04 no workbook")
    assert broken.code == "A204" and broken.where and broken.where.path.endswith("六月.xlsx")
    (tmp_path / "actuals").mkdir()
    (tmp_path / "actuals" / "六月.xlsx").write_bytes(blank())
    results, (told,) = read_actuals(tmp_path / "actuals", product())
    assert results == {} and told.code == "A401" and told.remedy == "移到 monitoring/2023/629001/"


def test_rules_changed_since_are_told_where_something_was_filled(tmp_path: Path) -> None:
    data = filled(put("进度", "数量1", "value", 152))
    read(tmp_path, data)
    mine = next(one for one in projects() if one.code == CODE)

    def table(**change: Any) -> list[Project]:
        rows = [row.model_copy(update=change if row.id == "数量1" else {}) for row in mine.indicators]
        return [one if one is not mine else mine.model_copy(update={"indicators": rows}) for one in projects()]

    assert {one.code for one in again(tmp_path, table(points=mine.indicators[0].points + 100))[1]} == set()
    found = again(tmp_path, table(name="另一个名称"))[1]
    assert {one.code for one in found if one.severity == "错误"} == {"A403"}
    assert {one.code for one in found if one.severity == "提示"} == {"A404"}
    gone = again(tmp_path, [one for one in projects() if one is not mine])[1]
    assert {one.code for one in gone} == {"A403"}
    points, waiting = read_points(
        tmp_path / "monitoring", [one for one in projects() if one is not mine], [duty for duty, _ in DUTIES], {CODE}
    )
    assert len(points) == 1 and waiting == []
    more = [*projects(), mine.model_copy(update={"code": "X0009"})]
    assert [(one.code, "X0009" in one.says) for one in again(tmp_path, more)[1]] == [("A404", True)]


# ---- the commands ------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_the_commands_take_the_workbook_as_they_take_yaml(tmp_path: Path) -> None:
    office, out = tmp_path / "office", tmp_path / "out"
    assert run("init", str(office), "--sample").exit_code == 0
    folder = office / "monitoring" / "2023" / "629001"
    wrote = run("template", str(office), "--monitor", "2023年6月30日", "--out", str(out))
    assert wrote.exit_code == 0, wrote.output
    (path,) = out.iterdir()
    assert path.name == "遵化市文化路街道办事处本级_2023_监控填报表_2023-06-30_v01.xlsx"
    assert "没有变化" in run("template", str(office), "--monitor", "2023-06-30", "--out", str(out)).output
    by_yaml = run("monitor", str(office), "--as-of", "2023-06-30", "--out", str(tmp_path / "a"), "--to", "html")
    (folder / "2023-06-30.yaml").rename(tmp_path / "kept.yaml")
    shutil.copy(path, folder / "六月填好.xlsx")
    by_book = run("monitor", str(office), "--as-of", "2023-06-30", "--out", str(tmp_path / "b"), "--to", "html")
    assert by_book.exit_code == by_yaml.exit_code == 1
    assert by_book.output.replace("/b/", "/a/") == by_yaml.output
    same = run("template", str(office), "--monitor", "2023-06-30", "--out", str(out))
    assert "没有变化" in same.output, "what the workbook says is filled in as what YAML says"
    assert not [line for line in run("check", str(office)).output.splitlines() if "monitoring/" in line]
    assert run("forecast", "-w", str(office)).exit_code in (0, 1)
    carried = run("init", str(tmp_path / "next"), "--from", str(office))
    assert carried.exit_code in (0, 1), carried.output
    assert (tmp_path / "next/monitoring/2023/629001/六月填好.xlsx").read_bytes() == path.read_bytes()


def test_a_wrong_workbook_stands_in_nobodys_way_when_a_blank_one_is_asked_for(tmp_path: Path) -> None:
    office = tmp_path / "office"
    run("init", str(office), "--sample")
    folder = office / "monitoring" / "2023" / "629001"
    (folder / "2023-06-30.yaml").unlink()
    (folder / "坏.xlsx").write_bytes(filled(put("进度", "数量1", "target", "≥1人")))
    options = ("template", str(office), "--monitor", "2023-06-30", "--out", str(tmp_path / "out"))
    refused = run(*options)
    assert isinstance(refused.exception, ActualsProblems) and refused.exception.problems[0].code == "A410"
    assert run(*options, "--blank").exit_code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.read_bytes() == made(ReportedRows(None, sample(date(2023, 3, 31))), book=replace(product()))
    for day in ("六月", "2019-06-30"):
        assert isinstance(run(*options[:3], day).exception, UsageProblem)
