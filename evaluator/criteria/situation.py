"""What a criterion is applied to: a target, an actual, the points of the row, and the answers given so far.

Whatever is not known is asked for by raising Needs with one question; whoever called answers it, or tries every reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from evaluator.comparators import COMPARATORS
from evaluator.criteria.cutting import vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.quantities.given import stated
from evaluator.quantities.lending import in_one_unit
from evaluator.quantities.numerals import Unreadable, normalise, read_number, write_number
from evaluator.quantities.quantity import Pair, Target, beside, read_target, set_beside
from evaluator.quantities.reading import Amount, YesNo, read
from evaluator.quantities.units import Quantity, Unit

_RANK = re.compile("(?:排名|位列|列)?(?:全[市省县区]|本组)?第?([0-9]{1,4})[名位]?")
# what may be answered beside the terms of words.yaml; a number behind it says which of several
KEYS = [
    "fact",
    "count",
    "judge",
    "state",
    "value",
    "target",
    "data",
    "points",
    "na",
    "met",
    "short",
    "over",
    "off",
    "late",
    "each",
]
NOT_APPLICABLE = ("不适用", "不涉及")
YES = {"是": True, "有": True, "对": True, "yes": True, "y": True, "true": True, "1": True, "符合": True, "达到": True, "已达到": True, "完成": True, "已完成": True, "全部完成": True, "达标": True}  # fmt: skip
NO = {"否": False, "无": False, "没有": False, "no": False, "n": False, "false": False, "0": False, "不符合": False, "未达到": False, "未完成": False, "未达标": False, "不达标": False, "不是": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What a sentence, or a row, leaves open: its code, the key its answer goes by, what is asked, and the readings.

    `readings` are answers with what each says; of an input (`given`) they are examples, and any fitting value is an answer.
    """

    code: str
    key: str
    asks: str
    readings: tuple[tuple[str, str], ...] = ()
    given: str = ""  # "", or what is to be given: 数, 是否, 情形, 分数, 指标值, 完成值
    form: str = ""  # how an input is told on a form, its place marked {}: 缺{}项

    def told(self, answer: str) -> str:
        """An input as it is told on a form: 缺1项, 制度健全：是, 合格人数：57."""
        if self.given == "情形":
            return dict(self.readings).get(answer, answer)
        said = {True: "是", False: "否"}.get(YES.get(answer.lower(), NO.get(answer.lower())), answer)  # type: ignore[arg-type]
        return (self.form or "{}").replace("{}", said if self.given == "是否" else answer)

    @property
    def settles(self) -> bool:
        """Whether it settles what the sentence means, so that one answer serves every row; an input is of one row."""
        return not self.given

    @property
    def wanted(self) -> str:
        """What is to be filled in by its name: count=…（缺：几项）; of cases, which there are."""
        cases = "：" + "、".join(says for _, says in self.readings) if self.given == "情形" else ""
        return f"{self.key}=…（{self.asks}{cases}）"


class Needs(Exception):
    """A question must be answered before the points are known."""

    def __init__(self, question: Query) -> None:
        self.question = question
        super().__init__(question.asks)


