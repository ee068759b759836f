"""Duties of rectification (整改): drafted from findings, looked over by a day, closed with evidence (销号).

What a person wrote in the register is never changed; where there is a ledger, what is done about duties is recorded in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Act, Sitting, View
from evaluator.actuals.evidence import evidence_added, load_evidence
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import Edit, apply, end_of, nodes_of, with_values
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import Problem, UsageProblem, nearest
from evaluator.files.journal import FileChange, change
from evaluator.files.snapshot import take, take_text
from evaluator.findings.inference import Finding
from evaluator.following.rectification import (
    DutyEntry,
    Key,
    Register,
    duties_of,
    load_registers,
    registers_until,
)
from evaluator.quantities.days import day_of
from evaluator.quantities.numerals import Unreadable
from evaluator.records.ledger import Entry as Kept
from evaluator.results import Attached, Duty, Evaluation, TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.places import Workspace

HEAD = """# yaml-language-server: $schema=../../rules/schema/rectification.schema.json
# 整改台账：责任人（owner）和完成时限（due）由单位填写；整改完成用 ziping rectify close 登记佐证并销号。
"""
Values = Mapping[tuple[str, ...], str | Sequence[str]]  # by where they stand in the register
EMPTY = '"" # 核对日期：评分时逾期判断到这一天'


@dataclass(frozen=True, slots=True)
class Planned:
    """Duties that were added to a register, where it is, and the entry of the ledger about them."""

    added: list[DutyEntry]
    path: Path
    entry: Kept | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The register with a duty closed, the day, and the entry of the ledger about it."""

    register: Register
    day: date
    entry: Kept | None

    @property
    def left(self) -> int:
        """How many duties of the year are not done."""
        return sum(duty.state != "已整改" for duty in self.register.duties)


def plan(at: Sitting, as_of: str = "") -> Planned:
    """Add a duty to the register for every finding that calls for action and has none yet; see `drafted`."""
    day = _day(as_of) if as_of else None
    with at.acting("列整改事项") as act:
        rulebook = at.rulebook()
        evaluation = at.evaluated(rulebook)
        unit, year = evaluation.unit_code, evaluation.year
        draft = drafted(at.space, rulebook, evaluation, day)
        files, added = ([draft[0]], draft[1]) if draft else ([], [])
        about = [{"id": duty.id, "rule": duty.origin.rule, "project": duty.origin.project} for duty in added]
        at.tell(act.free(unit, year, []))
        entry = _record(act, files, "duties" if about else "", unit, year, {"duties": about})
    return Planned(added, files[0].path if files else register_path(at.space, (year, unit)), entry)


@dataclass(frozen=True, slots=True)
class Standing:
    """Duties as they stand at the end of a day, and the files behind those that were closed with files."""

    day: date
    duties: list[Duty]
    files: dict[tuple[int, str], list[Attached]]  # by year and duty


def standing(at: Sitting, as_of: str = "") -> View[Standing]:
    """The year's duties, and those still open of years before, as they stand at the end of a day (today where none is given).

    To attend to where one is overdue. Raises ActualsProblems with what is wrong in the registers or the list of evidence.
    """
    rulebook = at.rulebook()
    unit, year = at.key(rulebook)
    registers = load_registers(at.space, rulebook)
    day = _day(as_of) if as_of else date.today()
    of_unit = registers_until(registers, (year, unit))
    duties = [duty for register in of_unit for duty in duties_of(register, day) if duty.open or duty.year == year]

    attached = load_evidence(at.space.evidence, rulebook.scope)
    files = {
        (duty.year, duty.id): [
            file for file in attached.get((duty.year, duty.project), ()) if file.indicator == duty.id
        ]
        for duty in duties
    }

    def as_json() -> dict[str, Any]:
        listed = [
            asdict(duty) | {"open": duty.open, "files": [asdict(file) for file in files[duty.year, duty.id]]}
            for duty in duties
        ]
        return {"as_of": str(day), "duties": listed}

    return View(Standing(day, duties, files), as_json, any(duty.overdue for duty in duties))


def assign(at: Sitting, duty: str, owner: str, due: str) -> None:
    """Write who answers for a duty, and by which day ('' for none yet), into the register.

    Raises UsageProblem (Z113, Z114 no such register or duty, Z121 no day, Z111).
    """
    day = str(_day(due)) if due.strip() else ""
    with at.acting("整改分工") as act:
        rulebook = at.rulebook()
        unit, year = at.key(rulebook)
        register, _ = _entry_of(at.space, rulebook, (year, unit), duty)
        path = register_path(at.space, (register.year, register.unit), register)
        said: Values = {("duties", duty, "owner"): owner.strip(), ("duties", duty, "due"): day}
        text = _sure(path, with_values(take_text(path), said), len(register.duties))
        act.commit([change(path, text.encode(), take(path))])


