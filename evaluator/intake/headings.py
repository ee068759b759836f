"""Headings of goal tables: what a column or label is called, in the words of headings.yaml; never where it stands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluator.documents import read_document
from evaluator.errors import nearest
from evaluator.plain import seen

LONGEST = 30  # characters of a heading; anything longer is content
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\d{1,2}[.、](?!\d))")
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


@dataclass(frozen=True)
class Words:
    """The words of headings.yaml, each list turned round: word -> field."""

    labels: dict[str, str]
    groups: dict[str, str]
    unused: frozenset[str]
    columns: dict[str, str]
    horizons: dict[str, str]
    standins: frozenset[str]
    natures: dict[str, str]
    monitoring: dict[str, str]
    likelihoods: list[str]
    causes: list[str]
    numbering: frozenset[str]
    levels: dict[str, list[str]]
    ids: dict[str, str]
    formulas: list[dict[str, str]]
    fits: list[dict[str, Any]]


@lru_cache(maxsize=1)
def words() -> Words:
    """The words, read when first needed."""
    data, _ = read_document(Path(__file__).with_name("headings.yaml"))

    def turned(name: str) -> dict[str, str]:
        return {plain(word): field for field, listed in data[name].items() for word in listed}

    return Words(
        turned("labels"), turned("groups"), frozenset(map(plain, data["unused"])), turned("columns"),
        turned("horizons"), frozenset(map(plain, data["standins"])), turned("natures"),
        turned("monitoring"), data["likelihoods"], data["causes"],
        frozenset(map(plain, data["numbering"])), data["levels"], data["ids"], data["formulas"], data["fits"],
    )  # fmt: skip


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """A heading brought to one form: no blanks, numbering, brackets, 其中 or colon; full-width letters made plain."""
    if len(text) > 4 * LONGEST:
        return ""
    told = re.sub(r"\s+", "", unicodedata.normalize("NFKC", seen(text)))
    told = _BRACKETS.sub("", told)
    return _NUMBERING.sub("", told).removeprefix("其中:").strip(":*")


@lru_cache(maxsize=16384)
def label(text: str) -> str:
    """The field a label of the upper part stands for: code, name, total …, or when a planned share is due; or ''."""
    word = plain(text)
    if len(word) > LONGEST:
        return ""
    field = words().labels.get(word) or (f"plan:{word}" if _WHEN.fullmatch(word) else "")
    return "" if field == "year" and re.search(r"\d", text) else field  # （2023）年度 is a year, 年度 asks for one


def group(text: str) -> str:
    """What a heading that has no content of its own speaks of: money, plan, other; or ''."""
    return words().groups.get(plain(text), "")


def column(text: str) -> str:
    """The field of a column of the indicator part, project fields included (a list of many projects); or ''."""
    word = plain(text)
    return words().columns.get(word, "") or words().labels.get(word, "") or monitored(text)


def column_below(text: str) -> str:
    """The field of a column named in a second row of headings, where 确定能 and 经费保障 are columns of their own; or ''."""
    word = plain(text)
    return column(text) or (word if word in (*words().likelihoods, *words().causes) else "")


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
    field = words().monitoring.get(rest if said else plain(text), "")
    return field if bool(said) == (field in ("progress", "executed")) else ""


def standin(text: str) -> bool:
    """Whether a column names the indicators where no column is called 三级指标."""
    return plain(text) in words().standins


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
    return words().horizons.get(plain(text), "")


def known(text: str) -> bool:
    """Whether a text is a heading at all."""
    word = plain(text)
    lists = words()
    return bool(
        monitored(text)
        or label(text)
        or word in lists.groups
        or word in lists.unused
        or word in lists.columns
        or word in lists.horizons
    )


def closest(text: str) -> str:
    """The known heading nearest to a text, or ''."""
    lists = words()
    return nearest(plain(text), [*lists.columns, *lists.labels, *lists.groups])


def money_unit(text: str) -> str:
    """The unit of money a heading names: 预算数（万元）, 单位：元; or ''."""
    found = _MONEY.search(text.strip()) if len(text) < 60 else None
    return found[1] if found else ""


def level(text: str) -> tuple[str, str]:
    """A level-1 or level-2 name in its usual form, and the points written behind it: 产出指标(50分) -> 产出指标, 50."""
    told, points = text.strip(), ""
    if len(told) < 60 and (found := _PORTION.match(told)):
        told, points = found[1].strip(), found[2]
    usual = {name for category, below in words().levels.items() for name in (category, *below)}
    return (told if told in usual or f"{told}指标" not in usual else f"{told}指标"), points


def category_of(dimension: str) -> str:
    """The level-1 name under which a level-2 name usually stands, or ''."""
    return next((category for category, below in words().levels.items() if dimension in below), "")
