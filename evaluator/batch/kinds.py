"""Facts in columns: one Kind for all facts of a kind, with fields as arrays and words made only when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from evaluator.batch.readings import FITS, Text
from evaluator.facts import SCALE
from evaluator.figures import percent, points

ABSENT = -(2**63)  # no value: no test holds
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
        if isinstance(had, Text):
            return had.codes == (had.words.index(str(value)) if value in had.words else -2)
        if op == "lt":
            return (had != ABSENT) & (had < value)
        return (had == value) if op == "is" else had >= value


_points = lru_cache(maxsize=20_000)(points)


@lru_cache(maxsize=200_000)
def _percent(num: int, den: int) -> str:
    return percent(Fraction(num, den))


def words(column: Text) -> Shown:
    """A column of texts, shown as it stands."""
    dictionary = pa.array(column.words, pa.string())
    return lambda at: dictionary.take(pa.array(column.codes[at]))


def told(tell: Callable[[Any], str], values: Any) -> Shown:
    """An array of whole numbers, each distinct one told once."""

    def show(at: Any) -> pa.Array:
        distinct, back = np.unique(values[at], return_inverse=True)
        return pa.array([tell(one) for one in distinct.tolist()], pa.string()).take(pa.array(back.reshape(-1)))

    return show


def hundredths(values: Any) -> Shown:
    """Points and scores, with two decimals."""
    return told(_points, values)


def rates(num: Any, den: Any, known: Any) -> Shown:
    """Ratios in per cent, each distinct one told once; （无） where there is none."""

    def show(at: Any) -> pa.Array:
        codes, pairs = pd.factorize(pd.MultiIndex.from_arrays([np.where(known[at], num[at], -1), den[at]]))
        told = [_percent(int(n), int(d)) if n >= 0 else "（无）" for n, d in pairs]
        return pa.array(told, pa.string()).take(pa.array(codes))

    return show


def millionths(num: Any, den: Any, known: Any) -> Any:
    """Ratios in whole millionths rounded down, as `facts.millionths`; ABSENT where there is none."""
    most = int(max(np.abs(num).max(initial=0), den.max(initial=1)))
    if most * SCALE >= FITS:
        num, den = num.astype(object), den.astype(object)
    whole, rest = num // den, num % den
    made = np.minimum(np.minimum(whole, 10**9) * SCALE + rest * SCALE // den, 10**15)
    return np.where(known, made, ABSENT).astype(np.int64)


def flags(mapping: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    """Fields that are flags already."""
    return {name: partial(np.asarray, value, np.int64) for name, value in mapping.items()}
