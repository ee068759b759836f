"""A run in its history: what it replaces, what changed since, and whether every change may go out as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.comparing.changes import ValueChange, unexplained, value_changes
from evaluator.errors import Problem, UsageProblem
from evaluator.records.ledger import Entry, Ledger, sha256
from evaluator.records.recording import last_run, result_bytes
from evaluator.records.reruns import rebuilt
from evaluator.records.revisions import actuals_of, changes_told
from evaluator.records.workflow import corrections_of, ever_submitted, of_unit, remarks_of
from evaluator.results import Evaluation

SHOWN = 5  # changes named in a refusal


@dataclass(frozen=True, slots=True)
class History:
    """One unit's year in the ledger: its entries and its last run."""

    ledger: Ledger
    entries: tuple[Entry, ...]
    last: Entry | None

    def before(self) -> Evaluation | None:
        """What the last run came to, evaluated again from what the ledger kept."""
        return rebuilt(self.ledger, self.last) if self.last else None

    def same(self, evaluation: Evaluation) -> bool:
        """Whether the last run came to the very same result."""
        return self.last is not None and self.last.payload["digests"]["result"] == sha256(result_bytes(evaluation))

    def open(self, before: Evaluation, evaluation: Evaluation) -> list[ValueChange]:
        """The values changed since the last run that nobody has given a reason for yet."""
        told = corrections_of(self.entries, self.last.seq if self.last else 0)
        changed = value_changes(actuals_of(before), actuals_of(evaluation))
        return unexplained(changed, [change for one in told for change in one.changes])


def history_of(ledger: Ledger, unit_code: str, year: int) -> History:
    """The history of one unit's year."""
    entries = of_unit(ledger.entries(), unit_code, year)
    return History(ledger, tuple(entries), last_run([one for one in entries if one.kind == "run"], unit_code, year))


def changes_since(history: History, evaluation: Evaluation) -> dict[str, Any]:
    """What the reissue says of each table (see revisions.py); empty for a first run, what it said when nothing changed.

    Raises UsageProblem (U355) when values changed after a submission without a recorded reason.
    """
    last = history.last
    if last is None:
        return {}
    told: dict[str, Any] = last.payload["options"]["deliver"].get("changes") or {}
    before = None if history.same(evaluation) else history.before()
    if before is None:
        return told
    if ever_submitted(history.entries) and (silent := history.open(before, evaluation)):
        raise UsageProblem(
            [Problem("U355", _says(silent), remedy="ziping correct --reason 理由 --by 姓名 记下全部改动")]
        )
    corrections, remarks = corrections_of(history.entries, last.seq), remarks_of(history.entries, last.seq)
    return changes_told(before, evaluation, corrections, remarks, told)


def _says(silent: Sequence[ValueChange]) -> str:
    named = "；".join(f"{one.code} {one.subject} {one.field} {one.before} → {one.after}" for one in silent[:SHOWN])
    more = f"等 {len(silent)} 处" if len(silent) > SHOWN else ""
    return f"报送以后改动的内容没有写明理由：{named}{more}"
