"""What files written for an earlier version say, read as it is said now: `verified` of a basis is now `known`.

Nothing older is refused. What was read anew remembers where it stands (`Renewed.old`), so that a check can tell it.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError

from evaluator.documents.loading import Mapping, Text
from evaluator.errors import Where

FLAG = "verified"
MEANT = {"true": "原文", "True": "原文", "false": "未见", "False": "未见"}  # what `verified` said, as `known`
PUT, PUT_NOW = "{clause.verified}", "{clause.checked}"  # in what a finding rule says


class Renewed(Mapping):
    """A mapping read as it is said now; `old` are the places of the older words."""

    old: tuple[Where, ...]


def basis_now(value: Any) -> Any:
    """A basis as written, with `known` for `verified`; raises a problem (R103) where both are written."""
    return _with_key(value, "known", lambda flag: MEANT.get(str(flag), flag))


def rule_now(value: Any) -> Any:
    """A finding rule as written, with `checked` for the `verified` of a clause in its conditions and words."""
    if not isinstance(value, dict):
        return value
    when: Any = value.get("when")
    clause = _with_key(when.get("clause"), "checked", lambda flag: flag) if isinstance(when, dict) else None
    said = {name: text for name in ("say", "remedy") if PUT in (text := str(value.get(name)))}
    if not said and not isinstance(clause, Renewed):
        return value
    renewed = like(value)
    for name, text in said.items():
        renewed[name] = Text(text.replace(PUT, PUT_NOW))
        if where := getattr(value[name], "where", None):
            renewed[name].where = where
            renewed.old += (where,)
    if isinstance(clause, Renewed):
        renewed["when"] = like(when)
        renewed["when"]["clause"] = clause
        renewed.old = clause.old + renewed.old
    return renewed


def renamed(value: dict[str, Any], name: str, other: str) -> Any:
    """A mapping as written, with one of its keys under another name; as it is where it has none of that name, or both."""
    if name not in value or other in value:
        return value
    current = like(value)
    current[other] = current.pop(name)
    if name in current.keys_at:
        current.keys_at[other] = current.keys_at[name]
    return current


def document_now(content: Any) -> Any:
    """A document with every older word in it replaced by what is written now."""
    if isinstance(content, list):
        return [document_now(item) for item in content]
    if not isinstance(content, dict):
        return content
    renewed = {name: document_now(item) for name, item in content.items()}
    return rule_now(renewed) if "when" in renewed else basis_now(renewed) if "document" in renewed else renewed


def _with_key(value: Any, name: str, said: Any) -> Any:
    if not isinstance(value, dict) or FLAG not in value:
        return value
    if name in value:
        says = f"写了 {name}，又写了 {FLAG}；两个键说的是同一件事，不知道以哪个为准"
        raise PydanticCustomError("R103", "{says}", {"says": says, "remedy": f"留下 {name}，删去 {FLAG}"})
    renewed = like(value)
    renewed[name] = said(renewed.pop(FLAG))
    if isinstance(value, Mapping):
        renewed.keys_at[name] = value.keys_at[FLAG]
        renewed.old = (value.keys_at[FLAG],)
    return renewed


def like(value: dict[str, Any]) -> Renewed:
    """A copy of a mapping, with its places, to be changed."""
    renewed = Renewed(value)
    renewed.old = ()
    renewed.keys_at = dict(getattr(value, "keys_at", {}))
    if where := getattr(value, "where", None):
        renewed.where = where
    return renewed
