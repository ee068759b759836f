"""Headings of result tables: units are read or refused, what is not seen is removed, a misspelt heading is never `not filled in`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.actuals.resultfiles import read_actuals
from evaluator.actuals.resultheadings import Contradiction, find_head, headings_of, read_heading, visible
from evaluator.actuals.sheets import PlacedTable
from evaluator.documents.loading import Text
from evaluator.errors import Where
from evaluator.quantities.quantity import read_money
from evaluator.rulebook.book import Rulebook, load_rulebook
from tests.test_intake import HEAD, PROJECT, TABLE, as_csv, as_xlsx, rows_of, scored, told
from tests.test_rulebook import NATIONAL, write

UNITS = {
    "元": Fraction(1),
    "百元": Fraction(100),
    "千元": Fraction(1000),
    "万元": Fraction(10_000),
    "亿元": Fraction(10**8),
}
FORMS = (
    "{}（{}）",
    "{}({})",
    "{}（单位：{}）",
    "{}：{}",
    "{}，{}",
    "{}【{}】",
    "{}[{}]",
    " {} （ {} ）",
    "*{}（{}）",
    "{}（人民币{}）",
    "{}{}",
    "{}（{}，必填）",
)
UNSEEN = "\u200b\u200c\u200d\ufeff\u00a0\u00ad\u200e\u202e\u2060\u2066\u180e"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    rules = tmp_path_factory.mktemp("office") / "rules"
    write(rules / "policies" / "cn.yaml", NATIONAL.read_text(encoding="utf-8"))
    write(rules / "projects" / "2023" / "001" / "XM001.yaml", PROJECT.format(code="XM001", line=1))
    return load_rulebook(rules)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "actuals"
    made.mkdir()
    return made


# ---- headings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_of_money_is_read_however_it_is_written(form: str, unit: str):
    heading = read_heading(form.format("全年预算数", unit))
    assert (heading.field, heading.unit, heading.wrong) == ("adjusted", unit, "")


@given(st.sampled_from(sorted(UNITS)), st.integers(0, 10**9), st.integers(0, 99))
def test_amounts_under_a_unit_are_converted_exactly(unit: str, whole: int, parts: int):
    """Beside the plain reading of the number: so many times the size of the unit, in 分."""
    number = f"{whole}.{parts:02}"
    fen = Fraction(number) * UNITS[unit] * 100
    told = read_heading(f"全年预算数（{unit}）").cell(number)
    if fen > 10**17:
        return
    assert read_money(told) == fen


@given(st.data())
def test_what_nobody_sees_changes_no_heading_and_no_code(data: st.DataObject):
    field = data.draw(st.sampled_from(["project_code", "actual", "adjusted", "remedy", "county"]))
    word = data.draw(st.sampled_from(headings_of(field)))
    noise = st.text(UNSEEN, max_size=3)
    strewn = "".join(data.draw(noise) + char for char in word) + data.draw(noise)
    assert read_heading(strewn).field == field
    assert visible("".join(data.draw(noise) + char for char in "XM001") + data.draw(noise)) == "XM001"


@pytest.mark.parametrize(
    ("text", "code", "near"),
    [
        ("实际完成直", "A118", "实际完成值"), ("项目编吗", "A118", "项目编码"), ("全年执行额", "A118", "全年执行数"), ("本年决算", "A118", ""),
        ("全年预算数（美元）", "A119", ""), ("全年预算数（上年）", "A119", ""), ("全年预算数（元、万元）", "A119", ""), ("全年预算数（人）", "A119", ""),
        ("分值（%）", "A119", ""), ("项目名称（万元）", "A119", ""), ("实际完成值（上年）", "A119", ""), ("资金支出计划（%）", "A119", ""),
        ("", "A118", ""),
    ],
)  # fmt: skip
def test_a_heading_that_cannot_be_used_says_why_and_the_nearest(text: str, code: str, near: str):
    problem = read_heading(text).problem(Where("a.csv", 1, 3))
    assert problem is not None
    assert (problem.code, problem.nearest, str(problem.where)) == (code, near, "a.csv:1:3")


@pytest.mark.parametrize(
    "text",
    [
        "序号",
        "备注",
        "备注（如有）",
        "得分（分）",
        "分值（分）",
        "年度（年）",
        "项目编码（必填）",
        "偏差原因（未完成的填写）",
        "省（自治区、直辖市）",
        "ACTUAL",
    ],
)
def test_headings_with_harmless_words_are_no_problem(text: str):
    assert read_heading(text).problem(Where("a.csv")) is None


@pytest.mark.parametrize(
    ("heading", "cell", "read"),
    [
        ("实际完成值（%）", "97", "97%"), ("实际完成值（%）", "97%", "97%"), ("实际完成值（%）", "", ""), ("实际完成值（%）", "达成", "达成"),
        ("实际完成值（人）", "1,200", "1,200人"), ("实际完成值（人）", "60名", "60名"), ("年度指标值（%）", "≥95", "≥95%"), ("比例（%）", "70", "70%"),
        ("全年预算数（元）", "９０００００", "900000元"), ("全年预算数（万元）", "90万", "90万"), ("实际完成值（元/人）", "12.5", "12.5元/人"),
    ],
)  # fmt: skip
def test_a_cell_takes_the_unit_of_its_heading(heading: str, cell: str, read: str):
    assert read_heading(heading).cell(cell) == read


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("实际完成值（%）", "97人"), ("全年预算数（元）", "90万元"), ("全年预算数（元）", "90万"), ("全年预算数（万元）", "900000元"),
        ("全年预算数（元）", "约90"), ("实际完成值（万元）", "九十"), ("实际完成值（%）", "90-95"), ("比例（%）", "0.7‰"),
    ],
)  # fmt: skip
def test_a_cell_that_contradicts_its_heading_is_refused(heading: str, cell: str):
    with pytest.raises(Contradiction):
        read_heading(heading).cell(cell)


def test_the_headings_are_found_below_titles():
    rows = [["2023 年度 项目支出"], [], ["项目编码", "实际完成值", "备注"], ["XM001", "60人"]]
    assert find_head(rows) == 2
    assert find_head([["甲", "乙"], ["项目名称", "丙"]]) is None


# ---- tables of results -------------------------------------------------------------------------------------------


def money_in(unit: str, budget: str, spent: str) -> list[tuple[object, ...]]:
    head = tuple(f"{name}（{unit}）" if name.startswith("全年") else name for name in HEAD)
    first = tuple(budget if cell == "98" else spent if cell == "95.5" else cell for cell in TABLE[0])
    return [head, first, *TABLE[1:]]


@pytest.mark.parametrize(
    ("unit", "budget", "spent"),
    [("元", "980000", "955000"), ("千元", "980", "955"), ("万元", "98", "95.5"), ("亿元", "0.0098", "0.00955")],
)
def test_results_in_any_unit_of_money_score_alike(book: Rulebook, folder: Path, unit: str, budget: str, spent: str):
    write(folder / "a.csv", as_csv(money_in(unit, budget, spent)))
    table = scored(book, folder).projects[0]
    assert (table.money.adjusted, table.money.executed, table.score) == (98_000_000, 95_500_000, 9746)


def test_a_filled_column_that_is_not_known_is_told_at_its_heading(book: Rulebook, folder: Path):
    rows = [("项目编码", "指标编号", "实际完成直", "备注", "旧栏"), ("XM001", "数量1", "60人", "随便", "")]
    as_xlsx(folder / "结果.xlsx", rows)
    (problem,) = read_actuals(folder, book)[1]
    assert told([problem]) == [("A118", "actuals/结果.xlsx!完成情况!C1")]
    assert problem.nearest == "实际完成值"
    write(folder / "结果.csv", as_csv(rows))
    (folder / "结果.xlsx").unlink()
    assert told(read_actuals(folder, book)[1]) == [("A118", "actuals/结果.csv:1:3")]


def test_a_filled_column_without_a_heading_is_told_at_its_first_cell(book: Rulebook, folder: Path):
    write(folder / "a.csv", as_csv([("项目编码", "指标编号", "实际完成值", ""), ("XM001", "数量1", "60人", "61人")]))
    assert told(read_actuals(folder, book)[1]) == [("A118", "actuals/a.csv:2:4")]


def test_unseen_characters_in_headings_and_codes_change_nothing(book: Rulebook, folder: Path):
    rows = [("项目编码\u200b", "指标\u00a0编号", "实际\u00a0完成值\u200b"), ("XM\u200b001", "数量1\u00a0", "60人")]
    write(folder / "a.csv", as_csv(rows))
    assert rows_of(scored(book, folder))["数量1"].earned == 2000


def test_a_cell_against_its_heading_is_told(book: Rulebook, folder: Path):
    write(folder / "a.csv", as_csv([("项目编码", "全年预算数（元）"), ("XM001", "98万元")]))
    assert told(read_actuals(folder, book)[1]) == [("A119", "actuals/a.csv:2:2")]


def test_a_misspelt_code_heading_is_told_with_the_nearest(book: Rulebook, folder: Path):
    write(folder / "a.csv", as_csv([("项目编玛", "指标编号", "实际完成值"), ("XM001", "数量1", "60人")]))
    problems = read_actuals(folder, book)[1]
    assert [problem.code for problem in problems] == ["A118", "A112"]
    assert problems[0].nearest == "项目编码"


def test_a_sheet_that_is_no_table_of_results_is_named_and_the_others_are_read(book: Rulebook, folder: Path):
    def touch(sheet: object) -> None:
        sheet.parent.create_sheet("填表说明")["A1"] = "先看这里"  # type: ignore[attr-defined]
        more = sheet.parent.create_sheet("第二页")  # type: ignore[attr-defined]
        for row in (HEAD[:3], ("XM001", "质量1", "96%")):
            more.append(row)

    as_xlsx(folder / "结果.xlsx", [HEAD[:3], ("XM001", "数量1", "60人")], touch)
    actuals, problems = read_actuals(folder, book)
    assert [(one.code, one.severity, str(one.where)) for one in problems] == [
        ("A120", "提示", "actuals/结果.xlsx!填表说明")
    ]
    assert set(actuals[2023, "XM001"].results) == {"数量1", "质量1"}


def merged(rows: list[list[str]], shared: dict[tuple[int, int], tuple[int, int]]) -> PlacedTable:
    """A sheet as it is read from a workbook, with cells of merged ranges as one object: (row, column) -> the first cell."""
    made: list[list[Text | None]] = []
    for number, row in enumerate(rows, 1):
        line: list[Text | None] = []
        for column, cell in enumerate(row):
            if at := shared.get((number, column)):
                line.append(made[at[0] - 1][at[1]])
                continue
            text = Text(cell)
            text.where = Where("a.xlsx", sheet="表", cell=f"{'ABCDEFGHIJKLMNOPQRSTUV'[column]}{number}")
            line.append(text if cell else None)
        made.append(line)
    return PlacedTable("表", made)


def test_merged_codes_and_money_are_filled_down_and_a_merged_result_is_told(
    book: Rulebook, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    head = ["项目编码", "指标编号", "实际完成值", "全年预算数（元）"]
    rows = [head, ["XM001", "", "", "980000"], ["", "数量1", "60人", ""], ["", "质量1", "", ""]]
    down = {(3, 0): (2, 0), (4, 0): (2, 0), (3, 3): (2, 3), (4, 3): (2, 3)}
    write(folder / "a.csv", "x")
    monkeypatch.setattr("evaluator.actuals.resultfiles.read_sheets", lambda path, shown: ([merged(rows, down)], []))
    actuals, problems = read_actuals(folder, book)
    assert problems == []
    assert actuals[2023, "XM001"].spending.adjusted == 98_000_000
    down[4, 2] = (3, 2)
    monkeypatch.setattr("evaluator.actuals.resultfiles.read_sheets", lambda path, shown: ([merged(rows, down)], []))
    assert told(read_actuals(folder, book)[1]) == [("A121", "a.xlsx!表!C3")]
