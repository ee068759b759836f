"""The auditor at the page: proofs, search, export, addresses that can be kept, tables audited in a process of its own (示例数据)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator import acts
from evaluator.acts import apart
from evaluator.errors import EvaluatorError
from evaluator.web.app import Served, create_app
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, TABLE, TOKEN, UNIT, Person
from tests.web.test_reviewer import OTHER, hand_in


@pytest.fixture
def auditor(enter: Callable[..., Person]) -> Person:
    return enter("王五", "auditor")


def test_what_is_proved_is_told_with_the_data_it_rests_on(auditor: Person):
    page = auditor.get("/proofs").text
    assert page.count(">成立</b>") > 50 and "tag bad" not in page and 'id="cn-2020-10"' in page


def test_a_word_is_found_in_units_rows_what_was_written_the_ledger_and_the_rules(clerk: Person, auditor: Person):
    clerk.type("时效1", {"cause": "票据不全被退回", "remedy": "按季度报销"}, table=f"{UNIT}p/{OTHER}")
    hand_in(clerk)
    for word, kind, lead in (
        ("文化路街道办事处本级", "单位", f'href="{UNIT}"'),
        ("劳务派遣", "项目", f'href="{TABLE}"'),
        ("保障人数", "指标", "#r-数量1"),
        ("票据不全被退回", "填写的内容", f"p/{OTHER}#r-"),
        ("报送台账第", "台账", "history#e-2"),
        ("F601", "规则", "/rules/"),
    ):
        page = auditor.get("/search", params={"q": word}).text
        assert f'<b class="tag">{kind}</b>' in page and lead in page, word
    assert "没有找到" in auditor.get("/search", params={"q": "<b>没有的词"}).text


def test_every_score_and_entry_has_an_address_of_its_own(clerk: Person, auditor: Person):
    part = auditor.get(f"{TABLE}/why?row=数量1", headers={"HX-Request": "true"}).text
    address = part.split('data-copy="')[1].split('"')[0]
    assert address.startswith("/2023/629001/") and "12.08" in auditor.get(address).text
    clerk.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}")
    hand_in(clerk)
    page = auditor.get(f"{UNIT}history").text
    assert 'id="e-1"' in page and 'href="#e-1"' in page


def test_results_and_the_ledger_are_exported_whole(clerk: Person, auditor: Person, tmp_path: Path, root: Path):
    assert auditor.get(f"{UNIT}export?what=ledger").status_code == 422  # there is none yet
    clerk.type("时效1", {"cause": "票据不全", "remedy": "按季度"}, table=f"{UNIT}p/{OTHER}")
    hand_in(clerk)
    assert json.loads(auditor.get(f"{UNIT}export?what=result").content)["projects"][0]["score"]
    lines = auditor.get(f"{UNIT}export?what=ledger").content
    (tmp_path / "台账.jsonl").write_bytes(lines)
    last = acts.vouching.import_lines(tmp_path / "台账.jsonl", tmp_path / "别处" / "台账.sqlite")
    assert last and last.kind == "submit"


def test_a_table_made_elsewhere_is_audited_in_a_process_of_its_own(
    auditor: Person, root: Path, monkeypatch: pytest.MonkeyPatch
):
    at = acts.surveying.KnownSitting(open_workspace(root), 2023, "629001", None, root / "out")
    survey = acts.surveying.survey(at)
    form = acts.carrying.as_file(acts.surveying.form_of(at, survey, survey.table(CODE).score), ".xlsx").data
    broken = b"PK\x03\x04" + b"0" * 100
    files = [("file", ("自评表.xlsx", form)), ("file", ("坏的.xlsx", broken))]
    page = auditor.client.post("/audit", data={"csrf": auditor.csrf}, files=files)
    assert page.status_code == 200 and "劳务派遣服务经费" in page.text and "坏的.xlsx" in page.text
    assert str(root) not in page.text

    def ends(*words: Any, **more: Any) -> Any:
        return subprocess.CompletedProcess(words, -9, b"", b"")

    monkeypatch.setattr(apart.subprocess, "run", ends)
    with pytest.raises(EvaluatorError) as refused:
        apart.audit_apart(at, [("a.xlsx", form)])
    assert [problem.code for problem in refused.value.problems] == ["U401"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits as on POSIX")
def test_the_process_is_bounded_in_memory():
    code = "from evaluator.acts import apart; apart._bounded(); x = bytearray(3_000_000_000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "MemoryError" in done.stderr


def test_who_only_reads_may_audit_verify_and_search_and_nothing_else(root: Path):
    app = create_app(open_workspace(root), TOKEN, read_only=True, served=Served("8629"))
    person = Person(app, "赵六", "clerk", "reviewer", "auditor", "keeper")
    for path in ("/", "/search?q=人", "/proofs", "/coverage", "/audit", f"{UNIT}export?what=result", f"{UNIT}history"):
        assert person.get(path).status_code == 200, path
    for path in (f"{UNIT}remark", "/parcels/in", "/keep/backup", f"{UNIT}carry", f"{TABLE}/recheck"):
        assert person.post(path).status_code == 403, path
