"""Units of measure: which are of one kind, and how large each is. Nothing converts from one kind to another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evaluator.quantities.numerals import Unreadable, write_number

# kind -> the units of that kind, each with its size in the first one; words joined by "=" are one unit
CONVERTIBLE: dict[str, dict[str, str]] = {
    "金额": {"元": "1", "角": "0.1"},
    "比率": {"%=百分比": "1/100", "‰": "1/1000", "‱": "1/10000"},
    "长度": {"米=m": "1", "毫米=mm": "1/1000", "厘米=cm": "1/100", "公里=千米=km": "1000"},
    "面积": {
        "平方米=m2=平米=平方": "1",
        "亩": "2000/3",
        "公顷=ha": "10000",
        "平方公里=平方千米=km2": "1000000",
        "平方厘米=cm2": "1/10000",
    },
    "体积": {"立方米=m3=立方": "1", "升=L": "1/1000", "毫升=mL=ml": "1/1000000"},
    "重量": {
        "克=g": "1",
        "毫克=mg": "1/1000",
        "微克=μg": "1/1000000",
        "斤": "500",
        "公斤=千克=kg": "1000",
        "吨=t": "1000000",
    },
    "时长": {
        "秒": "1",
        "分钟": "60",
        "小时=个小时=h": "3600",
        "天=日": "86400",
        "周=星期": "604800",
    },
    "月数": {"个月=月": "1", "个季度=季度=季": "3", "半年": "6", "年": "12"},
    "人": {"人=名": "1"},
    "工作日": {"个工作日=工作日": "1"},
    "百分点": {"个百分点=百分点": "1"},
}

# words that count things: each is a kind of its own (个, 家 and 所 are not the same)
COUNTING = """
个 件 次 场 期 篇 头 只 单 户 家 所 套 部 台 辆 艘 架 项 份 册 本 张 条 根 座 栋 幢 间 处 批 起 例 宗 株 棵 盏
块 片 幅 组 支 队 届 门 节 位 对 双 把 面 口 眼 孔 层 级 类 种 款 页 字 分 倍 轮 遍 趟 课时 学时 学分 床 床位
岗 岗位 村 乡 镇 县 市 区 校 班 站 杆 箱 袋 瓶 桶 车 批次 台(套) 人次 人天 人日 人月 户次 场次 车次 班次 家次 项次 件次
台次 台套 篇次 段 匹 尾 羽 枚 标段 社区 小区 街道 企业 家庭 学校 度 千瓦时 千瓦 兆瓦 美元 欧元 港元 吨公里 分贝 °C
"""
# after a Chinese numeral these are read as words, not as counts: 一级, 一班, 十分
NOT_SPOKEN = (
    "期 单 本 把 双 对 批 面 口 眼 层 级 类 字 分 轮 度 届 村 乡 镇 县 市 区 校 班 站 平方 立方 季 半年 段 匹 尾 羽 枚"
)

# kinds that can be below zero (a growth, a loss, a temperature); anything else is a count or a size
BELOW_ZERO = {"", "比率", "百分点", "金额", "倍", "°C", "度", "分贝"}

MULTIPLIERS: dict[str, int] = {
    "万亿": 10**12,
    "千亿": 10**11,
    "百亿": 10**10,
    "十亿": 10**9,
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit (计量单位): its name, its kind, and its size in the first unit of that kind."""

    name: str
    kind: str
    size: Fraction

    def __str__(self) -> str:
        return self.name

    @property
    def bare(self) -> bool:
        """Whether no unit was written (at most a 万 or 亿)."""
        return not self.kind

    @property
    def can_be_negative(self) -> bool:
        """Whether so many of it can be below zero."""
        return self.kind.partition("/")[0] in BELOW_ZERO


