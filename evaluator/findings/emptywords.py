"""Words that fill a cell and say nothing (无, 同上, 详见附件, ——): a cause, a remedy or a piece of evidence so written is not given.

The words stand in emptywords.yaml. What was written is still printed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from pathlib import Path
from unicodedata import normalize

from evaluator.documents.vocabulary import lists

_BETWEEN = re.compile(r"[\W\d_]+")
_AGAIN = re.compile(r"(.)\1+")
_NUMBERED = "[第一二三四五六七八九十行项条款页张份]*(?:中|内|里|所述|内容)?"  # 附件二第三条中
_WHOM = "[^因由受按为减增]{0,6}"  # who or what is managed: 特困人员
SHOWN = 20  # characters quoted of what was written
UNSAID = "{called}写作“{written}”，不是{called}"


@lru_cache(maxsize=1)
def _lists() -> dict[str, list[str]]:
    data = lists(Path(__file__).with_name("emptywords.yaml"))
    return {name: [str(word) for word in words] for name, words in data.items()}


@lru_cache(maxsize=1)
def empty_words() -> tuple[str, ...]:
    """Every word of emptywords.yaml and every pair it makes (详见 and 附件, 因 and 工作需要), without punctuation, in small letters."""
    words = _lists()
    pairs = (
        "".join(pair)
        for one, two in (("see", "there"), ("none", "of"), ("by", "hollow"))
        for pair in product(words[one], words[two])
    )
    return tuple(dict.fromkeys((*words["words"], *words["hollow"], *pairs)))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    words, see, there, none, of, hollow, by, after, whom = (
        "|".join(re.escape(_once(word)) for word in sorted(_lists()[name], key=lambda word: (-len(word), word)))
        for name in ("words", "see", "there", "none", "of", "hollow", "by", "after", "whom")
    )
    about = f"(?:{_WHOM}(?:{whom}))?(?:{by})*(?:{hollow})(?:{after})*"
    return re.compile(f"(?:{words}){_NUMBERED}|(?:{see})(?:(?:{there}){_NUMBERED})+|(?:{none})(?:{of})|{about}")


def _once(text: str) -> str:
    return _AGAIN.sub(r"\1", text)


@lru_cache(maxsize=65536)
def says_nothing(text: str) -> bool:
    """Whether a text is blank, or holds nothing but punctuation, digits and words that say nothing."""
    written = [_once(part) for part in _BETWEEN.split(normalize("NFKC", text).lower()) if part]
    parts = [part for part in written if part not in _lists()["labels"]]
    pattern = _pattern()
    if not parts:
        return all(pattern.fullmatch(part) for part in written)  # 原因 alone is left to the reader
    return bool(pattern.fullmatch(_once("".join(parts)))) or all(pattern.fullmatch(part) for part in parts)


def told(lines: Iterable[str]) -> list[str]:
    """The lines that say something."""
    return [line for line in lines if not says_nothing(line)]


def unsaid(called: str, text: str) -> str:
    """What to say of a text that is there and says nothing (原因写作“同上”，不是原因); '' for any other."""
    written = " ".join(text.split())
    return UNSAID.format(called=called, written=written[:SHOWN]) if written and says_nothing(text) else ""


def aside(*said: str) -> str:
    """The same in brackets behind a sentence, one after another."""
    known = [one for one in said if one]
    return f"（{'；'.join(known)}）" if known else ""
