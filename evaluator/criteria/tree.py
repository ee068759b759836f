"""What a scoring sentence (评分标准) means: a small tree of frozen values, exact numbers throughout.

A criterion is its rules in order (awards, changes, what acts outside the row), its parts where it adds up, its bounds, and
the terms that settle what the sentence leaves open. `None` in a field says: the sentence does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from evaluator.quantities.units import Quantity

Of = Literal["value", "target", "over", "short"]
Way = Literal["short", "over", "off", "late", "each"]
Term = tuple[str, str]  # what was open, and the reading that is meant


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a band; `closed` says whether the number itself belongs to it."""

    number: Quantity
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured value between two ends; `of` says what is measured.

    value: the value itself; target: its share of the target; over, short: how far above or below the target, as a share of it.
    """

    low: Edge | None = None
    high: Edge | None = None
    of: Of = "value"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """The target is met, or is not."""

    yes: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that a person says hold or do not."""

    words: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Nothing named before it holds."""


@dataclass(frozen=True, slots=True)
class Lost:
    """So many points were deducted (扣满4分的)."""

    points: Fraction


Condition = Interval | Met | Claim | Otherwise | Lost


@dataclass(frozen=True, slots=True)
class Full:
    """All points of the row."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many points."""

    points: Fraction


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share of the points (得80%)."""

    share: Fraction


@dataclass(frozen=True, slots=True)
class InProportion:
    """Points in proportion to how far the target is reached; `taken` where the shortfall is deducted (按比例扣分)."""

    taken: bool = False


@dataclass(frozen=True, slots=True)
class Assessed:
    """Points an assessor states between two bounds, both included; `high` None: up to the points of the row.

    With `share` the bounds are shares of the points (80%-60%).
    """

    low: Fraction = Fraction(0)
    high: Fraction | None = None
    share: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a formula; a per cent is its hundredth."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A named quantity of a formula."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Two terms of a formula and what is done with them: + − × ÷, or 至多 (the smaller of the two)."""

    sign: Literal["+", "-", "×", "÷", "至多"]
    left: Expression
    right: Expression


Expression = Number | Name | Operation


@dataclass(frozen=True, slots=True)
class Formula:
    """Points computed from named quantities; `where` defines names used in it."""

    value: Expression
    where: tuple[tuple[str, Expression], ...] = ()


Gets = Full | Fixed | Percentage | InProportion | Assessed | Formula


@dataclass(frozen=True, slots=True)
class PerUnit:
    """So often as a quantity goes into what is short, over, off the target on its bad side (每差), late, or there at all (每1亿元)."""

    way: Way
    size: Quantity
    about: str = ""
    after: str = ""
    either: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """So often as something is counted by a person: about, verb, number, unit and words, as in 村内，每 发现 1 处 垃圾."""

    unit: str
    verb: str = ""
    number: Fraction = Fraction(1)
    about: str = ""
    after: str = ""


Per = PerUnit | Count


@dataclass(frozen=True, slots=True)
class Award:
    """What is got where all conditions hold."""

    when: tuple[Condition, ...]
    gets: Gets


@dataclass(frozen=True, slots=True)
class Change:
    """Points added (above 0) or deducted (below 0), once or for each, where all conditions hold.

    With `share` they are a share of the points (扣分值的20%). Where an assessor states how many are deducted, `judged`
    bounds them and `by` is 0.
    """

    by: Fraction
    per: Per | None = None
    when: tuple[Condition, ...] = ()
    judged: Assessed | None = None
    share: bool = False


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The row does not apply where the words hold; what it gets then."""

    words: str
    gets: Gets = Full()


@dataclass(frozen=True, slots=True)
class Extra:
    """Points outside the row (追加扣除10分), once or for each, where all conditions hold."""

    by: Fraction
    when: tuple[Condition, ...] = ()
    per: Per | None = None


@dataclass(frozen=True, slots=True)
class Veto:
    """What acts on the grade or the total of the whole assessment (一票否决), and when."""

    words: str


Rule = Award | Change | NotApplicable | Extra | Veto


@dataclass(frozen=True, slots=True)
class Criterion:
    """A scoring standard of one row, or of one part of it.

    `points` are those the sentence itself states for it; `most`, `most_gained` and `most_lost` bound the result, what is
    added and what is deducted; `terms` settle what else is open (step, floor, cap, pct …), sorted.
    """

    rules: tuple[Rule, ...] = ()
    parts: tuple[Criterion, ...] = ()
    points: Fraction | None = None
    most: Fraction | None = None
    most_gained: Full | Fixed | None = None
    most_lost: Full | Fixed | None = None
    terms: tuple[Term, ...] = ()

    def term(self, key: str) -> str | None:
        """How the sentence settles a question; None where it does not."""
        return dict(self.terms).get(key)


def terms_of(settled: dict[str, str]) -> tuple[Term, ...]:
    """Terms in the order a tree keeps them in."""
    return tuple(sorted(settled.items()))
