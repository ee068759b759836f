"""Pieces of a target or an actual: the grammar of target.lark cuts a text into amounts, moments and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from evaluator.comparators import ANY_SIGN, AT_LEAST, AT_MOST, COMPARATORS, DOWNWARD, NEGATED, SIGNS, Sign
from evaluator.files.snapshot import take_text
from evaluator.quantities.deadlines import Moment, join, read_span
from evaluator.quantities.numerals import Unreadable, read_han, read_number, within, write_number
from evaluator.quantities.units import NO_UNIT, SPOKEN_PATTERN, UNIT_PATTERN, WORDS, Quantity, plain_part, read_unit

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

WEAK = {"达到", "控制在"}  # give way to any other sign: 控制在80%以上 is ≥
_SIGN_OF: dict[str, Sign] = {word: sign for sign in SIGNS for word in (sign, *COMPARATORS[sign].spoken)}
_NOT = re.compile("不得|不能|不应|不可|不许|不要|未|没有|不")  # 不超过 is ≤, 不得低于 is ≥
_SPOKEN = f"(?:{_NOT.pattern})?(?:{'|'.join(word for word, sign in _SIGN_OF.items() if sign in NEGATED and word != sign)})|{'|'.join(word for word, sign in _SIGN_OF.items() if sign not in NEGATED and word != sign)}"
SIGN_PATTERN = f"{ANY_SIGN}|{_SPOKEN}"
_NUMBER_NEXT = rf"\s*(?:[{''.join(SIGNS)}±]|正负|-?[0-9]|[百千万]分之|[约近〇零一二两三四五六七八九十]|不|至|{'|'.join(sorted(WEAK))})"
FORMS = "≥95%、59人、≤30万元、80%-90%、9月底前、已完成、有所提升"


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity with its sign, a range when `high` is there, and the words that say of what it is.

    `rough` is 约100人, and with `more` 100余人: above 100; `either_way` is ±3%: up to 3% above or below nothing.
    """

    low: Quantity
    high: Quantity | None = None
    sign: Sign | None = None
    rough: bool = False
    before: str = ""
    after: str = ""
    more: bool = False
    either_way: bool = False

    def __str__(self) -> str:
        shown = f"{self.sign or ''}{self.bound}" + (f"-{self.high}" if self.high else "")
        return " ".join(part for part in (self.before, shown, self.after) if part)

    @property
    def bound(self) -> str:
        """The number as it bounds: 3%, ±3%."""
        return f"{'±' if self.either_way else ''}{self.low}"

    @property
    def label(self) -> str:
        """The words around the number."""
        return self.before + self.after


Piece = Amount | Moment | str


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """The parser of target.lark, with the unit words of units.py and the signs of comparators.py; built when first needed."""
    from lark import Lark

    counted = f"(?:{UNIT_PATTERN})"
    han = r"[零一二两三四五六七八九十][〇零一二两三四五六七八九十百千万亿]{0,24}(?:点[〇零一二三四五六七八九]{1,12})?"
    words = f"\nUNIT.9: /{_slashed(counted)}/\nHAN.8: /{han}(?={_slashed(SPOKEN_PATTERN)})/\n"
    words += f"SIGN.9: /{ANY_SIGN}/\nSIGN_WORD.9: /(?:{_SPOKEN})(?={_NUMBER_NEXT})/\n"
    return Lark(take_text(Path(__file__).with_name("target.lark")) + words, parser="lalr", lexer="contextual")


def _slashed(pattern: str) -> str:
    return pattern.replace("/", r"\/")


