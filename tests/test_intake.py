"""Results from YAML, CSV and workbooks are the same results; what cannot be read is told at its place, never guessed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from evaluator.actuals import sheets
from evaluator.actuals.resultfiles import FIELDS, load_actuals, read_actuals
from evaluator.actuals.resultheadings import headings_of
from evaluator.errors import ActualsProblems, EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.intake import guard
from evaluator.reporting.export import as_json
from evaluator.results import Evaluation, Row
from evaluator.rulebook.book import Rulebook, load_rulebook
from tests.test_rulebook import NATIONAL, write

PROJECT = """\
code: {code}
name: 示例项目
year: 2023
unit: {{code: "001", name: 示例单位}}
source: {{document: 目标表, line: {line}}}
budget: {{total: 100, fiscal: 100, other: 0}}
plan: {{12月底: 100%}}
goals: [目标]
indicators:
  - {{id: 数量1, category: 产出指标, dimension: 数量指标, name: 保障人数, target: ≥59人, points: 20}}
  - {{id: 质量1, category: 产出指标, dimension: 质量指标, name: 合格率, target: ≥95%, points: 20}}
  - {{id: 时效1, category: 产出指标, dimension: 时效指标, name: 完成时间, target: 9月前, points: 10}}
  - {{id: 成本1, category: 产出指标, dimension: 成本指标, name: 支出, target: ≤99万元, formula: 全年执行数, points: 10}}
  - {{id: 效益1, category: 效益指标, dimension: 社会效益指标, name: 服务水平, target: 有所提升, points: 20}}
  - {{id: 满意度1, category: 满意度指标, dimension: 满意度指标, name: 满意度, target: ≥90%, points: 10}}
"""
YAML = """\
code: XM001
year: 2023
spending: {adjusted: 98, executed: 95.5, cause: 跨年结算, remedy: 次年支付}
achieved: 基本完成
results:
  数量1: {actual: 57人, evidence: [花名册, 台账], cause: 人员流动, remedy: 补充人员}
  质量1: {actual: 96.5%, evidence: [考核表]}
  时效1: {actual: 7月}
  效益1: {state: 达成, share: 92%, evidence: [评价表], cause: 略, remedy: 略}
  满意度1: {actual: 95%}
"""
HEAD = ("项目编码", "指标编号", "实际完成值", "达成程度", "比例", "佐证材料", "偏差原因", "改进措施",
        "全年预算数", "全年执行数", "实际完成情况")  # fmt: skip
TABLE: list[tuple[Any, ...]] = [
    ("XM001", "", "", "", "", "", "跨年结算", "次年支付", "98", "95.5", "基本完成"),
    ("XM001", "数量1", "57人", "", "", "花名册；台账", "人员流动", "补充人员", "", "", ""),
    ("XM001", "质量1", "96.5%", "", "", "考核表", "", "", "", "", ""),
    ("XM001", "时效1", "7月", "", "", "", "", "", "", "", ""),
    ("XM001", "效益1", "", "达成", "92%", "评价表", "略", "略", "", "", ""),
    ("XM001", "满意度1", "95%", "", "", "", "", "", "", "", ""),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    rules = tmp_path_factory.mktemp("office") / "rules"
    write(rules / "policies" / "cn.yaml", NATIONAL.read_text(encoding="utf-8"))
    for line, code in enumerate(("XM001", "XM002"), 1):
        write(rules / "projects" / "2023" / "001" / f"{code}.yaml", PROJECT.format(code=code, line=line))
    return load_rulebook(rules)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "actuals"
    made.mkdir()
    return made


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(path: Path, rows: Sequence[Sequence[Any]], touch: Callable[[Any], None] | None = None) -> Path:
    """A workbook with these rows; `touch` may change the sheet before it is saved."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "完成情况"
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    if touch:
        touch(sheet)
    book.save(path)
    return path


def scored(book: Rulebook, folder: Path) -> Evaluation:
    return evaluate(book, load_actuals(folder, book))


def rows_of(evaluation: Evaluation, code: str = "XM001") -> dict[str, Row]:
    (table,) = (table for table in evaluation.tables if table.code == code)
    return {row.indicator.id: row for row in table.all_rows}


def problems_of(book: Rulebook, folder: Path) -> list[Problem]:
    return read_actuals(folder, book)[1]


