"""Filled self-evaluation tables: every layout in every format gives the figures that are printed, and nothing else."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from evaluator.errors import Problem
from evaluator.intake.document import DocumentProblems, Paragraph, Place, SourceDocument, Table, TableCell
from evaluator.intake.filled.formdata import (
    ExecutionRow,
    FilledFile,
    FilledRow,
    FilledSource,
    FilledTable,
    Funding,
    FundingRow,
    Goals,
    filled_yaml,
)
from evaluator.intake.filled.formloading import load_filled, read_filled, recognise_filled
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.readers import read
from tests.fixtures.filled.make_filled import FOLDER, files

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "reports" / "samples"
CASES = dict(
    zip(
        ("national", "yunnan", "hubei", "sichuan"),
        [*load_filled(FOLDER / "published.yaml"), *load_filled(FOLDER / "sichuan.yaml")],
        strict=True,
    )
)
ROW = ("level1", "level2", "level3", "nature", "target", "actual", "points", "score", "deviation_note")


def figure(text: str | None) -> Any:
    """A figure by its value, where a workbook shows 387664.62 and the transcription writes 387664.620."""
    return Fraction(text) if text and re.fullmatch(r"\d+\.\d+|\d+", text) else text


def figures(table: FilledTable) -> dict[str, Any]:
    """All that is printed in a table, without where and by whom it was read."""

    def of(part: BaseModel | None, *names: str) -> list[Any]:
        return [figure(getattr(part, name, None)) for name in names]

    return {
        "head": [table.year, table.form, table.project_name, table.department, table.unit],
        "funding": of(table.funding, "unit", "initial", "full_year", "executed"),
        "fiscal": of(table.funding and table.funding.fiscal_row, "initial", "full_year", "executed"),
        "execution": of(table.execution, "points", "rate", "score", "note"),
        "goals": of(table.goals, "expected", "achieved"),
        "rows": [of(row, *ROW) for row in table.indicators],
        "total": [figure(table.total_score), table.grade],
    }


def said(tables: list[FilledTable]) -> list[dict[str, Any]]:
    """What tables hold, without the lines they were read from."""
    return [table.model_dump() for table in tables]


def page(tmp_path: Path, *blocks: str, name: str = "表.html") -> Path:
    """A web page: a block that begins with | is a table, a line a row, | between cells, `>2 ` and `v3 ` before a merged one."""
    told = []
    for block in blocks:
        if not block.strip().startswith("|"):
            told.append(f"<p>{block}</p>")
            continue
        rows = []
        for line in block.strip().split("\n"):
            row = ""
            for cell in line.strip()[1:-1].split("|"):
                spans, text = "", cell.strip()
                while found := re.match(r"([>v])(\d+)(?: |$)", text):
                    spans += f' {"colspan" if found[1] == ">" else "rowspan"}="{found[2]}"'
                    text = text[found.end() :]
                row += f"<td{spans}>{text.replace(chr(92) + 'n', '<br>')}</td>"
            rows.append(f"<tr>{row}</tr>")
        told.append(f"<table>{''.join(rows)}</table>")
    path = tmp_path / name
    path.write_text(f"<html><meta charset=utf-8><body>{''.join(told)}</body></html>", encoding="utf-8")
    return path


def one(tmp_path: Path, *blocks: str) -> FilledTable:
    """The one table of such a page."""
    [table] = load_filled(page(tmp_path, *blocks))
    return table


def refused(path: Path) -> list[Problem]:
    """Why a file is refused."""
    with pytest.raises(DocumentProblems) as told:
        load_filled(path)
    return list(told.value.problems)


HEAD = "|一级指标|二级指标|三级指标|年度指标值|实际完成值|分值|得分|偏差原因分析及改进措施|"
SIMPLE = f"{HEAD}\n|产出指标|数量指标|培训人数|≥10人|10人|90|90||\n|>5 总分|100|100||"


# ---- the same figures in every format ------------------------------------------------------------------------------


def test_fixtures_are_what_the_generator_makes() -> None:
    for name, raw in files().items():
        assert (FOLDER / name).read_bytes() == raw, f"python -m tests.fixtures.filled.make_filled ({name})"


@pytest.mark.parametrize("suffix", ["xlsx", "docx", "html", "pdf"])
@pytest.mark.parametrize("layout", CASES)
def test_every_layout_in_every_format_says_what_was_transcribed(layout: str, suffix: str) -> None:
    tables, problems = read_filled(FOLDER / f"{layout}.{suffix}")
    assert problems == []
    [table] = tables
    assert figures(table) == figures(CASES[layout])
    assert table.id == layout
    assert table.source and table.source.document == f"{layout}.{suffix}"


@pytest.mark.parametrize("name", ["three.xlsx", "three.docx"])
def test_several_forms_in_one_file(name: str) -> None:
    tables = load_filled(FOLDER / name)
    assert [table.id for table in tables] == ["three-1", "three-2", "three-3"]
    assert [figures(table) for table in tables] == [figures(CASES[key]) for key in ("national", "yunnan", "hubei")]


def test_transcriptions_keep_the_text_that_was_written() -> None:
    national, yunnan, hubei = load_filled(FOLDER / "published.yaml")
    assert national.funding and national.funding.initial == "250000.0"
    assert yunnan.indicators[0].target == "≧735人次"
    assert yunnan.indicators[0].actual == "735"
    assert hubei.indicators[0].points is None
    assert hubei.rows_complete is True
    assert hubei.where and hubei.where.line > 1


def test_what_level_1_says_of_points_is_kept_apart() -> None:
    rows = load_filled(FOLDER / "national.docx")[0].indicators
    assert [(row.level1, row.level1_points) for row in rows][::4] == [("产出指标", "50"), ("满意度指标", "10")]


def test_each_figure_knows_its_cell() -> None:
    [table] = load_filled(FOLDER / "yunnan.xlsx")
    from openpyxl import load_workbook

    sheet = load_workbook(FOLDER / "yunnan.xlsx")["自评表1"]
    for row in table.indicators:
        place = row.place("score")
        assert place.startswith("工作表“自评表1”")
        assert str(sheet[place.rpartition("”")[2]].value) == row.score
    assert table.places["grade"] == "工作表“自评表1”J24"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*_绩效自评表.*")), ids=lambda path: path.name)
def test_our_own_tables_are_read_back(path: Path) -> None:
    [table] = load_filled(path)
    told = json.loads((SAMPLES / "评价结果.json").read_text(encoding="utf-8"))
    want = next((one for one in told["projects"] if one["code"] == table.code), told["department"]["own"])
    assert table.year == 2023 and table.form == "national-2020-10" and table.code == path.name.partition("_")[0]
    assert (figure(table.total_score), table.grade) == (Fraction(want["score"]), want["grade"])
    assert table.funding and table.execution and table.funding.unit == "万元"
    money = [table.funding.initial, table.funding.full_year, table.funding.executed]
    execution = want["execution"]
    assert [figure(one) for one in money] == [Fraction(execution[key]) for key in ("initial", "adjusted", "executed")]
    scored = [table.execution.points, table.execution.score]
    assert [figure(one) for one in scored] == [Fraction(execution[key]) for key in ("points", "earned")]
    for row, printed in zip(table.indicators, want["rows"], strict=True):
        assert [row.level1, row.level3, row.target] == [printed["category"], printed["name"], printed["target"]]
        assert [figure(row.points), figure(row.score)] == [Fraction(printed["points"]), Fraction(printed["earned"])]
        assert (row.actual or "").startswith(re.sub(r"（.*", "", printed["actual"] or ""))
        assert bool(row.deviation_note) == bool(printed["cause"] or printed["remedy"])


# ---- habits of the forms -------------------------------------------------------------------------------------------


def test_a_score_merged_over_rows_stands_once(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        f"""{HEAD}
        |v3 产出指标(50分)|v2 数量指标|新建公厕|≥2座|2座|v2 20|v2 18|v2 少一处管线|
        |改建公厕|≥3座|2座|
        |质量指标|验收合格率|100%|100%|30|30||
        |>5 总分|100|98||""",
    )
    first, second, third = table.indicators
    assert (first.points, first.score, first.merged) == ("20", "18", {})
    assert (second.points, second.score, second.level3) == (None, None, "改建公厕")
    assert second.merged == {"points": 1, "score": 1, "deviation_note": 1}
    assert second.deviation_note == "少一处管线"
    assert third.merged == {} and third.level2 == "质量指标"


def test_rows_under_one_name_have_that_name(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        f"""{HEAD}
        |v3 产出指标|v3 数量指标|v2 举办活动|≥2场|2场|10|10||
        |≥100人|120人||||
        ||≥5次|5次||||
        |>5 总分|100|10||""",
    )
    assert [row.level3 for row in table.indicators] == ["举办活动"] * 3
    assert [row.target for row in table.indicators] == ["≥2场", "≥100人", "≥5次"]
    assert [row.score for row in table.indicators] == ["10", None, None]


def test_what_is_empty_stays_empty_and_unused_rows_are_left_out(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        f"""{HEAD}
        |v3 产出指标|数量指标|培训人数|≥10人||20|20||
        |质量指标|指标1：||||||
        |时效指标|||||||
        |效益指标|社会效益指标|有所提升|有所提升|—|30|30||
        |>5 总分|100|50||""",
    )
    assert [row.level3 for row in table.indicators] == ["培训人数", "有所提升"]
    assert [row.actual for row in table.indicators] == [None, "—"]
    assert table.indicators[1].level2 == "社会效益指标"


def test_the_older_form(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        "项目支出绩效自评表（2019年度）",
        """|项目名称|>6 道路养护|
        |v3 项目资金\\n（万元）||资金总额（A）|执行数（B）|分值\\n（10分）|执行率（B/A）|得分|
        |年度资金总额：|120.5|100|10|82.99%|8.30|
        |其中：当年财政拨款|120.5|100||||""",
        f"{HEAD}\n|产出|数量|养护里程|100公里|100公里|90|90|无|\n|>5 合　计|100|98.3||",
    )
    assert table.funding and table.execution
    assert [table.funding.full_year, table.funding.executed, table.funding.initial] == ["120.5", "100", None]
    assert table.funding.fiscal_row == FundingRow(
        full_year="120.5", executed="100", places=table.funding.fiscal_row.places
    )  # type: ignore[union-attr]
    assert [table.execution.points, table.execution.rate, table.execution.score] == ["10", "82.99%", "8.30"]
    assert (table.year, table.total_points, table.total_score) == (2019, "100", "98.3")
    assert table.indicators[0].level1 == "产出"  # as printed


def test_money_with_the_figures_beside_their_names(tmp_path: Path) -> None:
    money = "|项目名称|>3 甲|\n|年初预算数（万元）|100|全年预算数|90|\n|全年执行数|88|执行率|97.78%|"
    table = one(tmp_path, money, SIMPLE)
    assert table.funding and table.execution
    told = [table.funding.unit, table.funding.initial, table.funding.full_year, table.funding.executed]
    assert told == ["万元", "100", "90", "88"]
    assert table.execution.rate == "97.78%"


def test_a_form_without_levels_and_with_adjusted_targets(tmp_path: Path) -> None:
    tables, problems = read_filled(
        page(
            tmp_path,
            "|项目名称|>3 甲|自评总分（分）|>3 98.5|",
            """|v3 绩效指标|指标名称|计量单位|指标性质|年初指标值|调整指标值|全年完成值|得分系数（%）|指标权重|指标得分|
            |培训人数|人|≥|100|120|130|100|50|50|
            |合格率|%|≥|95||96|100|40|40|""",
        )
    )
    [table] = tables
    assert (table.form, table.total_score) == (None, "98.5")
    assert [(row.target, row.actual, row.points, row.score) for row in table.indicators] == [
        ("≥120人", "130", "50", "50"), ("≥95%", "96", "40", "40"),
    ]  # fmt: skip
    assert [problem.code for problem in problems] == ["D506"]


def test_points_of_execution_that_only_a_heading_has(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        "|预算执行情况（20分）|预算数|执行数|执行率|得分|\n|年度财政资金总额|1.56|1.56|100%|20|",
        SIMPLE,
    )
    assert table.execution and (table.execution.points, table.execution.places["points"]) == ("20", "表1第1行第1列")


def test_columns_are_told_by_their_headings_not_by_their_order(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        """|序号|得分|权重|完成值|指标值|三级指标|二级指标|一级指标|评分标准|未完成原因分析|备注|
        |1|19.5|20|39人|≥40人|人数|数量指标|产出指标|按比例|一人离职|补录|""",
    )
    [row] = table.indicators
    assert [getattr(row, name) for name in ROW] == [
        "产出指标", "数量指标", "人数", None, "≥40人", "39人", "20", "19.5", "一人离职",
    ]  # fmt: skip


def test_causes_and_measures_in_two_columns(tmp_path: Path) -> None:
    table = one(
        tmp_path, "|二级指标|三级指标|指标值|完成值|得分|偏差原因|改进措施|备注|\n|数量|人数|2|1|5|离职|补招|另见附件|"
    )
    assert table.indicators[0].deviation_note == "离职\n补招"
    alone = one(tmp_path, "|二级指标|三级指标|指标值|完成值|得分|备注|\n|数量|人数|2|3|5|超额因年中追加|")
    assert alone.indicators[0].deviation_note == "超额因年中追加"


def test_a_blank_template_is_a_table_without_rows(tmp_path: Path) -> None:
    tables, problems = read_filled(page(tmp_path, f"{HEAD}\n|产出指标|数量指标|||||||\n|>5 总分|100|||"))
    assert [(table.indicators, table.total_points, table.total_score) for table in tables] == [([], "100", None)]
    assert [problem.code for problem in problems] == ["D505"]


def test_a_target_in_three_columns(tmp_path: Path) -> None:
    rows = one(
        tmp_path,
        """|一级指标|二级指标|三级指标|指标性质|指标值|度量单位|完成值|权重|得分|
        |产出指标|数量指标|甲|≥||%||20||
        |产出指标|数量指标|乙|定性|优良中低差||优|20|20|
        |产出指标|数量指标|丙|≤|≤30|万元|完成|20|20|
        |产出指标|数量指标|丁|大于等于|5|个|5|20|20|""",
    ).indicators
    assert [(row.nature, row.target) for row in rows] == [
        (None, "≥ %"), ("定性", "优良中低差"), (None, "≤30万元"), (None, "大于等于5个"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("foot", "want"),
    [
        ("|>5 总分|100|96|优|", ("100", "96", "优")),
        ("|>5 总　分|>2 96|良好|", (None, "96", "良好")),
        ("|>4 合计|100|96|>2 自评等级：良|", ("100", "96", "良")),
        ("|总分|总分值|>2 100|总得分|96|自评等级|优|", ("100", "96", "优")),
        ("|v2 总分|>2 总分值|>2 总得分|>3 自评等级|\n|>2 100|>2 96|>3 优|", ("100", "96", "优")),
        ("|>5 总分|100|||\n|>8 备注：等级分为优、良、中、差四档|", ("100", None, None)),
        ("|>8 总分：96分|", (None, "96分", None)),
    ],
)
def test_the_total_and_the_grade(tmp_path: Path, foot: str, want: tuple[str | None, ...]) -> None:
    table = one(tmp_path, f"{SIMPLE.rpartition(chr(10))[0]}\n{foot}")
    assert len(table.indicators) == 1
    assert (table.total_points, table.total_score, table.grade) == want


def test_a_total_that_may_be_either_is_not_taken(tmp_path: Path) -> None:
    tables, problems = read_filled(page(tmp_path, f"{SIMPLE.rpartition(chr(10))[0]}\n|>4 总分|>1 100|>3 |"))
    assert (tables[0].total_points, tables[0].total_score) == (None, None)
    assert [problem.code for problem in problems] == ["D508"]


# ---- split tables, several forms -----------------------------------------------------------------------------------


def test_a_table_split_over_pages_goes_on(tmp_path: Path) -> None:
    tables, problems = read_filled(
        page(
            tmp_path,
            f"{HEAD}\n|产出指标|数量指标|甲|≥1个|1个|40|40|原因较长，|",
            "项目支出绩效自评表",
            "||||||||无法避免|\n||质量指标|乙|≥95%|96%|30|30||",
            f"{HEAD}\n|效益指标|社会效益指标|丙|有所提升|有所提升|20|20||\n|>5 总分|100|90||",
        )
    )
    [table] = tables
    assert [(row.level1, row.level2, row.level3) for row in table.indicators] == [
        ("产出指标", "数量指标", "甲"), ("产出指标", "质量指标", "乙"), ("效益指标", "社会效益指标", "丙"),
    ]  # fmt: skip
    assert table.indicators[0].deviation_note == "原因较长，\n无法避免"
    assert [problem.code for problem in problems] == ["D507"]


def test_rows_that_cannot_be_told_are_refused_not_dropped(tmp_path: Path) -> None:
    problems = refused(page(tmp_path, SIMPLE.rpartition("\n")[0], "|质量指标|乙|≥95%|96%|30|"))
    assert [problem.code for problem in problems] == ["D504"]


def test_forms_one_after_another_are_told_apart(tmp_path: Path) -> None:
    def form(name: str, score: str) -> str:
        return f"|项目名称|>7 {name}|\n{SIMPLE}\n|>8 备注：无|".replace("|100||", f"|{score}||")

    both = [form("甲项目", "99"), "项目支出绩效自评表", "（2021年度）", form("乙项目", "98")]
    tables = load_filled(page(tmp_path, "项目支出绩效自评表（2020年度）", *both))
    told = [(table.project_name, table.year, table.total_score) for table in tables]
    assert told == [("甲项目", 2020, "99"), ("乙项目", 2021, "98")]
    joined = load_filled(page(tmp_path, form("甲项目", "99") + "\n" + form("乙项目", "98")))
    assert [table.total_score for table in joined] == ["99", "98"]


def test_what_stands_between_title_and_table(tmp_path: Path) -> None:
    table = one(
        tmp_path,
        "2022年度项目自评表",
        "单位名称：某某局  填报日期：2023年3月1日  总分：97.5",
        SIMPLE.replace("|>5 总分|100|100||", ""),
    )
    assert (table.year, table.unit, table.total_score) == (2022, "某某局", "97.5")


# ---- what is no filled table ---------------------------------------------------------------------------------------

GOALS = sorted(
    path for folder in ("goals", "layouts") for path in (ROOT / "scenarios/imports/documents" / folder).glob("*.*")
)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in GOALS
        if path.suffix in (".docx", ".xlsx", ".html") and path.stem not in ("filled", "transfer-filled", "unknown")
    ],
    ids=lambda p: p.name,
)
def test_a_goal_table_is_not_taken_for_a_filled_one(path: Path) -> None:
    assert [problem.code for problem in refused(path)] == ["D501"]


@pytest.mark.parametrize("layout", CASES)
def test_a_filled_table_is_not_taken_for_a_goal_table(layout: str) -> None:
    found = recognise(read(FOLDER / f"{layout}.docx"))
    assert found.tables == []
    assert "D204" in {problem.code for problem in found.problems}


def test_other_tables_of_ours_are_not_filled_ones() -> None:
    [problem] = refused(SAMPLES / "部门汇总.xlsx")
    assert problem.code == "D501" and "全年执行数" in problem.says


def test_an_unknown_layout_is_refused_with_what_it_has(tmp_path: Path) -> None:
    [problem] = refused(page(tmp_path, "|一级指标|二级指标|考核要点|实际完成值|得分|\n|产出|数量|甲|1|5|"))
    assert problem.code == "D502" and "考核要点" in problem.says and "三级指标" in problem.says
    [nothing] = refused(page(tmp_path, "|甲|乙|\n|1|2|"))
    assert nothing.code == "D501" and "甲、乙" in nothing.says
    half = "|项目名称|>4 甲|\n||年初预算数|全年预算数|全年执行数|执行率|\n|总额|1|1|1|100%|"
    assert [problem.code for problem in refused(page(tmp_path, half))] == ["D503"]


# ---- transcriptions ------------------------------------------------------------------------------------------------


def test_json_says_what_yaml_says(tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    data = YAML(typ="safe", pure=True).load((FOLDER / "published.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "表.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert said(load_filled(path)) == said(load_filled(FOLDER / "published.yaml"))


def test_a_single_table_and_a_list_are_files_too(tmp_path: Path) -> None:
    path = tmp_path / "一张.yaml"
    for text in ("id: a\ntotal_score: 98.50\n", "- id: a\n  total_score: 98.50\n"):
        path.write_text(text, encoding="utf-8")
        assert said(load_filled(path)) == said([FilledTable(id="a", total_score="98.50")])


def test_keys_that_are_not_known_are_told_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "表.yaml"
    path.write_text(
        "cases:\n- id: a\n  colour: 红\n  indicators:\n  - {level3: 甲, weight: 3, score: 5}\n", encoding="utf-8"
    )
    tables, problems = read_filled(path)
    assert said(tables) == said([FilledTable(id="a", indicators=[FilledRow(level3="甲", score="5")])])
    assert [(problem.code, problem.severity, str(problem.where)) for problem in problems] == [
        ("D509", "警告", "表.yaml:3:3"), ("D509", "警告", "表.yaml:5:17"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.yaml", "cases:\n- project_name: 甲\n", "R102"),
        ("a.yaml", "cases:\n- id: a\n  indicators: 甲\n", "R103"),
        ("a.yaml", "cases:\n- id: a\n  grade: [优]\n", "R103"),
        ("a.yaml", 'cases:\n- id: a\n  grade: "\\x00"\n', "Y110"),
        ("a.json", '{"cases": [{"id": "a", "grade": "\\ud800"}]}', "R103"),
        ("a.yaml", "甲", "R103"),
        ("a.yaml", "", "Y105"),
        ("a.json", "null", "D511"),
        ("a.json", "[1]", "R103"),
        ("a.json", "{", "D511"),
        ("a.json", "[" * 100_000, "D511"),
        ("a.yaml", "a: &b [*b]", "Y107"),
    ],
)
def test_a_transcription_that_cannot_be_used(tmp_path: Path, name: str, text: str, code: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    problems = refused(tmp_path / name)
    assert code in {problem.code for problem in problems}
    assert all(problem.where for problem in problems)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    assert [problem.code for problem in refused(tmp_path / "没有.json")] == ["D511"]
    (tmp_path / "gbk.json").write_bytes('{"id": "甲"}'.encode("gbk"))
    assert [problem.code for problem in refused(tmp_path / "gbk.json")] == ["D511"]


def test_money_rows_transcribed_as_one_figure() -> None:
    assert Funding(fiscal_row="250000.0").fiscal_row == FundingRow(printed="250000.0")  # type: ignore[arg-type]


# ---- hostile text, properties --------------------------------------------------------------------------------------


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    evil = '=cmd|"/c calc"!A1: - {a: b} #x', "&lt;script&gt;", "甲" * 30_000, "*ref", "null"
    rows = "\n".join(f"|产出指标|数量指标|甲|{text.replace('|', '¦')}|1|1|1||" for text in evil)
    table = one(tmp_path, f"{HEAD}\n{rows}")
    path = tmp_path / "back.yaml"
    path.write_text(filled_yaml([table]), encoding="utf-8")
    assert said(load_filled(path)) == said([table])
    assert [row.target for row in table.indicators][3:] == ["*ref", "null"]


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12)
SOME = st.none() | st.sampled_from(
    ["≥95%", "0.10", "010", "null", "~", "- a", "a: b", "#", "'", '"', "是", "no", "1e3"]
)
WORD = TEXT | SOME
PLACES = st.dictionaries(st.sampled_from(["score", "actual"]), st.sampled_from(["第1页表2第3行第4列", "工作表“a,b”B2"]))


def of(model: type[BaseModel], **more: Any) -> st.SearchStrategy[Any]:
    """Any value of a model whose fields are texts, but for those given."""
    names = [name for name, field in model.model_fields.items() if str(field.annotation) == "str | None"]
    return st.builds(model, **dict.fromkeys(names, WORD) | more)


MERGED = st.dictionaries(st.sampled_from(["points", "score"]), st.integers(1, 99))
TABLES = of(
    FilledTable,
    id=st.text("甲a-1:#", min_size=1).filter(str.strip),
    source=st.none() | of(FilledSource),
    year=st.none() | st.integers(2000, 2100),
    funding=st.none() | of(Funding, fiscal_row=st.none() | of(FundingRow, places=PLACES)),
    execution=st.none() | of(ExecutionRow, places=PLACES),
    goals=st.none() | of(Goals),
    indicators=st.lists(of(FilledRow, merged=MERGED, places=PLACES), max_size=3),
    rows_complete=st.none() | st.booleans(),
    places=PLACES,
)


@given(tables=st.lists(TABLES, max_size=2))
def test_what_is_written_reads_back_the_same(
    tables: list[FilledTable], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("filled") / "a.yaml"
    path.write_text(filled_yaml(tables), encoding="utf-8")
    assert said(load_filled(path)) == said(tables)


HEADINGS = st.sampled_from([
    "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "指标性质", "度量单位", "调整指标值", "备注",
    "总分", "合计", "自评等级", "项目名称", "预期目标", "实际完成情况", "年初预算数", "全年预算数", "全年执行数", "执行率", "其他资金",
    "项目支出绩效自评表", "（2022年度）", "总分：98", "填表人", "产出指标(50分)", "", "", "1", "100%", "优", "≥", "\x01", "\ud800",
])  # fmt: skip


@given(
    blocks=st.lists(st.lists(st.lists(HEADINGS, min_size=1, max_size=9), min_size=1, max_size=8), max_size=3),
    data=st.data(),
)
def test_no_table_of_headings_breaks_recognition(blocks: list[list[list[str]]], data: st.DataObject) -> None:
    made: list[Paragraph | Table] = []
    for number, texts in enumerate(blocks, 1):
        width = max(map(len, texts))
        rows: list[tuple[TableCell, ...]] = []
        for r, row in enumerate(texts):
            cells: list[TableCell] = []
            for c in range(width):
                merge = data.draw(st.sampled_from(["", "", "", "left", "up"]))
                if merge == "left" and c:
                    cells.append(cells[-1])
                elif merge == "up" and r:
                    cells.append(rows[-1][c])
                else:
                    cells.append(
                        TableCell(row[c] if c < len(row) else "", Place(table=number, row=r + 1, column=c + 1))
                    )
            rows.append(tuple(cells))
        made.append(Table(Place(table=number), tuple(rows)))
    tables, problems = recognise_filled(SourceDocument("甲.docx", "docx", "0" * 64, tuple(made)))
    assert tables or problems
    assert "".join(map(str, problems)).encode() or tables
    assert filled_yaml(tables).encode()


def test_every_field_has_a_chinese_name() -> None:
    def models(model: type[BaseModel]) -> set[type[BaseModel]]:
        found = {model}
        for field in model.model_fields.values():
            for part in re.findall(r"\b(?:Filled\w+|Fund\w+|Execution|Goals)\b", str(field.annotation)):
                found |= models(globals()[part])
        return found

    for model in models(FilledFile):
        for name, field in model.model_fields.items():
            assert re.search("[\u4e00-\u9fff]", field.title or ""), f"{model.__name__}.{name}"