NO_UNIT = Unit("", "", Fraction(1))


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number in a unit (as in `2.6万平方米`)."""

    number: Fraction
    unit: Unit = NO_UNIT

    def to(self, unit: Unit) -> Fraction:
        """The number in another unit of the same kind; raises Unreadable naming both units otherwise."""
        if unit.kind != self.unit.kind:
            mine, other = self.unit.name or "（无单位）", unit.name or "（无单位）"
            raise Unreadable("Q201", f"单位“{mine}”与“{other}”不是同类单位，不能相比", f"用“{other}”填写的数")
        return self.number * self.unit.size / unit.size

    def __str__(self) -> str:
        return f"{write_number(self.number)}{self.unit}"


def _table() -> dict[str, Unit]:
    """Every written unit word with what it means."""
    table = {word: Unit(word, word, Fraction(1)) for word in COUNTING.split()}
    for kind, sizes in CONVERTIBLE.items():
        for words, size in sizes.items():
            name, *others = words.split("=")
            table |= dict.fromkeys((name, *others), Unit(name, kind, Fraction(size)))
    return table


WORDS = _table()


def _any(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first; Latin words end where the letters end."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(
        re.escape(word) + ("(?![A-Za-z0-9])" if word.isascii() and word.isalnum() else "") for word in longest
    )


_TIMES = _any(MULTIPLIERS)
_WORD = _any(WORDS)
_EITHER = rf"(?:{_any([*COUNTING.split(), '人', '名'])})\((?:{_any(COUNTING.split())})\)"  # 条(段)
_PLAIN = f"(?:{_EITHER}|{_WORD}|(?:{_TIMES})(?:{_WORD}))"
_ALONE = r"(?=\s*(?:$|[^\u4e00-\u9fff]|以|左右|上下|至|到|之|内|余|多))"  # 200万 with nothing counted after it
_BELOW = f"/每?(?:{_WORD})(?:[*·×、./](?:{_WORD}))*"
UNIT_PATTERN = rf"{_PLAIN}(?:{_BELOW})?|{_BELOW}|(?:{_TIMES}){_ALONE}"
SPOKEN_PATTERN = _any(set(WORDS) - set(NOT_SPOKEN.split()))
_SPLIT = re.compile(rf"(?P<times>{_TIMES})(?P<word>.*)")
_COUNTED = {*COUNTING.split(), "人", "名"}
_STACKED = re.compile("[十百千]*[万亿]")
_TWO = re.compile(r"(?P<one>[^()]+)\((?P<other>[^()]+)\)")
_UNKNOWN = re.compile(r"[\u4e00-\u9fff]{1,3}|[A-Za-z]{1,6}")


def _plain(text: str) -> Unit | None:
    """Read a unit without a `/`; an unknown short word is a unit of its own kind."""
    if text in WORDS or not text:
        return WORDS.get(text, NO_UNIT)
    if (either := _TWO.fullmatch(text)) and {*either.groups()} <= _COUNTED:
        return _either(either["one"], either["other"])
    if match := _SPLIT.fullmatch(text):
        if _STACKED.match(match["word"]):
            raise Unreadable("Q107", f"“{text}”把万、亿叠在一起写", "如 1亿元、1万亿元")
        base = _plain(match["word"])
        if base and base.name not in WORDS and not base.bare and match["times"] not in ("万", "亿"):
            return None
        return base and Unit(match["times"] + base.name, base.kind, MULTIPLIERS[match["times"]] * base.size)
    return Unit(text, text, Fraction(1)) if _UNKNOWN.fullmatch(text) else None


def _either(word: str, other: str) -> Unit:
    """A count of the one or the other: 条(段); 人(次) may as well mean 人次."""
    if word + other in WORDS:
        raise Unreadable("Q107", f"“{word}({other})”看不出按哪个单位计", "只写一个单位", (word, word + other))
    name = f"{word}({other})"
    return Unit(name, name, Fraction(1))


def is_either(unit: Unit, other: Unit) -> bool:
    """Whether the other is one of the two that a unit names: 条 of 条(段)."""
    two = _TWO.fullmatch(unit.kind)
    return two is not None and other.name in two.groups() and other.size == 1


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit | None:
    """Read a unit such as `人`, `万平方米`, `元/人*月` or `/株` (what is counted is not said); None when it cannot be one.

    Raises Unreadable for 万 or 亿 upon another (万万元), and for 人(次), which may be either.
    """
    above, slash, below = text.partition("/")
    top = _plain(above)
    if not slash or top is None:
        return top
    if top.bare and top.name:
        return None
    bottom = [_plain(word) for word in re.split(r"[*·×、./]", below.removeprefix("每"))]
    if any(unit is None or unit.bare for unit in bottom):
        return None
    parts = sorted((unit for unit in bottom if unit), key=lambda unit: (unit.kind in ("时长", "月数"), unit.name))
    size = top.size
    for part in parts:
        size /= part.size
    return Unit(
        f"{top.name}/{'·'.join(part.name.removeprefix('个') or part.name for part in parts)}",  # 元/月, not 元/个月
        f"{top.kind}/{'·'.join(sorted(part.kind for part in parts))}",
        size,
    )


def plain_part(unit: Unit) -> str:
    """The name of a unit without its 万 or 亿."""
    match = None if unit.name in WORDS else _SPLIT.fullmatch(unit.name)
    return match["word"] if match else unit.name
