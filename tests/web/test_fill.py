"""Cells typed in a page: saved when they are left, or told that they are not; nothing is lost and nothing overwritten.

示例数据 throughout.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluator import acts, evaluation
from evaluator.acts.entering import RowEntry, enter, values_of
from evaluator.documents.loading import parse_document
from evaluator.model import code_of
from evaluator.records.ledger import Ledger
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.places import Workspace, open_workspace
from tests.web.conftest import CODE, TABLE, UNIT, Person, found

FILE = f"actuals/2023/629001/{CODE}.yaml"


def sitting(root: Path) -> Any:
    return acts.surveying.KnownSitting(open_workspace(root), 2023, "629001", None, root / "out")


def stored(root: Path, row: str, field: str) -> str:
    return str(acts.surveying.survey(sitting(root)).table(CODE).values[row][field])


# ---- one cell -------------------------------------------------------------------------------------------------------


def test_the_form_is_the_printed_one_with_its_values_in_place(clerk: Person):
    page = clerk.get(TABLE).text
    assert "项目支出绩效自评表" in page and 'data-row="数量1" data-field="actual" data-was="57人"' in page
    assert 'data-row="预算执行率" data-field="fiscal.executed" data-was="441.30"' in page
    assert 'data-row="成本1" data-field="actual"' not in page  # computed from money


def test_a_cell_is_saved_and_the_score_comes_back(clerk: Person, root: Path):
    before = (root / FILE).read_text(encoding="utf-8")
    answer = clerk.type("数量1", {"actual": "59人"}, {"actual": "57人"})
    assert answer.status_code == 200
    told = answer.json()
    assert told["cells"]["数量1|{row.earned}"] == "12.50" and told["changes"] == 1
    assert (root / FILE).read_text(encoding="utf-8") == before.replace("actual: 57人", "actual: 59人")
    assert not (root / "台账.sqlite").exists()  # before the first submission a change needs no entry


def test_a_cell_scores_and_judges_its_own_project_alone_and_flushes_two_things_to_the_disk(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
):
    """And the unit's table, on which stands what is told across projects, is judged again."""
    assert clerk.type("数量1", {"actual": "58人"}, {"actual": "57人"}).status_code == 200
    scored, judged, flushed = [], [], []

    def spied(name: str, into: list[Any]) -> None:
        real = getattr(evaluation, name)
        spy = lambda tables, *more: (into.append([code_of(one.table) for one in tables]), real(tables, *more))[1]  # noqa: E731
        monkeypatch.setattr(evaluation, name, spy)

    spied("_scored", scored)
    spied("_drawn", judged)
    flush = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(handle), flush(handle))[1])
    assert clerk.type("数量1", {"actual": "59人"}, {"actual": "58人"}).status_code == 200
    assert scored == [[CODE]] and judged == [[CODE, "629001"]] and len(flushed) <= 2


