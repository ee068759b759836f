"""Rectification (整改): duties with an owner, a due date, evidence and a state, in a register that people fill in.

rectification/<year>/<unit>.yaml     the register (整改台账) of one evaluated year; what a person wrote is never changed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from evaluator.documents.faults import Whose, said_of, sorted_out
from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, Line, Name, Words, Written, Year
from evaluator.errors import ActualsProblems, Problem, nearest
from evaluator.files.snapshot import Loaded, reading
from evaluator.quantities.days import Day
from evaluator.results import Duty, DutyState
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.places import Workspace

Key = tuple[int, str]  # evaluated year and unit
MaybeDay = Annotated[Day | None, BeforeValidator(lambda value: None if value in (None, "") else value)]


class FindingSource(Written, title="来源问题"):
    """The finding that a duty came from."""

    rule: Code = Field(title="问题编号")
    project: Code = Field(title="项目编码（部门整体填单位编码）")
    subject: Words = Field("", title="所涉指标")
    says: Words = Field(title="问题")


class DutyEntry(Written, title="整改事项"):
    """One duty of rectification."""

    id: Name = Field(max_length=20, title="编号")
    origin: FindingSource = Field(alias="from", title="来源问题")
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
    duties: list[DutyEntry] = Field(title="整改事项")


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
        register, faults = read_model(Register, path, shown)
        problems += faults
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
            id=duty.id,
            year=register.year,
            project=duty.origin.project,
            rule=duty.origin.rule,
            says=duty.origin.says,
            owner=duty.owner,
            due=str(duty.due or ""),
            state=duty.state,
            evidence=tuple(duty.evidence),
            overdue=None if as_of is None or duty.due is None else duty.state != "已整改" and duty.due < as_of,
        )
        for duty in register.duties
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
    for duty in register.duties:
        if duty.id in seen:
            yield Problem("Z102", f"整改事项编号 {duty.id} 重复", duty.where, "每个编号只用一次")
        seen.add(duty.id)
        code = duty.origin.project
        if codes and code not in codes | rulebook.waiting:
            says = f"整改事项 {duty.id}：{register.year} 年没有项目“{code}”"
            yield Problem("Z103", says, duty.origin.where, "、".join(sorted(codes)), nearest(code, codes))
        if duty.closed is not None and duty.state != "已整改":
            says = f"整改事项 {duty.id} 写了完成日期 {duty.closed}，状态却是“{duty.state}”"
            yield Problem("Z104", says, duty.where, "状态改为“已整改”，或去掉完成日期")


def registers_until(registers: Mapping[Key, Register], key: Key) -> Iterable[Register]:
    """The registers of a unit up to a year, oldest first."""
    return [register for (year, unit), register in sorted(registers.items()) if unit == key[1] and year <= key[0]]
