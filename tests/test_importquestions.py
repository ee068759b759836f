"""What an import asks at once rather than leaving it to the filling, whose goals they are, and tables that go on over pages."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from evaluator.answering.answers import Answers
from evaluator.errors import EvaluatorError, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.intake.goals.questions import target_doubts
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.goals.whole import budget_doubts
from evaluator.intake.importing import Imported, import_documents
from evaluator.intake.values import Value, as_data
from evaluator.model import Indicator, Result
from evaluator.policy import Policy
from evaluator.quantities.quantity import Unreadable, read_target, set_beside
from evaluator.quantities.reading import Amount, Deadline, Level
from evaluator.results import Money
from evaluator.rowreading import read_row
from evaluator.rulebook.book import read_policies, read_rulebook
from evaluator.workspace.places import open_workspace
from tests.fixtures.make_office import FOLDER, files
from tests.test_importkinds import HEAD, document, grid, page

ROOT = Path(__file__).parent.parent
POLICY: Policy = read_policies([ROOT / "rules"]).policies["cn-2020-10"]
STRINGS = YAML(typ="safe", pure=True).load((ROOT / "tests" / "fixtures" / "target_strings.yaml").read_text("utf-8"))
FIXTURES = sorted({str(text) for group in STRINGS.values() for text in group})


def asked(target: str, sign: str = "") -> list[str]:
    """What is asked about a target with nothing else wrong."""
    row: Any = {"id": Value("数量1"), "target": Value(target), **({"sign": Value(sign)} if sign else {})}
    return [doubt.code for doubt in target_doubts(row, "示例", ("indicators", "数量1"))]


# ---- deadlines that no day decides ---------------------------------------------------------------------------------

AGAIN = [
    "每季度末前", "每月10日前", "每学期结束前", "每月底前", "每月15日前发放", "次月10日前", "每季度结束后10日内", "每季度终了后15日内",
    "每年6月底前", "每周五前", "2024年每月10日前", "1-12月每月5日前", "每月10号前发放到位", "每月末", "每月中旬前", "各季度末前", "当月25日前",
    "10日前", "15日前完成", "月底前", "季末前", "季度末前", "学期末前", "春节前", "汛期前", "项目结束前", "入冬前完成", "开学前",
    "9月前", "2025年6月前", "第四季度前", "12月前", "2023年前",
]  # fmt: skip
PLAIN = [
    "12月底前", "2024年10月底前", "6月30日前", "8月底以前", "年内", "全年", "1-12月", "2024年", "12月", "每月≥1次", "每季度1次", "每季度至少1次",
    "每月", "每季度", "按月", "按季", "及时", "按时完成", "规定时间内", "接到通知后3日内", "每次2小时以内", "每人每天5元以内", "每年新增10家以内",
    "每月人均增收5元", "目前水平", "提前", "较以前提高", "有所提升", "长期", "当年", "每年不低于5次", "提前15日完成", "保障日常运转",
]  # fmt: skip


@pytest.mark.parametrize("target", AGAIN)
def test_a_deadline_that_no_day_decides_is_asked(target: str) -> None:
    assert asked(target) == ["D314"]


@pytest.mark.parametrize("target", PLAIN)
def test_other_targets_of_time_are_not_asked(target: str) -> None:
    assert "D314" not in asked(target, "≤" if target == "接到通知后3日内" else "")


@pytest.mark.parametrize("target", AGAIN)
def test_what_is_offered_for_it_is_settled(target: str) -> None:
    row: Any = {"id": Value("数量1"), "target": Value(target)}
    (doubt,) = target_doubts(row, "示例", ("indicators", "数量1"))
    kept, *others = doubt.choices
    assert kept == target
    assert [asked(choice) for choice in others] == [[] for _ in others]


DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(0, 366, 5)]


@pytest.mark.parametrize("target", [*FIXTURES, *PLAIN, *AGAIN])
def test_a_target_that_is_not_asked_about_can_be_filled(target: str) -> None:
    """A number or a word, or a state by the assessor, is taken; and any day of the year decides a deadline."""
    if asked(target):
        return
    read = read_target(target)
    row = Indicator.model_construct(
        id="数量1", category="产出指标", dimension="数量指标", name="示例", description="", target=target, sign=None, scale=None,
        points=1000, formula=None, basis="", line=None,
    )  # fmt: skip
    if isinstance(read.content, Level):
        result = Result(actual=read.content.word)
    elif isinstance(read.content, Amount):
        result = Result(actual=str(read.content.low))
    elif isinstance(read.content, Deadline) and not read.content.moment.through:
        for day in DAYS:
            set_beside(read, f"2024年{day.month}月{day.day}日", year=2024)
        return
    else:
        result = Result(state="达成", share="100%")  # type: ignore[arg-type]
        if read.kind == "是否" or isinstance(read.content, Deadline):
            result = Result(actual=target) if read.kind == "是否" else result
    try:
        read_row(row, result, 1000, Money(0, None, None), POLICY, 2024)
    except Unreadable as error:
        pytest.fail(f"{target}: {error}")


# ---- tables that go on over pages -----------------------------------------------------------------------------------

LONG = [
    ["产出指标", "数量指标", "培训场次数", "≥5场", "20"], ["产出指标", "质量指标", "培训合格率", "≥95%", "20"], ["产出指标", "时效指标", "完成的时间", "12月底前", "20"],
    ["效益指标", "社会效益指标", "服务的效果", "有所提升", "20"], ["满意度指标", "服务对象满意度指标", "学员满意度", "≥90%", "10"],
]  # fmt: skip


def drawn(rows: list[list[str]], widths: tuple[int, ...], number: int) -> Any:
    """A table whose columns cover so many columns of its grid each; merged cells are one object."""
    plain = grid(number, *rows)
    spread = [[cell for cell, width in zip(row, widths, strict=True) for _ in range(width)] for row in plain.rows]
    return type(plain)(plain.place, tuple(tuple(row) for row in spread))


@given(st.integers(1, 4), st.tuples(*[st.integers(1, 3)] * 5), st.tuples(*[st.integers(1, 3)] * 5), st.integers(0, 3))
def test_a_table_that_goes_on_in_another_grid_says_the_same(
    cut: int, before: tuple[int, ...], after: tuple[int, ...], torn: int
) -> None:
    """Cut after any row, under any spans; a cell of the last row before the cut may be torn, its end on the next page."""
    head, tail = [row[:] for row in LONG[:cut]], [row[:] for row in LONG[cut:]]
    if torn == 2:
        head[-1][2], rest = head[-1][2][:-1], head[-1][2][-1]
        tail.insert(0, ["", "", rest, "", ""])
    name = [["项目名称", "示例项目", "", "", ""], ["绩效目标", "提高能力", "", "", ""]]
    upper = drawn([*name, HEAD, *head], before, 1)
    made = recognise(document(upper, drawn(tail, after, 2)))
    assert made.problems == []
    (table,) = made.tables
    assert table.fields["goals"].text == "提高能力"
    told = [[row[key].flat for key in ("category", "dimension", "indicator", "target", "points")] for row in table.rows]
    assert told == LONG


def without_places(filed: Any) -> dict[str, Any]:
    tree: dict[str, Any] = as_data(filed.draft.tree)
    tree.pop("source")
    return tree


@pytest.mark.parametrize("name", ["绩效目标.pdf", "绩效目标.xlsx"])
def test_the_three_documents_of_an_office_give_the_same_drafts(name: str, tmp_path: Path) -> None:
    word, other = (import_documents([FOLDER / one], tmp_path, year=2024, dry=True) for one in ("绩效目标.docx", name))
    theirs = {filed.draft.stem: without_places(filed) for filed in other.files}
    mine = {filed.draft.stem: without_places(filed) for filed in word.files if filed.draft.stem in theirs}
    assert len(theirs) == (4 if name.endswith("pdf") else 3)
    assert theirs == mine
    assert all(problem.where for filed in other.files for problem in filed.questions)


def test_the_documents_of_the_office_are_the_committed_ones() -> None:
    for name, raw in files().items():
        assert (FOLDER / name).read_bytes() == raw, "python -m tests.fixtures.make_office"


def test_the_pdf_has_what_it_is_there_for() -> None:
    """A table goes on in another grid, and a cell is torn."""
    from evaluator.intake.readers import read

    tables = list(read(FOLDER / "绩效目标.pdf").tables())
    pairs = itertools.pairwise(tables)
    assert any(len(one.rows[0]) != len(other.rows[0]) and one.place.page != other.place.page for one, other in pairs)
    assert any(sum(bool(cell.text) for cell in table.rows[0]) == 1 for table in tables)


# ---- whose goals they are -------------------------------------------------------------------------------------------

ROWS = [["一级指标", "二级指标", "三级指标", "指标值", "分值"], ["产出指标", "数量指标", "场次", "≥5场", "60"], ["效益指标", "社会效益指标", "效果", "有所提升", "30"]]  # fmt: skip
TOP = [["项目名称", "示例项目"], ["项目编码", "XM001"], ["预算数（万元）", "10"], ["财政资金（万元）", "10"]]


def office(folder: Path, *told: tuple[int, str, str, str]) -> Path:
    for year, code, name, authority in told:
        path = folder / "office" / str(year) / f"{code}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        more = f"\n  authority: {authority}" if authority else ""
        path.write_text(f'unit:\n  code: "{code}"\n  name: {name}{more}\nyear: {year}\n', "utf-8")
    (folder / "rules" / "projects").mkdir(parents=True, exist_ok=True)
    return folder


def imported(path: Path, into: Path, **options: Any) -> Imported:
    return import_documents([path], into, policy="cn-2020-10", **options)


def unit(made: Imported) -> dict[str, str]:
    (filed,) = made.files
    told: dict[str, str] = as_data(filed.draft.tree["unit"])
    return {**told, "year": as_data(filed.draft.tree["year"])}


@pytest.mark.parametrize(
    ("row", "authority"),
    [
        (["主管部门", "示例市教育局"], "示例市教育局"),
        (["主管部门及代码", "[015001]示例市教育局"], "示例市教育局"),
        (["主管部门及编码", "015001-示例市教育局"], "示例市教育局"),
        (["市级主管部门", "示例市教育局"], "示例市教育局"),
        (["省级主管部门", "示例省教育厅", "市级主管部门", "示例市教育局"], "示例市教育局"),
        (["中央主管部门", "教育部", "地方主管部门", "示例市教育局"], "示例市教育局"),
        (["主管部门", ""], ""),
    ],
)
def test_the_authority_stands_in_the_document(row: list[str], authority: str, tmp_path: Path) -> None:
    path = page(tmp_path / "一.html", row, *TOP, *ROWS)
    made = imported(path, tmp_path / "草稿", unit="388001")
    assert unit(made).get("authority", "") == authority
    assert "authority" in (tmp_path / "草稿/2023/388001/XM001.yaml").read_text("utf-8") or not authority


def test_what_the_document_does_not_say_is_taken_from_the_one_office_file(tmp_path: Path) -> None:
    space = office(tmp_path / "某办", (2024, "388001", "示例单位", "示例市教育局"))
    path = page(tmp_path / "一.html", *TOP, *ROWS, title="项目支出绩效目标表")
    made = imported(path, space)
    assert unit(made) == {"code": "388001", "name": "示例单位", "authority": "示例市教育局", "year": "2024"}
    assert [problem.code for problem in made.problems] == ["D425", "D425"]
    assert made.files[0].path == space / "rules/projects/2024/388001/XM001.yaml"
    assert made.workspace == f" {space}"


def test_two_office_files_settle_nothing_that_both_may_mean(tmp_path: Path) -> None:
    path = page(tmp_path / "一.html", *TOP, *ROWS, title="项目支出绩效目标表")
    two = office(tmp_path / "某办", (2023, "388001", "示例单位", ""), (2024, "388001", "示例单位", ""))
    with pytest.raises(UsageProblem, match="U107"):
        imported(path, two)
    assert unit(imported(path, two, year=2024, dry=True))["code"] == "388001"
    others = office(tmp_path / "别办", (2024, "388001", "示例单位", ""), (2024, "388002", "另一单位", ""))
    with pytest.raises(UsageProblem, match="U108"):
        imported(path, others, year=2024)
    named = page(tmp_path / "二.html", ["单位名称", "另一单位"], *TOP, *ROWS, title="项目支出绩效目标表")
    assert unit(imported(named, others, year=2024, dry=True))["code"] == "388002"


def test_where_document_and_office_file_differ_it_is_told(tmp_path: Path) -> None:
    space = office(tmp_path / "某办", (2023, "388001", "示例单位", "示例市民政局"))
    path = page(tmp_path / "一.html", ["主管部门", "示例市教育局"], ["预算单位", "388009示例中学"], *TOP, *ROWS)
    (note,) = imported(path, space, dry=True).problems
    assert (note.code, note.severity) == ("D425", "警告")
    assert "388009" in note.says
    assert "388001 示例单位" in note.says
    same = page(tmp_path / "二.html", ["主管部门", "示例市教育局"], ["预算单位", "388001示例单位"], *TOP, *ROWS)
    (note,) = imported(same, space, dry=True).problems
    assert "主管部门是“示例市教育局”" in note.says
    assert unit(imported(same, space, dry=True))["authority"] == "示例市教育局"


def test_the_command_gives_what_nobody_else_does(tmp_path: Path) -> None:
    path = page(tmp_path / "一.html", *TOP, *ROWS)
    told = unit(imported(path, tmp_path / "草稿", unit="388001", authority="示例市教育局"))
    assert told["authority"] == "示例市教育局"


@pytest.mark.parametrize("into", [".", "rules", "rules/projects"])
def test_drafts_go_where_a_workspace_has_them(into: str, tmp_path: Path) -> None:
    space = office(tmp_path / "某办", (2023, "388001", "示例单位", ""))
    path = page(tmp_path / "一.html", *TOP, *ROWS)
    made = imported(path, space / into)
    assert made.files[0].path == space / "rules/projects/2023/388001/XM001.yaml"
    assert made.files[0].path.is_file()


def test_a_list_of_projects_may_name_the_authority_of_each(tmp_path: Path) -> None:
    head = ["项目编码", "项目名称", "主管部门", "单位名称", "预算数（万元）", "财政资金（万元）", *ROWS[0]]
    rows = [
        [f"XM00{number}", f"项目{number}", "示例市教育局", "388001示例单位", "10", "10", *row]
        for number in (1, 2)
        for row in ROWS[1:]
    ]
    made = imported(page(tmp_path / "一.html", head, *rows), tmp_path / "草稿")
    assert [as_data(filed.draft.tree["unit"])["authority"] for filed in made.files] == ["示例市教育局"] * 2


# ---- item goals of a department -------------------------------------------------------------------------------------

PART = """第一部分
部门整体绩效目标
一、总体绩效目标
（一）服务居民
二、分项绩效目标
{items}
三、工作保障措施
（一）完善制度建设。制定办法。"""


def department(tmp_path: Path, items: str) -> Any:
    text = PART.format(items=items).split("\n")
    told = "".join(f"<p>{line}</p>" for line in text)
    path = page(tmp_path / "一.html", ["预算单位", "388001示例单位"], *TOP, *ROWS)
    path.write_text(path.read_text("utf-8").replace("<body>", f"<body>{told}"), "utf-8")
    made = imported(path, tmp_path / "草稿", dry=True)
    return next(filed for filed in made.files if filed.draft.stem == "department")


def test_an_item_goal_with_several_indicators_is_a_row_each(tmp_path: Path) -> None:
    items = "（一）示例项目，主要用于示例。\n绩效目标：做好示例。\n绩效指标：满意度≥90%；办结率≥95%，及时率≥98%。\n绩效指标：投诉≤3起。\n（二）其他示例项目\n绩效目标：做好其他。\n绩效指标：公开率≥80%"
    filed = department(tmp_path, items)
    rows = [
        (row["id"].text, row["indicator"].text, row["target"].text, row["points"].text)
        for row in filed.draft.tree["items"]
    ]
    assert rows == [
        ("分项1-1", "满意度", "≥90%", "11.25"),
        ("分项1-2", "办结率", "≥95%", "11.25"),
        ("分项1-3", "及时率", "≥98%", "11.25"),
        ("分项1-4", "投诉", "≤3起", "11.25"),
        ("分项2", "公开率", "≥80%", "45.00"),
    ]
    assert "D415" not in {notice.code for notice in filed.draft.noticed}


def test_an_item_goal_without_a_target_is_asked_at_its_place(tmp_path: Path) -> None:
    filed = department(
        tmp_path,
        "（一）示例项目，主要用于示例。\n绩效目标：做好示例。\n（二）示例项目二\n绩效指标：运转良好\n1.另有安排",
    )
    told = [
        (q.code, q.where.sheet, ".".join(path))
        for q, path in zip(filed.questions, [one.path for one in filed.draft.questions], strict=True)
    ]
    assert ("D309", "第6段", "items.分项1.indicator") in told
    assert ("D303", "第6段", "items.分项1.target") in told
    assert ("D303", "第9段", "items.分项2.target") in told
    assert [notice.says for notice in filed.draft.noticed if notice.code == "D416"] == [
        "部门整体绩效目标：分项绩效目标里的这一行没有取用：1.另有安排"
    ]


def test_the_same_rate_in_other_words_is_no_difference(tmp_path: Path) -> None:
    rows = [*ROWS, ["满意度指标", "满意度指标", "满意度", "90%以上", ""]]
    path = page(tmp_path / "一.html", ["预算单位", "388001示例单位"], *TOP, *rows)
    told = "".join(f"<p>{line}</p>" for line in PART.format(items="（一）示例项目\n绩效指标：满意度≥90%").split("\n"))
    path.write_text(path.read_text("utf-8").replace("<body>", f"<body>{told}"), "utf-8")
    made = imported(path, tmp_path / "草稿", dry=True)
    assert "D412" not in {notice.code for filed in made.files for notice in filed.draft.noticed}


# ---- nothing leaves without a place ---------------------------------------------------------------------------------


def test_a_failure_of_our_own_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise IndexError("tuple index out of range")

    monkeypatch.setattr("evaluator.intake.importing.recognise", broken)
    with pytest.raises(EvaluatorError, match=r"绩效目标\.docx: 错误 D112") as told:
        import_documents([FOLDER / "绩效目标.docx"], tmp_path, dry=True)
    assert told.value.exit_code == 3


# ---- a department as a whole ----------------------------------------------------------------------------------------

WHOLE = [
    ["部门名称", "388001示例街道办事处", "", "", "", ""], ["年度主要任务", "社区治理", "预算金额（万元）", "60.00", "", ""],
    ["整体支出（万元）", "资金总额", "500.00", "基本支出", "400.00", ""], ["", "项目支出", "100.00", "", "", ""],
    ["年度总体目标", "保障运转，服务居民", "", "", "", ""], ["一级指标", "二级指标", "三级指标", "指标值", "分值", ""],
    ["产出指标", "数量指标", "网格覆盖率", "95%", "50", ""], ["效益指标", "社会效益指标", "治理水平", "", "30", ""],
    ["满意度指标", "服务对象满意度指标", "居民满意度", "≥90%", "10", ""],
]  # fmt: skip


def whole(tmp_path: Path, rows: list[list[str]]) -> Any:
    path = page(tmp_path / "一.html", *rows, title="部门整体支出绩效目标申报表（2024年度）")
    (filed,) = imported(path, tmp_path / "草稿").files
    return filed


def test_a_table_of_the_whole_department_is_no_project(tmp_path: Path) -> None:
    filed = whole(tmp_path, WHOLE)
    assert filed.path == tmp_path / "草稿/2024/388001/department.yaml"
    tree = as_data(filed.draft.tree)
    assert [(row["id"], row["indicator"], row["points"]) for row in tree["items"]] == [
        ("数量1", "网格覆盖率", "50"),
        ("社会效益1", "治理水平", "30"),
        ("满意度1", "居民满意度", "10"),
    ]
    assert tree["goal"] == "保障运转，服务居民"
    asked = {(one.code, ".".join(one.path)) for one in filed.draft.questions}
    assert asked == {("D301", "items.数量1.sign"), ("D303", "items.社会效益1.target")}


def test_its_parts_of_money_are_its_own_budget(tmp_path: Path) -> None:
    """The total is the amount that 基本支出 and 项目支出 add up to."""
    filed = whole(tmp_path, WHOLE)
    assert as_data(filed.draft.tree["budget"]) == {"total": "500.00", "basic": "400.00", "projects": "100.00"}
    told = {"total": Value("500.00"), "basic": Value("400.00"), "projects": Value("90.00")}
    assert [(one.code, one.choices) for one in budget_doubts(told)] == [("D306", ("500.00", "490.00"))]
    assert [one.code for one in budget_doubts({**told, "basic": Value("四百")})] == ["D311"]


def test_its_draft_can_be_used_once_answered(tmp_path: Path) -> None:
    space = office(tmp_path / "某办", (2024, "388001", "示例街道办事处", ""))
    path = page(tmp_path / "一.html", *WHOLE, title="部门整体支出绩效目标申报表（2024年度）")
    imported(path, space)
    answers = Answers(open_workspace(space))
    for one in answers.questions():
        assert answers.refused(one, "不低于" if one.asked.path[-1] == "sign" else "明显提高") == ""
    answers.save()
    book, problems = read_rulebook(space / "rules", ROOT / "rules")
    assert [str(problem) for problem in problems if problem.severity == "错误"] == []
    (department,) = book.departments.values()
    assert [item.project for item in department.items] == [None, None, None]
    (table,) = evaluate(book, {}).tables
    assert len(table.rows) == 3
