"""Backups of a whole workspace beside its other files, and restoring one into a new folder; nothing is ever written over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evaluator.acts.acting import Sitting
from evaluator.acts.carrying import GivenFile
from evaluator.errors import Problem, UsageProblem
from evaluator.files.bundle import UNPACKED, bundled, unbundled
from evaluator.files.publish import Published, publish, safe_name, unwritable, write_new
from evaluator.files.snapshot import take
from evaluator.records.archive import entries_in
from evaluator.workspace.places import LEDGER, is_vacant

FOLDER, WORD = "backups", "备份"
MARK = "ziping-workspace.txt"  # what says that a bundle is a workspace
SAYS = "工作区的备份：在工作台“管理”里恢复到一个新的文件夹\n".encode()


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored workspace: its folder, how many files, and how many entries its ledger has."""

    folder: Path
    files: int
    entries: int


def back_up(at: Sitting) -> Published:
    """Write the whole workspace, its ledger as one complete file, into backups/; what is unchanged is not written again.

    Raises UsageProblem (U393) where it is too large for one file.
    """
    root = at.space.root
    with at.acting(WORD) as act:
        files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if _kept(root, path)}
        if sum(path.stat().st_size for path in files.values()) > UNPACKED:
            says = f"工作区超过 {UNPACKED // 1_000_000} MB，一个备份文件装不下"
            raise UsageProblem([Problem("U393", says, remedy="停止工作台，把整个文件夹复制到别处")])
        data = {name: take(path, UNPACKED) for name, path in at.progress(list(files.items()), WORD)}
        if act.ledger.path.exists() and act.ledger.path.parent.resolve() == root.resolve():
            data[LEDGER] = act.ledger.copied()
        data[MARK] = SAYS
        (written,) = publish(
            root / FOLDER, f"{safe_name(root.resolve().name)}_{WORD}", {".zip": lambda _: bundled(data)}
        )
    return written


def _kept(root: Path, path: Path) -> bool:
    parts = path.relative_to(root).parts
    hidden = any(part.startswith((".ziping", "~$")) for part in parts)
    return path.is_file() and not path.is_symlink() and not hidden and parts[0] != FOLDER and parts != (LEDGER,)


def backups(at: Sitting) -> list[str]:
    """The names of the backups there are, the latest first."""
    return sorted((path.name for path in (at.space.root / FOLDER).glob(f"*_{WORD}_v*.zip")), reverse=True)


def backup(at: Sitting, name: str) -> GivenFile:
    """A backup by its name; raises UsageProblem (U398) where there is none of it."""
    if name not in backups(at):
        raise UsageProblem([Problem("U398", "没有这个备份")])
    return GivenFile(name, take(at.space.root / FOLDER / name, UNPACKED))


def restore(at: Sitting, data: bytes) -> Restored:
    """Unpack a backup into a new folder beside the workspace, every part as it was kept.

    Raises UsageProblem: U391 it is no such bundle or was changed, U394 it is no backup, U102; LedgerProblem where its ledger does not hold.
    """
    files = unbundled(data)
    if files.pop(MARK, None) is None:
        raise UsageProblem([Problem("U394", "这个包不是工作区的备份", None, "“备份”写出的 zip")])
    count = entries_in(files[LEDGER]) if LEDGER in files else 0
    root = at.space.root.resolve()
    free = (root.with_name(f"{root.name}_恢复_{number:02}") for number in range(1, 100))
    into = next((folder for folder in free if is_vacant(folder) and not folder.exists()), None)
    if into is None:
        raise UsageProblem([Problem("U394", "恢复过的文件夹太多了", remedy="移走用不着的再恢复")])
    part = into.with_name(f".{into.name}.part")
    try:
        part.mkdir()
        for name, content in files.items():
            write_new(part / name, content)
        part.rename(into)
    except OSError as error:
        raise unwritable(into, error) from None
    return Restored(into, len(files), count)
