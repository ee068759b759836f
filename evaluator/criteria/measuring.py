"""What a criterion measures: values, bands, units short or over, counts and facts, each from the row or asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from evaluator.criteria.amounts import Base, compared, late_by, per_unit
from evaluator.criteria.cutting import vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.formulas import compute
from evaluator.criteria.printing import conditions_text
from evaluator.criteria.situation import Question, Situation
from evaluator.criteria.tree import (
    Award,
    Band,
    Change,
    Condition,
    Count,
    Criterion,
    Fact,
    Fixed,
    Formula,
    Full,
    InProportion,
    Judged,
    Met,
    NotApplicable,
    Otherwise,
    Outside,
    PerUnit,
    Share,
)
from evaluator.figures import decimal
from evaluator.quantities.names import same_name
from evaluator.quantities.numerals import write_number
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


def term_readings(key: str) -> tuple[tuple[str, str], ...]:
    """The readings of a term, as words.yaml has them."""
    return tuple((str(one), str(says)) for one, says in vocabulary()["terms"][key]["readings"].items())


def by_words(when: tuple[Condition, ...], scope: Scope) -> bool:
    """Whether a person says that these conditions hold, and no value."""
    return bool(when) and all(
        isinstance(one, Fact | Otherwise) or (isinstance(one, Met) and scope.situation.met is None) for one in when
    )


def opposite(one: Award, other: Award) -> bool:
    """Whether two awards say of the same thing that it is, and that it is not."""
    first, second = shown(one.when), shown(other.when)
    return any(first == f"{no}{second}" or first.replace(no, "") == second for no in ("不", "未", "没有", "无"))


def gets(award: Award, scope: Scope, full: Fraction, steps: list[str]) -> Fraction:
    """What an award gives of the full points."""
    match award.gets:
        case Full():
            return full
        case Fixed(points=points):
            return points * scope.scale
        case Share(share=share):
            return share * full
        case Judged() as judged:
            return scope.judged(judged, award, full)
        case Formula() as formula:
            points, told = compute(formula, scope, full)
            steps.append(told)
            return points
        case InProportion(taken=taken):
            return scope.proportion(taken, full, steps)


class Scope:
    """A criterion, or one part of it, under a situation: everything measured or asked for is found here once."""

    def __init__(self, tree: Criterion, situation: Situation, root: Criterion | None = None, place: int = 0) -> None:
        self.tree, self.situation, self.root, self.place = tree, situation, root or tree, place
        self.scale = Fraction(1)
        self.bounds = True

    def part(self, place: int) -> Scope:
        """The scope of one part."""
        made = Scope(self.root.parts[place], self.situation, self.root, place + 1)
        made.scale = self.scale
        return made

    # ---- questions -----------------------------------------------------------------------------------------------

    def term(self, key: str, asks: str, readings: tuple[tuple[str, str], ...]) -> str:
        """How a question is settled: by the sentence, or by an answer."""
        for one in (self.tree, self.root):
            if (known := one.term(key)) is not None:
                return known
        return self.situation.ask(Question(key.upper(), key, asks, readings))

    def answered(self, key: str) -> str | None:
        """The answer that was given to a question, if any."""
        return self.situation.answers.get(key)

    def typo(self, words: str) -> None:
        """A word that is probably misspelt must be confirmed."""
        self.situation.ask(Question("TYPO", "typo", f"疑有错字：{words}，这样改对吗", term_readings("typo")))

    def applies(self, words: str) -> bool:
        """Whether the row applies; asked where nobody said and there is no value."""
        if self.situation.answers.get("na"):
            return not self.situation.yes(_na(words))
        known = self.situation.applies
        return not self.situation.yes(_na(words)) if known is None else known

    # ---- the points ----------------------------------------------------------------------------------------------

    def full(self) -> Fraction:
        """The full points: of the row, or those the sentence states; asked where the two differ."""
        stated = list(_stated(self.tree))
        column = self.situation.points if self.root is self.tree else None
        if column is None:
            if stated:
                return stated[0] * self.scale
            if self.tree.rules and all(isinstance(rule, Change) and rule.by > 0 for rule in self.tree.rules):
                self.bounds = False
                return ZERO
            return self.situation.number(Question("PTS", "points", "没有写明本行分值，是几分", (), "分数"))
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
        found: list[tuple[int, str]] = []
        for place, tree in enumerate((self.root, *self.root.parts)):
            for name in _names(tree):
                known = next((one for one in found if one[0] == place and _same(one[1], name)), None)
                if known is None:
                    found.append((place, name))
                elif len(name) > len(known[1]):
                    found[found.index(known)] = (place, name)
        return found

    def value(self, name: str = "") -> Quantity:
        """The value measured: the actual, or of several each one given by a person."""
        several = self.measures
        number = next((n for n, (place, one) in enumerate(several, 1) if place == self.place and _same(one, name)), 1)
        key = "value" if len(several) < 2 else f"value{number}"
        if len(several) < 2 and key not in self.situation.answers and self.situation.value is not None:
            return self.situation.value
        called = next((one for place, one in several if place == self.place and _same(one, name)), "") or "完成值"
        text = self.situation.ask(Question("NAME", key, f"“{called}”是多少", (), "完成值"))
        return Situation(self.situation.target, text).value or Situation("", text).value or Quantity(ZERO)

    def aim(self, way: str = "short") -> Quantity:
        """The target as a number; asked where it is none."""
        found = self.situation.aim(way)
        if found is None or (len(self.measures) > 1 and "target" not in self.situation.answers):
            several = len(self.measures) > 1 and self.place
            key = f"target{self.place}" if several else "target"
            text = self.situation.ask(Question("TARGET", key, "指标值是多少", (), "指标值"))
            found = Situation(text).aim(way)
            if found is None:
                raise Refusal("Q411", f"“target={text}”不是数", 0, "如 95%")
        return found

    def shown_value(self) -> str:
        """The value as it is told."""
        return str(self.value())

    # ---- conditions ----------------------------------------------------------------------------------------------

    def hold(self, when: Sequence[Condition]) -> str:
        """Whether all conditions hold: yes, no, or edge where a value lies on an end that may belong to either side.

        Values come first, so that no fact is asked about that does not matter.
        """
        result = "yes"
        for one in sorted(when, key=lambda c: isinstance(c, Fact | Met)):
            now = self._holds(one)
            if now == "no":
                return "no"
            result = "edge" if now == "edge" else result
        return result

    def _holds(self, one: Condition) -> str:
        match one:
            case Band():
                if (counted := self._counted(one)) is not None:
                    return compared(replace(one, name=""), counted, None, "value")
                of = one.of
                value = self.value(one.name)
                needs = of != "value" or self._relative(one, value)
                aim = self.aim() if needs or self.situation.wanted is not None else None
                return compared(one, value, aim, self._rate(one, value, aim))
            case Met(yes=yes):
                return "yes" if self.met() == yes else "no"
            case Fact(words=words):
                return "yes" if self.fact(words) else "no"
            case Otherwise():
                others = [r for r in self.tree.rules if isinstance(r, Award) and r.when not in _REST]
                return "no" if any(self.hold(r.when) == "yes" for r in others) else "yes"
        return "no"

    def _counted(self, band: Band) -> Quantity | None:
        """The count a band is about (发现两次以上), where the sentence counts the same."""
        end = band.low or band.high
        counts = [r for r in self.tree.rules if isinstance(r, Change) and isinstance(r.per, Count)]
        same = [r for r in counts if isinstance(r.per, Count) and end and r.per.unit == end.number.unit.name]
        if len(same) != 1 or not isinstance(same[0].per, Count) or end is None:
            return None
        return Quantity(self.count(same[0].per), end.number.unit)

    def _relative(self, band: Band, value: Quantity) -> bool:
        """Whether a band in per cent is about the share of the target, the value itself being no rate."""
        end = band.low or band.high
        return end is not None and end.number.unit.kind == "比率" and value.unit.kind != "比率" and end.number.number != 0

    def _rate(self, band: Band, value: Quantity, aim: Quantity | None) -> str:
        """Whether 完成率 is the value, or its share of a target that is a rate itself."""
        end = band.low or band.high
        called = next((name for place, name in self.measures if place == self.place and _same(name, band.name)), "")
        named = any(word in called for word in ("完成率", "达成率", "实现率"))
        if band.of != "value" or not named or aim is None or end is None or end.number.unit.kind != "比率":
            return "value"
        if aim.unit.kind != "比率" or value.unit.kind != "比率" or aim.number * aim.unit.size == 1:
            return "value"
        return self.term("rate", "句中的完成率是完成值本身，还是完成值与指标值之比", term_readings("rate"))

    def met(self) -> bool:
        """Whether the target is met; asked where no value tells."""
        known = self.situation.met if len(self.root.parts) < 2 or not self.place else None
        if "met" in self.situation.answers or known is None:
            key = f"met{self.place}" if self.place else "met"
            return self.situation.yes(Question("FACT", key, "达到指标值没有", _YES_NO, "是否"))
        return known

    @cached_property
    def facts(self) -> list[str]:
        """The words a person must say yes or no to, over the whole sentence."""
        every = (one.words for tree in (self.root, *self.root.parts) for one in _conditions(tree) if isinstance(one, Fact))
        return list(dict.fromkeys(every))

    def fact(self, words: str) -> bool:
        """Whether words hold, as a person says; the actual itself where it is the one yes or no of the sentence."""
        key = "fact" if len(self.facts) < 2 else f"fact{self.facts.index(words) + 1}"
        if len(self.facts) == 1 and key not in self.situation.answers and not self.counts:
            if (known := self.situation.said) is not None:
                return known
        return self.situation.yes(Question("FACT", key, f"“{words}”是否属实", _YES_NO, "是否"))

    def alternative(self, named: Sequence[Award], other: Award | None) -> Award | None:
        """The one award of several whose words hold."""
        actual = (self.situation.actual or "").strip()
        if actual and (same := [one for one in named if shown(one.when) == actual]):
            return same[0]
        if any(isinstance(c, Met) for one in named for c in one.when):
            return next((one for one in named if self.hold(one.when) == "yes"), other)
        readings = [(str(n), shown(one.when)) for n, one in enumerate(named, 1)]
        readings.append(("0", shown(other.when) if other else "以上都不是"))
        key = f"state{self.place}" if self.place else "state"
        answer = self.situation.ask(Question("JUDGE", key, "属于哪一种情形", tuple(readings), ""))
        return other if answer == "0" else named[int(answer) - 1]

    # ---- which award ---------------------------------------------------------------------------------------------

    def choose(self, awards: Sequence[Award]) -> Award | None:
        """The one award that holds: the innermost of nested bands; where a value lies on the end two share, asked."""
        every = [(one, self.hold(one.when)) for one in awards if one.when not in _REST]
        sure, edge = [one for one, now in every if now == "yes"], [one for one, now in every if now == "edge"]
        if sure and edge and not any(self._at_end(one) for one in sure):
            sure = [*sure, *edge] if _nested([*sure, *edge]) else sure
        elif not sure and len(edge) > 1 and not _nested(edge):
            return self._at_both(edge)
        pool = sure or edge
        if len(pool) > 1:
            return self._innermost(pool)
        if not pool:
            return next((one for one in awards if one.when in _REST), None)
        return pool[0]

    def _at_both(self, edge: Sequence[Award]) -> Award:
        amounts = sorted(edge, key=lambda one: gets(one, self, self._row, []))
        answer = self.term("end", f"{self.shown_value()}正在两档交界处，归哪一档", term_readings("end"))
        return amounts[-1] if answer == "upper" else amounts[0]

    @property
    def _row(self) -> Fraction:
        return self.situation.points or next(iter(_stated(self.tree)), ZERO)

    def _at_end(self, award: Award) -> bool:
        """Whether the value lies on an end of the band that is said to belong to it."""
        bands = [one for one in award.when if isinstance(one, Band)]
        opened = [
            replace(
                band,
                low=band.low and replace(band.low, closed=False),
                high=band.high and replace(band.high, closed=False),
            )
            for band in bands
        ]
        return any(self.hold((one,)) == "no" for one in opened)

    def _innermost(self, pool: Sequence[Award]) -> Award:
        if len({(one.gets) for one in pool}) == 1:
            return pool[0]
        bands = [next((c for c in one.when if isinstance(c, Band)), None) for one in pool]
        if any(band is None for band in bands):
            raise Refusal("Q406", f"“{shown(pool[0].when)}”与“{shown(pool[1].when)}”同时成立，看不出按哪一种", 0, "各种情形不要重叠")
        inner = [
            one
            for one, band in zip(pool, bands, strict=True)
            if all(_inside(band, other) for other in bands if other is not None and band is not None)
        ]
        if len(inner) != 1:
            raise Refusal("Q406", f"“{shown(pool[0].when)}”与“{shown(pool[1].when)}”互相重叠，看不出按哪一档", 0, "各档不要重叠")
        return inner[0]

    def neighbours(self, awards: Sequence[Award]) -> dict[str, Award]:
        """The bands on either side of a value no band names: by points, the lower and the upper."""
        below: list[tuple[Fraction, Award]] = []
        above: list[tuple[Fraction, Award]] = []
        for award in awards:
            band = next((one for one in award.when if isinstance(one, Band)), None)
            if band is None or self.hold([one for one in award.when if not isinstance(one, Band)]) == "no":
                continue
            value = self.value(band.name)
            if band.high is not None and compared(replace(band, low=None), value, self._aim_or_none(), "value") == "no":
                below.append((band.high.number.number * band.high.number.unit.size, award))
            elif band.low is not None and compared(replace(band, high=None), value, self._aim_or_none(), "value") == "no":
                above.append((band.low.number.number * band.low.number.unit.size, award))
        near = [max(below, key=lambda one: one[0])[1]] if below else []
        near += [min(above, key=lambda one: one[0])[1]] if above else []
        near.sort(key=lambda one: gets(one, self, self._row, []))
        return dict(zip(("lower", "upper"), near, strict=False)) if len(near) > 1 else {"upper": near[0]} if near else {}

    def _aim_or_none(self) -> Quantity | None:
        return self.situation.aim()

    # ---- changes -------------------------------------------------------------------------------------------------

    def hold_change(self, rule: Change) -> str:
        """Whether the conditions of a change hold; an end that is not said counts as held."""
        return "no" if self.hold(rule.when) == "no" else "yes"

    @property
    def counts(self) -> list[Count]:
        """Everything counted in the whole sentence."""
        trees = (self.root, *self.root.parts)
        return [r.per for tree in trees for r in tree.rules if isinstance(r, Change) and isinstance(r.per, Count)]

    def count(self, per: Count) -> Fraction:
        """How many of something there were: from the actual where it surely says so, else asked."""
        counts = self.counts
        key = "count" if len(counts) < 2 else f"count{counts.index(per) + 1}"
        if len(counts) == 1 and key not in self.situation.answers and (known := self._from_actual(per)) is not None:
            return known
        called = f"{per.about}，" if per.about else ""
        return self.situation.number(Question("COUNT", key, f"{called}{per.verb}{per.after}有几{per.unit}", _COUNTS, "数"))

    def _from_actual(self, per: Count) -> Fraction | None:
        value, unit = self.situation.value, read_unit(per.unit)
        if value is None or unit is None or value.unit.kind not in (unit.kind, ""):
            return None
        aim = self.situation.aim()
        if aim is None or aim.number == 0 or self.situation.at_most:
            return value.number if aim is None or aim.number == 0 else None
        if per.verb in _MISSING and not per.after and aim.unit.kind == value.unit.kind:
            return max(aim.number - value.number, ZERO)
        return None

    def times(self, rule: Change) -> tuple[Fraction, str]:
        """How many times a change counts, and what is told of it."""
        per = rule.per
        assert per is not None
        if isinstance(per, Count):
            number = self.count(per)
            return self.stepped(number / per.number), f"{per.about}{per.verb}{per.after}{said(number)}{per.unit}"
        if per.way == "late":
            late = late_by(self.situation, per)
            return (self.stepped(late[0]), late[1]) if late else self._units_given(per)
        return per_unit(self, rule, per) or self._units_given(per)

    def _units_given(self, per: PerUnit) -> tuple[Fraction, str]:
        """So many units short, over or late, as a person gives them."""
        word = {"short": "少了", "over": "超了", "off": "差了", "late": "迟了", "each": "共有"}[per.way]
        key = "count" if not self.counts else f"count{len(self.counts) + 1}"
        number = self.situation.number(Question("COUNT", key, f"{per.about}{word}多少{per.size.unit}", _COUNTS, "数"))
        return self.stepped(number / per.size.number), f"{per.about}{word}{said(number)}{per.size.unit}"

    def stepped(self, number: Fraction) -> Fraction:
        """A number of units, its last part as the sentence or an answer says."""
        if number.denominator == 1 or number <= 0:
            return max(number, ZERO)
        asks = f"是{said(number)}个计扣单位，不足一个的部分怎样算"
        match self.term("step", asks, term_readings("step")):
            case "full":
                return Fraction(number.numerator // number.denominator)
            case "started":
                return Fraction(-(-number.numerator // number.denominator))
        return number

    def base(self, rule: Change, per: PerUnit) -> Base:
        """What a change counts from: the number in the sentence, or the target."""
        return Base.of(self, rule, per)

    def proportion(self, taken: bool, full: Fraction, steps: list[str]) -> Fraction:
        """The points in proportion to how far the target is reached."""
        value, aim = self.value(), self._standard() or self.aim()
        if not aim.number:
            raise Refusal("Q409", "指标值是0，不能按比例得分", 0, "写明每多多少扣几分")
        if value.unit.kind != aim.unit.kind and not (value.unit.bare or aim.unit.bare):
            raise Refusal("Q410", f"完成值{value}与{aim}不是同类单位", 0, f"用“{aim.unit}”填写的数")
        rate = value.number * value.unit.size / (aim.number * aim.unit.size)
        formula = f"{value} ÷ {aim}"
        if self.situation.at_most and rate > 1:
            linear = "linear" if taken and self.tree.term("ratio") is None else self.term("ratio", "超过上限，按比例怎样算", term_readings("ratio"))
            rate, formula = (1 / rate, f"{aim} ÷ {value}") if linear == "inverse" else (2 - rate, f"1 − ({value} − {aim}) ÷ {aim}")
        elif taken:
            rate = min(rate, Fraction(1))
        steps.append(f"按比例：{said(full)} × {formula} = {said(full * rate)}分")
        return full * rate

    def _standard(self) -> Quantity | None:
        """The number the sentence itself sets, where the row has no target that is a number."""
        if self.situation.wanted is not None:
            return None
        for rule in self.tree.rules:
            if isinstance(rule, Award) and isinstance(rule.gets, Full | Fixed) and rule.gets != Fixed(ZERO):
                end = next((one.low or one.high for one in rule.when if isinstance(one, Band)), None)
                if end is not None:
                    return end.number
        return None

    def judged(self, judged: Judged, rule: Award | Change, full: Fraction) -> Fraction:
        """The points an assessor states within the bounds that are printed."""
        high = judged.high * self.scale if judged.high is not None else full
        low = judged.low * self.scale
        every = [r for tree in (self.root, *self.root.parts) for r in tree.rules if _is_judged(r)]
        key = "judge" if len(every) < 2 else f"judge{every.index(rule) + 1}"
        verb = "得" if isinstance(rule, Award) else "扣"
        words = shown(rule.when) or "本项"
        examples = tuple((said(one), f"{verb}{said(one)}分") for one in dict.fromkeys((low, high)))
        asks = f"{words}：评价人认定{verb}几分（{said(low)}至{said(high)}分），写明理由和依据"
        points = self.situation.number(Question("JUDGE", key, asks, examples, "分数"))
        if not low <= points <= high:
            raise Refusal("Q411", f"“{key}={said(points)}”不在{said(low)}至{said(high)}分之间", 0, f"{said(low)}至{said(high)}分")
        return points


_REST: tuple[tuple[Condition, ...], ...] = ((), (Otherwise(),))  # where nothing else is said, and nothing else holds
_YES_NO = (("no", "否"), ("yes", "是"))
_COUNTS = (("0", "0"), ("1", "1"), ("2", "2"))


def _na(words: str) -> Question:
    return Question("NA", "na", f"是否“{words}”，本项不适用", _YES_NO, "是否")


def _is_judged(rule: object) -> bool:
    if isinstance(rule, Award):
        return isinstance(rule.gets, Judged)
    return isinstance(rule, Change) and rule.judged is not None


def _conditions(tree: Criterion) -> Iterator[Condition]:
    for rule in tree.rules:
        if isinstance(rule, Award | Change | Outside):
            yield from rule.when


def _names(tree: Criterion) -> Iterator[str]:
    """The names of what is measured: of bands, and of units short or over."""
    for rule in tree.rules:
        if isinstance(rule, Award | Change):
            yield from (one.name for one in rule.when if isinstance(one, Band))
        if isinstance(rule, Change) and isinstance(rule.per, PerUnit):
            yield ""


def _same(one: str, other: str) -> bool:
    """Whether two names mean one measure; without a name it is the one of the row."""
    return not one or not other or same_name(one.strip("“”"), other.strip("“”"))


def _stated(tree: Criterion) -> Iterator[Fraction]:
    """The full points a sentence may mean by the points it states, the likeliest first."""
    if tree.points is not None:
        yield tree.points
    if tree.parts:
        parts = [next(iter(_stated(part)), None) for part in tree.parts]
        if all(one is not None for one in parts):
            yield sum((one for one in parts if one is not None), ZERO)
        return
    awards = [r for r in tree.rules if isinstance(r, Award) and not isinstance(r.gets, InProportion)]
    if any(isinstance(one.gets, Full | Share | Formula) for one in awards):
        return
    tops = [one.gets.points if isinstance(one.gets, Fixed) else one.gets.high for one in awards if isinstance(one.gets, Fixed | Judged)]
    known = [one for one in tops if one is not None and one != 0]
    if known:
        best = max(known)
        yield best
        if len(known) > 1:
            yield sum(known)
        if isinstance(tree.most_gained, Fixed):
            yield best + tree.most_gained.points
    if tree.most is not None:
        yield tree.most


def _nested(awards: Sequence[Award]) -> bool:
    """Whether the bands lie one inside another."""
    bands = [next((c for c in one.when if isinstance(c, Band)), None) for one in awards]
    return any(all(a is not None and b is not None and _inside(a, b) for b in bands) for a in bands)


def _inside(one: Band, other: Band) -> bool:
    """Whether a band lies within another: neither end goes beyond."""
    if one.of != other.of and {one.of, other.of} != {"target", "value"}:
        return one == other
    low = other.low is None or (one.low is not None and _size(one.low.number) >= _size(other.low.number))
    high = other.high is None or (one.high is not None and _size(one.high.number) <= _size(other.high.number))
    return low and high


def _size(number: Quantity) -> Fraction:
    return number.number * number.unit.size


__all__ = ["NotApplicable", "Scope", "by_words", "gets", "opposite", "said", "shown", "term_readings"]
