"""The digest of what people wrote: equal for equal content, wherever and in whatever order it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from pydantic import BaseModel


def digest_of(content: Any) -> str:
    """SHA-256 of what was written, apart from where it stands: no path, clock or order of keys enters it."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """`digest_of` the list of what these canonical texts tell."""
    return hashlib.sha256(f"[{','.join(texts)}]".encode()).hexdigest()


def canonical(content: Any) -> str:
    """Text that is equal for equal content: sorted keys, no places, paths or provenance, fractions written out."""
    return json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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
    if isinstance(content, BaseModel):
        fields = type(content).model_fields.items()
        kept = {name: getattr(content, name) for name, field in fields if not field.exclude}
        return _plain({name: value for name, value in kept.items() if value not in (None, {}, "") or name not in LATER})
    if isinstance(content, dict):
        keys = ("/".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in content)
        return {key: _plain(value) for key, value in zip(keys, content.values(), strict=True)}
    if isinstance(content, list | tuple):
        return [_plain(item) for item in content]
    return str(content) if isinstance(content, Fraction) else content
