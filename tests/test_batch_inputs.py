"""Tables for a batch as offices and programs really write them: read as meant, or refused with the heading, cell or line."""

from __future__ import annotations

import csv as csvlib
import io
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")

import pyarrow.parquet as pq  # noqa: E402

from evaluator.actuals.csvs import harmless, restored  # noqa: E402
from evaluator.batch.columns import INPUT  # noqa: E402
from evaluator.batch.running import Batch, run_batch  # noqa: E402
from evaluator.batch.writing import csv_lines  # noqa: E402
from evaluator.cli import app  # noqa: E402
from evaluator.errors import ActualsProblems  # noqa: E402
from tests.oracle import ROOT  # noqa: E402
from tests.test_columns import merged  # noqa: E402
from tests.test_csvs import DANGER  # noqa: E402

RULES = ROOT / "rules"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HEAD = ["单位编码", "年度", "预算单位", "项目编码", "项目名称", "年初预算数", "全年预算数", "全年执行数", "指标编号", "一级指标", "二级指标",
        "三级指标", "指标值", "分值", "实际完成值", "县"]  # fmt: skip
GOALS = [
    ("数量1", "产出指标", "数量指标", "人数", "≥59人", "25", "60人"), ("质量1", "产出指标", "质量指标", "合格率", "≥95%", "25", "96%"),
    ("效益1", "效益指标", "社会效益指标", "覆盖率", "≥90%", "30", "91%"), ("满意度1", "满意度指标", "服务对象满意度指标", "满意度", "≥95%", "10", "97%"),
]  # fmt: skip


def project(
    code: str = "001", money: Sequence[str] = ("100", "100", "98"), county: str = "示例县", unit: str = "030101"
) -> list[list[str]]:
    """A project of four rows (示例数据) that earns 99.80."""
    return [[unit, "2023", "示例单位", code, f"{code}项目", *money, *goal, county] for goal in GOALS]


