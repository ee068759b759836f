"""What is known of a goal table beside others, as facts: its rows beside each other and its purpose, its parts, its unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evaluator.factsheets.outliers import told_some
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
from evaluator.factsheets.unittables import UnitTables
from evaluator.findings.facts import FACTS, Fact
from evaluator.findings.fields import Value
from evaluator.model import Department, Indicator, ItemGoal, Project
from evaluator.quantities.samething import aim_of, same_measure, same_name, same_thing, whole_of
from evaluator.results import TableScore

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
            **row_fields("relation", row, place),
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


def row_fields(kind: str, row: Indicator, place: int) -> dict[str, Any]:
    """What facts of this kind say first of a row that stands in this place of its table: 数量1“培训人数”."""
    fields = {
        "row": place,
        "called": f"{row.id}“{row.name}”",
        "indicator": row.id,
        "name": row.name,
        "target": row.target,
    }
    return {name: value for name, value in fields.items() if name in FACTS[kind]}


def said_before(row: Any, above: Sequence[Any]) -> Any | None:
    """The first row above that says the same in other words; None where one says it in the same (F320), or none does."""
    if any((other.name, other.target, other.sign) == (row.name, row.target, row.sign) for other in above):
        return None
    return next((other for other in above if same_thing(other, row)), None)


# ---- the whole table ---------------------------------------------------------------------------------------------


def table_lacks(table: TableScore, project: Project) -> dict[str, Value]:
    """Which of 效益指标 and 满意度指标 a project's table lacks though its policy gives points to them."""
    rows = project.indicators
    kinds = [serves(row.category, row.dimension, row.name) for row in rows]
    effects, satisfied = (any(kind[at] for kind in kinds) for at in (0, 1))
    whole = bool(project.plan) or any(row.description or row.basis for row in rows)
    return lacking(table.policy, (row.category for row in rows), effects, satisfied, whole)


# ---- the unit ----------------------------------------------------------------------------------------------------


def twin_facts(table: TableScore, unit: UnitTables) -> Iterator[Fact]:
    """The goals of a project, or of an item of the department, that stood word for word under another before."""
    if isinstance(table.table, Department):
        items = {item.id: item for item in table.table.items}
        places = {row.indicator.id: place for place, row in enumerate(table.rows, 1)}
        for id, before in same_goals([(item.id, item.goal) for item in items.values() if item.project]):
            names = [items[other].name for other in before]
            yield _twin(table.code, id, places.get(id, 0), items[id].name, names, items[id].goal)
        return
    if earlier := unit.twins.get(table.code):
        names = [unit.projects[code].name for code in earlier]
        yield _twin(table.code, "年度目标", 0, table.name, names, "；".join(table.table.goals))


def _twin(code: str, id: str, place: int, name: str, others: Sequence[str], goals: str) -> Fact:
    shown = goals if len(goals) <= SHOWN else goals[:SHOWN] + "……"
    return Fact("twin", code, id, row=place, name=name, others=told_some(others), goals=shown)


# ---- a department's item and its project -------------------------------------------------------------------------


def link_fact(code: str, item: ItemGoal, project: TableScore, place: int) -> Fact:
    """An item goal of a department, in this place of its table: what it says otherwise than the table of the project it stands for."""
    assert isinstance(project.table, Project)
    goal = (item.indicator, item.target, item.sign)
    rows = [row for row in project.table.indicators if same_measure(goal, (row.name, row.target, row.sign))]
    aims = {aim_of(row.target, row.sign) for row in rows}
    heads = heads_beside(item, project.table)
    return Fact(
        "link", code, item.id,
        row=place,
        name_differs=not same_name(item.name, project.name),
        item_name=item.name,
        item_target=item.target,
        project_name=project.name,
        target_differs=bool(rows) and aim_of(item.target, item.sign) not in aims,
        project_row=rows[0].name if rows else "",
        project_target=rows[0].target if rows else "",
        heads_differ=bool(heads),
        heads_shown=heads,
        purpose_differs=purposes_differ(item, project.table),
        item_purpose=item.purpose,
        project_purpose=purpose_of(project.table),
    )  # fmt: skip
