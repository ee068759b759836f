"""Whether a ledger holds: its chain, what it kept, every run run again, the files as published, evidence, signatures, and
what is remembered outside it. Nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files import Refused, digest_of_file, take
from evaluator.publish import Progress, plainly
from evaluator.records import signing
from evaluator.records.beside import stands
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, breaks, entry_of
from evaluator.records.recording import RECEIPT
from evaluator.records.reruns import Run, check_run, run_of
from evaluator.records.shapes import misfit
from evaluator.records.workflow import ever_submitted, of_unit, revisions, standing_of
from evaluator.rulebook import Rulebook

SIGNATURE = "台账签名"  # the file that a signer keeps
OUTSIDE = (RECEIPT, SIGNATURE, "运行清单")  # files that may remember how far the ledger had come


@dataclass(frozen=True, slots=True)
class Found:
    """Something that does not hold (错误), could not be checked (警告), or is worth knowing (提示); seq 0: the file."""

    seq: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Signed:
    """A valid signature: by whom, as what, with which key, over the ledger up to which entry; `known` key or not."""

    seq: int
    role: str
    by: str
    public_key: str
    upto: int
    known: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it, first things first; `standings` says where each submitted unit's year stands, if all is sound."""

    path: Path
    entries: int
    runs: int
    files: int
    head: Entry | None
    found: tuple[Found, ...]
    signed: tuple[Signed, ...]
    standings: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing worse than a remark was found."""
        return all(one.problem.severity == "提示" for one in self.found)


def verify(
    path: Path, folders: Sequence[Path] = (), public_keys: Sequence[str] = (), progress: Progress = plainly
) -> Verified:
    """Check a ledger in all ways; `folders` is where files are looked for beside where they were written.

    `public_keys` (hexadecimal) are those of the people who should have signed. Raises LedgerProblem (L101) when the
    file is no ledger, and UsageProblem (U413) when there is none.
    """
    if not path.is_file():
        raise LedgerProblem([Problem("L103", f"没有台账“{path}”", remedy="ziping run 在工作区里记台账")])
    found: list[Found] = []
    signed: list[Signed] = []
    entries: list[Entry] = []
    runs: dict[int, Run] = {}
    try:
        with Ledger(path) as ledger:
            found += [Found(0, Problem("L201", says)) for says in ledger.altered()]
            held = ledger.blobs()  # before the entries: another process may be adding some
            rows = ledger.rows()
            broken = list(breaks(rows))
            found += [Found(seq, Problem("L202", says)) for seq, says in broken]
            bad = {seq for seq, _ in broken}
            entries = [entry_of(row) for row in rows if row[0] not in bad]
            found += _contents(ledger, entries, set() if bad else set(held))
            bad |= {one.seq for one in found}
            read = {entry.seq: run_of(entry) for entry in entries if entry.kind == "run" and entry.seq not in bad}
            found += [
                Found(seq, Problem("L204", f"第 {seq} 条没有写全一次评分")) for seq, run in read.items() if not run
            ]
            others = ((one.seq, misfit(one.kind, one.payload)) for one in entries if one.seq not in {*bad, *read})
            found += [Found(seq, Problem("L204", f"第 {seq} 条：{says}")) for seq, says in others if says]
            runs = {seq: run for seq, run in read.items() if run}
            found += _order(runs)
            found += _reruns(ledger, runs, progress)
            found += _remembered(ledger, runs, folders)
    except LedgerProblem as error:
        if error.problems[0].code == "L101":
            raise
        found += [Found(0, problem) for problem in error.problems]
    sound = not found
    found += _published(runs, path.parent, folders)
    found += _evidence(runs, path.parent)
    found += _signatures(entries, signed, public_keys)
    found.sort(key=lambda one: one.seq)  # stable: what is told of one entry stays in its order
    files = len({file.path for run in runs.values() for file in run.files})
    head = entries[-1] if entries else None
    standings = tuple(_standings(entries, runs)) if sound else ()
    return Verified(path, len(entries), len(runs), files, head, tuple(found), tuple(signed), standings)


def _standings(entries: Sequence[Entry], runs: dict[int, Run]) -> Iterator[str]:
    for unit, year in sorted({(run.unit_code, run.year) for run in runs.values()}):
        mine = of_unit(entries, unit, year)
        if ever_submitted(mine):
            yield f"{unit} {year} 年度：{stands(standing_of(mine), revisions(mine))}"


def _contents(ledger: Ledger, entries: Iterable[Entry], held: set[str]) -> Iterator[Found]:
    """Everything an entry says was kept is there and unchanged, and nothing else is held."""
    wanted: set[str] = set()
    for entry in entries:
        listed = entry.payload.get("blobs")
        for digest in listed if isinstance(listed, list) else []:
            if digest in wanted:
                continue
            wanted.add(digest)
            try:
                ledger.blob(digest)
            except LedgerProblem as error:
                says = f"第 {entry.seq} 条记下的{error.problems[0].says}"
                yield Found(entry.seq, Problem("L203", says, remedy="用备份恢复"))
    for stray in sorted(held - wanted, key=str):
        yield Found(0, Problem("L203", f"内容 {str(stray)[:12]} 不属于任何一条"))


def _order(runs: dict[int, Run]) -> Iterator[Found]:
    """Every run names the one it replaces, and revisions go up, but for what is written again."""
    last: dict[tuple[str, int], tuple[int, Run]] = {}
    for seq, run in runs.items():
        before, earlier = last.get((run.unit_code, run.year), (None, None))
        if run.supersedes != before:
            says = f"第 {seq} 条写的被替代的那一次（{run.supersedes}）不是同单位同年度的上一次"
            yield Found(seq, Problem("L204", says))
        if earlier and earlier.revision and not _follows(earlier, run):
            says = f"第 {seq} 条的版次（{run.revision}）没有接着上一次的（{earlier.revision}）"
            yield Found(seq, Problem("L204", says))
        last[run.unit_code, run.year] = seq, run


def _follows(earlier: Run, run: Run) -> bool:
    again = run.revision == earlier.revision and run.digests["result"] == earlier.digests["result"]
    return again or (run.revision or 0) > (earlier.revision or 0)


def _reruns(ledger: Ledger, runs: dict[int, Run], progress: Progress) -> Iterator[Found]:
    books: dict[str, Rulebook] = {}
    for seq, run in progress(list(runs.items()), "重算各次评分"):
        for problem in check_run(run, ledger.blob, books):
            yield Found(seq, _about(seq, problem))


def _about(seq: int, problem: Problem) -> Problem:
    says = f"第 {seq} 条：{problem.says}"
    return Problem(problem.code, says, None, problem.allowed, problem.nearest, problem.severity, problem.remedy)


def _published(runs: dict[int, Run], root: Path, folders: Sequence[Path]) -> Iterator[Found]:
    """The files are as they were published; a file that was moved is looked for by name."""
    told: set[tuple[str, str]] = set()
    for seq, run in runs.items():
        for file in run.files:
            if (file.path, file.sha256) in told:
                continue
            told.add((file.path, file.sha256))
            places = [root / file.path, *(folder / file.name for folder in folders)]
            digests = [digest_of_file(place) for place in places if place.is_file()]
            if file.sha256 in digests:
                continue
            says = "与写出时不同：写出以后被改过" if digests else "不见了"
            remedy = "" if digests else "搬到了别处时用 --out 指明目录"
            yield Found(seq, Problem("L206" if digests else "L205", f"第 {seq} 条：“{file.path}”{says}", remedy=remedy))


def _evidence(runs: dict[int, Run], root: Path) -> Iterator[Found]:
    """The evidence is what it was at the last run of each unit's year; what stood behind earlier ones may be replaced."""
    last = {(run.unit_code, run.year): (seq, run) for seq, run in runs.items()}
    for seq, run in last.values():
        for path, digest in run.evidence.items():
            place = root / path
            if not place.is_file():
                yield Found(seq, Problem("L207", f"第 {seq} 条：佐证材料“{path}”不见了"))
            elif digest_of_file(place) != digest:
                says = f"第 {seq} 条：佐证材料“{path}”评分以后变了"
                yield Found(seq, Problem("L207", says, remedy="确应更换的，重新运行 ziping run"))


