"""Targets beside actuals for very many rows: every distinct text is read once, by the same reader as a single table.

Most rows are a sign, a plain number and a unit on both sides. Those are compared as whole ten-thousandths without a
Python object a row, where the reader has shown that it reads sign and unit so whatever the number. All others are read
one by one as distinct pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.namedcells import items_in, readings_in
from evaluator.batch.texts import FITS, TextColumn, Words, blank, each_of
from evaluator.batch.writing import parts_of, trimmed
from evaluator.comparators import ANY_SIGN, AT_LEAST, COMPARATORS, DOWNWARD, EQUAL, READ, STRICT, Sign, whole_numbers
from evaluator.comparators import SIGNS as WRITTEN
from evaluator.documents.scalars import hundredths
from evaluator.inapplicable import WORD, said
from evaluator.model import Indicator, Result
from evaluator.policy import OWN_SCALES, Policy
from evaluator.quantities.formula import FormulaError, kind_of
from evaluator.quantities.quantity import Unit, Unreadable, read_target
from evaluator.quantities.reading import Amount
from evaluator.results import Money
from evaluator.rowreading import read_row
from evaluator.rulebook.standards import check_open, check_own
from evaluator.scoring import beside_criterion, of_criterion

SIGNS: tuple[Sign | None, ...] = (None, *WRITTEN)
# how a row is compared: (the word whose attainment is taken, the word that people read), the signs first and in order
OPS = tuple((side, word) for word in dict.fromkeys((*WRITTEN, *READ)) for side in COMPARATORS[word].sides or (word,))
SCALES = ("quantitative", "binary", "qualitative", "execution", *OWN_SCALES)
PARTS = 10_000  # plain numbers are held in ten-thousandths
PLAIN = rf"^(?P<sign>{ANY_SIGN}?)(?P<number>(?:0|[1-9][0-9]{{0,8}})(?:\.[0-9]{{1,4}})?)(?P<unit>[^0-9.,，。]*)$"
PROBES = ("0", "1", "12", "37", "100", "2024", "0.5", "999999999")
CACHED = 300_000
NOTHING = Money(0, None, None)  # of a row that is not computed from amounts
NO_OWN = -(2**31)  # of a row without a criterion of its own


def ops(words: Iterable[str]) -> list[int]:
    """The places in OPS of rows read under one of these words."""
    asked = set(words)
    return [place for place, (_, word) in enumerate(OPS) if word in asked]


@dataclass(frozen=True, slots=True)
class DistinctRow:
    """One distinct row as read: how compared (an index of OPS and of SCALES), whole numbers in one unit, and the rest.

    `perfect` is 1 at 100%, 2 beyond; `met` is given where the comparison does not tell it (定性).
    """

    op: int
    scale: int
    actual: int
    target: int
    perfect: int
    shown: str
    missing: bool = False
    computed: bool = False
    met: int = -1
    unit: str = ""
    value: Fraction = Fraction(0)
    whole: bool = False  # whether the target is 100% or more
    scaled: int = -1  # the value in ten-thousandths; below zero where it is finer or larger
    own: int = NO_OWN  # points (hundredths) by the row's own criterion
    rounded: bool = False  # whether those are rounded
    inapplicable: str = ""  # why it does not apply
    exact: Fraction = Fraction(0)  # points by the criterion before they are rounded
    due: int = 0  # what is deducted of them for over-fulfilment, where there is so much
    deducted: bool = False


REFUSED = DistinctRow(0, 0, 0, 0, 0, "", missing=True, scaled=0)
Rejected = tuple[str, str]  # code and reason


@dataclass(slots=True)
class Read:
    """Every row as read, in arrays; `big` holds the whole numbers of rows that do not fit int64."""

    op: Any
    scale: Any
    actual: Any
    target: Any
    perfect: Any
    missing: Any
    computed: Any
    met: Any
    unit: Any  # index into `units`, the names of the units both numbers are in
    value: Any  # the actual in that unit: in ten-thousandths, or below zero a number for what is finer or larger
    whole: Any  # targets of 100% or more
    own: Any  # points of rows with a criterion, NO_OWN of all others
    rounded: Any  # whether those are rounded
    due: Any  # what is deducted of those for over-fulfilment
    deducted: Any
    reason: Any  # index into `reasons`, why a row does not apply: '' for one that does
    reasons: list[str]
    pairs: Any  # index into `shown`, -1 for a plain row
    shown: list[str]
    exact: list[Fraction]  # of each of `shown`: points (hundredths) by a criterion, before they are rounded
    aims: Numbers
    numbers: Numbers
    big: dict[int, tuple[int, int]]
    units: dict[str, int]
    finer: dict[Fraction, int]

    @property
    def just(self) -> Any:
        """The rows whose actual number is exactly the target."""
        same = self.actual == self.target
        for row, (actual, target) in self.big.items():
            same[row] = actual == target
        return same

    def take(self, rows: Any) -> Read:
        """The readings of some of the rows."""
        if len(rows) == len(self.op):
            return self
        back = {int(row): place for place, row in enumerate(rows.tolist())} if self.big else {}
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        arrays = {name: values[rows] for name, values in every.items() if isinstance(values, np.ndarray)}
        numbers = replace(self.numbers, column=self.numbers.column.take(rows))
        big = {back[row]: pair for row, pair in self.big.items() if row in back}
        return replace(self, **arrays, numbers=numbers, big=big)

    def value_of(self, row: int) -> Fraction:
        """The actual of one row in its unit."""
        value = int(self.value[row])
        return Fraction(value, PARTS) if value >= 0 else list(self.finer)[-1 - value]

    def shown_at(self, rows: Any) -> pa.Array:
        """The actuals of these rows as people read them."""
        pairs, plain = self.pairs[rows], self.numbers.shown.take(pa.array(self.numbers.column.codes[rows]))
        others = pa.array([word or "未填" for word in self.shown], pa.string())
        return pc.coalesce(others.take(pa.array(pairs, mask=pairs < 0)), plain)


@dataclass(slots=True)
class Numbers:
    """Distinct texts cut into sign, number (ten-thousandths) and unit; unit -1 where a text is not that plain."""

    column: TextColumn
    sign: Any
    number: Any
    unit: Any
    known: list[Unit]
    shown: pa.Array  # number and unit as `str(Quantity)` tells them


@lru_cache(maxsize=65536)
def plain_unit(sign: str, unit: str) -> Unit | None:
    """The unit of `sign number unit` when the reader finds the same in it for every probe; None when it does not."""
    read = set()
    for number in PROBES:
        try:
            content = read_target(f"{sign}{number}{unit}").content
            if not sign and read_target(f"{number}{unit}", AT_LEAST).kind != "数值":
                return None  # 4星级 is a number until a sign makes it a grade
        except Unreadable:
            return None
        if (
            not isinstance(content, Amount)
            or content.high is not None
            or content.rough
            or content.either_way
            or content.label
        ):
            return None
        if (content.sign or "") != sign or content.low.number != Fraction(number):
            return None
        read.add(content.low.unit)
    return read.pop() if len(read) == 1 else None


def cut(column: TextColumn, units: dict[Unit, int]) -> Numbers:
    """Cut the distinct texts of a column; `units` numbers the units met so far."""
    size = len(column.array)
    cuts = pc.extract_regex(column.array, PLAIN)
    fits = np.asarray(cuts.is_valid())
    at = np.flatnonzero(fits)
    taken = cuts.take(pa.array(at))
    number = np.zeros(size, dtype=np.int64)
    number[at] = parts_of(pc.struct_field(taken, ["number"]).cast(pa.decimal128(15, 4)))
    coded_parts = (pc.struct_field(taken, [name]).dictionary_encode() for name in ("sign", "unit"))
    head, tail = (TextColumn(np.asarray(part.indices), Words(part.dictionary)) for part in coded_parts)
    sign, unit = np.zeros(size, dtype=np.int8), np.full(size, -1, dtype=np.int32)
    sign[at] = head.each(lambda word: SIGNS.index(word or None), np.int8)
    key, known = each_of([head, tail], plain_unit)
    unit[at] = np.array([units.setdefault(each, len(units)) if each else -1 for each in known], dtype=np.int32)[key]
    named = pa.array(map(str, units), pa.string()).take(pa.array(unit, mask=unit < 0))
    return Numbers(column, sign, number, unit, list(units), pc.binary_join_element_wise(trimmed(number, 4), named, ""))


class Reader:
    """Reads rows under policies; keeps what it has read, up to so many distinct rows."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self.policies = policies
        self.kept = lru_cache(CACHED)(partial(self._read, NOTHING))

    def rows(
        self, columns: Mapping[str, TextColumn], policy: TextColumn, money: Any, rejects: dict[int, Rejected]
    ) -> Read:
        """Read every row; what cannot be read goes to `rejects` by its number. `money(row)` gives a row's amounts."""
        target, actual, given = columns["target"], columns["actual"], columns["sign"]
        size = len(target.codes)
        units: dict[Unit, int] = {}
        aims = cut(target, units)
        values = cut(actual, units)
        values.known = aims.known = list(units)
        own = aims.sign[target.codes]
        added = given.each(lambda word: SIGNS.index(word or None) if (word or None) in SIGNS else -1, np.int8)
        sign = np.where(own > 0, own, added)
        of_actual = values.unit.copy()
        of_actual[(values.sign > 0) & (values.sign != SIGNS.index(EQUAL))] = -1
        unit = aims.unit[target.codes]
        plain = (
            (unit >= 0) & (unit == of_actual[actual.codes]) & (sign > 0) & ((own == 0) | (added == 0) | (own == added))
        )
        plain &= ~np.isin(sign, [SIGNS.index(word) for word in STRICT if word in DOWNWARD]) | (
            aims.number[target.codes] != 0
        )  # <0人 is refused, whoever gave the sign
        scaled = self._scaled(policy, columns["category"])
        plain &= ~scaled
        category = columns["category"] if scaled.any() else blank(size)
        formula = columns["formula"].given() | columns["data"].given()
        left = _left_out(actual) & ~formula
        owned = columns["criterion"].given()
        plain &= ~(
            columns["state"].given() | columns["share"].given() | formula | owned | columns["reads"].given() | left
        )
        percent = np.array([*(known.name == "%" for known in units), False])  # the last for a unit of -1
        past = (values.number >= 100 * PARTS) * 1 + (values.number > 100 * PARTS)
        perfect = np.where(percent[values.unit], past, 0).astype(np.int8)
        names: dict[str, int] = {"": 0}
        named = np.array([*(names.setdefault(known.name, len(names)) for known in units), 0], dtype=np.int32)
        rows = Read(
            op=np.where(plain, sign - 1, 0).astype(np.int8),
            scale=np.zeros(size, dtype=np.int8),
            actual=values.number[actual.codes],
            target=aims.number[target.codes],
            perfect=perfect[actual.codes],
            missing=np.zeros(size, dtype=bool),
            computed=np.zeros(size, dtype=bool),
            met=np.full(size, -1, dtype=np.int8),
            unit=named[unit],
            value=values.number[actual.codes],
            own=np.full(size, NO_OWN, dtype=np.int32),
            rounded=np.zeros(size, dtype=bool),
            due=np.zeros(size, dtype=np.int32),
            deducted=np.zeros(size, dtype=bool),
            reason=np.zeros(size, dtype=np.int32),
            reasons=[""],
            whole=((aims.number >= 100 * PARTS) & percent[aims.unit])[target.codes],
            pairs=np.full(size, -1, dtype=np.int32),
            shown=[],
            exact=[],
            aims=aims,
            numbers=values,
            big={},
            units=names,
            finer={},
        )
        texts = [policy, *(columns[name] for name in ("year", "target", "sign", "actual", "state", "share")), category]
        standard = [columns["criterion"], columns["points"], columns["reads"]]
        several = (
            (~plain & ~formula & ~owned & ~left, texts),
            (owned & ~formula & ~left, [*texts, *standard]),
            (left, [*texts, *standard, columns["cause"]]),
        )
        for others, asked in several:
            at = np.flatnonzero(others)
            key, read = each_of([column.take(at) for column in asked], self.kept)
            _put(rows, at, key, read, rejects)
        computed = np.flatnonzero(formula)
        texts += [*standard, columns["cause"], columns["formula"], columns["data"]]
        read = [self._read(money(row), *(column.at(row) for column in texts)) for row in computed.tolist()]
        _put(rows, computed, np.arange(len(computed)), read, rejects)
        return rows

    def _scaled(self, policy: TextColumn, category: TextColumn) -> Any:
        """Which rows are of a category with a scale of its own in their policy."""
        scaled = np.zeros(len(policy.codes), dtype=bool)
        for name, own in self.policies.items():
            scales = own.category_scales.scales if own.category_scales else ()
            for word in dict.fromkeys(word for scale in scales for word in scale.categories):
                scaled |= policy.each(lambda id, name=name: id == name, bool) & category.each(
                    lambda text, word=word: text == word, bool
                )
        return scaled

    def _read(
        self, money: Money, policy: str, year: str, target: str, sign: Any, actual: str, state: Any, share: str,
        category: str, criterion: str = "", worth: str = "", reads: str = "", cause: str = "", formula: str = "", data: str = "",
    ) -> DistinctRow | Rejected:  # fmt: skip
        """One row read as `score` reads it: the same reader, the same refusals; `worth` is its points, which a criterion needs."""
        try:
            points = hundredths(worth) if criterion else 0
        except ValueError:  # told by the checks of rows
            return "R103", "分值读不出"
        try:
            units, filled = items_in(data)
            row = Indicator.model_construct(
                id="", category=category, dimension="", name="", description="", target=target, sign=sign or None, points=points,
                criterion=criterion or None, reads=readings_in(reads), data=units, basis="", line=None,
                formula=None if units else formula or None, of_data=formula or None if units else None,
            )  # fmt: skip
            result = Result.model_construct(
                actual=actual or None, state=state or None, share=Fraction(share[:-1]) / 100 if share else None, data=filled,
                evidence=[], cause=cause, remedy="",
            )  # fmt: skip
            aim = read_target(target, row.sign)
            if aim.kind == "数值" and aim.sign is None:
                return "R108", f"指标值“{target}”没有比较符，请写明 sign"
            if row.formula and (not isinstance(aim.content, Amount) or aim.content.low.unit.kind != kind_of(formula)):
                return "R109", f"公式结果与指标值“{target}”不是同一种量"
            problems = [*check_own(row, aim), *check_open([row])] if criterion or reads or units else ()
            if wrong := next((problem for problem in problems if problem.severity == "错误"), None):
                return wrong.code, wrong.says + (f"；允许：{wrong.allowed}" if wrong.allowed else "")
            reading = read_row(row, result, points, money, self.policies[policy], int(year))
        except FormulaError as error:
            return "R109", f"公式无法使用：{error}"
        except Unreadable as error:
            options = error.allowed or "、".join(error.choices)
            return error.code, error.reason + (f"；允许：{options}" if options else "")
        earned, exact, due, less, inexact = NO_OWN, Fraction(0), 0, 0, False
        if reading.own is not None:
            if reading.own.outside or reading.own.effects:
                return "Q417", "评分标准影响本行以外（追加扣除、加分、一票否决），成批评分不算；这个项目单独评分"
            if reading.own.points is not None:
                exact, case = reading.own.points * 100, reading.case(0, self.policies[policy])
                if case.policy.deducts_beside and case.actual is not None:
                    num, den, _ = COMPARATORS[case.comparator].attain(
                        *whole_numbers(case.actual, case.target, case.high)
                    )
                    reached = Fraction(int(num), int(den))
                    due, _ = beside_criterion(case.policy, case.comparator, case.scale, reached)
                earned, less, inexact = of_criterion(exact, due, case.policy)
        pair = reading.pair
        word, value, low = pair.comparator, pair.actual, pair.target
        high = low if pair.high is None else pair.high
        comparator, met = COMPARATORS[word], -1
        attain, low = comparator.side(value, pair.target, high)
        if comparator.direction == "stated":
            met, low = int(comparator.met(value, low, high)), Fraction(1)
        perfect = (value >= 100) + (value > 100) if pair.unit == "%" and not reading.missing else 0
        numbers, parts = whole_numbers(value, low), value * PARTS
        return DistinctRow(
            OPS.index((attain, word)), SCALES.index(reading.scale), numbers[0], numbers[1], perfect, pair.actual_shown,
            reading.missing, reading.computed, -1 if reading.missing else met, pair.unit, value,
            pair.unit == "%" and pair.target >= 100, int(parts) if parts.denominator == 1 and 0 <= parts < FITS else -1,
            earned, inexact, reading.inapplicable, exact, due, less > 0,
        )  # fmt: skip


