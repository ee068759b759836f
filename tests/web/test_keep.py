"""Whoever keeps the workspace: a new year, who signs, a backup, and restoring it into a new folder (示例数据)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator import acts
from evaluator.errors import EvaluatorError
from evaluator.files.bundle import DIGESTS, bundled, unbundled
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, TABLE, UNIT, Person
from tests.web.served import until
from tests.web.test_reviewer import OTHER, hand_in


@pytest.fixture
def keeper(enter: Callable[..., Person]) -> Person:
    return enter("赵六", "keeper")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".ziping" not in path.as_posix())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def backed_up(person: Person) -> None:
    person.post("/keep/backup")
    job = person.client.app.app.state.bench.jobs.mine("keep")[0]  # type: ignore[attr-defined]
    until(lambda: job.done)
    assert job.problems == ()


def test_a_backup_is_restored_into_a_new_folder_and_its_ledger_holds(clerk: Person, keeper: Person, root: Path):
    clerk.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}")
    hand_in(clerk)
    before = contents(root)
    backed_up(keeper)
    backed_up(keeper)
    (name,) = acts.storing.backups(acts.surveying.KnownSitting(open_workspace(root)))  # nothing changed: no second one
    said = keeper.post("/keep/restore", {"name": name})
    assert said.status_code == 303
    restored = root.with_name(f"{root.name}_恢复_01")
    after = contents(restored)
    assert {path: data for path, data in after.items() if path != "台账.sqlite"} == {
        path: data for path, data in before.items() if path != "台账.sqlite"
    }
    checked = acts.vouching.verify(restored / "台账.sqlite").found
    assert checked.holds and checked.entries == 2
    data = keeper.get(f"/keep/backup?name={name}").content
    again = keeper.post("/keep/restore", files={"file": ("备份.zip", data)})
    assert again.status_code == 303 and root.with_name(f"{root.name}_恢复_02").is_dir()
    assert contents(restored) == after
    broken = keeper.post("/keep/restore", files={"file": ("备份.zip", data[:-100])})
    assert broken.status_code == 422 and not root.with_name(f"{root.name}_恢复_03").exists()
    assert keeper.get("/keep/backup?name=../台账.sqlite").status_code == 404
    assert clerk.get("/keep").status_code == 403


def test_a_year_is_carried_over_within_the_workspace_and_nothing_there_changes(keeper: Person, root: Path):
    before = contents(root)
    on = keeper.post(f"{UNIT}carry")
    assert on.headers["location"] == "/2024/629001/"
    after = contents(root)
    assert {path: after[path] for path in before} == before
    assert len([path for path in after if path.startswith("rules/projects/2024/629001/")]) == 7
    page = keeper.get("/2024/629001/").text
    assert "已沿用到 2024 年度" in page and "0/" in page
    assert keeper.post(f"{UNIT}carry").status_code == 422
    assert "已有 2024" in keeper.get("/keep").text


def test_who_signs_is_written_in_the_page_and_printed(clerk: Person, enter: Callable[..., Person], root: Path):
    values = {"filler": "钱七", "phone": "0315-1234567", "due": "2024年3月15日"}
    assert clerk.post(f"{UNIT}office", values).status_code == 303
    assert "钱七" in clerk.get(f"{TABLE}/preview").text and 'value="2024-03-15"' in clerk.get(f"{UNIT}office").text
    assert clerk.post(f"{UNIT}office", {"phone": ""}).status_code == 303
    text = (root / "office/2023/629001.yaml").read_text("utf-8")
    assert "0315-1234567" not in text and "钱七" in text
    assert clerk.post(f"{UNIT}office", {"due": "随便"}).status_code == 422
    assert (root / "office/2023/629001.yaml").read_text("utf-8") == text
    assert enter("李四", "reviewer").post(f"{UNIT}office", values).status_code == 403


def test_which_policy_is_in_force_is_told(keeper: Person):
    page = keeper.get("/keep").text
    assert "在用的评分办法" in page and page.count("/rules?q=") >= 1 and CODE not in page


# ---- bundles -------------------------------------------------------------------------------------------------------


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


NAMES = st.from_regex(r"[a-z一-龥]{1,8}(/[a-z一-龥]{1,8}){0,3}\.txt", fullmatch=True)


@given(st.dictionaries(NAMES, st.binary(max_size=50), min_size=1, max_size=5))
def test_what_is_bundled_comes_back_and_the_same_parts_are_the_same_bytes(files: dict[str, bytes]):
    try:
        assert unbundled(bundled(files)) == files
    except EvaluatorError:
        assert any(name.split("/")[0].split(".")[0] in ("con", "prn", "aux", "nul") for name in files)
    assert bundled(files) == bundled(dict(reversed(files.items())))


@pytest.mark.parametrize(
    "name",
    ["../a", "/a", "a/../b", "C:a", "a\\b", "a//b", "con", "nul.txt", "a\n", "a ", "x" * 300, "/".join("a" * 30)],
)
def test_no_name_in_a_bundle_leads_out_of_its_folder(name: str):
    from hashlib import sha256

    listed = f"{sha256(b'x').hexdigest()}  {name}\n".encode()
    with pytest.raises(EvaluatorError):
        unbundled(zipped({DIGESTS: listed, name: b"x"}))


@given(st.binary(max_size=400))
def test_bytes_that_are_no_bundle_are_refused(raw: bytes):
    with pytest.raises(EvaluatorError):
        unbundled(raw)


def test_a_part_that_was_changed_added_or_lost_is_told():
    files = unbundled(bundled({"a.txt": b"1", "b.txt": b"2"}))
    with zipfile.ZipFile(io.BytesIO(bundled(files))) as archive:
        listed = archive.read(DIGESTS)
    for wrong in ({"a.txt": b"1", "b.txt": b"3"}, {"a.txt": b"1"}, {**files, "c.txt": b""}):
        with pytest.raises(EvaluatorError) as refused:
            unbundled(zipped({DIGESTS: listed, **wrong}))
        assert [problem.code for problem in refused.value.problems] == ["U391"]
