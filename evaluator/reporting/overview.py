"""The summary (部门汇总) as a document: projects side by side, charts, goals and measures, every finding."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.pages import Block, Cell, Document, Grid, Line, Look, Section
from evaluator.policy import UNGRADED
from evaluator.printed import ProjectLine, Summary
from evaluator.reporting.charts import grades, levels, progress, rates, scores
from evaluator.reporting.forms import findings_section, listing, relied_on
from evaluator.reporting.summary import summary
from evaluator.results import Evaluation

PROJECTS = (
    ("项目编码", 29), ("项目名称", 35), ("年初预算数", 12), ("全年预算数", 12), ("全年执行数", 12), ("执行率", 11),
    ("得分", 10), ("等级", 8),
)  # fmt: skip
COUNT = 7
GOALS = (("编号", 10), ("目标", 86), ("支撑项目及其得分、等级", 58))
MEASURES = (("编号", 10), ("措施", 28), ("内容", 58), ("落实情况", 12), ("佐证材料", 46))


def summary_document(evaluation: Evaluation, revision: int = 1) -> Document:
    """A unit's year as a document."""
    made = summary(evaluation, revision)
    sections = [
        Section("汇总", (*_projects(made), scores(evaluation), rates(evaluation)), compact=True),
        Section(
            "图表", tuple(chart for draw in (levels, grades, progress) if (chart := draw(evaluation))), compact=True
        ),
        *([Section("总体目标与措施", tuple(_goals_and_measures(made)))] if made.goal or made.measures else []),
        findings_section(made.findings, *relied_on(made.clauses), with_table=True),
    ]
    return Document(f"{made.title}（{made.year}年度）", made.stamp, tuple(sections))


def _projects(made: Summary) -> Iterator[Block]:
    yield Line(made.title, "title")
    columns = (*PROJECTS, *((severity, COUNT) for severity in made.severities))
    wide = len(columns)
    corner = (
        Cell(made.stamp.illustrative, "sample"),
        Cell(f"（{made.year}年度）", "center", across=wide - 3),
        Cell("单位：万元", "right", across=2),
    )
    rows = [_line(row, "text") for row in made.projects]
    rows += [_line(row, "bold") for row in (made.total, *([made.own] if made.own else []))]
    grid = listing(columns, rows)
    yield Grid(grid.widths, (corner, *grid.rows), (1, 1))
    yield from (Line(said) for said in made.headlines)
    if [grade for grade, _ in made.grades] != [UNGRADED]:
        yield Line("项目等级：" + "、".join(f"{grade} {count}" for grade, count in made.grades))


def _line(row: ProjectLine, look: Look) -> tuple[Cell, ...]:
    name = (Cell(row.code, look), Cell(row.name, look)) if row.code else (Cell(row.name, look, across=2),)
    money = (Cell(text, "money") for text in (row.initial, row.adjusted, row.executed))
    counts = (Cell(text, "count") for text in row.counts)
    return (*name, *money, Cell(row.rate, "rate"), Cell(row.score, "points"), Cell(row.grade, "label"), *counts)


def _goals_and_measures(made: Summary) -> Iterator[Block]:
    yield Line("总体绩效目标", "heading")
    yield Line(made.goal or "没有部门整体绩效目标。")
    if made.goals:
        yield listing(
            GOALS, ((Cell(goal.id, "label"), Cell(goal.title), Cell("\n".join(goal.projects))) for goal in made.goals)
        )
    yield Line("工作保障措施", "heading")
    done: list[tuple[Cell, ...]] = [
        (
            Cell(measure.id, "label"), Cell(measure.title), Cell(measure.text),
            Cell(measure.state, "label" if measure.state == "已落实" else "bad"), Cell(measure.evidence),
        )
        for measure in made.measures
    ]  # fmt: skip
    yield listing(MEASURES, done)
