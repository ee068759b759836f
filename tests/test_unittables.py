"""What a unit's tables are compared with, against each compared with each."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evaluator.factsheets.relations import twin_facts
from evaluator.factsheets.unittables import ALIKE, OUTPUT, UnitTables
from evaluator.model import Indicator, Project

GOALS = st.sampled_from([["保障村级组织运转。"], ["保障村级组织", "运转"], ["完成全部维修任务"], ["短"], []])
ROWS = st.tuples(st.sampled_from([OUTPUT, "效益指标"]), st.sampled_from("甲乙丙丁"), st.sampled_from(["≥1次", "≥2次"]))


@st.composite
def units(draw: st.DrawFn) -> list[Any]:
    """Scored tables of projects, in any order of codes."""
    codes = draw(st.lists(st.integers(1, 99).map(str), unique=True, max_size=6))
    return [
        SimpleNamespace(
            code=code,
            actuals=draw(st.sampled_from([None, {}, {"1": "5次"}])),
            table=Project.model_construct(
                code=code,
                name=f"项目{code}",
                goals=draw(GOALS),
                plan=draw(st.sampled_from([[], [50, 100]])),
                indicators=[
                    Indicator.model_construct(id=str(number), category=category, name=name, target=target)
                    for number, (category, name, target) in enumerate(draw(st.lists(ROWS, max_size=5)), 1)
                ],
            ),
        )
        for code in codes
    ]


def outputs(project: Project) -> dict[str, tuple[str, str]]:
    return {row.id: (row.name, row.target) for row in project.indicators if row.category == OUTPUT}


@given(units())
def test_copied_rows_are_those_of_the_first_project_that_has_them(tables: list[Any]) -> None:
    projects = sorted((table.table for table in tables), key=lambda project: project.code)
    unit = UnitTables(tables)
    for project in projects:
        found = {}
        for id, said in outputs(project).items():
            first = next(other for other in projects if said in outputs(other).values())
            if first is not project:
                found[id] = first.code
        wanted = found if len(found) >= ALIKE else {}
        assert {id: source.code for id, source in unit.copied(project).items()} == wanted


@given(units())
def test_goals_are_compared_with_those_of_every_project_before(tables: list[Any]) -> None:
    said = {table.code: re.sub(r"\W", "", "".join(table.table.goals)) for table in tables}
    wanted = {}
    for code, words in said.items():
        before = sorted(other for other in said if other < code and said[other] == words)
        if before and len(words) >= 8:
            wanted[code] = before
    assert UnitTables(tables).twins == wanted


@given(units())
def test_a_form_has_a_place_for_plans_where_some_project_has_one_or_there_is_but_one(tables: list[Any]) -> None:
    unit = UnitTables(tables)
    assert unit.planned == (len(tables) < 2 or any(table.table.plan for table in tables))
    assert unit.begun == any(table.actuals for table in tables)
    assert list(unit.projects) == sorted(unit.by_code)


def test_of_very_many_projects_with_the_same_goals_a_finding_names_some_and_their_number() -> None:
    goals = ["保障村级组织运转，完成全部任务"]
    tables: Any = [
        SimpleNamespace(
            code=f"{number:02}",
            name=f"项目{number}",
            table=Project.model_construct(code=f"{number:02}", name=f"项目{number}", goals=goals, indicators=[]),
        )
        for number in range(1, 10)
    ]
    told = {table.code: [fact.fields["others"] for fact in twin_facts(table, UnitTables(tables))] for table in tables}
    assert told["01"] == []
    assert told["07"] == ["项目1、项目2、项目3、项目4、项目5、项目6"]
    assert told["09"] == ["项目1、项目2、项目3、项目4、项目5、项目6等8项"]
