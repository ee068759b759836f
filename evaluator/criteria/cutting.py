"""Pieces of a scoring sentence: the grammar of criterion.lark, with the words of words.yaml, cuts a text into them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.criteria.faulty import Refusal
from evaluator.criteria.tree import Edge, Expression, Name, Number, Operation
from evaluator.criteria.valuing import valued
from evaluator.documents.vocabulary import lists
from evaluator.files.snapshot import take_text
from evaluator.quantities.numerals import Unreadable, normalise, read_han, read_number
from evaluator.quantities.pieces import sign_of
from evaluator.quantities.units import NO_UNIT, SPOKEN_PATTERN, UNIT_PATTERN, Quantity, Unit, read_unit

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

WORDS = Path(__file__).with_name("words.yaml")
LONGEST = 2_000  # characters of a sentence

_N = r"[0-9]+(?:\.[0-9]+)?"
COUNTERS = "笔|桩|环节|点位|网格"  # what is counted so here, and is no unit of a target
_HAN = "[一二两三四五六七八九十]{1,3}"
_SCORE = rf"(?:(?:(?<![0-9%分])-)?{_N}|{_HAN})(?:标准)?分(?![钟之值数制别管段档解类散工布]|(?:扣|加|减)[0-9]|及?其?以[上下内]|\((?:不?含)|[-~至到][0-9])"
_SCORES = rf"{_N}分?(?:[、和及,]{_N}分?)+(?<=分)(?!及?其?以[上下内]|\((?:不?含)|[-~至到][0-9])"
_RANGE = rf"{_N}分?[-~至到]{_N}分(?![0-9]|以|得|计|的|,?扣(?![完满])|\((?:不?含)|[-~])"
_SHARES = rf"{_N}%?(?:\((?:不?含|不?包含)[^()]{{0,4}}\))?[-~至到]{_N}%(?:\((?:不?含|不?包含)[^()]{{0,4}}\))?"
_TAG = re.compile(r"</?[a-zA-Z]+[^<>]*>|\\n")
_SIGNS = "[≥>≤<=]|(?:大于|小于|高于|低于)或?等于|(?:不得|不能|不应|未|没有|不)?(?:高于|大于|超过|多于|低于|少于|小于|不足|超出|突破)|等于|至少|最少|至多"
_MARKS = r"[①-⑳]|\([0-9]{1,2}\)|[0-9]{1,2}\)|(?<![^。;,:()\s分])[0-9]{1,2}[.、](?![0-9])|(?<![^。;,\s])[一二三四五六七八九]是|(?<![A-Za-z0-9\u4e00-\u9fff])[A-E][.、](?=[\u4e00-\u9fff])|(?<=[;。])[2-9](?=[\u4e00-\u9fff]{4})(?!月|日|年|个|名|人|次|项|分|倍|万|亿|千|百|十|起|件|例|处|家|天|周)"
_OUTLINE = rf"(?<![^。;\s])[1-9][0-9]?(?:\.[1-9][0-9]?)+(?=[\u4e00-\u9fff])(?!分|倍|百|千|万|亿|个|{UNIT_PATTERN})"


_LEFT_SIDE = r"[^,;。:=()\[\]{}0-9≥≤<>]{0,24}=(?=[\[({]*(?:[\u4e00-\u9fff“]|[0-9.]+(?:%|分)?[×*÷/+-]))"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit as it stands in a sentence; `closed` where it says 含 or 不含."""

    number: Fraction
    unit: str
    closed: bool | None = None

    @property
    def quantity(self) -> Quantity:
        """The number in its unit; a rank (第3名) keeps its own word."""
        if self.unit == "名":
            return Quantity(self.number, Unit("名", "人", Fraction(1)))
        return Quantity(self.number, read_unit(self.unit) or NO_UNIT)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends of a range, and the sign word before its number (低于, 超过) where there is one."""

    low: Edge | None
    high: Edge | None
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence: what kind it is, its text, where it begins (characters of the normalised text), its value."""

    kind: str
    text: str
    at: int
    value: Any = None


