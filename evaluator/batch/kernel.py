"""The exact kernel: arrays of whole numbers become earned points, compiled where numba is there, in numpy where not.

Both do what `scoring` does, row for row: numpy by calling it in blocks that stay in the cache, numba by the same
arithmetic written as one loop that reads each number once. Rows beyond the bound of `clauses` are scored in Python ints.
"""

from __future__ import annotations

from functools import lru_cache
from inspect import getsource, isfunction
from typing import Any

import numpy as np

from evaluator import comparators
from evaluator.batch import clauses
from evaluator.batch.clauses import ATTAIN, DOWN, EXACT, LINES, STEPS, STRICT, Key, table_of
from evaluator.comparators import COMPARATORS, larger, where
from evaluator.files.digests import digest_of
from evaluator.scoring import apply_clause, bound

MET, OVER, DEDUCTED, ROUNDED = 1, 2, 4, 8  # flags of a row
BLOCK = 32_768  # rows whose arrays fit the cache
WORTH = (
    3_000_000  # rows that numpy scores while numba is loaded (0.6 s, 90 MB): a process that has fewer does without it
)


class Kernel:
    """Scores rows of codes (see `clauses.code`), points (hundredths), actual and target; exact for any numbers."""

    def __init__(self, keys: list[Key], compiled: bool | None = None) -> None:
        self.keys, self.table, self.bound = (
            keys,
            table_of(keys),
            bound({(key.policy.id, key.scale): (key.policy, key.scale) for key in keys}.values()),
        )
        usable = all(len(key.lines) <= LINES for key in keys)
        self.loop = compiled_loop() if usable and compiled is not False else None
        if compiled and self.loop is None:
            raise ValueError("numba is not there")

    def run(self, code: Any, points: Any, actual: Any, target: Any) -> tuple[Any, Any]:
        """Earned points (int32, hundredths) and flags (uint8) of every row; code 0 earns nothing."""
        earned, flags = np.zeros(len(code), dtype=np.int32), np.zeros(len(code), dtype=np.uint8)
        if self.loop is not None:
            beyond = self.loop(code, points, actual, target, self.table, self.bound, earned, flags, declared())
        else:
            beyond = self._blocks(code, points, actual, target, earned, flags)
        if beyond:
            at = np.flatnonzero((np.abs(actual) > self.bound) | (np.abs(target) > self.bound))
            earned[at], flags[at] = self.ints(
                code[at], points[at], actual[at].astype(object), target[at].astype(object)
            )
        return earned, flags

    def ints(self, code: Any, points: Any, actual: Any, target: Any) -> tuple[Any, Any]:
        """The same of arrays of Python ints, for numbers of any size."""
        earned, flags = np.zeros(len(code), dtype=np.int32), np.zeros(len(code), dtype=np.uint8)
        self._codes(code, points.astype(object), actual, target, earned, flags)
        return earned, flags

    def _blocks(self, code: Any, points: Any, actual: Any, target: Any, earned: Any, flags: Any) -> bool:
        beyond = False
        for start in range(0, len(code), BLOCK):
            part = slice(start, start + BLOCK)
            a, t = actual[part], target[part]
            if max(a.max(), -a.min(), t.max(), -t.min()) > self.bound:
                beyond = True
                a, t = np.where(np.abs(a) > self.bound, 0, a), np.where(np.abs(t) > self.bound, 0, t)
            self._codes(code[part], points[part].astype(np.int64), a, t, earned[part], flags[part])
        return beyond

    def _codes(self, code: Any, points: Any, actual: Any, target: Any, earned: Any, flags: Any) -> None:
        for number in np.unique(code).tolist():
            if number == 0:
                continue
            key, at = self.keys[number - 1], np.flatnonzero(code == number)
            num, den, met = COMPARATORS[key.attain].attain(actual[at], target[at], target[at])
            size = len(at)
            out: dict[str, Any] = {
                "num": num, "den": den, "points": points[at], "segment": np.zeros(size, np.int64),
                "over": np.zeros(size, bool), "rounded": np.zeros(size, bool),
                "deducted": np.zeros(size, actual.dtype), "earned": np.zeros(size, actual.dtype),
            }  # fmt: skip
            apply_clause(out, np.arange(size), np.full(size, key.word), key.policy, key.scale)
            earned[at] = out["earned"]
            flags[at] = (
                np.asarray(met, bool) * MET
                + out["over"] * OVER
                + np.asarray(out["deducted"] > 0, bool) * DEDUCTED
                + out["rounded"] * ROUNDED
            )