def told(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, str(problem.where)) for problem in problems]


# ---- the same results in every form ------------------------------------------------------------------------------


@pytest.fixture
def from_yaml(book: Rulebook, tmp_path: Path) -> Any:
    write(tmp_path / "yaml" / "actuals" / "XM001.yaml", YAML)
    return as_json(scored(book, tmp_path / "yaml" / "actuals"))


def test_the_results_written_in_yaml_score_as_they_should(from_yaml: Any):
    project = from_yaml["projects"][0]
    earned = {row["id"]: row["earned"] for row in project["rows"]}
    assert earned == {
        "数量1": "19.32", "质量1": "20.00", "时效1": "10.00", "成本1": "10.00", "效益1": "18.40", "满意度1": "10.00",
    }  # fmt: skip
    assert (project["execution"]["rate"], project["execution"]["earned"]) == ("0.97449", "9.74")
    assert project["score"] == "97.46"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv_gives_the_same_evaluation(book: Rulebook, folder: Path, from_yaml: Any, encoding: str):
    write(folder / "结果.csv", as_csv([HEAD, *TABLE], encoding))
    assert as_json(scored(book, folder)) == from_yaml


def test_xlsx_of_texts_gives_the_same_evaluation(book: Rulebook, folder: Path, from_yaml: Any):
    as_xlsx(folder / "结果.xlsx", [HEAD, *TABLE])
    assert as_json(scored(book, folder)) == from_yaml


def test_xlsx_of_numbers_and_percent_cells_gives_the_same_evaluation(book: Rulebook, folder: Path, from_yaml: Any):
    def typed(sheet: Any) -> None:
        for cell, value, shown in (("C4", 0.965, "0.0%"), ("C7", 0.95, "0%"), ("E6", 0.92, "0.00%")):
            sheet[cell].value, sheet[cell].number_format = value, shown
        sheet["I2"].value, sheet["J2"].value = 98, 95.5

    as_xlsx(folder / "结果.xlsx", [HEAD, *TABLE], typed)
    assert as_json(scored(book, folder)) == from_yaml


def test_headings_in_any_order_by_any_name_below_a_title(book: Rulebook, folder: Path, from_yaml: Any):
    names = {"项目编码": "编码", "指标编号": "指标 名称", "实际完成值": "完成值", "达成程度": "等级", "比例": "档内比例",
             "偏差原因": "偏差原因分析", "全年预算数": "全年预算数(万元)", "全年执行数": "全年执行数（万元）"}  # fmt: skip
    order = [HEAD.index(name) for name in reversed(HEAD)]
    head = [names.get(HEAD[i], HEAD[i]) for i in order]
    rows = [["2023 年度绩效自评"], [], [*head, "备注"], *([row[i] for i in order] + ["随便"] for row in TABLE)]
    as_xlsx(folder / "结果.xlsx", rows)
    assert as_json(scored(book, folder)) == from_yaml
    write(folder / "结果.xlsx", b"")
    (folder / "结果.xlsx").unlink()
    write(folder / "结果.csv", as_csv(rows))
    assert as_json(scored(book, folder)) == from_yaml


@pytest.mark.parametrize(("column", "name"), [(c, n) for field, c in FIELDS.items() for n in headings_of(field)])
def test_every_declared_heading_is_one_column(column: str, name: str):
    from evaluator.actuals.resultfiles import _columns
    from evaluator.documents.loading import Text

    assert _columns([Text(name)]) == {0: column}
    assert _columns([Text(name.replace("（", "(").replace("）", ")") + " ")]) == {0: column}


def test_results_in_a_folder_of_folders_and_beside_other_files(book: Rulebook, folder: Path, from_yaml: Any):
    write(folder / "2023" / "001" / "XM001.yml", YAML)
    write(folder / "说明.md", "# 说明")
    write(folder / "佐证" / "扫描件.pdf", b"%PDF")
    write(folder / "~$结果.xlsx", b"lock")
    write(folder / ".隐藏.csv", b"\xff")
    assert as_json(scored(book, folder)) == from_yaml


