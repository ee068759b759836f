"""One way a row of a filled table can be meant, and the score it gives."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from evaluator.auditing.recomputed import Reached, rounded
from evaluator.figures import decimal


@dataclass(frozen=True, slots=True)
class RowReading:
    """One way a row can be meant: in words, and the exact score it gives, or between which two it lies."""

    says: str
    low: Fraction
    high: Fraction
    sure: bool = True
    open: bool = False  # the upper end is not reached
    exact: bool = False  # the score lies between the two before it is rounded to be printed
    way: str = ""  # how a target without sign is meant
    reached: Reached | None = None
    reverses: bool = False

    def gives(self, printed: str, points: Fraction, step: int) -> bool:
        """Whether it gives the printed score."""
        if self.low == self.high:
            return rounded(self.low, printed, step, points)
        value, slack = Fraction(printed), Fraction(1, 2 * 10 ** (len(printed.partition(".")[2]) or 2))
        if self.exact:
            return self.low < value + slack and value - slack < self.high
        return self.low - slack <= value and (value < self.high or (not self.open and value == self.high))

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.says}：得 {decimal(self.low, 2)}"
        return f"{self.says}：得 {decimal(self.low, 2)} 至{'不足 ' if self.open else ' '}{decimal(self.high, 2)}"
