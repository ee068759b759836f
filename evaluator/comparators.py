"""The words of comparison: each is one declaration, from which every product takes what it needs to know of it.

A word turns actual and target into met or not, and one attainment (完成率) as num ÷ den. Actual, target and high are
numbers in one unit: exact numbers, arrays of them (int64, or Python ints where int64 could overflow), the numbers of a
compiled loop, or the cells of a spreadsheet. So `attain` is written with + − ×, comparisons, `where` and `larger` alone;
den > 0, and neither num nor den is more than three times the largest of the three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, Literal

Array = Any  # numbers of any of these kinds
Attainment = tuple[Array, Array, Array]  # num, den, met
Attain = Callable[[Array, Array, Array], Attainment]
Direction = Literal["up", "down", "exact", "within", "done", "stated"]
OF_TARGET, OF_ACTUAL = "{actual} ÷ {target}", "{target} ÷ {actual}"
CLAUSES = {"down": "at_most", "exact": "equality"}  # the clauses of a policy that say more of words of a direction


@dataclass(frozen=True, slots=True)
class Example:
    """Actuals beside a target (and the upper end of a range), in a unit, or each told in words."""

    actuals: tuple[int, ...] = (40, 50, 60)
    target: int = 50
    high: int | None = None
    unit: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparator:
    """One word of comparison.

    word: its name, which is what people read and write: one character where it is a sign.
    says, formula: how it is said, and the attainment of an unmet row over {actual} and {target}.
    attain: the attainment of rows.
    direction: up (the more the better), down, exact (as up, but beyond the target it is not met), within (met in between),
    done (1 or 0) or stated (a share that somebody states).
    spoken: the words for it before a number, the first being how it is asked about where `asked`; only a sign has any.
    marks: other ways to write the sign.
    scale: the clause that turns its attainment into points.
    linear_of: the word whose linear form (线性) it is: people read that word.
    sides: the words that count in its place against one number: the lower and the upper end of a range, or one.
    """

    word: str
    says: str
    formula: str
    attain: Attain
    direction: Direction
    spoken: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    asked: str = ""
    scale: str = "quantitative"
    linear_of: str = ""
    sides: tuple[str, ...] = ()
    example: Example = Example()

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of a policy that score it."""
        return (self.scale, *(CLAUSES[self.direction],)) if self.direction in CLAUSES else (self.scale,)

    @property
    def strict(self) -> bool:
        """Whether a value that just is the target does not meet it."""
        return not self.met(1, 1)

    def met(self, actual: Fraction | int, target: Fraction | int, high: Fraction | int | None = None) -> bool:
        """Whether one exact number meets its target."""
        return bool(self.attain(actual, target, target if high is None else high)[2])

    def attained(self, actual: Fraction, target: Fraction, high: Fraction | None) -> tuple[Fraction, bool]:
        """The attainment of one exact number, and whether it meets its target."""
        num, den, met = self.attain(actual, target, target if high is None else high)
        return Fraction(num) / Fraction(den), bool(met)

    def side(self, actual: Fraction, target: Fraction, high: Fraction) -> tuple[str, Fraction]:
        """The word and the bound that count at this actual: of a range those of its nearer end."""
        if len(self.sides) > 1 and actual >= target:
            return self.sides[1], high
        return self.sides[0] if self.sides else self.word, target


COMPARATORS: dict[str, Comparator] = {}


def whole_numbers(*numbers: Fraction) -> tuple[int, ...]:
    """The numbers times their common denominator: whole, and in the same proportion."""
    common = lcm(*(number.denominator for number in numbers))
    return tuple(int(number * common) for number in numbers)


def comparator(
    word: str, says: str, formula: str, direction: Direction, *, spoken: str = "", marks: str = "", **more: Any
) -> Callable[[Attain], Attain]:
    """Declare a word of comparison: see Comparator; `spoken` and `marks` are parted by blanks."""

    def declare(attain: Attain) -> Attain:
        words = tuple(spoken.split()), tuple(marks.split())
        COMPARATORS[word] = Comparator(word, says, formula, attain, direction, *words, **more)
        return attain

    return declare


