"""Rectification (整改): findings become duties with an owner, a due date, evidence and a state, in a register people fill in.

rectification/<year>/<unit>.yaml     the register (整改台账) of one evaluated year; what a person wrote is never changed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from evaluator.documents import parse_document
from evaluator.errors import ActualsProblems, Problem, UsageProblem, nearest
from evaluator.faults import Whose, said_of, sorted_out
from evaluator.files import Loaded, reading, take, take_text
from evaluator.findings.inference import Finding
from evaluator.intake.writing import scalar
from evaluator.intake.yamltext import Edit, apply, end_of, nodes_of, with_values
from evaluator.journal import Change, change, commit
from evaluator.model import Code, Line, Name, Words, Written, Year
from evaluator.quantities.days import Day
from evaluator.results import Duty, DutyState, Evaluation, TableScore
from evaluator.rulebook import Rulebook
from evaluator.validation import as_model, read_model
from evaluator.workspace import Workspace

HEAD = """# yaml-language-server: $schema=../../rules/schema/rectification.schema.json
# 整改台账：责任人（owner）和完成时限（due）由单位填写；整改完成用 ziping rectify close 登记佐证并销号。
"""
EMPTY = '"" # 核对日期：评分时逾期判断到这一天'
Key = tuple[int, str]  # evaluated year and unit
MaybeDay = Annotated[Day | None, BeforeValidator(lambda value: None if value in (None, "") else value)]


class Origin(Written, title="来源问题"):
    """The finding that a duty came from."""

    rule: Code = Field(title="问题编号")
    project: Code = Field(title="项目编码（部门整体填单位编码）")
    subject: Words = Field("", title="所涉指标")
    says: Words = Field(title="问题")


class Entry(Written, title="整改事项"):
    """One duty of rectification."""

    id: Name = Field(max_length=20, title="编号")
    origin: Origin = Field(alias="from", title="来源问题")
    owner: Words = Field("", title="责任人")
    due: MaybeDay = Field(None, title="完成时限")
    state: DutyState = Field("未整改", title="状态")
    evidence: list[Line] = Field([], title="整改佐证（文件或名称）")
    closed: MaybeDay = Field(None, title="完成日期")
    by: Words = Field("", title="销号人")
    note: Words = Field("", title="说明")


class Register(Written, title="整改台账"):
    """The duties of one unit that its evaluation of one year gave rise to."""

    year: Year = Field(title="评价年度")
    unit: Code = Field(title="单位编码")
    as_of: MaybeDay = Field(None, title="核对日期：逾期判断到这一天")
    duties: list[Entry] = Field(title="整改事项")


@dataclass(frozen=True, slots=True)
class Planned:
    """A register with duties added to it, not written yet."""

    root: Path
    change: Change
    added: tuple[Entry, ...]

    @property
    def path(self) -> Path:
        """Where the register lies."""
        return self.change.path

    def write(self) -> None:
        """Put it in its place, whole or not at all."""
        commit(self.root, "列整改事项", [self.change])


# ---- reading -----------------------------------------------------------------------------------------------------


def read_rectification(
    folder: Path, rulebook: Rulebook, whose: dict[str, frozenset[Whose]] | None = None
) -> tuple[dict[Key, Register], list[Problem]]:
    """Every register under rectification/, and every problem (Z101 to Z105, and those of reading YAML).

    `whose` is filled with whose each file is, by its path.
    """
    registers: dict[Key, Register] = {}
    problems: list[Problem] = []
    for path in sorted([*folder.glob("*/*.yaml"), *folder.glob("*/*.yml")]):
        shown = path.relative_to(folder.parent).as_posix()
        register, found = read_model(Register, path, shown)
        problems += found
        if whose is not None:
            whose[shown] = said_of(path, *((register.year, register.unit) if register else (None, None)))
        if register is not None:
            problems += _check(register, path, rulebook)
            first = registers.setdefault((register.year, register.unit), register)
            if first is not register:
                says = f"{register.year} 年单位 {register.unit} 的整改台账重复，先见于 {first.where}"
                problems.append(Problem("Z105", says, register.where, "一个单位一年一个台账"))
    return registers, problems


def load_rectification(space: Workspace, rulebook: Rulebook) -> Loaded[Key, tuple[Duty, ...]]:
    """The duties of every register, overdue or not by the day the register names; raises ActualsProblems."""
    year = rulebook.scope[0] if rulebook.scope else None
    with reading() as files:
        registers = load_registers(space, rulebook, *([year, year - 1] if year else []))
    return Loaded({key: duties_of(register, register.as_of) for key, register in registers.items()}, files)


def load_registers(space: Workspace, rulebook: Rulebook, *years: int) -> dict[Key, Register]:
    """Every register; raises ActualsProblems with what is wrong in any.

    For a rulebook that was opened for a unit: with what is wrong in the unit's registers (of these years; of all).
    """
    whose: dict[str, frozenset[Whose]] = {}
    registers, problems = read_rectification(space.rectification, rulebook, whose)
    unit = rulebook.scope[1] if rulebook.scope else None
    if own := sorted_out(problems, whose, *((year, unit) for year in years or (None,)))[0]:
        raise ActualsProblems(own)
    return registers


def duties_of(register: Register, as_of: date | None) -> tuple[Duty, ...]:
    """The duties of a register as they stand at the end of a day."""
    return tuple(
        Duty(
            id=one.id,
            year=register.year,
            project=one.origin.project,
            rule=one.origin.rule,
            says=one.origin.says,
            owner=one.owner,
            due=str(one.due or ""),
            state=one.state,
            evidence=tuple(one.evidence),
            overdue=None if as_of is None or one.due is None else one.state != "已整改" and one.due < as_of,
        )
        for one in register.duties
    )


def _check(register: Register, path: Path, rulebook: Rulebook) -> Iterator[Problem]:
    where = register.where
    if (str(register.year), register.unit) != (path.parent.name, path.stem):
        says = (
            f"文件中的年度、单位（{register.year}、{register.unit}）与所在位置（{path.parent.name}/{path.name}）不一致"
        )
        yield Problem("Z101", says, where, "rectification/年度/单位编码.yaml")
    seen: set[str] = set()
    codes = {t.unit.code for t in rulebook.tables if t.year == register.year}
    codes |= {project.code for project in rulebook.projects.values() if project.year == register.year}
    for one in register.duties:
        if one.id in seen:
            yield Problem("Z102", f"整改事项编号 {one.id} 重复", one.where, "每个编号只用一次")
        seen.add(one.id)
        code = one.origin.project
        if codes and code not in codes | rulebook.waiting:
            says = f"整改事项 {one.id}：{register.year} 年没有项目“{code}”"
            yield Problem("Z103", says, one.origin.where, "、".join(sorted(codes)), nearest(code, codes))
        if one.closed is not None and one.state != "已整改":
            says = f"整改事项 {one.id} 写了完成日期 {one.closed}，状态却是“{one.state}”"
            yield Problem("Z104", says, one.where, "状态改为“已整改”，或去掉完成日期")


# ---- planning ----------------------------------------------------------------------------------------------------


def plan(space: Workspace, rulebook: Rulebook, evaluation: Evaluation, as_of: date | None) -> Planned | None:
    """Duties for the findings that call for action and have none yet; None when nothing changes.

    What is in the register stays, but for the day it is checked to. Raises ActualsProblems, and UsageProblem (Z111) when
    the register is written in a way that cannot be added to.
    """
    key = (evaluation.year, evaluation.unit_code)
    registers = load_registers(space, rulebook)
    had = registers.get(key)
    path = register_path(space, key, had)
    known = {_origin(one.origin) for one in had.duties} if had else set()
    wanted = [
        (table, finding)
        for table in evaluation.tables
        for finding in table.findings
        if calls_for_action(finding) and not _known(finding, table.code, known)
    ]
    taken = {one.id for one in had.duties} if had else set()
    free = (name for number in range(1, 10_000) if (name := f"ZG{number:03}") not in taken)
    added = [_entry(next(free), table, finding) for table, finding in wanted]
    if not added and (had is None or as_of is None or had.as_of == as_of):
        return None
    text = take_text(path) if had else f"{HEAD}year: {key[0]}\nunit: {scalar(key[1])}\nas_of: {EMPTY}\nduties: []\n"
    made = change(path, _added(path, text, added, as_of).encode(), take(path) if had else None)
    return Planned(space.root, made, tuple(added))


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


def _origin(origin: Origin) -> tuple[str, str, str]:
    return origin.rule, origin.project, origin.subject


def _entry(name: str, table: TableScore, finding: Finding) -> Entry:
    origin = {"rule": finding.rule.id, "project": table.code, "subject": finding.subject, "says": finding.says}
    return Entry.model_validate({"id": name, "from": origin})


def _lines(entry: Entry, indent: int) -> Iterator[str]:
    pad = " " * indent
    yield f"{pad}- id: {scalar(entry.id)}"
    yield f"{pad}  from:"
    for name, value in entry.origin.model_dump().items():
        yield f"{pad}    {name}: {scalar(value)}"
    yield f'{pad}  owner: "" # 责任人'
    yield f'{pad}  due: "" # 完成时限，如 2024-06-30'
    yield f"{pad}  state: {entry.state}"


def _added(path: Path, text: str, entries: Sequence[Entry], as_of: date | None) -> str:
    """The register's text with these duties after those it has; everything else stays as it is written."""
    from ruamel.yaml import YAML

    text = text if text.endswith("\n") else text + "\n"
    if as_of is not None:
        text = _sure(path, with_values(text, {("as_of",): str(as_of)}))
    if not entries:
        return text
    node = dict(nodes_of(YAML(typ="safe", pure=True).compose(text), ()))[("duties",)]
    indent = node.start_mark.column if node.value else 2
    listed = "".join(f"{line}\n" for one in entries for line in _lines(one, indent))
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
    made, found = (None, []) if problems or text is None else as_model(Register, document)
    if text is None or made is None or found or (count is not None and len(made.duties) != count):
        says = f"“{path}”的写法不能由命令修改"
        raise UsageProblem([Problem("Z111", says, remedy="每个事项各占一段，不用花括号；或在文件中自己修改")])
    return text


