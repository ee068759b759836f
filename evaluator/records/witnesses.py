"""What is kept outside the ledger and finds it again: the code at the foot of every form (台账码), and its head, written down.

    code = number of the entry before - first 16 hexadecimal digits of SHA-256(digest of that entry + digest of the result)

The code is made when a revision is first issued and kept with its run; whatever prints that revision again uses it again. Before
the first entry the number is 0 and the digest 64 zeros. Who rewrites the ledger, or cuts it, cannot keep the codes on paper.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files.snapshot import sha256
from evaluator.records.ledger import FIRST, Entry

if TYPE_CHECKING:
    from evaluator.records.reissuing import History


DIGITS = 16  # 64 bits: who would make another history end in the same code has to try 2**64
CODE = re.compile(rf"(\d+)-?([0-9a-f]{{{DIGITS}}})")
LEAST = 16  # hexadecimal digits of a digest that are enough to know it by
HEAD = re.compile(rf"(?:(\d+)-)?([0-9a-f]{{{LEAST},64}})")
REMEDY = "照表底的台账码再抄一次；抄得不错而台账里没有，找回原来的台账，或用备份和凭据对照"


def paper_code(before: Entry | None, result: str) -> str:
    """The code of a result (its SHA-256) that is first printed after an entry."""
    seq, digest = (before.seq, before.digest) if before else (0, FIRST)
    return code_text(seq, sha256(f"{digest}{result}".encode()))


def code_text(seq: int, digest: str) -> str:
    """A code as it is printed, in groups of four that can be read out: 12-3f9a-1c20-b7e4-55d1."""
    return "-".join([str(seq), *(digest[at : at + 4] for at in range(0, DIGITS, 4))])


def printed_code(history: History, payload: Mapping[str, Any], before: Entry | None) -> str | None:
    """The code a run prints: that of its revision where the ledger knows what it prints, else a new one after `before`.

    None for a revision of the time before there were codes.
    """
    if history.revision_of(payload) is None:
        return paper_code(before, payload["digests"]["result"])
    return kept_code(history.last) if history.last else None


def kept_code(run: Entry) -> str | None:
    """The code a run was printed with; None when it has none."""
    options = run.payload.get("options")
    deliver = options.get("deliver") if isinstance(options, dict) else None
    code = deliver.get("paper") if isinstance(deliver, dict) else None
    return code if isinstance(code, str) else None


def read_code(said: str) -> str:
    """A code as somebody typed it from paper, as it is printed; raises UsageProblem (U461) when it is none."""
    typed = re.sub(
        r"[\s　]|台账码", "", said.translate(str.maketrans("－—–‐０１２３４５６７８９", "----0123456789"))
    ).lower()
    head, _, rest = typed.partition("-")
    if match := CODE.fullmatch(f"{head}-{rest.replace('-', '')}"):
        return code_text(int(match[1]), match[2])
    raise UsageProblem([Problem("U461", f"“{said}”不是台账码", None, "表底印的那样，如 12-3f9a-1c20-b7e4-55d1")])


def unprinted(entries: Sequence[Entry], runs: Container[int]) -> Iterator[tuple[int, Problem]]:
    """Runs whose code does not follow from the entry before and the result: no paper with it came from this ledger."""
    before = {0: FIRST} | {entry.seq: entry.digest for entry in entries}
    for run in entries:
        code = kept_code(run) if run.seq in runs else None
        if code is not None and not _follows(code, run, before):
            yield run.seq, Problem("L211", f"第 {run.seq} 条的台账码 {code} 不是由它以前的各条和它的结果得出的")


def found_on(papers: Iterable[str], entries: Sequence[Entry]) -> Iterator[str | Problem]:
    """Of each code from paper, which run printed it, in words; or that the ledger has it no more (L212)."""
    before = {0: FIRST} | {entry.seq: entry.digest for entry in entries}
    runs: dict[str, Entry] = {}
    for run in entries:
        code = kept_code(run) if run.kind == "run" else None
        if code is not None and _follows(code, run, before):
            runs.setdefault(code, run)
    for code in map(read_code, papers):
        if code not in runs:
            last = entries[-1].seq if entries else 0
            short = int(code.partition("-")[0]) >= last
            why = f"台账只到第 {last} 条" if short else "台账的这一段不是印它的时候那样，或它不是这本台账印的"
            near = next(iter(get_close_matches(code, runs, 1, 0.85)), "")
            yield Problem("L212", f"纸上的台账码 {code}：台账里没有，{why}", None, "", near, remedy=REMEDY)
        else:
            run = runs[code]
            about = run.payload
            yield (
                f"纸上的台账码 {code}：第 {run.seq} 条印的，{about.get('unit') or about.get('unit_code')} {about.get('year')} 年度"
                f" {_revision(run)}（{run.time}），仍在台账里；表上的得分以这一条的为准"
            )


def _revision(run: Entry) -> str:
    number = run.payload.get("revision")
    return called(number) if isinstance(number, int) else ""


def _follows(code: str, run: Entry, before: Mapping[int, str]) -> bool:
    """Whether a code is that of the run's result after the entry that it names; that of a run taken in from another ledger
    is that ledger's (its `origin` says what it was there).
    """
    if "origin" in run.payload:
        return True
    try:
        seq, result = int(code.partition("-")[0]), run.payload["digests"]["result"]
        return seq < run.seq and code == code_text(seq, sha256(f"{before[seq]}{result}".encode()))
    except (KeyError, TypeError, ValueError):
        return False


# ---- the head, written down ----------------------------------------------------------------------------------------


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
