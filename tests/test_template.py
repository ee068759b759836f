"""The clerk's workbook: what is filled in is read back as if written in YAML, its previews are the engine's scores, and
whatever was done to it is told at its cell. All results here are 示例数据."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals, read_actuals
from evaluator.cli import app
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import ActualsProblems, Problem
from evaluator.evaluation import evaluate
from evaluator.findings.emptywords import aside, unsaid
from evaluator.intake.readers.cellreader import Workbook as Opened
from evaluator.model import FUNDS, Actuals, Project
from evaluator.preparation import tables_of
from evaluator.quantities.formula import compute
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workbook.inputs import META, entry_of
from evaluator.workbook.preview import Quotient
from evaluator.workbook.returned import is_template
from evaluator.workbook.template import template_xlsx

ROOT = Path(__file__).parents[1]
SHARED = ROOT / "rules"
CODE = "13028124P00507410001X"  # 文化路社区工作经费
UNIT = "629001"
Change = Callable[[Workbook], Any]


@cache
def product() -> Rulebook:
    return load_rulebook(SHARED)


@cache
def blank(book: Callable[[], Rulebook] = product) -> bytes:
    return template_xlsx(book(), tables_of(book(), None, None), {}, 1)


def places(sheet: Any) -> dict[tuple[str, str, str], Any]:
    """Cells by kind of row, id and field, as the hidden keys and rows say."""
    fields: dict[str, dict[str, int]] = {}
    found = {}
    for row in range(1, sheet.max_row + 1):
        _, kind, ident = [*str(sheet.cell(row, 1).value or "").split("|", 2), "", ""][:3]
        if kind == "栏":
            fields[ident] = {str(sheet.cell(row, c).value): c for c in range(2, sheet.max_column + 1)}
        elif kind in fields:
            found |= {(kind, ident, field): sheet.cell(row, c) for field, c in fields[kind].items() if field != "None"}
    return found


def sheet_of(book: Any, code: str = CODE) -> Any:
    return next(sheet for sheet in book.worksheets if str(sheet.cell(1, 1).value).startswith(f"{code}|"))


def cell(book: Any, kind: str, ident: str, field: str, code: str = CODE) -> Any:
    return places(sheet_of(book, code))[kind, ident, field]


def saved(book: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def filled(tmp_path: Path, *changes: Change, name: str = "自评填报表.xlsx") -> Path:
    """A workspace folder actuals/ with a blank template that these changes were made to."""
    book = load_workbook(io.BytesIO(blank()))
    for change in changes:
        change(book)
    return saved(book, tmp_path / "actuals" / name).parent


def put(kind: str, ident: str, field: str, value: Any, form: str | None = None, code: str = CODE) -> Change:
    def change(book: Any) -> None:
        at = cell(book, kind, ident, field, code)
        at.value = value
        if form is not None:
            at.number_format = form

    return change


def problems(folder: Path, book: Rulebook | None = None) -> list[Problem]:
    return read_actuals(folder, book or product())[1]


# ---- the workbook ------------------------------------------------------------------------------------------------


def test_the_same_content_gives_the_same_bytes():
    tables = tables_of(product(), None, None)
    assert template_xlsx(product(), tables, {}, 1) == blank()
    assert template_xlsx(product(), tables, {}, 2) != blank()


def test_only_yellow_cells_are_unlocked_and_every_sheet_is_protected_without_a_password():
    book = load_workbook(io.BytesIO(blank()))
    assert book[META].sheet_state == "veryHidden"
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        for row in sheet.iter_rows():
            for one in row:
                if isinstance(one, Cell) and not one.protection.locked:
                    assert one.fill.fgColor.rgb == "FFFFF8DC", (sheet.title, one.coordinate)
    names = {(kind, field) for kind, _, field in places(sheet_of(book))}
    assert {
        ("资金", "adjusted"),
        ("目标", "achieved"),
        ("指标", "share"),
        ("指标", "remedy"),
        ("备注", "remark"),
    } <= names
    assert cell(book, "指标", "质量1", "actual").number_format == "0.00##%"
    assert "措施" in {kind for kind, _, _ in places(sheet_of(book, UNIT))}


def test_texts_are_never_formulas_and_nothing_points_outside(tmp_path: Path):
    rules = workspace(tmp_path, {"P1": ("cn-2020-10", [("=1+1", "≥1人", 9000)])})
    made = template_xlsx(rules, tables_of(rules, None, None), {}, 1)
    names = [row[3].value for row in load_workbook(io.BytesIO(made)).worksheets[1].iter_rows()]
    assert "=1+1" in names
    kinds = [one.data_type for row in load_workbook(io.BytesIO(made)).worksheets[1].iter_rows() for one in row[3:4]]
    assert "f" not in kinds
    import zipfile

    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert not [name for name in archive.namelist() if "external" in name.lower() or "vba" in name.lower()]
        text = "".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/"))
    assert not re.search("WEBSERVICE|HYPERLINK|https?://(?!schemas)|INDIRECT", text)


def test_the_command_writes_a_new_version_only_for_new_content(tmp_path: Path):
    run = CliRunner().invoke
    one = run(app, ["template", str(ROOT), "--out", str(tmp_path), "--blank"])
    assert one.exit_code == 0, one.output
    (path,) = tmp_path.iterdir()
    assert path.name == "遵化市文化路街道办事处本级_2023_自评填报表_v01.xlsx"
    assert path.read_bytes() == blank()
    assert "没有变化" in run(app, ["template", str(ROOT), "--out", str(tmp_path), "--blank"]).output
    run(app, ["template", str(ROOT), "--out", str(tmp_path)])
    assert len(list(tmp_path.iterdir())) == 2


# ---- reading back ------------------------------------------------------------------------------------------------


def test_a_template_left_blank_says_nothing(tmp_path: Path):
    assert read_actuals(filled(tmp_path), product()) == ({}, [])


def brief(evaluation: Evaluation) -> Any:
    return [
        (table.code, table.score, table.grade, [(row.indicator.id, row.earned, row.attainment) for row in table.all_rows],
         sorted((f.rule.id, f.subject) for f in table.findings), table.actuals and table.actuals.model_dump()["spending"])
        for table in evaluation.tables
    ]  # fmt: skip


def test_existing_results_come_back_as_they_were(tmp_path: Path, sample: Evaluation):
    actuals = load_actuals(ROOT / "actuals", product())
    made = template_xlsx(product(), tables_of(product(), None, None), actuals, 1)
    path = tmp_path / "actuals" / "a.xlsx"
    path.parent.mkdir()
    path.write_bytes(made)
    read, found = read_actuals(path.parent, product())
    assert [p for p in found if p.severity == "错误"] == []
    assert read.keys() == actuals.keys()
    assert brief(evaluate(product(), read)) == brief(sample)
    for name, one in actuals.items():
        mine, due = read[name].model_dump(), one.model_dump()
        for result in (*mine["results"].values(), *due["results"].values()):
            result.pop("actual")  # 97.0% is typed as 97%
        assert mine == due


WORDS = st.text("街道办公室人员减少，已补。AB12", min_size=1, max_size=12).map(str.strip).filter(bool)
MAYBE = st.none() | WORDS


def decimals(top: int, places: int) -> st.SearchStrategy[Fraction]:
    return st.integers(0, top * 10**places).map(lambda n: Fraction(n, 10**places))


def shown(number: Fraction) -> str:
    return f"{float(number):.6f}".rstrip("0").rstrip(".")


@st.composite
def money(draw: Any) -> dict[str, Any]:
    """The year's money in 万元, and of it nothing, something or everything by fund."""
    parts = {
        name: draw(st.tuples(decimals(99, 6), decimals(99, 2))) for name in draw(st.sets(st.sampled_from([*FUNDS])))
    }
    told = {name: {"adjusted": shown(a), "executed": shown(e)} for name, (a, e) in parts.items()}
    more = Fraction(0) if parts else draw(decimals(500, 2))
    if told and draw(st.booleans()):  # one amount is left out, and was more than nothing
        draw(st.sampled_from(list(told.values()))).pop(draw(st.sampled_from(["adjusted", "executed"])))
    total = (sum((pair[n] for pair in parts.values()), more) for n in (0, 1))
    made: dict[str, Any] = dict(zip(("adjusted", "executed"), map(shown, total), strict=True))
    return made | ({"funds": told} if told else {})


