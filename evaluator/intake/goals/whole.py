"""A 部门整体支出绩效目标表 becomes department.yaml: its indicators are item goals of the department alone, its 基本支出 and 项目支出
the department's own budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evaluator.figures import wan
from evaluator.intake.goals.draft import Frame, money, project_draft
from evaluator.intake.goals.goaltable import GoalTable
from evaluator.intake.goals.nested import points_of
from evaluator.intake.goals.partone import item_doubts
from evaluator.intake.goals.questions import amount_in, points_doubt, points_missing
from evaluator.intake.values import Draft, Question, Tree, Value
from evaluator.model import PARTS

_TITLES = {"total": "预算数"} | {str(part): title for part, title in PARTS.items()}
_WHOLE = re.compile("(?:部门|单位).{0,8}整体|整体支出")


def is_whole(table: GoalTable) -> bool:
    """Whether a table is of a department as a whole, by its title."""
    title = table.title.flat if table.title else ""
    return not table.fields.keys() & {"code", "name"} and bool(_WHOLE.search(title)) and "项目" not in title


def whole_draft(table: GoalTable, frame: Frame) -> Draft:
    """The draft of department.yaml from a table of the department as a whole, its questions asked."""
    project = project_draft(table, frame, 1)
    rows = project.tree["indicators"]
    if "weights" in project.tree:  # a department's file has no levels: its items have what the weights come to
        for row, worth in zip(rows, points_of(project.tree), strict=True):
            row["points"] = Value(worth, number=True)
    goal = "；".join(text.text.rstrip("。；;") for text in project.tree["goals"])
    budget = _budget(table)
    tree: Tree = {
        **{key: project.tree[key] for key in ("unit", "year", "policy", "source") if key in project.tree},
        **({"budget": budget} if budget else {}),
        "goal": Value(goal, goal, project.tree["goals"][0].place) if goal else Value(""),
        "overall": [],
        "items": [_item(row) for row in rows],
        "measures": [],
    }
    draft = Draft(frame.document, "department", "部门整体绩效目标", tree, table.start, project.head)
    draft.noticed = project.noticed
    for doubt in points_doubt(rows, frame.policy):
        draft.notice(doubt.code, doubt.says, rows[0]["points"].place, "警告")
    of_items = [question for row in tree["items"] for question in item_doubts(row)]
    of_points = [
        replace(question, path=("items", *question.path[1:])) for question in points_missing(rows, frame.policy)
    ]
    for question in (*of_items, *of_points, *budget_doubts(budget)):
        draft.ask(question)
    return draft


def _item(row: Tree) -> Tree:
    """An indicator as an item goal without a project."""
    level = row["dimension"] if row["dimension"].text else row["category"]
    item: Tree = {"id": row["id"], "name": level, "purpose": Value(""), "goal": row.get("description", Value(""))}
    item |= {"indicator": row["name"], "target": row["target"]}
    return item | {key: row[key] for key in ("sign", "points", "line") if key in row}


def _budget(table: GoalTable) -> Tree:
    """The department's own budget, the total being the amount that its parts add up to where several are told; {} without parts."""
    if not any(amount.name in PARTS for amount in table.amounts):
        return {}
    parts: Tree = {part: money(table, part) for part in PARTS}
    whole = sum(amount_in(value) or 0 for value in parts.values())
    total = money(table, "total")
    if total.options and (same := [text for text in total.options if amount_in(Value(text)) == whole]):
        total.text, total.doubt, total.options = same[0], "", ()
    return {"total": total, **parts}


def budget_doubts(budget: Tree) -> Iterator[Question]:
    """Amounts that cannot be read, or parts that are not the total together."""
    for name, value in budget.items():
        title = _TITLES[name]
        if value.doubt or amount_in(value) is None:
            yield Question("D311", ("budget", name), f"{title}：{value.doubt or '没有写，或不是金额'}", value.options)
    amounts = [amount_in(value) for value in budget.values()]
    if amounts and None not in amounts:
        total, *parts = (amount or 0 for amount in amounts)
        if sum(parts) != total:
            says = f"基本支出与项目支出之和 {wan(sum(parts))} 不等于预算数 {wan(total)}（万元）"
            yield Question("D306", ("budget", "total"), says, (budget["total"].text, wan(sum(parts))))
