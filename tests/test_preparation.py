"""What preparation refuses before anything is scored, and files that a careful reader must not pass over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evaluator.errors import ActualsProblems
from evaluator.evaluation import evaluate
from evaluator.files.publish import write_new
from evaluator.model import Actuals
from evaluator.rulebook.book import load_rulebook

ROOT = Path(__file__).parent.parent


def test_a_departments_money_is_the_sum_of_its_projects_and_not_entered() -> None:
    entered = Actuals.model_validate({"code": "629001", "year": 2023, "spending": {"adjusted": "995.21"}})
    with pytest.raises(ActualsProblems) as refused:
        evaluate(load_rulebook(ROOT / "rules"), {(2023, "629001"): entered})
    assert [problem.code for problem in refused.value.problems] == ["A117"]


def test_a_departments_cause_may_be_entered_without_money() -> None:
    entered = Actuals.model_validate({"code": "629001", "year": 2023, "spending": {"cause": "跨年结算"}})
    evaluation = evaluate(load_rulebook(ROOT / "rules"), {(2023, "629001"): entered})
    assert evaluation.department is not None
    assert evaluation.department.own.execution.result.cause == "跨年结算"


def test_rule_files_may_end_in_yml(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    for path in sorted((tmp_path / "rules").rglob("*.yaml")):
        path.rename(path.with_suffix(".yml"))
    assert load_rulebook(tmp_path / "rules").digest == load_rulebook(ROOT / "rules").digest


def test_files_are_written_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    write_new(tmp_path / "a.txt", b"one")
    assert (tmp_path / "a.txt").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
