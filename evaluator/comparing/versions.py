"""What two sides of a comparison are: a policy, a version of the rules (a folder or a git revision), a set of results.

What a side does not name is the workspace's own: its rules, its results, the policy in force. Nothing is written:
a revision is read from git into a temporary folder.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from evaluator.actuals.resultfiles import Results, load_actuals
from evaluator.errors import ActualsProblems, Problem, UsageProblem, nearest_of_place
from evaluator.evaluation import evaluate
from evaluator.files.digests import digest_of
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.opening import open_rulebook
from evaluator.workspace.places import Workspace, product

REVISION = "rev:"
UNFIT = "A108"  # a stated share outside the band of the policy that scores it: another policy may well take it
FORMS = "评分办法编号、工作区或 rules 目录、rev:修订号（如 rev:HEAD~1）、完成情况的目录或文件"


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what was named, and the year it came to."""

    says: str
    evaluation: Evaluation
    unfit: Mapping[tuple[str, str], Problem] = field(
        default_factory=dict
    )  # (table, row): why this side could not score it
    notes: tuple[Problem, ...] = ()  # on what was left out in reading its results


def two_sides(
    space: Workspace,
    first: str,
    second: str,
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
) -> tuple[Side, Side]:
    """Evaluate both sides, the second for the year and unit of the first.

    A stated share outside the band of one side's policy leaves out that row alone; outside both, it is a mistake.
    Raises UsageProblem (U304 for what cannot be told, U305 for git) and whatever reading a side's files raises.
    """
    one = _side(space, first, year, unit, policy)
    other = _side(space, second, one.evaluation.year, one.evaluation.unit_code, policy)
    if neither := one.unfit.keys() & other.unfit.keys():
        raise ActualsProblems(one.unfit[row] for row in sorted(neither))
    return one, other


def _side(space: Workspace, named: str, year: int | None, unit: str | None, policy: str | None) -> Side:
    own, results = space.rules, space.actuals
    path = Path(named)
    if named.startswith(REVISION):
        with _revision(space.root, named.removeprefix(REVISION)) as (folder, commit):
            rulebook = _rules(folder / "rules", space, year, unit)
        says = f"规则 {named}（{commit}）"
    elif (path / "rules" / "projects").is_dir():
        rulebook, says = _rules(path / "rules", space, year, unit), f"工作区 {named}"
        results = path / "actuals" if (path / "actuals").is_dir() else results
    elif (path / "projects").is_dir() or (path / "policies").is_dir():
        rulebook, says = _rules(path, space, year, unit), f"规则 {named}"
    elif named in (rulebook := _rules(own, space, year, unit)).policies:
        policy, says = named, f"评分办法 {named}（{rulebook.policies[named].title}）"
    elif path.exists():
        actuals = load_actuals(path, rulebook)
        if not path.is_dir():  # one file of corrections stands in for its part of the workspace's results
            whole = load_actuals(results, rulebook)
            actuals = Results({**whole, **actuals}, (*whole.notes, *actuals.notes))
        return _scored(f"完成情况 {named}", rulebook, actuals, year, unit, policy)
    else:
        known = sorted(rulebook.policies)
        says = f"不知道“{named}”是什么：没有这个评分办法，也没有这个路径"
        raise UsageProblem(
            [Problem("U304", says, None, f"{FORMS}；评分办法：{'、'.join(known)}", nearest_of_place(named, known))]
        )
    return _scored(says, rulebook, load_actuals(results, rulebook), year, unit, policy)


def _scored(
    says: str,
    rulebook: Rulebook,
    actuals: Results,
    year: int | None,
    unit: str | None,
    policy: str | None,
) -> Side:
    """A side scored; where nothing but shares outside this policy's bands stands in the way, without those results."""
    try:
        return Side(
            says,
            evaluate(rulebook, actuals, year=year, unit=unit, policy=policy),
            notes=(*rulebook.notes, *actuals.notes),
        )
    except ActualsProblems as error:
        told = {problem.where: problem for problem in error.problems if problem.code == UNFIT and problem.where}
        if len(told) < len(error.problems):
            raise
    rows = [(key, row, one.where) for key, given in actuals.items() for row, one in given.results.items()]
    unfit = {(key[1], row): told[where] for key, row, where in rows if where in told}
    kept = {
        key: given.model_copy(
            update={"results": {row: one for row, one in given.results.items() if one.where not in told}}
        )
        for key, given in actuals.items()
    }
    made = evaluate(rulebook, kept, year=year, unit=unit, policy=policy)
    whole = [actuals[table.table.year, table.code] for table in made.tables if table.actuals]
    return Side(
        says,
        replace(made, digests=made.digests | {"actuals": digest_of(whole)}),
        unfit,
        (*rulebook.notes, *actuals.notes),
    )


def _rules(folder: Path, space: Workspace, year: int | None, unit: str | None) -> Rulebook:
    """A rules folder with the product's own policies and findings, unless it holds versions of those itself."""
    shared = product() / "rules"
    names = {path.name for path in (shared / "policies").glob("*.yaml")}
    whole = any(path.name in names for path in (folder / "policies").glob("*.yaml"))
    return open_rulebook(folder, None if whole else space.shared, year, unit)


@contextmanager
def _revision(root: Path, named: str) -> Iterator[tuple[Path, str]]:
    """The rules folder of a git revision, in a temporary folder that is gone afterwards, and the commit's short name."""
    if not re.fullmatch(r"[0-9A-Za-z_][\w./~^@{}-]{0,99}", named):
        raise UsageProblem([Problem("U305", f"“{named}”不是 git 修订号", None, "如 HEAD~1、v1.0 或提交号")])
    commit = _git(root, "rev-parse", "--short", "--verify", f"{named}^{{commit}}").decode().strip()
    packed = _git(root, "archive", "--format=tar", commit, "rules")
    with TemporaryDirectory(prefix="ziping-") as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            inside = PurePosixPath(member.name)
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and not inside.is_absolute() and ".." not in inside.parts:
                path = Path(folder) / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
        yield Path(folder), commit


def _git(root: Path, *words: str) -> bytes:
    """What a reading git command prints; raises UsageProblem (U305) with git's own words."""
    try:
        ran = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    except OSError as error:
        raise UsageProblem([Problem("U305", f"无法运行 git（{error}）", None, "安装 git，或改用目录")]) from None
    if ran.returncode:
        told = ran.stderr.decode(errors="replace").strip().splitlines()
        says = f"git 读不到这个修订的规则：{told[-1] if told else ran.returncode}"
        raise UsageProblem([Problem("U305", says, None, "本工作区所在仓库中的修订号，且该修订有 rules/ 目录")])
    return ran.stdout
