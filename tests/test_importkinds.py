"""Kinds of tables that published documents have: signs, lists of projects, broken pages, monitoring tables, pasted text.

Each is made small here; the layouts as pages print them are in scenarios/imports.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.documents.validation import read_model
from evaluator.errors import UsageProblem
from evaluator.intake.document import DocumentProblems, Paragraph, Place, SourceDocument, Table, TableCell
from evaluator.intake.draftyaml import write
from evaluator.intake.filled.formloading import read_filled, recognise_filled
from evaluator.intake.goals.draft import Frame, project_draft
from evaluator.intake.goals.goaltable import GoalTable
from evaluator.intake.goals.monitored import day_of, report
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.targetcolumns import assembled, nature_of
from evaluator.intake.headings.titles import unit_of
from evaluator.intake.importing import Imported, import_documents
from evaluator.intake.readers import read
from evaluator.intake.values import Value
from evaluator.monitoring.points import MonitoringPoint
from evaluator.quantities.quantity import read_target
from evaluator.quantities.signs import read_sign
from evaluator.rulebook.book import read_policies

ROOT = Path(__file__).parent.parent
LAYOUTS = ROOT / "scenarios" / "imports" / "documents" / "layouts"
SAMPLE = ROOT / "rules" / "projects" / "2023" / "629001"
BOOK = read_policies([ROOT / "rules"])
HEAD = ["一级指标", "二级指标", "三级指标", "指标值", "分值"]
ROWS = [["产出指标", "数量指标", "场次", "≥5场", "60"], ["效益指标", "社会效益指标", "效果", "有所提升", "30"]]


def grid(number: int, *rows: list[str]) -> Table:
    width = max(map(len, rows))
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return Table(
        Place(table=number),
        tuple(
            tuple(TableCell(text, Place(table=number, row=r, column=c)) for c, text in enumerate(row, 1))
            for r, row in enumerate(padded, 1)
        ),
    )


def document(*blocks: Table | Paragraph) -> SourceDocument:
    return SourceDocument("示例.docx", "docx", "0" * 64, blocks)


def goal_table(*rows: list[str], head: list[str] = HEAD) -> GoalTable:
    (one,) = recognise(document(grid(1, ["项目名称", "示例项目"], head, *rows))).tables
    return one


def page(path: Path, *rows: list[str], title: str = "项目支出绩效目标表（2023年度）") -> Path:
    cells = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    path.write_text(f"<html><body><p>{title}</p><table>{cells}</table></body></html>", "utf-8")
    return path


def imported(tmp_path: Path, *paths: Path, unit: str | None = "776001", dry: bool = False) -> Imported:
    return import_documents(list(paths), tmp_path / "rules" / "projects", unit=unit, policy="cn-2020-10", dry=dry)


# ---- signs and natures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sign"),
    [("≥", "≥"), ("＞＝", "≥"), ("大于等于", "≥"), ("不低于", "≥"), ("以上", "≥"), ("小于等于", "≤"), ("不超过", "≤"), ("＝", "="), ("等于", "="), (">", ">"),
     ("正向", ""), ("定性", ""), ("", ""), ("≥5", ""), ("核心指标", ""), ("万元", "")],
)  # fmt: skip
def test_a_sign_is_told_from_a_nature(text: str, sign: str) -> None:
    assert (read_sign(text) or "") == sign


@pytest.mark.parametrize(
    ("value", "marks", "measure", "text"),
    [
        ("98", ["正向", "大于等于"], "%", "大于等于98%"),
        ("1", ["反向", "小于等于"], "", "小于等于1"),
        ("95", ["≥", "正向指标"], "%", "≥95%"),
        ("长期", ["定性", ""], "/", "长期"),
        ("保障", ["定性"], "无", "保障"),
        ("98", ["正向"], "%", "98%"),
        ("≥98%", ["正向", "≥"], "%", "≥98%"),
        ("11月底之前", ["定性"], "", "11月底之前"),
        ("5", ["数值型", "不少于"], "场", "不少于5场"),
        ("有效提升", ["=", "定性"], "", "有效提升"),
    ],
)
def test_columns_tell_one_target_together(value: str, marks: list[str], measure: str, text: str) -> None:
    made = assembled(value, marks, measure)
    assert (made.text, made.doubt) == (text, "")


@pytest.mark.parametrize(
    ("value", "marks"),
    [("98", ["≥", "≤"]), ("≤98", ["≥"]), ("98", ["正向", "小于等于"]), ("98", ["反向", "≥"]), ("98", ["正向", "反向"])],
)
def test_columns_that_contradict_are_doubted(value: str, marks: list[str]) -> None:
    made = assembled(value, marks, "%")
    assert made.doubt
    assert {"≥98%", "≤98%"} <= set(made.options)


@given(
    st.sampled_from(["≥", "≤", "=", ">", "<", "大于等于", "不超过"]),
    st.integers(1, 10_000),
    st.sampled_from(["", "%", "人", "万元"]),
    st.permutations(["", "定量", "/"]),
)
def test_a_sign_is_kept_wherever_it_stands(sign: str, number: int, measure: str, others: list[str]) -> None:
    at_any = assembled(str(number), [others[0], sign, others[1]], measure)
    assert at_any.doubt == ""
    assert read_target(at_any.text).sign == read_sign(sign)
    assert at_any.text == f"{sign}{number}{measure}"


@pytest.mark.parametrize("heading", ["指标值类型", "指标方向", "符号", "运算符号", "", "算法"])
def test_signs_are_found_whatever_their_column_is_called(heading: str) -> None:
    head = ["一级指标", "二级指标", "三级指标", heading, "指标值", "度量单位"]
    found = goal_table(
        ["产出指标", "数量指标", "场次", "≥", "5", "场"], ["产出指标", "成本指标", "成本", "≤", "2", "万元"], head=head
    )
    assert [row["nature"].text for row in found.rows] == ["≥", "≤"]


def test_a_nameless_column_with_anything_else_is_no_column_of_signs() -> None:
    head = ["一级指标", "二级指标", "三级指标", "", "指标值"]
    found = goal_table(
        ["产出指标", "数量指标", "场次", "≥", "5"], ["产出指标", "成本指标", "成本", "另计", "2"], head=head
    )
    assert all("nature" not in row for row in found.rows)


def test_natures_are_data() -> None:
    assert {nature_of(word) for word in ("正向", "负向指标", "定量", "—")} == {"正向", "反向", "定量", "无"}


# ---- units, years, names, money ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["10000万元", "1200平方公里", "2023年度", "（2023）年度", "二〇二三年", "500人", "12345个县", "30000元"]
)
def test_an_amount_or_a_year_is_no_office(text: str) -> None:
    assert unit_of(text) is None


@pytest.mark.parametrize(
    "text", ["820001-示例镇人民政府", "[820001]示例镇人民政府", "预算单位：820001示例所", "820001 示例中心"]
)
def test_an_office_with_its_code(text: str) -> None:
    told = unit_of(text)
    assert told is not None and told[0] == "820001" and told[1].startswith("示例")


@pytest.mark.parametrize(
    "told",
    ["2023年度", "(2023)年度", "（2023年度）", "２０２３年度", "二〇二三年度", "示例申报表(2023年度)", "2023年度)"],
)
def test_a_year_in_a_row_of_the_table(told: str, tmp_path: Path) -> None:
    rows = [[told], ["项目名称", "示例项目"], HEAD, *ROWS]
    made = imported(tmp_path, page(tmp_path / "a.html", *rows, title="见下表"), dry=True)
    assert [filed.draft.tree["year"].text for filed in made.files] == ["2023"]


def test_each_table_has_the_year_of_its_own_title(tmp_path: Path) -> None:
    title = "示例中心2022年度项目绩效及2023年度整体绩效目标申报"
    made = imported(
        tmp_path,
        page(tmp_path / "a.html", ["项目绩效年度表 (2022年度)"], ["项目名称", "示例项目"], HEAD, *ROWS, title=title),
        dry=True,
    )
    assert [filed.draft.tree["year"].text for filed in made.files] == ["2022"]
    with pytest.raises(UsageProblem, match="U107"):
        imported(tmp_path, page(tmp_path / "b.html", ["项目名称", "示例项目"], HEAD, *ROWS, title=title), dry=True)


def test_nameless_projects_have_files_of_their_own(tmp_path: Path) -> None:
    paths = [page(tmp_path / f"{name}.html", HEAD, *ROWS) for name in ("甲", "乙")]
    made = imported(tmp_path, *paths)
    assert [filed.path.stem for filed in made.files] == ["编码待定_1_甲", "编码待定_1_乙"]
    assert [filed.state for filed in made.files] == ["新建", "新建"]
    assert [filed.state for filed in imported(tmp_path, *paths).files] == ["没有变化", "没有变化"]


def test_projects_of_one_name_in_two_documents_have_files_of_their_own(tmp_path: Path) -> None:
    paths = [page(tmp_path / f"{name}.html", ["项目名称", "示例项目"], HEAD, *ROWS) for name in ("甲", "乙")]
    made = imported(tmp_path, *paths)
    assert len({filed.path for filed in made.files}) == 2
    assert [filed.state for filed in made.files] == ["新建", "新建"]


def money(tmp_path: Path, *rows: list[str]) -> tuple[str, tuple[str, ...]]:
    """The budget of a draft and what is offered where it is asked."""
    made = imported(tmp_path, page(tmp_path / "a.html", ["项目名称", "示例项目"], *rows, HEAD, *ROWS), dry=True)
    draft = made.files[0].draft
    asked = [question.choices for question in draft.questions if question.path == ("budget", "total")]
    return draft.tree["budget"]["total"].text, asked[0] if asked else ()


def test_the_amount_of_the_year_wins(tmp_path: Path) -> None:
    assert money(tmp_path, ["资金总额", "300万元", "当年资金总额:", "100万元"]) == ("100万元", ())
    assert money(tmp_path, ["年度金额", "100万元"]) == ("100万元", ())
    assert money(tmp_path, ["预算数（元）", "1000"]) == ("1000元", ())


def test_an_amount_that_is_not_certain_is_asked(tmp_path: Path) -> None:
    assert money(tmp_path, ["预算数", "100,000.00"]) == ("?", ("100,000.00万元", "100,000.00元"))
    assert money(tmp_path, ["预算数", "10万元"], ["预算金额", "12万元"]) == ("?", ("10万元", "12万元"))
    for label in ("项目总投资", "资金需求", "预算申报数", "本年度申请财政预算资金(万元)"):
        assert money(tmp_path, [label, "10万元"]) == ("?", ("10万元",))
    assert money(tmp_path, ["项目", "行次", "金额（万元）"], ["年度资金总额", "1", "10"], ["财政拨款", "2", "10"]) == (
        "10",
        (),
    )


def test_a_sum_of_points_is_no_indicator() -> None:
    assert [row["indicator"].text for row in goal_table(*ROWS, ["合计", "", "", "", "90"]).rows] == ["场次", "效果"]


# ---- grids and headings --------------------------------------------------------------------------------------------


def test_a_page_break_may_change_the_grid() -> None:
    wide = [[*row[:3], row[3], row[3], row[4]] for row in (HEAD, *ROWS)]
    first = grid(1, ["项目名称", "示例项目", "", "", "", ""], *wide)
    rows = tuple((*row[:3], row[3], row[3], row[5]) for row in first.rows)  # 指标值 is merged over two columns
    more = grid(2, ["", "", "", "", "心"], ["", "生态效益指标", "水质", "≥90%", "10"])
    made = recognise(document(Table(first.place, rows), more))
    assert made.problems == []
    assert [row["indicator"].text for row in made.tables[0].rows] == ["场次", "效果", "水质"]
    assert made.tables[0].rows[2]["target"].text == "≥90%"


def test_a_table_that_cannot_be_laid_under_the_headings_is_an_error() -> None:
    more = grid(2, ["产出指标", "数量指标", "场地", "≥5处", "示例", "10", "甲", "乙"])
    made = recognise(document(grid(1, ["项目名称", "示例项目"], HEAD, *ROWS), more))
    assert [problem.code for problem in made.problems] == ["D210"]


INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\xad", "\u200e", "\u202a", "\ufe0f"]


@pytest.mark.parametrize("mark", INVISIBLE)
def test_invisible_characters_in_headings_are_nothing(mark: str) -> None:
    for word in ("实际完成值", "三级指标", "预算数（元）"):
        assert goalwords.plain(f"{word[:2]}{mark}{word[2:]}{mark}") == goalwords.plain(word)
    assert [row["target"].text for row in goal_table(*ROWS, head=[*HEAD[:3], f"指标{mark}值", "分值"]).rows] == [
        "≥5场",
        "有所提升",
    ]


@pytest.mark.parametrize(("heading", "severity", "near"), [("度量单为", "错误", "度量单位"), ("审核专家", "警告", "")])
def test_a_filled_column_nobody_knows_is_named(heading: str, severity: str, near: str) -> None:
    rows = [[*row, "场"] for row in ROWS]
    (problem,) = recognise(document(grid(1, ["项目名称", "示例项目"], [*HEAD, heading], *rows))).problems
    assert (problem.code, problem.severity, problem.nearest) == ("D208", severity, near)
    assert heading in problem.says
    blank = [[*row, ""] for row in ROWS]
    assert recognise(document(grid(1, ["项目名称", "示例项目"], [*HEAD, heading], *blank))).problems == []


# ---- filled forms --------------------------------------------------------------------------------------------------

FILLED = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"]
DONE = ["产出指标", "数量指标", "场次", "≥5场", "5场", "60", "60"]


@pytest.mark.parametrize("mark", INVISIBLE)
def test_an_invisible_character_in_a_heading_of_a_form(mark: str) -> None:
    head = [*FILLED[:4], f"实际{mark}完成值", *FILLED[5:]]
    tables, problems = recognise_filled(document(grid(1, ["项目名称", "示例项目"], head, DONE)))
    assert (tables[0].indicators[0].actual, problems) == ("5场", [])


def test_a_misspelt_column_of_a_form_is_an_error_that_names_the_nearest() -> None:
    head = [*FILLED[:4], "实际完戌值", *FILLED[5:]]
    _, problems = recognise_filled(document(grid(1, ["项目名称", "示例项目"], head, DONE)))
    assert [(p.code, p.severity, p.nearest) for p in problems] == [("D512", "错误", "实际完成值")]
    _, problems = recognise_filled(document(grid(1, ["项目名称", "示例项目"], [*FILLED, "经办科室"], [*DONE, "甲科"])))
    assert [(p.code, p.severity) for p in problems] == [("D512", "警告")]


def test_natures_and_signs_of_a_form_are_told_apart() -> None:
    head = [
        "一级指标",
        "二级指标",
        "三级指标",
        "指标性质",
        "指标方向",
        "指标值",
        "度量单位",
        "实际完成值",
        "分值",
        "得分",
    ]
    rows = [
        ["产出指标", "数量指标", "采购", "反向", "小于等于", "1", "台", "1台", "30", "30"],
        ["产出指标", "质量指标", "合格率", "正向", "≤", "98", "%", "98%", "30", "30"],
        ["效益指标", "社会效益指标", "效果", "定性", "", "良好", "", "良好", "30", "30"],
    ]
    tables, _ = recognise_filled(document(grid(1, ["项目名称", "示例项目"], head, *rows)))
    assert [row.target for row in tables[0].indicators] == ["小于等于1台", "正向≤ 98%", "良好"]
    assert [row.nature for row in tables[0].indicators] == ["反向", "正向", "定性"]


def test_the_rest_of_a_row_on_the_next_page_keeps_its_measure() -> None:
    head = ["一级指标", "二级指标", "三级指标", "指标值", "度量单位", "实际完成值", "分值", "得分"]
    first = grid(1, ["项目名称", "示例项目"], head, ["产出指标", "数量指标", "场次", "5", "万", "5", "60", "60"])
    tables, _ = recognise_filled(document(first, grid(2, ["", "", "", "", "场", "", "", ""])))
    assert [row.target for row in tables[0].indicators] == ["5万场"]


def test_a_transfer_payment_form_is_filled_and_no_goals(tmp_path: Path) -> None:
    tables, problems = read_filled(LAYOUTS / "transfer-filled.html")
    (one,) = tables
    assert problems == []
    assert one.funding and (one.project_name, one.year, one.funding.full_year, one.funding.executed) == (
        "示例补助资金",
        2024,
        "335.5万",
        "330万",
    )
    assert [(row.target, row.actual) for row in one.indicators] == [("≥500人次", "1104"), ("100%", "100%")]
    found = recognise(read(LAYOUTS / "transfer-filled.html"))
    assert (found.tables, found.problems[0].code) == ([], "D204")


# ---- monitoring ----------------------------------------------------------------------------------------------------

WATCHED = [
    "一级指标",
    "二级指标",
    "三级指标",
    "年度指标值",
    "1—6月执行情况",
    "全年预计完成情况",
    "偏差原因分析",
    "完成目标可能性",
]
SEEN = [
    ["产出指标", "数量指标", "保障人数", "≥59人", "59人", "59人", "", "确定能"],
    ["满意度指标", "服务对象满意度指标", "单位人员满意度", "≥95%", "96%", "96%", "", "□确定能 √有可能 □完全不可能"],
]


def watched(
    path: Path, *rows: list[str], head: list[str] = WATCHED, spent: str = "1—6月执行数", name: str = "劳务派遣服务经费"
) -> Path:
    money = [
        ["项目资金（万元）", "年初预算数", spent, "全年预计执行数"],
        ["年度资金总额", "457.46", "227.40", "457.46"],
    ]
    return page(path, ["项目名称", name], *money, head, *(rows or SEEN), title="项目支出绩效目标执行监控表（2023年度）")


def workspace(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "rules" / "projects" / "2023" / "629001")
    return tmp_path


def test_a_monitoring_table_becomes_monitoring_data_of_the_rule_files(tmp_path: Path) -> None:
    made = imported(workspace(tmp_path), watched(tmp_path / "a.html"), unit="629001")
    assert (made.files, made.filled, made.problems, made.clean) == ([], [], [], True)
    path = tmp_path / "monitoring" / "2023" / "629001" / "2023-06-30.yaml"
    assert [one.path for one in made.reported] == [path]
    point, problems = read_model(MonitoringPoint, path, path.name)
    assert problems == [] and point is not None
    (one,) = point.projects.values()
    assert (list(point.projects), one.executed) == (["13028124P00499410001F"], 227_400_000)
    told = {name: (row.value, row.forecast, row.likelihood) for name, row in one.indicators.items()}
    assert told == {"数量1": ("59人", "59人", "确定能"), "满意度1": ("96%", "96%", "有可能")}


def test_a_report_that_is_there_is_never_touched(tmp_path: Path) -> None:
    document = watched(tmp_path / "a.html")
    (first,) = imported(workspace(tmp_path), document, unit="629001").reported
    assert [one.state for one in imported(tmp_path, document, unit="629001").reported] == ["没有变化"]
    changed = first.path.read_text("utf-8").replace("96%", "97%")
    first.path.write_text(changed, "utf-8")
    made = imported(tmp_path, document, unit="629001")
    assert [one.state for one in made.reported] == ["有差异"] and not made.clean
    assert first.path.read_text("utf-8") == changed
    assert "97%" in made.reported[0].problems[0].says


def test_several_tables_of_one_day_are_one_report(tmp_path: Path) -> None:
    other = watched(
        tmp_path / "b.html",
        ["产出指标", "数量指标", "保障人数", "≥237人", "237人", "237人", "", "确定能"],
        name="文化路社区工作经费",
    )
    (one,) = imported(workspace(tmp_path), watched(tmp_path / "a.html"), other, unit="629001").reported
    assert list(one.projects) == ["13028124P00499410001F", "13028124P00507410001X"]


def test_a_list_of_many_monitored_projects_is_one_report(tmp_path: Path) -> None:
    head = ["单位名称", "项目名称", "年初预算数", "1—6月执行数", *WATCHED]
    rows = [["629001示例街道", name, "20000", spent, *SEEN[0]] for name, spent in (("甲", "5000"), ("乙", "9000"))]
    made = imported(
        tmp_path,
        page(tmp_path / "a.html", ["金额单位：元"], head, *rows, title="项目绩效运行监控表（2023年度）"),
        unit=None,
    )
    (one,) = made.reported
    assert made.files == [], "a monitored project is never a goal draft"
    point, problems = read_model(MonitoringPoint, one.path, one.path.name)
    assert problems == [] and point is not None
    assert [project.executed for project in point.projects.values()] == [500_000, 900_000]


def test_money_without_a_label_stands_under_its_head_and_no_indicator_does(tmp_path: Path) -> None:
    money = [["项目资金（元）", "全年预算数", "1—6月执行数"], ["", "20000", "9000"]]
    rows = [["项目名称", "示例项目"], *money, WATCHED, *SEEN]
    made = imported(tmp_path, page(tmp_path / "a.html", *rows, title="项目绩效运行监控表（2023年度）"))
    (one,) = made.reported[0].projects.values()
    assert one["executed"].text == "9000元"
    assert list(one["indicators"]) == ["数量1", "满意度1"]


def test_an_indicator_the_rule_file_does_not_have_is_asked(tmp_path: Path) -> None:
    made = imported(
        workspace(tmp_path),
        watched(tmp_path / "a.html", ["产出指标", "数量指标", "保障人次", "≥59人", "59人", "", "", "说不准"]),
        unit="629001",
    )
    assert sorted(problem.code for problem in made.reported[0].problems) == ["D421", "D422"]


@pytest.mark.parametrize("period", ["4—6月", "1—N月", "13月"])
def test_a_report_without_a_day_is_refused(period: str, tmp_path: Path) -> None:
    head = [*WATCHED[:4], f"{period}执行情况", *WATCHED[5:]]
    with pytest.raises(DocumentProblems, match="D211"):
        imported(workspace(tmp_path), watched(tmp_path / "a.html", head=head, spent=f"{period}执行数"), unit="629001")
    assert not (tmp_path / "monitoring").exists()


@pytest.mark.parametrize(
    ("heading", "end", "rest"),
    [("1—7月执行情况", (7, 0), "执行情况"), ("截至2023年8月15日完成情况", (8, 15), "完成情况"), ("上半年完成值", (6, 0), "完成值"),
     ("前三季度执行情况", (9, 0), "执行情况"), ("7月底完成情况", (7, 0), "完成情况"), ("4-6月完成情况", (0, 0), "完成情况"), ("完成情况", (0, 0), "完成情况")],
)  # fmt: skip
def test_the_period_of_a_heading(heading: str, end: tuple[int, int], rest: str) -> None:
    assert goalwords.period(heading)[1:] == (end, rest)


def test_an_audit_says_what_a_monitoring_table_is(tmp_path: Path) -> None:
    _, problems = read_filled(watched(tmp_path / "a.html"))
    assert [(p.code, "绩效运行监控表" in p.says) for p in problems] == [("D501", True)]


# ---- pasted text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "\n".join([*HEAD, *ROWS[0], "质量指标", "合格率", "≥98%", "10"]),  # the level merged from above was left out
    "\n".join([*HEAD, *ROWS[0], *ROWS[1][:4]]),
    "\n".join(HEAD),
])  # fmt: skip
def test_cells_one_to_a_line_without_a_certain_width_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"项目绩效目标表\n2023年度\n{text}\n", "utf-8")
    with pytest.raises(DocumentProblems, match="制表符"):
        imported(tmp_path, tmp_path / "a.txt")
    assert read_filled(tmp_path / "a.txt")[1][0].code == "D501"


def test_a_draft_with_doubts_is_written_with_its_questions(tmp_path: Path) -> None:
    head = [*HEAD[:3], "指标性质", "指标方向", "指标值"]
    rows = [["产出指标", "数量指标", "场次", "正向", "小于等于", "5"]]
    made = imported(tmp_path, page(tmp_path / "a.html", ["项目名称", "示例项目"], head, *rows), dry=True)
    told = write(made.files[0].draft, "project")
    assert "# 问题 D303：“场次”的指标值“5”拿不准：指标是正向的，比较符却是“≤”；可选：≥5 / ≤5" in told


# ---- nothing breaks it ---------------------------------------------------------------------------------------------

SCRAPS = st.sampled_from(
    [
        "", "一级指标", "二级指标", "三级指标", "指标值", "绩效指标", "指标性质", "度量单位", "分值", "项目名称", "预算数", "年度资金总额", "财政资金", "行次", "1", "2",
        "≥", "≥5", "5%", "正向", "产出指标", "数量指标", "合计", "2023年度", "1-7月执行情况", "1-7月执行数", "年初预算数", "确定能", "原因说明", "偏差原因分析", "√",
        "全年预计完成情况", "单位名称", "820001-示例镇", "年度", "绩效目标", "中期目标", "3月底", "10万元", "\u200b", "示例",
    ]
)  # fmt: skip


@given(st.lists(st.lists(st.lists(SCRAPS, min_size=1, max_size=9), min_size=1, max_size=7), min_size=1, max_size=4))
def test_no_tables_break_an_import(blocks: list[list[list[str]]]) -> None:
    tables = [grid(number, *rows) for number, rows in enumerate(blocks, 1)]
    found = recognise(document(Paragraph("2023年度", Place(paragraph=1)), *tables))
    for number, table in enumerate(found.tables, 1):
        if table.monitored:
            assert day_of(table, 2023) is None or day_of(table, 2023).year == 2023  # type: ignore[union-attr]
            report(table, found.document, Path("nowhere"), Value("001"), 2023, number)
        frame = Frame(found.document, 2023, Value("001"), Value("示例"), BOOK.policies["cn-2020-10"])
        draft = project_draft(table, frame, number)
        ask_all(draft, frame.policy, set())
        assert write(draft, "project")
    recognise_filled(found.document)
