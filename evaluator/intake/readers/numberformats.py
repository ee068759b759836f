"""What a spreadsheet shows of a number: its number format applied exactly, never rounded, or why that cannot be told.

The language of formats: ECMA-376 part 1, 18.8.30 and 18.8.31 (numFmt). A format that scales (`,`), multiplies (`%`), pads
(`000000`) or adds words (`0"人"`) changes what is read; one that only rounds does not: the stored digits are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

DIGITS = 15  # what a spreadsheet keeps of a number and shows
LONGEST = 255  # characters of a format
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>General|G/通用格式)'
    r"|(?P<power>E[+-]0+)|(?P<digits>[0#?]+)|(?P<mark>[.,%@/])|(?P<end>;)|(?P<other>.)",
    re.S | re.I,
)
_KEPT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]{1,15}(?:\.[0-9]{1,10})?)")
_SILENT = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|colou?r ?[0-9]+|颜色.*|.色|(?:db|nat)num[0-9]+", re.I
)
_CURRENCY = re.compile("[¥￥]|CNY|RMB", re.I)  # names the money, not its unit
_NOTHING = {"-", "－", "—", "–", "——"}  # drawn for 0
_DATE = re.compile("y+|e+|m+|d+|h+|s+", re.I)

PLACES = ("digits", "general")

Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Display:
    """A number as shown: its text, and whether it is a per cent, or bare (the number itself, without words, scale, padding).

    `rounded` is whether the cell shows fewer decimals than `text` has; `doubt` says why it cannot be read as shown.
    """

    text: str
    percent: bool = False
    bare: bool = False
    rounded: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class FormatSection:
    """One section of a format: words before and after the places of its digits, and what it does to the number.

    `groups` are the runs of places before the point, `between` the words that stand between them, `decimals` the places
    behind it; `thousands` and `hundreds` count the `,` that divide by 1,000 and the `%` that multiply by 100.
    """

    before: str = ""
    after: str = ""
    groups: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    decimals: str = ""
    thousands: int = 0
    hundreds: int = 0
    free: bool = False  # as many digits as there are: General, fractions, powers of ten
    strange: str = ""
    condition: tuple[str, Fraction] | None = None


def exact(stored: str) -> Decimal | None:
    """A stored number with the 15 digits a spreadsheet keeps, without the noise of binary computing; None when it is none."""
    try:
        number = Decimal(stored) if len(stored) < 400 else Decimal("NaN")
    except ArithmeticError:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 300:
        return None
    return _KEPT.plus(number)


def show(number: Decimal, form: str) -> Display:
    """A number under a format that is not one of dates."""
    if form == "General":
        return Display(_digits(number), bare=True)
    if len(form) > LONGEST:
        return Display("", doubt="数字格式过长")
    section, unsigned = _chosen(_sections(form), Fraction(number))
    if section is None:
        return Display("", doubt="数字格式不显示这个数")
    if section.strange:
        return Display("", doubt=f"数字格式中的“{section.strange}”不认得")
    if not section.groups or (
        number == 0 and not section.free and "0" not in "".join(section.groups) + section.decimals
    ):
        return _words_only(number, section)
    before, after = _CURRENCY.sub("", section.before).strip(), section.after.strip()
    sign = "-" if number < 0 else ""
    if unsigned and before[:1] in ("-", "－", "−"):
        before = before[1:]
    elif unsigned and before[:1] + after[-1:] in ("()", "（）"):
        before, after = before[1:], after[:-1]
    elif unsigned:
        return Display("", doubt="数字格式不显示负号")
    words = [word for word in section.between if word]
    if words and words != ["."]:
        return _in_places(abs(number), section, f"{sign}{before}", after)
    size = abs(number).scaleb(2 * section.hundreds - 3 * section.thousands - (len(section.groups[-1]) if words else 0))
    whole, _, part = _digits(size).partition(".")
    least, most = section.decimals.count("0"), len(section.decimals)
    if words:  # 0!.0, draws a point before the last place
        least = most = len(section.groups[-1])
    rounded = not section.free and len(part) > most
    part = part.ljust(least, "0")
    padded = whole.rjust(0 if section.free else section.groups[0].count("0"), "0")
    text = f"{sign}{before}{padded}{'.' if part else ''}{part}{after}"
    bare = text.lstrip("-") == f"{whole}{'.' if part else ''}{part}" and not (section.thousands or words)
    return Display(text, section.hundreds == 1 and after == "%" and not before, bare, rounded)


def date_shown(form: str, year: int, month: int, day: int) -> str:
    """A date as its format shows it: 2023年6月30日, 2023年6月, 6月30日."""
    kinds = {found[0].lower() for found in _DATE.findall(re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form))}
    has_year, has_day, timed = bool(kinds & {"y", "e"}), "d" in kinds, bool(kinds & {"h", "s"})
    if "m" not in kinds or (timed and not has_day):
        return f"{year}年" if has_year and not has_day else f"{year}年{month}月{day}日"
    return (f"{year}年" if has_year or not has_day else "") + f"{month}月" + (f"{day}日" if has_day else "")


def _digits(number: Decimal) -> str:
    """A number in full, without zeros at its end: 0.0000001, 1234.5, 0."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if number else "0"


