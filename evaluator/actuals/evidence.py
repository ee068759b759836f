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
from evaluator.documents.loading import composed
from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, Line, Name, Written, Year
from evaluator.documents.yamltext import Edit, apply, end_of
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where
from evaluator.files.journal import FileChange, change
from evaluator.files.publish import safe_name
from evaluator.files.snapshot import Loaded, digest_if_there, reading, sha256, take, take_anew, take_text
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
    evidence: dict[Key, list[Attached]] = {}
    for path in sorted(folder.glob(f"*/*/{INDEX}")):
        place = path.relative_to(folder.parent).as_posix()
        index, unreadable = read_model(EvidenceIndex, path, place)
        problems += unreadable
        if whose is not None:
            whose[place] = said_of(path.parent, *((index.year, index.unit) if index else (None, None)))
        for file in index.files if index else []:
            assert index is not None
            state = _state(path.parent, file)
            if state is None:
                problems.append(
                    Problem("A301", f"“{file.file}”不在清单所在的目录之内", file.where, "清单目录之内的文件")
                )
                continue
            attached = Attached(file.indicator, file.title, file.file, file.sha256, state)
            evidence.setdefault((index.year, file.project), []).append(attached)
    return {key: tuple(files) for key, files in evidence.items()}, problems


def load_evidence(folder: Path, scope: Scope | None = None) -> Loaded[Key, tuple[Attached, ...]]:
    """Every attachment; raises ActualsProblems when an index (of a unit's year: its own) cannot be read."""
    whose: dict[str, frozenset[Whose]] = {}
    with reading() as files:
        evidence, problems = read_evidence(folder, whose)
    if own := sorted_out(problems, whose, scope or EVERYBODY)[0]:
        raise ActualsProblems(own)
    return Loaded(evidence, files)


def _state(root: Path, file: Attachment) -> Literal["完好", "缺失", "已改动"] | None:
    """完好, 缺失 or 已改动; None for a path that leads out of the folder."""
    pure = PurePosixPath(file.file)
    path = root / pure
    if (
        pure.is_absolute()
        or ".." in pure.parts
        or "\\" in file.file
        or not path.resolve().is_relative_to(root.resolve())
    ):
        return None
    digest = digest_if_there(path)
    return "缺失" if digest is None else "完好" if digest == file.sha256 else "已改动"


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
    known, problems = read_evidence(folder)
    if problems:
        raise ActualsProblems(problems)
    had = {(file.indicator, file.digest) for file in known.get((year, project), ())}
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
        before = seen.rstrip(b"\n").removesuffix(b" []") + b"\n" if seen is not None else _head(year, unit).encode()
        changes.append(change(index, before + listed.encode(), seen))
    return added, changes


def evidence_removed(folder: Path, key: tuple[int, str, str], indicator: str, digest: str) -> tuple[str, FileChange]:
    """The list of (year, unit, project) without a file behind a row, and what the file was called; the file itself stays.

    Raises ActualsProblems with what is wrong in the list, and UsageProblem (A304) where no such file is behind the row.
    """
    year, unit, project = key
    path = folder / str(year) / unit / INDEX
    known, problems = read_evidence(folder)
    if problems:
        raise ActualsProblems(problems)
    pieces = [file for file in known.get((year, project), ()) if (file.indicator, file.digest) == (indicator, digest)]
    if not pieces:
        raise UsageProblem([Problem("A304", f"“{indicator}”没有登记这份佐证材料", None, remedy="刷新页面再看")])
    text = take_text(path)
    listed = next(value for name, value in composed(text).value if name.value == "files")
    edits: list[Edit] = []
    for item in listed.value:
        said = {name.value: value.value for name, value in item.value}
        if (said.get("project"), said.get("indicator"), said.get("sha256")) == (project, indicator, digest):
            edits.append((text.rfind("\n", 0, item.start_mark.index) + 1, end_of(text, item), ""))
    if len(edits) == len(listed.value):
        start = text.rfind("\n", 0, edits[0][0] - 1) + 1
        edits = [(start, edits[-1][1], "files: []\n")]
    return pieces[0].title, change(path, apply(text, edits).encode(), take(path))


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
    return "  - " + "\n    ".join(f"{key}: {scalar(value)}" for key, value in entry.items()) + "\n"


def _head(year: int, unit: str) -> str:
    return f"# 佐证材料清单：由 ziping evidence add 写入；每个文件以 SHA-256 与指标绑定，改动或缺失会被发现\nyear: {year}\nunit: {scalar(unit)}\nfiles:\n"
