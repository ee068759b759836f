"""Targets and actuals: `≥59人` becomes a sign, an exact number and a unit, and back; an actual beside its target.

Numbers are exact fractions. What cannot be read for certain is refused or asked about (Unreadable); nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from evaluator.comparators import ASKED, AT_LEAST, COMPARATORS, DOWNWARD, EQUAL, STRICT, UPWARD, Sign
from evaluator.quantities.deadlines import in_time
from evaluator.quantities.given import stated, yearly
from evaluator.quantities.lending import in_one_unit
from evaluator.quantities.levels import Level, declared, read_level, scale_of, word_of
from evaluator.quantities.numerals import Unreadable, normalise, read_number
from evaluator.quantities.pieces import Piece
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
from evaluator.quantities.units import (
    CONVERTIBLE,
    NO_UNIT,
    WORDS,
    Quantity,
    Unit,
    read_unit,
)

__all__ = [
    "Kind", "NeedsState", "Pair", "Quantity", "Sign", "Target", "Unit", "Unreadable", "rate_of", "read_money", "read_target",
    "set_beside",
]  # fmt: skip

# words of a task that say it is done; words of doing
_DONE = {"", "完成", "已完成", "全部完成"}
_DOING = re.compile("完成|开展|举办|组织|新建|建设|建成|制作|编制|培训|采购|发放|印发|召开")
_EVERY = re.compile("每个?(?P<per>年|半年|季度|季|月)(?:至少|最少)?(?:开展|组织|举办|召开|完成)?")
_WHOLE_YEAR = ((1, 1), (12, 31))
_STATES = "达成 / 部分达成并具有一定效果 / 未达成且效果较差"


class NeedsState(Unreadable):
    """No number decides this target: the assessor states how far it was reached, with a share."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason, f"由评价人填写达成程度（{_STATES}）和档内比例")


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
    """An actual beside its target in one unit; for 期限 and 是否 the target is 1 and the actual 1 (met) or 0.

    `below` is given where the actual is only a lower bound (100余人): the number it stays under.
    """

    comparator: str
    actual: Fraction
    target: Fraction
    high: Fraction | None
    unit: str
    actual_shown: str
    notes: tuple[str, ...] = ()
    below: Fraction | None = None


@lru_cache(maxsize=65536)
def read_target(text: str, sign: Sign | None = None, scale: tuple[str, ...] | None = None) -> Target:
    """Read a target; `sign` and `scale` (grades, the highest first) are those given by the rule file.

    Raises Unreadable when the reading is not certain, or when nothing that can be reported meets it (<0起).
    """
    content = read_level(normalise(text), sign, scale_of(scale) if scale else None) or read(text)
    own = getattr(content, "sign", None) or sign
    if sign and sign != own:
        raise Unreadable("Q108", f"给定的比较符“{sign}”与指标值“{text}”中的“{own}”不一致", "删去其一")
    match content:
        case Amount(rough=True):
            raise Unreadable("Q106", f"“{text}”不是确数，无法判定是否达到", "确数或区间，如 ≥95 或 90-100")
        case Amount(high=None):
            signed = replace(content, sign=own)
            _refuse_beyond_reach(text, signed)
            return Target(text, "数值", own, signed, _doubts(signed))
        case Level():
            return Target(text, "是否", None, content)
        case _ if sign:
            raise Unreadable("Q108", f"指标值“{text}”不是单个数值，不能另给比较符“{sign}”", "删去比较符")
        case Amount():
            _refuse_beyond_reach(text, content)
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


def _refuse_beyond_reach(text: str, wanted: Amount) -> None:
    """Raise Unreadable for a target that no admissible actual meets: counts are never below 0, nor a size."""
    if wanted.either_way and wanted.sign not in (None, *DOWNWARD):
        raise Unreadable("Q104", f"“{text}”的“±”只能与“≤”“<”或“以内”同用", "如 ±3%以内")
    top = wanted.low.number if wanted.high is None else wanted.high.number
    never = top <= 0 if wanted.sign in DOWNWARD and wanted.sign in STRICT else top < 0 and wanted.sign not in UPWARD
    if never and (wanted.either_way or not wanted.low.unit.can_be_negative):
        says = f"指标值“{text}”要求小于0，以“{wanted.low.unit}”计的数不会小于0，没有完成值能够达到"
        raise Unreadable("Q113", says, "如 =0、≤1；或更正比较符")


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


def rate_of(text: str) -> str:
    """A target that is a rate as it is read, without its label (≥90% for 90%以上), so that two can be compared; '' for any other."""
    try:
        content = read_target(text).content
    except Unreadable:
        return ""
    rate = isinstance(content, Amount) and content.low.unit.kind == "比率"
    return str(replace(content, before="", after="")) if rate and isinstance(content, Amount) else ""


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
        case Level() as level:
            return _levels(target, level, actual)
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
    given = stated(wanted, actual)
    in_year = yearly(given.quantity, wanted, target.sign or target.kind)
    found, told = in_year or (given.quantity, ())
    found, low, more = in_one_unit(found, wanted.low)
    value = found.to(low.unit)
    if value < 0 <= low.number and not wanted.either_way and not found.unit.can_be_negative:
        raise Unreadable("Q206", f"实际完成值“{found}”是负数", f"不小于0的数，如 {low}")
    if wanted.high is not None:
        other, _, _ = in_one_unit(given.quantity if in_year is None else found, wanted.high)
        if other.to(found.unit) != found.number:
            raise Unreadable(
                "Q204",
                f"区间两端单位不同，实际完成值“{given.quantity}”没有写单位",
                "写明单位",
                (str(found), str(other)),
            )
    elif target.sign is None and (value != low.number or wanted.either_way):
        asked = tuple(f"{sign}{wanted.bound}" for sign in ASKED if not wanted.either_way or sign in DOWNWARD)
        raise Unreadable(
            "Q205", f"指标值“{target.text}”没有比较符，无法判定实际完成值“{found}”", "在规则文件中给出 sign", asked
        )
    below = (
        None
        if given.below is None
        else found.to(low.unit) / given.quantity.number * given.below
        if given.quantity.number
        else None
    )
    if given.below is not None and not (target.sign in UPWARD and COMPARATORS[target.sign].met(value, low.number)):
        raise Unreadable("Q106", f"“{actual}”不是确数，无法判定是否达到“{target.text}”", "确数", ())
    pair = beside(target, wanted, low, found)
    return replace(pair, actual_shown=given.shown or str(found), notes=given.notes + told + more, below=below)


