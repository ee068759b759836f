"""Where a unit's year stands between clerk and reviewer (填报、报送、退回、通过), told from the entries of the ledger.

    填报中 --submit--> 已报送 --return--> 已退回 --submit--> 已报送 --accept--> 已通过 --a change--> 通过后更正待审
    通过后更正待审 --submit--> 已报送, or --return--> 已退回

From the first submission on, every changed value needs a reason (a correction, 更正). Who submitted does not review. A review
(复核) states a reviewer's own values of what was submitted or accepted, and moves nothing.

A reviewer's remarks (意见) are made with a return or by themselves, about the unit, a table or a row; each has a number of its
own and stays open until it is answered (回复). What is submitted is not accepted while one is open. A return whose remarks are all
about tables returns these alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaluator.comparing.changes import ValueChange
from evaluator.records.ledger import Entry, LedgerProblem, damaged
from evaluator.records.shapes import misfit

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry


Stage = Literal["填报中", "已报送", "已退回", "已通过", "通过后更正待审"]
BEFORE: dict[str, tuple[Stage, ...]] = {
    "submit": ("填报中", "已退回", "通过后更正待审"),
    "return": ("已报送", "已通过", "通过后更正待审"),
    "accept": ("已报送",),
    "review": ("已报送", "已通过"),
    "remark": ("已报送", "已退回", "已通过", "通过后更正待审"),
}
PROGRAM = "用另一版程序重新出具过（填报的内容没有改动）"
REMARKED = ("return", "remark")  # entries that have remarks
SAID = {"submit": "报送", "return": "退回", "accept": "审核通过", "review": "复核", "remark": "写审核意见"}


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """Where a unit's year stands: the stage, the runs last submitted, last accepted and last made, each with its revision.

    `changed` when something was corrected, or came out otherwise, since what was last submitted; `unissued` when it was
    corrected after the last run; `program` when all that changed is the program, and what ships with it.
    """

    stage: Stage = "填报中"
    submitted: Entry | None = None
    accepted: Entry | None = None
    now: Entry | None = None
    changed: bool = False
    unissued: bool = False
    program: bool = False

    @property
    def reopened(self) -> bool:
        """Whether what is accepted is no longer what is there."""
        return self.accepted is not None and self.now is not None and _result(self.accepted) != _result(self.now)


@dataclass(frozen=True, slots=True)
class Correction:
    """Values a person changed, with the reason: what the ledger keeps of `ziping correct`."""

    time: str
    by: str
    reason: str
    changes: tuple[ValueChange, ...]


def of_unit(entries: Iterable[Entry], unit: str, year: int) -> list[Entry]:
    """The entries about one unit's year, in order; raises LedgerProblem when one of them is not what it says it is."""
    mine = [entry for entry in entries if (entry.payload.get("unit_code"), entry.payload.get("year")) == (unit, year)]
    for entry in mine:
        if says := misfit(entry.kind, entry.payload):
            raise LedgerProblem([damaged(f"台账第 {entry.seq} 条：{says}")])
    return mine


def revisions(entries: Iterable[Entry]) -> dict[int, int]:
    """The revision (版次) of each run of a unit's year, by the number of its entry.

    A run says its own; those recorded before runs did are counted.
    """
    runs = [entry for entry in entries if entry.kind == "run"]
    said = {run.seq: run.payload.get("revision") for run in runs}
    return {seq: number if isinstance(number, int) else place for place, (seq, number) in enumerate(said.items(), 1)}


def standing_of(entries: Sequence[Entry]) -> UnitStanding:
    """Where a unit's year stands, from its entries."""
    runs: dict[int, Entry] = {}
    stage: Stage = "填报中"
    submitted = accepted = now = None
    changed = unissued = own = False
    for entry in entries:
        match entry.kind:
            case "run":
                unissued = False
                now = runs[entry.seq] = entry
                if submitted is not None and _result(entry) != _result(submitted):
                    changed, own = True, own or not only_program(submitted.payload, entry.payload)
            case "correction":
                changed, unissued, own = submitted is not None, True, True
            case "submit":
                stage, submitted, changed, own = "已报送", runs.get(entry.payload.get("run", 0)), False, False
            case "return":
                stage = "已退回"
            case "accept":
                stage, accepted = "已通过", submitted
        if stage == "已通过" and changed:
            stage = "通过后更正待审"
    return UnitStanding(stage, submitted, accepted, now, changed, unissued, program=changed and not own)


