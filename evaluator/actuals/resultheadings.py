"""Headings of tables of results: the field a heading names, the unit it says, or why a filled column cannot be used.

The words stand in resultheadings.yaml; results of one workspace (`actuals`) and batches ask here alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evaluator.comparators import ANY_SIGN
from evaluator.documents.loading import Text, read_document
from evaluator.errors import Problem, Where, nearest
from evaluator.files.plain import INVISIBLE
from evaluator.quantities.numerals import Unreadable, normalise
from evaluator.quantities.units import MULTIPLIERS, WORDS, read_unit

LONGEST = 60  # characters of a heading; anything longer is content
HIGH = 100  # rows at the top of a table among which its headings are looked for
# what a heading or a code is without: the unseen, and blanks that look like none or do not break
UNSEEN = f"[\x80-\xa0\u2000-\u200a\u2028\u2029\u202f\u205f{INVISIBLE}]"
_UNSEEN = re.compile(UNSEEN)
_CUT = re.compile(r"[()\[\]{}【】〔〕〈〉<>《》:,;、_|]+")
_NUMBER = re.compile(rf"({ANY_SIGN}{{0,2}}) ?([+-]?[0-9][0-9,]*(?:\.[0-9]+)?) ?(.*)")
_SAYS_NUMBER = re.compile(r"[0-9]|^[〇零一二两三四五六七八九十百千万亿点]+$")
_YUAN = "人民币"


class Contradiction(ValueError):
    """A cell that says another unit than its heading, or whose number cannot be told from its words."""

    def problem(self, where: Where) -> Problem:
        """The same as a problem of the cell (A119)."""
        return Problem("A119", str(self), where, "写栏名的单位，或只写数")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as read: the field it names ('' for none), the unit its numbers are in, and what is wrong with it.

    `unused` columns are known and not looked at. `wrong` matters only where the column is filled.
    """

    text: str
    field: str = ""
    unit: str = ""
    wrong: str = ""
    unused: bool = False

    def problem(self, where: Where) -> Problem | None:
        """Why a filled column under this heading is refused: A118 not known, A119 a unit that does not fit it."""
        if self.wrong:
            return Problem("A119", f"栏名“{self.text}”{self.wrong}", where, _units_of(self.field))
        if self.field or self.unused:
            return None
        says = f"这一栏有内容，而栏名“{self.text}”认不得" if self.text else "这一栏有内容而没有栏名"
        near = nearest(plain(self.text), [word for word in _words().fields if not word.isascii()])
        return Problem("A118", says, where, "", near, remedy="改成认得的栏名；不用来评分的，删去这一栏")

    def cell(self, text: str) -> str:
        """A cell under this heading with its unit written out: 97 under （%） is 97%.

        Raises Contradiction where it says another unit, or a number that cannot be told.
        """
        if not self.unit:
            return text
        try:
            plain = normalise(text)
        except Unreadable:
            return text  # too long to be a value: its reader says so
        found = _NUMBER.fullmatch(plain)
        if found is None:
            if _SAYS_NUMBER.search(plain):
                raise Contradiction(f"“{text[:40]}”不是一个数，而栏名写着单位“{self.unit}”")
            return text
        sign, number, own = found.groups()
        if not own:
            return f"{sign}{number}{self.unit}"
        if own == self.unit or (read_unit(own) == read_unit(self.unit) and read_unit(own) is not None):
            return text
        if self.field in _words().money and own in ("万", "亿") and f"{own}元" == self.unit:
            return text
        raise Contradiction(f"“{text[:40]}”与栏名的单位“{self.unit}”不一致")


@dataclass(frozen=True)
class _Words:
    headings: dict[str, tuple[str, ...]]
    fields: dict[str, str]  # plain heading -> field
    money: frozenset[str]
    numbers: frozenset[str]
    only: dict[str, str]
    unused: frozenset[str]
    remark: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    data, _ = read_document(Path(__file__).with_name("resultheadings.yaml"))
    headings = {str(field): tuple(map(str, words)) for field, words in data["headings"].items()}
    return _Words(
        headings,
        {plain(word): field for field, words in headings.items() for word in (field, *words)},
        frozenset(data["money"]),
        frozenset(data["numbers"]),
        dict(data["only"]),
        frozenset(map(plain, data["unused"])),
        re.compile("|".join(data["remarks"])),
    )


def headings_of(field: str) -> tuple[str, ...]:
    """The headings a field is recognised by, the usual one first."""
    return _words().headings[field]