# ---- closing -----------------------------------------------------------------------------------------------------


def close(
    space: Workspace, rulebook: Rulebook, key: Key, name: str, evidence: Sequence[str], by: str, day: date
) -> Register:
    """Close a duty with its evidence, in its place; raises UsageProblem (Z112 to Z115, Z111) and writes nothing then."""
    register, made = closed(space, rulebook, key, name, evidence, by, day)
    commit(space.root, "销号", [made])
    return register


def closed(
    space: Workspace, rulebook: Rulebook, key: Key, name: str, evidence: Sequence[str], by: str, day: date
) -> tuple[Register, Change]:
    """The register with a duty closed, as `close` writes it, and the file that is to be written; nothing is written yet."""
    given = [one.strip() for one in evidence if one.strip()]
    if not given or not by.strip():
        says = "销号要有整改的佐证材料和销号人"
        raise UsageProblem([Problem("Z112", says, None, "--evidence 文件或名称 --by 姓名")])
    registers = load_registers(space, rulebook)
    register = registers.get(key)
    if register is None:
        says = f"{key[0]} 年单位 {key[1]} 没有整改台账"
        raise UsageProblem([Problem("Z113", says, remedy="先运行 ziping rectify plan")])
    found = {one.id: one for one in register.duties}
    if name not in found:
        raise UsageProblem([Problem("Z114", f"没有整改事项“{name}”", None, "、".join(found), nearest(name, found))])
    entry = found[name]
    if entry.state == "已整改" and entry.evidence:
        raise UsageProblem([Problem("Z115", f"整改事项 {name} 已于 {entry.closed or '先前'} 销号", entry.where)])
    path = register_path(space, key, register)
    at = ("duties", name)
    values: Mapping[tuple[str, ...], str | Sequence[str]] = {
        (*at, "state"): "已整改",
        (*at, "evidence"): [*entry.evidence, *(one for one in given if one not in entry.evidence)],
        (*at, "closed"): str(day),
        (*at, "by"): by.strip(),
    }
    text = _sure(path, with_values(take_text(path), values), len(register.duties))
    made, _ = as_model(Register, parse_document(text, path.name)[0])
    assert made is not None
    return made, change(path, text.encode(), take(path))


def registers_until(registers: Mapping[Key, Register], key: Key) -> Iterable[Register]:
    """The registers of a unit up to a year, oldest first."""
    return [one for (year, unit), one in sorted(registers.items()) if unit == key[1] and year <= key[0]]
