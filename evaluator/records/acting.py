"""An act upon a workspace: one at a time, on files that are read once, changed and recorded in one step.

Every command that writes is one: it looks only after it holds the folder, so whatever it decides by is what it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.comparing.changes import ValueChange
from evaluator.errors import Problem, UsageProblem
from evaluator.files import reading
from evaluator.journal import Change, Recorded, commit, resume
from evaluator.lock import locked
from evaluator.records.ledger import KINDS, Clock, Entry, Ledger, now
from evaluator.records.workflow import of_unit


@dataclass(frozen=True, slots=True)
class Act:
    """An act under way: its ledger, what it does, how far the ledger had come before, and what was left of an earlier act."""

    ledger: Ledger
    doing: str
    since: int
    notes: tuple[Problem, ...] = ()

    @property
    def root(self) -> Path:
        """The folder that is held, where the ledger lies."""
        return self.ledger.path.parent

    def meanwhile(self, unit: str, year: int) -> list[Entry]:
        """What others have recorded about a unit's year while this act waited for its turn."""
        return [one for one in of_unit(self.ledger.entries(), unit, year) if one.seq > self.since]

    def alone(self, unit: str, year: int) -> None:
        """Refuse (U447) to decide about a year that has moved on since the person last looked."""
        if others := self.meanwhile(unit, year):
            raise UsageProblem([_passed(others)])

    def free(self, unit: str, year: int, changes: Sequence[ValueChange]) -> list[Problem]:
        """Refuse (U447) to change values that another has just changed; else what others have done, as notes."""
        others = self.meanwhile(unit, year)
        mine = {change.key for change in changes}
        for one in others:
            theirs = one.payload["changes"] if one.kind == "correction" else []
            if mine & {ValueChange(**each).key for each in theirs}:
                raise UsageProblem([_passed(others)])
        return [_passed(others, "提示")] if others else []

    def commit(
        self, changes: Sequence[Change] = (), entry: Entry | None = None, blobs: Mapping[str, bytes] | None = None
    ) -> None:
        """Write files and add the entry made for them (`ledger.next`), both or neither; raises what `journal.commit` does."""
        ledger = self.ledger
        recorded = Recorded(entry.digest, lambda: ledger.add(entry, blobs), ledger.has) if entry else None
        commit(self.root, self.doing, changes, recorded)

    def record(self, kind: str, payload: Mapping[str, Any], changes: Sequence[Change] = ()) -> Entry:
        """Write files with an entry of one of KINDS about them, both or neither."""
        entry = self.ledger.next(kind, payload)
        self.commit(changes, entry)
        return entry


@contextmanager
def acting(place: Path, doing: str, clock: Clock = now) -> Iterator[Act]:
    """Hold the folder of a ledger while something is done; what an earlier act left half done is finished or undone first.

    Raises UsageProblem (U441) when somebody else holds it for too long.
    """
    with Ledger(place) as before:
        head = before.head()
    with locked(place.parent, doing), reading(), Ledger(place, clock) as ledger:
        note = resume(place.parent, ledger.has)
        yield Act(ledger, doing, head.seq if head else 0, (note,) if note else ())


def _passed(others: Sequence[Entry], severity: Any = "错误") -> Problem:
    """What others have done meanwhile, in words."""
    told = "；".join(_says(one) for one in others)
    if severity != "错误":
        return Problem("U447", f"等待期间 {told}", severity=severity)
    return Problem("U447", f"等待期间 {told}；这一次什么也没有改动，也没有记下", remedy="看过以后，需要的再做一次")


def _says(entry: Entry) -> str:
    content = entry.payload
    changes = [ValueChange(**one) for one in content.get("changes", [])] if entry.kind == "correction" else []
    values = "，".join(f"{one.code} {one.subject} {one.field} {one.before} → {one.after}" for one in changes)
    what = f"{KINDS.get(entry.kind, entry.kind)}（台账第 {entry.seq} 条，{entry.time}）"
    return f"{content.get('by') or '别人'}{what}{f'：{values}' if values else ''}"
