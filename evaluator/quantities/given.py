"""What an actual (实际完成值) states under a target that is a number: 19/20, 100余人, 3个(甲、乙、丙), 96.5万元(节约3.5万元)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from evaluator.comparators import COMPARATORS, EQUAL
from evaluator.quantities.numerals import Unreadable, normalise, read_number, write_number
from evaluator.quantities.pieces import Amount, cut
from evaluator.quantities.reading import Deadline, YesNo, read
from evaluator.quantities.units import CONVERTIBLE, WORDS, Quantity, read_unit

# words before a number in an actual that do not change it
_LEAD = re.compile(r"^(?:已|共|共计|实际|累计|全年|年内)?(?:完成|达到|达|为)? ?(?=[0-9±])")
_EVERY = re.compile(r"每个?(?P<per>年|半年|季度|季|月|周|天|日)(?P<what>[0-9].*)")
_FRACTION = re.compile(
    r"(?P<part>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<of>[\u4e00-\u9fff]{0,2})[/÷](?P<whole>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<unit>[\u4e00-\u9fff]{0,2})"
)
_REMARK = re.compile(
    r"([^()]*[^()0-9.,:][^()]*|[0-9.,]+)\(([^()]+)\)"  # 3个(甲、乙、丙)
    r"|([^():]*[0-9][^():]*):([^():0-9]+)"  # 3个:甲、乙、丙
    r"|([0-9][0-9,.]*[^(),:0-9]*),((?:其中|含|包括|节约|节省|结余|剩余)[^()]*)"  # 3次,其中线上1次
)
# a remark with one of these may say that the number is not the one achieved
_DOUBTED = re.compile(
    "(?<!节)约|[未不没无非拟应需待尚另外近超欠差误错改原仅]|预计|预期|计划|目标|指标|任务|左右|暂|估|调整|更正|更新|修正|其他|还有|上年|去年|往年|同期|累计|除|至少|以上|以下"
)
_PARTS = re.compile("^(?:其中|含|包括|包含)")
_SAVED = re.compile("^(?:节约|节省|结余|剩余)")
_FALLING = re.compile("[降减少]")


@dataclass(frozen=True, slots=True)
class StatedNumber:
    """The one number an actual states, how it is shown, and `below`: the number it stays under where it is a lower bound."""

    quantity: Quantity
    shown: str = ""
    below: Fraction | None = None
    notes: tuple[str, ...] = ()


def stated(wanted: Amount, actual: str) -> StatedNumber:
    """The one number an actual states; words that may change its meaning (下降5%) must stand in the target too.

    Raises Unreadable for anything else, with the possible readings as `choices`.
    """
    plain = _LEAD.sub("", normalise(actual)).rstrip("。;,")
    if every := _EVERY.fullmatch(plain):
        plain = f"{every['what']}/{every['per']}"
    if (remarked := _REMARK.fullmatch(plain)) and not isinstance(_readable(plain), Amount):
        number, remark = (found for found in remarked.groups() if found is not None)
        if told := _remarked(wanted, number.strip(), remark, actual):
            return told
    if fraction := _FRACTION.fullmatch(plain):
        return _share(wanted, fraction, actual)
    return _plainly(wanted, plain, actual)


def _readable(plain: str) -> object:
    try:
        return read(plain)
    except Unreadable:
        return None


def _plainly(wanted: Amount, plain: str, actual: str) -> StatedNumber:
    match read(plain):
        case Amount(rough=True, more=True, sign=None) as given if not given.label:
            says = f"“{actual}”不是确数，按不少于{given.low}判定"
            return StatedNumber(given.low, plain, given.low.number + _last_place(given.low.number), (says,))
        case Amount(high=None, sign=None | "=", rough=False) as given if given.either_way <= wanted.either_way:
            if given.label and given.label != wanted.label:
                says = f"实际完成值“{actual}”带有指标值所没有的说明“{given.label}”"
                raise Unreadable("Q206", says, "只填数", (str(given.low),))
            if given.low.number < 0 <= wanted.low.number and _FALLING.search(wanted.label):
                raise Unreadable("Q206", f"指标值说“{wanted.label}”，实际完成值“{actual}”又是负数", f"如 {wanted.low}")
            return StatedNumber(given.low)
        case YesNo("有", False) if wanted.low.number == 0 and wanted.high is None and wanted.low.unit.kind != "比率":
            return StatedNumber(Quantity(Fraction(0), wanted.low.unit), notes=("实际完成值“无”按0读",))
        case Deadline(moment=moment, task="") if moment.through and wanted.low.unit.kind == "月数" and moment.months:
            return StatedNumber(
                Quantity(Fraction(moment.months), WORDS["个月"]), notes=(f"“{actual}”共{moment.months}个月",)
            )
        case Amount() as given:
            raise Unreadable("Q209", f"实际完成值“{actual}”不是一个确数", f"一个数，如 {wanted.low}")
        case _:
            raise Unreadable("Q206", f"指标值是数，实际完成值“{actual}”不是数", f"一个数，如 {wanted.low}")


def _last_place(number: Fraction) -> Fraction:
    """One in the last place of a number that is not zero: 120多 stays below 130, 100余 below 200."""
    digits = write_number(abs(number))
    if "." in digits:
        return Fraction(1, 10 ** len(digits.partition(".")[2]))
    return Fraction(10 ** (len(digits) - len(digits.rstrip("0")))) if number else Fraction(1)


def _share(wanted: Amount, found: re.Match[str], actual: str) -> StatedNumber:
    """19/20 beside a rate is the exact ratio; beside anything else it is no number."""
    if wanted.low.unit.kind != "比率" or (found["of"] and found["of"] != found["unit"]):
        raise Unreadable("Q206", f"指标值是数，实际完成值“{actual}”不是数", f"一个数，如 {wanted.low}")
    part, whole = read_number(found["part"]), read_number(found["whole"])
    if not whole:
        raise Unreadable("Q206", f"实际完成值“{actual}”的分母是0", f"一个数，如 {wanted.low}")
    ratio = Quantity(part / whole / wanted.low.unit.size, wanted.low.unit)
    told = f"按两数之比判定，即 {ratio}" if "/" not in write_number(ratio.number) else "按两数之比判定"
    return StatedNumber(ratio, found[0], notes=(f"“{actual}”{told}",))


def _remarked(wanted: Amount, number: str, remark: str, actual: str) -> StatedNumber | None:
    """A number with a remark that leaves it as it is; asked where the remark may change it, None where there is no number."""
    try:
        fraction = _FRACTION.fullmatch(number)
        given = _share(wanted, fraction, number) if fraction else _plainly(wanted, number, number)
        inside = _numbers(remark)
    except Unreadable:
        return None
    ratio = _FRACTION.fullmatch(remark) or fraction
    if ratio and wanted.low.unit.kind == "比率":
        other = _FRACTION.fullmatch(remark)
        beside = _share(wanted, other, remark) if other else _plainly(wanted, remark, remark)
        exact, rounded = (beside, given) if other else (given, beside)
        places = len(write_number(rounded.quantity.number).partition(".")[2])
        if (
            rounded.quantity.unit == exact.quantity.unit
            and abs(exact.quantity.number - rounded.quantity.number) * 2 * 10**places <= 1
        ):
            return StatedNumber(exact.quantity, normalise(actual), notes=(*exact.notes,))
        raise Unreadable("Q206", f"“{actual}”内外两个数不同", "只填一个", (number, remark))
    names = [name for name in re.split("[、,;和及]", remark) if name]
    listed = len(names) if len(names) > 1 and not inside and given.quantity.unit.size == 1 else None
    counted = given.quantity.unit.kind not in CONVERTIBLE or given.quantity.unit.kind == "人"
    partly = remark.endswith("等")
    fits = (
        listed is None or not counted or listed == given.quantity.number or (partly and listed < given.quantity.number)
    )
    parts = [one for one in inside if one.unit.kind == given.quantity.unit.kind]
    within = all(one.to(given.quantity.unit) <= given.quantity.number for one in parts)
    plainly = not inside or _SAVED.match(remark) or (_PARTS.match(remark) and within)
    if fits and plainly and not _DOUBTED.search(remark):
        note = f"“{actual}”按{given.quantity}读，其余是说明"
        return StatedNumber(given.quantity, given.shown or str(given.quantity), given.below, (*given.notes, note))
    asked = dict.fromkeys(
        (str(given.quantity), *([f"{listed}{given.quantity.unit}"] if listed and not fits else []), *map(str, parts))
    )
    raise Unreadable("Q206", f"“{actual}”中的说明可能改变所填的数", "只填数", tuple(asked))


def _numbers(remark: str) -> list[Quantity]:
    return [end for piece in cut(remark) if isinstance(piece, Amount) for end in (piece.low, piece.high) if end]


def yearly(found: Quantity, wanted: Amount, comparator: str) -> tuple[Quantity, tuple[str, ...]] | None:
    """A total of the year beside a target of so much a year, a quarter or a month; None where it is no such pair.

    12次 beside ≥12次/年 is 12次/年. Beside ≥1次/月 it is met on any reading; what is not met by the whole year's total
    may have been meant for one month, and is asked.
    """
    aim = wanted.low.unit
    above, slash, _ = aim.name.partition("/")
    if not slash or found.unit.bare or aim.kind != f"{found.unit.kind}/月数":
        return None
    unit = read_unit(f"{found.unit.name}/年")
    assert unit is not None
    whole = Quantity(found.number, unit)
    note = f"“{found}”按全年合计读作 {whole}"
    if aim.size * WORDS["年"].size == (read_unit(above) or unit).size:
        return whole, (note,)
    value, low = whole.to(aim), wanted.low.number
    high = None if wanted.high is None else wanted.high.to(aim)
    may_pass = COMPARATORS.get(comparator, COMPARATORS[EQUAL])
    if found.unit.kind not in CONVERTIBLE and may_pass.direction != "down" and may_pass.met(value, low, high):
        return Quantity(value, aim), (note,)
    same = f"{write_number(found.number)}{aim}"
    raise Unreadable(
        "Q204", f"指标值按“{aim}”计，看不出“{found}”是多长时间的", "写明时间，如 12次/年、1次/月", (str(whole), same)
    )
