"""Make the fonts in this folder from Debian's fonts-noto-cjk: `python reports/fonts/subset.py` (needs fonttools)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SOURCE = "/usr/share/fonts/opentype/noto/NotoSerifCJK-{}.ttc"
SIMPLIFIED = 2  # the face of the collection drawn for mainland China
SIGNS = (
    *range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2000, 0x2010), *range(0x2010, 0x2070), *range(0x2070, 0x20D0),
    *range(0x2100, 0x2300), *range(0x2460, 0x2500), *range(0x25A0, 0x2800), *range(0x3000, 0x3040),
    *range(0x3200, 0x3400), *range(0xFF00, 0xFFF0), 0x3ED8, 0x4DAE,  # the last two: characters of names
)  # fmt: skip
RARE = (  # every Han character the source has: radicals, extension A, the rest of the first block, the planes beyond
    *range(0x2E80, 0x3000), *range(0x31C0, 0x31F0), *range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x40000),
)  # fmt: skip
EQUALS, ABOUT = 0xFF1D, 0x2252  # ≒ is in GBK and not in the source: drawn from its ＝ and its full stop
# exponents and indices that the source has not: drawn smaller, above or below the line, each in place of a spare letter
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "0123456789+-=()n", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", "0123456789+-=()", strict=True))
SPARE = range(0xFF21, 0xFF5B)
SMALLER, UP, DOWN = 0.66, 340, -140  # of the size; thousandths of an em


def covered(encoding: str) -> Iterator[int]:
    """The characters of an encoding, without its private ones."""
    for code in range(0x80, 0x10000):
        if not 0xD800 <= code <= 0xF8FF:
            try:
                chr(code).encode(encoding)
            except UnicodeEncodeError:
                continue
            yield code


def make(weight: str, file: str, family: str, codes: Iterable[int], drawn: bool = False) -> None:
    """Cut one weight down to some characters, and name it as what it is: a font of its own."""
    font = TTFont(SOURCE.format(weight), fontNumber=SIMPLIFIED, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features, options.hinting, options.notdef_outline = [], False, True
    options.name_IDs = [0, 13, 14]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    had = font.getBestCmap()
    small = {up: base for up, base in (RAISED | LOWERED).items() if ord(up) not in had} if drawn else {}
    bases = {ord(base) for base in small.values()}
    subsetter.populate(unicodes=[*codes, *((EQUALS, ord("."), *bases, *SPARE) if drawn else ())])
    subsetter.subset(font)
    if drawn:
        draw_about(font)
        draw_small(font, small)
    script = file.removesuffix(".otf")
    for number, text in ((1, family), (2, "Regular"), (3, script), (4, family), (6, script)):
        font["name"].setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [script]
    cff.topDictIndex[0].FullName, cff.topDictIndex[0].FamilyName = family, family
    font.save(HERE / file)


def draw_about(font: TTFont) -> None:
    """Make the glyph of ＝ that of ≒: a full stop above its left end and one below its right end."""
    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    equals, stop = cmap[EQUALS], cmap[ord(".")]
    bars, dot = BoundsPen(glyphs), BoundsPen(glyphs)
    glyphs[equals].draw(bars)
    glyphs[stop].draw(dot)
    (left, low, right, high), (x, y, wide, tall) = bars.bounds, dot.bounds
    pen = T2CharStringPen(glyphs[equals].width, glyphs)
    glyphs[equals].draw(pen)
    gap = (tall - y) // 2
    for across, up in ((left - x, high + gap - y), (right - wide, low - gap - tall)):
        glyphs[stop].draw(TransformPen(pen, (1, 0, 0, 1, across, up)))
    top = font["CFF "].cff.topDictIndex[0]
    old = top.CharStrings[equals]
    top.CharStrings[equals] = pen.getCharString(old.private, old.globalSubrs)
    for table in font["cmap"].tables:
        for code in (EQUALS, ord(".")):
            name = table.cmap.get(code)
            if code == EQUALS and name:
                table.cmap[ABOUT] = table.cmap.pop(code)


def draw_small(font: TTFont, small: dict[str, str]) -> None:
    """Make the glyphs of spare letters those of exponents and indices, and let go of what they were drawn from."""
    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    strings = font["CFF "].cff.topDictIndex[0].CharStrings
    for spare, (code, base) in zip(SPARE, small.items(), strict=False):
        name, source = cmap[spare], cmap[ord(base)]
        width = round(glyphs[source].width * SMALLER)
        pen = T2CharStringPen(width, glyphs)
        up = UP if code in RAISED else DOWN
        glyphs[source].draw(TransformPen(pen, (SMALLER, 0, 0, SMALLER, 0, up)))
        old = strings[name]
        strings[name] = pen.getCharString(old.private, old.globalSubrs)
        font["hmtx"][name] = (width, font["hmtx"][name][1])
        for table in font["cmap"].tables:
            if spare in table.cmap:
                table.cmap[ord(code)] = name
    for table in font["cmap"].tables:
        for code in (*SPARE, ord("."), *map(ord, small.values())):
            table.cmap.pop(code, None)


if __name__ == "__main__":
    usual = {*SIGNS, *covered("gbk")}
    # each is a family of its own: what the bold one lacks is set in the first, and what that lacks in the last
    make("Regular", "ZipingSong.otf", "Ziping Song", usual)
    make("Bold", "ZipingTitle.otf", "Ziping Title", [*SIGNS, *covered("gb2312")])
    make("Regular", "ZipingRare.otf", "Ziping Rare", sorted({*RARE} - usual), drawn=True)
