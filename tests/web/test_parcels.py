"""Two machines without a server: what a unit hands in is reviewed elsewhere, and what was said comes back (示例数据)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator import acts
from evaluator.errors import EvaluatorError
from evaluator.files.bundle import bundled, unbundled
from evaluator.records.exchange import ENTRIES
from evaluator.records.ledger import Ledger
from evaluator.web.app import Served, create_app
from evaluator.workspace.places import Workspace
from tests.web.conftest import CODE, TABLE, TOKEN, UNIT, Person
from tests.web.served import until
from tests.web.test_keep import contents
from tests.web.test_reviewer import OTHER, hand_in

Machine = tuple[Path, Any]


def machine(folder: Path) -> Machine:
    return folder, create_app(Workspace(folder, False), TOKEN, served=Served("8629"))


def finished(person: Person, address: str) -> Any:
    """What became of the work that an answer led to."""
    jobs = person.client.app.app.state.bench.jobs  # type: ignore[attr-defined]
    job = jobs.of(address.rsplit("/", 1)[1]) if "/work/" in address else jobs.mine("parcels")[0]
    until(lambda: job.done, 60)
    return job


def package(person: Person) -> bytes:
    job = finished(person, person.post(f"{UNIT}bind", {"pack": "1"}).headers["location"])
    assert job.problems == ()
    return next(file.data for file in job.found["given"] if file.name.endswith(".zip"))


def opinion(person: Person) -> bytes:
    job = finished(person, person.post(f"{UNIT}answer").headers["location"])
    assert job.problems == ()
    return bytes(job.found["given"][0].data)


def put_in(person: Person, door: str, data: bytes) -> Any:
    answer = person.post(f"/parcels/{door}", files={"file": ("包.zip", data)})
    assert answer.status_code == 303, answer.text
    return finished(person, answer.headers["location"])


def codes(job: Any) -> list[str]:
    return [problem.code for problem in job.problems]


@pytest.fixture
def here(root: Path, clerk: Person) -> Person:
    clerk.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}")
    pdf = b"%PDF-1.4 " + b"x" * 50
    clerk.client.post(f"{TABLE}/evidence", data={"csrf": clerk.csrf, "row": "数量1"}, files={"file": ("名册.pdf", pdf)})
    hand_in(clerk)
    return clerk


@pytest.fixture
def there(tmp_path: Path) -> Callable[..., Person]:
    _, app = machine(tmp_path / "审核人的机器")
    return lambda name="李四", *roles: Person(app, name, *(roles or ("reviewer",)))


def test_a_year_goes_to_the_reviewer_comes_back_and_is_accepted_and_both_ledgers_hold(
    here: Person, there: Callable[..., Person], root: Path, tmp_path: Path
):
    reviewer = there()
    assert reviewer.get("/").headers["location"] == "/parcels"
    assert codes(put_in(reviewer, "in", package(here))) == []
    assert "97.73" in reviewer.get(UNIT).text and "已报送" in reviewer.get(f"{UNIT}review").text
    assert "名册" in reviewer.get(f"{TABLE}/why?row=数量1").text
    assert codes(put_in(reviewer, "in", package(here))) == ["U396"]  # it came already

    reviewer.post(f"{TABLE}/recheck", {"row": "数量1", "actual": "50人", "cause": "名册只有50人"})
    reviewer.post(f"{UNIT}return", {f"remark_{CODE}": "人数与名册不符"})
    said = opinion(reviewer)
    assert codes(put_in(reviewer, "in", said)) == ["U396"]
    assert codes(put_in(here, "answer", said)) == []
    assert "人数与名册不符" in here.get(TABLE).text and "已退回" in here.get(UNIT).text
    assert "10.59" in here.get(f"{TABLE}/recheck").text
    assert codes(put_in(here, "answer", said)) == ["U396"]

    here.type("数量1", {"actual": "58人"}, reason="名册漏一人")
    here.post(f"{UNIT}reply", {"number": "1", "answer": "实为58人"})
    hand_in(here)
    assert codes(put_in(here, "answer", said)) == ["U396"]  # it is about what was submitted before
    assert codes(put_in(reviewer, "in", package(here))) == []
    page = reviewer.get(f"{UNIT}review").text
    assert "实为58人" in page and "v02" in page
    assert "58人" in reviewer.get(f"{UNIT}review/changes?before=v01&after=v02").text
    assert reviewer.post(f"{UNIT}accept").status_code == 303
    assert codes(put_in(here, "answer", opinion(reviewer))) == []
    assert "已通过" in here.get(UNIT).text
    for folder in (root, tmp_path / "审核人的机器"):
        checked = acts.vouching.verify(folder / "台账.sqlite").found
        assert [problem.problem.says for problem in checked.found if problem.problem.severity != "提示"] == []
    assert "李四" in here.get(f"{UNIT}history").text


def test_a_package_that_was_changed_or_is_of_other_inputs_is_refused_and_nothing_is_written(
    here: Person, there: Callable[..., Person], tmp_path: Path
):
    reviewer = there()
    data = package(here)
    files = unbundled(data)
    changed = {**files, ENTRIES: files[ENTRIES].replace("张三".encode(), "王五".encode())}
    assert codes(put_in(reviewer, "in", bundled(changed))) == ["U395"]
    lacking = {name: content for name, content in files.items() if not name.startswith("4_往来/内容/")}
    assert codes(put_in(reviewer, "in", bundled(lacking))) == ["U395"]
    assert codes(put_in(reviewer, "in", data[:-50])) == ["U391"]
    assert codes(put_in(reviewer, "in", bundled({"a.txt": b"1"}))) == ["U395"]
    folder = tmp_path / "审核人的机器"
    assert not folder.exists() or contents(folder) == {}
    assert codes(put_in(reviewer, "in", data)) == []
    place = next((folder / "actuals/2023/629001").glob(f"{CODE}*"))
    place.write_text(place.read_text("utf-8") + "# 改过\n", encoding="utf-8")
    here.type("数量1", {"actual": "58人"}, reason="名册漏一人")
    hand_in(here)
    before = contents(folder)
    assert codes(put_in(reviewer, "in", package(here))) == ["U397"]
    assert contents(folder) == before


def test_who_submitted_says_nothing_of_it_from_another_machine_and_steps_are_not_skipped(
    here: Person, there: Callable[..., Person]
):
    data = package(here)
    reviewer = there()
    put_in(reviewer, "in", data)
    assert "不能自己" in there("张三").post(f"{UNIT}accept").text
    reviewer.post(f"{UNIT}remark", {"text": "请附名册"})
    here.type("数量1", {"actual": "58人"}, reason="名册漏一人")
    hand_in(here)
    assert codes(put_in(reviewer, "in", package(here))) == ["U396"]  # the unit has not heard of the remark


def test_what_is_not_submitted_is_not_opened(clerk: Person, there: Callable[..., Person]):
    clerk.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}")
    job = finished(clerk, clerk.post(f"{UNIT}issue", {"xlsx": "1"}).headers["location"])
    assert job.problems == ()
    reviewer = there()
    refused = put_in(reviewer, "in", package(clerk))
    assert codes(refused) == ["U395"] and "还没有报送" in refused.problems[0].says


def test_entries_from_elsewhere_keep_the_time_and_digest_they_had(
    here: Person, there: Callable[..., Person], root: Path, tmp_path: Path
):
    put_in(there(), "in", package(here))
    with Ledger(root / "台账.sqlite") as ours, Ledger(tmp_path / "审核人的机器" / "台账.sqlite") as theirs:
        mine, taken = ours.entries(), theirs.entries()
    assert [entry.payload["origin"]["digest"] for entry in taken if entry.kind != "receive"] == [
        entry.digest for entry in mine
    ]
    assert taken[-1].kind == "receive" and taken[-1].payload["by"] == "李四"


def test_a_file_that_is_no_package_is_told_of(here: Person):
    with pytest.raises(EvaluatorError):
        acts.exchanging.take_answer(acts.surveying.KnownSitting(Workspace(Path("无"), False)), "张三", b"PK\x03\x04")
