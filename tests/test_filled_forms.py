"""Filled tables of many forms: the same table drawn in five formats is read alike, and points behind names are points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.intake.filled.formdata import ExecutionRow, FilledRow, FilledTable, filled_yaml, unreadable
from evaluator.intake.filled.formloading import load_filled, read_filled
from evaluator.intake.headings.portions import own_portion, portion
from tests.fixtures.filled.make_drawn import FOLDER, MAKERS, drawn, layouts, printed

LAYOUTS = layouts()


def told(table: FilledTable) -> dict[str, Any]:
    """All that a table prints, without where and by whom it was read."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if key != "places" and one not in (None, {}, [])}
        return [bare(one) for one in value] if isinstance(value, list) else value

    return dict(bare(table.model_dump(exclude={"id", "source", "rows_complete"})))


def write(folder: Path, name: str, kind: str, text: str) -> Path:
    """A drawing in a format."""
    path = folder / f"{name}.{kind}"
    path.write_bytes(MAKERS[kind](drawn(text)))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "docx", "html", "pdf", "yaml"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_form_is_read_alike_in_every_format(name: str, kind: str, tmp_path: Path) -> None:
    want = printed(name, LAYOUTS[name]["case"])
    if kind == "yaml":
        path = tmp_path / f"{name}.yaml"
        path.write_text(filled_yaml([want]), encoding="utf-8")
    else:
        path = FOLDER / f"{name}.pdf" if kind == "pdf" else write(tmp_path, name, kind, LAYOUTS[name]["drawn"])
    [table], problems = read_filled(path)
    assert problems == []
    assert told(table) == told(want)


NAMES = st.sampled_from(["完成率", "培训人数", "合格率（10.00分）", "测评（100分制）"])
FIGURES = st.sampled_from(["10", "9.5", "null", "10.00", "-", ""])


@given(data=st.data(), count=st.integers(1, 6))
def test_any_table_of_merged_cells_is_read_alike(
    data: st.DataObject, count: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def spans() -> list[int]:
        """For each row how many rows its cell covers, 0 for one that is covered."""
        made: list[int] = []
        while len(made) < count:
            high = data.draw(st.integers(1, count - len(made)))
            made += [high, *[0] * (high - 1)]
        return made

    groups, columns = spans(), {name: spans() for name in ("points", "score")}
    rows, lines, above = [], [], dict[str, int]()
    for at in range(count):
        row: dict[str, Any] = {"level1": "产出指标（50分）", "level2": "数量指标", "level3": data.draw(NAMES)}
        row |= {"target": "≥1个", "actual": "2个"}
        cells = [f"v{groups[at]} 产出指标（50分）"] if groups[at] else []
        cells += [row["level2"], row["level3"], row["target"], row["actual"]]
        for name, heights in columns.items():
            if heights[at]:
                above[name], row[name] = at + 1, data.draw(FIGURES)
                cells.append(f"v{heights[at]} {row[name]}")
            else:
                row.setdefault("merged", {})[name] = above[name]
        rows.append(row)
        lines.append(f"|{'|'.join(cells)}|")
    head = "|一级指标|二级指标|三级指标|指标值|完成值|分值|得分|"
    text = "\n".join(["|项目名称|>6 甲|", head, *lines, "|>5 总分|100|99|"])
    case = {"project_name": "甲", "indicators": rows, "total_points": "100", "total_score": "99"}
    want, folder = told(printed("甲", case)), tmp_path_factory.mktemp("drawn")
    for kind in MAKERS:
        [table] = load_filled(write(folder, "甲", kind, text))
        assert told(table) == want, kind


# ---- points behind names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "points"),
    [
        ("产出指标(50分)", "产出指标", "50"),
        ("产出指标（50 分）", "产出指标", "50"),
        ("产出指标50分", "产出指标", "50"),
        ("产出指标 12.5分", "产出指标", "12.5"),
        ("产出指标（分值：50分）", "产出指标", "50"),
        ("效益指标（权重40%）", "效益指标", "40"),
        ("数量指标（２０分）", "数量指标", "20"),
        ("年度绩效目标1（40分）", "年度绩效目标1", "40"),
        ("年度绩效目标（二）（40）", "年度绩效目标（二）", "40"),
        ("年度绩效目标1（40分）：完成监测", "年度绩效目标1：完成监测", "40"),
        ("年度绩效目标1", "年度绩效目标1", None),
        ("年度绩效目标140分", "年度绩效目标140分", None),  # 1 with 40 points, or 140
        ("产出指标（100分制）", "产出指标（100分制）", None),
        ("满意度指标（≥60分）", "满意度指标（≥60分）", None),
        ("满意度指标（90%）", "满意度指标（90%）", None),
        ("产出指标（500分）", "产出指标（500分）", None),
        ("（50分）", "（50分）", None),
    ],
)
def test_points_behind_a_level_or_a_block(text: str, name: str, points: str | None) -> None:
    assert portion(text) == (name, points)


