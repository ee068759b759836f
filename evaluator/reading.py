"""Reading a target or an actual: the grammar (target.lark) cuts it into pieces, and their pattern tells its kind."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evaluator.moments import Moment, join, read_span
from evaluator.numerals import Unreadable, normalise, read_han, read_number, within, write_number
from evaluator.units import NO_UNIT, SPOKEN_PATTERN, UNIT_PATTERN, WORDS, Quantity, plain_part, read_unit

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

Sign = Literal["≥", ">", "≤", "<", "="]
Kind = Literal["数值", "区间", "期限", "是否", "定性", "复合", "分档"]

SIGN_WORDS: dict[Sign, str] = {
    "≥": "至少 最少 大于等于 大于或等于 达到",
    ">": "高于 大于 超过 多于",
    "≤": "至多 最多 小于等于 小于或等于 控制在",
    "<": "低于 少于 小于 下于",
    "=": "等于",
}
OPPOSITE: dict[Sign, Sign] = {">": "≤", "<": "≥"}  # 不超过 is ≤, 不得低于 is ≥
WEAK = {"达到", "控制在"}  # give way to any other sign: 控制在80%以上 is ≥
_SIGN_OF: dict[str, Sign] = {word: sign for sign, words in SIGN_WORDS.items() for word in (sign, *words.split())}
_NOT = re.compile("不得|不能|不应|不可|不许|不要|未|没有|不")

# words that answer yes or no; 已 and 未 before them are understood
YES_NO = "通过 完成 合格 达标 公开 落实 实现 建成 竣工 验收 验收合格 验收通过 到位 交付 投入使用 是 有"
_YES = {word for stem in YES_NO.split() for word in (stem, f"已{stem}", f"已经{stem}")} - {"已是", "已经是"}
_NO = {f"{no}{stem}": stem for stem in YES_NO.split() for no in ("未", "没", "没有", "尚未", "未能", "不")}
_NO |= {"无": "有", "没有": "有", "否": "是", "不是": "是"}

GRADES = "优 良 中 差 优秀 良好 中等 一般 合格 不合格 较差"
NO_STANDARD = {"公益性事业"}
_DONE = re.compile("完成|竣工|完工|验收|发放|支付|拨付|开工|到位|建成|交付|开展|执行|实施|上报|公开|召开|投入使用")
_LEAD = {"", "于", "在", "到", "至", "截至", "截止", "截止到", "确保", "力争", "应于", "已于", "须于"}
_LATIN = re.compile("[A-Za-z]{1,20}")
_LABEL = re.compile(r"(?!.*(?:每|第|(?<!提)前$))(?=.*[\u4e00-\u9fff])[A-Za-z\u4e00-\u9fff]{1,20}")
_NEGATED = re.compile("(?:不|未|没|没有|无|非|勿|否|难|得|能|欠|差|不足|于|超|超过|逾|破)达?$")
_NOT_A_UNIT = re.compile(f"[上下内外余约多几半倍未不无没]|{_DONE.pattern}")
_LIST_MARK = re.compile(r"[\u2460-\u249b\u3220-\u3229\u3251-\u325f\u32b1-\u32bf]")
_FORMS = "≥95%、59人、≤30万元、80%-90%、9月底前、已完成、有所提升"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity with its sign, a range when `high` is there, and the words that say of what it is."""

    low: Quantity
    high: Quantity | None = None
    sign: Sign | None = None
    rough: bool = False
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        shown = f"{self.sign or ''}{self.low}" + (f"-{self.high}" if self.high else "")
        return " ".join(part for part in (self.before, shown, self.after) if part)

    @property
    def label(self) -> str:
        """The words around the number."""
        return self.before + self.after


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


Piece = Amount | Moment | str


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


Content = Amount | Deadline | YesNo | Phrase | Composite | Bands


# ---- pieces: what the grammar finds ------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """The parser of target.lark, with the unit words of units.py; built when first needed."""
    from lark import Lark

    counted = f"(?:{UNIT_PATTERN})"
    han = r"[零一二两三四五六七八九十][〇零一二两三四五六七八九十百千万亿]*(?:点[〇零一二三四五六七八九]+)?"
    words = f"\nUNIT.9: /{_slashed(counted)}/\nHAN.8: /{han}(?={_slashed(SPOKEN_PATTERN)})/\n"
    return Lark(Path(__file__).with_name("target.lark").read_text("utf-8") + words, parser="lalr", lexer="contextual")


