"""Reviewers at work (ziping review): by whom and when, whole or not at all, recorded; the forms of a review. 示例数据 throughout."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from evaluator import acts
from evaluator.acts.acting import Sitting
from evaluator.acts.rechecking import WHOLE, statement_values
from evaluator.documents.yamltext import without
from evaluator.errors import UsageProblem
from evaluator.figures import points
from evaluator.formats import FORMATS, render
from evaluator.pages import Cell, Grid, placed
from evaluator.reporting.layouts import REVIEW, WORDS, layouts_of
from evaluator.rescoring.reviewforms import review_form, review_summary, signed
from evaluator.workspace.places import open_workspace
from tests import test_verify
from tests.test_issuing import CODE, ROW, Office

FILE = f"reviews/2023/629001/{CODE}.yaml"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A unit's year, submitted by 张三."""
    monkeypatch.chdir(tmp_path)
    made = Office(tmp_path)
    made.run()
    assert made("submit", "--by", "张三")[0] == 0
    return made


def here() -> Sitting:
    return Sitting(open_workspace(None))


def stated(office: Office, *words: str, row: str = ROW, by: str = "李审核") -> tuple[int, str]:
    return office("review", "set", CODE, *([row] if row else []), "--by", by, *words)


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_a_reviewer_states_a_value_and_the_ledger_has_it(office: Office):
    before = files(office.root)
    code, told = stated(office, "--actual", "90%", "--cause", "问卷少10份", "--evidence", "问卷原件")
    assert code == 0 and "复核完成值：（空） → 90%" in told
    entry = office.entries()[-1]
    assert (entry.kind, entry.payload["by"], entry.payload["reason"]) == ("review", "李审核", "问卷少10份")
    assert {one["field"] for one in entry.payload["changes"]} == {"复核完成值", "偏差原因", "依据的材料", "复核人"}
    after = files(office.root)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert {FILE} <= changed and all(name == FILE or name.startswith("台账") for name in changed), changed
    assert office.stage == "已报送"
    assert office("accept", "--by", "李审核")[0] == 0  # a review is no change of what was submitted
    assert stated(office, "--actual", "91%")[0] == 0  # and may be stated of what is accepted


def test_who_submitted_does_not_review_nor_before_a_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    office = Office(tmp_path)
    assert "U351" in stated(office, "--actual", "90%", "--cause", "问卷")[1]
    office.run()
    assert "U351" in stated(office, "--actual", "90%", "--cause", "问卷")[1]
    office("submit", "--by", "张三")
    for name in ("张三", "张 三", "张　三"):
        code, told = stated(office, "--actual", "90%", "--cause", "问卷", by=name)
        assert code == 2 and "U372" in told
    assert not (tmp_path / FILE).exists()
    office("return", "--by", "李审核", "--remark", "请核对")
    assert "U351" in stated(office, "--actual", "90%", "--cause", "问卷")[1]


def test_what_the_submitter_wrote_into_the_file_by_hand_is_refused(office: Office):
    path = office.root / FILE
    path.parent.mkdir(parents=True)
    path.write_text(
        f"code: {CODE}\nyear: 2023\nrows:\n  {ROW}: {{deduct: 1, cause: 佐证不全, by: 张 三}}\n", encoding="utf-8"
    )
    for words in (("review", "list"), ("review", "write")):
        code, told = office(*words)
        assert code == 3 and "V210" in told


def test_a_year_that_changed_since_it_was_submitted_is_not_reviewed(office: Office):
    stated(office, "--deduct", "1", "--cause", "佐证不全")
    office.fill("96.5%")
    for words in (("set", CODE, ROW, "--deduct", "2", "--by", "李审核"), ("write",)):
        assert "U355" in office("review", *words)[1]  # not said why
    office.fill("96.2%")
    assert office.correct("96.5%") == 0
    assert "U351" in stated(office, "--deduct", "2")[1]
    assert "V217" in office("review", "write")[1]
    assert office("review", "list")[0] == 0


