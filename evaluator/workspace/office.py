"""The office (单位) behind a year's forms: its authority, who fills in and signs, and what it writes into its report itself.

One file a unit and year, office/<year>/<unit>.yaml. It is printed and never scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import Field

from evaluator.documents.faults import Whose, said_of, sorted_out
from evaluator.documents.validation import read_model
from evaluator.documents.written import Name, Words, Written, Year
from evaluator.errors import ActualsProblems, Problem
from evaluator.model import Table, UnitRef
from evaluator.quantities.days import Day


class Office(Written, title="单位信息"):
    """Who stands behind a unit's forms of one year; what is left out is left blank on paper, to be written by hand."""

    unit: UnitRef = Field(title="预算单位")
    year: Year = Field(title="年度")
    filler: Name | None = Field(None, title="填表人")
    phone: Name | None = Field(None, title="联系电话")
    date: Name | None = Field(None, title="填表日期")
    head: Name | None = Field(None, title="单位负责人")
    reviewer: Name | None = Field(None, title="审核人")
    due: Day | None = Field(None, title="报送期限（不印在表上）")
    statements: dict[Name, Words] = Field({}, title="情况说明：自评报告的节 → 单位自己写的话")


def read_offices(
    folder: Path, whose: dict[str, frozenset[Whose]] | None = None
) -> tuple[dict[tuple[int, str], Office], list[Problem]]:
    """Every office under office/, by year and unit code, and every problem (R101 to R103, R129, and those of reading YAML).

    `whose` is filled with whose each file is, by its path.
    """
    offices: dict[tuple[int, str], Office] = {}
    problems: list[Problem] = []
    for path in sorted([*folder.glob("*/*.yaml"), *folder.glob("*/*.yml")]):
        shown = path.relative_to(folder.parent).as_posix()
        office, faults = read_model(Office, path, shown)
        problems += faults
        if whose is not None:
            whose[shown] = said_of(path, *((office.year, office.unit.code) if office else (None, None)))
        if office is None:
            continue
        if (str(office.year), office.unit.code) != (path.parent.name, path.stem):
            says = f"文件中的年度、单位（{office.year}、{office.unit.code}）与所在位置（{path.parent.name}/{path.name}）不一致"
            problems.append(Problem("R129", says, office.where, "office/年度/单位编码.yaml"))
        elif (first := offices.setdefault((office.year, office.unit.code), office)) is not office:
            says = f"{office.year} 年单位 {office.unit.code} 的单位信息重复，先见于 {first.where}"
            problems.append(Problem("R129", says, office.where, "一个单位一年一个文件"))
    return offices, problems


def without_projects(offices: Mapping[tuple[int, str], Office], tables: Iterable[Table]) -> Iterator[Problem]:
    """The offices of a unit and year that no goal table is of (R131): what they say is printed nowhere."""
    of = {(table.year, table.unit.code) for table in tables}
    there = "、".join(f"{year} 年 {unit}" for year, unit in sorted(of))
    for (year, unit), office in offices.items():
        if of and (year, unit) not in of:
            says = f"{year} 年单位 {unit} 没有项目，这里写的主管部门、填表人等印不出来"
            yield Problem("R131", says, office.where, f"有项目的：{there}", severity="警告")


def load_offices(folder: Path) -> dict[tuple[int, str], Office]:
    """The offices of a workspace; raises ActualsProblems with everything that is wrong in any of them."""
    offices, problems = read_offices(folder)
    if problems:
        raise ActualsProblems(problems)
    return offices


def office_of(folder: Path, year: int, unit: str) -> Office | None:
    """The office of a unit's year; raises ActualsProblems with everything that is wrong in its own file."""
    whose: dict[str, frozenset[Whose]] = {}
    offices, problems = read_offices(folder, whose)
    if own := sorted_out(problems, whose, (year, unit))[0]:
        raise ActualsProblems(own)
    return offices.get((year, unit))
