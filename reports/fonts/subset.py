"""Make the fonts in this folder from Debian's fonts-noto-cjk: `python reports/fonts/subset.py` (needs fonttools)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SOURCE = "/usr/share/fonts/opentype/noto/NotoSerifCJK-{}.ttc"
SIMPLIFIED = 2  # the face of the collection drawn for mainland China
SIGNS = (
    *range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2000, 0x2010), *range(0x2010, 0x2070), *range(0x2070, 0x20D0),
    *range(0x2100, 0x2300), *range(0x2460, 0x2500), *range(0x25A0, 0x2800), *range(0x3000, 0x3040),
    *range(0x3200, 0x3400), *range(0xFF00, 0xFFF0), 0x3ED8, 0x4DAE,  # the last two: characters of names
)  # fmt: skip
MADE = (  # each weight is a family of its own: what the bold one lacks is then set in the other
    ("Regular", "ZipingSong.otf", "Ziping Song", "gbk"),
    ("Bold", "ZipingTitle.otf", "Ziping Title", "gb2312"),
)


def covered(encoding: str) -> Iterator[int]:
    """The characters of an encoding, without its private ones."""
    for code in range(0x80, 0x10000):
        if not 0xD800 <= code <= 0xF8FF:
            try:
                chr(code).encode(encoding)
            except UnicodeEncodeError:
                continue
            yield code


def make(weight: str, file: str, family: str, encoding: str) -> None:
    """Cut one weight down to an encoding and the signs, and name it as what it is: a font of its own."""
    font = TTFont(SOURCE.format(weight), fontNumber=SIMPLIFIED, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features, options.hinting, options.notdef_outline = [], False, True
    options.name_IDs = [0, 13, 14]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[*SIGNS, *covered(encoding)])
    subsetter.subset(font)
    script = file.removesuffix(".otf")
    for number, text in ((1, family), (2, "Regular"), (3, script), (4, family), (6, script)):
        font["name"].setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [script]
    cff.topDictIndex[0].FullName, cff.topDictIndex[0].FamilyName = family, family
    font.save(HERE / file)


if __name__ == "__main__":
    for each in MADE:
        make(*each)
