"""Between clerk and reviewer: submission (报送), return (退回) with remarks, replies to them, acceptance (审核通过).

What is submitted are the files of the last run's revision as they lie there; `hindrances` says what stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting
from evaluator.acts.issuing import score, stale
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files.snapshot import digest_of_file
from evaluator.find import find_row, find_table
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.people import name_of, person
from evaluator.records.reissuing import History, history_of
from evaluator.records.reruns import File
from evaluator.records.workflow import (
    BEFORE,
    PROGRAM,
    SAID,
    Remark,
    UnitStanding,
    current,
    of_unit,
    remarks_of,
    revisions,
    standing_of,
)
from evaluator.results import Evaluation


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was submitted: its entry, revision, files and the answers that went with it; or why nothing was (`hindrances`)."""

    hindering: dict[str, list[str]]
    entry: Entry | None = None
    revision: int = 0
    files: Sequence[File] = ()
    answered: Sequence[Remark] = ()


def submit(at: Sitting, by: str) -> Submitted:
    """Submit the last run; nothing is recorded while anything hinders.

    Raises UsageProblem: U358 nothing was run, or what was is stale; U376 files that are gone or changed; U351; U447.
    """
    with at.acting("报送") as act:
        scored = score(at)
        unit, year = scored.evaluation.unit_code, scored.evaluation.year
        act.alone(unit, year)
        history = history_of(act.ledger, unit, year)
        if history.last is None:
            raise UsageProblem([Problem("U358", "还没有评过分，不能报送", remedy="先运行 ziping run")])
        if hindering := hindrances(history, scored.evaluation):
            return Submitted(hindering)
        if says := stale(at, scored, history):
            raise UsageProblem([Problem("U358", f"{says}，不能报送", remedy="先运行 ziping run")])
        files = files_to_submit(history, act.root)
        kept = [{"name": file.name, "version": file.version, "sha256": file.sha256} for file in files]
        about = {"run": history.last.seq, "revision": history.revision, "files": kept}
        entry = _step(act.ledger, "submit", unit, year, by, **about)
    return Submitted({}, entry, history.revision, files, current(history.entries))


def send_back(at: Sitting, by: str, remarks: Sequence[str]) -> tuple[Entry, list[Remark]]:
    """Return the year with remarks, each `text`, `project=text` or `project/row=text`; returns the entry and all that is to be answered now.

    Raises UsageProblem: U375 a remark that says nothing, U351, U372, U447.
    """
    with at.acting("退回") as act:
        evaluation = at.evaluated(at.rulebook())
        unit, year = evaluation.unit_code, evaluation.year
        listed = [_remark(evaluation, remark) for remark in remarks]
        act.alone(unit, year)
        entry = _step(act.ledger, "return", unit, year, by, remarks=listed)
        return entry, current(history_of(act.ledger, unit, year).entries)


def remark(at: Sitting, by: str, remarks: Sequence[str]) -> tuple[Entry, list[Remark]]:
    """Record remarks without returning anything, each `text`, `project=text` or `project/row=text`; open until answered.

    Returns the entry, and the remarks that are open now. Raises what `send_back` does.
    """
    with at.acting("写审核意见") as act:
        evaluation = at.evaluated(at.rulebook())
        unit, year = evaluation.unit_code, evaluation.year
        listed = [_remark(evaluation, said) for said in remarks]
        entry = _step(act.ledger, "remark", unit, year, by, remarks=listed)
        return entry, unanswered(history_of(act.ledger, unit, year).entries)


def unanswered(entries: Sequence[Entry]) -> list[Remark]:
    """The remarks of a unit's year that still wait for an answer."""
    return [remark for remark in current(entries) if remark.answer is None]


def _remark(evaluation: Evaluation, said: str) -> dict[str, str]:
    head, given, text = said.partition("=")
    says = _words(text if given else said, "意见", "--remark 意见，或 --remark 项目编码=意见、项目编码/指标编号=意见")
    if not given:
        return {"code": "", "text": says}
    project, _, row = head.partition("/")
    table = find_table(evaluation, project.strip())
    about = {"row": find_row(table, row.strip()).indicator.id} if row.strip() else {}
    return {"code": table.code, "text": says, **about}


def reply(at: Sitting, by: str | None, number: int, answer: str) -> tuple[Remark, int]:
    """Record the answer to a remark; a later one takes its place until the year is submitted.

    Returns the remark, and how many are still open. Raises UsageProblem: U371 no name, U373 no such remark, U374 one that
    went with a submission, U375 nothing said.
    """
    with at.acting("回复") as act:
        unit, year = at.key(at.rulebook())
        name = name_of(by or "")
        mine = of_unit(act.ledger.entries(), unit, year)
        known = {remark.number: remark for remark in remarks_of(mine)}
        now = {remark.number: remark for remark in current(mine)}
        if number not in known:
            allowed = "、".join(map(str, known)) or "还没有退回意见"
            raise UsageProblem([Problem("U373", f"没有意见 {number}", None, allowed)])
        if number not in now:
            allowed = "、".join(map(str, now)) or "没有要回复的意见"
            raise UsageProblem([Problem("U374", f"意见 {number} 已随后来的报送了结，不再回复", None, allowed)])
        said = _words(answer, f"意见 {number} 的回复", "--answer 回复")
        act.ledger.append("reply", {"unit_code": unit, "year": year, "by": name, "remark": number, "answer": said})
    return now[number], sum(remark.answer is None for remark in now.values() if remark.number != number)


def remarks(at: Sitting) -> tuple[list[Remark], int]:
    """Every remark with its answer, and how many of those to be answered now are open."""
    unit, year = at.key(at.rulebook())
    with Ledger(at.ledger) as ledger:
        entries = history_of(ledger, unit, year).entries
    return remarks_of(entries), sum(remark.answer is None for remark in current(entries))


