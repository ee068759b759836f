"""Targets and actuals: `≥59人` becomes a sign, an exact number and a unit, and back; an actual beside its target.

Numbers are exact fractions. What cannot be read for certain is refused or asked about (Unreadable); nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evaluator.quantities.moments import in_time
from evaluator.quantities.numerals import Unreadable, normalise, read_number, write_number
from evaluator.quantities.pieces import Piece, Sign
from evaluator.quantities.reading import (
    NO_STANDARD,
    Amount,
    Bands,
    Composite,
    Content,
    Deadline,
    Kind,
    Phrase,
    YesNo,
    read,
)
from evaluator.quantities.units import CONVERTIBLE, NO_UNIT, WORDS, Quantity, Unit, plain_part, read_unit

__all__ = [
    "Kind", "NeedsState", "Pair", "Quantity", "Sign", "Target", "Unit", "Unreadable", "read_money", "read_target",
    "set_beside",
]  # fmt: skip

# words before a number in an actual that do not change it; words of a task that say it is done; words of doing
_LEAD = re.compile(r"^(?:已|共|共计|实际|累计|全年|年内)?(?:完成|达到|达|为)? ?(?=[0-9])")
_DONE = {"", "完成", "已完成", "全部完成"}
_DOING = re.compile("完成|开展|举办|组织|新建|建设|建成|制作|编制|培训|采购|发放|印发|召开")
_BELOW_ZERO = {"", "比率", "百分点", "金额", "倍", "°C"}  # kinds that can be negative
_FALLING = re.compile("[降减少]")
_STATES = "达成 / 部分达成并具有一定效果 / 未达成且效果较差"


class NeedsState(Unreadable):
    """No number decides this target: the assessor states how far it was reached, with a share."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason, f"由评价人填写完成状态（{_STATES}）和比例")


@dataclass(frozen=True, slots=True)
class Target:
    """A target (指标值) as read: its text, kind, sign, content, and what is doubtful about it."""

    text: str
    kind: Kind
    sign: Sign | None
    content: Content
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.content)


@dataclass(frozen=True, slots=True)
class Pair:
    """An actual beside its target in one unit; for 期限 and 是否 the target is 1 and the actual 1 (met) or 0."""

    comparator: str
    actual: Fraction
    target: Fraction
    high: Fraction | None
    unit: str
    actual_shown: str
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def read_target(text: str, sign: Sign | None = None) -> Target:
    """Read a target; `sign` is the one given by the rule file. Raises Unreadable when the reading is not certain."""
    content = read(text)
    match content:
        case Amount(high=None):
            if sign and content.sign and sign != content.sign:
                raise Unreadable("Q108", f"给定的比较符“{sign}”与指标值“{text}”中的“{content.sign}”不一致", "删去其一")
            own = content.sign or sign
            signed = Amount(content.low, None, own, content.rough, content.before, content.after)
            return Target(text, "数值", own, signed, _doubts(signed))
        case _ if sign:
            raise Unreadable("Q108", f"指标值“{text}”不是单个数值，不能另给比较符“{sign}”", "删去比较符")
        case Amount():
            return Target(text, "区间", None, content, _label_note(content))
        case Deadline():
            return Target(text, "期限", None, content)
        case YesNo():
            return Target(text, "是否", None, content)
        case Bands():
            return Target(text, "分档", None, content, _equal_bands(content))
        case Composite():
            return Target(text, "复合", None, content)
        case Phrase():
            notes = ("指标值没有说明要达到什么标准",) if content.text in NO_STANDARD else ()
            return Target(text, "定性", None, content, notes)


def _doubts(amount: Amount) -> tuple[str, ...]:
    notes = _label_note(amount)
    if amount.sign is None:
        notes += ("指标值没有比较符",)
        if amount.low.unit.kind == "比率" and amount.low.to(WORDS["%"]) > 100:
            notes += ("比率超过100%，疑为识别错误",)
    if amount.low.unit == NO_UNIT:
        notes += ("指标值没有单位",)
    return notes