def close(
    at: Sitting, by: str | None, duty: str, evidence: Sequence[str], on: str = "", files: Sequence[Path] = ()
) -> Closed:
    """Close a duty with its evidence by name and in files, on a day (today where none is given); see `closed`.

    Files are copied into the workspace and listed with their digests, as those behind a row are, and named in the register.
    Raises also ActualsProblems (A302, A303).
    """
    day = _day(on) if on else date.today()
    evidence = [*evidence, *(path.name for path in files)]
    with at.acting("销号") as act:
        rulebook = at.rulebook()
        unit, year = at.key(rulebook)
        register, file = closed(at.space, rulebook, (year, unit), duty, evidence, by or "", day)
        of = next(entry for entry in register.duties if entry.id == duty)
        added, copied = evidence_added(at.space.evidence, (year, unit, of.origin.project), duty, files, "")
        said: dict[str, Any] = {"duty": duty, "by": by, "on": str(day), "evidence": of.evidence}
        if added:
            said["files"] = [{"title": piece.title, "sha256": piece.digest} for piece in added]
        at.tell(act.free(unit, year, []))
        entry = _record(act, [file, *copied], "closing", unit, year, said)
    return Closed(register, day, entry)


def _record(act: Act, files: list[FileChange], kind: str, unit: str, year: int, said: dict[str, Any]) -> Kept | None:
    """Write what was done about duties, with an entry of the ledger where there is one."""
    if not kind or not act.ledger.path.exists():
        act.commit(files)
        return None
    return act.record(kind, {"unit_code": unit, "year": year, **said}, files)


def _day(text: str) -> date:
    try:
        return day_of(text)
    except Unreadable as error:
        raise UsageProblem([Problem("Z121", f"日期：{error.reason}", None, error.allowed)]) from None


# ---- duties drafted ------------------------------------------------------------------------------------------------


def drafted(
    space: Workspace, rulebook: Rulebook, evaluation: Evaluation, as_of: date | None
) -> tuple[FileChange, list[DutyEntry]] | None:
    """The register with duties for the findings that call for action and have none yet, and these; None when nothing changes.

    What is in the register stays, but for the day it is checked to. Raises ActualsProblems, and UsageProblem (Z111) when
    the register is written in a way that cannot be added to.
    """
    key = (evaluation.year, evaluation.unit_code)
    registers = load_registers(space, rulebook)
    had = registers.get(key)
    path = register_path(space, key, had)
    origins = [duty.origin for duty in had.duties] if had else []
    known = {(origin.rule, origin.project, origin.subject) for origin in origins}
    wanted = [
        (table, finding)
        for table in evaluation.tables
        for finding in table.findings
        if calls_for_action(finding) and not _known(finding, table.code, known)
    ]
    taken = {duty.id for duty in had.duties} if had else set()
    free = (name for number in range(1, 10_000) if (name := f"ZG{number:03}") not in taken)
    added = [_entry(next(free), table, finding) for table, finding in wanted]
    if not added and (had is None or as_of is None or had.as_of == as_of):
        return None
    text = take_text(path) if had else f"{HEAD}year: {key[0]}\nunit: {scalar(key[1])}\nas_of: {EMPTY}\nduties: []\n"
    file = change(path, _added(path, text, added, as_of).encode(), take(path) if had else None)
    return file, added


def calls_for_action(finding: Finding) -> bool:
    """Whether a finding becomes a duty: an error or a warning that is not about duties, nor only about other findings."""
    return finding.severity != "提示" and not {"duty", "finding"} & finding.rule.when.keys()


def _known(finding: Finding, code: str, known: Set[tuple[str, str, str]]) -> bool:
    """Whether a finding has a duty, or each of the rows it names has one."""
    return (finding.rule.id, code, finding.subject) in known or all(
        (finding.rule.id, code, about) in known for about in finding.about
    )


def register_path(space: Workspace, key: Key, had: Register | None = None) -> Path:
    """Where the register of a year and unit lies, or is to lie."""
    if had is not None and had.where is not None:
        return space.root / had.where.path
    return space.rectification / str(key[0]) / f"{key[1]}.yaml"