def test_all_forms_are_one_pdf_before_anything_is_issued(clerk: Person, root: Path):
    answer = clerk.get(f"{UNIT}print")
    assert answer.headers["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert not (root / "out").exists()


def test_what_cannot_be_read_is_a_draft_outside_the_results(clerk: Person, root: Path):
    before = (root / FILE).read_bytes()
    told = clerk.type("数量1", {"actual": "不少"}, {"actual": "57人"}).json()
    (draft,) = told["drafts"]
    assert (draft["row"], draft["field"], draft["text"]) == ("数量1", "actual", "不少") and draft["allowed"]
    assert (root / FILE).read_bytes() == before and told["cells"]["数量1|{row.earned}"] == "12.08"
    page = clerk.get(TABLE).text
    assert 'value="不少"' in page and "没有计入" in page
    told = clerk.type("数量1", {"actual": "58人"}, {"actual": "57人"}).json()
    assert told["drafts"] == [] and stored(root, "数量1", "actual") == "58人"


def test_amounts_that_must_add_up_wait_for_each_other(clerk: Person, root: Path):
    told = clerk.type("预算执行率", {"executed": "442"}, {"executed": "441.30"}).json()
    assert [one["field"] for one in told["drafts"]] == ["executed"] and told["changes"] == 0
    told = clerk.type("预算执行率", {"fiscal.executed": "442"}, {"fiscal.executed": "441.30"}).json()
    assert told["drafts"] == [] and told["changes"] == 2
    assert stored(root, "预算执行率", "executed") == "442.00"


def test_a_value_is_taken_away_and_a_cell_filled_in_a_workspace_that_has_no_file(clerk: Person, root: Path):
    assert clerk.type("数量1", {"actual": ""}, {"actual": "57人"}).json()["cells"]["数量1|{row.earned}"] == "0.00"
    (root / FILE).unlink()
    assert clerk.type("质量1", {"actual": "97%"}, {"actual": ""}).status_code == 200
    assert parse_document((root / FILE).read_text(encoding="utf-8"), "")[0] == {
        "code": CODE, "year": "2023", "results": {"质量1": {"actual": "97%"}},
    }  # fmt: skip


def test_what_stood_in_a_row_the_year_before_is_beside_its_target(clerk: Person, root: Path):
    for folder in ("rules/projects", "actuals"):
        (root / folder / "2022/629001").mkdir(parents=True)
        text = (root / folder / f"2023/629001/{CODE}.yaml").read_text(encoding="utf-8")
        text = text.replace("year: 2023", "year: 2022").replace("≥59人", "≥61人").replace("57人", "60人")
        (root / folder / f"2022/629001/{CODE}.yaml").write_text(text, encoding="utf-8")
    page = clerk.get(TABLE).text
    assert "上年 ≥61人，完成 60人" in page
    assert clerk.type("数量1", {"actual": "59人"}, {"actual": "57人"}).status_code == 200


# ---- data items, and what a criterion asks ----------------------------------------------------------------------------


def with_criterion(root: Path) -> None:
    """质量1 is computed from two data items; 时效1 is scored by a criterion of its own that asks how often something was found."""
    path = root / f"rules/projects/2023/629001/{CODE}.yaml"
    text = path.read_text(encoding="utf-8")
    first, second = (text.index(f"- id: {row}") for row in ("质量1", "时效1"))
    text = text[:second] + text[second:].replace(
        "    points:", "    criterion: 每发现1处问题扣1分，扣完为止\n    points:", 1
    )
    text = text[:first] + text[first:].replace(
        "    points:", "    data: {合格人数: 人, 参评人数: 人}\n    formula: 合格人数 ÷ 参评人数\n    points:", 1
    )
    path.write_text(text, encoding="utf-8")
    assert enter(
        sitting(root), "张三", CODE, [RowEntry("质量1", {"actual": ""}, {}), RowEntry("时效1", {"actual": ""}, {})]
    )


def test_data_items_are_inputs_of_their_own_with_their_units(clerk: Person, root: Path):
    with_criterion(root)
    page = clerk.get(TABLE).text
    assert 'data-row="质量1" data-field="data.合格人数"' in page and 'class="unit">人' in page
    assert 'data-row="质量1" data-field="state"' not in page
    assert clerk.type("质量1", {"data.合格人数": "56"}).json()["drafts"] == []
    told = clerk.type("质量1", {"data.参评人数": "57人"}).json()
    assert told["drafts"] == [] and told["cells"]["质量1|{row.earned}"] == "12.50" and told["read"]["质量1"]
    told = clerk.type("质量1", {"data.参评人数": "许多"}).json()
    assert [(one["field"], one["text"]) for one in told["drafts"]] == [("data.参评人数", "许多")]
    told = clerk.type("质量1", {"data.参评人数": ""}, {"data.参评人数": "57人"}).json()
    assert told["drafts"] == [] and told["values"]["质量1"]["data.参评人数"] == ""
    assert told["cells"]["质量1|{row.earned}"] == "0.00"


def test_what_a_criterion_asks_is_an_input_and_gives_the_points(clerk: Person, root: Path):
    with_criterion(root)
    (field,) = (name for name in acts.surveying.survey(sitting(root)).table(CODE).values["时效1"] if "given." in name)
    assert f'data-row="时效1" data-field="{field}"' in clerk.get(TABLE).text
    told = clerk.type("时效1", {field: "3"}).json()
    assert told["drafts"] == [] and told["cells"]["时效1|{row.earned}"] == "9.50", told
    assert [one["field"] for one in clerk.type("时效1", {field: "几处"}).json()["drafts"]] == [field]
    assert clerk.type("时效1", {"given.没有的": "3"}).status_code == 422


def test_another_value_than_was_seen_is_told_with_both_and_nothing_is_written(enter: Callable[..., Person], root: Path):
    one, two = enter("张三"), enter("李四")
    assert one.type("数量1", {"actual": "58人"}, {"actual": "57人"}).status_code == 200
    before = (root / FILE).read_bytes()
    answer = two.type("数量1", {"actual": "59人"}, {"actual": "57人"})
    (clash,) = answer.json()["clashes"]
    assert answer.status_code == 409 and clash["by"] == "张三" and clash["time"]
    assert (clash["was"], clash["now"], clash["mine"]) == ("57人", "58人", "59人")
    assert (root / FILE).read_bytes() == before
    assert two.type("质量1", {"actual": "97%"}, {"actual": "98.2%"}).status_code == 200  # other cells merge
    assert two.type("数量1", {"actual": "59人"}, {"actual": "58人"}).status_code == 200  # chosen


def test_a_file_changed_by_hand_meanwhile_is_told_too(clerk: Person, root: Path):
    path = root / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("57人", "56人", 1), encoding="utf-8")
    answer = clerk.type("数量1", {"actual": "59人"}, {"actual": "57人"})
    assert answer.status_code == 409 and "以外" in answer.json()["clashes"][0]["by"]


