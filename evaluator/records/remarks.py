"""A reviewer's remarks (退回意见) and their answers (回复): each has a number of its own, and stays open until answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.records.workflow import last_submission

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a remark, when and by whom."""

    time: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reviewer wrote when a form was returned, and its answer; `code` is empty for the whole unit.

    `seq` is the number of the return's entry; `number` counts the remarks of the unit's year.
    """

    number: int
    seq: int
    time: str
    by: str
    code: str
    text: str
    answer: Answer | None

    @property
    def says(self) -> str:
        """The remark in one line."""
        return f"意见 {self.number}　{self.code or '整个单位'}：{self.text}（{self.by}，{self.time[:10]}）"


def remarks_of(entries: Iterable[Entry], after: int = 0) -> list[Remark]:
    """Every remark of a unit's year recorded after an entry, in order, with the last answer to it."""
    listed = list(entries)
    answers = {
        one.payload["remark"]: Answer(one.time, one.payload["by"], one.payload["answer"])
        for one in listed
        if one.kind == "reply"
    }
    told = [(one, each) for one in listed if one.kind == "return" for each in one.payload["remarks"]]
    return [
        Remark(number, one.seq, one.time, one.payload["by"], each["code"], each["text"], answers.get(number))
        for number, (one, each) in enumerate(told, 1)
        if one.seq > after
    ]


def current(entries: Sequence[Entry]) -> list[Remark]:
    """The remarks that are to be answered before the next submission, answered or not."""
    return remarks_of(entries, last_submission(entries))
