"""The execution rate of a filled table: from its amounts, as far as these are exact, and as printed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from evaluator.auditing.recomputed import HALF, decimals, plain
from evaluator.figures import decimal, half_up, percent
from evaluator.intake.filled.formdata import FilledTable, Funding, FundingRow
from evaluator.quantities.numerals import Unreadable, read_number

UNITS = {"亿元": 10**8, "万元": 10**4, "千元": 1000, "百元": 100, "元": 1, "亿": 10**8, "万": 10**4}


@dataclass(frozen=True, slots=True)
class Spent:
    """Executed ÷ adjusted budget, and between what it lies when both amounts were rounded to what is printed."""

    executed: Fraction
    full_year: Fraction
    low: Fraction
    high: Fraction

    @property
    def rate(self) -> Fraction:
        """Executed ÷ full-year budget."""
        return self.executed / self.full_year


@dataclass(frozen=True, slots=True)
class PrintedRate:
    """A printed rate and the digits after its point."""

    rate: Fraction
    places: int
    bare: bool = False  # printed without a per cent sign

    def near(self, rate: Fraction) -> bool:
        """Whether it is that rate, rounded half up or cut at its own decimals."""
        exact, said = rate * 100, self.rate * 100
        cut = Fraction(int(exact * 10**self.places), 10**self.places)
        return Fraction(half_up(exact, self.places)) == said or (self.places > 0 and cut == said)

    def between(self, low: Fraction, high: Fraction) -> bool:
        """Whether some rate in that span is printed so."""
        slack = HALF / 10**self.places / 100
        return bool(low - slack <= self.rate <= high + slack)


def amount(text: str | None) -> tuple[Fraction, str, int] | None:
    """A printed amount, the unit written with it, and its decimals."""
    if text is None:
        return None
    said = plain(text).replace(" ", "")
    unit = next((unit for unit in UNITS if said.endswith(unit)), "")
    try:
        return read_number(said.removesuffix(unit)), unit, decimals(said)
    except Unreadable:
        return None


def spent(table: FilledTable, part: str = "", budget: str = "full_year") -> Spent | None:
    """The rate from the amounts of the total row, or of a part (fiscal_row), over the adjusted budget or another (initial);
    None when one is missing, not positive, or in another unit."""
    money: Funding | FundingRow | None = getattr(table.funding, part, None) if part else table.funding
    full, done = (amount(getattr(money, budget)), amount(money.executed)) if money else (None, None)
    if full is None or done is None or full[0] <= 0 or done[0] < 0:
        return None
    common = (table.funding.unit or "").strip() if table.funding else ""
    if full[1] != done[1] and not {full[1] or common, done[1] or common} <= UNITS.keys():
        return None
    scale = [UNITS.get(unit or common, 1) if full[1] != done[1] else 1 for unit in (full[1], done[1])]
    half = [scale[i] * HALF / 10**places for i, (_, _, places) in enumerate((full, done))]
    top, base = done[0] * scale[1], full[0] * scale[0]
    low, high = max(top - half[1], Fraction(0)) / (base + half[0]), (top + half[1]) / max(base - half[0], base / 2)
    return Spent(top, base, low, high)


def printed_rate(text: str | None) -> PrintedRate | None:
    """A printed rate: in per cent, or as a plain share of one (0.99); None for anything else."""
    said = plain(text or "").replace(" ", "")
    try:
        value = read_number(said.removesuffix("%"))
    except Unreadable:
        return None
    if said.endswith("%"):
        return PrintedRate(value / 100, decimals(said))
    if 0 <= value <= 1:
        return PrintedRate(value, max(decimals(said) - 2, 0), True)
    return PrintedRate(value / 100, decimals(said), True) if 1 < value <= 120 else None


def amount_for_rate(table: FilledTable) -> bool:
    """Whether an amount of money stands where the execution rate belongs."""
    text = table.execution.rate if table.execution else None
    said = amount(text)
    if said is None or plain(text or "").endswith("%"):
        return False
    money = [amount(getattr(table.funding, name, None)) for name in ("initial", "full_year", "executed")]
    return (
        bool(said[1])
        or said[0] > 200
        or (said[0] > 1 and said[0] != 100 and said[0] in {one[0] for one in money if one})
    )


def told_rate(money: Spent) -> str:
    """The rate with the amounts it is made of."""
    return f"({decimal(money.executed)} ÷ {decimal(money.full_year)} = {percent(money.rate)})"