def test_a_pasted_column_is_one_post_and_one_bad_value_keeps_none_of_the_others(clerk: Person, root: Path):
    rows = [("数量1", "59人"), ("质量1", "好"), ("时效1", "97%")]
    body = {"rows": [{"row": row, "values": {"actual": text}, "was": {}} for row, text in rows]}
    told = clerk.client.post(f"{TABLE}/cells", json=body, headers={"X-CSRF": clerk.csrf}).json()
    assert told["changes"] == 2 and [one["row"] for one in told["drafts"]] == ["质量1"]


def test_one_bad_file_closes_no_other_project(clerk: Person, root: Path):
    other = root / "actuals/2023/629001/13028124P00507410001X.yaml"
    other.write_text("code: [", encoding="utf-8")
    assert clerk.type("数量1", {"actual": "59人"}, {"actual": "57人"}).status_code == 200
    page = clerk.get(f"{UNIT}p/13028124P00507410001X").text
    assert "完成情况文件有错" in page and "data-cells" not in page
    assert "完成情况文件有错" in clerk.get(UNIT).text


TYPED = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["数量1", "社会效益1", "预算执行率", ""]),
            TYPED | st.sampled_from(["58人", "97%", "达成", "60", ""]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_typed_is_stored_or_kept_as_a_draft_and_the_file_stays_readable(
    tmp_path_factory: Any, typed: list[tuple[str, str]]
):
    root = tmp_path_factory.mktemp("typed") / "w"
    list(copy_sample(root))
    at = sitting(root)
    for number, (row, text) in enumerate(typed):
        field = {"": "achieved", "预算执行率": "adjusted", "社会效益1": ("state", "share", "cause")[number % 3]}.get(
            row, "actual"
        )
        made = enter(at, "张三", CODE, [RowEntry(row, {field: text}, {})])
        survey = acts.surveying.survey(at)
        view = survey.table(CODE)
        assert not view.wrong and not survey.wrong
        drafts = {(one.row, one.field): one.text for one in made.drafts}
        there = values_of(view.score.table, view.score.actuals)[row][field]
        kept = drafts.get((row, field), there)
        wanted = text.replace("\r\n", "\n").strip()
        assert kept == wanted or (field in ("adjusted", "share") and there and wanted)  # amounts and shares are read


# ---- after a submission ------------------------------------------------------------------------------------------------


@pytest.fixture
def submitted(root: Path) -> Workspace:
    """The sample put right, issued and submitted by 张三."""
    at = sitting(root)
    enter(
        at,
        "张三",
        "13028124P00507410001X",
        [RowEntry("时效1", {"cause": "部分发票年底后才到", "remedy": "每月催报一次"}, {})],
    )
    acts.issuing.issue(at, [".html"])
    assert acts.submitting.submit(at, "张三").entry
    return open_workspace(root)


def test_after_a_submission_the_reason_is_asked_once_and_recorded_with_the_change(
    clerk: Person, root: Path, submitted: Workspace
):
    before = (root / FILE).read_bytes()
    assert clerk.type("数量1", {"actual": "58人"}, {"actual": "57人"}).status_code == 428
    assert (root / FILE).read_bytes() == before
    assert clerk.type("数量1", {"actual": "58人"}, {"actual": "57人"}, reason="复核名册").status_code == 200
    assert clerk.type("质量1", {"actual": "97%"}, {"actual": "98.2%"}).status_code == 200  # said for this sitting
    with Ledger(submitted.ledger) as ledger:
        told = [one.payload for one in ledger.entries("correction")]
    assert [one["reason"] for one in told] == ["复核名册"] * 2 and told[0]["by"] == "张三"
    assert told[0]["changes"][0]["before"] == "57人" and told[0]["changes"][0]["after"] == "58人"
    assert "复核名册" in clerk.get(f"{TABLE}/why?row=数量1").text


# ---- evidence and workbooks ----------------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def attach(person: Person, name: str, data: bytes, row: str = "数量1") -> Any:
    return person.client.post(f"{TABLE}/evidence", data={"csrf": person.csrf, "row": row}, files={"file": (name, data)})


def test_evidence_is_put_behind_its_row_and_shown_where_it_cannot_run(clerk: Person, root: Path):
    assert attach(clerk, "../../名册.pdf", PDF).status_code == 303
    page = clerk.get(f"{TABLE}/why?row=数量1").text
    digest = found(r"/evidence/([0-9a-f]{64})", page)
    shown = clerk.get(f"{TABLE}/evidence/{digest}")
    assert shown.content == PDF and shown.headers["content-type"] == "application/pdf"
    assert (
        shown.headers["content-security-policy"].startswith("sandbox")
        and "inline" in shown.headers["content-disposition"]
    )
    assert {path.suffix for path in (root / "evidence").rglob("*") if path.is_file()} == {".pdf", ".yaml"}
    assert clerk.get(f"{TABLE}/evidence/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(("name", "data"), [
    ("a.html", b"<script>alert(1)</script>"), ("a.svg", b"<svg onload='x()'/>"), ("a.pdf", b"<script>"), ("a.png", PDF),
    ("a.exe", b"MZ\x90\0"), ("a", PDF), ("a.pdf.html", PDF), ("a.txt", b"\0\1\2"),
])  # fmt: skip
def test_what_is_no_evidence_is_refused_before_anything_is_written(clerk: Person, root: Path, name: str, data: bytes):
    assert attach(clerk, name, data).status_code == 422
    assert not (root / "evidence").exists()