def test_indicators_by_name_and_years_written_out(book: Rulebook, folder: Path):
    rows = [
        ("项目编码", "年度", "三级指标", "完成值"),
        ("XM001", 2023, "保障人数", "60人"),
        ("XM002", 2023, "数量1", "50人"),
    ]
    as_xlsx(folder / "结果.xlsx", rows)
    evaluation = scored(book, folder)
    assert rows_of(evaluation)["数量1"].earned == 2000
    assert rows_of(evaluation, "XM002")["数量1"].actual == 50


def test_the_places_of_results_are_lines_and_cells(book: Rulebook, folder: Path):
    write(folder / "a.yaml", YAML)
    as_xlsx(folder / "b.xlsx", [HEAD, ("XM002", "数量1", "57人", *[""] * 8)])
    actuals, problems = read_actuals(folder, book)
    assert problems == []
    assert str(actuals[2023, "XM001"].results["质量1"].where) == "actuals/a.yaml:7:8"
    assert str(actuals[2023, "XM002"].results["数量1"].where) == "actuals/b.xlsx!完成情况!B2"


# ---- nothing there -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [None, "empty", "half"])
def test_missing_results_score_nothing_and_are_found(make: str | None, tmp_path: Path):
    """With the rules of this repository, for their findings."""
    from tests.conftest import ROOT

    book = load_rulebook(ROOT / "rules")
    folder = tmp_path / "actuals"
    if make:
        folder.mkdir()
    code = "13028124P00499410001F"
    if make == "half":
        write(folder / "one.yaml", f"code: {code}\nyear: 2023\nresults:\n  数量1: {{actual: 59人}}\n  质量1: {{}}\n")
    evaluation = scored(book, folder)
    for table in evaluation.tables:
        expected = 1250 if make == "half" and table.code == code else 0
        assert table.score == expected
        assert table.grade == "差"
        missing = {row for finding in table.findings if finding.rule.id == "F104" for row in finding.rows}
        nothing = [finding.subject for finding in table.findings if finding.rule.id == "F119"]
        if expected:
            assert missing == {row.indicator.id for row in table.rows if row.missing}
            assert (len(missing), nothing) == (len(table.rows) - 1, [])
        else:
            assert (missing, nothing) == (set(), [table.code] if make == "half" else [])  # else nobody began
    assert all(row["attainment"] is None for row in as_json(evaluation)["projects"][0]["rows"])


def test_blank_and_absent_are_the_same(book: Rulebook, folder: Path):
    write(folder / "a.yaml", "code: XM001\nyear: 2023\nresults:\n  数量1: {actual: '  '}\n  质量1:\n    actual:\n")
    rows = rows_of(scored(book, folder))
    assert all(row.missing and row.earned == 0 for row in rows.values())


# ---- what a cell means -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown", "read", "earned"),
    [
        (0.95, "0%", "95%", 2000),
        (0.95, "0.00%", "95%", 2000),
        (0.9612, "0%", "96.12%", 2000),
        (0.475, "0.0%;[Red]-0.0%", "47.5%", 1000),
        (1, "0%", "100%", 2000),
        (0.1 + 0.2, "0%", "30%", 632),
        ("95%", "General", "95%", 2000),
        ("９５％", "General", "95%", 2000),
        (0, "General", "0%", 0),
        (95, '0"%"', "95%", 2000),
        (95, "0\\%", "95%", 2000),
    ],
)
def test_a_rate_as_excel_keeps_it(book: Rulebook, folder: Path, value: object, shown: str, read: str, earned: int):
    def touch(sheet: Any) -> None:
        sheet["C2"].value, sheet["C2"].number_format = value, shown

    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "质量1", "")], touch)
    row = rows_of(scored(book, folder))["质量1"]
    assert (row.actual_shown, row.earned) == (read, earned)


@pytest.mark.parametrize(("value", "shown"), [(95, "General"), (0.95, "General"), (0.95, "0.00")])
def test_a_bare_number_under_a_rate_is_a_question(book: Rulebook, folder: Path, value: float, shown: str):

    def touch(sheet: Any) -> None:
        sheet["C2"].value, sheet["C2"].number_format = value, shown

    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "质量1", "")], touch)
    with pytest.raises(ActualsProblems) as raised:
        scored(book, folder)
    assert told(raised.value.problems) == [("Q203", "actuals/结果.xlsx!完成情况!B2")]
    assert "XM001 质量1“合格率”：" in raised.value.problems[0].says


