"""Facts in columns: one Kind for all facts of a kind, with fields as arrays and words made only when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.texts import FITS, TextColumn, each_of
from evaluator.batch.writing import decimals, trimmed
from evaluator.figures import percent
from evaluator.findings.conditions import FactPattern
from evaluator.findings.facts import FACTS, LARGEST, SCALE, show

ABSENT = -(2**63)  # no value: no test holds
UNSAID = -1  # the same for flags, which take one byte
LARGEST_RATE = 2**48  # of the numbers of a ratio: 20,000 times that fits int64
Shown = Callable[[Any], pa.Array]  # numbers of facts -> their words


@dataclass(frozen=True, slots=True)
class Ratio:
    """A column of numbers, num ÷ den, and which of them are known."""

    num: Any
    den: Any = 1
    known: Any = True


@dataclass(slots=True)
class Kind:
    """All facts of one kind: which project each belongs to, and its fields.

    A field is a column by its type: of numbers a Ratio, of flags an array, of labels and texts a TextColumn; or a function
    that makes it when first asked for (of a text: that makes the words of some facts). What no test may ask, as the file has
    no column for it, is `unknown`.
    """

    name: str
    project: Any
    id: Shown
    fields: dict[str, Any]
    unknown: set[str] = field(default_factory=set)
    there: Any = None  # which of them are facts at all; None: every one
    encoded: dict[str, Any] = field(default_factory=dict)

    def tells(self, name: str) -> bool:
        """Whether a test of a field can be judged."""
        return name in self.fields and name not in self.unknown

    def _column(self, name: str) -> Any:
        column = self.fields[name]
        if callable(column) and FACTS[self.name][name].type != "text":
            column = self.fields[name] = column()
        return column

    def values(self, name: str) -> Any:
        """A field as an array, as executors see it, ABSENT where a fact has none; None when no fact has it."""
        if name not in self.encoded:
            column = self._column(name) if self.tells(name) else None
            if isinstance(column, Ratio):
                column = millionths(column)
            elif FACTS[self.name][name].type == "flag" and column is not None:
                column = np.asarray(column, np.int8)
            self.encoded[name] = column
        return self.encoded[name]

    def shown(self, name: str, at: Any) -> pa.Array:
        """A field of some facts as people read it."""
        column, declared = self._column(name), FACTS[self.name][name]
        if isinstance(column, Ratio):
            if declared.shown == "百分比":
                return rates(column.num, column.den, column.known)(at)
            return (hundredths(column.num) if declared.shown == "分" else spelled(str, column.num))(at)
        if declared.type == "flag":
            return spelled(lambda value: show(declared, None if value == UNSAID else bool(value)), column)(at)
        return (words(column) if isinstance(column, TextColumn) else column)(at)

    def passing(self, clause: FactPattern) -> Any:
        """Which facts pass every test of a clause."""
        passing = np.ones(len(self.project), dtype=bool) if self.there is None else self.there.copy()
        for test in clause.tests:
            passing &= self.holds(test.field, test.op, test.value)
        return passing

    def holds(self, name: str, op: str, value: int | str) -> Any:
        """Which facts pass one test."""
        had = self.values(name)
        if had is None:
            return np.zeros(len(self.project), dtype=bool)
        if isinstance(had, TextColumn):
            return np.asarray(pc.equal(had.array, str(value)))[had.codes]
        if op == "lt":
            return (had != ABSENT) & (had < value)
        return (had == value) if op == "is" else had >= value  # a flag that is UNSAID is neither 1 nor 0


def words(column: TextColumn) -> Shown:
    """A column of texts, shown as it stands."""
    return lambda at: column.array.take(pa.array(column.codes[at]))


def spelled(tell: Callable[[Any], str], values: Any) -> Shown:
    """An array of whole numbers, each distinct one told once."""

    def show(at: Any) -> pa.Array:
        distinct, back = np.unique(values[at], return_inverse=True)
        return pa.array([tell(value) for value in distinct.tolist()], pa.string()).take(pa.array(back.reshape(-1)))

    return show


def hundredths(values: Any) -> Shown:
    """Points and scores as `figures.points` tells them."""
    return lambda at: decimals(values[at], 2, digits=18).cast(pa.string())


def money(values: Any, unknown: int, instead: str = "") -> Shown:
    """Amounts in 分 as `figures.wan` tells them; `instead` where the amount is `unknown`."""

    def show(at: Any) -> pa.Array:
        wan = decimals(values[at], 6, digits=18).cast(pa.string())
        return pc.if_else(pa.array(values[at] == unknown), instead, pc.replace_substring_regex(wan, "0{1,4}$", ""))

    return show


def rates(num: Any, den: Any, known: Any) -> Shown:
    """Ratios as `figures.percent` tells them; （无） where there is none."""

    def show(at: Any) -> pa.Array:
        has = known[at]
        top, bottom = np.where(has, num[at], 0), np.where(has, den[at], 1)
        if max(top.max(initial=0), bottom.max(initial=1)) > LARGEST_RATE:
            said = [percent(Fraction(int(part), int(whole))) for part, whole in zip(top, bottom, strict=True)]
            return pc.if_else(pa.array(has), pa.array(said, pa.string()), "（无）")
        top, bottom = top.astype(np.int64), bottom.astype(np.int64)
        cents = (2 * 10_000 * top + bottom) // (2 * bottom)
        cents -= (cents % 100 == 0) & (cents * bottom > 10_000 * top)  # never up to a whole per cent
        return pc.if_else(pa.array(has), pc.binary_join_element_wise(trimmed(cents, 2), "%", ""), "（无）")

    return show


def ample(num: Any, den: Any, times: int) -> tuple[Any, Any]:
    """The numbers of ratios; as Python ints where so many times the largest might not fit int64."""
    most = int(max(np.abs(num).max(initial=0), den.max(initial=1)))
    return (num.astype(object), den.astype(object)) if most * times >= FITS else (num, den)


def millionths(column: Ratio) -> Any:
    """Numbers in whole millionths rounded down, as `facts.millionths`; ABSENT where there is none."""
    if isinstance(column.den, int):
        parts = column.num.astype(np.int64) * (SCALE // column.den)
    else:
        num, den = ample(column.num, column.den, SCALE)
        whole, rest = num // den, num % den
        parts = np.minimum(np.minimum(whole, LARGEST) * SCALE + rest * SCALE // den, LARGEST * SCALE)
    return np.where(column.known, parts, ABSENT).astype(np.int64)


def spread(kind: str, facts: Sequence[Mapping[str, Any]], key: Any) -> dict[str, Any]:
    """Fields of a few facts as columns, where `key` says which of them each fact has."""
    columns: dict[str, Any] = {}
    for name in facts[0] if facts else ():
        values: list[Any] = [UNSAID if fields[name] is None else fields[name] for fields in facts]
        columns[name] = TextColumn(key, values) if FACTS[kind][name].type == "text" else np.array(values, np.int8)[key]
    return columns


def asked(kind: str, tell: Callable[..., Mapping[str, Any]], columns: Sequence[TextColumn]) -> dict[str, Any]:
    """The fields that texts decide, facts once of each distinct combination."""
    key, facts = each_of(columns, tell)
    return spread(kind, facts, key)
