"""What is wrong inside one goal table: sums, plans, ids, targets that cannot be read, formulas, projects that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evaluator.errors import Problem, nearest
from evaluator.figures import wan
from evaluator.model import Department, Indicator, Project, Table
from evaluator.quantities.formula import FormulaError, kind_of
from evaluator.quantities.quantity import Unreadable
from evaluator.quantities.reading import Amount
from evaluator.rulebook.standards import check_open, check_own, check_shared


def check_project(project: Project) -> Iterator[Problem]:
    """What is wrong inside a project's table."""
    yield from check_shared(project)
    yield from _check_rows(project, project.indicators)
    budget = project.budget
    if budget.funded != budget.total:
        yield Problem("R111", "财政资金、其他资金等各项资金来源之和不等于预算数", budget.where)
    shares = list(project.plan.values())
    if shares and (shares != sorted(shares) or shares[-1] != 1):
        yield Problem("R112", "资金支出计划应逐期不减，最后一期为 100%", project.where)


def check_department(department: Department, rows: Iterable[Indicator]) -> Iterator[Problem]:
    """What is wrong inside a department's table; `rows` are its items as indicators."""
    yield from _check_rows(department, rows)
    for label, ids in {
        "总体目标": [o.id for o in department.overall],
        "措施": [m.id for m in department.measures],
    }.items():
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            yield Problem("R104", f"{label}编号“{twice}”重复", department.where)


def check_budget(department: Department, projects: list[Project]) -> Iterator[Problem]:
    """A department's own budget adds up, and its 项目支出 is that of its projects, where they are known."""
    own, listed = department.budget, sum(project.budget.total for project in projects) if projects else None
    if own is None:
        return
    if own.basic + own.projects != own.total:
        yield Problem("R111", "基本支出、项目支出之和不等于预算数", own.where)
    if listed is not None and own.projects != listed:
        says = f"部门的项目支出 {wan(own.projects)} 万元，各项目的预算数合计 {wan(listed)} 万元"
        yield Problem(
            "R141", says, own.where, severity="警告", remedy="核对两处的金额；还有项目没有列入的，补上它的绩效目标表"
        )


def check_links(department: Department, known: set[str]) -> Iterator[Problem]:
    """The projects a department names that are not there."""
    named = [(goal, code) for goal in department.overall for code in goal.projects]
    for goal, code in [*named, *((item, item.project) for item in department.items if item.project)]:
        if code not in known:
            yield Problem("R113", f"没有项目“{code}”", goal.where, "", nearest(code, sorted(known)))


def _check_rows(table: Table, rows: Iterable[Indicator]) -> Iterator[Problem]:
    rows = list(rows)
    seen: dict[str, Indicator] = {}
    for row in rows:
        if row.id in seen:
            yield Problem("R104", f"指标编号“{row.id}”重复，先见于第 {_line(seen[row.id])} 行", row.where)
        seen.setdefault(row.id, row)
        try:
            target = row.read
        except Unreadable as error:
            yield Problem("R108", f"指标“{row.name}”的指标值“{row.target}”无法使用：{error}", row.where)
            continue
        yield from check_own(row, target)
        if target.kind == "数值" and target.sign is None:
            yield Problem(
                "R108", f"指标“{row.name}”的指标值“{row.target}”没有比较符，请写明 sign", row.where, "≥ > ≤ < ="
            )
        if row.formula is not None:
            try:
                kind = kind_of(row.formula)
            except FormulaError as error:
                yield Problem("R109", f"指标“{row.name}”的公式无法使用：{error}", row.where)
                continue
            if not isinstance(target.content, Amount) or target.content.low.unit.kind != kind:
                yield Problem("R109", f"指标“{row.name}”的公式结果与指标值“{row.target}”不是同一种量", row.where)
    yield from check_open(rows)


def _line(row: Indicator) -> int:
    return row.where.line if row.where else 0
