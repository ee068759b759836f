"""An act upon a workspace: one at a time, on files that are read once, changed and recorded in one step.

Who acts is at a `Sitting`. Every act that writes looks only after it holds the folder, so whatever it decides by is what it
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from evaluator.actuals.evidence import load_evidence
from evaluator.actuals.resultfiles import Results, load_actuals, read_actuals
from evaluator.comparing.changes import ValueChange
from evaluator.errors import Problem, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.files.journal import FileChange, JournalEntry, commit, resume, unfinished
from evaluator.files.lock import locked
from evaluator.files.publish import Progress, plainly
from evaluator.files.snapshot import reading
from evaluator.findings.inference import Executor
from evaluator.following.rectification import load_rectification
from evaluator.kept import Memory
from evaluator.model import Actuals
from evaluator.preparation import tables_of
from evaluator.records.keeping import bring_up, copies_of
from evaluator.records.ledger import KINDS, Clock, Entry, Ledger, now
from evaluator.records.recording import ledger_of
from evaluator.records.workflow import change_text, changes_in, of_unit
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.opening import open_rulebook
from evaluator.workspace.places import Workspace

T = TypeVar("T")
Tell = Callable[[Iterable[Problem]], object]  # hears notes as they come up; `list` where nobody wants them


@dataclass(frozen=True, slots=True)
class Act:
    """An act under way: its ledger, what it does, the number of the ledger's last entry before it waited, and what was noted.

    `left` is, after it, what could not be written into the copies of the ledger.
    """

    ledger: Ledger
    doing: str
    since: int
    notes: tuple[Problem, ...] = ()
    left: list[Problem] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The folder that is held, where the ledger lies."""
        return self.ledger.path.parent

    def meanwhile(self, unit: str, year: int) -> list[Entry]:
        """What others have recorded about a unit's year while this act waited for its turn."""
        return [entry for entry in of_unit(self.ledger.entries(), unit, year) if entry.seq > self.since]

    def alone(self, unit: str, year: int) -> None:
        """Refuse (U447) to decide about a year that has moved on since the person last looked."""
        if others := self.meanwhile(unit, year):
            raise UsageProblem([_passed(others)])

    def free(self, unit: str, year: int, changes: Sequence[ValueChange]) -> list[Problem]:
        """Refuse (U447) to change values that another has just changed; else what others have done, as notes."""
        others = self.meanwhile(unit, year)
        mine = {change.key for change in changes}
        for entry in others:
            if mine & {change.key for change in changes_in(entry)}:
                raise UsageProblem([_passed(others)])
        return [_passed(others, "提示")] if others else []

    def commit(
        self, changes: Sequence[FileChange] = (), entry: Entry | None = None, blobs: Mapping[str, bytes] | None = None
    ) -> None:
        """Write files and add the entry made for them (`ledger.next`), both or neither; raises what `journal.commit` does."""
        ledger = self.ledger
        recorded = JournalEntry(entry.digest, lambda: ledger.add(entry, blobs), ledger.has) if entry else None
        commit(self.root, self.doing, changes, recorded)

    def record(self, kind: str, payload: Mapping[str, Any], changes: Sequence[FileChange] = ()) -> Entry:
        """Write files with an entry of one of KINDS about them, both or neither."""
        entry = self.ledger.next(kind, payload)
        self.commit(changes, entry)
        return entry


