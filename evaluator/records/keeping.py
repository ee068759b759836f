"""How a ledger is kept (ledger.yaml beside it): whose signatures it must carry, and where its second copies are.

`ziping ledger pin` and `ziping ledger copy` write the file, and an entry that says the same: a file changed by hand is told.
Since an insider may change both, `ziping verify --pins` takes such a file from outside. A second copy lies on another disk or at
another office, is written with every act and compared by `ziping verify`: it is a ledger itself, and only grows too. One that cannot
be reached stops nobody: it is told, and the next act catches up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from evaluator.documents.validation import read_model
from evaluator.documents.written import Name, Written
from evaluator.errors import ActualsProblems, EvaluatorError, Problem
from evaluator.records.ledger import Entry, Ledger, Row, breaks
from evaluator.records.people import person

FILE = "ledger.yaml"
AGAIN = "接通以后，下一次写入会把缺的补上"
WHICH = "两边对照，找出被改过的一边；ziping verify 也可以核对副本"


class Pin(Written, title="应当签名的人"):
    """A person whose signature the ledger must carry, from an entry on, by this public key."""

    by: Name = Field(title="姓名")
    role: Literal["单位", "审核"] = Field(title="身份")
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(title="公钥")
    start: int = Field(1, alias="from", ge=1, title="从第几条起")

    @property
    def who(self) -> tuple[str, str]:
        """The person, whatever way the name is written, and the role."""
        return person(self.by), self.role

    @property
    def says(self) -> str:
        """The pin in words."""
        return f"{self.by}（{self.role}）从第 {self.start} 条起的公钥 {self.public_key[:12]}"


class Keeping(Written, title="台账的保管"):
    """What ledger.yaml says."""

    pins: list[Pin] = Field([], title="应当签名的人")
    copies: list[Name] = Field([], title="台账的副本")

    def places(self, root: Path) -> list[Path]:
        """Where the copies are, from the folder of the ledger."""
        return [Path(os.path.normpath(root / copy)) for copy in self.copies]


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that says how the ledger is to be kept from then on."""

    entry: Entry
    keeping: Keeping


def read_keeping(path: Path, wanted: bool = False) -> Keeping:
    """What a file says, nothing where there is none and none is `wanted`; raises ActualsProblems with all that is wrong in it."""
    if not wanted and not path.exists():
        return Keeping(pins=[], copies=[])
    read, problems = read_model(Keeping, path, path.name)
    if read is None:
        raise ActualsProblems(problems)
    return Keeping.model_validate(keeping_data(read))  # without its places: pins are the same wherever they are written


def keeping_data(keeping: Keeping) -> dict[str, Any]:
    """What it says as plain data, as the file and the ledger have it."""
    return keeping.model_dump(mode="json", by_alias=True)


def kept_in(entries: Iterable[Entry]) -> Iterator[Kept]:
    """What the ledger itself says of how it is kept, time after time."""
    for entry in entries:
        if entry.kind == "keeping":
            try:
                yield Kept(entry, Keeping.model_validate({k: entry.payload.get(k, []) for k in ("pins", "copies")}))
            except ValidationError:
                continue


def copies_of(root: Path) -> tuple[list[Path], list[Problem]]:
    """Where the copies of the ledger in a folder are; nowhere, with what is wrong, while the file cannot be read."""
    try:
        return read_keeping(root / FILE).places(root), []
    except ActualsProblems as error:
        return [], [replace(problem, severity="警告") for problem in error.problems]


# ---- what is told of changes -------------------------------------------------------------------------------------


def changed(written: Keeping, kept: Sequence[Kept], outside: Keeping | None) -> Iterator[tuple[int, Problem]]:
    """Pins and copies that changed (L217): between two entries, in the file by hand, against what is given from outside."""
    for before, after in pairwise(kept):
        seq = after.entry.seq
        for says in _missing(before.keeping, after.keeping):
            yield seq, Problem("L217", f"第 {seq} 条去掉或改了{says}")
        for pin in after.keeping.pins:
            if pin not in before.keeping.pins and pin.who in {old.who for old in before.keeping.pins}:
                yield seq, Problem("L217", f"第 {seq} 条起换了公钥：{pin.says}", severity="提示", remedy="向本人问明")
    if kept:
        last = kept[-1]
        for says in _missing(last.keeping, written):
            yield last.entry.seq, Problem("L217", f"{FILE} 里没有了第 {last.entry.seq} 条记下的{says}：被去掉或改过")
        for says in _missing(written, last.keeping):
            yield last.entry.seq, Problem("L217", f"{FILE} 里的{says}没有记入台账：不是用 ziping ledger 写的")
    elif written.pins or written.copies:
        says = f"{FILE} 没有记入台账，换了也看不出来"
        yield 0, Problem("L217", says, severity="提示", remedy="用 ziping ledger pin、ziping ledger copy 写")
    if outside is not None:
        for pin in outside.pins:
            if pin not in written.pins:
                yield 0, Problem("L217", f"外面给的{pin.says}，{FILE} 里没有：被去掉或换过")
        for pin in written.pins:
            if pin not in outside.pins:
                says = f"{FILE} 里的{pin.says}不在外面给的之中：后来加的，或被换过"
                yield 0, Problem("L217", says, severity="警告", remedy="向本人问明后，把新的一份另存")


def _missing(had: Keeping, has: Keeping) -> Iterator[str]:
    yield from (pin.says for pin in had.pins if pin not in has.pins)
    yield from (f"副本“{copy}”" for copy in had.copies if copy not in has.copies)


def pins_of(written: Keeping, kept: Sequence[Kept], outside: Keeping | None) -> list[Pin]:
    """The pins that hold: those from outside, else all that the file or the ledger has ever said."""
    if outside is not None:
        return outside.pins
    pins: list[Pin] = []
    for keeping in (*(entry.keeping for entry in kept), written):
        pins += [pin for pin in keeping.pins if pin not in pins]
    return pins


# ---- the second copies ---------------------------------------------------------------------------------------------


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
