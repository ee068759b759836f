"""What the basis of a target (指标值确定依据) says: whether its year is past, and whether it is about something else.

The words stand in basiswords.yaml.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from evaluator.documents.vocabulary import lists, one_of

WORDS = Path(__file__).with_suffix(".yaml")
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE = re.compile("[二2][〇零○0][〇零○一二三四五六七八九]{2}(?=年)")  # 二〇二一年, 二○二一年
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")


@lru_cache(maxsize=1)
def _annual() -> re.Pattern[str]:
    issued, annual, done = (one_of(lists(WORDS)[name]).pattern for name in ("issued", "annual", "done"))
    return re.compile(
        rf"(?<![0-9])(?P<year>20[0-9]{{2}})年(?:度|初)?(?:(?!{issued})[^0-9，。；、,;:：]){{0,16}}?"
        rf"{annual}(?![^，。；、,;]*{done})"
    )


@lru_cache(maxsize=4096)
def basis_outdated(basis: str, year: int) -> bool:
    """Whether a basis is plainly the plan or budget of an earlier year alone; a document number 〔2018〕 is no such thing."""
    text = normalize("NFKC", basis).replace(" ", "")
    text = _CHINESE.sub(lambda found: found.group().translate(_DIGITS), text)
    years = [int(found) for found in _YEAR.findall(text)]
    known = lists(WORDS)
    if any(one >= year for one in years) or one_of((*known["lasting"], *known["compared"])).search(text):
        return False
    return any(int(found["year"]) < year for found in _annual().finditer(text))


@lru_cache(maxsize=4096)
def basis_unrelated(basis: str, about: str) -> bool:
    """Whether a row rests on a document of another matter alone: satisfaction on a staffing decree or an accounting rule.

    `about` is all that says what the row is: its category, dimension and name.
    """
    known = lists(WORDS)
    if one_of(known["more"]).search(basis):
        return False
    return any(
        one_of(one["basis"]).search(basis)
        and one_of(one["about"]).search(about)
        and not one_of(one["but"]).search(about)
        for one in known["unrelated"]
    )
