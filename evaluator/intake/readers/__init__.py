"""The door for goal documents: a file becomes a Document, or every reason why not; the only place where failures are caught.

What a file is, its bytes say; its name must agree. Each format has a module with `read(raw, blocks)`.
"""

from __future__ import annotations

import gc
import hashlib
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from evaluator.errors import Problem, Where
from evaluator.intake.document import Document, DocumentProblems
from evaluator.intake.guard import BROKEN, EMPTY, LARGE, Refused, take
from evaluator.intake.readers.blocks import Blocks
from evaluator.intake.readers.kinds import kind_of


def read(path: Path, shown_as: str = "") -> Document:
    """Read a goal document; raises DocumentProblems (D101 to D111) when it cannot be read."""
    return read_with_notes(path, shown_as)[0]


def read_with_notes(path: Path, shown_as: str = "") -> tuple[Document, tuple[Problem, ...]]:
    """Read a goal document, with notes (D121 to D129) on what it holds that was left out: hidden sheets, macros, links …

    `shown_as` is the name that places use, so that no machine's folder enters a draft.
    """
    shown = shown_as or path.name
    blocks, kind, digest, problem = Blocks(), "", "", None
    try:
        raw = take(path)
        kind, digest = kind_of(raw, path.suffix.lower()), hashlib.sha256(raw).hexdigest()
        import_module(f"{__name__}.{kind}").read(raw, blocks)
        if not blocks.made:
            raise Refused(EMPTY, "文件中没有文字")
    except Refused as refused:
        where = Where(shown, refused.line, sheet=refused.sheet, cell=refused.cell)
        problem = Problem(refused.code, refused.says, where, refused.allowed)
    except (MemoryError, RecursionError):
        problem = Problem(LARGE, "内容过多或嵌套过深，无法读取", Where(shown))
    except Exception as error:  # libraries raise many kinds for a broken file; all mean the same to a clerk
        says = f"文件已损坏或不完整（{type(error).__name__}）"
        problem = Problem(BROKEN, says, Where(shown), "重新保存或重新导出")
    if problem:
        gc.collect()  # a parser stopped midway is a cycle that holds all it has read
        raise DocumentProblems([problem])
    notes = tuple(
        replace(note, where=replace(note.where or Where(""), path=shown), severity="提示") for note in blocks.notes
    )
    return Document(shown, kind, digest, tuple(blocks.made)), notes