def where(met: Array, value: Array, other: Array) -> Array:
    """The value where met, else the other."""
    if isinstance(met, bool):
        return value if met else other
    import numpy as np

    return np.where(met, value, other)


def larger(value: Array, other: Array) -> Array:
    """The larger of two."""
    if isinstance(value, (int, Fraction)):
        return max(value, other)
    import numpy as np

    return np.maximum(value, other)


def ratio(num: Array, den: Array, met: Array) -> Attainment:
    """num ÷ den, not below zero; where den is not positive a row is all or nothing."""
    return where(den > 0, larger(num, 0), where(met, 1, 0)), where(den > 0, den, 1), met


def short(num: Array, den: Array) -> tuple[Array, Array]:
    """num ÷ den of what is not met: not below zero, and nothing where den is not positive."""
    return where(den > 0, larger(num, 0), 0), where(den > 0, den, 1)


def all_or(met: Array, num: Array, den: Array) -> Attainment:
    """1 where met, else num ÷ den."""
    part, whole = short(num, den)
    return where(met, 1, part), where(met, 1, whole), met


@comparator(
    "≥", "不低于", OF_TARGET, "up",
    spoken="至少 最少 大于等于 大于或等于 达到", marks="≮ >= => 》= ≧ ⩾", asked="不少于",
)  # fmt: skip
def at_least(actual: Array, target: Array, high: Array) -> Attainment:
    """Met from the target on; attainment actual ÷ target (seen in published forms; said to be 财预〔2020〕10号)."""
    return ratio(actual, target, actual >= target)


@comparator(">", "高于", OF_TARGET, "up", spoken="高于 大于 超过 多于", marks="≰")
def above(actual: Array, target: Array, high: Array) -> Attainment:
    """Met above the target; attainment actual ÷ target."""
    return ratio(actual, target, actual > target)


@comparator(
    "≤", "不高于", OF_ACTUAL, "down",
    spoken="至多 最多 小于等于 小于或等于 控制在", marks="≯ <= =< 《= ≦ ⩽", asked="不多于",
)  # fmt: skip
def at_most(actual: Array, target: Array, high: Array) -> Attainment:
    """Met up to the target; beyond it attainment target ÷ actual (seen in the notes of the Hubei form; said to be 鄂财绩发〔2020〕3号)."""
    return all_or(actual <= target, target, actual)


@comparator("<", "低于", OF_ACTUAL, "down", spoken="低于 少于 小于 下于", marks="≱")
def below(actual: Array, target: Array, high: Array) -> Attainment:
    """Met below the target; from it on attainment target ÷ actual."""
    return all_or(actual < target, target, actual)


@comparator(
    "≤线性", "不高于", "1 − ({actual} − {target}) ÷ {target}", "down", linear_of="≤", example=Example((50, 60, 100))
)
def at_most_linear(actual: Array, target: Array, high: Array) -> Attainment:
    """Met up to the target; beyond it 1 − (actual − target) ÷ target, zero from twice the target (practice)."""
    return all_or(actual <= target, 2 * target - actual, target)


@comparator(
    "<线性", "低于", "1 − ({actual} − {target}) ÷ {target}", "down", linear_of="<", example=Example((40, 60, 100))
)
def below_linear(actual: Array, target: Array, high: Array) -> Attainment:
    """Met below the target; from it on as ≤线性."""
    return all_or(actual < target, 2 * target - actual, target)


@comparator("=", "等于", OF_TARGET, "exact", spoken="等于", marks="═", asked="等于")
def equal(actual: Array, target: Array, high: Array) -> Attainment:
    """Met at the target; attainment actual ÷ target (practice). Where no ratio can be formed it is all or nothing:
    a target of 0 is full at 0 or less, one below 0 from the target on."""
    num, den, _ = ratio(actual, target, where(target == 0, actual <= 0, actual >= target))
    return num, den, actual == target


