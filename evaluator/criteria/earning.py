"""The points a criterion gives: exact, with a sentence that explains them, and what acts outside the row.

Raises Needs where the sentence or the row leaves something open that matters here, Refusal where it cannot be applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from evaluator.criteria import measuring
from evaluator.criteria.choosing import choose, neighbours, readings_among, taken_between
from evaluator.criteria.fullpoints import most_of_parts
from evaluator.criteria.holding import alternative, by_words, hold
from evaluator.criteria.measuring import REST, Scope, said
from evaluator.criteria.outside import points_outside
from evaluator.criteria.saying import term_says
from evaluator.criteria.situation import Situation, term_readings
from evaluator.criteria.tallying import gets, judged_points, times
from evaluator.criteria.tiers import change_holds
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Criterion,
    Extra,
    Fixed,
    Full,
    InProportion,
    Interval,
    Met,
    NotApplicable,
    Otherwise,
    PerUnit,
    Veto,
)

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Earned:
    """Points of the row (None: it gives none), how they came about, points outside the row, what acts on the whole."""

    points: Fraction | None
    steps: tuple[str, ...] = ()
    outside: Fraction = ZERO
    effects: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """How the points came about, in one sentence."""
        return "；".join(self.steps)


@dataclass
class _Run:
    """One criterion being applied, and its steps."""

    tree: Criterion
    scope: Scope
    full: Fraction
    steps: list[str] = field(default_factory=list)
    lost: Fraction = ZERO

    @property
    def awards(self) -> list[Award]:
        return [rule for rule in self.tree.rules if isinstance(rule, Award)]

    @property
    def changes(self) -> list[Change]:
        return [rule for rule in self.tree.rules if isinstance(rule, Change)]

    @property
    def taking(self) -> bool:
        """Whether anything is deducted."""
        return any(_takes(rule) for rule in self.changes)


def earn(tree: Criterion, situation: Situation) -> Earned:
    """The points of a criterion under a situation, exact; raises Needs for what is open, Refusal for what cannot be."""
    scope = Scope(tree, situation)
    if (typo := tree.term("typo")) and typo.startswith("?"):
        scope.typo(typo[1:])
    effects = tuple(rule.words for rule in tree.rules if isinstance(rule, Veto))
    giving = [rule for rule in tree.rules if not isinstance(rule, Veto | Extra)]
    if not giving and not tree.parts:
        steps: list[str] = []
        outside = points_outside(scope, ZERO, steps)
        column = situation.points if any(isinstance(rule, Extra) for rule in tree.rules) else None
        return Earned(column, tuple(steps), outside, effects or tuple(term_says(*term) for term in tree.terms))
    full = scope.full()
    run = _Run(tree, scope, full)
    points = _points(run)
    if not run.steps:
        run.steps.append(f"没有要扣的分，得{said(points)}分")
    outside = points_outside(scope, run.lost, run.steps)
    return Earned(points, tuple(run.steps), outside, effects)


def _takes(rule: Change) -> bool:
    return rule.by < 0 or rule.judged is not None


def _points(run: _Run) -> Fraction:
    for rule in run.tree.rules:
        if isinstance(rule, NotApplicable) and not run.scope.applies(rule.words):
            points = gets(Award((), rule.gets), run.scope, run.full, run.steps)
            run.steps.append(f"{rule.words}，不适用，得{said(points)}分")
            return points
    start, ends = _start(run)
    if ends:
        return start
    lost, gained = _changes(run)
    points = start - lost + gained
    if lost or gained:
        shown = said(start) + (f" − {said(lost)}" if lost else "") + (f" + {said(gained)}" if gained else "")
        run.steps.append(f"{shown} = {said(points)}分")
    return _bounded(run, points, gained)


def _start(run: _Run) -> tuple[Fraction, bool]:
    """The points before anything is added or taken, and whether they are final."""
    if run.tree.parts:
        return _of_parts(run)
    awards = run.awards
    if not awards:
        only_gains = run.changes and not run.taking
        return (_before_gains(run) if only_gains else run.full), False
    stated = [rule for rule in awards if rule.when not in REST and by_words(rule.when, run.scope)]
    if len([rule for rule in stated if _gives(rule)]) > 1 and _additive(run, stated):
        return _items(run, stated), False
    if run.taking or not any(_gives(rule) for rule in awards):
        return _from_full(run)
    if stated and not any(_banded(rule) for rule in awards if rule not in stated):
        return _alternative(run, awards), False
    if zero := _ruled_out(run, [rule for rule in stated if not _gives(rule)]):
        return zero
    if run.scope.situation.met and (reached := next((rule for rule in awards if rule.when == (Met(),)), None)):
        return _told(run, reached), False
    for award in stated:
        if _gives(award) and hold(run.scope, award.when) == "yes":
            return _told(run, award), False
    rest = [rule for rule in awards if rule not in stated]
    chosen = choose(run.scope, rest)
    return (_gap(run, rest) if chosen is None else _told(run, chosen)), False


def _before_gains(run: _Run) -> Fraction:
    """What is added to, where a sentence only adds: asked of 每超…加 in a row with more points than can be added."""
    most = run.tree.most_gained
    beyond = all(isinstance(change.per, PerUnit) and change.per.way == "over" for change in run.changes)
    if not beyond or not isinstance(most, Fixed) or most.points >= run.full or not run.scope.bounds:
        return ZERO
    asks = f"只写了超过的怎样加分，最多加{said(most.points)}分，本行{said(run.full)}分"
    return run.full if run.scope.term("start", asks, term_readings("start")) == "full" else ZERO


def _gives(award: Award) -> bool:
    return award.gets != Fixed(ZERO)


def _banded(award: Award) -> bool:
    return any(isinstance(condition, Interval | Met) for condition in award.when) or award.when == ()


def _of_parts(run: _Run) -> tuple[Fraction, bool]:
    if run.scope.situation.points in most_of_parts(run.tree):  # ①优秀3分②良好2分: one of them
        single = [rule for part in run.tree.parts for rule in part.rules if isinstance(rule, Award)]
        return _alternative(run, [*single, *run.awards]), False
    if zero := _ruled_out(run, [award for award in run.awards if not _gives(award)]):
        return zero
    total = ZERO
    for number, part in enumerate(run.tree.parts, 1):
        scope = run.scope.part(number - 1)
        inner = _Run(part, scope, scope.full())
        points = _points(inner)
        run.steps += [f"第{number}项：{step}" for step in inner.steps] or [f"第{number}项：得{said(points)}分"]
        total += points
    run.steps.append(f"各项合计 {said(total)}分")
    return total, False


def _ruled_out(run: _Run, zeros: Sequence[Award]) -> tuple[Fraction, bool] | None:
    """Nothing at all, where a fact that allows none holds."""
    for award in zeros:
        if hold(run.scope, award.when) == "yes":
            run.steps.append(f"{measuring.shown(award.when)}，不得分")
            return ZERO, True
    return None


def _from_full(run: _Run) -> tuple[Fraction, bool]:
    """The full points, which one award may describe; nothing where an award says so, all where a fact exempts."""
    awards = run.awards
    said_ = [rule for rule in awards if rule.when not in REST and not _banded(rule)]
    if zero := _ruled_out(run, [rule for rule in said_ if not _gives(rule)]):
        return zero
    positive = [rule for rule in awards if _gives(rule)]
    first = positive[0] if positive and positive[0] in said_ and isinstance(positive[0].gets, Full | Fixed) else None
    for award in said_:  # 符合要求得7分 says what the full points are for; any other fact stands by itself
        if _gives(award) and award is not first and hold(run.scope, award.when) == "yes":
            return _told(run, award), True
    bands = [rule for rule in awards if _banded(rule)]
    chosen = choose(run.scope, bands)
    if chosen is not None:
        return _told(run, chosen), not _gives(chosen)
    if len([band for band in bands if _gives(band)]) > 1 and not _shortfall(run):
        return _gap(run, bands), False
    return (run.full if first is None else gets(first, run.scope, run.full, run.steps)), False


def _shortfall(run: _Run) -> bool:
    """Whether something is taken for each unit short or over, from the full points."""
    return any(rule.per is not None for rule in run.changes)


def _additive(run: _Run, stated: Sequence[Award]) -> bool:
    """Whether facts that each give points are added up; asked where the points of the row do not tell."""
    giving = [award for award in stated if _gives(award)]
    most = [_most(award) for award in giving]
    if len(giving) < 2 or any(points is None for points in most):
        return False
    tops = [points for points in most if points is not None]
    if sum(tops) == run.full != max(tops):
        return True
    if max(tops) == run.full or any(measuring.opposite(a, b) for a in giving for b in giving):
        return False
    return run.scope.term("items", "几种情形各写了得分，是相加还是只取一种", term_readings("items")) == "add"


def _most(award: Award) -> Fraction | None:
    match award.gets:
        case Fixed(points=points):
            return points
        case Assessed(high=high, share=False):
            return high
    return None


def _items(run: _Run, stated: Sequence[Award]) -> Fraction:
    total = ZERO
    for award in stated:
        if _gives(award) and (isinstance(award.gets, Assessed) or hold(run.scope, award.when) == "yes"):
            total += _told(run, award)
    run.steps.append(f"各项合计 {said(total)}分")
    return total


def _alternative(run: _Run, awards: Sequence[Award]) -> Fraction:
    """The points of the one award whose words hold; one fact alone is a yes or no."""
    named = [award for award in awards if award.when != (Otherwise(),)]
    other = next((award for award in awards if award.when == (Otherwise(),)), None)
    if len(named) == 1 and isinstance(named[0].gets, Assessed) and other is None:
        return _told(run, named[0])
    if len(named) == 1:
        if hold(run.scope, named[0].when) == "yes":
            return _told(run, named[0])
        if other is not None:
            return _told(run, other)
        if not isinstance(named[0].gets, Full | Fixed):
            options = {"0": ZERO, "upper": run.full}
            asks = f"没有“{measuring.shown(named[0].when)}”时得几分"
            points = options[run.scope.term("gap", asks, readings_among("gap", options))]
            run.steps.append(f"没有“{measuring.shown(named[0].when)}”，得{said(points)}分")
            return points
        run.steps.append(f"没有“{measuring.shown(named[0].when)}”，不得分")
        return ZERO
    chosen = alternative(run.scope, named, other)
    return ZERO if chosen is None else _told(run, chosen)


def _told(run: _Run, award: Award) -> Fraction:
    points = gets(award, run.scope, run.full, run.steps)
    words = measuring.shown(award.when)
    run.steps.append(f"{words}，得{said(points)}分" if words else f"得{said(points)}分")
    return points


def _gap(run: _Run, awards: Sequence[Award]) -> Fraction:
    """The points of a value no band names."""
    positive = [rule for rule in awards if _gives(rule)]
    bands = [rule for rule in awards if any(isinstance(c, Interval) for c in rule.when)]
    if not positive:
        return run.full
    if len(positive) == 1 and len(awards) == 1 and not isinstance(positive[0].gets, InProportion):
        run.steps.append(f"没有达到“{measuring.shown(positive[0].when)}”，不得分")
        return ZERO
    near = neighbours(run.scope, bands)
    options = {"0": ZERO}
    if len(awards) == 1 and run.scope.situation.met:
        run.steps.append(f"达到指标值，得{said(run.full)}分")
        return run.full  # 未达到的按比例得分, and it is reached
    if len(awards) == 1:
        options["upper"] = run.full
    for key, award in near.items():
        options[key] = gets(award, run.scope, run.full, run.steps)
    readings = readings_among("gap", options)
    answer = run.scope.term("gap", f"完成值{run.scope.shown_value()}哪一档都没有列到", readings)
    points = options.get(answer, ZERO)
    run.steps.append(f"没有列到的值，得{said(points)}分")
    return points


def _changes(run: _Run) -> tuple[Fraction, Fraction]:
    """What is deducted and what is added in all."""
    losses: list[tuple[Change, Fraction]] = []
    gained = ZERO
    for rule in _tightest(run, run.changes):
        points = _amount(run, rule)
        if points and _takes(rule):
            losses.append((rule, points))
        elif points:
            gained += points
    lost = _several(run, losses)
    run.lost = lost
    lost = _limited(run, lost, run.tree.most_lost, "最多扣")
    gained = _limited(run, gained, run.tree.most_gained, "最多加")
    return lost, gained


def _tightest(run: _Run, changes: Sequence[Change]) -> Iterator[Change]:
    """The changes that hold; of those given once for nested bands of one value, only the innermost."""
    banded = [
        change
        for change in changes
        if change.per is None and change.when and all(isinstance(c, Interval) for c in change.when)
    ]
    bands = [Award(change.when, Fixed(change.by)) for change in banded]
    chosen = choose(run.scope, bands) if len(banded) > 1 else None
    if len(banded) > 1 and chosen is None:
        chosen = taken_between(run.scope, bands)
    for rule in changes:
        if len(banded) > 1 and rule in banded:
            if chosen is not None and chosen == Award(rule.when, Fixed(rule.by)):
                yield rule
            continue
        if change_holds(run.scope, rule):
            yield rule


def _amount(run: _Run, rule: Change) -> Fraction:
    """The points of one change, above 0."""
    each = abs(rule.by) * (run.full if rule.share else run.scope.scale)
    if rule.judged is not None:
        each = judged_points(run.scope, rule.judged, rule, run.full)
    verb = "扣" if _takes(rule) else "加"
    if rule.per is None:
        run.steps.append(f"{measuring.shown(rule.when)}，{verb}{said(each)}分")
        return each
    number, shown = times(run.scope, rule)
    if not number:
        return ZERO
    points = each * number
    run.steps.append(f"{shown}：{said(number)} × {said(each)} = {verb}{said(points)}分")
    return points


def _several(run: _Run, losses: Sequence[tuple[Change, Fraction]]) -> Fraction:
    total = sum((points for _, points in losses), ZERO)
    once = [points for rule, points in losses if rule.per is None]
    worst = max((points for _, points in losses), default=ZERO)
    if len(losses) < 2 or (
        len(once) < 2 and run.tree.term("several") is None and run.scope.answered("several") is None
    ):
        return total
    asks = "几种扣分同时出现，是累加还是只扣最重的一种"
    return total if run.scope.term("several", asks, term_readings("several")) == "add" else worst


def _limited(run: _Run, points: Fraction, most: Full | Fixed | None, says: str) -> Fraction:
    if most is None:
        return points
    bound = run.full if isinstance(most, Full) else most.points * run.scope.scale
    if points > bound:
        run.steps.append(f"{says}{said(bound)}分")
    return min(points, bound)


def _bounded(run: _Run, points: Fraction, gained: Fraction) -> Fraction:
    """The points within the bounds the sentence sets; asked where it sets none and they go beyond."""
    tree, full = run.tree, run.full
    negative = full < 0 or any(isinstance(award.gets, Fixed) and award.gets.points < 0 for award in run.awards)
    if tree.most is not None and points > tree.most * run.scope.scale:
        points = tree.most * run.scope.scale
        run.steps.append(f"最高{said(points)}分")
    elif tree.most is None and points > max(full, ZERO) and not negative:
        allowed = full + gained if tree.most_gained is not None else full
        if points > allowed and run.scope.bounds:
            asks = f"算得{said(points)}分，超过本行{said(full)}分，句中没有说最高得多少"
            if run.scope.term("cap", asks, term_readings("cap")) == "points":
                points = full
                run.steps.append(f"最高得满分{said(points)}分")
    if points < 0 and not negative:
        asks = f"算得{said(points)}分，句中没有说扣到多少为止"
        if run.scope.term("floor", asks, term_readings("floor")) == "0":
            points = ZERO
            run.steps.append("扣完为止，得0分")
    return points