def normal(text: str) -> tuple[str, tuple[int, ...]]:
    """A sentence in one form (signs, widths, no blanks but between two numbers), and where each character came from."""
    if len(text) > LONGEST:
        raise Refusal("Q408", f"评分标准超过{LONGEST}字", 0, "分成几行，每行一个指标的评分标准")
    text = _TAG.sub(lambda tag: " " * len(tag[0]), text)
    kept: list[tuple[str, int]] = []
    at, blank = 0, False
    while at < len(text):
        pair = "" if text[at : at + 2].strip() != text[at : at + 2] else _one_form(text[at : at + 2])
        form, size = (pair, 2) if len(pair) == 1 and at + 1 < len(text) else (_one_form(text[at]), 1)
        if not form:
            blank = blank or text[at].isspace()
        else:
            if blank and kept and re.match("[0-9%]", kept[-1][0]) and re.match("[0-9]", form):
                kept.append((" ", at))
            kept += [(char, at) for char in form]
            blank = False
        at += size
    return "".join(char for char, _ in kept), tuple(place for _, place in kept)


@lru_cache(maxsize=4096)
def _one_form(char: str) -> str:
    known = vocabulary()["traditional"]
    return "".join(known.get(each, each) for each in normalise(char))


def cut(text: str) -> tuple[Piece, ...]:
    """The pieces of a normalised sentence; raises Refusal with the place where it cannot be cut."""
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        at = getattr(error, "pos_in_stream", None)
        at = len(text) if at is None or at < 0 else at
        raise Refusal("Q402", f"读到“{text[max(0, at - 6) : at + 8]}”处读不下去", at) from None
    pieces: list[Piece] = []
    for child in tree.children:
        piece = _token(child) if isinstance(child, str) else _tree(child)
        if piece.kind == "words" and pieces and pieces[-1].kind == "words":
            piece = Piece("words", pieces.pop().text + piece.text, piece.at)
            piece = Piece("words", piece.text, piece.at - len(piece.text) + 1)
        pieces.append(piece)
    return tuple(pieces)


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """The words of words.yaml."""
    return lists(WORDS)


@lru_cache(maxsize=64)
def pattern(name: str) -> str:
    """A list of words.yaml as a regular expression, longest first, with N and OWN filled in."""
    return any_of(vocabulary()[name])


