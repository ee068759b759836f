"""Scores as spreadsheet formulas that agree with the engine to the hundredth, or say 待评分.

A spreadsheet counts in binary floating point, so everything is scaled to whole numbers first; products of whole numbers
are exact up to 2^53, and where a row would come near it, or holds more decimals than were scaled, nothing is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, cast

from evaluator.comparators import AT_LEAST, COMPARATORS, UPWARD
from evaluator.model import Indicator
from evaluator.policy import Deduction, Policy
from evaluator.quantities.formula import FormulaError, compute
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import WORDS
from evaluator.scoring import Case, ScaleLine, common_of, lines_of, score
from evaluator.workbook.inputs import TypedNumber, doubtful

EXACT = 200_000_000_000_000  # below it no spreadsheet mends a difference of 1 away
FEN = 1_000_000  # 分 in 万元
SHARE = 1_000_000  # a share of the band is written in per cent with up to four decimals
WAITING = '"待评分"'
HELPERS = ("n", "t", "h", "num", "den", "raw", "exact", "q", "r")  # hidden columns of a scored row


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a row's figures stand, as references such as $G12."""

    actual: str
    state: str
    share: str
    adjusted: str
    executed: str
    n: str
    t: str
    h: str
    num: str
    den: str
    raw: str
    exact: str
    q: str
    r: str


@dataclass(frozen=True, slots=True)
class RowFormulas:
    """The formulas of one row: whole numbers n (actual), t, h (target), what follows from them, and the preview.

    `met` is the formula of the computed value shown to the clerk, where money gives it.
    """

    helpers: dict[str, str]
    preview: str
    value: str = ""


def execution(at: Cells, points: int, policy: Policy) -> RowFormulas:
    """The execution row: 全年执行数 ÷ 全年预算数, both in whole 分."""
    a, e = at.adjusted, at.executed
    usable = f"AND(ISNUMBER({a}),ISNUMBER({e}))"
    whole = f'IF(AND({a}>0,{e}>=0,{fits(a, FEN)},{fits(e, FEN)}),ROUND({{}}*{FEN},0),"")'
    helpers = {"n": f'IF({usable},{whole.format(e)},"")', "t": f'IF({usable},{whole.format(a)},"")', "h": "0"}
    unknown = f'IF(OR({a}="",{e}=""),0,IF({a}=0,0,{{}}))'
    return _scored(at, helpers, AT_LEAST, "execution", points, policy, unknown)


def number(at: Cells, entry: TypedNumber, points: int, policy: Policy, category: str = "") -> RowFormulas | None:
    """A row of a category whose number is typed; None when the target cannot be scaled."""
    own = policy.scale_for(category, "quantitative")
    size = Fraction(1, 100) if entry.percent else Fraction(1)
    low, high = entry.low * size, entry.high * size
    scale = _scale((low, high), points, policy, own)
    if scale is None:
        return None
    a = at.actual
    allowed = [fits(a, scale)]
    if not entry.negative:
        allowed.append(f"{a}>=0")
    if entry.percent:
        top = 10 * max(entry.low, entry.high) / 100
        bound = max(Fraction(1), top)
        assert not doubtful(entry, bound)
        allowed.append(f"ROUND({a}*{scale},0)<={int(bound * scale)}")
    helpers = {
        "n": f'IF(ISNUMBER({a}),IF(AND({",".join(allowed)}),ROUND({a}*{scale},0),""),"")',
        "t": str(int(low * scale)),
        "h": str(int(high * scale)),
    }
    return _scored(at, helpers, policy.counted(entry.word), own, points, policy, f'IF({a}="",0,{{}})')


def stated(at: Cells, points: int, policy: Policy, narrated: bool, answers: dict[str, Case]) -> RowFormulas:
    """A row judged by a state and a share; `narrated` when words beside them change nothing.

    `answers` are words that decide by themselves (完成, 未完成), as the engine takes them.
    """
    a, s, j = at.actual, at.state, at.share
    whole = f"ROUND({j}*{SHARE},0)"
    bands = []
    for band in policy.qualitative.bands:
        start, to = int(band.start * SHARE), int(band.to * SHARE)
        bands.append(f'AND({s}="{band.state}",{whole}>={start},{whole}<{to + (band.to == 1)})')
    given = [f"OR({','.join(bands)})", fits(j, SHARE)] + ([] if narrated else [f'{a}=""'])
    n = f'IF(ISNUMBER({j}),IF(AND({",".join(given)}),{whole},""),"")'
    top = int(policy.qualitative.bands[0].start * SHARE)
    helpers = {"n": n, "t": str(top), "h": str(SHARE)}
    blank = f'IF(AND({a}="",{s}="",{j}=""),0,{{}})'
    for word, case in answers.items():
        worth = int(cast(Any, score([case]).loc[0, "earned"]))
        blank = blank.format(f'IF(AND(EXACT({a},"{word}"),{s}="",{j}=""),{worth}/100,{{}})')
    return _scored(at, helpers, "定性", "qualitative", points, policy, blank)