def _label_note(amount: Amount) -> tuple[str, ...]:
    return (f"指标值带有说明“{amount.label}”，只按其中的数判定",) if amount.label else ()


def _equal_bands(bands: Bands) -> tuple[str, ...]:
    seen: dict[Quantity, str] = {}
    return tuple(
        f"“{seen[value]}”与“{grade}”两档同为{value}"
        for grade, value in bands.bands
        if seen.setdefault(value, grade) != grade
    )


def read_money(text: str) -> int:
    """Read an amount of money as whole 分; a number alone is 万元.

    Raises Unreadable for what is negative, finer than 分, above 10^15 元 or no amount of money.
    """
    allowed = "如 10.75（万元）、10.75万元、107500元"
    plain = normalise(text).replace(" ", "")
    match = re.fullmatch(r"([0-9][0-9,.]*)(.*)", plain)
    unit = read_unit(match[2] or "万元") if match else None
    if match is None or unit is None or (unit.kind != "金额" and unit.name not in ("万", "亿")):
        raise Unreadable("Q111", f"“{text.strip()[:40]}”不是金额", allowed)
    yuan = read_number(match[1]) * unit.size
    if yuan > 10**15:
        raise Unreadable("Q111", f"金额“{plain[:40]}”超过10的15次方元", allowed)
    if (yuan * 100).denominator != 1:
        raise Unreadable("Q111", f"金额“{plain[:40]}”细于1分", allowed)
    return int(yuan * 100)


# ---- an actual beside its target ---------------------------------------------------------------------------------


def set_beside(target: Target, actual: str, *, year: int | None = None) -> Pair:
    """Read the actual under the target and express both in one unit.

    `year` fills in the year where a date has none. Raises NeedsState where the assessor must decide, and Unreadable
    (with the possible readings as `choices`) where the text is not certain.
    """
    if not actual.strip():
        raise Unreadable("Q208", "没有填实际完成值", "按指标值的单位填写，如 96%")
    match target.content:
        case Amount() as wanted:
            return _numbers(target, wanted, actual)
        case Deadline() as due:
            return _dates(target, due, actual, year)
        case YesNo() as wanted_answer:
            return _answers(target, wanted_answer, actual)
        case Composite() as sentence:
            return _sentences(target, sentence, actual)
        case _:
            same = normalise(actual) == normalise(target.text)
            why = (
                f"实际完成值与指标值同为“{target.text}”，达成与否及比例由评价人认定"
                if same
                else f"“{target.text}”是{target.kind}指标"
            )
            raise NeedsState("Q301", why)


def _numbers(target: Target, wanted: Amount, actual: str) -> Pair:
    given, notes = _given(wanted, actual)
    found, low, more = _one_unit(given, wanted.low)
    value = found.to(low.unit)
    if value < 0 <= low.number and found.unit.kind.split("/")[0] not in _BELOW_ZERO:
        raise Unreadable("Q206", f"实际完成值“{found}”是负数", f"不小于0的数，如 {low}")
    if wanted.high is not None:
        other, high, _ = _one_unit(given, wanted.high)
        if other.to(found.unit) != found.number:
            raise Unreadable(
                "Q204", f"区间两端单位不同，实际完成值“{given}”没有写单位", "写明单位", (str(found), str(other))
            )
        return Pair("区间", value, low.number, high.to(low.unit), low.unit.name, str(found), notes + more)
    if target.sign is None and value != low.number:
        asked = tuple(f"{sign}{wanted.low}" for sign in ("≥", "≤", "="))
        raise Unreadable(
            "Q205", f"指标值“{target.text}”没有比较符，无法判定实际完成值“{found}”", "在规则文件中给出 sign", asked
        )
    return Pair(target.sign or "=", value, low.number, None, low.unit.name, str(found), notes + more)


