"""Forms and summaries: every figure printed, laid out as the national form, inert and the same on every run."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.explain import formula
from evaluator.figures import points, wan
from evaluator.files.digests import digest_of
from evaluator.findings.facts import Fact
from evaluator.findings.inference import conclude
from evaluator.formats import html, printable, xlsx
from evaluator.formats.grid import LINE, MOST_LINES, TALLEST, breaks
from evaluator.model import Basis, FindingRule
from evaluator.pages import ILLUSTRATIVE, Chart, Document, Grid, Line, words
from evaluator.policies.bases import cited
from evaluator.reporting.forms import attachment_document, bound_together, form_document
from evaluator.reporting.layouts import Layout, layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import Form, clauses_of, explained, form, rate_of
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import load_rulebook

ROOT = Path(__file__).parents[1]
HOSTILE = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}",
    "\"'><b>",
)
CONTROL = "a\x00b\x07c\x1bd\u202ee\ufffff\ud800g"


@cache
def evaluation() -> Evaluation:
    rulebook = load_rulebook(ROOT / "rules")
    return evaluate(rulebook, load_actuals(ROOT / "actuals", rulebook), executor="frame")


LAYOUTS = layouts_of()
DRAWN = "http://www.w3.org/2000/svg"  # the one address a page may have: the name of its drawings


def layout_of(made: Form) -> Layout:
    return LAYOUTS["department" if made.words["form.code"] == evaluation().unit_code else "national"]


def document(made: Form) -> Document:
    """The form and its attachment, bound together."""
    layout = layout_of(made)
    return bound_together([form_document(made, layout), attachment_document(made, layout)], made.words["form.name"])


def form_html(made: Form) -> bytes:
    return html.render(document(made))


def form_xlsx(made: Form) -> bytes:
    return xlsx.render(document(made))


def summary_html(given: Evaluation) -> bytes:
    return html.render(summary_document(given))


def summary_xlsx(given: Evaluation) -> bytes:
    return xlsx.render(summary_document(given))


TABLES = [table.code for table in evaluation().tables]


def table_of(code: str) -> TableScore:
    return next(table for table in evaluation().tables if table.code == code)


def told(made: Document) -> list[str]:
    """Every text of a document's lines and tables."""
    blocks = [block for section in made.sections for block in section.blocks]
    lines = [words(block.text) for block in blocks if isinstance(block, Line)]
    return lines + [
        words(cell.text) for block in blocks if isinstance(block, Grid) for row in block.rows for cell in row
    ]


