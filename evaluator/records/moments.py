"""Times in a ledger are those of the machines that wrote it: one that goes back is recorded as it was, and told here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from evaluator.errors import Problem, Severity
from evaluator.records.ledger import Entry
from evaluator.records.shapes import WHEN

APART = timedelta(minutes=10)  # the clocks of two machines that share a folder may differ by as much


def moment(entry: Entry) -> datetime:
    """When an entry says that it was made; without a zone, in UTC."""
    return datetime.strptime(entry.time, WHEN)


def gone_back(entries: Sequence[Entry]) -> Iterator[tuple[int, Problem]]:
    """Entries that are earlier than the one before (L216): a warning, and a remark where clocks merely differ a little."""
    for before, entry in pairwise(entries):
        back = moment(before) - moment(entry)
        if back > timedelta():
            severity: Severity = "警告" if back > APART else "提示"
            says = f"第 {entry.seq} 条的时间 {entry.time} 早于前一条的 {before.time}：机器的时钟调过，或时间被人写过"
            yield entry.seq, Problem("L216", says, severity=severity, remedy="顺序以序号为准；问明是谁在哪台机器上做的")
