"""A sign (比较符) by itself, however it is written: ≥, >=, ≧, 大于等于, 不少于, 以上. One vocabulary, that of targets."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from evaluator.comparators import SIGNS, Sign
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.reading import Amount

ALLOWED = f"{' '.join(SIGNS)}，或写成文字：不少于、大于、不超过、小于、等于"
_LONGEST = 8  # characters of a sign in words


@lru_cache(maxsize=4096)
def read_sign(text: str) -> Sign | None:
    """The sign that a text is and nothing else: ≥, 大于等于, 不超过, 以上; None for any other text."""
    word = unicodedata.normalize("NFKC", text).strip()
    if not word or len(word) > _LONGEST or re.search(r"\d", word):
        return None
    for alone in (f"{word}1", f"1{word}"):
        try:
            target = read_target(alone)
        except Unreadable:
            continue
        amount = target.content
        if target.kind == "数值" and target.sign and isinstance(amount, Amount) and str(amount.low) == "1":
            return target.sign if not (amount.before or amount.after or amount.high) else None
    return None


GivenSign = Annotated[  # a sign as a person may write it in a file
    Sign,
    BeforeValidator(lambda value: read_sign(str(value)) or value),
    WithJsonSchema(
        {"description": f"比较符：{ALLOWED}", "anyOf": [{"enum": list(SIGNS)}, {"type": "string", "maxLength": 8}]}
    ),
]
