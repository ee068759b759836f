"""Columns of any stored type as texts, as a person would write them; what cannot be told for certain is named, not cast."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.actuals.csvs import restored
from evaluator.actuals.resultheadings import UNSEEN, Contradiction, Heading, visible
from evaluator.comparators import SIGNS
from evaluator.quantities.signs import read_sign

CODES = ("unit_code", "project_code", "indicator")
NAMED = (
    *CODES,
    "year",
    "policy",
    "province",
    "county",
    "unit",
    "project",
    "sign",
    "state",
)  # compared letter by letter
DIGITS = 10**15  # a whole number kept as a float has all its digits below this
PLAIN_NUMBER = r"^[0-9]+(?:\.[0-9]+)?$"
Wrong = dict[int, str]  # number of a distinct text -> why it cannot be used


def as_texts(
    column: pa.ChunkedArray, heading: Heading | None = None, csv: bool = False
) -> tuple[pa.DictionaryArray, Wrong]:
    """A column of any plain type as one dictionary of texts, and which of its words cannot be used.

    Units of the heading are written out; NaN is null; a time stamp at midnight is a day. Raises ArrowInvalid where a text is not UTF-8.
    """
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = unbroken(column)
    field = heading.field if heading else ""
    words, wrong = _words(whole.dictionary, field)
    words.validate(full=True)
    if csv:
        words = _changed(words, pc.starts_with(words, "'"), restored)
    if field in NAMED:
        words = _changed(words, pc.match_substring_regex(words, UNSEEN), visible)
    if field == "sign":
        words = _changed(words, pc.invert(pc.is_in(words, pa.array(SIGNS))), lambda word: read_sign(word) or word)
    if heading and heading.unit:
        words = _in_unit(words, heading, wrong)
    return pa.DictionaryArray.from_arrays(whole.indices.cast(pa.int32()), words), wrong


def unbroken(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of dictionaries as one array; the column's own where it is one already."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.unify_dictionaries().chunks)


def _words(values: pa.Array, field: str) -> tuple[pa.Array, Wrong]:
    kind = values.type
    wrong: Wrong = {}
    if pa.types.is_boolean(kind):
        return pc.if_else(values, "是", "否"), {}
    if pa.types.is_timestamp(kind):
        return _days(values, wrong), wrong
    if pa.types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.string()), {}
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        words = [None if word is None else _number(word) for word in values.cast(pa.string()).to_pylist()]
        if pa.types.is_floating(kind) and field in CODES:
            for code, word in enumerate(words):
                if word and (not word.isdigit() or int(word) >= DIGITS):
                    wrong[code] = f"编码“{word}”存成了带小数的数，位数已经不准，应存为文字"
        return pa.array(words, pa.string()), wrong
    return values.cast(pa.string()), {}


def _number(word: str) -> str | None:
    """A number as people write it: 60, 0.5, without exponents; None for NaN."""
    if word.lower().lstrip("-") == "nan":
        return None
    try:
        number = Decimal(word)
    except InvalidOperation:
        return word
    if not number.is_finite():
        return word
    told = f"{number:f}"
    return told.rstrip("0").rstrip(".") if "." in told and "e" in word.lower() else told


def _days(values: pa.Array, wrong: Wrong) -> pa.Array:
    """Time stamps at midnight as days; others are named."""
    local = pc.local_timestamp(values) if values.type.tz else values
    days = pc.floor_temporal(local, unit="day")
    words = days.cast(pa.date32()).cast(pa.string())
    for code in np.flatnonzero(np.asarray(pc.fill_null(pc.not_equal(days, local), False))).tolist():
        wrong[code] = f"时间“{local[code].as_py()}”带有时刻，应是日期"
    return words


def _changed(words: pa.Array, at: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The words with those at `at` changed; mostly there are none."""
    at = pc.fill_null(at, False)
    if not pc.any(at).as_py():
        return words
    return pa.array(
        [change(word) if it else word for word, it in zip(words.to_pylist(), at.to_pylist(), strict=True)], pa.string()
    )


def _in_unit(words: pa.Array, heading: Heading, wrong: Wrong) -> pa.Array:
    """Words with the unit of their heading; a bare amount of money is 万元 already."""
    trimmed = pc.utf8_trim_whitespace(words)
    plain = pc.fill_null(pc.match_substring_regex(trimmed, PLAIN_NUMBER), False)
    already = heading.unit == "万元" and heading.field not in ("target", "actual")
    made = words if already else pc.if_else(plain, pc.binary_join_element_wise(trimmed, heading.unit, ""), words)
    others: dict[int, str] = {}
    for code in np.flatnonzero(~np.asarray(plain)).tolist():
        if word := (words[code].as_py() or "").strip():
            try:
                others[code] = heading.cell(word)
            except Contradiction as error:
                wrong[code] = str(error)
    if others:
        listed: list[Any] = made.to_pylist()
        for code, word in others.items():
            listed[code] = word
        made = pa.array(listed, pa.string())
    return made