def any_of(words: Iterable[Any]) -> str:
    """A regular expression for any of these words."""
    own = "|".join(map(str, vocabulary()["own"]))
    longest = sorted(map(str, words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.sub(r"(?<![A-Z])N(?![A-Z])", f"(?:{_N})", w).replace("OWN", own) for w in longest) + ")"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    before = rf"(?={_RANGE}|{_SCORES}|{_SCORE})"
    numbers = rf"(?:-?[0-9]+(?:[.,][0-9]+)*|{_HAN}(?={UNIT_PATTERN}))"
    terms = any_of(word for words in vocabulary()["term_words"].values() for word in words)
    said = any_of(says for term in vocabulary()["terms"].values() for says in term["readings"].values())
    unit = f"(?:个?比点|(?:人|户|月|件)次|{UNIT_PATTERN}|{COUNTERS})"
    terminals = {
        "TERM.40": f"(?:{said}|{terms})(?!{_N}分)",
        "RESULT.38": rf"(?!完成值=){_LEFT_SIDE}",
        "TYPO.39": r"\(疑有错字:[^()]+\)",
        "VETO.36": pattern("veto"),
        "NA.35": pattern("na"),
        "MOST_CHANGED_FULL.34": pattern("most_changed_full"),
        "MOST_CHANGED.34": pattern("most_changed"),
        "LOST_SO_MANY.33": pattern("lost_so_many") + "(?=,|追加|加)",
        "MOST_LOST.33": pattern("most_lost"),
        "MOST_GAINED.33": pattern("most_gained"),
        "MOST.32": pattern("most"),
        "CAP.34": pattern("cap"),
        "FLOOR.32": pattern("floor"),
        "OUTSIDE_LOSE.31": pattern("outside_lose") + before,
        "NOTHING.30": pattern("nothing"),
        "FULL.29": pattern("full"),
        "SHARE.29": rf"(?:得|计|按)(?:分值|满分|总分|权重|本项分值|该项分值|标准分)?的?{_N}%(?:的?(?:权重分|标准分|分值|分数|权重|满分))?(?:计算|计分|得分|计|给分|赋分)?(?![0-9以及\(的~至到-])",
        "SHARE_RANGES.31": rf"(?:[得按在计](?:照)?(?:该指标|该项|本项)?(?:对应)?(?:分值|权重)?(?:区间)?的?)(?:{_SHARES})(?:[、和及](?:{_SHARES}))*的?(?:区间)?(?:合理|酌情)?(?:确定)?(?:分值|得分|给分|计分|之间)?",
        "LOST_SHARE.31": rf"(?:扣除?|扣减|减)(?:该项|本项|该指标|本指标|指标)*(?:(?:分值|满分|总分|权重|分数)的?{_N}%(?![0-9以])|{_N}%(?:的?(?:分值|分数|权重)|(?=$|[,;。)])))",
        "PROPORTION_TAKEN.30": pattern("proportion_taken"),
        "PROPORTION.29": pattern("proportion"),
        "WITHIN_POINTS.28": pattern("within_points"),
        "JUDGED.28": pattern("judged") + f"(?!{_N})",
        "JUDGED_LOST.27": pattern("judged_lost") + f"(?!{_N})",
        "JUDGING.26": pattern("judging") + rf"(?=.{{0,3}}{_RANGE})",
        "LOSE.25": pattern("lose") + before,
        "GAIN.25": pattern("gain") + before,
        "GET.24": pattern("get") + before,
        "SCORE_RANGE.23": _RANGE,
        "SCORES.22": _SCORES,
        "SCORE.21": _SCORE,
        "SLASHED.20": rf"/{unit}",
        "VAGUE.19": pattern("vague"),
        "LEFT.18": rf"-?{_N}(?:{unit})?[≤<](?=[^,;。0-9≥≤<>]{{1,30}}[≤<]-?[0-9])",
        "INSIDE.17": pattern("inside"),
        "OUTSIDE_IT.17": pattern("outside_it"),
        "SIGN.16": rf"(?:{_SIGNS})(?=(?:{_SIGNS})*{numbers})",
        "UP.15": pattern("up"),
        "DOWN.15": pattern("down"),
        "RANGE.14": "[-~至到](?=[0-9])",
        "MARK.13": f"{_OUTLINE}|{_MARKS}",
        "OTHERWISE.12": pattern("otherwise") + "(?=$|[,;:的不得扣计记(在按酌])",
        "IN_TURN.12": "分别|依次",
        "EACH.11": "每",
        "SERIES.12": pattern("series"),
        "NUMBER.10": r"-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?",
        "HAN.10": f"{_HAN}(?={SPOKEN_PATTERN}|类(?![一-鿿]|似)|类[,扣])",
        "UNIT.9": unit,
        "CAPPED.9": r"\(超过100%的?[按以]100%计算?\)",
        "QUANTITY.8": r"[\u4e00-\u9fffA-Za-z“”]+(?:\((?!超过100%)[\u4e00-\u9fff、A-Za-z]+\)[\u4e00-\u9fff]*|\[[\u4e00-\u9fff]+\][\u4e00-\u9fff]*)*|\[[\u4e00-\u9fff]+\][\u4e00-\u9fff]+",
        "PLUS.26": "[+]",
        "MINUS.26": "-",
        "TIMES.26": "[×*]",
        "DIVIDED.26": "[÷/]",
        "EQUALS.17": "=",
        "EXPR_NUMBER.11": rf"{_N}(?:%|分)?",
        "STOP.3": r"并且|[,;。:!?\s|且]|\.(?![0-9])",
        "CHAR.-9": r"[\s\S]",
    }
    written = "\n".join(f"{name}: /{regex.replace('/', chr(92) + '/')}/" for name, regex in terminals.items())
    grammar = take_text(Path(__file__).with_name("criterion.lark"))
    return Lark(f"{grammar}\n{written}\n", parser="lalr", lexer="contextual", propagate_positions=True)


_KINDS = {
    "CHAR": "words",
    "STOP": "stop",
    "FULL": "full",
    "NOTHING": "nothing",
    "PROPORTION": "proportion",
    "PROPORTION_TAKEN": "taken",
    "MOST_CHANGED_FULL": "most_changed",
}


def _token(token: Any) -> Piece:
    text, at = str(token), token.start_pos
    value: Any = None
    match token.type:
        case "SHARE_RANGES":
            value = tuple(
                tuple(sorted(read_number(n) / 100 for n in re.findall(_N, re.sub(r"\([^()]*\)", "", share))))
                for share in re.findall(_SHARES, text)
            )
        case "LOST_SHARE":
            value = _first(text) / 100
        case "SHARE":
            value = _first(text) / 100
        case "LOST_SO_MANY":
            value = _first(text)
        case "TERM":
            value = _term(text)
        case "TYPO":
            value = text[text.index(":") + 1 : -1]
    return Piece(_KINDS.get(token.type, token.type.lower()), text, at, value)


@lru_cache(maxsize=256)
def _term(text: str) -> tuple[str, str]:
    """What a term settles, and how."""
    for key, term in vocabulary()["terms"].items():
        for reading, says in term["readings"].items():
            if text == says:
                return key, str(reading)
    for name, words in vocabulary()["term_words"].items():
        if re.fullmatch(any_of(words), text):
            key, _, reading = name.partition(".")
            return key, reading
    raise AssertionError(text)


def _first(text: str) -> Fraction:
    number = re.search(_N, text)
    assert number, text
    return read_number(number[0])


def score(text: str) -> Fraction:
    """Points as written: 0.5分, 两分."""
    word = text.removesuffix("分").removesuffix("标准")
    return read_han(word) if re.fullmatch(_HAN, word) else read_number(word)


def _tree(tree: Tree[Token]) -> Piece:
    tokens = list(tree.scan_values(lambda value: isinstance(value, str)))
    text, at = "".join(tokens), tokens[0].start_pos or 0
    by = {token.type: str(token) for token in tokens}
    try:
        match str(tree.data):
            case "got" | "lost" | "gained" | "outside" as kind:
                scores = tuple(
                    score(points) for points in re.split("[、和及,]", by.get("SCORES") or by["SCORE"]) if points
                )
                return Piece(kind, text, at, (scores, by.get("SLASHED", "")[1:], by.get("GET", "")))
            case "judged" | "judged_lost" as kind:
                if "SCORE_RANGE" in by:
                    low, high = (read_number(end.removesuffix("分")) for end in re.split("[-~至到]", by["SCORE_RANGE"]))
                    return Piece(kind, text, at, (low, high))
                return Piece(kind, text, at, (Fraction(0), _first(text) if "WITHIN_POINTS" in by else None))
            case "most":
                token = tokens[0]
                return Piece(token.type.lower(), text, at, _first(text))
            case "formula":
                return Piece("formula", text, at, (by["RESULT"].removesuffix("="), _checked(tree, at)))
            case "amount":
                return Piece("amount", text, at, _value(tree.children[0]))
            case _:
                return Piece("band", text, at, _band(tree, text))
    except Unreadable as error:
        raise Refusal("Q402", error.reason, at, error.allowed) from None


def _value(tree: Any) -> Figure:
    by = {token.type: str(token) for token in tree.children}
    number = read_han(by["HAN"]) if "HAN" in by else read_number(by["NUMBER"])
    return Figure(number, by.get("UNIT", ""), True if "INSIDE" in by else False if "OUTSIDE_IT" in by else None)


def _band(tree: Any, text: str) -> Bounds:
    values = [_value(part) for part in tree.children if not isinstance(part, str) and part.data == "value"]
    side = {
        t.type for part in tree.children if not isinstance(part, str) and part.data == "side" for t in part.children
    }
    said = True if "INSIDE" in side else False if "OUTSIDE_IT" in side else None
    if said is None and any(
        t[0] in "及或"
        for part in tree.children
        if not isinstance(part, str) and part.data == "side"
        for t in part.children
    ):
        said = True  # 70%及以上
    match str(tree.data):
        case "band":  # 40%≤, the left of two ends
            left = re.fullmatch(rf"(-?{_N})(.*)([≤<])", text)
            assert left
            return Bounds(Edge(Figure(read_number(left[1]), left[2]).quantity, left[3] == "≤"), None, "≤")
        case "range":
            low, high = values
            unit = high.unit or low.unit
            ends = [Figure(value.number, value.unit or unit, value.closed) for value in values]
            closed = high.closed if said is None else said
            first, last = Edge(ends[0].quantity, low.closed), Edge(ends[1].quantity, closed)
            down = first.number.unit == last.number.unit and first.number.number > last.number.number  # 100%-90%(含)
            return Bounds(last, first) if down else Bounds(first, last)
        case "signed":
            words = [str(token) for token in tree.children if isinstance(token, str)]
            return _signed(values[0], words, side, said)
    end = Edge(values[0].quantity, values[0].closed if said is None else said)
    return Bounds(end, None) if "UP" in side else Bounds(None, end)


def _signed(value: Figure, words: list[str], side: set[str], said: bool | None) -> Bounds:
    said = value.closed if said is None else said
    word = "".join(words)
    sign = {">=": "≥", "<=": "≤"}.get(word) or _SIGN_OF.get(word) or sign_of(words[-1])
    if "UP" in side and sign in (">", "≥"):  # 超过30%以上: which of the two the number belongs to is not said
        return Bounds(Edge(value.quantity, said if sign == ">" else True), None, word)
    if "UP" in side or ("DOWN" in side and sign in ("≥",)):
        raise Unreadable("Q402", f"“{word}”与“以上”“以下”连用，看不出范围", "只写一个")
    if "DOWN" in side and sign == ">":  # 超过10%以下: over the target by up to so much
        return Bounds(None, Edge(value.quantity, said), word)
    closed = sign in ("≥", "≤") if said is None else said
    end = Edge(value.quantity, closed)
    if sign == "=":
        return Bounds(Edge(value.quantity, True), Edge(value.quantity, True), word)
    return Bounds(end, None, word) if sign in ("≥", ">") else Bounds(None, end, word)


_SIGN_OF = {"不足": "<", "超出": ">", "突破": ">", "不超出": "≤", "未突破": "≤", "不突破": "≤", "高于或等于": "≥", "高于等于": "≥", "低于或等于": "≤", "低于等于": "≤"}  # fmt: skip


def _checked(tree: Any, at: int) -> Expression:
    """The formula; a worked line (得分=完成率120%×0.5=0.6) must give what it says."""
    value = _expression(tree.children[1])
    worked = {_name(part): _number(str(part.children[1])) for part in tree.find_data("worked")}
    names = {_name(part) for part in tree.find_data("name")}
    if len(tree.children) > 2 and not names:
        said = _number(str(tree.children[-1]))
        if valued(value, {}, worked) != said:
            raise Refusal("Q406", "算式与所写的结果不符", at, "核对算式")
    return value


def _name(tree: Any) -> str:
    return re.sub(r"[\[\]“”]|的比[值例]$", "", str(tree.children[0]))


def _number(text: str) -> Fraction:
    value = read_number(text.rstrip("%分"))
    return value / 100 if text.endswith("%") else value


def _expression(tree: Any) -> Expression:
    if str(tree.data) in ("name", "worked", "capped"):
        name = Name(_name(tree))
        return Operation("至多", name, Number(Fraction(1))) if tree.data == "capped" else name
    if str(tree.data) == "number":
        return Number(_number(str(tree.children[0])))
    inner = [part for part in tree.children if not isinstance(part, str)]
    if len(inner) == 1:
        return _expression(inner[0])
    signs: dict[str, Any] = {"add": "+", "subtract": "-", "multiply": "×", "divide": "÷"}
    return Operation(signs[str(tree.data)], _expression(inner[0]), _expression(inner[1]))
