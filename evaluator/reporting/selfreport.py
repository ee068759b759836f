"""The self-evaluation report (绩效自评报告): an outline that is data, filled from one Evaluation into a document.

An outline (reports/outlines/*.yaml) orders headings, sentences, tables and charts. Its sentences are the product's own
templates; what people wrote is put into them as text and never read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from evaluator.documents.validation import read_model
from evaluator.documents.written import Flag, Words, Written
from evaluator.errors import Problem, RuleProblems, nearest
from evaluator.figures import points, wan
from evaluator.findings.conditions import use_of
from evaluator.model import Department
from evaluator.pages import UNKNOWN, Block, Chart, Document, Line, Section
from evaluator.policies.bases import attributed
from evaluator.policy import UNGRADED
from evaluator.reporting.charts import budgets, grades_apart, lost_by_level
from evaluator.reporting.report import clauses_of, rate_of, short_name, shown_wan, stamp_of, whole_of
from evaluator.reporting.reporttables import TableName, rows_short, shortfalls, table_of
from evaluator.results import Evaluation, TableScore, graded
from evaluator.workspace.office import Office

ChartName = Literal["execution", "levels", "grades"]
CHARTS: dict[ChartName, Callable[[Evaluation], Chart | None]] = {
    "execution": budgets,
    "levels": lost_by_level,
    "grades": grades_apart,
}
SIGNED = ("单位（盖章）：　　　　　　　　　　", "　　　　年　　月　　日")


class ReportPart(Written, title="提纲的一节"):
    """One heading with what stands under it, in this order: text, category, table, chart."""

    heading: Words = Field(title="标题")
    level: Literal["1", "2"] = Field("1", title="标题级别")
    ask: Words | None = Field(None, title="由单位写的内容：没有写时印成“（由单位填写：……）”")
    text: list[Words] = Field([], title="段落")
    category: Words | None = Field(None, title="分析哪个一级指标")
    table: TableName | None = Field(None, title="表")
    chart: ChartName | None = Field(None, title="图")
    annex: Flag = Field(False, title="附件：印在盖章处之后")


class Outline(Written, title="自评报告提纲"):
    """The outline of a report."""

    title: Words = Field(title="报告标题")
    parts: list[ReportPart] = Field(min_length=1, title="各节")


def read_outline(path: Path) -> Outline:
    """An outline from its file; raises RuleProblems with everything wrong in it."""
    outline, problems = read_model(Outline, path, f"reports/outlines/{path.name}")
    if outline is None:
        raise RuleProblems(problems)
    return outline


def statement_problems(office: Office, outline: Outline) -> list[Problem]:
    """What an office wrote under a heading that the report does not have (U336)."""
    known = [part.heading for part in outline.parts]
    return [
        Problem("U336", f"自评报告没有“{heading}”一节", office.where, "、".join(known), nearest(heading, known))
        for heading in office.statements
        if heading not in known
    ]


def report_document(
    evaluation: Evaluation, outline: Outline, revision: int = 1, office: Office | None = None
) -> Document:
    """The report of a unit's year as a document, with what the office itself wrote; dates and seals stay blank."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=False, keep_trailing_newline=False)
    facts = _facts(evaluation)

    def said(template: str) -> str:
        return environment.from_string(template).render(facts).strip()

    title = said(outline.title)
    blocks: list[Block] = [Line(line, "title") for line in title.splitlines()]
    for annex in (False, True):
        for part in outline.parts:
            under = list(_under(part, evaluation, said, office)) if part.annex == annex else []
            if under or (part.level == "1" and part.annex == annex and not annex):
                blocks += [Line(part.heading, "heading" if part.level == "1" else "subheading"), *under]
        if not annex:
            blocks += [Line(""), *(Line(text, "right") for text in SIGNED)]
    name = "".join(title.splitlines())
    stamp = stamp_of(evaluation, revision)
    section = Section("自评报告", tuple(blocks), landscape=False)
    return Document(name, stamp, (section,), stamp.foot(evaluation.unit, evaluation.year))


def _under(
    part: ReportPart, evaluation: Evaluation, said: Callable[[str], str], office: Office | None
) -> Iterator[Block]:
    if own := (office.statements.get(part.heading, "") if office else ""):
        yield from (Line(text) for text in own.splitlines())
    elif part.ask:
        yield Line(f"（由单位填写：{part.ask}）")
    yield from (Line(text) for text in map(said, part.text) if text)
    if part.category:
        yield from _category(evaluation, part.category)
    if part.table and (grid := table_of(part.table, evaluation)):
        yield grid
    if part.chart and (chart := CHARTS[part.chart](evaluation)):
        yield chart


