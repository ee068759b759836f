"""What files written for an earlier version say, read as it is said now: `verified` of a basis is now `known`."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError

from evaluator.documents import Mapping
from evaluator.errors import Where

FLAG = "verified"
MEANT = {"true": "原文", "True": "原文", "false": "未见", "False": "未见"}  # what `verified` said, as `known`
FACTS = {("clause", FLAG): "checked"}  # a field of a fact that has another name now


def renewed(value: Any) -> Any:
    """A basis as written, with `known` for `verified`; raises a problem (R103) where both are written."""
    if not isinstance(value, dict) or FLAG not in value:
        return value
    if "known" in value:
        says = f"写了 known，又写了 {FLAG}；两个键说的是同一件事，不知道以哪个为准"
        raise PydanticCustomError("R103", "{says}", {"says": says, "remedy": f"留下 known，删去 {FLAG}"})
    made = Mapping(value)
    flag = made.pop(FLAG)
    made["known"] = MEANT.get(str(flag), flag)
    if isinstance(value, Mapping):
        made.where, made.keys_at = value.where, {**value.keys_at, "known": value.keys_at[FLAG]}
    return made


def flag_of(value: Any) -> Where | None:
    """The place of `verified` in a basis as it was written."""
    return value.keys_at.get(FLAG) if isinstance(value, Mapping) else None