@pytest.mark.parametrize(
    ("words", "row", "code"),
    [
        (("--actual", "90公里", "--cause", "问卷"), ROW, "Q201"),
        (("--actual", "90%"), ROW, "R102"),
        (("--deduct", "99", "--cause", "问卷"), ROW, "V205"),
        (("--deduct", "a", "--cause", "问卷"), ROW, "R103"),
        (("--ground", "no_evidence", "--cause", "问卷"), ROW, "V207"),
        (("--executed", "1", "--cause", "凭证"), ROW, "V213"),
        (("--actual", "90%", "--cause", "凭证"), "预算执行率", "V213"),
        (("--scale", "county-2025"), "", "V207"),
        (("--actual", "90%", "--cause", "问卷"), "没有这一行", "U205"),
        (("--cause", "问卷"), ROW, "V203"),
    ],
)
def test_what_cannot_be_used_is_refused_before_a_byte_is_written(
    office: Office, words: tuple[str, ...], row: str, code: str
):
    before, entries = files(office.root), len(office.entries())
    exit_code, told = stated(office, *words, row=row)
    assert exit_code in (2, 3) and code in told
    assert len(office.entries()) == entries
    assert {n: b for n, b in files(office.root).items() if "台账" not in n} == {
        n: b for n, b in before.items() if "台账" not in n
    }


def test_saying_the_same_again_records_nothing(office: Office):
    words = ("--actual", "90%", "--cause", "问卷", "--evidence", "问卷原件")
    stated(office, *words)
    entries = len(office.entries())
    assert "V212" in stated(office, *words)[1]
    assert len(office.entries()) == entries


def test_a_value_that_is_no_longer_what_was_seen_is_told(office: Office):
    values = {"deduct": "1", "cause": "佐证不全"}
    acts.rechecking.state(here(), "李审核", CODE, ROW, values, was={"deduct": "", "cause": ""})
    with pytest.raises(UsageProblem) as raised:
        acts.rechecking.state(here(), "王审核", CODE, ROW, {"deduct": "2"}, was={"deduct": ""})
    (problem,) = raised.value.problems
    assert problem.code == "V211" and "1.00" in problem.says
    acts.rechecking.state(here(), "王审核", CODE, ROW, {"deduct": "2"}, was={"deduct": "1.00"})
    with pytest.raises(UsageProblem) as again:
        acts.rechecking.withdraw(here(), "王审核", CODE, ROW, " ")
    assert again.value.problems[0].code == "V215"


def test_what_is_not_said_stays_and_a_value_takes_the_place_of_a_state(office: Office):
    stated(office, "--deduct", "1", "--cause", "佐证不全", "--evidence", "甲")
    stated(office, "--evidence", "乙", "--remedy", "补材料")
    stated(office, "--scale", "county-2026", row="")
    stated(office, "--executed", "10", "--cause", "凭证", row="预算执行率")
    statement = acts.rechecking.look(here()).found.tables[CODE].statement
    values = statement_values(statement)  # type: ignore[arg-type]
    assert values[ROW, "evidence"] == "甲、乙" and values[ROW, "deduct"] == "1.00"
    assert values[WHOLE, "scale"] == "county-2026" and values["预算执行率", "executed"] == "10.00"
    text = (office.root / FILE).read_text(encoding="utf-8")
    assert "# 复核" in text
    assert office("review", "drop", CODE, ROW, "--by", "李审核", "--reason", "材料补齐")[0] == 0
    assert ROW not in (office.root / FILE).read_text(encoding="utf-8")
    assert office.entries()[-1].payload["reason"] == "材料补齐"
    assert "V212" in office("review", "drop", CODE, ROW, "--by", "李审核", "--reason", "再撤")[1]


def test_a_review_is_listed_with_why_and_what_is_found(office: Office):
    assert office("review", "list")[0] == 0
    stated(office, "--actual", "60%", "--cause", "问卷少10份")
    code, told = office("review", "list")
    assert code == 1 and "F704" in told and "问卷少10份" in told
    data = json.loads(office("review", "list", "--format", "json")[1])
    (table,) = data["tables"]
    assert table["deviation"].startswith("-") and data["without"] == []
    row = next(one for one in table["rows"] if one["id"] == ROW)
    assert row["review_actual"] == "60%" and row["by"] == "李审核"
    assert {one["rule"] for one in table["findings"]} >= {"F704"}
    assert "F704" in office("check")[1]


