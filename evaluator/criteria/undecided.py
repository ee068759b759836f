"""What is open in a criterion and matters, each question with its readings and the points they give; and answers put into the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from evaluator.criteria.cutting import vocabulary
from evaluator.criteria.earning import Earned, earn
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.situation import Needs, Query, Situation, checked
from evaluator.criteria.tree import Award, Change, Claim, Criterion, PerUnit
from evaluator.quantities.numerals import Unreadable, write_number
from evaluator.quantities.units import Quantity

_MOST = 400  # applications of a criterion while its questions are looked for
_FAR = ["10", "100", "1000000"]  # counts towards and beyond any bound


@dataclass(frozen=True, slots=True)
class Choice:
    """One reading of a question, and the points it gives for each worked value (None: other questions still decide)."""

    answer: str
    says: str
    points: tuple[tuple[str, Fraction | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that matters, with its readings."""

    question: Query
    readings: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a criterion gives under a situation: points where all that is open agrees, else the questions that decide them."""

    earned: Earned | None
    asks: tuple[Ask, ...] = ()


def found(tree: Criterion, situation: Situation) -> Found:
    """The points, or what must be answered before they are known; raises Refusal where the criterion cannot be applied."""
    search = _Inquiry(tree, situation)
    search.look()
    earned = search.agreed()
    return Found(earned, () if earned is not None else search.asks())


class _Inquiry:
    """Every reading of every question, as far as they matter."""

    def __init__(self, tree: Criterion, situation: Situation) -> None:
        self.tree, self.situation = tree, situation
        self.tried: dict[tuple[tuple[str, str], ...], Earned | Query | Refusal] = {}
        self.questions: dict[str, tuple[Query, dict[str, str]]] = {}  # each with the answers under which it came up

    def applied(self, answers: Mapping[str, str]) -> Earned | Query | Refusal:
        """What comes of a set of answers: the points, the next question, or that these answers make no sense together."""
        key = tuple(sorted(answers.items()))
        if key not in self.tried:
            given = {**self.situation.answers, **answers}
            here = replace(self.situation, answers=given)
            try:
                self.tried[key] = earn(self.tree, here)
            except Needs as need:
                self.tried[key] = need.question
            except (Refusal, Unreadable) as found_:
                error = found_ if isinstance(found_, Refusal) else Refusal("Q410", found_.reason, 0, found_.allowed)
                if not answers:
                    raise error from None
                self.tried[key] = error
        return self.tried[key]

    def look(self) -> None:
        """Find the questions: on the plainest way, then on those that differ from it by one answer."""
        waiting: list[dict[str, str]] = [{}]
        seen: set[tuple[tuple[str, str], ...]] = set()
        while waiting and len(self.tried) < _MOST:
            answers = waiting.pop(0)
            way = tuple(sorted(answers.items()))
            if way in seen:
                continue
            seen.add(way)
            result = self.applied(answers)
            if not isinstance(result, Query):
                continue
            assert result.key not in answers, result
            self.questions.setdefault(result.key, (result, dict(answers)))
            options = samples(result) or (["1"] if result.code == "NAME" else [])  # what else is asked beside it
            waiting += [{**answers, result.key: option} for option in options]

    def agreed(self) -> Earned | None:
        """The points, where nothing is open or every way gives the same; None otherwise."""
        first = self.applied({})
        if isinstance(first, Earned):
            return first
        ends: list[Earned] = []
        waiting: list[dict[str, str]] = [{}]
        while waiting:
            answers = waiting.pop(0)
            result = self.applied(answers)
            if isinstance(result, Earned):
                ends.append(result)
                if (result.points, result.outside) != (ends[0].points, ends[0].outside) or len(self.tried) >= _MOST:
                    return None
                continue
            options = samples(result) if isinstance(result, Query) and result.code != "TYPO" else []
            if not isinstance(result, Query) or not options or len(self.tried) >= _MOST:
                return None
            waiting += [{**answers, result.key: option} for option in options]
        if not ends:
            return None
        return replace(ends[0], steps=(*ends[0].steps, "没有写明的地方，各种读法得分都一样"))

    def asks(self) -> tuple[Ask, ...]:
        """The questions that matter, each reading with the points it gives where the other answers are the plainest."""
        unsettled: list[Ask] = []
        value = self.situation.actual or ""
        for question, before in self.questions.values():
            readings = [
                Choice(answer, says, ((value, self._ends({**before, question.key: answer})),))
                for answer, says in question.readings
            ]
            given = {points for reading in readings for _, points in reading.points}
            if question.settles and question.code != "TYPO" and len(given) == 1 and None not in given:
                continue
            unsettled.append(Ask(question, tuple(readings)))
        return tuple(unsettled)

    def _ends(self, answers: dict[str, str]) -> Fraction | None:
        """The points on the plainest way from here."""
        for _ in range(60):
            result = self.applied(answers)
            if isinstance(result, Earned):
                return result.points
            options = samples(result) if isinstance(result, Query) else []
            if not isinstance(result, Query) or not options:
                return None
            answers = {**answers, result.key: options[0]}
        return None


def outcomes(tree: Criterion, situation: Situation) -> tuple[list[tuple[tuple[str, ...], Earned]], list[Query]]:
    """Every way what the sentence leaves open can be meant, each with what it gives; and what only a person could say.

    Raises Refusal where the criterion cannot be applied at all.
    """
    search = _Inquiry(tree, situation)
    ends: list[tuple[tuple[str, ...], Earned]] = []
    inputs: dict[str, Query] = {}
    waiting: list[tuple[dict[str, str], tuple[str, ...]]] = [({}, ())]
    while waiting and len(search.tried) < _MOST:
        answers, meant = waiting.pop(0)
        result = search.applied(answers)
        if isinstance(result, Earned):
            ends.append((meant, result))
        elif isinstance(result, Query) and result.settles and result.code != "TYPO":
            waiting += [({**answers, result.key: reading}, (*meant, says)) for reading, says in result.readings]
        elif isinstance(result, Query):
            inputs.setdefault(result.key, result)
    return ends, list(inputs.values())


def samples(question: Query) -> list[str]:
    """Answers to try: every reading; of a count also one beyond any bound; none of a value that could be anything."""
    options = [answer for answer, _ in question.readings]
    return [*options, *_FAR] if question.given == "数" else options


def asks(
    tree: Criterion, target: str, points: Fraction | None, actual: str | None = None, sign: Any = None
) -> tuple[Ask, ...]:
    """What is open in a criterion, under one actual or under worked values around the target.

    Questions that change no points are left out; each reading comes with the points it gives for the worked values.
    """
    if actual is not None:
        return found(tree, Situation(target, actual, points, sign=sign)).asks
    every: dict[str, Ask] = {}
    for value in worked(tree, target):
        try:
            here = found(tree, Situation(target, value, points, sign=sign)).asks
        except Refusal:
            continue
        for ask in here:
            known = every.get(ask.question.key)
            every[ask.question.key] = ask if known is None else _joined(known, ask)
    return tuple(every.values())


def _joined(known: Ask, other: Ask) -> Ask:
    more = {reading.answer: reading for reading in other.readings}
    readings = tuple(
        replace(choice, points=choice.points + more[choice.answer].points) if choice.answer in more else choice
        for choice in known.readings
    )
    return Ask(known.question, readings)


def worked(tree: Criterion, target: str) -> list[str]:
    """Actuals that show what a criterion does: the target, a little off it, a part of a unit off, and far off, on both sides."""
    row = Situation(target)
    aim = row.aim()
    if aim is None:
        return _states(tree) or ["是", "否"]
    steps = [rule.per.size for rule in tree.rules if isinstance(rule, Change) and isinstance(rule.per, PerUnit)]
    size = next((_in(step, aim) for step in steps), None) or (abs(aim.number) / 20 or Fraction(1))
    size = Fraction(1) if comes_whole(aim) and size < 1 else size  # there is no quarter of an event
    numbers = [aim.number + size * n for n in (0, -1, Fraction(-3, 2), -30, 1, Fraction(3, 2))]
    numbers = numbers if aim.unit.can_be_negative else [max(n, Fraction(0)) for n in numbers]
    whole = comes_whole(aim) and Fraction(size).denominator == 1
    allowed = [n for n in numbers if not (whole and Fraction(n).denominator > 1)]
    return [str(Quantity(n, aim.unit)) for n in dict.fromkeys(allowed) if "/" not in write_number(n)]


def _states(tree: Criterion) -> list[str]:
    """The words of a declared scale (优, 良, 中), where each gives points."""
    whens = [rule.when for rule in tree.rules if isinstance(rule, Award)]
    words = [when[0].words for when in whens if len(when) == 1 and isinstance(when[0], Claim)]
    return words if len(words) == len(whens) > 1 else []


def comes_whole(aim: Quantity) -> bool:
    """Whether what is counted comes in whole ones: 59人, 3次, and not 5万元, 95%."""
    unit = aim.unit
    return aim.number.denominator == 1 and unit.size == 1 and unit.kind in (unit.name, "人") and not unit.bare


def _in(size: Quantity, aim: Quantity) -> Fraction | None:
    if size.unit.kind == "百分点" and aim.unit.kind == "比率":
        return size.number
    return size.to(aim.unit) if size.unit.kind == aim.unit.kind else None


def answered(tree: Criterion, answers: Mapping[str, str]) -> Criterion:
    """The tree with answers put into it: those that settle what the sentence means; inputs of a row are left out.

    Raises Refusal (Q411) for an answer that is no reading of its question.
    """
    terms = dict(tree.terms)
    for key, answer in answers.items():
        if key not in vocabulary()["terms"]:
            continue
        readings = tuple((str(reading), str(says)) for reading, says in vocabulary()["terms"][key]["readings"].items())
        terms[key] = checked(Query(key.upper(), key, "", readings), answer)
    return replace(tree, terms=tuple(sorted(terms.items())))
