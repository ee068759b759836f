"""Facts in columns: one Kind for all facts of a kind, with fields as arrays and words made only when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.texts import FITS, TextColumn
from evaluator.batch.writing import decimals, trimmed
from evaluator.figures import percent
from evaluator.findings.facts import SCALE

ABSENT = -(2**63)  # no value: no test holds
UNSAID = -1  # the same for flags, which take one byte
LARGEST_RATE = 2**48  # of the numbers of a ratio: 20,000 times that fits int64
Shown = Callable[[Any], pa.Array]  # numbers of facts -> their words


@dataclass(slots=True)
class Kind:
    """All facts of one kind: which project each belongs to, its fields as executors see them, its fields as people do.

    A field is made when first asked for; labels are told as (codes, words).
    """

    project: Any
    id: Shown
    single: bool = False  # exactly one fact a project, in order
    makers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def values(self, name: str) -> Any:
        """A field as an array, ABSENT where a fact has none; None when no fact has it."""
        if name not in self.made:
            maker = self.makers.get(name)
            self.made[name] = maker() if maker else None
        return self.made[name]

    def holds(self, name: str, op: str, value: int | str) -> Any:
        """Which facts pass one test."""
        had = self.values(name)
        if had is None:
            return np.zeros(len(self.project), dtype=bool)
        if isinstance(had, TextColumn):
            return had.codes == had.array.index(str(value)).as_py()
        if op == "lt":
            return (had != ABSENT) & (had < value)
        return (had == value) if op == "is" else had >= value  # a flag that is UNSAID is neither 1 nor 0


def words(column: TextColumn) -> Shown:
    """A column of texts, shown as it stands."""
    return lambda at: column.array.take(pa.array(column.codes[at]))


def told(tell: Callable[[Any], str], values: Any) -> Shown:
    """An array of whole numbers, each distinct one told once."""

    def show(at: Any) -> pa.Array:
        distinct, back = np.unique(values[at], return_inverse=True)
        return pa.array([tell(one) for one in distinct.tolist()], pa.string()).take(pa.array(back.reshape(-1)))

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
            said = [percent(Fraction(int(one), int(other))) for one, other in zip(top, bottom, strict=True)]
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


def millionths(num: Any, den: Any, known: Any) -> Any:
    """Ratios in whole millionths rounded down, as `facts.millionths`; ABSENT where there is none."""
    num, den = ample(num, den, SCALE)
    whole, rest = num // den, num % den
    made = np.minimum(np.minimum(whole, 10**9) * SCALE + rest * SCALE // den, 10**15)
    return np.where(known, made, ABSENT).astype(np.int64)


def flags(mapping: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    """Fields that are flags already."""
    return {name: partial(np.asarray, value, np.int8) for name, value in mapping.items()}