def test_forms_are_written_once_recorded_and_never_over_what_is_there(office: Office):
    assert "V216" in office("review", "write")[1]
    stated(office, "--actual", "90%", "--cause", "问卷", "--evidence", "问卷原件")
    code, told = office("review", "write", "--to", "xlsx", "--to", "pdf")
    assert code == 0 and "已记入台账" in told
    names = {path.name: path.read_bytes() for path in (office.root / "out").glob("*复核*")}
    assert len(names) == 4
    entry = office.entries()[-1]
    assert entry.kind == "rescore" and entry.payload["scores"][0]["code"] == CODE
    assert set(entry.payload["snapshot"]) == {FILE}
    assert "没有写出新的版本" in office("review", "write", "--to", "xlsx", "--to", "pdf")[1]
    assert office.entries()[-1] == entry
    stated(office, "--actual", "80%")
    office("review", "write", "--to", "xlsx")
    assert all((office.root / "out" / name).read_bytes() == data for name, data in names.items())
    assert len(list((office.root / "out").glob("*复核*_v02.xlsx"))) == 2
    assert office("verify")[0] == 0
    code, told = office("history")
    assert "复核评分" in told and "问卷：" in told


# ---- the forms -----------------------------------------------------------------------------------------------------


def grid_of(document: Any) -> Grid:
    return next(block for block in document.sections[0].blocks if isinstance(block, Grid))


def test_the_form_has_both_scores_of_every_row_and_adds_up(office: Office):
    stated(office, "--actual", "90%", "--cause", "问卷", "--evidence", "问卷原件")
    made = acts.rechecking.look(here()).found
    table = made.tables[CODE]
    document = review_form(made, table, layouts_of(), "v01", None)
    heads = ["一级指标", "二级指标", "三级指标", "指标性质", "指标值", "计量单位", "权重", "自评完成值", "自评得分", "复核完成值",
             "复核得分", "复核指标偏差", "备注"]  # fmt: skip
    grid = grid_of(document)
    rows = [[str(cell.text) for cell in row] for row in grid.rows]
    assert heads in rows
    list(placed(grid))  # tiles
    assert any(row[0] == "预算执行率" for row in rows)
    whole = next(row for row in rows if row[0].startswith("合"))
    assert (
        whole[3] == points(table.own.score) and whole[5] == points(table.score) and whole[6] == signed(table.deviation)
    )
    body = rows[rows.index(heads) + 1 : rows.index(whole)]
    assert sum(int(row[-3].replace(".", "")) for row in body) == table.score
    assert sum(int(row[-5].replace(".", "")) for row in body) == table.own.total
    summary = [[str(cell.text) for cell in row] for row in grid_of(review_summary(made, "v01")).rows]
    assert ["项目名称", "自评得分", "复核得分", "偏差", "主要偏差原因"] in summary
    for suffix in (f".{name}" for name in FORMATS):
        assert render(suffix, document) == render(suffix, document)
    book = load_workbook(io.BytesIO(render(".xlsx", document)))
    assert book.sheetnames == ["复核表"]


def test_the_words_of_a_review_are_not_those_of_a_self_evaluation():
    assert not REVIEW["form"].keys() & WORDS["form"].keys()
    assert [layout.id for layout in layouts_of().values() if layout.table == "复核"] == ["review"]


def test_a_cell_is_no_template(office: Office):
    stated(office, "--deduct", "1", "--cause", "{form.score} =1+1 <b>")
    made = acts.rechecking.look(here()).found
    cells = [cell for _, _, cell in placed(grid_of(review_form(made, made.tables[CODE], layouts_of(), "v01", None)))]
    assert any("{form.score} =1+1 <b>" in str(cell.text) for cell in cells if isinstance(cell, Cell))


