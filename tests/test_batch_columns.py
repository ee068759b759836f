"""Columns of a batch say and join what the same things say and join one by one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pa = pytest.importorskip("pyarrow")

from evaluator.batch.columnar import LARGEST_RATE, Kind, hundredths, money, rates, words  # noqa: E402
from evaluator.batch.pairs import PARTS, cut  # noqa: E402
from evaluator.batch.texts import FITS, TextColumn, coded, firsts, joint, text_of  # noqa: E402
from evaluator.figures import percent, points, wan  # noqa: E402
from evaluator.quantities.quantity import Quantity  # noqa: E402

EVERY = slice(None)
AMOUNTS = st.lists(st.integers(-(10**15), 10**15) | st.sampled_from([0, 1, 99, 10_000, 1_000_000]), max_size=20)
RATIOS = st.lists(st.tuples(st.integers(0, LARGEST_RATE * 4), st.integers(1, LARGEST_RATE * 4)), max_size=20)


@given(AMOUNTS)
def test_points_and_amounts_read_as_figures_tells_them(values: list[int]):
    array = np.array(values, dtype=np.int64)
    assert hundredths(array)(EVERY).to_pylist() == [points(one) for one in values]
    told = ["未填" if one == -1 else wan(one) for one in values]
    assert money(array, -1, "未填")(EVERY).to_pylist() == told


@given(RATIOS)
@example([(59_999, 100_000), (99_995, 100_000), (1, 3), (0, 7), (2, 2), (999_949, 1_000_000)])
def test_rates_read_as_figures_tells_them(pairs: list[tuple[int, int]]):
    num, den = (np.array([pair[i] for pair in pairs], dtype=np.int64) for i in (0, 1))
    known = np.arange(len(pairs)) % 5 != 4
    told = [percent(Fraction(*pair)) if has else "（无）" for pair, has in zip(pairs, known, strict=True)]
    assert rates(num, den, known)(EVERY).to_pylist() == told


@given(
    st.lists(st.tuples(*[st.integers(-3, 3)] * 3), max_size=40),
    st.sampled_from([7, 2**31, FITS // 7]),
    st.integers(1, 3),
)
def test_rows_are_joined_as_their_tuples_are(rows: list[tuple[int, ...]], count: int, wide: int):
    """Also where the product of the counts would not fit, and where it is so small that no hashes are needed."""
    rows = [row[:wide] for row in rows]
    columns = [(np.array([row[i] for row in rows], dtype=np.int64) + 3, count) for i in range(wide)]
    key, first = joint(*columns)
    order = list(dict.fromkeys(rows))
    assert key.tolist() == [order.index(row) for row in rows]
    assert [rows[one] for one in first.tolist()] == order
    assert firsts(key, len(first)).tolist() == first.tolist()


@given(st.lists(st.text(st.sampled_from("0A甲乙\U00020000é"), max_size=3), min_size=1))
def test_texts_are_ranked_as_python_sorts_them(texts: list[str]):
    column = text_of(pa.array(texts).dictionary_encode())
    ranks = column.ranks()
    told = [column.at(row) for row in range(len(texts))]
    assert [told[row] for row in np.argsort(ranks, kind="stable")] == sorted(told)
    assert len(set(ranks.tolist())) == len(set(told))


@given(st.lists(st.integers(-(10**6), 10**6), max_size=20))
def test_whole_numbers_are_counted_from_the_least(values: list[int]):
    codes, count = coded(np.array(values, dtype=np.int64), -(10**6))
    assert all(0 <= code < count for code in codes.tolist())


@given(st.lists(st.none() | st.text("a \t\u3000\xa0\x1c≥", max_size=4), min_size=1, max_size=12), st.data())
def test_a_column_is_its_words_without_blanks_at_the_ends(words: list[str | None], data: st.DataObject):
    """A dictionary may hold a word twice, or two that differ only in blanks: they become one."""
    rows = data.draw(st.lists(st.integers(0, len(words) - 1) | st.none(), max_size=20))
    text = text_of(pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), pa.array(words, pa.string())))
    told = ["" if row is None else (words[row] or "").strip() for row in rows]
    assert [text.at(row) for row in range(len(rows))] == told
    assert len(set(text.words)) == len(text.words)
    assert text.given().tolist() == [bool(one) for one in told]


@given(st.lists(st.tuples(st.integers(0, 10**13), st.sampled_from(["人", "%", "万元", "平方米", ""])), max_size=20))
def test_plain_numbers_read_as_quantities_do(amounts: list[tuple[int, str]]):
    words = [f"{number // PARTS}.{number % PARTS:04}{unit}" for number, unit in amounts]
    numbers = cut(TextColumn(np.arange(len(words)), words), {})
    for place, word in enumerate(words):
        if numbers.unit[place] >= 0:
            number = Fraction(int(numbers.number[place]), PARTS)
            assert numbers.shown[place].as_py() == str(Quantity(number, numbers.known[numbers.unit[place]])), word


def test_a_label_is_asked_of_every_fact_that_has_it():
    """Several policies have clauses known in one way: their words stand in the column more than once."""
    known = TextColumn(np.array([0, 1, 2, 1], np.int32), ["转引", "原文", "转引"])
    kind = Kind("clause", np.zeros(4, np.int64), words(known), {"known": known})
    assert kind.holds("known", "is", "转引").tolist() == [True, False, True, False]