def plain(text: str) -> str:
    """A heading brought to one form: nothing unseen, no blanks or marks at its ends, full-width letters made plain."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return (
        "".join(char for char in seen if unicodedata.category(char) not in ("Cc", "Cf") and not char.isspace())
        .strip("*:#")
        .lower()
    )


def visible(text: str) -> str:
    """A code without the characters that nobody sees."""
    return _UNSEEN.sub("", text).strip()


@lru_cache(maxsize=16384)
def read_heading(text: str) -> Heading:
    """What a heading says, by its code or a Chinese word, with a unit in brackets or behind a colon or comma."""
    shown = " ".join(_UNSEEN.sub("", text).split())[:LONGEST]
    word, words = plain(text), _words()
    if not word or len(word) > LONGEST:
        return Heading(shown)
    if word in words.fields:
        return Heading(shown, words.fields[word])
    if word in words.unused:
        return Heading(shown, unused=True)
    name, *rest = [part for part in _CUT.split(word) if part] or [""]
    if (name not in words.fields) and (found := _tailed(name)):
        name, rest = found[0], [found[1], *rest]
    if name in words.unused:
        return Heading(shown, unused=True)
    if name not in words.fields:
        return Heading(shown)
    field = words.fields[name]
    said: list[str] = []
    for part in rest:
        unit = part.removeprefix("单位").removeprefix(_YUAN) or _YUAN
        if field in words.money and unit in ("万", "亿"):
            unit += "元"
        if _is_unit(unit):
            said.append(unit)
        elif not words.remark.fullmatch(part) and unit != _YUAN:
            return Heading(shown, field, wrong=f"里的“{part}”不是认得的单位")
    if len(set(said)) > 1:
        return Heading(shown, field, wrong=f"写了几个单位：{'、'.join(said)}")
    unit = said[0] if said else ""
    if unit and not _fits(field, unit):
        return Heading(shown, field, wrong=f"的单位“{unit}”不能用于这一栏")
    return Heading(shown, field, "" if unit in ("分", "年") and field in words.only else unit)


def _tailed(name: str) -> tuple[str, str] | None:
    """A known heading with a unit written straight behind it: 全年预算数万元."""
    for known in sorted(_words().fields, key=len, reverse=True):
        tail = name.removeprefix(known)
        if not known.isascii() and tail != name and tail and _is_unit(tail):
            return known, tail
    return None


def _is_unit(text: str) -> bool:
    """Whether a text is a unit of the unit table (a short unknown word, which a value may carry, is none)."""
    if text in ("万", "亿") or (unit := read_unit(text)) is None or unit.bare:
        return False
    return all(_plain_unit(part) for part in re.split(r"[/*·×]", text.replace("/每", "/")))


def _plain_unit(word: str) -> bool:
    if word in WORDS:
        return True
    return any(word.startswith(times) and word.removeprefix(times) in WORDS for times in MULTIPLIERS)


def _fits(field: str, unit: str) -> bool:
    words, read = _words(), read_unit(unit)
    if field in words.money:
        return read is not None and read.kind == "金额"
    return field in words.numbers or words.only.get(field) == unit


def _units_of(field: str) -> str:
    words = _words()
    if field in words.money:
        return "元、千元、万元、亿元"
    if field in words.numbers:
        return "%、元、万元、人、个 等单位，或不写单位"
    return f"不写单位，或“{words.only[field]}”" if field in words.only else "这一栏的栏名不写单位"


def find_head(rows: Iterable[Sequence[str | None]], least: int = 2) -> int | None:
    """Which of the top rows holds the headings: the one with the most fields known, the first of several; or None."""
    best: tuple[int, int] | None = None
    for at, row in enumerate(rows):
        if at >= HIGH:
            break
        count = len({read_heading(cell).field for cell in row if cell} - {""})
        if count >= least and (best is None or count > best[0]):
            best = (count, at)
    return None if best is None else best[1]


def unusable(
    head: Sequence[Text | None], body: Iterable[Sequence[Text | None]], file: Where, fields: Collection[str] = ()
) -> list[Problem]:
    """Every filled column of a table that cannot be used, at its heading; without one, at its first filled cell.

    `fields` are those the asker reads: the units of others do not matter.
    """
    first: dict[int, Text] = {}
    for row in body:
        for column, cell in enumerate(row):
            if cell is not None and column not in first:
                first[column] = cell
    problems = []
    for column, cell in sorted(first.items()):
        title = head[column] if column < len(head) else None
        heading = read_heading(title or "")
        if heading.wrong and fields and heading.field not in fields:
            continue
        place = title if title is not None else cell
        if problem := heading.problem(getattr(place, "where", file)):
            problems.append(problem)
    return problems
