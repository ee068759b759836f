"""Whose goals a table holds: the year, the unit and its authority, from the document, the command, or the office file of the
workspace imported into; where they say different things, that is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evaluator.errors import Problem, Severity, UsageProblem, Where
from evaluator.intake.goals.draft import CODE
from evaluator.intake.goals.goaltable import GoalTable, Recognised
from evaluator.intake.headings.titles import authority_of, unit_of
from evaluator.intake.values import Value
from evaluator.workspace.office import Office, read_offices


@dataclass(frozen=True, slots=True)
class Identity:
    """The year of a table, the code and name of its unit, and the authority ('' where nobody told it)."""

    year: int
    code: Value
    name: Value
    authority: Value


@dataclass(slots=True)
class Known:
    """What the command gives, and the office files of the workspace; `notes` gains what was taken from them or differs."""

    year: int | None = None
    unit: str | None = None
    authority: str | None = None
    offices: list[Office] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def read(self, folder: Path) -> None:
        """Read the office files under office/; what is wrong in them is noted."""
        offices, problems = read_offices(folder)
        self.offices = list(offices.values())
        self.notes += problems

    def identity(self, found: Recognised, table: GoalTable) -> Identity:
        """Whose a table is; raises UsageProblem (U107, U108) where its year or its unit's code is not told."""
        line, named = table.unit, table.fields.get("unit")
        if line is None and named is not None:
            line = (named, *(unit_of(named.flat) or ("", named.flat)))
        where, code, name = line if line else (None, "", "")
        place = where.place if where else None
        if self.unit and code and self.unit != code:
            says = f"文件中的预算单位编码是 {code}，命令给的是 {self.unit}"
            raise self._unusable(says, found.document.where(place or table.start))
        year, unit = self._year(found, table, code or self.unit or ""), code or self.unit or ""
        if not unit and (one := self._only(year, "", name) or self._only(year, "", "")):
            unit = one.unit.code
            says = f"文件中没有写预算单位编码，按 {one.where} 的单位 {unit} {one.unit.name}"
            differs = name not in ("", one.unit.name)
            self._note(
                says + (f"；文件中的单位名称是“{name}”" if differs else ""), found, "警告" if differs else "提示"
            )
        if not CODE.fullmatch(unit):
            says = f"预算单位编码“{unit[:40]}”不可用" if unit else "文件中没有写预算单位编码"
            raise self._unusable(says, found.document.where(place or table.start))
        office = self._only(year, unit, "")
        if office is None and self.offices:
            told = "、".join(f"{one.unit.code} {one.unit.name} {one.year}年（{one.where}）" for one in self.offices[:3])
            self._note(f"文件是单位 {unit} {year} 年的，工作区的单位信息是 {told}", found, "警告")
        called = Value(name, name, place) if name else Value(office.unit.name if office else "")
        given = Value(code, code, place) if code else Value(unit)
        return Identity(year, given, called, self._authority(table, office, found))

    def _year(self, found: Recognised, table: GoalTable, unit: str) -> int:
        """The year given, the table's own, the one the document speaks of, or that of the one office file."""
        year = self.year or table.year or (next(iter(found.years)) if len(found.years) == 1 else None)
        if year is not None:
            return year
        told = "、".join(map(str, sorted(found.years)))
        one = self._only(None, unit, "")
        if one is not None and (not found.years or one.year in found.years):
            says = f"文件中出现几个年度（{told}）" if told else "文件中没有写年度"
            self._note(f"{says}，按 {one.where} 的 {one.year} 年", found)
            return one.year
        says = f"文件中出现几个年度：{told}" if told else "文件中没有写年度"
        raise UsageProblem([Problem("U107", says, Where(found.document.name), "用 --year 指定，如 --year 2023")])

    def _only(self, year: int | None, unit: str, name: str) -> Office | None:
        """The one office file of a year and unit, as far as they are known."""
        mine = [
            one
            for one in self.offices
            if year in (None, one.year) and unit in ("", one.unit.code) and name in ("", one.unit.name)
        ]
        return mine[0] if len(mine) == 1 else None

    def _authority(self, table: GoalTable, office: Office | None, found: Recognised) -> Value:
        told = table.fields.get("authority")
        name = authority_of(told.flat) if told else ""
        known = self.authority or (office.unit.authority if office else None) or ""
        if not name:
            return Value(known)
        if known and known != name:
            whose = "命令给的" if self.authority else f"单位信息（{office.where if office else ''}）"
            self._note(f"文件中的主管部门是“{name}”，{whose}是“{known}”", found, "警告")
        return Value(name, name, told.place if told else None)

    def _note(self, says: str, found: Recognised, severity: Severity = "提示") -> None:
        note = Problem("D425", says, Where(found.document.name), severity=severity)
        if note not in self.notes:
            self.notes.append(note)

    def _unusable(self, says: str, where: Where) -> UsageProblem:
        allowed = "用 --unit 给出编码：字母、数字和 _ . -，至多 40 个"
        return UsageProblem([Problem("U108", says, where, allowed)])