@pytest.mark.parametrize("value", [date(2023, 7, 31), datetime(2023, 7, 31, 12, 30)])
def test_a_date_cell_answers_a_deadline(book: Rulebook, folder: Path, value: date):
    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "时效1", value), ("XM002", "时效1", date(2023, 10, 1))])
    evaluation = scored(book, folder)
    row = rows_of(evaluation)["时效1"]
    assert (row.actual_shown, row.met, row.earned) == ("2023年7月31日", True, 1000)
    assert rows_of(evaluation, "XM002")["时效1"].earned == 0


def test_a_formula_is_read_by_its_cached_value_only(book: Rulebook, folder: Path):
    """openpyxl writes formulas without a value; the value Excel would have kept is put in by hand."""
    path = as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "数量1", "=50+9")])
    assert told(problems_of(book, folder)) == [("A205", "actuals/结果.xlsx!完成情况!C2")]
    replace_part(path, "xl/worksheets/sheet1.xml", b"<f>50+9</f><v></v>", b"<f>50+9</f><v>59</v>")
    assert rows_of(scored(book, folder))["数量1"].earned == 2000


def replace_part(path: Path, name: str, old: bytes, new: bytes) -> None:
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {part.filename: archive.read(part) for part in archive.infolist()}
    if old not in parts[name]:
        old = old.replace(b"<v></v>", b"<v />")
    assert old in parts[name], parts[name]
    parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!"])
def test_an_error_cell_is_told_with_its_place(book: Rulebook, folder: Path, error: str):
    def touch(sheet: Any) -> None:
        sheet["C2"].value, sheet["C2"].data_type = error, "e"

    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "数量1", "")], touch)
    (problem,) = problems_of(book, folder)
    assert told([problem]) == [("A206", "actuals/结果.xlsx!完成情况!C2")]
    assert error in problem.says


def test_yes_and_no_cells_are_words(book: Rulebook, folder: Path):
    as_xlsx(folder / "结果.xlsx", [(*HEAD[:3], "示例数据"), ("XM001", "数量1", "60人", True)])
    assert scored(book, folder).illustrative


def test_merged_cells_and_a_second_sheet_without_headings(book: Rulebook, folder: Path):
    def touch(sheet: Any) -> None:
        sheet.merge_cells("A1:C1")
        sheet.parent.create_sheet("填表说明")["A1"] = "先看这里"
        sheet.parent.create_sheet("空表")

    as_xlsx(folder / "结果.xlsx", [("年度表",), HEAD[:3], ("XM001", "数量1", "60人")], touch)
    assert rows_of(scored(book, folder))["数量1"].earned == 2000


def test_texts_that_look_like_formulas_and_huge_numbers_are_never_computed(book: Rulebook, folder: Path):
    for value in ("1e5人", "NaN", "nan%", "inf", "Infinity人", "1" * 31 + "人", "0x3B人", "--57人", "５９.５.１人"):
        write(folder / "a.csv", as_csv([HEAD[:3], ("XM001", "数量1", value)]))
        with pytest.raises(ActualsProblems) as raised:
            scored(book, folder)
        (problem,) = raised.value.problems
        assert problem.code.startswith("Q"), value
        assert str(problem.where) == "actuals/a.csv:2:2"


@pytest.mark.parametrize("value", [1e308, 10**30, 1e-300, -5])
def test_huge_numbers_in_cells(book: Rulebook, folder: Path, value: float):
    def touch(sheet: Any) -> None:
        sheet["C2"].value = 1
        sheet["C2"]._value = value

    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "数量1", "")], touch)
    try:
        row = rows_of(scored(book, folder))["数量1"]
    except EvaluatorError as error:
        assert all(problem.code for problem in error.problems)
    else:
        assert value in (1e-300, -5)
        assert row.earned == 0


def test_infinity_is_no_number(book: Rulebook, folder: Path):
    path = as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "数量1", 5)])
    replace_part(path, "xl/worksheets/sheet1.xml", b"<v>5</v>", b"<v>1e999</v>")
    with pytest.raises(ActualsProblems):
        scored(book, folder)


# ---- what is wrong with a table ----------------------------------------------------------------------------------


def csv_problems(book: Rulebook, folder: Path, *rows: Sequence[Any]) -> list[Problem]:
    write(folder / "a.csv", as_csv(rows))
    return problems_of(book, folder)