def _words_only(number: Decimal, section: FormatSection) -> Display:
    """Words in the number's stead: of a section without places for digits, or for 0 where no place must be filled."""
    words = (section.before + section.after).strip()
    if words == "@":
        return Display(_digits(number), bare=True)
    if number == 0 and words in _NOTHING:
        return Display("0", bare=True)
    return Display(words) if words else Display("", doubt="数字格式不显示这个数")


def _in_places(size: Decimal, section: FormatSection, before: str, after: str) -> Display:
    """Digits put into places with words between them, from the right: 000-0000, 0000"年"00"月"."""
    if size != size.to_integral_value() or section.decimals or section.thousands or section.hundreds:
        return Display("", doubt="数字格式在数字中间插有文字")
    rest = _digits(size).rjust(sum(group.count("0") for group in section.groups), "0")
    told = ""
    for group, word in zip(section.groups[:0:-1], section.between[::-1], strict=True):
        told = word + rest[-len(group) :] + told
        rest = rest[: -len(group)]
    return Display(f"{before}{rest}{told}{after}")


def _chosen(sections: tuple[FormatSection, ...], number: Fraction) -> tuple[FormatSection | None, bool]:
    """The section that shows a number, and whether it shows it without its minus sign."""
    if any(section.condition for section in sections):
        found = next((one for one in sections if one.condition is None or _holds(number, *one.condition)), None)
        return found, False
    if len(sections) == 1 or number > 0 or (number == 0 and len(sections) == 2):
        return sections[0], False
    return (sections[1], True) if number < 0 else (sections[2], False)


def _holds(number: Fraction, sign: str, limit: Fraction) -> bool:
    less, same = number < limit, number == limit
    return {"<": less, "<=": less or same, "=": same, "<>": not same, ">": not (less or same), ">=": not less}[sign]


@lru_cache(maxsize=512)
def _sections(form: str) -> tuple[FormatSection, ...]:
    """The sections of a format for numbers, at most three; that for text is left out."""
    made, tokens = [], list[Token]()
    for found in [*_TOKEN.finditer(form if form.strip() else "General"), None]:
        if found is None or found["end"]:
            made.append(_section(tokens))
            tokens = []
        else:
            tokens += _token(found)
    return tuple(made[:3])


def _token(found: re.Match[str]) -> Iterator[Token]:
    kind = found.lastgroup or ""
    text = found[kind] if kind else ""
    if kind in ("quoted", "escaped"):
        yield "words", text
    elif kind == "bracket":
        if _CONDITION.fullmatch(text.replace(" ", "")):
            yield "condition", text.replace(" ", "")
        elif text.startswith("$"):
            yield "words", text[1:].split("-")[0]
        elif not _SILENT.fullmatch(text):
            yield "strange", f"[{text}]"
    elif kind == "other":
        yield ("strange" if text.isascii() and text.isalpha() else "words"), text
    elif kind:
        yield kind, text


def _words(tokens: list[Token]) -> str:
    return "".join(text for kind, text in tokens if kind == "words" or text in ("%", "@"))


def _section(tokens: list[Token]) -> FormatSection:
    strange = next((text for kind, text in tokens if kind == "strange"), "")
    said = next((_CONDITION.fullmatch(text) for kind, text in tokens if kind == "condition"), None)
    condition = (said[1], Fraction(said[2])) if said else None
    codes = "".join("d" if kind in PLACES else text if kind == "mark" else "w" for kind, text in tokens)
    if "d" not in codes:
        return FormatSection(_words(tokens), strange=strange, condition=condition)
    first, last = codes.index("d"), codes.rindex("d")
    free = "/" in codes or any(kind in ("general", "power") for kind, _ in tokens)
    groups, between, decimals, words, behind = list[str](), list[str](), "", "", False
    for kind, text in tokens[first : last + 1]:
        behind |= text == "." and kind == "mark"
        if kind not in PLACES:
            words += text if kind == "words" else ""
        elif behind:
            decimals, strange = decimals + text, strange or words
        elif groups and not words:  # only the comma of the thousands stands between
            groups[-1] += text
        else:
            between += [words] if groups else []
            groups.append("#" if kind == "general" else text)
            words = ""
    return FormatSection(
        _words(tokens[:first]),
        _words(tokens[last + 1 :]),
        tuple(groups or ["#"]),
        () if free else tuple(between),
        decimals,
        sum(len(found[1]) for found in re.finditer(r"d(,+)(?![d,])", codes)),
        codes.count("%"),
        free,
        strange,
        condition,
    )
