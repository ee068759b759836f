"""What the vocabulary of facts promises, a batch keeps: every field is made there too, or listed with the reason why it is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")

from benchmarks.province import chunk
from evaluator.batch import part
from evaluator.batch.columns import FIELDS_FROM
from evaluator.batch.factcolumns import NOT_MADE
from evaluator.findings.facts import CHAINED, FACTS
from evaluator.findings.fields import Field
from tests.oracle import rulebook
from tests.test_batch import batch, differences, expected, rejects, texts, told

FIELDS = [(kind, name) for kind, fields in FACTS.items() if kind not in CHAINED for name in fields]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, str]], Path, Mapping[str, Any]]:
    """Some rows with every column, where a batch put what it made of them, and its facts by kind."""
    kept: dict[str, Any] = {}
    made = part.kinds_of
    rows = texts(chunk(600, 7, 0)[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, "kinds_of", lambda *given: kept.setdefault("kinds", made(*given)))
        out = batch(rows, tmp_path_factory.mktemp("facts"))
    return rows, out, kept["kinds"]


def is_made(kinds: Mapping[str, Any], kind: str, name: str) -> bool:
    """Whether rules can ask for a field in a batch; of words that are only told, whether they can be told."""
    declared: Field = FACTS[kind][name]
    return kind in kinds and name in (kinds[kind].shown if declared.type == "text" else kinds[kind].makers)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_batch_makes_every_field_or_says_why_it_does_not(judged: Any, kind: str, name: str):
    missing = NOT_MADE.get(kind) or NOT_MADE.get(f"{kind}.{name}")
    assert is_made(judged[2], kind, name) != bool(missing), (
        f"批量没有 {kind}.{name}：在 evaluator/batch 里算出，或在 facts.NOT_MADE 写明为什么"
        if not missing
        else f"批量有了 {kind}.{name}，facts.NOT_MADE 还说没有"
    )


def test_what_a_batch_has_is_in_the_vocabulary(judged: Any):
    for kind, made in judged[2].items():
        assert {*made.makers, *made.shown} <= set(FACTS[kind])
    for named in NOT_MADE:
        kind, _, name = named.partition(".")
        assert kind in FACTS and (not name or name in FACTS[kind])
    assert all(name in FACTS[kind] for needed in FIELDS_FROM.values() for kind, names in needed for name in names)


def test_a_batch_finds_what_score_finds(judged: Any):
    """Rules of new fields too: nothing here names a rule."""
    rows, out, _ = judged
    refused = {project for project, _ in rejects(out)}
    kept = [row for row in rows if row["project_code"] not in refused]
    assert differences(expected(kept, "frame", rulebook()), told(out)) == {}
