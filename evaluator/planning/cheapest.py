"""The fewest and least changes to a project's dials that bring its total to a goal: exact, by dynamic programming.

Each step of a row's points has one cheapest value, so there is a finite number of options a dial; of all choices with
the fewest changes the one with the least sum of relative changes is found over (changes made, hundredths lost).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

from evaluator.comparators import directed
from evaluator.findings.conditions import FactPattern
from evaluator.findings.facts import Fact
from evaluator.planning.dials import Dial, Turn
from evaluator.planning.projectstanding import ProjectStanding
from evaluator.scoring import scored_cases

SAFE, NEVER = 2**61, 2**62
RISING = directed("up", "exact", "stated")  # words whose attainment never falls with the actual


@dataclass(frozen=True, slots=True)
class DialChange:
    """One change: a dial from where it stands (None: not filled in) to a value, and what its rows gain (hundredths)."""

    dial: Dial
    after: int
    gained: int
    size: Fraction

    @property
    def before(self) -> Fraction | None:
        """The value before the change, None where none is filled in."""
        return self.dial.now


@dataclass(frozen=True, slots=True)
class _Option:
    """One way a dial can stand: what it earns, at what cost, at which value (None: left as it is)."""

    earned: int
    cost: Fraction
    value: int | None


def cheapest(
    standing: ProjectStanding, goal: int, clear: Mapping[str, Sequence[FactPattern]]
) -> tuple[DialChange, ...]:
    """The fewest and least changes to reach a total of `goal`; empty when there are none.

    `clear` names, by row, the conditions that must not hold of it.
    """
    certain = [row for row in clear if row in standing.certain]
    dials = [] if any(not _certainly_clear(standing, row, clear[row]) for row in certain) else list(standing.dials)
    choices = [_options(dial, standing, goal, clear) for dial in dials]
    if not choices or not all(choices) or (standing.money is None and standing.cap < goal):
        return ()
    tops = [max(option.earned for option in options) for options in choices]
    slack = sum(standing.certain.values()) + sum(tops) - goal
    count = _fewest(choices, goal - sum(standing.certain.values()))
    if slack < 0 or not count:
        return ()
    chosen = _least(choices, tops, slack, count)
    return tuple(
        DialChange(dial, option.value, option.earned - dial.earned, option.cost)
        for dial, option in zip(dials, chosen, strict=True)
        if option.value is not None
    )


def _certainly_clear(standing: ProjectStanding, row: str, clauses: Sequence[FactPattern]) -> bool:
    reading = next(reading for reading in standing.prepared.readings if reading.indicator.id == row)
    if reading.missing:
        return True
    (scored,) = scored_cases([reading.case(0, standing.prepared.policy)])
    return _clear(Fraction(scored.num, scored.den), clauses)


def _clear(reached: Fraction, clauses: Sequence[FactPattern]) -> bool:
    return not any(clause.holds(Fact("outcome", "", "", attainment=reached)) for clause in clauses)


def _options(
    dial: Dial, standing: ProjectStanding, goal: int, clear: Mapping[str, Sequence[FactPattern]]
) -> list[_Option]:
    """Every way worth taking, those that earn most first; the dial as it stands where that is allowed."""

    def allowed(turn: Turn) -> bool:
        ids = [reading.indicator.id for reading in dial.readings]
        pairs = zip(ids, turn.reached, strict=True)
        return turn.cap >= goal and all(_clear(reached, clear.get(row, ())) for row, reached in pairs)

    good = [turn for turn in dial.turns if allowed(turn)]
    options = [option for option in _priced(dial, good) if Fraction(option.value or 0) != dial.now]
    options.sort(key=lambda option: (-option.earned, option.cost))
    kept: list[_Option] = []
    for option in options:
        if not kept or option.cost < kept[-1].cost:
            kept.append(option)
    stays = dial.now is None or allowed(_here(dial))
    if dial.kind == "金额":
        stays = stays and standing.cap >= goal
    return [*([_Option(dial.earned, Fraction(0), None)] if stays else []), *kept]


def _here(dial: Dial) -> Turn:
    """The turn the dial stands on; attainment as it is now."""
    assert dial.now is not None
    reached = (dial.reached([dial.now], row)[0] for row in range(len(dial.readings)))
    return Turn(0, 0, (), tuple(reached))


def _priced(dial: Dial, turns: Sequence[Turn]) -> list[_Option]:
    """The cheapest value on each turn: the nearest to where the dial stands, or the least demanding one."""
    if dial.now is not None:
        both = [(turn.earned, {turn.nearest(floor(dial.now)), turn.nearest(ceil(dial.now))}) for turn in turns]
        near = [(earned, min((abs(n - dial.now), n) for n in values)) for earned, values in both]
        return [_Option(earned, far / dial.aim, value) for earned, (far, value) in near]
    if dial.kind == "金额":
        return [_Option(turn.earned, turn.first / dial.aim, turn.first) for turn in turns]
    if dial.choices:
        return [_Option(turn.earned, min(turn.reached[0], Fraction(1)), turn.first) for turn in turns]
    course = dial.courses[0]
    if course.case.comparator in RISING and course.case.target > 0:  # the first value of a turn reaches least
        return [_Option(turn.earned, min(turn.reached[0], Fraction(1)), turn.first) for turn in turns]
    aim = dial.scales[0].grains(course.target)
    ends = [(turn, n) for turn in turns for n in dict.fromkeys((turn.first, turn.last)) if n is not None]
    ends += [(turn, turn.nearest(int(aim))) for turn in turns]
    reached = dial.reached([n for _, n in ends]) if ends else []
    least: dict[int, tuple[Fraction, Fraction, int]] = {}
    for (turn, n), part in zip(ends, reached, strict=True):
        key = (min(part, Fraction(1)), abs(n - aim), n)
        least[turn.first] = min(least.get(turn.first, key), key)
    return [_Option(turn.earned, least[turn.first][0], least[turn.first][2]) for turn in turns]


def _fewest(choices: Sequence[Sequence[_Option]], need: int) -> int:
    """How many dials have to change at least: those that must, then those that gain most; 0 where all is not enough."""
    sum_now, gains, count = 0, [], 0
    for options in choices:
        top = max(option.earned for option in options)
        if options[0].value is None:
            sum_now += options[0].earned
            gains.append(top - options[0].earned)
        else:
            sum_now += top
            count += 1
    for gain in sorted(gains, reverse=True):
        if sum_now >= need:
            break
        sum_now, count = sum_now + gain, count + 1
    return count if sum_now >= need else 0


def _least(choices: Sequence[Sequence[_Option]], tops: Sequence[int], slack: int, count: int) -> list[_Option]:
    """Of all choices with `count` changes that lose no more than `slack` against the tops, the cheapest."""
    import numpy as np

    common = lcm(*(option.cost.denominator for options in choices for option in options))
    largest = sum(max(int(option.cost * common) for option in options) for options in choices)
    dtype: Any = np.int64 if largest < SAFE else object
    never = NEVER if largest < SAFE else largest + 1
    best = np.full((count + 1, slack + 1), never, dtype=dtype)
    best[0, 0] = 0
    taken = []
    for options, top in zip(choices, tops, strict=True):
        further = np.full_like(best, never)
        how = np.full(best.shape, -1, dtype=np.int32)
        for number, option in enumerate(options):
            loss, more = top - option.earned, int(option.value is not None)
            if loss > slack or more > count:
                continue
            before = best[: count + 1 - more, : slack + 1 - loss]
            after = np.where(before < never, before + int(option.cost * common), never)
            part, chosen_here = further[more:, loss:], how[more:, loss:]
            better = after < part
            part[better], chosen_here[better] = after[better], number
        best = further
        taken.append(how)
    row, lost = count, min(range(slack + 1), key=lambda at: (best[count, at], at))
    chosen: list[_Option] = []
    for options, top, how in zip(reversed(choices), reversed(tops), reversed(taken), strict=True):
        option = options[how[row, lost]]
        chosen.append(option)
        row, lost = row - int(option.value is not None), lost - (top - option.earned)
    return chosen[::-1]
