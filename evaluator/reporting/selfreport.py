"""The self-evaluation report (绩效自评报告): an outline that is data, filled from one Evaluation into a document.

An outline (reports/outlines/*.yaml) orders headings, sentences, tables and charts. Its sentences are the product's own
templates; what people wrote is put into them as text and never read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from evaluator.documents.validation import read_model
from evaluator.errors import Problem, RuleProblems, nearest
from evaluator.figures import points, wan
from evaluator.findings.conditions import use_of
from evaluator.model import EXECUTION, Department, Flag, Project, Words, Written
from evaluator.pages import UNKNOWN, Block, Chart, Document, Grid, Line, Section, Series, ruled
from evaluator.policies.bases import attributed
from evaluator.policy import UNGRADED
from evaluator.reporting.followtables import advice_table, duties_table, measures_table
from evaluator.reporting.report import EMPTY, clauses_of, rate_of, short_name, shown_wan, stamp_of, whole_of
from evaluator.results import Evaluation, Row, TableScore, graded
from evaluator.workspace.office import Office

TableName = Literal[
    "projects", "overall", "achieved", "deviations", "findings", "evidence", "measures", "duties", "advice"
]
ChartName = Literal["execution", "levels", "grades"]


SEVERAL = 2  # of this many a chart says more than the sentence above it
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
    if part.table and (grid := TABLES[part.table](evaluation)):
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
        "policy": "；".join(f"{one.title}（{attributed(one.allocation)}）" for one in policies),
        "allocation": "；".join(
            "分值分配：" + "、".join(f"{'与'.join(p.categories)}{points(p.points)}分" for p in one.allocation.portions) + "。"
            for one in policies
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
    return (
        f"项目{UNGRADED}。"
        if [*held] == [UNGRADED]
        else "项目等级：" + "、".join(f"{g}{n}个" for g, n in held.items()) + "。"
    )


def _deviations_said(evaluation: Evaluation) -> str:
    lost = sum(1 for _ in _lost(evaluation))
    return (
        f"未得满分的指标共{lost}个，逐个说明原因和改进措施如下。"
        if lost
        else "各项指标都得满分，没有偏离绩效目标的情况。"
    )


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
    short = [(table, row) for table, row in rows if not row.full]
    if short:
        heads = ("项目", "指标", "指标值", "实际完成值", "分值", "得分")
        yield ruled((30, 26, 14, 16, 8, 8), heads, (
            (short_name(table), row.indicator.name, row.indicator.target, _actual(row), points(row.points), points(row.earned))
            for table, row in short
        ), ("text", "text", "label", "label", "points", "points"))  # fmt: skip


# ---- tables ------------------------------------------------------------------------------------------------------


def _actual(row: Row) -> str:
    return EMPTY if row.missing else row.actual_shown


def _projects(evaluation: Evaluation) -> Grid:
    heads = ("项目", "年初预算数", "全年预算数", "全年执行数", "执行率", "得分", "等级")
    return ruled((34, 13, 13, 13, 11, 9, 7), heads, (
        (
            short_name(table), wan(table.money.initial),
            shown_wan(table.money.adjusted), shown_wan(table.money.executed),
            rate_of(table.money), points(table.score), table.grade,
        )
        for table in evaluation.projects
    ), ("text", "money", "money", "money", "rate", "points", "label"))  # fmt: skip


def _overall(evaluation: Evaluation) -> Grid | None:
    own = evaluation.department.own.table if evaluation.department else None
    if not isinstance(own, Department):
        return None
    names = {table.code: short_name(table) for table in evaluation.projects}
    return ruled((12, 48, 40), ("编号", "总体目标", "支撑项目"), (
        (goal.id, goal.title, "、".join(names.get(code, code) for code in goal.projects)) for goal in own.overall
    ), ("label", "text", "text"))  # fmt: skip


def _achieved(evaluation: Evaluation) -> Grid:
    return ruled((26, 37, 37), ("项目", "预期目标", "实际完成情况"), (
        (
            short_name(table),
            "；".join(table.table.goals) if isinstance(table.table, Project) else "",
            (table.actuals.achieved if table.actuals else "") or EMPTY,
        )
        for table in evaluation.projects
    ), ("text", "text", "text"))  # fmt: skip


def _lost(evaluation: Evaluation) -> Iterator[tuple[TableScore, Row]]:
    for table in evaluation.tables:
        for row in table.all_rows:
            if row.lost:
                yield table, row


def _deviations(evaluation: Evaluation) -> Grid | None:
    rows = [
        (short_name(table), row.indicator.name, points(row.lost), *_explained(table, row))
        for table, row in _lost(evaluation)
    ]
    heads = ("项目", "指标", "扣分", "偏差原因", "改进措施")
    return ruled((22, 20, 8, 25, 25), heads, rows, ("text", "text", "points", "text", "text")) if rows else None


def _explained(table: TableScore, row: Row) -> tuple[str, str]:
    """The cause and the remedy; — where the execution rate is high enough that none is due."""
    rate = table.money.rate
    due = row.indicator.id != EXECUTION or rate is None or rate < table.policy.execution.reason_below
    return row.result.cause or (EMPTY if due else UNKNOWN), row.result.remedy or (EMPTY if due else UNKNOWN)


def _findings(evaluation: Evaluation) -> Grid | None:
    told = [
        (table, finding)
        for table in evaluation.tables
        for finding in table.findings
        if finding.severity != "提示" and "duty" not in finding.rule.when  # duties have a table of their own
    ]
    rows = [
        (
            "" if at and told[at - 1][0] is table else short_name(table),
            f"{one.rule.id} {one.severity}",
            one.says,
            one.remedy,
        )
        for at, (table, one) in enumerate(told)
    ]
    return ruled((22, 12, 36, 30), ("项目", "编号", "自评发现的问题", "处理"), rows, ("text", "label", "text", "text")) if rows else None  # fmt: skip


def _evidence(evaluation: Evaluation) -> Grid | None:
    """What stands behind each row: as named by the unit, and as files with their digests."""
    rows = []
    for table in evaluation.tables:
        for row in table.rows:
            rows += [(short_name(table), row.indicator.name, text, UNKNOWN) for text in row.result.evidence]
            files = [file for file in table.attached if file.indicator == row.indicator.id]
            rows += [(short_name(table), row.indicator.name, f.title, f"{f.digest[:12]} {f.state}") for f in files]
    heads = ("项目", "指标", "佐证材料", "文件摘要和现状")
    return ruled((27, 25, 32, 16), heads, rows, ("text", "text", "text", "label")) if rows else None


# ---- charts ------------------------------------------------------------------------------------------------------


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(wan(fen))


def _execution(evaluation: Evaluation) -> Chart | None:
    """Budget and spending side by side, where several projects can be compared."""
    if sum(table.money.executed is not None for table in evaluation.projects) < SEVERAL:
        return None
    names = tuple(short_name(table) for table in evaluation.projects)
    return Chart("预算与执行（万元）", "bars", names, (
        Series("全年预算数", tuple(_yuan(table.money.adjusted) for table in evaluation.projects)),
        Series("全年执行数", tuple(_yuan(table.money.executed) for table in evaluation.projects)),
    ), "万元")  # fmt: skip


def _levels(evaluation: Evaluation) -> Chart | None:
    """Points and what was earned of them by level-1 indicator, over all projects; None where no point was lost."""
    sums: dict[str, list[int]] = {}
    for table in evaluation.projects:
        for row in table.all_rows:
            both = sums.setdefault(row.indicator.category, [0, 0])
            both[0] += row.points
            both[1] += row.earned
    if all(whole == earned for whole, earned in sums.values()):
        return None
    return Chart("各级指标的分值与得分（各项目合计）", "bars", tuple(sums), (
        Series("分值", tuple(Decimal(points(whole)) for whole, _ in sums.values())),
        Series("得分", tuple(Decimal(points(earned)) for _, earned in sums.values())),
    ), "分")  # fmt: skip


def _grade_counts(evaluation: Evaluation) -> Chart | None:
    """How many projects have each grade, where they have not all the same."""
    found = evaluation.graded
    if sum(bool(tables) for tables in found.values()) < SEVERAL:
        return None
    counts = tuple(Decimal(len(tables)) for tables in found.values())
    return Chart("项目等级分布（个）", "bars", tuple(found), (Series("项目数", counts),), "个")


TABLES: dict[TableName, Callable[[Evaluation], Grid | None]] = {
    "projects": _projects,
    "overall": _overall,
    "achieved": _achieved,
    "deviations": _deviations,
    "findings": _findings,
    "evidence": _evidence,
    "measures": measures_table,
    "duties": duties_table,
    "advice": advice_table,
}
CHARTS: dict[ChartName, Callable[[Evaluation], Chart | None]] = {
    "execution": _execution,
    "levels": _levels,
    "grades": _grade_counts,
}