@pytest.mark.parametrize(
    ("text", "path", "left"),
    [
        ("a: 1\nb:\n  c: 2\n  d: 3\n", ("b", "c"), "a: 1\nb:\n  d: 3\n"),
        ("a: 1\nb:\n  c: 2\n", ("b", "c"), "a: 1\n"),
        ("b:\n  c:\n    - 1\n    - 2\n  # 留下\n  d: 3\n", ("b", "c"), "b:\n  # 留下\n  d: 3\n"),
        ("b: {c: 2, d: 3}\n", ("b", "c"), None),
        ("b: {c: 2}\na: 1\n", ("b", "c"), "a: 1\n"),
        ("a: 1\n", ("b",), None),
    ],
)
def test_a_key_is_taken_out_and_nothing_else(text: str, path: tuple[str, ...], left: str | None):
    assert without(text, path) == left


def test_a_total_that_is_capped_in_review_says_so_beside_its_rows(office: Office):
    stated(office, "--executed", "5", "--cause", "年后支付", "--evidence", "凭证", row="预算执行率")
    at = Sitting(open_workspace(None), policy="execution-caps")
    made = acts.rechecking.look(at).found
    table = made.tables[CODE]
    assert table.score == 5900 < table.then.total
    cells = [str(cell.text) for _, _, cell in placed(grid_of(review_form(made, table, layouts_of(), "v01", None)))]
    assert any(f"复核：各项合计 {points(table.then.total)}" in one and "总分不超过 59.00" in one for one in cells)


# ---- verified ----------------------------------------------------------------------------------------------------


def found(office: Office, *words: str) -> dict[str, str]:
    """What a verification tells, by code."""
    told = json.loads(office("verify", *words, "--format", "json")[1])
    return {one["code"]: one["says"] for one in told["found"]}


@pytest.fixture
def reviewed(office: Office) -> Office:
    """The same, reviewed and written."""
    assert stated(office, "--actual", "90%", "--cause", "问卷少10份")[0] == 0
    assert office("review", "write", "--to", "html")[0] in (0, 1)
    assert office.entries()[-1].kind == "rescore"
    return office


def test_a_recorded_review_is_scored_again_beside_its_run(reviewed: Office):
    assert found(reviewed).keys() & {"L204", "L205", "L206", "L307", "L308", "L309", "L310"} == set()
    (sheet,) = (reviewed.root / "out").glob(f"*{CODE}*复核表*.html")
    sheet.write_bytes(sheet.read_bytes() + b" ")
    assert "写出以后被改过" in found(reviewed)["L206"]


def test_a_review_whose_statements_changed_since_is_told(reviewed: Office):
    path = reviewed.root / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("90%", "91%"), encoding="utf-8")
    assert "改过" in found(reviewed)["L310"]
    path.unlink()
    assert "删去了" in found(reviewed)["L310"]


def test_a_review_whose_self_run_moved_is_told_until_it_is_reviewed_again(reviewed: Office):
    assert reviewed.correct("94%") == 0
    reviewed.run()
    told = found(reviewed)
    assert "自评得分变了" in told["L309"] and CODE in told["L309"]
    assert reviewed("submit", "--by", "张三")[0] == 0
    assert reviewed("review", "write", "--to", "html")[0] in (0, 1)
    assert "L309" not in found(reviewed)


def test_a_run_that_moved_nothing_reviewed_is_not_told(reviewed: Office):
    reviewed.run("--to", "xlsx")
    assert "L309" not in found(reviewed)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda payload: payload["scores"][0].update(review="97.73"), "L307"),
        (lambda payload: payload.pop("engine"), "L204"),
        (lambda payload: payload.update(run=0, digests={"rules": "0" * 64}), "L308"),
    ],
)
def test_a_review_that_was_made_up_is_found_though_its_digests_fit(reviewed: Office, change: Any, code: str):
    def forged(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        if seq == len(reviewed.entries()):
            change(payload)
        return payload

    test_verify.rechained(reviewed.root / "台账.sqlite", forged)
    assert code in found(reviewed)