@st.composite
def results(draw: Any, project: Project) -> dict[str, Any]:
    """Results of every kind, as plain data that YAML and the workbook can both say."""
    rows: dict[str, Any] = {}
    for row in project.indicators:
        kind, one = row.read.kind, {}
        entry = entry_of(row, project.year)
        if row.formula is None and entry is not None and draw(st.booleans()):
            top = 150 if entry.percent else 2_000
            one["actual"] = shown(draw(decimals(top, draw(st.integers(0, 3))))) + entry.unit
        elif row.formula is None and kind == "定性" and draw(st.booleans()):
            one |= draw(st.sampled_from([{"state": "达成", "share": "85%"}, {"state": "未达成且效果较差", "share": "0%"},
                                         {"state": "部分达成并具有一定效果", "share": "66.25%"}]))  # fmt: skip
        one |= {name: text for name in ("cause", "remedy") if (text := draw(MAYBE))}
        if lines := draw(st.lists(WORDS, max_size=2)):
            one["evidence"] = lines
        if one:
            rows[row.id] = one
    spending = {name: text for name in ("cause", "remedy") if (text := draw(MAYBE))}
    if draw(st.booleans()):
        spending |= draw(money())
    document: dict[str, Any] = {"code": project.code, "year": str(project.year)}
    document |= {"spending": spending} if spending else {}
    document |= {"results": rows} if rows else {}
    document |= {name: text for name in ("achieved", "remark") if (text := draw(MAYBE))}
    if len(document) > 2 and draw(st.booleans()):
        document["illustrative"] = "true"
    return document


