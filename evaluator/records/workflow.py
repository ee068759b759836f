"""Where a unit's year stands between clerk and reviewer (填报、报送、退回、通过), told from the entries of the ledger.

    填报中 --submit--> 已报送 --return--> 已退回 --submit--> 已报送 --accept--> 已通过

From the first submission on, every changed value needs a reason (a correction, 更正).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaluator.comparing.changes import ValueChange
from evaluator.errors import Problem, UsageProblem

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry, Ledger

Stage = Literal["填报中", "已报送", "已退回", "已通过"]
STAGES: dict[str, Stage] = {"submit": "已报送", "return": "已退回", "accept": "已通过"}
BEFORE: dict[str, tuple[Stage, ...]] = {
    "submit": ("填报中", "已退回"),
    "return": ("已报送", "已通过"),
    "accept": ("已报送",),
}
SAID = {"submit": "报送", "return": "退回", "accept": "审核通过"}


@dataclass(frozen=True, slots=True)
class Correction:
    """Values a person changed, with the reason: what the ledger keeps of `ziping correct`."""

    time: str
    by: str
    reason: str
    changes: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer wrote when a form was returned (退回意见); `code` is empty for the whole unit."""

    time: str
    by: str
    code: str
    text: str


def of_unit(entries: Iterable[Entry], unit: str, year: int) -> list[Entry]:
    """The entries about one unit's year, in order."""
    return [one for one in entries if (one.payload.get("unit_code"), one.payload.get("year")) == (unit, year)]


def stage_of(entries: Sequence[Entry]) -> Stage:
    """Where a unit's year stands, from its entries."""
    steps = [STAGES[one.kind] for one in entries if one.kind in STAGES]
    return steps[-1] if steps else "填报中"


def ever_submitted(entries: Sequence[Entry]) -> bool:
    """Whether values can no longer be changed without a reason."""
    return any(one.kind == "submit" for one in entries)


def corrections_of(entries: Iterable[Entry], after: int = 0) -> list[Correction]:
    """Every correction recorded after an entry (by its number), in order."""
    return [
        Correction(one.time, one.payload["by"], one.payload["reason"], tuple(ValueChange(**each) for each in one.payload["changes"]))
        for one in entries
        if one.kind == "correction" and one.seq > after
    ]  # fmt: skip


def remarks_of(entries: Iterable[Entry], after: int = 0) -> list[Remark]:
    """Every remark of a return recorded after an entry, in order."""
    return [
        Remark(one.time, one.payload["by"], each["code"], each["text"])
        for one in entries
        if one.kind == "return" and one.seq > after
        for each in one.payload["remarks"]
    ]


def step(ledger: Ledger, kind: str, unit: str, year: int, by: str, **more: Any) -> Entry:
    """Record a submission, return or acceptance; raises UsageProblem (U351) when the year does not stand where it must."""
    mine = of_unit(ledger.entries(), unit, year)
    stage = stage_of(mine)
    if stage not in BEFORE[kind]:
        says = f"{year} 年度现在是“{stage}”，不能{SAID[kind]}"
        raise UsageProblem([Problem("U351", says, None, f"{'或'.join(BEFORE[kind])}时才能{SAID[kind]}")])
    return ledger.append(kind, {"unit_code": unit, "year": year, "by": by, **more})


def record_correction(
    ledger: Ledger, unit: str, year: int, by: str, reason: str, changes: Sequence[ValueChange]
) -> Entry:
    """Record who changed which values, from what to what, and why."""
    told = {"unit_code": unit, "year": year, "by": by, "reason": reason, "changes": [asdict(one) for one in changes]}
    return ledger.append("correction", told)
