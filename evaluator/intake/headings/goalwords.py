"""Headings of goal tables: what a column or label is called there; never where it stands."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from evaluator.errors import nearest
from evaluator.intake.headings.lexicon import COMMON, GOALS, LONGEST, fields, part, plain, words
from evaluator.model import FUNDS, PARTS

MONEY = {"total", "asked", *FUNDS, *PARTS, "executed"}  # the fields that are amounts
_FIGURE = re.compile(r"[-\d.,，．%％\s]*\d[-\d.,，．%％\s]*(?:亿元|万元|千元|百元|元|万|亿)?")
_MONEY = re.compile(r"[(（:： ]\s*(亿元|万元|千元|元)\s*[)）]?\s*$")
_WHEN = re.compile(
    r"(?:1[0-2]|[1-9])月(?:底|末|份|\d{1,2}日)?(?:前|止)?|第?[一二三四1-4]季度(?:末|底)?|(?:上半年|前三季度|全年|年底|年末)"
)
_PERIOD = re.compile(
    r"(?:截[至止]到?)?(?:20\d\d年)?(?:(?:(?P<first>\d{1,2})月?份?[-—–―~至到]+)?(?P<month>\d{1,2})月(?:份|底|末|(?P<day>\d{1,2})日)?止?|上半年|前三季度|第?[一1]季度末?|目前|1[-—–―~至到]+[nN×x]月份?)"
)
_SPOKEN = {"上半年": 6, "前三季度": 9, "季度": 3}
_TIME = re.compile(r"\((长期|中期|实施期|中长期|年度|当年|本年|本年度)\)")
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*\)?\s*年(?!\d{1,2}月|以来|至|底|[—-])")
_HAN = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_HAN_YEAR = re.compile("二[〇零○][〇零○一二三四五六七八九]{2}(?=\\s*\\)?\\s*年)")
_PORTION = re.compile(r"^(.+?)\s*[(（]?\s*(\d+(?:\.\d+)?)\s*(?:分|%)\s*[)）]?$")


@lru_cache(maxsize=16384)
def label(text: str) -> str:
    """The field a label of the upper part stands for: code, name, total …, or when a planned share is due; or ''."""
    word = plain(text)
    if len(word) > LONGEST:
        return ""
    field = fields(GOALS, "labels").get(word) or (f"plan:{word}" if _WHEN.fullmatch(word) else "")
    return "" if field == "year" and re.search(r"\d", text) else field  # （2023）年度 is a year, 年度 asks for one


def group(text: str) -> str:
    """What a heading that has no content of its own speaks of: money, plan, other; or ''."""
    return fields(GOALS, "groups").get(plain(text), "")


def column(text: str) -> str:
    """The field of a column of the indicator part, project fields included (a list of many projects); or ''."""
    word = plain(text)
    return fields(GOALS, "columns").get(word) or fields(GOALS, "labels").get(word) or monitored(text)


def column_below(text: str) -> str:
    """The field of a column named in a second row of headings, where 确定能 and 经费保障 are columns of their own; or ''."""
    word = plain(text)
    return column(text) or (word if word in (*part(GOALS, "likelihoods"), *part(GOALS, "causes")) else "")


def period(text: str) -> tuple[str, tuple[int, int], str]:
    """A heading cut after the period it begins with, the month and day this ends at and the rest of the heading.

    1—7月执行情况 is 1—7月, (7, 0) and 执行情况: day 0 is the end of the month, month 0 is not told. A period that does not begin with
    the year ends at no month.
    """
    word = plain(text)
    found = _PERIOD.match(word)
    if found is None:
        return "", (0, 0), word
    month = next((month for name, month in _SPOKEN.items() if name in found[0]), int(found["month"] or 0))
    whole = month <= 12 and (found["first"] or "1") == "1"
    rest = word[found.end() :].removeprefix("的").removeprefix("累计")
    return found[0], (month, int(found["day"] or 0)) if whole else (0, 0), rest


def monitored(text: str) -> str:
    """The field of a column that only a 绩效运行监控表 has: progress, forecast, likelihood, cause, remedy; or ''."""
    said, _, rest = period(text)
    field = fields(GOALS, "monitoring").get(rest if said else plain(text), "")
    return field if bool(said) == (field in ("progress", "executed")) else ""


def of_year(text: str) -> bool:
    """Whether a label says that its amount is that of the year: 年度资金总额, 当年资金总额."""
    return re.match(r"项目?(?:当年|本年)|年度|当年|本年|全年", plain(text)) is not None


def time_in(text: str) -> str:
    """Which time a heading names in brackets: 指标值(长期) is long, 指标值（年度） is year; or ''."""
    found = _TIME.search(unicodedata.normalize("NFKC", text))
    return ("year" if found[1] in ("年度", "当年", "本年", "本年度") else "long") if found else ""


def year_of(text: str) -> tuple[int, ...]:
    """The years that a text says it is for: 2023年度, (2020)年度, 2024 年; not the ends of spans or the dates of papers."""
    told = _HAN_YEAR.sub(lambda found: found[0].translate(_HAN), unicodedata.normalize("NFKC", text))
    return tuple(map(int, _YEAR.findall(told)))


def horizon(text: str) -> str:
    """Which time a part of a table is for: long, year; or ''."""
    return fields(GOALS, "horizons").get(plain(text), "")


def known(text: str) -> bool:
    """Whether a text is a heading at all."""
    word = plain(text)
    parts = ("columns", "groups", "horizons")
    return bool(
        monitored(text)
        or label(text)
        or word in words(GOALS, "unused")
        or any(word in fields(GOALS, name) for name in parts)
    )


def closest(text: str) -> str:
    """The known heading nearest to a text, or ''."""
    return nearest(plain(text), [word for name in ("columns", "labels", "groups") for word in fields(GOALS, name)])


def is_figure(text: str) -> bool:
    """Whether a text is an amount or a share, readable or not."""
    return len(text) < 60 and _FIGURE.fullmatch(text.strip()) is not None


def money_unit(text: str) -> str:
    """The unit of money a heading names: 预算数（万元）, 单位：元; or ''."""
    found = _MONEY.search(text.strip()) if len(text) < 60 else None
    return found[1] if found else ""


def level(text: str) -> tuple[str, str]:
    """A level-1 or level-2 name in its usual form, and the points written behind it: 产出指标(50分) -> 产出指标, 50."""
    told, points = text.strip(), ""
    if len(told) < 60 and (found := _PORTION.match(told)):
        told, points = found[1].strip(), found[2]
    usual = {name for category, below in part(COMMON, "levels").items() for name in (category, *below)}
    return (told if told in usual or f"{told}指标" not in usual else f"{told}指标"), points


def category_of(dimension: str) -> str:
    """The level-1 name under which a level-2 name usually stands, or ''."""
    return next((category for category, below in part(COMMON, "levels").items() if dimension in below), "")
