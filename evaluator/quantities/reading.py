"""Reading a target or an actual: the pattern of its pieces tells which kind it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from evaluator.comparators import ANY_SIGN, DOWNWARD, MIRRORED, STRICT, UPWARD
from evaluator.quantities.deadlines import Moment
from evaluator.quantities.levels import Level
from evaluator.quantities.numerals import Unreadable, normalise, read_number, write_number
from evaluator.quantities.pieces import FORMS, Amount, Piece, cut, in_order, same_unit
from evaluator.quantities.units import NO_UNIT, UNIT_PATTERN, Quantity, read_unit

__all__ = ["Amount", "Bands", "Composite", "Content", "Deadline", "Kind", "Level", "Phrase", "YesNo", "read"]

Kind = Literal["数值", "区间", "期限", "是否", "定性", "复合", "分档"]

# words that answer yes or no; 已 and 未 before them are understood
YES_NO = "通过 完成 合格 达标 公开 落实 实现 建成 竣工 验收 验收合格 验收通过 到位 交付 投入使用 开展 发生 执行 是 有"
_YES = {word for stem in YES_NO.split() for word in (stem, f"已{stem}", f"已经{stem}")} - {"已是", "已经是"}
_NO = {f"{no}{stem}": stem for stem in YES_NO.split() for no in ("未", "没", "没有", "尚未", "未能", "不")}
_NO |= {"无": "有", "没有": "有", "否": "是", "不是": "是"}
_NO |= dict.fromkeys(("未超支", "没有超支", "无超支", "不超支", "未发生超支"), "超预算")
# not above an amount that stands elsewhere: ≤预算数, 未超预算, 控制在预算内; and above it
_SUM = "(?P<sum>(?:批复|批准|年初|全年|年度|项目|下达|核定|总)?(?:预算|概算|决算|合同价|招标控制价|限额|计划))(?:数额|金额|总额|资金|批复数|控制数|安排数|数|额)?"
_INSIDE = re.compile(
    f"(?:≤|(?:不|未|没有|不得|不能)(?:突破|高于|大于|超过|超出|超)|小于等于|小于或等于){_SUM}|"
    f"(?:控制在|保持在|在)?{_SUM.replace('<sum>', '<within>')}(?:范围)?(?:以内|之内|内)"
)
_BEYOND = re.compile(f"(?:超过|超出|突破|超){_SUM}")

GRADES = "优 良 中 差 优秀 良好 中等 一般 合格 不合格 较差"
PLACEHOLDERS = {"待定", "待补充", "待填", "同上", "见附件", "详见附件", "不适用", "暂无", "n/a", "null", "none", "nan"}
NO_STANDARD = {"公益性事业"}
_DONE = re.compile("完成|竣工|完工|验收|发放|支付|拨付|开工|到位|建成|交付|开展|执行|实施|上报|公开|召开|投入使用")
_LEAD = {"", "于", "在", "到", "至", "截至", "截止", "截止到", "确保", "力争", "应于", "已于", "须于"}
_LATIN = re.compile("[A-Za-z]{1,20}")
_LABEL = re.compile(r"(?!.*(?:每|第|(?<!提)前$))(?=.*[\u4e00-\u9fff])[A-Za-z\u4e00-\u9fff]{1,20}")
_NEGATED = re.compile("(?:不|未|没|没有|无|非|勿|否|难|得|能|欠|(?<![误偏温价色公级])差|不足|于|超|超过|逾|破)达?$")
_NOT_A_UNIT = re.compile(f"[上下内外余约多几半倍未不无没]|{_DONE.pattern}")
_HAN = "[〇零一二两三四五六七八九十百千万亿]"
_VAGUE = re.compile(f"^{_HAN}+$|{_HAN}成(?:以|左|$)|分之{_HAN}|{_HAN}[至到]{_HAN}|[一过]半")
_MORE_OF = re.compile(r"([0-9])([十百千]*[万亿]|[百千])([余多])(?=[\u4e00-\u9fff])")  # 10万余元 is 10余万元
_ALWAYS = re.compile(r"7(?:天)?[*×xX·](?:24|二十四)(?:个?小时|h|H)?[\u4e00-\u9fff]{0,10}")
_PROPORTION = re.compile(rf"(?P<sign>{ANY_SIGN}?)(?P<one>[0-9]+(?:\.[0-9]+)?):(?P<other>[0-9]+(?:\.[0-9]+)?)")
_NO_SIGN, _BOUND = f"[^{ANY_SIGN[1:]}", f"[{''.join((*UPWARD, *DOWNWARD))}]"
_BETWEEN = re.compile(
    rf"(?P<one>{_NO_SIGN}*[0-9]{_NO_SIGN}*)(?P<first>{_BOUND})(?P<name>[A-Za-z]|[\u4e00-\u9fff]{{1,20}})(?P<second>{_BOUND})(?P<other>.+)"
)
_AND = {"", "且", "并且", "并", "同时", "而且", "又", "和", ",", ";", "、", ",且", ",并", ",并且", ",同时"}
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_MARKED = re.compile(f"(?P<number>[0-9]+(?:\\.[0-9]+)?)?(?P<mark>[{_RAISED}]+|[\u2460-\u2473])")
_LIST_MARK = re.compile(r"[\u2460-\u249b\u3220-\u3229\u3251-\u325f\u32b1-\u32bf]")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment something is due, and what."""

    moment: Moment
    task: str = ""

    def __str__(self) -> str:
        return f"{self.moment} {self.task}".strip()