@dataclass
class Situation:
    """A target, an actual and points, with the answers to what was asked."""

    target: str = ""
    actual: str | None = None
    points: Fraction | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    sign: Any = None
    scale: tuple[str, ...] | None = None
    year: int | None = None
    computed: Quantity | None = None  # the actual where it is computed, and no text says it exactly
    items: Mapping[str, Quantity] = field(default_factory=dict)  # data items by their names

    # ---- answers -------------------------------------------------------------------------------------------------

    def ask(self, question: Query) -> str:
        """The answer to a question; raises Needs where there is none, Refusal (Q411) for one that is no reading."""
        keys = [
            question.key,
            question.key.rstrip("0123456789"),
            *([question.code.lower()] if question.settles and question.code != "JUDGE" else []),
        ]
        for key in keys:
            if key in self.answers:
                return checked(question, self.answers[key])
        raise Needs(question)

    def number(self, question: Query) -> Fraction:
        """The answer to a question as a number."""
        return read_number(normalise(self.ask(question)).rstrip("分个次项人例处起件家"))

    def yes(self, question: Query) -> bool:
        """The answer to a question as yes or no."""
        return self.ask(question) == "yes"

    # ---- the row -------------------------------------------------------------------------------------------------

    @cached_property
    def aimed(self) -> Target | None:
        """The target as read; None where there is none, or where it cannot be read."""
        try:
            return read_target(self.target, self.sign, self.scale) if self.target.strip() else None
        except Unreadable:
            return None

    @cached_property
    def wanted(self) -> Amount | None:
        """The target as a number or a range."""
        if "target" in self.answers:
            asked = Query("TARGET", "target", "指标值是多少", (), "指标值")
            content = read_target(checked(asked, self.answers["target"])).content
            return content if isinstance(content, Amount) else None
        written = self.aimed.content if self.aimed else None
        return written if isinstance(written, Amount) and not written.either_way else None

    def aim(self, way: str = "short") -> Quantity | None:
        """The number to be reached: of a range the lower end for what is short, the upper for what is over."""
        if self.wanted is None:
            return None
        return self.wanted.high if self.wanted.high is not None and way == "over" else self.wanted.low

    @property
    def at_most(self) -> bool:
        """Whether less is better by the target's sign."""
        return self.wanted is not None and self.wanted.sign in ("≤", "<")

    @property
    def at_least(self) -> bool:
        """Whether more is better by the target's sign."""
        return self.wanted is not None and self.wanted.sign in ("≥", ">")

    @cached_property
    def value(self) -> Quantity | None:
        """The actual as a number, in the target's unit where it has one; None where it is none or missing."""
        if self.computed is not None:
            return self.computed
        if self.actual is None or self.actual.strip() in NOT_APPLICABLE:
            return None
        plain = normalise(self.actual)
        if (rank := _RANK.fullmatch(plain)) and not rank[0].isdigit():
            return Quantity(read_number(rank[1]), Unit("名", "人", Fraction(1)))
        aim = self.wanted.low if self.wanted else None
        try:
            if self.wanted is not None and aim is not None:
                given = stated(self.wanted, self.actual)
                if given.below is not None:
                    return None
                if aim.number == 0 and aim.unit.bare:
                    return given.quantity
                amount, low, _ = in_one_unit(given.quantity, aim)
                return Quantity(amount.to(low.unit), low.unit)
            content = read(plain)
        except Unreadable:
            return None
        if isinstance(content, YesNo) and content == YesNo("有", False):
            return None
        single = isinstance(content, Amount) and content.high is None and not content.rough and not content.either_way
        return content.low if single and isinstance(content, Amount) else None

    @property
    def applies(self) -> bool | None:
        """Whether the row applies: not where the actual says so, surely where it is a value; None where nobody said."""
        if self.actual is None:
            return None
        return self.actual.strip() not in NOT_APPLICABLE

    @cached_property
    def met(self) -> bool | None:
        """Whether the target is met; None where a person must say."""
        if self.actual is None or self.aimed is None:
            return None
        try:
            pair = self._pair(self.aimed, self.actual)
        except Unreadable:
            if (
                self.value is not None
                and self.wanted is not None
                and self.wanted.sign is None
                and self.wanted.high is None
            ):
                return True if self.value.number == self.wanted.low.number else None
            return None
        return COMPARATORS[pair.comparator].met(pair.actual, pair.target, pair.high)

    def _pair(self, aimed: Target, actual: str) -> Pair:
        if self.computed is None or not isinstance(aimed.content, Amount):
            return set_beside(aimed, actual, year=self.year)
        return beside(aimed, aimed.content, aimed.content.low, self.computed)

    @property
    def said(self) -> bool | None:
        """Yes or no, where the actual is such a word."""
        word = (self.actual or "").strip().lower()
        return YES.get(word, NO.get(word)) if not word.isdigit() else None


def term_readings(key: str) -> tuple[tuple[str, str], ...]:
    """The readings of a term, as words.yaml has them."""
    return tuple((str(reading), str(says)) for reading, says in vocabulary()["terms"][key]["readings"].items())


def checked(question: Query, answer: str) -> str:
    """An answer as one of the readings, or as an input of its kind; raises Refusal (Q411) for any other."""
    word = str(answer).strip()
    family = question.key.rstrip("0123456789")
    if question.given in ("", "情形"):
        alias = {str(key): str(value) for key, value in vocabulary()["answers"].get(family, {}).items()}
        alias |= {says: reading for reading, says in question.readings}
        known = [reading for reading, _ in question.readings]
        chosen = word if word in known else alias.get(word, alias.get(word.lower(), word))
        if chosen in known:
            return chosen
        allowed = "、".join(f"{reading}（{says}）" for reading, says in question.readings)
        raise Refusal("Q411", f"“{question.key}={answer}”不是可以选的读法", 0, allowed)
    if question.given == "是否":
        low = word.lower()
        if low in YES or low in NO:
            return "yes" if YES.get(low, NO.get(low)) else "no"
        raise Refusal("Q411", f"“{question.key}={answer}”应答 yes 或 no", 0, "yes、no，或 是、否")
    if question.given in ("数", "分数"):
        try:
            number = read_number(normalise(word).rstrip("分个次项人例处起件家名条份"))
        except Unreadable as error:
            raise Refusal("Q411", f"“{question.key}={answer}”不是数：{error.reason}", 0, "如 2") from None
        if number < 0:
            raise Refusal("Q411", f"“{question.key}={answer}”小于0", 0, "不小于0的数")
        return write_number(number)
    if _RANK.fullmatch(normalise(word)):
        return word
    try:
        content = read(normalise(word))
    except Unreadable as error:
        raise Refusal("Q411", f"“{question.key}={answer}”读不出：{error.reason}", 0, error.allowed) from None
    if not isinstance(content, Amount):
        raise Refusal("Q411", f"“{question.key}={answer}”不是数", 0, "如 95%")
    return word
