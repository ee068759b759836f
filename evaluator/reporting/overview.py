"""The summary (部门汇总) as a document: projects side by side, charts, goals and measures, every finding."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.errors import SEVERITIES
from evaluator.figures import points, wan
from evaluator.model import Department
from evaluator.pages import UNKNOWN, Block, Cell, Document, Grid, Line, Look, Section, listing
from evaluator.policy import UNGRADED
from evaluator.reporting.charts import grades, levels, progress, rates, scores
from evaluator.reporting.forms import findings_section, relied_on
from evaluator.reporting.report import EMPTY, clauses_of, counts_of, rate_of, short_name, shown_wan, stamp_of, whole_of
from evaluator.results import DepartmentScore, Evaluation, Money, TableScore, graded

PROJECTS = (
    ("项目编码", 29), ("项目名称", 35), ("年初预算数", 12), ("全年预算数", 12), ("全年执行数", 12), ("执行率", 11),
    ("得分", 10), ("等级", 8), *((severity, 7) for severity in SEVERITIES),
)  # fmt: skip
GOALS = (("编号", 10), ("目标", 86), ("支撑项目及其得分、等级", 58))
MEASURES = (("编号", 10), ("措施", 28), ("内容", 58), ("落实情况", 12), ("佐证材料", 46))


def summary_document(evaluation: Evaluation, revision: int = 1) -> Document:
    """A unit's year as a document: its projects together, with the department's goals and measures where it has them."""
    department, stamp = evaluation.department, stamp_of(evaluation, revision)
    drawn = (chart for draw in (levels, grades, progress) if (chart := draw(evaluation)))
    planned = tuple(_goals_and_measures(evaluation, department)) if department else ()
    sections = (
        Section(
            "汇总", (*_projects(evaluation, stamp.illustrative), scores(evaluation), rates(evaluation)), compact=True
        ),
        Section("图表", tuple(drawn), compact=True),
        *([Section("总体目标与措施", planned)] if planned else []),
        findings_section(evaluation.tables, *relied_on(clauses_of(evaluation.tables)), with_table=True),
    )
    return Document(f"{evaluation.unit}绩效自评汇总表（{evaluation.year}年度）", stamp, sections)


def _projects(evaluation: Evaluation, sample: str) -> Iterator[Block]:
    yield Line(f"{evaluation.unit}绩效自评汇总表", "title")
    corner = (
        Cell(sample, "sample"),
        Cell(f"（{evaluation.year}年度）", "center", across=len(PROJECTS) - 3),
        Cell("单位：万元", "right", across=2),
    )
    rows = [_line(table, "text") for table in evaluation.projects] + [_total(evaluation)]
    rows += [_line(evaluation.department.own, "bold")] if evaluation.department else []
    grid = listing(PROJECTS, rows)
    yield Grid(grid.widths, (corner, *grid.rows), (1, 1))
    yield from map(Line, _headlines(evaluation))
    if [*evaluation.graded] != [UNGRADED]:
        yield Line("项目等级：" + "、".join(f"{grade} {len(held)}" for grade, held in evaluation.graded.items()))


def _line(table: TableScore, look: Look) -> tuple[Cell, ...]:
    name = (Cell(table.code, look), Cell(short_name(table), look))
    return (*name, *_figures(table.money, points(table.score), table.grade, counts_of(table.findings)))


def _total(evaluation: Evaluation) -> tuple[Cell, ...]:
    department = evaluation.department
    mean = (points(department.mean), department.mean_grade) if department else (UNKNOWN, UNKNOWN)
    counts = counts_of(finding for table in evaluation.projects for finding in table.findings)
    return Cell("合计（得分按全年预算数加权平均）", "bold", across=2), *_figures(whole_of(evaluation), *mean, counts)


def _figures(money: Money, score: str, grade: str, counts: tuple[str, ...]) -> Iterator[Cell]:
    yield from (
        Cell(text, "money") for text in (wan(money.initial), shown_wan(money.adjusted), shown_wan(money.executed))
    )
    yield from (Cell(rate_of(money), "rate"), Cell(score, "points"), Cell(grade, "label"))
    yield from (Cell(text, "count") for text in counts)


def _headlines(evaluation: Evaluation) -> Iterator[str]:
    if department := evaluation.department:
        count = len(evaluation.projects)
        yield f"{count} 个项目按全年预算数加权平均 {points(department.mean)} 分，{graded(department.mean_grade)}"
        yield f"部门整体支出绩效自评 {points(department.own.score)} 分，{graded(department.own.grade)}"
    if wrong := sum(any(one.severity == "错误" for one in table.findings) for table in evaluation.tables):
        yield f"{wrong} 张自评表有错误级问题，更正后才能报送"
    else:
        yield "没有错误级问题，可以报送"


def _goals_and_measures(evaluation: Evaluation, department: DepartmentScore) -> Iterator[Block]:
    """The overall goals with the projects that serve each, and the measures with their state and evidence."""
    own = department.own.table
    assert isinstance(own, Department)
    if not own.goal and not own.measures:
        return
    by_code = {table.code: table for table in evaluation.projects}
    yield Line("总体绩效目标", "heading")
    yield Line(own.goal or "没有部门整体绩效目标。")
    if own.overall:
        yield listing(
            GOALS,
            (
                (
                    Cell(goal.id, "label"),
                    Cell(goal.title),
                    Cell("\n".join(_serves(by_code, code) for code in goal.projects)),
                )
                for goal in own.overall
            ),
        )
    yield Line("工作保障措施", "heading")
    yield listing(MEASURES, _measures(own, department))


def _serves(by_code: dict[str, TableScore], code: str) -> str:
    table = by_code.get(code)
    return f"{table.name}　{points(table.score)} {table.grade}" if table else f"{code}　{UNKNOWN}"


def _measures(own: Department, department: DepartmentScore) -> Iterator[tuple[Cell, ...]]:
    for measure in own.measures:
        done = department.measures.get(measure.id)
        state = done.state if done else EMPTY
        evidence = "、".join(done.evidence) if done else ""
        noted = f"{evidence}（{done.note}）" if done and done.note else evidence
        yield (
            Cell(measure.id, "label"), Cell(measure.title), Cell(measure.text),
            Cell(state, "label" if state == "已落实" else "bad"), Cell(noted or UNKNOWN),
        )  # fmt: skip
