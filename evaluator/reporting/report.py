"""What is said of a table on paper: the words that the layouts of forms name, each as it will be read; and its explanations.

No clock, path or executor enters a report: the same evaluation gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from evaluator.adding import effects_on
from evaluator.errors import SEVERITIES
from evaluator.explain import (
    clause_brief,
    clause_title,
    clause_with_line,
    clauses_for,
    criterion_says,
    formula,
    next_step,
    origin,
    read_as,
    weighed_says,
)
from evaluator.figures import called, decimal, half_up, points, sum_of, wan
from evaluator.files.digests import digest_of
from evaluator.findings.inference import Finding
from evaluator.inapplicable import WORD
from evaluator.model import EXECUTION, PARTS, Department, Fund, Indicator, Project, Spending
from evaluator.pages import ILLUSTRATIVE, UNKNOWN, Stamp, stamped
from evaluator.policies.bases import attributed
from evaluator.policy import UNGRADED
from evaluator.quantities.numerals import write_number
from evaluator.quantities.quantity import Target
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import Quantity
from evaluator.reporting.layouts import SUMS, Each
from evaluator.results import Evaluation, Money, Row, TableScore, graded
from evaluator.rulebook.funds import Share, shares_of, together
from evaluator.workspace.office import Office

EMPTY = "未填写"
NATIONAL: dict[str, tuple[Fund, ...]] = {
    "当年财政拨款": ("fiscal",), "上年结转资金": ("carried",), "其他资金": ("special", "own", "other"),
}  # fmt: skip
SEPARATE: dict[str, tuple[Fund, ...]] = {
    "财政资金": ("fiscal", "carried"), "财政专户管理资金": ("special",), "单位资金": ("own",), "其他资金": ("other",),
}  # fmt: skip
BARE = re.compile(r"-?[\d.,]+")  # a number alone


@dataclass(frozen=True, slots=True)
class Form:
    """A table ready for any layout: what each word that a layout may name (layouts.WORDS) says of it, once and row by row."""

    table: TableScore
    words: Mapping[str, str]  # {"form.name": …, "total.initial": …}
    rows: Mapping[Each, Sequence[Mapping[str, str]]]  # {"money": [{"label": …}, …]}; `id`: of which indicator or sum
    stamp: Stamp


def form(table: TableScore, evaluation: Evaluation, revision: int = 1, office: Office | None = None) -> Form:
    """The self-evaluation form of one table: a project's, or the department's own."""
    actuals, unit = table.actuals, table.table.unit
    lowered = list(_lowered(table))
    said = {
        "name": unit.name if isinstance(table.table, Department) else table.table.name,
        "code": table.code,
        "authority": unit.authority or (office and office.unit.authority) or "",
        "unit": unit.name,
        **signers_of(office),
        "year": str(evaluation.year),
        "sample": ILLUSTRATIVE if evaluation.illustrative else "",
        "goals": "\n".join(_goals(table.table)),
        "achieved": actuals.achieved if actuals else "",
        "process": actuals.process if actuals else "",
        "spending": _short_points([table.execution]),
        "others": _short_points(table.rows),
        "points": points(sum(row.points for row in table.all_rows)),
        "score": points(table.score),
        "grade": table.grade,
        "graded": graded(table.grade),
        "verdict": "\n".join([*([] if table.grade == UNGRADED else [f"等级：{table.grade}"]), *lowered]),
        "lowered": "\n".join(lowered),
        "causes": _said(table, "cause"),
        "remedies": _said(table, "remedy"),
        "remark": actuals.remark if actuals else "",
        "notes": "\n".join(_notes(table)),
    }
    money = [_total(table), *_funds(table, evaluation, NATIONAL)]
    funds, parts = list(_funds(table, evaluation, SEPARATE)), list(_parts(table))
    sums = zip(SUMS, (*money, *funds[1:3], *parts), strict=True)
    words = {f"form.{name}": text for name, text in said.items()}
    words |= {f"{group}.{name}": text for group, row in sums for name, text in row.items()}
    rows: dict[Each, Sequence[Mapping[str, str]]] = {
        "money": money, "funds": funds, "parts": parts, "indicators": list(_indicators(table)),
    }  # fmt: skip
    return Form(table, words, rows, stamp_of(evaluation, revision, table))


# ---- the form ----------------------------------------------------------------------------------------------------


def signers_of(office: Office | None) -> dict[str, str]:
    """Who fills in and signs as the office file says; blank, to be written by hand, where it says nothing."""
    return {name: getattr(office, name, None) or "" for name in ("filler", "phone", "date", "head", "reviewer")}


def _total(table: TableScore) -> dict[str, str]:
    money, execution = table.money, table.execution
    label = "年度资金总额" + ("" if table.table.budget else "（各项目合计）")
    scored = {"points": points(execution.points), "earned": points(execution.earned)}
    amounts = (wan(money.initial), shown_wan(money.adjusted), shown_wan(money.executed))
    return _amounts("total", label, money, amounts) | scored


def _funds(
    table: TableScore, evaluation: Evaluation, named: Mapping[str, tuple[Fund, ...]]
) -> Iterator[dict[str, str]]:
    """The funds (资金来源) under the names a form has for them: a project's, or those of all projects where that is all
    that is known of a department; what is not known is not made up."""
    tables = [table] if isinstance(table.table, Project) or table.table.budget else evaluation.projects
    given = [(project.table, _spending(project)) for project in tables if isinstance(project.table, Project)]
    for number, (title, names) in enumerate(named.items()):
        yield _row_of("+".join(names), together(title, names, given), first=not number)


def _parts(table: TableScore) -> Iterator[dict[str, str]]:
    """基本支出 and 项目支出 of a department; without a budget of its own its projects are all that is known."""
    money = table.money
    shares: dict[str, Share] = {name: Share(title, None) for name, title in PARTS.items()}
    if isinstance(table.table, Department):
        whole = Share(PARTS["projects"], money.initial, money.adjusted, money.executed)
        shares |= shares_of(table.table, _spending(table)) or {"projects": whole}
    yield from (_row_of(name, share, first=not number) for number, (name, share) in enumerate(shares.items()))


def _spending(table: TableScore) -> Spending:
    return table.actuals.spending if table.actuals else Spending()


def _row_of(name: str, share: Share, first: bool) -> dict[str, str]:
    amounts = (UNKNOWN if fen is None else wan(fen) for fen in (share.initial, share.adjusted, share.executed))
    money = Money(share.initial or 0, share.adjusted, share.executed)
    return _amounts(name, ("其中：" if first else "　　　") + share.title, money, amounts)


def _amounts(name: str, label: str, money: Money, amounts: Iterable[str]) -> dict[str, str]:
    """One row of money (layouts.ROW), of which only the total has points; its id is its name in the files."""
    named = dict(zip(("initial", "adjusted", "executed"), amounts, strict=True))
    return {"id": name, "label": label, **named, "points": UNKNOWN, "rate": rate_of(money), "earned": UNKNOWN}


def shown_wan(fen: int | None) -> str:
    """An amount in 万元, or that it is not filled in."""
    return EMPTY if fen is None else wan(fen)


def whole_of(evaluation: Evaluation) -> Money:
    """The money of all projects together; what is not known of one is not known of all."""
    moneys = [table.money for table in evaluation.projects]
    spent = (sum_of(getattr(money, name) for money in moneys) for name in ("adjusted", "executed"))
    return Money(sum(money.initial for money in moneys), *spent)


def rate_of(money: Money) -> str:
    """The execution rate with two decimals (96.47%), — when it is not known."""
    return UNKNOWN if money.rate is None else f"{half_up(money.rate * 100, 2)}%"


def _goals(table: Project | Department) -> Iterator[str]:
    if isinstance(table, Department):
        yield table.goal
    goals = table.goals if isinstance(table, Project) else [goal.title for goal in table.overall]
    yield from (f"{number}. {goal}" for number, goal in enumerate(goals, 1))


def _indicators(table: TableScore) -> Iterator[dict[str, str]]:
    """What is said of each row, under their level-2 and level-1 indicators."""
    for above, row in by_level(table.rows):
        yield above | _weights(table.table, row.indicator) | _indicator(row)


def _weights(table: Project | Department, indicator: Indicator) -> dict[str, str]:
    """The weights of a row and of the levels above it as written; '' where points are written."""
    weights = table.weights if isinstance(table, Project) else {}
    if indicator.weight is None or (level := weights.get(indicator.category)) is None:
        return {"category_weight": "", "dimension_points": "", "weight": ""}
    written = {
        "category_weight": level.weight,
        "dimension_points": level.within[indicator.dimension],
        "weight": indicator.weight,
    }
    return {name: decimal(Fraction(weight, 100)) for name, weight in written.items()}


def by_level(rows: Sequence[Row]) -> Iterator[tuple[dict[str, str], Row]]:
    """Rows under their level-2 and level-1 indicators, each in the order it first appears in, with what is above them."""
    grouped: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        grouped.setdefault(row.indicator.category, {}).setdefault(row.indicator.dimension, []).append(row)
    for category, dimensions in grouped.items():
        whole = _short_points(row for under in dimensions.values() for row in under)
        for dimension, under in dimensions.items():
            above = {"category": category, "category_points": whole, "dimension": dimension}
            yield from ((above, row) for row in under)


def _indicator(row: Row) -> dict[str, str]:
    indicator = row.indicator
    nothing = UNKNOWN if indicator.formula else EMPTY  # a value computed from money is not filled in
    actual = nothing if row.missing else row.actual_shown
    sign, value, unit = _taken_apart(indicator.read)
    number = actual.removesuffix(unit)
    return {
        "id": indicator.id,
        "name": indicator.name,
        "target": indicator.target,
        "sign": sign,
        "value": value,
        "unit": unit,
        "actual": actual,
        "number": number if BARE.fullmatch(number) else actual,
        "points": points(row.points),
        "earned": WORD if row.inapplicable else points(row.earned),
        "criterion": _criterion(row),
        "data": "\n".join(f"{name} {row.result.data.get(name) or EMPTY}" for name in indicator.data),
        "remark": _remark(row),
        "cause": row.result.cause or row.inapplicable,
    }


def _criterion(row: Row) -> str:
    """The row's own criterion as the office wrote it."""
    if not row.indicator.criterion:
        return ""
    from evaluator.criteria.standard import standard

    return standard(row.indicator.criterion, {}).text


