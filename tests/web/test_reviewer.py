"""The reviewer at the page: remarks that stay open, return of some projects, review scores beside self scores (示例数据)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import CODE, TABLE, UNIT, Person, found
from tests.web.served import until

OTHER = "13028124P00507410001X"


def issued(person: Person) -> None:
    job = person.post(f"{UNIT}issue", {"xlsx": "1"}).headers["location"].rsplit("/", 1)[1]
    jobs = person.client.app.app.state.bench.jobs  # type: ignore[attr-defined]
    until(lambda: jobs.of(job).done, 60)
    assert jobs.of(job).problems == ()


def hand_in(person: Person) -> None:
    """Issue and submit what is there."""
    issued(person)
    assert person.post(f"{UNIT}submit").headers.get("location") == UNIT


@pytest.fixture
def handed(clerk: Person) -> Person:
    """A clerk whose year is submitted."""
    assert (
        clerk.type(
            "时效1", {"cause": "部分票据不全被退回", "remedy": "按季度报销"}, table=f"{UNIT}p/{OTHER}"
        ).status_code
        == 200
    )
    hand_in(clerk)
    return clerk


@pytest.fixture
def reviewer(handed: Person, enter: Callable[..., Person]) -> Person:
    return enter("李四", "reviewer")


def test_a_remark_at_a_cell_stays_open_until_it_is_answered_and_nothing_is_accepted_before(
    handed: Person, reviewer: Person
):
    said = reviewer.post(f"{UNIT}remark", {"code": CODE, "row": "数量1", "text": "名册=57人，\n请附名册"})
    assert said.headers["location"] == f"{TABLE}#r-数量1" or "%E6" in said.headers["location"]
    part = handed.get(f"{TABLE}/remarks?row=数量1").text
    assert "名册＝57人" in part and "请附名册" in part and part.count('name="answer"') == 2
    form = handed.get(TABLE).text
    assert '<a class="tag warn" href="#panel">意见</a>' in form and form.count("到这一行") >= 2
    refused = reviewer.post(f"{UNIT}accept")
    assert refused.status_code == 422 and "还有 2 条意见没有回复" in refused.text
    handed.post(f"{UNIT}reply", {"number": "1", "answer": "已附"})
    assert reviewer.post(f"{UNIT}accept").status_code == 422
    handed.post(f"{UNIT}reply", {"number": "2", "answer": "已附"})
    assert reviewer.post(f"{UNIT}accept").status_code == 303
    assert "审核意见" in reviewer.get(f"{UNIT}history").text
    assert handed.post(f"{UNIT}remark", {"text": "x"}).status_code == 403  # not a clerk's act


def test_who_submitted_writes_no_remark_and_none_is_written_before_there_is_a_submission(
    clerk: Person, enter: Callable[..., Person]
):
    early = enter("李四", "reviewer").post(f"{UNIT}remark", {"text": "还没有报送"})
    assert early.status_code == 422 and "不能写审核意见" in early.text
    hand = enter("张三", "clerk", "reviewer")
    assert hand.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}").status_code == 200
    hand_in(hand)
    assert "不能自己写审核意见" in hand.post(f"{UNIT}remark", {"text": "很好"}).text


def test_some_projects_are_returned_and_what_changed_in_others_is_pointed_out(handed: Person, reviewer: Person):
    assert reviewer.post(f"{UNIT}return", {f"remark_{CODE}": "人数与名册不符"}).status_code == 303
    page = reviewer.get(f"{UNIT}review").text
    assert "只退回了：劳务派遣服务经费" in page
    handed.type("数量1", {"actual": "58人"}, reason="名册漏一人")
    handed.type("时效1", {"remedy": "按月报销"}, table=f"{UNIT}p/{OTHER}", reason="改得更早")
    handed.post(f"{UNIT}reply", {"number": "1", "answer": "实为58人"})
    hand_in(handed)
    changes = reviewer.get(f"{UNIT}review/changes?before=v01&after=v02").text
    assert changes.count("没有退回而有改动") == 1
    assert "文化路社区工作经费 <b" in changes.replace("\n", "") and "57人" in changes


def test_a_remark_alone_does_not_make_what_was_submitted_stale(handed: Person, reviewer: Person):
    reviewer.post(f"{UNIT}remark", {"code": CODE, "row": "数量1", "text": "请附名册"})
    stated = reviewer.post(
        f"{TABLE}/recheck",
        {"row": "数量1", "actual": "50人", "cause": "名册只有50人", "evidence": "名册\n花名册核对表"},
    )
    assert stated.status_code == 303, stated.text


def test_review_scores_stand_beside_self_scores_and_print_as_two_forms(handed: Person, reviewer: Person, root: Path):
    before = reviewer.get(f"{UNIT}recheck").text
    assert before.count("没有复核") == 7
    form = {"row": "数量1", "actual": "50人", "was_actual": "", "cause": "名册只有50人", "was_cause": ""}
    assert reviewer.post(f"{TABLE}/recheck", form).status_code == 303
    page = reviewer.get(f"{TABLE}/recheck").text
    assert "50人" in page and "10.59" in page and "-1.49" in page and "名册只有50人" in page  # 12.50 × 50 ÷ 59
    listed = reviewer.get(f"{UNIT}recheck").text
    assert listed.count("没有复核") == 6 and "-1.49" in listed
    clash = reviewer.post(f"{TABLE}/recheck", form | {"actual": "51人"})
    assert clash.status_code == 422 and "不是您看到的" in clash.text
    for address in (f"{UNIT}recheck/form?code={CODE}", f"{UNIT}recheck/form"):
        assert "10.59" in reviewer.get(address).text or "96.24" in reviewer.get(address).text
        assert reviewer.get(f"{address}{'&' if '?' in address else '?'}as=pdf").content.startswith(b"%PDF-")
    job = reviewer.post(f"{UNIT}recheck/write").headers["location"].rsplit("/", 1)[1]
    jobs = reviewer.client.app.app.state.bench.jobs  # type: ignore[attr-defined]
    until(lambda: jobs.of(job).done, 60)
    assert len(jobs.of(job).found["given"]) == 4
    scale = reviewer.post(f"{TABLE}/recheck", {"row": "", "scale": "county-2026"})
    assert scale.status_code == 303 and 'value="no_survey"' in reviewer.get(f"{TABLE}/recheck").text
    gone = reviewer.post(f"{TABLE}/recheck/withdraw", {"row": "数量1", "reason": "名册补来了"})
    assert gone.status_code == 303 and "10.59" not in reviewer.get(f"{TABLE}/recheck").text
    assert handed.post(f"{TABLE}/recheck", form).status_code == 403
    assert list((root / "reviews").rglob("*.yaml"))


def test_the_worklist_goes_by_risk_and_tells_days_late_only_where_a_day_is_set(
    handed: Person, reviewer: Person, root: Path
):
    page = reviewer.get("/worklist").text
    assert "迟报" not in page.split("单位信息")[0] and "扣分无原因" in page
    everything, some = (reviewer.get(f"/worklist/risks{kind}").text.count("nowrap") for kind in ("", "?kind=目标矛盾"))
    assert everything >= some > 0
    (office,) = (root / "office/2023").glob("*.yaml")
    office.write_text(office.read_text("utf-8") + "due: 2024-03-15\n", encoding="utf-8")
    late = reviewer.get(f"{UNIT}review").text
    assert "报送期限 2024-03-15" in late and int(found(r"迟报 (\d+) 天", late)) > 300
    assert reviewer.post(f"{UNIT}accept").status_code == 303  # the day is printed nowhere: nothing is stale


def test_projects_are_compared_and_what_stands_out_is_named(reviewer: Person):
    page = reviewer.get(f"{UNIT}review").text
    line: Any = page.split("与别的项目不同")[1].split("</table>")[0]
    assert "执行率低于各项目的中间值" in line and line.count("<tr>") == 6