@comparator(
    "区间", "在区间内", "完成值与较近一端之比", "within", sides=("≥", "≤"), example=Example((30, 40, 50, 60), 40, 50)
)
def within(actual: Array, target: Array, high: Array) -> Attainment:
    """Met between target and high, both included; below as ≥ target, above as ≤ high."""
    low_num, low_den = short(actual, target)
    high_num, high_den, met = all_or(actual <= high, high, actual)
    under = actual < target
    return where(under, low_num, high_num), where(under, low_den, high_den), (actual >= target) & met


@comparator(
    "期限", "按期", OF_TARGET, "done", scale="binary", sides=("≥",), example=Example((1, 0), 1, told=("按期", "没有按期"))
)  # fmt: skip
def by_deadline(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is 1 when done in time, else 0; target is 1."""
    return ratio(actual, target, actual >= target)


@comparator(
    "是否", "做到", OF_TARGET, "done", scale="binary", sides=("≥",), example=Example((1, 0), 1, told=("做到", "没有做到"))
)  # fmt: skip
def yes_or_no(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is 1 for yes, else 0; target is 1."""
    return ratio(actual, target, actual >= target)


@comparator(
    "定性", "达成程度", "{actual}", "stated",
    scale="qualitative", sides=("≥",), example=Example((70, 80, 100), 80, 100, "%"),
)  # fmt: skip
def stated(actual: Array, target: Array, high: Array) -> Attainment:
    """Actual is the share the assessor stated; met when it reaches the lower end of the best band (target)."""
    return larger(actual, 0), larger(high, 1), actual >= target


# ---- what others ask ---------------------------------------------------------------------------------------------

AT_LEAST, AT_MOST, EQUAL = "≥", "≤", "="
SIGNS = tuple(word for word, meaning in COMPARATORS.items() if meaning.spoken)  # what stands before a number
# signs offered where a target has none
ASKED = {word: meaning.asked for word, meaning in COMPARATORS.items() if meaning.asked}
MARKS = {mark: word for word, meaning in COMPARATORS.items() for mark in meaning.marks}
ANY_SIGN = f"[{''.join(SIGNS)}]"  # as a pattern
if TYPE_CHECKING:
    Sign = str
else:
    Sign = Literal[SIGNS]


def directed(*directions: Direction) -> tuple[str, ...]:
    """The words that people read of these directions."""
    return tuple(
        word for word, meaning in COMPARATORS.items() if meaning.direction in directions and not meaning.linear_of
    )


def linear_form(word: str) -> str:
    """The linear form of a word, itself where it has none."""
    return _LINEAR.get(word, word)


def as_read(word: str) -> str:
    """The word people read: a linear form is told as the word it stands for."""
    return next((read for read, form in _LINEAR.items() if form == word), word)


_LINEAR = {meaning.linear_of: form for form, meaning in COMPARATORS.items() if meaning.linear_of}
UPWARD, DOWNWARD = directed("up"), directed("down")
READ = tuple(word for word, meaning in COMPARATORS.items() if not meaning.linear_of)
STRICT = tuple(word for word in SIGNS if COMPARATORS[word].strict)


def _facing(sign: str, signs: Iterable[str]) -> str:
    """The first of some signs that goes the other way; itself where none does."""
    turned = {"up": "down", "down": "up"}.get(COMPARATORS[sign].direction)
    return next((candidate for candidate in signs if COMPARATORS[candidate].direction == turned), sign)


# said of the other of two things: ≥ becomes ≤, > becomes <; and said with 不: > becomes ≤
MIRRORED = {
    sign: _facing(sign, [facing for facing in SIGNS if (facing in STRICT) == (sign in STRICT)]) for sign in SIGNS
}
NEGATED = {sign: _facing(sign, [facing for facing in SIGNS if facing not in STRICT]) for sign in STRICT}