def computed(at: Cells, row: Indicator, initial: int, money: Cells, points: int, policy: Policy) -> RowFormulas | None:
    """A row that is a function of money; None when it is no quotient of sums, or its figures could grow too large."""
    target = row.read
    assert row.formula is not None and isinstance(target.content, Amount)
    wanted, unit = target.content, target.content.low.unit
    amounts = {"年初预算数": Quotient(str(initial), degree=1), "全年预算数": Quotient(money.t, degree=1)}
    amounts["全年执行数"] = Quotient(money.n, degree=1)
    try:
        measure = compute(row.formula, cast(Any, amounts))
    except FormulaError:
        return None
    value = _quotient(measure.number)
    if value.degree > 1 or value.below_degree > 1:
        return None
    if measure.power:
        name, times = "元", Fraction(100)  # in 分, as the amounts are
        shown = f"({value.above})/({value.below})/({unit.size * 100})"
    else:
        name, times = "%", Fraction(1, 100)
        shown = f"({value.above})/({value.below})" + ("" if unit.name == "%" else f"/({unit.size})")
    low, high = (end.to(WORDS[name]) * times for end in (wanted.low, wanted.high or wanted.low))
    common = lcm(low.denominator, high.denominator)
    reached = f"({value.above})*{common}*SIGN({value.below})"
    known = f'OR({money.n}="",{money.t}="")'
    nonzero = ",".join(f"{divisor}<>0" for divisor in dict.fromkeys((value.below, *value.divisors)))
    helpers = {
        "n": f'IF({known},"",IF(AND({nonzero}),{f"ABS({reached})" if wanted.either_way else reached},""))',
        "t": f'IF({known},"",{int(low * common)}*ABS({value.below}))',
        "h": "0" if wanted.high is None else f'IF({known},"",{int(high * common)}*ABS({value.below}))',
    }
    unknown = f'IF(OR({at.adjusted}="",{at.executed}=""),0,{{}})'
    word, own = policy.counted(target.sign or target.kind), policy.scale_for(row.category, "quantitative")
    formulas = _scored(at, helpers, word, own, points, policy, unknown)
    return RowFormulas(formulas.helpers, formulas.preview, f'IF({at.n}="","{EMPTY_SIGN}",{shown})')


EMPTY_SIGN = "—"


def fits(cell: str, scale: int) -> str:
    """Whether a cell's number has no more decimals than the scale."""
    return f"ROUND({cell}*{scale},0)/{scale}={cell}"


def _most(points: int, policy: Policy, scale: str) -> int:
    """The largest factor that num or den is multiplied by anywhere below."""
    lines = lines_of(policy, scale)
    common, steps = common_of(lines), policy.over_fulfilment.steps
    slope = max(int((abs(line.intercept) + abs(line.slope)) * common) for line in lines)
    starts = [*(line.start for line in lines), *(deduction.start for deduction in steps)]
    ends = [max(start.numerator, start.denominator) for start in starts]
    taken = max((deduction.points for deduction in steps), default=0)
    step = policy.rounding.step
    return max(4 * max(points, taken) * max(slope, common) + 4 * common * step, *ends)


def _scale(numbers: tuple[Fraction, ...], points: int, policy: Policy, own: str) -> int | None:
    """A power of ten that makes the numbers whole and leaves room for decimals of the actual."""
    largest = max(*(abs(number) for number in numbers), Fraction(1)) * _most(points, policy, own) * 10
    whole = [10**k for k in range(9) if all((number * 10**k).denominator == 1 for number in numbers)]
    return max((scale for scale in whole if scale * largest < EXACT), default=whole[0] if whole else None)


# ---- from whole numbers to points --------------------------------------------------------------------------------


def _sign(sign: str, rank: int, turned: bool = False) -> Any:
    """The method that writes a sign between two formulas, with brackets where the spreadsheet needs them."""

    def written(self: CellFormula, other: Any) -> CellFormula:
        first, two = (other, self) if turned else (self, other)
        return CellFormula(f"{_inside(first, rank)}{sign}{_inside(two, rank + (sign == '-'))}", rank)

    return written


def _inside(part: Any, rank: int) -> str:
    return f"({part})" if isinstance(part, CellFormula) and part.rank < rank else str(part)


class CellFormula:
    """A formula that a comparator's `attain` computes with like a number."""

    def __init__(self, text: str, rank: int = 3) -> None:
        self.text, self.rank = text, rank  # 3 stands alone, 2 is a product, 1 a sum, 0 a comparison

    def __str__(self) -> str:
        return self.text

    __hash__ = None  # type: ignore[assignment]
    __add__, __sub__, __mul__ = _sign("+", 1), _sign("-", 1), _sign("*", 2)
    __radd__, __rsub__, __rmul__ = _sign("+", 1, True), _sign("-", 1, True), _sign("*", 2, True)
    __lt__, __le__, __gt__, __ge__, __eq__ = (_sign(sign, 0) for sign in ("<", "<=", ">", ">=", "="))

    def __and__(self, other: CellFormula) -> CellFormula:
        return CellFormula(f"AND({self},{other})")

    def __array_function__(self, function: Any, types: Any, parts: tuple[Any, ...], named: Any) -> CellFormula:
        """What `where` comes to."""
        return CellFormula(f"IF({','.join(map(str, parts))})")

    def __array_ufunc__(self, function: Any, method: str, *parts: Any) -> CellFormula:
        """What `larger` comes to."""
        return CellFormula(f"MAX({','.join(map(str, parts))})")


