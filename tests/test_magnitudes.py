"""Figures a thousandfold apart: beside plain fractions, at every bound, for one amount and for arrays of them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluator.factsheets.magnitudes import UNKNOWN, adjusted_told, apart, money_sizes, money_told, size_of
from evaluator.quantities.quantity import read_target

FEN = st.one_of(st.integers(0, 10**17), st.integers(0, 3000), st.sampled_from([0, 1, 999, 1000, 1001, 500, 499, 501]))
MAYBE = st.one_of(st.just(UNKNOWN), FEN)


def plain(initial: int, adjusted: int, executed: int) -> tuple[bool, bool, bool]:
    """What money_sizes says, in fractions and for one project."""
    if initial == 0:
        return False, False, False
    told = {
        name: Fraction(fen, initial) for name, fen in (("adjusted", adjusted), ("executed", executed)) if fen != UNKNOWN
    }
    large = any(ratio >= 1000 for ratio in told.values())
    small = told.get("adjusted", 0) > 0 and all(ratio <= Fraction(1, 1000) for ratio in told.values())
    ratio = told.get("adjusted", Fraction(1))
    cut = executed == adjusted and ratio < 1
    moved = ratio > 0 and (ratio >= 2 or ratio <= Fraction(1, 2))
    return large, small, moved and not (large or small or cut)


@given(FEN, MAYBE, MAYBE)
@example(100, 100_000, 0)
@example(100_000, 100, 100)
@example(100_000, 101, 0)
@example(10**17, 2 * 10**14, UNKNOWN)
@example(3, 6, UNKNOWN)
@example(3, 1, 0)
def test_sizes_are_those_of_plain_fractions(initial: int, adjusted: int, executed: int):
    wanted = plain(initial, adjusted, executed)
    assert tuple(map(bool, money_sizes(initial, adjusted, executed))) == wanted
    arrays = money_sizes(*(np.array([fen], dtype=np.int64) for fen in (initial, adjusted, executed)))
    assert tuple(bool(one[0]) for one in arrays) == wanted
    assert bool(money_told(initial, adjusted, executed)) == (wanted[0] or wanted[1])
    if wanted[2]:
        assert adjusted_told(initial, adjusted)


def test_both_readings_of_money():
    wan = 1_000_000
    assert money_told(86 * wan, 860_000 * wan, 86 * wan) == (
        "全年预算数 860000.00 万元是年初预算数 86.00 万元的 10000 倍；若填的是元，应为 86.00 万元"
    )
    assert money_told(86 * wan, UNKNOWN, 855_500 * wan).endswith("若填的是元，应为 85.55 万元")
    told = money_told(86 * wan, 86 * wan // 10_000, 0)
    assert "年初预算数 86.00 万元是全年预算数 0.0086 万元的 10000 倍" in told
    assert "若年初预算数填的是元，应为 0.0086 万元；若全年预算数填的是亿元，应为 86.00 万元" in told
    assert "全年执行数" not in told


@given(st.fractions(0, 10**6), st.fractions(0, 10**6))
def test_apart_is_a_thousandfold_either_way(actual: Fraction, target: Fraction):
    wanted = bool(actual and target) and not Fraction(1, 1000) < actual / target < 1000
    assert apart(actual, target, target) == wanted


@pytest.mark.parametrize(
    ("target", "actual", "unit", "reading"),
    [
        ("≤5.6万元", "5.49元", True, "若单位是万元，应为5.49万元"),
        ("≤5.6万元", "54900万元", True, "若单位是元，应为5.49万元"),
        ("≥0.5亿元", "5000元", True, "若单位是万元，应为5000万元"),
        ("≥10公里", "9.8米", True, "若单位是公里，应为9.8公里"),
        ("≥59人", "59万人", True, "若单位是人，应为59人"),
        ("≥5万人次", "5人次", True, "若单位是万人次，应为5万人次"),
        ("≤56000元", "5.49元", False, "若单位是万元，应为5.49万元"),
        ("≥58人", "58000000", False, ""),
        ("≥58人", "58000人", False, ""),
        ("≥12次/年", "12000次", False, ""),
        ("90-100分", "100000分", False, ""),
        ("≥1万元", "15000000元", False, ""),
        ("≥5%", "5000%", False, ""),
    ],
)
def test_a_value_of_another_size(target: str, actual: str, unit: bool, reading: str):
    size = size_of(read_target(target), actual, 2024)
    assert size is not None and size.unit == unit
    assert size.says.partition("；")[2] == reading


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        ("≥80万元", "860000元"), ("≤5.6万元", "56.01元"), ("≥58人", "57999人"), ("≤5000件", "3件"), ("≤5‰", "0.0004%"), ("=0起", "5000起"),
        ("≤5000元", "0元"), ("1-5000件", "3件"), ("≥58", "58000"), ("≤12月31日", "6月30日"), ("有所提升", "明显提升"),
    ],
)  # fmt: skip
def test_a_value_that_may_well_be(target: str, actual: str):
    assert size_of(read_target(target), actual, 2024) is None