@pytest.mark.parametrize(
    ("name", "target", "points"),
    [
        ("完成率（10.00分）", "100%", "10.00"),
        ("完成率（权重10%）", "100%", "10"),
        ("竣工验收（5分）", "≥60分", "5"),
        ("竣工验收（60分）", "≥60分", None),
        ("考试成绩（60分）", None, None),
        ("群众测评（100分制）", "≥90分", None),
        ("验收（满分10分）", "达标", None),
        ("培训10分", "≥1次", None),
        ("完成率", None, None),
    ],
)
def test_points_behind_an_indicator(name: str, target: str | None, points: str | None) -> None:
    assert own_portion(name, target) == points
    row = FilledRow(level3=name, target=target)
    assert (row.level3, row.level3_points, row.points) == (name, points, points)


def test_points_of_a_column_stand_beside_those_of_the_name() -> None:
    row = FilledRow(level1="产出指标（50分）", level1_points="40", level3="完成率（10分）", points="8")
    assert (row.level1, row.level1_points) == ("产出指标（50分）", "40")  # both told
    assert (row.points, row.level3_points) == ("8", "10")
    assert FilledRow(level3="完成率（10分）", merged={"points": 1}).points is None


# ---- what is empty, what is not scored -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["null", "NULL", "None", "nan", "NaN%", "ＮＵＬＬ", "#REF!", "#N/A", "#DIV/0!", "####", "undefined", " null "],
)
def test_what_a_machine_writes_is_unreadable(text: str, tmp_path: Path) -> None:
    assert unreadable(text)
    drawing = f"|一级指标|二级指标|三级指标|指标值|完成值|分值|得分|\n|产出指标|数量指标|甲|≥1个|{text}|{text}|{text}|"
    drawing += f"\n|>5 总分|100|{text}|"
    [table] = load_filled(write(tmp_path, "甲", "docx", drawing))
    [row] = table.indicators
    assert [row.actual, row.points, row.score, table.total_score] == [text.strip()] * 4


@pytest.mark.parametrize("text", [None, "", "无", "—", "/", "0", "没有", "N", "nano", "南", "#1机组"])
def test_what_a_person_writes_is_not(text: str | None) -> None:
    assert not unreadable(text)


def test_a_form_without_scores_says_so() -> None:
    transfer = printed("transfer", LAYOUTS["transfer"]["case"])
    assert not transfer.scored
    dashes = transfer.model_copy(update={"execution": ExecutionRow(points="—", score="/")})
    assert not dashes.scored
    assert transfer.model_copy(update={"total_score": "98"}).scored
    assert transfer.model_copy(update={"execution": ExecutionRow(score="10")}).scored
    assert all(printed(name, one["case"]).scored for name, one in LAYOUTS.items() if name != "transfer")


# ---- totals and grades ---------------------------------------------------------------------------------------------

TABLE = "|一级指标|二级指标|三级指标|指标值|完成值|分值|得分|备注|\n|产出指标|数量指标|甲|≥10人|9人|90|81|生病|\n"


