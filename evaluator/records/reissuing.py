"""A run in its history: its revision, what it replaces, what changed since, and whether every change may go out as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.comparing.changes import ValueChange, unexplained, value_changes
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import UNRECORDED, called
from evaluator.files.snapshot import sha256
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.recording import engine, made_by, printed_of, result_bytes
from evaluator.records.reruns import File, rebuilt
from evaluator.records.revisions import actuals_of, reissues
from evaluator.records.workflow import (
    UnitStanding,
    change_text,
    corrections_of,
    current,
    last_submission,
    of_unit,
    revisions,
    standing_of,
)
from evaluator.results import Evaluation

SHOWN = 5  # changes named in a refusal


@dataclass(frozen=True, slots=True)
class History:
    """One unit's year in the ledger: its entries, where they leave it, and the revision of each of its runs."""

    ledger: Ledger
    entries: tuple[Entry, ...]
    standing: UnitStanding
    revisions: Mapping[int, int]

    @property
    def last(self) -> Entry | None:
        """The last run: the one in force, which the next one supersedes."""
        return self.standing.now

    @property
    def revision(self) -> int:
        """The revision of the last run, UNRECORDED before the first."""
        return self.revisions[self.last.seq] if self.last else UNRECORDED

    def files(self, revision: int | None = None) -> Iterator[File]:
        """The files that the runs (of a revision, else all) have recorded, one after the other."""
        for run in self.entries:
            if run.kind == "run" and revision in (None, self.revisions[run.seq]):
                yield from (File.model_validate(file) for file in run.payload["files"])

    def recorded(self) -> dict[str, str]:
        """The name and SHA-256 of every file of every run."""
        return {file.name: file.sha256 for file in self.files()}

    def before(self) -> Evaluation | None:
        """What the last run came to, evaluated again from what the ledger kept."""
        return rebuilt(self.ledger, self.last) if self.last else None

    def same(self, evaluation: Evaluation) -> bool:
        """Whether the last run came to the very same result."""
        return _came_to(self.last, evaluation)

    def prints(self, payload: Mapping[str, Any]) -> bool:
        """Whether the last run printed what this one does."""
        return self.last is not None and printed_of(self.last.payload) == printed_of(payload)

    def revision_of(self, payload: Mapping[str, Any]) -> int | None:
        """The revision that the ledger knows what a run prints by: the last run's, where the same program made it."""
        known = self.last is not None and self.prints(payload) and made_by(self.last.payload) == made_by(payload)
        return self.revision if known else None

    def open(self, before: Evaluation, evaluation: Evaluation) -> list[ValueChange]:
        """The values changed since the last run that nobody has given a reason for yet."""
        corrections = corrections_of(
            self.entries, max(self.last.seq if self.last else 0, last_submission(self.entries))
        )
        changed = value_changes(actuals_of(before), actuals_of(evaluation))
        return unexplained(changed, [change for correction in corrections for change in correction.changes])


def history_of(ledger: Ledger, unit_code: str, year: int) -> History:
    """The history of one unit's year."""
    entries = of_unit(ledger.entries(), unit_code, year)
    return History(ledger, tuple(entries), standing_of(entries), revisions(entries))


def changes_since(history: History, evaluation: Evaluation) -> dict[str, Any]:
    """What the reissue says of each table that changed since the last submission (see revisions.py); empty before it.

    Raises UsageProblem (U355) when values changed after a submission without a recorded reason.
    """
    submitted, accepted = history.standing.submitted, history.standing.accepted
    if submitted is None:
        return {}
    last = None if history.same(evaluation) else history.before()
    if last is not None and (silent := history.open(last, evaluation)):
        raise UsageProblem(
            [Problem("U355", _says(silent), remedy="ziping correct --reason 理由 --by 姓名 记下全部改动")]
        )
    earlier: dict[str, Any] = submitted.payload["options"]["deliver"].get("changes") or {}
    remarks = current(history.entries)
    if _came_to(submitted, evaluation) and not any(remark.seq in _returns(history) for remark in remarks):
        return earlier
    corrections = corrections_of(history.entries, last_submission(history.entries))
    other = "" if submitted.payload["engine"].get("code") == engine()["code"] else "（程序版本不同）"
    against = f"{'审核通过' if submitted is accepted else '报送'}的 {called(history.revisions[submitted.seq])}{other}"
    return reissues(rebuilt(history.ledger, submitted), evaluation, corrections, remarks, earlier, against)


def _returns(history: History) -> set[int]:
    return {entry.seq for entry in history.entries if entry.kind == "return"}


def _came_to(run: Entry | None, evaluation: Evaluation) -> bool:
    return run is not None and run.payload["digests"]["result"] == sha256(result_bytes(evaluation))


def _says(silent: Sequence[ValueChange]) -> str:
    named = "；".join(map(change_text, silent[:SHOWN]))
    more = f"等 {len(silent)} 处" if len(silent) > SHOWN else ""
    return f"报送以后改动的内容没有写明理由：{named}{more}"