def attained(keys: list[Key], code: Any, actual: Any, target: Any) -> tuple[Any, Any]:
    """The attainment of every row as num and den (0 and 1 where nothing was given)."""
    num, den = np.zeros_like(actual), np.ones_like(target)
    words = np.array([0, *(ATTAIN.index(key.attain) for key in keys)], dtype=np.int8)[code]
    for number in np.unique(words).tolist():
        if number:
            at = np.flatnonzero(words == number)
            num[at], den[at], _ = COMPARATORS[ATTAIN[number]].attain(actual[at], target[at], target[at])
    return num, den


@lru_cache(maxsize=1)
def compiled_loop() -> Any:
    """The loop compiled by numba, or None where numba is not there."""
    try:
        import numba
    except ImportError:
        return None
    from numba.extending import overload, register_jitable

    def chosen(number: int) -> Any:
        """What each word from this number on makes of an actual and a target, as one compiled function."""
        mine: Any = numba.njit(COMPARATORS[ATTAIN[number]].attain)
        others: Any = chosen(number + 1) if number + 1 < len(ATTAIN) else mine
        if others is mine:
            return numba.njit(lambda word, actual, target: mine(actual, target, target))
        return numba.njit(lambda word, a, t: mine(a, t, t) if word == number else others(word, a, t))

    for helper in vars(comparators).values():
        if isfunction(helper) and helper not in (where, larger):
            register_jitable(helper)
    attain_of = chosen(1)
    overload(where)(lambda met, value, other: lambda met, value, other: value if met else other)
    overload(larger)(lambda value, other: lambda value, other: value if value > other else other)
    overload(_attained)(lambda word, actual, target: lambda word, actual, target: attain_of(word, actual, target))  # noqa: PLW0108
    return numba.njit(cache=True, nogil=True, error_model="numpy")(_loop)


@lru_cache(maxsize=1)
def declared() -> Any:
    """An empty array whose type names the sources of words and codes: a loop compiled from others is not taken again."""
    return np.zeros(0, dtype=[(digest_of([getsource(comparators), getsource(clauses)]), np.int8)])


def _attained(word: Any, actual: Any, target: Any) -> Any:
    """Num, den and met of one row by the number of its word, in the compiled loop."""
    raise NotImplementedError


def _loop(
    code: Any, points: Any, actual: Any, target: Any, table: Any, bound: Any, earned: Any, flags: Any, declared: Any
) -> bool:
    """One pass over the rows; True when some lie beyond the bound and have been left out."""
    beyond, last, most = False, table.shape[1] - 1, np.uint64(2 * bound)
    for i in range(len(code)):
        c = np.uint32(code[i])  # unsigned: no test for an index from the end
        a, t, p = actual[i], target[i], points[i]
        plain = table[c, last]
        num, den = (t, a) if plain & DOWN else (a, t)
        if (num >= den) & (den > 0) & (num <= bound) & (plain != 0):  # most rows end here
            met = (num > den) | ((plain & (STRICT | EXACT)) == 0) if plain & EXACT == 0 else num == den
            earned[i] = p
            flags[i] = np.uint8(met) | np.uint8(2 * (num * table[c, 5] >= table[c, 4] * den))
            continue
        if c == 0:
            continue
        if np.uint64(a + bound) > most or np.uint64(t + bound) > most:
            beyond = True
            continue
        num, den, met = _attained(table[c, 0], a, t)
        at = STEPS
        for k in range(STEPS + 5, STEPS + 5 * table[c, 1], 5):
            if num * table[c, k + 1] >= table[c, k] * den + table[c, k + 2]:  # whole numbers: above is 1 more
                at = k
        common, step = table[c, 2], table[c, 3]
        exact, whole = p * (table[c, at + 3] * den + table[c, at + 4] * num), den * common
        flag = np.uint8(met)
        if num * table[c, 5] >= table[c, 4] * den:
            flag |= np.uint8(2)
        due = -1
        for k in range(7, 7 + 4 * table[c, 6], 4):
            if num * table[c, k + 1] >= table[c, k] * den + table[c, k + 2]:
                due = table[c, k + 3]
        if due >= 0:
            taken = min(due * whole, exact)
            if 2 * taken + whole >= 2 * whole:
                flag |= np.uint8(4)
            exact -= taken
        if exact == p * whole:
            earned[i] = p
        else:
            rounded = np.int64(np.uint64(2 * exact + whole * step) // np.uint64(2 * whole * step)) * step
            rounded = min(rounded, np.int64(p))
            earned[i] = rounded
            if rounded * whole != exact:
                flag |= np.uint8(8)
        flags[i] = flag
    return beyond
