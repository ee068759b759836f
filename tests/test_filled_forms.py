"""Filled tables of many forms: the same table drawn in five formats is read alike, and points behind names are points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.intake.filled import load_filled, read_filled
from evaluator.intake.forms import Execution, FilledRow, FilledTable, filled_yaml, unreadable
from evaluator.intake.portions import own_portion, portion
from tests.fixtures.filled.make_drawn import FOLDER, MAKERS, drawn, layouts, printed

LAYOUTS = layouts()


def told(table: FilledTable) -> dict[str, Any]:
    """All that a table prints, without where and by whom it was read."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(one) for key, one in value.items() if key != "places" and one not in (None, {}, [])}
        return [bare(one) for one in value] if isinstance(value, list) else value

    return dict(bare(table.model_dump(exclude={"id", "source", "rows_complete"})))


def write(folder: Path, name: str, kind: str, text: str) -> Path:
    """A drawing in a format."""
    path = folder / f"{name}.{kind}"
    path.write_bytes(MAKERS[kind](drawn(text)))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "docx", "html", "pdf", "yaml"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_form_is_read_alike_in_every_format(name: str, kind: str, tmp_path: Path) -> None:
    want = printed(name, LAYOUTS[name]["case"])
    if kind == "yaml":
        path = tmp_path / f"{name}.yaml"
        path.write_text(filled_yaml([want]), encoding="utf-8")
    else:
        path = FOLDER / f"{name}.pdf" if kind == "pdf" else write(tmp_path, name, kind, LAYOUTS[name]["drawn"])
    [table], problems = read_filled(path)
    assert problems == []
    assert told(table) == told(want)
