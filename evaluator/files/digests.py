"""The digest of what people wrote: equal for equal content, wherever and in whatever order it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any
from weakref import ref

from pydantic import BaseModel


def digest_of(content: Any) -> str:
    """SHA-256 of what was written, apart from where it stands: no path, clock or order of keys enters it."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """`digest_of` the list of what these canonical texts tell."""
    return digest_of_text(f"[{','.join(texts)}]")


def digest_of_text(text: str) -> str:
    """`digest_of` what a canonical text tells."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(content: Any) -> str:
    """Text that is equal for equal content: sorted keys, no places, paths or provenance, fractions written out."""
    return json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_TEXTS: dict[int, tuple[ref[BaseModel], str]] = {}


def text_of(piece: BaseModel) -> str:
    """`canonical` of a piece that nobody changes, told once while it lives; a copy is another piece."""
    name = id(piece)
    held = _TEXTS.get(name)
    if held is None or held[0]() is not piece:
        held = _TEXTS[name] = ref(piece, lambda _: _TEXTS.pop(name, None)), canonical(piece)
    return held[1]


def text_of_named(pieces: Mapping[Any, BaseModel]) -> str:
    """`canonical` of pieces by name, each told once."""
    texts = {_name(key): text_of(piece) for key, piece in pieces.items()}
    return "{" + ",".join(f"{canonical(name)}:{texts[name]}" for name in sorted(texts)) + "}"


# fields that came later: not written they say nothing, and digests taken before stay what they were
LATER = {
    "scale",
    "authority",
    "carried",
    "special",
    "own",
    "funds",
    "parts",
    "budget",
    "example",
    "kinds",
    "process",
    "remark",
    "criterion",
    "reads",
    "data",
    "of_data",
    "given",
    "not_applicable",
    "category_scales",
    "own_criteria",
    "deductions",
    "open",
    "weights",
    "weight",
}


def _plain(content: Any) -> Any:
    if content is None or isinstance(content, str | int):
        return content
    if isinstance(content, BaseModel):
        kept = ((name, getattr(content, name)) for name in _fields(type(content)))
        return {name: _plain(value) for name, value in kept if name not in LATER or value not in (None, {}, "")}
    if isinstance(content, dict):
        return {_name(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    return str(content) if isinstance(content, Fraction) else content


def _name(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


@cache
def _fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, field in model.model_fields.items() if not field.exclude)
