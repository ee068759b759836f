"""What is known of a goal table beside others, as facts: its rows beside each other and its purpose, its parts, its unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.factsheets.structure import (
    SHOWN,
    fitting_level,
    heads_beside,
    lacking,
    off_purpose,
    purpose_of,
    purposes_differ,
    same_goals,
    serves,
)
from evaluator.findings.facts import Fact
from evaluator.model import Department, Indicator, ItemGoal, Project
from evaluator.quantities.samething import aim_of, same_measure, same_thing, whole_of
from evaluator.results import TableScore

OUTPUT = "产出指标"
ALIKE = 2  # output rows that stand word for word in projects before: one alone may well be the same thing to do


# ---- rows --------------------------------------------------------------------------------------------------------


def relation_facts(table: TableScore) -> Iterator[Fact]:
    """One fact for each row of a project: what it is beside the rows above it and the project's purpose."""
    assert isinstance(table.table, Project)
    rows = [row.indicator for row in table.rows]
    for place, row in enumerate(rows, 1):
        same = said_before(row, rows[: place - 1])
        whole = None if same else whole_of(row, rows[: place - 1])
        fits = fitting_level(row.dimension, row.name, row.target, row.description)
        off = off_purpose(row.name, table.table)
        yield Fact(
            "relation", table.code, row.id,
            row=place,
            called=called(row.id, row.name),
            name=row.name,
            target=row.target,
            dimension=row.dimension,
            same_thing=same is not None,
            same_as=same.name if same else "",
            part=whole is not None,
            whole=whole.name if whole else "",
            off_level=bool(fits),
            fits=fits,
            off_purpose=off is not None,
            off_field=off[0] if off else "",
            own_field=off[1] if off else "",
        )  # fmt: skip


def called(id: str, name: str) -> str:
    """A row by its id and its name: 数量1“培训人数”."""
    return f"{id}“{name}”"


def said_before(row: Any, above: Sequence[Any]) -> Any | None:
    """The first row above that says the same in other words; None where one says it in the same (F320), or none does."""
    if any((one.name, one.target, one.sign) == (row.name, row.target, row.sign) for one in above):
        return None
    return next((one for one in above if same_thing(one, row)), None)


# ---- the whole table ---------------------------------------------------------------------------------------------


def table_lacks(table: TableScore, project: Project) -> tuple[str, ...]:
    """Which of 效益指标 and 满意度指标 a project's table lacks though its policy gives points to them."""
    rows = project.indicators
    kinds = [serves(row.category, row.dimension, row.name) for row in rows]
    effects, satisfied = (any(one[at] for one in kinds) for at in (0, 1))
    whole = bool(project.plan) or any(row.description or row.basis for row in rows)
    return lacking(table.policy, (row.category for row in rows), effects, satisfied, whole)


def copied(table: TableScore, tables: Sequence[TableScore]) -> list[tuple[TableScore, list[Indicator]]]:
    """The unit's projects before this one (by code) from which it has output rows word for word, where these are ALIKE or more.

    A row is from the first project that has it.
    """
    first: dict[tuple[str, str], TableScore] = {}
    for one in sorted((one for one in tables if isinstance(one.table, Project)), key=lambda one: one.code):
        for row in (row.indicator for row in one.rows):
            if row.category == OUTPUT:
                first.setdefault((row.name, row.target), one)
    found: dict[str, tuple[TableScore, list[Indicator]]] = {}
    for row in (row.indicator for row in table.rows if row.indicator.category == OUTPUT):
        if (one := first.get((row.name, row.target), table)).code != table.code:
            found.setdefault(one.code, (one, []))[1].append(row)
    several = sum(len(rows) for _, rows in found.values()) >= ALIKE
    return [pair for _, pair in sorted(found.items())] if several else []


# ---- the unit ----------------------------------------------------------------------------------------------------


def twin_facts(table: TableScore, tables: Sequence[TableScore]) -> Iterator[Fact]:
    """The goals of a project, or of an item of the department, that stood word for word under another before."""
    if isinstance(table.table, Department):
        items = {one.id: one for one in table.table.items}
        places = {row.indicator.id: place for place, row in enumerate(table.rows, 1)}
        goals = [(one.id, one.goal) for one in items.values() if one.project]
        told = [(items[id], [items[one] for one in before]) for id, before in same_goals(goals)]
        for item, others in told:
            yield _twin(table.code, item.id, places.get(item.id, 0), item.name, [one.name for one in others], item.goal)
        return
    known = {one.code: one.table for one in sorted(tables, key=lambda one: one.code) if isinstance(one.table, Project)}
    goals = [(code, "；".join(one.goals)) for code, one in known.items()]
    before = dict(same_goals(goals)).get(table.code)
    if before:
        yield _twin(table.code, "年度目标", 0, table.name, [known[one].name for one in before], dict(goals)[table.code])


def _twin(code: str, id: str, place: int, name: str, others: Sequence[str], goals: str) -> Fact:
    shown = goals if len(goals) <= SHOWN else goals[:SHOWN] + "……"
    return Fact("twin", code, id, row=place, name=name, others="、".join(others), goals=shown)


# ---- a department's item and its project -------------------------------------------------------------------------


def link_fields(item: ItemGoal, project: TableScore) -> dict[str, Any]:
    """What an item goal of a department says otherwise than the table of the project it stands for."""
    assert isinstance(project.table, Project)
    goal = (item.indicator, item.target, item.sign)
    rows = [one for one in project.table.indicators if same_measure(goal, (one.name, one.target, one.sign))]
    aims = {aim_of(one.target, one.sign) for one in rows}
    heads = heads_beside(item, project.table)
    return {
        "target_differs": bool(rows) and aim_of(item.target, item.sign) not in aims,
        "project_row": rows[0].name if rows else "",
        "project_target": rows[0].target if rows else "",
        "heads_differ": bool(heads),
        "heads_shown": heads,
        "purpose_differs": purposes_differ(item, project.table),
        "item_purpose": item.purpose,
        "project_purpose": purpose_of(project.table),
    }