def test_an_unknown_code_names_the_nearest(book: Rulebook, folder: Path):
    (problem,) = csv_problems(book, folder, HEAD[:3], ("XM01", "数量1", "60人"))
    assert told([problem]) == [("A111", "actuals/a.csv:2:1")]
    assert problem.nearest == "XM001"
    (problem,) = csv_problems(book, folder, ("年度", *HEAD[:3]), ("2023", "XM0O2", "数量1", "60人"))
    assert (problem.code, problem.nearest) == ("A111", "XM002")
    (folder / "a.csv").unlink()
    write(folder / "a.yaml", YAML.replace("XM001", "XN001"))
    (problem,) = problems_of(book, folder)
    assert (problem.code, problem.nearest, str(problem.where)) == ("A111", "XM001", "actuals/a.yaml:1:1")


def test_an_unknown_indicator_names_the_nearest(book: Rulebook, folder: Path):
    write(folder / "a.csv", as_csv([HEAD[:3], ("XM001", "数量2", "60人"), ("XM001", "质量1", "95%")]))
    with pytest.raises(ActualsProblems) as raised:
        scored(book, folder)
    (problem,) = raised.value.problems
    assert told([problem]) == [("A101", "actuals/a.csv:2:2")]
    assert (problem.nearest, problem.allowed) == ("数量1", "数量1、质量1、时效1、成本1、效益1、满意度1")


def test_duplicates_name_the_first_place(book: Rulebook, folder: Path):
    row = ("XM001", "数量1", "60人")
    (problem,) = csv_problems(book, folder, HEAD[:3], row, ("XM001", "保障人数", "61人"))
    assert told([problem]) == [("A110", "actuals/a.csv:3:2")]
    assert "actuals/a.csv:2:2" in problem.says
    write(folder / "a.csv", as_csv([HEAD[:3], row]))
    write(folder / "b.yaml", YAML)
    (problem,) = problems_of(book, folder)
    assert told([problem]) == [("A109", "actuals/b.yaml:1:1")]
    assert "actuals/a.csv:2:1" in problem.says


def test_a_second_row_of_money_is_a_duplicate_not_the_last_word(book: Rulebook, folder: Path):
    head = ("项目编码", "全年预算数", "全年执行数")
    problems = csv_problems(book, folder, head, ("XM001", "100", "90"), ("XM001", "100", "99"))
    assert told(problems) == [("A110", "actuals/a.csv:3:2"), ("A110", "actuals/a.csv:3:3")]
    assert "先见于 actuals/a.csv:2:2" in problems[0].says
    assert csv_problems(book, folder, head, ("XM001", "100", ""), ("XM001", "", "99")) == []


def test_a_result_without_its_indicator_is_not_dropped(book: Rulebook, folder: Path):
    (problem,) = csv_problems(book, folder, HEAD[:3], ("XM001", "", "60人"))
    assert told([problem]) == [("A113", "actuals/a.csv:2:3")]


def test_two_columns_of_one_heading_are_told(book: Rulebook, folder: Path):
    (problem,) = csv_problems(book, folder, (*HEAD[:3], "完成值"), ("XM001", "数量1", "60人", "10人"))
    assert told([problem]) == [("A116", "actuals/a.csv:1:4")]


def test_an_indicator_may_stand_by_its_id_and_its_name(book: Rulebook, folder: Path):
    for head in (
        ("项目编码", "指标名称", "指标编号", "实际完成值"),
        ("项目编码", "指标编号", "三级指标", "实际完成值"),
    ):
        cells = {"项目编码": "XM001", "指标编号": "数量1", "指标名称": "人数", "三级指标": "人数", "实际完成值": "60人"}
        assert csv_problems(book, folder, head, [cells[name] for name in head]) == []
        assert rows_of(scored(book, folder))["数量1"].actual == 60


@pytest.mark.parametrize("state", ["已落实", "部分落实", "未落实"])
def test_a_measure_of_the_department_stands_in_a_table_too(state: str, tmp_path: Path):
    """Its id is of the department alone: no indicator takes 已落实, and no measure an actual value."""
    sample = load_rulebook(Path(__file__).parents[1] / "rules")
    (tmp_path / "a.csv").write_text(f"项目编码,指标编号,达成程度,佐证材料\n629001,措施一,{state},办法；制度\n", "utf-8")
    measures = load_actuals(tmp_path, sample)[2023, "629001"].measures
    assert (measures["措施一"].state, measures["措施一"].evidence) == (state, ["办法", "制度"])
    (tmp_path / "a.csv").write_text("项目编码,指标编号,实际完成值,达成程度\n629001,措施一,5次,已落实\n", "utf-8")
    with pytest.raises(ActualsProblems, match="actual"):
        load_actuals(tmp_path, sample)


