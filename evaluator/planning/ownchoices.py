"""Rows whose criterion leaves one thing to be said: a grade, yes or no, how many are missing; each answer as the main path scores it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.situation import Query, checked
from evaluator.criteria.standard import Standard, standard
from evaluator.criteria.tree import Award, Change, Count, Criterion, Full, Met, PerUnit
from evaluator.criteria.undecided import worked
from evaluator.model import Result
from evaluator.planning.ownpoints import unplanned
from evaluator.preparation import Prepared
from evaluator.quantities.numerals import Unreadable
from evaluator.rowreading import Reading, read_row
from evaluator.scoring import score

MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class OwnChoice:
    """One thing that can be said of a row: in words, as a result has it, and what it earns (hundredths) and reaches."""

    says: str
    entry: dict[str, Any]
    earned: int
    reached: Fraction


def choices_of(reading: Reading, now: Prepared) -> tuple[tuple[OwnChoice, ...], int | None]:
    """Everything that can be said of a row, in order, and which of it is said now; of a count all that make a difference.

    Raises UsageProblem (U378) where more than one thing is open, or what is said is none of these.
    """
    row, points = reading.indicator, Fraction(reading.points, 100)
    try:
        own = standard(row.criterion or "", row.reads)
        inputs = own.inputs(row.target, points, row.sign)
        open_ = list(own.asks(row.target, points, row.sign))
    except Refusal as error:
        raise unplanned(row, f"的评分标准用不上：{error.says}") from None
    if open_ or len(inputs) > 1:
        asked = "；".join(query.asks for query in [*(ask.question for ask in open_), *inputs])
        raise unplanned(row, f"的得分要看不止一件事：{asked}")
    if inputs and inputs[0].given == "数":
        listed = list(_counted(reading, now, own, inputs[0]))
    elif inputs and not inputs[0].readings:
        raise unplanned(row, f"的得分还要看：{inputs[0].asks}")
    elif inputs:
        listed = [_given(reading, now, inputs[0], answer) for answer, _ in inputs[0].readings]
    else:
        listed = [_choice(reading, now, text, {"actual": text, "given": {}}) for text in worked(own.tree, row.target)]
    return tuple(listed), None if reading.missing else _said(reading, listed, inputs)


def _said(reading: Reading, listed: list[OwnChoice], inputs: list[Query]) -> int:
    """Which choice the result is."""
    row, result = reading.indicator, reading.result
    if inputs:
        text = result.given.get(inputs[0].key, result.given.get(inputs[0].key.rstrip("0123456789")))
        entry: dict[str, Any] = {"given": {inputs[0].key: checked(inputs[0], text)}} if text is not None else {}
    else:
        entry = {"actual": (result.actual or "").strip()}
    places = [place for place, choice in enumerate(listed) if entry.items() <= choice.entry.items()]
    if not entry or not places:
        raise unplanned(row, "现在填的不在可以推算的几种之内")
    return places[0]


def _counted(reading: Reading, now: Prepared, own: Standard, query: Query) -> Iterator[OwnChoice]:
    """None, one, two …, as far as one more makes a difference, and as many as there are now."""
    bound = _bound(own.tree, Fraction(reading.points, 100))
    said = reading.result.given.get(query.key)
    at_least = 0 if said is None else int(Fraction(checked(query, said)))
    for number in count():
        choice, points = _scored(
            reading, now, query.told(str(number)), {"actual": None, "given": {query.key: str(number)}}
        )
        yield choice
        if bound is None or number > MOST_COUNTED:
            raise unplanned(reading.indicator, f"的得分还要看：{query.asks}")
        if points == bound and number >= at_least:
            return


def _bound(tree: Criterion, points: Fraction) -> Fraction | None:
    """What points come to at last where every further one counted only takes, or only adds; None where they do not."""
    full = Award((Met(),), Full())  # 按期完成得满分: what the others take from
    rules = [rule for rule in tree.rules if rule != full]
    if tree.parts or tree.most_gained or tree.most_lost or not rules:
        return None
    changes = [rule for rule in rules if isinstance(rule, Change) and not rule.when and _by_whole_ones(tree, rule)]
    if len(changes) < len(rules) or any(rule.judged for rule in changes):
        return None
    if all(rule.by < 0 for rule in changes):
        return Fraction(0) if tree.term("floor") == "0" else None
    if all(rule.by > 0 for rule in changes) and (tree.most is not None or tree.term("cap") == "points"):
        return points if tree.most is None else min(tree.most, points) if tree.term("cap") == "points" else tree.most
    return None


def _by_whole_ones(tree: Criterion, rule: Change) -> bool:
    """Whether only whole ones make a difference: things counted, and months late of which a part counts as none or one."""
    late = isinstance(rule.per, PerUnit) and rule.per.way == "late" and tree.term("step") in ("started", "full")
    return late or isinstance(rule.per, Count)


def _given(reading: Reading, now: Prepared, query: Query, answer: str) -> OwnChoice:
    return _choice(reading, now, query.told(answer), {"actual": None, "given": {query.key: answer}})


def _choice(reading: Reading, now: Prepared, says: str, entry: dict[str, Any]) -> OwnChoice:
    return _scored(reading, now, says, entry)[0]


def _scored(reading: Reading, now: Prepared, says: str, entry: dict[str, Any]) -> tuple[OwnChoice, Fraction]:
    """A choice, and the points its criterion gives before they are rounded."""
    row = reading.indicator
    try:
        said = read_row(row, Result(**entry), reading.points, now.money, now.policy, now.table.year)
    except Unreadable as error:
        raise unplanned(row, f"的得分推算不了：{error.reason}") from None
    if said.own is None or said.own.points is None or not 0 <= said.own.points * 100 <= reading.points:
        raise unplanned(row, "的得分可能是负分，或超过本行分值")
    scored = score([said.case(0, now.policy)]).iloc[0]
    reached = Fraction(int(scored["num"]), int(scored["den"]))
    return OwnChoice(says, entry, int(scored["earned"]), reached), said.own.points
