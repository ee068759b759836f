"""What moves between two policies, two versions of the rules and two sets of results, and how it is told."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from evaluator.commands.console import impact_text
from evaluator.comparing.impact import Impact, TableMove, as_json, impact
from evaluator.comparing.movement import impact_document
from evaluator.comparing.versions import two_sides
from evaluator.errors import ActualsProblems, UsageProblem
from evaluator.formats import html, xlsx
from evaluator.workspace.places import open_workspace
from tests.test_cli import ziping  # noqa: F401

ROOT = Path(__file__).parents[1]
COMMUNITY, DAILY, VETERANS = "13028124P00507410001X", "13028124P00508210001R", "13028124P00499710001G"


def between(first: str | Path, second: str | Path, space: Path = ROOT) -> Impact:
    return impact(*two_sides(open_workspace(space), str(first), str(second)))


def of(made: Impact, code: str) -> TableMove:
    return next(table for table in made.tables if table.code == code)


def page_of(made: Impact) -> str:
    return html.render(impact_document(made)).decode()


def workbook_of(made: Impact) -> bytes:
    return xlsx.render(impact_document(made))


def moved_rows(made: Impact, code: str) -> dict[str, str]:
    return moved(of(made, code))


def moved(table: TableMove) -> dict[str, str]:
    return {row.id: row.change for row in table.rows}


@pytest.fixture(scope="module")
def policies() -> Impact:
    return between("cn-2020-10", "hubei-2020-3")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A copy of the demonstration year, without the product's policies."""
    shutil.copytree(ROOT / "rules" / "projects", tmp_path / "office" / "rules" / "projects")
    shutil.copytree(ROOT / "actuals", tmp_path / "office" / "actuals")
    return tmp_path / "office"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def goal(space: Path, code: str) -> Path:
    return space / "rules" / "projects" / "2023" / "629001" / f"{code}.yaml"


# ---- two policies ------------------------------------------------------------------------------------------------


def test_two_policies_on_the_six_projects(policies: Impact):
    changes = [(table.code[-6:], table.change) for table in policies.tables]
    assert changes == [
        ("10001R", "+2.50"), ("10001X", "-1.68"), ("10001T", "-1.33"), ("629001", "-0.97"),
        ("10001F", "-0.28"), ("10001G", "-0.04"), ("100019", "0.00"),
    ]  # fmt: skip
    assert policies.notes == ("项目加权平均 94.99（优）→ 94.32（不评级），-0.67",)


def test_a_movement_is_the_sum_of_its_rows(policies: Impact):
    for table in policies.tables:
        assert table.before and table.after
        assert sum(Fraction(row.change) for row in table.rows) == Fraction(table.change)
        assert Fraction(table.after.score) - Fraction(table.before.score) == Fraction(table.change)
        sizes = [abs(Fraction(row.change)) for row in table.rows]
        assert sizes == sorted(sizes, reverse=True)


def test_a_row_is_told_by_both_formulas_and_what_differs(policies: Impact):
    row = next(row for row in of(policies, COMMUNITY).rows if row.id == "时效1")
    assert row.why == ("分值 12.50 → 10.00",)
    assert row.before and row.after
    assert (row.before.formula, row.after.formula) == ("12.50 × 96.5 ÷ 98 = 12.31", "10.00 × 96.5 ÷ 98 = 9.85")
    assert (
        row.after.clauses[0]
        == "定量指标计分（据称出自财预〔2020〕10号，原文未见；表样：见于各地 2019—2024 年度公开的自评表）"
    )


def test_caps_and_grades_are_told():
    made = between("cn-2020-10", "execution-caps")
    table = of(made, COMMUNITY)
    assert (table.change, table.notes[0]) == ("-0.37", "执行率封顶 — → 79.00")
    assert not any(row.id == "成本1" for row in table.rows)


def test_the_other_way_round_is_the_opposite(policies: Impact):
    back = between("hubei-2020-3", "cn-2020-10")
    assert [Fraction(table.change) for table in back.tables] == [-Fraction(table.change) for table in policies.tables]


@pytest.mark.parametrize("side", ["cn-2020-10", ".", "rules", "actuals"])
def test_identical_sides_do_not_move(side: str):
    named = side if side == "cn-2020-10" else str(ROOT / side)
    made = between(named, named)
    assert made.moved == ()
    assert made.notes == ()
    assert made.summary == "7 张表都没有变动"


# ---- two versions of the rules -----------------------------------------------------------------------------------


def test_a_changed_target_moves_its_row_alone(office: Path):
    change(goal(office, COMMUNITY), "target: ≥98%", "target: ≥90%")
    made = between(ROOT / "rules", office / "rules")
    assert [table.code for table in made.moved if table.rows] == [COMMUNITY]
    assert made.tables[0].code == COMMUNITY
    table = of(made, COMMUNITY)
    assert moved(table) == {"时效1": "+0.19"}
    assert table.rows[0].why[0] == "指标值 ≥98% → ≥90%"
    assert any(note.startswith("消除问题") and "F101（时效1）" in note for note in table.notes)


