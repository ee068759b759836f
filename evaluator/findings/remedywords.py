"""Whether a cause holds its own measure: what is to be done, said in the column of causes as many forms have only one column.

The words stand in remedywords.yaml.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from evaluator.documents.vocabulary import lists, one_of
from evaluator.findings.emptywords import says_nothing


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = lists(Path(__file__).with_name("remedywords.yaml"))
    next_, do, labels = (one_of(words[name]).pattern for name in ("next", "do", "labels"))
    return re.compile(f"{next_}[^。；;]*?{do}"), re.compile(f"{labels}[:：为是]\\s*(.+)", re.DOTALL)


@lru_cache(maxsize=65536)
def tells_measure(cause: str) -> bool:
    """Whether a text says what will be done: words of what is to come and of doing in one sentence, or the label of a measure."""
    planned, labelled = _patterns()
    written = labelled.search(cause)
    return bool(planned.search(cause)) or bool(written and not says_nothing(written[1]))