def test_money_beside_an_indicator_is_not_dropped(book: Rulebook, folder: Path):
    head = ("项目编码", "指标编号", "实际完成值", "全年执行数")
    (problem,) = csv_problems(book, folder, head, ("XM001", "数量1", "60人", "99"))
    assert told([problem]) == [("A115", "actuals/a.csv:2:4")]
    (problem,) = csv_problems(book, folder, head, ("XM001", "预算执行率", "97%", "99"))
    assert told([problem]) == [("A113", "actuals/a.csv:2:3")]


def test_a_row_without_a_code_and_a_table_without_headings(book: Rulebook, folder: Path):
    (problem,) = csv_problems(book, folder, HEAD[:3], ("", "数量1", "60人"), ("", "", ""))
    assert told([problem]) == [("A113", "actuals/a.csv:2:2")]
    (problem,) = csv_problems(book, folder, ("甲", "乙"), ("XM001", "数量1"))
    assert told([problem]) == [("A112", "actuals/a.csv")]
    write(folder / "a.csv", b"")
    assert told(problems_of(book, folder)) == [("A112", "actuals/a.csv")]


def test_bad_amounts_states_and_years_are_told_together(book: Rulebook, folder: Path):
    head = (*HEAD[:5], "年度", "全年预算数")
    problems = csv_problems(
        book, folder, head,
        ("XM001", "效益1", "", "很好", "92%", "2023", ""),
        ("XM001", "", "", "", "", "", "很多"),
        ("XM002", "效益1", "", "达成", "0.92", "2023", ""),
    )  # fmt: skip
    assert told(problems) == [
        ("R103", "actuals/a.csv:3:7"), ("R103", "actuals/a.csv:2:4"), ("R103", "actuals/a.csv:4:5"),
    ]  # fmt: skip
    assert "达成、部分达成并具有一定效果、未达成且效果较差" in problems[1].allowed


def test_every_problem_of_every_file_is_told_at_once(book: Rulebook, folder: Path):
    write(folder / "a.yaml", YAML.replace("achieved", "achived"))
    write(folder / "b.csv", as_csv([HEAD[:3], ("XM009", "数量1", "60人")]))
    write(folder / "c.xlsx", b"PK not a zip")
    write(folder / "d.yaml", "a: [")
    codes = [problem.code for problem in problems_of(book, folder)]
    assert codes == ["R101", "A111", "A204", "Y104"]
    with pytest.raises(ActualsProblems) as raised:
        load_actuals(folder, book)
    assert raised.value.exit_code == 3


def test_a_cell_of_many_lines_is_told_at_its_first(book: Rulebook, folder: Path):
    text = '项目编码,指标编号,佐证材料,实际完成值\nXM001,数量1,"一\n二\n三",60个\n'
    write(folder / "a.csv", text)
    with pytest.raises(ActualsProblems) as raised:
        scored(book, folder)
    assert told(raised.value.problems) == [("Q201", "actuals/a.csv:2:2")]


# ---- results that cannot stand -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "id", "result"),
    [
        ("A101", "数量9", "{actual: 60人}"),
        ("A102", "成本1", "{state: 达成, share: 90%}"),
        ("A103", "效益1", "{share: 90%}"),
        ("A105", "成本1", "{actual: 95.6万元}"),
        ("A106", "数量1", "{state: 达成, share: 90%}"),
        ("A107", "效益1", "{state: 达成}"),
        ("A114", "时效1", "{actual: 7月, state: 达成, share: 90%}"),
        ("A108", "效益1", "{state: 达成, share: 79.99%}"),
        ("A108", "效益1", "{state: 部分达成并具有一定效果, share: 80%}"),
        ("A108", "效益1", "{state: 未达成且效果较差, share: 60%}"),
        ("Q202", "数量1", "{actual: 60人次}"),
        ("Q203", "质量1", "{actual: 0.96}"),
        ("Q301", "效益1", "{actual: 有所提升}"),
    ],
)
def test_a_result_that_cannot_stand_is_refused_with_its_place(
    book: Rulebook, folder: Path, code: str, id: str, result: str
):
    text = f"code: XM001\nyear: 2023\nspending: {{adjusted: 98, executed: 95.5}}\nresults:\n  {id}: {result}\n"
    write(folder / "a.yaml", text)
    with pytest.raises(ActualsProblems) as raised:
        scored(book, folder)
    assert told(raised.value.problems) == [(code, "actuals/a.yaml:5:8")]
    assert raised.value.problems[0].allowed


