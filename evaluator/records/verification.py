"""Whether a ledger holds: its chain, what it kept, every run run again, the files as published, evidence, signatures, and
what is remembered outside it and by paper. Nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from evaluator.errors import ActualsProblems, Problem
from evaluator.files.publish import Progress, plainly
from evaluator.files.snapshot import Refused, digest_of_file, take
from evaluator.records.chronicle import stands
from evaluator.records.exchange import otherwise
from evaluator.records.keeping import FILE, Keeping, changed, compared, kept_in, pins_of, read_keeping, rows_in
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, breaks, entry_of
from evaluator.records.recording import RECEIPT
from evaluator.records.rereviews import Review, check_reviews, reviews_in
from evaluator.records.reruns import Run, check_run, run_of
from evaluator.records.shapes import misfit
from evaluator.records.signatures import Fault, Signed, signatures
from evaluator.records.stamping import Stamped, gone_back, stamps
from evaluator.records.strays import strays
from evaluator.records.witnesses import found_on, still_there, unprinted
from evaluator.records.workflow import last_submission, of_unit, revisions, standing_of
from evaluator.rulebook.book import Rulebook

SIGNATURE = "台账签名"  # the file that a signer keeps
OUTSIDE = (RECEIPT, SIGNATURE, "运行清单")  # files that may remember how far the ledger had come


@dataclass(frozen=True, slots=True)
class Irregularity:
    """Something that does not hold (错误), could not be checked (警告), or is worth knowing (提示); seq 0: the file."""

    seq: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class Outside:
    """What somebody knows apart from the ledger and its folder, to check them by.

    `papers` are codes from the foot of forms, `heads` what `ziping ledger head` said, `pins` a ledger.yaml that was kept
    elsewhere, `roots` certificates of time stamping services, `copies` further copies of the ledger.
    """

    papers: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    pins: Keeping | None = None
    roots: tuple[Any, ...] = ()
    copies: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it, first things first; `standings` says where each submitted unit's year stands, if all is sound,
    `confirmed` what from outside the ledger still has.
    """

    path: Path
    entries: int
    runs: int
    files: int
    head: Entry | None
    found: tuple[Irregularity, ...]
    signed: tuple[Signed, ...]
    standings: tuple[str, ...] = ()
    stamped: tuple[Stamped, ...] = ()
    confirmed: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing worse than a remark was found."""
        return all(irregularity.problem.severity == "提示" for irregularity in self.found)


def verify(
    path: Path,
    folders: Sequence[Path] = (),
    public_keys: Sequence[str] = (),
    progress: Progress = plainly,
    outside: Outside | None = None,
) -> Verified:
    """Check a ledger in all ways; `folders` is where files are looked for beside where they were written.

    `public_keys` (hexadecimal) are those of the people who should have signed; `outside` is what else is known. Raises LedgerProblem (L101) when the
    file is no ledger, and UsageProblem (U413) when there is none.
    """
    if not path.is_file():
        raise LedgerProblem([Problem("L103", f"没有台账“{path}”", remedy="ziping run 在工作区里记台账")])
    known = outside or Outside()
    written, unreadable = _keeping(path.parent)
    copies = rows_in([*written.places(path.parent), *known.copies])
    faults: list[Fault] = []
    stamped: list[Stamped] = []
    entries: list[Entry] = []
    bad: set[int] = set()
    runs: dict[int, Run] = {}
    reviews: dict[int, Review | None] = {}
    try:
        with Ledger(path) as ledger:
            faults += [(0, Problem("L201", says)) for says in ledger.altered()]
            held = ledger.blobs()  # before the entries: another process may be adding some
            rows = ledger.rows()
            broken = list(breaks(rows))
            faults += [(seq, Problem("L202", says)) for seq, says in broken]
            bad = {seq for seq, _ in broken}
            entries = [entry_of(row) for row in rows if row[0] not in bad]
            faults += _contents(ledger, entries, set() if bad else set(held))
            bad |= {seq for seq, _ in faults}
            read = {entry.seq: run_of(entry) for entry in entries if entry.kind == "run" and entry.seq not in bad}
            faults += [(seq, Problem("L204", f"第 {seq} 条没有写全一次评分")) for seq, run in read.items() if not run]
            others = (
                (entry.seq, misfit(entry.kind, entry.payload)) for entry in entries if entry.seq not in {*bad, *read}
            )
            faults += [(seq, Problem("L204", f"第 {seq} 条：{says}")) for seq, says in others if says]
            runs = {seq: run for seq, run in read.items() if run}
            faults += [] if bad else otherwise(entries, ledger.blob)
            faults += _order(runs)
            reviews = {seq: each for seq, each in reviews_in(entries).items() if seq not in bad}
            faults += _reruns(ledger, runs, reviews, progress)
            faults += _remembered(ledger, runs, folders)
            checked = list(stamps(ledger, entries, known.roots))
            stamped = [stamp for stamp in checked if isinstance(stamp, Stamped)]
            faults += [fault for fault in checked if not isinstance(fault, Stamped)]
    except LedgerProblem as error:
        if error.problems[0].code == "L101":
            raise
        faults += [(0, problem) for problem in error.problems]
    sound = all(problem.severity == "提示" for _, problem in faults)
    faults += _published(runs, reviews, path.parent, folders)
    faults += _evidence(runs, path.parent)
    signed, confirmed, wrong = _witnessed(entries, written, public_keys, known)
    faults += [*unreadable, *wrong, *compared(entries, copies), *(() if bad else unprinted(entries, runs))]
    faults += [(len(entries) + 1, problem) for problem in _strays(path, runs, folders)]
    by_entry = tuple(Irregularity(*fault) for fault in sorted(faults, key=itemgetter(0)))  # each entry's stay in order
    files = len({file.path for run in runs.values() for file in run.files})
    head = entries[-1] if entries else None
    standings = tuple(_standings(entries, runs)) if sound else ()
    return Verified(
        path, len(entries), len(runs), files, head, by_entry, tuple(signed), standings, tuple(stamped), confirmed
    )


def _keeping(root: Path) -> tuple[Keeping, list[Fault]]:
    """How the ledger is kept as the file beside it says; nothing, with what is wrong, where that cannot be read."""
    try:
        return read_keeping(root / FILE), []
    except ActualsProblems as error:
        return Keeping(pins=[], copies=[]), [(0, problem) for problem in error.problems]


def _strays(path: Path, runs: dict[int, Run], folders: Sequence[Path]) -> list[Problem]:
    """The files that no entry knows, not even one that was added while others were checked."""
    lost = list(strays(path.parent, runs.values(), folders))
    if lost:
        with suppress(LedgerProblem), Ledger(path) as ledger:
            later = [run_of(entry) for entry in ledger.entries("run") if entry.seq > max(runs, default=0)]
            lost = list(strays(path.parent, [*runs.values(), *filter(None, later)], folders))
    return lost


def _witnessed(
    entries: Sequence[Entry], written: Keeping, public_keys: Sequence[str], known: Outside
) -> tuple[list[Signed], tuple[str, ...], list[Fault]]:
    """The entries against all that vouches for them: keys, paper, heads and times; what is signed and confirmed."""
    kept = list(kept_in(entries))
    signed, wrong = signatures(entries, public_keys, pins_of(written, kept, known.pins))
    said = [*found_on(known.papers, entries), *still_there(known.heads, entries)]
    problems = [(0, line) for line in said if isinstance(line, Problem)]
    problems += [*changed(written, kept, known.pins), *wrong, *gone_back(entries)]
    if not entries:
        problems.append((0, Problem("L215", "台账里一条也没有：它被清空过，或不是原来的", severity="警告")))
    return signed, tuple(line for line in said if isinstance(line, str)), problems


def _standings(entries: Sequence[Entry], runs: dict[int, Run]) -> Iterator[str]:
    for unit, year in sorted({(run.unit_code, run.year) for run in runs.values()}):
        mine = of_unit(entries, unit, year)
        if last_submission(mine):
            yield f"{unit} {year} 年度：{stands(standing_of(mine), revisions(mine))}"


def _contents(ledger: Ledger, entries: Iterable[Entry], held: set[str]) -> Iterator[Fault]:
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
                yield entry.seq, Problem("L203", says, remedy="用备份恢复")
    for stray in sorted(held - wanted, key=str):
        yield 0, Problem("L203", f"内容 {str(stray)[:12]} 不属于任何一条")


def _order(runs: dict[int, Run]) -> Iterator[Fault]:
    """Every run names the one it replaces, and revisions go up, but for what is written again."""
    last: dict[tuple[str, int], tuple[int, Run]] = {}
    for seq, run in runs.items():
        before, earlier = last.get((run.unit_code, run.year), (None, None))
        if run.supersedes != before:
            says = f"第 {seq} 条写的被替代的那一次（{run.supersedes}）不是同单位同年度的上一次"
            yield seq, Problem("L204", says)
        if earlier and not _follows(earlier, run):
            says = f"第 {seq} 条的版次（{run.revision}）没有接着上一次的（{earlier.revision}）"
            yield seq, Problem("L204", says)
        last[run.unit_code, run.year] = seq, run


def _follows(earlier: Run, run: Run) -> bool:
    """Whether a run may come after another: its revision is higher, or it is the same result written again."""
    if earlier.revision is None:
        return True
    again = run.revision == earlier.revision and run.digests["result"] == earlier.digests["result"]
    return again or (run.revision is not None and run.revision > earlier.revision)


def _reruns(
    ledger: Ledger, runs: dict[int, Run], reviews: dict[int, Review | None], progress: Progress
) -> Iterator[Fault]:
    books: dict[str, Rulebook] = {}
    for seq, run in progress(list(runs.items()), "重算各次评分"):
        for problem in check_run(run, ledger.blob, books):
            yield seq, replace(problem, says=f"第 {seq} 条：{problem.says}")
    yield from check_reviews(reviews, runs, ledger.blob, books, ledger.path.parent)


def _published(
    runs: dict[int, Run], reviews: dict[int, Review | None], root: Path, folders: Sequence[Path]
) -> Iterator[Fault]:
    """The files are as they were published; a file that was moved is looked for by name."""
    known: set[tuple[str, str]] = set()
    files = {seq: each.files for side in (runs, reviews) for seq, each in side.items() if each}
    for seq, mine in sorted(files.items()):
        for file in mine:
            if (file.path, file.sha256) in known:
                continue
            known.add((file.path, file.sha256))
            places = [root / file.path, *(folder / file.name for folder in folders)]
            digests = [digest_of_file(place) for place in places if place.is_file()]
            if file.sha256 in digests:
                continue
            says = "与写出时不同：写出以后被改过" if digests else "不见了"
            remedy = "" if digests else "搬到了别处时用 --out 指明目录"
            yield seq, Problem("L206" if digests else "L205", f"第 {seq} 条：“{file.path}”{says}", remedy=remedy)


def _evidence(runs: dict[int, Run], root: Path) -> Iterator[Fault]:
    """The evidence is what it was at the last run of each unit's year; what stood behind earlier ones may be replaced."""
    last = {(run.unit_code, run.year): (seq, run) for seq, run in runs.items()}
    for seq, run in last.values():
        for path, digest in run.evidence.items():
            place = root / path
            if not place.is_file():
                yield seq, Problem("L207", f"第 {seq} 条：佐证材料“{path}”不见了")
            elif digest_of_file(place) != digest:
                says = f"第 {seq} 条：佐证材料“{path}”评分以后变了"
                yield seq, Problem("L207", says, remedy="确应更换的，重新运行 ziping run")


def _remembered(ledger: Ledger, runs: dict[int, Run], folders: Sequence[Path]) -> Iterator[Fault]:
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
            yield seq, Problem("L210", says, remedy="找回最后的台账；它的备份可用 ziping verify 核对")


def _memory(path: Path) -> tuple[dict[str, Any], tuple[Any, Any]] | None:
    """The head that a file remembers, and the unit and year it is about; None for a file that remembers none."""
    try:
        content = json.loads(take(path))
        head = content["ledger"]
        return (head, (content.get("unit_code"), content.get("year"))) if isinstance(head, dict) else None
    except (Refused, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