def _short_points(rows: Iterable[Row]) -> str:
    """The points of some rows together, as a heading says them: 37.5."""
    return decimal(Fraction(sum(row.points for row in rows), 100))


def _taken_apart(target: Target) -> tuple[str, str, str]:
    """指标性质, 指标值, 度量单位; what is more than one bare number stays whole beside the name of its kind."""
    match target.content:
        case Amount(label="", rough=False, high=None) as amount:
            number = write_number(amount.low.number)
            return (
                amount.sign or UNKNOWN,
                f"±{number}" if amount.either_way else number,
                str(amount.low.unit) or UNKNOWN,
            )
        case Amount(label="", rough=False, high=Quantity() as high) as amount if high.unit == amount.low.unit:
            span = f"{write_number(amount.low.number)}-{write_number(high.number)}"
            return target.kind, span, str(high.unit) or UNKNOWN
        case _:
            return target.kind, target.text, UNKNOWN


def _said(table: TableScore, field: Literal["cause", "remedy"]) -> str:
    """The cause or the remedy given for each row; 无 where no row lost points, blank where one did without a word."""
    given = [(row.indicator.name, getattr(row.result, field)) for row in table.all_rows]
    said = "\n".join(f"{name}：{text}" for name, text in given if text)
    return said or ("" if any(row.lost for row in table.all_rows) else "无")


