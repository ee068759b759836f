"""What the fonts of reports/fonts cannot print, said before anyone reads a box where a character should stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from evaluator.errors import Problem, Where
from evaluator.files.snapshot import take
from evaluator.formats import FORMATS, UNPRINTABLE
from evaluator.pages import Chart, Document, Grid, Line, bound, placed, words
from evaluator.workspace.places import product

# Characters that print as nothing (Unicode: Default_Ignorable_Code_Point), and the ends of lines.
UNSEEN = re.compile(
    "[\t\n\r\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
SHOWN = 20  # characters of a text told so that it is found again


def lacking(text: str) -> list[str]:
    """The characters of a text that no font of reports/fonts has, each once, in order."""
    found = dict.fromkeys(unicodedata.normalize("NFC", text))
    return [c for c in found if UNPRINTABLE.match(c) or not (ord(c) in covered() or UNSEEN.match(c))]


def boxes(document: Document, path: Path) -> tuple[Problem, ...]:
    """A warning (U332) for each character that a file made of the document shows as an empty box, with its first place."""
    made = FORMATS[path.suffix[1:]]
    if not made.own_charts:
        return ()
    places: dict[str, list[tuple[str, str, str]]] = {}
    for section, place, text in _texts(document, drawn=not made.own_texts):
        for character in lacking(text):
            places.setdefault(character, []).append((section, place, text))
    return tuple(_problem(character, found, path) for character, found in places.items())


def _problem(character: str, found: list[tuple[str, str, str]], path: Path) -> Problem:
    section, place, text = found[0]
    start = max(unicodedata.normalize("NFC", text).find(character) - SHOWN // 2, 0)
    around = UNPRINTABLE.sub("\ufffd", " ".join(text.split()))[start:][:SHOWN]
    shown = "" if UNPRINTABLE.match(character) else f"“{character}”"
    more = f"，另有 {len(found) - 1} 处" if len(found) > 1 else ""
    return Problem(
        "U332",
        f"字符 {shown}U+{ord(character):04X} 不在印制用的字体里，会印成空框：“{around}”{more}",
        Where(path.as_posix(), sheet=section, cell=place),
        severity="警告",
        remedy="把规则或完成情况中的这个字符换成能印的写法；或者改用 xlsx、html（--to），它们用阅读者电脑上的字体",
    )


def _texts(document: Document, drawn: bool) -> Iterator[tuple[str, str, str]]:
    """Each text with its section and its place there; of charts alone where only they are `drawn` in our fonts."""
    if not drawn:
        stamp = document.stamp
        yield from (
            (document.title, place, text) for place, text in (("页脚", document.foot), ("页眉", stamp.illustrative))
        )
    for section in bound(document).sections:
        grids = 0
        for block in section.blocks:
            if isinstance(block, Chart):
                yield from ((section.name, f"图“{block.title}”", text) for text in _of_chart(block))
            elif isinstance(block, Grid) and not drawn:
                grids += 1
                for row, column, cell in placed(block):
                    yield section.name, f"第 {grids} 个表格第 {row + 1} 行第 {column + 1} 列", words(cell.text)
            elif isinstance(block, Line) and not drawn:
                yield section.name, "标题" if block.look == "title" else "正文", words(block.text)


def _of_chart(chart: Chart) -> Iterable[str]:
    return (chart.title, *chart.categories, *(series.name for series in chart.series), chart.unit)


@cache
def covered() -> frozenset[int]:
    """Every character the fonts of reports/fonts have."""
    from fontTools.ttLib import TTFont

    fonts = sorted((product() / "reports" / "fonts").glob("*.otf"))
    return frozenset(code for path in fonts for code in TTFont(BytesIO(take(path)), lazy=True).getBestCmap())