def test_evidence_is_taken_from_behind_a_row_and_the_ledger_says_who_did(clerk: Person, root: Path):
    for number, name in enumerate(("名册.txt", "清单.txt")):
        assert attach(clerk, name, f"第{number}份".encode()).status_code == 303
    index = root / "evidence/2023/629001/佐证材料.yaml"
    listed = index.read_bytes()
    digests = re.findall(r"/evidence/([0-9a-f]{64})\"", clerk.get(f"{TABLE}/why?row=数量1").text)
    assert len(digests) == 2

    def remove(digest: str, row: str = "数量1", reason: str = "") -> int:
        form = {"row": row, "digest": digest, "reason": reason}
        return int(clerk.post(f"{TABLE}/evidence/remove", form).status_code)

    assert remove(digests[0], "质量1") == 422 and remove("0" * 64) == 422 and index.read_bytes() == listed
    assert remove(digests[0]) == 303 and remove(digests[0]) == 422
    assert re.findall(r"/evidence/([0-9a-f]{64})\"", clerk.get(f"{TABLE}/why?row=数量1").text) == digests[1:]
    assert remove(digests[1], reason="传错") == 303 and "没有登记文件" in clerk.get(f"{TABLE}/why?row=数量1").text
    assert len(list((root / "evidence").rglob("*.txt"))) == 2  # what was there stays there
    assert "撤下" in clerk.get(f"{UNIT}history").text and "（传错）" in clerk.get(f"{UNIT}history").text
    assert attach(clerk, "名册.txt", "第0份".encode()).status_code == 303
    assert index.read_text(encoding="utf-8").count("  - project:") == 1


def test_a_line_of_evidence_is_taken_away_in_its_place(clerk: Person, root: Path):
    had = stored(root, "数量1", "evidence")
    first, second = had.splitlines()
    assert clerk.type("数量1", {"evidence": second}, {"evidence": had}).json()["drafts"] == []
    assert stored(root, "数量1", "evidence") == second and "2名派遣人员" in stored(root, "数量1", "cause")
    assert clerk.type("数量1", {"evidence": ""}, {"evidence": second}).json()["drafts"] == []
    assert stored(root, "数量1", "evidence") == ""
    assert clerk.type("数量1", {"evidence": first}, {"evidence": ""}).json()["drafts"] == []
    assert stored(root, "数量1", "evidence") == first


