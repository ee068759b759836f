"""The two kernels of a batch earn what the oracle earns: at every start of a line, at every step of rounding, on both
sides of the bound up to which 64 bits are enough."""

from __future__ import annotations

import sys
from dataclasses import FrozenInstanceError
from fractions import Fraction
from random import Random

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from evaluator.batch import kernel
from evaluator.batch.clauses import Key, code, keys_of
from evaluator.batch.kernel import DEDUCTED, MET, OVER, ROUNDED, Kernel, attained, compiled_loop
from evaluator.batch.pairs import OPS, SCALES
from evaluator.policy import Policy
from evaluator.scoring import bound
from tests.oracle import Line, attainment, found_policies, overdone, scored, stock, taken

POLICIES = list(stock().values())
KEYS = keys_of(POLICIES)
WORDS = ("≥", ">", "≤", "<", "=")
KERNELS = [pytest.param(False, id="numpy"), pytest.param(True, id="numba", marks=pytest.mark.skipif(compiled_loop() is None, reason="numba is not installed"))]  # fmt: skip


def line_of(key: Key, points: int, actual: int, target: int) -> Line:
    word = key.attain if key.word in WORDS else key.word
    return Line(word, Fraction(actual), Fraction(target), Fraction(target), points, key.policy, key.scale)


def due(line: Line) -> tuple[int, int]:
    """Earned points and flags."""
    wanted = scored(line)
    flags = MET * wanted.met + OVER * overdone(line) + DEDUCTED * (taken(line) > 0)
    return wanted.earned, flags + ROUNDED * (wanted.earned != wanted.exact)


def given(rows: list[tuple[int, int, int, int]]) -> tuple[np.ndarray, ...]:
    """Codes, points, actuals and targets as a kernel takes them."""
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return columns[0].astype(np.int32), columns[1].astype(np.int32), columns[2].astype(np.int64), columns[3].astype(np.int64)  # fmt: skip


def compare(compiled: bool, rows: list[tuple[int, int, int, int]], keys: list[Key] = KEYS) -> None:
    earned, flags = Kernel(keys, compiled=compiled).run(*given(rows))
    for (number, points, actual, target), made, flag in zip(rows, earned.tolist(), flags.tolist(), strict=True):
        line = line_of(keys[number - 1], points, actual, target)
        assert (made, flag) == due(line), line


def codes(*scales: str, words: tuple[str, ...] = WORDS) -> list[int]:
    return [at for at, key in enumerate(KEYS, 1) if key.scale in scales and key.word in words]


def at_starts(random: Random, number: int) -> tuple[int, int, int, int]:
    """A row whose attainment is where a line begins, where a reason is due or points are deducted, or next to it."""
    key = KEYS[number - 1]
    over = key.policy.over_fulfilment
    starts = [line.start for line in key.lines if line.start] + [over.reason_from, *(step.start for step in over.steps)]
    start, times = random.choice(starts), random.randint(1, 50)
    actual, target = start.numerator * times, start.denominator * times
    if key.attain.endswith("线性"):
        actual = max(2 * target - actual, 0)
    elif key.attain in ("≤", "<"):
        actual, target = target, actual
    points = random.choice([random.randint(0, 10_000), random.randint(0, 40), 333, 1250, 10_000])
    return number, points, max(actual + random.choice([0, 0, 0, -1, 1]), 0), target


@pytest.mark.parametrize("compiled", KERNELS)
@pytest.mark.parametrize("seed", range(3))
def test_at_every_start_of_a_line_the_kernels_earn_what_the_oracle_earns(seed: int, compiled: bool):
    random = Random(seed)
    numbers = (
        codes("quantitative", "category 1", "category 2")
        + codes("execution", words=("≥",))
        + codes("binary", words=("期限", "是否"))
    )
    compare(compiled, [at_starts(random, random.choice(numbers)) for _ in range(4_000)])