def lines(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


def run(path: Path, csv: bool = False) -> Batch:
    return run_batch([path], path.parent / "out", RULES, csv=csv)


def table(made: Batch, name: str) -> list[dict[str, Any]]:
    return [row for path in sorted((made.out / name).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def scores(made: Batch) -> dict[str, str]:
    return {row["project_code"]: f"{row['score']} {row['grade']}" for row in table(made, "projects")}


def refusal(path: Path) -> list[tuple[str, str, str]]:
    """Code, place in the file and nearest match of each problem."""
    with pytest.raises(ActualsProblems) as raised:
        run(path)
    assert raised.value.exit_code == 3
    told = [(one.code, str(one.where or "").removeprefix(str(path)), one.nearest) for one in raised.value.problems]
    assert not (path.parent / "out" / "batch.json").exists()
    return told


def put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---- CSV ---------------------------------------------------------------------------------------------------------

GOOD = lines([HEAD, *project()])


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"), GOOD.encode("utf-16"), GOOD.encode("utf-32"), GOOD.encode("gb18030"), GOOD.replace(",", "\t").encode("utf-16"),
        lines([HEAD, *project()], ";").encode(), b"sep=,\r\n" + GOOD.encode(), ("sep=;\n" + GOOD.replace(",", ";")).encode("utf-8-sig"),
        ("2023年度绩效自评表\n\n" + GOOD).encode(), GOOD.replace("实际完成值", '"实际\n完成值"').encode(), (GOOD + "," * 15 + "\n\n").encode(),
        GOOD.replace("\n", ",\n").encode(), GOOD.replace("县\n", "县,\n", 1).encode(), GOOD.replace("030101", "\u200b030101").encode(),
        GOOD.replace("实际完成值", "实际\u00a0完成值\u200b").encode("utf-8-sig"), GOOD.replace("=", "'=").encode(),
    ],
)  # fmt: skip
def test_csv_is_read_however_it_was_saved(content: bytes, tmp_path: Path):
    made = run(put(tmp_path / "a.csv", content))
    assert (made.rows, made.rejects, scores(made)) == (4, 0, {"001": "99.80 优"})


def test_a_mark_of_byte_order_before_an_optional_column_hides_nothing(tmp_path: Path):
    rows = [[row[-1], *row[:-1]] for row in [HEAD, *project()]]
    made = run(put(tmp_path / "a.csv", lines(rows).encode("utf-8-sig")))
    assert [row["county"] for row in table(made, "projects")] == ["示例县"]


def test_one_comma_more_on_every_row_is_told(tmp_path: Path):
    rows = [HEAD, *([*row, ""] for row in project())]
    made = run(put(tmp_path / "a.csv", lines(rows)))
    assert scores(made) == {"001": "99.80 优"}
    (note,) = made.notes
    assert (note["code"], note["severity"], note["where"].rpartition(":")[2]) == ("U512", "提示", "2")
    rows[3][-1] = "多"
    assert refusal(put(tmp_path / "b" / "a.csv", lines(rows))) == [("A118", ":4:17", "")]


def test_rejects_name_the_line_that_an_editor_shows(tmp_path: Path):
    """Beside a title, blank lines, cells of several lines and lines that are not rows."""
    one, two = project("001"), project("002")
    one[1][4] = one[0][4] = one[2][4] = one[3][4] = '"两\n行"'
    two[2][14] = "坏值"
    text = "标题\n" + lines([HEAD, *one]) + "\n多,余\n" + '"a\nb",c\n' + lines(two) + "末,尾\n"
    made = run(put(tmp_path / "a.csv", text))
    told = {row["row"]: (row["code"], row["indicator"]) for row in table(made, "rejects")}
    wanted = [text.split("\n").index(line) + 1 for line in lines(two).split("\n")[:4]]
    assert told == {
        12: ("I508", ""), 13: ("I508", ""), wanted[0]: ("I507", "数量1"), wanted[1]: ("I507", "质量1"),
        wanted[2]: ("Q206", "效益1"), wanted[3]: ("I507", "满意度1"), text.count("\n"): ("I508", ""),
    }  # fmt: skip
    assert f"第 {wanted[2]} 行" in next(row["reason"] for row in table(made, "rejects") if row["code"] == "I507")
    assert (made.rows, made.scored, made.rejects) == (11, 4, 7)


def test_a_quotation_mark_without_its_pair_is_told_as_that(tmp_path: Path):
    torn = '"030101,2023\n' + lines(project("002"))
    with pytest.raises(ActualsProblems, match=r"U514 .*引号没有配对"):
        run(put(tmp_path / "a.csv", lines([HEAD, *project("001")]) + torn))
    many = lines([HEAD, *(row for code in range(10) for row in project(f"{code}"))])
    made = run(put(tmp_path / "b" / "a.csv", many + torn))
    (row,) = table(made, "rejects")
    assert (row["row"], row["code"]) == (42, "I508")
    assert "到第 46 行才完，可能是引号没有配对" in row["reason"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("实际完成值", "实际完成直"), {("A118", ":1:15", "实际完成值"), ("U502", "", "")}),
        (("县\n", "区\n"), {("A118", ":1:16", "县区")}),
        (("全年预算数", "全年预算数（美元）"), {("A119", ":1:7", "")}),
        (("分值", "分值（%）"), {("A119", ":1:14", "")}),
        (("预算单位", "项目名称"), {("U502", "", "")}),
    ],
)
def test_a_heading_that_cannot_be_used_stops_the_run(
    change: tuple[str, str], told: set[tuple[str, str, str]], tmp_path: Path
):
    assert set(refusal(put(tmp_path / "a.csv", GOOD.replace(*change, 1)))) == told


def test_a_column_filled_far_down_is_found_too(tmp_path: Path):
    rows = [[*HEAD, "旧数"], *([*row, ""] for code in range(50) for row in project(f"{code}"))]
    assert scores(run(put(tmp_path / "good" / "a.csv", lines(rows))))["49"] == "99.80 优"
    rows[150][-1] = "7"
    assert refusal(put(tmp_path / "bad" / "a.csv", lines(rows))) == [("A118", ":1:17", "")]


# ---- units of headings -------------------------------------------------------------------------------------------


def test_files_of_one_run_with_different_units_are_one_county(tmp_path: Path):
    """100万元 at 40 and 900万元 at 99.89: with the first taken for 1000000万元 the mean would be 中."""
    head = [f"{name}（元）" if name.endswith(("预算数", "执行数")) else name for name in HEAD]
    small = project("001", ("1000000", "1000000", "400000"))
    small[0][14] = "10人"
    put(tmp_path / "in" / "甲.csv", lines([head, *small]))
    put(tmp_path / "in" / "乙.csv", lines([HEAD, *project("002", ("900", "900", "890"))]))
    made = run(tmp_path / "in")
    assert scores(made) == {"001": "73.24 中", "002": "99.89 优"}
    assert {str(row["adjusted"]) for row in table(made, "projects")} == {"100.000000", "900.000000"}
    county = next(row for row in table(made, "departments") if row["level"] == "县" or row["level"] == "单位")
    assert (str(county["mean"]), county["grade"], str(county["adjusted"])) == ("97.23", "优", "1000.000000")


