"""An Evaluation as a form: every string as it will be printed, so that formats only lay out.

No clock, path or executor enters a report: the same evaluation gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from evaluator.bases import attributed, cited
from evaluator.digests import digest_of
from evaluator.errors import SEVERITIES
from evaluator.explain import clause_brief, clause_title, clauses_for, formula, next_step, origin, read_as, segment_says
from evaluator.figures import called, decimal, half_up, points, wan
from evaluator.findings.inference import Finding
from evaluator.funds import Share, shares_of, together
from evaluator.model import EXECUTION, PARTS, Department, Fund, Project, Spending
from evaluator.office import Office
from evaluator.policy import CLAUSES, UNGRADED
from evaluator.printed import (
    UNKNOWN,
    Category,
    ClauseLine,
    Dimension,
    Explained,
    FindingLine,
    Form,
    FormRow,
    MoneyRow,
    Signers,
    Stamp,
)
from evaluator.quantities.numerals import write_number
from evaluator.quantities.quantity import Target
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import Quantity
from evaluator.results import Evaluation, Money, Row, TableScore

EMPTY = "未填写"
NATIONAL: dict[str, tuple[Fund, ...]] = {
    "当年财政拨款": ("fiscal",), "上年结转资金": ("carried",), "其他资金": ("special", "own", "other"),
}  # fmt: skip
SEPARATE: dict[str, tuple[Fund, ...]] = {
    "财政资金": ("fiscal", "carried"), "财政专户管理资金": ("special",), "单位资金": ("own",), "其他资金": ("other",),
}  # fmt: skip
BARE = re.compile(r"-?[\d.,]+")  # a number alone
ILLUSTRATIVE = "示例数据，非该单位实际情况"


def form(table: TableScore, evaluation: Evaluation, revision: int = 1, office: Office | None = None) -> Form:
    """The self-evaluation form of one table: a project's, or the department's own."""
    return Form(
        year=str(evaluation.year),
        policy=table.policy.id,
        parent=table.policy.extends or "",
        method=table.policy.title,
        name=table.table.unit.name if isinstance(table.table, Department) else table.table.name,
        code=table.code,
        authority=table.table.unit.authority or (office and office.unit.authority) or "",
        unit=table.table.unit.name,
        people=signers_of(office),
        money=(_total(table), *_funds(table, evaluation, NATIONAL)),
        funds=tuple(_funds(table, evaluation, SEPARATE)),
        parts=tuple(_parts(table)),
        goals=tuple(_goals(table.table)),
        achieved=table.actuals.achieved if table.actuals else "",
        process=table.actuals.process if table.actuals else "",
        kinds=tuple(table.table.kinds.items()) if isinstance(table.table, Project) else (),
        categories=_categories(table.rows),
        spending=_short_points([table.execution]),
        others=_short_points(table.rows),
        whole=points(sum(row.points for row in table.all_rows)),
        score=points(table.score),
        grade=table.grade,
        verdict=tuple(_verdict(table)),
        causes=_said(table, "cause"),
        remedies=_said(table, "remedy"),
        remark=table.actuals.remark if table.actuals else "",
        notes=tuple(_notes(table)),
        about=tuple(_about(table)),
        source=f"绩效目标出自：{origin(table.execution, table)[0]}",
        explained=tuple(_explained(row, table) for row in table.all_rows),
        addition=" + ".join(points(row.earned) for row in table.all_rows) + f" = {points(table.total)}",
        findings=tuple(finding_lines([table])),
        remarks=tuple(f"{one.says}；{one.remedy}" for one in table.aside if one.rule.about == "target"),
        clauses=clause_lines([table]),
        draft=table.unfilled,
        stamp=stamp_of(evaluation, revision, table),
    )


# ---- the form ----------------------------------------------------------------------------------------------------


def signers_of(office: Office | None) -> Signers:
    """Who fills in and signs as the office file says; blank where it says nothing."""
    return Signers(**{one.name: getattr(office, one.name, None) or "" for one in fields(Signers)})


def _total(table: TableScore) -> MoneyRow:
    money, execution = table.money, table.execution
    return MoneyRow(
        "年度资金总额" + ("" if table.table.budget else "（各项目合计）"),
        wan(money.initial), shown_wan(money.adjusted), shown_wan(money.executed),
        points(execution.points), rate_of(money), points(execution.earned),
    )  # fmt: skip


def _funds(table: TableScore, evaluation: Evaluation, named: Mapping[str, tuple[Fund, ...]]) -> Iterator[MoneyRow]:
    """The funds (资金来源) under the names a form has for them: a project's, or those of all projects where that is all
    that is known of a department; what is not known is not made up."""
    tables = [table] if isinstance(table.table, Project) or table.table.budget else evaluation.projects
    given = [(one.table, _spending(one)) for one in tables if isinstance(one.table, Project)]
    for number, (title, names) in enumerate(named.items()):
        yield _row_of(together(title, names, given), first=not number)


def _parts(table: TableScore) -> Iterator[MoneyRow]:
    """基本支出 and 项目支出 of a department; without a budget of its own its projects are all that is known."""
    money = table.money
    shares: dict[str, Share] = {name: Share(title, None) for name, title in PARTS.items()}
    if isinstance(table.table, Department):
        whole = Share(PARTS["projects"], money.initial, money.adjusted, money.executed)
        shares |= shares_of(table.table, _spending(table)) or {"projects": whole}
    yield from (_row_of(share, first=not number) for number, share in enumerate(shares.values()))


def _spending(table: TableScore) -> Spending:
    return table.actuals.spending if table.actuals else Spending()


def _row_of(share: Share, first: bool) -> MoneyRow:
    initial, adjusted, executed = (
        UNKNOWN if fen is None else wan(fen) for fen in (share.initial, share.adjusted, share.executed)
    )
    rate = rate_of(Money(share.initial or 0, share.adjusted, share.executed))
    return MoneyRow(("其中：" if first else "　　　") + share.title, initial, adjusted, executed, rate=rate)


def shown_wan(fen: int | None) -> str:
    """An amount in 万元, or that it is not filled in."""
    return EMPTY if fen is None else wan(fen)


def rate_of(money: Money) -> str:
    """The execution rate with two decimals (96.47%), — when it is not known."""
    return UNKNOWN if money.rate is None else f"{half_up(money.rate * 100, 2)}%"


def _goals(table: Project | Department) -> Iterator[str]:
    if isinstance(table, Department):
        yield table.goal
    goals = table.goals if isinstance(table, Project) else [goal.title for goal in table.overall]
    yield from (f"{number}. {goal}" for number, goal in enumerate(goals, 1))


def _categories(rows: Sequence[Row]) -> tuple[Category, ...]:
    """Rows under their level-2 and level-1 indicators, each in the order it first appears in."""
    grouped: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        grouped.setdefault(row.indicator.category, {}).setdefault(row.indicator.dimension, []).append(row)
    return tuple(
        Category(
            name,
            _short_points(row for rows in dimensions.values() for row in rows),
            tuple(Dimension(each, tuple(map(_form_row, rows))) for each, rows in dimensions.items()),
        )
        for name, dimensions in grouped.items()
    )


def _form_row(row: Row) -> FormRow:
    indicator = row.indicator
    nothing = UNKNOWN if indicator.formula else EMPTY  # a value computed from money is not filled in
    actual = nothing if row.missing else row.actual_shown
    sign, value, unit = _taken_apart(indicator.read)
    number = actual.removesuffix(unit)
    return FormRow(
        indicator.name, indicator.target, sign, value, unit, actual, number if BARE.fullmatch(number) else actual,
        points(row.points), points(row.earned), _remark(row), row.result.cause,
    )  # fmt: skip


def _short_points(rows: Iterable[Row]) -> str:
    """The points of some rows together, as a heading says them: 37.5."""
    return decimal(Fraction(sum(row.points for row in rows), 100))


def _taken_apart(target: Target) -> tuple[str, str, str]:
    """指标性质, 指标值, 度量单位; what is more than one bare number stays whole beside the name of its kind."""
    match target.content:
        case Amount(label="", rough=False, high=None) as one:
            number = write_number(one.low.number)
            return one.sign or UNKNOWN, f"±{number}" if one.either_way else number, str(one.low.unit) or UNKNOWN
        case Amount(label="", rough=False, high=Quantity() as high) as one if high.unit == one.low.unit:
            span = f"{write_number(one.low.number)}-{write_number(high.number)}"
            return target.kind, span, str(high.unit) or UNKNOWN
        case _:
            return target.kind, target.text, UNKNOWN


def _said(table: TableScore, field: Literal["cause", "remedy"]) -> tuple[str, ...]:
    """The cause or the remedy given for each row; 无 where no row lost points, blank where one did without a word."""
    given = [(row.indicator.name, getattr(row.result, field)) for row in table.all_rows]
    said = tuple(f"{name}：{text}" for name, text in given if text)
    return said or ("" if any(row.lost for row in table.all_rows) else "无",)


def _remark(row: Row, between: str = "\n") -> str:
    """Cause and remedy as far as they are filled in; what is missing is among the findings."""
    said = {"原因": row.result.cause, "措施": row.result.remedy}
    return between.join(f"{label}：{text}" for label, text in said.items() if text)


def _verdict(table: TableScore) -> Iterator[str]:
    """What stands beside the total: the grade (an empty line where there is none), and what lowered the total or the grade."""
    yield "" if table.grade == UNGRADED else f"等级：{table.grade}"
    if table.score != table.total and table.cap is not None:
        yield f"各项合计 {points(table.total)}；预算执行率 {rate_of(table.money)}，总分不超过 {points(table.cap)}"
    if limiting := table.limiting:
        by = "、".join(dict.fromkeys(f.rule.title for f in limiting))
        yield f"按得分为{table.grade_by_score}；{by}，等级不高于{table.grade}"


def _notes(table: TableScore) -> Iterator[str]:
    """What the office itself wrote for 备注: its remark, and its word on spending, which has no other place on most forms."""
    if table.actuals and table.actuals.remark:
        yield table.actuals.remark
    if remark := _remark(table.execution, "；"):
        yield f"预算执行率：{remark}"


def _about(table: TableScore) -> Iterator[str]:
    """What we say of the form: how it was scored and what was found."""
    clause = table.policy.allocation
    unread = f"；依据的条款中 {len(table.unread)} 个没有见过原文，怎样得知列在后面" if table.unread else ""
    yield f"评分办法：{table.policy.title}（{table.policy.id}），{attributed(clause)}{unread}。"
    counts = counts_of(table.findings)
    if any(count != "0" for count in counts):
        said = "、".join(f"{name} {count} 个" for name, count in zip(SEVERITIES, counts, strict=True) if count != "0")
        yield f"核对发现：{said}，见“问题清单”。"


def _explained(row: Row, table: TableScore) -> Explained:
    indicator = row.indicator
    clauses = [
        clause_brief(name, clause)
        + (f"：{segment_says(row, table.policy)}" if name == row.scale and not row.missing else "")
        for name, clause in clauses_for(row, table)
    ]
    spending = indicator.id == EXECUTION
    actual = (
        f"{shown_wan(table.money.executed)} 万元" if spending and table.money.executed is not None else row.actual_shown
    )
    source = f"（由金额计算：{indicator.formula}）" if row.computed else ""
    _, place = origin(row, table)
    mine = [file for file in table.attached if file.indicator == indicator.id]
    files = [f"{file.title}（{file.digest[:8]}{'' if file.state == '完好' else f'，{file.state}'}）" for file in mine]
    cited = f"\n原文{place}" if place else ""
    return Explained(
        id="" if spending else indicator.id,
        name=indicator.name,
        target=read_as(row) if spending else f"{indicator.target}\n读作：{read_as(row)}{cited}",
        actual=EMPTY if row.missing else f"{actual}{source}",
        formula=formula(row, table.policy),
        clauses=tuple(clauses),
        next=next_step(row, table.policy),
        evidence="、".join([*row.result.evidence, *files]) or UNKNOWN,
        findings="\n".join(dict.fromkeys(f.rule.id for f in table.findings if indicator.id in f.about)) or UNKNOWN,
    )


# ---- shared ------------------------------------------------------------------------------------------------------


def finding_lines(tables: Iterable[TableScore]) -> Iterator[FindingLine]:
    """The findings of some tables as they are listed."""
    for table in tables:
        names = {row.indicator.id: f"{row.indicator.id} {row.indicator.name}" for row in table.all_rows}
        names |= {name: f"评分办法：{title}" for name, title in CLAUSES.items()} | {table.code: "整表"}
        for finding in table.findings:
            basis = finding.rule.basis
            between = any(fact.startswith("conflict:") for fact in finding.facts)
            yield FindingLine(
                short_name(table), finding.rule.id, finding.severity,
                names.get(table.row_of(finding) or finding.subject, "指标之间" if between else finding.subject),
                finding.says, finding.remedy, cited(basis),
            )  # fmt: skip


def short_name(table: TableScore) -> str:
    """A table's name in a list of the unit's tables."""
    return table.name if isinstance(table.table, Project) else "部门整体支出"


def counts_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """How many there are of each severity."""
    found = [finding.severity for finding in findings]
    return tuple(str(found.count(severity)) for severity in SEVERITIES)


def clause_lines(tables: Iterable[TableScore]) -> tuple[ClauseLine, ...]:
    """The clauses relied on, each with how it is known and what there is to say of it, once."""
    said = (
        ClauseLine(clause_title(name, clause) + (f"：{clause.note}" if clause.note else ""), clause.checked)
        for table in tables
        for name, clause in table.clauses.items()
    )
    return tuple(dict.fromkeys(said))


def stamp_of(evaluation: Evaluation, revision: int, table: TableScore | None = None) -> Stamp:
    """What every page says of its origin; of one table the results are its own, so that another's change is not its own."""
    try:
        tool = f"ziping {version('ziping')}"
    except PackageNotFoundError:
        tool = "ziping"
    rules, actuals = (evaluation.digests.get(name, UNKNOWN) for name in ("rules", "actuals"))
    if table:
        actuals = digest_of([table.actuals] if table.actuals else [])
    return Stamp(tool, called(revision), rules[:12], actuals[:12], ILLUSTRATIVE if evaluation.illustrative else "")