def floor_of(policy: Policy) -> tuple[list[Key], int]:
    """A policy's keys, and the code of the one for ≥ by its quantitative scale."""
    keys = keys_of([policy])
    return keys, next(at for at, key in enumerate(keys, 1) if (key.scale, key.word) == ("quantitative", "≥"))


def of_100(compiled: bool, actuals: tuple[int, ...], **shares: str) -> list[int]:
    """What each actual earns of 10.00 points for ≥100 where the share of a line's start is reached there, in jumps."""
    segments = [{"from": f"{start[1:]}%", "share": share} for start, share in shares.items()]
    national = found_policies()["cn-2020-10"]
    clause = type(national.quantitative).model_validate({"document": "示例文件", "known": "未见", "segments": segments})
    keys, number = floor_of(national.model_copy(update={"quantitative": clause}))
    earned, _ = Kernel(keys, compiled=compiled).run(*given([(number, 1000, actual, 100) for actual in actuals]))
    return [int(points) for points in earned]


@pytest.mark.parametrize("compiled", KERNELS)
def test_the_foot_of_a_jump_belongs_to_the_line_that_begins_there(compiled: bool):
    """A policy whose share jumps from 0 to 60% at an attainment of 60%: 60 of 100 is above, 59 below."""
    actuals = (0, 59, 60, 61, 79, 80, 81, 99, 100, 101)
    earned = of_100(compiled, actuals, _0="0%", _60="60%", _80="90%", _100="100%")
    assert earned == [0, 0, 600, 600, 600, 900, 900, 900, 1000, 1000]


@pytest.mark.parametrize("compiled", KERNELS)
def test_a_scale_without_a_line_at_the_target_is_not_full_there(compiled: bool):
    earned = of_100(compiled, (79, 80, 100, 101, 119, 120, 130), _0="0%", _80="90%", _120="100%")
    assert earned == [0, 900, 900, 900, 900, 1000, 1000]


@pytest.mark.parametrize("compiled", KERNELS)
@pytest.mark.parametrize(
    ("shares", "full"),
    [
        ({"_0": "0%", "_100": "90%", "_130": "50%"}, [0, 900, 900, 500]),
        ({"_0": "100%", "_100": "90%", "_130": "100%"}, [1000, 900, 900, 1000]),
        ({"_0": "50%", "_100": "0%"}, [500, 0, 0, 0]),
    ],
)
def test_a_scale_that_falls_at_the_target_is_not_full_there(compiled: bool, shares: dict[str, str], full: list[int]):
    assert of_100(compiled, (99, 100, 129, 130), **shares) == full


@pytest.mark.parametrize("compiled", KERNELS)
@pytest.mark.parametrize("share", ["40%", "49.99%", "50%", "60%"])
def test_what_is_deducted_of_less_than_a_hundredth_is_told_where_it_rounds_to_one(share: str, compiled: bool):
    deducting = next(p for p in POLICIES if p.over_fulfilment.deduct_from and p.over_fulfilment.deduct_points)
    clause = type(deducting.quantitative).model_validate(
        {"document": "示例文件", "known": "未见", "segments": [{"from": "0%", "share": share}]}
    )
    keys, number = floor_of(deducting.model_copy(update={"quantitative": clause}))
    rows = [(number, points, 10 * target, target) for points in range(4) for target in (1, 2, 7, 1_000)]
    compare(compiled, rows, keys)


@pytest.mark.parametrize("compiled", KERNELS)
def test_points_that_are_no_multiple_of_the_step_are_rounded_and_never_exceeded(compiled: bool):
    coarse = [at for at in codes("quantitative", words=("≥", "≤")) if KEYS[at - 1].policy.rounding.step > 1]
    steps = {KEYS[at - 1].policy.rounding.step for at in coarse}
    assert {3, 5, 10, 50, 100} <= steps
    random = Random(7)
    rows = []
    for number in coarse:
        for _ in range(60):
            target = random.randint(1, 1_000)
            rows.append((number, random.randint(1, 400), random.randint(0, 2 * target), target))
    compare(compiled, rows)


