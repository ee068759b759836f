"""A unit's year in words: how it went (经过), where it stands, and what is accepted beside what is now, all as the ledger keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files.snapshot import sha256
from evaluator.records.ledger import KINDS, Entry, Ledger, canonical
from evaluator.records.workflow import PROGRAM, REMARKED, UnitStanding, change_text, changes_in, revisions, standing_of


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
    events: list[Event] = []
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
        first += len(entry.payload["remarks"]) if entry.kind in REMARKED else 0
        by, what = str(entry.payload.get("by") or ""), KINDS.get(entry.kind, entry.kind)
        stage = standing_of(entries[:place]).stage
        events.append(Event(entry.seq, entry.time, called(revision) if revision else "—", what, by, says, stage))
    return events


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
            reason = f"{content['reason']}：" if content["reason"] else ""
            return f"{reason}{'；'.join(map(change_text, changes_in(entry)))}"
        case "return" | "remark":
            numbered = enumerate(content["remarks"], first)
            return "；".join(
                f"意见 {number} {' '.join(filter(None, (remark['code'], remark.get('row')))) or '整个单位'}：{remark['text']}"
                for number, remark in numbered
            )
        case "reply":
            return f"回复意见 {content['remark']}：{content['answer']}"
        case "submit":
            files = content.get("files", [])
            listed = f"，文件 {len(files)} 个，清单摘要 {sha256(canonical(files).encode())[:12]}" if files else ""
            return f"报送台账第 {content['run']} 条的结果{listed}"
        case "receive":
            return f"收下 {len(content['entries'])} 条记录、{len(content['files'])} 个文件；包的摘要 {content['package'][:12]}"
        case "accept":
            return f"通过台账第 {content['run']} 条的结果" if "run" in content else ""
        case "rescore":
            return "；".join(
                f"{score['code']} 自评 {score['own']}，复核 {score['review']}" for score in content["scores"]
            )
        case "monitor":
            colours = "、".join(f"{code} {colour or '未评'}" for code, colour in content["colours"].items())
            return f"截至 {content['as_of']}：{colours}；监控数据摘要 {content['digests']['monitoring'][:12]}"
        case "duties":
            return "；".join(f"{duty['id']} {duty['rule']} {duty['project']}" for duty in content["duties"])
        case "closing":
            return f"{content['duty']}（{content['on']}）：{'、'.join(content['evidence'])}"
        case "evidence":
            listed = "；".join(f"{file['project']} {file['indicator']} {file['title']}" for file in content["files"])
            why = f"（{content['reason']}）" if content.get("reason") else ""
            return f"撤下 {listed}{why}" if content.get("removed") else listed
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
    named = [entry for entry in entries if match and numbers.get(entry.seq) == int(match[1])]
    if named:
        return name, named[-1]
    known = "、".join([*dict.fromkeys(map(called, numbers.values())), *(word for word, run in words.items() if run)])
    raise UsageProblem([Problem("U359", f"没有版次“{name}”", None, known or "还没有评过分")])


# ---- where it stands -----------------------------------------------------------------------------------------------


def stands(standing: UnitStanding, numbers: Mapping[int, int]) -> str:
    """The stage and which revisions were submitted and accepted: 已报送；报送 v03，已通过 v02，现在 v04."""
    runs = (("报送", standing.submitted), ("已通过", standing.accepted), ("现在", standing.now))
    named = "，".join(f"{what} {called(numbers[run.seq])}" for what, run in runs if run)
    todo = "须重新报送、审核" if standing.stage == "通过后更正待审" else ""
    if standing.stage == "已报送" and standing.changed:
        todo = f"报送以后{PROGRAM if standing.program else '又有改动'}，须重新报送"
    elif todo and standing.program:
        todo = f"通过以后{PROGRAM}，{todo}"
    again = "更正以后还没有用 ziping run 重新出具" if standing.unissued else ""
    return "；".join(part for part in (standing.stage, named, again, todo) if part)


def beside(ledger: Ledger, standing: UnitStanding, numbers: Mapping[int, int]) -> list[str]:
    """What was accepted and what is now, a line for each table and mean that differ; nothing while they are the same.

    Raises LedgerProblem when the ledger no longer has what a run came to.
    """
    then, now = standing.accepted, standing.now
    if then is None or now is None or not standing.reopened:
        return []
    sides = [dict(_came_to(ledger, run)) for run in (then, now)]
    names = [name for name in dict.fromkeys([*sides[0], *sides[1]]) if sides[0].get(name) != sides[1].get(name)]
    heads = [f"{what} {called(numbers[run.seq])}" for what, run in (("已通过", then), ("现在", now))]
    lines = []
    for name in names:
        was, became = (f"{head} {side.get(name, '没有')}" for head, side in zip(heads, sides, strict=True))
        lines.append(f"{name}：{was} → {became}")
    return lines or [f"{' → '.join(heads)}：得分和等级都没有变动"]


def _came_to(ledger: Ledger, run: Entry) -> Iterator[tuple[str, str]]:
    """The score and grade of every table of a run, and the mean of its projects."""
    content = json.loads(ledger.blob(run.payload["digests"]["result"]))
    department = content["department"]
    for table in (*content["projects"], *([department["own"]] if department else [])):
        yield f"{table['name']}（{table['code']}）", f"{table['score']} {table['grade']}"
    if department:
        yield "项目加权平均", f"{department['mean']} {department['mean_grade']}"
