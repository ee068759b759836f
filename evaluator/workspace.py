"""Where things are: the product's own rules and templates, and the workspace (rules/ and actuals/) of an office."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evaluator.errors import Problem, UsageProblem

LEDGER = "台账.sqlite"


@cache
def product() -> Path:
    """The folder that holds the product's own rules/, reports/, scenarios/ and actuals/: installed, or a clone."""
    installed = Path(__file__).parent / "bundled"
    return installed if installed.is_dir() else Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Workspace:
    """An office's folder: rules/projects/<year>/<unit>/*.yaml and actuals/.

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


def open_workspace(path: Path | None) -> Workspace:
    """The workspace named, the current folder if it is one, or the product's sample (示例).

    Raises UsageProblem (U101) when the named folder has no rules/projects.
    """
    if path is None:
        here = Path.cwd()
        root = here if (here / "rules" / "projects").is_dir() else product()
    else:
        root = path
        if not (root / "rules" / "projects").is_dir():
            says = f"“{path}”不是工作区：没有 rules/projects 目录"
            raise UsageProblem([Problem("U101", says, None, "ziping init 目录 可建一个新的工作区")])
    return Workspace(root, root.resolve() == product().resolve() or _is_clone(root))


def _is_clone(root: Path) -> bool:
    """Whether a folder is the product's source, seen by a ziping that is installed elsewhere."""
    own, policies = ({path.name for path in (one / "rules" / "policies").glob("*.yaml")} for one in (root, product()))
    return (root / "evaluator" / Path(__file__).name).is_file() and policies <= own