def yaml(document: dict[str, Any]) -> str:
    import json

    return json.dumps(document, ensure_ascii=False)  # JSON is YAML


def typed(document: dict[str, Any]) -> list[Change]:
    """The same results as a clerk would type them."""
    code = document["code"]
    fields = (("目标", "achieved"), ("备注", "remark"))
    made = [put(kind, "", name, document[name], code=code) for kind, name in fields if name in document]
    if "illustrative" in document:
        made.append(put("基本", "", "illustrative", "是", code=code))
    spending = dict(document.get("spending", {}))
    for fund, amounts in spending.pop("funds", {}).items():
        made += [put("分项", fund, name, float(text), code=code) for name, text in amounts.items()]
    for name, text in spending.items():
        value = float(text) if name in ("adjusted", "executed") else text
        made.append(put("资金", "", name, value, code=code))
    for ident, answers in document.get("results", {}).items():
        for name, text in answers.items():
            value: Any = "\n".join(text) if name == "evidence" else text
            if name == "share" or (name == "actual" and text.endswith("%")):
                value = float(Fraction(text[:-1]) / 100)
            elif name == "actual":
                value = float(re.match("[0-9.]+", text)[0])
            made.append(put("指标", ident, name, value, code=code))
    return made


@given(st.data())
@settings(max_examples=15)
def test_a_filled_template_says_what_yaml_says(tmp_path_factory: Any, data: Any):
    projects = [data.draw(st.sampled_from(list(product().projects.values()))) for _ in range(2)]
    documents = {one.code: data.draw(results(one)) for one in projects}
    folder = filled(tmp_path_factory.mktemp("t"), *(change for one in documents.values() for change in typed(one)))
    read, found = read_actuals(folder, product())
    due = {}
    for one in documents.values():
        if len(one) > 2:
            model, wrong = as_model(Actuals, parse_document(yaml(one), "a.yaml")[0])
            assert model is not None, wrong
            due[model.year, model.code] = model.model_dump()
    assert {one.code for one in found} <= {"A132", "A133"}, "only what funds given in part leave open"
    assert {key: one.model_dump() for key, one in read.items()} == due


@pytest.mark.parametrize(
    ("value", "form", "due"),
    [
        (0.95, "0%", "95%"),
        (0.95, "0.00##%", "95%"),
        (0.1 + 0.2, "0.00%", "30%"),
        ("96.5%", None, "96.5%"),
        (0, "General", "0%"),
        (1.2, "0%", "120%"),
        (9.5, "0%", "950%"),
    ],
)
def test_a_per_cent_is_read_by_its_format(tmp_path: Path, value: Any, form: str | None, due: str):
    read, found = read_actuals(filled(tmp_path, put("指标", "质量1", "actual", value, form)), product())
    assert found == []
    assert read[2023, CODE].results["质量1"].actual == due


@pytest.mark.parametrize(
    ("value", "form", "readings"),
    [(95, "0%", "是 95% 还是 9500%"), (95, "General", "是 95% 还是 9500%"), (0.95, "General", "是 0.95% 还是 95%"),
     (9.6, "0%", "是 9.6% 还是 960%")],
)  # fmt: skip
def test_a_bare_number_for_a_per_cent_is_a_question(tmp_path: Path, value: Any, form: str, readings: str):
    (one,) = problems(filled(tmp_path, put("指标", "质量1", "actual", value, form)))
    assert one.code == "A411"
    assert readings in one.says
    where = str(one.where)
    assert where.startswith("actuals/自评填报表.xlsx!6 文化路社区工作经费!G"), where


def test_a_share_is_a_per_cent(tmp_path: Path):
    state = put("指标", "社会效益1", "state", "达成")
    (one,) = problems(filled(tmp_path, state, put("指标", "社会效益1", "share", 85, "General")))
    assert (one.code, "85% 还是 8500%" in one.says) == ("A411", True)
    read, found = read_actuals(filled(tmp_path, state, put("指标", "社会效益1", "share", 0.85)), product())
    assert found == []
    assert read[2023, CODE].results["社会效益1"].share == Fraction(85, 100)


def test_dates_and_words_are_taken_as_they_are_read(tmp_path: Path):
    changes = (put("指标", "社会效益1", "actual", datetime(2023, 6, 30)), put("指标", "数量1", "actual", "60名"))
    read, found = read_actuals(filled(tmp_path, *changes), product())
    assert found == []
    assert read[2023, CODE].results["社会效益1"].actual == "2023年6月30日"
    assert read[2023, CODE].results["数量1"].actual == "60名"


# ---- what was done to it -----------------------------------------------------------------------------------------