def _signatures(entries: Sequence[Entry], signed: list[Signed], public_keys: Sequence[str]) -> Iterator[Found]:
    by_seq = {entry.seq: entry.digest for entry in entries}
    for entry in entries:
        if entry.kind != "signature":
            continue
        payload = entry.payload
        upto, key = payload.get("seq"), str(payload.get("public_key"))
        try:
            valid = signing.valid(payload)
        except UsageProblem as error:
            says = f"第 {entry.seq} 条：签名没有核对，{error.problems[0].says}"
            yield Found(entry.seq, Problem("L209", says, severity="警告", remedy=error.problems[0].remedy))
            continue
        if not valid:
            yield Found(entry.seq, Problem("L208", f"第 {entry.seq} 条：签名无效"))
        elif type(upto) is not int or upto >= entry.seq or by_seq.get(upto) != payload.get("digest"):
            yield Found(entry.seq, Problem("L208", f"第 {entry.seq} 条：签的不是这本台账的第 {upto} 条"))
        else:
            signed.append(
                Signed(entry.seq, str(payload.get("role")), str(payload.get("by")), key, upto, known=key in public_keys)
            )
            if public_keys and key not in public_keys:
                says = f"第 {entry.seq} 条：{payload.get('by')}（{payload.get('role')}）的公钥 {key[:12]} 不在所给的公钥之中"
                yield Found(entry.seq, Problem("L208", says))
    for key in public_keys:
        if all(one.public_key != key for one in signed):
            yield Found(len(entries) + 1, Problem("L208", f"所给的公钥 {key[:12]} 在台账里没有有效的签名"))