class Texts(HTMLParser):
    """The text of a page, and the names of its elements."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def charts(given: Evaluation) -> list[Chart]:
    return [
        block for section in summary_document(given).sections for block in section.blocks if isinstance(block, Chart)
    ]


def opened(workbook: bytes) -> Any:
    return load_workbook(BytesIO(workbook))


def cells(workbook: bytes) -> list[Any]:
    return [
        cell.value for sheet in opened(workbook) for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]


def shown(value: Any) -> str:
    """A cell as it stands on paper, as far as these tests need it."""
    return f"{value:.2f}" if isinstance(value, int | float) else str(value)


def rows_with(sheet: Any, column: str, value: str) -> list[int]:
    return [cell.row for cell in sheet[column] if cell.value == value]


# ---- the same bytes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TABLES)
def test_forms_are_the_same_bytes_on_every_run(code: str) -> None:
    for write in (form_html, form_xlsx):
        assert write(form(table_of(code), evaluation())) == write(form(table_of(code), evaluation()))


def test_summaries_are_the_same_bytes_on_every_run() -> None:
    for write in (summary_html, summary_xlsx):
        assert write(evaluation()) == write(evaluation())


def test_the_executor_leaves_no_trace() -> None:
    other = replace(evaluation(), executor="rete")
    assert summary_document(other) == summary_document(evaluation())
    assert [form(table, other) for table in other.tables] == [form(table, other) for table in evaluation().tables]


# ---- everything is there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TABLES)
def test_every_row_of_the_evaluation_is_in_the_form(code: str) -> None:
    table = table_of(code)
    made = form(table, evaluation())
    page, book = Texts(form_html(made)).text, [shown(value) for value in cells(form_xlsx(made))]
    for row in table.rows:
        expected = (row.indicator.name, row.indicator.target, points(row.points), points(row.earned))
        for text in (*expected, formula(row, table.policy), *filter(None, (row.result.cause, row.result.remedy))):
            assert text in page
            assert any(text in cell for cell in book), text
    for text in (table.table.unit.name, wan(table.money.initial), points(table.score), f"等级：{table.grade}"):
        assert text in page
        assert any(text in cell for cell in book), text
    for finding in table.findings:
        assert finding.says in page
        assert finding.says in book


@pytest.mark.parametrize("code", TABLES)
def test_every_string_of_the_form_is_in_both_formats(code: str) -> None:
    made = form(table_of(code), evaluation())
    page, book = Texts(form_html(made)).text, "\n".join(shown(value) for value in cells(form_xlsx(made)))
    table, unit = made.table, code == evaluation().unit_code
    elsewhere = {f"form.{word}" for word in ("causes", "remedies", "others", "spending", "graded")} | {
        "total.id"
    }  # not here
    texts = {text for word, text in made.words.items() if word.startswith(("form", "total")) and word not in elsewhere}
    apart = ("id", "sign", "value", "unit", "number")
    rows = [*made.rows["money"][: 1 if unit else None], *(made.rows["parts"] if unit else ()), *made.rows["indicators"]]
    texts |= {text for row in rows for name, text in row.items() if name not in apart}
    texts |= {text for row in table.all_rows for text in explained(row, table)} | {*clauses_of([table])}
    texts |= {text for one in table.findings for text in (one.rule.id, one.severity, one.says, one.remedy)}
    for text in texts:
        assert text in page, text
        if not re.fullmatch(r"[\d.]+%?", text):
            assert text in book, text


def test_every_string_of_the_summary_is_in_both_formats() -> None:
    page = Texts(summary_html(evaluation())).text
    book = "\n".join(shown(value) for value in cells(summary_xlsx(evaluation())))
    own = evaluation().department.own.table  # type: ignore[union-attr]
    texts = told(summary_document(evaluation()))
    assert {own.goal, *(goal.title for goal in own.overall), *(one.text for one in own.measures)} <= {*texts}  # type: ignore[union-attr]
    for text in texts:
        assert text in page, text
        if not re.fullmatch(r"[\d.]+%?", text):
            assert text in book, text


def test_the_summary_shows_its_charts() -> None:
    page = Texts(summary_html(evaluation()))
    drawn = charts(evaluation())
    assert page.elements.count("svg") == len(drawn) == 5
    for chart in drawn:
        for text in (chart.title, *chart.categories):
            assert text in page.text, text
    scores, rates = drawn[:2]
    assert [points(table.score) for table in evaluation().projects] == [str(value) for value in scores.series[0].values]
    for table, value in zip(evaluation().projects, rates.series[0].values, strict=True):
        assert f"{value}%" == rate_of(table.money)


def test_charts_add_up_to_the_evaluation() -> None:
    _, _, levels, grades, progress = charts(evaluation())
    rows = [row for table in evaluation().projects for row in table.all_rows]
    for name, value in zip(levels.categories, levels.series[0].values, strict=True):
        own = [row for row in rows if row.indicator.category == name]
        assert value == pytest.approx(
            Decimal(100 * sum(r.earned for r in own)) / sum(r.points for r in own), abs=Decimal("0.005")
        )
    assert sum(value or 0 for value in grades.series[0].values) == len(evaluation().projects)
    planned, spent = progress.series
    assert planned.values[-1] == sum(Decimal(wan(table.money.initial)) for table in evaluation().projects)
    assert spent.values == (
        None,
        None,
        None,
        sum(Decimal(wan(table.money.executed or 0)) for table in evaluation().projects),
    )


def test_a_chart_of_what_is_not_known_has_no_bar() -> None:
    table = evaluation().projects[0]
    bare = replace(table, money=replace(table.money, adjusted=None, executed=None))
    given = replace(evaluation(), projects=(bare, *evaluation().projects[1:]))
    assert charts(given)[1].series[0].values[0] is None
    assert charts(given)[4].series[1].values == (None,) * 4
    assert summary_html(given)
    assert summary_xlsx(given)


def test_the_mean_the_grades_and_the_own_score_are_the_evaluations() -> None:
    department = evaluation().department
    assert department is not None
    rows = summary_document(evaluation()).sections[0].blocks[1].rows  # type: ignore[union-attr]
    total, own = ([words(cell.text) for cell in row] for row in rows[-2:])
    assert total[5:7] == [points(department.mean), department.mean_grade]
    assert own[6:8] == [points(department.own.score), department.own.grade]
    grades = "、".join(f"{grade} {count}" for grade, count in department.grades.items())
    assert f"项目等级：{grades}" in told(summary_document(evaluation()))
    (section,) = (one for one in summary_document(evaluation()).sections if one.name == "问题清单")
    says = [words(row[4].text) for row in section.blocks[1].rows[1:]]  # type: ignore[union-attr]
    assert says == [one.says for table in evaluation().tables for one in table.findings]  # by project, as printed


def test_a_unit_without_department_goals_has_a_summary() -> None:
    given = replace(evaluation(), department=None)
    made = summary_document(given)
    assert [one.name for one in made.sections] == ["汇总", "图表", "问题清单"]
    total = made.sections[0].blocks[1].rows[-1]  # type: ignore[union-attr]
    assert [words(cell.text) for cell in total][5:7] == ["—", "—"]
    assert summary_html(given)
    assert summary_xlsx(given)


@pytest.mark.parametrize("code", TABLES)
def test_the_clauses_relied_on_are_named_with_how_each_is_known(code: str) -> None:
    table = table_of(code)
    made = form(table, evaluation())
    clauses = clauses_of([table])
    assert len(clauses) == len(table.clauses)
    page, book = Texts(form_html(made)).text, cells(form_xlsx(made))
    for clause, said in zip(table.clauses.values(), clauses, strict=True):
        assert cited(clause) in said
        assert said in page
        assert f"· {said}" in book


def test_illustrative_data_are_marked_and_real_data_are_not() -> None:
    for real in (False, True):
        given = replace(evaluation(), illustrative=not real)
        made = form(given.projects[0], given)
        for page in (form_html(made).decode(), summary_html(given).decode()):
            assert (ILLUSTRATIVE in page) is not real
        for book in (form_xlsx(made), summary_xlsx(given)):
            assert (ILLUSTRATIVE in cells(book)) is not real
            assert all((ILLUSTRATIVE in str(sheet.oddHeader.right.text)) is not real for sheet in opened(book))


def test_what_is_not_known_is_not_made_up() -> None:
    table = evaluation().projects[0]
    assert table.actuals is not None
    spending = table.actuals.spending.model_copy(update={"funds": {}})
    table = replace(table, actuals=table.actuals.model_copy(update={"spending": spending}))
    total, fiscal, carried, other = form(table, evaluation()).rows["money"]
    assert "—" not in total.values()
    assert [fiscal[name] for name in ("adjusted", "executed", "points", "rate", "earned")] == ["—"] * 5
    assert carried["initial"] == "—"
    assert (fiscal["initial"], other["initial"]) == (wan(table.table.budget.fiscal), wan(table.table.budget.other))  # type: ignore[union-attr]
    bare = replace(table, actuals=None, money=replace(table.money, adjusted=None, executed=None))
    made = form(bare, evaluation())
    assert [made.words[f"total.{name}"] for name in ("adjusted", "executed", "rate")] == ["未填写", "未填写", "—"]
    assert (made.words["form.achieved"], made.words["form.authority"], made.table.unfilled) == ("", "", True)
    assert form_xlsx(made)


def test_a_cap_and_a_lowered_grade_are_explained_beside_the_total() -> None:
    table = replace(evaluation().projects[0], total=9500, cap=7900, score=7900, grade="差", grade_by_score="中")
    limit = conclude([Fact("project", table.code, table.code)], [limiting("F999", "差")], executor="frame").findings
    table = replace(table, findings=limit)
    verdict = form(table, evaluation()).words["form.verdict"].split("\n")
    assert verdict[0] == "等级：差"
    assert "95.00" in verdict[1]
    assert "79.00" in verdict[1]
    assert verdict[2] == "按得分为中；示例限制，等级不高于差"


def limiting(id: str, caps: str) -> FindingRule:
    basis = Basis(document="示例", known="做法")
    return FindingRule(
        id=id,
        title="示例限制",
        about="result",
        severity="警告",
        when={"project": {}},
        say="说",
        remedy="改",
        basis=basis,
        caps=caps,
    )


# ---- the layout --------------------------------------------------------------------------------------------------


def grouped(made: Form, *names: str) -> list[tuple[tuple[str, ...], list[Any]]]:
    """The indicators of a form that stand under one name, with that name."""
    return [
        (key, list(rows)) for key, rows in groupby(made.rows["indicators"], lambda row: tuple(row[n] for n in names))
    ]


@pytest.mark.parametrize("code", TABLES)
def test_the_form_is_merged_like_the_national_form(code: str) -> None:
    made = form(table_of(code), evaluation())
    sheet = opened(form_xlsx(made))["自评表"]
    merged = {str(area) for area in sheet.merged_cells.ranges}
    last = 8 if code == evaluation().unit_code else 9  # of the money
    below = {f"A{last + 1}:A{last + 2}", f"B{last + 1}:E{last + 1}", f"F{last + 2}:I{last + 2}"}
    assert {"A1:I1", f"A5:A{last}", "D3:F3", *below} <= merged
    head = rows_with(sheet, "B", "一级指标")[0]
    row = head + 1
    for (category, whole), rows in grouped(made, "category", "category_points"):
        assert sheet.cell(row, 2).value.replace("\n", "") == f"{category}({whole}分)"
        if len(rows) > 1:
            assert f"B{row}:B{row + len(rows) - 1}" in merged
        row += len(rows)
    row = head + 1
    for (_, dimension), rows in grouped(made, "category", "dimension"):
        assert sheet.cell(row, 3).value == dimension
        if len(rows) > 1:
            assert f"C{row}:C{row + len(rows) - 1}" in merged
        row += len(rows)
    assert f"A{head}:A{row - 1}" in merged
    assert f"A{row}:F{row}" in merged
    assert [sheet.cell(row, column).value for column in (1, 7, 8)] == ["总　分", 100, float(made.words["form.score"])]
    signs = [[cell.value for cell in sheet[row + each] if cell.value] for each in (2, 3)]
    assert signs == [["填表人：", "联系电话：", "填表日期：", "单位（盖章）："], ["单位负责人：", "审核人："]]


def test_rows_of_one_level_are_merged_wherever_they_stand() -> None:
    table = evaluation().projects[0]
    rows = (table.rows[0], table.rows[4], table.rows[0], table.rows[1])
    made = form(replace(table, rows=rows), evaluation())
    levels = [key for key, _ in grouped(made, "category", "category_points")]
    assert levels == [("产出指标", "37.5"), ("效益指标", "30")]
    assert [len(rows) for _, rows in grouped(made, "category", "dimension")] == [2, 1, 1]
    merged = {str(area) for area in opened(form_xlsx(made))["自评表"].merged_cells.ranges}
    assert {"B13:B15", "C13:C14"} <= merged


def test_pages_are_a4_landscape_one_page_wide_with_repeated_headings() -> None:
    made = form(evaluation().projects[0], evaluation())
    unit = made.words["form.unit"]
    alone = opened(xlsx.render(form_document(made, layout_of(made))))
    beside = opened(xlsx.render(attachment_document(made, layout_of(made))))
    assert alone.sheetnames == ["自评表"] and alone["自评表"].oddFooter.left.text == f"{unit}　2023年度　v01"
    for book in (beside, opened(summary_xlsx(evaluation()))):
        for sheet in book:
            assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
            assert sheet.page_setup.fitToWidth in (None, 1)
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert f"规则摘要 {made.stamp.rules}　完成情况摘要 " in sheet.oddFooter.left.text
    sheet = opened(form_xlsx(made))["自评表"]
    head = rows_with(sheet, "B", "一级指标")[0]
    assert sheet.print_title_rows == f"${head}:${head}"
    assert sheet["I2"].value == "单位：万元"
    page = form_html(made).decode()
    for said in ("size: A4 landscape", "display: table-header-group", "break-inside: avoid", "单位：万元"):
        assert said in page


def test_figures_are_numbers_with_two_decimals() -> None:
    made = form(evaluation().projects[0], evaluation())
    sheet = opened(form_xlsx(made))["自评表"]
    assert [(cell.value, cell.number_format) for cell in sheet[6][3:9]] == [
        (float(made.words["total.initial"]), "0.00####"),
        (float(made.words["total.adjusted"]), "0.00####"),
        (float(made.words["total.executed"]), "0.00####"),
        (10, "0.00"),
        (pytest.approx(float(made.words["total.rate"][:-1]) / 100), "0.00%"),
        (float(made.words["total.earned"]), "0.00"),
    ]
    assert all(cell.value in (None, "—") for cell in sheet[8][3:9])


def test_the_summary_workbook_has_native_charts() -> None:
    workbook = summary_xlsx(evaluation())
    book = opened(workbook)
    assert book.sheetnames == ["汇总", "图表", "总体目标与措施", "问题清单", "图表数据"]
    assert [len(sheet._charts) for sheet in book] == [2, 3, 0, 0, 0]
    assert book["图表数据"].sheet_state == "hidden"
    parts = [name for name in zipfile.ZipFile(BytesIO(workbook)).namelist() if "charts/chart" in name]
    assert len(parts) == 5


def test_charts_of_a_workbook_are_drawn_from_the_figures() -> None:
    sheet = opened(summary_xlsx(evaluation()))["图表数据"]
    column = 1
    for chart in charts(evaluation()):
        heads = [sheet.cell(1, column + at).value for at in range(len(chart.series) + 1)]
        assert heads == [chart.title, *(series.name for series in chart.series)]
        for row, name in enumerate(chart.categories, 2):
            assert sheet.cell(row, column).value == name
            for at, series in enumerate(chart.series, 1):
                value = series.values[row - 2]
                assert sheet.cell(row, column + at).value == (None if value is None else pytest.approx(float(value)))
        column += 6


def test_rows_are_high_enough_for_their_text() -> None:
    sheet = opened(form_xlsx(form(evaluation().projects[-1], evaluation())))["自评表"]
    for row in sheet.iter_rows():
        for cell in row:
            lines = str(cell.value or "").count("\n") + 1
            if cell.coordinate not in sheet.merged_cells:
                assert (sheet.row_dimensions[cell.row].height or 15) >= lines * LINE


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 100, 1),
        ("汉字", 30, 1),
        ("汉字汉", 30, 2),
        ("甲\n乙", 100, 2),
        ("ab cd", 20, 3),
        ("a" * 30, 75, 3),
        ("汉字，", 30, 2),
    ],
)
def test_lines_are_counted_as_they_are_printed(text: str, room: float, lines: int) -> None:
    ends = breaks(text, room)
    assert len(ends) == lines
    assert list(ends) == sorted(ends)
    assert ends[-1] == len(text)


# ---- hostile text ------------------------------------------------------------------------------------------------


def hostile(made: Form, text: str) -> Form:
    """The form with one text wherever a person could have written it."""
    table, said = made.table, ("name", "code", "unit", "goals", "achieved", "notes")
    row = {
        **made.rows["indicators"][0],
        **dict.fromkeys(("category", "dimension", "name", "target", "actual", "remark"), text),
    }
    rows = tuple(
        replace(
            one,
            indicator=one.indicator.model_copy(update={"name": text}),
            result=one.result.model_copy(update={"evidence": [text]}),
        )
        for one in table.rows
    )
    findings = tuple(replace(one, says=text) for one in table.findings)
    policy = table.policy.model_copy(update={"title": text})
    return replace(
        made,
        words={**made.words, **{f"form.{word}": text for word in said}},
        rows={**made.rows, "indicators": [row]},
        table=replace(table, rows=rows, findings=findings, policy=policy),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    made = hostile(form(evaluation().projects[-1], evaluation()), text)
    plain, page = Texts(form_html(form(evaluation().projects[-1], evaluation()))), Texts(form_html(made))
    assert text in page.text
    assert set(page.elements) <= set(plain.elements)
    assert "script" not in page.elements
    workbook = form_xlsx(made)
    assert not [
        cell for sheet in opened(workbook) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert cells(workbook).count(text) > 5
    assert not [name for name in zipfile.ZipFile(BytesIO(workbook)).namelist() if "externalLink" in name]


def test_control_characters_are_shown_and_harm_nothing() -> None:
    made = hostile(form(evaluation().projects[0], evaluation()), CONTROL)
    assert printable(CONTROL) == "a�b�c�d�e�f�g"
    for text in (Texts(form_html(made)).text, "\n".join(map(str, cells(form_xlsx(made))))):
        assert "a�b�c�d�e�f�g" in text
        assert "\x00" not in text


def test_hostile_names_are_inert_in_the_summary() -> None:
    text = f"<script>alert(1)</script>{CONTROL}"
    projects = tuple(replace(one, table=one.table.model_copy(update={"name": text})) for one in evaluation().projects)
    given = replace(evaluation(), projects=projects, unit="=1+1")
    page = Texts(summary_html(given))
    assert "script" not in page.elements
    assert "<script>alert(1)</script>" in page.text
    workbook = summary_xlsx(given)
    assert not [
        cell for sheet in opened(workbook) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert "=1+1绩效自评汇总表" in cells(workbook)


@pytest.mark.parametrize("text", ["很长的原因。" * 600, "x" * 40_000, "行\n" * 400])
def test_long_text_is_cut_in_the_form_and_given_in_full_below_it(text: str) -> None:
    made = hostile(form(evaluation().projects[0], evaluation()), text)
    book = opened(form_xlsx(made))
    for sheet in book:
        for row in sheet.iter_rows():
            assert (sheet.row_dimensions[row[0].row].height or 15) <= TALLEST
            assert all(len(str(cell.value)) < 32_767 for cell in row)
    sheet = book["自评表"]
    values = [str(cell.value) for cell in sheet["A"] if cell.value]
    start = values.index("附文 1") + 1
    stop = values.index("附文 2")
    assert "".join(values[start:stop]).replace("\n", "") == text.replace("\n", "")
    cut = [str(c.value) for row in sheet.iter_rows() for c in row if "全文见表后附文" in str(c.value)]
    assert cut
    assert all(value.count("\n") < MOST_LINES for value in cut)


@pytest.mark.parametrize("name", ["单" * 200, "&" * 200, "短名"])
def test_a_long_name_leaves_the_footer_its_revision_and_page(name: str) -> None:
    """A workbook drops a footer of more than 255 characters without a word."""
    table = evaluation().projects[0]
    unit = table.table.unit.model_copy(update={"name": name})
    given = replace(evaluation(), unit=name)
    named = replace(table, table=table.table.model_copy(update={"unit": unit}))
    sheet = opened(form_xlsx(form(named, given)))["自评表"]
    assert "v01" in (sheet.oddFooter.left.text or "")
    assert "第 &P 页" in (sheet.oddFooter.right.text or "")


# ---- nothing of the machine --------------------------------------------------------------------------------------


def test_pages_are_self_contained() -> None:
    for page in (form_html(form(evaluation().projects[0], evaluation())), summary_html(evaluation())):
        text = page.decode()
        assert "default-src 'none'; style-src 'unsafe-inline'" in text
        assert not re.search(r"https?://|<script|<link|<img|url\(|@import|javascript:", text.replace(DRAWN, ""))
        assert '<html lang="zh-CN">' in text


def test_no_date_and_no_path_is_printed() -> None:
    forms = [form(table, evaluation()) for table in evaluation().tables]
    books = [*(form_xlsx(made) for made in forms), summary_xlsx(evaluation())]
    pages = [*(form_html(made) for made in forms), summary_html(evaluation())]
    texts = [page.decode() for page in pages] + ["\n".join(map(str, cells(book))) for book in books]
    for text in texts:
        assert not re.search(r"20\d\d[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}:\d{2}:\d{2}", text)
        assert str(ROOT) not in text
        assert not re.search(r"\b(rules|actuals|reports)/|\.yaml", text)
    for book in books:
        properties = opened(book).properties
        assert (properties.creator, properties.created.year) == ("ziping", 2000)


def test_the_stamp_names_tool_revision_and_digests() -> None:
    made = form(evaluation().projects[0], evaluation(), revision=2)
    digests = evaluation().digests
    assert made.stamp.revision == "v02"
    assert made.stamp.says.startswith("ziping")
    assert digests["rules"][:12] in made.stamp.says
    assert digest_of([evaluation().projects[0].actuals])[:12] in made.stamp.says  # its own: not another table's
    assert made.stamp.says in html.render(attachment_document(made, layout_of(made))).decode()
    assert made.stamp.says not in html.render(form_document(made, layout_of(made))).decode()
