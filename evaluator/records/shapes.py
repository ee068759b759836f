"""What an entry of the ledger looks like, so that one made by hand is refused where it stands and not where it is used."""

from __future__ import annotations

import re
from datetime import datetime
from types import NoneType
from typing import Any

WHEN = "%Y-%m-%dT%H:%M:%SZ"
HEX = re.compile(r"[0-9a-f]{64}")
# what is read of each kind about a unit's year; a key with ? may be absent, a list holds things of one shape
_FILES = [{"path": str, "version": int, "sha256": str}]
_VALUES = [{"code": str, "subject": str, "field": str, "before": str, "after": str}]
SHAPES: dict[str, Any] = {
    "run": {"digests": {"result": str}, "files": _FILES, "revision?": int, "supersedes?": (int, NoneType), "options?": {}, "snapshot?": {}, "evidence?": {}, "engine?": {}},
    "correction": {"by": str, "reason": str, "changes": _VALUES},
    "submit": {"by": str, "run?": int, "revision?": int, "files?": [{"name": str, "version": int, "sha256": str}]},
    "return": {"by": str, "remarks": [{"code": str, "text": str, "row?": str}]},
    "remark": {"by": str, "remarks": [{"code": str, "text": str, "row?": str}]},
    "reply": {"by": str, "remark": int, "answer": str},
    "accept": {"by": str, "run?": int, "revision?": int},
    "receive": {"by": str, "package": str, "entries": [int], "files": {}},
    "review": {"by": str, "reason": str, "project": str, "changes": _VALUES},
    "rescore": {"scores": [{"code": str, "own": str, "review": str}]},
    "evidence": {"by?": str, "files": [{"project": str, "indicator": str, "title": str}]},
    "monitor": {"as_of": str, "colours": {}, "digests": {"monitoring": str}},
    "duties": {"duties": [{"id": str, "rule": str, "project": str}]},
    "closing": {"duty": str, "on": str, "evidence": [str], "files?": [{"title": str, "sha256": str}]},
}  # fmt: skip


def malformed(seq: Any, kind: Any, time: Any, payload: Any, previous: Any, digest: Any) -> str:
    """What makes this no entry, whatever its digest says; '' when it is one."""
    if type(seq) is not int:
        return f"序号 {_shown(seq)} 不是整数"
    if not isinstance(kind, str):
        return f"事项 {_shown(kind)} 不是文字"
    if not _moment(time):
        return f"时间 {_shown(time)} 不是 2024-01-31T08:00:00Z 那样的时间"
    if not all(isinstance(text, str) and HEX.fullmatch(text) for text in (previous, digest)):
        return "摘要不是 64 位十六进制"
    if not isinstance(payload, dict):
        return "内容不是键和值"
    if says := _unkept(payload):
        return says
    blobs = payload.get("blobs", [])
    if not isinstance(blobs, list) or not all(isinstance(blob, str) and HEX.fullmatch(blob) for blob in blobs):
        return f"所存内容 {_shown(blobs)} 不是摘要的列表"
    return ""


def misfit(kind: str, payload: dict[str, Any]) -> str:
    """What an entry about a unit's year does not say, or says otherwise than it is read; '' when all is there."""
    if "unit_code" not in payload or kind not in SHAPES:
        return ""
    return _misfit(payload, {"unit_code": str, "year": int, **SHAPES[kind]}, "")


def _moment(time: Any) -> bool:
    try:
        return isinstance(time, str) and datetime.strptime(time, WHEN).strftime(WHEN) == time
    except ValueError:
        return False


def _unkept(content: Any) -> str:
    """What no ledger keeps: a number that is not whole, a text that is none."""
    if isinstance(content, float):
        return f"{content} 不是整数"
    if isinstance(content, str):
        try:
            content.encode()
        except UnicodeEncodeError:
            return "文字中有不能保存的字符"
        return ""
    parts = [*content, *content.values()] if isinstance(content, dict) else content if isinstance(content, list) else []
    return next(filter(None, map(_unkept, parts)), "")


def _misfit(content: Any, shape: Any, name: str) -> str:
    """Where a content has not the shape it must have; '' where it has."""
    if isinstance(shape, dict):
        if not isinstance(content, dict):
            return f"“{name}”应为键和值，是 {_shown(content)}"
        for key, inner in shape.items():
            own = key.removesuffix("?")
            if own not in content:
                if own == key:
                    return f"缺少“{own}”"
            elif says := _misfit(content[own], inner, own):
                return says
        return ""
    if isinstance(shape, list):
        if not isinstance(content, list):
            return f"“{name}”应为列表，是 {_shown(content)}"
        return next(filter(None, (_misfit(part, shape[0], name) for part in content)), "")
    allowed = shape if isinstance(shape, tuple) else (shape,)
    return "" if type(content) in allowed else f"“{name}”不能是 {_shown(content)}"


def _shown(content: Any) -> str:
    text = str(content) if isinstance(content, str) else repr(content)
    words = {True: "true", False: "false", None: "null"}
    return words.get(content, text)[:40] if isinstance(content, (bool, NoneType)) else f"“{text[:40]}”"
