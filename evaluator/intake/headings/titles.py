"""Lines that stand above a table: its title, the year it is for, the office it is of."""

from __future__ import annotations

import re
import unicodedata

from evaluator.intake.headings import goalwords
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.reading import Amount, Content
from evaluator.quantities.units import WORDS

_TITLE = re.compile(r"(?:绩效)?目标(?:申报|批复|公开)?表(?:[（(].*[)）])?$")
_UNIT = re.compile(
    r"^(?:(?:预算|填报|申报|实施)?单位[:：])?\s*[\[【(（]?(?!20\d\d\W*年)(\d{3,20})[\]】)）]?[-_ ]*([\u4e00-\u9fff].{0,80})$"
)
_YEARLY = re.compile(
    r".{0,60}表\W*(?:20\d\d\W*年度?\W*)?|.{0,60}\W20\d\d\W*年度?\W+|\W*(?:20\d\d|二[〇零○]..)\W*年度?\W*"
)


def unit_of(text: str) -> tuple[str, str] | None:
    """The code and name of an office in one text (820001-示例镇人民政府); None for anything else, an amount above all."""
    found = _UNIT.fullmatch(text)
    if found is None or goalwords.is_figure(text) or goalwords.year_of(text):
        return None
    amount: Content | None
    try:
        amount = read_target(f"{found[1]}{found[2]}").content
    except Unreadable:
        amount = None
    unit = amount.low.unit.name if isinstance(amount, Amount) else ""
    measured = unit in WORDS and (unit == found[2].strip() or len(found[1]) < 6)  # 1200平方公里, 12345个县
    return None if measured else (found[1], found[2].strip())


def authority_of(text: str) -> str:
    """The name of an authority (主管部门) without its code: [015001]示例市教育局, 示例市教育局-015001."""
    return re.sub(r"^[\[【(（]?\d{3,20}[\]】)）]?[-_ ]*|[-_ ]*[\[【(（]?\d{3,20}[\]】)）]?$", "", text.strip())


def is_title(text: str) -> bool:
    """Whether a text is the title of a goal table."""
    return len(text) < 100 and _TITLE.search(text) is not None


def is_yearly(text: str) -> bool:
    """Whether a text that names a year is a title or a year alone, so that the year is that of what follows."""
    return _YEARLY.fullmatch(unicodedata.normalize("NFKC", text)) is not None