def _remark(row: Row, between: str = "\n") -> str:
    """Cause and remedy as far as they are filled in; what is missing is among the findings."""
    said = {"原因": row.result.cause or row.inapplicable, "措施": row.result.remedy}
    return between.join(f"{label}：{text}" for label, text in said.items() if text)


def _lowered(table: TableScore) -> Iterator[str]:
    """What lowered the total or the grade, to stand beside it."""
    if table.score != table.total and table.cap is not None:
        yield f"各项合计 {points(table.total)}；预算执行率 {rate_of(table.money)}，总分不超过 {points(table.cap)}"
    yield from effects_on(table)
    if limiting := table.limiting:
        by = "、".join(dict.fromkeys(f.rule.title for f in limiting))
        yield f"按得分为{table.grade_by_score}；{by}，等级不高于{table.grade}"


def _notes(table: TableScore) -> Iterator[str]:
    """What the office itself wrote for 备注: its remark, and its word on spending, which has no other place on most forms."""
    if table.actuals and table.actuals.remark:
        yield table.actuals.remark
    if remark := _remark(table.execution, "；"):
        yield f"预算执行率：{remark}"


def about(table: TableScore) -> Iterator[str]:
    """What we say of a form: how it was scored, what was found, and where its goals come from."""
    clause = table.policy.allocation
    unread = f"；依据的条款中 {len(table.unread)} 个没有见过原文，怎样得知列在后面" if table.unread else ""
    yield f"评分办法：{table.policy.title}（{table.policy.id}），{attributed(clause)}{unread}。"
    counts = counts_of(table.findings)
    if any(count != "0" for count in counts):
        said = "、".join(f"{name} {count} 个" for name, count in zip(SEVERITIES, counts, strict=True) if count != "0")
        yield f"核对发现：{said}，见“问题清单”。"
    yield f"绩效目标出自：{origin(table.execution, table)[0]}"


