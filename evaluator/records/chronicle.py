"""A unit's year as it went (经过): every entry of the ledger about it, in order, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.errors import Problem, UsageProblem
from evaluator.records.ledger import KINDS, Entry
from evaluator.records.workflow import of_unit


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `revision` is v01, v02 … of a run, and what was in force of anything else."""

    seq: int
    time: str
    revision: str
    what: str
    by: str
    says: str


def chronicle(entries: Iterable[Entry], unit_code: str, year: int) -> list[Event]:
    """What happened in a unit's year, oldest first; times in UTC as recorded."""
    told, run = [], 0
    for entry in of_unit(entries, unit_code, year):
        run += entry.kind == "run"
        revision = f"v{run:02}" if run else "—"
        by = str(entry.payload.get("by") or "")
        told.append(Event(entry.seq, entry.time, revision, KINDS.get(entry.kind, entry.kind), by, _says(entry)))
    return told


def _says(entry: Entry) -> str:
    content = entry.payload
    match entry.kind:
        case "run":
            files = [one for one in content["files"] if one["path"].endswith((".xlsx", ".html", ".docx", ".pdf"))]
            changed = content.get("options", {}).get("deliver", {}).get("changes") or {}
            after = f"，替代台账第 {content['supersedes']} 条" if content.get("supersedes") else ""
            more = f"，更正说明 {len(changed)} 张表" if changed and after else ""
            return f"文件 {len(files)} 个{after}{more}；结果摘要 {content['digests']['result'][:12]}"
        case "correction":
            changes = [
                f"{c['code']} {c['subject']} {c['field']} {c['before']} → {c['after']}" for c in content["changes"]
            ]
            return f"{content['reason']}：{'；'.join(changes)}"
        case "return":
            return "；".join(f"{one['code']} {one['text']}".strip() for one in content["remarks"])
        case "submit":
            return f"报送台账第 {content['run']} 条的结果"
        case "monitor":
            colours = "、".join(f"{code} {colour or '未评'}" for code, colour in content["colours"].items())
            return f"截至 {content['as_of']}：{colours}；监控数据摘要 {content['digests']['monitoring'][:12]}"
        case "duties":
            return "；".join(f"{one['id']} {one['rule']} {one['project']}" for one in content["duties"])
        case "closing":
            return f"{content['duty']}（{content['on']}）：{'、'.join(content['evidence'])}"
        case "evidence":
            return "；".join(f"{one['project']} {one['indicator']} {one['title']}" for one in content["files"])
    return ""


def as_json(told: Sequence[Event]) -> list[dict[str, Any]]:
    """The events as plain data."""
    return [asdict(one) for one in told]


def run_named(entries: Iterable[Entry], unit_code: str, year: int, name: str) -> Entry:
    """The run of a unit's year called v01, v02 …; raises UsageProblem (U359) with those there are."""
    runs = [one for one in of_unit(entries, unit_code, year) if one.kind == "run"]
    match = re.fullmatch(r"v?0*(\d{1,6})", name.strip().lower())
    if match and 1 <= int(match[1]) <= len(runs):
        return runs[int(match[1]) - 1]
    known = "、".join(f"v{number:02}" for number in range(1, len(runs) + 1))
    raise UsageProblem([Problem("U359", f"没有版次“{name}”", None, known or "还没有评过分")])