def _slashed(pattern: str) -> str:
    return pattern.replace("/", r"\/")


def cut(text: str) -> tuple[Piece, ...]:
    """Cut a normalised text into amounts, moments and the words between them."""
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput:
        raise Unreadable("Q107", f"看不懂“{text[:40]}”的写法", _FORMS) from None
    joined: list[Piece] = []
    for child in tree.children:
        piece = child if isinstance(child, str) else _piece(child)
        if joined and isinstance(piece, str) and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(str(piece) if isinstance(piece, str) else piece)
    return tuple(joined)


def _piece(tree: Tree[Token]) -> Piece:
    parts = [part for part in tree.children if not isinstance(part, str)]
    match tree.data:
        case "amount":
            return _amount(tree)
        case "due":
            moment = _piece(parts[-1])
            if not isinstance(moment, Moment) or _signs(tree) != {"≤"} or len(_tokens(tree)) < 3 or moment.before:
                raise Unreadable("Q104", f"“{_text(tree)}”看不出是期限还是时长", "期限写作 12月底前，时长写作 12个月")
            return Moment(_text(tree), moment.first, moment.last)
        case "moment":
            spans = [
                read_span(_text(span), span.data, {word.type: str(word) for word in _tokens(span)}) for span in parts
            ]
            made = spans[0] if len(spans) == 1 else join(_text(tree), *spans)
            before = isinstance(tree.children[-1], str)  # the only word a moment has outside its spans
            return Moment(_text(tree), made.first, made.last, before, made.through)
        case _:
            raise Unreadable("Q104", f"比较符“{_text(tree)}”后面没有数", "如 ≥95%；期限写作 12月底前，时长写作 12个月")


def _tokens(tree: Tree[Token]) -> list[Token]:
    return list(tree.scan_values(lambda value: isinstance(value, str)))


def _text(tree: Tree[Token]) -> str:
    return "".join(_tokens(tree))


def _amount(tree: Tree[Token]) -> Amount:
    words = {token.type for token in _tokens(tree)}
    values = [_value(part) for part in tree.children if not isinstance(part, str) and part.data in _VALUES]
    signs = _signs(tree)
    if len(signs) > 1:
        raise Unreadable("Q104", f"“{_text(tree)}”有互相矛盾的比较符：{' '.join(sorted(signs))}", "只写一个比较符")
    sign = next(iter(signs), None)
    rough = bool(words & {"ABOUT", "ROUGH", "SOME", "SOME_MORE"})
    if len(values) == 1:
        return Amount(values[0], None, sign, rough)
    low, high = values
    low = _same_unit(low, high)
    if not _text(tree).startswith(tuple(WEAK)) and sign:
        raise Unreadable("Q104", f"“{_text(tree)}”既有比较符又有区间", "比较符和区间只写一个")
    if low.to(high.unit) > high.number:
        raise Unreadable("Q110", f"区间“{_text(tree)}”的下限大于上限", f"{high}-{low}")
    return Amount(low, high, None, rough)


def _signs(tree: Tree[Token]) -> set[Sign]:
    """All the signs written around a number."""
    strong, weak = set[Sign](), set[Sign]()
    for token in _tokens(tree):
        match token.type:
            case "SIGN" | "SIGN_WORD":
                (weak if token in WEAK else strong).add(_sign(token))
            case "AT_LEAST":
                strong.add("≥")
            case "AT_MOST":
                strong.add("≤")
    return strong or weak


def _sign(word: str) -> Sign:
    """The sign of a symbol or word: 低于 is <, 不低于 is ≥."""
    negated = _NOT.match(word)
    return OPPOSITE[_SIGN_OF[word[negated.end() :]]] if negated else _SIGN_OF[word]


_VALUES = ("digits", "han", "part_of")


