"""A reviewer's remarks (退回意见) and their answers (回复): each has a number of its own, and stays open until answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.errors import Problem, UsageProblem
from evaluator.lock import locked
from evaluator.records.workflow import last_submission, of_unit

if TYPE_CHECKING:
    from evaluator.records.ledger import Entry, Ledger


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


def words(text: str, what: str, allowed: str) -> str:
    """What a person says, without the blanks around it; raises UsageProblem (U375) when that is nothing."""
    if not text.strip():
        raise UsageProblem([Problem("U375", f"{what}没有内容", None, allowed)])
    return text.strip()


def reply(ledger: Ledger, unit: str, year: int, number: int, answer: str, by: str) -> Remark:
    """Record the answer to a remark; a later one takes its place until the year is submitted. Returns the remark.

    Raises UsageProblem: U373 no such remark, U374 one that went with a submission, U375 nothing said.
    """
    with locked(ledger.path.parent, "回复"):
        return _reply(ledger, unit, year, number, answer, by)


def _reply(ledger: Ledger, unit: str, year: int, number: int, answer: str, by: str) -> Remark:
    mine = of_unit(ledger.entries(), unit, year)
    known = {one.number: one for one in remarks_of(mine)}
    now = {one.number: one for one in current(mine)}
    if number not in known:
        allowed = "、".join(str(one) for one in known) or "还没有退回意见"
        raise UsageProblem([Problem("U373", f"没有意见 {number}", None, allowed)])
    if number not in now:
        allowed = "、".join(str(one) for one in now) or "没有要回复的意见"
        raise UsageProblem([Problem("U374", f"意见 {number} 已随后来的报送了结，不再回复", None, allowed)])
    said = words(answer, f"意见 {number} 的回复", "--answer 回复")
    ledger.append("reply", {"unit_code": unit, "year": year, "by": by, "remark": number, "answer": said})
    return now[number]
