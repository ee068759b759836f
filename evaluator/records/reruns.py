"""A recorded run is run again from what the ledger kept: same rules, same results, so the same score and the same files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from evaluator.actuals.evidence import load_evidence
from evaluator.actuals.resultfiles import load_actuals
from evaluator.errors import EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.files.snapshot import digest_of_file, sha256
from evaluator.following.rectification import load_rectification
from evaluator.model import Actuals
from evaluator.records.delivery import deliver
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, canonical
from evaluator.records.recording import engine, result_bytes
from evaluator.results import Attached, Evaluation
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.opening import open_rulebook
from evaluator.workspace.places import Workspace

Content = Callable[[str], bytes]  # the digest of something the ledger kept -> the thing
ANOTHER = "用记录时的那一版程序核对"
VERSION = "程序版本不同"  # what differs for this is no fault of the ledger, and no tampering


class File(BaseModel):
    """A file that a run wrote: where, from the ledger's folder."""

    path: StrictStr
    version: StrictInt = Field(ge=1)
    sha256: StrictStr

    @property
    def name(self) -> str:
        """The name of the file without its folders."""
        return PurePosixPath(self.path).name


class Options(BaseModel):
    """What the command was asked for; `deliver` are the keywords of the delivery."""

    policy: StrictStr | None = None
    deliver: dict[StrictStr, Any] = {}


