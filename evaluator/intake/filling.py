"""Filled self-evaluation tables found by an import, kept as transcriptions for the audit; what is there is never touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evaluator.errors import Problem
from evaluator.files.journal import FileChange
from evaluator.files.publish import safe_name
from evaluator.intake.document import SourceDocument
from evaluator.intake.filled.formdata import FilledTable, filled_yaml
from evaluator.intake.filled.formloading import load_filled, recognise_filled


@dataclass(slots=True)
class Transcribed:
    """The filled tables of one document, the file they go to, and what became of it."""

    path: Path
    tables: list[FilledTable]
    problems: list[Problem] = field(default_factory=list)
    state: Literal["新建", "没有变化", "有差异"] = "新建"

    @property
    def called(self) -> str:
        """The projects, as people name them."""
        return "、".join(table.project_name or table.id for table in self.tables)


def transcribed(document: SourceDocument, into: Path) -> Transcribed | None:
    """The filled tables of a document and the file they belong in; None when it has none."""
    tables, problems = recognise_filled(document)
    if not tables:
        return None
    return Transcribed(into / f"{safe_name(Path(document.name).stem)}.filled.yaml", tables, problems)


def file_transcribed(one: Transcribed) -> FileChange | None:
    """A new transcription to be written; of one that is there, only whether it says the same."""
    if one.path.exists():
        there = [table.model_dump() for table in load_filled(one.path)]
        one.state = "没有变化" if there == [table.model_dump() for table in one.tables] else "有差异"
        return None
    return FileChange(one.path, filled_yaml(one.tables).encode("utf-8"))