def _value(tree: Tree[Token]) -> Quantity:
    words = {token.type: str(token) for token in _tokens(tree)}
    if "PART_OF" in words:
        unit = {"百": "%", "千": "‰", "万": "‱"}[words["PART_OF"][0]]
        han = words.get("HAN_PLAIN", "")
        number = Fraction(100) if han == "百" else read_han(han) if han else read_number(words["NUMBER"])
        return Quantity(number, WORDS[unit])
    number = read_han(words["HAN"]) if "HAN" in words else read_number(words["NUMBER"])
    written = words.get("UNIT", "")
    if written == "月":
        raise Unreadable("Q109", f"“{_text(tree)}”不是月份，也没有写明是几个月", f"{write_number(number)}个月")
    counted = read_unit(written)
    if counted is None:
        raise Unreadable("Q107", f"看不懂单位“{written}”", "如 人、%、万元、元/人·月")
    within(number * counted.size)
    return Quantity(number, counted)


def _same_unit(low: Quantity, high: Quantity) -> Quantity:
    """The lower end in the unit of the upper where it has none of its own: 3-5万元, 3万-5万元."""
    if low.unit == NO_UNIT:
        return Quantity(low.number, high.unit)
    if low.unit.bare and not high.unit.bare:
        return Quantity(low.number, read_unit(low.unit.name + plain_part(high.unit)) or high.unit)
    return low


# ---- kinds: what the pieces make ---------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def read(text: str) -> Content:
    """Read a text as the one content it certainly has; raises Unreadable otherwise."""
    plain = normalise(text)
    if not re.sub(r"[-/\\_.·* ]", "", plain):
        raise Unreadable("Q101", f"“{text.strip()[:40]}”是空白或占位符", _FORMS)
    if answer := _yes_no(plain):
        return answer
    if any(unicodedata.category(char)[0] == "N" for char in _LIST_MARK.sub("", plain) if char not in "0123456789〇"):
        raise Unreadable("Q103", f"“{plain[:40]}”中有不能识别的数字写法", "阿拉伯数字，如 0.5")
    pieces = cut(plain)
    amount = _one_amount(pieces) if re.search("[0-9]", plain) or len(pieces) == 1 else None
    if amount and amount.rough:
        raise Unreadable("Q106", f"“{plain}”不是确数，无法判定是否达到", "确数或区间，如 ≥95 或 90-100")
    return amount or _deadline(pieces) or _bands(pieces) or _sentence(plain, pieces)


def _one_amount(pieces: tuple[Piece, ...]) -> Amount | None:
    """The one amount of a text and the words around it."""
    match pieces:
        case (Amount() as amount,):
            return amount
        case (Amount() as amount, str(after)):
            return _of_unknown_unit(amount, after) or _labelled(amount, "", after)
        case (str(before), Amount() as amount):
            return _labelled(amount, before, "")
        case (str(before), Amount(sign=str()) as amount, str(after)):
            counted = _of_unknown_unit(amount, after)
            return _labelled(counted, before, "") if counted else _labelled(amount, before, after)
    return None


def _of_unknown_unit(amount: Amount, word: str) -> Amount | None:
    """The amount counted in a word that is not in the tables (3乘次): a unit of its own kind."""
    written = amount.low.unit
    if not (written.bare or word.startswith("/")) or _NOT_A_UNIT.search(word) or amount.high:
        return None
    unit = read_unit(written.name + word)
    return Amount(Quantity(amount.low.number, unit), None, amount.sign, amount.rough) if unit else None


def _labelled(amount: Amount, before: str, after: str) -> Amount | None:
    """The amount with words that say of what it is (100%覆盖); None when the words might change what it says."""
    if before and _NEGATED.search(before):
        raise Unreadable("Q104", f"“{before}{amount}”是否定的说法，看不出要达到多少", "直接写比较符，如 ≥95%")
    named = not before or _LABEL.fullmatch(before) or (amount.sign and _LATIN.fullmatch(before))
    if not named or (after and (amount.low.unit.bare or not _LABEL.fullmatch(after))):
        return None
    return Amount(amount.low, amount.high, amount.sign, amount.rough, before, after)


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
    return YesNo(_NO[text], False) if text in _NO else None


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
        raise Unreadable("Q107", f"看不懂“{text[:40]}”的写法", _FORMS)
    if not re.search("[0-9]", text):
        return Phrase(text)
    if any(isinstance(a, Amount) and isinstance(b, Amount) for a, b in pairwise(pieces)):
        raise Unreadable("Q107", f"“{text[:40]}”中两个数连在一起", "用逗号隔开，如 1部宣传片,2套方案")
    return Composite(text, pieces)
