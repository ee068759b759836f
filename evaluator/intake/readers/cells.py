"""What turns a stored cell into what is shown: shared strings with their runs, number formats, fonts, the start of dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from evaluator.intake.guard import BROKEN, Package, Refused
from evaluator.intake.readers.numberformats import DIGITS, LONGEST, date_shown, exact, show
from evaluator.intake.readers.runs import LEVELS, PLAIN, Level, Look

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")

Runs = str | tuple[tuple[str, Look | None], ...]


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as a person sees it; `number` is what it holds where that is one, exact to the 15 digits that are kept.

    `percent` and `bare` say how the text shows the number (see numberformats.Display); `stale` is a formula without a result;
    `doubt` says why the cell cannot be read as shown.
    """

    text: str
    number: Decimal | None = None
    percent: bool = False
    bare: bool = False
    rounded: bool = False
    formula: bool = False
    stale: bool = False
    error: bool = False
    doubt: str = ""


class WorkbookStrings:
    """The strings and styles of a workbook."""

    def __init__(self, package: Package, since_1904: bool) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        self.epoch = MAC_EPOCH if since_1904 else WINDOWS_EPOCH
        self.strings: list[Runs] = []
        if "xl/sharedStrings.xml" in package.names:
            for item, source in package.events("xl/sharedStrings.xml", ("si",)):
                self.strings.append(runs_of(item))
                source.release(item)
        styles = package.xml("xl/styles.xml")
        own = {one.get("numFmtId"): str(one.get("formatCode") or "")[: LONGEST + 1] for one in styles.iter("{*}numFmt")}
        fonts = [_look(font) for font in styles.iterfind("{*}fonts/{*}font")]
        self.styles: list[tuple[str, Look]] = []
        for one in styles.iterfind("{*}cellXfs/{*}xf"):
            number, font = one.get("numFmtId") or "0", index(one.get("fontId") or "0")
            form = own.get(number) or BUILTIN_FORMATS.get(index(number), "General")
            self.styles.append((form, fonts[font] if 0 <= font < len(fonts) else PLAIN))

    def style(self, style: str) -> tuple[str, Look]:
        """The number format and font of a cell."""
        at = index(style or "0")
        return self.styles[at] if 0 <= at < len(self.styles) else ("General", PLAIN)

    def string(self, stored: str) -> Runs:
        """A shared string."""
        at = index(stored)
        return self.strings[at] if 0 <= at < len(self.strings) else ""

    def number(self, stored: str, form: str) -> ShownCell:
        """A stored number under its format."""
        from openpyxl.styles.numbers import is_date_format

        number = exact(stored)
        if number is None:
            return ShownCell("", doubt=f"存的“{stored[:20]}”不是数")
        if is_date_format(form[:255]):
            return self._date(number, form)
        if number == number.to_integral_value() and number.adjusted() >= DIGITS:
            return ShownCell(f"{number:.5E}", number, doubt=f"超过 {DIGITS} 位的数字在文件里已经丢失了后面的几位")
        one = show(number, form)
        return ShownCell(one.text, number, one.percent, one.bare, one.rounded, doubt=one.doubt)

    def _date(self, number: Decimal, form: str) -> ShownCell:
        from openpyxl.utils.datetime import from_excel

        try:
            made = from_excel(float(number), self.epoch)
        except (ValueError, OverflowError):
            return ShownCell("", number, doubt="格式是日期，存的数却不是日历上的一天")
        if isinstance(made, date | datetime):
            return ShownCell(date_shown(form, made.year, made.month, made.day))
        return ShownCell(str(made))


def index(text: str) -> int:
    """A whole number that is written as one; -1 for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _look(font: Any) -> Look:
    """How a font sets a text."""
    level: Level = ""
    struck = False
    for child in font:
        match str(child.tag).rpartition("}")[2]:
            case "vertAlign":
                level = LEVELS.get(child.get("val") or "", "")
            case "strike":
                struck = child.get("val") not in ("0", "false")
    return Look(level, struck) if level or struck else PLAIN


def runs_of(item: Any) -> Runs:
    """The runs of a string item, without phonetic guides; a run without a font of its own takes the cell's."""
    made: list[tuple[str, Look | None]] = []
    for child in item:
        name = str(child.tag).rpartition("}")[2]
        if name == "t":
            made.append((unescaped(content(child)), None))
        elif name == "r":
            fonts = [_look(one) for one in child.iterchildren("{*}rPr")]
            text = "".join(content(t) for t in child.iterchildren("{*}t"))
            made.append((unescaped(text), fonts[0] if fonts else None))
    if all(look is None for _, look in made):
        return "".join(text for text, _ in made)
    return tuple(made)


def content(element: Any) -> str:
    """The text of an element that holds nothing else; raises Refused where something stands in it."""
    if len(element):
        raise Refused(BROKEN, "单元格的文字中夹有别的内容", "在 Excel 中另存后再读")
    return str(element.text or "")


def unescaped(text: str) -> str:
    """A text without the escapes that workbooks use for control characters, its lines ended by \\n."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\r\n", "\n").replace("\r", "\n")