def test_a_row_or_a_project_on_one_side_only_is_told(office: Path):
    change(goal(office, VETERANS), "id: 数量1", "id: 数量9")
    change(office / "actuals" / "2023" / "629001" / f"{VETERANS}.yaml", "数量1:", "数量9:")
    made = between(".", office)
    assert moved(of(made, VETERANS)) == {"数量1": "-12.50", "数量9": "+12.50"}
    assert {row.why for row in of(made, VETERANS).rows} == {("只在前一方中有",), ("只在后一方中有",)}


def test_a_changed_clause_is_named(tmp_path: Path):
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = tmp_path / "rules" / "policies" / "cn-2020-10.yaml"
    change(path, "- {from: 0%, share: 0%, to: 100%}", "- {from: 0%, share: 0%, to: 50%}")
    made = between(ROOT / "rules", tmp_path / "rules")
    row = next(row for row in of(made, COMMUNITY).rows if row.id == "成本1")
    assert row.why == (
        "条款不同：定量指标计分（据称出自财预〔2020〕10号，原文未见；表样：见于各地 2019—2024 年度公开的自评表）",
    )


def test_a_git_revision_is_read_and_nothing_is_written(office: Path):
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "-C", str(office), *words],
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    change(goal(office, COMMUNITY), "target: ≥98%", "target: ≥90%")
    before = sorted(path for path in office.rglob("*") if ".git" not in path.parts)
    made = between("rev:HEAD", office / "rules", office)
    assert moved(of(made, COMMUNITY)) == {"时效1": "+0.19"}
    assert made.before.startswith("规则 rev:HEAD（")
    assert sorted(path for path in office.rglob("*") if ".git" not in path.parts) == before
    for wrong in ("rev:HEAD~7", "rev:--output=x", "rev:"):
        with pytest.raises(UsageProblem, match="U305"):
            between(wrong, "cn-2020-10", office)


# ---- two sets of results -----------------------------------------------------------------------------------------


def test_corrected_results_are_set_beside_the_first(office: Path):
    path = office / "actuals" / "2023" / "629001" / f"{COMMUNITY}.yaml"
    change(path, "executed: 60.00", "executed: 75.00")
    for corrected in (office / "actuals", path):  # a whole folder, or one file in place of the workspace's own
        made = between(ROOT / "actuals", corrected)
        table = of(made, COMMUNITY)
        assert moved(table) == {"成本1": "-2.20", "预算执行率": "+1.66"}
        execution = next(row for row in table.rows if row.id == "预算执行率")
        assert "实际完成值 60.00÷90.00 万元 → 75.00÷90.00 万元" in execution.why
        assert {one.code for one in made.moved} == {COMMUNITY, "629001"}


def test_results_that_cannot_be_read_are_an_error_and_not_a_movement(office: Path):
    change(office / "actuals" / "2023" / "629001" / f"{COMMUNITY}.yaml", "actual: 96.5%", "actual: 也许")
    with pytest.raises(ActualsProblems):
        between(ROOT / "actuals", office / "actuals")


def test_a_share_that_fits_one_policy_alone_leaves_out_its_row_and_no_more(office: Path, ziping: Any):  # noqa: F811
    """55% is 部分达成 in Hubei (50–80) and in no national band (60–80): that row cannot be scored, all others can."""
    before = between("cn-2020-10", "hubei-2020-3", office)
    change(office / "actuals" / "2023" / "629001" / f"{COMMUNITY}.yaml", "share: 70%", "share: 55%")
    made = between("cn-2020-10", "hubei-2020-3", office)
    table = of(made, COMMUNITY)
    assert table.unfit == ("社会效益1",) and table.moved
    assert table.before and table.after
    assert (table.before.score, table.before.grade, table.change) == ("—", "—", "—")
    assert table.after.score == of(between("hubei-2020-3", "hubei-2020-3", office), COMMUNITY).after.score  # type: ignore[union-attr]
    assert "前一方" in table.notes[0] and "比例 55%" in table.notes[0] and "提升公共服务水平" in table.notes[0]
    others = {row: moved for row, moved in moved_rows(before, COMMUNITY).items() if row != "社会效益1"}
    assert moved(table) == others
    assert {t.code: (t.change, moved(t)) for t in made.tables if t.code != COMMUNITY} == {
        t.code: (t.change, moved(t)) for t in before.tables if t.code != COMMUNITY
    }
    assert made.notes == ("项目加权平均没有比较：有的表在一方算不出总分",)
    assert made.summary.endswith("不能比较的行 1 行")
    assert made.actuals == between("hubei-2020-3", "hubei-2020-3", office).actuals  # those read, not those left
    back = of(between("hubei-2020-3", "cn-2020-10", office), COMMUNITY)
    assert back.after and back.after.score == "—" and "后一方" in back.notes[0]
    for format in ("text", "json", "html"):
        ran = ziping("impact", "cn-2020-10", "hubei-2020-3", "--workspace", office, "-f", format)
        assert ran.code == 0 and "比例 55%" in ran.out
    ran = ziping(
        "impact", "cn-2020-10", "hubei-2020-3", "--workspace", office, "-f", "xlsx", "--out", office / "x.xlsx"
    )
    assert ran.code == 0