def test_a_project_in_two_files_with_different_units_is_one_project(tmp_path: Path):
    head = [f"{name}(千元)" if name.endswith(("预算数", "执行数")) else name for name in HEAD]
    put(tmp_path / "in" / "a.csv", lines([HEAD, *project()[:2]]))
    put(tmp_path / "in" / "b.csv", lines([head, *project(money=("1000", "1000.0", "980"))[2:]]))
    assert scores(run(tmp_path / "in")) == {"001": "99.80 优"}


def test_a_cell_with_another_unit_than_its_heading_is_rejected(tmp_path: Path):
    head = [
        f"{name}（元）" if name == "全年执行数" else "实际完成值（%）" if name == "实际完成值" else name
        for name in HEAD
    ]
    rows = project("001") + project("002", ("100", "100", "98万元")) + project("003", ("100", "100", "980000"))
    for row in rows:
        row[14] = row[14].removesuffix("%")
        row[12] = "≥59%" if row[8] == "数量1" else row[12]
    rows[0][14], rows[4][14], rows[8][14] = "60人", "60", "60"
    made = run(put(tmp_path / "a.csv", lines([head, *rows])))
    told = {(row["project_code"], row["code"]): row["reason"] for row in table(made, "rejects")}
    assert told["001", "I501"] == "实际完成值：“60人”与栏名的单位“%”不一致"
    assert told["002", "I501"] == "全年执行数：“98万元”与栏名的单位“元”不一致"
    assert scores(made) == {"003": "99.80 优"}


