"""The door for documents and tables: a file becomes what it says, or every reason why not; the only place where failures are caught.

What a file is, its bytes say; its name must agree. Each format of documents has a module with `read(raw, blocks)`.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from evaluator.errors import Problem, Where
from evaluator.intake.document import DocumentProblems, SourceDocument
from evaluator.intake.guard import BROKEN, EMPTY, LARGE, LARGEST, Refused, take
from evaluator.intake.readers.blocks import Blocks
from evaluator.intake.readers.kinds import kind_of

Made = TypeVar("Made")
MODULES = {"text": "text", "docx": "docxreader", "xlsx": "xlsxreader", "pdf": "pdfreader", "html": "htmlreader"}


def made_from(path: Path, shown: str, use: Callable[[bytes], Made], largest: int = LARGEST) -> Made:
    """What `use` makes of the bytes of a file; raises DocumentProblems (D101 to D111) when it cannot be read."""
    try:
        return use(take(path, largest))
    except Refused as refused:
        where = Where(shown, refused.line, sheet=refused.sheet, cell=refused.cell)
        problem = Problem(refused.code, refused.says, where, refused.allowed)
    except (MemoryError, RecursionError):
        problem = Problem(LARGE, "内容过多或嵌套过深，无法读取", Where(shown))
    except Exception as error:  # libraries raise many kinds for a broken file; all mean the same to a clerk
        says = f"文件已损坏或不完整（{type(error).__name__}）"
        problem = Problem(BROKEN, says, Where(shown), "重新保存或重新导出")
    gc.collect()  # a parser stopped midway is a cycle that holds all it has read
    raise DocumentProblems([problem])


def noted(notes: Iterable[Problem], shown: str) -> tuple[Problem, ...]:
    """Notes of a reader as problems of this file, none of them an error."""
    return tuple(
        replace(
            note,
            where=replace(note.where or Where(""), path=shown),
            severity="提示" if note.severity == "错误" else note.severity,
        )
        for note in notes
    )


def read(path: Path, shown_as: str = "") -> SourceDocument:
    """Read a goal document; raises DocumentProblems (D101 to D111) when it cannot be read."""
    return read_with_notes(path, shown_as)[0]


def read_with_notes(path: Path, shown_as: str = "") -> tuple[SourceDocument, tuple[Problem, ...]]:
    """Read a goal document, with notes (D121 to D132) on what it holds that was left out: hidden sheets, macros, links …

    `shown_as` is the name that places use, so that no machine's folder enters a draft.
    """
    shown = shown_as or path.name

    def blocks(raw: bytes) -> tuple[SourceDocument, tuple[Problem, ...]]:
        made, kind = Blocks(), kind_of(raw, path.suffix.lower())
        import_module(f"{__name__}.{MODULES[kind]}").read(raw, made)
        if not made.made:
            raise Refused(EMPTY, "文件中没有文字")
        return SourceDocument(shown, kind, hashlib.sha256(raw).hexdigest(), tuple(made.made)), noted(made.notes, shown)

    return made_from(path, shown, blocks)
