"""A unit's year as it went (经过): every entry of the ledger about it, in order, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files.snapshot import sha256
from evaluator.records.ledger import KINDS, Entry, canonical
from evaluator.records.workflow import revisions, standing_of


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; `revision` is v01, v02 … of a run, and what was in force of anything else.

    `stage` is where the unit's year stood afterwards.
    """

    seq: int
    time: str
    revision: str
    what: str
    by: str
    says: str
    stage: str


def chronicle(entries: Sequence[Entry]) -> list[Event]:
    """What happened in a unit's year, oldest first, from its entries; times in UTC as recorded."""
    told: list[Event] = []
    numbers, revision, first = revisions(entries), 0, 1
    program = None
    for place, entry in enumerate(entries, 1):
        before, revision = revision, numbers.get(entry.seq, revision)
        again = entry.kind == "run" and revision == before
        says = _says(entry, again, first)
        if entry.kind == "run":
            code = entry.payload.get("engine", {}).get("code")
            says += "；程序版本与上一次评分的不同" if program not in (None, code) else ""
            program = code
        first += len(entry.payload["remarks"]) if entry.kind == "return" else 0
        by, what = str(entry.payload.get("by") or ""), KINDS.get(entry.kind, entry.kind)
        stage = standing_of(entries[:place]).stage
        told.append(Event(entry.seq, entry.time, called(revision) if revision else "—", what, by, says, stage))
    return told


def _says(entry: Entry, again: bool, first: int) -> str:
    """In words; of a run whether its revision was written `again`, of a return the number of its first remark."""
    content = entry.payload
    match entry.kind:
        case "run":
            files = content["files"]
            changed = content.get("options", {}).get("deliver", {}).get("changes") or {}
            after = f"，替代台账第 {content['supersedes']} 条" if content.get("supersedes") and not again else ""
            more = f"，更正说明 {len(changed)} 张表" if changed else ""
            written = "结果不变，再次写出文件" if again else "文件"
            return f"{written} {len(files)} 个{after}{more}；结果摘要 {content['digests']['result'][:12]}"
        case "correction" | "review":
            changes = [
                f"{c['code']} {c['subject']} {c['field']} {c['before']} → {c['after']}" for c in content["changes"]
            ]
            reason = f"{content['reason']}：" if content["reason"] else ""
            return f"{reason}{'；'.join(changes)}"
        case "return":
            told = enumerate(content["remarks"], first)
            return "；".join(f"意见 {number} {one['code'] or '整个单位'}：{one['text']}" for number, one in told)
        case "reply":
            return f"回复意见 {content['remark']}：{content['answer']}"
        case "submit":
            files = content.get("files", [])
            listed = f"，文件 {len(files)} 个，清单摘要 {sha256(canonical(files).encode())[:12]}" if files else ""
            return f"报送台账第 {content['run']} 条的结果{listed}"
        case "accept":
            return f"通过台账第 {content['run']} 条的结果" if "run" in content else ""
        case "rescore":
            return "；".join(f"{one['code']} 自评 {one['own']}，复核 {one['review']}" for one in content["scores"])
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


def run_named(entries: Sequence[Entry], name: str) -> tuple[str, Entry]:
    """The run of a unit's year called v01, v02 …, or 通过, 报送, 现在 as the year stands; with what it is called.

    Raises UsageProblem (U359) with those there are.
    """
    numbers, standing = revisions(entries), standing_of(entries)
    words = {"通过": standing.accepted, "报送": standing.submitted, "现在": standing.now}
    if run := words.get(name.strip()):
        return f"{name.strip()} {called(numbers[run.seq])}", run
    match = re.fullmatch(r"v?0*(\d{1,6})", name.strip().lower())
    found = [one for one in entries if match and numbers.get(one.seq) == int(match[1])]
    if found:
        return name, found[-1]
    known = "、".join([*dict.fromkeys(map(called, numbers.values())), *(word for word, run in words.items() if run)])
    raise UsageProblem([Problem("U359", f"没有版次“{name}”", None, known or "还没有评过分")])
