"""The preview of a row that is scored by its own criterion: its pieces as a formula of the number typed, to the hundredth as the engine."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from evaluator.criteria.piecewise import CriterionPiece, CriterionPieces, numbers_of
from evaluator.policy import Policy
from evaluator.workbook.inputs import TypedNumber
from evaluator.workbook.preview import EXACT, WAITING, Cells, RowFormulas, fits

_DECIMALS = 4  # of a number that is typed
_DEEPEST = 40  # conditions inside one another


def own(at: Cells, entry: TypedNumber, pieces: CriterionPieces, points: int, policy: Policy) -> RowFormulas | None:
    """The formulas of a row with pieces, worth so many hundredths; None where a spreadsheet could not hold them exactly."""
    scale = 1 if pieces.whole else 10**_DECIMALS
    typed = scale * 100 if entry.percent else scale
    step = policy.rounding.step
    den = lcm(*((100 * part).denominator for piece in pieces.pieces for part in (*_over(piece.line, scale), piece.by)))
    texts = [(_from(piece, scale), _points(at.n, piece, scale, den)) for piece in pieces.pieces]
    largest = max(abs(number) for number in numbers_of(pieces)) * 100 * den * 4 * step + 2 * den * step
    if len(texts) > _DEEPEST or largest * 10_000 > EXACT:
        return None
    chosen = texts[0][1]
    for (number, at_it), text in texts[1:]:
        sign = ">=" if at_it else ">"
        chosen = f"IF({at.n}*{number.denominator}{sign}{number.numerator},{text},{chosen})"
    bounded = f"MAX(0,{at.num})" if pieces.floor else at.num
    bounded = f"MIN({points * den},{bounded})" if pieces.cap else bounded
    a, below = at.actual, 2 * den * step
    allowed = [fits(a, typed), f"{a}>=0", f"ROUND({a}*{typed},0)*{int(largest) + 1}<{EXACT}"]
    above = f"(2*{at.exact}+{den * step})"
    helpers = {
        "n": f'IF(ISNUMBER({a}),IF(AND({",".join(allowed)}),ROUND({a}*{typed},0),""),"")',
        "t": "0",
        "h": "0",
        "num": f'IF({at.n}="","",{chosen})',
        "den": str(den),
        "raw": f'IF({at.num}="","",{bounded})',
        "exact": f'IF({at.raw}="","",IF({at.raw}<0,"",{at.raw}))',
        "q": f'IF({at.exact}="","",INT({above}/{below}))',
        "r": f'IF({at.exact}="","",{above}-{at.q}*{below})',
    }
    shown = f"({at.q}+IF({at.r}<0,-1,IF({at.r}>={below},1,0)))*{step}/100"
    return RowFormulas(helpers, f'IF({a}="",0,IF({at.q}="",{WAITING},{shown}))')


def _over(line: tuple[Fraction, Fraction], scale: int) -> tuple[Fraction, Fraction]:
    """A line over the whole number typed, which is so many times the value."""
    return line[0], line[1] / scale


def _from(piece: CriterionPiece, scale: int) -> tuple[Fraction, bool]:
    return piece.low * scale, piece.at


def _points(n: str, piece: CriterionPiece, scale: int, den: int) -> str:
    """The points of a piece in hundredths, times `den`."""
    text = _line(n, _over(piece.line, scale), 100 * den)
    if not piece.by:
        return text
    units = _over(piece.units, scale)
    common = lcm(*(part.denominator for part in units))
    number = _line(n, units, common)
    whole = f"-INT(-({number})/{common})" if piece.started else f"INT(({number})/{common})"
    return f"({text}-{int(piece.by * 100 * den)}*MAX(0,{whole}))"


def _line(n: str, line: tuple[Fraction, Fraction], times: int) -> str:
    """A line as a formula of whole numbers."""
    start, slope = int(line[0] * times), int(line[1] * times)
    return f"({start}+({slope})*{n})" if slope else str(start)