def accept(at: Sitting, by: str) -> tuple[Entry, int]:
    """Accept what was submitted; returns the entry and the revision. Raises UsageProblem: U351, U372, U379 open remarks, U447."""
    with at.acting("审核通过") as act:
        unit, year = at.key(at.rulebook())
        act.alone(unit, year)
        history = history_of(act.ledger, unit, year)
        if left := unanswered(history.entries):
            says = f"还有 {len(left)} 条意见没有回复：{left[0].says}"
            raise UsageProblem([Problem("U379", says, remedy="单位回复以后再通过，或者退回")])
        run = history.standing.submitted
        about = {"run": run.seq, "revision": history.revisions[run.seq]} if run else {}
        return _step(act.ledger, "accept", unit, year, by, **about), about.get("revision", 0)


def _words(text: str, what: str, allowed: str) -> str:
    """What a person says, without the blanks around it; raises UsageProblem (U375) when that is nothing."""
    if not text.strip():
        raise UsageProblem([Problem("U375", f"{what}没有内容", None, allowed)])
    return text.strip()


# ---- what may be done when -----------------------------------------------------------------------------------------


def may(step: str, stage: str) -> bool:
    """Whether a year at a stage can take a step: submit, return, accept."""
    return stage in BEFORE[step]


def _step(ledger: Ledger, kind: str, unit: str, year: int, by: str, **more: Any) -> Entry:
    """Record a submission, return or acceptance.

    Raises UsageProblem: U351 when the year does not stand where it must, U372 when who submitted would review.
    """
    allowed(ledger, kind, unit, year, by)
    return ledger.append(kind, {"unit_code": unit, "year": year, "by": by, **more})


def allowed(ledger: Ledger, kind: str, unit: str, year: int, by: str) -> None:
    """Refuse a step that may not be taken, or not by this person: U351, U372, as for `_step`."""
    mine = of_unit(ledger.entries(), unit, year)
    standing = standing_of(mine)
    if standing.stage not in BEFORE[kind] and not (kind == "submit" and _pending(standing)):
        says = f"{year} 年度现在是“{standing.stage}”，不能{SAID[kind]}"
        raise UsageProblem([Problem("U351", says, None, f"{'或'.join(BEFORE[kind])}时才能{SAID[kind]}")])
    if kind in ("accept", "review") and _pending(standing):
        what = "" if standing.submitted is None else f"报送的是 {called(revisions(mine)[standing.submitted.seq])}，"
        says = f"{what}报送以后{PROGRAM if standing.program else '又有改动'}，不能{SAID[kind]}"
        raise UsageProblem([Problem("U351", says, None, "重新报送以后", remedy="ziping run、ziping submit，或者退回")])
    if kind in ("return", "remark", "accept", "review"):
        not_own(mine, by, SAID[kind])


def not_own(entries: Iterable[Entry], by: str, what: str) -> None:
    """Refuse (U372) what who submitted a unit's year may not do about it himself."""
    submitters = submitters_of(entries)
    if person(by) in submitters:
        says = f"{submitters[person(by)]}报送过这一年度，不能自己{what}"
        raise UsageProblem([Problem("U372", says, None, "由没有报送过的人审核")])


def submitters_of(entries: Iterable[Entry]) -> dict[str, str]:
    """Who submitted a unit's year, by what tells people apart."""
    return {person(entry.payload["by"]): entry.payload["by"] for entry in entries if entry.kind == "submit"}


def _pending(standing: UnitStanding) -> bool:
    """Whether a year that was submitted has changed since, so that it is to be submitted anew."""
    return standing.stage == "已报送" and standing.changed


def hindrances(history: History, evaluation: Evaluation) -> dict[str, list[str]]:
    """Why a year cannot be submitted yet, by kind: projects nobody filled in, errors, remarks nobody answered."""
    wrong = [
        (table, finding)
        for table in evaluation.tables
        for finding in (*table.findings, *table.aside)
        if finding.severity == "错误"
    ]
    kinds = {
        "个没有填的项目": [
            f"未填 {table.name}（{table.code}）：没有任何完成情况"
            for table in evaluation.tables
            if all(row.missing for row in table.all_rows)
        ],
        "个错误级问题": [
            f"{finding.severity} {finding.rule.id} {table.name}：{finding.says}" for table, finding in wrong
        ],
        "条没有回复的意见": [
            f"未回复 {remark.says}；ziping reply {remark.number} --answer 回复 --by 姓名"
            for remark in current(history.entries)
            if remark.answer is None
        ],
    }
    return {kind: lines for kind, lines in kinds.items() if lines}


def files_to_submit(history: History, root: Path) -> list[File]:
    """Every file of the last revision, each once, found as it was written; `root` is the folder of the ledger.

    Raises UsageProblem (U376) with those that are gone or were changed.
    """
    files: dict[str, list[File]] = {}
    for file in history.files(history.revision):
        files.setdefault(file.name, []).append(file)
    there = {name: [place for place in places if (root / place.path).is_file()] for name, places in files.items()}
    sound = {
        name: [place for place in places if digest_of_file(root / place.path) == place.sha256]
        for name, places in there.items()
    }
    if wrong := [name for name in files if not sound[name]]:
        lost = [f"“{name}”{'写出以后被改过' if there[name] else '不见了'}" for name in wrong]
        more = f"等 {len(wrong)} 个文件" if len(wrong) > 3 else ""
        says = f"版次 {called(history.revision)} 的{'，'.join(lost[:3])}{more}，不能报送"
        raise UsageProblem([Problem("U376", says, remedy="运行 ziping run，用原来的 --to 和 --out 重新写出")])
    return [places[0] for places in sound.values()]