class Run(BaseModel):
    """What the ledger says of a run; see recording.record_run."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    unit_code: StrictStr
    unit: StrictStr = ""
    year: StrictInt
    options: Options
    engine: dict[StrictStr, StrictStr]
    digests: dict[StrictStr, StrictStr]
    files: list[File]
    evidence: dict[StrictStr, StrictStr]
    snapshot: dict[StrictStr, StrictStr]
    supersedes: StrictInt | None
    revision: StrictInt | None = Field(None, ge=1)  # None of a run recorded before runs had one of the whole set


def run_of(entry: Entry) -> Run | None:
    """An entry as a run; None when it does not say all that a run says."""
    try:
        run = Run.model_validate(entry.payload)
    except ValidationError:
        return None
    return run if "result" in run.digests else None


def check_run(run: Run, content: Content, books: dict[str, Rulebook]) -> Iterator[Problem]:
    """Run it again, and tell what came out otherwise than recorded (L301 to L305).

    `books` keeps rulebooks between runs of the same rules. Files are compared when the program is the same.
    """
    same = run.engine == engine()
    with TemporaryDirectory(prefix="ziping-") as folder:
        try:
            evaluation = _again(run, content, Path(folder) / "input", books)
        except EvaluatorError as error:
            why = "；".join(str(problem) for problem in error.problems[:3])
            if same:
                yield Problem("L301", f"记录的规则和完成情况不能重算：{why}")
            else:
                says = f"{VERSION}：现在的程序读不了当时的规则或完成情况，没有重算：{why}"
                yield Problem("L302", says, severity="警告", remedy=ANOTHER)
            return
        recorded, again = content(run.digests["result"]), result_bytes(evaluation)
        if recorded != again:
            yield _differs(recorded, again, same)
        if same:
            yield from _files(run, evaluation, Path(folder))


def rebuilt(ledger: Ledger, entry: Entry) -> Evaluation:
    """What a recorded run came to, evaluated again from what the ledger kept.

    Raises LedgerProblem when that is not all there, and whatever reading rules and results raises.
    """
    run = run_of(entry)
    if run is None:
        raise LedgerProblem(
            [Problem("L306", f"台账第 {entry.seq} 条没有写全一次评分", remedy="ziping verify 看哪里不成立")]
        )
    with TemporaryDirectory(prefix="ziping-") as folder:
        return _again(run, ledger.blob, Path(folder), {})


def put_back(snapshot: Mapping[str, str], content: Content, folder: Path) -> None:
    """Write what the ledger kept where it stood, below a folder; raises EvaluatorError (L303) for a path of no such place."""
    for name, digest in snapshot.items():
        pure = PurePosixPath(name)
        unusable = EvaluatorError([Problem("L303", f"记录中的路径“{name}”不可用")])
        if pure.is_absolute() or ".." in pure.parts or "\\" in name:
            raise unusable
        path, data = folder / pure, content(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except ValueError:  # a name that no file can have
            raise unusable from None


def _again(run: Run, content: Content, folder: Path, books: dict[str, Rulebook]) -> Evaluation:
    """Both executors draw the same findings; frame leaves no threads behind."""
    rulebook, actuals, beside = reopened(run, content, folder, books)
    policy = run.options.policy
    return evaluate(rulebook, actuals, **beside, year=run.year, unit=run.unit_code, policy=policy, executor="frame")


def reopened(
    run: Run, content: Content, folder: Path, books: dict[str, Rulebook]
) -> tuple[Rulebook, dict[tuple[int, str], Actuals], dict[str, Any]]:
    """Rules and results of a run as they were, below a folder, and the further keywords its evaluation was given."""
    put_back(run.snapshot, content, folder)
    key = sha256(canonical([pair for pair in run.snapshot.items() if "rules/" in pair[0]]).encode())
    key += f" {run.year} {run.unit_code}"  # what another unit's file was wrong in closed nothing then
    if key not in books:
        shared = folder / "product" / "rules"
        books[key] = open_rulebook(folder / "rules", shared if shared.is_dir() else None, run.year, run.unit_code)
    actuals = load_actuals(folder / "actuals", books[key])
    registered = load_evidence(folder / "evidence", books[key].scope)
    attached = {
        key: tuple(replace(piece, state=_state(run, piece)) for piece in files) for key, files in registered.items()
    }
    duties = load_rectification(Workspace(folder, sample=False), books[key])
    return books[key], actuals, {"attached": attached, "duties": duties}


def _state(run: Run, piece: Attached) -> Literal["完好", "缺失", "已改动"]:
    """The state an evidence file was in at the run; the ledger keeps its digest, not the file."""
    digest = run.evidence.get(f"evidence/{run.year}/{run.unit_code}/{PurePosixPath(piece.file)}")
    return "缺失" if digest is None else "完好" if digest == piece.digest else "已改动"


def _differs(recorded: bytes, again: bytes, same: bool) -> Problem:
    before, after = scores_of(recorded), scores_of(again)
    moved = [
        f"{code} 记录 {before.get(code, '没有')}，重算 {after.get(code, '没有')}"
        for code in sorted({*before, *after})
        if before.get(code) != after.get(code)
    ]
    more = f"等 {len(moved)} 张表" if len(moved) > 3 else ""
    differs = f"与记录的不同：{'；'.join(moved[:3])}{more}"
    alike = "各行得分、总分和等级与记录的相同，其余内容不同"
    if same:
        return Problem("L304", f"重算的结果{differs}" if moved else f"重算的{alike}")
    says = f"{VERSION}：现在的程序用当时的规则和完成情况重算，{differs if moved else alike}"
    return Problem("L304", says, severity="警告" if moved else "提示", remedy=ANOTHER)


def scores_of(result: bytes) -> dict[str, str]:
    """Of each table, all that a score is: total, grade and the points of every row."""
    try:
        content = json.loads(result)
        tables = [*content["projects"], *([content["department"]["own"]] if content["department"] else [])]
        return {
            table["code"]: f"{table['score']} {table['grade']}（执行 {table['execution']['earned']}，各行 "
            + "、".join(f"{row['id']} {row['earned']}" for row in table["rows"])
            + "）"
            for table in tables
        }
    except (ValueError, KeyError, TypeError):
        return {}


def _files(run: Run, evaluation: Evaluation, place: Path) -> Iterator[Problem]:
    """Make the files again and compare their bytes; the manifest names the executor, which may be another."""
    own, number = place / "input" / "reports" / "forms", run.revision or 1
    written = deliver(evaluation, place / "output", **run.options.deliver, own=own, revision=number)
    digests = {file.path.name: digest_of_file(file.path) for file in written}
    for file in run.files:
        if "_运行清单_" not in file.name and digests.get(file.name, file.sha256) != file.sha256:
            yield Problem("L305", f"重新排出的“{file.name}”与记录的不同")
