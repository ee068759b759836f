"""Days of the calendar, however they are written: 2023-06-30, 2023年6月30日, 6月底."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from evaluator.quantities.deadlines import last_of
from evaluator.quantities.numerals import Unreadable
from evaluator.quantities.reading import Deadline, read


def last_day(text: str, year: int) -> date:
    """The last day of what is written (3月底, 6月30日, 上半年), in `year` where it names none; raises Unreadable."""
    content = read(text)
    if not isinstance(content, Deadline) or content.task or content.moment.through:
        raise Unreadable("Q109", f"“{text}”不是期限", "如 6月底、6月30日")
    return calendar_day(content.moment.within(year).last)


def calendar_day(day: tuple[int, int, int]) -> date:
    """A day as written; the end of February is that of its year."""
    year, month, number = day
    return date(year, month, min(number, last_of(year, month)))


def day_of(text: str) -> date:
    """One day with its year, however it is written (2023-06-30, 2023年6月30日, 2023/6/30); raises Unreadable."""
    asked = "如 2023-06-30、2023年6月30日"
    try:
        content = read(text)
    except Unreadable as error:
        raise Unreadable("Q109", error.reason, asked) from None
    moment = content.moment if isinstance(content, Deadline) and not content.task else None
    if moment is None or moment.first != moment.last or moment.before or not moment.year:
        raise Unreadable("Q109", f"“{text.strip()[:40]}”不是写明年月日的一天", asked)
    return last_day(text, moment.year)


Day = Annotated[
    date,
    BeforeValidator(lambda value: value if isinstance(value, date) else day_of(str(value))),
    WithJsonSchema({"description": "日期，如 2023-06-30", "type": "string"}),
]
