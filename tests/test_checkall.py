"""A check tells everything at once: whatever is wrong in one cell leaves out that row, and everything else is told."""

from __future__ import annotations

import io
import re
import shutil
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.checking.check import Checked, check_workspace
from evaluator.checking.sarif import as_sarif
from evaluator.cli import app
from evaluator.errors import Problem
from evaluator.evaluation import evaluate
from evaluator.preparation import tables_of
from evaluator.rulebook.book import load_rulebook
from evaluator.workbook.template import template_xlsx
from evaluator.workspace.places import open_workspace

ROOT = Path(__file__).parents[1]
POOR, HOUSING, LABOUR = "13028124P00507410001X", "13028124P005076100019", "13028124P00499410001F"
UNIT = "629001"
RESULTS = f"actuals/2023/{UNIT}"
RULES_OF = f"rules/projects/2023/{UNIT}"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The sample as a workspace of its own."""
    for name in ("rules/projects", "actuals"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def checked(office: Path) -> Checked:
    return check_workspace(open_workspace(office))


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def findings(one: Checked) -> set[tuple[str, str, str]]:
    """The findings: rule, what is said, and the table it is about."""
    return {(p.code, p.says, one.subjects[p].table) for p in one.problems if p.code[0] == "F"}


@cache
def scored() -> frozenset[tuple[str, str, str]]:
    """What ziping score finds in the sample."""
    book = load_rulebook(ROOT / "rules")
    made = evaluate(book, load_actuals(ROOT / "actuals", book))
    return frozenset((f.rule.id, f.says, f"{t.name}（{t.code}，2023 年度）") for t in made.tables for f in t.findings)


# ---- findings of results -----------------------------------------------------------------------------------------


def test_a_check_finds_what_a_score_finds(office: Path):
    assert findings(checked(office)) == scored()


def test_a_finding_about_a_result_stands_where_the_result_is_filled_in(office: Path):
    found = [one for one in checked(office).problems if one.code in ("F101", "F103")]
    text = (office / RESULTS / f"{POOR}.yaml").read_text(encoding="utf-8").splitlines()
    assert {str(one.where) for one in found} == {f"{RESULTS}/{POOR}.yaml:{text.index('  时效1:') + 1}:3"}


def test_a_finding_about_a_result_can_be_waived_at_its_row(office: Path):
    path = office / RESULTS / f"{HOUSING}.yaml"
    rewrite(path, "    evidence:\n      - 租赁合同到期及付款对照表（21处中20处按期付款）\n", "")
    before = checked(office)
    (one,) = [p for p in before.problems if p.code == "F107" and HOUSING in str(p.where)]
    rewrite(path, "  时效1:\n", "  # 免查 F107：对照表在审计局，年后补\n  时效1:\n")
    after = checked(office)
    assert [(w.problem.says, w.reason) for w in after.waived] == [(one.says, "对照表在审计局，年后补")]


def test_a_project_without_results_is_told_and_a_unit_without_any_in_one_line(office: Path):
    (office / RESULTS / f"{LABOUR}.yaml").unlink()
    told = [one.code for one in checked(office).problems if LABOUR in str(one.where)]
    assert told.count("F119") == 1 and "F104" not in told
    shutil.rmtree(office / "actuals")
    nothing = checked(office)
    (one,) = [p for p in nothing.problems if p.code == "A123"]
    assert "6 个项目" in one.says and "劳务派遣服务经费" in one.says and one.severity == "警告"
    assert not any(p.code in ("F104", "F119") for p in nothing.problems)


# ---- a wrong cell leaves out its row, and nothing else -----------------------------------------------------------

SAMPLE = [  # one cell of the sample made wrong: file, what stands there, what is put there, its code, table and row
    (POOR, "    actual: 237人", "    actual: 约二百", "Q107", "数量1"),
    (POOR, "    actual: 97.0%", "    actual: 97.0%\n    state: 好", "R103", "质量1"),
    (POOR, "    actual: 97.0%", "    actul: 97.0%", "R101", "质量1"),
    (POOR, "  时效1:\n", "  时效九:\n", "A101", "时效1"),
    (LABOUR, "  质量1:\n    actual: 96.6%", "  质量1:\n    state: 达成", "A106", "质量1"),
    (HOUSING, "  adjusted: 83.00", "  adjusted: 八十三", "R103", "预算执行率"),
    (HOUSING, "  adjusted: 83.00", "  adjustd: 83.00", "R101", "预算执行率"),
]


@given(st.sets(st.sampled_from(range(len(SAMPLE))), min_size=1))
@settings(max_examples=25)
def test_wrong_cells_leave_out_their_rows_and_everything_else_is_told(tmp_path_factory: Any, chosen: set[int]):
    office = tmp_path_factory.mktemp("w")
    for name in ("rules/projects", "actuals"):
        shutil.copytree(ROOT / name, office / name)
    wrong: set[tuple[str, str]] = set()
    codes = []
    for file, old, new, code, row in (SAMPLE[at] for at in sorted(chosen)):
        path = office / RESULTS / f"{file}.yaml"
        if old in path.read_text(encoding="utf-8"):
            rewrite(path, old, new)
            wrong.add((file, row))
            codes.append(code)
    one = checked(office)
    assert sorted(p.code for p in one.problems if p.severity == "错误" and p.code[0] != "F") == sorted(codes)
    mine, rightly = findings(one), scored()
    assert mine <= rightly, "nothing is found that is not there"
    for lost in rightly - mine:  # what is not told rests on a row that is wrong, or on the total of its table
        code, says, table = lost
        rows = {row for file, row in wrong if file in table or (row == "预算执行率" and UNIT in table)}
        book = {rule.id: rule for rule in load_rulebook(ROOT / "rules").findings}
        assert book[code].about == "result" and rows, lost
        named = {row.name for t in tables_of(load_rulebook(ROOT / "rules"), None, None) if getattr(t, "code", "") in table and hasattr(t, "indicators") for row in t.indicators if row.id in rows or row.formula}  # fmt: skip
        whole = set(book[code].when) & {"project", "grade", "finding", "clause"}
        assert whole or any(f"“{name}”" in says for name in named), lost


def test_a_file_that_cannot_be_read_hides_only_what_may_be_in_it(office: Path):
    rewrite(office / RESULTS / f"{POOR}.yaml", "code: ", "code: [")
    one = checked(office)
    assert one.unreadable
    lost = scored() - findings(one)
    assert {table.split("（")[0] for _, _, table in lost if UNIT not in table} == {"文化路社区工作经费"}
    assert not {code for code, _, table in lost if UNIT in table}, "the department's money is the projects' together"
    assert not any(code == "F104" for code, _, _ in findings(one)), "its rows are not said to be missing"


# ---- tables and workbooks ----------------------------------------------------------------------------------------


def as_table(office: Path, rows: list[str]) -> None:
    (office / RESULTS / f"{POOR}.yaml").unlink()
    (office / RESULTS / "社区.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


HEAD = "项目编码,指标编号,实际完成值,全年预算数,全年执行数,偏差原因,佐证材料"
ROWS = [f"{POOR},,,90.00,60.00,票据不全,", f"{POOR},数量1,237人,,,,名册", f"{POOR},质量1,50%,,,,验收单", f"{POOR},时效1,96.5%,,,,登记簿"]  # fmt: skip


def test_one_wrong_row_of_a_table_leaves_the_others(office: Path):
    as_table(office, [HEAD, *ROWS])
    before = [p for p in checked(office).problems if "社区.csv" in str(p.where)]
    assert {(p.code, str(p.where)) for p in before} >= {("F101", f"{RESULTS}/社区.csv:4:2"), ("F101", f"{RESULTS}/社区.csv:5:2")}  # fmt: skip
    rows = [ROWS[0], ROWS[1], ROWS[2].replace(",50%,,", ",50%,80,"), ROWS[3]]
    (office / RESULTS / "社区.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    after = {(p.code, str(p.where)) for p in checked(office).problems if "社区.csv" in str(p.where)}
    assert ("A115", f"{RESULTS}/社区.csv:4:4") in after
    assert ("F101", f"{RESULTS}/社区.csv:5:2") in after
    assert not any(code in ("F101", "F104") and where.endswith(":4:2") for code, where in after)


def test_a_wrong_heading_leaves_out_the_sheet_and_calls_nothing_missing(office: Path):
    as_table(office, [HEAD.replace("实际完成值", "实际完成直"), *ROWS])
    found = [p for p in checked(office).problems if p.severity == "错误" and (POOR in str(p.where) or "社区" in str(p.where))]  # fmt: skip
    missing = "".join(p.says for p in found if p.code == "F104")
    assert {p.code for p in found} <= {"A118", "F104"}
    assert not any(row in missing for row in ("数量1", "质量1", "时效1")), "only those that the table has no row for"


@cache
def template() -> bytes:
    book = load_rulebook(ROOT / "rules")
    return template_xlsx(book, tables_of(book, None, None), load_actuals(ROOT / "actuals", book), 1)


def sheet_of(book: Any, code: str = POOR) -> Any:
    return next(sheet for sheet in book.worksheets if str(sheet.cell(1, 1).value).startswith(f"{code}|"))


def cell(sheet: Any, row: str, head: str) -> Any:
    at = next(n for n in range(1, sheet.max_row + 1) if str(sheet.cell(n, 1).value).endswith(f"|指标|{row}"))
    heads = next(n for n in range(1, at) if sheet.cell(n, 4).value == "三级指标")
    column = next(c for c in range(1, 20) if sheet.cell(heads, c).value == head)
    return sheet.cell(at, column)


SHEET = "actuals/填报.xlsx!6 文化路社区工作经费"


@cache
def line(row: str) -> int:
    """The line of an indicator on the sheet of the project."""
    return int(cell(sheet_of(load_workbook(io.BytesIO(template()))), row, "实际完成值").row)


def with_workbook(office: Path, change: Any) -> None:
    shutil.rmtree(office / "actuals")
    (office / "actuals").mkdir()
    book = load_workbook(io.BytesIO(template()))
    change(book)
    book.save(office / "actuals" / "填报.xlsx")


def test_a_wrong_cell_of_a_workbook_leaves_out_its_row_and_every_finding_is_at_its_cell(office: Path):
    def change(book: Any) -> None:
        cell(sheet_of(book), "数量1", "实际完成值").value = "约二百"
        cell(sheet_of(book), "质量1", "实际完成值").value = 95
        cell(sheet_of(book), "质量1", "实际完成值").number_format = "General"

    with_workbook(office, change)
    one = checked(office)
    found = {p.code: str(p.where) for p in one.problems if "社区工作经费" in one.subjects[p].table and ".xlsx" in str(p.where)}  # fmt: skip
    assert found["A411"] == f"{SHEET}!G{line('质量1')}" and found["Q107"] == f"{SHEET}!G{line('数量1')}"
    assert found["F101"] == f"{SHEET}!G{line('时效1')}"
    others = {known for known in scored() if POOR not in known[2]}
    assert others <= findings(one)


def test_a_blank_sheet_of_a_workbook_is_told_at_its_cells(office: Path):
    def change(book: Any) -> None:
        for row in ("数量1", "质量1", "时效1", "社会效益1", "满意度1"):
            for head in ("实际完成值", "达成程度", "档内比例", "佐证材料", "偏差原因", "改进措施"):
                cell(sheet_of(book), row, head).value = None

    with_workbook(office, change)
    one = checked(office)
    missing = [str(place) for p in one.problems if p.code == "F104" for place in (p.where, *one.also[p])]
    assert missing == [f"{SHEET}!G{line(row)}" for row in ("数量1", "质量1", "时效1", "社会效益1", "满意度1")]


# ---- what lies in actuals/ ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "severity"),
    [("自评表.docx", "A122", "警告"), ("自评表.PDF", "A122", "警告"), ("旧表.xls", "A204", "错误"), ("压缩.zip", "A122", "警告"),
     ("照片.jpg", "A122", "提示"), ("说明", "A122", "提示")],
)  # fmt: skip
def test_a_file_that_is_not_read_is_named_with_what_to_do(office: Path, name: str, code: str, severity: str):
    (office / "actuals" / name).write_bytes(b"x")
    (one,) = [p for p in checked(office).problems if str(p.where) == f"actuals/{name}"]
    assert (one.code, one.severity) == (code, severity)
    assert ".xlsx" in one.message


def test_a_template_saved_as_csv_or_torn_apart_is_told_with_the_remedy(office: Path):
    def keep_one(book: Any) -> None:
        for sheet in [sheet for sheet in book.worksheets if sheet is not sheet_of(book)]:
            book.remove(sheet)

    with_workbook(office, keep_one)
    sheet = sheet_of(load_workbook(io.BytesIO(template())))
    lines = [",".join("" if one is None else str(one).replace(",", "，").replace("\n", " ") for one in row) for row in sheet.values]  # fmt: skip
    for encoding in ("utf-8-sig", "gbk"):
        (office / "actuals" / f"{encoding}.csv").write_text("\n".join(lines), encoding=encoding)
    found = [p for p in checked(office).problems if p.where and p.where.path.startswith("actuals/")]
    assert [(p.code, p.where and p.where.path) for p in found] == [
        ("A421", "actuals/gbk.csv"), ("A421", "actuals/utf-8-sig.csv"), ("A421", "actuals/填报.xlsx"),
    ]  # fmt: skip
    assert "另存成的 CSV" in found[0].says and "复制出来的工作表" in found[2].says
    assert all("另存为 .xlsx" in p.remedy for p in found)


def unmerged(sheet: Any) -> Any:
    for one in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(one))
    return sheet


def inserted(book: Any) -> None:
    sheet, at = unmerged(sheet_of(book)), line("时效1")
    sheet.insert_rows(at)
    sheet[f"G{at}"] = "第二份材料"


def copied(book: Any) -> None:
    sheet, at = unmerged(sheet_of(book)), line("时效1")
    sheet.insert_rows(at)
    for column in range(1, 15):
        sheet.cell(at, column).value = sheet.cell(at - 1, column).value


def another_column(book: Any) -> None:
    sheet = unmerged(sheet_of(book))
    shown = [letter for letter, one in sheet.column_dimensions.items() if letter > "A"]
    sheet.insert_cols(8)
    for letter in shown:
        sheet.column_dimensions[letter].hidden = False  # a spreadsheet moves what is hidden along
    head = next(n for n in range(1, line("数量1")) if sheet.cell(n, 4).value == "三级指标")
    sheet.cell(head, 8).value, sheet.cell(line("数量1"), 8).value = "科室备注", "已核"


def moved_column(book: Any) -> None:
    sheet = unmerged(sheet_of(book))
    at = cell(sheet, "时效1", "佐证材料").column
    for row in range(1, sheet.max_row + 1):
        first, second = sheet.cell(row, at), sheet.cell(row, at + 1)
        first.value, second.value = second.value, first.value


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (inserted, "A409", "第 {at} 行是插入的行，里面的“第二份材料”"),
        (copied, "A408", "第 {at} 行是复制第 {above} 行插入的"),
        (lambda book: unmerged(sheet_of(book)).delete_rows(line("时效1")), "A407", "时效1“费用报销及时性”的一行被删去了（原在第 {above} 行之后）"),
        (lambda book: unmerged(sheet_of(book)).delete_cols(cell(sheet_of(book), "时效1", "佐证材料").column), "A418", "指标各行的“佐证材料”一列被删去了"),
        (another_column, "A416", "插入的一列“科室备注”不是填报表原有的"),
        (moved_column, "", ""),
        (lambda book: setattr(sheet_of(book), "title", "社区（改名）"), "", ""),
    ],
    ids=["a row inserted", "a row copied", "a row deleted", "a column deleted", "a column inserted", "a column moved", "a sheet renamed"],
)  # fmt: skip
def test_what_was_done_to_a_sheet_is_called_what_it_is(office: Path, change: Any, code: str, says: str):
    with_workbook(office, change)
    found = [p for p in checked(office).problems if p.code[0] == "A"]
    assert [p.code for p in found] == ([code] if code else [])
    assert all(p.says.startswith(says.format(at=line("时效1"), above=line("时效1") - 1)) for p in found)
    if not code:
        assert findings(checked(office)) == scored()


# ---- as a person reads it ----------------------------------------------------------------------------------------


def run(*words: str) -> Any:
    return CliRunner().invoke(app, [*words])


def test_findings_stand_under_their_project_each_thing_to_do_on_one_line(office: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(office)
    for made in (run("check"), run("score")):
        lines = made.output.splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith(f"文化路社区工作经费（{POOR}"))
        (one,) = [line for line in lines if "时效1“费用报销及时性”" in line and "错误" in line]
        assert lines.index(one) > at and one.startswith("  ")
        assert " F101 " in one and "缺：原因、措施" in one
        assert "F404" not in made.output and "F405" not in made.output
    assert "补写原因、措施" in run("check").output


def test_rows_that_lack_the_same_are_told_together(office: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(office)
    path = office / RESULTS / f"{LABOUR}.yaml"
    path.write_text(path.read_text("utf-8").split("results:")[0], "utf-8")
    lines = [line for line in run("check").output.splitlines() if "F104" in line]
    assert len(lines) == 1 and "数量1、质量1、时效1、社会效益1、满意度1没有填实际完成值" in lines[0]


SENTENCES = st.text(st.sampled_from("甲乙丙，；“”0%"), min_size=1, max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from(["", "数量1", "质量1"]), st.sampled_from(["F101", "F103", "A101"]), st.sampled_from(["错误", "警告", "提示"]), SENTENCES), max_size=12))  # fmt: skip
def test_nothing_is_lost_and_nothing_is_said_twice(problems: list[tuple[str, str, str, Any, str]]):
    """Every code stands under its heading, and every clause of every sentence."""
    from evaluator.commands.grouped import GroupedProblem, grouped

    said = [GroupedProblem(Problem(code, says, None, severity=severity), heading, row) for heading, row, code, severity, says in problems]  # fmt: skip
    text = list(grouped(said, lambda one: f"{one.severity} {one.code} {one.says}"))
    headings = [line.strip() for line in text if not line.startswith("  ")]
    assert sorted(headings) == sorted({one.heading for one in said})
    body, heading = dict.fromkeys(headings, ""), ""
    for line in text:
        if line.startswith("  "):
            body[heading] += line
        else:
            heading = line.strip()
    for one in said:
        assert one.problem.code in body[one.heading]
        assert all(clause in body[one.heading] for clause in one.problem.says.split("，"))
    lines = [line for line in text if line.startswith("  ")]
    assert len(lines) <= len({(one.heading, one.row, one.problem.severity, one.problem.code, one.problem.says) for one in said})  # fmt: skip


def test_findings_stand_in_the_order_of_the_table_and_the_whole_of_it_first(office: Path):
    told = [one for one in read_lines(run("check", office.as_posix()).output) if one]
    headings = [line for line in told if not line.startswith("  ")]
    assert len(headings) == len(set(headings)), "a project's name is said once"
    book = load_rulebook(office / "rules", ROOT / "rules")
    table = book.projects[2023, POOR]
    rows = [row.id for row in table.indicators]
    at = next(n for n, line in enumerate(told) if POOR in line and not line.startswith("  "))
    mine = list(takewhile(lambda line: line.startswith("  "), told[at + 1 :]))
    places = [next((rows.index(row) for row in rows if f" {row}“" in line), -1) for line in mine]
    assert len(mine) > 5 and places == sorted(places)


def read_lines(text: str) -> list[str]:
    return text.splitlines()


def test_a_waiver_takes_its_row_out_of_a_finding_about_several(office: Path):
    path = office / RULES_OF / f"{LABOUR}.yaml"
    text = re.sub(r"(?m)^    basis: .*(\n      .*)*", "    basis: ''", path.read_text("utf-8"), count=3)
    path.write_text(text, "utf-8")

    def about() -> list[Problem]:
        return [one for one in checked(office).problems if one.code == "F306"]

    (whole,) = about()
    assert "数量1“" in whole.says and "质量1“" in whole.says and "时效1“" in whole.says
    sarif = as_sarif(checked(office))["runs"][0]["results"]
    (told,) = [one for one in sarif if one["ruleId"] == "F306"]
    lines = [one["physicalLocation"]["region"]["startLine"] for one in (*told["locations"], *told["relatedLocations"])]
    assert [text.splitlines()[line - 1].strip() for line in lines] == ["- id: 数量1", "- id: 质量1", "- id: 时效1"]

    rewrite(path, "  - id: 质量1\n", "  # 免查 F306：依据在测算表里\n  - id: 质量1\n")
    (rest,) = about()
    assert "质量1" not in rest.says and rest.says.startswith("数量1“") and "时效1“" in rest.says
    assert [one.problem.says.split("“")[0] for one in checked(office).waived] == ["质量1"]
    for row in ("数量1", "时效1"):
        rewrite(path, f"  - id: {row}\n", f"  # 免查 F306：依据在测算表里\n  - id: {row}\n")
    assert about() == [] and not any(one.code == "C103" for one in checked(office).problems)


@pytest.mark.parametrize("folder", ["policies", "findings", "monitoring", "reviews"])
def test_a_copy_of_the_products_rules_is_no_repetition_unless_it_says_something_else(office: Path, folder: str):
    shutil.copytree(ROOT / "rules" / folder, office / "rules" / folder)
    assert not [one for one in checked(office).problems if one.code in AGAIN]
    path = next(iter(sorted((office / "rules" / folder).glob("*.yaml"))))
    path.write_text(path.read_text("utf-8").replace("title: ", "title: 改过的", 1), "utf-8")
    (one,) = [one for one in checked(office).problems if one.code in AGAIN]
    assert f"工作区的 rules/{folder}/{path.name}:" in one.says and f"自带的 rules/{folder}/{path.name}:" in one.says


AGAIN = ("P309", "R104", "M103", "R153")


def test_a_year_nobody_began_is_told_once_and_its_goals_are_judged(office: Path):
    shutil.rmtree(office / "actuals")
    made = run("score", office.as_posix()).output
    assert made.count("还没有完成情况，只核对了目标") == 1 and "F119" not in made and "F317" in made


PLACE = re.compile(r"[^\s“（]*(?:rules|actuals)/[^\s:!”）]+")


@pytest.mark.parametrize("where", ["inside", "above", "beside"])
@pytest.mark.parametrize("words", [["check"], ["score"], ["explain", POOR, "时效1"], ["run"], ["template"]])
def test_every_place_that_is_printed_can_be_opened_from_here(
    office: Path, monkeypatch: pytest.MonkeyPatch, where: str, words: list[str]
):
    rewrite(office / RESULTS / f"{LABOUR}.yaml", "year: 2023", "year: 2023 # 示例")
    if words[0] in ("score", "run", "template"):
        rewrite(office / RESULTS / f"{LABOUR}.yaml", "year: 2023", "year: 二〇")  # the error names its place
    folder = {"inside": office, "above": office.parent, "beside": office.parent / "别处"}[where]
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    place = [] if where == "inside" else [str(Path("..") / office.name if where == "beside" else office.name)]
    option = ["-w", *place] if place and words[0] == "explain" else place
    made = run(*words, *option)
    from evaluator.commands.exits import exit_code_of
    from evaluator.commands.openable import told

    text = made.output
    if made.exception and not isinstance(made.exception, SystemExit):
        text += "\n".join(told(one) for one in getattr(made.exception, "problems", ()))
    assert exit_code_of is not None
    found = {found[0].rstrip("；。，") for found in PLACE.finditer(text)}
    assert found
    for one in found:
        assert (folder / one).exists(), one


def test_a_document_is_told_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "来文").mkdir()
    shutil.copy(ROOT / "rules/projects/2023/629001/source/goals.txt", tmp_path / "来文")
    made = run("import", "来文/goals.txt", "--into", "rules/projects")
    places = re.findall(r"^  (\S+goals.txt):\d+: ", made.output, re.M)
    assert len(places) > 5 and set(places) == {"来文/goals.txt"}
    assert "数量1“保障人数”的比较符" in made.output and "indicators." not in made.output
    text = next((tmp_path / "rules/projects/2023").rglob("13028124P00499710001G.yaml")).read_text("utf-8")
    assert "来文/" not in text, "what is kept does not depend on the folder"


def test_kept_files_do_not_depend_on_the_folder_a_command_is_run_in(office: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    texts = []
    for folder, place in ((office, "."), (office.parent, office.name)):
        monkeypatch.chdir(folder)
        texts.append(run("check", place, "--format", "json").output)
    assert texts[0] == texts[1]


# ---- what to do next ---------------------------------------------------------------------------------------------


def test_a_run_ends_with_the_next_command(office: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(office)
    first = run("run", "--to", "html").output.splitlines()
    assert first[-2:] == [f'  ziping correct {POOR} 时效1 --cause "" --remedy "" --reason "" --by ""', "  ziping run"]
    done = run("correct", POOR, "时效1", "--cause", "票据退回", "--remedy", "按季报销", "--reason", "补写", "--by", "张三")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert run("run", "--to", "html").output.splitlines()[-1].startswith("  ziping submit")
    assert run("submit", "--by", "张三").exit_code == 0
    assert run("run", "--to", "html").output.splitlines()[-1] == "  ziping history"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8), min_size=1))
def test_a_command_is_read_back_as_it_was_meant(words: list[str]):
    import shlex

    from evaluator.commands.nextstep import command

    assert shlex.split(command("ziping", *words)) == ["ziping", *words]


# ---- progress ----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_takes_long_is_shown_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch):
    import time

    from evaluator.commands import working

    monkeypatch.setattr(working, "PATIENCE", 0.02)
    for stream, due in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        for _ in working.progress([1, 2, 3], "读取"):
            with working.working("起草"):
                time.sleep(0.1)
        shown = stream.getvalue()
        assert ("起草，已用" in shown) == due
        assert shown.endswith("\r\x1b[K") == due
        assert due or not shown


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch):
    from evaluator.commands import working

    monkeypatch.setattr("sys.stderr", stream := Terminal())
    assert list(working.progress([1, 2], "读取")) == [1, 2]
    assert stream.getvalue() == ""
