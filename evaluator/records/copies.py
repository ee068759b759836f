"""The second copy of a ledger, on another disk or at another office: written with every act, compared by `ziping verify`.

A copy is a ledger itself, and only grows too. One that cannot be reached stops nobody: it is told, and the next act catches up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from evaluator.errors import EvaluatorError, Problem
from evaluator.records.ledger import Entry, Ledger, Row, breaks

AGAIN = "接通以后，下一次写入会把缺的补上"
WHICH = "两边对照，找出被改过的一边；ziping verify 也可以核对副本"


def bring_up(ledger: Ledger, copies: Iterable[Path]) -> Iterator[Problem]:
    """Write into each copy what it does not have yet; what stands in the way, as warnings (L221, L222)."""
    entries: list[Entry] | None = None
    for place in copies:
        try:
            if not place.parent.is_dir():
                yield _behind(place, "所在的目录不在或没有接通，这一次没有写进副本")
                continue
            with Ledger(place) as copy:
                head, ours = copy.head(), ledger.head()
                if head and ours and head.digest == ours.digest:
                    continue
                entries = ledger.entries() if entries is None else entries
                if head and (head.seq > len(entries) or entries[head.seq - 1].digest != head.digest):
                    says = f"台账的副本“{place}”的第 {head.seq} 条与台账的不同，没有再写"
                    yield Problem("L222", says, severity="警告", remedy=WHICH)
                    continue
                for entry in entries[head.seq if head else 0 :]:
                    copy.add(entry, {digest: ledger.blob(digest) for digest in entry.payload.get("blobs", ())})
        except EvaluatorError as error:
            yield _behind(place, f"没有写成：{error.problems[0].says}")
        except OSError as error:
            yield _behind(place, f"没有写成（{error.strerror}）")


def rows_in(copies: Iterable[Path]) -> list[tuple[Path, list[Row] | str]]:
    """The entries of each copy as they stand there, or why there are none; read before the ledger, which may grow meanwhile."""
    contents: list[tuple[Path, list[Row] | str]] = []
    for place in copies:
        try:
            with Ledger(place) as copy:
                contents.append((place, copy.rows() or "不见了或没有接通"))
        except (EvaluatorError, OSError) as error:
            says = error.problems[0].says if isinstance(error, EvaluatorError) else f"打不开（{error.strerror}）"
            contents.append((place, says))
    return contents


def compared(entries: Sequence[Entry], copies: Iterable[tuple[Path, list[Row] | str]]) -> Iterator[tuple[int, Problem]]:
    """Where a copy and the ledger do not say the same (L221 the copy is behind or away, L222 they differ)."""
    ours = {entry.seq: entry.digest for entry in entries}
    last = max(ours, default=0)
    for place, rows in copies:
        if isinstance(rows, str):
            yield 0, _behind(place, rows)
            continue
        if broken := next(breaks(rows), None):
            yield broken[0], Problem("L222", f"台账的副本“{place}”自己不成立：{broken[1]}", remedy=WHICH)
            continue
        theirs = {row[0]: row[5] for row in rows}
        other = [seq for seq in sorted(ours.keys() & theirs) if ours[seq] != theirs[seq]]
        if other:
            says = f"台账的副本“{place}”从第 {other[0]} 条起与台账不同：有一边被改过"
            yield other[0], Problem("L222", says, remedy=WHICH)
        elif len(rows) > last:
            says = f"台账的副本“{place}”有 {len(rows)} 条，台账只到第 {last} 条：台账被截短或换成了旧的"
            yield last + 1, Problem("L222", says, remedy="用副本恢复台账")
        elif len(rows) < last:
            yield len(rows) + 1, _behind(place, f"只到第 {len(rows)} 条")


def _behind(place: Path, says: str) -> Problem:
    return Problem("L221", f"台账的副本“{place}”{says}", severity="警告", remedy=AGAIN)