@dataclass(frozen=True, slots=True)
class YesNo:
    """A word that answers yes or no: 已完成 is (完成, yes), 无 is (有, no)."""

    stem: str
    yes: bool

    def __str__(self) -> str:
        return self.stem if self.yes else {"有": "无", "是": "否"}.get(self.stem, f"未{self.stem}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words without a measure (有所提升)."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Composite:
    """A sentence with quantities or moments in it, as pieces in order."""

    text: str = field(compare=False)
    pieces: tuple[Piece, ...]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Bands:
    """Grades with the value each stands for (优100% 良90%)."""

    bands: tuple[tuple[str, Quantity], ...]

    def __str__(self) -> str:
        return " ".join(f"{grade}{value}" for grade, value in self.bands)


Content = Amount | Deadline | YesNo | Level | Phrase | Composite | Bands


@lru_cache(maxsize=65536)
def read(text: str) -> Content:
    """Read a text as the one content it certainly has; raises Unreadable otherwise."""
    plain = written = normalise(text).rstrip("。;,") or normalise(text)
    if not re.sub(r"[-/\\_.·* ]", "", plain) or plain.lower() in PLACEHOLDERS:
        raise Unreadable("Q101", f"“{text.strip()[:40]}”是空白或占位符", FORMS)
    if answer := _yes_no(plain):
        return answer
    if any(unicodedata.category(char)[0] == "N" for char in _LIST_MARK.sub("", plain) if char not in "0123456789〇"):
        asked = _unraised(plain)
        says = "中的上标看不出是乘方还是注释号" if asked else "中有不能识别的数字写法"
        raise Unreadable("Q103", f"“{plain[:40]}”{says}", "阿拉伯数字，如 0.5", asked)
    if marked := re.search(r"[0-9][\u2460-\u2473]", plain):
        says = f"“{plain[:40]}”中看不出“{marked[0][1]}”是注释号还是序号"
        raise Unreadable("Q103", says, "去掉注释号，或在各项之间写明单位和标点", _unraised(plain))
    if _ALWAYS.fullmatch(plain):
        return Phrase(plain)
    if proportion := _PROPORTION.fullmatch(plain):
        _ask_which_way(plain, proportion)
    if between := _BETWEEN.fullmatch(plain):
        name = "" if between["name"].isascii() else between["name"]
        plain = f"{name}{MIRRORED[between['first']]}{between['one']}且{between['second']}{between['other']}"
    pieces = cut(_MORE_OF.sub(r"\1\3\2", plain))
    amount = _one_amount(pieces) if re.search("[0-9]", plain) or len(pieces) == 1 else None
    if amount and amount.rough and not amount.more:
        raise Unreadable("Q106", f"“{plain}”不是确数，无法判定是否达到", "确数或区间，如 ≥95 或 90-100")
    return amount or _deadline(pieces) or _bands(pieces) or _sentence(written, pieces)


def _unraised(plain: str) -> tuple[str, ...]:
    """What a text with a raised figure can mean: a power, or a number with a note mark that is no part of it."""

    def power(found: re.Match[str]) -> str:
        exponent = int(unicodedata.normalize("NFKC", found["mark"]))
        return write_number(read_number(found["number"]) ** exponent)

    if not re.search("[0-9]", plain):
        return ()
    without = _MARKED.sub(lambda found: found["number"] or "", plain)
    found = _MARKED.search(plain)
    if found is None or plain[: found.start()].endswith("-") or _MARKED.search(without):
        return ()
    if found["mark"][0] not in _RAISED or not found["number"] or len(found["mark"]) > 1:
        return (without,)
    try:
        return tuple(dict.fromkeys((plain[: found.start()] + power(found) + plain[found.end() :], without)))
    except Unreadable:
        return (without,)


def _ask_which_way(plain: str, found: re.Match[str]) -> None:
    """Ask about 1:1.2: of a proportion it is not said which of its two numbers should be large."""
    one, other = read_number(found["one"]), read_number(found["other"])
    asked: tuple[str, ...] = ()
    if one and other:
        back = MIRRORED.get(found["sign"], found["sign"])
        value, signs = other / one, (found["sign"], back)
        if len(write_number(value)) > 12 or "/" in write_number(value):
            value, signs = one / other, (back, found["sign"])
        asked = (
            tuple(f"{sign}{write_number(value)}倍" for sign in dict.fromkeys(signs))
            if "/" not in write_number(value)
            else ()
        )
    says = f"“{plain}”是比例，没有写明是前项与后项之比还是后项与前项之比"
    raise Unreadable("Q112", says, "写成一个数，并在指标名称中写明谁比谁，如 ≥1.2倍", asked)


def _one_amount(pieces: tuple[Piece, ...]) -> Amount | None:
    """The one amount of a text and the words around it."""
    match pieces:
        case (Amount() as amount,):
            return amount
        case (Amount() as amount, str(after)):
            return _of_unknown_unit(amount, after) or _labelled(amount, "", after)
        case (str(before), Amount() as amount):
            return _labelled(amount, before, "")
        case (Moment(text="全年" | "年内") as year, Amount() as amount):
            return _labelled(amount, year.text, "")
        case (Amount(sign=str()) as one, Amount(sign=str()) as other):
            return _both(one, other, "")
        case (Amount(sign=str()) as one, str(between), Amount(sign=str()) as other) if between.strip() in _AND:
            return _both(one, other, "")
        case (str(before), Amount(sign=str()) as one, str(between), Amount(sign=str()) as other) if (
            between.strip() in _AND
        ):
            return _both(one, other, before)
        case (str(before), Amount(sign=str()) as amount, str(after)):
            counted = _of_unknown_unit(amount, after)
            return _labelled(counted, before, "") if counted else _labelled(amount, before, after)
    return None


def _both(one: Amount, other: Amount, before: str) -> Amount | None:
    """The range of two bounds on one thing: ≥85%且≤100%; None where they are no such two."""
    low, high = (one, other) if one.sign in UPWARD else (other, one)
    if (
        low.sign not in UPWARD
        or high.sign not in DOWNWARD
        or any(a.rough or a.high or a.either_way for a in (one, other))
    ):
        return None
    lower = same_unit(low.low, high.low)
    upper = same_unit(high.low, lower)
    if lower.unit.kind != upper.unit.kind:
        return None
    ends = in_order(lower, upper, f"{one}且{other}")
    if low.sign in STRICT or high.sign in STRICT:
        raise Unreadable(
            "Q110", f"“{one}且{other}”不含一端，区间只按两端都含在内判定", "写明两端都含的区间", (f"{lower}-{upper}",)
        )
    return _labelled(Amount(*ends), before, "")


def _of_unknown_unit(amount: Amount, word: str) -> Amount | None:
    """The amount counted in a word that is not in the tables (3乘次): a unit of its own kind."""
    written = amount.low.unit
    if not (written.bare or word.startswith("/")) or _NOT_A_UNIT.search(word) or amount.high:
        return None
    unit = read_unit(written.name + word)
    return replace(amount, low=Quantity(amount.low.number, unit)) if unit else None


def _labelled(amount: Amount, before: str, after: str) -> Amount | None:
    """The amount with words that say of what it is (100%覆盖); None when the words might change what it says."""
    if before and _NEGATED.search(before):
        raise Unreadable("Q104", f"“{before}”与“{amount}”连在一起，看不出要达到多少", "直接写比较符，如 ≥95%")
    before = before.removesuffix("达")
    named = not before or _LABEL.fullmatch(before) or (amount.sign and _LATIN.fullmatch(before))
    if before and not amount.sign and amount.low.unit == NO_UNIT:
        return None  # 附件1
    if after.startswith("前") and amount.low.unit.kind == "时长":
        return None  # 15日前完成 is a day of a month that is not named
    if not named or (after and (amount.low.unit.bare or not _LABEL.fullmatch(after))):
        return None
    return replace(amount, before=before, after=after)


def _deadline(pieces: tuple[Piece, ...]) -> Deadline | None:
    """The one moment of a text and what is due."""
    match pieces if isinstance(pieces[0], str) else ("", *pieces):
        case (str(lead), Moment() as moment) if lead in _LEAD:
            return Deadline(moment)
        case (str(lead), Moment() as moment, str(task)) if (
            lead in _LEAD and _DONE.search(task) and _LABEL.fullmatch(task)
        ):
            return Deadline(moment, task)
    return None


def _yes_no(text: str) -> YesNo | None:
    if text in _YES:
        return YesNo(re.sub("^已经?", "", text), True)
    if text in _NO:
        return YesNo(_NO[text], False)
    inside, beyond = _INSIDE.fullmatch(text), _BEYOND.fullmatch(text)
    if inside:
        return YesNo(f"超{inside['sum'] or inside['within']}", False)
    return YesNo(f"超{beyond['sum']}", True) if beyond else None


def _bands(pieces: tuple[Piece, ...]) -> Bands | None:
    found: list[tuple[str, Quantity]] = []
    for grade, value in zip(pieces[::2], pieces[1::2], strict=False):
        if not isinstance(grade, str) or not isinstance(value, Amount) or value.sign or value.high or value.rough:
            return None
        found.append((grade.strip(",;、:。 "), value.low))
    complete = len(found) > 1 and len(pieces) % 2 == 0 and all(grade in GRADES.split() for grade, _ in found)
    return Bands(tuple(found)) if complete else None


def _sentence(text: str, pieces: tuple[Piece, ...]) -> Phrase | Composite:
    """Words alone are a phrase; words with digits are a composite; anything else is refused."""
    words = "".join(str(piece) for piece in pieces if not isinstance(piece, Amount))
    if re.fullmatch(UNIT_PATTERN, text):
        raise Unreadable("Q102", f"“{text}”只有单位，没有数", f"≥1{text}")
    if not re.search(r"[\u4e00-\u9fff]", words):
        raise Unreadable("Q107", f"看不懂“{text[:40]}”的写法", FORMS)
    if not re.search("[0-9]", text):
        if _VAGUE.search(text):
            raise Unreadable("Q106", f"“{text[:40]}”不是可以直接判定的数", "阿拉伯数字和单位，如 80%、5次")
        return Phrase(text)
    if any(isinstance(a, Amount) and isinstance(b, Amount) for a, b in pairwise(pieces)):
        raise Unreadable("Q107", f"“{text[:40]}”中两个数连在一起", "用逗号隔开，如 1部宣传片,2套方案")
    return Composite(text, pieces)