def beside(target: Target, wanted: Amount, low: Quantity, found: Quantity) -> Pair:
    """A quantity beside a target that is a number or a range, in the unit of `low`, the target's lower end as read.

    Under ±3% what counts is how far the quantity is from nothing, on either side.
    """
    value = found.to(low.unit)
    high = None if wanted.high is None else wanted.high.to(low.unit)
    word = "区间" if high is not None else target.sign or EQUAL
    return Pair(word, abs(value) if wanted.either_way else value, low.number, high, low.unit.name, str(found))


def _dates(target: Target, due: Deadline, actual: str, year: int | None) -> Pair:
    match read(actual):
        case Amount(high=None, sign=None | "=", rough=False, label="") as lasted if _all_year(due, lasted):
            return Pair(
                "期限",
                Fraction(1),
                Fraction(1),
                None,
                "",
                actual.strip(),
                (f"“{actual.strip()}”即“{target.text}”的全部",),
            )
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


def _all_year(due: Deadline, lasted: Amount) -> bool:
    """Whether 12个月 is all of 1-12月; fewer months, or those of a part of the year, might be any."""
    moment = due.moment
    year = moment.through and (moment.first[1:], moment.last[1:]) == _WHOLE_YEAR and moment.first[0] == moment.last[0]
    return year and lasted.low.unit.kind == "月数" and lasted.low.to(WORDS["个月"]) == 12


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
            if wanted.yes:  # 合格 is reached by what is above it on a scale
                return _levels(target, Level(wanted.stem, AT_LEAST, declared()), actual)
            raise NeedsState("Q303", f"指标值“{target.text}”与实际完成值“{actual}”用词不同")


def _levels(target: Target, wanted: Level, actual: str) -> Pair:
    word = word_of(normalise(actual), wanted.scales)
    met = wanted.met_by(word) if word else None
    if word is None or met is None:
        if word and wanted.sign is None and Level(wanted.word, EQUAL, wanted.scales).met_by(word) is False:
            asked = tuple(f"{sign}{wanted.word}" for sign in ASKED if sign not in DOWNWARD)
            raise Unreadable(
                "Q205", f"指标值“{target.text}”没有比较符，无法判定实际完成值“{actual}”", "在规则文件中给出 sign", asked
            )
        raise NeedsState("Q303", f"指标值“{target.text}”与实际完成值“{actual}”不在同一套等级中")
    return Pair("是否", Fraction(met), Fraction(1), None, "", actual.strip())


def _sentences(target: Target, wanted: Composite, actual: str) -> Pair:
    given = read(actual)
    if isinstance(given, Composite) and len(given.pieces) == len(wanted.pieces):
        doing = bool(_DOING.search(wanted.text))
        if all(_reaches(mine, aim, doing) for mine, aim in zip(given.pieces, wanted.pieces, strict=True)):
            return Pair("是否", Fraction(1), Fraction(1), None, "", actual.strip())
    every = _in_a_year(wanted)
    total = given if isinstance(given, Amount) and not (given.label or given.rough) else None
    if every and total and _reaches(total, every, False):
        note = f"“{target.text}”全年合计{every.low}，“{actual.strip()}”按全年合计读"
        return Pair("是否", Fraction(1), Fraction(1), None, "", actual.strip(), (note,))
    raise NeedsState("Q304", f"指标值“{target.text}”含多项内容，不能由“{actual}”逐项判定")


def _in_a_year(wanted: Composite) -> Amount | None:
    """What 每季度1次 comes to in a year: 4次; None for any other sentence, and for what may not pass a number."""
    match wanted.pieces:
        case (str(every), Amount(high=None, rough=False, label="") as amount) if amount.sign in (None, AT_LEAST, EQUAL):
            found = _EVERY.fullmatch(every.strip())
            if found and amount.low.unit.kind not in CONVERTIBLE and not amount.low.unit.bare:
                times = WORDS["年"].size / WORDS[found["per"]].size
                sign = AT_LEAST if "至少" in every or "最少" in every else amount.sign
                return replace(amount, low=Quantity(amount.low.number * times, amount.low.unit), sign=sign)
    return None


def _reaches(given: Piece, wanted: Piece, doing: bool) -> bool:
    """Whether one piece of an actual reaches its piece of the target; more than a number without a sign is good only
    where things are counted in a sentence of doing (完成1部宣传片), not for money, time or 投诉3次."""
    if not isinstance(given, Amount) or not isinstance(wanted, Amount):
        return given == wanted
    if given.rough or given.high or wanted.rough or wanted.high or given.low.unit.kind != wanted.low.unit.kind:
        return False
    value, aim = given.low.to(wanted.low.unit), wanted.low.number
    if given.sign not in (None, EQUAL):
        return False
    if wanted.sign is None:
        return value == aim or (doing and value > aim > 0 and wanted.low.unit.kind not in CONVERTIBLE)
    return COMPARATORS[wanted.sign].met(value, aim)
