"""The counts of a survey (发放、回收、有效、满意份数): what they cannot be, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from evaluator.quantities.units import Quantity

_STAGES = ("发放", "回收", "有效")  # each no more than the one before
_ANSWER = "(?:很|非常|较|比较|基本|不|不太)?满意|一般"
_COUNTED = re.compile(rf"(?:(?P<stage>{'|'.join(_STAGES)})|(?P<answer>{_ANSWER})).{{0,4}}?(?:份数|份|人数|票数|户数)")


def of_survey(names: Iterable[str]) -> bool:
    """Whether some of these names are counts of a survey."""
    return any(_COUNTED.fullmatch(name) for name in names)


def contradiction(items: Mapping[str, Quantity]) -> str:
    """In what way counts of a survey contradict one another; '' where they do not, or are none."""
    stages: dict[str, str] = {}
    answers: list[str] = []
    for name in items:
        count = _COUNTED.fullmatch(name)
        if count and count["stage"]:
            stages.setdefault(count["stage"], name)
        elif count:
            answers.append(name)
    listed = [stages[stage] for stage in _STAGES if stage in stages]
    for more, less in pairwise(listed):
        if items[less].number > items[more].number:
            return f"{less}{items[less]}多于{more}{items[more]}"
    total = sum(items[name].number for name in answers)
    if listed and answers and total > items[listed[-1]].number:
        return f"{'、'.join(answers)}合计{total}，多于{listed[-1]}{items[listed[-1]]}"
    return ""
