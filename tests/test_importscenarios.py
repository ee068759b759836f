"""The import scenarios hold, and can fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from evaluator.documents.validation import read_model
from evaluator.scenarios.importscenario import ImportFile, ImportScenario, import_failures

FOLDER = Path(__file__).parent.parent / "scenarios" / "imports"
FILES = {path: read_model(ImportFile, path, path.name) for path in sorted(FOLDER.glob("*.yaml"))}
SCENARIOS = [one for file, _ in FILES.values() if file for one in file.imports]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_read(path: Path) -> None:
    assert FILES[path][1] == []


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_an_import_gives_what_is_expected(one: ImportScenario) -> None:
    assert import_failures(one, FOLDER) == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_good_to_an_editor(path: Path) -> None:
    schema = FOLDER.parent.parent / "rules" / "schema" / "imports.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_every_document_has_a_scenario() -> None:
    used = {(FOLDER / one.document).resolve() for one in SCENARIOS}
    there = {
        path.resolve() for path in (FOLDER / "documents").rglob("*.*") if path.suffix not in (".csv", ".yaml")
    }  # results, no goals
    assert there <= used


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        ({"refused": "D202"}, "应以 D202 拒绝"),
        ({"drafts": ["SL24-0002"]}, "应写出 SL24-0002"),
        ({"asks": ["D301"]}, "应有问题 D301"),
        ({"notices": ["D410"]}, "应有提醒 D410"),
        ({"targets": {"数量1": "≥7个"}}, "指标值应为 ≥7个，实为 ≥6个"),
        ({"targets": {"数量9": "≥7个"}}, "实为 无"),
        ({"points": {"数量1": "21"}}, "分值应为 21.00，实为 20"),
    ],
)
def test_a_wrong_expectation_fails(expect: dict[str, Any], says: str) -> None:
    given = {"name": "错的", "document": "documents/layouts/national.html", "expect": expect}
    (failure,) = import_failures(ImportScenario.model_validate(given), FOLDER)
    assert says in failure


def test_a_refused_document_fails_an_expectation_of_drafts() -> None:
    given = {"name": "错的", "document": "documents/layouts/unknown.html", "expect": {"drafts": ["XM"]}}
    (failure,) = import_failures(ImportScenario.model_validate(given), FOLDER)
    assert failure.startswith("被拒绝")