@pytest.mark.parametrize("compiled", KERNELS)
@pytest.mark.parametrize("sign", [1, -1])
def test_rows_of_which_one_number_alone_lies_beyond_the_bound(sign: int, compiled: bool):
    """Beside rows at the bound itself, and ordinary ones that must not change."""
    keys = keys_of(list(found_policies().values()))
    most = Kernel(keys, compiled=False).bound
    assert most > 1_000_000, "a bound below ordinary numbers: both would lie beyond it"
    random = Random(11)
    rows = []
    for number in [at for at, key in enumerate(keys, 1) if key.scale == "quantitative" and key.word in WORDS]:
        anywhere = [
            random.randint(most, 2**62) for _ in range(20)
        ]  # some wrap round to what looks right, not all of them
        for far in (most - 1, most, most + 1, 2 * most, 2**62, *anywhere):
            rows += [(number, 777, sign * far, 59), (number, 777, 59, sign * far), (number, 777, 58, 59)]
    compare(compiled, rows, keys)
    for alone in ([(1, 777, sign * 2**62, 59)], [(1, 777, 59, sign * 2**62)]):
        compare(compiled, alone, keys)


@pytest.mark.parametrize("compiled", KERNELS)
def test_targets_of_nothing_and_below_it(compiled: bool):
    rows = [(number, 1000, actual, target) for number in codes("quantitative") for actual in range(-3, 4) for target in range(-3, 3)]  # fmt: skip
    compare(compiled, rows)


@pytest.mark.parametrize("compiled", KERNELS)
def test_many_rows_are_scored_as_one(compiled: bool):
    """More rows than a block holds, with the number beyond the bound in the last of them; code 0 earns nothing."""
    keys = keys_of(list(found_policies().values()))  # with a bound that ordinary numbers are within
    number = next(at for at, key in enumerate(keys, 1) if (key.scale, key.word) == ("quantitative", "≥"))
    size = 70_000
    rows = np.tile(np.array([number, 1000, 58, 59]), (size, 1))
    rows[::7, 0] = 0
    rows[-1] = number, 1000, 2**61, 2**62
    earned, flags = Kernel(keys, compiled=compiled).run(*given(rows.tolist()))
    one = due(line_of(keys[number - 1], 1000, 58, 59))
    last = due(line_of(keys[number - 1], 1000, 2**61, 2**62))
    assert set(zip(earned[:-1][rows[:-1, 0] == 0].tolist(), flags[:-1][rows[:-1, 0] == 0].tolist(), strict=True)) == {
        (0, 0)
    }
    assert set(zip(earned[:-1][rows[:-1, 0] > 0].tolist(), flags[:-1][rows[:-1, 0] > 0].tolist(), strict=True)) == {one}
    assert (earned[-1], flags[-1]) == last


def test_the_bound_keeps_every_number_of_the_kernel_below_two_to_the_62():
    """The largest numbers that the loop makes at the bound, and that it leaves no more than a factor of 40 unused."""
    for policy in POLICIES:
        keys = keys_of([policy])
        most = bound({(key.policy.id, key.scale): (key.policy, key.scale) for key in keys}.values())
        reached = 0
        for key in keys:
            num = den = 3 * most
            over = policy.over_fulfilment
            starts = [*(line.start for line in key.lines), over.reason_from, *(step.start for step in over.steps)]
            reached = max(reached, *(max(num * start.denominator, den * start.numerator) for start in starts))
            whole = den * key.common
            exact = max(10_000 * key.common * (abs(line.intercept) * den + abs(line.slope) * num) for line in key.lines)
            reached = max(reached, 2 * exact + whole * policy.rounding.step, 2 * whole * policy.rounding.step)
            reached = max(reached, 2 * max((step.points for step in over.steps), default=0) * whole + whole)
        assert reached < 2**62
        assert most == 0 or reached * 40 > 2**62  # at 0 every row is scored in Python ints


