"""Evidence (佐证材料): files copied into the workspace, each bound by its digest to the row it stands behind.

evidence/<year>/<unit>/佐证材料.yaml     which file stands behind which row, with its SHA-256
evidence/<year>/<unit>/<project>/…      the files themselves
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from evaluator.documents.faults import EVERYBODY, Scope, Whose, said_of, sorted_out
from evaluator.documents.validation import read_model
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import ActualsProblems, Problem, Where
from evaluator.files.journal import FileChange, change
from evaluator.files.publish import safe_name
from evaluator.files.snapshot import Loaded, digest_if_there, reading, sha256, take, take_anew
from evaluator.model import Code, Line, Name, Written, Year
from evaluator.results import Attached

INDEX = "佐证材料.yaml"
LARGEST = 200_000_000  # bytes of one file
Key = tuple[int, str]  # year and table code


class Attachment(Written, title="佐证材料文件"):
    """One file that stands behind one row."""

    project: Code = Field(title="项目编码（部门整体填单位编码）")
    indicator: Name = Field(title="指标编号")
    title: Line = Field(title="材料名称")
    file: Line = Field(title="文件（相对本清单所在目录）")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(title="文件的SHA-256")


class EvidenceIndex(Written, title="佐证材料清单"):
    """What stands behind a unit's rows in one year."""

    year: Year = Field(title="年度")
    unit: Code = Field(title="单位编码")
    files: list[Attachment] = Field(title="文件")


@dataclass(frozen=True, slots=True)
class Added:
    """A file that was copied into the workspace, or was there already."""

    title: str
    path: Path
    digest: str
    new: bool


def read_evidence(
    folder: Path, whose: dict[str, frozenset[Whose]] | None = None
) -> tuple[dict[Key, tuple[Attached, ...]], list[Problem]]:
    """Every attachment under evidence/ by (year, code), with the state its file is in now; and every problem.

    `whose` is filled with whose each index is, by its path.
    """
    problems: list[Problem] = []
    found: dict[Key, list[Attached]] = {}
    for path in sorted(folder.glob(f"*/*/{INDEX}")):
        place = path.relative_to(folder.parent).as_posix()
        index, told = read_model(EvidenceIndex, path, place)
        problems += told
        if whose is not None:
            whose[place] = said_of(path.parent, *((index.year, index.unit) if index else (None, None)))
        for one in index.files if index else []:
            assert index is not None
            state = _state(path.parent, one)
            if state is None:
                problems.append(Problem("A301", f"“{one.file}”不在清单所在的目录之内", one.where, "清单目录之内的文件"))
                continue
            attached = Attached(one.indicator, one.title, one.file, one.sha256, state)
            found.setdefault((index.year, one.project), []).append(attached)
    return {key: tuple(files) for key, files in found.items()}, problems


def load_evidence(folder: Path, scope: Scope | None = None) -> Loaded[Key, tuple[Attached, ...]]:
    """Every attachment; raises ActualsProblems when an index (of a unit's year: its own) cannot be read."""
    whose: dict[str, frozenset[Whose]] = {}
    with reading() as files:
        found, problems = read_evidence(folder, whose)
    if own := sorted_out(problems, whose, scope or EVERYBODY)[0]:
        raise ActualsProblems(own)
    return Loaded(found, files)


def _state(root: Path, one: Attachment) -> Literal["完好", "缺失", "已改动"] | None:
    """完好, 缺失 or 已改动; None for a path that leads out of the folder."""
    pure = PurePosixPath(one.file)
    path = root / pure
    if (
        pure.is_absolute()
        or ".." in pure.parts
        or "\\" in one.file
        or not path.resolve().is_relative_to(root.resolve())
    ):
        return None
    digest = digest_if_there(path)
    return "缺失" if digest is None else "完好" if digest == one.sha256 else "已改动"


def evidence_added(
    folder: Path, key: tuple[int, str, str], indicator: str, files: Sequence[Path], title: str
) -> tuple[list[Added], list[FileChange]]:
    """Files listed behind a row of (year, unit, project), with what is to be written for it; nothing is written yet.

    What is there stays. Raises ActualsProblems (A302, A303).
    """
    year, unit, project = key
    if problems := list(_unusable(files)):
        raise ActualsProblems(problems)
    root = folder / str(year) / unit
    index = root / INDEX
    known, found = read_evidence(folder)
    if found:
        raise ActualsProblems(found)
    had = {(one.indicator, one.digest) for one in known.get((year, project), ())}
    seen = take(index) if index.exists() else None
    added: list[Added] = []
    copied: dict[Path, bytes] = {}
    listed = ""
    for path in files:
        raw = take_anew(path, LARGEST)
        digest = sha256(raw)
        kept = root / f"{project}/{digest[:8]}_{safe_name(path.stem)}{path.suffix.lower()}"
        if not kept.exists():
            copied[kept] = raw
        called = title or path.stem
        if new := (indicator, digest) not in had:
            listed += _entry(project, indicator, called, kept.relative_to(root).as_posix(), digest)
            had.add((indicator, digest))
        added.append(Added(called, kept, digest, new))
    changes = [FileChange(path, raw) for path, raw in copied.items()]
    if listed:
        before = seen.rstrip(b"\n") + b"\n" if seen is not None else _head(year, unit).encode()
        changes.append(change(index, before + listed.encode(), seen))
    return added, changes


def _unusable(files: Sequence[Path]) -> Iterator[Problem]:
    for path in files:
        if not path.is_file():
            yield Problem("A302", f"没有文件“{path}”", Where(path.as_posix()))
        elif path.stat().st_size > LARGEST:
            yield Problem(
                "A303", f"文件过大（{path.stat().st_size} 字节）", Where(path.as_posix()), f"至多 {LARGEST} 字节"
            )


def _entry(project: str, indicator: str, title: str, file: str, digest: str) -> str:
    entry = {"project": project, "indicator": indicator, "title": title, "file": file, "sha256": digest}
    lines = [
        f"{'  - ' if number == 0 else '    '}{key}: {scalar(value)}"
        for number, (key, value) in enumerate(entry.items())
    ]
    return "\n".join(lines) + "\n"


def _head(year: int, unit: str) -> str:
    return f"# 佐证材料清单：由 ziping evidence add 写入；每个文件以 SHA-256 与指标绑定，改动或缺失会被发现\nyear: {year}\nunit: {scalar(unit)}\nfiles:\n"