def only_program(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two runs differ in nothing but the program and what ships with it: a unit wrote and chose the same for both."""
    codes = {run["engine"].get("code") for run in (before, after)}
    return len(codes) == 2 and _own(before) == _own(after)


def _own(run: Mapping[str, Any]) -> Any:
    written = {path: digest for path, digest in run["snapshot"].items() if not path.startswith("product/")}
    return written, run["evidence"], run["options"]["policy"], run["options"]["deliver"].get("office")


def _result(run: Entry) -> str:
    return str(run.payload["digests"]["result"])


def last_submission(entries: Sequence[Entry]) -> int:
    """The number of the last submission's entry, 0 before the first."""
    return max((entry.seq for entry in entries if entry.kind == "submit"), default=0)


def changes_in(entry: Entry) -> tuple[ValueChange, ...]:
    """The values that a correction changed; none of any other entry."""
    return tuple(ValueChange(**fields) for fields in entry.payload["changes"]) if entry.kind == "correction" else ()


def change_text(change: ValueChange) -> str:
    """A changed value in words: whose, what, from what to what."""
    return f"{change.code} {change.subject} {change.field} {change.before} → {change.after}"


def corrections_of(entries: Iterable[Entry], after: int = 0) -> list[Correction]:
    """Every correction recorded after an entry (by its number), in order."""
    return [
        Correction(entry.time, entry.payload["by"], entry.payload["reason"], changes_in(entry))
        for entry in entries
        if entry.kind == "correction" and entry.seq > after
    ]


# ---- remarks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a remark, when and by whom."""

    time: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer wrote, and its answer; `code` is empty for the whole unit, `row` for a whole table.

    `seq` is the number of its entry; `number` counts the remarks of the unit's year.
    """

    number: int
    seq: int
    time: str
    by: str
    code: str
    text: str
    answer: Answer | None
    row: str = ""

    @property
    def about(self) -> str:
        """What it is about: a table by its code, with the row where it is about one, or the whole unit."""
        return f"{self.code} {self.row}".strip() or "整个单位"

    @property
    def says(self) -> str:
        """The remark in one line."""
        return f"意见 {self.number}　{self.about}：{self.text}（{self.by}，{self.time[:10]}）"


def remarks_of(entries: Iterable[Entry], after: int = 0) -> list[Remark]:
    """Every remark of a unit's year recorded after an entry, in order, with the last answer to it."""
    listed = list(entries)
    answers = {
        entry.payload["remark"]: Answer(entry.time, entry.payload["by"], entry.payload["answer"])
        for entry in listed
        if entry.kind == "reply"
    }
    said = [(entry, remark) for entry in listed if entry.kind in REMARKED for remark in entry.payload["remarks"]]
    return [
        Remark(
            number, entry.seq, entry.time, entry.payload["by"], remark["code"], remark["text"], answers.get(number),
            remark.get("row", ""),
        )
        for number, (entry, remark) in enumerate(said, 1)
        if entry.seq > after
    ]  # fmt: skip


def current(entries: Sequence[Entry]) -> list[Remark]:
    """The remarks that are to be answered before the next submission, answered or not."""
    return remarks_of(entries, last_submission(entries))


def returned_tables(entries: Sequence[Entry]) -> frozenset[str]:
    """The codes of the tables that were returned since the last submission; none where the unit was, or nothing was."""
    returns = [entry for entry in entries if entry.kind == "return" and entry.seq > last_submission(entries)]
    codes = [remark["code"] for entry in returns for remark in entry.payload["remarks"]]
    return frozenset(codes) if all(codes) else frozenset()


def returned_before(entries: Sequence[Entry]) -> frozenset[str]:
    """The codes of the tables whose return the last submission answers; none where the whole unit was returned, or nothing."""
    last = last_submission(entries)
    return returned_tables([entry for entry in entries if entry.seq < last])