def explained(row: Row, table: TableScore) -> tuple[str, ...]:
    """How one row's points came about: what stands in the columns forms.EXPLAINED."""
    indicator = row.indicator
    clauses = [
        clause_with_line(name, clause_brief(name, clause), row, table.policy)
        for name, clause in clauses_for(row, table)
    ]
    spending = indicator.id == EXECUTION
    executed = table.money.executed
    actual = f"{wan(executed)} 万元" if spending and executed is not None else row.actual_shown
    source = f"（由金额计算：{indicator.formula}）" if row.computed else ""
    _, place = origin(row, table)
    mine = [file for file in table.attached if file.indicator == indicator.id]
    files = [f"{file.title}（{file.digest[:8]}{'' if file.state == '完好' else f'，{file.state}'}）" for file in mine]
    cited = f"\n原文{place}" if place else ""
    criterion = "".join(f"\n{label}：{says}" for label, says in criterion_says(row))
    return (
        indicator.name if spending else f"{indicator.id}\n{indicator.name}",
        read_as(row) if spending else f"{indicator.target}\n读作：{read_as(row)}{cited}{criterion}",
        EMPTY if row.missing else f"{actual}{source}",
        formula(row, table.policy) + (f"\n分值（{weighed}）" if (weighed := weighed_says(row, table)) else ""),
        "\n".join(clauses),
        next_step(row, table.policy),
        "、".join([*row.result.evidence, *files]) or UNKNOWN,
        "\n".join(dict.fromkeys(f.rule.id for f in table.findings if indicator.id in f.about)) or UNKNOWN,
    )


# ---- shared ------------------------------------------------------------------------------------------------------


def short_name(table: TableScore) -> str:
    """A table's name in a list of the unit's tables."""
    return table.name if isinstance(table.table, Project) else "部门整体支出"


def counts_of(findings: Iterable[Finding]) -> tuple[str, ...]:
    """How many there are of each severity."""
    severities = [finding.severity for finding in findings]
    return tuple(str(severities.count(severity)) for severity in SEVERITIES)


def clauses_of(tables: Iterable[TableScore]) -> dict[str, bool]:
    """The clauses relied on, each once, with how it is known and what there is to say of it; and whether its text was read."""
    return {
        clause_title(name, clause) + (f"：{clause.note}" if clause.note else ""): clause.checked
        for table in tables
        for name, clause in table.clauses.items()
    }


def stamp_of(evaluation: Evaluation, revision: int, table: TableScore | None = None) -> Stamp:
    """What every page says of its origin; of one table the results are its own, so that another's change is not its own."""
    rules, actuals = (evaluation.digests.get(name, UNKNOWN) for name in ("rules", "actuals"))
    if table:
        actuals = digest_of([table.actuals] if table.actuals else [])
    return stamped(called(revision), rules, actuals, evaluation.illustrative)