def _entry(name: str, table: TableScore, finding: Finding) -> DutyEntry:
    origin = {"rule": finding.rule.id, "project": table.code, "subject": finding.subject, "says": finding.says}
    return DutyEntry.model_validate({"id": name, "from": origin})


def _lines(entry: DutyEntry, indent: int) -> Iterator[str]:
    pad = " " * indent
    yield f"{pad}- id: {scalar(entry.id)}"
    yield f"{pad}  from:"
    for name, value in entry.origin.model_dump().items():
        yield f"{pad}    {name}: {scalar(value)}"
    yield f'{pad}  owner: "" # 责任人'
    yield f'{pad}  due: "" # 完成时限，如 2024-06-30'
    yield f"{pad}  state: {entry.state}"


def _added(path: Path, text: str, entries: Sequence[DutyEntry], as_of: date | None) -> str:
    """The register's text with these duties after those it has; everything else stays as it is written."""
    from ruamel.yaml import YAML

    text = text if text.endswith("\n") else text + "\n"
    if as_of is not None:
        text = _sure(path, with_values(text, {("as_of",): str(as_of)}))
    if not entries:
        return text
    node = dict(nodes_of(YAML(typ="safe", pure=True).compose(text), ()))[("duties",)]
    indent = node.start_mark.column if node.value else 2
    listed = "".join(f"{line}\n" for entry in entries for line in _lines(entry, indent))
    edit: Edit
    if node.flow_style and not node.value:
        edit = (len(text[: node.start_mark.index].rstrip()), text.index("\n", node.end_mark.index) + 1, "\n" + listed)
    else:
        at = end_of(text, node)
        edit = (at, at, listed)
    return _sure(path, apply(text, [edit]), len(node.value) + len(entries))


def _sure(path: Path, text: str | None, count: int | None = None) -> str:
    """The text when it reads as a register (of so many duties); raises UsageProblem (Z111) otherwise."""
    document, problems = parse_document(text or "", path.name)
    register, faults = (None, []) if problems or text is None else as_model(Register, document)
    if text is None or register is None or faults or (count is not None and len(register.duties) != count):
        says = f"“{path}”的写法不能由命令修改"
        raise UsageProblem([Problem("Z111", says, remedy="每个事项各占一段，不用花括号；或在文件中自己修改")])
    return text


# ---- a duty closed ------------------------------------------------------------------------------------------------


def closed(
    space: Workspace, rulebook: Rulebook, key: Key, name: str, evidence: Sequence[str], by: str, day: date
) -> tuple[Register, FileChange]:
    """The register with a duty closed, and the file that is to be written; nothing is written yet.

    Raises UsageProblem (Z112 to Z115, Z111).
    """
    given = [text.strip() for text in evidence if text.strip()]
    if not given or not by.strip():
        says = "销号要有整改的佐证材料和销号人"
        raise UsageProblem([Problem("Z112", says, None, "--evidence 文件或名称 --by 姓名")])
    register, entry = _entry_of(space, rulebook, key, name)
    if entry.state == "已整改" and entry.evidence:
        raise UsageProblem([Problem("Z115", f"整改事项 {name} 已于 {entry.closed or '先前'} 销号", entry.where)])
    path = register_path(space, key, register)
    at = ("duties", name)
    values: Values = {
        (*at, "state"): "已整改",
        (*at, "evidence"): [*entry.evidence, *(text for text in given if text not in entry.evidence)],
        (*at, "closed"): str(day),
        (*at, "by"): by.strip(),
    }
    text = _sure(path, with_values(take_text(path), values), len(register.duties))
    changed, _ = as_model(Register, parse_document(text, path.name)[0])
    assert changed is not None
    return changed, change(path, text.encode(), take(path))


def _entry_of(space: Workspace, rulebook: Rulebook, key: Key, name: str) -> tuple[Register, DutyEntry]:
    """A duty of a year and unit with its register; raises UsageProblem (Z113, Z114)."""
    register = load_registers(space, rulebook).get(key)
    if register is None:
        says = f"{key[0]} 年单位 {key[1]} 没有整改台账"
        raise UsageProblem([Problem("Z113", says, remedy="先运行 ziping rectify plan")])
    entries = {entry.id: entry for entry in register.duties}
    if name not in entries:
        raise UsageProblem([Problem("Z114", f"没有整改事项“{name}”", None, "、".join(entries), nearest(name, entries))])
    return register, entries[name]