@contextmanager
def acting(
    place: Path,
    doing: str,
    clock: Clock = now,
    tell: Tell = list,
    working: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Iterator[Act]:
    """Hold the folder of a ledger while something is done; what an earlier act left half done is finished or undone first.

    What became of that is told, and what could not be written into the copies. Raises UsageProblem (U441) when somebody else
    holds the folder for too long.
    """
    with Ledger(place) as before:
        head = before.head()
    with ExitStack() as held:
        with working("等候工作区"):
            held.enter_context(locked(place.parent, doing))
            held.enter_context(reading())
            ledger = held.enter_context(Ledger(place, clock))
            note = resume(place.parent, ledger.has)
        act = Act(ledger, doing, head.seq if head else 0, (note,) if note else ())
        tell(act.notes)
        try:
            yield act
        finally:
            copies, wrong = copies_of(place.parent)
            act.left.extend([*wrong, *bring_up(ledger, copies)])
    tell(act.left)


# ---- who acts ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sitting:
    """A workspace and the unit's year (and policy) meant in it, where they are given; the ledger of the sample is in `out`.

    `tell` hears notes as they come up (what was left out in reading, what others did meanwhile), `working` and `progress`
    what is being done; `named` is how the person named the workspace, None for the folder they stand in.
    """

    space: Workspace
    year: int | None = None
    unit: str | None = None
    policy: str | None = None
    out: Path = Path("out")
    named: Path | None = None
    tell: Tell = list
    working: Callable[[str], AbstractContextManager[object]] = nullcontext
    progress: Progress = plainly

    @property
    def ledger(self) -> Path:
        """Where the ledger is, or is to be."""
        return ledger_of(self.space, self.out)

    def rulebook(self, *, every_year: bool = False) -> Rulebook:
        """The rules for the unit's year (or all its years); faulty files of others are notes.

        Raises RuleProblems with those of its own, and UsageProblem (U204) when there is no such unit or year.
        """
        self.tell(filter(None, [unfinished(self.space.root)]))
        with self.working("读取规则"):
            rulebook = open_rulebook(self.space.rules, self.space.shared, self.year, self.unit, every_year=every_year)
        self.tell(rulebook.notes)
        return rulebook

    def results(self, rulebook: Rulebook) -> Results:
        """The results of the workspace; what was left out in reading them are notes. Raises ActualsProblems."""
        with self.working("读取完成情况"):
            results = load_actuals(self.space.actuals, rulebook)
        self.tell(results.notes)
        return results

    def read(self, rulebook: Rulebook) -> tuple[Results, list[Problem]]:
        """The results of the workspace as far as they can be read, and all that is wrong in its files."""
        return read_actuals(self.space.actuals, rulebook)

    def evaluated(
        self,
        rulebook: Rulebook,
        actuals: Mapping[tuple[int, str], Actuals] | None = None,
        executor: Executor = "auto",
        kept: Memory | None = None,
    ) -> Evaluation:
        """The year with all that belongs to it: results (read unless given), evidence and duties."""
        given = self.results(rulebook) if actuals is None else actuals
        with self.working("评分"):
            return evaluate(
                rulebook,
                given,
                year=self.year,
                unit=self.unit,
                policy=self.policy,
                executor=executor,
                attached=load_evidence(self.space.evidence, rulebook.scope),
                duties=load_rectification(self.space, rulebook),
                kept=kept,
            )

    def key(self, rulebook: Rulebook) -> tuple[str, int]:
        """The unit and year that are meant; raises UsageProblem where that is not one."""
        table = tables_of(rulebook, self.year, self.unit)[0]
        return table.unit.code, table.year

    def acting(self, doing: str) -> AbstractContextManager[Act]:
        """Hold the workspace while something is done to it."""
        return acting(self.ledger, doing, tell=self.tell, working=self.working)


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """What looking at something gave; `as_json` is the same as plain data.

    `attend` when there is something to attend to, `unread` what could not be read (the rest was).
    """

    found: T
    as_json: Callable[[], Any]
    attend: bool = False
    unread: Sequence[Problem] = ()


# ---- what others did -----------------------------------------------------------------------------------------------


def moved_on(says: str) -> UsageProblem:
    """What a person saw, and was to change, is no longer so (U447)."""
    return UsageProblem([Problem("U447", says, remedy="刷新再填")])


def _passed(others: Sequence[Entry], severity: Any = "错误") -> Problem:
    """What others have done meanwhile, in words."""
    says = f"等待期间 {'；'.join(map(_says, others))}"
    if severity != "错误":
        return Problem("U447", says, severity=severity)
    return Problem("U447", f"{says}；这一次什么也没有改动，也没有记下", remedy="看过以后，需要的再做一次")


def _says(entry: Entry) -> str:
    content = entry.payload
    values = "，".join(map(change_text, changes_in(entry)))
    what = f"{KINDS.get(entry.kind, entry.kind)}（台账第 {entry.seq} 条，{entry.time}）"
    return f"{content.get('by') or '别人'}{what}{f'：{values}' if values else ''}"