def _given(wanted: Amount, actual: str) -> tuple[Quantity, tuple[str, ...]]:
    """The one number an actual states; words that may change its meaning (下降5%) must stand in the target too."""
    match read(_LEAD.sub("", normalise(actual))):
        case Amount(high=None, sign=None | "=") as given:
            if given.label and given.label != wanted.label:
                says = f"实际完成值“{actual}”带有指标值所没有的说明“{given.label}”"
                raise Unreadable("Q206", says, "只填数", (str(given.low),))
            if given.low.number < 0 <= wanted.low.number and _FALLING.search(wanted.label):
                raise Unreadable("Q206", f"指标值说“{wanted.label}”，实际完成值“{actual}”又是负数", f"如 {wanted.low}")
            return given.low, ()
        case YesNo("有", False) if wanted.low.number == 0 and wanted.high is None and wanted.low.unit.kind != "比率":
            return Quantity(Fraction(0), wanted.low.unit), ("实际完成值“无”按0读",)
        case Amount() as given:
            raise Unreadable("Q209", f"实际完成值“{actual}”不是一个确数", f"一个数，如 {wanted.low}")
        case _:
            raise Unreadable("Q206", f"指标值是数，实际完成值“{actual}”不是数", f"一个数，如 {wanted.low}")


def _one_unit(found: Quantity, aim: Quantity) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """Both quantities in units of one kind, where they are or certainly mean to be."""
    match found.unit.kind, aim.unit.kind:
        case mine, other if mine == other:
            if found.unit.bare and found.unit != aim.unit:
                _ask_if_far(found, found, aim)
            return found, aim, ()
        case "", "比率":
            return _rate(found, aim), aim, ()
        case "比率", "":
            raise Unreadable(
                "Q203", f"指标值“{aim}”没有单位，实际完成值是“{found}”", "", (f"{aim}{found.unit}", str(aim))
            )
        case "", _:
            lent = _lend(found, aim.unit)
            _ask_if_far(found, lent, aim)
            return lent, aim, (f"“{found}”未写单位，按指标单位“{aim.unit}”读作“{lent}”",)
        case _, "":
            lent = _lend(aim, found.unit)
            _ask_if_far(aim, lent, found)
            return found, lent, (f"指标值“{aim}”未写单位，按实际完成值的单位读作“{lent}”",)
        case ("人", "人次") | ("人次", "人"):
            says = f"指标值的单位是“{aim.unit}”，实际完成值的单位是“{found.unit}”，两者不能换算"
            raise Unreadable("Q202", says, "", (f"{write_number(found.number)}{aim.unit}", str(found)))
    found.to(aim.unit)  # raises, naming both units
    raise AssertionError


def _lend(bare: Quantity, unit: Unit) -> Quantity:
    """A quantity without a unit, in the unit of its neighbour; 200万 beside 元 or 万元 is 200万元."""
    if not bare.unit.name:
        return Quantity(bare.number, unit)
    return Quantity(bare.number, read_unit(bare.unit.name + plain_part(unit)) or unit)


def _rate(found: Quantity, aim: Quantity) -> Quantity:
    """A bare number beside a rate is a question: 0.95 may be 95% or 0.95%. Zero is zero either way."""
    number = found.number * found.unit.size
    if number == 0:
        return Quantity(number, aim.unit)
    asked = (str(Quantity(number, aim.unit)), str(Quantity(number / aim.unit.size, aim.unit)))
    raise Unreadable("Q203", f"指标值是比率，实际完成值“{found}”没有写“{aim.unit}”", "", asked)


def _ask_if_far(bare: Quantity, lent: Quantity, other: Quantity) -> None:
    """Ask about a lent unit that comes in sizes (元, 万元) when it puts the two a thousandfold apart."""
    mine, theirs, unit = abs(lent.number * lent.unit.size), abs(other.number * other.unit.size), lent.unit
    base = plain_part(unit)
    sized = len(CONVERTIBLE.get(unit.kind.split("/")[0], ())) > 1 or {unit.name, other.unit.name} != {base}
    if sized and mine and theirs and not Fraction(1, 1000) < mine / theirs < 1000:
        number = write_number(bare.number)
        asked = tuple(dict.fromkeys((f"{number}{base}", f"{number}万{base}", str(lent))))
        raise Unreadable("Q204", f"“{bare}”没有写单位，按“{lent}”读与“{other}”相差千倍以上", "写明单位", asked)


