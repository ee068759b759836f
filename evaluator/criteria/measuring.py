"""What a criterion measures: values, bands, units short or over, counts and facts, each from the row or asked for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.fullpoints import stated_points
from evaluator.criteria.saying import conditions_text
from evaluator.criteria.situation import Query, Situation, term_readings
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Claim,
    Condition,
    Count,
    Criterion,
    Extra,
    Interval,
    Otherwise,
    PerUnit,
)
from evaluator.figures import decimal
from evaluator.quantities.numerals import write_number
from evaluator.quantities.samething import same_name
from evaluator.quantities.units import Quantity, read_unit

ZERO = Fraction(0)
_MISSING = ("缺", "缺少", "少", "漏", "漏报", "少报", "少报送", "少完成")


def said(number: Fraction) -> str:
    """A number of points or of times as it is told: 11.5, 2.6667."""
    text = write_number(number)
    return text if "/" not in text else decimal(number, 4)


def shown(when: tuple[Condition, ...]) -> str:
    """Conditions in words."""
    return conditions_text(when)


def opposite(award: Award, other: Award) -> bool:
    """Whether two awards say of the same thing that it is, and that it is not."""
    first, second = shown(award.when), shown(other.when)
    return any(first == f"{no}{second}" or first.replace(no, "") == second for no in ("不", "未", "没有", "无"))


class Scope:
    """A criterion, or one part of it, under a situation: everything measured or asked for is found here once."""

    def __init__(self, tree: Criterion, situation: Situation, root: Criterion | None = None, place: int = 0) -> None:
        self.tree, self.situation, self.root, self.place = tree, situation, root or tree, place
        self.scale = Fraction(1)
        self.bounds = True

    def part(self, place: int) -> Scope:
        """The scope of one part."""
        scope = Scope(self.root.parts[place], self.situation, self.root, place + 1)
        scope.scale = self.scale
        return scope

    # ---- questions -----------------------------------------------------------------------------------------------

    def term(self, key: str, asks: str, readings: tuple[tuple[str, str], ...]) -> str:
        """How a question is settled: by the sentence, or by an answer."""
        for tree in (self.tree, self.root):
            if (known := tree.term(key)) is not None:
                return known
        return self.situation.ask(Query(key.upper(), key, asks, readings))

    def answered(self, key: str) -> str | None:
        """The answer that was given to a question, if any."""
        return self.situation.answers.get(key)

    def typo(self, words: str) -> None:
        """A word that is probably misspelt must be confirmed."""
        self.situation.ask(Query("TYPO", "typo", f"疑有错字：{words}，这样改对吗", term_readings("typo")))

    def applies(self, words: str) -> bool:
        """Whether the row applies; asked where nobody said and there is no value."""
        if self.situation.answers.get("na"):
            return not self.situation.yes(_na(words))
        known = self.situation.applies
        return not self.situation.yes(_na(words)) if known is None else known

    # ---- the points ----------------------------------------------------------------------------------------------

    def full(self) -> Fraction:
        """The full points: of the row, or those the sentence states; asked where the two differ."""
        stated = list(stated_points(self.tree))
        column = self.situation.points if self.root is self.tree else None
        if column is None:
            if stated:
                return stated[0] * self.scale
            if self.tree.rules and all(isinstance(rule, Change) and rule.by > 0 for rule in self.tree.rules):
                self.bounds = False
                return ZERO
            return self.situation.number(Query("PTS", "points", "没有写明本行分值，是几分", (), "分数"))
        if not stated or column in stated:
            return column
        asks = f"句中写明的满分是{said(stated[0])}分，本行分值是{said(column)}分"
        if self.term("pts", asks, term_readings("pts")) == "sentence":
            return stated[0]
        self.scale = column / stated[0]
        return column

    # ---- values --------------------------------------------------------------------------------------------------

    @cached_property
    def measures(self) -> list[tuple[int, str]]:
        """What the whole sentence measures, each with the part it stands in; names of one thing are one."""
        names: list[tuple[int, str]] = []
        for place, tree in enumerate((self.root, *self.root.parts)):
            for name in _names(tree):
                known = next((pair for pair in names if pair[0] == place and same(pair[1], name)), None)
                if known is None:
                    names.append((place, name))
                elif len(name) > len(known[1]):
                    names[names.index(known)] = (place, name)
        return names

    def value(self, name: str = "") -> Quantity:
        """The value measured: the actual, or of several each one given by a person."""
        several = self.measures
        number = next(
            (n for n, (place, measure) in enumerate(several, 1) if place == self.place and same(measure, name)), 1
        )
        called = (
            next((measure for place, measure in several if place == self.place and same(measure, name)), "") or "完成值"
        )
        kind = self._kind(called)
        key = "count" if kind == "COUNT" and not self.counts else "value"
        key = key if len(several) < 2 else f"{key}{number}"
        if len(several) < 2 and key not in self.situation.answers and self.situation.value is not None:
            return self.situation.value
        text = self.situation.ask(Query(kind, key, f"“{called}”是多少", (), "完成值", f"{called}：{{}}"))
        return Situation(self.situation.target, text).value or Situation("", text).value or Quantity(ZERO)

    def _kind(self, called: str) -> str:
        """COUNT of what is counted (发现两次以上), NAME of any other value."""
        bands = [
            band
            for r in self.tree.rules
            if isinstance(r, Award | Change)
            for band in r.when
            if isinstance(band, Interval)
        ]
        units = {end.number.unit for band in bands if same(band.name, called) for end in (band.low, band.high) if end}
        return "COUNT" if units and all(unit.kind and unit.kind == unit.name for unit in units) else "NAME"

    def aim(self, way: str = "short") -> Quantity:
        """The target as a number; asked where it is none."""
        target = self.situation.aim(way)
        if target is None or (len(self.measures) > 1 and "target" not in self.situation.answers):
            several = len(self.measures) > 1 and self.place
            key = f"target{self.place}" if several else "target"
            text = self.situation.ask(Query("TARGET", key, "指标值是多少", (), "指标值"))
            target = Situation(text).aim(way)
            if target is None:
                raise Refusal("Q411", f"“target={text}”不是数", 0, "如 95%")
        return target

    def shown_value(self) -> str:
        """The value as it is told."""
        return str(self.value())

    # ---- what is said and counted -----------------------------------------------------------------------------------------------------

    @cached_property
    def facts(self) -> list[str]:
        """The words a person must say yes or no to, over the whole sentence."""
        every = (
            condition.words
            for tree in (self.root, *self.root.parts)
            for condition in conditions(tree)
            if isinstance(condition, Claim)
        )
        return list(dict.fromkeys(every))

    @property
    def counts(self) -> list[Count]:
        """Everything counted in the whole sentence."""
        trees = (self.root, *self.root.parts)
        return [
            r.per for tree in trees for r in tree.rules if isinstance(r, Change | Extra) and isinstance(r.per, Count)
        ]

    def count(self, per: Count, gained: bool = False) -> Fraction:
        """How many of something there were: from the actual where it surely says so, else asked."""
        counts = self.counts
        key = "count" if len(counts) < 2 else f"count{counts.index(per) + 1}"
        if (
            len(counts) == 1
            and key not in self.situation.answers
            and (known := self._from_actual(per, gained)) is not None
        ):
            return known
        called = f"{per.about}，" if per.about else ""
        asks = f"{called}{per.verb}{per.after}：几{per.unit}"
        form = f"{called}{per.verb}{{}}{per.unit}{per.after}"
        return self.situation.number(Query("COUNT", key, asks, COUNTS, "数", form))

    def _from_actual(self, per: Count, gained: bool) -> Fraction | None:
        value, unit = self.situation.value, read_unit(per.unit)
        if value is None or unit is None or value.unit.kind not in (unit.kind, ""):
            return None
        aim = self.situation.aim()
        if gained and aim is not None and aim.unit.kind == unit.kind and not per.after:
            return value.number
        if aim is None:
            return None
        if aim.number == 0 or self.situation.at_most:
            return value.number if aim.number == 0 else None
        if per.verb in _MISSING and not per.after and aim.unit.kind == value.unit.kind:
            return max(aim.number - value.number, ZERO)
        return None

    def stepped(self, number: Fraction) -> Fraction:
        """A number of units, its last part as the sentence or an answer says."""
        if number.denominator == 1 or number <= 0:
            return max(number, ZERO)
        asks = f"相差{said(number)}个计扣单位，不足一个的部分怎样算"
        match self.term("step", asks, term_readings("step")):
            case "full":
                return Fraction(number.numerator // number.denominator)
            case "started":
                return Fraction(-(-number.numerator // number.denominator))
        return number


REST: tuple[tuple[Condition, ...], ...] = ((), (Otherwise(),))  # where nothing else is said, and nothing else holds
_YES_NO = (("no", "否"), ("yes", "是"))
COMPLETION = ("完成率", "达成率", "实现率")  # may be the value itself, or its share of the target
COUNTS = (("0", "0"), ("1", "1"), ("2", "2"))


def _na(words: str) -> Query:
    return Query("NA", "na", f"是否“{words}”，本项不适用", _YES_NO, "是否")


def is_judged(rule: object) -> bool:
    """Whether an assessor states the points of a rule."""
    if isinstance(rule, Award):
        return isinstance(rule.gets, Assessed)
    return isinstance(rule, Change) and rule.judged is not None


def conditions(tree: Criterion) -> Iterator[Condition]:
    """The conditions of all its rules."""
    for rule in tree.rules:
        if isinstance(rule, Award | Change | Extra):
            yield from rule.when


def _names(tree: Criterion) -> Iterator[str]:
    """The names of what is measured: of bands, and of units short or over."""
    for rule in tree.rules:
        if isinstance(rule, Award | Change):
            yield from (band.name for band in rule.when if isinstance(band, Interval))
        if isinstance(rule, Change | Extra) and isinstance(rule.per, PerUnit):
            yield ""


def same(name: str, other: str) -> bool:
    """Whether two names mean one measure; without a name it is the one of the row."""
    return not name or not other or same_name(name.strip("“”"), other.strip("“”"))