def test_a_sample_of_rewritten_tables_is_scored_again_also_after_the_run(tmp_path: Path):
    """`--sample` reads the rewritten tables, which are taken away afterwards."""
    head = [f"{name}（元）" if name.endswith(("预算数", "执行数")) else name for name in HEAD]
    put(tmp_path / "a.csv", lines([head, *project(money=("1000000", "1000000.00", "980000"))]))
    for _ in range(2):
        ran = CliRunner().invoke(app, ["batch", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out"), "--sample", "2"])
        assert (ran.exit_code, ran.exception) == (0, None)
        assert "抽查 1 个单位的 1 个项目" in ran.output
        assert "0 处不同" in ran.output
        assert not (tmp_path / "out" / "staging").exists()


# ---- workbooks ---------------------------------------------------------------------------------------------------


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append([cell if cell != "" else None for cell in row])
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)
    return path


def test_every_sheet_is_read_or_named(tmp_path: Path):
    wan = [f"{name}（万元）" if name.endswith("数") and "预算" in name else name for name in HEAD]
    path = book(
        tmp_path / "a.xlsx",
        甲县=[HEAD, *project("001")],
        乙县=[["标题"], [], wan, *project("002", county="乙县")],
        说明=[["先看这里"]],
        空表=[],
    )
    made = run(path)
    assert scores(made) == {"001": "99.80 优", "002": "99.80 优"}
    assert [(note["code"], note["where"].rpartition("!")[2]) for note in made.notes] == [("U513", "说明")]
    assert json.loads((made.out / "batch.json").read_text(encoding="utf-8"))["notes"] == made.notes
    ran = CliRunner().invoke(app, ["batch", str(path), "-o", str(tmp_path / "again")])
    assert ran.exit_code == 0
    assert "工作表“说明”不是指标表" in ran.output


def test_a_workbook_without_a_table_of_indicators_is_refused(tmp_path: Path):
    assert refusal(book(tmp_path / "a.xlsx", 封面=[["先看这里"]])) == [("U502", "", "")]


def test_a_misspelt_heading_in_one_sheet_is_no_reason_to_leave_it_out(tmp_path: Path):
    wrong = ["实际完成直" if name == "实际完成值" else name for name in HEAD]
    told = refusal(book(tmp_path / "a.xlsx", 甲县=[HEAD, *project("001")], 乙县=[wrong, *project("002")]))
    assert ("A118", "!乙县!O1", "实际完成值") in told


def test_rejects_of_a_workbook_name_the_sheet_and_the_row(tmp_path: Path):
    bad = project("002")
    bad[3][14] = "坏值"
    made = run(book(tmp_path / "a.xlsx", 甲=[HEAD, *project("001")], 乙=[["标题"], [], HEAD, bad[0], [], [], *bad[1:]]))
    told = [(row["sheet"], row["row"], row["code"]) for row in table(made, "rejects")]
    assert told == [("乙", 4, "I507"), ("乙", 7, "I507"), ("乙", 8, "I507"), ("乙", 9, "Q206")]
    assert {row["reason"] for row in table(made, "rejects") if row["code"] == "I507"} == {
        "同一项目的第 9 行不能用，整个项目不评分"
    }


def test_what_spoils_a_project_in_another_sheet_is_told_with_the_sheet(tmp_path: Path):
    rows = project("001")
    rows[3][14] = "坏值"
    made = run(book(tmp_path / "a.xlsx", 甲=[HEAD, *rows[:2]], 乙=[HEAD, *rows[2:]]))
    first = next(row for row in table(made, "rejects") if row["sheet"] == "甲")
    assert first["reason"] == "同一项目的工作表“乙”第 3 行不能用，整个项目不评分"


def test_merged_cells_are_filled_down_and_points_are_never_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As the guarded reader gives them: one object in every row that a merged cell covers."""
    rows = [HEAD, *project("001"), *project("002")]
    shared = {
        (row, at): (row - 1, at) for first in (2, 6) for row in range(first + 1, first + 4) for at in (*range(8), 15)
    }
    put(tmp_path / "a.xlsx", "x")
    monkeypatch.setattr("evaluator.batch.staging.read_sheets", lambda path, shown: ([merged(rows, shared)], []))
    assert scores(run(tmp_path / "a.xlsx")) == {"001": "99.80 优", "002": "99.80 优"}
    shared[4, 13] = (3, 13)  # 分值 of 质量1 and 效益1
    monkeypatch.setattr("evaluator.batch.staging.read_sheets", lambda path, shown: ([merged(rows, shared)], []))
    put(tmp_path / "more" / "a.xlsx", "x")
    made = run(tmp_path / "more" / "a.xlsx")
    assert scores(made) == {"002": "99.80 优"}
    told = {row["row"]: row["reason"] for row in table(made, "rejects") if row["code"] == "I501"}
    assert told == dict.fromkeys((3, 4), "“分值”的单元格 N3 合并在几行上，不知道是哪一行的")


# ---- Parquet and folders -----------------------------------------------------------------------------------------


def parquet(path: Path, rows: Sequence[Sequence[str]], without: Sequence[str] = (), **columns: Any) -> Path:
    made = {name: pa.array([row[at] for row in rows]) for at, name in enumerate(HEAD) if name not in without}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(made | columns), path)
    return path


def with_targets(*targets: str) -> list[list[str]]:
    rows = project()
    for row, target in zip(rows, targets, strict=True):
        row[12] = target
    return rows


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_a_number_that_is_none_is_not_filled_in(kind: Any, tmp_path: Path):
    actual = pa.array([60.0, float("nan"), 91.5, 97.0], kind)
    path = parquet(
        tmp_path / "a.parquet",
        with_targets("≥59", "≥95", "≥91.5", "≥95"),
        实际完成值=actual,
        偏差原因=pa.array([float("nan")] * 4, kind),
    )
    made = run(path)
    assert scores(made) == {"001": "74.80 中"}
    assert [row["missing"] for row in table(made, "rows")] == [False, True, False, False]
    assert not any("nan" in str(row["says"]).lower() for row in table(made, "findings"))


def test_floats_are_written_out_and_codes_that_lost_digits_are_rejected(tmp_path: Path):
    rows = with_targets("≥59", "≥95", "≥90", "≥95")
    actual = pa.array([6e16, 96.5, 91.0, 1e2])
    path = parquet(
        tmp_path / "a.parquet", rows, 实际完成值=actual, 单位编码=pa.array([30101.0] * 4), 项目编码=pa.array([7.0] * 4)
    )
    made = run(path)
    assert [(row["unit_code"], row["project_code"]) for row in table(made, "projects")] == [("30101", "7")]
    path = parquet(
        tmp_path / "b" / "a.parquet", rows, 实际完成值=actual, 项目编码=pa.array([1.3028124000499710e18] * 4)
    )
    made = run(path)
    assert {row["code"] for row in table(made, "rejects")} == {"I501"}
    assert "位数已经不准" in table(made, "rejects")[0]["reason"]


def test_midnight_is_a_day_and_another_time_is_told(tmp_path: Path):
    rows = with_targets(*["2023年6月30日前"] * 4)
    day = datetime(2023, 6, 30)
    for number, kind in enumerate((pa.timestamp("ns"), pa.timestamp("us"), pa.timestamp("s", "UTC"), pa.date32())):
        values = pa.array([date(2023, 6, 30)] * 4 if kind == pa.date32() else [day] * 4, kind)
        assert scores(run(parquet(tmp_path / f"{number}" / "a.parquet", rows, 实际完成值=values))) == {
            "001": "99.80 优"
        }
    late = pa.array([day, day, day.replace(hour=8), None], pa.timestamp("ns"))
    made = run(parquet(tmp_path / "late" / "a.parquet", rows, 实际完成值=late))
    told = {row["row"]: row["code"] for row in table(made, "rejects")}
    assert told == {1: "I507", 2: "I507", 3: "I501", 4: "I507"}
    assert "带有时刻" in next(row["reason"] for row in table(made, "rejects") if row["row"] == 3)


@pytest.mark.parametrize("year", ["年度=2023", "year=2023", "%E5%B9%B4%E5%BA%A6=2023", "预算年度=2023"])
def test_folders_are_columns_however_they_are_written(year: str, tmp_path: Path):
    for code, folder in (
        ("1", "县=%E9%81%B5%E5%8C%96%E5%B8%82"),
        ("2", "县=迁西%2F县 A"),
        ("3", "县=__HIVE_DEFAULT_PARTITION__"),
    ):
        parquet(
            tmp_path / "in" / year / folder / "part-0.parquet", project(code, unit=f"U{code}"), without=("年度", "县")
        )
    made = run(tmp_path / "in")
    assert {row["project_code"]: row["county"] for row in table(made, "projects")} == {
        "1": "遵化市",
        "2": "迁西/县 A",
        "3": "",
    }
    assert [row["county"] for row in table(made, "departments") if row["level"] == "县"] == ["迁西/县 A", "遵化市"]


def test_a_folder_nobody_knows_and_one_against_its_rows_are_told(tmp_path: Path):
    parquet(tmp_path / "in" / "年庋=2023" / "a.parquet", project())
    with pytest.raises(ActualsProblems, match=r"A118 .*年庋.*最接近的是：年度"):
        run(tmp_path / "in")
    made = run_batch(
        [parquet(tmp_path / "two" / "年度=2022" / "a.parquet", project())], tmp_path / "o2", RULES, csv=False
    )
    assert {row["code"] for row in table(made, "rejects")} == {"I501"}
    assert "“2023”与所在目录的“2022”不一致" in table(made, "rejects")[0]["reason"]


def test_a_filled_column_of_a_parquet_file_is_known_or_told(tmp_path: Path):
    empty = pa.array([None, "", " ", None], pa.string())
    assert run(parquet(tmp_path / "a" / "a.parquet", project(), 旧栏=empty, 备注=pa.array(["随便"] * 4))).rejects == 0
    assert refusal(parquet(tmp_path / "b" / "a.parquet", project(), 改进错施=pa.array(["", "x", "", ""]))) == [
        ("A118", "", "改进措施")
    ]
    assert refusal(parquet(tmp_path / "c" / "a.parquet", project(), 旧数=pa.array([1, None, None, None]))) == [
        ("A118", "", "")
    ]


# ---- CSV that is written -----------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(st.lists(DANGER | st.none(), min_size=1, max_size=6))
def test_whatever_a_table_holds_its_csv_is_harmless_and_reads_back(words: list[str | None]):
    """The fast path writes what `harmless` says, beside numbers that stay as they are; `restored` gives the texts back."""
    numbers = [Decimal("-3.20")] * len(words)
    for column in (pa.array(words, pa.string()), pa.array(words, pa.string()).dictionary_encode()):
        written = csv_lines(pa.table({"a": column, "b": pa.array(numbers)})).to_pybytes().decode()
        cells = list(csvlib.reader(io.StringIO(written, newline="")))
        assert [one for one, _ in cells] == [harmless(word or "") for word in words]
        assert {other for _, other in cells} == {"-3.20"}
        assert [restored(one) for one, _ in cells] == [CONTROL.sub("", word or "") for word in words]


def test_csv_of_a_run_is_run_by_no_spreadsheet(tmp_path: Path):
    """`harmless` is the oracle; the fast path writes the same."""
    words = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-3.2",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "＝1",
        "≥59人",
        "“引号”",
        "a\x07b",
        "'=a",
        "",
        "正常",
        "\u3000=1",
        "é\x85",
    ]
    for column in (pa.array(words), pa.array(words).dictionary_encode(), pa.array(["x", *words])[1:]):
        written = csv_lines(pa.table({"a": column})).to_pybytes().decode()
        assert written == "".join(f'"{harmless(word)}"\n'.replace('""', '""') for word in words)
    rows = project("001", county="=1+1")
    for row in rows:
        row[4] = "@项目\x07"
    made = run(put(tmp_path / "a.csv", lines([HEAD, *rows])), csv=True)
    text = (made.out / "projects.csv").read_text(encoding="utf-8-sig")
    assert '"\'=1+1"' in text
    assert '"\'@项目"' in text
    assert set(INPUT) >= {"county", "project"}
