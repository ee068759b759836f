"""Columns of texts: the distinct ones once, and a number a row that says which; keys made of several such columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FITS = 2**62
FEW = 4  # numbers there could be to a row, up to which a table of them all is small


class Words:
    """Distinct texts as an arrow array; as a list only where somebody asks."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    @cached_property
    def list(self) -> list[str]:
        """The texts as Python strings, made when first asked for."""
        return self.array.to_pylist()  # type: ignore[no-any-return]


class TextColumn:
    """A column of texts: the distinct ones, and which of them each row has."""

    __slots__ = ("codes", "distinct")

    def __init__(self, codes: Any, words: Words | list[str]) -> None:
        self.codes = codes
        self.distinct = words if isinstance(words, Words) else Words(pa.array(words, pa.string()))

    @property
    def words(self) -> list[str]:
        """The distinct texts as Python strings."""
        return self.distinct.list

    @property
    def array(self) -> pa.Array:
        """The distinct texts as an arrow array."""
        return self.distinct.array

    @property
    def key(self) -> tuple[Any, int]:
        """What `joint` takes: the numbers of the rows and how many there are."""
        return self.codes, len(self.array)

    def each(self, tell: Any, dtype: Any = bool) -> Any:
        """What a function says of every distinct word, row by row."""
        return np.array([tell(word) for word in self.words], dtype=dtype)[self.codes]

    def changed(self, tell: Callable[[str], str]) -> TextColumn:
        """The column with every text changed; those that become the same are one."""
        named: dict[str, int] = {}
        codes = self.each(lambda word: named.setdefault(tell(word), len(named)), np.int32)
        return TextColumn(codes, list(named))

    def given(self) -> Any:
        """Which rows are not blank."""
        return np.asarray(pc.not_equal(self.array, ""))[self.codes]

    def texts(self, rows: Any) -> list[str]:
        """The texts of some rows."""
        words = self.words
        return [words[code] for code in self.codes[rows].tolist()]

    def at(self, row: int) -> str:
        """The text of one row."""
        return str(self.words[self.codes[row]])

    def ranks(self) -> Any:
        """The place of each row's text in the order of texts."""
        rank = np.empty(len(self.array), dtype=np.int64)
        rank[np.asarray(pc.array_sort_indices(self.array))] = np.arange(len(rank))
        return rank[self.codes]

    def take(self, rows: Any) -> TextColumn:
        """The same column for some of the rows."""
        return TextColumn(self.codes[rows], self.distinct)


def text_of(column: pa.DictionaryArray) -> TextColumn:
    """A column as read from a file, blanks at the ends taken away."""
    words = pc.utf8_trim_whitespace(column.dictionary)
    codes = column.indices
    if column.null_count or words.null_count:
        words = pa.concat_arrays([words.fill_null(""), pa.array([""])])
        codes = codes.fill_null(len(words) - 1)
    numbers = np.asarray(codes).astype(np.int32, copy=False)
    merged = words.dictionary_encode()
    if len(merged.dictionary) < len(words):
        numbers = np.asarray(merged.indices)[numbers]
    return TextColumn(numbers, Words(merged.dictionary))


def blank(size: int) -> TextColumn:
    """A column that the file does not have."""
    return TextColumn(np.zeros(size, dtype=np.int32), [""])


def joint(*columns: tuple[Any, int]) -> tuple[Any, Any]:
    """Rows numbered by what several columns have together, in order of first appearance; and a row that has each.

    A column is its numbers, from 0, and how many there are.
    """
    key, size = np.zeros(len(columns[0][0]), dtype=np.int64), 1
    for added, count in columns:
        codes, many = added, count
        if size * count >= FITS:  # numbered anew, neither has more numbers than there are rows
            (key, had), (codes, met) = pd.factorize(key), pd.factorize(added)
            size, many = len(had), len(met)
        key, size = key * many + codes, size * many
    if size <= FEW * len(key):  # a place for every number there could be: sooner than a table of hashes
        first = firsts(key, size, len(key))
        met = np.flatnonzero(first < len(key))
        met = met[np.argsort(first[met])]
        number = np.empty(size, dtype=np.int64)
        number[met] = np.arange(len(met))
        return number[key], first[met]
    key, distinct = pd.factorize(key)
    return key, firsts(key, len(distinct))


def each_of(columns: Sequence[TextColumn], tell: Callable[..., Any]) -> tuple[Any, list[Any]]:
    """What is told of each distinct combination of texts, and which of them each row has."""
    key, first = joint(*(column.key for column in columns))
    return key, list(map(tell, *(column.texts(first) for column in columns)))


def where_asked(asked: Any, columns: Sequence[TextColumn], tell: Callable[..., bool]) -> Any:
    """Of which rows that are asked about something is told; false for the others."""
    answer, rows = np.zeros(len(asked), dtype=bool), np.flatnonzero(asked)
    key, texts = each_of([column.take(rows) for column in columns], tell)
    answer[rows] = np.array(texts, dtype=bool)[key]
    return answer


def firsts(key: Any, size: int, none: int = 0) -> Any:
    """The first row of each of `size` numbers; `none` of one that no row has."""
    first = np.full(size, none, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return first


def coded(values: Any, least: int = 0) -> tuple[Any, int]:
    """Whole numbers as a column of `joint`, counted from `least`."""
    return values - least, int(values.max(initial=least)) - least + 1