def cut(text: str) -> tuple[Piece, ...]:
    """Cut a normalised text into amounts, moments and the words between them."""
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput:
        raise Unreadable("Q107", f"看不懂“{text[:40]}”的写法", FORMS) from None
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
            if isinstance(moment, Moment) and re.fullmatch("(?:19|20)[0-9]{2}年", moment.text):
                raise Unreadable("Q109", f"看不出“{moment.text}”是年份还是年数", "期限写作 2023年底前")
            if not isinstance(moment, Moment) or _signs(tree) != {AT_MOST} or len(_tokens(tree)) < 3 or moment.before:
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
    more = rough and not words & {"ABOUT", "ROUGH"} and bool(_MORE.search(_text(tree)))
    if "EITHER_WAY" in words:
        return _either_way(_text(tree), values, sign)
    if len(values) == 1:
        return Amount(values[0], None, sign, rough, more=more)
    low, high = values
    low = same_unit(low, high)
    if not _text(tree).startswith(tuple(WEAK)) and sign:
        raise Unreadable("Q104", f"“{_text(tree)}”既有比较符又有区间", "比较符和区间只写一个")
    if low.unit.kind != high.unit.kind:
        raise Unreadable("Q110", f"区间“{_text(tree)}”两端的单位不同", f"{write_number(low.number)}-{high}")
    return Amount(*in_order(low, high, _text(tree)), None, rough)


_MORE = re.compile("[余多几]")  # 来 and 半 are no lower bounds: 100来人 may be 98


def in_order(low: Quantity, high: Quantity, text: str) -> tuple[Quantity, Quantity]:
    """The two ends of a range; raises Unreadable where the lower is above the upper."""
    if low.to(high.unit) > high.number:
        raise Unreadable("Q110", f"区间“{text}”的下限大于上限", f"{high}-{low}")
    return low, high


def _either_way(text: str, values: list[Quantity], sign: Sign | None) -> Amount:
    """±3%以内 is a bound on both sides of nothing; 20±0.5毫米 a range about a number."""
    spread = values[-1]
    if spread.number < 0:
        raise Unreadable("Q104", f"“{text}”的“±”后面又是负数", "如 ±3%以内")
    if len(values) == 1:
        if sign is not None and sign not in DOWNWARD:
            raise Unreadable(
                "Q104", f"“{text}”的“{sign}”与“±”连在一起，看不出允许的范围", "如 ±3%以内", (f"{AT_MOST}±{spread}",)
            )
        return Amount(spread, None, sign, either_way=True)
    middle = same_unit(values[0], spread)
    if middle.unit.kind != spread.unit.kind:
        ends = (
            middle.number * (1 - spread.number * spread.unit.size),
            middle.number * (1 + spread.number * spread.unit.size),
        )
        asked = "-".join(str(Quantity(end, middle.unit)) for end in ends) if spread.unit.kind == "比率" else ""
        raise Unreadable("Q110", f"“{text}”两处的单位不同", "写作区间，如 19.5毫米-20.5毫米", (asked,) if asked else ())
    wide = spread.to(middle.unit)
    return Amount(Quantity(middle.number - wide, middle.unit), Quantity(middle.number + wide, middle.unit))


def _signs(tree: Tree[Token]) -> set[Sign]:
    """All the signs written around a number."""
    strong, weak = set[Sign](), set[Sign]()
    for token in _tokens(tree):
        match token.type:
            case "SIGN" | "SIGN_WORD":
                (weak if token in WEAK else strong).add(sign_of(token))
            case "AT_LEAST":
                strong.add(AT_LEAST)
            case "AT_MOST":
                strong.add(AT_MOST)
    return strong or weak


def sign_of(word: str) -> Sign:
    """The sign of a symbol or word: 低于 is <, 不低于 is ≥."""
    negated = _NOT.match(word)
    return NEGATED[_SIGN_OF[word[negated.end() :]]] if negated else _SIGN_OF[word]


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
    if written == "年" and 1900 <= number < 2100:
        raise Unreadable("Q109", f"看不出“{_text(tree)}”是年份还是年数", "期限写作 2023年底前")
    counted = read_unit(written)
    if counted is None:
        raise Unreadable("Q107", f"看不懂单位“{written}”", "如 人、%、万元、元/人·月")
    within(number * counted.size)
    return Quantity(number, counted)


def same_unit(low: Quantity, high: Quantity) -> Quantity:
    """The lower end in the unit of the upper where it has none of its own: 3-5万元, 3万-5万元."""
    if low.unit == NO_UNIT:
        return Quantity(low.number, high.unit)
    if low.unit.bare and not high.unit.bare:
        return Quantity(low.number, read_unit(low.unit.name + plain_part(high.unit)) or high.unit)
    return low