def test_duties_are_listed_given_to_somebody_and_closed_with_evidence(clerk: Person, root: Path):
    assert "还没有整改事项" in clerk.get(f"{UNIT}duties").text
    assert clerk.post(f"{UNIT}duties/plan").status_code == 303
    page = clerk.get(f"{UNIT}duties").text
    duty = found(r'id="(ZG\d+)"', page)
    assert clerk.post(f"{UNIT}duties/assign", {"duty": duty, "owner": "王五", "due": "2024-06-30"}).status_code == 303
    assert 'value="王五"' in clerk.get(f"{UNIT}duties").text
    assert clerk.post(f"{UNIT}duties/assign", {"duty": duty, "owner": "", "due": "不久"}).status_code == 422
    assert clerk.post(f"{UNIT}duties/close", {"duty": duty, "evidence": " "}).status_code == 422
    closing = {"duty": duty, "evidence": "整改报告\n会议纪要", "on": "2024-05-20"}
    assert clerk.post(f"{UNIT}duties/close", closing).status_code == 303
    page = clerk.get(f"{UNIT}duties").text
    assert "已整改" in page or duty not in page
    text = (root / "rectification/2023/629001.yaml").read_text(encoding="utf-8")
    assert "会议纪要" in text and "by: 张三" in text and "2024-05-20" in text


def test_a_duty_is_closed_with_a_file_that_is_kept_shown_and_watched(clerk: Person, root: Path):
    assert clerk.post(f"{UNIT}duties/plan").status_code == 303
    page = clerk.get(f"{UNIT}duties").text
    duty, project = re.search(r'id="(ZG\d+)".*?class="code">(\w+)<', page, re.DOTALL).groups()
    fields = {"duty": duty, "evidence": "", "on": "2024-05-20"}
    wrong = clerk.post(f"{UNIT}duties/close", fields, files={"file": ("验收单.pdf", b"<html>")})
    assert wrong.status_code == 422 and "U381" in wrong.text
    assert not list((root / "evidence").glob(f"2023/629001/{project}/*验收单*"))
    sent = clerk.post(f"{UNIT}duties/close", fields, files={"file": ("验收单.pdf", PDF)})
    assert sent.status_code == 303
    (kept,) = (root / "evidence").glob(f"2023/629001/{project}/*_验收单.pdf")
    assert "验收单.pdf" in (root / "rectification/2023/629001.yaml").read_text(encoding="utf-8")
    shown = found(rf'href="([^"]*{project}/evidence/[0-9a-f]{{64}})"', clerk.get(f"{UNIT}duties").text)
    assert clerk.get(shown).content == PDF
    kept.write_bytes(PDF + b"changed")
    assert "已改动" in clerk.get(f"{UNIT}duties").text


def test_text_evidence_is_only_to_be_saved(clerk: Person):
    assert attach(clerk, "说明.txt", b"<script>alert(1)</script>").status_code == 303
    digest = found(r"/evidence/([0-9a-f]{64})", clerk.get(f"{TABLE}/why?row=数量1").text)
    shown = clerk.get(f"{TABLE}/evidence/{digest}")
    assert (
        shown.headers["content-type"] == "application/octet-stream"
        and "attachment" in shown.headers["content-disposition"]
    )


def test_a_workbook_goes_out_comes_back_and_what_differs_is_taken_in(clerk: Person, root: Path):
    book = clerk.get(f"{UNIT}workbook")
    assert book.content.startswith(b"PK")
    assert clerk.type("数量1", {"actual": ""}, {"actual": "57人"}).status_code == 200
    sent = clerk.client.post(
        f"{UNIT}workbook", data={"csrf": clerk.csrf}, files={"file": ("填报表.xlsx", book.content)}
    )
    assert sent.status_code == 303, sent.text
    page = clerk.get(f"{UNIT}workbook/read").text
    assert "与现在不同的 1 处" in page and "57" in page
    assert stored(root, "数量1", "actual") == ""
    assert clerk.post(f"{UNIT}workbook/take").status_code == 303
    assert stored(root, "数量1", "actual") == "57人"
    assert len(list((root / "workbooks").rglob("*.xlsx"))) == 1


def test_a_table_of_results_tells_what_it_cannot_read_and_offers_the_rest(clerk: Person, root: Path):
    csv = f"项目编码,指标编号,实际完成值\n{CODE},数量1,59人\n{CODE},没有的,3\n".encode()
    clerk.client.post(f"{UNIT}workbook", data={"csrf": clerk.csrf}, files={"file": ("完成.csv", csv)})
    page = clerk.get(f"{UNIT}workbook/read").text
    assert "59人" in page
    assert clerk.post(f"{UNIT}workbook/take").status_code == 303
    assert stored(root, "数量1", "actual") == "59人"


def test_a_draft_file_that_says_nonsense_is_no_draft(clerk: Person, root: Path):
    path = root / "drafts" / "2023" / "629001" / f"{CODE}.json"
    path.parent.mkdir(parents=True)
    for nonsense in ("[", "{}", json.dumps([{"row": 1}]), "3"):
        path.write_text(nonsense, encoding="utf-8")
        assert clerk.get(TABLE).status_code == 200
