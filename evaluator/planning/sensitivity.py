"""What one unit more of each result is worth: the exact slope, where the course next changes, and what is still to gain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

from evaluator.figures import decimal, points
from evaluator.model import Actuals
from evaluator.planning.dials import Dial, Openness
from evaluator.planning.projectstanding import standings
from evaluator.planning.steps import Piece
from evaluator.quantities.reading import Amount
from evaluator.rulebook.book import Rulebook

MORE, LESS = 1, -1


@dataclass(frozen=True, slots=True)
class Lever:
    """One row (or the money with its rows) as it stands, and what moving it is worth.

    `slope` is hundredths of a point per `unit` in the better `direction`, at the margin where `bent`; `kink` is the value
    the course next changes at, with what is earned there; `step` is the nearest value that earns any more, and how much.
    """

    project: str
    dial: Dial
    points: int
    direction: int
    slope: Fraction
    bent: bool
    unit: str
    kink: tuple[str, int] | None
    step: tuple[str, int] | None

    @property
    def to_gain(self) -> int:
        """Points still to be had, in hundredths."""
        return self.dial.most - self.dial.earned


def sensitivity(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
) -> dict[str, list[Lever]]:
    """Every lever of each of a unit's projects, by code; rows without a result are taken from nothing on.

    Of a row whose points hang on more than one thing nothing is said but where it stands.
    """
    listed = standings(
        rulebook, actuals, year=year, unit=unit, policy=policy, opened=Openness(everything=True, standing=True)
    )
    return {
        standing.project.code: [_lever(standing.project.code, dial) for dial in standing.dials] for standing in listed
    }


def _lever(project: str, dial: Dial) -> Lever:
    now = dial.now if dial.now is not None else Fraction(dial.turns[0].first)
    size, unit = _unit(dial)
    sides = {way: list(_sides(dial, now, way)) for way in (MORE, LESS)}
    worth = {way: way * size * sum((side.slope for side in sides[way]), Fraction(0)) for way in sides}
    first, last = dial.turns[0].first, dial.turns[-1].last
    open_ways = [way for way in sides if (last is None or now < last if way == MORE else now > first)]
    way = max(open_ways, key=lambda way: worth[way], default=MORE)
    slope = worth[way] if way in open_ways else Fraction(0)
    kink = None
    if slope > 0 and (ends := [side.end for side in sides[way] if side.end is not None]):
        at = max(ceil(min(ends)) if way == MORE else floor(max(ends)), first)
        at = at if last is None else min(at, last)
        kink = (dial.shown(at), dial.turn(at).earned)
    bent = any(side.piece.bent and side.slope for side in sides[way])
    positive = max(slope, Fraction(0))
    return Lever(project, dial, dial.points, way if slope > 0 else 0, positive, bent, unit, kink, _step(dial, now))


def _unit(dial: Dial) -> tuple[Fraction, str]:
    """One unit as people count it, in grains, and its name."""
    if dial.choices:
        return Fraction(1), "档"
    grain = abs(dial.scales[0].grain)
    if dial.kind == "金额":
        return 1 / grain, "万元"
    if dial.kind == "比例":
        return Fraction(1, 100) / grain, "个百分点"
    if dial.kind == "是否":
        return Fraction(1), "项"
    content = dial.readings[0].indicator.read.content
    assert isinstance(content, Amount)
    name = content.low.unit.name
    return 1 / grain, "个百分点" if name == "%" else name


@dataclass(frozen=True, slots=True)
class _Side:
    """One row going one way: its piece next to where the dial stands, the slope a grain, and where the course ends."""

    piece: Piece
    slope: Fraction
    end: Fraction | None


def _sides(dial: Dial, now: Fraction, way: int) -> Iterator[_Side]:
    """Every row of a dial going one way; `slope` is in hundredths of a point, `end` in grains."""
    for course, scale in zip(dial.courses, dial.scales, strict=True):
        if not scale.grain:
            continue
        actual, upward = scale.actual(now), (way == MORE) == (scale.grain > 0)
        cut = course.cut()
        number = next((n for n, piece in enumerate(cut) if _beside(piece, actual, upward)), None)
        if number is None:  # nothing lies below 0 of a row with a criterion of its own
            continue
        far = number
        step = 1 if upward else -1
        while 0 <= far + step < len(cut) and cut[far + step].course == cut[number].course:
            far += step
        end = cut[far].high if upward else cut[far].low
        piece = cut[number]
        slope = Fraction(0) if piece.flat else scale.grain * piece.per_unit(actual)
        yield _Side(piece, slope, None if end is None else scale.grains(end))


def _beside(piece: Piece, actual: Fraction, upward: bool) -> bool:
    low = piece.low is None or (piece.low <= actual if upward else piece.low < actual)
    high = piece.high is None or (actual < piece.high if upward else actual <= piece.high)
    return low and high


def _step(dial: Dial, now: Fraction) -> tuple[str, int] | None:
    """The nearest value that earns more, and how much more."""
    better = [turn for turn in dial.turns if turn.earned > dial.earned]
    values = [(turn.nearest(ceil(now) if turn.first > now else floor(now)), turn) for turn in better]
    if not values:
        return None
    value, turn = min(values, key=lambda each: (abs(each[0] - now), each[0]))
    return dial.shown(value), turn.earned - dial.earned


# ---- told --------------------------------------------------------------------------------------------------------


def rows(levers: Sequence[Lever]) -> list[list[str]]:
    """A line per lever: where it stands, what a unit more is worth, where that ends, and what is still to gain."""
    head = ["指标", "目前", "得分", "分值", "还可得", "每单位值多少分", "到何处为止", "最近一档"]
    return [head, *(_line(lever) for lever in levers)]


def _line(lever: Lever) -> list[str]:
    dial = lever.dial
    coupled = "" if len(dial.readings) == 1 else f"（含{'、'.join(r.indicator.name for r in dial.readings[1:])}）"
    return [
        dial.name + coupled,
        "未填" if dial.now is None else dial.shown(dial.now),
        points(dial.earned),
        points(lever.points),
        "—" if dial.stands else points(lever.to_gain),
        worth(lever),
        f"{lever.kink[0]}，得 {points(lever.kink[1])}" if lever.kink else "—",
        f"{lever.step[0]}，+{points(lever.step[1])}" if lever.step else "—",
    ]


def worth(lever: Lever) -> str:
    """The slope in words: 每增加 1 个百分点 +0.1316."""
    if lever.dial.stands:
        return "不推算"
    if not lever.direction:
        return "不再增加" if not lever.to_gain else "—"
    verb = "增加" if lever.direction == MORE else "减少"
    about = "约 " if lever.bent else ""
    return f"每{verb} 1 {lever.unit} {about}+{decimal(lever.slope / 100, 4)}"


def as_json(by_project: Mapping[str, Sequence[Lever]]) -> list[dict[str, Any]]:
    """The same as plain data; the slope as an exact fraction of points per unit, positive in `direction`."""
    return [
        {
            "code": code,
            "rows": [
                {
                    "id": lever.dial.id, "name": lever.dial.name,
                    "moves": [reading.indicator.id for reading in lever.dial.readings],
                    "now": None if lever.dial.now is None else lever.dial.shown(lever.dial.now),
                    "earned": points(lever.dial.earned), "points": points(lever.points), "to_gain": None if lever.dial.stands else points(lever.to_gain),
                    "direction": {MORE: "增加", LESS: "减少", 0: ""}[lever.direction], "unit": lever.unit,
                    "points_per_unit": str(lever.slope / 100), "at_the_margin": lever.bent,
                    "until": None if lever.kink is None else {"value": lever.kink[0], "earned": points(lever.kink[1])},
                    "next_step": None if lever.step is None else {"value": lever.step[0], "gained": points(lever.step[1])},
                }
                for lever in levers
            ],
        }
        for code, levers in by_project.items()
    ]  # fmt: skip
