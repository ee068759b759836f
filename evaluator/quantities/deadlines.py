"""Deadlines and dates: a stretch of days, with or without a year, and whether one lies before another."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from evaluator.quantities.numerals import Unreadable, read_han

Day = tuple[int, int, int]  # year (0: not written), month, day

TEN_DAYS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}
HALVES = {"上半年": (1, 6), "下半年": (7, 12)}


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of days as written; `before` when it ends in 前, `through` when it means all along (1-12月)."""

    text: str = field(compare=False)
    first: Day
    last: Day
    before: bool = False
    through: bool = False

    def __str__(self) -> str:
        return self.text

    @property
    def year(self) -> int:
        """The year written, or 0."""
        return self.first[0]

    def within(self, year: int) -> Moment:
        """The same stretch in this year, where none was written."""
        if self.year:
            return self
        return replace(self, first=(year, *self.first[1:]), last=(year, *self.last[1:]))

    @property
    def months(self) -> int | None:
        """How many whole months it takes up; None where it does not begin and end with a month."""
        (year, month, day), (last_year, last_month, last_day) = self.first, self.last
        whole = day == 1 and last_day == last_of(last_year, last_month)
        return (last_year - year) * 12 + last_month - month + 1 if whole else None

    def limits(self) -> tuple[Day, ...]:
        """The last day allowed, under each way to read it: 9月前 is up to 31 August or up to 30 September."""
        return (_day_before(self.first), self.last) if self.before and self.first != self.last else (self.last,)


def _day_before(day: Day) -> Day:
    year, month, number = day
    if number > 1:
        return year, month, number - 1
    return (year, month - 1, last_of(year, month - 1)) if month > 1 else (year - 1, 12, 31)


def last_of(year: int, month: int) -> int:
    """The last day of a month; February has 29 days where the year is not known."""
    return calendar.monthrange(year or 2000, month)[1]


def join(text: str, first: Moment, second: Moment) -> Moment:
    """The stretch from one moment through another; a year written once holds for both."""
    second = second.within(first.year)
    if (first.year == 0) != (second.year == 0) or first.first > second.last:
        raise Unreadable("Q109", f"“{text}”的起止时间前后颠倒或缺年份", "如 2023年1月-12月")
    return Moment(text, first.first, second.last, through=True)


def read_span(text: str, rule: str, words: dict[str, str]) -> Moment:
    """Build a moment from the words of one `span` of the grammar, keyed by terminal."""
    year = _number(words["YEAR"].rstrip("年度内")) if "YEAR" in words else 0
    match rule:
        case "date":
            year, month, day = _numbers(words["DATE"].replace(".", "-").replace("/", "-").split("-"))
            return _stretch(text, year, (month, month), (day, day))
        case "years":
            start, end = _numbers(words["YEARS"].replace("年", "").replace("度", "").translate(_TO_DASH).split("-"))
            return join(text, _months(text, start, 1, 12), _months(text, end, 1, 12))
        case "months":
            plain = words["MONTHS"].replace("月", "").replace("份", "").translate(_TO_DASH)
            start, end = _numbers(plain.split("-"))
            return join(text, _months(text, year, start, start), _months(text, year, end, end))
        case "quarter":
            index = _number(words["QUARTER"].removeprefix("第")[0])
            made = _months(text, year, 3 * index - 2, 3 * index)
        case "half":
            made = _months(text, year, *HALVES[words["HALF"]])
        case "year_end":
            made = _months(text, year, 12, 12)
        case "whole_year":
            return replace(_months(text, year, 1, 12), through=words["WHOLE_YEAR"] == "全年")
        case "year":
            made = _months(text, year, 1, 12)
        case _:
            month = _number(words["MONTH"].rstrip("月份"))
            if "DAY" in words:
                day = _number(words["DAY"][:-1])
                return _stretch(text, year, (month, month), (day, day))
            start, end = TEN_DAYS.get(words.get("TEN_DAYS", ""), (1, 31))
            made = _stretch(text, year, (month, month), (start, min(end, last_of(year, month))))
    return replace(made, first=made.last) if "END" in words or rule == "year_end" else made


_TO_DASH = str.maketrans("~至到", "---")


def _months(text: str, year: int, first: int, last: int) -> Moment:
    return _stretch(text, year, (first, last), (1, last_of(year, last)))


def _stretch(text: str, year: int, months: tuple[int, int], days: tuple[int, int]) -> Moment:
    first, last = (year, months[0], days[0]), (year, months[1], days[1])
    if not 1 <= months[0] <= months[1] <= 12 or days[0] < 1 or days[1] > last_of(year, months[1]):
        raise Unreadable("Q109", f"“{text}”不是日历上的日期", "如 2023年6月30日前")
    return Moment(text, first, last)


def _number(text: str) -> int:
    if text.isascii():
        return int(text)
    if len(text) == 4:
        return int("".join(str("〇一二三四五六七八九".index(char)) for char in text.replace("零", "〇")))
    return int(read_han(text))


def _numbers(texts: Iterable[str]) -> list[int]:
    return [_number(text) for text in texts]


def in_time(target: Moment, actual: Moment) -> set[bool | None]:
    """Whether the actual kept the deadline, under each reading of it; None where the stretch runs across the limit."""
    if target.through:
        covers = actual.through and actual.first <= target.first and target.last <= actual.last
        late = actual.first > target.last
        return {True} if covers else {False} if late else {None}
    first, last = ((0, 0, 0), actual.last) if actual.before else (actual.first, actual.last)
    return {True if last <= limit else False if first > limit else None for limit in target.limits()}