@pytest.mark.parametrize(
    ("foot", "want"),
    [
        ("|>5 自评总分|100|91||", ("100", "91", None)),
        ("|>5 自评总分|100|||", ("100", None, None)),
        ("|>6 总得分|91||", (None, "91", None)),
        ("|>5 总分|100|91|等级|\n|>7 |优|", ("100", "91", "优")),
        ("|>4 总分|100|91|等级|优|", ("100", "91", "优")),
        ("|>5 总分|１００|９１．５|优（90分以上）|", ("１００", "９１．５", "优")),
        ("|>5 合计|100|91|自评结果：优秀|", ("100", "91", "优秀")),
        ("|>5 总分|100|91|优□ 良☑ 中□ 差□|", ("100", "91", "良")),
        ("|>5 总分|100|91||\n|>5 等级|>3 √优 □良 □中 □差|", ("100", "91", "优")),
        ("|>5 总分|100|91|☑优 ☑良 □中 □差|", ("100", "91", None)),
    ],
)
def test_totals_and_grades_of_more_forms(tmp_path: Path, foot: str, want: tuple[str | None, ...]) -> None:
    [table] = load_filled(write(tmp_path, "甲", "docx", TABLE + foot))
    assert (table.total_points, table.total_score, table.grade) == want


# ---- several tables of a project -----------------------------------------------------------------------------------


@pytest.mark.parametrize("foot", ["", "|>5 总分|100|91||\n"])
def test_a_second_table_of_the_same_project(tmp_path: Path, foot: str) -> None:
    years = "\n".join(
        f"项目支出绩效自评表\n（{year}年度）\n|项目名称|>7 甲|\n{TABLE}{foot}".rstrip("\n") for year in (2022, 2023)
    )
    tables = load_filled(write(tmp_path, "甲", "docx", years))
    assert [(one.year, one.project_name, len(one.indicators)) for one in tables] == [(2022, "甲", 1), (2023, "甲", 1)]


def test_a_second_money_block_begins_another_table_of_the_project(tmp_path: Path) -> None:
    money = "|>3 资金|全年预算数|全年执行数|>3 执行率|\n|>3 总额|10|10|>3 100%|\n"
    form = f"|项目名称|>7 甲|\n|主管部门|>7 乙局|\n{money}{TABLE}".rstrip("\n")
    tables = load_filled(write(tmp_path, "甲", "docx", f"{form}\n第二张\n{form.replace('乙局', '丙局')}"))
    assert [(one.project_name, one.department, len(one.indicators)) for one in tables] == [
        ("甲", "乙局", 1), ("甲", "丙局", 1),
    ]  # fmt: skip


def test_goals_listed_above_the_indicators_are_no_blocks(tmp_path: Path) -> None:
    goals = "|v3 年度目标|>4 目标|>3 完成情况|\n|>4 年度绩效目标1：做甲|>3 已做|\n|>4 年度绩效目标2：做乙|>3 已做|\n"
    [table] = load_filled(write(tmp_path, "甲", "docx", goals + TABLE))
    assert table.goals and table.goals.expected == "年度绩效目标1：做甲\n年度绩效目标2：做乙"
    assert table.indicators[0].block is None


def test_a_goal_named_in_a_row_of_its_own(tmp_path: Path) -> None:
    head = TABLE.partition("\n")[0]
    row = "|产出指标|数量指标|{}|≥1个|1个||20||"
    blocks = (
        "|年度绩效目标1|>7 做甲（40分）|\n" + row.format("甲") + "\n|>8 年度绩效目标2（40分）|\n" + row.format("乙")
    )
    [table] = load_filled(write(tmp_path, "甲", "docx", f"{head}\n{blocks}"))
    assert [(one.level3, one.block, one.block_points) for one in table.indicators] == [
        ("甲", "年度绩效目标1：做甲", "40"), ("乙", "年度绩效目标2", "40"),
    ]  # fmt: skip