def _dates(target: Target, due: Deadline, actual: str, year: int | None) -> Pair:
    match read(actual):
        case Deadline() as done if done.task == due.task or (done.task in _DONE and due.task[:2] in ("", "完成")):
            pass
        case _:
            raise NeedsState("Q302", f"指标值“{target.text}”是期限，实际完成值“{actual}”不是可以对照的日期")
    wanted, found = due.moment.within(year or 0), done.moment.within(year or 0)
    if (wanted.year == 0) != (found.year == 0):
        raise Unreadable("Q207", f"“{target.text}”与“{actual}”只有一个写了年份", "两处都写年份")
    kept = {True} if wanted == found else in_time(wanted, found)
    if kept not in ({True}, {False}):
        asked = tuple(f"{_day(limit)}及以前" for limit in wanted.limits()) if len(wanted.limits()) > 1 else ()
        allowed = f"起止时间，如 {wanted}" if wanted.through else "完成的日期，如 6月30日"
        raise Unreadable("Q207", f"不能判定“{actual}”是否符合“{target.text}”", allowed, asked)
    early = found.last < wanted.first and not wanted.before
    notes = (f"“{actual}”早于“{target.text}”，按提前完成读",) if early else ()
    return Pair("期限", Fraction(True in kept), Fraction(1), None, "", actual.strip(), notes)


def _day(day: tuple[int, int, int]) -> str:
    return (f"{day[0]}年" if day[0] > 0 else "") + f"{day[1]}月{day[2]}日"


def _answers(target: Target, wanted: YesNo, actual: str) -> Pair:
    match read(actual):
        case YesNo(stem=wanted.stem) as given:
            return Pair("是否", Fraction(given.yes == wanted.yes), Fraction(1), None, "", actual.strip())
        case Amount(low=low, high=None, sign=None) if wanted == YesNo("有", False) and low.unit.kind != "比率":
            note = f"指标值“{target.text}”按0读"
            return Pair("是否", Fraction(low.number == 0), Fraction(1), None, "", actual.strip(), (note,))
        case _:
            raise NeedsState("Q303", f"指标值“{target.text}”与实际完成值“{actual}”用词不同")


def _sentences(target: Target, wanted: Composite, actual: str) -> Pair:
    given = read(actual)
    if isinstance(given, Composite) and len(given.pieces) == len(wanted.pieces):
        doing = bool(_DOING.search(wanted.text))
        if all(_reaches(mine, aim, doing) for mine, aim in zip(given.pieces, wanted.pieces, strict=True)):
            return Pair("是否", Fraction(1), Fraction(1), None, "", actual.strip())
    raise NeedsState("Q304", f"指标值“{target.text}”含多项内容，不能由“{actual}”逐项判定")


def _reaches(given: Piece, wanted: Piece, doing: bool) -> bool:
    """Whether one piece of an actual reaches its piece of the target; more than a number without a sign is good only
    where things are counted in a sentence of doing (完成1部宣传片), not for money, time or 投诉3次."""
    if not isinstance(given, Amount) or not isinstance(wanted, Amount):
        return given == wanted
    if given.rough or given.high or wanted.rough or wanted.high or given.low.unit.kind != wanted.low.unit.kind:
        return False
    value, aim = given.low.to(wanted.low.unit), wanted.low.number
    if given.sign not in (None, "="):
        return False
    match wanted.sign:
        case None:
            return value == aim or (doing and value > aim > 0 and wanted.low.unit.kind not in CONVERTIBLE)
        case "≥":
            return value >= aim
        case ">":
            return value > aim
        case "≤":
            return value <= aim
        case "<":
            return value < aim
        case "=":
            return value == aim
