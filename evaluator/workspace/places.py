"""Where things are: the product's own rules and templates, and the workspace (rules/ and actuals/) of an office."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evaluator.errors import Problem, UsageProblem

LEDGER = "台账.sqlite"
MOST = 10  # workspaces that are named


@cache
def product() -> Path:
    """The folder that holds the product's own rules/, reports/, scenarios/ and actuals/: installed, or a clone."""
    installed = Path(__file__).parents[1] / "bundled"
    return installed if installed.is_dir() else Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Workspace:
    """An office's folder: office/<year>/<unit>.yaml, rules/projects/<year>/<unit>/*.yaml and actuals/.

    `sample` when it is the product's own, or a clone of it: what it shares with every workspace is in itself.
    """

    root: Path
    sample: bool

    @property
    def rules(self) -> Path:
        """rules/: goal tables, and policies and rules of the office's own."""
        return self.root / "rules"

    @property
    def actuals(self) -> Path:
        """actuals/: the results filled in."""
        return self.root / "actuals"

    @property
    def evidence(self) -> Path:
        """evidence/: the files that results rest on."""
        return self.root / "evidence"

    @property
    def office(self) -> Path:
        """office/: who fills in and signs, by year and unit."""
        return self.root / "office"

    @property
    def rectification(self) -> Path:
        """rectification/: what has to be put right, by year and unit."""
        return self.root / "rectification"

    @property
    def reviews(self) -> Path:
        """reviews/: what reviewers state of a unit's rows, by year and unit."""
        return self.root / "reviews"

    @property
    def rule_folders(self) -> list[Path]:
        """The rules/ folders in force: the office's own, then the product's where that is another one."""
        return list(dict.fromkeys(folder.resolve() for folder in (self.rules, self.shared)))

    @property
    def forms(self) -> Path:
        """reports/forms/: layouts of the office's own, beside those of the product, which are the sample's."""
        return (product() if self.sample else self.root) / "reports" / "forms"

    @property
    def ledger(self) -> Path:
        """The ledger (台账); in the sample, which may be read-only, a run keeps it beside its output instead."""
        return self.root / LEDGER

    @property
    def shared(self) -> Path:
        """The product's own policies and finding rules, in force in every workspace."""
        return self.rules if self.sample else product() / "rules"


def is_workspace(folder: Path) -> bool:
    """Whether a folder is an office's workspace: it has rules/projects, or an office file (a new one may have only that)."""
    try:
        return (folder / "rules" / "projects").is_dir() or any((folder / "office").glob("*/*.y*ml"))
    except OSError:  # not ours to look into
        return False


def is_vacant(folder: Path) -> bool:
    """Whether nothing is there, or a folder without anything in it that a person put there (hidden files are a system's)."""
    return not folder.exists() or (
        folder.is_dir() and not any(path for path in folder.iterdir() if not path.name.startswith("."))
    )


def find_workspace(path: Path | None) -> Workspace | None:
    """The workspace named, or the current folder where it is one; None where none is named and this is none.

    Raises UsageProblem (U101) when the named folder is no workspace.
    """
    return open_workspace(path) if path or is_workspace(Path.cwd()) else None


def open_workspace(path: Path | None, command: str = "ziping check {}", trying: str = "") -> Workspace:
    """The workspace named, or the current folder.

    Raises UsageProblem (U101) when that is no workspace: it names those that are near, as `command` names one, or says
    how to make one, and, with `trying`, how the command is tried on the sample.
    """
    root = path or Path.cwd()
    if not is_workspace(root):
        says = f"“{path}”不是工作区" if path else "当前目录不是工作区"
        raise UsageProblem([Problem("U101", says, remedy=_elsewhere(path, command, trying))])
    return Workspace(root, root.resolve() == product().resolve() or _is_clone(root))


def sample_workspace() -> Workspace:
    """The product's own (示例): where its policies are, and six projects of another office to try things on."""
    return Workspace(product(), True)


def bare_workspace() -> Workspace:
    """The current folder as a workspace that has nothing of its own: the product's policies and rules, and no project."""
    return Workspace(Path.cwd(), False)


def _elsewhere(path: Path | None, command: str, trying: str) -> str:
    """Which workspaces are one level below, or around; else how to come to one."""
    below = sorted(_below(path or Path()))
    if below:
        named = "、".join(map(str, below[:MOST])) + (f" 等 {len(below)} 个" if len(below) > MOST else "")
        return f"{f'“{path}”里' if path else '这里'}有工作区：{named}；{_go(command, below[0])}"
    around = [] if path else [up for up in Path.cwd().parents if is_workspace(up)]
    if around:
        up = Path(os.path.relpath(around[0]))
        return f"这里在工作区“{around[0].name}”里面；{_go(command, up)}"
    tried = f"；只是试用：{trying}" if trying else ""
    return f"ziping init 目录 可建一个新的工作区{tried}"


def _below(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in folder.iterdir() if not path.name.startswith(".") and is_workspace(path))


def _go(command: str, to: Path) -> str:
    """The command that names a workspace, and the way into it, as they are typed."""
    typed = str(to) if re.fullmatch(r"[\w./\\:][\w./\\:-]*", str(to)) else f'"{"./" * str(to).startswith("-")}{to}"'
    return f"写 {command.format(typed)} 或先 cd {typed}"


def _is_clone(root: Path) -> bool:
    """Whether a folder is the product's source, seen by a ziping that is installed elsewhere."""
    own, policies = (
        {path.name for path in (folder / "rules" / "policies").glob("*.yaml")} for folder in (root, product())
    )
    return root.joinpath(*Path(__file__).parts[-3:]).is_file() and policies <= own
