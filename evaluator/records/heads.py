"""The head of a ledger kept elsewhere: its number and digest, by which a ledger that was cut back or rewritten is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from evaluator.errors import Problem, UsageProblem
from evaluator.records.ledger import Entry

LEAST = 16  # hexadecimal digits of a digest that are enough to know it by
HEAD = re.compile(rf"(?:(\d+)-)?([0-9a-f]{{{LEAST},64}})")


def head_of(entry: Entry) -> str:
    """An entry as it is kept elsewhere: its number and its whole digest."""
    return f"{entry.seq}-{entry.digest}"


def read_head(said: str) -> tuple[int | None, str]:
    """The number (if it is told) and the digits of a digest; raises UsageProblem (U462) for anything else."""
    if match := HEAD.fullmatch("".join(said.split()).lower()):
        return int(match[1]) if match[1] else None, match[2]
    allowed = f"ziping ledger head 印的那样：序号-摘要，或只写摘要（至少前 {LEAST} 位）"
    raise UsageProblem([Problem("U462", f"“{said}”不是台账的一条", None, allowed)])


def still_there(heads: Iterable[str], entries: Sequence[Entry]) -> Iterator[str | Problem]:
    """Of each head that was kept, that the ledger still has it, in words; or that it has not (L213)."""
    for seq, digest in map(read_head, heads):
        named = f"第 {seq} 条 {digest[:12]}" if seq else f"摘要 {digest[:12]}"
        there = [entry for entry in entries if entry.digest.startswith(digest) and seq in (None, entry.seq)]
        if there:
            yield f"另存的{named}：台账里有（{there[0].time}），其后又记 {entries[-1].seq - there[0].seq} 条"
            continue
        last = entries[-1].seq if entries else 0
        why = f"台账只到第 {last} 条，被截短或换成了旧的" if seq and seq > last else "台账被改写过，或是另一本"
        yield Problem("L213", f"另存的{named}：台账里没有，{why}", remedy="找回原来的台账，用备份和凭据对照")
