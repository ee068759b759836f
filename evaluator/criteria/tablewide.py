"""What the scoring standards of a whole table leave open alike: asked once, settled once, said of all rows it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.saying import written
from evaluator.criteria.standard import open_says, readings_of, standard
from evaluator.criteria.tiers import tier_of
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Criterion,
    Extra,
    Fixed,
    Formula,
    InProportion,
    Interval,
    PerUnit,
)
from evaluator.criteria.undecided import Ask, answered
from evaluator.errors import nearest
from evaluator.figures import half_up

OF_A_ROW = ("typo", "effect")  # of one sentence each, and settled in its row
SHOWN = 2  # rows whose worked values stand beside a reading


@dataclass(frozen=True, slots=True)
class SharedAsk:
    """One question that several rows leave open, each row by its name with its own worked values."""

    rows: tuple[tuple[str, Ask], ...]

    @property
    def key(self) -> str:
        """What its answer goes by."""
        return self.rows[0][1].question.key

    @property
    def names(self) -> str:
        """The rows it concerns."""
        listed = "、".join(f"“{name}”" for name, _ in self.rows[:4])
        return listed + (f"等{len(self.rows)}行" if len(self.rows) > 4 else "")

    @property
    def says(self) -> str:
        """What is open, and where."""
        return f"{self.names}的评分标准都没有写明：{open_says(self.rows[0][1])}"

    @property
    def meanings(self) -> str:
        """The readings in words, each with the points it gives the rows concerned."""
        readings = self.rows[0][1].readings
        return "；".join(f"{reading.says}{self._given(place)}" for place, reading in enumerate(readings))

    @property
    def choices(self) -> tuple[str, ...]:
        """The readings in words."""
        return tuple(says for _, says in self.rows[0][1].question.readings)

    @property
    def answers(self) -> str:
        """How its answer is written."""
        return readings_of(Ask(self.rows[0][1].question))

    def _given(self, place: int) -> str:
        given = [_worked(name, ask, place) for name, ask in self.rows]
        shown = [text for text in given if text][:SHOWN]
        return f"（{'；'.join(shown)}）" if shown else ""


def _worked(name: str, ask: Ask, place: int) -> str:
    """What a reading gives a row for the first worked value on which the readings differ; '' where none does."""
    for number, (actual, points) in enumerate(ask.readings[place].points):
        others = {reading.points[number][1] for reading in ask.readings if number < len(reading.points)}
        if points is not None and len(others) > 1:
            return f"{name}完成{actual}得{half_up(points, 2)}分"
    return ""


def shared_asks(rows: Sequence[tuple[str, Ask]]) -> Iterator[SharedAsk]:
    """The questions of the rows of a table, the same question of several rows once; in the order they first come."""
    groups: dict[tuple[str, Any], list[tuple[str, Ask]]] = {}
    for number, (name, ask) in enumerate(rows):
        key = ask.question.key
        alike = (key, ask.question.readings) if key not in OF_A_ROW else (key, number)
        groups.setdefault(alike, []).append((name, ask))
    yield from (SharedAsk(tuple(group)) for group in groups.values())


def taken_over(
    criterion: str | Mapping[str, Any], reads: Mapping[str, str], table: Mapping[str, str]
) -> dict[str, str]:
    """A row's own answers and those of its table that matter to it: its sentence does not say, and might ask."""
    try:
        tree = standard(criterion, reads).tree
    except Refusal:
        return dict(reads)
    may = set(_may_ask(tree)) - {key for key, _ in tree.terms} - set(OF_A_ROW)
    return {key: text for key, text in table.items() if key in may} | dict(reads)


def misread(key: str, answer: str, known: Mapping[str, Any]) -> Refusal | None:
    """What is wrong with an answer for a whole table; None where nothing is. `known` are the terms of the vocabulary."""
    allowed = [name for name in known if name not in OF_A_ROW]
    if key not in allowed:
        return Refusal("Q411", f"“{key}”不是可以全表写明的事", 0, "、".join(allowed), (nearest(key, allowed),))
    try:
        written(answered(Criterion(), {key: answer}))
    except Refusal as error:
        return error
    return None


def _may_ask(tree: Criterion) -> Iterator[str]:
    """The terms that a criterion may ask for, some perhaps for no value at all."""
    for part in (tree, *tree.parts):
        awards = [rule for rule in part.rules if isinstance(rule, Award)]
        changes = [rule for rule in part.rules if isinstance(rule, Change)]
        whens = [rule.when for rule in awards] + [rule.when for rule in changes]
        bands = any(isinstance(condition, Interval) for when in whens for condition in when)
        units = [rule.per for rule in part.rules if isinstance(rule, Change | Extra) and rule.per is not None]
        taken = [rule for rule in changes if rule.by < 0 or rule.judged is not None]
        gained = [rule for rule in changes if rule.by > 0]
        formula = any(isinstance(rule.gets, Formula) for rule in awards)
        ratio = any(isinstance(rule.gets, InProportion) for rule in awards)
        stated = [rule for rule in awards if isinstance(rule.gets, Fixed | Assessed)]
        of_units = [per for per in units if isinstance(per, PerUnit)]
        terms: dict[str, object] = {
            "step": units, "pct": [per for per in of_units if per.size.unit.kind == "比率"], "rate": bands or formula,
            "base": of_units or (ratio and bands), "ratio": ratio, "floor": taken, "cap": gained or ratio or formula,
            "end": bands, "gap": bands or ratio, "several": taken[1:], "items": stated[1:], "pts": stated, "start": gained,
            "tier": [change for change in changes if tier_of(part, change)],
            "size": [per for per in of_units if per.either is not None],
        }  # fmt: skip
        yield from (key for key, matters in terms.items() if matters)