def moved(book: Any) -> None:
    """Swap two indicator rows, as cut and insert would."""
    sheet = sheet_of(book)
    at = places(sheet)
    one, two = at["指标", "数量1", "actual"].row, at["指标", "质量1", "actual"].row
    for column in range(1, sheet.max_column + 1):
        first, second = sheet.cell(one, column), sheet.cell(two, column)
        first.value, second.value = second.value, first.value
        first.number_format, second.number_format = second.number_format, first.number_format


def test_sheets_may_be_renamed_and_rows_moved(tmp_path: Path):
    def renamed(book: Any) -> None:
        sheet_of(book).title = "社区经费（改名）"

    changes = (put("指标", "数量1", "actual", 240), put("指标", "质量1", "actual", 0.97), moved, renamed)
    read, found = read_actuals(filled(tmp_path, *changes), product())
    assert found == []
    assert {name: one.actual for name, one in read[2023, CODE].results.items()} == {"数量1": "240人", "质量1": "97%"}


def test_a_cleared_row_is_no_result(tmp_path: Path):
    changes = (
        put("指标", "数量1", "actual", 240),
        put("指标", "数量1", "actual", None),
        put("资金", "", "cause", "示例"),
    )
    read, found = read_actuals(filled(tmp_path, *changes), product())
    assert found == []
    assert read[2023, CODE].results == {}


def row_of(book: Any, ident: str = "数量1") -> int:
    return int(cell(book, "指标", ident, "actual").row)


def inserted(book: Any, text: str | None = "新增指标") -> None:
    sheet = sheet_of(book)
    last = row_of(book, "满意度1")
    for merged in [one for one in sheet.merged_cells.ranges if one.min_row > last]:
        sheet.unmerge_cells(str(merged))  # openpyxl does not move them along, as a spreadsheet does
    sheet.move_range(f"A{last}:W{sheet.max_row}", rows=1)
    sheet.cell(last, 7).value = text


def copied(book: Any) -> None:
    sheet, at = sheet_of(book), row_of(book)
    for column in range(1, 15):
        sheet.cell(sheet.max_row + 1 if column == 1 else sheet.max_row, column).value = sheet.cell(at, column).value


def no_cache(book: Any) -> None:
    cell(book, "指标", "数量1", "actual").value = "=200+40"