def _remembered(ledger: Ledger, runs: dict[int, Run], folders: Sequence[Path]) -> Iterator[Found]:
    """Receipts, signatures and manifests outside know entries that a ledger restored from an old copy no longer has."""
    root = ledger.path.parent
    written = ((root / file.path).parent for run in runs.values() for file in run.files)
    places = {place for place in (root, root / "out", *folders, *written) if place.is_dir()}
    paths = sorted({path.resolve() for place in places for path in place.glob("*.json")})
    known = [(path, _memory(path)) for path in paths if any(name in path.name for name in OUTSIDE)]
    digests = {row[0]: row[5] for row in ledger.rows()}  # after the receipts: another process may be adding some
    first, ours = digests.get(1), [(run.unit_code, run.year) for run in runs.values()]
    for path, memory in known:
        if memory is None:
            continue
        head, about = memory
        seq, digest = head.get("seq"), head.get("digest")
        if not isinstance(seq, int) or (first is not None and head.get("first") != first and about not in ours):
            continue
        if digests.get(seq) != digest:
            lost = (
                f"台账只到第 {max(digests, default=0)} 条，是旧的副本" if seq not in digests else "台账的这一条不是它"
            )
            says = f"“{path.name}”记得台账的第 {seq} 条（{str(digest)[:12]}），{lost}，或被另一本台账换过"
            yield Found(seq, Problem("L210", says, remedy="找回最后的台账；它的备份可用 ziping verify 核对"))


def _memory(path: Path) -> tuple[dict[str, Any], tuple[Any, Any]] | None:
    """The head that a file remembers, and the unit and year it is about; None for a file that remembers none."""
    try:
        content = json.loads(take(path))
        head = content["ledger"]
        return (head, (content.get("unit_code"), content.get("year"))) if isinstance(head, dict) else None
    except (Refused, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