def _scored(
    at: Cells, helpers: dict[str, str], word: str, scale: str, points: int, policy: Policy, blank: str
) -> RowFormulas:
    """The chain of one row, as scoring.py goes: attainment, segment, deduction, one rounding half up.

    `blank` is the formula around the preview that says what an empty row shows.
    """
    lines = lines_of(policy, scale)
    common, num, den, step = common_of(lines), at.num, at.den, policy.rounding.step
    raw = ""
    for line in lines:
        worth = f"{points}*({int(line.intercept * common)}*{den}+{int(line.slope * common)}*{num})"
        raw = f"IF({_reached(at, line)},{worth},{raw})" if raw else worth
    taken = "0"
    for deduction in policy.over_fulfilment.steps if word in UPWARD and scale != "execution" else ():
        if deduction.points or taken != "0":
            taken = f"IF({_reached(at, deduction)},MIN({deduction.points}*{den}*{common},{at.raw}),{taken})"
    exact = at.raw if taken == "0" else f"{at.raw}-{taken}"
    above = f"(2*{at.exact}+{den}*{common * step})"
    below = f"(2*{den}*{common * step})"
    above_line, below_line, _ = COMPARATORS[word].attain(CellFormula(at.n), CellFormula(at.t), CellFormula(at.h))
    rounded = f"({at.q}+IF({at.r}<0,-1,IF({at.r}>={below},1,0)))*{step}"
    shown = f"IF({at.exact}={points}*{den}*{common},{points},MIN({rounded},{points}))/100"
    chain = {
        "num": f'IF(OR({at.n}="",{at.t}=""),"",{above_line})',
        "den": f'IF(OR({at.n}="",{at.t}=""),"",{below_line})',
        "raw": f'IF({num}="","",IF(MAX({num},{den})*{_most(points, policy, scale)}<{EXACT},{raw},""))',
        "exact": f'IF({at.raw}="","",{exact})',
        "q": f'IF({at.exact}="","",INT({above}/{below}))',
        "r": f'IF({at.exact}="","",{above}-{at.q}*{below})',
    }
    preview = blank.format(f'IF({at.q}="",{WAITING},{shown})')
    return RowFormulas(helpers | chain, preview)


def _reached(at: Cells, start: ScaleLine | Deduction) -> str:
    """Whether the row's attainment has come to a line or a deduction."""
    sign = ">" if start.open else ">="
    return f"{at.num}*{start.start.denominator}{sign}{start.start.numerator}*{at.den}"


# ---- formulas of money -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Quotient:
    """A formula of money over another, as texts; degrees tell how many amounts are multiplied at most.

    It can be computed with like a number; what is divided by is kept, since a spreadsheet would cancel it.
    """

    above: str
    below: str = "1"
    degree: int = 0
    below_degree: int = 0
    divisors: tuple[str, ...] = ()

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return False  # never known to be zero before the clerk has typed

    def _over(self, other: Quotient, above: str, below: str, degree: int) -> Quotient:
        return Quotient(above, below, degree, self.below_degree + other.below_degree, self.divisors + other.divisors)

    def __add__(self, number: Any) -> Quotient:
        other = _quotient(number)
        if self.below == other.below:
            degree, joined = max(self.degree, other.degree), f"(({self.above})+({other.above}))"
            return Quotient(joined, self.below, degree, self.below_degree, self.divisors + other.divisors)
        above = f"(({self.above})*{other.below}+({other.above})*{self.below})"
        degree = max(self.degree + other.below_degree, other.degree + self.below_degree)
        return self._over(other, above, f"({self.below}*{other.below})", degree)

    def __mul__(self, other: Any) -> Quotient:
        two = _quotient(other)
        above, below = f"({self.above})*({two.above})", f"({self.below}*{two.below})"
        return self._over(two, above, below, self.degree + two.degree)

    def __truediv__(self, other: Any) -> Quotient:
        two = _quotient(other)
        return self * Quotient(two.below, two.above, two.below_degree, two.degree, (*two.divisors, two.above))

    def __radd__(self, other: Any) -> Quotient:
        return _quotient(other) + self

    __rmul__ = __mul__

    def __rtruediv__(self, other: Any) -> Quotient:
        return _quotient(other) / self


def _quotient(number: Any) -> Quotient:
    if isinstance(number, Quotient):
        return number
    exact = Fraction(number)
    big = 2 if max(exact.numerator, exact.denominator) > 10**6 else 0  # too large to stay exact beside money
    return Quotient(str(exact.numerator), str(exact.denominator), big, 0)