CHANGES: dict[str, tuple[str, str, list[Change]]] = {
    "a row deleted": ("A407", "", [lambda book: sheet_of(book).delete_rows(row_of(book, "满意度1"))]),
    "a row inserted": ("A409", "!G26", [inserted]),
    "a row copied": ("A408", "!B", [copied]),
    "a row of another project": (
        "A409",
        "!B21",
        [lambda book: setattr(sheet_of(book).cell(21, 1), "value", "X1|指标|数量1")],
    ),
    "a sheet deleted": ("A405", ".xlsx", [lambda book: book.remove(sheet_of(book))]),
    "a sheet copied": ("A406", "Copy", [lambda book: book.copy_worksheet(sheet_of(book))]),
    "a target retyped": ("A410", "!E21", [put("指标", "数量1", "target", "≥100人")]),
    "points retyped": ("A410", "!F21", [put("指标", "数量1", "points", 20)]),
    "a computed cell retyped": ("A410", "!G24", [put("指标", "成本1", "actual", 0.5)]),
    "a formula never computed": ("A412", "!G21", [no_cache]),
    "an error value": ("A414", "!G21", [put("指标", "数量1", "actual", "#DIV/0!")]),
    "the columns row lost": ("A418", "!A", [lambda book: setattr(sheet_of(book).cell(20, 1), "value", None)]),
    "a column renamed": ("A418", "!A", [lambda book: setattr(sheet_of(book).cell(20, 7), "value", "actualx")]),
    "the hidden sheet cut": ("A401", ".xlsx", [lambda book: book[META].delete_rows(9, 99)]),
    "the hidden sheet garbled": ("A401", ".xlsx", [lambda book: setattr(book[META]["B4"], "value", "二〇二三")]),
    "another version": ("A401", ".xlsx", [lambda book: setattr(book[META]["B1"], "value", "9")]),
    "another unit": ("A402", ".xlsx", [lambda book: setattr(book[META]["B2"], "value", "629999")]),
    "another year": ("A402", ".xlsx", [lambda book: setattr(book[META]["B4"], "value", "2022")]),
    "an unknown state": ("R103", "!I25", [put("指标", "社会效益1", "state", "基本达成")]),
    "money in words": ("R103", "!E8", [put("资金", "", "adjusted", "约九十")]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_done_to_a_workbook_is_told_at_its_place(tmp_path: Path, name: str):
    code, where, changes = CHANGES[name]
    also = put("指标", "时效1", "actual", 0.99)
    own = [] if name in ("a sheet deleted", "a sheet copied") else [also]
    read, found = read_actuals(filled(tmp_path, *own, *changes), product())
    wrong = [one for one in found if one.severity == "错误"]
    besides = {"the columns row lost": {"A409"}, "a row of another project": {"A407"}}  # what follows from it
    assert {one.code for one in wrong} == {code} | besides.get(name, set())
    assert any(where in str(one.where) for one in wrong if one.code == code), [str(one.where) for one in wrong]
    with pytest.raises(ActualsProblems):  # scoring takes nothing of it
        load_actuals(tmp_path / "actuals", product())
    kept = {row for one in read.values() for row in one.results}
    assert kept <= {"时效1"}, "the rows that are wrong are left out"
    assert read.unread or name == "a sheet copied", "what was not read is known"


def test_a_blank_row_inserted_changes_nothing(tmp_path: Path):
    read, found = read_actuals(
        filled(tmp_path, put("指标", "数量1", "actual", 240), lambda b: inserted(b, None)), product()
    )
    assert found == []
    assert read[2023, CODE].results["数量1"].actual == "240人"


def test_all_problems_are_told_at_once(tmp_path: Path):
    changes = (put("指标", "质量1", "actual", 95, "General"), put("指标", "数量1", "target", "≥1人"), no_cache)
    other = put("指标", "质量1", "actual", 0.5, "General", code="13028124P00499410001F")
    found = problems(filled(tmp_path, *changes, other))
    assert sorted(one.code for one in found) == ["A410", "A411", "A411", "A412"]


def test_a_computed_input_is_taken_with_a_note(tmp_path: Path):
    """The cached result of a formula, as Excel stores it."""
    folder = filled(tmp_path, put("指标", "数量1", "actual", 240))
    path = folder / "自评填报表.xlsx"
    book = load_workbook(path)
    name = f"xl/worksheets/sheet{book.worksheets.index(sheet_of(book)) + 1}.xml"
    at = cell(book, "指标", "数量1", "actual").coordinate
    import zipfile

    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    text, count = re.subn(rf'(<c r="{at}"[^>]*>)<v>240</v>', r"\1<f>200+40</f><v>240</v>", parts[name].decode())
    assert count == 1
    with zipfile.ZipFile(path, "w") as archive:
        for entry, raw in (parts | {name: text.encode()}).items():
            archive.writestr(entry, raw)
    read, (note,) = read_actuals(folder, product())
    assert (note.code, note.severity) == ("A413", "提示")
    assert read[2023, CODE].results["数量1"].actual == "240人"
    assert load_actuals(folder, product()) == read, "a note stops nothing"


def test_a_sheet_of_ones_own_is_passed_over_with_a_note(tmp_path: Path):
    def noted(book: Any) -> None:
        book.create_sheet("我的草稿")["A1"] = "=1+1"

    (one,) = problems(filled(tmp_path, noted))
    assert (one.code, one.severity) == ("A416", "提示")


def test_a_workbook_and_a_yaml_of_one_project_do_not_go_together(tmp_path: Path):
    folder = filled(tmp_path, put("指标", "数量1", "actual", 240))
    shutil.copy(ROOT / "actuals" / "2023" / UNIT / f"{CODE}.yaml", folder / "x.yaml")
    assert [one.code for one in problems(folder)] == ["A109"]
    shutil.copy(ROOT / "actuals" / "2023" / UNIT / "13028124P00499410001F.yaml", folder / "x.yaml")
    assert problems(folder) == []


def test_two_workbooks_of_one_office(tmp_path: Path):
    one, two = put("指标", "数量1", "actual", 240), put("指标", "质量1", "actual", 0.97, code="13028124P00499410001F")
    folder = filled(tmp_path, one, name="a.xlsx")
    filled(tmp_path, two, name="b.xlsx")
    read, found = read_actuals(folder, product())
    assert (found, len(read)) == ([], 2), "each project in one of them"
    filled(tmp_path, one, name="b.xlsx")
    assert [(p.code, p.severity) for p in problems(folder)] == [("A417", "提示")]
    filled(tmp_path, put("指标", "数量1", "actual", 241), name="b.xlsx")
    (told,) = problems(folder)
    assert told.code == "A415"
    assert "a.xlsx" in told.says
    assert "b.xlsx" in str(told.where)


def test_an_ordinary_workbook_is_no_template(tmp_path: Path):
    book = Workbook()
    book.active.append(["项目编码", "年度"])
    assert not is_template(Opened(saved(book, tmp_path / "a.xlsx").read_bytes()))
    assert is_template(Opened(blank()))


# ---- rules of another version ------------------------------------------------------------------------------------


def workspace(
    tmp_path: Path, projects: dict[str, tuple[str, list[tuple[str, str, int]]]], unit: str = "600001"
) -> Rulebook:
    """Rules with these projects: code -> policy and rows of name, target (or target|formula), hundredths of points."""
    folder = tmp_path / "rules" / "projects" / "2024" / unit
    folder.mkdir(parents=True, exist_ok=True)
    for code, (policy, rows) in projects.items():
        lines = [f"code: {code}", f"name: 示例项目{code}", "year: 2024", f"policy: {policy}",
                 f"unit: {{code: '{unit}', name: 示例单位{unit}}}", "source: {document: 示例数据}",
                 "budget: {total: 100, fiscal: 100, other: 0}", "plan: {12月底: 100%}", "goals: [示例]", "indicators:"]  # fmt: skip
        for number, (name, target, points) in enumerate(rows, 1):
            wanted, _, formula = target.partition("|")
            lines += [f"  - id: 行{number}", "    category: 产出指标", "    dimension: 数量指标", f"    name: '{name}'",
                      f"    target: '{wanted}'", f"    points: {points // 100}.{points % 100:02}"]  # fmt: skip
            lines += [f"    formula: {formula}"] if formula else []
        (folder / f"{code}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_rulebook(tmp_path / "rules", SHARED)


def older(tmp_path: Path, target: str, *changes: Change) -> tuple[dict[Any, Actuals], list[Problem]]:
    """A template made under ≥10人 and filled, read under rules with another target."""
    before = workspace(tmp_path, {"P1": ("cn-2020-10", [("人数", "≥10人", 5000), ("率", "≥90%", 4000)])})
    book = load_workbook(io.BytesIO(template_xlsx(before, tables_of(before, None, None), {}, 1)))
    for change in changes:
        change(book)
    saved(book, tmp_path / "actuals" / "a.xlsx")
    after = workspace(tmp_path, {"P1": ("cn-2020-10", [("人数", target, 5000), ("率", "≥90%", 4000)])})
    return read_actuals(tmp_path / "actuals", after)


def test_rules_that_changed_under_a_filled_row_are_a_problem(tmp_path: Path):
    read, found = older(tmp_path, "≥12人", put("指标", "行1", "actual", 11, code="P1"))
    wrong = [one for one in found if one.severity == "错误"]
    assert [one.code for one in wrong] == ["A403"]
    assert "≥10人" in wrong[0].says
    assert "≥12人" in wrong[0].says
    assert read[2024, "P1"].results == {}


def test_rules_that_changed_elsewhere_are_a_note(tmp_path: Path):
    read, found = older(tmp_path, "≥12人", put("指标", "行2", "actual", 0.9, code="P1"))
    assert [(one.code, one.severity) for one in found] == [("A404", "提示")]
    assert read[2024, "P1"].results["行2"].actual == "90%"


def test_two_offices_are_read_each_under_its_own(tmp_path: Path):
    for unit, code in (("600001", "P1"), ("600002", "P2")):
        rules = workspace(tmp_path, {code: ("cn-2020-10", [("人数", "≥10人", 9000)])}, unit)
        tables = tables_of(rules, 2024, unit)
        book = load_workbook(io.BytesIO(template_xlsx(rules, tables, {}, 1)))
        put("指标", "行1", "actual", 9, code=code)(book)
        saved(book, tmp_path / "actuals" / f"{unit}.xlsx")
    read, found = read_actuals(tmp_path / "actuals", rules)
    assert {one.code for one in found} <= {"A404"}  # the first was made before the second office had rules
    assert sorted(read) == [(2024, "P1"), (2024, "P2")]


# ---- the previews ------------------------------------------------------------------------------------------------

EDGES = [
    ("≥59人", [59, 58, 0, 60, 200, 77, 58.5, None]),
    ("≥95%", [0.95, 0.9499, 0, 1, 0.33333333, 0.012345, 1.235, None]),
    (">10件", [10, 11, 9, 13, 12.999]),
    ("≤4%", [0.04, 0.08, 0.0401, 0.0799, 0, 0.12, 0.05]),
    ("<3次", [3, 2.5, 6, 5.99, 0, 7]),
    ("=7个", [7, 6, 8, 0, 10]),
    ("=0起", [0, 1, 3]),
    ("5-8天", [5, 8, 4, 9, 16, 0]),
    ("≥0.3%", [0.003, 0.0029, 0.0015, 0.001]),
    ("≥4574600元", [4574600, 4574599.99, 2287300, 1]),
]
RATES = ["0", "69.99", "70", "89.999", "100", "120", None]
POLICIES = ("cn-2020-10", "linear-at-most", "execution-caps", "hubei-2020-3")
STATED = [("达成", 1), ("达成", 0.8), ("部分达成并具有一定效果", 0.7999), ("部分达成并具有一定效果", 0.6),
          ("未达成且效果较差", 0.5999), ("未达成且效果较差", 0), ("达成", 0.87654)]  # fmt: skip
MONEY = [
    "≥95%|全年执行数 / 全年预算数",
    "≥30%|(全年预算数 - 全年执行数) / 全年预算数",
    "≤80万元|全年执行数",
    "≥5%|(年初预算数 - 全年执行数) / 年初预算数",
]


def recalculated(book: Any, tmp_path: Path) -> Any:
    """The workbook as LibreOffice computes it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("soffice is not here")
    path = saved(book, tmp_path / "in" / "a.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(path)]
    subprocess.run(convert, check=True, capture_output=True)
    return load_workbook(tmp_path / "out" / "a.xlsx", data_only=True)


def execution_points(rules: Rulebook, policy: str) -> int:
    return rules.policies[policy].allocation.execution


def edges(policy: str, execution: int) -> tuple[list[tuple[str, str, int]], dict[str, Any]]:
    """Rows whose odd points add up, and what is typed in each."""
    targets = [(target, value) for target, values in EDGES for value in values]
    targets += [("有所提升", one) for one in STATED if policy != "hubei-2020-3" or one[1] not in (0.5999,)]
    targets += [("完成", word) for word in ("完成", "未完成")]
    targets += [(target, None) for target in MONEY]
    left = 10_000 - execution
    each = left // len(targets)
    worth = [each + (1 if n % 2 else -1) * (n % 30) for n in range(len(targets))]
    worth[-1] += left - sum(worth)
    rows = [(f"指标{n}", target, points) for n, ((target, _), points) in enumerate(zip(targets, worth, strict=True), 1)]
    return rows, {f"行{n}": value for n, (_, value) in enumerate(targets, 1)}


def test_previews_are_the_engines_points(tmp_path: Path):
    plans = {f"P{p}{r}": (policy, rate) for p, policy in enumerate(POLICIES) for r, rate in enumerate(RATES)}
    typed_in: dict[str, dict[str, Any]] = {}
    projects = {}
    for code, (policy, _) in plans.items():
        rows, typed_in[code] = edges(policy, execution_points(product(), policy))
        projects[code] = (policy, rows)
    rules = workspace(tmp_path, projects)
    tables = tables_of(rules, None, None)
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables, {}, 1)))
    for code, (_, rate) in plans.items():
        at = places(sheet_of(book, code))
        if rate is not None:
            at["资金", "", "adjusted"].value, at["资金", "", "executed"].value = 100, float(rate)
        for ident, value in typed_in[code].items():
            if isinstance(value, tuple):
                at["指标", ident, "state"].value, at["指标", ident, "share"].value = value
            elif value is not None:
                at["指标", ident, "actual"].value = value
    read, found = read_actuals(saved(book, tmp_path / "actuals" / "a.xlsx").parent, rules)
    assert found == []
    evaluation = evaluate(rules, read, executor="frame")
    computed = recalculated(book, tmp_path)
    again, found = read_actuals(tmp_path / "out", rules)
    assert found == []
    plain = [{key: one.model_dump() for key, one in side.items()} for side in (again, read)]
    assert plain[0] == plain[1], "saved by another program it says the same"
    seen = 0
    for table in evaluation.tables:
        sheet = sheet_of(computed, table.code)
        column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "得分预览")
        at = places(sheet)
        for row in table.all_rows:
            where = at["资金", "", "adjusted"] if row is table.execution else at["指标", row.indicator.id, "actual"]
            value = sheet.cell(where.row, column).value
            case = (table.policy.id, row.indicator.target, row.actual_shown, row.points)
            assert isinstance(value, int | float), (*case, value)
            assert round(value * 100) == row.earned, (*case, value, row.earned)
            seen += 1
        last = next(r for r in range(1, sheet.max_row + 1) if "总分预览" in str(sheet.cell(r, 2).value))
        assert round(sheet.cell(last, column).value * 100) == table.score, (table.code, table.policy.id)
        grade = next(str(one.value) for one in sheet[last] if str(one.value) in table.policy.grades.words)
        assert grade == table.grade_by_score
    assert seen > 1_500


def test_what_no_formula_decides_is_left_to_the_engine(tmp_path: Path):
    rows = [("期限", "6月30日前完成", 1000), ("复合", "完成1部宣传片,2套方案", 1000), ("文字", "有所提升", 1000),
            ("数", "≥10人", 1000), ("数", "≥10人", 1000), ("率", "≥90%", 1000), ("档", "有所提升", 1000), ("数", "≥0.123456789米", 2000)]  # fmt: skip
    given_: dict[str, dict[str, Any]] = {
        "行1": {"actual": "6月20日"}, "行2": {"actual": "完成1部宣传片,2套方案"}, "行3": {"actual": "明显提升"},
        "行4": {"actual": "10人"}, "行5": {"actual": 1 / 3}, "行6": {"actual": 95}, "行7": {"state": "达成", "share": 0.7},
        "行8": {"actual": 1},
    }  # fmt: skip
    rules = workspace(tmp_path, {"P1": ("cn-2020-10", rows)})
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables_of(rules, None, None), {}, 1)))
    at = places(sheet_of(book, "P1"))
    for ident, fields in given_.items():
        for field, value in fields.items():
            at["指标", ident, field].value = value
    sheet = sheet_of(recalculated(book, tmp_path), "P1")
    shown = {ident: sheet.cell(at["指标", ident, "actual"].row, 11).value for ident in given_}
    assert shown == dict.fromkeys(given_, "待评分")


HINTED: list[tuple[str, Any, tuple[Any, ...], str]] = [  # target, typed, (adjusted, executed, cause, remedy), achieved
    ("≤5.6万元", 54900, (1_000_000, 950_000, "", ""), "详见附件"),
    ("≥58人", 58000, (None, 950_000, "", ""), "无"),
    ("≥58人", 57999, (100, 100, "", ""), "全部完成"),
    ("≥58000人", 58, (0.01, 0.01, "", ""), "——"),
    ("≤5000件", 3, (100_000, 100, "无", ""), "全部完成"),
    ("≤56000元", 5.49, (99_999.99, 99_999.99, "同 上。", "/"), "1.无"),
    ("=8台", 8, (200, 180, "", ""), "N/A"),
    ("≥1万元", 1500, (50, 49, "见附件", "暂无"), ""),
    ("≥1.5公里", 1.5, (40, 40, "", ""), "无故障，全部完成"),
    ("90-100分", 95000, (0.5, 0.4, "年中调减", "早作安排"), "已完成"),
    ("≥3个", 9, (0, 0, "", ""), "略"),
]


def test_hints_say_what_the_engine_finds(tmp_path: Path):
    """Beside each row: what the findings of figures and of empty words say of it, and nothing where there is none."""
    rules = workspace(
        tmp_path,
        {f"P{n}": ("cn-2020-10", [("指标", target, 9000)]) for n, (target, *_) in enumerate(HINTED)},
    )
    book = load_workbook(io.BytesIO(template_xlsx(rules, tables_of(rules, None, None), {}, 1)))
    for n, (_, typed, (adjusted, executed, cause, remedy), achieved) in enumerate(HINTED):
        at = places(sheet_of(book, f"P{n}"))
        given_ = {"adjusted": adjusted, "executed": executed, "cause": cause, "remedy": remedy}
        for field, value in given_.items():
            at["资金", "", field].value = value or (value if value == 0 else None)
        at["指标", "行1", "actual"].value = typed
        at["指标", "行1", "cause"].value, at["指标", "行1", "remedy"].value = cause or None, remedy or None
        at["目标", "", "achieved"].value = achieved or None
    read, found = read_actuals(saved(book, tmp_path / "actuals" / "a.xlsx").parent, rules)
    assert found == []
    computed = recalculated(book, tmp_path)
    asked = {"资金": ("F209", "F210", "F211"), "目标": ("F118",), "指标": ("F116", "F117")}
    fired = set()
    for table in evaluate(rules, read, executor="frame").projects:
        sheet = sheet_of(computed, table.code)
        at = places(sheet)
        column = next(c for c in range(1, 20) if sheet.cell(6, c).value == "核对提示")
        rows = {
            "资金": at["资金", "", "adjusted"],
            "目标": at["目标", "", "achieved"],
            "指标": at["指标", "行1", "actual"],
        }
        for kind, where in rows.items():
            shown = str(sheet.cell(where.row, column).value or "")
            due = [one.says for one in table.findings if one.rule.id in asked[kind]]
            fired |= {one.rule.id for one in table.findings}
            if kind != "目标":
                cause, remedy = (HINTED[int(table.code[1:])][2][n] for n in (2, 3))
                due = [one.replace(aside(unsaid("原因", cause)), "") for one in due]  # said once in a row
                if kind == "指标":  # name, target and value stand in the row itself
                    due = [
                        re.sub("^.*?，(?=(?:是|指标值是))", "实际完成值：", one).removesuffix("，未说明原因")
                        for one in due
                    ]
                due += [one for one in (unsaid("原因", cause), unsaid("措施", remedy)) if one]
                due = [f"{one}。" for one in due]
            assert shown == "".join(due), (table.code, kind)
    assert fired >= {rule for rules_ in asked.values() for rule in rules_}


AMOUNTS = {"年初预算数": 7, "全年预算数": 11, "全年执行数": 5}


@pytest.mark.parametrize("formula", [
    "(全年预算数 - 全年执行数) / 全年预算数", "1 - 全年执行数 / 全年预算数", "全年执行数 × 0.5 + 年初预算数",
    "全年预算数 / (全年执行数 / 全年预算数)", "2 × (全年预算数 − 全年执行数)",
])  # fmt: skip
def test_a_money_formula_is_the_same_as_a_quotient_of_sums(formula: str):
    cells: Any = {name: Quotient(str(value), degree=1) for name, value in AMOUNTS.items()}
    made: Any = compute(formula, cells).number
    due = compute(formula, {name: Fraction(value) for name, value in AMOUNTS.items()}).number
    whole = re.sub(r"(\d+)", r"Fraction(\1)", f"({made.above})/({made.below})")
    assert eval(whole, {"Fraction": Fraction}) == due