@pytest.mark.parametrize(
    ("state", "share"),
    [("达成", "100%"), ("达成", "80%"), ("部分达成并具有一定效果", "79.99%"), ("部分达成并具有一定效果", "60%"),
     ("未达成且效果较差", "59.99%"), ("未达成且效果较差", "0%")],
)  # fmt: skip
def test_the_ends_of_the_bands(book: Rulebook, folder: Path, state: str, share: str):
    write(folder / "a.yaml", f"code: XM001\nyear: 2023\nresults:\n  效益1: {{state: {state}, share: {share}}}\n")
    assert rows_of(scored(book, folder))["效益1"].earned == round(float(share[:-1]) * 20)


@pytest.mark.parametrize(
    ("entered", "stands"),
    [
        ("95.5万元", True),
        ("95.50万元", True),
        ("96万元", True),  # to the decimals it was entered with
        ("94万元", False),
        ("95.51万元", False),
        ("955000元", True),
        ("955001元", False),  # another unit than the target's: a 元 is a 元, not half a 万元
        ("951000元", False),
        ("95.5", True),
        ("95.5万", True),
    ],
)
def test_a_value_entered_for_a_computed_indicator_must_agree(book: Rulebook, folder: Path, entered: str, stands: bool):
    text = f"code: XM001\nyear: 2023\nspending: {{adjusted: 98, executed: 95.5}}\nresults:\n  成本1: {{actual: {entered}}}\n"
    write(folder / "a.yaml", text)
    if stands:
        row = rows_of(scored(book, folder))["成本1"]
        assert (row.computed, row.actual_shown, row.earned) == (True, "95.5万元", 1000)
    else:
        with pytest.raises(ActualsProblems) as raised:
            scored(book, folder)
        assert [problem.code for problem in raised.value.problems] == ["A105"]


def test_a_sum_rounded_to_ten_thousand_agrees_with_a_target_in_yuan(tmp_path: Path):
    """Entered as 95.52万元 beside a target in 元: right to the hundred, and that is how it was entered."""
    rules = tmp_path / "rules"
    write(rules / "policies" / "cn.yaml", NATIONAL.read_text(encoding="utf-8"))
    write(rules / "projects" / "a.yaml", PROJECT.format(code="XM001", line=1).replace("≤99万元", "≤990000元"))
    book = load_rulebook(rules)
    text = "code: XM001\nyear: 2023\nspending: {{adjusted: 98, executed: 95.5151}}\nresults:\n  成本1: {{actual: {}}}\n"
    write(tmp_path / "actuals" / "a.yaml", text.format("95.52万元"))
    assert rows_of(scored(book, tmp_path / "actuals"))["成本1"].actual == 955151
    write(tmp_path / "actuals" / "a.yaml", text.format("95.53万元"))
    with pytest.raises(ActualsProblems):
        scored(book, tmp_path / "actuals")


# ---- hostile files -----------------------------------------------------------------------------------------------