# ---- sentences ---------------------------------------------------------------------------------------------------


def _facts(evaluation: Evaluation) -> dict[str, str]:
    """What an outline's sentences can name."""
    tables, department = evaluation.tables, evaluation.department
    policies = list({table.policy.id: table.policy for table in tables}.values())
    money = whole_of(evaluation)
    own = department.own.table if department else None
    return {
        "unit": evaluation.unit,
        "year": str(evaluation.year),
        "projects": str(len(evaluation.projects)),
        "initial": wan(money.initial),
        "adjusted": shown_wan(money.adjusted),
        "executed": shown_wan(money.executed),
        "rate": rate_of(money),
        "department": (
            f"部门整体支出绩效自评{points(department.own.score)}分，{graded(department.own.grade)}；"
            f"各项目按全年预算数加权平均{points(department.mean)}分，{graded(department.mean_grade)}。"
            if department
            else ""
        ),
        "goal": own.goal if isinstance(own, Department) else "",
        "policy": "；".join(f"{policy.title}（{attributed(policy.allocation)}）" for policy in policies),
        "allocation": "；".join(
            "分值分配：" + "、".join(f"{'与'.join(p.categories)}{points(p.points)}分" for p in policy.allocation.portions) + "。"
            for policy in policies
        ),
        "rules": evaluation.digests.get("rules", UNKNOWN)[:12],
        "actuals": evaluation.digests.get("actuals", UNKNOWN)[:12],
        "clauses": _relied_on(tables),
        "spending": _spending(evaluation),
        "grades": _grades(evaluation),
        "deviations": _deviations_said(evaluation),
        "use": _use(evaluation),
    }  # fmt: skip


def _relied_on(tables: Iterable[TableScore]) -> str:
    clauses = clauses_of(tables)
    unread = sum(not checked for checked in clauses.values())
    asked = f"没有见过原文的 {unread} 条，报送前请向财政部门确认" if unread else "都已核对原文"
    return f"计分依据下列条款（{asked}）：{'；'.join(clauses)}。"


def _spending(evaluation: Evaluation) -> str:
    low = [
        f"{short_name(table)}{rate_of(table.money)}"
        for table in evaluation.projects
        if table.money.rate is not None and table.money.rate < table.policy.execution.reason_below
    ]
    missing = [short_name(table) for table in evaluation.projects if table.money.rate is None]
    said = [f"执行率低于须说明原因界限的项目：{'、'.join(low)}。" if low else "各项目执行率都不低于须说明原因的界限。"]
    if missing:
        said = [f"没有填全预算数、执行数的项目：{'、'.join(missing)}。", *(said if low else [])]
    return "".join(said)


def _grades(evaluation: Evaluation) -> str:
    held = {grade: len(tables) for grade, tables in evaluation.graded.items()}
    counted = "、".join(f"{grade}{count}个" for grade, count in held.items())
    return f"项目{UNGRADED}。" if [*held] == [UNGRADED] else f"项目等级：{counted}。"


def _deviations_said(evaluation: Evaluation) -> str:
    lost = len(rows_short(evaluation))
    full = "各项指标都得满分，没有偏离绩效目标的情况。"
    return f"未得满分的指标共{lost}个，逐个说明原因和改进措施如下。" if lost else full


def _use(evaluation: Evaluation) -> str:
    said = [
        f"{short_name(table)}：{finding.says}；{finding.remedy}。"
        for table in evaluation.tables
        for finding in table.findings
        if use_of(finding.rule)
    ]
    if not said and all(table.grade == UNGRADED for table in evaluation.tables):
        return f"评分办法{UNGRADED}，结果应用不按等级。"
    return "".join(said) or "没有等级须整改的项目。"


def _category(evaluation: Evaluation, category: str) -> Iterator[Block]:
    """How the rows of one level-1 indicator did, and which did not reach their targets."""
    rows = [(table, row) for table in evaluation.projects for row in table.rows if row.indicator.category == category]
    if not rows:
        yield Line(f"没有设置{category}。")
        return
    met = sum(row.met for _, row in rows)
    whole, earned = (sum(getattr(row, name) for _, row in rows) for name in ("points", "earned"))
    yield Line(f"{category}共{len(rows)}个，达到指标值{met}个；分值合计{points(whole)}分，得{points(earned)}分。")
    if short := [(table, row) for table, row in rows if not row.full]:
        yield shortfalls(short)
