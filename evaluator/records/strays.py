"""Files of runs that no entry knows: printed forms remember a ledger that was emptied, cut back or exchanged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from evaluator.errors import Problem
from evaluator.figures import called
from evaluator.files.publish import safe_name
from evaluator.formats import FORMATS
from evaluator.records.delivery import ATTACHMENT, FORM
from evaluator.records.reruns import Run
from evaluator.workspace.places import LEDGER, is_workspace

MADE = (FORM, ATTACHMENT, "部门汇总", "绩效自评报告", "评价结果", "运行清单")  # what a run calls its files
ENDS = "|".join((*FORMATS, "json"))
NAME = re.compile(rf"(?P<stem>.+_\d{{4}})_(?:{'|'.join(MADE)})_v(?P<number>\d{{2,}})\.(?:{ENDS})")
OTHERS = ("rules", "actuals", "evidence", "monitoring", "office", "rectification", "reviews")  # where no run writes
REMEDY = "台账被清空、截短或换过的，找回原来的台账；不是这里写出的文件，移到别处"


def strays(root: Path, runs: Iterable[Run], folders: Sequence[Path]) -> Iterator[Problem]:
    """The files, by folder and revision, that are called as a run calls them and were recorded by none (L214).

    The whole workspace is looked through, but for other ledgers in it; elsewhere only what is of its units' years.
    """
    last: dict[tuple[str, int], int] = {}
    known: set[str] = set()
    for run in runs:
        whose = (safe_name(run.unit), run.year)
        last[whose] = max(last.get(whose, 0), run.revision or 0, *(file.version for file in run.files))
        known |= {file.name for file in run.files}
    written = {(root / file.path).parent for run in runs for file in run.files}
    inside = set(_folders(root))
    for folder in sorted(inside | {place for place in (root / "out", *folders, *written) if place.is_dir()}):
        mine = folder in inside or folder == root / "out" or not last
        yield from _in(folder, root, known, last, mine)


def _in(
    folder: Path, root: Path, known: set[str], last: Mapping[tuple[str, int], int], mine: bool
) -> Iterator[Problem]:
    groups: dict[int, list[tuple[str, int | None]]] = {}
    for path in sorted(folder.iterdir()):
        match = NAME.fullmatch(path.name)
        if match is None or path.name in known or not path.is_file():
            continue
        whose = next((number for (unit, year), number in last.items() if _of(match["stem"], unit, year)), None)
        if mine or whose is not None:
            groups.setdefault(int(match["number"]), []).append((path.name, whose))
    for number, files in sorted(groups.items()):
        upto = max((recorded for _, recorded in files if recorded is not None), default=0)
        above = f"，台账只记到 {called(upto)}" if upto and number > upto else ""
        says = f"“{_shown(folder, root)}”里 {called(number)} 的成果文件 {len(files)} 个，台账没有哪一条记过它们"
        yield Problem(
            "L214", f"{says}{above}：“{files[0][0]}”{'等' if len(files) > 1 else ''}", severity="警告", remedy=REMEDY
        )


def _of(stem: str, unit: str, year: int) -> bool:
    return stem.startswith(f"{unit}_") and stem.endswith(f"_{year}")


def _folders(root: Path) -> Iterator[Path]:
    """The folder of the ledger, and all of a workspace where a run may have written."""
    yield root
    if not is_workspace(root):
        return
    for place, names, files in os.walk(root):
        folder = Path(place)
        if folder != root and LEDGER in files:
            names.clear()
            continue
        names[:] = sorted(name for name in names if not name.startswith(".") and (folder != root or name not in OTHERS))
        yield folder


def _shown(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix() if folder.is_relative_to(root) and folder != root else str(folder)