def _left_out(actual: TextColumn) -> Any:
    """Which rows say that they do not apply; very few distinct texts are looked at one by one."""
    saying = np.array(pc.match_substring(actual.array, WORD))
    saying[[code for code in np.flatnonzero(saying).tolist() if not said(actual.words[code])]] = False
    return saying[actual.codes]


def _put(rows: Read, at: Any, key: Any, read: list[Any], rejects: dict[int, Rejected]) -> None:
    """Put what was read of each distinct row where it belongs: `key` is the place in `read` of each row `at`."""
    if not read:
        return
    refused = np.array([not isinstance(row, DistinctRow) for row in read])[key]
    for row, place in zip(at[refused].tolist(), key[refused].tolist(), strict=True):
        rejects.setdefault(row, read[place])
    known = [row if isinstance(row, DistinctRow) else REFUSED for row in read]
    for name in ("op", "scale", "perfect", "missing", "computed", "met", "whole", "own", "rounded", "due", "deducted"):
        array = getattr(rows, name)
        array[at] = np.array([getattr(row, name) for row in known], dtype=array.dtype)[key]
    numbers = [(row.actual, row.target) for row in known]
    big = [max(abs(actual), abs(target)) >= FITS for actual, target in numbers]
    held = np.array([(FITS, FITS) if large else pair for pair, large in zip(numbers, big, strict=True)], dtype=np.int64)
    rows.actual[at], rows.target[at] = held[key].T
    rows.big.update((int(at[place]), numbers[key[place]]) for place in np.flatnonzero(np.array(big)[key]).tolist())
    values = [
        row.scaled if row.scaled >= 0 else -1 - rows.finer.setdefault(row.value, len(rows.finer)) for row in known
    ]
    rows.value[at] = np.array(values, dtype=np.int64)[key]
    rows.unit[at] = np.array([rows.units.setdefault(row.unit, len(rows.units)) for row in known], np.int32)[key]
    for place in [place for place, row in enumerate(known) if row.inapplicable]:
        rows.reason[at[key == place]] = len(rows.reasons)
        rows.reasons.append(known[place].inapplicable)
    rows.pairs[at] = len(rows.shown) + key
    rows.shown += [row.shown for row in known]
    rows.exact += [row.exact for row in known]