def test_without_numba_rows_are_scored_in_numpy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert compiled_loop.__wrapped__() is None
    monkeypatch.setattr(kernel, "compiled_loop", lambda: None)
    number = codes("quantitative", words=("≥",))[0]
    assert Kernel(KEYS).loop is None
    assert Kernel(KEYS).run(*given([(number, 1000, 59, 59)]))[0].tolist() == [1000]


def test_codes_name_their_clause():
    for number, key in enumerate(KEYS, 1):
        policy, rest = divmod(number - 1, len(SCALES) * len(OPS))
        scale, op = divmod(rest, len(OPS))
        made = code(np.array([policy]), np.array([scale]), np.array([op]))
        assert (made[0], made.dtype) == (number, np.int32)
        assert (key.policy, key.scale, key.word) == (POLICIES[policy], SCALES[scale], OPS[op][1])
        linear = key.policy.at_most.attainment == "线性" and key.word in ("≤", "<")
        assert key.attain == OPS[op][0] + "线性" * linear


def test_the_attainment_of_many_rows_is_that_of_each():
    random = Random(3)
    rows = [(0, 0, 5, 7)]
    rows += [(number, 0, random.randint(-3, 300), random.randint(-3, 300)) for number in codes("quantitative") for _ in range(3)]  # fmt: skip
    number, _, actual, target = given(rows)
    num, den = attained(KEYS, number, actual, target)
    assert (num[0], den[0]) == (0, 1)
    for (at, _, a, t), n, d in list(zip(rows, num.tolist(), den.tolist(), strict=True))[1:]:
        word = KEYS[at - 1].attain
        assert Fraction(n, d) == attainment(word, Fraction(a), Fraction(t), Fraction(t))[0], (word, a, t)


def test_a_key_is_a_value():
    with pytest.raises(FrozenInstanceError):
        KEYS[0].word = "≤"  # type: ignore[misc]
    assert not hasattr(KEYS[0], "__dict__")


@pytest.mark.parametrize("compiled", KERNELS)
def test_a_line_that_rises_as_attainment_and_ends_before_the_target_is_not_full_there(compiled: bool):
    national = found_policies()["cn-2020-10"]
    segments = [{"from": "0%", "share": "0%", "to": "90%"}, {"from": "90%", "share": "90%"}]
    clause = type(national.quantitative).model_validate({"document": "示例文件", "known": "未见", "segments": segments})
    keys, number = floor_of(national.model_copy(update={"quantitative": clause}))
    earned, _ = Kernel(keys, compiled=compiled).run(
        *given([(number, 1000, actual, 100) for actual in (50, 89, 90, 100)])
    )
    assert earned.tolist() == [500, 890, 900, 900]


@pytest.mark.parametrize("compiled", KERNELS)
def test_a_deduction_of_no_points_takes_nothing(compiled: bool):
    national = found_policies()["cn-2020-10"]
    update = {"deduct_from": Fraction(3, 2), "deduct_points": 0}
    policy = national.model_copy(update={"over_fulfilment": national.over_fulfilment.model_copy(update=update)})
    keys, number = floor_of(policy)
    earned, flags = Kernel(keys, compiled=compiled).run(*given([(number, 1000, 200, 100)]))
    assert (earned.tolist(), int(flags[0]) & DEDUCTED) == ([1000], 0)


def test_the_bound_knows_ends_that_are_written_finely_and_shares_that_are():
    """Each of the two kinds of numbers that grow, alone the larger one."""
    national = found_policies()["cn-2020-10"]
    fine = national.over_fulfilment.model_copy(update={"reason_from": Fraction(10**15 + 1, 10**15)})
    policy = national.model_copy(update={"over_fulfilment": fine})
    assert bound([(policy, "quantitative")]) * 3 * (10**15 + 1) <= 2**62
    for plain in POLICIES:
        assert bound([(plain, "quantitative"), (plain, "execution")]) * 12 * 10_000 <= 2**62, plain.id