def test_a_share_that_fits_neither_policy_is_a_mistake_in_the_results(office: Path):
    change(office / "actuals" / "2023" / "629001" / f"{COMMUNITY}.yaml", "share: 70%", "share: 45%")
    with pytest.raises(ActualsProblems, match="A108"):
        between("cn-2020-10", "hubei-2020-3", office)


def test_what_is_neither_policy_nor_path_is_refused_with_the_nearest():
    with pytest.raises(UsageProblem, match=r"U304 .*最接近的是：hubei-2020-3"):
        between("cn-2020-10", "hubei-2020")


# ---- told --------------------------------------------------------------------------------------------------------


def test_the_text(policies: Impact):
    text = impact_text(policies)
    assert "前：评分办法 cn-2020-10" in text
    assert "前  12.50 × 96.5 ÷ 98 = 12.31" in text
    assert "后  10.00 × 96.5 ÷ 98 = 9.85" in text
    assert text.index("文化路日常维稳及宣传费用（") < text.index("文化路社区工作经费（")


def test_the_json_has_decimal_strings_only(policies: Impact):
    def numbers(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [n for each in value.values() for n in numbers(each)]
        if isinstance(value, list):
            return [n for each in value for n in numbers(each)]
        return [value] if isinstance(value, float) else []

    told = json.loads(json.dumps(as_json(policies), ensure_ascii=False))
    assert numbers(told) == []
    assert told["tables"][0]["before"]["score"] == "87.50"
    assert told["moved"] == 7


def test_the_web_page_stands_alone_and_escapes(policies: Impact, office: Path):
    page = page_of(policies)
    assert page == page_of(policies)
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert "12.50 × 96.5 ÷ 98 = 12.31" in page
    change(goal(office, COMMUNITY), "name: 保障人数", "name: <b>保障人数")
    change(goal(office, COMMUNITY), "target: ≥237人", "target: ≥9999人")
    assert "&lt;b&gt;保障人数" in page_of(between(ROOT / "rules", office / "rules"))


def test_the_workbook(policies: Impact):
    data = workbook_of(policies)
    assert data == workbook_of(policies)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["变动汇总", "变动明细"]
    rows = [row for row in book["变动汇总"].iter_rows(values_only=True) if row[0] == DAILY]
    assert rows[0][2:5] == (87.5, 90, 2.5)
    cells = [cell for row in book["变动明细"].iter_rows(values_only=True) for cell in row]
    assert "10.00 × 96.5 ÷ 98 = 9.85" in cells


def test_no_movement_is_a_page_and_a_book_too():
    made = between("cn-2020-10", "cn-2020-10")
    assert "没有变动" in page_of(made)
    assert openpyxl.load_workbook(io.BytesIO(workbook_of(made)))["变动明细"].max_row > 5
    assert impact_text(made).endswith("7 张表都没有变动\n")


def test_the_command(ziping: Any, tmp_path: Path):  # noqa: F811
    assert ziping("impact", "cn-2020-10", "hubei-2020-3").code == 0
    assert ziping("impact", "cn-2020-10", "hubei-2020-3", "-f", "json").data["tables"][0]["change"] == "+2.50"
    for suffix in ("html", "xlsx", "json", "text"):
        out = tmp_path / f"impact.{suffix}"
        ran = ziping("impact", "cn-2020-10", "hubei-2020-3", "-f", suffix, "--out", out)
        assert ran.code == 0, ran.err
        assert out.stat().st_size > 1000
        assert ziping("impact", "cn-2020-10", "hubei-2020-3", "-f", suffix, "--out", out).code == 2
    assert ziping("impact", "cn-2020-10", "hubei-2020-3", "-f", "xlsx").code == 2
    assert ziping("impact", "没有", "hubei-2020-3").code == 2


def test_a_policys_say_over_criteria_moves_the_rows_that_have_one(office: Path):
    """90 people of 59 are 152.5%: the criterion gives all its points, the policy beside it takes one."""
    code = "13028124P00499410001F"
    path = office / "rules" / "projects" / "2023" / "629001" / f"{code}.yaml"
    change(path, "target: ≥59人\n", "target: ≥59人\n    criterion: 达到指标值得满分，未达到指标值按比例得分\n")
    results = office / "actuals" / "2023" / "629001" / f"{code}.yaml"
    text = results.read_text(encoding="utf-8")
    results.write_text(re.sub(r"(数量1:\n(?:.*\n)*?\s+actual: )\S+", r"\g<1>90人", text, count=1), encoding="utf-8")
    made = between("cn-2020-10", "criteria-and-excess", office)
    assert moved(of(made, code)) == {"数量1": "-1.00"}
    (row,) = of(made, code).rows
    assert row.why[0].startswith("条款不同：本行自己的评分标准") and row.why[1] == "超额扣分 0.00 → 1.00"