def zipped(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def hostile(path: Path, kind: str) -> None:
    """A workbook that is none, or means harm."""
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("项目编码,指标编号\n", encoding="utf-8")
        case "old xls":
            path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
        case "truncated":
            as_xlsx(path, [HEAD[:3], ("XM001", "数量1", "60人")])
            path.write_bytes(path.read_bytes()[:-300])
        case "corrupted inside":
            as_xlsx(path, [HEAD[:3], ("XM001", "数量1", "60人")])
            raw = bytearray(path.read_bytes())
            with zipfile.ZipFile(path) as archive:
                for part in archive.infolist():
                    start = part.header_offset + 30 + len(part.filename)
                    raw[start : start + 12] = b"\xff" * 12
            path.write_bytes(bytes(raw))
        case "another zip":
            zipped(path, {"word/document.xml": b"<w/>"})
        case "bomb":
            zipped(path, {"xl/worksheets/sheet1.xml": b"0" * (guard.UNPACKED + 1)})
        case "too many parts":
            zipped(path, {f"xl/{number}.xml": b"" for number in range(guard.PARTS + 1)})
        case "doctype":
            as_xlsx(path, [HEAD[:3]])
            bomb = b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
            replace_part(path, "xl/workbook.xml", b"<workbook", bomb + b"<workbook")
        case "doctype far down":
            as_xlsx(path, [HEAD[:3]])
            bomb = b"<!--" + b" " * 5_000 + b'--><!DOCTYPE lolz [<!ENTITY a "ha">]>'
            replace_part(path, "xl/workbook.xml", b"<workbook", bomb + b"<workbook")
        case "not xml":
            as_xlsx(path, [HEAD[:3]])
            replace_part(path, "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData><")
        case "not a number":
            as_xlsx(path, [HEAD[:3], ("XM001", "数量1", 5)])
            replace_part(path, "xl/worksheets/sheet1.xml", b"<v>5</v>", b"<v>NaN</v>")
        case "far corner":
            book = Workbook()
            book.worksheets[0].cell(row=90_000, column=1_900, value="x")
            book.save(path)
        case "far row":
            book = Workbook()
            book.worksheets[0].cell(row=1_000_000, column=1, value="x")
            book.save(path)


HOSTILE = {
    "empty": "A204", "text": "A204", "old xls": "A204", "truncated": "A204", "corrupted inside": "A204",
    "another zip": "A204", "bomb": "A202", "too many parts": "A202", "doctype": "A204", "doctype far down": "A204",
    "not xml": "A204", "not a number": "A207", "far corner": "A202", "far row": "A202",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_workbook_is_a_coded_problem(book: Rulebook, folder: Path, kind: str):
    hostile(folder / "结果.xlsx", kind)
    problems = problems_of(book, folder)
    assert {problem.code for problem in problems} - {"A112"} == {HOSTILE[kind]}
    assert all(str(problem.where).startswith("actuals/结果.xlsx") for problem in problems)


@pytest.mark.parametrize("suffix", [".xls", ".XLS", ".xlsm", ".et", ".ods"])
def test_a_table_in_a_form_that_is_not_read_is_told_not_skipped(book: Rulebook, folder: Path, suffix: str):
    write(folder / f"结果{suffix}", b"\xd0\xcf\x11\xe0")
    (problem,) = problems_of(book, folder)
    assert told([problem]) == [("A204", f"actuals/结果{suffix}")]
    assert ".xlsx" in problem.allowed


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        (b'\xb1\xe0\xc2\xeb"\xff\xff\xff,', {"A203", "A204"}),
        ('项目编码,指标编号\n"XM001,数量1\n'.encode(), {"A204"}),
        ("项目编码\n".encode() + b"x" * 200_000 + b"\n", {"A204"}),
        ("项目编码,指标编号\n".encode("utf-16-le"), {"A203", "A112"}),
        (b"\0\0\0\0", {"A112", "A204"}),
    ],
)
def test_a_hostile_csv_is_a_coded_problem(book: Rulebook, folder: Path, raw: bytes, codes: set[str]):
    write(folder / "a.csv", raw)
    (problem,) = problems_of(book, folder)
    assert problem.code in codes


def test_a_file_too_large_is_not_opened(book: Rulebook, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheets, "LARGEST", 1_000)
    monkeypatch.setattr(sheets, "ROWS", 3)
    write(folder / "a.csv", b"x" * 1_001)
    assert told(problems_of(book, folder)) == [("A202", "actuals/a.csv")]
    write(folder / "a.csv", as_csv([HEAD[:3], *[("XM001", "数量1", "1人")] * 4]))
    assert [problem.code for problem in problems_of(book, folder)] == ["A202"]


def test_a_file_that_vanishes_is_a_coded_problem():
    assert [problem.code for problem in sheets.read_sheets(Path("nowhere.xlsx"), "nowhere.xlsx")[1]] == ["A201"]


def test_the_evaluation_is_plain_data(from_yaml: Any):
    assert json.loads(json.dumps(from_yaml, ensure_ascii=False)) == from_yaml
